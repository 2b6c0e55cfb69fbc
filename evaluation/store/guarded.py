"""The store as one person may use it: every question and every change is checked first.

The pages hold this and never the `Store` behind it. What is not here cannot be done from a page.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Sequence

import pandas as pd

from evaluation import access
from evaluation.access import Scope
from evaluation.model import Dataset, ImportReport
from evaluation.store import audit
from evaluation.store.accounts import Account, account_subject
from evaluation.store.audit import AuditCheck
from evaluation.store.changes import Changes
from evaluation.store.definitions import SavedVersion
from evaluation.store.erasure import Erased
from evaluation.store.mappings import SavedMapping
from evaluation.store.releases import Release
from evaluation.store.repository import Receipt, Site, Store
from evaluation.store.retention import Expired
from evaluation.store.rule_files import SavedRuleFile
from evaluation.store.undo import UndoReceipt
from instruments.definition import Instrument


class GuardedStore:
    """`Store` within a scope; ``AccessDenied`` for whatever lies outside it."""

    def __init__(self, store: Store, scope: Scope) -> None:
        self._store = store
        self.scope = scope

    # --- for everybody who may enter -------------------------------------------------------

    def sites(self) -> tuple[Site, ...]:
        """The sites within reach."""
        return tuple(site for site in self._store.sites() if self.scope.reaches(site.id))

    def known_sites(self) -> dict[str, str]:
        """Lower-case names and ids of the sites within reach, each with the site's name."""
        known = self._store.known_sites()
        return {name: site for name, site in known.items() if self.scope.reaches(site)}

    def snapshot(self) -> int:
        return self._store.snapshot()

    def local_questionnaires(self, *, earlier: bool = False) -> tuple[Instrument, ...]:
        return self._store.local_questionnaires(earlier=earlier)

    def definition_versions(self) -> pd.DataFrame:
        """Every version; how often each is used everywhere only for who sees every site exactly."""
        versions = self._store.definition_versions()
        if self.scope.may(access.SEE_SITE) and self.scope.sites is None:
            return versions
        return versions.drop(columns="n_questionnaires")

    def current_rule_file(self) -> SavedRuleFile | None:
        return self._store.current_rule_file()

    # --- adding data -----------------------------------------------------------------------

    def earlier_imports(self, sha256: Sequence[str]) -> list[tuple[str, dt.datetime]]:
        self.scope.require(access.ADD_DATA)
        return self._store.earlier_imports(sha256, among=self._imports_within())

    def screen(self, report: ImportReport) -> ImportReport:
        self._require_report(report)
        return self._store.screen(report)

    def preview(self, report: ImportReport) -> Changes:
        self._require_report(report)
        return self._store.preview(report)

    def commit(
        self,
        report: ImportReport,
        *,
        mapping_text: str = "",
        mapping_key: tuple[str, str] | None = None,
    ) -> Receipt:
        self._require_report(report)
        return self._store.commit(
            report, mapping_text=mapping_text, mapping_key=mapping_key, by=self.scope.who
        )

    def saved_mappings(self, site: str) -> list[SavedMapping]:
        """How files of a site are read; those of several sites only for who reaches every site."""
        if not site and self.scope.sites is not None:
            return []
        self.scope.require(access.ADD_DATA, [site] if site else [])
        return self._store.saved_mappings(site)

    def undo_warning(self, import_id: int) -> str:
        self._require_import(import_id)
        return self._store.undo_warning(import_id)

    def undo(self, import_id: int) -> UndoReceipt:
        self._require_import(import_id)
        return self._store.undo(import_id, by=self.scope.who)

    def imports(self) -> pd.DataFrame:
        """The register, as far as it is about sites within reach alone."""
        self.scope.require(access.ADD_DATA)
        return self._within(self._store.imports(), "id")

    def to_fix(self) -> pd.DataFrame:
        self.scope.require(access.ADD_DATA)
        return self._within(self._store.to_fix(), "import_id")

    def decisions(self) -> pd.DataFrame:
        self.scope.require(access.ADD_DATA)
        return self._within(self._store.decisions(), "import_id")

    def load(self) -> Dataset:
        """The answers of the sites within reach."""
        self.scope.require(access.SEE_SITE)
        dataset = self._store.load()
        if self.scope.sites is None:
            return dataset
        return dataset.of_sites([site.name for site in self.sites()])

    # --- questionnaires and rules ----------------------------------------------------------

    def save_definition(self, text: str | bytes) -> tuple[SavedVersion, ...]:
        self.scope.require(access.DEFINE)
        return self._store.save_definition(text, by=self.scope.who)

    def save_rule_file(self, text: str) -> SavedRuleFile:
        self.scope.require(access.SET_RULES)
        return self._store.save_rule_file(text, by=self.scope.who)

    def rule_files(self) -> list[SavedRuleFile]:
        self.scope.require(access.SET_RULES)
        return self._store.rule_files()

    # --- people's rights -------------------------------------------------------------------

    def erase(self, site: str, participant: str, *, in_advance: bool = False) -> Erased:
        self.scope.require(access.ERASE, [site])
        return self._store.erase(site, participant, by=self.scope.who, in_advance=in_advance)

    def expired(self, months: int) -> Expired:
        self._require_everywhere(access.ERASE)
        return self._store.expired(months)

    def erase_expired(self, months: int) -> Erased:
        self._require_everywhere(access.ERASE)
        return self._store.erase_expired(months, by=self.scope.who)

    # --- who may enter, and what was done ----------------------------------------------------

    def accounts(self) -> list[Account]:
        self.scope.require(access.MANAGE_ACCOUNTS)
        return self._store.accounts()

    def add_account(self, subject: str, *, role: str, sites: Iterable[str] = ()) -> Account:
        self.scope.require(access.MANAGE_ACCOUNTS)
        return self._store.add_account(subject, role=role, sites=sites, by=self.scope.who)

    def change_account(
        self,
        subject: str,
        *,
        role: str | None = None,
        sites: Iterable[str] | None = None,
        active: bool | None = None,
    ) -> Account:
        self._require_another(subject)
        return self._store.change_account(
            subject, role=role, sites=sites, active=active, by=self.scope.who
        )

    def release_account(self, subject: str) -> Account:
        self._require_another(subject)
        return self._store.release_account(subject, by=self.scope.who)

    def audit_log(self, *, last: int | None = None) -> pd.DataFrame:
        self.scope.require(access.READ_LOG)
        return self._store.audit_log(last=last)

    def verify_audit(self, *, known_hash: str = "") -> AuditCheck:
        self.scope.require(access.READ_LOG)
        return self._store.verify_audit(known_hash=known_hash)

    def releases(self) -> pd.DataFrame:
        self.scope.require(access.READ_LOG)
        return self._store.releases()

    def record_release(self, release: Release, *, sites: Iterable[str] = ()) -> int:
        """Note what leaves; whoever may have it may note it."""
        return self._store.record_release(release, sites=sites, by=self.scope.who)

    def record_export(self, kind: str, sites: Iterable[str]) -> None:
        """Note that a file of a site's own, with exact numbers or codes, was taken."""
        self._store.record(audit.EXPORT, by=self.scope.who, sites=sites, reference=kind)

    def record_view(self, page: str, site: str = "") -> None:
        """Note who looked at what."""
        self._store.record(
            audit.VIEW, by=self.scope.who, sites=[site] if site else [], reference=f"page {page}"
        )

    def record_denied(self, what: str) -> None:
        """Note that somebody asked for what is not theirs."""
        self._store.record(audit.DENIED, by=self.scope.who, reference=what[:200])

    # --- what is within reach ----------------------------------------------------------------

    def _require_report(self, report: ImportReport) -> None:
        """Nobody sees or changes what is stored of another site by uploading a row of it."""
        dataset = report.dataset
        tables = (dataset.participants, dataset.records, dataset.service_use, dataset.indicators)
        sites = {str(name) for table in tables if len(table) for name in table["site"].unique()}
        self.scope.require(access.ADD_DATA)
        for site in sorted(sites):
            if not self.scope.reaches(site):
                raise access.AccessDenied(
                    f"The file holds rows of '{site}', which your account does not include. "
                    "Take them out, or choose the right site, and upload it again."
                )

    def _require_import(self, import_id: int) -> None:
        self.scope.require(access.ADD_DATA)
        within = self._imports_within()
        if within is not None and import_id not in within:
            raise access.AccessDenied(f"Your account does not include import {import_id}.")

    def _require_another(self, subject: str) -> None:
        self.scope.require(access.MANAGE_ACCOUNTS)
        if account_subject(subject) == self.scope.who:
            raise access.AccessDenied("Nobody changes their own account. Ask another data manager.")

    def _require_everywhere(self, action: str) -> None:
        self.scope.require(action)
        if self.scope.sites is not None:
            raise access.AccessDenied("This concerns every site; your account does not.")

    def _imports_within(self) -> Collection[int] | None:
        """Imports that are about sites within reach alone; ``None`` = every import."""
        return None if self.scope.sites is None else self._store.imports_of(self.scope.sites)

    def _within(self, table: pd.DataFrame, column: str) -> pd.DataFrame:
        within = self._imports_within()
        if within is None:
            return table
        return table[table[column].isin(list(within))].reset_index(drop=True)
