"""Who is still there: referred, took up, baseline, end and each follow-up, at a data lock.

A follow-up that is not due yet is no loss. Every wave of every person has one state, and a rate
is made only of people whose time for it has passed.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from evaluation.analysis.intervals import wilson_interval
from evaluation.analysis.pairing import cluster_labels
from evaluation.analysis.wave_states import (
    DONE,
    MISSED,
    NO_END_DATE,
    NOT_ELIGIBLE,
    STATES,
    WAVE_NOT_USED,
    WINDOW_OPEN,
    days_of,
    done_by,
    flags,
    lock_day,
    wave_states,
    wave_timings,
)
from evaluation.config import FollowUp
from evaluation.model import ALL_SITES, ATTRITION_COLUMNS

__all__ = ["STATES", "UNITS", "cascade", "wave_states"]

UNITS = ("person", "couple", "couple_both")
FIRST_STEPS = ("referred", "took_up", "baseline")
SOME_ENDS_UNKNOWN = "SOME_ENDS_UNKNOWN"
ROW_KEY = ["site", "unit", "step"]
# Counted beside the steps: whoever has a baseline, whether or not they are known to have started.
WITH_BASELINE = "with_baseline"
Codes = NDArray[np.int8]


def cascade(
    people: pd.DataFrame,
    *,
    data_lock: Any,
    follow_up: Mapping[str, FollowUp] | None = None,
    expected_weeks: float | None = None,
    level: float = 0.95,
    states: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """How many were referred, took up, began, finished and came back, for each site and ALL.

    Parameters
    ----------
    people, data_lock, follow_up, expected_weeks
        As in `wave_states`.
    level : float
        Level of the Wilson intervals.
    states : DataFrame, optional
        What `wave_states` gives for the same people, if it is known already.

    Returns
    -------
    DataFrame
        ATTRITION_COLUMNS, one row for each site (ALL first), unit and step. ``n`` = those the
        step is asked of: referred people; those who took up; those with a baseline who are still
        to be asked. ``n`` = not_yet_due + window_open + missed + done, and ``n`` + not_eligible
        is everybody. ``took_up`` not known yet counts as ``window_open``. Reasons of empty
        cells: ``FIRST_STEP``, ``N0``, ``NOT_YET_DUE`` (nobody's time has passed),
        ``wave_not_used`` (the site asks at another time), ``TAKE_UP_UNKNOWN``, ``no_service_use``.

    Raises
    ------
    ValueError
        If ``data_lock`` is not a date, a column is missing, or ``level`` is not between 0 and 1.

    Notes
    -----
    Rate of ``took_up`` and ``baseline`` = done / n; of later waves done / (done + missed).
    ``rate_if_open_fail`` and ``rate_if_open_succeed`` count open windows as lost, as done.
    ``cumulative_rate`` = product of the rates of take-up, baseline and the wave; 1 for
    ``referred``.

    A couple is one code within a site; a person alone is a couple of one. ``couple`` is done if
    at least one partner is, else window_open if one is, else not_yet_due, else missed (all
    partners who are asked), else not_eligible. ``couple_both``, for couples with two people, is
    not_eligible if one partner is, else missed if one is, else not_yet_due, window_open, and
    done if both are. While windows are open, early answers count and late ones cannot, so a
    running rate is slightly too high; ``rate_if_open_fail`` is its floor.

    References
    ----------
    Wilson (1927), Probable inference, the law of succession, and statistical inference.

    Examples
    --------
    >>> people = pd.DataFrame({
    ...     "site": "Luton", "participant": ["1", "2"], "couple": "", "referred": True,
    ...     "took_up": True, "started_on": pd.NaT, "ended_on": pd.to_datetime("2025-01-31"),
    ...     "last_contact_on": pd.NaT, "ending": "", "done_baseline": True,
    ...     "done_end": [True, False]})
    >>> table = cascade(people, data_lock="2025-06-30")
    >>> mine = (table["site"] == "ALL") & (table["unit"] == "person") & (table["step"] == "end")
    >>> row = table[mine].iloc[0]
    >>> row["step"], int(row["done"]), int(row["missed"]), float(row["rate"])
    ('end', 1, 1, 0.5)
    """
    if states is None:
        states = wave_states(
            people, data_lock=data_lock, follow_up=follow_up, expected_weeks=expected_weeks
        )
    codes = _first_step_codes(people, lock_day(data_lock))
    for wave in wave_timings(people, follow_up):
        codes[wave] = states.loc[states["wave"] == wave, "state"].cat.codes.to_numpy()
    steps = pd.DataFrame(codes, index=people.index)
    names = people[["site", "participant", "couple"]].astype(object)
    clusters = cluster_labels(names)
    site_number, sites = pd.factorize(people["site"])
    tables = []
    for unit in UNITS:
        unit_steps, unit_sites = _gather(steps, clusters, site_number, unit)
        tables.append(_count(unit_steps, unit_sites, list(sites)).assign(unit=unit))
    counted = pd.concat(tables, ignore_index=True)
    known = {site: bool(any_) for site, any_ in people.groupby("site")["referred"].any().items()}
    has_service_use = counted["site"].map(known | {ALL_SITES: any(known.values())})
    counted["unknown"] = ~has_service_use & counted["step"].isin(FIRST_STEPS)
    skipped = states[states["reason"] == WAVE_NOT_USED]
    steps_skipped = set(zip(skipped["site"], skipped["wave"], strict=True))
    counted["not_used"] = [
        pair in steps_skipped for pair in zip(counted["site"], counted["step"], strict=True)
    ]
    table = _add_cumulative_rate(_add_rates(counted, level))
    table = _add_reasons(table, has_service_use)
    return _finish(_add_unknown_ends(table, states))


def _first_step_codes(people: pd.DataFrame, lock: np.datetime64) -> dict[str, Codes]:
    """States of the steps that fall due at once: they are done or missed, or not known yet."""
    referred = flags(people, "referred") & ~(days_of(people, "referred_on") > lock)
    # Support that began after the lock is not known of yet.
    took_up = people["took_up"].astype("boolean").mask(days_of(people, "started_on") > lock)
    yes = took_up.fillna(False).to_numpy(dtype=bool)
    answered = np.where(yes, DONE, np.where(took_up.isna(), WINDOW_OPEN, MISSED))
    has_baseline = done_by(people, "baseline", lock)
    baseline = np.where(has_baseline, DONE, MISSED)
    return {
        WITH_BASELINE: np.where(has_baseline, DONE, NOT_ELIGIBLE).astype(np.int8),
        "referred": np.where(referred, DONE, NOT_ELIGIBLE).astype(np.int8),
        "took_up": np.where(referred, answered, NOT_ELIGIBLE).astype(np.int8),
        "baseline": np.where(referred & yes, baseline, NOT_ELIGIBLE).astype(np.int8),
    }


def _gather(
    steps: pd.DataFrame, clusters: pd.Series, site_number: NDArray[np.intp], unit: str
) -> tuple[pd.DataFrame, NDArray[np.intp]]:
    """States of persons, or of couples made from those of the partners."""
    if unit == "person":
        return steps, site_number
    number, _ = pd.factorize(clusters)
    size = np.bincount(number)[number] if len(number) else number
    kept = size >= (2 if unit == "couple_both" else 1)
    groups = steps[kept].groupby(number[kept])
    merged = groups.min() if unit == "couple" else groups.max()
    return merged, pd.Series(site_number[kept]).groupby(number[kept]).first().to_numpy()


def _count(steps: pd.DataFrame, site_number: NDArray[np.intp], sites: list[str]) -> pd.DataFrame:
    """How many are in each state, for each site (ALL last) and step."""
    tables = {}
    for step in steps.columns:
        place = site_number.astype(np.intp) * len(STATES) + steps[step].to_numpy().astype(np.intp)
        counts = np.bincount(place, minlength=len(sites) * len(STATES)).reshape(-1, len(STATES))
        counts = np.vstack([counts, counts.sum(axis=0, keepdims=True)])
        tables[step] = pd.DataFrame(counts, columns=list(STATES))
    with_baseline = tables.pop(WITH_BASELINE)["done"]
    named = [
        table.assign(site=[*sites, ALL_SITES], step=step, **{WITH_BASELINE: with_baseline})
        for step, table in tables.items()
    ]
    return pd.concat(named, ignore_index=True)


def _add_rates(counted: pd.DataFrame, level: float) -> pd.DataFrame:
    """Shares of those whose time has passed, and what they become when open windows close."""
    done, missed, window_open = counted["done"], counted["missed"], counted["window_open"]
    n = done + missed + window_open + counted["not_yet_due"]
    judged = done + missed
    # Take-up is a share of all who were referred, as soon as it is known of anybody.
    judged = judged.mask((counted["step"] == "took_up") & (judged > 0), n)
    with_open = done + missed + window_open
    # The first step is where the count starts, and some steps cannot be known.
    no_rate = (counted["step"] == "referred") | counted["unknown"]
    judged, with_open = judged.mask(no_rate, 0), with_open.mask(no_rate, 0)
    low, high = wilson_interval(done.where(judged > 0, 0), judged, level=level)
    return counted.assign(
        n=n,
        rate=done / judged.where(judged > 0),
        low=low,
        high=high,
        rate_if_open_fail=done / with_open.where(with_open > 0),
        rate_if_open_succeed=(done + window_open) / with_open.where(with_open > 0),
    )


def _add_cumulative_rate(table: pd.DataFrame) -> pd.DataFrame:
    """The share of those referred who are still there: the product of the rates so far."""
    rates = table.pivot(index=["site", "unit"], columns="step", values="rate")
    place = pd.MultiIndex.from_frame(table[["site", "unit"]])
    took_up = rates["took_up"].reindex(place).to_numpy()
    started = took_up * rates["baseline"].reindex(place).to_numpy()
    start = (table["step"] == "referred") & (table["n"] > 0) & ~table["unknown"]
    by_step = [table["step"] == "took_up", table["step"] == "baseline"]
    cumulative = np.select(by_step, [took_up, started], default=started * table["rate"])
    return table.assign(cumulative_rate=np.where(start, 1.0, cumulative))


def _add_reasons(table: pd.DataFrame, has_service_use: pd.Series) -> pd.DataFrame:
    """Why a rate, or the cumulative rate, is empty; the first reason that holds."""
    no_rate, nobody = table["rate"].isna(), table["n"] == 0
    reasons = {
        "no_service_use": table["unknown"] | (~has_service_use & ~no_rate),
        WAVE_NOT_USED: table["not_used"] & nobody,
        "N0": nobody,
        "FIRST_STEP": table["step"] == "referred",
        "TAKE_UP_UNKNOWN": no_rate & (table["step"] == "took_up"),
        "NOT_YET_DUE": no_rate,
        # Nobody is known to have taken up, so nothing can be said of those who did.
        "NONE_TOOK_UP": table["cumulative_rate"].isna(),
    }
    return table.assign(reason=np.select(list(reasons.values()), list(reasons), default=""))


def _add_unknown_ends(table: pd.DataFrame, states: pd.DataFrame) -> pd.DataFrame:
    """Say where some of those not due yet only lack the date, so that the rate may be too high."""
    undated = states[states["reason"] == NO_END_DATE]
    places = set(zip(undated["site"], undated["wave"], strict=True))
    places |= {(ALL_SITES, wave) for wave in undated["wave"].unique()}
    here = [pair in places for pair in zip(table["site"], table["step"], strict=True)]
    told = (table["reason"] + ";" + SOME_ENDS_UNKNOWN).str.lstrip(";")
    judged = pd.Series(here, index=table.index) & table["rate"].notna()
    return table.assign(reason=table["reason"].mask(judged, told))


def _finish(table: pd.DataFrame) -> pd.DataFrame:
    """All sites, then site by name, unit, step; whole numbers, empty where not known."""
    for name in ("n", *STATES):
        table[name] = table[name].astype("Int64").mask(table["unknown"])
    # How many have a baseline is known without service use, only not of how many.
    is_baseline = table["step"] == "baseline"
    with_baseline = table[WITH_BASELINE].astype("Int64")
    table["done"] = table["done"].mask(table["unknown"] & is_baseline, with_baseline)
    sites = [ALL_SITES, *sorted(set(table["site"]) - {ALL_SITES})]
    values = {"site": sites} | {name: list(table[name].unique()) for name in ROW_KEY[1:]}
    order = [table[name].map({v: i for i, v in enumerate(values[name])}) for name in ROW_KEY]
    positions = np.lexsort([column.to_numpy() for column in reversed(order)])
    return table.iloc[positions][list(ATTRITION_COLUMNS)].reset_index(drop=True)
