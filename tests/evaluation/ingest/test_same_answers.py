"""Copied rows and forms filled in without reading: told where chance is unlikely, else not."""

from __future__ import annotations

import numpy as np
import pytest

from evaluation.ingest.problems import sentence
from tests.evaluation.ingest.test_cross_checks import PHQ, codes, found, occasion, only, parse

# --- the same answers as somebody else ---------------------------------------------------------

OTHER = [3, 2, 1, 0, 3, 2, 1, 0, 3]
LONG = [0, 1, 2, 3, 4] * 7


def test_both_partners_with_the_same_answers_are_told() -> None:
    problem = only(
        "identical_answers",
        occasion("P1", "baseline", couple="C1", phq9=PHQ),
        occasion("P3", "baseline", phq9=OTHER),
        occasion("P2", "baseline", couple="C1", phq9=PHQ),
    )
    assert (problem.severity, problem.row) == ("note", 2)
    assert problem.message == (
        "2 forms hold exactly the same PHQ-9 answers as another person's at the same point in "
        "time: rows 2 and 4 (partners). This can be chance."
    )


def test_rows_one_below_the_other_are_told_and_rows_far_apart_are_chance() -> None:
    first, other = occasion("P1", "baseline", phq9=PHQ), occasion("P3", "baseline", phq9=OTHER)
    second = occasion("P2", "baseline", phq9=PHQ)
    assert "rows 2 and 3." in only("identical_answers", first, second, other).message
    assert "identical_answers" not in codes(first, other, second)
    between = occasion("P3", "end", phq9=OTHER)  # another wave does not stand between them
    assert "identical_answers" in codes(first, between, second)


@pytest.mark.parametrize(
    "change",
    [
        {"wave": "end"},
        {"site": "Dorset"},
        {"participant": "P1", "child": "K2"},
        {"phq9": [*PHQ[:8], 1]},
        {"phq9": PHQ[:8]},
    ],
)
def test_what_is_no_copy(change: dict[str, object]) -> None:
    first = occasion("P1", "baseline", couple="C1", phq9=PHQ)
    second = occasion("P2", "baseline", couple="C1", phq9=PHQ)
    assert "identical_answers" in codes(first, second)
    assert "identical_answers" not in codes(first, second | change)


@pytest.mark.parametrize("answers", [[0] * 9, [0, 1] * 4 + [0], PHQ[:8]])
def test_few_or_uniform_answers_prove_nothing(answers: list[int]) -> None:
    rows = [occasion(f"P{i}", "baseline", couple="C1", phq9=answers) for i in (1, 2)]
    assert "identical_answers" not in codes(*rows)


def test_two_strangers_need_many_answers_in_common() -> None:
    def strangers(answers: list[int]) -> list[dict[str, object]]:
        middle = occasion("P2", "baseline", core_om=[4 - a for a in answers])
        return [
            occasion("P1", "baseline", core_om=answers),
            middle,
            occasion("P3", "baseline", core_om=answers),
        ]

    assert "rows 2 and 4" in only("identical_answers", *strangers(LONG[:20])).message
    assert "identical_answers" not in codes(*strangers(LONG[:19]))


def test_sessions_are_compared_by_their_number() -> None:
    rows = [occasion(f"P{n}", "session", session_number=n, couple="C1", phq9=PHQ) for n in (1, 2)]
    assert "identical_answers" not in codes(*rows)


def test_copies_of_a_site_are_one_note_however_many() -> None:
    rows = [
        occasion(f"P{i}{partner}", "baseline", couple=f"C{i}", phq9=[*PHQ[:7], i % 4, i // 4])
        for i in range(10)
        for partner in "ab"
    ]
    message = only("identical_answers", *rows).message
    assert message.startswith("20 forms hold")
    assert "rows 2 and 3 (partners); " in message
    assert message.endswith("and 2 more such groups. This can be chance.")


def test_no_answer_is_ever_repeated() -> None:
    rows = [occasion(f"P{i}", "baseline", couple="C1", phq9=[3, 0, 2] * 3) for i in (1, 2)]
    assert "3, 0, 2" not in sentence(only("identical_answers", *rows))


def test_a_row_that_holds_both_partners_is_listed_once() -> None:
    parsed = parse(*[occasion(f"P{i}", "baseline", couple="C1", phq9=PHQ) for i in (1, 2)])
    parsed.rows["row"] = 5
    problems = [p for p in found(parsed) if p.code == "identical_answers"]
    assert [("row 5 (partners)" in p.message) for p in problems] == [True]


# --- one answer throughout ---------------------------------------------------------------------


def test_one_answer_to_questions_of_both_kinds_is_told() -> None:
    problem = only(
        "same_answer_throughout",
        occasion("P1", "baseline", core_10=[4] * 10),
        occasion("P2", "baseline", core_10=[4] * 9 + [3]),
        occasion("P3", "baseline", core_10=[0] * 7),
    )
    assert (problem.severity, problem.row) == ("note", 2)
    assert problem.message == (
        "2 CORE-10 forms have the same answer to every question, although some are worded the "
        "other way round (rows 2 and 4)."
    )


def test_one_answer_is_fine_where_no_item_is_reversed_or_too_few_were_answered() -> None:
    assert codes(occasion("P1", "baseline", phq9=[0] * 9)) == []
    assert codes(occasion("P1", "baseline", core_10=[0] * 6)) == []
    blank = [np.nan]
    assert codes(occasion("P1", "baseline", core_10=[0, *blank, *blank] + [0] * 7)) == []
