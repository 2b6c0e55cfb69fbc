"""What may be released of change: effects, classes of change and outcomes."""

from __future__ import annotations

import pandas as pd

from evaluation.config import DisclosureRule
from evaluation.disclosure.cells import (
    CELL,
    RELEASED_DECIMALS,
    SUPPRESSED,
    as_objects,
    few,
    few_people,
    released,
    rounded,
    rounded_share,
    small,
    thin_cells,
    total_beside_one_hidden,
)

_EFFECT_KEYS = ("site", "subgroup", "instrument", "scale", "contrast", "reason")
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
_CHANGE_KEYS = (
    "site", "instrument", "scale", "contrast", "method", "reliability", "cutoff_type", "in_use",
    "reason",
)  # fmt: skip
_CHANGE_COUNTS = (
    "n", "recovered", "improved", "unchanged", "deteriorated", "harmed", "crossed_not_reliable",
    "tied_with_cutoff", "clinical_at_start",
)  # fmt: skip
_MEANINGFUL_COUNTS = ("n", "n_couples", "n_undefined", "improved", "unchanged", "deteriorated")
_OUTSIDE_COUNTS = (
    "n", "n_outside", "n_couples", "tied", "stayed", "crossed", "crossed_reliably",
    "crossed_not_reliable", "ended_on_cutoff",
)  # fmt: skip
_PAYMENT_COUNTS = (
    "n", "n_couples", "eligible", "observed", "withdrawn", "missing", "reached", "recovered",
    "deteriorated", "also_deteriorated", "reached_end", "reached_3m", "reached_6m",
)  # fmt: skip
_TALKING_THERAPIES_COUNTS = (
    "n", "n_couples", "cases_at_start", "recovered", "reliable_improvement", "reliable_recovery",
    "deteriorated",
)  # fmt: skip
_ROBUSTNESS_ESTIMATES = (
    "improvement", "improvement_low", "improvement_high", "g_pre", "g_pre_low", "g_pre_high",
)  # fmt: skip


def release_effects(effects: pd.DataFrame, rule: DisclosureRule) -> pd.DataFrame:
    """Effects of at least ``min_n`` people from ``min_couples`` couples; counts rounded.

    What would lead back to an exact n is left out, and estimates keep two decimals.
    """
    table = effects.copy()
    thin = few_people(effects, rule)
    values = [column for column in table.columns if column not in _EFFECT_KEYS]
    table = as_objects(table, values)
    counts = rounded(effects[["n", "n_couples", "n_excluded"]], rule)
    table[["n", "n_couples", "n_excluded"]] = counts.astype(object)
    table[list(_LEADS_TO_N)] = None
    for name in _ESTIMATES:
        table[name] = effects[name].astype(float).round(RELEASED_DECIMALS).astype(object)
    table["share_improved"] = rounded_share(effects, rule).astype(object)
    table.loc[thin, [c for c in values if c not in ("n", "n_couples", "n_excluded")]] = None
    table.loc[thin, "reason"] = SUPPRESSED
    total = total_beside_one_hidden(effects, thin)
    table.loc[total, [c for c in values if c not in ("n", "n_couples", "n_excluded")]] = None
    table.loc[total, "reason"] = SUPPRESSED
    return table


def release_change(
    change: pd.DataFrame, effects: pd.DataFrame, rule: DisclosureRule
) -> pd.DataFrame:
    """The five classes in rounded counts; rates from rounded counts; thin rows hidden whole.

    ``effects`` is the unmasked table of the same cells: it knows how many couples they hold.
    """
    table = as_objects(change.copy(), [c for c in change.columns if c not in _CHANGE_KEYS])
    counts = rounded(change[list(_CHANGE_COUNTS)], rule)
    table[list(_CHANGE_COUNTS)] = counts.astype(object)
    hidden = small(change["recovered"], rule) | small(change["clinical_at_start"], rule)
    hidden |= small(change["clinical_at_start"] - change["recovered"], rule)
    rate = counts["recovered"] / counts["clinical_at_start"].where(counts["clinical_at_start"] > 0)
    table["recovery_rate"] = rate.mask(hidden).astype(object)
    table[["recovery_low", "recovery_high", "expected_by_chance"]] = None
    # With all their decimals these lead to the exact n and mean of whole-number scores.
    for name in ("sd_used", "rc_points", "cutoff"):
        table[name] = change[name].astype(float).round(RELEASED_DECIMALS).astype(object)
    thin = thin_cells(change, effects, rule)
    own = [c for c in change.columns if c not in _CHANGE_KEYS]
    table.loc[thin, own] = None
    table.loc[thin, "reason"] = SUPPRESSED
    return table


def release_robustness(table: pd.DataFrame, rule: DisclosureRule) -> pd.DataFrame:
    """The intervals from resampled couples; thin rows hidden."""
    return released(
        table, rule, thin=few_people(table, rule), counts=("n", "n_couples"),
        estimates=_ROBUSTNESS_ESTIMATES,
        texts=("improvement_method", "g_pre_method", "n_resamples"), keys=(*CELL, "reason"),
    )  # fmt: skip


def release_early_help(
    table: pd.DataFrame, effects: pd.DataFrame, rule: DisclosureRule
) -> pd.DataFrame:
    """Who stayed outside the clinical range; hidden where few started outside or few inside."""
    thin = thin_cells(table, effects, rule)
    thin |= few(table["n"], rule.min_n) | few(table["n_outside"], rule.min_n)
    thin |= few(table["n_couples"], rule.min_couples)
    thin |= few(table["n"] - table["n_outside"], rule.min_n)
    return released(
        table, rule, thin=thin, counts=_OUTSIDE_COUNTS, estimates=("change", "change_low"),
        shares={"stayed_share": ("stayed", "n_outside")}, texts=("not_worse",),
        keys=(*CELL, "reason"),
    )  # fmt: skip


def release_meaningful_change(table: pd.DataFrame, rule: DisclosureRule) -> pd.DataFrame:
    """Change that matters, in rounded counts and their shares; thin rows hidden whole."""
    return released(
        table, rule, thin=few_people(table, rule), counts=_MEANINGFUL_COUNTS,
        shares={f"{name}_share": (name, "n") for name in ("improved", "deteriorated")},
        keys=(*CELL, "method", "threshold", "evidence", "source", "reason"),
    )  # fmt: skip


def release_payment(table: pd.DataFrame, rule: DisclosureRule) -> pd.DataFrame:
    """Outcomes in rounded counts; what chance would yield is a share of an exact count."""
    return released(
        table, rule, thin=few_people(table, rule) | few(table["eligible"], rule.min_n),
        counts=_PAYMENT_COUNTS,
        shares={"rate": ("reached", "eligible"), "observed_rate": ("reached", "observed")},
        keys=("site", "instrument", "scale", "unit", "outcome", "reason"),
    )  # fmt: skip


def release_talking_therapies(table: pd.DataFrame, rule: DisclosureRule) -> pd.DataFrame:
    """The outcomes of PHQ-9 and GAD-7 together in rounded counts; thin rows hidden whole."""
    counts = list(_TALKING_THERAPIES_COUNTS)
    result = as_objects(table.copy(), counts)
    result[counts] = rounded(table[counts], rule).astype(object)
    thin = few_people(table, rule)
    result.loc[thin, counts] = None
    result.loc[thin, "reason"] = SUPPRESSED
    return result
