"""Who comes in, for how long, and what ends a visit; every time is given, none is waited for."""

from __future__ import annotations

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from sqlalchemy import text

from evaluation.access import Scope
from evaluation.store.engine import StoreError
from evaluation.store.entering import NO_ACCOUNT
from evaluation.store.repository import Store
from evaluation.store.visits import (
    ENDED,
    IDLE_TOO_LONG,
    TOO_LONG,
    TOO_OLD,
    SignIn,
)
from tests.evaluation.store.databases import plain_engine

ISSUED = dt.datetime(2026, 11, 23, 9, 0, 0)
ANN = SignIn(
    issuer="https://login.council.test",
    subject="0001",
    email="Ann@Council.test",
    email_verified=True,
    issued_at=ISSUED,
    expires_at=ISSUED + dt.timedelta(hours=1),
)
OF_DORSET = Scope("ann@council.test", "site", frozenset({"dorset"}))


def after(**time: float) -> dt.datetime:
    return ISSUED + dt.timedelta(**time)


def actions(store: Store) -> list[str]:
    return store.audit_log()["action"].tolist()[::-1]


@pytest.fixture
def ann(store: Store) -> Store:
    """A store in which Ann has an account for one site."""
    store.add_account("ann@council.test", role="site", sites=["Dorset"])
    return store


@pytest.fixture
def come(ann: Store):
    """Ann clicks every ten minutes up to a moment; what the last click let her reach."""

    def _come(until: dt.datetime):
        at, entry = ISSUED, ann.enter(ANN, at=ISSUED)
        while at < until:
            at = min(at + dt.timedelta(minutes=10), until)
            entry = ann.enter(ANN, at=at)
        return entry

    return _come


# --- who -------------------------------------------------------------------------------------


def test_whoever_has_an_account_comes_in_and_it_is_noted_once(ann: Store):
    entry = ann.enter(ANN, at=ISSUED)
    assert (entry.scope, entry.reason) == (OF_DORSET, "")
    assert ann.enter(ANN, at=after(minutes=5)).scope == OF_DORSET
    assert actions(ann) == ["account", "sign_in"]
    row = ann.audit_log().iloc[0]
    assert (row["who"], row["site"]) == ("ann@council.test", "dorset")
    assert ANN.visit[:12] in row["reference"]
    assert "0001" not in row["reference"]


@pytest.mark.parametrize(
    "sign_in",
    [
        replace(ANN, email="ben@council.test"),
        replace(ANN, email=""),
        replace(ANN, email="", subject="council.test"),
        replace(ANN, email_verified=False),
        replace(ANN, email="ann@council.test.evil.test"),
    ],
)
def test_whoever_has_none_stays_outside_and_leaves_no_trace(ann: Store, sign_in: SignIn):
    entry = ann.enter(sign_in, at=ISSUED)
    assert (entry.scope, entry.reason) == (None, NO_ACCOUNT)
    assert ann.over(sign_in, at=ISSUED)
    ann.leave(sign_in, at=ISSUED)
    assert actions(ann) == ["account"]


def test_an_account_may_name_the_subject_in_place_of_an_address(store: Store):
    store.add_account("0001", role="researcher")
    assert store.enter(replace(ANN, email=""), at=ISSUED).scope == Scope("0001", "researcher")


def test_an_account_belongs_to_whoever_came_first_with_its_address(ann: Store):
    """An address can be given to somebody else; the provider's number of a person cannot."""
    ann.enter(ANN, at=ISSUED)
    other = replace(ANN, subject="0002")
    elsewhere = replace(ANN, issuer="https://login.evil.test")
    for stranger in (other, elsewhere):
        assert ann.enter(stranger, at=ISSUED).reason == NO_ACCOUNT
    moved = replace(ANN, email="ann.smith@council.test", issued_at=after(seconds=1))
    assert ann.enter(moved, at=after(seconds=2)).scope == OF_DORSET
    ann.release_account("ann@council.test", by="dm")
    assert ann.enter(other, at=after(minutes=1)).scope == OF_DORSET
    assert ann.enter(ANN, at=after(minutes=2)).reason == NO_ACCOUNT
    with pytest.raises(StoreError, match="no account"):
        ann.release_account("ben@council.test")


def test_an_account_of_ones_own_is_not_left_for_a_free_one(ann: Store):
    """Somebody whose account is switched off does not get in by another account's address."""
    ann.enter(ANN, at=ISSUED)
    ann.change_account("ann@council.test", active=False)
    ann.add_account("ann.smith@council.test", role="researcher")
    again = replace(ANN, email="ann.smith@council.test", issued_at=after(minutes=1))
    assert ann.enter(again, at=after(minutes=1)).reason == NO_ACCOUNT


# --- how long --------------------------------------------------------------------------------


def test_nineteen_minutes_without_a_click_are_allowed_and_twenty_are_not(ann: Store):
    ann.enter(ANN, at=ISSUED)
    assert ann.enter(ANN, at=after(minutes=19, seconds=59)).scope == OF_DORSET
    over = after(minutes=39, seconds=59)
    assert ann.over(ANN, at=over)
    assert ann.enter(ANN, at=over).reason == IDLE_TOO_LONG
    # A visit that is over stays over, whatever is clicked.
    assert ann.enter(ANN, at=over + dt.timedelta(seconds=1)).reason == IDLE_TOO_LONG


def test_looking_whether_it_is_over_is_no_click(ann: Store):
    ann.enter(ANN, at=ISSUED)
    for minute in range(1, 20):
        assert not ann.over(ANN, at=after(minutes=minute))
    assert ann.over(ANN, at=after(minutes=20))


def test_a_visit_lasts_eight_hours_from_when_the_sign_in_was_issued(come, ann: Store):
    assert come(after(hours=7, minutes=59, seconds=59)).scope == OF_DORSET
    assert ann.enter(ANN, at=after(hours=8)).reason == TOO_LONG


def test_hours_before_the_first_click_count_too(ann: Store):
    late = replace(ANN, expires_at=after(hours=12))
    assert ann.enter(late, at=after(hours=7, minutes=55)).scope == OF_DORSET
    assert ann.enter(late, at=after(hours=8)).reason == TOO_LONG


@pytest.mark.parametrize(
    ("sign_in", "at"),
    [
        (ANN, after(hours=1)),
        (replace(ANN, expires_at=after(days=30)), after(hours=8)),
        (replace(ANN, expires_at=ISSUED - dt.timedelta(seconds=1)), ISSUED),
    ],
    ids=["past its exp", "issued eight hours ago", "exp before iat"],
)
def test_an_old_cookie_begins_no_visit(ann: Store, sign_in: SignIn, at: dt.datetime):
    assert ann.enter(sign_in, at=at - dt.timedelta(seconds=1)).scope or sign_in.expires_at < ISSUED
    fresh = replace(sign_in, issued_at=sign_in.issued_at + dt.timedelta(microseconds=1))
    assert ann.enter(fresh, at=at + dt.timedelta(seconds=1)).reason == TOO_OLD
    assert ann.over(fresh, at=at + dt.timedelta(seconds=1))


def test_a_sign_in_from_the_future_gains_nothing(ann: Store):
    """A provider's clock that runs ahead makes no visit longer than eight hours."""
    ahead = replace(ANN, issued_at=after(hours=2), expires_at=after(hours=20))
    assert ann.enter(ahead, at=ISSUED).scope == OF_DORSET
    at = ISSUED
    while at < after(hours=8):
        assert ann.enter(ahead, at=at).scope == OF_DORSET
        at += dt.timedelta(minutes=19)
    assert ann.enter(ahead, at=after(hours=8)).reason == TOO_LONG


def test_signing_out_ends_the_visit_everywhere(ann: Store, url: str):
    other_tab = Store(url)
    ann.enter(ANN, at=ISSUED)
    other_tab.enter(ANN, at=after(seconds=5))
    ann.leave(ANN, at=after(minutes=1))
    assert other_tab.over(ANN, at=after(minutes=1))
    assert other_tab.enter(ANN, at=after(minutes=1)).reason == ENDED
    other_tab.leave(ANN, at=after(minutes=2))  # signing out twice is noted once
    assert actions(ann) == ["account", "sign_in", "sign_out"]
    again = replace(ANN, issued_at=after(minutes=2))
    assert other_tab.enter(again, at=after(minutes=2)).scope == OF_DORSET
    assert ann.enter(ANN, at=after(minutes=3)).reason == ENDED
    other_tab.close()


# --- what is changed counts at once -------------------------------------------------------------


def test_what_an_account_loses_it_loses_at_the_next_click(ann: Store):
    ann.change_account("ann@council.test", sites=["Dorset", "Croydon"])
    assert ann.enter(ANN, at=ISSUED).scope.sites == {"dorset", "croydon"}
    ann.change_account("ann@council.test", sites=["Croydon"])
    assert ann.enter(ANN, at=after(seconds=1)).scope.sites == {"croydon"}
    ann.change_account("ann@council.test", role="researcher", sites=[])
    assert ann.enter(ANN, at=after(seconds=2)).scope == Scope("ann@council.test", "researcher")
    ann.change_account("ann@council.test", active=False)
    assert ann.over(ANN, at=after(seconds=3))
    assert ann.enter(ANN, at=after(seconds=3)).reason == NO_ACCOUNT
    ann.change_account("ann@council.test", active=True)
    assert ann.enter(ANN, at=after(seconds=4)).scope is not None


# --- what is written ---------------------------------------------------------------------------


def seen(url: str) -> list[str]:
    engine = plain_engine(url)
    with engine.begin() as connection:
        rows = [str(row[0]) for row in connection.execute(text("select seen_at from visit"))]
    engine.dispose()
    return [row[:19] for row in rows]


def test_clicks_within_half_a_minute_write_nothing(ann: Store, url: str):
    ann.enter(ANN, at=ISSUED)
    first = seen(url)
    for second in range(1, 30):
        ann.enter(ANN, at=after(seconds=second))
        assert seen(url) == first
    ann.enter(ANN, at=after(seconds=30))
    assert seen(url) == [str(after(seconds=30))]
    assert actions(ann) == ["account", "sign_in"]


def test_the_visits_hold_nothing_that_names_a_person_but_the_account(ann: Store, url: str):
    ann.enter(ANN, at=ISSUED)
    engine = plain_engine(url)
    with engine.begin() as connection:
        row = str(connection.execute(text("select * from visit")).one())
    engine.dispose()
    assert "ann@council.test" in row
    assert "0001" not in row
    assert "login.council" not in row


def test_eight_tabs_at_once_begin_one_visit(ann: Store):
    with ThreadPoolExecutor(8) as threads:
        entries = list(threads.map(lambda _: ann.enter(ANN, at=ISSUED), range(8)))
    assert [entry.scope for entry in entries] == [OF_DORSET] * 8
    assert actions(ann) == ["account", "sign_in"]
    assert ann.verify_audit().ok


def test_of_eight_people_with_one_address_one_comes_in(ann: Store):
    people = [replace(ANN, subject=f"{number:04}") for number in range(8)]
    with ThreadPoolExecutor(8) as threads:
        entries = list(threads.map(lambda who: ann.enter(who, at=ISSUED), people))
    assert sorted(entry.scope is not None for entry in entries) == [False] * 7 + [True]
    assert actions(ann) == ["account", "sign_in"]


# --- the accounts' own guard -------------------------------------------------------------------


def test_a_data_manager_of_some_sites_cannot_stand_in_for_the_last_one_of_all(store: Store):
    """Accounts are looked after for every site or not at all."""
    store.add_account("dm@council.test", role="data_manager")
    store.add_account("part@council.test", role="data_manager", sites=["Dorset"])
    for change in ({"active": False}, {"role": "researcher"}, {"sites": ["Dorset"]}):
        with pytest.raises(StoreError, match="only data manager"):
            store.change_account("dm@council.test", **change)
    store.add_account("second@council.test", role="data_manager")
    assert not store.change_account("dm@council.test", active=False).active
