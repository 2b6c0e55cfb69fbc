"""Practitioners answer about their training; they are never counted among parents."""

from __future__ import annotations

import pandas as pd

from evaluation.model import PRACTITIONER

PERSON = ["site", "participant"]


def is_practitioner(people: pd.DataFrame) -> pd.Series:
    """Which rows have the role ``practitioner``, however it was typed.

    Examples
    --------
    >>> is_practitioner(pd.DataFrame({"role": ["mother", " Practitioner", None]})).tolist()
    [False, True, False]
    """
    role = people["role"].astype(object).fillna("").astype(str)
    return role.str.strip().str.casefold() == PRACTITIONER


def without_practitioners(rows: pd.DataFrame, participants: pd.DataFrame) -> pd.DataFrame:
    """The rows of everybody else; both tables name people by site and participant.

    Examples
    --------
    >>> people = pd.DataFrame({"site": "Luton", "participant": ["1", "2"],
    ...                        "role": ["practitioner", "mother"]})
    >>> without_practitioners(people[["site", "participant"]], people)["participant"].tolist()
    ['2']
    """
    staff = participants.loc[is_practitioner(participants), PERSON].astype(object)
    keys = pd.MultiIndex.from_frame(rows[PERSON].astype(object))
    return rows[~keys.isin(pd.MultiIndex.from_frame(staff))]
