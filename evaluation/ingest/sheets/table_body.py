"""The shape of what lies below a header: how full its rows are, what its codes look like."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from evaluation.ingest.files.cells import Cell
from evaluation.ingest.sheets.grid import Grid, header_text, kind_of

LONG_TEXT = 40  # characters; more is a sentence
SUMMARY_WORDS = re.compile(
    r"^(average|avg|mean|totals?|sub-?totals?|grand total|overall|sum)\b|^n\s*=", re.IGNORECASE
)
# Said of a row only once an average or the like stands above it.
MORE_SUMMARY_WORDS = re.compile(
    r"^(sd|s\.d\.|st\.? ?dev|standard|median|min|max|range|number|count|n|valid|missing|percent|%"
    r"|change|difference)\b",
    re.IGNORECASE,
)
NOTE_WORDS = re.compile(r"^(key|notes?|n\.?b\.?|legend|source|footnotes?)\b|^\*", re.IGNORECASE)
_SAMPLE = 40
_ENOUGH_IDS = 3


@dataclass(frozen=True, eq=False)
class Body:
    """What lies below the header of one table, as far as its shape goes."""

    grid: Grid
    header_rows: tuple[int, ...]
    rows: np.ndarray  # the rows below the header that hold anything

    @cached_property
    def sample(self) -> list[int]:
        """Some rows from the beginning and some from the end."""
        return [int(r) for r in np.unique(np.r_[self.rows[:_SAMPLE], self.rows[-_SAMPLE:]])]

    @cached_property
    def usual(self) -> float:
        """How many cells a row has as a rule."""
        return float(np.median(self.grid.filled[self.rows - 1])) if len(self.rows) else 0.0

    @cached_property
    def typed(self) -> frozenset[int]:
        """The columns that hold mostly numbers or dates."""
        found = set()
        for column in self.grid.columns:
            cells = self.grid.sheet.columns[column]
            kinds = [kind_of(cells[row - 1]) for row in self.sample if cells.codes[row - 1]]
            numbers = kinds.count("number") + kinds.count("date")
            if kinds and numbers > 0.5 * (len(kinds) - kinds.count("mark")):
                found.add(column)
        return frozenset(found)

    @cached_property
    def names(self) -> dict[int, str]:
        """What the last header row says, by column."""
        return self.grid.texts(self.header_rows[-1]) if self.header_rows else {}

    @cached_property
    def id_column(self) -> int:
        """The column of codes: ``participant``, or the first that is filled as a rule."""
        for column, text in self.names.items():
            if text.casefold() == "participant":
                return column
        rows = self.rows[:200] - 1
        counts = {c: int(self.grid.sheet.columns[c].filled[rows].sum()) for c in self.grid.columns}
        most = max(counts.values(), default=0)
        return next((c for c, n in counts.items() if n >= 0.5 * most), 0)

    @cached_property
    def ids(self) -> list[str]:
        """Some of the codes, from above the first blank row if there are some already."""
        blank = np.flatnonzero(np.diff(self.rows) > 1)
        above = self.rows[: int(blank[0]) + 1][:_SAMPLE] if len(blank) else self.rows[:_SAMPLE]
        found = self._ids_in([int(row) for row in above])
        return found if len(found) >= _ENOUGH_IDS else self._ids_in(self.sample)

    def _ids_in(self, rows: list[int]) -> list[str]:
        """What stands in the column of codes beside something else, and is no word for a sum."""
        column = self.grid.sheet.columns[self.id_column]
        texts = [header_text(column[r - 1]) for r in rows if self.grid.filled[r - 1] > 1]
        words = (SUMMARY_WORDS, MORE_SUMMARY_WORDS, NOTE_WORDS)
        return [text for text in texts if text and not any(word.match(text) for word in words)]

    @cached_property
    def ids_have_digits(self) -> bool:
        return sum(any(c.isdigit() for c in i) for i in self.ids) >= 0.9 * len(self.ids) > 0

    def like_an_id(self, cell: Cell) -> bool:
        """Whether a cell looks like the codes of this table."""
        text = header_text(cell)
        if not text or text.endswith(":"):
            return False
        if self.ids_have_digits:
            return any(c.isdigit() for c in text) and len(text) <= LONG_TEXT
        spaced = sum(" " in i for i in self.ids) >= 0.9 * len(self.ids) > 0
        words = max((len(i.split()) for i in self.ids), default=1)
        return (" " in text or not spaced) and len(text.split()) <= max(words, 2)
