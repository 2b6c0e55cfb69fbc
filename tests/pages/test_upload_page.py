"""Data in: checked first, stored only on request, never a traceback."""

from __future__ import annotations

import pytest

from evaluation.store.repository import Store


def upload(visit, name: str, data: bytes):
    """The upload page with that file in it."""
    app = visit.open_page("upload")
    return visit.check(app.file_uploader[0].upload(name, data).run())


def button(app, label: str):
    return next(b for b in app.button if label in b.label)


def test_sample_programme_by_the_button(store, visit):
    app = visit.check(visit.open_page())
    assert "Nothing has come in yet" in visit.words(app)
    visit.check(button(app, "sample programme").click().run())
    assert set(store.imports()["id"]) == {1}
    assert "Results by site" in visit.words(app)


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("empty.xlsx", b""),
        ("letter.pdf", b"%PDF-1.4 nothing"),
        ("broken.xlsx", b"PK\x03\x04 not really a workbook"),
        ("no_codes.csv", b"name,age\nJohn,41\n"),
        ("picture.csv", bytes(range(256)) * 20),
    ],
)
def test_a_bad_file_gets_sentences_and_nothing_is_stored(store, name, data, visit):
    app = upload(visit, name, data)
    assert app.error
    assert "Nothing was stored" in visit.words(app)
    assert "Traceback" not in visit.words(app)
    assert not [b for b in app.button if "Store" in b.label]
    assert store.snapshot() == 0


def test_a_good_file_is_stored_only_when_confirmed(store, visit):
    app = upload(visit, "luton.csv", visit.tiny_csv())
    text = visit.words(app)
    assert (
        "Luton: six people in three couples, two points in time, PHQ-9: 12 questionnaires." in text
    )
    assert "Nothing has been stored yet" in text
    assert store.snapshot() == 0
    visit.check(button(app, "Store").click().run())
    assert store.snapshot() == 1
    assert "12 questionnaires new" in visit.words(app)
    assert not app.file_uploader[0].value
    visit.check(app.run())
    assert store.snapshot() == 1


def test_the_same_file_again_says_so(store, visit):
    app = upload(visit, "luton.csv", visit.tiny_csv())
    visit.check(button(app, "Store").click().run())
    app = upload(visit, "luton.csv", visit.tiny_csv())
    assert "was uploaded before" in visit.words(app)
    assert "12 the same as before" in visit.words(app)


def test_a_wrong_answer_is_named_with_its_cell(store, visit):
    data = visit.tiny_csv().replace(b"P002,C1,end,2017-02-15,2,1", b"P002,C1,end,2017-02-15,2,7", 1)
    app = upload(visit, "luton.csv", data)
    assert "One thing to correct" in visit.words(app)
    assert "'7' is not" in visit.cells(app)
    visit.check(button(app, "Store").click().run())
    home = visit.check(visit.open_page())
    assert "luton.csv" in visit.cells(home)


def test_text_from_a_file_is_never_markup(store, visit):
    data = visit.tiny_csv().replace(b",end,", b",![x](http://example.org/x.png),", 1)
    app = upload(visit, "luton.csv", data)
    shown = "\n".join(table.value.to_csv() for table in app.table)
    assert "![x](http" not in shown
    assert "example.org" in shown


def test_a_site_that_is_not_known_is_refused(store, visit):
    app = upload(visit, "x.csv", visit.tiny_csv(site="Atlantis"))
    assert "there is nothing to store" in visit.words(app)
    assert store.snapshot() == 0


def test_a_blank_spreadsheet_can_be_had(store, visit):
    app = visit.check(visit.open_page("upload"))
    visit.check(app.multiselect(key="template_instruments").select("phq9").run())
    assert app.get("download_button")


def test_stores_are_not_mixed_up(tiny_store, tmp_path, monkeypatch, visit):
    other = f"sqlite:///{tmp_path / 'other.db'}"
    monkeypatch.setenv("EVALUATION_DATABASE_URL", other)
    Store(other)
    assert "Nothing has come in yet" in visit.words(visit.check(visit.open_page()))


def test_refused_rows_stay_on_the_list_until_their_file_comes_again(store, visit):
    rows = visit.tiny_csv().decode().splitlines()
    broken = "\n".join([*rows, rows[1].replace(",baseline,", ",later,")]).encode()
    app = upload(visit, "luton.csv", broken)
    visit.check(button(app, "Store").click().run())
    visit.check(app.run())
    assert next(e.label for e in app.expander) == "Still to correct from earlier uploads (1)"
    store_again = upload(visit, "luton.csv", visit.tiny_csv())
    visit.check(button(store_again, "Store").click().run())
    visit.check(store_again.run())
    assert "Still to correct" not in " ".join(e.label for e in store_again.expander)


def test_another_coding_is_asked_about_decided_and_recorded(store, visit):
    from tests.evaluation.test_review import answers

    app = upload(visit, "shifted.csv", answers(shift=1))
    assert not [b for b in app.button if "Store" in b.label]
    assert "coded 1-4 instead of 0-3" in app.radio[0].label
    text = visit.words(app)
    assert text.index("Do these answers look right?") < text.index("things to correct")
    visit.check(button(app, "Decide").click().run())
    assert "answer every question" in app.error[0].value
    app.radio[0].set_value(app.radio[0].options[1])
    visit.check(button(app, "Decide").click().run())
    assert "Decided: phq9: subtract 1" in visit.words(app).replace("\\", "")
    assert "to correct" not in visit.words(app)
    visit.check(button(app, "Store").click().run())
    assert store.decisions()["text"].tolist()[0].startswith("phq9: subtract 1")
    assert store.load().answers["phq9"].to_numpy().min() == 0
