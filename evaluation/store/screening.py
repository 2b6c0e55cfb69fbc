"""An upload without the rows of people who were erased, and a problem that says so."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace

import pandas as pd
from sqlalchemy import Connection, select

from evaluation.config import site_id
from evaluation.model import Dataset, ImportReport, Problem
from evaluation.store import schema
from evaluation.store.problem_owners import problem_place
from evaluation.store.remnants import Namings
from evaluation.store.tombstones import REQUEST, Tombstones, read_tombstones

ERASED = "erased_person"
_ALL_FILES = "All files"
_MESSAGES = {
    True: "This person asked to be erased; what the file says about them is not stored.",
    False: (
        "What was known about this person was erased when the time it may be kept was over; "
        "what the file says about them is not stored."
    ),
}
_FIX = (
    "Take the person out of the file. If they have since agreed to take part again, give them a "
    "new code."
)
# A site as it is written and a code.
_Person = tuple[str, str]


def without_erased(connection: Connection, report: ImportReport) -> ImportReport:
    """The report as it may be stored; the same one where nobody in it was erased."""
    known = read_tombstones(connection)
    if not known.people:
        return report
    erased = _erased_people(connection, report.dataset, known)
    if not erased:
        return report
    records = report.dataset.records
    gone = records.index[_are(records, erased)]
    dropped = _places(report, gone)
    theirs = set(dropped)
    namings = Namings([code for _, code in erased])
    others = (p for p in report.problems if problem_place(p) not in theirs)
    problems = [
        *(namings.removed_from(problem) for problem in others),
        *(_problem(*place, reason=erased[who]) for place, who in dropped.items()),
        *_problems_without_place(report, erased, set(dropped.values())),
    ]
    refused = Counter(file for file, _, _ in dropped)
    files = (
        replace(file, rows_accepted=max(file.rows_accepted - refused[file.name], 0))
        for file in report.files
    )
    sources = report.sources.drop(index=gone) if len(report.sources) else report.sources
    return replace(
        report,
        files=tuple(files),
        problems=tuple(problems),
        dataset=_without(report.dataset, erased, gone),
        sources=sources,
    )


def _erased_people(
    connection: Connection, dataset: Dataset, known: Tombstones
) -> dict[_Person, str]:
    """Who in an upload was erased, and why.

    A code that is only spelled like an erased one (``7`` for ``007``) counts as the same, unless
    somebody with this very code is in the store.
    """
    found: dict[_Person, str] = {}
    alike: dict[_Person, str] = {}
    people = dataset.participants[["site", "participant"]].itertuples(index=False, name=None)
    for site, code in people:
        slug = site_id(site)
        if reason := known.reason(slug, code):
            found[site, code] = reason
        elif reason := known.reason_of_spelling(slug, code):
            alike[site, code] = reason
    there = _stored(connection, [code for _, code in alike])
    return found | {who: r for who, r in alike.items() if (site_id(who[0]), who[1]) not in there}


def _stored(connection: Connection, codes: list[str]) -> set[tuple[str, str]]:
    if not codes:
        return set()
    p, s = schema.participant, schema.site
    query = select(s.c.slug, p.c.code).join(s, s.c.id == p.c.site_id).where(p.c.code.in_(codes))
    return {(slug, code) for slug, code in connection.execute(query)}


def _are(table: pd.DataFrame, people: Mapping[_Person, str]) -> pd.Series:
    """Which rows are about these people."""
    rows = zip(table["site"], table["participant"], strict=True)
    return pd.Series([row in people for row in rows], index=table.index, dtype=bool)


def _places(report: ImportReport, gone: pd.Index) -> dict[tuple[str, str, int | None], _Person]:
    """File, sheet and row of the records that go, and whose they are."""
    sources = report.sources.reindex(gone).dropna() if len(report.sources) else report.sources
    people = report.dataset.records.loc[sources.index, ["site", "participant"]]
    places = sources.itertuples(index=False, name=None)
    return {
        (file, sheet, int(row)): (site, code)
        for (file, sheet, row), (site, code) in zip(
            places, people.itertuples(index=False, name=None), strict=True
        )
    }


def _problem(file: str, sheet: str, row: int | None, *, reason: str) -> Problem:
    message = _MESSAGES[reason == REQUEST]
    return Problem(ERASED, "refuse_row", message, _FIX, file=file, sheet=sheet, row=row)


def _problems_without_place(
    report: ImportReport, erased: Mapping[_Person, str], placed: set[_Person]
) -> list[Problem]:
    """People of whom only service use or indicators were given, whose rows are not known."""
    file = report.files[0].name if len(report.files) == 1 else _ALL_FILES
    return [
        _problem(file, "", None, reason=reason)
        for who, reason in erased.items()
        if who not in placed
    ]


def _without(dataset: Dataset, erased: Mapping[_Person, str], gone: pd.Index) -> Dataset:
    def kept(table: pd.DataFrame) -> pd.DataFrame:
        return table[~_are(table, erased)]

    def answered(tables: dict[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
        rest = {name: table[~table.index.isin(gone)] for name, table in tables.items()}
        return {name: table for name, table in rest.items() if len(table)}

    return replace(
        dataset,
        participants=kept(dataset.participants),
        records=dataset.records.drop(index=gone),
        answers=answered(dataset.answers),
        supplied=answered(dataset.supplied),
        service_use=kept(dataset.service_use),
        reasons=dataset.reasons[~dataset.reasons["record"].isin(gone)],
        indicators=kept(dataset.indicators),
    )
