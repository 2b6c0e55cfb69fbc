"""The commands that need a store: import, imports, undo."""

from __future__ import annotations

import argparse
import getpass
import sys
from collections.abc import Callable

from evaluation.config import database_url
from evaluation.ingest.columns.choices import Mapping
from evaluation.ingest.columns.mapping_file import all_saved, how_it_was_read
from evaluation.model import ImportReport
from evaluation.store.engine import StoreError
from evaluation.store.repository import Store

ACCEPT_PARTIAL_SHARE = 0.20
ACCEPT_PARTIAL_ROWS = 10
Say = Callable[[str], None]


class NotStoredError(Exception):
    """Nothing was stored or undone; the text is one sentence."""


def open_store() -> Store:
    """The store that the environment names."""
    try:
        return Store(database_url())
    except StoreError as error:
        raise NotStoredError(str(error)) from error


def saved_mapping(store: Store, site: str) -> Mapping:
    """What a site has said about its files so far."""
    return all_saved([saved.text for saved in store.saved_mappings(site)])


def store_report(store: Store, report: ImportReport, options: argparse.Namespace, say: Say) -> None:
    """Put the good rows of a report into the store, and the definitions they were read with."""
    read = sum(file.rows_read for file in report.files)
    refused = read - sum(file.rows_accepted for file in report.files)
    many = refused >= ACCEPT_PARTIAL_ROWS and refused > ACCEPT_PARTIAL_SHARE * read
    if many and not options.accept_partial:
        raise NotStoredError(
            f"{refused} of {read} rows were refused, so nothing was stored. Correct them, or use "
            "--accept-partial to store the others."
        )
    for path in options.instruments_file:
        for saved in store.save_definition(path.read_bytes(), by=current_user()):
            say(f"Definition of {saved.instrument}: version {saved.version}.")
    try:
        text, key = how_it_was_read(report)
        receipt = store.commit(report, mapping_text=text, mapping_key=key, by=current_user())
    except StoreError as error:
        raise NotStoredError(str(error)) from error
    changes = receipt.changes
    counted = changes.indicators_new + changes.indicators_changed
    indicators = f"; {counted} indicators new or changed" if counted else ""
    say(
        f"Import {receipt.import_id}: {changes.new} questionnaires new, {changes.changed} changed,"
        f" {changes.same} already there{indicators}. 'undo {receipt.import_id}' takes it back."
    )


def current_user() -> str:
    """Who works at this command line, for the audit log."""
    try:
        return f"{getpass.getuser()} (command line)"
    except (OSError, KeyError, ImportError):
        return "command line"


def list_imports(options: argparse.Namespace) -> int:
    table = open_store().imports()
    sys.stdout.write("No imports yet.\n" if table.empty else table.to_string(index=False) + "\n")
    return 0


def undo_import(options: argparse.Namespace, say: Say) -> int:
    store = open_store()
    try:
        warning = store.undo_warning(options.id)
        if warning:
            say(warning)
        receipt = store.undo(options.id, by=current_user())
    except StoreError as error:
        raise NotStoredError(str(error)) from error
    say(
        f"Import {options.id} was undone: {receipt.reversed} rows taken back, "
        f"{receipt.n_kept} kept because a later import builds on them."
    )
    return 0
