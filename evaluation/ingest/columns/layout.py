"""From a table to a proposal of how each of its columns is read.

Layouts: one row for each person and wave; one row for each person with a set of columns for each
wave; a sheet for each wave; both partners of a couple in one row; a person's own and the partner's
answers side by side. The canonical spreadsheet is read by its exact names and nothing else.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import PurePath
from typing import Literal

from evaluation.ingest.columns.canonical import QUESTIONNAIRES, SheetKind
from evaluation.ingest.columns.choices import ColumnChoice, TableMapping
from evaluation.ingest.columns.evidence import Answers, find_answers, has_halves, is_words
from evaluation.ingest.columns.headers import HeaderReader
from evaluation.ingest.columns.layout_questions import describe, questions, said_elsewhere
from evaluation.ingest.columns.marks import (
    Parts,
    pairwise_marks,
    pairwise_parts,
    partner_marks,
    take_apart,
)
from evaluation.ingest.columns.names import NameFound, find_names, is_canonical, words_of
from evaluation.ingest.columns.waves import (
    label_key,
    looks_like_wave,
    split_when,
    wave_of,
    wave_of_name,
)
from evaluation.ingest.meaning.personal import personal_header
from evaluation.ingest.meaning.values import clean_text
from evaluation.ingest.sheets.tables import Table
from instruments.definition import Instrument
from instruments.registry import match_column

__all__ = ["describe", "propose", "questions"]

_WHOLE = frozenset({"sum", "sum_of_scales"})  # rules whose scores are whole numbers


def propose(
    table: Table, instruments: Mapping[str, Instrument], *, kind: SheetKind = QUESTIONNAIRES
) -> TableMapping:
    """How a table would be read; what is not beyond doubt waits for `questions` to be answered."""
    reader = HeaderReader(instruments, kind=kind)
    mapping = TableMapping(table.sheet, table.source, table.header_rows, ())
    if is_canonical(table, kind=kind):
        return replace(mapping, columns=_by_exact_name(table, reader))
    tool = _tool_columns(table)
    parts, partners = _parts(table, reader, tool)
    free = [c for c in range(len(table.header)) if c not in tool and c not in partners]
    answers = find_answers(table, parts, reader, free=free)
    labels = _labels(parts, answers)
    parts = [p if c in answers.found or label_key(p.when) in labels else _unmarked(p, h)
             for c, (p, h) in enumerate(zip(parts, table.header, strict=True))]  # fmt: skip
    names, duplicates = find_names(
        table, parts, reader, free=[c for c in free if c not in answers.found], tool=tool
    )
    names = _couple_code(names, parts)
    columns = tuple(
        _choice(table, c, parts[c], answers, names, tool, partners, duplicates)
        for c in range(len(table.header))
    )
    columns = _one_column_each(table, _placed_in_time(columns, labels, instruments))
    mapping = replace(mapping, columns=columns, unit=_unit(table, columns, instruments))
    return replace(mapping, **_points_in_time(table, columns))  # type: ignore[arg-type]


def _by_exact_name(table: Table, reader: HeaderReader) -> tuple[ColumnChoice, ...]:
    seen: set[str] = set()
    choices = []
    for column, header in enumerate(table.header):
        name = reader.exact(header)
        reason = "duplicate" if name and name in seen else ""
        if not name and personal_header(header):
            reason = "personal"
        seen.add(name)
        choices.append(ColumnChoice(column, header, name, reason=reason))
    return tuple(choices)


def _tool_columns(table: Table) -> dict[int, str]:
    """The survey tool's own columns; ``""`` for those that are not read."""
    from evaluation.ingest.sheets.sources import tool_columns

    return dict(tool_columns(table.source, table.header))


def _parts(
    table: Table, reader: HeaderReader, tool: Mapping[int, str]
) -> tuple[list[Parts], set[int]]:
    """Every header taken apart, and the columns that repeat the other partner's answers."""
    own = [header for c, header in enumerate(table.header) if c not in tool]
    pairwise = pairwise_marks(own)
    if pairwise and any(reader.name(header)[0] == "couple" for header in own):
        found = [pairwise_parts(header, pairwise) for header in table.header]
        partners = {c for c, p in enumerate(found) if p.partner == "B" and c not in tool}
        parts = [replace(take_apart(p.rest, reader), partner="") for p in found]
        return parts, partners
    marks = partner_marks(own, reader)
    parts = [
        Parts(header) if c in tool else take_apart(header, reader, marks)
        for c, header in enumerate(table.header)
    ]
    spelling: dict[str, str] = {}
    for one in parts:
        spelling.setdefault(label_key(one.when), one.when)
    return [replace(p, when=spelling[label_key(p.when)]) for p in parts], set()


def _labels(parts: Sequence[Parts], answers: Answers) -> dict[str, str]:
    """The points in time that headers of answers are marked with: key -> as typed."""
    marked = [parts[c].when for c in sorted(answers.found) if parts[c].when]
    return {label_key(when): when for when in marked}


def _unmarked(parts: Parts, header: str) -> Parts:
    """A header whose mark belongs to no answers: it is part of the name ("Start date")."""
    return Parts(header) if parts.when else parts


def _couple_code(names: dict[int, NameFound], parts: Sequence[Parts]) -> dict[int, NameFound]:
    """Where both partners share a row, the row's code is the couple's."""
    codes = [c for c, named in names.items() if named.name == "participant"]
    taken = {named.name for named in names.values()}
    if not any(p.partner for p in parts) or "couple" in taken or len(codes) != 1:
        return names
    code = names[codes[0]]
    if parts[codes[0]].partner:
        return names
    return names | {codes[0]: NameFound("couple", code.rank, "asked")}


def _choice(
    table: Table, column: int, parts: Parts, answers: Answers, names: Mapping[int, NameFound],
    tool: Mapping[int, str], partners: set[int], duplicates: set[int],
) -> ColumnChoice:  # fmt: skip
    choice = ColumnChoice(column, table.header[column])
    if column in answers.found:
        answer = answers.found[column]
        if answer.copy:
            return replace(choice, reason="copy")
        return replace(choice, read_as=answer.read_as, how=answer.how, when=parts.when,
                       partner=parts.partner)  # fmt: skip
    if column in names:
        named = names[column]
        reason = "duplicate" if column in duplicates else ""
        return replace(choice, read_as=named.name, how=named.how, when=parts.when,
                       partner=parts.partner, reason=reason)  # fmt: skip
    if column in tool:
        return replace(choice, reason="source")
    if column in partners:
        return replace(choice, reason="partner")
    if personal_header(choice.header):
        return replace(choice, reason="personal")
    return choice


def _placed_in_time(
    columns: tuple[ColumnChoice, ...], labels: Mapping[str, str],
    instruments: Mapping[str, Instrument],
) -> tuple[ColumnChoice, ...]:  # fmt: skip
    """Marks and a wave column together; what has no mark belongs to the first point in time."""
    if not labels:
        return columns
    by_column = any(c.read_as == "wave" for c in columns)
    if by_column and len(labels) == 1:  # the mark says once more what the wave column says
        return tuple(replace(c, when="") for c in columns)
    first = next((w for w in labels.values() if wave_of(w, pair=True) == "baseline"),
                 next(iter(labels.values())))  # fmt: skip
    dated = any(c.read_as == "completed_on" and c.when for c in columns)
    placed = []
    for choice in columns:
        answer = _is_answer(choice, instruments)
        if by_column and choice.read_as == "wave":
            choice = ColumnChoice(choice.column, choice.header)
        elif answer and not choice.when:
            choice = replace(choice, when=first, how="asked")
        elif answer and by_column:
            choice = replace(choice, how="asked")
        elif choice.read_as == "completed_on" and not choice.when and dated:
            choice = ColumnChoice(choice.column, choice.header)  # the others say it for each time
        elif choice.read_as == "completed_on" and not choice.when:
            choice = replace(choice, when=first, how="name")
        placed.append(choice)
    return tuple(placed)


def _is_answer(choice: ColumnChoice, instruments: Mapping[str, Instrument]) -> bool:
    extra = tuple(instruments.values())
    return bool(choice.read_as) and match_column(choice.read_as, extra=extra) is not None


def _one_column_each(table: Table, columns: tuple[ColumnChoice, ...]) -> tuple[ColumnChoice, ...]:
    """A second column for one thing is its copy in words, or else a reason to stop."""
    kept: dict[tuple[str, str, str], int] = {}
    chosen = list(columns)
    for choice in columns:
        if not choice.read_as or choice.reason:
            continue
        key = (choice.read_as, label_key(choice.when), choice.partner)
        first = kept.setdefault(key, choice.column)
        if first == choice.column:
            continue
        if is_words(table.columns[choice.column]) and not is_words(table.columns[first]):
            chosen[choice.column] = ColumnChoice(choice.column, choice.header, reason="copy")
        elif is_words(table.columns[first]) and not is_words(table.columns[choice.column]):
            chosen[first] = ColumnChoice(first, columns[first].header, reason="copy")
            kept[key] = choice.column
        else:
            chosen[choice.column] = replace(choice, reason="duplicate")
    return tuple(chosen)


def _points_in_time(table: Table, columns: Sequence[ColumnChoice]) -> dict[str, object]:
    """The table's own point in time, and what the labels in use mean beyond doubt."""
    wave_column = next((c.column for c in columns if c.read_as == "wave"), None)
    if wave_column is not None:
        return {"waves": _waves_of_column(table, columns, wave_column)}
    labels = {label_key(c.when): c.when for c in columns if c.when}
    if labels:
        # By our own names 'post' is a wave of its own; else it is the counterpart of 'pre'.
        pair = any(c.when and c.how != "exact" for c in columns)
        waves = {k: w for k, label in labels.items() if (w := wave_of(label, pair=pair))}
        return {"waves": _unless_contradicted(waves, labels, wave_of_name(table.sheet))}
    if not any(c.read_as for c in columns):
        return {}
    sheet = clean_text(table.sheet)
    named = wave_of_name(sheet)
    if named:
        return {"when": sheet, "waves": {label_key(sheet): named}}
    if looks_like_wave(sheet):
        return {"when": sheet}
    stem = PurePath(table.file).stem
    label = split_when(stem)[1] or (stem if looks_like_wave(stem) else "")
    # A file's name is only ever a proposal.
    return {"when": label, "waves": {label_key(label): ""}} if label else {}


def _waves_of_column(
    table: Table, columns: Sequence[ColumnChoice], wave_column: int
) -> dict[str, str]:
    """A label that the sheet's name contradicts means nothing until somebody has said."""
    typed = table.labels.get(wave_column, {})
    named = {label_key(clean_text(value)): text for value, text in typed.items()}
    keys = list(words_of(table.columns[wave_column]))
    waves = {key: wave for key in keys if (wave := wave_of(named.get(key, key)))}
    return _unless_contradicted(waves, keys, wave_of_name(said_elsewhere(table, columns)))


def _unless_contradicted(
    waves: dict[str, str], labels: Collection[str], elsewhere: str
) -> dict[str, str]:
    """The one label of a table against what its sheet's name or its headers say."""
    if len(labels) != 1 or not elsewhere:
        return waves
    same = {"post": "end"}
    return {k: w if same.get(w, w) == elsewhere else "" for k, w in waves.items()}


def _unit(
    table: Table, columns: Sequence[ColumnChoice], instruments: Mapping[str, Instrument]
) -> Literal["person", ""]:
    """Whole-number scores that often end in a half may be the mean of two partners."""
    for choice in columns:
        found = match_column(choice.read_as, extra=tuple(instruments.values()))
        if choice.reason or choice.partner or not found or isinstance(found[1], int):
            continue
        whole = found[0].scale(found[1]).rule in _WHOLE
        if whole and has_halves(table.columns[choice.column]):
            return ""
    return "person"
