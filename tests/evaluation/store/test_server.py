"""What only a PostgreSQL server can do to us: be away, be full of others, let us only read."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import closing, contextmanager

import pytest
from sqlalchemy import event, inspect, make_url, text
from sqlalchemy.exc import IntegrityError, OperationalError

from evaluation.store import erasure, postgresql, schema, writing
from evaluation.store.engine import StoreError, open_engine, write_transaction
from evaluation.store.failures import LostConnectionError
from evaluation.store.repository import Store
from tests.evaluation.store.databases import PostgresqlServer, bytes_of, plain_engine
from tests.evaluation.store.processes import Process, needs_processes
from tests.evaluation.store.test_robustness import MANY, TABLES, some
from tests.evaluation.store.uploads import held, row, upload

PASSWORD = "correct-horse"  # of a role that exists during one test


@pytest.fixture
def url(server: PostgresqlServer) -> Iterator[str]:
    with server.fresh() as address:
        yield address


def database(url: str) -> str:
    return str(make_url(url).database)


def execute(url: str, *statements: str) -> None:
    with plain_engine(url).begin() as connection:
        for statement in statements:
            connection.execute(text(statement))


@contextmanager
def visitor(server: PostgresqlServer, url: str, *, limits: str = "") -> Iterator[str]:
    """The address for somebody who may look at the store and not change it."""
    name = f"visitor_of_{database(url)}"
    with server.connected() as connection:
        connection.exec_driver_sql(f"CREATE ROLE {name} LOGIN PASSWORD '{PASSWORD}' {limits}")
    try:
        execute(url, f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {name}")
        yield server.address(database(url), username=name, password=PASSWORD)
    finally:
        execute(url, f"DROP OWNED BY {name}")
        with server.connected() as connection:
            connection.exec_driver_sql(f"DROP ROLE {name}")


def cut_connections(url: str) -> None:
    """What the restart of a server does to those who are connected."""
    execute(
        url,
        "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
        "WHERE datname = current_database() AND pid <> pg_backend_pid()",
    )


# --- at the door -----------------------------------------------------------------------------


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_each_way_to_write_the_address_leads_there(url: str, scheme: str) -> None:
    _, rest = url.split("://", 1)
    with closing(Store(f"{scheme}://{rest}")) as store:
        assert len(store.sites()) == 12


def test_a_wrong_password_is_told_and_never_shown(server: PostgresqlServer, url: str) -> None:
    with visitor(server, url) as address:
        Store(address).close()
        wrong = make_url(address).set(password="not-the-one")
        try:
            with plain_engine(wrong.render_as_string(hide_password=False)).connect():
                pytest.skip("this server lets everybody in")
        except OperationalError:
            pass
        with pytest.raises(StoreError, match="password is not right") as caught:
            Store(wrong.render_as_string(hide_password=False))
        assert "not-the-one" not in str(caught.value)


def test_a_database_that_is_not_there_is_told(server: PostgresqlServer) -> None:
    with pytest.raises(StoreError, match="no database of this name"):
        Store(server.address("distance_travelled_test_nowhere"))


def test_a_server_without_a_connection_left_is_told(server: PostgresqlServer, url: str) -> None:
    with (
        visitor(server, url, limits="CONNECTION LIMIT 1") as address,
        plain_engine(address).connect() as other,
    ):
        other.execute(text("SELECT 1"))
        with pytest.raises(StoreError, match="no connection left"):
            Store(address)


def test_who_may_only_look_can_look(server: PostgresqlServer, url: str) -> None:
    with closing(Store(url)) as store:
        store.commit(some(2))
    with visitor(server, url) as address, closing(Store(address)) as store:
        assert len(store.load().participants) == 2
        with pytest.raises(StoreError, match="may not be written to"):
            store.commit(some(3))


def test_another_programs_table_of_that_name_gives_a_sentence(server: PostgresqlServer) -> None:
    with server.empty() as url:
        execute(url, "CREATE TABLE meta (a text)")
        with pytest.raises(StoreError, match="damaged or is no store"):
            Store(url)
        assert inspect(plain_engine(url)).get_table_names() == ["meta"]


# --- the server goes away --------------------------------------------------------------------


def test_the_restart_of_a_server_is_not_noticed(url: str) -> None:
    with closing(Store(url)) as store:
        store.commit(some(2))
        cut_connections(url)
        assert len(store.load().participants) == 2
        cut_connections(url)
        assert store.commit(some(3)).changes.new == 1


def test_a_connection_lost_in_the_middle_is_told_and_nothing_is_stored(url: str) -> None:
    with closing(Store(url)) as store:
        store.commit(some(2))
        before = held(url, TABLES)

        def cut(_connection, _cursor, statement: str, *_rest: object) -> None:
            if statement.startswith("INSERT INTO audit"):
                cut_connections(url)

        event.listen(store._engine, "before_cursor_execute", cut)
        with pytest.raises(LostConnectionError, match="nothing was changed"):
            store.commit(some(3))
        assert held(url, TABLES) == before
        assert store.load().participants["participant"].tolist() == ["P0", "P1"]


def test_a_connection_lost_while_storing_is_told_as_what_it_is(url: str) -> None:
    engine = open_engine(url)
    with (
        pytest.raises(LostConnectionError, match="not certain whether this was stored"),
        write_transaction(engine),
    ):
        cut_connections(url)
    engine.dispose()


@needs_processes
def test_a_process_killed_while_it_sends_many_rows_leaves_nothing(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with closing(Store(url)) as store:
        store.commit(some(20))
    before = held(url, TABLES)
    real = writing.copy_rows

    def half(connection, table, rows) -> None:
        if table.name != "response":
            real(connection, table, rows)
            return
        real(connection, table, rows[: len(rows) // 2])
        os.kill(os.getpid(), signal.SIGKILL)

    monkeypatch.setattr(writing, "copy_rows", half)
    child = Process(lambda: Store(url).commit(some(2 * MANY)))
    assert os.WTERMSIG(child.how_it_ended()) == signal.SIGKILL
    monkeypatch.undo()
    assert held(url, TABLES) == before
    with closing(Store(url)) as store:
        assert store.commit(some(2 * MANY)).changes.new == 2 * MANY - 20


def test_a_connection_lost_while_many_rows_are_sent_is_told(url: str) -> None:
    rows = [{"key": f"key {n}", "value": "some"} for n in range(MANY)]
    engine = open_engine(url)
    with (
        pytest.raises(LostConnectionError, match="nothing was changed"),
        write_transaction(engine) as connection,
    ):
        cut_connections(url)
        writing.insert_all(connection, schema.meta, rows)
    with (
        pytest.raises(IntegrityError),
        write_transaction(engine) as connection,
    ):
        writing.insert_all(connection, schema.meta, rows + rows)
    with write_transaction(engine) as connection:
        writing.insert_all(connection, schema.meta, rows)
    engine.dispose()


# --- what is erased --------------------------------------------------------------------------


def test_statistics_of_the_server_do_not_keep_an_erased_code(url: str) -> None:
    with closing(Store(url)) as store:
        store.commit(upload(*(row(f"ZQX-{n}", phq9={1: 1}) for n in range(300))))
        execute(url, "ANALYZE")
        assert b"ZQX-7" in bytes_of(url)
        for n in (7, *range(70, 80)):
            store.erase("Luton", f"ZQX-{n}")
    assert b"ZQX-7" not in bytes_of(url)


def test_somebody_who_reads_meanwhile_is_not_waited_for_for_long(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgresql, "_IN_THE_WAY", 0.1)
    with closing(Store(url)) as store:
        store.commit(some(5))
        with plain_engine(url).begin() as reader:
            reader.execute(text("SELECT * FROM participant"))
            store.erase("Luton", "P1")
            assert not erasure.wipe_free_space(store._engine)
        assert erasure.wipe_free_space(store._engine)
        assert store._engine.pool.checkedout() == 0  # type: ignore[attr-defined]
        assert len(store.load().participants) == 4


def test_what_others_on_the_server_may_still_see_is_not_said_to_be_gone(
    server: PostgresqlServer, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also those at work in another database."""
    monkeypatch.setattr(postgresql, "_IN_THE_WAY", 0.1)
    with closing(Store(url)) as store, server.empty() as elsewhere:
        store.commit(upload(*(row(f"ZQX-{n}", phq9={1: 1}) for n in range(50))))
        with plain_engine(elsewhere).begin() as other:
            other.execute(text("CREATE TABLE notes (a text)"))
            store.erase("Luton", "ZQX-49")
            assert not erasure.wipe_free_space(store._engine)
        monkeypatch.undo()
        assert erasure.wipe_free_space(store._engine)
        assert b"ZQX-49" not in bytes_of(url)
