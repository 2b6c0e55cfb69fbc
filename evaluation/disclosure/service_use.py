"""What may be released of the use of support, of sessions beside change, and of costs."""

from __future__ import annotations

import numpy as np
import pandas as pd

from evaluation.analysis.service_use import cost_per_improved
from evaluation.config import DisclosureRule
from evaluation.disclosure.audit import totals_also_hidden
from evaluation.disclosure.bounds import hide_people, hide_telling_couples
from evaluation.disclosure.cells import (
    LEAST_RESIDUAL_DF,
    SUPPRESSED,
    as_objects,
    released,
    total_beside_one_hidden,
)
from evaluation.disclosure.rounding import (
    CELL,
    ENOUGH_FOR_TWO_DECIMALS,
    POINT_DECIMALS,
    RELEASED_DECIMALS,
    few,
    few_people,
    lopsided,
    rounded,
    rounded_limits,
    small,
)
from evaluation.model import ALL_SITES

_FIGURE_KEYS = ("site", "measure", "kind", "unit", "better", "reason")
_FIGURE_COUNTS = ("n", "n_couples", "n_unknown")
_AVERAGES = ("mean", "change")
_LIMITS = ("value", "low", "high")
_PARTS = ("share", "ratio")
_COST_COUNTS = ("n_took_up", "n_measured", "n_couples", "reliably_improved", "n_unknown")
_COST_OF_MEASURED = ("n_measured", "n_couples", "low", "high", "cost_if_unmeasured_alike")
_COST_KEYS = ("site", "instrument", "scale", "contrast", "cost", "reason")


def release_service_use(table: pd.DataFrame, rule: DisclosureRule) -> pd.DataFrame:
    """Figures from enough people; counts and totals rounded, shares from rounded counts.

    What is hidden of a site depends on that site alone, so that its own report and the tables of
    all sites show the same. All sites together are hidden where the figure of the few people of
    hidden sites would follow closely from them and the sites that are shown.
    """
    if table.empty:
        return table.copy()
    counted = table["kind"] == "count"
    thin = few_people(table, rule) & ~counted
    thin |= _tells_of_hidden(table, thin, rule)
    own = [name for name in table.columns if name not in _FIGURE_KEYS]
    result = as_objects(table.copy(), own)
    for name in (*_FIGURE_COUNTS, "numerator", "denominator"):
        result[name] = rounded(table[name].astype(float), rule).astype(object)
    # The same people are asked several things: beside a few unknown, nobody unknown is hidden too.
    some = small(table["n_unknown"].astype(float), rule).groupby(table["site"]).transform("any")
    result.loc[some & (table["n_unknown"] == 0), "n_unknown"] = None
    # Two people at most are a couple, so a count and the couples in it bound each other.
    result.loc[counted, "n_couples"] = None
    result[["value", "low", "high"]] = None
    hidden = thin | (counted & small(table["value"], rule))
    whole = counted | (table["kind"] == "total")
    result.loc[whole, "value"] = rounded(table.loc[whole, "value"].astype(float), rule)
    parts = table["kind"].isin(_PARTS) & table["value"].notna()
    share, few_in_part = _released_share(table, rule)
    result.loc[parts, "value"] = share[parts].round(RELEASED_DECIMALS)
    hidden |= parts & few_in_part
    exact = table["kind"].isin(_AVERAGES)
    means = rounded_limits(table[exact], _LIMITS, table.loc[exact, "n"], rule)
    result.loc[exact, list(_LIMITS)] = means.astype(object)
    ratios = table["kind"] == "ratio"
    for name in _LIMITS[1:]:
        limits = table.loc[ratios, name].astype(float).round(RELEASED_DECIMALS)
        result.loc[ratios, name] = limits.astype(object)
    result.loc[hidden, ["numerator", "denominator", "value", "low", "high"]] = None
    result.loc[thin, own] = None
    _hide_telling_totals(table, result, thin | hidden, rule)
    hide_telling_couples(result, rule)
    result.loc[hidden, "reason"] = SUPPRESSED
    return result


def _hide_telling_totals(
    table: pd.DataFrame, result: pd.DataFrame, hidden: pd.Series, rule: DisclosureRule
) -> None:
    """Blank counts of all sites together from which a small one of a site would follow."""
    counted, share = table["kind"] == "count", table["kind"] == "share"
    exact = table.astype({"value": float, "numerator": float, "denominator": float})
    # Sessions, hours and averages are no counts of people.
    exact["value"] = exact["value"].where(counted)
    exact[["numerator", "denominator"]] = exact[["numerator", "denominator"]].where(share)
    columns = [*_FIGURE_COUNTS, "numerator", "denominator", "value"]
    tells = totals_also_hidden(exact, columns, ("measure",), rule)
    for name in columns:
        result.loc[tells[name], name] = np.nan
    gone = tells[["numerator", "denominator"]].any(axis=1)
    result.loc[gone, ["value", "low", "high"]] = None
    result.loc[gone | tells["value"], "reason"] = SUPPRESSED


def _released_share(table: pd.DataFrame, rule: DisclosureRule) -> tuple[pd.Series, pd.Series]:
    """Shares from rounded counts, and where either part of one is small."""
    part, whole = table["numerator"].astype(float), table["denominator"].astype(float)
    share = rounded(part, rule) / rounded(whole, rule).where(whole > 0)
    # More may have been used than was offered; the share of people never exceeds 1.
    share = share.mask(table["kind"] == "share", share.clip(upper=1.0))
    few_in_part = small(part, rule) | small(whole - part, rule)
    people = table["kind"] == "share"
    return share, few_in_part | (people & lopsided(part, whole, rule))


def _tells_of_hidden(table: pd.DataFrame, thin: pd.Series, rule: DisclosureRule) -> pd.Series:
    """All sites together, if they and the shown sites give a few hidden people's figure away.

    A reader who knew every number of people exactly would still know the shown averages and totals
    only as far as they are rounded. The sum of that, over the few who are hidden, is how closely
    theirs could be told: closer than a point, a session or a tenth for each is too close.
    """
    total = table["site"] == ALL_SITES
    n = table["n"].astype(float)
    whole = table["denominator"].astype(float)
    decimal = 0.5 * 10.0 ** -np.where(
        rounded(n, rule) >= ENOUGH_FOR_TWO_DECIMALS, RELEASED_DECIMALS, POINT_DECIMALS
    )
    ratio, share = table["kind"] == "ratio", table["kind"] == "share"
    blur = (decimal * n).mask(ratio, 0.5 * 10.0**-RELEASED_DECIMALS * whole)
    blur = blur.mask(table["kind"] == "total", rule.round_to / 2)
    by = table["measure"]
    hidden = thin & ~total
    blurred = blur.where(~hidden, 0).groupby(by).transform("sum")
    people = n.where(hidden, 0).groupby(by).transform("sum")
    behind = whole.where(hidden, 0).groupby(by).transform("sum").where(ratio, people)
    closest = pd.Series(1.0, index=table.index).mask(ratio, 0.1)
    few_hidden = (hidden.groupby(by).transform("sum") == 1) | few(people, rule.min_n)
    close = (behind > 0) & (blurred < closest * behind)
    return total & few_hidden & (people > 0) & close & ~share


def release_dose(table: pd.DataFrame, effects: pd.DataFrame, rule: DisclosureRule) -> pd.DataFrame:
    """Sessions beside change; the bands of a line are shown together or not at all.

    A thin band follows from the other bands and the line, and from the effect of the same people
    so do the few whose sessions nobody noted. Hidden bands are one row ``bands``.
    """
    if table.empty:
        return table.copy()
    line = table["row"] == "slope"
    unknown = table["n_unknown"].where(line, 0).groupby([table[c] for c in CELL]).transform("sum")
    kind = [*(table[name] for name in CELL), line]
    thin = few_people(table, rule) | few(unknown, rule.min_n)
    for name in ("n", "n_couples"):
        thin |= line & few(table[name], LEAST_RESIDUAL_DF + 2)
    thin = thin.groupby(kind).transform("any")
    # All sites together would leave a single hidden site; sites divide at their own thirds.
    named = table.assign(row=np.where(line, "slope", "bands"))
    first = ~named.duplicated([*CELL, "row"])
    total = total_beside_one_hidden(named[first], thin[first], rule)
    thin |= total.reindex(table.index, fill_value=False).groupby(kind).transform("any")
    result = released(
        table, rule, thin=thin, counts=("n", "n_couples", "n_unknown"),
        estimates=("estimate", "low", "high"), keys=(*CELL, "row", "reason"),
    )  # fmt: skip
    hide_people(result, effects, rule)
    # Where few are behind a band, its name would tell how many sessions single people attended.
    result.loc[thin & ~line, "row"] = "bands"
    bands = ~line & (result["reason"] != SUPPRESSED)
    means = rounded_limits(table[bands], ("estimate", "low", "high"), table.loc[bands, "n"], rule)
    result.loc[bands, ["estimate", "low", "high"]] = means.astype(object)
    return result[~(thin & ~line & ~first)].reset_index(drop=True)


def release_costs(
    table: pd.DataFrame, effects: pd.DataFrame, rule: DisclosureRule, *, level: float
) -> pd.DataFrame:
    """Costs worked out again from rounded counts: beside the cost, exact ones would give n away."""
    own = [name for name in table.columns if name not in _COST_KEYS]
    result = as_objects(table.copy(), own)
    result[own] = None
    for place, row in table.iterrows():
        for name, value in _released_cost(row, rule, level).items():
            result.loc[place, name] = value
    hide_telling_couples(result, rule)
    hide_people(result, effects, rule, _COST_OF_MEASURED)
    return result


def _released_cost(row: pd.Series, rule: DisclosureRule, level: float) -> dict[str, object]:
    if row["reason"] == "NO_DATA":
        return {}
    exact = row[list(_COST_COUNTS)].astype(float)
    counts = rounded(exact, rule)
    least = {"n_measured": rule.min_n, "n_took_up": rule.min_n, "n_couples": rule.min_couples}
    if any(0 < exact[name] < few_are for name, few_are in least.items()):
        return {"reason": SUPPRESSED}
    shown: dict[str, object] = {n: value for n, value in counts.items() if not np.isnan(value)}
    if counts["n_took_up"] > 0:
        shown["cost_per_person"] = row["cost"] / counts["n_took_up"]
    improved = exact["reliably_improved"]
    if np.isnan(improved):
        return shown
    parts = (improved, exact["n_measured"] - improved)
    if exact["n_measured"] > 0 and min(parts) < rule.hide_below:
        return shown | {"reliably_improved": None, "reason": SUPPRESSED}
    found = cost_per_improved(
        float(row["cost"]),
        n_measured=int(counts["n_measured"]),
        improved=int(min(counts["reliably_improved"], counts["n_measured"])),
        n_unmeasured=0 if np.isnan(counts["n_unknown"]) else int(counts["n_unknown"]),
        level=level,
    )
    alike_known = pd.notna(row["cost_if_unmeasured_alike"]) and not np.isnan(counts["n_unknown"])
    return shown | {
        "cost_per_reliably_improved": found.per_improved,
        "low": found.low,
        "high": found.high,
        "cost_if_unmeasured_alike": found.if_alike if alike_known else None,
    }
