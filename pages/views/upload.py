"""A spreadsheet in: what was understood, what is wrong with it, and only then the store."""

from __future__ import annotations

import hashlib
import io
from dataclasses import fields

import pandas as pd
import streamlit as st

from evaluation.analysis.keying import KeyingFinding
from evaluation.config import site_id
from evaluation.ingest.pipeline import read_files
from evaluation.ingest.problems import sentence
from evaluation.ingest.template import write_template
from evaluation.model import Dataset, ImportReport, Problem
from evaluation.report import wording
from evaluation.report.keying_wording import describe
from evaluation.review import review
from evaluation.store.engine import StoreError
from evaluation.store.repository import Receipt, Store
from instruments.definition import Instrument
from instruments.registry import all_instruments
from pages.shell.loaders import get_store
from pages.shell.navigation import GO, SITE, page_path
from pages.shell.widgets import (
    plain,
    problems_csv,
    show_problems,
    show_table,
    summary_of_problems,
)

ROUND, READ, RECEIPT = "upload_round", "upload_read", "upload_receipt"
DECIDED = "upload_decided"
AS_TYPED = "No, leave the answers as they are"
IN_THE_FILE = ""

Files = tuple[tuple[str, bytes], ...]


def ask_for_files(store: Store) -> tuple[str, Files]:
    sites = {site.id: site.name for site in store.sites()}
    site = st.selectbox(
        "Which site is it from?",
        [IN_THE_FILE, *sites],
        format_func=lambda s: sites.get(s, "The file says so in its column 'site'"),
        key="upload_site",
    )
    uploads = st.file_uploader(
        "Spreadsheets (.xlsx or .csv)",
        accept_multiple_files=True,
        key=f"upload_files_{st.session_state.setdefault(ROUND, 0)}",
    )
    return sites.get(site, ""), tuple((u.name, u.getvalue()) for u in uploads)


def read(files: Files, site: str, store: Store) -> tuple[ImportReport, list[KeyingFinding]]:
    """Read and review once for each choice of files, site and coding, not at every click."""
    upload = (site, *(hashlib.sha256(data).hexdigest() + name for name, data in files))
    if st.session_state.get(DECIDED, (None,))[0] != upload:
        st.session_state[DECIDED] = (upload, {})
    recodings = st.session_state[DECIDED][1]
    marks = (upload, tuple(recodings.items()))
    kept = st.session_state.get(READ)
    if kept is None or kept[0] != marks:
        with st.spinner("Reading …"):
            report = read_files(
                files,
                site=site,
                known_sites=store.known_sites(),
                extra_instruments=store.local_questionnaires(),
                site_required=True,
                recodings=recodings,
            )
            reviewed = review(report, known_questionnaires(store), decided=recodings)
        kept = st.session_state[READ] = (marks, reviewed)
    return kept[1]


def show_report(report: ImportReport, doubts: list[KeyingFinding], store: Store) -> None:
    if report.blocked:
        for problem in report.problems:
            if problem.severity == "block_file":
                st.error(plain(sentence(problem)))
        st.markdown("Nothing was stored.")
        return
    for name, at in store.earlier_imports([file.sha256 for file in report.files]):
        st.info(f"{plain(name)} was uploaded before, on {wording.british_date(at)}.")
    _say_what_was_understood(report, store)
    # Another coding makes many answers look wrong, so it is asked about before they are listed.
    settled = ask_about_coding(report, doubts)
    _show_what_is_wrong(report)
    if settled:
        _offer_to_store(report, store)


def ask_about_coding(report: ImportReport, findings: list[KeyingFinding]) -> bool:
    """Ask where answers look coded in another way; ``True`` once everything is decided."""
    upload, decided = st.session_state[DECIDED]
    for line in report.decisions:
        st.markdown(f"Decided: {plain(line)}.")
    if not findings:
        return True
    st.header("Do these answers look right?")
    st.markdown("Nothing is changed unless you say so. What you decide is kept with the import.")
    with st.form("coding"):
        chosen = [
            st.radio(
                plain(describe(finding)),
                [AS_TYPED, *finding.choices],
                format_func=lambda c: c if c == AS_TYPED else f"Yes: {c.text}",
                index=None,
                key=f"coding_{number}",
            )
            for number, finding in enumerate(findings)
        ]
        sent = st.form_submit_button("Decide", type="primary")
    if sent and all(choice is not None for choice in chosen):
        taken = dict(decided)
        for finding, choice in zip(findings, chosen, strict=True):
            own = () if choice == AS_TYPED else (choice,)
            taken[finding.instrument] = taken.get(finding.instrument, ()) + own
        st.session_state[DECIDED] = (upload, taken)
        st.rerun()
    if sent:
        st.error("Please answer every question.")
    return False


def _say_what_was_understood(report: ImportReport, store: Store) -> None:
    st.header("What was understood")
    for line in understood(report.dataset, known_questionnaires(store)):
        st.markdown(plain(line))
    if report.dataset.synthetic:
        st.warning(wording.SYNTHETIC)
    table = pd.DataFrame(
        [
            {
                "File": plain(file.name),
                "Rows": wording.count(file.rows_read),
                "Rows that can be used": wording.count(file.rows_accepted),
            }
            for file in report.files
        ]
    )
    show_table(table, about="Rows read from each file")


def known_questionnaires(store: Store) -> dict[str, Instrument]:
    """The built-in questionnaires and those that were defined here."""
    return {i.id: i for i in (*all_instruments(), *store.local_questionnaires())}


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
            )
        )
    return lines


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
    if report.problems:
        st.download_button(
            "Download this list",
            problems_csv(report.problems),
            file_name="to_correct.csv",
            mime="text/csv",
            on_click="ignore",
        )


def _offer_to_store(report: ImportReport, store: Store) -> None:
    st.header("Store it?")
    changes = store.preview(report)
    if not report.dataset.participants.shape[0]:
        st.warning("No row of this upload can be used, so there is nothing to store.")
        return
    st.markdown(
        f"{wording.capital(wording.people(changes.new, 'questionnaire', 'questionnaires'))} new, "
        f"{wording.count(changes.changed)} changed, {wording.count(changes.same)} the same as "
        "before. Nothing has been stored yet."
    )
    if st.button("Store the rows that can be used", type="primary"):
        try:
            receipt = store.commit(report)
        except StoreError as error:
            st.error(plain(str(error)))
            return
        lines = understood(report.dataset, known_questionnaires(store))
        st.session_state[RECEIPT] = (receipt, lines, _site(report))
        start_afresh()
        st.rerun()


def _site(report: ImportReport) -> str:
    names = report.dataset.participants["site"].unique()
    return str(names[0]) if len(names) == 1 else ""


def start_afresh() -> None:
    """Empty the uploader, so that neither file nor report stays in memory."""
    st.session_state[ROUND] += 1
    st.session_state.pop(READ, None)
    st.session_state.pop(DECIDED, None)


def show_receipt(receipt: Receipt, lines: list[str], site: str) -> None:
    changes = receipt.changes
    st.success(
        f"Stored on {wording.british_date(receipt.imported_at)} as import {receipt.import_id}: "
        f"{wording.count(changes.new)} questionnaires new, {wording.count(changes.changed)} "
        f"changed, {wording.count(changes.same)} the same as before."
    )
    for line in lines:
        st.markdown(plain(line))
    if site:
        st.page_link(
            page_path(SITE),
            label=f"See the results of {plain(site)}",
            icon=GO,
            query_params={"site": site_id(site)},
        )


def show_earlier_problems(store: Store) -> None:
    """What was refused stays on the list until its file comes again."""
    rows = store.to_fix()
    if rows.empty:
        return
    names = [field.name for field in fields(Problem)]
    problems = [Problem(**row) for row in rows[names].to_dict("records")]
    with st.expander(f"Still to correct from earlier uploads ({len(problems)})"):
        st.markdown("Correct them in the file they came from and upload it again.")
        show_problems(problems)
        st.download_button(
            "Download what is still to correct",
            problems_csv(problems),
            file_name="still_to_correct.csv",
            mime="text/csv",
            on_click="ignore",
        )


def offer_template(store: Store) -> None:
    with st.expander("Get a blank spreadsheet"):
        st.markdown("Choose the questionnaires you use; the spreadsheet explains itself.")
        known = known_questionnaires(store)
        names = {i.id: f"{i.short_name} - {i.construct}" for i in known.values()}
        chosen = st.multiselect(
            "Questionnaires", list(names), format_func=names.__getitem__, key="template_instruments"
        )
        if chosen:
            buffer = io.BytesIO()
            sites = [site.name for site in store.sites()]
            write_template(buffer, [known[name] for name in chosen], sites=sites)
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
if RECEIPT in st.session_state:
    show_receipt(*st.session_state[RECEIPT])
chosen_site, chosen_files = ask_for_files(opened)
if chosen_files:
    st.session_state.pop(RECEIPT, None)
    show_report(*read(chosen_files, chosen_site, opened), opened)
show_earlier_problems(opened)
offer_template(opened)
