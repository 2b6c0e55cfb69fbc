"""Two reporters or one: which couples both partners answer from, and how far partners differ."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from evaluation.analysis.intervals import check_level, t_interval

Floats = NDArray[np.float64]
ANSWERS = ("both", "only_first", "only_second", "neither", "not_judged")


@dataclass(frozen=True, slots=True, eq=False)
class GroupedMeans:
    """Means of many groups at once, with intervals that allow for values of one couple.

    ``reason``: ``N0`` no value, ``G1`` one couple, ``SD0`` all values equal.
    """

    mean: Floats
    se: Floats
    low: Floats
    high: Floats
    n: NDArray[np.intp]
    n_couples: NDArray[np.intp]
    reason: NDArray[np.object_]


def which_answered(
    first: ArrayLike, second: ArrayLike, *, first_judged: ArrayLike, second_judged: ArrayLike
) -> NDArray[np.int8]:
    """Of each couple, who answered: a place in ANSWERS.

    Parameters
    ----------
    first, second : array_like of bool, shape (n,)
        Whether each partner answered.
    first_judged, second_judged : array_like of bool, shape (n,)
        Whether the time of each has passed; whoever answered is judged in any case.

    Returns
    -------
    ndarray of int8, shape (n,)
        ``not_judged`` where a partner has not answered and can still do so, or is not asked.

    Raises
    ------
    ValueError
        If the lengths differ.

    Examples
    --------
    >>> found = which_answered([True, True, False], [True, False, False],
    ...                        first_judged=[True] * 3, second_judged=[True, True, False])
    >>> [ANSWERS[place] for place in found]
    ['both', 'only_first', 'not_judged']
    """
    columns = [
        np.asarray(column, dtype=bool) for column in (first, second, first_judged, second_judged)
    ]
    if len({column.shape for column in columns}) != 1:
        raise ValueError("first, second and whether they are judged: the lengths must agree")
    one, other, one_judged, other_judged = columns
    judged = (one | one_judged) & (other | other_judged)
    found = np.select([~judged, one & other, one, other], [4, 0, 1, 2], default=3)
    return found.astype(np.int8)


def grouped_means(
    values: ArrayLike,
    couple: ArrayLike,
    group: ArrayLike,
    n_groups: int,
    *,
    level: float = 0.95,
) -> GroupedMeans:
    """The mean of each group, clustered by couple.

    ``se = sqrt(G/(G-1) sum_g (sum_i e_gi)**2) / n`` with deviations e from the mean, and t on G - 1
    degrees of freedom. With one value in each couple this is the ordinary interval; for
    differences of partners, the paired t.

    Parameters
    ----------
    values : array_like, shape (n,)
        NaN is left out.
    couple, group : array_like of int, shape (n,)
        Numbers from 0; a couple lies in one group or in several.
    n_groups : int
        How many groups there are.
    level : float
        Confidence level, between 0 and 1.

    Returns
    -------
    GroupedMeans
        Arrays of ``n_groups``; undefined is NaN, with ``reason``.

    Raises
    ------
    ValueError
        If the lengths differ, or ``level`` is not between 0 and 1.

    Examples
    --------
    >>> found = grouped_means([1.0, 2.0, 3.0], [0, 1, 2], [0, 0, 0], 1)
    >>> round(float(found.low[0]), 4), round(float(found.high[0]), 4)
    (-0.4841, 4.4841)
    """
    check_level(level)
    x, codes, groups = np.asarray(values, dtype=float), np.asarray(couple), np.asarray(group)
    if not x.shape == codes.shape == groups.shape:
        raise ValueError(f"values {x.shape}, couple {codes.shape}, group {groups.shape}: not alike")
    known = np.isfinite(x)
    x, codes = x[known], codes[known].astype(np.intp)
    groups = groups[known].astype(np.intp)
    n = np.bincount(groups, minlength=n_groups)
    total = np.bincount(groups, weights=x, minlength=n_groups)
    size = np.where(n > 0, n, np.nan)
    mean = total / size
    span = int(codes.max()) + 1 if codes.size else 1
    keys, place = np.unique(groups * span + codes, return_inverse=True)
    sums = np.bincount(place, weights=x - mean[groups], minlength=keys.size)
    of_couple = (keys // span).astype(np.intp)
    n_couples = np.bincount(of_couple, minlength=n_groups)
    squares = np.bincount(of_couple, weights=sums**2, minlength=n_groups)
    g = np.where(n_couples > 1, n_couples, np.nan)
    se = np.sqrt(g / (g - 1) * squares) / size
    # What rounding leaves of equal values is no spread.
    largest = np.zeros(n_groups)
    np.maximum.at(largest, groups, np.abs(x))
    se = np.where(se <= 1e-12 * largest, 0.0, se)
    low, high = t_interval(estimate=mean, se=se, df=g - 1, level=level)
    reason = np.select([n == 0, n_couples == 1, se == 0], ["N0", "G1", "SD0"], default="")
    return GroupedMeans(
        mean, se, np.asarray(low), np.asarray(high), n, n_couples, reason.astype(object)
    )


def difference_of_means(
    one: GroupedMeans, other: GroupedMeans, *, level: float = 0.95
) -> tuple[Floats, Floats, Floats]:
    """``one`` minus ``other``, group by group, with Welch's interval.

    Parameters
    ----------
    one, other : GroupedMeans
        Of the same groups; no couple may be in both.
    level : float
        Confidence level, between 0 and 1.

    Returns
    -------
    difference, low, high : ndarray
        NaN where a mean, or its standard error, is not defined.

    References
    ----------
    Welch (1947), The generalization of "Student's" problem when several different population
    variances are involved.

    Examples
    --------
    >>> one = grouped_means([1.0, 2.0, 3.0], [0, 1, 2], [0, 0, 0], 1)
    >>> other = grouped_means([0.0, 1.0, 2.0], [3, 4, 5], [0, 0, 0], 1)
    >>> difference, low, high = difference_of_means(one, other)
    >>> float(difference[0]), round(float(low[0]), 4)
    (1.0, -1.267)
    """
    difference = one.mean - other.mean
    variance = one.se**2 + other.se**2
    parts = [
        each.se**4 / np.where(each.n_couples > 1, each.n_couples - 1, np.nan)
        for each in (one, other)
    ]
    spread = parts[0] + parts[1]
    df = variance**2 / np.where(spread > 0, spread, np.nan)
    low, high = t_interval(estimate=difference, se=np.sqrt(variance), df=df, level=level)
    return difference, np.asarray(low), np.asarray(high)


def count_answers(answers: ArrayLike, group: ArrayLike, n_groups: int) -> pd.DataFrame:
    """How many couples of each group answered in which way.

    Parameters
    ----------
    answers : array_like of int, shape (n,)
        From `which_answered`.
    group : array_like of int, shape (n,)
        Numbers from 0.
    n_groups : int
        How many groups there are.

    Returns
    -------
    DataFrame
        One row for each group, columns ANSWERS.

    Examples
    --------
    >>> count_answers([0, 1, 1], [0, 0, 0], 1).values.tolist()
    [[1, 2, 0, 0, 0]]
    """
    place = np.asarray(group, dtype=np.intp) * len(ANSWERS) + np.asarray(answers, dtype=np.intp)
    counts = np.bincount(place, minlength=n_groups * len(ANSWERS)).reshape(-1, len(ANSWERS))
    return pd.DataFrame(counts, columns=list(ANSWERS))
