"""The answers themselves: do they go together, which questions were left out, and what then."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from evaluation.config import DisclosureRule
from evaluation.model import ALL_SITES
from evaluation.programme import Results
from evaluation.quality import AnswerQuality, occasions
from evaluation.report import quality_wording, wording
from evaluation.report.measures import unit_of
from instruments.definition import Scale
from pages.shell import tables
from pages.shell.loaders import load_quality, once
from pages.shell.navigation import INSTRUMENTS, link_to
from pages.shell.widgets import need_results, plain, say_data_lock, show_table, site_or_programme

MOST_SENTENCES, MOST_ROWS = 3, 10


def choose_answers(results: Results) -> AnswerQuality | None:
    """One questionnaire at one point in time, at one site or at all; ``None`` without answers."""
    chosen = site_or_programme(results, "Whose answers?")
    site = None if chosen == ALL_SITES else chosen
    scores = results.scores
    filled_in = once(
        ("occasions", chosen),
        lambda: occasions(scores if site is None else scores[scores["site"] == site]),
    )
    if not filled_in:
        st.info("Only given scores have come in here, no answers to single questions.")
        return None
    name = st.selectbox(
        "Questionnaire", list(filled_in), format_func=lambda n: results.instruments[n].short_name
    )
    wave = st.selectbox("When", filled_in[name], format_func=wording.wave_title)
    return load_quality(site, name, wave)


def show_quality(quality: AnswerQuality, rule: DisclosureRule) -> None:
    many = unit_of(quality.instrument)[1]
    when = wording.wave_name(quality.wave)
    st.header(plain(f"{quality.instrument.short_name}, {when}"))
    whose = quality_wording.whose_answers(
        n=quality.n,
        n_couples=quality.n_couples,
        many=many,
        practitioners=quality.practitioners,
        hidden=quality.hidden,
    )
    st.markdown(whose)
    if quality.hidden:
        st.caption(wording.released_text(rule))
    if quality.n:
        show_skipped(quality, many)
        show_filling(quality)
        show_consistency(quality)
    link_to(INSTRUMENTS, "How this questionnaire is scored, with sources")


def show_skipped(quality: AnswerQuality, many: str) -> None:
    st.header("Which questions were left out")
    lines = quality_wording.skipped_sentences(quality.items, many=many, most=MOST_SENTENCES)
    st.markdown("\n".join(f"- {plain(line)}" for line in lines))
    table = tables.skipped_questions(quality.items, most=MOST_ROWS)
    if len(table):
        show_table(table, about="The questions left out most often")


def show_filling(quality: AnswerQuality) -> None:
    st.header("What filling in gaps would change")
    main = main_scale(quality)
    row = row_of(quality.scales, main)
    st.markdown(plain(quality_wording.filling_sentence(row, main.label)))
    st.caption(
        "Results use a published rule for missing answers where there is one, and otherwise only "
        "questionnaires with every answer. Our own rule (up to one answer in five may be missing) "
        "is used only if the rule file asks for it."
    )
    if len(quality.scales) > 1:
        with st.expander("Every score of this questionnaire: gaps"):
            show_table(tables.filling_gaps(quality).map(plain), about="Gaps in every score")


def show_consistency(quality: AnswerQuality) -> None:
    st.header("How well the questions go together")
    main = main_scale(quality)
    row = row_of(quality.reliability, main)
    st.markdown(plain(quality_wording.consistency_sentence(row, main.label)))
    st.caption(quality_wording.ALPHA_SOURCES)
    with st.expander("Every score of this questionnaire: alpha and omega"):
        show_table(tables.consistency(quality).map(plain), about="Alpha and omega of every score")


def main_scale(quality: AnswerQuality) -> Scale:
    """The scale to speak of: the main one if it has the figure, else the first that has."""
    instrument = quality.instrument
    known = quality.reliability.loc[quality.reliability["alpha"].notna(), "scale"].tolist()
    candidates = known or [scale.id for scale in instrument.scales]
    main = instrument.primary_scale
    return instrument.scale(main if main in candidates else candidates[0])


def row_of(table: pd.DataFrame, scale: Scale) -> dict:
    return table[table["scale"] == scale.id].iloc[0].to_dict()


found = need_results()
say_data_lock(found)
chosen = choose_answers(found)
if chosen is not None:
    show_quality(chosen, found.settings.disclosure)
