"""Reasons for missing answers, and what an upload would change before anything is stored."""

from __future__ import annotations

import pandas as pd
import pytest

from evaluation.store import changes
from evaluation.store.engine import StoreError
from evaluation.store.repository import Store
from tests.evaluation.store.uploads import UNDONE_TABLES, held, row, upload, used


def reasons_in(store: Store) -> list[tuple]:
    """Participant, instrument, part and reason of everything that is stored."""
    loaded = store.load()
    people = loaded.reasons["record"].map(loaded.records["participant"])
    rest = loaded.reasons[["instrument", "part", "reason"]].itertuples(index=False, name=None)
    return [(who, *what) for who, what in zip(people, rest, strict=True)]


def details(store: Store, *rows: dict, **options) -> list[tuple]:
    table = store.preview(upload(*rows, **options)).details
    return list(
        table[["participant", "wave", "instrument", "part", "old", "new"]].itertuples(
            index=False, name=None
        )
    )


# --- reasons ---------------------------------------------------------------------------------


def test_reasons_are_stored_with_the_answers_and_come_back(store: Store) -> None:
    refused = {"phq9": {"2": "refused", "10": "not asked", "total": "not known"}}
    store.commit(upload(row(phq9={1: 3}, reasons=refused)))
    assert reasons_in(store) == [
        ("P1", "phq9", "2", "refused"),
        ("P1", "phq9", "10", "not asked"),
        ("P1", "phq9", "total", "not known"),
    ]
    assert store.load().answers["phq9"].to_numpy().tolist() == [[3]]


def test_somebody_who_did_not_attend_has_a_record_and_no_answers(store: Store) -> None:
    away = row(wave="end", reasons={"phq9": {"1": "did not attend"}})
    receipt = store.commit(upload(away))
    assert receipt.changes.new == 1
    loaded = store.load()
    assert loaded.records["wave"].tolist() == ["end"]
    assert loaded.answers == {}
    assert loaded.supplied == {}
    assert reasons_in(store) == [("P1", "phq9", "1", "did not attend")]


def test_an_answer_ends_the_reason_for_the_same_part_only(store: Store) -> None:
    store.commit(upload(row(reasons={"phq9": {"1": "refused", "2": "refused"}})))
    later = row(phq9={1: 3})
    assert details(store, later) == [("P1", "baseline", "phq9", "1", "refused", "3")]
    store.commit(upload(later))
    assert reasons_in(store) == [("P1", "phq9", "2", "refused")]
    assert store.load().answers["phq9"].to_numpy().tolist() == [[3]]


def test_a_score_ends_the_reason_for_that_score(store: Store) -> None:
    store.commit(upload(row(reasons={"phq9": {"total": "not known"}})))
    store.commit(upload(row(phq9={"total": 7.5})))
    assert reasons_in(store) == []
    assert store.load().supplied["phq9"].to_numpy().tolist() == [[7.5]]


def test_a_reason_never_takes_the_place_of_an_answer(store: Store, url: str) -> None:
    store.commit(upload(row(phq9={1: 3, "total": 9})))
    before = held(url)
    late = upload(row(reasons={"phq9": {"1": "refused", "total": "refused"}}))
    assert store.preview(late).same == 1
    assert store.commit(late).changes.nothing_to_store
    assert held(url) == before


def test_another_reason_replaces_the_first_and_a_blank_one_does_not(store: Store) -> None:
    store.commit(upload(row(reasons={"phq9": {"1": "not known"}})))
    assert store.commit(upload(row(reasons={"phq9": {"1": ""}}))).changes.changed == 0
    assert store.commit(upload(row(reasons={"phq9": {"1": "refused"}}))).changes.changed == 1
    assert reasons_in(store) == [("P1", "phq9", "1", "refused")]


def test_a_row_with_an_answer_and_a_reason_for_one_part_is_answered(store: Store) -> None:
    store.commit(upload(row(phq9={1: 0}, reasons={"phq9": {"1": "refused"}})))
    assert reasons_in(store) == []


def test_two_rows_of_one_occasion_one_of_them_without_answers_are_one(store: Store) -> None:
    away = row(completed_on="2017-01-05", reasons={"phq9": {"1": "refused", "2": "refused"}})
    there = row(completed_on="2017-01-06", phq9={1: 2})
    for rows in ((away, there), (there, away)):
        plan = store.preview(upload(*rows))
        assert (plan.new, plan.changed) == (1, 0)
    store.commit(upload(away, there))
    loaded = store.load()
    assert loaded.records["completed_on"].tolist() == [pd.Timestamp("2017-01-06")]
    assert reasons_in(store) == [("P1", "phq9", "2", "refused")]


def test_reasons_for_what_is_not_defined_are_not_stored(store: Store) -> None:
    with pytest.raises(StoreError, match="'nobodys' is no questionnaire"):
        store.commit(upload(row(reasons={"nobodys": {"1": "refused"}})))


ONE = """\
- id: ours
  name: Our questionnaire
  items: 3
  minimum: 0
  maximum: 4
  scales:
    - {id: total, items: [1, 2, 3], better: higher}
"""
SHORTER = ONE.replace("items: 3", "items: 2").replace("[1, 2, 3]", "[1, 2]")


def test_reasons_follow_the_versions_of_a_definition(store: Store) -> None:
    store.save_definition(ONE)
    given = {"ours": {"2": "refused", "3": "refused", "total": "not known"}}
    store.commit(upload(row(ours={1: 4}, reasons=given)))
    store.save_definition(SHORTER)
    assert {instrument for _, instrument, _, _ in reasons_in(store)} == {"ours@1"}
    with pytest.raises(StoreError, match="has changed since"):
        store.commit(upload(row("P2", reasons={"ours": {"3": "refused"}})))
    again = row(ours={1: 4})
    assert details(store, again) == [
        ("P1", "baseline", "ours", "3", "refused", ""),
        ("P1", "baseline", "ours", "definition_version", "1", "2"),
    ]
    store.commit(upload(again))
    assert reasons_in(store) == [
        ("P1", "ours", "2", "refused"),
        ("P1", "ours", "total", "not known"),
    ]


# --- what would change -----------------------------------------------------------------------


def test_each_changed_value_is_shown_old_and_new(store: Store) -> None:
    store.commit(
        upload(
            row(phq9={1: 2, 2: 1}, completed_on="2017-01-05", couple="C1", gender="female"),
            row("P2", phq9={1: 1, "total": 8.5}),
            service=(used(took_up=False, referred_on="2017-01-01"),),
        )
    )
    corrected = (
        row(phq9={1: 3, 2: 1}, completed_on="2017-02-05", couple="C2", age_band="25-34"),
        row("P2", phq9={"total": 9}),
        row("P3", phq9={1: 1}),
    )
    service = (used(took_up=True, sessions_attended=5.0), used("P2", took_up=True))
    seen = store.preview(upload(*corrected, service=service, refused=2))
    assert (seen.new, seen.same, seen.changed, seen.refused) == (1, 0, 2, 2)
    assert (seen.people_new, seen.people_changed) == (1, 1)
    assert (seen.service_new, seen.service_same, seen.service_changed) == (1, 0, 1)
    assert not seen.nothing_to_store
    shown = seen.details[["participant", "wave", "instrument", "part", "old", "new"]]
    assert set(shown.itertuples(index=False, name=None)) == {
        ("P1", "", "", "couple", "C1", "C2"),
        ("P1", "", "", "age_band", "", "25-34"),
        ("P1", "baseline", "phq9", "1", "2", "3"),
        ("P1", "baseline", "phq9", "completed_on", "2017-01-05", "2017-02-05"),
        ("P2", "baseline", "phq9", "total", "8.5", "9"),
        ("P1", "", "service_use", "took_up", "no", "yes"),
        ("P1", "", "service_use", "sessions_attended", "", "5"),
    }
    assert seen.n_details == 7
    assert set(seen.details["site"]) == {"Luton"}
    assert store.commit(upload(*corrected, service=service, refused=2)).changes == seen


def test_the_place_of_a_change_is_complete(store: Store) -> None:
    place = {"child": "K1", "informant": "parent", "wave": "session", "session_number": 4}
    store.commit(upload(row(phq9={1: 2}, **place)))
    (found,) = store.preview(upload(row(phq9={1: 0}, **place))).details.to_dict("records")
    assert found == {
        "site": "Luton", "participant": "P1", "child": "K1", "informant": "parent",
        "wave": "session", "session_number": 4, "instrument": "phq9", "part": "1", "old": "2",
        "new": "0",
    }  # fmt: skip


def test_the_list_of_changes_is_cut_and_its_true_length_said(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    people = [f"P{n}" for n in range(30)]
    store.commit(upload(*(row(who, phq9={1: 0, 2: 0}) for who in people)))
    monkeypatch.setattr(changes, "MAX_DETAILS", 10)
    seen = store.preview(upload(*(row(who, phq9={1: 1, 2: 1}) for who in people)))
    assert (len(seen.details), seen.n_details, seen.changed) == (10, 60, 30)


def test_a_preview_writes_nothing(store: Store, url: str) -> None:
    store.commit(upload(row(phq9={1: 0})))
    before = held(url, (*UNDONE_TABLES, "import_batch", "import_file"))
    store.preview(upload(row(phq9={1: 1}, role="mother"), row("P2", phq9={1: 1})))
    assert held(url, (*UNDONE_TABLES, "import_batch", "import_file")) == before


def test_the_same_file_again_leaves_every_row_alone(store: Store, url: str) -> None:
    given = upload(
        row(phq9={1: 2, 10: 1}, gender="female", reasons={"phq9": {"3": "refused"}}),
        service=(used(took_up=True),),
    )
    store.commit(given, mapping_text="a: 1", mapping_key=("forms", "s"))
    before = held(url)
    again = store.commit(given, mapping_text="a: 1", mapping_key=("forms", "s"))
    assert again.changes.nothing_to_store
    assert (again.changes.same, again.changes.service_same) == (1, 1)
    assert held(url) == before
    assert store.imports()["id"].tolist() == [2, 1]


def test_another_site_and_another_questionnaire_are_left_alone(store: Store) -> None:
    store.commit(upload(row(phq9={1: 2}), row(gad7={1: 2}) | {"site": "Croydon"}))
    seen = store.preview(upload(row(phq9={1: 2}) | {"site": "Croydon"}))
    assert (seen.new, seen.same, seen.changed) == (1, 0, 0)


def test_two_records_with_answers_for_one_occasion_are_a_mistake(store: Store) -> None:
    with pytest.raises(ValueError, match="two records"):
        store.preview(upload(row(phq9={1: 1}), row(phq9={1: 2})))


def test_a_large_upload_is_compared_like_a_small_one(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    from evaluation.store import current

    store.commit(
        upload(
            *(row(who, phq9={1: 1}, role="mother") for who in ("P1", "P2", "P3")),
            row("P1", phq9={1: 1}, role="father") | {"site": "Croydon"},
        )
    )
    corrected = upload(row("P1", phq9={1: 2}), row("P2", phq9={1: 1}, role="father"))
    seen = store.preview(corrected)
    assert (seen.new, seen.same, seen.changed, seen.people_changed) == (0, 1, 1, 1)
    monkeypatch.setattr(current, "NAMED_PEOPLE", 1)
    assert store.preview(corrected) == seen
