"""Fresh databases for tests: SQLite files, and databases of a PostgreSQL server if there is one."""

from __future__ import annotations

import os
import re
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import URL, Connection, Engine, create_engine, inspect, make_url
from sqlalchemy.pool import NullPool

from evaluation.store.postgresql import go_on_numbering, with_driver
from evaluation.store.repository import Store
from evaluation.store.schema import metadata

VARIABLE = "DISTANCE_TRAVELLED_TEST_POSTGRESQL"
HOW = (
    f"{VARIABLE} names no PostgreSQL server on which databases may be created; .ci/run starts one, "
    "or: .ci/postgresql start FOLDER"
)
SQLITE = "sqlite"
POSTGRESQL = "postgresql"


def plain_engine(url: str) -> Engine:
    """An engine without anything of ours."""
    return create_engine(with_driver(make_url(url)), poolclass=NullPool)


def is_sqlite(url: str) -> bool:
    return url.startswith(SQLITE)


def path_of(url: str) -> Path:
    """The file of an SQLite store."""
    return Path(str(make_url(url).database))


def orphans(url: str) -> list[tuple]:
    """Rows that point to one that is gone; a PostgreSQL server never lets that happen."""
    if not is_sqlite(url):
        return []
    with plain_engine(url).begin() as connection:
        return [tuple(row) for row in connection.exec_driver_sql("PRAGMA foreign_key_check")]


def bytes_of(url: str) -> bytes:
    """Everything that lies on the disk of a database, the write-ahead log of SQLite included."""
    if is_sqlite(url):
        path = path_of(url)
        return b"".join(file.read_bytes() for file in sorted(path.parent.glob(f"{path.name}*")))
    files = (
        "SELECT pg_read_binary_file(pg_relation_filepath(oid)) FROM pg_class "
        "WHERE pg_relation_filepath(oid) IS NOT NULL"
    )
    engine = plain_engine(url).execution_options(isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql("CHECKPOINT")
        return b"".join(row[0] or b"" for row in connection.exec_driver_sql(files))


_FOREIGN_KEY = re.compile(r",\s+FOREIGN\s+KEY\s*\(\w+\)\s+REFERENCES\s+\w+\s*\(id\)")


def run_old_script(url: str, script: str) -> None:
    """Make a store of an older version from the SQLite statements that it was once made with.

    On PostgreSQL it has no foreign keys then: the statements come in any order.
    """
    statements = [each for each in script.split(";\n") if each.strip()]
    with plain_engine(url).begin() as connection:
        if not is_sqlite(url):
            connection.exec_driver_sql(
                "UPDATE pg_cast SET castcontext = 'a' "
                "WHERE castsource = 'int'::regtype AND casttarget = 'bool'::regtype"
            )
        for each in statements:
            connection.exec_driver_sql(each if is_sqlite(url) else _translated(each))
        if not is_sqlite(url):
            numbered = [t for t in inspect(connection).get_table_names() if t in metadata.tables]
            go_on_numbering(connection, [metadata.tables[name] for name in numbered])


def _translated(statement: str) -> str:
    """An SQLite statement as PostgreSQL knows it."""
    words = {"(id INTEGER": "(id SERIAL", "\n    id INTEGER": "\n    id SERIAL"}
    words |= {"DATETIME": "TIMESTAMP", "BEGIN TRANSACTION": "", "COMMIT": ""}
    for ours, theirs in words.items():
        statement = statement.replace(ours, theirs)
    return _FOREIGN_KEY.sub("", statement)


def columns_of(url: str, table: str) -> dict[str, tuple]:
    """The columns by name; only an SQLite store keeps the lengths that texts had once."""
    columns = inspect(plain_engine(url)).get_columns(table)
    of_type = {c["name"]: str(c["type"]) if is_sqlite(url) else "" for c in columns}
    return {c["name"]: (of_type[c["name"]], c["nullable"]) for c in columns}


class SqliteFiles:
    """Each database is a file in a folder."""

    name = SQLITE

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._template = folder / "template.db"
        Store(f"sqlite:///{self._template}").close()

    @contextmanager
    def empty(self) -> Iterator[str]:
        """Without any table, and in a folder of its own."""
        folder = self._folder / uuid.uuid4().hex
        folder.mkdir()
        yield f"sqlite:///{folder / 'store.db'}"
        shutil.rmtree(folder)

    @contextmanager
    def fresh(self) -> Iterator[str]:
        """With a store in which nothing is."""
        with self.empty() as url:
            shutil.copyfile(self._template, path_of(url))
            yield url

    def close(self) -> None:
        """Nothing stays: the folder is a temporary one."""


class PostgresqlServer:
    """Each database is a copy of a template, which takes less time than creating tables."""

    name = POSTGRESQL

    def __init__(self, url: str) -> None:
        self.url = with_driver(make_url(url))
        self._engine = create_engine(self.url, isolation_level="AUTOCOMMIT", pool_size=1)
        with self.connected() as connection:
            sure = connection.exec_driver_sql("SHOW fsync").scalar_one() == "on"
            version = connection.dialect.server_version_info or (0,)
        # Where nothing has to be safe from a power cut, copying files is the quickest way.
        self._how = "" if sure or version < (15,) else "STRATEGY file_copy"
        self._template = self._name()
        self._do(f"CREATE DATABASE {self._template}")
        Store(self.address(self._template)).close()

    def address(self, database: str, **changes: str) -> str:
        address: URL = self.url.set(database=database, **changes)
        return address.render_as_string(hide_password=False)

    @contextmanager
    def connected(self) -> Iterator[Connection]:
        """As whoever runs the server, outside any transaction."""
        with self._engine.connect() as connection:
            yield connection

    @contextmanager
    def empty(self) -> Iterator[str]:
        """Without any table."""
        with self._database("template1") as url:
            yield url

    @contextmanager
    def fresh(self) -> Iterator[str]:
        """With a store in which nothing is."""
        with self._database(self._template) as url:
            yield url

    def close(self) -> None:
        self._do(f"DROP DATABASE {self._template} WITH (FORCE)")
        self._engine.dispose()

    @contextmanager
    def _database(self, template: str) -> Iterator[str]:
        name = self._name()
        self._do(f"CREATE DATABASE {name} TEMPLATE {template} {self._how}")
        try:
            yield self.address(name)
        finally:
            self._do(f"DROP DATABASE {name} WITH (FORCE)")

    def _name(self) -> str:
        return f"distance_travelled_test_{uuid.uuid4().hex[:12]}"

    def _do(self, statement: str) -> None:
        with self.connected() as connection:
            connection.exec_driver_sql(statement)


Databases = SqliteFiles | PostgresqlServer


def databases_of(kind: str, folder: Path) -> Databases:
    """A maker of databases of one kind; the test is skipped if there is no server for it."""
    if kind == SQLITE:
        return SqliteFiles(folder)
    url = os.environ.get(VARIABLE, "")
    if not url:
        pytest.skip(HOW)
    return PostgresqlServer(url)
