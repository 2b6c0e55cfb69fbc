"""Nested random intercepts against lme4, against full matrices and against identities."""

from __future__ import annotations

import json
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.analysis import mixed_model
from evaluation.analysis.couples import random_intercept_reml
from evaluation.analysis.mixed_model import nested_reml

pytestmark = pytest.mark.filterwarnings("error")

REFERENCE = Path(__file__).resolve().parents[3] / "evaluation" / "reference"
LME4 = json.loads((REFERENCE / "mixed_models_lfo.json").read_text())
COUPLES = json.loads((REFERENCE / "couples_lfo.json").read_text())["lfo_change_couple"]
WAVES = ["pre", "post", "fu3", "fu6"]


def lfo() -> pd.DataFrame:
    return pd.read_csv(REFERENCE / "lfo_synth.csv")


def lfo_changes() -> pd.DataFrame:
    people = lfo().dropna(subset=["rq_pre", "rq_post"])
    return people.assign(y=people["rq_post"] - people["rq_pre"])


def lfo_long() -> pd.DataFrame:
    people = lfo()
    parts = [people.assign(time=wave, y=people[f"rq_{wave}"]) for wave in WAVES]
    return pd.concat(parts).dropna(subset=["y"])


def levels(table: pd.DataFrame, *names: str) -> dict[str, np.ndarray]:
    return {name: table[name].to_numpy(dtype=object) for name in names}


def by_time(table: pd.DataFrame) -> np.ndarray:
    columns = [table["time"].eq(wave).to_numpy(dtype=float) for wave in WAVES[1:]]
    return np.column_stack([np.ones(len(table)), *columns])


def ones(n: int) -> np.ndarray:
    return np.ones((n, 1))


def check(fit: mixed_model.NestedFit, expected: dict, names: dict[str, str]) -> None:
    """1e-5 relative is the tolerance; the variances of lme4 are themselves right to 2e-6."""
    assert (fit.reason, fit.converged, fit.singular) == ("", True, False)
    fixed = expected["fixed"]
    np.testing.assert_allclose(fit.estimates, np.atleast_1d(fixed["estimate"]), rtol=1e-7)
    np.testing.assert_allclose(fit.se, np.atleast_1d(fixed["se"]), rtol=1e-6)
    for level, name in names.items():
        assert fit.variances[level] == pytest.approx(expected["var"][name], rel=5e-6)
    assert fit.var_residual == pytest.approx(expected["var"]["Residual"], rel=5e-6)
    assert fit.log_likelihood == pytest.approx(expected["logLik"], abs=1e-8)


# --- against lme4 --------------------------------------------------------------------------


def test_change_by_couple_equals_lme4() -> None:
    table = lfo_changes()
    fit = nested_reml(table["y"], ones(len(table)), levels(table, "couple"))
    check(fit, COUPLES["lmer_reml"], {"couple": "couple.(Intercept)"})
    assert fit.n_groups == {"couple": COUPLES["n_couples"]}


def test_change_by_couple_within_site_equals_lme4() -> None:
    table = lfo_changes()
    fit = nested_reml(table["y"], ones(len(table)), levels(table, "site", "couple"))
    names = {"site": "site.(Intercept)", "couple": "couple:site.(Intercept)"}
    check(fit, LME4["lfo_change_site_couple"]["reml"], names)


def test_all_waves_equal_lme4() -> None:
    table = lfo_long()
    fit = nested_reml(table["y"], by_time(table), levels(table, "couple", "person"))
    expected = LME4["lfo_long"]
    names = {"couple": "couple.(Intercept)", "person": "person:couple.(Intercept)"}
    check(fit, expected["reml"], names)
    assert fit.n == expected["n_obs"]
    assert list(fit.n_groups.values()) == [expected["n_couples"], expected["n_persons"]]


def test_all_waves_within_sites_equal_lme4() -> None:
    table = lfo_long()
    fit = nested_reml(table["y"], by_time(table), levels(table, "site", "couple", "person"))
    names = {
        "site": "site.(Intercept)",
        "couple": "couple:site.(Intercept)",
        "person": "person:(couple:site).(Intercept)",
    }
    check(fit, LME4["lfo_long"]["with_site"], names)


# --- against full matrices -----------------------------------------------------------------


@st.composite
def people(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray, dict[str, np.ndarray]]:
    """Scores of some waves of persons in couples of one to three; every wave occurs."""
    sizes = draw(st.lists(st.integers(1, 3), min_size=5, max_size=12))
    couple_of = np.repeat(np.arange(len(sizes)), sizes)
    n = couple_of.size
    there = np.array(draw(st.lists(st.booleans(), min_size=3 * n, max_size=3 * n))).reshape(n, 3)
    there[:2] = True
    there[there.sum(axis=1) == 0, 0] = True
    person, wave = np.nonzero(there)
    numbers = st.lists(st.integers(-30, 30), min_size=person.size, max_size=person.size)
    own = st.lists(st.integers(-20, 20), min_size=n, max_size=n)
    y = np.array(draw(numbers), dtype=float) + np.array(draw(own))[person]
    return y, np.eye(3)[wave], {"couple": couple_of[person], "person": person}


def minus_two_log_likelihood(
    y: np.ndarray, x: np.ndarray, groups: dict[str, np.ndarray], parts: list[float]
) -> tuple[float, np.ndarray, np.ndarray]:
    """The restricted likelihood, the estimates and their covariance with full matrices."""
    v = parts[-1] * np.eye(y.size)
    for part, labels in zip(parts, groups.values(), strict=False):
        v += part * (labels[:, None] == labels)
    inverse = np.linalg.inv(v)
    information = x.T @ inverse @ x
    estimates = np.linalg.solve(information, x.T @ inverse @ y)
    apart = y - x @ estimates
    height = (y.size - x.shape[1]) * np.log(2 * np.pi) + np.linalg.slogdet(v)[1]
    height += np.linalg.slogdet(information)[1] + apart @ inverse @ apart
    return float(height), estimates, np.linalg.inv(information)


@given(people())
def test_no_other_variances_are_more_likely(
    sample: tuple[np.ndarray, np.ndarray, dict[str, np.ndarray]],
) -> None:
    y, x, groups = sample
    fit = nested_reml(y, x, groups)
    if fit.reason or fit.merged:
        assert fit.reason in ("", "DF0", "SD0")
        return
    parts = [*fit.variances.values(), fit.var_residual]
    best, estimates, covariance = minus_two_log_likelihood(y, x, groups, parts)
    assert best == pytest.approx(-2 * fit.log_likelihood, abs=1e-6)
    np.testing.assert_allclose(fit.estimates, estimates, atol=1e-6)
    np.testing.assert_allclose(fit.covariance, covariance, rtol=1e-5, atol=1e-8)
    assert fit.singular == (min(parts) == 0)
    total = sum(parts)
    for couple in (0.0, 0.2, 0.5, 0.8):
        for person in (0.0, 0.2, 0.5, 0.8):
            if couple + person >= 1:
                continue
            shares = [couple, person, 1 - couple - person]
            for scale in (0.5, 0.8, 1.0, 1.3):
                other = minus_two_log_likelihood(
                    y, x, groups, [scale * total * share for share in shares]
                )
                assert best <= other[0] + 1e-6


@given(people())
def test_one_level_agrees_with_the_quick_fit_for_couples(
    sample: tuple[np.ndarray, np.ndarray, dict[str, np.ndarray]],
) -> None:
    y, _, groups = sample
    fit = nested_reml(y, ones(y.size), {"couple": groups["couple"]})
    quick = random_intercept_reml(y, groups["couple"])
    if fit.reason or quick.reason:
        assert fit.reason in ("SD0", "DF0") or quick.reason in ("SD0", "SINGLES")
        return
    assert fit.estimates[0] == pytest.approx(quick.estimate, abs=1e-5)
    assert fit.se[0] == pytest.approx(quick.se, rel=1e-5)
    assert fit.variances["couple"] == pytest.approx(quick.var_between, rel=1e-4, abs=1e-4)
    assert fit.log_likelihood == pytest.approx(quick.log_likelihood, abs=1e-7)


# --- identities ----------------------------------------------------------------------------


def small_sample(seed: int = 3) -> tuple[np.ndarray, np.ndarray, dict[str, np.ndarray]]:
    random = np.random.default_rng(seed)
    person = np.repeat(np.arange(40), 3)
    kept = random.random(120) < 0.8
    y = random.normal(0, 4, 20)[person // 2] + random.normal(0, 3, 40)[person]
    y = y + random.normal(0, 2, 120)
    x = np.tile(np.eye(3), (40, 1))
    return y[kept], x[kept], {"couple": (person // 2)[kept], "person": person[kept]}


@given(st.floats(-1e4, 1e4), st.sampled_from([-50.0, -1.0, 0.01, 3.0, 1000.0]))
def test_shift_scale_and_sign(shift: float, scale: float) -> None:
    y, x, groups = small_sample()
    first, other = nested_reml(y, x, groups), nested_reml(shift + scale * y, x, groups)
    np.testing.assert_allclose(other.estimates, shift + scale * first.estimates, rtol=1e-6)
    np.testing.assert_allclose(other.se, abs(scale) * first.se, rtol=1e-6)
    for level, variance in first.variances.items():
        assert other.variances[level] == pytest.approx(scale**2 * variance, rel=1e-5)


def test_labels_and_the_order_of_rows_do_not_matter() -> None:
    y, x, groups = small_sample()
    order = np.random.default_rng(1).permutation(y.size)
    renamed = {
        "couple": np.array([f"c{97 - c}" for c in groups["couple"]], dtype=object)[order],
        # The same two names in every couple: a person is read within the couple.
        "person": np.array(["AB"[p % 2] for p in groups["person"]], dtype=object)[order],
    }
    first, other = nested_reml(y, x, groups), nested_reml(y[order], x[order], renamed)
    np.testing.assert_allclose(other.estimates, first.estimates, rtol=1e-8)
    assert other.n_groups == first.n_groups
    assert other.log_likelihood == pytest.approx(first.log_likelihood, abs=1e-8)


def test_other_columns_for_the_same_means_give_the_same_likelihood() -> None:
    y, x, groups = small_sample()
    treatment = np.column_stack([np.ones(y.size), x[:, 1:]])
    first, other = nested_reml(y, x, groups), nested_reml(y, treatment, groups)
    assert other.estimates[1] == pytest.approx(first.estimates[1] - first.estimates[0], rel=1e-8)
    assert other.log_likelihood == pytest.approx(first.log_likelihood, abs=1e-8)


def test_partners_who_differ_more_than_strangers_are_a_legal_zero() -> None:
    y = np.array([0.0, 10, 1, 11, 0, 12, 2, 9])
    fit = nested_reml(y, ones(8), {"couple": np.repeat(np.arange(4), 2)})
    assert (fit.reason, fit.singular, fit.variances["couple"]) == ("", True, 0.0)
    assert fit.se[0] == pytest.approx(y.std(ddof=1) / np.sqrt(8), rel=1e-12)


def test_levels_that_are_one_are_merged() -> None:
    y, x, groups = small_sample()
    alone = {"couple": groups["person"], "person": groups["person"]}
    fit = nested_reml(y, x, alone)
    plain = nested_reml(y, x, {"person": groups["person"]})
    assert fit.merged == ("couple",)
    assert np.isnan(fit.variances["couple"])
    assert fit.log_likelihood == plain.log_likelihood
    once = nested_reml([1.0, 2, 4, 9], ones(4), {"couple": [1, 2, 3, 4], "person": [1, 2, 3, 4]})
    assert once.merged == ("couple", "person")
    assert once.se[0] == pytest.approx(np.std([1, 2, 4, 9], ddof=1) / 2)


def test_a_large_person_variance_is_found() -> None:
    random = np.random.default_rng(5)
    person = np.repeat(np.arange(60), 3)
    y = 5000 * random.normal(size=60)[person] + random.normal(size=180)
    fit = nested_reml(y, ones(180), {"couple": person // 2, "person": person})
    assert fit.reason == ""
    within = y.reshape(60, 3)
    pooled = within.var(axis=1, ddof=1).mean()
    assert fit.var_residual == pytest.approx(pooled, rel=1e-6)


def test_ten_thousand_people_in_seconds() -> None:
    random = np.random.default_rng(2)
    person = np.repeat(np.arange(10_000), 4)
    wave = np.tile(np.arange(4), 10_000)
    y = 80 + 3 * wave + 11 * random.normal(size=5_000)[person // 2]
    y = y + 8 * random.normal(size=10_000)[person] + 6 * random.normal(size=40_000)
    kept = random.random(40_000) < 0.7
    groups = {"couple": (person // 2)[kept], "person": person[kept]}
    started = time.perf_counter()
    fit = nested_reml(y[kept], np.eye(4)[wave[kept]], groups)
    assert time.perf_counter() - started < 5
    assert fit.estimates[1] - fit.estimates[0] == pytest.approx(3, abs=0.5)
    assert fit.variances["couple"] == pytest.approx(121, rel=0.1)
    assert fit.variances["person"] == pytest.approx(64, rel=0.1)


# --- what cannot be estimated --------------------------------------------------------------


@pytest.mark.parametrize(
    ("y", "couple", "person", "reason"),
    [
        ([], [], [], "N0"),
        ([4.0], [1], [1], "G1"),
        ([4.0, 6.0, 5.0, 1.0], [1, 1, 1, 1], [1, 1, 2, 2], "G1"),
        ([4.1, 4.1, 4.1, 4.1], [1, 1, 2, 2], [1, 1, 2, 2], "SD0"),
        ([4.1, 4.1, 7.3, 7.3, 0.1, 0.1], [1, 1, 2, 2, 3, 3], [1, 1, 2, 2, 3, 3], "SD0"),
    ],
)
def test_no_numbers_but_a_reason(y: list, couple: list, person: list, reason: str) -> None:
    fit = nested_reml(y, np.ones((len(y), 1)), {"couple": couple, "person": person})
    assert (fit.reason, fit.converged) == (reason, False)
    numbers = [*fit.estimates, *fit.se, fit.var_residual, fit.log_likelihood]
    assert np.isnan([*numbers, *fit.variances.values()]).all()


def test_columns_that_follow_from_each_other_are_refused() -> None:
    y, x, groups = small_sample()
    fit = nested_reml(y, np.column_stack([x, np.ones(y.size)]), groups)
    assert fit.reason == "RANK_X"
    assert nested_reml([1.0, 2.0], np.eye(2), {"couple": [1, 2]}).reason == "DF0"


def test_too_few_repeated_scores() -> None:
    # One person has two waves: the change takes up all there is to know about chance.
    x = np.array([[1.0, 0], [0, 1], [1, 0], [1, 0], [0, 1]])
    fit = nested_reml([3.0, 5, 9, 4, 2], x, {"person": [1, 1, 2, 3, 4]})
    assert fit.reason == "DF0"


def test_a_search_without_end_returns_no_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    y, x, groups = small_sample()
    monkeypatch.setattr(mixed_model, "most_likely_ratios", lambda tree: None)
    fit = nested_reml(y, x, groups)
    assert (fit.reason, fit.converged) == ("NOT_CONVERGED", False)
    assert np.isnan([*fit.estimates, *fit.se, fit.log_likelihood]).all()


def test_mistakes_are_named() -> None:
    with pytest.raises(ValueError, match="finite"):
        nested_reml([1.0, np.nan], ones(2), {"couple": [1, 2]})
    with pytest.raises(ValueError, match="need shapes"):
        nested_reml([1.0, 2.0], ones(3), {"couple": [1, 2]})
    with pytest.raises(ValueError, match="at least one"):
        nested_reml([1.0, 2.0], ones(2), {})
    with pytest.raises(ValueError, match="shape"):
        nested_reml([1.0, 2.0], ones(2), {"couple": [1, 2, 3]})
    with pytest.raises(ValueError, match="blank"):
        nested_reml([1.0, 2.0], ones(2), {"couple": np.array(["a", ""], dtype=object)})
