"""The same measure at every site, largest site first; side by side, never a league table."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from evaluation.disclosure import release_effects
from evaluation.model import ALL_SITES
from evaluation.report import charts, wording
from pages.shell import tables
from pages.shell.measures import measures_of, rows_of, split
from pages.shell.widgets import need_results, plain, say_data_lock, show_chart, show_table

HOW_TO_READ = (
    "Sites are in order of size, not of result. They worked with different families in different "
    "ways, so a higher number does not mean a better site. Look first at how wide each bar is: "
    "where bars overlap widely, the sites cannot be told apart. A bar that crosses the dotted line "
    "may mean no change at all."
)


def largest_first(effects: pd.DataFrame) -> pd.DataFrame:
    """By rounded number and then name, so that the order gives no exact number away."""
    table = effects.assign(
        size=pd.to_numeric(effects["n"]).fillna(0), shown=effects["improvement"].notna()
    )
    table = table.sort_values(["shown", "size", "site"], ascending=[False, False, True])
    return table.drop(columns=["size", "shown"])


found = need_results()
say_data_lock(found)
effects = found.effects
effects = effects[(effects["site"] != ALL_SITES) & (effects["subgroup"] == "")]
effects = release_effects(effects[effects["n"] > 0], found.settings.disclosure)
if effects.empty:
    st.info("Nobody has answered a questionnaire twice yet.")
    st.stop()
measures = [m for m in measures_of(found.effects) if len(rows_of(effects, m))]
# What most sites use first; scales that may not be a headline last.
measures.sort(
    key=lambda m: (
        not split(m, found.instruments)[1].may_be_headline,
        -rows_of(effects, m)["site"].nunique(),
    )
)
measure = st.selectbox(
    "Measure", measures, format_func=lambda m: split(m, found.instruments)[1].label
)
rows = rows_of(effects, measure)
contrast = st.selectbox(
    "From when to when", list(rows["contrast"].unique()), format_func=wording.contrast_name
)
rows = largest_first(rows[rows["contrast"] == contrast])
scale = split(measure, found.instruments)[1]
st.header(scale.label)
if scale.better == "neither":
    st.info(wording.reason_text("NO_DIRECTION"))
elif rows["improvement"].notna().any():
    chart = charts.forest_chart(rows, scale)
    show_chart(chart)
    st.markdown(plain(chart.finding))
else:
    st.info("Every site is too small to be shown here.")
st.markdown(HOW_TO_READ)
show_table(tables.across_sites(rows), about=f"{scale.label}, site by site")
st.caption(f"{wording.released_text(found.settings.disclosure)} {wording.NOT_CAUSE}")
