"""Sites beside their average, and in a funnel; sites that may not be shown are not in the data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import altair as alt
import numpy as np
import pandas as pd

from evaluation.analysis.funnel import BEYOND_95, BEYOND_998, FUNNEL_LEVELS, INSIDE, mean_limits
from evaluation.report import comparison_wording, wording
from evaluation.report.charts.change import IMPROVEMENT
from evaluation.report.charts.theme import (
    BREAK,
    TEXT,
    Chart,
    domain_of,
    finish,
    rows_of_labels,
    themed,
    told_apart,
    upright_line,
)
from instruments.definition import Scale

FUNNEL_HEIGHT = 380
FUNNEL_POINTS = 12
NAME_WIDTH, NAME_HEIGHT = 0.5, 0.06  # of the chart, on a telephone
_DASHES = {"average": [1, 0], "95": [6, 4], "998": [2, 4]}
_ENDS = ("improvement", "improvement_low", "improvement_high")


def draw_sites(
    sites: pd.DataFrame, pool: Mapping[str, Any] | None, spread: float | None, scale: Scale
) -> list[Chart]:
    """The sites with their average, then the funnel where there is what it takes; may be empty."""
    if scale.better == "neither" or pool is None or not sites["improvement"].notna().any():
        return []
    drawn = [sites_chart(sites, pool, scale)]
    in_funnel = sites["improvement"].notna() & sites["n"].notna()
    if spread is not None and wording.is_known(pool["estimate"]) and in_funnel.any():
        average = float(pool["estimate"])
        drawn.append(funnel_chart(sites, average=average, spread=spread, scale=scale))
    return drawn


def sites_chart(sites: pd.DataFrame, pool: Mapping[str, Any], scale: Scale) -> Chart:
    """Each site's average with its interval, the average over sites below, a band behind them.

    ``sites``: site, n, improvement and its ends, shrunken and rate (the share heard from), in the
    order in which they are to be shown. A site without an estimate has no row. ``pool``: the row
    of all sites together; the band is its prediction interval, from three sites on.
    """
    shown = sites[sites["improvement"].notna()]
    data = _estimates(shown)
    rows = list(data["label"])
    if wording.is_known(pool["estimate"]):
        of_all = f"Average of{BREAK}{wording.people(pool['k'], 'site', 'sites')}"
        rows.append(of_all)
        data.loc[len(data)] = [of_all, pool["estimate"], pool["low_hk"], pool["high_hk"]]
    band = _band(pool)
    domain = domain_of(_spans(data, band), include=0.0)
    y = rows_of_labels(pd.Series(rows))
    x = alt.X("value:Q", title=IMPROVEMENT, scale=domain, axis=alt.Axis(tickCount=6))
    base = alt.Chart(data).encode(y=y)
    layers = [] if band is None else [_band_layer(band)]
    layers += [
        upright_line(0, [4, 4]),
        base.mark_rule(color=TEXT, strokeWidth=3, opacity=0.5).encode(
            x=alt.X("low:Q"), x2="high:Q"
        ),
    ]
    drawn = shown["shrunken"].notna()
    if drawn.any():
        towards = pd.DataFrame(
            {
                "label": data["label"][: len(shown)][drawn.to_numpy()],
                "value": shown.loc[drawn, "shrunken"].astype(float).to_numpy(),
            }
        )
        hollow = alt.Chart(towards).mark_point(
            shape="circle", size=130, filled=False, strokeWidth=2, color=TEXT, opacity=1
        )
        layers.append(hollow.encode(x=x, y=y))
    layers.append(base.mark_point(shape="diamond", size=110, filled=True, opacity=1).encode(x=x))
    finding = comparison_wording.forest_finding(shown, pool, scale)
    return Chart(finish(alt.layer(*layers), len(rows)), finding)


def _estimates(shown: pd.DataFrame) -> pd.DataFrame:
    labels = [
        f"{row['site']}{BREAK}{wording.n_in(row)}{_heard_from(row['rate'])}"
        for row in shown.to_dict("records")
    ]
    data = pd.DataFrame({"label": labels})
    return data.assign(
        **{
            name: shown[column].astype(float).to_numpy()
            for name, column in zip(("value", "low", "high"), _ENDS, strict=True)
        }
    )


def _heard_from(rate: Any) -> str:
    return f", heard {wording.percent(rate)}" if wording.is_known(rate) else ""


def _band(pool: Mapping[str, Any]) -> tuple[float, float] | None:
    known = wording.is_known(pool["prediction_low"]) and wording.is_known(pool["prediction_high"])
    if not known or pool["k"] < comparison_wording.FEWEST_FOR_BAND:
        return None
    return float(pool["prediction_low"]), float(pool["prediction_high"])


def _spans(data: pd.DataFrame, band: tuple[float, float] | None) -> pd.DataFrame:
    spans = data[["value", "low", "high"]].astype(float)
    if band is None:
        return spans
    return pd.concat([spans, pd.DataFrame({"low": [band[0]], "high": [band[1]]})])


def _band_layer(band: tuple[float, float]) -> alt.Chart:
    ends = pd.DataFrame({"from": [band[0]], "to": [band[1]]})
    return alt.Chart(ends).mark_rect(color="gray", opacity=0.22).encode(x="from:Q", x2="to:Q")


def funnel_chart(sites: pd.DataFrame, *, average: float, spread: float, scale: Scale) -> Chart:
    """Sites by size and average change, with the lines that chance alone seldom crosses.

    ``sites``: site, n (rounded), improvement and funnel_position; a site without an estimate is
    left out. ``average``: over sites, in points. ``spread``: the standard deviation of one
    person's change that the lines are drawn with. Each site is marked by its own position, which
    was judged by its exact numbers.
    """
    shown = sites[sites["improvement"].notna() & sites["n"].notna()]
    n = shown["n"].astype(float)
    sizes = np.geomspace(0.75 * n.min(), 1.15 * n.max(), FUNNEL_POINTS)
    lines = pd.DataFrame({"n": sizes, "average": average})
    for level, name in zip(FUNNEL_LEVELS, ("95", "998"), strict=True):
        low, high = mean_limits(average, sd=spread, n=sizes, level=level)
        lines = lines.assign(**{f"low_{name}": low, f"high_{name}": high})
    lines = lines.round(3)
    points = pd.DataFrame(
        {
            "site": shown["site"].to_numpy(object),
            "n": n.to_numpy(),
            "value": shown["improvement"].astype(float).to_numpy(),
            "position": [comparison_wording.position_words(p) for p in shown["funnel_position"]],
        }
    )
    spans = pd.concat([lines.drop(columns="n"), points[["value"]]])
    domain = domain_of(spans)
    points["name_at"] = _apart(points, height=float(spans.max().max() - spans.min().min()))
    x = alt.X(
        "n:Q", title="People with both scores", axis=alt.Axis(tickCount=5),
        scale=alt.Scale(domain=[float(sizes[0]), float(sizes[-1])], nice=False, zero=False),
    )  # fmt: skip
    positions = [comparison_wording.position_words(p) for p in (INSIDE, BEYOND_95, BEYOND_998)]
    kinds = [name for name in positions if name in set(points["position"])]
    marks = alt.Chart(points).encode(x=x, y=alt.Y("value:Q", scale=domain))
    names = alt.Chart(points).encode(x=x, y=alt.Y("name_at:Q", scale=domain), text="site:N")
    layers = [
        _lines(lines, x, domain),
        marks.mark_point(size=120, filled=True, opacity=1).encode(**told_apart("position", kinds)),
        names.transform_filter(f"datum.n <= {_turn(n)}").mark_text(color=TEXT, align="left", dx=9),
        names.transform_filter(f"datum.n > {_turn(n)}").mark_text(color=TEXT, align="right", dx=-9),
    ]
    finding = comparison_wording.funnel_finding(shown, scale)
    hidden = sites[sites["improvement"].notna() & sites["n"].isna()]
    if len(hidden):
        names_of = wording.joined(sorted(hidden["site"].astype(str)))
        finding += f" Not drawn, since their numbers of people are hidden: {names_of}."
    spec = themed(alt.layer(*layers), height=FUNNEL_HEIGHT)
    spec["config"]["legend"]["columns"] = 1  # side by side they do not fit on a telephone
    return Chart(spec, finding)


def _apart(points: pd.DataFrame, *, height: float) -> list[float]:
    """Where the names stand: beside their marks, or higher where they would lie on another name."""
    width = float(points["n"].max() - points["n"].min())
    placed: list[tuple[float, float]] = []
    found: dict[object, float] = {}
    for index, row in points.sort_values("value", kind="stable").iterrows():
        at = float(row["value"])
        for n, other in sorted(placed, key=lambda each: each[1]):
            if abs(n - row["n"]) <= NAME_WIDTH * width and abs(at - other) < NAME_HEIGHT * height:
                at = other + NAME_HEIGHT * height
        placed.append((float(row["n"]), at))
        found[index] = at
    return [found[index] for index in points.index]


def _turn(n: pd.Series) -> float:
    """From this size on a name stands left of its mark, so that it stays within the chart."""
    return float((n.min() + n.max()) / 2)


def _lines(lines: pd.DataFrame, x: alt.X, domain: alt.Scale) -> alt.Chart:
    """The average, and the limits dashed and dotted; one layer, since each costs time."""
    names = [name for name in lines if name != "n"]
    dashes = [_DASHES[name.rpartition("_")[2]] for name in names]
    drawn = alt.Chart(lines).transform_fold(names, as_=["line", "limit"])
    return drawn.mark_line(color=TEXT, strokeWidth=1.2, opacity=0.8, interpolate="monotone").encode(
        x=x,
        y=alt.Y("limit:Q", title="Average change, better →", scale=domain),
        strokeDash=alt.StrokeDash(
            "line:N", scale=alt.Scale(domain=names, range=dashes), legend=None
        ),
    )
