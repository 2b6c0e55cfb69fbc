"""indicators.csv: counted and yes/no outcomes of the same people before and after."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import asdict

import numpy as np
import pandas as pd

from evaluation.analysis.paired_counts import (
    PairedCounts,
    PairedMeans,
    PairedShares,
    compare_counts,
    compare_means,
    compare_shares,
)
from evaluation.analysis.pairing import cluster_labels, contrasts_in
from evaluation.analysis.practitioners import is_practitioner
from evaluation.indicators import MIXED, common_kind
from evaluation.model import ALL_SITES, COUNT, NUMBER, YES_NO
from evaluation.tables.groups import PRACTITIONER_SUBGROUP, ordered

INDICATOR_RESULT_COLUMNS = (
    "site", "indicator", "kind", "contrast", "n", "n_couples", "n_excluded", "before", "after",
    "only_before", "only_after", "both", "neither", "difference", "low", "high", "p", "ratio",
    "ratio_low", "ratio_high", "reason", "method", "subgroup",
)  # fmt: skip
_UNIT = ["site", "participant", "child", "indicator"]
_Result = PairedShares | PairedCounts | PairedMeans
_COMPARE: dict[str, Callable[..., _Result]] = {
    YES_NO: compare_shares,
    COUNT: compare_counts,
    NUMBER: compare_means,
}
_METHODS = {YES_NO: "newcombe", NUMBER: "t"}


def indicators_table(
    indicators: pd.DataFrame,
    participants: pd.DataFrame,
    *,
    sites: Collection[str] | None = None,
    level: float = 0.95,
) -> pd.DataFrame:
    """Every indicator at two points in time, by site and for all together.

    ``indicators``: INDICATOR_COLUMNS. A unit is a person, or a child as one person tells of it;
    partners and siblings are one cluster. ``before`` and ``after`` are shares of yes, events for
    each unit, or averages; ``difference`` is after minus before, whichever of them is better.
    ``only_before`` to ``neither`` count units with yes, or with any event. ``method`` tells how the
    interval was made: of the difference (``newcombe``, ``t``), or of a ratio of counts. Values
    that cannot be put together have the kind MIXED and no result. Practitioners are apart, as a
    ``subgroup``. ``sites``: these only; ``None`` for each site and all together.
    """
    if indicators.empty:
        return pd.DataFrame(columns=list(INDICATOR_RESULT_COLUMNS))
    known = with_people(indicators, participants)
    rows = [
        _row(site, subgroup, part, name, contrast, level)
        for site, subgroup, own in _groups(known, sites)
        for name, part in own.groupby("indicator", sort=False)
        for contrast in contrasts_in(known["wave"])
        if (part["wave"] == contrast[0]).any()
    ]
    return ordered(rows, INDICATOR_RESULT_COLUMNS)


def with_people(indicators: pd.DataFrame, participants: pd.DataFrame) -> pd.DataFrame:
    """The values with the cluster of each person, and whether they are a practitioner."""
    keys = ["site", "participant"]
    people = participants[[*keys, "couple", "role"]].drop_duplicates(keys)
    known = indicators.merge(people, on=keys, how="left")
    known["couple"] = known["couple"].astype(object).where(known["couple"].notna(), "")
    return known.assign(cluster=cluster_labels(known), practitioner=is_practitioner(known))


def pair_units(values: pd.DataFrame, contrast: tuple[str, str]) -> pd.DataFrame:
    """Every unit with the earlier value; ``after`` is the later one, NaN where there is none."""
    before, after = contrast
    start = values[values["wave"] == before].set_index(_UNIT)
    end = values[values["wave"] == after].set_index(_UNIT)["value"]
    return start.assign(after=end.reindex(start.index)).reset_index()


def _groups(
    known: pd.DataFrame, sites: Collection[str] | None
) -> Iterator[tuple[str, str, pd.DataFrame]]:
    parents, staff = known[~known["practitioner"]], known[known["practitioner"]]
    if sites is None and len(parents):
        yield ALL_SITES, "", parents
    for subgroup, table in (("", parents), (PRACTITIONER_SUBGROUP, staff)):
        for site, own in table.groupby("site", sort=False):
            if sites is None or site in sites:
                yield str(site), subgroup, own


def _row(
    site: str, subgroup: str, part: pd.DataFrame, name: object, contrast: tuple[str, str],
    level: float,
) -> dict[str, object]:  # fmt: skip
    pairs = pair_units(part, contrast)
    used = pairs[pairs["after"].notna()]
    kind = common_kind(part["kind"])
    row: dict[str, object] = {
        "site": site, "indicator": name, "kind": kind, "contrast": "_".join(contrast),
        "n": len(used), "n_couples": used["cluster"].nunique(),
        "n_excluded": len(pairs) - len(used), "method": "", "subgroup": subgroup,
    }  # fmt: skip
    if kind == MIXED:
        return row | {"reason": "MIXED_KINDS"}
    found = _COMPARE[kind](
        used["value"].to_numpy(float),
        used["after"].to_numpy(float),
        np.asarray(used["cluster"], dtype=object),
        level=level,
    )
    method = _METHODS[kind] if kind in _METHODS and np.isfinite(found.low) else ""
    return row | {"method": method} | asdict(found)
