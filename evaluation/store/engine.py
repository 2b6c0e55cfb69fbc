"""Opening the store: one embedded SQLite file by default, with writers that never lose."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import (
    Connection,
    Engine,
    create_engine,
    event,
    insert,
    inspect,
    select,
)
from sqlalchemy.exc import ArgumentError, DatabaseError, NoSuchModuleError, OperationalError

from evaluation.config import PROGRAMME_SITES, site_id
from evaluation.store import schema
from evaluation.store.counters import read_value
from evaluation.store.migrations import migrate, start_custody

WRITES = "writes"
WAIT = 30  # seconds for other writers

_DAMAGED = "The store is damaged or is no store of this program. Restore the last copy of it."
_CANNOT_WRITE = "The store may not be written to, so nothing was changed. Ask whoever runs it."
_SENTENCES = (
    (("full", "no space", "disk i/o"), "The disk is full or failing, so nothing was changed. "
     "Make room and try again."),
    (("locked", "busy", "deadlock", "timeout"), "Somebody else is using the store just now, so "
     "nothing was changed. Try again in a minute."),
    (("readonly", "read-only"), _CANNOT_WRITE),
    (("malformed", "not a database", "corrupt"), _DAMAGED),
)  # fmt: skip


class StoreError(Exception):
    """A store that cannot be used; the text is one sentence for a person."""


class DamagedStoreError(StoreError):
    """A file that is no store, or not a whole one."""


def told(error: DatabaseError) -> StoreError | None:
    """What a person is told of a database that cannot go on; ``None`` for mistakes of ours."""
    text = str(error.orig).casefold()
    for marks, sentence in _SENTENCES:
        if any(mark in text for mark in marks):
            kind = DamagedStoreError if sentence is _DAMAGED else StoreError
            return kind(sentence)
    return None


def open_engine(url: str) -> Engine:
    """Connect, and create the tables and the twelve sites in a new store."""
    try:
        engine = create_engine(url, connect_args={"timeout": WAIT} if "sqlite" in url else {})
        if engine.dialect.name == "sqlite":
            _prepare_sqlite(engine)
        _create_or_check(engine)
    except (ArgumentError, NoSuchModuleError, ModuleNotFoundError) as error:
        raise StoreError(
            "EVALUATION_DATABASE_URL is not the address of a database, such as "
            "sqlite:///distance_travelled.db."
        ) from error
    except OperationalError as error:
        raise told(error) or StoreError(
            "The store cannot be opened: its folder does not exist, or it may not be written to."
        ) from error
    except DatabaseError as error:
        raise DamagedStoreError(_DAMAGED) from error
    return engine


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
    return engine.execution_options(**{WRITES: True})


@contextmanager
def write_transaction(engine: Engine) -> Iterator[Connection]:
    """A transaction that writes, one after the other; ``StoreError`` where it cannot.

    SQLite locks the whole file (see above); elsewhere writers wait for one row of `meta`.
    """
    try:
        with writing(engine).begin() as connection:
            read_value(connection, "schema_version", lock=True)
            yield connection
    except DatabaseError as error:
        sentence = told(error)
        if sentence is None:
            raise
        raise sentence from error


def _create_or_check(engine: Engine) -> None:
    with writing(engine).begin() as connection:
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
        if version is None or int(version) > schema.SCHEMA_VERSION:
            raise StoreError(
                "The store was made by a newer version of this program. Update the program first."
            )
        migrate(connection, int(version))
