"""How support was used: take-up, sessions, endings, opinions, sessions beside change, and cost."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from evaluation.model import ALL_SITES
from evaluation.programme import Results
from evaluation.report import dose_wording, service_lines, service_wording, wording
from evaluation.tables.costs import cost_row
from evaluation.tables.dose import SLOPE
from pages.shell.loaders import load_table
from pages.shell.widgets import need_results, plain, say_data_lock, show_table, site_or_programme

NO_SERVICE_USE = (
    "Nothing is known about the use of support here. It comes from the sheet 'service_use' of the "
    "spreadsheet: one row for each person, with referral, sessions, hours and how support ended."
)
BY_SITE = (
    "Sites are in order of size. They worked with different families in different ways, so a "
    "higher number does not mean a better site. Where few people are behind a number, or it would "
    "give another one away, it is hidden."
)


def show_service_use(results: Results, site: str) -> None:
    """One site's own numbers, or those of all sites as far as they may be seen together."""
    together = site == ALL_SITES
    table = load_table("service_use", None if together else site)
    figures = _figures(table, site)
    if not figures:
        st.info(NO_SERVICE_USE)
    else:
        if together:
            st.caption(plain(wording.released_text(results.settings.disclosure)))
        _show_lines("Take-up and sessions", service_wording.service_sentences(figures))
        _show_lines("How support ended", service_wording.ending_sentences(figures))
        _show_lines("What people thought", service_wording.opinion_sentences(figures))
        st.caption(wording.NOT_CAUSE)
        if together:
            _show_sites(table)
    _show_dose(results, site)
    if not together:
        _show_cost(results, site)
    if figures:
        with st.expander("Every figure, with intervals"):
            lines = [service_lines.figure_line(row) for row in figures.values()]
            show_table(_filled(lines), about=f"Every figure on the use of support, {site}")
            st.caption(plain(service_wording.HOW_COUNTED))


def _figures(table: pd.DataFrame, site: str) -> dict[str, dict]:
    rows = table[table["site"] == site].to_dict("records")
    return {row["measure"]: row for row in rows}


def _show_lines(heading: str, lines: list[str]) -> None:
    if lines:
        st.header(heading)
        st.markdown("\n".join(f"- {plain(line)}" for line in lines))


def _filled(lines: list[dict[str, str]]) -> pd.DataFrame:
    """The lines without the columns in which nothing stands, safe to show as they are."""
    table = pd.DataFrame(lines)
    return table.loc[:, (table != "").any()].map(plain)


def _show_sites(table: pd.DataFrame) -> None:
    referred = table[(table["measure"] == "referrals") & (table["site"] != ALL_SITES)]
    # By rounded number and then name, so that the order gives no exact number away.
    size = pd.to_numeric(referred["value"]).fillna(0)
    names = referred.assign(size=size).sort_values(["size", "site"], ascending=[False, True])
    st.header("Site by site")
    st.markdown(BY_SITE)
    lines = [service_lines.site_line(name, _figures(table, name)) for name in names["site"]]
    show_table(_filled(lines), about="Use of support, site by site")


def _show_dose(results: Results, site: str) -> None:
    """Sessions beside change from start to end, or to the first later time there is."""
    together = site == ALL_SITES
    table = load_table("dose", None if together else site)
    table = table[table["site"] == site]
    if table.empty:
        return
    table = table[table["contrast"] == table["contrast"].iloc[0]]
    line = table[table["row"] == SLOPE].iloc[0].to_dict()
    scale = results.instruments[line["instrument"]].scale(line["scale"])
    st.header("Sessions and change")
    sentences = dose_wording.dose_sentences(line, scale)
    if together:
        sentences.append(dose_wording.DOSE_ACROSS_SITES)
    st.markdown("\n".join(f"- {plain(sentence)}" for sentence in sentences))
    bands = table[(table["row"] != SLOPE) & (table["reason"] != "SUPPRESSED")]
    if len(bands):
        when = wording.contrast_name(line["contrast"])
        st.markdown(plain(f"{scale.label}, {when[:1].lower() + when[1:]}:"))
        lines = [dose_wording.band_line(row) for row in bands.to_dict("records")]
        show_table(_filled(lines), about=f"Change of {scale.label} by sessions attended")
    with st.expander("How sessions were set beside change"):
        st.markdown(plain(dose_wording.DOSE_METHOD))


def _show_cost(results: Results, site: str) -> None:
    st.header("Cost")
    cost = results.settings.cost_of(site)
    if cost is None:
        cost = st.number_input(
            f"What did the support at {plain(site)} cost in all, in pounds?",
            min_value=0.0,
            value=None,
            step=1000.0,
            format="%.0f",
            placeholder="For example 50000",
            key=f"cost_{site}",
            help="For this page only: it is not stored. A rule file can hold it under 'costs'.",
        )
    if cost:
        lines = dose_wording.cost_sentences(cost_row(results, site, float(cost)))
        st.markdown("\n".join(f"- {plain(line)}" for line in lines))


found = need_results()
say_data_lock(found)
chosen = site_or_programme(found, "Whose support?")
show_service_use(found, chosen)
