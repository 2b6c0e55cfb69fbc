"""Numbers that an SPSS file labels otherwise than the questionnaire codes them: 1 = Not at all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from evaluation.ingest.columns.choices import TableMapping
from evaluation.ingest.files.cells import Cell, Column
from evaluation.ingest.meaning.answer_texts import folded
from evaluation.ingest.meaning.answers import answer_parser
from evaluation.ingest.meaning.values import to_number
from evaluation.ingest.sheets.tables import Table
from instruments.definition import Instrument
from instruments.registry import match_column


def with_contradicting_labels(
    table: Table, mapping: TableMapping, instruments: Mapping[str, Instrument]
) -> Table:
    """The table with ``1 = Not at all`` for 1 where labels contradict the questionnaire's coding.

    Such a cell is then asked about like every other one that holds a number and words.
    """
    columns = list(table.columns)
    for choice in mapping.columns:
        declared = table.missing.get(choice.column, {})
        labels = {
            cell: label
            for cell, label in table.labels.get(choice.column, {}).items()
            if cell not in declared
        }
        match = match_column(choice.read_as, extra=tuple(instruments.values())) if labels else None
        if match is None or not isinstance(match[1], int):
            continue
        instrument, number = match[0], match[1]
        item = next(item for item in instrument.items if item.number == number)
        named = answer_parser(instrument, item).named_answers
        if any(_contradicts(cell, label, named) for cell, label in labels.items()):
            columns[choice.column] = _labelled(columns[choice.column], labels)
    return replace(table, columns=tuple(columns))


def _contradicts(cell: Cell, label: str, named: Mapping[str, int]) -> bool:
    code = named.get(folded(label))
    return code is not None and to_number(cell) != code


def _labelled(column: Column, labels: Mapping[Cell, str]) -> Column:
    values = tuple(
        f"{to_number(cell):g} = {labels[cell]}" if cell in labels else cell
        for cell in column.values
    )
    return replace(column, values=values)
