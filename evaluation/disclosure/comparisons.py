"""What may be released where groups stand side by side: sites, partners, subgroups."""

from __future__ import annotations

import numpy as np
import pandas as pd

from evaluation.config import DisclosureRule
from evaluation.disclosure.audit import LEAST_VALUES, parts_also_hidden, totals_also_hidden
from evaluation.disclosure.bounds import (
    bounds,
    cells_that_tell,
    couples_that_tell,
    hide_people,
)
from evaluation.disclosure.cells import (
    LEAST_RESIDUAL_DF,
    SUPPRESSED,
    released,
    thin_cells,
    total_beside_one_hidden,
)
from evaluation.disclosure.one_basis import of_nearly_the_same
from evaluation.disclosure.rounding import (
    CELL,
    MEASURE,
    RELEASED_DECIMALS,
    few,
    few_people,
    rounded,
    rounded_points,
    rounded_share,
    rounded_sizes,
    small,
)
from evaluation.model import ALL_SITES

# se, q and p would give the exact variances of the sites away, and these the exact n.
_SITE_ESTIMATES = (
    "estimate", "low", "high", "low_hk", "high_hk", "tau2", "i2", "prediction_low",
    "prediction_high",
)  # fmt: skip
_LEVEL_COUNTS = ("n", "n_reference", "n_couples", "share_improved")
_COUPLE_COUNTS = (
    "n_couples", "n_both", "both_better", "discordant", "both_worse", "both_unchanged", "opposite",
)  # fmt: skip
_BOTH = ("both_better", "discordant", "both_worse", "both_unchanged", "opposite")
LEVEL_SIZES = ("g_pre", "g_pre_low", "g_pre_high")
LEVEL_POINTS = ("mean_before", "sd_before")
LEVEL_LIMITS = (
    ("improvement", "improvement_low", "improvement_high"), ("difference", "low", "high"),
)  # fmt: skip


def release_sites(sites: pd.DataFrame, rule: DisclosureRule) -> pd.DataFrame:
    """Averages over sites, which must have been made from sites that are not thin.

    An "average" of one site would repeat its estimate with an interval that, beside the one in
    the effects, tells how many couples it has; so it is hidden.
    """
    kept = ("k", "k_dropped", "df")
    return released(
        sites, rule, thin=sites["k"] == 1, estimates=_SITE_ESTIMATES,
        keys=(*MEASURE, "method", "unit", "reason", *kept),
    )  # fmt: skip


def release_site_estimates(
    estimates: pd.DataFrame, effects: pd.DataFrame, rule: DisclosureRule
) -> pd.DataFrame:
    """Every site beside the average, without its variance; thin sites hidden."""
    result = released(
        estimates, rule, thin=few_people(estimates, rule), counts=("n", "n_couples"),
        estimates=("weight",), texts=("funnel_position",),
        keys=("site", *MEASURE, "unit", "reason"),
    )  # fmt: skip
    own = estimates[["y", "shrunken"]].astype(float)
    points = rounded_points(own, estimates["n"], rule)
    sizes = rounded_sizes(own, estimates["n"], rule)
    shown = points.where(estimates["unit"] == "points", sizes)
    hidden = result["reason"] == SUPPRESSED
    result[["y", "shrunken"]] = shown.astype(object).mask(hidden, None)
    hide_people(result, effects, rule)
    return result


def release_couples(
    couples: pd.DataFrame, effects: pd.DataFrame, rule: DisclosureRule
) -> pd.DataFrame:
    """Partners side by side; hidden where the effect of the same people is thin."""
    result = released(
        couples, rule, thin=thin_cells(couples, effects, rule), counts=_COUPLE_COUNTS,
        estimates=("icc_level", "icc_change"), keys=(*CELL, "reason"),
    )  # fmt: skip
    whole = effects[effects["subgroup"] == ""]
    people, pairs = (rounded(whole[name], rule) for name in ("n", "n_couples"))
    tells = pd.MultiIndex.from_frame(whole.loc[couples_that_tell(people, pairs, rule), list(CELL)])
    place = pd.MultiIndex.from_frame(couples[list(CELL)])
    result.loc[place.isin(tells), "n_couples"] = None
    hide_people(result, effects, rule, ["n_couples"])
    alone = few(couples["n_both"], LEAST_RESIDUAL_DF + 2)
    result.loc[alone, ["icc_level", "icc_change"]] = None
    # Couples of whom neither changed, or each the other way, may be in neither of the three.
    for parts in (_BOTH[:3], _BOTH):
        follows = parts_also_hidden(couples, "n_both", parts, rule)
        for name in parts:
            result.loc[follows[name], name] = None
    return result


def release_subgroups(
    table: pd.DataFrame, effects: pd.DataFrame, rule: DisclosureRule
) -> pd.DataFrame:
    """Who benefits; a trait of a site is shown only where none of its levels is thin.

    The other levels and the effect of everybody (``effects``, unmasked) would give a hidden one
    away, and so they would the few of whom the trait is not known.
    """
    keys = (*CELL, "row", "trait", "level", "reference", "adjusted", "reason")
    result = released(
        table, rule, thin=_thin_traits(table, effects, rule),
        counts=("n", "n_reference", "n_couples"), points=LEVEL_POINTS, limits=LEVEL_LIMITS,
        sizes=LEVEL_SIZES, keys=keys,
    )  # fmt: skip
    result["mean_after"] = mean_after(table, result)
    hide_second_basis(table, result, rule)
    share = rounded_share(table, rule).round(RELEASED_DECIMALS).astype(object)
    result["share_improved"] = share.mask(result["reason"] == SUPPRESSED, None)
    hide_telling_levels(result, table, table, effects, rule)
    return result


def hide_telling_levels(
    released: pd.DataFrame,
    table: pd.DataFrame,
    every: pd.DataFrame,
    effects: pd.DataFrame,
    rule: DisclosureRule,
) -> None:
    """Blank how many are at each level of a trait where few of all are missing and would follow.

    ``table`` are the exact rows of what is released, ``every`` those of all sites as well;
    ``effects`` is exact. The averages of the levels stay.
    """
    total, missing = _everybody(table, effects)
    trait = [table[name] for name in (*CELL, "trait")]
    level = table["row"] == "level"
    low, high = (
        bound.where(level, 0.0).groupby(trait).transform(lambda b: b.sum(skipna=False))
        for bound in bounds(released["n"], rule)
    )
    everybody = table["n"].astype(float).where(level, 0.0).groupby(trait).transform("sum") == total
    of_all = bounds(rounded(total, rule), rule)
    left = np.minimum(high, of_all[1]) - np.maximum(low, of_all[0]) + 1
    tells = everybody & small(missing, rule) & (left < LEAST_VALUES)
    tells |= _same_as_hidden(every, effects, rule).reindex(table.index)
    tells |= _totals_that_tell(every, rule).reindex(table.index)
    released.loc[tells, [name for name in _LEVEL_COUNTS if name in released]] = np.nan


def _same_as_hidden(table: pd.DataFrame, effects: pd.DataFrame, rule: DisclosureRule) -> pd.Series:
    """Levels that are everybody of a site whose number is hidden, there or as the only site."""
    everybody = (table["row"] == "level") & (table["n"] == _everybody(table, effects)[0])
    cells = pd.MultiIndex.from_frame(table[list(CELL)])
    same = everybody & cells.isin(cells_that_tell(effects, rule))
    level = [table[name] for name in ("row", *MEASURE, "trait", "level")]
    of_sites = (table["n"] > 0) & (table["site"] != ALL_SITES)
    alone = of_sites.groupby(level).transform("sum") == 1
    same |= alone & (same & of_sites).groupby(level).transform("any")
    trait = [table[name] for name in (*CELL, "trait")]
    return same.groupby(trait).transform("any")


def _totals_that_tell(table: pd.DataFrame, rule: DisclosureRule) -> pd.Series:
    """Traits of all sites together of which a level tells the number of a site at that level."""
    levels = table["row"] == "level"
    by = [*MEASURE, "trait", "level"]
    tells = totals_also_hidden(table[levels], ["n", "n_couples"], by, rule).any(axis=1)
    trait = [table[name] for name in (*CELL, "trait")]
    return tells.reindex(table.index, fill_value=False).groupby(trait).transform("any")


def _everybody(table: pd.DataFrame, effects: pd.DataFrame) -> tuple[pd.Series, pd.Series]:
    """For each row how many are in the change that it is a part of, and how many are not."""
    whole = effects[effects["subgroup"] == ""].set_index(list(CELL))
    cells = pd.MultiIndex.from_frame(table[list(CELL)])
    total, missing = (
        pd.Series(whole[name].astype(float).reindex(cells).to_numpy(), index=table.index)
        for name in ("n", "n_excluded")
    )
    return total, missing


def hide_second_basis(table: pd.DataFrame, result: pd.DataFrame, rule: DisclosureRule) -> None:
    """Blank averages at one time of a level that repeat those of an earlier row but for a few."""
    again = of_nearly_the_same(
        table, ["n"], ("site", "instrument", "scale", "trait", "level"), ["contrast"], rule,
        shown=(table["row"] == "level") & result["mean_before"].notna(),
    )  # fmt: skip
    result.loc[again, ["mean_before", "sd_before", "mean_after"]] = None


def mean_after(table: pd.DataFrame, result: pd.DataFrame) -> pd.Series:
    """The second average of a row, from its released first one and its released improvement."""
    up = np.sign(
        (table["mean_after"] - table["mean_before"]).astype(float)
        * table["improvement"].astype(float)
    )
    before, improvement = (pd.to_numeric(result[name]) for name in ("mean_before", "improvement"))
    after = (before + up * improvement).round(RELEASED_DECIMALS)
    return after.astype(object).where(after.notna(), None)


def _thin_traits(table: pd.DataFrame, effects: pd.DataFrame, rule: DisclosureRule) -> pd.Series:
    """Rows of a trait that has a thin level, or that is unknown for a few."""
    levels = table["row"] == "level"
    trait = [table[name] for name in (*CELL, "trait")]
    known = table["n"].where(levels, 0).astype(float).groupby(trait).transform("sum")
    everybody = effects[effects["subgroup"] == ""].set_index(list(CELL))["n"]
    unknown = everybody.reindex(pd.MultiIndex.from_frame(table[list(CELL)])).to_numpy() - known
    hidden_level = (levels & few_people(table, rule)) | few(unknown, rule.min_n)
    hidden = hidden_level.groupby(trait).transform("any") | thin_cells(table, effects, rule)
    # A single hidden site would follow from all together, by any of the levels.
    total = total_beside_one_hidden(table, hidden & levels, rule)
    return hidden | total.groupby(trait).transform("any")
