"""Who was behind the last releases: kept as hashes, replaced, forgotten, and never brought back."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import text

from evaluation.store.releases import Release
from evaluation.store.repository import Store
from evaluation.store.restore import restore_store
from tests.evaluation.store.databases import bytes_of, plain_engine
from tests.evaluation.store.uploads import row, upload

LUTON = ("Luton", "phq9", "total", "baseline_end", "")
DORSET = ("Dorset", *LUTON[1:])
ALL = ("ALL", *LUTON[1:])
HASH = "0123456789abcdef"
OTHER = "fedcba9876543210"


def took(store: Store, people: dict, *, kind: str = "workbook", site: str = "ALL", **more: str):
    """A release of one kind, by the rules and with the decision given."""
    told = {"rule_sha256": "a" * 64, "decision": "pass"} | more
    release = Release(kind, snapshot=1, filters={"site": site}, people=people, **told)
    return store.record_release(release, sites=[] if site == "ALL" else [site])


def kept(store: Store, site: str = "") -> dict[str, dict]:
    return {one.kind: one.people for one in store.last_bases(site)}


def test_each_release_takes_the_place_of_the_last_of_its_kind(store: Store) -> None:
    assert store.last_release() == 0
    took(store, {LUTON: {HASH}})
    took(store, {LUTON: {HASH, OTHER}, ALL: {HASH}})
    took(store, {LUTON: {OTHER}}, kind="report")
    assert kept(store) == {
        "workbook": {LUTON: {HASH, OTHER}, ALL: {HASH}}, "report": {LUTON: {OTHER}},
    }  # fmt: skip
    assert store.last_release() == 3


def test_a_site_is_compared_with_its_own_files_and_those_of_all_sites(store: Store) -> None:
    took(store, {LUTON: {HASH}}, kind="site_workbook", site="Luton")
    took(store, {DORSET: {HASH}}, kind="site_workbook", site="Dorset")
    took(store, {ALL: {HASH}})
    assert [one.kind for one in store.last_bases("Luton")] == [
        "site_workbook", "workbook",
    ]  # fmt: skip
    assert len(store.last_bases("")) == 3


def test_a_refusal_leaves_no_last_release_and_another_rule_file_does_not_hide_one(
    store: Store,
) -> None:
    took(store, {LUTON: {HASH}}, decision="fail")
    assert kept(store) == {}
    took(store, {LUTON: {HASH}}, decision="review")
    took(store, {LUTON: {OTHER}}, kind="report", rule_sha256="b" * 64)
    assert kept(store) == {"workbook": {LUTON: {HASH}}, "report": {LUTON: {OTHER}}}


def test_each_store_has_a_key_of_its_own(store: Store, empty_url: str, url: str) -> None:
    other = Store(empty_url)
    assert len(store.release_key()) == 32
    assert store.release_key() != other.release_key()
    with plain_engine(url).begin() as connection:
        tombstones = connection.execute(text("select value from meta where key = 'erasure_key'"))
        assert store.release_key().hex() != tombstones.scalar_one()
    other.close()


def test_an_erasure_forgets_the_site_and_says_that_somebody_was_erased(
    store: Store, url: str
) -> None:
    store.commit(upload(row("P1", phq9={1: 1}), row("P2", phq9={1: 1})))
    took(store, {LUTON: {HASH}, DORSET: {OTHER}, ALL: {HASH, OTHER}})
    took(store, {DORSET: {OTHER}}, kind="site_workbook", site="Dorset")
    store.erase("Luton", "P9", in_advance=True)
    assert kept(store)["workbook"][LUTON] == {HASH}
    store.erase("Luton", "P1")
    workbook, dorset = store.last_bases("")
    assert (workbook.people, workbook.erased) == ({DORSET: {OTHER}}, {"Luton", "ALL"})
    assert (dorset.people, dorset.erased) == ({DORSET: {OTHER}}, set())
    assert HASH.encode() not in bytes_of(url)
    took(store, {LUTON: {OTHER}})
    assert store.last_bases("Luton")[0].erased == frozenset()


def test_a_store_of_version_6_comes_forward_with_what_it_holds(url: str) -> None:
    store = Store(url)
    took(store, {LUTON: {HASH}})
    releases = store.releases()
    store.close()
    with plain_engine(url).begin() as connection:
        connection.execute(text("drop table release_basis"))
        connection.execute(text("delete from meta where key = 'release_key'"))
        connection.execute(text("update meta set value = '6' where key = 'schema_version'"))
    store = Store(url)
    assert store.releases().equals(releases)
    assert kept(store) == {}
    key = store.release_key()
    took(store, {LUTON: {HASH}})
    store.close()
    store = Store(url)
    assert (store.release_key(), kept(store)) == (key, {"workbook": {LUTON: {HASH}}})
    store.close()


def test_going_back_to_a_copy_keeps_what_was_released_since(tmp_path: Path) -> None:
    url, copy = f"sqlite:///{tmp_path / 'store.db'}", tmp_path / "copy.db"
    store = Store(url)
    store.commit(upload(row("P1", phq9={1: 1})))
    took(store, {LUTON: {OTHER}})
    store.backup(copy)
    took(store, {LUTON: {HASH}})
    key = store.release_key()
    store.close()
    restore_store(url, copy, by="dm")
    store = Store(url)
    assert (kept(store), store.release_key()) == ({"workbook": {LUTON: {HASH}}}, key)
    store.close()


def test_a_new_store_takes_it_over_from_the_copy_with_the_key(tmp_path: Path) -> None:
    store, copy = Store(f"sqlite:///{tmp_path / 'store.db'}"), tmp_path / "copy.db"
    store.commit(upload(row("P1", phq9={1: 1})))
    took(store, {LUTON: {OTHER}})
    store.backup(copy)
    fresh = f"sqlite:///{tmp_path / 'fresh.db'}"
    restore_store(fresh, copy, by="dm")
    new = Store(fresh)
    assert kept(new) == {"workbook": {LUTON: {OTHER}}}
    assert new.release_key() == store.release_key()
    new.close()
    store.close()
