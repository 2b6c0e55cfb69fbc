"""A questionnaire filled in at every session: how scores went while people came, and who came."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import streamlit as st

from evaluation.model import ALL_SITES
from evaluation.programme import Results
from evaluation.report import charts, training_wording, wording
from evaluation.report.measures import headline_measure, split, unit_of
from evaluation.tables.session_course import sites_with_sessions
from instruments.definition import Scale
from pages.shell import training_tables
from pages.shell.loaders import load_sessions, once
from pages.shell.navigation import UPLOAD, link_to
from pages.shell.widgets import (
    choose_site,
    need_results,
    plain,
    say_data_lock,
    show_chart,
    show_table,
)

MAIN = "baseline_end"


def how_to_record() -> None:
    st.markdown(plain(training_wording.HOW_TO_RECORD_SESSIONS))
    link_to(UPLOAD, "Upload a spreadsheet")


def choose_measure(results: Results, site: str) -> str:
    measures = once(("measures", site), lambda: measures_at_sessions(results, site))
    headline = headline_measure(results, site)
    start = measures.index(headline) if headline in measures else 0
    return st.selectbox(
        "Measure",
        measures,
        index=start,
        format_func=lambda measure: split(measure, results.instruments)[1].label,
    )


def measures_at_sessions(results: Results, site: str) -> list[str]:
    """Measures with a score at any session, those answered most often first."""
    scores = results.scores
    mine = scores[(scores["site"] == site) & (scores["wave"] == "session")]
    mine = mine[mine["score"].notna()]
    return list((mine["instrument"] + "." + mine["scale"]).value_counts(sort=True).index)


def show_site(results: Results, site: str) -> None:
    measure = choose_measure(results, site)
    instrument, scale = split(measure, results.instruments)
    unit = unit_of(instrument)
    course = load_sessions("session_course", site, measure)
    st.header(plain(f"{site}: {scale.label}"))
    if course.empty:
        st.info("Nobody has answered this at two sessions yet.")
        return
    everybody = course[course["group"] == "all"]
    at_sessions = everybody[everybody["row"] == "session"]
    [change] = everybody[everybody["row"] == "first_last"].to_dict("records")
    [slope] = everybody[everybody["row"] == "slope"].to_dict("records")
    records = at_sessions.to_dict("records")
    lines = [
        training_wording.first_last_sentence(change, scale, unit),
        training_wording.shrinking_sentence(records, unit),
        training_wording.stayers_sentence(records[-1]),
        training_wording.slope_sentence(slope, unit),
    ]
    st.markdown("\n".join(f"- {plain(line)}" for line in lines if line))
    st.caption(wording.NOT_CAUSE)
    place = (site, measure)
    show_course(at_sessions, scale, finding=lines[1], place=place)
    show_groups(course, scale, place=place)
    show_stand_ins(results, site, measure)


def show_course(
    sessions: pd.DataFrame, scale: Scale, *, finding: str, place: tuple[str, str]
) -> None:
    st.header("Average at each session")
    drawn = carrying(sessions)
    if drawn["mean"].notna().sum() > 1:
        chart = once(("course", *place), lambda: charts.trajectory_chart(drawn, scale))
        show_chart(replace(chart, finding=f"{chart.finding} {finding}"))
        st.caption(
            "Along the bottom: the number of the session. Dot: average of those who answered "
            "then. Bar: how sure we can be of it."
        )
    st.markdown(plain(training_wording.ONLY_THOSE_WHO_STAYED))
    show_table(
        training_tables.sessions(sessions), about=f"{scale.label}: who answered at each session"
    )
    st.caption("The last column: the average of the same people at their own first session.")


def carrying(sessions: pd.DataFrame) -> pd.DataFrame:
    """What a chart may show: an average of three or more, an interval of five or more."""
    enough = sessions["n"] >= training_tables.LEAST_FOR_MEAN
    sure = sessions["n"] >= training_tables.LEAST_FOR_INTERVAL
    return pd.DataFrame(
        {
            "label": sessions["session_number"].astype(str),
            "n": sessions["n"],
            "group": sessions["group"].map(training_wording.group_name),
            "mean": sessions["mean"].astype(float).where(enough),
            "low": sessions["low"].astype(float).where(sure),
            "high": sessions["high"].astype(float).where(sure),
        }
    )


def show_groups(course: pd.DataFrame, scale: Scale, *, place: tuple[str, str]) -> None:
    """Who finished beside who left early, where both are there."""
    changes = course[course["row"] == "first_last"]
    if len(changes) < 2:
        return
    st.header("Who finished and who left early")
    parts = course[(course["group"] != "all") & (course["row"] == "session")]
    # Intervals of fewer are so wide that nothing else could be seen.
    drawn = carrying(parts[parts["n"] >= training_tables.LEAST_FOR_SIZE])
    if drawn["group"].nunique() > 1:
        drawn = drawn.sort_values("label", key=_as_number)
        show_chart(once(("groups", *place), lambda: charts.trajectory_chart(drawn, scale)))
    show_table(
        training_tables.first_to_last(changes),
        about=f"Change from the first to the last session at {place[0]}, by how support ended",
    )
    st.caption(
        "Finished as planned: the ending in service use is 'planned'. Left early: any other "
        "ending. Those who are still coming are among everybody only."
    )


def _as_number(labels: pd.Series) -> pd.Series:
    return labels.astype(int)


def show_stand_ins(results: Results, site: str, measure: str) -> None:
    """Whose last session is taken as their end, and what the result is without them."""
    table = load_sessions("stand_ins", site, measure)
    table = table[(table["contrast"] == MAIN) & (table["end_stand_ins"] > 0)]
    if table.empty:
        return
    unit = unit_of(split(measure, results.instruments)[0])
    [row] = table.to_dict("records")
    st.header("Where a session stands in for the end")
    lines = [
        training_wording.stand_in_sentence(row["end_stand_ins"], row["n"], unit),
        training_wording.without_stand_ins_sentence(row, unit),
    ]
    st.markdown(plain(" ".join(lines)))


found = need_results()
say_data_lock(found)
names = once(("sites with sessions",), lambda: sites_with_sessions(found))
if not names:
    st.info("No site has questionnaires from two sessions of the same person yet.")
    how_to_record()
    st.stop()
chosen = choose_site(found)
if chosen in names:
    show_site(found, chosen)
elif chosen != ALL_SITES:
    named = plain(wording.joined(names))
    st.info(f"{plain(chosen)} has no questionnaires from every session. There are some at {named}.")
    how_to_record()
