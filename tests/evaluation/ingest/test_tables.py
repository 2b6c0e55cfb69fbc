"""Where the table is on sheets as people type them: headers, survey tools, every row."""

from __future__ import annotations

import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.ingest.files.cells import Cell, Column, Sheet, Upload
from evaluation.ingest.sheets.tables import find_tables
from tests.evaluation.ingest.typed_sheets import (
    Merged,
    Rows,
    answers,
    left_out,
    table_of,
    tables_of,
)

# The header row


def test_the_first_row_is_the_header_of_a_plain_sheet() -> None:
    table = table_of([["Client", "PHQ pre", "PHQ post"], ["a1", 12.0, 3.0], ["a2", 4.0, None]])
    assert table.header_rows == (1,)
    assert table.header == ("Client", "PHQ pre", "PHQ post")
    assert table.row_numbers.tolist() == [2, 3]
    assert table.left_out == ()
    assert [column.cells() for column in table.columns] == [
        ["a1", "a2"], [12.0, 4.0], [3.0, None],
    ]  # fmt: skip


def test_answers_in_words_do_not_hide_the_header() -> None:
    words = ["Not at all", "Several days", "Nearly every day"]
    rows: Rows = [["Code", "Which survey", "Feeling down", "Sleep"]]
    rows += [[f"K{i}", "Baseline", words[i % 3], words[(i + 1) % 3]] for i in range(6)]
    assert table_of(rows).header_rows == (1,)
    assert table_of([["Results of the pilot"], [], *rows]).header_rows == (3,)


def test_titles_above_the_header_are_named() -> None:
    rows: Rows = [
        ["Westshire", None, "April 2024"],
        ["collected by J"],
        [],
        ["ID", "Q1", "Q2", "Q3"],
    ]
    table = table_of([*rows, *answers(4)])
    assert table.header_rows == (4,)
    assert left_out(table) == {1: "title", 2: "title"}
    assert table.row_numbers.tolist() == [5, 6, 7, 8]


def test_labels_and_their_values_above_are_no_header() -> None:
    rows: Rows = [["Site:", "Luton", "Worker:", "JB"], ["ID", "Q1", "Q2", "Q3"], *answers(3)]
    assert table_of(rows).header_rows == (2,)


def test_a_canonical_header_wins_wherever_it_is() -> None:
    rows: Rows = [
        ["Name of pilot", "Date sent", "Sent by", "Checked"],
        ["Luton", "May", "JB", "yes"],
        [" Participant ", "WAVE", "phq9_1", "phq9_2"],
        ["L1", "baseline", 1.0, 2.0],
    ]
    table = table_of(rows)
    assert table.header_rows == (3,)
    assert table.header == ("Participant", "WAVE", "phq9_1", "phq9_2")
    assert table.source == "template"


def test_the_word_participant_may_be_an_answer() -> None:
    rows: Rows = [["Code", "Who filled it in", "Feeling down"], ["K1", "Participant", "Not at all"],
            ["K2", "Partner", "Several days"], ["K3", "Participant", "Several days"]]  # fmt: skip
    assert table_of(rows).header_rows == (1,)


def test_canonical_answers_in_words_and_a_spare_column_stay_one_plain_table() -> None:
    rows: Rows = [["participant", "wave", None, "comments"], ["L1", "baseline", "x", "fine"],
            ["L2", "end", None, "moved away"]]  # fmt: skip
    table = table_of(rows)
    assert (table.header_rows, table.header) == ((1,), ("participant", "wave", "", "comments"))
    assert table.row_numbers.tolist() == [2, 3]


def test_groups_above_unlike_canonical_names_are_only_a_title() -> None:
    rows: Rows = [["About you", None, "PHQ-9", None], ["participant", "wave", "phq9_1", "phq9_2"],
            ["L1", "end", 1.0, 2.0]]  # fmt: skip
    table = table_of(rows, merged=((1, 0, 1, 1), (1, 2, 1, 3)))
    assert table.header == ("participant", "wave", "phq9_1", "phq9_2")
    assert left_out(table) == {1: "title"}


def test_numbers_of_items_are_headers_without_decimals() -> None:
    table = table_of([["ID", 1.0, 2.0, 3.0], *answers(5)])
    assert table.header == ("ID", "1", "2", "3")
    assert len(table.row_numbers) == 5


def test_years_descending_over_numbers_are_found_below_a_title() -> None:
    rows: Rows = [["Yearly scores"], [], ["Name", "2018", "2017"], ["Ann", 2.0, 4.0], ["Bo", 1.0]]
    assert table_of(rows, header_rows=(3,)).header == ("Name", "2018", "2017")
    counted: Rows = [["Yearly scores"], [], ["Name", 2017.0, 2018.0], *answers(3, width=2)]
    assert table_of(counted).header_rows == (3,)
    assert table_of(counted).header == ("Name", "2017", "2018")


def test_line_breaks_tags_and_hard_blanks_in_headers_become_blanks() -> None:
    rows: Rows = [
        ["Your\ncode", "Feeling<br>down", "PHQ\u00a0 total "],
        ["a", 1.0, 2.0],
    ]
    assert table_of(rows).header == ("Your code", "Feeling down", "PHQ total")


def test_empty_columns_keep_their_place() -> None:
    rows: Rows = [[None, "ID", None, "Q1"], [None, "K1", None, 1.0], [None, "K2", None, 2.0]]
    table = table_of(rows)
    assert table.header == ("", "ID", "", "Q1")
    assert len(table.columns) == 4
    assert table.columns[0].cells() == [None, None]
    assert table.columns[3].cells() == [1.0, 2.0]


def test_without_any_header_the_first_row_counts_as_one() -> None:
    table = table_of([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
    assert (table.header_rows, table.row_numbers.tolist()) == ((1,), [2, 3])


def test_an_empty_sheet_has_no_table() -> None:
    assert tables_of([]) == []
    assert tables_of([[None, " "], [None, None]]) == []


# Headers over several rows

COUPLES: Rows = [
    ["No", "Partner A", None, "Partner B", None, "Notes"],
    [None, "PHQ", "DAS", "PHQ", "DAS", None],
    [1.0, 12.0, 100.0, 3.0, 98.0, "late"],
    [2.0, 2.0, 110.0, 7.0, 91.0, None],
]
COUPLES_HEADER = (
    "No", "Partner A PHQ", "Partner A DAS", "Partner B PHQ", "Partner B DAS", "Notes",
)  # fmt: skip


@pytest.mark.parametrize("merged", [(), ((1, 1, 1, 2), (1, 3, 1, 4), (1, 0, 2, 0))])
@pytest.mark.parametrize("titles", [0, 2])
def test_two_header_rows_are_joined(merged: Merged, titles: int) -> None:
    above: Rows = [["Couples of Westshire"], []]
    rows = above[:titles] + COUPLES
    shifted = tuple((a + titles, b, c + titles, d) for a, b, c, d in merged)
    table = table_of(rows, merged=shifted)
    assert table.header_rows == (1 + titles, 2 + titles)
    assert table.header == COUPLES_HEADER
    assert table.groups == ("", "Partner A", "Partner A", "Partner B", "Partner B", "")
    assert table.row_numbers.tolist() == [3 + titles, 4 + titles]


def test_the_last_group_ends_where_its_labels_do() -> None:
    rows: Rows = [
        ["No", "Partner A", None, "Partner B", None, None],
        [None, "PHQ", "DAS", "PHQ", "DAS", "Comments"],
        [1.0, 12.0, 100.0, 3.0, 98.0, "late"],
    ]
    assert table_of(rows).header[-2:] == ("Partner B DAS", "Comments")


def test_three_header_rows_are_joined() -> None:
    rows: Rows = [
        ["No", "Baseline", None, None, None, "End", None, None, None],
        [None, "Partner A", None, "Partner B", None, "Partner A", None, "Partner B", None],
        [None, "PHQ", "DAS", "PHQ", "DAS", "PHQ", "DAS", "PHQ", "DAS"],
        [1.0, *[float(k) for k in range(20, 28)]],
        [2.0, *[float(k) for k in range(30, 38)]],
    ]
    merged = ((1, 1, 1, 4), (1, 5, 1, 8), (2, 1, 2, 2), (2, 3, 2, 4), (2, 5, 2, 6), (2, 7, 2, 8))
    for ranges in ((), merged):
        table = table_of(rows, merged=ranges)
        assert table.header_rows == (1, 2, 3)
        assert table.header[:4] == (
            "No", "Baseline Partner A PHQ", "Baseline Partner A DAS", "Baseline Partner B PHQ",
        )  # fmt: skip
        assert table.header[-1] == "End Partner B DAS"
        assert table.groups[-1] == "End Partner B"


def test_a_title_merged_over_the_table_is_no_group() -> None:
    rows: Rows = [["All of Westshire", None, None, None], ["ID", "Q1", "Q2", "Q3"], *answers(3)]
    table = table_of(rows, merged=((1, 0, 1, 3),))
    assert table.header == ("ID", "Q1", "Q2", "Q3")
    assert left_out(table) == {1: "title"}


def test_a_title_of_two_cells_is_no_group() -> None:
    rows: Rows = [
        ["Data refreshed on", None, None, "Dec-27 2020"],
        ["ID", "Q1", "Q2", "Q3"],
        *answers(3),
    ]
    table = table_of(rows, merged=((1, 0, 1, 2),))
    assert table.header == ("ID", "Q1", "Q2", "Q3")


def test_groups_in_the_middle_of_their_columns_are_not_joined() -> None:
    """Nobody can tell how far they reach: partner B's PHQ would count as partner A's."""
    rows: Rows = [
        ["No", None, "Partner A", None, None, "Partner B", None],
        ["Couple", "PHQ", "DAS", "GAD", "PHQ", "DAS", "GAD"],
        *answers(3, width=6),
    ]
    assert table_of(rows).groups == ("",) * 7


def test_a_first_row_of_answers_in_words_is_not_joined_to_the_header() -> None:
    rows: Rows = [
        ["Code", "Survey", None, "Mood", "Sleep"],
        ["K1", "Baseline", "x", "Good", "Bad"],
        ["K2", "Baseline", None, "Bad", "Good"],
        ["K3", "End", None, "Good", "Good"],
    ]
    table = table_of(rows)
    assert table.header_rows == (1,)
    assert table.row_numbers.tolist() == [2, 3, 4]


def test_chosen_header_rows_are_used_exactly() -> None:
    table = table_of(COUPLES, header_rows=(2,))
    assert table.header == ("", "PHQ", "DAS", "PHQ", "DAS", "")
    assert left_out(table) == {1: "title"}
    assert table_of(COUPLES, header_rows=(1, 2)).header == COUPLES_HEADER


def test_chosen_header_rows_below_the_sheet_name_nothing() -> None:
    table = table_of(COUPLES, header_rows=(9,))
    assert table.header == ("",) * 6
    assert len(table.row_numbers) == 0


@pytest.mark.parametrize("rows", [(), (0,), (2, -1)])
def test_header_rows_count_from_one(rows: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="header_rows"):
        table_of(COUPLES, header_rows=rows)


# Survey tools

QUALTRICS = ["StartDate", "EndDate", "Status", "Progress", "RecordedDate", "ResponseId", "Q1"]


def qualtrics_rows() -> Rows:
    ids = [f'{{"ImportId":"x{k}"}}' for k in range(7)]
    when = "2024-05-01 10:00:00"
    return [
        [*QUALTRICS],
        ["Start Date", "End Date", "Response Type", "Progress", "Recorded Date", "Response ID",
         "Little interest"],
        [*ids],
        [when, when, "IP Address", 100.0, when, "R_1", "Not at all"],
        [when, when, "Survey Preview", 100.0, when, "R_2", "Several days"],
        [when, when, "Survey Test", 100.0, when, "R_3", "Several days"],
        [when, when, "IP Address", 40.0, when, "R_4", "Several days"],
    ]  # fmt: skip


def test_qualtrics_rows_of_the_tool_and_previews_are_left_out() -> None:
    table = table_of(qualtrics_rows(), kind="csv")
    assert table.source == "qualtrics"
    assert table.header == tuple(QUALTRICS)
    assert table.wording[6] == "Little interest"
    assert table.row_numbers.tolist() == [4, 7]
    assert left_out(table) == {3: "tool", 5: "preview", 6: "preview"}


def test_qualtrics_codes_of_previews_are_left_out() -> None:
    rows = qualtrics_rows()
    codes: list[Cell] = [0, "1", 2.0, "16"]
    for row, code in zip(rows[3:], codes, strict=True):
        row[2] = code
    assert table_of(rows, kind="csv").row_numbers.tolist() == [4, 7]


def test_qualtrics_without_its_extra_rows_loses_nobody() -> None:
    rows = qualtrics_rows()
    table = table_of([rows[0], *rows[3:]], kind="csv")
    assert (table.header_rows, table.row_numbers.tolist()) == ((1,), [2, 5])


def test_surveymonkey_questions_reach_over_their_options() -> None:
    rows: Rows = [
        ["Respondent ID", "Collector ID", "How do<br>you feel?", "Which of these?", None, "Age"],
        [None, None, "Open-Ended Response", "Tired", "Low", "Response"],
        [1.0, 9.0, "well", "Tired", None, 31.0],
        [2.0, 9.0, "so so", None, "Low", 28.0],
    ]
    table = table_of(rows, kind="csv")
    assert table.header == (
        "Respondent ID", "Collector ID", "How do you feel?", "Which of these? Tired",
        "Which of these? Low", "Age",
    )  # fmt: skip
    assert table.groups == ("", "", "", "Which of these?", "Which of these?", "")
    assert table.row_numbers.tolist() == [3, 4]


def test_spss_names_and_wording() -> None:
    rows: Rows = [
        ["q1", "q2"],
        ["Mood", None],
        [1.0, "Total"],
        [None, None],
        [2.0, "b"],
    ]
    table = table_of(rows, kind="sav")
    assert (table.header, table.wording) == (("q1", "q2"), ("Mood", ""))
    assert table.row_numbers.tolist() == [3, 5]


# Every row is accounted for

CELLS = st.sampled_from(
    [None, None, None, "ID", "participant", "wave", "PHQ", "Partner A", "Average", "Key: x", "K1",
     "K2", "baseline", "Timestamp", "Not at all", 0.0, 1.0, 2.0, 3.0, "a rather long remark " * 3]
)  # fmt: skip


@given(
    st.integers(1, 7).flatmap(
        lambda width: st.lists(
            st.one_of(st.lists(CELLS, min_size=width, max_size=width), st.just([None] * width)),
            min_size=1,
            max_size=25,
        )
    ),
    st.sampled_from(["xlsx", "csv", "sav"]),
    st.one_of(st.none(), st.tuples(st.integers(1, 30)), st.just((1, 3))),
    st.sampled_from([(), ((1, 0, 1, 2),), ((2, 1, 3, 1), (2, 2, 2, 3))]),
)
def test_every_row_is_data_header_or_left_out(
    rows: Rows, kind: str, header_rows: tuple[int, ...] | None, merged: Merged
) -> None:
    width = len(rows[0])
    merged = tuple(m for m in merged if m[2] <= len(rows) and m[3] < width)
    holding = [n for n, row in enumerate(rows, start=1) if any(c is not None for c in row)]
    tables = tables_of(rows, kind=kind, header_rows=header_rows, merged=merged)
    assert bool(tables) == bool(holding)
    for table in tables:
        told = [*table.row_numbers.tolist(), *[row for row, _ in table.left_out]]
        told += [row for row in table.header_rows if row in holding]
        assert sorted(told) == holding
        assert len(table.columns) == len(table.header) == len(table.groups) == width
        assert all(len(column) == len(table.row_numbers) for column in table.columns)
    if tables and header_rows:
        assert tables[0].header_rows == header_rows
    # Cells of data: each in one table at most, none of them changed.
    seen: set[tuple[int, int]] = set()
    for table in tables:
        for number, column in enumerate(table.columns):
            for row, cell in zip(table.row_numbers.tolist(), column.cells(), strict=True):
                if cell is not None:
                    assert cell == rows[row - 1][number]
                    assert (row, number) not in seen
                    seen.add((row, number))


@given(st.lists(st.lists(st.sampled_from([0.0, 1.0, 2.0, 3.0, None, "DNA", "?"]), min_size=4,
                         max_size=4), min_size=1, max_size=30))  # fmt: skip
def test_nobody_with_a_code_and_an_answer_is_lost(answers_: Rows) -> None:
    rows: Rows = [[f"WL-{i:03}", *row] for i, row in enumerate(answers_)]
    table = table_of([["Client ID", "Q1", "Q2", "Q3", "Q4"], *rows])
    assert table.row_numbers.tolist() == list(range(2, len(rows) + 2))


WORDS = st.sampled_from(["Client", "Survey", "Mood", "Sleep", "Worry", "Q1", "Q2", "PHQ total"])
ANSWERS = st.sampled_from(
    [None, 0.0, 1.0, 2.0, "Not at all", "Several days", "Baseline", "K1", "K2", "n/a", "x", "fine"]
)


@given(
    st.lists(WORDS, min_size=2, max_size=6, unique=True).flatmap(
        lambda header: st.tuples(
            st.just(header),
            st.lists(
                st.lists(ANSWERS, min_size=len(header) - 1, max_size=len(header) - 1), max_size=8
            ),
        )
    )
)
def test_a_plain_sheet_is_read_plainly_whatever_the_answers(case: tuple[list[str], Rows]) -> None:
    header, cells = case
    rows = [[f"K{i}", *row] for i, row in enumerate(cells)]
    table = table_of([header, *rows])
    assert (table.header_rows, table.header) == ((1,), tuple(header))
    assert table.row_numbers.tolist() == list(range(2, len(rows) + 2))


def test_a_long_sheet_is_not_looked_at_row_by_row() -> None:
    n = 100_000
    codes = np.r_[np.int32(1), np.tile(np.arange(2, 6, dtype=np.int32), n // 4)]
    answer = [Column((None, f"phq9_{k}", 0.0, 1.0, 2.0, 3.0), codes) for k in range(59)]
    ids = Column.of(["Client ID", *(f"P{i}" for i in range(n))])
    sheet = Sheet("S", (ids, *answer))
    started = time.perf_counter()
    (table,) = find_tables(Upload("f.xlsx", "xlsx", (sheet,)), sheet)
    assert time.perf_counter() - started < 2  # a tenth of a second as a rule; row by row, minutes
    assert len(table.row_numbers) == n
