"""Shares: the exact interval, and differences between two of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from evaluation.analysis.intervals import check_level, wilson_interval
from evaluation.analysis.later import special

NAN = float("nan")
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class ShareDifference:
    """First share minus second, from -1 to 1; ``reason`` is ``N0`` where a group is empty."""

    estimate: float = NAN
    low: float = NAN
    high: float = NAN
    reason: str = ""


def clopper_pearson_interval(
    done: ArrayLike, n: ArrayLike, *, level: float = 0.95
) -> tuple[Floats | float, Floats | float]:
    """Interval for a share that is never too narrow, whatever the share.

    The ends are beta quantiles: ``B(alpha/2; done, n - done + 1)`` and
    ``B(1 - alpha/2; done + 1, n - done)``.

    Parameters
    ----------
    done, n : array_like
        Counts with ``0 <= done <= n``; they broadcast against each other.
    level : float
        Confidence level, between 0 and 1.

    Returns
    -------
    low, high : float or ndarray
        Exactly 0 where nobody and exactly 1 where everybody has done it; NaN where ``n`` is 0.

    Raises
    ------
    ValueError
        If a count is negative or not finite, if ``done`` exceeds ``n``, or if ``level`` is not
        between 0 and 1.

    References
    ----------
    Clopper & Pearson (1934), The use of confidence or fiducial limits.

    Examples
    --------
    >>> low, high = clopper_pearson_interval(2, 5)
    >>> round(low, 6), round(high, 6)
    (0.052745, 0.853367)
    """
    check_level(level)
    done, n = checked_counts(done, n)
    tail = (1 - level) / 2
    some, left = np.where(done > 0, done, 1.0), np.where(n > done, n - done, 1.0)
    low = np.where(done > 0, special.betaincinv(some, n - done + 1, tail), 0.0)
    high = np.where(n > done, special.betaincinv(done + 1, left, 1 - tail), 1.0)
    low, high = np.where(n > 0, low, NAN), np.where(n > 0, high, NAN)
    return (float(low), float(high)) if low.ndim == 0 else (low, high)


def newcombe_difference(
    *, done_first: int, n_first: int, done_second: int, n_second: int, level: float = 0.95
) -> ShareDifference:
    """Difference between the shares of two separate groups, from their Wilson intervals.

    ``D - sqrt((p1 - l1)**2 + (u2 - p2)**2)`` to ``D + sqrt((u1 - p1)**2 + (p2 - l2)**2)``.

    Parameters
    ----------
    done_first, n_first, done_second, n_second : int
        Counts with ``0 <= done <= n`` in each group.
    level : float
        Confidence level, between 0 and 1.

    Returns
    -------
    ShareDifference

    Raises
    ------
    ValueError
        If a count is not allowed, or ``level`` is not between 0 and 1.

    References
    ----------
    Newcombe (1998), Interval estimation for the difference between independent proportions.

    Examples
    --------
    >>> found = newcombe_difference(done_first=56, n_first=70, done_second=48, n_second=80)
    >>> round(found.estimate, 6), round(found.low, 6), round(found.high, 6)
    (0.2, 0.052431, 0.333873)
    """
    ends = _wilson_pair((done_first, n_first), (done_second, n_second), level)
    if n_first == 0 or n_second == 0:
        return ShareDifference(reason="N0")
    return _square_and_add(done_first / n_first, done_second / n_second, ends, phi=0.0)


def newcombe_paired_difference(
    *, both: int, only_first: int, only_second: int, neither: int, level: float = 0.95
) -> ShareDifference:
    """Difference between two shares of the same persons, such as before and after.

    As :func:`newcombe_difference` with the likeness of the two answers taken off:
    ``sqrt((p1 - l1)**2 - 2 phi (p1 - l1) (u2 - p2) + (u2 - p2)**2)``, where phi is the
    correlation of the two answers; a positive one is first drawn towards 0 by the continuity
    correction ``max(0, a d - b c - n/2)``.

    Parameters
    ----------
    both, only_first, only_second, neither : int
        How many persons have it both times, only the first, only the second, not at all.
    level : float
        Confidence level, between 0 and 1.

    Returns
    -------
    ShareDifference
        First minus second.

    Raises
    ------
    ValueError
        If a count is not allowed, or ``level`` is not between 0 and 1.

    References
    ----------
    Newcombe (1998), Improved confidence intervals for the difference between binomial
    proportions based on paired data (method 10).

    Examples
    --------
    >>> found = newcombe_paired_difference(both=36, only_first=12, only_second=2, neither=0)
    >>> round(found.estimate, 4), round(found.low, 4), round(found.high, 4)
    (0.2, 0.0569, 0.3404)
    """
    counts = np.array([both, only_first, only_second, neither], dtype=float)
    if not (np.isfinite(counts).all() and (counts >= 0).all()):
        raise ValueError("both, only_first, only_second, neither: counts of 0 or more")
    a, b, c, d = (float(count) for count in counts)
    n = a + b + c + d
    ends = _wilson_pair((a + b, n), (a + c, n), level)
    if n == 0:
        return ShareDifference(reason="N0")
    product = a * d - b * c
    if product > 0:
        product = max(0.0, product - n / 2)
    margins = (a + b) * (c + d) * (a + c) * (b + d)
    phi = product / np.sqrt(margins) if margins > 0 else 0.0
    return _square_and_add((a + b) / n, (a + c) / n, ends, phi=float(phi))


def mcnemar_exact(*, only_first: int, only_second: int) -> float:
    """Exact two-sided p that as many changed one way as the other.

    ``min(1, 2 P(X <= min(b, c)))`` with X binomial of ``b + c`` and one half.

    Parameters
    ----------
    only_first, only_second : int
        Persons who have it only the first time, and only the second.

    Returns
    -------
    float
        NaN where nobody changed.

    Raises
    ------
    ValueError
        If a count is negative or not whole.

    References
    ----------
    McNemar (1947), Note on the sampling error of the difference between correlated proportions,
    https://doi.org/10.1007/BF02295996.

    Examples
    --------
    >>> mcnemar_exact(only_first=5, only_second=0)
    0.0625
    """
    if only_first != int(only_first) or only_second != int(only_second):
        raise ValueError("only_first, only_second: whole counts are needed")
    if only_first < 0 or only_second < 0:
        raise ValueError("only_first, only_second: counts of 0 or more")
    changed = int(only_first + only_second)
    if changed == 0:
        return NAN
    return min(1.0, 2 * float(special.bdtr(min(only_first, only_second), changed, 0.5)))


def checked_counts(done: ArrayLike, n: ArrayLike) -> tuple[Floats, Floats]:
    """Counts that fit each other, in one shape; ``ValueError`` where they do not."""
    some, everybody = np.broadcast_arrays(np.asarray(done, dtype=float), np.asarray(n, dtype=float))
    if not (np.isfinite(some).all() and np.isfinite(everybody).all()):
        raise ValueError("done, n: every count must be a finite number")
    if (some < 0).any() or (some > everybody).any():
        raise ValueError("done, n: each pair must satisfy 0 <= done <= n")
    return some, everybody


def _wilson_pair(
    first: tuple[float, float], second: tuple[float, float], level: float
) -> tuple[Floats, Floats]:
    done, n = np.transpose([first, second])
    low, high = wilson_interval(done, n, level=level)
    return np.asarray(low), np.asarray(high)


def _square_and_add(
    first: float, second: float, ends: tuple[Floats, Floats], *, phi: float
) -> ShareDifference:
    (low_1, low_2), (high_1, high_2) = ends
    down = _reach(first - low_1, high_2 - second, phi)
    up = _reach(high_1 - first, second - low_2, phi)
    estimate = first - second
    return ShareDifference(estimate, float(estimate - down), float(estimate + up))


def _reach(one: float, other: float, phi: float) -> float:
    return float(np.sqrt(max(0.0, one**2 - 2 * phi * one * other + other**2)))
