"""CORE-OM and CORE-10. The wording is under licence and is not held here."""

from __future__ import annotations

from instruments.definition import (
    Cutoff,
    Instrument,
    Missing,
    Norm,
    Reliability,
    Scale,
    Sourced,
    banded,
    same_items,
)

_EVANS_2000 = "Evans C et al. (2000) J Ment Health 9:247-255"
_EVANS = "Evans C et al. (2002) Br J Psychiatry 180:51-60"
_EVANS_X10 = f"{_EVANS}; item means multiplied by 10"
_CONNELL = "Connell J et al. (2007) Br J Psychiatry 190:69-74"
_BARKHAM = "Barkham M et al. (2013) Couns Psychother Res 13:3-13"
_MANUAL_10 = "Connell J, Barkham M (2007) CORE-10 User Manual v1.1"
CORE_IMS = "CORE IMS, About the CORE System"
TRUST = "CORE System Trust, What's in a name (1): scoring CORE measures"
LICENCE = (
    "Copyright CORE System Trust, CC BY-NC-ND 4.0: free to reproduce unchanged with attribution, "
    "not for sale. The wording is not held in this program."
)
CODING = "Answers are the position ticked, 0 to 4 from left to right; reversing is done here."
CLINICAL_SCORE = "Scores are clinical scores from 0 to 40: the mean of the answers times 10."

_MEN = "non-clinical men, UK"
_WOMEN = "non-clinical women, UK"
_CLIENTS = "people starting therapy, UK"
_BAND_NAMES = (
    ("healthy", "Healthy"),
    ("low_level", "Low level"),
    ("mild", "Mild"),
    ("moderate", "Moderate"),
    ("moderate_to_severe", "Moderate to severe"),
    ("severe", "Severe"),
)

CORE_OM = Instrument(
    id="core_om",
    version="CORE-OM 34",
    name="CORE Outcome Measure",
    short_name="CORE-OM",
    construct="psychological distress",
    respondent="adult, about themselves",
    items=same_items(34, 0, 4),
    scales=(
        Scale(
            id="total",
            label="Psychological distress (CORE-OM, all items)",
            items=tuple(range(1, 35)),
            rule="mean_times_ten",
            score_range=(0, 40),
            better="lower",
            evidence="confirmed",
            citation=_EVANS_2000,
            reversed_items=(3, 4, 7, 12, 19, 21, 31, 32),
            missing=Missing("prorate", 3, citation=TRUST, evidence="confirmed"),
            bands=(
                banded(
                    "severity",
                    _BAND_NAMES,
                    (0, 6, 10, 15, 20, 25),
                    citation="source not published",
                    evidence="single source",
                    note="Provisional.",
                ),
            ),
            cutoffs=(Cutoff(10, ">=", _CONNELL, "confirmed", "clinical range, both sexes"),),
            norms=(
                Norm("functional", _MEN, 471, 6.9, 5.3, _EVANS_X10, "single source", "men"),
                Norm("functional", _WOMEN, 576, 8.1, 6.1, _EVANS_X10, "single source", "women"),
                Norm("functional", "general population, UK", 535, 4.8, 4.3, _CONNELL, "unverified"),
                Norm("clinical", _CLIENTS, 863, 18.6, 7.5, _EVANS_X10, "unverified"),
            ),
            reliability=(
                Reliability("alpha", 0.94, _EVANS, "unverified"),
                Reliability("test-retest, 1 week", 0.90, _EVANS, "unverified"),
            ),
            reliable_change=(
                Sourced(5, CORE_IMS, "confirmed", "a change of 5 points or more"),
                Sourced(4.8, "source not published", "unverified", "95 % criterion"),
            ),
        ),
        Scale(
            id="wellbeing",
            label="Low wellbeing (CORE-OM)",
            items=(4, 14, 17, 31),
            rule="mean_times_ten",
            score_range=(0, 40),
            better="lower",
            evidence="confirmed",
            citation=_EVANS_2000,
            reversed_items=(4, 31),
            missing=Missing("prorate", 0, citation=TRUST, evidence="confirmed"),
            norms=(
                Norm("functional", _MEN, 471, 6.8, 7.1, _EVANS_X10, "single source", "men"),
                Norm("functional", _WOMEN, 576, 11.0, 8.7, _EVANS_X10, "single source", "women"),
                Norm("clinical", _CLIENTS, 863, 23.7, 9.6, _EVANS_X10, "unverified"),
            ),
        ),
        Scale(
            id="problems",
            label="Problems and symptoms (CORE-OM)",
            items=(2, 5, 8, 11, 13, 15, 18, 20, 23, 27, 28, 30),
            rule="mean_times_ten",
            score_range=(0, 40),
            better="lower",
            evidence="confirmed",
            citation=_EVANS_2000,
            missing=Missing("prorate", 1, citation=TRUST, evidence="confirmed"),
            norms=(
                Norm("functional", _MEN, 471, 7.8, 6.4, _EVANS_X10, "single source", "men"),
                Norm("functional", _WOMEN, 576, 10.0, 7.6, _EVANS_X10, "single source", "women"),
                Norm("clinical", _CLIENTS, 863, 23.1, 8.8, _EVANS_X10, "unverified"),
            ),
        ),
        Scale(
            id="functioning",
            label="Difficulty functioning (CORE-OM)",
            items=(1, 3, 7, 10, 12, 19, 21, 25, 26, 29, 32, 33),
            rule="mean_times_ten",
            score_range=(0, 40),
            better="lower",
            evidence="confirmed",
            citation=_EVANS_2000,
            reversed_items=(3, 7, 12, 19, 21, 32),
            missing=Missing("prorate", 1, citation=TRUST, evidence="confirmed"),
            norms=(
                Norm("functional", _MEN, 471, 8.3, 6.2, _EVANS_X10, "single source", "men"),
                Norm("functional", _WOMEN, 576, 8.6, 6.7, _EVANS_X10, "single source", "women"),
                Norm("clinical", _CLIENTS, 863, 18.6, 8.4, _EVANS_X10, "unverified"),
            ),
        ),
        Scale(
            id="risk",
            label="Risk to self or others (CORE-OM)",
            items=(6, 9, 16, 22, 24, 34),
            rule="mean_times_ten",
            score_range=(0, 40),
            better="lower",
            evidence="confirmed",
            citation=_EVANS_2000,
            missing=Missing("prorate", 0, citation=TRUST, evidence="confirmed"),
            norms=(
                Norm("functional", _MEN, 471, 2.3, 4.7, _EVANS_X10, "single source", "men"),
                Norm("functional", _WOMEN, 576, 1.5, 4.0, _EVANS_X10, "single source", "women"),
                Norm("clinical", _CLIENTS, 863, 6.3, 7.5, _EVANS_X10, "unverified"),
            ),
            reliability=(Reliability("test-retest, 1 week", 0.64, _EVANS, "unverified"),),
        ),
        Scale(
            id="non_risk",
            label="Distress without the risk items (CORE-OM)",
            items=(
                *(1, 2, 3, 4, 5, 7, 8, 10, 11, 12, 13, 14, 15, 17, 18, 19, 20, 21, 23),
                *(25, 26, 27, 28, 29, 30, 31, 32, 33),
            ),
            rule="mean_times_ten",
            score_range=(0, 40),
            better="lower",
            evidence="confirmed",
            citation=_EVANS_2000,
            reversed_items=(3, 4, 7, 12, 19, 21, 31, 32),
            missing=Missing("prorate", 2, citation=TRUST, evidence="confirmed"),
            norms=(
                Norm("functional", _MEN, 471, 7.9, 5.9, _EVANS_X10, "single source", "men"),
                Norm("functional", _WOMEN, 576, 9.5, 7.0, _EVANS_X10, "single source", "women"),
                Norm("clinical", _CLIENTS, 863, 21.2, 8.1, _EVANS_X10, "unverified"),
            ),
        ),
    ),
    citation=f"{_EVANS_2000}; {_EVANS}",
    licence=LICENCE,
    recall_period="last week",
    population="adults (about 16 and over)",
    notes=(
        CODING,
        CLINICAL_SCORE,
        (
            "Prorated when at most 10 % of the items of a scale are missing: 3 of all items, 2 of "
            "the non-risk items, 1 of problems and of functioning, none of wellbeing and of risk."
        ),
        "Any risk item (6, 9, 16, 22, 24, 34) above 0 should be looked at on its own.",
        "Alpha and retest of the domains lie between .75 and .95 (Evans C et al. 2002).",
    ),
    risk_items=(6, 9, 16, 22, 24, 34),
)

CORE_10 = Instrument(
    id="core_10",
    version="CORE-10",
    name="CORE-10",
    short_name="CORE-10",
    construct="psychological distress",
    respondent="adult, about themselves",
    items=same_items(10, 0, 4),
    scales=(
        Scale(
            id="total",
            label="Psychological distress (CORE-10)",
            items=tuple(range(1, 11)),
            rule="mean_times_ten",
            score_range=(0, 40),
            better="lower",
            evidence="confirmed",
            citation=_BARKHAM,
            reversed_items=(2, 3),
            missing=Missing("prorate", 1, citation=TRUST, evidence="confirmed"),
            bands=(
                banded(
                    "severity",
                    _BAND_NAMES,
                    (0, 6, 11, 15, 20, 25),
                    citation="O'Reilly A et al. (2016) Int J Methods Psychiatr Res 25:324-332",
                    evidence="confirmed",
                ),
            ),
            cutoffs=(
                Cutoff(11, ">=", _BARKHAM, "confirmed", "clinical range, general distress"),
                Cutoff(13, ">=", _BARKHAM, "confirmed", "depression"),
            ),
            norms=(
                Norm(
                    "functional",
                    "general population, UK",
                    535,
                    4.7,
                    4.8,
                    _MANUAL_10,
                    "single source",
                ),
                Norm(
                    "clinical",
                    "primary care counselling, UK",
                    1835,
                    19.7,
                    7.7,
                    _MANUAL_10,
                    "single source",
                ),
            ),
            reliability=(Reliability("alpha", 0.90, _BARKHAM, "confirmed"),),
            manual_sd=Sourced(
                7.7,
                _MANUAL_10,
                "single source",
                "the SD of the clinical norm, on which the manual's reliable change of 6 rests",
            ),
            reliable_change=(
                Sourced(
                    6,
                    _BARKHAM,
                    "confirmed",
                    "a change of 6 points or more; a 90 % criterion (95 % would be 6.75)",
                ),
            ),
        ),
    ),
    citation=_BARKHAM,
    licence=LICENCE,
    recall_period="last week",
    population="adults",
    notes=(
        CODING,
        CLINICAL_SCORE,
        "Prorated when one answer is missing; not scored when more are.",
        "Item 6 above 0 should be looked at on its own.",
    ),
    risk_items=(6,),
)
