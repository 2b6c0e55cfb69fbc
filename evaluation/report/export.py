"""Everything that leaves the program: the result tables, the workbook, and what they rest on."""

from __future__ import annotations

import datetime as dt
import io
import json
import zipfile
from collections.abc import Collection
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from evaluation import __version__
from evaluation.added_value import ADDED_VALUE
from evaluation.analysis.talking_therapies import TALKING_THERAPIES_COLUMNS
from evaluation.disclosure import (
    Level,
    few_people,
    release_attrition,
    release_change,
    release_couples,
    release_early_help,
    release_effects,
    release_maintenance,
    release_meaningful_change,
    release_payment,
    release_robustness,
    release_site_estimates,
    release_sites,
    release_subgroups,
    release_talking_therapies,
    release_waves,
)
from evaluation.model import ALL_SITES, ImportReport
from evaluation.programme import Results
from evaluation.report.tables import csv_bytes
from evaluation.report.wording import released_text
from evaluation.report.workbook import build_workbook
from evaluation.tables import on_demand

TABLE_NAMES = (
    "scores", "effects", "reliable_change", "attrition", "sites", "site_estimates", "couples",
    "waves", "maintenance", "robustness", "subgroups", "early_help", "meaningful_change",
    "payment_by_results", "nhs_tt",
)  # fmt: skip
NOT_FOR_RELEASE = "Not for release: small counts are not hidden in these tables."
ADDED_VALUE_LIMITS = (
    "SDQ added value in 'scores': for groups of children in difficulty only, never for one child, "
    "and about 6 months after the first questionnaire; see sheet 'questionnaires'."
)
SYNTHETIC = "SYNTHETIC DATA: made by a program. These are not real people."


@dataclass(frozen=True)
class Export:
    """The tables that may leave, under one disclosure rule, with their manifest."""

    tables: dict[str, pd.DataFrame]
    manifest: dict = field(default_factory=dict)


def prepare_export(
    results: Results,
    *,
    disclosure: Level,
    sites: Collection[str] | None = None,
    report: ImportReport | None = None,
    made_at: dt.datetime | None = None,
) -> Export:
    """Choose the sites, apply the disclosure rule, and describe what was done.

    With ``release`` nothing about single persons is in the export. ``sites`` leaves the rows of
    all sites together out, and what is averaged over sites, unless it is ``None``.
    """
    tables = {
        "effects": results.effects,
        "reliable_change": results.reliable_change,
        "attrition": results.attrition,
        "nhs_tt": results.talking_therapies,
    }
    if disclosure != "release":
        scores = [table for table in (results.scores, results.added_value) if len(table)]
        tables = {"scores": pd.concat(scores) if scores else results.scores, **tables}
    if sites is not None:
        tables = {name: table[table["site"].isin(sites)] for name, table in tables.items()}
    if disclosure == "release":
        rule = results.settings.disclosure
        tables = {
            "effects": release_effects(tables["effects"], rule),
            "reliable_change": release_change(tables["reliable_change"], results.effects, rule),
            "attrition": release_attrition(tables["attrition"], rule),
            "nhs_tt": release_talking_therapies(tables["nhs_tt"], rule),
        }
    # Only where somebody has filled in both of its questionnaires.
    outcomes = tables.pop("nhs_tt")[list(TALKING_THERAPIES_COLUMNS)]
    if sites is None:
        tables |= _across_sites(results, disclosure)
    tables |= _each_site(results, disclosure, sites)
    tables |= _whom_and_how_much(results, disclosure, sites)
    if len(outcomes):
        tables["nhs_tt"] = outcomes
    return Export(tables, _manifest(results, disclosure, sites, report, made_at))


def _across_sites(results: Results, disclosure: Level) -> dict[str, pd.DataFrame]:
    """The averages over sites; for release only of sites that may be shown themselves."""
    rule = results.settings.disclosure
    if disclosure != "release":
        average, beside = on_demand.site_tables(results)
    else:
        shown = ~few_people(results.effects, rule)
        average, beside = on_demand.site_tables(results, pooled=shown)
        average = release_sites(average, rule)
        beside = release_site_estimates(beside, rule)
    return {"sites": average, "site_estimates": beside}


def _each_site(
    results: Results, disclosure: Level, sites: Collection[str] | None
) -> dict[str, pd.DataFrame]:
    """Couples, all waves together, lasting gains, and intervals that assume no shape."""
    couples = on_demand.couples_table(results, only=sites)
    waves = on_demand.waves_table(results, only=sites)
    lasting = on_demand.maintenance_table(results, only=sites)
    robust = on_demand.robustness_table(results, only=sites)
    if disclosure == "release":
        rule = results.settings.disclosure
        couples = release_couples(couples, results.effects, rule)
        waves = release_waves(waves, results.effects, rule)
        lasting = release_maintenance(lasting, rule)
        robust = release_robustness(robust, rule)
    tables = {"couples": couples, "waves": waves, "maintenance": lasting, "robustness": robust}
    # Only where somebody has answered a follow-up.
    return {name: table for name, table in tables.items() if name != "maintenance" or len(table)}


def _whom_and_how_much(
    results: Results, disclosure: Level, sites: Collection[str] | None
) -> dict[str, pd.DataFrame]:
    """Who benefits, early help, change that matters and payment by results, where there is any."""
    benefit = on_demand.subgroups_table(results, only=sites)
    early = on_demand.early_help_table(results, only=sites)
    matters = on_demand.meaningful_change_table(results, only=sites)
    payment = on_demand.payment_table(results, only=sites)
    tables = {
        "subgroups": benefit,
        "early_help": early,
        "meaningful_change": matters,
        "payment_by_results": payment,
    }
    tables = {name: table for name, table in tables.items() if len(table)}
    if disclosure != "release":
        return tables
    rule = results.settings.disclosure
    release = {
        "subgroups": lambda table: release_subgroups(table, results.effects, rule),
        "early_help": lambda table: release_early_help(table, results.effects, rule),
        "meaningful_change": lambda table: release_meaningful_change(table, rule),
        "payment_by_results": lambda table: release_payment(table, rule),
    }
    return {name: release[name](table) for name, table in tables.items()}


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
    if results.n_after_lock:
        warnings.append(f"{results.n_after_lock} records after the data lock were left out.")
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
    return build_workbook(export.tables, export.manifest, results.instruments)


def result_workbook(
    results: Results, *, disclosure: Level, sites: Collection[str] | None = None
) -> bytes:
    """The result workbook of these sites under this disclosure rule."""
    return workbook_bytes(prepare_export(results, disclosure=disclosure, sites=sites), results)


def csv_tables(
    results: Results, *, disclosure: Level, sites: Collection[str] | None = None
) -> bytes:
    """Every table as CSV, with the manifest, in one zip file."""
    export = prepare_export(results, disclosure=disclosure, sites=sites)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as package:
        for name, table in export.tables.items():
            package.writestr(f"{name}.csv", csv_bytes(table))
        package.writestr("manifest.json", _json(export.manifest))
    return buffer.getvalue()


def write_results(
    results: Results, report: ImportReport, folder: Path, *, disclosure: Level
) -> None:
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


def _json(manifest: dict) -> str:
    return json.dumps(manifest, indent=1, ensure_ascii=False) + "\n"
