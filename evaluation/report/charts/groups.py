"""Groups of people side by side, and how the scores of everybody lie."""

from __future__ import annotations

import altair as alt
import pandas as pd

from evaluation.report import comparison_wording, wording
from evaluation.report.charts.change import IMPROVEMENT
from evaluation.report.charts.theme import (
    BREAK,
    TEXT,
    Chart,
    domain_of,
    finish,
    rows_of_labels,
    share_bars,
    two_lines,
    upright_line,
)
from evaluation.tables.periods import RUNNING
from instruments.definition import Scale

MOST_LETTERS = 22


def groups_chart(levels: pd.DataFrame, scale: Scale, trait: str) -> Chart:
    """The average change of each group with its interval, in the order given.

    ``levels``: level, n, improvement and its ends, reason. A group that is hidden has no row; one
    whose period still runs keeps its line and says so.
    """
    rows = levels[levels["reason"] != "SUPPRESSED"]
    data = pd.DataFrame(
        {
            "label": [_label(row, trait) for row in rows.to_dict("records")],
            "improvement": rows["improvement"].astype(float).to_numpy(),
            "low": rows["improvement_low"].astype(float).to_numpy(),
            "high": rows["improvement_high"].astype(float).to_numpy(),
        }
    )
    domain = domain_of(data[["improvement", "low", "high"]].fillna(0.0), include=0.0)
    x = alt.X("improvement:Q", title=IMPROVEMENT, scale=domain, axis=alt.Axis(tickCount=6))
    base = alt.Chart(data).encode(y=rows_of_labels(data["label"]))
    layers = alt.layer(
        upright_line(0, [4, 4]),
        base.mark_rule(color=TEXT, strokeWidth=3, opacity=0.5).encode(
            x=alt.X("low:Q"), x2="high:Q"
        ),
        base.mark_point(shape="diamond", size=110, filled=True, opacity=1).encode(x=x),
    )
    finding = comparison_wording.groups_finding(rows, scale, trait)
    return Chart(finish(layers, len(data)), finding)


def _label(row: dict, trait: str) -> str:
    name = two_lines(comparison_wording.group_name(trait, str(row["level"])), most=MOST_LETTERS)
    if RUNNING in str(row["reason"]):
        return f"{name}{BREAK}still running"
    return f"{name}{BREAK}{wording.n_in(row)}"


def score_ranges_chart(
    ranges: pd.DataFrame, scale: Scale, *, when: str, unit: wording.Unit = wording.PERSON
) -> Chart:
    """Of every 100 people, how many scored in each range; the ranges may differ in width.

    ``ranges``: low, high, whole, n (rounded), as released, from low to high scores.
    """
    counts = ranges["n"].astype(float)
    data = pd.DataFrame(
        {
            "label": comparison_wording.range_names(ranges, scale),
            "share": (100 * counts / counts.sum()).round(1).to_numpy(),
            "text": [wording.count(n) for n in counts],
            "low": float("nan"),
            "high": float("nan"),
        }
    )
    finding = comparison_wording.distribution_finding(ranges, scale, when=when, unit=unit)
    return Chart(share_bars(data, f"Of every 100 {unit[1]}"), finding)
