"""A container with a half-finished set-up does not start, and says why."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from deploy.start import password_of, why_not_start
from evaluation.access import SIGN_IN_KEYS, why_sign_in_fails
from tests.deploy.proxy import PUBLIC_NAME, ROOT

EXAMPLE = ROOT / "deploy" / "secrets.example.toml"
NAME = "pilots.council.test"
WHOLE = {
    "redirect_uri": f"https://{NAME}/oauth2callback",
    "cookie_secret": "5f" * 32,
    "client_id": "11111111-2222-3333-4444-555555555555",
    "client_secret": "a-secret-of-the-provider",
    "server_metadata_url": "https://login.council.test/.well-known/openid-configuration",
}


def write(folder: Path, auth: dict[str, str]) -> Path:
    path = folder / "secrets.toml"
    path.write_text("[auth]\n" + "".join(f'{key} = "{value}"\n' for key, value in auth.items()))
    return path


def test_a_whole_set_up_is_let_through(tmp_path: Path) -> None:
    assert why_not_start(write(tmp_path, WHOLE), NAME) == ""


def test_the_example_as_it_is_lets_nobody_in() -> None:
    auth = tomllib.loads(EXAMPLE.read_text(encoding="utf-8"))["auth"]
    assert tuple(auth) == SIGN_IN_KEYS
    for key in SIGN_IN_KEYS:
        filled = WHOLE | {key: auth[key]}
        assert key in why_sign_in_fails(filled), key
    assert why_not_start(EXAMPLE, PUBLIC_NAME)


@pytest.mark.parametrize("key", SIGN_IN_KEYS)
def test_what_is_missing_is_named(tmp_path: Path, key: str) -> None:
    some = {name: value for name, value in WHOLE.items() if name != key}
    assert key in why_not_start(write(tmp_path, some), NAME)


@pytest.mark.parametrize(
    "address",
    [f"http://{NAME}/oauth2callback", "https://other.council.test/oauth2callback",
     f"https://{NAME}/", f"https://{NAME}.evil.test/oauth2callback"],
)  # fmt: skip
def test_a_sign_in_that_leads_elsewhere_is_refused(tmp_path: Path, address: str) -> None:
    why = why_not_start(write(tmp_path, WHOLE | {"redirect_uri": address}), NAME)
    assert f"https://{NAME}/oauth2callback" in why


@pytest.mark.parametrize("tenant", ["common", "organizations", "consumers"])
def test_a_provider_that_signs_in_anybody_is_refused(tmp_path: Path, tenant: str) -> None:
    address = f"https://login.microsoftonline.com/{tenant}/v2.0/.well-known/openid-configuration"
    why = why_not_start(write(tmp_path, WHOLE | {"server_metadata_url": address}), NAME)
    assert "every organisation" in why


def test_no_file_and_a_broken_file_are_one_sentence_each(tmp_path: Path) -> None:
    assert "cannot be read" in why_not_start(tmp_path / "secrets.toml", NAME)
    broken = tmp_path / "secrets.toml"
    broken.write_text("[auth\n")
    assert "is not a TOML file" in why_not_start(broken, NAME)


def test_the_password_is_read_without_its_line_end(tmp_path: Path) -> None:
    file = tmp_path / "database_password"
    file.write_text("s3cret with spaces\n")
    assert password_of(str(file)) == {"PGPASSWORD": "s3cret with spaces"}
    assert password_of("") == {}


def start(folder: Path, *command: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "deploy.start", *command],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(ROOT)} | environment,
        capture_output=True,
        text=True,
    )


def test_a_server_without_sign_in_stops_before_it_listens(tmp_path: Path) -> None:
    done = start(tmp_path, sys.executable, "-m", "streamlit", "run", "x.py", PUBLIC_NAME=NAME)
    assert done.returncode == 2
    assert done.stderr.startswith(".streamlit/secrets.toml cannot be read")
    assert "Traceback" not in done.stderr


def test_a_command_gets_the_password_and_needs_no_sign_in(tmp_path: Path) -> None:
    file = tmp_path / "database_password"
    file.write_text("one\n")
    show = "import os; print(os.environ['PGPASSWORD'])"
    done = start(tmp_path, sys.executable, "-c", show, DATABASE_PASSWORD_FILE=str(file))
    assert (done.returncode, done.stdout) == (0, "one\n")


def test_a_password_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    done = start(tmp_path, sys.executable, "-c", "", DATABASE_PASSWORD_FILE=str(tmp_path / "none"))
    assert done.returncode == 2
    assert "password cannot be read" in done.stderr
