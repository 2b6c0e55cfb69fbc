"""Going back to a dump of a server's database brings nobody back who was erased since."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import make_url, text

from evaluation.cli import main
from evaluation.config import DATABASE_VARIABLE
from evaluation.store import exchange
from evaluation.store.engine import StoreError
from evaluation.store.releases import Release
from evaluation.store.repository import Store
from evaluation.store.restore import restore_store
from tests.evaluation.store.databases import PostgresqlServer, bytes_of, plain_engine
from tests.evaluation.store.test_backup import CONTENT
from tests.evaluation.store.test_erasure import WHO, everything
from tests.evaluation.store.uploads import held, row, upload

needs_pg_dump = pytest.mark.skipif(
    shutil.which("pg_dump") is None, reason="pg_dump is not installed"
)


@pytest.fixture
def url(server: PostgresqlServer) -> Iterator[str]:
    with server.fresh() as address:
        yield address


@pytest.fixture
def empty_url(server: PostgresqlServer) -> Iterator[str]:
    with server.empty() as address:
        yield address


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    with closing(Store(url)) as store:
        store.commit(everything(), by="ann")
        store.commit(upload(row("PARTNER", phq9={1: 0})), by="ann")
        store.undo(2, by="ann")
        yield store


def for_tools(url: str) -> list[str]:
    """The address as the server's tools know it; they take the password from the environment."""
    address = make_url(url).set(drivername="postgresql", password=None)
    return [address.render_as_string(hide_password=False)]


def run(url: str, *command: str) -> None:
    environment = os.environ | {"PGPASSWORD": str(make_url(url).password or "")}
    subprocess.run(command, env=environment, check=True, capture_output=True)


@pytest.fixture
def copy(store: Store, url: str, empty_url: str, tmp_path: Path) -> str:
    """A database into which a dump of the store was put."""
    dump = str(tmp_path / "store.dump")
    run(url, "pg_dump", "--format=custom", f"--file={dump}", f"--dbname={for_tools(url)[0]}")
    run(empty_url, "pg_restore", "--exit-on-error", f"--dbname={for_tools(empty_url)[0]}", dump)
    return empty_url


def people(store: Store) -> list[str]:
    return sorted(store.load().participants["participant"])


def test_copying_says_which_tool_of_the_server_does_it(store: Store, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"pg_dump.*pg_restore.*'restore'"):
        store.backup(tmp_path / "copy.db")
    assert list(tmp_path.iterdir()) == []
    assert "backup" not in set(store.audit_log()["action"])


@needs_pg_dump
def test_going_back_gives_the_content_of_the_dump(store: Store, url: str, copy: str) -> None:
    before = held(url, CONTENT)
    snapshots = [store.snapshot()]
    store.commit(upload(row("P9", phq9={1: 1})))
    snapshots.append(store.snapshot())
    log = store.audit_log()["hash"].tolist()
    done = restore_store(url, copy, by="dm")
    assert held(url, CONTENT) == before
    assert (done.people, done.erased_again, done.erasures_known) == (2, 0, True)
    assert people(store) == ["PARTNER", WHO]
    assert store.audit_log()["hash"].tolist()[1:] == log
    assert store.audit_log()["action"].iloc[0] == "restore"
    assert store.verify_audit().ok
    snapshots.append(store.snapshot())
    store.commit(upload(row("P10", phq9={1: 1}), row("P11", phq9={1: 1})))
    snapshots.append(store.snapshot())
    assert len(set(snapshots)) == 4
    assert people(store) == ["P10", "P11", "PARTNER", WHO]


@needs_pg_dump
def test_who_was_erased_since_the_dump_stays_erased(store: Store, url: str, copy: str) -> None:
    store.add_account("ann@example.org", role="data_manager")
    store.record_release(Release("research", 3, "a" * 64, "pass"))
    store.erase("Luton", WHO)
    done = restore_store(url, copy, by="dm")
    assert (done.erased_again, done.wiped) == (1, True)
    assert people(store) == ["PARTNER"]
    assert WHO.encode() not in bytes_of(url)
    assert [a.subject for a in store.accounts()] == ["ann@example.org"]
    assert len(store.releases()) == 1
    store.commit(everything())
    assert people(store) == ["PARTNER"]
    assert restore_store(url, copy, by="dm").erased_again == 1
    assert store.verify_audit().ok


@needs_pg_dump
def test_a_new_server_gets_everything_and_is_told_what_is_not_known(
    server: PostgresqlServer, store: Store, copy: str
) -> None:
    with server.empty() as elsewhere:
        done = restore_store(elsewhere, copy, by="dm")
        assert not done.erasures_known
        with closing(Store(elsewhere)) as there:
            assert people(there) == ["PARTNER", WHO]
            ours = store.audit_log()["hash"].tolist()
            assert there.audit_log()["hash"].tolist()[1:] == ours
            assert there.verify_audit().ok
            there.record_release(Release("research", 3, "a" * 64, "pass"))


@needs_pg_dump
def test_a_failure_half_way_leaves_the_store_as_it_was(
    store: Store, url: str, copy: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.commit(upload(row("P9", phq9={1: 1})))
    before, log = held(url, (*CONTENT, "tombstone")), store.audit_log()["hash"].tolist()

    def fail(*_arguments: object) -> None:
        raise RuntimeError("stopped half-way")

    monkeypatch.setattr(exchange, "_erase_again", fail)
    with pytest.raises(RuntimeError):
        restore_store(url, copy, by="dm")
    assert held(url, (*CONTENT, "tombstone")) == before
    assert store.audit_log()["hash"].tolist() == log
    store.commit(upload(row("P10", phq9={1: 1})))


def test_the_store_itself_is_no_copy_of_it(store: Store, url: str) -> None:
    before = held(url, CONTENT)
    with pytest.raises(StoreError, match="the store itself"):
        restore_store(url, url.replace("postgresql+psycopg", "postgres"), by="dm")
    assert held(url, CONTENT) == before


def test_a_database_without_a_store_is_no_copy_and_stays_empty(
    store: Store, url: str, empty_url: str
) -> None:
    with pytest.raises(StoreError, match="no store in that database"):
        restore_store(url, empty_url, by="dm")
    with plain_engine(empty_url).begin() as connection:
        query = "select count(*) from pg_tables where schemaname = 'public'"
        assert connection.execute(text(query)).scalar_one() == 0


# --- between the two kinds of database ---------------------------------------------------------


def test_an_sqlite_store_moves_to_a_server_with_all_it_knows(
    empty_url: str, tmp_path: Path
) -> None:
    with closing(Store(f"sqlite:///{tmp_path / 'store.db'}")) as old:
        old.commit(everything(), by="ann")
        old.commit(upload(row("PARTNER", phq9={1: 0}, role="guardian")), by="ann")
        old.undo(2, by="ann")
        old.commit(upload(*(row(f"M-{n}", phq9={1: 1}) for n in range(700))), by="ann")
        old.add_account("ann@example.org", role="data_manager")
        old.erase("Luton", WHO)
        copy = old.backup(tmp_path / "copy.db").path
        restore_store(empty_url, copy, by="dm")
        with closing(Store(empty_url)) as new:
            assert held(empty_url, CONTENT) == typed(tmp_path / "store.db")
            assert people(new) == people(old)
            assert new.accounts() == old.accounts()
            assert new.verify_audit().ok
            assert new.audit_log()["hash"].tolist()[1:] == old.audit_log()["hash"].tolist()[1:]
            new.commit(everything())
            assert WHO not in people(new)
            new.undo(1)


def typed(path: Path) -> dict[str, list[tuple]]:
    """What an SQLite store holds, with dates and yes/no as such."""
    from sqlalchemy import create_engine, select

    from evaluation.store.schema import metadata

    with create_engine(f"sqlite:///{path}").begin() as connection:
        return {
            name: [
                tuple(found)
                for found in connection.execute(
                    select(metadata.tables[name]).order_by(metadata.tables[name].c.id)
                )
            ]
            for name in CONTENT
        }


def test_a_server_store_moves_to_a_file(store: Store, url: str, tmp_path: Path) -> None:
    store.erase("Luton", WHO)
    file = f"sqlite:///{tmp_path / 'store.db'}"
    restore_store(file, url, by="dm")
    with closing(Store(file)) as there:
        assert people(there) == ["PARTNER"]
        assert there.verify_audit().ok
        there.commit(everything())
        assert people(there) == ["PARTNER"]


# --- the command line ------------------------------------------------------------------------


@needs_pg_dump
def test_the_command_takes_the_address_of_a_database(
    store: Store, url: str, copy: str, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture,
) -> None:  # fmt: skip
    store.erase("Luton", WHO)
    monkeypatch.setenv(DATABASE_VARIABLE, url)
    hidden = make_url(copy).set(password=make_url(copy).password or "hidden-word")
    assert main(["restore", hidden.render_as_string(hide_password=False)]) == 2
    asked = capsys.readouterr().err
    assert f"the database '{make_url(copy).database}'" in asked
    assert str(hidden.password) not in asked
    assert main(["restore", copy, "--yes"]) == 0
    assert "1 person of the copy had been erased since" in capsys.readouterr().err
    assert people(store) == ["PARTNER"]
    assert main(["backup", "copy.db"]) == 2
    assert "pg_dump" in capsys.readouterr().err
