"""What is stored now about the sites and questionnaires that an upload is about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Row, select

from evaluation.config import site_id
from evaluation.model import Dataset
from evaluation.store import schema
from evaluation.store.content import (
    IndicatorKey,
    Key,
    Measured,
    PersonKey,
    Response,
    dump,
    read,
)

# The most people that are asked for by code.
NAMED_PEOPLE = 500


class StoredResponse(NamedTuple):
    """A row of `response`, its content as text: most are compared without being read."""

    id: int
    texts: tuple[str, str, str]
    rest: tuple[Any, ...]

    def is_text_of(self, given: Response) -> bool:
        """Whether the same was stored before, letter for letter."""
        texts = (dump(given.answers), dump(given.supplied), dump(given.reasons))
        return self.texts == texts and self.rest == (
            given.completed_on, given.mode, given.administered_by_role, given.definition_version,
        )  # fmt: skip

    def read(self) -> Response:
        answers, supplied, reasons = map(read, self.texts)
        return Response(answers, supplied, reasons, *self.rest)


class StoredPerson(NamedTuple):
    """A row of `participant`; ``values`` are couple, role and characteristics by name."""

    id: int
    values: dict[str, str]


class StoredService(NamedTuple):
    """A row of `service_use` that counts."""

    id: int
    content: dict[str, Any]


class StoredIndicator(NamedTuple):
    """A row of `indicator` that counts."""

    id: int
    content: Measured


@dataclass(frozen=True)
class Current:
    """Everything that an upload is compared with."""

    responses: dict[Key, StoredResponse]
    people: dict[PersonKey, StoredPerson]
    services: dict[PersonKey, StoredService]
    indicators: dict[IndicatorKey, StoredIndicator]


def slugs_of(dataset: Dataset) -> list[str]:
    """The sites of an upload, each once."""
    return list(dict.fromkeys(site_id(name) for name in dataset.participants["site"].unique()))


def read_current(connection: Connection, dataset: Dataset) -> Current:
    instruments = {*dataset.answers, *dataset.supplied, *dataset.reasons["instrument"]}
    concerned = _concerned(dataset)
    return Current(
        _responses(connection, concerned, sorted(instruments)),
        _people(connection, concerned),
        {} if dataset.service_use.empty else _services(connection, concerned),
        {} if dataset.indicators.empty else _indicators(connection, concerned),
    )


def _concerned(dataset: Dataset) -> ColumnElement[bool]:
    """The people of an upload; of a large one, everybody at its sites."""
    at_its_sites = schema.site.c.slug.in_(slugs_of(dataset))
    codes = dataset.participants["participant"].unique().tolist()
    if len(codes) > NAMED_PEOPLE:
        return at_its_sites
    return at_its_sites & schema.participant.c.code.in_(codes)


def _responses(
    connection: Connection, concerned: ColumnElement[bool], instruments: Sequence[str]
) -> dict[Key, StoredResponse]:
    r, p, s = schema.response, schema.participant, schema.site
    query = (
        select(
            s.c.slug, p.c.code, r.c.child, r.c.informant, r.c.wave, r.c.session_number,
            r.c.instrument, r.c.id, r.c.answers, r.c.supplied, r.c.reasons, r.c.completed_on,
            r.c.mode, r.c.administered_by_role, r.c.definition_version,
        )
        .select_from(r.join(p, p.c.id == r.c.participant_id).join(s, s.c.id == p.c.site_id))
        .where(
            r.c.superseded_by.is_(None), concerned, r.c.instrument.in_(instruments)
        )
    )  # fmt: skip
    rows = map(tuple, connection.execute(query))
    return {row[:7]: StoredResponse(row[7], row[8:11], row[11:]) for row in rows}


def _people(
    connection: Connection, concerned: ColumnElement[bool]
) -> dict[PersonKey, StoredPerson]:
    p, s = schema.participant, schema.site
    query = (
        select(s.c.slug, p.c.code, p.c.id, p.c.couple, p.c.role, p.c.characteristics)
        .select_from(p.join(s, s.c.id == p.c.site_id))
        .where(concerned)
    )
    return {
        (row.slug, row.code): StoredPerson(row.id, person_values(row))
        for row in connection.execute(query)
    }


def person_values(row: Row) -> dict[str, str]:
    """Couple, role and characteristics of a row of `participant`; what is blank is not there."""
    values = {"couple": row.couple, "role": row.role, **read(row.characteristics)}
    return {name: value for name, value in values.items() if value}


def person_columns(values: dict[str, str]) -> dict[str, str]:
    """The same as columns of the table."""
    traits = {n: value for n, value in values.items() if value and n not in ("couple", "role")}
    return {
        "couple": values.get("couple", ""),
        "role": values.get("role", ""),
        "characteristics": dump(traits),
    }


def _services(
    connection: Connection, concerned: ColumnElement[bool]
) -> dict[PersonKey, StoredService]:
    u, p, s = schema.service_use, schema.participant, schema.site
    query = (
        select(s.c.slug, p.c.code, u.c.id, u.c.content)
        .select_from(u.join(p, p.c.id == u.c.participant_id).join(s, s.c.id == p.c.site_id))
        .where(u.c.superseded_by.is_(None), concerned)
    )
    return {
        (row.slug, row.code): StoredService(row.id, read(row.content))
        for row in connection.execute(query)
    }


def _indicators(
    connection: Connection, concerned: ColumnElement[bool]
) -> dict[IndicatorKey, StoredIndicator]:
    i, p, s = schema.indicator, schema.participant, schema.site
    query = (
        select(s.c.slug, p.c.code, i.c.child, i.c.wave, i.c.indicator, i.c.id, i.c.kind, i.c.value)
        .select_from(i.join(p, p.c.id == i.c.participant_id).join(s, s.c.id == p.c.site_id))
        .where(i.c.superseded_by.is_(None), concerned)
    )
    rows = map(tuple, connection.execute(query))
    return {row[:5]: StoredIndicator(row[5], Measured(*row[6:])) for row in rows}
