"""What sums tell of hidden counts, and which further counts have to be hidden with them.

Counts that are shown lie in their rounding intervals, hidden ones from 1 to ``hide_below`` - 1.
Each sum narrows its counts; narrowing is repeated until nothing changes. Where a hidden count
would be left with too few values, the largest count beside it is hidden too.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from evaluation.config import DisclosureRule

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
# A total and the places of its parts.
Sum = tuple[int, Sequence[int]]
# One more than a reader must be left with: other tables of the same people tell a little as well.
LEAST_VALUES = 4
_ROUNDS = 12
_UNKNOWN = 1e6


def also_hidden(
    counts: Floats, sums: Sequence[Sum], rule: DisclosureRule, *, least: int = 0
) -> Bools:
    """Counts that must be hidden beside the small ones.

    Parameters
    ----------
    counts : (n,) exact counts; NaN where there is none
    sums : totals and parts by their place in ``counts``; those that do not hold are left alone
    rule : the thresholds
    least : the smallest total that is shown at all, which a reader knows

    Returns
    -------
    (n,) bool
        Shown counts from which, by the sums, a small one would have fewer than four values.
        "Six or seven" is let pass: it is what two rounded counts that are ten apart say, and no
        count of five or fewer follows from it.

    Examples
    --------
    Eleven people, of whom eight and three times one:

    >>> rule = DisclosureRule()
    >>> counts = np.array([11.0, 8.0, 1.0, 1.0, 1.0])
    >>> also_hidden(counts, [(0, [1, 2, 3, 4])], rule).tolist()
    [False, True, False, False, False]
    """
    small = (counts > 0) & (counts < rule.hide_below)
    more = np.zeros(counts.size, dtype=bool)
    if not small.any():
        return more
    signs = _signs(counts, sums)
    if not signs.size:
        return more
    first_low, first_high = _bounds(counts, rule)
    totals = (signs > 0).any(axis=0)
    first_low = np.where(totals & (first_low > 0), np.maximum(first_low, least), first_low)
    while True:
        low = np.where(more, 0.0, first_low)
        high = np.where(more, _UNKNOWN, first_high)
        low, high = _narrowed(signs, low, high)
        narrow = small & (high - low + 1 < LEAST_VALUES)
        narrow &= (low < rule.hide_below - 2) | (low == high)
        beside = (signs[(signs[:, narrow] != 0).any(axis=1)] != 0).any(axis=0)
        can_go = beside & ~small & ~more & (counts > 0)
        if not narrow.any() or not can_go.any():
            return more
        # The parts before their total: a total is what is asked for most.
        is_total = (signs > 0).any(axis=0) & ~(signs < 0).any(axis=0)
        parts = can_go & ~is_total
        chosen = parts if parts.any() else can_go
        more[np.flatnonzero(chosen)[counts[chosen].argmin()]] = True


def parts_also_hidden(
    table: pd.DataFrame, total: str, parts: Sequence[str], rule: DisclosureRule, *, least: int = 0
) -> pd.DataFrame:
    """The parts of each row that must be hidden beside its small ones, as `also_hidden` has it."""
    exact = table[[total, *parts]].apply(pd.to_numeric).to_numpy(float)
    places = list(range(1, exact.shape[1]))
    found = [also_hidden(row, [(0, places)], rule, least=least)[1:] for row in exact]
    shape = (len(table), len(parts))
    return pd.DataFrame(
        np.array(found, dtype=bool).reshape(shape), index=table.index, columns=list(parts)
    )


def _signs(counts: Floats, sums: Sequence[Sum]) -> Floats:
    """One row for each sum that holds: 1 for its total, -1 for its parts."""
    there = np.isfinite(counts)
    rows = []
    for total, parts in sums:
        known = [part for part in parts if there[part]]
        if known and there[total] and counts[known].sum() == counts[total]:
            row = np.zeros(counts.size)
            row[known], row[total] = -1.0, 1.0
            rows.append(row)
    return np.array(rows)


def _bounds(counts: Floats, rule: DisclosureRule) -> tuple[Floats, Floats]:
    """What a reader knows of each count by itself."""
    known = np.nan_to_num(counts)
    base, half = rule.round_to, (rule.round_to - 1) // 2
    shown = np.floor(known / base + 0.5) * base
    small = (known > 0) & (known < rule.hide_below)
    low = np.where(small, 1.0, np.maximum(shown - half, rule.hide_below))
    high = np.where(small, rule.hide_below - 1.0, shown + half)
    none = known == 0
    return np.where(none, 0.0, low), np.where(none, 0.0, high)


def _narrowed(signs: Floats, low: Floats, high: Floats) -> tuple[Floats, Floats]:
    """The same bounds after each sum has narrowed them, over and over."""
    there, positive = signs != 0, signs > 0
    for _ in range(_ROUNDS):
        least = np.where(there, np.where(positive, low, -high), 0.0)
        most = np.where(there, np.where(positive, high, -low), 0.0)
        # Each sum is nought, so one count is minus the others.
        at_most = -(least.sum(axis=1, keepdims=True) - least)
        at_least = -(most.sum(axis=1, keepdims=True) - most)
        upper = np.where(positive, at_most, -at_least)
        lower = np.where(positive, at_least, -at_most)
        new_high = np.minimum(high, np.where(there, upper, np.inf).min(axis=0))
        new_low = np.maximum(low, np.where(there, lower, -np.inf).max(axis=0))
        if (new_low == low).all() and (new_high == high).all():
            break
        low, high = new_low, new_high
    return low, high
