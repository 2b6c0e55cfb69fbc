"""The plot of a run: seconds by size, for each step and each way, both axes by tens."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import altair as alt
import pandas as pd

from benchmarks.measuring import FLOOR, INSTEAD, OURS, Measured, Step
from evaluation.report.charts.theme import SHAPES, TEXT
from evaluation.report.pictures import INK, PALETTE, PAPER, VERSION

COLUMNS, WIDTH, HEIGHT = 4, 170, 130
NAMES = {OURS: "ours", FLOOR: "the floor", INSTEAD: "instead of ours"}


def draw(steps: Sequence[Step], measured: Measured, path: Path) -> bool:
    """Write the plot as PNG; False if no step has two sizes."""
    import vl_convert

    names = {step.name: f"{step.name} ({step.unit})" for step in steps}
    table = pd.DataFrame(
        [
            {"step": names[t.step], "way": t.way, "kind": NAMES[t.kind], "size": t.size,
             "seconds": t.seconds}
            for t in measured.taken if t.size
        ]
    )  # fmt: skip
    if table.empty or table.groupby(["step", "way"]).size().max() < 2:
        return False
    plain = json.dumps(_spec(table), ensure_ascii=False).replace(TEXT, INK)
    path.write_bytes(vl_convert.vegalite_to_png(json.loads(plain), VERSION, scale=1))
    return True


def _spec(table: pd.DataFrame) -> dict[str, Any]:
    kinds = list(NAMES.values())
    base = alt.Chart(table).encode(
        x=alt.X(
            "size:Q",
            scale=alt.Scale(type="log", nice=False),
            title="size",
            axis=alt.Axis(format="~s"),
        ),
        y=alt.Y("seconds:Q", scale=alt.Scale(type="log"), axis=alt.Axis(format="~g")),
        color=alt.Color("kind:N", title=None, scale=alt.Scale(domain=kinds, range=PALETTE[:3])),
        detail="way:N",
    )
    points = base.mark_point(filled=True, size=50).encode(
        shape=alt.Shape("kind:N", title=None, scale=alt.Scale(domain=kinds, range=list(SHAPES[:3])))
    )
    chart = (
        alt.layer(base.mark_line(), points)
        .properties(width=WIDTH, height=HEIGHT)
        .facet(facet=alt.Facet("step:N", title=None, sort=None), columns=COLUMNS)
        .resolve_scale(x="independent", y="independent")
        .configure(background=PAPER, padding=16)
        .configure_legend(orient="top", labelFontSize=13)
        .configure_axis(labelAngle=0)
    )
    return dict(chart.to_dict())
