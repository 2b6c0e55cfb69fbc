"""Strengths and Difficulties Questionnaire. The wording is under licence and is not held here."""

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

_SCORING = "Youthinmind (2014) Scoring the SDQ for age 4-17"
_GOODMAN_1997 = "Goodman R (1997) J Child Psychol Psychiatry 38:581-586"
_GOODMAN = "Goodman R (2001) J Am Acad Child Adolesc Psychiatry 40:1337-1345"
_BROADBAND = "Goodman A, Lamping D, Ploubidis G (2010) J Abnorm Child Psychol 38:1179-1191"
_MELTZER = "Meltzer H et al. (2000) Mental health of children and adolescents in Great Britain"
_CHILDREN = "children aged 5-15, Britain 1999"
_BOYS = "boys aged 5-15, Britain 1999"
_GIRLS = "girls aged 5-15, Britain 1999"
_THREE_OF_FIVE = Missing("prorate", 2, "half_up", citation=_SCORING, evidence="confirmed")

_FOUR_RAISED = (
    ("close_to_average", "Close to average"),
    ("slightly_raised", "Slightly raised"),
    ("high", "High"),
    ("very_high", "Very high"),
)
_FOUR_LOWERED = (
    ("very_low", "Very low"),
    ("low", "Low"),
    ("slightly_lowered", "Slightly lowered"),
    ("close_to_average", "Close to average"),
)
_THREE_RAISED = (("normal", "Normal"), ("borderline", "Borderline"), ("abnormal", "Abnormal"))
_THREE_LOWERED = (("abnormal", "Abnormal"), ("borderline", "Borderline"), ("normal", "Normal"))

SDQ_PARENT_4_17 = Instrument(
    id="sdq_parent_4_17",
    version="SDQ parent 4-17",
    name="Strengths and Difficulties Questionnaire, parent version for ages 4 to 17",
    short_name="SDQ (parent, 4-17)",
    construct="child's emotions and behaviour",
    respondent="parent, about the child",
    items=same_items(25, 0, 2),
    scales=(
        Scale(
            id="total_difficulties",
            label="Child's difficulties (SDQ total)",
            items=(),
            rule="sum_of_scales",
            score_range=(0, 40),
            better="lower",
            evidence="confirmed",
            citation=_GOODMAN_1997,
            components=("emotional", "conduct", "hyperactivity", "peer"),
            missing=_THREE_OF_FIVE,
            bands=(
                banded(
                    "four-band",
                    _FOUR_RAISED,
                    (0, 14, 17, 20),
                    citation=_SCORING,
                    evidence="single source",
                ),
                banded(
                    "three-band",
                    _THREE_RAISED,
                    (0, 14, 17),
                    citation=_SCORING,
                    evidence="confirmed",
                ),
            ),
            cutoffs=(
                Cutoff(17, ">=", _SCORING, "confirmed", "abnormal range of the three-band set"),
            ),
            norms=(
                Norm("functional", _CHILDREN, 10298, 8.4, 5.8, _MELTZER, "unverified"),
                Norm("functional", _BOYS, 5153, 9.1, 6.0, _MELTZER, "single source", "boys"),
                Norm("functional", _GIRLS, 5145, 7.8, 5.5, _MELTZER, "single source", "girls"),
            ),
            reliability=(
                Reliability("alpha", 0.82, _GOODMAN, "unverified"),
                Reliability("test-retest, 4 to 6 months", 0.72, _GOODMAN, "unverified"),
            ),
            reliable_change=(
                Sourced(6.82, "source not published", "unverified", "95 %, from alpha .82"),
                Sourced(8.51, "source not published", "unverified", "95 %, from retest .72"),
            ),
            aliases=("total",),
        ),
        Scale(
            id="emotional",
            label="Emotional problems (SDQ)",
            items=(3, 8, 13, 16, 24),
            rule="sum",
            score_range=(0, 10),
            better="lower",
            evidence="confirmed",
            citation=_GOODMAN_1997,
            missing=_THREE_OF_FIVE,
            bands=(
                banded(
                    "four-band",
                    _FOUR_RAISED,
                    (0, 4, 5, 7),
                    citation=_SCORING,
                    evidence="single source",
                ),
                banded(
                    "three-band", _THREE_RAISED, (0, 4, 5), citation=_SCORING, evidence="confirmed"
                ),
            ),
            norms=(
                Norm("functional", _CHILDREN, 10298, 1.9, 2.0, _MELTZER, "unverified"),
                Norm("functional", _BOYS, 5153, 1.8, 2.0, _MELTZER, "single source", "boys"),
                Norm("functional", _GIRLS, 5145, 2.0, 2.0, _MELTZER, "single source", "girls"),
            ),
            reliability=(
                Reliability("alpha", 0.67, _GOODMAN, "unverified"),
                Reliability("test-retest, 4 to 6 months", 0.57, _GOODMAN, "unverified"),
            ),
        ),
        Scale(
            id="conduct",
            label="Behaviour problems (SDQ)",
            items=(5, 7, 12, 18, 22),
            rule="sum",
            score_range=(0, 10),
            better="lower",
            evidence="confirmed",
            citation=_GOODMAN_1997,
            reversed_items=(7,),
            missing=_THREE_OF_FIVE,
            bands=(
                banded(
                    "four-band",
                    _FOUR_RAISED,
                    (0, 3, 4, 6),
                    citation=_SCORING,
                    evidence="single source",
                ),
                banded(
                    "three-band", _THREE_RAISED, (0, 3, 4), citation=_SCORING, evidence="confirmed"
                ),
            ),
            norms=(
                Norm("functional", _CHILDREN, 10298, 1.6, 1.7, _MELTZER, "unverified"),
                Norm("functional", _BOYS, 5153, 1.7, 1.8, _MELTZER, "single source", "boys"),
                Norm("functional", _GIRLS, 5145, 1.5, 1.6, _MELTZER, "single source", "girls"),
            ),
            reliability=(
                Reliability("alpha", 0.63, _GOODMAN, "unverified"),
                Reliability("test-retest, 4 to 6 months", 0.64, _GOODMAN, "unverified"),
            ),
        ),
        Scale(
            id="hyperactivity",
            label="Restlessness and poor concentration (SDQ)",
            items=(2, 10, 15, 21, 25),
            rule="sum",
            score_range=(0, 10),
            better="lower",
            evidence="confirmed",
            citation=_GOODMAN_1997,
            reversed_items=(21, 25),
            missing=_THREE_OF_FIVE,
            bands=(
                banded(
                    "four-band",
                    _FOUR_RAISED,
                    (0, 6, 8, 9),
                    citation=_SCORING,
                    evidence="single source",
                ),
                banded(
                    "three-band", _THREE_RAISED, (0, 6, 7), citation=_SCORING, evidence="confirmed"
                ),
            ),
            norms=(
                Norm("functional", _CHILDREN, 10298, 3.5, 2.6, _MELTZER, "unverified"),
                Norm("functional", _BOYS, 5153, 4.0, 2.7, _MELTZER, "single source", "boys"),
                Norm("functional", _GIRLS, 5145, 2.9, 2.4, _MELTZER, "single source", "girls"),
            ),
            reliability=(
                Reliability("alpha", 0.77, _GOODMAN, "unverified"),
                Reliability("test-retest, 4 to 6 months", 0.72, _GOODMAN, "unverified"),
            ),
        ),
        Scale(
            id="peer",
            label="Problems with other children (SDQ)",
            items=(6, 11, 14, 19, 23),
            rule="sum",
            score_range=(0, 10),
            better="lower",
            evidence="confirmed",
            citation=_GOODMAN_1997,
            reversed_items=(11, 14),
            missing=_THREE_OF_FIVE,
            bands=(
                banded(
                    "four-band",
                    _FOUR_RAISED,
                    (0, 3, 4, 5),
                    citation=_SCORING,
                    evidence="single source",
                ),
                banded(
                    "three-band", _THREE_RAISED, (0, 3, 4), citation=_SCORING, evidence="confirmed"
                ),
            ),
            norms=(
                Norm("functional", _CHILDREN, 10298, 1.5, 1.7, _MELTZER, "unverified"),
                Norm("functional", _BOYS, 5153, 1.5, 1.7, _MELTZER, "single source", "boys"),
                Norm("functional", _GIRLS, 5145, 1.4, 1.6, _MELTZER, "single source", "girls"),
            ),
            reliability=(
                Reliability("alpha", 0.57, _GOODMAN, "unverified"),
                Reliability("test-retest, 4 to 6 months", 0.61, _GOODMAN, "unverified"),
            ),
        ),
        Scale(
            id="prosocial",
            label="Kind and helpful behaviour (SDQ)",
            items=(1, 4, 9, 17, 20),
            rule="sum",
            score_range=(0, 10),
            better="higher",
            evidence="confirmed",
            citation=_GOODMAN_1997,
            missing=_THREE_OF_FIVE,
            bands=(
                banded(
                    "four-band",
                    _FOUR_LOWERED,
                    (0, 6, 7, 8),
                    citation=_SCORING,
                    evidence="single source",
                ),
                banded(
                    "three-band", _THREE_LOWERED, (0, 5, 6), citation=_SCORING, evidence="confirmed"
                ),
            ),
            norms=(
                Norm("functional", _CHILDREN, 10298, 8.6, 1.6, _MELTZER, "unverified"),
                Norm("functional", _BOYS, 5153, 8.4, 1.7, _MELTZER, "single source", "boys"),
                Norm("functional", _GIRLS, 5145, 8.9, 1.4, _MELTZER, "single source", "girls"),
            ),
            reliability=(
                Reliability("alpha", 0.65, _GOODMAN, "unverified"),
                Reliability("test-retest, 4 to 6 months", 0.61, _GOODMAN, "unverified"),
            ),
        ),
        Scale(
            id="internalising",
            label="Internalising problems (SDQ)",
            items=(),
            rule="sum_of_scales",
            score_range=(0, 20),
            better="lower",
            evidence="confirmed",
            citation=_BROADBAND,
            components=("emotional", "peer"),
            missing=_THREE_OF_FIVE,
        ),
        Scale(
            id="externalising",
            label="Externalising problems (SDQ)",
            items=(),
            rule="sum_of_scales",
            score_range=(0, 20),
            better="lower",
            evidence="confirmed",
            citation=_BROADBAND,
            components=("conduct", "hyperactivity"),
            missing=_THREE_OF_FIVE,
        ),
    ),
    citation=_GOODMAN_1997,
    licence=(
        "Copyright Robert Goodman / Youthinmind. Paper forms are free for non-commercial use; "
        "electronic versions and automated scoring need a licence from Youthinmind. The wording is"
        " not held in this program."
    ),
    recall_period="last 6 months or this school year; last month at follow-up",
    population="children aged 4 to 17",
    about_child=True,
    notes=(
        (
            "Answers are coded 0 not true to 2 certainly true; items 7, 11, 14, 21 and 25 are "
            "reversed here."
        ),
        "A scale is scored when 3 of its 5 answers are given: 5 times their mean, halves upwards.",
        "The impact supplement is not scored.",
        (
            "Over scales and informants the mean alpha is .73, the mean retest after 4 to 6 months"
            " .62 (Goodman R 2001)."
        ),
    ),
)
