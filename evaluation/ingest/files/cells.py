"""What one file holds: sheets of cells as they were typed, kept by column.

Nothing is inferred here: no types, no dates, no "missing" words. A column keeps each distinct cell
once and, for each row, which of them stands there: columns of answers are long and say few things.
A cell's address is worked out only when a problem needs it.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

# Whole numbers come as float where the file does not tell them apart. TRUE and FALSE are text.
Cell = str | int | float | dt.date | dt.datetime | dt.time | dt.timedelta | None

# Where a cell stands: the row as the spreadsheet program counts (from 1), the column from 0.
Position = tuple[int, int]

ERROR_WORDS = frozenset(
    {"#N/A", "#DIV/0!", "#REF!", "#VALUE!", "#NAME?", "#NUM!", "#NULL!", "#GETTING_DATA"}
)


# A workbook of invented people says so in its first cell and by a defined name.
SYNTHETIC = "SYNTHETIC"
SYNTHETIC_NAME = "synthetic_data"

# Text that a spreadsheet program would take for a formula. Blanks in front of it, seen or unseen,
# do not help; apostrophes count in, so that putting one more in front can always be undone.
_FORMULA = re.compile(
    "[\\s'\u00ad\u200b-\u200f\u2060\ufeff]*[=+\\-@\\t\\r\\n\\0\uff1d\uff0b\uff0d\uff20]"
)
# No characters at all, though a workbook can smuggle them in: databases and programs refuse them.
_NO_TEXT = re.compile("[\\0\ufffe\uffff]")


def could_be_formula(text: str) -> bool:
    """Whether a spreadsheet program might take a text for a formula."""
    return _FORMULA.match(text) is not None


def as_typed(text: str) -> str:
    """The text without what is no character, and without the ``'`` that our exports put first."""
    text = _NO_TEXT.sub("", text)
    return text[1:] if text.startswith("'") and could_be_formula(text) else text


class UnreadableFileError(Exception):
    """A file that cannot be used at all; carries the code, the sentence and what to do."""

    def __init__(self, code: str, message: str, fix: str) -> None:
        super().__init__(code, message, fix)  # all three, so that it survives pickling
        self.code = code
        self.message = message
        self.fix = fix


def is_blank(value: Cell) -> bool:
    """Whether a cell holds nothing that a person would see."""
    return value is None or (isinstance(value, str) and not value.strip())


@dataclass(frozen=True, slots=True, eq=False)
class Column:
    """One column: its distinct cells, and for each row the number of the cell that stands there.

    ``values[0]`` is ``None``, the blank cell. ``codes`` holds one number for each row.
    """

    values: tuple[Cell, ...]
    codes: np.ndarray

    @classmethod
    def of(cls, cells: Iterable[Cell]) -> Column:
        """A column of these cells; blank text counts as blank."""
        numbers: dict[Any, int] = {None: 0}
        codes = [0 if is_blank(cell) else numbers.setdefault(cell, len(numbers)) for cell in cells]
        return cls(tuple(numbers), np.array(codes, dtype=np.int32))

    def __len__(self) -> int:
        return len(self.codes)

    def __getitem__(self, row: int) -> Cell:
        return self.values[self.codes[row]]

    def cells(self) -> list[Cell]:
        """Every cell, row by row."""
        return [self.values[code] for code in self.codes.tolist()]

    @property
    def filled(self) -> np.ndarray:
        """For each row, whether anything stands there."""
        return self.codes != 0

    def take(self, rows: np.ndarray | Sequence[int]) -> Column:
        """The same column at these rows (positions, or a mask) only."""
        return Column(self.values, self.codes[rows])

    def counts(self) -> dict[Cell, int]:
        """How often each cell that is not blank occurs, in order of first appearance."""
        n = np.bincount(self.codes, minlength=len(self.values)).tolist()
        return {value: count for value, count in zip(self.values[1:], n[1:], strict=True) if count}

    def parsed(self, parse: Callable[[Cell], Any], *, blank: Any) -> list[Any]:
        """What each distinct cell means, in the order of ``values``; unused cells as blank."""
        used = np.bincount(self.codes, minlength=len(self.values)) > 0
        return [
            parse(value) if in_use and value is not None else blank
            for value, in_use in zip(self.values, used.tolist(), strict=True)
        ]


@dataclass(frozen=True)
class Sheet:
    """One sheet as typed: row ``i`` of each column is row ``i + 1`` of the spreadsheet program.

    Cells that show a spreadsheet error hold its word (ERROR_WORDS). ``merged`` ranges are (first
    row, first column, last row, last column). ``labels`` and ``missing`` come with SPSS files: what
    a column's values are called, and which of them its author declared missing, with the reason.
    """

    name: str
    columns: tuple[Column, ...]
    formulas_without_value: frozenset[Position] = frozenset()
    hidden_rows: frozenset[int] = frozenset()
    hidden_columns: frozenset[int] = frozenset()
    merged: tuple[tuple[int, int, int, int], ...] = ()
    commented: frozenset[Position] = frozenset()
    coloured_rows: frozenset[int] = frozenset()
    labels: Mapping[int, Mapping[Cell, str]] = field(default_factory=dict)
    missing: Mapping[int, Mapping[Cell, str]] = field(default_factory=dict)

    @property
    def n_rows(self) -> int:
        return len(self.columns[0]) if self.columns else 0

    def row(self, number: int) -> list[Cell]:
        """The cells of a row, numbered as the spreadsheet program does."""
        return [column[number - 1] for column in self.columns]


@dataclass(frozen=True)
class Upload:
    """What one file holds.

    ``kind`` is ``xlsx``, ``csv`` or ``sav``. ``notes`` say how text was read. ``names`` are the
    workbook's defined names with their text, without the equals sign; ``date1904`` tells which day
    is day 0 of its serial numbers.
    """

    file_name: str
    kind: str
    sheets: tuple[Sheet, ...]
    hidden_sheets: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    names: Mapping[str, str] = field(default_factory=dict)
    date1904: bool = False

    @property
    def synthetic(self) -> bool:
        """Whether the file says that its people are invented."""
        firsts = (sheet.columns[0][0] for sheet in self.sheets if sheet.n_rows)
        return SYNTHETIC_NAME in self.names or any(
            isinstance(cell, str) and cell.strip().startswith(SYNTHETIC) for cell in firsts
        )
