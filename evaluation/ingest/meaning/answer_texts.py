"""Texts as they are compared, and the texts that say why there is no answer."""

from __future__ import annotations

import re
import unicodedata

from evaluation.ingest.files.cells import Cell
from evaluation.ingest.meaning.values import clean_text, plain_text, to_number

MISSING_WORDS: dict[str, str] = {
    word: reason
    for reason, words in {
        "did not attend": ("dna", "d.n.a", "did not attend", "didn't attend", "no show"),
        "not applicable": ("n/a", "n / a", "na", "n.a", "not applicable"),
        "refused": (
            "refused", "declined", "refused to answer", "declined to answer", "prefer not to say",
            "prefer not to answer",
        ),
        "not asked": ("not asked",),
        "did not answer": (
            "missing", "blank", "no answer", "no response", "not answered", "did not answer",
            "didn't answer", "not completed", "left blank", "unanswered",
        ),
        "not known": ("not known", "unknown", "don't know", "dont know", "do not know"),
    }.items()
    for word in words
}  # fmt: skip
# Numbers that stand for a missing answer in many files.
MISSING_CODES: frozenset[int] = frozenset(
    {7, 8, 9, 66, 77, 88, 97, 98, 99, 777, 888, 997, 998, 999, 7777, 8888, 9998, 9999, 99999,
     -1, -2, -3, -6, -7, -8, -9, -66, -77, -88, -97, -98, -99, -777, -888, -997, -998, -999, -9999}
)  # fmt: skip
MISSING_MARKS: frozenset[str] = frozenset(
    {"?", "??", "???", "-", "--", "---", ".", "..", "...", "x", "xx", "xxx", "*", "/", "//", "_"}
)

_QUOTES = {
    **dict.fromkeys(map(ord, "\u2018\u2019\u201a\u201b\u02bc\u00b4`"), "'"),
    **dict.fromkeys(map(ord, "\u201c\u201d\u201e\u201f\u00ab\u00bb"), '"'),
    **dict.fromkeys(map(ord, "\u2010\u2011\u2012\u2013\u2014\u2015\u2212"), "-"),
}
_MARKED = re.compile(
    r"[~≈*?#†‡§ ]*(?P<number>[+-]?\d{1,4}(?:[.,]\d{1,6})?)(?: ?\(\?\)|\^\d|[~≈*?!#†‡§ ])*"
)


def fold(text: str) -> str:
    """A text as it is compared: case, blanks, kinds of dash and quote, final dots do not count."""
    if not text.isascii():
        text = "".join(_keep_apart(mark) for mark in text)
    plain = " ".join(plain_text(text).casefold().translate(_QUOTES).split())
    return plain.rstrip(".").rstrip() or plain


def _keep_apart(mark: str) -> str:
    """A raised digit stays apart from the number before it: 12² is no 122."""
    raised = unicodedata.category(mark) == "No"
    return f"^{unicodedata.normalize('NFKC', mark)}" if raised else mark


def folded(cell: Cell) -> str:
    """A cell as it is compared."""
    return fold(cell if isinstance(cell, str) else clean_text(cell))


def missing_reason(text: str) -> str:
    """Why there is no answer, where a text plainly says so; else ``""``."""
    plain = fold(text)
    return MISSING_WORDS.get(plain) or MISSING_WORDS.get(plain.strip("[](){}<>*-_ ."), "")


def marked_number(text: str) -> str:
    """The number in a folded text such as ``12*``, ``~12`` or ``12?``; ``""`` where none is."""
    found = _MARKED.fullmatch(text)
    if not found or found["number"] == text:
        return ""
    return found["number"].replace(",", ".")


def is_missing_code(cell: Cell) -> bool:
    """Whether a cell holds a number that stands for a missing answer in many files."""
    number = to_number(cell)
    return number is not None and number.is_integer() and int(number) in MISSING_CODES
