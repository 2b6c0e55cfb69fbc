"""Mean scores with a random intercept for every group of people: couple/person, site/couple/person.

The headline for scores with gaps: everybody with at least one score counts, and scores may be
missing in a way that depends on the scores that are there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray

from evaluation.analysis.clusters import couple_codes
from evaluation.analysis.nested_likelihood import Array, Tree, most_likely_ratios

# Spread below this share of the largest value is rounding error.
_ROUNDING_SHARE = 1e-12


@dataclass(frozen=True, slots=True, eq=False)
class NestedFit:
    """A linear model with nested random intercepts, fitted by REML.

    Where ``reason`` is not empty there are no numbers: every float is NaN.

    =================  ======================================================================
    N0                 no observation
    RANK_X             a column of ``x`` follows from the others, or there are too few rows
    DF0                too few repeated observations to tell chance from the groups
    G1                 the outermost level has one group only
    SD0                nothing is left to chance: the columns and the groups fit exactly
    NOT_CONVERGED      the search for the variances did not end at an optimum
    =================  ======================================================================

    ``variances`` has the levels outermost first. A level in ``merged`` has NaN: each of its groups
    is one group (or observation) of the level below, so its variance is part of the one there.
    ``singular`` says that a variance is 0, which is a legal answer.
    """

    estimates: Array
    covariance: Array
    variances: Mapping[str, float]
    var_residual: float
    log_likelihood: float
    n: int
    n_groups: Mapping[str, int]
    merged: tuple[str, ...] = ()
    converged: bool = False
    singular: bool = False
    reason: str = ""
    se: Array = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "se", np.sqrt(np.diag(self.covariance)))


def nested_reml(y: ArrayLike, x: ArrayLike, groups: Mapping[str, ArrayLike]) -> NestedFit:
    r"""Fit ``y = x b + one random intercept for each group of each level + residual`` by REML.

    Parameters
    ----------
    y : array_like, shape (n,)
        Values, all finite.
    x : array_like, shape (n, p)
        Columns of the fixed part, with a column of ones (or columns that add up to it).
    groups : mapping of str to array_like, shape (n,)
        Labels of each level, outermost first, such as ``{"couple": ..., "person": ...}``. Each
        level is read within the one before it: person 1 of couple A is not person 1 of couple B.

    Returns
    -------
    NestedFit
        Estimates in the order of the columns, in the unit of ``y``; their covariance is
        ``(x' V^-1 x)^-1`` at the fitted variances; ``log_likelihood`` is the restricted one with
        all its constants, as lme4 prints it.

    Raises
    ------
    ValueError
        If shapes do not agree, a value is not finite, a label is blank or ``groups`` is empty.

    Notes
    -----
    With the variance ratios :math:`\lambda_l = \sigma_l^2/\sigma^2` a group of level l whose parts
    have weights adding up to W has the weight :math:`w = W/(1 + \lambda_l W)`, and

    .. math:: \log|V/\sigma^2| = \sum_l \sum_g \log(1 + \lambda_l W_g)

    while :math:`M' V^{-1} M` with M = (x, y) is the sum over levels of weighted squares around the
    means of the groups above. Coefficients and :math:`\sigma^2` are profiled out. The exact slope
    in :math:`\lambda_l` is
    :math:`\sum_g 1_g' P 1_g - (1_g' P y)^2/\sigma^2`; the search starts at the best points of a
    coarse grid, keeps :math:`\lambda_l \ge 0`, and ends with Newton steps.

    References
    ----------
    Patterson & Thompson (1971), https://doi.org/10.1093/biomet/58.3.545. Bates et al. (2015),
    https://doi.org/10.18637/jss.v067.i01.

    Examples
    --------
    >>> fit = nested_reml([1, 3, 5, 7], np.ones((4, 1)), {"couple": ["a", "a", "b", "b"]})
    >>> [round(float(v), 6) for v in (fit.estimates[0], fit.se[0], fit.variances["couple"])]
    [4.0, 2.0, 7.0]
    """
    values, columns, codes = _checked(y, x, groups)
    sizes = {name: int(code.max()) + 1 if code.size else 0 for name, code in codes.items()}
    kept, merged = _separable(codes, sizes, values.size)
    problem = _Problem(values, columns, codes, sizes, kept, merged)
    reason = _why_not(problem)
    if reason:
        return _without_numbers(problem, reason)
    shift = np.linalg.lstsq(columns, values, rcond=None)[0]
    tree = Tree.of(columns, values - columns @ shift, [codes[name] for name in reversed(kept)])
    ratios = most_likely_ratios(tree)
    if ratios is None:
        return _without_numbers(problem, "NOT_CONVERGED")
    point = tree.at(ratios)
    found = dict(zip(reversed(kept), ratios * point.variance, strict=True))
    return NestedFit(
        estimates=shift + point.coefficients,
        covariance=point.variance * point.inverse,
        variances={name: float(found.get(name, np.nan)) for name in codes},
        var_residual=point.variance,
        log_likelihood=-(point.criterion + tree.df * (1 + float(np.log(2 * np.pi)))) / 2,
        n=values.size,
        n_groups=sizes,
        merged=merged,
        converged=True,
        singular=bool((ratios == 0).any()),
    )


@dataclass(frozen=True, slots=True)
class _Problem:
    """What is to be fitted, checked."""

    values: Array
    columns: Array
    codes: dict[str, NDArray[np.intp]]
    sizes: dict[str, int]
    kept: tuple[str, ...]
    merged: tuple[str, ...]


def _checked(
    y: ArrayLike, x: ArrayLike, groups: Mapping[str, ArrayLike]
) -> tuple[Array, Array, dict[str, NDArray[np.intp]]]:
    values, columns = np.asarray(y, dtype=float), np.asarray(x, dtype=float)
    if values.ndim != 1 or columns.ndim != 2 or len(columns) != values.size:
        raise ValueError(f"y {values.shape}, x {columns.shape}: need shapes (n,) and (n, p)")
    if not columns.shape[1] or not groups:
        raise ValueError("x, groups: at least one column and one level are needed")
    if not (np.isfinite(values).all() and np.isfinite(columns).all()):
        raise ValueError("y, x: every value must be a finite number; leave out the missing first")
    codes: dict[str, NDArray[np.intp]] = {}
    outer = np.zeros(values.size, dtype=np.intp)
    for name, labels in groups.items():
        own, count = couple_codes(labels)
        if own.shape != values.shape:
            raise ValueError(f"groups[{name!r}] has shape {own.shape}, y {values.shape}")
        outer = np.unique(outer * max(count, 1) + own, return_inverse=True)[1]
        codes[name] = outer
    return values, columns, codes


def _separable(
    codes: Mapping[str, NDArray[np.intp]], sizes: Mapping[str, int], n: int
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Levels whose groups are not those of the level below (or single observations)."""
    kept: list[str] = []
    below = n
    for name in reversed(list(codes)):
        if sizes[name] < below:
            kept.append(name)
            below = sizes[name]
    merged = tuple(name for name in codes if name not in kept)
    return tuple(reversed(kept)), merged


def _why_not(problem: _Problem) -> str:
    n, p = problem.columns.shape
    if n == 0:
        return "N0"
    length = np.sqrt((problem.columns**2).sum(axis=0))
    if not (length > 0).all() or np.linalg.matrix_rank(problem.columns / length) < p:
        return "RANK_X"
    if next(iter(problem.sizes.values())) == 1:
        return "G1"
    size = float(np.abs(problem.values).max())
    values, columns, used = problem.values, problem.columns, 0
    if problem.kept:
        # What is left of the innermost groups' own course: it must show some chance.
        inner = problem.codes[problem.kept[-1]]
        used = problem.sizes[problem.kept[-1]]
        counts = np.bincount(inner)
        values = values - (np.bincount(inner, weights=values) / counts)[inner]
        means = np.stack([np.bincount(inner, weights=column) / counts for column in columns.T])
        columns = (columns - means.T[inner]) / length
    fit, _, rank, _ = np.linalg.lstsq(columns, values, rcond=_ROUNDING_SHARE)
    if n - used - rank <= 0:
        return "DF0"
    apart = values - columns @ fit
    return "SD0" if np.sqrt(apart @ apart / n) <= _ROUNDING_SHARE * size else ""


def _without_numbers(problem: _Problem, reason: str) -> NestedFit:
    p = problem.columns.shape[1]
    nan = float("nan")
    return NestedFit(
        estimates=np.full(p, nan),
        covariance=np.full((p, p), nan),
        variances=dict.fromkeys(problem.codes, nan),
        var_residual=nan,
        log_likelihood=nan,
        n=problem.values.size,
        n_groups=problem.sizes,
        merged=problem.merged,
        reason=reason,
    )
