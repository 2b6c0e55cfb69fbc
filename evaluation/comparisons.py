"""Sites, groups of people and questionnaires side by side, as anybody may see them.

Everything here is for release: counts rounded, thin sites and groups hidden, exact variances left
out. What is hidden never reaches a page, so it cannot reach a chart.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from evaluation import disclosure
from evaluation.disclosure.distribution import release_distribution
from evaluation.disclosure.levels import release_groups, release_periods
from evaluation.model import ALL_SITES
from evaluation.programme import Results
from evaluation.tables import on_demand
from evaluation.tables.distribution import parents_scores, score_distribution
from evaluation.tables.periods import PERIOD
from evaluation.tables.sites import POINTS

FEWEST_FOR_FUNNEL = 3
_MEASURE = ["instrument", "scale", "contrast"]


@dataclass(frozen=True, slots=True)
class SiteComparison:
    """Every site's change on every measure, beside the average over sites.

    ``sites``: the released effects of each site, the largest first whatever its result, hidden ones
    last, with ``shrunken`` (its estimate drawn towards the
    average, in points), ``funnel_position`` and ``rate``, the share heard from at the later time.
    ``average``: one row for each measure, in points, by REML. ``spread``: by measure, what the
    funnel is drawn with: the standard deviation of one person's change, design effect included.
    """

    sites: pd.DataFrame
    average: pd.DataFrame
    spread: pd.DataFrame

    def of_measure(self, instrument: str, scale: str, contrast: str) -> MeasureComparison:
        """One measure, from one time to another."""
        place = (instrument, scale, contrast)
        pool = _rows_at(self.average, place).to_dict("records")
        spread = _rows_at(self.spread, place)["spread"].tolist()
        return MeasureComparison(
            sites=_rows_at(self.sites, place),
            pool={str(name): value for name, value in pool[0].items()} if pool else None,
            spread=float(spread[0]) if spread else None,
        )


@dataclass(frozen=True, slots=True)
class MeasureComparison:
    """The sites on one measure; ``pool`` is their average, ``spread`` what a funnel needs."""

    sites: pd.DataFrame
    pool: dict[str, Any] | None
    spread: float | None


def _rows_at(table: pd.DataFrame, place: tuple[str, str, str]) -> pd.DataFrame:
    for name, value in zip(_MEASURE, place, strict=True):
        table = table[table[name] == value]
    return table


def compare_sites(results: Results) -> SiteComparison:
    """Every site beside the average of those that may be shown; in points of each scale."""
    rule = results.settings.disclosure
    shown = ~disclosure.few_people(results.effects, rule)
    average, beside = on_demand.site_tables(results, pooled=shown)
    in_points = beside["unit"] == POINTS
    average = disclosure.release_sites(average, rule)
    effects = results.effects
    drawn = disclosure.release_site_estimates(beside, effects, rule)[in_points]
    of_sites = (effects["subgroup"] == "") & (effects["site"] != ALL_SITES) & (effects["n"] > 0)
    sites = disclosure.release_effects(effects, rule)[of_sites]
    keys = ["site", *_MEASURE]
    sites = sites.merge(
        drawn[[*keys, "shrunken", "funnel_position"]], on=keys, how="left", validate="1:1"
    )
    chosen = (average["unit"] == POINTS) & (average["method"] == "REML")
    return SiteComparison(
        sites=_largest_first(_with_rate(sites, results)),
        average=average[chosen].reset_index(drop=True),
        spread=_funnel_spread(beside[in_points]),
    )


def _largest_first(sites: pd.DataFrame) -> pd.DataFrame:
    """By rounded number and then name, so that the order gives no exact number away."""
    table = sites.assign(
        size=pd.to_numeric(sites["n"]).fillna(0), shown=sites["improvement"].notna()
    )
    table = table.sort_values(["shown", "size", "site"], ascending=[False, False, True])
    return table.drop(columns=["size", "shown"]).reset_index(drop=True)


def _with_rate(sites: pd.DataFrame, results: Results) -> pd.DataFrame:
    """How many of those whose time had come were heard from, at the later time of each row."""
    attrition = disclosure.release_attrition(results.attrition, results.settings.disclosure)
    people = attrition[attrition["unit"] == "person"]
    people = people.rename(columns={"step": "later"})[["site", "later", "rate"]]
    later = sites["contrast"].str.split("_", n=1).str[1]
    found = sites.assign(later=later).merge(people, on=["site", "later"], how="left")
    return found.drop(columns="later")


def _funnel_spread(beside: pd.DataFrame) -> pd.DataFrame:
    """The pooled standard deviation behind the sites' variances; of three sites or more."""
    known = beside[beside["v"].notna()]
    of_one = known["n"] * known["v"]
    parts = known[_MEASURE].assign(n=known["n"], weighted=of_one * known["n"], k=1)
    sums = parts.groupby(_MEASURE, as_index=False, sort=False).sum()
    sums = sums[sums["k"] >= FEWEST_FOR_FUNNEL]
    spread = np.sqrt(sums["weighted"].astype(float) / sums["n"].astype(float)).round(1)
    return sums[_MEASURE].assign(spread=spread)


def compare_groups(results: Results) -> pd.DataFrame:
    """Groups of people of all sites together: subgroups.csv and periods.csv, one below the other.

    With q to two decimals. Level by level: a thin group is hidden, and what would give it away.
    """
    rule = results.settings.disclosure
    groups = on_demand.subgroups_table(results)
    periods = on_demand.periods_table(results)
    parts = []
    if len(periods):
        released = release_periods(periods, results.effects, rule)
        parts.append(released[released["site"] == ALL_SITES])
    if len(groups):
        parts.append(release_groups(groups, results.effects, rule))
    return _hidden_last(pd.concat(parts, ignore_index=True)) if parts else groups


def _hidden_last(groups: pd.DataFrame) -> pd.DataFrame:
    """By rounded number and then name, periods by time: the exact order would tell of hidden ones.

    Measures, traits and kinds of rows stay in the order in which they come.
    """
    place = groups.groupby([*_MEASURE, "trait", "row"], sort=False).ngroup()
    n = pd.to_numeric(groups["n"]).fillna(0).mask(groups["trait"] == PERIOD, 0)
    hidden = (groups["reason"] == disclosure.SUPPRESSED) & (groups["trait"] != PERIOD)
    ordered = groups.assign(place=place, hidden=hidden, size=-n).sort_values(
        ["place", "hidden", "size", "level", "adjusted"], kind="stable"
    )
    return ordered.drop(columns=["place", "hidden", "size"]).reset_index(drop=True)


def start_distribution(
    results: Results, *, instrument: str, scale: str, wave: str = "baseline"
) -> pd.DataFrame:
    """How scores lie at the start over all sites, in ranges that hold enough people each."""
    scores = parents_scores(
        results.waves, results.participants, instrument=instrument, scale=scale, wave=wave
    )
    of_scale = results.instruments[instrument].scale(scale)
    return release_distribution(score_distribution(scores, of_scale), results.settings.disclosure)


def answers_by_wave(results: Results, *, instrument: str, scale: str) -> pd.DataFrame:
    """How many have a score at each point in time over all sites, rounded: wave, n, n_sites.

    ``n`` is empty where it is small; ``n_sites`` are those with anybody at all.
    """
    waves = results.waves
    chosen = waves[(waves["instrument"] == instrument) & (waves["scale"] == scale)]
    rows = []
    for wave in chosen["wave"].unique():
        scores = parents_scores(
            chosen, results.participants, instrument=instrument, scale=scale, wave=wave
        )
        if len(scores):
            rows.append({"wave": wave, "n": len(scores), "n_sites": scores["site"].nunique()})
    table = pd.DataFrame(rows, columns=["wave", "n", "n_sites"])
    if table.empty:
        return table
    return table.assign(n=disclosure.rounded(table["n"], results.settings.disclosure))
