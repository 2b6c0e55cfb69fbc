"""The audit log: a row for each act, in the same transaction, and no way to change one unseen."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError

from evaluation.store import append_only, repository
from evaluation.store.engine import StoreError
from evaluation.store.repository import Store
from tests.evaluation.store.databases import is_sqlite, plain_engine
from tests.evaluation.store.uploads import row, upload

ONE = """\
- id: ours
  name: Our questionnaire
  items: 3
  minimum: 0
  maximum: 4
  scales:
    - {id: total, items: [1, 2, 3], better: higher}
"""


@pytest.fixture
def busy(store: Store) -> Store:
    """A store with five rows in its log."""
    store.commit(upload(row("WHO-1", phq9={1: 1}), row("WHO-2", phq9={1: 2})), by="ann")
    store.save_definition(ONE, by="ben")
    store.undo(1, by="ann")
    store.commit(upload(row("WHO-2", phq9={1: 2})), by="ann")
    store.erase("Luton", "WHO-2", by="cat")
    return store


def tamper(url: str, *statements: str) -> None:
    """What somebody can do who may write to the file: the triggers are no hindrance."""
    on = "" if is_sqlite(url) else " ON audit"
    with plain_engine(url).begin() as connection:
        connection.execute(text(f"DROP TRIGGER audit_no_update{on}"))
        connection.execute(text(f"DROP TRIGGER audit_no_delete{on}"))
        for statement in statements:
            connection.execute(text(statement))


def test_each_act_is_one_row_with_who_when_what_and_how_much(busy: Store) -> None:
    log = busy.audit_log()
    assert log["action"].tolist() == ["erase", "import", "undo", "definition", "import"]
    assert log["who"].tolist() == ["cat", "ann", "ann", "ben", "ann"]
    assert log["number"].tolist() == [5, 4, 3, 2, 1]
    assert log["site"].tolist() == ["luton", "luton", "luton", "", "luton"]
    assert log["at"].str.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ").all()
    first = json.loads(log["counts"].iloc[-1])
    assert (first["new"], first["people_new"], first["changed"]) == (2, 2, 0)
    assert json.loads(log["counts"].iloc[2])["reversed"] == 2
    assert json.loads(log["counts"].iloc[0])["questionnaires"] == 1
    assert log["person"].str.len().tolist() == [64, 0, 0, 0, 0]
    assert busy.audit_log(last=2)["number"].tolist() == [5, 4]


def test_no_row_holds_a_code(busy: Store, url: str) -> None:
    assert "WHO" not in busy.audit_log().to_csv()


def test_a_whole_log_is_found_whole(busy: Store, store: Store) -> None:
    check = busy.verify_audit()
    assert (check.ok, check.n_rows, check.first_wrong) == (True, 5, None)
    assert check.head == busy.audit_log()["hash"].iloc[0]


def test_an_empty_log_is_whole(store: Store) -> None:
    assert (store.verify_audit().ok, store.verify_audit().n_rows) == (True, 0)


def test_the_hash_of_the_first_row_is_that_of_its_published_form(store: Store) -> None:
    import hashlib

    store.record("sign_in", by="ann", sites=["Newcastle upon Tyne"], counts={"n": 1})
    found = store.audit_log().iloc[0]
    canonical = (
        f'{{"action":"sign_in","at":"{found["at"]}","counts":"{{\\"n\\": 1}}","number":1,'
        '"person":"","reference":"","site":"newcastle-upon-tyne","who":"ann"}'
    )
    expected = hashlib.sha256(("0" * 64 + canonical).encode()).hexdigest()
    assert found["hash"] == expected


@pytest.mark.parametrize("change", ["update audit set who = 'x'", "delete from audit"])
def test_the_database_refuses_to_change_a_row(busy: Store, url: str, change: str) -> None:
    with (
        plain_engine(url).begin() as connection,
        pytest.raises(DatabaseError, match="stay as they are"),
    ):
        connection.execute(text(change))
    assert busy.verify_audit().ok


@pytest.mark.parametrize(
    ("statements", "row_number", "finding"),
    [
        (["update audit set who = 'dan' where number = 2"], 2, "changed"),
        (["update audit set counts = '{}' where number = 5"], 5, "changed"),
        (["update audit set hash = former where number = 3"], 3, "changed"),
        (["delete from audit where number = 3"], 3, "Row 3 is missing"),
        (["delete from audit where number = 1"], 1, "Row 1 is missing"),
        (["delete from audit where number > 3"], 4, "The last 2 of 5 rows are missing"),
        (["delete from audit"], 1, "The last 5 of 5 rows are missing"),
        (["delete from audit where number = 3",
          "update audit set number = number - 1 where number > 3"], 3, "does not follow"),
        (["update audit set number = 99 where number = 2",
          "update audit set number = 2 where number = 4",
          "update audit set number = 4 where number = 99"], 2, "does not follow"),
        (["update meta set value = '0 ' || substr(value, 3) where key = 'audit_head'"], 5, "end"),
        (["delete from meta where key = 'audit_head'"], 5, "end"),
    ],
)  # fmt: skip
def test_tampering_is_found(
    busy: Store, url: str, statements: list[str], row_number: int, finding: str
) -> None:
    busy.close()
    tamper(url, *statements)
    check = Store(url).verify_audit()
    assert (check.ok, check.first_wrong) == (False, row_number)
    assert finding in check.finding


def test_a_log_written_anew_shows_against_a_hash_noted_elsewhere(busy: Store, url: str) -> None:
    noted = busy.verify_audit().head
    busy.record("sign_in", by="ann")
    assert busy.verify_audit(known_hash=noted).ok
    busy.close()
    tamper(
        url, "delete from audit",
        f"update meta set value = '0 {'0' * 64}' where key = 'audit_head'",
    )  # fmt: skip
    again = Store(url)
    again.record("sign_in", by="ann")
    assert again.verify_audit().ok
    assert not again.verify_audit(known_hash=noted).ok


def test_what_fails_leaves_no_row(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(StoreError):
        store.undo(7)
    with pytest.raises(ValueError, match="Line"):
        store.save_definition(ONE.replace("higher", "up"))
    with pytest.raises(StoreError):
        store.erase("Luton", "nobody")

    def fail(*_arguments: object) -> None:
        raise RuntimeError("stopped half-way")

    monkeypatch.setattr(repository, "store_register", fail)
    with pytest.raises(RuntimeError):
        store.commit(upload(row(phq9={1: 1})))
    assert store.audit_log().empty


def test_only_known_acts_and_whole_numbers_are_noted(store: Store) -> None:
    with pytest.raises(ValueError, match="action='peek'"):
        store.record("peek", by="ann")
    with pytest.raises(ValueError, match="whole numbers"):
        store.record("view", by="ann", counts={"answer": "refused"})  # type: ignore[dict-item]
    store.record("view", by="  ")
    assert store.audit_log()["who"].tolist() == ["not known"]


def test_both_databases_have_triggers_and_an_unknown_one_none() -> None:
    assert len(append_only.trigger_texts("audit", "sqlite")) == 2
    function, *triggers = append_only.trigger_texts("audit", "postgresql")
    assert "RETURNS trigger" in function
    assert [t.split()[4] for t in triggers] == ["UPDATE", "DELETE", "TRUNCATE"]
    assert append_only.trigger_texts("audit", "mysql") == []
