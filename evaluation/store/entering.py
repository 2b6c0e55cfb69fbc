"""Coming in: a sign-in, the account it belongs to, and the visit that it begins or goes on with."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import Connection

from evaluation.access import Scope
from evaluation.store import audit
from evaluation.store.accounts import Account, account_of, bind_account
from evaluation.store.visits import (
    SignIn,
    end_visit,
    note_click,
    read_visit,
    start_visit,
    wants_noting,
)

NO_ACCOUNT = (
    "There is no account for you here. Ask the person who looks after the data to let you in."
)


@dataclass(frozen=True, slots=True)
class Entry:
    """What somebody may reach; without a scope, the reason why they may not enter."""

    scope: Scope | None
    reason: str = ""


def look(connection: Connection, sign_in: SignIn, *, at: dt.datetime) -> tuple[Entry, bool]:
    """What a sign-in lets somebody reach, and whether there is anything to write down."""
    account = account_of(connection, sign_in)
    if account is None or not account.active:
        return Entry(None, NO_ACCOUNT), False
    _, over = read_visit(connection, sign_in, at=at)
    if over:
        return Entry(None, over), False
    return Entry(_scope(account)), wants_noting(connection, sign_in, at=at)


def enter(connection: Connection, sign_in: SignIn, *, at: dt.datetime) -> Entry:
    """Begin the visit or go on with it, and say what it lets somebody reach."""
    entry, _ = look(connection, sign_in, at=at)
    account = account_of(connection, sign_in)
    if entry.scope is None or account is None:
        return entry
    known, _ = read_visit(connection, sign_in, at=at)
    if known:
        note_click(connection, sign_in, at=at)
        return entry
    if not account.identity:
        bind_account(connection, account, sign_in)
    start_visit(connection, sign_in, who=account.subject, at=at)
    audit.write_audit(
        connection, audit.SIGN_IN, by=account.subject, sites=account.sites,
        reference=f"visit {sign_in.visit[:12]}, {account.role}",
    )  # fmt: skip
    return entry


def leave(connection: Connection, sign_in: SignIn, *, at: dt.datetime) -> None:
    """End the visit, if there is one."""
    known, over = read_visit(connection, sign_in, at=at)
    if not known or over:
        return
    end_visit(connection, sign_in, at=at)
    account = account_of(connection, sign_in)
    audit.write_audit(
        connection, audit.SIGN_OUT, by=account.subject if account else "",
        reference=f"visit {sign_in.visit[:12]}",
    )  # fmt: skip


def _scope(account: Account) -> Scope:
    return Scope(account.subject, account.role, frozenset(account.sites) or None)
