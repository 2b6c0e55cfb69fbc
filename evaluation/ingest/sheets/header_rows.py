"""Which rows of a sheet name its columns, and what each column is called.

A header that spreads over rows says "Partner A" once, above all the columns it is about. A title
looks much the same: an upper row is joined only where something tells that it is no title.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import pairwise

import numpy as np

from evaluation.ingest.files.cells import Cell
from evaluation.ingest.sheets.grid import Grid, header_text, kind_of
from evaluation.model import PARTICIPANT_COLUMNS, RECORD_COLUMNS, SERVICE_USE_COLUMNS

MOST_HEADER_ROWS = 3
_ROWS_LOOKED_AT = 50
_ROWS_COUNTED = 1_000  # enough to see that a cell is an answer: it comes again
_FULL_ENOUGH = 0.6  # of the columns, for the first row to be the header without more ado
_CANONICAL = frozenset({*RECORD_COLUMNS, *PARTICIPANT_COLUMNS, *SERVICE_USE_COLUMNS, "indicator"})
_ITEM_NAME = re.compile(r"^[a-z][a-z0-9]*_[a-z0-9_]+$")
_GROUP_WORDS = re.compile(
    r"\b(partner|mum|mother|dad|father|husband|wife|her|him|baseline|before|after|pre|post|start"
    r"|end|follow|wave|time|session|month|year|week|t\s?\d)",
    re.IGNORECASE,
)

Texts = Mapping[int, str]  # column -> the text that stands in it


def find_header(grid: Grid, rows: Sequence[int] | np.ndarray) -> tuple[int, ...]:
    """The header rows among the first of these rows (all of which hold something)."""
    looked_at = [int(row) for row in rows[:_ROWS_LOOKED_AT]]
    if not looked_at:
        return ()
    canonical = next((r for r in looked_at if is_canonical(grid, r, first=looked_at[0])), None)
    if canonical is not None:
        names = [text.casefold() for text in grid.texts(canonical).values()]
        distinct = len(set(names)) == len(names)
        return (canonical,) if distinct else _with_upper_rows(grid, (canonical,), looked_at)
    main = _main_row(grid, looked_at)
    return _with_upper_rows(grid, _with_lower_rows(grid, main, looked_at), looked_at)


def is_canonical(grid: Grid, row: int, *, first: int) -> bool:
    """Whether a row is the header of the canonical spreadsheet.

    ``participant`` may also be an answer: below the first row, another of our names has to stand
    beside it.
    """
    names = {text.casefold() for text in grid.texts(row).values()}
    if "participant" not in names:
        return False
    others = names - {"participant"}
    return row == first or any(n in _CANONICAL or _ITEM_NAME.match(n) for n in others)


def header_share(cells: Mapping[int, Cell]) -> float:
    """The share of a row's cells that can name a column: words, or items numbered in a row."""
    if not cells:
        return 0.0
    kinds = [kind_of(cell) for cell in cells.values()]
    numbers = [c for c, k in zip(cells.values(), kinds, strict=True) if k == "number"]
    counted = _count_up([header_text(number) for number in numbers])
    good = kinds.count("text") + (len(numbers) if counted else 0)
    return good / len(kinds)


def _count_up(texts: Sequence[str]) -> bool:
    """Whether these are whole numbers that follow one another, as the numbers of items do."""
    if len(texts) < 2 or not all(text.isdecimal() and len(text) < 5 for text in texts):
        return False
    numbers = [int(text) for text in texts]
    return all(b == a + 1 for a, b in pairwise(numbers))


def _main_row(grid: Grid, rows: Sequence[int]) -> int:
    """The row that names most columns: the first one, unless it looks like a title."""
    width = max(int(grid.filled[row - 1]) for row in rows)
    if _is_plain_header(grid, rows[0], width):
        return rows[0]
    scores = {row: _score(grid, row, rows[position + 1 :], width)
              for position, row in enumerate(rows[:-1])
              if _only_titles_above(grid, row, rows[:position])}  # fmt: skip
    best = max(scores, key=lambda row: scores[row], default=rows[0])
    return best if scores.get(best, 0.0) > 0 else rows[0]


def _only_titles_above(grid: Grid, row: int, above: Sequence[int]) -> bool:
    """Whether what stands above may be left out: nothing much, but for groups right above."""
    few = max(1, int(grid.filled[row - 1]) // 2)
    return all(
        grid.filled[r - 1] <= few or (r >= row - 2 and header_share(grid.cells(r)) == 1.0)
        for r in above
    )


def _is_plain_header(grid: Grid, row: int, width: int) -> bool:
    cells = grid.cells(row)
    texts = list(grid.texts(row).values())
    if len(cells) < max(min(2, width), _FULL_ENOUGH * width):
        return False
    labelled = any(text.endswith(":") for text in texts)  # "Site:", "Luton": a title in cells
    return not labelled and header_share(cells) == 1.0 and _mostly_distinct(texts)


def _mostly_distinct(texts: Sequence[str]) -> bool:
    return len({text.casefold() for text in texts}) >= 0.8 * len(texts)


def _score(grid: Grid, row: int, below: Sequence[int], width: int) -> float:
    """How much a row looks like a header; 0 = not at all."""
    cells = grid.cells(row)
    texts = list(grid.texts(row).values())
    if len(cells) < min(2, width) or any(text.endswith(":") for text in texts):
        return 0.0
    typed = _typed_below(grid, cells, below[:8])
    share = max(header_share(cells), typed)
    if share < 0.75 or not _mostly_distinct_in_groups(grid, row, texts):
        return 0.0
    return 2 * len(cells) / width + share + share_new(grid, row) + typed


def _mostly_distinct_in_groups(grid: Grid, row: int, texts: Sequence[str]) -> bool:
    """Distinct names; below groups each name may come once in each of them."""
    if _mostly_distinct(texts):
        return True
    above = grid.texts(row - 1) if row > 1 else {}
    return len({t.casefold() for t in texts}) * max(len(above), 1) >= 0.8 * len(texts)


def _typed_below(grid: Grid, cells: Mapping[int, Cell], below: Sequence[int]) -> float:
    """The share of a row's columns where words (or dates) stand over numbers or dates."""
    hits = 0
    for column, cell in cells.items():
        kind = kind_of(cell)
        kinds = [kind_of(grid.sheet.columns[column][row - 1]) for row in below]
        typed = [k for k in kinds if k in ("number", "date") and k != kind]
        same = [k for k in kinds if k == kind]
        hits += kind in ("text", "date") and len(typed) > len(same)
    return hits / len(cells) if cells else 0.0


def share_new(grid: Grid, row: int) -> float:
    """The share of a row's cells that do not come again in their column, as answers do."""
    columns = [c for c in grid.columns if grid.sheet.columns[c].codes[row - 1]]
    end = row + _ROWS_COUNTED
    once = 0
    for column in columns:
        codes = grid.sheet.columns[column].codes
        once += not (codes[row:end] == codes[row - 1]).any()
    return once / len(columns) if columns else 0.0


def _with_upper_rows(grid: Grid, header: tuple[int, ...], rows: Sequence[int]) -> tuple[int, ...]:
    while len(header) < MOST_HEADER_ROWS and header[0] - 1 in rows:
        upper = header[0] - 1
        if not _groups(grid, upper, header, is_below=False):
            break
        header = (upper, *header)
    return header


def _with_lower_rows(grid: Grid, main: int, rows: Sequence[int]) -> tuple[int, ...]:
    header: tuple[int, ...] = (main,)
    while len(header) < MOST_HEADER_ROWS and header[-1] + 1 in rows:
        lower = header[-1] + 1
        cells = grid.cells(lower)
        names = header_share(cells) == 1.0 and share_new(grid, lower) == 1.0
        has_data = lower + 1 <= grid.sheet.n_rows and grid.filled[lower] > 0
        if not (names and has_data and _groups(grid, header[-1], (lower,), is_below=True)):
            break
        header = (*header, lower)
    return header


def _groups(grid: Grid, upper: int, lower: tuple[int, ...], *, is_below: bool) -> bool:
    """Whether a row says what the columns below it have in common, and is no title.

    ``is_below``: it is the lower row that is in doubt; blanks in it prove nothing then, but there
    has to be a column that it alone names.
    """
    above = grid.texts(upper)
    labels = _joined_texts(grid, lower)
    used = [c for c in grid.columns if c in above or c in labels]
    merged = _merged_across(grid, upper)
    if header_share(grid.cells(upper)) < 1.0 or len(used) < 2 or not labels:
        return False
    covers_all = any(last - first + 1 >= len(used) for first, last in merged.values())
    spread = fill_right(grid, upper, above, labels)
    wide = {c for c in above if sum(spread.get(k) == above[c] for k in labels) > 1}
    if covers_all or not wide or (is_below and all(c in above for c in labels)):
        return False
    if not merged and _misplaced(labels, spread, above):
        return False
    starts_first = min(above) == used[0]
    if _told_apart(labels, spread) or len(merged) > 1:
        return True
    if len(above) == 1:
        return bool(merged) and not starts_first
    if any(_GROUP_WORDS.search(above[c]) for c in wide):
        return True
    return not is_below and len(above) > 2 and any(c not in labels for c in above)


def _told_apart(labels: Texts, spread: Texts) -> bool:
    """Whether labels that come twice are different columns once the upper row is read too."""
    plain = [text.casefold() for text in labels.values()]
    joined = {(spread.get(c, ""), text.casefold()) for c, text in labels.items()}
    return len(set(plain)) < len(plain) and len(joined) > len(set(plain))


def _misplaced(labels: Texts, spread: Texts, above: Texts) -> bool:
    """Whether upper texts seem to stand in the middle of their groups: no telling how far they go.

    Then a label that comes again has no group, or shares the one of the column of codes.
    """
    times = Counter(text.casefold() for text in labels.values())
    first = min(labels)
    own = above.get(first, "") if times[labels[first].casefold()] == 1 else ""
    if _GROUP_WORDS.search(own):
        own = ""
    return any(
        times[text.casefold()] > 1 and spread.get(column, "") in ("", own)
        for column, text in labels.items()
    )


def _joined_texts(grid: Grid, rows: Sequence[int]) -> dict[int, str]:
    """What some header rows say of each column, without any filling."""
    found: dict[int, str] = {}
    for row in rows:
        for column, text in grid.texts(row).items():
            found[column] = f"{found[column]} {text}" if column in found else text
    return found


def _merged_across(grid: Grid, row: int) -> dict[int, tuple[int, int]]:
    """The merged ranges over several columns that a row's cells belong to, by first column."""
    return {
        first: (first, last)
        for top, first, bottom, last in grid.sheet.merged
        if top <= row <= bottom and last > first and grid.sheet.columns[first].codes[top - 1]
    }


def fill_right(grid: Grid, row: int, above: Texts, labels: Texts) -> dict[int, str]:
    """An upper row's texts for every column they are about.

    A merged cell reaches over its range, any other to the next filled cell; in a row with merged
    cells only where the label below would not tell columns apart. Columns without a label below
    are never filled.
    """
    merged = _merged_across(grid, row)
    times = Counter(text.casefold() for text in labels.values())
    starts = sorted(above)
    result = dict(above)
    before: list[str] = []  # the labels of the group before
    for position, start in enumerate(starts):
        end = starts[position + 1] if position + 1 < len(starts) else grid.columns[-1] + 1
        if start in merged:
            end = min(end, merged[start][1] + 1)
        reach = [c for c in range(start + 1, end) if c in labels]
        if merged and start not in merged:
            reach = [c for c in reach if times[labels[c].casefold()] > 1]
        if start not in merged and position + 1 == len(starts):
            reach = _as_long_as(before, [start, *reach], labels)[1:]
        before = [labels.get(c, "").casefold() for c in (start, *reach)]
        result |= dict.fromkeys(reach, above[start])
    return result


def _as_long_as(pattern: list[str], columns: list[int], labels: Texts) -> list[int]:
    """The last group ends where it has repeated the labels of the one before."""
    own = [labels.get(c, "").casefold() for c in columns]
    repeats = len(pattern) > 1 and own[: len(pattern)] == pattern
    return columns[: len(pattern)] if repeats else columns


def join_header(
    grid: Grid, rows: Sequence[int], n_columns: int
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What each column is called, and what the upper header rows alone say of it."""
    if not rows:
        return ("",) * n_columns, ("",) * n_columns
    labels = grid.texts(rows[-1])
    groups: dict[int, str] = {}
    for row in reversed(rows[:-1]):
        above = grid.texts(row)
        spread = fill_right(grid, row, above, labels)
        for column, text in spread.items():
            if column not in labels:
                labels[column] = text
                continue
            labels[column] = f"{text} {labels[column]}"
            groups[column] = f"{text} {groups[column]}" if column in groups else text
    header = tuple(labels.get(column, "") for column in range(n_columns))
    return header, tuple(groups.get(column, "") for column in range(n_columns))
