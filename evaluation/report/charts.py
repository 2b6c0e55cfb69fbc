"""The charts, as Vega-Lite: aggregates only, an interval wherever there is one, explicit order.

Each function takes a result table and gives the chart with the sentence that a screen reader says
in its place. Colour never carries anything alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import altair as alt
import pandas as pd

from evaluation.analysis.intervals import wilson_interval
from evaluation.report import wording
from instruments.definition import Scale

ROW_HEIGHT, AXIS_HEIGHT = 50, 76
_TEXT = "currentColor"
_BREAK = "|"  # labels are split here into lines, so that they fit on a telephone
_LINES = f"split(datum.label, '{_BREAK}')"
_CLASSES = (
    ("recovered", "Clearly better,|left range of concern"),
    ("improved", "Clearly better"),
    ("unchanged", "No clear change"),
    ("deteriorated", "Clearly worse"),
    ("harmed", "Clearly worse,|now in range of concern"),
)


@dataclass(frozen=True, slots=True)
class Chart:
    """A Vega-Lite chart, and what it shows in one sentence."""

    spec: dict[str, Any]
    finding: str


def before_after_chart(effects: pd.DataFrame, scale: Scale) -> Chart:
    """Average before (circle) and after (diamond) on the scale's own range, a line for each change.

    The bar through the later average is the interval of the change, laid at the average before.
    ``effects``: rows of one site and scale, in the order in which they are to be shown.
    """
    rows = effects[effects["mean_after"].notna()]
    sign = 1 if scale.better == "higher" else -1
    data = pd.DataFrame(
        {
            "label": [
                _two_lines(wording.contrast_name(c)) + f"|n = {wording.count(n)}"
                for c, n in zip(rows["contrast"], rows["n"], strict=True)
            ],
            "before": rows["mean_before"].astype(float).to_numpy(),
            "after": rows["mean_after"].astype(float).to_numpy(),
            "low": (rows["mean_before"] + sign * rows["improvement_low"]).to_numpy(float),
            "high": (rows["mean_before"] + sign * rows["improvement_high"]).to_numpy(float),
        }
    )
    domain = _domain(data[["before", "after", "low", "high"]], limits=scale.score_range)
    x = alt.X("before:Q", title=_direction_title("Average score", scale), scale=domain)
    base = alt.Chart(data).encode(y=_rows(data["label"]))
    layers = alt.layer(
        base.mark_rule(strokeDash=[2, 3], color=_TEXT, opacity=0.7).encode(x=x, x2="after:Q"),
        base.mark_rule(color=_TEXT, strokeWidth=4, opacity=0.4).encode(
            x=alt.X("low:Q"), x2="high:Q"
        ),
        base.mark_point(shape="circle", size=90, color=_TEXT).encode(x=x),
        base.mark_point(shape="diamond", size=140, filled=True, opacity=1).encode(x="after:Q"),
    )
    first = rows.iloc[0].to_dict()
    return Chart(_finish(layers, len(data)), wording.improvement_sentence(first, scale))


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
    return Chart(_share_bars(data, f"Of every 100 {unit[1]}"), finding)


def attrition_chart(cascade: pd.DataFrame) -> Chart:
    """Of those whose questionnaire has come due, the share heard from at each step."""
    rows = cascade[cascade["rate"].notna()]
    data = pd.DataFrame(
        {
            "label": [_two_lines(wording.step_name(step)) for step in rows["step"]],
            "share": 100 * rows["rate"].astype(float).to_numpy(),
            "low": 100 * rows["low"].astype(float).to_numpy(),
            "high": 100 * rows["high"].astype(float).to_numpy(),
            "text": [
                f"{wording.count(row['done'])} of {wording.count(wording.due_count(row))}"
                for row in rows.to_dict("records")
            ],
        }
    )
    finding = wording.follow_up_sentence(rows.iloc[-1].to_dict())
    return Chart(_share_bars(data, "Of every 100 whose time has come"), finding)


def forest_chart(effects: pd.DataFrame, scale: Scale) -> Chart:
    """Improvement of each site with its interval, in the order given; sites too small say so."""
    shown = effects["improvement"].notna()
    data = pd.DataFrame(
        {
            "label": [
                f"{site}|n = {wording.count(n)}" if visible else f"{site}|too few to show"
                for site, n, visible in zip(effects["site"], effects["n"], shown, strict=True)
            ],
            "improvement": effects["improvement"].astype(float).to_numpy(),
            "low": effects["improvement_low"].astype(float).to_numpy(),
            "high": effects["improvement_high"].astype(float).to_numpy(),
        }
    )
    domain = _domain(data[["improvement", "low", "high"]], include=0.0)
    axis = alt.Axis(tickCount=6)
    title = "Average change in points, better →"
    x = alt.X("improvement:Q", title=title, scale=domain, axis=axis)
    base = alt.Chart(data).encode(y=_rows(data["label"]))
    zero = alt.Chart(pd.DataFrame({"zero": [0]})).mark_rule(color=_TEXT, strokeDash=[4, 4])
    layers = alt.layer(
        zero.encode(x=alt.X("zero:Q")),
        base.mark_rule(color=_TEXT, strokeWidth=3, opacity=0.5).encode(
            x=alt.X("low:Q"), x2="high:Q"
        ),
        base.mark_point(shape="diamond", size=110, filled=True, opacity=1).encode(x=x),
    )
    better = int((effects["improvement_low"].astype(float) > 0).sum())
    finding = wording.sites_sentence(scale, n_better=better, n_shown=int(shown.sum()))
    return Chart(_finish(layers, len(data)), finding)


def _share_bars(data: pd.DataFrame, title: str) -> dict[str, Any]:
    """Bars of shares out of 100 with their intervals, the counts written beside them."""
    data["end"] = data[["share", "high"]].max(axis=1)
    base = alt.Chart(data).encode(y=_rows(data["label"]))
    x = alt.X(
        "share:Q",
        title=title,
        scale=alt.Scale(domain=[0, 145]),
        axis=alt.Axis(values=[0, 25, 50, 75, 100], titleAnchor="start"),
    )
    known = base.transform_filter("isValid(datum.low)")
    layers = alt.layer(
        base.mark_bar(height=18, opacity=0.75).encode(x=x),
        known.mark_rule(color=_TEXT, strokeWidth=1.5).encode(x=alt.X("low:Q"), x2="high:Q"),
        base.mark_text(align="left", dx=8, color=_TEXT).encode(x="end:Q", text="text:N"),
    )
    return _finish(layers, len(data))


def _two_lines(label: str) -> str:
    """A long label on two lines, broken at the blank nearest to its middle."""
    if len(label) < 16 or " " not in label:
        return label
    blanks = [i for i, letter in enumerate(label) if letter == " "]
    middle = min(blanks, key=lambda i: abs(i - len(label) / 2))
    return f"{label[:middle]}{_BREAK}{label[middle + 1 :]}"


def _rows(labels: pd.Series) -> alt.Y:
    """One row for each label, in the order of the table."""
    axis = alt.Axis(
        labelExpr=_LINES, title=None, labelLimit=170, ticks=False, domain=False, labelOverlap=False
    )
    return alt.Y("label:N", sort=list(labels), axis=axis)


def _direction_title(title: str, scale: Scale) -> str:
    if scale.better == "neither":
        return title
    return f"{title}, better →" if scale.better == "higher" else f"← better, {title.lower()}"


def _domain(
    values: pd.DataFrame,
    *,
    limits: tuple[float, float] | None = None,
    include: float | None = None,
) -> alt.Scale:
    """A domain with some air around the values, within the range that scores can take."""
    low, high = float(values.min().min()), float(values.max().max())
    if include is not None:
        low, high = min(low, include), max(high, include)
    air = max(0.15 * (high - low), 0.5)
    low, high = low - air, high + air
    if limits is not None:
        low, high = max(low, limits[0]), min(high, limits[1])
    return alt.Scale(domain=[low, high], nice=True, zero=False)


def _finish(chart: alt.LayerChart | alt.FacetChart, n_rows: int) -> dict[str, Any]:
    """House theme: the page's own text colour, no rotated labels, width of the page."""
    spec = (
        chart.properties(width="container", height=ROW_HEIGHT * n_rows + AXIS_HEIGHT)
        .configure_axis(
            labelColor=_TEXT, titleColor=_TEXT, labelFontSize=13, titleFontSize=13, labelAngle=0
        )
        .configure_text(fontSize=13)
        .configure_view(stroke=None)
        .to_dict()
    )
    return dict(spec)
