"""Little's test: against R on two data sets, by hand where a closed form exists, by identities."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from evaluation.analysis.little import little_mcar

pytestmark = pytest.mark.filterwarnings("error")
NAN = float("nan")
SHARED = Path(__file__).resolve().parents[3] / ".." / "shared"


def shared(*parts: str) -> Path:
    path = SHARED.joinpath(*parts)
    if not path.exists():
        pytest.skip(f"needs the data beside the project: {path.name}")
    return path


@pytest.mark.parametrize(("name", "columns"), [("airquality_all6", 6), ("airquality_first4", 4)])
def test_against_r(name: str, columns: int) -> None:
    expected = json.loads(shared("reference", "expected", "attrition.json").read_text())
    expected = expected["little_mcar"][name]
    data = pd.read_csv(shared("reference", "data", "airquality.csv")).iloc[:, :columns]
    found = little_mcar(data)
    assert found.statistic == pytest.approx(expected["statistic"], rel=1e-9)
    assert found.p == pytest.approx(expected["p"], rel=1e-9)
    assert found.statistic_unbiased == pytest.approx(expected["statistic_unbiased_sigma"], rel=1e-9)
    assert found.p_unbiased == pytest.approx(expected["p_unbiased_sigma"], rel=1e-9)
    assert (found.df, found.patterns, found.n) == (
        expected["df"], expected["patterns"], expected["n_used"]
    )  # fmt: skip
    np.testing.assert_allclose(found.mean, expected["em_mean"], rtol=1e-9)
    np.testing.assert_allclose(found.covariance, expected["em_cov"], rtol=1e-7, atol=1e-8)


def test_beat_the_blues() -> None:
    path = shared("real_data", "scores", "bdi_beat_the_blues_uk_rct.csv")
    found = little_mcar(pd.read_csv(path).filter(like="bdi"))
    assert round(found.statistic, 6) == 12.833165
    assert (found.df, round(found.p, 4)) == (10, 0.2331)


def test_one_column_that_is_sometimes_missing_has_a_closed_form() -> None:
    found = little_mcar([[1, 2], [2, 4], [3, 3], [4, 5], [5, NAN], [6, NAN]])
    # The first column is whole: mean 3.5, variance 35/12, and only it is compared.
    assert found.statistic == pytest.approx((4 * 1**2 + 2 * 2**2) / (35 / 12), rel=1e-9)
    assert found.statistic_unbiased == pytest.approx(144 / 35 * 5 / 6, rel=1e-9)
    # The second by regression: slope 0.8, 3.5 at the mean 2.5 of those with both.
    np.testing.assert_allclose(found.mean, [3.5, 3.5 + 0.8], rtol=1e-9)
    assert found.covariance[0, 1] == pytest.approx(0.8 * 35 / 12, rel=1e-9)


def made(rng: np.random.Generator) -> np.ndarray:
    values = rng.normal(size=(90, 1)) * 5 + rng.normal(size=(90, 4)) * 4 + 50
    values[rng.random((90, 4)) < [0, 0.3, 0.4, 0.5]] = NAN
    return values


def test_units_order_and_rows_without_any_value_do_not_matter() -> None:
    rng = np.random.default_rng(11)
    values = made(rng)
    first = little_mcar(values)
    other = 1000 - 3 * values[rng.permutation(90)][:, [2, 0, 3, 1]]
    again = little_mcar(np.vstack([other, np.full((3, 4), NAN)]))
    assert again.statistic == pytest.approx(first.statistic, rel=1e-8)
    assert (again.n, again.df, again.patterns) == (first.n, first.df, first.patterns)


def test_columns_never_seen_together_have_no_covariance() -> None:
    rng = np.random.default_rng(5)
    values = rng.normal(size=(60, 1)) + rng.normal(size=(60, 3))
    values[:30, 1], values[30:, 2] = NAN, NAN
    found = little_mcar(values)
    assert found.reason == ""
    assert np.isnan(found.covariance[1, 2])
    # The first column alone can tell the halves apart.
    first = values[:, 0]
    means = np.array([first[:30].mean(), first[30:].mean()]) - first.mean()
    assert found.statistic == pytest.approx(30 * (means**2).sum() / first.var(), rel=1e-6)


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        (np.empty((0, 2)), "N0"),
        ([[NAN, NAN]], "N0"),
        ([[1.0], [2.0]], "ONE_WAVE"),
        ([[1.0, NAN], [2.0, NAN]], "ONE_WAVE"),
        ([[1.0, 2.0], [2.0, 1.0], [3.0, 5.0]], "ONE_PATTERN"),
        ([[1.0, NAN], [2.0, 3.0]], "FEW_ROWS"),
        ([[1.0, NAN], [2.0, 3.0], [4.0, NAN]], "FEW_ROWS"),
        ([[7.0, NAN], [7.0, 3.0], [7.0, 4.0], [7.0, 9.0]], "SD0"),
        ([[1.0, 2], [2, 4], [3, 6], [4, 8], [5, NAN]], "SINGULAR"),
    ],
)
def test_why_not(values, reason: str) -> None:
    found = little_mcar(values)
    assert found.reason == reason
    assert np.isnan(found.statistic)


def test_what_is_not_allowed() -> None:
    with pytest.raises(ValueError, match="two dimensions"):
        little_mcar([1.0, 2.0])
    with pytest.raises(ValueError, match="finite"):
        little_mcar([[np.inf, 1.0]])
