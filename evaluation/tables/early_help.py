"""early_help.csv and meaningful_change.csv: staying out of difficulty, and change that matters."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import numpy as np
import pandas as pd

from evaluation.analysis.change import ReliableChange
from evaluation.analysis.meaningful_change import ChangeShares, anchor_change, percentage_change
from evaluation.analysis.prevention import follow_those_outside
from evaluation.config import Settings
from evaluation.model import ALL_SITES, ChangeRule
from evaluation.tables.change import Cell, cutoff_in_use, points_in_use
from evaluation.tables.groups import Group, ordered, whole_groups
from instruments.definition import Cutoff, Scale, Sourced

EARLY_HELP_COLUMNS = (
    "site", "instrument", "scale", "contrast", "n", "n_outside", "n_couples", "tied", "stayed",
    "stayed_share", "stayed_low", "stayed_high", "crossed", "crossed_reliably",
    "crossed_not_reliable", "ended_on_cutoff", "cutoff", "rc_points", "sd_pre", "margin",
    "change", "change_se", "change_low", "p_not_worse", "p_equivalent", "not_worse", "reason",
)  # fmt: skip
MEANINGFUL_COLUMNS = (
    "site", "instrument", "scale", "contrast", "method", "threshold", "evidence", "source", "n",
    "n_couples", "n_undefined", "improved", "unchanged", "deteriorated", "improved_share",
    "improved_low", "improved_high", "deteriorated_share", "deteriorated_low",
    "deteriorated_high", "reason",
)  # fmt: skip
PUBLISHED_POINTS = "published_points"
SHARES = {"percent_30": 0.3, "percent_50": 0.5}
# A published difference between the means of groups says nothing about one person.
_OF_A_GROUP = "mean of a group"


def early_help_table(
    groups: Iterable[Group],
    pairs: Mapping[str, pd.DataFrame],
    details: Mapping[Cell, ReliableChange],
    settings: Settings,
) -> pd.DataFrame:
    """People who started outside the clinical range: who stayed there, and the test of no loss.

    By the cut-off and the reliable change in use. ``n_couples`` are those of ``n_outside``. The
    margin is 0.2 SD of all start scores of the group. ``reason`` of the test comes last.
    """
    spreads = _start_spreads(pairs)
    rows = []
    for group in _from_the_start(groups):
        rule = settings.measures.get(group.measure, ChangeRule())
        change = details.get(group.cell)
        cutoff = cutoff_in_use(change, group.scale, rule)
        points = points_in_use(change)
        found = follow_those_outside(
            group.before,
            group.after,
            group.cluster,
            better=group.scale.better,
            cutoff=cutoff,
            rc_points=points,
            sd_pre=spreads[group.cell],
            level=settings.level,
        )
        test = found.test
        # Where nobody was outside, there is nobody to test.
        why = test.reason if found.n_outside > 0 else ""
        rows.append(
            group.place
            | {name: getattr(found, name) for name in EARLY_HELP_COLUMNS[4:16]}
            | {
                "cutoff": cutoff.value if isinstance(cutoff, Cutoff) else cutoff,
                "rc_points": points,
                "sd_pre": found.sd_pre,
                "margin": test.margin,
                "change": test.improvement,
                "change_se": test.se,
                "change_low": test.lower_bound,
                "p_not_worse": test.p,
                "p_equivalent": test.p_tost,
                "not_worse": "" if test.not_worse is None else "yes" if test.not_worse else "no",
                "reason": ";".join(dict.fromkeys(filter(None, [*found.reason.split(";"), why]))),
            }
        )
    return ordered(rows, EARLY_HELP_COLUMNS)


def meaningful_change_table(groups: Iterable[Group], *, level: float = 0.95) -> pd.DataFrame:
    """Who changed by a published number of points, or by 30 % and 50 % of where they started.

    Points only where a published value for one person is better than unverified; percentages only
    of scales that begin at 0 and on which less is better, because others have no zero to take a
    share of.
    """
    rows = []
    for group in _from_the_start(groups):
        for method, source, found in _judged(group, level=level):
            judged = group.before > 0 if method in SHARES else np.full(group.before.shape, True)
            cells = {name: getattr(found, name) for name in MEANINGFUL_COLUMNS[10:]}
            rows.append(
                group.place
                | {"method": method, "threshold": found.threshold, "n": found.n}
                | {"evidence": source.evidence if source else ""}
                | {"source": source.citation if source else ""}
                | {"n_couples": int(np.unique(group.cluster[judged]).size)}
                | cells
            )
    return ordered(rows, MEANINGFUL_COLUMNS)


def published_points(scale: Scale) -> Sourced | None:
    """The first published change of one person that is better than unverified, if any."""
    for entry in scale.reliable_change:
        if entry.evidence != "unverified" and _OF_A_GROUP not in entry.note:
            return entry
    return None


def _judged(group: Group, *, level: float) -> Iterator[tuple[str, Sourced | None, ChangeShares]]:
    better, source = group.scale.better, published_points(group.scale)
    if source is not None:
        yield (
            PUBLISHED_POINTS,
            source,
            anchor_change(
                group.before, group.after, better=better, minimal_change=source.value, level=level
            ),
        )
    if better == "lower" and group.scale.score_range[0] == 0:
        for method, share in SHARES.items():
            found = percentage_change(
                group.before, group.after, better=better, share=share, level=level
            )
            yield method, None, found


def _from_the_start(groups: Iterable[Group]) -> list[Group]:
    """Those that begin before support, on scales with a better end."""
    return [
        group
        for group in whole_groups(groups)
        if group.contrast.startswith("baseline_") and group.scale.better != "neither"
    ]


def _start_spreads(pairs: Mapping[str, pd.DataFrame]) -> dict[Cell, float]:
    """SD of every parent's score at the start, for each site and all."""
    spreads: dict[Cell, float] = {}
    for contrast, table in pairs.items():
        parents = table[~table["practitioner"]]
        everybody = parents.assign(site=ALL_SITES)
        for part in (parents, everybody):
            for keys, scores in part.groupby(["site", "instrument", "scale"])["before"]:
                equal = scores.nunique() == 1 and len(scores) > 1
                spreads[(*map(str, keys), contrast)] = 0.0 if equal else float(scores.std())  # type: ignore[index]
    return spreads
