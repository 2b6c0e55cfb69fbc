"""Every crafted file of one kind or another, and what must become of it: refused, or read.

The workbooks that must be refused are in `hostile`; here are the other files that harm, those that
only look as if they did, and good files with one byte changed.
"""

from __future__ import annotations

import io
import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import xlsxwriter

from tests.evaluation.ingest.hostile import HOSTILE
from tests.evaluation.ingest.made_workbooks import (
    MAIN,
    packed,
    parts_of,
    raw_workbook,
    relations,
    repeated_part,
    shared_texts,
    workbook,
    worksheet,
)

GOOD_COLUMNS = ("participant", "wave", "completed_on", *(f"phq9_{n}" for n in range(1, 10)))
# The cells of each column.
Cells = list[list[Any]]

_SHEET = "xl/worksheets/sheet1.xml"
_TWO_ROWS = (
    '<row r="1"><c r="A1" t="str"><v>P1</v></c><c r="B1"><v>1</v></c></row>'
    '<row r="2"><c r="A2" t="str"><v>P2</v></c><c r="B2"><v>2</v></c></row>'
)
BOTH: Cells = [["P1", "P2"], [1, 2]]
PRIVATE = "Jane Doe 01/02/1980"  # what stands where nobody looks


@dataclass(frozen=True)
class Crafted:
    """A file: how it is made, and the code of its refusal or the first cells of each column."""

    make: Callable[[], bytes]
    refused: str = ""
    cells: Cells | None = None
    file_name: str = "a.xlsx"


# --- workbooks that are read ----------------------------------------------------------------------


def _dimension(area: str) -> bytes:
    return workbook(_TWO_ROWS, before=f'<dimension ref="{area}"/>')


def _formatted_to_the_end() -> bytes:
    blank = "".join(f'<row r="{n}"><c r="A{n}" s="1"/></row>' for n in range(3, 1_048_577))
    return workbook(_TWO_ROWS + blank)


def _external_link() -> bytes:
    cached = (
        f'<externalLink xmlns="{MAIN}"><externalBook><sheetDataSet><sheetData sheetId="0">'
        f'<row r="1"><cell r="A1" t="str"><v>{PRIVATE}</v></cell></row></sheetData>'
        "</sheetDataSet></externalBook></externalLink>"
    )
    return workbook(_TWO_ROWS, more={"xl/externalLinks/externalLink1.xml": cached})


def _much_that_is_hidden() -> bytes:
    """A hidden row, a hidden column, a very hidden sheet, a comment and an author's name."""
    visible = worksheet(
        _TWO_ROWS.replace('<row r="2">', '<row r="2" hidden="1">'),
        before='<cols><col min="2" max="2" hidden="1"/></cols>',
    )
    hidden = worksheet(f'<row r="1"><c r="A1" t="str"><v>{PRIVATE}</v></c></row>')
    comment = (
        f'<comments xmlns="{MAIN}"><authors><author>{PRIVATE}</author></authors><commentList>'
        f'<comment ref="A1" authorId="0"><text><t>{PRIVATE}</t></text></comment></commentList>'
        "</comments>"
    )
    return packed(
        parts_of(visible, hidden, states={2: "veryHidden"})
        | {
            "xl/worksheets/_rels/sheet1.xml.rels": relations(("comments", "../comments1.xml")),
            "xl/comments1.xml": comment,
            "docProps/core.xml": f"<coreProperties><creator>{PRIVATE}</creator></coreProperties>",
        }
    )


def _errors() -> bytes:
    return workbook(
        '<row r="1"><c r="A1" t="e"><v>#N/A</v></c><c r="B1" t="e"><v>#DIV/0!</v></c></row>'
    )


def _text_of_200_mb() -> bytes:
    start, end = shared_texts("<si><t>|</t></si>").split("|")
    rows = '<row r="1"><c r="A1" t="s"><v>0</v></c></row>'
    texts = repeated_part("xl/sharedStrings.xml", start, "x" * 1_000_000, 200, end)
    return raw_workbook(texts, names=parts_of(worksheet(rows)))


def _flipped_in_the_sheet() -> bytes:
    data = bytearray(good_workbook())
    data[data.index(_SHEET.encode()) + len(_SHEET) + 200] ^= 0x10
    return bytes(data)


# --- all of them ----------------------------------------------------------------------------------

_TEXT = "participant,note\nP1,déjà vu – £5\n"

CRAFTED: dict[str, Crafted] = {
    **{name: Crafted(make, code) for name, (make, code, _) in HOSTILE.items()},
    "one text of 200 MB": Crafted(_text_of_200_mb, "too_large"),
    "one byte flipped in a sheet": Crafted(_flipped_in_the_sheet, "not_a_spreadsheet"),
    "macros, named so": Crafted(
        lambda: workbook(more={"xl/vbaProject.bin": "x"}), "unsafe_file", file_name="a.xlsm"
    ),
    "a web page named .xls": Crafted(
        lambda: b"<html><table><tr><td>1</td></tr></table></html>", "not_a_spreadsheet",
        file_name="a.xls",
    ),
    "an older Excel file named .xls": Crafted(
        HOSTILE["an older Excel file"][0], "not_a_spreadsheet", file_name="a.xls"
    ),
    "a workbook named .csv": Crafted(workbook, "not_a_spreadsheet", file_name="a.csv"),
    "a million columns": Crafted(
        lambda: (",".join(f"c{n}" for n in range(1_000_000)) + "\n").encode() * 2, "too_large",
        file_name="a.csv",
    ),
    "a million blank columns in many rows": Crafted(
        lambda: b"P1,1" + (b"," * 1_000_000 + b"\n") * 45, cells=[["P1"], ["1"]],
        file_name="a.csv",
    ),
    "51 MB of text": Crafted(lambda: b"a,b\n" * 12_750_000, "too_large", file_name="a.csv"),
    "a bare quotation mark before 40 MB": Crafted(
        lambda: b'a,b\n"' + b"x,1\n" * 10_000_000, "not_a_spreadsheet", file_name="a.csv"
    ),
    "a field of 1 MB": Crafted(
        lambda: b'a,b\n"' + b"x" * 1_000_000 + b'",1\n', "not_a_spreadsheet", file_name="a.csv"
    ),
    "24 million short rows": Crafted(
        lambda: b"1\n2\n" * 12_000_000, "too_large", file_name="a.csv"
    ),
    "a zero byte": Crafted(lambda: b"a,b\nP\x001,1\n", "not_a_spreadsheet", file_name="a.csv"),
    "a quotation mark that is not closed": Crafted(
        lambda: b'participant,wave\n"P1,end\nP2,end\n', "not_a_spreadsheet", file_name="a.csv"
    ),
    "zero bytes": Crafted(lambda: b"", "empty_file", file_name="a.csv"),
    "a document named .csv": Crafted(lambda: b"%PDF-1.7\n", "not_a_spreadsheet", file_name="a.csv"),
    "rows of unequal length": Crafted(
        lambda: b"a,b,c\nP1,1\nP2,1,2,3\n", cells=[["a", "P1", "P2"], ["b", "1", "1"]],
        file_name="a.csv",
    ),
    **{
        f"text in {codec}": Crafted(
            lambda codec=codec: _TEXT.encode(codec),  # type: ignore[misc]
            cells=[["participant", "P1"], ["note", "déjà vu – £5"]], file_name="a.csv",
        )
        for codec in ("utf-16", "cp1252", "utf-8-sig")
    },
    "a dimension that tells too little": Crafted(lambda: _dimension("A1"), cells=BOTH),
    "a dimension that tells too much": Crafted(lambda: _dimension("A1:XFD1048576"), cells=BOTH),
    "rows formatted to the very end": Crafted(_formatted_to_the_end, cells=BOTH),
    "a link to another workbook, with a name in it": Crafted(_external_link, cells=BOTH),
    "hidden rows, columns and sheets, a comment, an author": Crafted(
        _much_that_is_hidden, cells=BOTH
    ),
    "cells that show errors": Crafted(_errors, cells=[["#N/A"], ["#DIV/0!"]]),
    "a sheet's end inside a text": Crafted(
        lambda: workbook(
            '<row r="1"><c r="A1" t="inlineStr"><is><t>&lt;/sheetData></t></is></c></row>'
        ),
        cells=[["</sheetData>"]],
    ),
    "characters that are none": Crafted(
        lambda: workbook(
            '<row r="1"><c r="A1" t="inlineStr"><is><t>P_x0000_1&#xFFFE;</t></is></c></row>'
        ),
        cells=[["P1"]],
    ),
}  # fmt: skip

# Those that take seconds to make or to read: measured in benchmarks, not in every run of the tests.
SLOW = frozenset(
    {
        "1 GB of blanks", "9 million plain cells", "3 million cells without an address",
        "24 million short rows", "51 MB of text", "rows formatted to the very end",
        "a million blank columns in many rows", "one text of 200 MB", "20 million cells",
        "a bare quotation mark before 40 MB",
    }
)  # fmt: skip


# --- good files and what becomes of them when one byte changes ------------------------------------


def good_rows(n: int = 25) -> list[tuple[object, ...]]:
    """Rows of an honest questionnaire sheet."""
    draw = random.Random(9)
    return [
        (f"LUT-{i // 2:03}", ("baseline", "end")[i % 2], f"2025-0{2 + 3 * (i % 2)}-1{i % 9}",
         *(draw.randrange(4) for _ in range(9)))
        for i in range(n)
    ]  # fmt: skip


def good_workbook() -> bytes:
    """An honest workbook as a common library writes it."""
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True})
    sheet = book.add_worksheet("questionnaires")
    for number, cells in enumerate((GOOD_COLUMNS, *good_rows())):
        sheet.write_row(number, 0, cells)
    book.close()
    return buffer.getvalue()


def good_csv() -> bytes:
    """The same rows as text."""
    lines = [",".join(map(str, cells)) for cells in (GOOD_COLUMNS, *good_rows())]
    return ("\r\n".join(lines) + "\r\n").encode()


def flipped(data: bytes, draw: random.Random) -> bytes:
    """The file with one byte, anywhere, changed into another."""
    place = draw.randrange(len(data))
    return data[:place] + bytes([data[place] ^ draw.randrange(1, 256)]) + data[place + 1 :]


def flips(n: int, *, seed: int) -> list[tuple[str, bytes]]:
    """Half workbooks, half text files, each with one byte changed."""
    draw = random.Random(seed)
    kinds = [("good.xlsx", good_workbook()), ("good.csv", good_csv())]
    return [(name, flipped(data, draw)) for i in range(n) for name, data in [kinds[i % 2]]]
