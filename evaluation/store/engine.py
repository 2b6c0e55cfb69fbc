"""Opening the store: one embedded SQLite file by default, with writers that never lose."""

from __future__ import annotations

from sqlalchemy import (
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
from evaluation.store.migrations import migrate

WRITES = "writes"


class StoreError(Exception):
    """A store that cannot be used; the text is one sentence for a person."""


def open_engine(url: str) -> Engine:
    """Connect, and create the tables and the twelve sites in a new store."""
    try:
        engine = create_engine(url, connect_args={"timeout": 10} if "sqlite" in url else {})
        if engine.dialect.name == "sqlite":
            _prepare_sqlite(engine)
        _create_or_check(engine)
    except (ArgumentError, NoSuchModuleError, ModuleNotFoundError) as error:
        raise StoreError(
            "EVALUATION_DATABASE_URL is not the address of a database, such as "
            "sqlite:///distance_travelled.db."
        ) from error
    except OperationalError as error:
        raise StoreError(
            "The store cannot be opened: its folder does not exist, or it may not be written to."
        ) from error
    except DatabaseError as error:
        raise StoreError(
            "The store is damaged or is no store of this program. Restore the last copy of it."
        ) from error
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
        cursor.close()

    @event.listens_for(engine, "begin")
    def on_begin(connection):  # type: ignore[no-untyped-def]
        writes = connection.get_execution_options().get(WRITES, False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def writing(engine: Engine) -> Engine:
    """The same engine, for transactions that write."""
    return engine.execution_options(**{WRITES: True})


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
        version = connection.execute(
            select(schema.meta.c.value).where(schema.meta.c.key == "schema_version")
        ).scalar_one_or_none()
        if version is None or int(version) > schema.SCHEMA_VERSION:
            raise StoreError(
                "The store was made by a newer version of this program. Update the program first."
            )
        migrate(connection, int(version))
