"""Reports as the reading of a file makes them, from a few words; and what a store's tables hold."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pandas as pd
from sqlalchemy import text

from evaluation.model import (
    INDICATOR_COLUMNS,
    PARTICIPANT_COLUMNS,
    REASON_COLUMNS,
    RECORD_COLUMNS,
    SERVICE_USE_COLUMNS,
    Dataset,
    ImportReport,
    Problem,
    SourceFile,
)
from tests.evaluation.store.databases import plain_engine

# What undoing has to leave as it was before the import.
UNDONE_TABLES = ("participant", "response", "service_use", "indicator", "mapping", "site")
TRAITS = PARTICIPANT_COLUMNS[2:]


def row(participant: str = "P1", wave: str = "baseline", **said: Any) -> dict[str, Any]:
    """One row of a file: ``phq9={1: 2}``, ``reasons={"phq9": {"1": "refused"}}``, ``role=...``."""
    return {"site": "Luton", "participant": participant, "wave": wave, **said}


def used(participant: str = "P1", **said: Any) -> dict[str, Any]:
    """One row about the service that somebody used."""
    return {"site": "Luton", "participant": participant, **said}


def counted(
    participant: str = "P1",
    indicator: str = "incidents",
    value: float = 1.0,
    wave: str = "baseline",
    **said: Any,
) -> dict[str, Any]:
    """One counted outcome; ``kind="yes_no"`` for one that is yes (1) or no (0)."""
    content = {"kind": "count", "child": "", "site": "Luton"} | said
    return content | {
        "participant": participant, "indicator": indicator, "value": float(value), "wave": wave,
    }  # fmt: skip


def upload(
    *rows: dict[str, Any],
    service: tuple[dict[str, Any], ...] = (),
    indicators: tuple[dict[str, Any], ...] = (),
    name: str = "a.csv",
    problems: tuple[Problem, ...] = (),
    refused: int = 0,
    synthetic: bool = False,
) -> ImportReport:
    n = len(rows) + len(service) + len(indicators) + refused
    sha256 = hashlib.sha256(repr((rows, service, indicators)).encode()).hexdigest()
    return ImportReport(
        files=(SourceFile(name, sha256, n, n - refused, len(rows)),),
        problems=problems,
        dataset=dataset(rows, service, indicators, synthetic=synthetic),
    )


def dataset(
    rows: tuple[dict[str, Any], ...],
    service: tuple[dict[str, Any], ...] = (),
    indicators: tuple[dict[str, Any], ...] = (),
    *,
    synthetic: bool = False,
) -> Dataset:
    tables: dict[str, dict[str, dict[int, dict]]] = {"answers": {}, "supplied": {}}
    reasons = []
    people: dict[tuple[str, str], dict[str, str]] = {}
    for number, entry in enumerate(rows):
        for instrument in ("phq9", "gad7", "ours"):
            for part, value in entry.get(instrument, {}).items():
                kind = "answers" if isinstance(part, int) else "supplied"
                tables[kind].setdefault(instrument, {}).setdefault(number, {})[part] = value
        for instrument, parts in entry.get("reasons", {}).items():
            reasons += [(number, instrument, part, reason) for part, reason in parts.items()]
    for entry in (*rows, *service, *indicators):
        person = people.setdefault((entry["site"], entry["participant"]), {})
        person |= {name: entry[name] for name in TRAITS if entry.get(name)}
    records = pd.DataFrame(list(rows)).reindex(columns=list(RECORD_COLUMNS))
    for name in ("child", "informant", "mode", "administered_by_role"):
        records[name] = records[name].astype(object).where(records[name].notna(), "")
    records["completed_on"] = pd.to_datetime(records["completed_on"])
    records["session_number"] = records["session_number"].astype(float)
    participants = pd.DataFrame(
        [{"site": site, "participant": code, **said} for (site, code), said in people.items()]
    ).reindex(columns=list(PARTICIPANT_COLUMNS))
    services = pd.DataFrame(list(service)).reindex(columns=list(SERVICE_USE_COLUMNS))
    services["referred_on"] = pd.to_datetime(services["referred_on"])
    return Dataset(
        participants=participants.astype(object).where(participants.notna(), ""),
        records=records,
        answers=_frames(tables["answers"]),
        supplied=_frames(tables["supplied"]),
        service_use=services,
        reasons=pd.DataFrame(reasons, columns=list(REASON_COLUMNS)),
        indicators=pd.DataFrame(list(indicators), columns=list(INDICATOR_COLUMNS)),
        synthetic=synthetic,
    )


def _frames(tables: dict[str, dict[int, dict]]) -> dict[str, pd.DataFrame]:
    return {
        instrument: pd.DataFrame(list(by_row.values()), index=list(by_row), dtype=float)
        for instrument, by_row in tables.items()
    }


def held(
    where: str | Path, tables: tuple[str, ...] = UNDONE_TABLES
) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of these tables, numbers included; ``where``: the address, or an SQLite file."""
    engine = plain_engine(where if isinstance(where, str) else f"sqlite:///{where}")
    with engine.begin() as connection:
        found = {
            name: [tuple(r) for r in connection.execute(text(f"select * from {name} order by id"))]
            for name in tables
        }
    engine.dispose()
    return found
