"""Questions about answer cells: one for each text, proposals only where nothing is ambiguous."""

from __future__ import annotations

import numpy as np
import pytest

from evaluation.ingest.columns.choices import MISSING_REASONS, Mapping, answered
from evaluation.ingest.files.cells import Cell, Column
from evaluation.ingest.meaning.answer_questions import (
    Unresolved,
    proposed_answer,
    question_key,
    value_questions,
)
from evaluation.ingest.meaning.answers import AnswerReader, answer_parser, fold, score_parser
from evaluation.ingest.meaning.values import Missing, read_column
from evaluation.ingest.problems import Place
from instruments.registry import get

PHQ = get("phq9")
REASONS = [*MISSING_REASONS, "wrong"]


def item(name: str, number: int, cells: list[Cell], *, letter: int = 3, **said: dict) -> Unresolved:
    """A column of answers to one item, whose first row is row 5 of the sheet."""
    known = get(name)
    return column(answer_parser(known, known.item(number), **said), cells, letter, f"q{number}")


def total(name: str, cells: list[Cell], *, letter: int = 20) -> Unresolved:
    known = get(name)
    return column(score_parser(known, known.scale("total")), cells, letter, "Total")


def column(reader, cells: list[Cell], letter: int, header: str) -> Unresolved:
    reading = read_column(Column.of(cells), reader, blank=np.nan)
    place = Place("site.xlsx", "Baseline", column=letter)
    return Unresolved(reader, reading, header, place, np.arange(5, 5 + len(cells)))


def test_one_question_for_each_word_over_all_columns() -> None:
    questions = value_questions(
        [
            item("phq9", 1, [0, "Almost every day", None, "almost every day."]),
            item("phq9", 2, ["ALMOST every day", 2, 3, "a couple of days"], letter=4),
        ]
    )
    first, second = questions
    assert first.subject == ("phq9", "almost every day")
    assert first.text == (
        "'Almost every day' stands in 3 answers to PHQ-9 (columns 'q1', 'q2'). Which answer is it?"
    )
    assert [value for value, _ in first.choices] == ["0", "1", "2", "3", *REASONS]
    assert dict(first.choices)["2"] == "2: more than half the days"
    assert (first.file, first.sheet, first.cell, first.n) == ("site.xlsx", "Baseline", "D6", 3)
    assert first.proposal == ""
    assert second.subject == ("phq9", "a couple of days")
    assert second.text.startswith("'a couple of days' stands in 1 answer to PHQ-9 (column 'q2').")
    assert second.cell == "E8"


def test_an_answered_question_is_read_and_not_asked_again() -> None:
    cells: list[Cell] = ["Almost every day", 999, "2?", "Not sure"]
    mapping = Mapping()
    given = {"word|phq9|almost every day": "3", "reading|999": "refused", "reading|2?": "2",
             "word|phq9|not sure": "wrong"}  # fmt: skip
    questions = value_questions([item("phq9", 1, cells)])
    assert {question.key for question in questions} == set(given)
    for question in questions:
        mapping = answered(mapping, question, given[question.key])
    said = {"words": mapping.words["phq9"], "readings": mapping.readings}
    again = item("phq9", 1, cells, **said)
    assert value_questions([again]) == []
    assert again.reading.values[1:4] == [3.0, Missing("refused"), 2.0]
    assert value_questions([again]) == []
    assert [row for row, _ in again.reading.refused()] == [3]


@pytest.mark.parametrize(
    ("typed", "proposal"),
    [
        ("More than half of the time", "2"), ("More than half days (6-10 days)", "2"),
        ("Several Days (1-5 days)", "1"), ("a couple of days", ""), ("Almost every day", ""),
        ("not at all sure", "0"), ("several", "1"), ("days", ""), ("every day", ""), ("day", ""),
        ("not nearly every day", ""), ("several days; nearly every day", ""),
        ("hardly several days", ""), ("1=not at all", "0"), ("2 - Mehrere Tage", "2"),
        ("9 - Mehrere Tage", ""), ("nearley every day", ""), ("half", ""), ("yes", ""),
    ],
)  # fmt: skip
def test_a_proposal_is_made_only_where_one_label_is_meant(typed: str, proposal: str) -> None:
    reader = answer_parser(PHQ, PHQ.item(1))
    assert proposed_answer(reader, fold(typed)) == proposal


@pytest.mark.parametrize(
    ("name", "typed", "proposal"),
    [
        ("parental_stress_scale_18", "I strongly agree", "5"),  # and not "agree"
        ("parental_stress_scale_18", "somewhat agree", ""),
        ("parental_stress_scale_18", "strongly", ""),
        ("core_om", "occasionally", "1"), ("core_om", "very often", ""), ("core_om", "all", ""),
        ("sdq_parent_4_17", "somewhat", "1"), ("sdq_parent_4_17", "true", ""),
        ("rds_8", "never", ""),
    ],
)  # fmt: skip
def test_proposals_of_other_questionnaires(name: str, typed: str, proposal: str) -> None:
    known = get(name)
    assert proposed_answer(AnswerReader(known, known.item(1)), typed) == proposal


def test_codes_for_missing_are_asked_once_for_all_questionnaires() -> None:
    questions = value_questions(
        [
            item("phq9", 1, [0, 999, "999"]),
            item("gad7", 1, [999.0, 1], letter=12),
            total("phq9", [999, 12]),
        ]
    )
    assert [q.key for q in questions] == ["reading|999"]
    assert questions[0].n == 4
    assert questions[0].proposal == "not known"
    assert [value for value, _ in questions[0].choices] == REASONS
    assert questions[0].text == (
        "'999' stands in 4 cells where there should be an answer (columns 'q1', 'Total'). "
        "What does it mean?"
    )


def test_a_number_that_is_an_answer_in_another_column_is_not_asked_about() -> None:
    # Question 6 of the QMI runs from 1 to 10, so 9 is an answer there.
    nines = item("phq9", 1, [9, 9, 9])
    assert value_questions([nines, item("qmi_6", 6, [9])]) == []
    assert [q.key for q in value_questions([nines, item("qmi_6", 6, [8])])] == ["reading|9"]
    # A total of 9 says nothing about answers of 9.
    assert [q.key for q in value_questions([nines, total("phq9", [9])])] == ["reading|9"]


def test_one_digit_once_or_twice_is_a_slip_of_the_hand_and_no_code() -> None:
    assert value_questions([item("phq9", 1, [9, 1, 9])]) == []
    assert len(value_questions([item("phq9", 1, [9, 9]), item("phq9", 2, [9])])) == 1


def test_a_number_that_stands_for_nothing_is_no_question() -> None:
    assert value_questions([item("phq9", 1, [4, 5, "1.5", 12]), total("phq9", [28, 31])]) == []


def test_marked_numbers_and_marks() -> None:
    questions = {
        q.subject[0]: q
        for q in value_questions(
            [item("phq9", 1, ["2*", "~1", "x"]), total("phq9", ["12?", "14\u00b2", "45*", "-"])]
        )
    }
    assert {text: q.proposal for text, q in questions.items()} == {
        "2*": "2", "~1": "1", "x": "not known", "12?": "12", "14^2": "14", "-": "not known",
    }  # fmt: skip
    assert [value for value, _ in questions["2*"].choices] == ["2", *REASONS]
    assert "should be a score" in questions["12?"].text


def test_no_free_text_and_nothing_personal_reaches_a_question() -> None:
    cells: list[Cell] = [
        "Jane said that she would rather not fill this in today", "jo@example.org", "SW1A 1AA",
        "07700 900123",
    ]  # fmt: skip
    assert value_questions([item("phq9", 1, cells)]) == []


def test_words_of_a_form_with_answers_of_several_kinds_are_asked_for_each_kind() -> None:
    questions = value_questions(
        [
            item("das_32", 1, ["all the time"]),
            item("das_32", 16, ["All the time"]),
            item("das_32", 17, ["all the time", "all the time"]),
            item("das_32", 18, ["all the time"]),
        ]
    )
    assert [(q.subject[1], q.n) for q in questions] == [
        ("all the time", 1),
        ("question 16, all the time", 3),
        ("question 18, all the time", 1),
    ]
    assert "to DAS-32, questions 1 to 15 (column 'q1')" in questions[0].text
    assert "to DAS-32, questions 16, 17, 20, 21 and 22 (columns" in questions[1].text
    assert dict(questions[0].choices)["5"] == "5"


def test_many_columns_are_counted_not_listed() -> None:
    columns = [item("phq9", n, ["most days"], letter=n) for n in range(1, 10)]
    (question,) = value_questions(columns)
    assert "(columns 'q1', 'q2', 'q3' and 6 more)" in question.text
    assert (question.n, question.cell) == (9, "B5")


def test_which_question_a_refused_cell_waits_for() -> None:
    found = item("das_32", 16, ["Never", 7, 99])
    refusals = dict(found.reading.refused())
    keys = [question_key(found.reader, text, refusals[row])
            for row, text in ((0, "never"), (1, "7"), (2, "99"))]  # fmt: skip
    assert keys == ["word|das_32|question 16, never", "reading|7", "reading|99"]
