"""Cells that may be shown: thin rows, and what would give a hidden one away."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

import numpy as np
import pandas as pd

from evaluation.config import DisclosureRule
from evaluation.disclosure.audit import totals_also_hidden
from evaluation.disclosure.bounds import hide_telling_couples
from evaluation.disclosure.rounding import (
    CELL,
    MEASURE,
    RELEASED_DECIMALS,
    Limits,
    few,
    few_people,
    lopsided,
    rounded,
    rounded_limits,
    rounded_points,
    rounded_sizes,
)
from evaluation.model import ALL_SITES

Level = Literal["off", "site", "release"]
SUPPRESSED = "SUPPRESSED"
# What tells rows of one site and measure apart.
WITHIN = ("method", "row", "trait", "level", "reference", "adjusted", "indicator")
# A line or a correlation through fewer points than this beyond its own numbers follows each.
LEAST_RESIDUAL_DF = 10


def released(
    table: pd.DataFrame,
    rule: DisclosureRule,
    *,
    thin: pd.Series,
    keys: Sequence[str],
    counts: Sequence[str] = (),
    estimates: Sequence[str] = (),
    points: Sequence[str] = (),
    sizes: Sequence[str] = (),
    limits: Sequence[Limits] = (),
    texts: Sequence[str] = (),
    shares: Mapping[str, tuple[str, str]] | None = None,
) -> pd.DataFrame:
    """Counts rounded, estimates with two decimals, what is not named left out, thin rows empty.

    ``points`` and ``limits`` (an estimate, its lower and its upper limit) are in points of a scale,
    ``sizes`` in standard deviations; these have fewer decimals, by ``n``. The row of all sites
    together is emptied too where it would leave a few people of hidden sites, and loses a count
    from which a small one of a site would follow.
    """
    result = table.copy()
    values = [name for name in table.columns if name not in keys]
    result[values] = None
    result = as_objects(result, values)
    for name in counts:
        result[name] = rounded(pd.to_numeric(table[name]), rule).astype(object)
    for name in estimates:
        result[name] = table[name].astype(float).round(RELEASED_DECIMALS).astype(object)
    if points:
        shown = rounded_points(table[list(points)], table["n"], rule)
        result[list(points)] = shown.astype(object)
    if sizes:
        shown = rounded_sizes(table[list(sizes)], table["n"], rule)
        result[list(sizes)] = shown.astype(object)
    for names in limits:
        shown = rounded_limits(table, names, table["n"], rule)
        result[list(names)] = shown.astype(object)
    for name, (part, whole) in (shares or {}).items():
        share = rounded(table[part].astype(float), rule) / rounded(table[whole], rule)
        share = share.mask(lopsided(table[part], table[whole], rule)).clip(upper=1.0)
        result[name] = share.round(RELEASED_DECIMALS).astype(object)
    for name in texts:
        result[name] = table[name].astype(object)
    hidden = thin
    if "site" in table and len(table):
        hidden = thin | total_beside_one_hidden(table, thin, rule)
        tells = totals_also_hidden(table, counts, keys_besides_site(keys), rule)
        for name in counts:
            result.loc[tells[name], name] = np.nan
        for name, (part, whole) in (shares or {}).items():
            result.loc[_either(tells, part, whole), name] = None
    hide_telling_couples(result, rule)
    result.loc[hidden, values] = None
    result.loc[hidden, "reason"] = SUPPRESSED
    return result


def keys_besides_site(keys: Sequence[str]) -> list[str]:
    """What tells the rows of one site apart."""
    return [name for name in keys if name not in ("site", "reason")]


def _either(tells: pd.DataFrame, part: str, whole: str) -> pd.Series:
    """Where a share is of a count that is hidden."""
    hidden = pd.Series(False, index=tells.index)
    for name in {part, whole} & set(tells.columns):
        hidden |= tells[name]
    return hidden


def thin_cells(table: pd.DataFrame, effects: pd.DataFrame, rule: DisclosureRule) -> pd.Series:
    """Rows whose cell the released effects hide: thin, or all sites beside a few of thin ones."""
    whole = effects[effects["subgroup"] == ""]
    few = few_people(whole, rule)
    thin = whole[few | total_beside_one_hidden(whole, few, rule)]
    cells = pd.MultiIndex.from_frame(table[list(CELL)])
    found = cells.isin(pd.MultiIndex.from_frame(thin[list(CELL)]))
    return pd.Series(found, index=table.index)


def total_beside_one_hidden(
    table: pd.DataFrame, hidden: pd.Series, rule: DisclosureRule
) -> pd.Series:
    """Rows of all sites together from which the others leave a single hidden site, or too few.

    All together without the sites that are shown are those of the hidden ones: they must be nobody,
    or as many people and couples as any average needs.
    """
    cell = [name for name in ("subgroup", *MEASURE, *WITHIN) if name in table]
    by = [table[c] for c in cell] or [pd.Series(0, index=table.index)]
    total = table["site"] == ALL_SITES
    gone = hidden & ~total
    found = gone.groupby(by, dropna=False).transform("sum") == 1
    for name, least in (("n", rule.min_n), ("total", rule.min_n), ("n_couples", rule.min_couples)):
        if name in table:
            n = pd.to_numeric(table[name]).astype(float).where(gone, 0).fillna(0)
            found |= few(n.groupby(by, dropna=False).transform("sum"), least)
    return total & found


def as_objects(table: pd.DataFrame, columns: list[str]) -> pd.DataFrame:
    """Columns that may hold numbers or nothing."""
    table[columns] = table[columns].astype(object)
    return table
