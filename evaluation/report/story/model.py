"""What a report is made of, whatever it is written as: sections, sentences, tables, pictures."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from evaluation.disclosure.decision import Decision
from evaluation.report.charts.theme import Chart

ParagraphKind = Literal["plain", "note", "warning"]


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Sentences; a ``note`` is small print, a ``warning`` must not be overlooked."""

    text: str
    kind: ParagraphKind = "plain"


@dataclass(frozen=True, slots=True)
class Bullets:
    """Sentences that stand for themselves, in an order that matters."""

    items: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TableBlock:
    """A table of texts with one row of headers; the first cell of each row names it."""

    caption: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    def __post_init__(self) -> None:
        widths = {len(row) for row in self.rows}
        if widths - {len(self.header)}:
            raise ValueError(f"rows: {sorted(widths)} cells, but the header has {len(self.header)}")


@dataclass(frozen=True, slots=True)
class Picture:
    """A chart with its title, what it says for those who cannot see it, and how to read it."""

    chart: Chart
    title: str
    caption: str

    @property
    def alt(self) -> str:
        """The text that stands for the picture."""
        return self.chart.finding


@dataclass(frozen=True, slots=True)
class Terms:
    """Words and what they mean here."""

    items: tuple[tuple[str, str], ...]


Block = Paragraph | Bullets | TableBlock | Picture | Terms


@dataclass(frozen=True, slots=True)
class Section:
    """A heading with what stands under it, and the sections within it."""

    title: str
    blocks: tuple[Block, ...] = ()
    sections: tuple[Section, ...] = ()


@dataclass(frozen=True, slots=True)
class Story:
    """A whole report. ``facts``: about the report itself, each with its name.

    ``notice`` is the warning that the data are made up; empty if they are not. ``decision``:
    whether the tables that it tells of may leave.
    """

    title: str
    subtitle: str
    site: str
    facts: tuple[tuple[str, str], ...]
    sections: tuple[Section, ...]
    notice: str = ""
    decision: Decision = field(default_factory=lambda: Decision("pass"))


def blocks_of(sections: tuple[Section, ...]) -> Iterator[Block]:
    """Every block, in the order of reading."""
    for section in sections:
        yield from section.blocks
        yield from blocks_of(section.sections)
