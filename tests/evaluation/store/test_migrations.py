"""Stores of older programs open, keep everything, and can do what a new one can."""

from __future__ import annotations

import pytest
from sqlalchemy import inspect, text

from evaluation.store.engine import StoreError
from evaluation.store.repository import Store
from evaluation.store.schema import SCHEMA_VERSION, metadata
from tests.evaluation.store.databases import (
    columns_of,
    is_sqlite,
    plain_engine,
    run_old_script,
)
from tests.evaluation.store.uploads import row, upload

# The tables of a store of schema version 2, as the program made them then.
VERSION_2 = """
CREATE TABLE meta ("key" VARCHAR(40) NOT NULL, value VARCHAR(200) NOT NULL, PRIMARY KEY ("key"));
CREATE TABLE site (
    id INTEGER NOT NULL, slug VARCHAR(120) NOT NULL, name VARCHAR(120) NOT NULL,
    PRIMARY KEY (id), UNIQUE (slug));
CREATE TABLE import_batch (
    id INTEGER NOT NULL, imported_at DATETIME NOT NULL, program_version VARCHAR(20) NOT NULL,
    synthetic BOOLEAN NOT NULL, n_new INTEGER NOT NULL, n_same INTEGER NOT NULL,
    n_changed INTEGER NOT NULL, PRIMARY KEY (id));
CREATE TABLE definition (
    id INTEGER NOT NULL, instrument VARCHAR(80) NOT NULL, version INTEGER NOT NULL,
    text TEXT NOT NULL, sha256 VARCHAR(64) NOT NULL, created_at DATETIME NOT NULL,
    active BOOLEAN NOT NULL, PRIMARY KEY (id), UNIQUE (instrument, version));
CREATE TABLE import_file (
    id INTEGER NOT NULL, import_id INTEGER NOT NULL, name VARCHAR(255) NOT NULL,
    sha256 VARCHAR(64) NOT NULL, rows_read INTEGER NOT NULL, rows_accepted INTEGER NOT NULL,
    PRIMARY KEY (id), FOREIGN KEY(import_id) REFERENCES import_batch (id));
CREATE INDEX ix_import_file_sha256 ON import_file (sha256);
CREATE INDEX ix_import_file_import_id ON import_file (import_id);
CREATE TABLE participant (
    id INTEGER NOT NULL, site_id INTEGER NOT NULL, code VARCHAR(120) NOT NULL,
    couple VARCHAR(120) NOT NULL, role VARCHAR(60) NOT NULL, characteristics TEXT NOT NULL,
    PRIMARY KEY (id), UNIQUE (site_id, code), FOREIGN KEY(site_id) REFERENCES site (id));
CREATE TABLE decision (
    id INTEGER NOT NULL, import_id INTEGER NOT NULL, text TEXT NOT NULL, PRIMARY KEY (id),
    FOREIGN KEY(import_id) REFERENCES import_batch (id));
CREATE INDEX ix_decision_import_id ON decision (import_id);
CREATE TABLE problem (
    id INTEGER NOT NULL, import_id INTEGER NOT NULL, code VARCHAR(60) NOT NULL,
    severity VARCHAR(20) NOT NULL, message TEXT NOT NULL, fix TEXT NOT NULL,
    file VARCHAR(255) NOT NULL, sheet VARCHAR(255) NOT NULL, cell VARCHAR(20) NOT NULL,
    "row" INTEGER, "column" VARCHAR(10) NOT NULL, value TEXT NOT NULL,
    PRIMARY KEY (id), FOREIGN KEY(import_id) REFERENCES import_batch (id));
CREATE INDEX ix_problem_import_id ON problem (import_id);
CREATE TABLE response (
    id INTEGER NOT NULL, import_id INTEGER NOT NULL, superseded_by INTEGER,
    participant_id INTEGER NOT NULL, child VARCHAR(120) NOT NULL, informant VARCHAR(60) NOT NULL,
    wave VARCHAR(20) NOT NULL, session_number INTEGER NOT NULL, completed_on DATE,
    mode VARCHAR(60) NOT NULL, administered_by_role VARCHAR(60) NOT NULL,
    instrument VARCHAR(80) NOT NULL, answers TEXT NOT NULL, supplied TEXT NOT NULL,
    definition_version INTEGER, PRIMARY KEY (id),
    FOREIGN KEY(import_id) REFERENCES import_batch (id),
    FOREIGN KEY(superseded_by) REFERENCES import_batch (id),
    FOREIGN KEY(participant_id) REFERENCES participant (id));
CREATE INDEX response_current ON response (superseded_by, participant_id);
CREATE INDEX ix_response_import_id ON response (import_id);
CREATE TABLE service_use (
    id INTEGER NOT NULL, import_id INTEGER NOT NULL, superseded_by INTEGER,
    participant_id INTEGER NOT NULL, content TEXT NOT NULL, PRIMARY KEY (id),
    FOREIGN KEY(import_id) REFERENCES import_batch (id),
    FOREIGN KEY(superseded_by) REFERENCES import_batch (id),
    FOREIGN KEY(participant_id) REFERENCES participant (id));
CREATE INDEX ix_service_use_import_id ON service_use (import_id);
INSERT INTO meta VALUES ('schema_version', '2');
INSERT INTO site VALUES (1, 'luton', 'Luton');
INSERT INTO site VALUES (2, 'croydon', 'Croydon');
INSERT INTO import_batch VALUES (1, '2018-01-01 00:00:00.000000', '0.1.0', 0, 2, 0, 0);
INSERT INTO import_batch VALUES (2, '2018-02-01 00:00:00.000000', '0.1.0', 0, 0, 0, 1);
INSERT INTO import_file VALUES (1, 1, 'first.csv', 'aa', 2, 2);
INSERT INTO import_file VALUES (2, 2, 'second.csv', 'bb', 1, 1);
INSERT INTO participant VALUES (1, 1, 'P1', 'C1', 'mother', '{"gender": "female"}');
INSERT INTO participant VALUES (2, 2, 'P2', '', '', '{}');
INSERT INTO decision VALUES (1, 1, 'phq9: subtract 1');
INSERT INTO problem VALUES (
    1, 2, 'answer_not_allowed', 'drop_cell', 'Wrong.', 'Correct.', 'second.csv', '', 'B2', 2, 'B',
    '9');
INSERT INTO response VALUES (
    1, 1, 2, 1, '', '', 'baseline', 0, '2017-01-05', '', '', 'phq9', '{"1": 2.0}', '{}', NULL);
INSERT INTO response VALUES (
    2, 2, NULL, 1, '', '', 'baseline', 0, '2017-01-05', '', '', 'phq9', '{"1": 3.0}', '{}', NULL);
INSERT INTO response VALUES (
    3, 1, NULL, 2, '', '', 'end', 0, NULL, '', '', 'das_32', '{}', '{"total": 100.5}', NULL);
INSERT INTO service_use VALUES (1, 1, NULL, 1, '{"took_up": true}');
"""
OLD_TABLES = (
    "import_batch", "import_file", "site", "participant", "response", "service_use", "decision",
    "problem", "definition",
)  # fmt: skip


@pytest.fixture
def old(empty_url: str) -> str:
    run_old_script(empty_url, VERSION_2)
    return empty_url


def rows_of(url: str) -> dict[str, list[dict]]:
    with plain_engine(url).begin() as connection:
        return {
            name: [
                dict(found)
                for found in connection.execute(
                    text(f"select * from {name} order by id")
                ).mappings()
            ]
            for name in OLD_TABLES
        }


def test_a_store_of_version_2_keeps_every_row(old: str) -> None:
    before = rows_of(old)
    for _ in range(2):
        Store(old)
    after = rows_of(old)
    for name, rows in before.items():
        kept = [{column: found[column] for column in rows[0]} for found in after[name] if rows]
        assert kept == rows, name
    with plain_engine(old).begin() as connection:
        version = "select value from meta where key = 'schema_version'"
        assert connection.execute(text(version)).scalar_one() == str(SCHEMA_VERSION)


def indexes_of(url: str, table: str) -> set[tuple]:
    """Beside those that PostgreSQL makes for whatever is unique."""
    indexes = inspect(plain_engine(url)).get_indexes(table)
    return {(i["name"], *i["column_names"]) for i in indexes if not i["unique"]}


def test_it_has_the_tables_of_a_new_store(old: str, url: str) -> None:
    Store(old)
    assert set(inspect(plain_engine(old)).get_table_names()) == set(metadata.tables)
    for name in metadata.tables:
        assert columns_of(old, name) == columns_of(url, name), name
        assert indexes_of(old, name) == indexes_of(url, name), name
        if not is_sqlite(url):
            continue  # the script made no foreign keys there
        points_to, should = (
            {
                (*k["constrained_columns"], k["referred_table"])
                for k in inspect(plain_engine(each)).get_foreign_keys(name)
            }
            for each in (old, url)
        )
        assert points_to == should, name


def test_its_imports_count_and_can_be_built_on(old: str) -> None:
    store = Store(old)
    loaded = store.load()
    assert loaded.answers["phq9"].to_numpy().tolist() == [[3]]
    assert loaded.supplied["das_32"]["total"].tolist() == [100.5]
    assert loaded.reasons.empty
    assert store.imports()["kind"].tolist() == ["import", "import"]
    assert store.to_fix()["cell"].tolist() == ["B2"]
    assert [name for name, _ in store.earlier_imports(["aa"])] == ["first.csv"]
    receipt = store.commit(upload(row(phq9={2: 1}, role="mother")))
    assert (receipt.changes.changed, receipt.changes.people_changed) == (1, 0)


def test_the_newest_of_its_imports_can_be_undone(old: str) -> None:
    store = Store(old)
    assert "older version of this program" in store.undo_warning(2)
    store.undo(2)
    assert store.load().answers["phq9"].to_numpy().tolist() == [[2]]
    assert store.to_fix().empty


def test_whom_an_old_import_added_is_not_known_so_nobody_is_removed(old: str) -> None:
    store = Store(old)
    assert "(import 2)" in store.undo_warning(1)
    receipt = store.undo(1)
    assert receipt.deleted_people == 0
    assert store.load().participants["participant"].tolist() == ["P1", "P2"]
    whys = receipt.kept.set_index("participant")["why"]
    assert "not known which upload" in whys["P2"]
    assert "later upload" in whys["P1"]


def test_a_step_that_fails_leaves_the_old_store(old: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from evaluation.store import migrations

    def fail(_connection: object) -> None:
        raise StoreError("Stopped half-way.")

    monkeypatch.setattr(migrations, "_note_sites", fail)
    with pytest.raises(StoreError, match="half-way"):
        Store(old)
    assert "kind" not in {c["name"] for c in inspect(plain_engine(old)).get_columns("import_batch")}
    monkeypatch.undo()
    assert not Store(old).load().records.empty
