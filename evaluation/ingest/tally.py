"""What became of every cell of a file: used, refused or left out. Nothing may be lost."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from evaluation.ingest.columns.views import View
from evaluation.ingest.files.cells import Upload
from evaluation.ingest.parsed_rows import ParsedRows
from evaluation.ingest.sheets.tables import Table
from evaluation.model import CellCount


def count_cells(
    upload: Upload,
    tables: Sequence[tuple[int, Table, Sequence[View]]],
    parts: Sequence[ParsedRows | None],
) -> CellCount:
    """Cells that hold anything, by what became of them; ``tables`` with their numbers."""
    read = sum(int(column.filled.sum()) for sheet in upload.sheets for column in sheet.columns)
    used = refused = 0
    for number, table, views in tables:
        taken, turned_away = _of_table(number, table, views, parts)
        for column, marks in taken.items():
            filled = table.columns[column].filled
            used += int((marks & filled).sum())
            refused += int((turned_away[column] & ~marks & filled).sum())
    return CellCount(read, used, refused, read - used - refused)


def _of_table(
    number: int, table: Table, views: Sequence[View], parts: Sequence[ParsedRows | None]
) -> tuple[dict[int, np.ndarray], dict[int, np.ndarray]]:
    n = len(table.row_numbers)
    columns = sorted({column for view in views for column in view.known_columns})
    used = {column: np.zeros(n, dtype=bool) for column in columns}
    refused = {column: np.zeros(n, dtype=bool) for column in columns}
    for part in parts:
        if part is None:
            continue
        mine = (part.rows["table"] == number).to_numpy()
        if not mine.any():
            continue
        at = part.rows["at"].to_numpy()
        view_of = part.rows["view"].to_numpy()
        dropped: dict[int, list[int]] = {}
        for position, column in part.dropped:
            if mine[position]:
                dropped.setdefault(column, []).append(position)
        for index, view in enumerate(views):
            own = mine & (view_of == index)
            for column in view.known_columns:
                bad = np.zeros(len(own), dtype=bool)
                bad[dropped.get(column, [])] = True
                bad |= part.refused
                used[column][at[own & ~bad]] = True
                refused[column][at[own & bad]] = True
    return used, refused
