"""What may be released of change: effects, classes of change and outcomes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from evaluation.analysis.change_classes import CHANGE_CLASSES
from evaluation.config import DisclosureRule
from evaluation.disclosure.audit import also_hidden, parts_also_hidden, totals_also_hidden
from evaluation.disclosure.bounds import hide_people, hide_telling_couples
from evaluation.disclosure.cells import (
    SUPPRESSED,
    as_objects,
    released,
    thin_cells,
    total_beside_one_hidden,
)
from evaluation.disclosure.one_basis import ONE_BASIS, of_nearly_the_same
from evaluation.disclosure.rounding import (
    CELL,
    RELEASED_DECIMALS,
    few,
    few_people,
    lopsided,
    rounded,
    rounded_limits,
    rounded_points,
    rounded_share,
    rounded_sizes,
    small,
)
from evaluation.model import PRACTITIONER

_EFFECT_KEYS = ("site", "subgroup", "instrument", "scale", "contrast", "reason")
# Each of these gives the exact n away, alone or beside another column: (t / d_z) squared is n, the
# small-sample correction is a function of n, and so are p-values beside their intervals.
_LEADS_TO_N = (
    "n_effective", "df", "wilcoxon_w", "rank_biserial", "t", "p_t", "p_cluster", "p_wilcoxon", "r",
    "d_pre", "d_z", "d_z_low", "d_z_high", "g_z", "d_av", "g_av", "d_rm",
)  # fmt: skip
_EFFECT_COUNTS = ["n", "n_couples", "n_excluded"]
PRACTITIONER_LEVEL = f"role={PRACTITIONER}"
_POINTS = ("mean_before", "sd_before", "sd_after", "raw_change")
_AT_ONE_TIME = ("mean_before", "sd_before", "mean_after", "sd_after")
_IMPROVEMENT = ("improvement", "improvement_low", "improvement_high")
_SIZE = ("g_pre", "g_pre_low", "g_pre_high")
_CHANGE_KEYS = (
    "site", "instrument", "scale", "contrast", "method", "reliability", "cutoff_type", "in_use",
    "reason",
)  # fmt: skip
_CHANGE_COUNTS = (
    "n", "recovered", "improved", "unchanged", "deteriorated", "harmed", "crossed_not_reliable",
    "tied_with_cutoff", "clinical_at_start",
)  # fmt: skip
# The classes that a cut-off divides: better, and worse.
_DIVIDED = (("recovered", "improved"), ("deteriorated", "harmed"))
_CLASS_COUNTS = (
    *CHANGE_CLASSES, "crossed_not_reliable", "tied_with_cutoff", "clinical_at_start",
)  # fmt: skip
_MEANINGFUL_COUNTS = ("n", "n_couples", "n_undefined", "improved", "unchanged", "deteriorated")
_OUTSIDE_COUNTS = (
    "n", "n_outside", "n_couples", "tied", "stayed", "crossed", "crossed_reliably",
    "crossed_not_reliable", "ended_on_cutoff",
)  # fmt: skip
_OUTSIDE_PARTS = (
    ("n_outside", ("stayed", "crossed", "ended_on_cutoff")),
    ("n_outside", ("stayed", "crossed")),
    ("crossed", ("crossed_reliably", "crossed_not_reliable")),
)
_PAYMENT_COUNTS = (
    "n", "n_couples", "eligible", "observed", "withdrawn", "missing", "reached", "recovered",
    "deteriorated", "also_deteriorated", "reached_end", "reached_3m", "reached_6m",
)  # fmt: skip
_OBSERVED = ("observed", "withdrawn", "missing")
_TALKING_THERAPIES_COUNTS = (
    "n", "n_couples", "cases_at_start", "recovered", "reliable_improvement", "reliable_recovery",
    "deteriorated",
)  # fmt: skip


def release_effects(effects: pd.DataFrame, rule: DisclosureRule) -> pd.DataFrame:
    """Effects of at least ``min_n`` people from ``min_couples`` couples; counts rounded.

    What would lead back to an exact n is left out; points keep one decimal, or two where n is
    large, sizes two, or one where it is very small.
    """
    table = effects.copy()
    thin = few_people(effects, rule)
    thin |= _beside_hidden_level(effects, thin, rule)
    values = [column for column in table.columns if column not in _EFFECT_KEYS]
    table = as_objects(table, values)
    counts = rounded(effects[_EFFECT_COUNTS], rule)
    # Everybody came back, or nobody did: a share of 0 % or 100 %.
    all_alike = (effects["n_excluded"] == 0) != (effects["n"] == 0)
    counts["n_excluded"] = counts["n_excluded"].mask(all_alike)
    table[_EFFECT_COUNTS] = counts.astype(object)
    table[list(_LEADS_TO_N)] = None
    points = rounded_points(effects[list(_POINTS)], effects["n"], rule)
    # The rounded numbers add up, so that the second average tells nothing beside the others.
    points["mean_after"] = (points["mean_before"] + points["raw_change"]).round(RELEASED_DECIMALS)
    limits = rounded_limits(effects, _IMPROVEMENT, effects["n"], rule)
    sizes = rounded_sizes(effects[list(_SIZE)], effects["n"], rule)
    for shown in (points, limits, sizes):
        table[list(shown.columns)] = shown.astype(object)
    table["share_improved"] = rounded_share(effects, rule).astype(object)
    # Eight or nine, shown as ten and yet too few, would be no secret.
    table.loc[thin, values] = None
    table.loc[thin, "reason"] = SUPPRESSED
    total = total_beside_one_hidden(effects, thin, rule)
    table.loc[total, [c for c in values if c not in _EFFECT_COUNTS]] = None
    table.loc[total, "reason"] = SUPPRESSED
    shown = table["mean_before"].notna()
    again = of_nearly_the_same(
        effects, ["n"], ("subgroup", "site", "instrument", "scale"), ["contrast"], rule, shown=shown
    )  # fmt: skip
    table.loc[again, list(_AT_ONE_TIME)] = None
    table.loc[again, "reason"] = [
        ";".join(filter(None, [reason, ONE_BASIS])) for reason in table.loc[again, "reason"]
    ]
    by = ("subgroup", *CELL)
    tells = totals_also_hidden(effects, _EFFECT_COUNTS, by, rule)
    for name in _EFFECT_COUNTS:
        table.loc[tells[name], name] = np.nan
    hide_people(table, effects, rule)
    # A share of rounded numbers tells of how many it is one.
    table.loc[table["n"].isna(), "share_improved"] = None
    hide_telling_couples(table, rule)
    return table


def _beside_hidden_level(effects: pd.DataFrame, thin: pd.Series, rule: DisclosureRule) -> pd.Series:
    """Levels of a trait of which another is thin, or which few people lack.

    The effect of everybody of the site and of the other levels would tell of those few.
    Practitioners are not among everybody.
    """
    level = (effects["subgroup"] != "") & (effects["subgroup"] != PRACTITIONER_LEVEL)
    if not level.any():
        return pd.Series(False, index=effects.index)
    trait = effects["subgroup"].str.split("=").str[0].where(level, "")
    place = [*(effects[name] for name in CELL), trait]
    n = effects["n"].astype(float)
    known = n.where(level, 0.0).groupby(place).transform("sum")
    whole = n.where(effects["subgroup"] == "", 0.0)
    everybody = whole.groupby([effects[name] for name in CELL]).transform("sum")
    beside = (thin & level).groupby(place).transform("any") | few(everybody - known, rule.min_n)
    return level & beside


def release_change(
    change: pd.DataFrame, effects: pd.DataFrame, rule: DisclosureRule
) -> pd.DataFrame:
    """The five classes in rounded counts; rates from rounded counts; thin rows hidden whole.

    ``effects`` is the unmasked table of the same cells: it knows how many couples they hold.
    """
    table = as_objects(change.copy(), [c for c in change.columns if c not in _CHANGE_KEYS])
    counts = rounded(change[list(_CHANGE_COUNTS)], rule)
    table[list(_CHANGE_COUNTS)] = counts.astype(object)
    hidden = lopsided(change["recovered"], change["clinical_at_start"], rule)
    rate = counts["recovered"] / counts["clinical_at_start"].where(counts["clinical_at_start"] > 0)
    gone = _hide_largest(table, change, rule)
    table["recovery_rate"] = rate.mask(hidden | gone).astype(object)
    table[["recovery_low", "recovery_high", "expected_by_chance"]] = None
    # With all their decimals these lead to the exact n and mean of whole-number scores.
    for name in ("sd_used", "rc_points", "cutoff"):
        table[name] = rounded_points(change[name], change["n"], rule).astype(object)
    thin = thin_cells(change, effects, rule)
    by = (*CELL, "method", "cutoff_type")
    tells = totals_also_hidden(change, _CHANGE_COUNTS, by, rule)
    for name in _CHANGE_COUNTS:
        table.loc[tells[name], name] = np.nan
    table.loc[tells[["recovered", "clinical_at_start"]].any(axis=1), "recovery_rate"] = None
    hide_people(table, effects, rule, ["n"])
    hide_people(table, effects, rule, CHANGE_CLASSES, only=_one_class(change, CHANGE_CLASSES))
    own = [c for c in change.columns if c not in _CHANGE_KEYS]
    table.loc[thin, own] = None
    table.loc[thin, "reason"] = SUPPRESSED
    return table


def _hide_largest(table: pd.DataFrame, change: pd.DataFrame, rule: DisclosureRule) -> pd.Series:
    """Hide all classes of a cell in which the small ones would follow from the largest.

    Rows that differ in the cut-off alone share classes, so one row would tell another's.
    """
    _hide_parts(table, parts_also_hidden(change, "n", CHANGE_CLASSES, rule))
    found = parts_also_hidden(change, "n", CHANGE_CLASSES, rule, noughts=False)
    at_risk = found.any(axis=1).groupby([change[name] for name in CELL]).transform("any")
    for name in _CLASS_COUNTS:
        table.loc[at_risk, name] = None
    across = _follow_across_cutoffs(change, ~at_risk, rule)
    _hide_parts(table, across)
    return at_risk | across.any(axis=1)


def _follow_across_cutoffs(
    change: pd.DataFrame, shown: pd.Series, rule: DisclosureRule
) -> pd.DataFrame:
    """Classes, of the rows that are ``shown``, from which a small one of another row would follow.

    Whoever is better is either in or out of the range of concern, by whichever cut-off, and so is
    whoever is worse.
    """
    cell = change.groupby([*CELL, "method"], sort=False).ngroup()
    found = {name: np.zeros(len(change), dtype=bool) for pair in _DIVIDED for name in pair}
    for pair in _DIVIDED:
        exact = change[list(pair)].apply(pd.to_numeric).astype(float)
        known = shown & exact.notna().all(axis=1)
        few = known & small(exact, rule).any(axis=1)
        several = known & few.groupby(cell).transform("any")
        several &= several.groupby(cell).transform("sum") > 1
        places = pd.Series(np.flatnonzero(several))
        for rows in places.groupby(cell[several].to_numpy()).agg(list):
            parts = exact.to_numpy()[rows]
            counts = np.concatenate([parts[:1].sum(axis=1), parts.ravel()])
            sums = [(0, [1 + 2 * row, 2 + 2 * row]) for row in range(len(parts))]
            hidden = also_hidden(counts, sums, rule)[1:].reshape(-1, 2)
            for name, tells in zip(pair, hidden.T, strict=True):
                found[name][rows] = tells
    return pd.DataFrame(found, index=change.index)


def _one_class(table: pd.DataFrame, classes: Sequence[str]) -> pd.Series:
    """Rows of which everybody is in one class, so that it tells how many they are."""
    return table[list(classes)].astype(float).eq(table["n"].astype(float), axis=0).any(axis=1)


def release_robustness(
    table: pd.DataFrame, effects: pd.DataFrame, rule: DisclosureRule
) -> pd.DataFrame:
    """The intervals from resampled couples; thin rows hidden."""
    result = released(
        table, rule, thin=few_people(table, rule), counts=("n", "n_couples"),
        limits=(_IMPROVEMENT,), sizes=_SIZE,
        texts=("improvement_method", "g_pre_method", "n_resamples"), keys=(*CELL, "reason"),
    )  # fmt: skip
    hide_people(result, effects, rule)
    return result


def release_early_help(
    table: pd.DataFrame, effects: pd.DataFrame, rule: DisclosureRule
) -> pd.DataFrame:
    """Who stayed outside the clinical range; hidden where few started outside or few inside."""
    thin = thin_cells(table, effects, rule)
    thin |= few(table["n"], rule.min_n) | few(table["n_outside"], rule.min_n)
    thin |= few(table["n_couples"], rule.min_couples)
    thin |= few(table["n"] - table["n_outside"], rule.min_n)
    result = released(
        table, rule, thin=thin, counts=_OUTSIDE_COUNTS, points=("change", "change_low"),
        shares={"stayed_share": ("stayed", "n_outside")}, texts=("not_worse",),
        keys=(*CELL, "reason"),
    )  # fmt: skip
    for total, parts in _OUTSIDE_PARTS:
        _hide_parts(result, parts_also_hidden(table, total, parts, rule))
    result.loc[result["stayed"].isna(), "stayed_share"] = None
    hide_people(result, effects, rule)
    return result


def _hide_parts(result: pd.DataFrame, follows: pd.DataFrame) -> None:
    for name in follows:
        result.loc[follows[name], name] = None


def release_meaningful_change(
    table: pd.DataFrame, effects: pd.DataFrame, rule: DisclosureRule
) -> pd.DataFrame:
    """Change that matters, in rounded counts and their shares; thin rows hidden whole."""
    result = released(
        table, rule, thin=few_people(table, rule), counts=_MEANINGFUL_COUNTS,
        shares={f"{name}_share": (name, "n") for name in ("improved", "deteriorated")},
        keys=(*CELL, "method", "threshold", "evidence", "source", "reason"),
    )  # fmt: skip
    parts = ["improved", "unchanged", "deteriorated"]
    follows = parts_also_hidden(table, "n", parts, rule)
    follows |= parts_also_hidden(table, "n", [*parts, "n_undefined"], rule)[parts]
    for name in parts:
        result.loc[follows[name], [name, f"{name}_share"][: 1 + (name != "unchanged")]] = None
    hide_people(result, effects, rule, ["n", "n_couples", "improved_share", "deteriorated_share"])
    hide_people(result, effects, rule, parts, only=_one_class(table, parts))
    return result


def release_payment(table: pd.DataFrame, rule: DisclosureRule) -> pd.DataFrame:
    """Outcomes in rounded counts; what chance would yield is a share of an exact count."""
    result = released(
        table, rule, thin=few_people(table, rule) | few(table["eligible"], rule.min_n),
        counts=_PAYMENT_COUNTS,
        shares={"rate": ("reached", "eligible"), "observed_rate": ("reached", "observed")},
        keys=("site", "instrument", "scale", "unit", "outcome", "reason"),
    )  # fmt: skip
    _hide_parts(result, parts_also_hidden(table, "eligible", _OBSERVED, rule))
    result.loc[result["observed"].isna(), "observed_rate"] = None
    return result


def release_talking_therapies(table: pd.DataFrame, rule: DisclosureRule) -> pd.DataFrame:
    """The outcomes of PHQ-9 and GAD-7 together in rounded counts; thin rows hidden whole."""
    counts = list(_TALKING_THERAPIES_COUNTS)
    result = as_objects(table.copy(), counts)
    result[counts] = rounded(table[counts], rule).astype(object)
    thin = few_people(table, rule)
    tells = totals_also_hidden(table, counts, ("contrast",), rule)
    result[counts] = result[counts].mask(tells)
    hide_telling_couples(result, rule)
    result.loc[thin, counts] = None
    result.loc[thin, "reason"] = SUPPRESSED
    return result
