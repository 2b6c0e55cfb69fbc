"""The proxy's configuration as a text: the script's hash, the headers, the closed doors."""

from __future__ import annotations

import base64
import hashlib
import re
import subprocess
from pathlib import Path

import pytest
import streamlit

from tests.deploy.proxy import CONFIGURATION, NGINX, PUBLIC_NAME, make_certificate
from tests.deploy.proxy import write_configuration as write

TEXT = CONFIGURATION.read_text(encoding="utf-8")
INDEX = Path(streamlit.__file__).parent / "static" / "index.html"


def policy() -> dict[str, list[str]]:
    """The content security policy: each directive with what it allows."""
    (value,) = re.findall(r'add_header Content-Security-Policy "([^"]*)" always;', TEXT)
    parts = [part.split() for part in value.split(";")]
    return {name: allowed for name, *allowed in parts}


def test_the_policy_allows_exactly_the_scripts_inside_streamlits_own_page() -> None:
    page = INDEX.read_text(encoding="utf-8")
    inside = re.findall(r"<script>(.*?)</script>", page, flags=re.DOTALL)
    hashes = {
        "'sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() + "'"
        for text in inside
    }
    assert len(hashes) == 1
    assert set(policy()["script-src"]) == {"'self'", *hashes}


def test_the_policy_lets_nothing_from_elsewhere_in() -> None:
    allowed = {word for words in policy().values() for word in words}
    assert not any("*" in word or "." in word or word in ("https:", "http:") for word in allowed)
    assert "'unsafe-eval'" not in allowed
    assert policy()["frame-ancestors"] == ["'none'"]
    assert policy()["object-src"] == ["'none'"]


@pytest.mark.parametrize(
    "header",
    ["Strict-Transport-Security", "Content-Security-Policy", "X-Content-Type-Options",
     "X-Frame-Options", "Referrer-Policy", "Permissions-Policy"],
)  # fmt: skip
def test_a_header_is_set_once_for_the_server_and_for_errors_too(header: str) -> None:
    lines = [line.strip() for line in TEXT.splitlines() if f"add_header {header} " in line]
    assert len(lines) == 1
    assert lines[0].endswith(" always;")


def test_no_location_sets_headers_of_its_own_and_so_drops_the_others() -> None:
    inside = re.findall(r"location [^{]*\{(?:[^{}]|\{[^{}]*\}|'[^']*')*\}", TEXT)
    assert len(inside) >= 6
    for block in inside:
        assert "add_header" not in block
        assert "proxy_set_header" not in block


def test_only_tls_1_2_and_1_3_are_spoken() -> None:
    assert re.findall(r"ssl_protocols ([^;]*);", TEXT) == ["TLSv1.2 TLSv1.3"]


def test_an_upload_may_be_as_large_as_streamlit_takes_it() -> None:
    settings = (CONFIGURATION.parents[1] / ".streamlit" / "config.toml").read_text()
    (limit,) = re.findall(r"maxUploadSize = (\d+)", settings)
    block = TEXT.split("location /_stcore/upload_file/")[1].split("}")[0]
    assert f"client_max_body_size {limit}m;" in block


def test_the_log_holds_no_query_no_cookie_and_no_referrer() -> None:
    (format_,) = re.findall(r"log_format short (.*?);", TEXT, flags=re.DOTALL)
    for name in (
        "$request ",
        "$request_uri",
        "$args",
        "$query_string",
        "$http_",
        "$cookie",
        "$uri",
    ):
        assert name not in format_


@pytest.mark.skipif(NGINX is None, reason="nginx is not installed")
def test_nginx_takes_the_configuration(tmp_path: Path) -> None:
    make_certificate(tmp_path)
    path = write(tmp_path, replicas=(8501, 8502), https=18443, http=18080, name=PUBLIC_NAME)
    checked = subprocess.run(
        [str(NGINX), "-t", "-e", "stderr", "-c", str(path)], capture_output=True, text=True
    )
    assert checked.returncode == 0, checked.stderr
    assert "[warn]" not in checked.stderr
    assert "[emerg]" not in checked.stderr
