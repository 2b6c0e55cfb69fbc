"""What makes a store one that can be trusted: erasure, the audit log, copies, who may enter.

`Store` has these beside what concerns the answers themselves.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

import pandas as pd
from sqlalchemy import Engine

from evaluation.config import site_id
from evaluation.store import accounts, audit, entering, release_basis, releases, rule_files
from evaluation.store.audit import AuditCheck
from evaluation.store.backup import Backup, write_backup
from evaluation.store.engine import StoreError, open_engine, write_transaction
from evaluation.store.erasure import Erased, erase_person, wipe_free_space
from evaluation.store.retention import Expired, erase_expired, find_expired, months_before
from evaluation.store.visits import SignIn, read_visit


def now() -> dt.datetime:
    return dt.datetime.now(dt.UTC).replace(tzinfo=None, microsecond=0)


class Custody:
    """Who is behind each change is given as ``by``, sites by name or id."""

    def __init__(self, url: str) -> None:
        self._engine: Engine = open_engine(url)

    def close(self) -> None:
        """Let go of the database, as before its file is moved."""
        self._engine.dispose()

    # --- erasing ---------------------------------------------------------------------------

    def erase(
        self, site: str, participant: str, *, by: str = "", in_advance: bool = False
    ) -> Erased:
        """Erase one person for good; ``StoreError`` if there is no such person.

        A later upload of the same rows is refused, and neither an undo nor `restore_store` brings
        them back. ``in_advance``: also for somebody who is not in the store.
        """
        with write_transaction(self._engine) as connection:
            erased = erase_person(
                connection, site, participant, by=by, at=now(), in_advance=in_advance
            )
        return replace(erased, wiped=wipe_free_space(self._engine))

    def expired(self, months: int, *, today: dt.date | None = None) -> Expired:
        """Whose last record is more than so many months old; nothing is erased."""
        before = months_before(today or now().date(), months)
        with self._engine.begin() as connection:
            return find_expired(connection, before=before)

    def erase_expired(self, months: int, *, by: str = "", today: dt.date | None = None) -> Erased:
        """Erase them, as `erase` does."""
        before = months_before(today or now().date(), months)
        with write_transaction(self._engine) as connection:
            erased = erase_expired(connection, before=before, by=by, at=now())
        return replace(erased, wiped=not erased.people or wipe_free_space(self._engine))

    # --- the audit log ---------------------------------------------------------------------

    def record(
        self,
        action: str,
        *,
        by: str,
        sites: Iterable[str] = (),
        reference: str = "",
        counts: Mapping[str, int] | None = None,
    ) -> None:
        """Note what happened outside the store, such as ``sign_in`` (audit.ACTIONS).

        Never with an answer or a participant's code.
        """
        with write_transaction(self._engine) as connection:
            audit.write_audit(
                connection, action, by=by, sites=[site_id(name) for name in sites],
                reference=reference, counts=counts,
            )  # fmt: skip

    def audit_log(self, *, last: int | None = None) -> pd.DataFrame:
        """The log (AUDIT_COLUMNS), the newest first."""
        with self._engine.begin() as connection:
            return audit.list_audit(connection, last=last)

    def verify_audit(self, *, known_hash: str = "") -> AuditCheck:
        """Whether rows of the log were changed, removed, put in another order or cut off.

        ``known_hash``: a hash noted down earlier, which also shows a log that was written anew.
        """
        with self._engine.begin() as connection:
            return audit.verify_audit(connection, known_hash=known_hash)

    # --- copies ----------------------------------------------------------------------------

    def backup(self, path: Path, *, by: str = "") -> Backup:
        """Copy an SQLite store into a new file while others work with it."""
        with self._engine.begin() as connection:
            head = audit.audit_head(connection)
        size, sha256 = write_backup(self._engine, path)
        self.record(audit.BACKUP, by=by, reference=f"copy {sha256}", counts={"bytes": size})
        return Backup(path, size, sha256, head)

    # --- who may enter ---------------------------------------------------------------------

    def add_account(
        self, subject: str, *, role: str, sites: Iterable[str] = (), by: str = ""
    ) -> accounts.Account:
        """Let somebody in; ``StoreError`` if that cannot be."""
        with write_transaction(self._engine) as connection:
            return accounts.add_account(
                connection, subject, role=role, sites=sites, by=by, at=now()
            )

    def change_account(
        self,
        subject: str,
        *,
        role: str | None = None,
        sites: Iterable[str] | None = None,
        active: bool | None = None,
        by: str = "",
    ) -> accounts.Account:
        """Change what is given; an account is made inactive, never deleted."""
        with write_transaction(self._engine) as connection:
            return accounts.change_account(
                connection, subject, role=role, sites=sites, active=active, by=by, at=now()
            )

    def account(self, subject: str) -> accounts.Account | None:
        """The account of a person, active or not; ``None`` = nobody who may enter."""
        with self._engine.begin() as connection:
            return accounts.find_account(connection, subject)

    def release_account(self, subject: str, *, by: str = "") -> accounts.Account:
        """Let the next sign-in with this address have the account; ``StoreError`` without one."""
        with write_transaction(self._engine) as connection:
            return accounts.release_account(connection, subject, by=by)

    def enter(self, sign_in: SignIn, *, at: dt.datetime | None = None) -> entering.Entry:
        """What somebody who has signed in may reach, or why they may not enter; it is a click.

        Asked at every click, so that a changed account, an idle hour or a sign-out counts at once.
        """
        at = at or now()
        with self._engine.begin() as connection:
            entry, to_note = entering.look(connection, sign_in, at=at)
            known, _ = read_visit(connection, sign_in, at=at)
        if not to_note:
            return entry
        try:
            with write_transaction(self._engine) as connection:
                return entering.enter(connection, sign_in, at=at)
        except StoreError:
            if not known:
                raise
            # Somebody stores a large file just now: the next click is noted instead.
            return entry

    def over(self, sign_in: SignIn, *, at: dt.datetime | None = None) -> bool:
        """Whether the visit is over or the account has gone; this is no click of theirs."""
        with self._engine.begin() as connection:
            entry, _ = entering.look(connection, sign_in, at=at or now())
        return entry.scope is None

    def leave(self, sign_in: SignIn, *, at: dt.datetime | None = None) -> None:
        """Sign somebody out, in every tab and every copy of the program."""
        with write_transaction(self._engine) as connection:
            entering.leave(connection, sign_in, at=at or now())

    def accounts(self) -> list[accounts.Account]:
        with self._engine.begin() as connection:
            return accounts.list_accounts(connection)

    # --- rules and releases ----------------------------------------------------------------

    def save_rule_file(self, text: str, *, by: str = "") -> rule_files.SavedRuleFile:
        """Use this rule file from now on; ``SettingsError`` if it cannot be used."""
        with write_transaction(self._engine) as connection:
            return rule_files.save_rule_file(connection, text, by=by, at=now())

    def current_rule_file(self) -> rule_files.SavedRuleFile | None:
        """The rule file in use; ``None`` = the defaults."""
        with self._engine.begin() as connection:
            return rule_files.current_rule_file(connection)

    def rule_files(self) -> list[rule_files.SavedRuleFile]:
        """Every version, the newest first."""
        with self._engine.begin() as connection:
            return rule_files.list_rule_files(connection)

    def record_release(
        self, release: releases.Release, *, sites: Iterable[str] = (), by: str = ""
    ) -> int:
        """Note what left the store, or was refused; the number of the entry."""
        with write_transaction(self._engine) as connection:
            slugs = [site_id(name) for name in sites]
            return releases.record_release(connection, release, sites=slugs, by=by, at=now())

    def release_key(self) -> bytes:
        """The secret under which the people behind a release are hashed; it never leaves."""
        with self._engine.begin() as connection:
            return release_basis.release_key(connection)

    def last_bases(self, site: str) -> list[release_basis.Basis]:
        """Who was behind the last releases of each kind about a site, blank = all sites."""
        slug = site_id(site) if site else release_basis.EVERY_SITE
        with self._engine.begin() as connection:
            return release_basis.last_bases(connection, slug)

    def last_release(self) -> int:
        """The number of the newest release; 0 before any."""
        with self._engine.begin() as connection:
            return releases.last_release(connection)

    def releases(self) -> pd.DataFrame:
        """Every release (RELEASE_COLUMNS), the newest first."""
        with self._engine.begin() as connection:
            return releases.list_releases(connection)
