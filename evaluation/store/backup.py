"""A copy of an SQLite store in one file, made while others work with it; and what a copy must be.

A PostgreSQL server has tools of its own for copying; `restore` knows how to go back to such a copy.
"""

from __future__ import annotations

import hashlib
import os
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Engine
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from evaluation.store import schema
from evaluation.store.failures import DamagedStoreError, StoreError
from evaluation.store.postgresql import is_server

_ON_A_SERVER = (
    "This store is on a database server, which copies it with tools of its own: pg_dump. To go "
    "back to such a copy, put it into another, empty database with pg_restore and give the address "
    "of that one to 'restore'."
)
_NO_FILE = "This store has no file that could be copied."
_NEEDED = {"meta", "site", "import_batch", "participant", "response"}
WAIT = 2  # seconds for somebody who writes to a copy
_HEADER = b"SQLite format 3\0"


@dataclass(frozen=True, slots=True)
class Backup:
    """A copy that was made; ``audit_head`` is the last hash of the log in it."""

    path: Path
    size: int
    sha256: str
    audit_head: str


def store_path(url: str) -> Path:
    """The file behind the address of a store."""
    try:
        parts = make_url(url)
    except ArgumentError as error:
        raise StoreError("This is not the address of a database.") from error
    if is_server(parts):
        raise StoreError(_ON_A_SERVER)
    if parts.get_backend_name() != "sqlite" or not parts.database or parts.database == ":memory:":
        raise StoreError(_NO_FILE)
    return Path(parts.database)


def write_backup(engine: Engine, path: Path) -> tuple[int, str]:
    """Copy the store into a new file that only its owner may read; its size and fingerprint.

    The file appears whole or not at all.
    """
    store_path(str(engine.url))
    if path.exists():
        raise StoreError(f"There is a file '{path.name}' already. Choose another name.")
    with copying(f"The copy could not be written to '{path.name}'"), scratch_file(path) as scratch:
        source = engine.raw_connection()
        try:
            with closing(sqlite3.connect(scratch)) as copy:
                source.driver_connection.backup(copy)  # type: ignore[union-attr]
                # One file, without companions; and readable where nothing may be written.
                copy.execute("PRAGMA journal_mode=DELETE")
        finally:
            source.close()
        check_backup(scratch, path.name)
        digest, size = file_sha256(scratch), scratch.stat().st_size
        scratch.replace(path)
    return size, digest


@contextmanager
def copying(failed: str) -> Iterator[None]:
    """What goes wrong with files, as one sentence."""
    try:
        yield
    except OSError as error:
        raise StoreError(f"{failed}: {error.strerror or error}.") from error
    except sqlite3.Error as error:
        raise StoreError(f"{failed}: {error}.") from error


@contextmanager
def scratch_file(beside: Path) -> Iterator[Path]:
    """An empty file in the same folder, which nobody else can read and which does not stay."""
    handle, name = tempfile.mkstemp(prefix=".copy-", suffix=".db", dir=beside.parent)
    os.close(handle)
    scratch = Path(name)
    try:
        yield scratch
    finally:
        for each in (scratch, *companions(scratch)):
            each.unlink(missing_ok=True)


def companions(path: Path) -> tuple[Path, Path]:
    """The files that SQLite keeps beside a database while it is in use."""
    return path.with_name(f"{path.name}-wal"), path.with_name(f"{path.name}-shm")


def file_sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def check_backup(path: Path, name: str) -> None:
    """``StoreError`` unless the file is a whole store of this program or of an older one."""
    _check_file(path, name)
    uri = f"{path.resolve().as_uri()}?mode=ro"
    try:
        with closing(sqlite3.connect(uri, uri=True, timeout=WAIT)) as connection:
            _check_content(connection, name)
    except sqlite3.OperationalError as error:
        if "locked" in str(error):
            raise StoreError(f"Somebody else is using '{name}' just now. Try again.") from error
        if "unable to open" in str(error):
            raise StoreError(
                f"'{name}' cannot be opened where it is. Copy it to another folder first."
            ) from error
        raise _damaged(name) from error
    except sqlite3.DatabaseError as error:
        raise _damaged(name) from error


def _damaged(name: str) -> StoreError:
    return DamagedStoreError(f"'{name}' is damaged, so it was not used. Take an earlier copy.")


def _check_file(path: Path, name: str) -> None:
    if not path.is_file():
        raise StoreError(f"There is no file '{name}'.")
    try:
        with path.open("rb") as file:
            header = file.read(len(_HEADER))
    except OSError as error:
        raise StoreError(f"'{name}' cannot be read: {error.strerror}.") from error
    if not header:
        raise StoreError(f"'{name}' is empty.")
    if header != _HEADER:
        raise StoreError(f"'{name}' is no copy of a store of this program.")


def _check_content(connection: sqlite3.Connection, name: str) -> None:
    if connection.execute("PRAGMA integrity_check(1)").fetchone() != ("ok",):
        raise _damaged(name)
    tables = {row[0] for row in connection.execute("SELECT name FROM sqlite_master")}
    if not tables >= _NEEDED:
        raise StoreError(f"'{name}' is no copy of a store of this program.")
    version = connection.execute("SELECT value FROM meta WHERE key = 'schema_version'").fetchone()
    if version is None or not version[0].isdecimal():
        raise StoreError(f"'{name}' is no copy of a store of this program.")
    if int(version[0]) > schema.SCHEMA_VERSION:
        raise StoreError(
            f"'{name}' was made by a newer version of this program. Update the program first."
        )
    if connection.execute("PRAGMA foreign_key_check").fetchone() is not None:
        raise StoreError(f"'{name}' has rows that belong to nobody, so it was not used.")
