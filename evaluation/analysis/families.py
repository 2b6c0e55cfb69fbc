"""p values of a table adjusted within their families: Holm for measures, q for subgroups."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from evaluation.analysis.multiplicity import benjamini_hochberg, holm_adjust

Adjust = Callable[[ArrayLike], NDArray[np.float64]]


def add_q_values(differences: pd.DataFrame, *, family: Sequence[str]) -> pd.DataFrame:
    """Benjamini-Hochberg q values for differences between subgroups.

    Parameters
    ----------
    differences : DataFrame
        With a column ``p`` (NaN = not estimable, does not count).
    family : sequence of str
        Columns; rows equal in all of them are one family, such as ``["site", "contrast",
        "adjusted"]``: every scale and trait of a site together.

    Returns
    -------
    DataFrame
        The same rows with ``q`` and ``n_family``, the number of p values adjusted together.

    Raises
    ------
    ValueError
        If a column is missing.

    Examples
    --------
    >>> table = pd.DataFrame({"site": "Luton", "p": [0.01, 0.04, float("nan"), 0.03]})
    >>> add_q_values(table, family=["site"])[["q", "n_family"]].round(4).to_dict("list")
    {'q': [0.03, 0.04, nan, 0.04], 'n_family': [3, 3, 3, 3]}
    """
    return _adjusted(differences, "p", "q", benjamini_hochberg, family)


def add_holm(
    effects: pd.DataFrame, *, family: Sequence[str], primary: ArrayLike, p: str = "p_cluster"
) -> pd.DataFrame:
    """Holm's adjusted p values for every measure but the primary one.

    Parameters
    ----------
    effects : DataFrame
        One row for each measure, with its p value in column ``p``.
    family : sequence of str
        Columns; rows equal in all of them are one family, such as ``["site", "contrast"]``.
    primary : array_like of bool, shape (rows,)
        The measure named beforehand: its p value stays as it is and does not count.
    p : str
        Name of the column of p values.

    Returns
    -------
    DataFrame
        The same rows with ``p_holm`` and ``n_family``; for the primary measure ``p_holm`` is its
        p value and ``n_family`` 1.

    Raises
    ------
    ValueError
        If a column is missing or ``primary`` has another length.

    Examples
    --------
    >>> table = pd.DataFrame({"site": "Luton", "p_cluster": [0.04, 0.01, 0.03]})
    >>> add_holm(table, family=["site"], primary=[True, False, False])["p_holm"].tolist()
    [0.04, 0.02, 0.03]
    """
    first = np.asarray(primary, dtype=bool)
    if first.shape != (len(effects),):
        raise ValueError(f"primary has shape {first.shape}: one mark for each row is needed")
    table = effects.reset_index(drop=True)
    rest = _adjusted(table[~first], p, "p_holm", holm_adjust, family)
    own = table[first].assign(p_holm=lambda rows: rows[p], n_family=1)
    together = rest if own.empty else own if rest.empty else pd.concat([own, rest])
    return together.sort_index().set_axis(effects.index)


def _adjusted(
    table: pd.DataFrame, p: str, result: str, adjust: Adjust, family: Sequence[str]
) -> pd.DataFrame:
    missing = [name for name in (p, *family) if name not in table.columns]
    if missing:
        raise ValueError(f"table: column {missing[0]!r} is missing")
    values = table[p].to_numpy(dtype=float)
    adjusted, size = np.full(values.shape, np.nan), np.zeros(values.shape, dtype=int)
    groups = (
        table.groupby(list(family), sort=False, dropna=False).indices.values()
        if family
        else [np.arange(len(table))]
    )
    for rows in groups:
        adjusted[rows] = adjust(values[rows])
        size[rows] = int((~np.isnan(values[rows])).sum())
    return table.assign(**{result: adjusted, "n_family": size})
