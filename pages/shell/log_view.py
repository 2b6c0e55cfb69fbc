"""The audit log on a page: its rows, whether it is whole, who saw what, and what was released."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from functools import partial

import pandas as pd
import streamlit as st

from evaluation.access import READ_LOG, Scope
from evaluation.report import log_wording
from evaluation.report.tables import csv_bytes
from evaluation.store.guarded import GuardedStore
from evaluation.store.visits import SignIn
from pages.shell.downloads import still_allowed
from pages.shell.navigation import SCREENS
from pages.shell.sign_in import current_scope, current_sign_in
from pages.shell.widgets import plain, show_table

ROWS_SHOWN = 200
KNOWN_HASH_LENGTH = 64
Choose = Callable[[pd.DataFrame], pd.DataFrame]


def show_log(store: GuardedStore) -> None:
    st.header("Who did what")
    log = store.audit_log(last=ROWS_SHOWN)
    if log.empty:
        st.markdown("Nothing has been noted yet.")
        return
    _offer_log("Download the whole log (CSV)", "audit_log", _whole)
    with st.expander(f"The last rows, up to {ROWS_SHOWN}"):
        show_table(_in_words(log, store).map(plain), about="The audit log, the newest row first")
    check_log(store)


def check_log(store: GuardedStore) -> None:
    """Recompute the chain on a click: every row is read for it."""
    known = st.text_input(
        "A fingerprint of the log that you noted down earlier, if you have one",
        max_chars=KNOWN_HASH_LENGTH,
    )
    if st.button("Check that nobody has changed the log"):
        check = store.verify_audit(known_hash=known.strip().lower())
        say = st.success if check.ok else st.error
        for sentence in log_wording.check_sentences(check):
            say(sentence)


def _in_words(log: pd.DataFrame, store: GuardedStore) -> pd.DataFrame:
    return log_wording.log_rows(
        log,
        site_names={site.id: site.name for site in store.sites()},
        page_titles={screen.file: screen.title for screen in SCREENS},
    )


def ask_who_saw(store: GuardedStore) -> None:
    """Who opened or took what about a site between two days."""
    st.header("Who saw which site")
    if current_sign_in() is None:
        st.markdown(log_wording.LOCAL_NOTE)
    names = {"": "Every site"} | {site.id: site.name for site in store.sites()}
    today = dt.datetime.now(dt.UTC).date()
    with st.form("who_saw"):
        site = st.selectbox("About which site", list(names), format_func=names.__getitem__)
        first = st.date_input(
            "From", today - dt.timedelta(days=30), max_value=today, format="DD/MM/YYYY"
        )
        last = st.date_input("Up to and with", today, max_value=today, format="DD/MM/YYYY")
        sent = st.form_submit_button("Look it up")
    if not sent:
        return
    if first > last:
        st.error("The first day is after the last one.")
        return
    seen = log_wording.seen_between(store.audit_log(), site, first=first, last=last)
    if seen.empty:
        st.info("Nobody, as far as the log shows.")
        return
    show_table(log_wording.people_who_saw(seen).map(plain), about="Who opened pages or took files")
    if site:
        st.markdown(log_wording.SEEN_NOTE)
    choose = partial(log_wording.seen_between, site=site, first=first, last=last)
    _offer_log("Download these rows (CSV)", f"who_saw_{site or 'every_site'}", choose)
    with st.expander(f"Each time, up to {ROWS_SHOWN} rows"):
        show_table(
            _in_words(seen.head(ROWS_SHOWN), store).map(plain),
            about="Each page opened and each file taken, the newest first",
        )


def show_releases(store: GuardedStore) -> None:
    st.header("What was released")
    releases = store.releases()
    if releases.empty:
        st.markdown("No file with released results has been taken yet.")
        return
    st.markdown("Files of results with small numbers hidden, and by which rules.")
    table = log_wording.release_rows(releases.head(ROWS_SHOWN))
    with st.expander(f"The last {len(table)} of {len(releases)}"):
        show_table(table.map(plain), about="Released files, the newest first")


# --- the log as a file ------------------------------------------------------------------------


def _whole(log: pd.DataFrame) -> pd.DataFrame:
    return log


def _offer_log(label: str, name: str, choose: Choose) -> None:
    """Rows of the log as a file, made on the click for somebody who may still read it."""
    scope = current_scope()
    scope.require(READ_LOG)
    make = partial(log_file, scope, current_sign_in(), choose)
    day = dt.datetime.now(dt.UTC).date().isoformat()
    st.download_button(label, make, f"{name}_{day}.csv", "text/csv", on_click="ignore")


def log_file(scope: Scope, sign_in: SignIn | None, choose: Choose) -> bytes:
    """Rows of the log as CSV; that they were taken is noted too."""
    with still_allowed(scope, sign_in, READ_LOG) as store:
        made = csv_bytes(choose(store.audit_log()))
        store.record_export("audit log", ())
    return made
