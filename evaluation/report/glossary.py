"""The words that screens use, each explained once: plainly, exactly, and with its source."""

from __future__ import annotations

from collections.abc import Iterable

from evaluation.report.glossary_terms.change import CHANGE
from evaluation.report.glossary_terms.entry import TOPICS, Term, Topic
from evaluation.report.glossary_terms.people import LOST, PEOPLE
from evaluation.report.glossary_terms.together import PRIVACY, QUESTIONNAIRES, SITES

__all__ = ["GLOSSARY", "TOPICS", "TOPIC_NAMES", "Term", "Topic", "explain", "find_terms", "sources"]

GLOSSARY: tuple[Term, ...] = (*CHANGE, *PEOPLE, *LOST, *SITES, *PRIVACY, *QUESTIONNAIRES)
TOPIC_NAMES: dict[Topic, str] = {
    "change": "Change on average",
    "each": "Change of each person",
    "care": "Reading with care",
    "people": "Who answered",
    "lost": "Those not heard from",
    "sites": "Sites together",
    "privacy": "Privacy",
    "questionnaires": "Questionnaires",
}
_BY_NAME = {term.name.casefold(): term for term in GLOSSARY}


def explain(name: str) -> Term:
    """The entry of a term; ``ValueError`` where there is none.

    Examples
    --------
    >>> explain("Not yet due").topic
    'people'
    """
    found = _BY_NAME.get(name.casefold())
    if found is None:
        raise ValueError(f"name={name!r}: no such term; there are {', '.join(sorted(_BY_NAME))}")
    return found


def find_terms(words: str, terms: Iterable[Term] = GLOSSARY) -> tuple[Term, ...]:
    """Terms in which every word is found, those named so first; all of them for no word.

    Examples
    --------
    >>> [term.name for term in find_terms("p-value")]
    ['test of chance']
    """
    wanted = words.casefold().split()
    ranked = [(_place(term, wanted), term) for term in terms]
    found = [pair for pair in ranked if pair[0] is not None]
    return tuple(term for _, term in sorted(found, key=lambda pair: pair[0] or 0))


def sources(term: Term) -> tuple[str, ...]:
    """Where an explanation comes from, with the DOI where one is held."""
    return tuple(f"{one.text}, doi:{one.doi}" if one.doi else one.text for one in term.sources)


def _place(term: Term, wanted: list[str]) -> int | None:
    """0 where the name has every word, 1 other names, 2 anything said; None where not found."""
    texts = (term.name, " ".join((term.name, *term.also)), f"{term.plain} {term.exact}")
    said = ""
    for place, text in enumerate(texts):
        said = f"{said} {text}".casefold()
        if all(word in said for word in wanted):
            return place
    return None
