"""Which of the choices that a person has made belong to a table, and what has changed since."""

from __future__ import annotations

from collections.abc import Mapping as Lookup
from dataclasses import replace

from evaluation.ingest.columns.canonical import QUESTIONNAIRES, SheetKind
from evaluation.ingest.columns.choices import ColumnChoice, Mapping, TableMapping
from evaluation.ingest.columns.layout import propose
from evaluation.ingest.columns.mapping_file import header_key
from evaluation.ingest.columns.waves import WHOLE_TABLE
from evaluation.ingest.files.cells import Sheet, Upload
from evaluation.ingest.problems import Place, make_problem, shown
from evaluation.ingest.sheets.tables import Table, find_tables
from evaluation.model import Problem
from instruments.definition import Instrument

ENOUGH_IN_COMMON = 0.5  # of the headers, for a table to be the one that the choices are about


def choose(
    mapping: Mapping,
    upload: Upload,
    sheet: Sheet,
    table: Table,
    instruments: Lookup[str, Instrument],
    *,
    kind: SheetKind,
) -> tuple[Table, TableMapping, list[Problem]]:
    """How a table is read: as a person has said, else as proposed; and what has changed."""
    proposal = replace(propose(table, instruments, kind=kind), file=table.file)
    chosen, found = _chosen(mapping, upload, sheet, table, when=proposal.when)
    if found is not table:
        table = found
        proposal = replace(propose(table, instruments, kind=kind), file=table.file)
    if not (kind != QUESTIONNAIRES or proposal.canonical or proposal.when or _says_when(proposal)):
        proposal = replace(proposal, when=WHOLE_TABLE)
    if chosen is None:
        return table, proposal, []
    return table, *_merge(table, proposal, chosen)


def _says_when(proposal: TableMapping) -> bool:
    return any(c.when or c.read_as == "wave" for c in proposal.columns)


def _chosen(
    mapping: Mapping, upload: Upload, sheet: Sheet, table: Table, *, when: str
) -> tuple[TableMapping | None, Table]:
    name = sheet.name.strip().casefold()
    own = [number for number, header in enumerate(table.header) if header]

    def likeness(choices: TableMapping) -> tuple[bool, ...]:
        same_sheet = choices.sheet.strip().casefold() == name
        same_file = same_sheet and choices.file == table.file
        same_when = choices.when.casefold() == when.casefold()
        same_columns = [c.column for c in choices.columns if c.header] == own
        same_place = choices.header_rows == table.header_rows and same_columns
        return same_file, same_sheet, same_when, same_place

    # The name of a sheet may change where the headers stay.
    candidates = sorted(mapping.tables, key=likeness, reverse=True)
    for candidate in candidates:
        if _in_common(candidate, table) >= ENOUGH_IN_COMMON:
            return candidate, table
    for candidate in candidates:
        if candidate.header_rows == table.header_rows or candidate.header_rows[-1] > sheet.n_rows:
            continue
        again = find_tables(upload, sheet, header_rows=candidate.header_rows)
        if again and _in_common(candidate, again[0]) >= ENOUGH_IN_COMMON:
            return candidate, again[0]
    return None, table


def _in_common(chosen: TableMapping, table: Table) -> float:
    """The share of the chosen columns that the table has."""
    known = [header_key(header) for header in chosen.headers if header]
    there = {header_key(header) for header in table.header if header}
    return sum(header in there for header in known) / len(known) if known else 0.0


def _when(proposal: TableMapping, chosen: TableMapping) -> str:
    """The table's own point in time: choices made for a baseline file hold for no end file."""
    same = chosen.file == proposal.file or proposal.when in ("", WHOLE_TABLE)
    return (chosen.when if same else "") or proposal.when


def _merge(
    table: Table, proposal: TableMapping, chosen: TableMapping
) -> tuple[TableMapping, list[Problem]]:
    """The chosen meaning for each column that is still there; proposals for new ones."""
    place = Place(table.file, table.sheet)
    waiting: dict[str, list[ColumnChoice]] = {}
    for choice in chosen.columns:
        waiting.setdefault(header_key(choice.header), []).append(choice)
    columns, new = [], []
    for own in proposal.columns:
        same = waiting.get(header_key(own.header), [])
        if own.header and same:
            before = same.pop(0)
            kept = own if before.how == "asked" else replace(before, column=own.column)
            columns.append(replace(kept, header=own.header))
            continue
        columns.append(own)
        if own.header:
            new.append(own)
    gone = [c for left in waiting.values() for c in left if c.read_as]
    problems = [
        make_problem("mapped_column_gone", place, value=shown(c.header), meaning=c.read_as)
        for c in gone
    ]
    if new:
        listed = ", ".join(f"'{shown(c.header)}'" for c in new)
        problems.append(make_problem("new_columns", place, value=listed))
    unit = chosen.unit if chosen.unit else proposal.unit
    merged = replace(
        proposal,
        columns=tuple(columns),
        when=_when(proposal, chosen),
        waves=proposal.waves | {label: wave for label, wave in chosen.waves.items() if wave},
        unit=unit,
    )
    return merged, problems
