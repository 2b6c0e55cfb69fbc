"""Both partners of the same couples side by side."""

from __future__ import annotations

import altair as alt
import pandas as pd

from evaluation.analysis.intervals import wilson_interval
from evaluation.report import site_chart_wording, wording
from evaluation.report.charts.change import IMPROVEMENT
from evaluation.report.charts.theme import (
    BREAK,
    TEXT,
    Chart,
    domain_of,
    finish,
    rows_of_labels,
    share_bars,
    two_lines,
    upright_line,
)
from evaluation.tables.site_pictures import Partners
from instruments.definition import Scale

_NAMES = {
    "mother": "Mothers",
    "father": "Fathers",
    "difference": f"Difference{BREAK}(mothers more →)",
}


def partners_chart(found: Partners, scale: Scale) -> Chart:
    """Average change of mothers, of fathers, and the difference within couples, with intervals."""
    if found.means.empty:
        raise ValueError("found: there is no couple of a mother and a father to draw")
    rows = found.means
    data = pd.DataFrame(
        {
            "label": [_label(row) for row in rows.to_dict("records")],
            "improvement": rows["improvement"].astype(float),
            "low": rows["low"].astype(float),
            "high": rows["high"].astype(float),
            "gap": rows["who"] == "difference",
        }
    )
    domain = domain_of(data[["improvement", "low", "high"]], include=0.0)
    x = alt.X("improvement:Q", title=IMPROVEMENT, scale=domain, axis=alt.Axis(tickCount=6))
    base = alt.Chart(data).encode(y=rows_of_labels(data["label"]))
    layers = alt.layer(
        upright_line(0, [4, 4]),
        base.mark_rule(color=TEXT, strokeWidth=3, opacity=0.5).encode(
            x=alt.X("low:Q"), x2="high:Q"
        ),
        base.transform_filter("!datum.gap")
        .mark_point(shape="diamond", size=130, filled=True, opacity=1)
        .encode(x=x),
        base.transform_filter("datum.gap")
        .mark_point(shape="circle", size=110, color=TEXT, opacity=1)
        .encode(x=x),
    )
    return Chart(finish(layers, len(data)), site_chart_wording.partners_finding(found, scale))


def couples_chart(found: Partners) -> Chart:
    """Of every 100 couples, in how many both, one or neither partner clearly got better."""
    if found.both is None or not found.n_couples:
        raise ValueError("found: who clearly got better is not known, so there is nothing to draw")
    counts = [int(count) for count in (found.both, found.one, found.neither) if count is not None]
    low, high = wilson_interval(counts, found.n_couples)
    data = pd.DataFrame(
        {
            "label": ["Both clearly|better", "One clearly|better", "Neither clearly|better"],
            "share": [100 * count / found.n_couples for count in counts],
            "low": 100 * pd.Series(low),
            "high": 100 * pd.Series(high),
            "text": [f"{wording.count(c)} of {wording.count(found.n_couples)}" for c in counts],
        }
    )
    return Chart(
        share_bars(data, "Of every 100 couples"), site_chart_wording.couples_sentence(found)
    )


def _label(row: dict) -> str:
    name = two_lines(_NAMES[row["who"]])
    if row["who"] == "difference":
        return name
    before, after = wording.number(row["mean_before"]), wording.number(row["mean_after"])
    return f"{name}, {wording.count(row['n'])}{BREAK}{before} to {after}"
