"""The pictures of one site: the numbers put in come out, told in words, and nobody's code."""

from __future__ import annotations

import json
from dataclasses import replace

import pandas as pd
import pytest

from evaluation.report import charts
from evaluation.report.site_chart_wording import (
    bands_note,
    couples_sentence,
    in_range_sentence,
    moves_sentence,
)
from evaluation.tables.site_pictures import (
    BandMoves,
    Partners,
    band_moves,
    partners,
    score_bins,
    score_points,
)
from instruments.registry import get

PHQ9 = get("phq9")
MOOD = replace(PHQ9.scale("total"), label="Low mood")
WELLBEING = replace(MOOD, label="Wellbeing", score_range=(14, 70), better="higher")
NEITHER = replace(MOOD, better="neither")
TIMES = ("baseline", "end")
BEFORE, AFTER = [4, 12, 12, 16, 21, 8], [4, 5, 5, 14, 9, 15]
CLASSES = ["unchanged", "recovered", "recovered", "unchanged", "recovered", "harmed"]
NAN = float("nan")


def people(before=BEFORE, after=AFTER, classes=CLASSES) -> pd.DataFrame:
    """Rows as they stand behind a number, codes and all."""
    n = len(before)
    table = pd.DataFrame({"before": before, "after": after, "change_class": classes}).assign(
        site="Luton",
        participant=[f"SECRET-{i}" for i in range(n)],
        couple=[f"COUPLE-{i // 2}" for i in range(n)],
    )
    return table.assign(improvement=table["before"] - table["after"])


def roles(rows: pd.DataFrame) -> pd.DataFrame:
    role = ["mother" if i % 2 else "father" for i in range(len(rows))]
    return rows[["site", "participant"]].assign(role=role)


def distribution(scale=MOOD, before=BEFORE, after=AFTER, **more) -> charts.Chart:
    means = (sum(before) / max(len(before), 1), sum(after) / max(len(after), 1))
    bins = score_bins(before, after)
    return charts.distribution_chart(bins, scale, times=TIMES, means=means, **more)


def jacobson(scale=MOOD, rows: pd.DataFrame | None = None, rc_points=5.0, **more) -> charts.Chart:
    points = score_points(people() if rows is None else rows)
    return charts.jacobson_plot(points, scale, times=TIMES, rc_points=rc_points, **more)


def moves(before=BEFORE, after=AFTER, better="lower") -> BandMoves:
    return band_moves(before, after, bands=MOOD.bands[0], better=better)


def couples() -> Partners:
    rows = people()
    return partners(rows, roles(rows))


def effects() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "instrument": ["phq9", "das_32", "das_32", "das_32"],
            "scale": ["total", "dyadic_cohesion", "total", "dyadic_satisfaction"],
            "n": [84, 60, 61, 4], "g_pre": [0.9, 0.2, -0.3, 0.5],
            "g_pre_low": [0.6, -0.1, -0.5, NAN], "g_pre_high": [1.2, 0.5, -0.1, NAN],
            "display_tier": ["full", "full", "full", "mean_only"],
        }
    )  # fmt: skip


INSTRUMENTS = {"das_32": get("das_32"), "phq9": PHQ9}


def tables(chart: charts.Chart) -> list[list[dict]]:
    return list(chart.spec["datasets"].values())


def table_with(chart: charts.Chart, *columns: str) -> list[dict]:
    return next(t for t in tables(chart) if t and set(columns) <= set(t[0]))


def text_of(chart: charts.Chart) -> str:
    return json.dumps(chart.spec, ensure_ascii=False)


def all_charts() -> dict[str, charts.Chart]:
    return {
        "distribution": distribution(boundary=9.5),
        "jacobson": jacobson(boundary=9.5),
        "bands": charts.bands_chart(moves(), MOOD, times=TIMES),
        "band moves": charts.band_moves_chart(moves()),
        "measures": charts.measures_chart(effects(), INSTRUMENTS),
        "partners": charts.partners_chart(couples(), MOOD),
        "couples": charts.couples_chart(couples()),
    }


@pytest.mark.parametrize("name", list(all_charts()))
def test_house_theme_and_no_code_of_anybody(name):
    chart = all_charts()[name]
    axis = chart.spec["config"]["axis"]
    assert axis["labelColor"] == axis["titleColor"] == "currentColor"
    assert axis["labelAngle"] == 0 and chart.spec["width"] == "container"
    assert chart.finding.endswith(".")
    for hidden in ("SECRET", "COUPLE-"):
        assert hidden not in text_of(chart) and hidden not in chart.finding


# --- distribution -----------------------------------------------------------------------------


def test_distribution_has_the_counts_of_both_times_on_the_same_bins():
    chart = distribution()
    filled = {row["low"]: row["n_after"] for row in table_with(chart, "low", "n_after")}
    assert filled[3.5] == 3  # the scores 4, 5 and 5
    assert sum(filled.values()) == 6
    corners = table_with(chart, "edge", "place")
    assert [corners[0]["n"], corners[-1]["n"]] == [0, 0]
    assert {row["n"] for row in corners if row["edge"] == 11.5} == {0, 2}  # twice 12
    assert [row["place"] for row in corners] == list(range(len(corners)))


def test_distribution_marks_both_averages_and_the_cut_off():
    chart = distribution(boundary=9.5)
    marked = [t[0]["mean"] for t in tables(chart) if t and "mean" in t[0]]
    assert marked == [pytest.approx(73 / 6), pytest.approx(52 / 6)]
    (line,) = table_with(chart, "line", "name")
    assert line["line"] == 9.5 and line["name"] == "range of concern →"
    assert "range of concern" not in text_of(distribution())
    (rising,) = table_with(distribution(WELLBEING, boundary=9.5), "line", "name")
    assert rising["name"] == "← range of concern"


def test_distribution_says_which_way_is_better_and_how_many_there_are():
    chart = distribution()
    assert "← better" in text_of(chart) and "People (of 6)" in text_of(chart)
    assert "better →" in text_of(distribution(WELLBEING))
    assert "better" not in text_of(distribution(NEITHER))
    assert chart.finding.startswith("Low mood, lower scores are better, six people: ")
    assert "at the start the average was 12.2, and the most common scores were 12" in chart.finding
    assert "at the end of support the average was 8.7" in chart.finding


@pytest.mark.parametrize("scores", [[], [7], [7] * 6])
def test_distribution_of_nobody_of_one_and_of_equal_scores(scores):
    chart = distribution(before=scores, after=scores)
    assert chart.spec["layer"]
    assert sum(row["n_after"] for t in tables(chart) for row in t if "n_after" in row) == len(
        scores
    )


# --- scores before against after ----------------------------------------------------------------


def test_marks_are_the_pairs_of_scores_with_their_class():
    rows = table_with(jacobson(), "class")
    found = {(row["before"], row["after"]): (row["class"], row["n"]) for row in rows}
    assert found == {
        (4, 4): ("No clear change", 1), (12, 5): ("Clearly better, left range of concern", 2),
        (16, 14): ("No clear change", 1), (21, 9): ("Clearly better, left range of concern", 1),
        (8, 15): ("Clearly worse, now in range of concern", 1),
    }  # fmt: skip


def test_classes_differ_by_shape_and_colour_and_only_those_there_are_named():
    text = text_of(jacobson())
    assert '"shape": {"field": "class"' in text and '"color": {"field": "class"' in text
    spec = jacobson().spec
    marks = next(layer for layer in spec["layer"] if "shape" in layer["encoding"])
    shapes = marks["encoding"]["shape"]["scale"]["range"]
    assert len(set(shapes)) == 5
    assert marks["encoding"]["shape"]["legend"]["values"] == [
        "Clearly better, left range of concern", "No clear change",
        "Clearly worse, now in range of concern",
    ]  # fmt: skip


def test_the_band_of_reliable_change_lies_around_the_line_of_no_change():
    ends = table_with(jacobson(rc_points=5.0), "lower", "upper")
    assert all(row["x"] - row["lower"] == 5 == row["upper"] - row["x"] for row in ends)
    assert all(row["same"] == row["x"] for row in table_with(jacobson(), "same"))
    assert [row["edge"] for row in table_with(jacobson(boundary=9.5), "edge")] == [9.5]


def test_the_better_side_is_named():
    falling, rising, neither = (text_of(jacobson(scale)) for scale in (MOOD, WELLBEING, NEITHER))
    assert "better ↘" in falling and "← better, score at the start" in falling
    assert "↖ better" in rising and "Score at the start, better →" in rising
    assert "↖" not in neither and "↘" not in neither


def test_its_words_are_about_the_group_only():
    finding = jacobson().finding
    assert finding == (
        "Six people, scores before against scores after. 3 of 6 clearly got better, 2 did not "
        "clearly change and 1 clearly got worse."
    )
    unknown = jacobson(rows=people(classes=[""] * 6), rc_points=NAN)
    assert "cannot be worked out" in unknown.finding
    assert '"shape": {"field"' not in text_of(unknown)


def test_fewer_than_five_people_are_never_drawn():
    four = people(BEFORE[:4], AFTER[:4], CLASSES[:4])
    with pytest.raises(ValueError, match="4 people"):
        jacobson(rows=four)
    five = people([7] * 5, [7] * 5, ["unchanged"] * 5)
    assert [row["n"] for row in table_with(jacobson(rows=five), "class")] == [5]


# --- bands ------------------------------------------------------------------------------------


def test_bands_stand_from_the_worst_to_the_best_with_both_counts():
    """Before: 4 | 8 | 12, 12 | 16 | 21; after: 4 | 5, 5, 9 | 14 | 15 | none."""
    rows = table_with(charts.bands_chart(moves(), MOOD, times=TIMES), "time", "n")
    assert [row["label"] for row in rows][:5] == [
        "Severe", "Moderately|severe", "Moderate", "Mild", "None or minimal",
    ]  # fmt: skip
    counts = {
        time: [r["n"] for r in rows if r["time"] == time] for time in ("At the start", "At the end")
    }
    assert counts == {"At the start": [1, 1, 2, 1, 1], "At the end": [0, 1, 1, 3, 1]}


def test_moves_between_bands_are_said_and_drawn_out_of_everybody():
    rows = table_with(charts.band_moves_chart(moves()), "share", "text")
    # 12 to 5 twice, 16 to 14 and 21 to 9 are better bands; 8 to 15 is a worse one.
    assert [row["text"] for row in rows] == ["4 of 6", "1 of 6", "1 of 6"]
    finding = charts.bands_chart(moves(), MOOD, times=TIMES).finding
    assert "Severe 1 then 0" in finding
    assert finding.endswith(
        "Of six people, 4 moved to a better band, 1 stayed in the same one and 1 moved to a worse "
        "one."
    )


def test_nobody_moves_where_there_is_nobody_or_no_direction():
    neither = moves(better="neither")
    assert "nobody moved" in moves_sentence(neither)
    for none in (neither, moves([], [])):
        with pytest.raises(ValueError, match="moves"):
            charts.band_moves_chart(none)
    assert charts.bands_chart(moves([], []), MOOD, times=TIMES).spec["layer"]


def test_bands_name_their_source_and_how_well_it_is_established():
    note = bands_note(MOOD)
    assert "Kroenke" in note and "(checked against its source)" in note
    assert bands_note(replace(MOOD, bands=())) == ""


# --- all measures -------------------------------------------------------------------------------


def test_measures_stand_by_questionnaire_and_not_by_size():
    rows = table_with(charts.measures_chart(effects(), INSTRUMENTS), "size")
    order = [s.id for s in INSTRUMENTS["das_32"].scales if s.id in set(effects()["scale"])]
    sizes = dict(zip(effects()["scale"], effects()["g_pre"], strict=True))
    expected = [None if name == "dyadic_satisfaction" else sizes[name] for name in order]
    assert [row["size"] for row in rows] == [*expected, 0.9]
    assert rows[-1]["label"].endswith("|n = 84") and rows[-1]["high"] == 1.2


def test_measures_with_too_few_or_without_direction_keep_their_line():
    rows = table_with(charts.measures_chart(effects(), INSTRUMENTS), "size")
    assert sum(row["label"].endswith("|too few to show") for row in rows) == 1
    das = get("das_32")
    without = replace(das, scales=tuple(replace(s, better="neither") for s in das.scales))
    table = effects()[1:3].assign(g_pre=NAN, g_pre_low=NAN, g_pre_high=NAN)
    chart = charts.measures_chart(table, {"das_32": without})
    assert all(row["label"].endswith("|no direction") for row in table_with(chart, "size"))
    assert "On no measure" in chart.finding


def test_measures_say_direction_and_how_many_are_sure():
    chart = charts.measures_chart(effects(), INSTRUMENTS)
    assert "better →" in text_of(chart)
    assert chart.finding == (
        "Size of change on three measures: on 1 we can be fairly sure that scores got better on "
        "average, on 1 that they got worse."
    )
    unsure = charts.measures_chart(effects()[1:2], INSTRUMENTS)
    assert "on none can we be fairly sure" in unsure.finding


# --- partners -----------------------------------------------------------------------------------


def test_partners_stand_side_by_side_with_their_difference():
    """Fathers (even places) gain 0, 7, 12, mothers 7, 2, -7: a difference of -17/3 on average."""
    rows = table_with(charts.partners_chart(couples(), MOOD), "improvement")
    assert [row["improvement"] for row in rows] == [
        pytest.approx(2 / 3), pytest.approx(19 / 3), pytest.approx(-17 / 3),
    ]  # fmt: skip
    assert [row["gap"] for row in rows] == [False, False, True]
    assert rows[0]["label"] == "Mothers, 3|12.0 to 11.3"
    finding = charts.partners_chart(couples(), MOOD).finding
    assert "mothers improved by 0.7 points, fathers improved by 6.3 points" in finding
    assert "Fathers gained 5.7 points more than their partners; how sure that is" in finding


def test_an_interval_of_the_difference_is_turned_with_the_sentence():
    found = couples()
    found.means.loc[2, ["low", "high"]] = [-8.0, -1.0]
    finding = charts.partners_chart(found, MOOD).finding
    assert finding.endswith("Fathers gained 5.7 points more than their partners (95% interval "
                            "+1.0 to +8.0).")  # fmt: skip
    found.means.loc[2, ["low", "high"]] = [-8.0, 1.0]
    assert charts.partners_chart(found, MOOD).finding.endswith("which may be chance.")


def test_couples_are_counted_by_how_many_partners_got_clearly_better():
    """Couples: (4 to 4, 12 to 5), (12 to 5, 16 to 14), (21 to 9, 8 to 15): one partner each."""
    rows = table_with(charts.couples_chart(couples()), "text")
    assert [row["text"] for row in rows] == ["0 of 3", "3 of 3", "0 of 3"]
    assert couples_sentence(couples()) == (
        "Of three couples with both partners there both times, clearly got better: both partners "
        "in 0, one partner in 3 and neither in 0."
    )


def test_without_couples_there_is_nothing_to_draw():
    nobody = Partners(0, 0)
    for draw in (lambda: charts.partners_chart(nobody, MOOD), lambda: charts.couples_chart(nobody)):
        with pytest.raises(ValueError, match="found"):
            draw()
    assert couples_sentence(nobody) == ""


def test_how_many_were_in_the_range_of_concern_each_time() -> None:
    times = ("baseline", "end")
    assert in_range_sentence((24, 1), 42, times=times) == (
        "In the range of concern, where support is usually offered: 24 at the start and 1 at the "
        "end of support, of 42 people."
    )
    assert in_range_sentence((0, 0), 1, times=times).endswith("of one person.")
