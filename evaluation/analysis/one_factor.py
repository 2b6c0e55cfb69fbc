"""The one-factor model of a set of items, and what it says about the sum of the items."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from evaluation.analysis.later import optimize

# An item of which less than this share of the variance is left over has no credible error
# variance (a Heywood case). R's factanal stops at the same share.
LEAST_UNIQUENESS = 0.005
# The gradient of the discrepancy is free of units; the solution is then right to about 1e-6.
_LARGEST_GRADIENT = 1e-6
# Eigenvalues of a correlation matrix below this are rounding errors of 0.
_NEGLIGIBLE_EIGENVALUE = 1e-10

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class OneFactor:
    """Loadings and error variances of items in their own units; empty where there is a reason."""

    loadings: Floats
    error_variances: Floats
    reason: str = ""


def fit_one_factor(covariance: ArrayLike) -> OneFactor:
    """The one-factor model of a covariance matrix, by maximum likelihood.

    For given error variances the best loadings are known from the largest eigenvalue, which leaves
    a function of the error variances alone. It is minimised on the correlation matrix (the method
    does not depend on units) over their logarithms.

    Parameters
    ----------
    covariance : array_like, shape (k, k)

    Returns
    -------
    OneFactor
        ``loadings`` and ``error_variances`` in the units of the items; the loadings add up to a
        positive number. Empty with the reason ``ITEM_SD0`` (an item does not vary), ``SINGULAR``
        (an item follows from the others), ``HEYWOOD`` (no error variance is left for an item) or
        ``NOT_CONVERGED``.

    Raises
    ------
    ValueError
        If ``covariance`` is not square or has fewer than three rows.

    References
    ----------
    Jöreskog (1967), https://doi.org/10.1007/BF02289658

    Examples
    --------
    >>> loadings = np.array([0.9, 0.8, 0.7, 0.6])
    >>> fit = fit_one_factor(np.outer(loadings, loadings) + np.diag(1 - loadings**2))
    >>> fit.loadings.round(6)
    array([0.9, 0.8, 0.7, 0.6])
    """
    matrix = np.asarray(covariance, dtype=float)
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1] or len(matrix) < 3:
        raise ValueError(f"covariance: shape {matrix.shape}, but a square of three or more")
    variances = np.diag(matrix)
    if not (variances > 0).all():
        return _no_factor("ITEM_SD0")
    sd = np.sqrt(variances)
    correlation = matrix / np.outer(sd, sd)
    if np.linalg.eigvalsh(correlation)[0] < _NEGLIGIBLE_EIGENVALUE:
        return _no_factor("SINGULAR")
    lower = np.log(LEAST_UNIQUENESS)
    # An item's share that the others do not explain is where its error variance must lie below.
    start = np.clip(np.log(1 / np.diag(np.linalg.inv(correlation))), lower + 0.1, -0.01)
    rough = optimize.minimize(
        _discrepancy, start, args=(correlation,), jac=True, method="L-BFGS-B",
        bounds=[(lower, 0.0)] * len(matrix), options={"maxiter": 1000, "gtol": 1e-10},
    )  # fmt: skip
    if (rough.x <= lower + 1e-6).any():
        return _no_factor("HEYWOOD")
    fine = optimize.root(lambda at: _discrepancy(at, correlation)[1], rough.x, tol=1e-13)
    best = min(rough.x, fine.x, key=lambda at: np.abs(_discrepancy(at, correlation)[1]).max())
    if np.abs(_discrepancy(best, correlation)[1]).max() > _LARGEST_GRADIENT:
        return _no_factor("NOT_CONVERGED")
    loadings = _loadings(np.exp(best), correlation)[0] * sd
    loadings = -loadings if loadings.sum() < 0 else loadings
    return OneFactor(loadings, np.exp(best) * variances)


def omega_of_covariance(covariance: ArrayLike) -> tuple[float, str]:
    """McDonald's omega (total) from the covariance matrix of at least three items.

    Parameters
    ----------
    covariance : array_like, shape (k, k)

    Returns
    -------
    omega, reason : float, str
        NaN where there is a reason, one of those of `fit_one_factor`.

    Raises
    ------
    ValueError
        If ``covariance`` is not square or has fewer than three rows.

    Examples
    --------
    >>> loadings = np.array([1.0, 2.0, 3.0])
    >>> omega, _ = omega_of_covariance(np.outer(loadings, loadings) + np.eye(3))
    >>> round(omega, 6)   # 36 / (36 + 3)
    0.923077
    """
    fit = fit_one_factor(covariance)
    if fit.reason:
        return float("nan"), fit.reason
    shared = float(fit.loadings.sum()) ** 2
    return shared / (shared + float(fit.error_variances.sum())), ""


def _no_factor(reason: str) -> OneFactor:
    return OneFactor(np.empty(0), np.empty(0), reason)


def _loadings(uniqueness: Floats, correlation: Floats) -> tuple[Floats, Floats]:
    """The best loadings for these error variances, and the other eigenvalues (1 = no factor)."""
    root = np.sqrt(uniqueness)
    eigenvalues, eigenvectors = np.linalg.eigh(correlation / np.outer(root, root))
    strength = np.sqrt(max(eigenvalues[-1] - 1, 0.0))
    return root * eigenvectors[:, -1] * strength, eigenvalues[:-1]


def _discrepancy(log_uniqueness: Floats, correlation: Floats) -> tuple[float, Floats]:
    """Minus twice the log likelihood for each person, up to a constant, and its gradient."""
    uniqueness = np.exp(log_uniqueness)
    loadings, rest = _loadings(uniqueness, correlation)
    gradient = (loadings**2 + uniqueness - 1) / uniqueness
    return float((rest - np.log(rest) - 1).sum()), gradient
