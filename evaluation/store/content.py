"""What a dataset holds, in the terms of the store: one content for each key.

Comparing an upload with what is stored happens here and in `changes`, on plain values.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from evaluation.config import site_id
from evaluation.model import INDICATOR_COLUMNS, SERVICE_USE_COLUMNS, Dataset
from instruments.definition import Instrument

SERVICE_VALUES = tuple(c for c in SERVICE_USE_COLUMNS if c not in ("site", "participant", "couple"))
_OF_THE_OCCASION = ("completed_on", "mode", "administered_by_role", "definition_version")

Answers = dict[str, float]
# site slug, participant, child, informant, wave, session (0 = none), instrument
Key = tuple[str, str, str, str, str, int, str]
# site slug, participant
PersonKey = tuple[str, str]
# site slug, participant, child, wave, indicator
IndicatorKey = tuple[str, str, str, str, str]


class Measured(NamedTuple):
    """What is known of one indicator; the kind may become another beside later values."""

    kind: str
    value: float


@dataclass(slots=True)
class Response:
    """One questionnaire as somebody filled it in; a part is an item's number or a scale's id."""

    answers: Answers = field(default_factory=dict)
    supplied: Answers = field(default_factory=dict)
    reasons: dict[str, str] = field(default_factory=dict)
    completed_on: dt.date | None = None
    mode: str = ""
    administered_by_role: str = ""
    definition_version: int | None = None

    def value(self, part: str) -> float | str | None:
        """What is known of a part: the answer, the score, or why there is none."""
        for content in (self.answers, self.supplied):
            if part in content:
                return content[part]
        return self.reasons.get(part)

    @property
    def is_answered(self) -> bool:
        """Whether there is more than a reason."""
        return bool(self.answers or self.supplied)

    @property
    def is_blank(self) -> bool:
        return not (self.is_answered or self.reasons)

    def columns(self) -> dict[str, Any]:
        """As the columns of the table `response`."""
        return {
            "answers": dump(self.answers),
            "supplied": dump(self.supplied),
            "reasons": dump(self.reasons),
            "completed_on": self.completed_on,
            "mode": self.mode,
            "administered_by_role": self.administered_by_role,
            "definition_version": self.definition_version,
        }


EMPTY = "{}"


def dump(content: dict[str, Any]) -> str:
    """The content as stored text."""
    return json.dumps(content) if content else EMPTY


def read(text: str) -> dict[str, Any]:
    """Stored text as content."""
    return {} if text == EMPTY else json.loads(text)


@lru_cache(maxsize=4096)
def part_order(part: str) -> tuple[int, int, str]:
    """Items by number, then scales by id."""
    return (0, int(part), "") if part.isdecimal() else (1, 0, part)


# --- from a dataset -------------------------------------------------------------------------


def responses_of(dataset: Dataset) -> dict[Key, Response]:
    """Each questionnaire that was filled in, or that a reason was given for."""
    found: dict[tuple[int, str], Response] = {}
    occasions = _occasions(dataset.records)

    def at(record: int, instrument: str) -> Response:
        place = (record, instrument)
        if place not in found:
            _, day, mode, by = occasions[record]
            found[place] = Response(completed_on=day, mode=mode, administered_by_role=by)
        return found[place]

    for instrument, table in dataset.answers.items():
        for record, content in _contents(table):
            at(record, instrument).answers = content
    for instrument, table in dataset.supplied.items():
        for record, content in _contents(table):
            at(record, instrument).supplied = content
    given = dataset.reasons
    rows = zip(given["record"], given["instrument"], given["part"], given["reason"], strict=True)
    for record, instrument, part, reason in rows:
        response = at(record, instrument)
        if reason and str(part) not in response.answers | response.supplied:
            response.reasons[str(part)] = reason
    by_key: dict[Key, Response] = {}
    for (record, instrument), response in found.items():
        if not response.is_blank:
            key = (*occasions[record][0], instrument)
            by_key[key] = _together(by_key[key], response) if key in by_key else response
    return by_key


def _together(first: Response, second: Response) -> Response:
    """Two rows of one occasion, of which one says only why there are no answers."""
    if not second.is_answered:
        return merge(second, first)
    if first.is_answered:
        raise ValueError("dataset: two records hold one questionnaire of one person and occasion")
    return merge(first, second)


def _occasions(records: pd.DataFrame) -> dict[int, tuple[tuple, dt.date | None, str, str]]:
    """Key without instrument, date, mode and who helped, by record number."""
    slugs = {name: site_id(name) for name in records["site"].unique()}
    sessions = pd.to_numeric(records["session_number"]).fillna(0).astype(int)
    days = pd.to_datetime(records["completed_on"]).dt.date
    names = ("participant", "child", "informant", "wave", "mode", "administered_by_role")
    text = {name: records[name].tolist() for name in names}
    keys = zip(
        records["site"].map(slugs).tolist(), text["participant"], text["child"],
        text["informant"], text["wave"], sessions.tolist(), strict=True,
    )  # fmt: skip
    rest = zip(days.tolist(), text["mode"], text["administered_by_role"], strict=True)
    return {
        number: (key, None if day is pd.NaT else day, mode, by)
        for number, key, (day, mode, by) in zip(records.index, keys, rest, strict=True)
    }


def _contents(table: pd.DataFrame) -> Iterator[tuple[int, Answers]]:
    """The filled cells of each row that has any, in the order of the questionnaire."""
    columns = {str(column): column for column in table.columns}
    names = sorted(columns, key=part_order)
    rows = table[[columns[name] for name in names]].to_numpy(dtype=float).tolist()
    for record, values in zip(table.index, rows, strict=True):
        content = {n: v for n, v in zip(names, values, strict=True) if v == v}
        if content:
            yield record, content


def services_of(dataset: Dataset) -> dict[PersonKey, dict[str, Any]]:
    """The service each person used, without what is blank."""
    table = dataset.service_use
    columns = [[_plain(value) for value in table[name].tolist()] for name in SERVICE_VALUES]
    people = zip(table["site"], table["participant"], strict=True)
    found: dict[PersonKey, dict[str, Any]] = {}
    slugs = {name: site_id(name) for name in table["site"].unique()}
    for (site, code), values in zip(people, zip(*columns, strict=True), strict=True):
        named = zip(SERVICE_VALUES, values, strict=True)
        content = {name: value for name, value in named if value not in (None, "")}
        found[slugs[site], code] = found.get((slugs[site], code), {}) | content
    return found


def indicators_of(dataset: Dataset) -> dict[IndicatorKey, Measured]:
    """Each indicator of each person or child at each point in time."""
    table = dataset.indicators
    slugs = {name: site_id(name) for name in table["site"].unique()}
    columns = [table[name].tolist() for name in INDICATOR_COLUMNS]
    return {
        (slugs[site], code, child, wave, name): Measured(kind, float(value))
        for site, code, child, wave, name, kind, value in zip(*columns, strict=True)
    }


def _plain(value: Any) -> Any:
    """A table's value as JSON knows it; blank as ``None``."""
    if isinstance(value, str):
        return value
    if value is None or value is pd.NaT or (isinstance(value, float) and value != value):
        return None
    if isinstance(value, dt.date):
        return value.isoformat()[:10]
    if isinstance(value, bool | np.bool_):
        return bool(value)
    return float(value) if isinstance(value, np.number) else value


# --- with what is stored --------------------------------------------------------------------


def merge(old: Response, given: Response) -> Response:
    """What is stored with what arrives: a blank never overwrites, an answer ends a reason."""
    answers, supplied = _joined(old.answers, given.answers), _joined(old.supplied, given.supplied)
    reasons = _joined(old.reasons, given.reasons)
    return Response(
        answers=answers,
        supplied=supplied,
        reasons={p: r for p, r in reasons.items() if p not in answers and p not in supplied},
        completed_on=given.completed_on or old.completed_on,
        mode=given.mode or old.mode,
        administered_by_role=given.administered_by_role or old.administered_by_role,
        definition_version=given.definition_version,
    )


def _joined(old: dict[str, Any], given: dict[str, Any]) -> dict[str, Any]:
    """Both, the given first in rank, in the order of the questionnaire."""
    joined = old | given
    if len(joined) == len(old):
        return joined
    return {part: joined[part] for part in sorted(joined, key=part_order)}


def differences(old: Response, new: Response) -> Iterator[tuple[str, Any, Any]]:
    """What each changed part was and is; also of the occasion."""
    parts: set[str] = set()
    for kind in ("answers", "supplied", "reasons"):
        before, after = getattr(old, kind), getattr(new, kind)
        parts.update(part for part, value in after.items() if before.get(part) != value)
        parts.update(before.keys() - after.keys())
    for part in sorted(parts, key=part_order):
        yield part, old.value(part), new.value(part)
    for name in _OF_THE_OCCASION:
        if getattr(old, name) != getattr(new, name):
            yield name, getattr(old, name), getattr(new, name)


def still_possible(old: Response, definition: Instrument) -> Response:
    """What was given under another version of a definition that this one has a place for."""
    items = {str(item.number): (item.minimum, item.maximum) for item in definition.items}
    scales = {scale.id: scale.score_range for scale in definition.scales}

    def fitting(content: Answers, limits: Mapping[str, tuple[float, float]]) -> Answers:
        return {
            name: value
            for name, value in content.items()
            if name in limits and limits[name][0] <= value <= limits[name][1]
        }

    return replace(
        old,
        answers=fitting(old.answers, items),
        supplied=fitting(old.supplied, scales),
        reasons={p: reason for p, reason in old.reasons.items() if p in items or p in scales},
    )
