"""A problem of a file as a person is told of it; the sentences are in `problem_texts`.

A problem names its place (sheet, cell), the value as typed, why it cannot be used and what to do.
Values that could identify somebody are never repeated.
"""

from __future__ import annotations

from dataclasses import dataclass

from evaluation.ingest.column_letters import column_letter
from evaluation.ingest.problem_texts import TEMPLATES
from evaluation.model import Problem

_LONGEST_VALUE = 60
# Problems whose value is a sentence of ours, not a cell of a file.
OWN_WORDS = frozenset(
    {
        "coding", "coding_seen", "read_as", "read_columns_as", "tool_columns", "partner_columns",
        "copied_columns", "new_columns", "indicators_read_as",
        "question_columns", "question_wave", "question_word",
        "question_reading", "question_dates", "question_codes", "question_unit",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Place:
    """Where a problem is: a file, perhaps a sheet, a row and a column (numbered from 0)."""

    file: str
    sheet: str = ""
    row: int | None = None
    column: int | None = None


def shown(value: object) -> str:
    """A cell's value as a person typed it, cut to a length that a sentence bears."""
    text = f"{value:g}" if isinstance(value, float) else str(value)
    text = " ".join(text.split())
    return text if len(text) <= _LONGEST_VALUE else text[: _LONGEST_VALUE - 1] + "…"


def make_problem(code: str, place: Place, *, value: object = "", **words: object) -> Problem:
    """The problem with that code at that place; ``words`` fill the blanks of its sentences."""
    severity, message, fix = TEMPLATES[code]
    letter = "" if place.column is None else column_letter(place.column)
    cell = f"{letter}{place.row}" if letter and place.row is not None else ""
    text = "" if code == "personal_data" else str(value) if code in OWN_WORDS else shown(value)
    return Problem(
        code=code,
        severity=severity,
        message=message.format(value=text, **words),
        fix=fix.format(value=text, **words),
        file=place.file,
        sheet=place.sheet,
        cell=cell,
        row=place.row,
        column=letter,
        value=text,
    )


def sentence(problem: Problem) -> str:
    """The problem as one line: where, what is wrong, what to do."""
    where = problem.file
    if problem.sheet:
        where += f", sheet '{problem.sheet}'"
    if problem.cell:
        where += f", cell {problem.cell}"
    elif problem.row is not None:
        where += f", row {problem.row}"
    return f"{where}: {problem.message} {problem.fix}"
