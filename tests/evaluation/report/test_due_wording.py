"""Who is due, in words."""

from __future__ import annotations

import datetime as dt

import pandas as pd
import pytest

from evaluation.report import due_wording
from evaluation.tables.due import DUE_COLUMNS, LATE, NO_END_DATE, OPEN, SOON


def due(*rows: tuple[str, int]) -> pd.DataFrame:
    """A list of people by state and days left."""
    table = pd.DataFrame(
        {
            "site": "Luton", "participant": [f"P{n}" for n in range(len(rows))],
            "state": [state for state, _ in rows], "days_left": [left for _, left in rows],
        }
    ).reindex(columns=list(DUE_COLUMNS))  # fmt: skip
    table["opens_on"] = pd.Timestamp("2025-05-01")
    return table


@pytest.mark.parametrize(
    ("rows", "sentence"),
    [
        ([(OPEN, 30)], "One person can answer now."),
        ([(OPEN, 5)], "One person can answer now, for only 5 more days."),
        ([(OPEN, 0)], "One person can answer now, today only."),
        ([(OPEN, 1), (OPEN, 1)], "Two people can answer now, all of them for only 1 more day."),
        (
            [(OPEN, 20)] * 9 + [(OPEN, 5)] * 3,
            "12 people can answer now, 3 of them for only 5 more days.",
        ),
        (
            [(OPEN, 20), (OPEN, 7), (OPEN, 2)],
            "Three people can answer now, 2 of them for at most 7 more days.",
        ),
        (
            [(LATE, -3)],
            "One person is a little late: their time has just passed, but a late answer still "
            "counts.",
        ),
        ([(SOON, 70), (SOON, 71)], "Two people can answer soon, the first from 1 May 2025."),
        (
            [(NO_END_DATE, 0)],
            "For one person nobody has noted when support ended, so nobody can say when they are "
            "due.",
        ),
        ([], None),
    ],
)
def test_the_list_in_a_line(rows, sentence):
    assert due_wording.due_sentences(due(*rows)) == ([sentence] if sentence else [])


def test_the_most_pressing_comes_first_and_a_person_counts_once():
    table = due((SOON, 70), (LATE, -3), (OPEN, 20), (OPEN, 21))
    table.loc[3, "participant"] = "P2"
    lines = due_wording.due_sentences(table)
    assert [line.split()[0:2] for line in lines] == [["One", "person"]] * 3
    assert "now" in lines[0] and "late" in lines[1] and "soon" in lines[2]


def test_a_late_answer_that_does_not_count_is_not_promised_to():
    line = due_wording.due_sentences(due((LATE, -3)), late_counts=False)[0]
    assert "counts" not in line and "still worth having" in line


def test_the_day_and_how_far_the_data_go():
    day, lock = dt.date(2025, 5, 1), dt.date(2025, 3, 31)
    assert due_wording.made_for_sentence(day, day) == "For 1 May 2025."
    text = due_wording.made_for_sentence(day, lock)
    assert "The data go up to 31 March 2025" in text


def test_nobody_now():
    assert "2 April 2025" in due_wording.nobody_sentence(pd.Timestamp("2025-04-02"))
    assert "nobody is waiting" in due_wording.nobody_sentence(None)


def test_narrow_texts_do_not_break():
    assert due_wording.short_date(pd.Timestamp("2025-04-02")) == "2\xa0Apr\xa02025"
    assert [due_wording.short_wave(w) for w in ("end", "1m", "6m", "")] == [
        "End", "1\xa0month", "6\xa0months", "",
    ]  # fmt: skip
