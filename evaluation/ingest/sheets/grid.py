"""Some columns of a sheet, with what a look at its shape needs: how full each row is, and where."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np

from evaluation.ingest.files.cells import ERROR_WORDS, Cell, Sheet
from evaluation.ingest.meaning.values import clean_text, to_number

Kind = Literal["text", "number", "date", "mark", "blank"]

# Words that stand where an answer should be; they name nothing.
_MARKS = frozenset({"true", "false", "n/a", "na", "dna", "nil", "none", "x", "nan", "null"})
_TAG = re.compile(r"</?[a-z][^<>]*>", re.IGNORECASE)
_DATE = re.compile(
    r"^\d{1,4}[-/. ]\d{1,2}[-/. ]\d{1,4}([T ].*)?$"
    r"|^\d{1,2}(st|nd|rd|th)?[ -][a-z]{3,9}[ -,]+\d{2,4}$"
    r"|^[a-z]{3,9}[ -]\d{2,4}$",
    re.IGNORECASE,
)


def header_text(cell: Cell) -> str:
    """A cell as the name of a column: no marks of HTML, no line breaks, whole numbers whole."""
    text = _TAG.sub(" ", cell) if isinstance(cell, str) and "<" in cell else cell
    return clean_text(text)


def kind_of(cell: Cell) -> Kind:
    """What sort of thing a cell holds, also where it was typed as text."""
    if cell is None:
        return "blank"
    if isinstance(cell, int | float):
        return "number"
    if isinstance(cell, dt.date | dt.time | dt.timedelta):
        return "date"
    text = clean_text(cell)
    if not text:
        return "blank"
    if to_number(text) is not None:
        return "number"
    if text.casefold() in _MARKS or text.upper() in ERROR_WORDS:
        return "mark"
    if len(text) < 40 and _DATE.match(text) and any(c.isdigit() for c in text):
        return "date"
    return "text" if any(c.isalpha() for c in text) else "mark"


@dataclass(frozen=True, eq=False)
class Grid:
    """The columns ``columns`` of a sheet.

    ``filled`` is the number of cells in each row, ``first`` the first column with one (-1: none).
    Both are indexed by row number minus one.
    """

    sheet: Sheet
    columns: tuple[int, ...]
    filled: np.ndarray
    first: np.ndarray

    @classmethod
    def of(cls, sheet: Sheet, columns: Sequence[int] | None = None) -> Grid:
        """Of these columns, or of every column of the sheet that holds anything."""
        numbers = range(len(sheet.columns)) if columns is None else columns
        filled = np.zeros(sheet.n_rows, dtype=np.int32)
        first = np.full(sheet.n_rows, -1, dtype=np.int32)
        used = []
        for number in reversed(numbers):
            here = sheet.columns[number].filled
            if here.any():
                used.append(number)
                filled += here
                first[here] = number
        return cls(sheet, tuple(reversed(used)), filled, first)

    @cached_property
    def rows(self) -> np.ndarray:
        """The numbers of the rows that hold anything."""
        return np.flatnonzero(self.filled) + 1

    def cells(self, row: int) -> dict[int, Cell]:
        """The filled cells of a row by column."""
        columns = self.sheet.columns
        return {c: columns[c][row - 1] for c in self.columns if columns[c].codes[row - 1]}

    def texts(self, row: int) -> dict[int, str]:
        """The filled cells of a row as names of columns."""
        found = {column: header_text(cell) for column, cell in self.cells(row).items()}
        return {column: text for column, text in found.items() if text}
