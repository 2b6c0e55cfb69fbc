"""The pages of the dashboard, as data. A flat list: sections fail the accessibility check."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import streamlit as st
from streamlit.navigation.page import Page

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


@dataclass(frozen=True, slots=True)
class Screen:
    """One page: its file in ``views``, its title, its address and a line on what it is for."""

    file: str
    title: str
    url_path: str
    purpose: str
    shows_data: bool = True


SCREENS = (
    Screen(HOME, "Overview", "", "What needs doing, and what has come in"),
    Screen(UPLOAD, "Add data", "upload", "Upload a spreadsheet, or get a blank one"),
    Screen(SITE, "One site", "site", "The results of one site"),
    Screen(FOLLOW_UP, "Follow-up", "follow-up", "Who was heard from, step by step"),
    Screen(DUE, "Who is due", "due", "Whom to ask now, and by when"),
    Screen(SERVICE_USE, "Service use", "service-use", "How support was used, and how it ended"),
    Screen(
        CHILDREN,
        "Children and other outcomes",
        "children",
        "What changed for children, and what else a site counts",
    ),
    Screen(
        SESSIONS,
        "Session by session",
        "session-by-session",
        "Scores while people come, where they answer at every session",
    ),
    Screen(TRAINING, "Training", "training", "Practitioners before and after their training"),
    Screen(ALL_SITES, "All sites", "all-sites", "One questionnaire, site by site"),
    Screen(COMPARE, "Compare", "compare", "Periods, kinds of support and groups of people"),
    Screen(EXPLORE, "Explore a measure", "explore", "One questionnaire over all sites and times"),
    Screen(REPORT, "Report", "report", "Everything about a site or the programme, to take along"),
    Screen(EXPORT, "Downloads", "downloads", "Results as files"),
    Screen(
        QUALITY,
        "Quality of answers",
        "answer-quality",
        "Whether answers go together, and which questions were left out",
    ),
    Screen(
        INSTRUMENTS, "Questionnaires", "questionnaires", "What each questionnaire measures", False
    ),
    Screen(
        LOCAL,
        "Own questionnaires",
        "own-questionnaires",
        "Define a questionnaire of your own",
        False,
    ),
    Screen(HELP, "Help and words used", "help", "First steps, and what every word means", False),
    Screen(
        ABOUT,
        "About and accessibility",
        "about",
        "Accessibility, what is not promised, and where the data are",
        False,
    ),
)


def make_pages() -> list[Page]:
    """The pages for the navigation, the first one as the start."""
    return [
        st.Page(
            VIEWS / f"{screen.file}.py",
            title=screen.title,
            url_path=screen.url_path or None,
            help=screen.purpose,
            default=not screen.url_path,
        )
        for screen in SCREENS
    ]


def page_path(file: str) -> str:
    """A page as links name it."""
    return str(VIEWS / f"{file}.py")


def shows_data(page: Page) -> bool:
    """Whether a page shows anything about the people in the store."""
    return next(s.shows_data for s in SCREENS if s.url_path == page.url_path)
