"""One site's results: what changed, how sure that is, and how it was worked out.

From the answer to its grounds: findings, pictures, every measure, who was heard from, how far to
trust it, tables, workings. What lies deeper is drawn only when somebody opens it.
"""

from __future__ import annotations

from functools import partial

import pandas as pd
import streamlit as st

from evaluation.config import site_id
from evaluation.model import ALL_SITES
from evaluation.programme import Results
from evaluation.quality import occasions
from evaluation.report import wording
from evaluation.report.findings import headline_findings, last_step
from evaluation.report.lost_wording import lost_sentence
from evaluation.report.measures import (
    headline_measure,
    measures_of,
    parents_effects,
    split,
    steps_in_use,
)
from evaluation.report.quality_wording import consistency_sentence
from evaluation.report.sensitivity_wording import sensitivity_sentences
from pages.shell import tables
from pages.shell.downloads import EXCEL, File, offer_release, workbook_of
from pages.shell.evidence import show_evidence_card
from pages.shell.explain import help_text
from pages.shell.explanations import explain_measure, say_not_scored
from pages.shell.in_proportion import show_how_far
from pages.shell.loaders import (
    load_quality,
    load_sensitivity,
    load_table,
)
from pages.shell.navigation import FOLLOW_UP, link_to
from pages.shell.outcomes import show_added_value, show_talking_therapies
from pages.shell.pictures import (
    cascade_of,
    load_follow_up_picture,
    load_measures_picture,
    load_sensitivity_picture,
)
from pages.shell.releasing import prepared
from pages.shell.rows_behind import show_formulas, show_rows
from pages.shell.site_pictures import show_pictures
from pages.shell.site_view import (
    ENOUGH_FOR_PICTURES,
    View,
    choose_view,
    deeper,
    waiting_measures,
    waits_for_a_look,
)
from pages.shell.widgets import (
    choose_site,
    need_results,
    plain,
    say_data_lock,
    show_chart,
    show_table,
)

ROUGH = ("counts", "mean_only", "imprecise")


def show_site(results: Results, site: str) -> None:
    view = choose_view(results, site)
    if view is None:
        st.header(plain(site))
        say_data_lock(results)
        st.info("No questionnaire from this site has a score at the start yet.")
        _show_follow_up(site)
    else:
        _show_view(view)
    say_not_scored(results, site)
    _offer_workbook(site)


def _offer_workbook(site: str) -> None:
    """The results as a file, once it was looked at what is in it."""
    file = File(f"results_{site_id(site)}.xlsx", EXCEL, "site_workbook", site)
    decision = prepared(
        f"Prepare the results of {site} as a file", file.kind, site,
        about="An Excel workbook. Files travel, so small numbers are hidden in it; this page shows "
        "them. Every table is worked out first, which takes a while.",
    )  # fmt: skip
    if decision is not None:
        offer_release(f"Download the results of {site}", partial(workbook_of, site), file, decision)


def _show_view(view: View) -> None:
    st.header(plain(f"{view.place.site}: {view.scale.label}"))
    say_data_lock(view.results)
    if not view.scale.may_be_headline:
        st.warning(
            "How this scale is scored has not been verified, or neither direction of it is "
            "better. Read it with caution."
        )
    looked = not waits_for_a_look(view.place)
    if looked:
        _show_findings(view)
        show_pictures(view)
    _show_all_measures(view)
    _show_follow_up(view.place.site)
    if looked:
        _show_trust(view)
    _show_tables(view)
    if looked:
        _show_workings(view)


# --- what changed ---------------------------------------------------------------------------


def _show_findings(view: View) -> None:
    """A few sentences, the change first; with few people those that say how little they carry."""
    site, results = view.place.site, view.results
    cascade = steps_in_use(cascade_of(results, site))
    findings = headline_findings(
        effect=view.main,
        scale=view.scale,
        change=view.classes,
        cascade=cascade,
        lost=_lost(view, last_step(cascade)),
        level=results.settings.level,
        unit=view.unit,
    )
    sentences = [found.text for found in findings if found.topic != "change"]
    if view.main["display_tier"] in ROUGH or not view.main["n"]:
        first = wording.effect_sentences(view.main, view.scale, unit=view.unit)
    else:
        first = [found.text for found in findings if found.topic == "change"]
    st.markdown("\n".join(f"- {plain(sentence)}" for sentence in (*first, *sentences)))
    st.caption(wording.NOT_CAUSE)


def _lost(view: View, step: str) -> str:
    """How those lost at the last step differ, where some were lost and some were not."""
    rows = load_table("lost_vs_kept", view.place.site)
    rows = rows[rows["step"] == step]
    if rows.empty or not rows["n_lost"].max() or not rows["n_kept"].max():
        return ""
    return lost_sentence(rows, view.results.instruments, step=step)


# --- every measure, and who was heard from --------------------------------------------------


def _show_all_measures(view: View) -> None:
    if len(measures_of(parents_effects(view.results, view.place.site))) < 2:
        return
    st.header("All measures", help=help_text("interval"))
    waiting = waiting_measures(view.place.site)
    chart = load_measures_picture(view.place, waiting)
    if chart is None:
        st.markdown("No measure has enough people at both times for a picture yet.")
        return
    st.markdown(plain(chart.finding))
    show_chart(chart)
    st.caption(
        f"{wording.contrast_name(view.place.contrast)}, questionnaire by questionnaire. "
        "To have all measures on one footing, the average change is divided by the spread of "
        "scores at the start."
    )
    if waiting:
        labels = [split(name, view.results.instruments)[1].label for name in waiting]
        st.caption(plain(f"Left out until somebody has looked: {wording.joined(labels)}."))


def _show_follow_up(site: str) -> None:
    chart = load_follow_up_picture(site)
    if chart is None:
        return
    st.header("Who we heard from", help=help_text("heard from"))
    show_chart(chart)
    link_to(FOLLOW_UP, "More on follow-up", site=site)


# --- how far to trust it --------------------------------------------------------------------


def _show_trust(view: View) -> None:
    st.header("How far to trust this", help=help_text("sensitivity check"))
    place = view.place
    deeper("sensitivity", lambda: _show_sensitivity(view))
    deeper(
        "evidence",
        lambda: show_evidence_card(view.results, *place, load_table("lost_vs_kept", place.site)),
    )
    deeper("how_far", lambda: show_how_far(view.results, view.main, view.instrument, view.scale))


def _show_sensitivity(view: View) -> None:
    rows = load_sensitivity(*view.place)
    lines = sensitivity_sentences(rows.to_dict("records"), unit=view.unit)
    st.markdown("\n".join(f"- {plain(line)}" for line in lines))
    enough = (rows["n_completers"] >= ENOUGH_FOR_PICTURES).all()
    if enough and rows["estimate"].notna().any() and rows["n_lost"].max():
        show_chart(load_sensitivity_picture(view.place))
        st.caption(
            "Each line allows for those we lost in another way. Where all are on one side of the "
            "broken line, the conclusion does not hang on them."
        )


# --- the numbers ----------------------------------------------------------------------------


def _show_tables(view: View) -> None:
    results, site, contrast = view.results, view.place.site, view.place.contrast
    effects = parents_effects(results, site)
    effects = effects[(effects["n"] > 0) & (effects["contrast"] == contrast)]
    st.header("The numbers")
    if effects.empty:
        st.markdown("Nobody has answered a questionnaire twice yet.")
        return
    st.markdown(f"{wording.contrast_name(contrast)}, every measure.")
    changes = tables.changes(effects, results.instruments)
    show_table(changes, about=f"Average change of every measure at {site}")
    deeper("individual", lambda: _show_individual(view))
    deeper("statistics", lambda: _show_statistics(view, effects))
    show_talking_therapies(results, site)
    show_added_value(results, site)


def _show_individual(view: View) -> None:
    change = view.results.reliable_change
    here = (change["site"] == view.place.site) & (change["contrast"] == view.place.contrast)
    individual = tables.individual_change(change[here], view.results.instruments)
    show_table(individual, about=f"How many people clearly changed at {view.place.site}")


def _show_statistics(view: View, effects: pd.DataFrame) -> None:
    results, site = view.results, view.place.site
    st.markdown(plain(_consistency(results, site, view.place.contrast)))
    spread = tables.spread(effects, results.instruments)
    sizes = tables.effect_sizes(effects, results.instruments)
    if spread.empty:
        st.markdown("There are too few people for statistics.")
    else:
        show_table(spread, about=f"Numbers and spread of every measure at {site}")
        show_table(sizes, about=f"Effect sizes and tests of every measure at {site}")


def _consistency(results: Results, site: str, contrast: str) -> str:
    """How well the questions of the main measure go together at the earlier time, in one line."""
    measure = headline_measure(results, site)
    if measure is None:
        return ""
    instrument, scale = split(measure, results.instruments)
    wave = contrast.split("_", 1)[0]
    scores = results.scores[results.scores["site"] == site]
    if wave not in occasions(scores).get(instrument.id, []):
        return ""
    rows = load_quality(site, instrument.id, wave).reliability
    row = rows[rows["scale"] == scale.id].iloc[0].to_dict()
    when = wording.capital(wording.wave_name(wave))
    return f"{when}, {consistency_sentence(row, scale.label)}"


def _show_workings(view: View) -> None:
    deeper("workings", lambda: _explain(view))


def _explain(view: View) -> None:
    explain_measure(view.results, view.instrument, view.scale, view.main, view.change)
    show_formulas()
    show_rows(view.results, view.place.site, view.instrument, view.scale, view.place.contrast)


found = need_results()
chosen = choose_site(found)
if chosen != ALL_SITES:
    show_site(found, chosen)
