"""The charts: numbers where they belong, direction, order, theme, and nothing personal."""

from __future__ import annotations

import json
from dataclasses import replace

import pandas as pd
import pytest

from evaluation.report import charts
from instruments.definition import Scale

MOOD = Scale("total", "Low mood", (1,), "sum", (0, 27), "lower", "confirmed", "")
WELLBEING = replace(MOOD, label="Wellbeing", score_range=(14, 70), better="higher")


def effects(**columns) -> pd.DataFrame:
    base = {
        "site": ["Luton", "Croydon"], "contrast": ["baseline_end", "baseline_3m"], "n": [84, 40],
        "mean_before": [12.0, 12.0], "mean_after": [9.0, 10.0], "improvement": [3.0, 2.0],
        "improvement_low": [2.0, -0.5], "improvement_high": [4.0, 4.5],
    }  # fmt: skip
    return pd.DataFrame(base | columns)


def rows_of(chart: charts.Chart) -> list[dict]:
    """The rows of the chart's main table."""
    return max(chart.spec["datasets"].values(), key=len)


def test_interval_of_a_falling_score_lies_around_the_later_average():
    """Improvement of 2 to 4 points from 12 means a later average between 8 and 10."""
    row = rows_of(charts.before_after_chart(effects(), MOOD))[0]
    assert (row["before"], row["after"]) == (12.0, 9.0)
    assert sorted([row["low"], row["high"]]) == [8.0, 10.0]


def test_interval_of_a_rising_score_lies_around_the_later_average():
    chart = charts.before_after_chart(effects(mean_after=[15.0, 14.0]), WELLBEING)
    row = rows_of(chart)[0]
    assert (row["low"], row["high"]) == (14.0, 16.0)


def test_direction_is_written_on_the_axis():
    falling = json.dumps(charts.before_after_chart(effects(), MOOD).spec, ensure_ascii=False)
    rising = json.dumps(charts.before_after_chart(effects(), WELLBEING).spec, ensure_ascii=False)
    assert "← better" in falling and "better →" not in falling
    assert "better →" in rising and "← better" not in rising
    assert "better →" in json.dumps(charts.forest_chart(effects(), MOOD).spec, ensure_ascii=False)


def test_a_scale_without_direction_has_none_on_the_axis():
    nothing = [float("nan")] * 2
    table = effects(improvement=nothing, improvement_low=nothing, improvement_high=nothing)
    chart = charts.before_after_chart(table, replace(MOOD, better="neither"))
    assert "better" not in json.dumps(chart.spec)
    assert "improved" not in chart.finding


def test_domain_stays_within_the_scale():
    chart = charts.before_after_chart(
        effects(mean_before=[27.0, 26.0], mean_after=[1.0, 0.0]), MOOD
    )
    low, high = _domain(chart)
    assert (low, high) == (0, 27)


def _domain(chart: charts.Chart) -> list[float]:
    return chart.spec["layer"][0]["encoding"]["x"]["scale"]["domain"]


def test_classes_are_shares_of_everybody_with_intervals():
    """Wilson (1927) for 2 of 5: 0.1176 to 0.7693."""
    row = {
        "n": 5, "recovered": 2, "improved": 0, "unchanged": 3, "deteriorated": 0, "harmed": 0,
        "reason": "",
    }  # fmt: skip
    found = rows_of(charts.change_classes_chart(row))
    assert [r["share"] for r in found] == [40, 0, 60, 0, 0]
    assert found[0]["low"] == pytest.approx(11.7621, abs=1e-3)
    assert found[0]["high"] == pytest.approx(76.9276, abs=1e-3)
    assert found[0]["text"] == "2 of 5"


def test_without_a_cut_off_there_are_three_classes():
    nan = float("nan")
    row = {
        "n": 5, "recovered": nan, "improved": 2, "unchanged": 3, "deteriorated": 0, "harmed": nan,
        "reason": "",
    }  # fmt: skip
    assert len(rows_of(charts.change_classes_chart(row))) == 3


def test_attrition_counts_those_whose_time_has_come():
    table = pd.DataFrame(
        {
            "step": ["referred", "took_up", "3m"], "unit": "person", "n": [100, 100, 90],
            "done": [100, 80, 30], "missed": [0, 15, 30], "window_open": [0, 5, 10],
            "not_yet_due": [0, 0, 20], "rate": [None, 0.8, 0.5], "low": [None, 0.71, 0.38],
            "high": [None, 0.87, 0.62], "reason": ["FIRST_STEP", "", ""],
        }
    )  # fmt: skip
    chart = charts.attrition_chart(table)
    assert [row["text"] for row in rows_of(chart)] == ["80 of 100", "30 of 60"]
    assert [row["share"] for row in rows_of(chart)] == [80, 50]
    assert "30 of 60" in chart.finding


def test_sites_keep_their_order_and_hidden_ones_say_so():
    table = effects(
        site=["Luton", "Lambeth"], n=[85, None], improvement=[3.0, None],
        improvement_low=[2.0, None], improvement_high=[4.0, None],
    )  # fmt: skip
    chart = charts.forest_chart(table, MOOD)
    labels = [row["label"] for row in rows_of(chart)]
    assert labels == ["Luton|n = 85", "Lambeth|too few to show"]
    sort = chart.spec["layer"][1]["encoding"]["y"]["sort"]
    assert sort == labels
    assert rows_of(chart)[1]["improvement"] is None
    assert "at 1 of 1 site " in chart.finding


def all_charts() -> list[charts.Chart]:
    row = {
        "n": 5, "recovered": 2, "improved": 0, "unchanged": 3, "deteriorated": 0, "harmed": 0,
        "reason": "",
    }  # fmt: skip
    return [
        charts.before_after_chart(effects(), MOOD),
        charts.change_classes_chart(row),
        charts.forest_chart(effects(), MOOD),
    ]


@pytest.mark.parametrize("chart", all_charts())
def test_house_theme(chart):
    axis = chart.spec["config"]["axis"]
    assert axis["labelColor"] == axis["titleColor"] == "currentColor"
    assert axis["labelAngle"] == 0
    assert chart.spec["width"] == "container"
    assert chart.finding.endswith(".")
    assert len(rows_of(chart)) <= 5
