"""One average worked out in several ways, and averages over time, each with its interval."""

from __future__ import annotations

from typing import Any

import altair as alt
import pandas as pd

from evaluation.report import chart_wording, wording
from evaluation.report.charts.change import IMPROVEMENT
from evaluation.report.charts.theme import (
    BREAK,
    LINES,
    SHAPES,
    TEXT,
    Chart,
    domain_of,
    finish,
    rows_of_labels,
    themed,
    told_apart,
    two_lines,
    upright_line,
)
from instruments.definition import Scale

TRAJECTORY_HEIGHT = 320
MOST_LABELS_WITH_N = 6
MOST_LETTERS = 8  # of a label under the axis, in one line


def sensitivity_chart(rows: pd.DataFrame, scale: Scale) -> Chart:
    """The average improvement by each method, a line each, in the order given.

    ``rows``: method (in words), estimate, low and high in points, positive = better. A method that
    gave no estimate keeps its line and says so.
    """
    known = rows["estimate"].notna()
    labels = [
        two_lines(method) if there else f"{two_lines(method)}{BREAK}not worked out"
        for method, there in zip(rows["method"], known, strict=True)
    ]
    data = pd.DataFrame({"label": labels}).assign(
        **{name: rows[name].astype(float).to_numpy() for name in ("estimate", "low", "high")}
    )
    domain = domain_of(data[["estimate", "low", "high"]].fillna(0.0), include=0.0)
    x = alt.X("estimate:Q", title=IMPROVEMENT, scale=domain, axis=alt.Axis(tickCount=6))
    base = alt.Chart(data).encode(y=rows_of_labels(data["label"]))
    layers = alt.layer(
        upright_line(0, [4, 4]),
        base.mark_rule(color=TEXT, strokeWidth=3, opacity=0.5).encode(
            x=alt.X("low:Q"), x2="high:Q"
        ),
        base.mark_point(shape="diamond", size=110, filled=True, opacity=1).encode(x=x),
    )
    finding = chart_wording.sensitivity_finding(rows[known].to_dict("records"), scale)
    return Chart(finish(layers, len(data)), finding)


def trajectory_chart(rows: pd.DataFrame, scale: Scale) -> Chart:
    """Average scores over time with their intervals, groups side by side.

    ``rows``: label (the time in words), n, mean, low, high and, where there are several, group;
    in the order of time. A time without an average has no mark, and lines do not bridge it.
    """
    groups = list(dict.fromkeys(rows["group"])) if "group" in rows else [""]
    times = list(dict.fromkeys(rows["label"]))
    with_n = len(groups) == 1 and len(times) <= MOST_LABELS_WITH_N
    data = pd.DataFrame(
        {
            "label": [
                two_lines(label, most=MOST_LETTERS)
                + (f"{BREAK}n = {wording.count(n)}" if with_n else "")
                for label, n in zip(rows["label"], rows["n"], strict=True)
            ],
            "group": rows["group"].to_numpy() if "group" in rows else "",
        }
    ).assign(**{name: rows[name].astype(float).to_numpy() for name in ("mean", "low", "high")})
    order = list(dict.fromkeys(data["label"]))
    # Narrow bands, so that groups stand close to their time.
    bands = alt.Scale(type="band", paddingInner=0.75, paddingOuter=0.4)
    axis = alt.Axis(labelExpr=LINES, labelOverlap=True)
    x = alt.X("label:N", sort=order, title=None, axis=axis, scale=bands, bandPosition=0.5)
    y = alt.Y("mean:Q", title=_upward_title(scale), scale=_range_of(data, scale))
    base = alt.Chart(data).encode(x=x)
    apart = told_apart("group", groups)
    if apart:
        base = base.encode(xOffset=alt.XOffset("group:N", sort=groups), color=apart["color"])
    ink: dict[str, Any] = {} if apart else {"color": TEXT}
    layers = alt.layer(
        base.mark_line(strokeWidth=1.5, opacity=0.7).encode(y=y),
        base.mark_rule(strokeWidth=3, opacity=0.5, **ink).encode(y=alt.Y("low:Q"), y2="high:Q"),
        base.mark_point(size=90, filled=True, opacity=1, shape=SHAPES[1]).encode(y=y, **apart),
    )
    finding = chart_wording.trajectory_finding(rows.assign(group=data["group"].to_numpy()), scale)
    return Chart(themed(layers, height=TRAJECTORY_HEIGHT), finding)


def _range_of(data: pd.DataFrame, scale: Scale) -> alt.Scale:
    values = data[["mean", "low", "high"]]
    if not values.notna().any(axis=None):
        return alt.Scale(domain=list(scale.score_range))
    return domain_of(values, limits=scale.score_range)


def _upward_title(scale: Scale) -> str:
    """The title of an axis of scores that runs upwards; it is read from the bottom to the top."""
    if scale.better == "neither":
        return "Average score"
    return "Average score, better →" if scale.better == "higher" else "← better, average score"
