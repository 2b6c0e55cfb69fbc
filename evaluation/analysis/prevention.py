"""People who started outside the range of concern: did they stay there?

Early help often meets people who are not yet in difficulty. They cannot recover, and a mean that
does not rise is no failure; what counts for them is that they do not get worse.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray

from evaluation.analysis.change_classes import find_ranges, side_of
from evaluation.analysis.change_inputs import AnyCutoff, direction_of
from evaluation.analysis.clusters import couple_codes
from evaluation.analysis.intervals import check_level, wilson_interval
from evaluation.analysis.noninferiority import (
    DEFAULT_MARGIN_SD,
    NonInferiority,
    assess_noninferiority,
)
from instruments.definition import Better

NAN = float("nan")

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Prevention:
    """What became of the people who started outside the clinical range.

    ``n`` is everybody with both scores, ``n_outside`` who of them started outside, ``n_couples``
    their couples. ``n_outside`` = ``stayed`` + ``crossed_reliably`` + ``crossed_not_reliable``;
    without a reliable change the last two are NaN and ``crossed`` is their sum all the same. A
    score exactly on a computed cut-off is on neither side: who starts there is in ``tied`` and not
    outside; who ends there has not stayed and is in ``ended_on_cutoff`` too. ``test`` compares the
    end of those who started outside with their start. ``reason`` holds codes joined by ``;``:

    =============  =======================================================================
    N0             nobody has both scores
    NONE_OUTSIDE   nobody started outside the clinical range
    NORM_MISSING   there is no cut-off
    REL_MISSING    there is no reliable change, so crossings cannot be told apart
    NO_DIRECTION   neither direction of the scale is better
    =============  =======================================================================
    """

    n: int
    n_outside: float = NAN
    n_couples: float = NAN
    tied: float = NAN
    stayed: float = NAN
    stayed_share: float = NAN
    stayed_low: float = NAN
    stayed_high: float = NAN
    crossed: float = NAN
    crossed_reliably: float = NAN
    crossed_not_reliable: float = NAN
    ended_on_cutoff: float = NAN
    sd_pre: float = NAN
    test: NonInferiority = field(default_factory=lambda: NonInferiority(0, 0, reason="N0"))
    reason: str = ""


def follow_those_outside(
    before: ArrayLike,
    after: ArrayLike,
    cluster: ArrayLike,
    *,
    better: Better,
    cutoff: AnyCutoff,
    rc_points: float,
    sd_pre: float | None = None,
    margin_sd: float = DEFAULT_MARGIN_SD,
    level: float = 0.95,
) -> Prevention:
    """How many of those who started outside the clinical range stayed there.

    Parameters
    ----------
    before, after : array_like, shape (n,)
        Scores of the same people, whether outside or not; only people with both count.
    cluster : array_like, shape (n,)
        Couple labels; a person alone has a label of their own.
    better : {"higher", "lower", "neither"}
        Which way of the scale is better.
    cutoff : Cutoff, float or None
        A printed boundary with its comparison, or a computed cut-off.
    rc_points : float
        Smallest reliable change in points, NaN where there is none.
    sd_pre : float, optional
        SD that the margin is a share of; without it that of everybody's score before, also of
        people without a score after. Those outside alone vary less, which would shrink the margin.
    margin_sd : float
        Largest worsening that counts as kept, in ``sd_pre``.
    level : float
        Level of the interval of the share; one-sided level of the test.

    Returns
    -------
    Prevention
        Undefined values are NaN, with ``reason`` here and in ``test``.

    Raises
    ------
    ValueError
        If shapes differ, a label is blank, ``better`` or ``level`` is not allowed, ``margin_sd``
        is not above 0, ``rc_points`` is negative, or a printed cut-off puts the better end in the
        clinical range.

    Notes
    -----
    The interval of the share counts people as independent; the test knows the couples. Regression
    to the mean works against people who start outside, so some crossings are to be expected.

    Examples
    --------
    >>> found = follow_those_outside([60, 70, 80, 40], [58, 45, 85, 70], ["a", "a", "b", "c"],
    ...                              better="higher", cutoff=50.0, rc_points=10.0)
    >>> found.n_outside, found.stayed, found.crossed_reliably, found.crossed_not_reliable
    (3, 2, 1, 0)
    """
    check_level(level)
    if not margin_sd > 0:
        raise ValueError(f"margin_sd={margin_sd!r}: must be above 0")
    if rc_points < 0:
        raise ValueError(f"rc_points={rc_points!r}: must not be negative")
    start, end = np.asarray(before, dtype=float), np.asarray(after, dtype=float)
    if start.shape != end.shape or start.ndim != 1:
        raise ValueError(f"before {start.shape} and after {end.shape}: need two equal lengths")
    codes, _ = couple_codes(cluster)
    if codes.shape != start.shape:
        raise ValueError(f"cluster has shape {codes.shape}, before {start.shape}: they must agree")
    both = np.isfinite(start) & np.isfinite(end)
    if better == "neither":
        return Prevention(n=int(both.sum()), reason="NO_DIRECTION")
    spread = _sd(start[np.isfinite(start)]) if sd_pre is None else float(sd_pre)
    return _follow(
        start[both],
        end[both],
        codes[both],
        better=better,
        cutoff=cutoff,
        rc_points=rc_points,
        sd_pre=spread,
        margin=margin_sd * spread,
        level=level,
    )


def _follow(
    first: Floats,
    last: Floats,
    codes: NDArray[np.intp],
    *,
    better: Better,
    cutoff: AnyCutoff,
    rc_points: float,
    sd_pre: float,
    margin: float,
    level: float,
) -> Prevention:
    n = len(first)
    if cutoff is None:
        reason = "N0;NORM_MISSING" if n == 0 else "NORM_MISSING"
        return Prevention(n=n, sd_pre=sd_pre, reason=reason)
    ranges = find_ranges(first, last, better=better, cutoff=cutoff)
    outside = ranges.functional_first
    n_outside = int(outside.sum())
    x = direction_of(better) * (last - first)
    crossed = outside & ~ranges.functional_last
    known = not np.isnan(rc_points)
    reliably = crossed & (side_of(x, -rc_points) < 0) if known else crossed
    stayed = n_outside - int(crossed.sum())
    low, high = wilson_interval(stayed, n_outside, level=level)
    on_start = ~ranges.clinical_first & ~ranges.functional_first
    reasons = ["N0"] if n == 0 else ["NONE_OUTSIDE"] if n_outside == 0 else []
    if not known:
        reasons.append("REL_MISSING")
    return Prevention(
        n=n,
        n_outside=n_outside,
        n_couples=int(np.unique(codes[outside]).size),
        tied=int(on_start.sum()),
        stayed=stayed,
        stayed_share=stayed / n_outside if n_outside else NAN,
        stayed_low=float(low),
        stayed_high=float(high),
        crossed=int(crossed.sum()),
        crossed_reliably=int(reliably.sum()) if known else NAN,
        crossed_not_reliable=int((crossed & ~reliably).sum()) if known else NAN,
        ended_on_cutoff=int((crossed & ranges.tied).sum()),
        sd_pre=sd_pre,
        test=assess_noninferiority(x[outside], codes[outside], margin=margin, level=level),
        reason=";".join(reasons),
    )


def _sd(scores: Floats) -> float:
    """SD with the divisor n - 1; equal scores have none, whatever rounding leaves."""
    if scores.size < 2:
        return NAN
    return 0.0 if np.ptp(scores) == 0 else float(scores.std(ddof=1))
