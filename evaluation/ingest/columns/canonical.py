"""The names of the canonical spreadsheet: what every other shape is mapped onto."""

from __future__ import annotations

from typing import Literal

from evaluation.model import (
    CHARACTERISTIC_COLUMNS,
    INDICATOR_COLUMNS,
    KEY_COLUMNS,
    OCCASION_COLUMNS,
    SERVICE_USE_COLUMNS,
)

# What a sheet is about: answers to questionnaires, or one of the template's two other sheets.
SheetKind = Literal["questionnaires", "service_use", "indicators"]
QUESTIONNAIRES: SheetKind = "questionnaires"
SERVICE_SHEET: SheetKind = "service_use"
INDICATOR_SHEET: SheetKind = "indicators"
QUESTIONNAIRE_NAMES = frozenset(
    (*KEY_COLUMNS, "couple", "role", *CHARACTERISTIC_COLUMNS, *OCCASION_COLUMNS)
)
SERVICE_NAMES = frozenset(SERVICE_USE_COLUMNS)
# What kind of value it is shows in the values themselves.
INDICATOR_SHEET_COLUMNS = tuple(name for name in INDICATOR_COLUMNS if name != "kind")
NAMES: dict[SheetKind, frozenset[str]] = {
    QUESTIONNAIRES: QUESTIONNAIRE_NAMES,
    SERVICE_SHEET: SERVICE_NAMES,
    INDICATOR_SHEET: frozenset(INDICATOR_SHEET_COLUMNS),
}
# Sheets of our own template and results that never hold answers.
SILENT_SHEETS = frozenset({"read me", "lists", "problems"})


def normalise_header(value: object) -> str:
    """A header without outer blanks and case; blanks inside become one."""
    return " ".join(str(value if value is not None else "").split()).casefold()


def sheet_kind(file_name: str, sheet_name: str) -> SheetKind:
    """What a sheet holds: by its own name, or by the file's name for CSV."""
    others = (SERVICE_SHEET, INDICATOR_SHEET)
    if sheet_name:
        name = normalise_header(sheet_name).replace(" ", "_")
        return next((kind for kind in others if name == kind), QUESTIONNAIRES)
    name = normalise_header(file_name).replace(" ", "_")
    return next((kind for kind in others if kind in name), QUESTIONNAIRES)
