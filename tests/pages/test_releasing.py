"""What somebody reads before taking a file, and that nothing is made where it says 'not'."""

from __future__ import annotations

import datetime as dt

import pytest

from evaluation.access import local_scope
from evaluation.config import Settings
from evaluation.disclosure import Decision, ReleaseError
from evaluation.ingest.pipeline import read_files
from evaluation.report.release_wording import TITLES
from pages.shell import downloads
from pages.shell.downloads import File, Stamp
from pages.shell.loaders import load_export, load_since_last

OBJECTION = "effects: column 'n' is not rounded to 5."
HEADER = "site,participant,wave,completed_on,phq9_total"


@pytest.fixture
def refusing(monkeypatch):
    """The last look finds something, whatever the tables are like."""
    monkeypatch.setattr("evaluation.disclosure.decision.check_released", lambda *_: [OBJECTION])


def buttons(app) -> list[str]:
    return [button.proto.label for button in app.get("download_button")]


def click(app, label: str):
    next(button for button in app.button if button.label == label).click()
    return app.run(timeout=60)


def test_the_tables_are_offered_once_somebody_was_told_what_is_in_them(tiny_store, visit) -> None:
    app = visit.check(visit.open_page("export"))
    assert buttons(app) == []
    app = visit.check(click(app, "Prepare the result tables"))
    assert [name for name in buttons(app) if "tables" in name]
    (box,) = app.warning
    assert box.value.startswith(f"**{TITLES['review']}**")
    assert "Small numbers are hidden in" in box.value
    assert "Where something is hidden" in box.value


def test_what_is_refused_is_not_offered_and_says_what_to_do(tiny_store, visit, refusing) -> None:
    app = visit.check(visit.open_page("export"))
    app = visit.check(click(app, "Prepare the result tables"))
    (box,) = app.error
    assert box.value.startswith(f"**{TITLES['fail']}**")
    assert "Please pass these points on" in box.value
    assert "is not rounded to 5" in box.value
    assert buttons(app) == []
    visit.check(app.run())
    assert tiny_store.releases()[["kind", "decision"]].to_numpy().tolist() == [["workbook", "fail"]]
    app = visit.check(visit.open_page("report", site="luton"))
    assert TITLES["fail"] in app.error[0].value
    assert buttons(app) == [] and not app.table


def lines(people: range) -> list[str]:
    return [
        f"Luton,P{person:03},{wave},2017-0{number + 1}-{1 + person % 28:02},{7 * person % 23 + 4}"
        for person in people
        for number, wave in enumerate(("baseline", "end"))
    ]


def take(kind: str) -> Decision:
    """Take a file about Luton; what stands in it."""
    stamps: list[Stamp] = []

    def make(stamp: Stamp) -> bytes:
        stamps.append(stamp)
        return b"made"

    here, file = local_scope("a test"), File("x.csv", downloads.CSV, kind, "Luton")
    own = Decision("pass", (), {"effects": 2})
    order = downloads._Order(make, file, "report_site", own, here, None, Settings())
    assert downloads._deliver(order) == b"made"
    assert stamps[0].decision is not None
    return stamps[0].decision


def test_a_file_is_set_against_the_last_of_any_kind(store, on_own_computer) -> None:
    store.commit(read_files([("a.csv", "\n".join([HEADER, *lines(range(30))]).encode())]))
    assert take("site_workbook") == Decision("pass", (), {"effects": 2})
    assert take("site_workbook").decision == "pass"
    store.commit(read_files([("b.csv", "\n".join([HEADER, *lines(range(30, 31))]).encode())]))
    expected = load_since_last("Luton")
    assert expected.decision == "review" and "Luton" in expected.reasons[0]
    assert take("report") == Decision("review", expected.reasons, {"effects": 2})
    # The workbook of before can still be laid beside it; once that is a new one, nothing tells.
    assert take("site_workbook").decision == "review"
    assert take("site_workbook").decision == "pass"
    releases = store.releases()
    assert releases["decision"].tolist()[::-1] == ["pass", "pass", "review", "review", "pass"]
    assert set(releases["suppressed"]) == {'{"effects": 2}'}


def test_the_decision_of_the_moment_is_in_what_is_taken(tiny_store, on_own_computer) -> None:
    export = load_export("Luton")
    assert export.decision is not None
    assert export.manifest["release"] == export.decision.as_record()
    now = Decision("review", ("Since then.",), {})
    stamp = Stamp("ann", dt.datetime(2026, 1, 2, tzinfo=dt.UTC), 1, now)
    assert downloads._stamped("Luton", stamp).manifest["release"]["reasons"] == ["Since then."]
    noted = downloads.noted(b"", stamp)
    assert b"TAKEN.txt" in noted


def test_a_decision_that_turned_since_stops_the_file(tiny_store, on_own_computer) -> None:
    file = File("x.csv", downloads.CSV, "report", "Luton")
    order = downloads._Order(
        lambda _stamp: b"made", file, "report_site", Decision("fail", (OBJECTION,)),
        local_scope("a test"), None, Settings(),
    )  # fmt: skip
    with pytest.raises(ReleaseError):
        downloads._deliver(order)
    assert tiny_store.releases()["decision"].tolist() == ["fail"]
