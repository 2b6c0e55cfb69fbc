"""A store of the version before erasure and the audit log comes forward without loss."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import inspect, text

from evaluation.store.repository import Store
from evaluation.store.schema import SCHEMA_VERSION, metadata
from tests.evaluation.store.databases import (
    Databases,
    bytes_of,
    columns_of,
    is_sqlite,
    plain_engine,
    run_old_script,
)

TEXT = Path(__file__).with_name("version_4.sql").read_text(encoding="utf-8")


@pytest.fixture
def old(empty_url: str) -> str:
    run_old_script(empty_url, TEXT)
    return empty_url


def rows_of(url: str) -> dict[str, list[tuple]]:
    """Every row of every table of version 4."""
    names = [line.split()[2] for line in TEXT.splitlines() if line.startswith("CREATE TABLE")]
    columns = "id, import_id, code, severity, message, fix, file, sheet, cell, value"
    with plain_engine(url).begin() as connection:
        return {
            name: [
                tuple(found)
                for found in connection.execute(
                    text(f"select {columns if name == 'problem' else '*'} from {name} order by 1")
                )
            ]
            for name in names
            if name != "meta"
        }


def meta_of(url: str) -> dict[str, str]:
    with plain_engine(url).begin() as connection:
        rows = connection.execute(text("select key, value from meta")).all()
        return {row.key: row.value for row in rows}


def triggers_of(url: str) -> list[tuple]:
    """Name and text of each."""
    query = (
        "select name, sql from sqlite_master where type = 'trigger' order by name"
        if is_sqlite(url)
        else "select tgname, pg_get_triggerdef(oid) from pg_trigger where not tgisinternal "
        "order by tgname"
    )
    with plain_engine(url).begin() as connection:
        return [tuple(found) for found in connection.execute(text(query))]


def test_every_row_of_version_4_is_kept(old: str) -> None:
    before = rows_of(old)
    assert all(before[name] for name in ("response", "participant_change", "mapping", "problem"))
    for _ in range(2):
        Store(old).close()
    assert rows_of(old) == before
    meta = meta_of(old)
    assert meta["schema_version"] == str(SCHEMA_VERSION)
    assert len(meta["erasure_key"]) == 64


def test_it_has_the_tables_columns_and_triggers_of_a_new_one(old: str, url: str) -> None:
    Store(old).close()
    mine, new = (inspect(plain_engine(each)) for each in (old, url))
    assert set(mine.get_table_names()) == set(metadata.tables)
    for name in metadata.tables:
        assert columns_of(old, name) == columns_of(url, name), name
        for one in (mine.get_indexes, mine.get_unique_constraints):
            there = getattr(new, one.__name__)(name)
            assert sorted(map(str, one(name))) == sorted(map(str, there)), name
    assert triggers_of(old) == triggers_of(url)
    changes = ("delete", "update") if is_sqlite(url) else ("delete", "truncate", "update")
    assert [name for name, _ in triggers_of(old)] == [
        f"{table}_no_{change}" for table in ("audit", "release") for change in changes
    ]


def test_each_old_store_draws_a_key_of_its_own(databases: Databases) -> None:
    keys = set()
    for _ in range(3):
        with databases.empty() as url:
            run_old_script(url, TEXT)
            Store(url).close()
            keys.add(meta_of(url)["erasure_key"])
    assert len(keys) == 3


def test_its_people_can_be_erased_and_its_log_begins(old: str) -> None:
    store = Store(old)
    erased = store.erase("Luton", "P1", by="dm")
    assert (erased.people, erased.questionnaires, erased.service_rows, erased.indicators) == (
        1, 2, 1, 1,
    )  # fmt: skip
    store.undo(2)
    store.close()
    assert [r[2] for r in rows_of(old)["participant"]] == ["P2"]
    assert "P1" not in str(rows_of(old))
    assert b"mother" not in bytes_of(old)
    assert Store(old).verify_audit().n_rows == 2


def test_what_older_programs_deleted_without_wiping_goes_with_the_next_erasure(
    tmp_path: Path,
) -> None:
    path = tmp_path / "old.db"
    run_old_script(f"sqlite:///{path}", TEXT)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA secure_delete=OFF")
        rows = [(1, f"qzqz-{n} " * 50) for n in range(200)]
        connection.executemany("insert into decision (import_id, text) values (?, ?)", rows)
        connection.commit()
        connection.execute("delete from decision")
        connection.commit()
    assert b"qzqz-1" in path.read_bytes()
    store = Store(f"sqlite:///{path}")
    store.erase("Luton", "P1")
    store.close()
    assert b"qzqz-" not in path.read_bytes()
