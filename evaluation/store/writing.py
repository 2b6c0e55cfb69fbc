"""From a report to rows: what is new, what is the same, what a correction supersedes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy import Connection, Table, insert, select, update

from evaluation.config import site_id
from evaluation.model import CHARACTERISTIC_COLUMNS, SERVICE_USE_COLUMNS, Dataset, ImportReport
from evaluation.store import schema
from evaluation.store.engine import StoreError
from instruments.definition import Instrument
from instruments.registry import all_instruments

_SERVICE_VALUES = [c for c in SERVICE_USE_COLUMNS if c not in ("site", "participant", "couple")]

Answers = dict[str, float]
# site slug, participant, child, informant, wave, session, instrument
Key = tuple[str, str, str, str, str, int, str]


@dataclass(frozen=True, slots=True)
class Changes:
    """What an import would do: questionnaires that are new, the same, or changed."""

    new: int
    same: int
    changed: int


def slugs_of(dataset: Dataset) -> list[str]:
    return [site_id(name) for name in dict.fromkeys(dataset.participants["site"])]


def _questionnaires(dataset: Dataset) -> list[tuple[Key, dict[str, Any]]]:
    """Each questionnaire filled in, with its key and content."""
    found: dict[tuple[int, str], dict[str, Answers]] = {}
    for kind, tables in (("answers", dataset.answers), ("supplied", dataset.supplied)):
        for instrument, table in tables.items():
            names = [str(column) for column in table.columns]
            for record, values in zip(table.index, table.to_numpy(), strict=True):
                content = {n: v for n, v in zip(names, values.tolist(), strict=True) if v == v}
                if content:
                    entry = found.setdefault((record, instrument), {"answers": {}, "supplied": {}})
                    entry[kind] = content
    records = dataset.records.to_dict("index")
    result = []
    for (record, instrument), content in found.items():
        row = records[record]
        session = row["session_number"]
        key = (
            site_id(row["site"]), row["participant"], row["child"], row["informant"], row["wave"],
            0 if pd.isna(session) else int(session), instrument,
        )  # fmt: skip
        day = row["completed_on"]
        occasion = {
            "completed_on": None if pd.isna(day) else day.date(),
            "mode": row["mode"],
            "administered_by_role": row["administered_by_role"],
        }
        result.append((key, {**content, **occasion}))
    return result


def current_responses(connection: Connection, slugs: list[str]) -> dict[Key, dict[str, Any]]:
    r, p, s = schema.response, schema.participant, schema.site
    query = (
        select(
            s.c.slug, p.c.code, r.c.child, r.c.informant, r.c.wave, r.c.session_number,
            r.c.instrument, r.c.id, r.c.answers, r.c.supplied, r.c.completed_on, r.c.mode,
            r.c.administered_by_role, r.c.definition_version,
        )
        .select_from(r.join(p).join(s))
        .where(r.c.superseded_by.is_(None), s.c.slug.in_(slugs))
    )  # fmt: skip
    return {
        tuple(row[:7]): {
            "id": row[7], "answers": json.loads(row[8]), "supplied": json.loads(row[9]),
            "completed_on": row[10], "mode": row[11], "administered_by_role": row[12],
            "definition_version": row[13],
        }
        for row in connection.execute(query)
    }  # fmt: skip


def compare(
    dataset: Dataset, current: dict[Key, dict[str, Any]], local: Mapping[str, Instrument]
) -> tuple[Changes, list[tuple[Key, dict[str, Any], int | None]]]:
    """Merge with what is stored: a blank never overwrites an answer.

    Answers to a questionnaire in ``local`` are from now on those of its version there.
    """
    new = same = changed = 0
    to_write: list[tuple[Key, dict[str, Any], int | None]] = []
    for key, given in _questionnaires(dataset):
        old, definition = current.get(key), local.get(key[-1])
        version = None if definition is None else int(definition.version)
        content = given | {"definition_version": version}
        if old is None:
            new += 1
            to_write.append((key, content, None))
            continue
        kept = old
        if definition is not None and old["definition_version"] != version:
            kept = _still_possible(old, definition)
        merged = {
            "answers": kept["answers"] | content["answers"],
            "supplied": kept["supplied"] | content["supplied"],
            "definition_version": version,
            "completed_on": content["completed_on"] or old["completed_on"],
            "mode": content["mode"] or old["mode"],
            "administered_by_role": content["administered_by_role"] or old["administered_by_role"],
        }
        if merged == {name: value for name, value in old.items() if name != "id"}:
            same += 1
        else:
            changed += 1
            to_write.append((key, merged, old["id"]))
    return Changes(new, same, changed), to_write


def _still_possible(old: dict[str, Any], definition: Instrument) -> dict[str, Answers]:
    """The answers given under another version that this one has a place for."""
    items = {str(item.number): (item.minimum, item.maximum) for item in definition.items}
    scales = {scale.id: scale.score_range for scale in definition.scales}
    return {
        kind: {
            name: value
            for name, value in old[kind].items()
            if name in limits and limits[name][0] <= value <= limits[name][1]
        }
        for kind, limits in (("answers", items), ("supplied", scales))
    }


def check_definitions(dataset: Dataset, local: Mapping[str, Instrument]) -> None:
    """Refuse answers that were read with another definition than the one in use."""
    known = {instrument.id for instrument in all_instruments()}
    for name in dataset.answers.keys() | dataset.supplied.keys():
        if name in local:
            _check_fits(dataset, local[name])
        elif name not in known:
            raise StoreError(f"'{name}' is no questionnaire of this store. Define it first.")


def _check_fits(dataset: Dataset, definition: Instrument) -> None:
    limits = {item.number: (item.minimum, item.maximum) for item in definition.items}
    ranges = {scale.id: scale.score_range for scale in definition.scales}
    for tables, allowed in ((dataset.answers, limits), (dataset.supplied, ranges)):
        for name, values in tables.get(definition.id, pd.DataFrame()).items():
            low, high = allowed.get(name, (np.inf, -np.inf))
            if not values.dropna().between(low, high).all():
                raise StoreError(
                    f"The definition of '{definition.id}' has changed since the file was read. "
                    "Read the file again."
                )


def insert_one(connection: Connection, table: Table, **values: Any) -> int:
    """Add one row and return its number."""
    query = insert(table).values(**values).returning(table.c.id)
    return int(connection.execute(query).scalar_one())


def store_participants(connection: Connection, dataset: Dataset) -> dict[tuple[str, str], int]:
    """Add new people, fill in what was blank, and return their ids by site slug and code."""
    p, s = schema.participant, schema.site
    sites = {slug: number for number, slug in connection.execute(select(s.c.id, s.c.slug))}
    for name in dict.fromkeys(dataset.participants["site"]):
        if site_id(name) not in sites:
            sites[site_id(name)] = insert_one(connection, s, slug=site_id(name), name=name)
    query = select(p.c.id, s.c.slug, p.c.code, p.c.couple, p.c.role, p.c.characteristics).join(s)
    known = {(row.slug, row.code): row for row in connection.execute(query)}
    added: list[dict[str, Any]] = []
    for row in dataset.participants.to_dict("records"):
        key = (site_id(row["site"]), row["participant"])
        traits = {name: row[name] for name in CHARACTERISTIC_COLUMNS if row[name]}
        old = known.get(key)
        if old is None:
            added.append(
                {"site_id": sites[key[0]], "code": key[1], "couple": row["couple"],
                 "role": row["role"], "characteristics": json.dumps(traits)}
            )  # fmt: skip
            continue
        merged = {
            "couple": row["couple"] or old.couple,
            "role": row["role"] or old.role,
            "characteristics": json.dumps(json.loads(old.characteristics) | traits),
        }
        connection.execute(update(p).where(p.c.id == old.id).values(**merged))
    if added:
        connection.execute(insert(p), added)
    ids = select(s.c.slug, p.c.code, p.c.id).select_from(p.join(s))
    return {(slug, code): number for slug, code, number in connection.execute(ids)}


def store_responses(
    connection: Connection,
    import_id: int,
    to_write: list[tuple[Key, dict[str, Any], int | None]],
    people: dict[tuple[str, str], int],
) -> None:
    replaced = [old for _, _, old in to_write if old is not None]
    for start in range(0, len(replaced), 500):
        some = replaced[start : start + 500]
        connection.execute(
            update(schema.response)
            .where(schema.response.c.id.in_(some))
            .values(superseded_by=import_id)
        )
    rows = [
        {
            "import_id": import_id, "participant_id": people[key[0], key[1]], "child": key[2],
            "informant": key[3], "wave": key[4], "session_number": key[5], "instrument": key[6],
            **content,
            "answers": json.dumps(content["answers"]), "supplied": json.dumps(content["supplied"]),
        }
        for key, content, _ in to_write
    ]  # fmt: skip
    if rows:
        connection.execute(insert(schema.response), rows)


def store_service_use(
    connection: Connection, import_id: int, dataset: Dataset, people: dict[tuple[str, str], int]
) -> None:
    table = schema.service_use
    query = select(table.c.participant_id, table.c.id, table.c.content).where(
        table.c.superseded_by.is_(None)
    )
    current = {row.participant_id: row for row in connection.execute(query)}
    rows = []
    for row in dataset.service_use.to_dict("records"):
        person = people[site_id(row["site"]), row["participant"]]
        content = {n: _plain(row[n]) for n in _SERVICE_VALUES if _plain(row[n]) not in (None, "")}
        old = current.get(person)
        if old is not None:
            content = json.loads(old.content) | content
            if content == json.loads(old.content):
                continue
            connection.execute(
                update(table).where(table.c.id == old.id).values(superseded_by=import_id)
            )
        rows.append(
            {"import_id": import_id, "participant_id": person, "content": json.dumps(content)}
        )
    if rows:
        connection.execute(insert(table), rows)


def _plain(value: Any) -> Any:
    """A table's value as JSON knows it; blank as ``None``."""
    if isinstance(value, pd.Timestamp):
        return value.date().isoformat()
    if value is None or value is pd.NaT or (isinstance(value, float) and value != value):
        return None
    return bool(value) if isinstance(value, bool | np.bool_) else value


def store_register(connection: Connection, import_id: int, report: ImportReport) -> None:
    connection.execute(
        insert(schema.import_file),
        [
            {"import_id": import_id, "name": f.name, "sha256": f.sha256,
             "rows_read": f.rows_read, "rows_accepted": f.rows_accepted}
            for f in report.files
        ],
    )  # fmt: skip
    if report.decisions:
        decided = [{"import_id": import_id, "text": text} for text in report.decisions]
        connection.execute(insert(schema.decision), decided)
    if report.problems:
        rows = [{"import_id": import_id, **asdict(p)} for p in report.problems]
        connection.execute(insert(schema.problem), rows)
