"""The list of who is due as a file: harmless, complete, and with room for notes."""

from __future__ import annotations

import csv
import datetime as dt
import io

import openpyxl
import pandas as pd
import pytest

from evaluation.report.wording import SYNTHETIC
from evaluation.report.worklist import on_screen, worklist_csv, worklist_xlsx
from evaluation.tables.due import DUE_COLUMNS, NO_END_DATE, OPEN, SOON

DAY = dt.date(2025, 4, 10)
ROWS = [
    ("Luton", "=1+1", "C1", "mother", "3m", OPEN, "2025-04-02", "2025-05-02", "2025-06-01", -8, 52,
     "yes", "online", "ended_on"),
    ("Luton", "0012", "", "", "end", SOON, "2025-04-12", "2025-05-12", "2025-06-11", 2, 62, "", "",
     "ended_on"),
    ("Luton", "P3", "@C", "", "", NO_END_DATE, None, None, None, None, None, "", "", ""),
]  # fmt: skip


def due(*rows: tuple) -> pd.DataFrame:
    table = pd.DataFrame(list(rows), columns=list(DUE_COLUMNS))
    for name in ("opens_on", "due_on", "closes_on"):
        table[name] = pd.to_datetime(table[name])
    return table.astype({"days_left": "Int64", "days_to_open": "Int64"})


def sheet_of(data: bytes, name: str = "Who is due"):
    return openpyxl.load_workbook(io.BytesIO(data))[name]


def test_csv_holds_everybody_with_nothing_that_a_spreadsheet_would_execute():
    data = worklist_csv(due(*ROWS))
    assert data.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"))))
    assert [row["person"] for row in rows] == ["'=1+1", "0012", "P3"]
    assert rows[2]["couple"] == "'@C"
    assert rows[0]["questionnaire"] == "3 months after the end"
    assert [row["state"] for row in rows] == [
        "can answer now", "can answer soon", "end of support not noted",
    ]  # fmt: skip
    assert rows[0]["can answer until"] == "2025-06-01" and rows[0]["days left"] == "52"
    assert rows[2]["can answer until"] == "" and rows[2]["days left"] == ""
    assert all(row["notes"] == "" for row in rows)


def test_workbook_has_real_dates_texts_as_texts_and_room_for_notes():
    sheet = sheet_of(worklist_xlsx(due(*ROWS), day=DAY, data_lock=DAY))
    head = [cell.value for cell in sheet[1]]
    first = dict(zip(head, sheet[2], strict=True))
    assert head[-1] == "notes" and first["notes"].value is None
    assert first["can answer until"].value == dt.datetime(2025, 6, 1)
    assert first["person"].data_type == "s" and first["person"].value == "'=1+1"
    assert first["days left"].value == 52
    assert sheet.cell(3, head.index("person") + 1).value == "0012"
    assert sheet.cell(4, head.index("can answer until") + 1).value is None
    assert sheet.freeze_panes == "C2"
    assert sheet.auto_filter.ref == "A1:M4"
    assert sheet.page_setup.orientation == "landscape"


def test_workbook_says_for_which_day_it_is_and_that_people_are_made_up():
    data = worklist_xlsx(due(*ROWS), day=DAY, data_lock=dt.date(2025, 3, 1), synthetic=True)
    text = "\n".join(str(row[0].value) for row in sheet_of(data, "Read me").iter_rows())
    assert "For 10 April 2025." in text and "1 March 2025" in text
    assert "codes only" in text and SYNTHETIC in text
    plain = worklist_xlsx(due(*ROWS), day=DAY, data_lock=DAY)
    assert SYNTHETIC not in str([c[0].value for c in sheet_of(plain, "Read me").iter_rows()])


def test_the_same_list_gives_the_same_bytes():
    one, two = (worklist_xlsx(due(*ROWS), day=DAY, data_lock=DAY) for _ in range(2))
    assert one == two


def test_an_empty_list_still_gives_files():
    assert worklist_csv(due()).decode("utf-8-sig").count("\n") == 1
    assert sheet_of(worklist_xlsx(due(), day=DAY, data_lock=DAY)).max_row == 1


@pytest.mark.parametrize(
    ("place", "columns"),
    [
        (0, ["Person", "Ask for", "Until", "Days left", "Partner", "Role", "Answered last"]),
        (1, ["Person", "Ask for", "From", "Days until"]),
        (2, ["Person"]),
    ],
)
def test_each_part_shows_its_own_dates_and_no_empty_column(place, columns):
    part = due(ROWS[place])
    assert list(on_screen(part, part.loc[0, "state"]).columns) == columns
