"""Who is due: by code, for one site, for the day that was chosen; and the flow beside it."""

from __future__ import annotations

import datetime as dt

from evaluation.config import Settings
from evaluation.programme import analyse
from evaluation.report import due_wording
from evaluation.tables.due import OPEN, due_list

LOCK = dt.date(2018, 3, 31)  # the last day of the sample programme


def due_of(store, day: dt.date = LOCK):
    results = analyse(store.load(), Settings())
    return due_list(results.states, results.people, results.participants, today=day)


def test_made_up_data_are_listed_as_on_their_own_last_day(sample_store, visit):
    app = visit.check(visit.open_page("due", site="luton"))
    assert app.date_input[0].value == LOCK
    due = due_of(sample_store)
    now = due[(due["site"] == "Luton") & (due["state"] == OPEN)]
    n = len(now["participant"].unique())
    assert n > 9
    assert f"{n} people can answer now" in visit.words(app)


def test_only_codes_of_the_one_site_are_shown(sample_store, visit):
    app = visit.check(visit.open_page("due", site="luton"))
    codes = [code for table in app.table for code in table.value["Person"]]
    assert codes
    assert all(code.replace("\\", "").startswith("LUT-") for code in codes)


def test_a_questionnaire_can_be_chosen(sample_store, visit):
    app = visit.check(visit.open_page("due", site="luton"))
    app.radio[0].set_value("6m")
    visit.check(app.run())
    asked = {text for table in app.table for text in table.value["Ask for"]}
    assert asked == {"6\xa0months"}


def test_a_later_day_can_be_planned_for(sample_store, visit):
    app = visit.check(visit.open_page("due", site="luton"))
    day = LOCK + dt.timedelta(days=60)
    app.date_input[0].set_value(day)
    visit.check(app.run())
    due = due_of(sample_store, day)
    now = due[(due["site"] == "Luton") & (due["state"] == OPEN)]
    words = visit.words(app)
    assert f"{len(now['participant'].unique())} people can answer now" in words
    assert "The data go up to 31 March 2018" in words


def test_the_list_comes_as_workbook_and_csv(sample_store, visit):
    app = visit.check(visit.open_page("due", site="luton"))
    labels = [button.proto.label for button in app.get("download_button")]
    assert labels == ["Download as a workbook", "Download as CSV"]
    assert "by their codes only" in visit.words(app)


def test_where_nobody_is_due_the_page_says_so(tiny_store, visit):
    """Six people from 2017 with all that was asked for, or long missed."""
    app = visit.check(visit.open_page("due", site="luton"))
    words = visit.words(app)
    assert "Nobody can answer now" in words
    assert not app.table


def test_answers_about_harm_are_listed_only_where_a_rule_file_asks(tiny_store, visit):
    app = visit.check(visit.open_page("due", site="luton"))
    assert due_wording.NO_ALERT in visit.words(app)
    assert "Answers about harm" not in visit.words(app)
    tiny_store.save_rule_file("risk_answers: [Luton]")
    app = visit.check(visit.open_page("due", site="luton"))
    assert "Answers about harm" in visit.words(app)
    tables = [t.value for t in app.table if "Question" in t.value.columns]
    listed = [t for t in tables if t["Question"].str.contains("question 9").all()]
    assert len(listed) == 1 and len(listed[0])
