"""Five rules that say when a person's change is more than measurement error.

Jacobson and Truax (JT) is the rule in use. The others differ in what a person is expected to score
without change, and in how much error they allow: Gulliksen, Lord and Novick (GLN), Edwards and
Nunnally (EN), Nunnally and Kotsch (NK), Hageman and Arrindell (HA).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from evaluation.analysis.change_classes import Ranges, find_ranges, side_of
from evaluation.analysis.change_inputs import MeanAndSd, compute_cutoffs, direction_of
from evaluation.analysis.intervals import check_level, critical_normal
from evaluation.analysis.later import special
from instruments.definition import Better

METHODS = ("JT", "GLN", "EN", "NK", "HA")
# A spread below this is rounding error of equal numbers.
_NO_SPREAD = 1e-9

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class MethodChange:
    """What one rule makes of every person's change, before any cut-off.

    ``deviation`` is the change by this rule in points, positive = better, and ``error`` its
    standard error; a change is reliable when the deviation is more than ``critical`` errors.
    Where ``reason`` is not empty both are NaN.
    """

    method: str
    deviation: Floats
    error: float
    critical: float
    reason: str = ""

    @property
    def statistic(self) -> Floats:
        """The deviation in standard errors, to be compared with ``critical``."""
        return self.deviation / self.error

    @property
    def reliably_better(self) -> NDArray[np.bool_]:
        """Whose change is more than ``critical`` errors for the better; a tie is not."""
        return self._beyond(1)

    @property
    def reliably_worse(self) -> NDArray[np.bool_]:
        """Whose change is more than ``critical`` errors for the worse; a tie is not."""
        return self._beyond(-1)

    def _beyond(self, way: int) -> NDArray[np.bool_]:
        if self.reason:
            return np.zeros(self.deviation.shape, dtype=bool)
        return side_of(way * self.deviation, self.critical * self.error) > 0


def measure_change(
    before: ArrayLike,
    after: ArrayLike,
    *,
    better: Better,
    sd: float,
    reliability: float,
    reliability_after: float | None = None,
    level: float = 0.95,
) -> dict[str, MethodChange]:
    r"""Every person's change by each of the five rules.

    Parameters
    ----------
    before, after : array_like, shape (n,)
        Scores of the same people, all finite.
    better : {"higher", "lower"}
        Which way of the scale is better.
    sd : float
        SD of the scores before, in points.
    reliability : float
        Reliability of the measure; every rule needs it strictly between 0 and 1.
    reliability_after : float, optional
        Reliability of the scores after, for NK only; without it ``reliability`` stands for both.
    level : float
        Two-sided level. HA is one-sided, as its authors have it: 1.644854 at 0.95.

    Returns
    -------
    dict of str to MethodChange
        Keys METHODS. ``reason``: ``N0``, ``N1`` (all but JT need the mean of a group),
        ``REL_RANGE``, ``SD0`` (no spread before; for HA: everybody changed by the same amount),
        ``RDD0`` (HA: the changes vary no more than measurement error alone makes them).

    Raises
    ------
    ValueError
        If shapes differ, a score is not finite, or ``better`` or ``level`` is not allowed.

    Notes
    -----
    With :math:`M` the mean before, :math:`E = s\sqrt{1-r}`, :math:`x` = after - before, and
    all of it turned so that positive is better:

    ====  ===========================================  =========================================
    JT    :math:`x`                                    :math:`\sqrt2 E`
    GLN   :math:`(after - M) - r (before - M)`         :math:`s \sqrt{1 - r^2}`
    EN    as GLN                                       :math:`E`
    NK    as GLN                                       :math:`s\sqrt{r^2 (1 - r) + 1 - r_2}`
    HA    :math:`x\,r_{dd} + \bar x (1 - r_{dd})`      :math:`\sqrt{r_{dd}} \sqrt2 E`
    ====  ===========================================  =========================================

    :math:`r_{dd} = 1 - 2 E^2 / s_x^2` is the reliability of the differences; the longer formula
    with both SDs and their correlation comes to the same. GLN subtracts the mean before from both
    scores. The variant that subtracts each wave's own mean would take the group's whole gain
    away, and is not offered.

    References
    ----------
    Jacobson & Truax (1991), https://doi.org/10.1037/0022-006X.59.1.12. Hsu (1995),
    https://doi.org/10.1037/0022-006x.63.1.141. Speer (1992),
    https://doi.org/10.1037/0022-006X.60.3.402. Hageman & Arrindell (1999),
    https://doi.org/10.1016/S0005-7967(99)00032-7. Nunnally & Kotsch (1983), Studies of
    individual subjects.

    Examples
    --------
    >>> found = measure_change([30, 20, 10], [18, 20, 4], better="lower", sd=10, reliability=0.8)
    >>> found["GLN"].deviation.tolist(), round(found["GLN"].error, 6)
    ([10.0, 0.0, 8.0], 6.0)
    """
    check_level(level)
    first, last = _checked(before, after)
    direction = direction_of(better)
    reason = _common_reason(n=len(first), sd=sd, reliability=reliability)
    if reason not in ("", "N1"):
        return undefined_change(len(first), reason)
    x = direction * (last - first)
    critical = critical_normal(level)
    sem = standard_error_of_measurement(sd=sd, reliability=reliability)
    found = undefined_change(len(x), reason)
    found["JT"] = MethodChange("JT", x, 2**0.5 * sem, critical)
    if reason:
        return found
    mean = first.mean()
    adjusted = direction * ((last - mean) - reliability * (first - mean)) + 0.0
    found["GLN"] = MethodChange("GLN", adjusted, sd * (1 - reliability**2) ** 0.5, critical)
    found["EN"] = MethodChange("EN", adjusted, sem, critical)
    second = reliability if reliability_after is None else reliability_after
    if 0 < second < 1:
        error = sd * (reliability**2 * (1 - reliability) + 1 - second) ** 0.5
        found["NK"] = MethodChange("NK", adjusted, error, critical)
    else:
        found["NK"] = replace(found["NK"], reason="REL_RANGE")
    found["HA"] = _hageman_arrindell(x, sem, level=level)
    return found


def undefined_change(n: int, reason: str) -> dict[str, MethodChange]:
    """All five rules for ``n`` people where none can be worked out."""
    nothing = np.full(n, np.nan)
    return {name: MethodChange(name, nothing, np.nan, np.nan, reason) for name in METHODS}


def standard_error_of_measurement(*, sd: float, reliability: float) -> float:
    """The SD of measurement error in points, ``sd * sqrt(1 - reliability)``."""
    return float(sd * (1 - reliability) ** 0.5)


def one_sided_critical(level: float) -> float:
    """The critical value of HA: 1.644854 where the two-sided one is 1.959964."""
    check_level(level)
    return max(0.0, float(special.ndtri(level)))


def true_score_cutoffs(
    *, better: Better, sem: float, clinical: MeanAndSd | None, functional: MeanAndSd | None
) -> dict[str, float]:
    """The cut-offs a, b and c of HA, made with the SDs of true scores.

    ``sqrt(sd**2 - sem**2)`` takes the place of each SD. A cut-off that needs an SD which is not
    larger than ``sem`` is not there.

    Examples
    --------
    >>> found = true_score_cutoffs(better="higher", sem=3.0, clinical=(80.0, 5.0),
    ...                            functional=(100.0, 2.0))
    >>> found
    {'a': 88.0}
    """
    return {
        str(kind): value
        for kind, value in compute_cutoffs(
            better=better,
            clinical=_of_true_scores(clinical, sem),
            functional=_of_true_scores(functional, sem),
        ).items()
    }


def true_score_ranges(
    first: Floats, last: Floats, *, better: Better, cutoff: float, sem: float, level: float = 0.95
) -> Ranges | None:
    """Who started and ended beyond a cut-off of HA; nothing if the end scores vary too little.

    The start is judged by the score. The end is judged by the estimated true score
    ``r2 last + (1 - r2) mean(last)`` with ``r2 = 1 - sem**2 / s2**2``: functional is who lies
    beyond the cut-off by more than the one-sided critical value times ``sqrt(r2) sem``, and who
    lies as far on the other side has left the functional range. In between nothing is certain.
    """
    spread = _variance(last)
    if not spread > sem**2:
        return None
    r2 = 1 - sem**2 / spread
    estimate = r2 * last + (1 - r2) * last.mean()
    beyond = direction_of(better) * (estimate - cutoff)
    needed = one_sided_critical(level) * (r2**0.5) * sem
    plain = find_ranges(first, last, better=better, cutoff=cutoff)
    return replace(
        plain,
        functional_last=side_of(beyond, needed) > 0,
        left=side_of(beyond, -needed) < 0,
        tied=side_of(first, cutoff) == 0,
    )


def _hageman_arrindell(x: Floats, sem: float, *, level: float) -> MethodChange:
    nothing = MethodChange("HA", np.full(x.shape, np.nan), np.nan, np.nan)
    spread = _variance(x)
    if not spread > 0:
        return replace(nothing, reason="SD0")
    r_dd = 1 - 2 * sem**2 / spread
    if not r_dd > 0:
        return replace(nothing, reason="RDD0")
    deviation = r_dd * x + (1 - r_dd) * x.mean()
    error = (2 * r_dd) ** 0.5 * sem
    return MethodChange("HA", deviation, float(error), one_sided_critical(level))


def _common_reason(*, n: int, sd: float, reliability: float) -> str:
    if sd < 0:
        raise ValueError(f"sd={sd!r}: an SD is not negative")
    if n == 0:
        return "N0"
    if not 0 < reliability < 1:
        return "REL_RANGE"
    if not sd > 0:
        return "SD0"
    return "N1" if n == 1 else ""


def _checked(before: ArrayLike, after: ArrayLike) -> tuple[Floats, Floats]:
    first, last = np.asarray(before, dtype=float), np.asarray(after, dtype=float)
    if first.shape != last.shape or first.ndim != 1:
        raise ValueError(f"before {first.shape} and after {last.shape}: need two equal lengths")
    if not (np.isfinite(first).all() and np.isfinite(last).all()):
        raise ValueError("before, after: every score must be a finite number")
    return first, last


def _variance(values: Floats) -> float:
    """Variance with the divisor n - 1; equal values have none, whatever rounding leaves."""
    if values.size < 2 or np.ptp(values) <= _NO_SPREAD:
        return 0.0
    return float(values.var(ddof=1))


def _of_true_scores(group: MeanAndSd | None, sem: float) -> MeanAndSd | None:
    if group is None or not group[1] > sem:
        return None
    return group[0], (group[1] ** 2 - sem**2) ** 0.5
