"""Wilcoxon's signed-rank test, with exact probabilities for small groups."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

from evaluation.analysis.later import special

NAN = float("nan")
EXACT_BELOW = 50


@dataclass(frozen=True, slots=True)
class SignedRank:
    """Wilcoxon's signed-rank test: ``p`` is the exact p where it applies, else the normal one."""

    w_plus: float
    w_minus: float
    n_nonzero: int
    n_zero: int
    rank_biserial: float
    p: float
    p_exact: float
    p_normal: float


def wilcoxon_signed_rank(x: ArrayLike) -> SignedRank:
    """Wilcoxon's signed-rank test of changes: zeros dropped, midranks for ties.

    W+ is the sum of the ranks of ``|x|`` that belong to ``x > 0``; the rank-biserial correlation
    is ``(W+ - W-) / (k (k+1) / 2)`` with k changes other than 0. The exact p is used below 50
    changes without ties and zeros; otherwise the normal one, with the tie correction
    ``k (k+1) (2k+1) / 24 - sum(u**3 - u) / 48`` of the variance and a continuity correction.

    Parameters
    ----------
    x : array_like, shape (n,)
        Changes, positive = better. Sizes that agree to 12 digits of the largest are ties.

    Returns
    -------
    SignedRank
        p-values are two-sided; ``p_exact`` is NaN where it does not apply, all are NaN if nobody
        changed.

    Raises
    ------
    ValueError
        If a change is not finite.

    References
    ----------
    Wilcoxon (1945), Individual comparisons by ranking methods. Kerby (2014), The simple
    difference formula.

    Examples
    --------
    >>> test = wilcoxon_signed_rank([1.0, 2.0, 3.0, 4.0, -5.0])
    >>> test.w_plus, test.w_minus, round(test.rank_biserial, 4), test.p_exact
    (10.0, 5.0, 0.3333, 0.625)
    """
    values = np.asarray(x, dtype=float)
    if not np.isfinite(values).all():
        raise ValueError("x: every change must be a finite number; leave out the missing first")
    largest = np.max(np.abs(values), initial=0.0)
    size = np.round(np.abs(values) / largest, 12) if largest > 0 else np.zeros(values.shape)
    changed = size > 0
    k = int(changed.sum())
    n_zero = values.size - k
    if k == 0:
        return SignedRank(0.0, 0.0, 0, n_zero, NAN, NAN, NAN, NAN)
    _, position, repeats = np.unique(size[changed], return_inverse=True, return_counts=True)
    ranks = (np.cumsum(repeats) - (repeats - 1) / 2)[position]
    w_plus = float(ranks[values[changed] > 0].sum())
    w_minus = k * (k + 1) / 2 - w_plus
    ties = repeats.astype(float)
    variance = k * (k + 1) * (2 * k + 1) / 24 - float((ties**3 - ties).sum()) / 48
    beyond = max(abs(w_plus - w_minus) / 2 - 0.5, 0.0)
    p_normal = float(min(1.0, 2 * special.ndtr(-beyond / np.sqrt(variance))))
    exact = k < EXACT_BELOW and n_zero == 0 and repeats.max() == 1
    p_exact = _exact_signed_rank_p(k, round(min(w_plus, w_minus))) if exact else NAN
    return SignedRank(
        w_plus=w_plus,
        w_minus=w_minus,
        n_nonzero=k,
        n_zero=n_zero,
        rank_biserial=(w_plus - w_minus) / (k * (k + 1) / 2),
        p=p_exact if exact else p_normal,
        p_exact=p_exact,
        p_normal=p_normal,
    )


@lru_cache(maxsize=EXACT_BELOW)
def _signed_rank_counts(k: int) -> NDArray[np.float64]:
    """How many of the 2**k sign patterns give a rank sum of at most 0, 1, 2 ... (k(k+1)/2)."""
    counts = np.zeros(k * (k + 1) // 2 + 1)
    counts[0] = 1.0
    for rank in range(1, k + 1):
        counts[rank:] = counts[rank:] + counts[:-rank]
    return np.cumsum(counts)


def _exact_signed_rank_p(k: int, smaller_sum: int) -> float:
    return float(min(1.0, 2 * _signed_rank_counts(k)[smaller_sum] / 2.0**k))
