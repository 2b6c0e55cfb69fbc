"""Reading uploads out of reach: every file is parsed in a child process that may die of it.

Children are kept warm for the whole server, each with one job at a time; a file that kills one is
refused with a sentence, and the next one meets a fresh child. Nothing is written to disk: bytes go
to the child through a pipe, cells come back through another. Of many files at once only as many
are read as there are children; the others wait for their turn, and not for ever.
"""

from __future__ import annotations

import atexit
import io
import os
import pickle
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from evaluation.ingest.files import cells, child
from evaluation.ingest.files.cells import UnreadableFileError, Upload
from evaluation.ingest.files.limits import damaged
from evaluation.ingest.files.read_text import ENCODINGS

MEMORY_BYTES = 2_000_000_000
CPU_SECONDS = 60
WALL_SECONDS = 90.0
READERS = 2  # files that the whole server reads at a time: each may take MEMORY_BYTES
WAIT_SECONDS = 60.0
_START_SECONDS = 60.0
_ROOT = Path(cells.__file__).resolve().parents[3]

# All that an answer may be made of. A parser is the one place where a hostile file could take over
# the child; its answer must not be able to do more here than to hold cells.
_ANSWER_TYPES: dict[str, frozenset[str]] = {
    "evaluation.ingest.files.cells": frozenset(
        {"Column", "Sheet", "Upload", "UnreadableFileError"}
    ),
    "datetime": frozenset({"date", "datetime", "time", "timedelta"}),
    "builtins": frozenset({"frozenset", "set"}),
    "numpy": frozenset({"dtype", "ndarray"}),
    "numpy._core.numeric": frozenset({"_frombuffer"}),
    "numpy._core.multiarray": frozenset({"_reconstruct", "scalar"}),
}


class _AnswerUnpickler(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        if name not in _ANSWER_TYPES.get(module, ()):
            raise pickle.UnpicklingError(f"an answer may not hold {module}.{name}")
        return super().find_class(module, name)


class Reader:
    """A child process that reads files one after another; others wait for their turn.

    ``memory_bytes`` limits the child as a whole, ``cpu_seconds`` and ``wall_seconds`` each file.
    """

    def __init__(
        self,
        *,
        memory_bytes: int = MEMORY_BYTES,
        cpu_seconds: int = CPU_SECONDS,
        wall_seconds: float = WALL_SECONDS,
    ) -> None:
        self._limits = (str(memory_bytes), str(cpu_seconds))
        self._wall_seconds = wall_seconds
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._closed = False

    @property
    def pid(self) -> int | None:
        """The process that would read the next file, if one was started."""
        process = self._process
        return process.pid if process else None

    def read(self, file_name: str, data: bytes, *, encoding: str = "") -> Upload:
        """Read one file; ``UnreadableFileError`` says why it cannot be read."""
        job = pickle.dumps((file_name, data, encoding), protocol=5)
        with self._lock:
            try:
                answer = self._ask(job)
            except BaseException:
                self._end()  # interrupted: an answer may be half read
                raise
            if answer is None:
                self._end()
                raise _too_much(file_name)
        result = _unpacked(file_name, answer)
        if isinstance(result, UnreadableFileError):
            raise result
        return result

    def close(self) -> None:
        """End the child, whatever it is doing; nothing can be read any more."""
        self._closed = True
        process = self._process
        if process is not None:
            process.kill()
        with self._lock:
            self._end()

    def forget(self) -> None:
        """Leave the child to the process that this one was forked from."""
        self._lock = threading.Lock()
        if self._process is not None:
            self._process.returncode = 0  # not ours to wait for
        self._process = None

    def _ask(self, job: bytes) -> bytes | None:
        """The child's answer; ``None`` if it died of the job."""
        process = self._handed_over(job)
        if process is None:
            return None
        with _Deadline(process, self._wall_seconds):
            answer = child.read_frame(_pipe(process.stdout))
            if answer is not None and child.read_frame(_pipe(process.stdout)) != child.READY:
                self._end()
        return answer

    def _handed_over(self, job: bytes) -> subprocess.Popen[bytes] | None:
        """The child that has the whole job now; one that was dead already is replaced once."""
        for _ in range(2):
            process = self._running()
            with _Deadline(process, self._wall_seconds) as deadline:
                try:
                    child.write_frame(_pipe(process.stdin), job)
                    taken = child.read_frame(_pipe(process.stdout)) == child.TAKEN
                except ConnectionError:
                    taken = False
            if taken and not deadline.passed:
                return process
            self._end()
            if deadline.passed:
                return None
        return None

    def _running(self) -> subprocess.Popen[bytes]:
        if self._closed:
            raise RuntimeError("the reader of files is closed")
        if self._process is None or self._process.poll() is not None:
            self._end()
            self._process = self._started()
        return self._process

    def _started(self) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(
            [sys.executable, "-m", child.__name__, *self._limits],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=_ROOT,
            # Threads of linear algebra, which no parser needs, would each take up address space.
            env=os.environ | {"OPENBLAS_NUM_THREADS": "1"},
            close_fds=True,
        )
        with _Deadline(process, _START_SECONDS):
            hello = child.read_frame(_pipe(process.stdout))
        if hello != child.READY:
            _stop(process)
            raise RuntimeError("the process that reads files did not start")
        return process

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            _stop(process)


class Readers:
    """As many children as may read at a time; a file waits for a free one, and not for ever.

    The child that was used last is used first: one alone is started while one is enough.
    """

    def __init__(
        self, most: int = READERS, *, wait_seconds: float = WAIT_SECONDS, **limits: Any
    ) -> None:
        if most < 1:
            raise ValueError(f"most={most}: at least one reader is needed")
        self._all = [Reader(**limits) for _ in range(most)]
        self._wait_seconds = wait_seconds
        self._start_afresh()

    @property
    def pids(self) -> list[int]:
        """The processes that would read the next files."""
        return [reader.pid for reader in self._all if reader.pid is not None]

    def read(self, file_name: str, data: bytes, *, encoding: str = "") -> Upload:
        """Read one file; ``UnreadableFileError`` says why not, also when nobody had time for it."""
        with self._free_one(file_name) as reader:
            return reader.read(file_name, data, encoding=encoding)

    def close(self) -> None:
        """End every child, whatever it is doing."""
        for reader in self._all:
            reader.close()

    def forget(self) -> None:
        """Leave the children to the process that this one was forked from."""
        for reader in self._all:
            reader.forget()
        self._start_afresh()

    def _start_afresh(self) -> None:
        self._idle = list(reversed(self._all))
        self._turns = threading.BoundedSemaphore(len(self._all))

    @contextmanager
    def _free_one(self, file_name: str) -> Iterator[Reader]:
        turns = self._turns
        if not turns.acquire(timeout=self._wait_seconds):
            raise _too_busy(file_name)
        reader = self._idle.pop()  # one is there for each turn; taking and giving back is atomic
        try:
            yield reader
        finally:
            self._idle.append(reader)
            turns.release()


class _Deadline:
    """Kills a process that is still at it after so many seconds."""

    def __init__(self, process: subprocess.Popen[bytes], seconds: float) -> None:
        self._timer = threading.Timer(seconds, self._kill)
        self._timer.daemon = True
        self._process = process
        self.passed = False

    def _kill(self) -> None:
        self.passed = True
        self._process.kill()

    def __enter__(self) -> _Deadline:
        self._timer.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()


def _pipe(stream: Any) -> Any:
    if stream is None:
        raise ValueError("process: was started without a pipe")
    return stream


def _close_pipes(process: subprocess.Popen[bytes]) -> None:
    for stream in (process.stdin, process.stdout):
        if stream is not None:
            try:
                stream.close()
            except OSError:  # what was left in it cannot be sent: nobody is there to read it
                continue


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.wait()
    _close_pipes(process)


def _too_much(file_name: str) -> UnreadableFileError:
    return UnreadableFileError(
        "too_large",
        f"'{file_name}' takes more memory or time than a site's file needs, so reading it was "
        "stopped.",
        "Copy the rows and columns with answers into a new workbook, save it, and upload that.",
    )


def _too_busy(file_name: str) -> UnreadableFileError:
    return UnreadableFileError(
        "too_busy",
        f"'{file_name}' was not read: many files are being read at the moment, and its turn did "
        "not come.",
        "Nothing is wrong with the file. Wait a few minutes and upload it again.",
    )


def _unpacked(file_name: str, answer: bytes) -> Upload | UnreadableFileError:
    try:
        result = _AnswerUnpickler(io.BytesIO(answer)).load()
    except Exception:  # an honest child packs nothing that could fail to unpack, in whatever way
        return damaged(file_name)
    return result if isinstance(result, Upload | UnreadableFileError) else damaged(file_name)


_readers = Readers()
atexit.register(_readers.close)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_readers.forget)


def read_uploads(
    files: Sequence[tuple[str, bytes]],
    *,
    encoding: str = "",
    progress: Callable[[float], None] | None = None,
) -> list[Upload | UnreadableFileError]:
    """What each file (name, bytes) holds, in the order given, or why it cannot be read.

    ``encoding`` (one of ENCODINGS, or ``""``) is a person's word on how text files were written.
    ``progress`` is told the share that is done, from 0 to 1, before and after each file.
    """
    if encoding and encoding not in ENCODINGS:
        raise ValueError(f"encoding={encoding!r}: allowed are {', '.join(ENCODINGS)}")
    total = sum(len(data) for _, data in files) or 1
    done = 0
    results: list[Upload | UnreadableFileError] = []
    if progress:
        progress(0.0)
    for number, (file_name, data) in enumerate(files, start=1):
        try:
            results.append(_readers.read(file_name, data, encoding=encoding))
        except UnreadableFileError as error:
            results.append(error)
        done += len(data)
        if progress:
            progress(1.0 if number == len(files) else done / total)
    return results
