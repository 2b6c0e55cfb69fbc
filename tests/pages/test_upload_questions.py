"""A spreadsheet that is not the template: asked about once, remembered, changed, taken back."""

from __future__ import annotations

import re

import pytest

from evaluation.store.repository import Store

ITEMS = [f"PHQ9.{number}" for number in range(1, 10)]
SITE = "luton"


def messy_csv(*rows: str) -> bytes:
    """Codes, labels of points in time and a code for missing that only a person can explain."""
    header = ",".join(["Client ID", "Timepoint", *ITEMS, "Notes"])
    return "\n".join([header, *rows]).encode()


MESSY = messy_csv(
    "L-1,T1,1,1,1,1,1,1,1,1,1,",
    "L-1,T2,0,0,0,0,0,0,0,0,0,rang",
    "L-2,T1,2,2,2,2,999,2,2,2,2,",
    "L-2,T2,1,1,1,1,1,1,1,1,1,",
)


def upload(visit, name: str, data: bytes):
    """The upload page for Luton with that file in it."""
    app = visit.open_page("upload")
    app.selectbox(key="upload_site").set_value(SITE)
    return visit.check(app.file_uploader[0].upload(name, data).run())


def button(app, label: str):
    return next(b for b in app.button if label in b.label)


def labels(app) -> list[str]:
    return [widget.label for widget in (*app.radio, *app.selectbox)]


@pytest.fixture
def stored(store, visit) -> Store:
    """A store with the messy file, its questions answered as proposed."""
    app = upload(visit, "messy.csv", MESSY)
    app = visit.check(button(app, "Use these answers").click().run())
    visit.check(button(app, "Store").click().run())
    assert store.snapshot() == 1
    return store


def test_everything_open_is_asked_at_once_and_nothing_can_be_stored(store, visit):
    app = upload(visit, "messy.csv", MESSY)
    asked = " ".join(labels(app))
    assert "'T1'" in asked and "'T2'" in asked and "'999'" in asked
    assert not [b for b in app.button if "Store" in b.label]
    assert store.snapshot() == 0


def test_an_answered_file_is_stored_as_a_person_has_explained_it(stored):
    dataset = stored.load()
    assert sorted(dataset.records["wave"]) == ["baseline", "baseline", "end", "end"]
    answers = dataset.answers["phq9"]
    assert answers.sum().sum() == 9 + 0 + 16 + 9
    assert dataset.reasons[["part", "reason"]].to_numpy().tolist() == [["5", "not known"]]


def test_the_next_file_of_the_kind_asks_nothing(stored, visit):
    again = MESSY.replace(b"L-1,T2,0,", b"L-1,T2,3,").replace(b"L-2,", b"L-3,")
    app = upload(visit, "later.csv", again)
    assert "read before" in visit.words(app)
    assert not [b for b in app.button if "Use these answers" in b.label]
    assert "Two questionnaires new, 1 changed, 1 the same" in visit.words(app)
    # Stored now and what would stand there instead.
    assert re.search(r"\b0\b.*\b3\b", visit.cells(app), re.DOTALL)


def test_an_upload_can_be_taken_back(stored, visit):
    app = visit.open_page("upload")
    app = visit.check(app.selectbox(key="undo_choice").set_value(1).run())
    app = visit.check(button(app, "Take import 1 back").click().run())
    assert "Import 1 was taken back" in visit.words(app)
    assert stored.load().records.empty
    assert stored.saved_mappings("Luton") == []


def test_a_column_can_be_left_out_before_anything_is_stored(store, visit):
    app = upload(visit, "messy.csv", MESSY)
    app = visit.check(button(app, "Read the columns like this").click().run())
    assert "'T1'" in " ".join(labels(app))
