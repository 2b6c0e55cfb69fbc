"""Answers that may be coded the wrong way round, on pages that are about more than one measure.

What was found is kept for everybody; what was looked at is known of this visit alone.
"""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from evaluation.analysis.direction_guard import Contradiction
from evaluation.model import ALL_SITES
from evaluation.programme import Results
from evaluation.report import held_back_wording
from evaluation.report.measures import split
from evaluation.tables.contradictions import (
    HeldBack,
    find_contradicting,
    find_contradicting_sites,
    held_back,
)
from pages.shell.loaders import ResultsKey, load_contradictions, results_key, results_of
from pages.shell.site_view import LOOKED
from pages.shell.widgets import plain

# Sites (or ``ALL``) and measures, in one order: part of the key of what is kept.
LookedAt = tuple[tuple[str, str], ...]


def looked_at(site: str = ALL_SITES) -> LookedAt:
    """Of which measures of a site somebody has compared the answers; of every site for ``ALL``."""
    seen = st.session_state.get(LOOKED, set())
    return tuple(sorted(one for one in seen if site in (ALL_SITES, one[0])))


def say_held_back(results: Results, measure: str) -> None:
    """On a page of all sites on one measure: at which of them its answers are in doubt."""
    label = split(measure, results.instruments)[1].label
    held = _held(looked_at())
    sites, doubt = held.sites_of(measure), held.doubt(measure)
    if sites:
        st.warning(plain(held_back_wording.pages_warning(sites, label)))
    elif doubt:
        st.warning(plain(doubt))


def ask_for_a_look(results: Results, site: str) -> None:
    """Where the report of a site, or of all, holds something back: whether somebody has looked."""
    seen = st.session_state.setdefault(LOOKED, set())
    for measure in _to_ask(site):
        label = split(measure, results.instruments)[1].label
        looked = st.checkbox(
            f"{plain(label)}: I have compared the answers with the form, and they are coded as it "
            "says",
            value=(site, measure) in seen,
            key=f"report_looked_{site}_{measure}",
        )
        (seen.add if looked else seen.discard)((site, measure))


def _to_ask(site: str) -> list[str]:
    found = load_contradictions(site)
    if site != ALL_SITES:
        return list(found)
    # Looks at single sites may have settled it; a look at all together is what is asked for here.
    held = _held(tuple(one for one in looked_at() if one[0] != ALL_SITES))
    return [measure for measure in found if held.doubt(measure)]


def _held(looked: LookedAt) -> HeldBack:
    together, by_site = _found(results_key())
    return held_back(together, by_site, looked=looked)


@st.cache_data(max_entries=4, show_spinner=False)
def _found(
    key: ResultsKey,
) -> tuple[Mapping[str, Contradiction], Mapping[str, Mapping[str, Contradiction]]]:
    results = results_of(key)
    return find_contradicting(results, ALL_SITES), find_contradicting_sites(results)
