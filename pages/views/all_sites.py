"""The same measure at every site, largest site first; side by side, never a league table."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from evaluation.comparisons import SiteComparison
from evaluation.config import DisclosureRule
from evaluation.programme import Results
from evaluation.report import charts, comparison_wording, wording
from instruments.definition import Scale
from pages.shell.explain import help_text
from pages.shell.loaders import load_sites
from pages.shell.measures import rows_of, sites_with_data, split
from pages.shell.navigation import COMPARE, GO, QUALITY, page_path
from pages.shell.widgets import need_results, plain, say_data_lock, show_chart, show_table


def measures_by_use(sites: pd.DataFrame, results: Results) -> list[str]:
    """What most sites use first; scales that may not be a headline last."""
    names = sites["instrument"] + "." + sites["scale"]
    used_by = sites["site"].groupby(names, sort=False).nunique()
    return sorted(
        used_by.index,
        key=lambda m: (not split(m, results.instruments)[1].may_be_headline, -used_by[m]),
    )


def largest_first(sites: pd.DataFrame) -> pd.DataFrame:
    """By rounded number and then name, so that the order gives no exact number away."""
    table = sites.assign(
        size=pd.to_numeric(sites["n"]).fillna(0), shown=sites["improvement"].notna()
    )
    table = table.sort_values(["shown", "size", "site"], ascending=[False, False, True])
    return table.drop(columns=["size", "shown"])


def choose_rows(compared: SiteComparison, results: Results) -> tuple[pd.DataFrame, Scale]:
    """The sites on one measure, from one time to another."""
    measure = st.selectbox(
        "Measure",
        measures_by_use(compared.sites, results),
        format_func=lambda m: split(m, results.instruments)[1].label,
    )
    rows = rows_of(compared.sites, measure)
    contrast = st.selectbox(
        "From when to when", list(rows["contrast"].unique()), format_func=wording.contrast_name
    )
    scale = split(measure, results.instruments)[1]
    return largest_first(rows[rows["contrast"] == contrast]), scale


def row_beside(table: pd.DataFrame, site: pd.Series) -> dict | None:
    """The row of a table over sites that belongs to the measure of a site's row."""
    for name in ("instrument", "scale", "contrast"):
        table = table[table[name] == site[name]]
    return None if table.empty else table.iloc[0].to_dict()


def show_sites(rows: pd.DataFrame, compared: SiteComparison, scale: Scale) -> None:
    """The sites with their average, and what to think of before judging one."""
    pool = row_beside(compared.average, rows.iloc[0])
    if pool is None or not rows["improvement"].notna().any():
        st.info("Every site is too small to be shown here.")
        return
    chart = charts.sites_chart(rows, pool, scale)
    show_chart(chart)
    lines = [
        comparison_wording.average_sentence(pool, scale),
        comparison_wording.spread_of_sites_sentence(pool),
        comparison_wording.HOW_TO_READ_BARS,
    ]
    st.markdown("\n".join(f"- {plain(line)}" for line in lines if line))


def show_funnel(rows: pd.DataFrame, compared: SiteComparison, scale: Scale) -> None:
    """The sites by size, where there are enough of them to tell chance from more."""
    pool = row_beside(compared.average, rows.iloc[0])
    spread = row_beside(compared.spread, rows.iloc[0])
    if pool is None or spread is None or not wording.is_known(pool["estimate"]):
        return
    st.header(
        "Do sites differ by more than chance?", help=help_text("differences between sites")
    )
    chart = charts.funnel_chart(
        rows, average=float(pool["estimate"]), spread=float(spread["spread"]), scale=scale
    )
    show_chart(chart)
    st.markdown(f"{plain(chart.finding)}\n\n{comparison_wording.HOW_TO_READ_FUNNEL}")
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
chosen, of_scale = choose_rows(comparison, found)
st.header(of_scale.label)
released_by = found.settings.disclosure
say_who_is_compared(chosen, found, released_by)
if of_scale.better == "neither":
    st.info(wording.reason_text("NO_DIRECTION"))
else:
    show_sites(chosen, comparison, of_scale)
    show_funnel(chosen, comparison, of_scale)
st.header("Site by site", help=help_text("hidden"))
lines_of_table = [comparison_wording.site_line(row) for row in chosen.to_dict("records")]
show_table(pd.DataFrame(lines_of_table).map(plain), about=f"{of_scale.label}, site by site")
st.caption(comparison_wording.HEARD_FROM)
st.page_link(page_path(COMPARE), label="Compare periods, kinds of support and groups", icon=GO)
st.page_link(page_path(QUALITY), label="How good are the answers to this questionnaire?", icon=GO)
st.caption(f"{wording.released_text(released_by)} {wording.NOT_CAUSE}")
