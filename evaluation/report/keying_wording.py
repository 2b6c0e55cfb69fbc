"""What the keying check found, as sentences that a person can decide on.

Each ends with what is proposed, put as a question: nothing is changed before somebody says so.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from evaluation.analysis.keying import KeyingFinding
from evaluation.report.wording import count, joined, number


def describe(finding: KeyingFinding) -> str:
    """One finding: what the answers show, the numbers, and what is proposed."""
    where = f" at {joined(list(finding.sites))}" if finding.sites else ""
    return f"{finding.questionnaire}{where}: {_SENTENCES[finding.kind](finding)}"


def item_list(items: Sequence[int]) -> str:
    """Item numbers as they read in a sentence, for example ``items 1 to 4 and 9``."""
    numbers = sorted(items)
    runs: list[list[int]] = []
    for value in numbers:
        if runs and value == runs[-1][-1] + 1:
            runs[-1].append(value)
        else:
            runs.append([value])
    parts = [part for run in runs for part in _run_parts(run)]
    return f"{'item' if len(numbers) == 1 else 'items'} {joined(parts)}"


def _run_parts(run: list[int]) -> list[str]:
    if len(run) < 3:
        return [str(value) for value in run]
    return [f"{run[0]} to {run[-1]}"]


def _not_reversed(finding: KeyingFinding) -> str:
    one = len(finding.items) == 1
    verb, pronoun, were = ("looks", "it", "was") if one else ("look", "they", "were")
    return (
        f"{item_list(finding.items)} {verb} as if {pronoun} {were} not reversed. "
        f"{_evidence(finding)} Reverse {'it' if one else 'them'}?"
    )


def _already_reversed(finding: KeyingFinding) -> str:
    one = len(finding.items) == 1
    verb, pronoun, them = ("looks", "it", "it") if one else ("look", "they", "them")
    return (
        f"{item_list(finding.items)} {verb} as if {pronoun} had been reversed before the file was "
        f"made; this program reverses {them} too, which would turn {them} back. "
        f"{_evidence(finding)} Take {them} as already reversed?"
    )


def _two_groups(finding: KeyingFinding) -> str:
    first, second = item_list(finding.items), item_list(finding.proposal.other_items)
    return (
        f"{first} point one way and {second} the other way, so one of these two groups looks as if "
        f"it was not reversed. {_evidence(finding)} Which group should be reversed?"
    )


def _evidence(finding: KeyingFinding) -> str:
    """How many questionnaires it rests on, and how much better the items would go together."""
    facts = finding.facts
    these = "it" if len(finding.items) == 1 else "these"
    return (
        f"In {count(facts['n'])} complete questionnaires, people who are high on the other items "
        f"are low on {these}; how well the items go together (Cronbach's alpha) would rise from "
        f"{number(facts['alpha'], 2)} to {number(facts['alpha_after'], 2)}."
    )


def _shifted_coding(finding: KeyingFinding) -> str:
    facts = finding.facts
    low, high, shift = (int(facts[name]) for name in ("minimum", "maximum", "shift"))
    unused = low if shift > 0 else high
    change = f"Subtract {shift} from" if shift > 0 else f"Add {-shift} to"
    outside = ""
    if facts["n_beyond"]:
        beyond = f"above {high}" if shift > 0 else f"below {low}"
        outside = f", and {count(facts['n_beyond'])} {_are(facts['n_beyond'])} {beyond}"
    return (
        f"these answers look coded {low + shift}-{high + shift} instead of {low}-{high} "
        f"({item_list(finding.items)}). Of {count(facts['n'])} answers none is {unused}{outside}. "
        f"{change} each?"
    )


def _outside_range(finding: KeyingFinding) -> str:
    facts = finding.facts
    low, high = int(facts["minimum"]), int(facts["maximum"])
    lowest, highest = (f"{facts[name]:g}" for name in ("lowest", "highest"))
    which = f"such as {lowest}" if lowest == highest else f"from {lowest} to {highest}"
    return (
        f"{_of_answers(facts['n_outside'], facts['n'])} not allowed ({which}; allowed are {low} to "
        f"{high}), in {item_list(finding.items)}. Please check the file."
    )


def _end_not_used(finding: KeyingFinding) -> str:
    facts = finding.facts
    low, high, end = (int(facts[name]) for name in ("minimum", "maximum", "end"))
    neighbour = end + 1 if end == low else end - 1
    return (
        f"of {count(facts['n'])} answers to {item_list(finding.items)} not one is {end}, although "
        f"{count(facts['n_next'])} are {neighbour} and {low} to {high} are allowed. Were the "
        "answers coded in another way?"
    )


def _all_alike(finding: KeyingFinding) -> str:
    facts = finding.facts
    return (
        f"everybody gave the same answer, {facts['answer']:g}, to {item_list(finding.items)} "
        f"({count(facts['n'])} questionnaires). Was a blank written as {facts['answer']:g}?"
    )


def _of_answers(part: float, whole: float) -> str:
    return f"{count(part)} of {count(whole)} answers {_are(part)}"


def _are(number_of: float) -> str:
    return "is" if number_of == 1 else "are"


_SENTENCES: dict[str, Callable[[KeyingFinding], str]] = {
    "not_reversed": _not_reversed,
    "already_reversed": _already_reversed,
    "two_groups": _two_groups,
    "shifted_coding": _shifted_coding,
    "outside_range": _outside_range,
    "end_not_used": _end_not_used,
    "all_alike": _all_alike,
}
