"""Rows of one or more views under one numbering, on their way to the dataset."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from evaluation.ingest.problems import Place
from evaluation.model import Problem

REASON_NAMES = ("position", "instrument", "part", "reason")


@dataclass
class ParsedRows:
    """Rows of one or more views under one numbering.

    ``rows``: file, sheet, row, column (of the code) and what the columns say, all text columns
    present; ``table`` and ``at`` tell which table and which of its rows. ``answers`` and
    ``supplied``: float tables by instrument id, index = position in ``rows``; ``typed``: the
    numbers behind ``answers`` before anything was refused or recoded. ``reasons``: REASON_NAMES.
    ``dropped``: position and column of each refused cell. ``refused`` marks rows that cannot be
    used.
    """

    rows: pd.DataFrame
    answers: dict[str, pd.DataFrame] = field(default_factory=dict)
    supplied: dict[str, pd.DataFrame] = field(default_factory=dict)
    typed: dict[str, pd.DataFrame] = field(default_factory=dict)
    reasons: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=list(REASON_NAMES)))
    dropped: list[tuple[int, int]] = field(default_factory=list)
    refused: np.ndarray = field(default_factory=lambda: np.zeros(0, dtype=bool))
    problems: list[Problem] = field(default_factory=list)

    def place(self, position: int, column: int | None = None) -> Place:
        """Where a row came from: the given column, else the one of the participant's code."""
        wanted = ("file", "sheet", "row", "column")
        file, sheet, row, own = (self.rows[name].to_numpy()[position] for name in wanted)
        return Place(file, sheet, int(row), int(own) if column is None else column)


def select_rows(parsed: ParsedRows, keep: np.ndarray) -> ParsedRows:
    """The same rows, only those marked in ``keep``, numbered anew."""
    if keep.all():
        return parsed
    new = np.cumsum(keep) - 1
    kept = parsed.reasons["position"].map(lambda position: bool(keep[position]))
    reasons = parsed.reasons[kept.astype(bool)]
    return replace(
        parsed,
        rows=parsed.rows[keep].reset_index(drop=True),
        answers={k: t[keep].reset_index(drop=True) for k, t in parsed.answers.items()},
        supplied={k: t[keep].reset_index(drop=True) for k, t in parsed.supplied.items()},
        typed={k: t[keep].reset_index(drop=True) for k, t in parsed.typed.items()},
        reasons=reasons.assign(position=[int(new[p]) for p in reasons["position"]]),
        dropped=[(int(new[p]), c) for p, c in parsed.dropped if keep[p]],
        refused=parsed.refused[keep],
    )


def stack(parts: Sequence[ParsedRows]) -> ParsedRows:
    """Rows of several views as one table."""
    if len(parts) == 1:
        return parts[0]
    starts = np.cumsum([0] + [len(part.rows) for part in parts])
    total = range(int(starts[-1]))

    def joined(tables: Callable[[ParsedRows], dict[str, pd.DataFrame]]) -> dict[str, pd.DataFrame]:
        ids = dict.fromkeys(key for part in parts for key in tables(part))
        return {
            key: pd.concat(
                [
                    tables(part)[key].set_axis(range(starts[i], starts[i + 1]))
                    for i, part in enumerate(parts)
                    if key in tables(part)
                ]
            ).reindex(total)
            for key in ids
        }

    return ParsedRows(
        rows=pd.concat([part.rows for part in parts], ignore_index=True),
        answers=joined(lambda part: part.answers),
        supplied=joined(lambda part: part.supplied),
        typed=joined(lambda part: part.typed),
        reasons=pd.concat(
            [
                part.reasons.assign(position=part.reasons["position"].astype(int) + start)
                for part, start in zip(parts, starts, strict=False)
            ],
            ignore_index=True,
        ),
        dropped=[
            (position + int(start), column)
            for part, start in zip(parts, starts, strict=False)
            for position, column in part.dropped
        ],
        refused=np.concatenate([part.refused for part in parts]),
        problems=[problem for part in parts for problem in part.problems],
    )
