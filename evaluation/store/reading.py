"""From rows to a dataset: everything that counts now, ready to be scored."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
from sqlalchemy import Connection, or_, select

from evaluation.indicators import settled_kinds
from evaluation.model import (
    INDICATOR_COLUMNS,
    PARTICIPANT_COLUMNS,
    REASON_COLUMNS,
    RECORD_COLUMNS,
    SERVICE_USE_COLUMNS,
    Dataset,
)
from evaluation.store import schema
from evaluation.store.definitions import scoring_ids

_SERVICE_DATES = ("referred_on", "started_on", "ended_on")


def load_dataset(connection: Connection) -> Dataset:
    r, p, s = schema.response, schema.participant, schema.site
    people = pd.DataFrame(
        [
            {"site": row.name, "participant": row.code, "couple": row.couple, "role": row.role,
             **json.loads(row.characteristics)}
            for row in connection.execute(
                select(s.c.name, p.c.code, p.c.couple, p.c.role, p.c.characteristics)
                .select_from(p.join(s)).order_by(p.c.id)
            )
        ]
    )  # fmt: skip
    participants = people.reindex(columns=list(PARTICIPANT_COLUMNS)).astype(object)
    participants = participants.where(participants.notna(), "")
    query = (
        select(
            s.c.name, p.c.code, r.c.child, r.c.informant, r.c.wave, r.c.session_number,
            r.c.completed_on, r.c.mode, r.c.administered_by_role, r.c.instrument, r.c.answers,
            r.c.supplied, r.c.reasons, r.c.definition_version,
        )
        .select_from(r.join(p).join(s))
        .where(r.c.superseded_by.is_(None))
        .order_by(r.c.id)
    )  # fmt: skip
    rows = connection.execute(query).all()
    records, numbers = _records([tuple(row[:9]) for row in rows])
    ids = scoring_ids(connection)
    names = [ids.get((row.instrument, row.definition_version), row.instrument) for row in rows]
    return Dataset(
        participants=participants,
        records=records,
        answers=_tables(numbers, names, [row.answers for row in rows], number_columns=True),
        supplied=_tables(numbers, names, [row.supplied for row in rows], number_columns=False),
        service_use=_load_service_use(connection),
        indicators=_load_indicators(connection),
        reasons=_reasons(numbers, names, [row.reasons for row in rows]),
        synthetic=_is_synthetic(connection),
    )


def _is_synthetic(connection: Connection) -> bool:
    """Whether made-up data are in the store: a file not undone, or rows that its undo left."""
    b = schema.import_batch
    left = [
        b.c.id.in_(select(table.c.import_id))
        for table in (schema.response, schema.service_use, schema.indicator, schema.participant)
    ]
    query = select(b.c.id).where(b.c.synthetic, or_(b.c.undone_by.is_(None), *left)).limit(1)
    return connection.execute(query).first() is not None


def _records(rows: list[tuple]) -> tuple[pd.DataFrame, list[int]]:
    """One record for each key and date; the number of the record of each row."""
    by_key: dict[tuple, int] = {}
    content: list[tuple] = []
    numbers = []
    for row in rows:
        key = row[:7]
        if key not in by_key:
            by_key[key] = len(content)
            content.append(row)
        numbers.append(by_key[key])
    records = pd.DataFrame(content, columns=list(RECORD_COLUMNS))
    records["session_number"] = records["session_number"].replace(0, np.nan).astype(float)
    records["completed_on"] = pd.to_datetime(records["completed_on"])
    return records, numbers


def _tables(
    numbers: list[int], names: list[str], contents: list[str], *, number_columns: bool
) -> dict[str, pd.DataFrame]:
    rows: dict[str, dict[int, dict]] = {}
    for number, instrument, text in zip(numbers, names, contents, strict=True):
        if text != "{}":
            rows.setdefault(instrument, {})[number] = json.loads(text)
    tables = {}
    for instrument, by_record in rows.items():
        table = pd.DataFrame(list(by_record.values()), index=list(by_record), dtype=float)
        if number_columns:
            table.columns = [int(column) for column in table.columns]
            table = table[sorted(table.columns)]
        tables[instrument] = table
    return tables


def _reasons(numbers: list[int], names: list[str], contents: list[str]) -> pd.DataFrame:
    """One row for each part that a reason is stored for."""
    rows = [
        (number, instrument, part, reason)
        for number, instrument, text in zip(numbers, names, contents, strict=True)
        if text != "{}"
        for part, reason in json.loads(text).items()
    ]
    return pd.DataFrame(rows, columns=list(REASON_COLUMNS))


def _load_service_use(connection: Connection) -> pd.DataFrame:
    table, p, s = schema.service_use, schema.participant, schema.site
    query = (
        select(s.c.name, p.c.code, p.c.couple, table.c.content)
        .select_from(table.join(p).join(s))
        .where(table.c.superseded_by.is_(None))
        .order_by(table.c.id)
    )
    rows = [
        {"site": row[0], "participant": row[1], "couple": row[2], **json.loads(row[3])}
        for row in connection.execute(query)
    ]
    frame = pd.DataFrame(rows).reindex(columns=list(SERVICE_USE_COLUMNS))
    for name in _SERVICE_DATES:
        frame[name] = pd.to_datetime(frame[name])
    for name in ("ending", "would_recommend"):
        frame[name] = frame[name].astype(object).where(frame[name].notna(), "")
    frame["took_up"] = frame["took_up"].astype(object).where(frame["took_up"].notna(), None)
    return frame


def _load_indicators(connection: Connection) -> pd.DataFrame:
    i, p, s = schema.indicator, schema.participant, schema.site
    query = (
        select(s.c.name, p.c.code, i.c.child, i.c.wave, i.c.indicator, i.c.kind, i.c.value)
        .select_from(i.join(p).join(s))
        .where(i.c.superseded_by.is_(None))
        .order_by(i.c.id)
    )
    rows = [tuple(row) for row in connection.execute(query)]
    frame = pd.DataFrame(rows, columns=list(INDICATOR_COLUMNS)).astype(object)
    return settled_kinds(frame.astype({"value": float}))
