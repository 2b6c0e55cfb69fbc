"""What a site of a given size can show: against R and against the noncentral t itself."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from evaluation.analysis.precision import (
    detectable_d_z,
    mean_half_width,
    n_needed,
    site_precision,
)

pytestmark = pytest.mark.filterwarnings("error")

ROOT = Path(__file__).resolve().parents[3]
SHARED = ROOT / ".." / "shared" / "reference" / "expected" / "rates_misc.json"
# Printed, to three figures, in every table of the power of a paired t test at 80 per cent.
KNOWN = {10: 0.996, 20: 0.660, 30: 0.529, 50: 0.404, 100: 0.283}


def shared(name: str) -> list[dict]:
    if not SHARED.exists():
        pytest.skip("the reference numbers rates_misc.json are not beside this checkout")
    return json.loads(SHARED.read_text())[name]


def test_half_width_and_detectable_change_equal_r() -> None:
    rows = shared("power")
    n = [row["n"] for row in rows]
    wanted = {name: [row[name] for row in rows] for name in rows[0]}
    np.testing.assert_allclose(mean_half_width(n), wanted["halfwidth_mean_in_sdD"], atol=1e-9)
    np.testing.assert_allclose(detectable_d_z(n), wanted["mdes_dz_80"], rtol=1e-6)


def test_persons_needed_equal_r() -> None:
    for row in shared("n_for_80"):
        assert n_needed(row["dz"]) == pytest.approx(row["n"], rel=1e-5)
        assert n_needed(-row["dz"], deff=1.3) == pytest.approx(1.3 * row["n"], rel=1e-5)


def test_known_values() -> None:
    for n, wanted in KNOWN.items():
        assert detectable_d_z(n) == pytest.approx(wanted, abs=5e-4)
    assert np.ceil(n_needed(0.3)) == 90
    assert np.ceil(n_needed(0.5)) == 34


@pytest.mark.parametrize("n", [2, 3, 7, 40, 1000])
@pytest.mark.parametrize("power", [0.6, 0.8, 0.95])
def test_the_detectable_change_has_the_power(n: int, power: float) -> None:
    d = detectable_d_z(n, power=power, level=0.9)
    critical = stats.t.ppf(0.95, n - 1)
    assert stats.nct.sf(critical, n - 1, d * np.sqrt(n)) == pytest.approx(power, abs=1e-9)


@pytest.mark.parametrize("d", [0.05, 0.2, 0.7, 1.5])
def test_persons_needed_turn_the_detectable_change_round(d: float) -> None:
    assert detectable_d_z(n_needed(d, power=0.9), power=0.9) == pytest.approx(d, rel=1e-9)


def test_persons_needed_at_the_edges() -> None:
    assert np.isnan(n_needed(0.0))
    assert np.isnan(n_needed(float("nan")))
    assert n_needed(50.0) == 2
    assert n_needed(0.004) == pytest.approx((1.959964 + 0.841621) ** 2 / 0.004**2, rel=1e-4)


def test_a_site_of_persons_alone() -> None:
    found = site_precision(n=30, n_couples=30)
    assert found.half_width == pytest.approx(mean_half_width(30), rel=1e-12)
    assert found.detectable_d_z == pytest.approx(detectable_d_z(30), rel=1e-12)
    assert (found.n_effective, found.display_tier, found.reason) == (30, "full", "")


def test_couples_cost_precision_twice() -> None:
    alone, together = (
        site_precision(n=20, n_couples=20),
        site_precision(n=20, n_couples=10, deff=1.4),
    )
    t = stats.t.ppf(0.975, 9)
    assert together.half_width == pytest.approx(t * np.sqrt(1.4 / 20), rel=1e-12)
    assert together.n_effective == pytest.approx(20 / 1.4)
    shown = together.detectable_d_z / np.sqrt(1.4 / 20)
    assert stats.nct.sf(t, 9, shown) == pytest.approx(0.8, abs=1e-9)
    assert together.half_width > alone.half_width
    assert together.detectable_d_z > alone.detectable_d_z


@pytest.mark.parametrize(
    ("n", "n_couples", "reason"), [(0, 0, "N0"), (1, 1, "N1"), (2, 1, "G1"), (2, 2, "")]
)
def test_tiny_sites(n: int, n_couples: int, reason: str) -> None:
    found = site_precision(n=n, n_couples=n_couples)
    assert found.reason == reason
    assert np.isnan([found.half_width, found.detectable_d_z]).all() == bool(reason)
    assert found.display_tier == "counts"


def test_too_small_groups_within_an_array_are_nan() -> None:
    assert np.isnan(mean_half_width([0, 1, 2])).tolist() == [True, True, False]
    assert np.isnan(detectable_d_z([0, 1, 2])).tolist() == [True, True, False]


@pytest.mark.parametrize(
    "arguments",
    [
        {"n": 3, "n_couples": 4},
        {"n": 3, "n_couples": 0},
        {"n": -1, "n_couples": -1},
        {"n": 3, "n_couples": 3, "deff": 0.0},
        {"n": 3, "n_couples": 3, "deff": float("nan")},
        {"n": 3, "n_couples": 3, "power": 0.5},
        {"n": 3, "n_couples": 3, "power": 80},
        {"n": 3, "n_couples": 3, "level": 95},
    ],
)
def test_mistakes_are_refused(arguments: dict) -> None:
    with pytest.raises(ValueError, match=r"n_couples|deff|power|level"):
        site_precision(**arguments)
