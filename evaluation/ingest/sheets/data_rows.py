"""Which rows below a header hold data, and which are averages, notes, or the next table.

A row with something in the column of codes and something beside it is data unless it says that it
is an average or the like. Whatever is left out is named with its reason: nothing disappears.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from evaluation.ingest.files.cells import Cell
from evaluation.ingest.sheets.grid import header_text, kind_of
from evaluation.ingest.sheets.next_table import starts_table
from evaluation.ingest.sheets.table_body import (
    LONG_TEXT,
    MORE_SUMMARY_WORDS,
    NOTE_WORDS,
    SUMMARY_WORDS,
    Body,
)

BLANK, DATA, TITLE, TOOL, REPEATED, PREVIEW, SUMMARY, NOTE = range(8)
REASONS = {
    TITLE: "title", TOOL: "tool", REPEATED: "repeated header", PREVIEW: "preview",
    SUMMARY: "summary", NOTE: "note",
}  # fmt: skip

_RARE = 3  # a word that comes more often in its column is an answer, or a group's own total
_RARE_SHARE = 0.1


def label_rows(body: Body, *, last: bool = False) -> tuple[np.ndarray, int | None]:
    """For each row below the header what it is, and where the next table begins (if one does).

    The labels are indexed by row number minus one. Only rows that are out of the ordinary are
    looked at one by one. ``last``: no table follows, whatever it looks like.
    """
    grid, rows = body.grid, body.rows
    labels = np.zeros(grid.sheet.n_rows, dtype=np.int8)
    if not len(rows):
        return labels, None
    summary = _rows_in_words(body)
    repeated = _repeated_headers(body)
    gaps = np.diff(rows, prepend=rows[0] - 1) - 1  # blank rows above; not counted above the first
    odd_positions = _odd_positions(body, gaps, [*summary, *repeated])
    labels[rows - 1] = DATA
    position, state = 0, DATA
    while position < len(rows):
        if state == DATA:
            step = np.searchsorted(odd_positions, position)
            if step == len(odd_positions):
                break
            position = int(odd_positions[step])
        row, gap = int(rows[position]), int(gaps[position])
        broken = gap > 0 or state != DATA
        near = rows[position : position + 5]
        if position and not last and starts_table(body, near, repeated, broken=broken):
            labels[row - 1 :] = BLANK
            return labels, row
        if row in repeated:
            label = REPEATED
        elif row in summary and not (summary[row] == NOTE and grid.filled[row - 1] > 2):
            label = summary[row]
        else:
            label = _plain_row(body, row, gap, state)
        ended = label == SUMMARY or (label == NOTE and (gap > 1 or state == SUMMARY))
        state = DATA if label == REPEATED else SUMMARY if ended else label
        labels[row - 1] = label
        position += 1
    _extend_notes_upwards(body, labels)
    return labels, None


def _odd_positions(body: Body, gaps: np.ndarray, told: Sequence[int]) -> np.ndarray:
    """Which of the rows have to be looked at: nearly empty, without a code, below a blank row."""
    with_id = body.grid.sheet.columns[body.id_column].filled[body.rows - 1]
    filled = body.grid.filled[body.rows - 1]
    odd = (filled == 1) | (~with_id & (filled < 3)) | (gaps > 0)
    return np.flatnonzero(odd | np.isin(body.rows, np.array(told, dtype=np.int64)))


def _extend_notes_upwards(body: Body, labels: np.ndarray) -> None:
    """Notes at the end may begin with words that alone could have been somebody's code."""
    if labels[body.rows[-1] - 1] != NOTE or body.usual < 2:
        return
    for row in body.rows[::-1].tolist():
        cells = list(body.grid.cells(row).values()) if body.grid.filled[row - 1] == 1 else []
        words = bool(cells) and kind_of(cells[0]) == "text"
        coded = body.ids_have_digits and any(map(body.like_an_id, cells))
        if labels[row - 1] == DATA and words and not coded:
            labels[row - 1] = NOTE
        if labels[row - 1] not in (NOTE, SUMMARY):
            return


def _plain_row(body: Body, row: int, gap: int, state: int) -> int:
    """Data or not: a row that says nothing of itself.

    ``state`` is SUMMARY below an average or what else ends a table, NOTE right below a note.
    """
    first = body.grid.sheet.columns[body.id_column][row - 1]
    if state != SUMMARY and gap < 2 and first is not None and body.grid.filled[row - 1] > 1:
        return DATA
    cells = body.grid.cells(row)
    likely = body.like_an_id(first)
    if state == SUMMARY or gap > 1:
        return _row_after_the_end(body, cells, likely=likely, state=state)
    if len(cells) == 1:
        column, cell = next(iter(cells.items()))
        if column == body.id_column:
            return DATA if likely and (body.ids_have_digits or state != NOTE) else NOTE
        return NOTE if state == NOTE or _is_remark(body, column, cell) else DATA
    if first is None and len(cells) == 2 and all(kind_of(c) == "text" for c in cells.values()):
        return NOTE if any(_is_remark(body, k, c) for k, c in cells.items()) else DATA
    return DATA


def _row_after_the_end(body: Body, cells: dict[int, Cell], *, likely: bool, state: int) -> int:
    """A row below an average or below two blank rows: data if it still looks like somebody's."""
    first = cells.get(body.id_column)
    full = len(cells) >= max(3.0, 0.5 * body.usual)
    if first is not None and len(cells) > 1 and (likely or full):
        counted = state == SUMMARY and not likely and MORE_SUMMARY_WORDS.match(header_text(first))
        return SUMMARY if counted else DATA
    if likely and body.ids_have_digits and state != SUMMARY:
        return DATA
    has_numbers = any(kind_of(cell) == "number" for cell in cells.values())
    return SUMMARY if has_numbers else NOTE


def _is_remark(body: Body, column: int, cell: Cell) -> bool:
    """Words where answers are numbers or where nothing has a name, or a long sentence."""
    if kind_of(cell) != "text":
        return False
    named = any(body.grid.sheet.columns[column].codes[r - 1] for r in body.header_rows)
    text = header_text(cell)
    return not named or column in body.typed or len(text) > LONG_TEXT


def _rows_in_words(body: Body) -> dict[int, int]:
    """The rows whose first cell says that they are an average, a total, a key or a note."""
    found: dict[int, int] = {}
    grid, rows = body.grid, body.rows
    first = grid.first[rows - 1]
    for number in np.unique(first):
        if number > body.id_column:
            beside = grid.sheet.columns[body.id_column].filled[rows - 1]
            here = rows[(first == number) & ~beside]
        else:
            here = rows[first == number]
        found |= _words_in_column(body, int(number), here)
    return found


def _words_in_column(body: Body, number: int, rows: np.ndarray) -> dict[int, int]:
    column = body.grid.sheet.columns[number]
    codes = column.codes[rows - 1]
    times = np.bincount(codes, minlength=len(column.values))
    meant: dict[int, int] = {}
    for code in np.flatnonzero(times).tolist():
        value = column.values[code]
        if not isinstance(value, str):
            continue
        text = value.lstrip()
        said = SUMMARY if SUMMARY_WORDS.match(text) else NOTE if NOTE_WORDS.match(text) else DATA
        if said != DATA and times[code] <= max(_RARE, _RARE_SHARE * len(body.rows)):
            meant[code] = said
    if not meant:
        return {}
    hits = np.flatnonzero(np.isin(codes, list(meant)))
    found = {int(rows[i]): meant[int(codes[i])] for i in hits}
    return {row: said for row, said in found.items() if not _is_a_person(body, row, number)}


def _is_a_person(body: Body, row: int, number: int) -> bool:
    """Whether a row that begins with such a word is somebody's all the same.

    A code may be "Sum 12" or "Key-07", and a first column of remarks may say "Note taken".
    """
    cells = body.grid.cells(row)
    if number != body.id_column:
        return body.id_column in cells and body.like_an_id(cells[body.id_column])
    text = header_text(cells[number])
    others = [cell for column, cell in cells.items() if column != number]
    coded = body.ids_have_digits and re.search(r"\d$", text) and not re.search(r"[=:()]", text)
    words = sum(kind_of(cell) == "text" for cell in others)
    return bool(others) and (bool(coded) or words > max(1, 0.5 * len(others)))


def _repeated_headers(body: Body) -> frozenset[int]:
    """The rows below that say the header once more."""
    grid, rows = body.grid, body.rows
    found: set[int] = set()
    for header in body.header_rows:
        texts = grid.texts(header)
        if len(texts) < 2:
            continue
        same = np.zeros(len(rows), dtype=np.int32)
        for column, text in texts.items():
            cells = grid.sheet.columns[column]
            alike = _codes_alike(cells.values, int(cells.codes[header - 1]), text)
            same += np.isin(cells.codes[rows - 1], alike)
        hits = (same >= 2) & (same >= 0.8 * len(texts)) & (same >= 0.8 * grid.filled[rows - 1])
        found |= {int(row) for row in rows[hits]}
    return frozenset(found)


def _codes_alike(values: Sequence[Cell], own: int, text: str) -> list[int]:
    """The codes of cells that say the same, whatever their case (looked for among few only)."""
    if len(values) > 500:
        return [own]
    wanted = text.casefold()
    return [
        code
        for code, value in enumerate(values)
        if code == own or (isinstance(value, str) and header_text(value).casefold() == wanted)
    ]
