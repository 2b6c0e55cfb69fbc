"""Charts as files: they open, carry their words with them, and need no page around them."""

from __future__ import annotations

import struct
import subprocess
import sys
from xml.etree import ElementTree

import pandas as pd

from evaluation.report.charts import flow_diagram
from evaluation.report.pictures import SCALE, WIDTH, picture_spec, png_bytes, svg_bytes
from evaluation.tables.flow import FLOW_COLUMNS

FLOW = pd.DataFrame(
    [
        ["ALL", "person", "referred", 390, 0, 0, 0, 0, 0, 314, 0],
        ["ALL", "person", "took_up", 320, 70, None, 0, 0, 0, 314, 0],
    ],
    columns=FLOW_COLUMNS,
)


def test_svg_holds_the_texts_and_the_alternative_text() -> None:
    chart = flow_diagram(FLOW)
    svg = svg_bytes(chart, title="Luton & more", notes=("Made-up data.",))
    root = ElementTree.fromstring(svg)
    text = " ".join(root.itertext())
    for words in ("390 people", "Did not take up: 70", "Not known yet: hidden", "Luton & more"):
        assert words in text
    assert "Made-up data." in text
    assert root.get("role") == "img" and root.get("aria-label") == chart.finding
    assert b"currentColor" not in svg


def test_png_is_sharp_and_as_wide_as_a_page() -> None:
    data = png_bytes(flow_diagram(FLOW), title="Luton")
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    width, height = struct.unpack(">II", data[16:24])
    assert width >= WIDTH * SCALE and height > 200


def test_the_chart_of_the_page_stays_as_it_is() -> None:
    chart = flow_diagram(FLOW)
    before = str(chart.spec)
    spec = picture_spec(chart, notes=("one " * 60,))
    assert str(chart.spec) == before
    assert spec["width"] == WIDTH and spec["background"] == "#ffffff"
    assert len(spec["title"]["subtitle"]) > 1


def test_the_library_is_loaded_only_for_a_picture() -> None:
    code = "import sys, evaluation.report.pictures; sys.exit('vl_convert' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
