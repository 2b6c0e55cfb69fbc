"""Dyadic Adjustment Scale and its short forms. The wording is not held here."""

from __future__ import annotations

from instruments.definition import (
    Cutoff,
    Instrument,
    Item,
    Norm,
    Reliability,
    Scale,
    Sourced,
    banded,
    same_items,
)

_SPANIER = "Spanier GB (1976) J Marriage Fam 38:15-28"
_CAREY = "Carey MP et al. (1993) Psychol Assess 5:238-240"
_CUENCA = "Cuenca Montesino et al. (2013) Psicothema 25:536-541"
_BUSBY = "Busby DM et al. (1995) J Marital Fam Ther 21:289-308"
_CRANE = "Crane DR, Middleton KC, Bean RA (2000) Am J Fam Ther 28:53-60"
_ANDERSON = "Anderson SR et al. (2014) J Marital Fam Ther 40:525-534"
_HUNSLEY = "Sharpley CF, Rogers HJ (1984); Hunsley J et al. (2001)"
_SABOURIN = "Sabourin S, Valois P, Lussier Y (2005) Psychol Assess 17:15-27"
_DISTRESS = (("distressed", "Distressed"), ("non_distressed", "Not distressed"))
_MARRIED = "married people"
_DIVORCED = "recently divorced people, on the last month of their marriage"

DAS_32 = Instrument(
    id="das_32",
    version="DAS-32 (1976; manual 1989)",
    name="Dyadic Adjustment Scale",
    short_name="DAS-32",
    construct="relationship quality",
    respondent="each partner, about the relationship",
    items=(
        *same_items(22, 0, 5),
        Item(23, 0, 4),
        Item(24, 0, 4),
        Item(25, 0, 5),
        Item(26, 0, 5),
        Item(27, 0, 5),
        Item(28, 0, 5),
        Item(29, 0, 1),
        Item(30, 0, 1),
        Item(31, 0, 6),
        Item(32, 0, 5),
    ),
    scales=(
        Scale(
            id="total",
            label="Relationship satisfaction (DAS total)",
            items=tuple(range(1, 33)),
            rule="sum",
            score_range=(0, 151),
            better="higher",
            evidence="confirmed",
            citation=_SPANIER,
            bands=(
                banded(
                    "distress",
                    _DISTRESS,
                    (0, 97.5),
                    citation=_SPANIER,
                    evidence="single source",
                    note="Distressed up to 97; the mean of a couple from 97.5 is not distressed.",
                ),
            ),
            cutoffs=(
                Cutoff(
                    97,
                    "<=",
                    _SPANIER,
                    "single source",
                    "relationship distress: one SD below the mean of married people",
                ),
                Cutoff(
                    96.5,
                    "<",
                    "source not published",
                    "unverified",
                    "couple means in trials of behavioural couple therapy",
                ),
                Cutoff(100, "<", "source not published", "unverified", "an older rule of thumb"),
                Cutoff(
                    107,
                    "<",
                    "Crane et al., year not established",
                    "unverified",
                    "a higher criterion",
                ),
            ),
            norms=(
                Norm("functional", _MARRIED, 218, 114.8, 17.8, _SPANIER, "single source"),
                Norm("clinical", _DIVORCED, 94, 70.7, 23.8, _SPANIER, "single source"),
            ),
            reliability=(
                Reliability("alpha", 0.95, _CAREY, "confirmed", 158),
                Reliability("test-retest, about 2 weeks", 0.87, _CAREY, "confirmed", 158),
                Reliability("alpha, Spanish couples", 0.80, _CUENCA, "confirmed", 1180),
                Reliability("alpha", 0.96, _SPANIER, "unverified"),
            ),
            manual_sd=Sourced(
                17.8, _SPANIER, "single source", "the SD of the married people of the norm"
            ),
        ),
        Scale(
            id="dyadic_consensus",
            label="Agreement on everyday matters (DAS consensus)",
            items=(1, 2, 3, 5, 7, 8, 9, 10, 11, 12, 13, 14, 15),
            rule="sum",
            score_range=(0, 65),
            better="higher",
            evidence="confirmed",
            citation=_SPANIER,
            norms=(
                Norm("functional", _MARRIED, 218, 57.9, 8.5, _SPANIER, "single source"),
                Norm("clinical", _DIVORCED, 94, 41.1, 11.1, _SPANIER, "single source"),
            ),
            reliability=(Reliability("alpha", 0.90, _SPANIER, "unverified"),),
        ),
        Scale(
            id="dyadic_satisfaction",
            label="Satisfaction with the relationship (DAS satisfaction)",
            items=(16, 17, 18, 19, 20, 21, 22, 23, 31, 32),
            rule="sum",
            score_range=(0, 50),
            better="higher",
            evidence="confirmed",
            citation=_SPANIER,
            norms=(
                Norm("functional", _MARRIED, 218, 40.5, 7.2, _SPANIER, "single source"),
                Norm("clinical", _DIVORCED, 94, 22.2, 10.3, _SPANIER, "single source"),
            ),
            reliability=(Reliability("alpha", 0.94, _SPANIER, "unverified"),),
        ),
        Scale(
            id="affectional_expression",
            label="Showing affection (DAS affectional expression)",
            items=(4, 6, 29, 30),
            rule="sum",
            score_range=(0, 12),
            better="higher",
            evidence="confirmed",
            citation=_SPANIER,
            norms=(
                Norm("functional", _MARRIED, 218, 9.0, 2.3, _SPANIER, "single source"),
                Norm("clinical", _DIVORCED, 94, 5.1, 2.8, _SPANIER, "single source"),
            ),
            reliability=(
                Reliability("alpha", 0.70, _CAREY, "confirmed", 158),
                Reliability("test-retest, about 2 weeks", 0.75, _CAREY, "confirmed", 158),
                Reliability("alpha", 0.73, _SPANIER, "unverified"),
            ),
        ),
        Scale(
            id="dyadic_cohesion",
            label="Doing things together (DAS cohesion)",
            items=(24, 25, 26, 27, 28),
            rule="sum",
            score_range=(0, 24),
            better="higher",
            evidence="confirmed",
            citation=_SPANIER,
            norms=(
                Norm("functional", _MARRIED, 218, 13.4, 4.2, _SPANIER, "single source"),
                Norm("clinical", _DIVORCED, 94, 8.0, 4.9, _SPANIER, "single source"),
            ),
            reliability=(Reliability("alpha", 0.86, _SPANIER, "unverified"),),
        ),
    ),
    citation=f"{_SPANIER}; manual: Spanier GB (1989) Multi-Health Systems",
    licence=(
        "Published by Multi-Health Systems (qualification level B): a licence is needed. The "
        "wording is not held in this program."
    ),
    recall_period="the relationship at present",
    population="adults living as a couple; not validated for separated parents",
    notes=(
        (
            "Answers are the scored values printed on the form, higher = better adjusted for every"
            " item, so nothing is reversed here."
        ),
        (
            "Items 18 and 19 run against their neighbours on the form; items 29 and 30 are scored "
            "by label (a problem = 0, no problem = 1)."
        ),
        "Norms of the subscales do not add up to the norm of the total; do not mix them.",
        "Each partner has a score; the score of a couple is the mean of the two.",
    ),
)

RDAS_14 = Instrument(
    id="rdas_14",
    version="RDAS (1995)",
    name="Revised Dyadic Adjustment Scale",
    short_name="RDAS",
    construct="relationship quality",
    respondent="each partner, about the relationship",
    items=(*same_items(10, 0, 5), Item(11, 0, 4), Item(12, 0, 5), Item(13, 0, 5), Item(14, 0, 5)),
    scales=(
        Scale(
            id="total",
            label="Relationship satisfaction (RDAS total)",
            items=tuple(range(1, 15)),
            rule="sum",
            score_range=(0, 69),
            better="higher",
            evidence="confirmed",
            citation=_BUSBY,
            bands=(
                banded(
                    "distress",
                    _DISTRESS,
                    (0, 47.31),
                    citation=f"{_CRANE}; {_ANDERSON}",
                    evidence="confirmed",
                    note="Distressed up to 47; the mean of a couple from 47.5 is not distressed.",
                ),
            ),
            cutoffs=(
                Cutoff(47, "<=", _CRANE, "confirmed", "relationship distress"),
                Cutoff(47.31, "<", _ANDERSON, "confirmed", "relationship distress"),
            ),
            norms=(
                Norm("functional", "non-distressed", None, 52.3, 6.6, _BUSBY, "unverified"),
                Norm("clinical", "distressed", None, 41.6, 8.2, _BUSBY, "unverified"),
            ),
            reliability=(Reliability("alpha", 0.90, _BUSBY, "unverified"),),
            reliable_change=(
                Sourced(11.58, _ANDERSON, "confirmed", "a change of 12 points or more"),
            ),
        ),
        Scale(
            id="consensus",
            label="Agreement on everyday matters (RDAS consensus)",
            items=(1, 2, 3, 4, 5, 6),
            rule="sum",
            score_range=(0, 30),
            better="higher",
            evidence="confirmed",
            citation=_BUSBY,
            reliability=(Reliability("alpha", 0.81, _BUSBY, "unverified"),),
        ),
        Scale(
            id="satisfaction",
            label="Satisfaction with the relationship (RDAS satisfaction)",
            items=(7, 8, 9, 10),
            rule="sum",
            score_range=(0, 20),
            better="higher",
            evidence="confirmed",
            citation=_BUSBY,
            reliability=(Reliability("alpha", 0.85, _BUSBY, "unverified"),),
        ),
        Scale(
            id="cohesion",
            label="Doing things together (RDAS cohesion)",
            items=(11, 12, 13, 14),
            rule="sum",
            score_range=(0, 19),
            better="higher",
            evidence="confirmed",
            citation=_BUSBY,
            reliability=(Reliability("alpha", 0.80, _BUSBY, "unverified"),),
        ),
    ),
    citation=_BUSBY,
    licence=(
        "Published in the Journal of Marital and Family Therapy and used freely in research and "
        "clinics; no statement on software was found. The wording is not held in this program."
    ),
    recall_period="the relationship at present",
    population="adults living as a couple",
    notes=(
        "Answers are the scored values of the form, higher = better adjusted for every item.",
        "Items 7 to 10 are printed 0 all the time to 5 never; turn them if collected otherwise.",
        "Cohesion runs from 0 to 19: item 11 has five answers.",
    ),
)

DAS_7 = Instrument(
    id="das_7",
    version="DAS-7",
    name="Dyadic Adjustment Scale, 7 items",
    short_name="DAS-7",
    construct="relationship quality",
    respondent="each partner, about the relationship",
    items=(*same_items(6, 0, 5), Item(7, 0, 6)),
    scales=(
        Scale(
            id="total",
            label="Relationship satisfaction (DAS-7 total)",
            items=tuple(range(1, 8)),
            rule="sum",
            score_range=(0, 36),
            better="higher",
            evidence="unverified",
            citation=_HUNSLEY,
            needs="verification",
        ),
    ),
    citation=_HUNSLEY,
    licence=(
        "Part of the Dyadic Adjustment Scale (Multi-Health Systems): a licence is needed. The "
        "wording is not held in this program."
    ),
    recall_period="the relationship at present",
    population="adults living as a couple",
    notes=(
        "Taken to be items 8, 10, 11, 25, 27, 28 and 31 of the DAS-32 in this order, as scored "
        "values; check this against the form before it is scored.",
        "Alphas between .75 and .82 are quoted; source not published.",
        "Not the six-item DAS that some local pathways use.",
    ),
)

DAS_4 = Instrument(
    id="das_4",
    version="DAS-4 (2005)",
    name="Dyadic Adjustment Scale, 4 items",
    short_name="DAS-4",
    construct="relationship quality",
    respondent="each partner, about the relationship",
    items=(*same_items(3, 0, 5), Item(4, 0, 6)),
    scales=(
        Scale(
            id="total",
            label="Relationship satisfaction (DAS-4 total)",
            items=(1, 2, 3, 4),
            rule="sum",
            score_range=(0, 21),
            better="higher",
            evidence="unverified",
            citation=_SABOURIN,
            needs="verification",
            bands=(
                banded("distress", _DISTRESS, (0, 13), citation=_SABOURIN, evidence="unverified"),
            ),
            cutoffs=(Cutoff(13, "<", _SABOURIN, "unverified", "relationship distress"),),
        ),
    ),
    citation=_SABOURIN,
    licence=(
        "Part of the Dyadic Adjustment Scale (Multi-Health Systems): a licence is needed. The "
        "wording is not held in this program."
    ),
    recall_period="the relationship at present",
    population="adults living as a couple",
    notes=(
        "Taken to be items 16, 18, 19 and 31 of the DAS-32 in this order, as scored values; check "
        "this against the form before it is scored.",
        "Whether a score of exactly 13 counts as distressed is not clear.",
    ),
)
