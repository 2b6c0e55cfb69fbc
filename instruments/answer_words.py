"""What answers are called in print, beyond the labels of a questionnaire's own items.

Forms and survey tools save the words that people ticked. Only answer words are held here, no
wording of questions; only those that were found in print, so that nothing has to be guessed.
"""

from __future__ import annotations

_CORE = ("not at all", "only occasionally", "sometimes", "often", "most or all the time")
_WEMWBS = ("none of the time", "rarely", "some of the time", "often", "all of the time")
_SDQ = ("not true", "somewhat true", "certainly true")
_PSS = ("strongly disagree", "disagree", "undecided", "agree", "strongly agree")
_RDS = ("almost never", "once in a while", "frequently")
_PHQ = {"more than half": 2}

# Questionnaire: the last item that has these answers, the lowest answer, the words from it up.
# CORE words name the position ticked, whatever number a form prints beside it.
PRINTED_WORDS: dict[str, tuple[int, int, tuple[str, ...]]] = {
    "core_om": (34, 0, _CORE),
    "core_10": (10, 0, _CORE),
    "core_5": (5, 0, _CORE),
    "core_6d": (34, 0, _CORE),
    "core_sf_a": (18, 0, _CORE),
    "core_sf_b": (18, 0, _CORE),
    "gp_core": (14, 0, _CORE),
    "yp_core": (10, 0, _CORE),
    "wemwbs": (14, 1, _WEMWBS),
    "swemwbs": (7, 1, _WEMWBS),
    "sdq_parent_4_17": (25, 0, _SDQ),
    "sdq_teacher_4_17": (25, 0, _SDQ),
    "sdq_self_11_17": (25, 0, _SDQ),
    "sdq_2_4": (25, 0, _SDQ),
    "parental_stress_scale_18": (18, 1, _PSS),
    "rds_8": (8, 1, _RDS),
}

# Other spellings of a label that are in use in print, and the answer they stand for.
VARIANTS: dict[str, dict[str, int]] = {"phq9": _PHQ, "gad7": _PHQ}

# Items that are printed with the same answers in the same order. Where a questionnaire is not
# listed, all its items with the same range and labels are alike. Where it is, a word may stand for
# another number in another group ("all the time" is the worst answer here and the best one there).
ALIKE: dict[str, tuple[tuple[int, ...], ...]] = {
    "das_32": (
        tuple(range(1, 16)), (16, 17, 20, 21, 22), (18, 19), (23,), (24,), (25, 26, 27, 28),
        (29, 30), (31,), (32,),
    ),
    "rdas_14": (tuple(range(1, 7)), (7, 8, 9, 10), (11,), (12, 13, 14)),
    "das_7": ((1, 2, 3), (4, 5, 6), (7,)),
    "das_4": ((1,), (2, 3), (4,)),
    "crs_35": (tuple(range(1, 31)), tuple(range(31, 36))),
    "crs_brief_14": (tuple(range(1, 13)), (13, 14)),
    "sdq_parent_4_17": (tuple(range(1, 26)), (26,), (27,), tuple(range(28, 34)), (34,), (35,)),
    "sdq_teacher_4_17": (tuple(range(1, 26)), (26,), (27,), tuple(range(28, 34)), (34,), (35,)),
    "sdq_self_11_17": (tuple(range(1, 26)), (26,), (27,), tuple(range(28, 34)), (34,), (35,)),
    "sdq_2_4": (tuple(range(1, 26)), (26,), (27,), tuple(range(28, 34)), (34,), (35,)),
}  # fmt: skip

# Questionnaires whose questions each have answers of their own, or have them in either direction.
EACH_ITS_OWN: frozenset[str] = frozenset(
    {"csi_32", "csi_16", "csi_4", "hads", "ras_7", "parenting_scale_30"}
)
