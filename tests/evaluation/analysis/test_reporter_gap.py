"""Two reporters or one: who answered, and intervals against scipy's own."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from scipy import stats

from evaluation.analysis.clusters import clustered_se
from evaluation.analysis.reporter_gap import (
    ANSWERS,
    count_answers,
    difference_of_means,
    grouped_means,
    which_answered,
)


def test_who_answered_in_every_case() -> None:
    cases = list(itertools.product([True, False], repeat=4))
    first, second, first_judged, second_judged = (
        list(column) for column in zip(*cases, strict=True)
    )
    found = which_answered(first, second, first_judged=first_judged, second_judged=second_judged)
    for (one, other, one_judged, other_judged), place in zip(cases, found, strict=True):
        if one and other:
            wanted = "both"
        elif one:
            wanted = "only_first" if other_judged else "not_judged"
        elif other:
            wanted = "only_second" if one_judged else "not_judged"
        else:
            wanted = "neither" if one_judged and other_judged else "not_judged"
        assert ANSWERS[place] == wanted


def test_lengths_must_agree() -> None:
    with pytest.raises(ValueError, match="lengths must agree"):
        which_answered([True], [True, False], first_judged=[True], second_judged=[True])
    with pytest.raises(ValueError, match="not alike"):
        grouped_means([1.0], [0, 1], [0, 0], 1)
    with pytest.raises(ValueError, match="level=2"):
        grouped_means([1.0], [0], [0], 1, level=2)


def test_one_value_for_each_couple_is_the_paired_t_interval() -> None:
    rng = np.random.default_rng(8)
    mothers, fathers = rng.normal(12, 4, 31), rng.normal(11, 4, 31)
    expected = stats.ttest_rel(mothers, fathers).confidence_interval(0.95)
    found = grouped_means(mothers - fathers, np.arange(31), np.zeros(31), 1)
    assert found.low[0] == pytest.approx(expected.low, rel=1e-12)
    assert found.high[0] == pytest.approx(expected.high, rel=1e-12)
    assert (found.n[0], found.n_couples[0], found.reason[0]) == (31, 31, "")


def test_two_children_of_one_couple_are_clustered() -> None:
    rng = np.random.default_rng(9)
    values, couple = rng.normal(0, 3, 40), np.repeat(np.arange(20), 2)
    found = grouped_means(values, couple, np.zeros(40), 1)
    assert found.se[0] == pytest.approx(clustered_se(values - values.mean(), couple), rel=1e-12)
    assert found.n_couples[0] == 20


def test_groups_do_not_touch_each_other() -> None:
    rng = np.random.default_rng(10)
    values, group = rng.normal(5, 2, 30), np.repeat([0, 2], 15)
    found = grouped_means(values, np.arange(30), group, 3)
    for place in (0, 2):
        alone = grouped_means(values[group == place], np.arange(15), np.zeros(15), 1)
        assert found.low[place] == pytest.approx(alone.low[0], rel=1e-12)
    assert found.reason.tolist() == ["", "N0", ""]
    assert np.isnan(found.mean[1])


def test_difference_of_two_groups_is_welch() -> None:
    rng = np.random.default_rng(11)
    x, y = rng.normal(14, 5, 12), rng.normal(12, 3, 25)
    expected = stats.ttest_ind(x, y, equal_var=False).confidence_interval(0.95)
    one = grouped_means(x, np.arange(12), np.zeros(12), 1)
    other = grouped_means(y, np.arange(25), np.zeros(25), 1)
    difference, low, high = difference_of_means(one, other)
    assert difference[0] == pytest.approx(x.mean() - y.mean())
    assert (low[0], high[0]) == pytest.approx((expected.low, expected.high), rel=1e-12)


@pytest.mark.parametrize(
    ("values", "couple", "reason"),
    [([], [], "N0"), ([np.nan], [0], "N0"), ([3.0], [0], "G1"), ([3.0, 4.0], [0, 0], "G1"),
     ([0.1, 0.1, 0.1], [0, 1, 2], "SD0"), ([0.0, 0.0], [0, 1], "SD0")],
)  # fmt: skip
def test_what_cannot_be_had_has_its_reason(values: list, couple: list, reason: str) -> None:
    found = grouped_means(values, np.array(couple, dtype=int), np.zeros(len(couple), dtype=int), 1)
    assert found.reason[0] == reason
    assert np.isnan([found.low[0], found.high[0]]).all()


def test_answers_are_counted_by_group() -> None:
    table = count_answers([0, 4, 1, 3], [1, 1, 0, 1], 3)
    assert table.to_numpy().tolist() == [[0, 1, 0, 0, 0], [1, 0, 0, 1, 1], [0, 0, 0, 0, 0]]
