"""The command that exports what is stored."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pandas as pd
import pytest

from evaluation.cli import main
from evaluation.config import DATABASE_VARIABLE


@pytest.fixture(scope="module")
def url(tmp_path_factory) -> str:
    folder = tmp_path_factory.mktemp("store")
    lines = ["site,participant,couple,wave,completed_on,phq9_total"]
    for site, n in (("Luton", 24), ("Croydon", 6)):
        for person in range(n):
            for number, wave in enumerate(("baseline", "end")):
                score = 16 + person % 5 - 6 * number
                day = f"2017-0{number + 1}-15"
                lines.append(f"{site},P{person:03},C{person // 2},{wave},{day},{score}")
    file = folder / "answers.csv"
    file.write_text("\n".join(lines))
    patch = pytest.MonkeyPatch()
    address = f"sqlite:///{folder / 'store.db'}"
    patch.setenv(DATABASE_VARIABLE, address)
    assert main(["import", str(file), "--quiet"]) == 0
    patch.undo()
    return address


@pytest.fixture(autouse=True)
def the_store(url, monkeypatch) -> None:
    monkeypatch.setenv(DATABASE_VARIABLE, url)


def test_release_is_what_comes_of_itself(tmp_path, capsys) -> None:
    out = tmp_path / "new" / "export"
    out.parent.mkdir()
    assert main(["export", "--out", str(out)]) == 0
    assert "Written to" in capsys.readouterr().err
    manifest = json.loads((out / "manifest.json").read_text())
    assert manifest["disclosure"]["level"] == "release"
    assert not (out / "scores.csv").exists() and not (out / "scripts").exists()
    effects = pd.read_csv(out / "effects.csv")
    luton = effects[(effects["site"] == "Luton") & (effects["contrast"] == "baseline_end")].iloc[0]
    assert luton["n"] == 25
    assert set(effects.loc[effects["site"] == "Croydon", "reason"]) <= {"SUPPRESSED", "N0"}


def test_off_has_everything_and_says_what_came_in(tmp_path, capsys) -> None:
    assert main(["export", "--out", str(tmp_path / "x"), "--disclosure", "off"]) == 0
    assert "Not for release" in capsys.readouterr().err
    manifest = json.loads((tmp_path / "x" / "manifest.json").read_text())
    assert [(i["name"], i["rows_read"]) for i in manifest["inputs"]] == [("answers.csv", 60)]
    assert (tmp_path / "x" / "scripts" / "recompute.py").exists()
    assert len(pd.read_csv(tmp_path / "x" / "scores.csv")) == 60


def test_one_site_by_its_id_as_one_file(tmp_path) -> None:
    out = tmp_path / "luton.zip"
    arguments = ["export", "--out", str(out), "--disclosure", "site", "--site", "luton", "--quiet"]
    assert main(arguments) == 0
    with zipfile.ZipFile(out) as package, package.open("effects.csv") as file:
        assert set(pd.read_csv(file)["site"]) == {"Luton"}


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (["--site", "Nowhere"], "is not a site of this programme"),
        (["--site", "Dorset"], "Nothing has come in from Dorset yet."),
        (["--settings", "RULES"], "'scoring: recode' has no effect"),
    ],
)
def test_what_cannot_be_exported_is_said_in_a_sentence(tmp_path, capsys, more, said) -> None:
    rules = tmp_path / "rules.yaml"
    rules.write_text("scoring: {recode: {phq9: [subtract 1]}}")
    given = [str(rules) if word == "RULES" else word for word in more]
    assert main(["export", "--out", str(tmp_path / "x"), *given]) == 2
    assert said in capsys.readouterr().err
    assert not (tmp_path / "x").exists()


def test_an_empty_store(tmp_path, capsys, monkeypatch) -> None:
    monkeypatch.setenv(DATABASE_VARIABLE, f"sqlite:///{tmp_path / 'empty.db'}")
    assert main(["export", "--out", str(tmp_path / "x")]) == 2
    assert "nothing to export" in capsys.readouterr().err


def test_the_parser_of_other_commands_stays_quick() -> None:
    import subprocess
    import sys

    code = "import sys, evaluation.cli as c; c._parser(); sys.exit('sqlalchemy' in sys.modules)"
    root = Path(__file__).resolve().parents[2]
    assert subprocess.run([sys.executable, "-c", code], check=False, cwd=root).returncode == 0
