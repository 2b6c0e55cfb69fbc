"""Work in processes of its own, as several copies of the program on one store."""

from __future__ import annotations

import os
import pickle
import traceback
from collections.abc import Callable, Sequence
from typing import Any

import pytest

needs_processes = pytest.mark.skipif(
    not hasattr(os, "fork"), reason="this system has no processes like that"
)


class Process:
    """A process that does one thing and sends back what came of it."""

    def __init__(self, work: Callable[[], Any]) -> None:
        self._reading, writing = os.pipe()
        self._number = os.fork()
        if self._number:
            os.close(writing)
            return
        try:
            os.close(self._reading)
            with os.fdopen(writing, "wb") as pipe:
                pickle.dump(_done(work), pipe)
        finally:
            os._exit(0)  # never back into the test's own process

    def result(self) -> Any:
        """Wait for what came of it; a failure there is one here."""
        with os.fdopen(self._reading, "rb") as pipe:
            content = pipe.read()
        os.waitpid(self._number, 0)
        assert content, "the process was killed"
        found, failure = pickle.loads(content)
        assert not failure, failure
        return found

    def how_it_ended(self) -> int:
        """The status of a process that sends nothing."""
        os.close(self._reading)
        return os.waitpid(self._number, 0)[1]


def _done(work: Callable[[], Any]) -> tuple[Any, str]:
    """What came of it, or how it failed."""
    try:
        return work(), ""
    except BaseException:
        return None, traceback.format_exc()


def at_once(works: Sequence[Callable[[], Any]]) -> list[Any]:
    """Start them all, then wait for each."""
    return [process.result() for process in [Process(work) for work in works]]
