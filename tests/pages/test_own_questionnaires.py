"""A questionnaire of one's own: mistakes named, tried on answers, kept in versions, then used."""

from __future__ import annotations


def button(app, label: str):
    return next(b for b in app.button if label in b.label)


def test_the_example_is_good_and_a_mistake_is_named_with_its_line(visit, store):
    app = visit.open_page("local")
    assert not app.error
    broken = app.text_area[0].value.replace("better: higher", "better: sideways")
    visit.check(app.text_area[0].set_value(broken).run())
    assert any("Line 7" in e.value and "sideways" in e.value for e in app.error)
    assert not [b for b in app.button if "Keep" in b.label]


def test_pasted_answers_are_scored_with_the_reversed_item_turned_round(visit, store):
    app = visit.open_page("local")
    visit.check(app.text_area[1].set_value("10, 10, 0\n0 0 10\n5, , 5").run())
    table = app.table[0].value
    assert table["Value"].tolist() == ["30.0", "0.0", "–"]


def test_a_change_is_a_new_version_and_the_columns_are_known_from_then_on(visit, store):
    app = visit.open_page("local")
    visit.check(button(app, "Keep").click().run())
    name = "Our questionnaire about the relationship today"
    assert f"Version 1 of '{name}' is kept" in " ".join(s.value for s in app.success)
    assert app.selectbox(key="local_which").options == ["A new one", name]
    assert app.table[0].value["Questionnaire"].tolist() == [name]
    changed = app.text_area[0].value.replace("reversed: [3]", "reversed: [2]")
    visit.check(app.text_area[0].set_value(changed).run())
    visit.check(button(app, "Keep").click().run())
    assert store.definition_versions()["version"].tolist() == [2, 1]
    rows = "site,participant,wave,our_questionnaire_1,our_questionnaire_2,our_questionnaire_3\n"
    upload = visit.open_page("upload")
    data = (rows + "Luton,P1,baseline,10,0,10\n").encode()
    visit.check(upload.file_uploader[0].upload("own.csv", data).run())
    assert "one questionnaire" in visit.words(upload)
    visit.check(button(upload, "Store").click().run())
    assert len(store.load().answers["our_questionnaire"]) == 1
