"""Conflict and cooperation between parents. The wording is not held here.

None of these forms was seen: they are scored only once somebody has compared them with the form,
or are only listed.
"""

from __future__ import annotations

from instruments.definition import (
    Cutoff,
    Instrument,
    Reliability,
    Scale,
    banded,
    same_items,
)

_AHRONS = "Ahrons CR (1981) Am J Orthopsychiatry 51:415-428"
_PORTER = "Porter B, O'Leary KD (1980) J Abnorm Child Psychol 8:287-295"
_DADDS = "Dadds MR, Powell MB (1991) J Abnorm Child Psychol 19:553-567"
_GRYCH = "Grych JH, Seid M, Fincham FD (1992) Child Dev 63:558-572"
_SHAW = "Shaw DS, Emery RE (1987)"
_NOT_FOUND = "No statement on permission was found. The wording is not held in this program."

AHRONS_QCCS_10 = Instrument(
    id="ahrons_qccs_10",
    version="QCCS (1981)",
    name="Quality of Coparental Communication Scale",
    short_name="QCCS",
    construct="coparenting",
    respondent="each parent, about talking with the other parent",
    items=same_items(10, 1, 5),
    scales=(
        Scale(
            id="conflict",
            label="Conflict when talking as parents (QCCS)",
            items=(1, 2, 3, 4),
            rule="sum",
            score_range=(4, 20),
            better="lower",
            evidence="unverified",
            citation=_AHRONS,
            needs="verification",
        ),
        Scale(
            id="support",
            label="Support when talking as parents (QCCS)",
            items=(5, 6, 7, 8, 9, 10),
            rule="sum",
            score_range=(6, 30),
            better="higher",
            evidence="unverified",
            citation=_AHRONS,
            needs="verification",
        ),
    ),
    citation=_AHRONS,
    licence=_NOT_FOUND,
    recall_period="at present",
    population="separated parents",
    notes=(
        "Answers are taken to run from 1 never to 5 always; some authors print them the other way "
        "round. Check this and the two lists of items against the form before it is scored.",
        "There is no total.",
        "Often confused with the Content of Coparental Interaction scale.",
        "Alphas of about .88 (conflict) and .74 to .89 (support) are quoted; source not published.",
    ),
)

OPS_10 = Instrument(
    id="ops_10",
    version="OPS (1980)",
    name="O'Leary-Porter Scale",
    short_name="OPS",
    construct="conflict between parents",
    respondent="each parent, about conflict in front of the child",
    items=same_items(10, 0, 4),
    scales=(
        Scale(
            id="total",
            label="Conflict in front of the child (OPS total; higher = more conflict)",
            items=tuple(range(1, 11)),
            rule="sum",
            score_range=(0, 40),
            better="lower",
            evidence="unverified",
            citation=_PORTER,
            reversed_items=(10,),
            needs="verification",
            reliability=(
                Reliability("test-retest, 2 weeks", 0.96, _PORTER, "unverified"),
                Reliability("alpha", 0.86, _PORTER, "unverified"),
            ),
        ),
    ),
    citation=_PORTER,
    licence=_NOT_FOUND,
    recall_period="at present",
    population="parents living with their child",
    notes=(
        "Answers are taken to run from 0 never to 4 very often, with item 10 reversed; check this "
        "against the form before it is scored.",
        "Higher means more conflict here. Several papers score it the other way round: look at "
        "the direction before comparing.",
    ),
)

PPC_16 = Instrument(
    id="ppc_16",
    version="PPC (1991)",
    name="Parent Problem Checklist",
    short_name="PPC",
    construct="conflict between parents",
    respondent="each parent, about disagreements over bringing up the child",
    items=same_items(16, 0, 1),
    scales=(
        Scale(
            id="total",
            label="Disagreements over bringing up the child (PPC problems)",
            items=tuple(range(1, 17)),
            rule="sum",
            score_range=(0, 16),
            better="lower",
            evidence="unverified",
            citation=_DADDS,
            needs="verification",
            bands=(
                banded(
                    "clinical range",
                    (("below", "Below"), ("clinical_range", "Clinical range")),
                    (0, 5),
                    citation=_DADDS,
                    evidence="unverified",
                    note="Some sources say above 5.",
                ),
            ),
            cutoffs=(Cutoff(5, ">=", _DADDS, "unverified", "clinical range"),),
            reliability=(
                Reliability("alpha", 0.70, _DADDS, "unverified"),
                Reliability("test-retest", 0.90, _DADDS, "unverified"),
            ),
        ),
        Scale(
            id="intensity",
            label="Extent of disagreements over bringing up the child (PPC extent)",
            items=(),
            rule="supplied",
            score_range=(16, 112),
            better="lower",
            evidence="unverified",
            citation=_DADDS,
            cutoffs=(Cutoff(40, ">=", _DADDS, "unverified", "clinical range"),),
        ),
    ),
    citation=_DADDS,
    licence=(
        "University of Queensland (Triple P); no statement on permission was found. The wording "
        "is not held in this program."
    ),
    recall_period="last 4 weeks",
    population="parents who bring up a child together",
    notes=(
        "Answers are taken to be 0 no problem, 1 a problem in the last 4 weeks; check this against "
        "the form before it is scored.",
        "The form also asks how far each problem went, 1 to 7. Their sum is taken as it is given "
        "(intensity); the single ratings are not held.",
    ),
)

CPIC_48 = Instrument(
    id="cpic_48",
    version="CPIC (1992)",
    name="Children's Perception of Interparental Conflict scale",
    short_name="CPIC",
    construct="conflict between parents",
    respondent="child, about the parents",
    items=same_items(48, 0, 2),
    scales=(
        Scale(
            id="conflict_properties",
            label="How parents argue, as the child sees it (CPIC)",
            items=(),
            rule="supplied",
            score_range=(0, 38),
            better="lower",
            evidence="unverified",
            citation=_GRYCH,
            needs="key",
        ),
        Scale(
            id="threat",
            label="Feeling threatened by parents' arguments (CPIC)",
            items=(),
            rule="supplied",
            score_range=(0, 24),
            better="lower",
            evidence="unverified",
            citation=_GRYCH,
            needs="key",
        ),
        Scale(
            id="self_blame",
            label="Feeling to blame for parents' arguments (CPIC)",
            items=(),
            rule="supplied",
            score_range=(0, 18),
            better="lower",
            evidence="unverified",
            citation=_GRYCH,
            needs="key",
        ),
    ),
    citation=_GRYCH,
    licence="Free from the authors. The wording is not held in this program.",
    recall_period="at present",
    population="children aged 9 to 17",
    about_child=True,
    notes=(
        "Which items belong to which scale and which are reversed was not found, so answers are "
        "kept and not scored; scores that were worked out elsewhere are taken as they are.",
        "With the authors' key it can be defined as a local questionnaire of the same id.",
        "Answers are taken to be 0 false, 1 sort of true, 2 true. Some papers count 49 or 51 "
        "items.",
        "The questions are sensitive: have a plan for what a child may disclose.",
    ),
)

ACRIMONY_25 = Instrument(
    id="acrimony_25",
    version="Acrimony Scale (1987)",
    name="Acrimony Scale",
    short_name="Acrimony Scale",
    construct="conflict between parents",
    respondent="each parent, about the other parent",
    items=same_items(25, 1, 4),
    scales=(
        Scale(
            id="total",
            label="Hostility between separated parents (Acrimony total)",
            items=tuple(range(1, 26)),
            rule="sum",
            score_range=(25, 100),
            better="lower",
            evidence="unverified",
            citation=_SHAW,
            needs="key",
        ),
    ),
    citation=f"{_SHAW}; Peixoto JMA et al. (2022) J Child Fam Stud, doi:10.1007/s10826-022-02233-0",
    licence=_NOT_FOUND,
    recall_period="at present",
    population="separated parents",
    notes=(
        "Which items are reversed was not found, so answers are kept and not scored unless the "
        "rule file supplies the key; a supplied total is taken as it is.",
        "Answers are taken to run from 1 almost never to 4 almost always.",
        "The Portuguese form keeps 22 items in three factors.",
    ),
)
