"""Exports without the tables that take long, for tests that are about something else."""

from __future__ import annotations

import pytest

from evaluation.report import result_tables

QUICK = {
    "scores", "effects", "reliable_change", "attrition", "couples", "robustness", "early_help",
    "payment_by_results", "spread_used", "pairs", "formulas",
}  # fmt: skip


@pytest.fixture(scope="module")
def few_tables():
    """The register of result tables with the quick ones alone."""
    patch = pytest.MonkeyPatch()
    kept = tuple(known for known in result_tables.RESULT_TABLES if known.name in QUICK)
    patch.setattr(result_tables, "RESULT_TABLES", kept)
    yield
    patch.undo()
