"""What an entry of the glossary is, and the sources that only its entries cite."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from evaluation.report.formula_texts.entry import Citation

Topic = Literal[
    "change", "each", "care", "people", "lost", "sites", "privacy", "questionnaires"
]  # fmt: skip
TOPICS: tuple[Topic, ...] = get_args(Topic)


@dataclass(frozen=True, slots=True)
class Term:
    """A word that a screen uses.

    ``plain`` is for anybody, in two or three sentences; it also stands beside headings. ``exact``
    is for those who want to check. ``also`` are other names, by which it can be found.
    """

    name: str
    topic: Topic
    plain: str
    exact: str
    sources: tuple[Citation, ...]
    also: tuple[str, ...] = ()


OWN_RULE = Citation("A rule of this program; its README says how to change it")
HOW_FILES_ARE_READ = Citation("How this program reads a file; the blank spreadsheet explains it")
GUIDE = Citation(
    "Innovation Unit and OnePlusOne (2017), the guide to the Local Family Offer programme"
)
EIF = Citation(
    "Callanan and others (2017), the Early Intervention Foundation's study of the Local Family "
    "Offer"
)
CUMMING = Citation("Cumming (2014), The new statistics: why and how", "10.1177/0956797613504966")
BARNETT = Citation(
    "Barnett, van der Pols & Dobson (2005), Regression to the mean: what it is and how to deal "
    "with it",
    "10.1093/ije/dyh299",
)
FISHER = Citation(
    "Fisher (1921), On the probable error of a coefficient of correlation deduced from a small "
    "sample"
)
MICE = Citation(
    "van Buuren & Groothuis-Oudshoorn (2011), mice: multivariate imputation by chained equations"
)
BARNARD_RUBIN = Citation(
    "Barnard & Rubin (1999), Small-sample degrees of freedom with multiple imputation"
)
SEAMAN_WHITE = Citation(
    "Seaman & White (2013), Review of inverse probability weighting for dealing with missing data"
)
CRONBACH = Citation(
    "Cronbach (1951), Coefficient alpha and the internal structure of tests", "10.1007/BF02310555"
)
FELDT = Citation("Feldt (1965), on the interval of alpha", "10.1007/BF02289499")
FORD = Citation("Ford and others (2009), British Journal of Psychiatry 194:552-558")
OPENSAFELY = Citation(
    "OpenSAFELY, rules for releasing results: counts up to 7 hidden, then rounded"
)
NHS_ENGLAND = Citation(
    "NHS England, Hospital Episode Statistics: small numbers hidden, others rounded to the "
    "nearest 5"
)
