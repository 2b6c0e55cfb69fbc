"""One site's results: what changed, how sure that is, and how it was worked out.

From the answer to its grounds: findings, pictures, every measure, who was heard from, how far to
trust it, tables, workings. What lies deeper is drawn only when somebody opens it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

import pandas as pd
import streamlit as st

from evaluation.config import site_id
from evaluation.model import ALL_SITES
from evaluation.programme import Results
from evaluation.quality import occasions
from evaluation.report import site_chart_wording, wording
from evaluation.report.findings import headline_findings, last_step
from evaluation.report.lost_wording import lost_sentence
from evaluation.report.quality_wording import consistency_sentence
from evaluation.report.sensitivity_wording import sensitivity_sentences
from instruments.definition import Instrument, Scale
from pages.shell import tables
from pages.shell.evidence import show_evidence_card
from pages.shell.explain import help_text
from pages.shell.explanations import explain_measure, say_not_scored
from pages.shell.in_proportion import show_how_far, show_who_benefits
from pages.shell.loaders import (
    load_contradictions,
    load_table,
    load_quality,
    load_sensitivity,
    load_workbook,
)
from pages.shell.measures import (
    headline_measure,
    main_contrast,
    measures_of,
    parents_effects,
    rows_of,
    split,
    steps_in_use,
    unit_of,
)
from pages.shell.navigation import FOLLOW_UP, GO, page_path
from pages.shell.outcomes import show_added_value, show_talking_therapies
from pages.shell.pictures import (
    Place,
    cascade_of,
    change_row,
    drawn_changes,
    load_follow_up_picture,
    load_material,
    load_measures_picture,
    load_picture,
    load_sensitivity_picture,
)
from pages.shell.rows_behind import show_formulas, show_rows
from pages.shell.widgets import (
    choose_site,
    need_results,
    plain,
    say_data_lock,
    show_chart,
    show_table,
)

ENOUGH_FOR_PICTURES = 5
ROUGH = ("counts", "mean_only", "imprecise")
LOOKED = "looked_at_the_form"
# What lies deeper: a name for each part, and what is written on it.
DEPTHS = {
    "distribution": "How scores lay before and after",
    "jacobson": "Each person's two scores",
    "bands": "Published bands: who moved to a better one",
    "course": "Averages at each time",
    "partners": "Both partners side by side",
    "sensitivity": "Could those we lost change the conclusion?",
    "evidence": "How strong the evidence is, question by question",
    "how_far": "How far these numbers go",
    "individual": "Who clearly changed, on every measure",
    "statistics": "More statistics",
    "workings": "How this was worked out",
}


@dataclass(frozen=True, slots=True)
class View:
    """What the page is about at the moment: one site, one measure, one pair of times."""

    results: Results
    place: Place
    instrument: Instrument
    scale: Scale
    effects: pd.DataFrame
    main: dict[str, Any]

    @property
    def unit(self) -> wording.Unit:
        return unit_of(self.instrument)

    @property
    def change(self) -> dict[str, Any] | None:
        return change_row(self.results, self.place)

    @property
    def classes(self) -> dict[str, Any] | None:
        """The row of individual change, where there are enough people to speak of it."""
        row = self.change
        enough = self.main["n"] >= ENOUGH_FOR_PICTURES and row is not None
        return row if enough and row and wording.change_counts(row) is not None else None


def show_site(results: Results, site: str) -> None:
    view = _choose_view(results, site)
    if view is None:
        st.header(plain(site))
        say_data_lock(results)
        st.info("No questionnaire from this site has a score at the start yet.")
        _show_follow_up(site)
    else:
        _show_view(view)
    say_not_scored(results, site)
    st.download_button(
        f"Download the results of {site}",
        partial(load_workbook, site),
        file_name=f"results_{site_id(site)}.xlsx",
        on_click="ignore",
        help="An Excel workbook. Files travel, so small numbers are hidden in it; this page shows "
        "them.",
    )


def _show_view(view: View) -> None:
    st.header(plain(f"{view.place.site}: {view.scale.label}"))
    say_data_lock(view.results)
    if not view.scale.may_be_headline:
        st.warning(
            "How this scale is scored has not been verified, or neither direction of it is "
            "better. Read it with caution."
        )
    looked = not _waits_for_a_look(view.place)
    if looked:
        _show_findings(view)
        _show_pictures(view)
    _show_all_measures(view)
    _show_follow_up(view.place.site)
    if looked:
        _show_trust(view)
    _show_tables(view)
    if looked:
        _show_workings(view)


# --- what the page is about -----------------------------------------------------------------


def _choose_view(results: Results, site: str) -> View | None:
    """The measure and the pair of times that somebody chose, at first the headline's."""
    mine = parents_effects(results, site)
    if mine.empty:
        return None
    measures = measures_of(mine)
    headline = headline_measure(results, site)
    measure = st.selectbox(
        "Measure",
        measures,
        index=measures.index(headline) if headline in measures else 0,
        format_func=lambda name: split(name, results.instruments)[1].label,
    )
    effects = rows_of(mine, measure)
    main = main_contrast(effects)
    if main is None:
        return None
    there = list(effects.loc[effects["n"] > 0, "contrast"])
    if len(there) > 1:
        contrast = st.selectbox(
            "From when to when", there, index=there.index(main["contrast"]),
            format_func=wording.contrast_name,
        )  # fmt: skip
        main = effects[effects["contrast"] == contrast].iloc[0].to_dict()
    instrument, scale = split(measure, results.instruments)
    place = Place(site, measure, str(main["contrast"]))
    return View(results, place, instrument, scale, effects, main)


def _waits_for_a_look(place: Place) -> bool:
    """Whether something speaks against the measure's direction and nobody has looked yet."""
    found = load_contradictions(place.site).get(place.measure)
    if found is None:
        return False
    st.warning(plain(found.sentence))
    seen = st.session_state.setdefault(LOOKED, set())
    looked = st.checkbox(
        "I have compared the answers with the form: they are coded as it says",
        value=place[:2] in seen,
        key=f"looked_{place.site}_{place.measure}",
    )
    (seen.add if looked else seen.discard)(place[:2])
    return not looked


def _waiting_measures(site: str) -> tuple[str, ...]:
    seen = st.session_state.get(LOOKED, set())
    return tuple(name for name in load_contradictions(site) if (site, name) not in seen)


# --- what changed ---------------------------------------------------------------------------


def _show_findings(view: View) -> None:
    """A few sentences, the change first; with few people those that say how little they carry."""
    site, results = view.place.site, view.results
    cascade = steps_in_use(cascade_of(results, site))
    step = last_step(cascade)
    lost = load_table("lost_vs_kept", site)
    lost = lost[lost["step"] == step]
    findings = headline_findings(
        effect=view.main,
        scale=view.scale,
        change=view.classes,
        cascade=cascade,
        lost=lost_sentence(lost, results.instruments, step=step) if len(lost) else "",
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


def _show_pictures(view: View) -> None:
    place, classes = view.place, view.classes
    made_of = load_material(place)
    enough = made_of.n >= ENOUGH_FOR_PICTURES
    if len(drawn_changes(view.effects)):
        st.header("Before and after", help=help_text("average change"))
        show_chart(load_picture("before_after", place))
        st.caption(
            "Circle: average at the start. Diamond: average later. The bar shows how sure we can "
            "be of the change. Each line has its own people: those who answered both times."
        )
    if enough:
        _deeper("distribution", lambda: _show_distribution(place))
        _deeper("jacobson", lambda: _show_points(place))
    elif made_of.n:
        st.caption(site_chart_wording.FEW_FOR_PICTURES)
    if classes is not None:
        st.header("Who clearly changed", help=help_text("reliable change"))
        show_chart(load_picture("classes", place))
        st.caption(plain(wording.recovery_sentence(classes, view.unit)))
    if enough and made_of.moves is not None:
        _deeper("bands", lambda: _show_bands(view))
    if len(made_of.waves) > 1:
        _deeper("course", lambda: _show_course(place))
    if enough and made_of.pairs is not None and made_of.pairs.n_couples >= ENOUGH_FOR_PICTURES:
        _deeper("partners", lambda: _show_partners(place))
    show_who_benefits(view.results, view.main, view.instrument, view.scale)


def _deeper(name: str, draw: Any) -> None:
    """A part that is worked out and sent only while somebody has it open."""
    box = st.expander(DEPTHS[name], key=f"depth_{name}", on_change="rerun")
    if box.open:
        with box:
            draw()


def _show_distribution(place: Place) -> None:
    show_chart(load_picture("distribution", place))
    st.caption(site_chart_wording.DISTRIBUTION_NOTE)


def _show_points(place: Place) -> None:
    show_chart(load_picture("jacobson", place))
    st.caption(site_chart_wording.POINTS_NOTE)


def _show_bands(view: View) -> None:
    made_of = load_material(view.place)
    show_chart(load_picture("bands", view.place))
    if made_of.moves is not None and made_of.moves.better is not None:
        show_chart(load_picture("band_moves", view.place))
    st.caption(plain(site_chart_wording.bands_note(view.scale)))


def _show_course(place: Place) -> None:
    show_chart(load_picture("course", place))
    st.caption(site_chart_wording.WAVES_NOTE)


def _show_partners(place: Place) -> None:
    pairs = load_material(place).pairs
    if pairs is None:
        return
    if pairs.n_named >= ENOUGH_FOR_PICTURES:
        chart = load_picture("partners", place)
        st.markdown(plain(chart.finding))
        show_chart(chart)
    else:
        st.markdown("Of too few couples is it known who is the mother and who the father.")
    sentence = site_chart_wording.couples_sentence(pairs)
    if sentence:
        st.markdown(plain(sentence))
        show_chart(load_picture("couples", place))


# --- every measure, and who was heard from --------------------------------------------------


def _show_all_measures(view: View) -> None:
    st.header("All measures", help=help_text("interval"))
    waiting = _waiting_measures(view.place.site)
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
    st.page_link(
        page_path(FOLLOW_UP), label="More on follow-up", icon=GO,
        query_params={"site": site_id(site)},
    )  # fmt: skip


# --- how far to trust it --------------------------------------------------------------------


def _show_trust(view: View) -> None:
    st.header("How far to trust this", help=help_text("sensitivity check"))
    place = view.place
    _deeper("sensitivity", lambda: _show_sensitivity(view))
    _deeper(
        "evidence",
        lambda: show_evidence_card(view.results, *place, load_table("lost_vs_kept", place.site)),
    )
    _deeper("how_far", lambda: show_how_far(view.results, view.main, view.instrument, view.scale))


def _show_sensitivity(view: View) -> None:
    rows = load_sensitivity(*view.place)
    lines = sensitivity_sentences(rows.to_dict("records"), unit=view.unit)
    st.markdown("\n".join(f"- {plain(line)}" for line in lines))
    if rows["estimate"].notna().any() and (rows["n_completers"] >= ENOUGH_FOR_PICTURES).all():
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
    _deeper("individual", lambda: _show_individual(view))
    _deeper("statistics", lambda: _show_statistics(view, effects))
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
    _deeper("workings", lambda: _explain(view))


def _explain(view: View) -> None:
    explain_measure(view.results, view.instrument, view.scale, view.main, view.change)
    show_formulas()
    show_rows(view.results, view.place.site, view.instrument, view.scale, view.place.contrast)


found = need_results()
chosen = choose_site(found)
if chosen != ALL_SITES:
    show_site(found, chosen)
