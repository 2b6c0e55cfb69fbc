"""robustness.csv: the main intervals again without assuming a shape, by drawing couples anew."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from evaluation.analysis.bootstrap import N_RESAMPLES, paired_bootstrap, stable_seed
from evaluation.model import ROBUSTNESS_COLUMNS
from evaluation.tables.groups import Group, ordered, whole_groups


def robustness_table(groups: Iterable[Group], *, level: float = 0.95) -> pd.DataFrame:
    """BCa intervals of the mean improvement and of g_pre for each site and all.

    The draws depend on the names of the row alone, so the numbers are the same every time.
    """
    rows: list[dict[str, object]] = []
    for group in whole_groups(groups):
        found = paired_bootstrap(
            group.before,
            group.after,
            group.cluster,
            better=group.scale.better,
            seed=stable_seed(*group.cell),
            level=level,
        )
        points, size = found.improvement, found.g_pre
        codes = [code for part in (points, size) for code in part.reason.split(";") if code]
        rows.append(
            group.place
            | {
                "n": found.n,
                "n_couples": found.n_couples,
                "improvement": points.estimate,
                "improvement_low": points.low,
                "improvement_high": points.high,
                "improvement_method": points.method,
                "g_pre": size.estimate,
                "g_pre_low": size.low,
                "g_pre_high": size.high,
                "g_pre_method": size.method,
                "n_resamples": N_RESAMPLES,
                "reason": ";".join(dict.fromkeys(codes)),
            }
        )
    return ordered(rows, ROBUSTNESS_COLUMNS)
