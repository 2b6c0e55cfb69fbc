"""A methods section that says what was done in this analysis, with this rule file, and no more."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from evaluation.programme import Results
from evaluation.report.export import Export
from evaluation.report.research import methods_analysis, methods_data
from evaluation.report.research.references import References
from evaluation.report.wording import british_date

TITLE = "How these results were worked out"


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and its paragraphs, as plain text."""

    heading: str
    paragraphs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class MethodsText:
    """The sections in their order, and the sources that their numbers stand for."""

    title: str
    sections: tuple[Section, ...]
    references: tuple[str, ...]

    @property
    def sentences(self) -> str:
        """Everything that is said, without headings and references."""
        return "\n".join(text for section in self.sections for text in section.paragraphs)

    def blocks(self) -> list[tuple[str, str]]:
        """(style, text) for a document: ``title``, ``heading``, ``paragraph`` or ``reference``."""
        found = [("title", self.title)]
        for section in self.sections:
            found.append(("heading", section.heading))
            found += [("paragraph", text) for text in section.paragraphs]
        found.append(("heading", "References"))
        found += [
            ("reference", f"{number}. {line}") for number, line in enumerate(self.references, 1)
        ]
        return found

    def plain(self) -> str:
        """As plain text."""
        return "\n\n".join(text for _, text in self.blocks()) + "\n"

    def markdown(self) -> str:
        """As Markdown; nothing in a site's or a questionnaire's name is taken for formatting."""
        marks = {"title": "# ", "heading": "## "}
        return "\n\n".join(marks.get(s, "") + _escaped(text) for s, text in self.blocks()) + "\n"


def methods_text(results: Results, export: Export) -> MethodsText:
    """What was done to make this export, from its settings and its tables.

    Numbers come from the tables of the export, so that nothing is told that they hide.
    """
    references = References()
    parts: list[tuple[str, Callable[..., list[str]]]] = [
        ("Design", methods_data.design),
        ("Who is in the numbers", methods_data.numbers),
        ("Questionnaires and scores", methods_data.scoring),
        ("Who is compared with whom", methods_data.pairing),
        ("Average change", methods_analysis.average_change),
        ("Change of single people", methods_analysis.single_people),
        ("People who were not heard from", methods_analysis.missing),
        ("Further tables", methods_analysis.further),
        ("What is hidden", methods_analysis.disclosed),
        ("Program", methods_data.program),
    ]
    sections = []
    for heading, make in parts:
        paragraphs = tuple(text for text in make(results, export, references) if text)
        if paragraphs:
            sections.append(Section(heading, paragraphs))
    title = f"{TITLE} (data up to {british_date(results.data_lock)})"
    return MethodsText(title, tuple(sections), references.lines)


def _escaped(text: str) -> str:
    """Text as it reads, also where it holds what Markdown takes for a sign."""
    one_line = " ".join(text.split())
    return re.sub(r"([\\`*_<]|\](?=[(\[]))", r"\\\1", one_line)
