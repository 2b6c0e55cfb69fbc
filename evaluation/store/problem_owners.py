"""Whose row a problem is about: without that, nobody could find the answers that it quotes."""

from __future__ import annotations

from collections.abc import Iterable

from evaluation.config import site_id
from evaluation.model import ImportReport, Problem
from evaluation.store.tombstones import Tombstones

# File, sheet and row as the spreadsheet program counts.
Place = tuple[str, str, int | None]
# A site's id and a code.
_Person = tuple[str, str]


def problem_place(problem: Problem) -> Place:
    """Where a problem is; a question names only the first cell that it is about."""
    digits = "".join(filter(str.isdecimal, problem.cell))
    row = int(digits) if problem.row is None and digits else problem.row
    return problem.file, problem.sheet, row


def people_of_problems(report: ImportReport, known: Tombstones) -> list[str]:
    """For each problem the hash of the person whose row it is about; ``""`` if nobody's."""
    owners = _owners(report, {problem_place(problem) for problem in report.problems})
    people = (owners.get(problem_place(problem)) for problem in report.problems)
    return [known.person(*person) if person else "" for person in people]


def _owners(report: ImportReport, places: Iterable[Place]) -> dict[Place, _Person]:
    """Whose rows these are: from the rows that were read, and else from the cells as typed."""
    return _typed_owners(report, places) | _read_owners(report)


def _read_owners(report: ImportReport) -> dict[Place, _Person]:
    if report.sources.empty:
        return {}
    people = report.dataset.records.loc[report.sources.index, ["site", "participant"]]
    rows = zip(
        report.sources[["file", "sheet", "row"]].itertuples(index=False, name=None),
        people.itertuples(index=False, name=None),
        strict=True,
    )
    return {(f, s, int(row)): (site_id(site), code) for (f, s, row), (site, code) in rows}


def _typed_owners(report: ImportReport, places: Iterable[Place]) -> dict[Place, _Person]:
    sheets = {(up.file_name, sheet.name): sheet for up in report.uploads for sheet in up.sheets}
    tables = {} if report.mapping is None else {(t.file, t.sheet): t for t in report.mapping.tables}
    sites = report.dataset.participants["site"].unique().tolist()
    only = site_id(sites[0]) if len(sites) == 1 else ""
    found: dict[Place, _Person] = {}
    for file, name, row in places:
        sheet, table = sheets.get((file, name)), tables.get((file, name))
        if sheet is None or table is None or row is None or not 1 <= row <= sheet.n_rows:
            continue
        cells = sheet.row(row)
        said = {
            read_as: _text(cells[choice.column])
            for read_as in ("participant", "site")
            for choice in reversed(table.columns)
            if choice.read_as == read_as and choice.column < len(cells)
        }
        code, site = said.get("participant", ""), site_id(said.get("site", "")) or only
        if code and site:
            found[file, name, row] = (site, code)
    return found


def _text(cell: object) -> str:
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell).strip()
