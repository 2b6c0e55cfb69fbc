"""Imputation by chained equations: real data, simulation with a known answer, and the edges."""

from __future__ import annotations

import numpy as np
import pytest

from evaluation.analysis.multiple_imputation import (
    impute_scores,
    number_of_imputations,
    order_by_answers,
)
from evaluation.analysis.rubin import pool_imputations
from tests.evaluation.analysis.beat_the_blues import beat_the_blues

pytestmark = pytest.mark.filterwarnings("error")


def test_beat_the_blues() -> None:
    # mice: 11.0475; the reference allows four Monte Carlo errors, .22.
    scores, known = beat_the_blues()
    drawn = impute_scores(scores, np.arange(100), m=400, seed=2017, covariates=known)
    change = drawn.scores[:, :, 0] - drawn.scores[:, :, 4]
    found = pool_imputations(change.mean(axis=1), change.var(axis=1, ddof=1) / 100, df_complete=99)
    assert found.estimate == pytest.approx(11.0475, abs=0.22)
    assert 0.2 < found.fmi < 0.5
    assert not drawn.with_partners


def sample(n_couples: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Baseline, end and 3 months; means 20, 14, 12; partners alike; fading likeness in time."""
    rng = np.random.default_rng(seed)
    root = np.linalg.cholesky(36 * np.array([[1.0, 0.6, 0.35], [0.6, 1.0, 0.7], [0.35, 0.7, 1.0]]))
    shared = rng.standard_normal((n_couples, 1, 3))
    own = rng.standard_normal((n_couples, 2, 3))
    noise = (np.sqrt(0.4) * shared + np.sqrt(0.6) * own) @ root.T
    return (np.array([20.0, 14.0, 12.0]) + noise).reshape(-1, 3), np.repeat(range(n_couples), 2)


def test_loss_that_depends_on_the_end_is_put_right() -> None:
    whole, cluster = sample(2000, 5)
    rng = np.random.default_rng(6)
    lost = rng.random(len(whole)) < 1 / (1 + np.exp(-0.4 * (whole[:, 1] - 14)))
    seen = whole.copy()
    seen[lost, 2] = np.nan
    drawn = impute_scores(seen, cluster, m=20, seed=1)
    assert drawn.with_partners
    # In this very sample the lost scores are known: the drawn ones have the same mean and spread,
    # and partners are as alike as they were; those who came back do much better.
    assert np.nanmean(seen[:, 2]) < whole[:, 2].mean() - 1
    assert drawn.scores[:, lost, 2].mean() == pytest.approx(whole[lost, 2].mean(), abs=0.3)
    assert drawn.scores[:, lost, 2].std() == pytest.approx(whole[lost, 2].std(), rel=0.05)
    husbands, wives = drawn.scores[:, ::2, 2], drawn.scores[:, 1::2, 2]
    alike = np.mean([np.corrcoef(h, w)[0, 1] for h, w in zip(husbands, wives, strict=True)])
    assert alike == pytest.approx(np.corrcoef(whole[::2, 2], whole[1::2, 2])[0, 1], abs=0.05)


def test_what_only_the_partner_knows_is_used() -> None:
    # The end is known of every first partner and of hardly any second one; partners are equal.
    rng = np.random.default_rng(8)
    level = np.repeat(rng.normal(10, 4, 60), 2)
    end = level + rng.normal(0, 0.1, 120)
    start = rng.normal(15, 4, 120)
    lost = (np.arange(120) % 2 == 1) & (np.arange(120) >= 30)
    seen = np.column_stack([start, np.where(lost, np.nan, end)])
    drawn = impute_scores(seen, np.repeat(range(60), 2), m=20, seed=3).scores[:, lost, 1]
    assert np.corrcoef(drawn.mean(axis=0), end[lost])[0, 1] > 0.9


def test_people_alone_among_couples_do_not_disturb() -> None:
    whole, cluster = sample(600, 11)
    there = np.ones(len(whole), dtype=bool)
    there[1:600:2] = False  # half of the couples are one person
    whole, cluster = whole[there], cluster[there]
    lost = np.random.default_rng(2).random(len(whole)) < 0.5
    seen = whole.copy()
    seen[lost, 2] = np.nan
    drawn = impute_scores(seen, cluster, m=40, seed=4)
    assert drawn.with_partners
    assert drawn.scores.shape == (40, len(whole), 3)
    assert drawn.scores[:, lost, 2].mean() == pytest.approx(whole[lost, 2].mean(), abs=0.6)


def test_the_interval_holds_as_often_as_it_should() -> None:
    holds = []
    for number in range(60):
        rng = np.random.default_rng([9, number])
        start = rng.normal(20, 5, 60)
        end = 0.6 * start + rng.normal(0, 4, 60)  # true mean change 8
        lost = rng.random(60) < 1 / (1 + np.exp(-0.3 * (start - 20)))
        seen = np.column_stack([start, np.where(lost, np.nan, end)])
        drawn = impute_scores(seen, np.arange(60), m=20, seed=number, iterations=3).scores
        change = drawn[:, :, 0] - drawn[:, :, 1]
        found = pool_imputations(
            change.mean(axis=1), change.var(axis=1, ddof=1) / 60, df_complete=59
        )
        holds.append(found.low <= 8 <= found.high)
    # .95 less three Monte Carlo errors of 60 runs.
    assert np.mean(holds) >= 0.95 - 3 * np.sqrt(0.95 * 0.05 / 60)


def test_what_was_answered_stays_exactly() -> None:
    whole, cluster = sample(30, 1)
    seen = np.where(np.random.default_rng(0).random(whole.shape) < 0.3, np.nan, whole)
    drawn = impute_scores(seen, cluster, m=5, seed=1).scores
    there = np.isfinite(seen)
    assert (drawn[:, there] == seen[there]).all()
    assert np.isfinite(drawn).all()
    assert (drawn[:, ~there].std(axis=0) > 0).all()


def test_the_same_seed_gives_the_same_draws_and_another_others() -> None:
    whole, cluster = sample(20, 1)
    whole[::3, 2] = np.nan
    first, again, other = (impute_scores(whole, cluster, m=3, seed=s).scores for s in (1, 1, 2))
    assert (first == again).all()
    assert (first != other).any()


def test_sites_keep_their_own_level() -> None:
    rng = np.random.default_rng(4)
    site = np.repeat(["north", "south"], 80)
    start = rng.normal(15, 3, 160)
    end = np.where(site == "north", 5.0, 15.0) + rng.normal(0, 2, 160)
    seen = np.column_stack([start, np.where(rng.random(160) < 0.4, np.nan, end)])
    lost = np.isnan(seen[:, 1])
    drawn = impute_scores(seen, np.arange(160), m=20, seed=1, sites=site).scores[:, :, 1]
    assert drawn[:, lost & (site == "north")].mean() == pytest.approx(5, abs=1)
    assert drawn[:, lost & (site == "south")].mean() == pytest.approx(15, abs=1)


def test_waves_that_nobody_has_both_of_are_drawn_too() -> None:
    rng = np.random.default_rng(7)
    start = rng.normal(20, 5, 80)
    after_3, after_6 = start - 6 + rng.normal(0, 3, 80), start - 4 + rng.normal(0, 3, 80)
    half = np.arange(80) < 40
    seen = np.column_stack(
        [start, np.where(half, after_3, np.nan), np.where(half, np.nan, after_6)]
    )
    drawn = impute_scores(seen, np.arange(80), m=20, seed=1).scores
    assert drawn[:, ~half, 1].mean() == pytest.approx(after_3[~half].mean(), abs=2)
    assert drawn[:, half, 2].mean() == pytest.approx(after_6[half].mean(), abs=2)


def test_few_scores_and_none() -> None:
    scores = np.column_stack([np.arange(8.0), [1, 2, 3, 4] + [np.nan] * 4])
    found = impute_scores(scores, np.arange(8), m=2, seed=1)
    assert found.imputed.tolist() == [True, False]
    assert np.isnan(found.scores[:, 4:, 1]).all()
    few = impute_scores(scores[:3], np.arange(3), m=2, seed=1)
    assert (few.reason, few.imputed.any()) == ("FEW_FOR_IMPUTATION", False)
    assert impute_scores(np.zeros((0, 2)), [], m=2, seed=1).reason == "N0"


def test_equal_scores_are_drawn_as_they_are() -> None:
    scores = np.column_stack([np.full(20, 7.0), np.r_[np.full(12, 3.0), np.full(8, np.nan)]])
    found = impute_scores(scores, np.arange(20), m=4, seed=1)
    assert found.scores[:, :, 1] == pytest.approx(np.full((4, 20), 3.0), abs=1e-6)


def test_one_couple_of_many_children() -> None:
    rng = np.random.default_rng(1)
    scores = rng.normal(10, 3, (40, 2))
    scores[::4, 1] = np.nan
    found = impute_scores(scores, np.repeat(range(8), 5), m=3, seed=1)
    assert np.isfinite(found.scores).all()


@pytest.mark.parametrize(
    ("share", "m"), [(0.0, 50), (0.48, 50), (0.5, 50), (0.501, 51), (0.58, 58), (1.0, 100)]
)
def test_number_of_imputations(share: float, m: int) -> None:
    assert number_of_imputations(share) == m


def test_labels_do_not_matter() -> None:
    whole, cluster = sample(40, 3)
    whole[::3, 2] = np.nan
    site = np.repeat(["north", "south"], 40)
    first = impute_scores(whole, cluster, m=3, seed=1, sites=site).scores
    other = {"north": "z", "south": "a"}
    again = impute_scores(
        whole, [f"c{99 - code}" for code in cluster], m=3, seed=1, sites=[other[s] for s in site]
    ).scores
    assert (first == again).all()


def test_the_order_of_people_follows_their_answers() -> None:
    rng = np.random.default_rng(6)
    values = rng.integers(0, 3, (60, 2)).astype(float)
    values[rng.random((60, 2)) < 0.2] = np.nan
    site = rng.integers(0, 3, 60)
    cluster = site * 100 + rng.integers(0, 12, 60)

    def laid_out(rows: np.ndarray, names: np.ndarray, places: np.ndarray) -> list[tuple]:
        """Values, and which people share a couple and a site, in the order found."""
        order = order_by_answers(values[rows], names[cluster[rows]], places[site[rows]])
        chosen = rows[order]
        couples, sites = (
            {label: n for n, label in enumerate(dict.fromkeys(labels[chosen]))}
            for labels in (cluster, site)
        )
        return [
            (*np.nan_to_num(values[row], nan=-1.0), couples[cluster[row]], sites[site[row]])
            for row in chosen
        ]

    same, plain = np.arange(300), np.arange(3)
    first = laid_out(np.arange(60), same, plain)
    sizes = np.bincount([place for *_, place in first])
    assert (np.diff(sizes) <= 0).all()  # the largest site first
    assert [couple for *_, couple, _ in first] == sorted(couple for *_, couple, _ in first)
    for seed in range(5):
        other = np.random.default_rng(seed)
        shuffled = laid_out(other.permutation(60), other.permutation(300), other.permutation(3))
        assert shuffled == first


def test_the_order_of_nobody_and_of_one() -> None:
    assert order_by_answers(np.zeros((0, 2)), []).tolist() == []
    assert order_by_answers([[np.nan]], ["a"], ["x"]).tolist() == [0]
    with pytest.raises(ValueError, match="values has shape"):
        order_by_answers(np.zeros((2, 1)), ["a"])


def test_mistakes_are_named() -> None:
    with pytest.raises(ValueError, match="share_missing"):
        number_of_imputations(48)
    scores = np.zeros((3, 2))
    with pytest.raises(ValueError, match="m=0"):
        impute_scores(scores, range(3), m=0, seed=1)
    with pytest.raises(ValueError, match="two dimensions"):
        impute_scores(np.zeros(3), range(3), m=1, seed=1)
    with pytest.raises(ValueError, match="one row for each"):
        impute_scores(scores, range(2), m=1, seed=1)
    with pytest.raises(ValueError, match="covariates"):
        impute_scores(scores, range(3), m=1, seed=1, covariates=np.full((3, 1), np.nan))
    with pytest.raises(ValueError, match="infinite"):
        impute_scores(np.full((3, 2), np.inf), range(3), m=1, seed=1)
    with pytest.raises(ValueError, match="sites"):
        impute_scores(scores, range(3), m=1, seed=1, sites=["a"])
