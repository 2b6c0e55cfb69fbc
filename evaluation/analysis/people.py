"""One row for each person: when support began and ended, and which waves were done.

The table that attrition, the list of what is due and the take-up figures start from.
"""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd

from evaluation.analysis.pairing import effective_waves
from evaluation.analysis.practitioners import without_practitioners
from evaluation.model import Dataset, months_of

PERSON = ["site", "participant"]
# What every table of people has. For each wave done by anybody there are also `done_<wave>` and
# `<wave>_done_on`.
PEOPLE_COLUMNS = (
    "site", "participant", "couple", "referred", "referred_on", "took_up", "started_on",
    "ended_on", "last_contact_on", "ending", "done_baseline", "baseline_done_on",
    "baseline_is_session", "done_end", "end_done_on", "end_is_session",
)  # fmt: skip
_SERVICE = ["referred_on", "took_up", "started_on", "ended_on", "ending", "sessions_attended"]


def build_people(
    dataset: Dataset, scores: pd.DataFrame, *, primary: Callable[[str], str] | None = None
) -> pd.DataFrame:
    """Everybody except practitioners, with what service use and scores say of them.

    Parameters
    ----------
    dataset : Dataset
        People, records and service use.
    scores : DataFrame
        SCORE_COLUMNS. A person has done a wave if any scale of it has a score.
    primary : callable, optional
        The measure of a site as ``instrument.scale``, or ``""``; then only that one counts.

    Returns
    -------
    DataFrame
        PEOPLE_COLUMNS and, for each follow-up wave that anybody has done, ``done_<wave>`` and
        ``<wave>_done_on``. ``referred`` = has a row in service use. ``took_up`` is True, False
        or NA; a blank is taken as True where support has started or a session was attended.
        ``last_contact_on`` = latest session or `end` questionnaire. ``baseline_is_session`` and
        ``end_is_session`` mark a session that stands in for the wave. Blank dates are NaT.

    Examples
    --------
    >>> from evaluation.model import PARTICIPANT_COLUMNS, RECORD_COLUMNS, SCORE_COLUMNS
    >>> nobody = Dataset(pd.DataFrame(columns=list(PARTICIPANT_COLUMNS)),
    ...                  pd.DataFrame(columns=list(RECORD_COLUMNS)))
    >>> len(build_people(nobody, pd.DataFrame(columns=list(SCORE_COLUMNS))))
    0
    """
    people = _everybody(dataset, scores)
    service = _keyed(dataset.service_use)[[*PERSON, *_SERVICE]].assign(referred=True)
    people = people.merge(service, on=PERSON, how="left", validate="one_to_one")
    people["referred"] = people["referred"].notna()
    people["ending"] = people["ending"].astype(object).fillna("")
    for name in ("referred_on", "started_on", "ended_on"):
        people[name] = pd.to_datetime(people[name])
    people["took_up"] = _took_up(people)
    answered = dataset.answered
    contacts = answered[answered["wave"].isin(["session", "end"])]
    latest = _first_or_last_day(contacts, "max").rename("last_contact_on")
    people = people.merge(latest, left_on=PERSON, right_index=True, how="left")

    waves = effective_waves(_of_primary(scores, primary))
    follow_ups = {wave for wave in waves["wave"].unique() if months_of(wave) is not None}
    names = ["baseline", "end", *sorted(follow_ups, key=lambda wave: months_of(wave) or 0)]
    for wave in names:
        people = _add_wave(people, waves[waves["wave"] == wave], wave)
    follow_up_columns = [
        column for wave in names[2:] for column in (f"done_{wave}", f"{wave}_done_on")
    ]
    return people[[*PEOPLE_COLUMNS, *follow_up_columns]]


def _everybody(dataset: Dataset, scores: pd.DataFrame) -> pd.DataFrame:
    """Each person once, in order of appearance, with the first couple code that is not blank."""
    sources = (dataset.participants, dataset.service_use, scores)
    named = pd.concat([_keyed(source) for source in sources], ignore_index=True)
    named = named[[*PERSON, "couple"]].fillna({"couple": ""})
    named = without_practitioners(named, dataset.participants)
    people = named[PERSON].drop_duplicates()
    couples = named[named["couple"] != ""].drop_duplicates(PERSON)
    people = people.merge(couples, on=PERSON, how="left")
    return people.assign(couple=people["couple"].fillna(""))


def _keyed(table: pd.DataFrame) -> pd.DataFrame:
    """The codes as texts, also where a table has no rows and so no types."""
    return table.astype(dict.fromkeys((*PERSON, "couple"), object))


def _took_up(people: pd.DataFrame) -> pd.Series:
    stated = pd.Series(people["took_up"].array, index=people.index, dtype="boolean")
    attended = pd.to_numeric(people["sessions_attended"]).fillna(0) > 0
    return stated.mask(stated.isna() & (people["started_on"].notna() | attended), True)


def _of_primary(scores: pd.DataFrame, primary: Callable[[str], str] | None) -> pd.DataFrame:
    if primary is None:
        return scores
    wanted = scores["site"].map({site: primary(site) for site in scores["site"].unique()})
    measure = scores["instrument"].astype(str) + "." + scores["scale"].astype(str)
    return scores[(wanted == "") | (measure == wanted)]


def _first_or_last_day(rows: pd.DataFrame, which: str) -> pd.Series:
    days = rows[PERSON].assign(day=pd.to_datetime(rows["completed_on"]))
    return days.groupby(PERSON, sort=False)["day"].agg(which)


def _add_wave(people: pd.DataFrame, rows: pd.DataFrame, wave: str) -> pd.DataFrame:
    """Whether and when each person did the wave; only a session stood in for it if all did."""
    found = rows.groupby(PERSON, sort=False)["assumed"].agg("all").to_frame("assumed")
    found[f"{wave}_done_on"] = _first_or_last_day(rows, "min")
    people = people.merge(found, left_on=PERSON, right_index=True, how="left")
    people[f"done_{wave}"] = people["assumed"].notna()
    if wave in ("baseline", "end"):
        people[f"{wave}_is_session"] = people["assumed"].eq(True)
    return people.drop(columns="assumed")
