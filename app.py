"""Distance Travelled: the entry of the dashboard. Start it with ``streamlit run app.py``."""

from __future__ import annotations

import streamlit as st

from pages.shell.failures import in_plain_words
from pages.shell.frame import show_page
from pages.shell.navigation import ICON, PRODUCT, make_pages
from pages.shell.sign_in import Visitor, find_visitor, show_door

FOCUS = """<style>
:focus-visible { outline: 3px solid currentColor !important; outline-offset: 2px; }
</style>"""

# A local icon before the navigation: without it the browser fetches one from the internet.
st.set_page_config(page_icon=str(ICON), layout="centered")
visitor = Visitor(None)
with in_plain_words():
    visitor = find_visitor()
# Before the door, so that a link to a page survives it.
page = st.navigation(
    make_pages(visitor.scope),
    position="sidebar" if visitor.scope else "hidden",
    expanded=True,
)
st.set_page_config(page_title=f"{page.title} – {PRODUCT}")
st.html(FOCUS)
if visitor.scope is None:
    st.title(PRODUCT)
    show_door(visitor)
else:
    show_page(page, visitor)
