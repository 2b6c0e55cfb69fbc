"""README.txt: what each file of an export is, what is not in it, and why."""

from __future__ import annotations

from collections.abc import Collection

from evaluation.report.export import Export
from evaluation.report.research.charts import CHART_PREFIX
from evaluation.report.wording import NOT_CAUSE
from evaluation.report.workbook import COLUMN_MEANINGS

_FILES = {
    "results.xlsx": "All tables in one workbook, a sheet each.",
    "methods.md": "What was done, with numbered references; written for this analysis.",
    "references.txt": "The same references as a list.",
    "manifest.json": "Versions, rule file, data lock, disclosure rule and the list of files.",
    "codebook.csv": "Every scale: items, rule, range, direction, missing rule, and the "
    "reliability, spread and boundary that were used.",
    "codebook_items.csv": "Every question: position, range, reversed or not.",
    "codebook_sources.csv": "Every published number of a questionnaire (bands, cut-offs, norms, "
    "reliabilities), with its source and how well it is established.",
    "codebook_columns.csv": "Every column of every table: meaning, formula, source.",
    "participants.csv": "One row for each person, by code. Person-level: keep within the site.",
    "outside_window.csv": "Occasions left out for being too early or too late. Person-level.",
    "scores.sav": "The scores for SPSS, a row for each score. Person-level.",
    "scores_wide.sav": "The scores in use for SPSS, a row for each person and a variable for each "
    "scale and wave. Person-level.",
    "scripts/recompute.py": "Works the headline numbers out again from scores.csv and codebook.csv "
    "and compares: python scripts/recompute.py (pandas, numpy, scipy).",
    "scripts/recompute.R": "The same in R without any package: Rscript scripts/recompute.R",
}
NO_SCRIPTS = (
    "Scripts that work the numbers out again are not here: they need the scores of single people, "
    "which are never released. Sites can make an export with them for themselves."
)
NO_PEOPLE = "Nothing about single people is in these files: no scores, no codes and no SPSS file."
NO_CHARTS = "There are no charts: no average is large enough in numbers to be drawn."


def readme_text(export: Export, files: Collection[str]) -> str:
    """What the files are; ``files`` are the names of those that there are."""
    manifest = export.manifest
    sites = manifest["sites"]
    lines = [
        "Distance travelled: results for researchers",
        "",
        *manifest["warnings"],
        f"Sites: {sites if isinstance(sites, str) else ', '.join(sites)}. "
        f"Data up to {manifest['data_lock']}. Made {manifest['made_at']}, program version "
        f"{manifest['version']}.",
        manifest["disclosure_note"],
        NOT_CAUSE,
        "",
        "Files",
    ]
    for name in sorted(_FILES):
        if name in files or name == "manifest.json":
            lines.append(f"- {name}: {_FILES[name]}")
    charts = sorted(name for name in files if name.startswith(f"charts/{CHART_PREFIX}"))
    if charts:
        lines.append(
            f"- charts ({len(charts)} SVG files): average change with its interval, site by site."
        )
    lines += ["", "Tables"]
    lines += [f"- {name}.csv: {COLUMN_MEANINGS.get(name, '')}".rstrip() for name in export.tables]
    lines += [
        "",
        "CSV files are UTF-8 with full precision. An empty cell is not estimable or hidden; the "
        "column 'reason' says why. Text that a spreadsheet would take for a formula begins with "
        "an apostrophe.",
    ]
    missing = []
    if manifest["disclosure"]["level"] == "release":
        missing += [NO_PEOPLE, NO_SCRIPTS]
    if not charts:
        missing.append(NO_CHARTS)
    if missing:
        lines += ["", "What is not here, and why", *(f"- {text}" for text in missing)]
    return "\n".join(lines) + "\n"
