"""The list of who is due as a file to work through: codes, dates, and room for notes."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Callable
from typing import Any

import pandas as pd
import xlsxwriter

from evaluation.report import due_wording
from evaluation.report.tables import csv_bytes, tidy
from evaluation.report.wording import SYNTHETIC, count
from evaluation.tables.due import LATE, OPEN, SOON

SHEET, READ_ME = "Who is due", "Read me"
DATE_COLUMNS = ("can answer from", "due on", "can answer until")
NOTES = "notes"
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"  # without it Excel misreads letters with accents
_WIDTHS = {NOTES: 40, "state": 22, "questionnaire": 24, "site": 16}
_USUAL_WIDTH = 15
Row = dict[str, Any]
Columns = dict[str, Callable[[Row], str]]

# When, for each part of the list.
_DATES: dict[str, Columns] = {
    OPEN: {
        "Until": lambda row: due_wording.short_date(row["closes_on"]),
        "Days left": lambda row: count(row["days_left"]),
    },
    LATE: {
        "Was until": lambda row: due_wording.short_date(row["closes_on"]),
        "Days ago": lambda row: count(-row["days_left"]),
    },
    SOON: {
        "From": lambda row: due_wording.short_date(row["opens_on"]),
        "Days until": lambda row: count(row["days_to_open"]),
    },
}


def on_screen(due: pd.DataFrame, state: str) -> pd.DataFrame:
    """One part of the list, few columns wide; columns in which nothing stands are left out."""
    columns: Columns = {
        "Person": lambda row: row["participant"],
        "Ask for": lambda row: due_wording.short_wave(row["wave"]),
        **_DATES.get(state, {}),
        "Partner": due_wording.partner_text,
        "Role": lambda row: row["role"],
        "Answered last": lambda row: row["mode"],
    }
    rows = due.to_dict("records")
    table = pd.DataFrame({name: [make(row) for row in rows] for name, make in columns.items()})
    return table.loc[:, (table != "").any()]


def worklist(due: pd.DataFrame) -> pd.DataFrame:
    """The whole list with headings in words and a blank column for notes."""
    return pd.DataFrame(
        {
            "site": due["site"],
            "person": due["participant"],
            "couple": due["couple"],
            "role": due["role"],
            "questionnaire": due["wave"].map(due_wording.wave_text),
            "state": due["state"].map(due_wording.STATE_WORDS),
            "can answer from": due["opens_on"],
            "due on": due["due_on"],
            "can answer until": due["closes_on"],
            "days left": due["days_left"],
            "partner has answered": due["partner_answered"],
            "answered last": due["mode"],
            NOTES: "",
        }
    )


def worklist_csv(due: pd.DataFrame) -> bytes:
    """The list as CSV that Excel reads too."""
    return _BYTE_ORDER_MARK + csv_bytes(worklist(due))


def worklist_xlsx(
    due: pd.DataFrame, *, day: dt.date, data_lock: dt.date, synthetic: bool = False
) -> bytes:
    """The list as a workbook: filter, real dates, one page wide in print, the head on each page."""
    buffer = io.BytesIO()
    plain_text = {
        "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False,
    }  # fmt: skip
    workbook = xlsxwriter.Workbook(buffer, {"in_memory": True, **plain_text})
    workbook.set_properties(
        {"title": "Who is due", "author": "Distance Travelled",
         "created": dt.datetime(day.year, day.month, day.day)}
    )  # fmt: skip
    _write_list(workbook, worklist(due))
    lines = [due_wording.made_for_sentence(day, data_lock), *due_wording.due_sentences(due)]
    lines += [due_wording.CODES_ONLY, *([SYNTHETIC] if synthetic else [])]
    wrap = workbook.add_format({"text_wrap": True, "valign": "top"})
    read_me = workbook.add_worksheet(READ_ME)
    read_me.set_column(0, 0, 90)
    for number, line in enumerate(lines):
        read_me.write_string(number, 0, line, wrap)
    workbook.close()
    return buffer.getvalue()


def _write_list(workbook: Any, table: pd.DataFrame) -> None:
    head = workbook.add_format({"bold": True, "bg_color": "#12436D", "font_color": "#FFFFFF"})
    as_date = workbook.add_format({"num_format": "dd/mm/yyyy", "align": "left"})
    sheet = workbook.add_worksheet(SHEET)
    safe = tidy(table).astype({"days left": "Int64"})
    for place, name in enumerate(table.columns):
        sheet.write_string(0, place, name, head)
        sheet.set_column(place, place, _WIDTHS.get(name, _USUAL_WIDTH))
        values = table[name] if name in DATE_COLUMNS else safe[name]
        for number, value in enumerate(values, start=1):
            if pd.isna(value) or value == "":
                continue
            if name in DATE_COLUMNS:
                sheet.write_datetime(number, place, value.to_pydatetime(), as_date)
            elif isinstance(value, str):
                sheet.write_string(number, place, value)
            else:
                sheet.write_number(number, place, value)
    sheet.freeze_panes(1, 2)
    if len(table):
        sheet.autofilter(0, 0, len(table), len(table.columns) - 1)
    sheet.set_landscape()
    sheet.set_paper(9)  # A4
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)
