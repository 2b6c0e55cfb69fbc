"""What may be released of the ways to allow for those who were lost."""

from __future__ import annotations

import pandas as pd

from evaluation.config import DisclosureRule
from evaluation.disclosure.cells import CELL, RELEASED_DECIMALS, few, released, thin_cells

# se, df, weights, the number of imputations and the share of information lead to exact counts.
_COUNTS = (
    "n", "n_couples", "n_completers", "n_completer_couples", "n_lost", "n_lost_couples",
    "n_waiting", "n_not_asked",
)  # fmt: skip
_ESTIMATES = (
    "estimate", "low", "high", "d_pre", "rc_points", "delta", "tipping_points", "tipping_small",
    "tipping_zero", "tipping_in_rc", "bias_weak", "bias_middling", "bias_strong",
)  # fmt: skip


def release_sensitivity(
    table: pd.DataFrame, effects: pd.DataFrame, rule: DisclosureRule
) -> pd.DataFrame:
    """Hidden where those who came back, or those lost, are few people or couples.

    The mean of everybody beside that of those who came back would tell about a few who were lost.
    What the released effects (``effects``, unmasked) hide is hidden here too.
    """
    thin = thin_cells(table, effects, rule)
    for group in ("completer", "lost"):
        people = "n_completers" if group == "completer" else "n_lost"
        thin |= few(table[people], rule.min_n)
        thin |= few(table[f"n_{group}_couples"], rule.min_couples)
    result = released(
        table, rule, thin=thin, counts=_COUNTS, estimates=_ESTIMATES, texts=("note",),
        keys=(*CELL, "method", "reason"),
    )  # fmt: skip
    kept, lost = (pd.to_numeric(result[name]) for name in ("n_completers", "n_lost"))
    share = (lost / (kept + lost).where(kept + lost > 0)).round(RELEASED_DECIMALS)
    result["share_lost"] = share.astype(object)
    return result
