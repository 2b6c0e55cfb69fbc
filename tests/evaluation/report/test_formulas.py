"""The register of formulas covers every number, and says of each when it is missing."""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd
import pytest

from evaluation import model
from evaluation.analysis.talking_therapies import TALKING_THERAPIES_COLUMNS
from evaluation.report.formulas import (
    FORMULA_COLUMNS,
    FORMULAS,
    LABEL_COLUMNS,
    citation_text,
    formula_of,
    formulas_table,
)
from evaluation.report.reasons import REASONS
from evaluation.report.result_tables import made_tables
from evaluation.report.tables import csv_bytes
from evaluation.tables.early_help import EARLY_HELP_COLUMNS, MEANINGFUL_COLUMNS
from evaluation.tables.payment import PAYMENT_COLUMNS
from evaluation.tables.spread_used import SPREAD_COLUMNS, spread_used_table
from evaluation.tables.subgroups import SUBGROUP_COLUMNS
from tests.evaluation.tables.synthetic_programme import programme, run

ROOT = Path(__file__).resolve().parents[3]
TABLES = {
    "effects": model.EFFECT_COLUMNS,
    "reliable_change": model.CHANGE_COLUMNS,
    "spread_used": SPREAD_COLUMNS,
    "attrition": model.ATTRITION_COLUMNS,
    "sites": model.SITE_COLUMNS,
    "site_estimates": model.SITE_ESTIMATE_COLUMNS,
    "couples": model.COUPLE_COLUMNS,
    "waves": model.WAVE_COLUMNS,
    "maintenance": model.MAINTENANCE_COLUMNS,
    "robustness": model.ROBUSTNESS_COLUMNS,
    "subgroups": SUBGROUP_COLUMNS,
    "early_help": EARLY_HELP_COLUMNS,
    "meaningful_change": MEANINGFUL_COLUMNS,
    "payment_by_results": PAYMENT_COLUMNS,
    "nhs_tt": (*TALKING_THERAPIES_COLUMNS, "n_couples"),
}
# Which estimates are made by which kind of row.
ONLY = {
    ("reliable_change", "rc_points"): ("method", "JT"),
    **{
        ("subgroups", name): ("row", "difference")
        for name in (
            "reference", "difference", "se", "low", "high", "df", "p", "q", "n_family",
            "n_reference",
        )
    },
    **{
        ("subgroups", name): ("row", "level")
        for name in SUBGROUP_COLUMNS[SUBGROUP_COLUMNS.index("mean_before") :][:10]
    },
    ("subgroups", "display_tier"): ("row", "level"),
}  # fmt: skip


@pytest.mark.parametrize("table", TABLES)
def test_every_column_that_is_worked_out_has_its_formula(table: str) -> None:
    listed = [name for one in FORMULAS if one.table == table for name in one.columns]
    assert len(listed) == len(set(listed))
    worked_out = set(TABLES[table]) - (LABEL_COLUMNS - set(listed))
    assert set(listed) == worked_out


def test_no_formula_is_of_a_table_that_is_not_written() -> None:
    assert {one.table for one in FORMULAS} == set(TABLES)


@pytest.mark.parametrize("entry", FORMULAS, ids=lambda one: f"{one.table}.{one.columns[0]}")
def test_an_entry_says_everything_in_words(entry) -> None:
    assert entry.name and entry.formula
    assert re.fullmatch(r"[A-Z].*\.", entry.meaning)
    assert len(set(entry.undefined)) == len(entry.undefined)


def test_a_doi_is_printed_only_where_this_project_holds_it() -> None:
    """A DOI of the register stands in the analysis that it belongs to, or was looked up."""
    sources = "".join(
        path.read_text(encoding="utf-8") for path in (ROOT / "evaluation" / "analysis").glob("*.py")
    ).casefold()
    looked_up = {
        "10.1111/j.2044-8317.1988.tb00901.x", "10.3102/10769986006002107",
        "10.1037/1082-989x.7.1.105",
    }  # fmt: skip
    dois = {one.doi.casefold() for entry in FORMULAS for one in entry.citations if one.doi}
    assert len(dois) > 15
    assert all(re.fullmatch(r"10\.\d{4,}/\S+", doi) for doi in dois)
    assert {doi for doi in dois if doi not in sources} <= looked_up


def test_the_headline_formulas_are_the_published_ones() -> None:
    assert "s1" in formula_of("effects", "g_pre").formula
    points = formula_of("reliable_change", "rc_points")
    assert points.formula.startswith("z sqrt(2) SD sqrt(1 - reliability)")
    assert citation_text(points).endswith("doi:10.1037/0022-006X.59.1.12")
    with pytest.raises(ValueError, match="no formula"):
        formula_of("effects", "nothing")


def a_few_people() -> str:
    """One couple and one person alone with two questionnaires; somebody has answered once only."""
    lines = ["site,participant,couple,wave,phq9_total,gad7_total"]
    for site, who, couple, scores in (
        ("Luton", "P1", "C1", ("baseline,18,14", "end,9,14", "3m,9,13")),
        ("Luton", "P2", "C1", ("baseline,12,9", "end,0,3")),
        ("Luton", "P3", "", ("baseline,0,3",)),
        ("Kent", "P1", "", ("baseline,0,1", "end,4,1")),
        ("Essex", "P1", "", ("baseline,5,6",)),
    ):
        lines += [f"{site},{who},{couple},{score}" for score in scores]
    return "\n".join(lines)


@pytest.fixture(scope="module")
def written() -> dict[str, pd.DataFrame]:
    tables: dict[str, list[pd.DataFrame]] = {}
    for results in (programme(), run(a_few_people())):
        made = made_tables(results, released=False)
        made["spread_used"] = spread_used_table(results.groups, results.settings)
        for name, table in made.items():
            tables.setdefault(name, []).append(table.astype(object))
    return {name: pd.concat(parts, ignore_index=True) for name, parts in tables.items()}


@pytest.mark.parametrize("table", TABLES)
def test_an_empty_cell_has_one_of_the_reasons_that_its_formula_names(table, written) -> None:
    rows = written[table]
    empty = 0
    for entry in (one for one in FORMULAS if one.table == table):
        for column in entry.columns:
            kind, value = ONLY.get((table, column), ("", ""))
            chosen = rows[rows[kind] == value] if kind else rows
            gone = chosen[column].isna() | (chosen[column].astype(object) == "")
            given = chosen.loc[gone, "reason"].astype(str)
            # A variance that is one with the level below has no reason of its own.
            given = given[given != ""] if table == "waves" else given
            named = given.map(lambda codes, e=entry: bool(set(codes.split(";")) & set(e.undefined)))
            assert named.all(), (column, set(given[~named]))
            empty += int(gone.sum())
    # Its rows are counts, which nothing leaves empty.
    assert empty > 0 or table == "nhs_tt"


def test_the_register_as_a_table() -> None:
    table = formulas_table()
    assert tuple(table.columns) == FORMULA_COLUMNS
    assert len(table) == 1 + sum(len(one.columns) for one in FORMULAS)
    assert not table.isna().any(axis=None)
    assert table.loc[0, "name"] == "Notation"
    row = table[(table["table"] == "effects") & (table["column"] == "r")].iloc[0]
    assert row["reason_codes"] == "N0;N1;R_UNDEF"
    assert REASONS["R_UNDEF"] in row["when_empty"]
    text = csv_bytes(table).decode()
    assert not re.search(r"(^|,)[=+@-]", text, flags=re.M)
