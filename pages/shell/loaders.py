"""The store and the results, made once and kept while the data stay the same.

Results are keyed on small values only: the address of the store, its snapshot, the rule file's
fingerprint and the data lock. What is kept is the same for everybody; whether somebody may have it
is settled by `results_key`, before the key to it is given out.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

import pandas as pd
import streamlit as st

from evaluation import access
from evaluation.analysis.direction_guard import Contradiction
from evaluation.config import Settings, database_url, parse_settings
from evaluation.model import ALL_SITES, Dataset
from evaluation.programme import Results, analyse
from evaluation.store.guarded import GuardedStore
from evaluation.tables.contradictions import find_contradicting
from evaluation.tables.sensitivity import sensitivity_table
from evaluation.tables.session_course import session_course_table, stand_ins_table
from pages.shell.database import open_store, store_at
from pages.shell.sign_in import current_scope

# What the first page does not show is imported where it is first asked for.
if TYPE_CHECKING:
    from evaluation.comparisons import SiteComparison
    from evaluation.disclosure.differencing import Behind, Cell, Difference
    from evaluation.quality import AnswerQuality
    from evaluation.report.charts import Chart
    from evaluation.report.export import Export

T = TypeVar("T")
# Address of the store, its snapshot, fingerprint of the rule file.
ResultsKey = tuple[str, int, str]
# The same, with the role and the sites of whoever asks.
ReachKey = tuple[str, int, str, str, tuple[str, ...] | None]


def get_store() -> GuardedStore:
    """The store as far as whoever is here may use it."""
    return GuardedStore(open_store(), current_scope())


def current_settings() -> Settings:
    """The rule file in use, or the defaults."""
    url = database_url()
    saved = store_at(url).current_rule_file()
    return Settings() if saved is None else _settings(url, saved.sha256)


def results_key(site: str = ALL_SITES, action: str = "") -> ResultsKey:
    """What results about a site (by name) or all sites are kept under, for who may see them.

    ``action``: what those of one site are for, if not to see one's own. Those of all sites are
    for nobody but whoever may see the released programme.
    """
    if site == ALL_SITES:
        current_scope().require(access.SEE_PROGRAMME)
    else:
        current_scope().require(action or access.SEE_SITE, [site])
    return _key()


def _key() -> ResultsKey:
    url = database_url()
    return url, store_at(url).snapshot(), current_settings().sha256


def reach_key() -> ReachKey:
    """What is kept for everybody with the same reach alone: their results as a whole."""
    scope = current_scope()
    return *_key(), scope.role, None if scope.sites is None else tuple(sorted(scope.sites))


def once(what: tuple[str, ...], make: Callable[[], T]) -> T:
    """What ``make`` works out, kept while the data stay the same, for everybody of this reach.

    ``what`` names it: the page's part, and all that it depends on besides the results.
    """
    return _once(reach_key(), what, make)


@st.cache_data(max_entries=512, show_spinner=False)
def _once(key: ReachKey, what: tuple[str, ...], _make: Callable[[], T]) -> T:
    return _make()


def load_results() -> Results | None:
    """The results of the sites within reach; ``None`` while there are none.

    Whoever may only see released numbers has the results of all sites here, because those are
    released from them; the pages of single sites are not open to them.
    """
    key, scope = _key(), current_scope()
    if key[1] == 0 or not (scope.may(access.REPORT_SITE) or scope.may(access.SEE_PROGRAMME)):
        return None
    results = _analyse(*key, None)
    if scope.sites is not None:
        results = _of_sites(*key, tuple(sorted(scope.sites)))
    return None if results.scores.empty and results.people.empty else results


def results_of(key: ResultsKey) -> Results:
    """The results that a key stands for."""
    return _analyse(*key, None)


def is_synthetic() -> bool:
    """Whether anything in the store is made up."""
    key = _key()
    return key[1] > 0 and _analyse(*key, None).synthetic


def load_table(name: str, site: str | None) -> pd.DataFrame:
    """A result table of one site as it is, or of all sites with what may not leave hidden."""
    return _table(*results_key(site or ALL_SITES), name, site)


def load_sessions(name: str, site: str, measure: str) -> pd.DataFrame:
    """``session_course`` or ``stand_ins`` of one site and measure."""
    return _sessions(*results_key(site), name, site, measure)


def load_sensitivity(site: str, measure: str, contrast: str) -> pd.DataFrame:
    """One measure's average by every way to allow for those lost; the first time takes a while."""
    return _sensitivity(*results_key(site), site, measure, contrast)


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


def load_export(site: str | None) -> Export:
    """Every table of one site or of all, with small counts hidden: files travel."""
    action = access.REPORT_SITE if site else access.SEE_PROGRAMME
    return _export(*results_key(site or ALL_SITES, action), site)


def load_since_last(site: str) -> Difference:
    """What a release about a site (by name) or all would tell beside the last ones."""
    key = _key_to_report(site)
    return _since_last(*key, site, store_at(key[0]).last_release())


def load_people_behind(site: str) -> dict[tuple[str, ...], frozenset[str]]:
    """Who is behind the averages of such a release, as hashes for the store alone to keep."""
    from evaluation.release_guard import hashes_of

    return hashes_of(_behind(*_key_to_report(site), site))


def _key_to_report(site: str) -> ResultsKey:
    return results_key(site, "" if site == ALL_SITES else access.REPORT_SITE)


def load_quality(site: str | None, instrument: str, wave: str) -> AnswerQuality:
    """How good one site's answers are; without a site those of all, with small numbers hidden."""
    return _quality(*results_key(site or ALL_SITES), site, instrument, wave)


def load_contradictions(site: str) -> dict[str, Contradiction]:
    """The measures of a site whose direction somebody has to look at."""
    return _contradictions(*results_key(site, access.REPORT_SITE), site)


def load_answers(site: str) -> Dataset:
    """What people of one site answered, and when."""
    return _answers_of(*results_key(site)[:2], site)


# One object for everybody, which keeps what it works out later; nothing changes it in place.
@st.cache_resource(max_entries=4, show_spinner="Working out the results …")
def _analyse(url: str, snapshot: int, rule_hash: str, data_lock: dt.date | None) -> Results:
    store = store_at(url)
    local = store.local_questionnaires(earlier=True)
    settings = _settings(url, rule_hash)
    return analyse(store.load(), settings, data_lock=data_lock, extra_instruments=local)


@st.cache_resource(max_entries=16, show_spinner=False)
def _of_sites(url: str, snapshot: int, rule_hash: str, sites: tuple[str, ...]) -> Results:
    names = [site.name for site in store_at(url).sites() if site.id in sites]
    return _analyse(url, snapshot, rule_hash, None).of_sites(names)


@st.cache_resource(max_entries=8, show_spinner=False)
def _settings(url: str, sha256: str) -> Settings:
    texts = (saved.text for saved in store_at(url).rule_files() if saved.sha256 == sha256)
    return parse_settings(next(texts, ""))


@st.cache_resource(max_entries=2, show_spinner=False)
def _answers(url: str, snapshot: int) -> Dataset:
    return store_at(url).load()


@st.cache_resource(max_entries=32, show_spinner=False)
def _answers_of(url: str, snapshot: int, site: str) -> Dataset:
    return _answers(url, snapshot).of_sites([site])


@st.cache_data(max_entries=64, show_spinner=False)
def _quality(
    url: str, snapshot: int, rule_hash: str, site: str | None, instrument: str, wave: str
) -> AnswerQuality:
    from evaluation.quality import answer_quality, released_quality

    questionnaire = _analyse(url, snapshot, rule_hash, None).instruments[instrument]
    settings = _settings(url, rule_hash)
    found = answer_quality(
        _answers(url, snapshot), questionnaire, site=site, wave=wave, level=settings.level
    )
    return released_quality(found, settings.disclosure) if site is None else found


@st.cache_data(max_entries=64, show_spinner=False)
def _contradictions(url: str, snapshot: int, rule_hash: str, site: str) -> dict[str, Contradiction]:
    return find_contradicting(_analyse(url, snapshot, rule_hash, None), site)


@st.cache_data(max_entries=128, show_spinner="Working it out …")
def _table(url: str, snapshot: int, rule_hash: str, name: str, site: str | None) -> pd.DataFrame:
    from evaluation.report.result_tables import one_table

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
    from evaluation.comparisons import compare_sites

    return compare_sites(_analyse(url, snapshot, rule_hash, None))


@st.cache_data(max_entries=64, show_spinner=False)
def _site_charts(
    url: str, snapshot: int, rule_hash: str, instrument: str, scale: str, contrast: str
) -> list[Chart]:
    from evaluation.report.charts import draw_sites

    compared = _sites(url, snapshot, rule_hash).of_measure(instrument, scale, contrast)
    of_scale = _analyse(url, snapshot, rule_hash, None).instruments[instrument].scale(scale)
    return draw_sites(compared.sites, compared.pool, compared.spread, of_scale)


@st.cache_data(max_entries=4, show_spinner="Comparing groups …")
def _groups(url: str, snapshot: int, rule_hash: str) -> pd.DataFrame:
    from evaluation.comparisons import compare_groups

    return compare_groups(_analyse(url, snapshot, rule_hash, None))


@st.cache_data(max_entries=64, show_spinner=False)
def _start(
    url: str, snapshot: int, rule_hash: str, instrument: str, scale: str
) -> tuple[pd.DataFrame, pd.DataFrame]:
    from evaluation.comparisons import answers_by_wave, start_distribution

    results = _analyse(url, snapshot, rule_hash, None)
    return (
        start_distribution(results, instrument=instrument, scale=scale),
        answers_by_wave(results, instrument=instrument, scale=scale),
    )


@st.cache_resource(max_entries=16, show_spinner=False)
def _export(url: str, snapshot: int, rule_hash: str, site: str | None) -> Export:
    from evaluation.report.export import prepare_export

    results = _analyse(url, snapshot, rule_hash, None)
    return prepare_export(results, disclosure="release", sites=None if site is None else [site])


@st.cache_resource(max_entries=16, show_spinner=False)
def _behind(url: str, snapshot: int, rule_hash: str, site: str) -> dict[Cell, Behind]:
    from evaluation.release_guard import behind_release

    results = _analyse(url, snapshot, rule_hash, None)
    key = store_at(url).release_key()
    return behind_release(results, None if site == ALL_SITES else site, key=key)


@st.cache_data(max_entries=64, show_spinner="Comparing with the last release …")
def _since_last(
    url: str, snapshot: int, rule_hash: str, site: str, last_release: int
) -> Difference:
    from evaluation.release_guard import since_last

    kept = store_at(url).last_bases("" if site == ALL_SITES else site)
    new = _behind(url, snapshot, rule_hash, site)
    return since_last(new, kept, _settings(url, rule_hash).disclosure)
