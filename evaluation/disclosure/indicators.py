"""What may be released of counted and yes/no outcomes."""

from __future__ import annotations

import pandas as pd

from evaluation.config import DisclosureRule
from evaluation.disclosure.cells import SUPPRESSED, released
from evaluation.disclosure.rounding import RELEASED_DECIMALS, few_people, rounded, small
from evaluation.model import YES_NO

_CELLS = ("only_before", "only_after", "both", "neither")
_KEYS = ("site", "indicator", "kind", "contrast", "subgroup", "reason")
_RATIO = ("ratio", "ratio_low", "ratio_high")


def release_indicators(table: pd.DataFrame, rule: DisclosureRule) -> pd.DataFrame:
    """Rounded counts and what follows from them; a row with one small cell is hidden whole.

    The four cells add up to n, and shares and their difference lead back to them. So shares of yes
    come from the rounded cells, without an interval; p would lead to exact cells and is left out.
    Averages keep one decimal, ratios two.
    """
    cells = table[list(_CELLS)].apply(pd.to_numeric)
    thin = few_people(table, rule) | small(cells, rule).any(axis=1)
    # A share of nobody, or of everybody, tells of each of them.
    thin |= (table["kind"] == YES_NO) & (table["n"] > 0) & cells.eq(0).any(axis=1)
    result = released(
        table, rule, thin=thin, counts=("n", "n_couples", "n_excluded", *_CELLS),
        points=("before",), limits=(("difference", "low", "high"),), estimates=_RATIO,
        texts=("method",), keys=_KEYS,
    )  # fmt: skip
    after = pd.to_numeric(result["before"]) + pd.to_numeric(result["difference"])
    result["after"] = after.round(RELEASED_DECIMALS).astype(object).where(after.notna(), None)
    yes_no = table["kind"] == YES_NO
    shown = yes_no & (result["reason"] != SUPPRESSED)
    counts = rounded(cells, rule)
    total = counts.sum(axis=1).where(lambda n: n > 0)
    before = (counts["both"] + counts["only_before"]) / total
    after = (counts["both"] + counts["only_after"]) / total
    shares = {"before": before, "after": after, "difference": after - before}
    for name, share in shares.items():
        result.loc[yes_no, name] = None
        result.loc[shown, name] = share[shown].round(RELEASED_DECIMALS).astype(object)
    result.loc[yes_no, ["low", "high", "method"]] = None
    return result
