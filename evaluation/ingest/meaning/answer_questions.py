"""Questions about answer cells that only a person can read: words, marks, codes for missing.

One question for each distinct text of an upload, however many cells wait for it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from evaluation.ingest.columns.choices import MISSING_REASONS, WRONG, Question
from evaluation.ingest.meaning.answer_texts import folded, marked_number
from evaluation.ingest.meaning.answers import AnswerReader, ScoreReader, items_alike
from evaluation.ingest.meaning.values import ColumnReading, Refusal, to_number
from evaluation.ingest.problems import Place, column_letter, shown

FEWEST_LONG = 3  # rows of a column with one long text from which it is an option of the form
LONGEST_OPTION = 200  # characters
FEWEST_DIGITS = 3  # cells with one digit, such as 9, from which it is asked about
_MOST_COLUMNS = 3
_LONGEST_HEADER = 30
_NO_ANSWER: tuple[tuple[str, str], ...] = (
    *((reason, f"no answer: {reason}") for reason in MISSING_REASONS),
    (WRONG, "a mistake: I will correct it"),
)
# Words that turn or weaken the label they stand beside: "not often" is not "often".
_TURNING_WORDS = """
    not no never nor neither without hardly rarely barely seldom scarcely almost nearly very quite
    rather too extremely fairly slightly somewhat strongly mostly partly more less least most tend
    tends un or if sometimes varies
"""
_TURNING = frozenset(_TURNING_WORDS.split())
_WORD = re.compile(r"[\w']+")


@dataclass(frozen=True, eq=False)
class Unresolved:
    """One column of answers or scores as it was read, and where it stands.

    ``place`` gives file, sheet and column; ``rows`` the row numbers as the spreadsheet program
    counts. Every column is wanted, also those that were read without complaint: nobody is asked
    about 9 where it is an answer in some other column of answers.
    """

    reader: AnswerReader | ScoreReader
    reading: ColumnReading
    header: str
    place: Place
    rows: np.ndarray


@dataclass
class _Waiting:
    """Everything that waits for one question; ``first`` is the first of its cells."""

    text: str
    typed: str
    first: Place
    readers: list[AnswerReader | ScoreReader] = field(default_factory=list)
    headers: dict[str, None] = field(default_factory=dict)
    n: int = 0

    @property
    def may_be_code(self) -> bool:
        """A single digit that stands there once or twice is more likely a slip of the hand."""
        return self.n >= FEWEST_DIGITS or not self.text.isdigit() or len(self.text) > 1

    @property
    def cell(self) -> str:
        return f"{column_letter(self.first.column or 0)}{self.first.row}"

    @property
    def columns(self) -> str:
        """The columns' names for a sentence: a few, and how many more."""
        names = [f"'{name}'" for name in list(self.headers)[:_MOST_COLUMNS]]
        more = len(self.headers) - len(names)
        listed = ", ".join(names) + (f" and {more} more" if more else "")
        return f"column{'s' if len(self.headers) > 1 else ''} {listed}"


def ask_about_options(reading: ColumnReading) -> None:
    """Have long texts that recur asked about: options of a form, not what somebody has said."""
    for code, n in _counts(reading):
        refusal, cell = reading.values[code], reading.column.values[code]
        if n >= FEWEST_LONG and _is_option(refusal, cell):
            reading.values[code] = replace(refusal, asks="word")


def _is_option(refusal: object, cell: object) -> bool:
    if not isinstance(refusal, Refusal) or not isinstance(cell, str) or refusal.asks:
        return False
    long_text = refusal.code == "answer_not_allowed" and "value" in refusal.words
    return long_text and len(cell) <= LONGEST_OPTION and bool(_WORD.search(cell))


def question_key(reader: AnswerReader | ScoreReader, cell_text: str, refusal: Refusal) -> str:
    """The key of the question that a refused cell would wait for, ``""`` for none."""
    if refusal.asks == "word" and isinstance(reader, AnswerReader):
        return f"word|{reader.instrument.id}|{reader.word_key(cell_text)}"
    return f"reading|{cell_text}" if refusal.asks else ""


def value_questions(columns: Sequence[Unresolved]) -> list[Question]:
    """A question for each text in answer cells that cannot be read without asking."""
    waiting: dict[tuple[str, ...], _Waiting] = {}
    for column in columns:
        for code, n in _counts(column.reading):
            refusal, cell = column.reading.values[code], column.reading.column.values[code]
            if not isinstance(refusal, Refusal) or not refusal.asks:
                continue
            text = folded(cell)
            subject = tuple(question_key(column.reader, text, refusal).split("|", maxsplit=2))
            if subject not in waiting:
                position = int(np.argmax(column.reading.column.codes == code))
                first = replace(column.place, row=int(column.rows[position]))
                waiting[subject] = _Waiting(text, shown(cell), first)
            found = waiting[subject]
            found.readers.append(column.reader)
            found.headers[shown(column.header)[:_LONGEST_HEADER]] = None
            found.n += n
    answers = _numbers_read(columns)
    questions = []
    for subject, found in waiting.items():
        if subject[0] == "word":
            questions.append(_word_question(subject[1:], found))
        elif found.may_be_code and not any(
            (type(r), to_number(found.text)) in answers for r in found.readers
        ):
            questions.append(_reading_question((found.text,), found))
    return questions


def _counts(reading: ColumnReading) -> Iterable[tuple[int, int]]:
    """The distinct cells that occur, by their number, and how often."""
    counts = np.bincount(reading.column.codes, minlength=len(reading.values))
    return ((code, n) for code, n in enumerate(counts.tolist()) if n and code)


def _numbers_read(columns: Sequence[Unresolved]) -> set[tuple[type, float | None]]:
    """Every number that is an answer in some column of answers, or a score in one of scores."""
    return {
        (type(column.reader), to_number(column.reading.column.values[code]))
        for column in columns
        for code, _ in _counts(column.reading)
        if isinstance(column.reading.values[code], int | float)
    }


def _word_question(subject: tuple[str, ...], found: _Waiting) -> Question:
    reader = found.readers[0]
    if not isinstance(reader, AnswerReader):
        raise ValueError(f"readers={reader!r}: only answers to items wait for a word")
    codes = range(reader.item.minimum, reader.item.maximum + 1)
    choices = tuple(
        (str(code), f"{code}: {reader.labels[code]}" if code in reader.labels else str(code))
        for code in codes
    )
    stands = "stands in 1 answer" if found.n == 1 else f"stands in {found.n} answers"
    return Question(
        kind="word",
        subject=subject,
        text=f"'{found.typed}' {stands} to {_about(reader)} ({found.columns}). Which answer is it?",
        choices=(*choices, *_NO_ANSWER),
        proposal=proposed_answer(reader, found.text),
        file=found.first.file,
        n=found.n,
        sheet=found.first.sheet,
        cell=found.cell,
    )


def _about(reader: AnswerReader) -> str:
    """The questionnaire, and its questions where only some of them have answers of this kind."""
    alike = items_alike(reader.instrument, reader.item)
    if len(alike) == len(reader.instrument.items):
        return reader.instrument.short_name
    numbers = [item.number for item in alike]
    if len(numbers) > 2 and numbers == list(range(numbers[0], numbers[-1] + 1)):
        return f"{reader.instrument.short_name}, questions {numbers[0]} to {numbers[-1]}"
    listed = " and ".join(filter(None, (", ".join(map(str, numbers[:-1])), str(numbers[-1]))))
    return f"{reader.instrument.short_name}, question{'s' if len(numbers) > 1 else ''} {listed}"


def proposed_answer(reader: AnswerReader, text: str) -> str:
    """The one answer whose label a folded text holds, or that holds the text; else ``""``.

    Nothing is judged by likeness of spelling.
    """
    typed = _WORD.findall(text)
    labels = {tuple(_WORD.findall(word)): code for word, code in reader.named_answers.items()}
    held = [label for label in labels if _holds(typed, label)]
    # "strongly agree" holds "agree": the longest label is meant.
    held = [a for a in held if not any(a != b and _holds(b, a) for b in held)]
    holding = [label for label in labels if typed and _holds(label, typed)]
    codes = {labels[label] for label in held or holding}
    turned = any(
        _turns(typed, label) if held else _turns(label, typed) for label in held or holding
    )
    if codes:
        return "" if turned or len(codes) > 1 else str(codes.pop())
    number = reader.numbered(text)
    return "" if number is None else f"{number:g}"


def _turns(words: Sequence[str], part: Sequence[str]) -> bool:
    """Whether the words beside ``part`` may turn its sense."""
    left = list(words)
    for word in part:
        left.remove(word)
    return any(word in _TURNING or word.endswith("n't") for word in left)


def _holds(words: Sequence[str], part: Sequence[str]) -> bool:
    """Whether the words of ``part`` stand together in ``words``."""
    n = len(part)
    return any(list(words[i : i + n]) == list(part) for i in range(len(words) - n + 1))


def _reading_question(subject: tuple[str, ...], found: _Waiting) -> Question:
    number = marked_number(found.text)
    bare = number and all(reader.allows_marked(found.text) for reader in found.readers)
    choices = ((number, f"the number {number}"), *_NO_ANSWER) if bare else _NO_ANSWER
    stands = "stands in 1 cell" if found.n == 1 else f"stands in {found.n} cells"
    return Question(
        kind="reading",
        subject=subject,
        text=f"'{found.typed}' {stands} where there should be "
        f"{'a score' if isinstance(found.readers[0], ScoreReader) else 'an answer'} "
        f"({found.columns}). What does it mean?",
        choices=choices,
        proposal=number if bare else "not known",
        file=found.first.file,
        n=found.n,
        sheet=found.first.sheet,
        cell=found.cell,
    )
