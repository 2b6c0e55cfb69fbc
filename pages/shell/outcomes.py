"""Outcomes that rest on two questionnaires, for the site page: below the results, never first."""

from __future__ import annotations

import streamlit as st

from evaluation.added_value import AddedValueSummary, summarise_added_value
from evaluation.programme import Results
from evaluation.report import outcome_wording
from pages.shell import tables
from pages.shell.loaders import ResultsKey, results_key
from pages.shell.widgets import plain, show_table


def show_talking_therapies(results: Results, site: str) -> None:
    """PHQ-9 and GAD-7 together, where anybody at the site has filled in both."""
    rows = results.talking_therapies
    rows = rows[rows["site"] == site]
    if rows.empty:
        return
    with st.expander("PHQ-9 and GAD-7 together, as NHS Talking Therapies counts"):
        lines = outcome_wording.talking_therapies_sentences(rows.iloc[0].to_dict())
        st.markdown("\n".join(f"- {plain(line)}" for line in lines))
        counted = tables.talking_therapies(rows)
        if len(counted):
            show_table(counted, about=f"Outcomes of PHQ-9 and GAD-7 together at {site}")
        st.caption(plain(outcome_wording.talking_therapies_rules()))


def show_added_value(results: Results, site: str) -> None:
    """The SDQ added value of a site's group, with its conditions, where there is any."""
    found = _added_value(results_key(site), site, results)
    if not found:
        return
    with st.expander("Children's difficulties compared with what is expected (SDQ added value)"):
        lines = [line for one in found for line in outcome_wording.added_value_sentences(one)]
        st.markdown("\n".join(f"- {plain(line)}" for line in lines))
        conditions = outcome_wording.added_value_conditions()
        st.caption("\n".join(f"- {plain(line)}" for line in conditions))


@st.cache_data(max_entries=64, show_spinner=False)
def _added_value(key: ResultsKey, site: str, _results: Results) -> list[AddedValueSummary]:
    """``key`` stands for the results, which are too large to be told apart by their content."""
    added, scores = _results.added_value, _results.scores
    return summarise_added_value(
        added[added["site"] == site],
        scores[scores["site"] == site],
        level=_results.settings.level,
    )
