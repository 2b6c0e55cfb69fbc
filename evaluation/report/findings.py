"""The few sentences that stand at the top: what changed, for how many, and who was heard from.

They are made from the rows of one site, or of all together, as its own people see them or as they
are released; a number that is hidden is said to be hidden.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import pandas as pd

from evaluation.analysis.intervals import wilson_interval
from evaluation.model import months_of
from evaluation.report.sensitivity_wording import sensitivity_sentences
from evaluation.report.wording import (
    FEW_FOR_100,
    PERSON,
    Row,
    Unit,
    capital,
    due_count,
    interval,
    is_known,
    number,
    people,
    people_in,
    percent,
    points,
    size_word,
    step_name,
    wave_name,
)
from instruments.definition import Scale

Topic = Literal["change", "clear change", "heard from", "lost", "conclusion"]
Cells = Mapping[str, Any]
SUPPRESSED = "SUPPRESSED"
TOO_FEW = "Too few people have answered both times for numbers to be shown."
LEAST_IN_FIGURES = 10  # numbers of people below it are words
_FIRST_STEPS = ("referred", "took_up", "baseline")
# The parts of a class, and what is said of those in it.
_CLEAR = {"better": ("recovered", "improved"), "worse": ("harmed", "deteriorated")}
_VERBS = {"better": "clearly got better", "worse": "clearly got worse"}
_NEEDS_CUTOFF = ("recovered", "harmed")


@dataclass(frozen=True, slots=True)
class Finding:
    """One headline sentence (or two) and what it is about."""

    topic: Topic
    text: str


@dataclass(frozen=True, slots=True)
class Counted:
    """How many people are in a class: those whose number is known, and whether a few are hidden."""

    n: int
    some_hidden: bool = False


def headline_findings(
    *,
    effect: Row | None,
    scale: Scale | None,
    change: Row | None,
    cascade: pd.DataFrame,
    sensitivity: Sequence[Row] = (),
    lost: str = "",
    level: float = 0.95,
    unit: Unit = PERSON,
) -> tuple[Finding, ...]:
    """The headline findings of one site or of the programme, the change first.

    Parameters
    ----------
    effect : row, optional
        Of effects.csv: the measure and pair of times to speak of; ``scale`` is its scale.
    change : row, optional
        Of reliable_change.csv, the one in use for the same cell.
    cascade : DataFrame
        The rows of attrition.csv of the site, steps that it does not use left out.
    sensitivity : sequence of row
        Of sensitivity.csv, same cell: whether those lost could change the conclusion.
    lost : str
        The sentence on how those lost differed, from `lost_wording.lost_sentence`.
    level : float
        The confidence level of every interval.
    unit : (str, str)
        What is counted in ``effect``: people, or reports about children.

    Returns
    -------
    tuple of Finding
        At most five; a topic of which nothing can be said is left out.
    """
    found: list[tuple[Topic, str]] = []
    if effect is not None and scale is not None:
        found.append(("change", change_finding(effect, scale, level=level, unit=unit)))
    if change is not None:
        found.append(("clear change", clear_change_finding(change, level=level, unit=unit)))
    found.append(("heard from", heard_from_finding(cascade, level=level)))
    found.append(("lost", lost))
    found.append(("conclusion", conclusion_finding(sensitivity)))
    return tuple(Finding(topic, text) for topic, text in found if text)


def change_finding(row: Row, scale: Scale, *, level: float = 0.95, unit: Unit = PERSON) -> str:
    """By how much one measure changed, how sure that is and how large, in one sentence."""
    before, after = str(row["contrast"]).split("_", 1)
    if row["reason"] == SUPPRESSED:
        return f"{scale.label}: {TOO_FEW[:1].lower()}{TOO_FEW[1:]}"
    if row["n"] == 0:
        return (
            f"{scale.label}: nobody has answered both {wave_name(before)} and {wave_name(after)}."
        )
    who = people_in(row, unit)
    value, low, high = (row[name] for name in _ENDS)
    if not is_known(value) or row["display_tier"] == "counts":
        return f"{scale.label}: {who} answered both times, and no average can be given."
    when = f"from {_moment(before)} to {_moment(after)}"
    if not (is_known(low) and is_known(high)) or row["display_tier"] == "mean_only":
        way = "better" if value >= 0 else "worse"
        return (
            f"{scale.label}: {points(value)} {way} on average {when} ({who}); with so few answers "
            "this says little about anybody else."
        )
    ends = f"{percent(level)} interval {interval(low, high)}; {who}"
    if low <= 0 <= high:
        way = "better" if value >= 0 else "worse"
        return (
            f"{scale.label}: no clear change on average {when}. Scores were {points(value)} {way} "
            f"({ends}), which may be chance."
        )
    verb = "got better" if value > 0 else "got worse"
    size = f", a {size_word(row['g_pre'])} change" if is_known(row["g_pre"]) else ""
    return f"{scale.label} {verb} by {points(value)} on average {when} ({ends}){size}."


_ENDS = ("improvement", "improvement_low", "improvement_high")


def _moment(wave: str) -> str:
    names = {"baseline": "the start", "end": "the end of support", "mid": "part way through"}
    return names.get(wave) or wave_name(wave)


# --- who clearly changed ----------------------------------------------------------------------


def class_counts(row: Row) -> dict[str, Counted] | None:
    """Clearly better and clearly worse, also from a row with hidden counts; ``None`` = unknown."""
    if not is_known(row["n"]) or not row["n"] or row["reason"] == SUPPRESSED:
        return None
    if not is_known(row["rc_points"]):
        return None
    has_cutoff = is_known(row["cutoff"])
    counts = {}
    for name, parts in _CLEAR.items():
        asked = [part for part in parts if has_cutoff or part not in _NEEDS_CUTOFF]
        known = [int(row[part]) for part in asked if is_known(row[part])]
        counts[name] = Counted(sum(known), some_hidden=len(known) < len(asked))
    return counts


def clear_change_finding(row: Row, *, level: float = 0.95, unit: Unit = PERSON) -> str:
    """How many clearly got better or worse; out of 100 and with intervals if they are enough."""
    counts = class_counts(row)
    if counts is None:
        return ""
    n = int(row["n"])
    if n == 1 and not any(part.some_hidden for part in counts.values()):
        return _one_person(counts, unit)
    told = [f"{_part(counts[name], n, level)} {_VERBS[name]}" for name in _CLEAR]
    hidden = any(part.some_hidden for part in counts.values())
    note = " Numbers of a few people are hidden." if hidden else ""
    return f"Of {people(n, *unit)} measured both times, {told[0]} and {told[1]}.{note}"


def _one_person(counts: Mapping[str, Counted], unit: Unit) -> str:
    """A class is what one person did, not how many of one there are."""
    did = next((_VERBS[name] for name, part in counts.items() if part.n), "showed no clear change")
    return f"The one {unit[0]} measured both times {did}."


def _part(counted: Counted, n: int, level: float) -> str:
    """``40 (18 in 100; 14 to 24)``, ``35 and a few more``, ``a few`` or ``none``."""
    if counted.some_hidden:
        return f"{number(counted.n, 0)} and a few more" if counted.n else "a few"
    if not counted.n:
        return "none"
    text = people(counted.n, "", "").strip()
    if n < FEW_FOR_100:
        return text
    return f"{text} ({in_100(min(counted.n, n), n, level)})"


def in_100(part: float, whole: float, level: float) -> str:
    """A share out of 100 with Wilson's interval: ``51 in 100; 45 to 57``."""
    low, high = wilson_interval(part, whole, level=level)
    ends = f"{number(100 * float(low), 0)} to {number(100 * float(high), 0)}"
    return f"{number(100 * part / whole, 0)} in 100; {ends}"


# --- who was heard from -----------------------------------------------------------------------


def last_step(cascade: pd.DataFrame) -> str:
    """The last wave after the start that any share is known of; empty if there is none."""
    later = cascade[~cascade["step"].isin(_FIRST_STEPS) & cascade["rate"].notna()]
    return str(later["step"].iloc[-1]) if len(later) else ""


def heard_from_finding(cascade: pd.DataFrame, *, level: float = 0.95) -> str:
    """What share we heard from at the last wave, of those whose time had come."""
    step = last_step(cascade)
    if not step:
        return ""
    row = cascade[cascade["step"] == step].iloc[0].to_dict()
    due = due_count(row)
    if not due:
        return ""
    share = f" ({in_100(min(row['done'], due), due, level)})" if due >= FEW_FOR_100 else ""
    name = "after the end of support" if months_of(step) else ""
    when = step_name(step).removeprefix("Answered ")
    when = when.replace("after the end", name) if name else when
    whom = f"{_heard(row['done'], due)} whose questionnaire had come due"
    return f"{capital(when)} we heard from {whom}{share}."


def _heard(done: float, due: int) -> str:
    """``12 of 40 people``; of one person it is told whether they answered."""
    if due == 1:
        return "the one person" if done else "nobody: there was one person"
    if not done:
        return f"none of {people(due)}"
    part = people(done, "", "").strip() if due < LEAST_IN_FIGURES else number(done, 0)
    return f"{part} of {people(due)}"


def conclusion_finding(rows: Sequence[Row]) -> str:
    """Whether those lost could change the conclusion; empty where that is hidden or too early."""
    sentences = sensitivity_sentences(rows)
    return sentences[0] if len(sentences) > 1 else ""
