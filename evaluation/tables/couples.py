"""couples.csv: how alike partners are, and whether they changed together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import pandas as pd

from evaluation.analysis.change import ReliableChange
from evaluation.analysis.couple_change import couple_change
from evaluation.model import COUPLE_COLUMNS
from evaluation.tables.change import Cell, points_in_use
from evaluation.tables.groups import Group, ordered, whole_groups


def couples_table(
    groups: Iterable[Group], details: Mapping[Cell, ReliableChange], *, level: float = 0.95
) -> pd.DataFrame:
    """Partners side by side for each site and all, by the rule of reliable change in use."""
    rows: list[dict[str, object]] = []
    for group in whole_groups(groups):
        found = couple_change(
            group.before,
            group.after,
            group.cluster,
            better=group.scale.better,
            rc_points=points_in_use(details.get(group.cell)),
            level=level,
        )
        counted = {name: getattr(found, name) for name in COUPLE_COLUMNS if name not in group.place}
        rows.append(group.place | counted)
    return ordered(rows, COUPLE_COLUMNS)
