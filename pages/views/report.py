"""The report of a site or of the programme: to read, to print, and to take along."""

from __future__ import annotations

from functools import partial

import pandas as pd
import streamlit as st

from evaluation.access import REPORT_SITE
from evaluation.config import site_id
from evaluation.disclosure import ReleaseError
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
from pages.shell.downloads import WORD, File, offer_release
from pages.shell.held_back import LookedAt, ask_for_a_look, looked_at
from pages.shell.releasing import say_decision, say_refused
from pages.shell.reports import html_of, load_story, word_of
from pages.shell.widgets import need_results, plain, show_chart, show_table, site_or_programme

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


def offer_files(story: Story, looked: LookedAt) -> None:
    """Whether they may leave, and both files, made when they are asked for."""
    say_decision(story.site, story.decision)
    about = "programme" if story.site == ALL_SITES else site_id(story.site)
    name = f"{'SYNTHETIC_' if story.notice else ''}report_{about}"
    with st.container(horizontal=True):
        offer_release(
            "Download for Word",
            partial(word_of, story.site, looked=looked),
            File(f"{name}.docx", WORD, "report", story.site),
            story.decision,
            type="primary",
        )
        offer_release(
            "Download as a web page",
            partial(html_of, story.site, looked=looked),
            File(f"{name}.html", "text/html", "report", story.site),
            story.decision,
        )
    st.caption(ABOUT)


found = need_results()
chosen = site_or_programme(found, "What is the report about?", action=REPORT_SITE)
ask_for_a_look(found, chosen)
looked_at_here = looked_at(chosen)
try:
    report = load_story(chosen, looked_at_here)
except ReleaseError as refused:
    say_refused(refused, "report", chosen)
    st.stop()
offer_files(report, looked_at_here)
show_story(report)
