"""What a PostgreSQL server needs that an SQLite file does not, all of it in one place."""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import URL, Connection, Engine, Table, create_engine, event, text
from sqlalchemy.exc import DBAPIError

from evaluation.store.failures import Connections, StoreError

NAME = "postgresql"
_SCHEMES = ("postgres", "postgresql")
# Any number; the same in every copy of the program, and in no other program.
_OPENING = 7_230_117_405
# Seconds after which a writer that fell silent in the middle has to let the others go on.
_SILENT = 600
# Seconds that rewriting a table waits for those who use it, and everybody else with it.
_IN_THE_WAY = 5
_PAUSE = 0.2
_NUMBER = re.compile(r"\d+")


def with_driver(address: URL) -> URL:
    """The address with the one driver that is installed, however it was written."""
    if address.drivername not in _SCHEMES:
        return address
    return address.set(drivername=f"{NAME}+psycopg")


def is_server(address: URL) -> bool:
    """Whether it is the address of a PostgreSQL server."""
    return with_driver(address).get_backend_name() == NAME


def open_server(address: URL, *, wait: float) -> Engine:
    """An engine whose readers see one moment and whose waiting ends after ``wait`` seconds.

    A connection is tried before it is used: the restart of a server is not noticed.
    """
    options = {
        "application_name": "Distance Travelled", "connect_timeout": 10,
        "keepalives_idle": 30, "tcp_user_timeout": 30_000,
    }  # fmt: skip
    engine = create_engine(
        address,
        connect_args={n: value for n, value in options.items() if n not in address.query},
        hide_parameters=True,
        isolation_level="REPEATABLE READ",
        pool_pre_ping=True,
        poolclass=Connections,
    )

    @event.listens_for(engine, "connect")
    def on_connect(connection, _record):  # type: ignore[no-untyped-def]
        connection.autocommit = True
        connection.execute(
            f"SET lock_timeout = {int(wait * 1000)};"
            f"SET idle_in_transaction_session_timeout = {_SILENT * 1000}"
        )
        connection.autocommit = False

    return engine


def open_one_by_one(connection: Connection) -> None:
    """Wait until nobody else creates or migrates the tables; until the transaction ends."""
    connection.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": _OPENING})


def copy_rows(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Add rows by COPY, which takes a fraction of the time of INSERT."""
    quote = connection.dialect.identifier_preparer.quote
    names = list(rows[0])
    columns = ", ".join(map(quote, names))
    driver: Any = connection.connection.driver_connection
    command = f"COPY {quote(table.name)} ({columns}) FROM STDIN"
    try:
        with driver.cursor() as cursor, cursor.copy(command) as copy:
            for row in rows:
                copy.write_row([row[name] for name in names])
    except connection.dialect.loaded_dbapi.Error as error:
        # As SQLAlchemy would have said it.
        raise DBAPIError.instance(
            command, None, error, connection.dialect.loaded_dbapi.Error,
            connection_invalidated=bool(driver.closed), dialect=connection.dialect,
        ) from error  # fmt: skip


def go_on_numbering(connection: Connection, tables: Iterable[Table]) -> None:
    """After rows came with numbers of their own: the next one gets a number beyond them."""
    for table in tables:
        number = table.autoincrement_column
        if number is None:
            continue
        sequence = f"pg_get_serial_sequence('{table.name}', '{number.name}')"
        least = f"(SELECT coalesce(max({number.name}), 0) + 1 FROM {table.name})"
        connection.execute(
            text(f"SELECT setval({sequence}, greatest(nextval({sequence}), {least}), false)")
        )


def write_anew(engine: Engine, tables: Iterable[Table]) -> bool:
    """Rewrite tables without what was deleted from them; False if that is not wholly done.

    Whoever reads a table waits meanwhile. As long as somebody else works on the server, in whatever
    database, it may keep what they could still see: it is tried again for a while. The former files
    are given back to the disk and not overwritten; the server's write-ahead log, its replicas and
    its copies keep what was deleted for as long as they last.
    """
    # What the server knows of the values of columns lies in a table of its own.
    left = [*(table.name for table in tables), "pg_catalog.pg_statistic"]
    until = time.monotonic() + _IN_THE_WAY
    with engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        driver: Any = connection.connection.driver_connection
        connection.detach()  # its settings are not for others
        connection.execute(text(f"SET lock_timeout = {int(_IN_THE_WAY * 1000)}"))
        while left:
            left = [name for name in left if not _is_written_anew(connection, driver, name)]
            if time.monotonic() > until:
                break
            time.sleep(_PAUSE if left else 0)
    return not left


def _is_written_anew(connection: Connection, driver: Any, name: str) -> bool:
    """Whether nothing that was deleted is left in a table afterwards."""
    kept: list[int] = []

    def note(message: Any) -> None:
        # 'DETAIL: 0 dead row versions cannot be removed yet.', in the server's language.
        kept.extend(map(int, _NUMBER.findall(message.message_detail or "")[:1]))
        if message.severity_nonlocalized == "WARNING":
            kept.append(1)  # it may not be rewritten

    driver.add_notice_handler(note)
    try:
        connection.execute(text(f"VACUUM (FULL, ANALYZE, VERBOSE) {name}"))
    except StoreError:
        return False
    finally:
        driver.remove_notice_handler(note)
    return not any(kept)


def location(engine: Engine) -> tuple[Any, ...]:
    """What tells one database from another, however it is addressed."""
    query = "SELECT pg_postmaster_start_time(), oid FROM pg_database"
    with engine.begin() as connection:
        return tuple(connection.execute(text(f"{query} WHERE datname = current_database()")).one())
