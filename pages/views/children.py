"""What changed for children, and what else a site counts beside its questionnaires."""

from __future__ import annotations

import streamlit as st

from evaluation.programme import Results
from evaluation.report import wording
from evaluation.report.measures import CHILD_UNIT, main_contrast, parents_effects
from pages.shell import tables
from pages.shell.indicators import show_indicators
from pages.shell.loaders import load_contradictions
from pages.shell.navigation import SITE, link_to
from pages.shell.outcomes import show_added_value
from pages.shell.widgets import choose_site, need_results, plain, say_data_lock, show_table


def show_children(results: Results, site: str) -> None:
    """Questionnaires about children before and after, the main score of each in words first."""
    st.header("Children: before and after")
    effects = parents_effects(results, site)
    about_child = {i.id for i in results.instruments.values() if i.about_child}
    effects = effects[effects["instrument"].isin(about_child)]
    if effects.empty:
        st.info("No questionnaire about a child has come in from this site.")
        return
    for name in dict.fromkeys(effects["instrument"]):
        _show_questionnaire(results, site, str(name))
    show_added_value(results, site)


def _show_questionnaire(results: Results, site: str, name: str) -> None:
    instrument = results.instruments[name]
    effects = parents_effects(results, site)
    effects = effects[effects["instrument"] == name]
    main = effects[effects["scale"] == instrument.primary_scale]
    row = main_contrast(main if len(main) else effects)
    if row is None:
        return
    scale = instrument.scale(row["scale"])
    doubt = load_contradictions(site).get(f"{name}.{scale.id}")
    if doubt is not None:
        st.warning(plain(doubt.sentence))
        link_to(SITE, "See it on the page of the site")
        return
    lines = wording.effect_sentences(row, scale, unit=CHILD_UNIT)
    st.markdown("\n".join(f"- {plain(line)}" for line in lines))
    st.caption(wording.NOT_CAUSE)
    same = effects[(effects["contrast"] == row["contrast"]) & (effects["n"] > 0)]
    if len(same):
        with st.expander(f"Every score of {instrument.short_name}"):
            changes = tables.changes(same, results.instruments)
            show_table(changes, about=f"Average change of every score of {instrument.short_name}")


found = need_results()
chosen = choose_site(found)
say_data_lock(found)
show_children(found, chosen)
st.header("Counted and yes/no outcomes")
show_indicators(found, chosen)
