"""Who was erased, known only by keyed hashes, so that an old file cannot bring a person back.

A plain hash of 'P017' is found by trying a thousand codes; the key, which every store draws for
itself, prevents that for anybody who has the hashes alone.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import json
import secrets
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Connection, insert, select

from evaluation.ingest.checking.codes import bare_key
from evaluation.store import schema
from evaluation.store.counters import read_value, write_value

REQUEST = "request"
RETENTION = "retention"

# The key in use; those of stores that were joined with this one have a number behind the name.
_KEY = "erasure_key"


def start_tombstones(connection: Connection) -> None:
    """Draw the key of a store, unless it has one."""
    if read_value(connection, _KEY) is None:
        write_value(connection, _KEY, secrets.token_hex(32))


@dataclass(frozen=True)
class Tombstones:
    """The hashes of everybody who was erased, with the reason; ``keys`` has the one in use first.

    Sites are given by id.
    """

    keys: tuple[str, ...]
    people: dict[str, str]
    spellings: dict[str, str]

    def person(self, site: str, code: str) -> str:
        """The hash under which a person is known here."""
        return _digest(self.keys[0], "person", site, code)

    def hashes(self, site: str, code: str) -> list[str]:
        """Every hash that may stand for a person, also those of stores joined with this one."""
        return [_digest(key, "person", site, code) for key in self.keys]

    def spelling(self, site: str, code: str) -> str:
        return _digest(self.keys[0], "spelling", site, bare_key(code))

    def reason(self, site: str, code: str) -> str:
        """Why this very code was erased; ``""`` if it was not."""
        found = (self.people.get(each, "") for each in self.hashes(site, code))
        return next(filter(None, found), "")

    def reason_of_spelling(self, site: str, code: str) -> str:
        """Likewise for a code that differs only in case, blanks, punctuation or leading zeros."""
        bare = bare_key(code)
        found = (self.spellings.get(_digest(key, "spelling", site, bare), "") for key in self.keys)
        return next(filter(None, found), "")


def _digest(key: str, kind: str, site: str, code: str) -> str:
    text = json.dumps([kind, site, code]).encode()
    return hmac.new(bytes.fromhex(key), text, hashlib.sha256).hexdigest()


def read_tombstones(connection: Connection) -> Tombstones:
    t = schema.tombstone
    rows = connection.execute(select(t.c.person, t.c.spelling, t.c.reason)).all()
    return Tombstones(
        keys=tuple(_keys(connection).values()),
        people={row.person: row.reason for row in rows},
        spellings={row.spelling: row.reason for row in rows},
    )


def _keys(connection: Connection) -> dict[str, str]:
    """The keys by name, the one in use first."""
    meta = schema.meta
    query = select(meta.c.key, meta.c.value).where(meta.c.key.startswith(_KEY, autoescape=True))
    return {row.key: row.value for row in connection.execute(query.order_by(meta.c.key))}


def add_tombstones(
    connection: Connection,
    people: Iterable[tuple[str, str]],
    *,
    reason: str,
    at: dt.datetime,
) -> None:
    """Note these people (site id and code) as erased, each once."""
    known = read_tombstones(connection)
    rows = [
        {"person": known.person(*one), "spelling": known.spelling(*one), "reason": reason,
         "erased_at": at}
        for one in dict.fromkeys(people)
        if not known.reason(*one)
    ]  # fmt: skip
    if rows:
        connection.execute(insert(schema.tombstone), rows)


def join_tombstones(connection: Connection, other: Connection) -> None:
    """Note everybody whom another store has erased as well, with the key that tells them."""
    keys, t = _keys(connection), schema.tombstone
    known = set(connection.execute(select(t.c.person)).scalars())
    if not _in_use(other):
        return
    for value in _keys(other).values():
        if value not in keys.values():
            name = f"{_KEY}_{len(keys) + 1:03}"
            keys[name] = value
            write_value(connection, name, value)
    columns = (t.c.person, t.c.spelling, t.c.reason, t.c.erased_at)
    rows = [row._asdict() for row in other.execute(select(*columns)) if row.person not in known]
    if rows:
        connection.execute(insert(t), rows)


def _in_use(connection: Connection) -> bool:
    """Whether any hash was made with the keys of a store."""
    problem = schema.problem
    named = select(problem.c.id).where(problem.c.person != "")
    queries = (select(schema.tombstone.c.id), named)
    return any(connection.execute(query.limit(1)).first() for query in queries)
