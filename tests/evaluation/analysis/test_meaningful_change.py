"""Counts by a minimal important difference, by a share of the start, and by chance alone."""

from __future__ import annotations

import json
import warnings
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from evaluation.analysis.meaningful_change import (
    anchor_change,
    any_of_k,
    expected_by_chance,
    percentage_change,
)

ROOT = Path(__file__).resolve().parents[3]
SHARED = ROOT / ".." / "shared" / "reference"
DAS = json.loads((ROOT / "tests" / "oracles" / "change_methods_jac_das.json").read_text())


def read_claus() -> tuple[dict, list[float], list[float]]:
    persons, expected = SHARED / "data/pairs_claus_bdi.csv", SHARED / "expected/rci.json"
    if not (persons.exists() and expected.exists()):
        pytest.skip("needs the reference pack beside the project: pairs_claus_bdi.csv")
    scores = np.loadtxt(persons, delimiter=",", skiprows=1)
    case = json.loads(expected.read_text())["cases"]["claus_bdi"]
    return case, scores[:, 1], scores[:, 2]


def counts(found) -> dict[str, float]:
    return {
        "Improved": found.improved,
        "Unchanged": found.unchanged,
        "Deteriorated": found.deteriorated,
    }


class TestAgainstR:
    def test_das(self):
        for points, expected in DAS["anchor"].items():
            found = anchor_change(
                DAS["before"], DAS["after"], better="higher", minimal_change=float(points)
            )
            assert counts(found) == expected
        for share, expected in DAS["percentage"].items():
            found = percentage_change(
                DAS["before"], DAS["after"], better="higher", share=float(share)
            )
            assert counts(found) == expected

    def test_bdi_where_lower_is_better(self):
        case, before, after = read_claus()
        for points, expected in case["anchor_MID"].items():
            found = anchor_change(before, after, better="lower", minimal_change=float(points))
            assert counts(found) == expected
        for share, expected in case["percentage"].items():
            found = percentage_change(before, after, better="lower", share=float(share))
            assert counts(found) == expected

    def test_shares_have_wilson_intervals(self):
        """19 of 30 and 1 of 30, with the interval of another library."""
        found = anchor_change(DAS["before"], DAS["after"], better="higher", minimal_change=10)
        better = stats.binomtest(19, 30).proportion_ci(method="wilson")
        worse = stats.binomtest(1, 30).proportion_ci(method="wilson")
        assert found.improved_share == pytest.approx(19 / 30)
        assert (found.improved_low, found.improved_high) == pytest.approx(tuple(better))
        assert (found.deteriorated_low, found.deteriorated_high) == pytest.approx(tuple(worse))


class TestBoundaries:
    def test_a_change_of_exactly_the_difference_counts(self):
        found = anchor_change(
            [10, 10, 10, 1.2], [5, 5.1, 15, 0.6], better="lower", minimal_change=5
        )
        assert (found.improved, found.unchanged, found.deteriorated) == (1, 2, 1)
        noise = anchor_change([1.2], [1.8], better="higher", minimal_change=0.6)
        assert noise.improved == 1
        noise = anchor_change([1.8], [1.2], better="higher", minimal_change=0.6)
        assert noise.deteriorated == 1

    def test_a_share_of_exactly_that_size_counts(self):
        found = percentage_change([10, 10, 10], [7, 7.01, 13], better="lower", share=0.3)
        assert (found.improved, found.unchanged, found.deteriorated) == (1, 1, 1)

    def test_who_started_at_nothing_is_in_no_count(self):
        found = percentage_change([0, 0, 10, -4], [0, 5, 10, 8], better="higher", share=0.5)
        assert (found.n, found.n_undefined, found.reason) == (1, 3, "PRE0")
        assert (found.improved, found.unchanged, found.deteriorated) == (0, 1, 0)
        nobody = percentage_change([0, 0], [1, 2], better="higher", share=0.5)
        assert (nobody.n, nobody.reason, nobody.unchanged) == (0, "PRE0;N0", 0)
        assert np.isnan(nobody.improved_share)


@pytest.mark.filterwarnings("error")
class TestUndefined:
    def test_nobody(self):
        for found in (
            anchor_change([], [], better="higher", minimal_change=3),
            percentage_change([np.nan], [3], better="higher", share=0.3),
        ):
            assert (found.n, found.improved, found.reason) == (0, 0, "N0")
            assert np.isnan(found.improved_low)

    @pytest.mark.parametrize(
        ("threshold", "reason"),
        [(None, "MID_MISSING"), (float("nan"), "MID_MISSING"), (0, "MID_RANGE"), (-3, "MID_RANGE")],
    )
    def test_no_usable_threshold(self, threshold, reason):
        for found in (
            anchor_change([1, 2], [3, 4], better="lower", minimal_change=threshold),
            percentage_change([1, 2], [3, 4], better="lower", share=threshold),
        ):
            assert (found.n, found.reason) == (2, reason)
            assert np.isnan(found.improved)

    def test_a_scale_without_a_better_end(self):
        found = anchor_change([1], [2], better="neither", minimal_change=1)
        assert (found.n, found.reason) == (1, "NO_DIRECTION")

    def test_wrong_arguments_name_themselves(self):
        with pytest.raises(ValueError, match="equal lengths"):
            anchor_change([1], [1, 2], better="lower", minimal_change=1)
        with pytest.raises(ValueError, match="better"):
            anchor_change([1], [1], better="up", minimal_change=1)
        with pytest.raises(ValueError, match="level"):
            percentage_change([1], [1], better="lower", share=0.5, level=95)


class TestChance:
    def test_two_and_a_half_per_cent_each_way(self):
        assert expected_by_chance(30) == pytest.approx(0.75)
        assert expected_by_chance([0, 400]).tolist() == pytest.approx([0, 10])
        assert expected_by_chance(100, level=0.9) == pytest.approx(5)

    def test_any_of_several_looks(self):
        assert any_of_k([1, 2, 4, 10]) == pytest.approx(
            [0.025, 1 - 0.975**2, 1 - 0.975**4, 1 - 0.975**10]
        )
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            assert any_of_k(0) == 0
        with pytest.raises(ValueError, match="k="):
            any_of_k(-1)


scores = st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40)), max_size=40).map(
    lambda found: (np.array([p[0] for p in found], float), np.array([p[1] for p in found], float))
)


class TestIdentities:
    @given(scores, st.integers(1, 15), st.integers(-30, 30), st.sampled_from([0.5, 2.0, 8.0]))
    def test_anchor(self, pair, points, shift, stretch):
        """Counts add up; direction swaps; shift and stretch change nothing."""
        before, after = pair
        one = anchor_change(before, after, better="higher", minimal_change=points)
        assert one.improved + one.unchanged + one.deteriorated == one.n == len(before)
        two = anchor_change(before, after, better="lower", minimal_change=points)
        assert (two.improved, two.deteriorated) == (one.deteriorated, one.improved)
        three = anchor_change(
            before * stretch + shift,
            after * stretch + shift,
            better="higher",
            minimal_change=points * stretch,
        )
        assert counts(three) == counts(one)

    @given(scores, st.sampled_from([0.25, 0.3, 0.5, 1.0]), st.sampled_from([0.5, 2.0, 8.0]))
    def test_percentage(self, pair, share, stretch):
        """Counts add up; direction swaps; only a stretch changes nothing."""
        before, after = pair
        one = percentage_change(before, after, better="higher", share=share)
        assert one.improved + one.unchanged + one.deteriorated == one.n
        assert one.n + one.n_undefined == len(before)
        two = percentage_change(before, after, better="lower", share=share)
        assert (two.improved, two.deteriorated) == (one.deteriorated, one.improved)
        three = percentage_change(before * stretch, after * stretch, better="higher", share=share)
        assert counts(three) == counts(one)
