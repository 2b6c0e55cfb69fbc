"""What may be released of the ways to allow for those who were lost.

A mean that gives those lost a fixed change is a mixture, and beside the mean of those who came
back it tells the share lost to three digits, so how many they were. So it is mixed again from the
released mean and the share of the rounded counts; what divides by that share is scaled alike.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from evaluation.analysis.sensitivity import completers_bias
from evaluation.config import DisclosureRule
from evaluation.disclosure.bounds import hide_people
from evaluation.disclosure.cells import released, thin_cells
from evaluation.disclosure.rounding import CELL, RELEASED_DECIMALS, rounded_points

# se, df, weights, the number of imputations and the share of information lead to exact counts.
_COUNTS = (
    "n", "n_couples", "n_completers", "n_completer_couples", "n_lost", "n_lost_couples",
    "n_waiting", "n_not_asked",
)  # fmt: skip
_LIMITS = ("estimate", "low", "high")
# What is the mean of those who came back, mixed with a fixed change of those lost.
_MIXTURES = ("bocf", "locf", "worst", "best", "lost_worsen_by_rc")
_TIPPING = ("tipping_points", "tipping_small", "tipping_zero")
_BIAS = ("bias_weak", "bias_middling", "bias_strong")


def release_sensitivity(
    table: pd.DataFrame, effects: pd.DataFrame, rule: DisclosureRule
) -> pd.DataFrame:
    """Hidden where those who came back, or those lost, are few people or couples, or nobody.

    The mean of everybody beside that of those who came back would tell about a few who were lost.
    What the released effects (``effects``, unmasked) hide is hidden here too.
    """
    thin = thin_cells(table, effects, rule)
    for group in ("completer", "lost"):
        people = "n_completers" if group == "completer" else "n_lost"
        thin |= (table["n"] > 0) & (table[people] < rule.min_n)
        thin |= (table["n"] > 0) & (table[f"n_{group}_couples"] < rule.min_couples)
    result = released(
        table, rule, thin=thin, counts=_COUNTS, points=("rc_points", "delta"), limits=(_LIMITS,),
        estimates=("d_pre",), texts=("note",), keys=(*CELL, "method", "reason"),
    )  # fmt: skip
    hide_people(result, effects, rule, ["n_completers", "n_completer_couples"])
    kept, lost = (pd.to_numeric(result[name]) for name in ("n_completers", "n_lost"))
    share = lost / (kept + lost).where(kept + lost > 0)
    result["share_lost"] = _objects(share.round(RELEASED_DECIMALS))
    if len(table):
        _mix_again(table, result, share, rule)
        _scale_again(table, result, share, rule)
    return result


def _mix_again(
    table: pd.DataFrame, result: pd.DataFrame, share: pd.Series, rule: DisclosureRule
) -> None:
    """Means that give those lost a fixed change, from released numbers alone."""
    exact, shown = (pd.to_numeric(each["estimate"]) for each in (table, result))
    true_share = pd.to_numeric(table["share_lost"])
    came_back, drawn = (_of_method(table, name) for name in ("completers", "mi"))
    mixture, shifted = table["method"].isin(_MIXTURES), table["method"] == "delta"
    kept = exact.reindex(came_back).to_numpy(float)
    of_lost = (exact - kept * (1 - true_share)) / true_share.where(true_share > 0)
    of_lost = rounded_points(of_lost, pd.to_numeric(table["n_lost"]), rule)
    mixed = shown.reindex(came_back).to_numpy(float) * (1 - share) + share * of_lost
    delta = pd.to_numeric(result["delta"])
    mixed = mixed.where(~shifted, shown.reindex(drawn).to_numpy(float) - share * delta)
    mixed = rounded_points(mixed, pd.to_numeric(table["n"]), rule)
    again = (mixture | shifted) & mixed.notna() & shown.notna() & (share > 0)
    for name in _LIMITS:
        moved = (pd.to_numeric(result[name]) + mixed - shown).round(RELEASED_DECIMALS)
        result.loc[again, name] = _objects(moved)[again]
    in_spreads = pd.to_numeric(table["d_pre"]) * mixed / exact.where(exact != 0)
    result.loc[again, "d_pre"] = _objects(in_spreads.round(RELEASED_DECIMALS))[again]
    # Where the share lost is hidden, a mixture beside the mean of those who came back tells it.
    untold = (mixture | shifted) & share.isna()
    result.loc[untold, [*_LIMITS, "d_pre"]] = None


def _scale_again(
    table: pd.DataFrame, result: pd.DataFrame, share: pd.Series, rule: DisclosureRule
) -> None:
    """How much worse those lost must have done, and the bias, at the share that is shown."""
    factor = pd.to_numeric(table["share_lost"]) / share.where(share > 0)
    tipping = table[list(_TIPPING)].astype(float).mul(factor, axis=0)
    shown = rounded_points(tipping, pd.to_numeric(table["n"]), rule)
    for name in _TIPPING:
        result[name] = _objects(shown[name])
    in_rc = table["tipping_in_rc"].astype(float) * factor
    result["tipping_in_rc"] = _objects(in_rc.round(RELEASED_DECIMALS))
    bias = table[list(_BIAS)].astype(float).mul(_bias_factor(table, result), axis=0)
    shown = rounded_points(bias, pd.to_numeric(table["n"]), rule)
    for name in _BIAS:
        result[name] = _objects(shown[name])


def _bias_factor(table: pd.DataFrame, result: pd.DataFrame) -> pd.Series:
    """The bias at the rounded share over that at the exact one; it grows with the share lost."""
    factor = pd.Series(np.nan, index=table.index)
    there = table["method"] == "completers"
    there &= result[["n_completers", "n_lost"]].notna().all(axis=1)
    for place in table.index[there]:
        exact, shown = (
            completers_bias(
                n_kept=int(each.loc[place, "n_completers"]),
                n=int(each.loc[place, "n_completers"]) + int(each.loc[place, "n_lost"] or 0),
                sd_change=1.0,
            )[0]
            for each in (table, result)
        )
        factor[place] = shown / exact if exact else 1.0
    return factor


def _of_method(table: pd.DataFrame, method: str) -> pd.Series:
    """For each row the index of the row of this method in the same cell."""
    first = table[table["method"] == method]
    place = pd.Series(first.index, index=pd.MultiIndex.from_frame(first[list(CELL)]))
    found = place.reindex(pd.MultiIndex.from_frame(table[list(CELL)]))
    return pd.Series(found.to_numpy(), index=table.index)


def _objects(values: pd.Series) -> pd.Series:
    """Numbers, and nothing where there is none."""
    return values.astype(object).where(values.notna(), None)
