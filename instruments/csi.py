"""Couples Satisfaction Index in three lengths. The wording is not held here."""

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

_FUNK = "Funk JL, Rogge RD (2007) J Fam Psychol 21:572-583"
_ONLINE = "people in a relationship, online"
_BANDS = (
    ("notable_dissatisfaction", "Notably dissatisfied"),
    ("no_notable_dissatisfaction", "Not notably dissatisfied"),
)
_PURPOSE = "notable dissatisfaction with the relationship"
_LICENCE = (
    "Free for research and clinical use without further permission; commercial use is not "
    "addressed. The wording is not held in this program."
)
_CODING = "Answers are the scores printed on the form; nothing is reversed here."

CSI_32 = Instrument(
    id="csi_32",
    version="CSI-32 (2007)",
    name="Couples Satisfaction Index, 32 items",
    short_name="CSI-32",
    construct="relationship quality",
    respondent="each partner, about the relationship",
    items=(Item(1, 0, 6), *same_items(32, 0, 5)[1:]),
    scales=(
        Scale(
            id="total",
            label="Relationship satisfaction (CSI-32 total)",
            items=tuple(range(1, 33)),
            rule="sum",
            score_range=(0, 161),
            better="higher",
            evidence="confirmed",
            citation=_FUNK,
            bands=(
                banded(
                    "satisfaction",
                    _BANDS,
                    (0, 104.5),
                    citation=_FUNK,
                    evidence="single source",
                ),
            ),
            cutoffs=(Cutoff(104.5, "<", _FUNK, "single source", _PURPOSE),),
            norms=(Norm("functional", _ONLINE, 5315, 121, 32, _FUNK, "unverified"),),
            reliability=(Reliability("alpha", 0.98, _FUNK, "unverified"),),
            reliable_change=(
                Sourced(12.5, "source not published", "unverified", "95 %, from alpha .98, SD 32"),
            ),
        ),
    ),
    citation=_FUNK,
    licence=_LICENCE,
    recall_period="the relationship at present",
    population="adults in a relationship",
    notes=(
        _CODING,
        "Some items and word pairs are printed from high to low: enter the printed score, not the "
        "position.",
    ),
)

CSI_16 = Instrument(
    id="csi_16",
    version="CSI-16 (2007)",
    name="Couples Satisfaction Index, 16 items",
    short_name="CSI-16",
    construct="relationship quality",
    respondent="each partner, about the relationship",
    items=(Item(1, 0, 6), *same_items(16, 0, 5)[1:]),
    scales=(
        Scale(
            id="total",
            label="Relationship satisfaction (CSI-16 total)",
            items=tuple(range(1, 17)),
            rule="sum",
            score_range=(0, 81),
            better="higher",
            evidence="confirmed",
            citation=_FUNK,
            bands=(
                banded("satisfaction", _BANDS, (0, 51.5), citation=_FUNK, evidence="confirmed"),
            ),
            cutoffs=(Cutoff(51.5, "<", _FUNK, "confirmed", _PURPOSE),),
            norms=(Norm("functional", _ONLINE, 5315, 61, 17, _FUNK, "unverified"),),
            reliability=(Reliability("alpha", 0.98, _FUNK, "unverified"),),
            reliable_change=(
                Sourced(6.7, "source not published", "unverified", "95 %, from alpha .98, SD 17"),
            ),
        ),
    ),
    citation=_FUNK,
    licence=_LICENCE,
    recall_period="the relationship at present",
    population="adults in a relationship",
    notes=(
        _CODING,
        "Items 2, 11, 13, 14 and 16 are printed from high to low: enter the printed score, not "
        "the position.",
        "Items 1, 5, 9, 11, 12, 17, 19, 20, 21, 22, 26, 27, 28, 30, 31 and 32 of the CSI-32.",
    ),
)

CSI_4 = Instrument(
    id="csi_4",
    version="CSI-4 (2007)",
    name="Couples Satisfaction Index, 4 items",
    short_name="CSI-4",
    construct="relationship quality",
    respondent="each partner, about the relationship",
    items=(Item(1, 0, 6), *same_items(4, 0, 5)[1:]),
    scales=(
        Scale(
            id="total",
            label="Relationship satisfaction (CSI-4 total)",
            items=(1, 2, 3, 4),
            rule="sum",
            score_range=(0, 21),
            better="higher",
            evidence="confirmed",
            citation=_FUNK,
            bands=(
                banded("satisfaction", _BANDS, (0, 13.5), citation=_FUNK, evidence="confirmed"),
            ),
            cutoffs=(Cutoff(13.5, "<", _FUNK, "confirmed", _PURPOSE),),
            norms=(Norm("functional", _ONLINE, 5315, 16, 4, _FUNK, "unverified"),),
            reliability=(Reliability("alpha", 0.94, _FUNK, "unverified"),),
            reliable_change=(
                Sourced(2.7, "source not published", "unverified", "95 %, from alpha .94, SD 4"),
            ),
        ),
    ),
    citation=_FUNK,
    licence=_LICENCE,
    recall_period="the relationship at present",
    population="adults in a relationship",
    notes=(
        _CODING,
        "The published four items are items 1, 12, 19 and 22 of the CSI-32; other choices of four "
        "circulate under the same name and are not comparable.",
    ),
)
