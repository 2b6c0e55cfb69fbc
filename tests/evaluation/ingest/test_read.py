"""Bytes to cells: what is typed arrives as typed, what cannot be read is said in a sentence."""

from __future__ import annotations

import datetime as dt
import io
import random
import time
from pathlib import Path

import openpyxl
import pytest
import xlsxwriter

from evaluation.ingest.files.cells import Sheet, UnreadableFileError
from evaluation.ingest.files.read import read_upload
from tests.evaluation.ingest.made_workbooks import (
    ONE_ROW,
    changed,
    packed,
    parts_of,
    with_sheet,
    workbook,
    worksheet,
)

EXPORTS = Path(__file__).resolve().parents[3] / ".." / "shared" / "real_data" / "exports"
needs_exports = pytest.mark.skipif(not EXPORTS.exists(), reason="the real exports are not here")


def workbook_bytes(rows: list[list], *, title: str = "questionnaires") -> bytes:
    made = openpyxl.Workbook()
    made.active.title = title
    for row in rows:
        made.active.append(row)
    return saved(made)


def saved(made: openpyxl.Workbook) -> bytes:
    buffer = io.BytesIO()
    made.save(buffer)
    return buffer.getvalue()


def cells_of(sheet: Sheet) -> list[list]:
    return [column.cells() for column in sheet.columns]


def sheet_of(data: bytes) -> Sheet:
    return read_upload("a.xlsx", data).sheets[0]


def real(name: str) -> bytes:
    return (EXPORTS / name).read_bytes()


# --- which file is what -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "data", "code"),
    [
        ("a.xlsx", b"", "empty_file"),
        ("a.csv", b" \r\n \n", "empty_file"),
        ("a.xlsx", b"%PDF-1.7\nsome document", "not_a_spreadsheet"),
        ("a.csv", b"<!DOCTYPE html><html><table></table></html>", "not_a_spreadsheet"),
        ("a.csv", b"\xef\xbb\xbf<table><tr></tr></table>", "not_a_spreadsheet"),
        ("a.xls", b"<html><table></table></html>", "not_a_spreadsheet"),
        ("a.csv", b"{\\rtf1 words}", "not_a_spreadsheet"),
        ("a.csv", b"\x89PNG\r\n\x1a\n", "not_a_spreadsheet"),
        ("a.csv", b"\xff\xd8\xff\xe0", "not_a_spreadsheet"),
        ("a.xlsx", b"participant,wave\nP1,end\n", "not_a_spreadsheet"),
        ("a.xlsx", b"PK\x03\x04 cut off", "not_a_spreadsheet"),
        ("a.csv", b"a\x00b,c\n1,2\n", "not_a_spreadsheet"),
        ("a.sav", b"$FL2@(#) SPSS DATA FILE", "not_a_spreadsheet"),
        ("a.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "not_a_spreadsheet"),
        (
            "a.xlsx",
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"),
            "password",
        ),
        ("a.csv", b'participant,wave\n"P1,end\n', "not_a_spreadsheet"),
    ],
)
def test_what_is_no_table_is_refused_in_a_sentence(name: str, data: bytes, code: str) -> None:
    with pytest.raises(UnreadableFileError) as caught:
        read_upload(name, data)
    assert caught.value.code == code
    assert name in caught.value.message
    assert caught.value.fix.endswith(".")


@pytest.mark.parametrize(
    ("name", "data", "ending"),
    [
        ("a.csv", workbook(), "'.xlsx'"),
        ("a.xls", workbook(), "'.xlsx'"),
        ("a", workbook(), "'.xlsx'"),
        ("a.csv", b"$FL2@(#) SPSS DATA FILE", "'.sav'"),
    ],
)
def test_the_name_must_agree_with_the_bytes(name: str, data: bytes, ending: str) -> None:
    with pytest.raises(UnreadableFileError) as caught:
        read_upload(name, data)
    assert caught.value.code == "not_a_spreadsheet"
    assert ending in caught.value.fix


def test_a_text_file_may_start_like_a_packed_one() -> None:
    assert cells_of(read_upload("a.csv", b"PK,wave\n1,end\n").sheets[0])[0] == ["PK", "1"]


# --- what is typed ----------------------------------------------------------------------------


def test_cells_stay_as_typed() -> None:
    day = dt.datetime(2017, 6, 30, 9, 30)
    rows = [["participant", "a", "b", "c"], ["007", 2, day, "None"], ["NA", True, None, "n/a"]]
    assert cells_of(sheet_of(workbook_bytes(rows))) == [
        ["participant", "007", "NA"], ["a", 2, "TRUE"], ["b", day, None], ["c", "None", "n/a"],
    ]  # fmt: skip


def test_true_and_one_stay_apart() -> None:
    rows = [[True, 1], [1, True], [False, 0], [0, False], ["TRUE", 1.0]]
    assert cells_of(sheet_of(workbook_bytes(rows))) == [
        ["TRUE", 1, "FALSE", 0, "TRUE"], [1, "TRUE", 0, "FALSE", 1],
    ]  # fmt: skip


def test_blank_text_is_blank_and_no_number_is_a_word() -> None:
    rows = (
        '<row r="1"><c r="A1" t="inlineStr"><is><t>  </t></is></c><c r="B1"><v>NaN</v></c>'
        '<c r="C1"><v>1e999</v></c></row>'
        '<row r="2"><c r="A2"><v>1</v></c><c r="B2"><v>NaN</v></c></row>'
    )
    sheet = sheet_of(workbook(rows))
    assert cells_of(sheet) == [[None, 1], ["nan", "nan"], ["inf", None]]
    assert sheet.columns[1].values == (None, "nan")


def test_each_distinct_cell_is_kept_once() -> None:
    rows = [["wave"], *[["baseline"], ["end"]] * 3_000]
    column = sheet_of(workbook_bytes(rows)).columns[0]
    assert column.values == (None, "wave", "baseline", "end")
    assert column.codes.tolist() == [1, *[2, 3] * 3_000]


def test_rows_and_columns_stand_where_the_person_sees_them() -> None:
    rows = [[], [], [None, None, "participant"], [], [None, None, "P1", None, "end"]]
    sheet = sheet_of(workbook_bytes(rows))
    assert cells_of(sheet) == [
        [None] * 5, [None] * 5, [None, None, "participant", None, "P1"], [None] * 5,
        [None] * 4 + ["end"],
    ]  # fmt: skip
    assert sheet.row(5) == [None, None, "P1", None, "end"]


@pytest.mark.parametrize("lie", ["A1", "A1:XFD1048576", "B2:B2"])
def test_a_wrong_dimension_hides_nothing_and_adds_nothing(lie: str) -> None:
    data = workbook_bytes([["participant", "wave"], ["P1", "end"], ["P2", "end"]])
    lying = changed("xl/worksheets/sheet1.xml", 'ref="A1:B3"', f'ref="{lie}"', data)
    assert cells_of(sheet_of(lying)) == [["participant", "P1", "P2"], ["wave", "end", "end"]]


def test_formatted_cells_far_away_cost_nothing() -> None:
    made = openpyxl.Workbook()
    sheet = made.active
    sheet.append(["participant", "wave"])
    for number in range(2, 40):
        sheet.append([f"P{number}", "end"])
        sheet.cell(number, 16_384).font = openpyxl.styles.Font(bold=True)
    sheet.cell(1_048_576, 3).font = openpyxl.styles.Font(bold=True)
    read = sheet_of(saved(made))
    assert (read.n_rows, len(read.columns)) == (39, 2)


@pytest.mark.parametrize(("epoch", "day"), [(False, (2014, 12, 27)), (True, (2018, 12, 28))])
def test_dates_count_from_the_day_that_the_workbook_says(
    epoch: bool, day: tuple[int, int, int]
) -> None:
    data = workbook(
        '<row r="1"><c r="A1" s="1"><v>42000</v></c><c r="B1" s="2"><v>42000.5</v></c></row>',
        styles='<cellXfs><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="22"/></cellXfs>',
        about='<workbookPr date1904="1"/>' if epoch else "",
    )
    upload = read_upload("a.xlsx", data)
    assert upload.date1904 is epoch
    assert upload.sheets[0].row(1) == [dt.date(*day), dt.datetime(*day, 12)]


def test_shared_texts_keep_their_blanks_and_signs() -> None:
    rows = (
        '<row r="1"><c r="A1" t="s"><v>1</v></c><c r="B1" t="s"><v>0</v></c></row>'
        '<row r="2"><c r="A2" t="s"><v>0</v></c></row>'
    )
    texts = (
        '<si><t xml:space="preserve"> a &lt;b&gt;\u00a0</t></si>'
        '<si><r><t xml:space="preserve">Not at </t></r><r><rPr><b/></rPr><t>all</t></r></si>'
    )
    assert cells_of(sheet_of(workbook(rows, texts=texts))) == [
        ["Not at all", " a <b>\u00a0"], [" a <b>\u00a0", None],
    ]  # fmt: skip


# --- what the values do not tell ----------------------------------------------------------------


def test_errors_are_words_in_their_cells() -> None:
    rows = (
        '<row r="2"><c r="B2"><v>1</v></c><c r="C2" t="e"><v>#N/A</v></c></row>'
        '<row r="3"><c r="C3" t="e"><f>1/0</f><v>#DIV/0!</v></c><c r="B3"><v>1</v></c></row>'
        '<row r="4"><c r="E4" t="e"><v>#N/A</v></c></row>'
    )
    assert cells_of(sheet_of(workbook(rows))) == [
        [None] * 4, [None, 1, 1, None], [None, "#N/A", "#DIV/0!", None], [None] * 4,
        [None, None, None, "#N/A"],
    ]  # fmt: skip


def test_a_formula_without_a_saved_result_is_found() -> None:
    sheet = sheet_of(workbook_bytes([["participant", "phq9_1"], ["P1", "=1+1"], [None, "=2"]]))
    assert sheet.formulas_without_value == {(2, 1), (3, 1)}
    assert cells_of(sheet) == [["participant", "P1", None], ["phq9_1", None, None]]


def test_the_result_zero_of_a_program_that_cannot_calculate_is_none() -> None:
    buffer = io.BytesIO()
    made = xlsxwriter.Workbook(buffer)
    sheet = made.add_worksheet()
    sheet.write_row(0, 0, ["P1", 0, 3])
    sheet.write_formula(0, 3, "=B1+C1")
    sheet.write_formula(0, 4, "=B1+C1", None, 3)
    made.close()
    assert sheet_of(buffer.getvalue()).formulas_without_value == {(1, 3)}


def test_hidden_sheets_are_named_and_not_read() -> None:
    made = openpyxl.Workbook()
    made.active.append(["participant"])
    made.active.append(["P1"])
    for name, state in [("names", "hidden"), ("lists", "veryHidden")]:
        secret = made.create_sheet(name)
        secret.append(["participant", "name"])
        secret.sheet_state = state
    upload = read_upload("a.xlsx", saved(made))
    assert upload.hidden_sheets == ("names", "lists")
    assert [sheet.name for sheet in upload.sheets] == ["Sheet"]


def test_charts_and_empty_sheets_are_left_out_and_names_stay_right() -> None:
    second = worksheet('<row r="1"><c r="A1" t="str"><v>end</v></c></row>')
    parts = parts_of(
        worksheet(""), "<chartsheet/>", worksheet(ONE_ROW), second,
        kinds={2: "chartsheet"}, states={3: "hidden"},
    )  # fmt: skip
    upload = read_upload("a.xlsx", packed(parts))
    assert [(sheet.name, cells_of(sheet)) for sheet in upload.sheets] == [("S4", [["end"]])]
    assert upload.hidden_sheets == ("S3",)


@pytest.mark.parametrize("states", [{}, {1: "hidden"}])
def test_nothing_visible_is_an_empty_file(states: dict[int, str]) -> None:
    rows = ONE_ROW if states else ""
    with pytest.raises(UnreadableFileError) as caught:
        read_upload("a.xlsx", packed(parts_of(worksheet(rows), states=states)))
    assert caught.value.code == "empty_file"


def test_hidden_rows_merged_cells_comments_and_colours_arrive() -> None:
    made = openpyxl.Workbook()
    sheet = made.active
    for row in range(1, 6):
        sheet.append([row, row, row])
    sheet.row_dimensions[2].hidden = True
    sheet.column_dimensions["B"].hidden = True
    sheet.merge_cells("A4:B5")
    sheet["C3"].comment = openpyxl.comments.Comment("really 4", "x")
    sheet["C5"].fill = openpyxl.styles.PatternFill("solid", fgColor="FFFF00")
    made.defined_names["template"] = openpyxl.workbook.defined_name.DefinedName(
        "template", attr_text='"v1"'
    )
    upload = read_upload("a.xlsx", saved(made))
    read = upload.sheets[0]
    assert (read.hidden_rows, read.hidden_columns) == ({2}, {1})
    assert (read.merged, read.commented) == (((4, 0, 5, 1),), {(3, 2)})
    assert (read.coloured_rows, upload.names) == ({5}, {"template": '"v1"'})
    assert (upload.kind, upload.file_name) == ("xlsx", "a.xlsx")


def test_links_to_other_files_are_no_reason_to_refuse() -> None:
    more = {"xl/externalLinks/externalLink1.xml": "<externalLink><sheetData/></externalLink>"}
    assert cells_of(sheet_of(workbook(more=more))) == [[1]]


# --- damage -------------------------------------------------------------------------------------


def test_damaged_bytes_give_our_sentence_or_a_table() -> None:
    data = workbook_bytes([["participant", "wave", "n"], *[[f"P{n}", "end", n] for n in range(40)]])
    pick = random.Random(20_171_122)
    refused = 0
    for _ in range(300):
        damaged = bytearray(data)
        damaged[pick.randrange(len(data))] ^= 1 << pick.randrange(8)
        try:
            read_upload("a.xlsx", bytes(damaged))
        except UnreadableFileError as error:
            refused += 1
            assert "P1" not in error.message
    assert refused > 100


def test_damage_inside_the_parts_gives_our_sentence_or_a_table() -> None:
    # the same, but with what the package says of its parts put right
    sheet = worksheet(
        '<row r="1"><c r="A1" t="inlineStr"><is><t>P1</t></is></c><c r="B1"><v>2</v></c></row>'
        '<row r="2" hidden="1"><c r="A2" t="e"><v>#N/A</v></c><c r="B2"><f>1</f></c></row>'
    ).encode()
    pick = random.Random(7)
    outcomes = set()
    for _ in range(300):
        damaged = bytearray(sheet)
        damaged[pick.randrange(len(sheet))] ^= 1 << pick.randrange(8)
        try:
            read_upload("a.xlsx", with_sheet(bytes(damaged)))
            outcomes.add("read")
        except UnreadableFileError as error:
            outcomes.add(error.code)
    assert {"read", "not_a_spreadsheet"} <= outcomes


@pytest.mark.parametrize(
    "rows",
    [
        '<row r="1"><c r="A1" t="b"><v>2</v></c></row>',
        '<row r="1"><c r="A1" t="zzz"><v>1</v></c></row>',
        '<row r="1"><c r="A1" t="s"><v>9</v></c></row>',
        '<row r="1"><c r="A1"><z><v>1</v></z></c></row>',
    ],
)
def test_what_the_reader_stumbles_over_is_said_in_our_words(rows: str) -> None:
    with pytest.raises(UnreadableFileError, match="may be damaged") as caught:
        read_upload("a.xlsx", workbook(rows))
    assert caught.value.__suppress_context__  # its own words may hold what stands in a cell


# --- text ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "first", "second"),
    [
        (b"participant,wave\nP1,end\n", "P1", "end"),
        (b"\xef\xbb\xbfparticipant;wave\r\nP1;end\r\n", "P1", "end"),
        (b"participant\twave\nP1\tend\n", "P1", "end"),
        ("participant,wave\nP1\u00e9,end\n".encode("cp1252"), "P1\u00e9", "end"),
        ("participant,wave\nP1\u00e9,end\n".encode("utf-16"), "P1\u00e9", "end"),
        # a comma at the end of each data row must not shift the columns
        (b"participant,wave\nP1,end,\n", "P1", "end"),
    ],
)
def test_text_files_are_read(data: bytes, first: str, second: str) -> None:
    upload = read_upload("a.csv", data)
    assert upload.kind == "csv"
    assert cells_of(upload.sheets[0]) == [["participant", first], ["wave", second]]


def test_text_rows_are_numbered_as_in_the_spreadsheet_program() -> None:
    sheet = read_upload("a.csv", b"sep=,\nparticipant,wave\n\nP1,end\n").sheets[0]
    assert sheet.row(2) == ["participant", "wave"]
    assert sheet.row(4) == ["P1", "end"]


def test_too_many_columns_are_refused_as_columns() -> None:
    with pytest.raises(UnreadableFileError, match="columns"):
        read_upload("a.csv", b",".join([b"x"] * 30_000))


# --- real files ---------------------------------------------------------------------------------

_REFUSED = {
    "excel_password.xlsx": "password",
    "excel_macro.xlsm": "unsafe_file",
    "excel_truncated.xls": "not_a_spreadsheet",
    "excel_empty_sheet.xlsx": "empty_file",
}


@needs_exports
def test_every_real_workbook_is_read_or_refused_as_it_should_be() -> None:
    paths = sorted(EXPORTS.glob("*.xls*"))
    assert len(paths) > 10
    for path in paths:
        start = time.perf_counter()
        if path.name in _REFUSED:
            with pytest.raises(UnreadableFileError) as caught:
                read_upload(path.name, path.read_bytes())
            assert caught.value.code == _REFUSED[path.name], path.name
        else:
            assert read_upload(path.name, path.read_bytes()).sheets, path.name
        assert time.perf_counter() - start < 5


@needs_exports
def test_real_cells_agree_with_another_reader() -> None:
    n_cells = 0
    for path in sorted(EXPORTS.glob("*.xlsx")):
        if path.name in _REFUSED:
            continue
        other = openpyxl.load_workbook(path, data_only=True)
        for sheet in read_upload(path.name, path.read_bytes()).sheets:
            for row in other[sheet.name].iter_rows():
                for cell in row:
                    if cell.value is None or not str(cell.value).strip():
                        continue
                    mine = sheet.row(cell.row)[cell.column - 1]
                    theirs = cell.value
                    if isinstance(theirs, bool):
                        theirs = str(theirs).upper()
                    if isinstance(theirs, dt.datetime) and not isinstance(mine, dt.datetime):
                        theirs = theirs.date() if isinstance(mine, dt.date) else theirs.time()
                    where = (path.name, sheet.name, cell.coordinate)
                    if isinstance(theirs, float):
                        assert mine == pytest.approx(theirs), where
                    else:
                        assert mine == theirs, where
                    n_cells += 1
    assert n_cells > 1_000


@needs_exports
def test_what_real_workbooks_are_known_to_hold() -> None:
    errors = read_upload("excel_error_cells.xlsx", real("excel_error_cells.xlsx"))
    assert {"#N/A", "#DIV/0!"} <= set(errors.sheets[0].columns[0].values)
    hidden = read_upload("excel_hidden_sheets.xlsx", real("excel_hidden_sheets.xlsx"))
    assert hidden.hidden_sheets == ("Hidden", "VeryHidden")
    assert [sheet.name for sheet in hidden.sheets] == ["Visible"]
    later = read_upload("excel_header_not_first.xlsx", real("excel_header_not_first.xlsx"))
    assert later.sheets[0].row(3)[2] == "Note 1"
    zoo = read_upload("excel_cell_zoo.xlsx", real("excel_cell_zoo.xlsx")).sheets[0]
    assert zoo.row(1)[0] in {"#N/A", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#NULL!"}
    assert zoo.row(2)[:2] == ["TRUE", "Boolean (true)"]
    assert zoo.commented
