"""How scores changed: before and after, who clearly changed, site by site."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import altair as alt
import pandas as pd

from evaluation.analysis.intervals import wilson_interval
from evaluation.report import wording
from evaluation.report.charts.theme import (
    TEXT,
    Chart,
    direction_title,
    domain_of,
    finish,
    rows_of_labels,
    share_bars,
    two_lines,
    upright_line,
)
from instruments.definition import Scale

IMPROVEMENT = "Average change in points, better →"
_CLASSES = (
    ("recovered", "Clearly better,|left range of concern"),
    ("improved", "Clearly better"),
    ("unchanged", "No clear change"),
    ("deteriorated", "Clearly worse"),
    ("harmed", "Clearly worse,|now in range of concern"),
)


def before_after_chart(
    effects: pd.DataFrame,
    scale: Scale,
    *,
    name: Callable[[str], str] = wording.contrast_name,
) -> Chart:
    """Average before (circle) and after (diamond) on the scale's own range, a line for each change.

    The bar through the later average is the interval of the change, laid at the average before.
    ``effects``: rows of one site and scale, in the order in which they are to be shown; ``name``
    says a pair of times in words.
    """
    rows = effects[effects["mean_after"].notna()]
    sign = 1 if scale.better == "higher" else -1
    data = pd.DataFrame(
        {
            "label": [
                f"{two_lines(name(row['contrast']))}|{wording.n_in(row)}"
                for row in rows.to_dict("records")
            ],
            "before": rows["mean_before"].astype(float).to_numpy(),
            "after": rows["mean_after"].astype(float).to_numpy(),
            "low": (rows["mean_before"] + sign * rows["improvement_low"]).to_numpy(float),
            "high": (rows["mean_before"] + sign * rows["improvement_high"]).to_numpy(float),
        }
    )
    domain = domain_of(data[["before", "after", "low", "high"]], limits=scale.score_range)
    x = alt.X("before:Q", title=direction_title("Average score", scale), scale=domain)
    base = alt.Chart(data).encode(y=rows_of_labels(data["label"]))
    layers = alt.layer(
        base.mark_rule(strokeDash=[2, 3], color=TEXT, opacity=0.7).encode(x=x, x2="after:Q"),
        base.mark_rule(color=TEXT, strokeWidth=4, opacity=0.4).encode(
            x=alt.X("low:Q"), x2="high:Q"
        ),
        base.mark_point(shape="circle", size=90, color=TEXT).encode(x=x),
        base.mark_point(shape="diamond", size=140, filled=True, opacity=1).encode(x="after:Q"),
    )
    first = rows.iloc[0].to_dict()
    spec = finish(layers, len(data), labels=data["label"])
    return Chart(spec, wording.improvement_sentence(first, scale))


def change_classes_chart(row: dict[str, Any], unit: wording.Unit = wording.PERSON) -> Chart:
    """Out of 100 people, how many fall into each class of individual change, with intervals."""
    kept = [(name, label) for name, label in _CLASSES if wording.is_known(row[name])]
    counts = [int(row[name]) for name, _ in kept]
    n = int(row["n"])
    low, high = wilson_interval(counts, n)
    data = pd.DataFrame(
        {
            "label": [label for _, label in kept],
            "share": [100 * c / n for c in counts],
            "low": 100 * pd.Series(low),
            "high": 100 * pd.Series(high),
            "text": [f"{wording.count(c)} of {wording.count(n)}" for c in counts],
        }
    )
    finding = wording.reliable_change_sentence(row, unit)
    return Chart(share_bars(data, f"Of every 100 {unit[1]}"), finding)


def forest_chart(effects: pd.DataFrame, scale: Scale) -> Chart:
    """Improvement of each site with its interval, in the order given; sites too small say so."""
    shown = effects["improvement"].notna()
    data = pd.DataFrame(
        {
            "label": [
                f"{row['site']}|{wording.n_in(row) if visible else 'too few to show'}"
                for row, visible in zip(effects.to_dict("records"), shown, strict=True)
            ],
            "improvement": effects["improvement"].astype(float).to_numpy(),
            "low": effects["improvement_low"].astype(float).to_numpy(),
            "high": effects["improvement_high"].astype(float).to_numpy(),
        }
    )
    domain = domain_of(data[["improvement", "low", "high"]], include=0.0)
    axis = alt.Axis(tickCount=6)
    x = alt.X("improvement:Q", title=IMPROVEMENT, scale=domain, axis=axis)
    base = alt.Chart(data).encode(y=rows_of_labels(data["label"]))
    layers = alt.layer(
        upright_line(0, [4, 4]),
        base.mark_rule(color=TEXT, strokeWidth=3, opacity=0.5).encode(
            x=alt.X("low:Q"), x2="high:Q"
        ),
        base.mark_point(shape="diamond", size=110, filled=True, opacity=1).encode(x=x),
    )
    better = int((effects["improvement_low"].astype(float) > 0).sum())
    finding = wording.sites_sentence(scale, n_better=better, n_shown=int(shown.sum()))
    return Chart(finish(layers, len(data)), finding)
