"""Versions of a site's own questionnaires: a changed definition is a new one, the old one stays.

Answers keep the version they were stored with. Versions that give the same scores for any answers
are one questionnaire; an older one that does not is another questionnaire, whose id says so
(``manchester_lfo@1``), so that scores of two keys are never compared.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

import pandas as pd
from sqlalchemy import Connection, func, insert, select, update

from evaluation.ingest.definitions.local_questionnaires import (
    definition_texts,
    parse_definitions,
    same_scores,
)
from evaluation.store import schema
from evaluation.store.counters import DEFINITION_CHANGES, count_one
from instruments.definition import Instrument
from instruments.registry import all_instruments

VERSION_COLUMNS = (
    "instrument", "version", "active", "created_at", "n_questionnaires", "sha256", "text",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class SavedVersion:
    """What saving a definition has done: its version, and whether that one is new."""

    instrument: str
    version: int
    is_new: bool


@dataclass(frozen=True, slots=True)
class _Version:
    number: int
    active: bool
    instrument: Instrument


def save_definitions(connection: Connection, text: str | bytes) -> tuple[SavedVersion, ...]:
    """Make every definition of a text the one in use; content seen before keeps its version."""
    known = {instrument.id for instrument in all_instruments()}
    _, problems = parse_definitions(text, known_ids=known)
    if problems:
        raise ValueError(f"text: {problems[0].message} {problems[0].fix}")
    table = schema.definition
    at = dt.datetime.now(dt.UTC).replace(tzinfo=None, microsecond=0)
    saved = []
    for definition in definition_texts(text):
        mine = table.c.instrument == definition.id
        query = select(table.c.sha256, table.c.version, table.c.active).where(mine)
        there = {row.sha256: row for row in connection.execute(query)}
        old = there.get(definition.sha256)
        number = old.version if old else len(there) + 1
        saved.append(SavedVersion(definition.id, number, is_new=old is None))
        if old is not None and old.active:
            continue
        connection.execute(update(table).where(mine).values(active=False))
        if old is None:
            connection.execute(
                insert(table).values(
                    instrument=definition.id, version=number, text=definition.text,
                    sha256=definition.sha256, created_at=at, active=True,
                )
            )  # fmt: skip
        else:
            is_old = mine & (table.c.version == number)
            connection.execute(update(table).where(is_old).values(active=True))
        count_one(connection, DEFINITION_CHANGES)
    return tuple(saved)


def list_versions(connection: Connection) -> pd.DataFrame:
    """Every version of every definition, the newest first, with the answers stored under it."""
    table, r = schema.definition, schema.response
    query = (
        select(
            table.c.instrument, table.c.version, table.c.active, table.c.created_at,
            func.count(r.c.id).label("n_questionnaires"), table.c.sha256, table.c.text,
        )
        .outerjoin(
            r,
            (r.c.instrument == table.c.instrument)
            & (r.c.definition_version == table.c.version)
            & r.c.superseded_by.is_(None),
        )
        .group_by(table.c.id)
        .order_by(table.c.instrument, table.c.version.desc())
    )  # fmt: skip
    rows = connection.execute(query).mappings().all()
    return pd.DataFrame(rows, columns=list(VERSION_COLUMNS))


def active_questionnaires(connection: Connection) -> dict[str, Instrument]:
    """The definitions in use, by id; ``version`` is their number."""
    every = _versions(connection)
    return {
        name: version.instrument
        for name, versions in every.items()
        for version in versions
        if version.active
    }


def earlier_questionnaires(connection: Connection) -> tuple[Instrument, ...]:
    """Older versions that answers are still stored under and that score them differently."""
    every, names = _versions(connection), scoring_ids(connection)
    r = schema.response
    query = (
        select(r.c.instrument, r.c.definition_version)
        .where(r.c.superseded_by.is_(None), r.c.definition_version.is_not(None))
        .distinct()
    )
    used = {names[row.instrument, row.definition_version] for row in connection.execute(query)}
    return tuple(
        replace(
            version.instrument,
            id=earlier_id(name, version.number),
            name=f"{version.instrument.name} (version {version.number})",
            short_name=f"{version.instrument.short_name} (version {version.number})",
        )
        for name, versions in every.items()
        for version in versions
        if earlier_id(name, version.number) in used
    )


def scoring_ids(connection: Connection) -> Mapping[tuple[str, int], str]:
    """The id under which the answers of each version are scored."""
    found = {}
    for name, versions in _versions(connection).items():
        in_use = next(version for version in versions if version.active)
        for version in versions:
            alike = [v for v in versions if same_scores(v.instrument, version.instrument)]
            is_current = in_use in alike
            latest = max(v.number for v in alike)
            found[name, version.number] = name if is_current else earlier_id(name, latest)
    return found


def earlier_id(instrument: str, version: int) -> str:
    """The id of an older version; ``@`` cannot be part of any other id."""
    return f"{instrument}@{version}"


def _versions(connection: Connection) -> dict[str, list[_Version]]:
    table = schema.definition
    query = select(table.c.instrument, table.c.version, table.c.active, table.c.text).order_by(
        table.c.instrument, table.c.version
    )
    found: dict[str, list[_Version]] = {}
    for row in connection.execute(query):
        instrument = replace(_instrument(row.text), version=str(row.version))
        found.setdefault(row.instrument, []).append(_Version(row.version, row.active, instrument))
    return found


@lru_cache(maxsize=512)
def _instrument(text: str) -> Instrument:
    """The questionnaire of a stored text, which was checked when it was saved."""
    instruments, problems = parse_definitions(text, known_ids=())
    if problems:
        raise ValueError(f"definition: {problems[0].message}")
    return instruments[0]
