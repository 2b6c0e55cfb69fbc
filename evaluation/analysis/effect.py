"""The size of a change from before to after, in points and in standard deviations."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from evaluation.analysis.clusters import checked_values, clustered_se
from evaluation.analysis.couples import effective_n, random_intercept_reml
from evaluation.analysis.intervals import check_level, noncentral_t_limits, t_interval
from evaluation.analysis.later import special
from evaluation.analysis.signed_rank import wilcoxon_signed_rank
from instruments.definition import Better

NAN = float("nan")
# Spread below this share of the largest score is rounding error of the subtraction.
ROUNDING_SHARE = 1e-12
TIERS = ((3, "counts"), (5, "mean_only"), (10, "imprecise"), (20, "no_subgroup"))


@dataclass(frozen=True, slots=True)
class PairedEffect:
    """Everything said about one group of persons measured before and after.

    ``raw_change`` is later minus earlier; every other change is positive where things got
    better. ``improvement_se`` and ``g_pre_se`` are the clustered standard errors behind the
    intervals. Not estimable is NaN, and ``reason`` holds the codes that say why, joined by ``;``:

    =============  ==========================================================================
    N0, N1         nobody, or one person only
    NO_DIRECTION   neither direction of the scale is better, so nothing beyond ``raw_change``
    G1             one couple only: no clustered interval
    SD0            no spread at the start or in the changes, so no standardised change or t
    SE0            the couples' changes balance exactly: no clustered interval
    DF1            two persons only: the small-sample correction has no value
    R_UNDEF        no correlation, or one of 1, so no d_rm
    ALL_TIES       nobody changed: no rank test
    =============  ==========================================================================
    """

    n: int
    n_couples: int
    n_effective: float = NAN
    mean_before: float = NAN
    sd_before: float = NAN
    mean_after: float = NAN
    sd_after: float = NAN
    r: float = NAN
    raw_change: float = NAN
    improvement: float = NAN
    improvement_low: float = NAN
    improvement_high: float = NAN
    g_pre: float = NAN
    g_pre_low: float = NAN
    g_pre_high: float = NAN
    d_pre: float = NAN
    d_z: float = NAN
    d_z_low: float = NAN
    d_z_high: float = NAN
    g_z: float = NAN
    d_av: float = NAN
    g_av: float = NAN
    d_rm: float = NAN
    t: float = NAN
    df: float = NAN
    p_t: float = NAN
    p_cluster: float = NAN
    wilcoxon_w: float = NAN
    p_wilcoxon: float = NAN
    rank_biserial: float = NAN
    share_improved: float = NAN
    display_tier: str = "counts"
    reason: str = ""
    sd_change: float = NAN
    improvement_se: float = NAN
    g_pre_se: float = NAN


def hedges_correction(df: ArrayLike) -> NDArray[np.float64] | float:
    """Small-sample correction J of a standardised mean difference, exact.

    ``J(m) = Gamma(m/2) / (sqrt(m/2) Gamma((m-1)/2))``, by logarithms of Gamma.

    Parameters
    ----------
    df : array_like
        Degrees of freedom m of the standard deviation.

    Returns
    -------
    float or ndarray
        Between 0 and 1, in the shape of ``df``; NaN where ``df`` is 1 or less.

    References
    ----------
    Hedges (1981), Distribution theory for Glass's estimator of effect size.

    Examples
    --------
    >>> round(hedges_correction(2), 6), round(hedges_correction(29), 6)
    (0.56419, 0.973875)
    """
    m = np.asarray(df, dtype=float)
    m = np.where(m > 1, m, np.nan)
    j = np.exp(special.gammaln(m / 2) - np.log(np.sqrt(m / 2)) - special.gammaln((m - 1) / 2))
    return float(j) if j.ndim == 0 else j


def display_tier(n: int) -> str:
    """How much of a result ``n`` persons can carry.

    Parameters
    ----------
    n : int
        Persons with both scores.

    Returns
    -------
    str
        ``counts`` below 3, ``mean_only`` below 5, ``imprecise`` below 10, ``no_subgroup`` below
        20, else ``full``.

    Examples
    --------
    >>> display_tier(7)
    'imprecise'
    """
    return next((tier for below, tier in TIERS if n < below), "full")


def paired_effect(
    before: ArrayLike,
    after: ArrayLike,
    cluster: ArrayLike,
    *,
    better: Better,
    level: float = 0.95,
) -> PairedEffect:
    """Change of one group from before to after, with intervals that know the couples.

    With ``x = direction (after - before)``, ``s1``, ``s2`` the standard deviations before and
    after, ``sD`` that of x, and n persons in G couples:

    * improvement = mean x, with ``-+ t(G-1) sqrt(G/(G-1) sum_g (sum_i (x_i - mean x))**2) / n``
    * d_pre = mean x / s1 and g_pre = J(n-1) d_pre, with ``-+ t(G-1)`` times the clustered
      standard error of the influence values
      ``(x_i - mean x)/s1 - d_pre/2 ((a_i - mean a)**2 / s1**2 n/(n-1) - 1)``, a = before
    * d_z = mean x / sD with the exact noncentral-t interval, g_z = J(n-1) d_z
    * d_av = mean x / sqrt((s1**2 + s2**2)/2), g_av = J(n-1) d_av, d_rm = d_z sqrt(2 (1 - r))
    * t, df, p_t: the paired t test; p_cluster: improvement over its clustered standard error
    * Wilcoxon's signed-rank test, see :func:`evaluation.analysis.signed_rank.wilcoxon_signed_rank`
    * n_effective = n / design effect, with the REML intraclass correlation of x

    Parameters
    ----------
    before, after : array_like, shape (n,)
        Scores of the same persons, in the unit of the scale.
    cluster : array_like, shape (n,)
        Couple labels (whole numbers are fastest); a person alone has a label of their own.
    better : {"higher", "lower", "neither"}
        Which direction of the scale is an improvement.
    level : float
        Confidence level, between 0 and 1.

    Returns
    -------
    PairedEffect
        Undefined statistics are NaN, with ``reason``; nothing is blanked by display tier.

    Raises
    ------
    ValueError
        If the lengths differ, a score is not finite, a label is blank, or ``better`` or
        ``level`` is not allowed.

    References
    ----------
    Bonett (2008), https://doi.org/10.1037/1082-989X.13.2.99. Lakens (2013),
    https://doi.org/10.3389/fpsyg.2013.00863. Becker (1988), Synthesizing standardized
    mean-change measures. Morris & DeShon (2002), Combining effect size estimates.

    Examples
    --------
    >>> effect = paired_effect([20, 14, 9, 16], [11, 12, 9, 8], [0, 0, 1, 2], better="lower")
    >>> effect.improvement, effect.raw_change, effect.n_couples, effect.display_tier
    (4.75, -4.75, 3, 'mean_only')
    """
    return paired_effects([(before, after, cluster)], better=better, level=level)[0]


def paired_effects(
    groups: Iterable[tuple[ArrayLike, ArrayLike, ArrayLike]],
    *,
    better: Better,
    level: float = 0.95,
) -> list[PairedEffect]:
    """Change of several groups on one scale, see :func:`paired_effect`.

    Quicker than one after the other, because the exact limits of d_z are found for all of them
    at once.

    Parameters
    ----------
    groups : iterable of (before, after, cluster)
        Scores and couple labels of each group.
    better : {"higher", "lower", "neither"}
        Which direction of the scale is an improvement.
    level : float
        Confidence level, between 0 and 1.

    Returns
    -------
    list of PairedEffect
        One for each group.

    Raises
    ------
    ValueError
        As :func:`paired_effect`.

    Examples
    --------
    >>> group = ([20, 14, 9, 16], [11, 12, 9, 8], [0, 0, 1, 2])
    >>> paired_effects([group, group], better="lower")[1] == paired_effect(*group, better="lower")
    True
    """
    if better not in get_args(Better):
        raise ValueError(f"better={better!r}: allowed are {', '.join(get_args(Better))}")
    check_level(level)
    found = [_effect_without_limits(*group, better=better, level=level) for group in groups]
    t, df = np.array([(effect.t, effect.df) for effect in found], dtype=float).reshape(-1, 2).T
    ends = zip(*noncentral_t_limits(t, df, level=level), strict=True)  # type: ignore[arg-type]
    return [
        replace(effect, d_z_low=float(low) / effect.n**0.5, d_z_high=float(high) / effect.n**0.5)
        if effect.n
        else effect
        for effect, (low, high) in zip(found, ends, strict=True)
    ]


def _effect_without_limits(
    before: ArrayLike, after: ArrayLike, cluster: ArrayLike, *, better: Better, level: float
) -> PairedEffect:
    """Everything but the exact limits of d_z."""
    pairs = _pairs(before, after, cluster, direction=-1.0 if better == "lower" else 1.0)
    if pairs.n == 0:
        return PairedEffect(n=0, n_couples=0, reason="N0")
    found = _description(pairs)
    if better != "neither":
        found |= _improvement(pairs, level) | _standardised(pairs, level) | _tests(pairs)
    return PairedEffect(
        n=pairs.n,
        n_couples=pairs.n_couples,
        **found,
        display_tier=display_tier(pairs.n),
        reason=";".join(_reasons(pairs, found, better)),
    )


@dataclass(frozen=True, slots=True)
class _Pairs:
    """Checked scores, and what several statistics share; SDs that are rounding error are 0."""

    before: NDArray[np.float64]
    after: NDArray[np.float64]
    x: NDArray[np.float64]
    codes: NDArray[np.intp]
    n_couples: int
    direction: float
    mean: float = NAN
    sd: float = NAN
    sd_before: float = NAN
    sd_after: float = NAN
    r: float = NAN
    rounding: float = 0.0

    @property
    def n(self) -> int:
        return self.x.size


def _pairs(before: ArrayLike, after: ArrayLike, cluster: ArrayLike, *, direction: float) -> _Pairs:
    first, codes, n_couples = checked_values(before, cluster)
    second, _, _ = checked_values(after, codes)
    x = direction * (second - first)
    if x.size == 0:
        return _Pairs(first, second, x, codes, n_couples, direction)
    rounding = ROUNDING_SHARE * max(float(np.abs(first).max()), float(np.abs(second).max()))
    x[np.abs(x) <= rounding] = 0.0
    sd, sd_before, sd_after = (_sd(values, rounding) for values in (x, first, second))
    r = NAN
    if sd_before > 0 and sd_after > 0:
        product = float((first - first.mean()) @ (second - second.mean()))
        r = min(1.0, max(-1.0, product / ((x.size - 1) * sd_before * sd_after)))
    return _Pairs(
        before=first,
        after=second,
        x=x,
        codes=codes,
        n_couples=n_couples,
        direction=direction,
        mean=float(x.mean()),
        sd=sd,
        sd_before=sd_before,
        sd_after=sd_after,
        r=r,
        rounding=rounding,
    )


def _description(pairs: _Pairs) -> dict[str, float]:
    return {
        "n_effective": _n_effective(pairs),
        "mean_before": float(pairs.before.mean()),
        "sd_before": pairs.sd_before,
        "mean_after": float(pairs.after.mean()),
        "sd_after": pairs.sd_after,
        "r": pairs.r,
        "raw_change": pairs.direction * pairs.mean + 0.0,  # never minus zero
    }


def _n_effective(pairs: _Pairs) -> float:
    if pairs.n == pairs.n_couples:
        return float(pairs.n)
    return effective_n(pairs.codes, random_intercept_reml(pairs.x, pairs.codes).icc)


def _improvement(pairs: _Pairs, level: float) -> dict[str, float]:
    # Equal changes leave deviations that are rounding error, hence the comparison of the SD.
    deviations = pairs.x - pairs.mean if pairs.sd > 0 else np.zeros(pairs.n)
    se = _se_or_nan(deviations, pairs.codes, rounding=pairs.rounding)
    df = pairs.n_couples - 1
    low, high = t_interval(estimate=pairs.mean, se=se, df=df, level=level)
    return {
        "improvement": pairs.mean,
        "improvement_low": float(low),
        "improvement_high": float(high),
        "sd_change": pairs.sd,
        "improvement_se": se,
        "p_cluster": _two_sided_p(pairs.mean / se, df),
        "share_improved": float((pairs.x > 0).mean()),
    }


def _standardised(pairs: _Pairs, level: float) -> dict[str, float]:
    j = float(hedges_correction(pairs.n - 1))
    d_z = _ratio(pairs.mean, pairs.sd)
    d_pre = _ratio(pairs.mean, pairs.sd_before)
    d_av = _ratio(pairs.mean, ((pairs.sd_before**2 + pairs.sd_after**2) / 2) ** 0.5)
    se = _d_pre_se(pairs, d_pre)
    g_pre_low, g_pre_high = t_interval(
        estimate=j * d_pre, se=se, df=pairs.n_couples - 1, level=level
    )
    return {
        "g_pre": j * d_pre,
        "g_pre_low": float(g_pre_low),
        "g_pre_high": float(g_pre_high),
        "g_pre_se": se,
        "d_pre": d_pre,
        "d_z": d_z,
        "g_z": j * d_z,
        "d_av": d_av,
        "g_av": j * d_av,
        "d_rm": NAN if _r_is_one(pairs) else d_z * (2 * (1 - pairs.r)) ** 0.5,
    }


def _d_pre_se(pairs: _Pairs, d_pre: float) -> float:
    if not pairs.sd_before > 0:
        return NAN
    start = ((pairs.before - pairs.before.mean()) / pairs.sd_before) ** 2
    spread = start * pairs.n / (pairs.n - 1) - 1
    influence = (pairs.x - pairs.mean) / pairs.sd_before - d_pre / 2 * spread
    return _se_or_nan(influence, pairs.codes, rounding=ROUNDING_SHARE)


def _tests(pairs: _Pairs) -> dict[str, float]:
    df = pairs.n - 1
    t = _ratio(pairs.mean, pairs.sd) * pairs.n**0.5
    ranks = wilcoxon_signed_rank(pairs.x)
    return {
        "t": t,
        "df": float(df) if df > 0 else NAN,
        "p_t": _two_sided_p(t, df),
        "wilcoxon_w": ranks.w_plus,
        "p_wilcoxon": ranks.p,
        "rank_biserial": ranks.rank_biserial,
    }


def _reasons(pairs: _Pairs, found: dict[str, float], better: Better) -> list[str]:
    directed = better != "neither"
    if pairs.n == 1:
        return ["N1"] if directed else ["N1", "NO_DIRECTION"]
    happened = {
        "G1": pairs.n_couples == 1,
        "NO_DIRECTION": not directed,
        "SD0": pairs.sd == 0 or pairs.sd_before == 0,
        "SE0": directed and _balances(pairs, found),
        "DF1": directed and pairs.n == 2,
        "R_UNDEF": np.isnan(pairs.r) or (directed and _r_is_one(pairs) and pairs.sd > 0),
        "ALL_TIES": directed and np.isnan(found["p_wilcoxon"]),
    }
    return [code for code, applies in happened.items() if applies]


def _balances(pairs: _Pairs, found: dict[str, float]) -> bool:
    """Whether an interval is missing for no other reason than that the couples balance."""
    points = np.isnan(found["improvement_low"])
    standardised = not np.isnan(found["g_pre"]) and np.isnan(found["g_pre_low"])
    return pairs.n_couples > 1 and pairs.sd > 0 and bool(points or standardised)


def _sd(values: NDArray[np.float64], rounding: float) -> float:
    if values.size < 2:
        return NAN
    sd = float(values.std(ddof=1))
    return sd if sd > rounding else 0.0


def _r_is_one(pairs: _Pairs) -> bool:
    return 1 - pairs.r <= ROUNDING_SHARE


def _ratio(mean: float, sd: float) -> float:
    return mean / sd if sd > 0 else NAN


def _se_or_nan(
    influence: NDArray[np.float64], codes: NDArray[np.intp], *, rounding: float
) -> float:
    """NaN with one couple, and where the couples balance exactly."""
    se = clustered_se(influence, codes)
    return se if se > rounding else NAN


def _two_sided_p(t: float, df: int) -> float:
    return float(2 * special.stdtr(df, -abs(t))) if df > 0 else NAN
