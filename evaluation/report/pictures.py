"""Charts as pictures for reports and slides: SVG and PNG, made without a browser or a network."""

from __future__ import annotations

import html
import json
import textwrap
from typing import Any

from evaluation.report.charts.theme import TEXT, Chart

WIDTH = 720  # pixels
SCALE = 2.0  # a PNG is this much finer, so that it is sharp in print
INK, PAPER = "#0b0c0c", "#ffffff"
# As in the light theme of the pages.
PALETTE = ("#12436D", "#28A197", "#801650", "#F46A25", "#3D3D3D", "#A285D1")
LETTERS, NOTE_LETTERS = 70, 110  # in a line of the title, of a note
VERSION = "6.4"  # of Vega-Lite


def svg_bytes(chart: Chart, *, title: str = "", notes: tuple[str, ...] = ()) -> bytes:
    """The chart as SVG; what it shows is in it as text for people who cannot see it."""
    # The library is large and needed on a click only.
    import vl_convert

    spec = picture_spec(chart, title=title, notes=notes)
    svg = str(vl_convert.vegalite_to_svg(spec, VERSION))
    described = f'<svg role="img" aria-label="{html.escape(chart.finding)}" '
    return svg.replace("<svg ", described, 1).encode("utf-8")


def png_bytes(chart: Chart, *, title: str = "", notes: tuple[str, ...] = ()) -> bytes:
    """The chart as PNG, twice as fine as on a screen."""
    import vl_convert

    spec = picture_spec(chart, title=title, notes=notes)
    return bytes(vl_convert.vegalite_to_png(spec, VERSION, scale=SCALE))


def picture_spec(
    chart: Chart, *, title: str = "", notes: tuple[str, ...] = (), width: int = WIDTH
) -> dict[str, Any]:
    """The same chart on white paper, with its title and notes inside it.

    On a page the surroundings give the colours, the width and the words; a file has none.
    """
    plain = json.dumps(chart.spec, ensure_ascii=False).replace(TEXT, INK)
    spec: dict[str, Any] = json.loads(plain)
    if spec.get("width") == "container":
        spec["width"] = width
    spec["background"] = PAPER
    spec["padding"] = 16
    config = spec.setdefault("config", {})
    config["mark"] = {"color": PALETTE[0]}
    config["range"] = {"category": list(PALETTE)}
    lines = [line for note in notes for line in textwrap.wrap(note, NOTE_LETTERS)]
    if title or notes:
        spec["title"] = {
            "text": textwrap.wrap(title, LETTERS), "subtitle": lines,
            "anchor": "start", "frame": "bounds", "color": INK, "subtitleColor": INK,
            "fontSize": 17, "subtitleFontSize": 12, "subtitlePadding": 5, "offset": 14,
        }  # fmt: skip
    return spec
