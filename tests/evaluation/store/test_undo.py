"""An import is taken back whole; what later imports built on stays and is listed."""

from __future__ import annotations

import threading

import pandas as pd
import pytest

from evaluation.model import Problem
from evaluation.store.engine import StoreError
from evaluation.store.repository import Store
from tests.evaluation.store.databases import orphans
from tests.evaluation.store.uploads import held, row, upload, used

WRONG = Problem("answer_not_allowed", "drop_cell", "Wrong.", "Correct.", "a.csv", cell="B2")


def answers(store: Store) -> dict[tuple[str, str], list[float]]:
    loaded = store.load()
    table = loaded.answers.get("phq9", pd.DataFrame())
    people = loaded.records.loc[table.index, ["participant", "wave"]]
    keys = people.itertuples(index=False, name=None)
    return dict(zip(keys, table.to_numpy().tolist(), strict=True))


def kept(receipt) -> list[tuple]:
    columns = ["participant", "wave", "instrument", "part"]
    return list(receipt.kept[columns].itertuples(index=False, name=None))


# --- the newest import -----------------------------------------------------------------------


def test_everything_of_the_newest_import_goes_and_the_former_values_count(
    store: Store, url: str
) -> None:
    store.commit(
        upload(
            row(phq9={1: 1, 2: 1}, couple="C1", gender="female"),
            row("P2", phq9={1: 2}),
            service=(used(took_up=True, sessions_attended=3.0),),
        ),
        mapping_text="a",
        mapping_key=("forms", "s"),
    )
    before, seen = held(url), store.snapshot()
    newest = store.commit(
        upload(
            row(phq9={1: 3}, couple="C2", role="mother", age_band="25-34"),
            row("P2", phq9={1: 2}),
            row("P3", phq9={1: 1}, reasons={"gad7": {"1": "refused"}}),
            row("P4", phq9={1: 1}) | {"site": "Bath"},
            service=(used(sessions_attended=5.0), used("P2", took_up=False)),
        ),
        mapping_text="b",
        mapping_key=("forms", "s"),
    )
    assert held(url) != before
    assert store.undo_warning(newest.import_id) == ""
    receipt = store.undo(newest.import_id)
    assert held(url) == before
    assert (receipt.undo_id, receipt.import_id) == (3, 2)
    # P1, P3 (two questionnaires), P4, two rows of service use; of P1 both were there before
    assert (receipt.reversed, receipt.restored) == (6, 2)
    assert (receipt.deleted_people, receipt.restored_people, receipt.n_kept) == (2, 1, 0)
    assert receipt.kept.empty
    assert store.snapshot() not in (0, seen, newest.import_id)


def test_the_only_import_leaves_an_empty_store(store: Store, url: str) -> None:
    before = held(url)
    store.commit(upload(row(phq9={1: 1}), service=(used(took_up=True),), synthetic=True))
    assert store.load().synthetic
    store.undo(1)
    assert held(url) == before
    loaded = store.load()
    assert loaded.records.empty
    assert not loaded.synthetic


def test_a_site_goes_only_with_the_import_that_brought_it(store: Store) -> None:
    there = row(phq9={1: 1}) | {"site": "Bath"}
    store.commit(upload(there))
    store.commit(upload(there))
    store.undo(1)
    assert "bath" in store.known_sites()
    store.undo(2)
    assert "bath" not in store.known_sites()
    assert len(store.sites()) == 12


# --- an import that others have built on -----------------------------------------------------


def test_what_a_later_import_changed_stays_and_is_listed(store: Store) -> None:
    store.commit(
        upload(row(phq9={1: 1, 2: 1}), row("P2", phq9={1: 1}), service=(used(ending="a"),))
    )
    store.commit(upload(row(phq9={2: 3}), service=(used(ending="b"),)))
    receipt = store.undo(1)
    assert answers(store) == {("P1", "baseline"): [1, 3]}
    assert kept(receipt) == [
        ("P1", "baseline", "phq9", ""),
        ("P1", "", "service_use", ""),
        ("P1", "", "", ""),
    ]
    assert receipt.n_kept == 3
    assert receipt.kept["site"].tolist() == ["Luton"] * 3
    assert (receipt.reversed, receipt.deleted_people) == (1, 1)


def test_undoing_both_leaves_nothing_in_either_order(store: Store, url: str) -> None:
    first = upload(row(phq9={1: 1}, role="mother", gender="female"), service=(used(ending="a"),))
    second = upload(row(phq9={1: 2}, role="father"), service=(used(ending="b"),))
    before = held(url)
    for order in ((1, 0), (0, 1)):
        numbers = [store.commit(each).import_id for each in (first, second)]
        for which in order:
            store.undo(numbers[which])
        assert held(url) == before


def test_an_undone_import_in_the_middle_of_three_is_skipped(store: Store) -> None:
    for value in (1, 2, 3):
        store.commit(upload(row(phq9={1: value}, role=f"role {value}")))
    store.undo(2)
    assert answers(store) == {("P1", "baseline"): [3]}
    store.undo(3)
    assert answers(store) == {("P1", "baseline"): [1]}
    assert store.load().participants["role"].tolist() == ["role 1"]


def test_undoing_a_later_import_does_not_touch_an_earlier_kept_one(store: Store) -> None:
    for value in (1, 2, 3):
        store.commit(upload(row(phq9={1: value})))
    store.undo(1)
    store.undo(3)
    assert answers(store) == {("P1", "baseline"): [2]}
    store.undo(2)
    assert answers(store) == {}
    assert store.load().participants.empty


def test_values_of_a_person_come_back_unless_a_later_import_changed_them(store: Store) -> None:
    store.commit(upload(row(phq9={1: 1}, role="a", gender="female")))
    store.commit(upload(row(phq9={1: 1}, role="b", gender="male", age_band="25-34")))
    store.commit(upload(row(phq9={1: 1}, role="c")))
    receipt = store.undo(2)
    (person,) = store.load().participants.to_dict("records")
    assert (person["role"], person["gender"], person["age_band"]) == ("c", "female", "")
    assert kept(receipt) == [("P1", "", "", "role")]
    store.undo(3)
    assert store.load().participants["role"].tolist() == ["a"]


def test_a_value_that_a_later_import_gave_again_is_that_ones(store: Store) -> None:
    for role in ("a", "b", "c", "b"):
        store.commit(upload(row(phq9={1: 1}, role=role)))
    store.undo(2)
    assert store.load().participants["role"].tolist() == ["b"]
    store.undo(4)
    assert store.load().participants["role"].tolist() == ["c"]
    store.undo(3)
    assert store.load().participants["role"].tolist() == ["a"]


def test_a_person_stays_while_other_imports_are_about_them(store: Store) -> None:
    store.commit(upload(row(phq9={1: 1}), row("P2", phq9={1: 1}), row("P3")))
    store.commit(upload(row(wave="end", phq9={1: 1}), row("P3", role="mother")))
    receipt = store.undo(1)
    assert store.load().participants["participant"].tolist() == ["P1", "P3"]
    assert receipt.deleted_people == 1
    assert set(receipt.kept["participant"]) == {"P1", "P3"}
    assert set(receipt.kept["why"]) == {"Other uploads are about this person too."}
    store.undo(2)
    assert store.load().participants.empty


def test_made_up_answers_that_stay_are_still_said_to_be_made_up(store: Store) -> None:
    store.commit(upload(row(phq9={1: 1, 2: 1}), synthetic=True))
    store.commit(upload(row(phq9={2: 3})))
    store.undo(1)
    assert store.load().synthetic
    store.undo(2)
    assert not store.load().synthetic


def test_a_correction_after_an_undo_starts_from_what_counts(store: Store) -> None:
    store.commit(upload(row(phq9={1: 1, 2: 2})))
    store.commit(upload(row(phq9={1: 3})))
    store.undo(2)
    seen = store.preview(upload(row(phq9={1: 1, 2: 2})))
    assert (seen.same, seen.changed) == (1, 0)
    store.commit(upload(row(phq9={2: 0})))
    assert answers(store) == {("P1", "baseline"): [1, 0]}


# --- the register ----------------------------------------------------------------------------


def test_the_register_says_what_was_undone(store: Store) -> None:
    store.commit(upload(row(phq9={1: 1})))
    store.undo(1)
    table = store.imports()
    assert table["id"].tolist() == [2, 1]
    assert table["kind"].tolist() == ["undo", "import"]
    assert table["undoes"].fillna(0).tolist() == [1, 0]
    assert table["undone_by"].fillna(0).tolist() == [0, 2]
    assert table["name"].tolist() == ["", "a.csv"]
    assert table["rows_read"].tolist() == [0, 1]
    assert table.columns[:8].tolist() == [
        "id", "imported_at", "name", "rows_read", "rows_accepted", "n_new", "n_same", "n_changed",
    ]  # fmt: skip


def test_an_undone_file_counts_as_never_imported(store: Store) -> None:
    given = upload(row(phq9={1: 1}))
    store.commit(given)
    store.undo(1)
    assert store.earlier_imports([given.files[0].sha256]) == []
    assert store.commit(given).changes.new == 1
    assert len(store.earlier_imports([given.files[0].sha256])) == 1


def test_an_undone_import_has_nothing_to_correct(store: Store) -> None:
    store.commit(upload(row(phq9={1: 1}), problems=(WRONG,)))
    store.commit(upload(row(phq9={1: 1})))
    assert store.to_fix().empty
    store.undo(2)
    assert store.to_fix()["cell"].tolist() == ["B2"]
    store.undo(1)
    assert store.to_fix().empty


@pytest.mark.parametrize(
    ("number", "sentence"), [(9, "no import 9"), (2, "itself an undo"), (1, "undone before")]
)
def test_what_cannot_be_undone_gives_a_sentence(
    store: Store, url: str, number: int, sentence: str
) -> None:
    store.commit(upload(row(phq9={1: 1})))
    store.undo(1)
    before = held(url, ("import_batch", "response"))
    for ask in (store.undo, store.undo_warning):
        with pytest.raises(StoreError, match=sentence) as caught:
            ask(number)
        assert str(caught.value).endswith(".")
    assert held(url, ("import_batch", "response")) == before


def test_the_warning_names_later_imports_of_the_same_sites_only(store: Store) -> None:
    store.commit(upload(row(phq9={1: 1})))
    store.commit(upload(row(phq9={1: 1}) | {"site": "Croydon"}))
    assert store.undo_warning(1) == ""
    store.commit(upload(row(phq9={1: 1})))  # changes nothing, but repeats everything
    store.commit(upload(row(phq9={1: 2}), row(phq9={1: 2}) | {"site": "Croydon"}))
    assert "Luton build on this one (import 3 and 4)" in store.undo_warning(1)
    assert "Croydon build on this one (import 4)" in store.undo_warning(2)
    assert store.undo_warning(4) == ""
    store.undo(4)
    assert store.undo_warning(2) == ""


def test_an_undo_that_fails_leaves_the_store_as_it_was(
    store: Store, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from evaluation.store import undo

    store.commit(upload(row(phq9={1: 1})))
    before = held(url, ("import_batch", "participant", "response"))

    def fail(*_arguments: object) -> None:
        raise RuntimeError("stopped half-way")

    monkeypatch.setattr(undo, "take_back_mappings", fail)
    with pytest.raises(RuntimeError):
        store.undo(1)
    assert held(url, ("import_batch", "participant", "response")) == before


def test_two_undos_at_once_undo_once(store: Store, url: str) -> None:
    store.commit(upload(row(phq9={1: 1})))
    store.commit(upload(row(phq9={1: 2})))
    outcomes: list[str] = []

    def work() -> None:
        try:
            Store(url).undo(2)
            outcomes.append("undone")
        except StoreError:
            outcomes.append("refused")

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["refused"] * 3 + ["undone"]
    assert answers(store) == {("P1", "baseline"): [1]}


def test_no_row_points_to_one_that_is_gone(store: Store, url: str) -> None:
    store.commit(upload(row(phq9={1: 1}, role="a")))
    store.commit(upload(row(phq9={1: 2}, role="b"), row("P2", phq9={1: 1})))
    store.commit(upload(row("P2", phq9={1: 2}, role="c")))
    for number in (2, 1, 3):
        store.undo(number)
        assert orphans(url) == []
    assert held(url, ("participant", "response", "participant_change")) == {
        "participant": [], "response": [], "participant_change": [],
    }  # fmt: skip
