"""training.csv and what changed for practitioners, who are in no table of the families.

Their effects site by site stand in effects.csv as the subgroup ``role=practitioner``.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from evaluation.analysis.practitioners import is_practitioner
from evaluation.analysis.training import (
    TRAINING_COLUMNS,
    build_practitioners,
    training_cascade,
)
from evaluation.model import ALL_SITES, CHANGE_COLUMNS
from evaluation.tables.change import change_tables
from evaluation.tables.effects import effects_tables
from evaluation.tables.groups import PRACTITIONER_SUBGROUP, Group

if TYPE_CHECKING:
    from evaluation.programme import Results

__all__ = [
    "TRAINING_CHANGE_COLUMNS", "TRAINING_COLUMNS", "sites_with_training", "training_change_table",
    "training_effects_table", "training_table",
]  # fmt: skip
TRAINING_CHANGE_COLUMNS = CHANGE_COLUMNS


def sites_with_training(results: Results) -> list[str]:
    """The sites of which any practitioner is known, by name."""
    people = results.participants
    return sorted(people.loc[is_practitioner(people), "site"].unique(), key=str.casefold)


def training_table(results: Results, only: Collection[str] | None = None) -> pd.DataFrame:
    """training.csv, of the sites in ``only`` or of all sites and ``ALL``."""
    practitioners = build_practitioners(results.participants, results.scores, results.service_use)
    table = training_cascade(
        practitioners,
        data_lock=results.data_lock,
        follow_up=results.settings.follow_up,
        level=results.settings.level,
    )
    return table if only is None else table[table["site"].isin(only)].reset_index(drop=True)


def training_effects_table(results: Results, only: Collection[str] | None = None) -> pd.DataFrame:
    """The effects of practitioners (EFFECT_COLUMNS); ``ALL`` = the practitioners of all sites."""
    effects, _ = effects_tables(_groups(results, only), level=results.settings.level)
    return effects


def training_change_table(results: Results, only: Collection[str] | None = None) -> pd.DataFrame:
    """training_change.csv: reliable change of practitioners, as reliable_change.csv has families.

    A scale of one question has no reliability unless the questionnaire or the rule file gives
    one; its rows then say so (``REL_MISSING``).
    """
    groups = [replace(group, subgroup="") for group in _groups(results, only)]
    change, _ = change_tables(groups, results.settings)
    return change


def _groups(results: Results, only: Collection[str] | None) -> list[Group]:
    own = [group for group in results.groups if group.subgroup == PRACTITIONER_SUBGROUP]
    if only is not None:
        return [group for group in own if group.site in only]
    by_cell: dict[tuple[str, str, str], list[Group]] = {}
    for group in own:
        by_cell.setdefault((group.instrument, group.scale.id, group.contrast), []).append(group)
    return [*(_together(groups) for groups in by_cell.values()), *own]


def _together(groups: Sequence[Group]) -> Group:
    """All sites on one scale and contrast; their couples have different numbers already."""
    return replace(
        groups[0],
        site=ALL_SITES,
        before=_joined(group.before for group in groups),
        after=_joined(group.after for group in groups),
        cluster=_joined(group.cluster for group in groups),
        n_excluded=sum(group.n_excluded for group in groups),
        assumed=any(group.assumed for group in groups),
    )


def _joined(parts: Iterable[np.ndarray]) -> np.ndarray:
    return np.concatenate(list(parts))
