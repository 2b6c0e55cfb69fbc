"""Fixed assumptions, the delta analysis and the bias of those who came back."""

from __future__ import annotations

import numpy as np
import pytest

from evaluation.analysis.clusters import clustered_se
from evaluation.analysis.multiple_imputation import impute_scores
from evaluation.analysis.rubin import pool_imputations
from evaluation.analysis.selection import selection_bias
from evaluation.analysis.sensitivity import (
    DeltaAnalysis,
    completers_bias,
    last_score,
    mean_change,
)
from tests.evaluation.analysis.beat_the_blues import HIGHEST, beat_the_blues

pytestmark = pytest.mark.filterwarnings("error")
PEOPLE = np.arange(100)


def test_the_strip_of_beat_the_blues() -> None:
    scores, _ = beat_the_blues()
    start, change = scores[:, 0], scores[:, 0] - scores[:, 4]
    lost = np.isnan(change)
    # Published reliability .90 and the SD of these 100 at the start.
    rc = np.sqrt(2 * (1 - 0.90)) * start.std(ddof=1) * 1.959964

    def with_lost_at(filled):
        return mean_change(np.where(lost, filled, change), PEOPLE).estimate

    assert mean_change(change, PEOPLE).estimate == pytest.approx(11.885, abs=5e-4)
    assert with_lost_at(start - last_score(scores)) == pytest.approx(8.24, abs=1e-9)
    assert with_lost_at(0.0) == pytest.approx(6.18, abs=1e-9)
    assert with_lost_at(-rc) == pytest.approx(1.619, abs=5e-4)
    assert with_lost_at(start - HIGHEST) == pytest.approx(-12.7, abs=1e-9)
    assert with_lost_at(start) == pytest.approx(17.54, abs=1e-9)


def test_delta_of_beat_the_blues() -> None:
    scores, known = beat_the_blues()
    drawn = impute_scores(scores, PEOPLE, m=400, seed=2017, covariates=known).scores
    found = DeltaAnalysis.of(drawn[:, :, 0] - drawn[:, :, 4], np.isnan(scores[:, 4]), PEOPLE)
    slope = (found.at(10.0).estimate - found.at(0.0).estimate) / 10
    assert slope == pytest.approx(-0.48, abs=1e-9)
    # 11.0475 / .48, with the Monte Carlo error of the estimate.
    assert found.to_zero() == pytest.approx(23.0, abs=0.22 / 0.48)


def test_mean_by_couple_by_hand() -> None:
    # Couples (1, 3), (2), (6): mean 3; sums of deviations -2, -1, 3; se sqrt(3/2 14) / 4.
    found = mean_change([1.0, 3.0, 2.0, 6.0, np.nan], ["a", "a", "b", "c", "d"])
    assert (found.n, found.n_couples, found.estimate, found.df) == (4, 3, 3.0, 2.0)
    assert found.se == pytest.approx(np.sqrt(1.5 * 14) / 4)


@pytest.mark.parametrize(
    ("values", "cluster", "reason"),
    [([], [], "NONE_OBSERVED"), ([np.nan], ["a"], "NONE_OBSERVED"), ([1.0], ["a"], "G1"),
     ([1.0, 2.0], ["a", "a"], "G1"), ([0.1, 0.1, 0.1], ["a", "b", "c"], "SE0")],
)  # fmt: skip
def test_what_cannot_be_said_has_a_reason(values, cluster, reason) -> None:
    found = mean_change(values, cluster)
    assert found.reason == reason
    assert np.isnan([found.low, found.high, found.se]).all()


def test_last_score_jumps_gaps() -> None:
    table = [[5, np.nan, 3, np.nan], [np.nan] * 4, [1, 2, 3, 4]]
    assert last_score(table) == pytest.approx([3, np.nan, 4], nan_ok=True)
    assert np.isnan(last_score(np.zeros((2, 0)))).all()


def analysis(seed: int = 1, shift: float = 5.0, n: int = 40, level: float = 0.95) -> DeltaAnalysis:
    rng = np.random.default_rng(seed)
    improvements = np.repeat(shift + rng.normal(0, 4, n)[None], 20, axis=0)
    lost = np.arange(n) % 4 == 0
    improvements[:, lost] += rng.normal(0, 3, (20, int(lost.sum())))
    return DeltaAnalysis.of(improvements, lost, np.arange(n) // 2, level=level)


@pytest.mark.parametrize("delta", [-3.0, 0.0, 7.5])
def test_delta_is_the_pooling_of_shifted_data_sets(delta: float) -> None:
    found = analysis()
    shifted = found.improvements - delta * found.lost
    variances = [clustered_se(x - x.mean(), found.cluster) ** 2 for x in shifted]
    expected = pool_imputations(shifted.mean(axis=1), variances, df_complete=19)
    at = found.at(delta)
    for name in ("estimate", "se", "df", "fmi", "low", "high"):
        assert getattr(at, name) == pytest.approx(getattr(expected, name), rel=1e-9), name
    assert at.estimate == pytest.approx(found.at(0).estimate - delta * 0.25, rel=1e-12)


@pytest.mark.parametrize("shift", [5.0, -5.0])
def test_at_the_tipping_point_the_interval_touches_nothing_changed(shift: float) -> None:
    found = analysis(shift=shift)
    tipping = found.tipping_point()
    assert np.sign(tipping) == np.sign(shift)
    at = found.at(tipping)
    assert (at.low if shift > 0 else at.high) == pytest.approx(0, abs=1e-8)
    assert abs(tipping) < abs(found.to_zero())
    assert found.at(found.to_zero()).estimate == pytest.approx(0, abs=1e-9)
    small = found.at(found.to_small(8.0)).estimate
    assert small == pytest.approx(np.sign(shift) * 0.2 * 8.0, abs=1e-9)


def test_no_tipping_point_where_nothing_is_clear_or_nobody_lost() -> None:
    assert np.isnan(analysis(shift=0.1).tipping_point())
    found = analysis()
    nobody = DeltaAnalysis.of(found.improvements, np.zeros(40, dtype=bool), found.cluster)
    assert np.isnan([nobody.tipping_point(), nobody.to_zero(), nobody.to_small(8.0)]).all()
    assert np.isnan(analysis().to_small(float("nan")))
    assert np.isnan(analysis().to_small(50.0))


def test_delta_of_one_couple_and_of_nobody() -> None:
    one = DeltaAnalysis.of([[1.0, 2.0], [1.0, 4.0]], [False, True], ["a", "a"])
    assert (one.at(1.0).estimate, one.at(1.0).reason) == (1.5, "G1")
    assert np.isnan(one.tipping_point())
    nobody = DeltaAnalysis.of(np.zeros((20, 0)), [], [])
    assert nobody.at(0.0).reason == "N0"
    assert np.isnan(nobody.tipping_point())


def test_bias_of_those_who_came_back() -> None:
    # rho .1, .27, .45 at 50 %: .08, .22, .36 standard deviations.
    found = completers_bias(n_kept=30, n=60, sd_change=10.0)
    assert found == pytest.approx([0.798, 2.154, 3.590], abs=5e-4)
    assert found == pytest.approx(10 * selection_bias(0.5, [0.1, 0.27, 0.45]))
    assert completers_bias(n_kept=60, n=60, sd_change=10.0) == (0.0, 0.0, 0.0)
    assert np.isnan(completers_bias(n_kept=0, n=0, sd_change=1.0)).all()
    assert np.isnan(completers_bias(n_kept=0, n=9, sd_change=1.0)).all()


def test_mistakes_are_named() -> None:
    with pytest.raises(ValueError, match="shape"):
        mean_change([1.0], ["a", "b"])
    with pytest.raises(ValueError, match="level"):
        mean_change([1.0], ["a"], level=95)
    with pytest.raises(ValueError, match="are needed"):
        DeltaAnalysis.of([[1.0, 2.0]], [True], ["a"])
    with pytest.raises(ValueError, match="finite"):
        DeltaAnalysis.of([[np.nan]], [True], ["a"])
