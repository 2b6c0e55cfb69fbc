"""Files are made on the click, for somebody who may still have them, and are on record."""

from __future__ import annotations

import ast
import datetime as dt
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from threading import Thread
from typing import Any

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from evaluation.access import AccessDenied, Scope, local_scope
from evaluation.config import DATABASE_VARIABLE, Settings
from evaluation.disclosure import Decision, ReleaseError
from evaluation.store.entering import NO_ACCOUNT
from evaluation.store.repository import Store
from evaluation.store.visits import ENDED, IDLE_TOO_LONG, SignIn
from pages.shell import downloads
from pages.shell.downloads import CSV, File, offer_own
from pages.shell.sign_in import acting_as
from tests.pages.signed_in import MARKS, ROOT, VISITORS, fill, go, open_app

BEA = VISITORS["two sites"]
# Calls of st.download_button beside the one that asks again, and what they hand out.
HOLDS_NO_RESULTS = {
    "pages/shell/downloads.py": 1,  # the one that asks again
    "pages/shell/log_view.py": 1,  # asks again too, for who may read the log
    "pages/views/upload.py": 4,  # what somebody has just uploaded, how it was read, a blank form
    "pages/shell/indicators.py": 1,  # a blank form
    "pages/views/rules.py": 1,  # rules, which hold no data
    "pages/views/protection.py": 2,  # a text to begin an assessment with
}


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> str:
    address = f"sqlite:///{tmp_path_factory.mktemp('files') / 'store.db'}"
    fill(Store(address))
    return address


@pytest.fixture
def store(url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    monkeypatch.setenv(DATABASE_VARIABLE, url)
    opened = Store(url)
    yield opened
    opened.change_account(BEA.email, role=BEA.role, sites=BEA.sites, active=True)


@dataclass
class OnOffer:
    """The files that a page offered last, by what their buttons say."""

    files: dict[str, Callable[[], bytes]]

    def take(self, label: str) -> bytes:
        """As the server does when somebody clicks: in another thread, without a session."""
        taken: list[Any] = []

        def make() -> None:
            try:
                taken.append(self.files[label]())
            except Exception as error:
                taken.append(error)

        thread = Thread(target=make)
        thread.start()
        thread.join()
        if isinstance(taken[0], Exception):
            raise taken[0]
        return taken[0]


@pytest.fixture
def on_offer(monkeypatch: pytest.MonkeyPatch) -> OnOffer:
    offer, original = OnOffer({}), st.download_button

    def note(label: str, data: Any, *arguments: Any, **named: Any) -> bool:
        offer.files[label] = data
        return original(label, data, *arguments, **named)

    monkeypatch.setattr(st, "download_button", note)
    return offer


# page, whom it is for, label of the button, what is noted
FILES = (
    ("site", "two sites", "Download the results of Croydon", "release", "site_workbook"),
    ("site", "two sites", "Download these rows", "export", "rows_behind"),
    ("due", "two sites", "Download as CSV", "export", "worklist"),
    ("due", "two sites", "Download as a workbook", "export", "worklist"),
    ("report", "two sites", "Download for Word", "release", "report"),
    ("report", "two sites", "Download as a web page", "release", "report"),
    ("report", "researcher of two", "Download as a web page", "release", "report"),
    ("follow_up", "two sites", "Download for print (SVG)", "release", "flow_diagram"),
    ("export", "researcher", "Download the tables (CSV in a zip file)", "release", "tables"),
    ("export", "researcher", "Download the result workbook (Excel)", "release", "workbook"),
)
OF_BEA = [case for case in FILES if case[1] == "two sites"]


def opened(file: str, who: str) -> AppTest:
    """The page, with the files prepared that somebody has to ask for."""
    app = go(open_app(VISITORS[who]), file, **({} if file == "export" else {"site": "croydon"}))
    for button in [b for b in app.button if b.label.startswith("Prepare the result")]:
        button.click()
        app.run(timeout=60)
    return app


@pytest.mark.parametrize("case", FILES, ids=lambda case: f"{case[0]}: {case[2]}")
def test_each_file_that_is_taken_is_noted_without_a_code_or_an_answer(store, on_offer, case):
    file, who, label, action, kind = case
    opened(file, who)
    rows, releases = len(store.audit_log()), len(store.releases())
    assert on_offer.take(label)
    log = store.audit_log()
    assert len(log) == rows + 1
    row = log.iloc[0]
    site = "" if file == "export" else "croydon"
    assert (row["who"], row["action"], row["site"]) == (VISITORS[who].email, action, site)
    assert kind in row["reference"]
    assert len(store.releases()) == releases + (action == "release")
    if action == "release":
        newest = store.releases().iloc[0]
        assert (newest["decision"], newest["kind"]) == ("review", kind)
        assert json.loads(newest["threshold"])["hide_below"] == 8
    noted = f"{row.to_dict()}" + (f"{newest.to_dict()}" if action == "release" else "")
    assert not any(mark in noted for marks in MARKS.values() for mark in marks.of_people)


@pytest.mark.parametrize("case", OF_BEA, ids=lambda case: f"{case[0]}: {case[2]}")
def test_a_file_is_refused_once_the_right_to_it_is_gone(store, on_offer, case):
    """The page is still open, and its button is still there."""
    opened(case[0], "two sites")
    changes = (
        ({"active": False}, NO_ACCOUNT),
        ({"sites": ["Dorset"]}, "does not include the site 'Croydon'"),
        ({"role": "data_manager", "sites": []}, "does not include this"),
    )
    for change, why in changes:
        store.change_account(BEA.email, **change)
        before = store.audit_log()["hash"].tolist()
        with pytest.raises(AccessDenied, match=why):
            on_offer.take(case[2])
        assert store.audit_log()["hash"].tolist() == before
        store.change_account(BEA.email, role=BEA.role, sites=BEA.sites, active=True)
    assert on_offer.take(case[2])


def test_a_file_is_refused_after_signing_out_in_another_tab(store, on_offer):
    app = opened("due", "two sites")
    other = open_app(BEA, issued=app.user["iat"])
    next(button for button in other.button if button.label == "Sign out").click().run()
    with pytest.raises(AccessDenied, match=ENDED):
        on_offer.take("Download as CSV")


def test_a_file_is_refused_after_twenty_minutes_without_a_click(store, on_offer, monkeypatch):
    opened("due", "two sites")
    later = dt.datetime.now(dt.UTC).replace(tzinfo=None) + dt.timedelta(minutes=21)
    monkeypatch.setattr("evaluation.store.custody.now", lambda: later)
    with pytest.raises(AccessDenied, match=IDLE_TOO_LONG):
        on_offer.take("Download as CSV")


def test_somebody_else_in_the_same_thread_gets_nothing_of_it(store, on_offer):
    """Whose file was made last must not be who the next one is made for."""
    opened("due", "two sites")
    with acting_as(Scope("nobody", "data_manager")), pytest.raises(AccessDenied):
        downloads.load_export("Croydon")
    assert on_offer.take("Download as CSV").count(b"CRO-") == 8
    assert on_offer.take("Download as CSV").count(b"DOR-") == 0


def test_the_codes_of_one_site_leave_in_its_own_file_alone(store, on_offer):
    """What is released holds none of them."""
    for file, who, label, action, _ in FILES:
        opened(file, who)
        made = on_offer.take(label)
        if action == "release" and label.endswith(("page", "(SVG)")):
            text = made.decode()
            assert not any(mark in text for m in MARKS.values() for mark in m.of_people)
            assert "Gateshead" not in text


# --- what is refused -----------------------------------------------------------------------------


def order(make: Callable[..., bytes], *, released: bool = True) -> Any:
    file = File("x.csv", CSV, "made up", "Dorset")
    here = local_scope("this computer")
    decision = Decision("pass") if released else None
    return downloads._Order(make, file, "report_site", decision, here, None, Settings())


def test_a_release_that_the_rules_refuse_is_noted_as_refused(store):
    def refuse(_stamp: Any) -> bytes:
        raise ReleaseError("P001 alone is left")

    with pytest.raises(ReleaseError):
        downloads._deliver(order(refuse))
    newest, row = store.releases().iloc[0], store.audit_log().iloc[0]
    assert (newest["kind"], newest["decision"]) == ("made up", "fail")
    assert row["reference"].endswith("made up, fail")
    assert "P001" not in f"{newest.to_dict()} {row.to_dict()}"


def test_a_file_that_could_not_be_made_is_not_noted_as_taken(store):
    def fail(_stamp: Any) -> bytes:
        raise RuntimeError("P001")

    rows = len(store.audit_log())
    for released in (True, False):
        with pytest.raises(RuntimeError):
            downloads._deliver(order(fail, released=released))
    assert len(store.audit_log()) == rows


def test_a_file_of_a_sites_own_is_about_one_site(store):
    with acting_as(Scope("ann", "site", frozenset({"dorset"}))):
        with pytest.raises(ValueError, match="about one site"):
            offer_own("x", lambda _stamp: b"", File("x.csv", CSV, "worklist"))
        with pytest.raises(AccessDenied):
            offer_own("x", lambda _stamp: b"", File("x.csv", CSV, "worklist", "Croydon"))


def test_nobody_makes_files_for_a_sign_in_without_an_account(store):
    now = dt.datetime.now(dt.UTC).replace(tzinfo=None)
    stranger = SignIn("https://evil.test", "1", "x@y.test", True, now, now + dt.timedelta(hours=1))
    with (
        pytest.raises(AccessDenied, match="no account"),
        downloads.still_allowed(local_scope("claims to sit here"), stranger, "see_site", "Dorset"),
    ):
        pytest.fail("was let in")


def test_every_file_of_a_page_goes_this_way():
    found: dict[str, int] = {}
    for path in sorted((ROOT / "pages").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Attribute) and node.attr == "download_button":
                name = path.relative_to(ROOT).as_posix()
                found[name] = found.get(name, 0) + 1
    assert found == HOLDS_NO_RESULTS
