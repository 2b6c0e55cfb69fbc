"""Counted and yes/no outcomes: R's printed values, every way of turning couples, and edge cases."""

from __future__ import annotations

import itertools
import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.analysis.exchange_test import turned_round_p
from evaluation.analysis.paired_counts import (
    compare_counts,
    compare_means,
    compare_shares,
)
from evaluation.analysis.proportions import mcnemar_exact, newcombe_paired_difference

# R: t.test(extra ~ group, data = sleep, paired = TRUE)
SLEEP = (
    [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0],
    [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4],
)


@pytest.fixture(autouse=True)
def no_warnings():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


def answers(*, both: int, only_before: int, only_after: int, neither: int):
    """A value for each person before and after."""
    cells = [(1, 1)] * both + [(1, 0)] * only_before + [(0, 1)] * only_after + [(0, 0)] * neither
    return np.array(cells, dtype=float).reshape(-1, 2).T


def test_shares_of_single_people_are_newcombes_published_case_and_rs_binomial_test():
    before, after = answers(both=36, only_before=2, only_after=12, neither=0)
    found = compare_shares(before, after, range(50))
    assert (found.n, found.n_couples) == (50, 50)
    assert (found.both, found.only_before, found.only_after, found.neither) == (36, 2, 12, 0)
    assert found.difference == pytest.approx(0.2)
    assert (found.low, found.high) == pytest.approx((0.0569, 0.3404), abs=5e-5)
    # R: binom.test(2, 14)$p.value
    assert found.p == pytest.approx(0.01293945, abs=1e-8)
    assert (found.before, found.after) == pytest.approx((0.76, 0.96))


@given(st.lists(st.integers(0, 12), min_size=4, max_size=4).filter(lambda c: sum(c) > 1))
def test_single_people_have_mcnemars_p_and_newcombes_interval(cells):
    both, gone, new, neither = cells
    before, after = answers(both=both, only_before=gone, only_after=new, neither=neither)
    found = compare_shares(before, after, range(sum(cells)))
    interval = newcombe_paired_difference(
        both=both, only_first=new, only_second=gone, neither=neither
    )
    assert (found.low, found.high) == pytest.approx((interval.low, interval.high))
    expected = mcnemar_exact(only_first=gone, only_second=new)
    assert found.p == pytest.approx(expected, nan_ok=True)
    assert found.reason == ("ALL_TIES" if gone + new == 0 else "")


@given(st.lists(st.lists(st.integers(-3, 3), min_size=1, max_size=3), min_size=1, max_size=8))
def test_p_is_the_share_of_all_ways_to_turn_the_couples_round(couples):
    change = [value for couple in couples for value in couple]
    labels = [f"c{number}" for number, couple in enumerate(couples) for _ in couple]
    found = turned_round_p(change, labels)
    if not any(change):
        assert np.isnan(found)
        return
    sums = [sum(couple) for couple in couples]
    ways = [
        sum(sign * one for sign, one in zip(signs, sums, strict=True))
        for signs in itertools.product((1, -1), repeat=len(sums))
    ]
    as_far = sum(abs(way) >= abs(sum(sums)) for way in ways)
    assert found == pytest.approx(as_far / len(ways))


def test_many_people_have_nearly_the_p_of_the_exact_count():
    # 2,600 went one way and 2,400 the other: McNemar's exact p is R's binom.test(2400, 5000).
    change = [1] * 2600 + [-1] * 2400
    exact = turned_round_p(change, range(5000))
    assert exact == pytest.approx(mcnemar_exact(only_first=2600, only_second=2400), rel=1e-9)
    near = turned_round_p([*change, 1, -1], range(5002))
    assert near == pytest.approx(exact, rel=0.05)


def test_partners_who_change_together_count_as_one():
    before, after = answers(both=10, only_before=2, only_after=8, neither=10)
    order = np.arange(30)
    alone = compare_shares(before, after, order)
    twice = compare_shares(np.repeat(before, 2), np.repeat(after, 2), np.repeat(order, 2))
    assert (twice.n, twice.n_couples) == (60, 30)
    assert twice.p == pytest.approx(alone.p)
    # The design effect is 2 up to the G/(G-1) of both standard errors.
    assert (twice.low, twice.high) == pytest.approx((alone.low, alone.high), abs=2e-3)


@pytest.mark.parametrize(
    ("cells", "couples", "reason"),
    [
        ((0, 0, 0, 0), [], "N0"),
        ((1, 0, 0, 0), ["a"], "N1"),
        ((1, 1, 0, 0), ["a", "a"], "G1"),
        ((2, 0, 0, 1), ["a", "b", "c"], "ALL_TIES"),
    ],
)
def test_shares_that_cannot_be_compared_say_why(cells, couples, reason):
    both, gone, new, neither = cells
    before, after = answers(both=both, only_before=gone, only_after=new, neither=neither)
    found = compare_shares(before, after, couples)
    assert found.reason == reason
    assert np.isnan(found.p)
    assert np.isnan(found.low) == (reason != "ALL_TIES")


def test_few_events_of_single_people_have_rs_exact_interval():
    before, after = np.zeros(10), np.zeros(10)
    before[:7], after[7:] = 1, 1
    found = compare_counts(before, after, range(10))
    # R: binom.test(3, 10)$conf.int, turned into a ratio by p / (1 - p)
    low, high = (share / (1 - share) for share in (0.06673951, 0.65245285))
    assert found.method == "exact"
    assert found.ratio == pytest.approx(3 / 7)
    assert (found.ratio_low, found.ratio_high) == pytest.approx((low, high), rel=1e-6)
    assert found.p == pytest.approx(0.34375)  # R: binom.test(3, 10)$p.value
    assert (found.only_before, found.only_after, found.both, found.neither) == (7, 3, 0, 0)


def test_events_of_one_person_count_as_one_where_there_are_few():
    single = compare_counts([1, 1, 0], [0, 0, 1], ["a", "b", "c"])
    often = compare_counts([3, 3, 0], [0, 0, 3], ["a", "b", "c"])
    assert (often.ratio_low, often.ratio_high) == pytest.approx(
        (single.ratio_low, single.ratio_high)
    )


def test_many_events_have_the_interval_of_the_log_ratio_of_paired_means():
    generator = np.random.default_rng(7)
    before = generator.poisson(3.0, 60).astype(float)
    after = generator.poisson(0.5 * before + 1)
    found = compare_counts(before, after, range(60))
    # Log ratio of paired means (Lajeunesse 2011, metafor's ROMC), from means, SDs and r.
    m1, m2 = before.mean(), after.mean()
    s1, s2 = before.std(ddof=1), after.std(ddof=1)
    r = np.corrcoef(before, after)[0, 1]
    variance = (s1 / m1) ** 2 / 60 + (s2 / m2) ** 2 / 60 - 2 * r * s1 * s2 / (60 * m1 * m2)
    reach = 2.000995 * np.sqrt(variance)  # R: qt(.975, 59)
    middle = np.log(m2 / m1)
    assert found.method == "linearised"
    assert found.ratio == pytest.approx(m2 / m1)
    assert np.log(found.ratio_low) == pytest.approx(middle - reach, abs=1e-6)
    assert np.log(found.ratio_high) == pytest.approx(middle + reach, abs=1e-6)


def test_counts_without_events_before_or_after():
    before = compare_counts([0, 0, 0], [2, 1, 0], ["a", "b", "c"])
    assert before.reason == "NONE_BEFORE"
    assert np.isnan(before.ratio) and np.isnan(before.ratio_high) and before.ratio_low > 0
    after = compare_counts([2, 1, 0], [0, 0, 0], ["a", "b", "c"])
    assert (after.ratio, after.ratio_low, after.reason) == (0.0, 0.0, "")
    assert after.ratio_high > 0
    never = compare_counts([0, 0], [0, 0], ["a", "b"])
    assert never.reason == "NO_EVENTS"
    assert np.isnan(never.ratio) and (never.before, never.after, never.neither) == (0, 0, 2)


@pytest.mark.parametrize(
    ("before", "after", "couples", "reason"),
    [
        ([], [], [], "N0"),
        ([3], [1], ["a"], "N1"),
        ([3, 2], [1, 1], ["a", "a"], "G1"),
        ([0, 0], [1, 0], ["a", "a"], "G1;NONE_BEFORE"),
        ([2, 3], [2, 3], ["a", "b"], "ALL_TIES"),
    ],
)
def test_counts_that_cannot_be_compared_say_why(before, after, couples, reason):
    found = compare_counts(before, after, couples)
    assert found.reason == reason
    assert np.isnan(found.p)


def test_averages_of_single_people_are_rs_paired_t_test():
    found = compare_means(*SLEEP, range(10))
    assert found.difference == pytest.approx(1.58)
    assert (found.low, found.high) == pytest.approx((0.7001142, 2.4598858), abs=1e-7)
    assert found.p == pytest.approx(0.00283289, abs=1e-8)
    assert (found.before, found.after) == pytest.approx((0.75, 2.33))


def test_averages_of_couples_are_those_of_their_means():
    before, after = map(np.array, SLEEP)
    twice = compare_means(np.repeat(before, 2), np.repeat(after, 2), np.repeat(range(10), 2))
    assert (twice.n, twice.n_couples) == (20, 10)
    assert (twice.low, twice.high) == pytest.approx((0.7001142, 2.4598858), abs=1e-7)


@pytest.mark.parametrize(
    ("before", "after", "couples", "reason"),
    [
        ([], [], [], "N0"),
        ([90.0], [92.0], ["a"], "N1"),
        ([90.0, 80.0], [92.0, 81.0], ["a", "a"], "G1"),
        ([90.1, 80.2, 70.3], [91.1, 81.2, 71.3], ["a", "b", "c"], "SE0"),
    ],
)
def test_averages_that_cannot_be_compared_say_why(before, after, couples, reason):
    found = compare_means(before, after, couples)
    assert found.reason == reason
    assert np.isnan(found.low) and np.isnan(found.p)


@pytest.mark.parametrize(
    ("compare", "before", "message"),
    [
        (compare_shares, [0.5, 1], "before: every value must be 0"),
        (compare_counts, [-1, 1], "before: every value must be a whole number"),
        (compare_counts, [1.5, 1], "before: every value must be a whole number"),
        (compare_means, [np.nan, 1], "finite"),
    ],
)
def test_values_that_are_none_are_refused(compare, before, message):
    with pytest.raises(ValueError, match=message):
        compare(before, [1, 1], ["a", "b"])
