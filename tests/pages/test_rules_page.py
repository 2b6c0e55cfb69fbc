"""The rule file on a page: in words, checked, compared, put into use, and every version kept."""

from __future__ import annotations

import hashlib
import importlib.util

import pytest
from sqlalchemy import create_engine
from sqlalchemy import text as sql

from evaluation.config import database_url
from tests.pages.signed_in import Visitor, go, open_app

MEASURE = "measures: {phq9.total: {reliability: 0.9, cutoff: '>= 12'}}\n"


def sign_in(store, address: str, role: str, *sites: str, file: str):
    """A page as somebody opens it who has an account."""
    if store.account(address) is None:
        store.add_account(address, role=role, sites=sites)
    return go(open_app(Visitor(role, sites, address)), file)


def text_area(app):
    return next(area for area in app.text_area if area.label == "Rule file")


def typed(app, visit, text: str):
    return visit.check(text_area(app).set_value(text).run())


def use(app, visit):
    return visit.check(next(b for b in app.button if "Use this" in b.label).click().run())


def can_use(app) -> bool:
    return any("Use this" in button.label for button in app.button)


def test_without_a_rule_file_the_defaults_are_told(store, visit):
    app = visit.check(visit.open_page("rules"))
    words = visit.words(app)
    for said in (
        "No rule file has been saved", "95% confidence (alpha 0.05)", "3m: due 91 days after",
        "6m: due 183 days after", "Counts from 1 to 7 are hidden", "from 10 people and 10 couples",
    ):  # fmt: skip
        assert said in words, said
    assert not can_use(app) and not app.error


def test_the_example_can_be_used(store, visit):
    app = visit.open_page("rules")
    example = next(code.value for code in app.code if "measures" in code.value)
    typed(app, visit, example)
    assert not app.error and not app.warning and can_use(app)


def test_a_new_rule_file_says_what_changes_before_it_is_used(store, visit):
    app = visit.open_page("rules")
    typed(app, visit, "alpha: 0.01\n" + MEASURE)
    changes = {row[0]: tuple(row[1:]) for row in app.table[0].value.to_numpy().tolist()}
    assert {key.replace("\\", ""): tuple(v.replace("\\", "") for v in values)
            for key, values in changes.items()} == {
        "alpha": ("0.05", "0.01"),
        "measures: phq9.total: reliability": ("–", "0.9"),
        "measures: phq9.total: cutoff": ("–", ">= 12"),
    }  # fmt: skip
    assert store.current_rule_file() is None
    use(app, visit)
    saved = store.current_rule_file()
    assert saved.text == "alpha: 0.01\n" + MEASURE
    assert saved.sha256 == hashlib.sha256(saved.text.encode()).hexdigest()
    assert saved.by == "this computer (browser)"
    words = visit.words(app)
    assert "Version 1 of the rule file is in use" in words
    assert "99% confidence" in words and saved.sha256 in words
    assert "PHQ-9" in words and "at or above 12" in words
    assert not can_use(app)


def test_an_earlier_version_can_be_taken_again_and_an_empty_text(store, visit):
    for text in ("alpha: 0.01\n", "alpha: 0.1\n"):
        store.save_rule_file(text, by="ann")
    app = visit.open_page("rules")
    assert "version 2, saved by ann" in visit.words(app)
    begin = next(box for box in app.selectbox if box.label == "Begin with")
    visit.check(begin.set_value(1).run())
    assert text_area(app).value == "alpha: 0.01\n"
    use(app, visit)
    assert [saved.text for saved in store.rule_files()] == [
        "alpha: 0.01\n", "alpha: 0.1\n", "alpha: 0.01\n",
    ]  # fmt: skip
    assert app.table[-1].value["Version"].tolist() == ["3", "2", "1"]
    begin = next(box for box in app.selectbox if box.label == "Begin with")
    visit.check(begin.set_value(0).run())
    use(app, visit)
    assert "95% confidence" in visit.words(app)


def test_notes_alone_change_nothing(store, visit):
    app = visit.open_page("rules")
    typed(app, visit, "# nothing but a note\nalpha: 0.05\n")
    assert "only its text differs" in visit.words(app)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("alpha: [", "Line 1"),
        ("alpha: 0.05\nalpha: 0.1", "Line 2"),
        ("alpha: 2", "'alpha' must be a number"),
        ("alfa: 0.05", "'alfa' is not a known key"),
        ("just words", "list of 'key: value' lines"),
        ("disclosure: {hide_below: 5}", "'hide_below' must be a number from 8"),
        ("disclosure: {round_to: 1}", "'round_to' must be a number from 5"),
        ("disclosure: {min_n: 9}", "'min_n' must be a number from 10"),
        ("disclosure: {min_couples: 9.4}", "'min_couples' must be a number from 10"),
        ("primary: {'*': phq9.sum}", "no measure known here"),
        ("measures: {nothing.total: {}}", "no measure known here"),
        ("measures: {phq9.total: {cutoff: '<= 10'}}", "turn the sign round"),
        ("scoring: {verified: [nothing]}", "not a questionnaire known here"),
        ("scoring: {tables: {enrich_ems_15: percentiles.csv}}", "at the command line"),
        ("scoring: {tables: {enrich_ems_15: /etc/passwd}}", "at the command line"),
        ("a: &b [1]\nalpha: *b", "Line 1"),
        ("alpha: !!python/name:os.system 1", "is a tag"),
        ("[" * 5000, "too deep"),
        ("# " + "x" * 200_001, "too large"),
    ],
)
def test_mistakes_are_sentences_and_nothing_can_be_used(store, visit, text, sentence):
    app = visit.open_page("rules")
    typed(app, visit, text)
    said = " ".join(error.value for error in app.error).replace("\\", "")
    assert sentence in said
    assert not can_use(app)
    assert store.rule_files() == []


def test_a_file_of_the_same_text_has_the_same_fingerprint(store, visit):
    app = visit.open_page("rules")
    data = b"\xef\xbb\xbfalpha: 0.01\r\nend: {expected_weeks: 12}\r\n"
    visit.check(app.file_uploader[0].upload("rules.yaml", data).run())
    use(app, visit)
    assert store.current_rule_file().text == "alpha: 0.01\nend: {expected_weeks: 12}\n"
    assert "it is taken to last 12 weeks" in visit.words(app)


def test_a_file_that_is_no_text(store, visit):
    app = visit.open_page("rules")
    visit.check(app.file_uploader[0].upload("rules.yaml", b"\xff\xfe\x00alpha").run())
    assert "not text in UTF-8" in app.error[0].value
    assert not can_use(app)


def test_a_file_that_is_too_large_is_not_even_shown(store, visit):
    app = visit.open_page("rules")
    visit.check(app.file_uploader[0].upload("rules.yaml", b"# " + b"x" * 200_000).run())
    assert "at most 200 KB" in app.error[0].value
    assert len(app.code) == 1  # the example


def test_a_site_that_nobody_knows_is_pointed_out(store, visit):
    app = visit.open_page("rules")
    typed(app, visit, "costs: {luton: 5000, atlantis: 5000}")
    assert [w.value.replace("\\", "") for w in app.warning] == [
        "'atlantis' is no site of this programme, so what the rule file says about it has no "
        "effect."
    ]
    assert can_use(app)


def test_a_rule_file_that_no_longer_works_can_be_replaced_here(store, visit):
    store.save_rule_file("alpha: 0.1", by="ann")
    with create_engine(database_url()).begin() as connection:
        connection.execute(sql("UPDATE rule_file SET text = 'of_another_version: 1'"))
    app = visit.check(visit.open_page("rules"))
    assert "cannot be used any more" in app.error[0].value
    typed(app, visit, "alpha: 0.01\n")
    use(app, visit)
    assert not app.error


def test_text_is_never_formatted(store, visit):
    app = visit.open_page("rules")
    typed(app, visit, "primary: {'[x](http://a)': phq9.total}")
    assert r"\[x\]" in app.warning[0].value
    use(app, visit)
    assert any(r"\[x\]" in m.value for m in app.markdown)


@pytest.mark.skipif(importlib.util.find_spec("authlib") is None, reason="no sign-in installed")
@pytest.mark.parametrize(
    ("role", "sites", "may"),
    [
        ("data_manager", [], True),
        ("data_manager", ["Luton"], False),
        ("researcher", [], False),
        ("site", ["Luton"], False),
    ],
)
def test_who_may_set_the_rules(store, visit, role, sites, may):
    app = visit.check(sign_in(store, "ann@council.test", role, *sites, file="rules"))
    assert bool(app.text_area) is may
    assert bool(app.error) is not may
    if may:
        typed(app, visit, "alpha: 0.01\n")
        use(app, visit)
        assert store.current_rule_file().by == "ann@council.test"
