"""How far sites differ beyond what their own sampling error explains."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from evaluation.analysis.intervals import check_level
from evaluation.analysis.later import optimize, special

Method = Literal["REML", "DL", "PM"]
Vector = NDArray[np.float64]

POINTS_OF_SCAN = 128
SMALLEST_OF_SCAN = 1e-8  # share of the largest value the variance can take


def cochran_q(y: Vector, v: Vector, *, tau2: float = 0.0) -> float:
    """Weighted sum of squares around the weighted mean: ``sum (y - mu)**2 / (v + tau2)``.

    Parameters
    ----------
    y, v : ndarray, shape (k,)
        Estimates of the sites and their sampling variances, all above 0.
    tau2 : float
        Variance between sites; 0 gives Cochran's Q.

    Returns
    -------
    float
        0 where all sites are equal.

    Examples
    --------
    >>> cochran_q(np.array([0.0, 2.0]), np.array([1.0, 1.0]))
    2.0
    """
    w = 1 / (v + tau2)
    apart = y - w @ y / w.sum()
    return float(w @ apart**2)


def between_site_variance(y: Vector, v: Vector, *, method: Method) -> float:
    """The variance between sites, tau2, never negative.

    * ``DL`` ``max(0, (Q - (k-1)) / (sum w - sum w**2 / sum w))`` with ``w = 1/v``
    * ``PM`` the root of ``sum (y - mu)**2 / (v + tau2) = k - 1``; 0 if ``Q <= k - 1``
    * ``REML`` the largest restricted likelihood among the roots of its derivative and 0; the
      derivative is scanned over the whole range it can have a root in, so that neither a slow
      nor an oscillating iteration can end in a wrong value

    Parameters
    ----------
    y, v : ndarray, shape (k,)
        Estimates of at least two sites and their sampling variances, all above 0.
    method : {"REML", "DL", "PM"}
        Estimator.

    Returns
    -------
    float
        In the squared unit of ``y``; to about 1e-14 of its size.

    Raises
    ------
    ValueError
        If ``method`` is not allowed or there are fewer than two sites.

    References
    ----------
    DerSimonian & Laird (1986), Meta-analysis in clinical trials. Paule & Mandel (1982),
    Consensus values and weighting factors. Viechtbauer (2005), Bias and efficiency of
    meta-analytic variance estimators, https://doi.org/10.3102/10769986030003261.

    Examples
    --------
    >>> between_site_variance(np.array([0.0, 2.0]), np.array([1.0, 1.0]), method="DL")
    1.0
    """
    if method not in get_args(Method):
        raise ValueError(f"method={method!r}: allowed are {', '.join(get_args(Method))}")
    if y.size < 2:
        raise ValueError(f"y has {y.size} sites: the variance between sites needs two")
    if method == "DL":
        w = 1 / v
        excess = cochran_q(y, v) - (y.size - 1)
        return max(0.0, float(excess / (w.sum() - w @ w / w.sum())))
    if method == "PM":
        return _variance_where_q_is(y, v, wanted=y.size - 1)
    return _reml(y, v)


def q_profile_interval(y: Vector, v: Vector, *, level: float = 0.95) -> tuple[float, float]:
    """Interval of tau2: the values at which Q lies between its chi-square quantiles.

    Parameters
    ----------
    y, v : ndarray, shape (k,)
        Estimates of at least two sites and their sampling variances, all above 0.
    level : float
        Confidence level, between 0 and 1.

    Returns
    -------
    low, high : float
        0 where even no variance at all gives a Q below the quantile.

    Raises
    ------
    ValueError
        If ``level`` is not between 0 and 1.

    References
    ----------
    Viechtbauer (2007), Confidence intervals for the amount of heterogeneity in meta-analysis,
    https://doi.org/10.1002/sim.2514.

    Examples
    --------
    >>> low, high = q_profile_interval(np.array([0.0, 2.0, 9.0]), np.ones(3))
    >>> round(low, 4), round(high, 2)
    (5.0542, 881.12)
    """
    check_level(level)
    df = y.size - 1
    tail = (1 - level) / 2
    low = _variance_where_q_is(y, v, wanted=float(special.chdtri(df, tail)))
    high = _variance_where_q_is(y, v, wanted=float(special.chdtri(df, 1 - tail)))
    return low, high


def i_squared(v: Vector, tau2: float) -> float:
    """Share of the variance of the sites' estimates that is between sites.

    ``tau2 / (tau2 + s2)`` with the typical sampling variance
    ``s2 = (k-1) sum w / ((sum w)**2 - sum w**2)``, ``w = 1/v``.

    Parameters
    ----------
    v : ndarray, shape (k,)
        Sampling variances of at least two sites, all above 0.
    tau2 : float
        Variance between sites.

    Returns
    -------
    float
        From 0 to 1.

    References
    ----------
    Higgins & Thompson (2002), Quantifying heterogeneity in a meta-analysis,
    https://doi.org/10.1002/sim.1186.

    Examples
    --------
    >>> i_squared(np.array([1.0, 1.0]), 3.0)
    0.75
    """
    w = 1 / v
    typical = (v.size - 1) * w.sum() / (w.sum() ** 2 - w @ w)
    return float(tau2 / (tau2 + typical))


def _variance_where_q_is(y: Vector, v: Vector, *, wanted: float) -> float:
    """Q falls as tau2 grows, so there is one root or, where Q is too small at 0, none."""
    if cochran_q(y, v) <= wanted:
        return 0.0
    # Q(tau2) <= sum (y - mean)**2 / (tau2 + smallest v), which bounds the root from above.
    most = float(((y - y.mean()) ** 2).sum()) / wanted - float(v.min())
    return _root(lambda tau2: cochran_q(y, v, tau2=tau2) - wanted, 0.0, most * 1.001)


def _reml(y: Vector, v: Vector) -> float:
    """All local maxima of the restricted likelihood, and of these the highest."""
    most = _largest_reml_root(y, v)
    if most <= 0:
        return 0.0
    at = np.concatenate([[0.0], np.geomspace(SMALLEST_OF_SCAN * most, most, POINTS_OF_SCAN)])
    slope = _reml_slope(y, v, at)
    tops = [
        _root(lambda tau2: float(_reml_slope(y, v, np.array([tau2]))[0]), at[i], at[i + 1])
        for i in np.flatnonzero((slope[:-1] > 0) & (slope[1:] <= 0))
    ]
    if slope[0] <= 0:
        tops.append(0.0)
    height = _restricted_likelihood(y, v, np.array(tops))
    return tops[int(np.argmax(height))]


def _largest_reml_root(y: Vector, v: Vector) -> float:
    """Beyond this the derivative is negative.

    With a = v + tau2, ``sum w**2 (y-mu)**2 <= SS / min(a)**2`` and the trace is at least
    ``(k-1) / max(a)``, so at a root ``min(a)**2 <= max(a) SS / (k-1)``.
    """
    spread = float(y.var(ddof=1))
    apart = float(v.max() - v.min())
    most = (spread + np.sqrt(spread**2 + 4 * apart * spread)) / 2 - float(v.min())
    return 1.001 * most


def _weighted(y: Vector, v: Vector, tau2: Vector) -> tuple[Vector, Vector]:
    """Weights and deviations, one row for each value of tau2."""
    w = 1 / (v + tau2[:, None])
    mu = (w @ y) / w.sum(axis=1)
    return w, y - mu[:, None]


def _reml_slope(y: Vector, v: Vector, tau2: Vector) -> Vector:
    """Twice the derivative of the restricted log likelihood."""
    w, apart = _weighted(y, v, tau2)
    trace = w.sum(axis=1) - (w**2).sum(axis=1) / w.sum(axis=1)
    return (w**2 * apart**2).sum(axis=1) - trace


def _restricted_likelihood(y: Vector, v: Vector, tau2: Vector) -> Vector:
    w, apart = _weighted(y, v, tau2)
    fit = (w * apart**2).sum(axis=1)
    return (np.log(w).sum(axis=1) - np.log(w.sum(axis=1)) - fit) / 2


def _root(function: Callable[[float], float], left: float, right: float) -> float:
    return float(
        optimize.brentq(function, left, right, xtol=1e-16 * right, rtol=1e-15, maxiter=500)
    )
