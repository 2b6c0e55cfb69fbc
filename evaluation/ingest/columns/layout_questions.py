"""What a proposal leaves open, put to a person in plain English; and the proposal in one line."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from evaluation.ingest.columns.choices import ColumnChoice, Question, TableMapping
from evaluation.ingest.columns.evidence import UNORDERED, has_halves
from evaluation.ingest.columns.names import is_canonical, words_of
from evaluation.ingest.columns.waves import (
    WHOLE_TABLE,
    label_key,
    proposed_wave,
    split_when,
    wave_of,
    wave_of_name,
)
from evaluation.ingest.meaning.values import clean_text
from evaluation.ingest.problems import column_letter, shown
from evaluation.ingest.sheets.tables import Table
from evaluation.model import (
    INDICATOR_COLUMNS,
    PARTICIPANT_COLUMNS,
    RECORD_COLUMNS,
    SERVICE_USE_COLUMNS,
    months_of,
)

_NAMES = frozenset(
    (*SERVICE_USE_COLUMNS, *INDICATOR_COLUMNS, *RECORD_COLUMNS, *PARTICIPANT_COLUMNS, "partner")
)
_WAVES = {
    "baseline": "Before support (baseline)",
    "mid": "During support (mid)",
    "end": "At the end of support (end)",
    "3m": "3 months after the end (3m)",
    "6m": "6 months after the end (6m)",
    "post": "After a training course (post)",
}
_MOST_WAVE_QUESTIONS = 24


def questions(table: Table, mapping: TableMapping) -> list[Question]:
    """What somebody has to say before all of the table can be read."""
    found = [_columns_question(table, mapping), *_wave_questions(table, mapping),
             _unit_question(table, mapping)]  # fmt: skip
    return [question for question in found if question]


def describe(table: Table, mapping: TableMapping) -> str:
    """How the table is understood, in one line with its counts."""
    read = [c for c in mapping.columns if c.read_as and not c.reason]
    where = f"Sheet '{table.sheet}'" if table.sheet else f"File '{table.file}'"
    code = _code_column(read)
    rows = _filled_rows(table, code)
    partners = len({c.partner for c in read if c.partner})
    wave = next((c.column for c in read if c.read_as == "wave"), None)
    if wave is not None:
        points = len(words_of(table.columns[wave]))
    else:
        points = len({label_key(c.when) for c in read if c.when}) or 1
    if not read:
        return f"{where}: no column could be read."
    units = n_rows = int(rows.sum())
    if code is not None:
        units = len(table.columns[code.column].take(rows).counts())
    couples = code is not None and code.read_as == "couple"
    names = ("couple", "couples") if couples else ("person", "people") if code else ("row", "rows")
    parts = [_count(units, *names)]
    if couples and (partners or any(c.read_as == "partner" for c in read)):
        parts.append("2 partners")
    parts.append(_count(points, "point in time", "points in time"))
    columns_each = points if wave is None else 1
    records = n_rows * max(partners, 1) * columns_each
    return f"{where}: {', '.join(parts)}: {_count(records, 'record', 'records')}."


def _count(n: int, one: str, many: str) -> str:
    return f"{n:,} {one if n == 1 else many}"


def _code_column(read: Sequence[ColumnChoice]) -> ColumnChoice | None:
    by_name = {c.read_as: c for c in reversed(read)}
    if "couple" in by_name and any(c.partner for c in read):
        return by_name["couple"]
    return by_name.get("participant", by_name.get("couple"))


def _filled_rows(table: Table, code: ColumnChoice | None) -> np.ndarray:
    if code is not None:
        return table.columns[code.column].filled
    filled = [column.filled for column in table.columns]
    return np.any(filled, axis=0) if filled else np.zeros(0, dtype=bool)


def _place(table: Table) -> str:
    return f"Sheet '{table.sheet}'" if table.sheet else f"File '{table.file}'"


def _columns_question(table: Table, mapping: TableMapping) -> Question | None:
    unsure = [c for c in mapping.columns if c.read_as and not c.sure and not c.reason]
    if not unsure:
        return None
    by_reason: dict[str, list[ColumnChoice]] = {}
    for choice in unsure:
        by_reason.setdefault(_why(choice), []).append(choice)
    lines = [f"{'; '.join(groups(own))} ({why})" for why, own in by_reason.items()]
    return Question(
        kind="columns",
        subject=(table.sheet,),
        text=f"{_place(table)}: may these columns be read like this? {'. '.join(lines)}.",
        choices=(("yes", "Yes, read them like this"), ("no", "No, leave these columns out")),
        proposal="yes",
        file=table.file,
        sheet=table.sheet,
        n=sum(int(table.columns[c.column].filled.sum()) for c in unsure),
    )


def _why(choice: ColumnChoice) -> str:
    """What a proposal rests on, and why it is no more than one."""
    head, _, number = choice.read_as.rpartition("_")
    if number.isdigit() and head in UNORDERED:
        return (
            "they are as many as its questions, but files hold these in different orders: compare "
            "them with the form first"
        )
    if choice.how == "order":
        return "by their order: they are as many as the questions of that questionnaire"
    if choice.read_as in ("participant", "couple"):
        return "it looks like the code of each row, but its name does not say whose"
    if choice.when and label_key(choice.when) not in label_key(choice.header):
        return "no point in time is given, so it is taken to be the first"
    return "the name alone does not say enough; the values and the columns beside it do"


def groups(choices: Sequence[ColumnChoice]) -> list[str]:
    """Neighbouring columns with consecutive items as one phrase."""
    runs: list[list[ColumnChoice]] = []
    for choice in choices:
        last = runs[-1][-1] if runs else None
        if last and _follows(last, choice):
            runs[-1].append(choice)
        else:
            runs.append([choice])
    return [_phrase(run) for run in runs]


def _follows(one: ColumnChoice, other: ColumnChoice) -> bool:
    head, _, number = one.read_as.rpartition("_")
    return (
        number.isdigit()
        and other.read_as == f"{head}_{int(number) + 1}"
        and other.column == one.column + 1
        and (one.when, one.partner) == (other.when, other.partner)
    )


def _phrase(run: Sequence[ColumnChoice]) -> str:
    first, last = run[0], run[-1]
    letters = column_letter(first.column)
    header = f"'{shown(first.header)}'"
    meaning = first.read_as
    if last is not first:
        letters += f" to {column_letter(last.column)}"
        header += f" to '{shown(last.header)}'"
        meaning += f" to {last.read_as}"
    when = f" at '{first.when}'" if first.when else ""
    partner = f" of partner {first.partner}" if first.partner else ""
    word = "column" if last is first else "columns"
    return f"{word} {letters} {header} as {meaning}{when}{partner}"


def _wave_questions(table: Table, mapping: TableMapping) -> list[Question]:
    labels = {k: v for k, v in _labels_in_use(table, mapping).items() if not mapping.waves.get(k)}
    labels = {k: v for k, v in labels.items() if not wave_of(k) or k in mapping.waves}
    no_answers = all(c.read_as in _NAMES for c in mapping.columns if c.read_as)
    if no_answers or is_canonical(table) or len(labels) > _MOST_WAVE_QUESTIONS:
        return []
    everything = [typed for typed, _ in _labels_in_use(table, mapping).values()]
    hint = said_elsewhere(table, mapping.columns) if len(everything) == 1 else ""
    pair = not any(c.read_as == "wave" for c in mapping.columns)
    found = []
    for key, (typed, n) in labels.items():
        own = wave_of(typed, pair=pair)
        proposal = own or proposed_wave(typed, everything, sheet=hint)
        why = ""
        if own and hint:
            why = f" It means {own}, but '{shown(hint)}' says {wave_of_name(hint)}."
        elif own or (proposal and mapping.when == typed and not table.sheet):
            why = f" The name of the file suggests {proposal}."
        elif proposal and hint:
            why = f" '{shown(hint)}' suggests {proposal}."
        elif proposal:
            why = f" By its number or its order among the labels it would be {proposal}."
        found.append(_wave_question(table, key, typed, n, proposal, why))
    return found


def _wave_question(table: Table, key: str, typed: str, n: int, proposal: str, why: str) -> Question:
    known = dict(_WAVES)
    asked = f"which point in time is '{shown(typed)}'?"
    if typed == WHOLE_TABLE:
        asked = "nothing says when these answers were given. Which point in time is it?"
    if proposal and proposal not in known:
        known[proposal] = f"{months_of(proposal)} months after the end ({proposal})"
    return Question(
        kind="wave",
        subject=(table.sheet, key),
        text=f"{_place(table)}: {asked}{why}",
        choices=tuple(known.items()),
        proposal=proposal,
        file=table.file,
        sheet=table.sheet,
        n=n,
    )


def _labels_in_use(table: Table, mapping: TableMapping) -> dict[str, tuple[str, int]]:
    """Every label of a point in time: as typed, and how many rows wait for it."""
    read = [c for c in mapping.columns if c.read_as and not c.reason]
    wave = next((c.column for c in read if c.read_as == "wave"), None)
    found: dict[str, tuple[str, int]] = {}
    if wave is not None:
        for value, count in table.columns[wave].counts().items():
            text = clean_text(value)
            typed, n = found.get(label_key(text), (text, 0))
            found[label_key(text)] = (typed, n + count)
        return found
    for label in dict.fromkeys(c.when for c in read if c.when):
        own = [table.columns[c.column].filled for c in read if c.when == label]
        found[label_key(label)] = (label, int(np.any(own, axis=0).sum()))
    if not found and mapping.when:
        rows = _filled_rows(table, _code_column(read))
        found[label_key(mapping.when)] = (mapping.when, int(rows.sum()))
    return found


def said_elsewhere(table: Table, columns: Sequence[ColumnChoice]) -> str:
    """What else says the point in time of the whole table: the sheet's name, or all headers."""
    if wave_of_name(table.sheet):
        return table.sheet.strip()
    marks = _marks(c.header for c in columns if c.read_as and c.read_as not in _NAMES)
    return marks[0] if len(marks) == 1 and not any(c.when for c in columns) else ""


def _marks(headers: Iterable[str]) -> list[str]:
    return list({label_key(mark): mark for h in headers if (mark := split_when(h)[1])}.values())


def _unit_question(table: Table, mapping: TableMapping) -> Question | None:
    if mapping.unit:
        return None
    scores = [c for c in mapping.columns if c.read_as and not c.reason
              and c.read_as not in _NAMES and has_halves(table.columns[c.column])]  # fmt: skip
    names = "; ".join(f"column {column_letter(c.column)} '{shown(c.header)}'" for c in scores)
    return Question(
        kind="unit",
        subject=(table.sheet,),
        text=(
            f"{_place(table)}: many scores in {names} end in .5, although one person's score is a "
            "whole number. Is each the mean of the two partners of a couple?"
        ),
        choices=(
            ("couple", "Yes, each row is a couple and its score the mean of both partners"),
            ("person", "No, each row is one person"),
        ),
        proposal="couple",
        file=table.file,
        sheet=table.sheet,
        n=max((int(table.columns[c.column].filled.sum()) for c in scores), default=0),
    )
