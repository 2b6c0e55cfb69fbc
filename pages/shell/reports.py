"""The report of a site or of the programme, made once while the data stay the same.

It holds released numbers alone, so it is the same for everybody who may see the site.
"""

from __future__ import annotations

import datetime as dt

import streamlit as st

from evaluation.config import database_url
from evaluation.report.document_html import story_html
from evaluation.report.document_word import story_word
from evaluation.report.story import Story, build_story
from pages.shell.loaders import NO_RULE_FILE, get_store, load_results


def load_story(site: str) -> Story:
    """The report of one site by its name, or of all sites (``ALL``)."""
    return _story(*_key(site))


def load_word(site: str) -> bytes:
    """The report as a Word file."""
    return _word(*_key(site))


def load_html(site: str) -> bytes:
    """The report as one HTML file."""
    return _html(*_key(site))


def _key(site: str) -> tuple[str, int, str, str, dt.date]:
    today = dt.datetime.now(dt.UTC).date()
    return database_url(), get_store().snapshot(), NO_RULE_FILE.sha256, site, today


@st.cache_data(max_entries=32, show_spinner="Writing the report …")
def _story(url: str, snapshot: int, rule_hash: str, site: str, day: dt.date) -> Story:
    results = load_results()
    if results is None:
        raise ValueError("snapshot: there are no data to report on")
    made_at = dt.datetime.combine(day, dt.time(), dt.UTC)
    return build_story(results, site, made_at=made_at, snapshot=snapshot)


@st.cache_data(max_entries=16, show_spinner=False)
def _word(url: str, snapshot: int, rule_hash: str, site: str, day: dt.date) -> bytes:
    return story_word(_story(url, snapshot, rule_hash, site, day))


@st.cache_data(max_entries=16, show_spinner=False)
def _html(url: str, snapshot: int, rule_hash: str, site: str, day: dt.date) -> bytes:
    return story_html(_story(url, snapshot, rule_hash, site, day)).encode("utf-8")
