"""One file on its way: its tables found, its columns chosen, its rows read and checked."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field, replace

from evaluation.ingest.checking import checks
from evaluation.ingest.columns.canonical import (
    INDICATOR_SHEET,
    QUESTIONNAIRES,
    SERVICE_SHEET,
    SILENT_SHEETS,
    SheetKind,
    sheet_kind,
)
from evaluation.ingest.columns.choices import Mapping, Question, TableMapping
from evaluation.ingest.columns.layout_questions import describe, questions
from evaluation.ingest.columns.matching import choose
from evaluation.ingest.columns.views import PARTNER, View, column_problems, views_of, wave_named
from evaluation.ingest.files.cells import Sheet, Upload
from evaluation.ingest.indicator_rows import missing_indicator_columns, parse_indicators
from evaluation.ingest.meaning import blanks
from evaluation.ingest.meaning.answer_questions import Unresolved
from evaluation.ingest.meaning.dates import DateColumn, date_order, date_question
from evaluation.ingest.meaning.personal import looks_like_name, looks_personal
from evaluation.ingest.meaning.value_labels import with_contradicting_labels
from evaluation.ingest.parsed_rows import ParsedRows
from evaluation.ingest.problems import Place, column_letter, make_problem, shown
from evaluation.ingest.rows import Manner, parse_questionnaires, parse_service_use
from evaluation.ingest.sheets.tables import Table, find_tables
from evaluation.ingest.templates.template_id import check_template
from evaluation.model import Problem, Recodings
from instruments.definition import Instrument


@dataclass(eq=False)
class ReadTable:
    """One table on its way: how it is read, and what came of each of its views."""

    table: Table
    choice: TableMapping
    kind: SheetKind
    views: list[View] = field(default_factory=list)
    parts: list[ParsedRows] = field(default_factory=list)

    @property
    def names_people(self) -> bool:
        return any(
            "participant" in v.names
            or ("couple" in v.names and (v.partner or PARTNER in v.names or v.unit == "couple"))
            for v in self.views
        )

    @property
    def has_answers(self) -> bool:
        return any(view.has_answers for view in self.views)

    @property
    def says_when(self) -> bool:
        return any(view.wave or "wave" in view.names for view in self.views)

    @property
    def may_name_people(self) -> bool:
        """Whether it names people, or would once its questions are answered."""
        waits = any(
            not c.sure or (c.when and not wave_named(c.when, self.choice.waves))
            for c in self.choice.columns
        )
        coded = any(c.read_as in ("participant", "couple") for c in self.choice.columns)
        return self.names_people or (waits and coded)


@dataclass
class Reading:
    """Everything found so far in one set of files."""

    instruments: dict[str, Instrument]
    mapping: Mapping
    recodings: Recodings
    site: str
    known_sites: dict[str, str] | None
    tables: list[ReadTable] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    questions: list[Question] = field(default_factory=list)
    answers: list[Unresolved] = field(default_factory=list)
    understood: list[str] = field(default_factory=list)


def read_one(reading: Reading, upload: Upload) -> None:
    reading.problems += _upload_notes(upload)
    wrong = [
        make_problem(code, Place(upload.file_name), **words)
        for code, words in check_template(upload.names, reading.instruments)
    ]
    reading.problems += wrong
    if any(p.severity == "block_file" for p in wrong):
        return
    mine = []
    for sheet in upload.sheets:
        if sheet.name.casefold().strip() in SILENT_SHEETS:
            continue
        kind = sheet_kind(upload.file_name, sheet.name)
        for table in find_tables(upload, sheet):
            table, choice, drift = choose(
                reading.mapping, upload, sheet, table, reading.instruments, kind=kind
            )
            if table.labels:
                table = with_contradicting_labels(table, choice, reading.instruments)
            reading.problems += [*drift, *_row_notes(sheet, table)]
            read = ReadTable(table, choice, kind)
            read.views = views_of(choice, reading.instruments.values())
            mine.append(read)
    reading.tables += mine
    _complain_of_sheets(reading, upload.file_name, mine)
    manner = _manner(reading, upload, mine)
    for read in mine:
        if read.may_name_people:
            _read_table(reading, read, manner)
    parts = [part for read in mine for part in read.parts]
    waiting = any(q.file == upload.file_name for q in reading.questions)
    if parts and all(_is_empty(part) for part in parts) and not waiting:
        reading.problems.append(make_problem("no_rows", Place(upload.file_name)))


def _is_empty(part: ParsedRows) -> bool:
    """Whether no row of a table holds anything to read."""
    return not len(part.rows) or (
        blanks.SILENT in part.rows and bool(part.rows[blanks.SILENT].all())
    )


def _upload_notes(upload: Upload) -> list[Problem]:
    place = Place(upload.file_name)
    notes = [make_problem("read_as", place, value=note) for note in upload.notes]
    notes += [
        make_problem("hidden_sheet", place, value=name)
        for name in upload.hidden_sheets
        if name.casefold() not in SILENT_SHEETS
    ]
    return notes


def _row_notes(sheet: Sheet, table: Table) -> list[Problem]:
    """What a spreadsheet program shows of a row and we do not read."""
    where = Place(table.file, table.sheet)
    rows = set(table.row_numbers.tolist())
    found = {
        "hidden_rows": sheet.hidden_rows & rows,
        "coloured_rows": sheet.coloured_rows & rows,
        "commented_cells": {row for row, _ in sheet.commented} & rows,
        "summary_rows": {row for row, why in table.left_out if why == "summary"},
        "merged_cells": {row for row, _, last, _ in sheet.merged if {row, last} <= rows},
    }
    listed = {code: _rows_listed(some) for code, some in found.items() if some}
    unseen = [
        n for n, c in enumerate(table.columns) if n in sheet.hidden_columns and c.filled.any()
    ]
    if unseen:
        listed["hidden_columns"] = ", ".join(map(column_letter, unseen[:10])) + (
            " …" if len(unseen) > 10 else ""
        )
    return [make_problem(code, where, value=value) for code, value in listed.items()]


def _rows_listed(rows: Collection[int]) -> str:
    first = sorted(rows)[:10]
    return ", ".join(map(str, first)) + (" …" if len(rows) > len(first) else "")


def _manner(reading: Reading, upload: Upload, tables: list[ReadTable]) -> Manner:
    """How the cells of this file are read; the order of day and month is asked if need be."""
    dates = [
        DateColumn(
            r.table.columns[number],
            Place(r.table.file, r.table.sheet, column=number),
            r.table.row_numbers,
        )
        for r in tables
        for number in dict.fromkeys(
            v.names[name]
            for v in r.views
            for name in ("completed_on", "referred_on", "started_on", "ended_on")
            if name in v.names
        )
        if len(r.table.row_numbers)
    ]  # fmt: skip
    # What a file's own dates prove goes before what was said, perhaps of another file.
    proven = date_order([date.column for date in dates])
    day_first = proven if isinstance(proven, bool) else reading.mapping.day_first
    if isinstance(proven, bool):
        what = "day" if proven else "month"
        reading.problems.append(make_problem("date_order_seen", Place(upload.file_name), what=what))
    if day_first is None:
        asked = date_question(upload.file_name, dates)
        if asked is not None:
            reading.questions.append(asked)
    return Manner(
        choices=reading.mapping,
        instruments=reading.instruments,
        recodings=reading.recodings,
        site=reading.site,
        day_first=day_first,
        date1904=upload.date1904,
    )


def _complain_of_sheets(reading: Reading, file_name: str, tables: list[ReadTable]) -> None:
    """Sheets without a column of codes: blocking where answers would be lost."""
    has_people = any(table.may_name_people for table in tables)
    anonymous = [table for table in tables if not table.may_name_people]
    losing = [t for t in anonymous if t.has_answers or any("wave" in v.names for v in t.views)]
    for read in losing or ([] if has_people else anonymous):
        table = read.table
        named = ", ".join(f"'{_harmless(cell)}'" for cell in table.header if cell)
        place = Place(file_name, table.sheet, table.header_rows[-1] if table.header_rows else None)
        reading.problems.append(make_problem("missing_id_column", place, columns=named))
        # Personal columns are told of whatever becomes of the file.
        told = column_problems(table, read.choice)
        reading.problems += [p for p in told if p.code == "personal_data"]
    for read in anonymous:
        if has_people and read not in losing:
            place = Place(file_name)
            reading.problems.append(make_problem("sheet_not_read", place, value=read.table.sheet))
    if not tables:
        reading.problems.append(make_problem("no_sheet", Place(file_name)))


def _harmless(text: str) -> str:
    """A header for a sentence; in a file without a header row it may be somebody's details."""
    return "…" if looks_personal(text) or looks_like_name(text) else shown(text)


def _read_table(reading: Reading, read: ReadTable, manner: Manner) -> None:
    table = read.table
    own = column_problems(table, read.choice)
    if read.kind == INDICATOR_SHEET:
        own += missing_indicator_columns(table, read.views)
    reading.problems += own
    if any(p.severity == "block_file" for p in own):
        return
    place = Place(table.file, table.sheet, table.header_rows[-1])
    asked = [] if read.kind != QUESTIONNAIRES else questions(table, read.choice)
    beside = [
        r for r in reading.tables if (r.table.file, r.table.sheet) == (table.file, table.sheet)
    ]
    if len(beside) > 1:
        asked = [replace(question, cell=read.choice.corner) for question in asked]
    reading.questions += asked
    forms = read.kind == QUESTIONNAIRES
    if forms and not read.has_answers and not asked:
        reading.problems.append(make_problem("no_questionnaire", place))
        return
    if forms and not read.says_when and not asked:
        reading.problems.append(make_problem("missing_wave_column", place))
        return
    if not read.choice.canonical:
        reading.understood.append(describe(table, read.choice))
    if not asked:
        reading.problems += blanks.incomplete_questionnaires(table, read.views, reading.instruments)
    if not read.names_people:
        return
    for number, view in enumerate(read.views):
        if read.kind == SERVICE_SHEET:
            parsed = parse_service_use(table, view, manner)
        elif read.kind == INDICATOR_SHEET:
            parsed = parse_indicators(table, view, manner)
        elif view.has_answers and (view.wave or "wave" in view.names):
            parsed, read_columns = parse_questionnaires(table, view, manner)
            reading.answers += read_columns
        else:
            continue
        checks.check_participants(parsed, view)
        checks.check_codes(parsed, view)
        if read.kind != SERVICE_SHEET:
            waiting = {q.subject[1] for q in asked if q.kind == "wave"}
            checks.check_waves(parsed, view, waiting=waiting)
        if forms:
            blanks.note_silent_rows(parsed, view, table)
        checks.check_sites(parsed, view, site=reading.site, known_sites=reading.known_sites)
        parsed.rows["table"] = reading.tables.index(read)
        parsed.rows["view"] = number
        read.parts.append(parsed)
