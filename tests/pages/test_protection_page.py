"""Erasing, keeping no longer than agreed, the log, what was released, and the assessment."""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
import importlib.util
import io
import json
import sqlite3
from contextlib import closing

import docx
import pytest

from evaluation.access import AccessDenied, Scope, local_scope
from evaluation.config import DisclosureRule
from evaluation.ingest.pipeline import read_files
from evaluation.report.document_markdown import story_markdown
from evaluation.report.document_word import story_word
from evaluation.report.dpia import DpiaFacts, dpia_story
from evaluation.report.log_wording import log_rows, seen_between
from evaluation.store.releases import Release
from pages.shell.log_view import log_file
from tests.pages.signed_in import Visitor, go, open_app

with_sign_in = pytest.mark.skipif(
    importlib.util.find_spec("authlib") is None, reason="what signs people in is not installed"
)
ANN = "ann@council.test"
HEADERS = [
    "Erase one person", "Keep data no longer than agreed", "Who did what", "Who saw which site",
    "What was released", "Where the data flow",
]  # fmt: skip


def sign_in(store, address: str, role: str, *sites: str, file: str):
    """A page as somebody opens it who has an account."""
    if store.account(address) is None:
        store.add_account(address, role=role, sites=sites)
    return go(open_app(Visitor(role, sites, address)), file)


def button(app, label: str):
    return next(b for b in app.button if label in b.label)


def field(kind, label: str):
    return next(widget for widget in kind if label in widget.label)


def ask_to_erase(app, visit, code: str, again: str, *, site="luton", in_advance=False):
    if site:
        field(app.selectbox, "Site").set_value(site)
    field(app.text_input, "The person's code").set_value(code)
    field(app.text_input, "The same code").set_value(again)
    field(app.checkbox, "in the store").set_value(in_advance)
    return visit.check(button(app, "Erase this person").click().run())


def people(store) -> list[str]:
    return store.load().participants["participant"].tolist()


def test_every_part_is_there_on_ones_own_computer(store, visit):
    app = visit.check(visit.open_page("protection"))
    assert [header.value for header in app.header] == HEADERS
    assert "Nothing has been noted yet" in visit.words(app)


# --- one person -------------------------------------------------------------------------------


def test_one_person_is_erased_and_an_old_file_does_not_bring_them_back(tiny_store, visit):
    store = tiny_store
    app = visit.open_page("protection")
    ask_to_erase(app, visit, "P001", " P001 ")
    said = [element.value.replace("\\", "") for element in app.success]
    assert said == [
        "One person erased: 2 questionnaires, 0 rows of service use, 0 counted outcomes and 0 "
        "other entries that named them."
    ]
    assert people(store) == ["P000", "P002", "P003", "P004", "P005"]
    assert field(app.text_input, "The person's code").value == ""
    assert "P001" not in visit.words(app) + visit.cells(app)
    report = read_files([("again.csv", visit.tiny_csv())], known_sites=store.known_sites())
    store.commit(store.screen(report))
    assert "P001" not in people(store)


@pytest.mark.parametrize(
    ("site", "code", "again", "sentence"),
    [
        ("", "P001", "P001", "Choose the site"),
        ("luton", "P001", "P002", "not the same"),
        ("luton", "P001", "p001", "not the same"),
        ("luton", "", "", "twice"),
        ("luton", "P001", "  ", "twice"),
        ("luton", "P099", "P099", "There is no participant"),
        ("croydon", "P001", "P001", "There is no participant"),
    ],
)
def test_nobody_is_erased_by_mistake(tiny_store, visit, site, code, again, sentence):
    app = visit.open_page("protection")
    ask_to_erase(app, visit, code, again, site=site)
    assert sentence in app.error[0].value.replace("\\", "")
    assert len(people(tiny_store)) == 6
    assert "erase" not in tiny_store.audit_log()["action"].tolist()


def test_somebody_is_erased_in_advance(store, visit):
    app = visit.open_page("protection")
    ask_to_erase(app, visit, "P003", "P003", in_advance=True)
    assert "was not in the store" in app.success[0].value
    report = read_files([("tiny.csv", visit.tiny_csv())], known_sites=store.known_sites())
    store.commit(store.screen(report))
    assert people(store) == ["P000", "P001", "P002", "P004", "P005"]


def test_a_second_time_says_that_nothing_is_left(tiny_store, visit):
    app = visit.open_page("protection")
    ask_to_erase(app, visit, "P001", "P001")
    ask_to_erase(app, visit, "P001", "P001")
    assert "erased before" in app.error[0].value


def test_results_that_were_worked_out_before_do_not_stay_in_memory(tiny_store, visit):
    from pages.shell import loaders

    home = visit.check(visit.open_page("home"))
    assert not home.error
    url, snapshot = loaders.database_url(), tiny_store.snapshot()
    before = loaders._answers(url, snapshot)
    app = visit.open_page("protection")
    ask_to_erase(app, visit, "P001", "P001")
    assert loaders._answers(url, snapshot) is not before


# --- retention --------------------------------------------------------------------------------


def test_people_whose_time_is_over_are_counted_then_erased(tiny_store, visit):
    app = visit.open_page("protection")
    field(app.number_input, "Months").set_value(24)
    visit.check(button(app, "Count the people").click().run())
    assert "Six people have a last record from before" in visit.words(app)
    table = app.table[0].value
    assert table.to_numpy().tolist() == [["Luton", "6", "15 February 2017", "15 February 2017"]]
    visit.check(button(app, "Erase them").click().run())
    assert "Tick the box" in app.error[0].value
    assert len(people(tiny_store)) == 6
    field(app.checkbox, "all of them").set_value(True)
    visit.check(button(app, "Erase them").click().run())
    assert "Six people erased: 12 questionnaires" in visit.words(app)
    assert people(tiny_store) == []
    assert "retention" in tiny_store.audit_log()["action"].tolist()


def test_months_have_to_be_entered(tiny_store, visit):
    app = visit.open_page("protection")
    visit.check(button(app, "Count the people").click().run())
    assert "Enter a number" in app.error[0].value


def test_nobody_is_counted_whose_time_is_not_over(tiny_store, visit):
    app = visit.open_page("protection")
    field(app.number_input, "Months").set_value(1200)
    visit.check(button(app, "Count the people").click().run())
    assert "Nobody's last record is from before" in visit.words(app)
    assert not [b for b in app.button if "Erase them" in b.label]


# --- the log ----------------------------------------------------------------------------------


def test_the_log_is_in_plain_words_and_its_chain_is_checked(tiny_store, visit, tmp_path):
    app = visit.open_page("protection")
    row = app.table[0].value.iloc[0]
    assert (row["What"], row["Site"]) == ("Put data in", "Luton")
    assert "import 1" in row["Details"]
    visit.check(button(app, "Check that nobody").click().run())
    assert "The log is whole: 1 rows." in app.success[0].value
    with closing(sqlite3.connect(tmp_path / "tiny.db")) as connection:
        connection.execute("drop trigger audit_no_update")
        connection.execute("update audit set who = 'somebody else'")
        connection.commit()
    visit.check(button(app, "Check that nobody").click().run())
    assert "Row 1 was changed" in app.error[0].value
    assert "data protection officer" in app.error[1].value


def test_sites_of_a_row_are_named_unless_they_are_all(store):
    every = {site.id: site.name for site in store.sites()}
    store.record("import", by="ann", sites=list(every))
    store.record("import", by="ann", sites=["Luton", "Croydon"])
    rows = log_rows(store.audit_log(), site_names=every, page_titles={})
    assert rows["Site"].tolist() == ["Luton, Croydon", "every site"]


def test_a_log_that_was_written_anew_is_told_by_a_fingerprint(tiny_store, visit):
    app = visit.open_page("protection")
    head = tiny_store.verify_audit().head
    for known, finding in ((head.upper(), "whole"), ("f" * 64, "written anew"), ("x", "written")):
        field(app.text_input, "fingerprint").set_value(known)
        visit.check(button(app, "Check that nobody").click().run())
        said = [e.value for e in (*app.success, *app.error)]
        assert finding in said[0], known


def test_the_file_of_the_log_holds_the_whole_chain(tiny_store):
    """Whoever has the file can recompute each fingerprint from the row and the one before it."""
    tiny_store.save_rule_file("alpha: 0.01", by="=ann")
    made = log_file(local_scope("me"), None, lambda log: log)
    rows = list(csv.DictReader(io.StringIO(made.decode())))[::-1]
    former = "0" * 64
    for row in rows:
        content = {name: row[name].removeprefix("'") for name in row if name != "hash"}
        content["number"] = int(content["number"])
        text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        former = hashlib.sha256(f"{former}{text}".encode()).hexdigest()
        assert row["hash"] == former
    assert [row["action"] for row in rows] == ["import", "settings"]
    last = tiny_store.audit_log().iloc[0]
    assert (last["action"], last["who"], last["reference"]) == ("export", "me", "audit log")


def test_the_file_of_the_log_is_not_for_everybody(store):
    for scope in (
        Scope("r", "researcher"),
        Scope("s", "site", frozenset({"luton"})),
        Scope("d", "data_manager", frozenset({"luton"})),
    ):
        with pytest.raises(AccessDenied):
            log_file(scope, None, lambda log: log)
    assert store.audit_log().empty


# --- who saw what -----------------------------------------------------------------------------


@pytest.fixture
def watched(store):
    """Three people who looked at pages and took files."""
    store.add_account("ann", role="site", sites=["Luton"])
    store.add_account("ben", role="site", sites=["Croydon"])
    store.record("sign_in", by="ann", sites=["Luton"])
    store.record("sign_in", by="ben", sites=["Croydon"])
    store.record("view", by="ann", sites=["Luton"], reference="page site")
    store.record("view", by="ann", reference="page home")
    store.record("view", by="ben", reference="page home")
    store.record("export", by="ben", sites=["Croydon"], reference="worklist")
    store.record_release(Release("workbook", 1, "f" * 64, "pass"), by="cat")
    store.change_account("ben", sites=["Luton", "Croydon"], by="cat")
    store.record("view", by="ben", reference="page due")
    return store


def seen(store, site: str, *, first=0, last=0):
    today = dt.datetime.now(dt.UTC).date()
    log = store.audit_log()
    found = seen_between(
        log, site, first=today + dt.timedelta(first), last=today + dt.timedelta(last)
    )
    return list(zip(found["who"], found["action"], found["reference"], strict=True))[::-1]


def test_who_saw_a_site_by_what_they_could_reach_then(watched):
    released = ("cat", "release", "release 1: workbook, pass")
    assert seen(watched, "luton") == [
        ("ann", "view", "page site"), ("ann", "view", "page home"), released,
        ("ben", "view", "page due"),
    ]  # fmt: skip
    assert seen(watched, "croydon") == [
        ("ben", "view", "page home"), ("ben", "export", "worklist"), released,
        ("ben", "view", "page due"),
    ]  # fmt: skip
    assert seen(watched, "essex") == [released]
    assert len(seen(watched, "")) == 6
    assert seen(watched, "luton", first=-9, last=-2) == []


def test_who_saw_what_of_an_empty_log(store):
    assert seen(store, "luton") == []


def test_who_saw_which_site_on_the_page(watched, visit):
    app = visit.open_page("protection")
    assert "pages that are opened are not noted" in visit.words(app)
    field(app.selectbox, "About which").set_value("luton")
    visit.check(button(app, "Look it up").click().run())
    table = next(t.value for t in app.table if "Pages opened" in t.value)
    assert table[["Who", "Pages opened", "Files taken"]].to_numpy().tolist() == [
        ["ann", "2", "0"], ["ben", "1", "0"], ["cat", "0", "1"],
    ]  # fmt: skip
    rows = [t.value for t in app.table if "Details" in t.value][-1]
    assert rows["Details"].tolist()[-1].replace("\\", "") == "'One site'"
    field(app.selectbox, "About which").set_value("essex")
    field(app.date_input, "Up to").set_value(dt.date(2020, 1, 2))
    field(app.date_input, "From").set_value(dt.date(2020, 1, 1))
    visit.check(button(app, "Look it up").click().run())
    assert "Nobody, as far as the log shows" in visit.words(app)
    field(app.date_input, "From").set_value(dt.date(2020, 1, 3))
    visit.check(button(app, "Look it up").click().run())
    assert "after the last" in app.error[0].value


# --- releases ---------------------------------------------------------------------------------


def test_what_was_released_is_listed(store, visit):
    store.record_release(
        Release("site_report", 3, "ab" * 32, "pass", filters={"site": "ALL"},
                suppressed={"effects": 4}), by="<b>ann"
    )  # fmt: skip
    store.record_release(Release("research", 3, "ab" * 32, "fail"), by="ann")
    app = visit.check(visit.open_page("protection"))
    table = next(t.value for t in app.table if "Decision" in t.value)
    assert table["Decision"].tolist() == ["refused", "left"]
    assert table["What"].tolist() == ["research", "site report"]
    assert table["About"].tolist() == ["all sites", "all sites"]
    assert table["Hidden"].tolist() == ["nothing noted", "effects 4"]
    assert table["Rules"].tolist() == ["abababababab"] * 2
    assert r"\<b\>ann" in table["Who"].tolist()


# --- roles ------------------------------------------------------------------------------------


@with_sign_in
def test_a_data_manager_has_every_part_and_is_named_in_the_log(tiny_store, visit):
    app = visit.check(sign_in(tiny_store, ANN, "data_manager", file="protection"))
    assert [header.value for header in app.header] == HEADERS
    ask_to_erase(app, visit, "P001", "P001")
    assert tiny_store.audit_log()[["action", "who"]].iloc[0].tolist() == ["erase", ANN]


@with_sign_in
def test_a_data_manager_of_one_site_erases_there_alone(tiny_store, visit):
    app = visit.check(sign_in(tiny_store, ANN, "data_manager", "Croydon", file="protection"))
    assert [header.value for header in app.header] == [HEADERS[0], HEADERS[-1]]
    assert "Your account is about some" in visit.words(app)
    assert field(app.selectbox, "Site").options == ["Croydon"]
    assert not app.number_input
    assert not [t for t in app.table if "Who" in t.value]


@with_sign_in
@pytest.mark.parametrize(("role", "sites"), [("researcher", []), ("site", ["Luton"])])
def test_nobody_else_has_this_page(tiny_store, visit, role, sites):
    app = visit.check(sign_in(tiny_store, ANN, role, *sites, file="protection"))
    assert len(app.error) == 1
    assert not app.header and not app.table


# --- the assessment ---------------------------------------------------------------------------

FACTS = DpiaFacts(
    DisclosureRule(hide_below=11, round_to=10, min_n=12, min_couples=13),
    database="postgresql",
    signs_in=True,
    made_on=dt.date(2026, 3, 1),
    retention_months=30,
    last_retention=dt.date(2026, 2, 1),
)


def test_the_assessment_says_the_facts_of_this_store():
    text = story_markdown(dpia_story(FACTS))
    for fact in (
        "1 March 2026", "PostgreSQL server", "30 months after a person's last record",
        "last done on 1 February 2026", "counts from 1 to 10 hidden, others rounded to 10",
        "from 12 people and 13 couples", "signed out after 20 minutes",
        "no legal advice", "## What has to be decided", "Article 35",
    ):  # fmt: skip
        assert fact in text, fact
    assert "Sign-in is off" not in text
    # Every row of a table has as many cells as its header.
    widths = {line.count(" | ") for line in text.splitlines() if line.startswith("| Who | Name")}
    assert widths == {2}


def test_the_assessment_of_a_store_without_sign_in_or_a_time_says_so():
    facts = DpiaFacts(DisclosureRule(), "sqlite", signs_in=False, made_on=dt.date(2026, 3, 1))
    text = story_markdown(dpia_story(facts))
    assert "Sign-in is off, so it does not tell people apart" in text
    assert "no time has been entered" in text
    assert "has not been done yet" in text
    assert "one SQLite file" in text and "does not encrypt" in text


def test_the_assessment_as_a_word_file_has_headings_and_empty_decisions():
    made = docx.Document(io.BytesIO(story_word(dpia_story(FACTS))))
    headings = [p.text for p in made.paragraphs if p.style.name == "Heading 1"]
    assert headings[:2] == ["What this text is", "Purpose"] and len(headings) == 9
    decisions = next(t for t in made.tables if t.rows[0].cells[0].text == "Question")
    assert {row.cells[1].text for row in decisions.rows[1:]} == {""}


def test_no_path_and_no_name_of_a_server_is_told(store, visit, tmp_path):
    app = visit.check(visit.open_page("protection"))
    assert str(tmp_path) not in visit.words(app) + visit.cells(app)
    assert "one SQLite file" in visit.cells(app)
