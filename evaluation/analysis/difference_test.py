"""Whether two groups of people differ by more than chance, with partners allowed to be alike."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from evaluation.analysis.clusters import couple_codes
from evaluation.analysis.later import special

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
ROUNDING = 1e-12
# With fewer couples nothing is left to tell how far they vary.
LEAST_COUPLES = 3


def difference_p(
    values: ArrayLike, group: ArrayLike, cluster: ArrayLike, *, shares: ArrayLike
) -> tuple[Floats, NDArray[np.object_]]:
    """Two-sided p of the difference between two groups, for each column of values.

    Parameters
    ----------
    values : array_like, shape (n, c)
        One row for each person; NaN = not known. A share is 1 or 0.
    group : array_like of bool, shape (n,)
        Who is on the one side; partners may be on different sides.
    cluster : array_like, shape (n,)
        Couple labels; a person alone has a label of their own.
    shares : array_like of bool, shape (c,)
        Which columns are shares.

    Returns
    -------
    tuple of arrays, each of shape (c,)
        p, and why there is none: ``N0`` nobody is known on one of the sides,
        ``G1`` one couple, ``FEW_COUPLES`` two, ``SE0`` nothing varies.

    Raises
    ------
    ValueError
        If the shapes do not fit or a label is blank.

    Notes
    -----
    The largest of two or three, none of which can be far too small where the other fails:

    * the difference over its linearised error by couple, ``sqrt(G / (G - 1) sum_g u_g^2)``, u_g
      the sum over couple g of ``+-(y - mean of the side) / n of the side``; t(G - 1). It is much
      too small where a small side does not vary;
    * the difference over the error that it has if both sides vary alike,
      ``s^2 (sum w^2 + rho (sum_g W_g^2 - sum w^2))``, w = +-1 / n of the side, W_g its sum over
      couple g, rho the mean product of partners' residuals over the mean square, s^2 the mean
      square times G / (G - d): for means residuals from the side's mean, d = 2; for shares from
      the share of all, d = 1; t(G - d). Of means of people alone this is Student's test;
    * for shares Fisher's exact test of the people.

    References
    ----------
    Liang & Zeger (1986), https://doi.org/10.1093/biomet/73.1.13. Fisher (1935), The logic of
    inductive inference.

    Examples
    --------
    >>> lost = [[1.0]] * 5 + [[1.0]] * 351 + [[0.0]] * 258
    >>> p, why = difference_p(lost, [True] * 5 + [False] * 609, range(614), shares=[True])
    >>> round(float(p[0]), 3), why[0]
    (0.078, '')
    """
    data, side = np.asarray(values, dtype=float), np.asarray(group, dtype=bool)
    is_share = np.asarray(shares, dtype=bool)
    codes, _ = couple_codes(cluster)
    if data.ndim != 2 or data.shape != (side.size, is_share.size) or codes.shape != side.shape:
        raise ValueError(
            f"values has shape {data.shape}: a row for each of group ({side.size}) and cluster "
            f"({codes.size}), a column for each of shares ({is_share.size}) is needed"
        )
    order = np.argsort(codes, kind="stable")
    data, side = data[order], side[order]
    starts = np.flatnonzero(np.diff(codes[order], prepend=-1))
    known = ~np.isnan(data)
    y, one, other = np.where(known, data, 0.0), known & side[:, None], known & ~side[:, None]
    n_one, n_other = one.sum(axis=0).astype(float), other.sum(axis=0).astype(float)
    sizes = _by_couple(known.astype(float), starts)
    couples = (sizes > 0).sum(axis=0).astype(float)
    reason = np.select(
        [n_one + n_other == 0, (n_one == 0) | (n_other == 0), couples < 2, couples < LEAST_COUPLES],
        ["N0", "N0", "G1", "FEW_COUPLES"],
        default="",
    ).astype(object)
    able = reason == ""
    p = np.full(is_share.size, np.nan)
    if not able.any():
        return p, reason
    y, one, other, sizes = y[:, able], one[:, able], other[:, able], sizes[:, able]
    n_one, n_other, couples = n_one[able], n_other[able], couples[able]
    mean_one = np.where(one, y, 0.0).sum(axis=0) / n_one
    mean_other = np.where(other, y, 0.0).sum(axis=0) / n_other
    weight = one / n_one - other / n_other
    apart = np.where(one, y - mean_one, np.where(other, y - mean_other, 0.0))
    by_couple = _by_couple(weight * apart, starts)
    error = np.sqrt(couples / (couples - 1) * (by_couple**2).sum(axis=0))
    overall = y.sum(axis=0) / (n_one + n_other)
    from_all = np.where(one | other, y - overall, 0.0)
    lost_df = np.where(is_share[able], 1, 2)
    alike = _error_if_alike(
        np.where(is_share[able], from_all, apart), weight, sizes, starts, couples, lost_df
    )
    difference, size = mean_one - mean_other, np.abs(y).max(axis=0)
    found = np.maximum(
        _p_of(difference, error, couples - 1, size),
        _p_of(difference, alike, couples - lost_df, size),
    )
    for column in np.flatnonzero(is_share[able]):
        yes = float(y[:, column] @ one[:, column]), float(y[:, column] @ other[:, column])
        exact = fisher_p(yes[0], n_one[column], yes[1], n_other[column])
        found[column] = max(found[column], exact)
    flat = alike <= ROUNDING * size
    p[able] = np.where(flat, np.nan, found)
    reason[able] = np.where(flat, "SE0", "")
    return p, reason


def _by_couple(values: Floats, starts: NDArray[np.intp]) -> Floats:
    """Sums over the couples of each column."""
    return np.add.reduceat(values, starts, axis=0) if starts.size else values


def _error_if_alike(
    residual: Floats,
    weight: Floats,
    sizes: Floats,
    starts: NDArray[np.intp],
    couples: Floats,
    lost_df: NDArray[np.intp],
) -> Floats:
    """Error of the difference with one variance, and one likeness of partners, on both sides."""
    square, people = (residual**2).sum(axis=0), sizes.sum(axis=0)
    products = (_by_couple(residual, starts) ** 2).sum(axis=0) - square
    n_products = (sizes**2).sum(axis=0) - people
    known = (square > 0) & (n_products > 0)
    likeness = np.where(
        known,
        products * people / np.where(known, square * n_products, 1.0),
        0.0,
    )
    # What no couple can go beyond, or a variance might be less than nothing.
    least = -1.0 / np.maximum(sizes.max(axis=0) - 1, 1)
    likeness = np.clip(likeness, least, 1.0)
    alone = (weight**2).sum(axis=0)
    together = (_by_couple(weight, starts) ** 2).sum(axis=0) - alone
    variance = square / people * couples / (couples - lost_df) * (alone + likeness * together)
    return np.sqrt(np.maximum(variance, 0.0))


def _p_of(difference: Floats, error: Floats, df: Floats, size: Floats) -> Floats:
    """By Student's t; 0 where the error says nothing, so that it decides nothing."""
    usable = error > ROUNDING * size
    t = np.abs(difference) / np.where(usable, error, 1.0)
    return np.where(usable, 2 * special.stdtr(df, -t), 0.0)


def fisher_p(yes_one: float, n_one: float, yes_other: float, n_other: float) -> float:
    """Fisher's exact two-sided p: all tables with these margins that are no likelier than this.

    Examples
    --------
    >>> round(fisher_p(3, 3, 0, 3), 6)
    0.1
    """
    total, yes = n_one + n_other, yes_one + yes_other
    counts = np.arange(max(0.0, yes - n_other), min(yes, n_one) + 1)

    def log_ways(n: float, k: Floats | float) -> Floats:
        ways = special.gammaln(n + 1) - special.gammaln(np.add(k, 1))
        return np.asarray(ways - special.gammaln(np.subtract(n, k) + 1), dtype=float)

    logs = log_ways(n_one, counts) + log_ways(n_other, yes - counts) - log_ways(total, yes)
    here = logs[int(yes_one - counts[0])]
    # Equally likely tables may differ by rounding.
    return float(min(1.0, np.exp(logs[logs <= here + 1e-7]).sum()))
