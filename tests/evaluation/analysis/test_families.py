"""Families of p values in tables: who is adjusted together, worked out by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from evaluation.analysis.families import add_holm, add_q_values

pytestmark = pytest.mark.filterwarnings("error")
nan = float("nan")


def test_q_values_stay_within_their_family() -> None:
    table = pd.DataFrame(
        {
            "site": ["Luton", "Essex", "Luton", "Essex", "Luton"],
            "p": [0.01, 0.5, 0.03, nan, 0.04],
        },
        index=[7, 7, 3, 1, 0],
    )
    found = add_q_values(table, family=["site"])
    assert found["q"].tolist()[::2] == pytest.approx([0.03, 0.04, 0.04])
    assert found["q"].iloc[1] == 0.5
    assert np.isnan(found["q"].iloc[3])
    assert found["n_family"].tolist() == [3, 1, 3, 1, 3]
    assert found.index.tolist() == table.index.tolist()
    assert "q" not in table


def test_without_family_columns_everything_is_one_family() -> None:
    found = add_q_values(pd.DataFrame({"p": [0.02, 0.01]}), family=[])
    assert found["q"].tolist() == [0.02, 0.02]


def test_the_primary_measure_is_left_alone_and_does_not_count() -> None:
    table = pd.DataFrame(
        {"site": ["A", "A", "A", "B", "B"], "p_cluster": [0.02, 0.04, 0.03, 0.02, 0.6]},
        index=[9, 8, 7, 6, 5],
    )
    found = add_holm(table, family=["site"], primary=[False, True, False, True, False])
    assert found["p_holm"].tolist() == pytest.approx([0.04, 0.04, 0.04, 0.02, 0.6])
    assert found["n_family"].tolist() == [2, 1, 2, 1, 1]
    assert found.index.tolist() == [9, 8, 7, 6, 5]


@pytest.mark.parametrize("primary", [[True, True], [False, False]])
def test_nothing_but_primary_or_no_primary(primary: list[bool]) -> None:
    found = add_holm(pd.DataFrame({"p_cluster": [0.02, 0.03]}), family=[], primary=primary)
    assert found["p_holm"].tolist() == ([0.02, 0.03] if primary[0] else [0.04, 0.04])


def test_an_empty_table_stays_empty() -> None:
    table = pd.DataFrame({"site": pd.Series(dtype=object), "p": pd.Series(dtype=float)})
    assert add_q_values(table, family=["site"]).empty
    assert add_holm(table, family=["site"], primary=[], p="p").empty


def test_mistakes_are_refused() -> None:
    table = pd.DataFrame({"p": [0.1]})
    with pytest.raises(ValueError, match="'site'"):
        add_q_values(table, family=["site"])
    with pytest.raises(ValueError, match="primary"):
        add_holm(table, family=[], primary=[True, False], p="p")
