"""Every file that leaves: made on the click, for somebody who may still have it, and on record."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

import streamlit as st

from evaluation import access
from evaluation.access import AccessDenied, Scope
from evaluation.config import Settings
from evaluation.disclosure import Decision, ReleaseError
from evaluation.model import ALL_SITES
from evaluation.report.export import Export, csv_package, stamped, with_note, workbook_bytes
from evaluation.store.guarded import GuardedStore
from evaluation.store.releases import FAIL
from evaluation.store.visits import SignIn
from pages.shell.database import open_store
from pages.shell.loaders import current_settings, get_store, load_export, load_results
from pages.shell.releasing import decision_now, note_release
from pages.shell.sign_in import acting_as, current_scope, current_sign_in

EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
ZIP = "application/zip"
CSV = "text/csv"


@dataclass(frozen=True, slots=True)
class File:
    """A file on offer: what it is called, of what kind, about which site (by name) or all.

    ``averages``: whether it holds any, so that the next release is compared with it.
    """

    name: str
    mime: str
    kind: str
    site: str = ALL_SITES
    averages: bool = True


@dataclass(frozen=True, slots=True)
class Stamp:
    """What stands at the foot of a file: who took it, when, and from which state of the store.

    ``decision`` is that on a release at the moment at which it is taken.
    """

    by: str
    at: dt.datetime
    snapshot: int
    decision: Decision | None = None


def workbook_of(site: str | None, stamp: Stamp) -> bytes:
    """The result workbook of one site or of all sites."""
    export, results = _stamped(site, stamp), load_results()
    if results is None:
        raise ValueError("site: there are no results")
    return workbook_bytes(export, results)


def tables_of_all(stamp: Stamp) -> bytes:
    """Every table as CSV, in one zip file."""
    return csv_package(_stamped(None, stamp))


def noted(package: bytes, stamp: Stamp) -> bytes:
    """A zip file that was made before, with who takes it and when."""
    return with_note(
        package, by=stamp.by, snapshot=stamp.snapshot, at=stamp.at, decision=stamp.decision
    )


def _stamped(site: str | None, stamp: Stamp) -> Export:
    export = load_export(site)
    return stamped(
        export, by=stamp.by, snapshot=stamp.snapshot, at=stamp.at, decision=stamp.decision
    )


def offer_release(
    label: str, make: Callable[[Stamp], bytes], file: File, decision: Decision, **look: Any
) -> None:
    """A file with small numbers hidden, for whoever may see what it is about.

    ``decision``: on the tables in it, which the page has said before (`releasing`).
    """
    action = access.SEE_PROGRAMME if file.site == ALL_SITES else access.REPORT_SITE
    _offer(label, make, file, action, decision=decision, **look)


def offer_own(label: str, make: Callable[[Stamp], bytes], file: File, **look: Any) -> None:
    """A file of a site's own with exact numbers or codes, which stays with the site."""
    if file.site == ALL_SITES:
        raise ValueError(f"file.site={file.site!r}: a file of a site's own is about one site")
    _offer(label, make, file, access.SEE_SITE, **look)


def offer_problems(label: str, make: Callable[[GuardedStore], bytes], name: str) -> None:
    """What is still to correct of one's own uploads, with the values as they were typed."""
    file = File(name, CSV, "problems")

    def made(_stamp: Stamp) -> bytes:
        return make(get_store())

    _offer(label, made, file, access.ADD_DATA)


def _offer(
    label: str,
    make: Callable[[Stamp], bytes],
    file: File,
    action: str,
    *,
    decision: Decision | None = None,
    **look: Any,
) -> None:
    scope = current_scope()
    scope.require(action, [] if file.site == ALL_SITES else [file.site])
    order = _Order(make, file, action, decision, scope, current_sign_in(), current_settings())
    st.download_button(
        label, partial(_deliver, order), file.name, file.mime, on_click="ignore", **look
    )


@dataclass(frozen=True, slots=True)
class _Order:
    make: Callable[[Stamp], bytes]
    file: File
    action: str
    decision: Decision | None
    scope: Scope
    sign_in: SignIn | None
    settings: Settings


@contextmanager
def still_allowed(
    scope: Scope, sign_in: SignIn | None, action: str, site: str = ALL_SITES
) -> Iterator[GuardedStore]:
    """The store, unless whoever asks has been signed out or has lost the right since."""
    if sign_in is not None:
        entry = open_store().enter(sign_in)
        if entry.scope is None:
            raise AccessDenied(entry.reason)
        scope = entry.scope
    scope.require(action, [] if site == ALL_SITES else [site])
    with acting_as(scope):
        yield get_store()


def _deliver(order: _Order) -> bytes:
    with still_allowed(order.scope, order.sign_in, order.action, order.file.site) as store:
        decision = order.decision
        if decision is not None:
            decision = decision_now(order.file.site, decision, averages=order.file.averages)
        stamp = Stamp(store.scope.who, dt.datetime.now(dt.UTC), store.snapshot(), decision)
        try:
            if decision is not None and decision.decision == FAIL:
                raise ReleaseError("The export was stopped.", decision.reasons)
            made = order.make(stamp)
        except ReleaseError as error:
            _note(store, order, stamp, Decision("fail", error.reasons))
            raise
        _note(store, order, stamp, decision)
        return made


def _note(store: GuardedStore, order: _Order, stamp: Stamp, decision: Decision | None) -> None:
    file = order.file
    if decision is None:
        store.record_export(file.kind, [] if file.site == ALL_SITES else [file.site])
        return
    note_release(
        store, file.kind, file.site, decision, order.settings,
        snapshot=stamp.snapshot, averages=file.averages,
    )  # fmt: skip
