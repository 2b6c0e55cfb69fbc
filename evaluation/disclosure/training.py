"""What may be released of practitioners: how many were trained and answered, and what changed."""

from __future__ import annotations

import pandas as pd

from evaluation.config import DisclosureRule
from evaluation.disclosure.audit import parts_also_hidden, totals_also_hidden
from evaluation.disclosure.cells import released
from evaluation.disclosure.outcomes import release_change
from evaluation.disclosure.rounding import few, lopsided, small
from evaluation.model import ALL_SITES

_COUNTS = (
    "n", "done", "missed", "window_open", "not_yet_due", "not_eligible", "day_assumed",
    "day_unknown",
)  # fmt: skip
_WAITING = ("not_eligible", "not_yet_due", "window_open")
_STATES = ("done", "missed", "window_open", "not_yet_due")


def release_training(table: pd.DataFrame, rule: DisclosureRule) -> pd.DataFrame:
    """Counts rounded, shares from rounded counts; steps of few practitioners hidden whole.

    All sites together are hidden where the others would leave a single hidden site; intervals
    would give the exact counts away.
    """
    known = table.assign(judged=table["done"] + table["missed"])
    total = known["site"] == ALL_SITES
    thin = few(known["n"], rule.min_n).astype(bool)
    beside_one = (thin & ~total).groupby(known["step"]).transform("sum") == 1
    # Under another name, since rows here have no measure by which the total could be compared.
    result = released(
        known.rename(columns={"site": "place"}), rule, thin=thin | (total & beside_one),
        counts=_COUNTS, shares={"rate": ("done", "judged")}, keys=("place", "step", "reason"),
    ).rename(columns={"place": "site"})  # fmt: skip
    # A share of few whose time has passed, or of whom few did it, would name them.
    follows = parts_also_hidden(known, "n", _STATES, rule)
    few_waiting = small(known[list(_WAITING)], rule).any(axis=1)
    result[list(_STATES)] = result[list(_STATES)].mask(follows, None)
    for name in ("done", "missed"):
        result.loc[(known["judged"] > 0) & (known[name] == 0), name] = None
    # Hidden together, as in attrition.csv.
    result.loc[few_waiting, list(_WAITING)] = None
    unsafe = few(known["judged"], rule.min_n) | few(known["done"], rule.hide_below)
    unsafe |= lopsided(known["done"], known["judged"], rule)
    unsafe |= follows[["done", "missed"]].any(axis=1)
    result.loc[unsafe.astype(bool), "rate"] = None
    tells = totals_also_hidden(known, _COUNTS, ("step",), rule)
    result[list(_COUNTS)] = result[list(_COUNTS)].mask(tells)
    result.loc[tells[["done", "missed"]].any(axis=1), "rate"] = None
    return result[list(table.columns)]


def release_training_change(
    change: pd.DataFrame, effects: pd.DataFrame, rule: DisclosureRule
) -> pd.DataFrame:
    """The classes of change of practitioners, hidden where their effect is.

    ``effects``: the unmasked table of the same cells, with its subgroup.
    """
    return release_change(change, effects.assign(subgroup=""), rule)
