"""What may be released of a flow diagram: rounded counts, small ones hidden."""

from __future__ import annotations

import pandas as pd

from evaluation.config import DisclosureRule
from evaluation.disclosure.audit import parts_also_hidden, totals_also_hidden
from evaluation.disclosure.rounding import rounded, small

# At each later step all these are everybody with a first questionnaire.
_PARTS = ("done", "missed", "window_open", "not_yet_due", "left", "not_used")
_WAITING = ["window_open", "not_yet_due", "left"]


def release_flow(flow: pd.DataFrame, rule: DisclosureRule) -> pd.DataFrame:
    """The counts of `evaluation.tables.flow.flow_table` as every released count; blank = hidden.

    Each count is rounded by itself, so that the boxes need not add up. What attrition.csv hides of
    the same people is hidden here: who is left, not due yet or has time left together, if any of
    it is few, and counts from which a small one would follow; of couples everything.
    """
    table = flow.copy()
    names = list(flow.columns.difference(["site", "unit", "step"], sort=False))
    exact = flow[names].apply(pd.to_numeric).astype(float)
    follows = pd.DataFrame(False, index=flow.index, columns=names)
    follows[list(_PARTS)] = parts_also_hidden(flow, "with_baseline", _PARTS, rule)
    few_waiting = small(exact[_WAITING], rule).any(axis=1)
    for name in _WAITING:
        follows[name] |= few_waiting
    answered = (flow["step"] != "referred") & (exact["done"] + exact["missed"] > 0)
    for name in ("done", "missed"):
        follows[name] |= answered & (exact[name] == 0)
    follows |= totals_also_hidden(
        flow.assign(**exact), names, ["unit", "step"], rule
    )  # fmt: skip
    of_couples = flow["unit"] != "person"
    for name in names:
        table[name] = rounded(exact[name], rule).mask(follows[name] | of_couples)
    return table
