"""Counted and yes/no outcomes beside the questionnaires: their names and kinds.

A site names its indicators freely, so a name is folded before it is compared: ``School
attendance`` and ``school_attendance`` are one.
"""

from __future__ import annotations

import re
import unicodedata

import pandas as pd

from evaluation.model import COUNT, NUMBER, YES_NO

MIXED = "mixed"  # values of one indicator that cannot be put together: yes/no beside numbers
_NO_LETTERS = re.compile(r"[\W_]+")


def indicator_id(name: str) -> str:
    """A free name as it is compared: lower case, words joined by underscores.

    >>> indicator_id(" Fixed-term  Exclusions ")
    'fixed_term_exclusions'
    """
    text = unicodedata.normalize("NFKC", name).casefold()
    return _NO_LETTERS.sub("_", text).strip("_")


def common_kind(kinds: pd.Series) -> str:
    """The kind of all values together: one of INDICATOR_KINDS, or MIXED.

    Counts beside other numbers are numbers; yes/no goes with nothing else.
    """
    found = set(kinds.unique())
    if found == {YES_NO} or found == {COUNT}:
        return str(kinds.iloc[0])
    return NUMBER if found and YES_NO not in found else MIXED


def settled_kinds(table: pd.DataFrame) -> pd.DataFrame:
    """The same indicators with one kind for each of a site, as far as the values allow one.

    Where yes/no stands beside numbers, each row keeps its own: that is told where it is compared.
    """
    if table.empty:
        return table
    kinds = table.groupby(["site", "indicator"], sort=False)["kind"].transform(common_kind)
    return table.assign(kind=kinds.where(kinds != MIXED, table["kind"]))
