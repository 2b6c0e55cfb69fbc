"""The flow diagram (after CONSORT): a column of steps, and beside each who is not in it, and why.

Heights are pixels and widths parts of the page, so that the text stays readable on a telephone.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import altair as alt
import pandas as pd

from evaluation.report import flow_wording
from evaluation.report.charts.theme import BREAK, TEXT, Chart, themed

LINE, PADDING = 18, 9  # pixels
LEAST_GAP, APART = 34, 8
LEFT, RIGHT = (0.5, 46.0), (51.0, 99.5)  # of 100 parts of the width
FONT = 13
_ARROW = 6


@dataclass(frozen=True, slots=True)
class Box:
    """A box with its text; ``kind`` is ``main`` (a step) or ``side`` (who is not in it)."""

    kind: str
    left: float
    right: float
    top: float
    bottom: float
    text: str

    @property
    def middle(self) -> float:
        return (self.top + self.bottom) / 2


@dataclass(frozen=True, slots=True)
class Arrow:
    """An arrow from one point to another; ``head`` is ``down`` or ``right``."""

    head: str
    x: float
    y: float
    x2: float
    y2: float


def flow_diagram(flow: pd.DataFrame) -> Chart:
    """The diagram of one site (or of all) and one unit.

    ``flow``: rows of `evaluation.tables.flow.flow_table` in the order of the steps, or the same
    from `release_flow`, where a blank count is one that is hidden.
    """
    rows = flow.astype(object).where(flow.notna(), None).to_dict("records")
    boxes, arrows = place_boxes([flow_wording.step_lines(row) for row in rows],
                                [flow_wording.out_lines(row) for row in rows])  # fmt: skip
    height = max((box.bottom for box in boxes), default=0.0) + 1
    return Chart(
        themed(_draw(boxes, arrows, height), height=height), flow_wording.flow_finding(rows)
    )


def place_boxes(steps: list[list[str]], out: list[list[str]]) -> tuple[list[Box], list[Arrow]]:
    """Steps below one another; those who are not in a step beside the arrow that leads to it."""
    boxes: list[Box] = []
    arrows: list[Arrow] = []
    centre = (LEFT[0] + LEFT[1]) / 2
    gap = _gap(steps, out)
    top = 1.0
    for number, (lines, beside) in enumerate(zip(steps, out, strict=True)):
        if number:
            arrows.append(Arrow("down", centre, top - gap, centre, top))
        if number and beside:
            turn, half = top - gap / 2, _height(beside) / 2
            boxes.append(Box("side", *RIGHT, turn - half, turn + half, BREAK.join(beside)))
            arrows.append(Arrow("right", centre, turn, RIGHT[0], turn))
        boxes.append(Box("main", *LEFT, top, top + _height(lines), BREAK.join(lines)))
        top += _height(lines) + gap
    return boxes, arrows


def _gap(steps: list[list[str]], out: list[list[str]]) -> float:
    """The least distance between steps at which no two boxes beside them touch."""
    halves = [_height(lines) / 2 if lines else 0.0 for lines in out]
    needed = [
        above + below + APART - _height(lines)
        for above, below, lines in zip(halves[1:], halves[2:], steps[1:], strict=False)
    ]
    return max([LEAST_GAP, *needed])


def _height(lines: list[str]) -> float:
    return LINE * len(lines) + 2 * PADDING


def _draw(boxes: list[Box], arrows: list[Arrow], height: float) -> alt.LayerChart | alt.FacetChart:
    data = pd.DataFrame([asdict(box) for box in boxes], columns=list(Box.__dataclass_fields__))
    n_lines = data["text"].str.count(f"\\{BREAK}")
    # A text hangs from its first line, whose middle this is.
    data["first"] = (data["top"] + data["bottom"] - LINE * n_lines) / 2
    data["centre"] = (data["left"] + data["right"]) / 2
    down = alt.Scale(domain=[0, height], reverse=True, nice=False, zero=False)
    across = alt.Scale(domain=[0, 100], nice=False, zero=False)

    def x(name: str) -> alt.X:
        return alt.X(f"{name}:Q", scale=across, axis=None)

    def y(name: str) -> alt.Y:
        return alt.Y(f"{name}:Q", scale=down, axis=None)

    base = alt.Chart(data)
    steps, beside = (base.transform_filter(f"datum.kind == '{kind}'") for kind in ("main", "side"))
    frame: dict[str, Any] = {"x": x("left"), "x2": "right:Q", "y": y("top"), "y2": "bottom:Q"}
    words: dict[str, Any] = {"text": alt.Text("text:N"), "y": y("first")}
    text: dict[str, Any] = {
        "color": TEXT,
        "lineBreak": BREAK,
        "lineHeight": LINE,
        "baseline": "middle",
    }
    lines = pd.DataFrame(
        [asdict(arrow) for arrow in arrows], columns=["head", "x", "y", "x2", "y2"]
    )
    shafts = alt.Chart(lines)
    head: dict[str, Any] = {"filled": True, "color": TEXT, "size": 70, "opacity": 1}
    return alt.layer(
        shafts.mark_rule(color=TEXT, strokeWidth=1.5).encode(
            x=x("x"), x2="x2:Q", y=y("y"), y2="y2:Q"
        ),
        _heads(shafts, "down")
        .mark_point(shape="triangle-down", yOffset=-_ARROW, **head)
        .encode(x=x("x2"), y=y("y2")),
        _heads(shafts, "right")
        .mark_point(shape="triangle-right", xOffset=-_ARROW, **head)
        .encode(x=x("x2"), y=y("y2")),
        steps.mark_rect(stroke=TEXT, strokeWidth=2, fillOpacity=0.12, cornerRadius=3).encode(
            **frame
        ),
        beside.mark_rect(stroke=TEXT, strokeWidth=1, fillOpacity=0.0, cornerRadius=3).encode(
            **frame
        ),
        steps.mark_text(align="center", fontWeight="bold", **text).encode(x=x("centre"), **words),
        beside.mark_text(align="left", dx=PADDING, **text).encode(x=x("left"), **words),
    )


def _heads(shafts: alt.Chart, head: str) -> alt.Chart:
    return shafts.transform_filter(f"datum.head == '{head}'")
