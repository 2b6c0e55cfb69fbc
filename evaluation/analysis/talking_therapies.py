"""Outcomes as NHS Talking Therapies counts them, where both PHQ-9 and GAD-7 were filled in.

All thresholds are here. They are for two questionnaires together, so they stand beside the
reliable change of each single one, never in its place.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from evaluation.model import ALL_SITES
from instruments.definition import Evidence, Sourced

_TRIAL = "Trial registration NCT05134103 (NHS Talking Therapies definitions)"
_GLOSSARY = "Public Health England, common mental disorders profile: glossary"
_MANUAL = "NHS Talking Therapies manual, chapter on outcomes; not looked up"
DEPRESSION, ANXIETY = "phq9", "gad7"

# A person is a case with this score or more on either questionnaire.
CASENESS = {
    DEPRESSION: Sourced(10, _TRIAL, "confirmed", "PHQ-9 total of 10 or more"),
    ANXIETY: Sourced(8, _TRIAL, "confirmed", "GAD-7 total of 8 or more"),
}
# A change of this many points or more is reliable.
RELIABLE_CHANGE = {
    DEPRESSION: Sourced(6, _TRIAL, "confirmed", "PHQ-9 total changes by 6 or more"),
    ANXIETY: Sourced(4, _TRIAL, "confirmed", "GAD-7 total changes by 4 or more"),
}
# Only finished courses count: this many treatment contacts attended, and both times answered.
LEAST_CONTACTS = Sourced(2, _GLOSSARY, "confirmed", "two or more treatment contacts attended")

# The numbers above were found in print; of how the two questionnaires are put together, only this.
DEFINITIONS: dict[str, tuple[Evidence, str]] = {
    "recovered": ("confirmed", "NHS Digital, quality statements on recovery"),
    "reliable_improvement": ("unverified", _MANUAL),
    "reliable_recovery": ("unverified", _MANUAL),
    "deteriorated": ("unverified", _MANUAL),
}

TALKING_THERAPIES_COLUMNS = (
    "site", "contrast", "n", "cases_at_start", "recovered", "reliable_improvement",
    "reliable_recovery", "deteriorated", "reason",
)  # fmt: skip
SCORE_PAIR_COLUMNS = ("phq9_before", "gad7_before", "phq9_after", "gad7_after")

# Totals are whole, but a prorated one may miss a whole number by a rounding error.
_EQUAL_WITHIN = 1e-9
Booleans = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class TalkingTherapiesOutcome:
    """For each person whether it holds; arrays of shape (n,)."""

    case_at_start: Booleans
    case_at_end: Booleans
    recovered: Booleans
    reliable_improvement: Booleans
    reliable_recovery: Booleans
    deteriorated: Booleans


def talking_therapies_outcome(
    *,
    phq9_before: ArrayLike,
    gad7_before: ArrayLike,
    phq9_after: ArrayLike,
    gad7_after: ArrayLike,
) -> TalkingTherapiesOutcome:
    """What NHS Talking Therapies calls recovery, reliable improvement and deterioration.

    Parameters
    ----------
    phq9_before, gad7_before, phq9_after, gad7_after : array_like, shape (n,)
        Totals of the same people in the same order, all finite.

    Returns
    -------
    TalkingTherapiesOutcome
        A case has a score at or above the threshold on either questionnaire. ``recovered``: a case
        at the start, not a case at the end. ``reliable_improvement``: at least one score falls
        reliably and neither rises reliably; ``deteriorated`` is its mirror image.
        ``reliable_recovery``: recovered and reliably improved.

    Raises
    ------
    ValueError
        If the lengths differ or a score is not finite.

    References
    ----------
    Thresholds: trial registration NCT05134103. That one questionnaire may not get reliably worse
    while the other improves is NHS Talking Therapies manual, chapter on outcomes, which was not
    looked up: what rests on it is ``unverified`` in `DEFINITIONS`.

    Examples
    --------
    >>> found = talking_therapies_outcome(phq9_before=[16, 10, 12], gad7_before=[14, 7, 9],
    ...                                   phq9_after=[9, 9, 12], gad7_after=[7, 7, 14])
    >>> found.recovered.tolist(), found.reliable_recovery.tolist()
    ([True, True, False], [True, False, False])
    >>> found.deteriorated.tolist()
    [False, False, True]
    """
    before = {
        DEPRESSION: np.asarray(phq9_before, dtype=float),
        ANXIETY: np.asarray(gad7_before, dtype=float),
    }
    after = {
        DEPRESSION: np.asarray(phq9_after, dtype=float),
        ANXIETY: np.asarray(gad7_after, dtype=float),
    }
    every = [*before.values(), *after.values()]
    if any(x.ndim != 1 or x.shape != every[0].shape for x in every):
        raise ValueError(f"scores: shapes {[x.shape for x in every]}, but four equal lengths")
    if not all(np.isfinite(x).all() for x in every):
        raise ValueError("scores: every score must be a finite number")
    falls = {name: before[name] - after[name] for name in before}
    better, worse = _any_reliable(falls), _any_reliable({k: -x for k, x in falls.items()})
    case_at_start, case_at_end = _is_case(before), _is_case(after)
    recovered = case_at_start & ~case_at_end
    return TalkingTherapiesOutcome(
        case_at_start=case_at_start,
        case_at_end=case_at_end,
        recovered=recovered,
        reliable_improvement=better & ~worse,
        reliable_recovery=recovered & better & ~worse,
        deteriorated=worse & ~better,
    )


def pair_both_measures(pairs: pd.DataFrame) -> pd.DataFrame:
    """People with PHQ-9 and GAD-7 before, one row each, from the pairs of all measures.

    Parameters
    ----------
    pairs : DataFrame
        From `evaluation.analysis.pairing.pair` for one contrast: site, participant, instrument,
        scale, before, after, cluster, practitioner.

    Returns
    -------
    DataFrame
        site, participant, cluster and SCORE_PAIR_COLUMNS; NaN where a later score is missing or
        does not count. Practitioners are left out: they are not in treatment.

    Examples
    --------
    >>> pairs = pd.DataFrame({"site": "Luton", "participant": "L1", "scale": "total",
    ...                       "instrument": ["phq9", "gad7"], "before": [12.0, 9.0],
    ...                       "after": [8.0, 5.0], "cluster": "L1", "practitioner": False})
    >>> pair_both_measures(pairs).to_dict("records")
    [{'site': 'Luton', 'participant': 'L1', 'cluster': 'L1', 'phq9_before': 12.0,
      'phq9_after': 8.0, 'gad7_before': 9.0, 'gad7_after': 5.0}]
    """
    people = pairs[(pairs["scale"] == "total") & ~pairs["practitioner"].astype(bool)]
    key = ["site", "participant", "cluster"]
    sides = [
        people.loc[people["instrument"] == name, [*key, "before", "after"]].rename(
            columns={"before": f"{name}_before", "after": f"{name}_after"}
        )
        for name in (DEPRESSION, ANXIETY)
    ]
    return sides[0].merge(sides[1], on=key, how="inner")


def talking_therapies_table(paired: pd.DataFrame, *, contrast: str) -> pd.DataFrame:
    """The rows of nhs_tt.csv for one contrast: all sites together, then each site.

    Parameters
    ----------
    paired : DataFrame
        One row for each person with both scores before: site, participant and SCORE_PAIR_COLUMNS;
        NaN = not answered. A column ``sessions_attended`` is optional; people known to have
        attended fewer than `LEAST_CONTACTS` sessions have not finished a course and do not count.
        So is ``cluster``, a label that partners share.
    contrast : str
        Such as ``baseline_end``.

    Returns
    -------
    DataFrame
        TALKING_THERAPIES_COLUMNS. ``n``: people with all four scores. ``recovered`` and
        ``reliable_recovery`` are among ``cases_at_start``, which is their denominator;
        ``reliable_improvement`` and ``deteriorated`` are among all ``n``. Reason ``N0``: nobody;
        ``NONE_CLINICAL``: nobody was a case at the start. No rows without people. With ``cluster``
        also ``n_couples``, the couples (or single people) among the ``n``.

    Raises
    ------
    ValueError
        If a column is missing.

    Examples
    --------
    >>> paired = pd.DataFrame({"site": ["Luton", "Luton"], "participant": ["L1", "L2"],
    ...     "phq9_before": [16, 12], "gad7_before": [14, 9],
    ...     "phq9_after": [9, None], "gad7_after": [7, None]})
    >>> table = talking_therapies_table(paired, contrast="baseline_end")
    >>> table[["site", "n", "cases_at_start", "recovered", "reliable_recovery"]]
        site  n  cases_at_start  recovered  reliable_recovery
    0    ALL  1               1          1                  1
    1  Luton  1               1          1                  1
    """
    absent = [c for c in ("site", "participant", *SCORE_PAIR_COLUMNS) if c not in paired.columns]
    if absent:
        raise ValueError(f"paired: no column {', '.join(absent)}")
    scores = paired[list(SCORE_PAIR_COLUMNS)].to_numpy(dtype=float)
    used = ~np.isnan(scores).any(axis=1)
    if "sessions_attended" in paired.columns:
        used &= ~(paired["sessions_attended"].to_numpy(dtype=float) < LEAST_CONTACTS.value)
    sites = paired["site"].astype(str).to_numpy(dtype=object)
    groups = [(ALL_SITES, used)] if len(paired) else []
    groups += [(site, used & (sites == site)) for site in sorted(set(sites))]
    rows = [
        {"site": site, "contrast": contrast} | _counts(scores[chosen]) for site, chosen in groups
    ]
    table = pd.DataFrame(rows, columns=list(TALKING_THERAPIES_COLUMNS))
    if "cluster" in paired.columns:
        cluster = paired["cluster"].to_numpy(dtype=object)
        table["n_couples"] = [len(set(cluster[chosen])) for _, chosen in groups]
    return table


def _counts(scores: NDArray[np.float64]) -> dict[str, object]:
    columns = dict(zip(SCORE_PAIR_COLUMNS, scores.T, strict=True))
    found = talking_therapies_outcome(**columns)
    n, cases = len(scores), int(found.case_at_start.sum())
    return {
        "n": n,
        "cases_at_start": cases,
        "recovered": int(found.recovered.sum()),
        "reliable_improvement": int(found.reliable_improvement.sum()),
        "reliable_recovery": int(found.reliable_recovery.sum()),
        "deteriorated": int(found.deteriorated.sum()),
        "reason": "N0" if n == 0 else "" if cases else "NONE_CLINICAL",
    }


def _is_case(scores: dict[str, NDArray[np.float64]]) -> Booleans:
    above = [scores[name] >= CASENESS[name].value - _EQUAL_WITHIN for name in CASENESS]
    return np.logical_or.reduce(above)


def _any_reliable(falls: dict[str, NDArray[np.float64]]) -> Booleans:
    """Whose score fell reliably on at least one questionnaire."""
    far = [falls[name] >= RELIABLE_CHANGE[name].value - _EQUAL_WITHIN for name in falls]
    return np.logical_or.reduce(far)
