"""The rows that survey tools write beside the answers: names, wording, options, previews."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from evaluation.ingest.sheets.data_rows import DATA, PREVIEW, TOOL
from evaluation.ingest.sheets.grid import Grid, header_text, kind_of
from evaluation.ingest.sheets.header_rows import join_header

Names = tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]  # header, groups, wording

_ONE_HEADER_ROW = frozenset({"microsoft_forms", "google_forms", "redcap"})
_IMPORT_ID = '{"importid"'
_LEGACY_NAME = re.compile(r"^V\d+$")
_NO_OPTION = frozenset({"response", "open-ended response"})
# What Qualtrics puts under Status for answers that nobody meant, in words and as numbers.
_PREVIEWS = frozenset(
    {"survey preview", "survey test", "preview", "offline survey preview", "1", "2", "9", "17"}
)


def header_of_tool(grid: Grid, source: str, row: int) -> tuple[int, ...] | None:
    """The header rows where a tool's names stand in ``row``; ``None``: they have to be found."""
    if source == "spss":
        return 1, 2
    if source in _ONE_HEADER_ROW:
        return (row,)
    if source not in ("surveymonkey", "qualtrics"):
        return None
    below = [int(number) for number in grid.rows if number > row][:1]
    if below and _is_second_row(grid, source, row, below[0]):
        return row, below[0]
    return (row,)


def _is_second_row(grid: Grid, source: str, row: int, below: int) -> bool:
    """Whether the row below the names is the tool's own: files are sent on without it."""
    names = {column: _plain(text) for column, text in grid.texts(row).items()}
    cells = grid.cells(below)
    if source == "surveymonkey":
        respondent = [column for column, name in names.items() if name == "respondentid"]
        return not any(column in cells for column in respondent)
    if "responseset" in {_plain(header_text(cell)) for cell in cells.values()}:
        return True
    own = [c for c, name in names.items() if name in ("startdate", "enddate", "recordeddate")]
    return any(kind_of(cells.get(c)) == "text" for c in own) and not _holds_import_ids(grid, below)


def _plain(text: str) -> str:
    return "".join(text.split()).casefold()


def _holds_import_ids(grid: Grid, row: int) -> bool:
    return any(
        isinstance(cell, str) and _plain(cell).startswith(_IMPORT_ID)
        for cell in grid.cells(row).values()
    )


def names_of_columns(grid: Grid, source: str, rows: Sequence[int], n_columns: int) -> Names:
    """What each column is called, what its group says, and the question's own wording."""
    blank = ("",) * n_columns
    rows = [row for row in rows if row <= grid.sheet.n_rows]
    if source in ("qualtrics", "spss") and rows:
        header, _ = join_header(grid, rows[:1], n_columns)
        wording, _ = join_header(grid, rows[1:], n_columns)
        if source == "qualtrics":  # older files call their own columns V1, V2 …
            pairs = zip(header, wording, strict=True)
            header = tuple(w if w and _LEGACY_NAME.match(name) else name for name, w in pairs)
        return header, blank, wording
    if source == "surveymonkey" and len(rows) == 2:
        return _questions_and_options(grid, rows[0], rows[1], n_columns)
    return *join_header(grid, rows, n_columns), blank


def _questions_and_options(grid: Grid, questions: int, options: int, n_columns: int) -> Names:
    """SurveyMonkey writes a question once, above the first of its options.

    In a grid each option is a statement, and so the wording of its column.
    """
    asked, offered = grid.texts(questions), grid.texts(options)
    header, groups, wording, question = [], [], [], ""
    for column in range(n_columns):
        question = asked.get(column, question if column in offered else "")
        option = offered.get(column, "")
        has_option = bool(option) and option.casefold() not in _NO_OPTION
        header.append(f"{question} {option}".strip() if has_option else question)
        groups.append(question if has_option else "")
        wording.append(option if has_option else "")
    return tuple(header), tuple(groups), tuple(wording)


def mark_tool_rows(
    grid: Grid, source: str, header: Sequence[str], rows: np.ndarray, labels: np.ndarray
) -> None:
    """Mark, among the rows below the header, what the tool wrote and what is only a preview."""
    if source != "qualtrics":
        return
    for row in rows[:10].tolist():
        if _holds_import_ids(grid, row):
            labels[row - 1] = TOOL
    status = [n for n, name in enumerate(header) if _plain(name) in ("status", "responsetype")]
    for number in status[:1]:
        column = grid.sheet.columns[number]
        codes = [
            code
            for code, value in enumerate(column.values)
            if header_text(value).casefold() in _PREVIEWS
        ]
        labels[(labels == DATA) & np.isin(column.codes, codes)] = PREVIEW
