"""reliable_change.csv: who changed by more than measurement error, by five rules."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from evaluation.analysis.change import ReliableChange
from evaluation.analysis.change_inputs import AnyCutoff, choose_cutoff, find_cutoffs
from evaluation.analysis.method_comparison import MethodComparison, compare_methods
from evaluation.config import Settings
from evaluation.model import CHANGE_COLUMNS, ChangeRule
from evaluation.tables.groups import Group, ordered, whole_groups
from instruments.definition import Scale

# site, instrument, scale, contrast
Cell = tuple[str, str, str, str]


def change_tables(
    groups: Iterable[Group], settings: Settings
) -> tuple[pd.DataFrame, dict[Cell, ReliableChange]]:
    """Every method and cut-off for each site and all, and what Jacobson and Truax rests on."""
    rows: list[dict[str, object]] = []
    details: dict[Cell, ReliableChange] = {}
    for group in whole_groups(groups):
        found = compare_methods(
            group.before,
            group.after,
            scale=group.scale,
            rule=settings.measures.get(group.measure, ChangeRule()),
            level=settings.level,
        )
        rows += [row | group.place for row in _warned(found)]
        main = tuple(row for row in found.rows if row["method"] == "JT")
        details[group.cell] = ReliableChange(main, found.used, found.warnings)
    return ordered(rows, CHANGE_COLUMNS), details


def points_in_use(change: ReliableChange | None) -> float:
    """The points of reliable change of a group; NaN where they cannot be worked out."""
    rows = [row for row in change.rows if row["in_use"] == "yes"] if change else []
    return float(rows[0]["rc_points"]) if rows else float("nan")


def cutoff_in_use(change: ReliableChange | None, scale: Scale, rule: ChangeRule) -> AnyCutoff:
    """The boundary of the clinical range that a group is judged by; None where there is none."""
    if change is None or scale.better == "neither":
        return None
    there = find_cutoffs(change.used, scale=scale, rule=rule)
    return there.get(choose_cutoff(rule, there))


def _warned(found: MethodComparison) -> list[dict[str, object]]:
    """Its rows, each warned where only an unverified published value was to be had."""
    return [
        row | {"reason": ";".join(filter(None, [row["reason"], *found.warnings]))}
        for row in found.rows
    ]
