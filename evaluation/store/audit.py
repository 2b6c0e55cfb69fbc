"""The audit log: who did what and when, in rows of which each vouches for the one before it.

It never holds an answer or a participant's code; a person stands there as a keyed hash. How many
rows there are and the last hash are kept apart, so that rows missing at the end are noticed too.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd
from sqlalchemy import Connection, insert, select

from evaluation.store import schema
from evaluation.store.counters import read_value, write_value

IMPORT = "import"
UNDO = "undo"
ERASE = "erase"
RETENTION = "retention"
RELEASE = "release"
DEFINITION = "definition"
SETTINGS = "settings"
ACCOUNT = "account"
BACKUP = "backup"
RESTORE = "restore"
EXPORT = "export"
SIGN_IN = "sign_in"
SIGN_OUT = "sign_out"
DENIED = "denied"
VIEW = "view"
ACTIONS = (
    IMPORT, UNDO, ERASE, RETENTION, RELEASE, DEFINITION, SETTINGS, ACCOUNT, BACKUP, RESTORE,
    EXPORT, SIGN_IN, SIGN_OUT, DENIED, VIEW,
)  # fmt: skip
AUDIT_COLUMNS = ("number", "at", "who", "action", "site", "person", "reference", "counts", "hash")
NOBODY = "not known"

_HEAD = "audit_head"
_START = "0" * 64
_HASHED = ("number", "at", "who", "action", "site", "person", "reference", "counts")


@dataclass(frozen=True, slots=True)
class AuditCheck:
    """Whether the log is whole: its rows, its last hash, and where it first goes wrong."""

    ok: bool
    n_rows: int
    head: str
    first_wrong: int | None
    finding: str


def start_audit(connection: Connection) -> None:
    """The head of an empty log, unless there is one."""
    if read_value(connection, _HEAD) is None:
        write_value(connection, _HEAD, f"0 {_START}")


def write_audit(
    connection: Connection,
    action: str,
    *,
    by: str,
    sites: Iterable[str] = (),
    person: str = "",
    reference: str = "",
    counts: Mapping[str, int] | None = None,
) -> None:
    """Add a row, in the transaction of what it records; ``sites`` by id, ``person`` as a hash."""
    if action not in ACTIONS:
        raise ValueError(f"action={action!r}: allowed are {', '.join(ACTIONS)}")
    if counts and not all(isinstance(number, int) for number in counts.values()):
        raise ValueError(f"counts={counts!r}: whole numbers only")
    if person and len(person) != len(_START):
        raise ValueError("person: the keyed hash of a person, never the code")
    number, former = _read_head(connection, lock=True)
    row: dict[str, Any] = {
        "number": number + 1,
        "at": dt.datetime.now(dt.UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
        "who": by.strip()[:200] or NOBODY,
        "action": action,
        "site": ", ".join(sites),
        "person": person,
        "reference": reference,
        "counts": json.dumps(dict(counts or {}), sort_keys=True),
    }
    row |= {"former": former, "hash": _hash(row, former)}
    connection.execute(insert(schema.audit).values(**row))
    write_value(connection, _HEAD, f"{number + 1} {row['hash']}")


def _read_head(connection: Connection, *, lock: bool = False) -> tuple[int, str]:
    """How many rows were written, and the hash of the last."""
    number, _, former = (read_value(connection, _HEAD, lock=lock) or "").partition(" ")
    return (int(number), former) if number.isdecimal() else (0, "")


def _hash(row: Mapping[str, Any], former: str) -> str:
    content = {name: row[name] for name in _HASHED}
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(f"{former}{text}".encode()).hexdigest()


def audit_head(connection: Connection) -> str:
    """The last hash; whoever has noted it down elsewhere can tell later whether the log is old."""
    return _read_head(connection)[1]


def list_audit(connection: Connection, *, last: int | None = None) -> pd.DataFrame:
    """The log (AUDIT_COLUMNS), the newest first."""
    columns = [schema.audit.c[name] for name in AUDIT_COLUMNS]
    query = select(*columns).order_by(schema.audit.c.number.desc())
    rows = connection.execute(query if last is None else query.limit(last)).all()
    return pd.DataFrame([tuple(row) for row in rows], columns=list(AUDIT_COLUMNS))


def verify_audit(connection: Connection, *, known_hash: str = "") -> AuditCheck:
    """Recompute the chain; ``known_hash``, noted down earlier, has to be part of it."""
    number, head = _read_head(connection)
    rows = connection.execute(select(schema.audit).order_by(schema.audit.c.number)).mappings()
    former, seen, n = _START, {_START}, 0

    def wrong(row: int, finding: str) -> AuditCheck:
        return AuditCheck(False, n, head, row, finding)

    for row in rows:
        if row["number"] != n + 1:
            return wrong(n + 1, f"Row {n + 1} is missing.")
        if row["former"] != former:
            return wrong(n + 1, f"Row {n + 1} does not follow the row before it.")
        if row["hash"] != _hash(dict(row), former):
            return wrong(n + 1, f"Row {n + 1} was changed after it was written.")
        former, n = row["hash"], n + 1
        seen.add(former)
    if n < number:
        return wrong(n + 1, f"The last {number - n} of {number} rows are missing.")
    if (n, former) != (number, head):
        return wrong(n, "The end of the log is not the one that was noted.")
    if known_hash and known_hash not in seen:
        return wrong(n, "The hash that was noted down is not in this log: it was written anew.")
    return AuditCheck(True, n, head, None, f"The log is whole: {n} rows.")


def tail_beyond(connection: Connection, other: Connection) -> list[dict[str, Any]] | None:
    """Rows of the other log that continue this one; ``None`` if they are two different logs."""
    number, head = _read_head(connection)
    query = select(schema.audit).where(schema.audit.c.number > number)
    rows = [dict(row) for row in other.execute(query.order_by("number")).mappings()]
    if not rows:
        return None
    return rows if rows[0]["former"] == head and rows[0]["number"] == number + 1 else None


def append_rows(connection: Connection, rows: list[dict[str, Any]]) -> None:
    """Add rows that continue the log as they are."""
    connection.execute(insert(schema.audit), rows)
    write_value(connection, _HEAD, f"{rows[-1]['number']} {rows[-1]['hash']}")
