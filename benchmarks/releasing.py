"""What leaves: small counts hidden, and the result workbook."""

from __future__ import annotations

import datetime as dt
import io
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.invented import dataset, programme
from benchmarks.measuring import FLOOR, INSTEAD, Bar, Step, Way, Work
from evaluation.config import Settings
from evaluation.disclosure import release_change, release_effects
from evaluation.report.tables import tidy
from evaluation.report.workbook import build_workbook
from evaluation.scores import effective_instruments, score_dataset
from evaluation.tables.change import change_tables
from evaluation.tables.effects import effects_tables
from evaluation.tables.groups import find_groups, paired_contrasts

SITES, QUICK_SITES = (12, 120, 1_200), (12, 60)
ROWS, QUICK_ROWS = (1_000, 10_000, 100_000), (1_000, 5_000)


def _tables(sites: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    waves, who, instruments = programme(sites * 20, scales=2, sites=sites)
    groups = find_groups(paired_contrasts(waves, who), who, instruments)
    return effects_tables(groups)[0], change_tables(groups, Settings())[0]


def _suppress(sites: int, folder: Path) -> Work:
    (effects, change), rule = _tables(sites), Settings().disclosure
    return lambda: (release_effects(effects, rule), release_change(change, effects, rule))


def _suppress_floor(sites: int, folder: Path) -> Work:
    """One pass over every number of both tables."""
    tables = [table.select_dtypes("number").to_numpy(float) for table in _tables(sites)]
    return lambda: [(np.nansum(t, 1), np.isnan(t).sum(1)) for t in tables]


def _scores(rows: int) -> pd.DataFrame:
    """So many rows of scores.csv."""
    instruments = effective_instruments(Settings().scoring)
    # Three points in time and a half of each person, after those who are lost.
    return score_dataset(dataset(rows // 2), instruments).head(rows)


def _workbook(rows: int, folder: Path) -> Work:
    scores = _scores(rows)
    instruments = effective_instruments(Settings().scoring)
    manifest = {
        "warnings": [], "made_at": dt.datetime.now(dt.UTC).isoformat(), "version": "",
        "data_lock": "", "sites": "ALL", "disclosure_note": "", "settings_sha256": "",
        "instruments": {"phq9": ""},
    }  # fmt: skip
    return lambda: build_workbook({"scores": scores}, manifest, instruments)


def _bare(rows: int, folder: Path) -> Work:
    """The same cells, ready as plain rows, with nothing decided about any of them."""
    import xlsxwriter

    table = tidy(_scores(rows)).astype(object)
    cells = table.where(table.notna(), None).to_numpy().tolist()

    def work() -> bytes:
        buffer = io.BytesIO()
        workbook = xlsxwriter.Workbook(buffer, {"in_memory": True})
        sheet = workbook.add_worksheet("scores")
        for number, row in enumerate(cells):
            sheet.write_row(number, 0, row)
        workbook.close()
        return buffer.getvalue()

    return work


def _to_excel(rows: int, folder: Path) -> Work:
    scores = tidy(_scores(rows))
    return lambda: scores.to_excel(io.BytesIO(), engine="xlsxwriter", index=False)


STEPS = (
    Step("suppress", "effects and reliable change made ready for release", "sites",
         SITES, QUICK_SITES, slack=0.3,
         ways=(Way("ours", _suppress), Way("numpy pass", _suppress_floor, FLOOR))),
    Step(
        "workbook", "the result workbook of so many rows of scores", "rows", ROWS, QUICK_ROWS,
        ways=(
            Way("ours", _workbook), Way("xlsxwriter alone", _bare, FLOOR),
            Way("pandas to_excel", _to_excel, INSTEAD),
        ),
        bars=(Bar("xlsxwriter alone", at_most=1.5),),
    ),
)  # fmt: skip
