"""Two releases, one after the other: what the change of a rounded average tells of a few people."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from evaluation.config import DisclosureRule
from evaluation.disclosure import release_effects
from evaluation.disclosure.decision import Decision, merge
from evaluation.disclosure.differencing import (
    Difference,
    compare_releases,
    known_within,
    people_behind,
)
from evaluation.disclosure.rounding import rounded
from evaluation.model import EFFECT_COLUMNS

RULE = DisclosureRule()
KEY = b"a secret of the store"
CELL = ("Luton", "das_32", "total", "baseline_end", "")


def pairs(before: np.ndarray, after: np.ndarray | None = None) -> dict[str, pd.DataFrame]:
    n = len(before)
    table = pd.DataFrame({
        "site": "Luton", "participant": [f"P{i}" for i in range(n)], "child": "", "informant": "",
        "instrument": "das_32", "scale": "total", "before": before,
        "after": before + 3 if after is None else after, "excluded": "", "practitioner": False,
    })  # fmt: skip
    return {"baseline_end": table}


def behind(before: np.ndarray, after: np.ndarray | None = None):
    return people_behind(pairs(before, after), key=KEY, rule=RULE)


def compared(before: np.ndarray, now: np.ndarray, **more: object) -> Difference:
    """What somebody learns who has the release of ``before`` and gets that of ``now``."""
    last = {cell: one.people for cell, one in behind(before).items()}
    return compare_releases(last, behind(now), RULE, **more)


def scores(n: int, seed: int = 1) -> np.ndarray:
    return np.round(np.random.default_rng(seed).normal(95, 15, n))


def shown_mean(before: np.ndarray) -> float:
    row = dict.fromkeys(EFFECT_COLUMNS, 1.5) | {
        "site": "Luton", "subgroup": "", "instrument": "das_32", "scale": "total",
        "contrast": "baseline_end", "reason": "", "n": len(before), "n_couples": len(before),
        "n_excluded": 20, "mean_before": before.mean(),
    }  # fmt: skip
    table = pd.DataFrame([row], columns=list(EFFECT_COLUMNS)).astype({"reason": object})
    return float(release_effects(table, RULE)["mean_before"].iloc[0])


@pytest.mark.parametrize("n", [12, 20, 60, 150, 250])
def test_the_attack_knows_a_newcomer_as_closely_as_is_said(n: int) -> None:
    """Whoever knows both numbers of people knows the score to within `known_within`."""
    for seed in range(20):
        before = scores(n + 1, seed)
        guess = (n + 1) * shown_mean(before) - n * shown_mean(before[:-1])
        assert abs(guess - before[-1]) <= known_within(n, n + 1, 1, RULE) + 1e-9
    assert known_within(20, 21, 1, RULE) == pytest.approx(0.05 * 41)


def test_a_single_newcomer_to_a_small_site_is_for_review() -> None:
    before = scores(31)
    found = compared(before[:-1], before)
    assert found.decision == "review"
    assert found.cells[0][0] in ("ALL", "Luton")
    assert {cell[0] for cell in found.cells} == {"ALL", "Luton"}
    assert "Luton" in found.reasons[0]
    assert not any(character.isdigit() for character in found.reasons[0])


@pytest.mark.parametrize("changed", range(1, 8))
def test_one_to_seven_corrected_scores_are_for_review(changed: int) -> None:
    before = scores(30)
    corrected = before.copy()
    corrected[:changed] += 9
    assert compared(before, corrected).decision == "review"


def test_nobody_changed_or_enough_did_passes() -> None:
    before = scores(60)
    assert compared(before, before).decision == "pass"
    assert compared(before[:50], before).decision == "pass"
    assert compare_releases({}, behind(before), RULE).decision == "pass"


def test_many_people_hide_one_by_their_rounding() -> None:
    """With 180 people one decimal leaves 18 points on either side, more than half a spread."""
    before = scores(181)
    assert compared(before[:-1], before).decision == "pass"
    # From 198 on averages have two decimals, and a newcomer would be known within two points.
    before = scores(221)
    assert compared(before[:-1], before).decision == "review"


@pytest.mark.parametrize("newcomers", [1, 2, 5])
def test_a_total_tells_of_newcomers_however_many_others_there_are(newcomers: int) -> None:
    """Rounded to 5 twice, the difference of two totals is known to within 5 either way."""
    hours = np.round(np.random.default_rng(2).normal(40, 14, 900), 1)
    last, now = (rounded(pd.Series([x.sum()]), RULE)[0] for x in (hours[:-newcomers], hours))
    assert abs((now - last) - hours[-newcomers:].sum()) <= RULE.round_to
    found, kept = (
        people_behind(pairs(x), key=KEY, rule=RULE, added_up=True)
        for x in (hours, hours[:-newcomers])
    )
    last_time = {cell: one.people for cell, one in kept.items()}
    assert compare_releases(last_time, found, RULE).decision == "review"
    # Of ten newcomers it is their average that is told, and that is shown of ten people.
    last_time = people_behind(pairs(hours[:-10]), key=KEY, rule=RULE, added_up=True)
    people = {cell: one.people for cell, one in last_time.items()}
    assert compare_releases(people, found, RULE).decision == "pass"


def test_what_was_hidden_before_is_not_compared() -> None:
    before = scores(12)
    assert compared(before[:8], before).decision == "pass"


def test_averages_that_nobody_is_shown_have_nobody_behind_them() -> None:
    assert behind(scores(RULE.min_n - 1)) == {}
    assert set(behind(scores(RULE.min_n))) == {CELL, ("ALL", *CELL[1:])}


def test_hashes_tell_nothing_without_the_key() -> None:
    before = scores(11)
    one = behind(before)
    other = people_behind(pairs(before), key=b"another", rule=RULE)
    assert not one[CELL].people & other[CELL].people
    assert len(one[CELL].people) == 11
    assert "P1" not in repr(one)
    assert one[CELL].spread == float(before.std(ddof=1))


def test_a_newcomer_is_seen_in_the_group_whose_average_tells_of_them() -> None:
    """Among 180 people the rounding hides one; among the 20 fathers of them it does not."""
    before = scores(181)

    def fathers(n: int) -> dict[str, pd.DataFrame]:
        found = pairs(before)["baseline_end"].iloc[:n].copy()
        found["role"] = ["father" if i % 9 == 0 else "" for i in range(n)]
        return {"baseline_end": found}

    last, new = (people_behind(fathers(n), key=KEY, rule=RULE, traits=["role"]) for n in (180, 181))
    assert {cell[4] for cell in new} == {"", "role=father"}
    found = compare_releases({c: b.people for c, b in last.items()}, new, RULE)
    assert {cell[4] for cell in found.cells} == {"role=father"}


def test_somebody_erased_since_is_for_review_where_it_was_and_nowhere_else() -> None:
    before = scores(60)
    found = compared(before, before, erased={"Luton", "ALL"})
    assert found.decision == "review"
    assert "erased at Luton, all sites together" in found.reasons[0]
    assert compared(before, before, erased={"Dorset"}).decision == "pass"


@pytest.mark.parametrize(
    ("tables", "worst"), [("pass", "review"), ("review", "review"), ("fail", "fail")]
)
def test_the_worse_of_two_decisions_holds_with_the_reasons_of_both(tables, worst) -> None:
    own = Decision(tables, ("One.",), {"effects": 2})
    merged = merge(own, Difference("review", ("Two.", "One.")))
    assert merged == Decision(worst, ("One.", "Two."), {"effects": 2})
    assert merge(own, Difference("pass")) == own


def test_nobody_at_all() -> None:
    assert people_behind({}, key=KEY, rule=RULE) == {}
    assert compare_releases({}, {}, RULE).decision == "pass"
