"""Help in place: the words, the first steps, and the page on accessibility and data."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from evaluation.report.glossary import GLOSSARY, TOPIC_NAMES, explain
from pages.shell.explain import help_text
from pages.shell.navigation import SCREENS

PAGES = Path(__file__).resolve().parents[2] / "pages"


def explained(app) -> list[str]:
    return [subheader.value for subheader in app.subheader]


def test_first_steps_are_numbered_and_lead_somewhere(store, visit):
    app = visit.check(visit.open_page("help"))
    lines = [m.value for m in app.markdown if re.match(r"\d\. ", m.value)]
    assert [line.split(".")[0] for line in lines] == [str(n) for n in range(1, len(lines) + 1)]
    assert len(lines) >= 6
    assert len(app.get("page_link")) >= len(lines)


def test_steps_about_a_site_link_to_it_where_it_is(sample_store, visit):
    app = visit.check(visit.open_page("help"))
    assert any(link.proto.query_string == "site=luton" for link in app.get("page_link"))


@pytest.mark.parametrize("words", ["not yet due", "NOT YET  due", "confidence"])
def test_a_word_can_be_found(store, visit, words):
    app = visit.check(visit.open_page("help"))
    visit.check(app.text_input[0].set_value(words).run())
    assert explained(app)[0] in ("Not yet due", "Interval")
    assert "found." in visit.words(app)


def test_what_is_typed_is_never_markup(store, visit):
    app = visit.check(visit.open_page("help"))
    visit.check(app.text_input[0].set_value("![x](http://a)").run())
    assert len(app.info) == 1
    assert "![x](http" not in app.info[0].value
    assert not explained(app)


def test_a_link_to_a_word_shows_it_first(store, visit):
    app = visit.check(visit.open_page("help", find="funnel"))
    assert explained(app)[0] == "Funnel"
    assert app.header[0].value == "Words used"


def test_every_subject_can_be_leafed_through(store, visit):
    app = visit.check(visit.open_page("help"))
    seen = []
    for topic in TOPIC_NAMES:
        visit.check(app.radio[0].set_value(topic).run())
        seen += explained(app)
    assert len(seen) == len(GLOSSARY)
    assert visit.words(app).count("Source") >= 1


def test_the_about_page_is_honest(store, visit):
    text = visit.words(visit.check(visit.open_page("about")))
    for said in (
        "It meets them in part",
        "scroll inside their own box",
        "not an alert system",
        "does not show that the support caused it",
        "No sign-in",
        "MIT licence",
        "files themselves are not kept",
    ):
        assert said in text


def test_help_beside_a_heading_comes_from_the_glossary():
    assert help_text("hidden") == explain("hidden").plain
    with pytest.raises(ValueError, match="zebra"):
        help_text("zebra")


def test_every_word_that_a_page_explains_is_in_the_glossary():
    found = []
    for path in [*(PAGES / "views").glob("*.py"), *(PAGES / "shell").glob("*.py")]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "help_text":
                found += [a.value for a in node.args if isinstance(a, ast.Constant)]
    assert len(found) >= 3
    for term in found:
        assert explain(str(term))


def test_help_and_about_can_be_reached():
    assert {"help", "about"} <= {screen.file for screen in SCREENS}
