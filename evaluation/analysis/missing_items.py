"""Which questions people leave out, and what filling gaps in would change: before any scoring.

Nobody skips a question that they were never asked: where an answer to another question settles a
score, its items do not count as left out. Questions that feed no score are taken to be for all.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from evaluation.analysis.intervals import check_level, wilson_interval
from evaluation.analysis.item_answers import item_table
from instruments.definition import Instrument
from instruments.plan import COMPLETE, NEEDED, NOT_SCORED, REASONS, SUPPLIED_ONLY
from instruments.scoring import ScoreArrays, score_arrays

ITEM_COLUMNS = ("item", "n_asked", "n_missing", "share", "low", "high", "rank", "reason")
SCALE_COLUMNS = (
    "scale", "n", "n_complete", "n_published_rule", "n_own_rule", "n_not_scored", "mean_strict",
    "sd_strict", "mean_prorated", "sd_prorated", "mean_difference", "sd_difference", "reason",
)  # fmt: skip
NO_COLUMN = "NO_COLUMN"


def missing_item_audit(
    instrument: Instrument, answers: pd.DataFrame, *, level: float = 0.95
) -> pd.DataFrame:
    """How often each question was left out.

    Parameters
    ----------
    instrument : Instrument
    answers : DataFrame
        One row for each questionnaire, columns item numbers (1 or "1"), NaN = missing.
    level : float
        Confidence level of Wilson's interval.

    Returns
    -------
    DataFrame
        ITEM_COLUMNS, one row for each item in the order of the questionnaire. ``n_asked``:
        questionnaires with at least one answer, without those in which the answer to a gate
        question made this one unnecessary. ``share`` of them without this one, with ``low`` and
        ``high``; NaN with the reason ``N0`` if there is none. ``rank`` 1 = left out by the largest
        share, equal items share the best rank; 0 = no share. Reason ``NO_COLUMN``: the item is not
        in the table.

    Raises
    ------
    ValueError
        A column that is no item, or twice the same; something that is not a number; a ``level``
        that is not between 0 and 1.

    Examples
    --------
    >>> from instruments.registry import get
    >>> answers = pd.DataFrame({number: [1.0] * 4 for number in range(1, 10)})
    >>> answers.loc[0, 9] = None
    >>> missing_item_audit(get("phq9"), answers)[["item", "n_missing", "share", "rank"]].tail(2)
       item  n_missing  share  rank
    7     8          0   0.00     2
    8     9          1   0.25     1
    """
    check_level(level)
    table = _begun(instrument, answers)
    missing = table.isna()
    unasked = missing & pd.DataFrame({n: _settled(instrument, n, table) for n in table.columns})
    n_asked = (len(table) - unasked.sum()).to_numpy(dtype=int)
    n_missing = (missing & ~unasked).sum().to_numpy(dtype=int)
    low, high = wilson_interval(n_missing, n_asked, level=level)
    share = np.divide(n_missing, n_asked, out=np.full(n_asked.shape, np.nan), where=n_asked > 0)
    present = {str(label) for label in answers.columns}
    absent = np.array([str(number) not in present for number in table.columns], dtype=bool)
    rank = pd.Series(share).rank(method="min", ascending=False).fillna(0).astype(int)
    columns = {
        "item": list(table.columns), "n_asked": n_asked, "n_missing": n_missing, "share": share,
        "low": low, "high": high, "rank": rank.to_numpy(),
        "reason": np.select([n_asked == 0, absent], ["N0", NO_COLUMN], default=""),
    }  # fmt: skip
    return pd.DataFrame(columns, columns=list(ITEM_COLUMNS))


def proration_audit(instrument: Instrument, answers: pd.DataFrame) -> pd.DataFrame:
    """How many questionnaires each scale can be scored for, and what filling gaps in changes.

    Parameters
    ----------
    instrument : Instrument
    answers : DataFrame
        As for `missing_item_audit`; every answer must be allowed.

    Returns
    -------
    DataFrame
        SCALE_COLUMNS, one row for each scale. Of the ``n`` questionnaires with at least one answer,
        ``n_complete`` need no filling in, ``n_published_rule`` are scored with gaps under the
        scale's published rule, ``n_own_rule`` only under our own (up to
        `instruments.plan.OWN_PRORATION_SHARE` of the items), ``n_not_scored`` not at all; the four
        add up to ``n``. ``*_strict`` are mean and SD (ddof = 1) of the complete ones,
        ``*_prorated`` those of all that can be scored; the difference is prorated minus strict.
        NaN with the reason ``N0`` or ``N1`` (no, one complete questionnaire), or what the scale
        lacks (``key_needed``, ``table_needed``, ``verification_needed``, ``supplied_only``).

    Raises
    ------
    ValueError
        As for `missing_item_audit`, or an answer outside an item's range.

    Examples
    --------
    >>> from instruments.registry import get
    >>> answers = pd.DataFrame({number: [1.0, 3.0, 2.0] for number in range(1, 10)})
    >>> answers.loc[2, 9] = None
    >>> row = proration_audit(get("phq9"), answers).iloc[0]
    >>> int(row["n_complete"]), int(row["n_own_rule"]), float(row["mean_difference"])
    (2, 1, 0.0)
    """
    values = _begun(instrument, answers).to_numpy()
    as_published = score_arrays(instrument, values)
    with_own_rule = score_arrays(instrument, values, prorate=True)
    rows = [
        _scale_row(as_published, with_own_rule, place) | {"reason": _reason(instrument, place)}
        for place in range(len(instrument.scales))
    ]
    audit = pd.DataFrame(rows)
    for few, code in ((0, "N0"), (1, "N1")):
        unexplained = (audit["reason"] == "") & (audit["n_complete"] == few)
        audit.loc[unexplained, "reason"] = code
    return audit[list(SCALE_COLUMNS)]


def _begun(instrument: Instrument, answers: pd.DataFrame) -> pd.DataFrame:
    """The questionnaires with at least one answer."""
    table = item_table(instrument, answers)
    return table[table.notna().any(axis=1)]


def _settled(instrument: Instrument, number: int, table: pd.DataFrame) -> pd.Series:
    """Where the answer to a gate question has settled every score that this item feeds."""
    fed = [scale for scale in instrument.scales if number in scale.items]
    settled = pd.Series(bool(fed), index=table.index)
    for scale in fed:
        if scale.gate is None or scale.gate.item == number:
            return pd.Series(False, index=table.index)
        settled &= table[scale.gate.item] == scale.gate.answer
    return settled


def _scale_row(
    as_published: ScoreArrays, with_own_rule: ScoreArrays, place: int
) -> dict[str, object]:
    status, own_status = as_published.status[place], with_own_rule.status[place]
    scores = with_own_rule.score[place]
    complete, scored = status == COMPLETE, own_status != NOT_SCORED
    mean_strict, sd_strict = _mean_and_sd(scores[complete])
    mean_prorated, sd_prorated = _mean_and_sd(scores[scored])
    by_own_rule = scored & (status == NOT_SCORED)
    return {
        "scale": as_published.scale_ids[place],
        "n": len(status),
        "n_complete": int(complete.sum()),
        "n_published_rule": int((scored & ~complete & ~by_own_rule).sum()),
        "n_own_rule": int(by_own_rule.sum()),
        "n_not_scored": int((~scored).sum()),
        "mean_strict": mean_strict,
        "sd_strict": sd_strict,
        "mean_prorated": mean_prorated,
        "sd_prorated": sd_prorated,
        "mean_difference": mean_prorated - mean_strict,
        "sd_difference": sd_prorated - sd_strict,
    }


def _mean_and_sd(scores: np.ndarray) -> tuple[float, float]:
    mean = float(scores.mean()) if len(scores) else float("nan")
    return mean, float(scores.std(ddof=1)) if len(scores) > 1 else float("nan")


def _reason(instrument: Instrument, place: int) -> str:
    """What keeps the scale from being scored at all."""
    scale = instrument.scales[place]
    if scale.needs:
        return REASONS[NEEDED[scale.needs]]
    return REASONS[SUPPLIED_ONLY] if scale.rule == "supplied" else ""
