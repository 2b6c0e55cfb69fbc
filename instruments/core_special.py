"""CORE measures for other groups, and the CORE-6D utility. The wording is not held here."""

from __future__ import annotations

from instruments.core import CLINICAL_SCORE, CODING, LICENCE, TRUST
from instruments.definition import (
    Cutoff,
    Instrument,
    Item,
    Missing,
    Reliability,
    Scale,
    banded,
    same_items,
)

_EVANS_2005 = "Evans C et al. (2005) Br J Guid Couns 33:153-173"
_SINCLAIR = "Sinclair A et al. (2005) Br J Guid Couns 33:175-195"
_TWIGG_2009 = "Twigg E et al. (2009) Couns Psychother Res 9:160-168"
_TWIGG_2016 = "Twigg E et al. (2016) Child Adolesc Ment Health 21:115-123"
_OREILLY = "O'Reilly A et al. (2016) Int J Methods Psychiatr Res 25:324-332"
_MAVRANEZOULI = "Mavranezouli I et al. (2013) Med Decis Making 33:381-395"
_ONE_GAP = Missing("prorate", 1, citation=TRUST, evidence="confirmed")
_NO_GAP = Missing("prorate", 0, citation=_MAVRANEZOULI, evidence="single source")
_LEVELS = (0, 1, 1, 2, 2)
_LEVELS_OF_21 = (0, 0, 1, 1, 2)

GP_CORE = Instrument(
    id="gp_core",
    version="GP-CORE",
    name="GP-CORE (general population)",
    short_name="GP-CORE",
    construct="psychological distress",
    respondent="adult, about themselves",
    items=same_items(14, 0, 4),
    scales=(
        Scale(
            id="total",
            label="Psychological distress (GP-CORE)",
            items=tuple(range(1, 15)),
            rule="mean_times_ten",
            score_range=(0, 40),
            better="lower",
            evidence="confirmed",
            citation=_EVANS_2005,
            reversed_items=(2, 3, 4, 6, 8, 9, 13, 14),
            missing=_ONE_GAP,
            cutoffs=(
                Cutoff(14.9, ">=", _SINCLAIR, "unverified", "clinical range, students", "men"),
                Cutoff(16.3, ">=", _SINCLAIR, "unverified", "clinical range, students", "women"),
            ),
        ),
    ),
    citation=_EVANS_2005,
    licence=LICENCE,
    recall_period="last week",
    population="adults who are not in treatment, students",
    notes=(
        CODING,
        CLINICAL_SCORE,
        "Prorated, with caution, when one answer is missing; there are no domains and no risk "
        "items.",
        "Not to be compared with scores of the CORE-OM.",
    ),
)


YP_CORE = Instrument(
    id="yp_core",
    version="YP-CORE",
    name="Young Person's CORE",
    short_name="YP-CORE",
    construct="psychological distress",
    respondent="young person, about themselves",
    items=same_items(10, 0, 4),
    scales=(
        Scale(
            id="total",
            label="Psychological distress (YP-CORE)",
            items=tuple(range(1, 11)),
            rule="mean_times_ten",
            score_range=(0, 40),
            better="lower",
            evidence="confirmed",
            citation=_TWIGG_2009,
            reversed_items=(3, 5, 10),
            missing=_ONE_GAP,
            bands=(
                banded(
                    "severity",
                    (
                        ("healthy", "Healthy"),
                        ("low", "Low"),
                        ("mild", "Mild"),
                        ("moderate", "Moderate"),
                        ("moderate_to_severe", "Moderate to severe"),
                        ("severe", "Severe"),
                    ),
                    (0, 6, 11, 15, 20, 25),
                    citation=_OREILLY,
                    evidence="single source",
                    note="Borrowed from the CORE-10; the cut-offs by age and sex are to be "
                    "preferred.",
                ),
            ),
            cutoffs=(
                Cutoff(
                    10.3, ">=", _TWIGG_2016, "confirmed", "clinical range", "boys aged 11 to 13"
                ),
                Cutoff(
                    14.1, ">=", _TWIGG_2016, "confirmed", "clinical range", "boys aged 14 to 16"
                ),
                Cutoff(
                    14.4, ">=", _TWIGG_2016, "confirmed", "clinical range", "girls aged 11 to 13"
                ),
                Cutoff(
                    15.9, ">=", _TWIGG_2016, "confirmed", "clinical range", "girls aged 14 to 16"
                ),
            ),
            reliability=(Reliability("alpha", 0.80, _TWIGG_2016, "confirmed", 1269),),
        ),
    ),
    citation=f"{_TWIGG_2009}; {_TWIGG_2016}",
    licence=LICENCE,
    recall_period="last week",
    population="young people aged 11 to 16, used up to 18",
    about_child=True,
    notes=(
        CODING,
        CLINICAL_SCORE,
        "Items 3, 5 and 10 are reversed. Prorated when one answer is missing; no domains.",
        "Item 4 above 0 should be looked at on its own.",
        "Scores differ by age and sex: no one cut-off holds for everybody.",
        "Reliable changes by age and sex are in Twigg E et al. (2016) and are not held here.",
    ),
    risk_items=(4,),
)


CORE_6D = Instrument(
    id="core_6d",
    version="CORE-6D (2013)",
    name="CORE-6D utility",
    short_name="CORE-6D",
    construct="health-related quality of life",
    respondent="adult, about themselves",
    items=(
        Item(1, 0, 4, scores=_LEVELS),
        Item(8, 0, 4, scores=_LEVELS),
        Item(15, 0, 4, scores=_LEVELS),
        Item(16, 0, 4, scores=_LEVELS),
        Item(21, 0, 4, scores=_LEVELS_OF_21),
        Item(33, 0, 4, scores=_LEVELS),
    ),
    scales=(
        Scale(
            id="total",
            label="Quality of life (CORE-6D utility)",
            items=(),
            rule="lookup_of_scales",
            score_range=(0.1, 0.95),
            better="higher",
            evidence="single source",
            citation=_MAVRANEZOULI,
            components=("physical", "emotional"),
            grid=(
                (0.95, 0.94, 0.87, 0.80, 0.72, 0.64, 0.55, 0.47, 0.38, 0.30, 0.24),
                (0.92, 0.90, 0.84, 0.77, 0.69, 0.61, 0.52, 0.43, 0.35, 0.26, 0.20),
                (0.81, 0.80, 0.73, 0.66, 0.58, 0.50, 0.41, 0.32, 0.24, 0.16, 0.10),
            ),
            missing=_NO_GAP,
        ),
        Scale(
            id="emotional",
            label="Emotional state (CORE-6D)",
            items=(1, 15, 16, 21, 33),
            rule="sum",
            score_range=(0, 10),
            better="lower",
            evidence="single source",
            citation=_MAVRANEZOULI,
            reversed_items=(21,),
            missing=_NO_GAP,
        ),
        Scale(
            id="physical",
            label="Physical symptom (CORE-6D)",
            items=(8,),
            rule="sum",
            score_range=(0, 2),
            better="lower",
            evidence="single source",
            citation=_MAVRANEZOULI,
            missing=_NO_GAP,
        ),
    ),
    citation=f"Mavranezouli I et al. (2011) Qual Life Res 20:321-333; {_MAVRANEZOULI}",
    licence=LICENCE,
    recall_period="last week",
    population="adults with common mental health problems",
    notes=(
        "Items 1, 8, 15, 16, 21 and 33 of the CORE-OM, under their numbers there.",
        CODING,
        "Answers count 0, 1, 1, 2, 2 (item 21, after reversing, 0, 0, 1, 1, 2); a published table "
        "turns the sum of five and the sixth into a utility.",
        "All six answers are needed.",
    ),
    risk_items=(16,),
)
