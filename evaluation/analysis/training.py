"""Practitioners who were trained: when, and who answered before, after and months later.

They are single people, never part of the families' cascade. What is not due yet is no loss here
either, so the states of their waves are worked out as those of the families are; the training
takes the place of support, and the questionnaire straight after it that of the end.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from evaluation.analysis.intervals import wilson_interval
from evaluation.analysis.pairing import effective_waves
from evaluation.analysis.practitioners import is_practitioner
from evaluation.analysis.wave_states import NO_END_DATE, wave_states
from evaluation.config import FollowUp
from evaluation.model import ALL_SITES, months_of

TRAINING_COLUMNS = (
    "site", "step", "n", "done", "missed", "window_open", "not_yet_due", "rate", "low", "high",
    "reason", "not_eligible", "day_assumed", "day_unknown",
)  # fmt: skip
PERSON = ["site", "participant"]
AFTER = ("post", "end")  # the questionnaire straight after; some forms call it the end
FIRST_STEPS = ("baseline", "post")
_STATES = ("done", "missed", "window_open", "not_yet_due", "not_eligible")
_DAYS = ("day_assumed", "day_unknown")
# Needed by the states of waves, without a meaning for practitioners.
_WITHOUT_MEANING: dict[str, Any] = {
    "couple": "", "referred": False, "took_up": pd.NA, "started_on": pd.NaT,
    "last_contact_on": pd.NaT,
}  # fmt: skip


def build_practitioners(
    participants: pd.DataFrame, scores: pd.DataFrame, service_use: pd.DataFrame
) -> pd.DataFrame:
    """One row for each practitioner: the day of the training, and which waves were done.

    Parameters
    ----------
    participants : DataFrame
        site, participant, role. Everybody with the role ``practitioner`` counts as trained.
    scores : DataFrame
        SCORE_COLUMNS. A wave is done if any scale of it has a score.
    service_use : DataFrame
        SERVICE_USE_COLUMNS; a row of a practitioner may name the day (``ended_on``).

    Returns
    -------
    DataFrame
        site, participant, ``trained_on``, ``day_assumed``, ``ending``, and ``done_<wave>`` and
        ``<wave>_done_on`` for baseline, post and every wave some months later that anybody did.
        ``trained_on`` is the day in service use, else of the questionnaire straight after, else
        (``day_assumed``) of the first one, else blank.

    Examples
    --------
    >>> from evaluation.model import SCORE_COLUMNS, SERVICE_USE_COLUMNS
    >>> people = pd.DataFrame({"site": ["Luton"], "participant": "T1", "role": "Practitioner"})
    >>> nothing = pd.DataFrame(columns=list(SCORE_COLUMNS))
    >>> use = pd.DataFrame(columns=list(SERVICE_USE_COLUMNS))
    >>> build_practitioners(people, nothing, use)["done_baseline"].tolist()
    [False]
    """
    trained = participants.loc[is_practitioner(participants), PERSON].astype(object)
    trained = trained.drop_duplicates().reset_index(drop=True)
    keys = pd.MultiIndex.from_frame(trained)
    own = scores[pd.MultiIndex.from_frame(scores[PERSON].astype(object)).isin(keys)]
    waves = effective_waves(own)
    waves = waves.assign(
        wave=waves["wave"].mask(waves["wave"].isin(AFTER), "post"),
        completed_on=pd.to_datetime(waves["completed_on"]),
    )
    first_day = waves.groupby([*PERSON, "wave"], sort=False)["completed_on"].min()
    later = {wave for wave in waves["wave"].unique() if months_of(wave) is not None}
    for wave in [*FIRST_STEPS, *sorted(later, key=lambda name: months_of(name) or 0)]:
        days = first_day[first_day.index.get_level_values("wave") == wave].droplevel("wave")
        trained[f"done_{wave}"] = np.asarray(keys.isin(days.index))
        trained[f"{wave}_done_on"] = pd.to_datetime(days.reindex(keys).to_numpy())
    used = service_use[[*PERSON, "ended_on", "ending"]].astype(dict.fromkeys(PERSON, object))
    trained = trained.merge(used.drop_duplicates(PERSON), on=PERSON, how="left")
    known = pd.to_datetime(trained["ended_on"]).fillna(trained["post_done_on"])
    return trained.assign(
        trained_on=known.fillna(trained["baseline_done_on"]),
        day_assumed=known.isna() & trained["baseline_done_on"].notna(),
        ending=trained["ending"].astype(object).fillna(""),
    ).drop(columns="ended_on")


def training_cascade(
    practitioners: pd.DataFrame,
    *,
    data_lock: Any,
    follow_up: Mapping[str, FollowUp] | None = None,
    level: float = 0.95,
) -> pd.DataFrame:
    """How many were trained, answered before and after, and came back, for each site and ALL.

    Parameters
    ----------
    practitioners : DataFrame
        From `build_practitioners`.
    data_lock, follow_up
        As in `evaluation.analysis.wave_states.wave_states`; a wave is due so many days after
        ``trained_on``, ``post`` on that day itself.
    level : float
        Level of the Wilson intervals.

    Returns
    -------
    DataFrame
        TRAINING_COLUMNS. ``baseline``: of everybody trained; later steps: of those with a
        baseline, rate = done / (done + missed), n without those ``not_eligible`` (no baseline,
        or consent withdrawn). ``day_assumed`` and ``day_unknown`` count those of n whose day of
        training was taken from their first questionnaire, or is not known (not_yet_due). A site
        has a step some months later if one of its practitioners answered then, or if the rule
        file names it there; ``ALL`` adds up the sites that have the step.

    Raises
    ------
    ValueError
        If ``data_lock`` is not a date or ``level`` not between 0 and 1.

    References
    ----------
    Wilson (1927), Probable inference, the law of succession, and statistical inference.

    Examples
    --------
    >>> trained = pd.DataFrame({
    ...     "site": "Luton", "participant": ["1", "2"], "ending": "", "day_assumed": False,
    ...     "trained_on": pd.to_datetime("2017-01-31"), "done_baseline": True,
    ...     "done_post": True, "done_4m": [True, False]})
    >>> table = training_cascade(trained, data_lock="2017-12-31")
    >>> table[table["site"] == "Luton"][["step", "done", "missed"]].to_numpy().tolist()
    [['baseline', 2, 0], ['post', 2, 0], ['4m', 1, 1]]
    """
    if practitioners.empty:
        return pd.DataFrame(columns=list(TRAINING_COLUMNS))
    states = _states(practitioners, data_lock, follow_up or {})
    counted = states.groupby(["site", "step"], sort=False)[[*_STATES, *_DAYS]].sum().reset_index()
    together = counted.groupby("step", sort=False)[[*_STATES, *_DAYS]].sum().reset_index()
    table = pd.concat([together.assign(site=ALL_SITES), counted], ignore_index=True)
    sites = {site: place for place, site in enumerate(table["site"].unique())}
    table = table.sort_values(
        "site", key=lambda names: names.map(sites), kind="stable", ignore_index=True
    )
    return _with_rates(table, level)[list(TRAINING_COLUMNS)]


def _states(
    practitioners: pd.DataFrame, data_lock: Any, follow_up: Mapping[str, FollowUp]
) -> pd.DataFrame:
    """One row for each practitioner and step, with a 1 in the column of the state."""
    people = practitioners.assign(**_WITHOUT_MEANING).rename(
        columns={"trained_on": "ended_on", "done_post": "done_end", "post_done_on": "end_done_on"}
    )
    # Which sites of the families use a wave says nothing of the trainings.
    timings = {wave: replace(timing, sites=()) for wave, timing in follow_up.items()}
    found = wave_states(people, data_lock=data_lock, follow_up=timings or None)
    later = found.assign(step=found["wave"].astype(object).mask(found["wave"] == "end", "post"))
    steps = _steps(practitioners, follow_up)
    later = later[[pair in steps for pair in _pairs(later)]]
    state = later["state"].astype(str)
    flags = pd.DataFrame({name: (state == name).astype(int) for name in _STATES}, later.index)
    later = later[[*PERSON, "step"]].join(flags)
    assumed = practitioners.set_index(PERSON)["day_assumed"]
    of_later = pd.MultiIndex.from_frame(later[PERSON])
    counted = 1 - later["not_eligible"]
    later["day_assumed"] = assumed.reindex(of_later).to_numpy(int) * counted
    later["day_unknown"] = (found.loc[later.index, "reason"] == NO_END_DATE).astype(int)
    begun = practitioners["done_baseline"].astype(int)
    first = practitioners[PERSON].assign(step="baseline", done=begun, missed=1 - begun)
    return pd.concat([first, later], ignore_index=True).fillna(dict.fromkeys((*_STATES, *_DAYS), 0))


def _pairs(table: pd.DataFrame) -> list[tuple[str, str]]:
    return list(zip(table["site"], table["step"], strict=True))


def _steps(practitioners: pd.DataFrame, follow_up: Mapping[str, FollowUp]) -> set[tuple[str, str]]:
    """The steps after the baseline that each site has."""
    sites = practitioners["site"].unique()
    named = {
        (site, wave)
        for wave, timing in follow_up.items()
        for site in sites
        if site.casefold() in {name.casefold() for name in timing.sites}
    }
    columns = [name for name in practitioners.columns if name.startswith("done_")]
    answered = practitioners.groupby("site")[columns].any()
    done = {
        (site, name.removeprefix("done_"))
        for name in columns
        for site in answered.index[answered[name]]
    }
    return {pair for pair in named | done if pair[1] != "end"} | {(site, "post") for site in sites}


def _with_rates(table: pd.DataFrame, level: float) -> pd.DataFrame:
    counts = [*_STATES, *_DAYS]
    table[counts] = table[counts].astype("Int64")
    judged = (table["done"] + table["missed"]).astype(int)
    low, high = wilson_interval(table["done"].astype(int), judged, level=level)
    n = judged + table["window_open"] + table["not_yet_due"]
    none_due = judged == 0
    return table.assign(
        n=n.astype("Int64"),
        rate=table["done"].astype(float) / judged.where(~none_due),
        low=low,
        high=high,
        reason=np.select([n == 0, none_due], ["N0", "NOT_YET_DUE"], default=""),
    )
