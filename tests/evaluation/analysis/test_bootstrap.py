"""Resampled couples against scipy, against sums done by hand and against identities."""

from __future__ import annotations

import csv
import time
from math import gamma
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from evaluation.analysis.bootstrap import (
    bca_interval,
    paired_bootstrap,
    resampled_totals,
    stable_seed,
)
from evaluation.analysis.effect import paired_effect

pytestmark = pytest.mark.filterwarnings("error")
REFERENCE = Path(__file__).resolve().parents[3] / "evaluation" / "reference"


def lfo() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    with (REFERENCE / "lfo_synth.csv").open(newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["rq_pre"] and row["rq_post"]]
    before, after = (np.array([float(row[name]) for row in rows]) for name in ("rq_pre", "rq_post"))
    return before, after, np.array([row["couple"] for row in rows], dtype=object)


# --- the interval itself -------------------------------------------------------------------


@pytest.mark.parametrize("statistic", [np.mean, np.std])
def test_bca_equals_scipy_on_the_same_resamples(statistic) -> None:
    x = np.random.default_rng(7).gamma(2.0, 5.0, 40)
    theirs = stats.bootstrap(
        (x,), statistic, n_resamples=1999, method="BCa", rng=np.random.default_rng(8)
    )
    without = np.array([statistic(np.delete(x, position)) for position in range(40)])
    mine = bca_interval(
        theirs.bootstrap_distribution, estimate=float(statistic(x)), jackknife=without
    )
    assert mine.method == "bca"
    assert mine.low == pytest.approx(theirs.confidence_interval.low, rel=1e-10)
    assert mine.high == pytest.approx(theirs.confidence_interval.high, rel=1e-10)
    assert mine.se == pytest.approx(theirs.standard_error, rel=1e-12)


def test_symmetric_resamples_give_the_percentile_interval() -> None:
    found = bca_interval(np.arange(1001.0), estimate=500, jackknife=[499, 500, 501])
    assert (found.bias, found.acceleration) == (0.0, 0.0)
    assert (found.low, found.high) == pytest.approx((25.0, 975.0))


def test_half_of_the_ties_count_as_below() -> None:
    replicates = np.repeat([1.0, 2.0, 3.0], [200, 600, 200])
    found = bca_interval(replicates, estimate=2 + 1e-15, jackknife=[1, 2, 3])
    assert found.bias == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize(
    ("replicates", "estimate", "jackknife", "reason"),
    [
        (np.full(1000, 4.0), 4.0, [4.0, 4.0], "BOOT_EQUAL"),
        (np.arange(1000.0), -5.0, [1.0, 2.0, 4.0], "Z0_INF"),
        (np.arange(1000.0), 500.0, [2.0, 2.0, 2.0], "ACC_UNDEF"),
        (np.arange(1000.0), 500.0, [2.0, np.nan, 3.0], "ACC_UNDEF"),
    ],
)
def test_percentile_where_bca_has_no_value(replicates, estimate, jackknife, reason) -> None:
    found = bca_interval(replicates, estimate=estimate, jackknife=jackknife)
    assert (found.method, found.reason) == ("percentile", reason)
    expected = np.quantile(replicates, [0.025, 0.975])
    assert (found.low, found.high) == pytest.approx(tuple(expected))


def test_resamples_without_value_are_counted() -> None:
    some, many = np.arange(1000.0), np.arange(1000.0)
    some[:20], many[:80] = np.nan, np.nan
    found = bca_interval(some, estimate=500, jackknife=[499, 500, 501])
    assert (found.n_undefined, found.reason) == (20, "")
    lost = bca_interval(many, estimate=500, jackknife=[499, 500, 501])
    assert (lost.n_undefined, lost.reason, lost.method) == (80, "BOOT_UNDEF", "")
    assert np.isnan([lost.low, lost.high]).all()


# --- drawing couples -----------------------------------------------------------------------


def test_seeds_depend_on_the_names_alone() -> None:
    # printf 'S\x1fphq_9\x1ftotal\x1fbaseline_end' | sha256sum: the first eight bytes.
    assert stable_seed("S", "phq_9", "total", "baseline_end") == 0xDEB12E38BA33E067
    assert stable_seed("S", "phq_9total") != stable_seed("S", "phq_9", "total")


def test_draws_of_couples_are_added_up() -> None:
    table = np.array([[1.0, 2.0], [10.0, 20.0], [100.0, 200.0]])
    draws = np.array([[0, 0, 2], [1, 1, 1]])
    found = resampled_totals(table, seed=0, draws=draws)
    assert found.tolist() == [[102.0, 204.0], [30.0, 60.0]]


def test_every_resample_has_all_the_couples() -> None:
    table = np.ones((7, 1))
    assert (resampled_totals(table, seed=3) == 7).all()
    # Larger than one block of work.
    assert (resampled_totals(np.ones((3001, 1)), seed=3) == 3001).all()


def test_mean_and_g_pre_by_hand_for_given_draws() -> None:
    before = np.array([20.0, 14, 9, 16, 13, 18, 11])
    after = np.array([11.0, 12, 9, 8, 10, 17, 15])
    couple = np.array([0, 0, 1, 2, 2, 3, 4])
    draws = np.random.default_rng(4).integers(0, 5, size=(1000, 5))
    found = paired_bootstrap(before, after, couple, better="lower", seed=0, draws=draws)
    means, standardised = [], []
    for draw in draws:
        people = np.concatenate([np.flatnonzero(couple == one) for one in draw])
        x = before[people] - after[people]
        means.append(x.mean())
        sd = before[people].std(ddof=1)
        m = people.size - 1
        correction = np.sqrt(2 / m) * gamma(m / 2) / gamma((m - 1) / 2)
        standardised.append(correction * x.mean() / sd if sd > 0 else np.nan)
    assert found.improvement.se == pytest.approx(np.std(means, ddof=1), rel=1e-10)
    kept = np.array(standardised)[np.isfinite(standardised)]
    assert found.g_pre.n_undefined == 1000 - kept.size
    assert found.g_pre.se == pytest.approx(np.std(kept, ddof=1), rel=1e-10)
    without = [np.delete(before - after, np.flatnonzero(couple == one)).mean() for one in range(5)]
    by_hand = bca_interval(means, estimate=found.improvement.estimate, jackknife=without)
    assert found.improvement.low == pytest.approx(by_hand.low, rel=1e-10)
    assert found.improvement.high == pytest.approx(by_hand.high, rel=1e-10)


def test_estimates_are_those_of_the_effect_and_the_interval_is_alike() -> None:
    before, after, couple = lfo()
    found = paired_bootstrap(before, after, couple, better="higher", seed=5, n_resamples=4000)
    effect = paired_effect(before, after, couple, better="higher")
    assert found.improvement.estimate == pytest.approx(9.82478632478633, rel=1e-12)
    assert found.g_pre.estimate == pytest.approx(0.656849451976754, rel=1e-9)
    # Standard errors of the linearisation, from R.
    assert found.improvement.se == pytest.approx(0.672924403676556, rel=0.06)
    assert found.g_pre.se == pytest.approx(0.0570464500237321, rel=0.06)
    assert found.g_pre.low == pytest.approx(effect.g_pre_low, abs=0.02)
    assert found.g_pre.high == pytest.approx(effect.g_pre_high, abs=0.02)
    assert (found.n, found.n_couples) == (234, 170)


def test_one_seed_gives_one_answer() -> None:
    before, after, couple = lfo()
    one, two, other = (
        paired_bootstrap(before, after, couple, better="higher", seed=seed) for seed in (1, 1, 2)
    )
    assert one == two
    assert one != other


@given(
    st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), min_size=6, max_size=15),
    st.sampled_from([0.5, 3.0, 40.0]),
    st.integers(-100, 100),
)
def test_shift_scale_and_direction(pairs, scale, shift) -> None:
    before, after = np.array(pairs, dtype=float).T
    couple = np.arange(before.size) // 2
    first = paired_bootstrap(before, after, couple, better="higher", seed=3)
    moved = paired_bootstrap(
        scale * before + shift, scale * after + shift, couple, better="higher", seed=3
    )
    turned = paired_bootstrap(-before, -after, couple, better="lower", seed=3)
    assert moved.improvement.reason == first.improvement.reason == turned.improvement.reason
    for one, two, factor in (
        (first.improvement, moved.improvement, scale),
        (first.g_pre, moved.g_pre, 1.0),
        (first.improvement, turned.improvement, 1.0),
        (first.g_pre, turned.g_pre, 1.0),
    ):
        expected = [factor * one.low, factor * one.estimate, factor * one.high]
        found = [two.low, two.estimate, two.high]
        assert found == pytest.approx(expected, rel=1e-6, abs=1e-7, nan_ok=True)


def test_a_hundred_scales_take_seconds() -> None:
    random = np.random.default_rng(1)
    couple = np.arange(400) // 2
    before, after = random.normal(20, 5, 400), random.normal(15, 5, 400)
    started = time.perf_counter()
    for seed in range(10):
        paired_bootstrap(before, after, couple, better="lower", seed=seed)
    assert time.perf_counter() - started < 1.5


# --- what cannot be estimated --------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "after", "couple", "reasons"),
    [
        ([], [], [], ("N0", "N0")),
        ([4.0], [2.0], [1], ("G1", "G1")),
        ([4.0, 5.0, 6.0], [2.0, 1.0, 5.0], [1, 1, 1], ("G1", "G1")),
        ([0.1, 0.1, 0.1], [0.3, 0.2, 0.4], [1, 2, 3], ("", "SD0")),
        ([0.1, 0.1], [0.3, 0.2], [1, 2], ("", "SD0")),
        ([1.0, 3.0], [2.0, 5.0], [1, 2], ("", "DF1")),
        ([0.1, 0.2, 0.7], [0.2, 0.3, 0.8], [1, 2, 3], ("BOOT_EQUAL", "BOOT_UNDEF")),
        ([2.0, 2.0, 2.0], [2.0, 2.0, 2.0], [1, 2, 3], ("BOOT_EQUAL", "SD0")),
    ],
)
def test_too_little_has_a_reason(before, after, couple, reasons) -> None:
    found = paired_bootstrap(before, after, couple, better="higher", seed=1)
    expected_mean, expected_g = reasons
    assert found.improvement.reason == expected_mean
    assert found.g_pre.reason == expected_g
    if expected_g:
        assert np.isnan([found.g_pre.low, found.g_pre.high]).all()


def test_no_direction_no_improvement() -> None:
    found = paired_bootstrap([1.0, 2.0], [2.0, 4.0], [1, 2], better="neither", seed=1)
    assert (found.improvement.reason, found.g_pre.reason) == ("NO_DIRECTION", "NO_DIRECTION")


def test_mistakes_are_named() -> None:
    x, couple = [1.0, 2.0, 4.0], [1, 2, 3]
    with pytest.raises(ValueError, match="n_resamples"):
        paired_bootstrap(x, x[::-1], couple, better="lower", seed=1, n_resamples=99)
    with pytest.raises(ValueError, match="draws"):
        paired_bootstrap(x, x[::-1], couple, better="lower", seed=1, draws=[[0, 1, 3]])
    with pytest.raises(ValueError, match="draws"):
        resampled_totals([[1.0]], seed=1, draws=[[0, 0]])
    with pytest.raises(ValueError, match="better"):
        paired_bootstrap(x, x, couple, better="up", seed=1)
    with pytest.raises(ValueError, match="level"):
        paired_bootstrap(x, x, couple, better="lower", seed=1, level=95)
    with pytest.raises(ValueError, match="finite"):
        paired_bootstrap([1.0, np.nan, 2.0], x, couple, better="lower", seed=1)
