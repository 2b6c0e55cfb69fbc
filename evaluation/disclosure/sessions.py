"""What may be released of questionnaires filled in at every session."""

from __future__ import annotations

import pandas as pd

from evaluation.config import DisclosureRule
from evaluation.disclosure.bounds import hide_people
from evaluation.disclosure.cells import LEAST_RESIDUAL_DF, released
from evaluation.disclosure.rounding import CELL, few, few_people

_ROW = ("site", "instrument", "scale", "row", "session_number")


def release_session_course(table: pd.DataFrame, rule: DisclosureRule) -> pd.DataFrame:
    """Means and changes of enough people; counts rounded.

    Those who completed support and those who left early are hidden together, and also where so
    few are still coming that all would tell what they answered. Where the people of a session
    began is left out: two sessions often differ by very few people.
    """
    thin = few_people(table, rule) | _thin_parts(table, rule)
    thin |= (table["row"] == "slope") & few(table["n"], LEAST_RESIDUAL_DF + 2)
    return released(
        table, rule, thin=thin,
        counts=("n", "n_couples", "n_scores"), limits=(("mean", "low", "high"),),
        keys=(*_ROW, "group", "reason"),
    )  # fmt: skip


def _thin_parts(table: pd.DataFrame, rule: DisclosureRule) -> pd.Series:
    """Rows of a part of the people, where one part or the rest of all is thin."""
    part = table["group"] != "all"
    row = [table[name] for name in _ROW]
    hidden = (part & few_people(table, rule)).groupby(row, dropna=False).transform("any")
    for name, least in (("n", rule.min_n), ("n_couples", rule.min_couples)):
        of_all = table[name].where(~part, 0).groupby(row, dropna=False).transform("sum")
        of_parts = table[name].where(part, 0).groupby(row, dropna=False).transform("sum")
        hidden |= few(of_all - of_parts, least)
    return part & hidden


def release_stand_ins(
    table: pd.DataFrame, effects: pd.DataFrame, rule: DisclosureRule
) -> pd.DataFrame:
    """The effect with and without stood-in ends; hidden where the two differ by few people."""
    thin = few_people(table, rule) | few(table["end_stand_ins"], rule.min_n)
    thin |= few(table["n_without"], rule.min_n) | few(table["n_couples_without"], rule.min_couples)
    result = released(
        table, rule, thin=thin,
        counts=(
            "n", "n_couples", "start_stand_ins", "end_stand_ins", "n_without", "n_couples_without",
        ),
        limits=(
            ("improvement", "low", "high"), ("improvement_without", "low_without", "high_without"),
        ),
        keys=(*CELL, "reason"),
    )  # fmt: skip
    hide_people(result, effects, rule)
    return result
