"""One upload on its way: the files, what the person has said about them, and the report.

A file is read once for each set of answers, not at every click; file and report leave the memory
as soon as they are stored or taken out.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace

import pandas as pd
import streamlit as st

from evaluation.access import LOCAL
from evaluation.analysis.keying import KeyingFinding
from evaluation.ingest.columns.choices import Mapping
from evaluation.ingest.columns.mapping_file import MappingFileError, all_saved, mapping_text
from evaluation.ingest.pipeline import read_files
from evaluation.ingest.upload_limit import UploadLimit
from evaluation.model import Dataset, ImportReport
from evaluation.report import wording
from evaluation.review import review
from evaluation.store.changes import Changes
from evaluation.store.guarded import GuardedStore
from instruments.definition import Instrument
from instruments.registry import all_instruments

ROUND, READ, MAPPING = "upload_round", "upload_read", "upload_mapping"
PREVIEW, LAST = "upload_preview", "upload_last"
TOO_BUSY = "too_busy"
LARGE_FILES = 2_000_000  # bytes from which reading takes long enough for a bar

_LIMIT = UploadLimit()  # one for the whole server

Files = tuple[tuple[str, bytes], ...]
UploadKey = tuple[str, ...]


@dataclass(frozen=True)
class Reading:
    """What was read, what may be coded in another way, and which mapping it was read with.

    ``lines`` say what was understood of each site; ``remembered`` whether an earlier mapping fits.
    """

    report: ImportReport
    doubts: list[KeyingFinding]
    lines: list[str]
    remembered: bool


def known_questionnaires(store: GuardedStore) -> dict[str, Instrument]:
    """The built-in questionnaires and those that were defined here."""
    return {i.id: i for i in (*all_instruments(), *store.local_questionnaires())}


def upload_key(files: Files, site: str) -> UploadKey:
    return (site, *(hashlib.sha256(data).hexdigest() + name for name, data in files))


def current_mapping(key: UploadKey, site: str, store: GuardedStore) -> tuple[Mapping, bool | None]:
    """What was said about this upload; at first what the site has said about earlier ones.

    The second part tells whether any of that fits its tables, ``None`` before the first reading.
    """
    kept = st.session_state.get(MAPPING)
    if kept is not None and kept[0] == key:
        return kept[1], kept[2]
    try:
        mapping = all_saved([saved.text for saved in store.saved_mappings(site)])
    except MappingFileError:  # saved by another version of the program
        mapping = Mapping()
    st.session_state[MAPPING] = (key, mapping, None)
    return mapping, None


def say(mapping: Mapping, key: UploadKey) -> None:
    """Keep what a person has said, and read the files again with it."""
    remembered = st.session_state.get(MAPPING, (key, mapping, False))[2]
    st.session_state[MAPPING] = (key, mapping, remembered)


def read(files: Files, site: str, store: GuardedStore) -> Reading:
    """Read and review the files as they have been explained so far."""
    key = upload_key(files, site)
    mapping, remembered = current_mapping(key, site, store)
    marks = (key, mapping_text(mapping), len(mapping.tables))
    kept = st.session_state.get(READ)
    if kept is None or kept[0] != marks:
        large = sum(len(data) for _, data in files) >= LARGE_FILES
        bar = st.progress(0.0, "Reading …") if large else None
        with st.spinner("Reading …"), _one_more_upload(store, key):
            report = read_files(
                files,
                site=site,
                known_sites=store.known_sites(),
                extra_instruments=store.local_questionnaires(),
                site_required=True,
                mapping=mapping,
                progress=None if bar is None else lambda share: bar.progress(share, "Reading …"),
            )
            report = store.screen(report)
            # Coding is judged once the cells mean something.
            doubts: list[KeyingFinding] = []
            if not report.questions:
                report, doubts = review(report, known_questionnaires(store), decided=mapping.coding)
        if bar is not None:
            bar.empty()
        if remembered is None:  # the first reading: nobody has said anything but earlier
            tables = report.mapping.tables if report.mapping else ()
            remembered = any(choice.how == "person" for t in tables for choice in t.columns)
            st.session_state[MAPPING] = (key, mapping, remembered)
        lines = understood(report.dataset, known_questionnaires(store))
        kept = (marks, Reading(report, doubts, lines, remembered))
        st.session_state[LAST] = key
        # A file that came while the server was busy is read again at the next click.
        if not any(problem.code == TOO_BUSY for problem in report.problems):
            st.session_state[READ] = kept
    return kept[1]


def _one_more_upload(store: GuardedStore, key: UploadKey) -> AbstractContextManager[None]:
    """A turn for this person; answering questions about the same files needs none."""
    if store.scope.role == LOCAL or st.session_state.get(LAST) == key:
        return nullcontext()
    return _LIMIT.upload(store.scope.who, at=dt.datetime.now(dt.UTC))


def understood(dataset: Dataset, known: dict[str, Instrument]) -> list[str]:
    """One line for each site in the files."""
    lines = []
    for site, people in dataset.participants.groupby("site", sort=False):
        records = dataset.records[dataset.records["site"] == site]
        tables = [*dataset.answers.items(), *dataset.supplied.items()]
        filled_in = pd.DataFrame(
            [
                (name, row)
                for name, table in tables
                for row in table.index.intersection(records.index)
            ],
            columns=["instrument", "record"],
        ).drop_duplicates()
        lines.append(
            wording.understood_sentence(
                site=str(site),
                n_people=len(people),
                n_couples=people["couple"][people["couple"] != ""].nunique(),
                n_waves=records["wave"].nunique(),
                questionnaires=[
                    known[name].short_name for name in filled_in["instrument"].unique()
                ],
                n=len(filled_in),
                n_unanswered=_n_unanswered(dataset, filled_in, records.index),
            )
        )
    return lines


def _n_unanswered(dataset: Dataset, filled_in: pd.DataFrame, records: pd.Index) -> int:
    """Questionnaires of these records that hold nothing but reasons."""
    said = dataset.reasons[["instrument", "record"]].drop_duplicates()
    said = said[said["record"].isin(records)].astype(object)
    both = said.merge(filled_in.astype(object), how="left", indicator=True)
    return int((both["_merge"] == "left_only").sum())


def preview(reading: Reading, store: GuardedStore) -> Changes:
    """What storing would change, worked out once for each reading and each state of the store."""
    marks = (id(reading), store.snapshot())
    kept = st.session_state.get(PREVIEW)
    if kept is None or kept[0] != marks:
        kept = st.session_state[PREVIEW] = (marks, store.preview(reading.report))
    return kept[1]


def decide_coding(reading: Reading, decided: dict[str, tuple], key: UploadKey) -> None:
    """Keep what was decided on how answers are coded."""
    mapping = reading.report.mapping or Mapping()
    say(replace(mapping, coding={**mapping.coding, **decided}), key)


def start_afresh() -> None:
    """Empty the uploader, so that neither file nor report stays in memory."""
    st.session_state[ROUND] = st.session_state.get(ROUND, 0) + 1
    for name in (READ, MAPPING, PREVIEW):
        st.session_state.pop(name, None)
