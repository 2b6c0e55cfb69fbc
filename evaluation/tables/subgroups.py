"""subgroups.csv: who benefits, on the main scale of each questionnaire."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import TypedDict

import numpy as np
import pandas as pd

from evaluation.analysis.change import ReliableChange
from evaluation.analysis.families import add_q_values
from evaluation.analysis.subgroups import add_traits, subgroup_differences, subgroup_levels
from evaluation.config import Settings
from evaluation.model import ALL_SITES, ChangeRule
from evaluation.tables.change import Cell, cutoff_in_use
from evaluation.tables.groups import ordered
from instruments.definition import Better, Instrument

LEVEL, DIFFERENCE = "level", "difference"
SUBGROUP_COLUMNS = (
    "site", "instrument", "scale", "contrast", "row", "trait", "level", "reference", "adjusted",
    "n", "n_reference", "n_couples", "mean_before", "sd_before", "mean_after", "improvement",
    "improvement_low", "improvement_high", "g_pre", "g_pre_low", "g_pre_high", "share_improved",
    "difference", "se", "low", "high", "df", "p", "q", "n_family", "display_tier", "reason",
)  # fmt: skip
_GIVEN = ("role", "low_income", "first_time_parent", "intervention")
TRAITS = ("role", "partner", "low_income", "first_time_parent", "severity", "intervention")
_CONTRASTS = ("baseline_end", "baseline_3m", "baseline_6m")
# A scale that is compared with and without adjustment is one question asked twice.
FAMILY = ("site", "contrast", "adjusted")


class _Rated(TypedDict):
    better: Better
    level: float


def subgroups_table(
    pairs: Mapping[str, pd.DataFrame],
    participants: pd.DataFrame,
    details: Mapping[Cell, ReliableChange],
    instruments: Mapping[str, Instrument],
    settings: Settings,
    *,
    sites: Collection[str] | None = None,
) -> pd.DataFrame:
    """Every level of every trait for each site and all, and how far it is from the largest level.

    Start against end, and against the follow-ups that somebody has answered. ``row`` is ``level``
    or ``difference``; ``adjusted`` says whether people who started alike are compared. q values
    are over all scales and traits of a site and contrast. Severity divides at the cut-off in use.
    """
    rows: list[dict[str, object]] = []
    for contrast in (name for name in _CONTRASTS if name in pairs):
        people = _with_traits(pairs[contrast], participants)
        for instrument, scale_id in main_measures(people, instruments, settings):
            here = (people["instrument"] == instrument) & (people["scale"] == scale_id)
            scale = instruments[instrument].scale(scale_id)
            rule = settings.measures.get(f"{instrument}.{scale_id}", ChangeRule())
            for site, chosen in _by_site(people[here], sites):
                cell = (site, instrument, scale_id, contrast)
                cutoff = cutoff_in_use(details.get(cell), scale, rule)
                traits = add_traits(chosen, better=scale.better, cutoff=cutoff)
                rated: _Rated = {"better": scale.better, "level": settings.level}
                found = subgroup_levels(traits, TRAITS, **rated).assign(row=LEVEL)
                apart = subgroup_differences(traits, TRAITS, **rated).assign(row=DIFFERENCE)
                apart["adjusted"] = np.where(apart["adjusted"].astype(bool), "yes", "no")
                place = dict(zip(("site", "instrument", "scale", "contrast"), cell, strict=True))
                rows += [row | place for part in (found, apart) for row in part.to_dict("records")]
    table = ordered(rows, SUBGROUP_COLUMNS)
    return _with_q_values(table) if len(table) else table


def _with_q_values(table: pd.DataFrame) -> pd.DataFrame:
    apart = table["row"] == DIFFERENCE
    for name in ("reference", "adjusted", "display_tier"):
        table[name] = table[name].astype(object).fillna("")
    judged = add_q_values(table[apart], family=FAMILY)
    table.loc[apart, ["q", "n_family"]] = judged[["q", "n_family"]].astype(float)
    return table


def _with_traits(pairs: pd.DataFrame, participants: pd.DataFrame) -> pd.DataFrame:
    """Parents with both scores, and what is known of them."""
    used = pairs[(pairs["excluded"] == "") & ~pairs["practitioner"]]
    keys = ["site", "participant"]
    return used.merge(participants[[*keys, *_GIVEN]], on=keys, how="left", validate="m:1")


def main_measures(
    people: pd.DataFrame, instruments: Mapping[str, Instrument], settings: Settings
) -> list[tuple[str, str]]:
    """The main scale of each questionnaire, and what the rule file names as primary."""
    named = set(settings.primary.values())
    there = people[["instrument", "scale"]].drop_duplicates().itertuples(index=False, name=None)
    return [
        (name, scale_id)
        for name, scale_id in there
        if scale_id == instruments[name].primary_scale or f"{name}.{scale_id}" in named
    ]


def _by_site(
    people: pd.DataFrame, sites: Collection[str] | None
) -> Iterator[tuple[str, pd.DataFrame]]:
    if sites is None:
        yield ALL_SITES, people
    for site, chosen in people.groupby("site", sort=False):
        if sites is None or site in sites:
            yield str(site), chosen
