"""Short forms of the CORE-OM. The wording is not held here."""

from __future__ import annotations

from instruments.core import CLINICAL_SCORE, CODING, CORE_IMS, LICENCE, TRUST
from instruments.definition import Instrument, Missing, Scale, same_items

_BARKHAM_2001 = "Barkham M et al. (2001) J Consult Clin Psychol 69:184-196"
_NO_GAP = Missing("prorate", 0, citation=TRUST, evidence="confirmed")
_ONE_GAP = Missing("prorate", 1, citation=TRUST, evidence="confirmed")
_SHORT_FORM_NOTES = (
    CODING,
    CLINICAL_SCORE,
    "The items are known; their order on the form rests on one source.",
    "The total is prorated when one answer is missing; the domains need every answer.",
    "Forms A and B may be compared with each other, and with the CORE-OM only with caution.",
    "No cut-offs or bands for the short forms were found.",
)

CORE_SF_A = Instrument(
    id="core_sf_a",
    version="CORE-SF/A",
    name="CORE Short Form A",
    short_name="CORE-SF/A",
    construct="psychological distress",
    respondent="adult, about themselves",
    items=same_items(18, 0, 4),
    scales=(
        Scale(
            id="total",
            label="Psychological distress (CORE-SF/A)",
            items=tuple(range(1, 19)),
            rule="mean_times_ten",
            score_range=(0, 40),
            better="lower",
            evidence="single source",
            citation=_BARKHAM_2001,
            reversed_items=(2, 4, 7, 12, 17),
            missing=_ONE_GAP,
        ),
        Scale(
            id="wellbeing",
            label="Low wellbeing (CORE-SF/A)",
            items=(2, 6, 15, 17),
            rule="mean_times_ten",
            score_range=(0, 40),
            better="lower",
            evidence="single source",
            citation=_BARKHAM_2001,
            reversed_items=(2, 17),
            missing=_NO_GAP,
        ),
        Scale(
            id="problems",
            label="Problems and symptoms (CORE-SF/A)",
            items=(1, 3, 8, 10, 13, 16),
            rule="mean_times_ten",
            score_range=(0, 40),
            better="lower",
            evidence="single source",
            citation=_BARKHAM_2001,
            missing=_NO_GAP,
        ),
        Scale(
            id="functioning",
            label="Difficulty functioning (CORE-SF/A)",
            items=(4, 5, 7, 11, 12, 14),
            rule="mean_times_ten",
            score_range=(0, 40),
            better="lower",
            evidence="single source",
            citation=_BARKHAM_2001,
            reversed_items=(4, 7, 12),
            missing=_NO_GAP,
        ),
        Scale(
            id="risk",
            label="Risk to self or others (CORE-SF/A)",
            items=(9, 18),
            rule="mean_times_ten",
            score_range=(0, 40),
            better="lower",
            evidence="single source",
            citation=_BARKHAM_2001,
            missing=_NO_GAP,
        ),
    ),
    citation=_BARKHAM_2001,
    licence=LICENCE,
    recall_period="last week",
    population="adults",
    notes=(
        *_SHORT_FORM_NOTES,
        "Items 9 and 18 (risk) above 0 should be looked at on their own.",
    ),
)


CORE_SF_B = Instrument(
    id="core_sf_b",
    version="CORE-SF/B",
    name="CORE Short Form B",
    short_name="CORE-SF/B",
    construct="psychological distress",
    respondent="adult, about themselves",
    items=same_items(18, 0, 4),
    scales=(
        Scale(
            id="total",
            label="Psychological distress (CORE-SF/B)",
            items=tuple(range(1, 19)),
            rule="mean_times_ten",
            score_range=(0, 40),
            better="lower",
            evidence="single source",
            citation=_BARKHAM_2001,
            reversed_items=(3, 7, 9, 13, 16),
            missing=_ONE_GAP,
        ),
        Scale(
            id="wellbeing",
            label="Low wellbeing (CORE-SF/B)",
            items=(3, 9, 12, 14),
            rule="mean_times_ten",
            score_range=(0, 40),
            better="lower",
            evidence="single source",
            citation=_BARKHAM_2001,
            reversed_items=(3, 9),
            missing=_NO_GAP,
        ),
        Scale(
            id="problems",
            label="Problems and symptoms (CORE-SF/B)",
            items=(2, 4, 6, 10, 11, 18),
            rule="mean_times_ten",
            score_range=(0, 40),
            better="lower",
            evidence="single source",
            citation=_BARKHAM_2001,
            missing=_NO_GAP,
        ),
        Scale(
            id="functioning",
            label="Difficulty functioning (CORE-SF/B)",
            items=(1, 7, 8, 13, 16, 17),
            rule="mean_times_ten",
            score_range=(0, 40),
            better="lower",
            evidence="single source",
            citation=_BARKHAM_2001,
            reversed_items=(7, 13, 16),
            missing=_NO_GAP,
        ),
        Scale(
            id="risk",
            label="Risk to self or others (CORE-SF/B)",
            items=(5, 15),
            rule="mean_times_ten",
            score_range=(0, 40),
            better="lower",
            evidence="single source",
            citation=_BARKHAM_2001,
            missing=_NO_GAP,
        ),
    ),
    citation=_BARKHAM_2001,
    licence=LICENCE,
    recall_period="last week",
    population="adults",
    notes=(
        *_SHORT_FORM_NOTES,
        "Items 5 and 15 (risk) above 0 should be looked at on their own.",
    ),
)

CORE_5 = Instrument(
    id="core_5",
    version="CORE-5",
    name="CORE-5",
    short_name="CORE-5",
    construct="psychological distress",
    respondent="adult, about themselves",
    items=same_items(5, 0, 4),
    scales=(
        Scale(
            id="total",
            label="Psychological distress (CORE-5)",
            items=(1, 2, 3, 4, 5),
            rule="mean_times_ten",
            score_range=(0, 40),
            better="lower",
            evidence="unverified",
            citation=CORE_IMS,
            needs="key",
            missing=_NO_GAP,
        ),
    ),
    citation=CORE_IMS,
    licence=LICENCE,
    recall_period="last week",
    population="adults",
    notes=(
        CODING,
        "Which items it has and which are reversed was not found, so answers are kept and not "
        "scored unless the rule file supplies the key; a supplied total (0 to 40) is taken as it "
        "is.",
    ),
)
