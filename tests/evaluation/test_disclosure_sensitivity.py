"""What may leave of the ways to allow for those who were lost."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from evaluation.config import DisclosureRule
from evaluation.disclosure.cells import SUPPRESSED
from evaluation.disclosure.sensitivity import release_sensitivity
from evaluation.tables.sensitivity import METHODS, SENSITIVITY_COLUMNS, sensitivity_table
from tests.evaluation.tables.synthetic_programme import programme

RULE = DisclosureRule()
EXACT = ("se", "df", "fmi", "m", "max_weight", "n_effective")
KEYS = {"instrument": "phq9", "scale": "total", "contrast": "baseline_end"}


def site(name: str, kept: int, lost: int, *, couples: tuple[int, int] | None = None) -> list[dict]:
    kept_couples, lost_couples = couples or (kept, lost)
    counts = {
        "n": kept + lost, "n_couples": max(kept_couples, lost_couples), "n_completers": kept,
        "n_completer_couples": kept_couples, "n_lost": lost, "n_lost_couples": lost_couples,
        "n_waiting": 3, "n_not_asked": 0, "share_lost": lost / max(kept + lost, 1), "reason": "",
    }  # fmt: skip
    numbers = dict.fromkeys(SENSITIVITY_COLUMNS, 1.23456)
    return [numbers | KEYS | {"site": name, "method": method} | counts for method in METHODS]


def effects(*rows: dict) -> pd.DataFrame:
    cells = [
        KEYS | {"site": row["site"], "subgroup": "", "n": row["n_completers"],
                "n_couples": row["n_completer_couples"], "n_excluded": row["n_lost"]}
        for row in rows if row["method"] == "completers"
    ]  # fmt: skip
    return pd.DataFrame(cells)


def released(*sites: list[dict]) -> pd.DataFrame:
    rows = [row for one in sites for row in one]
    table = pd.DataFrame(rows, columns=list(SENSITIVITY_COLUMNS)).astype({"reason": object})
    return release_sensitivity(table, effects(*rows), RULE)


def test_counts_are_rounded_and_what_gives_them_away_is_left_out() -> None:
    table = released(site("Luton", 52, 48))
    row = table.iloc[3]
    assert [row[name] for name in ("n", "n_completers", "n_lost")] == [100, 50, 50]
    assert pd.isna(row["n_waiting"])
    assert (row["n_not_asked"], row["share_lost"], row["estimate"]) == (0, 0.5, 1.2)
    # What divides by the share lost: 0.48 of it was meant, 0.5 is shown.
    assert (row["tipping_points"], row["low"], row["note"]) == (1.2, 1.2, 1.23456)
    assert table[list(EXACT)].isna().all().all()
    assert (table["reason"] == "").all()


@pytest.mark.parametrize(
    ("kept", "lost", "couples"),
    [(9, 30, None), (30, 9, None), (30, 1, None), (30, 30, (9, 30)), (30, 30, (30, 9))],
)
def test_few_who_came_back_or_were_lost_hide_the_whole_strip(kept, lost, couples) -> None:
    table = released(site("Luton", kept, lost, couples=couples))
    assert (table["reason"] == SUPPRESSED).all()
    values = [name for name in table if name not in (*KEYS, "site", "method", "reason")]
    assert table[values].isna().all().all()


def test_enough_on_both_sides_is_shown() -> None:
    table = released(site("Luton", 10, 10))
    assert not (table["reason"] == SUPPRESSED).any()
    assert table["n_lost"].iloc[0] == 10


@pytest.mark.parametrize(("kept", "lost"), [(30, 0), (0, 30)])
def test_nobody_counts_as_few(kept: int, lost: int) -> None:
    """That everybody came back is a share of 100 %, which tells of each of them."""
    table = released(site("Luton", kept, lost))
    assert (table["reason"] == SUPPRESSED).all()


def test_all_sites_are_hidden_beside_a_single_hidden_one() -> None:
    table = released(site("ALL", 90, 60), site("Luton", 30, 9), site("Essex", 60, 51))
    hidden = table[table["reason"] == SUPPRESSED]["site"].unique()
    assert set(hidden) == {"ALL", "Luton"}
    two = released(site("ALL", 90, 60), site("Luton", 30, 9), site("Essex", 60, 5))
    assert set(two[two["reason"] == SUPPRESSED]["site"]) == {"Luton", "Essex"}


def test_of_the_synthetic_programme_nothing_exact_is_left() -> None:
    exact = sensitivity_table(programme(), measure="das_32.total", contrast="baseline_end")
    table = release_sensitivity(exact, programme().effects, RULE)
    assert list(table.columns) == list(SENSITIVITY_COLUMNS)
    shown = table["reason"] != SUPPRESSED
    assert 0 < shown.sum() < len(table)
    few = exact[["n_completers", "n_lost", "n_completer_couples", "n_lost_couples"]]
    assert not (few.gt(0) & few.lt(10)).loc[shown].any().any()
    assert table[list(EXACT)].isna().all().all()
    counts = pd.to_numeric(table.loc[shown, "n_lost"]).dropna()
    assert (counts % 5 == 0).all()
    estimates = pd.to_numeric(table.loc[shown, "estimate"]).dropna()
    assert np.allclose(estimates, estimates.round(2))


def test_an_empty_table_stays_empty() -> None:
    empty = pd.DataFrame(columns=list(SENSITIVITY_COLUMNS))
    assert release_sensitivity(empty, programme().effects, RULE).empty
