"""The report as a Word file: real headings, header rows, and words for every picture."""

from __future__ import annotations

import datetime as dt
import io
from itertools import pairwise
from zipfile import ZipFile

import docx
import pytest
from docx.oxml.ns import qn
from docx.shared import Cm

from evaluation.report.document_word import TEXT_WIDTH, column_widths, story_word
from tests.evaluation.report import made_stories

MADE = dt.datetime(2018, 5, 1, 12, tzinfo=dt.UTC)


@pytest.fixture(scope="module")
def whole():
    return docx.Document(io.BytesIO(story_word(made_stories.story(), made_at=MADE)))


@pytest.fixture(scope="module")
def hostile():
    return docx.Document(io.BytesIO(story_word(made_stories.small_story(), made_at=MADE)))


def headings(document) -> list[tuple[int, str]]:
    return [
        (int(p.style.name.split()[-1]), p.text)
        for p in document.paragraphs
        if p.style.name.startswith("Heading")
    ]


def pictures(document) -> list:
    return list(document.element.iter(qn("wp:docPr")))


def test_headings_are_real_and_in_order(whole):
    found = headings(whole)
    assert [text for level, text in found if level == 1] == [
        section.title for section in made_stories.story().sections
    ]
    levels = [1, *(level for level, _ in found)]
    assert all(later <= earlier + 1 for earlier, later in pairwise(levels))
    assert whole.paragraphs[0].style.name == "Title"


def test_every_picture_has_alternative_text(whole):
    drawn = made_stories.pictures(made_stories.story())
    assert len(pictures(whole)) == len(whole.inline_shapes) == len(drawn) >= 3
    assert [one.get("descr") for one in pictures(whole)] == [picture.alt for picture in drawn]
    assert all(one.get("title") for one in pictures(whole))


def test_every_table_repeats_its_header_row(whole):
    assert len(whole.tables) == len(made_stories.tables(made_stories.story())) + 1
    for table in whole.tables:
        rows = table._tbl.tr_lst
        marked = [row.find(f".//{qn('w:tblHeader')}") is not None for row in rows]
        assert marked[0] and not any(marked[1:])
        assert all(cell.text for cell in table.rows[0].cells)
        assert table._tbl.tblPr.find(qn("w:tblCaption")).get(qn("w:val"))


def test_tables_hold_what_the_report_says(whole):
    told = made_stories.tables(made_stories.story())[0]
    table = next(t for t in whole.tables if t.rows[0].cells[0].text == told.header[0])
    cells = [tuple(cell.text for cell in row.cells) for row in table.rows]
    assert cells == [told.header, *told.rows]


def test_the_page_is_a4_and_the_language_british(whole):
    page = whole.sections[0]
    assert (round(page.page_width.cm, 1), round(page.page_height.cm, 1)) == (21.0, 29.7)
    language = whole.styles["Normal"].element.rPr.find(qn("w:lang"))
    assert language.get(qn("w:val")) == "en-GB"
    assert whole.core_properties.title == "Distance travelled: Luton"
    assert whole.core_properties.created.date() == MADE.date()


def test_made_up_data_are_named_on_every_page(whole):
    assert "made-up data" in whole.sections[0].header.paragraphs[0].text
    fields = [f.get(qn("w:instr")) for f in whole.sections[0].footer._element.iter(
        qn("w:fldSimple"))]  # fmt: skip
    assert fields == ["PAGE"]


def test_names_stand_as_they_were_typed(hostile):
    assert (1, made_stories.HOSTILE) in headings(hostile)
    assert made_stories.HOSTILE in [
        cell.text for t in hostile.tables for cell in t.columns[0].cells
    ]


def test_what_xml_cannot_hold_is_left_out(hostile):
    assert any(p.text.strip() == "Second" for p in hostile.paragraphs)


def test_nothing_is_fetched_from_elsewhere():
    with ZipFile(io.BytesIO(story_word(made_stories.small_story()))) as package:
        names = [name for name in package.namelist() if name.endswith(".rels")]
        texts = [package.read(name).decode() for name in names]
    assert texts and not any('TargetMode="External"' in text for text in texts)


def test_columns_fill_the_page_whatever_stands_in_them():
    rows = (("a", "b" * 300, ""), ("c", "d", "e"))
    widths = column_widths(("Name", "Long", "Incomprehensibilities"), rows)
    assert sum(widths) <= TEXT_WIDTH
    assert min(widths) > Cm(1)
    assert widths[1] == max(widths)
