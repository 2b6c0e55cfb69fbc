"""Distance Travelled: the entry of the dashboard. Start it with ``streamlit run app.py``."""

from __future__ import annotations

import streamlit as st

from evaluation.report.wording import NO_SIGN_IN
from pages.shell.failures import in_plain_words
from pages.shell.navigation import ICON, PRODUCT, make_pages, shows_data
from pages.shell.widgets import show_synthetic_banner

FOCUS = """<style>
:focus-visible { outline: 3px solid currentColor !important; outline-offset: 2px; }
</style>"""

# A local icon before the navigation: without it the browser fetches one from the internet.
st.set_page_config(page_icon=str(ICON), layout="centered")
page = st.navigation(make_pages(), position="sidebar", expanded=True)
st.set_page_config(page_title=f"{page.title} – {PRODUCT}")
st.html(FOCUS)
with st.sidebar:
    st.markdown(f"**{PRODUCT}**")
    st.caption(NO_SIGN_IN)

st.title(page.title)
with in_plain_words():
    if shows_data(page):
        show_synthetic_banner()
    page.run()
