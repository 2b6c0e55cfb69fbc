"""Who may enter, which rules hold, and what was released: each change is in the log."""

from __future__ import annotations

import hashlib
import json

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError

from evaluation.config import SettingsError, parse_settings
from evaluation.store.accounts import Account
from evaluation.store.engine import StoreError, connect
from evaluation.store.releases import Release
from evaluation.store.repository import Store


def acts(store: Store) -> list[tuple]:
    log = store.audit_log()
    return list(log[["who", "action", "site", "reference"]].itertuples(index=False, name=None))


def test_an_account_is_added_changed_and_found_whatever_its_case(store: Store) -> None:
    made = store.add_account(" Ann@Example.org ", role="site", sites=["Luton"], by="dm")
    assert made == Account("ann@example.org", "site", ("luton",), True)
    changed = store.change_account(
        "ANN@example.org", sites=["Newcastle upon Tyne", "luton"], active=False, by="dm"
    )
    assert changed == Account("ann@example.org", "site", ("luton", "newcastle-upon-tyne"), False)
    assert store.account("ann@EXAMPLE.org") == changed
    assert store.account("ben@example.org") is None
    assert acts(store) == [
        ("dm", "account", "luton, newcastle-upon-tyne", "ann@example.org: site, inactive"),
        ("dm", "account", "luton", "ann@example.org: site, active"),
    ]


def test_a_subject_that_is_no_address_keeps_its_case(store: Store) -> None:
    store.add_account("https://idp#AbC", role="researcher")
    assert store.account("https://idp#abc") is None
    assert store.account("https://idp#AbC") is not None


def test_what_changes_nothing_is_not_noted(store: Store) -> None:
    store.add_account("a@b.org", role="researcher", by="dm")
    store.change_account("a@b.org", role="researcher", by="dm")
    assert len(acts(store)) == 1


def test_accounts_are_listed_in_order(store: Store) -> None:
    for name in ("c@b.org", "a@b.org", "b@b.org"):
        store.add_account(name, role="researcher")
    assert [a.subject for a in store.accounts()] == ["a@b.org", "b@b.org", "c@b.org"]


def test_accounts_that_cannot_be(store: Store) -> None:
    store.add_account("a@b.org", role="researcher")
    with pytest.raises(StoreError, match="already"):
        store.add_account("A@B.org", role="site", sites=["Luton"])
    with pytest.raises(StoreError, match="at least one site"):
        store.add_account("b@b.org", role="site")
    with pytest.raises(StoreError, match="'atlantis' is not a site"):
        store.add_account("b@b.org", role="site", sites=["Atlantis"])
    with pytest.raises(StoreError, match="e-mail address"):
        store.add_account("  ", role="researcher")
    with pytest.raises(StoreError, match="no account for 'b@b"):
        store.change_account("b@b.org", active=False)
    with pytest.raises(ValueError, match="role='owner'"):
        store.add_account("b@b.org", role="owner")
    with pytest.raises(StoreError, match="at least one site"):
        store.change_account("a@b.org", role="site")
    assert [a.role for a in store.accounts()] == ["researcher"]
    assert len(acts(store)) == 1


# --- rules -------------------------------------------------------------------------------------


def test_the_newest_rule_file_is_in_use_and_the_others_stay(store: Store) -> None:
    assert store.current_rule_file() is None
    first = store.save_rule_file("alpha: 0.1\n", by="dm")
    assert (first.version, first.by) == (1, "dm")
    assert first.sha256 == parse_settings(first.text).sha256
    assert first.sha256 == hashlib.sha256(b"alpha: 0.1\n").hexdigest()
    assert store.save_rule_file("alpha: 0.1\n", by="ann") == first
    second = store.save_rule_file("alpha: 0.2\n", by="ann")
    assert store.current_rule_file() == second
    third = store.save_rule_file("alpha: 0.1\n", by="ann")
    assert [f.version for f in store.rule_files()] == [3, 2, 1]
    assert third.text == first.text
    assert [action for _, action, _, _ in acts(store)] == ["settings"] * 3


def test_a_rule_file_that_cannot_be_used_is_not_saved(store: Store) -> None:
    with pytest.raises(SettingsError, match="alpha"):
        store.save_rule_file("alpha: 7\n")
    assert store.current_rule_file() is None
    assert acts(store) == []


# --- releases ----------------------------------------------------------------------------------


def test_a_release_is_noted_with_everything_that_made_it(store: Store) -> None:
    release = Release(
        "site_report", snapshot=4, rule_sha256="b" * 64, decision="review",
        threshold={"hide_below": 8, "round_to": 5}, filters={"role": ["mother"]},
        suppressed={"effects": 3, "sites": 2},
    )  # fmt: skip
    assert store.record_release(release, sites=["Luton"], by="ann") == 1
    (found,) = store.releases().to_dict("records")
    assert json.loads(found["filters"]) == {"role": ["mother"]}
    assert json.loads(found["threshold"]) == {"hide_below": 8, "round_to": 5}
    assert json.loads(found["suppressed"]) == {"effects": 3, "sites": 2}
    assert (found["kind"], found["decision"], found["who"]) == ("site_report", "review", "ann")
    assert (found["snapshot"], found["rule_sha256"]) == (4, "b" * 64)
    assert acts(store) == [("ann", "release", "luton", "release 1: site_report, review")]
    counts = json.loads(store.audit_log()["counts"].iloc[0])
    assert counts == {"suppressed": 5, "snapshot": 4}


def test_a_decision_is_pass_review_or_fail(store: Store) -> None:
    with pytest.raises(ValueError, match="decision='maybe'"):
        store.record_release(Release("x", 1, "", "maybe"))
    assert store.releases().empty


def test_a_release_cannot_be_taken_back(store: Store, url: str) -> None:
    store.record_release(Release("x", 1, "", "pass"))
    engine = connect(url)
    for change in ("delete from release", "update release set decision = 'fail'"):
        with engine.begin() as connection, pytest.raises(DatabaseError, match="stay as they are"):
            connection.execute(text(change))
