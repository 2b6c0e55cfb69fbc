"""The last gate before a table leaves its site: small counts hidden, the rest rounded.

``site``: a site looking at itself sees its own counts. ``release``: anything seen across sites or
exported. A hidden value is an empty cell with the reason ``SUPPRESSED``; everything that could give
it away in the same row is emptied with it.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
import pandas as pd

from evaluation.config import DisclosureRule
from evaluation.model import ALL_SITES

Level = Literal["off", "site", "release"]

SUPPRESSED = "SUPPRESSED"
_CELL = ("site", "instrument", "scale", "contrast")
_EFFECT_KEYS = ("site", "subgroup", "instrument", "scale", "contrast", "reason")
_CHANGE_KEYS = (
    "site", "instrument", "scale", "contrast", "method", "reliability", "cutoff_type", "in_use",
    "reason",
)  # fmt: skip
# Each of these gives the exact n away, alone or beside another column: (t / d_z) squared is n, the
# small-sample correction is a function of n, and so are p-values beside their intervals.
_LEADS_TO_N = (
    "n_effective", "df", "wilcoxon_w", "rank_biserial", "t", "p_t", "p_cluster", "p_wilcoxon", "r",
    "d_pre", "d_z", "d_z_low", "d_z_high", "g_z", "d_av", "g_av", "d_rm",
)  # fmt: skip
_ESTIMATES = (
    "mean_before", "sd_before", "mean_after", "sd_after", "raw_change", "improvement",
    "improvement_low", "improvement_high", "g_pre", "g_pre_low", "g_pre_high",
)  # fmt: skip
_RELEASED_DECIMALS = 2
_CHANGE_COUNTS = (
    "n", "recovered", "improved", "unchanged", "deteriorated", "harmed", "crossed_not_reliable",
    "tied_with_cutoff", "clinical_at_start",
)  # fmt: skip
_TALKING_THERAPIES_COUNTS = (
    "n", "n_couples", "cases_at_start", "recovered", "reliable_improvement", "reliable_recovery",
    "deteriorated",
)  # fmt: skip
_STATES = ("not_eligible", "not_yet_due", "window_open", "missed", "done")


def small(counts: pd.Series | pd.DataFrame, rule: DisclosureRule):  # type: ignore[no-untyped-def]
    """Where a count is too small to be shown (1 up to ``hide_below`` - 1)."""
    return (counts > 0) & (counts < rule.hide_below)


def rounded(counts: pd.Series | pd.DataFrame, rule: DisclosureRule):  # type: ignore[no-untyped-def]
    """Counts to the nearest multiple of ``round_to``, small ones empty."""
    base = rule.round_to
    result = np.floor(counts.astype(float) / base + 0.5) * base
    return result.mask(small(counts, rule))


def release_effects(effects: pd.DataFrame, rule: DisclosureRule) -> pd.DataFrame:
    """Effects of at least ``min_n`` people from ``min_couples`` couples; counts rounded.

    What would lead back to an exact n is left out, and estimates keep two decimals.
    """
    table = effects.copy()
    thin = (table["n"] < rule.min_n) | (table["n_couples"] < rule.min_couples)
    thin &= table["n"] > 0
    values = [column for column in table.columns if column not in _EFFECT_KEYS]
    table = _as_objects(table, values)
    counts = rounded(effects[["n", "n_couples", "n_excluded"]], rule)
    table[["n", "n_couples", "n_excluded"]] = counts.astype(object)
    table[list(_LEADS_TO_N)] = None
    for name in _ESTIMATES:
        table[name] = effects[name].astype(float).round(_RELEASED_DECIMALS).astype(object)
    table["share_improved"] = _rounded_share(effects, rule).astype(object)
    table.loc[thin, [c for c in values if c not in ("n", "n_couples", "n_excluded")]] = None
    table.loc[thin, "reason"] = SUPPRESSED
    total = _total_beside_one_hidden(effects, thin)
    table.loc[total, [c for c in values if c not in ("n", "n_couples", "n_excluded")]] = None
    table.loc[total, "reason"] = SUPPRESSED
    return table


def _total_beside_one_hidden(effects: pd.DataFrame, hidden: pd.Series) -> pd.Series:
    """Rows of all sites together from which the others would leave a single hidden site."""
    cell = ["subgroup", "instrument", "scale", "contrast"]
    total = effects["site"] == ALL_SITES
    n_hidden = (hidden & ~total).groupby([effects[c] for c in cell]).transform("sum")
    return total & (n_hidden == 1)


def _rounded_share(effects: pd.DataFrame, rule: DisclosureRule) -> pd.Series:
    """The share who improved, from rounded counts; empty where either part is small."""
    n = effects["n"].astype(float)
    better = (effects["share_improved"] * n).round()
    share = rounded(better, rule) / rounded(n, rule)
    return share.mask(small(n - better, rule)).clip(upper=1.0)


def release_change(
    change: pd.DataFrame, effects: pd.DataFrame, rule: DisclosureRule
) -> pd.DataFrame:
    """The five classes in rounded counts; rates from rounded counts; thin rows hidden whole.

    ``effects`` is the unmasked table of the same cells: it knows how many couples they hold.
    """
    table = _as_objects(change.copy(), [c for c in change.columns if c not in _CHANGE_KEYS])
    counts = rounded(change[list(_CHANGE_COUNTS)], rule)
    table[list(_CHANGE_COUNTS)] = counts.astype(object)
    hidden = small(change["recovered"], rule) | small(change["clinical_at_start"], rule)
    hidden |= small(change["clinical_at_start"] - change["recovered"], rule)
    rate = counts["recovered"] / counts["clinical_at_start"].where(counts["clinical_at_start"] > 0)
    table["recovery_rate"] = rate.mask(hidden).astype(object)
    table[["recovery_low", "recovery_high", "expected_by_chance"]] = None
    couples = effects[effects["subgroup"] == ""].set_index(list(_CELL))["n_couples"]
    n_couples = couples.reindex(pd.MultiIndex.from_frame(change[list(_CELL)])).to_numpy(float)
    thin = (change["n"] > 0) & ((change["n"] < rule.min_n) | (n_couples < rule.min_couples))
    own = [c for c in change.columns if c not in _CHANGE_KEYS]
    table.loc[thin, own] = None
    table.loc[thin, "reason"] = SUPPRESSED
    return table


def release_talking_therapies(table: pd.DataFrame, rule: DisclosureRule) -> pd.DataFrame:
    """The outcomes of PHQ-9 and GAD-7 together in rounded counts; thin rows hidden whole."""
    counts = list(_TALKING_THERAPIES_COUNTS)
    result = _as_objects(table.copy(), counts)
    result[counts] = rounded(table[counts], rule).astype(object)
    thin = (table["n"] < rule.min_n) | (table["n_couples"] < rule.min_couples)
    thin &= table["n"] > 0
    result.loc[thin, counts] = None
    result.loc[thin, "reason"] = SUPPRESSED
    return result


def release_attrition(attrition: pd.DataFrame, rule: DisclosureRule) -> pd.DataFrame:
    """Counts of each state rounded; a rate only if neither those counted nor the rest are few."""
    values = ["n", *_STATES]
    table = _as_objects(attrition.copy(), [*values, "rate", "low", "high"])
    counts = rounded(attrition[values], rule)
    table[values] = counts.astype(object)
    # Take-up and start are shares of everybody at that step, later ones of those whose time passed.
    of_all = attrition["step"].isin(["took_up", "baseline"])
    due = (counts["done"] + counts["missed"]).mask(of_all, counts["n"])
    exact = (attrition["done"] + attrition["missed"]).mask(of_all, attrition["n"])
    few = small(attrition["done"], rule) | small(exact - attrition["done"], rule)
    few |= exact < rule.min_n
    had_rate = attrition["rate"].notna()
    rate = (counts["done"] / due.where(due > 0)).mask(few)
    table["rate"] = rate.where(had_rate).astype(object)
    table[["low", "high", "rate_if_open_fail", "rate_if_open_succeed", "cumulative_rate"]] = None
    table.loc[had_rate & few, "reason"] = SUPPRESSED
    return table


def _as_objects(table: pd.DataFrame, columns: list[str]) -> pd.DataFrame:
    """Columns that may hold numbers or nothing."""
    table[columns] = table[columns].astype(object)
    return table
