"""The scripts of an export find its headline numbers again, and notice one that was changed."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from evaluation.report.research import research_files, write_research
from tests.evaluation.report.research.made_programme import MINUS_SITE, made_programme

RULES = {
    "defaults": "",
    "other level, windows, subgroups and cut-offs": """
alpha: 0.1
subgroups: [role]
follow_up: {3m: {days: 91, window: 20}, exclude_outside_window: true}
measures:
  phq9.total: {reliability: 0.8, sd: own, cutoff: c, norm: {mean: 4, sd: 3}}
  das_32.total: {clinical: {mean: 70, sd: 20}, cutoff: b}
  das_32.dyadic_consensus: {cutoff: a, sd: 8}
""",
    "printed boundaries": """
measures:
  phq9.total: {cutoff: "> 12", sd: 6}
  das_32.total: {cutoff: "< 96.5", sd: own}
  das_32.dyadic_consensus: {cutoff: b, norm: {mean: 57.9, sd: 8.5}}
""",
}


@pytest.fixture(scope="module", params=RULES, ids=lambda name: name)
def exported(request, tmp_path_factory, few_tables) -> Path:
    folder = tmp_path_factory.mktemp("export")
    write_research(research_files(made_programme(RULES[request.param]), disclosure="off"), folder)
    return folder


def run(folder: Path, *command: str) -> tuple[int, str]:
    done = subprocess.run(
        [*command, str(folder)], capture_output=True, text=True, timeout=120, check=False,
        env=os.environ | {"OPENBLAS_NUM_THREADS": "1"},
    )  # fmt: skip
    return done.returncode, done.stdout + done.stderr


def python(folder: Path) -> tuple[int, str]:
    return run(folder, sys.executable, str(folder / "scripts" / "recompute.py"))


def largest(said: str) -> float:
    return float(re.search(r"Largest difference: (\S+)", said).group(1))


def test_the_python_script_finds_the_same_numbers(exported: Path) -> None:
    status, said = python(exported)
    assert status == 0, said
    assert largest(said) <= 1e-9
    effects = pd.read_csv(exported / "effects.csv")
    assert f"{len(effects)} rows of effects" in said and len(effects) >= 60


def test_the_r_script_finds_the_same_numbers(exported: Path) -> None:
    if shutil.which("Rscript") is None:
        pytest.skip("R is not installed here")
    status, said = run(exported, "Rscript", str(exported / "scripts" / "recompute.R"))
    assert status == 0, said
    assert largest(said) <= 1e-9


def test_what_is_compared_is_worth_comparing(exported: Path) -> None:
    effects = pd.read_csv(exported / "effects.csv")
    assert {MINUS_SITE, "'" + MINUS_SITE} & set(effects["site"])
    assert effects["reason"].str.contains("SESSION_STANDS_IN").any()
    assert (effects["subgroup"] == "role=practitioner").any()
    change = pd.read_csv(exported / "reliable_change.csv")
    used = change[(change["in_use"] == "yes") & (change["site"] == "ALL")]
    counts = used[["recovered", "improved", "unchanged", "deteriorated"]].sum()
    assert (counts > 0).all(), counts


@pytest.mark.parametrize("exported", ["defaults"], indirect=True)
@pytest.mark.parametrize(
    ("file", "column"), [("effects.csv", "g_pre_low"), ("reliable_change.csv", "unchanged")]
)
def test_a_number_that_was_changed_is_noticed(exported: Path, tmp_path, file, column) -> None:
    folder = tmp_path / "copy"
    shutil.copytree(exported, folder)
    table = pd.read_csv(folder / file, dtype=str, keep_default_na=False)
    in_use = table["in_use"] == "yes" if "in_use" in table else table["n"] != ""
    place = table.index[(table[column] != "") & in_use][0]
    table.loc[place, column] = repr(float(table.loc[place, column]) + 1e-6)
    table.to_csv(folder / file, index=False)
    status, said = python(folder)
    assert status == 1
    assert largest(said) > 1e-9
