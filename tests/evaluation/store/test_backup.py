"""Copies: whole or not at all; going back to one brings nobody back who was erased since."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from evaluation.store import backup as backups
from evaluation.store import exchange as exchanging
from evaluation.store.engine import StoreError
from evaluation.store.releases import Release
from evaluation.store.repository import Store
from evaluation.store.restore import restore_store
from tests.evaluation.store.databases import bytes_of
from tests.evaluation.store.test_erasure import everything
from tests.evaluation.store.uploads import UNDONE_TABLES, held, row, upload

WHO = "ZQX-0417"
CONTENT = (*UNDONE_TABLES, "import_batch", "import_file", "participant_change", "problem")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "store.db"


@pytest.fixture
def url(path: Path) -> str:
    return f"sqlite:///{path}"


@pytest.fixture
def store(url: str) -> Store:
    store = Store(url)
    store.commit(everything(), by="ann")
    store.commit(upload(row("PARTNER", phq9={1: 0})), by="ann")
    store.undo(2, by="ann")
    return store


@pytest.fixture
def copy(store: Store, tmp_path: Path) -> Path:
    return store.backup(tmp_path / "copy.db", by="ann").path


def people(store: Store) -> list[str]:
    return sorted(store.load().participants["participant"])


def spoil(path: Path) -> None:
    """Overwrite the middle of a file, as a failing disk does."""
    content = bytearray(path.read_bytes())
    third = len(content) // 3
    content[third : 2 * third] = b"\xa5" * third
    path.write_bytes(bytes(content))


# --- copying ---------------------------------------------------------------------------------


def test_a_copy_holds_everything_and_only_its_owner_may_read_it(
    store: Store, path: Path, tmp_path: Path
) -> None:
    made = store.backup(tmp_path / "copy.db", by="ann")
    assert held(made.path, CONTENT) == held(path, CONTENT)
    assert made.path.stat().st_mode & 0o077 == 0
    assert made.size == made.path.stat().st_size
    assert made.sha256 == backups.file_sha256(made.path)
    log = store.audit_log().iloc[0]
    assert (log["action"], log["who"], made.sha256 in log["reference"]) == ("backup", "ann", True)
    assert [p.name for p in tmp_path.iterdir() if p.name.startswith(".copy")] == []


def test_a_file_that_is_there_is_never_overwritten(store: Store, tmp_path: Path) -> None:
    there = tmp_path / "copy.db"
    there.write_text("my notes")
    with pytest.raises(StoreError, match=r"a file 'copy\.db' already"):
        store.backup(there)
    assert there.read_text() == "my notes"


def test_a_folder_that_is_not_there_gives_a_sentence(store: Store, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="could not be written"):
        store.backup(tmp_path / "nowhere" / "copy.db")


def test_a_store_without_a_file_has_nothing_to_copy(copy: Path) -> None:
    with pytest.raises(StoreError, match="no file that could be copied"):
        restore_store("sqlite:///:memory:", copy, by="ann")


def test_going_back_to_what_is_no_copy_gives_a_sentence(store: Store, url: str) -> None:
    for wrong in ("copy.db", url):
        with pytest.raises(StoreError, match="neither a file nor"):
            restore_store(url, wrong, by="ann")


# --- going back ------------------------------------------------------------------------------


def test_going_back_gives_the_content_of_the_copy(
    store: Store, path: Path, url: str, copy: Path
) -> None:
    before = held(path, CONTENT)
    snapshots = [store.snapshot()]
    store.commit(upload(row("P9", phq9={1: 1})))
    snapshots.append(store.snapshot())
    done = restore_store(url, copy, by="dm")
    assert held(path, CONTENT) == before
    assert (done.people, done.erased_again, done.erasures_known) == (2, 0, True)
    # A store that was open all the time sees it, and its numbers never come again.
    assert people(store) == ["PARTNER", WHO]
    snapshots.append(store.snapshot())
    store.commit(upload(row("P10", phq9={1: 1})))
    snapshots.append(store.snapshot())
    assert len(set(snapshots)) == 4


def test_the_log_goes_on_and_never_back(store: Store, url: str, copy: Path) -> None:
    store.commit(upload(row("P9", phq9={1: 1})), by="ann")
    before = store.audit_log()["hash"].tolist()
    restore_store(url, copy, by="dm")
    after = store.audit_log()
    assert after["hash"].tolist()[1:] == before
    assert after["action"].iloc[0] == "restore"
    assert store.verify_audit().ok


def test_who_was_erased_since_stays_erased(store: Store, path: Path, url: str, copy: Path) -> None:
    assert WHO.encode() in copy.read_bytes()
    store.erase("Luton", WHO)
    done = restore_store(url, copy, by="dm")
    assert done.erased_again == 1
    assert people(store) == ["PARTNER"]
    store.close()
    assert WHO.encode() not in bytes_of(url)
    again = Store(url)
    again.commit(everything())
    assert people(again) == ["PARTNER"]
    for number in (1, 4):
        again.undo(number)
    assert WHO not in people(again)


def test_twice_back_and_from_a_copy_with_erasures_of_its_own(
    store: Store, url: str, copy: Path, tmp_path: Path
) -> None:
    store.erase("Luton", "PARTNER")
    later = store.backup(tmp_path / "later.db").path
    store.erase("Luton", WHO)
    for each in (copy, later, copy):
        restore_store(url, each, by="dm")
        assert people(store) == []
    assert store.verify_audit().ok


def test_who_may_enter_and_what_was_released_stay(store: Store, url: str, copy: Path) -> None:
    store.add_account("ann@example.org", role="data_manager")
    store.record_release(Release("research", 3, "a" * 64, "pass"))
    restore_store(url, copy, by="dm")
    assert [a.subject for a in store.accounts()] == ["ann@example.org"]
    assert len(store.releases()) == 1


def test_a_new_machine_gets_everything_and_is_told_what_is_not_known(
    store: Store, tmp_path: Path
) -> None:
    store.add_account("ann@example.org", role="data_manager")
    store.record_release(Release("research", 3, "a" * 64, "pass"))
    store.erase("Luton", WHO)
    copy = store.backup(tmp_path / "copy.db").path
    url = f"sqlite:///{tmp_path / 'elsewhere.db'}"
    done = restore_store(url, copy, by="dm")
    assert not done.erasures_known
    there = Store(url)
    assert people(there) == ["PARTNER"]
    assert there.accounts() == store.accounts()
    assert len(there.releases()) == 1
    assert there.verify_audit().ok
    ours = store.audit_log()["hash"].tolist()
    assert there.audit_log()["hash"].tolist()[1:] == ours[1:]  # the row 'backup' came after it
    there.commit(everything())
    assert people(there) == ["PARTNER"]


def test_a_copy_of_another_store_is_kept_apart_in_the_log(
    store: Store, url: str, tmp_path: Path
) -> None:
    other = Store(f"sqlite:///{tmp_path / 'other.db'}")
    other.commit(upload(row("X-1", phq9={1: 1}), row("X-2", phq9={1: 1}), row(WHO, phq9={1: 1})))
    other.erase("Luton", "X-1")
    copy = other.backup(tmp_path / "copy.db").path
    store.erase("Luton", WHO)
    own = store.audit_log()["hash"].tolist()
    restore_store(url, copy, by="dm")
    assert store.audit_log()["hash"].tolist()[1:] == own
    assert people(store) == ["X-2"]
    store.commit(upload(row("X-1", phq9={1: 1}), row(WHO, phq9={1: 1})))
    assert people(store) == ["X-2"]


def test_a_copy_of_an_older_version_is_brought_up_to_date(
    store: Store, url: str, tmp_path: Path
) -> None:
    old = tmp_path / "old.db"
    text = Path(__file__).with_name("version_4.sql").read_text(encoding="utf-8")
    with closing(sqlite3.connect(old)) as connection:
        connection.executescript(text)
    before = old.read_bytes()
    store.erase("Luton", "PARTNER")
    assert restore_store(url, old, by="dm").people == 2
    assert people(store) == ["P1", "P2"]
    assert old.read_bytes() == before


# --- copies that cannot be used ----------------------------------------------------------------


def no_file(path: Path) -> None:
    path.unlink()


def empty(path: Path) -> None:
    path.write_bytes(b"")


def a_text(path: Path) -> None:
    path.write_text("dear diary " * 999)


def a_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def cut_off(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:9_000])


def other_database(path: Path) -> None:
    path.unlink()
    change(path, "create table notes (a text)")


def newer(path: Path) -> None:
    change(path, "update meta set value = '99' where key = 'schema_version'")


def no_version(path: Path) -> None:
    change(path, "delete from meta where key = 'schema_version'")


def orphans(path: Path) -> None:
    change(path, "delete from participant")


def change(path: Path, statement: str) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(statement)
        connection.commit()


@pytest.mark.parametrize(
    ("spoiled", "sentence"),
    [
        (no_file, "There is no file"), (empty, "is empty"), (a_text, "no copy of a store"),
        (a_folder, "There is no file"), (cut_off, "damaged"), (spoil, "damaged"),
        (other_database, "no copy of a store"), (newer, "newer version"),
        (no_version, "no copy of a store"), (orphans, "belong to nobody"),
    ],
)  # fmt: skip
def test_a_copy_that_cannot_be_used_leaves_the_store_alone(
    store: Store, path: Path, url: str, copy: Path, spoiled, sentence: str
) -> None:
    store.close()
    before = path.read_bytes()
    spoiled(copy)
    with pytest.raises(StoreError, match=sentence) as caught:
        restore_store(url, copy, by="dm", store_is_lost=True)
    assert str(caught.value).count("\n") == 0
    assert path.read_bytes() == before
    assert not list(path.parent.glob(".copy*"))


def test_a_copy_in_use_by_somebody_else_gives_a_sentence(
    store: Store, url: str, copy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backups, "WAIT", 0.1)
    with closing(sqlite3.connect(copy, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(StoreError, match="Somebody else is using"):
            restore_store(url, copy, by="dm")


def test_a_store_in_use_by_somebody_else_gives_a_sentence(
    store: Store, path: Path, url: str, copy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from evaluation.store import engine

    monkeypatch.setattr(engine, "WAIT", 0.2)
    before = held(path, CONTENT)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreError, match="Somebody else is using the store"):
            restore_store(url, copy, by="dm")
    assert held(path, CONTENT) == before


def test_a_failure_half_way_leaves_the_store_as_it_was(
    store: Store, path: Path, url: str, copy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.commit(upload(row("P9", phq9={1: 1})))
    before = held(path, (*CONTENT, "tombstone"))
    log = store.audit_log()["hash"].tolist()

    def fail(*_arguments: object) -> None:
        raise RuntimeError("stopped half-way")

    monkeypatch.setattr(exchanging, "_erase_again", fail)
    with pytest.raises(RuntimeError):
        restore_store(url, copy, by="dm")
    assert held(path, (*CONTENT, "tombstone")) == before
    assert store.audit_log()["hash"].tolist() == log


# --- a store that is damaged -------------------------------------------------------------------


def test_a_store_that_is_beyond_reading_is_replaced_only_when_it_is_said_to_be_lost(
    store: Store, path: Path, url: str, copy: Path
) -> None:
    store.close()
    path.write_bytes(b"no longer a database " * 500)
    broken = path.read_bytes()
    with pytest.raises(StoreError, match="too damaged to tell who was erased"):
        restore_store(url, copy, by="dm")
    assert path.read_bytes() == broken
    done = restore_store(url, copy, by="dm", store_is_lost=True)
    assert not done.erasures_known
    assert done.set_aside is not None
    assert done.set_aside.read_bytes() == broken
    assert people(Store(url)) == ["PARTNER", WHO]
    assert Store(url).verify_audit().ok


def test_a_damaged_store_that_still_knows_who_was_erased_says_so(
    store: Store, path: Path, url: str, copy: Path
) -> None:
    store.erase("Luton", WHO)
    store.close()
    # A page of answers is lost; what says who was erased lies elsewhere.
    with closing(sqlite3.connect(path)) as connection:
        query = "select rootpage from sqlite_master where name = 'response'"
        page = connection.execute(query).fetchone()[0]
    content = bytearray(path.read_bytes())
    content[(page - 1) * 4096 : page * 4096] = b"\xa5" * 4096
    path.write_bytes(bytes(content))
    done = restore_store(url, copy, by="dm")
    assert (done.erasures_known, done.erased_again) == (True, 1)
    assert people(Store(url)) == ["PARTNER"]
    log = Store(url).audit_log()
    assert {"erase", "restore"} <= set(log["action"])
    assert Store(url).verify_audit().ok


def test_a_store_made_by_a_newer_program_is_not_replaced(
    store: Store, path: Path, url: str, copy: Path
) -> None:
    store.close()
    newer(path)
    before = shutil.copyfile(path, path.with_suffix(".before")).read_bytes()
    with pytest.raises(StoreError, match="newer version"):
        restore_store(url, copy, by="dm", store_is_lost=True)
    assert path.read_bytes() == before
