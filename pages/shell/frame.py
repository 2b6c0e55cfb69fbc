"""What stands around every page: who is here, what the page is called, and whether it is theirs."""

from __future__ import annotations

import streamlit as st
from streamlit.navigation.page import Page

from evaluation.access import AccessDenied
from evaluation.report.wording import NO_SIGN_IN
from pages.shell.failures import in_plain_words
from pages.shell.loaders import get_store
from pages.shell.navigation import (
    HOME,
    PRODUCT,
    Screen,
    link_to,
    may_open,
    screen_of,
)
from pages.shell.sign_in import Visitor, current_scope, note_once, show_who, watch_the_time
from pages.shell.widgets import show_synthetic_banner

NOT_YOURS = "Your account does not include this page. Ask the person who looks after accounts."
NO_ACCOUNTS = "Nobody signs in on this computer, so there are no accounts to look after."


def show_page(page: Page, visitor: Visitor) -> None:
    """The page with its frame, for somebody who was let in."""
    screen = screen_of(page)
    with st.sidebar:
        st.markdown(f"**{PRODUCT}**")
        if visitor.sign_in is None:
            st.caption(NO_SIGN_IN)
        else:
            show_who(visitor)
    if visitor.sign_in is not None:
        watch_the_time(visitor.sign_in)
    st.title(page.title)
    with in_plain_words():
        if not may_open(screen, current_scope()):
            _refuse(screen, signed_in=visitor.sign_in is not None)
            return
        if screen.shows_data:
            show_synthetic_banner()
        try:
            page.run()
        except AccessDenied as error:
            if note_once("denied", screen.file, str(error)):
                get_store().record_denied(f"page {screen.file}: {error}")
            raise
        finally:
            # Only now is it known which site the page was about.
            if screen.shows_data:
                _note_view(screen)


def _refuse(screen: Screen, *, signed_in: bool) -> None:
    if not signed_in:
        st.info(NO_ACCOUNTS)
        link_to(HOME, "See what you can open")
        return
    if note_once("denied", screen.file):
        get_store().record_denied(f"page {screen.file}")
    st.error(NOT_YOURS)
    link_to(HOME, "See what you can open")


def _note_view(screen: Screen) -> None:
    """Who looked at which site: once in each visit, and not on one's own computer."""
    site = st.query_params.get("site", "")
    if note_once("view", screen.file, site):
        store = get_store()
        known = {entry.id for entry in store.sites()}
        store.record_view(screen.file, site if site in known else "")
