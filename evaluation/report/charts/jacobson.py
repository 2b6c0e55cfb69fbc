"""Scores before against scores after (after Jacobson and Truax, 1991), for a site's own people.

Each mark is a pair of scores, so this picture never leaves the site and is drawn from five people
upwards only. It knows no codes and joins no partners.
"""

from __future__ import annotations

from typing import Any

import altair as alt
import pandas as pd

from evaluation.report import site_chart_wording, wording
from evaluation.report.charts.theme import TEXT, Chart, themed
from evaluation.tables.site_pictures import FEW_FOR_INTERVAL
from instruments.definition import Scale

HEIGHT, LEGEND_LINE = 420, 28  # pixels
NOT_CLASSED = "Answered both times"
# class: its name, shape, and place in the palette; grey for no clear change.
CLASSES = {
    "recovered": ("Clearly better, left range of concern", "diamond", 0),
    "improved": ("Clearly better", "triangle-up", 1),
    "unchanged": ("No clear change", "circle", 4),
    "deteriorated": ("Clearly worse", "triangle-down", 3),
    "harmed": ("Clearly worse, now in range of concern", "cross", 2),
}
_IN_PALETTE = sorted(CLASSES, key=lambda name: CLASSES[name][2])


def jacobson_plot(
    points: pd.DataFrame,
    scale: Scale,
    *,
    times: tuple[str, str],
    rc_points: float,
    boundary: float | None = None,
    unit: wording.Unit = wording.PERSON,
) -> Chart:
    """Marks on both sides of the line of no change, by class, with the band of reliable change.

    ``points``: before, after, change_class, n, as
    :func:`evaluation.tables.site_pictures.score_points` gives them; ``rc_points`` NaN where the
    smallest reliable change is not known.

    Raises
    ------
    ValueError
        For fewer than five people: a mark would then point at somebody.
    """
    n = int(points["n"].sum())
    if n < FEW_FOR_INTERVAL:
        raise ValueError(f"points: {n} people; a mark for each needs at least {FEW_FOR_INTERVAL}")
    known = wording.is_known(rc_points) and bool((points["change_class"] != "").all())
    data = pd.DataFrame(
        {
            "before": points["before"].astype(float),
            "after": points["after"].astype(float),
            "n": points["n"].astype(int),
            "class": [_name(code) for code in points["change_class"]] if known else NOT_CLASSED,
        }
    )
    low, high = _limits(data, scale, rc_points if known else 0.0)
    domain = alt.Scale(domain=[low, high], nice=False, zero=False)
    x = alt.X("before:Q", title=_title(times[0], scale), scale=domain)
    y = alt.Y("after:Q", title=_title(times[1], scale), scale=domain)
    size = alt.Size(
        "n:Q", scale=alt.Scale(domain=[1, max(5, int(data["n"].max()))], range=[60, 260]),
        legend=None,
    )  # fmt: skip
    marks = alt.Chart(data).mark_point(filled=True, opacity=0.8).encode(
        x=x, y=y, size=size, **(_apart(points["change_class"]) if known else {})
    )  # fmt: skip
    layers = [*_lines(low, high, rc_points if known else None, boundary), marks]
    layers += _corner(scale)
    # The legend takes its room from the picture.
    height = HEIGHT + LEGEND_LINE * (data["class"].nunique() if known else 0)
    counts = _counts(points) if known else None
    finding = site_chart_wording.points_finding(counts, n=n, unit=unit)
    return Chart(themed(alt.layer(*layers), height=height), finding)


def _name(code: str) -> str:
    return CLASSES[code][0]


def _counts(points: pd.DataFrame) -> dict[str, int]:
    n = points.groupby("change_class")["n"].sum()
    each = {name: int(n.get(name, 0)) for name in CLASSES}
    return {
        "better": each["recovered"] + each["improved"],
        "unchanged": each["unchanged"],
        "worse": each["deteriorated"] + each["harmed"],
    }


def _limits(data: pd.DataFrame, scale: Scale, rc_points: float) -> tuple[float, float]:
    """The same range on both axes: that of the scores, and some air."""
    values = data[["before", "after"]]
    low, high = float(values.min().min()), float(values.max().max())
    air = max(0.05 * (high - low), 0.25 * rc_points, 1.0)
    return max(low - air, scale.score_range[0] - 0.5), min(high + air, scale.score_range[1] + 0.5)


def _apart(classes: pd.Series) -> dict[str, alt.Shape | alt.Color]:
    """Classes by shape and colour, the same ones whichever classes occur."""
    domain = [_name(name) for name in _IN_PALETTE]
    present = [_name(name) for name in CLASSES if (classes == name).any()]
    legend = alt.Legend(
        title=None, values=present, columns=1, labelLimit=300, symbolSize=110, symbolOpacity=1
    )
    shapes = alt.Scale(domain=domain, range=[CLASSES[name][1] for name in _IN_PALETTE])
    return {
        "shape": alt.Shape("class:N", scale=shapes, legend=legend),
        "color": alt.Color("class:N", scale=alt.Scale(domain=domain), legend=legend),
    }


def _lines(
    low: float, high: float, rc_points: float | None, boundary: float | None
) -> list[alt.Chart]:
    """No change, the band within which a change may be chance, and the range of concern."""
    ends = pd.DataFrame({"x": [low, high]})
    ends["same"] = ends["x"]
    x = alt.X("x:Q")
    base = alt.Chart(ends)
    lines = [base.mark_line(color=TEXT, strokeWidth=1.5, clip=True).encode(x=x, y="same:Q")]
    if rc_points is not None:
        ends["lower"], ends["upper"] = ends["x"] - rc_points, ends["x"] + rc_points
        band = alt.Chart(ends)
        lines = [
            band.mark_area(color=TEXT, opacity=0.08, clip=True).encode(
                x=x, y=alt.Y("lower:Q"), y2="upper:Q"
            ),
            *[
                band.mark_line(color=TEXT, strokeDash=[5, 4], strokeWidth=1, clip=True).encode(
                    x=x, y=f"{name}:Q"
                )
                for name in ("lower", "upper")
            ],
            *lines,
        ]
    if boundary is not None and low < boundary < high:
        edge = alt.Chart(pd.DataFrame({"edge": [boundary]}))
        style: dict[str, Any] = {"color": TEXT, "strokeDash": [2, 3], "opacity": 0.8}
        lines += [edge.mark_rule(**style).encode(x="edge:Q"),
                  edge.mark_rule(**style).encode(y="edge:Q")]  # fmt: skip
    return lines


def _corner(scale: Scale) -> list[alt.Chart]:
    """The word for the side of the line on which things got better, in the corner farthest out."""
    if scale.better == "neither":
        return []
    up = scale.better == "higher"
    place = {"x": alt.value(8 if up else "width"), "y": alt.value(6 if up else "height")}
    text = alt.Chart(pd.DataFrame({"text": ["↖ better" if up else "better ↘"]}))
    return [
        text.mark_text(
            color=TEXT, fontWeight="bold", align="left" if up else "right",
            baseline="top" if up else "bottom", dx=0 if up else -8, dy=0 if up else -6,
        ).encode(text="text:N", **place)
    ]  # fmt: skip


def _title(wave: str, scale: Scale) -> str:
    """The title of an axis; which way is better is said on both."""
    title = f"Score {wording.wave_name(wave)}"
    if scale.better == "neither":
        return title
    return f"{title}, better →" if scale.better == "higher" else f"← better, {title.lower()}"
