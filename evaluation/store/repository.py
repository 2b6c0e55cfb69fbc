"""Everything that is asked of the store, in terms of the core types."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import pandas as pd
from sqlalchemy import ColumnElement, exists, or_, select

from evaluation import __version__
from evaluation.model import Dataset, ImportReport
from evaluation.store import audit, schema
from evaluation.store.changes import Changes, plan_import
from evaluation.store.counters import read_snapshot
from evaluation.store.current import read_current, slugs_of
from evaluation.store.custody import Custody, now
from evaluation.store.definitions import (
    SavedVersion,
    active_questionnaires,
    earlier_questionnaires,
    list_versions,
    save_definitions,
)
from evaluation.store.engine import write_transaction
from evaluation.store.mappings import SEVERAL_SITES, SavedMapping, saved_mappings, store_mapping
from evaluation.store.problem_owners import people_of_problems
from evaluation.store.reading import load_dataset
from evaluation.store.screening import without_erased
from evaluation.store.tombstones import read_tombstones
from evaluation.store.undo import UndoReceipt, sites_of_import, undo_import, undo_warning
from evaluation.store.writing import check_definitions, insert_one, store_plan, store_register
from instruments.definition import Instrument

REGISTER_COLUMNS = (
    "id", "imported_at", "name", "rows_read", "rows_accepted", "n_new", "n_same", "n_changed",
    "kind", "undoes", "undone_by",
)  # fmt: skip


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


def _counts() -> ColumnElement[bool]:
    """Imports that nobody has undone."""
    return schema.import_batch.c.undone_by.is_(None)


def _came_again() -> ColumnElement[bool]:
    """Whether a file came in again later for one of its sites, or was of no site before.

    Files of two sites often have the same name, and neither may hide what the other has to correct.
    """
    file, site = schema.import_file, schema.import_site
    later, batch, other = file.alias(), schema.import_batch.alias(), site.alias()
    of_a_site = exists().where(site.c.import_id == file.c.import_id).correlate(file)
    of_the_same = (
        exists()
        .where(site.c.import_id == file.c.import_id, other.c.import_id == later.c.import_id)
        .where(site.c.site == other.c.site)
        .correlate(file, later)
    )
    return (
        exists()
        .where(later.c.name == file.c.name, later.c.import_id > file.c.import_id)
        .where(batch.c.id == later.c.import_id, batch.c.undone_by.is_(None))
        .where(or_(of_the_same, ~of_a_site))
        .correlate(file)
    )


class Store(Custody):
    """The store behind one database address; ``by`` is always who does something."""

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
        """A number that changes with every import, definition and erasure; 0 before any import.

        The key of everything that is cached.
        """
        with self._engine.begin() as connection:
            return read_snapshot(connection)

    def local_questionnaires(self, *, earlier: bool = False) -> tuple[Instrument, ...]:
        """The site's own questionnaires as defined now; what files are read with.

        With ``earlier`` also those older versions that score stored answers in another way, each
        as a questionnaire of its own (``manchester_lfo@1``); what `load` is scored with.
        """
        with self._engine.begin() as connection:
            current = tuple(active_questionnaires(connection).values())
            return (*current, *earlier_questionnaires(connection)) if earlier else current

    def save_definition(self, text: str | bytes, *, by: str = "") -> tuple[SavedVersion, ...]:
        """Store definitions that `parse_definitions` accepts; each is the one in use from now on.

        Content that was saved before keeps its number. ``ValueError`` if there is a mistake.
        """
        with write_transaction(self._engine) as connection:
            saved = save_definitions(connection, text)
            for each in saved:
                reference = f"{each.instrument}, version {each.version}"
                audit.write_audit(connection, audit.DEFINITION, by=by, reference=reference)
            return saved

    def definition_versions(self) -> pd.DataFrame:
        """Every version of every definition (VERSION_COLUMNS), with the answers stored under it."""
        with self._engine.begin() as connection:
            return list_versions(connection)

    def earlier_imports(
        self, sha256: Sequence[str], *, among: Collection[int] | None = None
    ) -> list[tuple[str, dt.datetime]]:
        """Files with these fingerprints that were imported before and not undone: name, time.

        ``among``: only files of these imports.
        """
        query = (
            select(schema.import_file.c.name, schema.import_batch.c.imported_at)
            .join(schema.import_batch)
            .where(schema.import_file.c.sha256.in_(list(sha256)), _counts())
        )
        if among is not None:
            query = query.where(schema.import_batch.c.id.in_(list(among)))
        with self._engine.begin() as connection:
            return [(name, at) for name, at in connection.execute(query)]

    def screen(self, report: ImportReport) -> ImportReport:
        """The report without the rows of people who were erased, which become problems.

        `preview` and `commit` do the same; call it first to show the problems.
        """
        with self._engine.begin() as connection:
            return without_erased(connection, report)

    def preview(self, report: ImportReport) -> Changes:
        """What committing this report would change; nothing is written."""
        with self._engine.begin() as connection:
            report = without_erased(connection, report)
            current = read_current(connection, report.dataset)
            local = active_questionnaires(connection)
        return plan_import(report, current, local).changes

    def commit(
        self,
        report: ImportReport,
        *,
        mapping_text: str = "",
        mapping_key: tuple[str, str] | None = None,
        by: str = "",
    ) -> Receipt:
        """Store the good rows of a report, and its problems, in one transaction.

        ``mapping_text`` is how the files were read, ``mapping_key`` their source and signature;
        they are saved for the site of the report. ``StoreError`` if it was read with another
        definition of a questionnaire than is in use.
        """
        if report.blocked:
            raise ValueError("report: a blocked file cannot be stored")
        if mapping_text and mapping_key is None:
            raise ValueError("mapping_key=None: a mapping is saved with (source, signature)")
        at = now()
        with write_transaction(self._engine) as connection:
            report = without_erased(connection, report)
            dataset = report.dataset
            current = read_current(connection, dataset)
            local = active_questionnaires(connection)
            check_definitions(dataset, local)
            plan = plan_import(report, current, local)
            import_id = insert_one(
                connection,
                schema.import_batch,
                imported_at=at,
                program_version=__version__,
                synthetic=dataset.synthetic,
                n_new=plan.changes.new,
                n_same=plan.changes.same,
                n_changed=plan.changes.changed,
                kind=schema.IMPORT,
            )
            store_plan(connection, import_id, plan, current, dataset)
            if mapping_text and mapping_key is not None:
                slugs = slugs_of(dataset)
                store_mapping(
                    connection, import_id, mapping_text,
                    site=slugs[0] if len(slugs) == 1 else SEVERAL_SITES,
                    source=mapping_key[0], signature=mapping_key[1], at=at,
                )  # fmt: skip
            people = people_of_problems(report, read_tombstones(connection))
            store_register(connection, import_id, report, people)
            audit.write_audit(
                connection, audit.IMPORT, by=by, sites=slugs_of(dataset),
                reference=f"import {import_id}: {', '.join(f.sha256 for f in report.files)}",
                counts=plan.changes.counts(),
            )  # fmt: skip
        files = tuple((file.name, file.sha256) for file in report.files)
        return Receipt(import_id, at, plan.changes, files)

    def saved_mappings(self, site: str) -> list[SavedMapping]:
        """How files of a site (name or id) are read, newest first; ``""``: files of several."""
        with self._engine.begin() as connection:
            return saved_mappings(connection, site)

    def undo_warning(self, import_id: int) -> str:
        """What to know before undoing an import; ``""`` for the newest of its sites."""
        with self._engine.begin() as connection:
            return undo_warning(connection, import_id)

    def undo(self, import_id: int, *, by: str = "") -> UndoReceipt:
        """Take an import back in one transaction; ``StoreError`` if it cannot be undone.

        What later imports changed since stays and is listed.
        """
        with write_transaction(self._engine) as connection:
            sites = sites_of_import(connection, import_id)
            receipt = undo_import(connection, import_id, now())
            audit.write_audit(
                connection, audit.UNDO, by=by, sites=sites,
                reference=f"undo {receipt.undo_id} of import {import_id}", counts=receipt.counts(),
            )  # fmt: skip
            return receipt

    def imports(self) -> pd.DataFrame:
        """The register of imports and undos (REGISTER_COLUMNS), the newest first.

        ``undoes`` is the import that an undo took back, ``undone_by`` the undo of an import.
        """
        batch, file = schema.import_batch, schema.import_file
        query = (
            select(
                batch.c.id, batch.c.imported_at, file.c.name, file.c.rows_read,
                file.c.rows_accepted, batch.c.n_new, batch.c.n_same, batch.c.n_changed,
                batch.c.kind, batch.c.undoes, batch.c.undone_by,
            )
            .select_from(batch.outerjoin(file, file.c.import_id == batch.c.id))
            .order_by(batch.c.id.desc(), file.c.id)
        )  # fmt: skip
        with self._engine.begin() as connection:
            rows = connection.execute(query).mappings().all()
        table = pd.DataFrame(rows, columns=list(REGISTER_COLUMNS))
        table["name"] = table["name"].fillna("")
        for name in ("rows_read", "rows_accepted"):
            table[name] = table[name].fillna(0).astype(int)
        for name in ("undoes", "undone_by"):
            table[name] = table[name].astype("Int64")
        return table

    def imports_of(self, sites: Collection[str]) -> set[int]:
        """The imports that are about these sites (ids) and no other."""
        at = schema.import_site
        elsewhere = select(at.c.import_id).where(at.c.site.not_in(list(sites)))
        query = select(at.c.import_id).where(at.c.import_id.not_in(elsewhere))
        with self._engine.begin() as connection:
            return set(connection.execute(query).scalars())

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

        A file that the same site imported again later replaces its own problems, an undone one has
        none.
        """
        file = schema.import_file
        latest = (
            select(file.c.import_id)
            .select_from(file.join(schema.import_batch))
            .where(_counts(), ~_came_again())
        )
        columns = [column for column in schema.problem.columns if column.name != "person"]
        query = (
            select(*columns)
            .where(schema.problem.c.severity != "note", schema.problem.c.import_id.in_(latest))
            .order_by(schema.problem.c.import_id.desc(), schema.problem.c.id)
        )
        with self._engine.begin() as connection:
            rows = connection.execute(query).mappings().all()
        return pd.DataFrame(rows, columns=[column.name for column in columns])

    def load(self) -> Dataset:
        """Everything that counts now, ready to be scored."""
        with self._engine.begin() as connection:
            return load_dataset(connection)
