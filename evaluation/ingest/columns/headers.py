"""What one header names, read alone: a column of the canonical spreadsheet, an item, a score.

Nothing here is a likeness: a header is one of the known ways to write a name, or it is not.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from evaluation.ingest.columns.canonical import (
    NAMES,
    QUESTIONNAIRE_NAMES,
    QUESTIONNAIRES,
    SheetKind,
    normalise_header,
)
from evaluation.ingest.columns.header_words import STRONG, TOTAL_WORDS, WEAK
from instruments.aliases import ALIASES, SCALE_ALIASES
from instruments.definition import Instrument, Scale
from instruments.registry import match_column

WORDED = ("phq9", "gad7")  # questionnaires whose wording is free, so that it is known here
_SHORTEST_WORDING = 20
_LONGEST_WORDING = 1_000
_BRACKETS = re.compile(r"\([^()]*\)|\[[^\[\]]*\]")
_PRINTED_RANGE = re.compile(r"[(\[]\s*(\d+)\s*(?:-|–|to)\s*(\d+)\s*[)\]]")
_REQUEST = re.compile(
    r"^(?:please )?(?:enter |give |type |write |tell us |what is |what s )?(?:your |the )"
)
_DASH = re.compile(r"\s[-–]\s")
_NUMBERING = re.compile(r"^(?:q|question|item)? ?\d{1,3} ?(?=[a-z])")
_WORD = r"(?P<word>q|qn|qu|item|itm|question|i|no)"
_AFTER_NUMBER = r"(?: (?:score|num|answer|response|raw))?"
_ITEM = re.compile(rf"{_WORD}? ?0*(?P<number>[0-9]{{1,3}}){_AFTER_NUMBER}")
_ITEM_BEFORE = re.compile(r"(?:q|qn|qu|item|itm|question) ?0*(?P<number>[0-9]{1,3})(?: of)?")
_RUN = re.compile(
    r"(?P<stem>q|qn|qu|item|itm|question|i|no|s|v|)(?P<gap> ?)0*(?P<number>[0-9]{1,3})"
    r"(?: (?P<tail>num|score|raw|answer|label|text))?"
)


@dataclass(frozen=True, slots=True)
class Named:
    """One way to understand a header: an item (``number``) or a score of a questionnaire.

    ``alias`` is what the header calls it and ``ids`` what that can mean. ``score`` is what it says
    of the score: a word, or ``""`` where it has the questionnaire's name alone. ``explicit``: the
    name carries the number of the form (PHQ-9), or the item is called one ("q3").
    """

    alias: str
    ids: tuple[str, ...]
    number: int | None = None
    score: str = ""
    explicit: bool = False


def tidy(header: str) -> str:
    """A header in lower case, its marks and blanks single blanks: ``PHQ-9 Q1`` -> ``phq 9 q1``."""
    text = unicodedata.normalize("NFKC", header).casefold()
    return " ".join(re.sub(r"[^\w]|_", " ", text).split())


def compact(header: str) -> str:
    """A header's letters and digits alone: ``Client ID`` and ``ClientID`` are one."""
    return tidy(header).replace(" ", "")


def without_brackets(header: str) -> str:
    """A header without what stands in brackets, unless that is all there is."""
    return _BRACKETS.sub(" ", header).strip() or header


def exact_name(header: str, instruments: Mapping[str, Instrument], *, kind: SheetKind) -> str:
    """The canonical name that a header is, case and outer blanks aside, or ``""``."""
    name = normalise_header(header)
    if name in NAMES[kind]:
        return name
    if kind != QUESTIONNAIRES:
        return ""
    found = match_column(name, extra=tuple(instruments.values()))
    return "" if found is None else part_name(*found)


def part_name(instrument: Instrument, part: int | str) -> str:
    """The canonical column of an item or a scale."""
    return f"{instrument.id}_{part}"


def name_of(header: str, *, kind: SheetKind = QUESTIONNAIRES) -> tuple[str, bool]:
    """The canonical name that a header means, and whether it does so by a weak word.

    Extra words in brackets or below a line break are passed over.
    """
    lines = [line for line in header.splitlines() if line.strip()] or [""]
    allowed = NAMES[kind] | ({"partner"} if kind == QUESTIONNAIRES else set())
    texts = dict.fromkeys(
        word
        for part in (header, without_brackets(header), lines[0])
        for word in (compact(part), _REQUEST.sub("", tidy(part)).replace(" ", ""))
    )
    for words, weak in ((STRONG, False), (WEAK, True)):
        for name, known in words.items():
            if name in allowed and any(text in known for text in texts):
                return name, weak
    for name in sorted(allowed):
        if any(text == name.replace("_", "") for text in texts):
            return name, False
    return "", False


def instrument_readings(
    header: str,
    instruments: Mapping[str, Instrument],
    aliases: Mapping[str, tuple[str, ...]] | None = None,
) -> list[Named]:
    """Every way in which a header names an item or a score of a questionnaire.

    ``aliases`` are those of the questionnaires, where they are at hand already.
    """
    text = tidy(without_brackets(header))
    letters = text.replace(" ", "")
    found = []
    for alias, ids in (aliases or _aliases_of(instruments)).items():
        if alias not in letters:
            continue
        for pattern, before in _patterns(alias):
            match = pattern.fullmatch(text)
            if match:
                found += _readings(alias, ids, match["part"].strip(), before, instruments)
    return list(dict.fromkeys(found))


def mentioned(texts: Iterable[str], instruments: Mapping[str, Instrument]) -> set[str]:
    """The questionnaires that any of these texts names, among whatever other words."""
    tidied = [tidy(text) for text in texts if text]
    ids: set[str] = set()
    for alias, meant in _aliases_of(instruments).items():
        pattern = re.compile(rf"(?:^| ){_spaced(alias)}(?= |$)")
        if any(pattern.search(text) for text in tidied):
            ids.update(meant)
    return ids


def wording_of(header: str, instruments: Mapping[str, Instrument]) -> str:
    """The item whose own wording a header is, or begins with, or is the beginning of."""
    bracket = re.search(r"\[([^\[\]]+)\]\s*$", header)
    dashes = _DASH.finditer(header) if len(header) <= _LONGEST_WORDING else ()
    behind = [header[dash.end() :] for dash in dashes]  # a grid's statement
    texts = [_NUMBERING.sub("", tidy(t)) for t in (header, bracket[1] if bracket else "", *behind)]
    found = set()
    for id_ in WORDED:
        for item in instruments[id_].items if id_ in instruments else ():
            hint = tidy(item.hint)
            for text in texts:
                long_enough = min(len(text), len(hint)) >= min(_SHORTEST_WORDING, len(hint) or 999)
                if long_enough and (text.startswith(hint) or hint.startswith(text)):
                    found.add(f"{id_}_{item.number}")
    return found.pop() if len(found) == 1 else ""


def run_of(header: str) -> tuple[str, int] | None:
    """The series and the number of a bare item header: ``Q1``, ``1``, ``Item1_num``."""
    found = _RUN.fullmatch(tidy(without_brackets(header)))
    return (f"{found['stem']}|{found['tail'] or ''}", int(found["number"])) if found else None


def is_bare_total(header: str) -> bool:
    """Whether a header says that it is a score, but not of what."""
    return compact(without_brackets(header)) in TOTAL_WORDS


def printed_range(header: str) -> tuple[float, float] | None:
    """The lowest and highest score that a header gives in brackets: ``(0-27)``."""
    found = _PRINTED_RANGE.search(header)
    return (float(found[1]), float(found[2])) if found else None


def scale_meant(instrument: Instrument, score: str) -> Scale | None:
    """The scale that a header's word for a score means in a questionnaire."""
    by_id = {scale.id: scale for scale in instrument.scales}
    if score in TOTAL_WORDS or not score:
        named = [s for s in instrument.scales if s.id == "total" or "total" in s.aliases]
        named += [s for s in instrument.scales if instrument.id.endswith(s.id)]
        named += instrument.scales if len(instrument.scales) == 1 else ()
        own = [s for s in instrument.scales if compact(s.id) in compact(instrument.id)]
        return next(iter((*named, *own)), None)
    alias = SCALE_ALIASES.get(instrument.id, {}).get(score, "")
    wanted = {score, *(score.removesuffix(word) for word in ("score", "total", "subscale"))}
    own_names = (s for s in instrument.scales if {compact(s.id), *map(compact, s.aliases)} & wanted)
    return by_id.get(alias) or next(own_names, None)


class HeaderReader:
    """Reads headers of one table; each text once."""

    def __init__(self, instruments: Mapping[str, Instrument], *, kind: SheetKind) -> None:
        self.instruments = instruments
        self.kind = kind
        self._aliases = _aliases_of(instruments)
        self._exact: dict[str, str] = {}
        self._readings: dict[str, list[Named]] = {}
        self._wordings: dict[str, str] = {}

    def exact(self, text: str) -> str:
        if text not in self._exact:
            self._exact[text] = exact_name(text, self.instruments, kind=self.kind)
        return self._exact[text]

    def name(self, text: str) -> tuple[str, bool]:
        return name_of(text, kind=self.kind)

    def readings(self, text: str) -> list[Named]:
        if self.kind != QUESTIONNAIRES:
            return []
        if text not in self._readings:
            self._readings[text] = instrument_readings(text, self.instruments, self._aliases)
        return self._readings[text]

    def wording(self, text: str) -> str:
        if self.kind != QUESTIONNAIRES:
            return ""
        if text not in self._wordings:
            self._wordings[text] = wording_of(text, self.instruments)
        return self._wordings[text]

    def names_answers(self, text: str) -> bool:
        """Whether a header names an item or a score of a questionnaire."""
        exact = self.exact(text)
        by_name = exact not in QUESTIONNAIRE_NAMES if exact else bool(self.readings(text))
        return self.kind == QUESTIONNAIRES and (by_name or bool(self.wording(text)))

    def may_hold_answers(self, text: str) -> bool:
        """Whether a header names answers, or may if its neighbours say so."""
        return self.names_answers(text) or run_of(text) is not None or is_bare_total(text)

    def reads(self, text: str) -> bool:
        return bool(self.exact(text) or self.name(text)[0]) or self.may_hold_answers(text)


def _readings(
    alias: str, ids: tuple[str, ...], part: str, before: bool, instruments: Mapping[str, Instrument]
) -> list[Named]:
    numbered = alias[-1].isdigit()
    item = (_ITEM_BEFORE if before else _ITEM).fullmatch(part)
    if item:
        number = int(item["number"])
        named = numbered or before or bool(item["word"])
        meant = tuple(i for i in ids if any(n.number == number for n in instruments[i].items))
        return [Named(alias, meant, number, explicit=named)] if meant else []
    score = part.replace(" ", "")
    meant = tuple(i for i in ids if scale_meant(instruments[i], score))
    return [Named(alias, meant, score=score, explicit=numbered)] if meant else []


def _aliases_of(instruments: Mapping[str, Instrument]) -> dict[str, tuple[str, ...]]:
    """Every name of every questionnaire; a name that two share lists both."""
    known = set(instruments)
    found = {
        alias: tuple(i for i in ids if i in known)
        for alias, ids in ALIASES.items()
        if known.intersection(ids)
    }
    listed = {i for ids in ALIASES.values() for i in ids}
    for instrument in instruments.values():
        own = [instrument.id] if instrument.id in listed else [
            instrument.id, instrument.short_name, instrument.name]  # fmt: skip
        for name in own:
            alias = compact(name)
            if len(alias) >= 2 and alias not in found:
                found[alias] = (instrument.id,)
            elif alias in found and instrument.id not in found[alias]:
                found[alias] = (*found[alias], instrument.id)
    return found


def _spaced(alias: str) -> str:
    """A pattern for a name whose letters may be set apart, as in ``phq 9`` and ``core om``."""
    return " ?".join(map(re.escape, alias))


@lru_cache(maxsize=512)
def _patterns(alias: str) -> tuple[tuple[re.Pattern[str], bool], ...]:
    """Name before part, and part before name."""
    joint = r"(?: |(?=q[0-9])|$)" if alias[-1].isdigit() else r"(?: |(?=q?[0-9])|$)"
    return (
        (re.compile(rf"{_spaced(alias)}{joint}(?P<part>.*)"), False),
        (re.compile(rf"(?P<part>[a-z].*?) {_spaced(alias)}"), True),
    )
