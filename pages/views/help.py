"""First steps on the sample programme, the words used, and who does what."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from evaluation.report.glossary import GLOSSARY, TOPIC_NAMES, TOPICS, Term, find_terms, sources
from evaluation.report.wording import capital, people
from pages.shell.explain import FIND
from pages.shell.loaders import get_store
from pages.shell.navigation import (
    ABOUT,
    ALL_SITES,
    DUE,
    EXPORT,
    FOLLOW_UP,
    GO,
    HOME,
    LOCAL,
    SITE,
    UPLOAD,
    can_open,
    link_to,
    page_path,
)
from pages.shell.widgets import plain, show_table

MOST_OPEN = 3
SHOWCASE = "luton"
# What to do, the page, the words of its link, and whether the link is about one site.
STEPS = (
    ("Load the sample programme: twelve made-up sites. Once something is stored, the first page "
     "says what needs doing.", HOME, "Overview", False),
    ("Open one site. The first lines say how far its families have come, and how sure that is.",
     SITE, "Results of one site", True),
    ("Choose another measure there, then open 'How this was worked out' below the chart. Every "
     "number says where it comes from.", SITE, "The same page", True),
    ("See how many were heard from at each step. Who is not due yet is not counted as lost.",
     FOLLOW_UP, "Follow-up", True),
    ("See whom to ask now, by code and by the last day.", DUE, "Who is due", True),
    ("Put the sites side by side. Small ones are hidden, and nobody is ranked.", ALL_SITES,
     "All sites", False),
    ("Take the tables away as a workbook. Its first sheet says how they were made.", EXPORT,
     "Downloads", False),
    ("Then try a spreadsheet of your own, best in a store of its own. Nothing is stored before "
     "you have seen what was understood.", UPLOAD, "Add data", False),
)  # fmt: skip
WHO = (
    ("Site lead or data manager", "Uploads, corrects and chases; reads the own site exactly",
     "Add data, Who is due, One site"),
    ("Evaluator", "Checks the quality of answers; reads every site; takes files away",
     "Quality of answers, Follow-up, Downloads"),
    ("Researcher", "Compares sites; checks how a number was made; defines questionnaires",
     "All sites, Questionnaires, Own questionnaires"),
)  # fmt: skip


def show_first_steps() -> None:
    st.header("First steps")
    there = {site.id for site in get_store().sites()} if get_store().snapshot() else set()
    for number, (text, file, label, of_site) in enumerate(STEPS, start=1):
        query = {"site": SHOWCASE} if of_site and SHOWCASE in there else None
        st.markdown(f"{number}. {text}")
        if can_open(file):
            st.page_link(page_path(file), label=label, icon=GO, query_params=query)


def show_words() -> None:
    st.header("Words used")
    wanted = st.query_params.get(FIND, "")
    words = st.text_input(
        "Find a word", value=wanted[:60], placeholder="for example: not yet due", max_chars=60
    )
    if words.strip():
        found = find_terms(words)
        if not found:
            st.info(f"'{plain(words)}' is not explained here. Try a shorter word.")
            return
        st.caption(f"{capital(people(len(found), 'word', 'words'))} found.")
        _show_terms(found, opened=len(found) <= MOST_OPEN)
        return
    topic = st.radio("About", TOPICS, format_func=TOPIC_NAMES.__getitem__, horizontal=True)
    _show_terms([term for term in GLOSSARY if term.topic == topic])


def _show_terms(terms: Sequence[Term], *, opened: bool = False) -> None:
    for term in terms:
        st.subheader(capital(term.name))
        st.markdown(plain(term.plain))
        with st.expander(f"Exactly: {term.name}", expanded=opened):
            st.markdown(plain(term.exact))
            if term.also:
                st.caption(f"Also called: {plain(', '.join(term.also))}.")
            st.caption("Source: " + plain("; ".join(sources(term))) + ".")


def show_who_does_what() -> None:
    st.header("Who does what")
    st.markdown(
        "On one's own computer nobody signs in: whoever sits there can do everything, and see the "
        "exact numbers of every site. Where people sign in, each sees what their account allows. "
        "This is how the work is usually shared:"
    )
    table = pd.DataFrame(WHO, columns=["Who", "What they do", "Pages"])
    show_table(table, about="How the work is usually shared")
    link_to(ABOUT, "Where the data are, and what is not promised")
    link_to(LOCAL, "Define a questionnaire of your own")


# Whoever follows a link to a word comes for the word.
if FIND in st.query_params:
    show_words()
    show_first_steps()
else:
    show_first_steps()
    show_words()
show_who_does_what()
