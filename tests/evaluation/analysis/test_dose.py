"""Improvement for each further session, and the thirds by sessions attended."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.analysis.dose import dose_bands, dose_slope, session_thirds

REFERENCE = Path(__file__).resolve().parents[3] / "evaluation" / "reference"


def synthetic() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    people = pd.read_csv(REFERENCE / "lfo_synth.csv")
    people = people.dropna(subset=["sessions_attended", "rq_pre", "rq_post"])
    change = people["rq_post"] - people["rq_pre"]
    return (
        people["sessions_attended"].to_numpy(float),
        change.to_numpy(float),
        people["couple"].to_numpy(object),
    )


def test_the_slope_and_its_error_are_those_of_statsmodels() -> None:
    import statsmodels.api as sm

    sessions, change, couple = synthetic()
    codes, couples = pd.factorize(couple)
    found = dose_slope(sessions, change, couple)
    fitted = sm.OLS(change, sm.add_constant(sessions)).fit(
        cov_type="cluster", cov_kwds={"groups": codes, "use_correction": False}
    )
    g = len(couples)
    assert found.n_couples == g
    assert found.slope == pytest.approx(fitted.params[1], rel=1e-10)
    assert found.se == pytest.approx(fitted.bse[1] * np.sqrt(g / (g - 1)), rel=1e-10)
    assert found.low < found.slope < found.high


def test_a_line_of_three_points() -> None:
    found = dose_slope([1, 2, 3], [0, 0, 3], ["a", "b", "c"])
    assert found.slope == pytest.approx(1.5)
    # Residuals .5, -1, .5 at -1, 0, 1: sqrt(3/2 (.25 + .25)) / 2.
    assert found.se == pytest.approx(np.sqrt(0.75) / 2)


@pytest.mark.parametrize(
    ("sessions", "change", "cluster", "reason"),
    [
        ([], [], [], "N0"),
        ([4], [1], ["a"], "FEW_FOR_LINE"),
        ([4, 5], [1, 2], ["a", "b"], "FEW_FOR_LINE"),
        ([4, 4, 4], [1, 2, 3], ["a", "b", "c"], "SAME_SESSIONS"),
        ([4, 5, 7], [1, 2, 9], ["a", "a", "a"], "G1"),
        ([1, 2, 3], [2, 4, 6], ["a", "b", "c"], "SE0"),
        ([1, 2, 3], [2, 2, 2], ["a", "b", "c"], "SE0"),
    ],
)
def test_no_line_has_a_reason(sessions, change, cluster, reason) -> None:
    found = dose_slope(sessions, change, cluster)
    assert found.reason == reason
    assert np.isnan(found.low) and np.isnan(found.high)


def test_thirds_keep_people_with_equal_numbers_together() -> None:
    bands = dose_bands([1, 1, 1, 5, 5, 9], [1, 2, 3, 4, 6, 9], list("abcdef"))
    assert [(b.label, b.figure.n, b.figure.value) for b in bands] == [
        ("1 session or fewer", 3, 2.0), ("2 to 5 sessions", 2, 5.0), ("6 sessions or more", 1, 9.0),
    ]  # fmt: skip
    assert bands[2].figure.reason == "G1"


@pytest.mark.parametrize(
    ("sessions", "labels"),
    [
        ([], []),
        ([6, 6, 6], []),
        ([1, 8, 8, 8, 8], ["1 session or fewer", "2 sessions or more"]),
        ([0, 0, 0, 3], ["no session", "1 session or more"]),
        ([1, 2, 3], ["1 session or fewer", "2 sessions", "3 sessions or more"]),
    ],
)
def test_bands_of_awkward_numbers(sessions, labels) -> None:
    bands = dose_bands(sessions, [1.0] * len(sessions), list("abcdefgh")[: len(sessions)])
    assert [band.label for band in bands] == labels


@given(st.lists(st.integers(0, 12), min_size=1, max_size=40))
def test_everybody_is_in_one_band_and_no_band_is_empty(sessions: list[int]) -> None:
    change = [float(number % 5) for number in sessions]
    bands = dose_bands(sessions, change, np.arange(len(sessions)))
    if len(set(sessions)) == 1:
        assert bands == []
        return
    assert 2 <= len(bands) <= 3
    assert all(band.figure.n for band in bands)
    assert sum(band.figure.n for band in bands) == len(sessions)
    total = sum(band.figure.n * band.figure.value for band in bands)
    assert total == pytest.approx(sum(change))


def test_lengths_that_differ_are_refused() -> None:
    with pytest.raises(ValueError, match="agree"):
        dose_slope([1, 2, 3], [1, 2], ["a", "b", "c"])


def test_each_person_is_named_with_their_third_as_the_bands_count_them() -> None:
    labels, third = session_thirds([9, 1, 5, 1, 7, 5])
    assert labels == ["1 session or fewer", "2 to 5 sessions", "6 sessions or more"]
    assert third.tolist() == [2, 0, 1, 0, 2, 1]


@pytest.mark.parametrize("sessions", [[], [4], [6, 6, 6]])
def test_nobody_is_in_a_third_where_there_are_none(sessions: list[int]) -> None:
    labels, third = session_thirds(sessions)
    assert labels == []
    assert third.tolist() == [0] * len(sessions)


def test_sessions_that_are_not_known_are_refused() -> None:
    with pytest.raises(ValueError, match="sessions: each number must be finite"):
        session_thirds([1.0, np.nan])
