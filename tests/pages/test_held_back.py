"""Answers that may be coded the wrong way round, on the pages that are about more than one site."""

from __future__ import annotations

import datetime as dt
import re

import pytest

from evaluation.config import DATABASE_VARIABLE
from evaluation.ingest.pipeline import read_files
from evaluation.report import held_back_wording as words
from evaluation.store.repository import Store
from pages.shell.downloads import Stamp
from pages.shell.reports import html_of, load_story
from pages.shell.site_view import LOOKED
from tests.evaluation.tables import reversed_answers as made

CHANGED = re.compile(r"Low mood[^.]*(improved by|got (better|worse) by)")
AT_LUTON = (("Luton", made.MOOD),)


@pytest.fixture(scope="module")
def reversed_url(tmp_path_factory) -> str:
    """Luton typed PHQ-9 the wrong way round, Hull and Leeds as the form has it."""
    url = f"sqlite:///{tmp_path_factory.mktemp('reversed') / 'store.db'}"
    sites = ("Hull", "Leeds", "Luton")
    files = [(f"{site}.csv", made.answers_csv(site, turned=site == "Luton")) for site in sites]
    Store(url).commit(read_files(files))
    return url


@pytest.fixture
def reversed_store(reversed_url, monkeypatch) -> Store:
    """Tests that use it only read."""
    monkeypatch.setenv(DATABASE_VARIABLE, reversed_url)
    return Store(reversed_url)


def looks(app) -> list:
    return [box for box in app.checkbox if "compared the answers with the form" in box.label]


def choose(app, visit, label: str, start: str):
    box = next(each for each in app.selectbox if each.label == label)
    place = next(place for place, text in enumerate(box.options) if text.startswith(start))
    return visit.check(box.select_index(place).run())


def test_the_report_tells_no_change_before_a_look_and_after_it_does(reversed_store, visit):
    app = visit.check(visit.open_page("report", site="luton"))
    text = visit.words(app)
    assert words.WAITS in text and not CHANGED.search(text)
    assert "40 people with both scores" in text
    app = visit.check(looks(app)[0].check().run())
    text = visit.words(app)
    assert words.WAITS not in text and words.LOOKED_AT in text
    assert CHANGED.search(text)
    app = visit.check(looks(app)[0].uncheck().run())
    assert words.WAITS in visit.words(app)


def test_what_was_looked_at_on_the_page_of_the_site_counts_in_the_report(reversed_store, visit):
    app = visit.check(visit.open_page("site", site="luton"))
    choose(app, visit, "Measure", made.MOOD_LABEL)
    visit.check(looks(app)[0].check().run())
    app.switch_page("pages/views/report.py").run()
    visit.check(app)
    assert words.WAITS not in visit.words(app)
    assert [box.value for box in looks(app)] == [True]


def test_reports_with_and_without_a_look_are_kept_apart(reversed_store, on_own_computer):
    before, after = load_story("Luton"), load_story("Luton", AT_LUTON)
    assert load_story("Luton") == before != after
    stamp = Stamp("Ada", dt.datetime(2026, 1, 2, tzinfo=dt.UTC), 1)
    files = [html_of("Luton", stamp, looked=looked).decode() for looked in ((), AT_LUTON)]
    assert [words.LOOKED_AT in file for file in files] == [False, True]


def test_a_site_without_doubts_is_asked_nothing(reversed_store, visit):
    app = visit.check(visit.open_page("report", site="leeds"))
    assert not looks(app) and words.WAITS not in visit.words(app)
    assert re.search(r"Low mood[^.]*got better by", visit.words(app))


def test_the_report_of_the_programme_names_the_site(reversed_store, visit):
    app = visit.check(visit.open_page("report", site="luton"))
    app = visit.check(app.radio[0].set_value(app.radio[0].options[1]).run())
    text = visit.words(app)
    assert words.programme_warning({made.MOOD_LABEL: ("Luton",)}) in text
    assert words.included_sentence(["Luton"]) in text
    assert words.HELD_BACK in visit.cells(app)


@pytest.mark.parametrize(
    ("file", "label", "mood", "other"),
    [
        ("all_sites", "Measure", "Low mood", "Mental wellbeing"),
        ("compare", "Measure", "Low mood", "Mental wellbeing"),
        ("explore", "Questionnaire", "PHQ-9", "WEMWBS"),
    ],
)
def test_pages_of_all_sites_name_those_that_are_held_back(
    reversed_store, visit, file, label, mood, other
):
    warning = words.pages_warning(["Luton"], made.MOOD_LABEL)
    app = choose(visit.check(visit.open_page(file)), visit, label, mood)
    assert warning in visit.words(app)
    app = choose(app, visit, label, other)
    assert "wrong way round" not in visit.words(app)
    app.session_state[LOOKED] = set(AT_LUTON)
    app = choose(app, visit, label, mood)
    assert "wrong way round" not in visit.words(app)
