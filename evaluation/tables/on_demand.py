"""The tables that take longer, worked out only when somebody asks for them."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

import pandas as pd

from evaluation.tables import (
    couples,
    early_help,
    indicators,
    maintenance,
    payment,
    periods,
    robustness,
    sites,
    spread_used,
    subgroups,
    waves,
)
from evaluation.tables.groups import whole_groups

if TYPE_CHECKING:
    from evaluation.programme import Results


def site_tables(
    results: Results, *, pooled: pd.Series | None = None
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """sites.csv and site_estimates.csv; see :func:`evaluation.tables.sites.site_tables`."""
    return sites.site_tables(
        results.effects, results.precision, level=results.settings.level, pooled=pooled
    )


def couples_table(results: Results, only: Collection[str] | None = None) -> pd.DataFrame:
    """couples.csv, of the sites in ``only`` or of all sites and ``ALL``."""
    chosen = whole_groups(results.groups, only)
    return couples.couples_table(chosen, results.change_details, level=results.settings.level)


def waves_table(results: Results, only: Collection[str] | None = None) -> pd.DataFrame:
    """waves.csv, of the sites in ``only`` or of all sites and ``ALL``."""
    return waves.waves_table(
        results.waves,
        results.pairs,
        results.participants,
        results.instruments,
        sites=only,
        level=results.settings.level,
    )


def maintenance_table(results: Results, only: Collection[str] | None = None) -> pd.DataFrame:
    """maintenance.csv, of the sites in ``only`` or of all sites and ``ALL``."""
    return maintenance.maintenance_table(
        results.pairs,
        results.change_details,
        results.instruments,
        sites=only,
        level=results.settings.level,
    )


def robustness_table(results: Results, only: Collection[str] | None = None) -> pd.DataFrame:
    """robustness.csv, of the sites in ``only`` or of all sites and ``ALL``."""
    chosen = whole_groups(results.groups, only)
    return robustness.robustness_table(chosen, level=results.settings.level)


def subgroups_table(results: Results, only: Collection[str] | None = None) -> pd.DataFrame:
    """subgroups.csv, of the sites in ``only`` or of all sites and ``ALL``."""
    return subgroups.subgroups_table(
        results.pairs,
        results.participants,
        results.change_details,
        results.instruments,
        results.settings,
        sites=only,
    )


def early_help_table(results: Results, only: Collection[str] | None = None) -> pd.DataFrame:
    """early_help.csv, of the sites in ``only`` or of all sites and ``ALL``."""
    chosen = whole_groups(results.groups, only)
    return early_help.early_help_table(
        chosen, results.pairs, results.change_details, results.settings
    )


def meaningful_change_table(results: Results, only: Collection[str] | None = None) -> pd.DataFrame:
    """meaningful_change.csv, of the sites in ``only`` or of all sites and ``ALL``."""
    chosen = whole_groups(results.groups, only)
    return early_help.meaningful_change_table(chosen, level=results.settings.level)


def payment_table(results: Results, only: Collection[str] | None = None) -> pd.DataFrame:
    """payment_by_results.csv, of the sites in ``only`` or of all sites."""
    return payment.payment_table(
        results.pairs,
        results.people,
        results.change_details,
        results.instruments,
        results.settings,
        sites=only,
    )


def spread_used_table(results: Results, only: Collection[str] | None = None) -> pd.DataFrame:
    """spread_used.csv, of the sites in ``only`` or of all sites and ``ALL``."""
    chosen = whole_groups(results.groups, only)
    return spread_used.spread_used_table(chosen, results.settings)


def indicators_table(results: Results, only: Collection[str] | None = None) -> pd.DataFrame:
    """indicators.csv, of the sites in ``only`` or of all sites and ``ALL``."""
    return indicators.indicators_table(
        results.indicators, results.participants, sites=only, level=results.settings.level
    )


def periods_table(results: Results, only: Collection[str] | None = None) -> pd.DataFrame:
    """periods.csv, of the sites in ``only`` or of all sites and ``ALL``."""
    return periods.periods_table(
        results.pairs,
        results.people,
        results.states,
        results.instruments,
        results.settings,
        data_lock=results.data_lock,
        sites=only,
    )
