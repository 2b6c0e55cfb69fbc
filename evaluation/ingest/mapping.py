"""What each column of a sheet means: headers matched without case and outer blanks."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from evaluation.ingest.problems import Place, make_problem, shown
from evaluation.ingest.read import Sheet, is_blank
from evaluation.model import (
    CHARACTERISTIC_COLUMNS,
    KEY_COLUMNS,
    OCCASION_COLUMNS,
    SERVICE_USE_COLUMNS,
    Problem,
)
from instruments.definition import Instrument
from instruments.registry import match_column

SERVICE_SHEET = "service_use"
QUESTIONNAIRE_NAMES = frozenset(
    (*KEY_COLUMNS, "couple", "role", *CHARACTERISTIC_COLUMNS, *OCCASION_COLUMNS)
)
SERVICE_NAMES = frozenset(SERVICE_USE_COLUMNS)
# Sheets of our own template and results that never hold answers.
SILENT_SHEETS = frozenset({"read me", "lists", "problems"})

_PERSONAL_HEADERS = {
    "a name": r"\bnames?\b|\b(fore|sur|first|last|full|middle)names?\b|next of kin",
    "an e-mail address": r"\be-?mails?\b",
    "a phone number": r"\b(tele)?phones?\b|\bmobile\b|^tel\b|contact (number|no)\b",
    "an address": r"\baddress(es)?\b|\bpost ?codes?\b|^street",
    "a date of birth": r"date of birth|^dob$|birth ?_?da(te|y)",
    "an official number": r"\bnhs\b|national insurance|^ni (no|number)",
}


@dataclass
class ColumnMap:
    """Column numbers by meaning; ``items`` and ``supplied`` by instrument id."""

    names: dict[str, int] = field(default_factory=dict)
    items: dict[str, dict[int, int]] = field(default_factory=dict)
    supplied: dict[str, dict[str, int]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    @property
    def has_answers(self) -> bool:
        """Whether any column belongs to a questionnaire."""
        return bool(self.items or self.supplied)

    @property
    def known_columns(self) -> set[int]:
        """The numbers of all columns that mean something."""
        by_item = {n for items in self.items.values() for n in items.values()}
        by_scale = {n for scales in self.supplied.values() for n in scales.values()}
        return set(self.names.values()) | by_item | by_scale


def normalise_header(value: object) -> str:
    """A header without outer blanks and case; blanks inside become one."""
    return " ".join(str(value if value is not None else "").split()).casefold()


def is_service_sheet(file_name: str, sheet_name: str) -> bool:
    """Whether a sheet holds service use: by its own name, or by the file's name for CSV."""
    if sheet_name:
        return normalise_header(sheet_name).replace(" ", "_") == SERVICE_SHEET
    return SERVICE_SHEET in normalise_header(file_name).replace(" ", "_")


def personal_kind(header: str) -> str:
    """What kind of personal detail a header names, or ``""``."""
    text = header.replace("_", " ")
    for kind, pattern in _PERSONAL_HEADERS.items():
        if re.search(pattern, text):
            return kind
    return ""


def map_columns(
    file_name: str, sheet: Sheet, *, service: bool, extra: Sequence[Instrument] = ()
) -> ColumnMap:
    """Read a sheet's header: what each column means, and a problem for each that means nothing."""
    found = ColumnMap()
    names = SERVICE_NAMES if service else QUESTIONNAIRE_NAMES
    for column, cell in enumerate(sheet.header):
        place = Place(file_name, sheet.name, sheet.header_row, column)
        header = normalise_header(cell)
        if not header:
            if any(not is_blank(value) for value in sheet.columns[column]):
                found.problems.append(make_problem("unknown_column", place, value="(no header)"))
            continue
        if header in names:
            _place_once(found, found.names, header, column, place, cell)
            continue
        match = None if service else match_column(header, extra=tuple(extra))
        if match is not None:
            instrument, part = match
            if isinstance(part, int):
                _place_once(
                    found, found.items.setdefault(instrument.id, {}), part, column, place, cell
                )
            else:
                group = found.supplied.setdefault(instrument.id, {})
                _place_once(found, group, part, column, place, cell)
            continue
        kind = personal_kind(header)
        if kind:
            found.problems.append(
                make_problem("personal_data", place, where="This column", kind=kind)
            )
        else:
            found.problems.append(make_problem("unknown_column", place, value=shown(cell)))
    return found


def _place_once(
    found: ColumnMap, group: dict, key: object, column: int, place: Place, cell: object
) -> None:
    if key in group:
        found.problems.append(make_problem("duplicate_column", place, value=shown(cell)))
    else:
        group[key] = column
