"""maintenance.csv: whether gains lasted, among the people with start, end and follow-up."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

import pandas as pd

from evaluation.analysis.bootstrap import stable_seed
from evaluation.analysis.change import ReliableChange
from evaluation.analysis.maintenance import noninferiority, retained_share
from evaluation.analysis.maintenance_ledger import LEDGER, maintenance_ledger
from evaluation.analysis.pairing import UNIT
from evaluation.model import ALL_SITES, CONTRASTS, MAINTENANCE_COLUMNS
from evaluation.tables.change import Cell, points_in_use
from evaluation.tables.groups import ordered
from instruments.definition import Instrument, Scale

FOLLOW_UPS = tuple(after for before, after in CONTRASTS if before == "end")


@dataclass(frozen=True, slots=True, eq=False)
class _Course:
    """One group on one scale: its people with all three scores, and every start score."""

    site: str
    instrument: str
    scale: Scale
    contrast: str
    people: pd.DataFrame
    sd_pre: float


def maintenance_table(
    pairs: Mapping[str, pd.DataFrame],
    details: Mapping[Cell, ReliableChange],
    instruments: Mapping[str, Instrument],
    *,
    sites: Collection[str] | None = None,
    level: float = 0.95,
) -> pd.DataFrame:
    """Who kept what, the share of the mean gain kept, and the test that nothing much was lost.

    A row for each follow-up that somebody of the site has answered. The margin is 0.2 SD of all
    start scores of the group; a reliable change is that from start to end. ``contrast`` is
    ``end_3m`` or ``end_6m``.
    """
    rows = [
        _row(course, points_in_use(details.get(_cell(course))), level=level)
        for wave in FOLLOW_UPS
        if f"end_{wave}" in pairs
        for course in _courses(pairs, wave, instruments)
        if sites is None or course.site in sites
    ]
    return ordered(rows, MAINTENANCE_COLUMNS)


def _cell(course: _Course) -> Cell:
    return (course.site, course.instrument, course.scale.id, "baseline_end")


def _courses(
    pairs: Mapping[str, pd.DataFrame], wave: str, instruments: Mapping[str, Instrument]
) -> Iterator[_Course]:
    start = _parents(pairs["baseline_end"])
    end, later = _parents(pairs[f"end_{wave}"]), _parents(pairs[f"baseline_{wave}"])
    whole = _used(start)[[*UNIT, "cluster", "before", "after"]]
    whole = whole.merge(_used(end)[[*UNIT, "after"]], on=UNIT, suffixes=("", "_follow_up"))
    whole = whole.merge(_used(later)[UNIT], on=UNIT)
    asked = pd.concat([_used(end)[UNIT], _used(later)[UNIT]])
    for (instrument, scale_id), units in asked.groupby(["instrument", "scale"], sort=False):
        scale = instruments[str(instrument)].scale(str(scale_id))
        here = (whole["instrument"] == instrument) & (whole["scale"] == scale_id)
        starts = start[(start["instrument"] == instrument) & (start["scale"] == scale_id)]
        for site in (ALL_SITES, *units["site"].unique()):
            people, begun = whole[here], starts
            if site != ALL_SITES:
                people, begun = people[people["site"] == site], begun[begun["site"] == site]
            spread = float(begun["before"].std()) if len(begun) > 1 else 0.0
            yield _Course(site, str(instrument), scale, f"end_{wave}", people, spread)


def _parents(table: pd.DataFrame) -> pd.DataFrame:
    return table[~table["practitioner"]]


def _used(table: pd.DataFrame) -> pd.DataFrame:
    return table[table["excluded"] == ""]


def _row(course: _Course, rc_points: float, *, level: float) -> dict[str, object]:
    people, better = course.people, course.scale.better
    start, end, later = (
        people[name].to_numpy(float) for name in ("before", "after", "after_follow_up")
    )
    cluster = pd.factorize(people["cluster"].to_numpy(object), sort=True)[0]
    ledger = maintenance_ledger(start, end, later, better=better, rc_points=rc_points)
    seed = stable_seed(course.site, course.instrument, course.scale.id, course.contrast)
    share = retained_share(start, end, later, cluster, better=better, seed=seed, level=level)
    test = noninferiority(end, later, cluster, better=better, sd_pre=course.sd_pre, level=level)
    codes = [code for part in (ledger, share, test) for code in part.reason.split(";") if code]
    return {
        "site": course.site,
        "instrument": course.instrument,
        "scale": course.scale.id,
        "contrast": course.contrast,
        "n": share.n,
        "n_couples": share.n_couples,
        **{name: getattr(ledger, name) for name in (*LEDGER, "lost_and_worse")},
        "rc_points": rc_points,
        "gain": share.gain,
        "gain_low": share.gain_low,
        "gain_high": share.gain_high,
        "retained_share": share.share,
        "retained_low": share.low,
        "retained_high": share.high,
        "retained_method": share.method,
        "margin": test.margin,
        "change": test.improvement,
        "change_se": test.se,
        "change_low": test.lower_bound,
        "change_high": test.upper_bound,
        "p_noninferior": test.p,
        "p_equivalent": test.p_tost,
        "held": "" if test.not_worse is None else "yes" if test.not_worse else "no",
        "reason": ";".join(dict.fromkeys(codes)),
    }
