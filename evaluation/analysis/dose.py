"""Sessions attended beside change: how the two go together, which is no proof of cause."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from evaluation.analysis.clusters import checked_values, clustered_se, couple_codes
from evaluation.analysis.intervals import check_level, t_interval
from evaluation.analysis.service_use import Figure, clustered_mean

NAN = float("nan")
FEWEST_FOR_A_LINE = 3


@dataclass(frozen=True, slots=True)
class DoseSlope:
    """Improvement for each further session, with its couple-clustered interval.

    ``reason``: ``N0`` nobody, ``FEW_FOR_LINE`` fewer than three persons, ``SAME_SESSIONS``
    everybody attended as many, ``G1`` one couple, ``SE0`` every point lies on the line.
    """

    n: int
    n_couples: int
    slope: float = NAN
    se: float = NAN
    low: float = NAN
    high: float = NAN
    reason: str = ""


@dataclass(frozen=True, slots=True)
class DoseBand:
    """The average improvement of people who attended about as many sessions."""

    label: str
    figure: Figure


def dose_slope(
    sessions: ArrayLike, improvement: ArrayLike, cluster: ArrayLike, *, level: float = 0.95
) -> DoseSlope:
    """Least-squares slope of improvement on sessions attended.

    ``b = sum (x - mean x)(y - mean y) / sum (x - mean x)**2``; its standard error is
    ``sqrt(G/(G-1) sum_g u_g**2) / sum (x - mean x)**2`` with ``u_g`` the sum over couple g of
    ``(x - mean x)`` times the residual; interval on t(G-1).

    Parameters
    ----------
    sessions : array_like, shape (n,)
        Sessions attended by each person.
    improvement : array_like, shape (n,)
        Change in points of the scale, positive = better.
    cluster : array_like, shape (n,)
        Couple labels; a person alone has a label of their own.
    level : float
        Confidence level, between 0 and 1.

    Returns
    -------
    DoseSlope
        In points for each session.

    Raises
    ------
    ValueError
        If the lengths differ, a value is not finite, a label is blank, or ``level`` is not
        between 0 and 1.

    References
    ----------
    Liang & Zeger (1986), https://doi.org/10.1093/biomet/73.1.13.

    Examples
    --------
    >>> dose_slope([2, 4, 6], [1.0, 3.0, 2.0], ["a", "b", "c"]).slope
    0.25
    """
    check_level(level)
    x, codes, n_couples = checked_values(sessions, cluster)
    y, codes, _ = checked_values(improvement, codes)
    n = int(x.size)
    if n < FEWEST_FOR_A_LINE:
        return DoseSlope(n, n_couples, reason="FEW_FOR_LINE" if n else "N0")
    apart = x - x.mean()
    total = float(apart @ apart)
    if np.ptp(x) == 0:
        return DoseSlope(n, n_couples, reason="SAME_SESSIONS")
    slope = float(apart @ (y - y.mean()) / total)
    if n_couples == 1:
        return DoseSlope(n, 1, slope, reason="G1")
    residual = y - y.mean() - slope * apart
    se = clustered_se(n * apart * residual / total, codes)
    if se <= 1e-12 * max(1.0, float(np.abs(y).max())):
        return DoseSlope(n, n_couples, slope, 0.0, reason="SE0")
    low, high = t_interval(estimate=slope, se=se, df=n_couples - 1, level=level)
    return DoseSlope(n, n_couples, slope, se, float(low), float(high))


def dose_bands(
    sessions: ArrayLike, improvement: ArrayLike, cluster: ArrayLike, *, level: float = 0.95
) -> list[DoseBand]:
    """Average improvement of the thirds who attended fewest, some and most sessions.

    The thirds are those of :func:`session_thirds`.

    Parameters
    ----------
    sessions, improvement, cluster, level
        As in :func:`dose_slope`.

    Returns
    -------
    list of DoseBand
        From fewest to most. Empty where there is nobody or everybody attended as many.

    Raises
    ------
    ValueError
        As :func:`dose_slope`.

    Examples
    --------
    >>> bands = dose_bands([1, 2, 3, 4, 5, 6], [0, 1, 2, 2, 3, 4], list("abcdef"))
    >>> [(band.label, band.figure.value) for band in bands]
    [('2 sessions or fewer', 0.5), ('3 to 4 sessions', 2.0), ('5 sessions or more', 3.5)]
    """
    check_level(level)
    x, codes, _ = checked_values(sessions, cluster)
    y, codes, _ = checked_values(improvement, codes)
    labels, third = session_thirds(x)
    return [
        DoseBand(label, _mean_of(y, codes, third == place, level))
        for place, label in enumerate(labels)
    ]


def session_thirds(sessions: ArrayLike) -> tuple[list[str], NDArray[np.intp]]:
    """Who belongs to the third that attended fewest, some or most sessions.

    The thirds divide at the quantiles 1/3 and 2/3 of the sessions attended; people with equal
    numbers stay together, so thirds may differ in size and there may be fewer than three.

    Parameters
    ----------
    sessions : array_like, shape (n,)
        Sessions attended by each person.

    Returns
    -------
    labels : list of str
        From fewest to most. They name the dividing numbers, never the extremes, which belong to
        single people. Empty where there is nobody or everybody attended as many.
    third : ndarray of int, shape (n,)
        Of each person the place in ``labels``; 0 for everybody where there are none.

    Raises
    ------
    ValueError
        If a number is not finite.

    Examples
    --------
    >>> labels, third = session_thirds([1, 2, 6, 8])
    >>> [labels[place] for place in third]
    ['2 sessions or fewer', '2 sessions or fewer', '3 to 6 sessions', '7 sessions or more']
    """
    x = np.asarray(sessions, dtype=float)
    if not np.isfinite(x).all():
        raise ValueError("sessions: each number must be finite; leave out whose is not known")
    if x.size == 0 or np.ptp(x) == 0:
        return [], np.zeros(x.size, dtype=np.intp)
    cuts = _cuts(x)
    return _labels(cuts), np.searchsorted(np.asarray(cuts, dtype=float), x)


def _cuts(x: NDArray[np.float64]) -> list[int]:
    """The largest number of sessions that occurs in each band but the last."""
    most = x.max()
    tops = {float(x[x <= third].max()) for third in np.quantile(x, [1 / 3, 2 / 3])}
    inside = sorted(int(top) for top in tops if top < most)
    return inside or [int(x[x < most].max())]


def _labels(cuts: Sequence[int]) -> list[str]:
    first, last = cuts[0], cuts[-1]
    middle = [f"{first + 1} to {last} sessions"] if len(cuts) > 1 and last > first + 1 else []
    if len(cuts) > 1 and last == first + 1:
        middle = [_sessions(last)]
    return [
        "no session" if first == 0 else f"{_sessions(first)} or fewer",
        *middle,
        f"{_sessions(last + 1)} or more",
    ]


def _sessions(number: int) -> str:
    return f"{number} {'session' if number == 1 else 'sessions'}"


def _mean_of(
    y: NDArray[np.float64], codes: NDArray[np.intp], here: NDArray[np.bool_], level: float
) -> Figure:
    return clustered_mean(y[here], couple_codes(codes[here])[0], level=level)
