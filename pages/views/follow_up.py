"""Who was heard from at each step, at one site or everywhere; what is not due is no loss."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pandas as pd
import streamlit as st

from evaluation.config import site_id
from evaluation.model import ALL_SITES
from evaluation.programme import Results
from evaluation.report import flow_wording, wording
from evaluation.report.charts import Chart
from evaluation.report.measures import steps_in_use
from evaluation.report.pictures import png_bytes, svg_bytes
from evaluation.store.releases import FAIL
from pages.shell import tables
from pages.shell.downloads import File, Stamp, offer_release
from pages.shell.explain import help_text
from pages.shell.follow_up_pictures import (
    Flow,
    count_unknown_ends,
    follow_up_rows,
    load_flow,
    load_shares_picture,
)
from pages.shell.lost import show_gaps, show_lost
from pages.shell.navigation import DUE, link_to
from pages.shell.releasing import say_decision
from pages.shell.widgets import (
    PROGRAMME,
    need_results,
    plain,
    say_data_lock,
    show_chart,
    show_table,
    site_or_programme,
)

UNITS = {
    "person": "People",
    "couple": "Couples (at least one partner answered)",
    "couple_both": "Couples (both partners answered)",
}
NOTHING_LEFT = (
    "Of couples only shares leave a site, to the nearest 5 of every 100. Their numbers beside "
    "those of people could tell of single couples, so no picture of them can be taken along."
)
STATES = (
    "**Yes**: they took up support, or they answered. **No**: they did not, and the time has "
    "passed. **Can still answer**: due now. **Not due yet**: support has not ended, or not long "
    "enough ago, or nobody noted when it ended; nobody who is not due yet counts as lost. **Not "
    "asked**: no questionnaire at the start, withdrew, or left for safeguarding reasons."
)


def show_shares(table: pd.DataFrame, site: str, unit: str) -> None:
    """Of those whose time has come, how many were heard from at each step."""
    st.header("How many were heard from", help=help_text("heard from"))
    drawn = steps_in_use(table)
    picture = load_shares_picture(site, unit)
    if picture is not None:
        show_chart(picture)
    unused = [wording.wave_name(s) for s in table["step"] if s not in set(drawn["step"])]
    counted = drawn[["done", "missed"]].notna().any(axis=None)
    told = drawn if counted else drawn[drawn["step"] != "referred"]
    sentences = [wording.follow_up_sentence(row) for row in told.to_dict("records")]
    if unused:
        sentences.append(f"This site does not seem to ask {wording.joined(unused)}.")
    st.markdown("\n".join(f"- {plain(sentence)}" for sentence in sentences))
    if counted:
        about = f"{UNITS[unit]}: what became of everybody at each step"
        show_table(tables.follow_up(drawn), about=about)


def say_how_counted() -> None:
    st.caption(STATES)
    st.caption(
        "Shares have a 95% interval (Wilson). Take-up is a share of all who were referred, the "
        "start a share of those who took up support, and later ones a share of those whose time "
        f"has passed. {wording.NOT_CAUSE}"
    )


def show_flow(results: Results, site: str, unit: str) -> None:
    """The way of everybody as a diagram, to look at and to take along."""
    flow = load_flow(site, unit)
    if flow.nothing_left and site == ALL_SITES:
        st.caption(NOTHING_LEFT)
        return
    st.header("From referral to the last follow-up", help=help_text("not yet due"))
    show_chart(flow.shown)
    st.caption(" ".join(flow.notes))
    _offer_pictures(results, flow, site=site, unit=unit)


def _offer_pictures(results: Results, flow: Flow, *, site: str, unit: str) -> None:
    """Files travel, so their numbers are always rounded; where that is not enough, none is made."""
    if flow.nothing_left:
        st.caption(NOTHING_LEFT)
        return
    say_decision(site, flow.decision, averages=False)
    if flow.decision.decision == FAIL:
        return
    where = PROGRAMME if site == ALL_SITES else site
    title = f"{where}: from referral to the last follow-up"
    lock = f"{UNITS[unit]}. Data up to {wording.british_date(results.data_lock)}."
    made_up = [wording.SYNTHETIC] if results.synthetic else []
    notes = (lock, *made_up, *flow.notes, flow_wording.ROUNDED_NOTE)
    name = f"{'SYNTHETIC_' if results.synthetic else ''}flow_{site_id(where)}_{unit}"
    with st.container(horizontal=True):
        for label, make, ending, kind in (
            ("Download for slides (PNG)", png_bytes, "png", "image/png"),
            ("Download for print (SVG)", svg_bytes, "svg", "image/svg+xml"),
        ):
            offer_release(
                label,
                partial(_file_of, make, flow.released, title, notes),
                File(f"{name}.{ending}", kind, "flow_diagram", site, averages=False),
                flow.decision,
            )
    if site != ALL_SITES:
        st.caption("Files travel, so small numbers are hidden in them; this page shows them.")


def _file_of(
    make: Callable[..., bytes], chart: Chart, title: str, notes: tuple[str, ...], stamp: Stamp
) -> bytes:
    """A picture that says itself who took it and when."""
    taken = f"Taken by {stamp.by} on {wording.british_date(stamp.at)}."
    return make(chart, title=title, notes=(*notes, taken))


def say_unknown_ends(site: str) -> None:
    """People of whom nobody noted when support ended: when they are due cannot be said."""
    n = count_unknown_ends(site)
    if n:
        st.markdown(
            f"For {wording.people(n)} nobody noted when support ended, so it cannot be said when "
            "they are due. They are among those not due yet, and the shares may be too high."
        )


def link_to_due(site: str) -> None:
    link_to(DUE, f"See who is due at {plain(site)}", site=site)


found = need_results()
say_data_lock(found)
site = site_or_programme(found, "Whose follow-up?")
rows = follow_up_rows("attrition", site)
if rows.empty:
    st.info("Nobody has been referred or has answered yet.")
else:
    if site == ALL_SITES:
        st.caption(wording.released_text(found.settings.disclosure))
    unit = st.radio("Count", list(UNITS), format_func=UNITS.__getitem__)
    show_shares(rows[rows["unit"] == unit], site, unit)
    if site != ALL_SITES:
        say_unknown_ends(site)
        link_to_due(site)
    say_how_counted()
    show_flow(found, site, unit)
    show_lost(found, site)
    show_gaps(found, site)
