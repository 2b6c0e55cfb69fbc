"""Who benefits: against statsmodels, against arithmetic, and against identities."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.analysis.clusters import clustered_se
from evaluation.analysis.effect import paired_effect
from evaluation.analysis.subgroups import (
    DIFFERENCE_COLUMNS,
    LEVEL_COLUMNS,
    add_traits,
    compare_improvement,
    subgroup_differences,
    subgroup_levels,
)

pytestmark = pytest.mark.filterwarnings("error")
NUMBERS = ("difference", "se", "low", "high", "df", "p")


def couples(n_couples: int = 40, seed: int = 1) -> pd.DataFrame:
    """Mothers and fathers of couples; mothers start worse and improve 3 points more."""
    rng = np.random.default_rng(seed)
    cluster = np.repeat(np.arange(n_couples), 2)
    mother = np.tile([True, False], n_couples)
    before = 50 - 5 * mother + rng.normal(0, 10, 2 * n_couples)
    shared = np.repeat(rng.normal(0, 5, n_couples), 2)
    after = before + 4 + 3 * mother - 0.3 * (before - 48) + shared + rng.normal(0, 4, before.size)
    role = np.where(mother, "mother", "father")
    return pd.DataFrame({"before": before, "after": after, "cluster": cluster, "role": role})


def compare(table: pd.DataFrame, *, adjusted: bool, better: str = "higher", **given):
    return compare_improvement(
        table["before"],
        table["after"],
        table["cluster"],
        table["role"] == "mother",
        better=better,
        adjusted=adjusted,
        **given,
    )


def numbers(found) -> np.ndarray:
    return np.array([getattr(found, name) for name in NUMBERS])


# --- against statsmodels -------------------------------------------------------------------


@pytest.mark.parametrize("adjusted", [False, True])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_difference_equals_clustered_least_squares(adjusted: bool, seed: int) -> None:
    from statsmodels.api import OLS

    table = couples(seed=seed).iloc[:-1]  # one person without a partner
    columns = [np.ones(len(table)), table["role"] == "mother"]
    if adjusted:
        columns.append(table["before"])
    fit = OLS(table["after"] - table["before"], np.column_stack(columns).astype(float)).fit(
        cov_type="cluster", cov_kwds={"groups": table["cluster"].to_numpy()}, use_t=True
    )
    found = compare(table, adjusted=adjusted)
    assert found.difference == pytest.approx(fit.params.iloc[1], rel=1e-9)
    assert found.se == pytest.approx(fit.bse.iloc[1], rel=1e-9)
    assert (found.low, found.high) == pytest.approx(tuple(fit.conf_int().iloc[1]), rel=1e-9)
    assert found.p == pytest.approx(fit.pvalues.iloc[1], rel=1e-7)
    assert (found.df, found.n, found.n_reference, found.n_couples) == (39, 40, 39, 40)


def test_unadjusted_difference_is_that_of_the_means() -> None:
    table = couples()
    x = table["after"] - table["before"]
    means = x.groupby(table["role"]).mean()
    found = compare(table, adjusted=False)
    assert found.difference == pytest.approx(means["mother"] - means["father"], rel=1e-12)


def test_partners_compared_with_each_other_give_the_paired_difference() -> None:
    """With a mother and a father in every couple the variance is that of differences in couples."""
    table = couples()
    x = (table["after"] - table["before"]).to_numpy().reshape(-1, 2)
    within = x[:, 0] - x[:, 1]
    n, g = x.size, len(x)
    expected = within.std(ddof=1) / np.sqrt(g) * np.sqrt((n - 1) / (n - 2))
    assert compare(table, adjusted=False).se == pytest.approx(expected, rel=1e-10)


def test_without_couples_it_is_close_to_the_t_test_of_two_groups() -> None:
    from scipy import stats

    table = couples(400).assign(cluster=np.arange(800))
    x = table["after"] - table["before"]
    test = stats.ttest_ind(x[table["role"] == "mother"], x[table["role"] == "father"])
    found = compare(table, adjusted=False)
    assert found.difference / found.se == pytest.approx(test.statistic, rel=5e-3)


def test_adjusting_takes_away_what_comes_from_starting_worse() -> None:
    """Groups differ in nothing but their start, and everybody drifts half way to 50."""
    before = np.concatenate([np.arange(20.0, 60.0), np.arange(40.0, 80.0)])
    noise = np.tile([1.0, -1.0, -1.0, 1.0], 20)  # no part of it follows the start
    table = pd.DataFrame(
        {
            "before": before,
            "after": before + (50 - before) / 2 + noise,
            "cluster": np.arange(80),
            "role": ["mother"] * 40 + ["father"] * 40,
        }
    )
    assert compare(table, adjusted=False).difference == pytest.approx(10)
    assert compare(table, adjusted=True).difference == pytest.approx(0, abs=1e-9)


# --- identities ----------------------------------------------------------------------------

drawn = st.integers(0, 10_000)
both = pytest.mark.parametrize("adjusted", [False, True])


@both
@given(drawn)
def test_exchanging_the_groups_changes_the_sign(adjusted: bool, seed: int) -> None:
    table = couples(seed=seed)
    other = table.assign(role=table["role"].map({"mother": "father", "father": "mother"}))
    there, back = compare(table, adjusted=adjusted), compare(other, adjusted=adjusted)
    assert back.difference == pytest.approx(-there.difference)
    assert (back.low, back.high) == pytest.approx((-there.high, -there.low))
    assert (back.se, back.p) == pytest.approx((there.se, there.p))


@both
@given(drawn, st.integers(-500, 500))
def test_a_shift_of_all_scores_changes_nothing(adjusted: bool, seed: int, shift: int) -> None:
    table = couples(seed=seed)
    moved = table.assign(before=table["before"] + shift, after=table["after"] + shift)
    np.testing.assert_allclose(
        numbers(compare(moved, adjusted=adjusted)),
        numbers(compare(table, adjusted=adjusted)),
        rtol=1e-7,
        atol=1e-12,
    )


@both
@given(drawn, st.integers(-9, 9))
def test_what_one_group_gains_is_added_to_the_difference(
    adjusted: bool, seed: int, gain: int
) -> None:
    table = couples(seed=seed)
    more = table.assign(after=table["after"] + gain * (table["role"] == "mother"))
    one, other = compare(table, adjusted=adjusted), compare(more, adjusted=adjusted)
    assert other.difference == pytest.approx(one.difference + gain)
    assert other.se == pytest.approx(one.se)


@both
@given(drawn, st.sampled_from([0.1, 3.0, 40.0]))
def test_another_unit_scales_points_and_leaves_p(adjusted: bool, seed: int, unit: float) -> None:
    table = couples(seed=seed)
    scaled = table.assign(before=table["before"] * unit, after=table["after"] * unit)
    one, other = compare(table, adjusted=adjusted), compare(scaled, adjusted=adjusted)
    np.testing.assert_allclose(numbers(other)[:4], unit * numbers(one)[:4], rtol=1e-8, atol=1e-10)
    assert other.p == pytest.approx(one.p)


@both
@given(drawn)
def test_a_scale_turned_round_says_the_same(adjusted: bool, seed: int) -> None:
    table = couples(seed=seed)
    turned = table.assign(before=-table["before"], after=-table["after"])
    np.testing.assert_allclose(
        numbers(compare(turned, adjusted=adjusted, better="lower")),
        numbers(compare(table, adjusted=adjusted)),
        rtol=1e-9,
        atol=1e-13,
    )


@both
@given(drawn)
def test_duplicating_everybody_within_the_couple_leaves_the_spread(
    adjusted: bool, seed: int
) -> None:
    """Twice the rows, no more couples: only the factor for estimated means moves."""
    table = couples(seed=seed)
    n, p = len(table), 3 if adjusted else 2
    one, two = compare(table, adjusted=adjusted), compare(pd.concat([table] * 2), adjusted=adjusted)
    assert two.difference == pytest.approx(one.difference)
    factor = np.sqrt((2 * n - 1) / (2 * n - p) / ((n - 1) / (n - p)))
    assert two.se == pytest.approx(one.se * factor)
    assert two.df == one.df


@given(drawn)
def test_order_and_names_of_couples_do_not_matter(seed: int) -> None:
    table = couples(seed=seed)
    other = table.sample(frac=1, random_state=seed).assign(
        cluster=lambda rows: "c" + rows["cluster"].astype(str)
    )
    np.testing.assert_allclose(
        numbers(compare(other, adjusted=True)), numbers(compare(table, adjusted=True)), rtol=1e-9
    )


def test_the_mean_alone_has_the_clustered_standard_error() -> None:
    """A group made of mirrored persons around 0: the other coefficient is known to be 0."""
    table = couples()
    x = (table["after"] - table["before"]).to_numpy()
    mirrored = pd.DataFrame(
        {
            "before": 0.0,
            "after": np.concatenate([x, np.full(x.size, x.mean())]),
            "cluster": np.concatenate([table["cluster"], 1000 + np.arange(x.size)]),
            "role": ["mother"] * x.size + ["father"] * x.size,
        }
    )
    found = compare(mirrored, adjusted=False)
    n, g = 2 * x.size, 40 + x.size
    own = clustered_se(x - x.mean(), table["cluster"]) / np.sqrt(40 / 39)
    assert found.se == pytest.approx(own * np.sqrt(g / (g - 1) * (n - 1) / (n - 2)), rel=1e-9)


# --- edges ---------------------------------------------------------------------------------


def test_fewer_than_twenty_in_a_group_give_no_difference() -> None:
    table = couples(20)
    assert compare(table, adjusted=True).reason == ""
    found = compare(table.iloc[:-1], adjusted=True)  # 20 mothers, 19 fathers
    assert (found.n, found.n_reference, found.reason) == (20, 19, "FEW_IN_LEVEL")
    assert np.isnan(numbers(found)).all()


@pytest.mark.parametrize(
    ("change", "adjusted", "reason"),
    [
        ({"cluster": 1}, False, "G1"),
        ({"before": 50.0}, True, "SD0"),
        ({"before": 50.0, "after": 53.0}, False, "SE0"),
    ],
)
def test_undefined_differences_say_why(change: dict, adjusted: bool, reason: str) -> None:
    found = compare(couples().assign(**change), adjusted=adjusted)
    assert found.reason == reason
    assert np.isnan([found.se, found.low, found.p]).all()


def test_a_scale_without_direction_has_no_difference() -> None:
    assert compare(couples(), adjusted=False, better="neither").reason == "NO_DIRECTION"


@pytest.mark.parametrize(
    ("change", "given"),
    [
        ({"before": np.nan}, {}),
        ({"cluster": ""}, {}),
        ({}, {"better": "up"}),
        ({}, {"level": 95}),
        ({}, {"least": 1}),
    ],
)
def test_mistakes_are_refused(change: dict, given: dict) -> None:
    with pytest.raises(ValueError):
        compare(couples().assign(**change), adjusted=False, **given)


# --- tables --------------------------------------------------------------------------------


def three_levels() -> pd.DataFrame:
    table = couples(60, seed=7)
    income = np.array(["yes"] * 70 + ["no"] * 40 + ["refused"] * 5 + [""] * 5)
    return table.assign(low_income=income)


def test_levels_are_the_paired_effects_of_their_people() -> None:
    table = three_levels()
    found = subgroup_levels(table, ["role", "low_income"], better="higher")
    assert tuple(found.columns) == LEVEL_COLUMNS
    assert found["level"].tolist() == ["father", "mother", "yes", "no", "refused"]
    assert found["n"].tolist() == [60, 60, 70, 40, 5]  # blanks are in no level
    row = found.iloc[2]
    people = table[table["low_income"] == "yes"]
    effect = dataclasses.asdict(
        paired_effect(people["before"], people["after"], people["cluster"], better="higher")
    )
    for name in LEVEL_COLUMNS[2:]:
        assert row[name] == effect[name]


@pytest.mark.parametrize(
    ("n", "has_mean", "has_interval"), [(2, False, False), (3, True, False), (9, True, False),
                                        (10, True, True)]
)  # fmt: skip
def test_small_levels_show_only_what_they_can_carry(
    n: int, has_mean: bool, has_interval: bool
) -> None:
    table = couples().iloc[:n].assign(role="mother")
    row = subgroup_levels(table, ["role"], better="higher").iloc[0]
    assert row["n"] == n
    assert np.isfinite(row["improvement"]) == has_mean
    assert np.isfinite([row["improvement_low"], row["g_pre"]]).all() == has_interval
    assert ("FEW_FOR_INTERVAL" in row["reason"]) == (not has_interval)


def test_every_level_is_compared_with_the_largest() -> None:
    table = three_levels()
    found = subgroup_differences(table, ["role", "low_income"], better="higher")
    assert tuple(found.columns) == DIFFERENCE_COLUMNS
    assert found[["level", "reference"]].drop_duplicates().to_numpy().tolist() == [
        ["mother", "father"], ["no", "yes"], ["refused", "yes"],
    ]  # fmt: skip
    assert found["adjusted"].tolist() == [False, True] * 3
    assert found["reason"].tolist() == [""] * 4 + ["FEW_IN_LEVEL"] * 2
    two = table[table["low_income"].isin(["yes", "no"])]
    expected = compare_improvement(
        two["before"], two["after"], two["cluster"], two["low_income"] == "no",
        better="higher", adjusted=True,
    )  # fmt: skip
    for name in NUMBERS:
        assert found.iloc[3][name] == pytest.approx(getattr(expected, name))


def test_new_names_of_the_levels_change_nothing_else() -> None:
    table = three_levels()
    names = {"yes": "A", "no": "B", "refused": "C", "": ""}
    renamed = table.assign(low_income=table["low_income"].map(names))
    for make in (subgroup_levels, subgroup_differences):
        one = make(table, ["low_income"], better="higher").drop(columns=["level"])
        other = make(renamed, ["low_income"], better="higher").drop(columns=["level"])
        keep = [name for name in one.columns if name != "reference"]
        pd.testing.assert_frame_equal(one[keep], other[keep])


def test_one_level_or_nobody_gives_no_difference() -> None:
    table = couples().assign(role="mother")
    assert subgroup_differences(table, ["role"], better="higher").empty
    assert subgroup_levels(table.iloc[:0], ["role"], better="higher").empty
    assert subgroup_differences(table.iloc[:0], ["role"], better="higher").empty


def test_a_missing_column_is_named() -> None:
    with pytest.raises(ValueError, match="'age_band'"):
        subgroup_levels(couples(), ["age_band"], better="higher")


def test_traits_that_follow_from_the_pairs() -> None:
    people = pd.DataFrame({"before": [4.0, 9, 15, 20], "couple": ["", "C1", None, "C1"]})
    found = add_traits(people, better="lower", cutoff=10.0)
    less, more = "less severe at the start", "more severe at the start"
    assert found["severity"].tolist() == [less, less, more, more]
    assert found["partner"].tolist() == ["alone", "in a couple", "alone", "in a couple"]
    assert add_traits(people, better="neither")["severity"].tolist() == [""] * 4
