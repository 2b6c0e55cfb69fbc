"""Parenting Alliance Measure. The wording and the norms are under licence and not held here."""

from __future__ import annotations

from instruments.definition import Instrument, Reliability, Scale, same_items

_ABIDIN = "Abidin RR, Konold TR (1999) Parenting Alliance Measure manual, PAR"
_KONOLD = "Konold TR, Abidin RR (2001) Assessment 8:47-65"

PAM_20 = Instrument(
    id="pam_20",
    version="PAM (1999)",
    name="Parenting Alliance Measure",
    short_name="PAM",
    construct="coparenting",
    respondent="each parent, about working together as parents",
    items=same_items(20, 1, 5),
    scales=(
        Scale(
            id="total",
            label="Working together as parents (PAM total)",
            items=tuple(range(1, 21)),
            rule="sum",
            score_range=(20, 100),
            better="higher",
            evidence="unverified",
            citation=_ABIDIN,
            reliability=(
                Reliability("internal consistency", 0.97, _ABIDIN, "single source"),
                Reliability("test-retest, 4 to 6 weeks", 0.80, _ABIDIN, "single source"),
            ),
        ),
    ),
    citation=f"{_ABIDIN}; {_KONOLD}",
    licence=(
        "Published by PAR Inc.: a licence is needed. T scores and percentiles are in the manual "
        "and are not held in this program, nor is the wording."
    ),
    recall_period="at present",
    population="parents of children aged 1 to 19",
    notes=(
        "Answers are raw, 1 strongly disagree to 5 strongly agree. That no item is reversed was "
        "not found in print.",
        "Only the total is scored: its two factors were not found again in other countries.",
        "The manual reads percentiles by mothers and fathers (1,224 parents; 272 in clinics); "
        "without it there are no bands.",
        "The SD of raw scores is not public, so the manual gives no reliable change either.",
    ),
)
