"""Sites together: against metafor, against the definitions, and with too few sites."""

from __future__ import annotations

import dataclasses
import json
import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from evaluation.analysis.heterogeneity import (
    between_site_variance,
    cochran_q,
    i_squared,
    q_profile_interval,
)
from evaluation.analysis.pooling import Pool, pool_sites, shrink_sites, site_variances

pytestmark = pytest.mark.filterwarnings("error")

TESTS = Path(__file__).resolve().parents[2]
CARRIED = json.loads((TESTS.parent / "evaluation" / "reference" / "sites_lfo_bcg.json").read_text())
SHARED = TESTS.parent / ".." / "shared" / "reference" / "expected" / "meta.json"
CASES = ["bcg_logrr", "lfo_sites_SMCR", "homogeneous_Q_lt_df"]
METHODS = ["DL", "REML", "PM"]
both = pytest.mark.parametrize("case", CASES)
every_method = pytest.mark.parametrize("method", METHODS)
NUMBERS = [
    "estimate", "se", "low", "high", "se_hk", "low_hk", "high_hk", "tau2", "tau2_low",
    "tau2_high", "i2", "q", "df", "p_q", "prediction_low", "prediction_high",
]  # fmt: skip


def reference(case: str) -> dict:
    if case in CARRIED:
        return CARRIED[case]
    if not SHARED.exists():
        pytest.skip(f"the reference numbers of {case} are not beside this checkout")
    return json.loads(SHARED.read_text())[case]


@st.composite
def sites(draw: st.DrawFn, *, least: int = 2) -> tuple[np.ndarray, np.ndarray]:
    k = draw(st.integers(least, 12))
    y = draw(st.lists(st.integers(-300, 300), min_size=k, max_size=k))
    v = draw(st.lists(st.integers(1, 400), min_size=k, max_size=k))
    return np.array(y) / 100, np.array(v) / 1000


def restricted_log_likelihood(y: np.ndarray, v: np.ndarray, tau2: float) -> float:
    """From the density of the residual contrasts, not from the formula under test."""
    k = y.size
    contrasts = np.eye(k)[:-1] - np.eye(k)[-1]
    covariance = contrasts @ np.diag(v + tau2) @ contrasts.T
    return float(stats.multivariate_normal(np.zeros(k - 1), covariance).logpdf(contrasts @ y))


# --- against metafor -----------------------------------------------------------------------


@both
@every_method
def test_estimate_and_heterogeneity_equal_metafor(case: str, method: str) -> None:
    data = reference(case)
    expected = data["fits"][method]["z"]
    pool = pool_sites(data["yi"], data["vi"], method=method)
    assert pool.estimate == pytest.approx(expected["estimate"], abs=1e-9)
    assert pool.se == pytest.approx(expected["se"], abs=1e-9)
    assert (pool.low, pool.high) == pytest.approx(expected["ci"], abs=1e-9)
    assert pool.tau2 == pytest.approx(expected["tau2"], abs=1e-9)
    assert pool.i2 * 100 == pytest.approx(expected["I2"], abs=1e-8)
    assert (pool.q, pool.df) == pytest.approx((expected["Q"], expected["df"]), abs=1e-9)
    assert pool.p_q == pytest.approx(expected["Q_p"], rel=1e-9)
    interval = expected["tau2_ci_Qprofile"]
    assert (pool.tau2_low, pool.tau2_high) == pytest.approx(interval, abs=1e-9)
    assert (pool.k, pool.k_dropped, pool.reason) == (data["k"], 0, "")


@both
@every_method
@pytest.mark.parametrize(("floor", "name"), [(True, "adhoc"), (False, "knha")])
def test_hartung_knapp_and_prediction_equal_metafor(
    case: str, method: str, floor: bool, name: str
) -> None:
    data = reference(case)
    expected = data["fits"][method][name]
    pool = pool_sites(data["yi"], data["vi"], method=method, floor=floor)
    assert pool.se_hk == pytest.approx(expected["se"], abs=1e-9)
    assert (pool.low_hk, pool.high_hk) == pytest.approx(expected["ci"], abs=1e-9)
    prediction = (pool.prediction_low, pool.prediction_high)
    assert prediction == pytest.approx(expected["pi_t_k_minus_1"], abs=1e-9)


@both
@every_method
def test_shrunken_estimates_equal_metafor(case: str, method: str) -> None:
    data = reference(case)
    expected = data["fits"][method]["z"]
    y, v = data["yi"], data["vi"]
    found = shrink_sites(y, v, pool_sites(y, v, method=method))
    np.testing.assert_allclose(found.shrunken, expected["blup"], atol=1e-9)
    np.testing.assert_allclose(found.se, expected["blup_se"], atol=1e-9)
    np.testing.assert_allclose(found.weight * 100, expected["weights_pct"], atol=1e-8)


def from_r(case: str) -> tuple[dict, dict]:
    """The sites of a case, and what R makes of them with equal effects."""
    if not SHARED.exists():
        pytest.skip("the reference numbers of equal effects are not beside this checkout")
    data = json.loads(SHARED.read_text())[case]
    return data, data["fits"]["EE"]


@both
def test_equal_effects_equal_metafor(case: str) -> None:
    data, fits = from_r(case)
    expected, pool = fits["z"], pool_sites(data["yi"], data["vi"], method="EE")
    assert (pool.estimate, pool.se) == pytest.approx((expected["estimate"], expected["se"]))
    assert (pool.low, pool.high) == pytest.approx(expected["ci"], abs=1e-9)
    assert (pool.q, pool.df) == pytest.approx((expected["Q"], expected["df"]), abs=1e-9)
    assert pool.p_q == pytest.approx(expected["Q_p"], rel=1e-9)
    assert (pool.tau2, pool.i2 * 100) == pytest.approx((expected["tau2"], expected["I2"]))
    plain = pool_sites(data["yi"], data["vi"], method="EE", floor=False)
    assert plain.se_hk == pytest.approx(fits["knha"]["se"], abs=1e-9)
    assert (plain.low_hk, plain.high_hk) == pytest.approx(fits["knha"]["ci"], abs=1e-9)
    # With the floor the wider of both standard errors, as for every other method.
    assert pool.se_hk == pytest.approx(max(fits["knha"]["se"], expected["se"]), abs=1e-9)


def test_equal_effects_say_nothing_of_a_new_site() -> None:
    # By hand: weights 2, 1 and 1, so (2 + 2 + 6) / 4 and 1 / sqrt(4); Q = 4.5 + .25 + 12.25.
    pool = pool_sites([1.0, 2.0, 6.0], [0.5, 1.0, 1.0], method="EE")
    assert (pool.estimate, pool.se, pool.tau2) == pytest.approx((2.5, 0.5, 0.0))
    assert (pool.q, pool.i2) == pytest.approx((17.0, 15 / 17))
    unknown = ("tau2_low", "tau2_high", "prediction_low", "prediction_high")
    assert set(NUMBERS) - defined(pool) == set(unknown)
    assert pool.reason == "FEW_SITES;EQUAL_EFFECTS"
    assert pool_sites([0.4], [0.04], method="EE").reason == "ONE_SITE"
    assert pool_sites([], [], method="EE").reason == "NO_SITE"


# --- the definitions -----------------------------------------------------------------------


@given(sites())
def test_reml_has_the_highest_restricted_likelihood(data: tuple[np.ndarray, np.ndarray]) -> None:
    y, v = data
    tau2 = between_site_variance(y, v, method="REML")
    best = restricted_log_likelihood(y, v, tau2)
    others = [0.0, *(max(tau2, 0.01) * np.geomspace(1e-3, 1e3, 61))]
    assert best >= max(restricted_log_likelihood(y, v, other) for other in others) - 1e-9


def test_reml_takes_the_higher_of_two_tops() -> None:
    y = np.array([-0.36, -1.65, -0.63, -1.57, -1.64, 1.07])
    v = np.array([0.22, 0.0012, 0.22, 0.00012, 5.1, 2.8])
    grid = np.geomspace(1e-5, 100, 2000)
    heights = np.array([restricted_log_likelihood(y, v, tau2) for tau2 in grid])
    tops = grid[1:-1][(heights[1:-1] > heights[:-2]) & (heights[1:-1] > heights[2:])]
    assert tops == pytest.approx([0.0045, 0.32], rel=0.05)
    tau2 = between_site_variance(y, v, method="REML")
    assert tau2 == pytest.approx(grid[np.argmax(heights)], rel=0.01)
    assert restricted_log_likelihood(y, v, tau2) >= heights.max()


def test_two_equally_exact_sites_by_hand() -> None:
    # Their variance is 0.5 * 4 = 2, of which 0.5 is sampling error.
    for method in METHODS:
        pool = pool_sites([1.0, 3.0], [0.5, 0.5], method=method)
        assert pool.tau2 == pytest.approx(1.5, rel=1e-12)
        assert pool.i2 == pytest.approx(0.75, rel=1e-12)
        assert (pool.estimate, pool.se) == pytest.approx((2.0, 1.0), rel=1e-12)
        assert pool.high_hk - 2 == pytest.approx(np.tan(np.pi * 0.475), rel=1e-12)
        reach = np.sqrt(1.5 + 1.0) * np.tan(np.pi * 0.475)
        assert pool.prediction_high - 2 == pytest.approx(reach, rel=1e-12)


@given(sites())
def test_paule_mandel_brings_q_to_its_degrees_of_freedom(data) -> None:
    y, v = data
    tau2 = between_site_variance(y, v, method="PM")
    if tau2 == 0:
        assert cochran_q(y, v) <= y.size - 1
    else:
        assert cochran_q(y, v, tau2=tau2) == pytest.approx(y.size - 1, rel=1e-9)


@given(sites())
def test_q_profile_ends_have_the_quantiles_of_chi_square(data) -> None:
    y, v = data
    for tau2, p in zip(q_profile_interval(y, v, level=0.9), (0.95, 0.05), strict=True):
        quantile = stats.chi2.ppf(p, y.size - 1)
        if tau2 == 0:
            assert cochran_q(y, v) <= quantile * (1 + 1e-12)
        else:
            assert cochran_q(y, v, tau2=tau2) == pytest.approx(quantile, rel=1e-9)


def test_i_squared_of_equal_variances_is_the_share_between() -> None:
    assert i_squared(np.full(7, 0.2), 0.6) == pytest.approx(0.75, rel=1e-14)


# --- what must not matter, and what must -----------------------------------------------------


def assert_same(one: Pool, other: Pool, *, shift: float = 0.0, scale: float = 1.0) -> None:
    power = {"tau2": 2, "tau2_low": 2, "tau2_high": 2, "i2": 0, "q": 0, "df": 0, "p_q": 0}
    placed = {"estimate", "low", "high", "low_hk", "high_hk", "prediction_low", "prediction_high"}
    for name in NUMBERS:
        wanted = getattr(one, name) * scale ** power.get(name, 1)
        wanted += shift if name in placed else 0.0
        unit = scale ** power.get(name, 1)
        assert getattr(other, name) == pytest.approx(wanted, rel=1e-7, abs=1e-8 * unit), name


@given(sites(), st.sampled_from(METHODS), st.randoms(use_true_random=False))
def test_the_order_of_the_sites_does_not_matter(data, method, random) -> None:
    y, v = data
    order = list(range(y.size))
    random.shuffle(order)
    there, back = pool_sites(y, v, method=method), pool_sites(y[order], v[order], method=method)
    assert_same(there, back)
    np.testing.assert_allclose(
        shrink_sites(y[order], v[order], back).shrunken,
        shrink_sites(y, v, there).shrunken[order],
        atol=1e-8,
    )


@given(sites(), st.sampled_from(METHODS), st.integers(-50, 50))
def test_a_shift_moves_the_estimate_and_nothing_else(data, method, shift) -> None:
    y, v = data
    assert_same(
        pool_sites(y, v, method=method), pool_sites(y + shift, v, method=method), shift=shift
    )


@given(sites(), st.sampled_from(METHODS), st.sampled_from([1e-4, 0.1, 7.0, 1e5]))
def test_another_unit_changes_only_the_unit(data, method, scale) -> None:
    y, v = data
    there = pool_sites(y, v, method=method)
    assert_same(there, pool_sites(y * scale, v * scale**2, method=method), scale=scale)


@given(sites(), st.sampled_from(METHODS))
def test_shrinkage_lies_between_the_site_and_the_average(data, method) -> None:
    y, v = data
    pool = pool_sites(y, v, method=method)
    found = shrink_sites(y, v, pool)
    assert (np.abs(found.shrunken - pool.estimate) <= np.abs(y - pool.estimate) + 1e-12).all()
    assert found.weight.sum() == pytest.approx(1.0, rel=1e-12)
    assert ((found.own_share >= 0) & (found.own_share <= 1)).all()
    assert (found.low < found.shrunken).all() and (found.shrunken < found.high).all()


@every_method
@pytest.mark.parametrize("k", [2, 5, 12])
def test_equal_sites_do_not_differ(method: str, k: int) -> None:
    y, v = np.full(k, 0.37), np.linspace(0.01, 0.3, k)
    pool = pool_sites(y, v, method=method)
    assert (pool.tau2, pool.tau2_low, pool.tau2_high, pool.i2) == (0, 0, 0, 0)
    assert pool.estimate == pytest.approx(0.37, rel=1e-12)
    assert pool.se_hk == pool.se
    np.testing.assert_allclose(shrink_sites(y, v, pool).shrunken, 0.37, rtol=1e-12)


def test_the_floor_keeps_hartung_knapp_from_being_absurdly_narrow() -> None:
    y, v = [0.3, 0.31, 0.29, 0.3, 0.305], [0.02, 0.03, 0.015, 0.04, 0.02]
    with_floor, plain = pool_sites(y, v), pool_sites(y, v, floor=False)
    assert with_floor.se_hk == with_floor.se
    assert plain.se_hk < 0.1 * with_floor.se_hk
    assert plain.estimate == with_floor.estimate


# --- too few sites ---------------------------------------------------------------------------


def defined(pool: Pool) -> set[str]:
    return {name for name in NUMBERS if not np.isnan(getattr(pool, name))}


@every_method
@pytest.mark.parametrize("y", [[], [float("nan"), 1.0], [float("inf")] * 2])
def test_no_usable_site(method: str, y: list[float]) -> None:
    pool = pool_sites(y, [0.0] * len(y), method=method)
    assert (pool.k, pool.k_dropped, pool.reason) == (0, len(y), "NO_SITE")
    assert defined(pool) == set()
    assert np.isnan(shrink_sites(y, [0.0] * len(y), pool).shrunken).all()


@every_method
def test_one_site_is_repeated_and_says_so(method: str) -> None:
    pool = pool_sites([0.4, float("nan")], [0.04, 0.1], method=method)
    assert (pool.k, pool.k_dropped, pool.reason) == (1, 1, "ONE_SITE")
    assert (pool.estimate, pool.se) == pytest.approx((0.4, 0.2))
    assert defined(pool) == {"estimate", "se", "low", "high"}
    found = shrink_sites([0.4, float("nan")], [0.04, 0.1], pool)
    assert np.isnan(found.shrunken).all()


@pytest.mark.parametrize(("k", "reason"), [(2, "FEW_SITES"), (4, "FEW_SITES"), (5, "")])
def test_few_sites_are_pooled_with_a_flag(k: int, reason: str) -> None:
    pool = pool_sites(np.arange(k) / 10, np.full(k, 0.02))
    assert pool.reason == reason
    assert defined(pool) == set(NUMBERS)


def test_sites_without_estimate_or_variance_are_left_out_and_counted() -> None:
    y, v = np.array([0.1, 0.5, 0.9, np.nan, 0.2, 0.3]), np.array([0.1, 0.2, 0.1, 0.1, 0.0, np.nan])
    pool = pool_sites(y, v)
    assert (pool.k, pool.k_dropped) == (3, 3)
    assert dataclasses.replace(pool, k_dropped=0) == pool_sites(y[:3], v[:3])
    found = shrink_sites(y, v, pool)
    assert np.isnan(found.shrunken).tolist() == [False] * 3 + [True] * 3
    assert np.nansum(found.weight) == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"y": [1.0, 2.0], "v": [1.0]}, "shape"),
        ({"y": [1.0, 2.0], "v": [1.0, 1.0], "method": "ML"}, "method"),
        ({"y": [1.0, 2.0], "v": [1.0, 1.0], "level": 95}, "level"),
    ],
)
def test_mistakes_are_refused(arguments: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        pool_sites(**arguments)


def test_shrinking_other_sites_than_were_pooled_is_refused() -> None:
    with pytest.raises(ValueError, match="pool has 3"):
        shrink_sites([1.0, 2.0], [1.0, 1.0], pool_sites([1.0, 2.0, 3.0], [1.0] * 3))


# --- the variance of a site --------------------------------------------------------------------


def test_sites_with_few_couples_get_the_textbook_variance() -> None:
    found = site_variances(
        se=[0.3, 0.3, 0.3], n=[16, 8, 1], n_couples=[8, 7, 1], sd_change=[4.0, 4.0, np.nan],
        deff=1.25,
    )  # fmt: skip
    assert found[:2] == pytest.approx([0.09, 4.0**2 / 8 * 1.25])
    assert np.isnan(found[2])


def test_standardised_sites_with_few_couples_get_bonetts_variance() -> None:
    found = site_variances(
        se=[0.3, 0.3], n=[9, 9], n_couples=[5, 5], sd_change=[3.0, 3.0], sd_before=[2.0, 0.0],
        d_pre=[0.8, np.nan], deff=1.5,
    )  # fmt: skip
    assert found[0] == pytest.approx(1.5 * (9 / (4 * 8) + 0.64 / 16))
    assert np.isnan(found[1])
    with pytest.raises(ValueError, match="both"):
        site_variances(se=[1], n=[9], n_couples=[5], sd_change=[3], d_pre=[0.8])


def test_the_whole_programme_takes_a_moment() -> None:
    random = np.random.default_rng(5)
    started = time.perf_counter()
    for number in range(300):  # 20 scales, 5 contrasts, 3 methods
        v = random.uniform(0.01, 0.1, 12)
        pool_sites(random.normal(0.5, 0.3, 12), v, method=METHODS[number % 3])
    assert time.perf_counter() - started < 5
