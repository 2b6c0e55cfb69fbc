"""What may be released of groups of people, level by level, instead of a whole trait or none.

A level that rests on few people is hidden, and with it as many others as it takes for nobody to
find it: by taking the levels shown away from everybody, or those of the other sites away from a
level of all sites, or those that only one site has away from that site.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from evaluation.config import DisclosureRule
from evaluation.disclosure.cells import SUPPRESSED, released, thin_cells
from evaluation.disclosure.comparisons import (
    LEVEL_LIMITS,
    LEVEL_POINTS,
    LEVEL_SIZES,
    hide_second_basis,
    hide_telling_levels,
    mean_after,
    release_subgroups,
)
from evaluation.disclosure.rounding import (
    CELL,
    MEASURE,
    RELEASED_DECIMALS,
    few_people,
    rounded_share,
)
from evaluation.model import ALL_SITES

_ROUNDING = 1e-9
_KEYS = (*CELL, "row", "trait", "level", "reference", "adjusted", "reason")


@dataclass(frozen=True, slots=True)
class Cells:
    """The levels of one trait: people and couples by site, who is hidden, who has no level.

    ``people`` and ``couples``: rows are sites, columns levels. ``unknown`` and ``told``, by site:
    people whose level nobody knows, and whether the total of the site is shown.
    """

    people: pd.DataFrame
    couples: pd.DataFrame
    hidden: pd.DataFrame
    unknown: pd.Series
    told: pd.Series

    def thin(self, sites: Sequence[str], levels: Sequence[str], rule: DisclosureRule) -> bool:
        """Whether these cells together are anybody, but too few people or couples."""
        n = self.people.loc[list(sites), list(levels)].to_numpy().sum()
        couples = self.couples.loc[list(sites), list(levels)].to_numpy().sum()
        return bool(n > 0 and (n < rule.min_n or couples < rule.min_couples))


def release_groups(
    table: pd.DataFrame, effects: pd.DataFrame, rule: DisclosureRule
) -> pd.DataFrame:
    """Groups of all sites together, from subgroups.csv; ``effects`` is unmasked.

    What `release_subgroups` shows of single sites may be known to a reader, and is allowed for.
    """
    total = table["site"] == ALL_SITES
    by_site = (release_subgroups(table, effects, rule)["reason"] == SUPPRESSED) & ~total
    hidden = _hidden_rows(table, effects, rule, of_sites=by_site)
    return _released(table[total], table, effects, rule, hidden[total])


def release_periods(
    table: pd.DataFrame, effects: pd.DataFrame, rule: DisclosureRule
) -> pd.DataFrame:
    """Periods of each site and of all, from periods.csv; ``effects`` is unmasked."""
    hidden = _hidden_rows(table, effects, rule, of_sites=None)
    total = table["site"] == ALL_SITES
    # Apart, since what a single hidden site gives away has been looked at already.
    parts = [_released(table[of], table, effects, rule, hidden[of]) for of in (total, ~total)]
    return pd.concat([part for part in parts if len(part)] or parts[:1])


def _released(
    table: pd.DataFrame,
    every: pd.DataFrame,
    effects: pd.DataFrame,
    rule: DisclosureRule,
    hidden: pd.Series,
) -> pd.DataFrame:
    """Some rows of a table, ``every``, of which these are hidden."""
    result = released(
        table, rule, thin=hidden, counts=("n", "n_reference", "n_couples"),
        points=LEVEL_POINTS, limits=LEVEL_LIMITS, sizes=LEVEL_SIZES, estimates=("q",),
        texts=("n_family",), keys=_KEYS,
    )  # fmt: skip
    result["mean_after"] = mean_after(table, result)
    hide_second_basis(table, result, rule)
    share = rounded_share(table, rule).round(RELEASED_DECIMALS).astype(object)
    result["share_improved"] = share.mask(result["reason"] == SUPPRESSED, None)
    hide_telling_levels(result, table, every, effects, rule)
    return result


def _hidden_rows(
    table: pd.DataFrame,
    effects: pd.DataFrame,
    rule: DisclosureRule,
    *,
    of_sites: pd.Series | None,
) -> pd.Series:
    """Which rows are hidden; ``of_sites``: which rows of single sites are, if that is settled."""
    hidden = thin_cells(table, effects, rule) if len(table) else pd.Series(False, index=[])
    levels = table[table["row"] == "level"]
    for _, rows in levels.groupby([*MEASURE, "trait"], sort=False):
        cells = _cells_of(rows, hidden if of_sites is None else hidden | of_sites, effects, rule)
        sites = [site for site in cells.people.index if site != ALL_SITES]
        if of_sites is None:
            for site in sites:
                _hide_in_site(cells, site, rule)
        if ALL_SITES in cells.people.index:
            _hide_in_total(cells, sites, rule)
        hidden[rows.index] = [
            bool(cells.hidden.loc[site, level])
            for site, level in zip(rows["site"], rows["level"], strict=True)
        ]
    return hidden | _beside_hidden(table, hidden)


def _cells_of(
    rows: pd.DataFrame, hidden: pd.Series, effects: pd.DataFrame, rule: DisclosureRule
) -> Cells:
    counts = rows.assign(hidden=hidden[rows.index] | few_people(rows, rule))
    tables = {
        name: counts.pivot(index="site", columns="level", values=name)
        for name in ("n", "n_couples", "hidden")
    }
    people = tables["n"].fillna(0).astype(float)
    whole = effects[effects["subgroup"] == ""]
    for name in MEASURE:
        whole = whole[whole[name] == rows[name].iloc[0]]
    whole = whole.set_index("site")
    return Cells(
        people=people,
        couples=tables["n_couples"].fillna(0).astype(float),
        hidden=tables["hidden"].eq(True),
        unknown=(whole["n"].reindex(people.index) - people.sum(axis=1)).clip(lower=0).fillna(0),
        told=~few_people(whole, rule).reindex(people.index, fill_value=True),
    )


def _hide_in_site(cells: Cells, site: str, rule: DisclosureRule) -> None:
    """Hide the smallest levels of a site until those hidden are enough together."""
    while _rest_is_thin(cells, site, rule) and not cells.hidden.loc[site].all():
        cells.hidden.loc[site, _smallest(cells, site)] = True


def _hide_in_total(cells: Cells, sites: list[str], rule: DisclosureRule) -> None:
    """Hide levels of all sites together until neither they nor a site's can be worked out."""
    while True:
        shown = cells.hidden.columns[~cells.hidden.loc[ALL_SITES]]
        if shown.empty:
            return
        if _rest_is_thin(cells, ALL_SITES, rule):
            cells.hidden.loc[ALL_SITES, _smallest(cells, ALL_SITES)] = True
            continue
        found = _gives_a_site_away(cells, list(shown), sites, rule)
        if found is None:
            return
        cells.hidden.loc[ALL_SITES, found] = True


def _gives_a_site_away(
    cells: Cells, shown: list[str], sites: list[str], rule: DisclosureRule
) -> str | None:
    """The level of all sites to hide next, as long as a few people of a site would follow."""
    unseen = cells.hidden.loc[sites] & (cells.people.loc[sites] > 0)
    involved = [level for level in shown if unseen[level].any()]
    for level in involved:
        if cells.thin(list(unseen.index[unseen[level]]), [level], rule):
            return level
    if involved and _follows(cells, sites, _equations(cells, shown, sites), rule):
        return min(involved, key=lambda level: cells.people.loc[ALL_SITES, level])
    return None


def _equations(cells: Cells, shown: list[str], sites: list[str]) -> NDArray[np.float64]:
    """Everything told, as sums of cells: sites by levels, and a column for no known level."""
    n_sites, n_levels = len(sites), cells.people.shape[1]
    there = _there(cells, sites)
    told = [
        _chosen((n_sites, n_levels + 1), [place], slice(None))
        for place, site in enumerate(sites)
        if cells.told[site]
    ]
    levels = list(cells.people.columns)
    told += [
        _chosen((n_sites, n_levels + 1), [place], [levels.index(level)])
        for place, site in enumerate(sites)
        for level in levels
        if not cells.hidden.loc[site, level]
    ]
    told += [
        _chosen((n_sites, n_levels + 1), range(n_sites), [levels.index(level)]) for level in shown
    ]
    told.append(np.ones((n_sites, n_levels + 1), dtype=bool))
    return np.array([(each * there).ravel() for each in told])


def _follows(
    cells: Cells, sites: list[str], equations: NDArray[np.float64], rule: DisclosureRule
) -> bool:
    """Whether a thin cell, or the thin cells of a site or level together, can be worked out."""
    people = np.column_stack([cells.people.loc[sites], cells.unknown[sites]])
    few = (people > 0) & (people < rule.min_n)
    few[:, :-1] |= (cells.couples.loc[sites].to_numpy() < rule.min_couples) & (people[:, :-1] > 0)
    single = [_chosen(people.shape, [i], [j]) for i, j in np.argwhere(few)]
    by_site = [few & _chosen(people.shape, [i], slice(None)) for i in range(people.shape[0])]
    by_level = [few & _chosen(people.shape, slice(None), [j]) for j in range(people.shape[1])]
    together = [each for each in (*by_site, *by_level) if 0 < people[each].sum() < rule.min_n]
    targets = np.array([each.ravel() for each in (*single, *together)], dtype=float)
    if not len(targets):
        return False
    _, sizes, directions = np.linalg.svd(equations, full_matrices=False)
    spanned = directions[sizes > _ROUNDING * sizes.max()]
    left = targets - targets @ spanned.T @ spanned
    return bool((np.abs(left).max(axis=1) < _ROUNDING).any())


def _there(cells: Cells, sites: list[str]) -> NDArray[np.bool_]:
    """The cells that hold anybody."""
    return np.column_stack([cells.people.loc[sites] > 0, cells.unknown[sites] > 0])


def _chosen(shape: tuple[int, ...], rows: Any, columns: Any) -> NDArray[np.bool_]:
    mask = np.zeros(shape, dtype=bool)
    mask[rows, columns] = True
    return mask


def _rest_is_thin(cells: Cells, site: str, rule: DisclosureRule) -> bool:
    """Whether what is not shown of a site is a few people: hidden, or of no known level."""
    hidden = cells.hidden.columns[cells.hidden.loc[site]]
    n = cells.people.loc[site, hidden].sum() + cells.unknown[site]
    couples = cells.couples.loc[site, hidden].sum() + cells.unknown[site]
    return bool(n > 0 and (n < rule.min_n or couples < rule.min_couples))


def _smallest(cells: Cells, site: str) -> str:
    shown = cells.people.loc[site][~cells.hidden.loc[site]]
    return str(shown.sort_values(kind="stable").index[0])


def _beside_hidden(table: pd.DataFrame, hidden: pd.Series) -> pd.Series:
    """Comparisons of which one side is hidden, or which rest on few people."""
    levels = table[hidden & (table["row"] == "level")]
    place = [*CELL, "trait"]
    gone = pd.MultiIndex.from_frame(levels[[*place, "level"]])
    apart = table["row"] == "difference"
    result = pd.Series(False, index=table.index)
    for side in ("level", "reference"):
        result |= apart & pd.MultiIndex.from_frame(table[[*place, side]]).isin(gone)
    return result
