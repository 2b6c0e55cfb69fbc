"""How alike two partners are, and what that costs: ICC, random intercept, design effect."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from evaluation.analysis.clusters import checked_values, couple_codes, couple_means
from evaluation.analysis.intervals import check_level
from evaluation.analysis.later import optimize, special

# A sum of squares this small beside the total is rounding error.
NEGLIGIBLE_SHARE = 1e-20
_GRID = np.linspace(0.0, 1.0, 101)[:-1]
_LARGEST_ICC = 1 - 1e-12


@dataclass(frozen=True, slots=True)
class RandomIntercept:
    """Mean of a variable with a random intercept for each couple.

    ``reason`` is empty, or says why a field is NaN: ``N0`` no value, ``G1`` one couple only,
    ``SD0`` all values equal, ``SINGLES`` no couple has two values.
    """

    estimate: float
    se: float
    var_between: float
    var_within: float
    icc: float
    log_likelihood: float
    n: int
    n_couples: int
    reason: str = ""


@dataclass(frozen=True, slots=True)
class MeanSquares:
    """One-way analysis of variance by couple; ``k0`` is the average couple size it implies."""

    between: float
    within: float
    k0: float
    n: int
    n_couples: int


def mean_squares(x: ArrayLike, cluster: ArrayLike) -> MeanSquares:
    """Mean squares between and within couples, and the average couple size.

    ``k0 = (n - sum m**2 / n) / (G - 1)`` with couple sizes m.

    Parameters
    ----------
    x, cluster : array_like, shape (n,)
        Values, and couple labels.

    Returns
    -------
    MeanSquares
        In squared units of ``x``; ``between`` is NaN with one couple, ``within`` is NaN where no
        couple has two values.

    Raises
    ------
    ValueError
        If the lengths differ, a value is not finite or a label is blank.

    Examples
    --------
    >>> squares = mean_squares([1.0, 3.0, 5.0, 7.0], ["a", "a", "b", "b"])
    >>> squares.between, squares.within, squares.k0
    (16.0, 2.0, 2.0)
    """
    values, codes, n_couples = checked_values(x, cluster)
    n = values.size
    nan = float("nan")
    if n == 0:
        return MeanSquares(nan, nan, nan, 0, 0)
    sizes, means, within = couple_means(values, codes, n_couples)
    between = float(sizes @ (means - values.mean()) ** 2)
    k0 = (n - float(sizes @ sizes) / n) / (n_couples - 1) if n_couples > 1 else nan
    return MeanSquares(
        between=between / (n_couples - 1) if n_couples > 1 else nan,
        within=within / (n - n_couples) if n > n_couples else nan,
        k0=k0,
        n=n,
        n_couples=n_couples,
    )


def anova_icc(x: ArrayLike, cluster: ArrayLike) -> float:
    """Intraclass correlation ICC(1) from mean squares, with its sign.

    ``(MSB - MSW) / (MSB + (k0 - 1) MSW)``. Negative where partners differ more than strangers.

    Parameters
    ----------
    x, cluster : array_like, shape (n,)
        Values, and couple labels.

    Returns
    -------
    float
        At most 1; NaN with fewer than two couples, with no couple of two, or if all values are
        equal.

    Raises
    ------
    ValueError
        If the lengths differ, a value is not finite or a label is blank.

    Examples
    --------
    >>> round(anova_icc([1.0, 3.0, 5.0, 7.0], ["a", "a", "b", "b"]), 6)
    0.777778
    """
    squares = mean_squares(x, cluster)
    total = squares.between + (squares.k0 - 1) * squares.within
    return (squares.between - squares.within) / total if total > 0 else float("nan")


def anova_icc_interval(
    x: ArrayLike, cluster: ArrayLike, *, level: float = 0.95
) -> tuple[float, float]:
    """Exact interval for ICC(1) of equally large couples, by the F distribution.

    With ``F = MSB/MSW`` and its quantiles on (G-1, n-G) degrees of freedom the ends are
    ``(F/q - 1) / (F/q + k - 1)``, q being the upper quantile for the low end and conversely.

    Parameters
    ----------
    x, cluster : array_like, shape (n,)
        Values, and couple labels.
    level : float
        Confidence level, between 0 and 1.

    Returns
    -------
    low, high : float
        NaN where the couples differ in size or ICC(1) is undefined.

    Raises
    ------
    ValueError
        If the lengths differ, a value is not finite, a label is blank, or ``level`` is not
        between 0 and 1.

    Examples
    --------
    >>> low, high = anova_icc_interval([1.0, 3.0, 5.0, 7.0], ["a", "a", "b", "b"])
    >>> round(low, 4), round(high, 4)
    (-0.656, 0.9997)
    """
    check_level(level)
    squares = mean_squares(x, cluster)
    size = squares.n / squares.n_couples if squares.n_couples else 0.0
    equal = abs(squares.k0 - size) < 1e-9
    if not (equal and squares.within > 0):
        return float("nan"), float("nan")
    ratio = squares.between / squares.within
    df = squares.n_couples - 1, squares.n - squares.n_couples
    upper, lower = special.fdtri(*df, (1 + level) / 2), special.fdtri(*df, (1 - level) / 2)
    low, high = ((ratio / q - 1) / (ratio / q + size - 1) for q in (upper, lower))
    return float(low), float(high)


def design_effect(cluster: ArrayLike, icc: float) -> float:
    """How many times larger the variance of a mean is than with unrelated persons.

    ``1 + (m_w - 1) icc`` with the person-weighted couple size ``m_w = sum m**2 / sum m``.

    Parameters
    ----------
    cluster : array_like, shape (n,)
        Couple labels.
    icc : float
        Intraclass correlation of what is averaged: of change, for a mean change.

    Returns
    -------
    float
        1 where everybody is alone, whatever the ICC; NaN if there is nobody or the ICC is NaN.

    Raises
    ------
    ValueError
        If a label is blank.

    Examples
    --------
    >>> design_effect(["a", "a", "b", "b"], 0.5)
    1.5
    """
    codes, n_couples = couple_codes(cluster)
    if codes.size == 0:
        return float("nan")
    if n_couples == codes.size:
        return 1.0
    sizes = np.bincount(codes).astype(float)
    return float(1 + (sizes @ sizes / codes.size - 1) * icc)


def effective_n(cluster: ArrayLike, icc: float) -> float:
    """How many unrelated persons would tell as much: ``n / design effect``.

    Parameters
    ----------
    cluster : array_like, shape (n,)
        Couple labels.
    icc : float
        Intraclass correlation of what is averaged.

    Returns
    -------
    float
        Persons; NaN if the design effect is undefined or not above 0.

    Raises
    ------
    ValueError
        If a label is blank.

    Examples
    --------
    >>> round(effective_n(["a", "a", "b", "b"], 0.5), 6)
    2.666667
    """
    effect = design_effect(cluster, icc)
    return len(np.asarray(cluster)) / effect if effect > 0 else float("nan")


def random_intercept_reml(x: ArrayLike, cluster: ArrayLike) -> RandomIntercept:
    """Mean with a random intercept for each couple, by restricted maximum likelihood.

    ``x = mean + couple + person``. Mean and total variance are profiled out, which leaves a
    likelihood in the ICC alone; it is searched on [0, 1). The standard error is
    ``(X' V^-1 X)^(-1/2)`` at the fitted variances. An ICC of 0 is a legal answer; it is 1 where
    partners always agree.

    Parameters
    ----------
    x, cluster : array_like, shape (n,)
        Values, and couple labels.

    Returns
    -------
    RandomIntercept
        ``estimate`` and ``se`` in the unit of ``x``, variances in its square. Without any couple
        of two the variances cannot be told apart: NaN, and estimate and se are the plain ones.

    Raises
    ------
    ValueError
        If the lengths differ, a value is not finite or a label is blank.

    Examples
    --------
    >>> fit = random_intercept_reml([1.0, 3.0, 5.0, 7.0], ["a", "a", "b", "b"])
    >>> round(fit.estimate, 6), round(fit.se, 6), round(fit.icc, 6)
    (4.0, 2.0, 0.777778)
    """
    values, codes, n_couples = checked_values(x, cluster)
    n = values.size
    if n == 0:
        return _without_variances(float("nan"), float("nan"), 0, 0, "N0")
    centre = float(values.mean())
    deviations = values - centre
    total = float(deviations @ deviations)
    if n_couples == 1:
        return _without_variances(centre, float("nan"), n, 1, "G1")
    if total <= NEGLIGIBLE_SHARE * n * float(np.max(np.abs(values))) ** 2:
        return _without_variances(centre, float("nan"), n, n_couples, "SD0")
    if n_couples == n:
        return _without_variances(centre, (total / (n - 1) / n) ** 0.5, n, n, "SINGLES")
    sizes, means, within = couple_means(deviations, codes, n_couples)
    if within <= NEGLIGIBLE_SHARE * total:
        between = float(means.var(ddof=1))
        estimate = centre + float(means.mean())
        se = (between / n_couples) ** 0.5
        return RandomIntercept(estimate, se, between, 0.0, 1.0, float("inf"), n, n_couples)
    profile = _Profile.of(sizes, means, within)
    icc = profile.best_icc()
    mean, variance, log_likelihood = profile.fit(icc)
    weights = profile.sizes / (1 + (profile.sizes - 1) * icc)
    se = float(np.sqrt(variance / (profile.counts @ weights)))
    return RandomIntercept(
        estimate=centre + mean,
        se=se,
        var_between=variance * icc,
        var_within=variance * (1 - icc),
        icc=icc,
        log_likelihood=log_likelihood,
        n=n,
        n_couples=n_couples,
    )


@dataclass(frozen=True, slots=True)
class _Profile:
    """REML as a function of the ICC; couples of one size are summed up, so a step is cheap."""

    sizes: NDArray[np.float64]
    counts: NDArray[np.float64]
    means: NDArray[np.float64]
    spreads: NDArray[np.float64]
    within: float

    @classmethod
    def of(cls, sizes: NDArray[np.float64], means: NDArray[np.float64], within: float) -> _Profile:
        whole = sizes.astype(np.intp)
        present = np.bincount(whole) > 0
        found, group = np.flatnonzero(present).astype(float), (np.cumsum(present) - 1)[whole]
        counts = np.bincount(group).astype(float)
        averages = np.bincount(group, weights=means) / counts
        spreads = np.bincount(group, weights=(means - averages[group]) ** 2).astype(float)
        return cls(found, counts, averages, spreads, within)

    @property
    def df(self) -> float:
        return float(self.counts @ self.sizes) - 1

    def _parts(self, icc: NDArray[np.float64]) -> tuple[NDArray[np.float64], ...]:
        growth = 1 + (self.sizes - 1) * icc[:, None]
        weights = self.sizes / growth
        total_weight = weights @ self.counts
        mean = weights @ (self.counts * self.means) / total_weight
        squares = self.spreads + self.counts * (self.means - mean[:, None]) ** 2
        residual = self.within / (1 - icc) + (weights * squares).sum(axis=1)
        return growth, weights, total_weight, mean, squares, residual

    def criterion(self, icc: NDArray[np.float64]) -> NDArray[np.float64]:
        """Minus twice the log likelihood, without its constant."""
        growth, _, total_weight, _, _, residual = self._parts(icc)
        return (
            self.df * np.log(residual / self.df)
            + (self.counts @ (self.sizes - 1)) * np.log1p(-icc)
            + np.log(growth) @ self.counts
            + np.log(total_weight)
        )

    def slope(self, icc: float) -> float:
        """Derivative of the criterion; the mean drops out because it is at its optimum."""
        growth, weights, total_weight, _, squares, residual = self._parts(np.array([icc]))
        d_weights = -weights * (self.sizes - 1) / growth
        d_residual = self.within / (1 - icc) ** 2 + (d_weights * squares).sum()
        return float(
            self.df * d_residual / residual[0]
            - (self.counts @ (self.sizes - 1)) / (1 - icc)
            + ((self.sizes - 1) / growth[0]) @ self.counts
            + d_weights[0] @ self.counts / total_weight[0]
        )

    def best_icc(self) -> float:
        if self.sizes.size == 1:
            # Couples of one size: the maximum is known, (MSB - MSW) / (MSB + (m - 1) MSW).
            m, n_couples = float(self.sizes[0]), float(self.counts[0])
            between = m * float(self.spreads[0]) / (n_couples - 1)
            within = self.within / (n_couples * (m - 1))
            return max(0.0, (between - within) / (between + (m - 1) * within))
        position = int(np.argmin(self.criterion(_GRID)))
        left = float(_GRID[max(position - 1, 0)])
        right = float(_GRID[position + 1]) if position + 1 < _GRID.size else _LARGEST_ICC
        if position == 0 and self.slope(0.0) >= 0:
            return 0.0
        if self.slope(right) <= 0:
            return right
        return float(optimize.brentq(self.slope, left, right, xtol=1e-15))

    def fit(self, icc: float) -> tuple[float, float, float]:
        """Mean, total variance and log likelihood at this ICC."""
        at = np.array([icc])
        *_, mean, _, residual = self._parts(at)
        constant = self.df * (1 + np.log(2 * np.pi))
        log_likelihood = -(float(self.criterion(at)[0]) + float(constant)) / 2
        return float(mean[0]), float(residual[0]) / self.df, log_likelihood


def _without_variances(
    estimate: float, se: float, n: int, n_couples: int, reason: str
) -> RandomIntercept:
    nan = float("nan")
    return RandomIntercept(estimate, se, nan, nan, nan, nan, n, n_couples, reason)
