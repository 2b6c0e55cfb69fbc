"""Rubin's rules: one estimate and interval out of several imputed data sets."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from evaluation.analysis.intervals import check_level, critical_normal, critical_t

NAN = float("nan")


@dataclass(frozen=True, slots=True)
class PooledEstimate:
    """What the imputed data sets say together.

    ``within`` is the mean variance of the estimate in one data set, ``between`` the variance of
    the estimates, ``total`` the variance of the pooled one, ``se`` its root. ``fmi`` is the share
    of the information that is missing. ``reason``: ``N0`` no data set, ``G1`` no variance within
    a data set, ``SE0`` no variance at all.
    """

    m: int
    estimate: float = NAN
    within: float = NAN
    between: float = NAN
    total: float = NAN
    se: float = NAN
    share_between: float = NAN
    df: float = NAN
    fmi: float = NAN
    low: float = NAN
    high: float = NAN
    reason: str = ""


def pool_imputations(
    estimates: ArrayLike, variances: ArrayLike, *, df_complete: float, level: float = 0.95
) -> PooledEstimate:
    r"""Pool estimates of m imputed data sets, with the degrees of freedom for small samples.

    .. math:: T = \bar U + (1 + 1/m) B, \quad \lambda = (1 + 1/m) B / T, \quad
              \nu = \frac{\nu_m \nu_o}{\nu_m + \nu_o}

    with :math:`\nu_m = (m - 1) / \lambda^2` and
    :math:`\nu_o = \lambda_o \nu_c (1 - \lambda)`, :math:`\lambda_o = (\nu_c + 1) / (\nu_c + 3)`.

    Parameters
    ----------
    estimates : array_like, shape (m,)
        The estimate in each data set.
    variances : array_like, shape (m,)
        Its squared standard error there.
    df_complete : float
        Degrees of freedom if nothing were missing: persons or couples less one.
    level : float
        Confidence level, between 0 and 1.

    Returns
    -------
    PooledEstimate
        Where the data sets agree completely (B = 0) ``df`` is infinite.

    Raises
    ------
    ValueError
        If the lengths differ, an estimate is not finite, a variance is negative, or ``level`` is
        not between 0 and 1.

    References
    ----------
    Barnard & Rubin (1999), Small-sample degrees of freedom with multiple imputation.

    Examples
    --------
    >>> found = pool_imputations(
    ...     [5.1, 4.7, 5.6, 4.9, 5.3], [0.81, 0.77, 0.9, 0.79, 0.85], df_complete=99)
    >>> round(found.estimate, 2), round(found.total, 4), round(found.df, 4)
    (5.12, 0.9704, 56.1051)
    """
    check_level(level)
    q, u = np.asarray(estimates, dtype=float), np.asarray(variances, dtype=float)
    if q.shape != u.shape or q.ndim != 1:
        raise ValueError(f"estimates has shape {q.shape}, variances {u.shape}: they must agree")
    if not np.isfinite(q).all():
        raise ValueError("estimates: every value must be a finite number")
    if (u < 0).any():
        raise ValueError("variances: none may be negative")
    m = q.size
    if m == 0:
        return PooledEstimate(0, reason="N0")
    estimate, within = float(q.mean()), float(u.mean())
    between = float(q.var(ddof=1)) if m > 1 else 0.0
    if not np.isfinite(within) or not df_complete >= 1:
        return PooledEstimate(m, estimate=estimate, between=between, reason="G1")
    extra = (1 + 1 / m) * between
    total = within + extra
    if not total > 0:
        return PooledEstimate(m, estimate, within, between, total, reason="SE0")
    share = extra / total
    df = _degrees_of_freedom(share, m=m, df_complete=df_complete)
    critical = float(critical_t(df, level=level)) if np.isfinite(df) else critical_normal(level)
    se = float(np.sqrt(total))
    return PooledEstimate(
        m=m,
        estimate=estimate,
        within=within,
        between=between,
        total=total,
        se=se,
        share_between=share,
        df=df,
        fmi=_share_of_information(extra, within, df),
        low=estimate - critical * se,
        high=estimate + critical * se,
    )


def _degrees_of_freedom(share: float, *, m: int, df_complete: float) -> float:
    """Barnard and Rubin; infinite where the imputations add no variance."""
    if share == 0:
        return float("inf")
    by_imputation = (m - 1) / share**2
    observed = (df_complete + 1) / (df_complete + 3) * df_complete * (1 - share)
    if by_imputation + observed == 0:
        return NAN
    # With hardly any information left the formula may fall below the 1 that an interval needs.
    return max(by_imputation * observed / (by_imputation + observed), 1.0)


def _share_of_information(extra: float, within: float, df: float) -> float:
    if within == 0:
        return 1.0
    increase = extra / within
    correction = 2 / (df + 3) if np.isfinite(df) else 0.0
    return (increase + correction) / (increase + 1)
