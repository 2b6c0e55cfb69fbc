"""Checking spreadsheets, small and huge, against the least that any reading of them has to do.

The floor is python-calamine alone: open the workbook and go through its rows. Ours is
``python -m evaluation check`` with everything that it does: the gate, the child process, the
mapping, every check, the review of the coding, and the start of the process itself. Each step runs
in a process of its own, so that its peak memory is its own.

    python -m benchmarks.importing [--rows 100000] [--without-pandas]
"""

from __future__ import annotations

import argparse
import atexit
import csv
import datetime as dt
import io
import json
import math
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import redirect_stderr
from pathlib import Path
from typing import Any

import numpy as np

try:
    import resource
except ImportError:  # Windows does not tell the peak memory
    resource = None  # type: ignore[assignment]

INSTRUMENTS = ("phq9", "core_om", "wemwbs")
WAVES = ("baseline", "mid", "end", "3m", "6m")
SHARE_MISSING = 0.02
SMALL_ROWS = 2_000
REPEATS = 3
BAR_SMALL_SECONDS = 3.0
BAR_CALAMINE = 4.0
BAR_PANDAS = 3.0
BAR_GIGABYTES = 1.2
_DAY_ZERO = dt.date(1899, 12, 30)
_FIRST_DAY = dt.date(2016, 1, 4)


# --- invented answers ---------------------------------------------------------------------------


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


# --- the steps, each in a process of its own ------------------------------------------------------


def _calamine(path: Path) -> Callable[[], object]:
    import python_calamine

    def read() -> int:
        workbook = python_calamine.CalamineWorkbook.from_path(str(path))
        return sum(1 for _ in workbook.get_sheet_by_index(0).iter_rows())

    return read


def _pandas(path: Path) -> Callable[[], object]:
    import pandas as pd

    return lambda: pd.read_excel(path, engine="openpyxl")


def _gate(path: Path) -> Callable[[], object]:
    from evaluation.ingest.files.gate import check_package

    data = path.read_bytes()
    return lambda: check_package(path.name, data)


def _read(path: Path) -> Callable[[], object]:
    from evaluation.ingest.files.reader import read_uploads

    files = [(path.name, path.read_bytes())]
    return lambda: read_uploads(files)


def _map_and_check(path: Path) -> Callable[[], object]:
    """What follows the reading; its second call, without the first one's imports."""
    from evaluation.ingest import pipeline
    from evaluation.ingest.files.reader import read_uploads

    files = [(path.name, path.read_bytes())]
    uploads = read_uploads(files)
    pipeline.read_uploads = lambda *_, **__: uploads
    return lambda: pipeline.read_files(files)


def _review(path: Path) -> Callable[[], object]:
    from evaluation.config import load_settings
    from evaluation.ingest.pipeline import read_files
    from evaluation.review import review
    from evaluation.scores import effective_instruments

    report = read_files([(path.name, path.read_bytes())])
    instruments = effective_instruments(load_settings(None).scoring)
    return lambda: review(report, instruments)


def _store(path: Path) -> Callable[[], object]:
    """Preview and commit into an empty store."""
    from evaluation.ingest.pipeline import read_files
    from evaluation.store.repository import Store

    report = read_files([(path.name, path.read_bytes())])
    store = Store(f"sqlite:///{path.with_suffix('.db')}")

    def keep() -> None:
        store.preview(report)
        store.commit(report)

    return keep


def _check(path: Path) -> Callable[[], object]:
    from evaluation.cli import main

    def check() -> None:
        told = io.StringIO()
        with redirect_stderr(told):
            status = main(["check", str(path)])
        if status:
            raise RuntimeError(f"the invented file is not clean:\n{told.getvalue()[:2000]}")

    return check


STEPS = {
    "python-calamine alone": _calamine,
    "pandas with openpyxl": _pandas,
    "gate": _gate,
    "gate and read": _read,
    "map and check": _map_and_check,
    "review": _review,
    "preview and commit": _store,
    "check": _check,
}


def run_step(name: str, path: Path) -> None:
    """Do one step and print what it took; peak memory once every child has ended."""
    work = STEPS[name](path)
    start = time.perf_counter()
    work()
    taken["seconds"] = time.perf_counter() - start


taken: dict[str, float] = {}


def _tell_at_the_end() -> None:
    """Registered before anything else, this runs last: after the reader has ended its child."""
    if resource is not None:
        unit = 1e9 if sys.platform == "darwin" else 1e6
        taken["own"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit
        taken["child"] = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / unit
    sys.stdout.write(json.dumps(taken) + "\n")


def measure(name: str, path: Path, *, repeats: int = 1) -> dict[str, float]:
    """Wall seconds with and without the start of the process, and peak memory in gigabytes.

    The best of several times is the one least disturbed by other work.
    """
    found: list[dict[str, float]] = []
    for _ in range(repeats):
        start = time.perf_counter()
        done = subprocess.run(
            [sys.executable, "-m", __spec__.name, "--step", name, str(path)],
            cwd=Path(__file__).resolve().parents[1],
            stdout=subprocess.PIPE,
            check=True,
        )
        wall = time.perf_counter() - start
        found.append({**json.loads(done.stdout), "wall": wall})
    best = min(found, key=lambda taken: taken["wall"])
    own, child = (max(f.get(which, math.nan) for f in found) for which in ("own", "child"))
    return {**best, "own": own, "child": child}


# --- the table ------------------------------------------------------------------------------------


def _line(file: str, step: str, found: dict[str, float]) -> None:
    sys.stdout.write(
        f"{file:<15}{step:<24}{found['seconds']:9.2f}{found['wall']:9.2f}"
        f"{found['own']:9.2f}{found['child']:10.2f}\n"
    )
    sys.stdout.flush()


def _verdict(what: str, value: float, bar: float, *, at_least: bool = False) -> None:
    met = value >= bar if at_least else value <= bar
    sign = "at least" if at_least else "at most"
    sys.stdout.write(f"{what:<58}{value:7.2f}   {sign} {bar:g}: {'yes' if met else 'NO'}\n")


def main() -> int:
    """Write the files, measure each step and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--without-pandas", action="store_true", help="leave out the slow reader")
    parser.add_argument("--keep", type=Path, metavar="DIR", help="use and keep the files there")
    parser.add_argument("--step", nargs=2, metavar=("NAME", "FILE"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.step:
        atexit.register(_tell_at_the_end)
        run_step(options.step[0], Path(options.step[1]))
        return 0
    with tempfile.TemporaryDirectory() as folder:
        _measure_all(options.keep or Path(folder), options)
    return 0


def _measure_all(folder: Path, options: argparse.Namespace) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    few = options.rows // 10
    site, huge, tenth, text = (
        _written(folder, f"{n}.{kind}", n)
        for n, kind in (
            (SMALL_ROWS, "xlsx"), (options.rows, "xlsx"), (few, "xlsx"), (options.rows, "csv"),
        )
    )  # fmt: skip
    sys.stdout.write(f"{options.rows:,} rows by {len(header())} columns; peak memory in GB\n")
    sys.stdout.write(
        f"{'file':<15}{'step':<24}{'alone s':>9}{'wall s':>9}{'parent':>9}{'child':>10}\n"
    )

    def measured(path: Path, step: str, repeats: int = 1) -> dict[str, float]:
        found = measure(step, path, repeats=repeats)
        _line(path.name, step, found)
        return found

    small = measured(site, "check", REPEATS)
    bare = measured(huge, "python-calamine alone", REPEATS)
    for step in ("gate", "gate and read", "map and check", "review", "preview and commit"):
        measured(huge, step)
    whole = measured(huge, "check", REPEATS)
    less = measured(tenth, "check", REPEATS)
    measured(text, "check")
    slow = None if options.without_pandas else measured(huge, "pandas with openpyxl")
    growth = math.log(whole["seconds"] / less["seconds"]) / math.log(10)
    sys.stdout.write("\n")
    _verdict(f"{SMALL_ROWS:,} rows checked, wall seconds", small["wall"], BAR_SMALL_SECONDS)
    _verdict("check (wall) / python-calamine alone", whole["wall"] / bare["seconds"], BAR_CALAMINE)
    if slow is not None:
        ratio = slow["seconds"] / whole["wall"]
        _verdict("pandas with openpyxl / check (wall)", ratio, BAR_PANDAS, at_least=True)
    _verdict("peak memory of the parent, GB", whole["own"], BAR_GIGABYTES)
    _verdict("peak memory of the child, GB", whole["child"], BAR_GIGABYTES)
    sys.stdout.write(f"growth: seconds ~ rows ^ {growth:.2f} from {few:,} to {options.rows:,}\n")


def _written(folder: Path, name: str, n: int) -> Path:
    path = folder / name
    if not path.exists():
        write = write_csv if path.suffix == ".csv" else write_xlsx
        write(path, n, rows_per_site=max(SMALL_ROWS, n // 20))
    return path


if __name__ == "__main__":
    sys.exit(main())
