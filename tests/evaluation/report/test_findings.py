"""The headline sentences, one by one, with and without hidden numbers."""

from __future__ import annotations

import pandas as pd
import pytest

from evaluation.model import ATTRITION_COLUMNS, CHANGE_COLUMNS, EFFECT_COLUMNS
from evaluation.report.findings import (
    change_finding,
    class_counts,
    clear_change_finding,
    headline_findings,
    heard_from_finding,
    in_100,
)
from instruments.definition import Scale

NAN = float("nan")
MOOD = Scale("total", "Low mood", (1,), "sum", (0, 27), "lower", "confirmed", "")


def effect(**cells: object) -> dict:
    row = dict.fromkeys(EFFECT_COLUMNS, NAN) | {
        "contrast": "baseline_end", "n": 84, "improvement": 9.8, "improvement_low": 8.5,
        "improvement_high": 11.2, "g_pre": 0.6, "display_tier": "full", "reason": "",
    }  # fmt: skip
    return row | cells


def change(**cells: object) -> dict:
    row = dict.fromkeys(CHANGE_COLUMNS, NAN) | {
        "contrast": "baseline_end", "n": 100.0, "rc_points": 5.0, "cutoff": 10.0, "recovered": 30.0,
        "improved": 10.0, "unchanged": 50.0, "deteriorated": 10.0, "harmed": 0.0, "reason": "",
    }  # fmt: skip
    return row | cells


def step(name: str, **cells: object) -> dict:
    row = dict.fromkeys(ATTRITION_COLUMNS, NAN) | {"step": name, "unit": "person", "reason": ""}
    return row | cells


def test_change_with_interval_size_and_number():
    assert change_finding(effect(), MOOD) == (
        "Low mood got better by 9.8 points on average from the start to the end of support (95% "
        "interval +8.5 to +11.2; 84 people), a medium change."
    )


def test_a_worsening_is_called_one():
    row = effect(improvement=-2.0, improvement_low=-3.0, improvement_high=-1.0, g_pre=-0.3)
    assert change_finding(row, MOOD).startswith("Low mood got worse by 2.0 points on average")


def test_an_interval_over_nothing_is_no_clear_change():
    row = effect(improvement=0.4, improvement_low=-0.3, improvement_high=1.1, contrast="end_3m")
    text = change_finding(row, MOOD)
    assert text == (
        "Low mood: no clear change on average from the end of support to 3 months after the end. "
        "Scores were 0.4 points better (95% interval \N{MINUS SIGN}0.3 to +1.1; 84 people), which "
        "may be chance."
    )


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        ({"reason": "SUPPRESSED", "n": None}, "too few people"),
        ({"n": 0}, "nobody has answered"),
        ({"n": 2, "display_tier": "counts", "improvement": NAN}, "no average"),
        ({"n": 3, "display_tier": "mean_only"}, "says little"),
        ({"improvement": NAN}, "no average"),
    ],
)
def test_what_cannot_be_said_is_said_so(cells, said):
    text = change_finding(effect(**cells), MOOD)
    assert said in text
    assert "interval" not in text and "medium" not in text


def test_wilson_interval_of_a_share():
    """38 of 100: Wilson's interval is 29.1 to 47.8 (Newcombe 1998, method 3)."""
    assert in_100(38, 100, 0.95) == "38 in 100; 29 to 48"


def test_who_clearly_changed():
    assert clear_change_finding(change()) == (
        "Of 100 people measured both times, 40 (40 in 100; 31 to 50) clearly got better and 10 (10 "
        "in 100; 6 to 17) clearly got worse."
    )


def test_hidden_classes_are_a_few_and_never_none():
    text = clear_change_finding(change(recovered=None, deteriorated=None, harmed=NAN))
    assert "10 and a few more clearly got better and a few clearly got worse" in text
    assert "hidden" in text and "none" not in text


def test_without_a_cut_off_two_classes_are_missing_and_not_hidden():
    row = change(recovered=NAN, harmed=NAN, cutoff=NAN, improved=30.0)
    counts = class_counts(row)
    assert counts is not None
    assert (counts["better"].n, counts["better"].some_hidden) == (30, False)
    assert "hidden" not in clear_change_finding(row)


@pytest.mark.parametrize(
    "cells", [{"reason": "SUPPRESSED"}, {"n": NAN}, {"n": 0}, {"rc_points": NAN}]
)
def test_classes_that_are_not_known(cells):
    assert class_counts(change(**cells)) is None
    assert clear_change_finding(change(**cells)) == ""


def test_small_groups_get_no_share_out_of_100():
    row = change(n=12.0, recovered=4.0, improved=0.0, unchanged=8.0, deteriorated=0.0)
    text = clear_change_finding(row)
    assert (
        text == "Of 12 people measured both times, four clearly got better and none clearly got "
        "worse."
    )


@pytest.mark.parametrize(
    ("cells", "did"),
    [({"recovered": 1.0}, "clearly got better"), ({"improved": 1.0}, "clearly got better"),
     ({"harmed": 1.0}, "clearly got worse"), ({"unchanged": 1.0}, "showed no clear change")],
)  # fmt: skip
def test_one_person_is_told_of_as_one(cells, did):
    nobody = dict.fromkeys(("recovered", "improved", "unchanged", "deteriorated", "harmed"), 0.0)
    row = change(n=1.0, **(nobody | cells))
    assert clear_change_finding(row) == f"The one person measured both times {did}."


@pytest.mark.parametrize(
    ("done", "missed", "said"),
    [(1, 0, "we heard from the one person whose"), (2, 0, "we heard from two of two people whose"),
     (0, 1, "we heard from nobody: there was one person whose"),
     (0, 2, "we heard from none of two people whose")],
)  # fmt: skip
def test_heard_from_of_very_few_reads_as_a_sentence(done, missed, said):
    row = step("end", n=done + missed, done=done, missed=missed, rate=done / (done + missed))
    text = heard_from_finding(pd.DataFrame([row]))
    assert text == f"At the end of support {said} questionnaire had come due."


def test_heard_from_at_the_last_time_that_has_a_share():
    cascade = pd.DataFrame(
        [
            step("baseline", n=90, done=80, missed=10, rate=80 / 90),
            step("end", n=80, done=60, missed=20, rate=0.75),
            step("3m", n=80, done=30, missed=30, rate=0.5),
            step("6m", n=80, done=0, missed=0),
        ]
    )
    assert heard_from_finding(cascade) == (
        "3 months after the end of support we heard from 30 of 60 people whose questionnaire had "
        "come due (50 in 100; 38 to 62)."
    )


def test_nothing_is_said_of_a_cascade_without_shares():
    assert heard_from_finding(pd.DataFrame([step("end", done=NAN)])) == ""
    assert heard_from_finding(pd.DataFrame(columns=list(ATTRITION_COLUMNS))) == ""


def test_findings_come_in_one_order_and_empty_ones_not_at_all():
    cascade = pd.DataFrame([step("end", n=80, done=60, missed=20, rate=0.75)])
    found = headline_findings(
        effect=effect(), scale=MOOD, change=change(), cascade=cascade, lost="They differed."
    )
    assert [one.topic for one in found] == ["change", "clear change", "heard from", "lost"]
    nothing = headline_findings(effect=None, scale=None, change=None, cascade=cascade.iloc[:0])
    assert nothing == ()


def test_reports_about_children_are_no_people():
    unit = ("report about a child", "reports about children")
    assert "84 reports about children" in change_finding(effect(), MOOD, unit=unit)
    assert "100 reports about children" in clear_change_finding(change(), unit=unit)
