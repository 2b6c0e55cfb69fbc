"""The exact test that before and after could be exchanged, couple by couple."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from evaluation.analysis.clusters import checked_values
from evaluation.analysis.later import special

NAN = float("nan")
Floats = NDArray[np.float64]
# Above this sum of the couples' changes the normal approximation stands in for counting.
LARGEST_EXACT_SUM = 5_000


def turned_round_p(change: ArrayLike, cluster: ArrayLike) -> float:
    """Exact two-sided p that before and after could be exchanged in every couple.

    With ``D_g`` the sum of the changes of couple g, the share of all ways of giving each ``D_g``
    either sign whose sum is as far from 0 as the observed one. With yes/no and one person in each
    couple this is McNemar's exact test. Above LARGEST_EXACT_SUM the normal approximation
    ``z = sum D_g / sqrt(sum D_g**2)`` is used, which then is close.

    Parameters
    ----------
    change : array_like, shape (n,)
        Later minus earlier, whole numbers.
    cluster : array_like, shape (n,)
        Couple labels, or codes from :func:`~evaluation.analysis.clusters.couple_codes`.

    Returns
    -------
    float
        NaN where nobody changed.

    Raises
    ------
    ValueError
        If the lengths differ, a value is not whole, or a label is blank.

    References
    ----------
    Fisher (1935), The design of experiments, section 21, on the test by turning signs round;
    couples as the unit as in Durkalski and others (2003), Analysis of clustered matched-pair data,
    https://doi.org/10.1002/sim.1438.

    Examples
    --------
    >>> turned_round_p([1, 1, 1, 1, 1, 0], ["a", "b", "c", "d", "e", "f"])
    0.0625
    >>> turned_round_p([1, 1, 1, 1, 1, 0], ["a", "a", "b", "b", "c", "d"])
    0.25
    """
    values, codes, n_couples = checked_values(change, cluster)
    if (values != np.round(values)).any():
        raise ValueError("change: every value must be a whole number")
    if not values.any():
        return NAN
    sums = np.bincount(codes, weights=values, minlength=n_couples)
    observed, sizes = abs(float(sums.sum())), np.abs(sums)
    total = float(sizes.sum())
    if observed == 0:
        return 1.0
    if total > LARGEST_EXACT_SUM:
        return 2 * float(special.ndtr(-observed / np.sqrt(sums @ sums)))
    # The chance of each sum of the couples that go up; the rest goes down.
    chances = np.ones(1)
    for size, n in zip(*np.unique(sizes[sizes > 0].astype(int), return_counts=True), strict=True):
        chances = np.convolve(chances, _chances_of(int(size), int(n)))
    up = np.arange(chances.size)
    # Whole numbers, so that "as far" is no matter of rounding.
    far = np.abs(2 * up - int(total)) >= int(observed)
    return min(1.0, float(chances[far].sum()))


def _chances_of(size: int, n: int) -> Floats:
    """Chances of the sum of n couples that each go up by ``size`` or not at all."""
    k = np.arange(n + 1)
    logs = special.gammaln(n + 1) - special.gammaln(k + 1) - special.gammaln(n - k + 1)
    chances = np.zeros(n * size + 1)
    chances[::size] = np.exp(logs - n * np.log(2))
    return chances
