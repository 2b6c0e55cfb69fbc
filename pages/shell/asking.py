"""What only a person can say about an upload: questions with a proposal, and the column table."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import streamlit as st

from evaluation.analysis.keying import KeyingFinding
from evaluation.ingest.columns.canonical import QUESTIONNAIRE_NAMES
from evaluation.ingest.columns.choices import NOT_READ, Mapping, Question, TableMapping, answered
from evaluation.ingest.problems import column_letter
from evaluation.model import Recoding
from evaluation.report import wording
from evaluation.report.keying_wording import describe
from instruments.definition import Instrument
from instruments.registry import match_column
from pages.shell.reading import Reading, UploadKey, decide_coding, say
from pages.shell.widgets import plain

AS_TYPED = "No, leave the answers as they are"
MOST_RADIO_CHOICES = 3
NOT_READ_LABEL = "(not read)"


def ask_questions(reading: Reading, key: UploadKey) -> bool:
    """Ask everything that is open, with what the program would say; ``True`` if nothing is."""
    asked = reading.report.questions
    if not asked:
        return True
    st.header("Is this right?")
    n = wording.people(len(asked), "question", "questions")
    st.markdown(
        f"{wording.capital(n)} that only you can answer. A likely answer is chosen where there is "
        "one. What you say is kept for this site, so that its next file needs no questions."
    )
    with st.form("questions"):
        chosen = [_ask(question, number) for number, question in enumerate(asked)]
        sent = st.form_submit_button("Use these answers", type="primary")
    if sent and all(value is not None for value in chosen):
        mapping = reading.report.mapping or Mapping()
        for question, value in zip(asked, chosen, strict=True):
            mapping = answered(mapping, question, str(value))
        say(mapping, key)
        st.rerun()
    if sent:
        st.error("Please answer every question.")
    return False


def _ask(question: Question, number: int) -> str | None:
    labels = dict(question.choices)
    values = list(labels)
    index = values.index(question.proposal) if question.proposal in values else None
    where = " ".join(
        part for part in (question.sheet and f"Sheet '{question.sheet}'", question.cell and
                          f"first in cell {question.cell}") if part
    )  # fmt: skip
    widget = st.radio if len(values) <= MOST_RADIO_CHOICES else st.selectbox
    return widget(
        plain(question.text),
        values,
        index=index,
        format_func=lambda value: plain(labels[value]) if widget is st.radio else labels[value],
        help=plain(where) or None,
        key=f"question_{number}_{hash(question.key)}",
    )


def ask_about_coding(reading: Reading, key: UploadKey) -> bool:
    """Ask where answers look coded in another way; ``True`` once everything is decided."""
    for line in reading.report.decisions:
        st.markdown(f"Decided: {plain(line)}.")
    findings = reading.doubts
    if not findings:
        return True
    st.header("Do these answers look right?")
    st.markdown("Nothing is changed unless you say so. What you decide is kept with the import.")
    with st.form("coding"):
        chosen = [_ask_coding(finding, number) for number, finding in enumerate(findings)]
        sent = st.form_submit_button("Decide", type="primary")
    if sent and all(choice is not None for choice in chosen):
        before = reading.report.mapping.coding if reading.report.mapping else {}
        decided = {name: tuple(taken) for name, taken in before.items()}
        for finding, choice in zip(findings, chosen, strict=True):
            own = (choice,) if isinstance(choice, Recoding) else ()
            decided[finding.instrument] = (*decided.get(finding.instrument, ()), *own)
        decide_coding(reading, decided, key)
        st.rerun()
    if sent:
        st.error("Please answer every question.")
    return False


def _ask_coding(finding: KeyingFinding, number: int) -> Recoding | str | None:
    return st.radio(
        plain(describe(finding)),
        [AS_TYPED, *finding.choices],
        format_func=lambda c: f"Yes: {c.text}" if isinstance(c, Recoding) else c,
        index=None,
        key=f"coding_{number}",
    )


def show_columns(reading: Reading, key: UploadKey, known: dict[str, Instrument]) -> None:
    """How each column is read, as a table that can be changed."""
    mapping = reading.report.mapping
    tables = [t for t in mapping.tables if not t.canonical] if mapping else []
    if not tables or mapping is None:
        return
    with st.expander("How the columns are read"):
        st.markdown("Change what is wrong, then use the table. Unknown columns are not read.")
        for number, table in enumerate(tables):
            changed = _edit_table(table, number, known)
            if changed is not None:
                others = tuple(changed if t is table else t for t in mapping.tables)
                say(replace(mapping, tables=others), key)
                st.rerun()


def _edit_table(
    table: TableMapping, number: int, known: dict[str, Instrument]
) -> TableMapping | None:
    used = {m[0].id for c in table.columns if (m := _match(c.read_as, known))}
    if table.sheet:
        st.subheader(plain(table.sheet))
    more = st.multiselect(
        "Questionnaires in this sheet",
        list(known),
        default=sorted(used),
        format_func=lambda name: known[name].short_name,
        key=f"columns_instruments_{number}",
    )
    frame = pd.DataFrame(
        [
            {"Column": column_letter(c.column), "Header": " ".join(c.header.split()),
             "Read as": c.read_as or NOT_READ, "Point in time": c.when, "Partner": c.partner}
            for c in table.columns
        ]
    )  # fmt: skip
    options = [NOT_READ, *sorted(QUESTIONNAIRE_NAMES), *_parts([known[name] for name in more])]
    with st.form(f"columns_{number}"):
        edited = st.data_editor(
            frame,
            hide_index=True,
            disabled=["Column", "Header"],
            column_config={
                "Read as": st.column_config.SelectboxColumn(
                    options=options, format_func=lambda name: name or NOT_READ_LABEL
                ),
                "Point in time": st.column_config.TextColumn(
                    help="As the header has it, for example pre or T2. Empty: the row says it."
                ),
                "Partner": st.column_config.SelectboxColumn(options=["", "A", "B"]),
            },
            alt="What each column of the sheet is read as",
            key=f"columns_table_{number}",
        )
        sent = st.form_submit_button("Read the columns like this")
    if not sent:
        return None
    rows = zip(table.columns, edited.fillna("").to_dict("records"), strict=True)
    columns = tuple(
        replace(
            choice,
            read_as=row["Read as"],
            when=row["Point in time"],
            partner=row["Partner"],
            how="person",
            reason=choice.reason if not row["Read as"] else "",
        )
        for choice, row in rows
    )
    return replace(table, columns=columns)


def _match(name: str, known: dict[str, Instrument]) -> tuple[Instrument, int | str] | None:
    return match_column(name, extra=tuple(known.values())) if name else None


def _parts(instruments: list[Instrument]) -> list[str]:
    names = []
    for instrument in instruments:
        names += [f"{instrument.id}_{item.number}" for item in instrument.items]
        names += [f"{instrument.id}_{scale.id}" for scale in instrument.scales]
    return names
