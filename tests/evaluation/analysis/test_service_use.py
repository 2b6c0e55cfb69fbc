"""Totals, shares, ratios and averages that know the couples, and what an improvement costs."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from evaluation.analysis.intervals import wilson_interval
from evaluation.analysis.rates import clustered_rate
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
# From R: sum(dna) / sum(offered) and the linearised standard error clustered by couple.
DNA_RATE, DNA_SE = 0.247713135748262, 0.00804185188240915


def test_missed_sessions_are_those_of_the_reference() -> None:
    people = pd.read_csv(REFERENCE / "lfo_synth.csv").dropna(subset=["sessions_offered"])
    found = clustered_ratio(people["sessions_dna"], people["sessions_offered"], people["couple"])
    assert (found.numerator, found.denominator) == (677, 2733)
    assert found.value == pytest.approx(DNA_RATE, abs=1e-12)
    reach = stats.t.ppf(0.975, found.n_couples - 1) * DNA_SE
    assert found.low == pytest.approx(DNA_RATE - reach, abs=1e-12)
    assert found.high == pytest.approx(DNA_RATE + reach, abs=1e-12)
    assert clustered_total(people["sessions_attended"], people["couple"]).value == 2056


def test_a_ratio_of_parts_within_their_whole_is_the_rate() -> None:
    rng = np.random.default_rng(20)
    whole = rng.integers(0, 9, 60)
    part, couple = rng.binomial(whole, 0.4), rng.integers(0, 25, 60)
    rate, ratio = clustered_rate(part, whole, couple), clustered_ratio(part, whole, couple)
    assert (ratio.n, ratio.n_couples) == (rate.n, rate.n_couples)
    assert (ratio.value, ratio.low, ratio.high) == pytest.approx((rate.rate, rate.low, rate.high))


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
        ([2, 1], [4, 2], ["a", "b"], 0.5, "SE0"),
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
