"""Where on a sheet the table is: title rows above it, its header rows, the notes below it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from evaluation.ingest.files.cells import Cell, Column, Position, Sheet, Upload
from evaluation.ingest.sheets.data_rows import DATA, REASONS, TITLE, label_rows
from evaluation.ingest.sheets.grid import Grid
from evaluation.ingest.sheets.header_rows import header_share
from evaluation.ingest.sheets.next_table import ID_WORDS, first_header
from evaluation.ingest.sheets.sources import find_source
from evaluation.ingest.sheets.table_body import Body
from evaluation.ingest.sheets.tool_rows import header_of_tool, mark_tool_rows, names_of_columns

_OTHER_TABLE = "other table"
_MOST_TABLES = 20  # below one another; what follows stays with the last of them
_HAND_MADE = frozenset({"template", "codes", "hand_typed"})  # a survey tool leaves no blank column
_ALWAYS_ONE = frozenset({"spss", "qualtrics", "surveymonkey"})  # exports that are not stacked


@dataclass(frozen=True)
class Table:
    """One table of a sheet: what its columns are called, and the rows that hold data.

    ``header`` has one text for each column (blank: no header): header rows joined, merged and blank
    cells of an upper row filled to the right inside their group. ``groups`` is what the upper rows
    alone say of each column ("Partner A"). ``wording`` is the question's own text where the survey
    tool gives it beside a name. ``columns`` hold the data rows only; ``row_numbers`` are their rows
    as the spreadsheet program counts. ``left_out`` names every other row of the sheet that holds
    anything: its number and why it is no data (``title``, ``header``, ``tool`` - a row that the
    survey tool writes, ``repeated header``, ``preview``, ``summary``, ``note``, ``other table``).
    """

    file: str
    sheet: str
    source: str
    header_rows: tuple[int, ...]
    header: tuple[str, ...]
    groups: tuple[str, ...]
    wording: tuple[str, ...]
    columns: tuple[Column, ...]
    row_numbers: np.ndarray
    left_out: tuple[tuple[int, str], ...] = ()
    formulas_without_value: frozenset[Position] = frozenset()
    hidden_rows: frozenset[int] = frozenset()
    labels: Mapping[int, Mapping[Cell, str]] = field(default_factory=dict)
    missing: Mapping[int, Mapping[Cell, str]] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class _Part:
    """One table on its way: its columns and header, and what each row of the sheet is to it."""

    columns: tuple[int, ...]
    header_rows: tuple[int, ...]
    header: tuple[str, ...]
    groups: tuple[str, ...]
    wording: tuple[str, ...]
    labels: np.ndarray


def find_tables(
    upload: Upload, sheet: Sheet, *, header_rows: tuple[int, ...] | None = None
) -> list[Table]:
    """The tables of a sheet, in reading order; none if nothing stands on it.

    ``header_rows`` are the header rows of the first table, as somebody has chosen them. Every row
    that holds anything is accounted for in each table: among its data, its header rows, or with the
    reason why it is left out. Where no row looks like a header, the first one is taken for it.
    """
    if header_rows is not None and (not header_rows or min(header_rows) < 1):
        raise ValueError(f"header_rows={header_rows!r}: one or more row numbers, counted from 1")
    grid = Grid.of(sheet)
    if not len(grid.rows):
        return []
    source, row = find_source(upload, sheet)
    chosen = tuple(sorted(set(header_rows))) if header_rows else None
    if chosen is None and row is not None:
        chosen = header_of_tool(grid, source, row)
    regions = _side_by_side(grid) if source in _HAND_MADE else [grid]
    parts: list[_Part] = []
    for number, region in enumerate(regions):
        parts += _below_one_another(region, source, chosen if number == 0 else None)
    return [_table(upload, sheet, source, part, grid.rows) for part in parts]


def _side_by_side(grid: Grid) -> list[Grid]:
    """The parts of a sheet that blank columns separate and whose headers are their own.

    A blank column alone means nothing: answers may go on behind it, with the codes far to the left.
    """
    blocks = np.split(grid.columns, np.flatnonzero(np.diff(grid.columns) > 1) + 1)
    regions: list[list[int]] = []
    for block in (list(map(int, columns)) for columns in blocks):
        if regions and not _stands_alone(grid, regions[-1], block):
            regions[-1] += block
        else:
            regions.append(block)
    return [grid] if len(regions) < 2 else [Grid.of(grid.sheet, region) for region in regions]


def _stands_alone(grid: Grid, left: list[int], block: list[int]) -> bool:
    """Whether a block names codes of its own, or begins below the header of the table beside it."""
    if len(block) < 2:
        return False
    beside, own = Grid.of(grid.sheet, left), Grid.of(grid.sheet, block)
    there, here = first_header(beside, beside.rows), first_header(own, own.rows)
    names_there = [text.casefold() for text in beside.texts(there[-1]).values()]
    names_here = [text.casefold() for text in own.texts(here[-1]).values()]
    if not names_there or not names_here:
        return False
    if int(own.rows[0]) > there[-1]:
        full = len(names_here) == len(block) and int(own.rows[-1]) > here[-1]
        return full and header_share(own.cells(here[-1])) == 1.0
    same_first = names_here[0] == names_there[0]
    return same_first and (bool(ID_WORDS.search(names_here[0])) or names_here == names_there)


def _below_one_another(grid: Grid, source: str, header_rows: tuple[int, ...] | None) -> list[_Part]:
    """The tables in these columns, from the top down."""
    parts: list[_Part] = []
    rows = grid.rows
    while len(rows):
        header_rows = header_rows or first_header(grid, rows)
        below = rows[rows > header_rows[-1]]
        labels, following = np.zeros(grid.sheet.n_rows, dtype=np.int8), None
        if source == "spss":
            labels[below - 1] = DATA
        else:
            last = len(parts) + 1 == _MOST_TABLES or source in _ALWAYS_ONE
            there = tuple(row for row in header_rows if row <= grid.sheet.n_rows)
            labels, following = label_rows(Body(grid, there, below), last=last)
        labels[rows[rows < header_rows[-1]] - 1] = TITLE
        names = names_of_columns(grid, source, header_rows, len(grid.sheet.columns))
        mark_tool_rows(grid, source, names[0], below, labels)
        parts.append(_Part(grid.columns, header_rows, *names, labels))
        if following is None:
            break
        rows, header_rows = rows[rows >= following], None
    return parts


def _table(upload: Upload, sheet: Sheet, source: str, part: _Part, rows: np.ndarray) -> Table:
    data = np.flatnonzero(part.labels == DATA)
    own = set(part.header_rows)
    others = [int(row) for row in rows[part.labels[rows - 1] != DATA] if int(row) not in own]
    nothing = Column((None,), np.zeros(len(data), dtype=np.int32))
    mine = frozenset(part.columns)
    return Table(
        file=upload.file_name,
        sheet=sheet.name,
        source=source,
        header_rows=part.header_rows,
        header=part.header,
        groups=part.groups,
        wording=part.wording,
        columns=tuple(
            column.take(data) if number in mine else nothing
            for number, column in enumerate(sheet.columns)
        ),
        row_numbers=data + 1,
        left_out=tuple(
            (row, REASONS.get(int(part.labels[row - 1]), _OTHER_TABLE)) for row in others
        ),
        formulas_without_value=sheet.formulas_without_value,
        hidden_rows=sheet.hidden_rows,
        labels=sheet.labels,
        missing=sheet.missing,
    )
