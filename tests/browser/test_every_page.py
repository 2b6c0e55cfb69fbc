"""Every page in a real browser: accessible, quiet, at home on a telephone, whatever is stored."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from evaluation.access import local_scope
from pages.shell.failures import FAULT
from pages.shell.navigation import ABOUT, SCREENS, Screen, may_open
from tests.browser.conftest import Visit, serve
from tests.browser.limits import FOUND_BY_AXE, SEEN_BY_PEOPLE, limit_of
from tests.browser.looking import (
    MAIN,
    every_look,
    go_to,
    open_everything,
    open_screen,
    photograph,
    screen_of,
    settle,
    violations,
)
from tests.browser.programme import write_one_person, write_one_site

# What is in the menu where nobody signs in.
HERE = [screen for screen in SCREENS if may_open(screen, local_scope("a test"))]

PICTURES = os.environ.get("DISTANCE_TRAVELLED_PICTURES", "")
# Formatting or a value that was meant for the program and not for a reader.
RAW = re.compile(r"\*\*|\\[:\-_.*]|\bnan\b|\bNaN\b|<NA>|\bNaT\b|Traceback")


@pytest.fixture(scope="module")
def visit(browser: Browser, sample_server: str) -> Iterator[Visit]:
    """One window for all pages, as somebody who looks through them has."""
    visit = Visit(browser, sample_server)
    yield visit
    visit.close()


@pytest.fixture(scope="module")
def needed() -> dict[str, set[str]]:
    """On which pages each known limit was met."""
    return {"pages": set(), **{limit.name: set() for limit in FOUND_BY_AXE}}


def assert_sound(page: Page) -> None:
    """No failure, and no sign of formatting that was meant for the program."""
    words = page.locator(MAIN).inner_text()
    assert FAULT not in words
    assert not page.get_by_test_id("stException").count()
    assert RAW.findall(words) == []


@pytest.mark.parametrize("screen", SCREENS, ids=lambda screen: screen.file)
def test_a_page_is_accessible_and_asks_nobody_else(
    visit: Visit, screen: Screen, needed: dict[str, set[str]]
) -> None:
    page = visit.page
    open_screen(page, visit.server, screen)
    assert_sound(page)
    if PICTURES:
        folder = Path(PICTURES)
        folder.mkdir(parents=True, exist_ok=True)
        for look in every_look(page):
            photograph(page, folder / f"{screen.file}_{look.width}_{look.colours}.png")
    open_everything(page)
    assert_sound(page)
    wrong = []
    for look in every_look(page):
        sideways = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        assert sideways <= 0, f"{look}: the page scrolls sideways"
        for violation in violations(page):
            limit = limit_of(violation, look.width)
            if limit is None:
                wrong.append((look, violation))
            else:
                needed[limit.name].add(screen.file)
    needed["pages"].add(screen.file)
    assert wrong == []
    assert visit.elsewhere() == []
    assert visit.errors() == []


def test_the_statement_names_what_is_known_not_to_work(visit: Visit) -> None:
    page = visit.page
    open_screen(page, visit.server, screen_of(ABOUT))
    named = page.evaluate(
        """() => {
            const heading = [...document.querySelectorAll('h3')].find(
                each => each.innerText.includes('What does not work for everybody'));
            const following = [...document.querySelectorAll('li > strong')].filter(
                each => heading.compareDocumentPosition(each) & 4);
            const list = following[0].closest('ul');
            return [...list.querySelectorAll('li > strong')].map(each => each.innerText);
        }"""
    )
    known = {limit.name for limit in FOUND_BY_AXE} | set(SEEN_BY_PEOPLE)
    assert {name.rstrip(":") for name in named} == known


def test_every_exception_is_still_needed(needed: dict[str, set[str]]) -> None:
    if needed["pages"] != {screen.file for screen in SCREENS}:
        pytest.skip("not every page was looked at")
    assert [limit.name for limit in FOUND_BY_AXE if not needed[limit.name]] == []


@pytest.mark.parametrize(
    "write",
    [None, write_one_person, write_one_site],
    ids=["no data", "one person", "one site"],
)
def test_every_page_is_drawn_however_little_there_is(
    browser: Browser, tmp_path: Path, write: Callable[[Path], Path] | None
) -> None:
    store = tmp_path / "store.db"
    if write is not None:
        write(store)
    with serve(store) as server:
        visit = Visit(browser, server)
        visit.page.goto(server)
        for screen in HERE:
            go_to(visit.page, screen)
            assert_sound(visit.page)
            assert not visit.page.get_by_test_id("stAlertContentError").count(), screen.file
        assert visit.elsewhere() == []
        assert visit.errors() == []
        visit.close()


def test_what_is_focused_is_outlined_and_the_menu_can_be_skipped(visit: Visit) -> None:
    page = visit.page
    open_screen(page, visit.server, SCREENS[0])
    for _ in range(6):
        page.keyboard.press("Tab")
        outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        assert outline == "solid"
    settle(page)
    expect(page.locator("html")).to_have_attribute("lang", "en")
