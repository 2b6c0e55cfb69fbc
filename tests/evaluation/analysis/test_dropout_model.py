"""The drop-out model: against statsmodels, closed forms of 2 x 2 tables, and its own restraint."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest
from scipy import stats

from evaluation.analysis import dropout_model as dropout_module
from evaluation.analysis.dropout_model import Covariate, area_under_curve, dropout_model
from evaluation.analysis.logistic import fit_logistic

pytestmark = pytest.mark.filterwarnings("error")


def covariate(name: str, values) -> Covariate:
    return Covariate(name, (name,), np.asarray(values, dtype=float)[:, None])


def made(n: int = 240, seed: int = 2):
    rng = np.random.default_rng(seed)
    score, role = rng.normal(90, 15, n), np.tile([0.0, 1.0], n // 2)
    couple = np.repeat(np.arange(n // 2), 2)
    shared = np.repeat(rng.normal(size=n // 2), 2)
    lost = rng.random(n) < 1 / (1 + np.exp((score - 85) / 20 - 0.4 * role - shared))
    return lost, score, role, couple


def test_against_statsmodels() -> None:
    api = pytest.importorskip("statsmodels.api")
    lost, score, role, couple = made()
    found = dropout_model(lost, [covariate("score", score), covariate("role", role)], couple)
    design = api.add_constant(np.column_stack([score, role]))
    other = api.Logit(lost.astype(float), design).fit(
        disp=0, cov_type="cluster", cov_kwds={"groups": couple, "use_correction": False}, tol=1e-12
    )
    plain = api.Logit(lost.astype(float), design).fit(disp=0, tol=1e-12)
    assert [found.intercept, *(t.coefficient for t in found.terms)] == pytest.approx(
        other.params.tolist(), rel=1e-8
    )
    correction = math.sqrt(120 / 119)
    assert [t.se for t in found.terms] == pytest.approx(
        (other.bse[1:] * correction).tolist(), rel=1e-7
    )
    assert found.lr == pytest.approx(plain.llr, rel=1e-7)
    assert found.p_lr == pytest.approx(plain.llr_pvalue, rel=1e-6)
    assert (found.method, found.reason, found.df, found.n_couples) == ("ml", "", 2, 120)


def test_two_by_two_by_hand() -> None:
    lost = [1] * 10 + [0] * 30 + [1] * 20 + [0] * 20
    father = np.repeat([0.0, 1.0], 40)
    found = dropout_model(lost, [covariate("father", father)], range(80))
    (term,) = found.terms
    assert term.odds_ratio == pytest.approx(3.0)
    # Of singles, the sandwich is that of the saturated model times G / (G - 1).
    se = math.sqrt((1 / 10 + 1 / 30 + 1 / 20 + 1 / 20) * 80 / 79)
    assert term.se == pytest.approx(se)
    assert term.high == pytest.approx(3 * math.exp(stats.t.ppf(0.975, 79) * se))
    # Twice the log-likelihood ratio is the G statistic of the table.
    table = np.array([[10, 30], [20, 20]])
    g = stats.chi2_contingency(table, correction=False, lambda_="log-likelihood").statistic
    assert found.lr == pytest.approx(g)
    assert found.auc == pytest.approx((20 * 30 + (10 * 30 + 20 * 20) / 2) / (30 * 50))


def test_a_partner_who_says_the_same_adds_nothing() -> None:
    lost, score, _, _ = made(seed=4)
    alone = dropout_model(lost, [covariate("score", score)], np.arange(240))
    twice = dropout_model(
        np.repeat(lost, 2), [covariate("score", np.repeat(score, 2))], np.repeat(np.arange(240), 2)
    )
    assert twice.terms[0].se == pytest.approx(alone.terms[0].se)
    assert (twice.n, twice.n_couples) == (480, 240)


@pytest.mark.parametrize("cells", [(0, 12, 8, 12), (3, 9, 5, 7), (1, 20, 0, 14)])
def test_firth_adds_one_half_to_each_cell(cells: tuple[int, int, int, int]) -> None:
    a, b, c, d = cells
    y = np.repeat([1.0, 0, 1, 0], cells)
    design = np.column_stack([np.ones(y.size), np.repeat([1.0, 1, 0, 0], cells)])
    fit = fit_logistic(y, design, np.arange(y.size), method="firth")
    expected = math.log((a + 0.5) * (d + 0.5) / ((b + 0.5) * (c + 0.5)))
    assert fit.converged
    assert fit.coefficients[1] == pytest.approx(expected, rel=1e-8)
    shares = (a + 0.5) / (a + b + 1), (c + 0.5) / (c + d + 1)
    parts = [n * p * (1 - p) for n, p in zip((a + b, c + d), shares, strict=True)]
    # A sandwich would be all but nothing where a cell is empty.
    assert fit.se[1] >= math.sqrt(1 / parts[0] + 1 / parts[1]) * (1 - 1e-9)


def test_a_covariate_that_separates_is_fitted_with_firths_method() -> None:
    lost = np.repeat([1, 0, 0], 12)
    never = np.repeat([0.0, 1.0, 0.0], 12)
    found = dropout_model(lost, [covariate("never", never)], range(36))
    assert (found.method, found.reason) == ("firth", "SEPARATED")
    assert found.terms[0].odds_ratio == pytest.approx((0.5 / 12.5) * (12.5 / 12.5))
    assert 0 < found.terms[0].low < found.terms[0].odds_ratio < found.terms[0].high


def test_what_the_losses_cannot_carry_is_left_out() -> None:
    rng = np.random.default_rng(0)
    lost = np.repeat([1, 0], [11, 60])
    noise = rng.normal(size=(71, 3))
    found = dropout_model(
        lost,
        [
            covariate("first", noise[:, 0]),
            covariate("same", 2 * noise[:, 0] + 1),
            covariate("flat", np.ones(71)),
            covariate("unknown", np.where(np.arange(71) < 20, np.nan, noise[:, 1])),
            covariate("second", noise[:, 1]),
            covariate("third", noise[:, 2]),
        ],
        range(71),
    )
    assert [term.name for term in found.terms] == ["first", "second"]
    assert dict(found.left_out) == {
        "same": "COLLINEAR",
        "flat": "CONSTANT",
        "unknown": "COVARIATE_UNKNOWN",
        "third": "FEW_EVENTS",
    }


def test_the_first_covariate_stays_with_few_losses_and_says_so() -> None:
    lost = np.repeat([1, 0], [3, 40])
    found = dropout_model(lost, [covariate("x", np.arange(43) % 7)], range(43))
    assert (found.method, found.reason, len(found.terms)) == ("firth", "FEW_EVENTS", 1)


@pytest.mark.parametrize(
    ("lost", "reason"),
    [([], "N0"), ([0, 0, 0], "NONE_LOST"), ([1, 1], "NONE_KEPT"), ([1], "NONE_KEPT")],
)
def test_why_not(lost: list[int], reason: str) -> None:
    x = covariate("x", np.arange(len(lost)))
    found = dropout_model(lost, [x], np.arange(len(lost)))
    assert (found.reason, found.terms, found.n) == (reason, (), len(lost))


def test_no_covariate_and_few_couples() -> None:
    lost = [0, 1] * 8
    assert dropout_model(lost, [], range(16)).reason == "NO_COVARIATE"
    assert dropout_model(lost, [covariate("x", range(16))], [1] * 16).reason == "FEW_COUPLES"


def test_area_under_the_curve() -> None:
    assert area_under_curve([1, 0, 1, 0], [3, 1, 2, 2]) == 0.875
    assert area_under_curve([1, 0], [1.0, 1.0 + 1e-13]) == 0.5
    assert math.isnan(area_under_curve([1, 1], [1, 2]))


def test_what_is_not_allowed() -> None:
    with pytest.raises(ValueError, match="covariate 'x'"):
        dropout_model([0, 1], [covariate("x", [1, 2, 3])], [1, 2])
    with pytest.raises(ValueError, match="must agree"):
        dropout_model([0, 1], [], [1, 2, 3])
    with pytest.raises(ValueError, match="method='probit'"):
        fit_logistic([0, 1], [[1.0], [1.0]], [1, 2], method="probit")  # type: ignore[arg-type]


def test_without_a_maximum_the_last_covariate_goes(monkeypatch: pytest.MonkeyPatch) -> None:
    lost, one, other, cluster = _two_covariates()
    real = dropout_module.fit_logistic

    def never_with_two(y, design, couples, *, method):
        fit = real(y, design, couples, method=method)
        return dataclasses.replace(fit, converged=fit.converged and design.shape[1] < 3)

    monkeypatch.setattr(dropout_module, "fit_logistic", never_with_two)
    found = dropout_model(lost, [one, other], cluster)
    assert [term.name for term in found.terms] == ["first"]
    assert found.left_out == (("second", "NOT_CONVERGED"),)
    monkeypatch.undo()
    alone = dropout_model(lost, [one], cluster)
    assert found.terms[0].odds_ratio == pytest.approx(alone.terms[0].odds_ratio)


def _two_covariates():
    rng = np.random.default_rng(8)
    first, second = rng.normal(size=(2, 80))
    lost = rng.random(80) < 0.5
    return lost, covariate("first", first), covariate("second", second), range(80)
