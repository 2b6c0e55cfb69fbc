"""One site's results: what changed, how sure that is, and how it was worked out."""

from __future__ import annotations

from functools import partial

import pandas as pd
import streamlit as st

from evaluation.analysis.precision import site_precision
from evaluation.config import site_id
from evaluation.model import ALL_SITES
from evaluation.programme import Results
from evaluation.quality import occasions
from evaluation.report import charts, context_wording, wording
from evaluation.report.quality_wording import consistency_sentence
from pages.shell import tables
from pages.shell.explanations import explain_measure, say_not_scored
from pages.shell.loaders import load_contradictions, load_quality, load_workbook
from pages.shell.measures import (
    PERSON_UNIT,
    headline_measure,
    main_contrast,
    measures_of,
    parents_effects,
    rows_of,
    split,
    steps_in_use,
    unit_of,
)
from pages.shell.outcomes import show_added_value, show_talking_therapies
from pages.shell.widgets import (
    choose_site,
    need_results,
    plain,
    say_data_lock,
    show_chart,
    show_table,
)

ENOUGH_FOR_CHANGE_CHART = 5


def show_site(results: Results, site: str) -> None:
    effects = parents_effects(results, site)
    if effects.empty:
        st.header(plain(site))
        say_data_lock(results)
        st.info("No questionnaire from this site has a score at the start yet.")
    else:
        _show_measure(results, site, _choose_measure(results, site))
    _show_follow_up(results, site)
    if len(effects):
        _show_everything(results, site)
    say_not_scored(results, site)
    st.download_button(
        f"Download the results of {site}",
        partial(load_workbook, site),
        file_name=f"results_{site_id(site)}.xlsx",
        on_click="ignore",
        help="An Excel workbook. Files travel, so small numbers are hidden in it; this page shows "
        "them.",
    )


def _choose_measure(results: Results, site: str) -> str:
    effects = parents_effects(results, site)
    measures = measures_of(effects)
    headline = headline_measure(results, site)
    start = measures.index(headline) if headline in measures else 0

    def label(measure: str) -> str:
        return split(measure, results.instruments)[1].label

    return st.selectbox("Measure", measures, index=start, format_func=label)


def _show_measure(results: Results, site: str, measure: str) -> None:
    instrument, scale = split(measure, results.instruments)
    unit = unit_of(instrument)
    effects = rows_of(parents_effects(results, site), measure)
    main = main_contrast(effects)
    if main is None:
        return
    st.header(plain(f"{site}: {scale.label}"))
    say_data_lock(results)
    change = results.reliable_change
    change = rows_of(change[(change["site"] == site) & (change["in_use"] == "yes")], measure)
    if not scale.may_be_headline:
        st.warning(
            "How this scale is scored has not been verified, or neither direction of it is "
            "better. Read it with caution."
        )
    if _waits_for_a_look(site, measure):
        return
    sentences = wording.effect_sentences(main, scale, unit=unit)
    matching = change[change["contrast"] == main["contrast"]].to_dict("records")
    enough = main["n"] >= ENOUGH_FOR_CHANGE_CHART and bool(matching)
    counted = enough and wording.change_counts(matching[0]) is not None
    if counted:
        sentences.append(wording.reliable_change_sentence(matching[0], unit))
    sentences.append(_heard_from(results, site))
    st.markdown("\n".join(f"- {plain(sentence)}" for sentence in sentences if sentence))
    st.caption(wording.NOT_CAUSE)
    from_start = effects["contrast"].str.startswith("baseline_")
    drawn = effects[from_start & ~effects["display_tier"].isin(["counts", "mean_only"])]
    if len(drawn):
        st.header("Before and after")
        show_chart(charts.before_after_chart(drawn, scale))
        st.caption(
            "Circle: average at the start. Diamond: average later. The bar shows how sure we can "
            "be of the change. Each line has its own people: those who answered both times."
        )
    if counted:
        st.header("Who clearly changed")
        show_chart(charts.change_classes_chart(matching[0], unit))
        st.caption(plain(wording.recovery_sentence(matching[0], unit)))
    with st.expander("How far these numbers go"):
        for line in _context(main, unit):
            st.markdown(plain(line))
    with st.expander("How this was worked out"):
        explain_measure(results, instrument, scale, main, matching[0] if matching else None)


def _waits_for_a_look(site: str, measure: str) -> bool:
    """Whether something speaks against the measure's direction and nobody has looked yet."""
    found = load_contradictions(site).get(measure)
    if found is None:
        return False
    st.warning(plain(found.sentence))
    looked = st.checkbox(
        "I have compared the answers with the form: they are coded as it says",
        key=f"looked_{site}_{measure}",
    )
    return not looked


def _context(main: dict, unit: tuple[str, str]) -> list[str]:
    """What a group of this size can show, and what happens without support."""
    if unit != PERSON_UNIT or main["n"] < 1:
        return [context_wording.NOT_CAUSED]
    share = main["n_effective"] / main["n"] if main["n_effective"] else 1.0
    found = site_precision(
        n=int(main["n"]), n_couples=int(main["n_couples"]), deff=1 / share if share > 0 else 1.0
    )
    lines = [context_wording.precision_sentence(found)]
    lines.append(context_wording.natural_change_sentence(main["g_pre"]))
    return [line for line in lines if line]


def _heard_from(results: Results, site: str) -> str:
    """The sentence on the last follow-up that anything has come in from."""
    cascade = _cascade(results, site)
    later = cascade[~cascade["step"].isin(["referred", "took_up", "baseline"])]
    answered = later[later["done"] > 0]
    return wording.follow_up_sentence(answered.iloc[-1].to_dict()) if len(answered) else ""


def _cascade(results: Results, site: str) -> pd.DataFrame:
    table = results.attrition
    return table[(table["site"] == site) & (table["unit"] == "person")]


def _show_follow_up(results: Results, site: str) -> None:
    cascade = steps_in_use(_cascade(results, site))
    if cascade["rate"].notna().any():
        st.header("Who we heard from")
        show_chart(charts.attrition_chart(cascade))


def _show_everything(results: Results, site: str) -> None:
    effects = parents_effects(results, site)
    effects = effects[effects["n"] > 0]
    st.header("All measures")
    if effects.empty:
        st.markdown("Nobody has answered a questionnaire twice yet.")
        return
    contrast = st.selectbox(
        "From when to when", list(effects["contrast"].unique()), format_func=wording.contrast_name
    )
    effects = effects[effects["contrast"] == contrast]
    changes = tables.changes(effects, results.instruments)
    show_table(changes, about=f"Average change of every measure at {site}")
    change = results.reliable_change
    change = change[(change["site"] == site) & (change["contrast"] == contrast)]
    with st.expander("Who clearly changed, on every measure"):
        individual = tables.individual_change(change, results.instruments)
        show_table(individual, about=f"How many people clearly changed at {site}")
    with st.expander("More statistics"):
        st.markdown(plain(_consistency(results, site, contrast)))
        spread = tables.spread(effects, results.instruments)
        sizes = tables.effect_sizes(effects, results.instruments)
        if spread.empty:
            st.markdown("There are too few people for statistics.")
        else:
            show_table(spread, about=f"Numbers and spread of every measure at {site}")
            show_table(sizes, about=f"Effect sizes and tests of every measure at {site}")
    show_talking_therapies(results, site)
    show_added_value(results, site)


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


found = need_results()
chosen = choose_site(found)
if chosen != ALL_SITES:
    show_site(found, chosen)
