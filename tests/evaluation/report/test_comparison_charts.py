"""Sites and groups in charts: order, bands and limits, and nothing that is hidden."""

from __future__ import annotations

import json
from dataclasses import replace

import pandas as pd
import pytest

from evaluation.report import charts
from evaluation.report import comparison_wording as words
from instruments.definition import Scale

MOOD = Scale("total", "Low mood", (1,), "sum", (0, 27), "lower", "confirmed", "")
POOL = {
    "k": 3, "estimate": 2.0, "low_hk": 1.0, "high_hk": 3.0, "tau2": 0.5, "i2": 0.4,
    "prediction_low": -0.5, "prediction_high": 4.5, "reason": "FEW_SITES",
}  # fmt: skip


def sites(**columns) -> pd.DataFrame:
    base = {
        "site": ["Luton", "Essex", "Dorset", "Lambeth"], "n": [80, 40, 40, None],
        "improvement": [1.0, 3.0, 2.0, None], "improvement_low": [0.2, 1.0, -1.0, None],
        "improvement_high": [1.8, 5.0, 5.0, None], "shrunken": [1.2, 2.6, 2.0, None],
        "rate": [0.8, None, 0.5, None],
        "funnel_position": ["beyond_95", "inside", "inside", None],
    }  # fmt: skip
    return pd.DataFrame(base | columns).astype({"improvement": object})


def datasets(chart: charts.Chart) -> list[list[dict]]:
    return list(chart.spec["datasets"].values())


def text_of(chart: charts.Chart) -> str:
    return json.dumps(chart.spec, ensure_ascii=False)


def test_sites_stand_in_the_order_given_and_the_average_last():
    chart = charts.sites_chart(sites(), POOL, MOOD)
    rows = max(datasets(chart), key=len)
    assert [row["label"] for row in rows] == [
        "Luton|n = 80, heard 80%", "Essex|n = 40", "Dorset|n = 40, heard 50%",
        "Average of|three sites",
    ]  # fmt: skip
    assert [row["value"] for row in rows] == [1.0, 3.0, 2.0, 2.0]
    assert "better →" in text_of(chart)


def test_the_band_is_the_prediction_interval_from_three_sites_on():
    chart = charts.sites_chart(sites(), POOL, MOOD)
    assert [{"from": -0.5, "to": 4.5}] in datasets(chart)
    assert "between −0.5 and +4.5" in chart.finding
    of_two = charts.sites_chart(sites(), POOL | {"k": 2}, MOOD)
    assert not any("from" in row for rows in datasets(of_two) for row in rows)
    assert "expected" not in of_two.finding


def test_hollow_marks_are_the_estimates_drawn_towards_the_average():
    chart = charts.sites_chart(sites(), POOL, MOOD)
    assert any([row.get("value") for row in rows] == [1.2, 2.6, 2.0] for rows in datasets(chart))


def test_a_hidden_site_is_in_no_chart():
    for chart in charts.draw_sites(sites(), POOL, 6.0, MOOD):
        assert "Lambeth" not in text_of(chart) + chart.finding


def test_without_an_average_there_are_sites_but_no_funnel():
    nothing = dict.fromkeys(POOL) | {"k": 1, "reason": "SUPPRESSED"}
    drawn = charts.draw_sites(sites(), nothing, None, MOOD)
    assert len(drawn) == 1
    assert "Average of" not in text_of(drawn[0])


def test_nothing_is_drawn_where_nothing_may_be():
    assert charts.draw_sites(sites(), None, None, MOOD) == []
    assert charts.draw_sites(sites(), POOL, 6.0, replace(MOOD, better="neither")) == []
    assert charts.draw_sites(sites(improvement=[None] * 4), POOL, 6.0, MOOD) == []


def test_funnel_limits_are_those_of_a_mean():
    """Spread 6 and 36 people are a standard error of 1: limits 1.96 and 3.09 from the average."""
    one = sites().iloc[:1].assign(n=36 / 1.15)
    chart = charts.funnel_chart(one, average=2.0, spread=6.0, scale=MOOD)
    last = max(datasets(chart), key=len)[-1]
    assert last["n"] == pytest.approx(36)
    ends = [last[name] for name in ("low_95", "high_95", "low_998", "high_998")]
    assert ends == pytest.approx([0.040, 3.960, -1.090, 5.090], abs=0.001)


def test_the_funnel_names_sites_outside_it_by_name_not_by_result():
    found = charts.funnel_chart(sites(), average=2.0, spread=6.0, scale=MOOD)
    assert found.finding.endswith("outside the funnel: Luton (outside the dashed lines).")
    inside = charts.funnel_chart(
        sites(funnel_position=["inside"] * 4), average=2.0, spread=6.0, scale=MOOD
    )
    assert "all of three sites shown lie inside the funnel" in inside.finding
    assert all(len(rows) <= 12 for rows in datasets(found))


def test_a_site_whose_number_is_hidden_is_named_beside_the_funnel():
    hidden = sites(n=[80, 40, None, None])
    found = charts.funnel_chart(hidden, average=2.0, spread=6.0, scale=MOOD)
    assert found.finding.endswith("Not drawn, since their numbers of people are hidden: Dorset.")
    assert {row["site"] for rows in datasets(found) for row in rows if "site" in row} == {
        "Luton", "Essex",
    }  # fmt: skip
    assert words.site_line(hidden.iloc[2].to_dict())["Number"] == "hidden"
    assert words.site_line(hidden.iloc[3].to_dict())["Number"] == "few"


def test_without_a_number_of_people_there_is_no_funnel():
    drawn = charts.draw_sites(sites(n=[None] * 4), POOL, 6.0, MOOD)
    assert len(drawn) == 1 and "n hidden" in text_of(drawn[0])
    assert len(charts.draw_sites(sites(), POOL, 6.0, MOOD)) == 2


def test_names_in_the_funnel_do_not_lie_on_each_other():
    """Two sites of one size and nearly one result; the third is far from both."""
    close = sites(n=[80, 40, 40, None], improvement=[1.0, 2.0, 2.01, None])
    chart = charts.funnel_chart(close, average=2.0, spread=6.0, scale=MOOD)
    rows = next(rows for rows in datasets(chart) if "name_at" in rows[0])
    at = {row["site"]: row["name_at"] - row["value"] for row in rows}
    assert at["Luton"] == at["Essex"] == 0
    assert at["Dorset"] > 0.1


def levels(**columns) -> pd.DataFrame:
    base = {
        "level": ["2016-H1", "2016-H2", "2017-H1", "2017-H2"], "n": [20, 25, None, 15],
        "improvement": [2.0, 1.0, None, None], "improvement_low": [1.0, -1.0, None, None],
        "improvement_high": [3.0, 3.0, None, None],
        "reason": ["", "", "SUPPRESSED", "PERIOD_RUNNING"],
    }  # fmt: skip
    return pd.DataFrame(base | columns)


def test_groups_hidden_have_no_row_and_running_periods_say_so():
    chart = charts.groups_chart(levels(), MOOD, "started")
    labels = [row["label"] for row in max(datasets(chart), key=len)]
    assert labels == [
        "January to June 2016|n = 20", "July to December 2016|n = 25",
        "July to December 2017|still running",
    ]  # fmt: skip
    assert "January to June 2017" not in text_of(chart)
    assert chart.finding == (
        "Low mood by when support began, average change in points: January to June 2016 +2.0 and "
        "July to December 2016 +1.0."
    )


def ranges() -> pd.DataFrame:
    return pd.DataFrame({"low": [0.0, 6.0], "high": [6.0, 30.0], "whole": True, "n": [15, 60]})


def test_scores_at_the_start_are_shares_of_those_shown():
    chart = charts.score_ranges_chart(ranges(), MOOD, when="at the start")
    rows = max(datasets(chart), key=len)
    assert [(row["label"], row["share"]) for row in rows] == [("0 to 5", 20), ("6 to 27", 80)]
    assert "of every 100 people, 20 scored 0 to 5 and 80 scored 6 to 27" in chart.finding


def test_range_names():
    single = pd.DataFrame({"low": [0, 1], "high": [1, 2], "whole": True, "n": [1, 1]})
    assert words.range_names(single, replace(MOOD, score_range=(0, 1))) == ["0", "1"]
    parts = ranges().assign(whole=False)
    assert words.range_names(parts, MOOD) == ["0 to under 6", "6 to 27"]
