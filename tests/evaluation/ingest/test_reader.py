"""Reading in a child process: it may die of a file, and nothing else happens."""

from __future__ import annotations

import datetime as dt
import io
import os
import pickle
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from evaluation.ingest.files import child, reader
from evaluation.ingest.files.cells import Column, Sheet, UnreadableFileError, Upload
from evaluation.ingest.files.reader import Reader, read_uploads

ROOT = Path(child.__file__).resolve().parents[3]
GOOD = b"participant,wave\nP1,end\nP2,\n"
# Legal text that takes seconds and hundreds of megabytes to read: 24 million cells.
HEAVY = (b"1," * 199 + b"1\n") * 120_000

on_posix = pytest.mark.skipif(child.resource is None, reason="the system knows no such limits")


def rows_of(upload: Upload | UnreadableFileError) -> list[list[object]]:
    assert isinstance(upload, Upload)
    (sheet,) = upload.sheets
    return [list(sheet.row(number)) for number in range(1, sheet.n_rows + 1)]


def run(code: str, **options: object) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(  # type: ignore[call-overload,no-any-return]
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, timeout=60, **options
    )


@pytest.fixture
def own_reader():
    readers: list[Reader] = []

    def make(**limits: float) -> Reader:
        readers.append(Reader(**limits))  # type: ignore[arg-type]
        return readers[-1]

    yield make
    for made in readers:
        made.close()


def test_files_come_back_in_their_order_each_with_its_cells_or_its_reason() -> None:
    first, second, third = read_uploads(
        [("a.csv", GOOD), ("b.csv", b"%PDF-1.7\n"), ("c.csv", b"id;x\n7;2,5\n")]
    )
    assert rows_of(first) == [["participant", "wave"], ["P1", "end"], ["P2", None]]
    assert isinstance(second, UnreadableFileError)
    assert second.code == "not_a_spreadsheet"
    assert "'b.csv'" in second.message
    assert rows_of(third) == [["id", "x"], ["7", "2,5"]]


def test_no_files_are_no_results() -> None:
    assert read_uploads([]) == []


def test_the_encoding_reaches_the_text() -> None:
    data = b"id,a\nP1,\x8e\n"
    assert rows_of(read_uploads([("a.csv", data)], encoding="mac_roman")[0])[1] == ["P1", "é"]
    assert rows_of(read_uploads([("a.csv", data)], encoding="cp1252")[0])[1] == ["P1", "Ž"]
    with pytest.raises(ValueError, match="encoding='latin'"):
        read_uploads([("a.csv", data)], encoding="latin")


def test_progress_goes_from_nothing_to_all_by_the_size_of_the_files() -> None:
    told: list[float] = []
    read_uploads([("a.csv", b"id,a\nP1,1\n"), ("b.csv", b"%PDF" + b" " * 26)], progress=told.append)
    assert told == [0.0, 0.25, 1.0]


def test_one_child_serves_many_files(own_reader) -> None:
    mine = own_reader()
    assert mine.pid is None
    mine.read("a.csv", GOOD)
    first = mine.pid
    with pytest.raises(UnreadableFileError):
        mine.read("b.csv", b"\n")
    mine.read("c.csv", GOOD)
    assert mine.pid == first != os.getpid()


def test_a_child_that_died_between_two_files_is_replaced(own_reader) -> None:
    mine = own_reader()
    mine.read("a.csv", GOOD)
    first = mine.pid
    os.kill(first, 9)
    assert rows_of(mine.read("b.csv", GOOD))[1] == ["P1", "end"]
    assert mine.pid != first


def when_taken(monkeypatch, act) -> None:
    """Have something happen at the moment when a child begins to read a file."""
    original = child.read_frame

    def read_frame(stream):
        frame = original(stream)
        if frame == child.TAKEN:
            act()
        return frame

    monkeypatch.setattr(child, "read_frame", read_frame)


def test_the_file_that_a_child_dies_of_is_refused_and_the_next_is_read(
    own_reader, monkeypatch
) -> None:
    mine = own_reader()
    mine.read("a.csv", GOOD)
    first = mine.pid
    with monkeypatch.context() as patch:
        when_taken(patch, lambda: os.kill(first, 9))
        with pytest.raises(UnreadableFileError) as caught:
            mine.read("heavy.csv", HEAVY)
    assert caught.value.code == "too_large"
    assert caught.value.message.startswith("'heavy.csv' takes more memory or time")
    assert rows_of(mine.read("b.csv", GOOD))[1] == ["P1", "end"]
    assert mine.pid != first


@pytest.mark.parametrize(
    "limits",
    [
        pytest.param({"wall_seconds": 0.5}, id="wall"),
        pytest.param({"cpu_seconds": 0}, id="cpu", marks=on_posix),
        pytest.param({"memory_bytes": 450_000_000}, id="memory", marks=on_posix),
    ],
)
def test_a_file_beyond_a_limit_is_refused_and_the_next_is_read(own_reader, limits) -> None:
    mine = own_reader(**limits)
    with pytest.raises(UnreadableFileError) as caught:
        mine.read("heavy.csv", HEAVY)
    assert caught.value.code == "too_large"
    assert "'heavy.csv'" in caught.value.message
    assert caught.value.fix
    assert rows_of(mine.read("b.csv", GOOD))[1] == ["P1", "end"]


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="the system does not tell")
def test_a_child_that_holds_much_memory_is_not_used_again(own_reader) -> None:
    mine = own_reader(memory_bytes=300_000_000)  # a quarter is less than Python and numpy hold
    for _ in range(2):
        assert rows_of(mine.read("a.csv", GOOD))[1] == ["P1", "end"]
        assert mine.pid is None


def test_threads_wait_for_their_turn_and_get_their_own_file() -> None:
    files = [(f"{i}.csv", f"id,a\nP{i},{i * i}\n".encode()) for i in range(24)]
    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(lambda file: read_uploads([file])[0], files))
    assert [rows_of(result)[1] for result in results] == [[f"P{i}", str(i * i)] for i in range(24)]
    assert [result.file_name for result in results] == [name for name, _ in files]


def test_an_interrupted_reading_leaves_nothing_behind(own_reader, monkeypatch) -> None:
    mine = own_reader()
    mine.read("a.csv", GOOD)
    first = mine.pid

    def interrupt(_: object) -> bytes:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(child, "read_frame", interrupt)
        with pytest.raises(KeyboardInterrupt):
            mine.read("lost.csv", b"id\nlost\n")
    assert rows_of(mine.read("b.csv", GOOD))[1] == ["P1", "end"]
    assert mine.pid != first


def test_closing_ends_the_child_even_while_it_reads(own_reader, monkeypatch) -> None:
    mine = own_reader()
    closer = threading.Thread(target=mine.close)
    when_taken(monkeypatch, closer.start)
    with pytest.raises(UnreadableFileError):
        mine.read("heavy.csv", HEAVY)
    closer.join(timeout=30)
    assert mine.pid is None
    with pytest.raises(RuntimeError, match="closed"):
        mine.read("a.csv", GOOD)


def test_a_child_that_cannot_start_is_no_fault_of_a_file(own_reader, monkeypatch) -> None:
    monkeypatch.setattr(child, "__name__", "evaluation.no_such_module")
    with pytest.raises(RuntimeError, match="did not start"):
        own_reader().read("a.csv", GOOD)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the system does not fork")
@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")
def test_a_forked_process_starts_a_child_of_its_own() -> None:
    read_uploads([("a.csv", GOOD)])
    mine = reader._readers.pids
    forked = os.fork()
    if forked == 0:
        os._exit(1 if reader._readers.pids else 0)
    assert os.waitstatus_to_exitcode(os.waitpid(forked, 0)[1]) == 0
    assert rows_of(read_uploads([("b.csv", GOOD)])[0])[1] == ["P1", "end"]
    assert mine and reader._readers.pids == mine


# --- the child ------------------------------------------------------------------------------


def test_the_child_ends_when_its_parent_is_gone() -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "evaluation.ingest.files.child", "2000000000", "60"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT,
    )  # fmt: skip
    assert process.stdin and process.stdout
    assert child.read_frame(process.stdout) == child.READY
    process.stdin.close()
    assert process.wait(timeout=20) == 0
    process.stdout.close()


def test_what_a_library_prints_goes_nowhere() -> None:
    code = (
        "import os\n"
        "from evaluation.ingest.files import child\n"
        "jobs, answers = child._take_pipes()\n"
        "print('noise', flush=True)\n"
        "os.write(1, b'noise')\n"
        "child.write_frame(answers, jobs.read())\n"
    )
    assert run(code, input=b"job").stdout == b"\0" * 7 + b"\3" + b"job"


def test_the_child_imports_nothing_heavy() -> None:
    code = (
        "import sys\n"
        "import evaluation.ingest.files.child, evaluation.ingest.files.read\n"
        "import evaluation.ingest.files.read_text, evaluation.ingest.files.read_spss\n"
        "heavy = {'pandas', 'scipy', 'streamlit', 'sqlalchemy', 'pyreadstat', 'altair'}\n"
        "print(*sorted(heavy & set(sys.modules)))\n"
    )
    assert run(code).stdout.split() == []


@on_posix
def test_the_child_can_write_nothing_to_the_disk(tmp_path: Path) -> None:
    code = (
        "from evaluation.ingest.files import child\n"
        "child._limit_process(2_000_000_000)\n"
        "try:\n"
        "    with open('cells.tmp', 'w') as file: file.write('Jane Doe')\n"
        "except OSError:\n"
        "    print('refused', end='')\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, timeout=60,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert done.stdout == b"refused", done.stderr
    assert (tmp_path / "cells.tmp").read_bytes() == b""


def answer_to(failure: BaseException) -> Upload | UnreadableFileError:
    def fail(file_name: str, data: bytes, *, encoding: str) -> Upload:
        raise failure

    return pickle.loads(child._answer(fail, pickle.dumps(("a.xlsx", b"", ""))))


def test_an_unexpected_failure_becomes_a_sentence_without_the_librarys_words() -> None:
    class OtherLanguagePanic(BaseException):
        pass

    for failure in (ValueError("cell 'Jane Doe'"), OtherLanguagePanic("Jane Doe")):
        error = answer_to(failure)
        assert isinstance(error, UnreadableFileError)
        assert error.code == "not_a_spreadsheet"
        assert error.message.startswith("'a.xlsx' is not a workbook that can be opened")
        assert "Jane" not in repr(error)


def test_a_reason_keeps_its_words_and_loses_its_causes() -> None:
    refused = UnreadableFileError("password", "It is locked.", "Unlock it.")
    refused.__cause__ = ValueError("Jane Doe")
    refused.detail = "Jane Doe"  # type: ignore[attr-defined]
    error = answer_to(refused)
    assert (error.code, error.message, error.fix) == ("password", "It is locked.", "Unlock it.")
    assert error.__cause__ is None
    assert not hasattr(error, "detail")


# --- answers --------------------------------------------------------------------------------


def test_an_answer_keeps_everything_that_a_file_can_hold() -> None:
    cells = ["a", 1, 2.5, dt.date(2024, 4, 3), dt.datetime(2024, 4, 3, 9), dt.time(9), None]
    column = Column.of([*cells, dt.timedelta(hours=30)])
    sheet = Sheet(
        "one", (column,), frozenset({(2, 0)}), frozenset({3}), frozenset({0}), ((1, 0, 2, 0),),
        frozenset({(1, 0)}), frozenset({4}), {0: {2.5: "often"}}, {0: {1: "refused"}},
    )  # fmt: skip
    sent = Upload("a.xlsx", "xlsx", (sheet,), ("hidden",), ("note",), {"id": "phq9"}, True)
    got = reader._unpacked("a.xlsx", child._packed(sent))
    assert isinstance(got, Upload)
    assert got.sheets[0].columns[0].cells() == [*cells, dt.timedelta(hours=30)]
    assert got.sheets[0].columns[0].codes.dtype == column.codes.dtype
    for name in Sheet.__dataclass_fields__.keys() - {"columns"}:
        assert getattr(got.sheets[0], name) == getattr(sheet, name)
    for name in Upload.__dataclass_fields__.keys() - {"sheets"}:
        assert getattr(got, name) == getattr(sent, name)


def test_an_answer_cannot_make_the_parent_do_anything(tmp_path: Path) -> None:
    class Attack:
        def __reduce__(self):
            return os.mkdir, (str(tmp_path / "taken"),)

    for answer in (Attack(), [Attack()], "text", os.getcwd):
        error = reader._unpacked("a.csv", pickle.dumps(answer))
        assert isinstance(error, UnreadableFileError)
        assert error.code == "not_a_spreadsheet"
    assert not (tmp_path / "taken").exists()


@pytest.mark.parametrize("answer", [b"", b"nonsense", pickle.dumps("x" * 100)[:50]])
def test_an_answer_that_is_none_is_a_damaged_file(answer: bytes) -> None:
    error = reader._unpacked("a.csv", answer)
    assert isinstance(error, UnreadableFileError)
    assert error.code == "not_a_spreadsheet"


@pytest.mark.parametrize(
    ("sent", "got"),
    [
        (b"\0" * 7 + b"\3job", b"job"),
        (b"\0" * 7 + b"\0", b""),
        (b"\0" * 7 + b"\3jo", None),
        (b"\0" * 7, None),
        (b"", None),
        (b"\xff" * 8 + b"job", None),
    ],
)
def test_a_message_is_whole_or_it_is_none(sent: bytes, got: bytes | None) -> None:
    assert child.read_frame(io.BytesIO(sent)) == got
