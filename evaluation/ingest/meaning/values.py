"""What a single cell holds, and a whole column read by looking at each distinct cell once.

A cell gives a value, a reason why there is none (`Missing`), or a complaint (`Refusal`).
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

from evaluation.ingest.files.cells import ERROR_WORDS, Cell, Column

FIRST_DATE = dt.date(1990, 1, 1)
MOST_CHARACTERS = 500
# Zero-width marks, marks of writing direction, soft hyphens: typed by nobody, seen by nobody.
_INVISIBLE = dict.fromkeys(
    map(ord, "\u00ad\u061c\u200b\u200c\u200d\u200e\u200f\u2060\ufeff"
             "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
)  # fmt: skip
_NUMBER = re.compile(r"^[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)$")
_DECIMAL_COMMA = re.compile(r"^[+-]?[0-9]*,(?![0-9]{3}$)[0-9]+$")
_DASHES = dict.fromkeys(map(ord, "\u2010\u2011\u2012\u2013\u2014\u2212\ufe63\uff0d"), "-")
_LONGEST_NUMBER = 300  # digits; more is no number that anybody typed
_YES = frozenset({"yes", "y", "1", "true"})
_NO = frozenset({"no", "n", "0", "false"})


@dataclass(frozen=True, slots=True)
class Missing:
    """A cell that says why there is no answer: one of `choices.MISSING_REASONS`."""

    reason: str


@dataclass(frozen=True)
class Refusal:
    """Why one value cannot be used: a problem code and the words its sentence needs.

    ``asks`` is the kind of question that would settle it, ``""`` where none would. ``words`` may
    hold a ``value`` to be shown in place of the cell.
    """

    code: str
    words: dict[str, Any] = field(default_factory=dict)
    asks: Literal["", "word", "reading"] = ""


def plain_text(text: str) -> str:
    """Typed text without what cannot be seen: digits of any script and width are plain digits."""
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text).translate(_INVISIBLE)
        text = "".join(
            str(unicodedata.decimal(mark)) if mark.isdecimal() else mark for mark in text
        )
    return " ".join(text.split())


def clean_text(value: Cell) -> str:
    """A cell as text: whole numbers without ``.0``, invisible marks and outer blanks gone."""
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, dt.datetime | dt.date):
        return value.isoformat()[:10]
    return plain_text(str(value))


def was_tidied(value: Cell) -> bool:
    """Whether a cell was read after more than trimming: full-width digits, invisible marks …"""
    if not isinstance(value, str) or value.isascii():
        return False
    trimmed = re.sub(r"[ \t\r\n]+", " ", unicodedata.normalize("NFC", value)).strip(" ")
    return trimmed != plain_text(value)


def has_raised_digit(text: str) -> bool:
    """Whether a digit is raised, lowered, circled or a fraction: a mark beside a number, no part.

    Normalising would make 121 of a 12 with footnote 1.
    """
    return not text.isascii() and any(unicodedata.category(mark) == "No" for mark in text)


def to_number(value: Cell, *, decimal_comma: bool = False) -> float | None:
    """The number that a cell holds, typed as a number or as plain digits; else ``None``.

    ``decimal_comma`` reads 2,5 as 2.5. Three digits after a comma may be thousands: no number.
    """
    if isinstance(value, int | float):
        return float(value) if abs(value) < 1e300 else None
    if not value or not isinstance(value, str) or has_raised_digit(value):
        return None
    text = plain_text(value[:MOST_CHARACTERS]).translate(_DASHES)
    if decimal_comma and _DECIMAL_COMMA.match(text):
        text = text.replace(",", ".")
    if len(text) > _LONGEST_NUMBER or not _NUMBER.match(text):
        return None
    return float(text)


def typed_number(value: Cell) -> float:
    """The number in a cell, whatever it means; NaN where there is none."""
    number = to_number(value)
    return float("nan") if number is None else number


@dataclass(frozen=True, eq=False)
class ColumnReading:
    """What the cells of a column mean: one value for each distinct cell of ``column.values``.

    A value is what the parser made of the cell, a `Missing` or a `Refusal`.
    """

    values: list[Any]
    column: Column

    def floats(self) -> np.ndarray:
        """A number for each row; NaN for blanks, reasons and refusals."""
        numbers = [
            float(value) if isinstance(value, int | float) else np.nan for value in self.values
        ]
        return np.take(np.array(numbers, dtype=float), self.column.codes)

    def objects(self, blank: Any) -> list[Any]:
        """A value for each row; ``blank`` for reasons and refusals."""
        values = [blank if isinstance(v, Missing | Refusal) else v for v in self.values]
        return [values[code] for code in self.column.codes.tolist()]

    def refused(self) -> Iterator[tuple[int, Refusal]]:
        """Row position and refusal of each cell that cannot be used."""
        for row, code in self._rows_of(Refusal):
            yield row, self.values[code]

    def reasons(self) -> list[tuple[int, str]]:
        """Row position and reason of each cell that says why there is no answer."""
        return [(row, self.values[code].reason) for row, code in self._rows_of(Missing)]

    def count_tidied(self) -> int:
        """How many cells that are used were read after more than trimming."""
        counts = np.bincount(self.column.codes, minlength=len(self.values)).tolist()
        return sum(
            n
            for cell, value, n in zip(self.column.values, self.values, counts, strict=True)
            if n and not isinstance(value, Refusal) and was_tidied(cell)
        )

    def _rows_of(self, kind: type) -> Iterator[tuple[int, int]]:
        """Positions of rows whose value is of that kind, with the number of their cell."""
        chosen = np.array([isinstance(value, kind) for value in self.values], dtype=bool)
        if not chosen.any():
            return
        codes = self.column.codes
        rows = np.flatnonzero(chosen[codes])
        yield from zip(rows.tolist(), codes[rows].tolist(), strict=True)


def read_column(column: Column, parse: Callable[[Cell], Any], *, blank: Any) -> ColumnReading:
    """Every distinct cell of a column through ``parse``; spreadsheet errors are refused here."""

    def read(cell: Cell) -> Any:
        if isinstance(cell, str) and cell.strip().upper() in ERROR_WORDS:
            return Refusal("error_cell")
        return parse(cell)

    return ColumnReading(column.parsed(read, blank=blank), column)


def parse_yes_no(value: Cell) -> bool | Refusal:
    """Yes or no, in the usual spellings."""
    text = clean_text(value).casefold()
    if text in _YES:
        return True
    if text in _NO:
        return False
    return Refusal("value_not_understood", {"allowed": "yes or no"})


def choice_parser(choices: tuple[str, ...]) -> Callable[[Cell], str | Refusal]:
    """One of a few words, without case."""
    known = {choice.casefold(): choice for choice in choices}

    def parse(value: Cell) -> str | Refusal:
        text = clean_text(value).casefold().replace("_", " ")
        if text in known:
            return known[text]
        return Refusal("value_not_understood", {"allowed": ", ".join(choices)})

    return parse


def number_parser(
    *, low: float, high: float, whole: bool = False
) -> Callable[[Cell], float | Refusal]:
    """A number between ``low`` and ``high``, perhaps a whole one."""
    limit = f"a {'whole ' if whole else ''}number of at least {low:g}"
    words = {"allowed": limit if high == float("inf") else f"{low:g} to {high:g}"}

    def parse(value: Cell) -> float | Refusal:
        number = to_number(value)
        if number is None or not low <= number <= high or (whole and not number.is_integer()):
            return Refusal("value_not_understood", words)
        return number

    return parse
