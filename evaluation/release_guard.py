"""Whether a release tells, beside the last one, of the few who changed in between.

Files are released about one site or about all sites, of everything up to a data lock. Whatever a
filter, a correction or a new upload changes shows in who is behind each average. Covered are:

- scores before and after, parents and practitioners apart, and at each single time; by trait, by
  who started worse, by when support began, and of those lost;
- ratings, sessions and hours of people in support, totals among them, indicators that are counted
  or measured, improvement beside sessions attended, couples of two reporters: see
  :mod:`evaluation.averages_released`.

Not covered is what carries no average of its own. Counts, and the shares, ratios and costs made of
them, are worked out from counts rounded to 5: a few people more mostly change nothing there, and
never tell an amount.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import cast

import pandas as pd

from evaluation.analysis.subgroups import add_traits
from evaluation.averages_released import OF_PRACTITIONERS, other_averages
from evaluation.config import DisclosureRule
from evaluation.disclosure.differencing import (
    NO_DIFFERENCE,
    Behind,
    Cell,
    Difference,
    compare_releases,
    people_behind,
)
from evaluation.model import ALL_SITES, ChangeRule
from evaluation.programme import Results
from evaluation.store.release_basis import Basis
from evaluation.tables.change import cutoff_in_use
from evaluation.tables.periods import PERIOD, start_periods
from evaluation.tables.subgroups import main_measures

_GIVEN = ("role", "low_income", "first_time_parent", "intervention")
_DERIVED = ("partner", "severity", "severity_of_all", PERIOD)
_PERSON = ["site", "participant"]
_LOST = "lost_at"


def behind_release(results: Results, site: str | None, *, key: bytes) -> dict[Cell, Behind]:
    """Who is behind each average of a release of one site by its name, or of all (``None``)."""
    started = start_periods(results.people, data_lock=results.data_lock)[[*_PERSON, PERIOD]]
    given = list(dict.fromkeys((*_GIVEN, *results.settings.subgroups)))
    known = results.participants[[*_PERSON, *given]].merge(started, on=_PERSON, how="left")
    pairs: dict[str, pd.DataFrame] = {}
    for name, table in results.pairs.items():
        used = table[table["excluded"] == ""]
        pairs[f"{name} {OF_PRACTITIONERS}"] = used[used["practitioner"]]
        pairs[name] = _with_traits(results, name, used[~used["practitioner"]], known)
    times, lost = _single_times(results)
    here = {
        name: table if site is None else table[table["site"] == site]
        for name, table in (pairs | times).items()
    }
    found = people_behind(
        {name: table for name, table in here.items() if len(table)},
        key=key, rule=results.settings.disclosure, traits=(*given, *_DERIVED, *lost),
    )  # fmt: skip
    found |= other_averages(results, site, key=key)
    return {cell: one for cell, one in found.items() if site is None or cell[0] == site}


def since_last(
    new: Mapping[Cell, Behind], kept: Iterable[Basis], rule: DisclosureRule
) -> Difference:
    """What a release tells beside each of the last ones that it may be set against."""
    reasons: dict[str, None] = {}
    cells: dict[Cell, None] = {}
    for last in kept:
        people = cast("Mapping[Cell, frozenset[str]]", last.people)
        found = compare_releases(people, new, rule, erased=last.erased)
        reasons |= dict.fromkeys(found.reasons)
        cells |= dict.fromkeys(found.cells)
    return Difference("review", tuple(reasons), tuple(cells)) if reasons else NO_DIFFERENCE


def hashes_of(behind: Mapping[Cell, Behind]) -> dict[tuple[str, ...], frozenset[str]]:
    """What the store keeps of it once the release was taken."""
    return {cell: one.people for cell, one in behind.items()}


def _with_traits(
    results: Results, contrast: str, parents: pd.DataFrame, known: pd.DataFrame
) -> pd.DataFrame:
    """The pairs of a contrast with the groups of which averages are released.

    Traits are compared on the main scales alone, so on others they are left blank.
    """
    used = parents.merge(known, on=_PERSON, how="left", validate="m:1")
    if used.empty:
        return used
    mains = main_measures(used, results.instruments, results.settings)
    not_named = [t for t in (*_GIVEN, PERIOD) if t not in results.settings.subgroups]
    parts = [
        _divided(results, contrast, str(name), str(scale_id), rows)
        if (name, scale_id) in mains
        else rows.drop(columns=not_named)
        for (name, scale_id), rows in used.groupby(["instrument", "scale"], sort=False)
    ]
    return pd.concat(parts, ignore_index=True)


def _divided(
    results: Results, contrast: str, name: str, scale_id: str, rows: pd.DataFrame
) -> pd.DataFrame:
    """With who started worse: by the line of their site, and by that of all together."""
    scale = results.instruments[name].scale(scale_id)
    rule = results.settings.measures.get(f"{name}.{scale_id}", ChangeRule())

    def divided(place: str, chosen: pd.DataFrame) -> pd.DataFrame:
        details = results.change_details.get((place, name, scale_id, contrast))
        cutoff = cutoff_in_use(details, scale, rule)
        return add_traits(chosen, better=scale.better, cutoff=cutoff)

    together = divided(ALL_SITES, rows)
    parts = [divided(str(site), some) for site, some in together.groupby("site", sort=False)]
    return pd.concat(
        [part.assign(severity_of_all=together.loc[part.index, "severity"]) for part in parts]
    )


def _single_times(results: Results) -> tuple[dict[str, pd.DataFrame], list[str]]:
    """Everybody's scores at each time, and the columns that say at which times they were lost."""
    waves = results.waves.rename(columns={"score": "before"}).assign(after="")
    states = results.states[results.states["state"] == "missed"]
    lost = []
    for wave, those in states.groupby("wave", sort=True):
        lost.append(f"{_LOST}_{wave}")
        gone = those[_PERSON].drop_duplicates().assign(**{lost[-1]: "yes"})
        waves = waves.merge(gone, on=_PERSON, how="left")
    return {str(wave): rows for wave, rows in waves.groupby("wave", sort=False)}, lost
