"""Stores of older programs, brought up to date step by step; what they hold stays as it is."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import Connection, delete, insert, inspect, select, text, union, update

from evaluation.store import schema
from evaluation.store.audit import start_audit
from evaluation.store.release_basis import start_release_basis
from evaluation.store.tombstones import start_tombstones

Step = Callable[[Connection], None]


def add_definitions(connection: Connection) -> None:
    """Version 2: the site's own questionnaires, and what was decided on coding."""
    schema.definition.create(connection)
    schema.decision.create(connection)
    _add_column(connection, "response", "definition_version INTEGER")


def add_undo(connection: Connection) -> None:
    """Version 3: reasons for missing answers, saved mappings, and what undoing needs.

    Which import added a person is not known for those already there, so they are nobody's.
    """
    a_batch = "INTEGER REFERENCES import_batch (id)"
    _add_column(connection, "response", "reasons TEXT DEFAULT '{}' NOT NULL")
    _add_column(connection, "import_batch", "kind VARCHAR(20) DEFAULT 'import' NOT NULL")
    _add_column(connection, "import_batch", f"undoes {a_batch}")
    _add_column(connection, "import_batch", f"undone_by {a_batch}")
    _add_column(connection, "participant", f"import_id {a_batch}")
    _add_column(connection, "site", f"import_id {a_batch}")
    for table in (schema.import_site, schema.participant_change, schema.mapping):
        table.create(connection)
    for name in ("response", "service_use"):
        index = f"ix_{name}_participant_id ON {name} (participant_id)"
        connection.execute(text(f"CREATE INDEX {index}"))
    _note_sites(connection)


def add_indicators(connection: Connection) -> None:
    """Version 4: counted and yes/no outcomes beside the questionnaires."""
    schema.indicator.create(connection)


def add_custody(connection: Connection) -> None:
    """Version 5: who was erased, who did what, who may enter, by which rules what was released."""
    for table in (
        schema.tombstone, schema.audit, schema.account, schema.rule_file, schema.release,
    ):  # fmt: skip
        table.create(connection, checkfirst=True)
    _add_column(connection, "problem", "person VARCHAR(64) DEFAULT '' NOT NULL")
    start_custody(connection)


def add_visits(connection: Connection) -> None:
    """Version 6: who is signed in, and who an account is to the identity provider.

    Names of columns and sheets that were not read may hold anything, so those go.
    """
    not_read = ("unknown_column", "hidden_sheet", "sheet_not_read")
    connection.execute(delete(schema.problem).where(schema.problem.c.code.in_(not_read)))
    schema.visit.create(connection, checkfirst=True)
    _add_column(connection, "account", "identity VARCHAR(64) DEFAULT '' NOT NULL")


def add_release_basis(connection: Connection) -> None:
    """Version 7: who was behind the last releases; of those made before nobody knows."""
    schema.release_basis.create(connection, checkfirst=True)
    start_release_basis(connection)


def start_custody(connection: Connection) -> None:
    """The keys that hide codes and people, and the head of an empty audit log."""
    start_tombstones(connection)
    start_release_basis(connection)
    start_audit(connection)


# The version that each step leads to.
STEPS: tuple[tuple[int, Step], ...] = (
    (2, add_definitions), (3, add_undo), (4, add_indicators), (5, add_custody),
    (6, add_visits), (7, add_release_basis),
)  # fmt: skip


def migrate(connection: Connection, version: int) -> None:
    """Take the steps that a store of this version has not yet taken."""
    for number, step in STEPS:
        if version < number:
            step(connection)
            connection.execute(
                update(schema.meta)
                .where(schema.meta.c.key == "schema_version")
                .values(value=str(number))
            )


def _add_column(connection: Connection, table: str, column: str) -> None:
    """Add a column, unless the table was made by a step before, which makes it as it is now."""
    there = {entry["name"] for entry in inspect(connection).get_columns(table)}
    if column.split()[0] not in there:
        connection.execute(text(f"ALTER TABLE {table} ADD COLUMN {column}"))


def _note_sites(connection: Connection) -> None:
    """The sites of earlier imports, as far as their rows show."""
    p, s = schema.participant, schema.site
    parts = [
        select(table.c.import_id, s.c.slug).select_from(
            table.join(p, p.c.id == table.c.participant_id).join(s, s.c.id == p.c.site_id)
        )
        for table in (schema.response, schema.service_use)
    ]
    connection.execute(insert(schema.import_site).from_select(["import_id", "site"], union(*parts)))
