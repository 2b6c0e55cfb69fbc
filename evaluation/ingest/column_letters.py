"""Columns as a spreadsheet program names them: A to Z, then AA.

Two small sums of our own: a library for them is a whole workbook library that every page loads.
"""

from __future__ import annotations

import re


def column_letter(number: int) -> str:
    """The letters of a column, the first one being number 0.

    >>> column_letter(0), column_letter(25), column_letter(26), column_letter(702)
    ('A', 'Z', 'AA', 'AAA')
    """
    if number < 0:
        raise ValueError(f"number={number!r}: columns are counted from 0")
    letters = ""
    left = number + 1
    while left:
        left, place = divmod(left - 1, 26)
        letters = chr(ord("A") + place) + letters
    return letters


def column_number(letters: str) -> int:
    """The number of a column by its letters, the first one being 0.

    >>> column_number("A"), column_number("aa"), column_number("XFD")
    (0, 26, 16383)
    """
    if not re.fullmatch(r"[A-Za-z]{1,3}", letters):
        raise ValueError(f"letters={letters!r}: one to three letters such as 'C' or 'AB'")
    number = 0
    for letter in letters.upper():
        number = 26 * number + ord(letter) - ord("A") + 1
    return number - 1
