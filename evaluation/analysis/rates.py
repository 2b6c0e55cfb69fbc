"""Rates of several sites together; a rate over sessions is `service_use.clustered_ratio`."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from evaluation.analysis.heterogeneity import Method
from evaluation.analysis.later import special
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
