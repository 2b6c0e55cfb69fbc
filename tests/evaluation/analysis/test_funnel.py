"""Funnel limits: against R, against the binomial distribution itself, and at the edges."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from evaluation.analysis.funnel import (
    arcsine_limits,
    arcsine_se,
    binomial_limits,
    binomial_position,
    funnel_position,
    mean_limits,
    normal_limits,
    overdispersion,
)

pytestmark = pytest.mark.filterwarnings("error")

REFERENCE = Path(__file__).resolve().parents[3] / "evaluation" / "reference"
TAKE_UP = json.loads((REFERENCE / "sites_lfo_bcg.json").read_text())["take_up"]
with (REFERENCE / "funnel_takeup_lfo.csv").open() as _file:
    ROWS = list(csv.DictReader(_file))
shares = st.floats(0.02, 0.98)


def column(name: str) -> np.ndarray:
    return np.array([float(row[name]) for row in ROWS])


# --- against R ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("level", "low", "high"),
    [(0.95, "exact_0.025", "exact_0.975"), (0.998, "exact_0.001", "exact_0.999")],
)
def test_exact_limits_equal_r(level: float, low: str, high: str) -> None:
    target = column("x").sum() / column("n").sum()
    assert target == pytest.approx(TAKE_UP["p0"], rel=1e-12)
    found_low, found_high = binomial_limits(target, column("n"), level=level)
    np.testing.assert_allclose(found_low, column(low), atol=1e-9)
    np.testing.assert_allclose(found_high, column(high), atol=1e-9)


def test_arcsine_limits_equal_r_where_they_stay_on_the_scale() -> None:
    for level, tag in ((0.95, "95"), (0.998, "998")):
        low, high = arcsine_limits(TAKE_UP["p0"], column("n"), level=level)
        np.testing.assert_allclose(low, column(f"arcsine_lo{tag}"), atol=1e-7)
        on_scale = high < 1
        np.testing.assert_allclose(high[on_scale], column(f"arcsine_hi{tag}")[on_scale], atol=1e-7)
        # Past the end of the scale the sine turns back; seven persons then have no upper limit.
        assert on_scale.tolist() == [level == 0.95, *[True] * 11]


def test_overdispersion_of_take_up_equals_r() -> None:
    se = arcsine_se(column("n"))
    z = (np.arcsin(np.sqrt(column("p"))) - np.arcsin(np.sqrt(TAKE_UP["p0"]))) / se
    np.testing.assert_allclose(z, column("z_arcsine"), atol=1e-9)
    found = overdispersion(z, se)
    assert found.phi == pytest.approx(TAKE_UP["phi_winsor10"], abs=1e-9)
    assert (found.tau2, found.k, found.winsorised, found.reason) == (0.0, 12, True, "")


# --- the binomial distribution -----------------------------------------------------------------


@given(shares, st.integers(1, 400), st.sampled_from([0.95, 0.998]))
def test_lower_limit_separates_counts_that_are_too_rare(target, n, level) -> None:
    low, high = (float(end[0]) for end in binomial_limits(target, [n], level=level))
    assert 0 <= low <= high <= 1
    done = np.arange(n + 1)
    chance = stats.binom.cdf(done, n, target)
    clear = np.abs(chance - (1 - level) / 2) > 1e-9
    assert ((done < low * n) == (chance < (1 - level) / 2))[clear].all()


@given(shares, st.integers(1, 300))
def test_position_of_a_share_follows_its_exact_tails(target, n) -> None:
    done = np.arange(n + 1)
    tail = np.minimum(stats.binom.cdf(done, n, target), stats.binom.sf(done - 1, n, target))
    clear = (np.abs(tail - 0.025) > 1e-9) & (np.abs(tail - 0.001) > 1e-9)
    wanted = np.where(tail < 0.001, "beyond_998", np.where(tail < 0.025, "beyond_95", "inside"))
    found = binomial_position(done, np.full(n + 1, n), target=target)
    assert found[clear].tolist() == wanted[clear].tolist()


def test_a_small_site_where_everybody_came_is_not_beyond() -> None:
    # 7 of 7 has the probability 0.78**7 = 0.176, yet lies above the interpolated line.
    _, high = binomial_limits(0.78, [7])
    assert high[0] < 1
    assert binomial_position([7], [7], target=0.78).tolist() == ["inside"]


def test_limits_close_in_on_the_target() -> None:
    low, high = binomial_limits(0.3, [10, 100, 10_000, 1_000_000])
    assert (np.diff(high - low) < 0).all()
    z = stats.norm.ppf(0.975)
    assert high[-1] - 0.3 == pytest.approx(z * np.sqrt(0.21 / 1e6), rel=2e-3)


def test_nobody_has_no_limits_and_no_position() -> None:
    for limits in (binomial_limits, arcsine_limits):
        low, high = limits(0.4, [0, 10])
        assert np.isnan([low[0], high[0]]).all()
        assert np.isfinite([low[1], high[1]]).all()
    assert binomial_position([0, 4], [0, 10], target=0.4).tolist() == ["", "inside"]


@pytest.mark.parametrize("target", [0.0, 1.0, -0.2, 1.3, float("nan")])
def test_a_target_that_is_no_share_is_refused(target: float) -> None:
    for refused in (binomial_limits, arcsine_limits):
        with pytest.raises(ValueError, match="target"):
            refused(target, [10])
    with pytest.raises(ValueError, match="target"):
        binomial_position([3], [10], target=target)


@pytest.mark.parametrize("n", [[-1], [2.5], [float("nan")]])
def test_counts_that_are_none_are_refused(n: list[float]) -> None:
    with pytest.raises(ValueError, match="count"):
        binomial_limits(0.5, n)
    with pytest.raises(ValueError, match="count"):
        binomial_position([0], n, target=0.5)


# --- means, effects and positions --------------------------------------------------------------


def test_limits_of_means_by_hand() -> None:
    z95, z998 = stats.norm.ppf(0.975), stats.norm.ppf(0.999)
    low, high = mean_limits(10.0, sd=6.0, n=[9, 0])
    assert (low[0], high[0]) == pytest.approx((10 - 2 * z95, 10 + 2 * z95))
    assert np.isnan([low[1], high[1]]).all()
    low, high = normal_limits(0.5, [0.3, 0.0], tau2=0.16, level=0.998)
    assert (low[0], high[0]) == pytest.approx((0.5 - 0.5 * z998, 0.5 + 0.5 * z998))
    assert np.isnan([low[1], high[1]]).all()
    with pytest.raises(ValueError, match="tau2"):
        normal_limits(0.5, [0.3], tau2=-0.1)


def test_position_with_values_on_a_limit_and_missing_ones() -> None:
    values = [2.0, 2.1, -2.1, 3.0, 3.1, float("nan"), 0.0]
    inner = ([-2.0] * 7, [2.0] * 7)
    outer = ([-3.0] * 7, [3.0] * 6 + [float("nan")])
    assert funnel_position(values, limits_95=inner, limits_998=outer).tolist() == [
        "inside", "beyond_95", "beyond_95", "beyond_95", "beyond_998", "", "",
    ]  # fmt: skip


# --- overdispersion ----------------------------------------------------------------------------


def test_below_ten_sites_nothing_is_winsorised() -> None:
    z = [3.0] + [0.0] * 8
    found = overdispersion(z, [0.5] * 9)
    assert (found.phi, found.winsorised) == (1.0, False)
    # k phi - (k-1) = 1, and sum w - sum w**2 / sum w = 8 * 4.
    assert found.tau2 == pytest.approx(1 / 32)


def test_from_ten_sites_the_outermost_are_drawn_in() -> None:
    # The 90th percentile of ten values lies a tenth of the way from the 9th to the 10th.
    found = overdispersion([0.0] * 9 + [10.0], np.ones(10))
    assert found.winsorised
    assert found.phi == pytest.approx(1.0**2 / 10)
    assert found.tau2 == 0.0


def test_wider_scatter_gives_the_variance_that_explains_it() -> None:
    random = np.random.default_rng(3)
    se = random.uniform(0.1, 0.3, 4000)
    y = random.normal(0, np.sqrt(se**2 + 0.09))
    # Drawing in the outermost makes it an underestimate.
    assert 0.04 < overdispersion(y / se, se).tau2 < 0.09
    assert overdispersion(random.normal(size=4000), se).tau2 == 0.0


@pytest.mark.parametrize(
    ("z", "reason"), [([], "NO_SITE"), ([float("nan")], "NO_SITE"), ([1.0], "ONE_SITE")]
)
def test_too_few_sites_for_overdispersion(z: list[float], reason: str) -> None:
    found = overdispersion(z, [0.5] * len(z))
    assert found.reason == reason
    assert np.isnan(found.tau2)
