"""Who at one site can answer a questionnaire now, soon or a little late, as a list to work with."""

from __future__ import annotations

import datetime as dt
from functools import partial

import pandas as pd
import streamlit as st

from evaluation.config import site_id
from evaluation.programme import Results
from evaluation.report import due_wording
from evaluation.report.worklist import on_screen, worklist_csv, worklist_xlsx
from evaluation.tables.due import LATE, NO_END_DATE, OPEN, SOON
from evaluation.tables.risk_answers import risk_answers
from pages.shell.downloads import CSV, EXCEL, File, offer_own
from pages.shell.due import first_day, site_due, site_next_due
from pages.shell.loaders import load_answers
from pages.shell.navigation import FOLLOW_UP, UPLOAD, link_to
from pages.shell.widgets import choose_site, need_results, plain, show_table

EVERYTHING = "All"
SHOWN_AT_ONCE, MOST_SHOWN = 12, 200
AS_TYPED = ("Person", "Role", "Answered last")  # what stands there comes from a file
REMARKS = {
    SOON: "They can answer within the next 30 days.",
    LATE: "Their time ended within the last 30 days. After that they are no longer in the list.",
    NO_END_DATE: "Once the date is in the sheet 'service_use' (column 'ended_on') and the file is "
    "uploaded again, the list says when they are due. Where support still goes on, there is "
    "nothing to do.",
}


def choose_day(results: Results) -> dt.date:
    start = first_day(results)
    return st.date_input(
        "Who is due on",
        value=start,
        min_value=results.data_lock,
        max_value=start + dt.timedelta(days=730),
        format="DD/MM/YYYY",
        help="Choose a later day to plan ahead.",
    )


def choose_wave(due: pd.DataFrame, waves: list[str]) -> pd.DataFrame:
    """The part of the list that is about one wave, where there are several."""
    listed = [wave for wave in waves if wave in set(due["wave"])]
    if len(listed) < 2:
        return due
    chosen = st.radio(
        "Questionnaire",
        [EVERYTHING, *listed],
        format_func=lambda w: w if w == EVERYTHING else due_wording.wave_text(w),
        horizontal=True,
    )
    return due if chosen == EVERYTHING else due[due["wave"] == chosen]


def show_part(due: pd.DataFrame, state: str, site: str) -> None:
    rows = due[due["state"] == state]
    if rows.empty:
        return
    st.header(due_wording.HEADINGS[state])
    if state in REMARKS:
        st.caption(REMARKS[state])
    table = on_screen(rows, state)
    typed = [name for name in AS_TYPED if name in table]
    table = table.assign(**table[typed].map(plain))
    about = f"{due_wording.HEADINGS[state]}: people of {site} by code"
    show_table(table.head(SHOWN_AT_ONCE), about=about)
    rest = table.iloc[SHOWN_AT_ONCE:MOST_SHOWN]
    if len(rest):
        with st.expander(f"{len(rest)} more"):
            show_table(rest, about=about)
    if len(rows) > MOST_SHOWN:
        st.caption(f"The first {MOST_SHOWN} of {len(rows)}. The files hold all of them.")


def offer_files(results: Results, due: pd.DataFrame, *, site: str, day: dt.date) -> None:
    name = f"{'SYNTHETIC_' if results.synthetic else ''}due_{site_id(site)}_{day.isoformat()}"
    make = partial(
        worklist_xlsx, due, day=day, data_lock=results.data_lock, synthetic=results.synthetic
    )
    with st.container(horizontal=True):
        offer_own(
            "Download as a workbook",
            lambda _stamp: make(),
            File(f"{name}.xlsx", EXCEL, "worklist", site),
        )
        offer_own(
            "Download as CSV",
            lambda _stamp: worklist_csv(due),
            File(f"{name}.csv", CSV, "worklist", site),
        )
    st.caption(due_wording.CODES_ONLY)


def show_risk_answers(results: Results, site: str) -> None:
    """The list that a site's protocol may ask for; otherwise that nobody watches the answers."""
    if not results.settings.lists_risk_answers(site):
        st.caption(due_wording.NO_ALERT)
        return
    st.header("Answers about harm")
    st.warning(due_wording.NO_ALERT)
    found = risk_answers(load_answers(site), results.instruments, site)
    if found.empty:
        st.markdown("None above the lowest answer.")
        return
    table = due_wording.risk_table(found, results.instruments)
    shown = table.head(MOST_SHOWN).map(plain)
    show_table(shown, about=f"Answers about harm at {site}, the newest first")
    if len(table) > MOST_SHOWN:
        st.caption(f"The newest {MOST_SHOWN} of {len(table)}.")


def show_site(results: Results, site: str) -> None:
    day = choose_day(results)
    st.caption(due_wording.made_for_sentence(day, results.data_lock))
    everybody = site_due(results, site, day)
    st.header(plain(site))
    late_counts = not results.settings.exclude_outside_window
    sentences = due_wording.due_sentences(everybody, late_counts=late_counts)
    if not (everybody["state"] == OPEN).any():
        sentences.insert(0, due_wording.nobody_sentence(site_next_due(results, site, day)))
    st.markdown("\n".join(f"- {plain(sentence)}" for sentence in sentences))
    if len(everybody):
        shown = choose_wave(everybody, list(results.states["wave"].unique()))
        offer_files(results, shown, site=site, day=day)
        for state in (OPEN, LATE, SOON, NO_END_DATE):
            show_part(shown, state, site)
    show_risk_answers(results, site)
    link_to(UPLOAD, "Upload what has come in since")
    link_to(FOLLOW_UP, "How many were heard from so far", site=site)


found = need_results()
show_site(found, choose_site(found))
