"""What below a header is data, what is left out and why, and where another table begins."""

from __future__ import annotations

import pytest

from evaluation.ingest.files.cells import Cell, Sheet, Upload
from evaluation.ingest.sheets.tables import find_tables
from tests.evaluation.ingest.typed_sheets import (
    Rows,
    answers,
    left_out,
    sheet_of,
    table_of,
    tables_of,
)

# Below the data


@pytest.mark.parametrize(
    ("word", "reason"),
    [("Average", "summary"), ("MEAN", "summary"), ("Total:", "summary"), ("Totals", "summary"),
     ("Sum", "summary"), ("N = 4", "summary"), ("Mean score (n=4)", "summary"), ("Key: x", "note"),
     ("Notes", "note"), ("Legend", "note"), ("Note - two moved away", "note")],
)  # fmt: skip
def test_rows_that_say_what_they_are_end_the_table(word: str, reason: str) -> None:
    below: list[Cell] = [word, 1.5, 2.5, 0.5] if reason == "summary" else [word]
    table = table_of([["ID", "Q1", "Q2", "Q3"], *answers(4), below])
    assert left_out(table) == {6: reason}
    assert table.row_numbers.tolist() == [2, 3, 4, 5]


@pytest.mark.parametrize("code", ["Sum 12", "Key-07", "Total 3", "N 4", "Mean-04", "Notes 1"])
def test_codes_that_begin_with_such_words_are_somebody(code: str) -> None:
    rows: Rows = [["ID", "Q1", "Q2", "Q3"], *answers(3, first="AB {}"), [code, 1.0, 0.0, 2.0]]
    table = table_of(rows)
    assert table.row_numbers.tolist() == [2, 3, 4, 5]


def test_answers_that_begin_with_such_words_are_data() -> None:
    """A sheet without codes, whose first column holds answers."""
    rows: Rows = [["How was it", "Score"]]
    rows += [[("Average", "Good", "Poor")[i % 3], float(i)] for i in range(12)]
    assert len(table_of(rows).row_numbers) == 12


def test_remarks_in_a_first_column_are_data() -> None:
    rows: Rows = [["Remark", "ID", "Q1", "Q2"]]
    rows += [[None, f"K{i}", 1.0, 2.0] for i in range(5)]
    rows[3][0] = "Note: moved house"
    assert len(table_of(rows).row_numbers) == 5


def test_subtotals_do_not_end_the_data() -> None:
    rows: Rows = [["ID", "Q1", "Q2", "Q3"], *answers(3), ["Total", 3.0, 6.0, 9.0], *answers(3)]
    table = table_of(rows)
    assert table.row_numbers.tolist() == [2, 3, 4, 6, 7, 8]
    assert left_out(table) == {5: "summary"}


def test_what_follows_an_average_is_summary_too() -> None:
    head: Rows = [["ID", "Q1", "Q2", "Q3"], *answers(4)]
    rows: Rows = [*head, ["Mean", 1.0, 1.0, 1.0], ["SD", 0.5, 0.5, 0.5],
            [None, 0.1, 0.2, 0.3], ["Number completed", 4.0, 4.0, 4.0]]  # fmt: skip
    assert left_out(table_of(rows)) == dict.fromkeys((6, 7, 8, 9), "summary")


def test_one_blank_row_in_the_data_is_only_left_out() -> None:
    table = table_of([["ID", "Q1", "Q2", "Q3"], *answers(2), [], *answers(2)])
    assert table.row_numbers.tolist() == [2, 3, 5, 6]
    assert table.left_out == ()


def test_codes_below_two_blank_rows_are_still_data() -> None:
    table = table_of([["ID", "Q1", "Q2", "Q3"], *answers(2), [], [], *answers(2)])
    assert table.row_numbers.tolist() == [2, 3, 6, 7]


def test_other_things_below_two_blank_rows_are_not() -> None:
    rows: Rows = [["ID", "Q1", "Q2", "Q3"], *answers(3), [], [], ["please ask Jo"], [None, 12.0]]
    assert left_out(table_of(rows)) == {7: "note", 8: "summary"}


def test_a_row_with_answers_but_no_code_stays() -> None:
    rows: Rows = [
        ["ID", "Q1", "Q2", "Q3"],
        *answers(2),
        [None, 1.0, 2.0, 3.0],
        *answers(2),
        [None, 2.0],
    ]
    table = table_of(rows)
    assert table.row_numbers.tolist() == [2, 3, 4, 5, 6, 7]


def test_a_code_without_answers_stays() -> None:
    table = table_of([["ID", "Q1", "Q2", "Q3"], *answers(3), ["WL-009"], ["7a"]])
    assert table.row_numbers.tolist() == [2, 3, 4, 5, 6]


def test_a_long_remark_in_the_midst_is_a_note_and_ends_nothing() -> None:
    note = "From here on the new form was used, which has the same questions"
    rows: Rows = [["ID", "Q1", "Q2", "Q3"], *answers(2), [note], [None, 1.0, 2.0, 3.0], *answers(2)]
    table = table_of(rows)
    assert left_out(table) == {4: "note"}
    assert table.row_numbers.tolist() == [2, 3, 5, 6, 7]


def test_words_below_columns_of_numbers_are_notes() -> None:
    rows: Rows = [
        ["ID", "Q1", "Q2", "Q3"],
        *answers(4),
        [None, "see the diary"],
        [None, None, "of Jo"],
    ]
    assert left_out(table_of(rows)) == {6: "note", 7: "note"}


def test_a_repeated_header_is_skipped() -> None:
    rows: Rows = [["Client ID", "Q1", "Q2", "Q3"], *answers(2), ["client id ", "Q1", "Q2", "Q3"],
            *answers(2), [], ["Client ID", "Q1", "Q2", "Q3"], *answers(1)]  # fmt: skip
    table = table_of(rows)
    assert left_out(table) == {4: "repeated header", 8: "repeated header"}
    assert table.row_numbers.tolist() == [2, 3, 5, 6, 9]


def test_hidden_rows_stay_among_the_data() -> None:
    plain = sheet_of([["ID", "Q1", "Q2", "Q3"], *answers(3)])
    sheet = Sheet("S", plain.columns, hidden_rows=frozenset({3}))
    (table,) = find_tables(Upload("f.xlsx", "xlsx", (sheet,)), sheet)
    assert table.row_numbers.tolist() == [2, 3, 4]
    assert table.hidden_rows == {3}


# Several tables


def test_stacked_tables_with_titles_are_told_apart() -> None:
    head: list[Cell] = ["ID", "Q1", "Q2", "Q3"]
    rows: Rows = [["Baseline"], head, *answers(3), [], ["End of support"], head, *answers(2)]
    first, second = tables_of(rows)
    assert first.row_numbers.tolist() == [3, 4, 5]
    assert left_out(first) == {1: "title", **dict.fromkeys((7, 8, 9, 10), "other table")}
    assert (second.header_rows, second.row_numbers.tolist()) == ((8,), [9, 10])
    assert left_out(second)[7] == "title"
    assert left_out(second)[3] == "other table"


def test_a_table_of_another_kind_below_is_another_table() -> None:
    rows: Rows = [["ID", "Q1", "Q2", "Q3"], *answers(3), [], ["Site", "Number of couples"],
            ["Luton", 4.0], ["Croydon", 3.0]]  # fmt: skip
    first, second = tables_of(rows)
    assert first.row_numbers.tolist() == [2, 3, 4]
    assert second.header == ("Site", "Number of couples", "", "")
    assert second.row_numbers.tolist() == [7, 8]


def test_words_instead_of_answers_are_no_header() -> None:
    head: Rows = [["ID", "Q1", "Q2", "Q3"], *answers(3)]
    rows: Rows = [*head, [], ["WL-009", "refused", "absent", "moved"],
            *answers(2)]  # fmt: skip
    assert table_of(rows).row_numbers.tolist() == [2, 3, 4, 6, 7, 8]


def test_tables_side_by_side_are_told_apart() -> None:
    rows: Rows = [["Baseline", None, None, None, "End", None, None],
            ["ID", "PHQ", "DAS", None, "ID", "PHQ", "DAS"],
            ["K1", 12.0, 90.0, None, "K1", 3.0, 99.0],
            ["K2", 10.0, 94.0, None, None, None, None]]  # fmt: skip
    left, right = tables_of(rows)
    assert left.header == ("ID", "PHQ", "DAS", "", "", "", "")
    assert right.header == ("", "", "", "", "ID", "PHQ", "DAS")
    assert left.row_numbers.tolist() == [3, 4]
    assert right.row_numbers.tolist() == [3]
    assert left_out(right) == {1: "title", 4: "other table"}
    assert right.columns[0].cells() == [None]
    assert right.columns[5].cells() == [3.0]


def test_a_blank_column_alone_parts_nothing() -> None:
    """The answers behind it would lose their codes."""
    rows: Rows = [["ID", "Q1", "Q2", None, "Date", "Q1 end", "Q2 end"],
            ["K1", 1.0, 2.0, None, "1.5.24", 0.0, 0.0], ["K2", 3.0, 3.0]]  # fmt: skip
    table = table_of(rows)
    assert table.header == ("ID", "Q1", "Q2", "", "Date", "Q1 end", "Q2 end")
    assert table.row_numbers.tolist() == [2, 3]


def test_a_small_table_beside_the_data_is_another_table() -> None:
    rows: Rows = [["ID", "Q1", "Q2", None, None, None], ["K1", 1.0, 2.0, None, None, None],
            ["K2", 1.0, 2.0, None, "Site", "Couples"], ["K3", 1.0, 2.0, None, "Luton", 4.0],
            ["K4", 0.0, 1.0, None, "Croydon", 5.0]]  # fmt: skip
    left, right = tables_of(rows)
    assert left.row_numbers.tolist() == [2, 3, 4, 5]
    assert (right.header_rows, right.row_numbers.tolist()) == ((3,), [4, 5])
