"""The export as a whole: what is in it, what never is, and what an earlier one leaves behind."""

from __future__ import annotations

import csv
import io
import json
import zipfile

import openpyxl
import pandas as pd
import pytest

from evaluation.report.research import research_files, write_research, zipped
from evaluation.report.research.scripts import NEEDED_FILES, scripts
from evaluation.report.result_tables import RESULT_TABLES
from tests.evaluation.report.research.made_programme import MINUS_SITE, made_programme

pytestmark = pytest.mark.usefixtures("few_tables")
PERSON_LEVEL = {known.name for known in RESULT_TABLES if known.release is None}


@pytest.fixture(scope="module")
def off(few_tables) -> dict[str, bytes]:
    return research_files(made_programme(), disclosure="off")


@pytest.fixture(scope="module")
def released(few_tables) -> dict[str, bytes]:
    return research_files(made_programme(), disclosure="release")


def everything_in(files: dict[str, bytes]) -> str:
    """All text of all files, what lies inside the workbook too."""
    parts = []
    for name, content in files.items():
        if name.endswith(".xlsx"):
            with zipfile.ZipFile(io.BytesIO(content)) as book:
                parts += [book.read(part).decode("utf-8", "replace") for part in book.namelist()]
        else:
            parts.append(content.decode("utf-8", "replace"))
    return "\n".join(parts)


def test_a_release_holds_nobody(released, off) -> None:
    codes = [code for code in made_programme().participants["participant"] if len(code) > 3]
    assert len(codes) > 40
    text, own = everything_in(released), everything_in(off)
    assert [code for code in codes if code in text] == []
    assert all(code in own for code in codes)
    assert not any(name.endswith(".sav") or name.startswith("scripts/") for name in released)
    assert not PERSON_LEVEL & {name.removesuffix(".csv") for name in released}
    assert "participants.csv" not in released


def test_a_release_says_why_the_scripts_are_not_there(released, off) -> None:
    said = released["README.txt"].decode()
    assert "need the scores of single people" in said
    assert "need the scores of single people" not in off["README.txt"].decode()
    assert "scripts/recompute.py" in off["README.txt"].decode()


def test_the_scripts_come_with_all_that_they_read(off) -> None:
    assert {f"scripts/{name}" for name in scripts()} <= set(off)
    assert set(NEEDED_FILES) <= set(off)


def test_every_file_is_listed_and_explained(off, released) -> None:
    for files in (off, released):
        manifest = json.loads(files["manifest.json"])
        assert manifest["files"] == sorted(files)
        said = files["README.txt"].decode()
        explained = [n for n in files if not n.startswith("charts/") and n != "README.txt"]
        assert [name for name in explained if f"- {name}:" not in said] == []


def test_small_counts_are_hidden_in_what_is_drawn_and_said(released) -> None:
    effects = pd.read_csv(io.BytesIO(released["effects.csv"]))
    assert (effects["reason"] == "SUPPRESSED").any()
    counts = effects["n"].dropna()
    assert (counts % 5 == 0).all()
    charts = [name for name in released if name.startswith("charts/")]
    assert charts
    drawn = released[charts[0]].decode()
    assert "too few to show" in drawn and "n = 34" not in drawn


def test_text_is_never_a_formula(off) -> None:
    for name in (n for n in off if n.endswith(".csv")):
        for row in csv.reader(io.StringIO(off[name].decode())):
            for cell in row:
                if cell.lstrip(" ")[:1] in ("=", "+", "-", "@", "\t", "\r"):
                    float(cell)
    book = openpyxl.load_workbook(io.BytesIO(off["results.xlsx"]))
    kinds = {cell.data_type for sheet in book for row in sheet.iter_rows() for cell in row}
    assert "f" not in kinds
    assert f"'{MINUS_SITE}" in off["participants.csv"].decode()


def test_one_site_gets_nothing_of_others() -> None:
    files = research_files(made_programme(), disclosure="site", sites=["Essex"])
    text = everything_in({n: c for n, c in files.items() if not n.endswith(".sav")})
    assert "Luton" not in text and "Kent" not in text
    assert "sites.csv" not in files
    with pytest.raises(ValueError, match="'Nowhere'"):
        research_files(made_programme(), sites=["Nowhere"])


def test_what_an_earlier_export_left_is_taken_away(off, released, tmp_path) -> None:
    (tmp_path / "mine.txt").write_text("kept")
    write_research(off, tmp_path)
    write_research(released, tmp_path)
    there = {p.relative_to(tmp_path).as_posix() for p in tmp_path.rglob("*") if p.is_file()}
    assert there == set(released) | {"mine.txt"}
    assert (tmp_path / "effects.csv").read_bytes() == released["effects.csv"]


def test_one_zip_file(released) -> None:
    made = zipped(released)
    with zipfile.ZipFile(io.BytesIO(made)) as package:
        assert package.namelist()[0] == "README.txt"
        assert {name: package.read(name) for name in package.namelist()} == released
    assert made == zipped(dict(reversed(released.items())))


def test_progress_goes_from_nothing_to_all() -> None:
    steps: list[tuple[float, str]] = []
    research_files(
        made_programme(), sites=["Essex"], progress=lambda share, what: steps.append((share, what))
    )
    shares = [share for share, _ in steps]
    assert shares == sorted(shares) and shares[0] == 0 and shares[-1] == 1
    assert all(what for _, what in steps)


def test_nobody_with_two_scores_still_gives_files() -> None:
    files = research_files(made_programme(), disclosure="release", sites=["Essex"])
    assert "There are no charts" in files["README.txt"].decode()
    assert "methods.md" in files
