"""Bytes to cells: what is typed arrives as typed, what cannot be read is said in a sentence."""

from __future__ import annotations

import datetime as dt
import io
import zipfile

import openpyxl
import pytest

from evaluation.ingest.read import UnreadableFileError, address, read_upload


def workbook_bytes(rows: list[list], *, title: str = "questionnaires") -> bytes:
    workbook = openpyxl.Workbook()
    workbook.active.title = title
    for row in rows:
        workbook.active.append(row)
    buffer = io.BytesIO()
    workbook.save(buffer)
    return buffer.getvalue()


def undated(data: bytes) -> bytes:
    """The same workbook without any time in it, so that its bytes are always the same."""
    result = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(result, "w") as new:
        for name in old.namelist():
            if name != "docProps/core.xml":
                new.writestr(zipfile.ZipInfo(name), old.read(name), zipfile.ZIP_DEFLATED)
    return result.getvalue()


def rezip(data: bytes, change: dict[str, tuple[bytes, bytes]]) -> bytes:
    """The same workbook with some bytes of its parts replaced."""
    result = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(result, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            if name in change:
                before, after = change[name]
                assert before in content
                content = content.replace(before, after)
            new.writestr(name, content)
    return result.getvalue()


@pytest.mark.parametrize(
    ("name", "data", "code"),
    [
        ("a.xlsx", b"", "empty_file"),
        ("a.csv", b" \r\n \n", "empty_file"),
        ("a.xlsx", b"%PDF-1.7\nsome document", "not_a_spreadsheet"),
        ("a.csv", b"<!DOCTYPE html><html><table></table></html>", "not_a_spreadsheet"),
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


def test_a_zip_bomb_is_refused_before_it_is_unpacked() -> None:
    data = workbook_bytes([["participant"], ["P1"]])
    bomb = rezip(data, {"xl/worksheets/sheet1.xml": (b"<sheetData>", b"<sheetData>")})
    buffer = io.BytesIO(bomb)
    with zipfile.ZipFile(buffer, "a", zipfile.ZIP_DEFLATED) as package:
        package.writestr("xl/filler.xml", b" " * 20_000_000)
    with pytest.raises(UnreadableFileError) as caught:
        read_upload("a.xlsx", buffer.getvalue())
    assert caught.value.code == "too_large"


def test_one_damaged_byte_gives_our_sentence_or_the_table() -> None:
    data = undated(workbook_bytes([["participant", "wave"], ["P1", "end"]]))
    for position in range(0, len(data), max(1, len(data) // 150)):
        damaged = (
            bytes(data[:position]) + bytes([data[position] ^ 0xFF]) + bytes(data[position + 1 :])
        )
        try:
            read_upload("a.xlsx", damaged)
        except UnreadableFileError as error:
            assert error.code in {"not_a_spreadsheet", "empty_file", "too_large"}


def test_a_wrong_dimension_hides_nothing() -> None:
    data = workbook_bytes([["participant", "wave"], ["P1", "end"], ["P2", "end"]])
    lying = rezip(data, {"xl/worksheets/sheet1.xml": (b'ref="A1:B3"', b'ref="A1"')})
    sheet = read_upload("a.xlsx", lying).sheets[0]
    assert sheet.columns == [["P1", "P2"], ["end", "end"]]


def test_row_numbers_are_those_the_person_sees() -> None:
    sheet = read_upload(
        "a.xlsx", workbook_bytes([[], ["participant"], [None], ["P1"], [], ["P2"]])
    ).sheets[0]
    assert (sheet.header_row, sheet.row_numbers) == (2, [4, 6])
    assert address(5, 10) == "F10"


def test_cells_stay_as_typed() -> None:
    day = dt.datetime(2017, 6, 30)
    rows = [["participant", "a", "b", "c"], ["007", 2, day, "None"], ["NA", True, None, "n/a"]]
    sheet = read_upload("a.xlsx", workbook_bytes(rows)).sheets[0]
    assert sheet.columns == [["007", "NA"], [2, "TRUE"], [day, None], ["None", "n/a"]]


def test_hidden_sheets_are_named_and_not_read() -> None:
    workbook = openpyxl.Workbook()
    workbook.active.append(["participant"])
    workbook.active.append(["P1"])
    secret = workbook.create_sheet("names")
    secret.append(["participant", "name"])
    secret.sheet_state = "hidden"
    buffer = io.BytesIO()
    workbook.save(buffer)
    upload = read_upload("a.xlsx", buffer.getvalue())
    assert upload.hidden_sheets == ["names"]
    assert [sheet.name for sheet in upload.sheets] == ["Sheet"]


def test_a_formula_without_a_saved_result_is_found() -> None:
    sheet = read_upload(
        "a.xlsx", workbook_bytes([["participant", "phq9_1"], ["P1", "=1+1"]])
    ).sheets[0]
    assert sheet.formulas_without_value == {(2, 1)}


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"participant,wave\nP1,end\n", [["P1"], ["end"]]),
        (b"\xef\xbb\xbfparticipant;wave\r\nP1;end\r\n", [["P1"], ["end"]]),
        (b"sep=;\r\nparticipant;wave\r\nP1;end\r\n", [["P1"], ["end"]]),
        (b"participant\twave\nP1\tend\n", [["P1"], ["end"]]),
        ("participant,wave\nP1é,end\n".encode("cp1252"), [["P1é"], ["end"]]),
        ("participant,wave\nP1é,end\n".encode("utf-16"), [["P1é"], ["end"]]),
        # a comma at the end of each data row must not shift the columns
        (b"participant,wave\nP1,end,\n", [["P1"], ["end"]]),
    ],
)
def test_csv_encodings_and_delimiters(data: bytes, expected: list[list[str]]) -> None:
    assert read_upload("a.csv", data).sheets[0].columns == expected


def test_csv_rows_are_numbered_as_in_the_spreadsheet_program() -> None:
    sheet = read_upload("a.csv", b"sep=,\nparticipant,wave\n\nP1,end\n").sheets[0]
    assert (sheet.header_row, sheet.row_numbers) == (2, [4])


def test_formatted_cells_far_to_the_right_cost_nothing() -> None:
    workbook = openpyxl.Workbook()
    sheet = workbook.active
    sheet.append(["participant", "wave"])
    for number in range(2, 40):
        sheet.append([f"P{number}", "end"])
        sheet.cell(number, 16_384).font = openpyxl.styles.Font(bold=True)
    buffer = io.BytesIO()
    workbook.save(buffer)
    assert len(read_upload("a.xlsx", buffer.getvalue()).sheets[0].columns) == 2


def test_too_many_columns_are_refused_as_columns() -> None:
    with pytest.raises(UnreadableFileError, match="columns"):
        read_upload("a.csv", b",".join([b"x"] * 30_000))
