"""Rates of several sites together, and of events that happen to couples again and again."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from evaluation.analysis.clusters import checked_values, couple_codes
from evaluation.analysis.heterogeneity import Method
from evaluation.analysis.intervals import check_level, t_interval
from evaluation.analysis.pooling import Pool, pool_sites
from evaluation.analysis.proportions import checked_counts

NAN = float("nan")
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class PooledRate:
    """The rate of a typical site; ``logit`` holds everything on the scale it was pooled on."""

    rate: float
    low: float
    high: float
    low_hk: float
    high_hk: float
    prediction_low: float
    prediction_high: float
    logit: Pool


@dataclass(frozen=True, slots=True)
class ClusteredRate:
    """Events per occasion, with a standard error that knows the couples.

    ``n`` persons with at least one occasion, in ``n_couples``. ``reason``: ``N0`` nobody,
    ``G1`` one couple, ``SE0`` every couple has the same rate, so no interval.
    """

    n: int
    n_couples: int
    rate: float = NAN
    se: float = NAN
    low: float = NAN
    high: float = NAN
    reason: str = ""


def logit_rates(done: ArrayLike, n: ArrayLike) -> tuple[Floats, Floats]:
    """Logit of each site's rate and its variance: ``log(x / (n-x))`` and ``1/x + 1/(n-x)``.

    Where x or n - x is 0, one half is added to both, in that site only.

    Parameters
    ----------
    done, n : array_like, shape (k,)
        Counts with ``0 <= done <= n``.

    Returns
    -------
    y, v : ndarray, shape (k,)
        NaN where ``n`` is 0.

    Raises
    ------
    ValueError
        If a count is not allowed.

    Examples
    --------
    >>> y, v = logit_rates([5, 0], [10, 0])
    >>> y.tolist(), v.tolist()
    ([0.0, nan], [0.4, nan])
    """
    done, n = checked_counts(done, n)
    added = np.where((done == 0) | (done == n), 0.5, 0.0)
    yes = np.where(n > 0, done + added, NAN)
    no = np.where(n > 0, n - done + added, NAN)
    return np.log(yes / no), 1 / yes + 1 / no


def pool_rates(
    done: ArrayLike, n: ArrayLike, *, method: Method = "REML", level: float = 0.95
) -> PooledRate:
    """Random-effects average of the sites' rates, pooled as logits and turned back.

    Parameters
    ----------
    done, n : array_like, shape (k,)
        Counts with ``0 <= done <= n``; a site with nobody is dropped and counted.
    method : {"REML", "DL", "PM"}
        Estimator of the variance between sites.
    level : float
        Confidence level, between 0 and 1.

    Returns
    -------
    PooledRate
        The reason for what is NaN is ``logit.reason``.

    Raises
    ------
    ValueError
        If a count, ``method`` or ``level`` is not allowed.

    References
    ----------
    Schwarzer and others (2019), https://doi.org/10.1002/jrsm.1348, on why not Freeman-Tukey.

    Examples
    --------
    >>> pooled = pool_rates([10, 20, 30], [20, 40, 60])
    >>> pooled.rate, pooled.logit.tau2
    (0.5, 0.0)
    """
    y, v = logit_rates(done, n)
    pool = pool_sites(y, v, method=method, level=level)
    return PooledRate(
        rate=float(special.expit(pool.estimate)),
        low=float(special.expit(pool.low)),
        high=float(special.expit(pool.high)),
        low_hk=float(special.expit(pool.low_hk)),
        high_hk=float(special.expit(pool.high_hk)),
        prediction_low=float(special.expit(pool.prediction_low)),
        prediction_high=float(special.expit(pool.prediction_high)),
        logit=pool,
    )


def clustered_rate(
    events: ArrayLike, occasions: ArrayLike, cluster: ArrayLike, *, level: float = 0.95
) -> ClusteredRate:
    """Rate of events that are not independent, such as missed sessions: a ratio estimator.

    ``R = sum events / sum occasions`` with ``se = sqrt(G/(G-1) sum_g e_g**2) / sum occasions``,
    where ``e_g`` adds up ``events - R occasions`` over couple g; interval on t(G-1), kept
    within 0 and 1.

    Parameters
    ----------
    events, occasions : array_like, shape (n,)
        For each person, with ``0 <= events <= occasions``; nobody without occasions counts.
    cluster : array_like, shape (n,)
        Couple labels; a person alone has a label of their own.
    level : float
        Confidence level, between 0 and 1.

    Returns
    -------
    ClusteredRate

    Raises
    ------
    ValueError
        If the lengths differ, a count is not allowed, a label is blank, or ``level`` is not
        between 0 and 1.

    References
    ----------
    Cochran (1977), Sampling techniques, chapter 6.

    Examples
    --------
    >>> found = clustered_rate([1, 2, 0], [4, 4, 4], ["a", "a", "b"])
    >>> found.rate, round(found.se, 6), found.n_couples
    (0.25, 0.166667, 2)
    """
    check_level(level)
    counted, codes, _ = checked_values(events, cluster)
    offered, codes, _ = checked_values(occasions, codes)
    counted, offered = checked_counts(counted, offered)
    some = offered > 0
    counted, offered = counted[some], offered[some]
    codes, n_couples = couple_codes(codes[some])
    n = int(counted.size)
    if n == 0:
        return ClusteredRate(n=0, n_couples=0, reason="N0")
    rate = float(counted.sum() / offered.sum())
    if n_couples == 1:
        return ClusteredRate(n=n, n_couples=1, rate=rate, reason="G1")
    # Whole numbers until the division: couples with one rate then balance to exactly 0.
    excess = counted * offered.sum() - counted.sum() * offered
    totals = np.bincount(codes, weights=excess, minlength=n_couples)
    se = float(np.sqrt(n_couples / (n_couples - 1) * (totals @ totals)) / offered.sum() ** 2)
    if se == 0:
        return ClusteredRate(n=n, n_couples=n_couples, rate=rate, se=0.0, reason="SE0")
    low, high = t_interval(estimate=rate, se=se, df=n_couples - 1, level=level)
    return ClusteredRate(n, n_couples, rate, se, max(0.0, float(low)), min(1.0, float(high)))
