"""Whether the mean gain lasted, among the people with start, end and follow-up."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from evaluation.analysis.bootstrap import (
    N_RESAMPLES,
    BootstrapInterval,
    bca_interval,
    resampled_totals,
)
from evaluation.analysis.clusters import checked_values, clustered_se
from evaluation.analysis.effect import ROUNDING_SHARE
from evaluation.analysis.intervals import check_level, t_interval
from evaluation.analysis.noninferiority import (
    DEFAULT_MARGIN_SD,
    NonInferiority,
    assess_noninferiority,
)
from instruments.definition import Better

Array = NDArray[np.float64]
Codes = NDArray[np.intp]

NAN = float("nan")
# Stands for a share without bound: the gain of that resample is 0 or less.
_UNBOUNDED = 1e150


@dataclass(frozen=True, slots=True)
class RetainedShare:
    """Mean gain at follow-up as a share of the mean gain at the end, same people.

    Above 1 the gain grew. ``gain`` is the mean improvement from start to end in points, with its
    clustered interval. ``method`` is ``bca`` or ``percentile``. ``reason`` (joined by ``;``):

    ==============  ============================================================================
    N0, G1          nobody, or one couple only
    NO_DIRECTION    neither direction of the scale is better
    SD0, SE0        all gains are equal, or the couples balance exactly: no interval of the gain
    NO_GAIN         the interval of the gain holds 0 or lies below: no share of it
    BOOT_UNSTABLE   the share has no bound in too many resamples: no interval
    ==============  ============================================================================

    and the codes of :class:`evaluation.analysis.bootstrap.BootstrapInterval`.
    """

    n: int
    n_couples: int
    gain: float = NAN
    gain_low: float = NAN
    gain_high: float = NAN
    share: float = NAN
    low: float = NAN
    high: float = NAN
    method: str = ""
    reason: str = ""


def retained_share(
    start: ArrayLike,
    end: ArrayLike,
    follow_up: ArrayLike,
    cluster: ArrayLike,
    *,
    better: Better,
    seed: int,
    n_resamples: int = N_RESAMPLES,
    level: float = 0.95,
    draws: ArrayLike | None = None,
) -> RetainedShare:
    """Mean gain from start to follow-up divided by that from start to end, same people.

    Parameters
    ----------
    start, end, follow_up : array_like, shape (n,)
        Scores of the same people, in the unit of the scale.
    cluster : array_like, shape (n,)
        Couple labels; a person alone has a label of their own.
    better : {"higher", "lower", "neither"}
        Which direction of the scale is an improvement.
    seed : int
        From :func:`evaluation.analysis.bootstrap.stable_seed`.
    n_resamples : int
        How many times the couples are drawn, at least 1,999.
    level : float
        Confidence level, between 0 and 1.
    draws : array_like of int, shape (B, G), optional
        Couples to draw, numbered in sorted order of their labels, instead of a random choice.

    Returns
    -------
    RetainedShare
        The interval is BCa by couple, or percentile with the reason.

    Raises
    ------
    ValueError
        If shapes differ, a score is not finite, a label is blank, or another argument is not
        allowed.

    Examples
    --------
    >>> found = retained_share([20, 18, 22, 19, 21], [10, 9, 11, 12, 10], [12, 10, 14, 15, 11],
    ...                        [1, 1, 2, 3, 4], better="lower", seed=1)
    >>> round(found.gain, 6), round(found.share, 6)
    (9.6, 0.791667)
    """
    _check_direction(better)
    check_level(level)
    first, middle, last, codes, n_couples = _three(start, end, follow_up, cluster)
    n = first.size
    reason = _why_not(n, n_couples, better)
    if reason:
        return RetainedShare(n, n_couples, reason=reason)
    rounding = _rounding(first, middle, last)
    sign = -1.0 if better == "lower" else 1.0
    gain = _clean(sign * (middle - first), rounding)
    kept = _clean(sign * (last - first), rounding)
    mean = float(gain.mean())
    se, reason = _clustered(gain, codes, rounding)
    low, high = t_interval(estimate=mean, se=se, df=n_couples - 1, level=level)
    known = RetainedShare(n, n_couples, mean, float(low), float(high))
    # Equal gains have no interval, and leave no doubt that there is one or not.
    certain = low > 0 if not reason else reason == "SD0" and mean > 0
    if not certain:
        return replace(known, reason=f"{reason};NO_GAIN" if reason else "NO_GAIN")
    table = np.stack([np.bincount(codes, weights=part) for part in (gain, kept)], axis=1)
    whole = table.sum(axis=0)
    share = float(whole[1] / whole[0])
    drawn = resampled_totals(table, seed=seed, n_resamples=n_resamples, draws=draws)
    interval = _bounded(
        bca_interval(_ratios(drawn), estimate=share, jackknife=_ratios(whole - table), level=level)
    )
    return replace(
        known,
        share=share,
        low=interval.low,
        high=interval.high,
        method=interval.method,
        reason=";".join(code for code in (reason, interval.reason) if code),
    )


def noninferiority(
    end: ArrayLike,
    follow_up: ArrayLike,
    cluster: ArrayLike,
    *,
    better: Better,
    sd_pre: float,
    margin_in_sd: float = DEFAULT_MARGIN_SD,
    level: float = 0.95,
) -> NonInferiority:
    r"""Test that follow-up is not worse than the end by ``margin_in_sd`` SDs or more.

    Parameters
    ----------
    end, follow_up : array_like, shape (n,)
        Scores of the same people, in the unit of the scale.
    cluster : array_like, shape (n,)
        Couple labels; a person alone has a label of their own.
    better : {"higher", "lower", "neither"}
        Which direction of the scale is an improvement.
    sd_pre : float
        SD of the baseline scores of the analysis set, in points.
    margin_in_sd : float
        How many SDs of worsening count as nothing, above 0.
    level : float
        Confidence level; each test is one-sided at 1 - level.

    Returns
    -------
    NonInferiority
        ``improvement`` is that from end to follow-up. ``reason`` is ``N0``, ``G1``,
        ``NO_DIRECTION``, ``SD0`` (all changes, or all scores at the start, are equal) or ``SE0``.

    Raises
    ------
    ValueError
        If shapes differ, a score is not finite, a label is blank, ``sd_pre`` is negative,
        ``margin_in_sd`` is not above 0, or ``better`` or ``level`` is not allowed.

    Notes
    -----
    :func:`evaluation.analysis.noninferiority.assess_noninferiority` of the improvements from end
    to follow-up, with the margin :math:`0.2\, SD_{pre}`.

    Examples
    --------
    >>> found = noninferiority([10, 12, 9, 14, 11], [11, 12, 8, 13, 11], [1, 2, 3, 4, 5],
    ...                        better="lower", sd_pre=6)
    >>> round(found.improvement, 6), round(found.p, 4), found.not_worse
    (0.2, 0.01, True)
    """
    _check_direction(better)
    check_level(level)
    if sd_pre < 0 or not margin_in_sd > 0:
        raise ValueError(f"sd_pre={sd_pre!r}, margin_in_sd={margin_in_sd!r}: must be positive")
    first, last, _, codes, n_couples = _three(end, follow_up, end, cluster)
    n = first.size
    reason = _why_not(n, n_couples, better)
    if reason:
        return NonInferiority(n, n_couples, reason=reason)
    rounding = _rounding(first, last)
    x = _clean((-1.0 if better == "lower" else 1.0) * (last - first), rounding)
    margin = margin_in_sd * sd_pre if sd_pre > 0 else NAN
    _, reason = _clustered(x, codes, rounding)
    if reason or np.isnan(margin):
        return NonInferiority(n, n_couples, margin, float(x.mean()), reason=reason or "SD0")
    return assess_noninferiority(x, codes, margin=margin, level=level)


def _three(
    a: ArrayLike, b: ArrayLike, c: ArrayLike, cluster: ArrayLike
) -> tuple[Array, Array, Array, Codes, int]:
    first, codes, n_couples = checked_values(a, cluster)
    return first, checked_values(b, codes)[0], checked_values(c, codes)[0], codes, n_couples


def _check_direction(better: Better) -> None:
    if better not in get_args(Better):
        raise ValueError(f"better={better!r}: allowed are {', '.join(get_args(Better))}")


def _why_not(n: int, n_couples: int, better: Better) -> str:
    if n == 0:
        return "N0"
    if better == "neither":
        return "NO_DIRECTION"
    return "G1" if n_couples == 1 else ""


def _rounding(*scores: Array) -> float:
    return ROUNDING_SHARE * max(float(np.abs(values).max()) for values in scores)


def _clean(x: Array, rounding: float) -> Array:
    return np.where(np.abs(x) <= rounding, 0.0, x)


def _clustered(x: Array, codes: Codes, rounding: float) -> tuple[float, str]:
    """Standard error of the mean by couple, or why there is none."""
    if np.ptp(x) <= rounding:
        return NAN, "SD0"
    se = clustered_se(x - x.mean(), codes)
    return (se, "") if se > rounding else (NAN, "SE0")


def _ratios(sums: Array) -> Array:
    """Kept by gained; without bound where nothing was gained."""
    gain, kept = sums.T
    usable = gain > 0
    return np.where(usable, kept / np.where(usable, gain, 1.0), np.sign(kept) * _UNBOUNDED)


def _bounded(interval: BootstrapInterval) -> BootstrapInterval:
    ends = np.abs([interval.low, interval.high])
    if not (ends > _UNBOUNDED / 1e6).any():
        return interval
    return BootstrapInterval(interval.estimate, reason="BOOT_UNSTABLE")
