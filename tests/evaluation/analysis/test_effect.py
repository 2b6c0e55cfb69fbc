"""Paired effects against R, and the identities that every effect must keep."""

from __future__ import annotations

import csv
import dataclasses
import json
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.analysis.effect import (
    PairedEffect,
    display_tier,
    hedges_correction,
    paired_effect,
    paired_effects,
)
from evaluation.analysis.intervals import mean_interval
from evaluation.analysis.signed_rank import wilcoxon_signed_rank
from evaluation.model import EFFECT_COLUMNS

pytestmark = pytest.mark.filterwarnings("error")

TESTS = Path(__file__).resolve().parents[2]
REFERENCE = TESTS.parent / "evaluation" / "reference"
SHARED = TESTS.parent / ".." / "shared" / "reference"
JACOBSON = json.loads((REFERENCE / "paired_effects_jacobson.json").read_text())
LINEARISED = json.loads((REFERENCE / "couples_lfo.json").read_text())["cluster_linearised"]
CASES = [*JACOBSON["effects"], "claus_bdi", "claus_who"]

# Our name for each number of the reference.
SAME = {
    "n": "n", "mean_before": "mean_pre", "mean_after": "mean_post", "sd_before": "sd_pre",
    "sd_after": "sd_post", "r": "r", "improvement": "mean_improvement", "t": "t", "df": "df",
    "p_t": "p_two_sided", "d_z": "d_z", "g_z": "g_z", "d_pre": "d_b", "g_pre": "g_b",
    "d_av": "d_av", "g_av": "g_av_J_n_minus_1", "d_rm": "d_rm",
    "share_improved": "pct_any_improvement",
}  # fmt: skip


def columns(path: Path, *names: str) -> list[np.ndarray]:
    with path.open() as file:
        rows = [row for row in csv.DictReader(file) if all(row[name] for name in names)]
    return [np.array([_number(row[name]) for row in rows]) for name in names]


def _number(text: str) -> float | str:
    try:
        return float(text)
    except ValueError:
        return text


def reference(name: str) -> tuple[dict, np.ndarray, np.ndarray]:
    """Expected numbers and scores before and after; the Claus cases are not ours to carry."""
    if name in JACOBSON["effects"]:
        expected = JACOBSON["effects"][name]
        before, after = columns(REFERENCE / "pairs_jac_das.csv", "pre", "post")
        return expected, before[: expected["n"]], after[: expected["n"]]
    numbers = SHARED / "expected" / "effect_sizes.json"
    scores = SHARED / "data" / f"pairs_{name}.csv"
    if not (numbers.exists() and scores.exists()):
        pytest.skip("the Claus data and their reference numbers are not beside this checkout")
    expected = json.loads(numbers.read_text())["effects"][name]
    return expected, *columns(scores, "pre", "post")


def better(expected: dict) -> str:
    return "higher" if expected["direction"] > 0 else "lower"


def effect_of(name: str) -> tuple[dict, PairedEffect]:
    expected, before, after = reference(name)
    return expected, paired_effect(before, after, np.arange(before.size), better=better(expected))


# --- against R -----------------------------------------------------------------------------


def test_hedges_correction_equals_r() -> None:
    table = JACOBSON["hedges_J"]
    found = hedges_correction([row["df"] for row in table])
    assert found == pytest.approx([row["J_exact"] for row in table], abs=2e-9)
    assert found[:-1] == pytest.approx([row["J_exact"] for row in table[:-1]], abs=1e-10)


def test_hedges_correction_at_two_is_one_over_root_pi() -> None:
    assert hedges_correction(2) == pytest.approx(1 / np.sqrt(np.pi), abs=1e-14)


def test_hedges_correction_has_no_value_at_one_degree_of_freedom() -> None:
    assert np.isnan(hedges_correction([-1, 0, 0.5, 1])).all()
    assert isinstance(hedges_correction(1), float)


@pytest.mark.parametrize("name", CASES)
def test_paired_effect_equals_r(name: str) -> None:
    expected, found = effect_of(name)
    for ours, theirs in SAME.items():
        assert getattr(found, ours) == pytest.approx(expected[theirs], abs=1e-9), ours
    assert found.raw_change == pytest.approx(expected["direction"] * expected["mean_improvement"])
    assert found.reason == ""


@pytest.mark.parametrize("name", CASES)
def test_intervals_equal_r(name: str) -> None:
    expected, found = effect_of(name)
    assert (found.d_z_low, found.d_z_high) == pytest.approx(expected["d_z_ci_nct"], abs=1e-7)
    j = hedges_correction(found.df)
    assert (j * found.d_z_low, j * found.d_z_high) == pytest.approx(
        expected["g_z_ci_nct"], abs=1e-7
    )
    assert (found.improvement_low, found.improvement_high) == pytest.approx(
        expected["mean_ci"], abs=1e-9
    )


@pytest.mark.parametrize("name", CASES)
def test_wilcoxon_equals_r(name: str) -> None:
    expected, before, after = reference(name)
    test = wilcoxon_signed_rank(expected["direction"] * (after - before))
    ranks = expected["wilcoxon"]
    assert (test.n_nonzero, test.n_zero) == (ranks["n_nonzero"], ranks["n_zero"])
    assert (test.w_plus, test.w_minus) == (ranks["W_plus"], ranks["W_minus"])
    assert test.rank_biserial == pytest.approx(ranks["rank_biserial"], abs=1e-12)
    assert test.p_normal == pytest.approx(ranks["p_normal_corrected"], abs=1e-12)
    if "p_exact" in ranks:
        assert test.p_exact == pytest.approx(ranks["p_exact"], abs=1e-12)
    _, found = effect_of(name)
    assert found.wilcoxon_w == ranks["W_plus"]
    assert found.rank_biserial == test.rank_biserial
    assert found.p_wilcoxon == test.p == (test.p_exact if "p_exact" in ranks else test.p_normal)


LINEARISED_CASES = {
    "lfo_rq_pre_post_by_couple": ("rq_pre", "rq_post", "couple", "higher"),
    "lfo_ds_pre_post_by_couple": ("ds_pre", "ds_post", "couple", "lower"),
    "lfo_rq_pre_fu3_by_couple": ("rq_pre", "rq_fu3", "couple", "higher"),
    "lfo_rq_by_site": ("rq_pre", "rq_post", "site", "higher"),
    "jac_das_singletons": ("pre", "post", "id", "higher"),
}


@pytest.mark.parametrize("name", LINEARISED_CASES)
def test_clustered_intervals_equal_r(name: str) -> None:
    first, second, cluster, direction = LINEARISED_CASES[name]
    file = "pairs_jac_das.csv" if name.startswith("jac") else "lfo_synth.csv"
    before, after, label = columns(REFERENCE / file, first, second, cluster)
    found = paired_effect(before, after, label, better=direction)
    expected = LINEARISED[name]
    assert (found.n, found.n_couples) == (expected["n"], expected["G"])
    assert found.improvement == pytest.approx(expected["mean"]["est"], abs=1e-9)
    assert (found.improvement_low, found.improvement_high) == pytest.approx(
        expected["mean"]["ci"], abs=1e-9
    )
    assert found.d_pre == pytest.approx(expected["d_pre"]["d"], abs=1e-9)
    assert found.g_pre == pytest.approx(expected["d_pre"]["g"], abs=1e-9)
    assert (found.g_pre_low, found.g_pre_high) == pytest.approx(
        expected["d_pre"]["ci_centred_on_g"], abs=1e-9
    )
    assert (found.d_z, found.d_av) == pytest.approx(
        (expected["d_z"]["d"], expected["d_av"]["d"]), abs=1e-9
    )
    assert found.g_av == pytest.approx(expected["d_av"]["g"], abs=1e-9)
    assert found.improvement_se == pytest.approx(expected["mean"]["se"], abs=1e-9)
    assert found.g_pre_se == pytest.approx(expected["d_pre"]["se"], abs=1e-9)


def test_effective_n_of_the_synthetic_programme_equals_lme4() -> None:
    before, after, couple = columns(REFERENCE / "lfo_synth.csv", "rq_pre", "rq_post", "couple")
    expected = json.loads((REFERENCE / "couples_lfo.json").read_text())["lfo_change_couple"]
    found = paired_effect(before, after, couple, better="higher")
    assert found.n_effective == pytest.approx(expected["n_effective"], rel=1e-7)


# --- identities ----------------------------------------------------------------------------

scores = st.integers(0, 60)


@st.composite
def groups(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Scores before and after of 3 to 30 persons, in couples of one or two."""
    n = draw(st.integers(3, 30))
    before = draw(st.lists(scores, min_size=n, max_size=n))
    after = draw(st.lists(scores, min_size=n, max_size=n))
    partners = draw(st.integers(0, n // 2))
    couple = [i // 2 if i < 2 * partners else i for i in range(n)]
    return np.array(before, dtype=float), np.array(after, dtype=float), np.array(couple)


def assert_equal(
    one: PairedEffect, other: PairedEffect, *, but: tuple[str, ...] = (), rel: float = 1e-7
) -> None:
    """Every field agrees, apart from those named."""
    for field in dataclasses.fields(PairedEffect):
        if field.name in but:
            continue
        found, expected = getattr(one, field.name), getattr(other, field.name)
        if isinstance(expected, str):
            assert found == expected, field.name
        else:
            assert found == pytest.approx(expected, rel=rel, abs=1e-8, nan_ok=True), field.name


@given(groups(), st.integers(-1_000, 1_000))
def test_a_shift_of_both_waves_changes_nothing(group: tuple, shift: int) -> None:
    before, after, couple = group
    found = paired_effect(before + shift, after + shift, couple, better="higher")
    expected = paired_effect(before, after, couple, better="higher")
    assert_equal(found, expected, but=("mean_before", "mean_after"))


@given(groups(), st.sampled_from([0.1, 0.37, 2.0, 12.5]))
def test_a_scale_factor_changes_points_and_leaves_the_ds(group: tuple, factor: float) -> None:
    before, after, couple = group
    points = (
        "mean_before", "sd_before", "mean_after", "sd_after", "raw_change", "improvement",
        "improvement_low", "improvement_high", "sd_change", "improvement_se",
    )  # fmt: skip
    found = paired_effect(factor * before, factor * after, couple, better="lower")
    expected = paired_effect(before, after, couple, better="lower")
    assert_equal(found, expected, but=points)
    for name in points:
        scaled = factor * getattr(expected, name)
        assert getattr(found, name) == pytest.approx(scaled, rel=1e-9, abs=1e-9, nan_ok=True)


@given(groups())
def test_the_other_direction_negates_and_swaps_the_ends(group: tuple) -> None:
    up = paired_effect(*group, better="higher")
    down = paired_effect(*group, better="lower")
    same = ("mean_before", "sd_before", "mean_after", "sd_after", "r", "raw_change", "p_t",
            "p_cluster", "p_wilcoxon", "df", "n_effective")  # fmt: skip
    assert (down.reason, down.display_tier) == (up.reason, up.display_tier)
    for name in same:
        assert getattr(down, name) == pytest.approx(getattr(up, name), nan_ok=True, rel=1e-9), name
    for name in ("improvement", "d_pre", "d_z", "d_av", "d_rm", "g_pre", "t", "rank_biserial"):
        assert getattr(down, name) == pytest.approx(-getattr(up, name), nan_ok=True), name
    for name in ("improvement", "g_pre", "d_z"):
        low, high = getattr(up, f"{name}_low"), getattr(up, f"{name}_high")
        found = getattr(down, f"{name}_low"), getattr(down, f"{name}_high")
        assert found == pytest.approx((-high, -low), nan_ok=True), name


@given(groups())
def test_mirrored_scores_in_the_other_direction_are_the_same_effect(group: tuple) -> None:
    before, after, couple = group
    found = paired_effect(60 - before, 60 - after, couple, better="lower")
    expected = paired_effect(before, after, couple, better="higher")
    assert_equal(found, expected, but=("mean_before", "mean_after", "raw_change"))


@given(groups(), st.randoms(use_true_random=False))
def test_labels_of_couples_and_the_order_of_people_do_not_matter(
    group: tuple, random: object
) -> None:
    before, after, couple = group
    order = np.array(random.sample(range(before.size), before.size))
    labels = np.array([f"couple {50 - code}" for code in couple], dtype=object)
    found = paired_effect(before[order], after[order], labels[order], better="higher")
    assert_equal(found, paired_effect(before, after, couple, better="higher"), rel=1e-6)


@given(groups())
def test_counting_everybody_twice_within_the_couple_adds_no_certainty(group: tuple) -> None:
    twice = [np.tile(values, 2) for values in group]
    found, expected = paired_effect(*twice, better="higher"), paired_effect(*group, better="higher")
    for name in ("n_couples", "mean_before", "mean_after", "r", "improvement", "share_improved",
                 "improvement_low", "improvement_high", "p_cluster"):  # fmt: skip
        assert getattr(found, name) == pytest.approx(getattr(expected, name), nan_ok=True), name


@given(groups())
def test_duplicated_couples_leave_the_estimates_alone(group: tuple) -> None:
    before, after, couple = group
    found = paired_effect(
        np.tile(before, 2), np.tile(after, 2), np.append(couple, couple + 100), better="higher"
    )
    expected = paired_effect(before, after, couple, better="higher")
    for name in ("mean_before", "mean_after", "r", "improvement", "share_improved"):
        assert getattr(found, name) == pytest.approx(getattr(expected, name), nan_ok=True), name
    # The divisor n - 1 of the standard deviation is all that moves the d's.
    n = before.size
    factor = np.sqrt((2 * n - 1) / (2 * n) * n / (n - 1))
    for name in ("d_pre", "d_z", "d_av", "d_rm"):
        scaled = factor * getattr(expected, name)
        assert getattr(found, name) == pytest.approx(scaled, nan_ok=True), name


@given(groups())
def test_people_alone_have_the_plain_t_interval(group: tuple) -> None:
    before, after, _ = group
    found = paired_effect(before, after, np.arange(before.size), better="higher")
    x = after - before
    low, high = mean_interval(mean=x.mean(), sd=x.std(ddof=1), n=x.size)
    assert found.improvement_low == pytest.approx(low, nan_ok=True)
    assert found.improvement_high == pytest.approx(high, nan_ok=True)
    assert found.p_cluster == pytest.approx(found.p_t, nan_ok=True)
    assert found.n_effective == found.n


@given(groups())
def test_the_effects_are_tied_together(group: tuple) -> None:
    found = paired_effect(*group, better="higher")
    if found.reason:
        return
    assert found.t == pytest.approx(found.d_z * np.sqrt(found.n))
    assert found.d_pre * found.sd_before == pytest.approx(found.improvement)
    both = np.sqrt((found.sd_before**2 + found.sd_after**2) / 2)
    assert found.d_av * both == pytest.approx(found.improvement)
    j = hedges_correction(found.n - 1)
    for g, d in (("g_pre", "d_pre"), ("g_z", "d_z"), ("g_av", "d_av")):
        assert getattr(found, g) == pytest.approx(j * getattr(found, d))
    assert found.g_pre_low <= found.g_pre <= found.g_pre_high
    assert (found.g_pre_low + found.g_pre_high) / 2 == pytest.approx(found.g_pre, abs=1e-9)


@given(st.lists(st.integers(-40, 40).filter(bool), min_size=1, max_size=9, unique_by=abs))
def test_exact_wilcoxon_equals_counting_all_signs(x: list[int]) -> None:
    ranks = np.argsort(np.argsort(np.abs(x))) + 1
    sums = [float(ranks @ signs) for signs in product((0, 1), repeat=len(x))]
    test = wilcoxon_signed_rank(x)
    tail = min(test.w_plus, test.w_minus)
    expected = min(1.0, 2 * np.mean([total <= tail for total in sums]))
    assert test.p == test.p_exact == pytest.approx(expected)


def test_wilcoxon_is_exact_only_below_fifty_changes_without_ties_and_zeros() -> None:
    assert np.isfinite(wilcoxon_signed_rank(np.arange(1.0, 50.0)).p_exact)
    for x in (np.arange(1.0, 51.0), [1.0, -1.0, 2.0], [0.0, 1.0, 2.0]):
        test = wilcoxon_signed_rank(x)
        assert np.isnan(test.p_exact)
        assert test.p == test.p_normal


def test_rounding_errors_of_decimal_scores_do_not_break_ties() -> None:
    x = np.array([0.3, 1.3, 2.3]) - np.array([0.1, 1.1, 2.1])
    assert np.unique(x).size > 1
    assert wilcoxon_signed_rank(x).p_normal == wilcoxon_signed_rank([1.0, 1.0, 1.0]).p_normal


# --- what cannot be estimated --------------------------------------------------------------

STANDARDISED = ("g_pre", "g_pre_low", "g_pre_high", "d_pre", "d_z", "d_z_low", "d_z_high", "g_z",
                "d_av", "g_av", "d_rm")  # fmt: skip


def undefined(found: PairedEffect) -> set[str]:
    values = dataclasses.asdict(found)
    return {name for name, value in values.items() if isinstance(value, float) and value != value}


@pytest.mark.parametrize(
    ("before", "after", "couple", "reason"),
    [
        ([], [], [], "N0"),
        ([4], [9], [0], "N1"),
        ([4], [4], [0], "N1"),
        ([4, 6], [9, 7], [0, 1], "DF1"),
        ([4, 6], [9, 12], [0, 1], "DF1;R_UNDEF"),
        ([4, 6], [9, 7], [0, 0], "G1;DF1"),
        ([4, 6, 9], [9, 7, 3], [0, 0, 0], "G1"),
        ([4, 6, 9], [9, 7, 3], [0, 1, 2], ""),
        ([4, 6, 9], [7, 9, 12], [0, 1, 2], "SD0"),
        ([4, 6, 9], [4, 6, 9], [0, 1, 2], "SD0;ALL_TIES"),
        ([4, 4, 4], [4, 4, 4], [0, 1, 2], "SD0;R_UNDEF;ALL_TIES"),
        ([4, 4, 4], [5, 6, 9], [0, 1, 2], "SD0;R_UNDEF"),
        ([4, 6, 9], [5, 5, 5], [0, 1, 2], "R_UNDEF"),
        ([4, 6, 9], [9, 13, 19], [0, 1, 2], "R_UNDEF"),
        ([4, 6, 9, 3], [9, 1, 11, 1], [0, 0, 1, 1], "SE0"),
        ([0.1, 0.2, 0.3], [0.3, 0.4, 0.5], [0, 1, 2], "SD0"),
        ([0.1, 0.1, 0.1], [0.1, 0.1, 0.1], [0, 0, 1], "SD0;R_UNDEF;ALL_TIES"),
    ],
)
def test_edge_cases_say_why_and_never_warn(
    before: list[float], after: list[float], couple: list[int], reason: str
) -> None:
    for direction in ("higher", "lower"):
        found = paired_effect(before, after, couple, better=direction)
        assert found.reason == reason
        assert bool(undefined(found)) == bool(reason)


def test_nobody_has_no_statistic() -> None:
    found = paired_effect([], [], [], better="higher")
    kept = {"n", "n_couples", "display_tier", "reason"}
    assert undefined(found) == {f.name for f in dataclasses.fields(found)} - kept
    assert (found.n, found.n_couples, found.display_tier) == (0, 0, "counts")


def test_one_person_has_a_change_and_no_spread() -> None:
    found = paired_effect([4], [9], ["a"], better="lower")
    assert (found.raw_change, found.improvement, found.share_improved) == (5, -5, 0)
    assert {"sd_before", "t", "df", "p_t", "p_cluster", *STANDARDISED} <= undefined(found)


def test_equal_changes_keep_the_mean_and_the_d_of_the_starting_spread() -> None:
    found = paired_effect([4, 6, 9, 1], [7, 9, 12, 4], [0, 1, 2, 3], better="higher")
    assert found.improvement == 3
    assert found.g_pre_low < found.g_pre < found.g_pre_high
    assert {"t", "p_t", "p_cluster", "d_z", "g_z", "d_rm", "improvement_low"} <= undefined(found)


def test_a_scale_without_direction_has_a_raw_change_only() -> None:
    found = paired_effect([4, 6, 9], [9, 7, 3], [0, 1, 1], better="neither")
    assert found.reason == "NO_DIRECTION"
    assert found.raw_change == pytest.approx(0.0)
    assert found.r == pytest.approx(np.corrcoef([4, 6, 9], [9, 7, 3])[0, 1])
    described = {"n_effective", "mean_before", "sd_before", "mean_after", "sd_after", "r"}
    kept = described | {"raw_change", "n", "n_couples", "display_tier", "reason"}
    assert undefined(found) == {f.name for f in dataclasses.fields(found)} - kept


def test_no_change_is_not_minus_zero() -> None:
    found = paired_effect([4, 6, 9], [4, 6, 9], [0, 1, 2], better="lower")
    assert str(found.raw_change) == str(found.improvement) == "0.0"


def test_partly_correlated_perfectly_gives_no_d_rm() -> None:
    found = paired_effect([4, 6, 9], [9, 13, 19], [0, 1, 2], better="higher")
    assert found.r == pytest.approx(1.0)
    assert undefined(found) == {"d_rm"}


@pytest.mark.parametrize("n", [0, 1, 2, 3, 4, 5, 9, 10, 19, 20, 500])
def test_display_tiers(n: int) -> None:
    starts = {0: "counts", 3: "mean_only", 5: "imprecise", 10: "no_subgroup", 20: "full"}
    assert display_tier(n) == starts[max(start for start in starts if start <= n)]


def test_the_fields_are_the_columns_of_the_effects_table() -> None:
    start = EFFECT_COLUMNS.index("n")
    columns_from_n = [name for name in EFFECT_COLUMNS[start:] if name != "n_excluded"]
    names = [field.name for field in dataclasses.fields(PairedEffect)]
    assert names == [*columns_from_n, "sd_change", "improvement_se", "g_pre_se"]


@given(st.lists(groups(), max_size=4), st.sampled_from(["higher", "lower", "neither"]))
def test_several_groups_at_once_are_the_same_as_one_by_one(found: list, better: str) -> None:
    nobody = (np.array([]), np.array([]), np.array([], dtype=int))
    together = paired_effects([nobody, *found], better=better)
    assert together[0].reason == "N0"
    for one, group in zip(together[1:], found, strict=True):
        assert_equal(one, paired_effect(*group, better=better), rel=1e-12)


def test_a_wider_level_gives_wider_intervals() -> None:
    _, before, after = reference("jac_das")
    people = np.arange(before.size)
    narrow = paired_effect(before, after, people, better="higher", level=0.9)
    wide = paired_effect(before, after, people, better="higher", level=0.99)
    for name in ("improvement", "g_pre", "d_z"):
        assert getattr(wide, f"{name}_low") < getattr(narrow, f"{name}_low")
        assert getattr(wide, f"{name}_high") > getattr(narrow, f"{name}_high")


@pytest.mark.parametrize(
    ("arguments", "options", "message"),
    [
        (([1.0], [2.0], [0]), {"better": "up"}, "better='up'"),
        (([1.0, 2.0, 4.0], [2.0, 2.0, 1.0], [0, 1, 2]), {"level": 95}, "level=95"),
        (([], [], []), {"level": 0}, "level=0"),
        (([1.0, np.nan], [2.0, 3.0], [0, 1]), {}, "finite"),
        (([1.0, 2.0], [2.0, 3.0], ["a", ""]), {}, "blank"),
        (([1.0, 2.0], [2.0], [0, 1]), {}, "agree"),
    ],
)
def test_programming_mistakes_are_named(arguments: tuple, options: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        paired_effect(*arguments, **{"better": "higher"} | options)
