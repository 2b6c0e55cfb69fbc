"""A report as a Word file that people can edit: real headings, real tables, charts with words."""

from __future__ import annotations

import datetime as dt
import io
import re
from typing import Any

import docx
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Pt, RGBColor

from evaluation.report.charts.theme import Chart
from evaluation.report.pictures import SCALE, VERSION, picture_spec
from evaluation.report.story import (
    Block,
    Bullets,
    Paragraph,
    Picture,
    Section,
    Story,
    TableBlock,
    Terms,
)

FONT = "Arial"
NAVY = RGBColor(0x12, 0x43, 0x6D)
INK = RGBColor(0x0B, 0x0C, 0x0C)
TEXT_WIDTH = Cm(17)
PICTURE_WIDTH = Cm(14.5)
PLOT_WIDTH = 360  # pixels, so that letters in a picture are as large as those around it
HEAD_FILL = "E7EDF3"
WARNING_FILL = "F3F2F1"
_SIZES = {"Title": 24, "Heading 1": 16, "Heading 2": 13, "Heading 3": 11}
# What XML cannot hold.
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def story_word(story: Story, *, made_at: dt.datetime | None = None) -> bytes:
    """The whole file; ``made_at`` stands in its properties."""
    document = docx.Document()
    _set_page(document, story)
    _set_styles(document)
    _set_properties(document, story, made_at or dt.datetime.now(dt.UTC))
    document.add_paragraph(_clean(story.title), style="Title")
    document.add_paragraph(_clean(story.subtitle), style="Subtitle")
    if story.notice:
        _add_paragraph(document, Paragraph(story.notice, "warning"))
    _add_table(document, ("About this report", "Details"), story.facts, about="About this report")
    for section in story.sections:
        _add_section(document, section, level=1)
    buffer = io.BytesIO()
    document.save(buffer)
    return buffer.getvalue()


def picture_bytes(chart: Chart, *, notes: tuple[str, ...] = ()) -> bytes:
    """The chart as PNG, narrow enough for its letters to be read on a page of text."""
    # The library is large and needed on a click only.
    import vl_convert

    spec = picture_spec(chart, notes=notes, width=PLOT_WIDTH)
    return bytes(vl_convert.vegalite_to_png(spec, VERSION, scale=SCALE))


def _clean(text: str) -> str:
    return _CONTROL.sub(" ", text)


# --- the file itself --------------------------------------------------------------------------


def _set_page(document: Any, story: Story) -> None:
    """A4 with the page number below, and above it that data are made up, on every page."""
    page = document.sections[0]
    page.page_width, page.page_height = Cm(21), Cm(29.7)
    page.left_margin = page.right_margin = Cm(2)
    page.top_margin = page.bottom_margin = Cm(2)
    head = page.header.paragraphs[0]
    head.add_run(_clean(" ".join(part for part in (story.title, story.notice) if part)))
    foot = page.footer.paragraphs[0]
    foot.add_run(f"{_clean(story.subtitle)}. Page ")
    _add_field(foot, "PAGE")
    for run in (*head.runs, *foot.runs):
        run.font.size = Pt(9)


def _add_field(paragraph: Any, name: str) -> None:
    """A field that Word fills in, such as the page number."""
    field = OxmlElement("w:fldSimple")
    field.set(qn("w:instr"), name)
    run = OxmlElement("w:r")
    text = OxmlElement("w:t")
    text.text = "1"
    run.append(text)
    field.append(run)
    paragraph._p.append(field)


def _set_styles(document: Any) -> None:
    """One plain typeface, dark headings, and British English for the spelling checker."""
    for name in ("Normal", "Title", "Subtitle", "Caption", "List Bullet", *_SIZES):
        style = document.styles[name]
        style.font.name = FONT
        properties = style.element.get_or_add_rPr()
        fonts = properties.get_or_add_rFonts()
        for kind in ("w:asciiTheme", "w:hAnsiTheme", "w:eastAsiaTheme", "w:cstheme"):
            fonts.attrib.pop(qn(kind), None)
        fonts.set(qn("w:cs"), FONT)
        fonts.set(qn("w:eastAsia"), FONT)
    normal = document.styles["Normal"]
    normal.font.size = Pt(10.5)
    normal.paragraph_format.space_after = Pt(6)
    language = OxmlElement("w:lang")
    language.set(qn("w:val"), "en-GB")
    normal.element.get_or_add_rPr().append(language)
    for name, size in _SIZES.items():
        style = document.styles[name]
        style.font.size, style.font.bold, style.font.color.rgb = Pt(size), True, NAVY
        style.paragraph_format.keep_with_next = True
    document.styles["Title"].element.pPr.remove_all("w:pBdr")
    subtitle = document.styles["Subtitle"]
    subtitle.font.size, subtitle.font.italic, subtitle.font.color.rgb = Pt(12), False, INK
    caption = document.styles["Caption"]
    caption.font.size, caption.font.bold, caption.font.color.rgb = Pt(10), True, INK
    caption.paragraph_format.keep_with_next = True


def _set_properties(document: Any, story: Story, made_at: dt.datetime) -> None:
    known = document.core_properties
    known.title, known.subject = _clean(story.title)[:255], _clean(story.subtitle)[:255]
    known.author = known.last_modified_by = "Distance Travelled"
    known.language, known.comments = "en-GB", story.notice
    known.created = known.modified = made_at.replace(microsecond=0)


# --- what stands in it ------------------------------------------------------------------------


def _add_section(document: Any, section: Section, *, level: int) -> None:
    document.add_heading(_clean(section.title), level=level)
    for block in section.blocks:
        _add_block(document, block)
    for part in section.sections:
        _add_section(document, part, level=level + 1)


def _add_block(document: Any, block: Block) -> None:
    match block:
        case Paragraph():
            _add_paragraph(document, block)
        case Bullets():
            for item in block.items:
                document.add_paragraph(_clean(item), style="List Bullet")
        case TableBlock():
            document.add_paragraph(_clean(block.caption), style="Caption")
            _add_table(document, block.header, block.rows, about=block.caption)
        case Terms():
            for term, meaning in block.items:
                paragraph = document.add_paragraph()
                paragraph.add_run(f"{_clean(term)}: ").bold = True
                paragraph.add_run(_clean(meaning))
        case Picture():
            _add_picture(document, block)


def _add_paragraph(document: Any, block: Paragraph) -> None:
    paragraph = document.add_paragraph()
    run = paragraph.add_run(_clean(block.text))
    if block.kind == "note":
        run.font.size = Pt(9)
    if block.kind == "warning":
        run.bold = True
        _shade(paragraph._p.get_or_add_pPr(), WARNING_FILL)


def _shade(properties: Any, fill: str) -> None:
    shade = OxmlElement("w:shd")
    for name, value in (("w:val", "clear"), ("w:color", "auto"), ("w:fill", fill)):
        shade.set(qn(name), value)
    properties.append(shade)


def _add_table(
    document: Any,
    header: tuple[str, ...],
    rows: tuple[tuple[str, ...], ...],
    *,
    about: str,
) -> None:
    """A table whose first row is a header on every page, and whose rows stay together."""
    table = document.add_table(rows=1 + len(rows), cols=len(header), style="Table Grid")
    table.alignment = WD_TABLE_ALIGNMENT.LEFT
    table.autofit = False
    _describe_table(table, _clean(about))
    widths = column_widths(header, rows)
    for row, texts in zip(table.rows, (header, *rows), strict=True):
        is_head = texts is header
        row_properties = row._tr.get_or_add_trPr()
        row_properties.append(OxmlElement("w:cantSplit"))
        if is_head:
            row_properties.append(OxmlElement("w:tblHeader"))
        for cell, text, width in zip(row.cells, texts, widths, strict=True):
            cell.width = width
            paragraph = cell.paragraphs[0]
            paragraph.paragraph_format.space_after = Pt(1)
            run = paragraph.add_run(_clean(text))
            run.font.size, run.bold = Pt(9), is_head
            if is_head:
                _shade(cell._tc.get_or_add_tcPr(), HEAD_FILL)
    for column, width in zip(table.columns, widths, strict=True):
        column.width = width
    document.add_paragraph().paragraph_format.space_after = Pt(2)


def _describe_table(table: Any, about: str) -> None:
    """What a screen reader says of the table, and that its first row and column are headers."""
    properties = table._tbl.tblPr
    look = properties.find(qn("w:tblLook"))
    if look is not None:
        for name, value in (("firstRow", "1"), ("firstColumn", "1"), ("noHBand", "1")):
            look.set(qn(f"w:{name}"), value)
    caption = OxmlElement("w:tblCaption")
    caption.set(qn("w:val"), about)
    properties.append(caption)


def column_widths(header: tuple[str, ...], rows: tuple[tuple[str, ...], ...]) -> list[int]:
    """Widths of the columns in proportion to how much stands in them, within limits."""
    wanted = []
    for place, name in enumerate(header):
        longest_word = max((len(word) for word in name.split()), default=0)
        longest = max((len(row[place]) for row in rows), default=0)
        wanted.append(max(7.0, longest_word * 1.2, min(longest, 60) ** 0.8 * 1.6))
    total = sum(wanted)
    return [int(TEXT_WIDTH * part / total) for part in wanted]


def _add_picture(document: Any, picture: Picture) -> None:
    document.add_paragraph(_clean(picture.title), style="Caption")
    paragraph = document.add_paragraph()
    paragraph.paragraph_format.keep_with_next = True
    image = io.BytesIO(picture_bytes(picture.chart))
    shape = paragraph.add_run().add_picture(image, width=PICTURE_WIDTH)
    named = shape._inline.docPr
    named.set("descr", _clean(picture.alt))
    named.set("title", _clean(picture.title))
    note = document.add_paragraph()
    note.add_run(_clean(picture.caption)).font.size = Pt(9)
