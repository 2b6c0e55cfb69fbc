"""A word explained beside its heading, from the one glossary."""

from __future__ import annotations

from evaluation.report.glossary import explain

FIND = "find"  # the word to look up, in the address of the page of words


def help_text(term: str) -> str:
    """What a term means, for ``help=`` of a heading or a widget; ``ValueError`` if unknown."""
    return explain(term).plain
