"""Counted and yes/no outcomes before and after: shares, ratios of counts and averages.

Partners and siblings are alike, so a couple changes as one: tests turn whole couples round, and
intervals use how couples, not persons, differ.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from evaluation.analysis.clusters import checked_values, clustered_se
from evaluation.analysis.exchange_test import turned_round_p
from evaluation.analysis.intervals import check_level, critical_t, t_interval
from evaluation.analysis.later import special
from evaluation.analysis.proportions import (
    clopper_pearson_interval,
    newcombe_paired_difference,
)

NAN = float("nan")
Floats = NDArray[np.float64]
# Fewer events than this at one of the times, and the interval is the exact one.
LEAST_EVENTS = 10


@dataclass(frozen=True, slots=True)
class PairedShares:
    """Yes or no of the same persons before and after; ``difference`` is after minus before.

    ``before`` and ``after`` are shares, ``only_before`` to ``neither`` persons. ``reason``: ``N0``
    nobody, ``N1`` one person, ``G1`` one couple, ``ALL_TIES`` nobody changed, so there is no p.
    """

    n: int
    n_couples: int
    only_before: int = 0
    only_after: int = 0
    both: int = 0
    neither: int = 0
    before: float = NAN
    after: float = NAN
    difference: float = NAN
    low: float = NAN
    high: float = NAN
    p: float = NAN
    reason: str = ""


@dataclass(frozen=True, slots=True)
class PairedCounts:
    """Counts of the same persons before and after: ``ratio`` = events after / events before.

    ``before`` and ``after`` are events for each person, ``only_before`` to ``neither`` persons with
    any event. ``method`` is how the interval of the ratio was made: ``linearised`` or ``exact``.
    ``reason``: ``N0``, ``N1``, ``G1``, ``ALL_TIES``; ``NO_EVENTS`` nothing happened at either
    time, ``NONE_BEFORE`` nothing before, so that the ratio has only a lower end.
    """

    n: int
    n_couples: int
    only_before: int = 0
    only_after: int = 0
    both: int = 0
    neither: int = 0
    before: float = NAN
    after: float = NAN
    difference: float = NAN
    low: float = NAN
    high: float = NAN
    p: float = NAN
    ratio: float = NAN
    ratio_low: float = NAN
    ratio_high: float = NAN
    method: Literal["", "linearised", "exact"] = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class PairedMeans:
    """Averages of the same persons before and after; ``difference`` is after minus before.

    ``reason``: ``N0``, ``N1``, ``G1``, or ``SE0`` where every couple changed alike.
    """

    n: int
    n_couples: int
    before: float = NAN
    after: float = NAN
    difference: float = NAN
    low: float = NAN
    high: float = NAN
    p: float = NAN
    reason: str = ""


def compare_shares(
    before: ArrayLike, after: ArrayLike, cluster: ArrayLike, *, level: float = 0.95
) -> PairedShares:
    """Change of a yes/no outcome, with McNemar's exact test and Newcombe's paired interval.

    With one person in each couple these are :func:`~evaluation.analysis.proportions.mcnemar_exact`
    and :func:`~evaluation.analysis.proportions.newcombe_paired_difference`. Where partners are
    among the persons, the test turns couples round
    (:func:`~evaluation.analysis.exchange_test.turned_round_p`), and the interval is that of the
    number of independent persons who would be as precise: all four counts divided by
    the design effect, ``deff = max(1, (clustered se / plain se)**2)`` of the mean change.

    Parameters
    ----------
    before, after : array_like, shape (n,)
        1 for yes and 0 for no.
    cluster : array_like, shape (n,)
        Couple labels; a person alone has a label of their own.
    level : float
        Confidence level, between 0 and 1.

    Returns
    -------
    PairedShares

    Raises
    ------
    ValueError
        If the lengths differ, a value is neither 0 nor 1, a label is blank, or ``level`` is not
        between 0 and 1.

    References
    ----------
    McNemar (1947), https://doi.org/10.1007/BF02295996. Newcombe (1998), Improved confidence
    intervals for the difference between binomial proportions based on paired data (method 10).
    Korn & Graubard (1998), Confidence intervals for proportions with small expected number of
    positive counts estimated from survey data, on the effective number of persons.

    Examples
    --------
    >>> found = compare_shares([1] * 5 + [0] * 5, [0] * 10, range(10))
    >>> found.only_before, found.difference, found.p
    (5, -0.5, 0.0625)
    """
    check_level(level)
    first, second, codes, n_couples = _checked(before, after, cluster)
    for name, values in (("before", first), ("after", second)):
        if not np.isin(values, (0, 1)).all():
            raise ValueError(f"{name}: every value must be 0 (no) or 1 (yes)")
    found = replace(PairedShares(first.size, n_couples), **_crossed(first, second))
    if found.n == 0:
        return replace(found, reason="N0")
    change = second - first
    found = replace(
        found,
        before=float(first.mean()),
        after=float(second.mean()),
        difference=float(change.mean()),
    )
    if n_couples == 1:
        return replace(found, reason="N1" if found.n == 1 else "G1")
    deff = _design_effect(change, codes, n_couples)
    interval = newcombe_paired_difference(
        both=found.both / deff,  # type: ignore[arg-type]
        only_first=found.only_after / deff,  # type: ignore[arg-type]
        only_second=found.only_before / deff,  # type: ignore[arg-type]
        neither=found.neither / deff,  # type: ignore[arg-type]
        level=level,
    )
    p = turned_round_p(change, codes)
    reason = "" if np.isfinite(p) else "ALL_TIES"
    return replace(found, low=interval.low, high=interval.high, p=p, reason=reason)


def compare_counts(
    before: ArrayLike, after: ArrayLike, cluster: ArrayLike, *, level: float = 0.95
) -> PairedCounts:
    """Ratio of events after to events before, of the same persons.

    ``R = sum after / sum before``. With at least LEAST_EVENTS events at both times its logarithm
    has the linearised, couple-clustered standard error of
    ``after_i / mean(after) - before_i / mean(before)`` and an interval on t(G-1). With fewer, the
    share of all events that came after has the Clopper-Pearson interval (p, and ``R = p/(1-p)``)
    for ``T**2 / sum_g T_g**2`` independent events, where couple g has ``T_g`` of all ``T``: events
    of one couple count as one. Where no couple has two, that is the exact conditional interval of
    two Poisson rates. p turns couples round
    (:func:`~evaluation.analysis.exchange_test.turned_round_p`).

    Parameters
    ----------
    before, after : array_like, shape (n,)
        Whole numbers of 0 or more, over equally long times.
    cluster : array_like, shape (n,)
        Couple labels; a person alone has a label of their own.
    level : float
        Confidence level, between 0 and 1.

    Returns
    -------
    PairedCounts

    Raises
    ------
    ValueError
        If the lengths differ, a value is no count, a label is blank, or ``level`` is not between
        0 and 1.

    References
    ----------
    Lajeunesse (2011), On the meta-analysis of response ratios for studies with correlated and
    multi-group designs, for the log ratio of paired means.
    Przyborowski & Wilenski (1940), Homogeneity of results in testing samples from Poisson series,
    for the conditional interval; Korn & Graubard (1998) for the effective number of events.

    Examples
    --------
    >>> found = compare_counts([3, 1, 0, 2], [1, 0, 0, 1], ["a", "b", "c", "d"])
    >>> found.ratio, found.before, found.only_before, found.method
    (0.3333333333333333, 1.5, 1, 'exact')
    """
    check_level(level)
    first, second, codes, n_couples = _checked(before, after, cluster)
    for name, values in (("before", first), ("after", second)):
        if ((values < 0) | (values != np.floor(values))).any():
            raise ValueError(f"{name}: every value must be a whole number of 0 or more")
    found = replace(PairedCounts(first.size, n_couples), **_crossed(first > 0, second > 0))
    if found.n == 0:
        return replace(found, reason="N0")
    means = compare_means(first, second, codes, level=level)
    found = replace(
        found,
        before=means.before,
        after=means.after,
        difference=means.difference,
        low=means.low,
        high=means.high,
    )
    if first.sum() + second.sum() == 0:
        return replace(found, reason="NO_EVENTS")
    none_before = "" if first.sum() else "NONE_BEFORE"
    ratio = float(second.sum() / first.sum()) if first.sum() else NAN
    if n_couples == 1:
        alone = "N1" if found.n == 1 else "G1"
        return replace(found, ratio=ratio, reason=";".join(filter(None, [alone, none_before])))
    p = turned_round_p(second - first, codes)
    reasons = [none_before, "" if np.isfinite(p) else "ALL_TIES"]
    low, high, method = _ratio_interval(first, second, codes, n_couples, level)
    return replace(
        found, ratio=ratio, ratio_low=low, ratio_high=high, p=p, method=method,
        reason=";".join(filter(None, reasons)),
    )  # fmt: skip


def compare_means(
    before: ArrayLike, after: ArrayLike, cluster: ArrayLike, *, level: float = 0.95
) -> PairedMeans:
    """Change of an average, with an interval and a p that know the couples, on t(G-1).

    Parameters
    ----------
    before, after : array_like, shape (n,)
        Finite numbers in one unit.
    cluster : array_like, shape (n,)
        Couple labels; a person alone has a label of their own.
    level : float
        Confidence level, between 0 and 1.

    Returns
    -------
    PairedMeans

    Raises
    ------
    ValueError
        If the lengths differ, a value is not finite, a label is blank, or ``level`` is not between
        0 and 1.

    Examples
    --------
    >>> found = compare_means([90.0, 80.0, 85.0], [92.0, 86.0, 86.0], ["a", "b", "c"])
    >>> found.difference, round(found.low, 4), round(found.high, 4)
    (3.0, -3.5724, 9.5724)
    """
    check_level(level)
    first, second, codes, n_couples = _checked(before, after, cluster)
    n = first.size
    if n == 0:
        return PairedMeans(0, 0, reason="N0")
    change = second - first
    # The mean of equal changes is that change, without a rounding error.
    difference = float(change[0]) if np.ptp(change) == 0 else float(change.mean())
    found = PairedMeans(n, n_couples, float(first.mean()), float(second.mean()), difference)
    if n_couples == 1:
        return replace(found, reason="N1" if n == 1 else "G1")
    se = 0.0 if np.ptp(change) == 0 else clustered_se(change - change.mean(), codes)
    if se <= 1e-12 * np.abs(change).max():
        return replace(found, reason="SE0")
    low, high = t_interval(estimate=difference, se=se, df=n_couples - 1, level=level)
    p = 2 * float(special.stdtr(n_couples - 1, -abs(difference) / se))
    return replace(found, low=float(low), high=float(high), p=p)


def _checked(
    before: ArrayLike, after: ArrayLike, cluster: ArrayLike
) -> tuple[Floats, Floats, NDArray[np.intp], int]:
    first, codes, n_couples = checked_values(before, cluster)
    second, _, _ = checked_values(after, codes)
    return first, second, codes, n_couples


def _crossed(first: NDArray, second: NDArray) -> dict[str, Any]:
    """How many have it only before, only after, both times and at no time."""
    had, has = first.astype(bool), second.astype(bool)
    return {
        "only_before": int((had & ~has).sum()),
        "only_after": int((~had & has).sum()),
        "both": int((had & has).sum()),
        "neither": int((~had & ~has).sum()),
    }


def _design_effect(change: Floats, codes: NDArray[np.intp], n_couples: int) -> float:
    """By how much couples make the mean change less certain; never less than 1."""
    if n_couples == change.size or np.ptp(change) == 0:
        # Couples who all changed alike tell nothing of their likeness: each counts once.
        return change.size / n_couples
    deviations = change - change.mean()
    plain = clustered_se(deviations, np.arange(change.size))
    return max(1.0, (clustered_se(deviations, codes) / plain) ** 2)


def _ratio_interval(
    first: Floats, second: Floats, codes: NDArray[np.intp], n_couples: int, level: float
) -> tuple[float, float, Literal["linearised", "exact"]]:
    events = (first.sum(), second.sum())
    if min(events) >= LEAST_EVENTS:
        influence = second / second.mean() - first / first.mean()
        se = clustered_se(influence, codes)
        if se > 1e-12:
            reach = float(critical_t(n_couples - 1, level=level)) * se
            middle = float(np.log(events[1] / events[0]))
            return float(np.exp(middle - reach)), float(np.exp(middle + reach)), "linearised"
    of_couple = np.bincount(codes, weights=first + second, minlength=n_couples)
    independent = of_couple.sum() ** 2 / (of_couple @ of_couple)
    share = events[1] / (events[0] + events[1])
    ends = clopper_pearson_interval(share * independent, independent, level=level)
    low, high = (float(end) for end in ends)
    return low / (1 - low), high / (1 - high) if high < 1 else NAN, "exact"
