"""Data in: choose files, see what was understood, answer, correct, confirm, take back."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import fields

import pandas as pd
import streamlit as st

from evaluation.ingest.columns.mapping_file import how_it_was_read, mapping_text
from evaluation.ingest.problems import sentence
from evaluation.ingest.templates.template import write_template
from evaluation.ingest.templates.template_layouts import LAYOUT_LABELS
from evaluation.ingest.upload_limit import TooManyUploadsError
from evaluation.model import ImportReport, Problem
from evaluation.report import wording
from evaluation.report.annotated import annotate
from evaluation.store.changes import Changes
from evaluation.store.engine import StoreError
from evaluation.store.guarded import GuardedStore
from evaluation.store.repository import Receipt
from pages.shell.asking import ask_about_coding, ask_questions, show_columns
from pages.shell.downloads import offer_problems
from pages.shell.loaders import get_store
from pages.shell.navigation import SITE, link_to
from pages.shell.reading import (
    ROUND,
    Files,
    Reading,
    known_questionnaires,
    preview,
    read,
    start_afresh,
    upload_key,
)
from pages.shell.widgets import (
    plain,
    problems_csv,
    show_problems,
    show_table,
    summary_of_problems,
)

RECEIPT, UNDONE = "upload_receipt", "upload_undone"
MOST_CHANGES_SHOWN = 100
IN_THE_FILE = ""


def ask_for_files(store: GuardedStore) -> tuple[str, Files]:
    sites = {site.id: site.name for site in store.sites()}
    site = st.selectbox(
        "Which site is it from?",
        list(sites) if len(sites) == 1 else [IN_THE_FILE, *sites],
        format_func=lambda s: sites.get(s, "The file says so in its column 'site'"),
        key="upload_site",
    )
    uploads = st.file_uploader(
        "Spreadsheets (.xlsx, .csv) or SPSS files (.sav)",
        accept_multiple_files=True,
        key=f"upload_files_{st.session_state.setdefault(ROUND, 0)}",
    )
    return sites.get(site, ""), tuple((u.name, u.getvalue()) for u in uploads)


def show_reading(reading: Reading, files: Files, site: str, store: GuardedStore) -> None:
    report, key = reading.report, upload_key(files, site)
    if report.blocked:
        for problem in report.problems:
            if problem.severity == "block_file":
                st.error(plain(sentence(problem)))
        st.markdown("Nothing was stored.")
        show_columns(reading, key, known_questionnaires(store))
        return
    for name, at in store.earlier_imports([file.sha256 for file in report.files]):
        st.info(f"{plain(name)} was uploaded before, on {wording.british_date(at)}.")
    _say_what_was_understood(reading)
    show_columns(reading, key, known_questionnaires(store))
    # What is open makes many cells look wrong, so it is asked before they are listed.
    if not ask_questions(reading, key):
        return
    settled = ask_about_coding(reading, key)
    _show_what_is_wrong(report)
    if settled:
        _offer_to_store(reading, store)


def _say_what_was_understood(reading: Reading) -> None:
    report = reading.report
    st.header("What was understood")
    for line in report.understood:
        st.markdown(plain(line))
    if reading.remembered:
        st.caption("Read as this site's files were read before.")
    for line in reading.lines:
        st.markdown(plain(line))
    if report.dataset.synthetic:
        st.warning(wording.SYNTHETIC)
    if report.questions:
        return  # what can be used shows once they are answered
    table = pd.DataFrame(
        [
            {
                "File": plain(file.name),
                "Rows": wording.count(file.rows_read),
                "Rows that can be used": wording.count(file.rows_accepted),
                "Cells": wording.count(file.cells.read),
                "Cells used": wording.count(file.cells.used),
                "Cells to correct": wording.count(file.cells.refused),
                "Cells left out": wording.count(file.cells.left_out),
            }
            for file in report.files
        ]
    )
    show_table(table, about="Rows and cells read from each file")


def _show_what_is_wrong(report: ImportReport) -> None:
    to_correct = [p for p in report.problems if p.severity != "note"]
    notes = [p for p in report.problems if p.severity == "note"]
    if to_correct:
        st.header(
            wording.capital(wording.people(len(to_correct), "thing", "things")) + " to correct"
        )
        st.markdown("\n".join(f"- {line}" for line in summary_of_problems(to_correct)))
        show_problems(to_correct)
    else:
        st.success("Nothing has to be corrected.")
    if notes:
        with st.expander(f"For information ({len(notes)})"):
            show_problems(notes)
    _offer_downloads(report)


def _offer_downloads(report: ImportReport) -> None:
    if report.problems:
        st.download_button(
            "Download this list",
            lambda: problems_csv(report.problems),
            file_name="to_correct.csv",
            mime="text/csv",
            on_click="ignore",
        )
    if any(p.severity != "note" for p in report.problems):
        st.download_button(
            "Download the spreadsheet with these cells marked",
            lambda: annotate(report),
            file_name="to_correct.xlsx",
            on_click="ignore",
        )
    if report.mapping and not all(table.canonical for table in report.mapping.tables):
        st.download_button(
            "Download how it was read (for the command line)",
            mapping_text(report.mapping),
            file_name="mapping.yaml",
            mime="text/yaml",
            on_click="ignore",
        )


def _offer_to_store(reading: Reading, store: GuardedStore) -> None:
    report = reading.report
    st.header("Store it?")
    changes = preview(reading, store)
    if not report.dataset.participants.shape[0]:
        st.warning("No row of this upload can be used, so there is nothing to store.")
        return
    st.markdown(
        f"{wording.capital(wording.people(changes.new, 'questionnaire', 'questionnaires'))} new, "
        f"{wording.count(changes.changed)} changed, {wording.count(changes.same)} the same as "
        f"before, {wording.count(changes.refused)} rows left out.{_indicators(changes)} "
        "Nothing has been stored yet."
    )
    if changes.nothing_to_store:
        # Storing again still brings the list of what is to be corrected up to date.
        st.info("Every row that can be used is in the store already.")
    _show_changes(changes)
    if st.button("Store the rows that can be used", type="primary"):
        try:
            text, key = how_it_was_read(report)
            receipt = store.commit(report, mapping_text=text, mapping_key=key)
        except StoreError as error:
            st.error(plain(str(error)))
            return
        st.session_state[RECEIPT] = (receipt, reading.lines, _site(report))
        start_afresh()
        st.rerun()


def _indicators(changes: Changes) -> str:
    """What comes in on the sheet of indicators, if anything does."""
    known = (changes.indicators_new, changes.indicators_changed, changes.indicators_same)
    if not any(known):
        return ""
    new, changed, same = (wording.count(n) for n in known)
    return f" Indicators: {new} new, {changed} changed, {same} the same as before."


def _site(report: ImportReport) -> str:
    names = report.dataset.participants["site"].unique()
    return str(names[0]) if len(names) == 1 else ""


def _show_changes(changes: Changes) -> None:
    """What is stored now and what would stand there instead."""
    if not changes.n_details:
        return
    with st.expander(f"What changes ({wording.count(changes.n_details)} values)", expanded=True):
        st.markdown("Blank cells never replace what is stored.")
        table = changes.details.drop(columns=["child", "informant", "session_number"])
        names = {
            "site": "Site", "participant": "Code", "wave": "When", "instrument": "Questionnaire",
            "part": "Question", "old": "Stored now", "new": "Would become",
        }  # fmt: skip
        show_table(
            table.head(MOST_CHANGES_SHOWN).rename(columns=names).map(plain),
            about="Values that would change, old and new",
        )
        if changes.n_details > MOST_CHANGES_SHOWN:
            st.caption(f"The first {MOST_CHANGES_SHOWN} of {wording.count(changes.n_details)}.")


def show_receipt(receipt: Receipt, lines: Sequence[str], site: str) -> None:
    changes = receipt.changes
    st.success(
        f"Stored on {wording.british_date(receipt.imported_at)} as import {receipt.import_id}: "
        f"{wording.count(changes.new)} questionnaires new, {wording.count(changes.changed)} "
        f"changed, {wording.count(changes.same)} the same as before.{_indicators(changes)}"
    )
    for line in lines:
        st.markdown(plain(line))
    if site:
        link_to(SITE, f"See the results of {plain(site)}", site=site)


def show_earlier_uploads(store: GuardedStore) -> None:
    """The register of imports, and a way to take one back."""
    register = store.imports()
    if register.empty:
        return
    with st.expander("Earlier uploads"):
        shown = register[register["kind"] == "import"]
        files = shown.groupby("id")["name"].agg(_files_named)
        shown = shown.drop_duplicates("id")
        table = pd.DataFrame(
            {
                "Import": shown["id"].astype(str),
                "Stored on": shown["imported_at"].map(wording.british_date),
                "File": shown["id"].map(files),
                "New": shown["n_new"].map(wording.count),
                "Changed": shown["n_changed"].map(wording.count),
                "The same": shown["n_same"].map(wording.count),
                "Taken back": shown["undone_by"].notna().map({True: "yes", False: ""}),
            }
        )
        show_table(table, about="Every upload that was stored")
        standing = shown.loc[shown["undone_by"].isna(), "id"].unique().tolist()
        number = st.selectbox(
            "Take an upload back", standing, index=None, placeholder="Choose its number",
            key="undo_choice",
        )  # fmt: skip
        if number is not None:
            _offer_undo(store, int(number))


def _files_named(names: pd.Series) -> str:
    """The files of one import: the first, and how many more."""
    more = len(names) - 1
    return plain(names.iloc[0]) + (f" and {wording.count(more)} more" if more else "")


def _offer_undo(store: GuardedStore, number: int) -> None:
    warning = store.undo_warning(number)
    if warning:
        st.warning(plain(warning))
    st.markdown(
        "What it added goes, and what it replaced counts again. The file itself is not touched."
    )
    if st.button(f"Take import {number} back", key="undo"):
        try:
            undone = store.undo(number)
        except StoreError as error:
            st.error(plain(str(error)))
            return
        st.session_state[UNDONE] = (
            f"Import {number} was taken back: {wording.count(undone.reversed)} rows went, "
            f"{wording.count(undone.restored)} earlier ones count again, "
            f"{wording.count(undone.n_kept)} stay because later uploads build on them."
        )
        st.session_state.pop(RECEIPT, None)
        st.rerun()


def problems_left(store: GuardedStore) -> list[Problem]:
    """What somebody still has to look at, of every upload within reach."""
    rows = store.to_fix()
    names = [field.name for field in fields(Problem)]
    return [Problem(**row) for row in rows[names].to_dict("records")]


def show_earlier_problems(store: GuardedStore) -> None:
    """What was refused stays on the list until its file comes again."""
    problems = problems_left(store)
    if not problems:
        return
    with st.expander(f"Still to correct from earlier uploads ({len(problems)})"):
        st.markdown("Correct them in the file they came from and upload it again.")
        show_problems(problems)
        offer_problems(
            "Download what is still to correct",
            lambda allowed: problems_csv(problems_left(allowed)),
            "still_to_correct.csv",
        )


def offer_template(store: GuardedStore) -> None:
    with st.expander("Get a blank spreadsheet"):
        st.markdown("Choose the questionnaires you use; the spreadsheet explains itself.")
        known = known_questionnaires(store)
        names = {i.id: f"{i.short_name} - {i.construct}" for i in known.values()}
        chosen = st.multiselect(
            "Questionnaires", list(names), format_func=names.__getitem__, key="template_instruments"
        )
        layout = st.selectbox(
            "Layout", list(LAYOUT_LABELS), format_func=LAYOUT_LABELS.__getitem__,
            key="template_layout",
        )  # fmt: skip
        indicators = st.checkbox(
            "With a sheet for other outcomes, such as school attendance or housing",
            key="template_indicators",
        )
        if chosen:
            buffer = io.BytesIO()
            sites = [site.name for site in store.sites()]
            try:
                write_template(
                    buffer,
                    [known[name] for name in chosen],
                    sites=sites,
                    layout=layout,
                    indicators=indicators,
                )
            except ValueError:
                st.error(
                    "These questionnaires need more columns than a sheet has in this layout. "
                    "Choose fewer, or another layout."
                )
                return
            st.download_button(
                "Download the blank spreadsheet",
                buffer.getvalue(),
                file_name="questionnaires.xlsx",
                on_click="ignore",
            )


st.markdown(
    "Spreadsheets are checked first; nothing is stored until you say so. Use codes, never names."
)
opened = get_store()
if UNDONE in st.session_state:
    st.success(st.session_state.pop(UNDONE))
if RECEIPT in st.session_state:
    show_receipt(*st.session_state[RECEIPT])
chosen_site, chosen_files = ask_for_files(opened)
if chosen_files:
    st.session_state.pop(RECEIPT, None)
    try:
        reading = read(chosen_files, chosen_site, opened)
    except TooManyUploadsError as error:
        st.warning(f"{error.message} {error.fix}")
    else:
        show_reading(reading, chosen_files, chosen_site, opened)
show_earlier_problems(opened)
show_earlier_uploads(opened)
offer_template(opened)
