"""Every table that is written: its name, how it is made, and what of it may be released."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass

import pandas as pd

from evaluation import disclosure
from evaluation.config import DisclosureRule
from evaluation.programme import Results
from evaluation.provenance import pairs_table
from evaluation.report.evidence_wording import add_sentences
from evaluation.report.formulas import formulas_table
from evaluation.tables import on_demand
from evaluation.tables.costs import costs_table
from evaluation.tables.dose import dose_table
from evaluation.tables.dropout import differential_attrition_table, dropout_table
from evaluation.tables.evidence import evidence_table
from evaluation.tables.lost_and_kept import lost_vs_kept_table, missing_at_random_table
from evaluation.tables.missing_patterns import missing_patterns_table
from evaluation.tables.reporter_gap import reporter_gap_table
from evaluation.tables.sensitivity import sensitivity_table
from evaluation.tables.service_use import service_use_table
from evaluation.tables.session_course import session_course_table, stand_ins_table
from evaluation.tables.training import (
    training_change_table,
    training_effects_table,
    training_table,
)

Sites = Collection[str] | None
Make = Callable[[Results, Sites], pd.DataFrame]
Release = Callable[[pd.DataFrame, Results], pd.DataFrame]
Progress = Callable[[float], None]


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
    results: Results, *, released: bool, sites: Sites = None, progress: Progress | None = None
) -> dict[str, pd.DataFrame]:
    """The tables of these sites by name; with ``released`` only what may leave.

    Averages over sites are made for all sites alone. ``progress`` is told the share that is done.
    """
    exact, shown = tables_to_release(results, sites=sites, progress=progress, all_of=not released)
    return shown if released else exact


def tables_to_release(
    results: Results,
    *,
    sites: Sites = None,
    progress: Progress | None = None,
    all_of: bool = False,
) -> tuple[dict[str, pd.DataFrame], dict[str, pd.DataFrame]]:
    """The tables as worked out, and as they may leave, both by name.

    ``all_of``: also those that never leave, and then none is hidden.
    """
    exact: dict[str, pd.DataFrame] = {}
    shown: dict[str, pd.DataFrame] = {}
    for number, known in enumerate(RESULT_TABLES):
        if progress is not None:
            progress(number / len(RESULT_TABLES))
        if known.release is None and not all_of:
            continue
        table = known.make(results, sites)
        if len(table) or known.always:
            exact[known.name] = table
            if known.release is not None and not all_of:
                shown[known.name] = known.release(table, results)
    if sites is None and all_of:
        exact |= _across_sites(results)
    elif sites is None:
        shown |= released_across_sites(results)
    return _in_order(exact), _in_order(shown)


def _in_order(tables: dict[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    return {name: tables[name] for name in TABLE_NAMES if name in tables}


def one_table(results: Results, name: str, *, released: bool, sites: Sites = None) -> pd.DataFrame:
    """One table by its name, as `made_tables` has it; it may have no rows."""
    known = next(table for table in RESULT_TABLES if table.name == name)
    table = known.make(results, sites)
    if not released or table.empty:
        return table
    if known.release is None:
        raise ValueError(f"name={name!r}: a table about single people is never released")
    return known.release(table, results)


def _of(table: pd.DataFrame, sites: Sites) -> pd.DataFrame:
    return table if sites is None else table[table["site"].isin(sites)]


def _scores(results: Results, sites: Sites) -> pd.DataFrame:
    made = [table for table in (results.scores, results.added_value) if len(table)]
    return _of(pd.concat(made) if made else results.scores, sites)


def _across_sites(results: Results) -> dict[str, pd.DataFrame]:
    """The averages over sites, and each site beside them."""
    average, beside = on_demand.site_tables(results)
    return {"sites": average, "site_estimates": beside}


def released_across_sites(results: Results) -> dict[str, pd.DataFrame]:
    """The averages over those sites that may be shown themselves, and each site beside them."""
    rule = results.settings.disclosure
    shown = ~disclosure.few_people(results.effects, rule)
    average, beside = on_demand.site_tables(results, pooled=shown)
    return {
        "sites": disclosure.release_sites(average, rule),
        "site_estimates": disclosure.release_site_estimates(beside, results.effects, rule),
    }


def _by_rule(release: Callable[[pd.DataFrame, DisclosureRule], pd.DataFrame]) -> Release:
    """A rule that needs nothing but the table."""
    return lambda table, results: release(table, results.settings.disclosure)


def _beside_effects(
    release: Callable[[pd.DataFrame, pd.DataFrame, DisclosureRule], pd.DataFrame],
) -> Release:
    """A rule that hides what the released effects of the same cell hide."""
    return lambda table, results: release(table, results.effects, results.settings.disclosure)


def _made_by(table: Callable[..., pd.DataFrame]) -> Make:
    """A table of the sites named ``only``."""
    return lambda results, sites: table(results, only=sites)


def _evidence(results: Results, sites: Sites) -> pd.DataFrame:
    lost = lost_vs_kept_table(results, only=sites)
    return add_sentences(evidence_table(results, lost=lost, only=sites), results.instruments)


def _release_evidence(table: pd.DataFrame, results: Results) -> pd.DataFrame:
    """The sentences are said again, of the numbers that are left."""
    hidden = disclosure.release_evidence(
        table, results.attrition, results.effects, results.settings.disclosure
    )
    return add_sentences(hidden, results.instruments)


def _release_costs(table: pd.DataFrame, results: Results) -> pd.DataFrame:
    return disclosure.release_costs(
        table, results.effects, results.settings.disclosure, level=results.settings.level
    )


def _release_training_change(table: pd.DataFrame, results: Results) -> pd.DataFrame:
    beside = training_effects_table(results)
    return disclosure.release_training_change(table, beside, results.settings.disclosure)


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
        _beside_effects(disclosure.release_robustness),
        always=True,
    ),
    ResultTable(
        "subgroups", on_demand.subgroups_table, _beside_effects(disclosure.release_subgroups)
    ),
    ResultTable("periods", on_demand.periods_table, _beside_effects(disclosure.release_periods)),
    ResultTable(
        "early_help", on_demand.early_help_table, _beside_effects(disclosure.release_early_help)
    ),
    ResultTable(
        "meaningful_change",
        on_demand.meaningful_change_table,
        _beside_effects(disclosure.release_meaningful_change),
    ),
    ResultTable(
        "payment_by_results", on_demand.payment_table, _by_rule(disclosure.release_payment)
    ),
    ResultTable(
        "nhs_tt",
        lambda r, s: _of(r.talking_therapies, s),
        _by_rule(disclosure.release_talking_therapies),
    ),
    ResultTable(
        "lost_vs_kept", _made_by(lost_vs_kept_table), _by_rule(disclosure.release_lost_vs_kept)
    ),
    ResultTable("sensitivity", sensitivity_table, _beside_effects(disclosure.release_sensitivity)),
    ResultTable("dropout", _made_by(dropout_table), _by_rule(disclosure.release_dropout)),
    ResultTable(
        "missing_at_random",
        _made_by(missing_at_random_table),
        _by_rule(disclosure.release_missing_at_random),
    ),
    ResultTable(
        "differential_attrition",
        _made_by(differential_attrition_table),
        _by_rule(disclosure.release_differential_attrition),
    ),
    ResultTable(
        "missing_patterns",
        _made_by(missing_patterns_table),
        _by_rule(disclosure.release_missing_patterns),
    ),
    ResultTable(
        "reporter_gap", _made_by(reporter_gap_table), _by_rule(disclosure.release_reporter_gap)
    ),
    ResultTable("evidence", _evidence, _release_evidence),
    ResultTable(
        "service_use", _made_by(service_use_table), _by_rule(disclosure.release_service_use)
    ),
    ResultTable("dose", _made_by(dose_table), _beside_effects(disclosure.release_dose)),
    ResultTable("costs", _made_by(costs_table), _release_costs),
    ResultTable("indicators", on_demand.indicators_table, _by_rule(disclosure.release_indicators)),
    ResultTable("training", training_table, _by_rule(disclosure.release_training)),
    ResultTable("training_change", training_change_table, _release_training_change),
    ResultTable(
        "session_course", session_course_table, _by_rule(disclosure.release_session_course)
    ),
    ResultTable("stand_ins", stand_ins_table, _beside_effects(disclosure.release_stand_ins)),
    ResultTable("spread_used", on_demand.spread_used_table, None),
    ResultTable("pairs", _made_by(pairs_table), None),
    ResultTable("formulas", lambda r, s: formulas_table(), lambda t, r: t, always=True),
)
# The order in which they are written: the averages over sites after the effects of each.
TABLE_NAMES = (
    "scores", "effects", "reliable_change", "attrition", "sites", "site_estimates", "couples",
    "waves", "maintenance", "robustness", "subgroups", "periods", "early_help",
    "meaningful_change", "payment_by_results", "nhs_tt", "lost_vs_kept", "sensitivity", "dropout",
    "missing_at_random", "differential_attrition", "missing_patterns", "reporter_gap", "evidence",
    "service_use", "dose", "costs", "indicators", "training", "training_change", "session_course",
    "stand_ins", "spread_used", "pairs", "formulas",
)  # fmt: skip
