"""ENRICH scales. Wording, keys and percentile tables are not public and are not held here."""

from __future__ import annotations

from instruments.definition import Instrument, Reliability, Scale, same_items

_FOWERS = "Fowers BJ, Olson DH (1993) J Fam Psychol 7:176-185"
_OLSON = "Olson DH, Fournier DG, Druckman JM (1983) ENRICH"
_RECALLED = "Items: Fowers BJ, Olson DH (1993). Reversed items: source not published"

ENRICH_EMS_15 = Instrument(
    id="enrich_ems_15",
    version="EMS-15 (1993)",
    name="ENRICH Marital Satisfaction scale, 15 items",
    short_name="EMS",
    construct="relationship quality",
    respondent="each partner, about the relationship",
    items=same_items(15, 1, 5),
    scales=(
        Scale(
            id="ems",
            label="Relationship satisfaction (EMS, corrected for idealism)",
            items=(),
            rule="corrected_for_idealism",
            score_range=(0, 100),
            better="higher",
            evidence="single source",
            citation=_FOWERS,
            components=("marital_satisfaction_raw", "idealistic_distortion_raw"),
            needs="table",
        ),
        Scale(
            id="marital_satisfaction_raw",
            label="Relationship satisfaction (EMS raw sum)",
            items=(2, 3, 5, 7, 8, 10, 11, 12, 14, 15),
            rule="sum",
            score_range=(10, 50),
            better="higher",
            evidence="unverified",
            citation=_RECALLED,
            reversed_items=(2, 5, 8, 12, 14),
            reliability=(
                Reliability("alpha", 0.86, _FOWERS, "unverified"),
                Reliability("test-retest, 4 weeks", 0.86, _FOWERS, "unverified"),
            ),
        ),
        Scale(
            id="idealistic_distortion_raw",
            label="Idealised answering (EMS raw sum)",
            items=(1, 4, 6, 9, 13),
            rule="sum",
            score_range=(5, 25),
            better="neither",
            evidence="unverified",
            citation=_RECALLED,
            reversed_items=(9,),
            reliability=(
                Reliability("alpha", 0.83, _FOWERS, "unverified"),
                Reliability("test-retest, 4 weeks", 0.92, _FOWERS, "unverified"),
            ),
        ),
    ),
    citation=_FOWERS,
    licence=(
        "Copyright American Psychological Association 1993; norms and names belong to Life "
        "Innovations (Prepare-Enrich), whose permission is needed."
    ),
    recall_period="the relationship at present",
    population="married and cohabiting adults",
    notes=(
        "Answers are raw, 1 strongly disagree to 5 strongly agree.",
        (
            "Which items are reversed was not found in print; the raw sums stay unverified until "
            "the key is supplied."
        ),
        (
            "The EMS score needs the percentile tables of the national sample (2,112 couples), "
            "which are not public: EMS = PCT - 0.40 x PCT x ID / 100."
        ),
        (
            "Many papers report the raw sum (10-50) as if it were the EMS score; the two are not "
            "comparable."
        ),
    ),
)

ENRICH_COUPLE_SCALES_35 = Instrument(
    id="enrich_couple_scales_35",
    version="ENRICH Couple Scales 35",
    name="ENRICH Couple Scales",
    short_name="ENRICH Couple Scales",
    construct="relationship quality",
    respondent="each partner, about the relationship",
    items=same_items(35, 1, 5),
    scales=(
        Scale(
            id="couple_satisfaction",
            label="Relationship satisfaction (ENRICH)",
            items=tuple(range(1, 11)),
            rule="sum",
            score_range=(10, 50),
            better="higher",
            evidence="single source",
            citation=_OLSON,
            needs="key",
            reliability=(Reliability("alpha", 0.86, _OLSON, "unverified"),),
        ),
        Scale(
            id="communication",
            label="Communication (ENRICH)",
            items=tuple(range(11, 21)),
            rule="sum",
            score_range=(10, 50),
            better="higher",
            evidence="single source",
            citation=_OLSON,
            needs="key",
            reliability=(Reliability("alpha", 0.82, _OLSON, "unverified"),),
        ),
        Scale(
            id="conflict_resolution",
            label="Resolving conflict (ENRICH)",
            items=tuple(range(21, 31)),
            rule="sum",
            score_range=(10, 50),
            better="higher",
            evidence="single source",
            citation=_OLSON,
            needs="key",
            reliability=(Reliability("alpha", 0.84, _OLSON, "unverified"),),
        ),
        Scale(
            id="idealistic_distortion",
            label="Idealised answering (ENRICH)",
            items=tuple(range(31, 36)),
            rule="sum",
            score_range=(5, 25),
            better="neither",
            evidence="single source",
            citation=_OLSON,
            needs="key",
        ),
    ),
    citation=_OLSON,
    licence="Life Innovations (Prepare-Enrich): research use by request.",
    recall_period="the relationship at present",
    population="married and cohabiting adults",
    notes=(
        (
            "Answers are raw, 1 strongly disagree to 5 strongly agree. Items 1-10 are "
            "satisfaction, 11-20 communication, 21-30 conflict resolution, 31-35 idealistic "
            "distortion."
        ),
        (
            "Which items are reversed is not public. Items are scored only if the rule file "
            "supplies the key or says that answers come already keyed; supplied scores are used as"
            " they are."
        ),
    ),
)
