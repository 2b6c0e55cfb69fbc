"""The mean change of everybody, from those who came back, each standing for others like them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from evaluation.analysis.clusters import clustered_se, couple_codes
from evaluation.analysis.effect import ROUNDING_SHARE
from evaluation.analysis.intervals import check_level, t_interval
from evaluation.analysis.later import special
from evaluation.analysis.logistic import Method, fit_logistic

NAN = float("nan")
Array = NDArray[np.float64]
EVENTS_PER_COVARIATE = 5
TRUNCATED_AT = 0.99


@dataclass(frozen=True, slots=True)
class WeightedMean:
    """A mean change with weights; ``n`` persons of ``n_couples`` couples came back.

    ``max_weight`` is the largest weight used, ``n_effective`` Kish's number of equally weighted
    persons that would say as much. ``n_covariates`` of those offered are in the model.
    ``reason``: ``NONE_OBSERVED`` nobody came back, ``G1`` one couple did, ``SE0`` no variance,
    ``NOT_CONVERGED`` no weights could be found.
    """

    n: int = 0
    n_couples: int = 0
    estimate: float = NAN
    se: float = NAN
    df: float = NAN
    low: float = NAN
    high: float = NAN
    max_weight: float = NAN
    n_effective: float = NAN
    n_covariates: int = 0
    reason: str = ""


def response_probabilities(covariates: ArrayLike, observed: ArrayLike) -> Array:
    """How likely each person was to come back, by logistic regression.

    Parameters
    ----------
    covariates : array_like, shape (n, q)
        Without an intercept; one that is the same for everybody, or that those before it say
        already, is left out.
    observed : array_like of bool, shape (n,)
        Who came back.

    Returns
    -------
    ndarray, shape (n,)
        Above 0 and up to 1; all 1 where everybody came back, all 0 where nobody did, all NaN
        where the model cannot be fitted.

    Raises
    ------
    ValueError
        If shapes do not fit or a covariate is missing.

    Notes
    -----
    Maximum likelihood; Firth's penalised likelihood where fewer than EVENTS_PER_COVARIATE were
    kept, or lost, for each covariate, or where a covariate tells the two apart entirely.

    Examples
    --------
    >>> response_probabilities([[0], [0], [1], [1]], [True, False, True, False]).round(2).tolist()
    [0.5, 0.5, 0.5, 0.5]
    """
    x, came = np.asarray(covariates, dtype=float), np.asarray(observed, dtype=bool)
    if x.ndim != 2 or came.shape != (len(x),):
        raise ValueError(f"covariates has shape {x.shape}, observed {came.shape}: n rows each")
    if not np.isfinite(x).all():
        raise ValueError("covariates: every value must be a finite number")
    if came.all() or not came.any():
        return came.astype(float)
    design = _design(x)
    # The weights need no standard errors, so couples do not matter here.
    each = np.arange(came.size)
    few = _rarer(came) < EVENTS_PER_COVARIATE * (design.shape[1] - 1)
    methods: tuple[Method, ...] = ("firth",) if few else ("ml", "firth")
    for method in methods:
        fit = fit_logistic(came.astype(float), design, each, method=method)
        if fit.converged:
            return np.asarray(special.expit(design @ fit.coefficients))
    return np.full(came.size, NAN)


def _rarer(came: NDArray[np.bool_]) -> int:
    return int(min(came.sum(), (~came).sum()))


def _design(x: Array) -> Array:
    """An intercept and the covariates in standard units, without those that add nothing."""
    spread = x.std(axis=0)
    varies = spread > ROUNDING_SHARE * np.abs(x).max(axis=0, initial=0.0)
    standard = (x[:, varies] - x[:, varies].mean(axis=0)) / spread[varies]
    design = np.column_stack([np.ones(len(x)), standard])[:, : len(x)]
    own = np.abs(np.diag(np.linalg.qr(design, mode="r")))
    return design[:, own > 1e-8 * np.sqrt(len(x))]


def inverse_probability_mean(
    improvement: ArrayLike,
    cluster: ArrayLike,
    covariates: ArrayLike,
    *,
    truncate_at: float = TRUNCATED_AT,
    level: float = 0.95,
) -> WeightedMean:
    r"""Mean improvement of everybody with an earlier score, weighting those who came back.

    .. math:: \hat\mu = \sum w_i x_i / \sum w_i, \quad w_i = 1 / \hat P(\text{came back} | z_i)

    Parameters
    ----------
    improvement : array_like, shape (n,)
        Positive = better; NaN for those who were lost.
    cluster : array_like, shape (n,)
        Couple of each person.
    covariates : array_like, shape (n, q)
        What the return may depend on, the most important first. Only as many are used as there
        are EVENTS_PER_COVARIATE of the rarer of kept and lost for each, but always the first.
    truncate_at : float
        Weights above this quantile of the weights are set to it.
    level : float
        Confidence level, between 0 and 1.

    Returns
    -------
    WeightedMean
        The interval is clustered by couple, t with G - 1 degrees of freedom. The weights are taken
        as known, which makes it rather too wide than too narrow.

    Raises
    ------
    ValueError
        If shapes do not fit, a covariate is missing, or ``level`` or ``truncate_at`` is not
        allowed.

    References
    ----------
    Seaman & White (2013), Review of inverse probability weighting for dealing with missing data.

    Examples
    --------
    >>> found = inverse_probability_mean(
    ...     [4, 6, 1, float("nan"), 2, float("nan")], range(6), [[0], [0], [1], [1], [1], [1]])
    >>> round(found.estimate, 1), found.n, round(found.max_weight, 1)
    (2.8, 4, 2.0)
    """
    check_level(level)
    if not 0 < truncate_at <= 1:
        raise ValueError(f"truncate_at={truncate_at!r}: a quantile lies above 0, up to 1")
    change = np.asarray(improvement, dtype=float)
    x = np.asarray(covariates, dtype=float)
    came = np.isfinite(change)
    if x.ndim != 2 or len(x) != change.size:
        raise ValueError(f"covariates has shape {x.shape}: {change.size} rows are needed")
    if not came.any():
        return WeightedMean(reason="NONE_OBSERVED")
    x = x[:, : max(1, _rarer(came) // EVENTS_PER_COVARIATE)] if not came.all() else x
    weights = 1 / response_probabilities(x, came)[came]
    if not np.isfinite(weights).all():
        return WeightedMean(n=int(came.sum()), reason="NOT_CONVERGED")
    weights = np.minimum(weights, np.quantile(weights, truncate_at))
    values, couples = change[came], np.asarray(cluster)[came]
    total = float(weights.sum())
    estimate = float(weights @ values / total)
    influence = values.size * weights * (values - estimate) / total
    n_couples = couple_codes(couples)[1]
    se = clustered_se(influence, couples)
    if se <= ROUNDING_SHARE * float(np.abs(values).max()):
        se = 0.0
    df = n_couples - 1
    low, high = t_interval(estimate=estimate, se=se, df=df, level=level)
    return WeightedMean(
        n=int(values.size),
        n_couples=n_couples,
        estimate=estimate,
        se=se if se > 0 else NAN,
        df=float(df) if df else NAN,
        low=float(low),
        high=float(high),
        max_weight=float(weights.max()),
        n_effective=total**2 / float(weights @ weights),
        n_covariates=x.shape[1],
        reason="G1" if n_couples == 1 else "SE0" if not se > 0 else "",
    )
