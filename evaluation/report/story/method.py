"""The sections on how numbers were made, what they cannot tell, and what the words mean."""

from __future__ import annotations

import re

from evaluation.analysis.change_inputs import Source
from evaluation.report import wording
from evaluation.report.findings import SUPPRESSED
from evaluation.report.story.model import (
    Block,
    Bullets,
    Paragraph,
    Section,
    Story,
    TableBlock,
    Terms,
    blocks_of,
)
from evaluation.report.story.people import yardsticks
from evaluation.report.story.released import Released
from evaluation.report.wording import Row, count, evidence_text, is_known, number

# A word of the report, a pattern by which it is found there, and what it means.
GLOSSARY = (
    ("After allowing for those lost", r"allowed for|allowing for",
     "Worked out for everybody who was due, with an assumption about those who did not answer."),
    ("Clearly better, clearly worse", r"clearly (got |better|worse|improved)",
     "A person's score changed by more than the ordinary ups and downs of answers (reliable "
     "change, Jacobson and Truax 1991)."),
    ("Couple", r"couple",
     "Two partners who take part together. They change alike, so every interval counts couples."),
    ("Due", r"come due|not due|were due",
     "The time for a questionnaire has come: so many months after support ended."),
    ("End", r"\bend\b", "The end of support."),
    ("Fairly sure, 95% interval", r"fairly sure|interval",
     "If the work were repeated many times with other families like these, 95 of 100 such "
     "intervals would hold the true average."),
    ("Lost", r"\blost\b", "People who were due and did not answer. Who is not due yet is "
     "not lost."),
    ("Range of concern", r"range of concern",
     "Scores at which the authors of a questionnaire advise to look closer; no diagnosis."),
    ("Size: very small, small, medium, large", r"very small|\bsmall\b|medium|\blarge\b",
     "The average change divided by the spread of scores at the start (Hedges' g): below 0.2, "
     "from 0.2, from 0.5, from 0.8. A rule of thumb, not a verdict."),
    ("Standard deviation", r"standard deviation", "How far people's scores lie apart, on average."),
    ("Start", r"\bstart\b", "The first questionnaire, when support begins."),
    ("Take-up", r"took up|take-up", "Coming to support at least once after a referral."),
)  # fmt: skip
CANNOT_TELL = (
    wording.NOT_CAUSE,
    "Many people come when things are at their worst. Some of them would have felt better later "
    "with no support at all.",
    "Those who did not answer may have fared worse, or better, than those who did.",
    "A questionnaire shows how people see things on one day. It does not show what happens in a "
    "family from day to day.",
    "What holds for these people on average need not hold for any one of them, or for families "
    "elsewhere.",
)
NO_LEAGUE = "Sites cannot be compared for quality: they worked with different families."


def method_section(released: Released, shown: list[str]) -> Section:
    """How each number was worked out, by which rules, and from which sources."""
    settings = released.results.settings
    level = wording.percent(settings.level)
    general = [
        "Who is in it: people with a score at both times. Who has only one of them is left out of "
        "the change and counted among those waited for or lost.",
        "Average change: for each person the later score minus the earlier one, turned so that "
        "plus means better; then the average. Where there is no questionnaire from the start or "
        "the end, the first or the last session stands in for it.",
        f"Intervals hold with {level} confidence and count couples as groups, since partners "
        "influence each other.",
        f"Size: Hedges' g with the spread at the start. {wording.SIZE_SOURCE}",
        "Clear change: more than 1.96 × √2 × spread × √(1 − reliability) points (Jacobson and "
        "Truax 1991, J Consult Clin Psychol 59:12-19).",
        f"Questionnaires dated after {wording.british_date(released.results.data_lock)} are left "
        "out.",
        f"Small numbers: {wording.released_text(settings.disclosure)} So numbers need not add up.",
    ]
    if settings.exclude_outside_window:
        general.append("Questionnaires given too early or too late are left out, by the rule file.")
    if settings.scoring.prorate:
        general.append(
            "Missing answers are filled with the average of the others where the rule file allows."
        )
    sections = [_measure_rules(released, measure) for measure in shown]
    sources = yardsticks(released)
    if sources:
        sections.append(Section("Yardsticks of the evidence card", (Bullets(sources),)))
    return Section("How this was worked out", (Bullets(tuple(general)),), tuple(sections))


def _measure_rules(released: Released, measure: str) -> Section:
    instrument, scale = released.scale(measure)
    lines = [
        f"Questionnaire: {instrument.citation}.",
        f"Scoring: {scale.citation} ({evidence_text(scale.evidence)}).",
        f"Missing answers: {scale.missing.citation}.",
    ]
    main = released.main_row(measure)
    change = None if main is None else released.change_row(main)
    if main is not None and change is not None and main["reason"] != SUPPRESSED:
        lines += _clear_change(released, main, change)
    if main is not None and is_known(main["n_excluded"]) and main["n_excluded"]:
        when = wording.contrast_name(str(main["contrast"]))
        lines.append(
            f"Left out, {when[:1].lower()}{when[1:]}: {count(main['n_excluded'])} with the earlier "
            "score and no later one that can be used."
        )
    return Section(scale.label, (Bullets(tuple(_once(line) for line in lines)),))


def _once(text: str) -> str:
    """One full stop at the end."""
    return re.sub(r"\.\.+$", ".", text)


def _clear_change(released: Released, main: Row, change: Row) -> list[str]:
    if not is_known(change["rc_points"]):
        return [f"Clear change: {wording.reason_text(change['reason'])}"]
    cell = (main["site"], main["instrument"], main["scale"], main["contrast"])
    used = released.results.change_details[cell].used
    spread = f"spread {number(change['sd_used'])}, {_origin(used['sd'])}"
    steady = f"reliability {number(change['reliability'], 2)}, {_origin(used['reliability'])}"
    lines = [f"Clear change: more than {number(change['rc_points'])} points ({spread}; {steady})."]
    if is_known(change["cutoff"]) and "cutoff" in used:
        lines.append(
            f"Range of concern: divided at {number(change['cutoff'])} ({_origin(used['cutoff'])})."
        )
    return lines


def _origin(source: Source) -> str:
    if source.origin == "own":
        return "that of this group at the start"
    if source.origin == "rule file":
        return "from the rule file"
    if source.origin == "computed" or not source.citation:
        return "worked out from averages and spreads"
    return f"{source.citation}, {evidence_text(source.evidence)}"


def limits_section(*, whole: bool) -> Section:
    """What nobody can conclude from these numbers."""
    lines = (*CANNOT_TELL, NO_LEAGUE) if whole else CANNOT_TELL
    return Section("What this cannot tell", (Bullets(lines),))


def glossary_section(sections: tuple[Section, ...]) -> Section | None:
    """The words that stand in the report."""
    text = " ".join(words_of(sections)).casefold()
    found = tuple((term, meaning) for term, mark, meaning in GLOSSARY if re.search(mark, text))
    return Section("Words used here", (Terms(found),)) if found else None


def words_of(sections: tuple[Section, ...]) -> list[str]:
    """Every text of some sections, captions and cells included."""
    words: list[str] = [section.title for section in sections]
    for block in blocks_of(sections):
        words += _words(block)
    return words


def _words(block: Block) -> list[str]:
    match block:
        case Paragraph():
            return [block.text]
        case Bullets():
            return list(block.items)
        case TableBlock():
            cells = [cell for row in (block.header, *block.rows) for cell in row]
            return [block.caption, *cells]
        case Terms():
            return [part for item in block.items for part in item]
        case _:
            return [block.title, block.alt, block.caption]


def text_of(story: Story) -> str:
    """Everything a report says, as plain lines."""
    facts = [f"{name}: {value}" for name, value in story.facts]
    head = [story.title, story.subtitle, story.notice, *facts]
    return "\n".join(part for part in [*head, *words_of(story.sections)] if part)
