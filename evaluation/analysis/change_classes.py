"""The five classes of individual change, whichever rule says that a change is reliable."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evaluation.analysis.change_inputs import AnyCutoff, direction_of
from evaluation.analysis.intervals import wilson_interval
from evaluation.model import CHANGE_COLUMNS
from instruments.definition import Better, Cutoff

CHANGE_CLASSES = ("recovered", "improved", "unchanged", "deteriorated", "harmed")
RECOVERED, IMPROVED, UNCHANGED, DETERIORATED, HARMED = range(5)
# The caller knows the four columns before these.
ROW_COLUMNS = CHANGE_COLUMNS[CHANGE_COLUMNS.index("method") :]

Row = dict[str, Any]

# Two numbers closer than this are one: 114.8 - 2 * 17.8 must tie with a score of 79.2.
_EQUAL_WITHIN = 1e-9


@dataclass(frozen=True, slots=True)
class Ranges:
    """On which side of the cut-off every person started and ended.

    A score equal to a computed cut-off is on neither side. ``left`` is who is no longer in the
    functional range at the end, or never was.
    """

    clinical_first: NDArray[np.bool_]
    functional_first: NDArray[np.bool_]
    functional_last: NDArray[np.bool_]
    left: NDArray[np.bool_]
    tied: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Classification:
    """The class of every person (index into CHANGE_CLASSES) and three marks beside it."""

    codes: NDArray[np.int8]
    crossed_not_reliable: NDArray[np.bool_]
    clinical_at_start: NDArray[np.bool_]
    tied_with_cutoff: NDArray[np.bool_]


def find_ranges(
    first: NDArray[np.float64], last: NDArray[np.float64], *, better: Better, cutoff: AnyCutoff
) -> Ranges:
    """Who is where before and after; without a cut-off nobody is on either side."""
    clinical_first, functional_first = sides_of_cutoff(first, better=better, cutoff=cutoff)
    _, functional_last = sides_of_cutoff(last, better=better, cutoff=cutoff)
    tied = np.zeros(first.shape, dtype=bool)
    if cutoff is not None and not isinstance(cutoff, Cutoff):
        tied = (side_of(first, cutoff) == 0) | (side_of(last, cutoff) == 0)
    return Ranges(clinical_first, functional_first, functional_last, ~functional_last, tied)


def assign_classes(
    ranges: Ranges, *, reliably_better: NDArray[np.bool_], reliably_worse: NDArray[np.bool_]
) -> Classification:
    """The class of every person, from where they were and whether the change is reliable."""
    crossed = ranges.clinical_first & ranges.functional_last
    codes = np.full(crossed.shape, UNCHANGED, dtype=np.int8)
    codes[reliably_better] = IMPROVED
    codes[reliably_better & crossed] = RECOVERED
    codes[reliably_worse] = DETERIORATED
    codes[reliably_worse & ranges.functional_first & ranges.left] = HARMED
    return Classification(codes, crossed & ~reliably_better, ranges.clinical_first, ranges.tied)


def count_classes(found: Classification, *, cutoff: AnyCutoff, known: bool, level: float) -> Row:
    """The cells of a row that are counted.

    Without a reliable change (``known`` false) only the starters are. Without a cut-off nobody
    can be seen to recover or to be harmed, so those two cells are left out.
    """
    cells: Row = {"n": len(found.codes)}
    if cutoff is not None:
        cells["cutoff"] = cutoff.value if isinstance(cutoff, Cutoff) else cutoff
        cells["clinical_at_start"] = int(found.clinical_at_start.sum())
        cells["tied_with_cutoff"] = int(found.tied_with_cutoff.sum())
    if not known:
        return cells
    counts = np.bincount(found.codes, minlength=len(CHANGE_CLASSES))
    cells |= {name: int(count) for name, count in zip(CHANGE_CLASSES, counts, strict=True)}
    if cutoff is None:
        return {key: value for key, value in cells.items() if key not in ("recovered", "harmed")}
    cells["crossed_not_reliable"] = int(found.crossed_not_reliable.sum())
    if starters := cells["clinical_at_start"]:
        low, high = wilson_interval(cells["recovered"], starters, level=level)
        cells["recovery_rate"] = cells["recovered"] / starters
        cells |= {"recovery_low": float(low), "recovery_high": float(high)}
    return cells


def make_row(**cells: Any) -> Row:
    """A row with every column; what is not given is empty."""
    texts = dict.fromkeys(("method", "cutoff_type", "in_use", "reason"), "")
    return dict.fromkeys(ROW_COLUMNS, np.nan) | texts | cells


def side_of(values: NDArray[np.float64], mark: float) -> NDArray[np.float64]:
    """-1 below the mark, 0 on it, 1 above it."""
    distance = values - mark
    return np.sign(np.where(np.abs(distance) <= _EQUAL_WITHIN, 0.0, distance))


def sides_of_cutoff(
    scores: NDArray[np.float64], *, better: Better, cutoff: AnyCutoff
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Who is in the clinical, who in the functional range."""
    if cutoff is None:
        nobody = np.zeros(scores.shape, dtype=bool)
        return nobody, nobody
    if not isinstance(cutoff, Cutoff):
        side = direction_of(better) * side_of(scores, cutoff)
        return side < 0, side > 0
    if cutoff.comparison.startswith("<") != (better == "higher"):
        raise ValueError(
            f"cutoff={cutoff.text!r}: the clinical range must be the worse end, but {better} "
            "scores are better"
        )
    outward = -1 if better == "higher" else 1
    side = outward * side_of(scores, cutoff.value)
    clinical = side >= 0 if cutoff.comparison.endswith("=") else side > 0
    return clinical, ~clinical
