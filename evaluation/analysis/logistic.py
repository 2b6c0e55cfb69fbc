"""Logistic regression by Newton steps, plain or with Firth's penalty, with errors by couple."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from evaluation.analysis.clusters import couple_codes
from evaluation.analysis.later import special

Floats = NDArray[np.float64]
Method = Literal["ml", "firth"]
TOLERANCE = 1e-10
MOST_STEPS = {"ml": 30, "firth": 2000}
# The furthest that a coefficient may move in one step.
LONGEST_STEP = 5.0


@dataclass(frozen=True, slots=True, eq=False)
class LogisticFit:
    """Coefficients with their errors; ``log_likelihood`` is penalised with Firth's method.

    ``null_log_likelihood`` is that of the intercept alone, with the same penalty. ``converged`` is
    False where the likelihood has no maximum, that is, the columns separate 0 from 1.
    """

    coefficients: Floats
    se: Floats
    log_likelihood: float
    null_log_likelihood: float
    converged: bool


def fit_logistic(
    y: ArrayLike, design: ArrayLike, cluster: ArrayLike, *, method: Method = "ml"
) -> LogisticFit:
    """Fit ``logit P(y = 1) = X b``.

    Parameters
    ----------
    y : array_like, shape (n,)
        0 or 1.
    design : array_like, shape (n, p)
        Of full rank, the first column 1; the others of about unit size.
    cluster : array_like, shape (n,)
        Couple labels.
    method : {"ml", "firth"}
        Maximum likelihood, or Firth's: ``log L + 0.5 log |X' W X|``, which always has a maximum.

    Returns
    -------
    LogisticFit
        ``se``: sandwich by couple, ``A S A G / (G - 1)`` with ``A = (X' W X)^-1`` and S the sum
        over couples of the squared scores; with ``firth`` no smaller than ``sqrt(diag A)``.

    Raises
    ------
    ValueError
        If the shapes do not fit, ``y`` is not 0 or 1, or ``method`` is not known.

    References
    ----------
    Firth (1993), https://doi.org/10.1093/biomet/80.1.27.

    Examples
    --------
    >>> x = np.column_stack([np.ones(6), [0, 0, 0, 1, 1, 1]])
    >>> fit = fit_logistic([0, 0, 0, 1, 1, 1], x, range(6), method="firth")
    >>> float(round(fit.coefficients[1], 6)) == float(round(np.log(7 * 7), 6))
    True
    """
    if method not in MOST_STEPS:
        raise ValueError(f"method={method!r}: 'ml' or 'firth' would be allowed")
    observed, columns = np.asarray(y, dtype=float), np.asarray(design, dtype=float)
    codes, n_couples = couple_codes(cluster)
    if columns.ndim != 2 or observed.shape != codes.shape or columns.shape[0] != observed.size:
        raise ValueError("y, design, cluster: one row for each person is needed in each")
    if not np.isin(observed, (0.0, 1.0)).all():
        raise ValueError("y: every value must be 0 or 1")
    every = np.ones(columns.shape[1], dtype=bool)
    fitted, converged = _maximise(observed, columns, method, free=every)
    only_intercept = np.arange(columns.shape[1]) == 0
    null, _ = _maximise(observed, columns, method, free=only_intercept)
    return LogisticFit(
        coefficients=fitted,
        se=_errors(observed, columns, fitted, codes, n_couples, method),
        log_likelihood=_log_likelihood(observed, columns, fitted, method),
        null_log_likelihood=_log_likelihood(observed, columns, null, method),
        converged=converged,
    )


def _maximise(
    y: Floats, columns: Floats, method: Method, *, free: NDArray[np.bool_]
) -> tuple[Floats, bool]:
    """Newton steps over the free coefficients, the others 0; whether they came to rest."""
    place = np.zeros(columns.shape[1])
    value = _log_likelihood(y, columns, place, method)
    for _ in range(MOST_STEPS[method]):
        residual, information = _scores(y, columns, place, method)
        chosen = information[np.ix_(free, free)]
        if np.linalg.cond(chosen) > 1 / np.finfo(float).eps:
            return place, False
        step = np.zeros_like(place)
        step[free] = np.linalg.solve(chosen, (columns.T @ residual)[free])
        longest = float(np.abs(step).max())
        if longest < TOLERANCE:
            return place + step, True
        step *= min(1.0, LONGEST_STEP / longest)
        for _ in range(30):
            new = _log_likelihood(y, columns, place + step, method)
            if new >= value - 1e-12 * max(1.0, abs(value)):
                break
            step = step / 2
        place, value = place + step, new
    return place, False


def _scores(y: Floats, columns: Floats, place: Floats, method: Method) -> tuple[Floats, Floats]:
    """What each row pulls the coefficients with, and the information."""
    share = special.expit(columns @ place)
    weight = share * (1 - share)
    information = columns.T @ (weight[:, None] * columns)
    residual = y - share
    if method == "firth":
        leverage = weight * _leverage(columns, information)
        residual = residual + leverage * (0.5 - share)
    return residual, information


def _leverage(columns: Floats, information: Floats) -> Floats:
    """``x_i' (X' W X)^-1 x_i`` for each row."""
    return (columns * (columns @ np.linalg.pinv(information, hermitian=True))).sum(axis=1)


def _log_likelihood(y: Floats, columns: Floats, place: Floats, method: Method) -> float:
    linear = columns @ place
    value = float(-(np.logaddexp(0.0, linear) - y * linear).sum())
    if method == "firth":
        share = special.expit(linear)
        weight = share * (1 - share)
        sign, log_det = np.linalg.slogdet(columns.T @ (weight[:, None] * columns))
        value += 0.5 * float(log_det) if sign > 0 else -np.inf
    return value


def _errors(
    y: Floats,
    columns: Floats,
    place: Floats,
    codes: NDArray[np.intp],
    n_couples: int,
    method: Method,
) -> Floats:
    residual, information = _scores(y, columns, place, method)
    bread = np.linalg.pinv(information, hermitian=True)
    if n_couples < 2:
        return np.full(place.size, np.nan)
    totals = np.zeros((n_couples, place.size))
    np.add.at(totals, codes, columns * residual[:, None])
    sandwich = bread @ (totals.T @ totals) @ bread * n_couples / (n_couples - 1)
    errors = np.sqrt(np.maximum(np.diag(sandwich), 0.0))
    if method == "firth":
        errors = np.maximum(errors, np.sqrt(np.maximum(np.diag(bread), 0.0)))
    return errors
