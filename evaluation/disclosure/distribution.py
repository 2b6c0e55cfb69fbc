"""What may be released of how scores lie: ranges that hold few people are joined."""

from __future__ import annotations

import pandas as pd

from evaluation.config import DisclosureRule
from evaluation.disclosure.rounding import rounded


def release_distribution(ranges: pd.DataFrame, rule: DisclosureRule) -> pd.DataFrame:
    """Ranges of a scale joined until each holds nobody or enough people; counts rounded.

    ``ranges``: rows of `evaluation.tables.distribution.score_distribution`, in their order. A
    range with fewer than ``hide_below`` people is joined with the smaller of its neighbours, so
    that no count is hidden and none can be worked out from the rest. Empty where all together are
    too few. The counts of couples are left out.
    """
    values = ["low", "high", "whole", "n"]
    couples = int(ranges["n_couples"].sum()) if len(ranges) else 0
    # Couples counted in two ranges count once too often, so ask twice as many people of them.
    enough = len(ranges) and ranges["n"].sum() >= max(rule.min_n, 2 * rule.min_couples)
    if not (enough and couples >= rule.min_couples):
        return ranges[values].iloc[:0]
    joined = ranges[values].to_dict("records")
    while (thin := _first_thin(joined, rule)) is not None:
        beside = [place for place in (thin - 1, thin + 1) if 0 <= place < len(joined)]
        other = min(beside, key=lambda place: (joined[place]["n"] == 0, joined[place]["n"]))
        first, last = sorted((thin, other))
        joined[first] = joined[first] | {
            "high": joined[last]["high"],
            "n": joined[first]["n"] + joined[last]["n"],
        }
        del joined[last]
    table = pd.DataFrame(joined, columns=values)
    return table.assign(n=rounded(table["n"], rule))


def _first_thin(ranges: list[dict], rule: DisclosureRule) -> int | None:
    for place, row in enumerate(ranges):
        if 0 < row["n"] < rule.hide_below:
            return place
    return None
