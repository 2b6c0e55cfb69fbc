"""Results as files. What leaves here has its small counts hidden."""

from __future__ import annotations

from functools import partial

import streamlit as st

from evaluation.report.wording import british_date, released_text
from pages.shell.loaders import load_csv_tables, load_workbook
from pages.shell.navigation import GO, SITE, UPLOAD, page_path
from pages.shell.widgets import need_results

found = need_results()
stamp = found.data_lock.isoformat()
st.markdown(
    f"Results of all sites, with data up to {british_date(found.data_lock)}. "
    f"{released_text(found.settings.disclosure)} Nothing about single persons is in these files."
)
st.download_button(
    "Download the result workbook (Excel)",
    partial(load_workbook, None),
    file_name=f"distance_travelled_{stamp}.xlsx",
    type="primary",
    on_click="ignore",
    help="The first download after new data takes a few seconds: every table is worked out then.",
)
st.download_button(
    "Download the tables (CSV in a zip file)",
    load_csv_tables,
    file_name=f"distance_travelled_{stamp}.zip",
    mime="application/zip",
    on_click="ignore",
)
st.header("Other files")
st.page_link(page_path(SITE), label="The results of one site, for the site itself", icon=GO)
st.page_link(page_path(UPLOAD), label="A blank spreadsheet", icon=GO)
