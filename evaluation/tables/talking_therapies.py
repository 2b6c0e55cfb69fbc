"""nhs_tt.csv: the outcomes of PHQ-9 and GAD-7 together."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from evaluation.analysis.talking_therapies import (
    ANXIETY,
    DEPRESSION,
    TALKING_THERAPIES_COLUMNS,
    pair_both_measures,
    talking_therapies_table,
)
from evaluation.tables.groups import ordered

# For these two questionnaires together: always the first, the others where anybody got so far.
CONTRASTS = ("baseline_end", "baseline_3m", "baseline_6m")


def talking_therapies_outcomes(
    pairs: Mapping[str, pd.DataFrame], service_use: pd.DataFrame
) -> pd.DataFrame:
    """The outcomes of PHQ-9 and GAD-7 together, where anybody has both at the start."""
    columns = (*TALKING_THERAPIES_COLUMNS, "n_couples")
    start = pairs.get("baseline_end")
    if start is None or not {DEPRESSION, ANXIETY} <= set(start["instrument"]):
        return ordered([], columns)
    keys = ["site", "participant"]
    sessions = service_use[[*keys, "sessions_attended"]].drop_duplicates(keys)
    rows: list[dict] = []
    for contrast in CONTRASTS:
        both = pair_both_measures(pairs[contrast])
        both = both.merge(sessions.astype(dict.fromkeys(keys, object)), on=keys, how="left")
        found = talking_therapies_table(both, contrast=contrast)
        if contrast == "baseline_end" or found["n"].any():
            rows += found.to_dict("records")
    return ordered(rows, columns)
