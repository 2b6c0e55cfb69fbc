"""What a header says besides its column's name: the point in time, and which partner."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from evaluation.ingest.columns.canonical import normalise_header
from evaluation.ingest.columns.header_words import PAIRWISE_MARKS, PARTNER_MARKS
from evaluation.ingest.columns.headers import HeaderReader, tidy
from evaluation.ingest.columns.waves import label_key, split_when
from evaluation.model import is_wave

Marks = tuple[str, str]
_FEWEST_PAIRWISE = 2
_LONGEST = 200  # characters; longer headers are questions, not marked names


@dataclass(frozen=True, slots=True)
class Parts:
    """A header taken apart: what it names, the point in time as typed, partner ``A`` or ``B``."""

    rest: str
    when: str = ""
    partner: str = ""

    @property
    def key(self) -> tuple[str, str]:
        """What two partners' columns for the same thing have in common."""
        return tidy(self.rest), label_key(self.when)


def is_exact(header: str, parts: Parts) -> bool:
    """Whether a header is a name alone or, as in our own workbooks, with one suffix of ours.

    That is ``_`` and a wave as the canonical spreadsheet writes it, or ``_A`` or ``_B``.
    """
    if parts.when and parts.partner:
        return False
    suffix = parts.when or parts.partner
    ours = not parts.when or (is_wave(parts.when.casefold()) and parts.when != "session")
    name = f"{parts.rest}_{suffix}" if suffix else parts.rest
    return ours and normalise_header(name) == normalise_header(header)


def take_apart(header: str, reader: HeaderReader, marks: Marks | None = None) -> Parts:
    """A header without its marks, as far as what is left then names something.

    Marks come first: "PHQ9 total (post)" is no total of a form whose name has a note in brackets.
    """
    if reader.exact(header):
        return Parts(header)
    rest, when = split_when(header)
    options = [Parts(header)] + ([Parts(rest, when)] if when else [])
    if marks:
        for option in tuple(options):
            for mark, partner in zip(marks, "AB", strict=True):
                own = _without_mark(option.rest, mark)
                if own:
                    options.append(Parts(own, option.when, partner))
                    inner, label = split_when(own)
                    if label and not option.when:
                        options.append(Parts(inner, label, partner))
    options.sort(key=lambda option: -(bool(option.when) + bool(option.partner)))
    return next((option for option in options if reader.reads(option.rest)), Parts(header))


def partner_marks(headers: Sequence[str], reader: HeaderReader) -> Marks | None:
    """What tells partner A's columns from partner B's, if the two sets mirror each other."""
    best: Marks | None = None
    most = 0
    for marks in PARTNER_MARKS:
        if marks == ("a", "b") and any(_without_mark(header, "c") for header in headers):
            continue  # parts of a question, or questions with letters: no couple has three
        sides = _sides(headers, reader, marks)
        letters = len(marks[0]) == 1  # "1 a" and "1 b" may be two parts of a question
        named = any(reader.names_answers(rest) for rest, _ in sides["A"])
        answers = {
            side: {key for key in keys if reader.may_hold_answers(key[0])}
            for side, keys in sides.items()
        }
        mirrored = answers["A"] == answers["B"] and bool(answers["A"])
        if mirrored and (named or not letters) and len(answers["A"]) > most:
            best, most = marks, len(answers["A"])
    return best


def pairwise_marks(headers: Sequence[str]) -> Marks | None:
    """What tells a person's own columns from the partner's, where both stand in each row."""
    for marks in PAIRWISE_MARKS:
        own, other = (
            {tidy(rest) for header in headers if (rest := _without_mark(header, mark))}
            for mark in marks
        )
        if own == other and len(own) >= _FEWEST_PAIRWISE:
            return marks
    return None


def pairwise_parts(header: str, marks: Marks) -> Parts:
    """A pairwise header: partner ``A`` for the person's own column, ``B`` for the partner's."""
    for mark, partner in zip(marks, "AB", strict=True):
        rest = _without_mark(header, mark)
        if rest:
            return Parts(rest, "", partner)
    return Parts(header)


def _sides(
    headers: Sequence[str], reader: HeaderReader, marks: Marks
) -> dict[str, set[tuple[str, str]]]:
    sides: dict[str, set[tuple[str, str]]] = {"A": set(), "B": set()}
    for header in headers:
        if not any(mark.split()[0] in header.casefold() for mark in marks):
            continue
        parts = take_apart(header, reader, marks)
        if parts.partner:
            sides[parts.partner].add(parts.key)
    return sides


def _without_mark(header: str, mark: str) -> str:
    """A header without a mark at its start or end; ``""`` if it has none."""
    if len(header) > _LONGEST:
        return ""
    for pattern in _patterns(mark):
        found = pattern.fullmatch(header.strip())
        if found:
            return found["rest"].strip(" _.:-–—([\n")
    return ""


@lru_cache(maxsize=128)
def _patterns(mark: str) -> tuple[re.Pattern[str], re.Pattern[str]]:
    text = r"[\s_.\-]*".join(map(re.escape, mark.split()))
    gap = r"[\s_.:\-–—()\[\]]+"
    return (
        re.compile(rf"(?P<rest>.+?){gap}{text}[\s)\]]*", re.IGNORECASE | re.DOTALL),
        re.compile(rf"[\s(\[]*{text}(?:['’]s)?{gap}(?P<rest>.+)", re.IGNORECASE | re.DOTALL),
    )
