"""Who may enter, in which role, and for which sites."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable
from dataclasses import dataclass, replace

from sqlalchemy import Connection, insert, select, update

from evaluation.access import DATA_MANAGER, ROLES, SITE
from evaluation.config import site_id
from evaluation.store import audit, schema
from evaluation.store.engine import StoreError
from evaluation.store.visits import SignIn


@dataclass(frozen=True, slots=True)
class Account:
    """One person who works with the data; ``subject`` is an e-mail address or a sign-in's subject.

    ``sites`` are ids; none = every site, which role ``site`` cannot have. ``identity`` is who they
    are to the identity provider, from their first sign-in on (`visits.SignIn`).
    """

    subject: str
    role: str
    sites: tuple[str, ...]
    active: bool
    identity: str = ""


def account_subject(subject: str) -> str:
    """As it is compared: an e-mail address without regard to case."""
    text = subject.strip()
    return text.casefold() if "@" in text else text


def add_account(
    connection: Connection,
    subject: str,
    *,
    role: str,
    sites: Iterable[str],
    by: str,
    at: dt.datetime,
) -> Account:
    """Let somebody in; ``StoreError`` if there is such an account or it names an unknown site."""
    account = Account(account_subject(subject), role, _slugs(sites), active=True)
    _check(connection, account)
    if find_account(connection, account.subject) is not None:
        raise StoreError(f"There is an account for '{account.subject}' already. Change that one.")
    connection.execute(
        insert(schema.account).values(
            subject=account.subject, role=role, sites=json.dumps(account.sites), active=True,
            created_at=at, changed_at=at,
        )
    )  # fmt: skip
    _write_audit(connection, account, by)
    return account


def change_account(
    connection: Connection,
    subject: str,
    *,
    role: str | None = None,
    sites: Iterable[str] | None = None,
    active: bool | None = None,
    by: str,
    at: dt.datetime,
) -> Account:
    """Change what is given of an account; nobody is ever deleted, only made inactive."""
    old = find_account(connection, subject)
    if old is None:
        raise StoreError(f"There is no account for '{account_subject(subject)}'.")
    account = replace(
        old,
        role=old.role if role is None else role,
        sites=old.sites if sites is None else _slugs(sites),
        active=old.active if active is None else active,
    )
    _check(connection, account)
    if account == old:
        return old
    if _manages(old) and not _manages(account):
        _check_another_manages(connection, old)
    table = schema.account
    connection.execute(
        update(table)
        .where(table.c.subject == account.subject)
        .values(
            role=account.role, sites=json.dumps(account.sites), active=account.active,
            changed_at=at,
        )
    )  # fmt: skip
    _write_audit(connection, account, by)
    return account


def find_account(connection: Connection, subject: str) -> Account | None:
    """The account of a person, active or not."""
    wanted = account_subject(subject)
    return next((a for a in list_accounts(connection) if a.subject == wanted), None)


def list_accounts(connection: Connection) -> list[Account]:
    """Every account, in the order of their subjects."""
    t = schema.account
    columns = (t.c.subject, t.c.role, t.c.sites, t.c.active, t.c.identity)
    return [
        Account(row.subject, row.role, tuple(json.loads(row.sites)), bool(row.active), row.identity)
        for row in connection.execute(select(*columns).order_by(t.c.subject))
    ]


def account_of(connection: Connection, sign_in: SignIn) -> Account | None:
    """Whose sign-in this is.

    An account belongs to whoever signed in with its address first: an address can be given to
    somebody else later, the provider's own number for a person cannot.
    """
    names = {account_subject(sign_in.subject)}
    if sign_in.email_verified:
        names.add(account_subject(sign_in.email))
    accounts = list_accounts(connection)
    mine = (a for a in accounts if a.identity == sign_in.identity)
    free = (a for a in accounts if not a.identity and a.subject in names)
    return next(mine, None) or next(free, None)


def bind_account(connection: Connection, account: Account, sign_in: SignIn) -> None:
    """From now on the account is of whoever has just signed in."""
    t = schema.account
    connection.execute(
        update(t).where(t.c.subject == account.subject).values(identity=sign_in.identity)
    )


def release_account(connection: Connection, subject: str, *, by: str) -> Account:
    """Let the next sign-in with this address have the account, as after a change of provider."""
    account = find_account(connection, subject)
    if account is None:
        raise StoreError(f"There is no account for '{account_subject(subject)}'.")
    t = schema.account
    connection.execute(update(t).where(t.c.subject == account.subject).values(identity=""))
    _write_audit(connection, account, by)
    return replace(account, identity="")


def _slugs(sites: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted({site_id(name) for name in sites}))


def _check(connection: Connection, account: Account) -> None:
    if account.role not in ROLES:
        raise ValueError(f"role={account.role!r}: allowed are {', '.join(ROLES)}")
    if not account.subject:
        raise StoreError("An account needs an e-mail address or the subject of a sign-in.")
    known = set(connection.execute(select(schema.site.c.slug)).scalars())
    unknown = [slug for slug in account.sites if slug not in known]
    if unknown:
        raise StoreError(f"'{unknown[0]}' is not a site of this programme.")
    if account.role == SITE and not account.sites:
        raise StoreError("Somebody who works for a site needs at least one site.")


def _manages(account: Account) -> bool:
    # Whoever is limited to some sites looks after no accounts (`evaluation.access`).
    return account.active and account.role == DATA_MANAGER and not account.sites


def _check_another_manages(connection: Connection, leaving: Account) -> None:
    others = (a for a in list_accounts(connection) if a.subject != leaving.subject)
    if not any(_manages(account) for account in others):
        raise StoreError(
            f"'{leaving.subject}' is the only data manager. Let another one in first, or nobody "
            "could look after the accounts."
        )


def _write_audit(connection: Connection, account: Account, by: str) -> None:
    state = "active" if account.active else "inactive"
    audit.write_audit(
        connection, audit.ACCOUNT, by=by, sites=account.sites,
        reference=f"{account.subject}: {account.role}, {state}",
    )  # fmt: skip
