"""Families of tests: against R, against the definitions, and with gaps."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.analysis.multiplicity import benjamini_hochberg, holm_adjust

pytestmark = pytest.mark.filterwarnings("error")

ROOT = Path(__file__).resolve().parents[3]
SHARED = ROOT / ".." / "shared" / "reference" / "expected" / "rates_misc.json"
families = st.lists(st.integers(0, 200).map(lambda i: i / 200), min_size=1, max_size=15)
both = pytest.mark.parametrize("adjust", [holm_adjust, benjamini_hochberg])


def test_adjusted_p_values_equal_r() -> None:
    if not SHARED.exists():
        pytest.skip("the reference numbers rates_misc.json are not beside this checkout")
    expected = json.loads(SHARED.read_text())["p_adjust"]
    np.testing.assert_allclose(holm_adjust(expected["p"]), expected["holm"], atol=1e-12)
    np.testing.assert_allclose(benjamini_hochberg(expected["p"]), expected["BH"], atol=1e-12)


@given(families, st.sampled_from([0.01, 0.05, 0.2]))
def test_holm_rejects_what_stepping_down_rejects(p: list[float], alpha: float) -> None:
    rejected = np.zeros(len(p), dtype=bool)
    order = np.argsort(p, kind="stable")
    for step, index in enumerate(order):
        if p[index] * (len(p) - step) > alpha:
            break
        rejected[index] = True
    assert ((holm_adjust(p) <= alpha) == rejected).all()


@given(families, st.sampled_from([0.01, 0.05, 0.2]))
def test_q_values_call_what_stepping_up_calls(p: list[float], share: float) -> None:
    ordered = np.sort(p)
    steps = np.arange(1, len(p) + 1)
    passing = ordered[ordered * (len(p) / steps) <= share]
    bound = passing.max() if passing.size else -1.0
    assert ((benjamini_hochberg(p) <= share) == (np.array(p) <= bound)).all()


@both
@given(families, st.randoms(use_true_random=False))
def test_order_does_not_matter_and_p_only_grows(adjust, p, random) -> None:
    order = list(range(len(p)))
    random.shuffle(order)
    values = np.array(p)
    adjusted = adjust(values)
    np.testing.assert_allclose(adjust(values[order]), adjusted[order], atol=1e-14)
    assert (adjusted >= values - 1e-15).all() and (adjusted <= 1).all()
    assert (np.diff(adjusted[np.argsort(values, kind="stable")]) >= -1e-15).all()


@both
def test_a_missing_p_stays_missing_and_does_not_count(adjust) -> None:
    found = adjust([0.01, float("nan"), 0.04])
    assert np.isnan(found[1])
    np.testing.assert_allclose(found[[0, 2]], adjust([0.01, 0.04]))


@both
def test_an_empty_family_a_single_test_and_nothing_estimable(adjust) -> None:
    assert adjust([]).size == 0
    assert adjust([0.03]).tolist() == [0.03]
    assert np.isnan(adjust([float("nan")] * 2)).all()


@both
@pytest.mark.parametrize("bad", [[1.2], [-0.1], [[0.1]]])
def test_what_is_no_p_value_is_refused(adjust, bad) -> None:
    with pytest.raises(ValueError, match="p:"):
        adjust(bad)
