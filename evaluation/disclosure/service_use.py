"""What may be released of the use of support, of sessions beside change, and of costs."""

from __future__ import annotations

import numpy as np
import pandas as pd

from evaluation.analysis.service_use import cost_per_improved
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
    rounded_limits,
    small,
    total_beside_one_hidden,
)
from evaluation.model import ALL_SITES

_FIGURE_KEYS = ("site", "measure", "kind", "unit", "better", "reason")
_FIGURE_COUNTS = ("n", "n_couples", "n_unknown")
_AVERAGES = ("mean", "change")
_LIMITS = ("value", "low", "high")
_PARTS = ("share", "ratio")
_COST_COUNTS = ("n_took_up", "n_measured", "n_couples", "reliably_improved", "n_unknown")
_COST_KEYS = ("site", "instrument", "scale", "contrast", "cost", "reason")


def release_service_use(table: pd.DataFrame, rule: DisclosureRule) -> pd.DataFrame:
    """Figures from enough people; counts and totals rounded, shares from rounded counts.

    Where a single site of a total, a ratio or an average is hidden, the smallest of the others is
    hidden with it, so that all sites together can stay.
    """
    if table.empty:
        return table.copy()
    counted = table["kind"] == "count"
    thin = few_people(table, rule) & ~counted
    thin |= _partner_of_one_hidden(table, thin & (table["kind"] != "share"))
    own = [name for name in table.columns if name not in _FIGURE_KEYS]
    result = as_objects(table.copy(), own)
    for name in (*_FIGURE_COUNTS, "numerator", "denominator"):
        result[name] = rounded(table[name].astype(float), rule).astype(object)
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
    result.loc[hidden, "reason"] = SUPPRESSED
    return result


def _released_share(table: pd.DataFrame, rule: DisclosureRule) -> tuple[pd.Series, pd.Series]:
    """Shares from rounded counts, and where either part of one is small."""
    part, whole = table["numerator"].astype(float), table["denominator"].astype(float)
    share = rounded(part, rule) / rounded(whole, rule).where(whole > 0)
    # More may have been used than was offered; the share of people never exceeds 1.
    share = share.mask(table["kind"] == "share", share.clip(upper=1.0))
    return share, small(part, rule) | small(whole - part, rule)


def _partner_of_one_hidden(table: pd.DataFrame, hidden: pd.Series) -> pd.Series:
    """The smallest site that is shown, for each measure of which one site alone is hidden."""
    of_site = table["site"] != ALL_SITES
    alone = (hidden & of_site).groupby(table["measure"]).transform("sum") == 1
    open_rows = table[alone & of_site & ~hidden & (table["n"] > 0)]
    partners = open_rows.sort_values(["n", "site"]).drop_duplicates("measure").index
    return pd.Series(table.index.isin(partners), index=table.index)


def release_dose(table: pd.DataFrame, rule: DisclosureRule) -> pd.DataFrame:
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
    thin = thin.groupby(kind).transform("any")
    # All sites together would leave a single hidden site; sites divide at their own thirds.
    named = table.assign(row=np.where(line, "slope", "bands"))
    first = ~named.duplicated([*CELL, "row"])
    total = total_beside_one_hidden(named[first], thin[first])
    thin |= total.reindex(table.index, fill_value=False).groupby(kind).transform("any")
    result = released(
        table, rule, thin=thin, counts=("n", "n_couples", "n_unknown"),
        estimates=("estimate", "low", "high"), keys=(*CELL, "row", "reason"),
    )  # fmt: skip
    # Where few are behind a band, its name would tell how many sessions single people attended.
    result.loc[thin & ~line, "row"] = "bands"
    bands = ~line & ~thin
    means = rounded_limits(table[bands], ("estimate", "low", "high"), table.loc[bands, "n"], rule)
    result.loc[bands, ["estimate", "low", "high"]] = means.astype(object)
    return result[~(thin & ~line & ~first)].reset_index(drop=True)


def release_costs(table: pd.DataFrame, rule: DisclosureRule, *, level: float) -> pd.DataFrame:
    """Costs worked out again from rounded counts: beside the cost, exact ones would give n away."""
    own = [name for name in table.columns if name not in _COST_KEYS]
    result = as_objects(table.copy(), own)
    result[own] = None
    for place, row in table.iterrows():
        for name, value in _released_cost(row, rule, level).items():
            result.loc[place, name] = value
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
    if any(0 < part < rule.hide_below for part in (improved, exact["n_measured"] - improved)):
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
