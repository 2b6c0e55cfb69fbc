"""The ways in which spreadsheets are silently misread, each tried through the public door.

A value arrives as it was typed, or somebody is told. Nothing becomes missing, moves to another
column or turns into another number, date or person without a word.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import zipfile

import openpyxl
import pandas as pd
import pytest

from evaluation.ingest.columns.choices import Mapping
from evaluation.ingest.pipeline import read_files
from evaluation.model import ImportReport

HEADER = ["site", "participant", "wave", "completed_on", "phq9_1", "phq9_2"]
KINDS = pytest.mark.parametrize("kind", ["csv", "xlsx"])


def table(*rows: list) -> list[list]:
    """The header, and rows that begin with the participant's code."""
    return [HEADER, *(["Luton", *row] for row in rows)]


def csv_bytes(rows: list[list]) -> bytes:
    buffer = io.StringIO(newline="")
    csv.writer(buffer).writerows(["" if cell is None else cell for cell in row] for row in rows)
    return buffer.getvalue().encode()


def workbook_bytes(rows: list[list], *, change: tuple[bytes, bytes] = (b"", b"")) -> bytes:
    """A workbook of these rows, its sheet's XML perhaps changed as another program writes it."""
    workbook = openpyxl.Workbook()
    workbook.active.title = "questionnaires"
    for row in rows:
        workbook.active.append(row)
    buffer, result = io.BytesIO(), io.BytesIO()
    workbook.save(buffer)
    with zipfile.ZipFile(buffer) as old, zipfile.ZipFile(result, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            if name == "xl/worksheets/sheet1.xml" and change[0]:
                content = content.replace(b"<v></v>", b"<v />")  # with lxml, and without it
                assert change[0] in content
                content = content.replace(*change)
            new.writestr(name, content)
    return result.getvalue()


def read(rows: list[list], kind: str = "xlsx", **options) -> ImportReport:
    data = workbook_bytes(rows) if kind == "xlsx" else csv_bytes(rows)
    return read_files([(f"a.{kind}", data)], **options)


def read_text(text: str) -> ImportReport:
    return read_files([("a.csv", text.encode())])


def answers(report: ImportReport) -> dict[str, list[float | None]]:
    """Each person's answers to PHQ-9 items 1 and 2, None where there is none."""
    if "phq9" not in report.dataset.answers:
        return {}
    given = report.dataset.answers["phq9"].reindex(columns=[1, 2])
    people = report.dataset.records["participant"].reindex(given.index)
    rows = given.astype(object).where(given.notna(), None).to_numpy().tolist()
    return dict(zip(people, rows, strict=True))


def dates(report: ImportReport) -> dict[str, dt.date | None]:
    records = report.dataset.records
    return {
        person: None if pd.isna(day) else day.date()
        for person, day in zip(records["participant"], records["completed_on"], strict=True)
    }


def told(report: ImportReport) -> list[tuple[str, str]]:
    """What a person has to look at, and where."""
    return [(p.code, p.cell) for p in report.problems if p.severity != "note"]


def people(report: ImportReport) -> list[str]:
    return list(report.dataset.participants["participant"])


# --- words that are taken for "nothing there" ---------------------------------------------------


@KINDS
@pytest.mark.parametrize("word", ["None", "NA", "nan", "null", "NULL", "NaN"])
def test_words_that_libraries_take_for_missing_are_words(kind: str, word: str) -> None:
    """A person's code may be NA, a route of referral None; neither is a gap."""
    rows = [[*HEADER, "referral_route"], ["Luton", word, "baseline", None, 1, 2, word]]
    report = read(rows, kind)
    assert told(report) == []
    assert answers(report) == {word: [1, 2]}
    assert report.dataset.participants["referral_route"].tolist() == [word]


@KINDS
def test_a_class_called_none_does_not_become_a_missing_answer(kind: str) -> None:
    report = read(table(["P1", "baseline", None, "None", 2]), kind)
    assert answers(report) == {"P1": [None, 2]}
    assert any(p.severity != "note" and "None" in p.message for p in report.problems)


# --- columns that move --------------------------------------------------------------------------


def test_a_comma_at_the_end_of_the_data_rows_moves_nothing() -> None:
    report = read_text(
        "site,participant,wave,phq9_1,phq9_2\nLuton,P1,baseline,0,3,\nLuton,P2,baseline,1,2,\n"
    )
    assert told(report) == []
    assert answers(report) == {"P1": [0, 3], "P2": [1, 2]}


def test_a_comma_at_the_end_of_every_row_moves_nothing() -> None:
    report = read_text("site,participant,wave,phq9_1,phq9_2,\nLuton,P1,baseline,0,3,\n")
    assert told(report) == []
    assert answers(report) == {"P1": [0, 3]}


def test_rows_that_are_too_short_or_too_long_move_nothing() -> None:
    report = read_text(
        "site,participant,wave,phq9_1,phq9_2\n"
        "Luton,P1,baseline,0\n"
        "Luton,P2,baseline,1,2,3,3\n"
        "Luton,P3,baseline,2,1\n"
    )
    assert answers(report) == {"P1": [0, None], "P2": [1, 2], "P3": [2, 1]}


@KINDS
@pytest.mark.parametrize("second", ["phq9_2", "PHQ9_2", "phq9_2 "])
def test_two_columns_of_one_name_are_never_chosen_between(kind: str, second: str) -> None:
    report = read([[*HEADER, second], ["Luton", "P1", "baseline", None, 0, 1, 2]], kind)
    assert report.blocked
    assert "duplicate_column" in [p.code for p in report.problems]
    assert report.dataset.records.empty


# --- dates --------------------------------------------------------------------------------------


@KINDS
def test_a_date_that_can_be_read_in_two_ways_is_never_picked(kind: str) -> None:
    report = read(table(["P1", "baseline", "03/04/2024", 1, 2]), kind)
    assert dates(report) == {"P1": None}
    assert told(report)
    assert answers(report) == {"P1": [1, 2]}


@KINDS
@pytest.mark.parametrize(
    ("day_first", "day"), [(True, dt.date(2024, 4, 3)), (False, dt.date(2024, 3, 4))]
)
def test_once_somebody_has_said_so_it_is_that_day(kind: str, day_first: bool, day: dt.date) -> None:
    rows = table(["P1", "baseline", "03/04/2024", 1, 2])
    report = read(rows, kind, mapping=Mapping(day_first=day_first))
    assert dates(report) == {"P1": day}
    assert told(report) == []


@KINDS
@pytest.mark.parametrize("day_first", [None, True, False])
def test_year_month_day_stays_year_month_day(kind: str, day_first: bool | None) -> None:
    rows = table(["P1", "baseline", "2024-04-03", 1, 2], ["P2", "baseline", "2024-03-04", 1, 2])
    report = read(rows, kind, mapping=Mapping(day_first=day_first))
    assert dates(report) == {"P1": dt.date(2024, 4, 3), "P2": dt.date(2024, 3, 4)}
    assert told(report) == []


@KINDS
def test_a_day_above_twelve_is_never_another_month(kind: str) -> None:
    report = read(table(["P1", "baseline", "25/04/2024", 1, 2]), kind)
    assert dates(report)["P1"] in (None, dt.date(2024, 4, 25))
    assert dates(report)["P1"] is not None or told(report)


@KINDS
@pytest.mark.parametrize("typed", ["Apr-24", "April", "2024", "45385", "31/02/2024", "12.13.2024"])
def test_half_a_date_is_none_and_is_told(kind: str, typed: str) -> None:
    report = read(table(["P1", "baseline", typed, 1, 2]), kind)
    assert dates(report) == {"P1": None}
    assert told(report)


def test_a_real_date_cell_is_that_day() -> None:
    rows = table(
        ["P1", "baseline", dt.date(2024, 4, 3), 1, 2],
        ["P2", "baseline", dt.datetime(2024, 4, 3, 23, 59), 1, 2],
    )
    report = read(rows)
    assert dates(report) == {"P1": dt.date(2024, 4, 3), "P2": dt.date(2024, 4, 3)}
    assert told(report) == []


# --- what a workbook says of itself --------------------------------------------------------------


@pytest.mark.parametrize("claimed", ["A1", "A1:B2", "A1:XFD1048576", "C3:D4"])
def test_a_wrong_dimension_neither_hides_nor_invents_cells(claimed: str) -> None:
    rows = table(["P1", "baseline", None, 1, 2], ["P2", "baseline", None, 3, 0])
    change = (b'<dimension ref="A1:F3"', f'<dimension ref="{claimed}"'.encode())
    report = read_files([("a.xlsx", workbook_bytes(rows, change=change))])
    assert told(report) == []
    assert answers(report) == {"P1": [1, 2], "P2": [3, 0]}


@KINDS
@pytest.mark.parametrize("error", ["#N/A", "#DIV/0!", "#REF!", "#VALUE!", "#NAME?", "#NUM!"])
def test_a_cell_that_shows_an_error_is_no_unanswered_question(kind: str, error: str) -> None:
    report = read(table(["P1", "baseline", None, error, 2]), kind)
    assert told(report) == [("error_cell", "E2")]
    assert error in next(p.message for p in report.problems if p.code == "error_cell")
    assert answers(report) == {"P1": [None, 2]}


@KINDS
def test_an_error_in_place_of_a_date_or_a_code_is_told_too(kind: str) -> None:
    rows = table(["P1", "baseline", "#REF!", 1, 2], ["#N/A", "baseline", None, 3, 0])
    report = read(rows, kind)
    assert {"D2", "B3"} <= {cell for _, cell in told(report)}
    assert answers(report) == {"P1": [1, 2]}


def test_a_formula_that_nobody_worked_out_is_told() -> None:
    report = read(table(["P1", "baseline", None, "=1+1", 2]))
    assert told(report) == [("formula_without_value", "E2")]
    assert answers(report) == {"P1": [None, 2]}


def test_a_formula_with_its_result_is_that_result() -> None:
    rows = table(["P1", "baseline", None, "=1+1", 1])
    change = (b"<f>1+1</f><v />", b"<f>1+1</f><v>2</v>")
    report = read_files([("a.xlsx", workbook_bytes(rows, change=change))])
    assert told(report) == []
    assert answers(report) == {"P1": [2, 1]}


def test_a_formula_without_a_result_in_place_of_a_code_is_told() -> None:
    report = read(table(["=A1", "baseline", None, 1, 2], ["P2", "baseline", None, 3, 0]))
    assert "B2" in {cell for _, cell in told(report)}
    assert answers(report) == {"P2": [3, 0]}


# --- codes of people ----------------------------------------------------------------------------


@KINDS
def test_codes_stay_text_with_their_zeros_and_letters(kind: str) -> None:
    codes = ["007", "7a", "12345678901234567890", "1e5", "0x1F", "TRUE", "1.50"]
    report = read(table(*[[code, "baseline", None, 1, 2] for code in codes]), kind)
    assert people(report) == codes


def test_numbers_as_codes_are_written_as_a_person_sees_them() -> None:
    report = read(table(*[[code, "baseline", None, 1, 2] for code in (7, 3292879998, 10**14)]))
    assert people(report) == ["7", "3292879998", "100000000000000"]


@KINDS
def test_seven_and_double_o_seven_are_never_one_person_without_a_word(kind: str) -> None:
    """Their rows have one wave: if they were joined, one of the two would be lost."""
    report = read(table(["007", "baseline", None, 1, 2], ["7", "baseline", None, 3, 0]), kind)
    assert answers(report) == {"007": [1, 2], "7": [3, 0]}


@KINDS
def test_a_long_number_is_never_rounded_to_another_persons(kind: str) -> None:
    """Beyond 2**53 not every whole number is one that a spreadsheet can hold."""
    numbers = [2**53, 2**53 + 1]
    rows = [[number, "baseline", None, n, 2] for n, number in enumerate(numbers)]
    report = read(table(*rows), kind)
    assert not report.blocked
    exact = {str(2**53): [0, 2], str(2**53 + 1): [1, 2]}
    if kind == "csv":
        assert answers(report) == exact
    else:
        kept = answers(report)
        assert told(report) or kept == exact
        assert all(exact.get(code, given) == given for code, given in kept.items())


# --- letters that only look like others ----------------------------------------------------------


@KINDS
@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("１", 1), ("٣", 3), ("\u00a02\u00a0", 2), ("2\u200b", 2), ("\u200f3", 3), ("\ufeff1", 1),
        (" 2 ", 2), ("2.0", 2), ("2,0", 2),
    ],
)  # fmt: skip
def test_digits_of_other_keyboards_are_those_digits(kind: str, typed: str, meant: int) -> None:
    report = read(table(["P1", "baseline", None, typed, 2]), kind)
    given = answers(report)["P1"]
    assert given in ([meant, 2], [None, 2])
    assert given == [meant, 2] or told(report)
    if typed not in ("2.0", "2,0"):
        assert given == [meant, 2]


@KINDS
@pytest.mark.parametrize("typed", ["2,5", "1 2", "1-2", "12", "½", "2²", "O", "l"])
def test_what_is_no_allowed_number_is_told(kind: str, typed: str) -> None:
    report = read(table(["P1", "baseline", None, typed, 2]), kind)
    assert answers(report) == {"P1": [None, 2]}
    assert told(report)


@KINDS
@pytest.mark.parametrize(
    ("typed", "meant"), [("9,5", 9.5), ("9²", 9), ("9 5", None), ("9/5", None)]
)
def test_a_mark_beside_a_score_never_makes_it_ten_times_as_large(
    kind: str, typed: str, meant: float | None
) -> None:
    rows = [["site", "participant", "wave", "das_32_total"], ["Luton", "P1", "baseline", typed]]
    report = read(rows, kind)
    assert not report.blocked
    supplied = report.dataset.supplied.get("das_32", pd.DataFrame({"total": []}))["total"].dropna()
    assert supplied.tolist() == [meant] or (supplied.empty and told(report))


@KINDS
def test_blanks_that_nobody_sees_make_no_second_person(kind: str) -> None:
    rows = table(
        ["P1", "baseline", None, 1, 2],
        ["P1\u00a0", "end", None, 2, 1],
        ["\u200bP1 ", "3m\u00a0", None, 0, 0],
    )
    report = read(rows, kind)
    assert told(report) == []
    assert people(report) == ["P1"]
    assert report.dataset.records["wave"].tolist() == ["baseline", "end", "3m"]


@KINDS
def test_blanks_in_a_header_hide_no_column(kind: str) -> None:
    header = ["site", "\ufeffparticipant ", "Wave\u00a0", "completed_on", "PHQ9_1\u200b", " phq9_2"]
    report = read([header, ["Luton", "P1", "baseline", None, 1, 2]], kind)
    assert told(report) == []
    assert answers(report) == {"P1": [1, 2]}


# --- where a cell is ----------------------------------------------------------------------------


@KINDS
def test_rows_are_numbered_as_the_spreadsheet_program_does(kind: str) -> None:
    """Blank rows above the table and within it count."""
    header, good, bad, last = table(
        ["P1", "baseline", None, 1, 2],
        ["P2", "baseline", None, 5, 2],
        ["P3", "basline", None, 1, 2],
    )
    report = read([[], [], header, good, [], bad, last], kind)
    assert told(report) == [("answer_not_allowed", "E6"), ("unknown_wave", "C7")]
    assert [p.row for p in report.problems if p.severity != "note"] == [6, 7]
    assert answers(report) == {"P1": [1, 2], "P2": [None, 2]}
    sources = report.sources.set_index(report.dataset.records["participant"].to_numpy())
    assert sources["row"].to_dict() == {"P1": 4, "P2": 6}


def test_blank_columns_before_the_table_count() -> None:
    rows = [[None, None, *row] for row in table(["P1", "baseline", None, 5, 2])]
    assert told(read(rows)) == [("answer_not_allowed", "G2")]


def test_a_line_break_inside_a_cell_is_no_new_row() -> None:
    report = read_text(
        'site,participant,wave,referral_route,phq9_1\nLuton,P1,baseline,"GP,\nthen self",1\n'
        "Luton,P2,baseline,GP,5\n"
    )
    assert people(report) == ["P1", "P2"]
    assert told(report) == [("answer_not_allowed", "E3")]
