"""Writers at once, a process that is killed, a full disk: nothing is lost and nothing half done."""

from __future__ import annotations

import os
import signal
import threading
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine, event, text

from evaluation.store.engine import StoreError, open_engine
from evaluation.store.repository import Store
from tests.evaluation.store.uploads import UNDONE_TABLES, counted, held, row, upload, used

TABLES = (*UNDONE_TABLES, "import_batch", "import_file", "problem", "tombstone")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "store.db"


def some(n: int, *, answer: int = 1):
    people = [f"P{number}" for number in range(n)]
    return upload(
        *(row(who, phq9={1: answer}, role="mother") for who in people),
        service=tuple(used(who, took_up=True) for who in people),
        indicators=tuple(counted(who, value=answer) for who in people),
    )


def test_eight_writers_at_once_lose_nothing(path: Path) -> None:
    url = f"sqlite:///{path}"
    Store(url).close()
    failures: list[Exception] = []

    def work(writer: int) -> None:
        try:
            mine = Store(url)
            for step in range(3):
                own = row(f"P{writer}-{step}", phq9={1: 1})
                shared = row("SHARED", phq9={writer + 1: step})
                mine.commit(upload(own, shared), by=f"writer {writer}")
            mine.erase("Luton", f"P{writer}-0")
            mine.close()
        except Exception as error:  # a thread's failure must reach the test
            failures.append(error)

    threads = [threading.Thread(target=work, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    store = Store(url)
    loaded = store.load()
    expected = {"SHARED"} | {f"P{writer}-{step}" for writer in range(8) for step in (1, 2)}
    assert set(loaded.participants["participant"]) == expected
    shared = loaded.records.index[loaded.records["participant"] == "SHARED"]
    assert loaded.answers["phq9"].loc[shared, list(range(1, 9))].to_numpy().tolist() == [[2] * 8]
    check = store.verify_audit()
    assert (check.ok, check.n_rows) == (True, 32)
    assert store.audit_log()["action"].value_counts().to_dict() == {"import": 24, "erase": 8}


def statements_of(path: Path, work) -> int:
    """How many statements some work takes, tried on a copy that is rolled back by nobody."""
    n = 0

    def count(*_arguments: object) -> None:
        nonlocal n
        n += 1

    event.listen(Engine, "before_cursor_execute", count)
    try:
        store = Store(f"sqlite:///{path}")
        n = 0
        work(store)
        store.close()
    finally:
        event.remove(Engine, "before_cursor_execute", count)
    return n


def killed_at(path: Path, work, statement: int) -> int:
    """Do some work in a process that is killed before a statement; how the process ended."""
    child = os.fork()
    if child:
        return os.waitpid(child, 0)[1]
    n = 0

    def kill(*_arguments: object) -> None:
        nonlocal n
        n += 1
        if n == statement:
            os.kill(os.getpid(), signal.SIGKILL)

    try:
        store = Store(f"sqlite:///{path}")
        event.listen(Engine, "before_cursor_execute", kill)
        work(store)
    finally:
        os._exit(3)  # never back into the test's own process


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no processes like that")
@pytest.mark.parametrize("kind", ["import", "erase"])
def test_a_killed_process_leaves_the_store_as_it_was(path: Path, tmp_path: Path, kind: str) -> None:
    store = Store(f"sqlite:///{path}")
    store.commit(some(20))
    before, log = held(path, TABLES), store.audit_log()["hash"].tolist()
    store.close()

    def work(mine: Store) -> None:
        if kind == "import":
            mine.commit(some(30, answer=2))
        else:
            mine.erase("Luton", "P3")

    trial = tmp_path / "trial.db"
    trial.write_bytes(path.read_bytes())
    n = statements_of(trial, work)
    assert n > 12
    for statement in (2, n // 3, 2 * n // 3, n):
        assert os.WTERMSIG(killed_at(path, work, statement)) == signal.SIGKILL
        assert held(path, TABLES) == before
        again = Store(f"sqlite:///{path}")
        assert again.audit_log()["hash"].tolist() == log
        assert again.verify_audit().ok
        with create_engine(f"sqlite:///{path}").begin() as connection:
            assert connection.execute(text("pragma integrity_check")).scalar_one() == "ok"
        again.close()
    again = Store(f"sqlite:///{path}")
    work(again)
    assert held(path, TABLES) != before


def limit_pages(store: Store, extra: int | None) -> None:
    """Let the file grow by so many pages at most, as on a full disk; ``None`` = by any."""
    store.close()

    @event.listens_for(store._engine, "connect")
    def on_connect(connection, _record) -> None:
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        most = 2**30 if extra is None else pages + extra
        connection.execute(f"PRAGMA max_page_count={most}")


@pytest.mark.parametrize("extra", [0, 3])
def test_a_full_disk_is_told_and_loses_nothing(path: Path, extra: int) -> None:
    store = Store(f"sqlite:///{path}")
    store.commit(some(20))
    before = held(path, TABLES)
    limit_pages(store, extra)
    with pytest.raises(StoreError, match="disk is full"):
        store.commit(some(900, answer=2))
    assert held(path, TABLES) == before
    assert store.load().answers["phq9"].to_numpy().tolist() == [[1]] * 20
    assert store.verify_audit().n_rows == 1
    limit_pages(store, None)
    assert store.commit(some(900, answer=2)).changes.new == 880
    assert store.verify_audit().n_rows == 2


def test_a_store_that_may_only_be_read_says_so(path: Path) -> None:
    store = Store(f"sqlite:///{path}")
    store.commit(some(2))

    @event.listens_for(store._engine, "connect")
    def on_connect(connection, _record) -> None:
        connection.execute("PRAGMA query_only=ON")

    store.close()
    for act in (lambda: store.commit(some(3)), lambda: store.erase("Luton", "P1")):
        with pytest.raises(StoreError, match="may not be written to"):
            act()
    assert len(store.load().participants) == 2


def test_a_mistake_of_ours_is_not_told_as_a_fault_of_the_disk(path: Path) -> None:
    from sqlalchemy.exc import OperationalError

    from evaluation.store.engine import write_transaction

    with (
        pytest.raises(OperationalError, match="no such table"),
        write_transaction(open_engine(f"sqlite:///{path}")) as connection,
    ):
        connection.execute(text("select * from nowhere"))
