"""Parental stress and discipline. The wording is not held here."""

from __future__ import annotations

from instruments.definition import (
    Cutoff,
    Instrument,
    Norm,
    Reliability,
    Scale,
    Sourced,
    same_items,
)

_BERRY = "Berry JO, Jones WH (1995) J Soc Pers Relat 12:463-472"
_ARNOLD = "Arnold DS et al. (1993) Psychol Assess 5:137-144"
_CLINIC = "mothers attending a clinic"
_COMMUNITY = "mothers not attending a clinic"
_TRIPLE_P = "as used in Triple P; source not published"
_CLINICAL = "clinical range"

PARENTAL_STRESS_SCALE_18 = Instrument(
    id="parental_stress_scale_18",
    version="PSS (1995)",
    name="Parental Stress Scale",
    short_name="Parental Stress Scale",
    construct="parental stress",
    respondent="parent, about being a parent",
    items=same_items(18, 1, 5),
    scales=(
        Scale(
            id="total",
            label="Stress as a parent (Parental Stress Scale total)",
            items=tuple(range(1, 19)),
            rule="sum",
            score_range=(18, 90),
            better="lower",
            evidence="confirmed",
            citation=_BERRY,
            reversed_items=(1, 2, 5, 6, 7, 8, 17, 18),
            norms=(
                Norm(
                    "functional",
                    "parents of typically developing children",
                    None,
                    37.1,
                    8.1,
                    _BERRY,
                    "unverified",
                ),
                Norm(
                    "clinical",
                    "parents of children in clinical services",
                    None,
                    43.2,
                    9.1,
                    _BERRY,
                    "unverified",
                ),
            ),
            reliability=(
                Reliability("alpha", 0.83, _BERRY, "confirmed"),
                Reliability("test-retest", 0.81, _BERRY, "confirmed"),
            ),
            reliable_change=(
                Sourced(
                    9.79, "source not published", "unverified", "95 %, from retest .81 and SD 8.1"
                ),
            ),
        ),
    ),
    citation=_BERRY,
    licence=(
        "Free to use on paper or remotely; register with the author. The owner's authorisation "
        "(J. Berry, University of Tulsa) is needed before it is put into any electronic system. "
        "The wording is not held in this program."
    ),
    recall_period="at present",
    population="parents",
    notes=(
        "Answers are raw, 1 strongly disagree to 5 strongly agree; items 1, 2, 5, 6, 7, 8, 17 and "
        "18 are reversed here.",
        "The authors give no cut-off, so there are no bands.",
        "The authors describe four factors; a study of 1,110 mothers of infants in Denmark "
        "(PLOS ONE 2018 e0205662) could not show that the items form one scale.",
    ),
)

PARENTING_SCALE_30 = Instrument(
    id="parenting_scale_30",
    version="Parenting Scale (1993)",
    name="Parenting Scale",
    short_name="Parenting Scale",
    construct="discipline",
    respondent="parent, about dealing with misbehaviour",
    items=same_items(30, 1, 7),
    scales=(
        Scale(
            id="total",
            label="Ineffective discipline (Parenting Scale total)",
            items=tuple(range(1, 31)),
            rule="mean",
            score_range=(1, 7),
            better="lower",
            evidence="single source",
            citation=_ARNOLD,
            reversed_items=(2, 3, 6, 9, 10, 13, 14, 17, 19, 20, 23, 26, 27, 30),
            cutoffs=(Cutoff(3.2, ">", _TRIPLE_P, "unverified", _CLINICAL),),
            norms=(
                Norm("functional", _COMMUNITY, None, 2.6, 0.6, _ARNOLD, "single source", "mothers"),
                Norm("clinical", _CLINIC, 65, 3.1, 0.7, _ARNOLD, "single source", "mothers"),
            ),
            reliability=(
                Reliability("alpha", 0.84, _ARNOLD, "unverified"),
                Reliability("test-retest, 2 weeks", 0.84, _ARNOLD, "unverified"),
            ),
            reliable_change=(
                Sourced(
                    0.78, "source not published", "unverified", "95 %, from retest .84 and SD .7"
                ),
            ),
        ),
        Scale(
            id="laxness",
            label="Giving in (Parenting Scale laxness)",
            items=(7, 8, 12, 15, 16, 19, 20, 21, 24, 26, 30),
            rule="mean",
            score_range=(1, 7),
            better="lower",
            evidence="confirmed",
            citation=_ARNOLD,
            reversed_items=(19, 20, 26, 30),
            cutoffs=(Cutoff(3.2, ">", _TRIPLE_P, "unverified", _CLINICAL),),
            norms=(
                Norm("functional", _COMMUNITY, None, 2.4, 0.8, _ARNOLD, "single source", "mothers"),
                Norm("clinical", _CLINIC, 65, 2.8, 1.0, _ARNOLD, "single source", "mothers"),
            ),
            reliability=(
                Reliability("alpha", 0.83, _ARNOLD, "unverified"),
                Reliability("test-retest, 2 weeks", 0.83, _ARNOLD, "unverified"),
            ),
        ),
        Scale(
            id="overreactivity",
            label="Harsh reactions (Parenting Scale overreactivity)",
            items=(3, 6, 9, 10, 14, 17, 18, 22, 25, 28),
            rule="mean",
            score_range=(1, 7),
            better="lower",
            evidence="confirmed",
            citation=_ARNOLD,
            reversed_items=(3, 6, 9, 10, 14, 17),
            cutoffs=(Cutoff(3.1, ">", _TRIPLE_P, "unverified", _CLINICAL),),
            norms=(
                Norm("functional", _COMMUNITY, None, 2.4, 0.7, _ARNOLD, "single source", "mothers"),
                Norm("clinical", _CLINIC, 65, 3.0, 1.0, _ARNOLD, "single source", "mothers"),
            ),
            reliability=(
                Reliability("alpha", 0.82, _ARNOLD, "unverified"),
                Reliability("test-retest, 2 weeks", 0.82, _ARNOLD, "unverified"),
            ),
        ),
        Scale(
            id="verbosity",
            label="Long explanations (Parenting Scale verbosity)",
            items=(2, 4, 7, 9, 11, 23, 29),
            rule="mean",
            score_range=(1, 7),
            better="lower",
            evidence="confirmed",
            citation=_ARNOLD,
            reversed_items=(2, 9, 23),
            cutoffs=(Cutoff(4.1, ">", _TRIPLE_P, "unverified", _CLINICAL),),
            norms=(
                Norm("clinical", _CLINIC, 65, 3.1, 1.0, _ARNOLD, "single source", "mothers"),
                Norm("functional", _COMMUNITY, None, 3.1, 1.0, _ARNOLD, "unverified", "mothers"),
            ),
            reliability=(
                Reliability("alpha", 0.63, _ARNOLD, "unverified"),
                Reliability("test-retest, 2 weeks", 0.79, _ARNOLD, "unverified"),
            ),
        ),
    ),
    citation=_ARNOLD,
    licence=(
        "Copyright American Psychological Association 1993; widely available on the internet for "
        "free. The wording is not held in this program."
    ),
    recall_period="at present",
    population="parents of young children",
    notes=(
        "Answers are raw, 1 the left and 7 the right end as printed; the 14 items whose "
        "ineffective end is on the left are reversed here, so that 7 is ineffective.",
        "Items 7 and 9 are on two scales; items 1, 5, 13 and 27 only in the total.",
        "For research the original laxness and overreactivity are recommended over later short "
        "keys (Salari R et al. 2012 J Psychopathol Behav Assess); verbosity is weak.",
    ),
)
