"""The SDQ added value: a score of its own, from two questionnaires about one child.

It stands in the table of scores beside the later questionnaire and nowhere else: it is no scale
that could be compared before and after.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from evaluation.analysis.intervals import critical_normal
from evaluation.analysis.pairing import effective_waves, pair
from evaluation.model import SCORE_COLUMNS
from instruments.added_value import SD, added_value
from instruments.sdq import SDQ_ADDED_VALUE, SDQ_PARENT_4_17

ADDED_VALUE = SDQ_ADDED_VALUE.id
LATER_WAVES = ("end", "3m", "6m")
# Months from the first to the later questionnaire for which the formula is meant.
MONTHS_MEANT = (4, 8)
SESSION_STANDS_IN = "session_stands_in"
TIME_UNKNOWN, OUTSIDE_TIME = "dates_unknown", "not_4_to_8_months_apart"

_TOTAL, _IMPACT, _EMOTIONAL = "total_difficulties", "impact", "emotional"
_PARENTS = ("", "parent")
_CHILD = ["site", "participant", "child", "informant"]
_DAYS_PER_MONTH = 365.25 / 12


@dataclass(frozen=True, slots=True)
class AddedValueSummary:
    """The mean added value of one group at one wave, in points of the SDQ.

    ``low`` and ``high`` rest on the published SD of one child, 1.96 SD / sqrt(n). ``n_in_time`` of
    the ``n_dated`` reports with both dates came when the formula is meant for.
    """

    wave: str
    n: int
    mean: float
    low: float
    high: float
    effect_size: float
    n_dated: int
    n_in_time: int


def added_value_scores(scores: pd.DataFrame, participants: pd.DataFrame) -> pd.DataFrame:
    """One row (SCORE_COLUMNS) for each child's later parent questionnaire that can have one.

    Total, impact and emotional problems at the start and the total later must all be there, and
    the dates in order. Where a session stands in for the start or the end, the reason says so.
    """
    parts = _sdq_of_parents(scores)
    if not (parts["scale"] == _IMPACT).any():
        return pd.DataFrame(columns=list(SCORE_COLUMNS))
    waves = effective_waves(parts)
    roles = participants[["site", "participant", "role"]]
    found = [_at_wave(waves, roles, wave) for wave in LATER_WAVES]
    return pd.concat(found, ignore_index=True)[list(SCORE_COLUMNS)]


def summarise_added_value(
    added: pd.DataFrame, scores: pd.DataFrame, *, level: float
) -> list[AddedValueSummary]:
    """The mean of each later wave; ``added`` and ``scores`` are rows of one group."""
    if added.empty:
        return []
    waves = effective_waves(_sdq_of_parents(scores))
    start = waves[(waves["wave"] == "baseline") & (waves["scale"] == _TOTAL)]
    dated = added.merge(start[[*_CHILD, "completed_on"]], on=_CHILD, suffixes=("", "_start"))
    apart = pd.to_datetime(dated["completed_on"]) - pd.to_datetime(dated["completed_on_start"])
    dated["months"] = apart.dt.days / _DAYS_PER_MONTH
    return [
        _summary(wave, rows, level=level)
        for wave in LATER_WAVES
        for rows in [dated[dated["wave"] == wave]]
        if len(rows)
    ]


def _sdq_of_parents(scores: pd.DataFrame) -> pd.DataFrame:
    """The scores of the parent version that the formula takes."""
    used = scores["instrument"].eq(SDQ_PARENT_4_17.id) & scores["informant"].isin(_PARENTS)
    used &= scores["scale"].isin([_TOTAL, _IMPACT, _EMOTIONAL]) & scores["score"].notna()
    return scores[used]


def _at_wave(waves: pd.DataFrame, roles: pd.DataFrame, wave: str) -> pd.DataFrame:
    totals = pair(waves[waves["scale"] == _TOTAL], roles, before="baseline", after=wave)
    totals = totals[(totals["excluded"] == "") & ~totals["practitioner"]]
    start = waves[waves["wave"] == "baseline"]
    for scale in (_IMPACT, _EMOTIONAL):
        part = start.loc[start["scale"] == scale, [*_CHILD, "score"]]
        totals = totals.merge(part.rename(columns={"score": scale}), on=_CHILD)
    later = waves[(waves["wave"] == wave) & (waves["scale"] == _TOTAL)]
    table = totals.merge(later[[*_CHILD, "completed_on"]], on=_CHILD)
    begun = start.loc[start["scale"] == _TOTAL, [*_CHILD, "completed_on"]]
    table = table.merge(begun, on=_CHILD, suffixes=("", "_start"))
    value = added_value(
        total_before=table["before"],
        impact_before=table[_IMPACT],
        emotional_before=table[_EMOTIONAL],
        total_after=table["after"],
    )
    return table.assign(
        wave=wave,
        session_number=np.nan,
        instrument=ADDED_VALUE,
        scale="total",
        score=value,
        n_answered=4,
        n_items=4,
        status="complete",
        reason=_reasons(table),
        band="",
    )


def _reasons(table: pd.DataFrame) -> np.ndarray:
    """What to know of each score: a session stands in, or its time is not the one meant."""
    apart = pd.to_datetime(table["completed_on"]) - pd.to_datetime(table["completed_on_start"])
    months = apart.dt.days / _DAYS_PER_MONTH
    timely = months.between(*MONTHS_MEANT)
    return np.select(
        [table["assumed"].astype(bool), months.isna(), ~timely],
        [SESSION_STANDS_IN, TIME_UNKNOWN, OUTSIDE_TIME],
        default="",
    )


def _summary(wave: str, rows: pd.DataFrame, *, level: float) -> AddedValueSummary:
    n, mean = len(rows), float(rows["score"].mean())
    reach = critical_normal(level) * SD.value / float(np.sqrt(n))
    months = rows["months"].dropna()
    return AddedValueSummary(
        wave=wave,
        n=n,
        mean=mean,
        low=mean - reach,
        high=mean + reach,
        effect_size=mean / SD.value,
        n_dated=len(months),
        n_in_time=int(months.between(*MONTHS_MEANT).sum()),
    )
