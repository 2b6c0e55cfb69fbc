"""The process that parses uploaded files, so that a hostile or huge file cannot harm the server.

Some files make a reading library abort its whole process or eat all memory; no exception can be
caught then. This process reads them one after another under limits of its own. It is started by
``reader.py`` with the pipes between the two as its standard input and output, and it ends when its
input ends: with its parent. It imports only what parsing needs: it has to start at once.
"""

from __future__ import annotations

import gc
import os
import pickle
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from evaluation.ingest.files.cells import UnreadableFileError, Upload
from evaluation.ingest.files.limits import damaged

try:
    import resource
except ImportError:  # Windows knows no such limits; the wall clock of the parent remains
    resource = None  # type: ignore[assignment]

READY = b"ready"  # sent at the start and after each answer: another file may come
_SPENT = b"spent"  # sent instead when much memory is still held: a fresh process is better
TAKEN = b"taken"  # sent when a file has arrived: what happens from now on is due to what is in it
_MEMORY_FILE = Path("/proc/self/statm")  # Linux; its first number is the pages of address space
_LENGTH = 8  # bytes in front of each frame that say how long it is
_LONGEST = 2_000_000_000


def write_frame(stream: BinaryIO, content: bytes) -> None:
    """Send one message through a pipe."""
    stream.write(len(content).to_bytes(_LENGTH, "big"))
    stream.write(content)
    stream.flush()


def read_frame(stream: BinaryIO) -> bytes | None:
    """The next message of a pipe; ``None`` if the other end is gone or sends nonsense."""
    length = stream.read(_LENGTH)
    if len(length) < _LENGTH:
        return None
    size = int.from_bytes(length, "big")
    if size > _LONGEST:
        return None
    content = stream.read(size)
    return content if len(content) == size else None


def main(memory_bytes: int, cpu_seconds: int) -> None:
    """Read every file that comes in, until no more can come."""
    jobs, answers = _take_pipes()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, which ends this too
    from evaluation.ingest.files.read import (
        read_upload,  # here: the parent imports this module as well
    )

    _limit_process(memory_bytes)
    write_frame(answers, READY)
    while (job := read_frame(jobs)) is not None:
        write_frame(answers, TAKEN)
        _limit_cpu(cpu_seconds)
        write_frame(answers, _answer(read_upload, job))
        del job
        gc.collect()
        write_frame(answers, READY if _memory_held() < memory_bytes / 4 else _SPENT)


def _take_pipes() -> tuple[BinaryIO, BinaryIO]:
    """Both pipes; what a library prints from now on goes nowhere instead of between the frames."""
    jobs, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_RDWR)
    os.dup2(nowhere, 0)
    os.dup2(nowhere, 1)
    os.close(nowhere)
    return jobs, answers


def _answer(read_upload: Callable[..., Upload], job: bytes) -> bytes:
    file_name, data, encoding = pickle.loads(job)
    try:
        return _packed(read_upload(file_name, data, encoding=encoding))
    except UnreadableFileError as error:
        return _packed(error)
    except MemoryError:
        # What is left of this process cannot be trusted with another file. Its end is the answer.
        os._exit(1)
    except BaseException:
        # Also what a reader written in another language throws when it gives up. A library's own
        # text is dropped: it may quote cells.
        return _packed(damaged(file_name))


def _packed(answer: Upload | UnreadableFileError) -> bytes:
    if isinstance(answer, UnreadableFileError):
        answer = UnreadableFileError(answer.code, answer.message, answer.fix)  # without its causes
    return pickle.dumps(answer, protocol=5)


def _limit_process(memory_bytes: int) -> None:
    if resource is None:
        return
    _limit(resource.RLIMIT_AS, memory_bytes)
    # Cells must not reach the disk: not by a temporary file, not by the dump of a crash.
    _limit(resource.RLIMIT_FSIZE, 0)
    _limit(resource.RLIMIT_CORE, 0)


def _limit_cpu(cpu_seconds: int) -> None:
    """Let this process compute for so many seconds from now."""
    if resource is None:
        return
    used = resource.getrusage(resource.RUSAGE_SELF)
    _limit(resource.RLIMIT_CPU, int(used.ru_utime + used.ru_stime) + 1 + cpu_seconds)


def _memory_held() -> int:
    """The bytes of address space that this process holds, where the system tells; else 0."""
    if resource is None or not _MEMORY_FILE.exists():
        return 0
    return int(_MEMORY_FILE.read_text().split()[0]) * resource.getpagesize()


def _limit(kind: int, most: int) -> None:
    """Set a soft limit, as far as the system's own allows."""
    hard = resource.getrlimit(kind)[1]
    wanted = most if hard == resource.RLIM_INFINITY else min(most, hard)
    try:
        resource.setrlimit(kind, (wanted, hard))
    except (ValueError, OSError):
        return  # some systems know a limit by name only; the parent's wall clock remains


if __name__ == "__main__":
    main(memory_bytes=int(sys.argv[1]), cpu_seconds=int(sys.argv[2]))
