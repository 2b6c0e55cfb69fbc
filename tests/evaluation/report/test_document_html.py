"""The report as HTML: its structure, its names, and nothing from elsewhere."""

from __future__ import annotations

from html.parser import HTMLParser
from itertools import pairwise

import pytest

from evaluation.report.document_html import inline_svg, story_html
from tests.evaluation.report import made_stories

VOID = {"meta", "link", "br", "img", "hr", "input"}


class Outline(HTMLParser):
    """Tags with their attributes, the text of headings, and whether tags are closed in order."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.headings: list[tuple[int, str]] = []
        self.text: list[str] = []
        self._open: list[str] = []
        self.unbalanced: list[str] = []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self._open.append(tag)
        if tag in ("h1", "h2", "h3", "h4"):
            self.headings.append((int(tag[1]), ""))

    def handle_startendtag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        if not self._open or self._open.pop() != tag:
            self.unbalanced.append(tag)

    def handle_data(self, data):
        self.text.append(data)
        if self._open and self._open[-1] in ("h1", "h2", "h3", "h4"):
            level, text = self.headings[-1]
            self.headings[-1] = (level, text + data)

    def of(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


def read(html: str) -> Outline:
    outline = Outline()
    outline.feed(html)
    outline.close()
    assert not outline.unbalanced and not outline._open
    return outline


@pytest.fixture(scope="module")
def whole() -> str:
    return story_html(made_stories.story())


@pytest.fixture(scope="module")
def hostile() -> str:
    return story_html(made_stories.small_story())


def test_language_title_and_landmarks(whole):
    page = read(whole)
    assert whole.startswith("<!DOCTYPE html>")
    assert page.of("html")[0]["lang"] == "en-GB"
    assert "<title>Distance travelled: Luton</title>" in whole
    for landmark in ("header", "main", "nav", "footer"):
        assert len(page.of(landmark)) == 1


def test_headings_are_in_order(whole):
    levels = [level for level, _ in read(whole).headings]
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(later <= earlier + 1 for earlier, later in pairwise(levels))
    assert 3 in levels


def test_every_picture_has_a_name_and_a_description(whole):
    page = read(whole)
    drawn = made_stories.pictures(made_stories.story())
    svgs = page.of("svg")
    assert len(svgs) == len(drawn) >= 3
    ids = [attributes["id"] for _, attributes in page.tags if attributes.get("id")]
    assert len(ids) == len(set(ids))
    for svg in svgs:
        assert svg["role"] == "img"
        assert svg["aria-labelledby"] in ids and svg["aria-describedby"] in ids
    assert len(page.of("desc")) == len(svgs)
    assert all(picture.alt in "".join(page.text) for picture in drawn)


def test_links_lead_to_headings(whole):
    page = read(whole)
    ids = {attributes.get("id") for _, attributes in page.tags}
    targets = [link["href"] for link in page.of("a")]
    assert len(targets) > 6
    assert all(target and target[0] == "#" and target[1:] in ids for target in targets)


def test_tables_have_captions_and_headers_with_scope(whole):
    page = read(whole)
    n_tables = len(page.of("table"))
    assert n_tables == len(page.of("caption")) == len(made_stories.tables(made_stories.story()))
    assert {cell.get("scope") for cell in page.of("th")} == {"col", "row"}


def test_nothing_comes_from_elsewhere_and_nothing_runs(whole):
    page = read(whole)
    tags = {name for name, _ in page.tags}
    assert not tags & {"script", "link", "iframe", "img", "object", "embed", "image", "use"}
    for _, attributes in page.tags:
        assert not {"src", "srcset", "xlink:href"} & set(attributes)
        assert not any(name.startswith("on") for name in attributes)
    assert "http:" not in whole and "https:" not in whole
    assert "@import" not in whole and "url(" not in whole


def test_paper_is_light_and_a4(whole):
    dark = whole.index("prefers-color-scheme: dark")
    assert "@media screen and (prefers-color-scheme: dark)" in whole
    assert whole.count("prefers-color-scheme") == 1 and dark > 0
    assert "size: A4" in whole and "@media print" in whole


def test_names_are_never_markup(hostile):
    page = read(hostile)
    assert not page.of("b") and not page.of("place") and not page.of("improved")
    assert hostile.count("&lt;b&gt;") >= 8
    assert made_stories.HOSTILE in "".join(page.text)
    assert page.of("div")[0]["aria-label"] == f"Table of {made_stories.HOSTILE}"


def test_a_warning_stands_before_everything_else(hostile):
    assert hostile.index("made-up data") < hostile.index("<main")


def test_a_chart_takes_the_colours_of_the_page():
    svg = inline_svg(made_stories.small_chart(), title="x", number=3)
    assert "currentColor" in svg and "var(--c0)" in svg
    assert "#ffffff" not in svg and "#12436D" not in svg
    assert 'id="g3-title"' in svg
