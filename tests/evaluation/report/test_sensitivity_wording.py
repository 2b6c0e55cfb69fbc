"""Sentences on those who were lost, each as it is read."""

from __future__ import annotations

import re

import pytest

from evaluation.report.sensitivity_wording import (
    METHOD_NAMES,
    change,
    conclusion_sentence,
    lost_sentence,
    sensitivity_sentences,
)
from evaluation.tables.sensitivity import METHODS

nan = float("nan")
COUNTS = {
    "contrast": "baseline_end", "n_completers": 221, "n_lost": 49, "n_waiting": 21,
    "n_not_asked": 8, "reason": "",
}  # fmt: skip
ESTIMATES = {
    "completers": (1.98, 1.44, 2.52), "mi": (1.99, 1.44, 2.54), "worst": (-1.59, -2.72, -0.45),
    "best": (3.31, 2.64, 3.99), "lost_worsen_by_rc": (0.65, 0.07, 1.23),
}  # fmt: skip


def strip(counts: dict | None = None, **changed: dict) -> dict[str, dict]:
    rows = {}
    for method, (estimate, low, high) in ESTIMATES.items():
        numbers = {"estimate": estimate, "low": low, "high": high, "method": method}
        rows[method] = COUNTS | numbers | (counts or {})
    rows["mi"] |= {"tipping_points": 7.32, "tipping_in_rc": 1.37}
    for method, cells in changed.items():
        rows[method] |= cells
    return rows


def test_all_sentences_together() -> None:
    assert sensitivity_sentences(list(strip().values())) == [
        "The conclusion survives unless those lost did more than 7.3 points worse than people with "
        "the same scores so far who came back (that is 1.4 reliable changes).",
        "Of 270 people with a score at the start who were due at the end of support, 49 people "
        "were lost (18 out of every 100). Left out: 21 people whose time is still to come or "
        "running and eight people not asked at this time, or whose dates are in the wrong order.",
        "The average among those who came back is an improvement of 2.0 points; with those lost "
        "allowed for it is an improvement of 2.0 points.",
        "If everybody lost had got worse by one reliable change, the average would be an "
        "improvement of 0.7 points.",
        "With the worst possible score for everybody lost it would be a worsening of 1.6 points, "
        "with the best an improvement of 3.3 points.",
    ]


@pytest.mark.parametrize(
    ("cells", "end"),
    [({"tipping_in_rc": nan}, "who came back."), ({"tipping_in_rc": None}, "who came back."),
     ({"tipping_in_rc": 1.0}, "(that is 1.0 reliable change)."),
     ({"tipping_in_rc": 0.04}, "(that is less than a tenth of a reliable change).")],
)  # fmt: skip
def test_reliable_changes(cells: dict, end: str) -> None:
    assert conclusion_sentence(strip(mi=cells)).endswith(end)


def test_a_conclusion_that_hangs_by_a_thread() -> None:
    assert conclusion_sentence(strip(mi={"tipping_points": 0.01})) == (
        "The conclusion hangs on those lost: it fails if they did even slightly worse than people "
        "with the same scores so far who came back."
    )


def test_people_got_worse() -> None:
    worse = {"estimate": -2.0, "low": -3.0, "high": -1.0, "tipping_points": -4.0,
             "tipping_in_rc": -2.0}  # fmt: skip
    assert conclusion_sentence(strip(mi=worse)) == (
        "The conclusion that people got worse survives unless those lost did more than 4.0 points "
        "better than people with the same scores so far who came back (that is 2.0 reliable "
        "changes)."
    )


def test_it_would_hold_whatever_became_of_those_lost() -> None:
    assert conclusion_sentence(strip(worst={"low": 0.1})) == (
        "The conclusion survives whatever became of those lost: it would hold even if all of them "
        "had the worst possible score."
    )
    worse = {"estimate": -2.0, "low": -3.0, "high": -1.0}
    assert conclusion_sentence(strip(mi=worse, best={"high": -0.1})) == (
        "The conclusion survives whatever became of those lost: it would hold even if all of them "
        "had the best possible score."
    )


def test_no_conclusion_and_one_that_does_not_survive() -> None:
    unclear = {"low": -0.2, "high": 1.0, "tipping_points": nan}
    assert conclusion_sentence(strip(mi=unclear, completers={"low": -0.1})) == (
        "Whether people changed on average is not clear, with or without those lost, so there is "
        "no conclusion that they could overturn."
    )
    assert conclusion_sentence(strip(mi=unclear)) == (
        "The conclusion does not survive: the change is clear among those who came back, but not "
        "once those lost are allowed for."
    )


def test_nobody_lost() -> None:
    counts = {"n_completers": 270, "n_lost": 0, "n_waiting": 0, "n_not_asked": 0,
              "reason": "NONE_LOST"}  # fmt: skip
    assert sensitivity_sentences(list(strip(counts).values())) == [
        "Nobody was lost, so the conclusion does not depend on anybody who is missing.",
        "Of 270 people with a score at the start who were due at the end of support, nobody was "
        "lost.",
    ]


def test_everybody_lost() -> None:
    none = {"estimate": nan, "low": nan, "high": nan, "reason": "NONE_OBSERVED"}
    rows = strip({"n_completers": 0, "n_lost": 6}, completers=none, mi=none)
    sentences = sensitivity_sentences(list(rows.values()))
    assert sentences[0] == "Nobody who was due came back, so there is no conclusion to test."
    assert sentences[1].startswith(
        "Of six people with a score at the start who were due at the end of support, six people "
        "were lost."
    )
    assert not any("came back is" in sentence for sentence in sentences)


def test_too_few_came_back() -> None:
    none = {"estimate": nan, "low": nan, "high": nan, "reason": "FEW_FOR_IMPUTATION"}
    assert conclusion_sentence(strip(mi=none)) == (
        "Too few came back to say how those lost may have done. Depending on them, the average "
        "could be anything between a worsening of 1.6 points and an improvement of 3.3 points."
    )


def test_an_average_without_an_interval() -> None:
    one_couple = {"low": nan, "high": nan, "reason": "G1"}
    assert conclusion_sentence(strip(mi=one_couple)) == (
        "Whether the conclusion survives cannot be said. All answers come from one couple, so "
        "their precision cannot be worked out."
    )


@pytest.mark.parametrize(
    ("reason", "words"),
    [("SUPPRESSED", "Hidden"), ("NOT_YET_DUE", "come due"), ("N0", "Nobody has answered"),
     ("NO_DIRECTION", "neither higher nor lower")],
)  # fmt: skip
def test_what_was_not_worked_out_or_is_hidden(reason: str, words: str) -> None:
    rows = strip({"reason": reason, "n_lost": None, "n_completers": None})
    [sentence] = sensitivity_sentences(list(rows.values()))
    assert words in sentence


@pytest.mark.parametrize("method", ["completers", "mi"])
def test_what_allows_for_those_lost_is_hidden_although_the_average_is_told(method: str) -> None:
    hidden = {"estimate": None, "low": None, "high": None, "reason": "SUPPRESSED"}
    changed = {method: hidden if method == "mi" else {"n_lost": None}}
    changed |= {"worst": hidden, "best": hidden}
    (sentence,) = sensitivity_sentences(list(strip(**changed).values()))
    assert sentence.startswith("Hidden")


def test_counts_in_words_and_hidden_ones_left_out() -> None:
    row = COUNTS | {"n_completers": 4, "n_lost": 1, "n_waiting": None, "n_not_asked": nan}
    assert lost_sentence(row) == (
        "Of five people with a score at the start who were due at the end of support, one person "
        "was lost."
    )
    reports = ("report about a child", "reports about children")
    assert lost_sentence(COUNTS | {"contrast": "baseline_3m"}, unit=reports).startswith(
        "Of 270 reports about children with a score at the start who were due 3 months after the "
        "end, 49 reports about children were lost (18 out of every 100)."
    )
    assert lost_sentence(COUNTS | {"n_lost": None}) == ""


@pytest.mark.parametrize(
    ("value", "text"),
    [(2.0, "an improvement of 2.0 points"), (-1.04, "a worsening of 1.0 point"),
     (0.0, "no change at all"), (0.01, "an improvement of less than 0.1 points")],
)  # fmt: skip
def test_change_in_words(value: float, text: str) -> None:
    assert change(value) == text


def test_every_method_has_a_name_and_no_sentence_has_jargon() -> None:
    assert set(METHOD_NAMES) == set(METHODS)
    texts = [*METHOD_NAMES.values(), *sensitivity_sentences(list(strip().values()))]
    jargon = r"imput|p-value|\bCI\b|MAR|delta|Rubin|completer|attrition|nan|None"
    assert not [text for text in texts if re.search(jargon, text)]


def test_no_rows() -> None:
    assert sensitivity_sentences([]) == []
