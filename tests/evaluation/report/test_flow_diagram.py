"""The flow diagram: the numbers in their boxes, no box on another, and the same in words."""

from __future__ import annotations

import itertools

import pandas as pd
import pytest

from evaluation.report import charts
from evaluation.report.charts.flow_diagram import Box, place_boxes
from evaluation.report.flow_wording import ALSO_NOTE, flow_notes, out_lines, step_lines
from evaluation.tables.flow import FLOW_COLUMNS, FLOW_COUNTS

ROWS = [
    ("referred", 390, 0, 0, 0, 0, 0, 314, 0),
    ("took_up", 321, 68, 1, 0, 0, 0, 314, 0),
    ("baseline", 314, 7, 0, 0, 0, 0, 314, 0),
    ("end", 234, 48, 2, 22, 8, 0, 314, 0),
    ("3m", 120, 117, 24, 42, 11, 0, 314, 0),
    ("6m", 69, 122, 25, 87, 11, 0, 314, 0),
]


def flow(*rows: tuple, unit: str = "person") -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=["step", *FLOW_COUNTS]).assign(site="Luton", unit=unit)
    return table[list(FLOW_COLUMNS)]


def boxes_of(chart: charts.Chart) -> list[dict]:
    tables = chart.spec["datasets"].values()
    return [row for table in tables for row in table if "kind" in row]


def texts(chart: charts.Chart, kind: str) -> list[str]:
    return [row["text"] for row in boxes_of(chart) if row["kind"] == kind]


def test_every_step_has_its_box_and_number():
    assert texts(charts.flow_diagram(flow(*ROWS)), "main") == [
        "Referred|390 people", "Took up support|321 people", "Answered at the start|314 people",
        "Answered at the end|234 people", "Answered at 3 months|120 people",
        "Answered at 6 months|69 people",
    ]  # fmt: skip


def test_who_is_not_in_a_step_stands_beside_it():
    side = texts(charts.flow_diagram(flow(*ROWS)), "side")
    assert side[0] == "Did not take up: 68|Not known yet: 1"
    assert side[1] == "No answer: 7"
    assert side[2] == (
        "Of 314 at the start:|No answer: 48|Can still answer: 2|Not due yet: 22|"
        "Not asked any more: 8"
    )
    assert len(side) == 5


def test_alternative_text_states_every_number():
    finding = charts.flow_diagram(flow(*ROWS)).finding
    for row in ROWS:
        assert all(str(n) in finding for n in row[1:-2] if n)
    assert finding.startswith("Referred: 390 people. Took up support: 321 people (did not take up")


def test_hidden_counts_say_so_and_noughts_are_left_out():
    chart = charts.flow_diagram(
        flow(("referred", 30, 0, 0, 0, 0, 0, 15, 0), ("took_up", None, 15, None, 0, 0, 0, 15, 0))
    )
    assert texts(chart, "main")[1] == "Took up support|number of people hidden"
    assert texts(chart, "side") == ["Did not take up: 15|Not known yet: hidden"]
    assert "nan" not in str(chart.spec).lower() + chart.finding.lower()


def test_couples_and_one():
    chart = charts.flow_diagram(flow(("end", 1, 0, 0, 0, 0, 0, 1, 0), unit="couple_both"))
    assert texts(chart, "main") == ["Answered at the end|1 couple"]


def test_no_box_lies_on_another_however_much_stands_beside():
    steps = [["a", "b"]] * 6
    out = [[], ["x"] * 2, ["x"], ["x"] * 6, ["x"] * 6, ["x"] * 6]
    boxes, arrows = place_boxes(steps, out)
    for one, other in itertools.combinations(boxes, 2):
        beside = one.right <= other.left or other.right <= one.left
        assert beside or one.bottom <= other.top or other.bottom <= one.top
    assert all(box.top >= 0 for box in boxes)
    down = [arrow for arrow in arrows if arrow.head == "down"]
    main: list[Box] = [box for box in boxes if box.kind == "main"]
    assert [(a.y, a.y2) for a in down] == [
        (above.bottom, below.top) for above, below in itertools.pairwise(main)
    ]
    right = [arrow for arrow in arrows if arrow.head == "right"]
    side = [box for box in boxes if box.kind == "side"]
    assert [a.y for a in right] == [box.middle for box in side]


@pytest.mark.parametrize("row", ROWS)
def test_lines_fit_on_a_telephone(row):
    """About 25 letters fit into half of a telephone's width."""
    as_dict = dict(zip(["step", *FLOW_COUNTS], row, strict=True)) | {"unit": "couple_both"}
    for line in (*step_lines(as_dict), *out_lines(as_dict)):
        assert len(line) <= 25


def test_people_who_are_not_known_to_have_taken_up_are_explained():
    row = dict(zip(["step", *FLOW_COUNTS], ("baseline", 4, 1, 0, 0, 0, 0, 5, 1), strict=True))
    assert out_lines(row) == ["No answer: 1", "Also answered: 1"]
    assert ALSO_NOTE in flow_notes([row])
    assert ALSO_NOTE not in flow_notes([row | {"also": 0}])


def test_nobody_at_all():
    assert charts.flow_diagram(flow()).finding == ""
