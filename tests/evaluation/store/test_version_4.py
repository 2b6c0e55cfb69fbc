"""A store of the version before erasure and the audit log comes forward without loss."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import create_engine, inspect

from evaluation.store.repository import Store
from evaluation.store.schema import SCHEMA_VERSION, metadata

TEXT = Path(__file__).with_name("version_4.sql").read_text(encoding="utf-8")


@pytest.fixture
def old(tmp_path: Path) -> Path:
    path = tmp_path / "old.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(TEXT)
    return path


def rows_of(path: Path) -> dict[str, list[tuple]]:
    """Every row of every table of version 4."""
    with closing(sqlite3.connect(path)) as connection:
        names = [line.split()[2] for line in TEXT.splitlines() if line.startswith("CREATE TABLE")]
        columns = "id, import_id, code, severity, message, fix, file, sheet, cell, value"
        return {
            name: connection.execute(
                f"select {columns if name == 'problem' else '*'} from {name} order by 1"
            ).fetchall()
            for name in names
            if name != "meta"
        }


def test_every_row_of_version_4_is_kept(old: Path) -> None:
    before = rows_of(old)
    assert all(before[name] for name in ("response", "participant_change", "mapping", "problem"))
    for _ in range(2):
        Store(f"sqlite:///{old}").close()
    assert rows_of(old) == before
    with closing(sqlite3.connect(old)) as connection:
        meta = dict(connection.execute("select key, value from meta"))
    assert meta["schema_version"] == str(SCHEMA_VERSION)
    assert len(meta["erasure_key"]) == 64


def test_it_has_the_tables_columns_and_triggers_of_a_new_one(old: Path, tmp_path: Path) -> None:
    Store(f"sqlite:///{old}").close()
    Store(f"sqlite:///{tmp_path / 'new.db'}").close()
    mine, new = (inspect(create_engine(f"sqlite:///{path}")) for path in (old, tmp_path / "new.db"))
    assert set(mine.get_table_names()) == set(metadata.tables)
    for name in metadata.tables:
        for one in (mine.get_columns, mine.get_indexes, mine.get_unique_constraints):
            there = getattr(new, one.__name__)(name)
            assert sorted(map(str, one(name))) == sorted(map(str, there)), name
    triggers = []
    for path in (old, tmp_path / "new.db"):
        with closing(sqlite3.connect(path)) as connection:
            query = "select name, sql from sqlite_master where type = 'trigger' order by name"
            triggers.append(connection.execute(query).fetchall())
    assert triggers[0] == triggers[1]
    assert {name for name, _ in triggers[0]} == {
        "audit_no_update", "audit_no_delete", "release_no_update", "release_no_delete",
    }  # fmt: skip


def test_each_old_store_draws_a_key_of_its_own(tmp_path: Path) -> None:
    keys = set()
    for number in range(3):
        path = tmp_path / f"{number}.db"
        with closing(sqlite3.connect(path)) as connection:
            connection.executescript(TEXT)
        Store(f"sqlite:///{path}").close()
        with closing(sqlite3.connect(path)) as connection:
            query = "select value from meta where key = 'erasure_key'"
            keys.add(connection.execute(query).fetchone()[0])
    assert len(keys) == 3


def test_its_people_can_be_erased_and_its_log_begins(old: Path) -> None:
    store = Store(f"sqlite:///{old}")
    erased = store.erase("Luton", "P1", by="dm")
    assert (erased.people, erased.questionnaires, erased.service_rows, erased.indicators) == (
        1, 2, 1, 1,
    )  # fmt: skip
    store.undo(2)
    store.close()
    assert [r[2] for r in rows_of(old)["participant"]] == ["P2"]
    assert b"P1" not in old.read_bytes()
    assert Store(f"sqlite:///{old}").verify_audit().n_rows == 2


def test_what_older_programs_deleted_without_wiping_goes_with_the_next_erasure(old: Path) -> None:
    with closing(sqlite3.connect(old)) as connection:
        connection.execute("PRAGMA secure_delete=OFF")
        rows = [(1, f"qzqz-{n} " * 50) for n in range(200)]
        connection.executemany("insert into decision (import_id, text) values (?, ?)", rows)
        connection.commit()
        connection.execute("delete from decision")
        connection.commit()
    assert b"qzqz-1" in old.read_bytes()
    store = Store(f"sqlite:///{old}")
    store.erase("Luton", "P1")
    store.close()
    assert b"qzqz-" not in old.read_bytes()
