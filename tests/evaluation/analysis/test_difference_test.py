"""The p of a difference: never far below the exact one, and partners do not count twice."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from evaluation.analysis.difference_test import difference_p, fisher_p

pytestmark = pytest.mark.filterwarnings("error")
NAN = float("nan")


def share_p(yes_one: int, n_one: int, yes_other: int, n_other: int) -> float:
    """Of people alone."""
    values = [1] * yes_one + [0] * (n_one - yes_one) + [1] * yes_other + [0] * (n_other - yes_other)
    group = [True] * n_one + [False] * n_other
    column = np.array(values, dtype=float)[:, None]
    return float(difference_p(column, group, range(len(values)), shares=[True])[0][0])


def mean_p(one: list[float], other: list[float], cluster=None) -> tuple[float, str]:
    column = np.array([*one, *other], dtype=float)[:, None]
    labels = range(len(column)) if cluster is None else cluster
    group = [True] * len(one) + [False] * len(other)
    p, reason = difference_p(column, group, labels, shares=[False])
    return float(p[0]), reason[0]


TABLES = (
    (5, 5, 351, 609), (0, 4, 30, 60), (1, 1, 0, 600), (2, 2, 0, 50), (1, 10, 0, 600),
    (20, 20, 30, 60), (3, 12, 40, 80), (60, 100, 40, 100), (10, 10, 0, 600),
)  # fmt: skip


@pytest.mark.parametrize("cells", TABLES)
def test_a_share_is_never_clearer_than_by_fishers_exact_test(cells) -> None:
    yes_one, n_one, yes_other, n_other = cells
    table = [[yes_one, n_one - yes_one], [yes_other, n_other - yes_other]]
    exact = stats.fisher_exact(table).pvalue
    assert fisher_p(*cells) == pytest.approx(exact, rel=1e-9)
    assert share_p(*cells) >= exact * (1 - 1e-9)


def test_five_of_five_against_half_of_many_is_the_exact_p() -> None:
    assert share_p(5, 5, 351, 609) == pytest.approx(stats.fisher_exact([[5, 0], [351, 258]]).pvalue)


def test_large_groups_are_near_the_exact_p() -> None:
    exact = stats.fisher_exact([[60, 40], [40, 60]]).pvalue
    assert share_p(60, 100, 40, 100) == pytest.approx(exact, rel=0.01)


def test_a_side_that_does_not_vary_has_students_p() -> None:
    rng = np.random.default_rng(1)
    many = list(rng.normal(size=200))
    p, reason = mean_p([1.0] * 4, many)
    assert reason == ""
    known = (np.mean(many), np.std(many, ddof=1), 200)
    assert p == pytest.approx(stats.ttest_ind_from_stats(1.0, 0.0, 4, *known).pvalue)
    # One person has no spread at all.
    p, _ = mean_p([2.5], many)
    assert p == pytest.approx(stats.ttest_ind_from_stats(2.5, 0.0, 1, *known).pvalue)


def test_a_small_side_that_varies_more_is_taken_at_its_own_spread() -> None:
    one, other = [0.0, 10, -8, 12, -4, 9, 14, -6, 3, 11], [0.0, 1, -1] * 100
    se = math.sqrt(310 / 309 * (np.var(one) / 10 + np.var(other) / 300))
    expected = 2 * stats.t.sf(np.mean(one) / se, 309)
    assert mean_p(one, other)[0] == pytest.approx(expected)
    assert expected > stats.ttest_ind(one, other).pvalue


@pytest.mark.parametrize("shift", [0.0, 0.8])
def test_a_partner_who_says_the_same_adds_nothing(shift: float) -> None:
    rng = np.random.default_rng(3)
    one, other = rng.normal(shift, size=6), rng.normal(size=30)
    alone = mean_p(list(one), list(other))[0]
    twice = mean_p(list(np.repeat(one, 2)), list(np.repeat(other, 2)), np.repeat(np.arange(36), 2))[
        0
    ]
    assert twice == pytest.approx(alone)


def test_by_chance_alone_small_p_are_rare() -> None:
    """With couples, small sides and no difference, p below 0.05 is about as rare as it should."""
    rng = np.random.default_rng(11)
    found = []
    for _ in range(60):
        family = np.repeat(rng.normal(size=(60, 50)), 2, axis=0)
        yes = (family + rng.normal(size=(120, 50)) > 0).astype(float)
        group = np.repeat(np.arange(60) < 7, 2)
        found.append(difference_p(yes, group, np.repeat(np.arange(60), 2), shares=[True] * 50)[0])
    assert np.mean(np.concatenate(found) < 0.05) < 0.06


@pytest.mark.parametrize(
    ("values", "group", "cluster", "reason"),
    [
        ([NAN, NAN, 1, 2], [1, 1, 0, 0], "abcd", "N0"),
        ([1, 2, 3, 4], [0, 0, 0, 0], "abcd", "N0"),
        ([1, 2, 3, 4], [1, 0, 1, 0], "aaaa", "G1"),
        ([1, 2, 3, 4], [1, 0, 1, 0], "aabb", "FEW_COUPLES"),
        ([3, 3, 3, 3], [1, 0, 1, 0], "abcd", "SE0"),
    ],
)
def test_why_there_is_none(values, group, cluster, reason) -> None:
    column = np.array(values, dtype=float)[:, None]
    p, why = difference_p(column, group, list(cluster), shares=[False])
    assert math.isnan(p[0]) and why[0] == reason


def test_each_column_has_its_own_people_and_the_order_does_not_matter() -> None:
    rng = np.random.default_rng(5)
    values = np.column_stack([rng.normal(size=40), rng.integers(0, 2, 40)])
    values[::7, 0] = NAN
    group, couples = np.arange(40) % 3 == 0, np.arange(40) // 2
    whole = difference_p(values, group, couples, shares=[False, True])[0]
    known = ~np.isnan(values[:, 0])
    first = difference_p(values[known, :1], group[known], couples[known], shares=[False])[0]
    assert whole[0] == pytest.approx(first[0])
    order = rng.permutation(40)
    turned = difference_p(values[order], group[order], couples[order], shares=[False, True])[0]
    assert turned == pytest.approx(whole)


def test_nothing_and_what_is_not_allowed() -> None:
    assert difference_p(np.empty((0, 1)), [], [], shares=[False])[1].tolist() == ["N0"]
    with pytest.raises(ValueError, match="shape"):
        difference_p([[1.0]], [True, False], [1, 2], shares=[False])
