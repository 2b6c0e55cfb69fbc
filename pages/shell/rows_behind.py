"""What stands behind a headline: its formulas with their sources, and the rows it is made of."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from evaluation.config import site_id
from evaluation.programme import Results
from evaluation.provenance import rows_behind
from evaluation.report import provenance_wording
from evaluation.report.formulas import NOTATION, citation_text, formula_of
from evaluation.report.measures import unit_of
from evaluation.report.tables import csv_bytes
from evaluation.report.wording import contrast_name
from instruments.definition import Instrument, Scale
from pages.shell.downloads import CSV, File, offer_own
from pages.shell.widgets import plain, show_table

MOST_ROWS_SHOWN = 25
# The numbers that a headline and the line on clear change are made of.
HEADLINE = (
    ("effects", "improvement"), ("effects", "improvement_low"), ("effects", "g_pre"),
    ("effects", "g_pre_low"), ("reliable_change", "rc_points"), ("reliable_change", "recovered"),
    ("reliable_change", "recovery_rate"),
)  # fmt: skip


def show_formulas() -> None:
    """Formula and source of the headline numbers."""
    entries = [formula_of(*place) for place in HEADLINE]
    table = pd.DataFrame(
        [
            {"Number": one.name, "Formula": one.formula, "Source": citation_text(one)}
            for one in entries
        ]
    )
    st.markdown("**The formulas.**")
    show_table(table.map(plain), about="Formula and source of each number at the top of this page")
    st.caption(plain(NOTATION))


def show_rows(
    results: Results, site: str, instrument: Instrument, scale: Scale, contrast: str
) -> None:
    """Everybody with the earlier score: who is in the numbers, who is not and why, and a file."""
    measure = f"{instrument.id}.{scale.id}"
    rows = rows_behind(results, site=site, measure=measure, contrast=contrast)
    if rows.empty:
        return
    unit = unit_of(instrument)
    st.markdown(f"**The rows behind it.** {plain(provenance_wording.rows_sentence(rows, unit))}")
    reasons = provenance_wording.left_out_sentences(rows, unit)
    st.markdown("\n".join(f"- {plain(line)}" for line in reasons))
    _show_part(provenance_wording.people_used(rows, instrument), f"Who is in the numbers of {site}")
    _show_part(
        provenance_wording.people_left_out(rows, instrument),
        f"Who is left out of the numbers of {site}, and why",
    )
    name = f"rows_{site_id(site)}_{instrument.id}_{scale.id}_{contrast}.csv"
    offer_own(
        "Download these rows",
        lambda _stamp: rows_csv(rows),
        File(name, CSV, "rows_behind", site),
        key=f"rows_{site}_{measure}_{contrast}",
        help=f"{scale.label}, {contrast_name(contrast)}, one line for each person. It is about "
        "single people, so it stays with the site.",
    )


def rows_csv(rows: pd.DataFrame) -> bytes:
    """The rows as a file that spreadsheet programs open, with the reason in words."""
    words = [provenance_wording.why_not_text(row) for row in rows.to_dict("records")]
    return b"\xef\xbb\xbf" + csv_bytes(rows.assign(why_not_in_words=words))


def _show_part(table: pd.DataFrame, about: str) -> None:
    if table.empty:
        return
    st.markdown(f"{plain(about)}:")
    show_table(table.head(MOST_ROWS_SHOWN).map(plain), about=about)
    if len(table) > MOST_ROWS_SHOWN:
        st.caption(
            f"The first {MOST_ROWS_SHOWN} of {len(table)}. The file below holds all of them."
        )
