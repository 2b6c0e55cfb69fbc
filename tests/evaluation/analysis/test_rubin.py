"""Rubin's rules: against R, against identities, and undefined."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from evaluation.analysis.rubin import pool_imputations

pytestmark = pytest.mark.filterwarnings("error")
SHARED = Path(__file__).resolve().parents[3] / ".." / "shared" / "reference" / "expected"
# The rubin_rules block of the reference numbers (mice 3.15), so that a fresh clone has them too.
Q, U = [5.1, 4.7, 5.6, 4.9, 5.3], [0.81, 0.77, 0.9, 0.79, 0.85]
R = {
    "qbar": 5.12, "ubar": 0.824, "b": 0.122, "t": 0.9704, "df_barnard_rubin": 56.1051437647745,
    "fmi": 0.179598633579443, "lambda": 0.150865622423743,
    "ci": [3.14671155339269, 7.09328844660731],
}  # fmt: skip
NAMES = {
    "qbar": "estimate", "ubar": "within", "b": "between", "t": "total", "df_barnard_rubin": "df",
    "fmi": "fmi", "lambda": "share_between",
}  # fmt: skip


def test_equals_r() -> None:
    found = pool_imputations(Q, U, df_complete=99)
    for theirs, ours in NAMES.items():
        assert getattr(found, ours) == pytest.approx(R[theirs], rel=1e-12), ours
    assert [found.low, found.high] == pytest.approx(R["ci"], rel=1e-12)
    assert (found.m, found.reason) == (5, "")


def test_the_numbers_above_are_those_of_the_reference() -> None:
    path = SHARED / "attrition.json"
    if not path.exists():
        pytest.skip("the reference numbers attrition.json are not beside this checkout")
    there = json.loads(path.read_text())["rubin_rules"]
    assert (there["Q"], there["U"], there["n"] - there["k"]) == (Q, U, 99)
    assert {name: there[name] for name in R} == R


def test_data_sets_that_agree_have_infinite_df() -> None:
    found = pool_imputations([2.0] * 4, [0.25] * 4, df_complete=9)
    assert found.df == float("inf")
    assert (found.between, found.fmi, found.total) == (0.0, 0.0, 0.25)
    assert found.high == pytest.approx(2 + stats.norm.ppf(0.975) * 0.5, rel=1e-12)


def test_one_data_set_has_no_variance_between() -> None:
    found = pool_imputations([3.0], [1.0], df_complete=20)
    assert (found.estimate, found.se, found.df) == (3.0, 1.0, float("inf"))


def test_without_variance_within_all_information_is_missing() -> None:
    # T = (1 + 1/2) 2, lambda = 1, so nothing is left of the complete-data degrees of freedom.
    found = pool_imputations([1.0, 3.0], [0.0, 0.0], df_complete=9)
    assert found.total == pytest.approx(3.0)
    assert (found.fmi, found.df) == (1.0, 1.0)


@pytest.mark.parametrize(
    ("q", "u", "df", "reason"),
    [([], [], 9, "N0"), ([1.0, 1.0], [0.0, 0.0], 9, "SE0"), ([1.0, 2.0], [1.0, 1.0], 0, "G1"),
     ([1.0, 2.0], [np.nan, np.nan], 9, "G1")],
)  # fmt: skip
def test_what_cannot_be_said_has_a_reason(q, u, df, reason) -> None:
    found = pool_imputations(q, u, df_complete=df)
    assert found.reason == reason
    assert np.isnan([found.se, found.low, found.high]).all()


@pytest.mark.parametrize(
    ("q", "u", "word"),
    [([1.0], [1.0, 2.0], "shape"), ([np.nan], [1.0], "estimates"), ([1.0], [-1.0], "variances")],
)
def test_mistakes_are_named(q, u, word) -> None:
    with pytest.raises(ValueError, match=word):
        pool_imputations(q, u, df_complete=9)
