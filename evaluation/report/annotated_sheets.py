"""Where things go in an annotated workbook: its sheets' names, its marks, what must not travel."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePath

from xlsxwriter.utility import xl_cell_to_rowcol

from evaluation.ingest.files.cells import SYNTHETIC_NAME, Column, Position, Sheet, Upload
from evaluation.ingest.templates.template import SYNTHETIC_NOTICE
from evaluation.model import Problem, Severity

# A sheet of a file. Positions on it are counted from 0 here, rows too.
SheetKey = tuple[str, str]

PROBLEMS_SHEET = "Problems"
LIST_TITLE = "Things to correct or to know"
LEFT_OUT = "(left out: personal details)"
MOST_COMMENTS = 5_000
GRAVEST_FIRST: tuple[Severity, ...] = ("block_file", "refuse_row", "drop_cell", "ask", "note")

_LONGEST_NAME = 31
_FORBIDDEN = frozenset("[]:*?/\\")
_RESERVED = "history"  # spreadsheet programs keep this name for themselves
_LONGEST_COMMENT = 2_000


@dataclass
class Mark:
    """What a cell is coloured for, and what is said about it."""

    to_correct: bool
    sentences: list[str] = field(default_factory=list)
    commented: bool = False

    @property
    def comment(self) -> str:
        text = "\n".join(dict.fromkeys(self.sentences))
        return text if len(text) <= _LONGEST_COMMENT else text[: _LONGEST_COMMENT - 1] + "…"


@dataclass
class Copy:
    """One sheet as it goes into the new workbook: its name there, its cells, its marks."""

    key: SheetKey
    name: str
    sheet: Sheet
    columns: list[Column]
    header_rows: tuple[int, ...]
    code_column: int | None
    left_out: set[int]
    marks: dict[Position, Mark] = field(default_factory=dict)

    def place_of(self, problem: Problem) -> Position | None:
        """The cell that a problem is about, or the first filled cell of its row."""
        if problem.cell:
            row, column = xl_cell_to_rowcol(problem.cell)
            return row, column
        return None if problem.row is None else self.first_filled(problem.row - 1)

    def first_filled(self, row: int) -> Position | None:
        """The first cell of a row that holds anything."""
        if not 0 <= row < self.sheet.n_rows:
            return None
        filled = (i for i, column in enumerate(self.columns) if column.codes[row])
        column = next(filled, None)
        return None if column is None else (row, column)

    def code_cell(self, row: int) -> Position | None:
        """The cell with the code of a row, or its first filled one where no column is known."""
        if self.code_column is None:
            return self.first_filled(row)
        return row, self.code_column


def copies_of(
    uploads: Sequence[Upload],
    problems: Iterable[Problem],
    *,
    left_out: Mapping[SheetKey, Collection[int]],
    header_rows: Mapping[SheetKey, Collection[int]],
    code_columns: Mapping[SheetKey, int],
) -> list[Copy]:
    """Every sheet that was read, without the cells that must not travel."""
    copies = []
    for (upload, sheet), name in zip(*_named(uploads), strict=True):
        key = (upload.file_name, sheet.name)
        copies.append(
            Copy(
                key=key,
                name=name,
                sheet=sheet,
                columns=list(sheet.columns),
                header_rows=tuple(row - 1 for row in header_rows.get(key, ())),
                code_column=code_columns.get(key),
                left_out=set(left_out.get(key, ())),
            )
        )
    personal = [problem for problem in problems if problem.code == "personal_data"]
    for copy in copies:
        _take_out(copy, [p for p in personal if (p.file, p.sheet) == copy.key])
    return copies


def order(problems: Iterable[Problem], copies: Sequence[Copy]) -> list[Problem]:
    """The gravest first, then by cause, then by place in the files."""
    listed = list(problems)
    causes = {code: i for i, code in enumerate(dict.fromkeys(p.code for p in listed))}
    sheets = {key: i for i, key in enumerate(dict.fromkeys(copy.key for copy in copies))}

    def rank(problem: Problem) -> tuple[int, int, int, int, int]:
        row, column = xl_cell_to_rowcol(problem.cell) if problem.cell else (0, -1)
        return (
            GRAVEST_FIRST.index(problem.severity),
            causes[problem.code],
            sheets.get((problem.file, problem.sheet), -1),
            row if problem.cell else (problem.row or 0) - 1,
            column,
        )

    return sorted(listed, key=rank)


def by_key(copies: Iterable[Copy]) -> dict[SheetKey, Copy]:
    """The sheet that a problem's file and sheet mean; the first of several of one name."""
    found: dict[SheetKey, Copy] = {}
    for copy in copies:
        found.setdefault(copy.key, copy)
    return found


def put_marks(problems: Iterable[Problem], copies: Sequence[Copy]) -> None:
    """Mark the cells that the problems are about; the gravest come first and keep a comment."""
    places = by_key(copies)
    n_comments = 0
    for problem in problems:
        copy = places.get((problem.file, problem.sheet))
        place = copy.place_of(problem) if copy else None
        if copy is None or place is None:
            continue
        to_correct = problem.severity != "note"
        mark = copy.marks.setdefault(place, Mark(to_correct))
        mark.to_correct = mark.to_correct or to_correct
        mark.sentences.append(f"{problem.message} {problem.fix}")
        if not mark.commented and n_comments < MOST_COMMENTS:
            mark.commented = True
            n_comments += 1
        if problem.severity == "refuse_row":
            code = copy.code_cell(place[0])
            if code is not None:
                copy.marks.setdefault(code, Mark(to_correct=True)).to_correct = True


# --- names -----------------------------------------------------------------------------------


def _named(uploads: Sequence[Upload]) -> tuple[list[tuple[Upload, Sheet]], list[str]]:
    """Every sheet to copy, and its name in the new workbook: as it was wherever that can be."""
    pairs = [
        (upload, sheet) for upload in uploads for sheet in upload.sheets if not _is_our_list(sheet)
    ]
    wanted = [sheet.name.casefold() for _, sheet in pairs]
    taken = {PROBLEMS_SHEET.casefold(), _RESERVED}
    names = []
    for upload, sheet in pairs:
        stem = PurePath(upload.file_name).stem
        name = sheet.name if sheet.name.strip() else stem
        if sheet.name.strip() and wanted.count(sheet.name.casefold()) > 1:
            name = f"{stem} {sheet.name}"
        names.append(_free_name(_legal(name), taken))
        taken.add(names[-1].casefold())
    return pairs, names


def _is_our_list(sheet: Sheet) -> bool:
    """The list of an annotated workbook that was corrected and uploaded again."""
    first = sheet.columns[0][0] if sheet.n_rows else None
    return sheet.name == PROBLEMS_SHEET and str(first or "").startswith(LIST_TITLE)


def _legal(name: str) -> str:
    text = "".join("_" if c in _FORBIDDEN or not c.isprintable() else c for c in name)
    return text[:_LONGEST_NAME].strip().strip("'") or "Sheet"


def _free_name(name: str, taken: Collection[str]) -> str:
    free, number = name, 1
    while free.casefold() in taken:
        number += 1
        ending = f" ({number})"
        free = name[: _LONGEST_NAME - len(ending)] + ending
    return free


# --- what must not travel --------------------------------------------------------------------


def _take_out(copy: Copy, personal: Sequence[Problem]) -> None:
    """Replace the cells of personal columns, and single cells that held personal details.

    A complaint about the header of a column is about the whole column.
    """
    single: dict[int, set[int]] = {}
    for problem in personal:
        if not problem.cell:
            continue
        row, column = xl_cell_to_rowcol(problem.cell)
        if row in _kept_rows(copy, column):
            copy.left_out.add(column)
        else:
            single.setdefault(column, set()).add(row)
    for number in copy.left_out | set(single):
        if number >= len(copy.columns):
            continue
        kept = _kept_rows(copy, number)
        whole = number in copy.left_out
        rows = single.get(number, set())
        copy.columns[number] = Column.of(
            LEFT_OUT if cell is not None and (row in rows or (whole and row not in kept)) else cell
            for row, cell in enumerate(copy.columns[number].cells())
        )


def _kept_rows(copy: Copy, column: int) -> tuple[int, ...]:
    """The rows of a column that are its header: those named, else its first filled cell."""
    if copy.header_rows or column >= len(copy.columns):
        return copy.header_rows
    filled = copy.columns[column].filled
    return (int(filled.argmax()),) if filled.any() else ()


def are_synthetic(uploads: Iterable[Upload]) -> bool:
    """Whether a file says that its people are invented, by its defined name or a first cell."""
    mark = SYNTHETIC_NOTICE.split()[0]
    for upload in uploads:
        first_cells = [sheet.columns[0][0] for sheet in upload.sheets if sheet.n_rows]
        if SYNTHETIC_NAME in upload.names or any(
            isinstance(cell, str) and cell.strip().startswith(mark) for cell in first_cells
        ):
            return True
    return False
