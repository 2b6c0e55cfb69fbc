"""The whole way for programmes that are easily forgotten: every table, with and without release."""

from __future__ import annotations

import datetime as dt
from functools import cache

import pandas as pd
import pytest

from evaluation.config import Settings
from evaluation.disclosure import SUPPRESSED
from evaluation.programme import Results, analyse
from evaluation.report.reasons import REASONS
from evaluation.report.result_tables import RESULT_TABLES, made_tables, one_table
from tests.evaluation.tables.followed_up import LATELY, LOCK, LONG_AGO, People, dataset, singles

pytestmark = pytest.mark.filterwarnings("error::RuntimeWarning")
ALL_THREE = {"baseline": 15, "end": 9, "3m": 8}


def couples(n: int, *, leavers: int) -> People:
    """Couples whose first ``leavers`` have one partner who does not come back."""
    made: People = {}
    for number in range(n):
        for role in ("mother", "father"):
            scores: dict[str, float] = {"baseline": 14 + number % 5}
            if number >= leavers or role == "mother":
                scores["end"] = 9 + number % 3
            made[f"C{number:02}{role[0].upper()}"] = (f"C{number:02}", role, LONG_AGO, scores)
    return made


def backwards() -> People:
    """Support that ended on a day before it began, beside people of whom all is known."""
    return singles(12, back=8) | {"W1": ("", "father", "2016-06-01", {"baseline": 12, "end": 8})}


PROGRAMMES: dict[str, tuple[People, dt.date]] = {
    "nobody_due": (singles(12, back=0, ended=LATELY), LOCK),
    "nobody_back": (singles(12, back=0), LOCK),
    "everybody_back": (singles(12, back=12), LOCK),
    "one_person": ({"P1": ("", "mother", LONG_AGO, ALL_THREE)}, LOCK),
    "one_person_lost": ({"P1": ("", "mother", LONG_AGO, {"baseline": 15})}, LOCK),
    "end_before_start": (backwards(), LOCK),
    "lock_before_start": (singles(12, back=8), dt.date(2016, 1, 1)),
    "one_leaver_each": (couples(12, leavers=5), LOCK),
    "one_couple": (couples(1, leavers=1), LOCK),
    "all_equal": (
        {f"P{n}": ("", "mother", LONG_AGO, {"baseline": 15, "end": 15}) for n in range(11)}, LOCK,
    ),
}  # fmt: skip


@pytest.fixture(scope="module", params=PROGRAMMES)
def programme(request: pytest.FixtureRequest) -> Results:
    return made(request.param)


CHECKED = {"effects": "g_pre", "sensitivity": "estimate", "lost_vs_kept": "smd"}


def test_every_empty_estimate_has_its_reason(programme: Results) -> None:
    for name, estimate in CHECKED.items():
        table = one_table(programme, name, released=False)
        if len(table):
            empty = table[table[estimate].isna()]
            assert (empty["reason"].fillna("") != "").all(), name
            codes = {code for text in table["reason"].fillna("") for code in text.split(";")}
            assert codes - {""} <= REASONS.keys(), name


def test_every_table_can_be_released(programme: Results) -> None:
    for name, table in made_tables(programme, released=True).items():
        if name != "formulas":
            assert set(table.columns) & {"site", "instrument"}, name


@pytest.mark.parametrize("name", ["one_person", "one_leaver_each"])
def test_one_site_alone_has_every_table_that_is_not_across_sites(name: str) -> None:
    tables = made_tables(made(name), released=False, sites=["Luton"])
    assert set(tables) <= {table.name for table in RESULT_TABLES}
    about_sites = [table for name, table in tables.items() if name != "formulas"]
    assert all(set(table["site"]) <= {"Luton"} for table in about_sites)


def step(results: Results, name: str, unit: str = "person") -> pd.Series:
    table = results.attrition
    mine = (table["site"] == "Luton") & (table["unit"] == unit) & (table["step"] == name)
    return table[mine].iloc[0]


@cache
def made(name: str) -> Results:
    people, lock = PROGRAMMES[name]
    return analyse(dataset(people), Settings(), data_lock=lock)


def test_what_the_cascade_says_of_each() -> None:
    waiting = step(made("nobody_due"), "3m")
    assert (waiting["not_yet_due"], waiting["missed"], waiting["reason"]) == (12, 0, "NOT_YET_DUE")
    assert pd.isna(waiting["rate"])
    nobody = step(made("nobody_back"), "end")
    assert (nobody["done"], nobody["missed"], nobody["rate"]) == (0, 12, 0.0)
    assert nobody["low"] == 0.0 < nobody["high"] < 0.3  # Wilson, 0 of 12
    everybody = step(made("everybody_back"), "end")
    assert (everybody["done"], everybody["rate"], everybody["high"]) == (12, 1.0, 1.0)
    leavers = made("one_leaver_each")
    assert step(leavers, "end")["done"] == 19
    assert step(leavers, "end", "couple")["done"] == 12
    assert step(leavers, "end", "couple_both")["done"] == 7


def test_before_the_programme_began_nothing_is_known() -> None:
    early = made("lock_before_start")
    assert early.scores.empty
    assert step(early, "baseline")["done"] == 0
    assert step(early, "end")["missed"] == 0


def test_an_end_before_the_start_is_marked_and_counted_once() -> None:
    results = made("end_before_start")
    wrong = results.states[results.states["participant"] == "W1"]
    assert wrong["end_before_start"].all()
    assert step(results, "end")["done"] == 9


def test_where_nobody_was_lost_every_way_agrees_with_those_who_came_back() -> None:
    rows = one_table(made("everybody_back"), "sensitivity", released=False)
    rows = rows[(rows["site"] == "Luton") & (rows["contrast"] == "baseline_end")]
    known = rows[rows["estimate"].notna()].set_index("method")["estimate"]
    for method in ("completers", "bocf", "worst", "best"):
        assert known[method] == pytest.approx(known["completers"])


def test_where_nobody_came_back_the_bounds_are_those_of_the_scale() -> None:
    rows = one_table(made("nobody_back"), "sensitivity", released=False)
    rows = rows[(rows["site"] == "Luton") & (rows["contrast"] == "baseline_end")]
    known = rows.set_index("method")
    assert pd.isna(known.loc["completers", "estimate"])
    start = sum(15 + number % 5 for number in range(12)) / 12
    # PHQ-9 runs from 0 to 27, and lower is better.
    if known["estimate"].notna().any():
        assert known.loc["best", "estimate"] == pytest.approx(start)
        assert known.loc["worst", "estimate"] == pytest.approx(start - 27)


def test_a_release_of_one_person_holds_no_number_of_theirs() -> None:
    effects = one_table(made("one_person"), "effects", released=True)
    used = effects[effects["reason"] == SUPPRESSED]
    assert len(used)
    assert used[["improvement", "g_pre", "mean_before"]].isna().all(axis=None)
