"""Averages at one time of two nearly equal groups, of which one only is shown.

The average at the start of all who came back at the end, beside that of all who came back after
three months, is an average of the few who came back once. So for each time it is shown of one of
them; the average change of the others stays, which is of other scores each time.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from evaluation.config import DisclosureRule

ONE_BASIS = "ONE_BASIS"


def of_nearly_the_same(
    table: pd.DataFrame,
    n: Sequence[str],
    by: Sequence[str],
    times: Sequence[str],
    rule: DisclosureRule,
    *,
    shown: pd.Series,
) -> pd.Series:
    """Rows whose averages repeat those of a row further up, but for a few people.

    Parameters
    ----------
    table
        Rows in the order in which they are to be kept.
    n
        Columns with exact numbers of people.
    by
        What tells rows apart besides the times.
    times
        Columns with the times of the averages; a column ``contrast`` stands for both its times.
    shown
        Rows whose averages are shown at all.

    Returns
    -------
    Series of bool
        Where fewer than ``min_n`` people more or less are behind a row than behind one of the same
        time that is kept.
    """
    result = np.zeros(len(table), dtype=bool)
    names = [name for name in by if name in table]
    places = table[names].astype(str).agg("\x00".join, axis=1).to_numpy(object)
    counts = table[list(n)].apply(pd.to_numeric).to_numpy(float)
    when = [_times(row) for row in table[list(times)].itertuples(index=False, name=None)]
    kept: dict[tuple[str, str], list[np.ndarray]] = {}
    for row in np.flatnonzero(shown.to_numpy(bool)):
        keys = [(str(places[row]), time) for time in when[row]]
        near = [
            np.abs(counts[row] - other).min() < rule.min_n
            for key in keys
            for other in kept.get(key, [])
        ]
        result[row] = any(near)
        if not result[row]:
            for key in keys:
                kept.setdefault(key, []).append(counts[row])
    return pd.Series(result, index=table.index)


def _times(values: tuple[object, ...]) -> tuple[str, ...]:
    return tuple(time for value in values for time in str(value).split("_", 1))
