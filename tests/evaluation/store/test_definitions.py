"""Versions of local definitions: a change is a new one, and old answers keep theirs."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from sqlalchemy import inspect, text

from evaluation.cli import main
from evaluation.config import Settings
from evaluation.ingest.pipeline import read_files
from evaluation.model import ImportReport
from evaluation.programme import analyse
from evaluation.store.engine import StoreError
from evaluation.store.repository import Store
from evaluation.store.schema import SCHEMA_VERSION
from tests.evaluation.store.databases import columns_of, plain_engine, run_old_script

ONE = """\
- id: ours
  name: Our questionnaire
  items: 3
  minimum: 0
  maximum: 4
  scales:
    - {id: total, items: [1, 2, 3], better: higher}
"""
TURNED = ONE.replace("better: higher", "reversed: [3], better: higher")
RENAMED = ONE.replace("Our questionnaire", "Our better questionnaire")
HEADER = "site,participant,wave,ours_1,ours_2,ours_3\n"

# The tables of a store of schema version 1, as the program made them then.
VERSION_1 = """
CREATE TABLE meta ("key" VARCHAR(40) NOT NULL, value VARCHAR(200) NOT NULL, PRIMARY KEY ("key"));
CREATE TABLE site (
    id INTEGER NOT NULL, slug VARCHAR(120) NOT NULL, name VARCHAR(120) NOT NULL,
    PRIMARY KEY (id), UNIQUE (slug));
CREATE TABLE import_batch (
    id INTEGER NOT NULL, imported_at DATETIME NOT NULL, program_version VARCHAR(20) NOT NULL,
    synthetic BOOLEAN NOT NULL, n_new INTEGER NOT NULL, n_same INTEGER NOT NULL,
    n_changed INTEGER NOT NULL, PRIMARY KEY (id));
CREATE TABLE import_file (
    id INTEGER NOT NULL, import_id INTEGER NOT NULL, name VARCHAR(255) NOT NULL,
    sha256 VARCHAR(64) NOT NULL, rows_read INTEGER NOT NULL, rows_accepted INTEGER NOT NULL,
    PRIMARY KEY (id), FOREIGN KEY(import_id) REFERENCES import_batch (id));
CREATE TABLE participant (
    id INTEGER NOT NULL, site_id INTEGER NOT NULL, code VARCHAR(120) NOT NULL,
    couple VARCHAR(120) NOT NULL, role VARCHAR(60) NOT NULL, characteristics TEXT NOT NULL,
    PRIMARY KEY (id), UNIQUE (site_id, code), FOREIGN KEY(site_id) REFERENCES site (id));
CREATE TABLE problem (
    id INTEGER NOT NULL, import_id INTEGER NOT NULL, code VARCHAR(60) NOT NULL,
    severity VARCHAR(20) NOT NULL, message TEXT NOT NULL, fix TEXT NOT NULL,
    file VARCHAR(255) NOT NULL, sheet VARCHAR(255) NOT NULL, cell VARCHAR(20) NOT NULL,
    "row" INTEGER, "column" VARCHAR(10) NOT NULL, value TEXT NOT NULL,
    PRIMARY KEY (id), FOREIGN KEY(import_id) REFERENCES import_batch (id));
CREATE TABLE response (
    id INTEGER NOT NULL, import_id INTEGER NOT NULL, superseded_by INTEGER,
    participant_id INTEGER NOT NULL, child VARCHAR(120) NOT NULL, informant VARCHAR(60) NOT NULL,
    wave VARCHAR(20) NOT NULL, session_number INTEGER NOT NULL, completed_on DATE,
    mode VARCHAR(60) NOT NULL, administered_by_role VARCHAR(60) NOT NULL,
    instrument VARCHAR(80) NOT NULL, answers TEXT NOT NULL, supplied TEXT NOT NULL,
    PRIMARY KEY (id), FOREIGN KEY(import_id) REFERENCES import_batch (id),
    FOREIGN KEY(superseded_by) REFERENCES import_batch (id),
    FOREIGN KEY(participant_id) REFERENCES participant (id));
CREATE TABLE service_use (
    id INTEGER NOT NULL, import_id INTEGER NOT NULL, superseded_by INTEGER,
    participant_id INTEGER NOT NULL, content TEXT NOT NULL,
    PRIMARY KEY (id), FOREIGN KEY(import_id) REFERENCES import_batch (id),
    FOREIGN KEY(superseded_by) REFERENCES import_batch (id),
    FOREIGN KEY(participant_id) REFERENCES participant (id));
INSERT INTO meta VALUES ('schema_version', '1');
INSERT INTO site VALUES (1, 'luton', 'Luton');
INSERT INTO import_batch VALUES (1, '2018-01-01 00:00:00.000000', '0.1.0', 0, 1, 0, 0);
INSERT INTO participant VALUES (1, 1, 'P1', '', '', '{}');
INSERT INTO response VALUES (
    1, 1, NULL, 1, '', '', 'baseline', 0, NULL, '', '', 'phq9', '{"1": 2.0}', '{}');
"""


def report(store: Store, *rows: str, name: str = "a.csv") -> ImportReport:
    content = HEADER + "\n".join(rows) + "\n"
    return read_files([(name, content.encode())], extra_instruments=store.local_questionnaires())


def scores_of(store: Store) -> dict[tuple[str, str, str], float]:
    """Every score in the store by participant, wave and questionnaire."""
    local = store.local_questionnaires(earlier=True)
    scores = analyse(store.load(), Settings(), extra_instruments=local).scores
    keys = zip(scores["participant"], scores["wave"], scores["instrument"], strict=True)
    return dict(zip(keys, scores["score"], strict=True))


def versions(store: Store) -> list[tuple]:
    table = store.definition_versions()
    columns = ["instrument", "version", "active", "n_questionnaires"]
    return list(table[columns].itertuples(index=False, name=None))


# --- saving ----------------------------------------------------------------------------------


def test_the_same_content_is_the_same_version_and_a_change_is_a_new_one(store: Store) -> None:
    first, again, change = (
        store.save_definition(each)[0] for each in (ONE, "# again\n" + ONE, TURNED)
    )
    assert (first.instrument, first.version, first.is_new) == ("ours", 1, True)
    assert (again.version, again.is_new) == (1, False)
    assert (change.version, change.is_new) == (2, True)
    assert versions(store) == [("ours", 2, True, 0), ("ours", 1, False, 0)]
    assert store.definition_versions()["text"].tolist() == [TURNED, ONE]
    (instrument,) = store.local_questionnaires()
    assert (instrument.id, instrument.version) == ("ours", "2")
    assert instrument.scale("total").reversed_items == (3,)


def test_an_earlier_content_saved_again_is_in_use_again(store: Store) -> None:
    for each in (ONE, TURNED, ONE):
        saved = store.save_definition(each)
    assert (saved[0].version, saved[0].is_new) == (1, False)
    assert versions(store) == [("ours", 2, False, 0), ("ours", 1, True, 0)]
    assert store.local_questionnaires()[0].version == "1"


def test_each_definition_of_a_file_has_versions_of_its_own(store: Store) -> None:
    other = ONE.replace("id: ours", "id: theirs")
    store.save_definition(ONE)
    saved = store.save_definition(TURNED + other)
    assert [(s.instrument, s.version) for s in saved] == [("ours", 2), ("theirs", 1)]
    assert {i.id: i.version for i in store.local_questionnaires()} == {"ours": "2", "theirs": "1"}


@pytest.mark.parametrize(
    "bad",
    [ONE.replace("higher", "up"), ONE.replace("id: ours", "id: phq9"), "", "a: *b"],
)
def test_a_bad_definition_is_never_stored(store: Store, bad: str) -> None:
    with pytest.raises(ValueError, match="Line"):
        store.save_definition(bad)
    assert store.definition_versions().empty
    assert store.local_questionnaires() == ()


def test_a_new_definition_changes_the_key_of_what_is_cached(store: Store) -> None:
    store.save_definition(ONE)
    assert store.snapshot() == 0  # nothing has been imported
    store.commit(report(store, "Luton,P1,baseline,1,1,1"))
    seen = [store.snapshot()]
    for each in (TURNED, ONE, RENAMED):
        store.save_definition(each)
        seen.append(store.snapshot())
    store.commit(report(store, "Luton,P2,baseline,1,1,1"))
    seen.append(store.snapshot())
    assert len(set(seen)) == 5
    store.save_definition(RENAMED)
    assert store.snapshot() == seen[-1]


# --- scores ----------------------------------------------------------------------------------


def test_old_answers_keep_the_version_they_were_stored_with(store: Store) -> None:
    store.save_definition(ONE)
    store.commit(report(store, "Luton,P1,baseline,1,2,4"))
    before = scores_of(store)
    assert before == {("P1", "baseline", "ours"): 7}
    store.save_definition(TURNED)
    assert scores_of(store) == {("P1", "baseline", "ours@1"): 7}
    store.commit(report(store, "Luton,P2,baseline,1,2,4", name="b.csv"))
    # 1 + 2 + (4 - 4) under the new key
    assert scores_of(store) == {("P1", "baseline", "ours@1"): 7, ("P2", "baseline", "ours"): 3}
    assert versions(store) == [("ours", 2, True, 1), ("ours", 1, False, 1)]
    earlier = store.local_questionnaires(earlier=True)[-1]
    assert (earlier.id, earlier.version) == ("ours@1", "1")
    assert earlier.name == "Our questionnaire (version 1)"
    store.save_definition(ONE)
    assert scores_of(store) == {("P1", "baseline", "ours"): 7, ("P2", "baseline", "ours@2"): 3}


def test_scores_of_different_keys_are_never_compared(store: Store) -> None:
    store.save_definition(ONE)
    store.commit(report(store, "Luton,P1,baseline,1,1,1"))
    store.save_definition(TURNED)
    store.commit(report(store, "Luton,P1,end,2,2,2"))
    local = store.local_questionnaires(earlier=True)
    effects = analyse(store.load(), Settings(), extra_instruments=local).effects
    assert (effects["n"] == 0).all()


def test_a_change_that_leaves_scores_alone_does_not_divide_the_answers(store: Store) -> None:
    store.save_definition(ONE)
    store.commit(report(store, "Luton,P1,baseline,1,1,1"))
    store.save_definition(RENAMED)
    store.commit(report(store, "Luton,P1,end,2,2,2"))
    assert scores_of(store) == {("P1", "baseline", "ours"): 3, ("P1", "end", "ours"): 6}
    assert [i.name for i in store.local_questionnaires(earlier=True)] == [
        "Our better questionnaire"
    ]
    store.save_definition(TURNED)
    assert scores_of(store) == {("P1", "baseline", "ours@2"): 3, ("P1", "end", "ours@2"): 6}


def test_the_same_file_under_a_new_version_moves_its_answers_there(store: Store) -> None:
    rows = ("Luton,P1,baseline,1,2,4", "Luton,P2,baseline,0,0,0")
    store.save_definition(ONE)
    store.commit(report(store, *rows))
    store.save_definition(TURNED)
    assert store.preview(report(store, rows[0])).changed == 1
    receipt = store.commit(report(store, *rows))
    assert (receipt.changes.changed, receipt.changes.same) == (2, 0)
    assert scores_of(store) == {("P1", "baseline", "ours"): 3, ("P2", "baseline", "ours"): 4}
    again = store.commit(report(store, *rows))
    assert (again.changes.changed, again.changes.same) == (0, 2)


def test_answers_that_a_new_version_has_no_place_for_stay_behind(store: Store) -> None:
    store.save_definition(ONE)
    store.commit(report(store, "Luton,P1,baseline,1,4,2"))
    shorter = ONE.replace("items: 3", "items: 2").replace("[1, 2, 3]", "[1, 2]")
    store.save_definition(shorter.replace("maximum: 4", "maximum: 3"))
    corrected = read_files(
        [("b.csv", b"site,participant,wave,ours_1,ours_2\nLuton,P1,baseline,,3\n")],
        extra_instruments=store.local_questionnaires(),
    )
    store.commit(corrected)
    loaded = store.load()
    assert loaded.answers["ours"].columns.tolist() == [1, 2]
    assert loaded.answers["ours"].to_numpy().tolist() == [[1, 3]]
    assert scores_of(store) == {("P1", "baseline", "ours"): 4}


def test_a_supplied_score_keeps_its_version_too(store: Store) -> None:
    store.save_definition(ONE)
    given = read_files(
        [("a.csv", b"site,participant,wave,ours_total\nLuton,P1,baseline,7.5\n")],
        extra_instruments=store.local_questionnaires(),
    )
    store.commit(given)
    store.save_definition(TURNED)
    assert scores_of(store) == {("P1", "baseline", "ours@1"): 7.5}


def test_answers_read_with_another_definition_are_not_stored(store: Store) -> None:
    store.save_definition(ONE)
    read_before = report(store, "Luton,P1,baseline,1,1,4")
    store.save_definition(ONE.replace("maximum: 4", "maximum: 3"))
    with pytest.raises(StoreError, match="has changed since"):
        store.commit(read_before)
    assert store.load().records.empty


def test_answers_to_what_is_not_defined_are_not_stored(store: Store, other_url: str) -> None:
    elsewhere = Store(other_url)
    elsewhere.save_definition(ONE)
    with pytest.raises(StoreError, match="'ours' is no questionnaire"):
        store.commit(report(elsewhere, "Luton,P1,baseline,1,1,1"))


# --- a store of an older program -------------------------------------------------------------


def test_a_store_of_version_1_is_brought_up_to_date_and_keeps_what_it_holds(
    empty_url: str, other_url: str
) -> None:
    run_old_script(empty_url, VERSION_1)
    engine = plain_engine(empty_url)
    for _ in range(2):
        store = Store(empty_url)
    assert inspect(engine).has_table("definition")
    with engine.begin() as connection:
        version = connection.execute(
            text("select value from meta where key = 'schema_version'")
        ).scalar_one()
    assert version == str(SCHEMA_VERSION)
    assert store.load().answers["phq9"].to_numpy().tolist() == [[2]]
    store.save_definition(ONE)
    store.commit(report(store, "Luton,P1,baseline,1,1,1"))
    assert scores_of(store)["P1", "baseline", "ours"] == 3
    for table in ("definition", "response"):
        old, new = (columns_of(each, table) for each in (empty_url, other_url))
        assert old == new


# --- the command line ------------------------------------------------------------------------


def test_import_saves_the_definition_and_a_changed_one_as_a_new_version(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    monkeypatch.setenv("EVALUATION_DATABASE_URL", url)
    definition, answers = tmp_path / "ours.yaml", tmp_path / "a.csv"
    definition.write_text(ONE, encoding="utf-8")
    answers.write_text(HEADER + "Luton,P1,baseline,1,2,4\n", encoding="utf-8")
    arguments = ["import", str(answers), "--instruments-file", str(definition)]
    assert main(["import", str(answers)]) == 2  # no known questionnaire yet
    assert main(arguments) == 0
    assert "Definition of ours: version 1." in capsys.readouterr().err
    definition.write_text(TURNED, encoding="utf-8")
    answers.write_text(HEADER + "Luton,P2,baseline,1,2,4\n", encoding="utf-8")
    assert main(arguments) == 0
    # The store knows it now, without the file.
    answers.write_text(HEADER + "Luton,P3,baseline,0,0,4\n", encoding="utf-8")
    assert main(["import", str(answers), "--quiet"]) == 0
    assert scores_of(Store(url)) == {
        ("P1", "baseline", "ours@1"): 7,
        ("P2", "baseline", "ours"): 3,
        ("P3", "baseline", "ours"): 0,
    }
    definition.write_text(ONE.replace("higher", "up"), encoding="utf-8")
    assert main(arguments) == 2
    assert len(Store(url).definition_versions()) == 2


def test_versions_table_has_its_columns_when_there_are_none(store: Store) -> None:
    table = store.definition_versions()
    assert isinstance(table, pd.DataFrame)
    assert table.columns.tolist() == [
        "instrument", "version", "active", "created_at", "n_questionnaires", "sha256", "text",
    ]  # fmt: skip
