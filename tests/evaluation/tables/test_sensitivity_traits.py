"""Role, characteristics and sessions as numbers: which levels count, and when they are too many."""

from __future__ import annotations

import numpy as np
import pandas as pd

from evaluation.tables.sensitivity_traits import GROUPINGS, Traits


def traits(n: int, **columns: list) -> np.ndarray:
    """The columns of n people of one site."""
    people = pd.DataFrame({"site": "Luton", "participant": [f"P{k}" for k in range(n)]})
    blank = {name: [""] * n for name in GROUPINGS} | {"sessions_attended": [np.nan] * n}
    known = pd.DataFrame(blank | columns)
    known = known.astype(object).set_index(pd.MultiIndex.from_frame(people))
    return Traits.of(people, known).columns()


def test_a_column_for_each_level_but_the_commonest() -> None:
    found = traits(40, intervention=["a"] * 10 + ["b"] * 20 + ["c"] * 10)
    assert found.shape == (40, 2)
    assert found.T.tolist() == [[1] * 10 + [0] * 30, [0] * 30 + [1] * 10]


def test_rare_levels_and_what_is_the_same_for_all_are_left_out() -> None:
    assert traits(40, intervention=["a"] * 36 + ["b"] * 4).shape == (40, 0)
    assert traits(40, intervention=["a"] * 35 + ["b"] * 5).shape == (40, 1)
    assert traits(40, gender=["female"] * 40).shape == (40, 0)
    # Not known is a level like any other; blanks around a text mean nothing.
    assert traits(40, gender=["female"] * 30 + [""] * 10).shape == (40, 1)
    assert traits(40, gender=["female", " female "] * 20).shape == (40, 0)


def test_one_column_for_twenty_people_at_most() -> None:
    three = ["a"] * 14 + ["b"] * 13 + ["c"] * 12
    two = ["x", "y", "y"] * 13
    assert traits(39, age_band=three).shape == (39, 0)
    assert traits(40, age_band=[*three, "a"]).shape == (40, 2)
    # The characteristic that fits is used although one before it does not fit.
    found = traits(39, age_band=three, intervention=two)
    assert found.T.tolist() == [[1, 0, 0] * 13]
    assert traits(20, role=["mother"] * 8 + ["father"] * 7 + ["carer"] * 5).shape == (20, 2)


def test_many_levels_are_cut_to_the_commonest() -> None:
    levels = [name for n, name in enumerate("abcdefgh") for _ in range(40 - n)]
    found = traits(len(levels), intervention=levels)
    assert found.sum(axis=0).tolist() == [39, 38, 37, 36]


def test_sessions() -> None:
    half = [4.0] * 10 + [8.0] * 10 + [np.nan] * 20
    assert traits(40, sessions_attended=half)[:, 0].tolist() == [4] * 10 + [8] * 10 + [6] * 20
    assert traits(40, sessions_attended=[4.0] * 19 + [np.nan] * 21).shape == (40, 0)


def test_nobody_and_one() -> None:
    assert traits(0).shape == (0, 0)
    assert traits(1, gender=["female"]).shape == (1, 0)
