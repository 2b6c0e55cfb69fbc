"""A report as Markdown text, to be taken into any editor."""

from __future__ import annotations

from collections.abc import Iterator

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


def story_markdown(story: Story) -> str:
    """The whole text; a picture is given by its finding in words."""
    parts = [f"# {story.title}", story.subtitle]
    if story.notice:
        parts.append(f"**{story.notice}**")
    parts.append(_table(("About this document", "Details"), story.facts))
    for section in story.sections:
        parts += _section(section, 2)
    return "\n\n".join(parts) + "\n"


def _section(section: Section, level: int) -> Iterator[str]:
    yield f"{'#' * level} {section.title}"
    for block in section.blocks:
        yield _block(block)
    for part in section.sections:
        yield from _section(part, level + 1)


def _block(block: Block) -> str:
    match block:
        case Paragraph():
            return f"**{block.text}**" if block.kind == "warning" else block.text
        case Bullets():
            return "\n".join(f"- {item}" for item in block.items)
        case TableBlock():
            return f"**{block.caption}**\n\n{_table(block.header, block.rows)}"
        case Terms():
            return "\n\n".join(f"**{term}:** {meaning}" for term, meaning in block.items)
        case Picture():
            return f"**{block.title}**\n\n{block.alt}"


def _table(header: tuple[str, ...], rows: tuple[tuple[str, ...], ...]) -> str:
    lines = [header, tuple("---" for _ in header), *rows]
    return "\n".join(f"| {' | '.join(_cell(text) for text in line)} |" for line in lines)


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
