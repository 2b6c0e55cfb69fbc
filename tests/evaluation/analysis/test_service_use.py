"""Totals, shares, ratios and averages that know the couples, and what an improvement costs."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from evaluation.analysis.intervals import wilson_interval
from evaluation.analysis.service_use import (
    clustered_mean,
    clustered_ratio,
    clustered_share,
    clustered_total,
    cost_per_improved,
    ended_state,
    offered_sessions,
    sessions_contradict,
)

REFERENCE = Path(__file__).resolve().parents[3] / "evaluation" / "reference"
NAN = float("nan")


def test_missed_sessions_equal_r() -> None:
    """R: sum(dna) / sum(offered) and the linearised standard error clustered by couple."""
    expected = json.loads((REFERENCE / "sites_lfo_bcg.json").read_text())["missed_sessions"]
    people = pd.read_csv(REFERENCE / "lfo_synth.csv").dropna(subset=["sessions_offered"])
    found = clustered_ratio(people["sessions_dna"], people["sessions_offered"], people["couple"])
    assert (found.numerator, found.denominator, found.n) == (677, 2733, len(people))
    assert found.value == pytest.approx(expected["rate"], abs=1e-9)
    reach = stats.t.ppf(0.975, found.n_couples - 1) * expected["se_cluster_couple_linearised"]
    assert found.low == pytest.approx(expected["rate"] - reach, abs=1e-9)
    assert found.high == pytest.approx(expected["rate"] + reach, abs=1e-9)
    assert clustered_total(people["sessions_attended"], people["couple"]).value == 2056


def test_one_occasion_each_alone_is_the_binomial_share() -> None:
    """Five of ten people without a partner: se = sqrt(p (1 - p) / (n - 1))."""
    found = clustered_ratio([1, 0, 1, 1, 0, 0, 0, 1, 0, 1], np.ones(10), np.arange(10))
    reach = stats.t.ppf(0.975, 9) * np.sqrt(0.5 * 0.5 / 9)
    assert (found.value, found.n_couples) == (0.5, 10)
    assert (found.low, found.high) == pytest.approx((0.5 - reach, 0.5 + reach), rel=1e-12)


def test_those_without_occasions_do_not_count() -> None:
    with_them = clustered_ratio([1, 2, 0, 0], [4, 4, 4, 0], ["a", "a", "b", "c"])
    assert with_them == clustered_ratio([1, 2, 0], [4, 4, 4], ["a", "a", "b"])
    assert (with_them.n, with_them.n_couples, with_them.value) == (3, 2, 0.25)


def test_more_used_than_offered_counts_as_given() -> None:
    found = clustered_ratio([6, 2, 5], [4, 4, 4], ["a", "b", "c"])
    assert found.value == pytest.approx(13 / 12)
    assert found.high > found.value


@pytest.mark.parametrize(
    ("part", "whole", "cluster", "value", "reason"),
    [
        ([], [], [], None, "N0"),
        ([0], [0], ["a"], None, "N0"),
        ([1, 2], [4, 4], ["a", "a"], 0.375, "G1"),
        ([0, 0], [0, 0], ["a", "b"], None, "N0"),
        ([2, 1], [4, 2], ["a", "b"], 0.5, "SE0"),
        ([1, 2, 3], [3, 6, 9], ["a", "b", "c"], 1 / 3, "SE0"),
        ([0, 0], [3, 5], ["a", "b"], 0.0, "SE0"),
    ],
)
def test_ratios_without_an_interval_say_why(part, whole, cluster, value, reason) -> None:
    found = clustered_ratio(part, whole, cluster)
    assert found.reason == reason
    assert np.isnan(found.low) and np.isnan(found.high)
    assert np.isnan(found.value) if value is None else found.value == value


def test_an_average_without_partners_is_the_t_interval() -> None:
    values = [7, 9, 4, 8, 10, 6]
    found = clustered_mean(values, list("abcdef"))
    known = stats.ttest_1samp(values, 0).confidence_interval(0.95)
    assert (found.value, found.low, found.high) == pytest.approx(
        (np.mean(values), known.low, known.high)
    )


def test_partners_who_say_the_same_count_once_but_for_the_weight() -> None:
    once = clustered_mean([7, 9, 4], ["a", "b", "c"])
    twice = clustered_mean([7, 7, 9, 9, 4, 4], ["a", "a", "b", "b", "c", "c"])
    assert (twice.low, twice.high) == pytest.approx((once.low, once.high))
    assert (twice.n, twice.n_couples) == (6, 3)


@pytest.mark.parametrize(
    ("values", "cluster", "reason"),
    [([], [], "N0"), ([8], ["a"], "G1"), ([8, 6], ["a", "a"], "G1"), ([8, 8], ["a", "b"], "SE0"),
     ([7, 9, 9, 7], ["a", "a", "b", "b"], "SE0")],
)  # fmt: skip
def test_averages_without_an_interval_say_why(values, cluster, reason) -> None:
    found = clustered_mean(values, cluster)
    assert found.reason == reason
    assert np.isnan(found.low)


@given(st.integers(1, 40), st.integers(0, 40))
def test_a_share_without_partners_is_wilsons(n: int, done: int) -> None:
    done = min(done, n)
    found = clustered_share([True] * done + [False] * (n - done), np.arange(n))
    assert (found.low, found.high) == pytest.approx(wilson_interval(done, n))
    assert (found.value, found.numerator, found.denominator) == (done / n, done, n)


def test_partners_who_always_do_the_same_count_once_in_a_share() -> None:
    couples = np.repeat(np.arange(10), 2)
    found = clustered_share(couples < 3, couples)
    assert (found.low, found.high) == pytest.approx(wilson_interval(3, 10))
    # Nobody and everybody show no spread, so couples are all there is to go by.
    assert clustered_share(couples < 0, couples).high == pytest.approx(wilson_interval(0, 10)[1])


def test_partners_who_differ_never_make_an_interval_narrower() -> None:
    couples = np.repeat(np.arange(10), 2)
    found = clustered_share(np.tile([True, False], 10), couples)
    assert (found.low, found.high) == pytest.approx(wilson_interval(10, 20))


def test_a_blank_is_never_none() -> None:
    offered = offered_sessions([NAN, NAN, 0], [3, 3, NAN], [0, NAN, NAN], [1, 1, NAN])
    assert offered.tolist()[0] == 4
    assert np.isnan(offered[1])
    assert offered[2] == 0
    contradicting = sessions_contradict([4, 4, NAN], [3, 3, 9], [1, 2, NAN], [0, NAN, NAN])
    assert contradicting.tolist() == [False, True, False]


def test_endings_are_as_known_at_the_lock() -> None:
    days = pd.Series(pd.to_datetime(["2025-01-10", "2025-07-10", None, None, None]))
    endings = pd.Series(["dropped out", "planned", "", "", "withdrew consent"])
    took_up = pd.Series([True, True, True, None, False], dtype="boolean")
    found = ended_state(took_up, days, endings, data_lock="2025-06-30")
    assert found.tolist() == ["dropped out", "not_ended", "not_ended", "", "withdrew consent"]


def test_the_cost_of_an_improvement_and_its_band() -> None:
    found = cost_per_improved(60_000, n_measured=40, improved=20, n_unmeasured=20)
    assert found.per_improved == 3000
    assert found.if_alike == 2000  # 30 of all 60
    z = stats.norm.ppf(0.975)
    reach = z / (2 * np.sqrt(40 + z**2))  # Wilson's interval of one half
    assert found.low == pytest.approx(60_000 / (40 * (0.5 + reach)))
    assert found.high == pytest.approx(60_000 / (40 * (0.5 - reach)))
    assert found.reason == ""


def test_a_cost_without_an_upper_end_or_anybody_measured() -> None:
    none = cost_per_improved(1000, n_measured=5, improved=0, n_unmeasured=3)
    assert none.reason == "NONE_IMPROVED"
    assert np.isnan(none.per_improved) and np.isnan(none.high)
    assert none.low > 0
    nobody = cost_per_improved(1000, n_measured=0, improved=0, n_unmeasured=3)
    assert nobody.reason == "NOBODY_MEASURED"
    assert np.isnan(nobody.low)


@pytest.mark.parametrize(
    "wrong", [{"cost": 0}, {"cost": NAN}, {"improved": 6}, {"improved": -1}, {"n_unmeasured": -1}]
)
def test_costs_that_cannot_be_are_refused(wrong) -> None:
    given_ = {"cost": 10.0, "n_measured": 5, "improved": 2, "n_unmeasured": 1} | wrong
    with pytest.raises(ValueError, match=r"cost|improved"):
        cost_per_improved(given_.pop("cost"), **given_)


def test_negative_amounts_are_refused() -> None:
    with pytest.raises(ValueError, match="0 or more"):
        clustered_ratio([-1], [2], ["a"])
