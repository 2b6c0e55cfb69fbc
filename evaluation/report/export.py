"""Everything that leaves the program: the result tables, the workbook, and what they rest on."""

from __future__ import annotations

import datetime as dt
import io
import json
import zipfile
from collections.abc import Collection
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import pandas as pd

from evaluation import __version__
from evaluation.added_value import ADDED_VALUE
from evaluation.disclosure import Level, decide, ensure_released
from evaluation.disclosure.decision import Decision, merge
from evaluation.disclosure.differencing import NO_DIFFERENCE, Difference
from evaluation.model import ALL_SITES, ImportReport
from evaluation.programme import Results
from evaluation.report.held_back_wording import export_note
from evaluation.report.release_wording import decision_lines, decision_title
from evaluation.report.result_tables import (
    TABLE_NAMES,
    Progress,
    made_tables,
    tables_to_release,
)
from evaluation.report.tables import csv_bytes
from evaluation.report.wording import released_text
from evaluation.report.workbook import build_workbook
from evaluation.tables.contradictions import sites_in_doubt

PERSON_ROWS = "pairs"
NOT_FOR_RELEASE = "Not for release: small counts are not hidden in these tables."
ADDED_VALUE_LIMITS = (
    "SDQ added value in 'scores': for groups of children in difficulty only, never for one child, "
    "and about 6 months after the first questionnaire; see sheet 'questionnaires'."
)
SYNTHETIC = "SYNTHETIC DATA: made by a program. These are not real people."


@dataclass(frozen=True)
class Export:
    """The tables that may leave, under one disclosure rule, with their manifest.

    ``decision`` is that of a release, as the manifest has it; ``None`` where nothing is hidden.
    """

    tables: dict[str, pd.DataFrame]
    manifest: dict = field(default_factory=dict)
    decision: Decision | None = None


def prepare_export(
    results: Results,
    *,
    disclosure: Level,
    sites: Collection[str] | None = None,
    report: ImportReport | None = None,
    made_at: dt.datetime | None = None,
    progress: Progress | None = None,
    since_last: Difference = NO_DIFFERENCE,
) -> Export:
    """Choose the sites, apply the disclosure rule, and describe what was done.

    With ``release`` nothing about single persons is in the export. ``sites`` leaves the rows of
    all sites together out, and what is averaged over sites, unless it is ``None``. ``since_last``:
    what it would tell beside the last release. ``ReleaseError`` if it must not leave at all.
    """
    manifest = _manifest(results, disclosure, sites, report, made_at)
    if disclosure != "release":
        tables = made_tables(results, released=False, sites=sites, progress=progress)
        return Export(tables, manifest)
    exact, shown = tables_to_release(results, sites=sites, progress=progress)
    rule = results.settings.disclosure
    # A last look at what is about to leave, whatever the rules above have done.
    ensure_released(shown, rule)
    decision = merge(decide(exact, shown, rule), since_last)
    return Export(shown, manifest | {"release": decision.as_record()}, decision)


def _manifest(
    results: Results,
    disclosure: Level,
    sites: Collection[str] | None,
    report: ImportReport | None,
    made_at: dt.datetime | None,
) -> dict:
    settings = results.settings
    shows_added_value = disclosure != "release" and len(results.added_value) > 0
    used = list(dict.fromkeys(results.scores["instrument"]))
    used += [ADDED_VALUE] if shows_added_value else []
    warnings = [SYNTHETIC] if results.synthetic else []
    if disclosure != "release":
        warnings.append(NOT_FOR_RELEASE)
    if shows_added_value:
        warnings.append(ADDED_VALUE_LIMITS)
    doubted = export_note(sites_in_doubt(results, sites))
    if doubted:
        warnings.append(doubted)
    if results.n_after_lock:
        late = "Some" if disclosure == "release" else str(results.n_after_lock)
        warnings.append(f"{late} records after the data lock were left out.")
    manifest: dict[str, Any] = {
        "program": "Distance Travelled",
        "version": __version__,
        "made_at": (made_at or dt.datetime.now(dt.UTC)).isoformat(timespec="seconds"),
        "data_lock": results.data_lock.isoformat(),
        "sites": ALL_SITES if sites is None else sorted(sites),
        "instruments": {name: results.instruments[name].version for name in used},
        "settings": settings.text,
        "settings_sha256": settings.sha256,
        "disclosure": {"level": disclosure, **asdict(settings.disclosure)},
        "disclosure_note": released_text(settings.disclosure)
        if disclosure == "release"
        else NOT_FOR_RELEASE,
        "synthetic": results.synthetic,
        "warnings": warnings,
    }
    if report is not None:
        manifest["inputs"] = [asdict(file) for file in report.files]
        manifest["problems"] = {
            severity: sum(p.severity == severity for p in report.problems)
            for severity in ("block_file", "refuse_row", "drop_cell", "ask", "note")
        }
    if disclosure != "release":
        manifest["counts"] = {
            "people": len(results.people),
            "scores": len(results.scores) + len(results.added_value),
            "not_scored": int((results.scores["status"] == "not_scored").sum()),
        }
    return manifest


def workbook_bytes(export: Export, results: Results) -> bytes:
    """The result workbook: what it is, then a sheet for each table and the questionnaires."""
    # Everybody behind each estimate: so many rows that they are a file of their own.
    sheets = {name: table for name, table in export.tables.items() if name != PERSON_ROWS}
    return build_workbook(sheets, export.manifest, results.instruments)


def csv_package(export: Export) -> bytes:
    """Every table as CSV, with the manifest, in one zip file."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as package:
        for name, table in export.tables.items():
            package.writestr(f"{name}.csv", csv_bytes(table))
        package.writestr("manifest.json", _json(export.manifest))
    return buffer.getvalue()


def stamped(
    export: Export, *, by: str, snapshot: int, at: dt.datetime, decision: Decision | None = None
) -> Export:
    """The same export with who took it, when, from which state of the store, and the decision."""
    taken: dict[str, Any] = {
        "made_at": at.isoformat(timespec="seconds"), "made_by": by, "snapshot": snapshot
    }  # fmt: skip
    if decision is None:
        return replace(export, manifest=export.manifest | taken)
    taken["release"] = decision.as_record()
    return replace(export, manifest=export.manifest | taken, decision=decision)


def with_note(
    package: bytes, *, by: str, snapshot: int, at: dt.datetime, decision: Decision | None = None
) -> bytes:
    """A zip file that was made before, with a text file that says who took it, when and how."""
    when = at.strftime("%d/%m/%Y %H:%M UTC")
    note = f"Taken on {when} by {by} from state {snapshot} of the store.\n"
    if decision is not None:
        record = decision.as_record()
        note += "\n".join(["", decision_title(record), *decision_lines(record), ""])
    buffer = io.BytesIO(package)
    with zipfile.ZipFile(buffer, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("TAKEN.txt", note)
    return buffer.getvalue()


def write_results(
    results: Results, report: ImportReport, folder: Path, *, disclosure: Level
) -> Decision | None:
    """The tables as CSV files, ``results.xlsx`` and ``manifest.json`` into a folder.

    Tables of an earlier run that this one does not make are removed: they may hold what this
    disclosure rule hides.
    """
    export = prepare_export(results, disclosure=disclosure, report=report)
    folder.mkdir(parents=True, exist_ok=True)
    for name in TABLE_NAMES:
        (folder / f"{name}.csv").unlink(missing_ok=True)
    for name, table in export.tables.items():
        (folder / f"{name}.csv").write_bytes(csv_bytes(table))
    (folder / "results.xlsx").write_bytes(workbook_bytes(export, results))
    (folder / "manifest.json").write_text(_json(export.manifest), encoding="utf-8")
    return export.decision


def _json(manifest: dict) -> str:
    return json.dumps(manifest, indent=1, ensure_ascii=False) + "\n"
