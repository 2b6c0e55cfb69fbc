"""Going back to a copy, without bringing back anybody who was erased since.

The content comes from the copy. What says who was erased, who did what, what was released and who
may enter stays as it is in the store that is replaced, and is taken from the copy only on a machine
that has none of it. All of it is one transaction.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, Table, delete, func, insert, select
from sqlalchemy.exc import DatabaseError

from evaluation.store import audit, schema
from evaluation.store.backup import (
    check_backup,
    companions,
    copying,
    file_sha256,
    scratch_file,
    store_path,
)
from evaluation.store.counters import continue_snapshot, read_snapshot
from evaluation.store.engine import (
    DamagedStoreError,
    StoreError,
    open_engine,
    write_transaction,
)
from evaluation.store.erasure import erase_people, wipe_free_space
from evaluation.store.tombstones import join_tombstones, read_tombstones

# What stays when the content is exchanged.
STAYING = (schema.meta, schema.tombstone, schema.audit, schema.account, schema.release)
_AT_ONCE = 5_000  # rows
# Where the number of the former content cannot be read: far beyond any that was in use.
_UNSEEN = 1_000_000
_LOST = (
    "The present store is too damaged to tell who was erased since the copy was made. Say that it "
    "is lost to go on, and then erase those people again."
)


@dataclass(frozen=True, slots=True)
class Restored:
    """What is in the store now; ``erased_again``: people of the copy who had been erased.

    ``erasures_known`` is False where the present store could not tell, or there was none.
    ``set_aside`` is where a damaged store was moved to: it still holds people's answers.
    """

    people: int
    questionnaires: int
    erased_again: int
    erasures_known: bool
    set_aside: Path | None
    wiped: bool


def restore_store(url: str, copy: Path, *, by: str, store_is_lost: bool = False) -> Restored:
    """Exchange the content of a store for that of a copy; the store stays as it is if that fails.

    ``store_is_lost``: go on although the present store cannot tell who was erased.
    """
    path = store_path(url)
    check_backup(copy, copy.name)
    failed = f"'{copy.name}' could not be restored"
    with copying(failed), scratch_file(path) as scratch:
        shutil.copyfile(copy, scratch)
        for mine, beside in zip(companions(scratch), companions(copy), strict=True):
            if beside.exists():
                shutil.copyfile(beside, mine)
        check_backup(scratch, copy.name)
        with _opened(f"sqlite:///{scratch}") as source:
            reference = f"copy {file_sha256(copy)}"
            if _is_new(path):
                with _opened(url) as target:
                    return _exchange(target, source, by=by, reference=reference, known=False)
            if _is_sound(path):
                with _opened(url) as target:
                    return _exchange(target, source, by=by, reference=reference, known=True)
            return _replace_damaged(
                path, source, by=by, reference=reference, store_is_lost=store_is_lost
            )


@contextmanager
def _opened(url: str) -> Iterator[Engine]:
    engine = open_engine(url)
    try:
        yield engine
    finally:
        engine.dispose()


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


# --- the exchange ---------------------------------------------------------------------------


def _exchange(
    target: Engine, source: Engine, *, by: str, reference: str, known: bool, skipped: int = 0
) -> Restored:
    with source.begin() as old, write_transaction(target) as new:
        # SQLite only: rows of the register point to later ones.
        new.exec_driver_sql("PRAGMA defer_foreign_keys=ON")
        former = read_snapshot(new) + skipped
        _continue_logs(new, old)
        _replace_content(new, old)
        join_tombstones(new, old)
        n_erased = _erase_again(new)
        continue_snapshot(new, former)
        people, answers = _n(new, schema.participant), _n(new, schema.response)
        audit.write_audit(
            new, audit.RESTORE, by=by, reference=reference,
            counts={"people": people, "questionnaires": answers, "erased_again": n_erased},
        )  # fmt: skip
    return Restored(people, answers, n_erased, known, None, wipe_free_space(target))


def _n(connection: Connection, table: Table) -> int:
    return int(connection.execute(select(func.count()).select_from(table)).scalar_one())


def _continue_logs(new: Connection, old: Connection) -> None:
    """What only the copy knows, where it continues what is known here; who may enter, if none."""
    tail = audit.tail_beyond(new, old)
    if tail is not None:
        audit.append_rows(new, tail)
        latest = new.execute(select(func.max(schema.release.c.id))).scalar() or 0
        _copy_rows(new, old, schema.release, after=latest)
    if not _n(new, schema.account):
        _copy_rows(new, old, schema.account)


def _replace_content(new: Connection, old: Connection) -> None:
    content = [table for table in schema.metadata.sorted_tables if table not in STAYING]
    for table in reversed(content):
        new.execute(delete(table))
    for table in content:
        _copy_rows(new, old, table)


def _copy_rows(new: Connection, old: Connection, table: Table, *, after: int | None = None) -> None:
    query = select(table) if after is None else select(table).where(table.c.id > after)
    for some in old.execute(query).mappings().partitions(_AT_ONCE):
        new.execute(insert(table), [dict(row) for row in some])


def _erase_again(connection: Connection) -> int:
    """Erase whoever of the copy has a tombstone, with the problems of their rows."""
    known = read_tombstones(connection)
    if not known.people:
        return 0
    p, s, problem = schema.participant, schema.site, schema.problem
    query = select(p.c.id, s.c.slug, p.c.code).join(s, s.c.id == p.c.site_id)
    people = [tuple(row) for row in connection.execute(query)]
    gone = [(number, slug, code) for number, slug, code in people if known.reason(slug, code)]
    erased = select(schema.tombstone.c.person)
    connection.execute(delete(problem).where(problem.c.person.in_(erased)))
    erase_people(connection, gone)
    return len(gone)


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
            done = _exchange(
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
    except (DamagedStoreError, DatabaseError):
        return None


def _put_back(connection: Connection, saved: dict[Table, list[dict[str, Any]]]) -> None:
    connection.execute(delete(schema.meta))
    for table, rows in saved.items():
        if rows:
            connection.execute(insert(table), rows)


def _free_name(path: Path) -> Path:
    stamp = dt.datetime.now(dt.UTC).strftime("%Y%m%d-%H%M%S-%f")
    return path.with_name(f"{path.name}.damaged-{stamp}")
