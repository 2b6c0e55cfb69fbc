"""Files that harm or deceive: refused or read as they should be, and reading goes on after them."""

from __future__ import annotations

import io
import os

import openpyxl
import pytest

from evaluation.ingest.files.cells import UnreadableFileError, Upload
from evaluation.ingest.files.read import read_upload
from evaluation.ingest.files.reader import Reader
from evaluation.ingest.pipeline import read_files
from tests.evaluation.ingest.crafted_files import (
    CRAFTED,
    PRIVATE,
    SLOW,
    Crafted,
    flips,
    good_csv,
    good_rows,
    good_workbook,
)
from tests.evaluation.ingest.hostile import HOSTILE

# What the readers themselves die of; the gate must keep it from them, in the child as elsewhere.
KILLERS = (
    "one long text in 12,000 cells", "the two furthest cells", "row 99999999999",
    "one merged range of a whole sheet", "a million columns",
)  # fmt: skip
# Those of `hostile` have a test of their own, in which a reader never sees them.
OTHERS = [name for name in CRAFTED if name not in HOSTILE and name not in SLOW]
# What stands in files that are read, and that nobody may find in what was read.
HIDING = [
    "a link to another workbook, with a name in it",
    "hidden rows, columns and sheets, a comment, an author",
]


@pytest.fixture(scope="module")
def child():
    reader = Reader()
    reader.read("warm.csv", good_csv())
    yield reader
    reader.close()


def outcome(crafted: Crafted, upload: Upload) -> list[list[object]]:
    columns = upload.sheets[0].columns
    return [
        column.cells()[: len(want)]
        for column, want in zip(columns, crafted.cells or [], strict=False)
    ]


@pytest.mark.parametrize("name", OTHERS)
def test_each_is_refused_with_a_sentence_or_read_as_it_stands(name: str) -> None:
    crafted = CRAFTED[name]
    if not crafted.refused:
        upload = read_upload(crafted.file_name, crafted.make())
        assert outcome(crafted, upload) == crafted.cells
        return
    with pytest.raises(UnreadableFileError) as caught:
        read_upload(crafted.file_name, crafted.make())
    assert caught.value.code == crafted.refused
    assert f"'{crafted.file_name}'" in caught.value.message
    assert caught.value.message.endswith(".") and caught.value.fix.endswith(".")


def test_every_file_has_an_end_and_no_name_is_lost() -> None:
    assert set(SLOW) <= set(CRAFTED)
    assert set(KILLERS) | set(HIDING) <= set(CRAFTED)
    assert all(bool(crafted.refused) != bool(crafted.cells) for crafted in CRAFTED.values())
    assert len(CRAFTED) >= 48


@pytest.mark.parametrize("name", HIDING)
def test_what_nobody_sees_in_a_workbook_is_not_read(name: str) -> None:
    data = CRAFTED[name].make()
    assert PRIVATE not in repr([s.columns for s in read_upload("a.xlsx", data).sheets])
    assert PRIVATE not in repr(read_upload("a.xlsx", data))


def test_hidden_rows_and_columns_are_read_and_told() -> None:
    book = openpyxl.load_workbook(io.BytesIO(good_workbook()))
    page = book.active
    page.row_dimensions[3].hidden = True
    page.column_dimensions["D"].hidden = page.column_dimensions["Z"].hidden = True
    buffer = io.BytesIO()
    book.save(buffer)
    report = read_files([("a.xlsx", buffer.getvalue())], site="Luton")
    told = {p.code: (p.severity, p.value) for p in report.problems}
    assert told == {"hidden_rows": ("note", "3"), "hidden_columns": ("note", "D")}
    assert len(report.dataset.records) == len(good_rows())


def test_the_process_that_was_asked_reads_on_after_each_killer(child) -> None:
    for name in KILLERS:
        crafted = CRAFTED[name]
        with pytest.raises(UnreadableFileError):
            child.read(crafted.file_name, crafted.make())
        good = child.read("good.csv", good_csv())
        assert good.sheets[0].n_rows == len(good_rows()) + 1


# --- one byte changed ---------------------------------------------------------------------------


@pytest.mark.parametrize("make", [good_workbook, good_csv])
def test_the_good_files_are_good(make) -> None:
    name = "good.csv" if make is good_csv else "good.xlsx"
    report = read_files([(name, make())], site="Luton")
    assert not report.needs_attention, report.problems
    assert len(report.dataset.records) == len(good_rows())


def test_the_same_seed_changes_the_same_bytes_and_each_time_one() -> None:
    first, good = flips(20, seed=5), {"good.xlsx": good_workbook(), "good.csv": good_csv()}
    assert first == flips(20, seed=5) != flips(20, seed=6)
    for name, data in first:
        assert sum(a != b for a, b in zip(data, good[name], strict=True)) == 1


def test_three_hundred_changed_bytes_give_nothing_but_refusals_and_cells(child) -> None:
    before = child.pid
    refused = 0
    for name, data in flips(300, seed=20170630):
        try:
            assert isinstance(child.read(name, data), Upload)
        except UnreadableFileError as error:
            refused += 1
            assert error.message.endswith(".") and error.fix.endswith(".")
    assert 100 < refused < 250  # of 150 workbooks most; of 150 text files next to none
    assert child.pid == before != os.getpid()


def test_what_is_read_of_a_changed_file_is_checked_like_any_other() -> None:
    for name, data in flips(16, seed=3):
        report = read_files([(name, data)], site="Luton")
        assert report.files[0].name == name
        assert all(problem.message and problem.fix for problem in report.problems)
