"""How a site's files are read is kept with the import, in versions."""

from __future__ import annotations

import pytest

from evaluation.store.mappings import SavedMapping
from evaluation.store.repository import Store
from tests.evaluation.store.uploads import held, row, upload

FORMS = ("microsoft_forms", "f" * 32)
TYPED = ("typed", "e" * 32)


def commit(store: Store, text: str, key: tuple[str, str] = FORMS, site: str = "Luton") -> int:
    given = upload(row(phq9={1: 1}) | {"site": site})
    return store.commit(given, mapping_text=text, mapping_key=key).import_id


def seen(store: Store, site: str = "Luton") -> list[tuple]:
    return [(m.source, m.version, m.text) for m in store.saved_mappings(site)]


def test_a_mapping_comes_back_by_name_and_id_of_its_site_only(store: Store) -> None:
    commit(store, "a", site="Newcastle upon Tyne")
    for name in ("Newcastle upon Tyne", "newcastle-upon-tyne"):
        (found,) = store.saved_mappings(name)
        assert isinstance(found, SavedMapping)
        assert (found.source, found.signature, found.version, found.text) == (*FORMS, 1, "a")
    assert seen(store, "Luton") == []


def test_a_changed_mapping_is_a_new_version_and_the_same_one_is_not(store: Store) -> None:
    for text in ("a", "a", "b", "b"):
        commit(store, text)
    assert seen(store) == [("microsoft_forms", 2, "b")]
    commit(store, "a")
    assert seen(store) == [("microsoft_forms", 3, "a")]


def test_each_kind_of_file_has_a_mapping_of_its_own_newest_first(store: Store) -> None:
    commit(store, "a")
    commit(store, "b", TYPED)
    commit(store, "c", ("typed", "other headers"))
    assert [text for _, _, text in seen(store)] == ["c", "b", "a"]
    commit(store, "d")
    assert [text for _, _, text in seen(store)] == ["d", "c", "b"]


def test_files_of_several_sites_have_mappings_of_their_own(store: Store) -> None:
    both = upload(row(phq9={1: 1}), row(phq9={1: 1}) | {"site": "Croydon"})
    store.commit(both, mapping_text="a", mapping_key=FORMS)
    assert seen(store, "") == [("microsoft_forms", 1, "a")]
    assert seen(store, "Luton") == []


def test_an_import_without_a_mapping_saves_none(store: Store, url: str) -> None:
    store.commit(upload(row(phq9={1: 1})))
    assert held(url, ("mapping",)) == {"mapping": []}
    with pytest.raises(ValueError, match="mapping_key"):
        store.commit(upload(row(phq9={1: 1})), mapping_text="a")


def test_a_mapping_is_not_saved_when_the_import_fails(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    from evaluation.store import repository

    def fail(*_arguments: object) -> None:
        raise RuntimeError("stopped half-way")

    monkeypatch.setattr(repository, "store_register", fail)
    with pytest.raises(RuntimeError):
        commit(store, "a")
    assert seen(store) == []


def test_undo_brings_the_former_mapping_back(store: Store, url: str) -> None:
    commit(store, "a")
    before = held(url)
    second = commit(store, "b")
    store.undo(second)
    assert seen(store) == [("microsoft_forms", 1, "a")]
    assert held(url) == before
    commit(store, "c")
    assert seen(store) == [("microsoft_forms", 2, "c")]


def test_undoing_an_earlier_import_leaves_the_later_mapping_in_use(store: Store) -> None:
    first, second = commit(store, "a"), commit(store, "b")
    store.undo(first)
    assert seen(store) == [("microsoft_forms", 2, "b")]
    store.undo(second)
    assert seen(store) == []
