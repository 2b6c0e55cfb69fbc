"""What all versions of the SDQ share: items, scales and names of bands. No wording is held here."""

from __future__ import annotations

from dataclasses import replace

from instruments.definition import Gate, Item, Missing, Scale, same_items

SCORING = "Youthinmind (2014) Scoring the SDQ for age 4-17"
GOODMAN_1997 = "Goodman R (1997) J Child Psychol Psychiatry 38:581-586"
GOODMAN_1999 = "Goodman R (1999) J Child Psychol Psychiatry 40:791-799"
GOODMAN = "Goodman R (2001) J Am Acad Child Adolesc Psychiatry 40:1337-1345"
MELTZER = "Meltzer H et al. (2000) Mental health of children and adolescents in Great Britain"
LICENCE = (
    "Copyright Robert Goodman / Youthinmind. Paper forms are free for non-commercial use; "
    "electronic versions and automated scoring need a licence from Youthinmind. The wording is"
    " not held in this program."
)
RECALL = "last 6 months or this school year; last month at follow-up"
NOTES = (
    (
        "Answers are coded 0 not true to 2 certainly true; items 7, 11, 14, 21 and 25 are "
        "reversed here."
    ),
    "A scale is scored when 3 of its 5 answers are given: 5 times their mean, halves upwards.",
    (
        "Over scales and informants the mean alpha is .73, the mean retest after 4 to 6 months"
        " .62 (Goodman R 2001)."
    ),
)
IMPACT_NOTES = (
    (
        "Impact supplement: item 26 asks for difficulties overall (0 no to 3 severe), 27 for how "
        "long (0 to 3); the items on distress and daily life count 0, 0, 1, 2. Impact is 0 "
        "where 26 is answered no; answers left out add nothing."
    ),
    (
        "Items 33 (burden on others), 34 (change since support began, 0 much worse to 4 much "
        "better) and 35 (helped in other ways, 0 to 3; both at follow-up only) are on no scale."
    ),
)

_BROADBAND = "Goodman A, Lamping D, Ploubidis G (2010) J Abnorm Child Psychol 38:1179-1191"
_SYNTAX = "Youthinmind, scoring syntax of the SDQ"
_THREE_OF_FIVE = Missing("prorate", 2, "half_up", citation=SCORING, evidence="confirmed")
_IMPACT_COUNTS = (0, 0, 1, 2)

ITEMS = (
    *same_items(25, 0, 2),
    Item(26, 0, 3),
    Item(27, 0, 3),
    *(Item(number, 0, 3, scores=_IMPACT_COUNTS) for number in range(28, 33)),
    Item(33, 0, 3),
    Item(34, 0, 4),
    Item(35, 0, 3),
)
# The teacher's form asks about distress, other children and learning only.
TEACHER_ITEMS = tuple(item for item in ITEMS if item.number not in (29, 32))

FOUR_BANDS = dict.fromkeys(
    ("total_difficulties", "emotional", "conduct", "hyperactivity", "peer", "impact"),
    (
        ("close_to_average", "Close to average"),
        ("slightly_raised", "Slightly raised"),
        ("high", "High"),
        ("very_high", "Very high"),
    ),
) | {
    "prosocial": (
        ("very_low", "Very low"),
        ("low", "Low"),
        ("slightly_lowered", "Slightly lowered"),
        ("close_to_average", "Close to average"),
    )
}
THREE_BANDS = dict.fromkeys(
    ("total_difficulties", "emotional", "conduct", "hyperactivity", "peer", "impact"),
    (("normal", "Normal"), ("borderline", "Borderline"), ("abnormal", "Abnormal")),
) | {"prosocial": (("abnormal", "Abnormal"), ("borderline", "Borderline"), ("normal", "Normal"))}

# The brackets of a label take the version it belongs to.
SCALES = (
    Scale(
        id="total_difficulties",
        label="Child's difficulties (SDQ total{})",
        items=(),
        rule="sum_of_scales",
        score_range=(0, 40),
        better="lower",
        evidence="confirmed",
        citation=GOODMAN_1997,
        components=("emotional", "conduct", "hyperactivity", "peer"),
        missing=_THREE_OF_FIVE,
        aliases=("total",),
    ),
    Scale(
        id="emotional",
        label="Emotional problems (SDQ{})",
        items=(3, 8, 13, 16, 24),
        rule="sum",
        score_range=(0, 10),
        better="lower",
        evidence="confirmed",
        citation=GOODMAN_1997,
        missing=_THREE_OF_FIVE,
    ),
    Scale(
        id="conduct",
        label="Behaviour problems (SDQ{})",
        items=(5, 7, 12, 18, 22),
        rule="sum",
        score_range=(0, 10),
        better="lower",
        evidence="confirmed",
        citation=GOODMAN_1997,
        reversed_items=(7,),
        missing=_THREE_OF_FIVE,
    ),
    Scale(
        id="hyperactivity",
        label="Restlessness and poor concentration (SDQ{})",
        items=(2, 10, 15, 21, 25),
        rule="sum",
        score_range=(0, 10),
        better="lower",
        evidence="confirmed",
        citation=GOODMAN_1997,
        reversed_items=(21, 25),
        missing=_THREE_OF_FIVE,
    ),
    Scale(
        id="peer",
        label="Problems with other children (SDQ{})",
        items=(6, 11, 14, 19, 23),
        rule="sum",
        score_range=(0, 10),
        better="lower",
        evidence="confirmed",
        citation=GOODMAN_1997,
        reversed_items=(11, 14),
        missing=_THREE_OF_FIVE,
    ),
    Scale(
        id="prosocial",
        label="Kind and helpful behaviour (SDQ{})",
        items=(1, 4, 9, 17, 20),
        rule="sum",
        score_range=(0, 10),
        better="higher",
        evidence="confirmed",
        citation=GOODMAN_1997,
        missing=_THREE_OF_FIVE,
    ),
    Scale(
        id="internalising",
        label="Internalising problems (SDQ{})",
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
        label="Externalising problems (SDQ{})",
        items=(),
        rule="sum_of_scales",
        score_range=(0, 20),
        better="lower",
        evidence="confirmed",
        citation=_BROADBAND,
        components=("conduct", "hyperactivity"),
        missing=_THREE_OF_FIVE,
    ),
    Scale(
        id="impact",
        label="Impact of difficulties on the child's life (SDQ{})",
        items=(28, 29, 30, 31, 32),
        rule="sum",
        score_range=(0, 10),
        better="lower",
        evidence="confirmed",
        citation=GOODMAN_1999,
        gate=Gate(item=26, answer=0, score=0),
        missing=Missing("count_as_zero", 4, citation=_SYNTAX, evidence="single source"),
    ),
)
TEACHER_SCALES = (
    *SCALES[:-1],
    replace(
        SCALES[-1],
        items=(28, 30, 31),
        score_range=(0, 6),
        missing=Missing("count_as_zero", 2, citation=_SYNTAX, evidence="single source"),
    ),
)
