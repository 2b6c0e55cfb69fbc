"""How much a result can carry: the yardsticks, where each comes from, and what they say of a row.

All thresholds stand here and nowhere else. A yardstick that nobody has checked against its source,
or that was made for another kind of study, is shown beside a number for orientation; it never
turns the number into a grade. The words for a person are in `report.evidence_wording`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd

from evaluation.analysis.effect import TIERS, display_tier
from instruments.sourced import Evidence

EVIDENCE_COLUMNS = (
    "site", "instrument", "scale", "contrast", "aspect", "value", "low", "high", "n", "n_couples",
    "n_lost", "detail", "finding", "threshold", "source", "verified", "sentence", "reason",
)  # fmt: skip
ASPECTS = (
    "n", "n_effective", "retention", "answered", "selection_bias", "representativeness",
    "precision", "instrument", "comparison", "level",
)  # fmt: skip
NUMBERS = ("value", "low", "high", "n", "n_couples", "n_lost")
SUPPRESSED = "SUPPRESSED"
# The row is no number but a description: its value is empty.
DESCRIPTIVE = "DESCRIPTIVE"
Verified = Literal["yes", "no", "own rule"]
Row = Mapping[str, Any]
# Finding, detail and reason of a row.
Judgement = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Threshold:
    """Published numbers, or a rule of ours, with the source and how well it is established.

    ``values`` ascend. ``text`` says them as they stand in a table; ``note`` says what they were
    made for.
    """

    values: tuple[float, ...]
    text: str
    citation: str
    evidence: Evidence | Literal["own rule"]
    note: str = ""

    @property
    def verified(self) -> Verified:
        """Whether somebody has read it in its source; a rule of ours has no other source."""
        if self.evidence == "own rule":
            return "own rule"
        return "no" if self.evidence == "unverified" else "yes"


OWN = "A rule of this dashboard, not a published standard."
# The share lost up to which a trial keeps 5, 4, 3, 2 and 1 of the five padlocks.
EEF_PADLOCKS = Threshold(
    values=(0.10, 0.20, 0.30, 0.40, 0.50),
    text="share lost up to 10%, 20%, 30%, 40%, 50%: 5, 4, 3, 2, 1 padlocks; above: none",
    citation="Education Endowment Foundation, classification of the security of findings",
    evidence="unverified",
    note="made for trials with a comparison group",
)
WWC_BASELINE = Threshold(
    values=(0.05, 0.25),
    text="up to 0.05 SD alike; up to 0.25 SD to be allowed for; above 0.25 SD too different",
    citation=(
        "What Works Clearinghouse, Reference Resources: Equivalence (ies.ed.gov/ncee/wwc/"
        "Document/256)"
    ),
    evidence="single source",
    note="made for two groups of a trial, not for those lost and those kept",
)
ENOUGH_PEOPLE = Threshold(
    values=tuple(float(below) for below, _ in TIERS),
    text="below 5 too few for an average; 5 to 9 rough; 10 to 19 limited; from 20 enough",
    citation=OWN,
    evidence="own rule",
)
INTERVAL_REACH = Threshold(
    values=(0.2, 0.5),
    text="95% interval reaching less than 0.2 SD to either side narrow; up to 0.5 SD medium; "
    "above wide",
    citation=f"{OWN} It uses the sizes of Cohen J (1988), Statistical power analysis for the "
    "behavioral sciences, 2nd ed.",
    evidence="own rule",
)
SELECTION_RHO = Threshold(
    values=(0.10, 0.27, 0.45),
    text="correlation of staying and changing assumed to be 0.10, 0.27, 0.45",
    citation="Heckman J (1979) Sample selection bias as a specification error, Econometrica; "
    "the three correlations are a choice of this dashboard.",
    evidence="own rule",
)
# Our own rule: below this many kept, or lost, a difference between them is mostly chance.
LEAST_COMPARED = 10
# The joint boundary of overall and differential loss needs two groups; it is never applied here.
WWC_ATTRITION = Threshold(
    values=(),
    text="boundaries for loss in two groups: not applied, there is one group",
    citation="What Works Clearinghouse, attrition standard for trials",
    evidence="unverified",
    note="needs a comparison group",
)
EIF_LEVEL = Threshold(
    values=(2.0,),
    text="level 2, 'preliminary evidence', is the most a design without a comparison group reaches",
    citation="Early Intervention Foundation Guidebook (guidebook.eif.org.uk), evidence standards",
    evidence="single source",
    note="no causal assumption; who reaches it is judged by the Foundation, not here",
)
THRESHOLDS: dict[str, Threshold] = {
    "n": ENOUGH_PEOPLE,
    "n_effective": ENOUGH_PEOPLE,
    "retention": EEF_PADLOCKS,
    "selection_bias": SELECTION_RHO,
    "representativeness": WWC_BASELINE,
    "precision": INTERVAL_REACH,
    "comparison": WWC_ATTRITION,
    "level": EIF_LEVEL,
}

ORIENTATION, INFORMATION = "for orientation", "for information"
UNKNOWN, NOBODY_YET, HIDDEN = "not known", "nobody yet", "hidden"
NO_COMPARISON = "no comparison group"
NOBODY_LOST, NOT_COMPARED = "nobody lost", "not compared"
NOT_SHOWN, AT_MOST_LEVEL_2 = "no improvement shown", "level 2 at most"
_TIER_WORDS = {
    "counts": "too few", "mean_only": "too few", "imprecise": "rough", "no_subgroup": "limited",
    "full": "enough",
}  # fmt: skip
EVIDENCE_WORDS = {
    "confirmed": "checked", "single source": "single source", "unverified": "not verified",
}  # fmt: skip


def padlocks(share_lost: float) -> int:
    """How many of five padlocks a trial would keep by the share lost alone (not verified).

    Examples
    --------
    >>> padlocks(0.1), padlocks(0.11), padlocks(1 - 0.7), padlocks(0.51)
    (5, 4, 3, 0)
    """
    # 1 - 0.7 is a hair above 0.3.
    return sum(round(share_lost, 9) <= most for most in EEF_PADLOCKS.values)


def judge(table: pd.DataFrame) -> pd.DataFrame:
    """Fill in what the numbers of each row say, and by which yardstick.

    Parameters
    ----------
    table : DataFrame
        EVIDENCE_COLUMNS with NUMBERS filled in; rows with the reason ``SUPPRESSED`` stay hidden.
        The rows about the instrument come with their finding, detail, source and verification.

    Returns
    -------
    DataFrame
        The same rows with finding, detail, threshold, source, verified and reason. It looks at
        nothing but the row itself, so a table with rounded numbers is judged by these.

    Raises
    ------
    ValueError
        If an aspect is not in ASPECTS.
    """
    unknown = set(table["aspect"]) - set(ASPECTS)
    if unknown:
        raise ValueError(f"table: aspect {min(unknown)!r} is none of {', '.join(ASPECTS)}")
    result = table.copy()
    for name, pick in (("threshold", "text"), ("source", "citation"), ("verified", "verified")):
        by_aspect = {aspect: getattr(known, pick) for aspect, known in THRESHOLDS.items()}
        given = result["aspect"].map(by_aspect)
        result[name] = given.where(given.notna(), table[name]).astype(object).fillna("")
    numbers = table[list(NUMBERS)].apply(pd.to_numeric).astype(float)
    rows = table.assign(**{name: numbers[name] for name in NUMBERS}).to_dict("records")
    judged = [_judge_row(row) for row in rows]
    names = ["finding", "detail", "reason"]
    result[names] = pd.DataFrame(judged, columns=names, index=table.index, dtype=object)
    return result


def _judge_row(row: Row) -> Judgement:
    if row["reason"] == SUPPRESSED:
        kept = row["detail"] if row["aspect"] == "selection_bias" else ""
        return HIDDEN, kept, SUPPRESSED
    if row["aspect"] == "instrument":
        return row["finding"], row["detail"], row["reason"] or DESCRIPTIVE
    return _RULES[row["aspect"]](row)


def _is(value: Any) -> bool:
    return value is not None and bool(np.isfinite(value))


def _people(row: Row) -> Judgement:
    n = row["n"]
    if not _is(n):
        return UNKNOWN, "", row["reason"]
    if n == 0:
        return NOBODY_YET, "", "N0"
    return _TIER_WORDS[display_tier(int(n))], "", ""


def _effective(row: Row) -> Judgement:
    return (INFORMATION, "", "") if _is(row["value"]) else (UNKNOWN, "", row["reason"] or "N0")


def _retention(row: Row) -> Judgement:
    if not _is(row["value"]):
        return NOBODY_YET, "", row["reason"] or "NOT_YET_DUE"
    return ORIENTATION, f"{padlocks(1 - row['value'])} of 5 padlocks by loss", ""


def _answered(row: Row) -> Judgement:
    if not _is(row["value"]):
        return NOBODY_YET, "", row["reason"] or "NOT_YET_DUE"
    return INFORMATION, "", ""


def _selection(row: Row) -> Judgement:
    if not _is(row["value"]):
        return UNKNOWN, row["detail"], row["reason"] or "NOT_YET_DUE"
    return ("none" if row["value"] == 0 else "possible"), row["detail"], ""


def _representativeness(row: Row) -> Judgement:
    if _is(row["value"]):
        return ORIENTATION, row["detail"], ""
    if _is(row["n"]) and row["n"] > 0 and row["n_lost"] == 0:
        return NOBODY_LOST, "", "NONE_LOST"
    return NOT_COMPARED, "", row["reason"] or "NOT_COMPARED"


def _precision(row: Row) -> Judgement:
    if not _is(row["value"]):
        return UNKNOWN, "", row["reason"] or "N0"
    narrow, wide = INTERVAL_REACH.values
    word = "narrow" if row["value"] < narrow else "medium" if row["value"] <= wide else "wide"
    return word, "", ""


def _comparison(row: Row) -> Judgement:
    return NO_COMPARISON, "", DESCRIPTIVE


def _level(row: Row) -> Judgement:
    """Without a clear improvement there is no evidence of one to be graded at all."""
    if row["n"] == 0:
        return NOBODY_YET, "", "N0"
    if not _is(row["low"]):
        return UNKNOWN, "", row["reason"]
    return (AT_MOST_LEVEL_2 if row["low"] > 0 else NOT_SHOWN), "", DESCRIPTIVE


_RULES: dict[str, Callable[[Row], Judgement]] = {
    "n": _people,
    "n_effective": _effective,
    "retention": _retention,
    "answered": _answered,
    "selection_bias": _selection,
    "representativeness": _representativeness,
    "precision": _precision,
    "comparison": _comparison,
    "level": _level,
}
