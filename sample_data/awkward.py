"""Two small invented workbooks as they come from a busy office: one untidy, one with mistakes."""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd

from evaluation.ingest.templates.template import SYNTHETIC_NOTICE, write_workbook

PHQ9_COLUMNS = tuple(f"phq9_{number}" for number in range(1, 10))
# What a reader that knows the sites must find in the broken workbook, and nothing else.
BROKEN_CODES = frozenset({
    "answer_not_allowed", "unknown_wave", "duplicate_key", "date_out_of_range",
    "missing_participant", "unknown_column", "unknown_site",
})  # fmt: skip
_SITE = "Luton"
_PEOPLE = 8
_SEED = 7


def write_awkward(folder: str | os.PathLike[str]) -> list[Path]:
    """Write both workbooks into ``folder``; returns their paths."""
    target = Path(folder)
    target.mkdir(parents=True, exist_ok=True)
    paths = [target / "SYNTHETIC_untidy.xlsx", target / "SYNTHETIC_broken.xlsx"]
    untidy_workbook(paths[0])
    broken_workbook(paths[1])
    return paths


def broken_workbook(path: str | os.PathLike[str]) -> None:
    """Seventeen rows of PHQ-9 answers with each typical mistake once (``BROKEN_CODES``).

    Rows as the spreadsheet program counts them: 3 an answer of 4; 5 an unknown wave; 7 a date in
    2204; 9 no participant; 11 an unknown site; 18 a second baseline of LUT-901 that differs from
    row 2. The column ``room`` is unknown.
    """
    table = _plain_table()
    table["room"] = "blue"
    table.loc[1, "phq9_5"] = 4
    table.loc[3, "wave"] = "week seven"
    table.loc[5, "completed_on"] = date(2204, 5, 1)
    table.loc[7, "participant"] = ""
    table.loc[9, "site"] = "Atlantis"
    again = table.iloc[[0]].copy()
    again["phq9_1"] = 3 - again["phq9_1"]
    table = pd.concat([table, again], ignore_index=True)
    write_workbook(path, questionnaires=table, service_use=None, notice=SYNTHETIC_NOTICE)


def untidy_workbook(path: str | os.PathLike[str]) -> None:
    """The same people, all readable: odd capitals and blanks, numbers and dates as text."""
    table = _plain_table()
    table["site"] = np.where(np.arange(len(table)) % 2, " luton ", "Luton")
    table["wave"] = table["wave"].map({"baseline": "Baseline ", "end": "END"})
    table["completed_on"] = [day.isoformat() for day in table["completed_on"]]
    for column in PHQ9_COLUMNS[:4]:
        table[column] = [f" {answer}" for answer in table[column]]
    names = {column: f" {column.upper()} " for column in table.columns}
    untidy = table.rename(columns=names)
    write_workbook(path, questionnaires=untidy, service_use=None, notice=SYNTHETIC_NOTICE)


def _plain_table() -> pd.DataFrame:
    """Eight people at baseline and end, without a fault; answers and days as plain objects."""
    rng = np.random.default_rng(_SEED)
    rows = []
    for person in range(_PEOPLE):
        for wave, month in (("baseline", 3), ("end", 7)):
            row: dict[str, object] = {
                "site": _SITE,
                "participant": f"LUT-9{person + 1:02d}",
                "couple": f"LUT-C9{person // 2 + 1}",
                "role": ("mother", "father")[person % 2],
                "wave": wave,
                "completed_on": date(2017, month, 5 + person),
            }
            answers = rng.binomial(3, 0.45 if wave == "baseline" else 0.25, len(PHQ9_COLUMNS))
            rows.append(row | dict(zip(PHQ9_COLUMNS, answers.tolist(), strict=True)))
    return pd.DataFrame(rows).astype(object)
