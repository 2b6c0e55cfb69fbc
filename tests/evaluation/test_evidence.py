"""Yardsticks of the evidence card: their sources, their edges, and that none becomes a mark."""

from __future__ import annotations

import pandas as pd
import pytest

from evaluation import evidence
from evaluation.analysis.effect import TIERS
from evaluation.evidence import (
    ASPECTS,
    EVIDENCE_COLUMNS,
    NUMBERS,
    THRESHOLDS,
    Threshold,
    judge,
    padlocks,
)


def row(aspect: str, **cells: object) -> dict:
    texts = dict.fromkeys(EVIDENCE_COLUMNS, "") | dict.fromkeys(NUMBERS, float("nan"))
    return texts | {"site": "Luton", "aspect": aspect} | cells


def judged(aspect: str, **cells: object) -> dict:
    [found] = judge(pd.DataFrame([row(aspect, **cells)])).to_dict("records")
    return found


def test_every_yardstick_has_a_source_and_says_how_well_it_is_established() -> None:
    for aspect, known in THRESHOLDS.items():
        assert aspect in ASPECTS
        assert known.citation and known.text
        assert known.verified in ("yes", "no", "own rule")
    assert [Threshold((), "", "", grade).verified for grade in ("confirmed", "unverified")] == [
        "yes",
        "no",
    ]


def test_what_was_not_read_in_its_source_is_said_to_be_unverified() -> None:
    assert evidence.EEF_PADLOCKS.verified == "no"
    assert evidence.WWC_ATTRITION.verified == "no"
    assert evidence.WWC_BASELINE.verified == evidence.EIF_LEVEL.verified == "yes"


def test_tiers_are_those_of_the_display() -> None:
    assert evidence.ENOUGH_PEOPLE.values == tuple(float(below) for below, _ in TIERS)
    assert evidence.ENOUGH_PEOPLE.values == (3, 5, 10, 20)


def test_no_published_minimum_of_twenty_is_claimed_for_the_foundation() -> None:
    assert "20" not in evidence.EIF_LEVEL.text + evidence.EIF_LEVEL.note


@pytest.mark.parametrize(
    ("lost", "expected"),
    [(0, 5), (0.1, 5), (0.1001, 4), (0.2, 4), (0.3, 3), (1 - 0.7, 3), (0.4, 2), (0.5, 1),
     (0.5001, 0), (1, 0)],
)  # fmt: skip
def test_padlocks_by_the_share_lost(lost: float, expected: int) -> None:
    assert padlocks(lost) == expected


@pytest.mark.parametrize(
    ("n", "finding"),
    [(0, "nobody yet"), (1, "too few"), (4, "too few"), (5, "rough"), (9, "rough"),
     (10, "limited"), (19, "limited"), (20, "enough")],
)  # fmt: skip
def test_how_many_is_judged_by_the_tiers(n: int, finding: str) -> None:
    found = judged("n", value=n, n=n, n_couples=n)
    assert (found["finding"], found["verified"]) == (finding, "own rule")


@pytest.mark.parametrize("value", [0.1, 0.5, 0.95, 1.0])
def test_retention_is_orientation_and_never_a_mark(value: float) -> None:
    found = judged("retention", value=value, n=100, n_lost=100 * (1 - value))
    assert (found["finding"], found["verified"]) == ("for orientation", "no")
    assert found["detail"].endswith("of 5 padlocks by loss")


@pytest.mark.parametrize("value", [0.0, 0.04, 0.2, 0.9])
def test_difference_of_lost_and_kept_is_orientation(value: float) -> None:
    found = judged("representativeness", value=value, n=40, n_lost=10, detail="PHQ-9")
    assert (found["finding"], found["detail"]) == ("for orientation", "PHQ-9")


def test_nobody_lost_and_not_compared_are_told_apart() -> None:
    assert judged("representativeness", n=30, n_lost=0)["finding"] == "nobody lost"
    assert judged("representativeness")["finding"] == "not compared"


@pytest.mark.parametrize(
    ("value", "finding"), [(0.19, "narrow"), (0.2, "medium"), (0.5, "medium"), (0.51, "wide")]
)
def test_precision_by_our_own_rule(value: float, finding: str) -> None:
    assert judged("precision", value=value, n=30)["finding"] == finding


@pytest.mark.parametrize(
    ("low", "finding"), [(0.01, "level 2 at most"), (0, "no improvement shown"),
                         (-2, "no improvement shown")],
)  # fmt: skip
def test_the_level_is_an_upper_bound_and_needs_an_improvement(low: float, finding: str) -> None:
    assert judged("level", low=low, high=5, n=30)["finding"] == finding


def test_the_level_of_nobody_and_of_one_couple() -> None:
    assert judged("level", n=0)["finding"] == "nobody yet"
    found = judged("level", n=2, reason="G1")
    assert (found["finding"], found["reason"]) == ("not known", "G1")


def test_there_is_never_a_comparison_group() -> None:
    found = judged("comparison")
    assert (found["finding"], found["verified"]) == ("no comparison group", "no")
    assert "not applied" in found["threshold"]


def test_a_hidden_row_stays_hidden_whatever_its_numbers() -> None:
    for aspect in ASPECTS:
        found = judged(aspect, value=0.9, n=50, n_lost=5, low=1, reason="SUPPRESSED")
        assert (found["finding"], found["reason"]) == ("hidden", "SUPPRESSED")


def test_an_unknown_aspect_is_refused() -> None:
    with pytest.raises(ValueError, match="'grade' is none of"):
        judge(pd.DataFrame([row("grade")]))


def test_an_empty_table_is_judged_too() -> None:
    assert judge(pd.DataFrame(columns=list(EVIDENCE_COLUMNS))).empty
