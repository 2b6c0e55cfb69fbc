"""Whom we lost, whom we kept, and how the two differed at the start.

Everything that compares the two, and everything that allows for those who are missing, tells them
apart by `lost_or_kept`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from evaluation.analysis.clusters import couple_codes
from evaluation.analysis.difference_test import ROUNDING, difference_p
from evaluation.analysis.effect import hedges_correction
from evaluation.analysis.later import special
from evaluation.analysis.wave_states import NO_END_DATE

NAN = float("nan")
Floats = NDArray[np.float64]
FATES = ("kept", "lost", "waiting", "not_asked")
# Standardised differences beyond these are worth a look, and cannot be ignored.
AMBER, RED = 0.10, 0.25
# With fewer people on one side a difference says little.
LEAST_TO_COMPARE = 10
COX = 1.65
DIFFERENCE_COLUMNS = (
    "kept", "lost", "n_kept", "n_lost", "couples_kept", "couples_lost", "smd", "variance_ratio",
    "cox_index", "p", "flag", "reason",
)  # fmt: skip
_FATE_OF_STATE = {
    "done": "kept",
    "missed": "lost",
    "window_open": "waiting",
    "not_yet_due": "waiting",
    "not_eligible": "not_asked",
}


def lost_or_kept(states: pd.DataFrame) -> pd.Series:
    """Whether each person is kept or lost at each wave, or cannot be judged yet.

    Parameters
    ----------
    states : DataFrame
        From `evaluation.analysis.attrition.wave_states`: site, participant, wave, state, reason,
        end_source.

    Returns
    -------
    Series
        Categorical (FATES), index = ``states.index``: ``kept`` (there is a score), ``lost`` (it
        was due and has not come), ``waiting`` (not due yet, or still in time), ``not_asked`` (no
        baseline, consent withdrawn, safeguarding, wave not used at the site).

    Raises
    ------
    ValueError
        If a column is missing or a state is not known.

    Notes
    -----
    Without an end date nobody knows when a questionnaire was due. Where a site records none, beside
    the days of `end` questionnaires, a score that is not there counts as lost at each wave at which
    somebody else of the site has one (see `lost_without_dates`); otherwise data without dates could
    never be examined. Where the site knows the end of some, those without one are waiting.

    Examples
    --------
    >>> states = pd.DataFrame({
    ...     "site": "Luton", "participant": ["1", "2", "3"], "wave": "3m",
    ...     "state": ["done", "missed", "window_open"],
    ...     "reason": "", "end_source": "ended_on"})
    >>> lost_or_kept(states).tolist()
    ['kept', 'lost', 'waiting']
    """
    needed = ("site", "participant", "wave", "state", "reason", "end_source")
    missing = [name for name in needed if name not in states]
    if missing:
        raise ValueError(f"states: column {missing[0]!r} is missing")
    fates = states["state"].astype(object).map(_FATE_OF_STATE)
    if fates.isna().any():
        unknown = states.loc[fates.isna(), "state"].iloc[0]
        raise ValueError(f"states: state {unknown!r} is none of {', '.join(_FATE_OF_STATE)}")
    fates = fates.mask(lost_without_dates(states), "lost")
    return pd.Series(pd.Categorical(fates, categories=list(FATES)), index=states.index)


def lost_without_dates(states: pd.DataFrame) -> pd.Series:
    """Who counts as lost although no date says that the questionnaire was due.

    The site records no ends, the person has no score at the wave, and somebody else of the site
    has. The day of an `end` questionnaire is no record: whoever did not answer it has none.
    """
    has_score = states["state"].eq("done")
    at_end = states["wave"].eq("end") & has_score
    people = [states["site"], states["participant"]]
    did_end = at_end.groupby(people).transform("any")
    recorded = states["end_source"].ne("") & ~(states["end_source"].eq("last_contact") & did_end)
    undated_site = ~recorded.groupby(states["site"]).transform("any")
    place = [states["site"], states["wave"]]
    somebody_did = has_score.groupby(place).transform("any")
    undated = states["state"].eq("not_yet_due") & states["reason"].eq(NO_END_DATE)
    return (undated & undated_site & somebody_did).astype(bool)


@dataclass(frozen=True, slots=True, eq=False)
class _Side:
    """One side of the comparison, for every characteristic at once."""

    n: Floats
    mean: Floats
    sum_squares: Floats
    couples: Floats

    @property
    def variance(self) -> Floats:
        return _ratio(self.sum_squares, np.where(self.n > 1, self.n - 1, 0))


def standardised_differences(
    values: ArrayLike, lost: ArrayLike, cluster: ArrayLike, *, shares: ArrayLike
) -> pd.DataFrame:
    """How the people we lost differed from those we kept, in standard deviations.

    Means: ``J(N - 2) (m_lost - m_kept) / sd``, with ``sd`` pooled over the two (Hedges' g).
    Shares: ``(p_lost - p_kept) / sqrt((p_lost q_lost + p_kept q_kept) / 2)``.

    Parameters
    ----------
    values : array_like, shape (n, c)
        One row for each person, one column for each characteristic; NaN = not known. A share is
        1 for those to whom it applies and 0 for the others.
    lost : array_like of bool, shape (n,)
        Whom we lost; the others were kept.
    cluster : array_like, shape (n,)
        Couple labels; a person alone has a label of their own.
    shares : array_like of bool, shape (c,)
        Which columns are shares.

    Returns
    -------
    DataFrame
        One row for each column: DIFFERENCE_COLUMNS. ``smd`` = lost minus kept;
        ``variance_ratio`` = lost / kept, of means only; ``cox_index`` = difference of the logits
        / 1.65, of shares only; ``p`` allows for couples (see `difference_p`);
        ``flag`` = ``red`` where smd is beyond 0.25, ``amber`` beyond 0.10 to either side. Reasons:
        ``N0`` nobody is known, ``NONE_LOST``, ``NONE_KEPT``, ``SD0`` all
        alike, ``FEW_TO_COMPARE`` fewer than 10 on one side (the numbers stand, unless there are
        fewer than 4 in all), ``COX_UNDEF`` a share of 0 or 1; no p: ``G1`` one couple,
        ``FEW_COUPLES`` two, ``SE0`` nothing is left of the error.

    Raises
    ------
    ValueError
        If the shapes do not fit, a share is neither 0 nor 1, a value is infinite or a label blank.

    References
    ----------
    Austin (2009), https://doi.org/10.1002/sim.3697. Cox (1970), Analysis of binary data.

    Examples
    --------
    >>> found = standardised_differences([[1.0], [2], [3], [5]], [False, False, True, True],
    ...                                  list("abcd"), shares=[False])
    >>> round(float(found["smd"][0]), 4), float(found["variance_ratio"][0]), found["flag"][0]
    (1.2616, 4.0, 'red')
    """
    data, gone, codes, is_share = _checked(values, lost, cluster, shares)
    known = ~np.isnan(data)
    order = np.argsort(codes, kind="stable")
    data, known, gone, codes = data[order], known[order], gone[order], codes[order]
    starts = np.flatnonzero(np.diff(codes, prepend=-1))
    away = _side(data, known & gone[:, None], starts)
    here = _side(data, known & ~gone[:, None], starts)
    smd = np.where(is_share, _smd_of_shares(away, here), _hedges_g(away, here))
    size = np.max(np.abs(np.where(known, data, 0.0)), axis=0, initial=0.0)
    smd = np.where(is_share | (_pooled_sd(away, here) > ROUNDING * size), smd, NAN)
    cox = np.where(is_share, _cox_index(away.mean, here.mean), NAN)
    p, why_no_p = difference_p(data, gone, codes, shares=is_share)
    ratio = np.where(is_share | (here.variance == 0), NAN, _ratio(away.variance, here.variance))
    table = pd.DataFrame(
        {
            "kept": here.mean,
            "lost": away.mean,
            "n_kept": here.n.astype(int),
            "n_lost": away.n.astype(int),
            "couples_kept": here.couples.astype(int),
            "couples_lost": away.couples.astype(int),
            "smd": smd,
            "variance_ratio": np.where(np.isnan(smd), NAN, ratio),
            "cox_index": np.where(np.isnan(smd), NAN, cox),
            "p": np.where(np.isnan(smd), NAN, p),
        }
    )
    table["flag"] = flags_of(table["smd"])
    undefined = _why_undefined(away.n, here.n, is_share)
    few = np.minimum(away.n, here.n) < LEAST_TO_COMPARE
    notes = [
        np.where(few, "FEW_TO_COMPARE", ""),
        np.where(is_share & np.isnan(cox), "COX_UNDEF", ""),
        why_no_p,
    ]
    table["reason"] = [
        first if no_smd else ";".join(filter(None, rest))
        for first, no_smd, *rest in zip(undefined, np.isnan(smd), *notes, strict=True)
    ]
    return table[list(DIFFERENCE_COLUMNS)]


def flags_of(smd: pd.Series) -> pd.Series:
    """``red``, ``amber`` or ``""`` for each standardised difference."""
    size = smd.astype(float).abs()
    flags = np.select([size > RED, size > AMBER], ["red", "amber"], default="")
    return pd.Series(flags, index=smd.index, dtype=object)


def _checked(
    values: ArrayLike, lost: ArrayLike, cluster: ArrayLike, shares: ArrayLike
) -> tuple[Floats, NDArray[np.bool_], NDArray[np.intp], NDArray[np.bool_]]:
    data, gone = np.asarray(values, dtype=float), np.asarray(lost, dtype=bool)
    is_share = np.asarray(shares, dtype=bool)
    codes, _ = couple_codes(cluster)
    if data.ndim != 2 or data.shape != (gone.size, is_share.size) or codes.shape != gone.shape:
        raise ValueError(
            f"values has shape {data.shape}: a row for each of lost ({gone.size}) and cluster "
            f"({codes.size}), a column for each of shares ({is_share.size}) is needed"
        )
    if np.isinf(data).any():
        raise ValueError("values: every value must be finite or NaN")
    if not np.isin(data[:, is_share], (0.0, 1.0))[~np.isnan(data[:, is_share])].all():
        raise ValueError("values: a share must be 0, 1 or NaN for each person")
    return data, gone, codes, is_share


def _side(data: Floats, there: NDArray[np.bool_], starts: NDArray[np.intp]) -> _Side:
    n = there.sum(axis=0).astype(float)
    mean = _ratio(np.where(there, data, 0.0).sum(axis=0), n)
    apart = np.where(there, data - mean, 0.0)
    couples = (_by_couple(there.astype(float), starts) > 0).sum(axis=0).astype(float)
    return _Side(n, mean, (apart**2).sum(axis=0), couples)


def _by_couple(values: Floats, starts: NDArray[np.intp]) -> Floats:
    """Sums over the couples of each column."""
    return np.add.reduceat(values, starts, axis=0) if starts.size else values


def _ratio(above: Floats, below: Floats) -> Floats:
    """A quotient, NaN where nothing is divided by."""
    return np.where(below > 0, above / np.where(below > 0, below, 1.0), NAN)


def _pooled_sd(away: _Side, here: _Side) -> Floats:
    df = away.n + here.n - 2
    return np.sqrt(_ratio(away.sum_squares + here.sum_squares, np.maximum(df, 0)))


def _hedges_g(away: _Side, here: _Side) -> Floats:
    df = away.n + here.n - 2
    g = _ratio(away.mean - here.mean, _pooled_sd(away, here))
    return g * np.asarray(hedges_correction(np.maximum(df, 1)))


def _smd_of_shares(away: _Side, here: _Side) -> Floats:
    spread = sum(side.mean * (1 - side.mean) for side in (away, here))
    return _ratio(away.mean - here.mean, np.sqrt(np.maximum(spread, 0) / 2))


def _cox_index(first: Floats, second: Floats) -> Floats:
    inside = (first > 0) & (first < 1) & (second > 0) & (second < 1)
    one, other = np.where(inside, first, 0.5), np.where(inside, second, 0.5)
    return np.where(inside, (special.logit(one) - special.logit(other)) / COX, NAN)


def _why_undefined(
    n_lost: Floats, n_kept: Floats, is_share: NDArray[np.bool_]
) -> NDArray[np.object_]:
    """Why there is no standardised difference; the first reason that holds."""
    reasons = {
        "N0": n_lost + n_kept == 0,
        "NONE_LOST": n_lost == 0,
        "NONE_KEPT": n_kept == 0,
        "FEW_TO_COMPARE": (n_lost + n_kept <= 3) & ~is_share,
    }
    found = np.select(list(reasons.values()), list(reasons), default="SD0")
    return found.astype(object)
