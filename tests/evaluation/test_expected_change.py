"""What selection alone brings about, from what is published of a scale and from nothing less."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from evaluation.expected_change import (
    expected_by_severity,
    expected_regression,
    retest_reliability,
)
from evaluation.model import ChangeRule
from instruments.registry import get

DAS, PHQ9 = get("das_32").scale("total"), get("phq9").scale("total")


def test_only_steadiness_over_time_counts_and_only_if_verified() -> None:
    assert retest_reliability(DAS) == (0.87, "")
    assert retest_reliability(PHQ9)[1] == "REL_UNVERIFIED"
    assert retest_reliability(get("ras_7").scale("total"))[1] == "REL_MISSING"


def test_people_chosen_below_the_cut_off_of_the_das() -> None:
    found = expected_regression(DAS, ChangeRule())
    # By hand: z = (97 - 114.8) / 17.8 = -1, phi(1) / Phi(-1) = 1.525135, times .13 and 17.8.
    assert found.in_sd == pytest.approx(0.13 * 1.525135, abs=1e-6)
    assert found.points == pytest.approx(3.529163, abs=1e-5)
    assert found.reason == ""


def test_a_rule_file_gives_norm_and_cut_off() -> None:
    rule = ChangeRule(norm=(100.0, 10.0), cutoff="<= 100")
    found = expected_regression(DAS, rule)
    assert found.points == pytest.approx(0.13 * 10 * np.sqrt(2 / np.pi))
    # a, b and c are made of the sample; nobody is selected by them.
    assert expected_regression(DAS, ChangeRule(cutoff="c")).points == pytest.approx(3.529163)


@pytest.mark.parametrize(
    ("scale", "reason"),
    [
        (PHQ9, "NORM_MISSING"),
        (dataclasses.replace(DAS, cutoffs=()), "NORM_MISSING"),
        (dataclasses.replace(DAS, reliability=()), "REL_MISSING"),
        (dataclasses.replace(DAS, better="neither"), "NO_DIRECTION"),
    ],
)
def test_what_is_not_published_is_not_made_up(scale, reason: str) -> None:
    found = expected_regression(scale, ChangeRule())
    assert np.isnan(found.points) and found.reason == reason


def test_those_who_started_worse() -> None:
    scores = [90.0, 110.0, 100.0, 80.0, 120.0]  # mean and median 100, SD sqrt(250)
    found = expected_by_severity(scores, DAS, cutoff=None)
    # At the mean both sides move by (1 - r) SD sqrt(2 / pi).
    assert found.points == pytest.approx(2 * 0.13 * np.sqrt(250) * np.sqrt(2 / np.pi))
    assert expected_by_severity(scores, DAS, cutoff=100.0).points == pytest.approx(found.points)


@pytest.mark.parametrize(
    ("scores", "scale", "reason"),
    [
        ([], DAS, "N0"),
        ([90.0], DAS, "N1"),
        ([90.0, 90.0], DAS, "SD0"),
        ([9.0, 12.0], PHQ9, "REL_UNVERIFIED"),
    ],
)
def test_too_few_or_too_little_known(scores, scale, reason: str) -> None:
    found = expected_by_severity(scores, scale, cutoff=None)
    assert np.isnan(found.points) and found.reason == reason
