"""What sums tell of hidden counts, and which further counts have to be hidden with them.

Counts that are shown lie in their rounding intervals, hidden ones from 1 to ``hide_below`` - 1.
Each sum narrows its counts; narrowing is repeated until nothing changes. Where a hidden count
would be left with too few values, a count beside it is hidden too. The same people are counted in
many tables, so a reader is taken to know more than one table says: a total exactly, and every
other count that is shown to within one.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from evaluation.config import DisclosureRule
from evaluation.model import ALL_SITES

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Ends = tuple[NDArray[Any], NDArray[Any]]
# A total and the places of its parts.
Sum = tuple[int, Sequence[int]]
# So many values a hidden count is left with, for a reader who knows that much.
LEAST_VALUES = 3
_NEAR = 1
_ROUNDS = 12
_UNKNOWN = 1e6


def also_hidden(
    counts: Floats,
    sums: Sequence[Sum],
    rule: DisclosureRule,
    *,
    told: Bools | None = None,
) -> Bools:
    """Counts that must be hidden beside the small ones.

    Parameters
    ----------
    counts : (n,) exact counts; NaN where there is none
    sums : totals and parts by their place in ``counts``; those that do not hold are left alone
    rule : the thresholds
    told : counts that a reader knows exactly from elsewhere, so that nothing hides them here

    Returns
    -------
    (n,) bool
        Shown counts from which, by the sums, a small one would have fewer than three values.

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
    known = more.copy() if told is None else told
    signs = _signs(counts, sums)
    if not small.any() or not signs.size:
        return more
    first_low, first_high = _bounds(counts, rule, known)
    while True:
        low, high = np.where(more, 0.0, first_low), np.where(more, _UNKNOWN, first_high)
        low, high = _narrowed(signs, low, high)
        narrow = small & (high - low + 1 < LEAST_VALUES)
        beside = (signs[(signs[:, narrow] != 0).any(axis=1)] != 0).any(axis=0)
        can_go = beside & ~known & ~small & ~more & (counts > 0)
        if not narrow.any() or not can_go.any():
            return more
        # The parts before their total: a total is what is asked for most.
        is_total = (signs > 0).any(axis=0) & ~(signs < 0).any(axis=0)
        parts = can_go & ~is_total
        chosen = parts if parts.any() else can_go
        more[np.flatnonzero(chosen)[counts[chosen].argmin()]] = True


def parts_also_hidden(
    table: pd.DataFrame,
    total: str,
    parts: Sequence[str],
    rule: DisclosureRule,
    *,
    noughts: bool = True,
) -> pd.DataFrame:
    """The parts of each row that must be hidden beside its small ones, as `also_hidden` has it.

    The total is taken as known, whether it is shown here or not. Beside a small part a nought is
    hidden as well: if everything else left room for one person alone, that would be it. Without
    ``noughts`` only the others are looked for.
    """
    exact = table[[total, *parts]].apply(pd.to_numeric).to_numpy(float)
    places = list(range(1, exact.shape[1]))
    told = np.arange(exact.shape[1]) == 0
    rows = [also_hidden(row, [(0, places)], rule, told=told)[1:] for row in exact]
    found = np.array(rows, dtype=bool).reshape(exact[:, 1:].shape)
    if noughts:
        small = ((exact > 0) & (exact < rule.hide_below))[:, 1:].any(axis=1)
        found |= small[:, None] & (exact[:, 1:] == 0)
    return pd.DataFrame(found, index=table.index, columns=list(parts))


def totals_also_hidden(
    table: pd.DataFrame,
    columns: Sequence[str],
    by: Sequence[str],
    rule: DisclosureRule,
) -> pd.DataFrame:
    """Counts of all sites together from which a small one of a single site would follow.

    ``by``: the names of a row besides its site. Counts of a site that are not small are taken as
    known, for they may be shown in another table. What is hidden of a single site never depends on
    another, so that everybody sees the same of it. Nor may the total leave a count that is shown
    less room than rounding does, which hides few who are not counted in it: two sites shown as 15
    that together are shown as 25 would be of 13 and 14.
    """
    total = (table["site"] == ALL_SITES).to_numpy(bool)
    exact = table[list(columns)].apply(pd.to_numeric).to_numpy(float)
    result = np.zeros(exact.shape, dtype=bool)
    if not total.any() or total.all():
        return pd.DataFrame(result, index=table.index, columns=list(columns))
    names = [name for name in by if name in table and name != "site"]
    group = (
        table.groupby(names, dropna=False, sort=False).ngroup().to_numpy()
        if names
        else np.zeros(len(table), dtype=int)
    )
    for place in range(exact.shape[1]):
        result[:, place] = _total_tells(exact[:, place], group, total, rule)
    return pd.DataFrame(result, index=table.index, columns=list(columns))


def _total_tells(
    counts: Floats, group: NDArray[np.intp], total: Bools, rule: DisclosureRule
) -> Bools:
    """The totals that leave a count of a part too few values."""
    n = int(group.max()) + 1
    part = ~total & np.isfinite(counts)
    known = np.where(total, np.nan_to_num(counts), 0.0)
    whole = np.bincount(group, known, n)
    holds = whole == np.bincount(group[part], counts[part], n)
    holds &= np.bincount(group[total], minlength=n) == 1
    small = (counts > 0) & (counts < rule.hide_below)
    low, high = _bounds(counts, rule, np.zeros(counts.size, dtype=bool))
    narrow = small & _too_narrow(low, high, (whole, whole), group, part)
    low, high = _shown(counts, rule)
    of_all = (np.bincount(group[total], low[total], n), np.bincount(group[total], high[total], n))
    narrow |= (counts >= rule.hide_below) & _too_narrow(low, high, of_all, group, part)
    told = np.bincount(group[narrow & holds[group]], minlength=n) > 0
    return total & told[group] & (counts >= rule.hide_below)


def _too_narrow(
    low: Floats, high: Floats, whole: Ends, group: NDArray[np.intp], part: Bools
) -> Bools:
    """Parts that the other parts of a group and its ``whole``, from and to, leave few values."""
    n = whole[0].size
    least = np.bincount(group[part], low[part], n)[group] - low
    most = np.bincount(group[part], high[part], n)[group] - high
    upper = np.minimum(high, whole[1][group] - least)
    lower = np.maximum(low, whole[0][group] - most)
    return part & (upper - lower + 1 < LEAST_VALUES)


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


def _bounds(counts: Floats, rule: DisclosureRule, told: Bools) -> tuple[Floats, Floats]:
    """What a reader knows of each count by itself and from elsewhere."""
    known = np.nan_to_num(counts)
    low, high = _shown(counts, rule)
    shown = known >= rule.hide_below
    low = np.where(shown, np.maximum(low, known - _NEAR), low)
    high = np.where(shown, np.minimum(high, known + _NEAR), high)
    return np.where(told, known, low), np.where(told, known, high)


def _shown(counts: Floats, rule: DisclosureRule) -> tuple[Floats, Floats]:
    """What the released value of each count says of it: a rounded one, a hidden one, or nought."""
    known = np.nan_to_num(counts)
    base, half = rule.round_to, (rule.round_to - 1) // 2
    value = np.floor(known / base + 0.5) * base
    small = (known > 0) & (known < rule.hide_below)
    low = np.where(small, 1.0, np.maximum(value - half, rule.hide_below))
    high = np.where(small, rule.hide_below - 1.0, value + half)
    return np.where(known == 0, 0.0, low), np.where(known == 0, 0.0, high)


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
