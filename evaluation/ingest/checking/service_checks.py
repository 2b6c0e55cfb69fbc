"""What cannot be true of how support was used; the values are kept as typed, and somebody told."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from evaluation.ingest.checking.row_lists import listed_rows
from evaluation.ingest.parsed_rows import ParsedRows
from evaluation.ingest.problems import make_problem

Marks = NDArray[np.bool_]


def check_service_use(parsed: ParsedRows) -> None:
    """One note for each kind of contradiction in each sheet, with its rows."""
    for what, marked in _contradictions(parsed.rows).items():
        rows = parsed.rows[marked & ~parsed.refused]
        for _, sheet in rows.groupby(["file", "sheet"], sort=False):
            positions = sheet.index.tolist()
            parsed.problems.append(
                make_problem(
                    "service_contradiction", parsed.place(positions[0]),
                    what=what, rows=listed_rows(parsed, positions),
                )
            )  # fmt: skip


def _contradictions(rows: pd.DataFrame) -> dict[str, Marks]:
    """Where two cells of a row cannot both be right; a blank contradicts nothing."""
    offered, attended = _numbers(rows, "sessions_offered"), _numbers(rows, "sessions_attended")
    not_attended = [
        _numbers(rows, name).fillna(0) for name in ("sessions_cancelled", "sessions_dna")
    ]
    days = {name: pd.to_datetime(rows[name]) for name in ("referred_on", "started_on", "ended_on")}
    refused_it = rows["took_up"].eq(False)
    found = {
        "more sessions were attended than offered": attended > offered,
        "sessions attended, cancelled and missed are more than those offered": (
            (attended.fillna(0) + sum(not_attended) > offered) & ~(attended > offered)
        ),
        "more hours were used than offered": (
            _numbers(rows, "hours_used") > _numbers(rows, "hours_offered")
        ),
        "support ended before it began": days["ended_on"] < days["started_on"],
        "support began before the referral": days["started_on"] < days["referred_on"],
        "support was not taken up, yet sessions were attended": refused_it & (attended > 0),
    }
    return {what: marked.fillna(False).to_numpy(dtype=bool) for what, marked in found.items()}


def _numbers(rows: pd.DataFrame, name: str) -> pd.Series:
    return pd.to_numeric(rows[name])
