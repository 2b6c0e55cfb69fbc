"""A word explained beside its heading, from the one glossary, and a way to its exact definition."""

from __future__ import annotations

import streamlit as st

from evaluation.report.glossary import explain
from pages.shell.navigation import GO, HELP, page_path

FIND = "find"  # the word to look up, in the address of the page of words


def help_text(term: str) -> str:
    """What a term means, for ``help=`` of a heading or a widget; ``ValueError`` if unknown."""
    return explain(term).plain


def show_words(*terms: str, label: str = "Words used here") -> None:
    """The terms of a page explained in a closed box, each with a link to its exact definition."""
    with st.expander(label):
        for term in terms:
            found = explain(term)
            name = f"{found.name[:1].upper()}{found.name[1:]}"
            st.markdown(f"**{name}.** {found.plain}")
            st.page_link(
                page_path(HELP),
                label=f"Exactly: {found.name}",
                icon=GO,
                query_params={FIND: found.name},
            )
