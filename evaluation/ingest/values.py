"""One column of typed cells to clean values, with a complaint for each cell that cannot be used.

Each distinct value of a column is read once: a column of answers has few of them, however long
it is.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from evaluation.ingest.read import ERROR_WORDS, Cell, is_blank
from evaluation.model import Recoding
from instruments.definition import Instrument, Item, Scale

FIRST_DATE = dt.date(1990, 1, 1)
_INVISIBLE = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u200e\u200f\ufeff\u2060"))
_NUMBER = re.compile(r"^[+-]?(\d+(\.\d*)?|\.\d+)$")
_ISO_DATE = re.compile(r"^(\d{4})-(\d{2})-(\d{2})([T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?)?$")
_YES = frozenset({"yes", "y", "1", "true"})
_NO = frozenset({"no", "n", "0", "false"})
_EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s]{1,255}\.[a-z]{2,}", re.IGNORECASE)
MOST_CHARACTERS = 500
_PHONE = re.compile(r"^(\+44|0)[\d ()-]{9,}$")


@dataclass(frozen=True)
class Refusal:
    """Why one value cannot be used: a problem code and the words its sentence needs."""

    code: str
    words: dict[str, Any] = field(default_factory=dict)


def clean_text(value: Cell) -> str:
    """A cell as text: whole numbers without ``.0``, invisible marks and outer blanks gone."""
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, dt.datetime | dt.date):
        return value.isoformat()[:10]
    text = unicodedata.normalize("NFKC", str(value)).translate(_INVISIBLE)
    return " ".join(text.split())


def to_number(value: Cell) -> float | None:
    """The number that a cell holds, typed as a number or as plain digits; else ``None``."""
    try:
        if isinstance(value, int | float):
            return float(value)
        text = clean_text(value) if isinstance(value, str) else ""
        return float(text) if _NUMBER.match(text) else None
    except OverflowError:
        return None


def typed_number(value: Cell) -> float:
    """The number in a cell, whatever it means; NaN where there is none."""
    number = to_number(value)
    return float("nan") if number is None else number


def convert(
    values: list[Cell], parse: Callable[[Cell], Any], *, blank: Any
) -> tuple[list[Any], dict[int, Refusal]]:
    """Parse every value once; refused ones become ``blank`` and are listed by position."""
    parsed = {value: _parse(value, parse, blank) for value in set(values)}
    result = [parsed[value] for value in values]
    refused = {}
    if any(isinstance(value, Refusal) for value in parsed.values()):
        refused = {i: value for i, value in enumerate(result) if isinstance(value, Refusal)}
        result = [blank if isinstance(value, Refusal) else value for value in result]
    return result, refused


def _parse(value: Cell, parse: Callable[[Cell], Any], blank: Any) -> Any:
    if is_blank(value):
        return blank
    if isinstance(value, str) and value.strip().upper() in ERROR_WORDS:
        return Refusal("error_cell")
    return parse(value)


def answer_parser(
    instrument: Instrument, item: Item, recodings: Sequence[Recoding] = ()
) -> Callable[[Cell], float | Refusal]:
    """Reads one item's answers: a whole number that, recoded, the item allows."""

    def meant(number: float) -> float:
        for recoding in recodings:
            number = recoding.read(number, item)
        return number

    reach = sum(abs(recoding.amount) for recoding in recodings)
    typed = range(item.minimum - reach, item.maximum + reach + 1)
    allowed = [str(n) for n in typed if item.minimum <= meant(n) <= item.maximum]
    decided = f" (decided: {', '.join(r.text for r in recodings)})" if recodings else ""
    words = {
        "an_answer": f"an answer to {instrument.short_name} item {item.number}",
        "allowed": ", ".join(allowed) + decided,
    }

    def parse(value: Cell) -> float | Refusal:
        number = to_number(value)
        if number is None or not number.is_integer():
            return Refusal("answer_not_allowed", words)
        number = meant(number)
        if not item.minimum <= number <= item.maximum:
            return Refusal("answer_not_allowed", words)
        return number

    return parse


def score_parser(instrument: Instrument, scale: Scale) -> Callable[[Cell], float | Refusal]:
    """Reads a supplied score: a number within the scale's range, fractions allowed."""
    low, high = scale.score_range
    words = {"an_answer": f"a possible score of {instrument.short_name}, {scale.label}",
             "allowed": f"{low:g} to {high:g}"}  # fmt: skip

    def parse(value: Cell) -> float | Refusal:
        number = to_number(value)
        if number is None or not low <= number <= high:
            return Refusal("answer_not_allowed", words)
        return number

    return parse


def parse_date(value: Cell) -> dt.date | Refusal:
    """A real date cell or ISO text; anything else would need guessing."""
    if isinstance(value, dt.datetime):
        day = value.date()
    elif isinstance(value, dt.date):
        day = value
    else:
        found = _ISO_DATE.match(clean_text(value)) if isinstance(value, str) else None
        if not found:
            return Refusal("date_not_understood")
        try:
            day = dt.date(int(found[1]), int(found[2]), int(found[3]))
        except ValueError:
            return Refusal("date_not_understood")
    if not FIRST_DATE <= day <= dt.date.today():
        return Refusal("date_out_of_range")
    return day


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


def looks_personal(text: str) -> str:
    """What kind of personal detail a short text looks like, or ``""``."""
    if "@" in text and _EMAIL.search(text[:MOST_CHARACTERS]):
        return "an e-mail address"
    if len(text) <= MOST_CHARACTERS and _PHONE.match(text):
        return "a phone or official number"
    return ""
