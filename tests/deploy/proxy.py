"""The proxy's own configuration, with nothing changed but addresses and places, and started."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
CONFIGURATION = ROOT / "deploy" / "nginx.conf"
PUBLIC_NAME = "dashboard.example.gov.uk"
NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")


class Proxy(NamedTuple):
    """Where a running proxy listens, and the file of its access log."""

    https: int
    http: int
    log: Path

    def logged(self, part: str, at_least: int) -> list[str]:
        """The lines of the log with this in them, once there are so many: it is written later."""
        end = time.monotonic() + 10
        while time.monotonic() < end:
            lines = [line for line in self.log.read_text().splitlines() if part in line]
            if len(lines) >= at_least:
                return lines
            time.sleep(0.05)
        raise RuntimeError(f"the log has no {at_least} lines with {part!r}")


def make_certificate(folder: Path, name: str = "localhost") -> None:
    """``tls.crt`` and ``tls.key``, signed by itself."""
    command = [
        "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
        "-nodes", "-days", "2", "-subj", f"/CN={name}", "-addext", f"subjectAltName=DNS:{name}",
        "-keyout", str(folder / "tls.key"), "-out", str(folder / "tls.crt"),
    ]  # fmt: skip
    subprocess.run(command, check=True, capture_output=True)


def write_configuration(
    folder: Path, *, replicas: Sequence[int], https: int, http: int, name: str = "localhost"
) -> Path:
    """The configuration as it is shipped, for this machine's ports and this folder."""
    first, second = replicas
    changes = {
        PUBLIC_NAME: name,
        "app-1:8501": f"127.0.0.1:{first}",
        "app-2:8501": f"127.0.0.1:{second}",
        "listen 8443": f"listen 127.0.0.1:{https}",
        "listen 8080": f"listen 127.0.0.1:{http}",
        "/run/secrets/": f"{folder}/",
        "/tmp/nginx": f"{folder}/nginx",
        "access_log /dev/stdout": f"access_log {folder}/access.log",
    }
    target = folder / "proxy.conf"
    target.write_text(_replaced(CONFIGURATION.read_text(encoding="utf-8"), changes))
    return target


def _replaced(text: str, changes: Mapping[str, str]) -> str:
    for old, new in changes.items():
        if old not in text:
            raise ValueError(f"nginx.conf: {old!r} is not there any more")
        text = text.replace(old, new)
    return text


@contextmanager
def run_proxy(folder: Path, *, replicas: Sequence[int], https: int, http: int) -> Iterator[Proxy]:
    """nginx before two replicas on this machine."""
    if NGINX is None:
        raise RuntimeError("nginx is not installed")
    make_certificate(folder)
    configuration = write_configuration(folder, replicas=replicas, https=https, http=http)
    with (folder / "error.log").open("w") as errors:
        process = subprocess.Popen(
            [NGINX, "-e", "stderr", "-c", str(configuration)], stdout=errors, stderr=errors
        )
    try:
        _wait_for(https, process, folder / "error.log")
        yield Proxy(https, http, folder / "access.log")
    finally:
        process.terminate()
        process.wait(timeout=20)


def _wait_for(port: int, process: subprocess.Popen, errors: Path) -> None:
    end = time.monotonic() + 20
    while time.monotonic() < end:
        if process.poll() is not None:
            raise RuntimeError(f"nginx stopped: {errors.read_text()}")
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise RuntimeError("nginx did not start")
