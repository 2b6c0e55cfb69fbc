"""A report as a neutral document, built once and written as a Word file, as HTML or on a page.

It is made of released numbers alone: a report travels.
"""

from evaluation.report.story.build import build_story
from evaluation.report.story.model import (
    Block,
    Bullets,
    Paragraph,
    Picture,
    Section,
    Story,
    TableBlock,
    Terms,
    blocks_of,
)

__all__ = [
    "Block",
    "Bullets",
    "Paragraph",
    "Picture",
    "Section",
    "Story",
    "TableBlock",
    "Terms",
    "blocks_of",
    "build_story",
]
