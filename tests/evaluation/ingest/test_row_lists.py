"""Rows and counts as words: what a person needs to find them, and no more."""

from __future__ import annotations

from evaluation.ingest.checking.row_lists import counted, joined, listed_rows
from tests.evaluation.ingest.test_cross_checks import occasion, parse


def test_rows_are_listed_with_their_sheet_and_file_where_there_are_several() -> None:
    parsed = parse(*[occasion(f"P{i}", "baseline") for i in range(4)])
    assert listed_rows(parsed, [1]) == "row 3"
    assert listed_rows(parsed, [0, 1, 3]) == "rows 2, 3 and 5"
    assert listed_rows(parsed, [0, 1, 3], most=2) == "rows 2, 3 and 1 more"
    parsed.rows.loc[2:, "sheet"] = "End"
    assert listed_rows(parsed, [0, 2, 3]) == (
        "row 2 of sheet 'questionnaires'; rows 4 and 5 of sheet 'End'"
    )
    assert listed_rows(parsed, [2, 3]) == "rows 4 and 5"
    parsed.rows["sheet"] = ""
    parsed.rows.loc[3, "file"] = "b.csv"
    assert listed_rows(parsed, [0, 3]) == "row 2 of a.xlsx; row 5 of b.csv"
    assert listed_rows(parsed, [0, 1, 3], most=2) == "rows 2 and 3 of a.xlsx; and 1 more"


def test_counts_and_lists_in_words() -> None:
    assert [joined([]), joined(["a"]), joined(["a", "b"]), joined(["a", "b", "c"])] == [
        "", "a", "a and b", "a, b and c",
    ]  # fmt: skip
    assert (counted(1, "person", "people"), counted(1200, "person", "people")) == (
        "1 person",
        "1,200 people",
    )
