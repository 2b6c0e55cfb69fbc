"""Signing in with a provider, in a real browser: who sees what, and what is left afterwards."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from evaluation.store.repository import Store
from evaluation.store.visits import ENDED
from pages.shell.frame import NOT_YOURS
from tests.browser.conftest import PATIENCE, ROOT, _wait_for, free_port
from tests.browser.looking import NARROW, WIDE, Look, photograph, put_on, settle
from tests.browser.mock_provider import CLIENT, PASSWORD, Provider, run_provider
from tests.pages.signed_in import VISITORS, fill

PICTURES = os.environ.get("DISTANCE_TRAVELLED_PICTURES", "")
NAMES = {"Ann": "site", "Cal": "researcher", "Eve": "data manager"}
PEOPLE: dict[str, dict[str, object]] = {
    name: {"email": VISITORS[visitor].email, "email_verified": True}
    for name, visitor in NAMES.items()
} | {"Nobody": {"email": "nobody@council.test", "email_verified": True}}


UPLOAD = {
    "name": "a.csv",
    "mimeType": "text/csv",
    "buffer": b"site,participant,wave,phq9_total\nDorset,DOR-001,3m,9\n",
}


@dataclass(frozen=True)
class Shared:
    """A server on which people sign in, and where they do."""

    address: str
    provider: Provider
    store: Store


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shared]:
    folder = tmp_path_factory.mktemp("shared")
    store = fill(Store(f"sqlite:///{folder / 'store.db'}"))
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    with run_provider(PEOPLE) as provider:
        settings = {
            "redirect_uri": f"{address}/oauth2callback",
            "cookie_secret": "0123456789abcdef" * 4,
            "client_id": CLIENT,
            "client_secret": PASSWORD,
            "server_metadata_url": f"{provider.address}/.well-known/openid-configuration",
        }
        lines = [f"{name} = {json.dumps(value)}" for name, value in settings.items()]
        (folder / "secrets.toml").write_text("\n".join(["[auth]", *lines]))
        process = subprocess.Popen(
            [sys.executable, "-m", "streamlit", "run", "pages/shell/asgi.py",
             "--server.port", str(port), "--secrets.files", str(folder / "secrets.toml")],
            cwd=ROOT,
            env=os.environ | {"EVALUATION_DATABASE_URL": f"sqlite:///{folder / 'store.db'}"},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )  # fmt: skip
        try:
            _wait_for(f"{address}/_stcore/health", process)
            yield Shared(address, provider, store)
        finally:
            process.terminate()
            process.wait(timeout=20)


@contextmanager
def window(browser: Browser) -> Iterator[tuple[BrowserContext, Page]]:
    """A browser of its own, in which nobody is signed in."""
    context = browser.new_context(viewport={"width": WIDE, "height": 900})
    context.set_default_timeout(PATIENCE)
    yield context, context.new_page()
    context.close()


def sign_in(page: Page, shared: Shared, name: str) -> None:
    page.goto(shared.address)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.get_by_role("link", name=name, exact=True).click()
    page.wait_for_url(f"{shared.address}/")
    settle(page)


def is_the_door(page: Page) -> None:
    expect(page.get_by_role("heading", level=1, name="Distance Travelled")).to_be_visible()
    settle(page)
    words = page.locator("body").inner_text()
    assert not any(name in words for name in ("Dorset", "Croydon", "Gateshead", "Overview"))
    assert not page.get_by_test_id("stSidebarNav").is_visible()


def keep_pictures(page: Page, name: str) -> None:
    """For people to look at; `.ci/run` says where they go."""
    if not PICTURES:
        return
    Path(PICTURES).mkdir(parents=True, exist_ok=True)
    for width in (WIDE, NARROW):
        put_on(page, Look(width, "light"))
        settle(page)
        photograph(page, Path(PICTURES) / f"signed_in_{name}_{width}.png")
    put_on(page, Look(WIDE, "light"))


@pytest.mark.parametrize("path", ["", "site?site=dorset", "protection", "nowhere"])
def test_without_a_sign_in_there_is_the_door_alone(
    browser: Browser, shared: Shared, path: str
) -> None:
    with window(browser) as (_, page):
        page.goto(f"{shared.address}/{path}")
        is_the_door(page)
        expect(page.get_by_role("button", name="Sign in", exact=True)).to_be_visible()
        if not path:
            keep_pictures(page, "door")


def test_a_site_sees_itself_until_it_signs_out(browser: Browser, shared: Shared) -> None:
    files: list[str] = []
    with window(browser) as (context, page):
        context.on("request", lambda asked: files.append(asked.url))
        sign_in(page, shared, "Ann")
        expect(page.get_by_role("heading", level=1, name="Overview")).to_be_visible()
        words = page.locator("body").inner_text()
        assert "Dorset" in words
        assert "Gateshead" not in words and "Croydon" not in words
        keep_pictures(page, "site_overview")
        page.goto(f"{shared.address}/upload")
        page.set_input_files("input[type=file]", UPLOAD)
        expect(page.get_by_text("What was understood")).to_be_visible()
        page.goto(f"{shared.address}/site?site=gateshead")
        expect(page.get_by_text("There is no site 'gateshead' that you can open.")).to_be_visible()
        page.goto(f"{shared.address}/all-sites")
        expect(page.get_by_text(NOT_YOURS)).to_be_visible()
        settle(page)
        assert "Gateshead" not in page.locator("body").inner_text()
        other_tab = context.new_page()
        other_tab.goto(f"{shared.address}/due?site=dorset")
        with other_tab.expect_download() as caught:
            other_tab.get_by_role("button", name="Download as CSV").click()
        assert b"DOR-" in Path(caught.value.path()).read_bytes()
        file = next(url for url in reversed(files) if "/media/" in url)
        assert context.request.get(file).status == 200
        cookies = context.cookies()
        page.get_by_role("button", name="Sign out").click()
        expect(page.get_by_role("button", name="Sign in", exact=True)).to_be_visible()
        is_the_door(page)
        assert shared.provider.signed_out == 1
        page.go_back()
        is_the_door(page)
        # The other tab was not told; the next click there finds the visit over.
        other_tab.get_by_test_id("stSidebarNav").get_by_role("link", name="Overview").click()
        is_the_door(other_tab)
        expect(other_tab.get_by_text(ENDED)).to_be_visible()
        assert context.request.get(file).status == 401
    with window(browser) as (context, page):
        context.add_cookies(cookies)
        page.goto(f"{shared.address}/site?site=dorset")
        is_the_door(page)
        expect(page.get_by_text(ENDED)).to_be_visible()
        assert context.request.get(file).status == 401


def test_nobody_fills_the_memory_from_before_the_door(browser: Browser, shared: Shared) -> None:
    """The server keeps what is uploaded in memory, so it takes nothing from strangers."""
    address = f"{shared.address}/_stcore/upload_file/a-session/a-file"
    with window(browser) as (context, page):
        page.goto(shared.address)
        assert context.request.put(address, data=b"x").status == 401
        sign_in(page, shared, "Eve")
        assert context.request.put(address, data=b"x").status in (400, 403)


def test_who_looks_after_the_data_sees_no_results(browser: Browser, shared: Shared) -> None:
    with window(browser) as (_, page):
        sign_in(page, shared, "Eve")
        expect(page.get_by_role("heading", level=1, name="Overview")).to_be_visible()
        keep_pictures(page, "data_manager_overview")
        menu = page.get_by_test_id("stSidebarNav")
        assert not menu.get_by_role("link", name="One site").is_visible()
        expect(menu.get_by_role("link", name="Accounts")).to_be_visible()
        for path in ("site?site=dorset", "report?site=dorset", "all-sites", "downloads"):
            page.goto(f"{shared.address}/{path}")
            expect(page.get_by_text(NOT_YOURS)).to_be_visible()
            settle(page)
            assert "Dorset" not in page.locator("body").inner_text()
        menu.get_by_role("link", name="Accounts").click()
        expect(page.get_by_text(VISITORS["site"].email).first).to_be_visible()


def test_whoever_has_no_account_stays_outside(browser: Browser, shared: Shared) -> None:
    with window(browser) as (_, page):
        sign_in(page, shared, "Nobody")
        is_the_door(page)
        expect(page.get_by_text("There is no account for you here.")).to_be_visible()
        page.get_by_role("button", name="Sign in again").click()
        expect(page.get_by_role("button", name="Sign in", exact=True)).to_be_visible()


def test_an_account_that_is_switched_off_is_shut_out(browser: Browser, shared: Shared) -> None:
    email = VISITORS["researcher"].email
    with window(browser) as (_, page):
        sign_in(page, shared, "Cal")
        expect(page.get_by_role("heading", level=1, name="Overview")).to_be_visible()
        shared.store.change_account(email, active=False)
        page.get_by_test_id("stSidebarNav").get_by_role("link", name="All sites").click()
        is_the_door(page)
        shared.store.change_account(email, active=True)
