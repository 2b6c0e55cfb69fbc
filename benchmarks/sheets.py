"""Invented questionnaire sheets of any length, as workbooks and as text."""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

INSTRUMENTS = ("phq9", "core_om", "wemwbs")
WAVES = ("baseline", "mid", "end", "3m", "6m")
SHARE_MISSING = 0.02
_DAY_ZERO = dt.date(1899, 12, 30)
_FIRST_DAY = dt.date(2016, 1, 4)


def header() -> list[str]:
    """The columns of the canonical long sheet."""
    from instruments.registry import get

    answers = [f"{name}_{item.number}" for name in INSTRUMENTS for item in get(name).items]
    return ["site", "participant", "couple", "role", "wave", "completed_on", *answers]


def rows(n: int, *, rows_per_site: int) -> Iterator[list[Any]]:
    """Couples at each point in time; answers follow one mood each, so that they look real."""
    from instruments.registry import get

    rng = np.random.default_rng(2017)
    per_couple = 2 * len(WAVES)
    couples_per_site = max(1, rows_per_site // per_couple)
    instruments = [get(name) for name in INSTRUMENTS]
    items = [(instrument, item) for instrument in instruments for item in instrument.items]
    low = np.array([item.minimum for _, item in items])
    high = np.array([item.maximum for _, item in items])
    sign = np.array(
        [
            -1 if (item.number in _reversed(instrument)) != (instrument.id == "wemwbs") else 1
            for instrument, item in items
        ]
    )
    for row in range(n):
        couple, place = divmod(row, per_couple)
        partner, wave = divmod(place, len(WAVES))
        site = couple // couples_per_site
        code = f"S{site:02}-{couple:05}"
        day = (_FIRST_DAY - _DAY_ZERO).days + (couple * 7) % 600 + wave * 91
        mood = rng.normal(-0.3 * wave) + rng.normal(size=len(items))
        middle = (low + high) / 2
        answers = np.clip(np.round(middle + sign * mood * (high - low) / 4), low, high)
        blank = rng.random(len(items)) < SHARE_MISSING
        yield [
            f"Site {site + 1}", f"{code}-{'AB'[partner]}", code, ("mother", "father")[partner],
            WAVES[wave], day,
            *(None if gone else int(answer) for gone, answer in zip(blank, answers, strict=True)),
        ]  # fmt: skip


def _reversed(instrument: Any) -> tuple[int, ...]:
    from evaluation.analysis.item_answers import reversed_items

    return reversed_items(instrument, "total")


def write_xlsx(path: Path, n: int, *, rows_per_site: int) -> None:
    """The sheet as a workbook, written row by row."""
    import xlsxwriter

    from evaluation.ingest.files.cells import SYNTHETIC_NAME

    workbook = xlsxwriter.Workbook(path, {"constant_memory": True})
    workbook.define_name(SYNTHETIC_NAME, '="invented for measuring"')
    as_date = workbook.add_format({"num_format": "yyyy-mm-dd"})
    sheet = workbook.add_worksheet("questionnaires")
    names = header()
    sheet.write_row(0, 0, names)
    date = names.index("completed_on")
    for number, cells in enumerate(rows(n, rows_per_site=rows_per_site), start=1):
        for column, cell in enumerate(cells):
            if isinstance(cell, str):
                sheet.write_string(number, column, cell)
            elif cell is not None:
                sheet.write_number(number, column, cell, as_date if column == date else None)
    workbook.close()


def write_csv(path: Path, n: int, *, rows_per_site: int) -> None:
    """The same table as text."""
    names = header()
    date = names.index("completed_on")
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        writer.writerow(names)
        for cells in rows(n, rows_per_site=rows_per_site):
            cells[date] = (_DAY_ZERO + dt.timedelta(days=cells[date])).isoformat()
            writer.writerow(cells)
