"""Before a file may be taken: whether it may leave and why, in plain words.

What a file would tell beside the last one is asked anew when it is taken: another may have been
taken in between.
"""

from __future__ import annotations

from dataclasses import asdict

import streamlit as st

from evaluation import access
from evaluation.config import Settings
from evaluation.disclosure import Decision, ReleaseError
from evaluation.disclosure.decision import merge
from evaluation.model import ALL_SITES
from evaluation.report.release_wording import decision_lines, decision_title, refused_lines
from evaluation.store.guarded import GuardedStore
from evaluation.store.releases import FAIL, Release
from pages.shell.loaders import (
    current_settings,
    get_store,
    load_export,
    load_people_behind,
    load_since_last,
    results_key,
)
from pages.shell.widgets import plain

PREPARED, REFUSED = "prepared_files", "refused_files"
_BOXES = {"pass": st.success, "review": st.warning, "fail": st.error}


def decision_now(site: str, of_tables: Decision, *, averages: bool = True) -> Decision:
    """The decision on tables about a site (by name) or all, and on them beside the last release.

    ``averages``: whether there are any; what is counted alone is rounded.
    """
    return merge(of_tables, load_since_last(site)) if averages else of_tables


def say_decision(site: str, of_tables: Decision, *, averages: bool = True) -> None:
    """What somebody reads before taking the files below."""
    record = decision_now(site, of_tables, averages=averages).as_record()
    _say(str(record["decision"]), decision_title(record), decision_lines(record))


def say_refused(error: ReleaseError, kind: str, site: str) -> None:
    """Why files were not made, which is put on record."""
    _say("fail", decision_title({"decision": FAIL}), refused_lines(error.reasons))
    noted = st.session_state.setdefault(REFUSED, set())
    if (kind, site, error.reasons) not in noted:
        noted.add((kind, site, error.reasons))
        note_release(get_store(), kind, site, Decision("fail", error.reasons), current_settings())


def _say(decision: str, title: str, lines: list[str]) -> None:
    what, *points = lines
    listed = "".join(f"\n- {plain(point)}" for point in points)
    _BOXES[decision](f"**{plain(title)}**\n\n{plain(what)}\n{listed}")


def prepared(label: str, kind: str, site: str, *, about: str) -> Decision | None:
    """The decision on the result tables of a site (by name) or all, once somebody has asked.

    ``None`` before that, since working every table out takes a while, and where they are refused.
    """
    action = "" if site == ALL_SITES else access.REPORT_SITE
    key = (*results_key(site, action), site)
    asked = st.session_state.setdefault(PREPARED, set())
    place = st.empty()
    if key not in asked and not place.button(label, help=about):
        return None
    asked.add(key)
    place.empty()
    try:
        decision = load_export(None if site == ALL_SITES else site).decision
    except ReleaseError as error:
        say_refused(error, kind, site)
        return None
    if decision is None:
        raise ValueError("site: an export for release has a decision")
    say_decision(site, decision)
    return decision


def note_release(
    store: GuardedStore, kind: str, site: str, decision: Decision, settings: Settings, *,
    snapshot: int | None = None, averages: bool = False,
) -> None:  # fmt: skip
    """Put on record what was taken or refused, and keep who was behind its averages."""
    taken = averages and decision.decision != FAIL
    release = Release(
        kind,
        snapshot=store.snapshot() if snapshot is None else snapshot,
        rule_sha256=settings.sha256,
        decision=decision.decision,
        threshold=asdict(settings.disclosure),
        filters={"site": site},
        suppressed=decision.n_suppressed,
        people=load_people_behind(site) if taken else {},
    )  # fmt: skip
    store.record_release(release, sites=[] if site == ALL_SITES else [site])
