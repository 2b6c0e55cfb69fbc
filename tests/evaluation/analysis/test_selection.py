"""Change that selection alone produces: against R, against simulation, and undefined."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from evaluation.analysis.selection import regression_to_the_mean, selection_bias

pytestmark = pytest.mark.filterwarnings("error")

SHARED = Path(__file__).resolve().parents[3] / ".." / "shared" / "reference" / "expected"
NORM = {"mean": 100.0, "sd": 15.0, "reliability": 0.8, "cut": 90.0}


def shared(name: str) -> dict:
    path = SHARED / name
    if not path.exists():
        pytest.skip(f"the reference numbers {name} are not beside this checkout")
    return json.loads(path.read_text())


@pytest.mark.parametrize(
    "case",
    ["das_norm_selected_below_98", "phq9_like_selected_above", "sdq_like_selected_above"],
)
def test_regression_to_the_mean_equals_r(case: str) -> None:
    expected = shared("regression_to_mean.json")[case]
    found = regression_to_the_mean(
        mean=expected["mu"],
        sd=expected["sd"],
        reliability=expected["reliability"],
        cut=expected["cut"],
        select="below" if "<" in expected["select"] else "above",
    )
    assert found.mean_selected == pytest.approx(expected["mean_selected"], abs=1e-9)
    assert found.expected_retest == pytest.approx(expected["expected_retest"], abs=1e-9)
    assert found.points == pytest.approx(expected["rtm_points"], abs=1e-9)
    assert found.in_sd == pytest.approx(expected["rtm_in_sd_total"], abs=1e-9)
    assert found.reason == ""


def test_regression_to_the_mean_by_simulation() -> None:
    random = np.random.default_rng(11)
    true = random.normal(100, 15 * np.sqrt(0.8), 400_000)
    first, second = true + random.normal(0, 15 * np.sqrt(0.2), (2, true.size))
    kept = first < 90
    found = regression_to_the_mean(**NORM, select="below")
    assert found.mean_selected == pytest.approx(first[kept].mean(), abs=0.1)
    assert found.points == pytest.approx((second - first)[kept].mean(), abs=0.1)


def test_above_is_the_mirror_image_of_below() -> None:
    below = regression_to_the_mean(**NORM, select="below")
    above = regression_to_the_mean(**(NORM | {"cut": 110.0}), select="above")
    assert above.points == pytest.approx(-below.points, rel=1e-12)
    assert above.mean_selected - 100 == pytest.approx(100 - below.mean_selected, rel=1e-12)


def test_a_cut_at_the_mean_and_cuts_far_out() -> None:
    found = regression_to_the_mean(**(NORM | {"cut": 100.0}), select="above")
    assert found.in_sd == pytest.approx(-0.2 * np.sqrt(2 / np.pi), rel=1e-12)
    # Far out the selected lie just beyond the cut; on the other side everybody is selected.
    far = regression_to_the_mean(**(NORM | {"cut": 100.0 - 60 * 15}), select="below")
    assert far.in_sd == pytest.approx(0.2 * 60, rel=1e-3)
    everybody = regression_to_the_mean(**(NORM | {"cut": 100.0 + 60 * 15}), select="below")
    assert everybody.points == 0.0


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"mean": float("nan")}, "NORM_MISSING"),
        ({"sd": float("nan")}, "NORM_MISSING"),
        ({"cut": float("nan")}, "NORM_MISSING"),
        ({"sd": 0.0}, "SD0"),
        ({"reliability": 1.0}, "REL_RANGE"),
        ({"reliability": 0.0}, "REL_RANGE"),
        ({"reliability": float("nan")}, "REL_RANGE"),
    ],
)
def test_without_a_norm_there_is_a_reason(changed: dict, reason: str) -> None:
    found = regression_to_the_mean(**(NORM | changed), select="below")
    assert found.reason == reason
    assert np.isnan([found.points, found.in_sd, found.mean_selected]).all()


def test_another_side_is_refused() -> None:
    with pytest.raises(ValueError, match="select"):
        regression_to_the_mean(**NORM, select="outside")


def test_selection_bias_equals_r() -> None:
    expected = shared("selection_bias_table.json")
    found = selection_bias(np.array(expected["retained"])[:, None], expected["rho"])
    np.testing.assert_allclose(found, expected["bias"], atol=1e-9)


def test_selection_bias_by_simulation() -> None:
    random = np.random.default_rng(12)
    stay, change = random.multivariate_normal([0, 0], [[1, 0.4], [0.4, 1]], 400_000).T
    kept = stay > stats.norm.ppf(0.7)
    assert selection_bias(0.3, 0.4) == pytest.approx(change[kept].mean(), abs=0.02)


def test_selection_bias_when_everybody_or_nobody_stays() -> None:
    found = selection_bias([1.0, 0.0, float("nan"), 0.5], [0.3, 0.3, 0.3, 0.0])
    assert found[[0, 3]].tolist() == [0.0, 0.0]
    assert np.isnan(found[[1, 2]]).all()


@pytest.mark.parametrize(("retained", "rho"), [(1.1, 0.2), (-0.1, 0.2), (0.5, 1.5)])
def test_impossible_shares_and_correlations_are_refused(retained: float, rho: float) -> None:
    with pytest.raises(ValueError, match=r"retained|rho"):
        selection_bias(retained, rho)
