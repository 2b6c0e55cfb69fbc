"""Writers at once, a process that is killed, a full disk: nothing is lost and nothing half done."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from contextlib import closing
from functools import partial

import pytest
from sqlalchemy import Engine, event, text
from sqlalchemy.exc import DatabaseError

from evaluation.model import ImportReport
from evaluation.store.engine import StoreError, open_engine, write_transaction
from evaluation.store.repository import Store
from tests.evaluation.store.databases import Databases, is_sqlite, plain_engine
from tests.evaluation.store.processes import Process, at_once, needs_processes
from tests.evaluation.store.uploads import UNDONE_TABLES, counted, held, row, upload, used

TABLES = (*UNDONE_TABLES, "import_batch", "import_file", "problem", "tombstone")
# So many people that their rows go the way of large uploads.
MANY = 600


def some(n: int, *, answer: int = 1) -> ImportReport:
    people = [f"P{number}" for number in range(n)]
    return upload(
        *(row(who, phq9={1: answer}, role="mother") for who in people),
        service=tuple(used(who, took_up=True) for who in people),
        indicators=tuple(counted(who, value=answer) for who in people),
    )


# --- several at once -------------------------------------------------------------------------


def write(url: str, writer: int) -> None:
    with closing(Store(url)) as mine:
        for step in range(3):
            own = row(f"P{writer}-{step}", phq9={1: 1})
            shared = row("SHARED", phq9={writer + 1: step})
            mine.commit(upload(own, shared, name=f"{writer}.csv"), by=f"writer {writer}")
        mine.erase("Luton", f"P{writer}-0")


@needs_processes
def test_eight_writers_at_once_lose_nothing(url: str) -> None:
    at_once([partial(write, url, writer) for writer in range(8)])
    with closing(Store(url)) as store:
        loaded = store.load()
        expected = {"SHARED"} | {f"P{writer}-{step}" for writer in range(8) for step in (1, 2)}
        assert set(loaded.participants["participant"]) == expected
        shared = loaded.records.index[loaded.records["participant"] == "SHARED"]
        answers = loaded.answers["phq9"].loc[shared, list(range(1, 9))]
        assert answers.to_numpy().tolist() == [[2] * 8]
        check = store.verify_audit()
        assert (check.ok, check.n_rows) == (True, 32)
        assert store.audit_log()["action"].value_counts().to_dict() == {"import": 24, "erase": 8}


@needs_processes
def test_copies_of_the_program_that_start_at_once_create_one_store(empty_url: str) -> None:
    def start() -> int:
        with closing(Store(empty_url)) as mine:
            return len(mine.sites())

    assert at_once([start] * 6) == [12] * 6
    with closing(Store(empty_url)) as store:
        assert store.verify_audit().ok


@needs_processes
def test_two_copies_of_the_program_show_each_other_what_was_added(url: str) -> None:
    with closing(Store(url)) as ours:
        seen = [ours.snapshot()]

        def theirs() -> tuple[int, list[str], int]:
            with closing(Store(url)) as mine:
                before, people = mine.snapshot(), people_in(mine)
                mine.commit(upload(row("P2", phq9={1: 2})))
                return before, people, mine.snapshot()

        ours.commit(upload(row("P1", phq9={1: 1})))
        seen.append(ours.snapshot())
        before, people, after = Process(theirs).result()
        assert (before, people) == (seen[-1], ["P1"])
        seen.append(ours.snapshot())
        assert after == seen[-1]
        assert people_in(ours) == ["P1", "P2"]
        Process(partial(erase_one, url)).result()
        seen.append(ours.snapshot())
        assert people_in(ours) == ["P1"]
        assert len(set(seen)) == 4


def people_in(store: Store) -> list[str]:
    return sorted(store.load().participants["participant"])


def erase_one(url: str) -> None:
    with closing(Store(url)) as mine:
        mine.erase("Luton", "P2")


def test_what_is_read_is_of_one_moment(url: str) -> None:
    """People and answers are read one after the other, while somebody else adds both."""
    with closing(Store(url)) as store, closing(Store(url)) as other:
        store.commit(upload(row("P1", phq9={1: 1})))
        added = 0

        def add(_connection, _cursor, statement: str, *_rest: object) -> None:
            nonlocal added
            if "FROM response" in statement and not added:
                added = other.commit(upload(row("P2", phq9={1: 2}))).import_id

        event.listen(store._engine, "before_cursor_execute", add)
        loaded = store.load()
        assert added == 2
        assert loaded.records["participant"].tolist() == ["P1"]
        assert people_in(store) == ["P1", "P2"]


def test_who_waits_too_long_for_others_is_told(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from evaluation.store import engine

    monkeypatch.setattr(engine, "WAIT", 0.2)
    with closing(Store(url)) as store, closing(Store(url)) as other:
        store.commit(some(2))
        before = held(url, TABLES)
        with (
            write_transaction(other._engine),
            pytest.raises(StoreError, match="Somebody else is using the store"),
        ):
            store.commit(some(3))
        assert held(url, TABLES) == before
        assert store.commit(some(3)).changes.new == 1


# --- a process that is killed ----------------------------------------------------------------


def statements_of(url: str, work: Callable[[Store], object]) -> int:
    """How many statements some work takes until it is stored."""
    n, stored = 0, False

    def count(*_arguments: object) -> None:
        nonlocal n
        n += not stored

    def stop(_connection: object) -> None:
        nonlocal stored
        stored = True

    with closing(Store(url)) as store:
        event.listen(store._engine, "before_cursor_execute", count)
        event.listen(Engine, "commit", stop)
        try:
            work(store)
        finally:
            event.remove(Engine, "commit", stop)
    return n


def killed_at(url: str, work: Callable[[Store], object], statement: int) -> int:
    """Do some work in a process that is killed before a statement; how the process ended."""
    n = 0

    def kill(*_arguments: object) -> None:
        nonlocal n
        n += 1
        if n == statement:
            os.kill(os.getpid(), signal.SIGKILL)

    def until_killed() -> None:
        store = Store(url)
        event.listen(Engine, "before_cursor_execute", kill)
        work(store)

    return Process(until_killed).how_it_ended()


def import_more(mine: Store) -> None:
    mine.commit(some(MANY, answer=2))


def erase_somebody(mine: Store) -> None:
    mine.erase("Luton", "P3")


@needs_processes
@pytest.mark.parametrize("work", [import_more, erase_somebody])
def test_a_killed_process_leaves_the_store_as_it_was(
    databases: Databases, work: Callable[[Store], object]
) -> None:
    with databases.fresh() as trial, closing(Store(trial)) as store:
        store.commit(some(20))
        n = statements_of(trial, work)
        assert n > 12
    with databases.fresh() as url, closing(Store(url)) as store:
        store.commit(some(20))
        before, log = held(url, TABLES), store.audit_log()["hash"].tolist()
        for statement in (2, n // 3, 2 * n // 3, n):
            assert os.WTERMSIG(killed_at(url, work, statement)) == signal.SIGKILL
            assert held(url, TABLES) == before
            with closing(Store(url)) as again:
                assert again.audit_log()["hash"].tolist() == log
                assert again.verify_audit().ok
            if is_sqlite(url):
                with plain_engine(url).begin() as connection:
                    assert connection.execute(text("pragma integrity_check")).scalar_one() == "ok"
        with closing(Store(url)) as again:
            work(again)
        assert held(url, TABLES) != before


# --- a disk that is full, a store that may only be read ----------------------------------------


def limit_pages(store: Store, extra: int | None) -> None:
    """Let the file grow by so many pages at most, as on a full disk; ``None`` = by any."""
    store.close()

    @event.listens_for(store._engine, "connect")
    def on_connect(connection, _record) -> None:
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        most = 2**30 if extra is None else pages + extra
        connection.execute(f"PRAGMA max_page_count={most}")


FULL = """
CREATE FUNCTION is_full() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  IF (SELECT count(*) FROM {table}) > {room} THEN
    RAISE EXCEPTION 'could not extend file' USING ERRCODE = 'disk_full';
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER is_full AFTER INSERT ON {table} FOR EACH STATEMENT EXECUTE FUNCTION is_full();
"""


def limit_rows(url: str, table: str, room: int) -> None:
    """The same on a server: no room for more rows of a table."""
    with plain_engine(url).begin() as connection:
        connection.exec_driver_sql(FULL.format(table=table, room=room))


def no_longer_full(url: str) -> None:
    with plain_engine(url).begin() as connection:
        connection.exec_driver_sql("DROP FUNCTION is_full CASCADE")


@pytest.mark.parametrize("step", [0, 1])
def test_a_full_disk_is_told_and_loses_nothing(url: str, step: int) -> None:
    with closing(Store(url)) as store:
        store.commit(some(20))
        before = held(url, TABLES)
        if is_sqlite(url):
            limit_pages(store, (0, 3)[step])
        else:
            limit_rows(url, ("response", "audit")[step], (100, 1)[step])
        with pytest.raises(StoreError, match="disk is full"):
            store.commit(some(900, answer=2))
        assert held(url, TABLES) == before
        assert store.load().answers["phq9"].to_numpy().tolist() == [[1]] * 20
        assert store.verify_audit().n_rows == 1
        if is_sqlite(url):
            limit_pages(store, None)
        else:
            no_longer_full(url)
        assert store.commit(some(900, answer=2)).changes.new == 880
        assert store.verify_audit().n_rows == 2


def test_a_store_that_may_only_be_read_says_so(url: str) -> None:
    with closing(Store(url)) as store:
        store.commit(some(2))

        @event.listens_for(store._engine, "connect")
        def on_connect(connection, _record) -> None:
            if is_sqlite(url):
                connection.execute("PRAGMA query_only=ON")
            else:
                connection.execute("SET default_transaction_read_only = on")
                connection.commit()

        store.close()
        for act in (lambda: store.commit(some(3)), lambda: store.erase("Luton", "P1")):
            with pytest.raises(StoreError, match="may not be written to"):
                act()
        assert len(store.load().participants) == 2


def test_a_mistake_of_ours_is_not_told_as_a_fault_of_the_disk(url: str) -> None:
    engine = open_engine(url)
    with (
        pytest.raises(DatabaseError, match=r"no such table|does not exist"),
        write_transaction(engine) as connection,
    ):
        connection.execute(text("select * from nowhere"))
    engine.dispose()


def test_a_mistake_of_ours_does_not_repeat_what_somebody_answered(url: str) -> None:
    engine = open_engine(url)
    with (
        pytest.raises(DatabaseError) as caught,
        write_transaction(engine) as connection,
    ):
        connection.execute(text("insert into nowhere values (:answer)"), {"answer": "my secret"})
    assert "my secret" not in str(caught.value)
    engine.dispose()
