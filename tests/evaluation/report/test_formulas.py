"""The register of formulas covers every number, and says of each when it is missing."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from evaluation import model
from evaluation.analysis.talking_therapies import TALKING_THERAPIES_COLUMNS
from evaluation.analysis.training import TRAINING_COLUMNS
from evaluation.config import parse_settings
from evaluation.evidence import EVIDENCE_COLUMNS
from evaluation.ingest.pipeline import read_files
from evaluation.model import SCORE_COLUMNS
from evaluation.programme import Results, analyse
from evaluation.provenance import PAIR_COLUMNS
from evaluation.report.formulas import (
    FORMULA_COLUMNS,
    FORMULAS,
    LABEL_COLUMNS,
    citation_text,
    formula_of,
    formulas_table,
)
from evaluation.report.reasons import REASONS
from evaluation.report.research.codebook import columns_table
from evaluation.report.research.column_meanings import meaning_of
from evaluation.report.research.people import participants_table
from evaluation.report.result_tables import TABLE_NAMES, made_tables
from evaluation.report.tables import csv_bytes
from evaluation.tables.costs import COST_COLUMNS
from evaluation.tables.dose import DOSE_COLUMNS
from evaluation.tables.dropout import DIFFERENTIAL_COLUMNS, DROPOUT_COLUMNS
from evaluation.tables.early_help import EARLY_HELP_COLUMNS, MEANINGFUL_COLUMNS
from evaluation.tables.indicators import INDICATOR_RESULT_COLUMNS
from evaluation.tables.lost_and_kept import LOST_COLUMNS, MISSING_COLUMNS
from evaluation.tables.missing_patterns import MISSING_PATTERN_COLUMNS
from evaluation.tables.payment import PAYMENT_COLUMNS
from evaluation.tables.reporter_gap import REPORTER_GAP_COLUMNS
from evaluation.tables.sensitivity import SENSITIVITY_COLUMNS
from evaluation.tables.service_use import SERVICE_FIGURE_COLUMNS
from evaluation.tables.session_course import SESSION_COURSE_COLUMNS, STAND_IN_COLUMNS
from evaluation.tables.spread_used import SPREAD_COLUMNS, spread_used_table
from evaluation.tables.subgroups import SUBGROUP_COLUMNS
from tests.evaluation.tables.synthetic_programme import programme, run

ROOT = Path(__file__).resolve().parents[3]
# Rows about single people, and the register itself: nothing is worked out there.
WITHOUT_FORMULAS = {"scores": SCORE_COLUMNS, "pairs": PAIR_COLUMNS, "formulas": FORMULA_COLUMNS}
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
    "periods": SUBGROUP_COLUMNS,
    "early_help": EARLY_HELP_COLUMNS,
    "meaningful_change": MEANINGFUL_COLUMNS,
    "payment_by_results": PAYMENT_COLUMNS,
    "nhs_tt": (*TALKING_THERAPIES_COLUMNS, "n_couples"),
    "lost_vs_kept": LOST_COLUMNS,
    "sensitivity": SENSITIVITY_COLUMNS,
    "dropout": DROPOUT_COLUMNS,
    "missing_at_random": MISSING_COLUMNS,
    "differential_attrition": DIFFERENTIAL_COLUMNS,
    "missing_patterns": MISSING_PATTERN_COLUMNS,
    "reporter_gap": REPORTER_GAP_COLUMNS,
    "evidence": EVIDENCE_COLUMNS,
    "service_use": SERVICE_FIGURE_COLUMNS,
    "dose": DOSE_COLUMNS,
    "costs": COST_COLUMNS,
    "indicators": INDICATOR_RESULT_COLUMNS,
    "training": TRAINING_COLUMNS,
    "training_change": model.CHANGE_COLUMNS,
    "session_course": SESSION_COURSE_COLUMNS,
    "stand_ins": STAND_IN_COLUMNS,
}
# Which estimates are made by which kind of row: the column that tells the kind, and the kinds.
OF_DIFFERENCES = (
    "reference", "difference", "se", "low", "high", "df", "p", "q", "n_family", "n_reference",
)  # fmt: skip
OF_LEVELS = (*SUBGROUP_COLUMNS[SUBGROUP_COLUMNS.index("mean_before") :][:10], "display_tier")
DRAWN = ("mi", "delta")
ONLY = {
    ("reliable_change", "rc_points"): ("method", ("JT",)),
    ("training_change", "rc_points"): ("method", ("JT",)),
    **{
        (table, name): ("row", (kind,))
        for table in ("subgroups", "periods")
        for kind, names in (("difference", OF_DIFFERENCES), ("level", OF_LEVELS))
        for name in names
    },
    ("lost_vs_kept", "variance_ratio"): ("kind", ("mean",)),
    ("lost_vs_kept", "cox_index"): ("kind", ("share",)),
    **{("sensitivity", name): ("method", ("ipw",)) for name in ("max_weight", "n_effective")},
    **{
        ("sensitivity", name): ("method", ("completers",))
        for name in ("bias_weak", "bias_middling", "bias_strong")
    },
    **{("sensitivity", name): ("method", DRAWN) for name in ("fmi", "m", "tipping_zero")},
    ("sensitivity", "delta"): ("method", ("delta",)),
    ("sensitivity", "rc_points"): ("method", ("lost_worsen_by_rc",)),
    **{
        ("evidence", name): ("aspect", ("retention", "answered", "precision", "level"))
        for name in ("low", "high")
    },
    ("evidence", "n_couples"): ("aspect", ("n", "n_effective", "precision", "level")),
    ("evidence", "n_lost"): ("aspect", ("retention", "answered", "selection_bias")),
    **{
        ("service_use", name): ("kind", ("share", "ratio"))
        for name in ("numerator", "denominator")
    },
    **{
        ("service_use", name): ("kind", ("share", "ratio", "mean", "change"))
        for name in ("low", "high")
    },
    **{
        ("indicators", name): ("kind", ("yes_no", "count"))
        for name in ("only_before", "only_after", "both", "neither")
    },
    **{("indicators", name): ("kind", ("count",)) for name in ("ratio", "ratio_low", "ratio_high")},
    ("session_course", "mean_at_first"): ("row", ("session",)),
}  # fmt: skip
# Empty where there is nothing to say, as the formula has it: no flag, no other time, no way there.
EMPTY_IS_AN_ANSWER = {
    ("lost_vs_kept", "flag"), ("dropout", "left_out"), ("dropout", "smallest_cell"),
    ("missing_patterns", "present"), ("missing_patterns", "missing"),
    ("missing_patterns", "not_yet_due"), ("missing_patterns", "not_asked"),
    ("sensitivity", "tipping_points"), ("sensitivity", "tipping_in_rc"),
    ("sensitivity", "tipping_small"),
}  # fmt: skip
NEVER_EMPTY = {"nhs_tt", "missing_patterns", "differential_attrition", "stand_ins", "training"}
# Codes of tables that are not in the register of result tables: of single scores and single
# questions; and that of a hidden cell, which has no formula.
NOT_OF_ESTIMATES = {
    "K1", "K2", "ITEM_SD0", "HEYWOOD", "NOT_A_SUM", "NO_COLUMN", "SUPPRESSED",
    "ONE_BASIS",
}  # fmt: skip


@pytest.mark.parametrize("table", TABLES)
def test_every_column_that_is_worked_out_has_its_formula(table: str) -> None:
    listed = [name for one in FORMULAS if one.table == table for name in one.columns]
    assert len(listed) == len(set(listed))
    worked_out = set(TABLES[table]) - (LABEL_COLUMNS - set(listed))
    assert set(listed) == worked_out


def test_every_table_that_is_written_has_formulas_or_rows_about_single_people() -> None:
    assert set(TABLES) | set(WITHOUT_FORMULAS) == set(TABLE_NAMES)


@pytest.mark.parametrize("table", WITHOUT_FORMULAS)
def test_columns_without_a_formula_have_a_meaning(table: str) -> None:
    assert all(meaning_of(table, column) for column in WITHOUT_FORMULAS[table])


@pytest.mark.parametrize("table", TABLES)
def test_a_label_has_a_meaning(table: str) -> None:
    listed = {name for one in FORMULAS if one.table == table for name in one.columns}
    assert all(meaning_of(table, column) for column in set(TABLES[table]) - listed)


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


def a_service() -> Results:
    """Service use, costs, indicators, practitioners and sessions, of a few families."""
    answers = ["site,participant,couple,role,wave,session_number,completed_on,phq9_total"]
    used = [
        "site,participant,couple,took_up,started_on,ended_on,ending,sessions_offered,"
        "sessions_attended"
    ]
    noted = ["site,participant,wave,indicator,kind,value"]
    for n in range(8):
        who = f"Luton,P{n},C{n // 2}"
        role = "mother" if n % 2 else "father"
        answers.append(f"{who},{role},baseline,,2025-01-10,{12 + n}")
        answers += [f"{who},{role},session,{k},2025-0{k + 1}-10,{12 + n - k}" for k in (1, 2)]
        if n % 3:
            answers.append(f"{who},{role},end,,2025-05-10,{6 + n % 4}")
        used.append(f"{who},yes,2025-01-10,2025-05-01,planned,8,{n}")
        for wave, yes in (("baseline", n % 2), ("end", n % 3 == 0)):
            noted.append(f"Luton,P{n},{wave},Housing worry,yes_no,{'yes' if yes else 'no'}")
            noted.append(f"Luton,P{n},{wave},Police calls,count,{n % 3 * int(yes)}")
            noted.append(f"Luton,P{n},{wave},Hours alone,amount,{n + int(yes)}.5")
    for n in range(4):
        answers.append(f"Luton,W{n},,practitioner,baseline,,2025-01-10,{4 + n}")
        answers.append(f"Luton,W{n},,practitioner,end,,2025-05-10,{n % 3}")
    answers.append("Kent,P1,,mother,baseline,,2025-01-10,12")
    files = (("a.csv", answers), ("service_use.csv", used), ("indicators.csv", noted))
    report = read_files([(name, "\n".join(lines).encode()) for name, lines in files])
    assert not report.blocked, report.problems
    rules = parse_settings("costs: {Luton: 8000, Essex: 100}")
    return analyse(report.dataset, rules, data_lock=date(2025, 12, 31))


@pytest.fixture(scope="module")
def written() -> dict[str, pd.DataFrame]:
    tables: dict[str, list[pd.DataFrame]] = {}
    for results in (programme(), run(a_few_people()), a_service()):
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
            if (table, column) in EMPTY_IS_AN_ANSWER:
                continue
            kind, values = ONLY.get((table, column), ("", ()))
            chosen = rows[rows[kind].isin(values)] if kind else rows
            gone = chosen[column].isna() | (chosen[column].astype(object) == "")
            given = chosen.loc[gone, "reason"].astype(str)
            # A variance that is one with the level below has no reason of its own.
            given = given[given != ""] if table == "waves" else given
            named = given.map(lambda codes, e=entry: bool(set(codes.split(";")) & set(e.undefined)))
            assert named.all(), (column, set(given[~named]))
            empty += int(gone.sum())
    # Their rows are counts and shares, which nothing leaves empty here.
    assert empty > 0 or table in NEVER_EMPTY


@pytest.mark.parametrize("table", TABLES)
def test_every_code_in_use_is_named_by_an_entry_of_its_table(table, written) -> None:
    assert len(written[table])
    named = {code for one in FORMULAS if one.table == table for code in one.undefined}
    codes = {code for cell in written[table]["reason"] for code in str(cell).split(";")}
    assert codes - {""} <= named


def test_every_code_of_an_estimate_is_named_somewhere() -> None:
    named = {code for one in FORMULAS for code in one.undefined}
    assert named <= REASONS.keys()
    # Small letters are of single scores and people; those that tables have are named above.
    capitals = {code for code in REASONS if code.isupper()}
    assert capitals - named == NOT_OF_ESTIMATES


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


def test_every_column_of_the_codebook_has_a_meaning(written) -> None:
    known = {one.table for one in FORMULAS} | {"scores", "pairs", "formulas"}
    tables = {name: table for name, table in written.items() if name in known}
    tables["participants"] = participants_table(programme(), None)
    table = columns_table(tables)
    assert table.loc[table["meaning"] == "", ["table", "column"]].to_numpy().tolist() == []
    assert len(table) == sum(len(t.columns) for t in tables.values())
    row = table[(table["table"] == "effects") & (table["column"] == "d_rm")].iloc[0]
    assert row["formula"] == "d_z sqrt(2 (1 - r))" and "Lakens" in row["source"]
