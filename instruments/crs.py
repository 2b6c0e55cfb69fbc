"""Coparenting Relationship Scale, long and brief. The wording is not held here."""

from __future__ import annotations

from instruments.definition import Instrument, Scale, same_items

_FEINBERG = "Feinberg ME, Brown LD, Kan ML (2012) Parent Sci Pract 12:1-21"
_BRIEF = f"{_FEINBERG}; reversal of one item not checked"
_LICENCE = (
    "By request to the authors (Penn State University). The wording is not held in this program."
)
_DIRECTIONS = (
    "Subscales run high in their own name: exposure to conflict and undermining are worse when "
    "high. The total reverses them, so that high is good."
)

CRS_35 = Instrument(
    id="crs_35",
    version="CRS (2012)",
    name="Coparenting Relationship Scale",
    short_name="CRS",
    construct="coparenting",
    respondent="each parent, about working together as parents",
    items=same_items(35, 0, 6),
    scales=(
        Scale(
            id="total",
            label="Working together as parents (CRS mean)",
            items=tuple(range(1, 36)),
            rule="mean",
            score_range=(0, 6),
            better="higher",
            evidence="unverified",
            citation=_FEINBERG,
            reversed_items=(
                *(5, 7, 8, 9, 11, 12, 13, 15, 16, 20, 21, 22, 28, 29),
                *(31, 32, 33, 34, 35),
            ),
            needs="verification",
        ),
        Scale(
            id="agreement",
            label="Agreement on parenting (CRS)",
            items=(6, 9, 11, 15),
            rule="mean",
            score_range=(0, 6),
            better="higher",
            evidence="unverified",
            citation=_FEINBERG,
            reversed_items=(9, 11, 15),
            needs="verification",
        ),
        Scale(
            id="closeness",
            label="Closeness through parenting (CRS)",
            items=(2, 17, 24, 28, 30),
            rule="mean",
            score_range=(0, 6),
            better="higher",
            evidence="unverified",
            citation=_FEINBERG,
            reversed_items=(28,),
            needs="verification",
        ),
        Scale(
            id="exposure_to_conflict",
            label="Conflict in front of the child (CRS)",
            items=(31, 32, 33, 34, 35),
            rule="mean",
            score_range=(0, 6),
            better="lower",
            evidence="unverified",
            citation=_FEINBERG,
            needs="verification",
        ),
        Scale(
            id="support",
            label="Support from the other parent (CRS)",
            items=(3, 10, 19, 25, 26, 27),
            rule="mean",
            score_range=(0, 6),
            better="higher",
            evidence="unverified",
            citation=_FEINBERG,
            needs="verification",
        ),
        Scale(
            id="undermining",
            label="Being undermined by the other parent (CRS)",
            items=(8, 12, 13, 16, 21, 22),
            rule="mean",
            score_range=(0, 6),
            better="lower",
            evidence="unverified",
            citation=_FEINBERG,
            needs="verification",
        ),
        Scale(
            id="endorse_partner_parenting",
            label="Trust in the other's parenting (CRS)",
            items=(1, 4, 7, 14, 18, 23, 29),
            rule="mean",
            score_range=(0, 6),
            better="higher",
            evidence="unverified",
            citation=_FEINBERG,
            reversed_items=(7, 29),
            needs="verification",
        ),
        Scale(
            id="division_of_labor",
            label="Fair sharing of the work (CRS)",
            items=(5, 20),
            rule="mean",
            score_range=(0, 6),
            better="higher",
            evidence="unverified",
            citation=_FEINBERG,
            reversed_items=(5, 20),
            needs="verification",
        ),
    ),
    citation=_FEINBERG,
    licence=_LICENCE,
    recall_period="at present",
    population="parents who bring up a child together",
    notes=(
        "Answers are coded 0 not true of us to 6 very true of us; items 31 to 35 0 never to 6 "
        "very often.",
        "Most of its key was not found in print: compare it with the authors' own before it is "
        "scored, item 5 above all.",
        _DIRECTIONS,
        "No cut-offs are published. Studied in 152 couples with a first child; alphas from .91 to "
        ".94 are quoted, source not published.",
    ),
)

CRS_BRIEF_14 = Instrument(
    id="crs_brief_14",
    version="Brief CRS (2012)",
    name="Brief Coparenting Relationship Scale",
    short_name="Brief CRS",
    construct="coparenting",
    respondent="each parent, about working together as parents",
    items=same_items(14, 0, 6),
    scales=(
        Scale(
            id="total",
            label="Working together as parents (Brief CRS mean)",
            items=tuple(range(1, 15)),
            rule="mean",
            score_range=(0, 6),
            better="higher",
            evidence="unverified",
            citation=_BRIEF,
            reversed_items=(4, 6, 7, 8, 9, 13, 14),
        ),
        Scale(
            id="agreement",
            label="Agreement on parenting (Brief CRS)",
            items=(5, 6),
            rule="mean",
            score_range=(0, 6),
            better="higher",
            evidence="unverified",
            citation=_BRIEF,
            reversed_items=(6,),
        ),
        Scale(
            id="closeness",
            label="Closeness through parenting (Brief CRS)",
            items=(2, 10),
            rule="mean",
            score_range=(0, 6),
            better="higher",
            evidence="unverified",
            citation=_BRIEF,
        ),
        Scale(
            id="exposure_to_conflict",
            label="Conflict in front of the child (Brief CRS)",
            items=(13, 14),
            rule="mean",
            score_range=(0, 6),
            better="lower",
            evidence="unverified",
            citation=_BRIEF,
        ),
        Scale(
            id="support",
            label="Support from the other parent (Brief CRS)",
            items=(11, 12),
            rule="mean",
            score_range=(0, 6),
            better="higher",
            evidence="unverified",
            citation=_BRIEF,
        ),
        Scale(
            id="undermining",
            label="Being undermined by the other parent (Brief CRS)",
            items=(7, 9),
            rule="mean",
            score_range=(0, 6),
            better="lower",
            evidence="unverified",
            citation=_BRIEF,
        ),
        Scale(
            id="endorsement",
            label="Trust in the other's parenting (Brief CRS)",
            items=(1, 3),
            rule="mean",
            score_range=(0, 6),
            better="higher",
            evidence="unverified",
            citation=_BRIEF,
        ),
        Scale(
            id="division_of_labor",
            label="Fair sharing of the work (Brief CRS)",
            items=(4, 8),
            rule="mean",
            score_range=(0, 6),
            better="higher",
            evidence="unverified",
            citation=_BRIEF,
            reversed_items=(4, 8),
        ),
    ),
    citation=_FEINBERG,
    licence=_LICENCE,
    recall_period="at present",
    population="parents who bring up a child together",
    notes=(
        "Answers are coded 0 to 6 as in the long form; items 1 to 14 are items 1, 2, 4, 5, 6, 9, "
        "16, 20, 22, 24, 25, 27, 33 and 34 of the long form, in this order.",
        "Items 4, 6 and 8 are reversed. The one public key leaves item 4 (5 of the long form) as "
        "it is, although it points the same way as item 8: compare with the authors' key.",
        _DIRECTIONS,
        "The mean of all 14 answers is the score to use; subscales have two items each. Alphas "
        "from .81 to .89 are quoted, source not published.",
    ),
)
