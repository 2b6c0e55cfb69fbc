"""How the tests look at a page: wait for it, open all of it, photograph it, check it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page, expect

from pages.shell.navigation import SCREENS, Screen

WIDE, NARROW, HEIGHT = 1280, 390, 900
HIGHEST = 12_000  # a longer picture than this nobody looks at
MAIN = "[data-testid=stMain]"
# Pages that are about one site, and the parts of which only a site with data shows.
OF_ONE_SITE = frozenset(
    {"site", "follow_up", "due", "service_use", "children", "sessions", "training", "report",
     "quality"}
)  # fmt: skip
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
STILL = "*, *::before, *::after { transition: none !important; animation: none !important; }"


class Look(NamedTuple):
    """A width of the window and a choice of colours."""

    width: int
    colours: str


LOOKS = (
    Look(WIDE, "light"), Look(WIDE, "dark"), Look(NARROW, "dark"), Look(NARROW, "light"),
)  # fmt: skip


class Violation(NamedTuple):
    """What the checker found: its rule, the element and what is wrong with it."""

    rule: str
    element: str
    message: str


def settle(page: Page) -> None:
    """Wait until the server has answered and what it sent is drawn."""
    page.wait_for_selector("[data-testid=stApp][data-test-script-state=notRunning]")
    page.wait_for_function("!document.querySelector('[data-stale=true], [data-testid=stSkeleton]')")
    page.wait_for_timeout(60)


def address(server: str, screen: Screen, site: str = "luton") -> str:
    """Where a page is, about a site if it is about one."""
    query = f"?site={site}" if screen.file in OF_ONE_SITE else ""
    return f"{server}/{screen.url_path}{query}"


def open_screen(page: Page, server: str, screen: Screen) -> None:
    """A page of the sample programme, opened by its address."""
    put_on(page, LOOKS[0])
    page.goto(address(server, screen))
    expect(page.get_by_role("heading", level=1, name=screen.title, exact=True)).to_be_visible()
    settle(page)
    page.add_style_tag(content=STILL)


def go_to(page: Page, screen: Screen) -> None:
    """Another page, by its name in the menu."""
    page.get_by_test_id("stSidebarNav").get_by_role("link", name=screen.title, exact=True).click()
    expect(page.get_by_role("heading", level=1, name=screen.title, exact=True)).to_be_visible()
    settle(page)


def put_on(page: Page, look: Look) -> None:
    page.emulate_media(color_scheme=look.colours, reduced_motion="reduce")
    page.set_viewport_size({"width": look.width, "height": HEIGHT})
    page.wait_for_timeout(100)


def every_look(page: Page) -> Iterator[Look]:
    """One look after another, the page drawn anew in each."""
    for look in LOOKS:
        put_on(page, look)
        yield look


def open_everything(page: Page) -> None:
    """Unfold every part that is folded, also those within others."""
    closed = page.locator(f"{MAIN} details:not([open]) > summary")
    for _ in range(5):
        if not closed.count():
            break
        for part in closed.all()[::-1]:  # from below, so that the others keep their numbers
            part.click()
            settle(page)
    assert not closed.count()
    page.mouse.move(5, 5)  # what the pointer rests on shows a hint over the page
    settle(page)


def photograph(page: Page, path: Path) -> None:
    """The whole page, not only what fits the window."""
    width = page.viewport_size["width"]
    height = page.evaluate(f"document.querySelector('{MAIN}').scrollHeight")
    page.set_viewport_size({"width": width, "height": max(HEIGHT, min(height, HIGHEST))})
    page.wait_for_timeout(60)
    page.screenshot(path=path)
    page.set_viewport_size({"width": width, "height": HEIGHT})


def violations(page: Page) -> list[Violation]:
    """What the checker has against the page as it is."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    options: dict[str, Any] = {
        "runOnly": {"type": "tag", "values": TAGS},
        "rules": {"target-size": {"enabled": True}},
        "resultTypes": ["violations"],
    }
    found = page.evaluate("options => axe.run(document, options)", options)["violations"]
    return [
        Violation(each["id"], node["html"][:200], _message(node))
        for each in found
        for node in each["nodes"]
    ]


def _message(node: dict[str, Any]) -> str:
    checks = [*node["any"], *node["all"], *node["none"]]
    return str(checks[0]["message"]) if checks else ""


def screen_of(file: str) -> Screen:
    return next(screen for screen in SCREENS if screen.file == file)
