"""A workbook's cells as they were typed, once the gate has let it pass."""

from __future__ import annotations

import io
import math
from array import array
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from typing import Any

import numpy as np
import python_calamine

from evaluation.ingest.files.cells import (
    Cell,
    Column,
    Sheet,
    UnreadableFileError,
    Upload,
    as_typed,
    is_blank,
)
from evaluation.ingest.files.gate import check_package
from evaluation.ingest.files.limits import damaged, too_large
from evaluation.ingest.files.workbook_facts import SheetFacts

_ROWS_AT_ONCE = 4_096


class _Numbers(dict[Any, int]):
    """The number of each distinct cell of a column, given out as cells are met; 0 is blank."""

    def __init__(self) -> None:
        super().__init__({None: 0, "": 0})
        self.values_met: list[Cell] = [None]
        # Apart from the cells as they stand: one's own mark can be the other's text.
        self._kept: dict[Cell, int] = {None: 0}

    def __missing__(self, cell: Any) -> int:
        kept = _kept(cell)
        number = self._kept.setdefault(kept, len(self.values_met))
        if number == len(self.values_met):
            self.values_met.append(kept)
        if not isinstance(cell, float) or not math.isnan(cell):
            self[cell] = number
        return number


def _kept(cell: Any) -> Cell:
    """The cell as it is kept: blank text as nothing, a number that is none as its word."""
    if isinstance(cell, str):
        typed = as_typed(cell)
        return None if is_blank(typed) else typed
    if isinstance(cell, float) and not math.isfinite(cell):
        return str(cell)
    return cell


def read_workbook(file_name: str, data: bytes) -> Upload:
    """Read every visible sheet that holds anything; `UnreadableFileError` if there is none."""
    package = check_package(file_name, data)
    with _reader_errors(file_name):
        workbook = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(data))
        names = [sheet.name for sheet in workbook.sheets_metadata]
    if names != [facts.name for facts in package.sheets]:
        raise damaged(file_name)  # the reader sees another workbook than the gate
    sheets = []
    for number, facts in enumerate(package.sheets):
        if facts.visible and facts.n_cells:
            with _reader_errors(file_name):
                source = workbook.get_sheet_by_index(number)
            sheet = _sheet(file_name, source, facts)
            if sheet.columns:
                sheets.append(sheet)
    if not sheets:
        raise UnreadableFileError(
            "empty_file",
            f"'{file_name}' has no visible sheet with anything in it.",
            "Check that the answers are in a sheet that is not hidden, save, and upload it again.",
        )
    return Upload(
        file_name=file_name,
        kind="xlsx",
        sheets=tuple(sheets),
        hidden_sheets=tuple(facts.name for facts in package.sheets if not facts.visible),
        names=package.names,
        date1904=package.date1904,
    )


@contextmanager
def _reader_errors(file_name: str) -> Iterator[None]:
    """Whatever the reader stumbles over, in a sentence; its own words may hold a cell's text."""
    try:
        yield
    except MemoryError as error:
        raise too_large(
            file_name, "it needs too much memory", "what a site's file needs"
        ) from error
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException:  # a panic of the reader is no Exception
        raise damaged(file_name) from None


def _sheet(file_name: str, source: python_calamine.CalamineSheet, facts: SheetFacts) -> Sheet:
    columns = _columns(file_name, source, facts)
    n_rows, n_columns = _used(columns, facts)
    columns = columns[:n_columns]
    blank = np.zeros(n_rows, dtype=np.int32)
    columns += [Column((None,), blank)] * (n_columns - len(columns))
    columns = [Column(column.values, _fitted(column.codes, n_rows)) for column in columns]
    for word, places in facts.errors.items():
        for number in np.unique(places[:, 1]).tolist():
            rows = places[places[:, 1] == number, 0] - 1
            columns[number] = _with_word(columns[number], word, rows)
    uncalculated = facts.formulas_without_value.tolist()
    return Sheet(
        name=facts.name,
        columns=tuple(columns),
        formulas_without_value=frozenset((row, column) for row, column in uncalculated),
        hidden_rows=facts.hidden_rows,
        hidden_columns=facts.hidden_columns,
        merged=facts.merged,
        commented=facts.commented,
        coloured_rows=facts.coloured_rows,
    )


def _columns(
    file_name: str, source: python_calamine.CalamineSheet, facts: SheetFacts
) -> list[Column]:
    """Every column from the first of the spreadsheet program on, rows from its first row on."""
    with _reader_errors(file_name):
        start = source.start
        rows = iter(source.iter_rows())
    if start is None:
        return []
    numbers = [_Numbers() for _ in range(source.width)]
    codes = [array("i") for _ in numbers]
    n_rows = 0
    while True:
        with _reader_errors(file_name):
            block = list(islice(rows, _ROWS_AT_ONCE))
        if not block:
            break
        n_rows += len(block)
        if facts.has_truth_values:
            block = [[_word(cell) for cell in row] for row in block]
        for number, known, cells in zip(numbers, codes, zip(*block, strict=True), strict=True):
            known.extend(map(number.__getitem__, cells))
    before = [Column((None,), np.zeros(n_rows, dtype=np.int32))] * start[1]
    read = [
        Column(tuple(number.values_met), np.frombuffer(known, dtype=np.int32))
        for number, known in zip(numbers, codes, strict=True)
    ]
    return before + read


def _word(cell: Any) -> Any:
    # TRUE and FALSE would count as 1 and 0 in every comparison; keep them as the words they are.
    return str(cell).upper() if isinstance(cell, bool) else cell


def _used(columns: list[Column], facts: SheetFacts) -> tuple[int, int]:
    """How many rows and columns hold anything: a value, an error, a formula without a result."""
    places = [facts.formulas_without_value, *facts.errors.values()]
    marked = np.concatenate(places) if places else np.zeros((0, 2), dtype=np.int64)
    n_rows = int(marked[:, 0].max(initial=0))
    n_columns = int(marked[:, 1].max(initial=-1)) + 1
    for number, column in enumerate(columns):
        filled = np.flatnonzero(column.codes)
        if len(filled):
            n_rows, n_columns = max(n_rows, int(filled[-1]) + 1), max(n_columns, number + 1)
    return n_rows, n_columns


def _fitted(codes: np.ndarray, n_rows: int) -> np.ndarray:
    if len(codes) >= n_rows:
        return codes[:n_rows]
    return np.concatenate([codes, np.zeros(n_rows - len(codes), dtype=np.int32)])


def _with_word(column: Column, word: str, rows: np.ndarray) -> Column:
    """The column with an error's word in the cells of these rows that read as blank."""
    codes = column.codes.copy()
    values = column.values if word in column.values else (*column.values, word)
    codes[rows[codes[rows] == 0]] = values.index(word)
    return Column(values, codes)
