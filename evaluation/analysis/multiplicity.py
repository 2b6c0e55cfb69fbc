"""Several tests at once: p values adjusted for how many there are."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]


def holm_adjust(p: ArrayLike) -> Floats:
    """Holm's adjusted p values: any false alarm in the family at most as likely as alpha.

    With p sorted upwards, the i-th of m becomes the largest of ``(m - j + 1) p_j`` for
    ``j <= i``, at most 1.

    Parameters
    ----------
    p : array_like, shape (m,)
        p values of one family. NaN (not estimable) stays NaN and does not count in m.

    Returns
    -------
    ndarray, shape (m,)
        In the order of ``p``.

    Raises
    ------
    ValueError
        If ``p`` is not a vector or a value is not between 0 and 1.

    References
    ----------
    Holm (1979), A simple sequentially rejective multiple test procedure.

    Examples
    --------
    >>> holm_adjust([0.01, 0.04, 0.03]).round(4).tolist()
    [0.03, 0.06, 0.06]
    """
    values, order = _sorted(p)
    m = order.size
    steps = values[order] * np.arange(m, 0, -1)
    return _in_order(values, order, np.maximum.accumulate(steps))


def benjamini_hochberg(p: ArrayLike) -> Floats:
    """Benjamini-Hochberg q values: among the results called, the expected share of false ones.

    With p sorted upwards, the i-th of m becomes the smallest of ``m p_j / j`` for ``j >= i``,
    at most 1.

    Parameters
    ----------
    p : array_like, shape (m,)
        p values of one family. NaN (not estimable) stays NaN and does not count in m.

    Returns
    -------
    ndarray, shape (m,)
        In the order of ``p``.

    Raises
    ------
    ValueError
        If ``p`` is not a vector or a value is not between 0 and 1.

    References
    ----------
    Benjamini & Hochberg (1995), Controlling the false discovery rate,
    https://doi.org/10.1111/j.2517-6161.1995.tb02031.x.

    Examples
    --------
    >>> benjamini_hochberg([0.01, 0.04, 0.03]).round(4).tolist()
    [0.03, 0.04, 0.04]
    """
    values, order = _sorted(p)
    m = order.size
    steps = values[order] * (m / np.arange(1, m + 1))
    return _in_order(values, order, np.minimum.accumulate(steps[::-1])[::-1])


def _sorted(p: ArrayLike) -> tuple[Floats, NDArray[np.intp]]:
    values = np.asarray(p, dtype=float)
    if values.ndim != 1:
        raise ValueError(f"p: one dimension is needed, not {values.ndim}")
    known = np.flatnonzero(~np.isnan(values))
    if ((values[known] < 0) | (values[known] > 1)).any():
        raise ValueError("p: every p value lies between 0 and 1")
    return values, known[np.argsort(values[known], kind="stable")]


def _in_order(values: Floats, order: NDArray[np.intp], adjusted: Floats) -> Floats:
    result = np.full(values.shape, np.nan)
    result[order] = np.minimum(adjusted, 1.0)
    return result
