"""Giving a store the content of another one, without bringing back anybody who was erased since.

What says who was erased, who did what, what was released and who may enter stays as it is in the
store that is changed, and is taken from the other only where there is none of it. All of it is one
transaction.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, Engine, Table, delete, func, select

from evaluation.store import audit, schema
from evaluation.store.counters import continue_snapshot, read_snapshot
from evaluation.store.engine import write_transaction
from evaluation.store.erasure import erase_people, wipe_free_space
from evaluation.store.postgresql import NAME as POSTGRESQL
from evaluation.store.postgresql import go_on_numbering
from evaluation.store.release_basis import adopt_bases
from evaluation.store.tombstones import join_tombstones, read_tombstones
from evaluation.store.writing import insert_all, update_all

# What stays when the content is exchanged.
STAYING = (
    schema.meta, schema.tombstone, schema.audit, schema.account, schema.visit, schema.release,
    schema.release_basis,
)  # fmt: skip
_AT_ONCE = 5_000  # rows


@dataclass(frozen=True, slots=True)
class Restored:
    """What is in the store now; ``erased_again``: people of the copy who had been erased.

    ``erasures_known`` is False where the present store could not tell, or there was none.
    ``set_aside`` is where a damaged store was moved to: it still holds people's answers.
    """

    people: int
    questionnaires: int
    erased_again: int
    erasures_known: bool
    set_aside: Path | None
    wiped: bool


def exchange(
    target: Engine, source: Engine, *, by: str, reference: str, known: bool, skipped: int = 0
) -> Restored:
    """Do that; ``known``: the store can tell who was erased since the copy was made."""
    with source.begin() as old, write_transaction(target) as new:
        former = read_snapshot(new) + skipped
        _continue_logs(new, old)
        _replace_content(new, old)
        if target.dialect.name == POSTGRESQL:
            go_on_numbering(new, schema.metadata.sorted_tables)
        join_tombstones(new, old)
        n_erased = _erase_again(new)
        continue_snapshot(new, former)
        people, answers = _n(new, schema.participant), _n(new, schema.response)
        audit.write_audit(
            new, audit.RESTORE, by=by, reference=reference,
            counts={"people": people, "questionnaires": answers, "erased_again": n_erased},
        )  # fmt: skip
    return Restored(people, answers, n_erased, known, None, wipe_free_space(target))


def _n(connection: Connection, table: Table) -> int:
    return int(connection.execute(select(func.count()).select_from(table)).scalar_one())


def _continue_logs(new: Connection, old: Connection) -> None:
    """What only the copy knows, where it continues what is known here; who may enter, if none."""
    tail = audit.tail_beyond(new, old)
    if tail is not None:
        audit.append_rows(new, tail)
        latest = new.execute(select(func.max(schema.release.c.id))).scalar() or 0
        _copy_rows(new, old, schema.release, after=latest)
        adopt_bases(new, old)
    if not _n(new, schema.account):
        _copy_rows(new, old, schema.account)


def _replace_content(new: Connection, old: Connection) -> None:
    content = [table for table in schema.metadata.sorted_tables if table not in STAYING]
    for table in reversed(content):
        new.execute(delete(table))
    for table in content:
        _copy_rows(new, old, table)


def _copy_rows(new: Connection, old: Connection, table: Table, *, after: int | None = None) -> None:
    query = select(table) if after is None else select(table).where(table.c.id > after)
    # A row may point to a later one of its own table, which is not there yet.
    own = [c.name for c in table.columns if any(k.references(table) for k in c.foreign_keys)]
    pointing: dict[int, dict[str, int | None]] = {}
    for some in old.execute(query).mappings().partitions(_AT_ONCE):
        pointing |= {row["id"]: {name: row[name] for name in own} for row in some if own}
        insert_all(new, table, [dict(row) | dict.fromkeys(own) for row in some])
    update_all(new, table, pointing)


def _erase_again(connection: Connection) -> int:
    """Erase whoever of the copy has a tombstone, with the problems of their rows."""
    known = read_tombstones(connection)
    if not known.people:
        return 0
    p, s, problem = schema.participant, schema.site, schema.problem
    query = select(p.c.id, s.c.slug, p.c.code).join(s, s.c.id == p.c.site_id)
    people = [tuple(row) for row in connection.execute(query)]
    gone = [(number, slug, code) for number, slug, code in people if known.reason(slug, code)]
    erased = select(schema.tombstone.c.person)
    connection.execute(delete(problem).where(problem.c.person.in_(erased)))
    erase_people(connection, gone)
    return len(gone)
