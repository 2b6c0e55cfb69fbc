"""The SDQ added value score, from two waves of the parent's questionnaire."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from instruments.definition import Sourced

SD = Sourced(
    5,
    "Ford T et al. (2009) Br J Psychiatry 194:552-558",
    "confirmed",
    "SD of the added value of one child: the score divided by it is an effect size",
)

Floats = npt.NDArray[np.float64]


def added_value(
    *,
    total_before: npt.ArrayLike,
    impact_before: npt.ArrayLike,
    emotional_before: npt.ArrayLike,
    total_after: npt.ArrayLike,
) -> Floats:
    r"""Improvement of SDQ difficulties beyond what is expected of such children without help.

    Parameters
    ----------
    total_before, impact_before, emotional_before : array_like, shape (n,)
        Total difficulties (0 to 40), impact (0 to 10) and emotional problems (0 to 10) in the
        parent's questionnaire at the start; NaN = missing.
    total_after : array_like, shape (n,)
        Total difficulties about 6 months later, in the follow-up version.

    Returns
    -------
    array, shape (n,)
        Points of the SDQ, positive = better than expected; NaN unless all four are there.

    Raises
    ------
    ValueError
        A score outside its range.

    Notes
    -----
    .. math:: 2.3 + 0.8\,T_1 + 0.2\,I_1 - 0.3\,E_1 - T_2

    It holds for groups of children in difficulty whose parents sought help, not for one child and
    not for children in general; its conditions are in ``instruments.sdq.SDQ_ADDED_VALUE``.

    References
    ----------
    Ford T et al. (2009), doi:10.1192/bjp.bp.108.052373

    Examples
    --------
    >>> added_value(
    ...     total_before=[20, 20],
    ...     impact_before=[4, np.nan],
    ...     emotional_before=[6, 6],
    ...     total_after=[15, 15],
    ... ).round(10)
    array([2.3, nan])
    """
    total = _checked("total_before", total_before, highest=40)
    impact = _checked("impact_before", impact_before, highest=10)
    emotional = _checked("emotional_before", emotional_before, highest=10)
    later = _checked("total_after", total_after, highest=40)
    return 2.3 + 0.8 * total + 0.2 * impact - 0.3 * emotional - later


def _checked(name: str, scores: npt.ArrayLike, *, highest: float) -> Floats:
    values = np.asarray(scores, dtype=np.float64)
    outside = values[(values < 0) | (values > highest)]
    if outside.size:
        raise ValueError(f"{name}={outside.flat[0]:g}: allowed are scores from 0 to {highest:g}")
    return values
