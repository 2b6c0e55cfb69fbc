"""What keeps a headline in proportion: other services, selection, spread, and who benefits."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from evaluation.analysis.precision import site_precision
from evaluation.expected_change import expected_by_severity, expected_regression
from evaluation.model import ChangeRule
from evaluation.programme import Results
from evaluation.published import all_published, compare_published
from evaluation.report import context_wording
from evaluation.report.measures import PERSON_UNIT, unit_of
from evaluation.report.wording import count, interval, signed
from evaluation.tables.change import Cell, cutoff_in_use
from evaluation.tables.groups import Group
from evaluation.tables.spread_used import spread_used_table
from evaluation.tables.subgroups import DIFFERENCE, subgroups_table
from instruments.definition import Instrument, Scale
from pages.shell.loaders import ResultsKey, results_key, results_of
from pages.shell.widgets import plain, show_table

Row = dict[str, Any]
FEW = ("counts", "mean_only")


def show_how_far(results: Results, main: Row, instrument: Instrument, scale: Scale) -> None:
    """What a group of this size can show, what happens without support, and what hangs on rules."""
    lines = _size(main, instrument)
    if scale.better != "neither" and main["n"] >= 1:
        lines.append(
            context_wording.regression_sentence(
                expected_regression(scale, _rule(results, main)), better=scale.better
            )
        )
    if main["display_tier"] not in FEW:
        lines.append(_spread(results, main))
    for line in lines:
        if line:
            st.markdown(plain(line))
    if main["display_tier"] not in FEW and scale.better != "neither":
        _show_published(results, main, scale)


def show_who_benefits(results: Results, main: Row, instrument: Instrument, scale: Scale) -> None:
    """How much more one group of people improved than another, people who started alike."""
    differences = _differences(results_key(main["site"]), _cell(main))
    if differences.empty:
        return
    lines = [
        context_wording.group_difference_sentence(
            level=context_wording.level_words(row["trait"], row["level"]),
            reference=context_wording.level_words(row["trait"], row["reference"]),
            difference=row["difference"],
            low=row["low"],
            high=row["high"],
        )
        for row in differences.to_dict("records")
    ]
    with st.expander("Did some people benefit more than others?"):
        st.markdown("\n".join(f"- {plain(line)}" for line in lines))
        if (differences["trait"] == "severity").any():
            found = expected_by_severity(
                _group(results, main).before, scale, cutoff=_cutoff(results, main, scale)
            )
            st.markdown(plain(context_wording.severity_sentence(found)))
        st.caption(context_wording.SEVERAL_COMPARED)


def _size(main: Row, instrument: Instrument) -> list[str]:
    if unit_of(instrument) != PERSON_UNIT or main["n"] < 1:
        return [context_wording.NOT_CAUSED]
    share = main["n_effective"] / main["n"] if main["n_effective"] else 1.0
    found = site_precision(
        n=int(main["n"]), n_couples=int(main["n_couples"]), deff=1 / share if share > 0 else 1.0
    )
    return [
        context_wording.precision_sentence(found),
        context_wording.natural_change_sentence(main["g_pre"]),
    ]


def _cell(main: Row) -> Cell:
    return (main["site"], main["instrument"], main["scale"], main["contrast"])


def _group(results: Results, main: Row) -> Group:
    """The people of a row of the effects that is no subgroup."""
    return next(
        group for group in results.groups if group.cell == _cell(main) and not group.subgroup
    )


def _rule(results: Results, main: Row) -> ChangeRule:
    return results.settings.measures.get(f"{main['instrument']}.{main['scale']}", ChangeRule())


def _cutoff(results: Results, main: Row, scale: Scale) -> Any:
    return cutoff_in_use(results.change_details.get(_cell(main)), scale, _rule(results, main))


def _spread(results: Results, main: Row) -> str:
    table = spread_used_table([_group(results, main)], results.settings)
    return context_wording.spread_sentence(table.to_dict("records"))


@st.cache_data(max_entries=256, show_spinner=False)
def _differences(key: ResultsKey, cell: Cell) -> pd.DataFrame:
    """The differences on this measure that can be worked out, of people who started alike."""
    results = results_of(key)
    site, instrument, scale, contrast = cell
    pairs = results.pairs.get(contrast)
    if pairs is None:
        return pd.DataFrame()
    here = (pairs["site"] == site) & (pairs["instrument"] == instrument)
    here &= pairs["scale"] == scale
    table = subgroups_table(
        {contrast: pairs[here]},
        results.participants,
        results.change_details,
        results.instruments,
        results.settings,
        sites=[site],
    )
    known = (table["row"] == DIFFERENCE) & (table["adjusted"] == "yes")
    return table[known & table["difference"].notna()]


def _show_published(results: Results, main: Row, scale: Scale) -> None:
    """The size of the change beside that of published results, where there are any."""
    better = scale.better
    if better == "neither":
        return
    published = all_published(results.settings.published)
    found = compare_published(main, published, better=better, level=results.settings.level)
    if len(found) < 2:
        return
    rows = [_published_row(row) for row in found.to_dict("records")]
    st.markdown("**Beside published results.**")
    show_table(pd.DataFrame(rows).map(plain), about="The size of the change beside published ones")
    st.caption(context_wording.NO_TEST_BETWEEN)


def _published_row(row: Row) -> dict[str, str]:
    source = f"{row['citation']} doi:{row['doi']}" if row["doi"] else row["citation"]
    return {
        "Who": row["who"],
        "Setting": row["setting"],
        "Number": count(row["n"]),
        "Size (Hedges' g)": signed(row["g_pre"], 2),
        "Fairly sure between": interval(row["g_pre_low"], row["g_pre_high"], 2),
        "How it was put on one footing": row["label"],
        "Source": source,
    }
