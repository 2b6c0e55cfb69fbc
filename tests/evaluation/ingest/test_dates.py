"""Dates in every form that people and programs write, and those that would need guessing."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest

from evaluation.ingest.files.cells import Cell, Column
from evaluation.ingest.meaning.dates import (
    DateColumn,
    date_order,
    date_parser,
    date_question,
)
from evaluation.ingest.meaning.values import Refusal
from evaluation.ingest.problems import Place

APRIL_9 = dt.date(2024, 4, 9)
APRIL_3 = dt.date(2024, 4, 3)
MARCH_4 = dt.date(2024, 3, 4)
ask = date_parser(day_first=None)
british = date_parser(day_first=True)
american = date_parser(day_first=False)


@pytest.mark.parametrize(
    "cell",
    [
        dt.date(2024, 4, 9), dt.datetime(2024, 4, 9, 23, 59),
        "2024-04-09", "2024-04-09T10:00:00", "2024-04-09 10:00", "2024-04-09T10:00:00.123Z",
        "2024-04-09T10:00:00+01:00", "2024/04/09 2:44:02 pm GMT+1", "2024/4/9",
        "09.04.2024", "9.4.24", "9.4.2024 14:30",
        "9th April 2024", "9 Apr 2024", "April 9, 2024", "Apr 9 2024", "9-Apr-24", "9-Apr-2024",
        "09/apr/2024", "09APR2024", "9 april 2024", "9th of April 2024", "April 9th, 2024",
        "Tuesday 9 April 2024", "Tue, 9 Apr 2024 10:05", "9 Apr. 2024", "Tuesday, April 9, 2024",
        " 9\u00a0Apr\u00a02024 ",
    ],
)  # fmt: skip
def test_dates_of_which_nothing_is_in_doubt(cell: Cell) -> None:
    assert ask(cell) == british(cell) == american(cell) == APRIL_9


@pytest.mark.parametrize(
    ("cell", "day"),
    [
        ("27/03/2024", dt.date(2024, 3, 27)), ("03/27/2024", dt.date(2024, 3, 27)),
        ("27-3-24", dt.date(2024, 3, 27)), ("4/4/2024", dt.date(2024, 4, 4)),
        ("27/03/2024 14:05:09", dt.date(2024, 3, 27)), ("27/03/2024 2:05 pm", dt.date(2024, 3, 27)),
        ("3/27/24 14:05:09", dt.date(2024, 3, 27)), ("\uff12\uff17/03/2024", dt.date(2024, 3, 27)),
    ],
)  # fmt: skip
def test_two_numbers_of_which_only_one_can_be_the_month(cell: str, day: dt.date) -> None:
    assert ask(cell) == british(cell) == american(cell) == day


@pytest.mark.parametrize(
    "cell", ["03/04/2024", "3/4/24", "03-04-2024", "03/04/2024 10:00", "3/4/2024 9:05:10 AM"]
)
def test_two_numbers_that_could_both_be_the_month(cell: str) -> None:
    assert ask(cell) == Refusal("date_order_unknown")
    assert british(cell) == APRIL_3
    assert american(cell) == MARCH_4


@pytest.mark.parametrize(
    "cell",
    [
        "Apr-24", "April 2024", "9 April", "2024", 2024, "yesterday", "1/2", "03/04", "31/02/2024",
        "31.02.2024", "2024-13-01", "30 Feb 2024", "13/13/2024", "00/01/2024", "3/4/2024 25:00",
        "3/4/2024 10:61", "13:00 pm", "3/4/99", "9 Apr 99", "03/04-2024", "3/4/024", "45000",
        "2024-04-09 and 2024-05-09", "x" * 5_000, "9 Apr 2024 14:05 am", 3, 0, -5, 10**12, 2.5,
        dt.time(10, 0), dt.timedelta(days=3), "2024-04-09 13:00 pm",
    ],
)  # fmt: skip
def test_what_is_no_date_without_guessing_is_refused(cell: Cell) -> None:
    assert british(cell) == Refusal("date_not_understood")


@pytest.mark.parametrize(
    "cell", ["2204-01-05", dt.date(2204, 1, 5), "1989-12-31", "5.1.1985", dt.datetime(1900, 1, 1)]
)
def test_dates_before_1990_and_after_today_cannot_be_right(cell: Cell) -> None:
    assert british(cell) == Refusal("date_out_of_range")


def test_today_counts_and_tomorrow_does_not() -> None:
    today = dt.date.today()
    assert british(today.isoformat()) == today
    tomorrow = today + dt.timedelta(days=1)
    assert british(tomorrow.isoformat()) == Refusal("date_out_of_range")


def test_serial_numbers_of_both_calendars() -> None:
    # Excel shows 45391 as 9 April 2024, and 43929 where workbooks count from 1904.
    assert british(45391) == british(45391.75) == APRIL_9
    assert date_parser(day_first=None, date1904=True)(43929) == APRIL_9
    assert british(32874) == dt.date(1990, 1, 1)
    assert british(32873) == Refusal("date_not_understood")


@pytest.mark.parametrize(
    ("cells", "order"),
    [
        (["03/04/2024", "27/03/2024"], True),
        (["03/04/2024", "03/27/2024"], False),
        (["27/03/2024", "03/27/2024"], "mixed"),
        (["03/04/2024", "04/04/2024"], None),
        (["2024-03-27", "27.03.2024", dt.date(2024, 3, 27), None], None),
        (["27/27/2024", "99/03/2024 25:00"], None),
    ],
)
def test_what_a_file_proves_of_its_order(cells: list[Cell], order: object) -> None:
    assert date_order([Column.of(cells)]) == order
    halves = [Column.of(cells[:1]), Column.of(cells[1:])]
    assert date_order(halves) == order


def placed(cells: list[Cell], *, column: int = 2) -> DateColumn:
    return DateColumn(
        Column.of(cells), Place("a.csv", "S1", column=column), np.arange(2, 2 + len(cells))
    )


def test_the_order_is_asked_only_where_it_matters_and_nothing_proves_it() -> None:
    assert date_question("a.csv", [placed(["2024-04-09", "4/4/2024"])]) is None
    assert date_question("a.csv", [placed(["03/04/2024"]), placed(["27/03/2024"])]) is None
    question = date_question(
        "a.csv", [placed(["2024-04-09"]), placed(["4/4/2024", "3/4/2024", "3/4/2024"], column=4)]
    )
    assert question is not None
    assert (question.kind, question.subject, question.proposal) == ("dates", (), "day")
    assert (question.n, question.sheet, question.cell) == (2, "S1", "E3")
    assert [value for value, _ in question.choices] == ["day", "month"]


def test_a_file_that_contradicts_itself_is_asked_about() -> None:
    question = date_question("a.csv", [placed(["27/03/2024", "03/27/2024", "03/04/2024"])])
    assert question is not None
    assert question.n == 1
    assert "others the month" in question.text


def test_a_part_of_a_column_proves_only_what_it_holds() -> None:
    column = Column.of(["27/03/2024", "03/04/2024"]).take(np.array([1]))
    assert date_order([column]) is None
