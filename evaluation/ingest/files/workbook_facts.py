"""What stands in the cells of a sheet that the reader of its values does not tell.

Errors and formulas without a result read as blank there, hidden rows as rows, and a comment with
the real answer not at all. All of it is gathered here, under the limits that keep a file from
harming.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from evaluation.ingest.files.cells import Position
from evaluation.ingest.files.limits import (
    MAX_AREA,
    MAX_CELL_TEXT_BYTES,
    MAX_CELLS,
    MAX_COLUMNS,
    MAX_RANGE_CELLS,
    MAX_REMEMBERED,
    MAX_ROWS,
    MAX_TEXT_LENGTH,
    text_too_long,
    too_large,
)
from evaluation.ingest.files.plain_cells import TRUTH, Cells
from evaluation.ingest.files.sheet_scan import column_letters, position_of

_LAST_COLUMN = 16_384  # of the spreadsheet program
Range = tuple[int, int, int, int]  # first row, first column, last row, last column


@dataclass(frozen=True)
class SheetFacts:
    """One sheet. Rows count from 1, columns from 0; ``last_row`` and ``last_column`` are the last
    with anything in them (0 and -1: nothing). ``errors`` and ``formulas_without_value`` have a row
    and a column for each cell, and are complete.
    """

    name: str
    state: str
    n_cells: int
    last_row: int
    last_column: int
    area: int
    has_truth_values: bool
    errors: Mapping[str, np.ndarray]
    formulas_without_value: np.ndarray
    hidden_rows: frozenset[int]
    hidden_columns: frozenset[int]
    coloured_rows: frozenset[int]
    merged: tuple[Range, ...]
    commented: frozenset[Position] = frozenset()

    @property
    def visible(self) -> bool:
        return self.state == "visible"


@dataclass
class Tally:
    """What all sheets of a workbook hold together."""

    cells: int = 0
    area: int = 0
    text: int = 0


class SheetGatherer:
    """Takes up a sheet's cells, batch by batch, and refuses those that would harm."""

    def __init__(
        self, file_name: str, before: Tally, *, coloured: np.ndarray, shared_lengths: np.ndarray
    ) -> None:
        self.file_name = file_name
        self.tally = Tally(before.cells, before.area, before.text)
        self._n_before = before.cells
        # one more, for cells that name a style or a text that is not there
        self._coloured = np.append(coloured, False)
        self._shared_lengths = np.append(shared_lengths, 0)
        self._first: Position | None = None
        self._last: Position = (0, -1)
        self._has_truth_values = False
        self._errors: dict[str, list[Position]] = {}
        self._uncalculated: list[np.ndarray] = []
        self._hidden_rows: set[int] = set()
        self._hidden_columns: set[int] = set()
        self._coloured_rows: set[int] = set()
        self._merged: list[Range] = []

    def add(self, cells: Cells) -> None:
        if cells.longest_text > MAX_TEXT_LENGTH:
            raise text_too_long(self.file_name)
        self._hidden_rows.update(cells.hidden_rows)
        held = cells.filled | cells.uncalculated
        if not held.any():
            return
        rows, columns = cells.rows[held], cells.columns[held]
        self._check_extent(rows, columns)
        self._check_amount(len(rows), cells.strings[held])
        self._has_truth_values |= bool((cells.types[held] == TRUTH).any())
        for number, word in cells.words:
            position = (int(cells.rows[number]), int(cells.columns[number]))
            self._errors.setdefault(word, []).append(position)
        wanting = cells.uncalculated
        if wanting.any():
            self._uncalculated.append(
                np.stack([cells.rows[wanting], cells.columns[wanting]], axis=1)
            )
        if self._coloured.any():
            styles = np.minimum(cells.styles[held], len(self._coloured) - 1)
            self._coloured_rows.update(np.unique(rows[self._coloured[styles]]).tolist())

    def element(self, name: str, attributes: dict[str, str]) -> None:
        if name == "mergeCell":
            area = self._area(attributes.get("ref", ""), "a merged range")
            if area and len(self._merged) < MAX_REMEMBERED:
                self._merged.append(area)
        elif name == "hyperlink":
            self._area(attributes.get("ref", ""), "a link")
        elif name == "col" and attributes.get("hidden") in ("1", "true"):
            first, last = attributes.get("min", ""), attributes.get("max", "")
            if first.isdecimal() and last.isdecimal():
                columns = range(int(first) - 1, min(int(last), _LAST_COLUMN))
                self._hidden_columns.update(columns)

    def facts(self, name: str, state: str, commented: frozenset[Position]) -> SheetFacts:
        """All that was gathered, as of a sheet with this name."""
        last_row, last_column = self._last
        empty = np.zeros((0, 2), dtype=np.int64)
        return SheetFacts(
            name=name,
            state=state,
            n_cells=self.tally.cells - self._n_before,
            last_row=last_row,
            last_column=last_column,
            area=self._extent(),
            has_truth_values=self._has_truth_values,
            errors={word: np.array(places) for word, places in self._errors.items()},
            formulas_without_value=np.concatenate([empty, *self._uncalculated]),
            hidden_rows=frozenset(row for row in self._hidden_rows if row <= last_row),
            hidden_columns=frozenset(c for c in self._hidden_columns if c <= last_column),
            coloured_rows=frozenset(self._coloured_rows),
            merged=tuple(self._merged),
            commented=commented,
        )

    def tally_after(self) -> Tally:
        """What this sheet and those before it hold together."""
        return Tally(self.tally.cells, self.tally.area + self._extent(), self.tally.text)

    def _check_extent(self, rows: np.ndarray, columns: np.ndarray) -> None:
        last = (max(self._last[0], int(rows.max())), max(self._last[1], int(columns.max())))
        first = (int(rows.min()), int(columns.min()))
        if self._first is not None:
            first = (min(self._first[0], first[0]), min(self._first[1], first[1]))
        self._first, self._last = first, last
        if last[0] > MAX_ROWS:
            raise too_large(self.file_name, f"a value in row {last[0]:,}", f"{MAX_ROWS:,} rows")
        if last[1] >= MAX_COLUMNS:
            raise too_large(
                self.file_name,
                f"a value in column {column_letters(last[1])}",
                f"{MAX_COLUMNS:,} columns, up to {column_letters(MAX_COLUMNS - 1)}",
            )
        if self.tally.area + self._extent() > MAX_AREA:
            raise too_large(
                self.file_name,
                "values far apart, with too many blank cells between them",
                f"{MAX_AREA:,} cells from the first to the last value",
            )

    def _extent(self) -> int:
        if self._first is None:
            return 0
        return (self._last[0] - self._first[0] + 1) * (self._last[1] - self._first[1] + 1)

    def _check_amount(self, n: int, strings: np.ndarray) -> None:
        self.tally.cells += n
        if self.tally.cells > MAX_CELLS:
            raise too_large(self.file_name, "too many cells with a value", f"{MAX_CELLS:,} cells")
        known = np.minimum(strings[strings >= 0], len(self._shared_lengths) - 1)
        self.tally.text += int(self._shared_lengths[known].sum())
        if self.tally.text > MAX_CELL_TEXT_BYTES:
            raise too_large(
                self.file_name, "very long texts in very many cells",
                f"{MAX_CELL_TEXT_BYTES // 10**6} MB",
            )  # fmt: skip

    def _area(self, reference: str, what: str) -> Range | None:
        first, _, last = reference.partition(":")
        start, end = position_of(first), position_of(last or first)
        if start is None or end is None:
            return None
        size = (abs(end[0] - start[0]) + 1) * (abs(end[1] - start[1]) + 1)
        if size > MAX_RANGE_CELLS:
            raise too_large(
                self.file_name, f"{what} of {size:,} cells", f"{MAX_RANGE_CELLS:,} cells"
            )
        return (*start, *end)
