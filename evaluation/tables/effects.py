"""effects.csv: how far each group moved between two waves, in points and standard deviations."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields

import pandas as pd

from evaluation.analysis.effect import PairedEffect, paired_effects
from evaluation.model import EFFECT_COLUMNS, PRECISION_COLUMNS
from evaluation.tables.groups import Group, ordered

# For somebody in the row a session was taken as the start or the end.
SESSION_STANDS_IN = "SESSION_STANDS_IN"
_FIELDS = [field.name for field in fields(PairedEffect)]


def effects_tables(
    groups: Sequence[Group], *, level: float = 0.95
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The effects of every group, and beside them, row by row, their exact standard errors."""
    found: dict[int, PairedEffect] = {}
    for better in {group.scale.better for group in groups}:
        places = [i for i, group in enumerate(groups) if group.scale.better == better]
        chosen = ((groups[i].before, groups[i].after, groups[i].cluster) for i in places)
        found |= dict(zip(places, paired_effects(chosen, better=better, level=level), strict=True))
    rows = [_row(group, found[i]) for i, group in enumerate(groups)]
    table = ordered(rows, dict.fromkeys((*EFFECT_COLUMNS, *PRECISION_COLUMNS)).keys())  # type: ignore[arg-type]
    return table[list(EFFECT_COLUMNS)], table[list(PRECISION_COLUMNS)]


def _row(group: Group, effect: PairedEffect) -> dict[str, object]:
    row: dict[str, object] = {name: getattr(effect, name) for name in _FIELDS}
    if group.assumed:
        row["reason"] = ";".join(filter(None, [effect.reason, SESSION_STANDS_IN]))
    return row | group.place | {"subgroup": group.subgroup, "n_excluded": group.n_excluded}
