"""Erase, retention, audit, backup and restore at the command line."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from evaluation.cli import main
from evaluation.store.repository import Store

HEADER = "site,participant,couple,wave,completed_on,phq9_1,phq9_2\n"


@pytest.fixture
def url(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    url = f"sqlite:///{tmp_path / 'store.db'}"
    monkeypatch.setenv("EVALUATION_DATABASE_URL", url)
    return url


@pytest.fixture
def answers(tmp_path: Path, url: str) -> Path:
    path = tmp_path / "a.csv"
    rows = "Luton,P-1,C1,baseline,2017-01-05,1,1\nLuton,P-2,C1,baseline,2019-09-05,2,2\n"
    path.write_text(HEADER + rows, encoding="utf-8")
    assert main(["import", str(path), "--quiet"]) == 0
    return path


def people(url: str) -> list[str]:
    return Store(url).load().participants["participant"].tolist()


def test_nobody_is_erased_unasked(answers: Path, url: str, capsys: pytest.CaptureFixture) -> None:
    for arguments in (["erase", "Luton", "P-1"], ["retention", "--older-than", "1"]):
        assert main(arguments) == 2
        assert "add --yes to go on" in capsys.readouterr().err
    assert people(url) == ["P-1", "P-2"]


def test_erase_and_the_same_file_again(
    answers: Path, url: str, capsys: pytest.CaptureFixture
) -> None:
    assert main(["erase", "Luton", "P-1", "--yes"]) == 0
    assert "Erased 1 person: 1 questionnaires" in capsys.readouterr().err
    assert people(url) == ["P-2"]
    assert main(["import", str(answers)]) == 1
    assert "This person asked to be erased" in capsys.readouterr().err
    assert people(url) == ["P-2"]
    assert main(["erase", "Luton", "P-1", "--yes"]) == 2
    assert "erased before" in capsys.readouterr().err
    assert main(["erase", "Luton", "P-3", "--yes"]) == 2
    assert main(["erase", "Luton", "P-3", "--yes", "--in-advance"]) == 0


def test_a_person_says_yes_or_no(
    answers: Path, url: str, capsys: pytest.CaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    import io

    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setattr("sys.stdin", Terminal("n\n"))
    assert main(["erase", "Luton", "P-1"]) == 2
    assert "Nothing was done." in capsys.readouterr().err
    monkeypatch.setattr("sys.stdin", Terminal("yes\n"))
    assert main(["erase", "Luton", "P-1"]) == 0
    assert people(url) == ["P-2"]


def test_retention_counts_before_it_erases(
    answers: Path, url: str, capsys: pytest.CaptureFixture
) -> None:
    assert main(["retention", "--older-than", "6", "--dry-run"]) == 0
    assert "2 people whose last record is from before" in capsys.readouterr().out
    assert people(url) == ["P-1", "P-2"]
    assert main(["retention", "--older-than", "1200", "--yes"]) == 0
    assert "Nobody's last record" in capsys.readouterr().out
    assert main(["retention", "--older-than", "6", "--yes"]) == 0
    assert people(url) == []
    assert main(["retention", "--older-than", "0", "--dry-run"]) == 2


def test_the_audit_log_and_its_check(
    answers: Path, url: str, tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    assert main(["audit"]) == 0
    assert "import" in capsys.readouterr().out
    assert main(["audit", "--verify"]) == 0
    out = capsys.readouterr().out
    assert "The log is whole: 1 rows." in out
    head = out.split()[-1]
    assert main(["audit", "--known-hash", head]) == 0
    assert main(["audit", "--known-hash", "f" * 64]) == 1
    with closing(sqlite3.connect(tmp_path / "store.db")) as connection:
        connection.execute("drop trigger audit_no_update")
        connection.execute("update audit set site = 'croydon'")
        connection.commit()
    capsys.readouterr()
    assert main(["audit", "--verify"]) == 1
    assert "Row 1 was changed" in capsys.readouterr().out


def test_backup_erase_restore(
    answers: Path, url: str, tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    copy = tmp_path / "copy.db"
    assert main(["backup", str(copy)]) == 0
    assert main(["backup", str(copy)]) == 2
    assert main(["erase", "Luton", "P-1", "--yes"]) == 0
    assert main(["restore", str(copy)]) == 2
    capsys.readouterr()
    assert main(["restore", str(copy), "--yes"]) == 0
    said = capsys.readouterr().err
    assert "Restored 1 person with 1 questionnaires; 1 person of the copy had been erased" in said
    assert people(url) == ["P-2"]
    assert main(["restore", str(tmp_path / "none.db"), "--yes"]) == 2
    assert "There is no file 'none.db'." in capsys.readouterr().err
