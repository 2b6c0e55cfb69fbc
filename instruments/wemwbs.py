"""Warwick-Edinburgh Mental Wellbeing Scales. The wording is under licence and is not held here."""

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
from instruments.tables import read_table

_TENNANT = "Tennant R et al. (2007) Health Qual Life Outcomes 5:63"
_MAHESWARAN = "Maheswaran H et al. (2012) Health Qual Life Outcomes 10:156"
_STEWART_BROWN = "Stewart-Brown S et al. (2009) Health Qual Life Outcomes 7:15"
_NG_FAT = "Ng Fat L et al. (2017) Qual Life Res 26:1129-1144"
_SHAH = "Shah N et al. (2018) Health Qual Life Outcomes 16:239"
_HSE_2011 = "Health Survey for England 2011; source not published"
_WARWICK = "University of Warwick, WEMWBS guidance for users"
_LICENCE = (
    "Copyright NHS Health Scotland, University of Warwick and University of Edinburgh (WEMWBS "
    "2006, SWEMWBS 2008). Registration with Warwick is needed: free for non-commercial use. The "
    "wording is not held in this program."
)
_LEVELS = (("low", "Low"), ("medium", "Medium"), ("high", "High"))

WEMWBS = Instrument(
    id="wemwbs",
    version="WEMWBS 14",
    name="Warwick-Edinburgh Mental Wellbeing Scale",
    short_name="WEMWBS",
    construct="mental wellbeing",
    respondent="adult, about themselves",
    items=same_items(14, 1, 5),
    scales=(
        Scale(
            id="total",
            label="Mental wellbeing (WEMWBS total)",
            items=tuple(range(1, 15)),
            rule="sum",
            score_range=(14, 70),
            better="higher",
            evidence="confirmed",
            citation=_TENNANT,
            missing=Missing(
                citation="No confirmed published rule was found; strict is our default.",
                evidence="unverified",
            ),
            bands=(
                banded(
                    "population",
                    _LEVELS,
                    (14, 43, 60),
                    citation="source not published",
                    evidence="unverified",
                    note="About the lowest and the highest 15 % of the adults of England.",
                ),
                banded(
                    "depression benchmarks",
                    (
                        ("probable_depression", "Probable depression"),
                        ("possible_depression", "Possible depression"),
                        ("not_indicated", "Not indicated"),
                    ),
                    (14, 41, 45),
                    citation="source not published",
                    evidence="single source",
                ),
            ),
            cutoffs=(
                Cutoff(40, "<=", "source not published", "single source", "probable depression"),
                Cutoff(44, "<=", "source not published", "single source", "possible depression"),
                Cutoff(
                    43.5,
                    "<",
                    "source not published",
                    "confirmed",
                    "depressive symptoms, against the CES-D",
                ),
            ),
            norms=(
                Norm("functional", "adults, England", 7020, 51.61, 8.71, _HSE_2011, "unverified"),
            ),
            reliability=(
                Reliability("alpha, general population", 0.91, _TENNANT, "unverified"),
                Reliability("test-retest, 1 week", 0.83, _TENNANT, "unverified"),
                Reliability("alpha, students", 0.89, _TENNANT, "unverified"),
            ),
            reliable_change=(
                Sourced(
                    8,
                    _MAHESWARAN,
                    "single source",
                    "reliable change of one person: 2.77 standard errors (6.6 to 8.6), rounded",
                ),
                Sourced(
                    3,
                    _MAHESWARAN,
                    "single source",
                    "smallest change that matters: 1 standard error (2.4 to 3.1), rounded",
                ),
            ),
        ),
    ),
    citation=_TENNANT,
    licence=_LICENCE,
    recall_period="last 2 weeks",
    population="adults and young people from 13",
    notes=(
        "Answers are coded 1 to 5; nothing is reversed.",
        "Incomplete questionnaires are not scored.",
        (
            "Means without SD: England 2012 men 52.5, women 52.2; 2015 51.7, 51.5; 2016 50.1, "
            "49.6; Scotland 2012 49.9, 2013 50.0; Scottish median 51 (Tennant R et al. 2007, n = "
            "1,749)."
        ),
    ),
)

SWEMWBS = Instrument(
    id="swemwbs",
    version="SWEMWBS 7",
    name="Short Warwick-Edinburgh Mental Wellbeing Scale",
    short_name="SWEMWBS",
    construct="mental wellbeing",
    respondent="adult, about themselves",
    items=same_items(7, 1, 5),
    scales=(
        Scale(
            id="total",
            label="Mental wellbeing (SWEMWBS metric score)",
            items=tuple(range(1, 8)),
            rule="lookup",
            score_range=(7, 35),
            better="higher",
            evidence="confirmed",
            citation=_STEWART_BROWN,
            table=read_table("swemwbs_metric"),
            missing=Missing(citation=_WARWICK, evidence="single source"),
            bands=(
                banded(
                    "population",
                    _LEVELS,
                    (7, 19.6, 27.5),
                    citation=_NG_FAT,
                    evidence="unverified",
                    note="Mean minus and plus one SD of the adults of England.",
                ),
            ),
            norms=(
                Norm("functional", "adults, England", 7196, 23.61, 3.90, _HSE_2011, "unverified"),
                Norm(
                    "clinical",
                    "people starting cognitive hypnotherapy",
                    172,
                    19.28,
                    3.921,
                    _SHAH,
                    "confirmed",
                ),
            ),
            reliable_change=(
                Sourced(
                    2.87,
                    _SHAH,
                    "confirmed",
                    "reliable change of one person: 2.77 standard errors; in practice 3 points",
                ),
                Sourced(1.03, _SHAH, "confirmed", "1 standard error"),
            ),
        ),
        Scale(
            id="raw",
            label="Mental wellbeing (SWEMWBS raw sum)",
            items=tuple(range(1, 8)),
            rule="sum",
            score_range=(7, 35),
            better="higher",
            evidence="confirmed",
            citation=_STEWART_BROWN,
            missing=Missing(citation=_WARWICK, evidence="single source"),
        ),
    ),
    citation=_STEWART_BROWN,
    licence=_LICENCE,
    recall_period="last 2 weeks",
    population="adults and young people from 13",
    notes=(
        (
            "Answers are coded 1 to 5; nothing is reversed. The items are items 1, 2, 3, 6, 7, 9 "
            "and 11 of WEMWBS."
        ),
        "The total is the metric score; published norms refer to it, not to the raw sum.",
        "All seven answers are needed: the conversion is defined for complete sums only.",
        "Means without SD, England 2010-13: men 23.7, women 23.2 (Ng Fat L et al. 2017).",
        "Depression benchmarks of 17 and 20 circulate, but it is not known on which score.",
    ),
)
