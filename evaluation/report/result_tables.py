"""Every table that is written: its name, how it is made, and what of it may be released."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass

import pandas as pd

from evaluation import disclosure
from evaluation.config import DisclosureRule
from evaluation.programme import Results
from evaluation.tables import on_demand

Sites = Collection[str] | None
Make = Callable[[Results, Sites], pd.DataFrame]
Release = Callable[[pd.DataFrame, Results], pd.DataFrame]


@dataclass(frozen=True, slots=True)
class ResultTable:
    """One CSV file and sheet.

    ``make`` gives the rows of some sites, or of all sites and all together (``None``). ``release``
    hides what must not leave; without it the table is about single people and never leaves.
    ``always``: written without a row too.
    """

    name: str
    make: Make
    release: Release | None
    always: bool = False


def made_tables(
    results: Results, *, released: bool, sites: Sites = None
) -> dict[str, pd.DataFrame]:
    """The tables of these sites by name; with ``released`` only what may leave.

    Averages over sites are made for all sites alone.
    """
    tables = {}
    for known in RESULT_TABLES:
        if released and known.release is None:
            continue
        table = known.make(results, sites)
        if len(table) or known.always:
            hide = known.release if released else None
            tables[known.name] = hide(table, results) if hide else table
    across = _across_sites(results, released) if sites is None else {}
    return {name: (tables | across)[name] for name in TABLE_NAMES if name in tables | across}


def _of(table: pd.DataFrame, sites: Sites) -> pd.DataFrame:
    return table if sites is None else table[table["site"].isin(sites)]


def _scores(results: Results, sites: Sites) -> pd.DataFrame:
    made = [table for table in (results.scores, results.added_value) if len(table)]
    return _of(pd.concat(made) if made else results.scores, sites)


def _across_sites(results: Results, released: bool) -> dict[str, pd.DataFrame]:
    """The averages over sites; for release only of sites that may be shown themselves."""
    if not released:
        average, beside = on_demand.site_tables(results)
    else:
        rule = results.settings.disclosure
        shown = ~disclosure.few_people(results.effects, rule)
        average, beside = on_demand.site_tables(results, pooled=shown)
        average = disclosure.release_sites(average, rule)
        beside = disclosure.release_site_estimates(beside, rule)
    return {"sites": average, "site_estimates": beside}


def _by_rule(release: Callable[[pd.DataFrame, DisclosureRule], pd.DataFrame]) -> Release:
    """A rule that needs nothing but the table."""
    return lambda table, results: release(table, results.settings.disclosure)


def _beside_effects(
    release: Callable[[pd.DataFrame, pd.DataFrame, DisclosureRule], pd.DataFrame],
) -> Release:
    """A rule that hides what the released effects of the same cell hide."""
    return lambda table, results: release(table, results.effects, results.settings.disclosure)


RESULT_TABLES = (
    ResultTable("scores", _scores, None, always=True),
    ResultTable(
        "effects", lambda r, s: _of(r.effects, s), _by_rule(disclosure.release_effects), always=True
    ),
    ResultTable(
        "reliable_change",
        lambda r, s: _of(r.reliable_change, s),
        _beside_effects(disclosure.release_change),
        always=True,
    ),
    ResultTable(
        "attrition",
        lambda r, s: _of(r.attrition, s),
        _by_rule(disclosure.release_attrition),
        always=True,
    ),
    ResultTable(
        "couples",
        on_demand.couples_table,
        _beside_effects(disclosure.release_couples),
        always=True,
    ),
    ResultTable(
        "waves", on_demand.waves_table, _beside_effects(disclosure.release_waves), always=True
    ),
    ResultTable(
        "maintenance", on_demand.maintenance_table, _by_rule(disclosure.release_maintenance)
    ),
    ResultTable(
        "robustness",
        on_demand.robustness_table,
        _by_rule(disclosure.release_robustness),
        always=True,
    ),
    ResultTable(
        "subgroups", on_demand.subgroups_table, _beside_effects(disclosure.release_subgroups)
    ),
    ResultTable(
        "early_help", on_demand.early_help_table, _beside_effects(disclosure.release_early_help)
    ),
    ResultTable(
        "meaningful_change",
        on_demand.meaningful_change_table,
        _by_rule(disclosure.release_meaningful_change),
    ),
    ResultTable(
        "payment_by_results", on_demand.payment_table, _by_rule(disclosure.release_payment)
    ),
    ResultTable(
        "nhs_tt",
        lambda r, s: _of(r.talking_therapies, s),
        _by_rule(disclosure.release_talking_therapies),
    ),
)
# The order in which they are written: the averages over sites after the effects of each.
TABLE_NAMES = (
    "scores", "effects", "reliable_change", "attrition", "sites", "site_estimates", "couples",
    "waves", "maintenance", "robustness", "subgroups", "early_help", "meaningful_change",
    "payment_by_results", "nhs_tt",
)  # fmt: skip
