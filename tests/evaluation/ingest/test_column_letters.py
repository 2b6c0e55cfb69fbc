"""Columns by letter, against a workbook library's own count."""

from __future__ import annotations

import pytest
from openpyxl.utils import column_index_from_string, get_column_letter

from evaluation.ingest.column_letters import column_letter, column_number


@pytest.mark.parametrize("number", [0, 1, 25, 26, 51, 52, 701, 702, 16_383, 18_277])
def test_letters_and_numbers_are_those_of_the_library(number: int) -> None:
    letters = get_column_letter(number + 1)
    assert column_letter(number) == letters
    assert column_number(letters) == number
    assert column_number(letters.lower()) == column_index_from_string(letters) - 1


@pytest.mark.parametrize("letters", ["", "A1", "ABCD", "Ä", "1"])
def test_what_is_no_column_is_refused(letters: str) -> None:
    with pytest.raises(ValueError, match="letters="):
        column_number(letters)


def test_a_number_below_the_first_column_is_refused() -> None:
    with pytest.raises(ValueError, match="number=-1"):
        column_letter(-1)
