"""The look that all charts share: the page's text colour, labels that fit on a telephone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import altair as alt
import pandas as pd

from instruments.definition import Scale

ROW_HEIGHT, AXIS_HEIGHT = 50, 76
LABEL_LINE = 15  # pixels from one line of a label to the next
LABEL_GAP = 14  # and from one label to the next
TEXT = "currentColor"
BREAK = "|"  # labels are split here into lines, so that they fit on a telephone
LINES = f"split(datum.label, '{BREAK}')"
# Told apart by shape, since colour alone tells nothing to many people.
SHAPES = ("diamond", "circle", "square", "triangle-up", "cross")
LEGEND_LETTERS = 36  # more than this in one line of a legend is cut off on a telephone


@dataclass(frozen=True, slots=True)
class Chart:
    """A Vega-Lite chart, and what it shows in one sentence."""

    spec: dict[str, Any]
    finding: str


def finish(
    chart: alt.LayerChart | alt.FacetChart, n_rows: int, *, labels: pd.Series | None = None
) -> dict[str, Any]:
    """House theme, as high as its rows need; ``labels`` where one may be on three lines."""
    lines = 1 + labels.str.count(f"\\{BREAK}").max() if labels is not None and len(labels) else 2
    row = max(ROW_HEIGHT, LABEL_LINE * int(lines) + LABEL_GAP)
    return themed(chart, height=row * n_rows + AXIS_HEIGHT)


def themed(chart: alt.LayerChart | alt.FacetChart, *, height: float) -> dict[str, Any]:
    """House theme: the page's own text colour, no rotated labels, width of the page."""
    coloured: dict[str, Any] = {
        "labelColor": TEXT, "titleColor": TEXT, "labelFontSize": 13, "titleFontSize": 13,
    }  # fmt: skip
    # In one go: each configure_* of a chart would copy all of it.
    look = alt.Config(
        axis=alt.AxisConfig(labelAngle=0, **coloured),
        legend=alt.LegendConfig(orient="top", **coloured),
        text=alt.MarkConfig(fontSize=13),
        view=alt.ViewConfig(stroke=None),
    )
    return dict(chart.properties(width="container", height=height, config=look).to_dict())


def share_bars(data: pd.DataFrame, title: str) -> dict[str, Any]:
    """Bars of shares out of 100 with their intervals, the counts written beside them."""
    data["end"] = data[["share", "high"]].max(axis=1)
    base = alt.Chart(data).encode(y=rows_of_labels(data["label"]))
    x = alt.X(
        "share:Q",
        title=title,
        scale=alt.Scale(domain=[0, 145]),
        axis=alt.Axis(values=[0, 25, 50, 75, 100], titleAnchor="start"),
    )
    layers = [base.mark_bar(height=18, opacity=0.75).encode(x=x)]
    # Marks of which none is drawn would be announced as a picture without a name.
    if data["low"].notna().any():
        known = base.transform_filter("isValid(datum.low)")
        rule = known.mark_rule(color=TEXT, strokeWidth=1.5)
        layers.append(rule.encode(x=alt.X("low:Q"), x2="high:Q"))
    words = base.mark_text(align="left", dx=8, color=TEXT).encode(x="end:Q", text="text:N")
    return finish(alt.layer(*layers, words), len(data))


def two_lines(label: str, *, most: int = 15) -> str:
    """A label of more than ``most`` letters on two lines, broken near its middle."""
    if len(label) <= most or " " not in label:
        return label
    blanks = [i for i, letter in enumerate(label) if letter == " "]
    middle = min(blanks, key=lambda i: abs(i - len(label) / 2))
    return f"{label[:middle]}{BREAK}{label[middle + 1 :]}"


def rows_of_labels(labels: pd.Series) -> alt.Y:
    """One row for each label, in the order of the table."""
    lines = labels.str.count(f"\\{BREAK}").mean() if len(labels) else 0.0
    axis = alt.Axis(
        labelExpr=LINES, title=None, labelLimit=170, ticks=False, domain=False, labelOverlap=False,
        # A label hangs from its first line; so much higher it stands beside its row.
        labelOffset=-lines * LABEL_LINE / 2,
    )  # fmt: skip
    return alt.Y("label:N", sort=list(dict.fromkeys(labels)), axis=axis)


def told_apart(field: str, groups: list[str]) -> dict[str, Any]:
    """Groups by shape and colour, with one legend for both; nothing where there is one group."""
    if len(groups) < 2:
        return {}
    one_line = sum(map(len, groups)) <= LEGEND_LETTERS
    legend = alt.Legend(title=None, direction="horizontal" if one_line else "vertical")
    shapes = alt.Scale(domain=groups, range=list(SHAPES[: len(groups)]))
    return {
        "shape": alt.Shape(f"{field}:N", sort=groups, scale=shapes, legend=legend),
        "color": alt.Color(
            f"{field}:N", sort=groups, scale=alt.Scale(domain=groups), legend=legend
        ),
    }


def upright_line(value: float, dash: list[int]) -> alt.Chart:
    """A line across all rows at one value of the axis."""
    line = alt.Chart(pd.DataFrame({"line": [value]})).mark_rule(color=TEXT, strokeDash=dash)
    return line.encode(x=alt.X("line:Q"))


def direction_title(title: str, scale: Scale) -> str:
    """The title of an axis of scores that runs from left to right."""
    if scale.better == "neither":
        return title
    return f"{title}, better →" if scale.better == "higher" else f"← better, {title.lower()}"


def domain_of(
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
