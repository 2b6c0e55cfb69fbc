"""Intervals that assume no shape: couples are drawn again, both partners staying together."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from evaluation.analysis.clusters import checked_values
from evaluation.analysis.effect import ROUNDING_SHARE, hedges_correction
from evaluation.analysis.intervals import check_level
from evaluation.analysis.later import special
from instruments.definition import Better

Array = NDArray[np.float64]

NAN = float("nan")
N_RESAMPLES = 1999
FEWEST_RESAMPLES = 1999
# Draws are worked through in blocks of about this many numbers.
_CELLS_AT_ONCE = 2_000_000
# Where more resamples than this have no value, the rest would tell a story of their own.
_MOST_UNDEFINED = 0.05


@dataclass(frozen=True, slots=True)
class BootstrapInterval:
    """An interval from resampled couples.

    ``method`` is ``bca`` or ``percentile`` (or empty, without an interval); ``reason`` is empty or
    says why not BCa, or why nothing:

    ==============  ============================================================================
    N0, G1          nobody, or one couple only
    NO_DIRECTION    neither direction of the scale is better
    SD0             no spread before, so no standardised change
    DF1             two persons only: the small-sample correction has no value
    BOOT_EQUAL      every resample gives the same value: an interval of no width
    Z0_INF          the estimate lies outside all resamples: percentile
    ACC_UNDEF       the acceleration cannot be worked out: percentile
    BOOT_UNDEF      too many resamples have no value
    ==============  ============================================================================
    """

    estimate: float
    low: float = NAN
    high: float = NAN
    se: float = NAN
    method: str = ""
    bias: float = NAN
    acceleration: float = NAN
    n_undefined: int = 0
    reason: str = ""


@dataclass(frozen=True, slots=True)
class PairedBootstrap:
    """Intervals for the mean improvement and for g_pre, from the same resamples."""

    improvement: BootstrapInterval
    g_pre: BootstrapInterval
    n: int
    n_couples: int


def stable_seed(*parts: str) -> int:
    """A seed that depends on names alone, so a number is the same on every machine and day.

    Parameters
    ----------
    *parts : str
        Such as site, instrument, scale and contrast.

    Returns
    -------
    int
        Below 2**64.

    Examples
    --------
    >>> stable_seed("Site A", "phq_9", "total", "baseline_end")
    9406318600055230066
    >>> stable_seed("ab", "c") == stable_seed("a", "bc")
    False
    """
    text = "\x1f".join(parts)
    return int.from_bytes(hashlib.sha256(text.encode("utf-8")).digest()[:8], "big")


def resampled_totals(
    totals: ArrayLike,
    *,
    seed: int,
    n_resamples: int = N_RESAMPLES,
    draws: ArrayLike | None = None,
) -> Array:
    """Add up couples drawn with replacement, as many as there are.

    Parameters
    ----------
    totals : array_like, shape (G, k)
        What each couple adds to k sums.
    seed : int
        From :func:`stable_seed`; not used with ``draws``.
    n_resamples : int
        How many times all couples are drawn.
    draws : array_like of int, shape (B, G), optional
        Rows of ``totals`` to use instead of drawing, counted from 0.

    Returns
    -------
    ndarray, shape (B, k)
        The k sums of every resample.

    Raises
    ------
    ValueError
        If ``n_resamples`` is below 1,999, or ``draws`` does not fit.

    Examples
    --------
    >>> resampled_totals([[1, 10], [2, 20]], seed=0, draws=[[0, 0], [1, 0]]).tolist()
    [[2.0, 20.0], [3.0, 30.0]]
    """
    table = np.asarray(totals, dtype=float)
    n_couples = len(table)
    given = None if draws is None else np.asarray(draws)
    if given is None and n_resamples < FEWEST_RESAMPLES:
        raise ValueError(f"n_resamples={n_resamples}: at least {FEWEST_RESAMPLES} are needed")
    if given is not None:
        fits = given.ndim == 2 and given.shape[1] == n_couples and given.dtype.kind in "iu"
        if not fits or (given < 0).any() or (given >= n_couples).any():
            raise ValueError(f"draws: need whole numbers 0 to {n_couples - 1}, shape (B, G)")
        n_resamples = len(given)
    random = np.random.default_rng(seed)
    rows = max(1, _CELLS_AT_ONCE // max(n_couples, 1))
    blocks = []
    for first in range(0, n_resamples, rows):
        size = min(rows, n_resamples - first)
        if given is None:
            block = random.integers(0, n_couples, size=(size, n_couples))
        else:
            block = given[first : first + size].astype(np.intp)
        places = (block + n_couples * np.arange(size)[:, None]).ravel()
        counts = np.bincount(places, minlength=size * n_couples).reshape(size, n_couples)
        blocks.append(counts.astype(float) @ table)
    return np.concatenate(blocks)


def bca_interval(
    replicates: ArrayLike, *, estimate: float, jackknife: ArrayLike, level: float = 0.95
) -> BootstrapInterval:
    r"""Bias-corrected and accelerated interval, else the percentile one with a reason.

    Parameters
    ----------
    replicates : array_like, shape (B,)
        The statistic in every resample; NaN where it has no value.
    estimate : float
        The statistic itself.
    jackknife : array_like, shape (G,)
        The statistic with one couple left out at a time.
    level : float
        Confidence level, between 0 and 1.

    Returns
    -------
    BootstrapInterval
        ``low``, ``high`` and ``se`` in the unit of the statistic.

    Raises
    ------
    ValueError
        If ``level`` is not between 0 and 1.

    Notes
    -----
    With B resamples :math:`t^*`, jackknife values :math:`t_{(g)}` and their mean,

    .. math::
        z_0 = \Phi^{-1}\frac{\#(t^* < t) + \#(t^* \le t)}{2B}, \quad
        a = \frac{\sum_g (\bar t - t_{(g)})^3}{6 (\sum_g (\bar t - t_{(g)})^2)^{3/2}}, \quad
        p = \Phi\Big(z_0 + \frac{z_0 + z}{1 - a (z_0 + z)}\Big)

    and the ends are the quantiles p of :math:`t^*` for the two z of the level.

    References
    ----------
    Efron (1987), Better bootstrap confidence intervals.

    Examples
    --------
    >>> found = bca_interval(range(101), estimate=50, jackknife=[49, 50, 51], level=0.9)
    >>> found.method, round(found.low, 6), round(found.high, 6)
    ('bca', 5.0, 95.0)
    """
    check_level(level)
    values = np.asarray(replicates, dtype=float)
    usable = values[np.isfinite(values)]
    lost = values.size - usable.size
    if not np.isfinite(estimate) or lost > _MOST_UNDEFINED * values.size or not usable.size:
        return BootstrapInterval(estimate, n_undefined=lost, reason="BOOT_UNDEF")
    tails = np.array([(1 - level) / 2, (1 + level) / 2])
    # Sums in another order differ in the last digit; a tie must stay one.
    near = ROUNDING_SHARE * max(abs(estimate), float(np.abs(usable).max()))
    equal = np.abs(usable - estimate) <= near
    below = float(((usable < estimate) & ~equal).sum() + equal.sum() / 2) / usable.size
    bias = float(special.ndtri(below))
    acceleration = _acceleration(np.asarray(jackknife, dtype=float), near)
    reason = ""
    if np.ptp(usable) <= near:
        reason = "BOOT_EQUAL"
    elif not np.isfinite(bias):
        reason = "Z0_INF"
    else:
        z = bias + special.ndtri(tails)
        if (1 - acceleration * z > 0).all():
            tails = special.ndtr(bias + z / (1 - acceleration * z))
        else:
            reason = "ACC_UNDEF"
    low, high = np.quantile(usable, tails)
    return BootstrapInterval(
        estimate=estimate,
        low=float(low),
        high=float(high),
        se=float(usable.std(ddof=1)) if usable.size > 1 else NAN,
        method="percentile" if reason else "bca",
        bias=bias,
        acceleration=acceleration,
        n_undefined=lost,
        reason=reason,
    )


def paired_bootstrap(
    before: ArrayLike,
    after: ArrayLike,
    cluster: ArrayLike,
    *,
    better: Better,
    seed: int,
    n_resamples: int = N_RESAMPLES,
    level: float = 0.95,
    draws: ArrayLike | None = None,
) -> PairedBootstrap:
    """BCa intervals by couple for the mean improvement and for g_pre.

    Parameters
    ----------
    before, after : array_like, shape (n,)
        Scores of the same persons, in the unit of the scale.
    cluster : array_like, shape (n,)
        Couple labels; a person alone has a label of their own.
    better : {"higher", "lower", "neither"}
        Which direction of the scale is an improvement.
    seed : int
        From :func:`stable_seed`, of site, instrument, scale and contrast.
    n_resamples : int
        How many resamples, at least 1,999.
    level : float
        Confidence level, between 0 and 1.
    draws : array_like of int, shape (B, G), optional
        Couples to draw, numbered in sorted order of their labels, instead of a random choice.

    Returns
    -------
    PairedBootstrap
        Improvement in points, g_pre = J(n-1) mean / SD before; each resample uses its own SD and
        its own number of persons.

    Raises
    ------
    ValueError
        If lengths differ, a score is not finite, a label is blank, or ``better``, ``level``,
        ``n_resamples`` or ``draws`` is not allowed.

    References
    ----------
    Efron (1987), Better bootstrap confidence intervals.

    Examples
    --------
    >>> found = paired_bootstrap([20, 14, 9, 16, 13, 18], [11, 12, 9, 8, 10, 11],
    ...                          [0, 0, 1, 2, 3, 4], better="lower", seed=1)
    >>> round(found.improvement.estimate, 6), found.improvement.method
    (4.833333, 'bca')
    """
    if better not in get_args(Better):
        raise ValueError(f"better={better!r}: allowed are {', '.join(get_args(Better))}")
    check_level(level)
    first, codes, n_couples = checked_values(before, cluster)
    last, _, _ = checked_values(after, codes)
    reason = _why_not(first.size, n_couples, better)
    if reason:
        nothing = BootstrapInterval(NAN, reason=reason)
        return PairedBootstrap(nothing, nothing, first.size, n_couples)
    x = (last - first) * (-1.0 if better == "lower" else 1.0)
    # Squares around the mean keep their digits wherever the scale begins.
    start = first - first.mean()
    rounding = ROUNDING_SHARE * max(float(np.abs(first).max()), float(np.abs(last).max()))
    x[np.abs(x) <= rounding] = 0.0
    start[np.abs(start) <= rounding] = 0.0
    parts = (np.ones(x.size), x, start, start**2)
    table = np.stack([np.bincount(codes, weights=part) for part in parts], axis=1)
    whole = table.sum(axis=0)
    drawn = resampled_totals(table, seed=seed, n_resamples=n_resamples, draws=draws)
    without = whole - table
    improvement, g_pre = (
        bca_interval(
            statistic(drawn, rounding),
            estimate=float(statistic(whole[None], rounding)[0]),
            jackknife=statistic(without, rounding),
            level=level,
        )
        for statistic in (_mean, _g_pre)
    )
    if x.size == 2 or not start.any():
        g_pre = BootstrapInterval(NAN, reason="SD0" if not start.any() else "DF1")
    return PairedBootstrap(improvement, g_pre, x.size, n_couples)


def _why_not(n: int, n_couples: int, better: Better) -> str:
    if n == 0:
        return "N0"
    if better == "neither":
        return "NO_DIRECTION"
    return "G1" if n_couples == 1 else ""


def _mean(sums: Array, _rounding: float) -> Array:
    return sums[:, 1] / sums[:, 0]


def _g_pre(sums: Array, rounding: float) -> Array:
    """NaN where nobody differed from anybody else before, or there are two persons only."""
    n, x, start, squares = sums.T
    df = np.where(n > 1, n - 1, np.nan)
    sd = np.sqrt(np.maximum(squares - start**2 / n, 0.0) / df)
    usable = np.where(sd > np.maximum(rounding, 1e-7 * np.abs(start / n)), sd, np.nan)
    return np.asarray(hedges_correction(df)) * (x / n) / usable


def _acceleration(jackknife: Array, near: float) -> float:
    apart = jackknife.mean() - jackknife if jackknife.size else np.array([NAN])
    if not np.isfinite(apart).all() or not (np.abs(apart) > near).any():
        return NAN
    return float((apart**3).sum() / (6 * (apart**2).sum() ** 1.5))
