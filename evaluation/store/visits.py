"""How long somebody stays signed in: kept here, because a cookie would let them in for a month.

A visit is one sign-in of one person, whichever of the browser's tabs or the program's copies it
reaches. It ends when they sign out, after a while without a click, and at the end of the day's
work.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import dataclass

from sqlalchemy import Connection, insert, select, update

from evaluation.store import schema

IDLE = dt.timedelta(minutes=20)
LONGEST = dt.timedelta(hours=8)
# A click within this time of the last one is not noted: nothing is written at every click.
NOTED_EVERY = dt.timedelta(seconds=30)

ENDED = "You were signed out."
IDLE_TOO_LONG = "You were signed out after 20 minutes without a click."
TOO_LONG = "You were signed out after 8 hours."
TOO_OLD = "This sign-in is too old. Sign in again."


@dataclass(frozen=True, slots=True)
class SignIn:
    """What the identity provider says: whose sign-in, when, and until when it may be used first."""

    issuer: str
    subject: str
    email: str
    email_verified: bool
    issued_at: dt.datetime
    expires_at: dt.datetime

    @property
    def identity(self) -> str:
        """The person as the provider knows them, hashed: what never changes with an address."""
        return _hash(self.issuer, self.subject)

    @property
    def visit(self) -> str:
        """This sign-in, hashed."""
        return _hash(self.issuer, self.subject, self.issued_at.isoformat())


def _hash(*parts: str) -> str:
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()


def read_visit(connection: Connection, sign_in: SignIn, *, at: dt.datetime) -> tuple[bool, str]:
    """Whether this visit is known already, and why it is over (``""`` while it is not)."""
    row = connection.execute(
        select(schema.visit.c.started_at, schema.visit.c.seen_at, schema.visit.c.ended_at).where(
            schema.visit.c.visit == sign_in.visit
        )
    ).one_or_none()
    if row is None:
        stale = at >= min(sign_in.expires_at, sign_in.issued_at + LONGEST)
        return False, TOO_OLD if stale else ""
    if row.ended_at is not None:
        return True, ENDED
    if at - row.seen_at >= IDLE:
        return True, IDLE_TOO_LONG
    if at - row.started_at >= LONGEST:
        return True, TOO_LONG
    return True, ""


def wants_noting(connection: Connection, sign_in: SignIn, *, at: dt.datetime) -> bool:
    """Whether a click now is long enough after the last one that was noted."""
    seen = connection.execute(
        select(schema.visit.c.seen_at).where(schema.visit.c.visit == sign_in.visit)
    ).scalar_one_or_none()
    return seen is None or at - seen >= NOTED_EVERY


def start_visit(connection: Connection, sign_in: SignIn, *, who: str, at: dt.datetime) -> None:
    """Note a sign-in that comes for the first time; its hours count from when it was issued."""
    connection.execute(
        insert(schema.visit).values(
            visit=sign_in.visit, who=who, started_at=min(sign_in.issued_at, at), seen_at=at,
            ended_at=None,
        )
    )  # fmt: skip


def note_click(connection: Connection, sign_in: SignIn, *, at: dt.datetime) -> None:
    """Somebody is still there."""
    _change(connection, sign_in, seen_at=at)


def end_visit(connection: Connection, sign_in: SignIn, *, at: dt.datetime) -> None:
    """From now on this sign-in lets nobody in, whatever cookie comes."""
    _change(connection, sign_in, ended_at=at)


def _change(connection: Connection, sign_in: SignIn, **values: dt.datetime) -> None:
    connection.execute(
        update(schema.visit).where(schema.visit.c.visit == sign_in.visit).values(**values)
    )
