"""What may be released of a flow diagram: rounded counts, small ones hidden."""

from __future__ import annotations

import pandas as pd

from evaluation.config import DisclosureRule
from evaluation.disclosure.cells import rounded


def release_flow(flow: pd.DataFrame, rule: DisclosureRule) -> pd.DataFrame:
    """The counts of `evaluation.tables.flow.flow_table` as every released count; blank = hidden.

    Each count is rounded by itself, so that the boxes need not add up and give nothing away.
    """
    table = flow.copy()
    for name in flow.columns.difference(["site", "unit", "step"]):
        table[name] = rounded(pd.to_numeric(flow[name]), rule)
    return table
