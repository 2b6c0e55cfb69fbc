"""The person-level parts of an export; none of them is ever released."""

from __future__ import annotations

from collections.abc import Collection

import pandas as pd

from evaluation.model import PARTICIPANT_COLUMNS
from evaluation.programme import Results

OUTSIDE_COLUMNS = ("site", "participant", "wave", "due_on", "done_on")
_UNIT = ["site", "participant", "child", "informant"]


def participants_table(results: Results, sites: Collection[str] | None) -> pd.DataFrame:
    """participants.csv: a row for each person, by code."""
    people = results.participants.reindex(columns=list(PARTICIPANT_COLUMNS))
    return _of(people, sites).reset_index(drop=True)


def outside_window_table(results: Results, sites: Collection[str] | None) -> pd.DataFrame:
    """outside_window.csv: occasions that the rule file leaves out for being early or late."""
    states = _of(results.states, sites)
    outside = states[states["early"] | states["late"]]
    if not results.settings.exclude_outside_window:
        outside = outside.iloc[:0]
    return outside.reindex(columns=list(OUTSIDE_COLUMNS)).reset_index(drop=True)


def wide_scores(results: Results, sites: Collection[str] | None) -> pd.DataFrame:
    """A row for each person (or child and informant), a column for each scale and wave.

    The scores are those in use: a session stands in for a start or an end that is missing.
    """
    waves = _of(results.waves, sites)
    names = waves["instrument"] + "_" + waves["scale"] + "_" + waves["wave"]
    order = list(dict.fromkeys(names))
    wide = (
        waves.assign(name=names)
        .pivot_table(index=_UNIT, columns="name", values="score", aggfunc="first", sort=False)
        .reindex(columns=order)
        .reset_index()
    )
    people = participants_table(results, sites)
    known = people.merge(wide, on=["site", "participant"], how="right")
    return known[[*PARTICIPANT_COLUMNS, "child", "informant", *order]]


def _of(table: pd.DataFrame, sites: Collection[str] | None) -> pd.DataFrame:
    return table if sites is None else table[table["site"].isin(sites)]
