"""Sentences on outcomes that rest on two questionnaires: PHQ-9 with GAD-7, and SDQ added value."""

from __future__ import annotations

from evaluation.added_value import MONTHS_MEANT, AddedValueSummary
from evaluation.analysis.talking_therapies import (
    ANXIETY,
    CASENESS,
    DEFINITIONS,
    DEPRESSION,
    LEAST_CONTACTS,
    RELIABLE_CHANGE,
)
from evaluation.report.wording import (
    Row,
    capital,
    count,
    evidence_text,
    number,
    part_of,
    people,
    points,
    signed,
    wave_name,
)
from instruments.sdq import SDQ_ADDED_VALUE

LEAST_REPORTS = 10  # the added value describes groups; fewer reports than this are none


def talking_therapies_sentences(row: Row) -> list[str]:
    """How many recovered, improved or got worse on PHQ-9 and GAD-7 taken together."""
    before, after = str(row["contrast"]).split("_", 1)
    n, cases = int(row["n"]), int(row["cases_at_start"])
    times = f"both {wave_name(before)} and {wave_name(after)}"
    if n == 0:
        return [f"Nobody has filled in PHQ-9 and GAD-7 {times} yet."]
    verb = "was" if cases == 1 else "were"
    sentences = [
        f"{capital(people(n))} filled in PHQ-9 and GAD-7 {times}; "
        f"{part_of(cases, n)} {verb} at or above a threshold at the start."
    ]
    if cases:
        sentences.append(
            f"Of those {count(cases)}, {part_of(int(row['recovered']), cases)} ended below both "
            f"thresholds (recovery); {part_of(int(row['reliable_recovery']), cases)} did so with a "
            "change beyond the ordinary ups and downs of answers (reliable recovery)."
        )
    sentences.append(
        f"Of all {count(n)}, {part_of(int(row['reliable_improvement']), n)} clearly improved on "
        "one and did not clearly get worse on the other (reliable improvement); "
        f"{part_of(int(row['deteriorated']), n)} clearly got worse on one and did not clearly "
        "improve on the other."
    )
    return sentences


def talking_therapies_rules() -> str:
    """The rules behind the outcomes of PHQ-9 and GAD-7 together, with how sure each is."""
    cases, changes = (
        [f"{number(table[name].value, 0)}" for name in (DEPRESSION, ANXIETY)]
        for table in (CASENESS, RELIABLE_CHANGE)
    )
    threshold, joined_by = CASENESS[DEPRESSION], DEFINITIONS["reliable_improvement"]
    return (
        f"Thresholds: PHQ-9 {cases[0]} or more, GAD-7 {cases[1]} or more. Clear change: PHQ-9 by "
        f"{changes[0]}, GAD-7 by {changes[1]} points or more. {threshold.citation} - "
        f"{evidence_text(threshold.evidence)}. That the other questionnaire must not clearly go "
        f"the other way: {joined_by[1]} - {evidence_text(joined_by[0])}. People known to have "
        f"attended fewer than {number(LEAST_CONTACTS.value, 0)} sessions are not counted "
        f"({LEAST_CONTACTS.citation} - {evidence_text(LEAST_CONTACTS.evidence)})."
    )


def added_value_sentences(found: AddedValueSummary) -> list[str]:
    """The mean added value of a group, or that the group is too small for one."""
    reports = people(found.n, "report about a child", "reports about children")
    when = capital(wave_name(found.wave))
    if found.n < LEAST_REPORTS:
        return [f"{when}: {reports}. That is too few: the score describes groups only."]
    if found.low <= 0 <= found.high:
        verdict = "This may be no more and no less than expected."
    elif found.low > 0:
        verdict = "This is better than expected."
    else:
        verdict = "This is less than expected."
    direction = "more" if found.mean >= 0 else "less"
    sentences = [
        f"{when} difficulties had improved by {points(found.mean)} {direction} than expected of "
        f"such children without help, on average of {reports} (fairly sure between "
        f"{signed(found.low)} and {signed(found.high)} points; effect size "
        f"{signed(found.effect_size, 2)}). "
        f"{verdict}"
    ]
    if found.n_dated:
        first, last = MONTHS_MEANT
        sentences.append(
            f"Of the {count(found.n_dated)} with both dates, "
            f"{part_of(found.n_in_time, found.n_dated)} came {first} to {last} months after the "
            "first questionnaire; for others the formula is not meant."
        )
    return sentences


def added_value_conditions() -> tuple[str, ...]:
    """When the SDQ added value holds, and its warnings."""
    return (*SDQ_ADDED_VALUE.notes, f"Source: {SDQ_ADDED_VALUE.citation}")
