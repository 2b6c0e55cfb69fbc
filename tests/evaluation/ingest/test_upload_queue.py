"""Many uploads at once: a few are read at a time, the others wait, and nobody floods the server."""

from __future__ import annotations

import datetime as dt
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from evaluation.ingest.files import child
from evaluation.ingest.files.cells import UnreadableFileError, Upload
from evaluation.ingest.files.reader import Readers
from evaluation.ingest.upload_limit import TooManyUploadsError, UploadLimit

GOOD = b"participant,wave\nP1,end\nP2,\n"
NOON = dt.datetime(2026, 3, 2, 12, 0, tzinfo=dt.UTC)


def first_row(upload: Upload) -> list[object]:
    return list(upload.sheets[0].row(2))


@pytest.fixture
def many_readers():
    made: list[Readers] = []

    def make(most: int, **limits: float) -> Readers:
        made.append(Readers(most, **limits))  # type: ignore[arg-type]
        return made[-1]

    yield make
    for readers in made:
        readers.close()


def held_up(monkeypatch) -> tuple[threading.Semaphore, threading.Event]:
    """Files that have been taken wait for the event; the semaphore counts them."""
    begun, go_on = threading.Semaphore(0), threading.Event()

    def wait() -> None:
        begun.release()
        assert go_on.wait(30)

    original = child.read_frame

    def read_frame(stream):
        frame = original(stream)
        if frame == child.TAKEN:
            wait()
        return frame

    monkeypatch.setattr(child, "read_frame", read_frame)
    return begun, go_on


def test_two_files_are_read_at_a_time_and_a_third_is_told_after_its_wait(
    many_readers, monkeypatch
) -> None:
    mine = many_readers(2, wait_seconds=0.05)
    begun, go_on = held_up(monkeypatch)
    with ThreadPoolExecutor(2) as pool:
        reading = [pool.submit(mine.read, f"{i}.csv", GOOD) for i in range(2)]
        assert all(begun.acquire(timeout=30) for _ in reading)
        assert len(set(mine.pids)) == 2
        with pytest.raises(UnreadableFileError) as caught:
            mine.read("third.csv", GOOD)
        go_on.set()
        assert all(first_row(done.result()) == ["P1", "end"] for done in reading)
    assert caught.value.code == "too_busy"
    assert "'third.csv'" in caught.value.message
    assert caught.value.message.endswith(".") and caught.value.fix.endswith(".")
    assert first_row(mine.read("third.csv", GOOD)) == ["P1", "end"]


def test_who_waits_long_enough_gets_a_turn(many_readers, monkeypatch) -> None:
    mine = many_readers(1, wait_seconds=30)
    begun, go_on = held_up(monkeypatch)
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(mine.read, "a.csv", GOOD)
        assert begun.acquire(timeout=30)
        second = pool.submit(mine.read, "b.csv", GOOD)
        go_on.set()
        assert {first.result().file_name, second.result().file_name} == {"a.csv", "b.csv"}
    assert len(mine.pids) == 1


def test_one_child_alone_is_started_while_one_is_enough(many_readers) -> None:
    mine = many_readers(2)
    for _ in range(3):
        mine.read("a.csv", GOOD)
    assert len(mine.pids) == 1


def test_a_refused_file_gives_its_turn_back(many_readers) -> None:
    mine = many_readers(1, wait_seconds=0.05)
    for _ in range(3):
        with pytest.raises(UnreadableFileError) as caught:
            mine.read("a.csv", b"%PDF-1.7")
        assert caught.value.code == "not_a_spreadsheet"


def test_no_readers_at_all_are_a_mistake() -> None:
    with pytest.raises(ValueError, match="most=0"):
        Readers(0)


# --- one person's uploads -------------------------------------------------------------------------


def minutes(n: float) -> dt.datetime:
    return NOON + dt.timedelta(minutes=n)


def upload(limit: UploadLimit, user: str, at: dt.datetime) -> None:
    with limit.upload(user, at=at):
        pass


def test_twenty_uploads_an_hour_and_the_next_is_told_when() -> None:
    limit = UploadLimit()
    for n in range(20):
        upload(limit, "lead", minutes(n))
    with pytest.raises(TooManyUploadsError) as caught:
        upload(limit, "lead", minutes(20.5))
    assert "20 uploads within an hour" in caught.value.message
    assert "again in 40 minutes" in caught.value.fix  # the first was 20.5 minutes ago
    upload(limit, "another", minutes(20.5))
    upload(limit, "lead", minutes(60))  # the first one is an hour old now
    with pytest.raises(TooManyUploadsError, match="20 uploads") as caught:
        upload(limit, "lead", minutes(60.2))
    assert "again in a minute" in caught.value.fix


def test_a_refused_upload_does_not_count() -> None:
    limit = UploadLimit(1, within=dt.timedelta(minutes=10))
    upload(limit, "lead", minutes(0))
    for n in range(1, 10):
        with pytest.raises(TooManyUploadsError, match="within 10 minutes"):
            upload(limit, "lead", minutes(n))
    upload(limit, "lead", minutes(10))


def test_one_upload_of_a_person_at_a_time() -> None:
    limit = UploadLimit()
    with limit.upload("lead", at=NOON):
        upload(limit, "another", NOON)
        with pytest.raises(TooManyUploadsError, match="still being read"):
            upload(limit, "lead", NOON)
    upload(limit, "lead", NOON)


def test_a_turn_is_given_back_when_reading_fails() -> None:
    limit = UploadLimit()
    with pytest.raises(KeyboardInterrupt), limit.upload("lead", at=NOON):
        raise KeyboardInterrupt
    upload(limit, "lead", NOON)


def test_nobody_is_remembered_longer_than_the_span() -> None:
    limit = UploadLimit()
    for n in range(50):
        upload(limit, f"person {n}", NOON)
    upload(limit, "lead", minutes(60))
    assert list(limit._times) == ["lead"]


def test_threads_never_get_more_than_the_limit() -> None:
    limit = UploadLimit(5)

    def one(_: int) -> int:
        try:
            upload(limit, "lead", NOON)
        except TooManyUploadsError:
            return 0
        return 1

    with ThreadPoolExecutor(8) as pool:
        n = sum(pool.map(one, range(200)))
    assert n == 5


def test_limits_that_allow_nothing_are_mistakes() -> None:
    with pytest.raises(ValueError, match="most=0"):
        UploadLimit(0)
    with pytest.raises(ValueError, match="within="):
        UploadLimit(within=dt.timedelta())
