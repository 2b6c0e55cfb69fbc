"""Who kept a gain: every person with start, end and follow-up, by the rule of reliable change."""

from __future__ import annotations

from dataclasses import dataclass
from typing import get_args

import numpy as np
from numpy.typing import ArrayLike

from evaluation.analysis.change import CHANGE_CLASSES, classify_change
from instruments.definition import Better

LEDGER = ("maintained", "gain_lost", "late_gain", "worse_at_follow_up", "never")
_IMPROVED, _DETERIORATED = CHANGE_CLASSES.index("improved"), CHANGE_CLASSES.index("deteriorated")


@dataclass(frozen=True, slots=True)
class Ledger:
    """How many people kept what they gained, by the rule of reliable change.

    ``maintained``, ``gain_lost``, ``late_gain``, ``worse_at_follow_up`` and ``never`` add up to
    ``n``. ``lost_and_worse`` of those with ``gain_lost`` even ended reliably worse than they
    began. The last three counts are changes from end to follow-up; they add up to ``n`` too.
    ``reason``: ``N0``, ``NO_DIRECTION`` or ``RC_MISSING`` (no size of reliable change); counts
    are None then.
    """

    n: int
    maintained: int | None = None
    gain_lost: int | None = None
    late_gain: int | None = None
    worse_at_follow_up: int | None = None
    never: int | None = None
    lost_and_worse: int | None = None
    improved_after_end: int | None = None
    unchanged_after_end: int | None = None
    deteriorated_after_end: int | None = None
    reason: str = ""


def maintenance_ledger(
    start: ArrayLike,
    end: ArrayLike,
    follow_up: ArrayLike,
    *,
    better: Better,
    rc_points: float,
) -> Ledger:
    """Count who kept, lost, gained later or never gained.

    Parameters
    ----------
    start, end, follow_up : array_like, shape (n,)
        Scores of the same people, in the unit of the scale.
    better : {"higher", "lower", "neither"}
        Which direction of the scale is an improvement.
    rc_points : float
        A change is reliable when strictly larger; see
        :func:`evaluation.analysis.change.reliable_change_points`. NaN: it is not known.

    Returns
    -------
    Ledger
        ``maintained`` = reliably better than at the start both at the end and at follow-up;
        ``gain_lost`` = at the end only; ``late_gain`` = at follow-up only;
        ``worse_at_follow_up`` = never reliably better, and reliably worse at follow-up;
        ``never`` = the rest.

    Raises
    ------
    ValueError
        If shapes differ, a score is not finite, ``rc_points`` is negative or ``better`` is not
        allowed.

    Examples
    --------
    >>> found = maintenance_ledger([20, 20, 20, 9], [9, 9, 19, 9], [10, 19, 9, 20],
    ...                            better="lower", rc_points=5)
    >>> [getattr(found, name) for name in LEDGER]
    [1, 1, 1, 1, 0]
    """
    if better not in get_args(Better):
        raise ValueError(f"better={better!r}: allowed are {', '.join(get_args(Better))}")
    first, middle, last = (np.asarray(scores, dtype=float) for scores in (start, end, follow_up))
    reason = "N0" if first.size == 0 else "NO_DIRECTION" if better == "neither" else ""
    if first.shape != middle.shape or first.shape != last.shape or first.ndim != 1:
        raise ValueError(
            f"start, end, follow_up: shapes {first.shape}, {middle.shape}, {last.shape}"
        )
    if reason or np.isnan(rc_points):
        return Ledger(first.size, reason=reason or "RC_MISSING")
    at_end, later, between = (
        classify_change(a, b, better=better, rc_points=rc_points, cutoff=None).codes
        for a, b in ((first, middle), (first, last), (middle, last))
    )
    gained, kept = at_end == _IMPROVED, later == _IMPROVED
    worse = later == _DETERIORATED
    improved, fell = int((between == _IMPROVED).sum()), int((between == _DETERIORATED).sum())
    return Ledger(
        n=first.size,
        maintained=int((gained & kept).sum()),
        gain_lost=int((gained & ~kept).sum()),
        late_gain=int((~gained & kept).sum()),
        worse_at_follow_up=int((~gained & worse).sum()),
        never=int((~gained & ~kept & ~worse).sum()),
        lost_and_worse=int((gained & worse).sum()),
        improved_after_end=improved,
        unchanged_after_end=first.size - improved - fell,
        deteriorated_after_end=fell,
    )
