"""Sites together: the average over sites, how sure it is, and what a new site may expect."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from evaluation.analysis.heterogeneity import (
    Method,
    between_site_variance,
    cochran_q,
    i_squared,
    q_profile_interval,
)
from evaluation.analysis.intervals import check_level, critical_normal, t_interval
from evaluation.analysis.later import special

NAN = float("nan")
# The estimators of the variance between sites, and equal effects, which takes it to be none.
PoolMethod = Literal[Method, "EE"]
FEW_SITES = 5  # below this the variance between sites cannot be estimated well
ROUNDING_VARIANCE = 1e-100  # no variance of scores is this small, and its inverse overflows
FEW_COUPLES = 8  # below this the linearised variance of a site is itself too uncertain


@dataclass(frozen=True, slots=True)
class Pool:
    """The average over sites, in the unit of the sites' estimates.

    ``se``, ``low``, ``high`` are normal; ``*_hk`` Hartung-Knapp on t(k-1); the prediction
    interval is where the true value of a new site would lie. Not estimable is NaN, and
    ``reason`` holds codes, joined by ``;``:

    =============  ==========================================================================
    NO_SITE        no site has an estimate and a variance
    ONE_SITE       one site only: nothing is pooled, its own estimate is repeated
    FEW_SITES      two to four sites: tau2 is there but cannot be estimated well
    EQUAL_EFFECTS  all sites are taken to have one true value: tau2 is 0 by assumption, and there
                   is neither an interval of it nor a prediction
    =============  ==========================================================================
    """

    method: PoolMethod
    k: int
    k_dropped: int
    estimate: float = NAN
    se: float = NAN
    low: float = NAN
    high: float = NAN
    se_hk: float = NAN
    low_hk: float = NAN
    high_hk: float = NAN
    tau2: float = NAN
    tau2_low: float = NAN
    tau2_high: float = NAN
    i2: float = NAN
    q: float = NAN
    df: float = NAN
    p_q: float = NAN
    prediction_low: float = NAN
    prediction_high: float = NAN
    reason: str = ""


@dataclass(frozen=True, slots=True)
class ShrunkenSites:
    """Each site's estimate drawn towards the average, as far as it is uncertain.

    Arrays in the order of the sites; NaN where a site was dropped or nothing was pooled.
    ``own_share`` is the part the site's own estimate has in its shrunken one (0 to 1),
    ``weight`` the part the site has in the average (they add up to 1).
    """

    shrunken: NDArray[np.float64]
    se: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    own_share: NDArray[np.float64]
    weight: NDArray[np.float64]


def usable_sites(y: ArrayLike, v: ArrayLike) -> NDArray[np.bool_]:
    """Which sites can be pooled: a finite estimate and a finite variance above 0.

    Parameters
    ----------
    y, v : array_like, shape (k,)
        Estimates of the sites and their sampling variances.

    Returns
    -------
    ndarray of bool, shape (k,)

    Raises
    ------
    ValueError
        If ``y`` and ``v`` are not two vectors of one length.

    Examples
    --------
    >>> usable_sites([0.4, 0.2, float("nan")], [0.1, 0.0, 0.1]).tolist()
    [True, False, False]
    """
    estimates, variances = np.asarray(y, dtype=float), np.asarray(v, dtype=float)
    if estimates.ndim != 1 or estimates.shape != variances.shape:
        raise ValueError(
            f"y has shape {estimates.shape}, v {variances.shape}: two vectors of one length"
        )
    return np.isfinite(estimates) & np.isfinite(variances) & (variances > ROUNDING_VARIANCE)


def pool_sites(
    y: ArrayLike,
    v: ArrayLike,
    *,
    method: PoolMethod = "REML",
    level: float = 0.95,
    floor: bool = True,
) -> Pool:
    """Average over sites: random effects, or with ``EE`` equal effects.

    With ``w = 1 / (v + tau2)``: estimate ``mu = sum w y / sum w``, ``se = 1 / sqrt(sum w)``,
    Hartung-Knapp ``se_hk = sqrt(q / sum w)`` with ``q = sum w (y - mu)**2 / (k-1)``, and the
    prediction interval ``mu -+ t(k-1) sqrt(tau2 + se_hk**2)``. Plain Hartung-Knapp can be far
    too narrow where the sites happen to agree, so by default q is not let below 1.

    Equal effects have ``tau2 = 0`` whatever the sites say, and ``i2 = max(0, (Q - (k-1)) / Q)``.
    The average is then that of these sites, and nothing follows for a new one.

    Parameters
    ----------
    y, v : array_like, shape (k,)
        Estimates of the sites and their sampling variances. A site without a finite estimate
        or without a variance above 0 is dropped and counted.
    method : {"REML", "DL", "PM", "EE"}
        Estimator of tau2, see
        :func:`evaluation.analysis.heterogeneity.between_site_variance`; or none of it.
    level : float
        Confidence level of every interval, between 0 and 1.
    floor : bool
        Whether q is at least 1; False gives the plain Hartung-Knapp standard error.

    Returns
    -------
    Pool

    Raises
    ------
    ValueError
        If the lengths differ, or ``method`` or ``level`` is not allowed.

    References
    ----------
    IntHout, Ioannidis & Borm (2014), https://doi.org/10.1186/1471-2288-14-25. Röver, Knapp &
    Friede (2015), https://doi.org/10.1186/s12874-015-0091-1. Higgins, Thompson & Spiegelhalter
    (2009), https://doi.org/10.1111/j.1467-985X.2008.00552.x. Higgins & Thompson (2002),
    Quantifying heterogeneity in a meta-analysis, https://doi.org/10.1002/sim.1186.

    Examples
    --------
    >>> pool = pool_sites([0.3, 0.5, 0.9], [0.02, 0.02, 0.02])
    >>> round(pool.estimate, 6), round(pool.tau2, 6), pool.reason
    (0.566667, 0.073333, 'FEW_SITES')
    """
    check_level(level)
    used = usable_sites(y, v)
    k, k_dropped = int(used.sum()), int((~used).sum())
    estimates, variances = np.asarray(y, dtype=float)[used], np.asarray(v, dtype=float)[used]
    if k == 0:
        return Pool(method=method, k=0, k_dropped=k_dropped, reason="NO_SITE")
    tau2 = 0.0 if k == 1 else _variance_between(estimates, variances, method=method)
    w = 1 / (variances + tau2)
    mu, se = float(w @ estimates / w.sum()), float(1 / np.sqrt(w.sum()))
    z = critical_normal(level)
    average = {"estimate": mu, "se": se, "low": mu - z * se, "high": mu + z * se}
    if k == 1:
        return Pool(method=method, k=1, k_dropped=k_dropped, **average, reason="ONE_SITE")
    ratio = cochran_q(estimates, variances, tau2=tau2) / (k - 1)
    se_hk = se * float(np.sqrt(max(1.0, ratio) if floor else ratio))
    pool = Pool(
        method=method,
        k=k,
        k_dropped=k_dropped,
        **average,
        **_on_t(mu, se_hk, tau2=tau2, df=k - 1, level=level),
        **_differences(estimates, variances, tau2=tau2, level=level),
        reason="FEW_SITES" if k < FEW_SITES else "",
    )
    return pool if method != "EE" else _without_differences(pool)


def shrink_sites(y: ArrayLike, v: ArrayLike, pool: Pool, *, level: float = 0.95) -> ShrunkenSites:
    """Empirical-Bayes estimate of each site.

    ``(tau2 y + v mu) / (tau2 + v)``, with standard error
    ``sqrt(b v + (1 - b)**2 se**2)`` where ``b = tau2 / (tau2 + v)`` is ``own_share`` and se that
    of the average. With tau2 = 0 every site gets the average: no evidence that sites differ.

    Parameters
    ----------
    y, v : array_like, shape (k,)
        What ``pool`` was made of, dropped sites included.
    pool : Pool
        From :func:`pool_sites`.
    level : float
        Confidence level of the normal intervals, between 0 and 1.

    Returns
    -------
    ShrunkenSites

    Raises
    ------
    ValueError
        If the number of usable sites is not that of the pool, or ``level`` is not allowed.

    References
    ----------
    Goldstein & Spiegelhalter (1996), League tables and their limitations,
    https://doi.org/10.2307/2983325.

    Examples
    --------
    >>> y, v = [0.3, 0.5, 0.9], [0.02, 0.02, 0.02]
    >>> shrink_sites(y, v, pool_sites(y, v)).shrunken.round(4).tolist()
    [0.3571, 0.5143, 0.8286]
    """
    z = critical_normal(level)
    used = usable_sites(y, v)
    if (int(used.sum()), int((~used).sum())) != (pool.k, pool.k_dropped):
        raise ValueError(f"y, v: {int(used.sum())} usable sites, but the pool has {pool.k}")
    variances = np.where(used, np.asarray(v, dtype=float), NAN)
    estimates = np.where(used, np.asarray(y, dtype=float), NAN)
    own_share = pool.tau2 / (pool.tau2 + variances)
    shrunken = own_share * estimates + (1 - own_share) * pool.estimate
    se = np.sqrt(own_share * variances + (1 - own_share) ** 2 * pool.se**2)
    weight = pool.se**2 / (pool.tau2 + variances)
    return ShrunkenSites(shrunken, se, shrunken - z * se, shrunken + z * se, own_share, weight)


def site_variances(
    *,
    se: ArrayLike,
    n: ArrayLike,
    n_couples: ArrayLike,
    sd_change: ArrayLike,
    sd_before: ArrayLike | None = None,
    d_pre: ArrayLike | None = None,
    deff: float = 1.0,
) -> NDArray[np.float64]:
    """Sampling variance of each site's mean change, steady for sites with few couples.

    ``se**2`` of the couple-clustered standard error from eight couples on. Below that it is
    itself too uncertain, and the textbook variance times the design effect of all sites together
    takes its place: ``sd_change**2 / n`` for points, and with ``d_pre`` and ``sd_before`` Bonett's
    ``sd_change**2 / (sd_before**2 (n-1)) + d_pre**2 / (2 (n-1))``.

    Parameters
    ----------
    se, n, n_couples, sd_change : array_like, shape (k,)
        Clustered standard error, persons, couples and the standard deviation of change.
    sd_before, d_pre : array_like, shape (k,), optional
        Both for standardised change, neither for points.
    deff : float
        Design effect of change, of all sites together.

    Returns
    -------
    ndarray, shape (k,)
        NaN where it is not defined; :func:`pool_sites` drops those.

    Raises
    ------
    ValueError
        If only one of ``sd_before`` and ``d_pre`` is given.

    References
    ----------
    Bonett (2008), https://doi.org/10.1037/1082-989X.13.2.99.

    Examples
    --------
    >>> site_variances(se=[0.5, 0.5], n=[20, 5], n_couples=[12, 4], sd_change=[2, 2]).tolist()
    [0.25, 0.8]
    """
    if (sd_before is None) != (d_pre is None):
        raise ValueError("sd_before, d_pre: give both for standardised change, neither for points")
    people = np.asarray(n, dtype=float)
    people = np.where(people >= 2, people, NAN)
    variance = np.asarray(sd_change, dtype=float) ** 2
    if sd_before is None or d_pre is None:
        textbook = variance / people
    else:
        spread = np.asarray(sd_before, dtype=float)
        spread = np.where(spread > 0, spread, NAN)
        textbook = variance / (spread**2 * (people - 1))
        textbook = textbook + np.asarray(d_pre, dtype=float) ** 2 / (2 * (people - 1))
    enough = np.asarray(n_couples, dtype=float) >= FEW_COUPLES
    return np.where(enough, np.asarray(se, dtype=float) ** 2, textbook * deff)


def _variance_between(
    y: NDArray[np.float64], v: NDArray[np.float64], *, method: PoolMethod
) -> float:
    return 0.0 if method == "EE" else between_site_variance(y, v, method=method)


def _without_differences(pool: Pool) -> Pool:
    """Equal effects: what would say how far sites differ is left out, save the test of it."""
    excess = max(0.0, pool.q - pool.df)
    return replace(
        pool,
        i2=excess / pool.q if excess else 0.0,
        tau2_low=NAN,
        tau2_high=NAN,
        prediction_low=NAN,
        prediction_high=NAN,
        reason=";".join(filter(None, [pool.reason, "EQUAL_EFFECTS"])),
    )


def _on_t(mu: float, se_hk: float, *, tau2: float, df: int, level: float) -> dict[str, float]:
    low, high = t_interval(estimate=mu, se=se_hk, df=df, level=level)
    spread = float(np.sqrt(tau2 + se_hk**2))
    prediction_low, prediction_high = t_interval(estimate=mu, se=spread, df=df, level=level)
    return {
        "se_hk": se_hk,
        "low_hk": float(low),
        "high_hk": float(high),
        "prediction_low": float(prediction_low),
        "prediction_high": float(prediction_high),
    }


def _differences(
    y: NDArray[np.float64], v: NDArray[np.float64], *, tau2: float, level: float
) -> dict[str, float]:
    q, df = cochran_q(y, v), y.size - 1
    tau2_low, tau2_high = q_profile_interval(y, v, level=level)
    return {
        "tau2": tau2,
        "tau2_low": tau2_low,
        "tau2_high": tau2_high,
        "i2": i_squared(v, tau2),
        "q": q,
        "df": float(df),
        "p_q": float(special.chdtrc(df, q)),
    }
