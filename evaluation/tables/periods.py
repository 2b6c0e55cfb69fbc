"""periods.csv: change by when support began, with periods that still run left out of comparison."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd

from evaluation.analysis.families import add_q_values
from evaluation.analysis.subgroups import subgroup_differences, subgroup_levels
from evaluation.analysis.wave_states import NO_END_DATE
from evaluation.config import Settings
from evaluation.model import ALL_SITES
from evaluation.tables.groups import ordered
from evaluation.tables.subgroups import (
    DIFFERENCE,
    FAMILY,
    LEVEL,
    SUBGROUP_COLUMNS,
    main_measures,
)
from instruments.definition import Instrument, Scale

PERIOD = "started"
RUNNING = "PERIOD_RUNNING"
MOST_HALF_YEARS = 6  # a programme that ran for longer is shown by whole years
MOST_WAITING = 0.1  # share of a period's people who may still answer once it counts as over
# Somebody whose end nobody noted is taken to be still supported for this long.
LONGEST_SUPPORT = pd.Timedelta(days=365)
_PERSON = ["site", "participant"]
_WAITING = ("window_open", "not_yet_due")
_UNJUDGED = (
    "improvement", "improvement_low", "improvement_high", "g_pre", "g_pre_low", "g_pre_high",
    "mean_before", "sd_before", "mean_after", "share_improved",
)  # fmt: skip


def periods_table(
    pairs: Mapping[str, pd.DataFrame],
    people: pd.DataFrame,
    states: pd.DataFrame,
    instruments: Mapping[str, Instrument],
    settings: Settings,
    *,
    data_lock: Any,
    sites: Collection[str] | None = None,
) -> pd.DataFrame:
    """Change of those who began in each half-year, for each site and all, on the main scales.

    Columns as in subgroups.csv with the trait ``started``; levels such as ``2017-H1``, or ``2017``
    where the programme ran for more than three years, in the order of time. A person without a
    noted start began with the first questionnaire. In a period that is still running only those
    with the shortest support have finished, so it has a count and the reason ``PERIOD_RUNNING``,
    and nothing is set against it. ``sites`` restricts the rows; without it there is one for all.
    """
    began = start_periods(people, data_lock=data_lock)
    rows: list[dict[str, Any]] = []
    for contrast in (name for name in pairs if name.startswith("baseline_")):
        chosen = _finished(pairs[contrast], began)
        waiting = waiting_shares(began, states, wave=contrast.split("_", 1)[1], lock=data_lock)
        for instrument, scale_id in main_measures(chosen, instruments, settings):
            mine = chosen[(chosen["instrument"] == instrument) & (chosen["scale"] == scale_id)]
            for site, those in _by_site(mine, sites):
                running = running_periods(waiting, site=site, data_lock=data_lock)
                place = dict(
                    zip(SUBGROUP_COLUMNS[:4], (site, instrument, scale_id, contrast), strict=True)
                )
                scale = instruments[instrument].scale(scale_id)
                found = _compared(those, running, scale, level=settings.level)
                rows += [row | place for row in found]
    table = ordered(rows, SUBGROUP_COLUMNS)
    return _with_q_values(table) if len(table) else table


def start_periods(people: pd.DataFrame, *, data_lock: Any) -> pd.DataFrame:
    """Site, participant, the day support began and its period; people without a day are left out.

    A day after the data lock is one, too: it has not happened yet.
    """
    day = people["started_on"].fillna(people["baseline_done_on"])
    known = pd.DataFrame({**{name: people[name] for name in _PERSON}, "began_on": day})
    known = known[day.notna() & (day <= pd.Timestamp(data_lock))]
    began = pd.to_datetime(known["began_on"]).dt
    year = began.year.astype(int).astype(str)
    half = year + np.where(began.month <= 6, "-H1", "-H2")
    longer = half.nunique() > MOST_HALF_YEARS
    return known.assign(**{PERIOD: year if longer else half})


def waiting_shares(
    began: pd.DataFrame, states: pd.DataFrame, *, wave: str, lock: Any
) -> pd.DataFrame:
    """Site, period, how many are asked at a wave, and how many of them may still answer."""
    asked = states[(states["wave"] == wave) & (states["state"] != "not_eligible")]
    those = began.merge(asked[[*_PERSON, "state", "reason"]], on=_PERSON)
    recent = those["began_on"] > pd.Timestamp(lock) - LONGEST_SUPPORT
    waiting = those["state"].isin(_WAITING) & ((those["reason"] != NO_END_DATE) | recent)
    return (
        those.assign(asked=1, waiting=waiting.astype(int))
        .groupby(["site", PERIOD], as_index=False)[["asked", "waiting"]]
        .sum()
    )


def running_periods(waiting: pd.DataFrame, *, site: str, data_lock: Any) -> set[str]:
    """The periods that are not over, or of which more than a tenth may still answer."""
    mine = waiting if site == ALL_SITES else waiting[waiting["site"] == site]
    sums = mine.groupby(PERIOD)[["asked", "waiting"]].sum()
    late = set(sums.index[sums["waiting"] > MOST_WAITING * sums["asked"]])
    lock = pd.Timestamp(data_lock)
    return late | {str(name) for name in sums.index if period_end(str(name)) > lock}


def period_end(period: str) -> pd.Timestamp:
    """The last day of a period such as ``2017-H1`` or ``2017``."""
    year, _, half = period.partition("-")
    return pd.Timestamp(int(year), 6, 30) if half == "H1" else pd.Timestamp(int(year), 12, 31)


def _finished(pairs: pd.DataFrame, began: pd.DataFrame) -> pd.DataFrame:
    """Parents with both scores, and when they began."""
    used = pairs[(pairs["excluded"] == "") & ~pairs["practitioner"]]
    return used.merge(began[[*_PERSON, PERIOD]], on=_PERSON, how="left", validate="m:1")


def _by_site(
    people: pd.DataFrame, sites: Collection[str] | None
) -> Iterator[tuple[str, pd.DataFrame]]:
    if sites is None:
        yield ALL_SITES, people
    for site, chosen in people.groupby("site", sort=False):
        if sites is None or site in sites:
            yield str(site), chosen


def _compared(
    people: pd.DataFrame, running: set[str], scale: Scale, *, level: float
) -> list[dict[str, Any]]:
    levels = subgroup_levels(people, [PERIOD], better=scale.better, level=level)
    still = levels["level"].isin(running)
    levels[list(_UNJUDGED)] = levels[list(_UNJUDGED)].astype(float).mask(still)
    levels.loc[still, "reason"] = RUNNING
    over = people[~people[PERIOD].isin(running)]
    apart = subgroup_differences(over, [PERIOD], better=scale.better, level=level)
    apart["adjusted"] = np.where(apart["adjusted"].astype(bool), "yes", "no")
    parts = (levels.assign(row=LEVEL), apart.assign(row=DIFFERENCE))
    return [
        row for part in parts for row in part.sort_values("level", kind="stable").to_dict("records")
    ]


def _with_q_values(table: pd.DataFrame) -> pd.DataFrame:
    for name in ("reference", "adjusted", "display_tier"):
        table[name] = table[name].astype(object).fillna("")
    apart = table["row"] == DIFFERENCE
    judged = add_q_values(table[apart], family=FAMILY)
    table.loc[apart, ["q", "n_family"]] = judged[["q", "n_family"]].astype(float)
    return table
