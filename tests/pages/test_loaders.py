"""Whom the functions behind the pages answer, and that a site's numbers are the whole's."""

from __future__ import annotations

import ast
import datetime as dt
import importlib
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pandas as pd
import pytest

from evaluation import access
from evaluation.access import AccessDenied
from evaluation.config import DATABASE_VARIABLE, Settings
from evaluation.programme import Results, analyse
from evaluation.report.result_tables import RESULT_TABLES, one_table
from evaluation.store.repository import Store
from pages.shell import loaders
from pages.shell.downloads import Stamp
from pages.shell.pictures import Place
from pages.shell.sign_in import acting_as
from tests.pages.signed_in import MARKS, ROOT, SCOPES, fill


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    address = f"sqlite:///{tmp_path_factory.mktemp('loaders') / 'store.db'}"
    fill(Store(address))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(DATABASE_VARIABLE, address)
        yield address


@pytest.fixture(scope="module")
def whole(url: str) -> Results:
    """The analysis of all sites, not by way of the pages."""
    return analyse(Store(url).load(), Settings())


@pytest.mark.parametrize("name", [table.name for table in RESULT_TABLES])
def test_a_table_of_a_site_is_its_part_of_the_whole(whole: Results, url: str, name: str):
    """Made for one site, made from its results alone, or cut out of the table of all: the same."""
    expected = rows_of_site(one_table(whole, name, released=False))
    with acting_as(SCOPES["S"]):
        mine = loaders.load_table(name, "Dorset")
        results = loaders.load_results()
    assert (name in NOT_HERE) == mine.empty
    assert len(mine) == len(expected) == len(rows_of_site(mine))
    assert_same(mine, expected)
    assert_same(one_table(results, name, released=False, sites={"Dorset"}), expected)


# Tables without a row in this programme, which has no costs and one questionnaire.
NOT_HERE = {"maintenance", "nhs_tt", "costs", "stand_ins"}
# The class of change by the rule of all sites together, which is worked out for all of them.
OF_ALL_SITES = ["change_class_all"]


def rows_of_site(table: pd.DataFrame) -> pd.DataFrame:
    return table[table["site"] == "Dorset"] if "site" in table else table


def assert_same(found: pd.DataFrame, expected: pd.DataFrame) -> None:
    found, expected = (
        table.drop(columns=OF_ALL_SITES, errors="ignore").reset_index(drop=True).astype(object)
        for table in (found, expected)
    )
    pd.testing.assert_frame_equal(found, expected, rtol=1e-12)


# --- what the pages ask -----------------------------------------------------------------------

PLACE = Place("Dorset", "phq9.total", "baseline_end")
OTHER = PLACE._replace(site="Gateshead")
CELL = ("phq9", "total")
STAMP = Stamp("a test", dt.datetime(2026, 11, 23), 1)

Case = tuple[str, str, str, tuple[Any, ...]]
CASES: tuple[Case, ...] = (
    # function, about what, whom it answers, what it is asked
    ("loaders.get_store", "", "LSTRrD", ()),
    ("loaders.current_settings", "", "LSTRrD", ()),
    ("loaders.reach_key", "", "LSTRrD", ()),
    ("loaders.is_synthetic", "", "LSTRrD", ()),
    ("loaders.once", "", "LSTRrD", (("a test",), dict)),
    ("loaders.load_results", "", "LSTRrD", ()),
    ("loaders.results_key", "all", "LR", ()),
    ("loaders.results_key", "own", "LST", ("Dorset",)),
    ("loaders.results_key", "other", "L", ("Gateshead",)),
    ("loaders.results_key", "no site", "L", ("",)),
    ("loaders.results_key", "report, own", "LSTRr", ("Dorset", access.REPORT_SITE)),
    ("loaders.results_key", "report, other", "LR", ("Gateshead", access.REPORT_SITE)),
    ("loaders.load_table", "all", "LR", ("effects", None)),
    ("loaders.load_table", "own", "LST", ("scores", "Dorset")),
    ("loaders.load_table", "other", "L", ("scores", "Gateshead")),
    ("loaders.load_sessions", "own", "LST", ("session_course", "Dorset", "phq9.total")),
    ("loaders.load_sessions", "other", "L", ("session_course", "Gateshead", "phq9.total")),
    ("loaders.load_sensitivity", "own", "LST", tuple(PLACE)),
    ("loaders.load_sensitivity", "other", "L", tuple(OTHER)),
    ("loaders.load_sites", "", "LR", ()),
    ("loaders.load_site_charts", "", "LR", (*CELL, "baseline_end")),
    ("loaders.load_groups", "", "LR", ()),
    ("loaders.load_start", "", "LR", CELL),
    ("loaders.load_export", "all", "LR", (None,)),
    ("loaders.load_export", "own", "LSTRr", ("Dorset",)),
    ("loaders.load_export", "other", "LR", ("Gateshead",)),
    ("loaders.load_since_last", "all", "LR", ("ALL",)),
    ("loaders.load_since_last", "own", "LSTRr", ("Dorset",)),
    ("loaders.load_since_last", "other", "LR", ("Gateshead",)),
    ("loaders.load_people_behind", "all", "LR", ("ALL",)),
    ("loaders.load_people_behind", "own", "LSTRr", ("Dorset",)),
    ("loaders.load_people_behind", "other", "LR", ("Gateshead",)),
    ("loaders.load_quality", "all", "LR", (None, "phq9", "baseline")),
    ("loaders.load_quality", "own", "LST", ("Dorset", "phq9", "baseline")),
    ("loaders.load_quality", "other", "L", ("Gateshead", "phq9", "baseline")),
    ("loaders.load_contradictions", "all", "LR", ("ALL",)),
    ("loaders.load_contradictions", "own", "LSTRr", ("Dorset",)),
    ("loaders.load_contradictions", "other", "LR", ("Gateshead",)),
    ("loaders.load_answers", "own", "LST", ("Dorset",)),
    ("loaders.load_answers", "other", "L", ("Gateshead",)),
    ("pictures.load_material", "own", "LST", (PLACE,)),
    ("pictures.load_material", "other", "L", (OTHER,)),
    ("pictures.load_picture", "own", "LST", ("before_after", PLACE)),
    ("pictures.load_picture", "other", "L", ("before_after", OTHER)),
    ("pictures.load_measures_picture", "own", "LST", (PLACE, ())),
    ("pictures.load_measures_picture", "other", "L", (OTHER, ())),
    ("pictures.load_follow_up_picture", "own", "LST", ("Dorset",)),
    ("pictures.load_follow_up_picture", "other", "L", ("Gateshead",)),
    ("pictures.load_sensitivity_picture", "own", "LST", (PLACE,)),
    ("pictures.load_sensitivity_picture", "other", "L", (OTHER,)),
    ("follow_up_pictures.load_flow", "all", "LR", ("ALL", "person")),
    ("follow_up_pictures.load_flow", "own", "LST", ("Dorset", "person")),
    ("follow_up_pictures.load_flow", "other", "L", ("Gateshead", "person")),
    ("follow_up_pictures.load_shares_picture", "all", "LR", ("ALL", "person")),
    ("follow_up_pictures.load_shares_picture", "own", "LST", ("Dorset", "person")),
    ("follow_up_pictures.load_shares_picture", "other", "L", ("Gateshead", "person")),
    ("follow_up_pictures.load_lost", "all", "LR", ("ALL",)),
    ("follow_up_pictures.load_lost", "own", "LST", ("Dorset",)),
    ("follow_up_pictures.load_lost", "other", "L", ("Gateshead",)),
    ("follow_up_pictures.count_unknown_ends", "own", "LST", ("Dorset",)),
    ("follow_up_pictures.count_unknown_ends", "other", "L", ("Gateshead",)),
    ("follow_up_pictures.follow_up_rows", "all", "LR", ("lost_vs_kept", "ALL")),
    ("follow_up_pictures.follow_up_rows", "own", "LST", ("lost_vs_kept", "Dorset")),
    ("follow_up_pictures.follow_up_rows", "other", "L", ("lost_vs_kept", "Gateshead")),
    ("reports.load_story", "all", "LR", ("ALL",)),
    ("reports.load_story", "own", "LSTRr", ("Dorset",)),
    ("reports.load_story", "other", "LR", ("Gateshead",)),
    ("reports.word_of", "other", "LR", ("Gateshead", STAMP)),
    ("reports.html_of", "other", "LR", ("Gateshead", STAMP)),
    ("downloads.workbook_of", "own", "LSTRr", ("Dorset", STAMP)),
    ("downloads.workbook_of", "other", "LR", ("Gateshead", STAMP)),
    ("downloads.tables_of_all", "", "LR", (STAMP,)),
)
# Public functions that ask nothing: a key was checked before it was given out, and tables or
# results are those that somebody has already.
ASK_NOTHING = {
    "loaders.results_of", "pictures.cascade_of", "pictures.change_row", "pictures.drawn_changes",
    "to_do.load_to_do", "sample.load_sample",
}  # fmt: skip
ALL_OF_THEM = ("loaders", "pictures", "follow_up_pictures", "reports")


def test_every_public_function_has_its_row():
    """Of the modules that load, every function; of the others, whatever is called ``load_...``."""
    public = set()
    for path in (ROOT / "pages" / "shell").glob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        names = [node.name for node in tree.body if isinstance(node, ast.FunctionDef)]
        public |= {
            f"{path.stem}.{name}" for name in names
            if not name.startswith("_")
            and (path.stem in ALL_OF_THEM or name.startswith("load_"))
        }  # fmt: skip
    assert public - ASK_NOTHING == {case[0] for case in CASES if "downloads" not in case[0]}


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case[0]} {case[1]}".strip())
def test_whom_the_loaders_answer(url: str, case: Case):
    name, _, answered, arguments = case
    module, _, function = name.partition(".")
    ask = getattr(importlib.import_module(f"pages.shell.{module}"), function)
    found = ""
    for letter, scope in SCOPES.items():
        with acting_as(scope), suppress(AccessDenied):
            ask(*arguments)
            found += letter
    assert found == answered


def test_results_as_a_whole_hold_nobody_elses_rows(url: str):
    expected = {
        "L": {"Dorset", "Croydon", "Gateshead", "ALL"}, "S": {"Dorset"},
        "T": {"Dorset", "Croydon"}, "R": {"Dorset", "Croydon", "Gateshead", "ALL"},
        "r": {"Dorset", "Croydon"},
    }  # fmt: skip
    for letter, sites in expected.items():
        with acting_as(SCOPES[letter]):
            results = loaders.load_results()
        tables = {name: t for name, t in vars(results).items() if hasattr(t, "columns")}
        tables |= {f"pairs {name}": table for name, table in results.pairs.items()}
        tables["waves"] = results.waves
        for name, table in tables.items():
            there = set(table["site"].astype(str)) if "site" in table else {"no site"}
            assert there <= sites, name
            if letter in "STr":  # not even as a category without a row
                assert not any(
                    other in table["site"].dtype.categories
                    for other in set(MARKS) - sites if hasattr(table["site"].dtype, "categories")
                ), name  # fmt: skip
        assert {cell[0] for cell in results.change_details} <= sites
        assert {group.site for group in results.groups} <= sites
    with acting_as(SCOPES["D"]):
        assert loaders.load_results() is None


def test_what_is_made_once_is_made_for_each_reach(url: str):
    """Whoever comes first, nobody is given what was made from somebody else's results."""
    for letters in (SCOPES, reversed(SCOPES)):
        made = {}
        for letter in letters:
            with acting_as(SCOPES[letter]):
                made[letter] = loaders.once(("whose",), lambda letter=letter: letter)
        assert made == {letter: letter for letter in SCOPES}
