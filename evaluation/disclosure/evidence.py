"""What may be released of the evidence card: it is judged again, from released numbers alone."""

from __future__ import annotations

import numpy as np
import pandas as pd

from evaluation.analysis.selection import selection_bias
from evaluation.config import DisclosureRule
from evaluation.disclosure.audit import totals_also_hidden
from evaluation.disclosure.bounds import cells_that_tell, hide_telling_couples
from evaluation.disclosure.cells import SUPPRESSED, total_beside_one_hidden
from evaluation.disclosure.follow_up import release_attrition
from evaluation.disclosure.rounding import (
    CELL,
    RELEASED_DECIMALS,
    few,
    few_people,
    lopsided,
    rounded,
    rounded_limits,
    rounded_sizes,
)
from evaluation.evidence import NUMBERS, judge

# These say nothing about anybody.
_ABOUT_NOBODY = ("instrument", "comparison")
_SHARES = ("retention", "answered")
_COUNTED = ["n", "n_couples", "n_lost", "kept"]
_ESTIMATES = ("precision", "level")


def release_evidence(
    table: pd.DataFrame, attrition: pd.DataFrame, effects: pd.DataFrame, rule: DisclosureRule
) -> pd.DataFrame:
    """The card from rounded counts and shares; its findings follow from these and nothing else.

    A cell of few people is hidden but for what is true of the questionnaire and of the design, and
    who came back where the release of ``attrition`` hides it, and how many they are where that of
    ``effects`` does; both are exact.
    The effective number is left out: it leads to the exact one. ``sentence`` comes back empty, so
    that the words too are made from what may be seen.
    """
    kept = table[table["aspect"] != "n_effective"].reset_index(drop=True)
    exact = kept[list(NUMBERS)].apply(pd.to_numeric).astype(float)
    exact = pd.concat([kept[["aspect", "detail", *CELL]], exact], axis=1)
    hidden = _thin(exact, rule)
    numbers = pd.DataFrame(np.nan, index=kept.index, columns=list(NUMBERS))
    whole = exact["aspect"].isin(["n", *_ESTIMATES])
    numbers.loc[whole, ["n", "n_couples"]] = rounded(exact.loc[whole, ["n", "n_couples"]], rule)
    hide_telling_couples(numbers, rule)
    numbers["value"] = numbers["n"].where(exact["aspect"] == "n")
    hidden |= _release_shares(exact, numbers, rule)
    hidden |= _hidden_in_attrition(exact, release_attrition(attrition, rule))
    _release_selection(exact, numbers, hidden)
    _release_estimates(exact, numbers, rule)
    hidden |= _release_difference(exact, numbers, rule)
    hidden |= _tells_of_few(exact, effects, rule)
    hidden &= ~exact["aspect"].isin(_ABOUT_NOBODY)
    result = kept.assign(**{name: numbers[name].mask(hidden) for name in NUMBERS}, sentence="")
    result["reason"] = kept["reason"].astype(object).mask(hidden, SUPPRESSED)
    result = judge(result)
    names = list(NUMBERS)
    result[names] = result[names].astype(object).where(result[names].notna(), None)
    return result


def _thin(exact: pd.DataFrame, rule: DisclosureRule) -> pd.Series:
    """Rows of a cell with few people or couples, or of all sites beside a single such site."""
    people = exact[exact["aspect"] == "n"]
    thin = few_people(people, rule)
    thin |= total_beside_one_hidden(people, thin, rule)
    cells = pd.MultiIndex.from_frame(people.loc[thin, list(CELL)])
    return pd.Series(pd.MultiIndex.from_frame(exact[list(CELL)]).isin(cells), index=exact.index)


def _release_shares(exact: pd.DataFrame, numbers: pd.DataFrame, rule: DisclosureRule) -> pd.Series:
    """Shares of rounded counts, as attrition.csv has them; which of them rest on few."""
    done, lost = exact["n"] - exact["n_lost"], exact["n_lost"]
    hidden = pd.Series(False, index=exact.index)
    for aspect in _SHARES:
        rows = exact["aspect"] == aspect
        thin = lopsided(done, exact["n"], rule) | few(exact["n"], rule.min_n)
        thin &= rows
        of_aspect = exact[rows]
        thin[rows] |= total_beside_one_hidden(of_aspect, thin[rows], rule)
        counts = pd.DataFrame({"done": done, "lost": lost})[rows]
        shown = rounded(counts, rule)
        n = shown["done"] + shown["lost"]
        numbers.loc[rows, "n"] = n
        numbers.loc[rows, "n_lost"] = shown["lost"]
        numbers.loc[rows, "value"] = shown["done"] / n.where(n > 0)
        hidden |= thin
    return hidden


def _hidden_in_attrition(exact: pd.DataFrame, attrition: pd.DataFrame) -> pd.Series:
    """Shares of those who came back that the released attrition does not show."""
    hidden = attrition["done"].isna() | (attrition["reason"] == SUPPRESSED)
    gone = attrition.loc[hidden & (attrition["unit"] == "person"), ["site", "step"]]
    step = exact["contrast"].astype(str).str.removeprefix("baseline_")
    place = pd.MultiIndex.from_arrays([exact["site"], step])
    known = place.isin(pd.MultiIndex.from_frame(gone))
    return (exact["aspect"] == "retention") & known


def _release_selection(exact: pd.DataFrame, numbers: pd.DataFrame, hidden: pd.Series) -> None:
    """The bias of the released share; hidden with the share."""
    rows = exact["aspect"] == "selection_bias"
    if not rows.any():
        return
    answered = exact["aspect"] == "answered"
    share = numbers["value"].mask(hidden)[answered]
    share.index = pd.MultiIndex.from_frame(exact.loc[answered, list(CELL)])
    gone = hidden[answered].set_axis(share.index)
    cells = pd.MultiIndex.from_frame(exact.loc[rows, list(CELL)])
    of_row = share.reindex(cells).to_numpy(float)
    known = np.isfinite(of_row)
    rho = _rho(exact, rows)
    value = np.full(of_row.size, np.nan)
    value[known] = selection_bias(of_row[known], rho[known])
    numbers.loc[rows, "value"] = np.round(value, RELEASED_DECIMALS)
    hidden[rows] |= gone.reindex(cells).to_numpy(bool)


def _tells_of_few(exact: pd.DataFrame, effects: pd.DataFrame, rule: DisclosureRule) -> pd.Series:
    """Rows of all sites together whose counts tell a small one of a site, or who are missing."""
    counted = exact.assign(kept=exact["n"] - exact["n_lost"])
    by = ("instrument", "scale", "contrast", "aspect", "detail")
    named = counted.assign(detail=exact["detail"].where(exact["aspect"] == "selection_bias", ""))
    tells = totals_also_hidden(named, _COUNTED, by, rule).any(axis=1)
    # The same people as in the first row of their cell.
    people = exact["aspect"] == "n"
    cells = pd.MultiIndex.from_frame(exact.loc[tells & people, list(CELL)])
    cells = cells.union(cells_that_tell(effects, rule))
    same = pd.Series(pd.MultiIndex.from_frame(exact[list(CELL)]).isin(cells), index=exact.index)
    return tells | (same & exact["aspect"].isin(["n", *_ESTIMATES]))


def _rho(exact: pd.DataFrame, rows: pd.Series) -> np.ndarray:
    return exact.loc[rows, "detail"].astype(float).to_numpy()


def _release_estimates(exact: pd.DataFrame, numbers: pd.DataFrame, rule: DisclosureRule) -> None:
    """Intervals as released beside the effects; the reach of a released interval."""
    rows = exact["aspect"].isin(_ESTIMATES)
    numbers.loc[rows, ["low", "high"]] = exact.loc[rows, ["low", "high"]].round(RELEASED_DECIMALS)
    points = exact[exact["aspect"] == "level"]
    # Lies in the middle of its interval, and the interval is released around it as it is there.
    limits = points[["low", "high"]].assign(middle=points[["low", "high"]].mean(axis=1))
    shown = rounded_limits(limits, ("middle", "low", "high"), points["n"], rule)
    numbers.loc[points.index, ["low", "high"]] = shown[["low", "high"]]
    precision = exact["aspect"] == "precision"
    sizes = rounded_sizes(exact.loc[precision, ["low", "high"]], exact.loc[precision, "n"], rule)
    numbers.loc[precision, ["low", "high"]] = sizes
    reach = (numbers["high"] - numbers["low"]) / 2
    numbers.loc[precision, "value"] = reach[precision].round(RELEASED_DECIMALS)


def _release_difference(
    exact: pd.DataFrame, numbers: pd.DataFrame, rule: DisclosureRule
) -> pd.Series:
    """How much lost and kept differed, where neither group is small."""
    rows = exact["aspect"] == "representativeness"
    kept, lost = exact["n"] - exact["n_lost"], exact["n_lost"]
    thin = rows & (exact["n"] > 0) & ((kept < rule.min_n) | (lost < rule.min_n))
    thin |= rows & few(exact["n_couples"], rule.min_couples)
    thin[rows] |= total_beside_one_hidden(exact[rows], thin[rows], rule)
    groups = rounded(pd.DataFrame({"kept": kept, "lost": lost})[rows], rule)
    numbers.loc[rows, "n"] = groups["kept"] + groups["lost"]
    numbers.loc[rows, "n_lost"] = groups["lost"]
    numbers.loc[rows, "value"] = exact.loc[rows, "value"].round(RELEASED_DECIMALS)
    return thin
