"""What happens to invented people: take-up, sessions, endings, and who fills in what and when.

Days are whole numbers of days before (negative) or after the data lock; nothing later than the
lock is known, so support that goes on has no ending and forms that are not yet due are absent.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from evaluation.model import due_days
from sample_data.plan import DATA_LOCK, SitePlan

_DECISION_DAYS = 35  # after so many days it is known whether somebody took the support up
_KEPT_AT_FOLLOW_UP = {"3m": 0.97, "6m": 0.88}  # share of the gain that is still there


@dataclass(frozen=True)
class Journey:
    """The course of everybody's support, one entry for each person."""

    referred: np.ndarray
    took_up: np.ndarray  # "yes", "no", or "" while nobody knows
    started: np.ndarray  # NaN if not started
    ended: np.ndarray  # NaN if not ended
    ending: np.ndarray  # "" if not ended
    part_done: np.ndarray  # how much of the planned support there was, 0 to 1
    offered: np.ndarray
    attended: np.ndarray
    cancelled: np.ndarray
    dna: np.ndarray


def make_journey(plan: SitePlan, people: pd.DataFrame, rng: np.random.Generator) -> Journey:
    """Referral, take-up, course and ending for everybody."""
    family = people["family"].to_numpy()
    families = int(family.max()) + 1
    support = people["support"].to_numpy()
    first = (plan.first_referral - DATA_LOCK).days
    last = (plan.last_referral - DATA_LOCK).days
    referred = rng.integers(first, last + 1, families)[family].astype(float)
    wait = 7 + np.round(rng.gamma(2.0, 9.0, families))[family]
    willing = _chance(1.85 - 0.2 * people["severity"] + rng.normal(0, 0.9, families)[family])
    starts = rng.random(len(people)) < willing
    begun = starts & (referred + wait <= 0)
    known = begun | (~starts & (referred + _DECISION_DAYS <= 0))
    ending, part = _endings(people, rng)
    weeks = np.array([s.weeks for s in plan.supports])[support]
    started = np.where(begun, referred + wait, np.nan)
    ended = started + np.round(weeks * 7 * part) + rng.integers(0, 8, families)[family]
    over = ended <= 0
    so_far = np.where(over, part, np.minimum(part, np.maximum(0.02, -started / (weeks * 7))))
    sessions = np.array([s.sessions for s in plan.supports])[support]
    counts = _sessions(sessions, so_far, ending, begun, rng)
    return Journey(
        referred=referred,
        took_up=np.where(known, np.where(starts, "yes", "no"), ""),
        started=started,
        ended=np.where(over, ended, np.nan),
        ending=np.where(over, ending, ""),
        part_done=so_far,
        offered=counts[0], attended=counts[1], cancelled=counts[2], dna=counts[3],
    )  # fmt: skip


def _chance(logit: pd.Series | np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-np.asarray(logit, dtype=float)))


def _endings(people: pd.DataFrame, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """How support ends and how much of it there was; partners mostly share their fate."""
    size = len(people)
    family = people["family"].to_numpy()
    families = int(family.max()) + 1
    shared = rng.normal(0, 1.0, families)[family]
    gain = people["gain_relationship"] + people["gain_mood"]
    leaves = _chance(-1.25 + 0.75 * people["severity"] - 0.25 * gain + shared)
    ending = np.where(rng.random(size) < leaves, "dropped out", "planned").astype(object)
    in_couple = ~people["lone"].to_numpy()
    ending[(rng.random(families)[family] < 0.025) & in_couple] = "separated"
    ending[rng.random(families)[family] < 0.015] = "safeguarding"
    ending[rng.random(size) < 0.012] = "withdrew consent"
    early = 0.08 + 0.7 * rng.beta(1.6, 2.0, families)[family]
    return ending, np.where(ending == "planned", 1.0, early)


def _sessions(
    planned: np.ndarray,
    part: np.ndarray,
    ending: np.ndarray,
    begun: np.ndarray,
    rng: np.random.Generator,
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Sessions offered, attended, cancelled and missed; the first one was always attended."""
    part = np.where(begun, part, 0.0)
    offered = np.maximum(1, np.round(planned * part)).astype(int)
    dna = rng.binomial(offered - 1, np.where(ending == "planned", 0.06, 0.24))
    cancelled = rng.binomial(offered - 1 - dna, 0.07)
    attended = offered - dna - cancelled
    offered, attended, cancelled, dna = (
        np.where(begun, count, np.nan) for count in (offered, attended, cancelled, dna)
    )
    return offered, attended, cancelled, dna


def make_occasions(
    plan: SitePlan, people: pd.DataFrame, journey: Journey, rng: np.random.Generator
) -> pd.DataFrame:
    """When each person fills in forms: person, wave, session, day, share of the gain reached.

    ``child_too`` marks the occasions on which the questionnaire about the child is due as well.
    """
    every = np.array([s.every_session for s in plan.supports])[people["support"]]
    parts = [_baselines(journey, ~every, rng)]
    if plan.mid_wave:
        parts.append(_mid_points(journey, rng))
    if every.any():
        parts.append(_every_session(plan, people, journey, every, rng))
    ends = _ends(people, journey, every, rng)
    parts.append(ends)
    for wave in plan.follow_ups:
        answered = np.isin(np.arange(len(people)), ends["person"])
        parts.append(_follow_ups(wave, people, journey, answered, rng))
    occasions = pd.concat(parts, ignore_index=True)
    occasions["mode"] = _modes(occasions["wave"], rng)
    # With an end form of its own, the last session needs no form about the child.
    last_session = (occasions["wave"] == "session") & (occasions["progress"] > 0)
    occasions.loc[last_session & occasions["person"].isin(ends["person"]), "child_too"] = False
    return occasions[occasions["day"] <= 0].reset_index(drop=True)


def _modes(waves: pd.Series, rng: np.random.Generator) -> np.ndarray:
    later = rng.choice(["phone", "online"], len(waves), p=[0.6, 0.4])
    at_sessions = rng.choice(["paper", "online", "with worker"], len(waves), p=[0.5, 0.2, 0.3])
    return np.where(waves.isin(["3m", "6m"]), later, at_sessions)


def _occasions(
    who: np.ndarray, wave: str, day: np.ndarray, progress: np.ndarray, *, child_too: bool = True
) -> pd.DataFrame:
    return pd.DataFrame({
        "person": np.flatnonzero(who), "wave": wave, "session_number": np.nan, "day": day[who],
        "progress": progress[who], "child_too": child_too,
    })  # fmt: skip


def _baselines(journey: Journey, eligible: np.ndarray, rng: np.random.Generator) -> pd.DataFrame:
    who = (journey.took_up == "yes") & eligible & (rng.random(len(eligible)) < 0.95)
    day = np.maximum(journey.started - rng.integers(0, 6, len(who)), journey.referred)
    return _occasions(who, "baseline", day, np.zeros(len(who)))


def _mid_points(journey: Journey, rng: np.random.Generator) -> pd.DataFrame:
    length = journey.ended - journey.started
    reached = (journey.part_done > 0.6) & ~np.isnan(length)
    who = reached & (rng.random(len(reached)) < 0.8)
    day = np.round(journey.started + length * 0.5)
    return _occasions(who, "mid", day, np.full(len(who), 0.55), child_too=False)


def _every_session(
    plan: SitePlan,
    people: pd.DataFrame,
    journey: Journey,
    every: np.ndarray,
    rng: np.random.Generator,
) -> pd.DataFrame:
    """One form at each session attended, about the child at the first and the last."""
    supports = people["support"].to_numpy()
    rows: list[tuple[int, int, float, float, bool]] = []
    for person in np.flatnonzero(every & (journey.took_up == "yes")):
        support = plan.supports[supports[person]]
        last_day = min(0.0, np.nan_to_num(journey.ended[person], nan=0.0))
        filled = [1] + [
            number for number in range(2, int(journey.attended[person]) + 1) if rng.random() < 0.93
        ]
        for number in filled:
            day = journey.started[person] + (number - 1) * 7 * support.weeks / support.sessions
            progress = (number - 1) / (support.sessions - 1)
            about_child = number == filled[0] or (number == filled[-1] and rng.random() < 0.85)
            rows.append((int(person), number, min(np.floor(day), last_day), progress, about_child))
    frame = pd.DataFrame(rows, columns=["person", "session_number", "day", "progress", "child_too"])
    return frame.assign(wave="session")


def _ends(
    people: pd.DataFrame, journey: Journey, every: np.ndarray, rng: np.random.Generator
) -> pd.DataFrame:
    """End forms: nearly all who finished, few who left early, more of those who did well."""
    size = len(people)
    gain = people["gain_relationship"] + people["gain_mood"]
    base = pd.Series(journey.ending).map({"planned": 2.2, "dropped out": -1.5, "separated": -0.8})
    returns = _chance(base - 0.25 * people["severity"] + 0.2 * gain)  # NaN: never asked
    returns = np.where(every, 0.55 * returns, returns)
    who = rng.random(size) < np.nan_to_num(returns)
    lag = np.where(rng.random(size) < 0.6, 0, np.round(rng.exponential(8.0, size)))
    return _occasions(who, "end", journey.ended + lag, _progress_at_end(journey), child_too=True)


def _progress_at_end(journey: Journey) -> np.ndarray:
    return np.where(journey.ending == "planned", 1.0, 0.7 * journey.part_done)


def _follow_ups(
    wave: str,
    people: pd.DataFrame,
    journey: Journey,
    answered_end: np.ndarray,
    rng: np.random.Generator,
) -> pd.DataFrame:
    """Follow-up forms: mostly from those who had also answered at the end, some of them late."""
    size = len(people)
    base = pd.Series(journey.ending).map({"planned": -0.5, "dropped out": -1.9, "separated": -1.9})
    months_later = -0.3 if wave == "6m" else 0.0
    logit = base + 1.3 * answered_end - 0.3 * people["severity"] + months_later
    who = rng.random(size) < np.nan_to_num(_chance(logit))
    late = rng.random(size) < 0.07
    delay = np.where(late, rng.integers(31, 66, size), np.round(rng.normal(6, 9, size)))
    day = journey.ended + due_days(wave) + np.clip(delay, -21, 66)
    progress = _progress_at_end(journey) * _KEPT_AT_FOLLOW_UP[wave]
    return _occasions(who, wave, day, progress, child_too=False)


def service_use(
    plan: SitePlan,
    people: pd.DataFrame,
    journey: Journey,
    occasions: pd.DataFrame,
    rng: np.random.Generator,
) -> pd.DataFrame:
    """The sheet ``service_use``: one row for each person referred."""
    size = len(people)
    hours = np.array([s.hours_per_session for s in plan.supports])[people["support"]]
    asked = np.isin(np.arange(size), occasions.loc[occasions["wave"] == "end", "person"])
    asked &= rng.random(size) < 0.85
    gain = (people["gain_relationship"] + people["gain_mood"]).to_numpy()
    liking = 7.4 + 0.9 * gain + rng.normal(0, 1.3, size)
    recommend = np.where(liking > 7.0, "yes", np.where(liking > 5.3, "unsure", "no"))
    rated = (journey.took_up == "yes") & plan.worker_ratings & (rng.random(size) < 0.9)
    before = 4.6 - 0.9 * people["severity"].to_numpy() + rng.normal(0, 1.3, size)
    after = before + 1.4 * gain * journey.part_done + rng.normal(0, 1.0, size)
    return pd.DataFrame({
        "site": plan.name, "participant": people["participant"], "couple": people["couple"],
        "referred_on": to_dates(journey.referred), "took_up": journey.took_up,
        "started_on": to_dates(journey.started), "ended_on": to_dates(journey.ended),
        "ending": journey.ending, "sessions_offered": journey.offered,
        "sessions_attended": journey.attended, "sessions_cancelled": journey.cancelled,
        "sessions_dna": journey.dna, "hours_offered": journey.offered * hours,
        "hours_used": journey.attended * hours, "satisfied": _rating(liking, asked),
        "met_expectations": _rating(liking - 0.4 + rng.normal(0, 0.8, size), asked),
        "would_recommend": np.where(asked, recommend, ""),
        "worker_rating_before": _rating(before, rated),
        "worker_rating_after": _rating(after, rated & ~np.isnan(journey.ended)),
    })  # fmt: skip


def _rating(value: np.ndarray, given: np.ndarray) -> np.ndarray:
    """A mark from 0 to 10 where one was given."""
    return np.where(given, np.clip(np.round(value), 0, 10), np.nan)


def to_dates(days: np.ndarray) -> pd.Series:
    """Days counted from the data lock as dates; NaN becomes NaT."""
    return pd.Timestamp(DATA_LOCK) + pd.to_timedelta(pd.Series(days), unit="D")
