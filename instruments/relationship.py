"""Short questionnaires about the relationship. The wording is not held here."""

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

_NORTON = "Norton R (1983) J Marriage Fam 45:141-151"
_ZIMMERMANN = "Zimmermann T et al. (2019) PLOS ONE 14:e0212758"
_PERSIAN = "BMC Res Notes (2019) 12:507"
_HEINRICHS = "Heinrichs N, Klann N, Hahlweg K (2012)"
_PREP = "Stanley SM, Markman HJ (1997) PREP Inc."
_MARKMAN = "Markman HJ, Stanley SM, Blumberg SL (2001) Fighting for Your Marriage"
_HENDRICK = "Hendrick SS (1988) J Marriage Fam 50:93-98"
_HENDRICK_1998 = "Hendrick SS, Dicke A, Hendrick C (1998) J Soc Pers Relat 15:137-142"
_CHONODY = "Chonody JM et al. (2016) Res Soc Work Pract, doi:10.1177/1049731516631120"
_INFERTILE = "people treated for infertility, Iran"

QMI_6 = Instrument(
    id="qmi_6",
    version="QMI (1983)",
    name="Quality of Marriage Index",
    short_name="QMI",
    construct="relationship quality",
    respondent="each partner, about the relationship",
    items=(*same_items(5, 1, 7), Item(6, 1, 10)),
    scales=(
        Scale(
            id="total",
            label="Relationship satisfaction (QMI total)",
            items=(1, 2, 3, 4, 5, 6),
            rule="sum",
            score_range=(6, 45),
            better="higher",
            evidence="single source",
            citation=_NORTON,
            bands=(
                banded(
                    "distress",
                    (("distressed", "Distressed"), ("non_distressed", "Not distressed")),
                    (6, 34),
                    citation=_HEINRICHS,
                    evidence="unverified",
                    note="Whether exactly 34 counts as distressed is not clear.",
                ),
            ),
            cutoffs=(Cutoff(34, "<", _HEINRICHS, "unverified", "relationship distress, Germany"),),
            norms=(
                Norm(
                    "functional", _INFERTILE, None, 36.54, 6.87, _PERSIAN, "confirmed", _INFERTILE
                ),
            ),
            reliability=(
                Reliability("alpha, adults of Germany", 0.94, _ZIMMERMANN, "confirmed", 1431),
                Reliability("alpha, Persian form", 0.922, _PERSIAN, "confirmed"),
                Reliability("alpha, German form", 0.95, "source not published", "single source"),
                Reliability("alpha, original form", 0.96, _NORTON, "single source"),
            ),
            reliable_change=(
                Sourced(
                    5.32,
                    "source not published",
                    "unverified",
                    "95 %, from alpha .922 and SD 6.87 of the Persian form",
                ),
            ),
        ),
    ),
    citation=_NORTON,
    licence=(
        "Printed in the Journal of Marriage and the Family; no statement on permission was found "
        "for the English form. The wording is not held in this program."
    ),
    recall_period="the relationship at present",
    population="adults in a relationship",
    notes=(
        "Items 1 to 5 run from 1 to 7, item 6 (happiness overall) from 1 to 10.",
        "The same items with 'relationship' for 'marriage' are known as RQI.",
        "The raw sum is used; the author standardised the items before adding them.",
        "People score about 3 points higher by telephone than on paper: do not mix the two.",
    ),
)

RDS_8 = Instrument(
    id="rds_8",
    version="RDS (1997)",
    name="Relationship Dynamics Scale",
    short_name="RDS",
    construct="relationship quality",
    respondent="each partner, about the relationship",
    items=same_items(8, 1, 3),
    scales=(
        Scale(
            id="total",
            label="Signs of trouble between partners (RDS total)",
            items=tuple(range(1, 9)),
            rule="sum",
            score_range=(8, 24),
            better="lower",
            evidence="confirmed",
            citation=_PREP,
            bands=(
                banded(
                    "traffic lights",
                    (("green", "Green"), ("yellow", "Yellow"), ("red", "Red")),
                    (8, 13, 18),
                    citation=_MARKMAN,
                    evidence="single source",
                    note="Rules of thumb of the authors, not clinical boundaries.",
                ),
            ),
        ),
    ),
    citation=f"{_PREP}; {_MARKMAN}",
    licence=(
        "Copyright PREP Inc. 1997, all rights reserved: permission is needed. The wording is not "
        "held in this program."
    ),
    recall_period="the relationship at present",
    population="adults in a relationship",
    notes=(
        "Answers are coded 1 almost never, 2 once in a while, 3 frequently; nothing is reversed.",
        "A telephone survey of the United States gave a mean of 11, without an SD.",
    ),
)

RAS_7 = Instrument(
    id="ras_7",
    version="RAS (1988)",
    name="Relationship Assessment Scale",
    short_name="RAS",
    construct="relationship quality",
    respondent="each partner, about the relationship",
    items=same_items(7, 1, 5),
    scales=(
        Scale(
            id="total",
            label="Relationship satisfaction (RAS mean)",
            items=tuple(range(1, 8)),
            rule="mean",
            score_range=(1, 5),
            better="higher",
            evidence="single source",
            citation=_HENDRICK,
            reversed_items=(4, 7),
            cutoffs=(Cutoff(4.0, "<", _HENDRICK_1998, "unverified", "guidance, not tested"),),
            reliability=(Reliability("alpha, 57 couples", 0.86, _HENDRICK, "confirmed"),),
        ),
    ),
    citation=_HENDRICK,
    licence=(
        "Printed in the Journal of Marriage and the Family; free for non-commercial use according "
        "to one secondary text. The wording is not held in this program."
    ),
    recall_period="the relationship at present",
    population="adults in a relationship",
    notes=(
        "Answers are raw, 1 low to 5 high; items 4 and 7 are reversed here.",
        "The score is the mean of the answers (1 to 5); others print the sum, which is 7 times it.",
        "The same guidance sees greater distress below about 3.5 in men and 3.0 to 3.5 in women.",
        "Sets of bands that circulate could not be traced to the author and are not used.",
        "It correlates .80 with the DAS (Hendrick SS 1988).",
    ),
)

RQ_9 = Instrument(
    id="rq_9",
    version="RQ (2016)",
    name="Relationship Quality scale",
    short_name="RQ",
    construct="relationship quality",
    respondent="each partner, about the relationship",
    items=same_items(9, 1, 5),
    scales=(
        Scale(
            id="total",
            label="Relationship quality (RQ total)",
            items=tuple(range(1, 10)),
            rule="sum",
            score_range=(9, 45),
            better="higher",
            evidence="unverified",
            citation=_CHONODY,
            needs="verification",
            reliability=(
                Reliability(
                    "alpha",
                    0.89,
                    "Chonody JM et al. (2017) conference of the Society for Social Work and "
                    "Research",
                    "confirmed",
                    8132,
                ),
            ),
        ),
    ),
    citation=_CHONODY,
    licence=("The article is recorded as CC BY-NC 3.0. The wording is not held in this program."),
    recall_period="the relationship at present",
    population="adults in a relationship",
    notes=(
        "Answers are taken to run from 1 strongly disagree to 5 strongly agree; check this and "
        "whether any item is reversed (name those under 'keys' in the rule file) before it is "
        "scored.",
        "Studied in 8,132 people of 60 countries, most of them in the UK, the United States and "
        "Australia.",
        "Other questionnaires have almost the same name (RQI, QRI, PRQC) and are not comparable.",
    ),
)
