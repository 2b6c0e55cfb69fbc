"""The whole reading: files in, one report out, with every problem and the good rows."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import pandas as pd

from evaluation.ingest.assemble import Records, assemble
from evaluation.ingest.checking import checks, codes
from evaluation.ingest.checking.cross_checks import check_across_rows
from evaluation.ingest.checking.indicator_checks import check_indicators
from evaluation.ingest.checking.service_checks import check_service_use
from evaluation.ingest.columns.canonical import (
    INDICATOR_SHEET,
    QUESTIONNAIRES,
    SERVICE_SHEET,
    SheetKind,
)
from evaluation.ingest.columns.choices import Mapping, Question
from evaluation.ingest.columns.mapping_file import proposed
from evaluation.ingest.files.cells import UnreadableFileError, Upload
from evaluation.ingest.files.reader import read_uploads
from evaluation.ingest.meaning.answer_questions import value_questions
from evaluation.ingest.one_file import Reading, read_one
from evaluation.ingest.parsed_rows import ParsedRows, select_rows, stack
from evaluation.ingest.problems import Place, make_problem
from evaluation.ingest.rows import complaints
from evaluation.ingest.tally import count_cells
from evaluation.model import CellCount, ImportReport, Problem, Recodings, SourceFile
from instruments.definition import Instrument
from instruments.registry import all_instruments

MOST_ROUNDS = 4  # of questions that answers to other questions bring up
QUESTION = "question_"


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
    reading = Reading(
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
        read_one(reading, upload)
    rows = _check_across_tables(reading, site_required=files.site_required)
    return _report(reading, files, rows, synthetic=synthetic)


# --- all files together ---------------------------------------------------------------------


@dataclass(frozen=True)
class _JointRows:
    """The rows of all files together, by what they are about."""

    forms: ParsedRows | None = None
    used: ParsedRows | None = None
    indicators: ParsedRows | None = None

    @property
    def all(self) -> list[ParsedRows | None]:
        return [self.forms, self.used, self.indicators]


def _check_across_tables(reading: Reading, *, site_required: bool) -> _JointRows:
    """What only shows when all tables lie side by side; the joint rows of each kind."""
    parts = [(part, read.kind) for read in reading.tables for part in read.parts]
    if not parts:
        return _JointRows()
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
    used = _stacked(parts, SERVICE_SHEET)
    if used is not None:
        checks.check_service_duplicates(used)
        check_service_use(used)
    indicators = _stacked(parts, INDICATOR_SHEET)
    if indicators is not None:
        check_indicators(indicators)
    together = _stacked(parts, QUESTIONNAIRES)
    if together is None:
        return _JointRows(used=used, indicators=indicators)
    checks.check_duplicates(together, reading.instruments)
    checks.check_couples(together)
    check_across_rows(together, reading.instruments, service=used)
    return _JointRows(together, used, indicators)


def _stacked(parts: list[tuple[ParsedRows, SheetKind]], kind: SheetKind) -> ParsedRows | None:
    chosen = [part for part, own in parts if own == kind]
    return stack(chosen) if chosen else None


def _report(reading: Reading, files: _Files, rows: _JointRows, *, synthetic: bool) -> ImportReport:
    kept, kept_use, kept_indicators = (
        None if part is None else select_rows(part, ~part.refused) for part in rows.all
    )
    dataset, records = assemble(
        kept, kept_use, reading.instruments, indicators=kept_indicators, synthetic=synthetic
    )
    asked = list({question.key: question for question in reading.questions}.values())
    problems = list(reading.problems)
    for part in rows.all:
        problems += part.problems if part is not None else []
    problems += [_as_problem(question) for question in asked]
    return ImportReport(
        files=tuple(
            _summary(name, data, u if isinstance(u, Upload) else None, reading, records, rows.all)
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
    reading: Reading,
    records: Records,
    parts: Sequence[ParsedRows | None],
) -> SourceFile:
    """Counts for one file: rows read, rows accepted, occasions understood, cells."""
    tables = [read for read in reading.tables if read.table.file == name]
    read_rows, lost = 0, 0
    for part in parts:
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
        cells = count_cells(upload, numbered, parts)
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
