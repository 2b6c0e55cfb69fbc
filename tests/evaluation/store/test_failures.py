"""What is told of a database that cannot go on, by what the database says."""

from __future__ import annotations

import sqlite3

import psycopg
import pytest
from sqlalchemy import create_engine, make_url
from sqlalchemy.exc import DatabaseError, DataError, OperationalError

from evaluation.store.engine import connect
from evaluation.store.failures import (
    Connections,
    DamagedStoreError,
    FailingDiskError,
    LostConnectionError,
    StoreError,
    told,
)
from evaluation.store.postgresql import is_server, with_driver


def said(original: Exception, kind: type[DatabaseError] = OperationalError, **how: bool):
    return told(kind("a statement", None, original, **how))


@pytest.mark.parametrize(
    ("code", "kind", "sentence"),
    [
        ("08006", LostConnectionError, "connection to the database was lost"),
        ("22001", StoreError, "text is too long"),
        ("22021", StoreError, "a sign that it does not take"),
        ("25006", StoreError, "may not be written to"),
        ("25P03", LostConnectionError, "connection to the database was lost"),
        ("28P01", StoreError, "the password is not right"),
        ("28000", StoreError, "the password is not right"),
        ("3D000", StoreError, "no database of this name"),
        ("40001", StoreError, "Somebody else is using"),
        ("40P01", StoreError, "Somebody else is using"),
        ("42501", StoreError, "may not be written to"),
        ("53100", FailingDiskError, "disk is full"),
        ("53300", StoreError, "no connection left"),
        ("55P03", StoreError, "Somebody else is using"),
        ("57014", StoreError, "Somebody else is using"),
        ("57P01", LostConnectionError, "connection to the database was lost"),
        ("58030", FailingDiskError, "disk is full or failing"),
        ("XX001", DamagedStoreError, "damaged"),
    ],
)
def test_each_code_of_postgresql_has_its_sentence(code: str, kind: type, sentence: str) -> None:
    found = said(psycopg.errors.lookup(code)("whatever the language of the server"))
    assert type(found) is kind
    assert sentence in str(found)


@pytest.mark.parametrize("code", ["42P01", "42601", "23505", "22012", "25P02"])
def test_a_mistake_of_ours_has_none(code: str) -> None:
    assert said(psycopg.errors.lookup(code)("full of locked and malformed words")) is None


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('connection failed: FATAL:  password authentication failed for user "me"', "password"),
        ("connection failed: fe_sendauth: no password supplied", "password"),
        ('connection failed: FATAL:  no pg_hba.conf entry for host "10.0.0.1"', "password"),
        ('connection failed: FATAL:  role "me" does not exist', "password"),
        ('connection failed: FATAL:  database "results" does not exist', "no database"),
        ("connection failed: FATAL:  sorry, too many clients already", "no connection left"),
        ("connection failed: FATAL:  remaining connection slots are reserved", "no connection"),
        ("connection failed: FATAL:  the database system is starting up", "does not answer"),
        ("connection failed: Connection refused", "does not answer"),
        ("failed to resolve host 'db': Name or service not known", "does not answer"),
    ],
)
def test_what_a_server_says_at_the_door(text: str, sentence: str) -> None:
    assert sentence in str(said(psycopg.OperationalError(text)))


def test_a_connection_that_is_gone_is_told_whatever_the_words() -> None:
    found = said(psycopg.OperationalError("the connection is closed"), connection_invalidated=True)
    assert isinstance(found, LostConnectionError)


def test_a_sign_that_postgresql_does_not_take() -> None:
    original = psycopg.DataError("PostgreSQL text fields cannot contain NUL (0x00) bytes")
    assert "a sign that it does not take" in str(said(original, DataError))


@pytest.mark.parametrize(
    ("text", "kind", "sentence"),
    [
        ("database or disk is full", FailingDiskError, "disk is full"),
        ("disk I/O error", FailingDiskError, "disk is full or failing"),
        ("database is locked", StoreError, "Somebody else is using"),
        ("attempt to write a readonly database", StoreError, "may not be written to"),
        ("unable to open database file", StoreError, "cannot be opened"),
        ("database disk image is malformed", DamagedStoreError, "damaged"),
        ("file is not a database", DamagedStoreError, "damaged"),
    ],
)
def test_each_word_of_sqlite_has_its_sentence(text: str, kind: type, sentence: str) -> None:
    found = said(sqlite3.OperationalError(text))
    assert type(found) is kind
    assert sentence in str(found)
    assert str(found).endswith(".")


def test_a_mistake_of_ours_on_sqlite_has_none() -> None:
    assert said(sqlite3.OperationalError("no such table: nowhere")) is None


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_a_server_is_spoken_to_with_one_driver_however_its_address_is_written(scheme: str) -> None:
    address = make_url(f"{scheme}://me:a%40b@server:5433/results?sslmode=require")
    assert is_server(address)
    assert with_driver(address) == make_url(
        "postgresql+psycopg://me:a%40b@server:5433/results?sslmode=require"
    )


def test_another_database_is_left_as_it_is() -> None:
    address = make_url("sqlite:///store.db")
    assert not is_server(address)
    assert with_driver(address) is address


def test_whoever_waits_too_long_for_a_connection_is_told_that_many_are_here(tmp_path) -> None:
    url = f"sqlite:///{tmp_path / 'store.db'}"
    engine = create_engine(
        url, poolclass=Connections, pool_size=1, max_overflow=0, pool_timeout=0.05
    )
    said = "Too many people are using this program"
    with engine.connect(), pytest.raises(StoreError, match=said):
        engine.connect()
    with engine.connect() as again:
        assert again.exec_driver_sql("SELECT 1").scalar_one() == 1
    engine.dispose()
    assert isinstance(connect(url).pool, Connections)
