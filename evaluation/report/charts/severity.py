"""People in each published band before and after, and how many moved to a better or a worse one."""

from __future__ import annotations

import altair as alt
import pandas as pd

from evaluation.analysis.intervals import wilson_interval
from evaluation.report import site_chart_wording, wording
from evaluation.report.charts.theme import (
    AXIS_HEIGHT,
    TEXT,
    Chart,
    rows_of_labels,
    share_bars,
    themed,
    two_lines,
)
from evaluation.tables.site_pictures import BandMoves
from instruments.definition import Scale

BAND_HEIGHT = 62


def bands_chart(
    moves: BandMoves,
    scale: Scale,
    *,
    times: tuple[str, str],
    unit: wording.Unit = wording.PERSON,
) -> Chart:
    """Two bars for each band, the worst band first: outlined = before, filled = after."""
    counts = moves.counts.iloc[::-1] if scale.better == "lower" else moves.counts
    labels = [two_lines(label) for label in counts["label"]]
    earlier, later = (_time(wave) for wave in times)
    data = pd.DataFrame(
        {
            "label": [*labels, *labels],
            "time": [earlier] * len(labels) + [later] * len(labels),
            "n": [*counts["n_before"].astype(int), *counts["n_after"].astype(int)],
        }
    )
    data["text"] = [wording.count(n) for n in data["n"]]
    most = max(int(data["n"].max()), 1)
    x = alt.X(
        "n:Q", title=f"{wording.capital(unit[1])} (of {wording.count(moves.n)})",
        scale=alt.Scale(domain=[0, 1.2 * most]),
        axis=alt.Axis(tickMinStep=1, format="d", tickCount=5, titleAnchor="start"),
    )  # fmt: skip
    base = alt.Chart(data).encode(
        y=rows_of_labels(pd.Series(labels)),
        yOffset=alt.YOffset("time:N", sort=[earlier, later]),
    )
    before, after = (base.transform_filter(f"datum.time == '{time}'") for time in (earlier, later))
    layers = alt.layer(
        before.mark_bar(fillOpacity=0, stroke=TEXT, strokeWidth=1.5, height=16).encode(x=x),
        after.mark_bar(opacity=0.75, height=16).encode(x=x),
        base.mark_text(align="left", dx=6, color=TEXT, baseline="middle").encode(
            x=x, text="text:N"
        ),
    )
    finding = site_chart_wording.bands_finding(moves, scale, times=times, unit=unit)
    return Chart(themed(layers, height=BAND_HEIGHT * len(labels) + AXIS_HEIGHT), finding)


def band_moves_chart(moves: BandMoves, unit: wording.Unit = wording.PERSON) -> Chart:
    """Of every 100 people, how many moved to a better band, stayed, moved to a worse one."""
    names = ("To a better band", "Same band", "To a worse band")
    counts = [count for count in (moves.better, moves.same, moves.worse) if count is not None]
    if len(counts) < len(names) or not moves.n:
        raise ValueError("moves: there are none to draw; without people or direction nobody moved")
    low, high = wilson_interval(counts, moves.n)
    data = pd.DataFrame(
        {
            "label": [two_lines(name) for name in names],
            "share": [100 * count / moves.n for count in counts],
            "low": 100 * pd.Series(low),
            "high": 100 * pd.Series(high),
            "text": [f"{wording.count(c)} of {wording.count(moves.n)}" for c in counts],
        }
    )
    finding = site_chart_wording.moves_sentence(moves, unit)
    return Chart(share_bars(data, f"Of every 100 {unit[1]}"), finding)


def _time(wave: str) -> str:
    return {"baseline": "At the start", "end": "At the end"}.get(
        wave, wording.capital(wording.wave_name(wave))
    )
