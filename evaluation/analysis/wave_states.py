"""Where every person stands with every wave: done, open, missed, not due yet or not asked.

The list of what is due and the attrition figures read the same states.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from evaluation.config import FollowUp
from evaluation.model import due_days, months_of

# In this order a couple takes the first state among its partners ("at least one has"), and a
# couple of which both are asked takes the last.
STATES = ("done", "window_open", "not_yet_due", "missed", "not_eligible")
DONE, WINDOW_OPEN, NOT_YET_DUE, MISSED, NOT_ELIGIBLE = range(5)
# A site that asks at 3 months only has missed nothing at 6. Nobody having answered is taken for
# that only where, at the response of the site's other follow-up, it would hardly ever be chance.
CHANCE_OF_SILENCE = 1e-4
WAVE_NOT_USED = "wave_not_used"
NO_END_DATE = "no_end_date"
USUAL_FOLLOW_UPS = ("3m", "6m")
# People who end like this are not asked again.
NOT_ASKED_AGAIN = ("withdrew consent", "safeguarding")
NEEDED_COLUMNS = (
    "site", "participant", "couple", "referred", "took_up", "started_on", "ended_on",
    "last_contact_on", "ending", "done_baseline", "done_end",
)  # fmt: skip

Days = NDArray[np.datetime64]


def wave_states(
    people: pd.DataFrame,
    *,
    data_lock: Any,
    follow_up: Mapping[str, FollowUp] | None = None,
    expected_weeks: float | None = None,
) -> pd.DataFrame:
    """The state of every person at the end and at every follow-up wave, at the data lock.

    Parameters
    ----------
    people : DataFrame
        From `evaluation.analysis.people.build_people`: NEEDED_COLUMNS and, where there is such a
        wave, ``done_<wave>`` (bool) and ``<wave>_done_on`` (date). Practitioners left out.
    data_lock : date
        The day on which the books were closed. What is dated later has not happened.
    follow_up : mapping of str to FollowUp, optional
        Days after the end at which a wave is due, and days either side; else 0 for ``end``, 91
        for ``3m``, 183 for ``6m`` and so on, 30 days either side. A wave named here is listed
        even if nobody has done it, as ``3m`` and ``6m`` always are; its ``sites`` are those that
        use it.
    expected_weeks : float, optional
        Planned length of support, for people with a start and no sign of an end.

    Returns
    -------
    DataFrame
        One row for each person and wave: site, participant, couple, wave, state (categorical,
        STATES), reason (``no_baseline``, ``withdrew_consent``, ``safeguarding``,
        ``wave_not_used``, ``no_end_date``), due_on, opens_on, closes_on, done_on, early, late,
        stand_in (a session counts as the end), end_source (``ended_on``, ``last_contact``,
        ``expected``, ``""``), end_before_start.

    Raises
    ------
    ValueError
        If ``data_lock`` is not a date, or a column of ``people`` is missing.

    Notes
    -----
    With due day D = end + days, window w and data lock L, the first that holds: ``done`` (there
    is a score); ``not_eligible`` (no baseline, consent withdrawn, closed for safeguarding);
    ``not_yet_due`` (D - w > L, or no end date); ``window_open`` (D - w <= L <= D + w);
    ``missed``. Nobody without a baseline is ``done``. A score outside the window counts, and is
    marked ``early`` or ``late``.

    Sites follow up at 3 or at 6 months. A site uses the waves for which the rule file names it;
    without such a list, a site where nobody answered at 3 (or 6) months, although at the rate of
    its 6 (or 3) month follow-up that would happen with a probability below CHANCE_OF_SILENCE, is
    taken not to use it. Its people are ``not_eligible`` there (``wave_not_used``).

    Examples
    --------
    >>> people = pd.DataFrame({
    ...     "site": "Luton", "participant": ["1", "2"], "couple": "", "referred": True,
    ...     "took_up": True, "started_on": pd.NaT, "ended_on": pd.to_datetime("2025-01-31"),
    ...     "last_contact_on": pd.NaT, "ending": "", "done_baseline": True,
    ...     "done_end": [True, False]})
    >>> wave_states(people, data_lock="2025-06-30")["state"].tolist()
    ['done', 'missed', 'missed', 'missed', 'not_yet_due', 'not_yet_due']
    """
    missing = [name for name in NEEDED_COLUMNS if name not in people]
    if missing:
        raise ValueError(f"people: column {missing[0]!r} is missing")
    lock = lock_day(data_lock)
    end, source = _end_dates(people, expected_weeks)
    barred = _why_not_eligible(people, lock)
    timings = wave_timings(people, follow_up)
    tables = [
        _states_of_wave(people, wave, timing, lock=lock, end=end, source=source, barred=barred)
        for wave, timing in timings.items()
    ]
    states = pd.concat(tables, ignore_index=True)
    return _mark_unused_waves(states, timings)


def _mark_unused_waves(states: pd.DataFrame, timings: Mapping[str, FollowUp]) -> pd.DataFrame:
    """People of sites that do not use a wave are not asked at it."""
    keys = [states["site"], states["wave"]]
    done = states["state"].eq("done").groupby(keys, sort=False).sum().unstack()
    missed = states["state"].eq("missed").groupby(keys, sort=False).sum().unstack()
    follow_ups = [wave for wave in timings if wave != "end"]
    unused = {
        (wave, site)
        for wave in follow_ups
        for site in done.index
        if _is_unused(site, wave, timings[wave].sites, done, missed)
    }
    place = pd.MultiIndex.from_frame(states[["wave", "site"]])
    not_used = np.asarray(place.isin(list(unused))) if unused else np.zeros(len(states), dtype=bool)
    # Whoever answered all the same is not counted either: alone they would look like everybody.
    asked = not_used & (states["reason"] != "no_baseline").to_numpy()
    states.loc[asked, "state"] = "not_eligible"
    states.loc[asked, "reason"] = WAVE_NOT_USED
    return states


def _is_unused(
    site: str,
    wave: str,
    listed: tuple[str, ...],
    done: pd.DataFrame,
    missed: pd.DataFrame,
) -> bool:
    if listed:
        return site.casefold() not in {name.casefold() for name in listed}
    other = [name for name in USUAL_FOLLOW_UPS if name != wave]
    if wave not in USUAL_FOLLOW_UPS or done.loc[site, wave] > 0:
        return False
    answered, silent = done.loc[site, other[0]], missed.loc[site, other[0]]
    # As if two more had stayed silent, so that one or two answers alone prove no habit.
    rate = answered / (answered + silent + 2)
    return bool((1 - rate) ** missed.loc[site, wave] < CHANCE_OF_SILENCE)


def lock_day(data_lock: Any) -> np.datetime64:
    """The data lock as a day; ``ValueError`` if it is not a date."""
    try:
        lock = pd.Timestamp(data_lock)
    except (TypeError, ValueError) as error:
        raise ValueError(f"data_lock={data_lock!r}: a date is needed") from error
    if lock is pd.NaT:
        raise ValueError(f"data_lock={data_lock!r}: a date is needed")
    return np.datetime64(lock.date(), "D")


def days_of(people: pd.DataFrame, name: str) -> Days:
    """A date column as whole days; a column that is not there is blank."""
    if name not in people:
        return np.full(len(people), np.datetime64("NaT"), dtype="datetime64[D]")
    return pd.to_datetime(people[name]).to_numpy().astype("datetime64[D]")


def flags(people: pd.DataFrame, name: str) -> NDArray[np.bool_]:
    """A yes/no column with blanks as no; a column that is not there is no."""
    if name not in people:
        return np.zeros(len(people), dtype=bool)
    return people[name].astype("boolean").fillna(False).to_numpy(dtype=bool)


def wave_timings(
    people: pd.DataFrame, follow_up: Mapping[str, FollowUp] | None
) -> dict[str, FollowUp]:
    """The end, 3m, 6m, and every other wave that is configured or was done by anybody, by time."""
    given = dict(follow_up or {})
    columns = [str(name).removeprefix("done_") for name in people.columns]
    present = {
        wave
        for wave in columns
        if months_of(wave) is not None and flags(people, f"done_{wave}").any()
    }
    timings = {wave: FollowUp(due_days(wave)) for wave in present | set(USUAL_FOLLOW_UPS)} | given
    later = sorted((item for item in timings.items() if item[0] != "end"), key=_by_days)
    return {"end": given.get("end", FollowUp(0))} | dict(later)


def _by_days(item: tuple[str, FollowUp]) -> tuple[int, str]:
    return item[1].days, item[0]


def _end_dates(people: pd.DataFrame, expected_weeks: float | None) -> tuple[Days, NDArray[Any]]:
    """When support ended for each person, and how that is known."""
    ended, seen = days_of(people, "ended_on"), days_of(people, "last_contact_on")
    expected = np.full(len(people), np.datetime64("NaT"), dtype="datetime64[D]")
    if expected_weeks is not None:
        expected = days_of(people, "started_on") + np.timedelta64(round(7 * expected_weeks), "D")
    end = np.where(np.isnat(ended), np.where(np.isnat(seen), expected, seen), ended)
    known = [~np.isnat(ended), ~np.isnat(seen), ~np.isnat(expected)]
    source = np.select(known, ["ended_on", "last_contact", "expected"], default="")
    return end, source.astype(object)


def done_by(people: pd.DataFrame, wave: str, lock: np.datetime64) -> NDArray[np.bool_]:
    """Who had done the wave at the lock; a score without a date counts."""
    return flags(people, f"done_{wave}") & ~(days_of(people, f"{wave}_done_on") > lock)


def _why_not_eligible(people: pd.DataFrame, lock: np.datetime64) -> NDArray[Any]:
    """Why a person is not asked at the end and later; "" for those who are."""
    ending = people["ending"].astype(object).fillna("").astype(str).str.strip().str.casefold()
    known_by_then = ~(days_of(people, "ended_on") > lock)
    left = ending.isin(NOT_ASKED_AGAIN).to_numpy() & known_by_then
    reasons = np.where(left, ending.str.replace(" ", "_").to_numpy(dtype=object), "")
    return np.where(done_by(people, "baseline", lock), reasons, "no_baseline")


def _states_of_wave(
    people: pd.DataFrame,
    wave: str,
    timing: FollowUp,
    *,
    lock: np.datetime64,
    end: Days,
    source: NDArray[Any],
    barred: NDArray[Any],
) -> pd.DataFrame:
    due = end + np.timedelta64(timing.days, "D")
    opens = due - np.timedelta64(timing.window, "D")
    closes = due + np.timedelta64(timing.window, "D")
    done = done_by(people, wave, lock) & (barred != "no_baseline")
    done_on = np.where(done, days_of(people, f"{wave}_done_on"), np.datetime64("NaT"))
    conditions = [done, barred != "", np.isnat(due) | (opens > lock), closes >= lock]
    codes = np.select(conditions, [DONE, NOT_ELIGIBLE, NOT_YET_DUE, WINDOW_OPEN], default=MISSED)
    no_date = (codes == NOT_YET_DUE) & np.isnat(due)
    reasons = np.where(codes == NOT_ELIGIBLE, barred, np.where(no_date, NO_END_DATE, ""))
    table = people[["site", "participant", "couple"]].assign(
        wave=wave,
        state=pd.Categorical.from_codes(codes, categories=list(STATES)),
        reason=reasons.astype(object),
    )
    dates = {"due_on": due, "opens_on": opens, "closes_on": closes, "done_on": done_on}
    for name, values in dates.items():
        table[name] = values.astype("datetime64[s]")
    return table.assign(
        early=done_on < opens,
        late=done_on > closes,
        stand_in=done & flags(people, f"{wave}_is_session"),
        end_source=source,
        end_before_start=days_of(people, "ended_on") < days_of(people, "started_on"),
    )
