"""Who is behind the released averages and totals that are no averages of scores before and after.

Ratings and sessions of people in support, indicators that are counted or measured, improvement
beside sessions attended, and couples of two reporters. Each row holds the value that is averaged,
so that a corrected one is somebody else's, and its spread is the one that counts.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import pandas as pd

from evaluation.analysis.dose import session_thirds
from evaluation.analysis.pairing import contrasts_in
from evaluation.disclosure.differencing import Behind, Cell, people_behind
from evaluation.indicators import common_kind
from evaluation.model import ALL_SITES, COUNT, NUMBER
from evaluation.programme import Results
from evaluation.tables.dose import Attended, attended_and_improved
from evaluation.tables.indicators import pair_units, with_people
from evaluation.tables.reporter_gap import START, Couples, answers_of_couples
from evaluation.tables.service_use import AVERAGES, TOTALS, Measure, people_in_service

SERVICE_USE, INDICATOR = "service_use", "indicator"
USE_OF_SUPPORT, OF_COUPLES, GAP = "use of support", "average of couples", "gap of partners"
SESSIONS, BY_SESSIONS, OF_PRACTITIONERS = "sessions", "by sessions", "of practitioners"
_BACK, _HERE, _OF_ALL = "back_at", "amount_here", "amount_of_all"
_ROW = ["site", "participant", "child", "informant", "instrument", "scale", "before", "after"]
Tables = Mapping[str, pd.DataFrame]


def other_averages(results: Results, site: str | None, *, key: bytes) -> dict[Cell, Behind]:
    """Who is behind each of them in a release of one site by its name, or of all (``None``).

    The unit is a person or a child; for two reporters it is the couple. Where each site is divided
    at its own thirds, or has a measure of its own, all sites together are worked out apart.
    """
    only = None if site is None else [site]
    couples = answers_of_couples(results, only=only)
    back = [f"{_BACK}_{wave}" for wave in couples.answers if wave != START]
    people = people_in_service(results)
    people = people if only is None else people[people["site"].isin(only)]
    alike = {USE_OF_SUPPORT: _use_of_support(people, AVERAGES)} | _of_couples(couples)
    found = _behind(results, alike, back, key=key)
    totals = {USE_OF_SUPPORT: _use_of_support(people, TOTALS)}
    found |= _behind(results, totals, [], key=key, added_up=True)
    attended = list(attended_and_improved(results, only=only))
    indicators = _indicators(results, only)
    for everywhere in (False,) if site else (False, True):
        here = [one for one in attended if (one.place["site"] == ALL_SITES) == everywhere]
        amounts = _OF_ALL if everywhere else _HERE
        tables = _by_sessions(here)
        tables |= {name: table[table[amounts]] for name, table in indicators.items()}
        cells = _behind(results, tables, [SESSIONS], key=key)
        found |= {cell: one for cell, one in cells.items() if (cell[0] == ALL_SITES) == everywhere}
    return found


def _behind(
    results: Results, tables: Tables, traits: Sequence[str], *, key: bytes, added_up: bool = False
) -> dict[Cell, Behind]:
    there = {name: table for name, table in tables.items() if len(table)}
    rule = results.settings.disclosure
    return people_behind(there, key=key, rule=rule, traits=traits, added_up=added_up)


def _use_of_support(people: pd.DataFrame, measures: Iterable[Measure]) -> pd.DataFrame:
    """Everybody with a value, measure by measure."""
    parts = [
        people[["site", "participant"]]
        .assign(scale=measure.name, before=people[measure.column].astype(float))
        .dropna(subset="before")
        for measure in measures
    ]
    return pd.concat(parts).assign(instrument=SERVICE_USE, child="", informant="", after="")[_ROW]


def _of_couples(couples: Couples) -> dict[str, pd.DataFrame]:
    """Couples by how far partners are apart at each time, and by how both began together."""
    named = couples.table.assign(participant=couples.table["couple"], after="")
    back = {}
    for wave in (name for name in couples.answers if name != START):
        both, one = couples.came_back(wave)
        back[f"{_BACK}_{wave}"] = np.select([both, one], ["both", "one"], default="")
    tables = {f"{START} {OF_COUPLES}": named.assign(before=couples.average_at_start, **back)}
    for wave in couples.answers:
        # The gap at the start is told of those who came back, too.
        groups = back if wave == START else {}
        tables[f"{wave} {GAP}"] = named.assign(before=couples.gap(wave), **groups)
    return {
        name: table.loc[table["before"].notna(), [*_ROW, *(set(back) & set(table))]]
        for name, table in tables.items()
    }


def _by_sessions(places: Iterable[Attended]) -> dict[str, pd.DataFrame]:
    """Whoever is on the line of a place, with their third.

    Thirds go by their order: where they divide at other numbers than last time, those who moved
    from one to the next are the people who changed.
    """
    parts: dict[str, list[pd.DataFrame]] = {}
    for one in places:
        name = f"{one.place['contrast']} {BY_SESSIONS}"
        parts.setdefault(name, []).append(_with_third(one.people))
    return {name: pd.concat(tables) for name, tables in parts.items()}


def _with_third(people: pd.DataFrame) -> pd.DataFrame:
    known = people[people["sessions_attended"].notna()]
    attended = known["sessions_attended"].to_numpy(float)
    labels, third = session_thirds(attended)
    last = len(labels) - 1
    names = np.select(
        [np.full(third.size, not labels), third == 0, third == last],
        ["", "fewest", "most"],
        default="some",
    )
    rows = known.assign(before=known["improvement"], after=attended)
    return rows[_ROW].assign(**{SESSIONS: names})


def _indicators(results: Results, only: Sequence[str] | None) -> dict[str, pd.DataFrame]:
    """Units with an indicator before and after; practitioners apart, as everywhere.

    ``amount_here`` and ``amount_of_all``: what is yes or no at a place has no average there, and
    practitioners have none of all sites together.
    """
    values = results.indicators
    if only is not None:
        values = values[values["site"].isin(only)]
    if values.empty:
        return {}
    known = with_people(values, results.participants)
    groups = ["practitioner", "indicator"]
    known = known.assign(
        **{
            name: known.groupby(by, sort=False)["kind"].transform(common_kind).isin([COUNT, NUMBER])
            for name, by in ((_HERE, ["site", *groups]), (_OF_ALL, groups))
        }
    )
    tables = {}
    waves = set(known["wave"])
    for contrast in (each for each in contrasts_in(known["wave"]) if waves.issuperset(each)):
        pairs = pair_units(known, contrast)
        rows = pairs[pairs["after"].notna()].rename(columns={"value": "before"})
        rows = rows.assign(instrument=INDICATOR, scale=rows["indicator"], informant="")
        name, staff = "_".join(contrast), rows["practitioner"]
        tables[name] = rows.loc[~staff, [*_ROW, _HERE, _OF_ALL]]
        apart = rows.loc[staff, [*_ROW, _HERE]].assign(**{_OF_ALL: False})
        tables[f"{name} {OF_PRACTITIONERS}"] = apart
    return tables
