"""What a cell of a questionnaire says: an answer, a reason why there is none, or neither.

A number that the item allows is always that answer. Words count where they are the item's own
labels, where a person has said what they mean, or where they plainly say why an answer is missing.
Everything else is refused; where a person could settle it, the refusal says which question would.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Literal

from evaluation.ingest.columns.choices import MISSING_REASONS, WRONG
from evaluation.ingest.files.cells import Cell
from evaluation.ingest.meaning.answer_texts import (
    MISSING_MARKS,
    fold,
    folded,
    is_missing_code,
    marked_number,
    missing_reason,
)
from evaluation.ingest.meaning.personal import looks_personal
from evaluation.ingest.meaning.values import Missing, Refusal, to_number
from evaluation.model import Recoding
from instruments.answer_words import ALIKE, EACH_ITS_OWN, PRINTED_WORDS, VARIANTS
from instruments.definition import Instrument, Item, Scale

# Longer texts are free text: never repeated, never asked about.
LONGEST_WORD = 40
MOST_WORDS = 6

# A number and the words that go with it. In the last two shapes only a label is believed.
_SURE_SHAPES = tuple(
    re.compile(pattern)
    for pattern in (
        r"(?P<number>[+-]?\d{1,3}) ?[-=:.)\]] ?(?P<words>.+)",
        r"[(\[](?P<number>\d{1,3})[)\]] ?[-=:.]? ?(?P<words>.+)",
        r"(?P<words>.+?) ?[(\[]=? ?(?P<number>\d{1,3})[)\]]",
    )
)
_LOOSE_SHAPES = tuple(
    re.compile(pattern)
    for pattern in (
        r"(?P<number>\d{1,3}) (?P<words>.+)",
        r"(?P<words>.+?) ?[-=:] ?(?P<number>\d{1,3})",
    )
)
_LONGEST_SHAPE = 200
_LETTER = re.compile(r"[^\W\d_]")


def labels_of(instrument: Instrument, item: Item) -> dict[int, str]:
    """What each answer to an item is called; empty where that is not known here."""
    if item.labels:
        return dict(enumerate(item.labels, start=item.minimum))
    last, lowest, words = PRINTED_WORDS.get(instrument.id, (0, 0, ()))
    fits = item.number <= last and (item.minimum, item.maximum) == (lowest, lowest + len(words) - 1)
    return dict(enumerate(words, start=lowest)) if fits else {}


def items_alike(instrument: Instrument, item: Item) -> tuple[Item, ...]:
    """The items of which a word says the same as of this one."""
    if instrument.id in EACH_ITS_OWN:
        return (item,)
    groups = ALIKE.get(instrument.id, ())
    together = next((group for group in groups if item.number in group), None)
    answers = (item.minimum, item.maximum, item.labels)
    return tuple(
        other
        for other in instrument.items
        if (other.minimum, other.maximum, other.labels) == answers
        and (together is None or other.number in together)
    )


def word_key(instrument: Instrument, item: Item, word: str) -> str:
    """Under which name a mapping keeps what a folded word means in answers to an item.

    That is the word itself, but where questions have answers of different kinds, the first question
    of each further kind stands before it.
    """
    return _prefix(instrument, item) + word


def _prefix(instrument: Instrument, item: Item) -> str:
    first = items_alike(instrument, item)[0]
    return "" if first == instrument.items[0] else f"question {first.number}, "


class AnswerReader:
    """Reads the answers to one item.

    ``recodings`` apply to typed numbers; words stand for the answers as the instrument prints them.
    ``words`` and ``readings`` are what a person has said (see `choices.Mapping`).
    """

    def __init__(
        self,
        instrument: Instrument,
        item: Item,
        *,
        recodings: Sequence[Recoding] = (),
        words: Mapping[str, str] | None = None,
        readings: Mapping[str, str] | None = None,
    ) -> None:
        self.instrument = instrument
        self.item = item
        self.labels = labels_of(instrument, item)
        self._recodings = tuple(recodings)
        self._prefix = _prefix(instrument, item)
        self.named_answers = VARIANTS.get(instrument.id, {}) if self.labels else {}
        self.named_answers = self.named_answers | {
            fold(label): code
            for code, label in self.labels.items()
            if to_number(label) is None  # a typed number is a code, never a label
        }
        self._words = {fold(word): meaning for word, meaning in (words or {}).items()}
        self._readings = {fold(text): meaning for text, meaning in (readings or {}).items()}
        self._complaint = self._complain()

    def _complain(self) -> dict[str, str]:
        item = self.item
        reach = sum(abs(recoding.amount) for recoding in self._recodings)
        typed = range(item.minimum - reach, item.maximum + reach + 1)
        allowed = ", ".join(str(n) for n in typed if self.allowed(n) is not None)
        decided = ", ".join(recoding.text for recoding in self._recodings)
        return {
            "an_answer": f"an answer to {self.instrument.short_name} item {item.number}",
            "allowed": f"{allowed} (decided: {decided})" if decided else allowed,
        }

    def __call__(self, cell: Cell) -> float | Missing | Refusal:
        number = self.allowed(to_number(cell))
        if number is not None:
            return number
        text = folded(cell)
        if not text:
            return float("nan")
        found = self._said(text)
        if found is None and isinstance(cell, str):
            found = self._answer_in(text)
        return _refuse(cell, text, self._complaint, self._asks(text)) if found is None else found

    def allowed(self, number: float | None) -> float | None:
        """The answer that a typed number stands for, if the item allows it."""
        if number is None or not float(number).is_integer():
            return None
        for recoding in self._recodings:
            number = recoding.read(number, self.item)
        return float(number) if self.item.minimum <= number <= self.item.maximum else None

    def allows_marked(self, text: str) -> bool:
        """Whether a folded text is a marked number that would be an answer without its mark."""
        return self.allowed(to_number(marked_number(text))) is not None

    def word_key(self, text: str) -> str:
        """Under which name a mapping keeps what a folded text means here."""
        return self._prefix + text

    def numbered(self, text: str) -> float | None:
        """The answer whose number stands beside words that are not known, if it is allowed."""
        found = next((f for f in (s.fullmatch(text) for s in _SURE_SHAPES) if f), None)
        return self.allowed(float(found["number"])) if found else None

    def _said(self, text: str) -> float | Missing | Refusal | None:
        """What a person has said that the text means."""
        key = self.word_key(text)
        meaning = self._words.get(key, "")
        plain = self._words.get(text, "")
        if not meaning and (plain in MISSING_REASONS or plain == WRONG):
            meaning = plain  # a reason is the same for every question
        code = to_number(meaning)
        if code is not None:
            allowed = code.is_integer() and self.item.minimum <= code <= self.item.maximum
            return code if allowed else Refusal("answer_not_allowed", self._complaint)
        said = _meant(meaning or self._readings.get(text, ""), self._complaint)
        if isinstance(said, float):
            answer = self.allowed(said)
            return Refusal("answer_not_allowed", self._complaint) if answer is None else answer
        return said

    def _answer_in(self, text: str) -> float | Missing | Refusal | None:
        """The answer that a text names, or its reason for there being none."""
        code = self._label(text)
        if code is not None:
            return code
        if len(text) <= _LONGEST_SHAPE:
            found = self._numbered(text)
            if found is not None:
                return found
        reason = missing_reason(text)
        return Missing(reason) if reason else None

    def _label(self, text: str) -> float | None:
        """The answer that a person or the instrument calls so."""
        said = to_number(self._words.get(self.word_key(text), ""))
        code = self.named_answers.get(text.rstrip(";,. ")) if said is None else said
        return None if code is None else float(code)

    def _numbered(self, text: str) -> float | Missing | Refusal | None:
        """A number with words beside it: both must say the same."""
        for shape in (*_SURE_SHAPES, *_LOOSE_SHAPES):
            found = shape.fullmatch(text)
            if not found or not _LETTER.search(found["words"]):
                continue
            number = self.allowed(float(found["number"]))
            words = found["words"].strip()
            label = self._label(words)
            if label is not None:
                agree = number == label
                return label if agree else Refusal("answer_not_allowed", self._complaint, "word")
            reason = missing_reason(words)
            if reason and number is None and shape in _SURE_SHAPES:
                return Missing(reason)
            named = self.labels or reason or re.search(r"\d", words)
            if number is not None and shape in _SURE_SHAPES and not named:
                return number
        return None

    def _asks(self, text: str) -> Literal["", "word", "reading"]:
        """The kind of question that would settle a text."""
        if is_missing_code(text) or text in MISSING_MARKS or self.allows_marked(text):
            return "reading"
        return "word" if _LETTER.search(text) else ""


class ScoreReader:
    """Reads supplied scores: numbers within the scale's range; fractions and 2,5 are allowed."""

    def __init__(
        self,
        instrument: Instrument,
        scale: Scale,
        *,
        words: Mapping[str, str] | None = None,
        readings: Mapping[str, str] | None = None,
    ) -> None:
        self.instrument = instrument
        self.scale = scale
        low, high = scale.score_range
        self._complaint = {
            "an_answer": f"a possible score of {instrument.short_name}, {scale.label}",
            "allowed": f"{low:g} to {high:g}",
        }
        # What a word of answers means as a number says nothing about scores.
        reasons = {word: m for word, m in (words or {}).items() if to_number(m) is None}
        self._said = {fold(text): m for text, m in {**(readings or {}), **reasons}.items()}

    def __call__(self, cell: Cell) -> float | Missing | Refusal:
        number = self.allowed(to_number(cell, decimal_comma=True))
        if number is not None:
            return number
        text = folded(cell)
        if not text:
            return float("nan")
        said = _meant(self._said.get(text, ""), self._complaint)
        if isinstance(said, float):
            score = self.allowed(said)
            return Refusal("answer_not_allowed", self._complaint) if score is None else score
        if said is not None:
            return said
        reason = missing_reason(text) if isinstance(cell, str) else ""
        if reason:
            return Missing(reason)
        return _refuse(cell, text, self._complaint, self._asks(text))

    def allowed(self, number: float | None) -> float | None:
        """The number, if the scale allows it."""
        low, high = self.scale.score_range
        return number if number is not None and low <= number <= high else None

    def allows_marked(self, text: str) -> bool:
        """Whether a folded text is a marked number that would be a score without its mark."""
        return self.allowed(to_number(marked_number(text))) is not None

    def _asks(self, text: str) -> Literal["", "reading"]:
        asks = is_missing_code(text) or text in MISSING_MARKS or self.allows_marked(text)
        return "reading" if asks else ""


def answer_parser(
    instrument: Instrument,
    item: Item,
    *,
    recodings: Sequence[Recoding] = (),
    words: Mapping[str, str] | None = None,
    readings: Mapping[str, str] | None = None,
) -> AnswerReader:
    """Reads one item's answers."""
    return AnswerReader(instrument, item, recodings=recodings, words=words, readings=readings)


def score_parser(
    instrument: Instrument,
    scale: Scale,
    *,
    words: Mapping[str, str] | None = None,
    readings: Mapping[str, str] | None = None,
) -> ScoreReader:
    """Reads one scale's supplied scores."""
    return ScoreReader(instrument, scale, words=words, readings=readings)


def _meant(meaning: str, complaint: Mapping[str, str]) -> float | Missing | Refusal | None:
    """What a person's saying stands for; ``None`` while it is neither number nor reason."""
    if meaning in MISSING_REASONS:
        return Missing(meaning)
    if meaning == WRONG:
        return Refusal("answer_not_allowed", dict(complaint))
    return to_number(meaning)


def _refuse(
    cell: Cell,
    text: str,
    complaint: Mapping[str, str],
    asks: Literal["", "word", "reading"],
) -> Refusal:
    """The complaint about a cell; what could identify somebody and free text is not repeated."""
    kind = looks_personal(cell)
    if kind:
        return Refusal("personal_data", {"where": "This cell", "kind": kind})
    if not isinstance(cell, str | int | float):
        return Refusal("answer_not_allowed", dict(complaint))
    n_words = len(text.split())
    if len(text) > LONGEST_WORD or n_words > MOST_WORDS:
        shown = f"a text of {n_words} words" if n_words > 1 else "a long text"
        return Refusal("answer_not_allowed", {**complaint, "value": shown})
    return Refusal("answer_not_allowed", dict(complaint), asks)
