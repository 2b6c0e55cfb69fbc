"""The last look at what is to be released, and its verdict: pass, review or fail."""

from __future__ import annotations

from functools import cache

import pandas as pd
import pytest

from evaluation.config import DisclosureRule
from evaluation.disclosure import check_released, decide, ensure_released
from evaluation.disclosure.decision import ReleaseError
from tests.evaluation.disclosure_views import SLOW, exact_tables, released_tables
from tests.evaluation.random_programmes import random_results

RULE = DisclosureRule()


@cache
def tables(seed: int) -> tuple[dict[str, pd.DataFrame], dict[str, pd.DataFrame]]:
    """Exact and released, of a programme made at random."""
    results = random_results(seed)
    exact = exact_tables(results, without=SLOW)
    return exact, released_tables(exact, results)


def test_every_released_table_passes_the_last_look() -> None:
    exact, released = tables(4)
    assert check_released(released, RULE) == []
    found = check_released(exact, RULE)
    assert any("effects" in sentence for sentence in found)
    assert any("attrition" in sentence for sentence in found)


def test_a_programme_with_small_sites_is_for_review() -> None:
    exact, after = tables(4)
    ensure_released(after, RULE)
    found = decide(exact, after, RULE)
    assert found.decision == "review"
    assert found.n_suppressed["effects"] > 0
    assert found.as_record()["reasons"] == list(found.reasons)


def averages(**cells: object) -> dict[str, pd.DataFrame]:
    row = {"site": "Luton", "n": 40.0, "n_couples": 30.0, "mean_before": 91.2, "df": None,
           "improvement": 3.4, "reason": ""}  # fmt: skip
    return {"effects": pd.DataFrame([row | cells])}


def test_nothing_hidden_passes() -> None:
    assert check_released(averages(), RULE) == []
    assert decide(averages(n=41.0), averages(), RULE).decision == "pass"
    assert decide({}, {}, RULE).decision == "pass"


def test_a_number_just_above_the_limit_is_for_review() -> None:
    found = decide(averages(n=11.0), averages(n=10.0), RULE)
    assert (found.decision, found.n_suppressed) == ("review", {})
    assert "just above" in found.reasons[0]


@pytest.mark.parametrize(
    ("cells", "word"),
    [
        ({"n": 5.0}, "below"), ({"n": 3.0}, "below"), ({"n": 42.0}, "not rounded"),
        ({"n_couples": -5.0}, "below"), ({"df": 39.0}, "exact number"),
        ({"improvement": 3.4173}, "decimals"), ({"participant": "P1"}, "each person"),
        ({"reason": "SUPPRESSED"}, "marked as hidden"),
    ],
)  # fmt: skip
def test_what_must_not_leave_fails_and_stops_the_export(cells: dict, word: str) -> None:
    after = averages(**cells)
    assert any(word in sentence for sentence in check_released(after, RULE))
    assert decide(averages(), after, RULE).decision == "fail"
    with pytest.raises(ReleaseError, match=word):
        ensure_released(after, RULE)


def test_a_hidden_count_is_counted_and_its_number_is_not_said() -> None:
    after = averages(n=None, mean_before=None, improvement=None, reason="SUPPRESSED")
    found = decide(averages(n=4.0), after, RULE)
    assert (found.decision, found.n_suppressed) == ("review", {"effects": 1})
    assert "4" not in " ".join(found.reasons)
