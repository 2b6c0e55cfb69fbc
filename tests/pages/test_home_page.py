"""The overview: what needs doing, exact for one's own site, hidden or rounded over sites."""

from __future__ import annotations

import datetime as dt
import re
from types import SimpleNamespace

import pandas as pd
import pytest

from evaluation.config import DisclosureRule, Settings
from evaluation.programme import analyse
from evaluation.report.wording import SYNTHETIC
from evaluation.tables.due import LATE, NO_END_DATE, OPEN, SOON
from pages.shell.to_do import (
    UNVERIFIED,
    WAITING,
    count_to_fix,
    people_by_site,
    sites_without_end,
    unchecked_questionnaires,
)

LOCK = dt.date(2018, 3, 31)  # the last day of the sample programme


def links(app) -> list[str]:
    return [link.proto.label.replace("\\", "") for link in app.get("page_link")]


def button(app, label: str):
    return next(b for b in app.button if b.label == label)


def test_an_empty_store_offers_three_ways_to_begin(store, visit):
    app = visit.check(visit.open_page())
    assert [b.label for b in app.button] == [
        "Load the sample programme",
        "Upload a spreadsheet",
        "Get a blank spreadsheet",
    ]
    assert "made-up" in visit.words(app)
    assert not app.table


@pytest.mark.parametrize("label", ["Upload a spreadsheet", "Get a blank spreadsheet"])
def test_both_buttons_lead_to_the_page_that_does_it(store, visit, label):
    app = visit.check(visit.open_page())
    visit.check(button(app, label).click().run())
    assert app.title[0].value == "Add data"


def test_numbers_over_sites_are_hidden_or_multiples_of_five(sample_store, visit):
    app = visit.check(visit.open_page())
    assert SYNTHETIC in visit.words(app)
    due = next(t.value for t in app.table if "Can answer now" in t.value)
    cells = due.drop(columns="Site").to_numpy().ravel().tolist()
    assert {"few", "–"} & set(cells)
    numbers = [int(cell) for cell in cells if cell not in ("few", "–")]
    assert numbers
    assert all(n % 5 == 0 and n >= 5 for n in numbers)
    people = [int(n) for label in links(app) for n in re.findall(r": (\d+) people", label)]
    assert len(people) > 8
    assert all(n % 5 == 0 for n in people)


def test_ones_own_site_is_exact(sample_store, visit):
    """Luton's list, counted here from the states alone."""
    results = analyse(sample_store.load(), Settings())
    states, people = results.states, results.people
    barred = people[people["ending"].isin(["withdrew consent", "safeguarding"])]
    day = pd.Timestamp(LOCK)
    now = states[
        (states["site"] == "Luton")
        & (states["state"] == "window_open")
        & (states["opens_on"] <= day)
        & (states["closes_on"] >= day)
    ]
    now = now[~now["participant"].isin(barred.loc[barred["site"] == "Luton", "participant"])]
    n = now["participant"].nunique()
    assert n > 9
    app = visit.check(visit.open_page())
    visit.check(app.selectbox(key="home_site").select("luton").run())
    assert f"{n} people can answer now" in visit.words(app)
    assert not any("Can answer now" in table.value for table in app.table)
    who = [link.proto for link in app.get("page_link") if "by code" in link.proto.label]
    assert [link.query_string for link in who] == ["site=luton"]


def test_the_site_stays_chosen_on_the_next_page(sample_store, visit):
    app = visit.check(visit.open_page())
    visit.check(app.selectbox(key="home_site").select("dorset").run())
    app.switch_page("pages/views/due.py")
    visit.check(app.run())
    assert app.selectbox[0].value == "dorset"


def test_each_reader_finds_the_pages(sample_store, visit):
    app = visit.check(visit.open_page())
    text = visit.words(app)
    for whom in ("For evaluators", "For site leads", "For researchers"):
        assert whom in text
    assert {"Add data", "Who is due", "All sites", "Downloads"} <= set(links(app))


def test_a_small_store_says_what_is_to_be_done(tiny_store, visit):
    app = visit.check(visit.open_page())
    assert "Nothing has come in at all" in visit.words(app)
    assert any("Luton: few people" in label for label in links(app))


def test_a_site_without_an_end_questionnaire_is_named(store, visit):
    from evaluation.ingest.pipeline import read_files

    data = visit.tiny_csv(waves=("baseline",))
    store.commit(read_files([("start.csv", data)], known_sites=store.known_sites()))
    app = visit.check(visit.open_page())
    line = next(x for x in visit.words(app).splitlines() if "none is due or its day known" in x)
    assert "Luton" in line


# --- the counts themselves ------------------------------------------------------------------


def test_problems_are_counted_file_by_file():
    problems = pd.DataFrame({"file": ["b.xlsx", "a.csv", "b.xlsx"]})
    assert count_to_fix(problems).to_dict() == {"b.xlsx": 2, "a.csv": 1}
    assert count_to_fix(problems.head(0)).empty


def test_sites_without_end_are_told_apart_by_whether_any_is_due():
    rows = [
        ("Luton", "end", "done"), ("Luton", "end", "missed"),
        ("Essex", "end", "missed"), ("Essex", "3m", "done"),
        ("dorset", "end", "not_yet_due"), ("dorset", "3m", "not_yet_due"),
        ("Croydon", "end", "not_eligible"),
    ]  # fmt: skip
    results = SimpleNamespace(states=pd.DataFrame(rows, columns=["site", "wave", "state"]))
    assert sites_without_end(results) == (("Croydon", False), ("dorset", False), ("Essex", True))
    assert sites_without_end(SimpleNamespace(states=results.states.head(0))) == ()


def test_a_questionnaire_is_named_once_with_what_keeps_its_score_back():
    def scale(evidence):
        return SimpleNamespace(evidence=evidence)

    def instrument(name, evidence):
        return SimpleNamespace(short_name=name, scale=lambda _: scale(evidence))

    known = {
        "good": instrument("Good", "confirmed"),
        "table": instrument("Table", "unverified"),
        "doubt": instrument("Doubt", "unverified"),
    }
    rows = [
        ("good", "total", ""), ("good", "total", "missing_answers"),
        ("table", "a", ""), ("table", "b", "table_needed"), ("doubt", "total", ""),
    ]  # fmt: skip
    scores = pd.DataFrame(rows, columns=["instrument", "scale", "reason"])
    found = unchecked_questionnaires(SimpleNamespace(scores=scores, instruments=known))
    assert found == (("Table", WAITING["table_needed"]), ("Doubt", UNVERIFIED))


def test_people_are_counted_once_and_rounded():
    people = pd.DataFrame({"site": "Luton", "participant": [str(n) for n in range(12)]})
    scores = pd.DataFrame(
        {"site": ["Luton"] * 3 + ["Essex"] * 2, "participant": ["1", "2", "x", "1", "2"]}
    )
    results = SimpleNamespace(people=people, scores=scores)
    counts = people_by_site(results, DisclosureRule())
    assert counts["Luton"] == 15  # 13 people
    assert pd.isna(counts["Essex"])


def test_the_states_of_the_list_all_have_a_column():
    from pages.shell.to_do import DUE_STATES

    assert set(DUE_STATES) == {OPEN, LATE, SOON, NO_END_DATE}
