"""Bytes to cells: sheets held by column, every value as it was typed.

Nothing is inferred here: no types, no dates, no "missing" words. A cell's address is worked out
only when a problem needs it, from the column number and the row number that the spreadsheet
program shows.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import openpyxl
from openpyxl.utils import get_column_letter

MAX_XLSX_BYTES = 20_000_000
MAX_CSV_BYTES = 50_000_000
MAX_UNPACKED_BYTES = 400_000_000
MAX_PART_BYTES = 300_000_000
MAX_RATIO = 200
MAX_ROWS = 200_000
MAX_ROW_NUMBER = 1_048_576  # Excel's own last row
MAX_COLUMNS = 1_000

Cell = str | int | float | dt.date | dt.datetime | dt.time | dt.timedelta | None

ERROR_WORDS = frozenset(
    {"#N/A", "#DIV/0!", "#REF!", "#VALUE!", "#NAME?", "#NUM!", "#NULL!", "#GETTING_DATA"}
)
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_DELIMITERS = (",", ";", "\t")


class UnreadableFileError(Exception):
    """A file that cannot be used at all; carries the code, the sentence and what to do."""

    def __init__(self, code: str, message: str, fix: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.fix = fix


@dataclass(frozen=True)
class Sheet:
    """One table as typed: ``header`` and, for each column, the values below it.

    ``row_numbers[i]`` is the row that the spreadsheet program shows for the i-th value.
    ``formulas_without_value`` holds (row number, column number) of cells that nobody calculated.
    """

    name: str
    header: list[Cell]
    header_row: int
    columns: list[list[Cell]]
    row_numbers: list[int]
    formulas_without_value: frozenset[tuple[int, int]] = frozenset()


@dataclass(frozen=True)
class Upload:
    """What one file holds."""

    file_name: str
    sheets: list[Sheet]
    hidden_sheets: list[str]
    notes: list[str]
    synthetic: bool = False


def address(column: int, row: int) -> str:
    """The cell address of a column number (from 0) and a spreadsheet row number."""
    return f"{get_column_letter(column + 1)}{row}"


def is_blank(value: Cell) -> bool:
    """Whether a cell holds nothing that a person would see."""
    return value is None or (isinstance(value, str) and not value.strip())


def read_upload(file_name: str, data: bytes) -> Upload:
    """Read one ``.xlsx`` or ``.csv`` file; ``UnreadableFileError`` says why it cannot be read."""
    if not data.strip():
        raise UnreadableFileError(
            "empty_file",
            f"'{file_name}' is empty.",
            "Open the file, check that the answers were saved in it, and upload it again.",
        )
    if data.startswith(b"PK"):
        return _read_workbook(file_name, data)
    _refuse_other_formats(file_name, data)
    return _read_csv(file_name, data)


def _refuse_other_formats(file_name: str, data: bytes) -> None:
    if data.startswith(_OLE):
        protected = "EncryptedPackage".encode("utf-16-le") in data
        if protected:
            raise UnreadableFileError(
                "password",
                f"'{file_name}' is protected by a password.",
                "In Excel choose File, Info, Protect Workbook, remove the password, save, "
                "and upload it again.",
            )
        raise UnreadableFileError(
            "not_a_spreadsheet",
            f"'{file_name}' is an older Excel file (.xls), which cannot be read here.",
            "In Excel choose File, Save As, and pick 'Excel Workbook (.xlsx)'.",
        )
    kind = _other_kind(data)
    if kind:
        raise UnreadableFileError(
            "not_a_spreadsheet",
            f"'{file_name}' is {kind}, not a spreadsheet, whatever its name says.",
            "Upload the workbook (.xlsx) or the CSV file in which the answers are kept.",
        )
    if not file_name.casefold().endswith((".csv", ".txt", ".tsv")):
        raise UnreadableFileError(
            "not_a_spreadsheet",
            f"'{file_name}' is not a workbook that can be opened; it may be damaged.",
            "Open it in Excel, save it as 'Excel Workbook (.xlsx)' or as CSV, and upload that.",
        )


def _other_kind(data: bytes) -> str:
    start = data[:1024].lstrip().lower()
    if start.startswith(b"%pdf"):
        return "a PDF document"
    if start.startswith((b"<!doctype html", b"<html", b"<table")):
        return "a web page"
    if start.startswith(b"{\\rtf"):
        return "a text document"
    if start.startswith((b"\x89png", b"\xff\xd8\xff", b"gif8")):
        return "a picture"
    if start.startswith((b"$fl2", b"$fl3")):
        return "an SPSS file"
    if b"\x00" in data[:4096] and not data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "a program's own kind of file"
    return ""


# --- workbooks ------------------------------------------------------------------------------


def _read_workbook(file_name: str, data: bytes) -> Upload:
    _check_package(file_name, data)
    try:
        return _read_sheets(file_name, data)
    except UnreadableFileError:
        raise
    except Exception as error:
        # A damaged package makes the reading library fail in dozens of ways, all of which mean the
        # same to a person. Its own text is dropped: it may quote cells.
        raise UnreadableFileError(
            "not_a_spreadsheet",
            f"'{file_name}' is damaged or is not an Excel workbook: it could not be opened.",
            "Open it in Excel, save it again as 'Excel Workbook (.xlsx)', and upload that.",
        ) from error


def _check_package(file_name: str, data: bytes) -> None:
    if len(data) > MAX_XLSX_BYTES:
        raise _too_large(file_name, f"{len(data) / 1e6:.0f} MB", f"{MAX_XLSX_BYTES / 1e6:.0f} MB")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as package:
            parts = package.infolist()
    except Exception as error:  # a damaged directory fails in as many ways as a damaged part
        raise UnreadableFileError(
            "not_a_spreadsheet",
            f"'{file_name}' is damaged: it stops before its end.",
            "Download or copy the file again, check that Excel opens it, and upload that.",
        ) from error
    if not any(part.filename.lower().endswith("workbook.xml") for part in parts):
        raise UnreadableFileError(
            "not_a_spreadsheet",
            f"'{file_name}' is a packed folder, not an Excel workbook.",
            "Upload the workbook (.xlsx) itself.",
        )
    unpacked = sum(part.file_size for part in parts)
    swollen = any(
        part.file_size > MAX_PART_BYTES
        or (part.file_size > 5_000_000 and part.file_size > MAX_RATIO * max(part.compress_size, 1))
        for part in parts
    )
    if unpacked > MAX_UNPACKED_BYTES or swollen:
        raise _too_large(file_name, f"{unpacked / 1e6:.0f} MB unpacked", "what a site's file needs")


def _too_large(file_name: str, size: str, limit: str) -> UnreadableFileError:
    return UnreadableFileError(
        "too_large",
        f"'{file_name}' is too large ({size}; the limit is {limit}).",
        "Keep only the sheets with answers, delete empty formatted rows, and save it again.",
    )


def _read_sheets(file_name: str, data: bytes) -> Upload:
    workbook = openpyxl.load_workbook(
        io.BytesIO(data), read_only=True, data_only=True, keep_links=False
    )
    sheets: list[Sheet] = []
    hidden = [ws.title for ws in workbook.worksheets if ws.sheet_state != "visible"]
    synthetic = False
    for worksheet in workbook.worksheets:
        if worksheet.sheet_state != "visible":
            continue
        worksheet.reset_dimensions()  # a wrong <dimension> would hide rows without a word
        sheet = _sheet_from_rows(file_name, worksheet.title, worksheet.iter_rows(values_only=True))
        if sheet is None:
            continue
        synthetic = synthetic or str(sheet.header[0] or "").strip().startswith("SYNTHETIC")
        sheets.append(sheet)
    workbook.close()
    if not sheets:
        raise UnreadableFileError(
            "empty_file",
            f"'{file_name}' has no visible sheet with anything in it.",
            "Check that the answers are in a sheet that is not hidden, save, and upload it again.",
        )
    missing = _formulas_without_value(data)
    sheets = [_with_formulas(sheet, missing.get(sheet.name, set())) for sheet in sheets]
    return Upload(file_name, sheets, hidden, [], synthetic)


def _with_formulas(sheet: Sheet, cells: set[tuple[int, int]]) -> Sheet:
    if not cells:
        return sheet
    return Sheet(
        sheet.name, sheet.header, sheet.header_row, sheet.columns, sheet.row_numbers,
        frozenset(cells),
    )  # fmt: skip


def _formulas_without_value(data: bytes) -> dict[str, set[tuple[int, int]]]:
    """Cells that hold a formula which no program has calculated; they read as blank otherwise."""
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        parts = [p for p in package.namelist() if p.startswith("xl/worksheets/")]
        if not any(re.search(rb"<f[ >/]", package.read(part)) for part in parts):
            return {}
    formulas = openpyxl.load_workbook(io.BytesIO(data), read_only=True, keep_links=False)
    values = openpyxl.load_workbook(
        io.BytesIO(data), read_only=True, data_only=True, keep_links=False
    )
    found: dict[str, set[tuple[int, int]]] = {}
    for with_formula, with_value in zip(formulas.worksheets, values.worksheets, strict=True):
        with_formula.reset_dimensions()
        with_value.reset_dimensions()
        rows = zip(
            with_formula.iter_rows(values_only=True),
            with_value.iter_rows(values_only=True),
            strict=False,
        )
        for row_number, (typed, shown) in enumerate(rows, start=1):
            for column, (formula, value) in enumerate(zip(typed, shown, strict=False)):
                if value is None and isinstance(formula, str) and formula.startswith("="):
                    found.setdefault(with_formula.title, set()).add((row_number, column))
    formulas.close()
    values.close()
    return found


# --- text files -----------------------------------------------------------------------------


def _read_csv(file_name: str, data: bytes) -> Upload:
    if len(data) > MAX_CSV_BYTES:
        raise _too_large(file_name, f"{len(data) / 1e6:.0f} MB", f"{MAX_CSV_BYTES / 1e6:.0f} MB")
    text, encoding = _decode(file_name, data)
    delimiter, text = _delimiter(text)
    try:
        rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
        sheet = _sheet_from_rows(file_name, "", rows)
    except csv.Error as error:
        raise UnreadableFileError(
            "not_a_spreadsheet",
            f"'{file_name}' cannot be read as a table: a quotation mark is opened and not closed, "
            "or a cell is far too long.",
            "Open it in Excel, save it again as CSV, and upload that.",
        ) from error
    if sheet is None:
        raise UnreadableFileError(
            "empty_file",
            f"'{file_name}' holds no words or numbers.",
            "Check that the answers were saved in it, and upload it again.",
        )
    named = {",": "commas", ";": "semicolons", "\t": "tabs"}[delimiter]
    return Upload(file_name, [sheet], [], [f"Read as text in {encoding}, split at {named}."])


def _decode(file_name: str, data: bytes) -> tuple[str, str]:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings = ["utf-16"]
    else:
        encodings = ["utf-8-sig", "cp1252"]
    for encoding in encodings:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        name = {"utf-8-sig": "UTF-8", "cp1252": "Windows-1252", "utf-16": "UTF-16"}[encoding]
        return text, name
    raise UnreadableFileError(
        "not_a_spreadsheet",
        f"'{file_name}' is not text that can be read.",
        "In Excel choose Save As, pick 'CSV UTF-8', and upload that.",
    )


def _delimiter(text: str) -> tuple[str, str]:
    """The delimiter, and the text without Excel's ``sep=`` line (kept as a blank line)."""
    first, _, rest = text.partition("\n")
    if first.strip().lower().startswith("sep=") and first.strip()[4:5] in _DELIMITERS:
        return first.strip()[4], "\n" + rest
    counts = {mark: first.count(mark) for mark in _DELIMITERS}
    best = max(counts, key=lambda mark: counts[mark])
    return (best if counts[best] else ","), text


# --- both -----------------------------------------------------------------------------------


def _sheet_from_rows(file_name: str, name: str, rows: Iterable[Iterable[Any]]) -> Sheet | None:
    """The first row that is not blank is the header; what stands below is held by column."""
    header: list[Cell] = []
    header_row = 0
    kept: list[list[Cell]] = []
    row_numbers: list[int] = []
    for row_number, row in enumerate(rows, start=1):
        if row_number > MAX_ROW_NUMBER:
            raise _too_large(file_name, "rows beyond Excel's last row", f"{MAX_ROWS:,} rows")
        values = [_as_typed(value) for value in row]
        values = values[: _used_width(values)]
        if not values:
            continue
        if len(values) > MAX_COLUMNS:
            raise _too_large(file_name, f"{len(values):,} columns", f"{MAX_COLUMNS:,} columns")
        if not header:
            header, header_row = values, row_number
            continue
        kept.append(values)
        row_numbers.append(row_number)
        if len(kept) > MAX_ROWS:
            raise _too_large(file_name, f"more than {MAX_ROWS:,} rows", f"{MAX_ROWS:,} rows")
    if not header:
        return None
    width = max(len(row) for row in [header, *kept])
    header = (header + [None] * width)[:width]
    padded = [(row + [None] * width)[:width] for row in kept]
    columns = [list(column) for column in zip(*padded, strict=True)] if padded else []
    return Sheet(name, header, header_row, columns or [[] for _ in header], row_numbers)


def _as_typed(value: Cell) -> Cell:
    # TRUE and FALSE would count as 1 and 0 in every comparison; keep them as the words they are.
    return str(value).upper() if isinstance(value, bool) else value


def _used_width(row: list[Cell]) -> int:
    return next((i for i in range(len(row), 0, -1) if not is_blank(row[i - 1])), 0)
