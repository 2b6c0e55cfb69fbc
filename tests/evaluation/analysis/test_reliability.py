"""Alpha and omega against published values, another program's factor analysis and identities."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from evaluation.analysis.item_answers import item_table, keyed_items, reversed_items
from evaluation.analysis.one_factor import fit_one_factor, omega_of_covariance
from evaluation.analysis.reliability import (
    RELIABILITY_COLUMNS,
    alpha_of_covariance,
    cronbach_alpha,
    feldt_interval,
    mcdonald_omega,
    reliability_table,
)
from instruments.definition import Instrument, Item, Scale
from instruments.registry import all_instruments, get

pytestmark = pytest.mark.filterwarnings("error")

TESTS = Path(__file__).resolve().parents[2]
EXPECTED = json.loads((TESTS / "oracles" / "reliability_published.json").read_text())
SCORES = TESTS.parent / ".." / "shared" / "real_data" / "scores"
STAI_POSITIVE = [
    "calm", "secure", "at.ease", "rested", "comfortable", "confident", "relaxed", "content",
    "joyful", "pleasant",
]  # fmt: skip


def real(name: str) -> pd.DataFrame:
    path = SCORES / name
    if not path.exists():
        pytest.skip(f"{name} is not here")
    return pd.read_csv(path, keep_default_na=False, na_values=["", "NA"])


# --- real answers --------------------------------------------------------------------------


@pytest.mark.parametrize(("keyed", "expected"), [(True, 0.9138), (False, 0.7095)])
def test_alpha_of_state_anxiety(keyed: bool, expected: float) -> None:
    items = real("stai_state_28studies_waves.csv").iloc[:, 3:].astype(float)
    if keyed:
        items[STAI_POSITIVE] = 5 - items[STAI_POSITIVE]
    found = cronbach_alpha(items)
    assert found.n == 5199
    assert found.value == pytest.approx(expected, abs=5e-5)


def test_alpha_of_depression() -> None:
    items = real("phq9_chiu_n2177.csv")[[f"Item{number}_num" for number in range(1, 10)]]
    assert cronbach_alpha(items).value == pytest.approx(0.8663, abs=5e-5)


@pytest.mark.parametrize(
    ("numbers", "expected"),
    [((2, 6, 7, 8, 10, 11, 12), 0.7909), ((1, 3, 4, 5, 9, 13, 14), 0.7994)],
)
def test_alpha_of_hospital_anxiety_and_depression(numbers: tuple, expected: float) -> None:
    items = real("hads_oncology_n201.csv")[[f"item{number}" for number in numbers]]
    assert cronbach_alpha(items).value == pytest.approx(expected, abs=5e-5)


# --- alpha ---------------------------------------------------------------------------------


def test_alpha_of_a_published_covariance_matrix() -> None:
    case = EXPECTED["alpha_of_covariance"]
    alpha, reason = alpha_of_covariance(case["covariance"])
    assert alpha == pytest.approx(case["alpha"], abs=5e-5)
    assert reason == ""


@given(st.integers(3, 40), st.integers(2, 9), st.integers(0, 10_000))
def test_alpha_is_one_minus_the_ratio_of_mean_squares(n: int, k: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    items = rng.integers(0, 5, (n, k)).astype(float)
    items[0, 0], items[1, 0] = 0.0, 9.0
    people = items.mean(axis=1)
    between = k * people.var(ddof=1)
    residual = items - people[:, None] - items.mean(axis=0) + items.mean()
    error = (residual**2).sum() / ((n - 1) * (k - 1))
    if between > 1e-9:
        assert cronbach_alpha(items).value == pytest.approx(1 - error / between, abs=1e-9)


def test_interval_agrees_with_another_program() -> None:
    case = EXPECTED["alpha_interval"]
    low, high = feldt_interval(case["alpha"], n=case["n"], n_items=case["n_items"])
    assert (low, high) == pytest.approx((case["low"], case["high"]), abs=1e-4)


def test_interval_by_the_printed_table_of_f() -> None:
    # F(.975; 10, 10) = 3.72 in every printed table, and F(.025; 10, 10) is its reciprocal.
    low, high = feldt_interval(0.8, n=11, n_items=2)
    assert low == pytest.approx(1 - 0.2 * 3.72, abs=1e-3)
    assert high == pytest.approx(1 - 0.2 / 3.72, abs=1e-3)


def test_interval_holds_the_true_alpha_in_ninety_five_of_a_hundred_samples() -> None:
    rng = np.random.default_rng(20)
    k, n, samples = 5, 25, 2000
    truth = k / (k + 1)  # items that share half of their variance
    held = 0
    for _ in range(samples):
        found = cronbach_alpha(rng.standard_normal((n, 1)) + rng.standard_normal((n, k)))
        held += found.low <= truth <= found.high
    assert stats.binomtest(held, samples, 0.95).pvalue > 0.001


def test_incomplete_rows_are_counted_and_blank_ones_are_not() -> None:
    items = [[1, 2], [2, 2], [3, 4], [np.nan, 1], [np.nan, np.nan]]
    found = cronbach_alpha(items)
    assert (found.n, found.n_excluded, found.n_items) == (3, 1, 2)
    assert found.value == cronbach_alpha(items[:3]).value


@pytest.mark.parametrize(
    ("items", "reason"),
    [
        (np.empty((0, 3)), "N0"),
        ([[np.nan, 1.0]], "N0"),
        ([[1.0, 2.0]], "N1"),
        ([[1.0], [2.0]], "K1"),
        (np.empty((5, 0)), "K1"),
        ([[1.0, 2.0], [1.0, 2.0]], "SD0"),
        ([[1.0, 2.0], [2.0, 1.0]], "SD0"),
    ],
)
def test_undefined_alpha_says_why(items: object, reason: str) -> None:
    found = cronbach_alpha(items)
    assert np.isnan([found.value, found.low, found.high]).all()
    assert found.reason == reason


def test_an_alpha_of_one_has_no_interval() -> None:
    found = cronbach_alpha([[1, 1], [2, 2], [4, 4]])
    assert found.value == pytest.approx(1)
    assert np.isnan([found.low, found.high]).all()
    assert found.reason == "REL_RANGE"


def test_items_keyed_against_each_other_have_a_negative_alpha() -> None:
    found = cronbach_alpha([[1, 4], [2, 2], [4, 1]])
    assert found.value < 0
    assert found.low < found.value < found.high


@pytest.mark.parametrize("items", [[1.0, 2.0], [[np.inf, 1.0]], [[["deep"]]]])
def test_what_is_no_table_of_numbers_is_refused(items: object) -> None:
    with pytest.raises(ValueError):
        cronbach_alpha(items)


@pytest.mark.parametrize("level", [0, 1, 95])
def test_a_level_outside_0_to_1_is_refused(level: float) -> None:
    with pytest.raises(ValueError, match="level"):
        cronbach_alpha([[1, 2]], level=level)


# --- omega ---------------------------------------------------------------------------------


def test_one_factor_equals_another_program() -> None:
    case = EXPECTED["one_factor"]
    covariance = np.array(case["covariance"])
    sd = np.sqrt(np.diag(covariance))
    fit = fit_one_factor(covariance)
    assert fit.loadings / sd == pytest.approx(case["loadings"], abs=5e-6)
    assert fit.error_variances / sd**2 == pytest.approx(case["uniquenesses"], abs=5e-6)


def test_three_items_are_fitted_exactly() -> None:
    # With three items the model says nothing new: loading 1 is sqrt(s12 s13 / s23), and so on.
    covariance = np.array([[2.0, 0.8, 0.6], [0.8, 3.0, 0.9], [0.6, 0.9, 1.5]])
    fit = fit_one_factor(covariance)
    expected = [np.sqrt(0.8 * 0.6 / 0.9), np.sqrt(0.8 * 0.9 / 0.6), np.sqrt(0.6 * 0.9 / 0.8)]
    assert fit.loadings == pytest.approx(expected, abs=1e-8)
    assert fit.error_variances == pytest.approx([2.0, 3.0, 1.5] - np.square(expected), abs=1e-8)


@st.composite
def one_factor_models(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray]:
    """Loadings and error variances of 3 to 10 items, none of them negligible."""
    k = draw(st.integers(3, 10))
    sizes = st.lists(st.floats(0.3, 3.0), min_size=k, max_size=k)
    return np.array(draw(sizes)), np.array(draw(sizes))


@given(one_factor_models())
def test_omega_of_a_known_model(model: tuple[np.ndarray, np.ndarray]) -> None:
    loadings, errors = model
    omega, reason = omega_of_covariance(np.outer(loadings, loadings) + np.diag(errors))
    shared = loadings.sum() ** 2
    assert reason == ""
    assert omega == pytest.approx(shared / (shared + errors.sum()), abs=1e-7)


@given(one_factor_models())
def test_omega_equals_alpha_where_all_items_load_alike(
    model: tuple[np.ndarray, np.ndarray],
) -> None:
    loadings, errors = model
    alike = np.full_like(loadings, loadings[0])
    covariance = np.outer(alike, alike) + np.diag(errors)
    alpha, _ = alpha_of_covariance(covariance)
    assert omega_of_covariance(covariance)[0] == pytest.approx(alpha, abs=1e-7)


@given(one_factor_models())
def test_alpha_never_exceeds_omega_under_one_factor(model: tuple[np.ndarray, np.ndarray]) -> None:
    loadings, errors = model
    covariance = np.outer(loadings, loadings) + np.diag(errors)
    assert alpha_of_covariance(covariance)[0] <= omega_of_covariance(covariance)[0] + 1e-7


def test_omega_does_not_depend_on_units_of_the_whole() -> None:
    covariance = np.array(EXPECTED["one_factor"]["covariance"])
    assert omega_of_covariance(9 * covariance)[0] == pytest.approx(
        omega_of_covariance(covariance)[0], abs=1e-9
    )


def test_omega_from_answers() -> None:
    rng = np.random.default_rng(4)
    loadings = np.array([0.9, 0.8, 0.5, 0.6])
    items = rng.standard_normal((20_000, 1)) * loadings + rng.standard_normal((20_000, 4)) * 0.5
    found = mcdonald_omega(items)
    assert found.value == pytest.approx(2.8**2 / (2.8**2 + 4 * 0.25), abs=0.005)
    assert (found.coefficient, found.n, found.n_items) == ("omega", 20_000, 4)


@pytest.mark.parametrize(
    ("items", "reason"),
    [
        (np.arange(8.0).reshape(4, 2), "K2"),
        (np.empty((0, 3)), "N0"),
        ([[1.0, 2.0, 3.0]], "N1"),
        ([[1.0, 2.0, 3.0], [2.0, 2.0, 1.0], [3.0, 1.0, 1.0]], "FEW_ROWS"),
        ([[1.0, 2.0, 3.0], [2.0, 2.0, 1.0], [3.0, 2.0, 1.0], [1.0, 2.0, 2.0]], "ITEM_SD0"),
        ([[1.0, 1.0, 3.0], [2.0, 2.0, 1.0], [3.0, 3.0, 1.0], [1.0, 1.0, 2.0]], "SINGULAR"),
    ],
)
def test_undefined_omega_says_why(items: object, reason: str) -> None:
    found = mcdonald_omega(items)
    assert np.isnan(found.value)
    assert found.reason == reason


def test_a_factor_that_leaves_an_item_no_error_is_a_heywood_case() -> None:
    # The exact solution needs a loading of sqrt(.75 * .75 / .4) = 1.19 on the first item.
    covariance = [[1.0, 0.75, 0.75], [0.75, 1.0, 0.4], [0.75, 0.4, 1.0]]
    fit = fit_one_factor(covariance)
    assert fit.reason == "HEYWOOD"
    assert fit.loadings.size == 0
    omega, reason = omega_of_covariance(covariance)
    assert np.isnan(omega)
    assert reason == "HEYWOOD"


@pytest.mark.parametrize("matrix", [[[1.0, 0.5]], [[1.0, 0.5], [0.5, 1.0]], [1.0, 2.0, 3.0]])
def test_a_factor_needs_a_square_of_three_or_more(matrix: list) -> None:
    with pytest.raises(ValueError, match="covariance"):
        fit_one_factor(matrix)


# --- keyed items ---------------------------------------------------------------------------


def test_keyed_items_reverse_what_the_definition_reverses() -> None:
    answers = pd.DataFrame([[4.0] * 10, [np.nan] * 10], columns=range(1, 11))
    keyed = keyed_items(get("core_10"), "total", answers)
    assert reversed_items(get("core_10"), "total") == (2, 3)
    assert keyed.loc[0].tolist() == [4, 0, 0, 4, 4, 4, 4, 4, 4, 4]
    assert keyed.loc[1].isna().all()


def test_a_total_of_scales_takes_the_keys_of_its_parts() -> None:
    answers = pd.DataFrame([[2.0] * 25], columns=[str(number) for number in range(1, 26)])
    keyed = keyed_items(get("sdq_parent_4_17"), "total_difficulties", answers)
    assert len(keyed.columns) == 20
    assert sorted(keyed.columns[keyed.loc[0] == 0]) == [7, 11, 14, 21, 25]


def test_answers_that_count_something_else_do_so_after_reversal() -> None:
    items = (Item(1, 0, 3, scores=(0, 0, 1, 2)), Item(2, 0, 3, scores=(0, 0, 1, 2)), Item(3, 0, 3))
    scale = Scale("total", "T", (1, 2, 3), "sum", (0, 7), "lower", "confirmed", "", (2,))
    form = Instrument(
        "form", "1", "Form", "Form", "c", "r", items, (scale,), "c", "l", "now", "all"
    )  # fmt: skip
    keyed = keyed_items(form, "total", pd.DataFrame([[2, 3, 9], [5, 0, 1]], columns=[1, 2, 3]))
    assert keyed.loc[0].tolist() == [1, 0, 9]
    assert keyed.loc[1, [2, 3]].tolist() == [2, 1]
    assert np.isnan(keyed.loc[1, 1])


@pytest.mark.parametrize(
    "answers",
    [
        pd.DataFrame({10: [1]}),
        pd.DataFrame({1: ["often"]}),
        pd.DataFrame([[1, 2]], columns=[1, "1"]),
    ],
)
def test_answers_that_fit_no_item_are_refused(answers: pd.DataFrame) -> None:
    with pytest.raises(ValueError, match="phq9"):
        item_table(get("phq9"), answers)


# --- the table -----------------------------------------------------------------------------


def test_table_stands_beside_the_published_value() -> None:
    rng = np.random.default_rng(6)
    mood = rng.standard_normal((80, 1)) + rng.standard_normal((80, 9))
    answers = pd.DataFrame(np.clip(np.round(mood + 1), 0, 3), columns=range(1, 10))
    answers.iloc[0, 0] = np.nan
    row = reliability_table(get("phq9"), answers).iloc[0]
    assert tuple(row.index) == RELIABILITY_COLUMNS
    assert (row["n"], row["n_excluded"], row["n_items"]) == (79, 1, 9)
    assert row["alpha"] == cronbach_alpha(answers).value
    assert row["omega"] == mcdonald_omega(answers).value
    assert (row["published"], row["published_evidence"]) == (0.89, "unverified")


def test_a_scale_without_a_known_key_has_no_reliability() -> None:
    answers = pd.DataFrame(np.ones((3, 35)), columns=range(1, 36))
    table = reliability_table(get("enrich_couple_scales_35"), answers)
    assert set(table["alpha_reason"]) == set(table["omega_reason"]) == {"key_needed"}
    assert table["alpha"].isna().all()


def test_a_corrected_score_is_not_a_sum() -> None:
    answers = pd.DataFrame(np.ones((3, 15)), columns=range(1, 16))
    table = reliability_table(get("enrich_ems_15"), answers).set_index("scale")
    assert table.loc["ems", "alpha_reason"] == "NOT_A_SUM"


@pytest.mark.parametrize("instrument", all_instruments(), ids=lambda i: i.id)
@pytest.mark.parametrize("n", [0, 1, 45])
def test_every_questionnaire_gets_a_row_for_each_scale(instrument: Instrument, n: int) -> None:
    rng = np.random.default_rng(8)
    answers = pd.DataFrame(
        {item.number: rng.integers(item.minimum, item.maximum + 1, n) for item in instrument.items},
        index=range(n),
    )
    table = reliability_table(instrument, answers)
    assert list(table["scale"]) == [scale.id for scale in instrument.scales]
    assert (table["alpha"].notna() == table["alpha_reason"].isin(["", "REL_RANGE"])).all()
    assert (table["omega"].notna() == (table["omega_reason"] == "")).all()


def test_row_order_and_column_order_change_nothing() -> None:
    rng = np.random.default_rng(9)
    answers = pd.DataFrame(rng.integers(0, 5, (50, 10)), columns=range(1, 11))
    mixed = answers.iloc[::-1, ::-1]
    first, second = (reliability_table(get("core_10"), table) for table in (answers, mixed))
    assert second["alpha"][0] == pytest.approx(first["alpha"][0], abs=1e-12)
    assert second["omega"][0] == pytest.approx(first["omega"][0], abs=1e-7)
