"""Who clearly changed, from numbers of which some may be hidden."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from evaluation.analysis.intervals import wilson_interval
from evaluation.report import wording
from evaluation.report.charts.theme import Chart, share_bars

_ALWAYS = (
    ("improved", "Clearly better"),
    ("unchanged", "No clear change"),
    ("deteriorated", "Clearly worse"),
)
_WITH_CUTOFF = (
    ("recovered", "Clearly better,|left range of concern"),
    ("improved", "Clearly better,|same range"),
    ("unchanged", "No clear change"),
    ("deteriorated", "Clearly worse,|same range"),
    ("harmed", "Clearly worse,|now in range of concern"),
)


def released_classes_chart(
    row: Mapping[str, Any],
    finding: str,
    *,
    unit: wording.Unit = wording.PERSON,
    level: float = 0.95,
) -> Chart:
    """Out of 100, how many fall into each class; a hidden class keeps its line and says so.

    ``row``: of reliable_change.csv as released, with a known ``n`` above 0. ``finding``: what the
    chart says for those who cannot see it.
    """
    classes = _WITH_CUTOFF if wording.is_known(row["cutoff"]) else _ALWAYS
    n = float(row["n"])
    counts = np.array([_count(row[name]) for name, _ in classes])
    known = np.isfinite(counts)
    low, high = wilson_interval(np.minimum(np.where(known, counts, 0), n), n, level=level)
    data = pd.DataFrame(
        {
            "label": [label for _, label in classes],
            "share": np.where(known, 100 * counts / n, 0.0),
            "low": np.where(known, 100 * low, np.nan),
            "high": np.where(known, 100 * high, np.nan),
            "text": [
                f"{wording.count(c)} of {wording.count(n)}" if there else "a few, hidden"
                for c, there in zip(counts, known, strict=True)
            ],
        }
    )
    return Chart(share_bars(data, f"Of every 100 {unit[1]}"), finding)


def _count(value: Any) -> float:
    return float(value) if wording.is_known(value) else np.nan
