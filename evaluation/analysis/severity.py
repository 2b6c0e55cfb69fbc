"""How badly people were doing at the start, as a trait; and what that alone does to their change.

People who start worse improve more even if nothing helps: part of a bad score is a bad day, and
that part is gone at the second measurement (regression to the mean).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from evaluation.analysis.change_classes import side_of, sides_of_cutoff
from evaluation.analysis.change_inputs import AnyCutoff, direction_of
from evaluation.analysis.selection import regression_to_the_mean
from instruments.definition import Better, Cutoff

NAN = float("nan")
MORE_SEVERE, LESS_SEVERE = "more severe at the start", "less severe at the start"


@dataclass(frozen=True, slots=True, eq=False)
class SeveritySplit:
    """Who started worse: ``labels`` for each person (``""`` exactly on a computed cut-off).

    ``cut`` is where the line lies, ``kind`` what it is: ``cutoff`` or ``median``.
    """

    labels: NDArray[np.object_]
    cut: float
    kind: str


@dataclass(frozen=True, slots=True)
class ExpectedDifference:
    """How much more the worse half would improve with no help at all, in points.

    ``points`` is positive; ``reason`` as in
    :class:`evaluation.analysis.selection.RegressionToTheMean`.
    """

    points: float = NAN
    reason: str = ""


def split_by_severity(
    before: ArrayLike, *, better: Better, cutoff: AnyCutoff = None
) -> SeveritySplit:
    """Divide people by their score at the start.

    Parameters
    ----------
    before : array_like, shape (n,)
        Scores at the start, finite.
    better : {"higher", "lower"}
        Which direction of the scale is better.
    cutoff : Cutoff, float or None
        Clinical against functional range; without one, worse than the median against the rest.

    Returns
    -------
    SeveritySplit

    Raises
    ------
    ValueError
        If a score is not finite, ``better`` is no direction, or the cut-off points the wrong way.

    Examples
    --------
    >>> found = split_by_severity([4, 9, 15, 20], better="lower")
    >>> found.cut, found.labels.tolist()[2:]
    (12.0, ['more severe at the start', 'more severe at the start'])
    """
    scores = np.asarray(before, dtype=float)
    direction = direction_of(better)
    if not np.isfinite(scores).all():
        raise ValueError("before: every score must be a finite number")
    if cutoff is None:
        cut = float(np.median(scores)) if scores.size else NAN
        worse = direction * side_of(scores, cut) < 0
        milder, kind = ~worse, "median"
    else:
        worse, milder = sides_of_cutoff(scores, better=better, cutoff=cutoff)
        cut, kind = cutoff.value if isinstance(cutoff, Cutoff) else float(cutoff), "cutoff"
    labels = np.full(scores.shape, "", dtype=object)
    labels[worse], labels[milder] = MORE_SEVERE, LESS_SEVERE
    return SeveritySplit(labels, cut, kind)


def expected_severity_difference(
    *, mean: float, sd: float, reliability: float, cut: float
) -> ExpectedDifference:
    """What regression to the mean alone makes of the difference in improvement.

    People on the worse side of the cut come back by
    ``(1 - reliability) sd phi(z) / Phi(z)`` points, those on the better side lose
    ``(1 - reliability) sd phi(z) / (1 - Phi(z))``; the sum is how much more the worse side
    improves when nobody has truly changed. Which direction is better does not matter.

    Parameters
    ----------
    mean, sd : float
        Of the people the cut divides, or of the population they come from (a published norm).
    reliability : float
        Retest reliability of the scale, above 0 and below 1.
    cut : float
        Score that divides.

    Returns
    -------
    ExpectedDifference

    References
    ----------
    Barnett, van der Pols & Dobson (2005), https://doi.org/10.1093/ije/dyh299.

    Examples
    --------
    >>> found = expected_severity_difference(mean=50, sd=10, reliability=0.75, cut=50)
    >>> round(found.points, 6)
    3.989423
    """
    below, above = (
        regression_to_the_mean(mean=mean, sd=sd, reliability=reliability, cut=cut, select=side)
        for side in ("below", "above")
    )
    return ExpectedDifference(below.points - above.points, below.reason)
