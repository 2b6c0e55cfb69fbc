"""Pieces that several pages share: the site picker, banners, tables and charts."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

import pandas as pd
import streamlit as st

from evaluation.access import SEE_PROGRAMME, SEE_SITE
from evaluation.model import ALL_SITES, Problem
from evaluation.programme import Results
from evaluation.report.charts import Chart
from evaluation.report.measures import sites_with_data
from evaluation.report.tables import csv_bytes
from evaluation.report.wording import SYNTHETIC, british_date, capital, people
from pages.shell.loaders import get_store, is_synthetic, load_results
from pages.shell.navigation import HOME, UPLOAD, link_to
from pages.shell.sign_in import current_scope, note_once

CHOSEN_SITE = "chosen_site"
ONE_SITE, PROGRAMME = "One site", "All sites together"
MOST_PROBLEMS_SHOWN = 100
SEVERITIES = {
    "block_file": ("file cannot be used", "files cannot be used"),
    "refuse_row": ("row was left out", "rows were left out"),
    "drop_cell": ("cell was left out", "cells were left out"),
    "ask": ("thing to check", "things to check"),
    "note": ("thing to know", "things to know"),
}


def plain(text: object) -> str:
    """Text from a file as it was typed, never as formatting, a link or a picture."""
    words = " ".join(str(text).split())
    words = re.sub(r"([\\`*_{}\[\]<>#|~$:@!&])", r"\\\1", words)
    words = re.sub(r"(?i)\bwww\.", r"www\\.", words)
    return re.sub(r"^([-+=]|\d+(?=[.)] ))", _after_a_joiner, words)


def _after_a_joiner(found: re.Match[str]) -> str:
    """A leading dash or number that is no list: digits cannot be escaped, so a blank goes first."""
    mark = found.group(1)
    return "\N{WORD JOINER}" + mark if mark.isdigit() else "\\" + mark


def show_synthetic_banner() -> None:
    """Said on every page as soon as one made-up file is in the store."""
    if is_synthetic():
        st.warning(SYNTHETIC)


def need_results() -> Results:
    """The results, or a friendly stop where there are none yet."""
    results = load_results()
    if results is None:
        st.info("There are no data yet.")
        link_to(UPLOAD, "Upload a spreadsheet")
        link_to(HOME, "Load the sample programme")
        st.stop()
    return results


def site_or_programme(results: Results, question: str, *, action: str = SEE_SITE) -> str:
    """One site, by name, or ``ALL``: as far as whoever is here may see (``action``) either."""
    scope = current_scope()
    one_site = scope.may(action)
    if one_site and scope.may(SEE_PROGRAMME):
        one_site = st.radio(question, [ONE_SITE, PROGRAMME], horizontal=True) == ONE_SITE
    return choose_site(results) if one_site else ALL_SITES


def choose_site(results: Results, *, label: str = "Site") -> str:
    """The site in the link, else the one chosen before; never another one in its place."""
    names = sites_with_data(results)
    if current_scope().sites is not None and len(names) == 1:
        st.session_state.setdefault(CHOSEN_SITE, next(iter(names)))
    wanted = st.query_params.get("site", "")
    if wanted and wanted not in names:
        _refuse_site(wanted)
    chosen = wanted or st.session_state.get(CHOSEN_SITE, "")
    key = "site_picker"
    st.session_state[key] = chosen if chosen in names else None

    def remember() -> None:
        picked = st.session_state[key]
        if picked:
            st.query_params["site"] = picked
            st.session_state[CHOSEN_SITE] = picked

    picked = st.selectbox(
        label,
        list(names),
        format_func=names.__getitem__,
        key=key,
        on_change=remember,
        placeholder="Choose a site",
    )
    if not picked:
        st.info("Choose a site to see its results.")
        st.stop()
    st.session_state[CHOSEN_SITE] = picked
    st.query_params["site"] = picked
    return names[picked]


def _refuse_site(wanted: str) -> None:
    """A site without data, or a name that is no site: said plainly, and nothing else shown."""
    known = {site.id: site.name for site in get_store().sites()}
    if wanted in known:
        st.info(f"Nothing has come in from {plain(known[wanted])} yet.")
        link_to(UPLOAD, "Upload a spreadsheet")
    else:
        if note_once("denied", wanted):
            get_store().record_denied(f"site '{wanted[:60]}'")
        st.error(f"There is no site '{plain(wanted[:60])}' that you can open.")
        link_to(HOME, "See the sites that have data")
    st.stop()


def show_chart(chart: Chart) -> None:
    """A chart, with its finding as the text for people who cannot see it."""
    st.vega_lite_chart(spec=chart.spec, width="stretch", alt=chart.finding)


def deeper(label: str, key: str, draw: Callable[[], None]) -> None:
    """A part that is worked out and sent only while somebody has it open."""
    box = st.expander(label, key=key, on_change="rerun")
    if box.open:
        with box:
            draw()


def show_table(table: pd.DataFrame, *, about: str) -> None:
    """A table that prints, and that a screen reader can read."""
    st.table(table, border="horizontal", hide_index=True, alt=about)


def say_data_lock(results: Results) -> None:
    """Up to which day the data go."""
    st.caption(f"Data up to {british_date(results.data_lock)}.")


def show_problems(problems: Sequence[Problem]) -> None:
    """Counts, a table with places, and the whole list as a file."""
    if not problems:
        return
    table = pd.DataFrame(
        [
            {
                "File": p.file, "Sheet": p.sheet,
                "Cell": p.cell or (f"row {p.row}" if p.row else ""),
                "Value": p.value, "What is wrong": p.message, "What to do": p.fix,
            }
            for p in problems
        ]
    )  # fmt: skip
    shown = table.head(MOST_PROBLEMS_SHOWN)
    if table["File"].nunique() == 1:
        shown = shown.drop(columns="File")
    shown = shown.loc[:, (shown != "").any()]
    show_table(shown.map(plain), about="Things to correct, with the place of each")
    if len(table) > len(shown):
        st.caption(f"The first {len(shown)} of {len(table)}. The file below holds all of them.")


def problems_csv(problems: Sequence[Problem]) -> bytes:
    """The list of problems as a file to work through."""
    table = pd.DataFrame(
        [
            (p.file, p.sheet, p.cell, p.row, p.value, SEVERITIES[p.severity][0], p.message, p.fix)
            for p in problems
        ],
        columns=["file", "sheet", "cell", "row", "value", "kind", "what is wrong", "what to do"],
    )
    table["row"] = table["row"].astype("Int64")
    return b"\xef\xbb\xbf" + csv_bytes(table)


def summary_of_problems(problems: Sequence[Problem]) -> list[str]:
    """How many problems there are of each kind, the gravest first."""
    lines = []
    for severity, words in SEVERITIES.items():
        n = sum(p.severity == severity for p in problems)
        if n:
            lines.append(f"{capital(people(n, *words))}.")
    return lines
