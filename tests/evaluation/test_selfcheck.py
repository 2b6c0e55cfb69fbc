"""The check of an installation: passes as shipped, and fails for every number that is wrong."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from evaluation import selfcheck as module
from evaluation.cli import main
from evaluation.selfcheck import CHECKS, REFERENCE, selfcheck

# A file, the path to one number in it, and the blocks that rest on this number.
WRONG = [
    ("paired_effects_jacobson.json", "effects.jac_das.d_z", {"Effect sizes, t test"}),
    ("paired_effects_jacobson.json", "hedges_J.3.J_exact", {"Small-sample correction J"}),
    ("paired_effects_jacobson.json", "effects.jac_das.nct_lambda.1", {"Noncentral t limits"}),
    (
        "paired_effects_jacobson.json",
        "effects.jac_das.wilcoxon.p_normal_corrected",
        {"Wilcoxon's signed ranks"},
    ),
    ("change_jac_das.json", "RCI_points_196", {"Reliable change: points, cut-offs"}),
    ("change_jac_das.json", "classes.c.recovered", {"Reliable change: classes"}),
    ("attrition_cascade_lfo.json", "rpc_2018_22.wilson.1.0", {"Wilson's interval"}),
    ("attrition_cascade_lfo.json", "waves.fu3.window_open", {"Attrition cascade"}),
    (
        "sites_lfo_bcg.json",
        "bcg_logrr.fits.REML.z.tau2",
        {"Sites: REML, DL, PM, HK, shrinkage"},
    ),
    ("nhs_tt_counts.json", "recovery", {"NHS Talking Therapies: 225 cases"}),
    (
        "couples_lfo.json",
        "cluster_linearised.lfo_rq_pre_post_by_couple.d_pre.ci_centred_on_g.0",
        {"Intervals by couple"},
    ),
    ("couples_lfo.json", "lfo_change_couple.lmer_reml.ICC", {"Likeness of partners (REML)"}),
    (
        "mixed_models_lfo.json",
        "lfo_long.reml.fixed.se.2",
        {"All waves, couple/person (REML)"},
    ),
    ("p_adjusted.json", "holm.2", {"Families of p values"}),
    ("sites_lfo_bcg.json", "take_up.p0", {"Funnel: exact limits"}),
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(REFERENCE, tmp_path / "reference"))


def spoil(path: Path, place: str, by: float) -> None:
    """Change the number at a place such as ``a.b.0``."""
    content = json.loads(path.read_text(encoding="utf-8"))
    *way, last = [int(part) if part.isdigit() else part for part in place.split(".")]
    inner = content
    for part in way:
        inner = inner[part]
    inner[last] += by
    path.write_text(json.dumps(content), encoding="utf-8")


def test_the_installation_here_is_right(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["selfcheck"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == len(CHECKS)
    assert all("largest difference" in line and line.endswith("ok") for line in lines)


@pytest.mark.parametrize(("file", "place", "blocks"), WRONG, ids=lambda value: str(value)[:40])
def test_a_wrong_number_is_found_where_it_is(
    folder: Path, file: str, place: str, blocks: set[str]
) -> None:
    spoil(folder / file, place, by=1.0)
    assert {block.name for block in selfcheck(folder) if not block.passed} == blocks


def test_every_block_has_a_wrong_number_above() -> None:
    assert {name for name, *_ in CHECKS} == set().union(*(blocks for *_, blocks in WRONG))


def test_a_wrong_number_makes_the_command_fail(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    spoil(folder / "p_adjusted.json", "bh.0", by=2e-6)
    monkeypatch.setattr(module, "selfcheck", lambda: selfcheck(folder))
    assert main(["selfcheck", "--quiet"]) == 1
    (line,) = capsys.readouterr().out.splitlines()
    assert line.startswith("Families of p values") and line.endswith("DIFFERS")


def test_a_difference_within_the_tolerance_passes_and_is_shown(folder: Path) -> None:
    spoil(folder / "p_adjusted.json", "holm.0", by=5e-7)
    (block,) = [one for one in selfcheck(folder) if one.name == "Families of p values"]
    assert block.passed
    assert block.largest == pytest.approx(5e-7)
    assert block.n == 10


def test_a_number_that_is_missing_never_passes(folder: Path) -> None:
    spoil(folder / "couples_lfo.json", "lfo_change_couple.lmer_reml.ICC", by=float("nan"))
    assert [block.name for block in selfcheck(folder) if not block.passed] == [
        "Likeness of partners (REML)"
    ]


def test_a_wrong_class_in_the_truth_table_is_found(folder: Path) -> None:
    path = folder / "nhs_tt_rule_table.csv"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("10,7,4,3,TRUE,TRUE", "10,7,4,3,TRUE,FALSE"), encoding="utf-8")
    assert [block.name for block in selfcheck(folder) if not block.passed] == [
        "NHS Talking Therapies: 225 cases"
    ]
