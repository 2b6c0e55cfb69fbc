"""Patterns of what is there, missing, not due and not asked, counted by hand."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from evaluation.analysis.missing_patterns import (
    MARKS,
    PATTERN_COLUMNS,
    count_patterns,
    pattern_name,
    wave_marks,
)

WAVES = ["baseline", "end", "3m"]


def test_a_score_counts_whatever_was_due() -> None:
    fates = [["lost", "kept", "lost"], ["lost", "waiting", "not_asked"]]
    there = wave_marks(np.ones((2, 3), dtype=bool), fates)
    assert (there == 0).all()
    absent = wave_marks(np.zeros((2, 3), dtype=bool), fates)
    assert [[MARKS[mark] for mark in row] for row in absent] == [
        ["missing", "missing", "missing"],
        ["missing", "not_yet_due", "not_asked"],
    ]


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(ValueError, match="present has shape"):
        wave_marks([[True]], [["kept", "lost"]])
    with pytest.raises(ValueError, match="'gone' is none of"):
        wave_marks([[False]], [["gone"]])
    with pytest.raises(ValueError, match="group has shape"):
        count_patterns([[0, 0, 0]], WAVES, [0, 1])


def test_not_due_yet_is_a_pattern_of_its_own() -> None:
    marks = [[0, 0, 0], [0, 0, 2], [0, 0, 1], [0, 0, 2], [0, 2, 2], [1, 0, 3]]
    table = count_patterns(marks, WAVES)
    assert tuple(table.columns) == PATTERN_COLUMNS
    assert dict(zip(table["pattern"], table["n"], strict=True)) == {
        "baseline+end (3m not yet due)": 2,
        "baseline+end+3m": 1,
        "baseline+end": 1,
        "baseline (end+3m not yet due)": 1,
        "end (3m not asked)": 1,
    }
    assert table["pattern"].iloc[0] == "baseline+end (3m not yet due)"
    missing = table.set_index("pattern")["missing"]
    assert missing["baseline+end"] == "3m"
    assert missing["end (3m not asked)"] == "baseline"
    assert table["share"].sum() == pytest.approx(1)
    assert (table["total"] == 6).all()


def test_every_pattern_has_a_name_of_its_own() -> None:
    names = [pattern_name(marks, WAVES) for marks in itertools.product(range(4), repeat=3)]
    assert len(set(names)) == 64
    assert pattern_name([1, 1, 1], WAVES) == "nothing"


def test_groups_are_counted_apart() -> None:
    table = count_patterns([[0, 0, 0], [0, 1, 1], [0, 0, 0]], WAVES, [1, 0, 0])
    assert table[["group", "n", "total"]].to_numpy().tolist() == [[0, 1, 2], [0, 1, 2], [1, 1, 1]]


def test_nobody() -> None:
    table = count_patterns(np.empty((0, 3)), WAVES)
    assert table.empty and tuple(table.columns) == PATTERN_COLUMNS
