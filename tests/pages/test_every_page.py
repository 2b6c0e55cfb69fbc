"""No page fails, whatever is in the store; none shows what it must not."""

from __future__ import annotations

import re
from pathlib import Path

import pyarrow
import pyarrow.ipc
import pytest
import streamlit as st

from evaluation.access import local_scope
from evaluation.report.wording import NO_SIGN_IN, SYNTHETIC
from pages.shell.failures import FAULT
from pages.shell.navigation import SCREENS, may_open

# On one's own computer there are no accounts.
HERE = [screen for screen in SCREENS if may_open(screen, local_scope("a test"))]
FILES = [screen.file for screen in HERE]


@pytest.mark.parametrize("file", FILES)
def test_page_without_data(store, file, visit):
    app = visit.check(visit.open_page(file))
    assert not app.error
    assert app.title[0].value
    assert NO_SIGN_IN in visit.words(app)
    assert SYNTHETIC not in visit.words(app)


@pytest.mark.parametrize("file", FILES)
def test_page_with_six_people(six_people, file, visit):
    app = visit.check(visit.open_page(file))
    assert not app.error
    assert SYNTHETIC not in visit.words(app)


@pytest.mark.parametrize("screen", HERE, ids=lambda s: s.file)
def test_page_with_the_sample_programme(sample_store, screen, visit):
    app = visit.check(visit.open_page(screen.file))
    assert not app.error
    assert (SYNTHETIC in visit.words(app)) == screen.shows_data


def test_a_failure_is_one_sentence_without_data(tiny_store, monkeypatch, caplog, visit):
    def fail(*_arguments, **_named):
        raise RuntimeError("P001 answered 3")

    app = visit.open_page()
    st.set_option("client.showErrorDetails", "none")
    monkeypatch.setattr("pages.shell.widgets.is_synthetic", fail)
    app.run()
    assert not app.exception
    assert [error.value for error in app.error] == [FAULT]
    assert "P001" not in caplog.text
    assert "RuntimeError" in caplog.text


def test_a_store_that_cannot_be_opened_is_said_in_one_sentence(tmp_path, monkeypatch, visit):
    monkeypatch.setenv("EVALUATION_DATABASE_URL", f"sqlite:///{tmp_path / 'none' / 'x.db'}")
    app = visit.check(visit.open_page())
    assert len(app.error) == 1
    assert "cannot be opened" in app.error[0].value


def test_no_page_script_lies_where_it_would_bypass_the_entry():
    assert [path.name for path in (Path(__file__).resolve().parents[2] / "pages").glob("*.py")] == [
        "__init__.py"
    ]


def test_cross_site_pages_show_no_small_counts(sample_store, visit):
    """Lambeth has eight people; across sites none of its results may be seen."""
    app = visit.check(visit.open_page("all_sites"))
    picker = app.selectbox[0]
    for option in [o for o in picker.options if "CORE-10" in o]:
        visit.check(picker.select_index(picker.options.index(option)).run())
        rows = [row for row in visit.cells(app).splitlines() if "Lambeth" in row]
        assert rows and all("hidden" in row for row in rows)


def test_follow_up_of_the_programme_is_rounded(sample_store, visit):
    """Counts seen across sites are multiples of 5, as the disclosure rule says."""
    app = visit.check(visit.open_page("follow_up", site="luton"))
    visit.check(app.radio[0].set_value("All sites together").run())
    done = app.table[0].value["Yes"]
    assert len(done)
    assert all(text == "hidden" or int(text.replace(",", "")) % 5 == 0 for text in done)
    for unit in ("couple", "couple_both"):
        visit.check(app.radio[1].set_value(unit).run())
        assert not any("Yes" in table.value for table in app.table)
        shares = re.findall(r"about (\d+) of every 100 couples", visit.words(app))
        assert len(shares) > 2 and all(int(share) % 5 == 0 for share in shares)


def test_no_page_draws_single_people(sample_store, visit):
    """What goes to the browser as a chart is aggregates: a handful of rows, one per measure."""
    for file, query in (("site", {"site": "luton"}), ("all_sites", {}), ("follow_up", {})):
        app = visit.check(visit.open_page(file, **query))
        for chart in app.get("vega_lite_chart"):
            tables = [pyarrow.ipc.open_stream(d.data.data).read_all() for d in chart.proto.datasets]
            assert tables
            assert all(table.num_rows <= 20 for table in tables)
