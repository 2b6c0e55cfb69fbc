"""Severity at the start: who is where, and regression to the mean against simulation."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.analysis.severity import (
    LESS_SEVERE,
    MORE_SEVERE,
    expected_severity_difference,
    split_by_severity,
)
from instruments.definition import Cutoff

pytestmark = pytest.mark.filterwarnings("error")
M, L = MORE_SEVERE, LESS_SEVERE


@pytest.mark.parametrize(
    ("better", "cutoff", "labels", "cut", "kind"),
    [
        ("lower", Cutoff(10, ">=", "", "confirmed"), [L, M, M, M], 10, "cutoff"),
        ("lower", Cutoff(10, ">", "", "confirmed"), [L, L, M, M], 10, "cutoff"),
        ("lower", 10.0, [L, "", M, M], 10, "cutoff"),
        ("lower", None, [L, L, M, M], 11, "median"),
        ("higher", None, [M, M, L, L], 11, "median"),
    ],
)
def test_who_started_worse(better, cutoff, labels, cut, kind) -> None:
    found = split_by_severity([9, 10, 12, 20], better=better, cutoff=cutoff)
    assert found.labels.tolist() == labels
    assert (found.cut, found.kind) == (cut, kind)


def test_those_at_the_median_are_not_the_severe_ones() -> None:
    assert split_by_severity([5, 5, 5], better="lower").labels.tolist() == [L] * 3
    assert split_by_severity([], better="lower").labels.size == 0


@pytest.mark.parametrize(
    ("before", "given"),
    [
        ([1, np.nan], {"better": "lower"}),
        ([1, 2], {"better": "neither"}),
        ([1, 2], {"better": "higher", "cutoff": Cutoff(1, ">=", "", "confirmed")}),
    ],
)
def test_mistakes_are_refused(before, given) -> None:
    with pytest.raises(ValueError):
        split_by_severity(before, **given)


@pytest.mark.parametrize(("cut", "reliability"), [(97.5, 0.88), (114.8, 0.7), (125.0, 0.5)])
def test_expected_difference_equals_that_of_simulated_people_who_never_change(
    cut: float, reliability: float
) -> None:
    rng = np.random.default_rng(11)
    n, mean, sd = 2_000_000, 114.8, 17.8
    true = mean + sd * np.sqrt(reliability) * rng.standard_normal(n)
    error = sd * np.sqrt(1 - reliability)
    before = true + error * rng.standard_normal(n)
    x = true + error * rng.standard_normal(n) - before
    simulated = x[before < cut].mean() - x[before >= cut].mean()
    found = expected_severity_difference(mean=mean, sd=sd, reliability=reliability, cut=cut)
    assert found.points == pytest.approx(simulated, abs=0.08)
    assert found.reason == ""


@given(st.floats(-3, 3), st.floats(0.05, 0.95))
def test_it_does_not_matter_which_end_is_worse(z: float, reliability: float) -> None:
    one = expected_severity_difference(mean=0, sd=1, reliability=reliability, cut=z)
    other = expected_severity_difference(mean=0, sd=1, reliability=reliability, cut=-z)
    assert one.points == pytest.approx(other.points, rel=1e-9)
    # Never less than at the middle: 2 (1 - reliability) phi(0) / Phi(0).
    least = 4 * (1 - reliability) / np.sqrt(2 * np.pi)
    assert one.points >= least * (1 - 1e-12)


@pytest.mark.parametrize(
    ("change", "reason"),
    [({"mean": np.nan}, "NORM_MISSING"), ({"sd": 0}, "SD0"), ({"reliability": 1}, "REL_RANGE")],
)
def test_without_norm_or_reliability_there_is_a_reason(change: dict, reason: str) -> None:
    found = expected_severity_difference(
        **({"mean": 50, "sd": 10, "reliability": 0.8, "cut": 45} | change)
    )
    assert np.isnan(found.points)
    assert found.reason == reason
