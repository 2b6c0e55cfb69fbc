"""Files that harm or deceive a reader, made in memory, and what must become of each."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable

from tests.evaluation.ingest.made_workbooks import (
    ONE_ROW,
    RawPart,
    changed,
    packed,
    parts_of,
    raw_package,
    raw_part,
    raw_workbook,
    repeated_part,
    shared_texts,
    with_sheet,
    workbook,
    worksheet,
)

LAUGHS = (
    '<!DOCTYPE lolz [<!ENTITY a "ha">'
    + "".join(
        f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in zip("abcdefgh", "bcdefghi", strict=True)
    )
    + "]>"
)
EXTERNAL = '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
QUADRATIC = f'<!DOCTYPE x [<!ENTITY a "{"x" * 900}">]>'

_SHEET = "xl/worksheets/sheet1.xml"
_START, _END = worksheet("|").split("|")
_FAR = '<row r="1"><c r="A1"><v>1</v></c></row><row r="{row}"><c r="{cell}"><v>1</v></c></row>'


def _many_cells(text: str, n: int) -> bytes:
    """One shared text in very many cells."""
    rows = "".join(
        f'<row r="{row}">' + "".join(f'<c r="{c}{row}" t="s"><v>0</v></c>' for c in "ABCDEFGHIJ")
        + "</row>"
        for row in range(1, n // 10 + 1)
    )  # fmt: skip
    return workbook(rows, texts=f"<si><t>{text}</t></si>")


def _mixed(n: int) -> str:
    """Digits in an order that does not pack away: a bomb that is too small is another test."""
    return "".join(str(number * 7_919 % 9_973 % 10) for number in range(n))


def _cells_without_address(n: int) -> bytes:
    block = "<row>" + "".join(f"<c><v>{digit}</v></c>" for digit in _mixed(1_000)) + "</row>"
    return raw_workbook(repeated_part(_SHEET, _START, block, n // 1_000, _END))


def _plain_cells(n: int) -> bytes:
    cells = "".join(f'<c r="A1"><v>{digit}</v></c>' for digit in _mixed(20_000))
    block = f'<row r="1">{cells}</row>'
    return raw_workbook(repeated_part(_SHEET, _START, block, n // 20_000, _END))


def _shared_texts_of_64_mb() -> bytes:
    start, end = shared_texts("|").split("|")
    block = f"<si><t>{_mixed(3_200) * 10}</t></si>"
    texts = repeated_part("xl/sharedStrings.xml", start, block, 2_000, end)
    return raw_workbook(texts)


def _larger_than_told() -> bytes:
    sheet = worksheet(ONE_ROW + " " * 500_000)
    cut = sheet[:5_000].encode()
    part = raw_part(_SHEET, sheet, size=len(cut), checksum=zlib.crc32(cut))
    return raw_workbook(part)


def _sheets(n: int) -> bytes:
    return packed(parts_of(*[worksheet(ONE_ROW)] * n))


def _names(n: int) -> bytes:
    names = "".join(f'<definedName name="n{i}">S1!$A$1</definedName>' for i in range(n))
    return workbook(names=f"<definedNames>{names}</definedNames>")


def _older_excel() -> bytes:
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600


def _two_packages() -> bytes:
    # The end of the first one stands in the comment of the second: readers may differ.
    other = workbook('<row r="1"><c r="A1"><v>2</v></c></row>')
    data = workbook()
    end = data.rindex(b"PK\x05\x06")
    return data[: end + 20] + struct.pack("<H", 22) + other[other.rindex(b"PK\x05\x06") :]


_LONG = "x" * 40_000
_PAIR = _FAR.format(row=1_048_576, cell="XFD1048576")

# What it is: how it is made, the code of the refusal, and words of its sentence.
HOSTILE: dict[str, tuple[Callable[[], bytes], str, str]] = {
    "billion laughs in a sheet": (
        lambda: with_sheet(LAUGHS + worksheet("<row><c><v>&i;</v></c></row>")),
        "unsafe_file", "definitions",
    ),
    "billion laughs in the shared texts": (
        lambda: workbook(more={"xl/sharedStrings.xml": LAUGHS + shared_texts("<si>&i;</si>")}),
        "unsafe_file", "definitions",
    ),
    "a definition that is not used": (
        lambda: changed("xl/workbook.xml", "<workbook", '<!DOCTYPE w [<!ENTITY a "b">]><workbook'),
        "unsafe_file", "definitions",
    ),
    "a definition in small letters": (
        lambda: changed("xl/workbook.xml", "<workbook", "<!doctype w><workbook"),
        "unsafe_file", "definitions",
    ),
    "a definition in a part nobody reads": (
        lambda: workbook(more={"customXml/item1.xml": EXTERNAL + "<x/>"}),
        "unsafe_file", "definitions",
    ),
    "quadratic blow-up": (
        lambda: with_sheet(QUADRATIC + worksheet(f"<row><c><v>{'&a;' * 300}</v></c></row>")),
        "unsafe_file", "definitions",
    ),
    "a definition from outside": (
        lambda: with_sheet(EXTERNAL + worksheet("<row><c><v>&a;</v></c></row>")),
        "unsafe_file", "definitions",
    ),
    "1 GB of blanks": (
        lambda: raw_workbook(repeated_part(_SHEET, _START, " " * 1_000_000, 1_000, _END)),
        "too_large", "1,000 MB when unpacked",
    ),
    "100 MB of blanks": (
        lambda: raw_workbook(repeated_part(_SHEET, _START, " " * 1_000_000, 100, _END)),
        "too_large", "grows",
    ),
    "20 million cells": (
        lambda: _cells_without_address(20_000_000), "too_large", "MB when unpacked",
    ),
    "3 million cells without an address": (
        lambda: _cells_without_address(3_000_000), "too_large", "unusual way",
    ),
    "9 million plain cells": (
        lambda: _plain_cells(9_000_000), "too_large", "the limit is 8,000,000 cells",
    ),
    "one long text in 12,000 cells": (
        lambda: _many_cells("x" * 1_000_000, 12_000), "too_large", "text of one cell",
    ),
    "one text at the limit in 20,000 cells": (
        lambda: _many_cells("x" * 32_000, 20_000), "too_large", "very many cells",
    ),
    "one text at the limit in 20,000 cells, its number padded": (
        lambda: changed(_SHEET, "<v>0</v>", "<v> 0 </v>", _many_cells("x" * 32_000, 20_000)),
        "too_large", "very many cells",
    ),
    "one text at the limit in 20,000 cells, behind another number": (
        lambda: changed(
            _SHEET, "<v>0</v>", "<v>1</v><!-- --><v>0</v>", _many_cells("x" * 32_000, 20_000)
        ),
        "too_large", "very many cells",
    ),
    "one text of 60 MB": (lambda: _many_cells("x" * 60_000_000, 10), "too_large", "grows"),
    "64 MB of texts": (_shared_texts_of_64_mb, "too_large", "all its texts together"),
    "one text too long, in its cell": (
        lambda: workbook(
            f'<row r="1"><c r="A1" t="inlineStr"><is><t>{_LONG}</t></is></c></row>'
        ),
        "too_large", "text of one cell",
    ),
    "one text too long, in pieces": (
        lambda: workbook(
            f'<row><c t="inlineStr"><is>{"<r><t>" + _LONG[:30_000] + "</t></r>"}'
            f'{"<r><t>" + _LONG[:30_000] + "</t></r>"}</is></c></row>'
        ),
        "too_large", "text of one cell",
    ),
    "one text too long, in plain pieces": (
        lambda: workbook(
            f'<row><c r="A1" t="inlineStr"><is>{f"<t>{_LONG[:30_000]}</t>" * 2}</is></c></row>'
        ),
        "too_large", "text of one cell",
    ),
    "the two furthest cells": (lambda: workbook(_PAIR), "too_large", "row 1,048,576"),
    "the two furthest cells, oddly written": (
        lambda: workbook(_PAIR.replace('"', "'")), "too_large", "row 1,048,576",
    ),
    "the two furthest cells, hidden in a comment's shadow": (
        lambda: workbook("<!-- </sheetData> -->" + _PAIR), "too_large", "row 1,048,576",
    ),
    "two cells far apart within the limits": (
        lambda: workbook(_FAR.format(row=199_999, cell="ALL199999")), "too_large", "far apart",
    ),
    "an empty text far away": (
        lambda: workbook(
            ONE_ROW + '<row r="1000000"><c r="XFD1000000" t="str"><f>""</f><v></v></c></row>'
        ),
        "too_large", "row 1,000,000",
    ),
    "row 99999999999": (
        lambda: workbook(_FAR.format(row=99_999_999_999, cell="A99999999999")),
        "not_a_spreadsheet", "damaged",
    ),
    "a row that says 99999999999, its cell nothing": (
        lambda: workbook('<row r="99999999999"><c><v>1</v></c></row>'),
        "not_a_spreadsheet", "damaged",
    ),
    "column AAAA": (
        lambda: workbook(_FAR.format(row=2, cell="AAAA2")), "not_a_spreadsheet", "damaged",
    ),
    "column ALM": (lambda: workbook(_FAR.format(row=2, cell="ALM2")), "too_large", "column ALM"),
    "one merged range of a whole sheet": (
        lambda: workbook(after='<mergeCells><mergeCell ref="A1:XFD1048576"/></mergeCells>'),
        "too_large", "a merged range of 17,179,869,184 cells",
    ),
    "one merged range of 2.6 million cells": (
        lambda: workbook(after='<mergeCells><mergeCell ref="A1:Z100000"/></mergeCells>'),
        "too_large", "a merged range of 2,600,000 cells",
    ),
    "a link on a whole sheet": (
        lambda: workbook(after='<hyperlinks><hyperlink ref="A1:XFD1048576"/></hyperlinks>'),
        "too_large", "a link of 17,179,869,184 cells",
    ),
    "61 sheets": (lambda: _sheets(61), "too_large", "60 sheets"),
    "3,000 sheets": (lambda: _sheets(3_000), "too_large", "500 parts"),
    "50,000 names": (lambda: _names(50_000), "too_large", "2,000 names"),
    "21 MB": (lambda: workbook(more={"xl/media/image1.png": b""}) + b"x" * 21_000_000,
              "too_large", "the limit is 20 MB"),
    "more than it tells": (_larger_than_told, "not_a_spreadsheet", "damaged"),
    "a part in a folder above": (
        lambda: workbook(more={"../../../../x": "x"}), "unsafe_file", "outside itself",
    ),
    "a part with an absolute path": (
        lambda: workbook(more={"/etc/x": "x"}), "unsafe_file", "outside itself",
    ),
    "one part twice": (
        lambda: raw_package(
            *(raw_part(n, c) for n, c in parts_of(worksheet(ONE_ROW)).items()),
            raw_part(_SHEET, worksheet("")),
        ),
        "unsafe_file", "twice",
    ),
    "one part twice, in another case": (
        lambda: workbook(more={"xl/Worksheets/SHEET1.xml": worksheet("")}),
        "unsafe_file", "twice",
    ),
    "macros": (lambda: workbook(more={"xl/vbaProject.bin": "x"}), "unsafe_file", "macros"),
    "old macros": (
        lambda: workbook(more={"xl/macrosheets/sheet1.xml": "<x/>"}), "unsafe_file", "macros",
    ),
    "controls": (
        lambda: workbook(more={"xl/activeX/activeX1.bin": "x"}), "unsafe_file", "controls",
    ),
    "an embedded object": (
        lambda: workbook(more={"xl/embeddings/oleObject1.bin": "x"}), "unsafe_file", "embedded",
    ),
    "an encrypted part": (
        lambda: raw_workbook(RawPart(_SHEET, b"x" * 20, 20, 0, flags=1)), "password", "password",
    ),
    "an unusual encoding": (
        lambda: with_sheet(worksheet(ONE_ROW).encode("utf-16")), "unsafe_file", "encoding",
    ),
    "a named unusual encoding": (
        lambda: with_sheet('<?xml version="1.0" encoding="UTF-7"?>' + worksheet(ONE_ROW)),
        "unsafe_file", "encoding",
    ),
    "two packages in one file": (_two_packages, "not_a_spreadsheet", "damaged"),
    "a workbook in another place": (
        lambda: changed("_rels/.rels", "xl/workbook.xml", "office/book.xml"),
        "not_a_spreadsheet", "damaged",
    ),
    "a sheet that is not there": (
        lambda: changed("xl/_rels/workbook.xml.rels", "sheet1.xml", "sheet7.xml"),
        "not_a_spreadsheet", "damaged",
    ),
    "XML that does not end": (
        lambda: with_sheet(worksheet(ONE_ROW)[:-14]), "not_a_spreadsheet", "damaged",
    ),
    "rows that do not end": (
        lambda: with_sheet(worksheet(ONE_ROW).partition("</sheetData>")[0]),
        "not_a_spreadsheet", "damaged",
    ),
    "no part at all": (lambda: packed({}), "not_a_spreadsheet", "zip"),
    "other files, packed": (lambda: packed({"a.csv": "a,b"}), "not_a_spreadsheet", "zip"),
    "a Word document": (
        lambda: packed({"[Content_Types].xml": "", "word/document.xml": ""}),
        "not_a_spreadsheet", "Word",
    ),
    "an OpenDocument file": (
        lambda: packed({"mimetype": "application/vnd.oasis.opendocument.spreadsheet"}),
        "not_a_spreadsheet", ".ods",
    ),
    "a binary workbook": (
        lambda: packed({"[Content_Types].xml": "", "xl/workbook.bin": ""}),
        "not_a_spreadsheet", ".xlsb",
    ),
    "an older Excel file": (_older_excel, "not_a_spreadsheet", ".xls"),
    "a password": (
        lambda: _older_excel() + "EncryptedPackage".encode("utf-16-le"), "password", "password",
    ),
    "a text table": (lambda: b"participant,wave\nP1,end\n", "not_a_spreadsheet", "damaged"),
    "a PDF document": (lambda: b"%PDF-1.7\n", "not_a_spreadsheet", "PDF"),
    "nothing": (lambda: b"", "empty_file", "empty"),
    "a cut-off workbook": (lambda: workbook()[:300], "not_a_spreadsheet", "damaged"),
    "a web page": (
        lambda: b"<html><table><tr><td>1</td></tr></table></html>", "not_a_spreadsheet", "web page",
    ),
}  # fmt: skip
