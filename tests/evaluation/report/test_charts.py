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


LOST = pd.DataFrame(
    {
        "step": "3 months", "characteristic": ["Low mood", "Low income", "Has a baby", "Origin"],
        "kind": "mean", "smd": [0.42, -0.15, 0.05, None], "flag": ["red", "amber", "", ""],
        "n_kept": 50, "n_lost": 40,
    }
)  # fmt: skip
WAYS = pd.DataFrame(
    {
        "method": ["Answered", "Everybody", "Worst case"], "estimate": [3.1, 2.8, None],
        "low": [2.0, -0.5, None], "high": [4.1, 4.0, None],
    }
)  # fmt: skip
COURSE = pd.DataFrame(
    {
        "label": ["Start", "End", "3 months after"], "n": [80, 60, 40],
        "mean": [15.0, 10.0, None], "low": [14.0, 9.0, None], "high": [16.0, 11.0, None],
    }
)  # fmt: skip
PATTERNS = pd.DataFrame(
    {
        "wave": ["baseline", "end", "3m"] * 2, "pattern": [1, 1, 1, 2, 2, 2],
        "n": [84, 84, 84, None, None, None], "present": ["yes", "yes", "no", "yes", "no", "no"],
    }
)  # fmt: skip


def lines_at(chart: charts.Chart) -> set[float]:
    tables = chart.spec["datasets"].values()
    return {row["line"] for table in tables for row in table if "line" in row}


def test_love_plot_has_every_characteristic_and_the_lines_of_0_10_and_0_25():
    chart = charts.love_plot(LOST)
    rows = next(t for t in chart.spec["datasets"].values() if "smd" in t[0])
    assert [row["smd"] for row in rows] == [0.42, -0.15, 0.05, None]
    assert rows[3]["label"] == "Origin|not comparable"
    assert lines_at(chart) == {0, -0.1, 0.1, -0.25, 0.25}
    assert "Low mood (+0.42 standard deviations)" in chart.finding
    assert "three characteristics" in chart.finding and "one smaller difference" in chart.finding


def test_love_plot_of_two_steps_tells_them_apart_by_shape():
    both = pd.concat([LOST, LOST.assign(step="6 months")])
    text = json.dumps(charts.love_plot(both).spec)
    assert '"shape": {"field": "step"' in text
    assert '"shape": {"field"' not in json.dumps(charts.love_plot(LOST).spec)


def test_love_plot_of_much_alike_and_of_nothing():
    alike = charts.love_plot(LOST.assign(smd=0.02))
    assert "much alike" in alike.finding
    nothing = charts.love_plot(LOST.assign(smd=float("nan")))
    assert "cannot be worked out" in nothing.finding


def test_sensitivity_strip_has_each_interval_and_the_line_of_no_change():
    chart = charts.sensitivity_chart(WAYS, MOOD)
    row = rows_of(chart)
    assert [(r["estimate"], r["low"], r["high"]) for r in row[:2]] == [
        (3.1, 2, 4.1),
        (2.8, -0.5, 4),
    ]
    assert row[2]["label"] == "Worst case|not worked out"
    assert lines_at(chart) == {0}
    text = json.dumps(chart.spec, ensure_ascii=False)
    assert "better →" in text and "← better" not in text
    assert "between +2.8 and +3.1 points" in chart.finding
    assert "in 1 of 2" in chart.finding


@pytest.mark.parametrize(
    ("sign", "verdict"),
    [(1, "In each we can be fairly sure that scores got better."),
     (-1, "In each we can be fairly sure that scores got worse.")],
)  # fmt: skip
def test_sensitivity_says_when_all_ways_agree(sign, verdict):
    ends = [sign * 1.0, sign * 4.0]
    ways = WAYS[:2].assign(estimate=sign * 2.5, low=min(ends), high=max(ends))
    assert charts.sensitivity_chart(ways, MOOD).finding.endswith(verdict)
    assert "no method" in charts.sensitivity_chart(WAYS[2:], MOOD).finding


def test_averages_over_time_keep_their_order_and_gaps():
    chart = charts.trajectory_chart(COURSE, MOOD)
    rows = rows_of(chart)
    assert [row["label"] for row in rows] == ["Start|n = 80", "End|n = 60", "3 months|after|n = 40"]
    assert [row["mean"] for row in rows] == [15, 10, None]
    assert (rows[1]["low"], rows[1]["high"]) == (9, 11)
    assert chart.spec["layer"][0]["encoding"]["x"]["sort"] == [row["label"] for row in rows]
    assert chart.finding == (
        "Low mood, lower scores are better: the average went from 15.0 (Start) to 10.0 (End), "
        "better."
    )


def test_direction_of_averages_over_time():
    falling = charts.trajectory_chart(COURSE, MOOD)
    rising = charts.trajectory_chart(COURSE, replace(WELLBEING, score_range=(0, 70)))
    assert "← better" in json.dumps(falling.spec, ensure_ascii=False)
    assert "better →" in json.dumps(rising.spec, ensure_ascii=False)
    assert rising.finding.endswith("worse.")
    neither = charts.trajectory_chart(COURSE, replace(MOOD, better="neither"))
    assert "better" not in json.dumps(neither.spec)


def test_groups_over_time_differ_by_shape_and_stand_apart():
    groups = pd.concat([COURSE.assign(group="Mothers"), COURSE.assign(group="Fathers", mean=9.0)])
    chart = charts.trajectory_chart(groups, MOOD)
    text = json.dumps(chart.spec)
    assert '"shape": {"field": "group"' in text and '"xOffset": {"field": "group"' in text
    assert "Mothers: the average went" in chart.finding and "Fathers: " in chart.finding


def test_averages_over_time_of_nobody_say_so():
    nobody = COURSE.assign(mean=float("nan"), low=float("nan"), high=float("nan"))
    assert "no averages" in charts.trajectory_chart(nobody, MOOD).finding


def test_patterns_have_a_tile_for_each_time_and_counts_beside():
    chart = charts.missing_pattern_chart(PATTERNS)
    rows = rows_of(chart)
    assert [row["mark"] for row in rows] == ["✓", "✓", "–", "✓", "–", "–"]
    assert {row["label"] for row in rows} == {"Pattern 1|84 people", "Pattern 2|few people"}
    assert chart.finding == (
        "Two patterns of answers over time. The most common: 84 people answered at the start and "
        "at the end of support, not 3 months after the end."
    )


def all_charts() -> list[charts.Chart]:
    row = {
        "n": 5, "recovered": 2, "improved": 0, "unchanged": 3, "deteriorated": 0, "harmed": 0,
        "reason": "",
    }  # fmt: skip
    return [
        charts.before_after_chart(effects(), MOOD),
        charts.change_classes_chart(row),
        charts.forest_chart(effects(), MOOD),
        charts.love_plot(LOST),
        charts.sensitivity_chart(WAYS, MOOD),
        charts.trajectory_chart(COURSE, MOOD),
    ]


@pytest.mark.parametrize("chart", all_charts())
def test_house_theme(chart):
    axis = chart.spec["config"]["axis"]
    assert axis["labelColor"] == axis["titleColor"] == "currentColor"
    assert axis["labelAngle"] == 0
    assert chart.spec["width"] == "container"
    assert chart.finding.endswith(".")
    assert len(rows_of(chart)) <= 5
