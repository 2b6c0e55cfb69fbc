"""Which people were lost: a logistic model that keeps to what few losses can carry."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from evaluation.analysis.clusters import couple_codes
from evaluation.analysis.intervals import check_level, critical_t
from evaluation.analysis.later import special, stats
from evaluation.analysis.logistic import LogisticFit, Method, fit_logistic

NAN = float("nan")
Floats = NDArray[np.float64]
EVENTS_PER_COEFFICIENT = 5
# A covariate that fewer than this share are known for would cost too many people.
LEAST_KNOWN = 0.8
NOT_CONVERGED = "NOT_CONVERGED"


@dataclass(frozen=True, slots=True, eq=False)
class Covariate:
    """One thing known of people, as one or more columns (all levels of a factor but one).

    ``terms`` name the columns of ``values``, shape (n, len(terms)); NaN = not known.
    """

    name: str
    terms: tuple[str, ...]
    values: Floats


@dataclass(frozen=True, slots=True)
class Term:
    """Odds of being lost, times this much for one more of the term."""

    covariate: str
    name: str
    coefficient: float
    se: float
    odds_ratio: float
    low: float
    high: float
    p: float


@dataclass(frozen=True, slots=True)
class DropoutModel:
    """Who was lost, as far as the covariates tell.

    ``left_out``: each covariate that is not in the model, and why: ``COVARIATE_UNKNOWN`` (known
    for too few), ``CONSTANT``, ``COLLINEAR`` (others say the same), ``FEW_EVENTS`` (fewer than 5
    lost, or kept, for each coefficient), ``NOT_CONVERGED`` (no maximum was found with it).
    ``method``: ``ml``, or ``firth`` where few were lost or a covariate tells the lost from the
    kept entirely. Not estimable is NaN, with ``reason``:
    ``N0``, ``NONE_LOST``, ``NONE_KEPT``, ``NO_COVARIATE``, ``FEW_COUPLES``, ``NOT_CONVERGED``;
    beside a model ``SEPARATED``, ``FEW_EVENTS``.
    """

    n: int
    n_lost: int
    n_couples: int
    terms: tuple[Term, ...] = ()
    left_out: tuple[tuple[str, str], ...] = ()
    intercept: float = NAN
    auc: float = NAN
    lr: float = NAN
    df: float = NAN
    p_lr: float = NAN
    method: str = ""
    reason: str = ""


def dropout_model(
    lost: ArrayLike,
    covariates: Sequence[Covariate],
    cluster: ArrayLike,
    *,
    level: float = 0.95,
) -> DropoutModel:
    """Odds of being lost by what was known before: ``logit P(lost) = b0 + X b``.

    Parameters
    ----------
    lost : array_like of bool, shape (n,)
        Whom we lost; the others were kept.
    covariates : sequence of Covariate
        The most important first: where the losses cannot carry all, the last are left out.
    cluster : array_like, shape (n,)
        Couple labels; a person alone has a label of their own.
    level : float
        Confidence level, between 0 and 1.

    Returns
    -------
    DropoutModel
        ``n`` people of whom every covariate in the model is known.

    Raises
    ------
    ValueError
        If the lengths differ, a value is infinite, a label is blank or ``level`` is not allowed.

    Notes
    -----
    A covariate is taken in while there are 5 losses (and 5 kept) for each coefficient; the first
    one in any case. Where no maximum is found the last covariate goes, until there is one.
    Maximum likelihood, or Firth's penalised likelihood where there are fewer, or where the
    likelihood has no maximum. Standard errors are sandwich errors by couple with
    G / (G - 1), intervals on t(G - 1); with Firth's method the larger of these and those of the
    model, because a sandwich shrinks to nothing where a group was lost entirely. ``lr`` is twice
    the difference of the (penalised) log-likelihoods from the model without covariates,
    chi-squared on ``df``; it does not allow for couples. ``auc`` is the share of pairs of one
    lost and one kept in which the model gives the lost the higher odds.

    References
    ----------
    Firth (1993), https://doi.org/10.1093/biomet/80.1.27. Heinze & Schemper (2002),
    https://doi.org/10.1002/sim.1047. Peduzzi and others (1996),
    https://doi.org/10.1016/S0895-4356(96)00236-3, on events per coefficient.

    Examples
    --------
    >>> lost = [1] * 10 + [0] * 30 + [1] * 20 + [0] * 20
    >>> role = np.repeat([0.0, 1.0], 40)[:, None]
    >>> found = dropout_model(lost, [Covariate("role", ("role=father",), role)], range(80))
    >>> round(found.terms[0].odds_ratio, 6), found.method, round(found.auc, 6)
    (3.0, 'ml', 0.633333)
    """
    check_level(level)
    gone = np.asarray(lost, dtype=bool)
    codes, _ = couple_codes(cluster)
    _check_shapes(gone, codes, covariates)
    n, n_lost = int(gone.size), int(gone.sum())
    counted = (n, n_lost, int(np.unique(codes).size))
    reason = "N0" if n == 0 else "NONE_LOST" if n_lost == 0 else "NONE_KEPT" if n_lost == n else ""
    if reason:
        return DropoutModel(*counted, reason=reason)
    chosen, left_out = _choose(gone, covariates)
    found = _fitted(gone, chosen, left_out, codes, counted, level)
    while found.reason == NOT_CONVERGED and len(chosen) > 1:
        left_out[chosen.pop().name] = NOT_CONVERGED
        found = _fitted(gone, chosen, left_out, codes, counted, level)
    return found


def _check_shapes(
    gone: NDArray[np.bool_], codes: NDArray[np.intp], covariates: Sequence[Covariate]
) -> None:
    if gone.ndim != 1 or gone.shape != codes.shape:
        raise ValueError(f"lost has shape {gone.shape}, cluster {codes.shape}: they must agree")
    for one in covariates:
        if one.values.shape != (gone.size, len(one.terms)):
            raise ValueError(
                f"covariate {one.name!r}: values of shape {(gone.size, len(one.terms))} are "
                f"needed, not {one.values.shape}"
            )
        if np.isinf(one.values).any():
            raise ValueError(f"covariate {one.name!r}: every value must be finite or NaN")


def _choose(
    gone: NDArray[np.bool_], covariates: Sequence[Covariate]
) -> tuple[list[Covariate], dict[str, str]]:
    """The covariates that the losses can carry, in their order; why not the others."""
    chosen: list[Covariate] = []
    left_out: dict[str, str] = {}
    rows = np.ones(gone.size, dtype=bool)
    for one in covariates:
        known = ~np.isnan(one.values).any(axis=1)
        together = rows & known
        design = _design([*chosen, one], together)
        events = _events(gone[together])
        n_terms = design.shape[1] - 1
        carried = events >= EVENTS_PER_COEFFICIENT * n_terms
        if not together.any() or together.sum() < LEAST_KNOWN * rows.sum():
            left_out[one.name] = "COVARIATE_UNKNOWN"
        elif events == 0 or (np.ptp(one.values[together], axis=0) == 0).any():
            left_out[one.name] = "CONSTANT"
        elif np.linalg.matrix_rank(design) <= n_terms:
            left_out[one.name] = "COLLINEAR"
        elif not carried and n_terms > 1:
            left_out[one.name] = "FEW_EVENTS"
        else:
            chosen.append(one)
            rows = together
    return chosen, left_out


def _events(gone: NDArray[np.bool_]) -> int:
    """The rarer of lost and kept."""
    return int(min(gone.sum(), (~gone).sum()))


def _design(covariates: Sequence[Covariate], rows: NDArray[np.bool_]) -> Floats:
    """Intercept and columns, each with mean 0 and SD 1, so that ranks and steps are well scaled."""
    columns = np.column_stack([np.ones(int(rows.sum())), *(c.values[rows] for c in covariates)])
    if columns.shape[0]:
        columns[:, 1:] -= columns[:, 1:].mean(axis=0)
        spread = columns[:, 1:].std(axis=0)
        columns[:, 1:] /= np.where(spread > 0, spread, 1.0)
    return columns


def _fitted(
    gone: NDArray[np.bool_],
    chosen: Sequence[Covariate],
    left_out: Mapping[str, str],
    codes: NDArray[np.intp],
    counted: tuple[int, int, int],
    level: float,
) -> DropoutModel:
    why = tuple(left_out.items())
    if not chosen:
        return DropoutModel(*counted, left_out=why, reason="NO_COVARIATE")
    everything = np.column_stack([one.values for one in chosen])
    rows = np.asarray(~np.isnan(everything).any(axis=1))
    y, design = gone[rows].astype(float), _design(chosen, rows)
    couples, n_couples = couple_codes(codes[rows])
    counted = (int(rows.sum()), int(gone[rows].sum()), n_couples)
    if n_couples < design.shape[1] + 1:
        return DropoutModel(*counted, left_out=why, reason="FEW_COUPLES")
    few = _events(gone[rows]) < EVENTS_PER_COEFFICIENT * (design.shape[1] - 1)
    method: Method = "firth" if few else "ml"
    notes = ["FEW_EVENTS"] if few else []
    fit = fit_logistic(y, design, couples, method=method)
    if not fit.converged and method == "ml":
        method = "firth"
        notes.append("SEPARATED")
        fit = fit_logistic(y, design, couples, method=method)
    if not fit.converged:
        return DropoutModel(*counted, left_out=why, method=method, reason=NOT_CONVERGED)
    df = design.shape[1] - 1
    lr = max(0.0, 2 * (fit.log_likelihood - fit.null_log_likelihood))
    names = [(one.name, term) for one in chosen for term in one.terms]
    raw = everything[rows]
    return DropoutModel(
        *counted,
        terms=_terms(fit, names, raw.std(axis=0), n_couples, level),
        left_out=why,
        intercept=float(
            fit.coefficients[0] - (fit.coefficients[1:] / raw.std(axis=0)) @ raw.mean(axis=0)
        ),
        auc=area_under_curve(y, design @ fit.coefficients),
        lr=lr,
        df=float(df),
        p_lr=float(special.chdtrc(df, lr)),
        method=method,
        reason=";".join(notes),
    )


def _terms(
    fit: LogisticFit, names: Sequence[tuple[str, str]], spread: Floats, n_couples: int, level: float
) -> tuple[Term, ...]:
    """Coefficients in the covariates' own units, as odds ratios."""
    slopes, errors = fit.coefficients[1:] / spread, fit.se[1:] / spread
    reach = float(critical_t(n_couples - 1, level=level)) * errors
    p = 2 * special.stdtr(n_couples - 1, -np.abs(slopes / errors))
    with np.errstate(over="ignore"):
        ratios, low, high = np.exp(slopes), np.exp(slopes - reach), np.exp(slopes + reach)
    columns = np.transpose([slopes, errors, ratios, low, high, p])
    return tuple(
        Term(covariate, name, *(float(value) for value in row))
        for (covariate, name), row in zip(names, columns, strict=True)
    )


def area_under_curve(lost: ArrayLike, score: ArrayLike) -> float:
    """Share of pairs of one lost and one kept in which the lost has the higher score.

    Parameters
    ----------
    lost : array_like of bool, shape (n,)
        Whom we lost.
    score : array_like, shape (n,)
        What is to tell them from the others; equal scores count one half.

    Returns
    -------
    float
        0.5 = no better than chance; NaN where nobody was lost or nobody kept.

    Examples
    --------
    >>> area_under_curve([1, 0, 1, 0], [3.0, 1.0, 2.0, 2.0])
    0.875
    """
    gone, values = np.asarray(lost, dtype=bool), np.asarray(score, dtype=float)
    n_lost, n_kept = int(gone.sum()), int((~gone).sum())
    if not n_lost or not n_kept:
        return NAN
    # Scores that differ by rounding alone are equal.
    ranks = stats.rankdata(np.round(values, 9))
    return float((ranks[gone].sum() - n_lost * (n_lost + 1) / 2) / (n_lost * n_kept))
