"""Opening the store behind one address: an SQLite file, or a database of a PostgreSQL server.

Writers come one after the other and never lose anything; readers never wait for them.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import (
    URL,
    Connection,
    Engine,
    create_engine,
    event,
    insert,
    inspect,
    make_url,
    select,
)
from sqlalchemy.exc import ArgumentError, DatabaseError, NoSuchModuleError

from evaluation.config import PROGRAMME_SITES, site_id
from evaluation.store import schema
from evaluation.store.counters import read_value
from evaluation.store.failures import (
    DAMAGED,
    Connections,
    DamagedStoreError,
    LostConnectionError,
    StoreError,
    told,
)
from evaluation.store.migrations import migrate, start_custody
from evaluation.store.postgresql import NAME as POSTGRESQL
from evaluation.store.postgresql import is_server, open_one_by_one, open_server, with_driver

WRITES = "writes"
WAIT = 30  # seconds for other writers


def connect(url: str) -> Engine:
    """An engine for this address, whose failures are sentences; nothing is opened yet."""
    address = _address(url)
    if is_server(address):
        engine = open_server(address, wait=WAIT)
    else:
        waiting = {"timeout": WAIT} if address.get_backend_name() == "sqlite" else {}
        # One that lies in memory alone is gone with its only connection.
        kept: dict[str, Any] = {"poolclass": Connections} if address.database else {}
        engine = create_engine(address, connect_args=waiting, hide_parameters=True, **kept)
    if engine.dialect.name == "sqlite":
        _prepare_sqlite(engine)

    @event.listens_for(engine, "handle_error")
    def on_error(context):  # type: ignore[no-untyped-def]
        error = context.sqlalchemy_exception
        tells = isinstance(error, DatabaseError) and not context.is_pre_ping
        return told(error) if tells else None

    return engine


def _address(url: str) -> URL:
    try:
        address = with_driver(make_url(url))
        address.get_dialect().import_dbapi()
    except (ArgumentError, NoSuchModuleError, ValueError) as error:
        raise StoreError(
            "EVALUATION_DATABASE_URL is not the address of a database, such as "
            "sqlite:///distance_travelled.db or postgresql://name:password@server/database."
        ) from error
    except ImportError as error:
        raise StoreError(
            "What this program needs to speak with such a database is not installed. Install what "
            "requirements.txt names."
        ) from error
    return address


def open_engine(url: str) -> Engine:
    """Connect, and create the tables and the twelve sites in a new store."""
    engine = connect(url)
    try:
        _create_or_check(engine)
    except DatabaseError as error:
        raise DamagedStoreError(DAMAGED) from error
    return engine


def has_store(engine: Engine) -> bool:
    """Whether there is a store in this database; nothing is created or changed."""
    with engine.begin() as connection:
        return inspect(connection).has_table("meta")


def _prepare_sqlite(engine: Engine) -> None:
    """Write-ahead log, foreign keys, and a write lock taken at the start of each write.

    Without the early lock, parallel writers fail in the middle of their work.
    """

    @event.listens_for(engine, "connect")
    def on_connect(connection, _record):  # type: ignore[no-untyped-def]
        connection.isolation_level = None
        cursor = connection.cursor()
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.execute("PRAGMA journal_mode=WAL")
        # What is deleted is overwritten, not only forgotten.
        cursor.execute("PRAGMA secure_delete=ON")
        cursor.close()

    @event.listens_for(engine, "begin")
    def on_begin(connection):  # type: ignore[no-untyped-def]
        writes = connection.get_execution_options().get(WRITES, False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def writing(engine: Engine) -> Engine:
    """The same engine, for transactions that write."""
    if engine.dialect.name == "sqlite":
        return engine.execution_options(**{WRITES: True})
    # Who has waited for others has to see what those have written meanwhile.
    return engine.execution_options(isolation_level="READ COMMITTED")


@contextmanager
def write_transaction(engine: Engine) -> Iterator[Connection]:
    """A transaction that writes, one after the other; ``StoreError`` where it cannot.

    SQLite locks the whole file (see above); on PostgreSQL writers wait for one row of `meta`.
    """
    at_the_end = False
    try:
        with writing(engine).begin() as connection:
            read_value(connection, "schema_version", lock=True)
            yield connection
            at_the_end = True
    except LostConnectionError as error:
        if at_the_end:
            raise LostConnectionError.while_committing() from error
        raise
    except DatabaseError as error:
        sentence = told(error)
        if sentence is None:
            raise
        raise sentence from error


def _create_or_check(engine: Engine) -> None:
    with writing(engine).begin() as connection:
        if engine.dialect.name == POSTGRESQL:
            open_one_by_one(connection)
        if not inspect(connection).has_table("meta"):
            schema.metadata.create_all(connection)
            connection.execute(
                insert(schema.meta).values(key="schema_version", value=str(schema.SCHEMA_VERSION))
            )
            connection.execute(
                insert(schema.site),
                [{"slug": site_id(name), "name": name} for name in PROGRAMME_SITES],
            )
            start_custody(connection)
        version = connection.execute(
            select(schema.meta.c.value).where(schema.meta.c.key == "schema_version")
        ).scalar_one_or_none()
        if version is None or not version.isdecimal():
            raise DamagedStoreError(DAMAGED)
        if int(version) > schema.SCHEMA_VERSION:
            raise StoreError(
                "The store was made by a newer version of this program. Update the program first."
            )
        migrate(connection, int(version))
        if not set(inspect(connection).get_table_names()) >= set(schema.metadata.tables):
            raise DamagedStoreError(DAMAGED)
