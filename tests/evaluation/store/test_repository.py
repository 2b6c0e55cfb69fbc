"""The store: one transaction, blanks never overwrite, a correction supersedes, nothing is lost."""

from __future__ import annotations

import threading
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sqlalchemy import text

from evaluation.ingest.pipeline import read_files
from evaluation.model import ImportReport
from evaluation.store.engine import DamagedStoreError, StoreError
from evaluation.store.repository import Store
from tests.evaluation.store.databases import plain_engine
from tests.evaluation.store.uploads import row, upload

HEADER = "site,participant,couple,role,wave,completed_on,phq9_1,phq9_2,das_32_total\n"


def report(text_rows: str, *, name: str = "a.csv", **options) -> ImportReport:
    return read_files([(name, (HEADER + text_rows).encode())], **options)


def test_a_new_store_knows_the_twelve_sites(store: Store) -> None:
    assert len(store.sites()) == 12
    assert store.known_sites()["newcastle upon tyne"] == "Newcastle upon Tyne"
    assert store.known_sites()["newcastle-upon-tyne"] == "Newcastle upon Tyne"


def test_what_goes_in_comes_out(store: Store) -> None:
    rows = "Luton,007,C1,mother,baseline,2017-01-05,1,,100.5\nLuton,P2,,father,end,,0,3,\n"
    given = report(rows)
    store.commit(given)
    loaded = store.load()
    assert loaded.participants.to_dict("records") == given.dataset.participants.to_dict("records")
    pd.testing.assert_frame_equal(
        loaded.answers["phq9"], given.dataset.answers["phq9"], check_index_type=False
    )
    assert loaded.supplied["das_32"]["total"].dropna().tolist() == [100.5]
    assert loaded.records["completed_on"].isna().tolist() == [False, True]


ODD = "tab\t, line\n, back\\slash \\N, 'quotes\" {braces} %s, Zoë, 関係, \U0001f600"


@pytest.mark.parametrize("n", [1, 700])
def test_odd_and_long_texts_come_back_as_they_were(store: Store, n: int) -> None:
    """Also where they come in so many rows that the database takes them another way."""
    longest = "x" * 500
    people = [f"{number} {ODD} {longest}" for number in range(n)]
    given = upload(*(row(who, phq9={1: 1}, mode=ODD, gender=ODD, couple=longest) for who in people))
    store.commit(given)
    loaded = store.load()
    assert loaded.participants["participant"].tolist() == people
    assert set(loaded.participants["couple"]) == {longest}
    assert set(loaded.participants["gender"]) == {ODD}
    assert set(loaded.records["mode"]) == {ODD}
    assert store.preview(given).nothing_to_store


def test_nothing_is_stored_before_the_commit(store: Store) -> None:
    changes = store.preview(report("Luton,P1,,,baseline,,1,1,\n"))
    assert (changes.new, changes.same, changes.changed) == (1, 0, 0)
    assert store.load().records.empty
    assert store.snapshot() == 0


def test_the_same_file_again_changes_nothing(store: Store) -> None:
    given = report("Luton,P1,,,baseline,,1,1,100\n")
    store.commit(given)
    again = store.commit(given)
    assert (again.changes.new, again.changes.same, again.changes.changed) == (0, 2, 0)
    assert len(store.load().records) == 1
    assert [name for name, _ in store.earlier_imports([given.files[0].sha256])] == [
        "a.csv",
        "a.csv",
    ]


def test_a_correction_supersedes_and_a_blank_never_overwrites(store: Store, url: str) -> None:
    store.commit(report("Luton,P1,,,baseline,2017-01-05,1,1,\n"))
    receipt = store.commit(report("Luton,P1,,,baseline,,,3,\n", name="corrected.csv"))
    assert receipt.changes.changed == 1
    loaded = store.load()
    assert loaded.answers["phq9"].to_numpy().tolist() == [[1, 3]]
    assert loaded.records["completed_on"].tolist() == [pd.Timestamp("2017-01-05")]
    with plain_engine(url).begin() as connection:
        kept = connection.execute(text("select answers, superseded_by from response")).all()
    assert [row.superseded_by for row in kept] == [2, None]
    assert kept[0].answers == '{"1": 1.0, "2": 1.0}'


def test_refused_rows_stay_on_the_list_until_their_file_is_corrected(store: Store) -> None:
    store.commit(report("Luton,P1,,,baseline,,1,4,\nLuton,,,,baseline,,1,1,\n"))
    assert store.to_fix()["code"].tolist() == ["answer_not_allowed", "missing_participant"]
    assert len(store.load().records) == 1
    store.commit(report("Luton,P1,,,baseline,,1,3,\nLuton,P2,,,baseline,,1,1,\n"))
    assert store.to_fix().empty


def test_a_blocked_file_is_never_stored(store: Store) -> None:
    blocked = read_files([("a.xlsx", b"%PDF-1.4")])
    with pytest.raises(ValueError, match="blocked"):
        store.commit(blocked)


def test_service_use_round_trip(store: Store) -> None:
    service = (
        b"site,participant,referred_on,took_up,sessions_attended,ending,would_recommend\n"
        b"Luton,P1,2017-01-01,yes,5,planned,yes\nLuton,P2,2017-02-01,no,,,\n"
    )
    store.commit(read_files([("service_use.csv", service)]))
    table = store.load().service_use.set_index("participant")
    assert table["took_up"].tolist() == [True, False]
    assert table["sessions_attended"].iloc[0] == 5
    assert np.isnan(table["sessions_attended"].iloc[1])
    assert table["referred_on"].iloc[1] == pd.Timestamp("2017-02-01")
    assert table["ending"].tolist() == ["planned", ""]


def test_a_failing_import_leaves_the_store_as_it_was(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    from evaluation.store import repository

    store.commit(report("Luton,P1,,,baseline,,1,1,\n"))
    before = store.load()

    def fail(*_args: object) -> None:
        raise RuntimeError("stopped half-way")

    monkeypatch.setattr(repository, "store_register", fail)
    with pytest.raises(RuntimeError):
        store.commit(report("Luton,P1,,,baseline,,2,2,\nLuton,P9,,,end,,2,2,\n", name="b.csv"))
    after = store.load()
    pd.testing.assert_frame_equal(before.answers["phq9"], after.answers["phq9"])
    assert len(after.participants) == 1


def test_parallel_imports_lose_nothing(url: str) -> None:
    failures: list[Exception] = []

    def work(number: int) -> None:
        try:
            mine = Store(url)
            for step in range(4):
                mine.commit(report(f"Luton,P{number}-{step},,,baseline,,1,1,\n"))
        except Exception as error:  # a thread's failure must reach the test
            failures.append(error)

    threads = [threading.Thread(target=work, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert len(Store(url).load().participants) == 16


@pytest.mark.parametrize(
    ("address", "sentence"),
    [
        ("nonsense", "not the address of a database"),
        ("postgresql://me@server:port/database", "not the address of a database"),
        ("oracle://me@server/database", "not installed"),
        ("sqlite:////no/such/folder/store.db", "cannot be opened"),
        ("postgres://me:secret@127.0.0.1:1/database", "does not answer"),
    ],
)
def test_a_store_that_cannot_be_opened_gives_a_sentence(address: str, sentence: str) -> None:
    with pytest.raises(StoreError, match=sentence) as caught:
        Store(address)
    assert str(caught.value).endswith(".")
    assert "secret" not in str(caught.value)


def test_a_damaged_store_gives_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    path.write_bytes(b"this is no database at all" * 100)
    with pytest.raises(StoreError, match="damaged"):
        Store(f"sqlite:///{path}")


def change(url: str, *statements: str) -> None:
    with plain_engine(url).begin() as connection:
        for statement in statements:
            connection.execute(text(statement))


def test_a_store_of_a_newer_program_is_not_touched(url: str) -> None:
    change(url, "update meta set value = '99' where key = 'schema_version'")
    with pytest.raises(StoreError, match="newer"):
        Store(url)


@pytest.mark.parametrize(
    "statement",
    [
        "delete from meta where key = 'schema_version'",
        "update meta set value = 'six' where key = 'schema_version'",
        "drop table indicator",
        "alter table meta rename column value to text",
    ],
)
def test_a_store_of_which_a_part_is_missing_gives_a_sentence(url: str, statement: str) -> None:
    change(url, statement)
    with pytest.raises(DamagedStoreError, match="damaged"):
        Store(url)
