"""Going back to a copy, without bringing back anybody who was erased since.

A copy is a file; that of a server's database is a dump, which is put into another database first.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, Table, delete, insert, make_url, select
from sqlalchemy.exc import ArgumentError, DatabaseError

from evaluation.store import schema
from evaluation.store.audit import audit_head
from evaluation.store.backup import (
    check_backup,
    companions,
    copying,
    file_sha256,
    scratch_file,
    store_path,
)
from evaluation.store.engine import connect, has_store, open_engine, write_transaction
from evaluation.store.exchange import STAYING, Restored, exchange
from evaluation.store.failures import DamagedStoreError, FailingDiskError, StoreError
from evaluation.store.postgresql import is_server, location

# Where the number of the former content cannot be read: far beyond any that was in use.
_UNSEEN = 1_000_000
_LOST = (
    "The present store is too damaged to tell who was erased since the copy was made. Say that it "
    "is lost to go on, and then erase those people again."
)
_NO_STORE = (
    "There is no store in that database. Put the copy into it first, with pg_restore, and then "
    "give its address here."
)
_THE_SAME = "That is the store itself and not a copy of it. Put the copy into another database."


def restore_store(url: str, copy: Path | str, *, by: str, store_is_lost: bool = False) -> Restored:
    """Exchange the content of a store for that of a copy; the store stays as it is if that fails.

    ``copy`` is a file, or the address of a database into which the copy of a server's database was
    put. ``store_is_lost``: go on although the present store cannot tell who was erased.
    """
    if _on_server(url):
        with _opened_copy(copy) as (source, reference):
            return _restore_on_server(url, source, by=by, reference=reference)
    path = store_path(url)
    with _opened_copy(copy, beside=path) as (source, reference):
        if not _is_new(path) and not _is_sound(path):
            return _replace_damaged(
                path, source, by=by, reference=reference, store_is_lost=store_is_lost
            )
        known = not _is_new(path)
        with _opened(url) as target:
            return exchange(target, source, by=by, reference=reference, known=known)


def name_of(copy: Path | str) -> str:
    """What a copy is called on the screen, where no password may stand."""
    if isinstance(copy, Path):
        return f"'{copy}'"
    return f"the database '{make_url(copy).database}'" if _on_server(copy) else "that copy"


def _on_server(url: str) -> bool:
    try:
        return is_server(make_url(url))
    except (ArgumentError, ValueError):
        return False


# --- the copy -------------------------------------------------------------------------------


@contextmanager
def _opened_copy(copy: Path | str, *, beside: Path | None = None) -> Iterator[tuple[Engine, str]]:
    """The store in a copy, brought up to date, and what the audit log calls it."""
    if isinstance(copy, str):
        with _opened_database(copy) as source:
            with source.begin() as connection:
                reference = f"copy with a log to {audit_head(connection)}"
            yield source, reference
        return
    check_backup(copy, copy.name)
    near = beside or Path(tempfile.gettempdir()) / copy.name
    with copying(f"'{copy.name}' could not be restored"), scratch_file(near) as scratch:
        shutil.copyfile(copy, scratch)
        for mine, others in zip(companions(scratch), companions(copy), strict=True):
            if others.exists():
                shutil.copyfile(others, mine)
        check_backup(scratch, copy.name)
        with _opened(f"sqlite:///{scratch}") as source:
            yield source, f"copy {file_sha256(copy)}"


@contextmanager
def _opened_database(url: str) -> Iterator[Engine]:
    """A database into which a copy was put; a store that is not there is not created."""
    if not _on_server(url):
        raise StoreError("This is neither a file nor the address of a PostgreSQL database.")
    engine = connect(url)
    try:
        there = has_store(engine)
    finally:
        engine.dispose()
    if not there:
        raise StoreError(_NO_STORE)
    with _opened(url) as source:
        yield source


@contextmanager
def _opened(url: str) -> Iterator[Engine]:
    engine = open_engine(url)
    try:
        yield engine
    finally:
        engine.dispose()


# --- the present store ----------------------------------------------------------------------


def _restore_on_server(url: str, source: Engine, *, by: str, reference: str) -> Restored:
    engine = connect(url)
    try:
        known = has_store(engine)
        if source.dialect.name == engine.dialect.name and location(source) == location(engine):
            raise StoreError(_THE_SAME)
    finally:
        engine.dispose()
    with _opened(url) as target:
        return exchange(target, source, by=by, reference=reference, known=known)


def _is_new(path: Path) -> bool:
    return not path.exists() or path.stat().st_size == 0


def _is_sound(path: Path) -> bool:
    try:
        with closing(sqlite3.connect(path, timeout=5)) as connection:
            return connection.execute("PRAGMA quick_check(1)").fetchone() == ("ok",)
    except sqlite3.OperationalError as error:
        if "locked" in str(error):
            raise StoreError("Somebody else is using the store just now. Try again.") from error
        return False
    except sqlite3.DatabaseError:
        return False


# --- a store that is damaged ----------------------------------------------------------------


def _replace_damaged(
    path: Path, source: Engine, *, by: str, reference: str, store_is_lost: bool
) -> Restored:
    """Build the store anew beside the damaged one, which is moved aside and not deleted."""
    saved = _saved_from(path)
    if saved is None and not store_is_lost:
        raise DamagedStoreError(_LOST)
    with scratch_file(path) as scratch:
        with _opened(f"sqlite:///{scratch}") as fresh:
            if saved is not None:
                with write_transaction(fresh) as connection:
                    _put_back(connection, saved)
            done = exchange(
                fresh, source, by=by, reference=reference, known=saved is not None,
                skipped=_UNSEEN,
            )  # fmt: skip
        aside = _free_name(path)
        for each in companions(path):
            if each.exists():
                each.rename(each.with_name(each.name.replace(path.name, aside.name, 1)))
        with contextlib.suppress(FileNotFoundError):
            os.link(path, aside)
        scratch.replace(path)
    return Restored(
        done.people, done.questionnaires, done.erased_again, done.erasures_known, aside, done.wiped
    )


def _saved_from(path: Path) -> dict[Table, list[dict[str, Any]]] | None:
    """What stays when a store is replaced, as far as a damaged one can still be read."""
    try:
        with _opened(f"sqlite:///{path}") as engine, engine.begin() as connection:
            return {
                table: [dict(row) for row in connection.execute(select(table)).mappings()]
                for table in STAYING
            }
    except (DamagedStoreError, FailingDiskError, DatabaseError):
        return None


def _put_back(connection: Connection, saved: dict[Table, list[dict[str, Any]]]) -> None:
    connection.execute(delete(schema.meta))
    for table, rows in saved.items():
        if rows:
            connection.execute(insert(table), rows)


def _free_name(path: Path) -> Path:
    stamp = dt.datetime.now(dt.UTC).strftime("%Y%m%d-%H%M%S-%f")
    return path.with_name(f"{path.name}.damaged-{stamp}")
