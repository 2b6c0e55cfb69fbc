"""Sentences of the evidence card, one by one; none gives a mark."""

from __future__ import annotations

import re

import pytest

from evaluation.evidence import ASPECTS, EVIDENCE_COLUMNS, NUMBERS, THRESHOLDS
from evaluation.report import evidence_wording
from evaluation.report.evidence_wording import (
    ASPECT_QUESTIONS,
    REPORT,
    evidence_sentence,
    evidence_yardstick,
    threshold_note,
)

NAN = float("nan")


def say(aspect: str, *, unit=("person", "people"), **cells: object) -> str:
    row = dict.fromkeys(EVIDENCE_COLUMNS, "") | dict.fromkeys(NUMBERS, NAN)
    return evidence_sentence(
        row | {"aspect": aspect, "contrast": "baseline_end"} | cells, unit=unit
    )


def test_every_aspect_has_its_question() -> None:
    assert set(ASPECT_QUESTIONS) == set(ASPECTS)
    assert all(question.endswith("?") for question in ASPECT_QUESTIONS.values())


@pytest.mark.parametrize("aspect", ASPECTS)
def test_hidden_says_why_and_nothing_else(aspect: str) -> None:
    text = say(aspect, value=0.5, n=4.0, reason="SUPPRESSED", finding="hidden")
    assert text == "Hidden because it rests on few people, to protect them."


def test_how_many() -> None:
    assert say("n", n=84.0, n_couples=50.0, finding="enough") == (
        "84 people from 50 couples or single people were measured both times. That is enough for "
        "an average and for comparing groups within it."
    )
    assert say("n", n=1.0, n_couples=1.0, finding="too few") == (
        "One person from one couple or single person was measured both times. That is too few "
        "for an average."
    )
    assert say("n", n=7.0, n_couples=5.0, finding="rough", unit=REPORT) == (
        "Seven reports about children from five couples or single people were measured both "
        "times. That gives a rough picture only."
    )
    assert say("n", n=12.0, n_couples=9.0, finding="limited").endswith(
        "That is enough for an average, not for comparing groups within it."
    )
    assert say("n", n=0.0, finding="nobody yet") == "Nobody has answered at both times yet."


def test_what_they_amount_to() -> None:
    assert say("n_effective", value=71.4, n=84.0, n_couples=50.0) == (
        "Partners tend to change alike, so for the average they amount to about 71 people who do "
        "not know each other."
    )
    assert say("n_effective", value=20.0, n=20.0, n_couples=20.0) == (
        "Nobody's partner is among them, so each of them counts in full."
    )
    assert say("n_effective", value=20.0, n=20.0, n_couples=12.0) == (
        "Partners changed no more alike than strangers, so each person counts in full."
    )
    assert say("n_effective", n=0.0, reason="N0") == (
        "This cannot be worked out. Nobody has answered at both times yet."
    )


def test_who_came_back() -> None:
    row = {"value": 0.65, "low": 0.56, "high": 0.73, "n": 120.0, "n_lost": 42.0}
    assert say("retention", **row, detail="2 of 5 padlocks by loss") == (
        "At the end of support we heard from 78 of 120 people who were due: 65% (95% interval 56% "
        "to 73%). In a table for trials a loss of this size goes with 2 of 5 padlocks; that table "
        "has not been verified here, was made for studies with a comparison group, and is no "
        "grade for this one."
    )
    released = say("retention", value=0.65, n=120.0, n_lost=40.0, detail="2 of 5 padlocks by loss")
    assert released.startswith("At the end of support we heard from 80 of 120 people who were due: "
                               "65%. In")  # fmt: skip
    one = say("retention", value=1.0, n=1.0, n_lost=0.0, detail="5 of 5 padlocks by loss")
    assert one.startswith("At the end of support we heard from 1 of 1 person who was due: 100%.")
    assert say("retention", reason="NOT_YET_DUE") == (
        "Nobody's questionnaire has come due yet, so nothing can be said."
    )
    assert say("retention", reason="wave_not_used") == (
        "This site does not seem to ask at this time."
    )
    assert say("retention", reason="WAVE_UNDATED") == (
        "There is no day by which these questionnaires are due, so nobody is late."
    )


def test_who_filled_this_one_in_again() -> None:
    row = {"value": 0.6, "low": 0.5, "high": 0.7, "n": 100.0, "n_lost": 40.0}
    assert say("answered", **row, contrast="baseline_6m") == (
        "Of 100 people with a score at the start and due 6 months after the end, 60 have one that "
        "can be used: 60% (95% interval 50% to 70%). The change rests on these."
    )
    assert say("answered", value=1.0, n=1.0, n_lost=0.0, unit=REPORT).startswith(
        "Of 1 report about a child with a score"
    )


def test_what_the_lost_could_change() -> None:
    assert say("selection_bias", value=0.2154, detail="0.27") == (
        "If staying and changing went together with a correlation of 0.27, the change of those "
        "measured would differ by about 0.22 standard deviations of change from that of "
        "everybody. How far they do go together nobody knows."
    )
    assert say("selection_bias", value=0.0, detail="0.27") == (
        "Everybody who was due filled it in again, so nobody's absence can mislead."
    )
    assert say("selection_bias", detail="0.27", reason="NONE_OBSERVED") == (
        "Nobody who was due has filled it in again, so there is no change to judge."
    )


def test_whether_the_lost_were_different() -> None:
    row = {"value": 0.41, "n": 120.0, "detail": "Low mood (PHQ-9 total)"}
    guide = (
        " What Works Clearinghouse asks for no more than 0.05, or up to 0.25 if it is allowed "
        "for; that is about the two groups of a trial and only a guide here."
    )
    first = (
        "At the start those we lost differed most from those we kept in Low mood (PHQ-9 total): "
        "by 0.41 standard deviations."
    )
    assert say("representativeness", **row, n_lost=42.0) == first + guide
    assert say("representativeness", **row, n_lost=4.0) == (
        f"{first} These are so few that chance alone may do this.{guide}"
    )
    assert say("representativeness", n=30.0, n_lost=0.0, finding="nobody lost") == (
        "Nobody who was due has been lost, so there is nobody to compare."
    )
    assert say("representativeness", reason="NOT_COMPARED") == (
        "Those we lost and those we kept have not been compared for this time."
    )


@pytest.mark.parametrize(
    ("finding", "ending"),
    [("narrow", "That is narrow: even a small change would show."),
     ("medium", "That is medium: a medium change would show, a small one might not."),
     ("wide", "That is wide: even a medium change might not show.")],
)  # fmt: skip
def test_how_exact(finding: str, ending: str) -> None:
    text = say("precision", value=0.3, low=0.1, high=0.7, n=40.0, finding=finding)
    assert text == (
        "The true average may lie about 0.30 standard deviations to either side (95% interval "
        f"+0.10 to +0.70). {ending}"
    )


def test_how_exact_for_very_few() -> None:
    few = say("precision", value=3.4, low=-3.1, high=3.6, n=4.0, finding="wide")
    assert few == "So few people say little about anybody else, so no figure is given here."
    assert say("precision", n=1.0, reason="N1") == (
        "How exact the average is cannot be said. Only one person has answered at both times, "
        "which is too few."
    )


def test_how_well_the_questionnaire_is_established() -> None:
    detail = "scoring: confirmed; reliability: single source; cutoff: none"
    assert say("instrument", detail=detail, finding="checked") == (
        "How it is scored: checked against its source; how steady its scores are: from a single "
        "source; where the range of concern begins: no figure is used."
    )
    detail = "scoring: unverified; reliability: rule file; cutoff: computed"
    assert say("instrument", detail=detail, finding="not verified") == (
        "How it is scored: not verified; how steady its scores are: given in the rule file; where "
        "the range of concern begins: worked out from averages and spreads."
    )


def test_no_comparison_group() -> None:
    assert say("comparison", finding="no comparison group") == (
        "No. The change cannot be attributed to the support, because nobody knows how similar "
        "families without it would have fared. Published limits for loss in two groups do not "
        "apply to a single group, so none is shown."
    )


def test_the_most_this_design_can_show() -> None:
    most = (
        "Without a comparison group the Early Intervention Foundation's level 2, 'preliminary "
        "evidence', is the most that can be reached; it makes no claim about cause."
    )
    assert say("level", low=1.0, high=3.0, n=40.0, finding="level 2 at most") == (
        f"{most} Scores got better on average here, but that alone does not reach it: only the "
        "Foundation's own assessment, by all of its requirements, can say so."
    )
    assert say("level", low=-1.0, high=3.0, n=40.0, finding="no improvement shown") == (
        f"{most} Here it is not even fairly sure that scores got better on average."
    )
    assert say("level", n=0.0, finding="nobody yet", reason="N0") == (
        f"{most} Here nothing can be said of it yet. Nobody has answered at both times yet."
    )


def test_yardsticks_say_how_well_they_are_established() -> None:
    padlocks = {"aspect": "retention", "threshold": "share lost", "verified": "no"}
    assert evidence_yardstick(padlocks) == "Share lost (not verified)."
    own = {"aspect": "n", "threshold": "from 20 enough", "verified": "own rule"}
    assert evidence_yardstick(own) == "From 20 enough (our own rule)."
    scale = {"aspect": "instrument", "threshold": "grades", "finding": "single source"}
    assert evidence_yardstick(scale) == "Grades (single source)."
    assert evidence_yardstick({"aspect": "answered", "threshold": ""}) == ""
    note = threshold_note(THRESHOLDS["retention"])
    assert note == (
        "Education Endowment Foundation, classification of the security of findings (not "
        "verified; made for trials with a comparison group)"
    )


def test_no_sentence_grades_or_blames() -> None:
    words = [evidence_wording.CARD_NOTE, *ASPECT_QUESTIONS.values()]
    words += [say("retention", value=0.2, n=50.0, n_lost=40.0, detail="0 of 5 padlocks by loss")]
    for text in words:
        assert not re.search(r"\b(poor|bad|fail|failed|score of|rating)\b", text)
