"""Likeness of partners against lme4 and against identities."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.analysis.clusters import clustered_se, couple_codes
from evaluation.analysis.couples import (
    anova_icc,
    anova_icc_interval,
    design_effect,
    effective_n,
    mean_squares,
    random_intercept_reml,
)

pytestmark = pytest.mark.filterwarnings("error")

TESTS = Path(__file__).resolve().parents[2]
REFERENCE = TESTS.parent / "evaluation" / "reference"
EXPECTED = json.loads((REFERENCE / "couples_lfo.json").read_text())["lfo_change_couple"]
ACITELLI = TESTS.parent / ".." / "shared" / "reference" / "data" / "acitelli_couples.csv"


@pytest.fixture(scope="module")
def change() -> tuple[np.ndarray, np.ndarray]:
    """Change of relationship quality, and couple labels, in the synthetic programme."""
    with (REFERENCE / "lfo_synth.csv").open() as file:
        rows = [row for row in csv.DictReader(file) if row["rq_pre"] and row["rq_post"]]
    x = np.array([float(row["rq_post"]) - float(row["rq_pre"]) for row in rows])
    return x, np.array([row["couple"] for row in rows], dtype=object)


@st.composite
def people(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray]:
    """Values of 4 to 40 persons in couples of one to three."""
    sizes = draw(st.lists(st.integers(1, 3), min_size=4, max_size=14))
    cluster = np.repeat(np.arange(len(sizes)), sizes)
    values = st.lists(st.integers(-30, 30), min_size=cluster.size, max_size=cluster.size)
    return np.array(draw(values), dtype=float), cluster


# --- against R -----------------------------------------------------------------------------


def test_random_intercept_equals_lme4(change: tuple[np.ndarray, np.ndarray]) -> None:
    fit = random_intercept_reml(*change)
    expected = EXPECTED["lmer_reml"]
    assert fit.estimate == pytest.approx(expected["fixed"]["estimate"], rel=1e-6)
    assert fit.se == pytest.approx(expected["fixed"]["se"], rel=1e-6)
    assert fit.var_between == pytest.approx(expected["var"]["couple.(Intercept)"], rel=1e-5)
    assert fit.var_within == pytest.approx(expected["var"]["Residual"], rel=1e-5)
    assert fit.icc == pytest.approx(expected["ICC"], rel=1e-5)
    assert fit.log_likelihood == pytest.approx(expected["logLik"], abs=1e-8)
    assert (fit.n, fit.n_couples) == (EXPECTED["n_persons"], EXPECTED["n_couples"])
    assert fit.reason == ""


def test_mean_squares_and_anova_icc_equal_r(change: tuple[np.ndarray, np.ndarray]) -> None:
    squares = mean_squares(*change)
    expected = EXPECTED["anova_ICC"]
    assert squares.k0 == pytest.approx(expected["n0"], abs=1e-9)
    assert squares.between == pytest.approx(expected["MSB"], abs=1e-9)
    assert squares.within == pytest.approx(expected["MSW"], abs=1e-9)
    assert anova_icc(*change) == pytest.approx(expected["icc"], abs=1e-10)


def test_design_effect_and_effective_n_equal_r(change: tuple[np.ndarray, np.ndarray]) -> None:
    icc = EXPECTED["lmer_reml"]["ICC"]
    assert design_effect(change[1], icc) == pytest.approx(EXPECTED["deff_kish"], abs=1e-12)
    assert effective_n(change[1], icc) == pytest.approx(EXPECTED["n_effective"], abs=1e-8)


def test_clustered_se_equals_r(change: tuple[np.ndarray, np.ndarray]) -> None:
    x, couple = change
    assert clustered_se(x - x.mean(), couple) == pytest.approx(EXPECTED["CR1S_se"], abs=1e-12)


def test_acitelli_couples_have_the_published_likeness() -> None:
    if not ACITELLI.exists():
        pytest.skip("the Acitelli data are not beside this checkout")
    with ACITELLI.open() as file:
        rows = list(csv.DictReader(file))
    satisfaction = [float(row["satisfaction"]) for row in rows]
    couple = [row["couple"] for row in rows]
    icc = anova_icc(satisfaction, couple)
    assert icc == pytest.approx(0.618470, abs=1e-6)
    found = anova_icc_interval(satisfaction, couple)
    assert found == pytest.approx((0.508394, 0.708704), abs=1e-6)
    assert design_effect(couple, icc) == pytest.approx(1.618, abs=5e-4)
    assert effective_n(couple, icc) == pytest.approx(182.9, abs=0.05)


# --- identities ----------------------------------------------------------------------------


def minus_two_log_likelihood(
    x: np.ndarray, cluster: np.ndarray, *, between: float, within: float
) -> float:
    """The restricted likelihood written out with full matrices."""
    v = within * np.eye(x.size) + between * (cluster[:, None] == cluster)
    ones = np.ones(x.size)
    inverse = np.linalg.inv(v)
    information = ones @ inverse @ ones
    residual = x - (ones @ inverse @ x) / information
    return float(
        (x.size - 1) * np.log(2 * np.pi)
        + np.linalg.slogdet(v)[1]
        + np.log(information)
        + residual @ inverse @ residual
    )


@given(people())
def test_no_other_variances_are_more_likely(sample: tuple[np.ndarray, np.ndarray]) -> None:
    x, cluster = sample
    fit = random_intercept_reml(x, cluster)
    if fit.reason or not fit.var_within > 0.01:
        return
    best = minus_two_log_likelihood(x, cluster, between=fit.var_between, within=fit.var_within)
    assert best == pytest.approx(-2 * fit.log_likelihood, abs=1e-7)
    total = fit.var_between + fit.var_within
    for icc in (0.0, 0.1, 0.3, 0.5, 0.7, 0.9, 0.99):
        for scale in (0.7, 0.95, 1.0, 1.05, 1.4):
            other = minus_two_log_likelihood(
                x, cluster, between=scale * total * icc, within=scale * total * (1 - icc)
            )
            assert best <= other + 1e-7


@given(people())
def test_the_standard_error_is_that_of_the_fitted_variances(
    sample: tuple[np.ndarray, np.ndarray],
) -> None:
    x, cluster = sample
    fit = random_intercept_reml(x, cluster)
    if fit.reason or not fit.var_within > 0.01:
        return
    v = fit.var_within * np.eye(x.size) + fit.var_between * (cluster[:, None] == cluster)
    assert fit.se == pytest.approx(1 / np.sqrt(np.linalg.inv(v).sum()), rel=1e-8)


@given(st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)), min_size=3, max_size=30))
def test_with_equal_couples_reml_and_mean_squares_agree(pairs: list[tuple[int, int]]) -> None:
    x = np.array(pairs, dtype=float).ravel()
    couple = np.repeat(np.arange(len(pairs)), 2)
    if np.ptp(x) == 0:
        return
    fit = random_intercept_reml(x, couple)
    assert fit.estimate == pytest.approx(x.mean(), abs=1e-9)
    assert fit.icc == pytest.approx(max(anova_icc(x, couple), 0.0), abs=1e-7)


@given(people(), st.randoms(use_true_random=False))
def test_the_labels_and_the_order_of_people_do_not_matter(
    sample: tuple[np.ndarray, np.ndarray], random: object
) -> None:
    x, cluster = sample
    order = np.array(random.sample(range(x.size), x.size))
    renamed = np.array([f"couple {97 - code}" for code in cluster], dtype=object)[order]
    for measure in (anova_icc, lambda x, c: random_intercept_reml(x, c).icc):
        found, expected = measure(x[order], renamed), measure(x, cluster)
        assert found == pytest.approx(expected, abs=1e-7, nan_ok=True)


def test_partners_who_differ_more_than_strangers_have_a_negative_icc() -> None:
    x, couple = [0.0, 10.0, 1.0, 11.0, 0.0, 12.0], [1, 1, 2, 2, 3, 3]
    assert anova_icc(x, couple) < -0.9
    fit = random_intercept_reml(x, couple)
    assert (fit.icc, fit.var_between, fit.reason) == (0.0, 0.0, "")
    assert fit.se == pytest.approx(np.std(x, ddof=1) / np.sqrt(6), rel=1e-12)


def test_partners_who_always_agree_count_as_one_person() -> None:
    x, couple = [2.0, 2.0, 5.0, 5.0, 11.0], [1, 1, 2, 2, 3]
    fit = random_intercept_reml(x, couple)
    assert (fit.icc, fit.var_within, fit.reason) == (1.0, 0.0, "")
    assert fit.estimate == pytest.approx(6.0)
    assert fit.se == pytest.approx(np.std([2.0, 5.0, 11.0], ddof=1) / np.sqrt(3))
    assert anova_icc(x, couple) == pytest.approx(1.0)


@given(st.lists(st.integers(-30, 30), min_size=2, max_size=30))
def test_with_people_alone_the_clustered_se_is_the_plain_one(values: list[int]) -> None:
    x = np.array(values, dtype=float)
    plain = x.std(ddof=1) / np.sqrt(x.size)
    assert clustered_se(x - x.mean(), np.arange(x.size)) == pytest.approx(plain, abs=1e-12)


@given(people())
def test_a_design_effect_needs_couples(sample: tuple[np.ndarray, np.ndarray]) -> None:
    _, cluster = sample
    sizes = np.bincount(cluster)
    assert design_effect(cluster, 0.0) == 1
    assert design_effect(cluster, 1.0) == pytest.approx((sizes**2).sum() / sizes.sum())
    assert design_effect(np.arange(cluster.size), float("nan")) == 1


# --- what cannot be estimated --------------------------------------------------------------


@pytest.mark.parametrize(
    ("x", "couple", "reason"),
    [
        ([], [], "N0"),
        ([4.0], [1], "G1"),
        ([4.0, 6.0], [1, 1], "G1"),
        ([4.1, 4.1, 4.1], [1, 1, 2], "SD0"),
        ([1.0, 2.0, 4.0], [1, 2, 3], "SINGLES"),
    ],
)
def test_variances_that_cannot_be_told_have_a_reason(
    x: list[float], couple: list[int], reason: str
) -> None:
    fit = random_intercept_reml(x, couple)
    assert fit.reason == reason
    assert np.isnan([fit.icc, fit.var_between, fit.var_within]).all()
    assert np.isnan(anova_icc(x, couple))


def test_people_alone_keep_the_plain_mean_and_se() -> None:
    fit = random_intercept_reml([1.0, 2.0, 6.0], ["a", "b", "c"])
    assert fit.estimate == pytest.approx(3.0)
    assert fit.se == pytest.approx(np.sqrt(7 / 3))


def test_undefined_design_effects() -> None:
    assert np.isnan(design_effect([], 0.3))
    assert np.isnan(design_effect([1, 1, 2], float("nan")))
    assert np.isnan(effective_n([1, 1, 2, 2], -1.0))
    assert np.isnan(clustered_se([0.0, 0.0], [1, 1]))


def test_an_interval_needs_couples_of_one_size() -> None:
    assert np.isnan(anova_icc_interval([1.0, 2.0, 5.0], [1, 1, 2])).all()
    with pytest.raises(ValueError, match="level"):
        anova_icc_interval([1.0, 2.0], [1, 1], level=95)


@pytest.mark.parametrize("blank", ["", "  ", None, float("nan")])
def test_blank_labels_do_not_become_one_couple(blank: object) -> None:
    with pytest.raises(ValueError, match="blank"):
        couple_codes(np.array(["a", blank], dtype=object))


def test_lengths_and_values_are_checked() -> None:
    with pytest.raises(ValueError, match="agree"):
        anova_icc([1.0, 2.0], [1])
    with pytest.raises(ValueError, match="finite"):
        random_intercept_reml([1.0, np.nan], [1, 2])
    with pytest.raises(ValueError, match="one dimension"):
        couple_codes([[1, 2]])
