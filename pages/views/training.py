"""Practitioners' training: who answered before, after and months later, and what changed."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import streamlit as st

from evaluation.disclosure import release_effects
from evaluation.disclosure.training import release_training, release_training_change
from evaluation.model import ALL_SITES
from evaluation.programme import Results
from evaluation.report import charts, training_wording, wording
from evaluation.report.measures import measures_of, rows_of, split
from evaluation.tables.training import (
    sites_with_training,
    training_change_table,
    training_effects_table,
    training_table,
)
from pages.shell import tables, training_tables
from pages.shell.loaders import once
from pages.shell.navigation import LOCAL, UPLOAD, link_to
from pages.shell.widgets import (
    need_results,
    plain,
    say_data_lock,
    show_chart,
    show_table,
    site_or_programme,
)

ALL_TOGETHER = "all sites"
LEAST_FOR_CHART = 5
STATES = (
    "**Yes**: they answered. **No**: they did not, and the time has passed. **Can still answer**: "
    "due now. **Not due yet**: the training was not long enough ago. Later steps count those who "
    "answered before the training; a step appears once anybody at the site has answered it."
)


def how_to_record() -> None:
    st.header("How to record a training")
    st.markdown("\n".join(f"1. {plain(line)}" for line in training_wording.HOW_TO_RECORD))
    link_to(LOCAL, "Own questionnaires")
    link_to(UPLOAD, "Upload a spreadsheet")


def in_order_of_time(effects: pd.DataFrame) -> pd.DataFrame:
    """Straight after the training against before, then later against before, then the rest."""
    from_before = effects["contrast"].str.startswith("baseline_")
    straight = effects["contrast"].isin(["baseline_post", "baseline_end"])
    place = (~from_before).astype(int) * 2 + (from_before & ~straight).astype(int)
    return effects.assign(place=place).sort_values("place", kind="stable").drop(columns="place")


def show_steps(steps: pd.DataFrame, *, about: str, by_site: bool = False) -> None:
    total = steps[steps["site"] == ALL_SITES] if by_site else steps
    lines = [training_wording.training_step_sentence(row) for row in total.to_dict("records")]
    notes = [training_wording.training_note(row) for row in total.to_dict("records")]
    lines += [note for note in notes if note]
    st.markdown("\n".join(f"- {plain(line)}" for line in lines))
    with st.expander("Who answered at each step"):
        show_table(training_tables.training_steps(steps, by_site=by_site), about=about)
        st.caption(STATES)


def choose_measure(results: Results, effects: pd.DataFrame) -> str:
    measures = measures_of(effects)
    if len(measures) == 1:
        return measures[0]
    return st.selectbox(
        "Score", measures, format_func=lambda m: split(m, results.instruments)[1].label
    )


def show_changes(results: Results, effects: pd.DataFrame, site: str) -> None:
    """One score in sentences and as a chart, then every score as a table."""
    measure = choose_measure(results, effects)
    scale = split(measure, results.instruments)[1]
    rows = rows_of(effects, measure)
    lines = [training_wording.training_sentence(row, scale) for row in rows.to_dict("records")]
    st.markdown("\n".join(f"- {plain(line)}" for line in lines))
    st.caption(training_wording.NOT_FROM_TRAINING)
    drawn = rows[rows["improvement_low"].notna() & (rows["n"] >= LEAST_FOR_CHART)]
    if len(drawn):
        chart = once(
            ("training chart", site, measure),
            lambda: charts.before_after_chart(
                drawn, scale, name=training_wording.training_contrast_name
            ),
        )
        show_chart(replace(chart, finding=lines[0]))
        st.caption(
            "Circle: average at the earlier time. Diamond: average at the later time. The bar "
            "shows how sure we can be of the change. Each line has its own people: those who "
            "answered both times."
        )
    st.header("Every score")
    listed = training_tables.training_changes(effects, results.instruments)
    show_table(listed, about=f"Change of every score around the training at {site}")


def show_individual_change(results: Results, change: pd.DataFrame, site: str) -> None:
    with st.expander("Which practitioners clearly changed"):
        known = change[pd.to_numeric(change["n"]).fillna(0) > 0]
        contrasts = list(known["contrast"].unique())
        if not contrasts:
            st.markdown("There are too few practitioners for this.")
            return
        contrast = st.selectbox(
            "From when to when", contrasts, format_func=training_wording.training_contrast_name
        )
        mine = tables.individual_change(known[known["contrast"] == contrast], results.instruments)
        show_table(mine, about=f"How many practitioners clearly changed at {site}")
        st.caption(
            "A change is clear if it is larger than the ordinary ups and downs of answers "
            "(Jacobson and Truax, 1991). That needs a figure for how steady the scores are; a "
            "questionnaire of your own may name one."
        )


def show_one_site(results: Results, site: str) -> None:
    st.header(plain(f"{site}: training"))
    names = once(("sites with training",), lambda: sites_with_training(results))
    if site not in names:
        named = wording.joined([plain(name) for name in names])
        st.info(f"No practitioner of {plain(site)} is in the data. There are some from {named}.")
        how_to_record()
        return
    steps = once(("training", site), lambda: training_table(results, [site]))
    show_steps(steps, about=f"Who answered at each step of the training at {site}")
    effects = once(("training effects", site), lambda: training_effects_table(results, [site]))
    effects = in_order_of_time(effects[effects["n"] > 0])
    st.header("What changed")
    if effects.empty:
        st.markdown("No practitioner has answered at two times yet.")
        return
    show_changes(results, effects, site)
    change = once(("training change", site), lambda: training_change_table(results, [site]))
    show_individual_change(results, change, site)


def show_all_sites(results: Results) -> None:
    rule = results.settings.disclosure
    st.caption(wording.released_text(rule))
    st.header("Who answered")
    exact_steps = once(("training", ALL_SITES), lambda: training_table(results))
    steps = release_training(exact_steps, rule)
    show_steps(steps, about="Who answered at each step of the training, by site", by_site=True)
    st.header("What changed")
    exact = once(("training effects", ALL_SITES), lambda: training_effects_table(results))
    answered = exact[exact["n"] > 0]
    if answered.empty:
        st.markdown("No practitioner has answered at two times yet.")
        return
    effects = in_order_of_time(release_effects(answered, rule))
    measure = choose_measure(results, answered)
    scale = split(measure, results.instruments)[1]
    rows = rows_of(effects, measure)
    total = rows[rows["site"] == ALL_SITES]
    lines = [training_wording.training_sentence(row, scale) for row in total.to_dict("records")]
    st.markdown("\n".join(f"- {plain(line)}" for line in lines))
    st.caption(training_wording.NOT_FROM_TRAINING)
    show_table(
        training_tables.training_changes(rows, results.instruments, by_site=True),
        about=f"{scale.label} around the training, by site",
    )
    exact_change = once(("training change", ALL_SITES), lambda: training_change_table(results))
    change = release_training_change(exact_change, exact, rule)
    change = rows_of(change[change["site"] == ALL_SITES], measure)
    show_individual_change(results, change, ALL_TOGETHER)


found = need_results()
say_data_lock(found)
if not once(("sites with training",), lambda: sites_with_training(found)):
    st.info("No practitioner's training is in the data yet.")
    how_to_record()
    st.stop()
chosen = site_or_programme(found, "Whose training?")
if chosen == ALL_SITES:
    show_all_sites(found)
else:
    show_one_site(found, chosen)
