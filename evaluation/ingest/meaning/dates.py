"""Dates as people and programs write them, read without guessing.

Every form that is read is listed here. Where the first two numbers could each be the month, the
file itself may prove the order; otherwise a person is asked.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from evaluation.ingest.columns.choices import Question
from evaluation.ingest.files.cells import Cell, Column
from evaluation.ingest.meaning.values import FIRST_DATE, MOST_CHARACTERS, Refusal, plain_text
from evaluation.ingest.problems import Place, column_letter

_LONGEST_DATE = 60
_DAY_ZERO = dt.date(1899, 12, 30)  # of serial numbers, from March 1900 on
_DAY_ZERO_1904 = dt.date(1904, 1, 1)

_MONTHS = {
    name: number
    for number, names in enumerate(
        ("jan january", "feb february", "mar march", "apr april", "may", "jun june", "jul july",
         "aug august", "sep sept september", "oct october", "nov november", "dec december"),
        start=1,
    )
    for name in names.split()
}  # fmt: skip
_MONTH = "(?P<name>" + "|".join(sorted(_MONTHS, key=len, reverse=True)) + r")\.?"
_WEEKDAY = r"(?:(?:mon|tues?|wed(?:nes)?|thu(?:rs?)?|fri|sat(?:ur)?|sun)(?:day)?\.?,? )?"
_DAY = r"(?P<day>\d{1,2})"
_YEAR = r"(?P<year>\d{4}|\d{2})"
_TIME = (
    r"(?:(?:t|,? (?:at )?)(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?:\.\d{1,9})?)?"
    r"(?: ?(?P<half>[ap])\.?m\.?)?"
    r"(?: ?(?:z|(?:gmt|utc)?[+-]\d{1,2}(?::?\d{2})?|gmt|utc|bst|cet|cest|eet|eest))?)?"
)

# Year first; day first by its dots; the month in words. Their order is never in doubt.
_SURE = tuple(
    re.compile(form + _TIME)
    for form in (
        r"(?P<year>\d{4})(?P<mark>[-/.])(?P<month>\d{1,2})(?P=mark)" + _DAY,
        _DAY + r"\.(?P<month>\d{1,2})\." + _YEAR,
        _WEEKDAY + _DAY + r"(?:st|nd|rd|th)?(?: of)?[ /.-]?" + _MONTH + r",?[ /.-]?" + _YEAR,
        _WEEKDAY + _MONTH + r" ?" + _DAY + r"(?:st|nd|rd|th)?,? (?P<year>\d{4})",
    )
)
# Two numbers of which either may be the month.
_EITHER = re.compile(r"(?P<first>\d{1,2})(?P<mark>[/-])(?P<other>\d{1,2})(?P=mark)" + _YEAR + _TIME)

Order = Literal["mixed"] | bool | None


@dataclass(frozen=True, eq=False)
class DateColumn:
    """A column that holds dates, and where it stands; ``place`` gives file, sheet and column."""

    column: Column
    place: Place
    rows: np.ndarray


def date_parser(
    *, day_first: bool | None, date1904: bool = False
) -> Callable[[Cell], dt.date | Refusal]:
    """Reads one cell of a date column.

    ``day_first`` is used only where both readings are possible; ``None`` refuses these cells.
    """

    def parse(cell: Cell) -> dt.date | Refusal:
        day = _day_of(cell, day_first, date1904)
        if isinstance(day, Refusal):
            return day
        if not FIRST_DATE <= day <= dt.date.today():
            return Refusal("date_out_of_range")
        return day

    return parse


def _day_of(cell: Cell, day_first: bool | None, date1904: bool) -> dt.date | Refusal:
    if isinstance(cell, dt.datetime):
        return cell.date()
    if isinstance(cell, dt.date):
        return cell
    if isinstance(cell, int | float):
        return _day_of_serial(cell, date1904) or Refusal("date_not_understood")
    text = _normal(cell)
    for form in _SURE:
        found = form.fullmatch(text)
        if found and _is_time(found):
            month = _MONTHS[found["name"]] if "name" in form.groupindex else int(found["month"])
            return _day(found["year"], month, int(found["day"]))
    found = _EITHER.fullmatch(text)
    if not found or not _is_time(found):
        return Refusal("date_not_understood")
    first, second = int(found["first"]), int(found["other"])
    if first == second or first > 12 or second > 12:
        day_first = first >= second
    if day_first is None:
        return Refusal("date_order_unknown")
    day, month = (first, second) if day_first else (second, first)
    return _day(found["year"], month, day)


def _normal(cell: Cell) -> str:
    """A text cell as the forms expect it; other cells and long texts hold no date."""
    if not isinstance(cell, str) or len(cell) > MOST_CHARACTERS:
        return ""
    text = plain_text(cell).casefold()
    return text if len(text) <= _LONGEST_DATE else ""


def _day_of_serial(number: float, date1904: bool) -> dt.date | None:
    """The day of a spreadsheet's serial number, where it lies between 1990 and today."""
    zero = _DAY_ZERO_1904 if date1904 else _DAY_ZERO
    lowest, highest = ((day - zero).days for day in (FIRST_DATE, dt.date.today()))
    return zero + dt.timedelta(days=int(number)) if lowest <= number < highest + 1 else None


def _day(year: str, month: int, day: int) -> dt.date | Refusal:
    number = int(year)
    if len(year) == 2:
        number += 2000
        if number > dt.date.today().year + 1:
            return Refusal("date_not_understood")
    try:
        return dt.date(number, month, day)
    except ValueError:
        return Refusal("date_not_understood")


def _is_time(found: re.Match[str]) -> bool:
    """Whether the time of day beside a date is one; a date alone is fine."""
    if found["hour"] is None:
        return True
    hour, minute, second = int(found["hour"]), int(found["minute"]), int(found["second"] or 0)
    hours = range(1, 13) if found["half"] else range(24)
    return hour in hours and minute < 60 and second < 60


def _orders(column: Column) -> Iterator[tuple[bool | None, int, int]]:
    """Dates of two orders: which order each proves (``None``: neither), its cell, how often."""
    counts = np.bincount(column.codes, minlength=len(column.values)).tolist()
    for code, (cell, n) in enumerate(zip(column.values, counts, strict=True)):
        found = _EITHER.fullmatch(_normal(cell)) if n and isinstance(cell, str) else None
        if not found or not _is_time(found):
            continue
        first, second = int(found["first"]), int(found["other"])
        if first > 12 and 1 <= second <= 12:
            yield True, code, n
        elif second > 12 and 1 <= first <= 12:
            yield False, code, n
        elif first != second and first <= 12:
            yield None, code, n


def date_order(columns: Sequence[Column]) -> Order:
    """Whether a file's own dates prove that the day comes first, or the month, or contradict."""
    proved = {order for column in columns for order, _, _ in _orders(column) if order is not None}
    if len(proved) == 2:
        return "mixed"
    return proved.pop() if proved else None


def date_question(file: str, columns: Sequence[DateColumn]) -> Question | None:
    """The question which number is the day, where dates leave it open and nothing proves it."""
    order = date_order([found.column for found in columns])
    if isinstance(order, bool):
        return None
    first: Place | None = None
    n_open = 0
    for found in columns:
        for proves, code, n in _orders(found.column):
            if proves is not None:
                continue
            n_open += n
            if first is None:
                position = int(np.argmax(found.column.codes == code))
                first = replace(found.place, row=int(found.rows[position]))
    if first is None:
        return None
    dates = "1 date" if n_open == 1 else f"{n_open} dates"
    seen = "Some dates have the day first, others the month. " if order == "mixed" else ""
    return Question(
        kind="dates",
        subject=(),
        text=f"{seen}In {dates} either of the first two numbers could be the day. "
        "Which comes first?",
        choices=(
            ("day", "day first: 03/04/2024 is 3 April"),
            ("month", "month first: 03/04/2024 is 4 March"),
        ),
        proposal="day",
        file=file,
        n=n_open,
        sheet=first.sheet,
        cell=f"{column_letter(first.column or 0)}{first.row}",
    )
