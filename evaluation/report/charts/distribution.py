"""How scores lay before and after, on the same bins."""

from __future__ import annotations

from typing import Any

import altair as alt
import pandas as pd

from evaluation.report import site_chart_wording, wording
from evaluation.report.charts.theme import TEXT, Chart, direction_title, themed
from instruments.definition import Scale

HEIGHT = 300
HEADROOM = 1.25  # above the highest bar, for the marks of the averages and the boundary's name
CONCERN = "range of concern"


def distribution_chart(
    bins: pd.DataFrame,
    scale: Scale,
    *,
    times: tuple[str, str],
    means: tuple[float, float],
    boundary: float | None = None,
    unit: wording.Unit = wording.PERSON,
) -> Chart:
    """An outline for the earlier scores over filled bars for the later ones.

    ``bins``: low, high, n_before, n_after, as :func:`evaluation.tables.site_pictures.score_bins`
    gives them. ``times`` are the two waves, ``boundary`` where the line of the cut-off is drawn.
    The averages stand above: a circle for the earlier, a diamond for the later one.
    """
    n = int(bins["n_before"].sum()) if len(bins) else 0
    most = float(bins[["n_before", "n_after"]].max().max()) if n else 1.0
    low, high = (float(bins["low"].iloc[0]), float(bins["high"].iloc[-1])) if n else (0.0, 1.0)
    lowest = min(low, boundary) if boundary is not None else low
    highest = max(high, boundary) if boundary is not None else high
    # A table of its own holds the last edge, where the outline comes down again.
    steps = pd.DataFrame(
        {"edge": [low, *bins["low"], high], "n": [0, *bins["n_before"], 0]}, dtype=float
    )
    across = alt.Scale(domain=[lowest, highest], nice=False, zero=False)
    upwards = alt.Scale(domain=[0, HEADROOM * most], nice=False)
    x = alt.X("low:Q", title=direction_title("Score", scale), scale=across)
    y = alt.Y(
        "n_after:Q", title=f"{wording.capital(unit[1])} (of {wording.count(n)})", scale=upwards,
        axis=alt.Axis(tickMinStep=1, format="d", tickCount=5),
    )  # fmt: skip
    bars = alt.Chart(bins[["low", "high", "n_after"]].astype(float))
    outline = alt.Chart(_corners(steps))
    layers = [
        bars.mark_bar(opacity=0.45, binSpacing=1).encode(x=x, x2="high:Q", y=y, y2=alt.datum(0)),
        outline.mark_line(color=TEXT, strokeWidth=2, strokeJoin="miter").encode(
            x=alt.X("edge:Q"), y=alt.Y("n:Q"), order=alt.Order("place:Q")
        ),
        *_averages(means, 1.08 * most, upwards),
    ]
    if boundary is not None:
        layers += _boundary(boundary, scale, HEADROOM * most, middle=(lowest + highest) / 2)
    finding = site_chart_wording.distribution_finding(
        bins, scale, times=times, means=means, unit=unit
    )
    return Chart(themed(alt.layer(*layers), height=HEIGHT), finding)


def _corners(steps: pd.DataFrame) -> pd.DataFrame:
    """The corners of the outline: at each edge it goes from the last height to the next."""
    heights = steps["n"].tolist()
    edges = steps["edge"].tolist()[1:]
    corners = [
        (edge, height)
        for edge, last, following in zip(edges, heights, heights[1:], strict=False)
        for height in (last, following)
    ]
    table = pd.DataFrame(corners, columns=["edge", "n"], dtype=float)
    return table.assign(place=range(len(table)))


def _averages(means: tuple[float, float], height: float, upwards: alt.Scale) -> list[alt.Chart]:
    """A circle for the earlier and a diamond for the later average, as in the other charts."""
    styles: tuple[dict[str, Any], ...] = (
        {"shape": "circle", "size": 90, "color": TEXT, "opacity": 1},
        {"shape": "diamond", "size": 140, "filled": True, "opacity": 1},
    )
    return [
        alt.Chart(pd.DataFrame({"mean": [float(mean)], "height": [height]}))
        .mark_point(**style)
        .encode(x=alt.X("mean:Q"), y=alt.Y("height:Q", scale=upwards))
        for mean, style in zip(means, styles, strict=True)
        if wording.is_known(float(mean))
    ]


def _boundary(value: float, scale: Scale, top: float, *, middle: float) -> list[alt.Chart]:
    """The line of the cut-off, with its name on the side where there is more room."""
    arrow = "←" if scale.better == "higher" else "→"
    name = f"{arrow} {CONCERN}" if arrow == "←" else f"{CONCERN} {arrow}"
    to_the_right = value < middle
    line = alt.Chart(pd.DataFrame({"line": [value], "top": [top], "name": [name]}))
    rule = line.mark_rule(color=TEXT, strokeDash=[6, 3]).encode(x=alt.X("line:Q"))
    text = line.mark_text(
        color=TEXT, baseline="top", align="left" if to_the_right else "right",
        dx=5 if to_the_right else -5,
    ).encode(x=alt.X("line:Q"), y=alt.Y("top:Q"), text="name:N")  # fmt: skip
    return [rule, text]
