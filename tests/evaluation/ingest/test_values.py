"""Cells as numbers and texts; columns read by their distinct cells."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest

from evaluation.ingest.files.cells import Column
from evaluation.ingest.meaning.values import (
    Missing,
    Refusal,
    choice_parser,
    clean_text,
    number_parser,
    parse_yes_no,
    read_column,
    to_number,
    typed_number,
    was_tidied,
)


@pytest.mark.parametrize(
    ("cell", "number"),
    [
        (2, 2), (2.5, 2.5), ("2", 2), (" 2 ", 2), ("2.0", 2), ("-9", -9), ("+3", 3), (".5", 0.5),
        ("\uff11", 1),  # full-width
        ("\u0663", 3),  # Arabic
        ("\u0969", 3),  # Devanagari
        ("\u00a02\u00a0", 2), ("\u200f2\u200e", 2), ("2\u200b", 2), ("\ufeff2", 2),
        ("\u22129", -9), ("\u20139", -9),  # a minus sign, a dash
    ],
)  # fmt: skip
def test_a_number_is_a_number_however_its_digits_are_written(cell: object, number: float) -> None:
    assert to_number(cell) == number


@pytest.mark.parametrize(
    "cell",
    ["", "x", "2,5", "1,000", "1 2", "2a", "1e3", "nan", "inf", "0x1", "1_000", "2*", "9" * 400,
     None, dt.date(2020, 1, 2), dt.time(2, 0), 1e308, 10**400],
)  # fmt: skip
def test_anything_else_is_no_number(cell: object) -> None:
    assert to_number(cell) is None
    assert np.isnan(typed_number(cell))


@pytest.mark.parametrize("cell", ["12\u00b2", "0\u00b9", "\u2461", "2\u2082", "1\u00bd"])
def test_a_raised_digit_is_no_part_of_a_number(cell: str) -> None:
    assert to_number(cell) is None


def test_a_decimal_comma_counts_only_where_it_is_asked_for() -> None:
    assert to_number("2,5", decimal_comma=True) == 2.5
    assert to_number("-0,25", decimal_comma=True) == -0.25
    assert to_number("1,234,567", decimal_comma=True) is None
    assert to_number("1,000", decimal_comma=True) is None
    assert to_number("1.234,5", decimal_comma=True) is None


def test_texts_keep_their_words_and_lose_what_cannot_be_seen() -> None:
    assert clean_text("  Jo\u00a0 \u200bA\n B ") == "Jo A B"
    assert clean_text("\uff21\uff22\uff11") == "AB1"
    assert clean_text("\u0661\u0662") == "12"
    assert clean_text("007") == "007"
    assert clean_text(7.0) == "7"
    assert clean_text(None) == ""
    assert clean_text(dt.datetime(2017, 6, 30, 9, 5)) == "2017-06-30"


@pytest.mark.parametrize(
    ("cell", "tidied"),
    [
        ("2", False), (" 2 ", False), ("a\n b", False), (2, False), (None, False),
        ("caf\u00e9", False), ("\u00a3", False), ("it\u2019s", False),
        ("\uff12", True), ("\u0662", True), ("2\u00a0", True), ("\u200f2", True),
        ("a\u200bb", True),
    ],
)  # fmt: skip
def test_what_was_read_after_more_than_trimming_is_known(cell: object, tidied: bool) -> None:
    assert was_tidied(cell) is tidied


def parse(cell: object) -> object:
    if cell == "gone":
        return Missing("refused")
    number = to_number(cell)
    return Refusal("answer_not_allowed", {"why": cell}) if number is None else number


def test_a_column_is_read_by_its_distinct_cells() -> None:
    seen: list[object] = []

    def counting(cell: object) -> object:
        seen.append(cell)
        return parse(cell)

    reading = read_column(
        Column.of([1, "2", None, "bad", 1, "gone", "bad", " "]), counting, blank=np.nan
    )
    assert seen == [1, "2", "bad", "gone"]
    np.testing.assert_array_equal(
        reading.floats(), [1, 2, np.nan, np.nan, 1, np.nan, np.nan, np.nan]
    )
    assert reading.objects("") == [1, 2, pytest.approx(np.nan, nan_ok=True), "", 1, "", "",
                                   pytest.approx(np.nan, nan_ok=True)]  # fmt: skip
    assert [(row, refusal.words["why"]) for row, refusal in reading.refused()] == [
        (3, "bad"),
        (6, "bad"),
    ]
    assert reading.reasons() == [(5, "refused")]


def test_rows_of_a_part_of_a_column_are_counted_from_its_first() -> None:
    column = Column.of(["bad", 1, "gone", 2, "bad"]).take(np.array([1, 2, 3]))
    reading = read_column(column, parse, blank=np.nan)
    np.testing.assert_array_equal(reading.floats(), [1, np.nan, 2])
    assert list(reading.refused()) == []
    assert reading.reasons() == [(1, "refused")]


def test_errors_of_the_spreadsheet_are_refused_whatever_the_column_holds() -> None:
    reading = read_column(Column.of(["#N/A", "#div/0!", "n/a"]), clean_text, blank="")
    assert [(row, refusal.code) for row, refusal in reading.refused()] == [
        (0, "error_cell"),
        (1, "error_cell"),
    ]
    assert reading.objects("") == ["", "", "n/a"]


def test_odd_characters_are_counted_by_cell() -> None:
    column = Column.of(["\uff11", "\uff11", "1", "\u00a02", "b\u200bad"])
    assert read_column(column, parse, blank=np.nan).count_tidied() == 3


def test_the_other_parsers() -> None:
    assert parse_yes_no(" Yes") is True
    assert parse_yes_no(0) is False
    assert parse_yes_no("maybe") == Refusal("value_not_understood", {"allowed": "yes or no"})
    choose = choice_parser(("planned", "dropped out"))
    assert choose("Dropped_Out") == "dropped out"
    assert isinstance(choose("other"), Refusal)
    whole = number_parser(low=0, high=10, whole=True)
    assert whole("\uff13") == 3
    assert isinstance(whole("2.5"), Refusal)
    assert isinstance(whole(11), Refusal)
