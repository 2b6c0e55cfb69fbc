"""Whether two releases of the same kind, one after the other, tell of the few who changed between.

An average of n people beside one of the same people and d more gives the sum of those d, known as
far as both averages are rounded: each of them to within (n h + n' h') / d points, where h is half
the last decimal shown. With one decimal and 20 people that is two points for a single newcomer,
with 200 people twenty. Rounded numbers of people do not help much: the change of the average is
small, and it is what an error in n is multiplied with. A total, rounded as counts are, gives the
sum of those d to within one step of rounding, however many others there are. So who stands behind
each average is kept of the last release, as keyed hashes, and compared with the next. Whatever was
left out in between, by a filter, a correction or a new questionnaire, is then seen as what it is:
other people.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from evaluation.config import DisclosureRule
from evaluation.disclosure.rounding import (
    ENOUGH_FOR_TWO_DECIMALS,
    POINT_DECIMALS,
    RELEASED_DECIMALS,
    rounded,
)
from evaluation.model import ALL_SITES

# Site, instrument, scale, contrast, and which of the people there (blank = all of them).
Cell = tuple[str, str, str, str, str]
# Somebody's score known to within so many standard deviations is somebody's score.
CLOSE = 0.5
_HASH = 16  # hexadecimal digits: 64 bits, so that two people share one about never
_Places = NDArray[np.intp]
_UNIT = ["site", "participant", "child", "informant"]
_MEASURE = ["instrument", "scale"]


@dataclass(frozen=True, slots=True)
class Behind:
    """Who stands behind the averages of one cell: a hash for each person and their scores.

    A corrected score is another hash. ``spread``: standard deviation of the first scores.
    ``added_up``: what is released is their total, rounded as counts are.
    """

    people: frozenset[str]
    spread: float
    added_up: bool = False


@dataclass(frozen=True, slots=True)
class Difference:
    """Whether a release may follow the last one; the reasons name places and never a number."""

    decision: Literal["pass", "review"]
    reasons: tuple[str, ...] = ()
    cells: tuple[Cell, ...] = ()


NO_DIFFERENCE = Difference("pass")


def people_behind(
    scores: Mapping[str, pd.DataFrame],
    *,
    key: bytes,
    rule: DisclosureRule,
    traits: Sequence[str] = (),
    added_up: bool = False,
) -> dict[Cell, Behind]:
    """Who stands behind each released average, under hashes that nobody can read without the key.

    Parameters
    ----------
    scores
        For each contrast (or single time) the units with a score: site, participant, child,
        informant, instrument, scale, ``before`` and ``after`` (blank at a single time).
    key
        A secret of the store, not in any export and not the key of its tombstones. Without it the
        hashes cannot be told from noise; with it they are personal data, so they belong in the
        store, are dropped when a person is erased, and never leave.
    rule
        Averages of fewer people than it asks for are never shown, so nobody is behind them.
    traits
        Columns of ``scores`` by which averages are released too; a blank is in no group.
    added_up
        Not their averages are released but their totals.

    Returns
    -------
    dict
        By site (all sites together as ``ALL``), instrument, scale, contrast and group, such as
        ``role=mother``; a blank group is everybody.
    """
    found: dict[Cell, Behind] = {}
    for contrast, table in scores.items():
        hashes = np.array(_hashes(table, contrast, key), dtype=object)
        before = table["before"].to_numpy(float)
        measure, measures = pd.factorize(pd.MultiIndex.from_frame(table[_MEASURE]))
        site, sites = pd.factorize(table["site"].astype(object))
        for group, chosen in _groups(table, traits):
            for names, code in (([ALL_SITES], np.zeros_like(site)), (sites, site)):
                for number, rows in _split(chosen, code * len(measures) + measure, _fewest(rule)):
                    instrument, scale = measures[number % len(measures)]
                    place = str(names[number // len(measures)])
                    cell = (place, str(instrument), str(scale), contrast, group)
                    spread = float(before[rows].std(ddof=1)) if rows.size > 1 else float("nan")
                    found[cell] = Behind(frozenset(hashes[rows]), spread, added_up)
    return found


def _groups(rows: pd.DataFrame, traits: Sequence[str]) -> Iterator[tuple[str, _Places]]:
    """Everybody and each level of each trait: their rows."""
    yield "", np.arange(len(rows))
    for trait in (name for name in traits if name in rows):
        level = rows[trait].astype(object).where(rows[trait].notna(), "").astype(str)
        codes, levels = pd.factorize(level.to_numpy(object), sort=True)
        for number, name in enumerate(levels):
            if name.strip():
                yield f"{trait}={name}", np.flatnonzero(codes == number)


def _split(rows: _Places, code: _Places, least: int) -> Iterator[tuple[int, _Places]]:
    """The rows of each code that at least so many have."""
    order = rows[np.argsort(code[rows], kind="stable")]
    starts = np.flatnonzero(np.diff(code[order], prepend=-1))
    for part in np.split(order, starts[1:]):
        if part.size >= least:
            yield int(code[part[0]]), part


def _hashes(rows: pd.DataFrame, contrast: str, key: bytes) -> list[str]:
    columns = [*_MEASURE, *_UNIT, "before", "after"]
    return [
        hmac.new(key, json.dumps([contrast, *map(str, row)]).encode(), hashlib.sha256)
        .hexdigest()[:_HASH]
        for row in rows[columns].itertuples(index=False, name=None)
    ]  # fmt: skip


def compare_releases(
    last: Mapping[Cell, Collection[str]],
    new: Mapping[Cell, Behind],
    rule: DisclosureRule,
    *,
    erased: Collection[str] = (),
) -> Difference:
    """Review where the change of an average gives the scores of a few people away.

    Parameters
    ----------
    last
        The hashes of the last release, as the store kept them.
    new
        From `people_behind`, of the release that is about to leave.
    rule
        The thresholds.
    erased
        Sites (``ALL`` for all together) at which somebody was erased since. Who stood behind the
        last release is not kept then, and the next average is one without that person.

    Returns
    -------
    Difference
        ``review``: in some cell that both releases show, fewer than ``min_n`` people were added,
        left out or corrected, and somebody who knew both numbers of people would know their average
        to within half a standard deviation; or somebody was erased. ``pass`` otherwise, also where
        nobody changed.
    """
    cells = [
        cell
        for cell, behind in new.items()
        if cell in last and _tells(frozenset(last[cell]), behind, rule)
    ]  # fmt: skip
    reasons = []
    if cells:
        reasons.append(
            "Since the last release only a few people were added, left out or corrected at "
            f"{_named({cell[0] for cell in cells})}. Beside the last release the new averages "
            "could tell their scores: wait until more have answered, or release these averages "
            "less often."
        )
    gone = {cell[0] for cell in new} & set(erased)
    if gone:
        reasons.append(
            f"Since the last release somebody's data were erased at {_named(gone)}. Beside the "
            "last release the new averages could tell that person's scores: wait until more have "
            "answered."
        )
    return Difference("review" if reasons else "pass", tuple(reasons), tuple(cells))


def _named(sites: Collection[str]) -> str:
    places = sorted("all sites together" if site == ALL_SITES else site for site in sites)
    return ", ".join(places[:5]) + (f" and {len(places) - 5} more" if len(places) > 5 else "")


def _tells(last: frozenset[str], new: Behind, rule: DisclosureRule) -> bool:
    changed = max(len(new.people - last), len(last - new.people))
    shown = min(len(last), len(new.people)) >= _fewest(rule)
    if not shown or not 0 < changed < rule.min_n:
        return False
    if new.added_up:
        within = rule.round_to / changed
    else:
        within = known_within(len(last), len(new.people), changed, rule)
    return within < CLOSE * new.spread


def _fewest(rule: DisclosureRule) -> int:
    """No average of fewer is ever shown, whether of people or of couples."""
    return min(rule.min_n, rule.min_couples)


def known_within(n_last: int, n_new: int, changed: int, rule: DisclosureRule) -> float:
    """How many points on either side the average score of those who changed is known to.

    Examples
    --------
    One newcomer to twenty people, whose averages have one decimal, and to 900 with two:

    >>> known_within(20, 21, 1, DisclosureRule())
    2.05
    >>> round(known_within(900, 901, 1, DisclosureRule()), 2)
    9.01
    """
    reach = sum(n * _half_a_decimal(n, rule) for n in (n_last, n_new))
    return float(round(reach / changed, 6))


def _half_a_decimal(n: int, rule: DisclosureRule) -> float:
    shown = rounded(pd.Series([float(n)]), rule).iloc[0]
    many = np.isfinite(shown) and shown >= ENOUGH_FOR_TWO_DECIMALS
    return 0.5 * 10.0 ** -(RELEASED_DECIMALS if many else POINT_DECIMALS)
