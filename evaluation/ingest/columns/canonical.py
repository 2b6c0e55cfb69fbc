"""The names of the canonical spreadsheet: what every other shape is mapped onto."""

from __future__ import annotations

from evaluation.model import (
    CHARACTERISTIC_COLUMNS,
    KEY_COLUMNS,
    OCCASION_COLUMNS,
    SERVICE_USE_COLUMNS,
)

SERVICE_SHEET = "service_use"
QUESTIONNAIRE_NAMES = frozenset(
    (*KEY_COLUMNS, "couple", "role", *CHARACTERISTIC_COLUMNS, *OCCASION_COLUMNS)
)
SERVICE_NAMES = frozenset(SERVICE_USE_COLUMNS)
# Sheets of our own template and results that never hold answers.
SILENT_SHEETS = frozenset({"read me", "lists", "problems"})


def normalise_header(value: object) -> str:
    """A header without outer blanks and case; blanks inside become one."""
    return " ".join(str(value if value is not None else "").split()).casefold()


def is_service_sheet(file_name: str, sheet_name: str) -> bool:
    """Whether a sheet holds service use: by its own name, or by the file's name for CSV."""
    if sheet_name:
        return normalise_header(sheet_name).replace(" ", "_") == SERVICE_SHEET
    return SERVICE_SHEET in normalise_header(file_name).replace(" ", "_")
