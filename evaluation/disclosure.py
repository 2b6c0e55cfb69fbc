"""The last gate before a table leaves its site: small counts hidden, the rest rounded.

``site``: a site looking at itself sees its own counts. ``release``: anything seen across sites or
exported. A hidden value is an empty cell with the reason ``SUPPRESSED``; everything that could give
it away in the same row is emptied with it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
_MEASURE = ("instrument", "scale", "contrast")
_COUPLE_COUNTS = (
    "n_couples", "n_both", "both_better", "discordant", "both_worse", "both_unchanged", "opposite",
)  # fmt: skip
_WAVE_COUNTS = ("n", "n_couples", "n_before", "n_after", "n_both", "n_scores")
_MAINTENANCE_COUNTS = (
    "n", "n_couples", "maintained", "gain_lost", "late_gain", "worse_at_follow_up", "never",
    "lost_and_worse",
)  # fmt: skip
_MAINTENANCE_ESTIMATES = (
    "gain", "gain_low", "gain_high", "retained_share", "retained_low", "retained_high", "margin",
    "change", "change_low", "change_high",
)  # fmt: skip
_ROBUSTNESS_ESTIMATES = (
    "improvement", "improvement_low", "improvement_high", "g_pre", "g_pre_low", "g_pre_high",
)  # fmt: skip
# se, q and p would give the exact variances of the sites away, and these the exact n.
_SITE_ESTIMATES = (
    "estimate", "low", "high", "low_hk", "high_hk", "tau2", "i2", "prediction_low",
    "prediction_high",
)  # fmt: skip
_LEVEL_ESTIMATES = (
    "mean_before", "sd_before", "mean_after", "improvement", "improvement_low",
    "improvement_high", "g_pre", "g_pre_low", "g_pre_high", "difference", "low", "high",
)  # fmt: skip
_OUTSIDE_COUNTS = (
    "n", "n_outside", "n_couples", "tied", "stayed", "crossed", "crossed_reliably",
    "crossed_not_reliable", "ended_on_cutoff",
)  # fmt: skip
_MEANINGFUL_COUNTS = ("n", "n_couples", "n_undefined", "improved", "unchanged", "deteriorated")
_PAYMENT_COUNTS = (
    "n", "n_couples", "eligible", "observed", "withdrawn", "missing", "reached", "recovered",
    "deteriorated", "also_deteriorated", "reached_end", "reached_3m", "reached_6m",
)  # fmt: skip
# What tells rows of one site and measure apart.
_WITHIN = ("method", "row", "trait", "level", "reference", "adjusted")
_STATES = ("not_eligible", "not_yet_due", "window_open", "missed", "done")


def small(counts: pd.Series | pd.DataFrame, rule: DisclosureRule):  # type: ignore[no-untyped-def]
    """Where a count is too small to be shown (1 up to ``hide_below`` - 1)."""
    return (counts > 0) & (counts < rule.hide_below)


def rounded(counts: pd.Series | pd.DataFrame, rule: DisclosureRule):  # type: ignore[no-untyped-def]
    """Counts to the nearest multiple of ``round_to``, small ones empty."""
    base = rule.round_to
    result = np.floor(counts.astype(float) / base + 0.5) * base
    return result.mask(small(counts, rule))


def few_people(table: pd.DataFrame, rule: DisclosureRule) -> pd.Series:
    """Rows that rest on too few people or couples to be shown; a row of nobody is none."""
    few = (table["n"] < rule.min_n) | (table["n_couples"] < rule.min_couples)
    return few & (table["n"] > 0)


def release_effects(effects: pd.DataFrame, rule: DisclosureRule) -> pd.DataFrame:
    """Effects of at least ``min_n`` people from ``min_couples`` couples; counts rounded.

    What would lead back to an exact n is left out, and estimates keep two decimals.
    """
    table = effects.copy()
    thin = few_people(effects, rule)
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
    cell = [name for name in ("subgroup", *_MEASURE, *_WITHIN) if name in effects]
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
    # With all their decimals these lead to the exact n and mean of whole-number scores.
    for name in ("sd_used", "rc_points", "cutoff"):
        table[name] = change[name].astype(float).round(_RELEASED_DECIMALS).astype(object)
    thin = _thin_cells(change, effects, rule)
    own = [c for c in change.columns if c not in _CHANGE_KEYS]
    table.loc[thin, own] = None
    table.loc[thin, "reason"] = SUPPRESSED
    return table


def release_sites(sites: pd.DataFrame, rule: DisclosureRule) -> pd.DataFrame:
    """Averages over sites, which must have been made from sites that are not thin.

    An "average" of one site would repeat its estimate with an interval that, beside the one in
    the effects, tells how many couples it has; so it is hidden.
    """
    kept = ("k", "k_dropped", "df")
    return _released(
        sites, rule, thin=sites["k"] == 1, estimates=_SITE_ESTIMATES,
        keys=(*_MEASURE, "method", "unit", "reason", *kept),
    )  # fmt: skip


def release_site_estimates(estimates: pd.DataFrame, rule: DisclosureRule) -> pd.DataFrame:
    """Every site beside the average, without its variance; thin sites hidden."""
    return _released(
        estimates, rule, thin=few_people(estimates, rule), counts=("n", "n_couples"),
        estimates=("y", "shrunken", "weight"), texts=("funnel_position",),
        keys=("site", *_MEASURE, "unit", "reason"),
    )  # fmt: skip


def release_couples(
    couples: pd.DataFrame, effects: pd.DataFrame, rule: DisclosureRule
) -> pd.DataFrame:
    """Partners side by side; hidden where the effect of the same people is thin."""
    return _released(
        couples, rule, thin=_thin_cells(couples, effects, rule), counts=_COUPLE_COUNTS,
        estimates=("icc_level", "icc_change"), keys=(*_CELL, "reason"),
    )  # fmt: skip


def release_waves(waves: pd.DataFrame, effects: pd.DataFrame, rule: DisclosureRule) -> pd.DataFrame:
    """The likelihood estimates; hidden where few have both waves, however many have one."""
    few = _thin_cells(waves, effects, rule) | few_people(waves, rule)
    few |= (waves["n_after"] > 0) & (waves["n_both"] < rule.min_n)
    return _released(
        waves, rule, thin=few, counts=_WAVE_COUNTS, estimates=("estimate", "low", "high", "d_pre"),
        texts=("singular",), keys=(*_CELL, "reason"),
    )  # fmt: skip


def release_maintenance(table: pd.DataFrame, rule: DisclosureRule) -> pd.DataFrame:
    """Who kept a gain, in rounded counts; thin rows hidden whole."""
    return _released(
        table, rule, thin=few_people(table, rule), counts=_MAINTENANCE_COUNTS,
        estimates=_MAINTENANCE_ESTIMATES, texts=("retained_method", "held"),
        keys=(*_CELL, "reason"),
    )  # fmt: skip


def release_robustness(table: pd.DataFrame, rule: DisclosureRule) -> pd.DataFrame:
    """The intervals from resampled couples; thin rows hidden."""
    return _released(
        table, rule, thin=few_people(table, rule), counts=("n", "n_couples"),
        estimates=_ROBUSTNESS_ESTIMATES,
        texts=("improvement_method", "g_pre_method", "n_resamples"), keys=(*_CELL, "reason"),
    )  # fmt: skip


def release_subgroups(
    table: pd.DataFrame, effects: pd.DataFrame, rule: DisclosureRule
) -> pd.DataFrame:
    """Who benefits; a trait of a site is shown only where none of its levels is thin.

    The other levels and the effect of everybody (``effects``, unmasked) would give a hidden one
    away, and so they would the few of whom the trait is not known.
    """
    keys = (*_CELL, "row", "trait", "level", "reference", "adjusted", "reason")
    result = _released(
        table, rule, thin=_thin_traits(table, effects, rule),
        counts=("n", "n_reference", "n_couples"), estimates=_LEVEL_ESTIMATES, keys=keys,
    )  # fmt: skip
    share = _rounded_share(table, rule).round(_RELEASED_DECIMALS).astype(object)
    result["share_improved"] = share.mask(result["reason"] == SUPPRESSED, None)
    return result


def _thin_traits(table: pd.DataFrame, effects: pd.DataFrame, rule: DisclosureRule) -> pd.Series:
    """Rows of a trait that has a thin level, or that is unknown for a few."""
    levels = table["row"] == "level"
    trait = [table[name] for name in (*_CELL, "trait")]
    known = table["n"].where(levels, 0).astype(float).groupby(trait).transform("sum")
    everybody = effects[effects["subgroup"] == ""].set_index(list(_CELL))["n"]
    unknown = everybody.reindex(pd.MultiIndex.from_frame(table[list(_CELL)])).to_numpy() - known
    few = (levels & few_people(table, rule)) | _few(unknown, rule.min_n)
    hidden = few.groupby(trait).transform("any") | _thin_cells(table, effects, rule)
    # A single hidden site would follow from all together, by any of the levels.
    total = _total_beside_one_hidden(table, hidden & levels)
    return hidden | total.groupby(trait).transform("any")


def release_early_help(
    table: pd.DataFrame, effects: pd.DataFrame, rule: DisclosureRule
) -> pd.DataFrame:
    """Who stayed outside the clinical range; hidden where few started outside or few inside."""
    thin = _thin_cells(table, effects, rule)
    thin |= _few(table["n"], rule.min_n) | _few(table["n_outside"], rule.min_n)
    thin |= _few(table["n_couples"], rule.min_couples)
    thin |= _few(table["n"] - table["n_outside"], rule.min_n)
    return _released(
        table, rule, thin=thin, counts=_OUTSIDE_COUNTS, estimates=("change", "change_low"),
        shares={"stayed_share": ("stayed", "n_outside")}, texts=("not_worse",),
        keys=(*_CELL, "reason"),
    )  # fmt: skip


def release_meaningful_change(table: pd.DataFrame, rule: DisclosureRule) -> pd.DataFrame:
    """Change that matters, in rounded counts and their shares; thin rows hidden whole."""
    return _released(
        table, rule, thin=few_people(table, rule), counts=_MEANINGFUL_COUNTS,
        shares={f"{name}_share": (name, "n") for name in ("improved", "deteriorated")},
        keys=(*_CELL, "method", "threshold", "evidence", "source", "reason"),
    )  # fmt: skip


def release_payment(table: pd.DataFrame, rule: DisclosureRule) -> pd.DataFrame:
    """Outcomes in rounded counts; what chance would yield is a share of an exact count."""
    return _released(
        table, rule, thin=few_people(table, rule) | _few(table["eligible"], rule.min_n),
        counts=_PAYMENT_COUNTS,
        shares={"rate": ("reached", "eligible"), "observed_rate": ("reached", "observed")},
        keys=("site", "instrument", "scale", "unit", "outcome", "reason"),
    )  # fmt: skip


def _few(counts: pd.Series, least: int) -> pd.Series:
    return (counts > 0) & (counts < least)


def _released(
    table: pd.DataFrame,
    rule: DisclosureRule,
    *,
    thin: pd.Series,
    keys: Sequence[str],
    counts: Sequence[str] = (),
    estimates: Sequence[str] = (),
    texts: Sequence[str] = (),
    shares: Mapping[str, tuple[str, str]] | None = None,
) -> pd.DataFrame:
    """Counts rounded, estimates with two decimals, what is not named left out, thin rows empty.

    The row of all sites together is emptied too where it would leave a single hidden site.
    """
    result = table.copy()
    values = [name for name in table.columns if name not in keys]
    result[values] = None
    result = _as_objects(result, values)
    for name in counts:
        result[name] = rounded(pd.to_numeric(table[name]), rule).astype(object)
    for name in estimates:
        result[name] = table[name].astype(float).round(_RELEASED_DECIMALS).astype(object)
    for name, (part, whole) in (shares or {}).items():
        rest = table[whole].astype(float) - table[part].astype(float)
        share = rounded(table[part].astype(float), rule) / rounded(table[whole], rule)
        share = share.mask(small(rest, rule)).clip(upper=1.0)
        result[name] = share.round(_RELEASED_DECIMALS).astype(object)
    for name in texts:
        result[name] = table[name].astype(object)
    hidden = thin | _total_beside_one_hidden(table, thin) if "site" in table else thin
    result.loc[hidden, values] = None
    result.loc[hidden, "reason"] = SUPPRESSED
    return result


def _thin_cells(table: pd.DataFrame, effects: pd.DataFrame, rule: DisclosureRule) -> pd.Series:
    """Rows whose cell the released effects hide: thin, or all sites beside a single thin one."""
    whole = effects[effects["subgroup"] == ""]
    few = few_people(whole, rule)
    thin = whole[few | _total_beside_one_hidden(whole, few)]
    cells = pd.MultiIndex.from_frame(table[list(_CELL)])
    found = cells.isin(pd.MultiIndex.from_frame(thin[list(_CELL)]))
    return pd.Series(found, index=table.index)


def release_talking_therapies(table: pd.DataFrame, rule: DisclosureRule) -> pd.DataFrame:
    """The outcomes of PHQ-9 and GAD-7 together in rounded counts; thin rows hidden whole."""
    counts = list(_TALKING_THERAPIES_COUNTS)
    result = _as_objects(table.copy(), counts)
    result[counts] = rounded(table[counts], rule).astype(object)
    thin = few_people(table, rule)
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
