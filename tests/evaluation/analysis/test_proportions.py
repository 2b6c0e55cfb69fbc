"""Shares, their differences, and pooled rates."""

from __future__ import annotations

import csv
import json
from math import comb
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import special, stats

from evaluation.analysis.proportions import (
    clopper_pearson_interval,
    mcnemar_exact,
    newcombe_difference,
    newcombe_paired_difference,
)
from evaluation.analysis.rates import logit_rates, pool_rates

pytestmark = pytest.mark.filterwarnings("error")

TESTS = Path(__file__).resolve().parents[2]
REFERENCE = TESTS.parent / "evaluation" / "reference"
EXPECTED = json.loads((REFERENCE / "sites_lfo_bcg.json").read_text())
SHARED = TESTS.parent / ".." / "shared" / "reference" / "expected"
cells = st.integers(0, 30)


def shared(name: str) -> Path:
    path = SHARED / name
    if not path.exists():
        pytest.skip(f"the reference numbers {name} are not beside this checkout")
    return path


# --- Clopper and Pearson -----------------------------------------------------------------------


def test_clopper_pearson_equals_r() -> None:
    with shared("proportion_ci.csv").open() as file:
        rows = list(csv.DictReader(file))
    done, n = ([float(row[name]) for row in rows] for name in ("x", "n"))
    low, high = clopper_pearson_interval(done, n)
    np.testing.assert_allclose(low, [float(row["cp_lo"]) for row in rows], atol=1e-9)
    np.testing.assert_allclose(high, [float(row["cp_hi"]) for row in rows], atol=1e-9)


@given(st.integers(1, 200), st.data(), st.sampled_from([0.8, 0.95, 0.998]))
def test_clopper_pearson_ends_have_the_tails_of_the_binomial(n, data, level) -> None:
    done = data.draw(st.integers(0, n))
    low, high = clopper_pearson_interval(done, n, level=level)
    tail = (1 - level) / 2
    if done == 0:
        assert low == 0
    else:
        assert stats.binom.sf(done - 1, n, low) == pytest.approx(tail, rel=1e-8)
    if done == n:
        assert high == 1
    else:
        assert stats.binom.cdf(done, n, high) == pytest.approx(tail, rel=1e-8)


def test_nobody_has_no_interval_and_impossible_counts_are_refused() -> None:
    assert np.isnan(clopper_pearson_interval(0, 0)).all()
    for done, n in ((3, 2), (-1, 2), (float("nan"), 2)):
        with pytest.raises(ValueError, match="done"):
            clopper_pearson_interval(done, n)


# --- differences -------------------------------------------------------------------------------


def test_newcombe_difference_equals_r() -> None:
    cases = json.loads(shared("rates_misc.json").read_text())["newcombe_diff"]
    for case in cases:
        names = ("done_first", "n_first", "done_second", "n_second")
        found = newcombe_difference(**dict(zip(names, case["args"], strict=True)))
        assert (found.estimate, found.low, found.high) == pytest.approx(case["est_lo_hi"], abs=1e-9)


@given(cells, cells, cells, cells)
def test_swapping_the_groups_mirrors_the_interval(a, b, c, d) -> None:
    there = newcombe_difference(done_first=a, n_first=a + b, done_second=c, n_second=c + d)
    back = newcombe_difference(done_first=c, n_first=c + d, done_second=a, n_second=a + b)
    if a + b == 0 or c + d == 0:
        assert there.reason == back.reason == "N0"
        assert np.isnan([there.estimate, there.low, there.high]).all()
    else:
        assert (back.estimate, back.low, back.high) == pytest.approx(
            (-there.estimate, -there.high, -there.low), abs=1e-12
        )
        assert -1 <= there.low <= there.estimate <= there.high <= 1


@pytest.mark.parametrize(
    ("table", "low", "high"),
    [
        # Newcombe (1998), paired data; Altman and others (2000), Statistics with confidence.
        ((36, 12, 2, 0), 0.0569, 0.3404),
        ((14, 5, 0, 22), 0.0115, 0.2265),
    ],
)
def test_newcombe_paired_equals_the_printed_examples(table, low, high) -> None:
    names = ("both", "only_first", "only_second", "neither")
    found = newcombe_paired_difference(**dict(zip(names, table, strict=True)))
    assert (found.low, found.high) == pytest.approx((low, high), abs=5e-5)


@given(cells, cells, cells, cells)
def test_paired_difference_keeps_its_symmetries(a, b, c, d) -> None:
    there = newcombe_paired_difference(both=a, only_first=b, only_second=c, neither=d)
    back = newcombe_paired_difference(both=a, only_first=c, only_second=b, neither=d)
    turned = newcombe_paired_difference(both=d, only_first=c, only_second=b, neither=a)
    if a + b + c + d == 0:
        assert there.reason == "N0"
        return
    # Swapping the occasions, or counting failures instead of successes, mirrors the interval.
    mirrored = (-there.estimate, -there.high, -there.low)
    for other in (back, turned):
        assert (other.estimate, other.low, other.high) == pytest.approx(mirrored, abs=1e-12)
    assert there.estimate == pytest.approx((b - c) / (a + b + c + d), abs=1e-15)
    assert there.low - 1e-12 <= there.estimate <= there.high + 1e-12


def test_without_likeness_the_paired_interval_is_the_separate_one() -> None:
    # a d = b c: the answers are unrelated.
    paired = newcombe_paired_difference(both=12, only_first=8, only_second=6, neither=4)
    separate = newcombe_difference(done_first=20, n_first=30, done_second=18, n_second=30)
    assert (paired.low, paired.high) == pytest.approx((separate.low, separate.high), abs=1e-12)


@pytest.mark.parametrize("bad", [-1, float("nan")])
def test_paired_counts_below_0_are_refused(bad: float) -> None:
    with pytest.raises(ValueError, match="neither"):
        newcombe_paired_difference(both=1, only_first=1, only_second=1, neither=bad)


@given(cells, cells)
def test_mcnemar_by_counting(b: int, c: int) -> None:
    found = mcnemar_exact(only_first=b, only_second=c)
    if b + c == 0:
        assert np.isnan(found)
    else:
        ways = sum(comb(b + c, i) for i in range(min(b, c) + 1))
        assert found == pytest.approx(min(1.0, 2 * ways / 2 ** (b + c)), rel=1e-12)


def test_mcnemar_refuses_what_is_no_count() -> None:
    for bad in (-1, 1.5):
        with pytest.raises(ValueError, match="only_first"):
            mcnemar_exact(only_first=bad, only_second=2)


# --- pooled rates ------------------------------------------------------------------------------


def take_up() -> tuple[np.ndarray, np.ndarray]:
    with (REFERENCE / "funnel_takeup_lfo.csv").open() as file:
        rows = list(csv.DictReader(file))
    return np.array([int(row["x"]) for row in rows]), np.array([int(row["n"]) for row in rows])


def test_pooled_take_up_equals_metafor() -> None:
    expected = EXPECTED["take_up"]["logit_REML"]
    found = pool_rates(*take_up())
    assert found.logit.estimate == pytest.approx(expected["estimate"], abs=1e-9)
    assert found.logit.se == pytest.approx(expected["se"], abs=1e-9)
    assert found.logit.tau2 == expected["tau2"]
    assert found.rate == pytest.approx(expected["pooled_rate"], abs=1e-9)
    # With tau2 = 0 metafor's normal prediction interval is the normal interval of the average.
    assert (found.low, found.high) == pytest.approx(expected["pi_rate"], abs=1e-9)
    assert found.prediction_low < found.low < found.rate < found.high < found.prediction_high


@given(st.lists(st.tuples(cells, cells), min_size=5, max_size=12))
def test_counting_the_others_gives_the_complementary_rate(pairs) -> None:
    done, left = np.transpose(pairs)
    there, back = pool_rates(done, done + left), pool_rates(left, done + left)
    ends = [there.rate, there.low, there.high, there.prediction_low, there.prediction_high]
    mirrored = [back.rate, back.high, back.low, back.prediction_high, back.prediction_low]
    np.testing.assert_allclose(ends, 1 - np.array(mirrored), atol=1e-7)
    assert there.logit.k_dropped == int((done + left == 0).sum())


def test_one_half_is_added_only_where_a_cell_is_empty() -> None:
    y, v = logit_rates([0, 3, 10, 0], [10, 4, 10, 0])
    assert y[:3] == pytest.approx([np.log(0.5 / 10.5), np.log(3), np.log(10.5 / 0.5)])
    assert v[:3] == pytest.approx([2 + 1 / 10.5, 1 / 3 + 1, 2 + 1 / 10.5])
    assert np.isnan([y[3], v[3]]).all()


def test_nobody_anywhere_has_no_pooled_rate() -> None:
    found = pool_rates([0, 0], [0, 0])
    assert found.logit.reason == "NO_SITE"
    assert np.isnan([found.rate, found.low, found.prediction_high]).all()


def test_one_site_keeps_its_rate() -> None:
    found = pool_rates([3], [4])
    assert found.rate == pytest.approx(0.75)
    assert found.low == pytest.approx(special.expit(np.log(3) - 1.959963984540054 * (4 / 3) ** 0.5))
    assert (np.isnan(found.prediction_low), found.logit.reason) == (True, "ONE_SITE")
