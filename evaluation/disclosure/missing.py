"""What may be released of what is missing: patterns over time, questions, and partners."""

from __future__ import annotations

import numpy as np
import pandas as pd

from evaluation.config import DisclosureRule
from evaluation.disclosure.audit import also_hidden, parts_also_hidden, totals_also_hidden
from evaluation.disclosure.bounds import bounds
from evaluation.disclosure.cells import SUPPRESSED, as_objects, released, total_beside_one_hidden
from evaluation.disclosure.rounding import RELEASED_DECIMALS, few, lopsided, rounded, small

PLACE = ["site", "instrument", "scale"]
OTHER_PATTERNS = "other patterns"
_WAVE_LISTS = ("present", "missing", "not_yet_due", "not_asked")
_ANSWERS = ("both", "only_mother", "only_father", "only_one", "neither", "not_judged")
_GAP = ("gap_mean", "gap_low", "gap_high")
_IN_POINTS = (_GAP, ("before_difference", "before_low", "before_high"))
_MEANS = ("before_both", "before_one", "gap_before_both", "gap_before_one")
_AT_START = (
    "before_both", "before_one", "before_difference", "before_low", "before_high",
    "gap_before_both", "gap_before_one",
)  # fmt: skip


def release_missing_patterns(table: pd.DataFrame, rule: DisclosureRule) -> pd.DataFrame:
    """Patterns of few people in one row together, since a rare pattern points at somebody.

    A scale of a site with few people is one hidden row, and so are all sites beside a single such
    site.
    """
    if table.empty:
        return table.copy()
    merged = _rare_together(table, rule)
    totals = merged.drop_duplicates(PLACE)
    thin = few(totals["total"], rule.min_n)
    thin |= total_beside_one_hidden(totals, thin, rule)
    hidden = _in_places(merged, totals[thin])
    counts = rounded(merged[["n", "total"]], rule)
    counts["n"] = counts["n"].mask(_follows_from_others(merged, rule))
    by = [*PLACE[1:], "pattern"]
    tells = totals_also_hidden(merged, ["n"], by, rule)["n"]
    counts["n"] = counts["n"].mask(tells)
    # The total of a place would tell a pattern that is hidden in it.
    some = totals_also_hidden(totals, ["total"], PLACE[1:], rule)["total"]
    told = pd.concat([totals[some], merged[tells], merged[_total_tells(merged, counts, rule)]])
    counts["total"] = counts["total"].mask(_in_places(merged, told))
    result = as_objects(merged.copy(), ["n", "total", "share"])
    share = (counts["n"] / counts["total"].where(counts["total"] > 0)).clip(upper=1.0)
    share = share.mask(lopsided(merged["n"], merged["total"], rule))
    for name, values in (("n", counts["n"]), ("total", counts["total"]), ("share", share)):
        result[name] = values.mask(hidden).astype(object).where(values.notna() & ~hidden, None)
    result.loc[hidden | counts["n"].isna(), "reason"] = SUPPRESSED
    result.loc[hidden, ["pattern", *_WAVE_LISTS]] = ""
    return result[~(hidden & merged.duplicated(PLACE))].reset_index(drop=True)


def _total_tells(merged: pd.DataFrame, counts: pd.DataFrame, rule: DisclosureRule) -> pd.Series:
    """Hidden rare patterns that could not be any small number, beside the total and the others."""
    place = [merged[name] for name in PLACE]
    of_all, of_each = bounds(counts["total"], rule), bounds(counts["n"], rule)
    least, most = (bound.groupby(place).transform("sum") for bound in of_each)
    one_hidden = counts["n"].isna().groupby(place).transform("sum") == 1
    narrow = (of_all[0] - most > 1) | (of_all[1] - least < rule.hide_below - 1)
    return small(merged["n"], rule) & one_hidden & narrow


def _in_places(table: pd.DataFrame, places: pd.DataFrame) -> pd.Series:
    """Rows of the same site and score as any of these."""
    named = pd.MultiIndex.from_frame(places[PLACE])
    return pd.Series(pd.MultiIndex.from_frame(table[PLACE]).isin(named), index=table.index)


def _follows_from_others(merged: pd.DataFrame, rule: DisclosureRule) -> pd.Series:
    """Patterns from which the few of another would follow, since all are everybody of a place."""
    result = pd.Series(False, index=merged.index)
    for _, rows in merged.groupby(PLACE, sort=False):
        counts = np.append(rows["total"].iloc[0], rows["n"]).astype(float)
        parts = list(range(1, counts.size))
        told = np.arange(counts.size) == 0
        found = also_hidden(counts, [(0, parts)], rule, told=told)
        result[rows.index] = found[1:]
    return result


def _rare_together(table: pd.DataFrame, rule: DisclosureRule) -> pd.DataFrame:
    """The patterns of each place, the rare ones as one row at its end."""
    rare = small(table["n"], rule)
    together = table[rare].groupby(PLACE, sort=False)[["n", "total", "share"]]
    rest = together.agg({"n": "sum", "total": "first", "share": "sum"}).reset_index()
    rest = rest.assign(pattern=OTHER_PATTERNS, reason="", **dict.fromkeys(_WAVE_LISTS, ""))
    place = {key: i for i, key in enumerate(table[PLACE].itertuples(index=False, name=None))}
    merged = pd.concat([table[~rare], rest[list(table.columns)]], ignore_index=True)
    order = pd.Series([place[key] for key in merged[PLACE].itertuples(index=False, name=None)])
    return merged.iloc[order.argsort(kind="stable")].reset_index(drop=True)


def release_missing_items(table: pd.DataFrame, rule: DisclosureRule) -> pd.DataFrame:
    """How often each question was left out, from rounded counts; nothing where either is few.

    The order and the rank are made again: the exact ones would tell hidden counts apart.
    """
    if table.empty:
        return table.copy()
    asked, missing = table["n_asked"], table["n_missing"]
    thin = few(asked, rule.min_n)
    thin |= total_beside_one_hidden(table.assign(row=table["item"], total=asked), thin, rule)
    unsure = thin | lopsided(missing, asked, rule)
    counts = rounded(table[["n_asked", "n_missing"]], rule)
    share = (counts["n_missing"] / counts["n_asked"].where(counts["n_asked"] > 0)).clip(upper=1.0)
    share = share.mask(unsure).round(RELEASED_DECIMALS)
    place = [table["site"], table["instrument"]]
    rank = share.groupby(place).rank(method="min", ascending=False).fillna(0).astype(int)
    result = as_objects(table.copy(), ["n_asked", "n_missing", "share", "low", "high"])
    columns = {
        "n_asked": counts["n_asked"].mask(thin),
        "n_missing": counts["n_missing"].mask(unsure),
        "share": share,
    }
    for name, values in columns.items():
        result[name] = values.astype(object).where(values.notna(), None)
    result[["low", "high"]] = None
    result["rank"] = rank
    result.loc[unsure, "reason"] = SUPPRESSED
    number = pd.Series(pd.factorize(pd.MultiIndex.from_frame(table[["site", "instrument"]]))[0])
    keys = pd.DataFrame({"place": number, "item": table["item"].to_numpy()})
    return result.iloc[keys.sort_values(["place", "item"]).index].reset_index(drop=True)


def release_reporter_gap(table: pd.DataFrame, rule: DisclosureRule) -> pd.DataFrame:
    """Counts of couples rounded; averages only of enough couples, and where no few are left over.

    Those of all couples, of both and of one would otherwise give the remaining few away.
    """
    # One couple is one report here: the decimals go by the number of couples.
    named = table.rename(columns={"wave": "contrast"}).assign(n=table["n_couples"])
    least = rule.min_couples
    one = table["only_mother"] + table["only_father"] + table["only_one"]
    rest = table["n_couples"] - table["both"] - one
    result = released(
        named, rule, thin=few(table["n_couples"], least),
        counts=("n_couples", *_ANSWERS, "n_gap"), limits=_IN_POINTS, points=_MEANS,
        keys=(*PLACE, "contrast", "reason"),
    )  # fmt: skip
    follows = parts_also_hidden(table, "n_couples", _ANSWERS, rule)
    for name in _ANSWERS:
        result.loc[follows[name], name] = None
    hide_gap = few(table["n_gap"], least)
    hide_start = few(table["both"], least) | few(one, least) | few(rest, least)
    for names, hidden in ((_GAP, hide_gap), (_AT_START, hide_start)):
        hidden = hidden | total_beside_one_hidden(named, hidden, rule)
        had = table[list(names)].notna().any(axis=1)
        result.loc[hidden, list(names)] = None
        result.loc[hidden & had, "reason"] = SUPPRESSED
    # An average that never was is an empty cell as well.
    numbers = [name for name in result.columns if name not in (*PLACE, "contrast", "reason")]
    result[numbers] = result[numbers].where(result[numbers].notna(), None)
    return result.drop(columns="n").rename(columns={"contrast": "wave"})
