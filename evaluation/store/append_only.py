"""Tables to which rows are added and nothing else: the database itself refuses all other changes.

It guards against mistakes and against programs. Whoever may change the database file itself can
take the triggers away; the chain of hashes in `audit` shows what was done then.
"""

from __future__ import annotations

from sqlalchemy import DDL, Table, event

_SQLITE = """
CREATE TRIGGER {table}_no_{change} BEFORE {CHANGE} ON {table}
BEGIN SELECT RAISE(ABORT, 'rows of {table} stay as they are'); END
"""
_POSTGRESQL_FUNCTION = """
CREATE OR REPLACE FUNCTION {table}_stays() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'rows of {table} stay as they are'; END $$
"""
_POSTGRESQL = """
CREATE TRIGGER {table}_no_{change} BEFORE {CHANGE} ON {table}
FOR EACH STATEMENT EXECUTE FUNCTION {table}_stays()
"""
SQLITE_CHANGES = ("update", "delete")
POSTGRESQL_CHANGES = ("update", "delete", "truncate")


def trigger_texts(table: str, dialect: str) -> list[str]:
    """The statements that make a table append-only; none for a database not known here."""
    if dialect == "sqlite":
        return [_filled(_SQLITE, table, change) for change in SQLITE_CHANGES]
    if dialect == "postgresql":
        triggers = [_filled(_POSTGRESQL, table, change) for change in POSTGRESQL_CHANGES]
        return [_filled(_POSTGRESQL_FUNCTION, table, ""), *triggers]
    return []


def _filled(text: str, table: str, change: str) -> str:
    return text.format(table=table, change=change, CHANGE=change.upper()).strip()


def keep_rows(table: Table) -> Table:
    """Whenever this table is created, its triggers are created with it."""
    for dialect in ("sqlite", "postgresql"):
        for text in trigger_texts(table.name, dialect):
            ddl = DDL(text.replace("%", "%%")).execute_if(dialect=dialect)
            event.listen(table, "after_create", ddl)
    return table
