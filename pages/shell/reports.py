"""The report of a site or of the programme, made once while the data stay the same.

It holds released numbers alone, so it is the same for everybody who may see the site and has
looked at the same answers.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import streamlit as st

from evaluation.access import REPORT_SITE
from evaluation.model import ALL_SITES
from evaluation.report.document_html import story_html
from evaluation.report.document_word import story_word
from evaluation.report.story import Story, build_story
from pages.shell.downloads import Stamp
from pages.shell.held_back import LookedAt
from pages.shell.loaders import ResultsKey, results_key, results_of


def load_story(site: str, looked: LookedAt = ()) -> Story:
    """The report of one site by its name, or of all sites (``ALL``).

    ``looked``: of which answers somebody says that they are coded as the form says.
    """
    key = results_key(site, "" if site == ALL_SITES else REPORT_SITE)
    return _story(key, site, looked, dt.datetime.now(dt.UTC).date())


def word_of(site: str, stamp: Stamp, *, looked: LookedAt = ()) -> bytes:
    """The report as a Word file."""
    return story_word(_signed(site, stamp, looked))


def html_of(site: str, stamp: Stamp, *, looked: LookedAt = ()) -> bytes:
    """The report as one HTML file."""
    return story_html(_signed(site, stamp, looked)).encode("utf-8")


def _signed(site: str, stamp: Stamp, looked: LookedAt) -> Story:
    story = load_story(site, looked)
    return replace(story, facts=(*story.facts, ("Taken by", stamp.by)))


@st.cache_data(max_entries=32, show_spinner="Writing the report …")
def _story(key: ResultsKey, site: str, looked: LookedAt, day: dt.date) -> Story:
    made_at = dt.datetime.combine(day, dt.time(), dt.UTC)
    return build_story(results_of(key), site, looked=looked, made_at=made_at, snapshot=key[1])
