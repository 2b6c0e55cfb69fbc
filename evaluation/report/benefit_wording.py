"""Who benefits: sentences on how much more one group of people improved than another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from evaluation.report import wording
from evaluation.report.comparison_wording import period_name, q_words
from evaluation.report.context_wording import group_difference_sentence, level_words
from evaluation.tables.periods import PERIOD

Row = Mapping[str, Any]
NO_GROUP_STANDS_OUT = (
    "No group of people improved by more than another than chance alone might bring about."
)


def who_benefits_sentences(differences: Sequence[Row]) -> tuple[list[str], list[str]]:
    """How far groups of people who started alike differ in their change, with q beside it.

    Those first that are more than chance alone would often bring about, then all the others.
    """
    known = [
        row
        for row in differences
        if row["adjusted"] == "yes" and wording.is_known(row["difference"])
    ]
    clear = [_sentence(row) for row in known if _is_clear(row)]
    return clear, [_sentence(row) for row in known if not _is_clear(row)]


def may_be_chance_label(n: int) -> str:
    """What stands on the closed box with the differences that do not stand out."""
    return wording.capital(
        wording.people(n, "comparison that may be chance", "comparisons that may be chance")
    )


def _is_clear(row: Row) -> bool:
    ends = (row["low"], row["high"])
    return all(wording.is_known(end) for end in ends) and not row["low"] <= 0 <= row["high"]


def _sentence(row: Row) -> str:
    trait = str(row["trait"])
    text = group_difference_sentence(
        level=_in_sentence(trait, str(row["level"])),
        reference=_in_sentence(trait, str(row["reference"])),
        difference=row["difference"],
        low=row["low"],
        high=row["high"],
    )
    return f"{text.removesuffix('.')} (q {q_words(row['q'])})."


def _in_sentence(trait: str, level: str) -> str:
    if trait == PERIOD:
        return f"people who began in {period_name(level)}"
    return level_words(trait, level)
