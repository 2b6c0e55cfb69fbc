"""Every measure of one site in one picture, on one footing: the size of its change."""

from __future__ import annotations

from collections.abc import Mapping

import altair as alt
import pandas as pd

from evaluation.report import site_chart_wording, wording
from evaluation.report.charts.theme import (
    AXIS_HEIGHT,
    BREAK,
    TEXT,
    Chart,
    rows_of_labels,
    themed,
    two_lines,
    upright_line,
)
from instruments.definition import Instrument

SIZE = "Size of change (Hedges' g), better →"
ROW_HEIGHT, AIR = 56, 0.1
_TOO_FEW = ("counts", "mean_only")


def measures_chart(effects: pd.DataFrame, instruments: Mapping[str, Instrument]) -> Chart:
    """A line for each measure with its interval, questionnaire by questionnaire.

    The order is that of the questionnaires and their scales, never that of the sizes. ``effects``:
    rows of one site and contrast. A measure with too few people, or of which neither direction is
    better, keeps its line and says so.
    """
    rows = _in_order(effects, instruments)
    shown = rows["g_pre"].notna() & ~rows["display_tier"].isin(_TOO_FEW)
    sizes = rows[["g_pre", "g_pre_low", "g_pre_high"]].astype(float).where(shown)
    data = pd.DataFrame(
        {
            "label": [
                _label(row, instruments, there)
                for row, there in zip(rows.to_dict("records"), shown, strict=True)
            ],
            "size": sizes["g_pre"].to_numpy(),
            "low": sizes["g_pre_low"].to_numpy(),
            "high": sizes["g_pre_high"].to_numpy(),
        }
    )
    ends = data[["size", "low", "high"]].fillna(0.0)
    domain = [float(ends.min().min()) - AIR, float(ends.max().max()) + AIR]
    scale = alt.Scale(domain=domain, nice=True, zero=False)
    x = alt.X("size:Q", title=SIZE, scale=scale, axis=alt.Axis(tickCount=6))
    base = alt.Chart(data).encode(y=rows_of_labels(data["label"]))
    layers = alt.layer(
        upright_line(0, [4, 4]),
        base.mark_rule(color=TEXT, strokeWidth=3, opacity=0.5).encode(
            x=alt.X("low:Q"), x2="high:Q"
        ),
        base.mark_point(shape="diamond", size=110, filled=True, opacity=1).encode(x=x),
    )
    known = rows[shown].to_dict("records")
    height = ROW_HEIGHT * len(data) + AXIS_HEIGHT
    return Chart(themed(layers, height=height), site_chart_wording.measures_finding(known))


def _in_order(effects: pd.DataFrame, instruments: Mapping[str, Instrument]) -> pd.DataFrame:
    known = [(one.id, scale.id) for one in instruments.values() for scale in one.scales]
    order = {measure: place for place, measure in enumerate(known)}
    places = [order[key] for key in zip(effects["instrument"], effects["scale"], strict=True)]
    return effects.assign(place=places).sort_values("place", kind="stable").drop(columns="place")


def _label(row: dict, instruments: Mapping[str, Instrument], shown: bool) -> str:
    scale = instruments[row["instrument"]].scale(row["scale"])
    # Two lines wherever there are two words, so that all labels stand level with their marks.
    name = two_lines(scale.label, most=0)
    if shown:
        return f"{name}{BREAK}{wording.n_in(row)}"
    return f"{name}{BREAK}{'no direction' if scale.better == 'neither' else 'too few to show'}"
