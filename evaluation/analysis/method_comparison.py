"""One group's individual change by every rule, and who changes class with the rule.

The rule in use stays Jacobson and Truax (JT); this says how much hangs on that choice.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from evaluation.analysis.change import explain_missing_source, jacobson_truax
from evaluation.analysis.change_classes import (
    CHANGE_CLASSES,
    Ranges,
    Row,
    assign_classes,
    count_classes,
    find_ranges,
    make_row,
)
from evaluation.analysis.change_inputs import (
    AnyCutoff,
    MeanAndSd,
    Source,
    choose_cutoff,
    explain_missing_cutoff,
    find_cutoffs,
    find_sources,
)
from evaluation.analysis.change_methods import (
    METHODS,
    Floats,
    MethodChange,
    measure_change,
    standard_error_of_measurement,
    true_score_cutoffs,
    true_score_ranges,
    undefined_change,
)
from evaluation.model import ChangeRule
from instruments.definition import Cutoff, Scale

NO_CLASS = -1
NO_CHANGE_CLASS = ""


@dataclass(frozen=True, slots=True)
class MethodComparison:
    """The rows of every method, and the class of every person by each of them.

    ``codes`` (index into CHANGE_CLASSES, ``-1`` = no class) and ``statistics`` have one value for
    each person with both scores, in the order given; the classes are those of the cut-off in use.
    ``paired`` marks who of the people given has both scores. ``reasons`` says for each method
    why it has no class, if it has none.
    """

    rows: tuple[Row, ...]
    codes: Mapping[str, NDArray[np.int8]]
    statistics: Mapping[str, Floats]
    reasons: Mapping[str, str]
    paired: NDArray[np.bool_]
    used: Mapping[str, Source] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Group:
    """The paired scores of one group, and what its rows have in common."""

    first: Floats
    last: Floats
    scale: Scale
    rule: ChangeRule
    used: Mapping[str, Source]
    cutoffs: Mapping[str, AnyCutoff]
    level: float

    def number(self, name: str) -> float:
        return self.used[name].values[0] if name in self.used else float("nan")

    def mean_and_sd(self, name: str) -> MeanAndSd | None:
        found = self.used.get(name)
        return None if found is None else (found.values[0], found.values[1])


def compare_methods(
    before: ArrayLike,
    after: ArrayLike,
    *,
    scale: Scale,
    rule: ChangeRule | None = None,
    reliability_after: float | None = None,
    level: float = 0.95,
) -> MethodComparison:
    """Individual change of one group by all five rules, for each cut-off there is.

    Parameters
    ----------
    before, after : array_like, shape (n,)
        Scores of the same people; only people with both scores count.
    scale, rule : Scale, ChangeRule
        As in :func:`evaluation.analysis.change.jacobson_truax`; SD, reliability and cut-offs are
        found in the same way.
    reliability_after : float, optional
        Reliability of the scores after, for NK; without it that of the measure.
    level : float
        Two-sided level.

    Returns
    -------
    MethodComparison
        One row for each method and cut-off, JT first and as
        :func:`~evaluation.analysis.change.jacobson_truax` gives it, so that ``in_use`` is yes in
        one JT row only. ``rc_points`` is NaN in the other rows: there the points needed differ
        from person to person. Reasons as there and in
        :func:`evaluation.analysis.change_methods.measure_change`, and ``SD_BELOW_SEM`` (no cut-off
        for HA, because a spread that it needs is not larger than measurement error).

    Raises
    ------
    ValueError
        If shapes differ, or a printed cut-off puts the better end in the clinical range.

    Notes
    -----
    For a, b and c HA has cut-offs of its own and asks for certainty at the end, see
    :func:`~evaluation.analysis.change_methods.true_score_ranges`. A printed boundary is applied
    to the plain scores in every method. ``expected_by_chance`` is n (1 - level) / 2 each way, for
    HA n (1 - level), since it is one-sided; EN lets more pass than that, because its error is too
    small for the difference that it tests.

    Examples
    --------
    >>> scale = Scale("total", "Total", (1,), "sum", (0, 27), "lower", "confirmed", "")
    >>> found = compare_methods([20, 15, 9], [8, 14, 9], scale=scale,
    ...                         rule=ChangeRule(reliability=0.8, sd=5, cutoff=">= 10"))
    >>> [(row["method"], row["recovered"]) for row in found.rows
    ...  if row["cutoff_type"] == "published"]
    [('JT', 1), ('GLN', 1), ('EN', 1), ('NK', 1), ('HA', 1)]
    """
    rule = rule or ChangeRule()
    first, last, paired = _with_both_scores(before, after)
    main = jacobson_truax(first, last, scale=scale, rule=rule, level=level)
    if scale.better == "neither":
        return _without_direction(main.rows, paired)
    used = find_sources(first, scale=scale, rule=rule)
    cutoffs = find_cutoffs(used, scale=scale, rule=rule)
    chosen = choose_cutoff(rule, cutoffs)
    cutoffs.setdefault(chosen, None)
    group = _Group(first, last, scale, rule, used, cutoffs, level)
    changes = _measure(group, reliability_after)
    rows = [
        _row(group, change, kind)
        for name, change in changes.items()
        if name != "JT"
        for kind in cutoffs
    ]
    return MethodComparison(
        rows=(*main.rows, *rows),
        codes={name: _codes(group, change, chosen) for name, change in changes.items()},
        statistics={name: change.statistic for name, change in changes.items()},
        reasons={name: change.reason for name, change in changes.items()},
        paired=paired,
        used=main.used,
        warnings=main.warnings,
    )


def people_who_change_class(
    comparison: MethodComparison, people: ArrayLike | pd.Series
) -> pd.DataFrame:
    """The class of every person by every method, and by which methods it is not that of JT.

    Parameters
    ----------
    comparison : MethodComparison
        From :func:`compare_methods`.
    people : array_like
        One label for each person given to :func:`compare_methods`, in that order.

    Returns
    -------
    DataFrame
        One row for each person with both scores: ``person``, a column for each of METHODS with
        the class as a word (empty where the method has none), ``differs`` and ``differs_in``, the
        methods that say otherwise than JT, joined by ``;``. Nobody differs where JT has no class.

    Raises
    ------
    ValueError
        If there is not one label for each person.

    Examples
    --------
    >>> scale = Scale("total", "Total", (1,), "sum", (0, 27), "lower", "confirmed", "")
    >>> found = compare_methods([20, 15, 14], [8, 9, 14], scale=scale,
    ...                         rule=ChangeRule(reliability=0.8, sd=5, cutoff=">= 10"))
    >>> table = people_who_change_class(found, ["p1", "p2", "p3"])
    >>> table[["person", "JT", "EN", "differs_in"]].to_dict("list")
    {'person': ['p1', 'p2', 'p3'], 'JT': ['recovered', 'unchanged', 'unchanged'],
     'EN': ['recovered', 'recovered', 'unchanged'], 'differs_in': ['', 'GLN;EN;NK;HA', '']}
    """
    labels = np.asarray(people, dtype=object)
    if labels.shape != comparison.paired.shape:
        raise ValueError(
            f"people has shape {labels.shape}: one label is needed for each of "
            f"{comparison.paired.size} people"
        )
    words = np.array([*CHANGE_CLASSES, NO_CHANGE_CLASS], dtype=object)
    table = pd.DataFrame({"person": labels[comparison.paired]})
    for name in METHODS:
        table[name] = words[comparison.codes[name]]
    said = table["JT"] != NO_CHANGE_CLASS
    names = np.full(len(table), "", dtype=object)
    for name in METHODS[1:]:
        other = said & (table[name] != NO_CHANGE_CLASS) & (table[name] != table["JT"])
        names = names + np.where(other.to_numpy(bool), f";{name}", "").astype(object)
    table["differs"] = names != ""
    table["differs_in"] = [text.removeprefix(";") for text in names]
    return table


def _measure(group: _Group, reliability_after: float | None) -> dict[str, MethodChange]:
    missing = explain_missing_source(group.used, rule=group.rule, n=len(group.first))
    if missing:
        return undefined_change(len(group.first), missing)
    return measure_change(
        group.first,
        group.last,
        better=group.scale.better,
        sd=group.number("sd"),
        reliability=group.number("reliability"),
        reliability_after=reliability_after,
        level=group.level,
    )


def _row(group: _Group, change: MethodChange, kind: str) -> Row:
    cutoff, ranges = _cutoff_and_ranges(group, change, kind)
    found = assign_classes(
        ranges, reliably_better=change.reliably_better, reliably_worse=change.reliably_worse
    )
    known = change.reason in ("", "N0")
    one_sided = change.method == "HA"
    return make_row(
        method=change.method,
        reliability=group.number("reliability"),
        sd_used=group.number("sd"),
        cutoff_type=kind,
        in_use="no",
        expected_by_chance=len(group.first) * (1 - group.level) / (1 if one_sided else 2),
        reason=change.reason or _lesser_reason(group, kind, cutoff, ranges),
        **count_classes(found, cutoff=cutoff, known=known, level=group.level),
    )


def _codes(group: _Group, change: MethodChange, kind: str) -> NDArray[np.int8]:
    if change.reason:
        return np.full(group.first.shape, NO_CLASS, dtype=np.int8)
    _, ranges = _cutoff_and_ranges(group, change, kind)
    return assign_classes(
        ranges, reliably_better=change.reliably_better, reliably_worse=change.reliably_worse
    ).codes


def _cutoff_and_ranges(group: _Group, change: MethodChange, kind: str) -> tuple[AnyCutoff, Ranges]:
    """The cut-off as the method has it, and who is on which side of it."""
    first, last, better = group.first, group.last, group.scale.better
    cutoff = group.cutoffs[kind]
    if change.method != "HA" or change.reason or cutoff is None or isinstance(cutoff, Cutoff):
        return cutoff, find_ranges(first, last, better=better, cutoff=cutoff)
    sem = standard_error_of_measurement(
        sd=group.number("sd"), reliability=group.number("reliability")
    )
    own = true_score_cutoffs(
        better=better,
        sem=sem,
        clinical=group.mean_and_sd("clinical"),
        functional=group.mean_and_sd("functional"),
    ).get(kind)
    ranges = None
    if own is not None:
        ranges = true_score_ranges(
            first, last, better=better, cutoff=own, sem=sem, level=group.level
        )
    if ranges is None:
        return None, find_ranges(first, last, better=better, cutoff=None)
    return own, ranges


def _lesser_reason(group: _Group, kind: str, cutoff: AnyCutoff, ranges: Ranges) -> str:
    """What keeps a row from a recovery rate although its classes are known."""
    if cutoff is None and group.cutoffs[kind] is None:
        return explain_missing_cutoff(kind, group.used, rule=group.rule)
    if cutoff is None:
        return "SD_BELOW_SEM"
    return "" if ranges.clinical_first.any() else "NONE_CLINICAL"


def _without_direction(rows: tuple[Row, ...], paired: NDArray[np.bool_]) -> MethodComparison:
    n, reason = int(paired.sum()), "NO_DIRECTION"
    others = [make_row(method=name, n=n, in_use="no", reason=reason) for name in METHODS[1:]]
    return MethodComparison(
        rows=(*rows, *others),
        codes={name: np.full(n, NO_CLASS, dtype=np.int8) for name in METHODS},
        statistics={name: np.full(n, np.nan) for name in METHODS},
        reasons=dict.fromkeys(METHODS, reason),
        paired=paired,
    )


def _with_both_scores(
    before: ArrayLike, after: ArrayLike
) -> tuple[Floats, Floats, NDArray[np.bool_]]:
    first, last = np.asarray(before, dtype=float), np.asarray(after, dtype=float)
    if first.shape != last.shape or first.ndim != 1:
        raise ValueError(f"before {first.shape} and after {last.shape}: need two equal lengths")
    paired = np.isfinite(first) & np.isfinite(last)
    return first[paired], last[paired], paired
