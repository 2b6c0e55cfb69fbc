"""Sentences that keep a change in proportion: how exact it is, and what happens without support."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from evaluation.analysis.precision import SitePrecision
from evaluation.analysis.selection import RegressionToTheMean
from evaluation.analysis.severity import ExpectedDifference
from evaluation.report.reasons import reason_text
from evaluation.report.wording import (
    capital,
    change_counts,
    count,
    is_known,
    number,
    people,
    points,
    signed,
)
from instruments.definition import Better
from instruments.sourced import Sourced

_LEVELS = {
    ("low_income", "yes"): "people on a low income",
    ("low_income", "no"): "people who are not on a low income",
    ("first_time_parent", "yes"): "first-time parents",
    ("first_time_parent", "no"): "parents who had children before",
    ("partner", "alone"): "people who came alone",
    ("partner", "in a couple"): "people who came as a couple",
    ("role", "mother"): "mothers",
    ("role", "father"): "fathers",
    ("severity", "more severe at the start"): "people who started worse",
    ("severity", "less severe at the start"): "people who started better",
}
_SPREADS = {
    "own": "this group's own spread of scores at the start",
    "manual": "the published spread of scores",
    "rule file": "the spread that the rule file gives",
}
SEVERAL_COMPARED = (
    "People who started alike are compared. Several groups stand side by side here, so now and "
    "then one will look different by chance. Why a group did better, these numbers cannot say."
)
NO_TEST_BETWEEN = (
    "Other people, other help, another time: this gives an idea of the size and is no contest."
)
NOT_CAUSED = "This is change during support, not change caused by it."
NATURAL_CHANGE = Sourced(
    value=0.12,
    citation=(
        "Roddy MK and others (2020), Journal of Consulting and Clinical Psychology 88(7): couples "
        "on waiting lists, average change 0.12 standard deviations (from -0.04 to 0.29)"
    ),
    evidence="single source",
)


def precision_sentence(found: SitePrecision) -> str:
    """What a group of this size can show, in parts of the spread of people's changes."""
    if found.reason:
        return f"How exact the average is cannot be said. {reason_text(found.reason)}"
    return (
        f"With {people(found.n)} from {people(found.n_couples, 'couple', 'couples')} the true "
        f"average may lie {number(found.half_width, 2)} standard deviations of change to either "
        f"side, and a true average change below {number(found.detectable_d_z, 2)} would be missed "
        "more than one time in five. People without a partner here count as a couple."
    )


def natural_change_sentence(g_pre: float) -> str:
    """How the change compares with what couples on waiting lists showed."""
    if not is_known(g_pre):
        return ""
    value = NATURAL_CHANGE.value
    verdict = "more than" if g_pre > value else "no more than"
    return (
        f"In published studies couples who waited for support improved by about "
        f"{number(value, 2)} standard deviations; this is {verdict} that ({signed(g_pre, 2)}). "
        f"Those studies may have measured the spread in another way. {NOT_CAUSED}"
    )


def regression_sentence(found: RegressionToTheMean, *, better: Better) -> str:
    """How much of the change selection alone would bring about (regression to the mean)."""
    if found.reason:
        return (
            "How much people would have changed just because they came when things were bad "
            f"cannot be worked out. {reason_text(found.reason)}"
        )
    improves = (found.points > 0) == (better == "higher")
    verb = "improve" if improves else "get worse"
    return (
        f"People chosen because of their score at the start would {verb} by about "
        f"{points(found.points)} ({number(abs(found.in_sd), 2)} standard deviations) with no "
        "support at all, because part of an extreme score is chance. "
        f"{NOT_CAUSED}"
    )


def severity_sentence(found: ExpectedDifference) -> str:
    """Why people who start worse seem to benefit more."""
    opening = "People who start worse tend to improve more, because part of a bad score is "
    if found.reason:
        return (
            f"{opening}chance. How much cannot be worked out here. {reason_text(found.reason)} "
            "Look at the comparison of people who started alike."
        )
    return (
        f"{opening}chance: with no support at all they would improve by about "
        f"{points(found.points)} more. Look at the comparison of people who started alike."
    )


def group_difference_sentence(
    *, level: str, reference: str, difference: float, low: float, high: float
) -> str:
    """How much more one group improved than another, and how sure that is."""
    if not is_known(difference):
        return f"{capital(level)} and {reference}: the groups are too small to be compared."
    verb = "more" if difference >= 0 else "less"
    text = f"{capital(level)} improved by {points(difference)} {verb} than {reference}"
    if not is_known(low):
        return f"{text}; how sure that is cannot be said."
    if low <= 0 <= high:
        return f"{text}, which may be chance."
    return f"{text}, which is more than chance alone would often bring about."


def level_words(trait: str, level: str) -> str:
    """A group of people as it reads inside a sentence."""
    known = _LEVELS.get((trait, level))
    if known:
        return known
    if trait == "intervention":
        return f"people who were given '{level}'"
    return f"people with {trait.replace('_', ' ')} '{level}'"


def spread_sentence(rows: Sequence[Mapping[str, Any]]) -> str:
    """How much hangs on whose spread of scores the points needed are worked out with."""
    used = next((row for row in rows if row["in_use"] == "yes"), None)
    others = [row for row in rows if row["in_use"] != "yes" and is_known(row["rc_points"])]
    now = change_counts(used) if used is not None else None
    if used is None or now is None or not others:
        return ""
    text = (
        f"A change counts as clear here from {points(used['rc_points'])} on, which follows from "
        f"{_SPREADS[used['sd_kind']]} ({number(used['sd_used'])})."
    )
    for row in others:
        found = change_counts(row)
        if found is None:
            continue
        text += (
            f" By {_SPREADS[row['sd_kind']]} ({number(row['sd_used'])}) it would count from "
            f"{points(row['rc_points'])} on: {count(found['better'])} instead of "
            f"{count(now['better'])} clearly better and {count(found['worse'])} instead of "
            f"{count(now['worse'])} clearly worse."
        )
    return text
