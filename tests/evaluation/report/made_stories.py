"""Reports of small made-up programmes, whose numbers can be counted by hand."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

from evaluation.model import ALL_SITES
from evaluation.programme import Results
from evaluation.report.charts import Chart
from evaluation.report.charts.released_classes import released_classes_chart
from evaluation.report.story import (
    Bullets,
    Paragraph,
    Picture,
    Section,
    Story,
    TableBlock,
    Terms,
    blocks_of,
    build_story,
)
from tests.evaluation.tables import followed_up

HOSTILE = "St Ives <b>&\"'"
# A quarter of forty people did not come back; those who did improved by seven points and more.
N, BACK = 40, 30


@cache
def results(site: str = "Luton", n: int = N, back: int = BACK, made_up: bool = True) -> Results:
    """People without partners who start between 15 and 19 and end between 8 and 10."""
    found = followed_up.results(followed_up.singles(n, back=back), site=site)
    return replace(found, synthetic=made_up)


@cache
def story(site: str = "Luton", n: int = N, back: int = BACK, made_up: bool = True) -> Story:
    """Their report."""
    return build_story(results(site, n, back, made_up), site, snapshot=7)


@cache
def programme_story() -> Story:
    """The report of all together."""
    return build_story(results(), ALL_SITES)


def pictures(found: Story) -> list[Picture]:
    """Every chart of a report."""
    return [block for block in blocks_of(found.sections) if isinstance(block, Picture)]


def tables(found: Story) -> list[TableBlock]:
    """Every table of a report."""
    return [block for block in blocks_of(found.sections) if isinstance(block, TableBlock)]


def small_chart(finding: str = "Ten of 20 <improved> & more.") -> Chart:
    """A chart that is quickly drawn."""
    nothing = dict.fromkeys(("recovered", "harmed", "cutoff"))
    row = nothing | {"n": 20.0, "improved": 10.0, "unchanged": 10.0, "deteriorated": None}
    return released_classes_chart(row, finding)


def small_story(title: str = HOSTILE) -> Story:
    """Every kind of block once, with texts that no file format likes."""
    table = TableBlock(f"Table of {title}", ("Who", "Number"), ((title, "5"), ("Others", "few")))
    blocks = (
        Paragraph(f"About {title}"),
        Paragraph("Beware.", "warning"),
        Bullets((f"First {title}", "Second\x00\x0b")),
        table,
        Picture(small_chart(), f"Picture of {title}", "How to read it. Made up."),
        Terms(((title, "a <place>"),)),
    )
    inner = Section(f"Inside {title}", (Paragraph("small print", "note"),))
    return Story(
        title=f"Report: {title}", subtitle="Data up to 1 May 2018", site=title,
        facts=(("Made with", title),), sections=(Section(title, blocks, (inner,)),),
        notice="These are made-up data, not real people.",
    )  # fmt: skip
