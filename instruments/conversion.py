"""Raw scores turned into others by a table, a pair of tables or a grid."""

from __future__ import annotations

import numpy as np

from instruments.definition import Scale, Table
from instruments.plan import Floats

IDEALISM_WEIGHT = 0.40


def look_up(table: Table, raw: Floats) -> Floats:
    """The converted values; NaN where the table has no such raw score.

    Parameters
    ----------
    table : ((raw, converted), ...)
        In ascending order of raw scores.
    raw : array, shape (n,)

    Returns
    -------
    array, shape (n,)

    Examples
    --------
    >>> look_up(((7, 7.0), (8, 9.51)), np.array([8.0, 7.5, np.nan]))
    array([9.51,  nan,  nan])
    """
    known, converted = np.array([*table, (np.inf, np.nan)]).T
    place = np.minimum(np.searchsorted(known, raw), len(known) - 1)
    return np.where(known[place] == raw, converted[place], np.nan)


def correct_for_idealism(scale: Scale, scores: Floats) -> Floats:
    """PCT - 0.40 PCT ID / 100, with the percentiles PCT and ID of two raw scores.

    Parameters
    ----------
    scale : Scale
        With the percentile tables of its two components.
    scores : array, shape (2, n)
        Raw scores of the components, in their order.

    Returns
    -------
    array, shape (n,)
        NaN where the tables are not there or list no such raw score.

    References
    ----------
    Fowers BJ, Olson DH (1993), doi:10.1037/0893-3200.7.2.176

    Examples
    --------
    >>> from instruments.configure import configure
    >>> from instruments.registry import get
    >>> made_up = {
    ...     "marital_satisfaction_raw": ((30, 80.0),),
    ...     "idealistic_distortion_raw": ((15, 60.0),),
    ... }
    >>> ems = configure(get("enrich_ems_15"), table=made_up).scale("ems")
    >>> correct_for_idealism(ems, np.array([[30.0], [15.0]]))
    array([60.8])
    """
    if not scale.tables:
        return np.full(scores.shape[1], np.nan)
    percentile, idealism = (
        look_up(table, raw) for table, raw in zip(scale.tables, scores, strict=True)
    )
    return percentile - IDEALISM_WEIGHT * percentile * idealism / 100.0


def read_grid(scale: Scale, scores: Floats) -> Floats:
    """The values of the scale's grid for two component scores.

    Parameters
    ----------
    scale : Scale
        With a grid: a row for each score of the first component, a column for the second's.
    scores : array, shape (2, n)
        Scores of the components, in their order.

    Returns
    -------
    array, shape (n,)
        NaN where a component has no score, or one that is not whole.

    Examples
    --------
    >>> from instruments.registry import get
    >>> utility = get("core_6d").scale("total")
    >>> read_grid(utility, np.array([[0.0, 2.0, np.nan], [0.0, 10.0, 3.0]]))
    array([0.95, 0.1 ,  nan])
    """
    grid = np.array(scale.grid)
    known = (np.rint(scores) == scores).all(axis=0)
    value = np.full(scores.shape[1], np.nan)
    row, column = scores[:, known].astype(np.intp)
    value[known] = grid[row, column]
    return value
