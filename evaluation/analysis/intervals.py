"""Confidence intervals from summary numbers: shares, means and the noncentral t."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from evaluation.analysis.later import special

Floats = NDArray[np.float64] | float

# Above this many pairs the normal approximation is right to 1e-7 of a standard deviation.
NORMAL_APPROXIMATION_ABOVE = 100_000
# Beyond this the library's series is slow and loses digits, so we integrate ourselves.
LARGEST_T_FOR_SERIES = 100.0
MOST_HALVINGS = 64
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(80)


def check_level(level: float) -> None:
    """Refuse, with ``ValueError``, what is not a confidence level between 0 and 1.

    Parameters
    ----------
    level : float
        Confidence level as a share, not in per cent.

    Examples
    --------
    >>> check_level(95)
    Traceback (most recent call last):
    ValueError: level=95: a confidence level lies between 0 and 1
    """
    if not 0 < level < 1:
        raise ValueError(f"level={level!r}: a confidence level lies between 0 and 1")


def critical_normal(level: float) -> float:
    """Two-sided critical value of the standard normal distribution.

    Parameters
    ----------
    level : float
        Confidence level, between 0 and 1.

    Returns
    -------
    float
        The quantile at ``(1 + level) / 2``.

    Raises
    ------
    ValueError
        If ``level`` is not between 0 and 1.

    Examples
    --------
    >>> round(critical_normal(0.95), 6)
    1.959964
    """
    return float(special.ndtri(_upper_tail_start(level)))


def critical_t(df: ArrayLike, *, level: float = 0.95) -> Floats:
    """Two-sided critical value of Student's t; NaN where ``df`` is below 1.

    Parameters
    ----------
    df : array_like
        Degrees of freedom.
    level : float
        Confidence level, between 0 and 1.

    Returns
    -------
    float or ndarray
        The quantile at ``(1 + level) / 2``, in the shape of ``df``.

    Raises
    ------
    ValueError
        If ``level`` is not between 0 and 1.

    Examples
    --------
    >>> round(critical_t(29), 6)
    2.04523
    """
    df = np.asarray(df, dtype=float)
    usable = np.where(df >= 1, df, np.nan)
    return _plain(special.stdtrit(usable, _upper_tail_start(level)))


def wilson_interval(done: ArrayLike, n: ArrayLike, *, level: float = 0.95) -> tuple[Floats, Floats]:
    """Score interval for a share.

    The ends are the shares p that solve ``(done/n - p)**2 = z**2 p (1 - p) / n``:
    ``(done + z**2/2 -+ z sqrt(done (n - done)/n + z**2/4)) / (n + z**2)``.

    Parameters
    ----------
    done, n : array_like
        Counts with ``0 <= done <= n``; they broadcast against each other.
    level : float
        Confidence level, between 0 and 1.

    Returns
    -------
    low, high : float or ndarray
        Shares within [0, 1]; exactly 0 where nobody and exactly 1 where everybody has done it;
        NaN where ``n`` is 0.

    Raises
    ------
    ValueError
        If a count is negative or not finite, if ``done`` exceeds ``n``, or if ``level`` is not
        between 0 and 1.

    References
    ----------
    Wilson (1927), Probable inference, the law of succession, and statistical inference.

    Examples
    --------
    >>> low, high = wilson_interval(2, 5)
    >>> round(low, 6), round(high, 6)
    (0.117621, 0.769276)
    """
    done, n = np.broadcast_arrays(np.asarray(done, dtype=float), np.asarray(n, dtype=float))
    if not (np.isfinite(done).all() and np.isfinite(n).all()):
        raise ValueError("done, n: every count must be a finite number")
    if (done < 0).any() or (done > n).any():
        raise ValueError("done, n: each pair must satisfy 0 <= done <= n")
    z = critical_normal(level)
    people = np.where(n > 0, n, np.nan)
    centre = done + z**2 / 2
    reach = z * np.sqrt(done * (people - done) / people + z**2 / 4)
    low = np.where(done == 0, 0.0, (centre - reach) / (people + z**2))
    high = np.where(done == n, 1.0, (centre + reach) / (people + z**2))
    low = np.where(n > 0, np.clip(low, 0.0, 1.0), np.nan)
    high = np.where(n > 0, np.clip(high, 0.0, 1.0), np.nan)
    return _plain(low), _plain(high)


def t_interval(
    *, estimate: ArrayLike, se: ArrayLike, df: ArrayLike, level: float = 0.95
) -> tuple[Floats, Floats]:
    """Interval ``estimate -+ t se`` with Student's t on ``df`` degrees of freedom.

    Parameters
    ----------
    estimate, se, df : array_like
        They broadcast against each other; ``se`` has the unit of ``estimate``.
    level : float
        Confidence level, between 0 and 1.

    Returns
    -------
    low, high : float or ndarray
        In the unit of ``estimate``; NaN where ``df`` is below 1, or ``se`` is 0 or NaN.

    Raises
    ------
    ValueError
        If ``level`` is not between 0 and 1.

    Examples
    --------
    >>> low, high = t_interval(estimate=16.466667, se=3.024795, df=29)
    >>> round(low, 4), round(high, 4)
    (10.2803, 22.6531)
    """
    estimate = np.asarray(estimate, dtype=float)
    se = np.asarray(se, dtype=float)
    reach = critical_t(df, level=level) * np.where(se > 0, se, np.nan)
    return _plain(estimate - reach), _plain(estimate + reach)


def mean_interval(
    *, mean: ArrayLike, sd: ArrayLike, n: ArrayLike, level: float = 0.95
) -> tuple[Floats, Floats]:
    """Interval for a mean of independent values: ``mean -+ t(n-1) sd / sqrt(n)``.

    Parameters
    ----------
    mean, sd, n : array_like
        They broadcast against each other; ``sd`` has the divisor n - 1.
    level : float
        Confidence level, between 0 and 1.

    Returns
    -------
    low, high : float or ndarray
        In the unit of ``mean``; NaN where ``n`` is below 2 or ``sd`` is 0.

    Raises
    ------
    ValueError
        If ``level`` is not between 0 and 1.

    Examples
    --------
    >>> low, high = mean_interval(mean=9.775, sd=11.0488136, n=40)
    >>> round(low, 4), round(high, 4)
    (6.2414, 13.3086)
    """
    n = np.asarray(n, dtype=float)
    people = np.where(n >= 2, n, np.nan)
    se = np.asarray(sd, dtype=float) / np.sqrt(people)
    return t_interval(estimate=mean, se=se, df=people - 1, level=level)


def noncentral_t_limits(
    t: ArrayLike, df: ArrayLike, *, level: float = 0.95
) -> tuple[Floats, Floats]:
    """Exact limits for the noncentrality of a t statistic.

    The lower limit L and the upper limit U solve ``P(T(df, L) <= t) = (1 + level)/2`` and
    ``P(T(df, U) <= t) = (1 - level)/2``; divided by ``sqrt(n)`` they bound the standardised mean
    change d_z. Found by bisection to about 1e-13 of ``1 + |t|``. Above 100,000 pairs the normal
    approximation ``t -+ z sqrt(1 + t**2 / (2 (df + 1)))`` is used.

    Parameters
    ----------
    t, df : array_like
        Statistic and degrees of freedom of a one-sample t (n = df + 1); they broadcast.
    level : float
        Confidence level, between 0 and 1.

    Returns
    -------
    low, high : float or ndarray
        Noncentralities; NaN where ``t`` is not finite or ``df`` is below 1.

    Raises
    ------
    ValueError
        If ``level`` is not between 0 and 1.

    References
    ----------
    Cohen (1988), Statistical power analysis for the behavioral sciences.

    Examples
    --------
    >>> low, high = noncentral_t_limits(5.44389444702625, 29)
    >>> round(low, 6), round(high, 6)
    (3.006874, 7.817924)
    """
    alpha = 2 * (1 - _upper_tail_start(level))
    t, df = np.broadcast_arrays(np.asarray(t, dtype=float), np.asarray(df, dtype=float))
    low, high = np.full(t.shape, np.nan), np.full(t.shape, np.nan)
    usable = np.isfinite(t) & np.isfinite(df) & (df >= 1)
    large = usable & (df + 1 > NORMAL_APPROXIMATION_ABOVE)
    reach = critical_normal(level) * np.sqrt(1 + t[large] ** 2 / (2 * (df[large] + 1)))
    low[large], high[large] = t[large] - reach, t[large] + reach
    exact = usable & ~large
    if exact.any():
        # For negative t the mirror image keeps the distribution function where it is exact.
        size = np.abs(t[exact])
        below, above = _limits_by_bisection(size, df[exact], alpha)
        low[exact] = np.where(t[exact] < 0, -above, below)
        high[exact] = np.where(t[exact] < 0, -below, above)
    return _plain(low), _plain(high)


def _plain(values: ArrayLike) -> Floats:
    """A float where the caller gave plain numbers, else the array."""
    array = np.asarray(values)
    return float(array) if array.ndim == 0 else array


def _upper_tail_start(level: float) -> float:
    check_level(level)
    return (1 + level) / 2


def _limits_by_bisection(
    t: NDArray[np.float64], df: NDArray[np.float64], alpha: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Both limits for ``t >= 0``, in one bisection over an array of shape (2, k)."""
    wanted = np.array([[1 - alpha / 2], [alpha / 2]])
    # T = (Z + noncentrality) / S with S**2 = chi2(df)/df. Giving Z and S a quarter of alpha each
    # yields ends that are sure to enclose both limits.
    z = special.ndtri(1 - alpha / 4)
    least = t * np.sqrt(special.chdtri(df, 1 - alpha / 4) / df) - z
    most = t * np.sqrt(special.chdtri(df, alpha / 4) / df) + z
    left = np.broadcast_to(np.maximum(least, -z), (2, t.size)).copy()
    right = np.broadcast_to(most, (2, t.size)).copy()
    tolerance = 1e-13 * (1 + t)
    t, df = np.broadcast_to(t, left.shape), np.broadcast_to(df, left.shape)
    for _ in range(MOST_HALVINGS):
        middle = (left + right) / 2
        too_small = _noncentral_t_cdf(t, df, middle) > wanted
        left = np.where(too_small, middle, left)
        right = np.where(too_small, right, middle)
        if (right - left <= tolerance).all():
            break
    below, above = (left + right) / 2
    return below, above


def _noncentral_t_cdf(
    t: NDArray[np.float64], df: NDArray[np.float64], noncentrality: NDArray[np.float64]
) -> NDArray[np.float64]:
    """``P(T <= t)`` for ``t >= 0``; all three have one shape."""
    probability = np.full(t.shape, np.nan)
    special.nctdtr(df, noncentrality, t, out=probability, where=t <= LARGEST_T_FOR_SERIES)
    left_out = np.isnan(probability)
    if left_out.any():
        probability[left_out] = _integrate_over_chi(
            t[left_out], df[left_out], noncentrality[left_out]
        )
    return probability


def _integrate_over_chi(
    t: NDArray[np.float64], df: NDArray[np.float64], noncentrality: NDArray[np.float64]
) -> NDArray[np.float64]:
    """The mean of ``Phi(t s - noncentrality)`` over ``s = sqrt(chi2(df) / df)``.

    Gauss-Legendre on three stretches, the middle one around the step of Phi. Dividing by the
    integral of the density itself cancels the error of its normalising constant.
    """
    first = np.sqrt(special.chdtri(df, 1 - 1e-16) / df)
    last = np.sqrt(special.chdtri(df, 1e-18) / df)
    slope = np.maximum(t, 1e-9)
    step, width = noncentrality / slope, 10 / slope
    edges = np.stack([first, step - width, step + width, last])
    edges = np.clip(edges, first, last)
    half = np.diff(edges, axis=0)[..., None] / 2
    s = (edges[1:, :, None] + edges[:-1, :, None]) / 2 + half * _NODES
    power = df[:, None] - 1
    # The log density is taken relative to its value at s = 1, which keeps exp within range.
    log_density = special.xlogy(power, s) - df[:, None] * (s**2 - 1) / 2
    weight = half * _WEIGHTS * np.exp(log_density)
    height = special.ndtr(t[:, None] * s - noncentrality[:, None])
    return (weight * height).sum(axis=(0, 2)) / weight.sum(axis=(0, 2))
