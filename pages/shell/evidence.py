"""The evidence card of a site and measure: questions, plain answers, and the yardsticks used."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from evaluation.disclosure.evidence import release_evidence
from evaluation.evidence import THRESHOLDS
from evaluation.programme import Results
from evaluation.report import evidence_wording
from evaluation.report.measures import rows_of
from evaluation.report.wording import capital, released_text
from evaluation.tables.evidence import evidence_table
from pages.shell.widgets import plain, show_table

# One of the three assumed correlations is enough on a card; the table for download has all.
SHOWN_RHO = "0.27"


def show_evidence_card(
    results: Results,
    site: str,
    measure: str,
    contrast: str,
    lost: pd.DataFrame | None,
    *,
    released: bool = False,
) -> None:
    """Draw the card; with ``released`` from numbers that may be seen outside the site.

    Findings are words in a table, so nothing depends on colour. A card of a change that does not
    begin at the start says so.
    """
    rows = evidence_rows(results, site, measure, contrast, lost, released=released)
    if not rows:
        st.markdown("For this pair of times there is no evidence card.")
        return
    card = pd.DataFrame(
        [
            {
                "Question": evidence_wording.ASPECT_QUESTIONS[row["aspect"]],
                "In short": plain(capital(row["finding"])),
                "In plain words": plain(row["sentence"]),
                "Yardstick": plain(evidence_wording.evidence_yardstick(row)),
            }
            for row in rows
        ]
    )
    show_table(card, about=f"How much the result of this measure at {site} can carry")
    st.caption(plain(evidence_wording.CARD_NOTE))
    if released:
        st.caption(plain(released_text(results.settings.disclosure)))
    notes = dict.fromkeys(
        evidence_wording.threshold_note(THRESHOLDS[row["aspect"]])
        for row in rows
        if row["aspect"] in THRESHOLDS
    )
    st.caption("Sources:\n" + "\n".join(f"- {plain(note)}" for note in notes))


def evidence_rows(
    results: Results,
    site: str,
    measure: str,
    contrast: str,
    lost: pd.DataFrame | None,
    *,
    released: bool = False,
) -> list[dict]:
    """The rows of one card, sentences included."""
    # A total beside a single hidden site shows only where all sites are there.
    table = evidence_table(results, lost=lost, only=None if released else [site])
    table = rows_of(table, measure)
    table = table[table["contrast"] == contrast]
    if released:
        table = release_evidence(
            table, results.attrition, results.effects, results.settings.disclosure
        )
    table = table[table["site"] == site]
    repeated = (table["aspect"] == "selection_bias") & (table["detail"] != SHOWN_RHO)
    return evidence_wording.add_sentences(table[~repeated], results.instruments).to_dict("records")
