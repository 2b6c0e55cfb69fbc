"""The research export as files: tables, workbook, codebook, methods, charts and scripts."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd

from evaluation.disclosure import Level
from evaluation.disclosure.differencing import NO_DIFFERENCE, Difference
from evaluation.programme import Results
from evaluation.report.export import Export, prepare_export, workbook_bytes
from evaluation.report.research.charts import CHART_PREFIX, charts_by_site
from evaluation.report.research.codebook import (
    columns_table,
    facts_table,
    items_table,
    scales_table,
)
from evaluation.report.research.methods_text import methods_text
from evaluation.report.research.people import outside_window_table, participants_table
from evaluation.report.research.readme import readme_text
from evaluation.report.research.scripts import NEEDED_FILES, scripts
from evaluation.report.research.spss import long_sav, wide_sav
from evaluation.report.result_tables import TABLE_NAMES
from evaluation.report.tables import csv_bytes

Progress = Callable[[float, str], None]
_STAMP = (1980, 1, 1, 0, 0, 0)  # the same content gives the same file
# The share of the time that is over when each part begins, measured on the sample programme.
_TABLES, _BOOKS, _PEOPLE, _CHARTS, _WORKBOOK = 0.0, 0.87, 0.88, 0.90, 0.92
_WRITTEN_BEFORE = (
    "README.txt", "manifest.json", "methods.md", "references.txt", "codebook.csv",
    "codebook_items.csv", "codebook_sources.csv", "codebook_columns.csv", "results.xlsx",
    "participants.csv", "outside_window.csv", "scores.sav", "scores_wide.sav",
    *(f"{name}.csv" for name in TABLE_NAMES), *(f"scripts/{name}" for name in scripts()),
)  # fmt: skip


def research_files(
    results: Results,
    *,
    disclosure: Level = "release",
    sites: Collection[str] | None = None,
    inputs: Collection[Mapping[str, Any]] = (),
    progress: Progress | None = None,
    since_last: Difference = NO_DIFFERENCE,
) -> dict[str, bytes]:
    """Every file of the export by its name.

    Parameters
    ----------
    results : Results
    disclosure : {"off", "site", "release"}
        With ``release`` nothing about single people is in it: no scores, no people, and no
        scripts, which need both.
    sites : collection of str, optional
        These sites only, without what is averaged over sites.
    inputs : collection of mapping, optional
        What the manifest says of the files that the data came from.
    progress : callable, optional
        Called with the share that is done (0 to 1) and what is being made.
    since_last : Difference, optional
        What a release would tell beside the last one.

    Raises
    ------
    ValueError
        If a site in ``sites`` has no data; ``ReleaseError`` if a table must not leave.
    """
    _check_sites(results, sites)
    say = progress or (lambda share, what: None)
    say(_TABLES, "Working out the tables")
    made = prepare_export(
        results, disclosure=disclosure, sites=sites, since_last=since_last,
        progress=lambda share: say(_TABLES + share * (_BOOKS - _TABLES), "Working out the tables"),
    )  # fmt: skip
    export = _described(made, inputs)
    files = {f"{name}.csv": csv_bytes(table) for name, table in export.tables.items()}
    say(_BOOKS, "Writing down what was done")
    files |= _books(results, export)
    if disclosure != "release":
        say(_PEOPLE, "Writing the files about single people")
        files |= _person_level(results, export, sites)
        if set(NEEDED_FILES) <= set(files):
            files |= {f"scripts/{name}": content for name, content in scripts().items()}
    say(_CHARTS, "Drawing the charts")
    files |= {f"charts/{name}": svg for name, svg in charts_by_site(results, export)}
    say(_WORKBOOK, "Writing the workbook")
    files["results.xlsx"] = workbook_bytes(export, results)
    files["README.txt"] = readme_text(export, files).encode("utf-8")
    listed = {**export.manifest, "files": sorted([*files, "manifest.json"])}
    text = json.dumps(listed, indent=1, ensure_ascii=False) + "\n"
    files["manifest.json"] = text.encode("utf-8")
    say(1.0, "Ready")
    return files


def research_zip(
    results: Results,
    *,
    disclosure: Level = "release",
    sites: Collection[str] | None = None,
    inputs: Collection[Mapping[str, Any]] = (),
    progress: Progress | None = None,
    since_last: Difference = NO_DIFFERENCE,
) -> bytes:
    """The same in one zip file; see :func:`research_files`."""
    files = research_files(
        results, disclosure=disclosure, sites=sites, inputs=inputs, progress=progress,
        since_last=since_last,
    )  # fmt: skip
    return zipped(files)


def zipped(files: Mapping[str, bytes]) -> bytes:
    """Files in one zip file, README.txt first."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as package:
        for name in sorted(files, key=lambda name: (name != "README.txt", "/" in name, name)):
            entry = zipfile.ZipInfo(name, _STAMP)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            package.writestr(entry, files[name])
    return buffer.getvalue()


def write_research(files: Mapping[str, bytes], folder: Path) -> None:
    """The files into a folder.

    What an earlier export left there and this one does not make is removed: it may hold what
    this disclosure rule hides.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for path in _earlier(folder):
        path.unlink(missing_ok=True)
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content)


def _earlier(folder: Path) -> Iterator[Path]:
    yield from (folder / name for name in _WRITTEN_BEFORE)
    yield from (folder / "charts").glob(f"{CHART_PREFIX}*.svg")


def _check_sites(results: Results, sites: Collection[str] | None) -> None:
    known = {*results.people["site"], *results.scores["site"]}
    unknown = sorted(set(sites or ()) - known)
    if unknown:
        raise ValueError(f"sites={unknown[0]!r}: data are there of {', '.join(sorted(known))}")


def _described(export: Export, inputs: Collection[Mapping[str, Any]]) -> Export:
    if not inputs:
        return export
    return replace(export, manifest=export.manifest | {"inputs": [dict(one) for one in inputs]})


def _books(results: Results, export: Export) -> dict[str, bytes]:
    """Codebook, methods and references."""
    used, known = export.manifest["instruments"], results.instruments
    methods = methods_text(results, export)
    tables: dict[str, pd.DataFrame] = {
        "codebook": scales_table(used, known, results.settings),
        "codebook_items": items_table(used, known),
        "codebook_sources": facts_table(used, known),
        "codebook_columns": columns_table(export.tables),
    }
    numbered = "\n".join(f"{n}. {line}" for n, line in enumerate(methods.references, 1))
    return {f"{name}.csv": csv_bytes(table) for name, table in tables.items()} | {
        "methods.md": methods.markdown().encode("utf-8"),
        "references.txt": f"{numbered}\n".encode(),
    }


def _person_level(
    results: Results, export: Export, sites: Collection[str] | None
) -> dict[str, bytes]:
    files = {"participants.csv": csv_bytes(participants_table(results, sites))}
    outside = outside_window_table(results, sites)
    if len(outside):
        files["outside_window.csv"] = csv_bytes(outside)
    scores = export.tables["scores"]
    if len(scores):
        files["scores.sav"] = long_sav(results, scores, sites=sites)
        files["scores_wide.sav"] = wide_sav(results, sites=sites)
    return files
