"""Both partners' changes side by side, and what ignoring that they are a couple would do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from evaluation.analysis.change import CHANGE_CLASSES, classify_change
from evaluation.analysis.clusters import checked_values
from evaluation.analysis.couples import anova_icc, design_effect, effective_n, random_intercept_reml
from evaluation.analysis.effect import paired_effect
from evaluation.analysis.intervals import mean_interval
from instruments.definition import Better

NAN = float("nan")
_IMPROVED, _DETERIORATED = CHANGE_CLASSES.index("improved"), CHANGE_CLASSES.index("deteriorated")


@dataclass(frozen=True, slots=True)
class CoupleChange:
    """Partners of one group of people measured before and after.

    ``n_both`` couples have both partners' change, ``n_one`` one person's (a person without a
    partner in the programme is counted here too), ``n_more`` clusters have three or more and are
    in neither. By the rule of reliable change ``both_better``, ``both_unchanged``, ``both_worse``
    and ``discordant`` (the partners differ) add up to ``n_both``; ``opposite`` of the discordant
    have one partner better and one worse.

    ``icc_level`` is the ANOVA correlation of the scores before, with its sign; ``icc_change`` the
    REML one of the changes, at least 0. The naive interval treats partners as strangers, the
    clustered one does not; ``reml_estimate`` has a random intercept for each couple.

    ``reason`` (joined by ``;``): ``N0``, ``NO_DIRECTION``, ``G1`` one couple, ``SINGLES`` nobody
    has a partner here, ``SD0`` no spread, ``SE0`` the couples balance exactly, ``RC_MISSING`` no
    size of reliable change.
    """

    n: int
    n_couples: int
    n_both: int = 0
    n_one: int = 0
    n_more: int = 0
    share_one: float = NAN
    icc_level: float = NAN
    icc_change: float = NAN
    deff: float = NAN
    n_effective: float = NAN
    both_better: int | None = None
    both_unchanged: int | None = None
    both_worse: int | None = None
    discordant: int | None = None
    opposite: int | None = None
    mean_before_both: float = NAN
    mean_before_one: float = NAN
    improvement: float = NAN
    naive_low: float = NAN
    naive_high: float = NAN
    clustered_low: float = NAN
    clustered_high: float = NAN
    reml_estimate: float = NAN
    reml_se: float = NAN
    reason: str = ""


def couple_change(
    before: ArrayLike,
    after: ArrayLike,
    cluster: ArrayLike,
    *,
    better: Better,
    rc_points: float,
    level: float = 0.95,
) -> CoupleChange:
    """How partners changed together, and what their likeness costs.

    Parameters
    ----------
    before, after : array_like, shape (n,)
        Scores of the same persons, in the unit of the scale.
    cluster : array_like, shape (n,)
        Couple labels; a person alone has a label of their own.
    better : {"higher", "lower", "neither"}
        Which direction of the scale is an improvement.
    rc_points : float
        A change is reliable when strictly larger; NaN: it is not known.
    level : float
        Confidence level, between 0 and 1.

    Returns
    -------
    CoupleChange
        Undefined numbers are NaN, counts None, with ``reason``.

    Raises
    ------
    ValueError
        If lengths differ, a score is not finite, a label is blank, ``rc_points`` is negative, or
        ``better`` or ``level`` is not allowed.

    Examples
    --------
    >>> found = couple_change([20, 18, 9, 10, 15], [9, 10, 9, 2, 15], ["a", "a", "b", "b", "c"],
    ...                       better="lower", rc_points=5)
    >>> found.n_both, found.n_one, found.both_better, found.discordant
    (2, 1, 1, 1)
    """
    if better not in get_args(Better):
        raise ValueError(f"better={better!r}: allowed are {', '.join(get_args(Better))}")
    first, codes, n_couples = checked_values(before, cluster)
    last, _, _ = checked_values(after, codes)
    n = first.size
    effect = paired_effect(first, last, codes, better=better, level=level)
    if n == 0:
        return CoupleChange(0, 0, reason="N0")
    sizes = np.bincount(codes)
    x = (last - first) * (-1.0 if better == "lower" else 1.0)
    fit = random_intercept_reml(x, codes)
    both, one = sizes[codes] == 2, sizes[codes] == 1
    low, high = mean_interval(mean=x.mean(), sd=x.std(ddof=1) if n > 1 else NAN, n=n, level=level)
    directed = better != "neither"
    table: dict[str, int] = {}
    missing = "" if directed else "NO_DIRECTION"
    if directed and np.isnan(rc_points):
        missing = "RC_MISSING"
    elif directed:
        changes = classify_change(first, last, better=better, rc_points=rc_points, cutoff=None)
        table = _table(changes.codes[both], codes[both])
    spread = fit.reason != "SD0"
    balanced = directed and spread and n_couples > 1 and np.isnan(effect.improvement_low)
    reasons = [fit.reason, "SE0" if balanced else "", missing]
    return CoupleChange(
        n=n,
        n_couples=n_couples,
        n_both=int((sizes == 2).sum()),
        n_one=int((sizes == 1).sum()),
        n_more=int((sizes > 2).sum()),
        share_one=float((sizes == 1).mean()),
        icc_level=anova_icc(first, codes),
        icc_change=fit.icc,
        deff=design_effect(codes, fit.icc),
        n_effective=effective_n(codes, fit.icc),
        **table,
        mean_before_both=float(first[both].mean()) if both.any() else NAN,
        mean_before_one=float(first[one].mean()) if one.any() else NAN,
        improvement=effect.improvement,
        naive_low=float(low) if directed and spread else NAN,
        naive_high=float(high) if directed and spread else NAN,
        clustered_low=effect.improvement_low,
        clustered_high=effect.improvement_high,
        reml_estimate=fit.estimate if directed else NAN,
        reml_se=fit.se if directed else NAN,
        reason=";".join(code for code in reasons if code),
    )


def _table(classes: NDArray[np.int8], couple: NDArray[np.intp]) -> dict[str, int]:
    """Couples by both partners' classes; every couple occurs twice."""
    pairs = classes[np.argsort(couple, kind="stable")].reshape(-1, 2)
    better, worse = (pairs == _IMPROVED).sum(axis=1), (pairs == _DETERIORATED).sum(axis=1)
    return {
        "both_better": int((better == 2).sum()),
        "both_worse": int((worse == 2).sum()),
        "both_unchanged": int((better + worse == 0).sum()),
        "discordant": int((pairs[:, 0] != pairs[:, 1]).sum()),
        "opposite": int(((better == 1) & (worse == 1)).sum()),
    }
