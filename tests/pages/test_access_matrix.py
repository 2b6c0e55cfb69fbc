"""Everybody on every page: what opens, and that nothing of a site that is not theirs is sent.

What is allowed stands here by hand; `evaluation.access` is not asked for it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from streamlit.testing.v1 import AppTest

from evaluation.config import DATABASE_VARIABLE, PROGRAMME_SITES
from evaluation.store.repository import Store
from pages.shell.frame import NO_ACCOUNTS, NOT_YOURS
from pages.shell.navigation import SCREENS, may_open
from tests.pages.signed_in import (
    MARKS,
    SCOPES,
    VISITORS,
    fill,
    forge,
    go,
    open_app,
    refusals,
    sent,
    traces,
)

LETTERS = {
    "L": "own computer", "S": "site", "T": "two sites", "R": "researcher",
    "r": "researcher of two", "D": "data manager",
}  # fmt: skip
# page: for whom it opens
OPENS = {
    "home": "LSTRrD",
    "upload": "LST",
    "site": "LST",
    "follow_up": "LSTR",
    "due": "LST",
    "service_use": "LSTR",
    "children": "LST",
    "sessions": "LST",
    "training": "LSTR",
    "all_sites": "LR",
    "compare": "LR",
    "explore": "LR",
    "report": "LSTRr",
    "export": "LR",
    "quality": "LSTR",
    "instruments": "LSTRrD",
    "local": "LSTRrD",
    "rules": "LD",
    "protection": "LD",
    "accounts": "D",
    "help": "LSTRrD",
    "about": "LSTRrD",
}
# The sites of which anything may be sent to somebody.
SITES = {
    "L": {"Dorset", "Croydon", "Gateshead"},
    "S": {"Dorset"},
    "T": {"Dorset", "Croydon"},
    "R": {"Dorset", "Croydon", "Gateshead"},
    "r": {"Dorset", "Croydon"},
    "D": {"Dorset", "Croydon", "Gateshead"},
}
# Who may be sent codes of people, and names of files and what is wrong in them.
SEES_PEOPLE = "LST"
# Of whom a site's name is all that may be sent, and where.
NAMES_ONLY = {"D": {"protection", "accounts"}}
# Pages about one site, as ``?site=`` names it, and for whom.
OF_ONE_SITE = {
    "site": "LST", "due": "LST", "children": "LST", "sessions": "LST", "follow_up": "LST",
    "service_use": "LST", "training": "LST", "quality": "LST", "report": "LSTRr",
}  # fmt: skip
# Names of sites without data that also stand in sources of questionnaires.
ALSO_ELSEWHERE = {"Manchester", "Newcastle upon Tyne"}
PAGES = [(letter, file) for letter in LETTERS for file in OPENS]


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    address = f"sqlite:///{tmp_path_factory.mktemp('matrix') / 'store.db'}"
    fill(Store(address))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(DATABASE_VARIABLE, address)
        yield address


@pytest.fixture(scope="module")
def apps(url: str) -> Callable[[str], AppTest]:
    """Each person's window, opened once."""
    opened: dict[str, AppTest] = {}

    def window(letter: str) -> AppTest:
        if letter not in opened:
            opened[letter] = open_app(VISITORS[LETTERS[letter]])
        return opened[letter]

    return window


def own_site(letter: str, file: str) -> dict[str, str]:
    return {"site": "dorset"} if letter in OF_ONE_SITE.get(file, "") else {}


def test_the_table_knows_every_page_and_everybody():
    assert set(OPENS) == {screen.file for screen in SCREENS}
    assert set(LETTERS.values()) == set(VISITORS)


@pytest.mark.parametrize(("letter", "file"), PAGES, ids=lambda part: part)
def test_what_opens_and_what_is_sent(apps, letter: str, file: str):
    app = go(apps(letter), file, **own_site(letter, file))
    if (letter, file) == ("L", "accounts"):
        assert [note.value for note in app.info] == [NO_ACCOUNTS] and not app.button
    else:
        assert refusals(app) == ([] if letter in OPENS[file] else [NOT_YOURS])
    text = sent(app)
    for name, marks in MARKS.items():
        told = traces(text, marks)
        if name not in SITES[letter]:
            assert told == set()
        elif letter in NAMES_ONLY:
            assert told <= ({name} if file in NAMES_ONLY[letter] else set())
        elif letter not in SEES_PEOPLE:
            assert traces(text, marks, name=False) == set()
    if letter in "STr":
        others = set(PROGRAMME_SITES) - SITES[letter] - ALSO_ELSEWHERE
        assert [name for name in others if name in text] == []


@pytest.mark.parametrize("letter", LETTERS)
def test_the_menu_names_what_opens(letter: str):
    scope = SCOPES[letter]
    shown = {screen.file for screen in SCREENS if may_open(screen, scope)}
    assert shown == {file for file, letters in OPENS.items() if letter in letters}


@pytest.mark.parametrize(
    ("letter", "seen"),
    [
        ("L", {"Dorset", "DOR-", "DC-", "12.3", "6.6"}),
        ("S", {"Dorset", "DOR-", "DC-", "12.3", "6.6"}),
        ("r", {"Dorset", "12.3", "6.6"}),
    ],
)
def test_the_search_finds_what_is_there(apps, letter: str, seen: set[str]):
    """Otherwise the searches above would find nothing anywhere."""
    file = "report" if letter == "r" else "site"
    assert traces(sent(go(apps(letter), file, site="dorset")), MARKS["Dorset"]) == seen
    if letter != "r":
        uploads = traces(sent(go(apps(letter), "upload")), MARKS["Dorset"])
        assert {"dor_upload.csv", "dor%wrong"} <= uploads
        children = traces(sent(go(apps(letter), "children", site="dorset")), MARKS["Dorset"])
        assert "dormice" in children


# --- another site's address ----------------------------------------------------------------------

ELSEWHERE = [
    (letter, file) for file, letters in OF_ONE_SITE.items() for letter in letters if letter in "STr"
]


@pytest.mark.parametrize(("letter", "file"), ELSEWHERE, ids=lambda part: part)
@pytest.mark.parametrize("site", ["gateshead", "Gateshead", "dorset,gateshead", "ALL", "nowhere"])
def test_a_link_to_another_site_is_refused_in_words(apps, letter: str, file: str, site: str):
    app = go(apps(letter), file, site=site)
    [refusal] = refusals(app)
    assert refusal == f"There is no site '{site}' that you can open."
    text = sent(app).replace(refusal, "")
    assert traces(text, MARKS["Gateshead"]) == set()
    for marks in MARKS.values():
        assert traces(text, marks, name=False) == set()
    assert not app.get("vega_lite_chart")
    assert not app.table


@pytest.mark.parametrize("letter", "STr")
def test_what_was_chosen_before_opens_nothing(apps, letter: str):
    """As after a change of the account in the middle of a visit."""
    app = apps(letter)
    for file in ("home", "site", "report"):
        app.session_state["chosen_site"] = "gateshead"
        assert traces(sent(go(app, file)), MARKS["Gateshead"]) == set()
    app.session_state["chosen_site"] = "dorset"


@pytest.mark.parametrize("letter", "STr")
@pytest.mark.parametrize("claim", ["gateshead", "Gateshead", "ALL", ""])
def test_what_a_browser_claims_to_have_chosen_opens_nothing(apps, letter: str, claim: str):
    """The choices of a picker are no guard: a browser can send back anything."""
    for file in ("report",) if letter == "r" else ("site", "report", "due"):
        app = forge(go(apps(letter), file, site="dorset"), "site_picker", claim)
        assert not app.exception
        # What was claimed is said back in a refusal, and stands nowhere else.
        text = sent(app).replace("\n".join(refusals(app)), "")
        assert traces(text, MARKS["Gateshead"]) == set()


# --- the same numbers for everybody --------------------------------------------------------------


@pytest.mark.parametrize(
    "file", [f for f in OF_ONE_SITE if f not in ("quality", "report")], ids=lambda f: f
)  # fmt: skip
def test_a_site_sees_what_is_seen_on_ones_own_computer(apps, file: str):
    """Word for word, but for who is here and the names of the other sites in the picker."""

    def page(letter: str) -> list[str]:
        app = go(apps(letter), file, site="dorset")
        inside = [t.value.to_csv() for t in app.table]
        inside += [
            e.value for kind in ("header", "subheader", "markdown") for e in app.main.get(kind)
        ]
        return inside + [chart.proto.alt for chart in app.get("vega_lite_chart")]

    mine = page("S")
    assert mine
    assert mine == page("T") == page("L")
