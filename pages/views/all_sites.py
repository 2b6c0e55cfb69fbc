"""The same measure at every site, largest site first; side by side, never a league table."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from evaluation.comparisons import MeasureComparison, SiteComparison
from evaluation.config import DisclosureRule
from evaluation.programme import Results
from evaluation.report import comparison_wording, wording
from evaluation.report.charts import Chart
from evaluation.report.measures import rows_of, sites_with_data, split
from instruments.definition import Scale
from pages.shell.explain import help_text
from pages.shell.held_back import say_held_back
from pages.shell.loaders import load_site_charts, load_sites
from pages.shell.navigation import COMPARE, QUALITY, link_to
from pages.shell.widgets import need_results, plain, say_data_lock, show_chart, show_table


def measures_by_use(sites: pd.DataFrame, results: Results) -> list[str]:
    """What most sites use first; scales that may not be a headline last."""
    names = sites["instrument"] + "." + sites["scale"]
    used_by = sites["site"].groupby(names, sort=False).nunique()
    return sorted(
        used_by.index,
        key=lambda m: (not split(m, results.instruments)[1].may_be_headline, -used_by[m]),
    )


def choose_measure(compared: SiteComparison, results: Results) -> tuple[str, str, str]:
    """Instrument, scale and contrast."""
    measure = st.selectbox(
        "Measure",
        measures_by_use(compared.sites, results),
        format_func=lambda m: split(m, results.instruments)[1].label,
    )
    rows = rows_of(compared.sites, measure)
    known = [
        name for name in results.effects["contrast"].unique() if (rows["contrast"] == name).any()
    ]
    contrast = st.selectbox("From when to when", known, format_func=wording.contrast_name)
    instrument, scale = measure.split(".", 1)
    return instrument, scale, contrast


def show_sites(compared: MeasureComparison, drawn: list[Chart], scale: Scale) -> None:
    """The sites with their average, and what to think of before judging one."""
    if compared.pool is None or not drawn:
        st.info("Every site is too small to be shown here.")
        return
    show_chart(drawn[0])
    lines = [
        comparison_wording.average_sentence(compared.pool, scale),
        comparison_wording.spread_of_sites_sentence(compared.pool),
        comparison_wording.HOW_TO_READ_BARS,
    ]
    st.markdown("\n".join(f"- {plain(line)}" for line in lines if line))
    if len(drawn) > 1:
        st.header("Do sites differ by more than chance?", help=help_text("funnel"))
        show_chart(drawn[1])
        st.markdown(f"{plain(drawn[1].finding)}\n\n{comparison_wording.HOW_TO_READ_FUNNEL}")
        st.caption(comparison_wording.HOW_A_POSITION_IS_JUDGED)


def say_who_is_compared(rows: pd.DataFrame, results: Results, rule: DisclosureRule) -> None:
    """How many sites used this scale, and how many of them are hidden."""
    n_hidden = int(rows["improvement"].isna().sum())
    lines = [
        comparison_wording.used_by_sentence(len(rows), len(sites_with_data(results))),
        comparison_wording.NO_LEAGUE_TABLE,
        comparison_wording.not_shown_sentence(n_hidden, rule),
    ]
    st.markdown(" ".join(line for line in lines if line))
    if len(rows) == 1:
        st.info(comparison_wording.ONE_SITE_ONLY)


found = need_results()
say_data_lock(found)
comparison = load_sites()
if comparison.sites.empty:
    st.info("Nobody has answered a questionnaire twice yet.")
    st.stop()
place = choose_measure(comparison, found)
chosen = comparison.of_measure(*place)
of_scale = found.instruments[place[0]].scale(place[1])
released_by = found.settings.disclosure
st.header(of_scale.label)
say_held_back(found, f"{place[0]}.{place[1]}")
say_who_is_compared(chosen.sites, found, released_by)
if of_scale.better == "neither":
    st.info(wording.reason_text("NO_DIRECTION"))
else:
    show_sites(chosen, load_site_charts(*place), of_scale)
st.header("Site by site", help=help_text("heard from"))
lines_of_table = [comparison_wording.site_line(row) for row in chosen.sites.to_dict("records")]
show_table(pd.DataFrame(lines_of_table).map(plain), about=f"{of_scale.label}, site by site")
st.caption(comparison_wording.HEARD_FROM)
link_to(COMPARE, "Compare periods, kinds of support and groups")
link_to(QUALITY, "How good are the answers to this questionnaire?")
st.caption(f"{wording.released_text(released_by)} {wording.NOT_CAUSE}")
