"""The pictures of the follow-up page: made once for each snapshot, site and unit of counting.

Keys are small values only, and nobody is given a key to a site that they may not see.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd
import streamlit as st

from evaluation.analysis.wave_states import NO_END_DATE
from evaluation.disclosure import Decision, decide
from evaluation.disclosure.flow import release_flow
from evaluation.model import ALL_SITES
from evaluation.report import charts, flow_wording, lost_wording, wording
from evaluation.report.measures import steps_in_use
from evaluation.tables.flow import FLOW_COUNTS, flow_table
from instruments.definition import Instrument
from pages.shell.loaders import ResultsKey, load_table, results_key, results_of

# A picture with more lines is no picture; the table below has them all.
MOST_LINES = 12


@dataclass(frozen=True, slots=True)
class Flow:
    """The way of everybody: as the page shows it, as files have it, and its small print.

    ``decision``: whether what files have may leave. ``nothing_left``: every number is hidden there.
    """

    shown: charts.Chart
    released: charts.Chart
    notes: tuple[str, ...]
    decision: Decision
    nothing_left: bool


@dataclass(frozen=True, slots=True)
class Lost:
    """How those lost differ: a sentence for each time, and a picture where that is known."""

    sentences: tuple[str, ...]
    picture: charts.Chart | None


def load_flow(site: str, unit: str) -> Flow:
    """From referral to the last follow-up; numbers of all sites are released ones."""
    return _flow(results_key(site), site, unit)


def load_shares_picture(site: str, unit: str) -> charts.Chart | None:
    """The share heard from at each step; ``None`` where none is known."""
    return _shares(results_key(site), site, unit)


def load_lost(site: str) -> Lost:
    """How those lost differ from those kept."""
    return _lost(results_key(site), site)


def count_unknown_ends(site: str) -> int:
    """Of how many people of one site nobody noted when support ended."""
    return _unknown_ends(results_key(site), site)


def follow_up_rows(name: str, site: str) -> pd.DataFrame:
    """The rows of a table of one site as they are, or of all together as they are released."""
    table = load_table(name, None if site == ALL_SITES else site)
    return table[table["site"] == site] if len(table) else table


@st.cache_data(max_entries=64, show_spinner=False)
def _flow(key: ResultsKey, site: str, unit: str) -> Flow:
    results = results_of(key)
    table = results.attrition
    steps = steps_in_use(table[(table["site"] == site) & (table["unit"] == unit)])["step"]
    flow = flow_table(table, results.states)
    chosen = (flow["site"] == site) & (flow["unit"] == unit) & flow["step"].isin(steps)
    # All sites together are released beside every site, since their sums would tell of one.
    released = release_flow(flow, results.settings.disclosure)[chosen]
    flow = flow[chosen]
    shown = released if site == ALL_SITES else flow
    return Flow(
        shown=charts.flow_diagram(shown),
        released=charts.flow_diagram(released),
        notes=tuple(flow_wording.flow_notes(shown.to_dict("records"))),
        decision=decide({"flow": flow}, {"flow": released}, results.settings.disclosure),
        nothing_left=bool(released[list(FLOW_COUNTS)].isna().all(axis=None)),
    )


@st.cache_data(max_entries=64, show_spinner=False)
def _shares(key: ResultsKey, site: str, unit: str) -> charts.Chart | None:
    table = follow_up_rows("attrition", site)
    drawn = steps_in_use(table[table["unit"] == unit])
    return charts.attrition_chart(drawn) if drawn["rate"].notna().any() else None


@st.cache_data(max_entries=64, show_spinner=False)
def _unknown_ends(key: ResultsKey, site: str) -> int:
    states = results_of(key).states
    mine = states[(states["site"] == site) & (states["reason"] == NO_END_DATE)]
    return len(mine["participant"].drop_duplicates())


@st.cache_data(max_entries=64, show_spinner=False)
def _lost(key: ResultsKey, site: str) -> Lost:
    rows = follow_up_rows("lost_vs_kept", site)
    if rows.empty:
        return Lost((), None)
    instruments = results_of(key).instruments
    told = [
        lost_wording.lost_sentence(part, instruments, step=str(step))
        for step, part in rows.groupby("step", sort=False)
    ]
    drawn = _largest(rows, instruments)
    picture = charts.love_plot(drawn) if len(drawn) else None
    return Lost(tuple(dict.fromkeys(told)), picture)


def _largest(rows: pd.DataFrame, instruments: Mapping[str, Instrument]) -> pd.DataFrame:
    """The characteristics that differ most at any step, with their names."""
    size = rows["smd"].astype(float).abs()
    few = rows["reason"].str.contains("FEW_TO_COMPARE")
    known = rows[size.notna() & ~few]
    largest = size[known.index].groupby(known["characteristic"]).max().nlargest(MOST_LINES)
    drawn = known[known["characteristic"].isin(largest.index)]
    names = {name: lost_wording.characteristic_label(name, instruments) for name in largest.index}
    order = drawn["characteristic"].map({name: i for i, name in enumerate(largest.index)})
    drawn = drawn.assign(order=order).sort_values("order", kind="stable")
    return drawn.assign(
        characteristic=drawn["characteristic"].map(names),
        step=drawn["step"].map(wording.wave_title),
    )
