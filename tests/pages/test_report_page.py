"""The report on screen: the same story as in the files, with small numbers hidden."""

from __future__ import annotations

import datetime as dt
import io
import re

import docx
import pytest

from evaluation.config import site_id
from evaluation.ingest.pipeline import read_files
from evaluation.model import ALL_SITES
from evaluation.report.wording import NOT_CAUSE, SYNTHETIC
from pages.shell.downloads import Stamp
from pages.shell.reports import html_of, load_story, word_of

SMALL_COUNT = re.compile(r"\b(?:[1-7]|one|two|three|four|five|six|seven) (?:people|person)\b")


def test_the_report_of_a_site(sample_store, visit):
    app = visit.check(visit.open_page("report", site="luton"))
    heads = [header.value.replace("\\", "") for header in app.header]
    assert heads[0] == "Distance travelled: Luton"
    assert "In short" in heads and "What this cannot tell" in heads
    text = visit.words(app)
    assert NOT_CAUSE in text and SYNTHETIC in text
    assert not SMALL_COUNT.search(text)
    assert not app.tabs and not app.dataframe
    assert app.table
    assert all(chart.proto.alt for chart in app.get("vega_lite_chart"))
    labels = [button.proto.label for button in app.get("download_button")]
    assert labels == ["Download for Word", "Download as a web page"]


def test_no_site_is_chosen_for_the_reader(sample_store, visit):
    app = visit.check(visit.open_page("report"))
    assert not app.table and not app.get("download_button")


def test_the_report_of_the_programme(sample_store, visit):
    app = visit.check(visit.open_page("report", site="luton"))
    visit.check(app.radio[0].set_value("All sites together").run())
    assert app.header[0].value.replace("\\", "") == "Distance travelled: The whole programme"
    assert not SMALL_COUNT.search(visit.words(app))
    by_site = [table.value for table in app.table if table.value.columns[0] == "Site"]
    assert by_site
    for table in by_site:
        assert list(table["Site"]) == sorted(table["Site"], key=str.casefold)
    lambeth = [row for table in by_site for row in table.to_csv().splitlines() if "Lambeth" in row]
    assert lambeth and all(re.search("hidden|–", row) for row in lambeth)


def test_a_site_of_six_people_gets_a_small_report(tiny_store, visit):
    app = visit.check(visit.open_page("report", site="luton"))
    text = visit.words(app)
    assert "Too few people have answered here" in text
    assert not app.get("vega_lite_chart")
    assert not SMALL_COUNT.search(text) and not SMALL_COUNT.search(visit.cells(app))


@pytest.mark.parametrize("site", ["Luton", "Lambeth", ALL_SITES])
def test_files_say_what_the_page_says(sample_store, site, on_own_computer):
    story = load_story(site)
    stamp = Stamp("ann@example.org", dt.datetime(2026, 1, 2, 3, 4, tzinfo=dt.UTC), 1)
    html = html_of(site, stamp).decode("utf-8")
    word = docx.Document(io.BytesIO(word_of(site, stamp)))
    assert "ann@example.org" in html
    paragraphs = {paragraph.text for paragraph in word.paragraphs}
    for section in story.sections:
        assert section.title in paragraphs
        assert f">{section.title}</h2>" in html
    assert SYNTHETIC in html and SYNTHETIC in paragraphs


def test_a_name_from_a_file_is_never_markup(store, visit):
    name = "[x](http://example.org) **b**"
    store.commit(read_files([("a.csv", visit.tiny_csv(12, site=name))]))
    app = visit.check(visit.open_page("report", site=site_id(name)))
    assert r"\[x\]" in app.header[0].value
