"""Whether a later score is no worse than an earlier one, by a margin named beforehand.

That no change was found says nothing about whether something was kept; this does.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike

from evaluation.analysis.clusters import checked_values, clustered_se
from evaluation.analysis.intervals import check_level
from evaluation.analysis.later import special

NAN = float("nan")
DEFAULT_MARGIN_SD = 0.2
# A standard error below this share of the largest change is rounding error.
_ROUNDING_SHARE = 1e-12


@dataclass(frozen=True, slots=True)
class NonInferiority:
    """The mean improvement of a group against a margin, in points of the scale.

    ``lower_bound`` and ``upper_bound`` are one-sided bounds at the level (at 95 % together the 90 %
    interval of the two one-sided tests). ``p`` belongs to "worse by the margin or more",
    ``p_upper`` to "better by the margin or more", and ``p_tost``, the larger of both, to
    "different by the margin or more". ``not_worse`` and ``equivalent`` are the verdicts at the
    level; ``None`` where there is no test. That ``not_worse`` is False is no proof of a loss.
    ``reason``:

    =============  =======================================================================
    N0, N1, G1     nobody, one person, one couple only
    MARGIN         there is no margin above 0, for instance because nobody differs at the start
    SD0            everybody changed by exactly the same amount: no test
    SE0            the couples' changes balance exactly: no test
    =============  =======================================================================
    """

    n: int
    n_couples: int
    margin: float = NAN
    improvement: float = NAN
    se: float = NAN
    df: float = NAN
    t: float = NAN
    p: float = NAN
    lower_bound: float = NAN
    upper_bound: float = NAN
    p_upper: float = NAN
    p_tost: float = NAN
    not_worse: bool | None = None
    equivalent: bool | None = None
    reason: str = ""


def assess_noninferiority(
    x: ArrayLike, cluster: ArrayLike, *, margin: float, level: float = 0.95
) -> NonInferiority:
    r"""One-sided t test that a mean improvement lies above minus the margin.

    Parameters
    ----------
    x : array_like, shape (n,)
        Improvement of each person in points, positive = better, all finite.
    cluster : array_like, shape (n,)
        Couple labels; a person alone has a label of their own.
    margin : float
        Largest worsening in points that still counts as kept, above 0.
    level : float
        One-sided level: the bound holds with this confidence, the verdicts need p < 1 - level.

    Returns
    -------
    NonInferiority
        Undefined statistics are NaN, with ``reason``.

    Raises
    ------
    ValueError
        If the lengths differ, a value is not finite, a label is blank or ``level`` is not
        between 0 and 1.

    Notes
    -----
    With the standard error clustered by couple and G couples:

    .. math:: t = (\bar x + margin) / se, \quad p = P(T_{G-1} > t), \quad
              p_{upper} = P(T_{G-1} < (\bar x - margin) / se)

    References
    ----------
    Schuirmann (1987), A comparison of the two one-sided tests procedure.

    Examples
    --------
    >>> found = assess_noninferiority([1.0, -1.0, 2.0, 0.0], ["a", "b", "c", "d"], margin=2.0)
    >>> round(found.t, 6), round(found.p, 6), found.not_worse, round(found.p_tost, 6)
    (3.872983, 0.015233, True, 0.051364)
    """
    check_level(level)
    values, codes, n_couples = checked_values(x, cluster)
    n = values.size
    if n == 0:
        return NonInferiority(n=0, n_couples=0, margin=margin, reason="N0")
    mean = float(values.mean())
    rounding = _ROUNDING_SHARE * float(np.abs(values).max())
    se = clustered_se(values - mean, codes)
    happened = {
        "N1": n == 1,
        "G1": n > 1 and n_couples == 1,
        "SD0": n > 1 and bool(np.ptp(values) <= rounding),
        "SE0": n_couples > 1 and bool(np.ptp(values) > rounding) and se <= rounding,
        "MARGIN": not margin > 0,
    }
    reason = ";".join(code for code, applies in happened.items() if applies)
    if {"N1", "G1", "SD0", "SE0"} & set(reason.split(";")):
        return NonInferiority(n, n_couples, margin, mean, reason=reason)
    df = n_couples - 1
    width = float(special.stdtrit(df, level)) * se
    known = NonInferiority(
        n, n_couples, margin, mean, se, df, lower_bound=mean - width, upper_bound=mean + width,
        reason=reason,
    )  # fmt: skip
    if reason:
        return known
    t = (mean + margin) / se
    p = float(special.stdtr(df, -t))
    p_upper = float(special.stdtr(df, (mean - margin) / se))
    return replace(
        known,
        t=t,
        p=p,
        p_upper=p_upper,
        p_tost=max(p, p_upper),
        not_worse=p < 1 - level,
        equivalent=max(p, p_upper) < 1 - level,
    )
