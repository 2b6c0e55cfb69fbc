"""Sentences on sessions beside change, and on what support cost; both with what they leave out."""

from __future__ import annotations

from typing import Any

from evaluation.report.service_wording import (
    LEAST_FOR_INTERVAL,
    LEAST_FOR_MEAN,
    service_reason,
)
from evaluation.report.wording import (
    Row,
    capital,
    count,
    interval,
    is_known,
    number,
    part_of,
    people,
    signed,
)
from instruments.definition import Scale

DOSE_NO_PROOF = (
    "This is no proof that more sessions bring about more change: people who feel better may come "
    "more often, people in difficulty may be offered more, and those who left early may differ in "
    "many ways."
)
DOSE_ACROSS_SITES = (
    "Sites plan different numbers of sessions, so a part of this may be differences between sites."
)
DOSE_METHOD = (
    "A straight line is laid through everybody's improvement and the number of sessions they "
    "attended (least squares); its slope is the improvement for each further session. The range "
    "is the 95% interval and counts couples, not single people. In the table people are divided "
    "into thirds by the sessions they attended; those with equally many stay together, so the "
    "groups may differ in size. People of whom nobody noted the sessions are left out."
)
COST_COUNTS = (
    "Only people measured at the start and at the end can be counted as clearly improved. Others "
    "may have improved too, so the true cost of each may be lower. And everybody who clearly "
    "improved is counted, also those who would have improved without support."
)


def dose_sentences(line: Row, scale: Scale) -> list[str]:
    """How sessions attended and improvement went together, always with what it does not show."""
    if line["reason"] == "SUPPRESSED" or not is_known(line["estimate"]):
        return [f"{scale.label}: {service_reason(str(line['reason']))}"]
    unknown = ""
    if is_known(line["n_unknown"]) and line["n_unknown"]:
        unknown = f" For {people(line['n_unknown'])} nobody noted the sessions attended."
    who = people(line["n"])
    slope, low, high = line["estimate"], line["low"], line["high"]
    if _fewer(line, LEAST_FOR_INTERVAL) or not is_known(low):
        return [
            f"{scale.label}: {who} with both a change and a number of sessions are too few to say "
            f"how the two go together.{unknown}",
            DOSE_NO_PROOF,
        ]
    if low <= 0 <= high:
        finding = (
            "people who attended more sessions did not clearly improve more or less than others "
            f"({signed(slope, 2)} points for each further session; fairly sure between "
            f"{interval(low, high, 2).replace(' to ', ' and ')})"
        )
    else:
        verb = "more" if slope > 0 else "less"
        finding = (
            f"people improved by {number(abs(slope), 2)} points {verb} for each further session "
            f"they attended (fairly sure between {interval(low, high, 2).replace(' to ', ' and ')})"
        )
    hidden = not is_known(line["n"])
    source = "How many people this is from is hidden." if hidden else f"This is from {who}."
    return [f"{scale.label}: {finding}. {source}{unknown}", DOSE_NO_PROOF]


def _fewer(row: Row, least: int) -> bool:
    """Whether it is known that they are fewer; a number hidden beside an average is not small."""
    return is_known(row["n"]) and row["n"] < least


def cost_sentences(row: Row) -> list[str]:
    """What one person, and one clearly improved person, cost, and what that leaves out."""
    lines = []
    if is_known(row["cost_per_person"]):
        lines.append(
            f"{pounds(row['cost'])} for {people(row['n_took_up'])} who took up support is "
            f"{pounds(row['cost_per_person'])} for each."
        )
    if is_known(row["cost_per_reliably_improved"]):
        lines += _per_improved(row)
    else:
        lines.append(service_reason(str(row["reason"])))
    return [line for line in lines if line]


def _per_improved(row: Row) -> list[str]:
    ends = f"at least {pounds(row['low'])}"
    if is_known(row["high"]):
        ends = f"between {pounds(row['low'])} and {pounds(row['high'])}"
    measured, improved = row["n_measured"], row["reliably_improved"]
    lines = [
        f"Of {people(measured)} measured at the start and at the end, "
        f"{part_of(int(improved), int(measured))} clearly improved: "
        f"{pounds(row['cost_per_reliably_improved'])} for each of them (fairly sure {ends})."
    ]
    if is_known(row["cost_if_unmeasured_alike"]) and is_known(row["n_unknown"]):
        if row["n_unknown"]:
            lines.append(
                f"{capital(people(row['n_unknown']))} took up support and "
                f"{'was' if row['n_unknown'] == 1 else 'were'} not measured both times. If none of "
                f"them improved, it is {pounds(row['cost_per_reliably_improved'])} for each; if "
                "they improved as often as the others, "
                f"{pounds(row['cost_if_unmeasured_alike'])}."
            )
    elif row["reason"]:
        lines.append(service_reason(str(row["reason"])))
    return [*lines, COST_COUNTS]


def pounds(amount: Any) -> str:
    """A sum in whole pounds, with pence below ten."""
    return "–" if not is_known(amount) else f"£{number(amount, 0 if amount >= 10 else 2)}"


def band_line(row: Row) -> dict[str, str]:
    """One third of the people, by sessions attended."""
    hidden = row["reason"] == "SUPPRESSED"
    few = not hidden and _fewer(row, LEAST_FOR_MEAN)
    unsure = few or (not hidden and _fewer(row, LEAST_FOR_INTERVAL))
    return {
        "Attended": str(row["row"]),
        "People": "few" if hidden else count(row["n"]) if is_known(row["n"]) else "hidden",
        "Change (+ is better)": "hidden"
        if hidden
        else "too few"
        if few
        else signed(row["estimate"]),
        "Fairly sure between": "hidden"
        if hidden
        else "too few"
        if unsure
        else interval(row["low"], row["high"]),
    }
