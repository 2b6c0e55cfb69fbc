"""How the people who were lost differed at the start from those who were kept."""

from __future__ import annotations

import textwrap

import altair as alt
import pandas as pd

from evaluation.analysis.lost_and_kept import AMBER, RED
from evaluation.report import chart_wording
from evaluation.report.charts.theme import (
    BREAK,
    SHAPES,
    Chart,
    finish,
    rows_of_labels,
    told_apart,
    two_lines,
    upright_line,
)

AXIS = "← lower for those lost, higher →"
LINE_LETTERS = 28


def love_plot(rows: pd.DataFrame) -> Chart:
    """Standardised differences between the lost and the kept, a line for each characteristic.

    ``rows``: step and characteristic (both in words), kind, smd (positive = more or higher among
    those lost), flag, n_kept, n_lost; in the order in which they are to be shown. The lines mark
    0.10 and 0.25. A characteristic that could not be compared keeps its line and says so.
    """
    steps = list(dict.fromkeys(rows["step"]))
    known = rows.groupby("characteristic", sort=False)["smd"].transform("count") > 0
    data = pd.DataFrame(
        {
            "label": [
                _label(name) if there else f"{_label(name)}{BREAK}not comparable"
                for name, there in zip(rows["characteristic"], known, strict=True)
            ],
            "smd": rows["smd"].astype(float).to_numpy(),
            "step": rows["step"].to_numpy(),
        }
    )
    widest = max(float(data["smd"].abs().max()) if data["smd"].notna().any() else 0.0, RED)
    domain = [-1.15 * widest, 1.15 * widest]
    x = alt.X("smd:Q", title=AXIS, scale=alt.Scale(domain=domain), axis=alt.Axis(tickCount=5))
    points = alt.Chart(data).encode(y=rows_of_labels(data["label"]), x=x)
    lines = [upright_line(0, [1, 0])]
    for sign in (-1, 1):
        lines += [upright_line(sign * AMBER, [2, 3]), upright_line(sign * RED, [6, 3])]
    layers = alt.layer(
        *[line.encode(opacity=alt.value(0.6)) for line in lines],
        points.mark_point(size=110, filled=True, opacity=1, shape=SHAPES[0]).encode(
            **told_apart("step", steps)
        ),
    )
    finding = chart_wording.love_plot_finding(rows.to_dict("records"))
    return Chart(finish(layers, data["label"].nunique(), labels=data["label"]), finding)


def _label(name: str) -> str:
    """The name on two lines, a long one on three: nothing of it is cut off."""
    if len(name) <= 2 * LINE_LETTERS:
        return two_lines(name)
    return BREAK.join(textwrap.wrap(name, LINE_LETTERS))
