"""Sentences on indicators: plain, no more than the numbers carry, no verdict that nobody gave."""

from __future__ import annotations

import pytest

from evaluation.report.indicator_wording import (
    better_end,
    change_text,
    indicator_label,
    indicator_sentences,
    interval_text,
    level_text,
    times_text,
)

NAN = float("nan")
JOB = {
    "indicator": "job", "kind": "yes_no", "contrast": "baseline_end", "n": 50, "only_before": 2,
    "only_after": 12, "both": 26, "neither": 10, "before": 0.56, "after": 0.76, "difference": 0.2,
    "low": 0.06, "high": 0.34, "p": 0.013, "ratio": NAN, "ratio_low": NAN, "ratio_high": NAN,
    "reason": "",
}  # fmt: skip
INCIDENTS = JOB | {
    "indicator": "incidents", "kind": "count", "n": 40, "before": 1.5, "after": 0.75,
    "difference": -0.75, "low": -1.3, "high": -0.2, "ratio": 0.5, "ratio_low": 0.3,
    "ratio_high": 0.8, "only_before": 9, "only_after": 3, "neither": 11,
}  # fmt: skip
ATTENDANCE = JOB | {
    "indicator": "school_attendance", "kind": "number", "n": 24, "before": 89.07, "after": 89.95,
    "difference": 0.88, "low": -0.55, "high": 2.31,
}  # fmt: skip


def test_a_share_that_rose_and_is_better_for_it():
    assert indicator_sentences(JOB, better="higher") == [
        "Job: yes for 28 of 50 (56 out of every 100) people at the start and for 38 (76 out of "
        "every 100) at the end of support.",
        "For 12 people no became yes, and for two people yes became no.",
        "We can be fairly sure that the share of yes rose by between 6 and 34 out of every 100. "
        "That is a change for the better.",
    ]


def test_a_count_that_fell():
    assert indicator_sentences(INCIDENTS, better="lower") == [
        "Incidents: 60 at the start and 30 at the end of support, 50% fewer, counted for the same "
        "40 people.",
        "Nine people had some before and none after, three people none before and some after, and "
        "11 people none at either time.",
        "We can be fairly sure that the number fell (between 20% fewer and 70% fewer). That is "
        "a change for the better.",
    ]


def test_an_average_that_may_not_have_changed():
    lines = indicator_sentences(ATTENDANCE, better="higher", unit=("child", "children"))
    assert lines == [
        "School attendance: the average went from 89.1 at the start to 90.0 at the end of support "
        "(24 children).",
        "The true change may lie anywhere between a fall of 0.6 and a rise of 2.3, so there could "
        "be none at all.",
    ]


@pytest.mark.parametrize("row", [JOB, INCIDENTS, ATTENDANCE | {"low": 0.1}])
def test_without_a_known_direction_nothing_is_good_or_bad(row):
    text = " ".join(indicator_sentences(row))
    assert "better" not in text and "worse" not in text and "improve" not in text


@pytest.mark.parametrize(("row", "better"), [(JOB, "lower"), (INCIDENTS, "higher")])
def test_the_wrong_way_is_called_worse(row, better):
    assert indicator_sentences(row, better=better)[-1].endswith("That is a change for the worse.")


@pytest.mark.parametrize(
    ("n", "words", "sentences"),
    [
        (0, "nothing can be said about change", 1),
        (2, "That is too few to compare.", 1),
        (4, "With so few this says little about anybody else.", 3),
        (7, "With fewer than 10 this is a rough picture only.", 4),
    ],
)
def test_few_people_carry_few_words(n, words, sentences):
    few = {"both": 0, "only_before": min(n, 1), "only_after": 0, "neither": max(n - 1, 0)}
    lines = indicator_sentences(JOB | few | {"n": n})
    assert len(lines) == sentences
    assert words in lines[-1]


def test_reasons_take_the_place_of_a_result():
    hidden = {"reason": "SUPPRESSED", "n": None}
    assert indicator_sentences(JOB | hidden) == [
        "Job: hidden because it rests on few people, to protect them."
    ]
    mixed = indicator_sentences(JOB | {"kind": "mixed", "reason": "MIXED_KINDS"})
    assert mixed == [
        "Job: some values are yes or no and others are numbers; they cannot be compared."
    ]
    alone = indicator_sentences(INCIDENTS | {"ratio_low": NAN, "ratio_high": NAN, "reason": "G1"})
    assert alone[-1].startswith("How precise this is cannot be said. All answers come from one")


def test_nothing_before_has_a_lower_end_only():
    row = {"before": 0.0, "ratio": NAN, "ratio_low": 1.4, "ratio_high": NAN,
           "reason": "NONE_BEFORE"}  # fmt: skip
    assert indicator_sentences(INCIDENTS | row)[-1] == (
        "We can be fairly sure that the number rose (at least 40% more)."
    )
    unsure = indicator_sentences(INCIDENTS | row | {"ratio_low": 0.4})[-1]
    assert "cannot be said" in unsure and "Nothing was counted before" in unsure


def test_which_end_is_better():
    assert better_end("Fixed-term exclusions", {}) == "lower"
    assert better_end("school_attendance", {}) == "higher"
    for nobody_knows in ("contact", "together", "child_protection_plan", "housing", "anything"):
        assert better_end(nobody_knows, {}) == ""
    assert better_end("contact", {"contact": "higher"}) == "higher"
    assert better_end("incidents", {"incidents": "neither"}) == ""


@pytest.mark.parametrize(
    ("ratio", "text"),
    [(0.0, "none left"), (0.44, "56% fewer"), (1.0, "as many"), (1.2, "20% more"),
     (3.0, "3.0 times as many"), (NAN, "–"), (None, "–")],
)  # fmt: skip
def test_a_ratio_in_words(ratio, text):
    assert times_text(ratio) == text


def test_cells_of_the_table():
    assert [f(JOB) for f in (change_text, interval_text)] == ["+20", "+6 to +34"]
    assert level_text(JOB, "before") == "56% yes"
    assert [f(INCIDENTS) for f in (change_text, interval_text)] == [
        "50% fewer", "70% fewer to 20% fewer",
    ]  # fmt: skip
    assert level_text(INCIDENTS, "after") == "0.75 each"
    assert change_text(ATTENDANCE) == "+0.9"
    assert interval_text(INCIDENTS | {"ratio_high": NAN}) == "–"
    assert indicator_label("fixed_term_exclusions") == "Fixed term exclusions"


def test_no_such_direction():
    with pytest.raises(ValueError, match="better='up'"):
        indicator_sentences(JOB, better="up")
