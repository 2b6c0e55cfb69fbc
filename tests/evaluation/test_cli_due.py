"""The command that lists who is due."""

from __future__ import annotations

import csv
import datetime as dt
from pathlib import Path

import openpyxl
import pytest

from evaluation.cli import main
from evaluation.cli_due import write_due
from evaluation.config import Settings
from evaluation.ingest.pipeline import read_files

ITEMS = ",".join(f"phq9_{n}" for n in range(1, 10))


@pytest.fixture
def answers(tmp_path: Path) -> Path:
    """Two partners with a start; one has answered at the end, which was on 31 January 2018."""
    lines = [f"site,participant,couple,wave,completed_on,{ITEMS}"]
    values = ",".join(["1"] * 9)
    lines += [f"Luton,P{n},C1,baseline,2017-11-01,{values}" for n in (1, 2)]
    lines += [f"Luton,P1,C1,end,2018-01-31,{values}"]
    path = tmp_path / "a.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def rows_of(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(path.read_text(encoding="utf-8-sig").splitlines()))


def test_the_list_is_for_the_data_lock(answers: Path, tmp_path: Path, capsys) -> None:
    out = tmp_path / "due.csv"
    main(["due", str(answers), "--out", str(out), "--data-lock", "2018-05-02"])
    rows = rows_of(out)
    found = [(row["person"], row["questionnaire"], row["days left"]) for row in rows]
    assert found == [("P1", "3 months after the end", "30"), ("P2", "", "")]
    assert "For 2 May 2018." in capsys.readouterr().err


def test_without_a_data_lock_the_list_is_for_today(answers: Path, tmp_path: Path) -> None:
    """Everybody's time is long over, and only the missing date is left to note."""
    out = tmp_path / "due.csv"
    main(["due", str(answers), "--out", str(out), "--quiet"])
    assert [row["state"] for row in rows_of(out)] == ["end of support not noted"]


def test_a_name_that_ends_so_gives_a_workbook(answers: Path, tmp_path: Path) -> None:
    report = read_files([("a.csv", answers.read_bytes())])
    out = tmp_path / "due.xlsx"
    text = write_due(report.dataset, Settings(), (), out, today=dt.date(2018, 5, 2))
    assert text.endswith("2 lines.")
    assert openpyxl.load_workbook(out).sheetnames == ["Who is due", "Read me"]
