"""Everything that is shown of one programme: the exact tables, the released ones, other views."""

from __future__ import annotations

from collections.abc import Collection

import pandas as pd

from evaluation.disclosure import release_flow, release_groups
from evaluation.model import ALL_SITES
from evaluation.programme import Results
from evaluation.report.result_tables import RESULT_TABLES, one_table, released_across_sites
from evaluation.tables import on_demand
from evaluation.tables.flow import flow_table
from evaluation.tables.sensitivity import sensitivity_table
from tests.evaluation.disclosure_tables import COUNTS

Tables = dict[str, pd.DataFrame]
# Imputation and mixed models: their counts are those of the others, and they take most of the time.
SLOW = ("sensitivity", "waves")
_RELEASE = {table.name: table.release for table in RESULT_TABLES if table.release}
_OF_ONE_METHOD = ("reliable_change", "training_change")


def exact_tables(results: Results, *, without: Collection[str] = ()) -> Tables:
    """Every table in which people are counted, as worked out; reliable change by one method."""
    found: Tables = {}
    for name in COUNTS:
        if name in without or name not in (*_RELEASE, "flow"):
            continue
        if name == "flow":
            table = flow_table(results.attrition, results.states)
        elif name == "sensitivity":
            table = sensitivity_table(results, None, likelihood=found.get("waves"))
        else:
            table = one_table(results, name, released=False)
        if name in _OF_ONE_METHOD and len(table):
            table = table[table["method"] == "JT"].reset_index(drop=True)
        if len(table):
            found[name] = table
    if "site_estimates" not in without:
        found["site_estimates"] = on_demand.site_tables(results)[1]
    return found


def released_tables(exact: Tables, results: Results) -> Tables:
    """The same as they are released."""
    rule = results.settings.disclosure
    found: Tables = {}
    for name, table in exact.items():
        if name == "flow":
            found[name] = release_flow(table, rule)
        elif name == "site_estimates":
            found[name] = released_across_sites(results)[name]
        else:
            release = _RELEASE[name]
            assert release is not None
            found[name] = release(table, results)
    return found


def other_views(exact: Tables, results: Results) -> list[Tables]:
    """What pages show of the same tables by rules of their own: groups of all sites together."""
    if "subgroups" not in exact:
        return []
    groups = release_groups(exact["subgroups"], results.effects, results.settings.disclosure)
    return [{"subgroups": groups[groups["site"] == ALL_SITES]}]


def site_view(exact: Tables, results: Results, site: str) -> Tables:
    """What is released of one site for itself, in its own report and export."""
    found: Tables = {}
    for name, table in exact.items():
        rows = table[table["site"] == site]
        if len(rows) and name != "site_estimates":
            found[name] = released_tables({name: rows}, results)[name]
    return found
