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
from evaluation.disclosure import ReleaseError
from evaluation.model import ALL_SITES
from evaluation.report.export import Export, csv_package, stamped, with_note, workbook_bytes
from evaluation.store.guarded import GuardedStore
from evaluation.store.releases import FAIL, PASS, Release
from evaluation.store.visits import SignIn
from pages.shell.database import open_store
from pages.shell.loaders import current_settings, get_store, load_export, load_results
from pages.shell.sign_in import acting_as, current_scope, current_sign_in

EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
ZIP = "application/zip"
CSV = "text/csv"


@dataclass(frozen=True, slots=True)
class File:
    """A file on offer: what it is called, of what kind, about which site (by name) or all."""

    name: str
    mime: str
    kind: str
    site: str = ALL_SITES


@dataclass(frozen=True, slots=True)
class Stamp:
    """What stands at the foot of a file: who took it, when, and from which state of the store."""

    by: str
    at: dt.datetime
    snapshot: int


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
    return with_note(package, by=stamp.by, snapshot=stamp.snapshot, at=stamp.at)


def _stamped(site: str | None, stamp: Stamp) -> Export:
    return stamped(load_export(site), by=stamp.by, snapshot=stamp.snapshot, at=stamp.at)


def offer_release(label: str, make: Callable[[Stamp], bytes], file: File, **look: Any) -> None:
    """A file with small numbers hidden, for whoever may see what it is about."""
    action = access.SEE_PROGRAMME if file.site == ALL_SITES else access.REPORT_SITE
    _offer(label, make, file, action, released=True, **look)


def offer_own(label: str, make: Callable[[Stamp], bytes], file: File, **look: Any) -> None:
    """A file of a site's own with exact numbers or codes, which stays with the site."""
    if file.site == ALL_SITES:
        raise ValueError(f"file.site={file.site!r}: a file of a site's own is about one site")
    _offer(label, make, file, access.SEE_SITE, released=False, **look)


def offer_problems(label: str, make: Callable[[GuardedStore], bytes], name: str) -> None:
    """What is still to correct of one's own uploads, with the values as they were typed."""
    file = File(name, CSV, "problems")

    def made(_stamp: Stamp) -> bytes:
        return make(get_store())

    _offer(label, made, file, access.ADD_DATA, released=False)


def _offer(
    label: str,
    make: Callable[[Stamp], bytes],
    file: File,
    action: str,
    *,
    released: bool,
    **look: Any,
) -> None:
    scope = current_scope()
    scope.require(action, [] if file.site == ALL_SITES else [file.site])
    order = _Order(make, file, action, released, scope, current_sign_in(), current_settings())
    st.download_button(
        label, partial(_deliver, order), file.name, file.mime, on_click="ignore", **look
    )


@dataclass(frozen=True, slots=True)
class _Order:
    make: Callable[[Stamp], bytes]
    file: File
    action: str
    released: bool
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
        stamp = Stamp(store.scope.who, dt.datetime.now(dt.UTC), store.snapshot())
        try:
            made = order.make(stamp)
        except ReleaseError:
            _note(store, order, stamp, FAIL)
            raise
        _note(store, order, stamp, PASS)
        return made


def _note(store: GuardedStore, order: _Order, stamp: Stamp, decision: str) -> None:
    sites = [] if order.file.site == ALL_SITES else [order.file.site]
    if not order.released:
        store.record_export(order.file.kind, sites)
        return
    rule = order.settings.disclosure
    release = Release(
        order.file.kind,
        snapshot=stamp.snapshot,
        rule_sha256=order.settings.sha256,
        decision=decision,
        threshold={
            "hide_below": rule.hide_below, "round_to": rule.round_to,
            "min_n": rule.min_n, "min_couples": rule.min_couples,
        },
        filters={"site": order.file.site},
    )  # fmt: skip
    store.record_release(release, sites=sites)
