"""How many people averages of whole-number scores can be of, by the decimals they have."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from evaluation.analysis.effect import hedges_correction
from evaluation.config import DisclosureRule

# So many people, and a size may be given with one decimal.
FEW = 18
_POINTS = ("mean_before", "sd_before", "mean_after", "sd_after", "raw_change", "improvement")


def numbers_that_fit(effects: pd.DataFrame, rule: DisclosureRule) -> dict[int, list[int]]:
    """For each row with averages the numbers of people that its decimals allow."""
    found = {}
    for row, values in enumerate(effects.to_dict("records")):
        if values["n"] is None or pd.isna(values["n"]) or pd.isna(values["mean_before"]):
            continue
        n, half = int(values["n"]), (rule.round_to - 1) // 2
        candidates = range(max(n - half, rule.min_n), n + half + 1)
        found[row] = [m for m in candidates if fits(values, m)]
    return found


def fits(row: Mapping[str, object], n: int) -> bool:
    """Whether n whole-number scores can have these averages, spreads and this effect."""
    half = 0.5 * 10.0 ** -_decimals(row)
    before = _whole_sums(row["mean_before"], half, n)
    low, high = _within(row["raw_change"], half)
    # Where the row adds up as shown, the second average is the sum of two rounded numbers.
    added = float(row["mean_before"]) + float(row["raw_change"])  # type: ignore[arg-type]
    adds_up = abs(added - float(row["mean_after"])) < 1e-6  # type: ignore[arg-type]
    after = _whole_sums(row["mean_after"], 2 * half if adds_up else half, n)
    changes = (after[None, :] - before[:, None]) / n
    if not ((changes >= low) & (changes <= high)).any():
        return False
    for sums, spread in ((before, row["sd_before"]), (after, row["sd_after"])):
        if not any(_has_squares(int(total), n, _within(spread, half)) for total in sums):
            return False
    return _effect_fits(row, half, n)


def _decimals(row: Mapping[str, object]) -> int:
    """How many decimals the points of a row are given with."""
    shown = [float(row[name]) for name in _POINTS if pd.notna(row[name])]  # type: ignore[arg-type]
    return next(d for d in range(7) if d == 6 or np.allclose(np.round(shown, d), shown, atol=1e-9))


def _within(value: object, half: float) -> tuple[float, float]:
    return float(value) - half - 1e-9, float(value) + half + 1e-9  # type: ignore[arg-type]


def _whole_sums(mean: object, half: float, n: int) -> np.ndarray:
    low, high = _within(mean, half)
    return np.arange(np.ceil(low * n), np.floor(high * n) + 1)


def _has_squares(total: int, n: int, spread: tuple[float, float]) -> bool:
    """Whether squares of whole numbers with this total can have this standard deviation."""
    low, high = (max(s, 0.0) ** 2 * (n - 1) + total**2 / n for s in spread)
    first = int(np.ceil(low - 1e-6))
    first += (first - total) % 2  # a whole number and its square are odd or even together
    return first <= high + 1e-6


def _effect_fits(row: Mapping[str, object], half: float, n: int) -> bool:
    if pd.isna(row["g_pre"]):
        return True
    size = float(row["g_pre"])  # type: ignore[arg-type]
    low, high = _within(
        size, 0.05 if n < FEW and abs(size * 10 - round(size * 10)) < 1e-6 else 0.005
    )
    changes, spreads = _within(row["improvement"], half), _within(row["sd_before"], half)
    factor = float(hedges_correction(n - 1))
    ends = [factor * change / spread for change in changes for spread in spreads if spread > 0]
    return len(ends) < 4 or (min(ends) <= high and max(ends) >= low)
