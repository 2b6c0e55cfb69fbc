"""Who is due at one site, for one day; what each person answered with is kept while data stay."""

from __future__ import annotations

import datetime as dt

import pandas as pd

from evaluation.programme import Results
from evaluation.tables.due import due_list, latest_modes, next_due
from pages.shell.loaders import load_answers, once


def site_due(results: Results, site: str, day: dt.date) -> pd.DataFrame:
    """The list of one site."""
    return once(
        ("due", site, day.isoformat()),
        lambda: due_list(
            _of(results.states, site),
            _of(results.people, site),
            _of(results.participants, site),
            today=day,
            modes=latest_modes(load_answers(site).records),
        ),
    )


def site_next_due(results: Results, site: str, day: dt.date) -> pd.Timestamp | None:
    """When the next person of the site can answer."""
    return next_due(_of(results.states, site), _of(results.people, site), today=day)


def first_day(results: Results) -> dt.date:
    """Today; made-up data are told of as on their own last day, since they end in the past."""
    if results.synthetic:
        return results.data_lock
    return max(dt.date.today(), results.data_lock)


def _of(table: pd.DataFrame, site: str) -> pd.DataFrame:
    return table[table["site"] == site]
