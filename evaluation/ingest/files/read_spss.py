"""SPSS files (.sav, .zsav) to cells, with what their authors said about values.

Answers stay the codes that the file holds. What a code is called, and which codes stand for an
answer that is missing, comes along beside them: both are the author's own word.
"""

from __future__ import annotations

import datetime as dt
import io
import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from evaluation.ingest.files.cells import Cell, Column, Sheet, UnreadableFileError, Upload, is_blank
from evaluation.ingest.files.limits import (
    MAX_AREA,
    MAX_COLUMNS,
    MAX_ROWS,
    MAX_TEXT_BYTES,
    too_large,
)

_DECLARED = "declared missing in SPSS"
_FIRST_DAY = dt.datetime(1582, 10, 14)  # SPSS counts seconds from here
_DAY = 86_400
_FORMAT = re.compile(r"[A-Z]+")
_DATE_FORMATS = frozenset({"DATE", "ADATE", "EDATE", "SDATE", "JDATE", "QYR", "MOYR", "WKYR"})
_DATETIME_FORMATS = frozenset({"DATETIME", "YMDHMS"})
_TIME_FORMATS = frozenset({"TIME", "DTIME", "MTIME"})
_OTHER_ENCODING = "WINDOWS-1252"  # of older files that do not say theirs, or say it wrongly


def read_spss(file_name: str, data: bytes) -> Upload:
    """Read an SPSS file: row 1 holds names, row 2 variable labels, row 3 the first case.

    Row 2 is there even where no variable has a label, so that case ``n`` always stands in row
    ``n + 2``. ``Sheet.labels`` and ``Sheet.missing`` hold value labels and declared missing values.
    """
    if len(data) > MAX_TEXT_BYTES:
        raise too_large(file_name, f"{len(data) / 1e6:.0f} MB", f"{MAX_TEXT_BYTES / 1e6:.0f} MB")
    try:
        values, meta, notes = _parse(file_name, data)
        sheet = _to_sheet(values, meta)
    except (UnreadableFileError, MemoryError):
        raise
    except Exception as error:
        # A damaged file makes the reading library fail in many ways, all of which mean the same to
        # a person. Its own text is dropped: it may quote cells.
        raise UnreadableFileError(
            "not_a_spreadsheet",
            f"'{file_name}' is damaged or is not an SPSS file: it could not be opened.",
            "Open it in SPSS and save it again, or export it as an Excel workbook, "
            "and upload that.",
        ) from error
    return Upload(file_name, "sav", (sheet,), notes=notes)


def _parse(file_name: str, data: bytes) -> tuple[Mapping[str, Sequence[Any]], Any, tuple[str, ...]]:
    import pyreadstat  # here, because most uploads are no SPSS files

    # Values come as plain lists and dates as numbers: no table is built on the way, and a date
    # outside the calendar spoils one cell instead of the file.
    options: dict[str, Any] = {
        "user_missing": True,
        "apply_value_formats": False,
        "disable_datetime_conversion": True,
        "output_format": "dict",
    }
    notes: tuple[str, ...] = ()
    try:
        _, meta = pyreadstat.read_sav(io.BytesIO(data), metadataonly=True, **options)
        _check_size(file_name, meta)
        values, meta = pyreadstat.read_sav(io.BytesIO(data), row_limit=MAX_ROWS + 1, **options)
    except (pyreadstat.ReadstatError, UnicodeDecodeError):
        options["encoding"] = _OTHER_ENCODING
        values, meta = pyreadstat.read_sav(io.BytesIO(data), row_limit=MAX_ROWS + 1, **options)
        notes = ("The letters were read as Windows-1252, because they are not what the file says.",)
    _check_size(file_name, meta)
    return values, meta, notes


def _check_size(file_name: str, meta: Any) -> None:
    n_columns, n_rows = meta.number_columns, meta.number_rows or 0  # None: the file does not say
    if n_columns > MAX_COLUMNS:
        raise too_large(file_name, f"{n_columns:,} variables", f"{MAX_COLUMNS:,} variables")
    if n_rows > MAX_ROWS:
        raise too_large(file_name, f"more than {MAX_ROWS:,} cases", f"{MAX_ROWS:,} cases")
    if n_columns * n_rows > MAX_AREA:
        size = f"{n_rows:,} cases by {n_columns:,} variables"
        raise too_large(file_name, size, f"{MAX_AREA:,} cells")


def _to_sheet(values: Mapping[str, Sequence[Any]], meta: Any) -> Sheet:
    columns: list[Column] = []
    labels: dict[int, dict[Cell, str]] = {}
    missing: dict[int, dict[Cell, str]] = {}
    for number, name in enumerate(meta.column_names):
        as_cell = _cell_maker(str(meta.original_variable_types.get(name) or ""))
        named = _labels(meta.variable_value_labels.get(name) or {}, as_cell)
        declared = _declared_missing(values[name], meta.missing_ranges.get(name) or (), as_cell)
        wording = meta.column_names_to_labels.get(name)
        columns.append(_to_column([name, wording], values[name], as_cell))
        if named:
            labels[number] = named
        if declared:
            missing[number] = {value: named.get(value, _DECLARED) for value in declared}
    return Sheet("", tuple(columns), labels=labels, missing=missing)


def _labels(named: Mapping[Any, Any], as_cell: Callable[[Any], Cell]) -> dict[Cell, str]:
    return {as_cell(value): str(label) for value, label in named.items() if str(label).strip()}


def _declared_missing(
    values: Iterable[Any], ranges: Sequence[Mapping[str, Any]], as_cell: Callable[[Any], Cell]
) -> list[Cell]:
    """The values in use that the file's author declared missing, one by one or by a range."""
    if not ranges:
        return []
    limits = [(_unpadded(limit["lo"]), _unpadded(limit["hi"])) for limit in ranges]
    return [
        as_cell(value)
        for value in dict.fromkeys(values)
        if not _is_blank(value)
        and any(
            isinstance(low, str) == isinstance(value, str) and low <= _unpadded(value) <= high
            for low, high in limits
        )
    ]


def _unpadded(value: Any) -> Any:
    return value.rstrip() if isinstance(value, str) else value


def _is_blank(value: Any) -> bool:
    return value is None or value == "" or (isinstance(value, float) and math.isnan(value))


def _to_column(
    heading: list[Cell], values: Sequence[Any], as_cell: Callable[[Any], Cell]
) -> Column:
    """The column of these values; it says few things, so each distinct one is converted once."""
    head = Column.of(heading)
    numbers: dict[Cell, int] = {cell: number for number, cell in enumerate(head.values)}
    codes: dict[Any, int] = {}
    for value in dict.fromkeys(values):
        cell = None if _is_blank(value) else as_cell(value)
        codes[value] = 0 if is_blank(cell) else numbers.setdefault(cell, len(numbers))
    below = np.fromiter(map(codes.__getitem__, values), dtype=np.int32, count=len(values))
    return Column(tuple(numbers), np.concatenate([head.codes, below]))


def _cell_maker(variable_type: str) -> Callable[[Any], Cell]:
    """What turns a variable's values into cells, from its print format (``F8.2``, ``EDATE10``)."""
    found = _FORMAT.match(variable_type)
    name = found.group() if found else ""
    if name in _DATE_FORMATS:
        return _as_date
    if name in _DATETIME_FORMATS:
        return _as_datetime
    return _as_time if name in _TIME_FORMATS else _unpadded


def _as_datetime(value: Any) -> Cell:
    if not isinstance(value, int | float):
        return _unpadded(value)
    try:
        return _FIRST_DAY + dt.timedelta(seconds=value)
    except OverflowError:  # no day of the calendar: stays a number, which no date is
        return float(value)


def _as_date(value: Any) -> Cell:
    day = _as_datetime(value)
    return day.date() if isinstance(day, dt.datetime) else day


def _as_time(value: Any) -> Cell:
    if not isinstance(value, int | float):
        return _unpadded(value)
    if 0 <= value < _DAY:
        return (_FIRST_DAY + dt.timedelta(seconds=value)).time()
    try:
        return dt.timedelta(seconds=value)
    except OverflowError:
        return float(value)
