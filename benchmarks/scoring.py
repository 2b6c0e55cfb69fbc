"""Scoring against the least that any scoring has to do.

The floor is one sum and one count of blanks: ``np.nansum(X, 1)`` and ``np.isnan(X).sum(1)`` on a
C-ordered array. Scores, bands, status and reasons are included in ours.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.invented import answers
from benchmarks.measuring import FLOOR, INSTEAD, Bar, Prepare, Step, Way, Work
from instruments.registry import get
from instruments.scoring import score

ROWS, QUICK = (1_000, 10_000, 100_000, 1_000_000), (1_000, 20_000)


def _frame(instrument_id: str, values: np.ndarray) -> pd.DataFrame:
    numbers = [item.number for item in get(instrument_id).items]
    return pd.DataFrame(values, columns=numbers, copy=False)


def _ours(instrument_id: str) -> Prepare:
    def prepare(rows: int, folder: Path) -> Work:
        instrument, frame = get(instrument_id), _frame(instrument_id, answers(instrument_id, rows))
        return lambda: score(instrument, frame)

    return prepare


def _floor(instrument_id: str) -> Prepare:
    def prepare(rows: int, folder: Path) -> Work:
        values = answers(instrument_id, rows)

        def work() -> None:
            np.nansum(values, 1)
            np.isnan(values).sum(1)

        return work

    return prepare


def _pandas(instrument_id: str) -> Prepare:
    """As one would write it: a sum for each scale, a rule for blanks, a cut into bands."""

    def prepare(rows: int, folder: Path) -> Work:
        instrument, frame = get(instrument_id), _frame(instrument_id, answers(instrument_id, rows))
        return lambda: [_one_scale(frame, scale) for scale in instrument.scales if scale.items]

    return prepare


def _one_scale(frame: pd.DataFrame, scale: object) -> pd.DataFrame:
    items = frame[list(scale.items)]  # type: ignore[attr-defined]
    blank = items.isna().sum(axis=1)
    total = items.mean(axis=1).mul(items.shape[1]).where(blank <= items.shape[1] // 10)
    edges = [band.low for sets in scale.bands[:1] for band in sets.bands]  # type: ignore[attr-defined]
    band = pd.cut(total, [*edges, np.inf], right=False) if len(edges) > 1 else None
    return pd.DataFrame({"score": total, "blank": blank, "band": band})


def _step(name: str, instrument_id: str, what: str, bar: float) -> Step:
    return Step(
        name, what, "rows", ROWS, QUICK,
        ways=(
            Way("ours", _ours(instrument_id)),
            Way("two numpy passes", _floor(instrument_id), FLOOR),
            Way("pandas, scale by scale", _pandas(instrument_id), INSTEAD),
        ),
        bars=(Bar("two numpy passes", at_most=bar),),
    )  # fmt: skip


STEPS = (
    _step("score", "phq9", "PHQ-9: score, band, status and reason", 3.0),
    _step("score_many", "core_om", "CORE-OM: the same for six scales", 6.0),
)
