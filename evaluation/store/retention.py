"""People whose last record is older than the time that data may be kept."""

from __future__ import annotations

import calendar
import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, field

import pandas as pd
from sqlalchemy import Connection, func, select

from evaluation.store import audit, schema
from evaluation.store.content import read
from evaluation.store.erasure import Erased, erase_people, note_erased
from evaluation.store.tombstones import RETENTION

RETENTION_COLUMNS = ("site", "people", "oldest", "newest")
_SERVICE_DATES = ("referred_on", "started_on", "ended_on")


@dataclass(frozen=True, slots=True)
class Expired:
    """People whose last record lies before a day; ``sites``: RETENTION_COLUMNS, one row each."""

    before: dt.date
    people: int
    sites: pd.DataFrame = field(compare=False)


@dataclass(frozen=True, slots=True)
class _Person:
    number: int
    slug: str
    site: str
    code: str
    last: dt.date


def months_before(day: dt.date, months: int) -> dt.date:
    """The same day of an earlier month, or that month's last day."""
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    if months < 1 or year < 1:
        raise ValueError(f"months={months}: a whole number of at least 1")
    last = calendar.monthrange(year, month + 1)[1]
    return dt.date(year, month + 1, min(day.day, last))


def find_expired(connection: Connection, *, before: dt.date) -> Expired:
    """How many people of which sites would be erased."""
    people = _expired(connection, before)
    table = pd.DataFrame([(p.site, p.last) for p in people], columns=["site", "last"])
    by_site = table.groupby("site")["last"].agg(["size", "min", "max"]).reset_index()
    return Expired(before, len(people), by_site.set_axis(list(RETENTION_COLUMNS), axis=1))


def erase_expired(connection: Connection, *, before: dt.date, by: str, at: dt.datetime) -> Erased:
    """Erase them; the audit log has one row for each site."""
    people = _expired(connection, before)
    every = Erased(0, 0, 0, 0, 0)
    for slug in sorted({person.slug for person in people}):
        theirs = [(p.number, p.slug, p.code) for p in people if p.slug == slug]
        erased = erase_people(connection, theirs)
        codes = [(slug, code) for _, _, code in theirs]
        note_erased(connection, codes, reason=RETENTION, at=at)
        audit.write_audit(
            connection, audit.RETENTION, by=by, sites=[slug], counts=erased.counts(),
            reference=f"last record before {before.isoformat()}",
        )  # fmt: skip
        every = Erased(*(a + b for a, b in zip(_numbers(every), _numbers(erased), strict=True)))
    return every


def _numbers(erased: Erased) -> list[int]:
    return list(erased.counts().values())


def _expired(connection: Connection, before: dt.date) -> list[_Person]:
    p, s = schema.participant, schema.site
    last = _last_records(connection)
    query = select(p.c.id, s.c.slug, s.c.name, p.c.code).join(s, s.c.id == p.c.site_id)
    people = [
        _Person(*row, last[row.id])
        for row in connection.execute(query.order_by(p.c.id))
        if row.id in last
    ]
    return [person for person in people if person.last < before]


def _last_records(connection: Connection) -> dict[int, dt.date]:
    """The latest date known of each person; of those without any, the day of their last upload.

    Nobody is kept for ever because a date was left blank, and nobody goes who has just come in.
    """
    last: dict[int, dt.date] = {}
    for number, day in _dates(connection):
        last[number] = max(last.get(number, day), day)
    uploaded: dict[int, dt.date] = {}
    for number, day in _uploads(connection):
        if number not in last:
            uploaded[number] = max(uploaded.get(number, day), day)
    return uploaded | last


def _dates(connection: Connection) -> Iterator[tuple[int, dt.date]]:
    r, u = schema.response, schema.service_use
    query = (
        select(r.c.participant_id, func.max(r.c.completed_on))
        .where(r.c.superseded_by.is_(None), r.c.completed_on.is_not(None))
        .group_by(r.c.participant_id)
    )
    for number, day in connection.execute(query):
        yield number, day
    used = select(u.c.participant_id, u.c.content).where(u.c.superseded_by.is_(None))
    for number, text in connection.execute(used):
        content = read(text)
        for name in _SERVICE_DATES:
            if content.get(name):
                yield number, dt.date.fromisoformat(content[name])


def _uploads(connection: Connection) -> Iterator[tuple[int, dt.date]]:
    b, p = schema.import_batch, schema.participant
    queries = [select(p.c.id, b.c.imported_at).join(b, b.c.id == p.c.import_id)]
    for table in (schema.response, schema.service_use, schema.indicator):
        queries.append(
            select(table.c.participant_id, func.max(b.c.imported_at))
            .join(b, b.c.id == table.c.import_id)
            .where(table.c.superseded_by.is_(None))
            .group_by(table.c.participant_id)
        )
    for query in queries:
        for number, at in connection.execute(query):
            yield number, at.date()
