"""Everything that is asked of the store, in terms of the core types."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy import Connection, Engine, func, insert, select, update

from evaluation import __version__
from evaluation.config import site_id
from evaluation.model import (
    CHARACTERISTIC_COLUMNS,
    PARTICIPANT_COLUMNS,
    RECORD_COLUMNS,
    SERVICE_USE_COLUMNS,
    Dataset,
    ImportReport,
)
from evaluation.store import schema
from evaluation.store.engine import open_engine, writing

_SERVICE_VALUES = [c for c in SERVICE_USE_COLUMNS if c not in ("site", "participant", "couple")]
_SERVICE_DATES = ("referred_on", "started_on", "ended_on")

Answers = dict[str, float]
Key = tuple[str, str, str, str, str, int, str]  # site slug, code, child, informant, wave, session, instrument


@dataclass(frozen=True, slots=True)
class Site:
    """A pilot site: its id in links, and its name."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class Changes:
    """What an import would do: questionnaires that are new, the same, or changed."""

    new: int
    same: int
    changed: int


@dataclass(frozen=True, slots=True)
class Receipt:
    """What an import has done."""

    import_id: int
    imported_at: dt.datetime
    changes: Changes
    files: tuple[tuple[str, str], ...]


class Store:
    """The store behind one database address."""

    def __init__(self, url: str) -> None:
        self._engine: Engine = open_engine(url)

    def sites(self) -> tuple[Site, ...]:
        """Every site that the store knows, by name."""
        with self._engine.begin() as connection:
            rows = connection.execute(select(schema.site.c.slug, schema.site.c.name))
            return tuple(sorted((Site(*row) for row in rows), key=lambda s: s.name.casefold()))

    def known_sites(self) -> dict[str, str]:
        """Lower-case names and ids of the sites, each with the site's name."""
        sites = self.sites()
        return {s.id: s.name for s in sites} | {s.name.casefold(): s.name for s in sites}

    def snapshot(self) -> int:
        """A number that changes with every import; the key of everything that is cached."""
        with self._engine.begin() as connection:
            return connection.execute(select(func.max(schema.import_batch.c.id))).scalar() or 0

    def earlier_imports(self, sha256: Sequence[str]) -> list[tuple[str, dt.datetime]]:
        """Files with these fingerprints that were imported before: name and time."""
        query = (
            select(schema.import_file.c.name, schema.import_batch.c.imported_at)
            .join(schema.import_batch)
            .where(schema.import_file.c.sha256.in_(list(sha256)))
        )
        with self._engine.begin() as connection:
            return [(name, at) for name, at in connection.execute(query)]

    def preview(self, report: ImportReport) -> Changes:
        """What committing this report would change; nothing is written."""
        with self._engine.begin() as connection:
            current = _current_responses(connection, _slugs(report.dataset))
        return _compare(report.dataset, current)[0]

    def commit(self, report: ImportReport) -> Receipt:
        """Store the good rows of a report, and its problems, in one transaction."""
        if report.blocked:
            raise ValueError("report: a blocked file cannot be stored")
        dataset = report.dataset
        with writing(self._engine).begin() as connection:
            current = _current_responses(connection, _slugs(dataset))
            changes, to_write = _compare(dataset, current)
            at = dt.datetime.now(dt.UTC).replace(tzinfo=None, microsecond=0)
            import_id = connection.execute(
                insert(schema.import_batch).values(
                    imported_at=at, program_version=__version__, synthetic=dataset.synthetic,
                    n_new=changes.new, n_same=changes.same, n_changed=changes.changed,
                )  # fmt: skip
            ).inserted_primary_key[0]
            people = _store_participants(connection, dataset)
            _store_responses(connection, import_id, to_write, people)
            _store_service_use(connection, import_id, dataset, people)
            _store_register(connection, import_id, report)
        files = tuple((file.name, file.sha256) for file in report.files)
        return Receipt(import_id, at, changes, files)

    def imports(self) -> pd.DataFrame:
        """The register of imports, the newest first."""
        query = (
            select(
                schema.import_batch.c.id, schema.import_batch.c.imported_at,
                schema.import_file.c.name, schema.import_file.c.rows_read,
                schema.import_file.c.rows_accepted, schema.import_batch.c.n_new,
                schema.import_batch.c.n_same, schema.import_batch.c.n_changed,
            )
            .join(schema.import_file)
            .order_by(schema.import_batch.c.id.desc(), schema.import_file.c.id)
        )  # fmt: skip
        with self._engine.begin() as connection:
            return pd.DataFrame(connection.execute(query).mappings().all(), columns=[
                "id", "imported_at", "name", "rows_read", "rows_accepted", "n_new", "n_same",
                "n_changed",
            ])  # fmt: skip

    def to_fix(self) -> pd.DataFrame:
        """Problems of earlier imports that a person has to look at, the newest import first.

        A file that was imported again later replaces its own problems.
        """
        latest = (
            select(func.max(schema.import_file.c.import_id))
            .group_by(schema.import_file.c.name)
        )  # fmt: skip
        query = (
            select(schema.problem)
            .where(schema.problem.c.severity != "note", schema.problem.c.import_id.in_(latest))
            .order_by(schema.problem.c.import_id.desc(), schema.problem.c.id)
        )
        with self._engine.begin() as connection:
            rows = connection.execute(query).mappings().all()
        return pd.DataFrame(rows, columns=[c.name for c in schema.problem.columns])

    def load(self) -> Dataset:
        """Everything that counts now, ready to be scored."""
        with self._engine.begin() as connection:
            return _load(connection)


# --- writing --------------------------------------------------------------------------------


def _slugs(dataset: Dataset) -> list[str]:
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


def _current_responses(connection: Connection, slugs: list[str]) -> dict[Key, dict[str, Any]]:
    r, p, s = schema.response, schema.participant, schema.site
    query = (
        select(
            s.c.slug, p.c.code, r.c.child, r.c.informant, r.c.wave, r.c.session_number,
            r.c.instrument, r.c.id, r.c.answers, r.c.supplied, r.c.completed_on, r.c.mode,
            r.c.administered_by_role,
        )
        .select_from(r.join(p).join(s))
        .where(r.c.superseded_by.is_(None), s.c.slug.in_(slugs))
    )  # fmt: skip
    return {
        tuple(row[:7]): {
            "id": row[7], "answers": json.loads(row[8]), "supplied": json.loads(row[9]),
            "completed_on": row[10], "mode": row[11], "administered_by_role": row[12],
        }
        for row in connection.execute(query)
    }  # fmt: skip


def _compare(
    dataset: Dataset, current: dict[Key, dict[str, Any]]
) -> tuple[Changes, list[tuple[Key, dict[str, Any], int | None]]]:
    """Merge with what is stored: a blank never overwrites an answer."""
    new = same = changed = 0
    to_write: list[tuple[Key, dict[str, Any], int | None]] = []
    for key, content in _questionnaires(dataset):
        old = current.get(key)
        if old is None:
            new += 1
            to_write.append((key, content, None))
            continue
        merged = {
            "answers": old["answers"] | content["answers"],
            "supplied": old["supplied"] | content["supplied"],
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


def _store_participants(connection: Connection, dataset: Dataset) -> dict[tuple[str, str], int]:
    """Add new people, fill in what was blank, and return their ids by site slug and code."""
    p, s = schema.participant, schema.site
    sites = {slug: number for number, slug in connection.execute(select(s.c.id, s.c.slug))}
    for name in dict.fromkeys(dataset.participants["site"]):
        if site_id(name) not in sites:
            added = connection.execute(insert(s).values(slug=site_id(name), name=name))
            sites[site_id(name)] = added.inserted_primary_key[0]
    query = select(p.c.id, s.c.slug, p.c.code, p.c.couple, p.c.role, p.c.characteristics).join(s)
    known = {(row.slug, row.code): row for row in connection.execute(query)}
    added = []
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


def _store_responses(
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


def _store_service_use(
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


def _store_register(connection: Connection, import_id: int, report: ImportReport) -> None:
    connection.execute(
        insert(schema.import_file),
        [
            {"import_id": import_id, "name": f.name, "sha256": f.sha256,
             "rows_read": f.rows_read, "rows_accepted": f.rows_accepted}
            for f in report.files
        ],
    )  # fmt: skip
    if report.problems:
        rows = [{"import_id": import_id, **asdict(p)} for p in report.problems]
        connection.execute(insert(schema.problem), rows)


# --- reading --------------------------------------------------------------------------------


def _load(connection: Connection) -> Dataset:
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
    participants = people.reindex(columns=list(PARTICIPANT_COLUMNS)).fillna("").astype(object)
    query = (
        select(
            s.c.name, p.c.code, r.c.child, r.c.informant, r.c.wave, r.c.session_number,
            r.c.completed_on, r.c.mode, r.c.administered_by_role, r.c.instrument, r.c.answers,
            r.c.supplied,
        )
        .select_from(r.join(p).join(s))
        .where(r.c.superseded_by.is_(None))
        .order_by(r.c.id)
    )  # fmt: skip
    rows = connection.execute(query).all()
    records, numbers = _records([tuple(row[:9]) for row in rows])
    synthetic = connection.execute(
        select(func.count()).where(schema.import_batch.c.synthetic)
    ).scalar_one()
    return Dataset(
        participants=participants,
        records=records,
        answers=_tables(numbers, [(row[9], row[10]) for row in rows], number_columns=True),
        supplied=_tables(numbers, [(row[9], row[11]) for row in rows], number_columns=False),
        service_use=_load_service_use(connection),
        synthetic=synthetic > 0,
    )


def _records(rows: list[tuple]) -> tuple[pd.DataFrame, list[int]]:
    """One record for each key; the number of the record of each row."""
    by_key: dict[tuple, int] = {}
    content: list[tuple] = []
    numbers = []
    for row in rows:
        key = row[:6]
        if key not in by_key:
            by_key[key] = len(content)
            content.append(row)
        numbers.append(by_key[key])
    records = pd.DataFrame(content, columns=list(RECORD_COLUMNS))
    records["session_number"] = records["session_number"].replace(0, np.nan).astype(float)
    records["completed_on"] = pd.to_datetime(records["completed_on"])
    return records, numbers


def _tables(
    numbers: list[int], contents: list[tuple[str, str]], *, number_columns: bool
) -> dict[str, pd.DataFrame]:
    rows: dict[str, dict[int, dict]] = {}
    for number, (instrument, text) in zip(numbers, contents, strict=True):
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
