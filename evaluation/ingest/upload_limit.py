"""How often one person may upload: enough for any honest day, too little to keep a server busy."""

from __future__ import annotations

import datetime as dt
import math
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager

MOST_UPLOADS = 20
WITHIN = dt.timedelta(hours=1)


class TooManyUploadsError(Exception):
    """An upload that has to wait; carries the sentence and what to do."""

    def __init__(self, message: str, fix: str) -> None:
        super().__init__(message, fix)
        self.message = message
        self.fix = fix


class UploadLimit:
    """Lets each person upload ``most`` times ``within`` a span, and one upload at a time.

    An upload is one set of files that are checked together. One object serves the whole process;
    it remembers times only, and of nobody longer than the span.
    """

    def __init__(self, most: int = MOST_UPLOADS, *, within: dt.timedelta = WITHIN) -> None:
        if most < 1:
            raise ValueError(f"most={most}: at least one upload must be allowed")
        if within <= dt.timedelta():
            raise ValueError(f"within={within}: must be longer than nothing")
        self._most = most
        self._within = within
        self._lock = threading.Lock()
        self._times: dict[str, deque[dt.datetime]] = {}
        self._running: set[str] = set()

    @contextmanager
    def upload(self, user: str, *, at: dt.datetime) -> Iterator[None]:
        """Hold this person's turn while files are read; ``TooManyUploadsError`` if it must wait."""
        with self._lock:
            self._forget(before=at - self._within)
            if user in self._running:
                raise _one_at_a_time()
            times = self._times.get(user, deque())
            if len(times) >= self._most:
                raise self._too_many(times[0] + self._within - at)
            self._times.setdefault(user, times).append(at)
            self._running.add(user)
        try:
            yield
        finally:
            with self._lock:
                self._running.discard(user)

    def _forget(self, *, before: dt.datetime) -> None:
        for user, times in list(self._times.items()):
            while times and times[0] <= before:
                times.popleft()
            if not times:
                del self._times[user]

    def _too_many(self, wait: dt.timedelta) -> TooManyUploadsError:
        minutes = max(1, math.ceil(wait / dt.timedelta(minutes=1)))
        when = "a minute" if minutes == 1 else f"{minutes} minutes"
        return TooManyUploadsError(
            f"That would be more than {self._most} uploads within {_span(self._within)}, which is "
            "as many as one person can make here.",
            f"You can upload again in {when}. Several files can be uploaded together.",
        )


def _one_at_a_time() -> TooManyUploadsError:
    return TooManyUploadsError(
        "Another upload of yours is still being read.",
        "Wait until it is done, perhaps in another window, and upload this one then.",
    )


def _span(within: dt.timedelta) -> str:
    if within == dt.timedelta(hours=1):
        return "an hour"
    return f"{within / dt.timedelta(minutes=1):,.0f} minutes"
