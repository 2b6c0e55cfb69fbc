"""Counted and yes/no outcomes of one site, and how to add them."""

from __future__ import annotations

import io

import pandas as pd
import streamlit as st

from evaluation.ingest.templates.template import write_template
from evaluation.model import ALL_SITES
from evaluation.programme import Results
from evaluation.report import indicator_wording, wording
from evaluation.report.measures import CHILD_UNIT, PERSON_UNIT
from evaluation.report.wording import count, is_known
from evaluation.tables.indicators import indicators_table
from instruments.registry import get
from pages.shell.loaders import get_store
from pages.shell.navigation import UPLOAD, link_to
from pages.shell.widgets import plain, show_table

ONE_CHILD = ("child", "children")
EITHER_UNIT = ("person or child", "people and children")
# A blank workbook needs a questionnaire; where the site has none yet, the one about children.
CHILD_QUESTIONNAIRE = "sdq_parent_4_17"


def show_indicators(results: Results, site: str) -> None:
    """What a site counts, in sentences first; without any, how to add it."""
    own = results.indicators[results.indicators["site"] == site]
    if own.empty:
        _explain_how_to_add(results, site)
        return
    table = indicators_table(own, results.participants, sites=[site], level=results.settings.level)
    table = table[table["subgroup"] == ""]
    if table.empty:
        st.info("So far this is known at one time only, or of practitioners alone.")
        return
    for name, rows in table.groupby("indicator", sort=False):
        known = rows[rows["n"] > 0]
        row = (known if len(known) else rows).iloc[0].to_dict()
        better = indicator_wording.better_end(str(name), results.settings.indicators)
        unit = _unit_of(own[own["indicator"] == name])
        lines = indicator_wording.indicator_sentences(row, better=better, unit=unit)
        st.markdown("\n".join(f"- {plain(line)}" for line in lines))
    compared = table[table["n"] >= indicator_wording.LEAST_FOR_RESULT]
    if len(compared):
        with st.expander("Every count and yes/no outcome, at all times"):
            shown = pd.DataFrame([_table_row(row) for row in compared.to_dict("records")])
            show_table(shown.map(plain), about=f"Counted and yes/no outcomes at {site}")
            st.caption(
                "Shares have Newcombe's paired interval, counts a ratio of after to before, other "
                "numbers an average change; all 95%, by couple. Left out are those who have the "
                "earlier value alone."
            )
    st.caption(plain(indicator_wording.NOT_KNOWN_BETTER))
    st.caption(wording.NOT_CAUSE)


def _table_row(row: dict) -> dict[str, str]:
    few = row["n"] < indicator_wording.LEAST_FOR_INTERVAL
    return {
        "What": indicator_wording.indicator_label(str(row["indicator"])),
        "From when to when": wording.contrast_name(str(row["contrast"])),
        "Number": count(row["n"]),
        "Left out": count(row["n_excluded"]),
        "Before": indicator_wording.level_text(row, "before"),
        "After": indicator_wording.level_text(row, "after"),
        "Change": indicator_wording.change_text(row),
        "Fairly sure between": "too few" if few else indicator_wording.interval_text(row),
        "p": "–" if few or not is_known(row["p"]) else _p_text(row["p"]),
    }


def _p_text(p: float) -> str:
    return "below 0.001" if p < 0.001 else wording.number(p, 3)


def _unit_of(rows: pd.DataFrame) -> tuple[str, str]:
    """Children where each is told of by one person, reports about them where by several."""
    about_child = rows["child"] != ""
    if not about_child.any():
        return PERSON_UNIT
    if not about_child.all():
        return EITHER_UNIT
    n_children = rows["child"].nunique()
    return (
        ONE_CHILD
        if len(rows[["participant", "child"]].drop_duplicates()) == n_children
        else CHILD_UNIT
    )


def _explain_how_to_add(results: Results, site: str) -> None:
    st.info("This site has not told us of anything it counts yet.")
    st.markdown(
        "School attendance, exclusions, incidents, contact, a job, housing: add a sheet called "
        "**indicators** to the spreadsheet, with one row for each person (or child), point in "
        "time and thing counted. Its columns are *participant*, *child*, *wave*, *indicator* and "
        "*value*; a value is a number, a percentage, or yes or no. With CSV it is a second file "
        "with *indicators* in its name."
    )
    st.download_button(
        "Download a blank spreadsheet with this sheet",
        _blank_workbook(results, site),
        file_name="indicators.xlsx",
        on_click="ignore",
    )
    link_to(UPLOAD, "Upload a spreadsheet")


def _blank_workbook(results: Results, site: str) -> bytes:
    """A template for the site's own questionnaires with the sheet of indicators."""
    scores = results.scores
    used = scores if site == ALL_SITES else scores[scores["site"] == site]
    names = [name for name in dict.fromkeys(used["instrument"]) if name in results.instruments]
    known = [results.instruments[name] for name in names] or [get(CHILD_QUESTIONNAIRE)]
    buffer = io.BytesIO()
    sites = [entry.name for entry in get_store().sites()]
    write_template(buffer, known, sites=sites, indicators=True)
    return buffer.getvalue()
