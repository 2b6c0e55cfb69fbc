"""What is not there: rows without an answer, and questions of a questionnaire without a column."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from evaluation.ingest.checking.row_lists import joined, listed_rows
from evaluation.ingest.columns.views import View
from evaluation.ingest.parsed_rows import ParsedRows
from evaluation.ingest.problems import Place, make_problem
from evaluation.ingest.sheets.tables import Table
from evaluation.model import Problem
from instruments.definition import Instrument

SILENT = "silent"  # rows in which no cell of an answer or a score holds anything


def note_silent_rows(parsed: ParsedRows, view: View, table: Table) -> None:
    """Say which rows have a code and a point in time but no answer."""
    held = np.zeros(len(parsed.rows), dtype=bool)
    at = parsed.rows["at"].to_numpy(dtype=int)
    items = [number for parts in view.items.values() for number in parts.values()]
    scores = [number for parts in view.supplied.values() for number in parts.values()]
    for number in (*items, *scores):
        held |= table.columns[number].filled[at]
        formulas = {row for row, n in table.formulas_without_value if n == number}
        held |= parsed.rows["row"].isin(formulas).to_numpy()
    parsed.rows[SILENT] = ~held
    silent = np.flatnonzero(~held & ~parsed.refused)
    if len(silent) and held.any():
        place = parsed.place(int(silent[0]))
        one = len(silent) == 1
        rows = "1 row has" if one else f"{len(silent)} rows have"
        words = {"rows": rows, "listed": listed_rows(parsed, silent)}
        parsed.problems.append(make_problem("rows_without_answers", place, **words))


def incomplete_questionnaires(
    table: Table, views: Sequence[View], instruments: Mapping[str, Instrument]
) -> list[Problem]:
    """Scales that can never be worked out, since some of their questions have no column."""
    found: dict[tuple[str, tuple[int, ...]], None] = {}
    for view in views:
        for instrument_id, items in view.items.items():
            lacking = _lacking(instruments[instrument_id], set(items))
            if lacking:
                found.setdefault((instruments[instrument_id].short_name, lacking))
    place = Place(table.file, table.sheet)
    return [
        make_problem("incomplete_questionnaire", place, value=name, columns=_questions(lacking))
        for name, lacking in found
    ]


def _questions(numbers: Sequence[int]) -> str:
    return f"question{'s' if len(numbers) > 1 else ''} {joined([str(n) for n in numbers])}"


def _lacking(instrument: Instrument, there: set[int]) -> tuple[int, ...]:
    """The questions without a column of scales that have most of theirs."""
    lacking: set[int] = set()
    for scale in instrument.scales:
        own = set(scale.items)
        if len(own & there) * 2 > len(own):
            lacking |= own - there
    return tuple(sorted(lacking))
