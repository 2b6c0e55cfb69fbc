"""Who benefits: the improvement of each group of people, and how far groups differ in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from evaluation.analysis.change_inputs import AnyCutoff, direction_of
from evaluation.analysis.clusters import checked_values, clustered_se
from evaluation.analysis.effect import ROUNDING_SHARE, PairedEffect, paired_effect
from evaluation.analysis.intervals import check_level, t_interval
from evaluation.analysis.later import special
from evaluation.analysis.severity import split_by_severity
from instruments.definition import Better

NAN = float("nan")
LEAST_FOR_INTERVAL = 10  # persons in a level for an interval of its own
LEAST_FOR_DIFFERENCE = 20  # persons in each of two levels for their difference
LEVEL_COLUMNS = (
    "trait", "level", "n", "n_couples", "mean_before", "sd_before", "mean_after", "improvement",
    "improvement_low", "improvement_high", "g_pre", "g_pre_low", "g_pre_high", "share_improved",
    "display_tier", "reason",
)  # fmt: skip
DIFFERENCE_COLUMNS = (
    "trait", "level", "reference", "adjusted", "n", "n_reference", "n_couples", "difference", "se",
    "low", "high", "df", "p", "reason",
)  # fmt: skip
_WITH_INTERVAL = (
    "improvement_low", "improvement_high", "g_pre", "g_pre_low", "g_pre_high", "share_improved",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class ImprovementDifference:
    """How much more one group improved than another, in points; positive = the group did better.

    ``n`` persons in the group, ``n_reference`` in the other, ``n_couples`` in both together.
    Not estimable is NaN, with ``reason``: ``NO_DIRECTION``, ``FEW_IN_LEVEL`` (fewer than 20 in
    one of the two), ``G1`` one couple, ``SD0`` all started alike, so there is nothing to adjust
    for, ``SE0`` the couples balance exactly.
    """

    n: int
    n_reference: int
    n_couples: int
    adjusted: bool
    difference: float = NAN
    se: float = NAN
    low: float = NAN
    high: float = NAN
    df: float = NAN
    p: float = NAN
    reason: str = ""


def compare_improvement(
    before: ArrayLike,
    after: ArrayLike,
    cluster: ArrayLike,
    in_group: ArrayLike,
    *,
    better: Better,
    adjusted: bool,
    level: float = 0.95,
    least: int = LEAST_FOR_DIFFERENCE,
) -> ImprovementDifference:
    r"""Difference in improvement between two groups, with partners allowed to be alike.

    Parameters
    ----------
    before, after : array_like, shape (n,)
        Scores of the same persons, in points of the scale.
    cluster : array_like, shape (n,)
        Couple labels. Partners may be in different groups (mothers and fathers).
    in_group : array_like of bool, shape (n,)
        True for the group, False for the one it is compared with.
    better : {"higher", "lower", "neither"}
        Which direction of the scale is an improvement.
    adjusted : bool
        Whether persons who started alike are compared (analysis of covariance). Groups that
        start worse improve more by regression to the mean alone.
    level : float
        Confidence level, between 0 and 1.
    least : int
        Persons that each group needs, at least 2.

    Returns
    -------
    ImprovementDifference

    Raises
    ------
    ValueError
        If the lengths differ, a score is not finite, a label is blank, or ``better``, ``level``
        or ``least`` is not allowed.

    Notes
    -----
    With :math:`x_i` = direction (after - before), least squares for
    :math:`x_i = \alpha + \delta g_i \;(+\; \beta a_i) + e_i`, a = before. The variance of
    :math:`\hat\delta` is the sandwich by couple with the factor G/(G-1) (N-1)/(N-p), p =
    coefficients; with one mean and no group it is that of
    :func:`evaluation.analysis.clusters.clustered_se`. Interval and p by t(G-1).

    References
    ----------
    Liang & Zeger (1986), https://doi.org/10.1093/biomet/73.1.13. Vickers & Altman (2001),
    https://doi.org/10.1136/bmj.323.7321.1123.

    Examples
    --------
    >>> found = compare_improvement([20, 18, 15, 12], [10, 9, 12, 10], [0, 1, 2, 3],
    ...     [True, True, False, False], better="lower", adjusted=False, least=2)
    >>> round(found.difference, 6), round(found.se, 6), found.df
    (7.0, 0.707107, 3.0)
    """
    check_level(level)
    if least < 2:
        raise ValueError(f"least={least!r}: a group needs at least 2 persons")
    start, codes, n_couples = checked_values(before, cluster)
    end, _, _ = checked_values(after, codes)
    group = np.asarray(in_group, dtype=bool)
    if group.shape != start.shape:
        raise ValueError(f"in_group has shape {group.shape}, the scores {start.shape}")
    counts: dict[str, Any] = {
        "n": int(group.sum()),
        "n_reference": int((~group).sum()),
        "n_couples": n_couples,
        "adjusted": adjusted,
    }
    if better == "neither":
        return ImprovementDifference(**counts, reason="NO_DIRECTION")
    x = direction_of(better) * (end - start)
    if min(counts["n"], counts["n_reference"]) < least:
        return ImprovementDifference(**counts, reason="FEW_IN_LEVEL")
    if n_couples < 2:
        return ImprovementDifference(**counts, reason="G1")
    rounding = ROUNDING_SHARE * max(float(np.abs(start).max()), float(np.abs(end).max()), 1e-300)
    columns = [np.ones(x.size), group.astype(float)]
    if adjusted:
        within = start - np.where(group, start[group].mean(), start[~group].mean())
        if np.abs(within).max() <= rounding:
            return ImprovementDifference(**counts, reason="SD0")
        columns.append(start - start.mean())
    difference, se = _coefficient(np.stack(columns, axis=1), x, codes, n_couples)
    if not se > rounding:
        return ImprovementDifference(**counts, difference=difference, reason="SE0")
    df = n_couples - 1
    low, high = t_interval(estimate=difference, se=se, df=df, level=level)
    return ImprovementDifference(
        **counts,
        difference=difference,
        se=se,
        low=float(low),
        high=float(high),
        df=float(df),
        p=float(2 * special.stdtr(df, -abs(difference / se))),
    )


def add_traits(paired: pd.DataFrame, *, better: Better, cutoff: AnyCutoff = None) -> pd.DataFrame:
    """Two traits that follow from the pairs themselves: ``severity`` and ``partner``.

    Parameters
    ----------
    paired : DataFrame
        ``before`` (finite) and ``couple`` (blank = one person alone).
    better : {"higher", "lower", "neither"}
        Which direction of the scale is an improvement; without one severity is blank.
    cutoff : Cutoff, float or None
        What divides by severity; without one, the median. See
        :func:`evaluation.analysis.severity.split_by_severity`: groups by severity differ by
        regression to the mean alone.

    Returns
    -------
    DataFrame
        The same rows with both columns; ``partner`` says whether a couple code was given, not
        whether both partners answered.

    Examples
    --------
    >>> people = pd.DataFrame({"before": [9, 15], "couple": ["", "C1"]})
    >>> add_traits(people, better="lower")["partner"].tolist()
    ['alone', 'in a couple']
    """
    alone = paired["couple"].isna() | (paired["couple"].astype(str).str.strip() == "")
    severity: Any = ""
    if better != "neither":
        split = split_by_severity(paired["before"].to_numpy(float), better=better, cutoff=cutoff)
        severity = split.labels
    return paired.assign(severity=severity, partner=np.where(alone, "alone", "in a couple"))


def subgroup_levels(
    paired: pd.DataFrame, traits: Sequence[str], *, better: Better, level: float = 0.95
) -> pd.DataFrame:
    """Improvement of every level of every trait, on one scale and contrast.

    Parameters
    ----------
    paired : DataFrame
        One row for each person in use: ``before``, ``after`` (finite), ``cluster``, and a column
        for each trait. A blank trait means not known; such persons are in no level.
    traits : sequence of str
        Columns to group by.
    better : {"higher", "lower", "neither"}
        Which direction of the scale is an improvement.
    level : float
        Confidence level, between 0 and 1.

    Returns
    -------
    DataFrame
        LEVEL_COLUMNS, levels from the largest to the smallest. Below 3 persons there are counts
        only, below 10 the mean without interval (``FEW_FOR_INTERVAL``).

    Raises
    ------
    ValueError
        If a column is missing, a score is not finite, or ``better`` or ``level`` is not allowed.

    Examples
    --------
    >>> people = pd.DataFrame({"before": [20, 18, 15, 12], "after": [10, 9, 12, 10],
    ...     "cluster": list("abcd"), "role": ["mother", "mother", "mother", "father"]})
    >>> found = subgroup_levels(people, ["role"], better="lower")
    >>> found[["level", "n", "improvement", "reason"]].to_dict("records")
    [{'level': 'mother', 'n': 3, 'improvement': 7.333333333333333, 'reason': 'FEW_FOR_INTERVAL'},
     {'level': 'father', 'n': 1, 'improvement': nan, 'reason': 'N1;FEW_FOR_INTERVAL'}]
    """
    rows = []
    for trait in traits:
        for name, people in _levels(_checked(paired, trait), trait):
            effect = paired_effect(
                people["before"].to_numpy(float),
                people["after"].to_numpy(float),
                people["cluster"].to_numpy(object),
                better=better,
                level=level,
            )
            rows.append({"trait": trait, "level": name} | _within_tier(effect))
    return pd.DataFrame(rows, columns=list(LEVEL_COLUMNS))


def subgroup_differences(
    paired: pd.DataFrame, traits: Sequence[str], *, better: Better, level: float = 0.95
) -> pd.DataFrame:
    """How much more each level improved than the largest level of its trait.

    Each comparison rests on the persons of its two levels alone, so a third level changes
    nothing.

    Parameters
    ----------
    paired : DataFrame
        As for :func:`subgroup_levels`.
    traits : sequence of str
        Columns to group by; a trait with one known level gives no row.
    better : {"higher", "lower", "neither"}
        Which direction of the scale is an improvement.
    level : float
        Confidence level, between 0 and 1.

    Returns
    -------
    DataFrame
        DIFFERENCE_COLUMNS, two rows for each comparison: ``adjusted`` False and True, see
        :func:`compare_improvement`. ``level`` minus ``reference``, in points, positive where the
        level improved more. ``reference`` is the largest level; of equally large ones the first
        by name. p values are not adjusted for their number:
        :func:`evaluation.analysis.families.add_q_values` does that.

    Raises
    ------
    ValueError
        If a column is missing, a score is not finite, or ``better`` or ``level`` is not allowed.

    Examples
    --------
    >>> people = pd.DataFrame({"before": np.arange(40.0), "cluster": np.arange(40),
    ...     "after": np.arange(40.0) + [5, 4] * 20, "low_income": ["yes", "no"] * 20})
    >>> found = subgroup_differences(people, ["low_income"], better="higher")
    >>> found[["level", "reference", "adjusted", "difference"]].round(6).to_dict("records")[0]
    {'level': 'yes', 'reference': 'no', 'adjusted': False, 'difference': 1.0}
    """
    rows = []
    for trait in traits:
        levels = _levels(_checked(paired, trait), trait)
        for (name, people), adjusted in ((rest, how) for rest in levels[1:] for how in (0, 1)):
            reference, others = levels[0]
            both = pd.concat([people, others])
            found = compare_improvement(
                both["before"].to_numpy(float),
                both["after"].to_numpy(float),
                both["cluster"].to_numpy(object),
                np.arange(len(both)) < len(people),
                better=better,
                adjusted=bool(adjusted),
                level=level,
            )
            rows.append({"trait": trait, "level": name, "reference": reference} | asdict(found))
    return pd.DataFrame(rows, columns=list(DIFFERENCE_COLUMNS))


def _coefficient(
    columns: NDArray[np.float64],
    x: NDArray[np.float64],
    codes: NDArray[np.intp],
    n_couples: int,
) -> tuple[float, float]:
    """The second coefficient of least squares and its standard error by couple."""
    n, p = columns.shape
    scale = np.abs(columns).max(axis=0)
    q, r = np.linalg.qr(columns / scale)
    back = np.linalg.solve(r, q.T)[1] / scale[1]
    residuals = x - q @ (q.T @ x)
    correction = ((n - 1) / (n - p)) ** 0.5
    return float(back @ x), correction * clustered_se(n * back * residuals, codes)


def _checked(paired: pd.DataFrame, trait: str) -> pd.DataFrame:
    for name in ("before", "after", "cluster", trait):
        if name not in paired.columns:
            raise ValueError(f"paired: column {name!r} is missing")
    return paired


def _levels(paired: pd.DataFrame, trait: str) -> list[tuple[str, pd.DataFrame]]:
    """The persons of each known level, the largest first; blanks are no level."""
    known = paired[trait].notna() & (paired[trait].astype(str).str.strip() != "")
    people = paired[known]
    parts = [(str(name), rows) for name, rows in people.groupby(people[trait].astype(str))]
    return sorted(parts, key=lambda part: (-len(part[1]), part[0]))


def _within_tier(effect: PairedEffect) -> dict[str, Any]:
    """The cells of a level, without those that so few persons cannot carry."""
    cells = {name: getattr(effect, name) for name in LEVEL_COLUMNS[2:]}
    if effect.n < LEAST_FOR_INTERVAL:
        cells |= dict.fromkeys(_WITH_INTERVAL, NAN)
        cells["reason"] = ";".join(filter(None, [effect.reason, "FEW_FOR_INTERVAL"]))
    if effect.display_tier == "counts":
        cells |= dict.fromkeys(("mean_before", "sd_before", "mean_after", "improvement"), NAN)
    return cells
