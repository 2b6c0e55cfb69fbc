"""A report as one HTML file that needs nothing else: no script, no font, nothing from elsewhere.

Light or dark as the reader's device asks for, and always light on paper.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape
from itertools import count
from typing import Any

from evaluation.report.charts.theme import Chart
from evaluation.report.pictures import INK, PALETTE, PAPER, VERSION, picture_spec
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

PLOT_WIDTH = 260  # pixels, so that letters stay readable on a telephone
_GREYS = {"#ddd": "var(--grid)", "#888": "var(--axis)"}
_POLICY = "default-src 'none'; style-src 'unsafe-inline'"
STYLE = """
:root { color-scheme: light dark; --ink: #0b0c0c; --paper: #ffffff; --soft: #f3f2f1;
  --line: #6f777b; --link: #1d5a91; --grid: #dddddd; --axis: #767676; --c0: #12436D; --c1: #1b7a71;
  --c2: #801650; --c3: #b8470f; --c4: #3D3D3D; --c5: #6f51a5; }
@media screen and (prefers-color-scheme: dark) { :root { --ink: #ffffff; --paper: #0b0c0c;
  --soft: #262a2d; --line: #8b949e; --link: #9cc8f0; --grid: #3a3f44; --axis: #a0a7ad;
  --c0: #5694ca; --c1: #28A197; --c2: #e5679b; --c3: #F46A25; --c4: #b1b4b6; --c5: #A285D1; } }
* { box-sizing: border-box; }
html { font-size: 106.25%; }
body { margin: 0 auto; padding: 1.5rem 1rem 4rem; max-width: 48rem; background: var(--paper);
  color: var(--ink); font-family: "Source Sans 3", "Source Sans Pro", Arial, Helvetica, sans-serif;
  line-height: 1.5; overflow-wrap: break-word; }
h1 { font-size: 2rem; line-height: 1.2; margin: 0.5rem 0 0; }
h2 { font-size: 1.5rem; line-height: 1.25; margin: 3rem 0 0.5rem; padding-top: 0.5rem;
  border-top: 2px solid var(--c0); }
h3 { font-size: 1.2rem; line-height: 1.3; margin: 2.25rem 0 0.5rem; }
p, ul, ol, dl { margin: 0.6rem 0; }
ul, ol { padding-left: 1.4rem; }
li { margin: 0.35rem 0; }
a { color: var(--link); }
a:focus-visible, [tabindex]:focus-visible { outline: 3px solid currentColor; outline-offset: 2px; }
.skip { position: absolute; left: -999rem; }
.skip:focus { position: static; }
.subtitle { font-size: 1.15rem; margin: 0.2rem 0 1rem; }
.warning { border-left: 6px solid var(--c3); background: var(--soft); padding: 0.6rem 0.9rem; }
.notice { font-weight: bold; font-size: 1.1rem; }
.note, figcaption span { font-size: 0.9rem; }
.facts { display: grid; grid-template-columns: max-content 1fr; gap: 0.2rem 1rem;
  background: var(--soft); padding: 0.8rem 1rem; font-size: 0.95rem; }
dt { font-weight: bold; }
dd { margin: 0; }
.terms dd { margin-bottom: 0.6rem; }
.scroll { overflow-x: auto; margin: 1.2rem 0; }
table { border-collapse: collapse; width: 100%; font-size: 0.9rem; line-height: 1.35; }
caption { text-align: left; font-weight: bold; padding-bottom: 0.4rem; }
caption span { display: inline-block; position: sticky; left: 0; max-width: calc(100vw - 2.2rem); }
th, td { text-align: left; vertical-align: top; padding: 0.35rem 0.6rem 0.35rem 0;
  border-bottom: 1px solid var(--line); }
thead th { border-bottom: 2px solid var(--line); vertical-align: bottom; }
tbody th { font-weight: normal; min-width: 7.5rem; }
.numbers td { font-variant-numeric: tabular-nums; white-space: nowrap; }
.words td, .words th { min-width: 6rem; }
figure { margin: 1.5rem 0; }
figcaption { margin-bottom: 0.4rem; }
figcaption strong { display: block; }
svg { display: block; width: 100%; max-width: 33rem; height: auto; color: var(--ink); }
svg text { font-family: Arial, Helvetica, sans-serif; }
footer { margin-top: 3rem; border-top: 1px solid var(--line); font-size: 0.9rem; }
@media (max-width: 32rem) { .facts { grid-template-columns: 1fr; } .facts dd { margin-bottom:
  0.5rem; } h1 { font-size: 1.6rem; } }
@page { size: A4; margin: 17mm 16mm 18mm;
  @bottom-right { content: counter(page) " / " counter(pages); font: 9pt Arial, sans-serif; } }
@media print { html { font-size: 10.5pt; } body { max-width: none; padding: 0; }
  nav, .skip { display: none; } .scroll { overflow: visible; }
  h2 { margin-top: 1.6rem; } h2, h3, caption, figcaption { break-after: avoid; }
  section.new-page { break-before: page; } section.new-page > h2 { margin-top: 0; }
  figure, tr, li, .facts, .warning, .short { break-inside: avoid; }
  thead tr { break-after: avoid; } tbody tr:first-child { break-before: avoid; }
  thead { display: table-header-group; }
  svg { max-width: 11.5cm; } caption span { max-width: none; }
  a { color: inherit; text-decoration: none; }
  .warning, .facts { print-color-adjust: exact; } }
"""
SHORT_TABLE = 12  # rows that are kept together on paper
# These begin a page on paper: what a reader of the results alone can leave out.
NEW_PAGE = ("What changed", "How this was worked out")
MADE_UP_ON_PAPER = (
    '@page { @top-left { content: "Made-up data, not real people"; '
    "font: bold 9pt Arial, sans-serif; } }\n"
)


def story_html(story: Story) -> str:
    """The whole file, in UTF-8 when it is written."""
    numbers = count(1)
    body = "\n".join(_section(section, 2, numbers) for section in story.sections)
    notice = f'<p class="warning notice">{escape(story.notice)}</p>' if story.notice else ""
    style = STYLE + (MADE_UP_ON_PAPER if story.notice else "")
    return f"""<!DOCTYPE html>
<html lang="en-GB">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="{_POLICY}">
<title>{escape(story.title)}</title>
<style>{style}</style>
</head>
<body>
<a class="skip" href="#report">Skip to the report</a>
<header>
<h1>{escape(story.title)}</h1>
<p class="subtitle">{escape(story.subtitle)}</p>
{notice}
{_definitions(story.facts, "facts")}
</header>
<nav aria-labelledby="contents">
<h2 id="contents">Contents</h2>
{_contents(story)}
</nav>
<main id="report">
{body}
</main>
<footer><p>Distance Travelled. {escape(story.subtitle)}. {escape(story.notice)}</p></footer>
</body>
</html>
"""


def _contents(story: Story) -> str:
    links = "\n".join(
        f'<li><a href="#{_anchor(section.title)}">{escape(section.title)}</a></li>'
        for section in story.sections
    )
    return f"<ol>\n{links}\n</ol>"


def _anchor(title: str) -> str:
    return "s-" + re.sub(r"[^a-z0-9]+", "-", title.casefold()).strip("-")


def _section(section: Section, level: int, numbers: Iterator[int]) -> str:
    """A heading, what stands under it, and the sections within it one level lower."""
    anchor = _anchor(section.title) if level == 2 else f"part-{next(numbers)}"
    named = f' aria-labelledby="{anchor}"' if level == 2 else ""
    new_page = ' class="new-page"' if section.title in NEW_PAGE else ""
    parts = [
        f"<section{named}{new_page}>",
        f'<h{level} id="{anchor}">{escape(section.title)}</h{level}>',
        *(_block(block, numbers) for block in section.blocks),
        *(_section(part, level + 1, numbers) for part in section.sections),
        "</section>",
    ]
    return "\n".join(parts)


def _block(block: Block, numbers: Iterator[int]) -> str:
    match block:
        case Paragraph():
            kind = "" if block.kind == "plain" else f' class="{block.kind}"'
            return f"<p{kind}>{escape(block.text)}</p>"
        case Bullets():
            return f"<ul>\n{''.join(f'<li>{escape(item)}</li>' for item in block.items)}\n</ul>"
        case TableBlock():
            return _table(block)
        case Terms():
            return _definitions(block.items, "terms")
        case Picture():
            return _figure(block, next(numbers))


def _definitions(items: tuple[tuple[str, str], ...], kind: str) -> str:
    lines = "\n".join(f"<dt>{escape(name)}</dt><dd>{escape(text)}</dd>" for name, text in items)
    return f'<dl class="{kind}">\n{lines}\n</dl>'


def _table(table: TableBlock) -> str:
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in table.header)
    rows = "\n".join(
        f'<tr><th scope="row">{escape(row[0])}</th>'
        + "".join(f"<td>{escape(cell)}</td>" for cell in row[1:])
        + "</tr>"
        for row in table.rows
    )
    wordy = max((len(cell) for row in table.rows for cell in row[1:]), default=0) > 40
    kind = "words" if wordy else "numbers"
    kind += " short" if len(table.rows) <= SHORT_TABLE else ""
    # Wide tables scroll by themselves, also with the keyboard.
    return (
        f'<div class="scroll" role="group" tabindex="0" aria-label="{escape(table.caption)}">'
        f'<table class="{kind}"><caption><span>{escape(table.caption)}</span></caption>\n'
        f"<thead><tr>{head}</tr></thead>\n<tbody>\n{rows}\n</tbody></table></div>"
    )


def _figure(picture: Picture, number: int) -> str:
    return (
        f"<figure><figcaption><strong>{escape(picture.title)}</strong> "
        f"<span>{escape(picture.caption)}</span></figcaption>\n"
        f"{inline_svg(picture.chart, title=picture.title, number=number)}</figure>"
    )


def inline_svg(chart: Chart, *, title: str, number: int) -> str:
    """The chart as SVG within a page: named, and in the colours of the page around it."""
    # The library is large and needed on a click only.
    import vl_convert

    spec: dict[str, Any] = picture_spec(chart, width=PLOT_WIDTH)
    svg = str(vl_convert.vegalite_to_svg(spec, VERSION))
    opening, rest = svg.split(">", 1)
    view_box = re.search(r'viewBox="([^"]*)"', opening)
    rest = re.sub(rf'<rect [^>]*fill="{PAPER}"[^>]*/>', "", rest, count=1)
    # Inside one named picture nothing has a name of its own.
    rest = re.sub(r' (?:role|aria-[a-z]+|tabindex)="[^"]*"', "", rest)
    rest = rest.replace(f'"{INK}"', '"currentColor"')
    for place, colour in enumerate(PALETTE):
        rest = rest.replace(f'"{colour}"', f'"var(--c{place})"')
    for grey, name in _GREYS.items():
        rest = rest.replace(f'"{grey}"', f'"{name}"')
    rest = re.sub(r'\b(id=")|(url\(#)', lambda found: f"{found.group(0)}g{number}-", rest)
    names = f"g{number}-title", f"g{number}-desc"
    return (
        f'<svg role="img" aria-labelledby="{names[0]}" aria-describedby="{names[1]}" '
        f'viewBox="{view_box.group(1) if view_box else ""}">'
        f'<title id="{names[0]}">{escape(title)}</title>'
        f'<desc id="{names[1]}">{escape(chart.finding)}</desc>{rest}'
    )
