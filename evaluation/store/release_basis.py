"""Who was behind the averages of the last release of each kind, kept as keyed hashes alone.

The next release is compared with it: an average of a few people more would tell of those few. What
is here never leaves the store. When a person is erased, what it holds of their site goes, and that
somebody was erased is all that stays.
"""

from __future__ import annotations

import datetime as dt
import json
import secrets
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, delete, insert, or_, select, update

from evaluation.config import site_id
from evaluation.model import ALL_SITES
from evaluation.store import schema
from evaluation.store.counters import read_value, write_value
from evaluation.store.failures import StoreError

# Of each average (where, of what, of whom) the hashes of the people behind it.
People = Mapping[tuple[str, ...], Collection[str]]
EVERY_SITE = ""
_KEY = "release_key"


@dataclass(frozen=True, slots=True)
class Basis:
    """What was kept of one release: by whom it stood, and where somebody was erased since."""

    kind: str
    people: dict[tuple[str, ...], frozenset[str]]
    erased: frozenset[str]


def start_release_basis(connection: Connection) -> None:
    """Draw the key under which people are hashed, unless the store has one."""
    if read_value(connection, _KEY) is None:
        write_value(connection, _KEY, secrets.token_hex(32))


def release_key(connection: Connection) -> bytes:
    """The secret of this store; another one than that of the tombstones."""
    found = read_value(connection, _KEY)
    if found is None:
        raise StoreError("The store has lost the key by which its releases are compared.")
    return bytes.fromhex(found)


def keep_basis(
    connection: Connection,
    kind: str,
    *,
    site: str,
    people: People,
    at: dt.datetime,
) -> None:
    """Keep who was behind a release (site by id, blank = all) in place of the last of its kind."""
    t = schema.release_basis
    connection.execute(delete(t).where(t.c.kind == kind, t.c.site == site))
    row = {"kind": kind, "site": site, "kept_at": at}
    connection.execute(insert(t).values(**row, people=_as_text(people), erased="[]"))


def last_bases(connection: Connection, site: str) -> list[Basis]:
    """What may be compared with a release of a site (by id, blank = all sites), of every kind.

    The averages of a site stand in the files of all sites as well. Other rules make no difference:
    scores that they change are other hashes.
    """
    t = schema.release_basis
    query = select(t.c.kind, t.c.people, t.c.erased).order_by(t.c.id)
    if site != EVERY_SITE:
        query = query.where(or_(t.c.site == site, t.c.site == EVERY_SITE))
    return [
        Basis(row.kind, _from_text(row.people), frozenset(json.loads(row.erased)))
        for row in connection.execute(query)
    ]


def forget_people_of(connection: Connection, sites: Collection[str]) -> None:
    """Drop what was kept of sites (by id) at which somebody is erased, and of all together."""
    t = schema.release_basis
    for row in connection.execute(select(t.c.id, t.c.people, t.c.erased)).all():
        kept = _from_text(row.people)
        gone = {cell for cell in kept if cell[0] == ALL_SITES or site_id(cell[0]) in sites}
        if not gone:
            continue
        erased = sorted({*json.loads(row.erased), *(cell[0] for cell in gone)})
        left = {cell: people for cell, people in kept.items() if cell not in gone}
        connection.execute(
            update(t)
            .where(t.c.id == row.id)
            .values(people=_as_text(left), erased=json.dumps(erased, ensure_ascii=False))
        )


def adopt_bases(new: Connection, old: Connection) -> None:
    """Take what another store kept, with the key to it, where nothing is kept here."""
    t = schema.release_basis
    if new.execute(select(t.c.id).limit(1)).first() is not None:
        return
    rows = [dict(row) for row in old.execute(select(t)).mappings()]
    if rows:
        write_value(new, _KEY, release_key(old).hex())
    for row in rows:
        del row["id"]
        new.execute(insert(t).values(**row))


def _as_text(people: People) -> str:
    rows = [[*cell, " ".join(sorted(hashes))] for cell, hashes in sorted(people.items())]
    return json.dumps(rows, ensure_ascii=False)


def _from_text(text: str) -> dict[tuple[str, ...], frozenset[str]]:
    return {tuple(row[:-1]): frozenset(row[-1].split()) for row in json.loads(text)}
