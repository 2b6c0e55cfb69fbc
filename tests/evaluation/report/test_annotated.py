"""The upload given back: every cell where it was, what is wrong marked, nothing else in it."""

from __future__ import annotations

import datetime as dt
import io
import time
import zipfile
from collections.abc import Sequence

import openpyxl
import pytest
from openpyxl.utils import column_index_from_string, coordinate_to_tuple

from evaluation.ingest.files.cells import Cell, Column, Sheet, Upload
from evaluation.ingest.problems import Place, make_problem
from evaluation.ingest.templates.template import SYNTHETIC_NAME
from evaluation.model import Problem
from evaluation.report.annotated import annotated_workbook

YELLOW, PALE = "FFFFFF00", "FFFFF7CC"
LEFT_OUT = "(left out: personal details)"


def sheet_of(name: str, rows: Sequence[Sequence[Cell]], **more) -> Sheet:
    width = max(map(len, rows))
    padded = [[*row, *[None] * (width - len(row))] for row in rows]
    return Sheet(name, tuple(Column.of(cells) for cells in zip(*padded, strict=True)), **more)


def upload_of(*sheets: Sheet, file: str = "site.xlsx", **more) -> Upload:
    return Upload(file, "csv" if file.endswith("csv") else "xlsx", sheets, **more)


def problem(cell: str = "", *, severity: str = "drop_cell", row: int | None = None,
            sheet: str = "questionnaires", code: str = "answer_not_allowed", value: str = "4",
            message: str = "", file: str = "site.xlsx") -> Problem:  # fmt: skip
    found = coordinate_to_tuple(cell) if cell else (row, 0)
    return Problem(
        code=code, severity=severity, message=message or f"'{value}' at {cell} is wrong.",
        fix="Correct it.", file=file, sheet=sheet, cell=cell, row=found[0],
        column=cell.rstrip("0123456789"), value=value,
    )  # fmt: skip


def opened(data: bytes) -> openpyxl.Workbook:
    return openpyxl.load_workbook(io.BytesIO(data))


def fill(cell) -> str:
    return cell.fill.start_color.rgb if cell.fill.fill_type else ""


def listed(book: openpyxl.Workbook) -> list[tuple]:
    """The rows of the list below its header."""
    rows = list(book["Problems"].iter_rows(values_only=True))
    head = next(i for i, row in enumerate(rows) if row[0] == "What is wrong")
    return rows[head + 1 :]


ROWS: list[list[Cell]] = [
    ["Answers of the site", None, None, None],
    [None, None, None, None],
    ["participant", "wave", "completed_on", "phq9_1"],
    ["007", "baseline", dt.datetime(2017, 3, 4), 2.0],
    ["P2", "end", dt.date(2017, 9, 30), "12*"],
    [None, "3m", dt.datetime(2017, 9, 30, 14, 5), 4],
]
SHEET = sheet_of("questionnaires", ROWS)


def test_every_cell_keeps_its_address_and_dates_stay_dates() -> None:
    sheet = opened(annotated_workbook([upload_of(SHEET)], []))["questionnaires"]
    assert sheet["A1"].value == "Answers of the site"
    assert sheet["A4"].value == "007" and sheet["A4"].data_type == "s"
    assert sheet["A4"].number_format == "@"
    assert sheet["D4"].value == 2 and sheet["D4"].data_type == "n"
    assert sheet["D5"].value == "12*"
    assert sheet["C4"].value == dt.datetime(2017, 3, 4)
    assert sheet["C4"].number_format == "yyyy-mm-dd"
    assert sheet["C5"].value == dt.datetime(2017, 9, 30)
    assert sheet["C6"].value == dt.datetime(2017, 9, 30, 14, 5)
    assert (sheet["A6"].value, sheet["B6"].value) == (None, "3m")
    assert sheet.dimensions == "A1:D6"


@pytest.mark.parametrize("many", [False, True])
def test_wrong_cells_are_yellow_with_their_sentence_and_the_list_leads_to_them(many: bool) -> None:
    rows = ROWS + [["P9", "end", None, 1]] * (20_001 if many else 0)
    problems = [
        problem("D5", value="12*"),
        problem("D6"),
        problem("D5", message="And '12*' again."),
    ]
    book = opened(annotated_workbook([upload_of(sheet_of("questionnaires", rows))], problems))
    assert book.sheetnames == ["Problems", "questionnaires"]
    sheet = book["questionnaires"]
    coloured = {cell.coordinate for row in sheet.iter_rows() for cell in row if fill(cell)}
    assert coloured == {"D5", "D6"}
    assert fill(sheet["D5"]) == YELLOW
    assert sheet["D5"].value == "12*"
    assert sheet["D5"].comment.text == (
        "'12*' at D5 is wrong. Correct it.\nAnd '12*' again. Correct it."
    )
    links = {cell.value: cell.hyperlink.location for row in book["Problems"].iter_rows()
             for cell in row if cell.hyperlink}  # fmt: skip
    assert links == {
        "questionnaires, D5": "'questionnaires'!D5", "questionnaires, D6": "'questionnaires'!D6",
    }  # fmt: skip
    assert sheet.max_row == len(rows)


def test_the_list_is_grouped_by_gravity_then_cause_then_place() -> None:
    problems = [
        problem("A5", severity="note", code="read_as", message="a"),
        problem("D6", code="error_cell", message="b"),
        problem("D4", code="answer_not_allowed", message="c"),
        problem("C6", code="error_cell", message="d"),
        problem("D5", code="answer_not_allowed", message="e"),
        problem("B5", severity="refuse_row", code="unknown_wave", message="f"),
        problem(sheet="", severity="ask", code="coding", message="g", value="x"),
    ]
    rows = listed(opened(annotated_workbook([upload_of(SHEET)], problems)))
    assert [row[0] for row in rows] == ["f", "d", "b", "c", "e", "g", "a"]
    assert rows[0] == (
        "f", "Correct it.", "questionnaires, B5", "4", "The row was left out",
    )  # fmt: skip
    assert rows[5][2] == "site.xlsx"


def test_the_list_can_be_filtered_and_its_header_stays_in_sight() -> None:
    sheet = opened(annotated_workbook([upload_of(SHEET)], [problem("D5"), problem("D6")]))[
        "Problems"
    ]
    assert sheet["A1"].value == "Things to correct or to know: 2"
    head = next(cell.row for cell in sheet["A"] if cell.value == "What is wrong")
    assert sheet.auto_filter.ref == f"A{head}:E{head + 2}"
    assert sheet.freeze_panes == f"A{head + 1}"
    assert sheet[f"A{head + 1}"].alignment.wrap_text
    assert sheet.column_dimensions["A"].width > 40


def test_a_refused_row_has_its_code_on_yellow() -> None:
    refused = problem("B6", severity="refuse_row", code="unknown_wave")
    rows = [*ROWS[:5], ["P3", "later", None, 4]]
    upload = upload_of(sheet_of("questionnaires", [["x", *row] for row in rows]))
    where = ("site.xlsx", "questionnaires")
    moved = problem("C6", severity="refuse_row", code="unknown_wave")
    sheet = opened(annotated_workbook([upload], [moved], code_columns={where: 1}))["questionnaires"]
    assert {c.coordinate for row in sheet for c in row if fill(c) == YELLOW} == {"B6", "C6"}
    assert sheet["B6"].comment is None
    without = opened(annotated_workbook([upload_of(SHEET)], [refused]))["questionnaires"]
    assert {c.coordinate for row in without for c in row if fill(c) == YELLOW} == {"B6"}


def test_problems_without_a_cell_mark_their_row_or_stand_in_the_list_alone() -> None:
    problems = [
        problem(row=6, message="of the row"),
        problem(row=2, message="of a blank row"),
        problem(message="of the sheet"),
        problem(sheet="elsewhere", cell="B2", message="of a sheet that was not read"),
        problem(row=99, message="beyond the last row"),
    ]
    book = opened(annotated_workbook([upload_of(SHEET)], problems))
    sheet = book["questionnaires"]
    assert {c.coordinate for row in sheet for c in row if fill(c)} == {"B6"}
    assert len(listed(book)) == 5
    links = [c.value for row in book["Problems"].iter_rows() for c in row if c.hyperlink]
    assert links == ["questionnaires, row 6"]


def test_remarks_are_paler_than_what_is_to_be_corrected() -> None:
    problems = [
        problem("D4", severity="note"),
        problem("D5", severity="note"),
        problem("D5", severity="ask"),
    ]
    sheet = opened(annotated_workbook([upload_of(SHEET)], problems))["questionnaires"]
    assert (fill(sheet["D4"]), fill(sheet["D5"])) == (PALE, YELLOW)


def test_a_blank_cell_can_be_marked_too() -> None:
    sheet = opened(annotated_workbook([upload_of(SHEET)], [problem("A6"), problem("F8")]))
    page = sheet["questionnaires"]
    assert fill(page["A6"]) == YELLOW and page["A6"].value is None
    assert fill(page["F8"]) == YELLOW and page["F8"].comment.text


# --- what must not travel ----------------------------------------------------------------------

PEOPLE: list[list[Cell]] = [
    ["Programme", None, "Contact list"],
    ["participant", "phq9_1", "Full name"],
    ["P1", 0, "Jo Smith"],
    ["P2", 1, None],
    ["P3", 2, "Al Jones"],
]


@pytest.mark.parametrize("header_rows", [{}, {("site.xlsx", "questionnaires"): (2,)}])
def test_no_cell_of_a_personal_column_travels(header_rows) -> None:
    rows = PEOPLE[1:] if not header_rows else PEOPLE
    where = ("site.xlsx", "questionnaires")
    data = annotated_workbook(
        [upload_of(sheet_of("questionnaires", rows))],
        [problem(f"C{len(rows)}", value="Al Jones", message="This cell is odd.")],
        left_out={where: {2}},
        header_rows=header_rows,
    )
    column = [cell.value for cell in opened(data)["questionnaires"]["C"]]
    assert column[-4:] == ["Full name", LEFT_OUT, None, LEFT_OUT]
    assert all(b"Smith" not in part and b"Jones" not in part for part in parts(data))
    if header_rows:
        assert column[0] == LEFT_OUT  # a title above the header may be anything


def test_cells_and_columns_that_were_refused_as_personal_do_not_travel() -> None:
    rows: list[list[Cell]] = [
        ["participant", "phq9_1", "Full name"],
        ["jo@example.org", 0, "Jo Smith"],
        ["P2", 1, "Al Jones"],
    ]
    place = Place("site.xlsx", "questionnaires", 2, 0)
    column = Place("site.xlsx", "questionnaires", 1, 2)
    data = annotated_workbook(
        [upload_of(sheet_of("questionnaires", rows))],
        [
            make_problem("personal_data", place, where="This cell", kind="an e-mail address"),
            make_problem("personal_data", column, where="This column", kind="a name"),
        ],
    )
    sheet = opened(data)["questionnaires"]
    assert [c.value for c in sheet["A"]] == ["participant", LEFT_OUT, "P2"]
    assert [c.value for c in sheet["C"]] == ["Full name", LEFT_OUT, LEFT_OUT]
    assert fill(sheet["A2"]) == YELLOW and fill(sheet["C1"]) == YELLOW
    assert all(b"jo@example" not in part and b"Jones" not in part for part in parts(data))


def parts(data: bytes) -> list[bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as book:
        return [book.read(name) for name in book.namelist()]


ACTIVE = ["=1+1", "+44", "@x", "-2", '=HYPERLINK("http://example.org")', "http://example.org",
          "{=1}", "=SUM(A1", "'=1", "#N/A", "TRUE", "1e5", "0123", "  =2"]  # fmt: skip


def test_no_text_becomes_a_formula_a_number_or_a_link() -> None:
    upload = upload_of(sheet_of("=1+1", [["participant"], *[[text] for text in ACTIVE]]))
    problems = [problem(f"A{row}", sheet="=1+1", value=text, message=text)
                for row, text in enumerate(ACTIVE, start=2)]  # fmt: skip
    data = annotated_workbook([upload], problems)
    sheet = opened(data)["=1+1"]
    assert [sheet.cell(row, 1).value for row in range(2, len(ACTIVE) + 2)] == ACTIVE
    assert {sheet.cell(row, 1).data_type for row in range(2, len(ACTIVE) + 2)} == {"s"}
    assert all(cell.hyperlink is None for row in sheet.iter_rows() for cell in row)
    assert sheet["A2"].number_format == "@"  # so that opening it for editing changes nothing
    assert not any(b"<f>" in part or b"<f " in part for part in parts(data))
    assert sorted(row[0] for row in listed(opened(data))) == sorted(ACTIVE)


def test_nothing_of_the_file_but_its_cells_travels() -> None:
    upload = upload_of(
        SHEET,
        sheet_of("Sheet2", [["x"]]),
        hidden_sheets=("Names of people",),
        names={"old_range": "Names!$A$1"},
    )
    data = annotated_workbook([upload], [problem("D5")])
    book = opened(data)
    assert [s.title for s in book.worksheets] == ["Problems", "questionnaires", "Sheet2"]
    assert {s.sheet_state for s in book.worksheets} == {"visible"}
    assert not set(book.defined_names)
    assert book.properties.creator == "Distance Travelled"
    assert book.properties.lastModifiedBy in (None, "Distance Travelled")
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        names = package.namelist()
        app = package.read("docProps/app.xml").decode()
        assert "<author></author>" in package.read("xl/comments1.xml").decode()
    assert "<Manager>" not in app and "<Company></Company>" in app
    assert not [n for n in names if "externalLink" in n or "pivot" in n or "vba" in n]
    assert not any(b"Names of people" in part or b"old_range" in part for part in parts(data))


# --- names of sheets, several files ------------------------------------------------------------


def test_sheets_of_several_files_have_names_of_their_own() -> None:
    one = upload_of(SHEET, sheet_of("Notes", [["n"]]), file="luton.xlsx")
    two = upload_of(SHEET, file="croydon.xlsx")
    text = upload_of(
        sheet_of("", [["participant"], ["P1"]]), file="a [very] long name/of: *a file?.csv"
    )
    problems = [problem("D5", file="croydon.xlsx"), problem("A2", sheet="", file=text.file_name)]
    book = opened(annotated_workbook([one, two, text], problems))
    assert book.sheetnames[:4] == [
        "Problems", "luton questionnaires", "Notes", "croydon questionnaires",
    ]  # fmt: skip
    assert len(book.sheetnames[4]) <= 31 and not set(book.sheetnames[4]) & set("[]:*?/\\")
    assert fill(book["croydon questionnaires"]["D5"]) == YELLOW
    assert not fill(book["luton questionnaires"]["D5"])
    assert fill(book[book.sheetnames[4]]["A2"]) == YELLOW
    assert listed(book)[0][2] == "croydon.xlsx, questionnaires, D5"


@pytest.mark.parametrize(
    "name", ["O'Brien & Co", "3m", "History", "Problems", "two  blanks", "R1C1"]
)
def test_a_link_finds_its_sheet_whatever_it_is_called(name: str) -> None:
    data = annotated_workbook([upload_of(sheet_of(name, ROWS))], [problem("D5", sheet=name)])
    book = opened(data)
    assert len(book.sheetnames) == 2
    (link,) = [
        c.hyperlink.location for row in book["Problems"].iter_rows() for c in row if c.hyperlink
    ]
    quoted, _, cell = link.rpartition("!")
    assert quoted.strip("'").replace("''", "'") == book.sheetnames[1]
    assert fill(book[book.sheetnames[1]][cell]) == YELLOW


def test_names_that_differ_in_case_only_or_beyond_their_length_are_told_apart() -> None:
    sheets = [sheet_of(name, [["x"]]) for name in ("wave", "Wave", "w" * 31, "W" * 31)]
    names = opened(annotated_workbook([upload_of(*sheets)], [])).sheetnames
    assert len({name.casefold() for name in names}) == 5
    assert all(len(name) <= 31 for name in names)


def test_a_csv_file_is_given_back_as_a_sheet() -> None:
    upload = upload_of(sheet_of("", [["participant", "phq9_1"], ["P1", "9"]]), file="luton.csv")
    book = opened(annotated_workbook([upload], [problem("B2", sheet="", file="luton.csv")]))
    assert book.sheetnames == ["Problems", "luton"]
    assert book["luton"]["B2"].value == "9" and fill(book["luton"]["B2"]) == YELLOW
    assert listed(book)[0][2] == "luton.csv, B2"


def test_the_list_of_a_workbook_that_comes_back_corrected_is_not_carried_on() -> None:
    first = opened(annotated_workbook([upload_of(SHEET)], [problem("D5")]))
    again = upload_of(*[
        sheet_of(s.title, [list(row) for row in s.iter_rows(values_only=True)])
        for s in first.worksheets
    ])  # fmt: skip
    assert opened(annotated_workbook([again], [])).sheetnames == ["Problems", "questionnaires"]


# --- the rest of a sheet -----------------------------------------------------------------------


def test_merged_headers_hidden_rows_and_the_header_stay_as_they_were() -> None:
    rows: list[list[Cell]] = [
        ["couple", "Partner A", None, "Partner B", None],
        [None, "phq9_1", "phq9_2", "phq9_1", "phq9_2"],
        ["C1", 0, 1, 2, 3],
        ["C2", 0, 1, 2, 3],
    ]
    merged = ((1, 1, 1, 2), (1, 3, 1, 4), (1, 0, 2, 0), (1, 2, 3, 3), (1, 0, 1_048_576, 16_383))
    sheet = sheet_of("Both", rows, merged=merged, hidden_rows=frozenset({4}))
    where = ("site.xlsx", "Both")
    wrong = problem("B4", sheet="Both")
    data = annotated_workbook([upload_of(sheet)], [wrong], header_rows={where: (1, 2)})
    page = opened(data)["Both"]
    assert {str(found) for found in page.merged_cells.ranges} == {"A1:A2", "B1:C1", "D1:E1"}
    assert page["B1"].value == "Partner A" and page["D1"].value == "Partner B"
    assert page.row_dimensions[4].hidden and not page.row_dimensions[3].hidden
    assert page.freeze_panes == "A3"
    assert listed(opened(data))[0][2] == "Both, B4 (hidden row)"


def test_merged_cells_never_hide_a_value_or_a_mark() -> None:
    rows: list[list[Cell]] = [["Scores", None, None, None], ["A", "B", "C", None], [1, 2, 3, None]]
    merged = ((1, 0, 1, 3), (2, 0, 2, 1), (3, 2, 3, 3))
    data = annotated_workbook(
        [upload_of(sheet_of("s", rows, merged=merged))], [problem("D3", sheet="s")]
    )
    page = opened(data)["s"]
    assert [str(found) for found in page.merged_cells.ranges] == ["A1:D1"]
    assert page["B2"].value == "B"
    assert page["D3"].comment.text and fill(page["D3"]) == YELLOW


def test_times_and_odd_values_are_kept() -> None:
    cells: list[Cell] = [
        dt.time(9, 30), dt.timedelta(hours=30), dt.timedelta(hours=-1), dt.date(1899, 12, 31),
        float("inf"), 10**15, 0.1, "x" * 40_000,
    ]  # fmt: skip
    column = [c.value for c in opened(annotated_workbook(
        [upload_of(sheet_of("s", [[cell] for cell in cells]))], []))["s"]["A"]]  # fmt: skip
    assert column[0] == dt.time(9, 30)
    assert column[1] == dt.timedelta(hours=30)
    assert column[2] == "-1 day, 23:00:00"
    assert column[3] == "1899-12-31"
    assert column[4] == "inf"
    assert column[5:7] == [10**15, 0.1]
    assert column[7] == "x" * 32_767


def test_invented_people_stay_marked_as_invented() -> None:
    named = upload_of(SHEET, names={SYNTHETIC_NAME: "yes"})
    said = upload_of(sheet_of("Read me", [["SYNTHETIC DATA - made by a program"]]), SHEET)
    for upload in (named, said):
        book = opened(annotated_workbook([upload], []))
        assert SYNTHETIC_NAME in book.defined_names
        assert book["Problems"]["A2"].value.startswith("SYNTHETIC DATA")
    assert SYNTHETIC_NAME not in opened(annotated_workbook([upload_of(SHEET)], [])).defined_names


def test_no_upload_and_an_empty_sheet_still_give_a_workbook() -> None:
    assert opened(annotated_workbook([], [problem("D5")])).sheetnames == ["Problems"]
    book = opened(
        annotated_workbook([upload_of(Sheet("empty", ()))], [problem("B2", sheet="empty")])
    )
    assert book.sheetnames == ["Problems", "empty"]
    assert fill(book["empty"]["B2"]) == YELLOW


# --- size --------------------------------------------------------------------------------------


def big(n_rows: int, n_columns: int) -> Upload:
    header = ["participant", *[f"q{n}" for n in range(1, n_columns)]]
    rows = [
        [f"P{row}", *[float((row + n) % 4) for n in range(1, n_columns)]] for row in range(n_rows)
    ]
    return upload_of(sheet_of("questionnaires", [header, *rows]))


def test_a_thousand_problems_are_listed_and_five_thousand_have_a_comment() -> None:
    letters = [openpyxl.utils.get_column_letter(n) for n in range(2, 12)]
    notes = [problem(f"{letter}{row}", severity="note", code="total_differs")
             for row in range(2, 502) for letter in letters]  # fmt: skip
    wrong = [problem(f"A{row}") for row in range(2, 502)]
    book = opened(annotated_workbook([big(600, 12)], [*notes, *wrong]))
    assert book["Problems"]["A1"].value == "Things to correct or to know: 5,500"
    text = [cell.value for cell in book["Problems"]["A"]]
    assert "The cell was left out: 500" in text and "For information: 5,000" in text
    rows = listed(book)
    assert len(rows) == 1_000
    assert [row[4] for row in rows[:500]] == ["The cell was left out"] * 500
    cells = [cell for row in book["questionnaires"].iter_rows() for cell in row]
    assert sum(cell.comment is not None for cell in cells) == 5_000
    assert sum(bool(fill(cell)) for cell in cells) == 5_500
    graver = [c for c in cells if c.column == column_index_from_string("A") and fill(c)]
    assert all(cell.comment for cell in graver)


def test_a_site_of_two_thousand_rows_is_quick() -> None:
    upload = big(2_000, 60)
    problems = [problem(f"C{row}") for row in range(2, 202)]
    start = time.perf_counter()
    data = annotated_workbook([upload], problems)
    assert time.perf_counter() - start < 10  # about one second on an ordinary machine
    assert len(data) < 3_000_000


def test_the_same_upload_gives_the_same_bytes() -> None:
    first, second = (annotated_workbook([upload_of(SHEET)], [problem("D5")]) for _ in range(2))
    assert first == second
