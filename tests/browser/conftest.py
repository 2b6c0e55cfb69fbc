"""A running server on a free port with a store of its own, and a real browser."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, expect, sync_playwright

from tests.browser.looking import HEIGHT, WIDE
from tests.browser.programme import write_sample

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 60_000  # milliseconds; the first look at new data works everything out
expect.set_options(timeout=PATIENCE)
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-quic",
]  # fmt: skip


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def serve(store: Path) -> Iterator[str]:
    """The address of the dashboard, started as the README does, over a store."""
    port = free_port()
    environment = os.environ | {"EVALUATION_DATABASE_URL": f"sqlite:///{store}"}
    command = ["streamlit", "run", "pages/shell/asgi.py", "--server.port", str(port)]
    process = subprocess.Popen(
        [sys.executable, "-m", *command],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    address = f"http://127.0.0.1:{port}"
    try:
        _wait_for(f"{address}/_stcore/health", process)
        yield address
    finally:
        process.terminate()
        process.wait(timeout=20)


def _wait_for(address: str, process: subprocess.Popen, seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if process.poll() is not None:
            raise RuntimeError("the server stopped while it was starting")
        try:
            urllib.request.urlopen(address, timeout=2)
            return
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    raise RuntimeError("the server did not start")


class Visit:
    """A window of the browser that notes every request to another machine and every error."""

    def __init__(self, browser: Browser, server: str) -> None:
        self.server = server
        self._context = browser.new_context(viewport={"width": WIDE, "height": HEIGHT})
        self.page = self._context.new_page()
        self.page.set_default_timeout(PATIENCE)
        self._asked: list[str] = []
        self._errors: list[str] = []
        self.page.on("request", lambda request: self._asked.append(request.url))
        self.page.on("console", self._note)
        self.page.on("pageerror", lambda error: self._errors.append(str(error)))

    def _note(self, message: ConsoleMessage) -> None:
        # On a deep link Streamlit's client looks for its server below the page's own path first,
        # is told 404, and finds it at the root: the page would stay empty if it did not.
        looks_around = "/_stcore/" in message.location.get("url", "")
        if message.type == "error" and not looks_around:
            self._errors.append(message.text)

    def elsewhere(self) -> list[str]:
        """What was asked of other machines."""
        here = (self.server, self.server.replace("http", "ws"), "data:", "blob:")
        return [url for url in self._asked if not url.startswith(here)]

    def errors(self) -> list[str]:
        return self._errors

    def close(self) -> None:
        self._context.close()


@pytest.fixture
def server(tmp_path: Path) -> Iterator[str]:
    """A dashboard with an empty store."""
    with serve(tmp_path / "store.db") as address:
        yield address


@pytest.fixture(scope="session")
def sample_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A dashboard with the sample programme, which tests only read."""
    with serve(write_sample(tmp_path_factory.mktemp("sample") / "store.db")) as address:
        yield address


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    path = shutil.which("chromium")
    if path is None:
        pytest.fail("these tests need Debian's chromium; .ci/run installs it")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture
def page(browser: Browser, server: str) -> Iterator[Page]:
    """A page that fails its test if it asks another machine for anything or logs an error."""
    yield from watched(browser, server)


@pytest.fixture
def sample_page(browser: Browser, sample_server: str) -> Iterator[Page]:
    """The same over the sample programme."""
    yield from watched(browser, sample_server)


def watched(browser: Browser, server: str) -> Iterator[Page]:
    """A page, and after its test the proof that it was quiet."""
    visit = Visit(browser, server)
    yield visit.page
    visit.close()
    assert visit.elsewhere() == []
    assert visit.errors() == []
