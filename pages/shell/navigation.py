"""The pages of the dashboard, as data. A flat list: sections fail the accessibility check.

Every page is listed for everybody, or a link to it would say "page not found"; those that
somebody may not open are only not in the menu, and `app.py` does not run them.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import streamlit as st
from streamlit.navigation.page import Page

from evaluation import access
from evaluation.access import Scope
from evaluation.config import site_id
from pages.shell.sign_in import current_scope

PRODUCT = "Distance Travelled"
ICON = Path(__file__).parent / "icon.png"
VIEWS = Path(__file__).parents[1] / "views"

GO = ":material/arrow_forward:"  # from a font that comes with the program

HOME, UPLOAD, SITE = "home", "upload", "site"
FOLLOW_UP, ALL_SITES, EXPORT = "follow_up", "all_sites", "export"
DUE = "due"
QUALITY, INSTRUMENTS, LOCAL = "quality", "instruments", "local"
CHILDREN = "children"
COMPARE, EXPLORE = "compare", "explore"
SERVICE_USE = "service_use"
SESSIONS, TRAINING = "sessions", "training"
HELP, ABOUT = "help", "about"
REPORT = "report"
RULES, PROTECTION, ACCOUNTS = "rules", "protection", "accounts"

EVERYBODY = frozenset({access.ENTER})
OF_A_SITE = frozenset({access.SEE_SITE})
OF_ALL = frozenset({access.SEE_PROGRAMME})
# Pages that show a site to whoever may see it, and the released programme to whoever may see that.
EITHER = OF_A_SITE | OF_ALL


@dataclass(frozen=True, slots=True)
class Screen:
    """One page: its file in ``views``, its title, its address and a line on what it is for.

    ``opens_to``: who may do any of these may open it.
    """

    file: str
    title: str
    url_path: str
    purpose: str
    opens_to: frozenset[str] = EVERYBODY
    shows_data: bool = True


SCREENS = (
    Screen(HOME, "Overview", "", "What needs doing, and what has come in"),
    Screen(
        UPLOAD,
        "Add data",
        "upload",
        "Upload a spreadsheet, or get a blank one",
        frozenset({access.ADD_DATA}),
    ),
    Screen(SITE, "One site", "site", "The results of one site", OF_A_SITE),
    Screen(FOLLOW_UP, "Follow-up", "follow-up", "Who was heard from, step by step", EITHER),
    Screen(DUE, "Who is due", "due", "Whom to ask now, and by when", OF_A_SITE),
    Screen(
        SERVICE_USE,
        "Service use",
        "service-use",
        "How support was used, and how it ended",
        EITHER,
    ),
    Screen(
        CHILDREN,
        "Children and other outcomes",
        "children",
        "What changed for children, and what else a site counts",
        OF_A_SITE,
    ),
    Screen(
        SESSIONS,
        "Session by session",
        "session-by-session",
        "Scores while people come, where they answer at every session",
        OF_A_SITE,
    ),
    Screen(
        TRAINING, "Training", "training", "Practitioners before and after their training", EITHER
    ),
    Screen(ALL_SITES, "All sites", "all-sites", "One questionnaire, site by site", OF_ALL),
    Screen(COMPARE, "Compare", "compare", "Periods, kinds of support and groups of people", OF_ALL),
    Screen(
        EXPLORE,
        "Explore a measure",
        "explore",
        "One questionnaire over all sites and times",
        OF_ALL,
    ),
    Screen(
        REPORT,
        "Report",
        "report",
        "Everything about a site or the programme, to take along",
        frozenset({access.REPORT_SITE, access.SEE_PROGRAMME}),
    ),
    Screen(EXPORT, "Downloads", "downloads", "Results as files", OF_ALL),
    Screen(
        QUALITY,
        "Quality of answers",
        "answer-quality",
        "Whether answers go together, and which questions were left out",
        EITHER,
    ),
    Screen(
        INSTRUMENTS,
        "Questionnaires",
        "questionnaires",
        "What each questionnaire measures",
        shows_data=False,
    ),
    Screen(
        LOCAL,
        "Own questionnaires",
        "own-questionnaires",
        "Define a questionnaire of your own",
        shows_data=False,
    ),
    Screen(
        RULES,
        "Rules",
        "rules",
        "What is counted how: the rule file in use",
        frozenset({access.SET_RULES}),
        shows_data=False,
    ),
    Screen(
        PROTECTION,
        "Data protection",
        "data-protection",
        "Erase people, keep data no longer than agreed, and see who did what",
        frozenset({access.ERASE}),
        shows_data=False,
    ),
    Screen(
        ACCOUNTS,
        "Accounts",
        "accounts",
        "Who may enter, and what they may see",
        frozenset({access.MANAGE_ACCOUNTS}),
        shows_data=False,
    ),
    Screen(
        HELP,
        "Help and words used",
        "help",
        "First steps, and what every word means",
        shows_data=False,
    ),
    Screen(
        ABOUT,
        "About and accessibility",
        "about",
        "Accessibility, what is not promised, and where the data are",
        shows_data=False,
    ),
)
# Where nobody signs in there are no accounts.
ONLY_WITH_SIGN_IN = {ACCOUNTS}


def make_pages(scope: Scope | None) -> list[Page]:
    """The pages for the navigation, the first one as the start."""
    return [
        st.Page(
            VIEWS / f"{screen.file}.py",
            title=screen.title,
            url_path=screen.url_path or None,
            help=screen.purpose,
            default=not screen.url_path,
            visibility="visible" if scope and may_open(screen, scope) else "hidden",
        )
        for screen in SCREENS
    ]


def may_open(screen: Screen, scope: Scope) -> bool:
    """Whether somebody may open a page at all; which sites it shows them is settled by `access`."""
    if scope.role == access.LOCAL and screen.file in ONLY_WITH_SIGN_IN:
        return False
    return any(scope.may(action) for action in screen.opens_to)


def screen_of(page: Page) -> Screen:
    return next(screen for screen in SCREENS if screen.url_path == page.url_path)


def can_open(file: str) -> bool:
    """Whether whoever is here may open a page."""
    return may_open(next(screen for screen in SCREENS if screen.file == file), current_scope())


def link_to(file: str, label: str, *, site: str = "") -> None:
    """A link to a page, perhaps about a site (by name), for whoever may open it."""
    if can_open(file):
        query = {"site": site_id(site)} if site else None
        st.page_link(page_path(file), label=label, icon=GO, query_params=query)


def page_path(file: str) -> str:
    """A page as links name it."""
    return str(VIEWS / f"{file}.py")
