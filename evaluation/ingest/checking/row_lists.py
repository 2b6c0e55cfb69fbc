"""Rows, codes and counts as words of a sentence."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from evaluation.ingest.parsed_rows import ParsedRows

MOST_ROWS = 10


def listed_rows(parsed: ParsedRows, positions: Iterable[int], *, most: int = MOST_ROWS) -> str:
    """The rows at these positions as a person finds them: ``rows 3, 4 and 12 more``.

    Where they come from several sheets or files, each is named; a row that was read in several
    parts counts once.
    """
    at = list(positions)
    columns = [parsed.rows[name].to_numpy()[at].tolist() for name in ("file", "sheet", "row")]
    places = list(dict.fromkeys(zip(*columns, strict=True)))
    left = len(places) - most
    by_sheet = len({sheet for _, sheet, _ in places}) > 1
    by_file = len({file for file, _, _ in places}) > 1
    shown: dict[tuple[str, str], list[str]] = {}
    for file, sheet, row in places[:most]:
        shown.setdefault((file, sheet), []).append(str(row))
    parts = []
    for (file, sheet), numbers in shown.items():
        if left > 0 and not (by_sheet or by_file):
            numbers.append(f"{left} more")
        text = f"row{'s' if len(numbers) > 1 else ''} {joined(numbers)}"
        text += f" of sheet '{sheet}'" if by_sheet and sheet else ""
        parts.append(text + (f" of {file}" if by_file else ""))
    if left > 0 and (by_sheet or by_file):
        parts.append(f"and {left} more")
    return "; ".join(parts)


def joined(words: Sequence[str]) -> str:
    """``a``, ``a and b``, ``a, b and c``."""
    return " and ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else "".join(words)


def counted(number: int, one: str, many: str) -> str:
    """``1 person``, ``1,200 people``."""
    return f"{number:,} {one if number == 1 else many}"
