"""A site's own questionnaire: define it, try it on pasted answers, and keep every version."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from evaluation.ingest.definitions.local_questionnaires import parse_definitions, preview
from evaluation.model import Problem
from evaluation.report import wording
from evaluation.store.guarded import GuardedStore
from instruments.definition import Instrument
from instruments.registry import all_instruments
from pages.shell.loaders import get_store
from pages.shell.widgets import plain, show_table

NEW = ""
SAVED = "local_saved"
EXAMPLE = """\
- id: our_questionnaire
  name: Our questionnaire about the relationship today
  items: 3
  minimum: 0
  maximum: 10
  scales:
    - {id: total, label: Relationship today, items: [1, 2, 3], reversed: [3], better: higher}
"""
HOW = (
    "Write down how many questions there are, which answers they allow, which ones are worded the "
    "other way round (`reversed`), and whether higher or lower is better. The columns of the "
    "spreadsheet are then called like `our_questionnaire_1`. Do not type the questions of a "
    "questionnaire that belongs to somebody else."
)


def say_mistakes(problems: tuple[Problem, ...]) -> None:
    for problem in problems:
        st.error(plain(f"{problem.message} {problem.fix}"))


def choose_start(versions: pd.DataFrame, names: dict[str, str]) -> str:
    """The text to begin with: the example, or the version in use of one that exists."""
    current = versions[versions["active"].astype(bool)].set_index("instrument")["text"]
    name = st.selectbox(
        "Which questionnaire?",
        [NEW, *current.index],
        format_func=lambda i: names.get(i, i) or "A new one",
        key="local_which",
    )
    return EXAMPLE if name == NEW else str(current[name])


def try_it(instrument: Instrument) -> None:
    st.header("Try it")
    pasted = st.text_area(
        f"Paste answers to {instrument.short_name}: one line for each person, "
        f"{wording.people(len(instrument.items), 'answer', 'answers')} in each",
        key=f"local_pasted_{instrument.id}",
    )
    if not pasted.strip():
        return
    scores, problems = preview(instrument, pasted)
    say_mistakes(problems)
    if len(scores):
        labels = {scale.id: scale.label for scale in instrument.scales}
        table = pd.DataFrame(
            {
                "Line": scores["row"].map(str),
                "Score": [plain(labels[s]) for s in scores["scale"]],
                "Value": [
                    wording.number(v, 1) if wording.is_known(v) else "–" for v in scores["score"]
                ],
                "Why not": [wording.reason_text(r) if r else "" for r in scores["reason"]],
            }
        )
        show_table(table, about="Scores of the pasted answers")


def save(store: GuardedStore, text: str) -> None:
    if st.button("Keep this version", type="primary"):
        st.session_state[SAVED] = store.save_definition(text)
        st.rerun()


def say_saved(names: dict[str, str]) -> None:
    for saved in st.session_state.pop(SAVED, ()):
        name = names.get(saved.instrument, saved.instrument)
        new = "is kept as a new version" if saved.is_new else "was kept before; it is in use again"
        st.success(plain(f"Version {saved.version} of '{name}' {new}."))


def show_versions(versions: pd.DataFrame, names: dict[str, str]) -> None:
    if versions.empty:
        return
    st.header("Versions")
    st.markdown(
        "A changed definition is a new version. Answers that came in under an earlier one keep it."
    )
    table = pd.DataFrame(
        {
            "Questionnaire": versions["instrument"].map(lambda i: plain(names.get(i, i))),
            "Version": versions["version"].map(str),
            "In use": versions["active"].map({True: "yes", False: "no"}),
            "Kept on": versions["created_at"].map(wording.british_date),
        }
    )
    if "n_questionnaires" in versions:  # exact numbers of every site are not for everybody
        table["Filled in"] = versions["n_questionnaires"].map(wording.count)
    show_table(table, about="Every version of every questionnaire of your own")


st.markdown(HOW)
opened = get_store()
known = opened.definition_versions()
named = {each.id: each.name for each in opened.local_questionnaires()}
say_saved(named)
text = st.text_area("Definition", choose_start(known, named), height=280)
taken = {instrument.id for instrument in all_instruments()}
defined, mistakes = parse_definitions(text, known_ids=taken)
say_mistakes(mistakes)
for local in defined:
    try_it(local)
if defined:
    save(opened, text)
show_versions(known, named)
