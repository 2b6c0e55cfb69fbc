"""Erasing people: everything that is stored about them goes and a keyed hash stays.

Their partner's data and the couple's code stay. What was published before stays published.
"""

from __future__ import annotations

import datetime as dt
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection, Engine, delete, select

from evaluation.config import site_id
from evaluation.store import schema
from evaluation.store.audit import ERASE, write_audit
from evaluation.store.counters import CONTENT_CHANGES, count_one
from evaluation.store.engine import StoreError
from evaluation.store.postgresql import NAME as POSTGRESQL
from evaluation.store.postgresql import write_anew
from evaluation.store.release_basis import forget_people_of
from evaluation.store.remnants import remove_remnants
from evaluation.store.tombstones import REQUEST, add_tombstones, read_tombstones
from evaluation.store.writing import BATCH

_ABOUT_PEOPLE = (
    schema.participant, schema.response, schema.service_use, schema.indicator,
    schema.participant_change, schema.problem, schema.import_file, schema.decision, schema.mapping,
    schema.release_basis,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Erased:
    """What was erased: rows of each kind, earlier versions that a correction replaced included.

    ``remnants`` are problems, file names and mappings that named the person. ``wiped``: whether the
    space that the rows left was overwritten too.
    """

    people: int
    questionnaires: int
    service_rows: int
    indicators: int
    remnants: int
    wiped: bool = field(default=True, kw_only=True)

    def counts(self) -> dict[str, int]:
        return {
            "people": self.people, "questionnaires": self.questionnaires,
            "service_rows": self.service_rows, "indicators": self.indicators,
            "remnants": self.remnants,
        }  # fmt: skip


def erase_person(
    connection: Connection,
    site: str,
    code: str,
    *,
    by: str,
    at: dt.datetime,
    in_advance: bool = False,
) -> Erased:
    """Erase one person (site by name or id) and see to it that no later upload brings them back.

    ``in_advance``: also somebody who is not in the store, so that they never come in.
    """
    slug, code = _known_site(connection, site), code.strip()
    if not code:
        raise StoreError("Say which participant is to be erased.")
    number = _number(connection, slug, code)
    if number is None and not in_advance:
        raise StoreError(_not_there(connection, slug, code))
    erased = erase_people(connection, [(number, slug, code)])
    note_erased(connection, [(slug, code)], reason=REQUEST, at=at)
    write_audit(
        connection, ERASE, by=by, sites=[slug], counts=erased.counts(),
        person=read_tombstones(connection).person(slug, code),
    )  # fmt: skip
    return erased


def note_erased(
    connection: Connection, people: Sequence[tuple[str, str]], *, reason: str, at: dt.datetime
) -> None:
    """Tombstones for people; what was worked out from their answers is worked out anew."""
    add_tombstones(connection, people, reason=reason, at=at)
    count_one(connection, CONTENT_CHANGES)


def erase_people(connection: Connection, people: Sequence[tuple[int | None, str, str]]) -> Erased:
    """Delete what is stored of people: number (if they are in the store), site id and code."""
    numbers = [number for number, _, _ in people if number is not None]
    forget_people_of(connection, {slug for number, slug, _ in people if number is not None})
    known = read_tombstones(connection)
    hashes = [each for _, slug, code in people for each in known.hashes(slug, code)]
    remnants = remove_remnants(connection, [code for _, _, code in people], hashes)
    n = {"response": 0, "service_use": 0, "indicator": 0}
    for some in _batches(numbers):
        for table in (schema.response, schema.service_use, schema.indicator):
            theirs = delete(table).where(table.c.participant_id.in_(some))
            n[table.name] += connection.execute(theirs).rowcount
        changes = schema.participant_change
        connection.execute(delete(changes).where(changes.c.participant_id.in_(some)))
        p = schema.participant
        connection.execute(delete(p).where(p.c.id.in_(some)))
    return Erased(len(numbers), n["response"], n["service_use"], n["indicator"], remnants)


def _batches(numbers: Sequence[int]) -> Iterable[Sequence[int]]:
    return (numbers[start : start + BATCH] for start in range(0, len(numbers), BATCH))


def _known_site(connection: Connection, site: str) -> str:
    s = schema.site
    sites = {row.slug: row.name for row in connection.execute(select(s.c.slug, s.c.name))}
    if site_id(site) not in sites:
        names = ", ".join(sorted(sites.values()))
        raise StoreError(f"'{site}' is not a site of this programme. The sites are: {names}.")
    return site_id(site)


def _people_of(connection: Connection, slug: str) -> dict[str, int]:
    p, s = schema.participant, schema.site
    query = select(p.c.code, p.c.id).join(s, s.c.id == p.c.site_id).where(s.c.slug == slug)
    return {row.code: row.id for row in connection.execute(query)}


def _number(connection: Connection, slug: str, code: str) -> int | None:
    return _people_of(connection, slug).get(code)


def _not_there(connection: Connection, slug: str, code: str) -> str:
    known = read_tombstones(connection)
    if known.reason(slug, code):
        return f"'{code}' of this site was erased before, so nothing is left to erase."
    alike = [other for other in _people_of(connection, slug) if _same_spelling(other, code)]
    hint = f" Is it '{alike[0]}'?" if alike else " Codes are told apart by every sign."
    return f"There is no participant '{code}' at this site, so nothing was erased.{hint}"


def _same_spelling(one: str, other: str) -> bool:
    from evaluation.ingest.checking.codes import bare_key

    return bare_key(one) == bare_key(other)


def wipe_free_space(engine: Engine) -> bool:
    """Remove what deleted rows have left in the files; False if somebody was in the way.

    An SQLite file is overwritten; what a PostgreSQL server does is told in `postgresql`.
    """
    if engine.dialect.name == POSTGRESQL:
        return write_anew(engine, _ABOUT_PEOPLE)
    connection = engine.raw_connection()
    try:
        cursor = connection.cursor()
        cursor.execute("VACUUM")
        busy, _, _ = cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        return not busy
    except sqlite3.OperationalError:
        return False
    finally:
        connection.close()
