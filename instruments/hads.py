"""Hospital Anxiety and Depression Scale. The wording is under licence and is not held here."""

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

_ZIGMOND = "Zigmond AS, Snaith RP (1983) Acta Psychiatr Scand 67:361-370"
_CRAWFORD = "Crawford JR et al. (2001) Br J Clin Psychol 40:429-434"
_BJELLAND = "Bjelland I et al. (2002) J Psychosom Res 52:69-77"
_MYKLETUN = "Mykletun A et al. (2001) Br J Psychiatry 179:540-544"
_PUHAN = "Puhan MA et al. (2008) Health Qual Life Outcomes 6:46"
_UK_ADULTS = "adults, UK"
_HALF = Missing(
    "prorate",
    3,
    "half_up",
    citation="Bell ML et al. (2016) BMC Res Notes 9:479",
    evidence="confirmed",
)
_BANDS = (
    banded(
        "three-band",
        (("normal", "Normal"), ("borderline", "Borderline"), ("abnormal", "Abnormal")),
        (0, 8, 11),
        citation=_ZIGMOND,
        evidence="confirmed",
    ),
    banded(
        "four-band",
        (("normal", "Normal"), ("mild", "Mild"), ("moderate", "Moderate"), ("severe", "Severe")),
        (0, 8, 11, 16),
        citation=f"Snaith RP, Zigmond AS (1994) HADS manual, as quoted by {_CRAWFORD}",
        evidence="single source",
        note="Other sources begin severe at 15.",
    ),
)
_CUTOFFS = (
    Cutoff(8, ">=", _BJELLAND, "confirmed", "possible case"),
    Cutoff(11, ">=", _ZIGMOND, "confirmed", "probable case"),
)
_GROUP_CHANGE = Sourced(
    1.5,
    _PUHAN,
    "confirmed",
    "smallest change that matters in the mean of a group (people with lung disease)",
)

HADS = Instrument(
    id="hads",
    version="HADS (1983)",
    name="Hospital Anxiety and Depression Scale",
    short_name="HADS",
    construct="anxiety and low mood",
    respondent="adult, about themselves",
    items=same_items(14, 0, 3),
    scales=(
        Scale(
            id="anxiety",
            label="Anxiety (HADS)",
            items=(1, 3, 5, 7, 9, 11, 13),
            rule="sum",
            score_range=(0, 21),
            better="lower",
            evidence="confirmed",
            citation=_ZIGMOND,
            missing=_HALF,
            bands=_BANDS,
            cutoffs=_CUTOFFS,
            norms=(Norm("functional", _UK_ADULTS, 1792, 6.14, 3.76, _CRAWFORD, "unverified"),),
            reliability=(
                Reliability("alpha, mean of studies", 0.83, _BJELLAND, "confirmed"),
                Reliability("alpha", 0.80, _MYKLETUN, "confirmed", 51930),
                Reliability("alpha", 0.82, _CRAWFORD, "unverified"),
            ),
            reliable_change=(
                _GROUP_CHANGE,
                Sourced(
                    5,
                    "source not published",
                    "unverified",
                    "one person: 4.42 (95 %, from alpha .82 and SD 3.76), rounded up",
                ),
            ),
        ),
        Scale(
            id="depression",
            label="Low mood (HADS depression)",
            items=(2, 4, 6, 8, 10, 12, 14),
            rule="sum",
            score_range=(0, 21),
            better="lower",
            evidence="confirmed",
            citation=_ZIGMOND,
            missing=_HALF,
            bands=_BANDS,
            cutoffs=_CUTOFFS,
            norms=(Norm("functional", _UK_ADULTS, 1792, 3.68, 3.07, _CRAWFORD, "unverified"),),
            reliability=(
                Reliability("alpha, mean of studies", 0.82, _BJELLAND, "confirmed"),
                Reliability("alpha", 0.76, _MYKLETUN, "confirmed", 51930),
                Reliability("alpha", 0.77, _CRAWFORD, "unverified"),
            ),
            reliable_change=(
                _GROUP_CHANGE,
                Sourced(
                    5,
                    "source not published",
                    "unverified",
                    "one person: 4.08 (95 %, from alpha .77 and SD 3.07), rounded up",
                ),
            ),
        ),
        Scale(
            id="total",
            label="Distress (HADS total)",
            items=(),
            rule="sum_of_scales",
            score_range=(0, 42),
            better="lower",
            evidence="confirmed",
            citation=_CRAWFORD,
            components=("anxiety", "depression"),
            missing=_HALF,
            norms=(Norm("functional", _UK_ADULTS, 1792, 9.82, 5.98, _CRAWFORD, "unverified"),),
        ),
    ),
    citation=_ZIGMOND,
    licence=(
        "Distributed under licence by GL Assessment; a fee is payable. The wording is not held in "
        "this program."
    ),
    recall_period="last week",
    population="adults",
    notes=(
        "Answers are symptom scores, 0 least to 3 most, and nothing is reversed. If the place of "
        "the box was entered instead, items 1, 3, 5, 6, 8, 10, 11 and 13 have to be turned first.",
        "Anxiety takes the odd items and depression the even ones, in the order of the "
        "questionnaire; some files list the items in another order.",
        "A scale is scored when 4 of its 7 answers are given: 7 times their mean, halves upwards.",
        "Anxiety and depression are to be read before the total; they correlate .53 (Crawford JR "
        "et al. 2001).",
        "Medians in north-west England: anxiety 6 in women and 5 in men, depression 3 in both "
        "(Breeman S et al. 2015 Qual Life Res 24:391-398).",
    ),
)
