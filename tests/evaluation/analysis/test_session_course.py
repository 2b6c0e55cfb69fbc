"""Questionnaires at every session: means, each person's change, the slope of all scores."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from evaluation.analysis.intervals import critical_t
from evaluation.analysis.session_course import first_to_last, session_means, slope_per_session

pytestmark = pytest.mark.filterwarnings("error")

# Two couples and a person alone; the second person of couple x comes once, z misses session 2.
PERSON = ["a", "a", "a", "b", "c", "c", "d", "d", "d", "z", "z"]
COUPLE = ["x", "x", "x", "x", "y", "y", "y", "y", "y", "z", "z"]
SESSION = [1, 2, 3, 1, 1, 2, 1, 2, 3, 1, 3]
SCORE = [20.0, 14.0, 8.0, 12.0, 10.0, 10.0, 16.0, 18.0, 13.0, 9.0, 7.0]


def test_means_and_numbers_by_hand() -> None:
    found = session_means(PERSON, SESSION, SCORE, COUPLE)
    assert [(row.session_number, row.n, row.n_couples) for row in found] == [
        (1, 5, 3), (2, 3, 2), (3, 3, 3),
    ]  # fmt: skip
    assert [row.mean for row in found] == pytest.approx([67 / 5, 42 / 3, 28 / 3])
    # Session 2: a, c and d, who began with 20, 10 and 16; session 3: a, d and z.
    assert [row.mean_at_first for row in found] == pytest.approx([67 / 5, 46 / 3, 45 / 3])


def test_interval_knows_the_couples() -> None:
    second = session_means(PERSON, SESSION, SCORE, COUPLE)[1]
    # Around 14: a 0, c -4, d 4; the couple of c and d balances, and so does that of a.
    assert (second.reason, np.isnan(second.low)) == ("SE0", True)
    third = session_means(PERSON, SESSION, SCORE, COUPLE)[2]
    apart = np.array([8.0, 13.0, 7.0]) - 28 / 3
    se = np.sqrt(3 / 2 * (apart**2).sum()) / 3
    reach = stats.t.ppf(0.975, 2) * se
    assert (third.low, third.high) == pytest.approx((28 / 3 - reach, 28 / 3 + reach))


def test_change_of_each_person_from_first_to_last() -> None:
    found = first_to_last(PERSON, SESSION, SCORE, COUPLE, better="lower")
    x = np.array([12.0, 0.0, 3.0, 2.0])  # a, c, d, z; b came once
    assert (found.n, found.n_couples, found.n_scores) == (4, 3, 10)
    assert found.improvement == pytest.approx(x.mean())
    totals = np.array([7.75, -4.25 - 1.25, -2.25])
    assert found.se == pytest.approx(np.sqrt(3 / 2 * (totals**2).sum()) / 4)
    turned = first_to_last(PERSON, SESSION, SCORE, COUPLE, better="higher")
    assert turned.improvement == -found.improvement
    assert (turned.low, turned.high) == pytest.approx((-found.high, -found.low))


def test_order_of_the_rows_does_not_matter() -> None:
    order = np.random.default_rng(1).permutation(len(PERSON))
    mixed = [np.array(column, dtype=object)[order] for column in (PERSON, COUPLE)]
    numbers = [np.array(column)[order] for column in (SESSION, SCORE)]
    person, couple = (column.tolist() for column in mixed)
    again = first_to_last(person, *numbers, couple, better="lower")
    known = first_to_last(PERSON, SESSION, SCORE, COUPLE, better="lower")
    assert (again.improvement, again.se) == pytest.approx((known.improvement, known.se))


def test_slope_of_complete_data_is_the_mean_of_the_persons_own_slopes() -> None:
    rng = np.random.default_rng(4)
    n, times = 12, np.arange(1.0, 6.0)
    level = rng.normal(15, 4, (n, 1))
    y = level - 0.8 * times + rng.normal(0, 1.5, (n, 5))
    person = np.repeat(np.arange(n), 5)
    found = slope_per_session(person, np.tile(times, n), y.ravel(), person, better="lower")
    centred = times - 3
    own = y @ centred / (centred @ centred)
    # Within persons: n + 1 parameters are spent, so the residual variance has 5n - n - 1 df.
    rest = y - y.mean(axis=1, keepdims=True) - own.mean() * centred
    variance = (rest**2).sum() / (5 * n - n - 1)
    se = np.sqrt(variance / (n * (centred @ centred)))
    assert found.improvement == pytest.approx(-own.mean(), rel=1e-7)
    assert found.se == pytest.approx(se, rel=1e-5)
    reach = critical_t(n - 1) * se
    assert (found.low, found.high) == pytest.approx(
        (-own.mean() - reach, -own.mean() + reach), rel=1e-5
    )
    assert (found.n, found.n_couples, found.n_scores) == (n, n, 5 * n)


def test_those_who_leave_do_not_bend_the_slope() -> None:
    """Nobody changes, the worst leave: the means rise, each person's change and the slope stay."""
    rng = np.random.default_rng(7)
    level = rng.normal(20, 6, 60)
    stays = 1 + (np.argsort(np.argsort(-level)) * 6) // 60  # the higher, the sooner they leave
    person = np.repeat(np.arange(60), stays)
    session = np.concatenate([np.arange(1, s + 1) for s in stays])
    score = level[person] + rng.normal(0, 1, person.size)
    means = session_means(person, session, score, person)
    assert means[-1].mean < means[0].mean - 5
    assert abs(means[-1].mean - means[-1].mean_at_first) < 1.5
    slope = slope_per_session(person, session, score, person, better="lower")
    assert slope.low < 0 < slope.high and abs(slope.improvement) < 0.3
    assert abs(first_to_last(person, session, score, person, better="lower").improvement) < 0.5


@pytest.mark.parametrize(
    ("person", "session", "score", "couple", "reasons"),
    [
        ([], [], [], [], ("", "N0", "N0")),
        ([0], [1], [5], [0], ("N1", "N0", "RANK_X")),
        ([0, 0], [1, 2], [5, 3], [0, 0], ("N1", "N1", "G1")),
        ([0, 1], [1, 1], [5, 3], [0, 0], ("G1", "N0", "RANK_X")),
        ([0, 1], [1, 1], [5, 5], [0, 1], ("SD0", "N0", "RANK_X")),
        ([0, 0, 1, 1], [1, 2, 1, 2], [5, 3, 4, 2], [0, 0, 1, 1], ("", "SD0", "SD0")),
    ],
)
def test_where_nothing_can_be_said_there_is_a_reason(
    person, session, score, couple, reasons
) -> None:
    columns = [np.array(column, dtype=float) for column in (session, score)]
    person, couple = np.array(person, dtype=int), np.array(couple, dtype=int)
    means = session_means(person, *columns, couple)
    change = first_to_last(person, *columns, couple, better="lower")
    slope = slope_per_session(person, *columns, couple, better="lower")
    found = (means[0].reason if means else "", change.reason, slope.reason)
    assert found == reasons
    for result in (change, slope):
        assert np.isnan(result.low) == (result.reason != "")


def test_a_scale_without_a_better_direction_has_means_only() -> None:
    found = first_to_last(PERSON, SESSION, SCORE, COUPLE, better="neither")
    assert (found.reason, found.n) == ("NO_DIRECTION", 4)
    assert np.isnan(found.improvement)
    slope = slope_per_session(PERSON, SESSION, SCORE, COUPLE, better="neither")
    assert (slope.reason, slope.n_scores) == ("NO_DIRECTION", 11)


def test_mistakes_are_named() -> None:
    with pytest.raises(ValueError, match="two scores at one session"):
        session_means(["a", "a"], [1, 1], [2, 3], ["x", "x"])
    with pytest.raises(ValueError, match="two couples"):
        session_means(["a", "a"], [1, 2], [2, 3], ["x", "y"])
    with pytest.raises(ValueError, match="finite"):
        session_means(["a"], [1], [np.nan], ["x"])
    with pytest.raises(ValueError, match="better='up'"):
        first_to_last(["a"], [1], [2.0], ["x"], better="up")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="level=95"):
        slope_per_session(["a"], [1], [2.0], ["x"], better="lower", level=95)
