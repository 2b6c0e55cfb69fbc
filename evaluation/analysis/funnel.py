"""Funnels: how far a site of its size may lie from the target by chance alone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from evaluation.analysis.intervals import check_level, critical_normal
from evaluation.analysis.later import special

NAN = float("nan")
FUNNEL_LEVELS = (0.95, 0.998)
INSIDE, BEYOND_95, BEYOND_998 = "inside", "beyond_95", "beyond_998"
WINSORISED_SHARE = 0.1
FEWEST_TO_WINSORISE = 10
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Overdispersion:
    """How much more the sites scatter than chance, from their z scores.

    ``phi`` is the mean squared z (about 1 by chance), ``tau2`` the variance to add to each
    site's own (0 where they scatter no more than chance), ``winsorised`` whether the outermost
    tenths were drawn in first. ``reason`` is ``NO_SITE`` or ``ONE_SITE`` where there are too
    few sites.
    """

    k: int
    phi: float = NAN
    tau2: float = NAN
    winsorised: bool = False
    reason: str = ""


def binomial_limits(target: float, n: ArrayLike, *, level: float = 0.95) -> tuple[Floats, Floats]:
    """Exact funnel limits for a share, interpolated between whole persons.

    For a tail probability q: r is the smallest count with ``F(r) >= q`` under the binomial
    distribution of ``n`` and ``target``, and the limit is ``(r - (F(r) - q) / f(r)) / n``.
    The upper line then lies up to one person too low: of one person, 1 is above the line of a
    target of one half. Draw these lines, and judge a site by :func:`binomial_position`.

    Parameters
    ----------
    target : float
        Share all sites are held against, above 0 and below 1.
    n : array_like
        Persons in each site.
    level : float
        0.95 or 0.998 in a funnel; between 0 and 1.

    Returns
    -------
    low, high : ndarray
        Shares within [0, 1]; NaN where ``n`` is 0.

    Raises
    ------
    ValueError
        If ``target`` or ``level`` is not between 0 and 1, or a count is negative or not whole.

    References
    ----------
    Spiegelhalter (2005), Funnel plots for comparing institutional performance,
    https://doi.org/10.1002/sim.1970.

    Examples
    --------
    >>> low, high = binomial_limits(0.5, [1, 20])
    >>> low.round(4).tolist(), high.round(4).tolist()
    ([0.0, 0.2558], [0.95, 0.6942])
    """
    _check_target(target)
    check_level(level)
    people = np.atleast_1d(np.asarray(n, dtype=float))
    if not (np.isfinite(people).all() and (people >= 0).all() and (people % 1 == 0).all()):
        raise ValueError("n: every count must be a whole number, 0 or more")
    people = np.where(people > 0, people, NAN)
    low = _interpolated_quantile((1 - level) / 2, people, target) / people
    high = _interpolated_quantile((1 + level) / 2, people, target) / people
    return np.clip(low, 0.0, 1.0), np.clip(high, 0.0, 1.0)


def arcsine_limits(
    target: float, n: ArrayLike, *, tau2: float = 0.0, level: float = 0.95
) -> tuple[Floats, Floats]:
    """Approximate funnel limits for a share, which can be widened for overdispersion.

    ``sin(asin(sqrt(target)) -+ z sqrt(1/(4n) + tau2))**2``. Prefer :func:`binomial_limits`
    where tau2 is 0: with few persons the two differ.

    Parameters
    ----------
    target : float
        Share all sites are held against, above 0 and below 1.
    n : array_like
        Persons in each site.
    tau2 : float
        Additional variance on the arcsine scale, from :func:`overdispersion`.
    level : float
        Between 0 and 1.

    Returns
    -------
    low, high : ndarray
        Shares within [0, 1]; NaN where ``n`` is 0.

    Raises
    ------
    ValueError
        If ``target`` or ``level`` is not between 0 and 1, or ``tau2`` is negative.

    Examples
    --------
    >>> low, high = arcsine_limits(0.5, [20])
    >>> low.round(4).tolist(), high.round(4).tolist()
    ([0.2878], [0.7122])
    """
    _check_target(target)
    centre = np.arcsin(np.sqrt(target))
    reach = _reach(arcsine_se(n), tau2=tau2, level=level)
    low, high = centre - reach, centre + reach
    return (
        np.sin(np.clip(low, 0.0, np.pi / 2)) ** 2,
        np.sin(np.clip(high, 0.0, np.pi / 2)) ** 2,
    )


def arcsine_se(n: ArrayLike) -> Floats:
    """Standard error ``1 / (2 sqrt(n))`` of ``asin(sqrt(share))``; NaN where ``n`` is 0.

    Examples
    --------
    >>> arcsine_se([25]).tolist()
    [0.1]
    """
    people = np.atleast_1d(np.asarray(n, dtype=float))
    return 0.5 / np.sqrt(np.where(people > 0, people, NAN))


def normal_limits(
    target: float, se: ArrayLike, *, tau2: float = 0.0, level: float = 0.95
) -> tuple[Floats, Floats]:
    """Funnel limits for a mean or an effect: ``target -+ z sqrt(se**2 + tau2)``.

    Parameters
    ----------
    target : float
        Value all sites are held against.
    se : array_like
        Standard error of each site; ``sd / sqrt(n)`` of a mean, with the sd of all sites pooled.
    tau2 : float
        Additional variance, from :func:`overdispersion`.
    level : float
        Between 0 and 1.

    Returns
    -------
    low, high : ndarray
        In the unit of ``target``; NaN where ``se`` is not above 0.

    Raises
    ------
    ValueError
        If ``level`` is not between 0 and 1, or ``tau2`` is negative.

    Examples
    --------
    >>> low, high = normal_limits(5.0, [1.0])
    >>> low.round(4).tolist(), high.round(4).tolist()
    ([3.04], [6.96])
    """
    spread = np.atleast_1d(np.asarray(se, dtype=float))
    reach = _reach(np.where(spread > 0, spread, NAN), tau2=tau2, level=level)
    return target - reach, target + reach


def mean_limits(
    target: float, *, sd: float, n: ArrayLike, tau2: float = 0.0, level: float = 0.95
) -> tuple[Floats, Floats]:
    """Funnel limits for a mean of ``n`` persons: ``target -+ z sqrt(sd**2 / n + tau2)``.

    Parameters
    ----------
    target, sd : float
        Mean all sites are held against, and the standard deviation of all sites pooled.
    n : array_like
        Persons in each site.
    tau2 : float
        Additional variance, from :func:`overdispersion`.
    level : float
        Between 0 and 1.

    Returns
    -------
    low, high : ndarray
        In the unit of ``target``; NaN where ``n`` is 0 or ``sd`` is not above 0.

    Raises
    ------
    ValueError
        If ``level`` is not between 0 and 1, or ``tau2`` is negative.

    Examples
    --------
    >>> low, high = mean_limits(5.0, sd=4.0, n=[16])
    >>> low.round(4).tolist(), high.round(4).tolist()
    ([3.04], [6.96])
    """
    people = np.atleast_1d(np.asarray(n, dtype=float))
    se = sd / np.sqrt(np.where(people > 0, people, NAN))
    return normal_limits(target, se, tau2=tau2, level=level)


def overdispersion(z: ArrayLike, se: ArrayLike) -> Overdispersion:
    """Whether sites scatter more than chance, and the variance that would explain it.

    ``phi = sum z**2 / k``, after the outermost tenth on either side is drawn in to the 10th and
    90th percentile (from ten sites on); ``tau2 = max(0, (k phi - (k-1)) / (sum w - sum w**2 /
    sum w))`` with ``w = 1 / se**2``.

    Parameters
    ----------
    z : array_like, shape (k,)
        Distance of each site from the target over its standard error; sites without are NaN.
    se : array_like, shape (k,)
        That standard error.

    Returns
    -------
    Overdispersion
        ``tau2`` is in the squared unit of ``se``.

    Raises
    ------
    ValueError
        If ``z`` and ``se`` differ in length.

    References
    ----------
    Spiegelhalter (2005), Handling over-dispersion of performance indicators,
    https://doi.org/10.1136/qshc.2005.013755.

    Examples
    --------
    >>> found = overdispersion([2.0, -2.0, 1.0], [1.0, 1.0, 1.0])
    >>> found.phi, found.tau2, found.winsorised
    (3.0, 3.5, False)
    """
    scores, spread = np.asarray(z, dtype=float), np.asarray(se, dtype=float)
    if scores.ndim != 1 or scores.shape != spread.shape:
        raise ValueError(
            f"z has shape {scores.shape}, se {spread.shape}: two vectors of one length"
        )
    used = np.isfinite(scores) & np.isfinite(spread) & (spread > 0)
    scores, spread, k = scores[used], spread[used], int(used.sum())
    if k == 0:
        return Overdispersion(k=0, reason="NO_SITE")
    winsorised = k >= FEWEST_TO_WINSORISE
    if winsorised:
        ends = np.quantile(scores, [WINSORISED_SHARE, 1 - WINSORISED_SHARE])
        scores = np.clip(scores, *ends)
    phi = float(scores @ scores / k)
    if k == 1:
        return Overdispersion(k=1, phi=phi, reason="ONE_SITE")
    w = 1 / spread**2
    tau2 = (k * phi - (k - 1)) / float(w.sum() - w @ w / w.sum())
    return Overdispersion(k=k, phi=phi, tau2=max(0.0, tau2), winsorised=winsorised)


def funnel_position(
    values: ArrayLike,
    *,
    limits_95: tuple[ArrayLike, ArrayLike],
    limits_998: tuple[ArrayLike, ArrayLike],
) -> NDArray[np.object_]:
    """Where each site lies; a value on a limit is inside it.

    Parameters
    ----------
    values : array_like, shape (k,)
        What is drawn for each site.
    limits_95, limits_998 : tuple of array_like
        Lower and upper limits at 95 and 99.8 per cent.

    Returns
    -------
    ndarray of str, shape (k,)
        ``inside``, ``beyond_95`` or ``beyond_998``; empty where a value or limit is NaN.

    Examples
    --------
    >>> limits = {"limits_95": ([-2], [2]), "limits_998": ([-3], [3])}
    >>> funnel_position([0.0, 2.5, -4.0], **limits).tolist()
    ['inside', 'beyond_95', 'beyond_998']
    """
    found = np.atleast_1d(np.asarray(values, dtype=float))
    inner = _outside(found, limits_95)
    outer = _outside(found, limits_998)
    position = np.where(outer == 1, BEYOND_998, np.where(inner == 1, BEYOND_95, INSIDE))
    return np.where(np.isnan(inner) | np.isnan(outer), "", position).astype(object)


def binomial_position(done: ArrayLike, n: ArrayLike, *, target: float) -> NDArray[np.object_]:
    """Where each site's share lies, by the exact probability of a count as far out as its own.

    ``beyond_95`` where ``P(X <= done)`` or ``P(X >= done)`` is below 0.025 for X binomial of
    ``n`` and ``target``, ``beyond_998`` below 0.001.

    Parameters
    ----------
    done, n : array_like, shape (k,)
        Whole counts with ``0 <= done <= n``.
    target : float
        Share all sites are held against, above 0 and below 1.

    Returns
    -------
    ndarray of str, shape (k,)
        ``inside``, ``beyond_95`` or ``beyond_998``; empty where ``n`` is 0.

    Raises
    ------
    ValueError
        If ``target`` is not between 0 and 1 or a count is not allowed.

    Examples
    --------
    >>> binomial_position([1, 0, 0, 0], [1, 4, 8, 12], target=0.5).tolist()
    ['inside', 'inside', 'beyond_95', 'beyond_998']
    """
    _check_target(target)
    count, people = (np.atleast_1d(np.asarray(values, dtype=float)) for values in (done, n))
    if not ((count >= 0) & (count <= people) & (people % 1 == 0) & (count % 1 == 0)).all():
        raise ValueError("done, n: whole counts with 0 <= done <= n are needed")
    at_most = _distribution(count, people, target)
    at_least = _distribution(people - count, people, 1 - target)
    tail = np.minimum(at_most, at_least)
    inner, outer = ((1 - level) / 2 for level in FUNNEL_LEVELS)
    position = np.where(tail < outer, BEYOND_998, np.where(tail < inner, BEYOND_95, INSIDE))
    return np.where(people == 0, "", position).astype(object)


def _outside(values: Floats, limits: tuple[ArrayLike, ArrayLike]) -> Floats:
    """1 outside, 0 inside, NaN where it cannot be said."""
    low, high = (np.asarray(end, dtype=float) for end in limits)
    outside = ((values < low) | (values > high)).astype(float)
    return np.where(np.isnan(values) | np.isnan(low) | np.isnan(high), NAN, outside)


def _reach(se: Floats, *, tau2: float, level: float) -> Floats:
    if not tau2 >= 0:
        raise ValueError(f"tau2={tau2!r}: a variance is 0 or more")
    return critical_normal(level) * np.sqrt(se**2 + tau2)


def _check_target(target: float) -> None:
    if not 0 < target < 1:
        raise ValueError(f"target={target!r}: the target of a share lies between 0 and 1")


def _interpolated_quantile(q: float, n: Floats, p: float) -> Floats:
    """The count at which the distribution function, made continuous, reaches ``q``."""
    r = _smallest_count(q, n, p)
    ways = special.gammaln(n + 1) - special.gammaln(r + 1) - special.gammaln(n - r + 1)
    mass = np.exp(ways + special.xlogy(r, p) + special.xlog1py(n - r, -p))
    return r - (_distribution(r, n, p) - q) / mass


def _smallest_count(q: float, n: Floats, p: float) -> Floats:
    """The smallest whole r with ``F(r) >= q``, by halving; NaN stays NaN."""
    missing = np.isnan(n)
    low, high = np.full(n.shape, -1.0), np.where(missing, 0.0, n)  # F(low) < q <= F(high)
    people = np.where(missing, 1.0, n)
    while (high - low > 1).any():
        middle = np.floor((low + high) / 2)
        reached = _distribution(middle, people, p) >= q
        reached |= high - low <= 1
        high = np.where(reached & (high - low > 1), middle, high)
        low = np.where(reached, low, middle)
    return np.where(missing, NAN, high)


def _distribution(count: Floats, n: Floats, p: float) -> Floats:
    """Binomial probability of at most ``count``; 0 below 0 and 1 from ``n`` on."""
    within = np.clip(count, 0.0, n - 1)
    some = special.betainc(n - within, within + 1, 1 - p)
    return np.where(count < 0, 0.0, np.where(count >= n, 1.0, some))
