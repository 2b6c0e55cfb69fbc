"""Whether the answers to a group of items lie on the range that their definition gives them.

Each function looks at numbers as uploaded, before any of them is refused: what is not allowed is
the evidence.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from instruments.definition import Instrument

# Below this many answers an unused end of the range says nothing.
MIN_ANSWERS = 30
# People below which "everybody" and "nobody" say nothing.
MIN_PEOPLE = 30
# An answer that nobody gave is suspicious if seven or more would have given it even were it ten
# times rarer than what it is compared with: P(none) is then below e^-7 = .001. It is compared with
# the neighbouring answer, or for an item that never varies with how often the others do.
TIMES_RARER = 10
LEAST_EXPECTED = 7

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class RangeGroup:
    """Items of one questionnaire that allow the same answers, and all answers given to them."""

    items: tuple[int, ...]
    minimum: int
    maximum: int
    answers: pd.DataFrame

    @cached_property
    def values(self) -> Floats:
        """All answers given, without the missing ones."""
        values = self.answers.to_numpy(dtype=float)
        return np.asarray(values[~np.isnan(values)])

    @property
    def allowed(self) -> pd.DataFrame:
        """Where an answer is given and allowed."""
        within = (self.answers >= self.minimum) & (self.answers <= self.maximum)
        return within & (self.answers == self.answers.round())


def range_groups(instrument: Instrument, table: pd.DataFrame) -> list[RangeGroup]:
    """The items of a questionnaire in groups that allow the same answers.

    Parameters
    ----------
    instrument : Instrument
    table : DataFrame
        From `item_answers.item_table`.

    Returns
    -------
    list of RangeGroup
        In the order of their first items; items without any answer are left out.

    Examples
    --------
    >>> from instruments.registry import get
    >>> table = pd.DataFrame(1.0, index=[0], columns=range(1, 33))
    >>> [(group.items[0], group.maximum) for group in range_groups(get("das_32"), table)]
    [(1, 5), (23, 4), (29, 1), (31, 6)]
    """
    ranges: dict[tuple[int, int], list[int]] = {}
    for item in instrument.items:
        if table[item.number].notna().any():
            ranges.setdefault((item.minimum, item.maximum), []).append(item.number)
    return [
        RangeGroup(tuple(items), low, high, table[items]) for (low, high), items in ranges.items()
    ]


def find_shift(group: RangeGroup) -> int:
    """By how much all answers seem to lie above (or, negative, below) their range; 0 = not at all.

    Certain enough is: at least `MIN_ANSWERS` answers, none at the end of the range that a shift
    would leave empty, and some at the far end of the shifted range. Where answers outside the range
    were refused before, the second part is missing; then the empty end alone counts, if its
    neighbour was chosen so often that this is no accident, and only between the two common codings
    that start at 0 and at 1.

    Parameters
    ----------
    group : RangeGroup

    Returns
    -------
    int
        1 for answers 1-4 to items of the range 0-3, -1 for 0-4 on the range 1-5.

    Examples
    --------
    >>> answers = pd.DataFrame({1: [1.0, 2, 3, 4] * 10})
    >>> find_shift(RangeGroup((1,), 0, 3, answers))
    1
    """
    values = group.values
    low, high = group.minimum, group.maximum
    if len(values) < MIN_ANSWERS:
        return 0
    best, explained = 0, 0
    for size in range(1, high - low + 1):
        for shift in (size, -size):
            far_end = high + shift if shift > 0 else low + shift
            beyond = n_explained(group, shift)
            if (values == far_end).any() and beyond > explained:
                best, explained = shift, beyond
    if best or not _within(values, low, high).all():
        return best
    if low == 0 and unused_end(group) == low:
        return 1
    return -1 if low == 1 and unused_end(group) == high else 0


def n_explained(group: RangeGroup, shift: int) -> int:
    """How many answers outside the range a shift would explain.

    Parameters
    ----------
    group : RangeGroup
    shift : int
        Not 0.

    Returns
    -------
    int
        0 if the shift is ruled out.

    Examples
    --------
    >>> answers = pd.DataFrame({1: [1.0, 2, 3, 4, 4]})
    >>> n_explained(RangeGroup((1,), 0, 3, answers), 1)
    2
    """
    gained = (group.maximum + 1, group.maximum + shift)
    if shift < 0:
        gained = (group.minimum + shift, group.minimum - 1)
    return int(_within(group.values, *gained).sum()) if may_be_shifted(group, shift) else 0


def may_be_shifted(group: RangeGroup, shift: int) -> bool:
    """Whether no answer lies at the end of the range that a shift would leave empty.

    Parameters
    ----------
    group : RangeGroup
    shift : int
        Not 0.

    Returns
    -------
    bool

    Examples
    --------
    >>> answers = pd.DataFrame({1: [1.0, 2, 3]})
    >>> group = RangeGroup((1,), 0, 3, answers)
    >>> may_be_shifted(group, 1), may_be_shifted(group, -1)
    (True, False)
    """
    emptied = (group.minimum, group.minimum + shift - 1)
    if shift < 0:
        emptied = (group.maximum + shift + 1, group.maximum)
    return not _within(group.values, *emptied).any()


def unused_end(group: RangeGroup) -> int | None:
    """An end of the range that nobody chose although its neighbour was chosen very often.

    Parameters
    ----------
    group : RangeGroup

    Returns
    -------
    int or None
        The answer at the lower, else at the upper end; ``None`` for items with two answers only,
        and from fewer than `MIN_PEOPLE` people.

    Examples
    --------
    >>> answers = pd.DataFrame({1: [1.0] * 80 + [2.0, 3.0]})
    >>> unused_end(RangeGroup((1,), 0, 3, answers))
    0
    """
    if group.maximum - group.minimum < 2 or group.answers.notna().any(axis=1).sum() < MIN_PEOPLE:
        return None
    values = group.values
    for end, neighbour in (
        (group.minimum, group.minimum + 1),
        (group.maximum, group.maximum - 1),
    ):
        often = (values == neighbour).sum() >= TIMES_RARER * LEAST_EXPECTED
        if often and not (values == end).any():
            return end
    return None


def constant_items(group: RangeGroup) -> tuple[int, ...]:
    """Items to which everybody gave one and the same answer, beyond what chance explains.

    Parameters
    ----------
    group : RangeGroup

    Returns
    -------
    tuple of int
        Items that `MIN_PEOPLE` or more answered alike although the others leave that answer often
        enough; all items, if there are three or more and every answer is the same.

    Examples
    --------
    >>> answers = pd.DataFrame({1: [0.0, 1, 2, 3] * 40, 2: [2.0] * 160})
    >>> constant_items(RangeGroup((1, 2), 0, 3, answers))
    (2,)
    """
    counts = group.answers.notna().sum()
    asked = [number for number in group.items if counts[number] >= MIN_PEOPLE]
    varies = group.answers.min() < group.answers.max()
    alike = [number for number in asked if not varies[number]]
    others = [number for number in group.items if number not in alike]
    if alike and not others:
        everything_alike = len(group.items) >= 3 and len(np.unique(group.values)) == 1
        return group.items if everything_alike else ()
    found = []
    for number in alike:
        answer = group.answers[number].dropna().iloc[0]
        rest = RangeGroup(tuple(others), group.minimum, group.maximum, group.answers[others])
        leaving = float((rest.values != answer).mean())
        if counts[number] * leaving / TIMES_RARER >= LEAST_EXPECTED:
            found.append(number)
    return tuple(found)


def _within(values: Floats, low: float, high: float) -> NDArray[np.bool_]:
    return (values >= low) & (values <= high)
