"""The store and the results, made once and kept while the data stay the same.

Results are keyed on small values only: the address of the store, its snapshot, the rule file's
fingerprint and the data lock. Nothing here reads the session.
"""

from __future__ import annotations

import datetime as dt

import pandas as pd
import streamlit as st

from evaluation.analysis.direction_guard import Contradiction
from evaluation.comparisons import (
    SiteComparison,
    answers_by_wave,
    compare_groups,
    compare_sites,
    start_distribution,
)
from evaluation.config import Settings, database_url
from evaluation.model import Dataset
from evaluation.programme import Results, analyse
from evaluation.quality import AnswerQuality, answer_quality, released_quality
from evaluation.report.charts import Chart, draw_sites
from evaluation.report.export import csv_tables, result_workbook
from evaluation.report.result_tables import one_table
from evaluation.store.repository import Store
from evaluation.tables.contradictions import find_contradicting
from evaluation.tables.sensitivity import sensitivity_table
from evaluation.tables.session_course import session_course_table, stand_ins_table

NO_RULE_FILE = Settings()
# There are no accounts yet; the audit log says as much.
LOCAL_USER = "this computer (browser)"
# Address of the store, its snapshot, fingerprint of the rule file.
ResultsKey = tuple[str, int, str]


def get_store() -> Store:
    """The store that the environment names."""
    return _open_store(database_url())


def load_results(data_lock: dt.date | None = None) -> Results | None:
    """The results of everything stored; ``None`` while the store is empty."""
    url = database_url()
    snapshot = _open_store(url).snapshot()
    if snapshot == 0:
        return None
    results = _analyse(url, snapshot, NO_RULE_FILE.sha256, data_lock)
    return None if results.scores.empty and results.people.empty else results


def results_key() -> ResultsKey:
    """What the results of everything stored are kept under, for whatever is made from them."""
    url = database_url()
    return url, _open_store(url).snapshot(), NO_RULE_FILE.sha256


def results_of(key: ResultsKey) -> Results:
    """The results that a key stands for."""
    return _analyse(*key, None)


def load_table(name: str, site: str | None) -> pd.DataFrame:
    """A result table of one site as it is, or of all sites with what may not leave hidden."""
    return _table(*results_key(), name, site)


def load_sessions(name: str, site: str, measure: str) -> pd.DataFrame:
    """``session_course`` or ``stand_ins`` of one site and measure."""
    return _sessions(*results_key(), name, site, measure)


def load_sensitivity(site: str, measure: str, contrast: str) -> pd.DataFrame:
    """One measure's average by every way to allow for those lost; the first time takes a while."""
    return _sensitivity(*results_key(), site, measure, contrast)


def load_sites() -> SiteComparison:
    """Every site beside the average over sites, as released; the first time takes a second."""
    return _sites(*results_key())


def load_site_charts(instrument: str, scale: str, contrast: str) -> list[Chart]:
    """The sites with their average and, where there are enough of them, in a funnel."""
    return _site_charts(*results_key(), instrument, scale, contrast)


def load_groups() -> pd.DataFrame:
    """Groups and periods of all sites together, as released; the first time takes a while."""
    return _groups(*results_key())


def load_start(instrument: str, scale: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """How scores lie at the start, and how many answered when; all sites, as released."""
    return _start(*results_key(), instrument, scale)


def load_workbook(site: str | None) -> bytes:
    """The result workbook of one site or of all, with small counts hidden: files travel."""
    url = database_url()
    return _workbook(url, _open_store(url).snapshot(), NO_RULE_FILE.sha256, site)


def load_csv_tables() -> bytes:
    """Every table for release, in one zip file."""
    url = database_url()
    return _csv_tables(url, _open_store(url).snapshot(), NO_RULE_FILE.sha256)


def load_quality(site: str | None, instrument: str, wave: str) -> AnswerQuality:
    """How good one site's answers are; without a site those of all, with small numbers hidden."""
    url = database_url()
    return _quality(url, _open_store(url).snapshot(), NO_RULE_FILE.sha256, site, instrument, wave)


def load_contradictions(site: str) -> dict[str, Contradiction]:
    """The measures of a site whose direction somebody has to look at."""
    url = database_url()
    return _contradictions(url, _open_store(url).snapshot(), NO_RULE_FILE.sha256, site)


@st.cache_resource(max_entries=4, show_spinner=False)
def _open_store(url: str) -> Store:
    return Store(url)


# One object for everybody, which keeps what it works out later; nothing changes it in place.
@st.cache_resource(max_entries=4, show_spinner="Working out the results …")
def _analyse(url: str, snapshot: int, rule_hash: str, data_lock: dt.date | None) -> Results:
    store = _open_store(url)
    local = store.local_questionnaires(earlier=True)
    return analyse(store.load(), NO_RULE_FILE, data_lock=data_lock, extra_instruments=local)


@st.cache_resource(max_entries=2, show_spinner=False)
def _answers(url: str, snapshot: int) -> Dataset:
    return _open_store(url).load()


@st.cache_data(max_entries=64, show_spinner=False)
def _quality(
    url: str, snapshot: int, rule_hash: str, site: str | None, instrument: str, wave: str
) -> AnswerQuality:
    questionnaire = _analyse(url, snapshot, rule_hash, None).instruments[instrument]
    found = answer_quality(
        _answers(url, snapshot), questionnaire, site=site, wave=wave, level=NO_RULE_FILE.level
    )
    return released_quality(found, NO_RULE_FILE.disclosure) if site is None else found


@st.cache_data(max_entries=64, show_spinner=False)
def _contradictions(url: str, snapshot: int, rule_hash: str, site: str) -> dict[str, Contradiction]:
    return find_contradicting(_analyse(url, snapshot, rule_hash, None), site)


@st.cache_data(max_entries=128, show_spinner="Working it out …")
def _table(url: str, snapshot: int, rule_hash: str, name: str, site: str | None) -> pd.DataFrame:
    results = _analyse(url, snapshot, rule_hash, None)
    return one_table(results, name, released=site is None, sites=None if site is None else {site})


@st.cache_data(max_entries=64, show_spinner="Working it out …")
def _sessions(
    url: str, snapshot: int, rule_hash: str, name: str, site: str, measure: str
) -> pd.DataFrame:
    make = {"session_course": session_course_table, "stand_ins": stand_ins_table}[name]
    return make(_analyse(url, snapshot, rule_hash, None), [site], measure=measure)


@st.cache_data(max_entries=128, show_spinner="Working out what those lost could change …")
def _sensitivity(
    url: str, snapshot: int, rule_hash: str, site: str, measure: str, contrast: str
) -> pd.DataFrame:
    results = _analyse(url, snapshot, rule_hash, None)
    return sensitivity_table(results, {site}, measure=measure, contrast=contrast)


@st.cache_data(max_entries=4, show_spinner="Setting the sites side by side …")
def _sites(url: str, snapshot: int, rule_hash: str) -> SiteComparison:
    return compare_sites(_analyse(url, snapshot, rule_hash, None))


@st.cache_data(max_entries=64, show_spinner=False)
def _site_charts(
    url: str, snapshot: int, rule_hash: str, instrument: str, scale: str, contrast: str
) -> list[Chart]:
    compared = _sites(url, snapshot, rule_hash).of_measure(instrument, scale, contrast)
    of_scale = _analyse(url, snapshot, rule_hash, None).instruments[instrument].scale(scale)
    return draw_sites(compared.sites, compared.pool, compared.spread, of_scale)


@st.cache_data(max_entries=4, show_spinner="Comparing groups …")
def _groups(url: str, snapshot: int, rule_hash: str) -> pd.DataFrame:
    return compare_groups(_analyse(url, snapshot, rule_hash, None))


@st.cache_data(max_entries=64, show_spinner=False)
def _start(
    url: str, snapshot: int, rule_hash: str, instrument: str, scale: str
) -> tuple[pd.DataFrame, pd.DataFrame]:
    results = _analyse(url, snapshot, rule_hash, None)
    return (
        start_distribution(results, instrument=instrument, scale=scale),
        answers_by_wave(results, instrument=instrument, scale=scale),
    )


@st.cache_data(max_entries=16, show_spinner=False)
def _workbook(url: str, snapshot: int, rule_hash: str, site: str | None) -> bytes:
    results = _analyse(url, snapshot, rule_hash, None)
    return result_workbook(results, disclosure="release", sites=None if site is None else [site])


@st.cache_data(max_entries=4, show_spinner=False)
def _csv_tables(url: str, snapshot: int, rule_hash: str) -> bytes:
    return csv_tables(_analyse(url, snapshot, rule_hash, None), disclosure="release")
