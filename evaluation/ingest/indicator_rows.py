"""Rows of the sheet of indicators: one counted or yes/no outcome of one person at one time."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from evaluation.indicators import indicator_id
from evaluation.ingest.checking.checks import refuse
from evaluation.ingest.columns.views import View
from evaluation.ingest.files.cells import Cell
from evaluation.ingest.meaning.answer_texts import MISSING_MARKS, missing_reason
from evaluation.ingest.meaning.personal import looks_personal
from evaluation.ingest.meaning.values import Missing, Refusal, clean_text, read_column, to_number
from evaluation.ingest.parsed_rows import ParsedRows
from evaluation.ingest.problems import Place, make_problem
from evaluation.ingest.rows import Manner, Reader, base_rows, finished, meant_waves
from evaluation.ingest.sheets.tables import Table
from evaluation.model import COUNT, NUMBER, YES_NO, Problem

LONGEST_NAME = 64
ALLOWED = "a number, a percentage such as 92.5%, yes or no"
_NEEDED = ("wave", "indicator", "value")
_TEXTS = ("site", "participant", "child", "wave", "indicator")
# 1 and 0 are numbers here: they may count something.
_YES = frozenset({"yes", "y", "true"})
_NO = frozenset({"no", "n", "false"})
_PERCENT = re.compile(r"(?P<number>.*\d) ?%")


@dataclass(frozen=True, slots=True)
class IndicatorValue:
    """A value and what it looks like by itself; yes is 1 and no is 0."""

    kind: str
    value: float


def parse_value(cell: Cell) -> IndicatorValue | Missing | Refusal:
    """A whole number (a count, unless others say otherwise), another number, or yes/no.

    >>> parse_value("92.5%")
    IndicatorValue(kind='number', value=92.5)
    """
    text = clean_text(cell)
    if text.casefold() in _YES | _NO:
        return IndicatorValue(YES_NO, float(text.casefold() in _YES))
    personal = looks_personal(cell)
    if personal:
        return Refusal("personal_data", {"where": "This cell", "kind": personal})
    percent = _PERCENT.fullmatch(text)
    number = to_number(percent["number"] if percent else cell, decimal_comma=True)
    if number is not None:
        whole = number.is_integer() and not percent
        return IndicatorValue(COUNT if whole else NUMBER, number)
    reason = missing_reason(text)
    if reason or text.casefold() in MISSING_MARKS:
        return Missing(reason or "not known")
    return Refusal("value_not_understood", {"allowed": ALLOWED})


def missing_indicator_columns(table: Table, views: Sequence[View]) -> list[Problem]:
    """A sheet of indicators without a column that it cannot do without."""
    named = {name for view in views for name in view.names}
    place = Place(table.file, table.sheet, table.header_rows[-1] if table.header_rows else None)
    return [
        make_problem("missing_indicator_column", place, value=name)
        for name in _NEEDED
        if "participant" in named and name not in named
    ]


def parse_indicators(table: Table, view: View, manner: Manner) -> ParsedRows:
    """Every row of a sheet of indicators; ``value`` is NaN where a row has none.

    ``kind`` is what the cell looks like by itself; what the indicator is shows when all rows lie
    side by side.
    """
    reader = Reader(table, view, manner)
    rows = base_rows(reader)
    for name in _TEXTS:
        rows[name] = reader.text(name)
    rows["couple"] = ""
    rows["wave"] = meant_waves(rows["wave"], view)
    rows["wave_typed"] = rows["wave"]
    rows["wave"] = rows["wave"].str.lower()
    sessions = rows["wave"] == "session"
    rows["session_number"] = np.where(sessions, 1.0, np.nan)  # refused below, and only once
    rows["session_typed"] = ""
    _add_values(reader, rows, view.names["value"])
    parsed = finished(reader, ParsedRows(rows, refused=np.zeros(len(rows), dtype=bool)))
    parsed.rows["indicator_column"] = view.names["indicator"]
    _refuse_sessions(parsed, view, np.flatnonzero(sessions.to_numpy()))
    _fold_names(parsed, view.names["indicator"])
    _note_rows_without_value(parsed)
    return parsed


def _add_values(reader: Reader, rows: pd.DataFrame, number: int) -> None:
    values = reader.read(number, parse_value, blank=None).objects(None)
    rows["value"] = [np.nan if v is None else v.value for v in values]
    rows["value"] = rows["value"].astype(float)
    rows["kind"] = pd.Series(["" if v is None else v.kind for v in values], dtype=object)
    typed = read_column(reader.column(number), clean_text, blank="").objects("")
    rows["value_typed"] = pd.Series(typed, dtype=object)
    rows["value_column"] = number


def _refuse_sessions(parsed: ParsedRows, view: View, positions: np.ndarray) -> None:
    for position in positions.tolist():
        refuse(parsed, position, "session_of_indicator", view.names["wave"])


def _fold_names(parsed: ParsedRows, column: int) -> None:
    """Names as they are compared; a value without a name, or with a text for one, is refused."""
    typed = parsed.rows["indicator"]
    parsed.rows["indicator"] = typed.map({name: indicator_id(name) for name in typed.unique()})
    open_rows = ~parsed.refused & parsed.rows["value"].notna().to_numpy()
    nameless = (parsed.rows["indicator"] == "").to_numpy() & open_rows
    for position in np.flatnonzero(nameless).tolist():
        refuse(parsed, position, "missing_indicator", column)
    long = (parsed.rows["indicator"].str.len() > LONGEST_NAME).to_numpy() & open_rows
    for position in np.flatnonzero(long).tolist():
        refuse(
            parsed, position, "indicator_too_long", column,
            value=typed.iloc[position], most=LONGEST_NAME,
        )  # fmt: skip


def _note_rows_without_value(parsed: ParsedRows) -> None:
    """Rows prepared for a value that is not known; a refused cell has its own complaint."""
    complained = {p for p, c in parsed.dropped if c == parsed.rows["value_column"].iloc[p]}
    blank = np.flatnonzero(parsed.rows["value"].isna().to_numpy() & ~parsed.refused)
    silent = [int(p) for p in blank if p not in complained]
    if silent:
        n = len(silent)
        words = "1 row has" if n == 1 else f"{n} rows have"
        parsed.problems.append(
            make_problem("indicator_without_value", parsed.place(silent[0]), rows=words)
        )
