"""Reading spreadsheets: the gate, the reader, the columns, the whole check; then the store.

The floor of reading is python-calamine alone: open the workbook and go through its rows. The
check is ``python -m evaluation check`` with everything that it does, the start of the process
included: the gate, the child process, the mapping, every check, the review of the coding.
"""

from __future__ import annotations

import io
import json
import sqlite3
from collections.abc import Callable
from contextlib import closing, redirect_stderr
from pathlib import Path

from benchmarks.measuring import FLOOR, INSTEAD, Bar, Step, Way, Work

ROWS, QUICK = (1_000, 10_000, 100_000), (500, 2_000)
SMALL_ROWS = 2_000


def write_sheet(n: int, folder: Path) -> None:
    """The workbook of so many rows, if it is not there yet."""
    from benchmarks.sheets import write_xlsx

    path = sheet_path(n, folder)
    if not path.exists():
        write_xlsx(path, n, rows_per_site=max(SMALL_ROWS, n // 20))


def sheet_path(n: int, folder: Path) -> Path:
    return folder / f"{n}.xlsx"


def _calamine(n: int, folder: Path) -> Work:
    import python_calamine

    def read() -> int:
        workbook = python_calamine.CalamineWorkbook.from_path(str(sheet_path(n, folder)))
        return sum(1 for _ in workbook.get_sheet_by_index(0).iter_rows())

    return read


def _pandas(n: int, folder: Path) -> Work:
    import pandas as pd

    return lambda: pd.read_excel(sheet_path(n, folder), engine="openpyxl")


def _files(n: int, folder: Path) -> list[tuple[str, bytes]]:
    path = sheet_path(n, folder)
    return [(path.name, path.read_bytes())]


def _gate(n: int, folder: Path) -> Work:
    from evaluation.ingest.files.gate import check_package

    [(name, data)] = _files(n, folder)
    return lambda: check_package(name, data)


def _read(n: int, folder: Path) -> Work:
    from evaluation.ingest.files.reader import read_uploads

    files = _files(n, folder)
    return lambda: read_uploads(files)


def _map(n: int, folder: Path) -> Work:
    """Finding the table and what its columns are."""
    from evaluation.ingest.columns.canonical import sheet_kind
    from evaluation.ingest.columns.choices import Mapping
    from evaluation.ingest.columns.matching import choose
    from evaluation.ingest.columns.views import views_of
    from evaluation.ingest.files.cells import Upload
    from evaluation.ingest.files.reader import read_uploads
    from evaluation.ingest.sheets.tables import find_tables
    from instruments.registry import all_instruments

    [upload] = read_uploads(_files(n, folder))
    if not isinstance(upload, Upload):
        raise upload
    instruments = {instrument.id: instrument for instrument in all_instruments()}

    def work() -> None:
        for sheet in upload.sheets:
            kind = sheet_kind(upload.file_name, sheet.name)
            for table in find_tables(upload, sheet):
                found = choose(Mapping(), upload, sheet, table, instruments, kind=kind)
                views_of(found[1], instruments.values())

    return work


def _check(n: int, folder: Path) -> Work:
    def check() -> None:
        from evaluation.cli import main

        told = io.StringIO()
        with redirect_stderr(told):
            status = main(["check", str(sheet_path(n, folder))])
        if status:
            raise RuntimeError(f"the invented file is not clean:\n{told.getvalue()[:2000]}")

    return check


def _store(n: int, folder: Path) -> Work:
    """Preview and commit into an empty store."""
    from benchmarks.invented import dataset
    from evaluation.model import ImportReport
    from evaluation.store.repository import Store

    path = folder / f"store-{n}.db"
    path.unlink(missing_ok=True)
    store = Store(f"sqlite:///{path}")
    report = ImportReport((), (), dataset(n))

    def work() -> None:
        store.preview(report)
        store.commit(report)

    return work


def _fill(n: int, folder: Path) -> None:
    """Both stores, if the step before has not left them."""
    for name, fill in (("store", _store), ("bare", _bare_insert)):
        if not (folder / f"{name}-{n}.db").exists():
            fill(n, folder)()


def _load(n: int, folder: Path) -> Work:
    from evaluation.store.repository import Store

    return Store(f"sqlite:///{folder / f'store-{n}.db'}").load


def _texts(n: int) -> list[tuple[str, str, str, str]]:
    from benchmarks.invented import dataset

    found = dataset(n)
    records, table = found.records, found.answers["phq9"]
    texts = [json.dumps(row) for row in table.to_dict("records")]
    keys = (records["site"], records["participant"], records["wave"])
    return list(zip(*keys, texts, strict=True))


def _bare_insert(n: int, folder: Path) -> Work:
    """The same answers as rows of text, with nothing known, compared or checked."""
    path = folder / f"bare-{n}.db"
    path.unlink(missing_ok=True)
    rows = _texts(n)

    def work() -> None:
        with closing(sqlite3.connect(path)) as database:
            database.execute("create table a (site text, person text, wave text, answers text)")
            database.executemany("insert into a values (?, ?, ?, ?)", rows)
            database.commit()

    return work


def _bare_select(n: int, folder: Path) -> Work:
    def work() -> None:
        with closing(sqlite3.connect(folder / f"bare-{n}.db")) as database:
            [json.loads(row[3]) for row in database.execute("select * from a")]

    return work


_BARE = Way("python-calamine alone", _calamine, FLOOR)


def _of_a_sheet(name: str, what: str, *ways: Way, bars: tuple[Bar, ...] = ()) -> Step:
    return Step(name, what, "rows", ROWS, QUICK, (*ways, _BARE), bars, write=write_sheet)


def _of_the_store(
    name: str, what: str, *ways: Way, write: Callable[[int, Path], None] | None = None
) -> Step:
    return Step(name, what, "people", ROWS, QUICK, ways, slack=0.3, write=write)


STEPS = (
    _of_a_sheet("gate", "what a workbook is made of, before it is opened", Way("ours", _gate)),
    _of_a_sheet(
        "read", "gate and cells, in the child process that may die of a file", Way("ours", _read)
    ),
    _of_a_sheet("map", "where the table is and what its 63 columns are", Way("ours", _map)),
    _of_a_sheet(
        "check",
        "the whole command `check`, its start included",
        Way("ours", _check, whole_process=True),
        Way("pandas with openpyxl, only reading", _pandas, INSTEAD, once=True),
        bars=(
            Bar("python-calamine alone", at_most=4.0),
            Bar("pandas with openpyxl, only reading", at_least=3.0),
            Bar(gigabytes=1.2),
        ),
    ),
    _of_the_store(
        "store",
        "preview and commit into an empty SQLite store",
        Way("ours", _store, once=True),
        Way("sqlite3 alone", _bare_insert, FLOOR, once=True),
    ),
    _of_the_store(
        "load",
        "everything that counts, back from the store",
        Way("ours", _load),
        Way("sqlite3 and json alone", _bare_select, FLOOR),
        write=_fill,
    ),
)
