"""The report of a site or of the programme: to read, to print, and to take along."""

from __future__ import annotations

from functools import partial

import pandas as pd
import streamlit as st

from evaluation.config import site_id
from evaluation.model import ALL_SITES
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
from pages.shell.reports import load_html, load_story, load_word
from pages.shell.widgets import choose_site, need_results, plain, show_chart, show_table

ONE_SITE, PROGRAMME = "One site", "The whole programme"
WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
ABOUT = (
    "A report travels, so small numbers are hidden in it and the others are rounded, here as in "
    "the files. The Word file can be changed; the web page opens in any browser and prints well."
)


def show_story(story: Story) -> None:
    """The whole report, one piece under another, as it prints."""
    st.header(plain(story.title))
    st.markdown("  \n".join(f"**{plain(name)}:** {plain(text)}" for name, text in story.facts))
    for section in story.sections:
        st.header(plain(section.title))
        _show_blocks(section)
        for part in section.sections:
            st.subheader(plain(part.title))
            _show_blocks(part)


def _show_blocks(section: Section) -> None:
    for block in section.blocks:
        _show_block(block)


def _show_block(block: Block) -> None:
    match block:
        case Paragraph():
            _show_paragraph(block)
        case Bullets():
            st.markdown("\n".join(f"- {plain(item)}" for item in block.items))
        case TableBlock():
            _show_table(block)
        case Terms():
            lines = (f"- **{plain(term)}:** {plain(meaning)}" for term, meaning in block.items)
            st.markdown("\n".join(lines))
        case Picture():
            st.markdown(f"**{plain(block.title)}**")
            show_chart(block.chart)
            st.caption(plain(block.caption))


def _show_paragraph(block: Paragraph) -> None:
    if block.kind == "note":
        st.caption(plain(block.text))
    elif block.kind == "warning":
        st.warning(plain(block.text))
    else:
        st.markdown(plain(block.text))


def _show_table(table: TableBlock) -> None:
    rows = [[plain(cell) for cell in row] for row in table.rows]
    st.markdown(f"**{plain(table.caption)}**")
    show_table(pd.DataFrame(rows, columns=list(table.header)), about=table.caption)


def offer_files(story: Story) -> None:
    """Both files, made when they are asked for."""
    about = "programme" if story.site == ALL_SITES else site_id(story.site)
    name = f"{'SYNTHETIC_' if story.notice else ''}report_{about}"
    with st.container(horizontal=True):
        st.download_button(
            "Download for Word",
            partial(load_word, story.site),
            f"{name}.docx",
            WORD,
            type="primary",
            on_click="ignore",
        )
        st.download_button(
            "Download as a web page",
            partial(load_html, story.site),
            f"{name}.html",
            "text/html",
            on_click="ignore",
        )
    st.caption(ABOUT)


found = need_results()
about = st.radio("What is the report about?", [ONE_SITE, PROGRAMME], horizontal=True)
chosen = choose_site(found) if about == ONE_SITE else ALL_SITES
report = load_story(chosen)
offer_files(report)
show_story(report)
