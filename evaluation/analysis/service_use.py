"""Figures on the use of support: totals, shares, ratios and averages that know the couples."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from evaluation.analysis.clusters import checked_values, clustered_se, couple_codes
from evaluation.analysis.intervals import check_level, t_interval, wilson_interval

NAN = float("nan")
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure on ``n`` persons from ``n_couples`` couples.

    ``numerator`` and ``denominator`` are those of a share or a ratio. Not estimable is NaN, and
    ``reason`` says why: ``N0`` nobody, ``G1`` one couple only and ``SE0`` no spread between
    couples, so no interval.
    """

    n: int
    n_couples: int
    value: float = NAN
    low: float = NAN
    high: float = NAN
    numerator: float = NAN
    denominator: float = NAN
    reason: str = ""


@dataclass(frozen=True, slots=True)
class ImprovementCost:
    """What one reliably improved person cost; in the unit of the cost given.

    ``low`` and ``high`` come from the Wilson limits of the share who improved. ``if_alike`` is the
    cost if those not measured improved at the same rate. ``reason``: ``NOBODY_MEASURED``,
    ``NONE_IMPROVED`` (no figure and no upper end), ``NO_UPPER_END``.
    """

    per_improved: float = NAN
    low: float = NAN
    high: float = NAN
    if_alike: float = NAN
    reason: str = ""


def clustered_total(values: ArrayLike, cluster: ArrayLike) -> Figure:
    """Sum over persons, such as all sessions offered.

    Parameters
    ----------
    values : array_like, shape (n,)
        One amount for each person, all known.
    cluster : array_like, shape (n,)
        Couple labels; a person alone has a label of their own.

    Returns
    -------
    Figure
        Without an interval, because a total is counted and not estimated.

    Raises
    ------
    ValueError
        If the lengths differ, a value is not finite or a label is blank.

    Examples
    --------
    >>> clustered_total([4, 8, 6], ["a", "a", "b"]).value
    18.0
    """
    amounts, _, n_couples = checked_values(values, cluster)
    if amounts.size == 0:
        return Figure(0, 0, reason="N0")
    return Figure(int(amounts.size), n_couples, value=float(amounts.sum()))


def clustered_mean(values: ArrayLike, cluster: ArrayLike, *, level: float = 0.95) -> Figure:
    """Average over persons with an interval clustered by couple.

    ``mean x -+ t(G-1) sqrt(G/(G-1) sum_g (sum_i (x_i - mean x))**2) / n``.

    Parameters
    ----------
    values : array_like, shape (n,)
        One value for each person, in any unit.
    cluster : array_like, shape (n,)
        Couple labels; a person alone has a label of their own.
    level : float
        Confidence level, between 0 and 1.

    Returns
    -------
    Figure
        In the unit of ``values``.

    Raises
    ------
    ValueError
        If the lengths differ, a value is not finite, a label is blank, or ``level`` is not
        between 0 and 1.

    Examples
    --------
    >>> found = clustered_mean([6, 8, 10], ["a", "b", "c"])
    >>> found.value, round(found.low, 4), round(found.high, 4)
    (8.0, 3.0317, 12.9683)
    """
    check_level(level)
    x, codes, n_couples = checked_values(values, cluster)
    n = int(x.size)
    if n == 0:
        return Figure(0, 0, reason="N0")
    mean = float(x.mean())
    if n_couples == 1:
        return Figure(n, 1, mean, reason="G1")
    if np.ptp(x) == 0:
        return Figure(n, n_couples, mean, reason="SE0")
    se = clustered_se(x - mean, codes)
    if se <= 1e-12 * float(np.abs(x).max()):
        return Figure(n, n_couples, mean, reason="SE0")
    low, high = t_interval(estimate=mean, se=se, df=n_couples - 1, level=level)
    return Figure(n, n_couples, mean, float(low), float(high))


def clustered_share(yes: ArrayLike, cluster: ArrayLike, *, level: float = 0.95) -> Figure:
    """Share of persons, with Wilson's interval at the effective number of persons.

    ``n_effective = n / deff`` with ``deff = sum_g (sum_i e_i)**2 / sum_i e_i**2`` and ``e_i`` = 1
    or 0 minus the share, at least 1: partners who always do the same count once. Where everybody
    or nobody has it there is no spread to tell, and ``n_effective`` is the number of couples.
    Without partners this is Wilson's interval.

    Parameters
    ----------
    yes : array_like of bool, shape (n,)
        Whether each person has it; everybody's is known.
    cluster : array_like, shape (n,)
        Couple labels; a person alone has a label of their own.
    level : float
        Confidence level, between 0 and 1.

    Returns
    -------
    Figure
        From 0 to 1.

    Raises
    ------
    ValueError
        If the lengths differ, a label is blank, or ``level`` is not between 0 and 1.

    References
    ----------
    Dean & Pagano (2015), Evaluating confidence interval methods for binomial proportions in
    clustered surveys.

    Examples
    --------
    >>> found = clustered_share([True, True, False, False], ["a", "a", "b", "b"])
    >>> alone = clustered_share([True, False], ["a", "b"])
    >>> (found.value, found.low) == (alone.value, alone.low)
    True
    """
    check_level(level)
    flags, codes, n_couples = checked_values(np.asarray(yes, dtype=float), cluster)
    n = int(flags.size)
    if n == 0:
        return Figure(0, 0, reason="N0")
    done = float(flags.sum())
    # Whole numbers until the division, so that couples who balance give exactly 0.
    excess = flags * n - done
    totals = np.bincount(codes, weights=excess, minlength=n_couples)
    spread = float(excess @ excess)
    deff = n / n_couples if spread == 0 else max(1.0, float(totals @ totals) / spread)
    low, high = wilson_interval(done / deff, n / deff, level=level)
    return Figure(n, n_couples, done / n, float(low), float(high), done, float(n))


def clustered_ratio(
    part: ArrayLike, whole: ArrayLike, cluster: ArrayLike, *, level: float = 0.95
) -> Figure:
    """Ratio of two totals, such as sessions attended of sessions offered.

    ``R = sum part / sum whole`` with ``se = sqrt(G/(G-1) sum_g e_g**2) / sum whole``, ``e_g`` the
    sum of ``part - R whole`` over couple g, on t(G-1). A person's part may exceed the whole,
    because it was recorded so. The interval stays above 0, and below 1 unless a part exceeds its
    whole.

    Parameters
    ----------
    part, whole : array_like, shape (n,)
        Amounts of 0 or more for each person; nobody with a whole of 0 and a part of 0 counts.
    cluster : array_like, shape (n,)
        Couple labels; a person alone has a label of their own.
    level : float
        Confidence level, between 0 and 1.

    Returns
    -------
    Figure

    Raises
    ------
    ValueError
        If the lengths differ, an amount is negative or not finite, a label is blank, or ``level``
        is not between 0 and 1.

    References
    ----------
    Cochran (1977), Sampling techniques, chapter 6.

    Examples
    --------
    >>> found = clustered_ratio([3, 2, 4], [4, 4, 4], ["a", "a", "b"])
    >>> found.value, round(found.low, 3), found.high
    (0.75, 0.0, 1.0)
    """
    check_level(level)
    parts, codes, _ = checked_values(part, cluster)
    wholes, codes, _ = checked_values(whole, codes)
    if (parts < 0).any() or (wholes < 0).any():
        raise ValueError("part, whole: amounts of 0 or more are needed")
    some = (wholes > 0) | (parts > 0)
    parts, wholes = parts[some], wholes[some]
    codes, n_couples = couple_codes(codes[some])
    n = int(parts.size)
    numerator, denominator = float(parts.sum()), float(wholes.sum())
    if denominator == 0:
        return Figure(n, n_couples, reason="N0")
    ratio = numerator / denominator
    found = Figure(n, n_couples, ratio, numerator=numerator, denominator=denominator)
    if n_couples == 1:
        return replace(found, reason="G1")
    totals = np.bincount(
        codes, weights=parts * denominator - numerator * wholes, minlength=n_couples
    )
    se = float(np.sqrt(n_couples / (n_couples - 1) * (totals @ totals))) / denominator**2
    if se <= 1e-12 * max(ratio, 1.0):
        return replace(found, reason="SE0")
    low, high = t_interval(estimate=ratio, se=se, df=n_couples - 1, level=level)
    top = np.inf if (parts > wholes).any() else 1.0
    return replace(found, low=max(0.0, float(low)), high=min(top, float(high)))


def offered_sessions(
    offered: ArrayLike, attended: ArrayLike, cancelled: ArrayLike, dna: ArrayLike
) -> Floats:
    """Sessions offered; where blank, attended + cancelled + did not attend if all three are known.

    Parameters
    ----------
    offered, attended, cancelled, dna : array_like, shape (n,)
        Numbers of sessions of each person, NaN = not known.

    Returns
    -------
    ndarray, shape (n,)
        NaN where it is still not known: a blank is never 0.

    Examples
    --------
    >>> nan = float("nan")
    >>> offered_sessions([8, nan, nan], [6, 4, 4], [1, 0, nan], [1, 2, 2]).tolist()
    [8.0, 6.0, nan]
    """
    given = np.asarray(offered, dtype=float)
    parts = [np.asarray(one, dtype=float) for one in (attended, cancelled, dna)]
    return np.where(np.isnan(given), parts[0] + parts[1] + parts[2], given)


def sessions_contradict(
    offered: ArrayLike, attended: ArrayLike, cancelled: ArrayLike, dna: ArrayLike
) -> Flags:
    """Where more sessions were attended, cancelled and missed than were offered.

    Parameters
    ----------
    offered, attended, cancelled, dna : array_like, shape (n,)
        Numbers of sessions of each person, NaN = not known, which contradicts nothing.

    Returns
    -------
    ndarray of bool, shape (n,)

    Examples
    --------
    >>> nan = float("nan")
    >>> sessions_contradict([5, 5, nan], [6, 4, 9], [nan, 1, nan], [nan, nan, nan]).tolist()
    [True, False, False]
    """
    parts = np.vstack([np.asarray(one, dtype=float) for one in (attended, cancelled, dna)])
    used: Flags = np.nansum(parts, axis=0) > np.asarray(offered, dtype=float)
    return used


def ended_state(
    took_up: pd.Series, ended_on: pd.Series, ending: pd.Series, *, data_lock: object
) -> pd.Series:
    """How each person's support ended, as far as it is known at the data lock.

    Parameters
    ----------
    took_up : Series of boolean
        Whether each person took up support; may be NA.
    ended_on, ending : Series
        Date and kind of the ending; NaT and ``""`` where blank.
    data_lock : date
        Endings after it are not known of yet.

    Returns
    -------
    Series of str
        The ending; ``unknown`` = has ended, nobody noted how; ``not_ended`` = took up support and
        nothing says that it ended; ``""`` = not known to have begun.

    Examples
    --------
    >>> days = pd.Series(pd.to_datetime(["2025-01-10", "2025-01-10", None]))
    >>> yes = pd.Series([True, True, True], dtype="boolean")
    >>> ended_state(yes, days, pd.Series(["planned", "", ""]), data_lock="2025-06-30").tolist()
    ['planned', 'unknown', 'not_ended']
    """
    day = pd.to_datetime(ended_on)
    later = (day > pd.Timestamp(str(data_lock))).to_numpy(bool)
    named = ending.fillna("").astype(str).where(~later, "")
    over = day.notna().to_numpy(bool) & ~later
    began = took_up.fillna(False).to_numpy(bool)
    state = np.select(
        [(named != "").to_numpy(bool), over, began],
        [named.to_numpy(object), "unknown", "not_ended"],
        default="",
    )
    return pd.Series(state, index=ending.index, dtype=object)


def cost_per_improved(
    cost: float, *, n_measured: int, improved: int, n_unmeasured: int, level: float = 0.95
) -> ImprovementCost:
    """What one reliably improved person cost, counting those measured only.

    ``cost / improved``, which is also the cost if nobody else improved; from ``cost / (u n)`` to
    ``cost / (l n)`` with the Wilson limits l, u of ``improved / n``; and
    ``cost / (improved / n (n + n_unmeasured))`` if the others improved at the same rate.

    Parameters
    ----------
    cost : float
        What the support cost, above 0.
    n_measured, improved : int
        Persons with both scores, and how many of them reliably improved.
    n_unmeasured : int
        Persons who took up support and do not have both scores.
    level : float
        Confidence level, between 0 and 1.

    Returns
    -------
    ImprovementCost

    Raises
    ------
    ValueError
        If the cost is not above 0, a count is not allowed, or ``level`` is not between 0 and 1.

    Examples
    --------
    >>> found = cost_per_improved(50_000, n_measured=40, improved=20, n_unmeasured=10)
    >>> found.per_improved, found.if_alike
    (2500.0, 2000.0)
    """
    if not (np.isfinite(cost) and cost > 0):
        raise ValueError(f"cost={cost!r}: a sum above 0 is needed")
    if not 0 <= improved <= n_measured or n_unmeasured < 0:
        raise ValueError("improved, n_measured, n_unmeasured: 0 <= improved <= n_measured")
    low, high = wilson_interval(improved, n_measured, level=level)
    if n_measured == 0:
        return ImprovementCost(reason="NOBODY_MEASURED")
    least = cost / (float(high) * n_measured)
    if improved == 0:
        return ImprovementCost(low=least, reason="NONE_IMPROVED")
    reason = "" if low > 0 else "NO_UPPER_END"
    return ImprovementCost(
        per_improved=cost / improved,
        low=least,
        high=cost / (float(low) * n_measured) if low > 0 else NAN,
        if_alike=cost / (improved / n_measured * (n_measured + n_unmeasured)),
        reason=reason,
    )
