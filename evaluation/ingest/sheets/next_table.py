"""Where, below one table, another one begins.

Taking somebody's row for a header would lose it: everything has to speak for a header.
"""

from __future__ import annotations

import re

import numpy as np

from evaluation.ingest.sheets.grid import Grid, header_text, kind_of
from evaluation.ingest.sheets.header_rows import find_header, header_share, is_canonical, share_new
from evaluation.ingest.sheets.table_body import Body

ID_WORDS = re.compile(r"\b(id|code|no\.?|number|participant|client|couple|case|name)\b", re.I)
_ROWS_COUNTED = 1_000


def starts_table(body: Body, rows: np.ndarray, repeated: frozenset[int], *, broken: bool) -> bool:
    """Whether another table begins at the first of these rows: its header, or titles above it.

    ``broken``: a blank row, a note or an average stands above. The same header once more begins
    another table where it has a title of its own ("End of support"); else it is only repeated.
    """
    for position, row in enumerate(rows[:4].tolist()):
        if row in repeated:
            return position > 0
        below = int(rows[position + 1]) if position + 1 < len(rows) else 0
        if broken and _is_new_header(body, row, below):
            return True
        if not _is_title(body, row):
            return False
    return False


def _is_title(body: Body, row: int) -> bool:
    grid = body.grid
    if grid.filled[row - 1] > 2:
        return False
    cells = grid.cells(row)
    first = next(iter(cells.values()))
    coded = body.like_an_id(first) and (body.ids_have_digits or len(cells) > 1)
    return not coded and all(kind_of(cell) == "text" for cell in cells.values())


def _is_new_header(body: Body, row: int, below: int) -> bool:
    """Whether a row in the midst of data names the columns of another table.

    Taking somebody's row for a header would lose it, so everything has to speak for a header: all
    words, none of them said elsewhere in its column, words where numbers or nothing stood above,
    and a first cell that is none of the codes.
    """
    grid = body.grid
    if grid.filled[row - 1] < 2 or below != row + 1:
        return False
    first_column = int(grid.first[row - 1])
    first = grid.sheet.columns[first_column][row - 1]
    if kind_of(first) != "text":
        return False
    text = header_text(first)
    own_name = body.names.get(first_column, "").casefold() == text.casefold()
    is_name = own_name or bool(ID_WORDS.search(text))
    if body.like_an_id(first) and not is_name:
        return False
    if is_canonical(grid, row, first=0):
        return True
    cells = grid.cells(row)
    texts = [text.casefold() for text in grid.texts(row).values()]
    if header_share(cells) < 1.0 or len(set(texts)) < len(texts):
        return False
    named = {c for number in body.header_rows for c in grid.texts(number)}
    new_kind = sum(column in body.typed or column not in named for column in cells)
    typed_below = sum(kind_of(c) in ("number", "date") for c in grid.cells(below).values())
    if new_kind < 0.5 * len(cells) and not (is_name and typed_below):
        return False
    return share_new(grid, row) == 1.0 and _said_once_above(grid, row)


def _said_once_above(grid: Grid, row: int) -> bool:
    start = max(0, row - _ROWS_COUNTED)
    return not any(
        (grid.sheet.columns[c].codes[start : row - 1] == grid.sheet.columns[c].codes[row - 1]).any()
        for c in grid.cells(row)
    )


def first_header(grid: Grid, rows: np.ndarray) -> tuple[int, ...]:
    """The header of the table in these rows; the first row where none looks like one."""
    return find_header(grid, rows) or tuple(int(row) for row in rows[:1])
