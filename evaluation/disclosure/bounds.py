"""What rounded numbers of people tell of each other.

A couple is two people at most; those who are in a change and those who are not are everybody with
a first score. Where that leaves a rounded count so few values, somebody who is missing, and hidden
for being one of few, would follow from it.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from evaluation.config import DisclosureRule
from evaluation.disclosure.audit import LEAST_VALUES
from evaluation.disclosure.rounding import CELL, rounded, small

# Counts of people, and of the couples that they are from.
_PAIRS = (
    ("n", "n_couples"), ("n_completers", "n_completer_couples"), ("n_lost", "n_lost_couples"),
    ("n_kept", "couples_kept"), ("n_lost", "couples_lost"), ("other_n", "other_couples"),
    ("n_measured", "n_couples"), ("n_without", "n_couples_without"),
)  # fmt: skip


def hide_telling_couples(released: pd.DataFrame, rule: DisclosureRule) -> None:
    """Blank numbers of couples that tell how many people there are, or follow from these."""
    for people, couples in _PAIRS:
        if people in released and couples in released:
            tells = couples_that_tell(released[people], released[couples], rule)
            released.loc[tells, couples] = None


def couples_that_tell(people: pd.Series, couples: pd.Series, rule: DisclosureRule) -> pd.Series:
    """Where counts as they are shown, of people and their couples, leave either few values.

    Examples
    --------
    Thirty-five people from fifteen couples are 33 or 34, since 17 couples are 34 people at most:

    >>> couples_that_tell(pd.Series([35, 30]), pd.Series([15, 15]), DisclosureRule()).tolist()
    [True, False]
    """
    n_low, n_high = bounds(people, rule)
    low, high = bounds(couples, rule)
    of_people = np.minimum(n_high, 2 * high) - n_low + 1
    of_couples = high - np.maximum(low, np.ceil(n_low / 2)) + 1
    shown = (n_low > 0) & (low > 0)
    return shown & ((of_people < LEAST_VALUES) | (of_couples < LEAST_VALUES))


def bounds(counts: pd.Series, rule: DisclosureRule) -> tuple[pd.Series, pd.Series]:
    """The least and the most that a rounded count can be; NaN where none is shown."""
    shown = pd.to_numeric(counts).astype(float)
    half = (rule.round_to - 1) // 2
    return (shown - half).clip(lower=rule.hide_below).where(shown > 0, shown), shown + half


def cells_that_tell(effects: pd.DataFrame, rule: DisclosureRule) -> pd.MultiIndex:
    """Changes of which the number of people, as rounded, tells how few are not in them.

    Thirty-four people with a first score, of whom twenty-seven are in the change, are shown as
    thirty-five and twenty-five: six or seven are missing. ``effects`` is exact; the answer are
    names of `CELL`.
    """
    whole = effects[effects["subgroup"] == ""]
    n, missing = whole["n"].astype(float), whole["n_excluded"].astype(float)
    of_few = small(missing, rule) & (n > 0)
    first, both = bounds(rounded(n + missing, rule), rule), bounds(rounded(n, rule), rule)
    most = np.minimum(first[1] - both[0], rule.hide_below - 1)
    least = np.maximum(first[0] - both[1], 1)
    tells = of_few & (most - least + 1 < LEAST_VALUES)
    return pd.MultiIndex.from_frame(whole.loc[tells, list(CELL)])


def hide_people(
    result: pd.DataFrame,
    effects: pd.DataFrame,
    rule: DisclosureRule,
    columns: Sequence[str] = ("n", "n_couples"),
    *,
    only: pd.Series | None = None,
) -> None:
    """Blank ``columns``, how many are in a change or what tells it, in `cells_that_tell`.

    ``only``: no other rows are looked at.
    """
    place = pd.MultiIndex.from_frame(result[list(CELL)])
    tells = pd.Series(place.isin(cells_that_tell(effects, rule)), index=result.index)
    result.loc[tells if only is None else tells & only, list(columns)] = np.nan
