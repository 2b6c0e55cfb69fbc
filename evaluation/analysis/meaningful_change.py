"""Change that matters to people: a minimal important difference, a share of the start, chance."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from evaluation.analysis.change_classes import side_of
from evaluation.analysis.change_inputs import direction_of
from evaluation.analysis.intervals import check_level, wilson_interval
from instruments.definition import Better

NAN = float("nan")

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class ChangeShares:
    """How many changed by at least a threshold, and the share of the improved and the worse.

    ``n`` is who can be judged; ``n_undefined`` who has both scores and cannot. The shares are of
    ``n``, with Wilson's interval. ``threshold`` is in points, or a share of the start.

    =============  =======================================================================
    N0             nobody can be judged
    PRE0           somebody started at 0 (or below), where a share of the start is undefined
    MID_MISSING    there is no threshold
    MID_RANGE      the threshold is not above 0
    NO_DIRECTION   neither direction of the scale is better
    =============  =======================================================================
    """

    threshold: float
    n: int
    n_undefined: int = 0
    improved: float = NAN
    unchanged: float = NAN
    deteriorated: float = NAN
    improved_share: float = NAN
    improved_low: float = NAN
    improved_high: float = NAN
    deteriorated_share: float = NAN
    deteriorated_low: float = NAN
    deteriorated_high: float = NAN
    reason: str = ""


def expected_by_chance(n: ArrayLike, *, level: float = 0.95) -> Floats | float:
    """How many would pass a two-sided rule in each direction if nobody had truly changed.

    Parameters
    ----------
    n : array_like
        People who were judged.
    level : float
        Two-sided level of the rule.

    Returns
    -------
    float or ndarray
        ``n (1 - level) / 2``, in people; 0.025 n at 0.95.

    Raises
    ------
    ValueError
        If ``level`` is not between 0 and 1.

    Examples
    --------
    >>> round(expected_by_chance(30), 6)
    0.75
    """
    check_level(level)
    expected = np.asarray(n, dtype=float) * (1 - level) / 2
    return float(expected) if expected.ndim == 0 else expected


def any_of_k(k: ArrayLike, *, level: float = 0.95) -> Floats | float:
    """The chance that at least one of ``k`` looks passes in one direction without true change.

    Parameters
    ----------
    k : array_like
        How many measures or waves are looked at.
    level : float
        Two-sided level of the rule.

    Returns
    -------
    float or ndarray
        ``1 - ((1 + level) / 2)**k``: 0.025 for one look, 0.0494 for two at 0.95. The looks are
        taken as independent; looks that share a start score are not quite, so that this is too
        many rather than too few.

    Raises
    ------
    ValueError
        If ``level`` is not between 0 and 1 or ``k`` is negative.

    Examples
    --------
    >>> [round(any_of_k(k), 6) for k in (0, 1, 2, 4)]
    [0.0, 0.025, 0.049375, 0.096312]
    """
    check_level(level)
    looks = np.asarray(k, dtype=float)
    if (looks < 0).any():
        raise ValueError(f"k={k!r}: a number of looks is not negative")
    chance = 1 - ((1 + level) / 2) ** looks
    return float(chance) if chance.ndim == 0 else chance


def anchor_change(
    before: ArrayLike,
    after: ArrayLike,
    *,
    better: Better,
    minimal_change: float | None,
    level: float = 0.95,
) -> ChangeShares:
    """Who changed by at least the smallest difference that matters to people.

    Parameters
    ----------
    before, after : array_like, shape (n,)
        Scores of the same people; only people with both scores count.
    better : {"higher", "lower", "neither"}
        Which way of the scale is better.
    minimal_change : float or None
        Published minimal important difference in points, above 0. A change of exactly that size
        counts, unlike a reliable change.
    level : float
        Level of the intervals of the shares.

    Returns
    -------
    ChangeShares
        Counts, shares and ``reason``.

    Raises
    ------
    ValueError
        If shapes differ, or ``better`` or ``level`` is not allowed.

    Examples
    --------
    >>> found = anchor_change([20, 15, 9], [10, 15, 14], better="lower", minimal_change=5)
    >>> found.improved, found.unchanged, found.deteriorated
    (1, 1, 1)
    """
    first, last = _with_both_scores(before, after)
    wanted = NAN if minimal_change is None else float(minimal_change)
    reason = "N0" if first.size == 0 else _threshold_reason(wanted)
    return _count(
        first,
        last,
        better=better,
        needed=np.full(first.shape, wanted),
        threshold=wanted,
        reason=reason,
        level=level,
    )


def percentage_change(
    before: ArrayLike,
    after: ArrayLike,
    *,
    better: Better,
    share: float | None,
    level: float = 0.95,
) -> ChangeShares:
    """Who changed by at least a given share of where they started.

    Parameters
    ----------
    before, after : array_like, shape (n,)
        Scores of the same people; only people with both scores count.
    better : {"higher", "lower", "neither"}
        Which way of the scale is better.
    share : float or None
        Smallest share of the score before, above 0, such as 0.5 for half. Inclusive.
    level : float
        Level of the intervals of the shares.

    Returns
    -------
    ChangeShares
        People who started at 0 or below are in ``n_undefined`` and in no other count, and
        ``reason`` says ``PRE0``: a share of nothing has no meaning, nor has one of a negative
        score.

    Raises
    ------
    ValueError
        If shapes differ, or ``better`` or ``level`` is not allowed.

    Examples
    --------
    >>> found = percentage_change([20, 10, 0], [10, 9, 5], better="lower", share=0.5)
    >>> found.n, found.improved, found.unchanged, found.n_undefined, found.reason
    (2, 1, 1, 1, 'PRE0')
    """
    first, last = _with_both_scores(before, after)
    judged = first > 0
    undefined = int((~judged).sum())
    wanted = NAN if share is None else float(share)
    reasons = ["PRE0"] if undefined else []
    if wrong := _threshold_reason(wanted):
        reasons.append(wrong)
    if not judged.any():
        reasons.append("N0")
    return _count(
        first[judged],
        last[judged],
        better=better,
        needed=wanted * first[judged],
        threshold=wanted,
        reason=";".join(reasons),
        undefined=undefined,
        level=level,
    )


def _count(
    first: Floats,
    last: Floats,
    *,
    better: Better,
    needed: Floats,
    threshold: float,
    reason: str,
    level: float,
    undefined: int = 0,
) -> ChangeShares:
    check_level(level)
    n = len(first)
    if better == "neither":
        return ChangeShares(threshold, n, undefined, reason="NO_DIRECTION")
    x = direction_of(better) * (last - first)
    if n and not threshold > 0:
        return ChangeShares(threshold, n, undefined, reason=reason)
    improved = int((side_of(x - needed, 0.0) >= 0).sum())
    worse = int((side_of(x + needed, 0.0) <= 0).sum())
    (low, worse_low), (high, worse_high) = np.transpose(
        [wilson_interval(count, n, level=level) for count in (improved, worse)]
    )
    return ChangeShares(
        threshold=threshold,
        n=n,
        n_undefined=undefined,
        improved=improved,
        unchanged=n - improved - worse,
        deteriorated=worse,
        improved_share=improved / n if n else NAN,
        improved_low=float(low),
        improved_high=float(high),
        deteriorated_share=worse / n if n else NAN,
        deteriorated_low=float(worse_low),
        deteriorated_high=float(worse_high),
        reason=reason,
    )


def _threshold_reason(threshold: float) -> str:
    if np.isnan(threshold):
        return "MID_MISSING"
    return "" if threshold > 0 else "MID_RANGE"


def _with_both_scores(before: ArrayLike, after: ArrayLike) -> tuple[Floats, Floats]:
    first, last = np.asarray(before, dtype=float), np.asarray(after, dtype=float)
    if first.shape != last.shape or first.ndim != 1:
        raise ValueError(f"before {first.shape} and after {last.shape}: need two equal lengths")
    both = np.isfinite(first) & np.isfinite(last)
    return first[both], last[both]
