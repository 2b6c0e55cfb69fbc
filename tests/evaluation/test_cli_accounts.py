"""Accounts at the command line: how the first data manager is let in."""

from __future__ import annotations

from pathlib import Path

import pytest

from evaluation.cli import main
from evaluation.store.repository import Store

ANN, BEN = "ann@council.test", "ben@luton.test"


@pytest.fixture
def url(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    url = f"sqlite:///{tmp_path / 'store.db'}"
    monkeypatch.setenv("EVALUATION_DATABASE_URL", url)
    return url


def run(*arguments: str) -> int:
    return main(["account", *arguments])


def test_the_first_data_manager_is_let_in(url: str, capsys: pytest.CaptureFixture) -> None:
    assert run("list") == 0
    assert "no accounts yet" in capsys.readouterr().out
    assert run("add", "Ann@Council.test", "--role", "data_manager") == 0
    assert "ann@council.test may enter" in capsys.readouterr().err
    account = Store(url).account(ANN)
    assert account is not None
    assert (account.role, account.sites, account.active) == ("data_manager", (), True)
    log = Store(url).audit_log()
    assert log["action"].tolist() == ["account"]
    assert log["who"].iloc[0].endswith("command line)") or log["who"].iloc[0] == "command line"
    assert run("list") == 0
    assert "every site" in capsys.readouterr().out


def test_sites_are_named_by_name_or_id(url: str, capsys: pytest.CaptureFixture) -> None:
    assert run("add", BEN, "--role", "site", "--site", "Luton", "--site", "croydon") == 0
    assert "Croydon, Luton" in capsys.readouterr().err
    assert run("change", BEN, "--site", "Newcastle upon Tyne") == 0
    assert Store(url).account(BEN).sites == ("newcastle-upon-tyne",)
    assert run("change", BEN, "--role", "researcher", "--every-site") == 0
    account = Store(url).account(BEN)
    assert (account.role, account.sites) == ("researcher", ())


def test_off_and_on_and_let_go(url: str, capsys: pytest.CaptureFixture) -> None:
    run("add", ANN, "--role", "data_manager")
    run("add", BEN, "--role", "researcher")
    capsys.readouterr()
    assert run("change", BEN, "--off") == 0
    assert "switched off" in capsys.readouterr().err
    assert not Store(url).account(BEN).active
    assert run("change", BEN, "--on") == 0
    assert Store(url).account(BEN).active
    assert run("release", BEN) == 0
    assert "The next sign-in as ben@luton.test" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["add", ANN, "--role", "researcher"], "There is an account for"),
        (["add", BEN, "--role", "site"], "at least one site"),
        (["add", BEN, "--role", "site", "--site", "Atlantis"], "not a site of this programme"),
        (["add", "a@b@c", "--role", "researcher"], "one whole e-mail address"),
        (["add", " ", "--role", "researcher"], "Write the e-mail address"),
        (["change", BEN, "--off"], "There is no account for"),
        (["change", ANN], "Say what is to change"),
        (["change", ANN, "--off"], "only data manager"),
        (["change", ANN, "--role", "researcher"], "only data manager"),
        (["release", BEN], "There is no account for"),
    ],
)
def test_what_cannot_be_is_one_sentence(
    url: str, capsys: pytest.CaptureFixture, arguments: list[str], sentence: str
) -> None:
    run("add", ANN, "--role", "data_manager")
    before = Store(url).accounts()
    capsys.readouterr()
    assert run(*arguments) == 2
    said = capsys.readouterr().err
    assert sentence in said and len(said.strip().splitlines()) == 1
    assert Store(url).accounts() == before


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["add", BEN],
        ["add", BEN, "--role", "admin"],
        ["change", BEN, "--on", "--off"],
        ["change", BEN, "--site", "Luton", "--every-site"],
    ],
)
def test_what_is_no_command_is_refused(url: str, arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        run(*arguments)
    assert stopped.value.code == 2
    assert Store(url).accounts() == []


def test_quiet_before_and_after_what_is_to_be_done(url: str, capsys: pytest.CaptureFixture) -> None:
    assert run("--quiet", "add", ANN, "--role", "data_manager") == 0
    assert run("add", BEN, "--role", "researcher", "--quiet") == 0
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("part", ["list", "add", "change", "release"])
def test_every_option_has_a_help_text(part: str, capsys: pytest.CaptureFixture) -> None:
    with pytest.raises(SystemExit):
        run(part, "--help")
    lines = capsys.readouterr().out.splitlines()
    options = [i for i, line in enumerate(lines) if line.startswith(("  --", "  ADDRESS"))]
    assert options
    for i in options:
        described = len(lines[i].split("  ")) > 2 or lines[i + 1].startswith(" " * 20)
        assert described, lines[i]


def test_a_store_that_cannot_be_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    monkeypatch.setenv("EVALUATION_DATABASE_URL", f"sqlite:///{tmp_path / 'none' / 'x.db'}")
    assert run("list") == 2
    assert "cannot be opened" in capsys.readouterr().err
