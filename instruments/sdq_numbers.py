"""Published numbers of the SDQ by version: parent, teacher, self, early (ages 2 to 4).

Each mapping goes from the version to the scale.
"""

from __future__ import annotations

from collections.abc import Mapping

from instruments.definition import (
    BandSet,
    Cutoff,
    Evidence,
    Norm,
    Reliability,
    Sourced,
    banded,
)
from instruments.sdq_scales import FOUR_BANDS, GOODMAN, MELTZER, SCORING, THREE_BANDS

_SCORING_2_4 = "Youthinmind (2015) Scoring the SDQ for 2-4 year olds"
_BANDS_2_4 = "BMC Pediatr (2023), doi:10.1186/s12887-023-03837-1"
_CHILDREN = "children aged 5-15, Britain 1999"
_BOYS = "boys aged 5-15, Britain 1999"
_GIRLS = "girls aged 5-15, Britain 1999"
_YOUNG_PEOPLE = "young people aged 11-15, Britain 1999"
_RETEST = "test-retest, 4 to 6 months"
_ABNORMAL = "abnormal range of the three-band set"

# The scores at which the bands of each scale begin: four bands, three bands.
_PARENT_LOWS = {
    "total_difficulties": ((0, 14, 17, 20), (0, 14, 17)),
    "emotional": ((0, 4, 5, 7), (0, 4, 5)),
    "conduct": ((0, 3, 4, 6), (0, 3, 4)),
    "hyperactivity": ((0, 6, 8, 9), (0, 6, 7)),
    "peer": ((0, 3, 4, 5), (0, 3, 4)),
    "prosocial": ((0, 6, 7, 8), (0, 5, 6)),
}
_TEACHER_LOWS = {
    "total_difficulties": ((0, 12, 16, 19), (0, 12, 16)),
    "emotional": ((0, 4, 5, 6), (0, 5, 6)),
    "conduct": ((0, 3, 4, 5), (0, 3, 4)),
    "hyperactivity": ((0, 6, 8, 9), (0, 6, 7)),
    "peer": ((0, 3, 5, 6), (0, 4, 5)),
    "prosocial": ((0, 4, 5, 6), (0, 5, 6)),
}
_SELF_LOWS = {
    "total_difficulties": ((0, 15, 18, 20), (0, 16, 20)),
    "emotional": ((0, 5, 6, 7), (0, 6, 7)),
    "conduct": ((0, 4, 5, 6), (0, 4, 5)),
    "hyperactivity": ((0, 6, 7, 8), (0, 6, 7)),
    "peer": ((0, 3, 4, 5), (0, 4, 6)),
    "prosocial": ((0, 5, 6, 7), (0, 5, 6)),
}
_EARLY_LOWS = {
    "total_difficulties": ((0, 13, 16, 19), (0, 13, 16)),
    "emotional": ((0, 3, 4, 5), (0, 3, 4)),
    "conduct": ((0, 4, 5, 6), (0, 4, 5)),
    "hyperactivity": ((0, 6, 7, 8), (0, 6, 7)),
    "peer": ((0, 3, 4, 5), (0, 3, 4)),
    "prosocial": ((0, 5, 6, 7), (0, 6, 7)),
}
# How well the four-band and the three-band set of a version are established.
_GRADES: dict[str, tuple[Evidence, Evidence]] = {
    "parent": ("single source", "confirmed"),
    "teacher": ("confirmed", "single source"),
    "self": ("single source", "confirmed"),
}
_IMPACT_BANDS = (
    banded(
        "four-band", FOUR_BANDS["impact"], (0, 1, 2, 3), citation=SCORING, evidence="single source"
    ),
    banded(
        "three-band", THREE_BANDS["impact"], (0, 1, 2), citation=SCORING, evidence="single source"
    ),
)
_EARLY_BANDS: Mapping[str, tuple[BandSet, ...]] = {
    scale: (
        banded(
            "three-band",
            THREE_BANDS[scale],
            three,
            citation=_BANDS_2_4,
            evidence="single source",
            note="Provisional, and for parents' answers only.",
        ),
        banded(
            "four-band",
            FOUR_BANDS[scale],
            four,
            citation=_SCORING_2_4,
            evidence="unverified",
            note="Provisional, and for parents' answers only.",
        ),
    )
    for scale, (four, three) in _EARLY_LOWS.items()
} | {
    "impact": (
        banded(
            "four-band",
            FOUR_BANDS["impact"],
            (0, 1, 2, 3),
            citation=_SCORING_2_4,
            evidence="unverified",
            note="Provisional, and for parents' answers only.",
        ),
    )
}
BANDS: Mapping[str, Mapping[str, tuple[BandSet, ...]]] = {
    version: {
        scale: (
            banded(
                "four-band",
                FOUR_BANDS[scale],
                four,
                citation=SCORING,
                evidence=_GRADES[version][0],
            ),
            banded(
                "three-band",
                THREE_BANDS[scale],
                three,
                citation=SCORING,
                evidence=_GRADES[version][1],
            ),
        )
        for scale, (four, three) in lows.items()
    }
    | {"impact": _IMPACT_BANDS}
    for version, lows in (
        ("parent", _PARENT_LOWS),
        ("teacher", _TEACHER_LOWS),
        ("self", _SELF_LOWS),
    )
} | {"early": _EARLY_BANDS}
_IMPACT_CUTOFF = (Cutoff(2, ">=", SCORING, "single source", _ABNORMAL),)
CUTOFFS: Mapping[str, Mapping[str, tuple[Cutoff, ...]]] = {
    "parent": {
        "total_difficulties": (Cutoff(17, ">=", SCORING, "confirmed", _ABNORMAL),),
        "impact": _IMPACT_CUTOFF,
    },
    "teacher": {
        "total_difficulties": (Cutoff(16, ">=", SCORING, "single source", _ABNORMAL),),
        "impact": _IMPACT_CUTOFF,
    },
    "self": {
        "total_difficulties": (Cutoff(20, ">=", SCORING, "confirmed", _ABNORMAL),),
        "impact": _IMPACT_CUTOFF,
    },
    "early": {
        "total_difficulties": (Cutoff(16, ">=", _BANDS_2_4, "single source", _ABNORMAL),),
    },
}

# Means and SDs: all children, boys, girls.
_PARENT_MEANS = {
    "total_difficulties": ((8.4, 5.8), (9.1, 6.0), (7.8, 5.5)),
    "emotional": ((1.9, 2.0), (1.8, 2.0), (2.0, 2.0)),
    "conduct": ((1.6, 1.7), (1.7, 1.8), (1.5, 1.6)),
    "hyperactivity": ((3.5, 2.6), (4.0, 2.7), (2.9, 2.4)),
    "peer": ((1.5, 1.7), (1.5, 1.7), (1.4, 1.6)),
    "prosocial": ((8.6, 1.6), (8.4, 1.7), (8.9, 1.4)),
    "impact": ((0.4, 1.1), (0.5, 1.2), (0.3, 1.0)),
}
_PARENT_NORMS = {
    scale: (
        Norm("functional", _CHILDREN, 10298, *everybody, MELTZER, "unverified"),
        Norm("functional", _BOYS, 5153, *boys, MELTZER, "single source", "boys"),
        Norm("functional", _GIRLS, 5145, *girls, MELTZER, "single source", "girls"),
    )
    for scale, (everybody, boys, girls) in _PARENT_MEANS.items()
}
_TEACHER_MEANS: dict[str, tuple[float, float, Evidence]] = {
    "total_difficulties": (6.6, 6.0, "single source"),
    "emotional": (1.4, 1.9, "single source"),
    "conduct": (0.9, 1.6, "single source"),
    "hyperactivity": (2.9, 2.8, "single source"),
    "peer": (1.4, 1.8, "unverified"),
    "prosocial": (7.2, 2.4, "single source"),
    "impact": (0.4, 1.0, "unverified"),
}
_TEACHER_NORMS = {
    scale: (Norm("functional", _CHILDREN, 8208, mean, sd, MELTZER, evidence),)
    for scale, (mean, sd, evidence) in _TEACHER_MEANS.items()
}
_SELF_MEANS = {
    "total_difficulties": (10.3, 5.2),
    "emotional": (2.8, 2.1),
    "conduct": (2.2, 1.7),
    "hyperactivity": (3.8, 2.2),
    "peer": (1.5, 1.4),
    "prosocial": (8.0, 1.7),
    "impact": (0.2, 0.8),
}
_SELF_NORMS = {
    scale: (Norm("functional", _YOUNG_PEOPLE, 4228, mean, sd, MELTZER, "unverified"),)
    for scale, (mean, sd) in _SELF_MEANS.items()
}
NORMS: Mapping[str, Mapping[str, tuple[Norm, ...]]] = {
    "parent": _PARENT_NORMS,
    "teacher": _TEACHER_NORMS,
    "self": _SELF_NORMS,
    "early": {},
}

# Alpha and retest of each scale by informant.
_COEFFICIENTS = {
    "parent": {
        "total_difficulties": (0.82, 0.72),
        "emotional": (0.67, 0.57),
        "conduct": (0.63, 0.64),
        "hyperactivity": (0.77, 0.72),
        "peer": (0.57, 0.61),
        "prosocial": (0.65, 0.61),
        "impact": (0.85, 0.63),
    },
    "teacher": {
        "total_difficulties": (0.87, 0.80),
        "emotional": (0.78, 0.65),
        "conduct": (0.74, 0.69),
        "hyperactivity": (0.88, 0.82),
        "peer": (0.70, 0.72),
        "prosocial": (0.84, 0.74),
        "impact": (0.85, 0.68),
    },
    "self": {
        "total_difficulties": (0.80, 0.62),
        "emotional": (0.66, 0.57),
        "conduct": (0.60, 0.51),
        "hyperactivity": (0.67, 0.60),
        "peer": (0.41, 0.53),
        "prosocial": (0.66, 0.51),
        "impact": (0.81, 0.21),
    },
}
RELIABILITY: Mapping[str, Mapping[str, tuple[Reliability, ...]]] = {
    version: {
        scale: (
            Reliability("alpha", alpha, GOODMAN, "unverified"),
            Reliability(_RETEST, retest, GOODMAN, "unverified"),
        )
        for scale, (alpha, retest) in coefficients.items()
    }
    for version, coefficients in _COEFFICIENTS.items()
} | {"early": {}}
# Smallest reliable change of the total: from alpha, from retest.
_CHANGES = {"parent": (6.82, 8.51), "teacher": (6.0, 7.44), "self": (6.45, 8.89)}
RELIABLE_CHANGE: Mapping[str, Mapping[str, tuple[Sourced, ...]]] = {
    version: {
        "total_difficulties": (
            Sourced(
                from_alpha,
                "source not published",
                "unverified",
                f"95 %, from alpha {_COEFFICIENTS[version]['total_difficulties'][0]:.2f}",
            ),
            Sourced(
                from_retest,
                "source not published",
                "unverified",
                f"95 %, from retest {_COEFFICIENTS[version]['total_difficulties'][1]:.2f}",
            ),
        )
    }
    for version, (from_alpha, from_retest) in _CHANGES.items()
} | {"early": {}}
