"""Individual change: who changed reliably, and who crossed into the functional range.

Jacobson and Truax (1991): a change counts as reliable when it is larger than measurement error
alone would give, and as recovery when it also takes a person across a cut-off.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray

from evaluation.analysis.change_classes import (
    CHANGE_CLASSES,
    ROW_COLUMNS,
    Classification,
    Row,
    assign_classes,
    count_classes,
    find_ranges,
    make_row,
    side_of,
)
from evaluation.analysis.change_inputs import (
    AnyCutoff,
    Source,
    choose_cutoff,
    compute_cutoffs,
    describe_cutoff,
    direction_of,
    explain_missing_cutoff,
    find_cutoffs,
    find_sources,
    list_warnings,
)
from evaluation.analysis.intervals import critical_normal
from evaluation.model import ChangeRule
from instruments.definition import Better, Scale

__all__ = [
    "CHANGE_CLASSES", "ROW_COLUMNS", "ChangeRule", "Classification", "ReliableChange", "Source",
    "classify_change", "compute_cutoffs", "explain_missing_source", "jacobson_truax",
    "reliable_change_points",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class ReliableChange:
    """Rows of reliable_change.csv for one group of people, and what they were made with.

    ``used`` has the keys ``reliability``, ``sd``, ``clinical``, ``functional`` and ``cutoff`` (the
    one in use) where there is such a number. ``warnings`` are codes: ``REL_UNVERIFIED`` and
    ``SD_UNVERIFIED`` say that only an unverified published value was to be had.
    """

    rows: tuple[Row, ...]
    used: Mapping[str, Source] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()


def reliable_change_points(
    *, sd: float, reliability: float, level: float = 0.95
) -> tuple[float, str]:
    r"""How many points of change are more than measurement error.

    Parameters
    ----------
    sd : float
        SD of the scores before, in points of the scale.
    reliability : float
        Reliability of the measure, strictly between 0 and 1.
    level : float
        Two-sided level; 0.95 lets 2.5 % of people without change pass in each direction.

    Returns
    -------
    points, reason : float, str
        A change is reliable when its size is strictly larger than ``points``. NaN with the
        reason ``REL_RANGE`` or ``SD0`` where the formula has no meaning.

    Raises
    ------
    ValueError
        If ``level`` does not lie between 0 and 1 or ``sd`` is negative.

    Notes
    -----
    .. math:: z_{(1+level)/2} \, \sqrt{2} \, s \, \sqrt{1 - r_{xx}}

    References
    ----------
    Jacobson & Truax (1991), https://doi.org/10.1037/0022-006X.59.1.12

    Examples
    --------
    >>> points, reason = reliable_change_points(sd=11.8256612655621, reliability=0.88)
    >>> round(points, 6)
    11.354791
    >>> reliable_change_points(sd=10, reliability=1)
    (nan, 'REL_RANGE')
    """
    if sd < 0:
        raise ValueError(f"sd={sd!r}: an SD is not negative")
    if not 0 < reliability < 1:
        return float("nan"), "REL_RANGE"
    if not sd > 0:
        return float("nan"), "SD0"
    error = sd * np.sqrt(1 - reliability)
    return float(critical_normal(level) * np.sqrt(2) * error), ""


def classify_change(
    before: ArrayLike,
    after: ArrayLike,
    *,
    better: Better,
    rc_points: float,
    cutoff: AnyCutoff,
) -> Classification:
    """Put every person into one of the five classes of individual change.

    Parameters
    ----------
    before, after : array_like, shape (n,)
        Scores of the same people in the same order, all finite.
    better : {"higher", "lower"}
        Which way of the scale is better.
    rc_points : float
        Smallest reliable change; a change is reliable when strictly larger in size.
    cutoff : Cutoff, float or None
        A printed boundary keeps its comparison, so every score is on one side of it. A computed
        one (float) leaves a score equal to it on neither side. ``None``: nobody can recover or
        be harmed, the classes rest on reliability alone.

    Returns
    -------
    Classification
        ``recovered`` = clinical before, functional after, reliably better; ``improved`` = other
        reliably better; ``harmed`` = functional before, not functional after, reliably worse;
        ``deteriorated`` = other reliably worse; ``unchanged`` = the rest. A person crossed
        without reliable change when clinical before and functional after but not reliably
        better.

    Raises
    ------
    ValueError
        If shapes differ, a score is not finite, ``rc_points`` is not a number of at least 0,
        ``better`` is not a direction, or a printed boundary puts the better end in the clinical
        range.

    References
    ----------
    Jacobson & Truax (1991), https://doi.org/10.1037/0022-006X.59.1.12

    Examples
    --------
    >>> from instruments.definition import Cutoff
    >>> found = classify_change([20, 20, 9], [9, 15, 20], better="lower", rc_points=5,
    ...                         cutoff=Cutoff(10, ">=", "", "confirmed"))
    >>> [CHANGE_CLASSES[code] for code in found.codes]
    ['recovered', 'unchanged', 'harmed']
    """
    first, last = np.asarray(before, dtype=float), np.asarray(after, dtype=float)
    if first.shape != last.shape or first.ndim != 1:
        raise ValueError(f"before {first.shape} and after {last.shape}: need two equal lengths")
    if not (np.isfinite(first).all() and np.isfinite(last).all()):
        raise ValueError("before, after: every score must be a finite number")
    if not rc_points >= 0:
        raise ValueError(f"rc_points={rc_points!r}: must be a number of at least 0")
    improvement = direction_of(better) * (last - first)
    ranges = find_ranges(first, last, better=better, cutoff=cutoff)
    return assign_classes(
        ranges,
        reliably_better=side_of(improvement, rc_points) > 0,
        reliably_worse=side_of(improvement, -rc_points) < 0,
    )


def jacobson_truax(
    before: ArrayLike,
    after: ArrayLike,
    *,
    scale: Scale,
    rule: ChangeRule | None = None,
    level: float = 0.95,
) -> ReliableChange:
    """Individual change of one group on one scale: a row for each cut-off there is.

    Parameters
    ----------
    before, after : array_like, shape (n,)
        Scores of the same people; only people with both scores count.
    scale : Scale
        Gives direction, reliability, manual SD, norms and published cut-off.
    rule : ChangeRule, optional
        What the rule file says instead.
    level : float
        Two-sided level of the reliable change and of the interval of the recovery rate.

    Returns
    -------
    ReliableChange
        One row for each of ``published``, ``a``, ``b``, ``c`` that is to be had, and exactly one
        with ``in_use`` = yes: the rule file's cut-off, else the published one, else c, b, a. A
        cut-off that was asked for and cannot be worked out has a row without cut-off; so has a
        scale without any. Undefined cells are NaN and ``reason`` says why: ``N0``, ``N1``,
        ``SD0``, ``REL_MISSING``, ``REL_RANGE``, ``NORM_MISSING``, ``NONE_CLINICAL`` (nobody
        started in the clinical range), ``NO_DIRECTION`` (no better end).

    Raises
    ------
    ValueError
        If shapes differ, or a printed cut-off puts the better end in the clinical range.

    Notes
    -----
    Without a rule: reliability = the first published one that is not unverified; SD = the
    manual's, else that of the scores before (ddof = 1); clinical mean and SD = those of the
    scores before; functional norm = the published one. ``expected_by_chance`` is the number of
    people who would pass in each direction if nobody had truly changed, n (1 - level) / 2.

    References
    ----------
    Jacobson & Truax (1991), https://doi.org/10.1037/0022-006X.59.1.12

    Examples
    --------
    >>> scale = Scale("total", "Total", (1,), "sum", (0, 27), "lower", "confirmed", "")
    >>> found = jacobson_truax([20, 15, 9], [8, 14, 9], scale=scale,
    ...                        rule=ChangeRule(reliability=0.8, sd=5, cutoff=">= 10"))
    >>> row = found.rows[0]
    >>> row["recovered"], row["unchanged"], row["clinical_at_start"], row["in_use"]
    (1, 2, 2, 'yes')
    """
    rule = rule or ChangeRule()
    first, last = np.asarray(before, dtype=float), np.asarray(after, dtype=float)
    if first.shape != last.shape:
        raise ValueError(f"before {first.shape} and after {last.shape}: need two equal lengths")
    both = np.isfinite(first) & np.isfinite(last)
    first, last = first[both], last[both]
    if scale.better == "neither":
        row = make_row(method="JT", n=len(first), in_use="yes", reason="NO_DIRECTION")
        return ReliableChange(rows=(row,))
    used = find_sources(first, scale=scale, rule=rule)
    points, reason = _points(used, rule=rule, n=len(first), level=level)
    cutoffs = find_cutoffs(used, scale=scale, rule=rule)
    chosen = choose_cutoff(rule, cutoffs)
    cutoffs.setdefault(chosen, None)
    common = {
        "reliability": _value(used, "reliability"),
        "sd_used": _value(used, "sd"),
        "rc_points": points,
        "expected_by_chance": len(first) * (1 - level) / 2,
    }
    rows = []
    for kind, cutoff in cutoffs.items():
        cells = _count(first, last, better=scale.better, points=points, cutoff=cutoff, level=level)
        if cutoff is None:
            lesser = explain_missing_cutoff(kind, used, rule=rule)
        else:
            lesser = "" if cells["clinical_at_start"] else "NONE_CLINICAL"
        cells |= {"cutoff_type": kind, "in_use": "yes" if kind == chosen else "no"}
        rows.append(make_row(method="JT", **common, **cells, reason=reason or lesser))
    in_use = cutoffs[chosen]
    if in_use is not None:
        used["cutoff"] = describe_cutoff(in_use, rule=rule)
    return ReliableChange(rows=tuple(rows), used=used, warnings=list_warnings(used))


def explain_missing_source(used: Mapping[str, Source], *, rule: ChangeRule, n: int) -> str:
    """Why no reliable change can be worked out with what was found, or nothing."""
    if n == 0:
        return "N0"
    if "reliability" not in used:
        return "REL_MISSING"
    if "sd" not in used:
        return "NORM_MISSING" if rule.sd == "manual" else "N1"
    return ""


def _points(
    used: Mapping[str, Source], *, rule: ChangeRule, n: int, level: float
) -> tuple[float, str]:
    """Points of reliable change, and the reason that keeps a row from its five classes."""
    missing = explain_missing_source(used, rule=rule, n=n)
    if {"reliability", "sd"} <= set(used):
        points, reason = reliable_change_points(
            sd=_value(used, "sd"), reliability=_value(used, "reliability"), level=level
        )
        return points, missing or reason
    return np.nan, missing


def _count(
    first: NDArray[np.float64],
    last: NDArray[np.float64],
    *,
    better: Better,
    points: float,
    cutoff: AnyCutoff,
    level: float,
) -> Row:
    """The cells of a row that are counted; without a reliable change only the starters are."""
    n = len(first)
    known = bool(np.isfinite(points)) or n == 0
    found = classify_change(
        first, last, better=better, rc_points=points if known and n else 0.0, cutoff=cutoff
    )
    return count_classes(found, cutoff=cutoff, known=known, level=level)


def _value(used: Mapping[str, Source], name: str) -> float:
    return used[name].values[0] if name in used else float("nan")
