"""Results as files. What leaves here has its small counts hidden."""

from __future__ import annotations

import io
import json
import zipfile
from functools import partial

import streamlit as st

from evaluation.disclosure import Decision, ReleaseError
from evaluation.model import ALL_SITES
from evaluation.programme import Results
from evaluation.report.research import research_zip
from evaluation.report.wording import british_date, released_text
from pages.shell.downloads import EXCEL, ZIP, File, noted, offer_release, tables_of_all, workbook_of
from pages.shell.loaders import load_since_last, results_key
from pages.shell.navigation import SITE, UPLOAD, link_to
from pages.shell.releasing import prepared, say_decision, say_refused
from pages.shell.widgets import need_results

RESEARCH = "research_export"
WHAT_IS_IN_IT = """
One zip file that explains itself:

- every table as CSV, and all of them in one Excel workbook
- a codebook: every question and scale, how it is scored, which published numbers were used, where
  they come from and how well they are established
- a methods section that says what was done with these data, with numbered references
- charts of the main scales, site by site, to put into a report
"""
WHAT_IS_NOT = (
    "Nothing about single people is in it: no scores, no codes, no SPSS file. So the scripts that "
    "work the numbers out again are left out too, since they need the scores. Whoever keeps the "
    "data can make an export with all of these on their own computer: "
    "`python -m evaluation export --disclosure off --out FOLDER`."
)


def make_research_export(results: Results, key: tuple[object, ...]) -> None:
    """Make the zip file with a bar for how far it is, and keep it for this visit."""
    bar = st.progress(0.0, "Starting …")
    try:
        made = research_zip(
            results,
            progress=lambda share, what: bar.progress(share, f"{what} …"),
            since_last=load_since_last(ALL_SITES),
        )
    except ReleaseError as error:
        bar.empty()
        say_refused(error, "research", ALL_SITES)
        return
    st.session_state[RESEARCH] = (key, made)
    st.rerun()


def decision_in(package: bytes) -> Decision:
    """What the manifest in a zip file says of it."""
    with zipfile.ZipFile(io.BytesIO(package)) as archive:
        record = json.loads(archive.read("manifest.json"))["release"]
    return Decision(record["decision"], tuple(record["reasons"]), record["n_suppressed"])


def show_research(results: Results, stamp: str) -> None:
    st.header("For researchers")
    st.markdown(WHAT_IS_IN_IT)
    st.markdown(WHAT_IS_NOT)  # the command in it would be too pale in a caption
    key = results_key()
    kept, made = st.session_state.get(RESEARCH, (None, b""))
    if kept != key:
        label = "Make the research export"
        if st.button(label, help="Every table is worked out; this can take a minute."):
            make_research_export(results, key)
        return
    name = f"{'SYNTHETIC_' if results.synthetic else ''}research_export_{stamp}.zip"
    decision = decision_in(made)
    say_decision(ALL_SITES, decision)
    offer_release(
        f"Download the research export (zip, {len(made) / 1e6:.1f} MB)",
        partial(noted, made),
        File(name, ZIP, "research"),
        decision,
    )


def show_tables(stamp: str) -> None:
    """The workbook and the tables, once it was looked at what is in them."""
    decision = prepared(
        "Prepare the result tables", "workbook", ALL_SITES,
        about="After new data every table is worked out first, which takes a while.",
    )  # fmt: skip
    if decision is None:
        return
    offer_release(
        "Download the result workbook (Excel)",
        partial(workbook_of, None),
        File(f"distance_travelled_{stamp}.xlsx", EXCEL, "workbook"),
        decision,
        type="primary",
    )
    offer_release(
        "Download the tables (CSV in a zip file)",
        tables_of_all,
        File(f"distance_travelled_{stamp}.zip", ZIP, "tables"),
        decision,
    )


found = need_results()
stamp = found.data_lock.isoformat()
st.markdown(
    f"Results of all sites, with data up to {british_date(found.data_lock)}. "
    f"{released_text(found.settings.disclosure)} Nothing about single persons is in these files."
)
show_tables(stamp)
show_research(found, stamp)
st.header("Other files")
link_to(SITE, "The results of one site, for the site itself")
link_to(UPLOAD, "A blank spreadsheet")
