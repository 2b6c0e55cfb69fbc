"""From a plan to rows; a correction supersedes what was stored and never overwrites it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy import Connection, Table, bindparam, insert, select, update

from evaluation.config import site_id
from evaluation.model import Dataset, ImportReport
from evaluation.store import schema
from evaluation.store.changes import Plan
from evaluation.store.content import IndicatorKey, Key, Measured, PersonKey, Response, dump
from evaluation.store.current import Current, person_columns, slugs_of
from evaluation.store.engine import StoreError
from evaluation.store.postgresql import NAME as POSTGRESQL
from evaluation.store.postgresql import copy_rows
from instruments.definition import Instrument
from instruments.registry import all_instruments

# Rows named in one statement; databases limit how many values a statement may have.
BATCH = 500

# Problems that only say what a file calls a column or a sheet of which nothing was read.
_ABOUT_THINGS_NOT_READ = frozenset({"unknown_column", "hidden_sheet", "sheet_not_read"})


def check_definitions(dataset: Dataset, local: Mapping[str, Instrument]) -> None:
    """Refuse answers that were read with another definition than the one in use."""
    known = {instrument.id for instrument in all_instruments()}
    for name in sorted({*dataset.answers, *dataset.supplied, *dataset.reasons["instrument"]}):
        if name in local:
            _check_fits(dataset, local[name])
        elif name not in known:
            raise StoreError(f"'{name}' is no questionnaire of this store. Define it first.")


def _check_fits(dataset: Dataset, definition: Instrument) -> None:
    limits = {item.number: (item.minimum, item.maximum) for item in definition.items}
    ranges = {scale.id: scale.score_range for scale in definition.scales}
    given = dataset.reasons.loc[dataset.reasons["instrument"] == definition.id, "part"]
    fits = set(map(str, given)) <= {*map(str, limits), *ranges}
    for tables, allowed in ((dataset.answers, limits), (dataset.supplied, ranges)):
        for name, values in tables.get(definition.id, pd.DataFrame()).items():
            low, high = allowed.get(name, (np.inf, -np.inf))
            fits = fits and bool(values.dropna().between(low, high).all())
    if not fits:
        raise StoreError(
            f"The definition of '{definition.id}' has changed since the file was read. "
            "Read the file again."
        )


def insert_one(connection: Connection, table: Table, **values: Any) -> int:
    """Add one row and return its number."""
    query = insert(table).values(**values).returning(table.c.id)
    return int(connection.execute(query).scalar_one())


def insert_all(connection: Connection, table: Table, rows: Sequence[dict[str, Any]]) -> None:
    """Add rows, if there are any; many at once in the way that the database takes best."""
    if len(rows) > BATCH and connection.dialect.name == POSTGRESQL:
        copy_rows(connection, table, rows)
    elif rows:
        connection.execute(insert(table), rows)


def update_all(connection: Connection, table: Table, values: Mapping[int, dict[str, Any]]) -> None:
    """Give rows, by their number, new values of the same columns."""
    if values:
        rows = [{"number": number, **columns} for number, columns in values.items()]
        connection.execute(update(table).where(table.c.id == bindparam("number")), rows)


def store_plan(
    connection: Connection, import_id: int, plan: Plan, current: Current, dataset: Dataset
) -> None:
    """Write everything that an import adds or changes."""
    _store_people(connection, import_id, plan, dataset)
    people = {key: person.id for key, person in current.people.items()}
    if plan.new_people:
        people |= _numbers_of_people(connection, import_id)
    _store_responses(connection, import_id, plan.responses, people)
    _store_services(connection, import_id, plan.services, people)
    _store_indicators(connection, import_id, plan.indicators, people)


def _store_people(connection: Connection, import_id: int, plan: Plan, dataset: Dataset) -> None:
    p = schema.participant
    sites = _store_sites(connection, import_id, dataset)
    added = [
        {"site_id": sites[slug], "code": code, "import_id": import_id, **person_columns(values)}
        for (slug, code), values in plan.new_people.items()
    ]
    insert_all(connection, p, added)
    if not plan.changed_people:
        return
    update_all(connection, p, {c.id: person_columns(c.values) for c in plan.changed_people})
    changes = [
        {"import_id": import_id, "participant_id": change.id,
         "before": json.dumps(change.before), "after": json.dumps(change.after)}
        for change in plan.changed_people
    ]  # fmt: skip
    insert_all(connection, schema.participant_change, changes)


def _store_sites(connection: Connection, import_id: int, dataset: Dataset) -> dict[str, int]:
    """Add sites that are not known yet, and note which ones the import is about."""
    s = schema.site
    sites = {slug: number for number, slug in connection.execute(select(s.c.id, s.c.slug))}
    for name in dataset.participants["site"].unique():
        slug = site_id(name)
        if slug not in sites:
            sites[slug] = insert_one(connection, s, slug=slug, name=name, import_id=import_id)
    noted = [{"import_id": import_id, "site": slug} for slug in slugs_of(dataset)]
    insert_all(connection, schema.import_site, noted)
    return sites


def _numbers_of_people(connection: Connection, import_id: int) -> dict[PersonKey, int]:
    """The people whom this import has added."""
    p, s = schema.participant, schema.site
    query = (
        select(s.c.slug, p.c.code, p.c.id)
        .select_from(p.join(s, s.c.id == p.c.site_id))
        .where(p.c.import_id == import_id)
    )
    return {(slug, code): number for slug, code, number in connection.execute(query)}


def supersede(
    connection: Connection, table: Table, numbers: Sequence[int], import_id: int | None
) -> None:
    """Mark rows as superseded by an import; with ``None`` they count again."""
    for start in range(0, len(numbers), BATCH):
        some = table.c.id.in_(numbers[start : start + BATCH])
        connection.execute(update(table).where(some).values(superseded_by=import_id))


def _store_responses(
    connection: Connection,
    import_id: int,
    to_write: list[tuple[Key, Response, int | None]],
    people: dict[PersonKey, int],
) -> None:
    replaced = [old for _, _, old in to_write if old is not None]
    supersede(connection, schema.response, replaced, import_id)
    rows = [
        {
            "import_id": import_id, "participant_id": people[key[0], key[1]], "child": key[2],
            "informant": key[3], "wave": key[4], "session_number": key[5], "instrument": key[6],
            **content.columns(),
        }
        for key, content, _ in to_write
    ]  # fmt: skip
    insert_all(connection, schema.response, rows)


def _store_services(
    connection: Connection,
    import_id: int,
    to_write: list[tuple[PersonKey, dict[str, Any], int | None]],
    people: dict[PersonKey, int],
) -> None:
    replaced = [old for _, _, old in to_write if old is not None]
    supersede(connection, schema.service_use, replaced, import_id)
    rows = [
        {"import_id": import_id, "participant_id": people[key], "content": dump(content)}
        for key, content, _ in to_write
    ]
    insert_all(connection, schema.service_use, rows)


def _store_indicators(
    connection: Connection,
    import_id: int,
    to_write: list[tuple[IndicatorKey, Measured, int | None]],
    people: dict[PersonKey, int],
) -> None:
    replaced = [old for _, _, old in to_write if old is not None]
    supersede(connection, schema.indicator, replaced, import_id)
    rows = [
        {
            "import_id": import_id, "participant_id": people[key[0], key[1]], "child": key[2],
            "wave": key[3], "indicator": key[4], **content._asdict(),
        }
        for key, content, _ in to_write
    ]  # fmt: skip
    insert_all(connection, schema.indicator, rows)


def store_register(
    connection: Connection, import_id: int, report: ImportReport, people: Sequence[str]
) -> None:
    """Note the files, what was decided and the problems, with the person whose row each is about.

    What a file calls things that were not read stays out: it may be somebody's name.
    """
    files = [
        {"import_id": import_id, "name": f.name, "sha256": f.sha256,
         "rows_read": f.rows_read, "rows_accepted": f.rows_accepted}
        for f in report.files
    ]  # fmt: skip
    insert_all(connection, schema.import_file, files)
    decided = [{"import_id": import_id, "text": text} for text in report.decisions]
    insert_all(connection, schema.decision, decided)
    problems = [
        {"import_id": import_id, "person": person, **asdict(problem)}
        for problem, person in zip(report.problems, people, strict=True)
        if problem.code not in _ABOUT_THINGS_NOT_READ
    ]
    insert_all(connection, schema.problem, problems)
