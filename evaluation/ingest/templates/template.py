"""The canonical spreadsheet as something that can be written: blank, or filled with tables.

Sheets: ``Read me`` (plain English), ``questionnaires`` (or one sheet for each point in time),
``service_use`` (one row for each person), where asked for ``indicators`` (one row for each counted
or yes/no outcome) and, in a blank workbook, a hidden sheet ``Lists`` with the questionnaires'
versions and the sites. Validation does not stop pasted values, so whatever
comes back is checked again when it is read.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, BinaryIO

import pandas as pd
import xlsxwriter
from xlsxwriter.utility import xl_col_to_name
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from evaluation.ingest.columns.canonical import (
    INDICATOR_SHEET,
    INDICATOR_SHEET_COLUMNS,
    SERVICE_SHEET,
)
from evaluation.ingest.files.cells import SYNTHETIC_NAME
from evaluation.ingest.templates.template_columns import (
    DATE_COLUMNS,
    MEANINGS,
    OPTIONAL_COLUMNS,
    TEXT_COLUMNS,
    answer_validations,
    choice,
    coding_of,
    supplied_scales,
    validation,
)
from evaluation.ingest.templates.template_id import template_names
from evaluation.ingest.templates.template_layouts import (
    QUESTIONNAIRES_SHEET,
    PlannedColumn,
    PlannedSheet,
    plan_sheets,
    reading_hints,
)
from evaluation.model import SERVICE_USE_COLUMNS
from instruments.definition import Instrument, Item

README_SHEET = "Read me"
LISTS_SHEET = "Lists"
# A workbook of invented people says so in cell A1 of its first sheet and by a defined name.
SYNTHETIC_NOTICE = "SYNTHETIC DATA - made by a program; these are not real people"

_LAST_ROW = 2001  # validated rows are 2 to this one: 2,000 records in a sheet

_SERVICE_USE = PlannedSheet(
    SERVICE_SHEET,
    tuple(PlannedColumn(name, name) for name in SERVICE_USE_COLUMNS),
    key=("site", "participant"),
)

_INDICATORS = PlannedSheet(
    INDICATOR_SHEET,
    tuple(PlannedColumn(name, name) for name in INDICATOR_SHEET_COLUMNS),
    key=("site", "participant", "child", "wave", "indicator"),
)
_INDICATOR_HINT = (
    "Sheet 'indicators': one row for each person (or child), point in time and thing counted."
)

Destination = str | os.PathLike[str] | BinaryIO


@dataclass(frozen=True, slots=True)
class _Formats:
    """The cell formats of one workbook."""

    header: Any
    title: Any
    bold: Any
    wrap: Any
    text: Any
    date: Any
    repeated: Any


def write_template(
    path_or_buffer: Destination,
    instruments: Sequence[Instrument],
    *,
    layout: str = "long",
    characteristics: Iterable[str] = (),
    sites: Iterable[str] = (),
    waves: Iterable[str] = (),
    indicators: bool = False,
) -> None:
    """Write a blank workbook for these questionnaires, with lists and checks in its cells.

    ``layout`` is one of LAYOUTS. ``characteristics`` are optional columns (OPTIONAL_COLUMNS);
    ``sites`` become the choices of the column ``site``. ``waves`` are the points in time of a
    layout that names them in its columns or sheets; none = baseline, end, 3m and 6m.
    ``indicators`` adds the sheet for counted and yes/no outcomes such as school attendance.
    """
    optional, known_sites = _checked_request(instruments, tuple(characteristics), tuple(sites))
    sheets = plan_sheets(layout, instruments, optional=optional, waves=tuple(waves))
    book = _new_workbook(path_or_buffer, title="Questionnaires: blank workbook")
    formats = _make_formats(book)
    hints = reading_hints(layout, sheets) + ((_INDICATOR_HINT,) if indicators else ())
    every = (*sheets, _SERVICE_USE, *((_INDICATORS,) if indicators else ()))
    _write_blank_readme(book, formats, instruments, hints, every)
    pages = [(sheet, book.add_worksheet(sheet.name)) for sheet in every]
    lists = _write_lists(book, formats, instruments, known_sites)
    special = {**lists, **answer_validations(instruments)}
    for sheet, page in pages:
        _prepare_sheet(page, formats, sheet, special)
        _mark_repeated(page, formats, sheet)
    for name, text in template_names(instruments, layout).items():
        book.define_name(name, f'="{text}"')
        book.defined_names[-1][3] = True  # hidden: nobody deletes it by chance
    book.close()


def write_workbook(
    path_or_buffer: Destination,
    *,
    questionnaires: pd.DataFrame,
    service_use: pd.DataFrame | None,
    indicators: pd.DataFrame | None = None,
    notice: str,
) -> None:
    """Write tables in canonical shape, with ``notice`` in the first cell of the first sheet.

    A notice that starts with "SYNTHETIC" also sets the defined name ``synthetic_data``.
    """
    if not notice.strip():
        raise ValueError("notice='': a workbook must say what it holds")
    book = _new_workbook(path_or_buffer, title=notice)
    formats = _make_formats(book)
    readme = book.add_worksheet(README_SHEET)
    readme.set_column(0, 0, 28)
    readme.set_column(1, 1, 100, formats.wrap)
    readme.write_string(0, 0, notice, formats.title)
    frames: dict[str, pd.DataFrame] = {QUESTIONNAIRES_SHEET: questionnaires}
    if service_use is not None:
        frames[SERVICE_SHEET] = service_use
    if indicators is not None:
        frames[INDICATOR_SHEET] = indicators
    named = dict.fromkeys(str(column) for frame in frames.values() for column in frame.columns)
    meanings = {name: MEANINGS[name] for name in named if name in MEANINGS}
    _write_meanings(readme, formats, 2, meanings)
    for name, frame in frames.items():
        _write_frame(book.add_worksheet(name), formats, frame)
    if notice.startswith("SYNTHETIC"):
        book.define_name(SYNTHETIC_NAME, '="yes"')
    book.close()


def _checked_request(
    instruments: Sequence[Instrument], characteristics: tuple[str, ...], sites: tuple[str, ...]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    ids = [instrument.id for instrument in instruments]
    if not ids:
        raise ValueError("instruments=(): a template needs at least one questionnaire")
    if len(set(ids)) != len(ids):
        raise ValueError(f"instruments={ids}: each questionnaire may be named once")
    unknown = [name for name in characteristics if name not in OPTIONAL_COLUMNS]
    if unknown:
        allowed = ", ".join(OPTIONAL_COLUMNS)
        raise ValueError(f"characteristics={unknown}: allowed are {allowed}")
    wanted = tuple(name for name in OPTIONAL_COLUMNS if name in characteristics)
    return wanted, tuple(dict.fromkeys(sites))


def _new_workbook(path_or_buffer: Destination, *, title: str) -> Workbook:
    target = path_or_buffer if hasattr(path_or_buffer, "write") else os.fspath(path_or_buffer)
    options = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    book = xlsxwriter.Workbook(target, options)
    # A fixed date of creation: the same content gives the same bytes and the same SHA-256.
    fixed = datetime(2000, 1, 1)
    book.set_properties({"author": "Distance Travelled", "title": title, "created": fixed})
    return book


def _make_formats(book: Workbook) -> _Formats:
    return _Formats(
        header=book.add_format({"bold": True, "bottom": 1, "bg_color": "#E8EEF4"}),
        title=book.add_format({"bold": True, "font_size": 14}),
        bold=book.add_format({"bold": True}),
        wrap=book.add_format({"text_wrap": True, "valign": "top"}),
        text=book.add_format({"num_format": "@"}),
        date=book.add_format({"num_format": "yyyy-mm-dd"}),
        repeated=book.add_format({"bg_color": "#FFE08A"}),
    )


def _prepare_sheet(
    page: Worksheet,
    formats: _Formats,
    sheet: PlannedSheet,
    special: Mapping[str, dict[str, Any]],
) -> None:
    """Header, column formats and validation of a blank sheet."""
    page.freeze_panes(1, 2)
    for position, column in enumerate(sheet.columns):
        page.write_string(0, position, column.header, formats.header)
        cell_format = formats.text if column.name in TEXT_COLUMNS else None
        cell_format = formats.date if column.name in DATE_COLUMNS else cell_format
        page.set_column(position, position, max(11, len(column.header) + 2), cell_format)
        rule = special.get(column.name) or validation(column.name)
        if rule:
            page.data_validation(1, position, _LAST_ROW - 1, position, rule)


def _mark_repeated(page: Worksheet, formats: _Formats, sheet: PlannedSheet) -> None:
    """Colour the code of a row whose key occurs twice.

    Compares with ``=`` rather than COUNTIFS, for which the codes 007 and 7 are the same.
    """
    headers = [column.header for column in sheet.columns]
    letters = {name: xl_col_to_name(headers.index(name)) for name in sheet.key}
    same = "*".join(
        f"(${letter}$2:${letter}${_LAST_ROW}=${letter}2)" for letter in letters.values()
    )
    code = letters[sheet.marked]
    rule = {
        "type": "formula",
        "criteria": f'=AND(${code}2<>"",SUMPRODUCT({same})>1)',
        "format": formats.repeated,
    }
    page.conditional_format(f"{code}2:{code}{_LAST_ROW}", rule)


def _write_lists(
    book: Workbook, formats: _Formats, instruments: Sequence[Instrument], sites: Sequence[str]
) -> dict[str, dict[str, Any]]:
    """Write the hidden sheet; return the validation of the columns that draw on it."""
    sheet = book.add_worksheet(LISTS_SHEET)
    sheet.hide()
    sheet.write_string(0, 0, "questionnaires", formats.header)
    for row, instrument in enumerate(instruments, start=1):
        sheet.write_string(row, 0, f"{instrument.id}, version {instrument.version}")
    if not sites:
        return {}
    sheet.write_string(0, 1, "sites", formats.header)
    for row, site in enumerate(sites, start=1):
        sheet.write_string(row, 1, site)
    source = f"={LISTS_SHEET}!$B$2:$B${len(sites) + 1}"
    return {"site": choice(source, "a site from the list.")}


def _write_blank_readme(
    book: Workbook,
    formats: _Formats,
    instruments: Sequence[Instrument],
    hints: Sequence[str],
    sheets: Sequence[PlannedSheet],
) -> None:
    sheet = book.add_worksheet(README_SHEET)
    sheet.set_column(0, 0, 28)
    sheet.set_column(1, 1, 100, formats.wrap)
    lines = (
        "Questionnaires of people in relationship support",
        *hints,
        "Use codes, never names, addresses, telephone numbers, e-mail addresses or birth dates.",
        "Leave a cell empty where there is no answer. Do not write 99 or n/a.",
        "A code on yellow: this row occurs twice; fine for different questionnaires.",
        "The columns may stand in any order; do not rename them.",
    )
    for row, line in enumerate(lines):
        sheet.write_string(row, 0, line, formats.title if row == 0 else None)
    row = _write_meanings(sheet, formats, len(lines) + 1, _meanings(sheets))
    _write_codings(sheet, formats, row + 1, instruments)


def _meanings(sheets: Sequence[PlannedSheet]) -> dict[str, str]:
    """What each column means, by its header; headers that mean the same share a line."""
    headers: dict[str, list[str]] = {}
    meanings: dict[str, str] = {}
    for column in (column for sheet in sheets for column in sheet.columns):
        if column.name in MEANINGS and column.header not in headers.setdefault(column.name, []):
            headers[column.name].append(column.header)
            meanings.setdefault(column.name, column.meaning or MEANINGS[column.name])
    return {", ".join(headers[name]): meaning for name, meaning in meanings.items()}


def _write_meanings(
    sheet: Worksheet, formats: _Formats, row: int, meanings: Mapping[str, str]
) -> int:
    """What each column means, from ``row`` on; returns the row after the last."""
    sheet.write_string(row, 0, "Column", formats.bold)
    sheet.write_string(row, 1, "Meaning", formats.bold)
    for column, meaning in meanings.items():
        row += 1
        sheet.write_string(row, 0, column, formats.wrap)
        sheet.write_string(row, 1, meaning, formats.wrap)
    return row + 1


def _write_codings(
    sheet: Worksheet, formats: _Formats, row: int, instruments: Sequence[Instrument]
) -> None:
    """The coding of the answers, one line for each run of items that are coded alike."""
    sheet.write_string(row, 0, "Answers", formats.bold)
    sheet.write_string(row, 1, "Coding", formats.bold)
    for instrument in instruments:
        for first, last, coding in _runs(instrument.items):
            row += 1
            name = f"{instrument.id}_{first}"
            sheet.write_string(row, 0, name if first == last else f"{name} to _{last}")
            sheet.write_string(row, 1, f"{instrument.name}: {coding}", formats.wrap)
        for scale in supplied_scales(instrument):
            row += 1
            low, high = scale.score_range
            sheet.write_string(row, 0, f"{instrument.id}_{scale.id}")
            text = f"{scale.label}: the score itself, {low:g} to {high:g}, if you have it."
            sheet.write_string(row, 1, text, formats.wrap)


def _runs(items: Sequence[Item]) -> list[tuple[int, int, str]]:
    runs: list[tuple[int, int, str]] = []
    for item in items:
        coding = coding_of(item)
        if runs and runs[-1][2] == coding and runs[-1][1] == item.number - 1:
            runs[-1] = (runs[-1][0], item.number, coding)
        else:
            runs.append((item.number, item.number, coding))
    return runs


def _write_frame(sheet: Worksheet, formats: _Formats, frame: pd.DataFrame) -> None:
    sheet.freeze_panes(1, 2)
    for position, column in enumerate(frame.columns):
        sheet.write_string(0, position, str(column), formats.header)
        cell_format = formats.text if column in TEXT_COLUMNS else None
        sheet.set_column(position, position, max(11, len(str(column)) + 2), cell_format)
        for row, value in enumerate(frame[column].tolist(), start=1):
            _write_value(sheet, formats, row, position, value)


def _write_value(sheet: Worksheet, formats: _Formats, row: int, position: int, value: Any) -> None:
    """Write one cell by its type; blank texts and missing values stay empty cells."""
    if isinstance(value, str):
        if value:
            sheet.write_string(row, position, value, formats.text)
    elif pd.isna(value):
        return
    elif isinstance(value, date):
        sheet.write_datetime(row, position, value, formats.date)
    else:
        sheet.write_number(row, position, float(value))
