"""Every code that says why something is missing has its sentence."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from evaluation.added_value import SESSION_STANDS_IN
from evaluation.disclosure import SUPPRESSED
from evaluation.report.reasons import REASONS, reason_text
from instruments import plan

ROOT = Path(__file__).resolve().parents[3]
SOURCES = [
    *(ROOT / "evaluation" / "analysis").glob("*.py"),
    *(ROOT / "instruments" / f"{name}.py" for name in ("plan", "scoring", "conversion")),
]
CODE = re.compile(r"[A-Z][A-Z0-9]*(_[A-Z0-9]+)*")
# Names of methods and of all sites together.
NO_REASONS = {"ALL", "JT", "GLN", "EN", "NK", "HA", "REML", "DL", "PM", "EE"}


@pytest.mark.parametrize("code", REASONS)
def test_every_reason_is_a_sentence(code: str) -> None:
    text = reason_text(code)
    assert "Not worked out (" not in text
    assert re.fullmatch(r"[A-Z].*\.", text)


def test_reasons_can_be_joined_and_an_unknown_one_is_not_swallowed() -> None:
    assert reason_text("N1;SD0").startswith("Only one person")
    assert reason_text("NEW_CODE") == "Not worked out (NEW_CODE)."
    assert reason_text("") == ""


def codes_in(path: Path) -> set[str]:
    """Texts in capitals, as codes are written; names that a module exports are none."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    exported = {
        id(name)
        for node in tree.body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__"
        for name in ast.walk(node.value)
    }
    texts = (
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and id(node) not in exported
    )
    return {text for text in texts if isinstance(text, str) and CODE.fullmatch(text)}


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.stem)
def test_every_code_in_the_source_has_its_sentence(path: Path) -> None:
    codes = {code for code in codes_in(path) if len(code) > 1}
    assert codes - NO_REASONS <= REASONS.keys()


def test_the_codes_are_found() -> None:
    found = set().union(*(codes_in(path) for path in SOURCES))
    assert {"K1", "K2", "N0", "HEYWOOD", "NOT_A_SUM", "NO_COLUMN", "REL_MISSING"} <= found


def test_every_reason_of_the_scoring_engine_has_its_sentence() -> None:
    assert set(plan.REASONS) - {""} <= REASONS.keys()
    assert {SESSION_STANDS_IN, SUPPRESSED} <= REASONS.keys()
