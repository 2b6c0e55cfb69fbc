"""At which times people answered, as patterns."""

from __future__ import annotations

import altair as alt
import pandas as pd

from evaluation.report import chart_wording, wording
from evaluation.report.charts.theme import (
    BREAK,
    LABEL_LINE,
    LINES,
    TEXT,
    Chart,
    rows_of_labels,
    themed,
    two_lines,
)

TILE_HEIGHT, LABELS_HEIGHT = 38, 50
MOST_LETTERS = 10


def missing_pattern_chart(patterns: pd.DataFrame) -> Chart:
    """A line of tiles for each pattern of answers: filled = answered, empty = no answer.

    ``patterns``: wave (its code), pattern (a number), n (people with it; blank = hidden), present
    (yes or no, or a bool); in the order of time, patterns in the order they are to be shown.
    """
    counts = patterns["n"].astype(object).where(patterns["n"].notna(), None)
    present = patterns["present"].isin([True, "yes"])
    data = pd.DataFrame(
        {
            "label": [
                f"Pattern {number}{BREAK}{wording.people(n)}"
                for number, n in zip(patterns["pattern"], counts, strict=True)
            ],
            "wave": [
                two_lines(wording.wave_title(wave), most=MOST_LETTERS) for wave in patterns["wave"]
            ],
            "mark": present.map({True: "✓", False: "–"}).to_numpy(),
        }
    )
    waves = list(dict.fromkeys(data["wave"]))
    axis = alt.Axis(
        title=None, orient="top", ticks=False, domain=False, labelOverlap=False,
        labelExpr=LINES,
        labelPadding=4 + LABEL_LINE * max((wave.count(BREAK) for wave in waves), default=0),
    )  # fmt: skip
    base = alt.Chart(data).encode(
        x=alt.X("wave:N", sort=waves, axis=axis), y=rows_of_labels(data["label"])
    )
    answered = alt.condition("datum.mark == '✓'", alt.value(0.35), alt.value(0.0))
    layers = alt.layer(
        base.mark_rect(stroke=TEXT, strokeWidth=1).encode(fillOpacity=answered),
        base.mark_text(color=TEXT, fontSize=15).encode(text="mark:N"),
    )
    finding = chart_wording.patterns_finding(patterns.assign(present=present))
    height = TILE_HEIGHT * data["label"].nunique() + LABELS_HEIGHT
    return Chart(themed(layers, height=height), finding)
