"""Erasing one person, and everybody whose time is over."""

from __future__ import annotations

import streamlit as st

from evaluation.report import protection_wording as wording
from evaluation.store.engine import StoreError
from evaluation.store.guarded import GuardedStore
from evaluation.store.retention import Expired
from pages.shell.widgets import plain, show_table

DONE, COUNTED, FORM = "erasing_done", "erasing_counted", "erasing_form"
MOST_MONTHS = 1200


def say_done() -> None:
    """What the last click erased, once."""
    said = st.session_state.pop(DONE, "")
    if said:
        st.success(plain(said))


def _erased(sentence: str) -> None:
    """Say so on a page without what was typed, and forget whatever was worked out before.

    Nothing of somebody erased may stay in memory, so everything is made anew.
    """
    st.session_state[DONE] = sentence
    st.session_state[FORM] = st.session_state.get(FORM, 0) + 1
    st.session_state.pop(COUNTED, None)
    st.cache_data.clear()
    st.cache_resource.clear()
    st.rerun()


def ask_whom_to_erase(store: GuardedStore) -> None:
    """One person, by a code that is typed twice."""
    st.header("Erase one person")
    st.markdown(wording.WHAT_GOES)
    number = st.session_state.get(FORM, 0)
    sites = {site.id: site.name for site in store.sites()}
    with st.form(f"erase_{number}"):
        site = st.selectbox(
            "Site",
            list(sites),
            index=None,
            format_func=sites.__getitem__,
            placeholder="Choose a site",
            key=f"erase_site_{number}",
        )
        code = st.text_input("The person's code", key=f"erase_code_{number}", autocomplete="off")
        again = st.text_input(
            "The same code again", key=f"erase_again_{number}", autocomplete="off"
        )
        in_advance = st.checkbox(wording.IN_ADVANCE, key=f"erase_in_advance_{number}")
        sent = st.form_submit_button("Erase this person for good")
    if not sent:
        return
    mistake = _mistake(site, code, again)
    if mistake:
        st.error(mistake)
        return
    try:
        erased = store.erase(str(site), code, in_advance=in_advance)
    except StoreError as error:
        st.error(plain(error))
        return
    _erased(wording.erased_sentence(erased, in_advance=in_advance))


def _mistake(site: str | None, code: str, again: str) -> str:
    if site is None:
        return "Choose the site that the person belongs to."
    if not code.strip() or not again.strip():
        return wording.NO_CODE
    return "" if code.strip() == again.strip() else wording.CODES_DIFFER


def ask_how_long_to_keep(store: GuardedStore) -> int | None:
    """Count those whose time is over, then erase them; the months that somebody has entered."""
    st.header("Keep data no longer than agreed")
    st.markdown(wording.RETENTION)
    with st.form("count"):
        months = st.number_input(
            "Months after a person's last record",
            min_value=1,
            max_value=MOST_MONTHS,
            value=None,
            step=1,
            placeholder="for example 24",
            key="retention_months",
        )
        sent = st.form_submit_button("Count the people")
    if sent and months is None:
        st.error("Enter a number of months.")
    if sent:
        st.session_state[COUNTED] = months
    counted = st.session_state.get(COUNTED)
    if counted is not None:
        _offer_to_erase(store, counted, store.expired(counted))
    return months


def _offer_to_erase(store: GuardedStore, months: int, expired: Expired) -> None:
    st.markdown(wording.expired_sentence(expired))
    if not expired.people:
        return
    table = wording.expired_rows(expired)
    show_table(
        table.assign(Site=table["Site"].map(plain)),
        about="People whose time is over, for each site",
    )
    with st.form("retention"):
        sure = st.checkbox("Erase all of them for good. This cannot be taken back.")
        sent = st.form_submit_button("Erase them")
    if sent and not sure:
        st.error(wording.NOT_CONFIRMED)
    elif sent:
        _erased(wording.erased_sentence(store.erase_expired(months)))
