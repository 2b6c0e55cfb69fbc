"""Every test of the store runs on both databases, each time on a fresh one."""

from __future__ import annotations

import gc
import warnings
from collections.abc import Iterator

import pytest

from evaluation.store import postgresql
from evaluation.store.repository import Store
from tests.evaluation.store.databases import (
    POSTGRESQL,
    SQLITE,
    Databases,
    PostgresqlServer,
    databases_of,
)


@pytest.fixture(scope="session", params=[SQLITE, POSTGRESQL])
def databases(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Databases]:
    """First every test on the one, then every test on the other."""
    made = databases_of(request.param, tmp_path_factory.mktemp("databases"))
    yield made
    made.close()


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PostgresqlServer]:
    """For what is about the server itself."""
    made = databases_of(POSTGRESQL, tmp_path_factory.mktemp("server"))
    assert isinstance(made, PostgresqlServer)
    yield made
    made.close()


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Other tests use the same server at the same time."""
    monkeypatch.setattr(postgresql, "_IN_THE_WAY", 60)


@pytest.fixture
def url(databases: Databases) -> Iterator[str]:
    """The address of an empty store."""
    with databases.fresh() as address:
        yield address


@pytest.fixture
def other_url(databases: Databases) -> Iterator[str]:
    """Another one of the same kind."""
    with databases.fresh() as address:
        yield address


@pytest.fixture
def empty_url(databases: Databases) -> Iterator[str]:
    """A database without any table."""
    with databases.empty() as address:
        yield address


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    opened = Store(url)
    yield opened
    opened.close()


@pytest.fixture(scope="module", autouse=True)
def nothing_left_open() -> Iterator[None]:
    """Connections that a test broke on purpose go here, and not in the middle of another test."""
    yield
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()
