"""Sheets typed out in a test or loaded by the plainest of means, and the tables found on them."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path

import openpyxl
import pytest

from evaluation.ingest.files.cells import Cell, Column, Sheet, Upload
from evaluation.ingest.sheets.tables import Table, find_tables

Rows = list[list[Cell]]
Merged = tuple[tuple[int, int, int, int], ...]
EXPORTS = Path(__file__).resolve().parents[3] / ".." / "shared" / "real_data" / "exports"
SCORES = EXPORTS.parent / "scores"
needs_exports = pytest.mark.skipif(
    not EXPORTS.is_dir(), reason="the real exports of ../shared/real_data are not here"
)


def sheet_of(rows: Sequence[Sequence[Cell]], *, merged: Merged = (), name: str = "S") -> Sheet:
    width = max(map(len, rows), default=0)
    full = [[*row, *[None] * (width - len(row))] for row in rows]
    columns = tuple(Column.of(cells) for cells in zip(*full, strict=True))
    return Sheet(name, columns, merged=merged)


def tables_of(
    rows: Sequence[Sequence[Cell]],
    *,
    merged: Merged = (),
    kind: str = "xlsx",
    header_rows: tuple[int, ...] | None = None,
) -> list[Table]:
    sheet = sheet_of(rows, merged=merged)
    return find_tables(Upload("f." + kind, kind, (sheet,)), sheet, header_rows=header_rows)


def table_of(rows: Sequence[Sequence[Cell]], **options: object) -> Table:
    (table,) = tables_of(rows, **options)  # type: ignore[arg-type]
    return table


def left_out(table: Table) -> dict[int, str]:
    return dict(table.left_out)


def answers(n: int, *, first: str = "WL-{:03}", width: int = 3) -> Rows:
    return [[first.format(i), *[float((i + k) % 4) for k in range(width)]] for i in range(n)]


def load(path: Path) -> Upload:
    """A file's cells by the plainest of means."""
    if path.suffix == ".xlsx":
        book = openpyxl.load_workbook(path, data_only=True)
        return Upload(path.name, "xlsx", tuple(_sheet(sheet) for sheet in book.worksheets))
    data = path.read_bytes()
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("cp1252")
    first = text.partition("\n")[0]
    delimiter = ";" if first.count(";") > first.count(",") else ","
    rows = list(csv.reader(io.StringIO(text), delimiter=delimiter))
    return Upload(path.name, "csv", (sheet_of(rows, name=""),))


def _sheet(sheet: openpyxl.worksheet.worksheet.Worksheet) -> Sheet:
    rows: Rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
    merged = tuple(
        (r.min_row, r.min_col - 1, r.max_row, r.max_col - 1) for r in sheet.merged_cells.ranges
    )
    return sheet_of(rows, merged=merged, name=sheet.title)


def tables_in(path: Path, sheet: str | None = None) -> list[Table]:
    upload = load(path)
    return [
        table
        for one in upload.sheets
        if sheet in (None, one.name)
        for table in find_tables(upload, one)
    ]
