"""Who is due: the people of a site who can answer now, soon, or a little late, by date.

Codes and dates only; no answer and no score is in it.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from evaluation.analysis.wave_states import NO_END_DATE, NOT_ASKED_AGAIN, WAVE_NOT_USED

PERSON = ["site", "participant"]
# In this order they stand in the list.
LATE, OPEN, SOON = "late", "open", "soon"
DUE_STATES = (LATE, OPEN, SOON, NO_END_DATE)
DUE_COLUMNS = (
    "site", "participant", "couple", "role", "wave", "state", "opens_on", "due_on", "closes_on",
    "days_to_open", "days_left", "partner_answered", "mode", "end_source",
)  # fmt: skip
_DATES = ("opens_on", "due_on", "closes_on")
_DAY = np.timedelta64(1, "D")


def due_list(
    states: pd.DataFrame,
    people: pd.DataFrame,
    participants: pd.DataFrame,
    *,
    today: Any,
    soon_days: int = 30,
    late_days: int = 30,
    modes: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """The people to ask, each wave a row.

    Parameters
    ----------
    states : DataFrame
        From `evaluation.analysis.wave_states.wave_states`, of one site or of several.
    people : DataFrame
        From `evaluation.analysis.people.build_people`; tells who is not asked again.
    participants : DataFrame
        PARTICIPANT_COLUMNS, for the roles.
    today : date
        The day for which the list is made. The states say what has come in by the data lock; from
        then on only the calendar moves.
    soon_days : int
        Who can answer within so many days stands in the list as ``soon``.
    late_days : int
        Who could answer until so many days ago stands in the list as ``late``. With the usual
        times, 30 days end just before the next questionnaire can be answered.
    modes : DataFrame, optional
        site, participant, mode: from `latest_modes`.

    Returns
    -------
    DataFrame
        DUE_COLUMNS, those who are late first, then by the last day for an answer. ``state`` is one
        of DUE_STATES: ``open`` from ``opens_on`` to ``closes_on``. ``days_left`` until
        ``closes_on``, below 0 when over. ``partner_answered`` is yes, no, or blank where no
        partner is known. Of people without an end date there is one row, without a wave.

    Raises
    ------
    ValueError
        If ``today`` is not a date, or a number of days is below 0.

    Notes
    -----
    Left out: who has answered, who has no baseline, who withdrew consent or left for safeguarding
    reasons on whatever date, waves that the site does not use, and who is known not to have taken
    up support and has no end date.

    Examples
    --------
    >>> from evaluation.analysis.wave_states import wave_states
    >>> people = pd.DataFrame({
    ...     "site": "Luton", "participant": ["1", "2"], "couple": "C1", "referred": True,
    ...     "took_up": True, "started_on": pd.NaT, "ended_on": pd.to_datetime("2025-01-31"),
    ...     "last_contact_on": pd.NaT, "ending": "", "done_baseline": True,
    ...     "done_end": [True, False]})
    >>> roles = pd.DataFrame({"site": "Luton", "participant": ["1", "2"], "role": ["mother", ""]})
    >>> states = wave_states(people, data_lock="2025-02-10")
    >>> due = due_list(states, people, roles, today="2025-02-20")
    >>> due[["participant", "wave", "state", "days_left", "partner_answered"]].values.tolist()
    [['2', 'end', 'open', 10, 'yes']]
    """
    day = _day(today)
    for name, days in (("soon_days", soon_days), ("late_days", late_days)):
        if days < 0:
            raise ValueError(f"{name}={days!r}: 0 or more days are needed")
    states = states.assign(partner_answered=_partner_answered(states))
    asked = _may_be_asked(states, people)
    found = states.assign(state=_state(states, day, soon_days=soon_days, late_days=late_days))
    found = _one_row_without_end_date(found[asked & (found["state"] != "")], people)
    found["days_to_open"] = _days_until(found["opens_on"], day)
    found["days_left"] = _days_until(found["closes_on"], day)
    found = _known_of(found, participants, "role")
    found = _known_of(found, modes, "mode")
    order = found["state"].map({state: place for place, state in enumerate(DUE_STATES)})
    found = found.assign(order=order).sort_values(
        ["order", "closes_on", "site", "couple", "participant", "wave"], kind="stable"
    )
    return found[list(DUE_COLUMNS)].reset_index(drop=True)


def next_due(states: pd.DataFrame, people: pd.DataFrame, *, today: Any) -> pd.Timestamp | None:
    """The first day after ``today`` on which anybody can answer; ``None`` if that is not known."""
    asked = _may_be_asked(states, people)
    opens = states.loc[asked & (states["opens_on"] > pd.Timestamp(_day(today))), "opens_on"]
    return None if opens.empty else opens.min()


def latest_modes(records: pd.DataFrame) -> pd.DataFrame:
    """How each person answered last (on paper, online …), where a file says so."""
    told = records[records["mode"].fillna("") != ""]
    told = told.assign(day=pd.to_datetime(told["completed_on"]))
    told = told.sort_values("day", kind="stable", na_position="first")
    return told.drop_duplicates(PERSON, keep="last")[[*PERSON, "mode"]].reset_index(drop=True)


def _day(today: Any) -> np.datetime64:
    try:
        day = pd.Timestamp(today)
    except (TypeError, ValueError) as error:
        raise ValueError(f"today={today!r}: a date is needed") from error
    if day is pd.NaT:
        raise ValueError(f"today={today!r}: a date is needed")
    return np.datetime64(day.date(), "D")


def _may_be_asked(states: pd.DataFrame, people: pd.DataFrame) -> pd.Series:
    """Rows of people who have not answered and to whom nothing speaks against asking."""
    endings = people["ending"].astype(object).fillna("").astype(str).str.strip().str.casefold()
    left = people.loc[endings.isin(NOT_ASKED_AGAIN).to_numpy(), PERSON]
    barred = _are_among(states, left)
    known = {"no_baseline", "withdrew_consent", "safeguarding", WAVE_NOT_USED}
    return ~(states["state"].eq("done") | states["reason"].isin(known) | barred)


def _are_among(rows: pd.DataFrame, some: pd.DataFrame) -> NDArray[np.bool_]:
    return np.asarray(pd.MultiIndex.from_frame(rows[PERSON]).isin(pd.MultiIndex.from_frame(some)))


def _state(
    states: pd.DataFrame, day: np.datetime64, *, soon_days: int, late_days: int
) -> NDArray[Any]:
    """Where each row stands on the day; "" for what is too far off or too long ago."""
    opens, closes = (states[name].to_numpy().astype("datetime64[D]") for name in _DATES[::2])
    unknown = np.isnat(opens)
    conditions = [
        unknown,
        closes < day - late_days * _DAY,
        closes < day,
        opens <= day,
        opens <= day + soon_days * _DAY,
    ]
    return np.select(conditions, [NO_END_DATE, "", LATE, OPEN, SOON], default="").astype(object)


def _one_row_without_end_date(found: pd.DataFrame, people: pd.DataFrame) -> pd.DataFrame:
    """People without an end date once, without a wave; not those who never took up support."""
    never = people.loc[people["took_up"].eq(False).fillna(False).to_numpy(dtype=bool), PERSON]
    undated = found["state"].eq(NO_END_DATE)
    again = undated & found.assign(key=undated).duplicated([*PERSON, "key"])
    kept = found[~(again | (undated & _are_among(found, never)))].copy()
    undated = kept["state"].eq(NO_END_DATE)
    kept["wave"] = kept["wave"].astype(object).mask(undated, "")
    kept["partner_answered"] = kept["partner_answered"].mask(undated, "")
    return kept


def _partner_answered(states: pd.DataFrame) -> pd.Series:
    """Whether anybody else of the couple has done the wave: yes, no, or blank for one alone."""
    couple = states["couple"].astype(object).fillna("")
    place = [states["site"].astype(object), couple, states["wave"].astype(object)]
    done = states["state"].eq("done").astype(int)
    others = done.groupby(place, sort=False).transform("sum") - done
    size = done.groupby(place, sort=False).transform("size")
    alone = couple.eq("") | (size < 2)
    answered = np.where(alone, "", np.where(others > 0, "yes", "no"))
    return pd.Series(answered.astype(object), index=states.index)


def _days_until(dates: pd.Series, day: np.datetime64) -> pd.Series:
    return (pd.to_datetime(dates) - pd.Timestamp(day)).dt.days.astype("Int64")


def _known_of(found: pd.DataFrame, table: pd.DataFrame | None, name: str) -> pd.DataFrame:
    """What a table of persons says of each; blank where it says nothing."""
    if table is None or table.empty:
        return found.assign(**{name: ""})
    once = table[[*PERSON, name]].drop_duplicates(PERSON)
    merged = found.merge(once, on=PERSON, how="left")
    return merged.assign(**{name: merged[name].astype(object).fillna("")})
