"""Taking an import back: what it added goes, what it superseded counts again.

What a later import has built on stays and is listed. When that one is undone too, it goes with it,
so that undoing every import leaves nothing behind, in whatever order.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import pandas as pd
from sqlalchemy import ColumnElement, Connection, Row, Table, delete, or_, select, update

from evaluation import __version__
from evaluation.model import KEY_COLUMNS
from evaluation.store import schema
from evaluation.store.changes import INDICATORS, SERVICE_USE
from evaluation.store.current import person_columns, person_values
from evaluation.store.engine import StoreError
from evaluation.store.mappings import take_back_mappings
from evaluation.store.writing import BATCH, insert_one, supersede, update_all

KEPT_COLUMNS = (*KEY_COLUMNS, "instrument", "part", "why")
BUILT_ON = "A later upload changed it; what that one says stays."
STILL_NEEDED = "Other uploads are about this person too."
ORIGIN_UNKNOWN = "It is not known which upload this person came with."

_RESPONSE_KEY = (
    "participant_id", "child", "informant", "wave", "session_number", "instrument",
)  # fmt: skip
_SERVICE_KEY = ("participant_id",)
_INDICATOR_KEY = ("participant_id", "child", "wave", "indicator")
# participant's number, child, informant, wave, session, instrument, part, why
_Kept = tuple[int, str, str, str, int, str, str, str]


@dataclass(frozen=True, slots=True)
class UndoReceipt:
    """What undoing an import has done.

    ``reversed`` questionnaires, rows of service use and indicators were taken back, ``restored``
    earlier ones count again. ``kept`` (KEPT_COLUMNS) is what stays, and why.
    """

    undo_id: int
    import_id: int
    undone_at: dt.datetime
    reversed: int
    restored: int
    deleted_people: int
    restored_people: int
    n_kept: int
    kept: pd.DataFrame = field(compare=False)

    def counts(self) -> dict[str, int]:
        return {
            "reversed": self.reversed, "restored": self.restored, "kept": self.n_kept,
            "deleted_people": self.deleted_people, "restored_people": self.restored_people,
        }  # fmt: skip


@dataclass
class _TakenBack:
    """Rows of one table: how many went, how many count again, and those that stay."""

    n_deleted: int
    n_restored: int
    kept: list[Row]
    people: set[int]


def check_undoable(connection: Connection, import_id: int) -> None:
    """``StoreError`` if there is no such import, or none that can be undone."""
    b = schema.import_batch
    query = select(b.c.kind, b.c.undone_by).where(b.c.id == import_id)
    batch = connection.execute(query).one_or_none()
    if batch is None:
        raise StoreError(f"There is no import {import_id}.")
    if batch.kind != schema.IMPORT:
        raise StoreError(
            f"Entry {import_id} is itself an undo. To have the data back, upload the file again."
        )
    if batch.undone_by is not None:
        raise StoreError(f"Import {import_id} was undone before, so nothing is left to undo.")


def sites_of_import(connection: Connection, import_id: int) -> list[str]:
    """The ids of the sites that an import was about."""
    at = schema.import_site
    query = select(at.c.site).where(at.c.import_id == import_id).order_by(at.c.site)
    return list(connection.execute(query).scalars())


def undo_import(connection: Connection, import_id: int, at: dt.datetime) -> UndoReceipt:
    """Take an import back and enter that in the register."""
    check_undoable(connection, import_id)
    gone = {import_id, *_undone(connection)}
    b = schema.import_batch
    undo_id = insert_one(
        connection, b, imported_at=at, program_version=__version__, synthetic=False,
        n_new=0, n_same=0, n_changed=0, kind=schema.UNDO, undoes=import_id,
    )  # fmt: skip
    connection.execute(update(b).where(b.c.id == import_id).values(undone_by=undo_id))
    answers = _take_back(connection, schema.response, _RESPONSE_KEY, import_id, gone)
    services = _take_back(connection, schema.service_use, _SERVICE_KEY, import_id, gone)
    indicators = _take_back(connection, schema.indicator, _INDICATOR_KEY, import_id, gone)
    n_people, kept = _restore_people(connection, import_id)
    kept += [(*row[3:], "", BUILT_ON) for row in answers.kept]
    kept += [(row[3], "", "", "", 0, SERVICE_USE, "", BUILT_ON) for row in services.kept]
    for _, _, _, number, child, wave, name in indicators.kept:
        kept.append((number, child, "", wave, 0, INDICATORS, name, BUILT_ON))
    touched = answers.people | services.people | indicators.people
    n_deleted = _delete_people(connection, gone)
    kept += _remaining_people(connection, import_id, touched)
    take_back_mappings(connection, import_id)
    _delete_sites(connection, gone)
    return UndoReceipt(
        undo_id=undo_id,
        import_id=import_id,
        undone_at=at,
        reversed=answers.n_deleted + services.n_deleted + indicators.n_deleted,
        restored=answers.n_restored + services.n_restored + indicators.n_restored,
        deleted_people=n_deleted,
        restored_people=n_people,
        n_kept=len(kept),
        kept=_kept_table(connection, kept),
    )


def _undone(connection: Connection) -> set[int]:
    b = schema.import_batch
    return set(connection.execute(select(b.c.id).where(b.c.undone_by.is_not(None))).scalars())


def _take_back(
    connection: Connection, table: Table, key: Sequence[str], import_id: int, gone: set[int]
) -> _TakenBack:
    """Delete what counts of an import, and let count what is below it.

    Below may lie rows of imports undone before, which were kept only for this one's sake.
    """
    columns = [table.c[name] for name in ("id", "import_id", "superseded_by", *key)]
    query = select(*columns).where(table.c.import_id.in_(gone) | table.c.superseded_by.in_(gone))
    rows = connection.execute(query.order_by(table.c.id)).all()
    below = {(row.superseded_by, *row[3:]): row for row in rows if row.superseded_by in gone}
    mine = [row for row in rows if row.import_id == import_id]
    to_delete, to_restore = [], []
    for row in (row for row in mine if row.superseded_by is None):
        step: Row | None = row
        while step is not None and step.import_id in gone:
            to_delete.append(step.id)
            step = below.get((step.import_id, *step[3:]))
        if step is not None:
            to_restore.append(step.id)
    for some in _batches(to_delete):
        connection.execute(delete(table).where(table.c.id.in_(some)))
    supersede(connection, table, to_restore, None)
    kept = [row for row in mine if row.superseded_by is not None]
    return _TakenBack(len(to_delete), len(to_restore), kept, {row.participant_id for row in mine})


def _batches(numbers: Iterable[int]) -> Iterable[list[int]]:
    every = sorted(numbers)
    return (every[start : start + BATCH] for start in range(0, len(every), BATCH))


# --- people ---------------------------------------------------------------------------------


def _restore_people(connection: Connection, import_id: int) -> tuple[int, list[_Kept]]:
    """Give people the values they had before, where no later import has said something else.

    Where one has, its value before becomes that of this import, in case it is undone as well.
    """
    c, p = schema.participant_change, schema.participant
    changes = connection.execute(select(c).where(c.c.import_id == import_id)).all()
    concerned = select(c.c.participant_id).where(c.c.import_id == import_id)
    people = {
        row.id: person_values(row)
        for row in connection.execute(select(p).where(p.c.id.in_(concerned)))
    }
    later = _later_changes(connection, import_id)
    restored: set[int] = set()
    kept: list[_Kept] = []
    for change in changes:
        number, after = change.participant_id, json.loads(change.after)
        for name, before in json.loads(change.before).items():
            following = [old for old in later.get(number, {}).values() if name in old]
            if following:
                following[0][name] = before
            if following or people[number].get(name, "") != after[name]:
                kept.append((number, "", "", "", 0, "", name, BUILT_ON))
            else:
                people[number][name] = before
                restored.add(number)
    given_back = {number: person_columns(people[number]) for number in restored}
    update_all(connection, p, given_back)
    rewritten = {
        row: {"before": json.dumps(o)} for olds in later.values() for row, o in olds.items()
    }
    update_all(connection, c, rewritten)
    connection.execute(delete(c).where(c.c.import_id == import_id))
    return len(restored), kept


def _later_changes(connection: Connection, import_id: int) -> dict[int, dict[int, dict[str, str]]]:
    """Values before later changes of the people whom an import changed: person, row, values."""
    c = schema.participant_change
    concerned = select(c.c.participant_id).where(c.c.import_id == import_id)
    query = select(c).where(c.c.import_id > import_id, c.c.participant_id.in_(concerned))
    found: dict[int, dict[int, dict[str, str]]] = {}
    for row in connection.execute(query.order_by(c.c.import_id)):
        found.setdefault(row.participant_id, {})[row.id] = json.loads(row.before)
    return found


def _has_rows(*, changes: bool) -> ColumnElement[bool]:
    """Whether any import says something of a person, beside having added them."""
    tables = [schema.response, schema.service_use, schema.indicator]
    tables += [schema.participant_change] if changes else []
    return or_(*(schema.participant.c.id.in_(select(t.c.participant_id)) for t in tables))


def _delete_people(connection: Connection, gone: set[int]) -> int:
    """Remove the people whom only undone imports were about."""
    p = schema.participant
    alone = p.c.import_id.in_(gone) & ~_has_rows(changes=True)
    return connection.execute(delete(p).where(alone)).rowcount


def _remaining_people(connection: Connection, import_id: int, touched: set[int]) -> list[_Kept]:
    """People who came with the import and stay, and those of whom nobody knows how they came."""
    p = schema.participant
    added = connection.execute(select(p.c.id).where(p.c.import_id == import_id)).scalars()
    bare = select(p.c.id).where(p.c.import_id.is_(None), ~_has_rows(changes=False))
    unknown = touched.intersection(connection.execute(bare).scalars())
    return [
        *((number, "", "", "", 0, "", "", STILL_NEEDED) for number in added),
        *((number, "", "", "", 0, "", "", ORIGIN_UNKNOWN) for number in sorted(unknown)),
    ]


def _delete_sites(connection: Connection, gone: set[int]) -> None:
    """Remove the sites that only undone imports were about."""
    s, at, p, m = schema.site, schema.import_site, schema.participant, schema.mapping
    connection.execute(
        delete(s).where(
            s.c.import_id.in_(gone),
            s.c.id.not_in(select(p.c.site_id)),
            s.c.slug.not_in(select(m.c.site)),
            s.c.slug.not_in(select(at.c.site).where(at.c.import_id.not_in(gone))),
        )
    )


def _kept_table(connection: Connection, kept: list[_Kept]) -> pd.DataFrame:
    p, s = schema.participant, schema.site
    people: dict[int, tuple[str, str]] = {}
    for some in _batches({row[0] for row in kept}):
        query = select(p.c.id, s.c.name, p.c.code).join(s, s.c.id == p.c.site_id)
        found = connection.execute(query.where(p.c.id.in_(some)))
        people |= {row.id: (row.name, row.code) for row in found}
    rows = [(*people[number], *rest) for number, *rest in kept]
    table = pd.DataFrame(rows, columns=list(KEPT_COLUMNS), dtype=object)
    sessions = pd.array([number or None for number in table["session_number"]], dtype="Int64")
    return table.assign(session_number=sessions)


# --- what to know before --------------------------------------------------------------------


def undo_warning(connection: Connection, import_id: int) -> str:
    """What a person should know before undoing: ``""`` for the newest import of its sites."""
    check_undoable(connection, import_id)
    b, at, s = schema.import_batch, schema.import_site, schema.site
    own = select(at.c.site).where(at.c.import_id == import_id)
    query = (
        select(b.c.id, s.c.name)
        .select_from(b.join(at, at.c.import_id == b.c.id).join(s, s.c.slug == at.c.site))
        .where(b.c.id > import_id, b.c.undone_by.is_(None), at.c.site.in_(own))
        .order_by(b.c.id)
    )
    later = connection.execute(query).all()
    sentences = []
    if later:
        numbers = _listed(str(row.id) for row in later)
        names = _listed(row.name for row in later)
        sentences.append(
            f"Later uploads for {names} build on this one (import {numbers}). What they changed "
            "stays and will be listed; what they only repeated goes, so upload those files again "
            "afterwards."
        )
    if _added_unnoted_people(connection, import_id):
        sentences.append(
            "It was stored by an older version of this program, which did not note whom an upload "
            "added: the people stay, without the answers."
        )
    return " ".join(sentences)


def _listed(words: Iterable[str]) -> str:
    *most, last = dict.fromkeys(words)
    return f"{', '.join(most)} and {last}" if most else last


def _added_unnoted_people(connection: Connection, import_id: int) -> bool:
    p = schema.participant
    for table in (schema.response, schema.service_use, schema.indicator):
        joined = table.join(p, p.c.id == table.c.participant_id)
        mine = (table.c.import_id == import_id) & p.c.import_id.is_(None)
        if connection.execute(select(p.c.id).select_from(joined).where(mine).limit(1)).first():
            return True
    return False
