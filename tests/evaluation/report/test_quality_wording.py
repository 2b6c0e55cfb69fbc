"""What is said of answers: alpha beside print, who left what out, what filling in does."""

from __future__ import annotations

import pandas as pd
import pytest

from evaluation.report import quality_wording as wording

NAN = float("nan")
ALPHA = {
    "n": 210, "alpha": 0.86, "alpha_low": 0.83, "alpha_high": 0.89, "alpha_reason": "",
    "published": 0.89, "published_evidence": "unverified",
}  # fmt: skip
ITEM = {"item": 7, "n_asked": 210, "n_missing": 12, "share": 12 / 210, "low": 0.033, "high": 0.097,
        "rank": 1, "reason": ""}  # fmt: skip
FILLING = {
    "n": 210, "n_complete": 198, "n_published_rule": 0, "n_own_rule": 9, "n_not_scored": 3,
    "mean_strict": 11.24, "mean_prorated": 11.42, "mean_difference": 0.18, "reason": "",
}  # fmt: skip


def test_alpha_stands_beside_the_published_value_with_its_evidence() -> None:
    assert wording.consistency_sentence(ALPHA, "Low mood") == (
        "Low mood: alpha 0.86 (95% interval 0.83 to 0.89) from 210 people. Published: 0.89 (not "
        "verified), which lies within that interval."
    )


@pytest.mark.parametrize(
    ("published", "words"),
    [(0.95, "go together less"), (0.70, "go together more"), (NAN, "No published figure")],
)
def test_alpha_beside_another_published_value(published: float, words: str) -> None:
    assert words in wording.consistency_sentence(ALPHA | {"published": published}, "x")


def test_alpha_that_is_not_there_says_why_and_few_people_get_none() -> None:
    none = ALPHA | {"alpha": NAN, "alpha_reason": "key_needed"}
    assert "key is not public" in wording.consistency_sentence(none, "x")
    nobody = ALPHA | {"alpha": NAN, "alpha_reason": "N0", "n": 0}
    assert "both times" not in wording.consistency_sentence(nobody, "x")
    few = wording.consistency_sentence(ALPHA | {"n": 9}, "x")
    assert "nine people" in few and "0.86" not in few


def test_a_question_left_out() -> None:
    assert wording.skipped_sentence(ITEM) == (
        "Question 7 was left out by 12 of 210 people (6 in 100)."
    )
    few = ITEM | {"n_asked": 19, "n_missing": 2, "share": 2 / 19}
    assert wording.skipped_sentence(few) == "Question 7 was left out by 2 of 19 people."
    rare = ITEM | {"n_asked": 500, "n_missing": 1, "share": 1 / 500}
    assert "fewer than 1 in 100" in wording.skipped_sentence(rare)


def test_shares_in_a_table() -> None:
    assert wording.share_text(ITEM) == "5.7% (3.3% to 9.7%)"
    hidden = ITEM | {"share": NAN, "reason": "SUPPRESSED"}
    assert wording.share_text(hidden) == "hidden"


def items(n_missing: list[float]) -> pd.DataFrame:
    rows = [
        ITEM | {"item": k, "n_missing": m, "share": m / 210, "rank": k}
        for k, m in enumerate(n_missing, start=1)
    ]
    return pd.DataFrame(rows)


@pytest.mark.parametrize(
    ("n_missing", "last"),
    [
        ([0, 0], "Nobody left out a question."),
        ([NAN, 0], "No question was left out by more than a few; how many is hidden."),
        ([20, NAN], "Others were left out by too few to show, or by nobody."),
    ],
)
def test_what_is_hidden_is_said(n_missing: list[float], last: str) -> None:
    assert wording.skipped_sentences(items(n_missing), many="people", most=3)[-1] == last


def test_only_the_worst_are_named() -> None:
    found = wording.skipped_sentences(items([5, 9, 3, 4]), many="people", most=3)
    assert [text.split()[1] for text in found] == ["1", "2", "3"]


def test_filling_in() -> None:
    assert wording.filling_sentence(FILLING, "Low mood") == (
        "Low mood: of 210 questionnaires, 198 have every answer; 9 could only be scored by our own "
        "rule, 3 without a score either way. With those filled in the average would rise from 11.2 "
        "to 11.4."
    )
    complete = FILLING | {"n_complete": 210}
    assert wording.filling_sentence(complete, "x") == "x: nothing is missing in 210 questionnaires."
    same = FILLING | {"mean_prorated": 11.21, "mean_difference": -0.03}
    assert "about the same (11.2)" in wording.filling_sentence(same, "x")


def test_filling_in_that_is_hidden_or_impossible() -> None:
    hidden = FILLING | {"n_own_rule": NAN, "n_not_scored": 0, "mean_difference": NAN}
    text = wording.filling_sentence(hidden, "x")
    assert "few could only be scored" in text and "average" not in text
    assert "form" in wording.filling_sentence(FILLING | {"reason": "verification_needed"}, "x")
