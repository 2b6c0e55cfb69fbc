"""One questionnaire over all sites and times: what it measures, the start, and the change."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from evaluation.disclosure import SUPPRESSED, release_effects
from evaluation.model import ALL_SITES
from evaluation.programme import Results
from evaluation.report import charts, comparison_wording, wording
from evaluation.report.measures import measures_of, parents_effects, rows_of, split, unit_of
from instruments.definition import Instrument, Scale
from pages.shell import tables
from pages.shell.held_back import say_held_back
from pages.shell.loaders import load_start
from pages.shell.navigation import ALL_SITES as SITES_PAGE
from pages.shell.navigation import COMPARE, INSTRUMENTS, QUALITY, link_to
from pages.shell.widgets import need_results, plain, say_data_lock, show_chart, show_table

AT_THE_START = wording.wave_name("baseline")


def choose_measure(results: Results) -> str:
    """A questionnaire, and where it has several scores one of them."""
    measures = measures_of(parents_effects(results, ALL_SITES))
    names = list(dict.fromkeys(measure.split(".", 1)[0] for measure in measures))
    name = st.selectbox(
        "Questionnaire", names, format_func=lambda n: results.instruments[n].short_name
    )
    own = [measure for measure in measures if measure.split(".", 1)[0] == name]
    main = f"{name}.{results.instruments[name].primary_scale}"
    if len(own) == 1:
        return own[0]
    return st.selectbox(
        "Score",
        own,
        index=own.index(main) if main in own else 0,
        format_func=lambda m: split(m, results.instruments)[1].label,
    )


def show_what_it_measures(instrument: Instrument, scale: Scale) -> None:
    st.header(scale.label)
    lines = comparison_wording.measures_sentences(instrument, scale)
    st.markdown("\n\n".join(plain(line) for line in lines))
    link_to(INSTRUMENTS, "How it is scored, with its sources")


def show_start(ranges: pd.DataFrame, scale: Scale, unit: wording.Unit) -> None:
    """How scores lie at the start, in ranges that hold enough people each."""
    st.header("Where people started")
    if ranges.empty:
        st.info("Too few people answered at the start for this to be shown.")
        return
    show_chart(charts.score_ranges_chart(ranges, scale, when=AT_THE_START, unit=unit))
    total = float(ranges["n"].sum())
    table = pd.DataFrame(
        {
            "Score": comparison_wording.range_names(ranges, scale),
            "Number": [wording.count(n) for n in ranges["n"]],
            "Share": [wording.percent(n / total) for n in ranges["n"]],
        }
    )
    show_table(table, about=f"{scale.label} {AT_THE_START}, {unit[1]} in each range of scores")
    st.caption(
        f"Ranges with only a few {unit[1]} are joined with their neighbours, so some are "
        "wider than others."
    )


def show_answers(waves: pd.DataFrame, unit: wording.Unit) -> None:
    st.header("Who answered when")
    order = [wave for wave in ("baseline", "mid", "end", "3m", "6m") if wave in set(waves["wave"])]
    order += [wave for wave in waves["wave"] if wave not in order]
    by_wave = waves.set_index("wave").loc[order]
    table = pd.DataFrame(
        {
            "When": [wording.wave_title(wave) for wave in order],
            wording.capital(unit[1]): [
                wording.count(n) if wording.is_known(n) else "few" for n in by_wave["n"]
            ],
            "Sites": [wording.count(n) for n in by_wave["n_sites"]],
        }
    )
    show_table(table, about="How many have a score at each time")


def show_change(effects: pd.DataFrame, scale: Scale, results: Results, unit: wording.Unit) -> None:
    """The change from each time to each other, of everybody with both scores."""
    st.header("What changed")
    if effects.empty:
        st.info("Nobody has answered this questionnaire twice yet.")
        return
    shown = effects[effects["reason"] != SUPPRESSED]
    if shown.empty:
        st.info(wording.reason_text(SUPPRESSED))
        return
    if scale.better == "neither":
        st.info(wording.reason_text("NO_DIRECTION"))
    else:
        chart = charts.before_after_chart(shown, scale)
        show_chart(chart)
        first = shown.iloc[0].to_dict()
        said = wording.effect_sentences(first, scale, unit=unit)
        st.markdown("\n\n".join(plain(sentence) for sentence in said))
    lines = tables.changes(shown, results.instruments)
    times = [wording.contrast_name(contrast) for contrast in shown["contrast"]]
    lines = lines.drop(columns="Measure", errors="ignore")
    if "When" not in lines:
        lines.insert(0, "When", times)
    show_table(lines.map(plain), about=f"{scale.label}, change from time to time")
    if len(shown) < len(effects):
        st.caption("A change that rests on few people is left out, to protect them.")


found = need_results()
say_data_lock(found)
if parents_effects(found, ALL_SITES).empty:
    st.info("No questionnaire has a score at the start yet.")
    st.stop()
measure = choose_measure(found)
questionnaire, of_scale = split(measure, found.instruments)
counted = unit_of(questionnaire)
show_what_it_measures(questionnaire, of_scale)
say_held_back(found, measure)
start, answered = load_start(questionnaire.id, of_scale.id)
show_start(start, of_scale, counted)
show_answers(answered, counted)
everybody = rows_of(parents_effects(found, ALL_SITES), measure)
every_site = rows_of(found.effects, measure)
released = release_effects(every_site, found.settings.disclosure).loc[everybody.index]
show_change(released[everybody["n"] > 0], of_scale, found, counted)
st.header("Look further")
link_to(SITES_PAGE, "This measure, site by site")
link_to(COMPARE, "Periods, kinds of support and groups of people")
link_to(QUALITY, "How good are the answers?")
st.caption(
    f"All sites together. {wording.released_text(found.settings.disclosure)} {wording.NOT_CAUSE}"
)
