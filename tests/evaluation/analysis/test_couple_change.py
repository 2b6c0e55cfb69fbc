"""Both partners' changes: counted by hand, against R, and against identities."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.analysis.couple_change import couple_change

pytestmark = pytest.mark.filterwarnings("error")
REFERENCE = Path(__file__).resolve().parents[3] / "evaluation" / "reference"
EXPECTED = json.loads((REFERENCE / "couples_lfo.json").read_text())["lfo_change_couple"]


def test_lfo_equals_r() -> None:
    with (REFERENCE / "lfo_synth.csv").open(newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["rq_pre"] and row["rq_post"]]
    before, after = ([float(row[name]) for row in rows] for name in ("rq_pre", "rq_post"))
    couple = np.array([row["couple"] for row in rows], dtype=object)
    found = couple_change(before, after, couple, better="higher", rc_points=10)
    lmer = EXPECTED["lmer_reml"]
    assert (found.n, found.n_couples, found.n_both) == (234, 170, EXPECTED["n_pairs"])
    assert (found.n_one, found.n_more) == (106, 0)
    assert found.improvement == pytest.approx(EXPECTED["naive"]["mean"], rel=1e-12)
    assert (found.naive_low, found.naive_high) == pytest.approx(EXPECTED["naive"]["ci"], rel=1e-9)
    reach = 1.97409 * EXPECTED["CR1S_se"]  # t with 169 degrees of freedom
    assert found.clustered_low == pytest.approx(found.improvement - reach, abs=1e-4)
    assert found.reml_estimate == pytest.approx(lmer["fixed"]["estimate"], rel=1e-6)
    assert found.reml_se == pytest.approx(lmer["fixed"]["se"], rel=1e-6)
    assert found.icc_change == pytest.approx(lmer["ICC"], rel=1e-5)
    assert found.deff == pytest.approx(EXPECTED["deff_kish"], rel=1e-6)
    assert found.n_effective == pytest.approx(EXPECTED["n_effective"], rel=1e-6)
    assert found.reason == ""


def test_couples_are_counted_by_both_partners() -> None:
    # (change of one, change of the other); reliable is more than five points.
    pairs = [(6, 9), (6, 5), (6, -6), (-7, -8), (0, 5), (-5, 0), (0, -6)]
    x = np.array(pairs, dtype=float).ravel()
    couple = np.repeat(np.arange(7), 2)
    x, couple = np.append(x, [30.0, 1.0, 2.0, 3.0]), np.append(couple, [7, 8, 8, 8])
    before = np.arange(x.size, dtype=float)
    found = couple_change(before, before + x, couple, better="higher", rc_points=5)
    assert (found.n_couples, found.n_both, found.n_one, found.n_more) == (9, 7, 1, 1)
    assert (found.both_better, found.both_worse, found.both_unchanged) == (1, 1, 2)
    assert (found.discordant, found.opposite) == (3, 1)
    assert found.share_one == pytest.approx(1 / 9)
    assert found.mean_before_one == 14
    assert found.mean_before_both == pytest.approx(6.5)


@st.composite
def people(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    sizes = draw(st.lists(st.integers(1, 2), min_size=3, max_size=12))
    cluster = np.repeat(np.arange(len(sizes)), sizes)
    numbers = st.lists(st.integers(0, 30), min_size=cluster.size, max_size=cluster.size)
    return np.array(draw(numbers), float), np.array(draw(numbers), float), cluster


@given(people(), st.integers(-50, 50), st.sampled_from([1.0, 4.0]))
def test_shift_scale_and_direction(sample, shift, scale) -> None:
    before, after, couple = sample
    first = couple_change(before, after, couple, better="lower", rc_points=4.5)
    assert first.n_both == sum(
        (first.both_better, first.both_worse, first.both_unchanged, first.discordant)
    )
    turned = couple_change(
        shift - scale * before, shift - scale * after, couple, better="higher",
        rc_points=4.5 * scale,
    )  # fmt: skip
    flipped = couple_change(before, after, couple, better="higher", rc_points=4.5)
    for name in ("both_better", "both_worse", "both_unchanged", "discordant", "opposite", "reason"):
        assert getattr(turned, name) == getattr(first, name)
    assert (flipped.both_better, flipped.both_worse) == (first.both_worse, first.both_better)
    for name in ("improvement", "naive_low", "clustered_high", "reml_se"):
        expected = scale * getattr(first, name)
        assert getattr(turned, name) == pytest.approx(expected, rel=1e-6, abs=1e-6, nan_ok=True)
    assert turned.icc_change == pytest.approx(first.icc_change, abs=1e-6, nan_ok=True)


@given(people())
def test_couples_twice(sample) -> None:
    before, after, couple = sample
    once = couple_change(before, after, couple, better="lower", rc_points=4.5)
    twice = couple_change(
        np.tile(before, 2), np.tile(after, 2), np.append(couple, couple + 100), better="lower",
        rc_points=4.5,
    )  # fmt: skip
    assert twice.improvement == pytest.approx(once.improvement, abs=1e-12)
    for name in ("n_both", "n_one", "both_better", "both_worse", "discordant", "opposite"):
        assert getattr(twice, name) == 2 * getattr(once, name)


@pytest.mark.parametrize(
    ("before", "after", "couple", "reason"),
    [
        ([], [], [], "N0"),
        ([4.0], [2.0], [1], "G1"),
        ([4.0, 5.0], [2.0, 1.0], [1, 1], "G1"),
        ([4.0, 5.0], [2.0, 1.0], [1, 2], "SINGLES"),
        ([0.1, 0.2, 0.4], [0.2, 0.3, 0.5], [1, 1, 2], "SD0"),
        ([0.1, 0.1, 0.1], [0.1, 0.1, 0.1], [1, 1, 2], "SD0"),
        ([5.0, 4.0, 5.0, 4.0], [6.0, 3.0, 6.0, 3.0], [1, 1, 2, 2], "SE0"),
    ],
)
def test_too_little_has_a_reason(before, after, couple, reason) -> None:
    found = couple_change(before, after, couple, better="higher", rc_points=1)
    assert found.reason == reason
    if reason != "SINGLES":
        assert np.isnan([found.clustered_low, found.clustered_high]).all()
    if reason in ("N0", "SD0"):
        assert np.isnan([found.naive_low, found.naive_high, found.icc_change]).all()


def test_partners_who_always_agree() -> None:
    found = couple_change(
        [9.0, 9, 8, 8, 7, 7], [1.0, 1, 4, 4, 6, 6], [1, 1, 2, 2, 3, 3], better="lower", rc_points=3
    )
    assert (found.icc_change, found.reason) == (1.0, "")
    assert found.n_effective == pytest.approx(3)
    assert (found.both_better, found.both_unchanged) == (2, 1)


def test_without_a_rule_or_a_direction_nothing_is_counted() -> None:
    scores = [9.0, 3, 8, 8], [1.0, 5, 4, 4], [1, 1, 2, 2]
    unknown = couple_change(*scores, better="lower", rc_points=float("nan"))
    assert (unknown.reason, unknown.both_better, unknown.n_both) == ("RC_MISSING", None, 2)
    assert np.isfinite(unknown.clustered_low)
    neither = couple_change(*scores, better="neither", rc_points=2)
    assert (neither.reason, neither.discordant) == ("NO_DIRECTION", None)
    assert np.isnan([neither.improvement, neither.naive_low, neither.reml_estimate]).all()
    with pytest.raises(ValueError, match="better"):
        couple_change(*scores, better="up", rc_points=2)
    with pytest.raises(ValueError, match="rc_points"):
        couple_change(*scores, better="lower", rc_points=-2)
