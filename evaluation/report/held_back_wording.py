"""Sentences on results that wait: answers that may be coded the wrong way round."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from evaluation.report.wording import Unit, capital, joined, people

WAITS = (
    "Nothing is said here of how it changed until somebody has compared the answers with the form "
    "and has said so."
)
CARD_WAITS = (
    "What this result can carry is not said yet: its answers may be coded the wrong way round."
)
LOOKED_AT = (
    "These answers do not fit those to the other questionnaires. Somebody has compared them with "
    "the form and says that they are coded as it says."
)
HELD_BACK = "waits for a look"


def sites_sentence(sites: Sequence[str], label: str) -> str:
    """At which sites the answers to one measure are in doubt."""
    return f"The answers to {label} may be coded the wrong way round at {joined(sites)}."


def included_sentence(sites: Sequence[str]) -> str:
    """That a number of all sites together holds answers that are in doubt; empty for no site."""
    if not sites:
        return ""
    return f"This includes {joined(sites)}, where the answers may be coded the wrong way round."


def left_out_sentence(sites: Sequence[str]) -> str:
    """Whose own numbers are not shown; empty for no site."""
    return f"Left out until somebody has looked at the answers: {joined(sites)}." if sites else ""


def programme_warning(sites: Mapping[str, Sequence[str]]) -> str:
    """Everything that is held back, by the label of the measure; empty where nothing is."""
    if not sites:
        return ""
    told = " ".join(sites_sentence(names, label) for label, names in sites.items())
    return (
        f"{told} They do not fit the other answers from there. Until somebody has compared them "
        "with the form, what changed at these sites is held back; numbers of all sites together "
        "include it."
    )


def pages_warning(sites: Sequence[str], label: str) -> str:
    """What a page says that shows all sites on one measure."""
    return (
        f"{sites_sentence(sites, label)} Numbers of all sites include them. Have the "
        "answers compared with the form before anything is read from this."
    )


def measures_wait_sentence(labels: Sequence[str]) -> str:
    """Which measures are left out of a section."""
    return f"Left out until somebody has looked at the answers: {joined(labels)}."


def both_scores_sentence(n: object, unit: Unit) -> str:
    """How many have both scores, of a change that is not told."""
    return f"{capital(people(n, *unit))} with both scores."


def export_note(sites: Mapping[str, Sequence[str]]) -> str:
    """The warning of files for researchers, by the label of the measure; empty for none."""
    if not sites:
        return ""
    told = "; ".join(f"{label} at {joined(names)}" for label, names in sites.items())
    return (
        f"Answers that may be coded the wrong way round, since they contradict the other "
        f"questionnaires: {told}. Their rows are here as they came in, and averages over sites "
        "include them; compare the answers with the form before you use either."
    )
