"""Strengths and Difficulties Questionnaire, for parents, teachers and young people.

The wording is under licence and is not held here.
"""

from __future__ import annotations

from dataclasses import replace

from instruments.definition import Instrument, Missing, Scale
from instruments.sdq_numbers import BANDS, CUTOFFS, NORMS, RELIABILITY, RELIABLE_CHANGE
from instruments.sdq_scales import (
    GOODMAN_1997,
    IMPACT_NOTES,
    ITEMS,
    LICENCE,
    NOTES,
    RECALL,
    SCALES,
    TEACHER_ITEMS,
    TEACHER_SCALES,
)

_FORD = "Ford T et al. (2009) Br J Psychiatry 194:552-558"

SDQ_PARENT_4_17 = Instrument(
    id="sdq_parent_4_17",
    version="SDQ parent 4-17",
    name="Strengths and Difficulties Questionnaire, parent version for ages 4 to 17",
    short_name="SDQ (parent, 4-17)",
    construct="child's emotions and behaviour",
    respondent="parent, about the child",
    items=ITEMS,
    scales=tuple(
        replace(
            scale,
            label=scale.label.format(""),
            bands=BANDS["parent"].get(scale.id, ()),
            cutoffs=CUTOFFS["parent"].get(scale.id, ()),
            norms=NORMS["parent"].get(scale.id, ()),
            reliability=RELIABILITY["parent"].get(scale.id, ()),
            reliable_change=RELIABLE_CHANGE["parent"].get(scale.id, ()),
        )
        for scale in SCALES
    ),
    citation=GOODMAN_1997,
    licence=LICENCE,
    recall_period=RECALL,
    population="children aged 4 to 17",
    about_child=True,
    notes=(*NOTES, *IMPACT_NOTES),
)

SDQ_TEACHER_4_17 = Instrument(
    id="sdq_teacher_4_17",
    version="SDQ teacher 4-17",
    name="Strengths and Difficulties Questionnaire, teacher version for ages 4 to 17",
    short_name="SDQ (teacher, 4-17)",
    construct="child's emotions and behaviour",
    respondent="teacher, about the child",
    items=TEACHER_ITEMS,
    scales=tuple(
        replace(
            scale,
            label=scale.label.format(", teacher"),
            bands=BANDS["teacher"].get(scale.id, ()),
            cutoffs=CUTOFFS["teacher"].get(scale.id, ()),
            norms=NORMS["teacher"].get(scale.id, ()),
            reliability=RELIABILITY["teacher"].get(scale.id, ()),
            reliable_change=RELIABLE_CHANGE["teacher"].get(scale.id, ()),
        )
        for scale in TEACHER_SCALES
    ),
    citation=GOODMAN_1997,
    licence=LICENCE,
    recall_period=RECALL,
    population="children aged 4 to 17",
    about_child=True,
    notes=(*NOTES, *IMPACT_NOTES, "The teacher's form has no items 29 and 32."),
)

SDQ_SELF_11_17 = Instrument(
    id="sdq_self_11_17",
    version="SDQ self-report 11-17",
    name="Strengths and Difficulties Questionnaire, self-report for ages 11 to 17",
    short_name="SDQ (self-report, 11-17)",
    construct="child's emotions and behaviour",
    respondent="young person, about themselves",
    items=ITEMS,
    scales=tuple(
        replace(
            scale,
            label=scale.label.format(", self-report"),
            bands=BANDS["self"].get(scale.id, ()),
            cutoffs=CUTOFFS["self"].get(scale.id, ()),
            norms=NORMS["self"].get(scale.id, ()),
            reliability=RELIABILITY["self"].get(scale.id, ()),
            reliable_change=RELIABLE_CHANGE["self"].get(scale.id, ()),
        )
        for scale in SCALES
    ),
    citation=GOODMAN_1997,
    licence=LICENCE,
    recall_period=RECALL,
    population="young people aged 11 to 17",
    about_child=True,
    notes=(*NOTES, *IMPACT_NOTES),
)

SDQ_2_4 = Instrument(
    id="sdq_2_4",
    version="SDQ 2-4",
    name="Strengths and Difficulties Questionnaire, version for ages 2 to 4",
    short_name="SDQ (2-4)",
    construct="child's emotions and behaviour",
    respondent="parent or nursery teacher, about the child",
    items=ITEMS,
    scales=tuple(
        replace(
            scale,
            label=scale.label.format(", ages 2-4"),
            bands=BANDS["early"].get(scale.id, ()),
            cutoffs=CUTOFFS["early"].get(scale.id, ()),
            norms=NORMS["early"].get(scale.id, ()),
            reliability=RELIABILITY["early"].get(scale.id, ()),
            reliable_change=RELIABLE_CHANGE["early"].get(scale.id, ()),
        )
        for scale in SCALES
    ),
    citation="Youthinmind (2015) Scoring the SDQ for 2-4 year olds",
    licence=LICENCE,
    recall_period=RECALL,
    population="children aged 2 to 4",
    about_child=True,
    notes=(
        *NOTES,
        *IMPACT_NOTES,
        "Scored as for ages 4 to 17; some items are worded for younger children. The bands are "
        "provisional and hold for parents' answers: none were found for nursery teachers.",
    ),
)

# Worked out from two waves of the parent version by instruments.added_value, never from items.
SDQ_ADDED_VALUE = Instrument(
    id="sdq_added_value",
    version="SDQ added value (2009)",
    name="SDQ added value score",
    short_name="SDQ added value",
    construct="child's emotions and behaviour",
    respondent="parent, about the child, at the start and about 6 months later",
    items=(),
    scales=(
        Scale(
            id="total",
            label="Improvement beyond what is expected without help (SDQ added value)",
            items=(),
            rule="supplied",
            score_range=(-37.7, 33.3),
            better="higher",
            evidence="confirmed",
            citation=_FORD,
            missing=Missing(citation=_FORD, evidence="confirmed"),
        ),
    ),
    citation=f"{_FORD} (erratum 195:182 not seen); Youthinmind, SDQ added value score",
    licence=LICENCE,
    recall_period="from the start to about 6 months later",
    population="children aged 4 to 17 with a disorder or whose parents sought help",
    about_child=True,
    notes=(
        "2.3 + 0.8 x total + 0.2 x impact - 0.3 x emotional, all at the start, - total at "
        "follow-up. All four are needed. Points above 0 are improvement beyond expectation; "
        "divided by 5 they are an effect size.",
        "Warning: it holds for children in difficulty whose parents sought help. In families "
        "where most children are doing well it overstates what was achieved.",
        "Warning: it describes groups, never one child: the 95 % interval is about 10 points "
        "either way for one child, 10 divided by the root of n for the mean of n.",
        "Conditions: the parent version for ages 4 to 17, with its impact supplement at the start "
        "and the follow-up version about 6 months later; 4 to 8 months are often allowed (source "
        "not published). Not for teachers, self-report or ages 2 to 4.",
        "Control groups of trials, which should come to 0, gave -0.03 (-0.30 to 0.24; Ford T et "
        "al. 2009) and 0.15 (-0.01 to 0.30; Rotheray S et al. 2014 Child Adolesc Ment Health "
        "19:270-273).",
    ),
)
