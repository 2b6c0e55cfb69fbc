"""What a group of a given size can show: how exact its mean is, how small a change it detects."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from evaluation.analysis.effect import display_tier
from evaluation.analysis.intervals import critical_t, noncentral_t_limits
from evaluation.analysis.later import optimize

NAN = float("nan")
POWER = 0.8
Floats = NDArray[np.float64] | float


@dataclass(frozen=True, slots=True)
class SitePrecision:
    """What ``n`` persons in ``n_couples`` can show, in standard deviations of change.

    ``half_width`` is the reach of the interval of the mean change to either side,
    ``detectable_d_z`` the smallest true change found with the chosen power. ``reason``: ``N0``
    nobody, ``N1`` one person, ``G1`` one couple.
    """

    n: int
    n_couples: int
    deff: float
    n_effective: float = NAN
    half_width: float = NAN
    detectable_d_z: float = NAN
    display_tier: str = "counts"
    reason: str = ""


def mean_half_width(n: ArrayLike, *, level: float = 0.95) -> Floats:
    """Reach of the interval of a mean change: ``t(n-1) / sqrt(n)`` standard deviations.

    Parameters
    ----------
    n : array_like
        Independent persons.
    level : float
        Confidence level, between 0 and 1.

    Returns
    -------
    float or ndarray
        In standard deviations of change; NaN where ``n`` is below 2.

    Raises
    ------
    ValueError
        If ``level`` is not between 0 and 1.

    Examples
    --------
    >>> round(mean_half_width(20), 4)
    0.468
    """
    people = _at_least_two(n)
    return _plain(np.asarray(critical_t(people - 1, level=level)) / np.sqrt(people))


def detectable_d_z(n: ArrayLike, *, power: float = POWER, level: float = 0.95) -> Floats:
    """Smallest standardised mean change d_z that a paired t test finds with this power.

    ``lambda / sqrt(n)`` where ``P(T(n-1, lambda) > t(n-1)) = power``; the other tail is left
    out, as in R's ``power.t.test``.

    Parameters
    ----------
    n : array_like
        Independent persons.
    power : float
        Above 0.5 and below 1.
    level : float
        1 minus the two-sided significance level.

    Returns
    -------
    float or ndarray
        NaN where ``n`` is below 2.

    Raises
    ------
    ValueError
        If ``power`` or ``level`` is not allowed.

    References
    ----------
    Cohen (1988), Statistical power analysis for the behavioral sciences.

    Examples
    --------
    >>> round(detectable_d_z(20), 4)
    0.6604
    """
    people = _at_least_two(n)
    return _plain(np.asarray(_noncentrality(people - 1, power, level)) / np.sqrt(people))


def n_needed(d_z: float, *, power: float = POWER, level: float = 0.95, deff: float = 1.0) -> float:
    """How many persons a paired t test needs for a standardised change, not yet rounded up.

    The n at which :func:`detectable_d_z` is ``d_z``, times the design effect.

    Parameters
    ----------
    d_z : float
        Standardised mean change; its sign does not matter.
    power : float
        Above 0.5 and below 1.
    level : float
        1 minus the two-sided significance level.
    deff : float
        Design effect of change; 1 where nobody belongs together.

    Returns
    -------
    float
        At least 2 times ``deff``; NaN if ``d_z`` is 0 or not finite.

    Raises
    ------
    ValueError
        If ``power``, ``level`` or ``deff`` is not allowed.

    Examples
    --------
    >>> round(n_needed(0.5), 4)
    33.3672
    """
    _check_deff(deff)
    size = abs(float(d_z))
    if not np.isfinite(size) or size == 0:
        return NAN

    def surplus(n: float) -> float:
        return float(detectable_d_z(n, power=power, level=level)) - size

    if surplus(2.0) <= 0:
        return 2.0 * deff
    most = 4.0
    while surplus(most) > 0:
        most *= 2
    return deff * float(optimize.brentq(surplus, most / 2, most, xtol=1e-10, rtol=1e-14))


def site_precision(
    *, n: int, n_couples: int, deff: float = 1.0, power: float = POWER, level: float = 0.95
) -> SitePrecision:
    """What a site of this size can show, allowing for couples.

    As :func:`mean_half_width` and :func:`detectable_d_z`, with ``n / deff`` persons' worth of
    information and t on G - 1 degrees of freedom, as in the interval of the improvement.

    Parameters
    ----------
    n, n_couples : int
        Persons with both scores, and the couples they form (a person alone counts as one).
    deff : float
        Design effect of change, from :func:`evaluation.analysis.couples.design_effect`.
    power : float
        Above 0.5 and below 1.
    level : float
        Confidence level, between 0 and 1.

    Returns
    -------
    SitePrecision

    Raises
    ------
    ValueError
        If a count, ``deff``, ``power`` or ``level`` is not allowed.

    Examples
    --------
    >>> found = site_precision(n=20, n_couples=12, deff=1.2)
    >>> round(found.half_width, 3), round(found.detectable_d_z, 3), found.display_tier
    (0.539, 0.754, 'full')
    """
    _check_deff(deff)
    if not 0 <= n_couples <= n or (n > 0 and n_couples == 0):
        raise ValueError(f"n={n}, n_couples={n_couples}: every couple has at least one person")
    t = critical_t(n_couples - 1, level=level)
    noncentrality = _noncentrality(n_couples - 1, power, level)
    reason = {0: "N0", 1: "N1"}.get(n, "G1" if n_couples == 1 else "")
    if reason:
        return SitePrecision(n, n_couples, deff, display_tier=display_tier(n), reason=reason)
    root = float(np.sqrt(deff / n))
    return SitePrecision(
        n=n,
        n_couples=n_couples,
        deff=deff,
        n_effective=n / deff,
        half_width=float(t) * root,
        detectable_d_z=float(noncentrality) * root,
        display_tier=display_tier(n),
    )


def _noncentrality(df: ArrayLike, power: float, level: float) -> Floats:
    """The upper confidence limit of a t that is just significant is what is sought."""
    if not 0.5 < power < 1:
        raise ValueError(f"power={power!r}: a power above 0.5 and below 1 is needed")
    _, above = noncentral_t_limits(critical_t(df, level=level), df, level=2 * power - 1)
    return above


def _at_least_two(n: ArrayLike) -> NDArray[np.float64]:
    people = np.asarray(n, dtype=float)
    return np.where(people >= 2, people, np.nan)


def _check_deff(deff: float) -> None:
    if not (np.isfinite(deff) and deff > 0):
        raise ValueError(f"deff={deff!r}: a design effect is a finite number above 0")


def _plain(values: ArrayLike) -> Floats:
    array = np.asarray(values)
    return float(array) if array.ndim == 0 else array
