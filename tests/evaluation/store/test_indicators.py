"""Indicators in the store: new, same and changed; superseded, taken back, read as they were."""

from __future__ import annotations

from sqlalchemy import inspect, text

from evaluation.model import INDICATOR_COLUMNS
from evaluation.store import schema
from evaluation.store.repository import Store
from tests.evaluation.store.databases import plain_engine
from tests.evaluation.store.uploads import counted, held, row, upload


def values(store: Store) -> list[tuple]:
    table = store.load().indicators
    wanted = ["participant", "child", "wave", "indicator", "kind", "value"]
    return list(table[wanted].itertuples(index=False, name=None))


def test_they_come_back_as_they_were(store: Store) -> None:
    given = (
        counted(value=3), counted(wave="end"), counted("P2", "job", 1, kind="yes_no"),
        counted("P1", "attendance", 92.5, kind="number", child="K1"),
    )  # fmt: skip
    receipt = store.commit(upload(row(phq9={1: 1}), indicators=given))
    assert receipt.changes.indicators_new == 4
    loaded = store.load()
    assert tuple(loaded.indicators.columns) == INDICATOR_COLUMNS
    assert values(store) == [
        ("P1", "", "baseline", "incidents", "count", 3.0),
        ("P1", "", "end", "incidents", "count", 1.0),
        ("P2", "", "baseline", "job", "yes_no", 1.0),
        ("P1", "K1", "baseline", "attendance", "number", 92.5),
    ]
    assert loaded.participants["participant"].tolist() == ["P1", "P2"]
    assert store.load().indicators["site"].tolist() == ["Luton"] * 4


def test_a_store_without_any_has_an_empty_table(store: Store) -> None:
    store.commit(upload(row(phq9={1: 1})))
    assert store.load().indicators.empty
    assert tuple(store.load().indicators.columns) == INDICATOR_COLUMNS


def test_the_same_again_changes_nothing(store: Store, url: str) -> None:
    given = (counted(value=3), counted("P2", "job", 0, kind="yes_no"))
    store.commit(upload(indicators=given))
    before = held(url)
    again = store.commit(upload(indicators=given)).changes
    assert (again.indicators_new, again.indicators_same, again.indicators_changed) == (0, 2, 0)
    assert again.nothing_to_store
    assert held(url) == before


def test_a_correction_is_shown_before_and_takes_the_place_of_the_first(store: Store) -> None:
    store.commit(
        upload(indicators=(counted(value=3), counted("P1", "job", 0, kind="yes_no", child="K1")))
    )
    later = upload(
        indicators=(counted(value=2), counted("P1", "job", 1, kind="yes_no", child="K1"))
    )
    seen = store.preview(later)
    assert (seen.indicators_changed, seen.n_details) == (2, 2)
    assert not seen.nothing_to_store
    columns = ["participant", "child", "wave", "instrument", "part", "old", "new"]
    assert seen.details[columns].to_numpy().tolist() == [
        ["P1", "", "baseline", "indicators", "incidents", "3", "2"],
        ["P1", "K1", "baseline", "indicators", "job", "no", "yes"],
    ]
    assert store.commit(later).changes == seen
    assert [value for *_, value in values(store)] == [2, 1]


def test_from_yes_to_1_is_a_change(store: Store) -> None:
    store.commit(upload(indicators=(counted("P1", "job", 1, kind="yes_no"),)))
    assert (
        store.commit(upload(indicators=(counted("P1", "job", 1),))).changes.indicators_changed == 1
    )
    assert values(store) == [("P1", "", "baseline", "job", "count", 1.0)]


def test_a_decimal_that_comes_later_makes_counts_numbers(store: Store) -> None:
    store.commit(upload(indicators=(counted("P1", "attendance", 90),)))
    store.commit(upload(indicators=(counted("P2", "attendance", 92.5, kind="number"),)))
    assert store.load().indicators["kind"].tolist() == ["number", "number"]
    again = upload(indicators=(counted("P1", "attendance", 90, kind="number"),))
    assert store.preview(again).nothing_to_store


def test_taking_an_upload_back_leaves_what_was_there_before(store: Store, url: str) -> None:
    store.commit(upload(row(phq9={1: 1}), indicators=(counted(value=3),)))
    before = held(url)
    second = store.commit(upload(indicators=(counted(value=5), counted("P2"), counted(wave="end"))))
    receipt = store.undo(second.import_id)
    assert (receipt.reversed, receipt.restored, receipt.n_kept) == (3, 1, 0)
    assert receipt.deleted_people == 1
    assert held(url) == before


def test_what_a_later_upload_changed_stays_and_is_listed(store: Store) -> None:
    first = store.commit(upload(indicators=(counted(value=3), counted("P2", value=1))))
    store.commit(upload(indicators=(counted(value=5),)))
    receipt = store.undo(first.import_id)
    kept = receipt.kept[receipt.kept["instrument"] == "indicators"]
    assert kept[["participant", "wave", "part"]].to_numpy().tolist() == [
        ["P1", "baseline", "incidents"]
    ]
    assert [(who, value) for who, *_, value in values(store)] == [("P1", 5.0)]


def test_made_up_indicators_alone_mark_the_store_as_synthetic(store: Store) -> None:
    store.commit(upload(indicators=(counted(),), synthetic=True))
    assert store.load().synthetic


def test_a_store_of_version_3_keeps_every_row_and_gains_the_table(url: str, store: Store) -> None:
    store.commit(upload(row(phq9={1: 1}, role="mother")))
    tables = ("participant", "response", "service_use", "mapping", "site")
    before = held(url, tables)
    engine = plain_engine(url)
    with engine.begin() as connection:
        connection.execute(text("DROP TABLE indicator"))
        connection.execute(text("UPDATE meta SET value = '3' WHERE key = 'schema_version'"))
    again = Store(url)
    assert held(url, tables) == before
    assert {c["name"] for c in inspect(engine).get_columns("indicator")} == {
        column.name for column in schema.indicator.columns
    }
    again.commit(upload(indicators=(counted(value=3),)))
    assert [value for *_, value in values(again)] == [3.0]
