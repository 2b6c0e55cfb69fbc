"""Outcomes of two questionnaires in words: the numbers, the conditions, how sure each rule is."""

from __future__ import annotations

from dataclasses import replace

from evaluation.added_value import AddedValueSummary
from evaluation.report import outcome_wording as wording

ROW = {
    "contrast": "baseline_end", "n": 44, "cases_at_start": 33, "recovered": 12,
    "reliable_recovery": 8, "reliable_improvement": 21, "deteriorated": 3,
}  # fmt: skip
MEAN = AddedValueSummary(
    "6m", n=25, mean=2.4, low=0.44, high=4.36, effect_size=0.48, n_dated=20, n_in_time=15
)


def test_talking_therapies_in_sentences() -> None:
    assert wording.talking_therapies_sentences(ROW) == [
        "44 people filled in PHQ-9 and GAD-7 both at the start and at the end of support; 33 (75 "
        "out of every 100) were at or above a threshold at the start.",
        "Of those 33, 12 (36 out of every 100) ended below both thresholds (recovery); 8 (24 out "
        "of every 100) did so with a change beyond the ordinary ups and downs of answers (reliable "
        "recovery).",
        "Of all 44, 21 (48 out of every 100) clearly improved on one and did not clearly get worse "
        "on the other (reliable improvement); 3 (7 out of every 100) clearly got worse on one and "
        "did not clearly improve on the other.",
    ]


def test_talking_therapies_of_few_and_of_nobody() -> None:
    few = ROW | {"n": 5, "cases_at_start": 1, "recovered": 1, "reliable_recovery": 0,
                 "reliable_improvement": 2, "deteriorated": 0}  # fmt: skip
    text = " ".join(wording.talking_therapies_sentences(few))
    assert "Five people" in text and "one was at or above" in text
    assert "Of those 1, one ended" in text and "none did so" in text
    assert "100" not in text
    none = wording.talking_therapies_sentences(ROW | {"n": 0, "cases_at_start": 0})
    assert none == [
        "Nobody has filled in PHQ-9 and GAD-7 both at the start and at the end of support yet."
    ]
    without_cases = wording.talking_therapies_sentences(ROW | {"cases_at_start": 0})
    assert len(without_cases) == 2


def test_the_rules_say_what_is_confirmed_and_what_is_not() -> None:
    text = wording.talking_therapies_rules()
    assert "PHQ-9 10 or more, GAD-7 8 or more" in text
    assert "PHQ-9 by 6, GAD-7 by 4 points or more" in text
    thresholds, logic = text.split("That the other questionnaire")
    assert "checked against its source" in thresholds and "not verified" not in thresholds
    assert "not looked up - not verified" in logic


def test_added_value_in_sentences() -> None:
    assert wording.added_value_sentences(MEAN) == [
        "6 months after the end difficulties had improved by 2.4 points more than expected of such "
        "children without help, on average of 25 reports about children (fairly sure between +0.4 "
        "and +4.4 points; effect size +0.48). This is better than expected.",
        "Of the 20 with both dates, 15 (75 out of every 100) came 4 to 8 months after the first "
        "questionnaire; for others the formula is not meant.",
    ]


def test_added_value_below_expectation_or_unsure() -> None:
    worse = replace(MEAN, mean=-2.4, low=-4.36, high=-0.44, effect_size=-0.48)
    assert "2.4 points less than expected" in wording.added_value_sentences(worse)[0]
    assert wording.added_value_sentences(worse)[0].endswith("This is less than expected.")
    unsure = replace(MEAN, low=-0.5)
    assert "no more and no less" in wording.added_value_sentences(unsure)[0]


def test_added_value_of_few_has_no_number() -> None:
    [text] = wording.added_value_sentences(replace(MEAN, n=9))
    assert "nine reports" in text and "groups only" in text and "2.4" not in text


def test_the_conditions_are_always_there() -> None:
    text = " ".join(wording.added_value_conditions())
    assert "whose parents sought help" in text
    assert "never one child" in text
    assert "about 6 months later" in text
    assert "Ford T" in text
