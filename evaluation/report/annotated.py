"""An upload given back with its problems marked, so that it can be corrected where it is wrong.

The workbook is built afresh from the cells that were read; nothing of the file itself travels: no
hidden sheet, comment, formula or author. Every cell keeps its address.
"""

from __future__ import annotations

import datetime as dt
import io
import math
import re
import tempfile
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.utility import xl_rowcol_to_cell
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from evaluation.ingest.files.cells import SYNTHETIC_NAME, Cell, Column, Upload
from evaluation.ingest.templates.template import SYNTHETIC_NOTICE
from evaluation.model import ImportReport, Problem
from evaluation.report.annotated_sheets import (
    GRAVEST_FIRST,
    LIST_TITLE,
    PROBLEMS_SHEET,
    Copy,
    Mark,
    SheetKey,
    are_synthetic,
    by_key,
    copies_of,
    order,
    put_marks,
)

MOST_LISTED = 1_000
TO_CORRECT_COLOUR = "#FFFF00"
NOTE_COLOUR = "#FFF7CC"
CREATOR = "Distance Travelled"

_MANY_ROWS = 20_000  # from here on rows are written through to a file, not kept in memory
_LONGEST_MERGE = 1_000  # cells; a damaged file may claim to merge a whole sheet
_FIRST_YEAR = 1900  # spreadsheet programs know no earlier date
_KEPT_AS_TEXT = re.compile(r"[=+\-@]|\d+$")  # would become a formula or a number when edited
_SEVERITIES = {
    "block_file": "The file cannot be used",
    "refuse_row": "The row was left out",
    "drop_cell": "The cell was left out",
    "ask": "Please check",
    "note": "For information",
}
_LIST_COLUMNS = (
    ("What is wrong", 60), ("What to do", 50), ("Where", 30), ("Value", 22), ("What it means", 22),
)  # fmt: skip

# What a cell is written as: the value, the number format, the kind of cell.
_Ready = tuple[Any, str, str]


def annotate(report: ImportReport) -> bytes:
    """The files of a report with their problems marked; personal details stay behind."""
    tables = report.mapping.tables if report.mapping else ()
    codes = {
        (table.file, table.sheet): choice.column
        for table in reversed(tables)
        for choice in reversed(table.columns)
        if choice.read_as in ("participant", "couple")
    }
    return annotated_workbook(
        report.uploads,
        report.problems,
        left_out={
            (table.file, table.sheet): [c.column for c in table.columns if c.reason == "personal"]
            for table in tables
        },
        header_rows={(table.file, table.sheet): table.header_rows for table in tables},
        code_columns=codes,
    )


def annotated_workbook(
    uploads: Sequence[Upload],
    problems: Sequence[Problem],
    *,
    left_out: Mapping[SheetKey, Collection[int]] | None = None,
    header_rows: Mapping[SheetKey, Collection[int]] | None = None,
    code_columns: Mapping[SheetKey, int] | None = None,
) -> bytes:
    """The sheets that were read, cell by cell at the same address, with what is wrong in them.

    The keys of all mappings are (file, sheet). ``left_out``: numbers (from 0) of columns with
    personal details, whose cells must not travel; only their header does. ``header_rows``: rows as
    the spreadsheet program counts; without them a column's header is its first filled cell.
    ``code_columns``: the column with the code of each row, marked where a row was refused; without
    it the row's first filled cell is.
    """
    copies = copies_of(
        uploads,
        problems,
        left_out=left_out or {},
        header_rows=header_rows or {},
        code_columns=code_columns or {},
    )
    listed = order(problems, copies)
    put_marks(listed, copies)
    synthetic = are_synthetic(uploads)
    with tempfile.TemporaryDirectory() as folder:
        return _written(copies, listed, folder, synthetic=synthetic, several=len(uploads) > 1)


def _written(
    copies: Sequence[Copy],
    problems: Sequence[Problem],
    folder: str,
    *,
    synthetic: bool,
    several: bool,
) -> bytes:
    many = any(copy.sheet.n_rows > _MANY_ROWS for copy in copies)
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(
        buffer,
        {
            "constant_memory": many,
            "in_memory": not many,
            "tmpdir": folder,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
        },
    )
    # A fixed date of creation: the same upload gives the same bytes.
    created = dt.datetime(2000, 1, 1)
    book.set_properties({"author": CREATOR, "title": LIST_TITLE, "created": created})
    formats = _Formats(book)
    _write_list(book, formats, problems, copies, synthetic=synthetic, several=several)
    for copy in copies:
        _write_copy(book.add_worksheet(copy.name), formats, copy)
    if synthetic:
        book.define_name(SYNTHETIC_NAME, '="yes"')
    book.close()
    return buffer.getvalue()


class _Formats:
    """The cell formats of one workbook, each made once."""

    def __init__(self, book: Workbook) -> None:
        self._book = book
        self._made: dict[tuple[str, str], Format | None] = {("", ""): None}
        self.title = book.add_format({"bold": True, "font_size": 14})
        self.header = book.add_format({"bold": True, "bottom": 1, "bg_color": "#E8EEF4"})
        self.wrap = book.add_format({"text_wrap": True, "valign": "top"})
        self.link = book.add_format(
            {"font_color": "#0563C1", "underline": 1, "valign": "top", "text_wrap": True}
        )

    def of(self, number: str, mark: Mark | None) -> Format | None:
        """The format for a number format and a mark; ``None`` for a plain cell."""
        colour = "" if mark is None else TO_CORRECT_COLOUR if mark.to_correct else NOTE_COLOUR
        if (number, colour) not in self._made:
            wanted = {"num_format": number} if number else {}
            if colour:
                wanted["bg_color"] = colour
            self._made[number, colour] = self._book.add_format(wanted)
        return self._made[number, colour]


# --- the list --------------------------------------------------------------------------------


def _write_list(
    book: Workbook,
    formats: _Formats,
    problems: Sequence[Problem],
    copies: Sequence[Copy],
    *,
    synthetic: bool,
    several: bool,
) -> None:
    sheet = book.add_worksheet(PROBLEMS_SHEET)
    for position, (_, width) in enumerate(_LIST_COLUMNS):
        sheet.set_column(position, position, width, formats.wrap)
    lines = _opening_lines(problems, synthetic=synthetic)
    for row, line in enumerate(lines):
        sheet.write_string(row, 0, line, formats.title if row == 0 else formats.of("", None))
    head = len(lines) + 1
    for position, (header, _) in enumerate(_LIST_COLUMNS):
        sheet.write_string(head, position, header, formats.header)
    sheet.freeze_panes(head + 1, 0)
    places = by_key(copies)
    shown = problems[:MOST_LISTED]
    for row, problem in enumerate(shown, start=head + 1):
        found = places.get((problem.file, problem.sheet))
        sheet.write_string(row, 0, problem.message, formats.wrap)
        sheet.write_string(row, 1, problem.fix, formats.wrap)
        _write_where(sheet, formats, row, problem, found, several=several)
        sheet.write_string(row, 3, _value(problem, found), formats.wrap)
        sheet.write_string(row, 4, _SEVERITIES[problem.severity], formats.wrap)
    if shown:
        sheet.autofilter(head, 0, head + len(shown), len(_LIST_COLUMNS) - 1)


def _opening_lines(problems: Sequence[Problem], *, synthetic: bool) -> list[str]:
    lines = [f"{LIST_TITLE}: {len(problems):,}"]
    if synthetic:
        lines.append(SYNTHETIC_NOTICE)
    if len(problems) > MOST_LISTED:
        lines.append(
            f"The first {MOST_LISTED:,} are listed here; the others are marked on the sheets."
        )
    for severity in GRAVEST_FIRST:
        n = sum(problem.severity == severity for problem in problems)
        if n:
            lines.append(f"{_SEVERITIES[severity]}: {n:,}")
    return [
        *lines,
        "Yellow cells are to be corrected; paler ones only carry a remark. "
        "Correct them on the sheets that follow, then upload this workbook.",
    ]


def _write_where(
    sheet: Worksheet,
    formats: _Formats,
    row: int,
    problem: Problem,
    found: Copy | None,
    *,
    several: bool,
) -> None:
    text = _where(problem, several=several)
    place = found.place_of(problem) if found else None
    if found is None or place is None:
        sheet.write_string(row, 2, text, formats.wrap)
        return
    if place[0] + 1 in found.sheet.hidden_rows:
        text += " (hidden row)"
    name = found.name.replace("'", "''")
    target = f"internal:'{name}'!{xl_rowcol_to_cell(*place)}"
    sheet.write_url(row, 2, target, formats.link, string=text)


def _where(problem: Problem, *, several: bool) -> str:
    place = problem.cell or (f"row {problem.row}" if problem.row is not None else "")
    file = problem.file if several or not problem.sheet else ""
    return ", ".join(part for part in (file, problem.sheet, place) if part)


def _value(problem: Problem, found: Copy | None) -> str:
    """The value as typed, unless its column holds personal details."""
    if found is not None and problem.cell:
        place = found.place_of(problem)
        if place is not None and place[1] in found.left_out:
            return ""
    return problem.value


# --- the sheets ------------------------------------------------------------------------------


def _write_copy(sheet: Worksheet, formats: _Formats, copy: Copy) -> None:
    if copy.header_rows:
        sheet.freeze_panes(max(copy.header_rows) + 1, 0)
    if copy.columns:
        sheet.set_column(0, len(copy.columns) - 1, 12)
    _merge(sheet, copy)
    columns = [
        (number, column.codes.tolist(), _prepared(column))
        for number, column in enumerate(copy.columns)
    ]
    marks: dict[int, dict[int, Mark]] = {}
    for (row, number), mark in copy.marks.items():
        marks.setdefault(row, {})[number] = mark
    writers = _writers(sheet)
    for row in range(max([copy.sheet.n_rows, *(r + 1 for r in marks)])):
        if row + 1 in copy.sheet.hidden_rows:
            sheet.set_row(row, None, None, {"hidden": True})
        marked = marks.get(row, {})
        if row < copy.sheet.n_rows:
            for number, codes, ready in columns:
                if codes[row] and number not in marked:
                    value, number_format, kind = ready[codes[row]]
                    writers[kind](row, number, value, formats.of(number_format, None))
        for number, mark in sorted(marked.items()):
            _write_marked(sheet, formats, copy, row, number, mark)


def _write_marked(
    sheet: Worksheet, formats: _Formats, copy: Copy, row: int, number: int, mark: Mark
) -> None:
    inside = row < copy.sheet.n_rows and number < len(copy.columns)
    cell = copy.columns[number][row] if inside else None
    if cell is None:
        sheet.write_blank(row, number, None, formats.of("", mark))
    else:
        value, number_format, kind = _ready(cell)
        _writers(sheet)[kind](row, number, value, formats.of(number_format, mark))
    if mark.commented:
        height = 40 + 20 * (len(mark.comment) // 45 + mark.comment.count("\n"))
        size = {"width": 300, "height": min(height, 400)}
        sheet.write_comment(row, number, mark.comment, {"author": "", **size})


def _writers(sheet: Worksheet) -> dict[str, Callable[..., Any]]:
    return {
        "text": sheet.write_string,
        "number": sheet.write_number,
        "date": sheet.write_datetime,
    }


def _prepared(column: Column) -> list[_Ready]:
    return [("", "", "text"), *(_ready(value) for value in column.values[1:])]


def _ready(cell: Cell) -> _Ready:
    """How a cell is written: dates stay dates, and no text can become a formula or a number."""
    if isinstance(cell, str):
        return cell, "@" if _KEPT_AS_TEXT.match(cell.strip()) else "", "text"
    if isinstance(cell, dt.datetime):
        midnight = cell.time() == dt.time()
        number_format = "yyyy-mm-dd" if midnight else "yyyy-mm-dd hh:mm:ss"
        plain = cell.replace(tzinfo=None)
        return _date_or_text(plain, number_format, cell.year)
    if isinstance(cell, dt.date):
        return _date_or_text(cell, "yyyy-mm-dd", cell.year)
    if isinstance(cell, dt.time):
        return cell.replace(tzinfo=None), "hh:mm:ss", "date"
    if isinstance(cell, dt.timedelta):
        if cell < dt.timedelta():
            return str(cell), "", "text"
        return cell, "[hh]:mm:ss", "date"
    if isinstance(cell, int | float) and not isinstance(cell, bool) and math.isfinite(cell):
        return cell, "", "number"
    return str(cell), "", "text"


def _date_or_text(day: dt.date, number_format: str, year: int) -> _Ready:
    if year < _FIRST_YEAR:
        return day.isoformat(), "", "text"
    return day, number_format, "date"


def _merge(sheet: Worksheet, copy: Copy) -> None:
    """Merged cells stay merged: headers are read by them. Not where that would hide something."""
    taken: set[tuple[int, int]] = set()
    for first_row, first_column, last_row, last_column in copy.sheet.merged:
        n_cells = (last_row - first_row + 1) * (last_column - first_column + 1)
        if not 1 < n_cells <= _LONGEST_MERGE:
            continue
        cells = [
            (row, column)
            for row in range(first_row - 1, last_row)
            for column in range(first_column, last_column + 1)
        ]
        if taken.isdisjoint(cells) and not any(_shows(copy, cell) for cell in cells[1:]):
            taken.update(cells)
            sheet.merge_range(*cells[0], *cells[-1], "")


def _shows(copy: Copy, place: tuple[int, int]) -> bool:
    """Whether a cell holds or says anything."""
    row, column = place
    inside = row < copy.sheet.n_rows and column < len(copy.columns)
    return place in copy.marks or (inside and copy.columns[column].codes[row] != 0)
