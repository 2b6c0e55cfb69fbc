"""Everything that is asked of the store, in terms of the core types."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd
from sqlalchemy import Engine, func, select

from evaluation import __version__
from evaluation.model import Dataset, ImportReport
from evaluation.store import schema
from evaluation.store.definitions import (
    SavedVersion,
    active_questionnaires,
    count_changes,
    earlier_questionnaires,
    list_versions,
    save_definitions,
)
from evaluation.store.engine import open_engine, writing
from evaluation.store.reading import load_dataset
from evaluation.store.writing import (
    Changes,
    check_definitions,
    compare,
    current_responses,
    insert_one,
    slugs_of,
    store_participants,
    store_register,
    store_responses,
    store_service_use,
)
from instruments.definition import Instrument


@dataclass(frozen=True, slots=True)
class Site:
    """A pilot site: its id in links, and its name."""

    id: str
    name: str


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
        """A number that changes with every import and definition; 0 before the first import.

        The key of everything that is cached.
        """
        with self._engine.begin() as connection:
            latest = connection.execute(select(func.max(schema.import_batch.c.id))).scalar() or 0
            return latest and latest + count_changes(connection)

    def local_questionnaires(self, *, earlier: bool = False) -> tuple[Instrument, ...]:
        """The site's own questionnaires as defined now; what files are read with.

        With ``earlier`` also those older versions that score stored answers in another way, each
        as a questionnaire of its own (``manchester_lfo@1``); what `load` is scored with.
        """
        with self._engine.begin() as connection:
            current = tuple(active_questionnaires(connection).values())
            return (*current, *earlier_questionnaires(connection)) if earlier else current

    def save_definition(self, text: str | bytes) -> tuple[SavedVersion, ...]:
        """Store definitions that `parse_definitions` accepts; each is the one in use from now on.

        Content that was saved before keeps its number. ``ValueError`` if there is a mistake.
        """
        with writing(self._engine).begin() as connection:
            return save_definitions(connection, text)

    def definition_versions(self) -> pd.DataFrame:
        """Every version of every definition (VERSION_COLUMNS), with the answers stored under it."""
        with self._engine.begin() as connection:
            return list_versions(connection)

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
            current = current_responses(connection, slugs_of(report.dataset))
            local = active_questionnaires(connection)
        return compare(report.dataset, current, local)[0]

    def commit(self, report: ImportReport) -> Receipt:
        """Store the good rows of a report, and its problems, in one transaction.

        ``StoreError`` if it was read with another definition of a questionnaire than is in use.
        """
        if report.blocked:
            raise ValueError("report: a blocked file cannot be stored")
        dataset = report.dataset
        with writing(self._engine).begin() as connection:
            current = current_responses(connection, slugs_of(dataset))
            local = active_questionnaires(connection)
            check_definitions(dataset, local)
            changes, to_write = compare(dataset, current, local)
            at = dt.datetime.now(dt.UTC).replace(tzinfo=None, microsecond=0)
            import_id = insert_one(
                connection,
                schema.import_batch,
                imported_at=at,
                program_version=__version__,
                synthetic=dataset.synthetic,
                n_new=changes.new,
                n_same=changes.same,
                n_changed=changes.changed,
            )
            people = store_participants(connection, dataset)
            store_responses(connection, import_id, to_write, people)
            store_service_use(connection, import_id, dataset, people)
            store_register(connection, import_id, report)
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

    def decisions(self) -> pd.DataFrame:
        """What was decided on the coding of answers, with the import and its time, newest first."""
        query = (
            select(
                schema.decision.c.import_id,
                schema.import_batch.c.imported_at,
                schema.decision.c.text,
            )
            .join(schema.import_batch)
            .order_by(schema.decision.c.id.desc())
        )
        with self._engine.begin() as connection:
            rows = connection.execute(query).mappings().all()
        return pd.DataFrame(rows, columns=["import_id", "imported_at", "text"])

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
            return load_dataset(connection)
