"""missing_patterns.csv and missing_items.csv: what is missing, by time and by question."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from evaluation.analysis.lost_and_kept import lost_or_kept
from evaluation.analysis.missing_items import ITEM_COLUMNS, missing_item_audit
from evaluation.analysis.missing_patterns import MARKS, count_patterns, wave_marks
from evaluation.analysis.pairing import UNIT
from evaluation.analysis.practitioners import without_practitioners
from evaluation.model import ALL_SITES, Dataset
from evaluation.tables.groups import ordered

if TYPE_CHECKING:
    from evaluation.programme import Results

PERSON = ["site", "participant"]
PLACE = ["site", "instrument", "scale"]
MISSING_PATTERN_COLUMNS = (*PLACE, "pattern", *MARKS, "n", "total", "share", "reason")
MISSING_ITEM_COLUMNS = ("site", "instrument", *ITEM_COLUMNS)


def missing_patterns_table(
    results: Results, *, only: Collection[str] | None = None
) -> pd.DataFrame:
    """How many have each pattern of scores at the start, the end and the follow-ups.

    One row for each site (and ``ALL``), scale and pattern, of everybody with at least one of these
    scores; practitioners left out. ``present``, ``missing``, ``not_yet_due`` (a window that is
    still open included) and ``not_asked`` name the waves. ``share`` = n / total.
    """
    waves = ["baseline", *results.states["wave"].drop_duplicates()]
    scores = results.waves[results.waves["wave"].isin(waves)]
    if only is not None:
        scores = scores[scores["site"].isin(list(only))]
    parents = _parents(results)
    known = pd.MultiIndex.from_frame(scores[PERSON]).isin(parents)
    scores = scores[known]
    if scores.empty:
        return pd.DataFrame(columns=list(MISSING_PATTERN_COLUMNS))
    units, present = _presence(scores, waves)
    marks = wave_marks(present, _fates(results.states, units, waves))
    group, names = pd.factorize(pd.MultiIndex.from_frame(units[PLACE]))
    tables = [_counted(marks, waves, group, pd.DataFrame(list(names), columns=PLACE))]
    if only is None:
        group, names = pd.factorize(pd.MultiIndex.from_frame(units[PLACE[1:]]))
        everywhere = pd.DataFrame(list(names), columns=PLACE[1:]).assign(site=ALL_SITES)
        tables.append(_counted(marks, waves, group, everywhere))
    found = pd.concat(tables, ignore_index=True)
    return ordered(found.to_dict("records"), MISSING_PATTERN_COLUMNS)


def _counted(
    marks: np.ndarray, waves: list[str], group: np.ndarray, names: pd.DataFrame
) -> pd.DataFrame:
    counted = count_patterns(marks, waves, group)
    places = names.iloc[counted["group"]].reset_index(drop=True)
    return pd.concat([places, counted.drop(columns="group")], axis=1).assign(reason="")


def _parents(results: Results) -> pd.MultiIndex:
    """Everybody whom the states know: all but practitioners."""
    return pd.MultiIndex.from_frame(results.states[PERSON].drop_duplicates())


def _presence(scores: pd.DataFrame, waves: list[str]) -> tuple[pd.DataFrame, np.ndarray]:
    """Each person (or report about a child) and scale once, with the waves that have a score."""
    unit = scores.groupby(UNIT, sort=False, dropna=False).ngroup().to_numpy()
    _, first = np.unique(unit, return_index=True)
    present = np.zeros((len(first), len(waves)), dtype=bool)
    present[unit, pd.Index(waves).get_indexer(scores["wave"])] = True
    return scores.iloc[first].reset_index(drop=True), present


def _fates(states: pd.DataFrame, units: pd.DataFrame, waves: list[str]) -> np.ndarray:
    """What became of each unit's person at each wave; the start has no day by which it is due."""
    people = pd.MultiIndex.from_frame(states[PERSON])
    fate = lost_or_kept(states).astype(object).to_numpy()
    of_units = pd.MultiIndex.from_frame(units[PERSON])
    columns = [np.full(len(units), "lost", dtype=object)]
    for wave in waves[1:]:
        chosen = (states["wave"] == wave).to_numpy()
        place = people[chosen].get_indexer(of_units)
        columns.append(fate[chosen][place])
    return np.column_stack(columns)


def missing_items_table(
    results: Results, dataset: Dataset, *, only: Collection[str] | None = None
) -> pd.DataFrame:
    """Which questions were left out most, of all times together; the most frequent first.

    One row for each site (and ``ALL``), questionnaire and item; see `missing_item_audit`.
    ``dataset``: the answers that ``results`` were made from. Practitioners left out.
    """
    records = without_practitioners(dataset.records, dataset.participants)
    if only is not None:
        records = records[records["site"].isin(list(only))]
    parts = []
    for name, answers in dataset.answers.items():
        instrument = results.instruments.get(name)
        own = answers[answers.index.isin(records.index)]
        if instrument is None or own.empty:
            continue
        site = records["site"].reindex(own.index).to_numpy(object)
        groups = [(str(one), own[site == one]) for one in pd.unique(site)]
        if only is None:
            groups.insert(0, (ALL_SITES, own))
        for one, chosen in groups:
            audit = missing_item_audit(instrument, chosen, level=results.settings.level)
            audit = audit.sort_values(["rank", "item"], kind="stable")
            parts.append(audit.assign(site=one, instrument=name))
    rows = pd.concat(parts).to_dict("records") if parts else []
    return ordered(rows, MISSING_ITEM_COLUMNS)
