"""The charts of an export: the average change of each main scale, site by site."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from evaluation.model import ALL_SITES
from evaluation.programme import Results
from evaluation.report.charts import Chart, forest_chart
from evaluation.report.export import Export
from evaluation.report.pictures import svg_bytes
from evaluation.report.wording import NOT_CAUSE, SYNTHETIC, british_date, contrast_name

CHART_PREFIX = "improvement_"


def charts_by_site(results: Results, export: Export) -> Iterator[tuple[str, bytes]]:
    """Name and SVG of each chart; made of the tables of the export, so nothing hidden is drawn."""
    effects = export.tables["effects"]
    whole = effects[(effects["subgroup"] == "") & (effects["site"] != ALL_SITES)]
    for (name, scale_id), rows in whole.groupby(["instrument", "scale"], sort=False):
        instrument = results.instruments[str(name)]
        if scale_id not in _headlines(results, instrument.id):
            continue
        chosen = _first_shown(rows)
        if chosen.empty:
            continue
        scale = instrument.scale(str(scale_id))
        chart: Chart = forest_chart(chosen, scale)
        contrast = str(chosen["contrast"].iloc[0])
        title = f"{instrument.short_name}, {scale.label}: {contrast_name(contrast)}"
        notes = [f"Data up to {british_date(results.data_lock)}. {NOT_CAUSE}"]
        if results.synthetic:
            notes.insert(0, SYNTHETIC)
        file = f"{CHART_PREFIX}{_safe(instrument.id)}_{_safe(scale.id)}_{contrast}.svg"
        yield file, svg_bytes(chart, title=title, notes=tuple(notes))


def _headlines(results: Results, instrument: str) -> set[str]:
    """The main scale, and what the rule file names for any site."""
    named = [m.split(".", 1) for m in results.settings.primary.values()]
    found = {scale for name, scale in named if name == instrument}
    main = results.instruments[instrument].primary_scale
    return found | ({main} if main else set())


def _first_shown(rows: pd.DataFrame) -> pd.DataFrame:
    """Start to end, else the first contrast with anything that may be drawn."""
    for _, chosen in rows.groupby("contrast", sort=False):
        shown = chosen[chosen["improvement_low"].notna()]
        if len(shown):
            return chosen
    return rows.iloc[:0]


def _safe(text: str) -> str:
    """A part of a file name, whatever a local questionnaire is called."""
    return "".join(c if c.isascii() and (c.isalnum() or c == "_") else "-" for c in text)
