"""Weights for those who came back: real data, a saturated case by hand, and undefined."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import optimize

from evaluation.analysis.inverse_probability import (
    inverse_probability_mean,
    response_probabilities,
)
from evaluation.analysis.sensitivity import mean_change
from tests.evaluation.analysis.beat_the_blues import beat_the_blues

pytestmark = pytest.mark.filterwarnings("error")


def test_beat_the_blues() -> None:
    # The reference strip: 12.151, of the score at the start, drug, length and treatment.
    scores, known = beat_the_blues()
    change = scores[:, 0] - scores[:, 4]
    found = inverse_probability_mean(change, np.arange(100), np.column_stack([scores[:, 0], known]))
    assert found.estimate == pytest.approx(12.151, abs=5e-4)
    assert (found.n, found.n_covariates, found.df) == (52, 4, 51)
    assert 2 < found.max_weight < 3
    assert 45 < found.n_effective < 52


def test_the_model_is_the_maximum_likelihood() -> None:
    rng = np.random.default_rng(3)
    x = rng.standard_normal((200, 2))
    came = rng.random(200) < 1 / (1 + np.exp(-0.5 - x[:, 0]))

    def loss(beta: np.ndarray) -> float:
        linear = beta[0] + x @ beta[1:]
        return float(np.logaddexp(0, linear).sum() - came @ linear)

    beta = optimize.minimize(loss, np.zeros(3), tol=1e-12).x
    expected = 1 / (1 + np.exp(-(beta[0] + x @ beta[1:])))
    assert response_probabilities(x, came) == pytest.approx(expected, abs=1e-5)
    # A covariate twice, or the same for everybody, adds nothing.
    more = np.column_stack([x, x[:, 0] - 3 * x[:, 1], np.ones(200)])
    assert response_probabilities(more, came) == pytest.approx(expected, abs=1e-5)


def test_two_groups_by_hand() -> None:
    # Group 0: 10 of 20 came back and gained 4 each; group 1: 15 of 20, gain 1.
    group = np.repeat([0.0, 1.0], 20)
    change = np.r_[
        np.full(10, 4.0), np.full(10, np.nan), np.full(15, 1.0), np.full(5, np.nan)
    ]  # fmt: skip
    found = inverse_probability_mean(change, np.arange(40), group[:, None])
    assert found.estimate == pytest.approx(2.5)
    assert found.max_weight == pytest.approx(2.0)
    # Kish: (10 x 2 + 15 x 4/3)^2 / (10 x 4 + 15 x 16/9).
    assert found.n_effective == pytest.approx(1600 / (40 + 15 * 16 / 9))


def test_a_group_that_came_back_entirely_by_hand() -> None:
    # Firth adds a half to each cell of a table of two groups: 5.5 of 11 and 10.5 of 11.
    group = np.repeat([0.0, 1.0], 10)
    change = np.r_[np.full(5, 4.0), np.full(5, np.nan), np.full(10, 1.0)]
    found = inverse_probability_mean(change, np.arange(20), group[:, None])
    assert found.max_weight == pytest.approx(2.0)
    assert found.estimate == pytest.approx((10 * 4 + 10 * 11 / 10.5) / (10 + 10 * 11 / 10.5))


def test_with_nobody_lost_it_is_the_plain_mean_by_couple() -> None:
    change = np.array([3.0, 5.0, 1.0, 4.0, 0.0, 2.0])
    cluster = ["a", "a", "b", "b", "c", "d"]
    found = inverse_probability_mean(change, cluster, np.arange(6.0)[:, None])
    plain = mean_change(change, cluster)
    assert (found.estimate, found.se, found.low) == pytest.approx(
        (plain.estimate, plain.se, plain.low)
    )
    assert (found.max_weight, found.n_effective) == (1.0, 6.0)


def test_a_constant_weight_changes_nothing() -> None:
    change = np.array([3.0, 5.0, np.nan, 4.0, 0.0, np.nan])
    found = inverse_probability_mean(change, range(6), np.zeros((6, 1)))
    assert found.estimate == pytest.approx(3.0)
    assert found.max_weight == pytest.approx(1.5)


def test_large_weights_are_cut_at_the_quantile() -> None:
    rng = np.random.default_rng(1)
    x = rng.standard_normal((400, 1))
    came = rng.random(400) < 1 / (1 + np.exp(-2 * x[:, 0]))
    change = np.where(came, 1.0 + x[:, 0], np.nan)
    whole, cut = (
        inverse_probability_mean(change, range(400), x, truncate_at=at) for at in (1.0, 0.99)
    )
    weights = 1 / response_probabilities(x, came)[came]
    assert whole.max_weight == pytest.approx(weights.max())
    assert cut.max_weight == pytest.approx(np.quantile(weights, 0.99))
    assert cut.n_effective > whole.n_effective


def test_a_covariate_that_separates_stays_finite() -> None:
    change = np.r_[np.full(10, 2.0), np.full(10, np.nan)]
    found = inverse_probability_mean(change, range(20), np.arange(20.0)[:, None])
    assert found.estimate == pytest.approx(2.0)
    assert np.isfinite(found.max_weight)


def test_few_lost_allow_few_covariates() -> None:
    change = np.r_[np.arange(30.0), np.full(4, np.nan)]
    x = np.random.default_rng(0).standard_normal((34, 5))
    assert inverse_probability_mean(change, range(34), x).n_covariates == 1
    change[:6] = np.nan
    assert inverse_probability_mean(change, range(34), x).n_covariates == 2


@pytest.mark.parametrize(
    ("change", "cluster", "reason"),
    [([], [], "NONE_OBSERVED"), ([np.nan] * 2, ["a", "b"], "NONE_OBSERVED"),
     ([1.0], ["a"], "G1"), ([1.0, 2.0, np.nan], ["a", "a", "b"], "G1"),
     ([2.0, 2.0, np.nan], ["a", "b", "c"], "SE0")],
)  # fmt: skip
def test_what_cannot_be_said_has_a_reason(change, cluster, reason) -> None:
    found = inverse_probability_mean(change, cluster, np.zeros((len(change), 1)))
    assert found.reason == reason
    assert np.isnan([found.low, found.high, found.se]).all()


def test_mistakes_are_named() -> None:
    with pytest.raises(ValueError, match="rows"):
        inverse_probability_mean([1.0, 2.0], ["a", "b"], np.zeros((3, 1)))
    with pytest.raises(ValueError, match="finite"):
        response_probabilities([[np.nan], [1.0]], [True, False])
    with pytest.raises(ValueError, match="truncate_at"):
        inverse_probability_mean([1.0], ["a"], np.zeros((1, 1)), truncate_at=0)
