"""Single values that the store keeps beside its tables, and the number of its content."""

from __future__ import annotations

from sqlalchemy import Connection, func, insert, select, update

from evaluation.store import schema

DEFINITION_CHANGES = "definition_changes"
# How often something was taken out of the store other than by an undo.
CONTENT_CHANGES = "content_changes"


def read_value(connection: Connection, key: str, *, lock: bool = False) -> str | None:
    """A stored value; with ``lock`` nobody else changes it before this transaction ends."""
    query = select(schema.meta.c.value).where(schema.meta.c.key == key)
    return connection.execute(query.with_for_update() if lock else query).scalar_one_or_none()


def write_value(connection: Connection, key: str, value: str) -> None:
    meta = schema.meta
    if read_value(connection, key) is None:
        connection.execute(insert(meta).values(key=key, value=value))
    else:
        connection.execute(update(meta).where(meta.c.key == key).values(value=value))


def read_count(connection: Connection, key: str) -> int:
    return int(read_value(connection, key) or 0)


def count_one(connection: Connection, key: str) -> None:
    write_value(connection, key, str(read_count(connection, key) + 1))


def read_snapshot(connection: Connection) -> int:
    """A number that changes with whatever changes results; 0 before the first import."""
    latest = _latest_import(connection)
    changes = (DEFINITION_CHANGES, CONTENT_CHANGES)
    return latest and latest + sum(read_count(connection, key) for key in changes)


def continue_snapshot(connection: Connection, former: int) -> None:
    """After all content was exchanged: a number that stood for other content never comes again."""
    own = _latest_import(connection) + read_count(connection, DEFINITION_CHANGES)
    least = read_count(connection, CONTENT_CHANGES) + 1
    write_value(connection, CONTENT_CHANGES, str(max(former + 1 - own, least)))


def _latest_import(connection: Connection) -> int:
    return connection.execute(select(func.max(schema.import_batch.c.id))).scalar() or 0
