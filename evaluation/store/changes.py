"""What an import would do: what is new, the same or changed, and each changed value old and new."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

import pandas as pd

from evaluation.config import site_id
from evaluation.model import KEY_COLUMNS, PARTICIPANT_COLUMNS, YES_NO, Dataset, ImportReport
from evaluation.store.content import (
    SERVICE_VALUES,
    IndicatorKey,
    Key,
    Measured,
    PersonKey,
    Response,
    differences,
    indicators_of,
    merge,
    responses_of,
    services_of,
    still_possible,
)
from evaluation.store.current import Current
from instruments.definition import Instrument

MAX_DETAILS = 1_000
DETAIL_COLUMNS = (*KEY_COLUMNS, "instrument", "part", "old", "new")
SERVICE_USE = "service_use"
INDICATORS = "indicators"
# What the table of people says of each, beside site and code.
_PERSON_VALUES = PARTICIPANT_COLUMNS[2:]


def _no_details() -> pd.DataFrame:
    return _details_table([])


@dataclass(frozen=True, slots=True)
class Changes:
    """What an import would do, or has done.

    ``new``, ``same`` and ``changed`` count questionnaires, ``refused`` rows of the files,
    ``service_*``, ``people_*`` and ``indicators_*`` what it says of service use, of people
    themselves and of indicators.
    ``details`` has one row for each value that changes (DETAIL_COLUMNS), the first MAX_DETAILS of
    ``n_details``; its instrument is ``service_use`` or ``indicators`` (the part is the indicator's
    name), or ``""`` for what is said of a person.
    """

    new: int
    same: int
    changed: int
    refused: int = 0
    service_new: int = 0
    service_same: int = 0
    service_changed: int = 0
    people_new: int = 0
    people_changed: int = 0
    indicators_new: int = 0
    indicators_same: int = 0
    indicators_changed: int = 0
    n_details: int = 0
    details: pd.DataFrame = field(default_factory=_no_details, compare=False)

    def counts(self) -> dict[str, int]:
        """Every count by its name, without what stands in ``details``."""
        every = {f.name: getattr(self, f.name) for f in fields(self) if f.name != "details"}
        return {name: int(number) for name, number in every.items() if name != "n_details"}

    @property
    def nothing_to_store(self) -> bool:
        """Whether everything in the upload is in the store already."""
        return not any(
            (self.new, self.changed, self.service_new, self.service_changed, self.people_new,
             self.people_changed, self.indicators_new, self.indicators_changed)
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class PersonChange:
    """New values of a person who is known already; ``before`` and ``after`` have what differs."""

    id: int
    values: dict[str, str]
    before: dict[str, str]
    after: dict[str, str]


@dataclass(frozen=True)
class Plan:
    """What is to be written, each with the number of the row that it supersedes."""

    changes: Changes
    responses: list[tuple[Key, Response, int | None]]
    services: list[tuple[PersonKey, dict[str, Any], int | None]]
    new_people: dict[PersonKey, dict[str, str]]
    changed_people: list[PersonChange]
    indicators: list[tuple[IndicatorKey, Measured, int | None]]


@dataclass
class _Details:
    """Collects changed values and counts those that no longer fit."""

    sites: dict[str, str]
    rows: list[tuple] = field(default_factory=list)
    n: int = 0

    def add(self, key: tuple, instrument: str, part: str, old: Any, new: Any) -> None:
        self.n += 1
        if self.n <= MAX_DETAILS:
            site, *occasion = key
            place = (self.sites[site], *occasion, instrument, part)
            self.rows.append((*place, _shown(old), _shown(new)))


def plan_import(report: ImportReport, current: Current, local: Mapping[str, Instrument]) -> Plan:
    """Compare a report with what is stored: a blank never overwrites anything.

    Answers to a questionnaire in ``local`` are from now on those of its version there.
    """
    dataset = report.dataset
    details = _Details({site_id(name): name for name in dataset.participants["site"].unique()})
    given, used = responses_of(dataset), services_of(dataset)
    new_people, changed_people = _compare_people(dataset, current, details)
    responses = _compare_responses(given, current, local, details)
    services = _compare_services(used, current, details)
    measured = indicators_of(dataset)
    indicators = _compare_indicators(measured, current, details)
    changed = sum(old is not None for _, _, old in responses)
    services_changed = sum(old is not None for _, _, old in services)
    indicators_changed = sum(old is not None for _, _, old in indicators)
    changes = Changes(
        new=len(responses) - changed,
        same=len(given) - len(responses),
        changed=changed,
        refused=sum(file.rows_read - file.rows_accepted for file in report.files),
        service_new=len(services) - services_changed,
        service_same=len(used) - len(services),
        service_changed=services_changed,
        people_new=len(new_people),
        people_changed=len(changed_people),
        indicators_new=len(indicators) - indicators_changed,
        indicators_same=len(measured) - len(indicators),
        indicators_changed=indicators_changed,
        n_details=details.n,
        details=_details_table(details.rows),
    )
    return Plan(changes, responses, services, new_people, changed_people, indicators)


def _compare_responses(
    given: dict[Key, Response],
    current: Current,
    local: Mapping[str, Instrument],
    details: _Details,
) -> list[tuple[Key, Response, int | None]]:
    to_write: list[tuple[Key, Response, int | None]] = []
    for key, content in given.items():
        definition = local.get(key[-1])
        content.definition_version = None if definition is None else int(definition.version)
        stored = current.responses.get(key)
        if stored is None:
            to_write.append((key, content, None))
            continue
        if stored.is_text_of(content):
            continue
        old = kept = stored.read()
        if definition is not None and old.definition_version != content.definition_version:
            kept = still_possible(old, definition)
        merged = merge(kept, content)
        if merged != old:
            to_write.append((key, merged, stored.id))
            for change in differences(old, merged):
                details.add(key[:-1], key[-1], *change)
    return to_write


def _compare_services(
    used: dict[PersonKey, dict[str, Any]], current: Current, details: _Details
) -> list[tuple[PersonKey, dict[str, Any], int | None]]:
    to_write: list[tuple[PersonKey, dict[str, Any], int | None]] = []
    for key, content in used.items():
        stored = current.services.get(key)
        if stored is None:
            to_write.append((key, content, None))
            continue
        merged = stored.content | content
        if merged == stored.content:
            continue
        to_write.append((key, merged, stored.id))
        for name in SERVICE_VALUES:
            if stored.content.get(name) != merged.get(name):
                place = (*key, "", "", "", 0)
                details.add(place, SERVICE_USE, name, stored.content.get(name), merged.get(name))
    return to_write


def _compare_indicators(
    measured: dict[IndicatorKey, Measured], current: Current, details: _Details
) -> list[tuple[IndicatorKey, Measured, int | None]]:
    """A kind that is another one only for what stands beside it is no change of the value."""
    to_write: list[tuple[IndicatorKey, Measured, int | None]] = []
    for key, content in measured.items():
        stored = current.indicators.get(key)
        if stored is None:
            to_write.append((key, content, None))
            continue
        old = stored.content
        if old.value == content.value and (old.kind == YES_NO) == (content.kind == YES_NO):
            continue
        to_write.append((key, content, stored.id))
        site, code, child, wave, name = key
        place = (site, code, child, "", wave, 0)
        details.add(place, INDICATORS, name, _as_typed(old), _as_typed(content))
    return to_write


def _as_typed(measured: Measured) -> bool | float:
    return bool(measured.value) if measured.kind == YES_NO else measured.value


def _compare_people(
    dataset: Dataset, current: Current, details: _Details
) -> tuple[dict[PersonKey, dict[str, str]], list[PersonChange]]:
    """People who are not known yet, and those of whom something else is said now."""
    added: dict[PersonKey, dict[str, str]] = {}
    changed = []
    table = dataset.participants
    slugs = {name: site_id(name) for name in table["site"].unique()}
    rows = zip(*(table[name].tolist() for name in PARTICIPANT_COLUMNS), strict=True)
    for site, code, *values in rows:
        key = (slugs[site], code)
        said = {name: v for name, v in zip(_PERSON_VALUES, values, strict=True) if v}
        stored = current.people.get(key)
        if stored is None:
            added[key] = said | added.get(key, {})
            continue
        after = {name: v for name, v in said.items() if stored.values.get(name, "") != v}
        if after:
            before = {name: stored.values.get(name, "") for name in after}
            changed.append(PersonChange(stored.id, stored.values | after, before, after))
            for name, value in after.items():
                details.add((*key, "", "", "", 0), "", name, before[name], value)
    return added, changed


def _shown(value: Any) -> str:
    """A value as a person reads it: 2 rather than 2.0."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else str(value)
    return value.isoformat() if isinstance(value, dt.date) else str(value)


def _details_table(rows: list[tuple]) -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=list(DETAIL_COLUMNS), dtype=object)
    sessions = pd.array([number or None for number in table["session_number"]], dtype="Int64")
    return table.assign(session_number=sessions)
