"""Little's test: whether scores are missing completely at random, as far as the scores can tell."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray

from evaluation.analysis.later import special

NAN = float("nan")
Floats = NDArray[np.float64]
TOLERANCE = 1e-13
MOST_STEPS = 3_000
# A covariance matrix of standardised scores with a smaller eigenvalue cannot be turned round.
SINGULAR = 1e-6


@dataclass(frozen=True, slots=True, eq=False)
class MissingAtRandom:
    """Little's test of one table.

    ``n`` rows with at least one value, in ``patterns`` patterns. ``statistic`` is d2 with the
    maximum-likelihood covariance; ``statistic_unbiased`` with n / (n - 1) times it. ``mean`` and
    ``covariance`` (maximum likelihood; NaN for two columns never seen together) are of the columns
    that hold a value. Not estimable is NaN with ``reason``: ``N0``, ``ONE_WAVE``,
    ``ONE_PATTERN`` (nothing is missing, or the same for all), ``FEW_ROWS`` (fewer rows than
    columns, or a column with one value), ``SD0`` (a column that is all equal), ``SINGULAR``,
    ``NOT_CONVERGED``.
    """

    n: int
    patterns: int
    statistic: float = NAN
    df: float = NAN
    p: float = NAN
    statistic_unbiased: float = NAN
    p_unbiased: float = NAN
    mean: Floats = field(default_factory=lambda: np.empty(0))
    covariance: Floats = field(default_factory=lambda: np.empty((0, 0)))
    steps: int = 0
    reason: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class _Patterns:
    """What the likelihood needs of the rows that miss the same: all arrays start with (P,)."""

    seen: NDArray[np.bool_]
    n: Floats
    mean: Floats
    products: Floats

    @classmethod
    def of(cls, values: Floats) -> _Patterns:
        there = ~np.isnan(values)
        seen, codes = np.unique(there, axis=0, return_inverse=True)
        codes = codes.ravel()
        n = np.bincount(codes).astype(float)
        filled = np.where(there, values, 0.0)
        mean = np.zeros(seen.shape)
        np.add.at(mean, codes, filled)
        mean /= n[:, None]
        apart = np.where(there, filled - mean[codes], 0.0)
        products = np.zeros((*seen.shape, seen.shape[1]))
        np.add.at(products, codes, apart[:, :, None] * apart[:, None, :])
        return cls(seen, n, mean, products)


def little_mcar(values: ArrayLike) -> MissingAtRandom:
    r"""Test whether the rows that miss different columns have different means.

    ``d2 = sum_j n_j (ybar_j - mu_j)' Sigma_j^-1 (ybar_j - mu_j)`` over the patterns j of what is
    missing, with mu and Sigma by maximum likelihood under a normal distribution (EM), each cut
    down to the columns that pattern j has; chi-squared with ``sum_j k_j - k`` degrees of freedom.

    Parameters
    ----------
    values : array_like, shape (n, k)
        One row for each person, one column for each point in time; NaN = missing.

    Returns
    -------
    MissingAtRandom

    Raises
    ------
    ValueError
        If ``values`` is not two-dimensional or a value is infinite.

    Notes
    -----
    Rows and columns without any value are left out. A large p is no proof that nothing was lost
    by design or by circumstance: the test has little power with few people, supposes normal
    scores, and cannot see whether those who are missing would have answered otherwise.

    References
    ----------
    Little (1988), https://doi.org/10.1080/01621459.1988.10478722.

    Examples
    --------
    >>> nan = float("nan")
    >>> found = little_mcar([[1, 2], [2, 4], [3, 3], [4, 5], [5, nan], [6, nan]])
    >>> found.n, found.patterns, found.df, round(found.statistic, 4)
    (6, 2, 1.0, 4.1143)
    """
    data = np.asarray(values, dtype=float)
    if data.ndim != 2:
        raise ValueError(f"values: two dimensions are needed, not {data.ndim}")
    if np.isinf(data).any():
        raise ValueError("values: every value must be finite or NaN")
    there = ~np.isnan(data)
    data = data[there.any(axis=1)][:, there.any(axis=0)]
    n, k = data.shape
    if n == 0:
        return MissingAtRandom(0, 0, reason="N0")
    centre, spread = np.nanmean(data, axis=0), np.nanstd(data, axis=0)
    patterns = _Patterns.of((data - centre) / np.where(spread > 0, spread, 1.0))
    reason = _why_undefined(data, patterns, spread)
    if reason:
        return MissingAtRandom(n, patterns.n.size, reason=reason)
    mean, covariance, steps = _most_likely(patterns)
    if steps > MOST_STEPS:
        return MissingAtRandom(n, patterns.n.size, steps=MOST_STEPS, reason="NOT_CONVERGED")
    if not _is_regular(patterns, covariance):
        return MissingAtRandom(n, patterns.n.size, steps=steps, reason="SINGULAR")
    statistic = _statistic(patterns, mean, covariance)
    df = float(patterns.seen.sum() - k)
    unbiased = statistic * (n - 1) / n
    pairs = there.astype(float).T @ there.astype(float)
    together = pairs[np.ix_(there.any(axis=0), there.any(axis=0))] > 0
    return MissingAtRandom(
        n=n,
        patterns=patterns.n.size,
        statistic=statistic,
        df=df,
        p=float(special.chdtrc(df, statistic)),
        statistic_unbiased=unbiased,
        p_unbiased=float(special.chdtrc(df, unbiased)),
        mean=centre + spread * mean,
        covariance=np.where(together, covariance * np.outer(spread, spread), NAN),
        steps=steps,
    )


def _why_undefined(data: Floats, patterns: _Patterns, spread: Floats) -> str:
    """Why there can be no test; the first reason that holds, or ``""``."""
    n, k = data.shape
    if k < 2:
        return "ONE_WAVE"
    if patterns.n.size < 2:
        return "ONE_PATTERN"
    if n <= k or ((~np.isnan(data)).sum(axis=0) < 2).any():
        return "FEW_ROWS"
    rounding = 1e-12 * np.nanmax(np.abs(data), axis=0)
    return "SD0" if (spread <= rounding).any() else ""


def _most_likely(patterns: _Patterns) -> tuple[Floats, Floats, int]:
    """Mean and covariance by EM; more than MOST_STEPS steps = it did not settle.

    EM creeps where much is missing, so every other step leaps ahead along the last two (squared
    extrapolation); it ends as soon as a plain step moves nothing.
    """
    k = patterns.seen.shape[1]
    state = np.vstack([np.zeros(k), np.eye(k)])
    for step in range(1, MOST_STEPS + 1, 3):
        first = _em_step(patterns, state)
        second = _em_step(patterns, first)
        moved, bend = first - state, second - 2 * first + state
        if np.abs(moved).max() < TOLERANCE:
            return first[0], first[1:], step
        if not _is_regular(patterns, first[1:]):
            return first[0], first[1:], step
        state = _em_step(patterns, _leap(patterns, state, moved, bend, second))
    return state[0], state[1:], MOST_STEPS + 1


def _leap(
    patterns: _Patterns, state: Floats, moved: Floats, bend: Floats, second: Floats
) -> Floats:
    """A place further along; the second plain step where that would be no covariance."""
    length = float(np.sqrt((moved**2).sum() / max((bend**2).sum(), np.finfo(float).tiny)))
    if length <= 1:
        return second
    ahead = state + 2 * length * moved + length**2 * bend
    return ahead if _is_regular(patterns, ahead[1:]) else second


def _em_step(patterns: _Patterns, state: Floats) -> Floats:
    """Expected sums of all columns given those that were seen, and what follows from them.

    The first row of a state is the mean, the others are the covariance.
    """
    mean, covariance = state[0], state[1:]
    inverse = _inverse_of_seen(patterns.seen, covariance)
    slopes = covariance @ inverse
    left = covariance - slopes @ covariance
    shift = np.einsum("pij,pj->pi", slopes, np.where(patterns.seen, patterns.mean - mean, 0.0))
    n = patterns.n.sum()
    new_mean = mean + (patterns.n @ shift) / n
    apart = mean + shift - new_mean
    between = np.einsum("p,pi,pj->ij", patterns.n, apart, apart)
    within = np.einsum("pij,pjk,plk->il", slopes, patterns.products, slopes, optimize=True)
    unseen = np.einsum("p,pij->ij", patterns.n, left)
    total = (between + within + unseen) / n
    return np.vstack([new_mean, (total + total.T) / 2])


def _inverse_of_seen(seen: NDArray[np.bool_], covariance: Floats) -> Floats:
    """For each pattern the inverse of the part that was seen, 0 elsewhere."""
    both = seen[:, :, None] & seen[:, None, :]
    # With 1 on the rest of the diagonal every pattern is inverted in one go.
    padded = np.where(both, covariance, np.eye(seen.shape[1]))
    return np.where(both, np.linalg.inv(padded), 0.0)


def _is_regular(patterns: _Patterns, covariance: Floats) -> bool:
    both = patterns.seen[:, :, None] & patterns.seen[:, None, :]
    padded = np.where(both, covariance, np.eye(patterns.seen.shape[1]))
    return bool(np.linalg.eigvalsh(padded)[:, 0].min() > SINGULAR)


def _statistic(patterns: _Patterns, mean: Floats, covariance: Floats) -> float:
    apart = np.where(patterns.seen, patterns.mean - mean, 0.0)
    inverse = _inverse_of_seen(patterns.seen, covariance)
    return float(np.einsum("p,pi,pij,pj->", patterns.n, apart, inverse, apart))
