"""Why somebody is left out, in words."""

from __future__ import annotations

import pandas as pd
import pytest

from evaluation.analysis.change import CHANGE_CLASSES
from evaluation.analysis.wave_states import STATES
from evaluation.provenance import ROW_COLUMNS
from evaluation.report.provenance_wording import (
    CLASS_WORDS,
    left_out_sentences,
    people_left_out,
    people_used,
    rows_sentence,
    why_not_text,
)
from instruments.registry import get

PEOPLE = ("person", "people")


def row(**given: object) -> dict[str, object]:
    days = dict.fromkeys(("before_on", "after_on"), pd.NaT)
    blank = {"used": "no", "why_not": "no_later_score", "state": "", "reason": ""}
    return (
        dict.fromkeys(ROW_COLUMNS, "")
        | days
        | blank
        | {"before": 18.0, "after": float("nan")}
        | given
    )


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"used": "yes", "why_not": ""}, ""),
        ({}, "There is no later score."),
        ({"state": "missed"}, "Not heard from"),
        ({"state": "window_open"}, "can still be answered"),
        ({"state": "not_yet_due"}, "not due yet"),
        ({"state": "not_yet_due", "reason": "no_end_date"}, "When support ended is not known."),
        ({"state": "not_eligible", "reason": "withdrew_consent"}, "withdrew consent"),
        ({"state": "done"}, "no score on this measure"),
        ({"why_not": "dates_out_of_order"}, "dated before"),
        ({"why_not": "outside_window"}, "outside the days that the rule file allows"),
        ({"why_not": "later_not_scored", "reason": "missing_answers"}, "Too many answers"),
    ],
)
def test_every_reason_in_words(given: dict, says: str) -> None:
    text = why_not_text(row(**given))
    assert says in text
    assert not text or text.endswith(".")


def test_every_state_and_class_has_words() -> None:
    unnamed = why_not_text(row())
    assert all(why_not_text(row(state=state)) != unnamed for state in STATES)
    assert set(CLASS_WORDS) == set(CHANGE_CLASSES)


def rows(*given: dict) -> pd.DataFrame:
    return pd.DataFrame([row(**one) for one in given], columns=list(ROW_COLUMNS))


def test_those_left_out_are_counted_by_reason_the_most_first() -> None:
    table = rows(
        {"state": "missed"}, {"state": "window_open"}, {"state": "missed"},
        {"used": "yes", "why_not": ""},
    )  # fmt: skip
    lines = left_out_sentences(table, PEOPLE)
    assert [line.split(":")[0] for line in lines] == ["Two people", "One person"]
    assert rows_sentence(table, PEOPLE) == (
        "Four people with the earlier score: one counts, 3 left out."
    )
    assert left_out_sentences(rows({"used": "yes", "why_not": ""}), PEOPLE) == []


def test_the_two_lists() -> None:
    table = rows(
        {"participant": "P1", "used": "yes", "why_not": "", "after": 9.0, "improvement": 9.0,
         "change_class": "recovered", "before_on": pd.Timestamp(2017, 1, 10),
         "session_stands_in": "yes"},
        {"participant": "P2", "why_not": "dates_out_of_order", "after": 4.0},
    )  # fmt: skip
    used, out = people_used(table, get("phq9")), people_left_out(table, get("phq9"))
    assert used.to_dict("records") == [
        {
            "Person": "P1", "First answered": "10\u00a0Jan\u00a02017",
            "Before": "18", "After": "9",
            "Change (+ is better)": "+9", "Clear change": CLASS_WORDS["recovered"],
            "Note": "a session stands in",
        }
    ]  # fmt: skip
    assert out["Person"].tolist() == ["P2"]
    assert out["After"].tolist() == ["4"]
    assert people_used(table.iloc[:0], get("phq9")).empty


def test_a_report_about_a_child_names_the_child() -> None:
    table = rows({"participant": "P1", "child": "K1", "informant": "teacher"})
    out = people_left_out(table, get("sdq_parent_4_17"))
    assert out.loc[0, ["Child", "Answered by"]].tolist() == ["K1", "teacher"]


@pytest.mark.parametrize(
    ("after", "before_read", "after_read", "change"),
    [(9.0, "18", "9", "+9"), (9.5, "18.0", "9.5", "+8.5")],
)
def test_whole_scores_have_no_decimals(after, before_read, after_read, change) -> None:
    table = rows({"used": "yes", "why_not": "", "after": after, "improvement": 18 - after}, {})
    used = people_used(table, get("phq9")).iloc[0]
    assert (used["Before"], used["After"]) == (before_read, after_read)
    assert used["Change (+ is better)"] == change
    assert people_left_out(table, get("phq9"))["Before"].tolist() == [before_read]
