"""Whether those who were lost could change the conclusion: fixed assumptions, and how far to go.

Everybody with the earlier score counts, whether or not they came back. Improvement is positive
where things got better.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from evaluation.analysis.clusters import clustered_se, couple_codes
from evaluation.analysis.effect import ROUNDING_SHARE
from evaluation.analysis.intervals import check_level, t_interval
from evaluation.analysis.later import optimize
from evaluation.analysis.rubin import PooledEstimate, pool_imputations
from evaluation.analysis.selection import selection_bias

NAN = float("nan")
Array = NDArray[np.float64]
SMALL_EFFECT = 0.2  # standard deviations
# Weak, middling and strong: how the inclination to come back goes together with the change.
INCLINATIONS = (0.1, 0.27, 0.45)


@dataclass(frozen=True, slots=True)
class MeanChange:
    """A mean with its clustered interval. ``reason``: ``NONE_OBSERVED``, ``G1`` or ``SE0``."""

    n: int = 0
    n_couples: int = 0
    estimate: float = NAN
    se: float = NAN
    df: float = NAN
    low: float = NAN
    high: float = NAN
    reason: str = ""


def mean_change(improvement: ArrayLike, cluster: ArrayLike, *, level: float = 0.95) -> MeanChange:
    """Mean of the improvements that are there, t with G - 1 degrees of freedom.

    Parameters
    ----------
    improvement : array_like, shape (n,)
        NaN for those who do not count.
    cluster : array_like, shape (n,)
        Couple of each person.
    level : float
        Confidence level, between 0 and 1.

    Returns
    -------
    MeanChange

    Raises
    ------
    ValueError
        If the shapes do not fit or ``level`` is not allowed.

    Examples
    --------
    >>> found = mean_change([4.0, 6.0, 5.0, float("nan")], ["a", "b", "c", "d"])
    >>> found.n, found.estimate, round(found.se, 4)
    (3, 5.0, 0.5774)
    """
    check_level(level)
    values, couples = np.asarray(improvement, dtype=float), np.asarray(cluster)
    if values.shape != couples.shape:
        raise ValueError(f"improvement has shape {values.shape}, cluster {couples.shape}")
    there = np.isfinite(values)
    values, couples = values[there], couples[there]
    if not values.size:
        return MeanChange(reason="NONE_OBSERVED")
    estimate = float(values.mean())
    n_couples = couple_codes(couples)[1]
    se = clustered_se(values - estimate, couples)
    if se <= ROUNDING_SHARE * float(np.abs(values).max()):
        se = 0.0
    low, high = t_interval(estimate=estimate, se=se, df=n_couples - 1, level=level)
    return MeanChange(
        n=int(values.size),
        n_couples=n_couples,
        estimate=estimate,
        se=se if se > 0 else NAN,
        df=float(n_couples - 1) if n_couples > 1 else NAN,
        low=float(low),
        high=float(high),
        reason="G1" if n_couples == 1 else "SE0" if not se > 0 else "",
    )


def last_score(scores: ArrayLike) -> Array:
    """The last score of each person that is there: what LOCF carries forward.

    Parameters
    ----------
    scores : array_like, shape (n, waves)
        In order of time, up to the later wave; NaN = missing.

    Returns
    -------
    ndarray, shape (n,)
        NaN where a person has no score.

    Examples
    --------
    >>> last_score([[20, 15, float("nan")], [18, float("nan"), float("nan")]]).tolist()
    [15.0, 18.0]
    """
    table = np.asarray(scores, dtype=float)
    last = np.full(len(table), np.nan)
    for column in table.T:
        last = np.where(np.isfinite(column), column, last)
    return last


def completers_bias(*, n_kept: int, n: int, sd_change: float) -> tuple[float, ...]:
    """How far the mean of those who came back may lie from that of everybody, in points.

    One value for each of INCLINATIONS: `evaluation.analysis.selection.selection_bias` times the
    SD of change. NaN where nobody came back.

    Examples
    --------
    >>> [round(points, 2) for points in completers_bias(n_kept=50, n=100, sd_change=10.0)]
    [0.8, 2.15, 3.59]
    """
    if not n:
        return (NAN,) * len(INCLINATIONS)
    found = selection_bias(n_kept / n, np.array(INCLINATIONS)) * sd_change
    return tuple(float(value) for value in found)


@dataclass(frozen=True, eq=False)
class DeltaAnalysis:
    """What becomes of an imputed mean change if those lost did worse than the model says.

    ``improvements`` has shape (m, n): everybody's improvement in each imputed data set; ``lost``
    says whose are imputed. Taking ``delta`` points off theirs lowers the mean by exactly ``delta``
    times the share lost.
    """

    improvements: Array
    lost: NDArray[np.bool_]
    cluster: NDArray[np.intp]
    level: float = 0.95

    @classmethod
    def of(
        cls, improvements: ArrayLike, lost: ArrayLike, cluster: ArrayLike, *, level: float = 0.95
    ) -> DeltaAnalysis:
        """Check and keep.

        Raises
        ------
        ValueError
            If shapes do not fit, an improvement is missing, or ``level`` is not allowed.

        Examples
        --------
        >>> found = DeltaAnalysis.of(
        ...     [[4, 6, 5, 3], [4, 6, 5, 1]], [False, False, False, True], range(4))
        >>> found.at(0).estimate, found.at(2).estimate, found.share_lost
        (4.25, 3.75, 0.25)
        """
        check_level(level)
        x, gone = np.asarray(improvements, dtype=float), np.asarray(lost, dtype=bool)
        codes, _ = couple_codes(np.asarray(cluster))
        if x.ndim != 2 or gone.shape != (x.shape[1],) or codes.shape != gone.shape:
            raise ValueError(
                f"improvements has shape {x.shape}, lost {gone.shape}, cluster {codes.shape}: "
                "(m, n), (n,) and (n,) are needed"
            )
        if not np.isfinite(x).all():
            raise ValueError("improvements: every value must be a finite number")
        return cls(x, gone, codes, level)

    @property
    def share_lost(self) -> float:
        """The share of everybody who was lost."""
        return float(self.lost.mean()) if self.lost.size else NAN

    @property
    def n_couples(self) -> int:
        """How many couples everybody comes from."""
        return int(self.cluster.max(initial=-1)) + 1

    @cached_property
    def _parts(self) -> tuple[Array, Array, Array, float]:
        """Means and variances as polynomials of delta: a couple's total is S - delta L."""
        m, n = self.improvements.shape
        groups = self.n_couples
        means = self.improvements.mean(axis=1)
        apart = self.improvements - means[:, None]
        place = (self.cluster + groups * np.arange(m)[:, None]).ravel()
        totals = np.bincount(place, weights=apart.ravel(), minlength=m * groups).reshape(m, groups)
        gone = np.bincount(self.cluster, weights=self.lost - self.share_lost, minlength=groups)
        scale = groups / (groups - 1) / n**2
        own = scale * (totals**2).sum(axis=1)
        return means, own, scale * (totals @ gone), scale * float(gone @ gone)

    def at(self, delta: float) -> PooledEstimate:
        """The pooled mean change if everybody lost did ``delta`` points worse than imputed."""
        m, n = self.improvements.shape
        if not n or not m:
            return PooledEstimate(0, reason="N0")
        if self.n_couples < 2:
            means = self.improvements.mean(axis=1) - delta * self.share_lost
            return PooledEstimate(m, estimate=float(means.mean()), reason="G1")
        means, own, cross, square = self._parts
        variances = np.maximum(own - 2 * delta * cross + delta**2 * square, 0.0)
        return pool_imputations(
            means - delta * self.share_lost,
            variances,
            df_complete=self.n_couples - 1,
            level=self.level,
        )

    def tipping_point(self) -> float:
        """How much worse those lost must have done for the interval to touch 0.

        Negative where the mean is a worsening: how much better. NaN where nobody is lost, or the
        interval holds 0 already.
        """
        start = self.at(0.0)
        if not self.share_lost > 0 or not (start.low > 0 or start.high < 0):
            return NAN
        # With everybody's mean at 0 the interval holds 0, so the point lies on the way there.
        to_zero = start.estimate / self.share_lost
        end = "low" if start.estimate > 0 else "high"
        return float(
            optimize.brentq(lambda delta: getattr(self.at(delta), end), 0.0, to_zero, xtol=1e-10)
        )

    def to_zero(self) -> float:
        """How much worse those lost must have done for no mean change at all."""
        return self.at(0.0).estimate / self.share_lost if self.share_lost > 0 else NAN

    def to_small(self, sd: float) -> float:
        """How much worse those lost must have done for a mean change of SMALL_EFFECT ``sd``.

        NaN where nobody is lost, ``sd`` is not known, or the change is smaller already.
        """
        estimate, small = self.at(0.0).estimate, SMALL_EFFECT * sd
        if not self.share_lost > 0 or not abs(estimate) > small:
            return NAN
        return float(np.sign(estimate)) * (abs(estimate) - small) / self.share_lost
