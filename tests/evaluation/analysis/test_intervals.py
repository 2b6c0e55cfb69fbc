"""Intervals against R, against published values and against the equations they solve."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.polynomial import legendre
from scipy import special, stats

from evaluation.analysis.intervals import (
    critical_normal,
    critical_t,
    mean_interval,
    noncentral_t_limits,
    t_interval,
    wilson_interval,
)

pytestmark = pytest.mark.filterwarnings("error")

TESTS = Path(__file__).resolve().parents[2]
REFERENCE = TESTS.parent / "evaluation" / "reference"
ORACLE = json.loads((REFERENCE / "paired_effects_jacobson.json").read_text())
EXPECTED = TESTS.parent / ".." / "shared" / "reference" / "expected"

levels = st.sampled_from([0.8, 0.9, 0.95, 0.99, 0.998])


def shared(name: str) -> Path:
    path = EXPECTED / name
    if not path.exists():
        pytest.skip(f"the reference numbers {name} are not beside this checkout")
    return path


def paired_cases() -> list[str]:
    return [*ORACLE["effects"], "claus_bdi", "claus_who"]


def case(name: str) -> dict:
    if name in ORACLE["effects"]:
        return ORACLE["effects"][name]
    return json.loads(shared("effect_sizes.json").read_text())["effects"][name]


# --- critical values -----------------------------------------------------------------------


def test_critical_normal_is_not_rounded() -> None:
    assert critical_normal(0.95) == pytest.approx(1.959963984540054, abs=1e-14)


@pytest.mark.parametrize("level", [0, 1, -0.1, 95, float("nan")])
def test_a_level_outside_0_and_1_is_refused(level: float) -> None:
    with pytest.raises(ValueError, match="level"):
        critical_normal(level)


def test_critical_t_is_undefined_below_one_degree_of_freedom() -> None:
    found = critical_t([0, 1, 29])
    assert np.isnan(found[0])
    # On one degree of freedom t is Cauchy; the other is the value on every printed page.
    assert found[1] == pytest.approx(np.tan(np.pi * 0.475), rel=1e-12)
    assert found[2] == pytest.approx(2.045, abs=5e-4)


# --- Wilson --------------------------------------------------------------------------------


def test_wilson_interval_equals_r() -> None:
    with shared("proportion_ci.csv").open() as file:
        rows = list(csv.DictReader(file))
    done, n, low, high = (
        np.array([float(row[column]) for row in rows])
        for column in ("x", "n", "wilson_lo", "wilson_hi")
    )
    found_low, found_high = wilson_interval(done, n)
    assert len(rows) == 19
    assert found_low == pytest.approx(low, abs=1e-12)
    assert found_high == pytest.approx(high, abs=1e-12)


@pytest.mark.parametrize(
    ("done", "n", "low", "high"),
    [
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_wilson_interval_equals_newcombe_1998(done: int, n: int, low: float, high: float) -> None:
    assert wilson_interval(done, n) == pytest.approx((low, high), abs=5e-5)


@given(st.integers(1, 10**6), st.floats(0, 1), levels)
def test_wilson_ends_solve_the_score_equation(n: int, share: float, level: float) -> None:
    done = round(n * share)
    z = stats.norm.ppf((1 + level) / 2)
    for end in wilson_interval(done, n, level=level):
        assert (done / n - end) ** 2 == pytest.approx(z**2 * end * (1 - end) / n, abs=1e-12)


@given(st.integers(1, 10**6), st.floats(0, 1))
def test_wilson_mirrors_done_and_not_done(n: int, share: float) -> None:
    done = round(n * share)
    low, high = wilson_interval(done, n)
    other_low, other_high = wilson_interval(n - done, n)
    assert (low, high) == pytest.approx((1 - other_high, 1 - other_low), abs=1e-12)
    assert 0 <= low <= done / n <= high <= 1


def test_wilson_ends_are_exact_and_nobody_is_undefined() -> None:
    low, high = wilson_interval([0, 7, 0], [7, 7, 0])
    assert low[0] == 0
    assert high[1] == 1
    assert np.isnan(low[2])
    assert np.isnan(high[2])
    assert all(isinstance(end, float) and np.isnan(end) for end in wilson_interval(0, 0))


@pytest.mark.parametrize(("done", "n"), [(-1, 5), (6, 5), (float("nan"), 5), (1, float("inf"))])
def test_wilson_refuses_impossible_counts(done: float, n: float) -> None:
    with pytest.raises(ValueError, match="done, n"):
        wilson_interval(done, n)


# --- means ---------------------------------------------------------------------------------


@pytest.mark.parametrize("name", paired_cases())
def test_mean_interval_equals_r(name: str) -> None:
    expected = case(name)
    found = mean_interval(
        mean=expected["mean_improvement"], sd=expected["sd_diff"], n=expected["n"]
    )
    assert found == pytest.approx(expected["mean_ci"], abs=1e-9)


def test_mean_interval_is_undefined_for_one_person_and_for_no_spread() -> None:
    low, high = mean_interval(mean=[3.0, 3.0, 3.0], sd=[np.nan, 0.0, 1.0], n=[1, 5, 0])
    assert np.isnan([low, high]).all()


def test_t_interval_without_degrees_of_freedom_is_undefined() -> None:
    assert np.isnan(t_interval(estimate=1.0, se=0.5, df=0)).all()


# --- noncentral t --------------------------------------------------------------------------


@pytest.mark.parametrize("name", paired_cases())
def test_noncentral_t_limits_equal_r(name: str) -> None:
    expected = case(name)
    found = noncentral_t_limits(expected["t"], expected["df"])
    assert found == pytest.approx(expected["nct_lambda"], abs=1e-7)
    root = expected["n"] ** 0.5
    assert np.divide(found, root) == pytest.approx(expected["d_z_ci_nct"], abs=1e-7)


def probability_below(t: float, df: float, noncentrality: float) -> float:
    """The noncentral t distribution function by brute force over the chi density."""
    nodes, weights = legendre.leggauss(8)
    width = np.sqrt(stats.chi2.isf(1e-18, df) / df) / 1_000
    s = width * (np.arange(1_000)[:, None] + (nodes + 1) / 2)
    density = 2 * df * s * stats.chi2.pdf(df * s**2, df)
    return float((weights * width / 2 * density * special.ndtr(t * s - noncentrality)).sum())


@pytest.mark.parametrize("df", [1, 2, 3, 5, 11, 29, 199, 1_500])
@pytest.mark.parametrize("t", [-30.0, -2.5, 0.0, 1e-9, 0.4, 3.0, 17.32, 90.0, 101.0, 400.0])
@pytest.mark.parametrize("level", [0.9, 0.95, 0.998])
def test_noncentral_t_limits_leave_the_right_tails(df: int, t: float, level: float) -> None:
    low, high = noncentral_t_limits(t, df, level=level)
    assert low < high
    assert probability_below(t, df, low) == pytest.approx((1 + level) / 2, abs=1e-9)
    assert probability_below(t, df, high) == pytest.approx((1 - level) / 2, abs=1e-9)


def test_noncentral_t_limits_stay_finite_where_the_library_gives_up() -> None:
    n = np.array([2.0, 3.0, 4.0, 10.0, 1_000.0, 100_000.0])
    for d in (-1e9, -10.0, -5.0, 5.0, 8.0, 10.0, 50.0, 1e4, 1e9):
        low, high = noncentral_t_limits(d * np.sqrt(n), n - 1)
        assert np.isfinite([low, high]).all()
        assert (low / np.sqrt(n) < d).all()
        assert (high / np.sqrt(n) > d).all()


@given(st.floats(-80, 80), st.integers(1, 3_000), levels)
def test_noncentral_t_limits_mirror_with_the_sign_of_t(t: float, df: int, level: float) -> None:
    low, high = noncentral_t_limits(t, df, level=level)
    assert noncentral_t_limits(-t, df, level=level) == pytest.approx((-high, -low), abs=1e-9)


def test_large_samples_use_the_normal_approximation() -> None:
    n, d = 1_000_000, 0.8
    z = stats.norm.ppf(0.975)
    reach = z * np.sqrt(1 / n + d**2 / (2 * n))
    found = np.divide(noncentral_t_limits(d * np.sqrt(n), n - 1), np.sqrt(n))
    assert found == pytest.approx([d - reach, d + reach], abs=1e-12)


def test_the_change_to_the_approximation_does_not_show() -> None:
    for d in (0.0, 0.5, 2.0):
        last = np.divide(noncentral_t_limits(d * np.sqrt(100_000), 99_999), np.sqrt(100_000))
        first = np.divide(noncentral_t_limits(d * np.sqrt(100_001), 100_000), np.sqrt(100_001))
        assert first == pytest.approx(last, abs=2e-6)


def test_noncentral_t_limits_keep_shape_and_pass_on_the_undefined() -> None:
    low, high = noncentral_t_limits([[1.0, np.nan, np.inf], [2.0, 3.0, 4.0]], [[5], [0]])
    assert low.shape == high.shape == (2, 3)
    assert np.isfinite(low).tolist() == [[True, False, False], [False, False, False]]
    low, high = noncentral_t_limits([], [])
    assert low.size == high.size == 0
