"""The tables of real exports and messy workbooks, judged by eye."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.evaluation.ingest.typed_sheets import (
    EXPORTS,
    SCORES,
    left_out,
    needs_exports,
    tables_in,
)


@needs_exports
def test_the_couples_workbook() -> None:
    path = EXPORTS / "SYNTHETIC_couples_one_row_two_headers.xlsx"
    (table,) = tables_in(path, "Westshire couples")
    scores = ("PHQ total (0-27)", "DAS pre", "DAS post", "Mum/Dad")
    assert table.header == (
        "Couple no.", "Date done", *(f"Partner A {s}" for s in scores),
        *(f"Partner B {s}" for s in scores), "Notes",
    )  # fmt: skip
    assert table.groups[2:10] == ("Partner A",) * 4 + ("Partner B",) * 4
    assert table.header_rows == (3, 4)
    assert table.row_numbers.tolist() == list(range(5, 23))
    assert left_out(table) == {1: "title", 23: "summary", 25: "note"}


# file, header rows, first and last row of data, people or rows
PLAIN = [
    (EXPORTS / "SYNTHETIC_msforms_phq9.xlsx", (1,), 2, 31, 30),
    (EXPORTS / "SYNTHETIC_wide_suffix_cp1252_semicolon.csv", (1,), 2, 41, 40),
    (EXPORTS / "excel_table_object.xlsx", (1,), 2, 5, 4),
    (EXPORTS / "excel_dirty_data.xlsx", (2,), 3, 15, 12),  # row 10 is blank
    (EXPORTS / "excel_header_not_first.xlsx", (9,), 10, 10, 1),
    (EXPORTS / "qualtrics_3header_sample.csv", (1, 2), 4, 4, 1),
    (EXPORTS / "qualtrics_legacy_2header_bom.csv", (1, 2), 3, 3, 1),
    (EXPORTS / "redcap_arms.csv", (1,), 2, 61, 60),
    (EXPORTS / "redcap_repeating_instruments.csv", (1,), 2, 7, 6),
    (EXPORTS / "redcap_problematic_values.csv", (1,), 2, 3, 2),
    (EXPORTS / "surveymonkey_steak_2header.csv", (1, 2), 3, 552, 550),
    (SCORES / "bdi_beat_the_blues_uk_rct.csv", (1,), 2, 101, 100),
    (SCORES / "couples_acitelli_pairwise_148.csv", (1,), 2, 297, 296),
    (SCORES / "das_jacobson1989_prepost.csv", (1,), 2, 61, 60),
    (SCORES / "hads_oncology_n201.csv", (1,), 2, 202, 201),
    (SCORES / "phq9_chiu_n2177.csv", (1,), 2, 2178, 2177),
    (SCORES / "phq9_isixhosa_minimised.csv", (1,), 2, 48, 47),
    (SCORES / "stai_state_28studies_waves.csv", (1,), 2, 5379, 5378),
]


@needs_exports
@pytest.mark.parametrize(
    ("path", "header_rows", "first", "last", "n"), PLAIN, ids=[case[0].name for case in PLAIN]
)
def test_real_files_have_one_table(
    path: Path, header_rows: tuple[int, ...], first: int, last: int, n: int
) -> None:
    (table,) = tables_in(path)
    assert table.header_rows == header_rows
    assert (table.row_numbers[0], table.row_numbers[-1], len(table.row_numbers)) == (first, last, n)


@needs_exports
def test_a_sheet_for_each_wave() -> None:
    tables = tables_in(EXPORTS / "SYNTHETIC_sheet_per_wave.xlsx")
    assert [(t.sheet, len(t.row_numbers)) for t in tables] == [
        ("Baseline", 25), ("End of support ", 21), ("3m FU", 17),
    ]  # fmt: skip


@needs_exports
@pytest.mark.parametrize("sheet", ["arts", "other"])
def test_notes_above_and_below(sheet: str) -> None:
    (table,) = tables_in(EXPORTS / "excel_notes_above_below.xlsx", sheet)
    assert table.header_rows == (5,)
    assert table.header[0] == "Name"
    assert table.row_numbers.tolist() == list(range(6, 16))
    assert left_out(table) == {
        **dict.fromkeys((1, 2, 3, 4), "title"), **dict.fromkeys((16, 17, 18, 19), "note"),
    }  # fmt: skip


@needs_exports
def test_four_small_tables_on_one_sheet() -> None:
    tables = tables_in(EXPORTS / "excel_multi_header_formatting.xlsx", "small-multiples")
    assert [(t.header_rows, t.row_numbers.tolist()) for t in tables] == [
        ((2,), [3, 4]), ((7,), [8, 9]), ((2,), [3, 4]), ((7,), [8, 9]),
    ]  # fmt: skip
    assert [t.header.index("Name") for t in tables] == [0, 0, 4, 4]


@needs_exports
def test_groups_without_merged_cells() -> None:
    (table,) = tables_in(EXPORTS / "excel_multi_header_formatting.xlsx", "implied-multiples")
    assert table.header[:3] == ("Name", "Humanities Classics", "Humanities Grade")
    assert table.header[5:7] == ("Performance Music", "Performance Grade")


@needs_exports
def test_repeated_headers_in_a_real_sheet() -> None:
    (table,) = tables_in(EXPORTS / "excel_multi_header_formatting.xlsx", "pivot-repeated-headers")
    assert left_out(table) == dict.fromkeys((7, 12, 17), "repeated header")
    assert len(table.row_numbers) == 16


@needs_exports
def test_questions_of_real_exports() -> None:
    (table,) = tables_in(EXPORTS / "surveymonkey_steak_2header.csv")
    assert table.header[2] == "Do you ever smoke cigarettes?"
    assert "<br>" not in table.header[1]
    (table,) = tables_in(EXPORTS / "qualtrics_legacy_2header_bom.csv")
    assert table.header[7:11] == ("StartDate", "EndDate", "Finished", "Q1")
    assert table.wording[10] == "This is a multiple choice question."
