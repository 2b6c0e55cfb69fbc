"""Who was heard from at each step, at one site or everywhere; what is not due is no loss."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from evaluation.disclosure import release_attrition
from evaluation.model import ALL_SITES
from evaluation.programme import Results
from evaluation.report import charts, wording
from pages.shell import tables
from pages.shell.measures import steps_in_use
from pages.shell.widgets import (
    choose_site,
    need_results,
    plain,
    say_data_lock,
    show_chart,
    show_table,
)

ONE_SITE, PROGRAMME = "One site", "All sites together"
UNITS = {
    "person": "People",
    "couple": "Couples (at least one partner answered)",
    "couple_both": "Couples (both partners answered)",
}
STATES = (
    "**Yes**: they took up support, or they answered. **No**: they did not, and the time has "
    "passed. **Can still answer**: due now. **Not due yet**: support has not ended, or not long "
    "enough ago, or nobody noted when it ended; nobody who is not due yet counts as lost. **Not "
    "asked**: no questionnaire at the start, withdrew, or left for safeguarding reasons."
)


def show_cascade(table: pd.DataFrame, *, heading: str) -> None:
    st.header(heading)
    drawn = steps_in_use(table)
    if drawn["rate"].notna().any():
        show_chart(charts.attrition_chart(drawn))
    unused = [wording.wave_name(s) for s in table["step"] if s not in set(drawn["step"])]
    sentences = [wording.follow_up_sentence(row) for row in drawn.to_dict("records")]
    if unused:
        sentences.append(f"This site does not seem to ask {wording.joined(unused)}.")
    st.markdown("\n".join(f"- {plain(sentence)}" for sentence in sentences))
    show_table(tables.follow_up(drawn), about=f"{heading}: what became of everybody at each step")


def say_unknown_ends(results: Results, site: str) -> None:
    """People of whom nobody noted when support ended: when they are due cannot be said."""
    states = results.states
    mine = states[(states["site"] == site) & (states["reason"] == "no_end_date")]
    n = len(mine[["site", "participant"]].drop_duplicates())
    if n:
        st.markdown(
            f"For {wording.people(n)} nobody noted when support ended, so it cannot be said when "
            "they are due. They are among those not due yet, and the shares may be too high."
        )


def rows_for(results: Results, site: str) -> pd.DataFrame:
    table = results.attrition[results.attrition["site"] == site]
    if site == ALL_SITES:
        table = release_attrition(table, results.settings.disclosure)
    return table


found = need_results()
say_data_lock(found)
whose = st.radio("Whose follow-up?", [ONE_SITE, PROGRAMME], horizontal=True)
site = choose_site(found) if whose == ONE_SITE else ALL_SITES
rows = rows_for(found, site)
if rows.empty:
    st.info("Nobody has been referred or has answered yet.")
else:
    if site == ALL_SITES:
        st.caption("Numbers are to the nearest 5; where few are behind a number it is hidden.")
    unit = st.radio("Count", list(UNITS), format_func=UNITS.__getitem__)
    show_cascade(rows[rows["unit"] == unit], heading=UNITS[unit])
    if site != ALL_SITES:
        say_unknown_ends(found, site)
    st.caption(STATES)
    st.caption(
        "Shares have a 95% interval (Wilson). Take-up is a share of all who were referred, the "
        "start a share of those who took up support, and later ones a share of those whose time "
        f"has passed. {wording.NOT_CAUSE}"
    )
