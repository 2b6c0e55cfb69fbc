"""Which persons belong together, and what follows for a standard error."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray


def couple_codes(cluster: ArrayLike) -> tuple[NDArray[np.intp], int]:
    """Number the couples from 0.

    Parameters
    ----------
    cluster : array_like, shape (n,)
        One label for each person; a person alone has a label of their own.

    Returns
    -------
    codes : ndarray of int, shape (n,)
        Partners share a code.
    n_couples : int
        How many codes there are.

    Raises
    ------
    ValueError
        If a label is blank or missing, because blanks would become one large couple, or if
        ``cluster`` is not one-dimensional.

    Examples
    --------
    >>> codes, n_couples = couple_codes(["b", "a", "b"])
    >>> codes.tolist(), n_couples
    ([1, 0, 1], 2)
    """
    labels = np.asarray(cluster)
    if labels.ndim != 1:
        raise ValueError(f"cluster: one dimension is needed, not {labels.ndim}")
    if _are_small_numbers(labels):
        present = np.bincount(labels) > 0
        n_couples = int(present.sum())
        # Numbers without gaps are the codes themselves.
        whole = n_couples == present.size
        codes = labels if whole else (np.cumsum(present) - 1)[labels]
        return codes.astype(np.intp, copy=False), n_couples
    if labels.dtype.kind not in "iu":
        labels = np.array([_checked_label(label) for label in labels.tolist()], dtype=str)
    found, codes = np.unique(labels, return_inverse=True)
    return codes, int(found.size)


def clustered_se(influence: ArrayLike, cluster: ArrayLike) -> float:
    """Standard error of a mean, allowing for any likeness within couples.

    ``sqrt(G/(G-1) sum_g (sum_i e_gi)**2) / n`` where ``e`` are influence values, that is
    deviations from the mean for a mean. With one person in each couple and a mean this is
    ``sd / sqrt(n)``.

    Parameters
    ----------
    influence : array_like, shape (n,)
        Influence of each person on the estimate; they add up to 0.
    cluster : array_like, shape (n,)
        Couple labels, or codes from :func:`couple_codes`.

    Returns
    -------
    float
        In the unit of ``influence``; NaN with fewer than two couples.

    Raises
    ------
    ValueError
        If the lengths differ, a value is not finite or a label is blank.

    Examples
    --------
    >>> round(clustered_se([-1.0, 1.0, 0.0], ["a", "b", "c"]), 6)
    0.57735
    """
    values, codes, n_couples = checked_values(influence, cluster)
    if n_couples < 2:
        return float("nan")
    totals = np.bincount(codes, weights=values, minlength=n_couples)
    correction = n_couples / (n_couples - 1)
    return float(np.sqrt(correction * (totals @ totals)) / values.size)


def checked_values(
    x: ArrayLike, cluster: ArrayLike
) -> tuple[NDArray[np.float64], NDArray[np.intp], int]:
    """Values, couple codes and the number of couples; ``ValueError`` where they do not fit."""
    values = np.asarray(x, dtype=float)
    codes, n_couples = couple_codes(cluster)
    if values.shape != codes.shape:
        raise ValueError(f"x has shape {values.shape}, cluster {codes.shape}: they must agree")
    if not np.isfinite(values).all():
        raise ValueError("x: every value must be a finite number; leave out the missing first")
    return values, codes, n_couples


def couple_means(
    values: NDArray[np.float64], codes: NDArray[np.intp], n_couples: int
) -> tuple[NDArray[np.float64], NDArray[np.float64], float]:
    """Couple sizes, couple means and the sum of squares within couples."""
    sizes = np.bincount(codes, minlength=n_couples).astype(float)
    means = np.bincount(codes, weights=values, minlength=n_couples) / sizes
    apart = values - means[codes]
    return sizes, means, float(apart @ apart)


def _are_small_numbers(labels: NDArray) -> bool:
    """Whether counting them is quicker than sorting them."""
    if labels.dtype.kind not in "iu" or not labels.size:
        return False
    return bool(labels.min() >= 0 and labels.max() < 16 * labels.size + 4096)


def _checked_label(label: object) -> str:
    missing = label is None or (isinstance(label, float) and not np.isfinite(label))
    if missing or not str(label).strip():
        raise ValueError("cluster: no label may be blank; give a person alone a label of their own")
    return str(label)
