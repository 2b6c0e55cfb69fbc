"""How one file is to be read, as a person can see, change, confirm and save it.

A `Mapping` holds every choice that the canonical spreadsheet makes needless: which columns hold
what, which point in time a label means, what a word or a code in a cell stands for. The program
proposes; what it cannot be sure of is a `Question` until somebody has answered. An answer that is
not given leaves what it is about unread.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Literal

from evaluation.ingest.column_letters import column_letter
from evaluation.model import Recodings

# What a cell can mean that is not an answer. A person picks one; it is kept as the reason.
MISSING_REASONS = (
    "not asked", "did not answer", "refused", "did not attend", "not applicable", "not known",
)  # fmt: skip
WRONG = "wrong"  # a reading: the cell is a mistake and has to be corrected
NOT_READ = ""  # a column that is left out

# exact: the canonical name. name: a header that names it beyond doubt. text: the question's own
# wording. order: guessed from its neighbours. asked: named, but not beyond doubt.
# person: somebody said so, or a saved mapping does.
How = Literal["exact", "name", "text", "order", "asked", "person"]
SURE: frozenset[str] = frozenset({"exact", "name", "text", "person"})


@dataclass(frozen=True, slots=True)
class ColumnChoice:
    """What one column of a table is read as.

    ``read_as`` is a name of the canonical spreadsheet (``participant``, ``phq9_1``,
    ``das_32_total``) or NOT_READ. ``when`` is the label of a point in time as the header has it
    (``pre``, ``T2``); ``partner`` is ``A`` or ``B`` where both partners share a row. ``reason``
    says why a column is not read: ``personal``, ``source`` (the survey tool's own), ``partner``
    (the other partner's answers, stored twice), ``copy`` (the same answers in words) or ``""``
    (nothing is known of it).
    """

    column: int
    header: str
    read_as: str = NOT_READ
    when: str = ""
    partner: str = ""
    how: How = "exact"
    reason: str = ""

    @property
    def sure(self) -> bool:
        """Whether the column may be read without asking."""
        return self.how in SURE


@dataclass(frozen=True)
class TableMapping:
    """How one table is read.

    ``when`` is the point in time of the whole table, as its sheet's name has it. ``waves`` says
    which wave each label of a point in time means (typed label, without case and outer blanks ->
    wave). ``unit`` is ``couple`` where each score is the mean of both partners, ``""`` while nobody
    has said which.
    """

    sheet: str
    source: str
    header_rows: tuple[int, ...]
    columns: tuple[ColumnChoice, ...]
    when: str = ""
    waves: dict[str, str] = field(default_factory=dict)
    unit: Literal["person", "couple", ""] = "person"
    file: str = ""  # where the table stands; a mapping holds for other files too

    @property
    def headers(self) -> tuple[str, ...]:
        return tuple(choice.header for choice in self.columns)

    @property
    def canonical(self) -> bool:
        """Whether the table is the canonical spreadsheet, so that there is nothing to choose."""
        exact = all(c.how == "exact" and not c.when and not c.partner for c in self.columns)
        return exact and not self.when

    @property
    def corner(self) -> str:
        """The cell of the first header: where the table is on its sheet."""
        first = next((c.column for c in self.columns if c.header), 0)
        return f"{column_letter(first)}{self.header_rows[-1] if self.header_rows else 1}"


@dataclass(frozen=True)
class Mapping:
    """Every choice about one upload.

    ``words``: questionnaire -> word (as `fold` makes it) -> what it means: a code, one of
    MISSING_REASONS, or WRONG. ``readings``: likewise for what no questionnaire owns (``999``,
    ``?``, ``12*``). ``same_codes``: whether codes that differ only in case, blanks and punctuation
    are one person. ``encoding`` is that of text files. ``coding`` holds what was decided on how
    answers are coded.
    """

    tables: tuple[TableMapping, ...] = ()
    words: dict[str, dict[str, str]] = field(default_factory=dict)
    readings: dict[str, str] = field(default_factory=dict)
    day_first: bool | None = None
    same_codes: bool | None = None
    encoding: str = ""
    coding: Recodings = field(default_factory=dict)


Kind = Literal["columns", "wave", "word", "reading", "dates", "codes", "unit"]


@dataclass(frozen=True, slots=True)
class Question:
    """Something about a file that only a person can say.

    ``subject`` is what it is about: (sheet,) for columns and unit; (sheet, label) for wave;
    (questionnaire, word) for word; (text,) for reading; () for dates and codes. ``choices`` are
    (value, what a person reads); ``proposal`` is the value that the program would choose, ``""``
    for none. ``n`` is the number of cells or rows that wait for it.
    """

    kind: Kind
    subject: tuple[str, ...]
    text: str
    choices: tuple[tuple[str, str], ...]
    proposal: str
    file: str
    n: int
    sheet: str = ""
    cell: str = ""

    @property
    def key(self) -> str:
        """What tells it from the others: two files may have a sheet of one name."""
        of_table = self.kind in ("columns", "wave", "unit")
        where = (self.file, self.cell) if of_table else ()
        return "|".join((self.kind, *where, *self.subject))

    def is_about(self, table: TableMapping) -> bool:
        """Whether it asks how that table is read; ``cell`` tells tables of one sheet apart."""
        here = table.sheet == self.subject[0] and table.file in ("", self.file)
        return here and self.cell in ("", table.corner)


def answered(mapping: Mapping, question: Question, value: str) -> Mapping:
    """The mapping with one question answered by one of its choices."""
    if value not in dict(question.choices):
        raise ValueError(f"value={value!r}: the choices are {[v for v, _ in question.choices]}")
    if question.kind == "dates":
        return replace(mapping, day_first=value == "day")
    if question.kind == "codes":
        return replace(mapping, same_codes=value == "same")
    if question.kind == "reading":
        return replace(mapping, readings=mapping.readings | {question.subject[0]: value})
    if question.kind == "word":
        instrument, word = question.subject
        own = mapping.words.get(instrument, {}) | {word: value}
        return replace(mapping, words=mapping.words | {instrument: own})
    tables = tuple(
        _answered_table(table, question, value) if question.is_about(table) else table
        for table in mapping.tables
    )
    return replace(mapping, tables=tables)


def _answered_table(table: TableMapping, question: Question, value: str) -> TableMapping:
    if question.kind == "wave":
        return replace(table, waves=table.waves | {question.subject[1]: value})
    if question.kind == "unit":
        return replace(table, unit="couple" if value == "couple" else "person")
    read = value == "yes"
    columns = tuple(
        c if c.sure else replace(c, how="person", read_as=c.read_as if read else NOT_READ)
        for c in table.columns
    )
    return replace(table, columns=columns)
