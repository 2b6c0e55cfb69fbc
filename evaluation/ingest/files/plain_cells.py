"""The cells of a sheet in the one plain form in which spreadsheet programs write them.

A piece of a sheet's part is taken apart by its bytes, all its cells at once and without building
one: where they stand, of which type they are, whether anything is in them. At the first sign that
is not of the plain form this way gives up, and the part is parsed (sheet_scan).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np

from evaluation.ingest.files.limits import MAX_TEXT_LENGTH

# How a cell says what it holds; STR is a formula's text, NUMBER also where it says nothing.
NUMBER, SHARED, ERROR, TRUTH, DATE, INLINE, STR = range(1, 8)
TYPES = {"n": NUMBER, "s": SHARED, "e": ERROR, "b": TRUTH, "d": DATE, "inlineStr": INLINE,
         "str": STR}  # fmt: skip
ENTITY = re.compile(r"&[^;<]{1,10};")
_PAD = b"\0" * 128  # further than a cell's tag is ever read ahead
_HIDDEN = re.compile(rb"\shidden\s*=\s*[\"'](?:1|true)[\"']")
_ROW_NUMBER = re.compile(rb"\sr=\"(\d{1,7})\"")


@dataclass(frozen=True)
class Cells:
    """A batch of cells. Rows count from 1, columns from 0.

    ``filled``: something stands there. ``uncalculated``: a formula without a saved result.
    ``strings``: the number of the shared text, -1 for none. ``words``: what cells with an error
    show, by their place in the batch. ``hidden_rows`` are those met on the way.
    """

    rows: np.ndarray
    columns: np.ndarray
    types: np.ndarray
    styles: np.ndarray
    filled: np.ndarray
    uncalculated: np.ndarray
    strings: np.ndarray
    words: tuple[tuple[int, str], ...]
    hidden_rows: tuple[int, ...] = ()
    longest_text: int = 0


# What may follow "<" in the plain form, by its first two letters.
_C, _V, _V_ENDED, _F, _I, _T, _ROW = range(1, 8)
_KINDS = np.zeros(65_536, dtype=np.uint8)
for _start, _kind in {
    "c ": _C, "v>": _V, "v/": _V_ENDED, "v ": _V_ENDED, "f>": _F, "f ": _F, "f/": _F, "is": _I,
    "t>": _T, "t ": _T, "t/": _T, "ro": _ROW,
}.items():  # fmt: skip
    _KINDS[ord(_start[0]) << 8 | ord(_start[1])] = _kind

_LENGTHS = np.zeros(256, dtype=np.int64)  # of the words for a type, by their first letter
_FIRST_LETTERS = np.zeros(256, dtype=np.uint8)
for _word, _type in TYPES.items():
    if _word != "str":
        _LENGTHS[ord(_word[0])] = len(_word)
        _FIRST_LETTERS[ord(_word[0])] = _type


def plain_cells(text: bytes, *, never_calculated: bool = False) -> Cells | None:
    """The cells of whole rows in the plain form; None if anything in it is written otherwise.

    With ``never_calculated``, the result 0 of a formula is a placeholder of the program that wrote
    the workbook.
    """
    a = np.frombuffer(text + _PAD, dtype=np.uint8)
    marks = np.flatnonzero(a == 60)
    following = a[marks + 1]
    is_start = following != 47
    starts = marks[is_start]
    kinds = _KINDS[following[is_start].astype(np.uint16) << 8 | a[starts + 2]]
    if not kinds.all():
        return None
    owner = np.cumsum(kinds == _C) - 1
    values, inline, formulas = (np.flatnonzero(kinds == kind) for kind in (_V, _I, _F))
    ended = np.flatnonzero(kinds == _V_ENDED)
    if np.count_nonzero(kinds == _T) > len(inline):
        return None  # a text in several pieces
    inside = np.concatenate([values, inline, formulas, ended])
    if len(inside) and owner[inside].min() < 0:
        return None
    if not (a[starts[ended] + 3 - (a[starts[ended] + 2] == 47)] == 47).all():
        return None
    cells = _plain_positions(a, starts[kinds == _C])
    if cells is None:
        return None
    rows, columns, types, styles = cells
    n = len(rows)

    at = starts[values] + 3
    value_owner = owner[values]
    full = a[at] != 60
    has_value = np.zeros(n, dtype=bool)
    has_value[value_owner[full]] = True
    filled = has_value.copy()
    filled[owner[inline]] = True
    empty_texts = np.concatenate([value_owner, owner[ended]])
    filled[empty_texts[types[empty_texts] == STR]] = True  # a formula whose result is empty text
    is_formula = np.zeros(n, dtype=bool)
    is_formula[owner[formulas]] = True
    is_calculated = filled.copy()
    if never_calculated:
        is_calculated[value_owner[(a[at] == 48) & (a[at + 1] == 60)]] = False
    uncalculated = is_formula & ~is_calculated

    strings = np.full(n, -1, dtype=np.int64)
    shared = (types[value_owner] == SHARED) & full
    numbers = _digits(a, at[shared], most=9)
    if numbers is None or not ((a[numbers[1]] == 60) & (numbers[1] > at[shared])).all():
        return None
    strings[value_owner[shared]] = numbers[0]

    wrong = (types[value_owner] == ERROR) & full
    words = tuple(
        (int(cell), text[start : text.find(b"<", start)].decode("utf-8", "replace").strip())
        for cell, start in zip(value_owner[wrong], at[wrong].tolist(), strict=True)
    )
    hidden = _hidden_rows(text, starts[kinds == _ROW].tolist())
    if hidden is None:
        return None
    return Cells(
        rows, columns, types, styles, filled, uncalculated, strings, words,
        hidden, _longest_text(text, marks),
    )  # fmt: skip


def _hidden_rows(text: bytes, rows: list[int]) -> tuple[int, ...] | None:
    tags = [text[start : text.find(b">", start)] for start in rows]
    if not any(b"hidden" in tag for tag in tags):
        return ()
    hidden = [_ROW_NUMBER.search(tag) for tag in tags if _HIDDEN.search(tag)]
    return tuple(int(row.group(1)) for row in hidden if row) if all(hidden) else None


def _digits(a: np.ndarray, at: np.ndarray, *, most: int) -> tuple[np.ndarray, np.ndarray] | None:
    """The numbers written at these places, and where they end; None if one is too long."""
    number = np.zeros(len(at), dtype=np.int64)
    at = at.copy()
    for _ in range(most):
        digit = a[at] - 48
        is_digit = digit < 10
        if not is_digit.any():
            break
        number = np.where(is_digit, number * 10 + digit, number)
        at += is_digit
    if ((a[at] - 48) < 10).any():
        return None
    return number, at


def _plain_positions(
    a: np.ndarray, cells: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray] | None:
    """Row, column, type and style of the cells that start at these places (at their ``<``)."""
    if not ((a[cells + 3] == 114) & (a[cells + 4] == 61) & (a[cells + 5] == 34)).all():
        return None  # r="
    at = cells + 6
    columns = np.zeros(len(cells), dtype=np.int64)
    for _ in range(3):
        letter = a[at] - 64
        is_letter = (letter >= 1) & (letter <= 26)
        columns = np.where(is_letter, columns * 26 + letter, columns)
        at += is_letter
    decoded = _digits(a, at, most=7)
    if decoded is None or not columns.all():
        return None
    rows, at = decoded
    if not ((a[at] == 34) & (rows > 0)).all():
        return None
    types = np.full(len(cells), NUMBER, dtype=np.uint8)
    styles = np.zeros(len(cells), dtype=np.int64)
    for _ in range(3):  # at is the closing quotation mark of what has been read
        more = np.flatnonzero((a[at + 1] == 32) & (a[at + 2] != 47))
        if not len(more):
            break
        place = at[more] + 2
        name = a[place]
        named = ((name == 115) | (name == 116)) & (a[place + 1] == 61) & (a[place + 2] == 34)
        if not named.all():
            return None
        is_style = name == 115
        style = _digits(a, place[is_style] + 3, most=6)
        kind = _plain_types(a, place[~is_style] + 3)
        if style is None or kind is None:
            return None
        styles[more[is_style]], at[more[is_style]] = style
        types[more[~is_style]], at[more[~is_style]] = kind
        if not (a[at[more]] == 34).all():
            return None
    last = a[at + 1]
    if not ((last == 62) | (last == 47) | ((last == 32) & (a[at + 2] == 47))).all():
        return None
    return rows, columns - 1, types, styles


def _plain_types(a: np.ndarray, at: np.ndarray) -> tuple[np.ndarray, np.ndarray] | None:
    first = a[at]
    is_str = (first == 115) & (a[at + 1] != 34)
    if not ((a[at[is_str] + 1] == 116) & (a[at[is_str] + 2] == 114)).all():
        return None
    types = np.where(is_str, STR, _FIRST_LETTERS[first]).astype(np.uint8)
    if not types.all():
        return None
    return types, at + np.where(is_str, 3, _LENGTHS[first])


def _longest_text(text: bytes, marks: np.ndarray) -> int:
    """The length of the longest text between two tags, tags that are longer left aside."""
    longest = 0
    gaps = np.diff(marks, append=len(text))
    for place in marks[gaps > MAX_TEXT_LENGTH].tolist():
        start = text.find(b">", place) + 1
        piece = text[start : text.find(b"<", start)].decode("utf-8", "replace")
        longest = max(longest, len(ENTITY.sub("x", piece)))
    return longest
