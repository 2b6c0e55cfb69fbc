"""Where on a sheet the table is: title rows above it, its header rows, the notes below it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from evaluation.ingest.cells import Cell, Column, Position


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
