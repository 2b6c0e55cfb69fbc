"""The whole reading: files in, one report out, with every problem and the good rows."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from evaluation.ingest import checks
from evaluation.ingest.mapping import SILENT_SHEETS, ColumnMap, is_service_sheet, map_columns
from evaluation.ingest.problems import Place, make_problem, shown
from evaluation.ingest.read import Cell, Sheet, UnreadableFileError, Upload, read_upload
from evaluation.ingest.rows import (
    ParsedRows,
    drop_rows_without_content,
    parse_questionnaires,
    parse_service_use,
    select_rows,
    stack,
)
from evaluation.ingest.values import clean_text, looks_personal
from evaluation.model import (
    KEY_COLUMNS,
    PARTICIPANT_COLUMNS,
    RECORD_COLUMNS,
    SERVICE_USE_COLUMNS,
    Dataset,
    ImportReport,
    Problem,
    Recodings,
    SourceFile,
)
from instruments.definition import Instrument
from instruments.registry import all_instruments


@dataclass
class _SheetRows:
    file_name: str
    parsed: ParsedRows
    service: bool


def read_files(
    files: Sequence[tuple[str, bytes]],
    *,
    site: str = "",
    known_sites: dict[str, str] | None = None,
    extra_instruments: Sequence[Instrument] = (),
    site_required: bool = False,
    recodings: Recodings | None = None,
) -> ImportReport:
    """Read, map and check files together.

    ``site`` fills blank sites. ``known_sites`` maps a lower-case name or id to the site's name;
    with ``None`` any label is a site. ``site_required`` blocks a file that names none.
    ``recodings`` are decisions on how answers are coded in these files.
    """
    instruments = {i.id: i for i in (*all_instruments(), *extra_instruments)}
    problems: list[Problem] = []
    sheets: list[_SheetRows] = []
    synthetic = False
    for name, data in files:
        try:
            upload = read_upload(name, data)
        except UnreadableFileError as error:
            problems.append(Problem(error.code, "block_file", error.message, error.fix, file=name))
            continue
        synthetic = synthetic or upload.synthetic
        problems += _upload_notes(upload)
        sheets += _parse_upload(
            upload,
            problems,
            instruments,
            extra_instruments,
            site=site,
            known_sites=known_sites,
            recodings=recodings or {},
        )
    _check_across_sheets(sheets, problems, instruments, site_required=site_required)
    dataset, sources = _assemble(sheets, instruments, synthetic=synthetic)
    for part in sheets:
        problems += part.parsed.problems
    refused = {(p.file, p.sheet, p.row) for p in problems if p.severity == "refuse_row"}
    return ImportReport(
        files=tuple(_summary(name, data, sheets, refused, instruments) for name, data in files),
        problems=tuple(_in_order(problems, files)),
        dataset=dataset,
        typed=_typed(sheets),
        typed_sites=_typed_sites(sheets),
        sources=sources,
        decisions=tuple(
            f"{name}: {', '.join(r.text for r in chosen) or 'as typed'}"
            for name, chosen in (recodings or {}).items()
        ),
    )


def _typed(sheets: list[_SheetRows]) -> dict[str, pd.DataFrame]:
    """The numbers of the accepted rows as typed."""
    forms = [part.parsed for part in sheets if not part.service]
    return select_rows(forms[0], ~forms[0].refused).typed if forms else {}


def _typed_sites(sheets: list[_SheetRows]) -> pd.Series:
    """The sites of those rows."""
    forms = [part.parsed for part in sheets if not part.service]
    if not forms:
        return pd.Series(dtype=object)
    return select_rows(forms[0], ~forms[0].refused).rows["site"]


def _upload_notes(upload: Upload) -> list[Problem]:
    place = Place(upload.file_name)
    notes = [make_problem("read_as", place, value=note) for note in upload.notes]
    return notes + [
        make_problem("hidden_sheet", place, value=name)
        for name in upload.hidden_sheets
        if name.casefold() not in SILENT_SHEETS
    ]


def _parse_upload(
    upload: Upload,
    problems: list[Problem],
    instruments: dict[str, Instrument],
    extra: Sequence[Instrument],
    *,
    site: str,
    known_sites: dict[str, str] | None,
    recodings: Recodings,
) -> list[_SheetRows]:
    """The sheets of one file that hold answers or service use; the others are named."""
    mapped: list[tuple[Sheet, ColumnMap, bool]] = []
    for sheet in upload.sheets:
        if sheet.name.casefold() in SILENT_SHEETS:
            continue
        service = is_service_sheet(upload.file_name, sheet.name)
        mapped.append(
            (sheet, map_columns(upload.file_name, sheet, service=service, extra=extra), service)
        )
    with_people = [entry for entry in mapped if "participant" in entry[1].names]
    _complain_of_sheets(upload.file_name, mapped, bool(with_people), problems)
    results = []
    for sheet, columns, service in with_people:
        problems += columns.problems
        if any(p.severity == "block_file" for p in columns.problems):
            continue
        if service:
            parsed = parse_service_use(upload.file_name, sheet, columns)
        elif not columns.has_answers:
            place = Place(upload.file_name, sheet.name, sheet.header_row)
            problems.append(make_problem("no_questionnaire", place))
            continue
        elif "wave" not in columns.names:
            place = Place(upload.file_name, sheet.name, sheet.header_row)
            problems.append(make_problem("missing_wave_column", place))
            continue
        else:
            parsed = parse_questionnaires(
                upload.file_name, sheet, columns, instruments, recodings, site=site
            )
        parsed = drop_rows_without_content(parsed, sheet, columns)
        checks.check_participants(parsed, columns)
        checks.check_codes(parsed, columns)
        if not service:
            checks.check_waves(parsed, columns)
        checks.check_sites(parsed, columns, site=site, known_sites=known_sites)
        results.append(_SheetRows(upload.file_name, parsed, service))
    if results and not any(len(part.parsed.rows) for part in results):
        problems.append(make_problem("no_rows", Place(upload.file_name)))
    return results


def _complain_of_sheets(
    file_name: str,
    mapped: list[tuple[Sheet, ColumnMap, bool]],
    has_people: bool,
    problems: list[Problem],
) -> None:
    """Sheets without a participant column: blocking where answers would be lost."""
    anonymous = [(s, c) for s, c, _ in mapped if "participant" not in c.names]
    losing = [(s, c) for s, c in anonymous if c.has_answers or "wave" in c.names]
    for sheet, _ in losing or ([] if has_people else anonymous):
        place = Place(file_name, sheet.name, sheet.header_row)
        named = ", ".join(f"'{_harmless(cell)}'" for cell in sheet.header if cell is not None)
        problems.append(make_problem("missing_id_column", place, columns=named))
    for sheet, columns in anonymous:
        if has_people and (sheet, columns) not in losing:
            problems.append(make_problem("sheet_not_read", Place(file_name), value=sheet.name))
    if not mapped:
        problems.append(make_problem("no_sheet", Place(file_name)))


def _harmless(cell: Cell) -> str:
    """A header for a sentence; in a file without a header row it may be somebody's details."""
    return "…" if looks_personal(clean_text(cell)) else shown(cell)


def _check_across_sheets(
    sheets: list[_SheetRows],
    problems: list[Problem],
    instruments: dict[str, Instrument],
    *,
    site_required: bool,
) -> None:
    """What only shows when the sheets of all files lie side by side."""
    if not sheets:
        return
    nameless = checks.unify_sites([part.parsed for part in sheets])
    if nameless:
        code = "missing_site" if site_required else "unnamed_site"
        problems += [make_problem(code, Place(name)) for name in {s.file_name for s in sheets}]
    for service in (False, True):
        parts = [part for part in sheets if part.service == service]
        if not parts:
            continue
        joint = stack([part.parsed for part in parts])
        if service:
            checks.check_service_duplicates(joint)
        else:
            checks.check_duplicates(joint, instruments)
            checks.check_couples(joint)
        sheets[:] = [s for s in sheets if s.service != service]
        sheets.append(_SheetRows("", joint, service))


def _assemble(
    sheets: list[_SheetRows], instruments: dict[str, Instrument], *, synthetic: bool
) -> tuple[Dataset, pd.DataFrame]:
    """The accepted rows as tables ready to be scored, and where each record came from."""
    answers = [part.parsed for part in sheets if not part.service]
    service = [part.parsed for part in sheets if part.service]
    forms = select_rows(answers[0], ~answers[0].refused) if answers else None
    used = select_rows(service[0], ~service[0].refused) if service else None
    found = _records(forms, instruments)
    dataset = Dataset(
        participants=_participants(forms, used),
        records=found.records,
        answers=found.answers,
        supplied=found.supplied,
        service_use=_service_use(used),
        synthetic=synthetic,
    )
    return dataset, found.sources


@dataclass
class _Records:
    """Occasions, the tables that hang on them, and where each occasion came from."""

    records: pd.DataFrame
    answers: dict[str, pd.DataFrame]
    supplied: dict[str, pd.DataFrame]
    sources: pd.DataFrame


def _records(forms: ParsedRows | None, instruments: dict[str, Instrument]) -> _Records:
    """One record for each person and occasion; rows that share key and date are joined."""
    if forms is None or forms.rows.empty:
        return _Records(pd.DataFrame(columns=list(RECORD_COLUMNS)), {}, {}, pd.DataFrame())
    keys = {}
    for instrument_id in dict.fromkeys([*forms.answers, *forms.supplied]):
        used = np.zeros(len(forms.rows), dtype=bool)
        for tables in (forms.answers, forms.supplied):
            if instrument_id in tables:
                used |= tables[instrument_id].notna().any(axis=1).to_numpy()
        keys[instrument_id] = checks.key_table(forms.rows, instruments[instrument_id])[used]
    every = pd.concat(list(keys.values())) if keys else pd.DataFrame(columns=list(KEY_COLUMNS))
    every["completed_on"] = forms.rows["completed_on"].reindex(every.index)
    every = every.sort_index(kind="stable")
    # A blank date takes the only one that its key has; two dates are two occasions.
    dates = every.groupby(list(KEY_COLUMNS), sort=False)["completed_on"]
    only = dates.transform("first").where(dates.transform("nunique") == 1)
    every["completed_on"] = every["completed_on"].fillna(only)
    occasion = [*KEY_COLUMNS, "completed_on"]
    every["record"] = every.groupby(occasion, sort=False, dropna=False).ngroup()
    every["source"] = every.index
    records = every.drop_duplicates("record").set_index("record")
    for name in ("mode", "administered_by_role"):
        values = forms.rows[name].replace("", None).loc[every["source"]]
        first = values.groupby(every["record"].to_numpy()).first()
        records[name] = first.reindex(records.index).fillna("")
    records["session_number"] = records["session_number"].replace(0, np.nan).astype(float)
    sources = forms.rows.loc[records["source"], ["file", "sheet", "row"]].set_axis(records.index)
    lookup = every.reset_index(drop=True)

    def renumber(tables: dict[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
        result = {}
        for instrument_id, table in tables.items():
            rows = table.loc[keys[instrument_id].index].dropna(how="all")
            key = keys[instrument_id].loc[rows.index].assign(source=rows.index)
            joined = key.merge(lookup.drop_duplicates([*KEY_COLUMNS, "source"]), how="left")
            result[instrument_id] = rows.set_axis(joined["record"].to_numpy()).sort_index()
        return result

    return _Records(
        records[list(RECORD_COLUMNS)], renumber(forms.answers), renumber(forms.supplied), sources
    )


def _participants(forms: ParsedRows | None, used: ParsedRows | None) -> pd.DataFrame:
    """One row for each person; the first value that is not blank counts."""
    parts = [part.rows for part in (forms, used) if part is not None]
    if not parts:
        return pd.DataFrame(columns=list(PARTICIPANT_COLUMNS))
    rows = pd.concat(parts, ignore_index=True).reindex(columns=list(PARTICIPANT_COLUMNS))
    text = rows.astype(object).where(rows.notna() & (rows != ""), None)
    people = text.groupby(["site", "participant"], sort=False).first().reset_index()
    return people.reindex(columns=list(PARTICIPANT_COLUMNS)).fillna("").astype(object)


def _service_use(used: ParsedRows | None) -> pd.DataFrame:
    if used is None:
        return pd.DataFrame(columns=list(SERVICE_USE_COLUMNS))
    return used.rows[list(SERVICE_USE_COLUMNS)].reset_index(drop=True)


def _summary(
    name: str,
    data: bytes,
    sheets: list[_SheetRows],
    refused: set[tuple[str, str, int | None]],
    instruments: dict[str, Instrument],
) -> SourceFile:
    """Counts for one file: rows read, rows accepted, occasions understood."""
    read, lost, records = 0, 0, 0
    for part in sheets:
        mine = (part.parsed.rows["file"] == name).to_numpy()
        rows = part.parsed.rows[mine]
        read += len(rows)
        lost += sum(
            (name, s, r) in refused for s, r in zip(rows["sheet"], rows["row"], strict=True)
        )
        if not part.service:
            forms = select_rows(part.parsed, mine & ~part.parsed.refused)
            records += len(_records(forms, instruments).records)
    return SourceFile(name, hashlib.sha256(data).hexdigest(), read, read - lost, records)


def _in_order(problems: list[Problem], files: Sequence[tuple[str, bytes]]) -> list[Problem]:
    """By file, sheet and row, whole-file problems first."""
    position = {name: i for i, (name, _) in enumerate(files)}
    seen = dict.fromkeys(problems)
    return sorted(
        seen,
        key=lambda p: (
            position.get(p.file, len(position)), p.severity != "block_file", p.sheet,
            p.row if p.row is not None else 0, len(p.column), p.column,
        ),
    )  # fmt: skip
