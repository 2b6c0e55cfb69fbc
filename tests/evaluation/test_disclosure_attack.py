"""What an intruder with every released table can work out of small made-up programmes."""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd
import pytest

from evaluation.config import DisclosureRule
from evaluation.disclosure import (
    check_released,
    decide,
    ensure_released,
    release_effects,
    release_sensitivity,
    two_bands,
)
from evaluation.disclosure.audit import also_hidden
from evaluation.disclosure.decision import ReleaseError
from evaluation.report.result_tables import RESULT_TABLES
from evaluation.tables.sensitivity import sensitivity_table
from tests.evaluation.disclosure_attack import Knowledge, attack, fits, numbers_that_fit
from tests.evaluation.random_programmes import random_results
from tests.evaluation.tables.synthetic_programme import programme

RULE = DisclosureRule()
# Those that are made fast; the benchmark attacks every table of 500 programmes.
TABLES = ("effects", "reliable_change", "attrition")
PROGRAMMES = 20


@cache
def tables(seed: int) -> tuple[dict[str, pd.DataFrame], dict[str, pd.DataFrame]]:
    results = random_results(seed)
    made = {t.name: t for t in RESULT_TABLES if t.name in TABLES}
    exact = {name: known.make(results, None) for name, known in made.items()}
    change = exact["reliable_change"]
    exact["reliable_change"] = change[change["in_use"] == "yes"].reset_index(drop=True)
    released = {name: made[name].release(table, results) for name, table in exact.items()}
    return exact, released


# --- the attacker ---------------------------------------------------------------------------


def known(counts: dict[str, tuple[float, float]]) -> Knowledge:
    found = Knowledge()
    for name, (low, high) in counts.items():
        found.add(("t", 0, name), low, high)
    total, *parts = (("t", 0, name) for name in counts)
    found.add_up(total, parts)
    return found


def test_the_attacker_finds_what_a_sum_gives_away() -> None:
    # 33 to 37 people, 8 to 12 unchanged and three classes of at most seven: seven in each
    found = known({"n": (33, 37), "a": (8, 12), "b": (1, 7), "c": (1, 7), "d": (1, 7)})
    hidden = [("t", 0, name) for name in "bcd"]
    assert found.too_narrow(hidden, values=3) == dict.fromkeys(hidden, (7, 7))


def test_the_attacker_finds_nothing_where_there_is_room() -> None:
    found = known({"n": (38, 42), "a": (33, 37), "b": (1, 7)})
    assert found.too_narrow([("t", 0, "b")], values=3) == {}
    assert found.too_narrow([("t", 0, "b")], values=8) == {("t", 0, "b"): (1, 7)}


def test_the_attacker_knows_when_nothing_fits() -> None:
    found = known({"n": (8, 12), "a": (18, 22)})
    assert found.too_narrow([("t", 0, "a")], values=3) == {("t", 0, "a"): (np.inf, -np.inf)}


def test_two_decimals_of_whole_numbers_tell_how_many_people_there_are() -> None:
    before, after = np.arange(80, 97.0), np.arange(83, 100.0) + np.arange(17) % 3
    row = {
        "mean_before": before.mean(), "mean_after": after.mean(), "g_pre": np.nan,
        "sd_before": before.std(ddof=1), "sd_after": after.std(ddof=1),
        "raw_change": (after - before).mean(), "improvement": (after - before).mean(),
    }  # fmt: skip
    exact = {name: round(float(value), 2) for name, value in row.items()}
    assert [n for n in range(13, 18) if fits(exact, n)] == [17]
    change = round(row["raw_change"], 1)
    shown = {name: round(float(value), 1) for name, value in row.items()}
    shown |= {"mean_after": round(shown["mean_before"] + change, 1)}
    assert [n for n in range(13, 18) if fits(shown, n)] == [13, 14, 15, 16, 17]


# --- what is released withstands it ---------------------------------------------------------


def test_no_average_tells_how_many_people_it_is_of() -> None:
    rows = 0
    for seed in range(PROGRAMMES):
        for place, numbers in numbers_that_fit(tables(seed)[1]["effects"], RULE).items():
            rows += 1
            assert len(numbers) >= 3, (seed, place)
            assert int(tables(seed)[0]["effects"]["n"].iloc[place]) in numbers
    assert rows > 5 * PROGRAMMES


def test_no_hidden_count_can_be_worked_out() -> None:
    hidden = narrow = 0
    for seed in range(PROGRAMMES):
        exact, released = tables(seed)
        found = attack(exact, released, RULE)
        hidden += found.hidden
        assert not found.determined, (seed, found.determined)
        narrow += len(found.two_values)
    assert hidden > 50 * PROGRAMMES
    # What is left of it is "one or two" in a few cells, for a reader who knows that two tables are
    # about the same people.
    assert narrow <= 0.002 * hidden


def test_without_its_rules_the_attack_succeeds() -> None:
    """Rounding alone would not do: hidden counts of the same programmes would be found."""
    determined = 0
    for seed in range(6):
        exact, released = tables(seed)
        plain = {name: _only_rounded(exact[name], released[name]) for name in exact}
        determined += len(attack(exact, plain, RULE).determined)
    assert determined > 0


def _only_rounded(exact: pd.DataFrame, released: pd.DataFrame) -> pd.DataFrame:
    """Small counts hidden and others rounded, each by itself; averages with two decimals."""
    result = released.copy()
    for name in exact.columns:
        numbers = pd.to_numeric(exact[name], errors="coerce").astype(float)
        is_count = name.startswith("n") or name in COUNTED
        if is_count and numbers.notna().any():
            value = np.floor(numbers / 5 + 0.5) * 5
            result[name] = value.mask((numbers > 0) & (numbers < 8))
        elif name.startswith(("mean_", "sd_before", "sd_after", "raw_", "improvement")):
            result[name] = numbers.round(2).where((exact["n"] >= 10) & numbers.notna())
    return result


COUNTED = {
    "recovered", "improved", "unchanged", "deteriorated", "harmed", "clinical_at_start",
    "not_eligible", "not_yet_due", "window_open", "missed", "done", "both_better", "discordant",
    "both_worse",
}  # fmt: skip


# --- sums that tell -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("counts", "more"),
    [
        ([11, 8, 1, 1, 1], [1]),  # at least eight of at most twelve leave four for three
        ([48, 35, 9, 4, 0], []),
        ([60, 50, 0, 10, 0], []),  # nothing is hidden
        ([17, 10, 7, 0, 0], []),  # six or seven: no finer than two rounded counts ten apart
    ],
)
def test_the_largest_part_is_hidden_where_the_small_ones_would_follow(counts, more) -> None:
    found = also_hidden(np.array(counts, dtype=float), [(0, [1, 2, 3, 4])], RULE)
    assert np.flatnonzero(found).tolist() == more


def test_a_sum_that_does_not_hold_tells_nothing() -> None:
    found = also_hidden(np.array([30.0, 8, 1, 1, 1]), [(0, [1, 2, 3, 4])], RULE)
    assert not found.any()
    assert not also_hidden(np.array([]), [], RULE).size


def test_no_change_carried_forward_does_not_tell_the_share_lost() -> None:
    """The mean of those who came back beside that with no change for the others."""
    exact = sensitivity_table(programme(), measure="das_32.total", contrast="baseline_end")
    shown = release_sensitivity(exact, programme().effects, RULE)
    rows = shown[shown["estimate"].notna()].set_index(["site", "method"])
    compared = 0
    for site in rows.index.unique("site"):
        kept, lost = (float(rows.loc[(site, "completers"), n]) for n in ("n_completers", "n_lost"))
        came_back = float(rows.loc[(site, "completers"), "estimate"])
        of_all = float(rows.loc[(site, "bocf"), "estimate"])
        # From the released numbers alone, to the last decimal that is shown.
        assert of_all == pytest.approx(came_back * kept / (kept + lost), abs=0.0501)
        compared += 1
    assert compared >= 3


# --- the verdict ----------------------------------------------------------------------------


def test_every_released_table_passes_the_last_look() -> None:
    exact, released = tables(0)
    assert check_released(released, RULE) == []
    found = check_released(exact, RULE)
    assert any("effects" in sentence for sentence in found)
    assert any("attrition" in sentence for sentence in found)


def test_a_programme_with_small_sites_is_for_review() -> None:
    exact, after = tables(0)
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


def test_two_bands() -> None:
    counts = pd.DataFrame({"none": [9, 0], "mild": [5, 0], "severe": [4, 1]}, index=["A", "B"])
    found = two_bands(counts, ["severe"])
    assert found.to_dict("index") == {
        "A": {"outside": 14, "inside": 4}, "B": {"outside": 0, "inside": 1},
    }  # fmt: skip
    with pytest.raises(ValueError, match="clinical"):
        two_bands(counts, ["grave"])


# --- one person more ------------------------------------------------------------------------


def test_one_more_person_changes_few_released_numbers_and_no_small_count() -> None:
    """A release of today beside that of yesterday: differences of counts are never under five."""
    effects = tables(2)[0]["effects"]
    added = effects.assign(n=effects["n"] + 1, n_couples=effects["n_couples"] + 1)
    before, after = (release_effects(table, RULE) for table in (effects, added))
    change = pd.to_numeric(after["n"]) - pd.to_numeric(before["n"])
    assert set(change.dropna()) <= {0.0, 5.0}
