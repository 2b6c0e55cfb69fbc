"""The whole reading: files in, one report out, with every problem and the good rows."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field, replace

import pandas as pd

from evaluation.ingest.assemble import Records, assemble
from evaluation.ingest.checking import checks, codes
from evaluation.ingest.checking.cross_checks import check_across_rows
from evaluation.ingest.columns.canonical import SILENT_SHEETS, is_service_sheet
from evaluation.ingest.columns.choices import Mapping, Question, TableMapping
from evaluation.ingest.columns.layout_questions import describe, questions
from evaluation.ingest.columns.mapping_file import proposed
from evaluation.ingest.columns.matching import choose
from evaluation.ingest.columns.views import PARTNER, View, column_problems, views_of, wave_named
from evaluation.ingest.files.cells import Sheet, UnreadableFileError, Upload
from evaluation.ingest.files.reader import read_uploads
from evaluation.ingest.meaning import blanks
from evaluation.ingest.meaning.answer_questions import Unresolved, value_questions
from evaluation.ingest.meaning.dates import DateColumn, date_order, date_question
from evaluation.ingest.meaning.personal import looks_like_name, looks_personal
from evaluation.ingest.meaning.value_labels import with_contradicting_labels
from evaluation.ingest.problems import Place, make_problem, shown
from evaluation.ingest.rows import (
    Manner,
    ParsedRows,
    complaints,
    parse_questionnaires,
    parse_service_use,
    select_rows,
    stack,
)
from evaluation.ingest.sheets.tables import Table, find_tables
from evaluation.ingest.tally import count_cells
from evaluation.ingest.templates.template_id import check_template
from evaluation.model import CellCount, ImportReport, Problem, Recodings, SourceFile
from instruments.definition import Instrument
from instruments.registry import all_instruments

MOST_ROUNDS = 4  # of questions that answers to other questions bring up
QUESTION = "question_"


@dataclass(eq=False)
class _ReadTable:
    """One table on its way: how it is read, and what came of each of its views."""

    table: Table
    choice: TableMapping
    service: bool
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
class _Reading:
    """Everything found so far in one set of files."""

    instruments: dict[str, Instrument]
    mapping: Mapping
    recodings: Recodings
    site: str
    known_sites: dict[str, str] | None
    tables: list[_ReadTable] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    questions: list[Question] = field(default_factory=list)
    answers: list[Unresolved] = field(default_factory=list)
    understood: list[str] = field(default_factory=list)


def read_files(
    files: Sequence[tuple[str, bytes]],
    *,
    site: str = "",
    known_sites: dict[str, str] | None = None,
    extra_instruments: Sequence[Instrument] = (),
    site_required: bool = False,
    recodings: Recodings | None = None,
    mapping: Mapping | None = None,
    progress: Callable[[float], None] | None = None,
) -> ImportReport:
    """Read, map and check files together.

    ``site`` fills blank sites. ``known_sites`` maps a lower-case name or id to the site's name;
    with ``None`` any label is a site. ``site_required`` blocks a file that names none. ``mapping``
    holds what a person has said about files of this kind; ``recodings`` are further decisions on
    how answers are coded. ``progress`` is told the share of the work that is done.
    """
    mapping = mapping or Mapping()
    tell = progress or (lambda share: None)
    uploads = read_uploads(
        files, encoding=mapping.encoding, progress=lambda share: tell(0.6 * share)
    )
    everything = _Files(files, uploads, site, known_sites, tuple(extra_instruments), site_required)
    report = _understand(everything, mapping, recodings or {})
    tell(0.8)
    report = _with_foresight(everything, report, recodings or {})
    tell(1.0)
    return report


@dataclass(frozen=True)
class _Files:
    """The files of one upload as typed, and what is known of them beforehand."""

    files: Sequence[tuple[str, bytes]]
    uploads: Sequence[Upload | UnreadableFileError]
    site: str
    known_sites: dict[str, str] | None
    extra_instruments: tuple[Instrument, ...]
    site_required: bool


def _with_foresight(files: _Files, report: ImportReport, recodings: Recodings) -> ImportReport:
    """The report with the questions and the problems that its own questions still hide.

    They are found by reading on as if every likely answer were right. Nothing that is read so is
    used: the dataset stays what is certain.
    """
    asked = list(report.questions)
    if not asked or report.mapping is None:
        return report
    ahead = report
    new = asked
    for _ in range(MOST_ROUNDS):
        assumed = proposed(ahead.mapping or Mapping(), new)
        ahead = _understand(files, assumed, recodings)
        seen = {question.key for question in asked}
        new = [question for question in ahead.questions if question.key not in seen]
        asked += new
        if not new:
            break
    told = [p for p in ahead.problems if not p.code.startswith(QUESTION)]
    problems = [*told, *(_as_problem(question) for question in asked)]
    return replace(
        report,
        problems=tuple(_in_order(problems, files)),
        questions=tuple(asked),
        understood=ahead.understood,
    )


def _understand(files: _Files, mapping: Mapping, recodings: Recodings) -> ImportReport:
    """Everything that can be said of the files as they have been explained so far."""
    reading = _Reading(
        instruments={i.id: i for i in (*all_instruments(), *files.extra_instruments)},
        mapping=mapping,
        recodings={**mapping.coding, **recodings},
        site=files.site,
        known_sites=files.known_sites,
    )
    synthetic = False
    for (name, _), upload in zip(files.files, files.uploads, strict=True):
        if isinstance(upload, UnreadableFileError):
            problem = Problem(upload.code, "block_file", upload.message, upload.fix, file=name)
            reading.problems.append(problem)
            continue
        synthetic = synthetic or upload.synthetic
        _read_upload(reading, upload)
    forms, used = _check_across_tables(reading, site_required=files.site_required)
    return _report(reading, files, forms, used, synthetic=synthetic)


# --- one file -------------------------------------------------------------------------------


def _read_upload(reading: _Reading, upload: Upload) -> None:
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
        service = is_service_sheet(upload.file_name, sheet.name)
        for table in find_tables(upload, sheet):
            table, choice, drift = choose(
                reading.mapping, upload, sheet, table, reading.instruments, service=service
            )
            if table.labels:
                table = with_contradicting_labels(table, choice, reading.instruments)
            reading.problems += [*drift, *_row_notes(sheet, table)]
            read = _ReadTable(table, choice, service)
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
        "merged_cells": {row for row, _, last, _ in sheet.merged if {row, last} <= rows},
    }
    return [
        make_problem(code, where, value=_rows_listed(some)) for code, some in found.items() if some
    ]


def _rows_listed(rows: Collection[int]) -> str:
    first = sorted(rows)[:10]
    return ", ".join(map(str, first)) + (" …" if len(rows) > len(first) else "")


def _manner(reading: _Reading, upload: Upload, tables: list[_ReadTable]) -> Manner:
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
    day_first = reading.mapping.day_first
    if day_first is None:
        proven = date_order([date.column for date in dates])
        day_first = proven if isinstance(proven, bool) else None
        asked = date_question(upload.file_name, dates)
        if day_first is None and asked is not None:
            reading.questions.append(asked)
    return Manner(
        choices=reading.mapping,
        instruments=reading.instruments,
        recodings=reading.recodings,
        site=reading.site,
        day_first=day_first,
        date1904=upload.date1904,
    )


def _complain_of_sheets(reading: _Reading, file_name: str, tables: list[_ReadTable]) -> None:
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


def _read_table(reading: _Reading, read: _ReadTable, manner: Manner) -> None:
    table = read.table
    own = column_problems(table, read.choice)
    reading.problems += own
    if any(p.severity == "block_file" for p in own):
        return
    place = Place(table.file, table.sheet, table.header_rows[-1])
    asked = [] if read.service else questions(table, read.choice)
    beside = [
        r for r in reading.tables if (r.table.file, r.table.sheet) == (table.file, table.sheet)
    ]
    if len(beside) > 1:
        asked = [replace(question, cell=read.choice.corner) for question in asked]
    reading.questions += asked
    if not read.service and not read.has_answers and not asked:
        reading.problems.append(make_problem("no_questionnaire", place))
        return
    if not read.service and not read.says_when and not asked:
        reading.problems.append(make_problem("missing_wave_column", place))
        return
    if not read.choice.canonical:
        reading.understood.append(describe(table, read.choice))
    if not asked:
        reading.problems += blanks.incomplete_questionnaires(table, read.views, reading.instruments)
    if not read.names_people:
        return
    for number, view in enumerate(read.views):
        if read.service:
            parsed = parse_service_use(table, view, manner)
        elif view.has_answers and (view.wave or "wave" in view.names):
            parsed, read_columns = parse_questionnaires(table, view, manner)
            reading.answers += read_columns
        else:
            continue
        checks.check_participants(parsed, view)
        checks.check_codes(parsed, view)
        if not read.service:
            waiting = {q.subject[1] for q in asked if q.kind == "wave"}
            checks.check_waves(parsed, view, waiting=waiting)
        if not read.service:
            blanks.note_silent_rows(parsed, view, table)
        checks.check_sites(parsed, view, site=reading.site, known_sites=reading.known_sites)
        parsed.rows["table"] = reading.tables.index(read)
        parsed.rows["view"] = number
        read.parts.append(parsed)


# --- all files together ---------------------------------------------------------------------


def _check_across_tables(
    reading: _Reading, *, site_required: bool
) -> tuple[ParsedRows | None, ParsedRows | None]:
    """What only shows when all tables lie side by side; the joint rows of both kinds."""
    parts = [(part, read.service) for read in reading.tables for part in read.parts]
    if not parts:
        return None, None
    if checks.unify_sites([part for part, _ in parts]):
        code = "missing_site" if site_required else "unnamed_site"
        names = dict.fromkeys(part.rows["file"].iloc[0] for part, _ in parts if len(part.rows))
        reading.problems += [make_problem(code, Place(name)) for name in names]
    question = codes.unify([part for part, _ in parts], same=reading.mapping.same_codes)
    if question is not None:
        reading.questions.append(question)
    about_values = value_questions(reading.answers)
    reading.questions += about_values
    keys = {question.key for question in about_values}
    canonical = {(r.table.file, r.table.sheet) for r in reading.tables if r.choice.canonical}
    for column in reading.answers:
        same = (column.place.file, column.place.sheet) in canonical
        reading.problems += complaints(column, set() if same else keys)
    forms = [part for part, is_service in parts if not is_service]
    services = [part for part, is_service in parts if is_service]
    used = stack(services) if services else None
    if used is not None:
        checks.check_service_duplicates(used)
    if not forms:
        return None, used
    together = stack(forms)
    checks.check_duplicates(together, reading.instruments)
    checks.check_couples(together)
    check_across_rows(together, reading.instruments, service=used)
    return together, used


def _report(
    reading: _Reading,
    files: _Files,
    forms: ParsedRows | None,
    used: ParsedRows | None,
    *,
    synthetic: bool,
) -> ImportReport:
    kept = None if forms is None else select_rows(forms, ~forms.refused)
    kept_use = None if used is None else select_rows(used, ~used.refused)
    dataset, records = assemble(kept, kept_use, reading.instruments, synthetic=synthetic)
    asked = list({question.key: question for question in reading.questions}.values())
    problems = list(reading.problems)
    for part in (forms, used):
        problems += part.problems if part is not None else []
    problems += [_as_problem(question) for question in asked]
    return ImportReport(
        files=tuple(
            _summary(
                name, data, u if isinstance(u, Upload) else None, reading, records, forms, used
            )
            for (name, data), u in zip(files.files, files.uploads, strict=True)
        ),
        problems=tuple(_in_order(problems, files)),
        dataset=dataset,
        typed={} if kept is None else kept.typed,
        typed_sites=pd.Series(dtype=object) if kept is None else kept.rows["site"],
        sources=records.sources,
        decisions=tuple(
            f"{name}: {', '.join(r.text for r in chosen) or 'as typed'}"
            for name, chosen in reading.recodings.items()
        ),
        questions=tuple(asked),
        mapping=replace(reading.mapping, tables=tuple(r.choice for r in reading.tables)),
        understood=tuple(reading.understood),
        uploads=tuple(u for u in files.uploads if isinstance(u, Upload)),
    )


def _as_problem(question: Question) -> Problem:
    place = Place(question.file, question.sheet)
    text = question.text.removeprefix(f"Sheet '{question.sheet}': ")
    text = text.removeprefix(f"File '{question.file}': ")
    problem = make_problem(f"{QUESTION}{question.kind}", place, value=text[:1].upper() + text[1:])
    return replace(problem, cell=question.cell, value="")


def _summary(
    name: str,
    data: bytes,
    upload: Upload | None,
    reading: _Reading,
    records: Records,
    forms: ParsedRows | None,
    used: ParsedRows | None,
) -> SourceFile:
    """Counts for one file: rows read, rows accepted, occasions understood, cells."""
    tables = [read for read in reading.tables if read.table.file == name]
    read_rows, lost = 0, 0
    for part in (forms, used):
        if part is None:
            continue
        mine = (part.rows["file"] == name).to_numpy()
        places = part.rows.loc[mine, ["sheet", "row", "table"]]
        refused = places[part.refused[mine]].drop_duplicates()
        read_rows += len(places.drop_duplicates())
        lost += len(refused)
    cells = CellCount()
    if upload is not None:
        numbered = [(i, r.table, r.views) for i, r in enumerate(reading.tables) if r in tables]
        cells = count_cells(upload, numbered, [forms, used])
    return SourceFile(
        name,
        hashlib.sha256(data).hexdigest(),
        read_rows,
        read_rows - lost,
        records.by_file.get(name, 0),
        cells,
    )


def _in_order(problems: list[Problem], files: _Files) -> list[Problem]:
    """By file, sheet as in the workbook, and row; whole-file problems first."""
    position = {name: i for i, (name, _) in enumerate(files.files)}
    uploads = [upload for upload in files.uploads if isinstance(upload, Upload)]
    sheets = {(u.file_name, s.name): i for u in uploads for i, s in enumerate(u.sheets, start=1)}
    seen = dict.fromkeys(problems)
    return sorted(
        seen,
        key=lambda p: (
            position.get(p.file, len(position)), p.severity != "block_file",
            sheets.get((p.file, p.sheet), len(sheets) + 1) if p.sheet else 0,
            p.row if p.row is not None else 0, len(p.column), p.column,
        ),
    )  # fmt: skip
