"""What may be released of who was still there, and of all waves together."""

from __future__ import annotations

import pandas as pd

from evaluation.config import DisclosureRule
from evaluation.disclosure.cells import (
    CELL,
    SUPPRESSED,
    as_objects,
    few_people,
    released,
    rounded,
    small,
    thin_cells,
)

_STATES = ("not_eligible", "not_yet_due", "window_open", "missed", "done")
_WAVE_COUNTS = ("n", "n_couples", "n_before", "n_after", "n_both", "n_scores")
_MAINTENANCE_COUNTS = (
    "n", "n_couples", "maintained", "gain_lost", "late_gain", "worse_at_follow_up", "never",
    "lost_and_worse",
)  # fmt: skip
_MAINTENANCE_ESTIMATES = (
    "gain", "gain_low", "gain_high", "retained_share", "retained_low", "retained_high", "margin",
    "change", "change_low", "change_high",
)  # fmt: skip


def release_attrition(attrition: pd.DataFrame, rule: DisclosureRule) -> pd.DataFrame:
    """Counts of each state rounded; a rate only if neither those counted nor the rest are few."""
    values = ["n", *_STATES]
    table = as_objects(attrition.copy(), [*values, "rate", "low", "high"])
    counts = rounded(attrition[values], rule)
    table[values] = counts.astype(object)
    # Take-up and start are shares of everybody at that step, later ones of those whose time passed.
    of_all = attrition["step"].isin(["took_up", "baseline"])
    due = (counts["done"] + counts["missed"]).mask(of_all, counts["n"])
    exact = (attrition["done"] + attrition["missed"]).mask(of_all, attrition["n"])
    few = small(attrition["done"], rule) | small(exact - attrition["done"], rule)
    few |= exact < rule.min_n
    had_rate = attrition["rate"].notna()
    rate = (counts["done"] / due.where(due > 0)).mask(few)
    table["rate"] = rate.where(had_rate).astype(object)
    table[["low", "high", "rate_if_open_fail", "rate_if_open_succeed", "cumulative_rate"]] = None
    table.loc[had_rate & few, "reason"] = SUPPRESSED
    return table


def release_waves(waves: pd.DataFrame, effects: pd.DataFrame, rule: DisclosureRule) -> pd.DataFrame:
    """The likelihood estimates; hidden where few have both waves, however many have one."""
    few = thin_cells(waves, effects, rule) | few_people(waves, rule)
    few |= (waves["n_after"] > 0) & (waves["n_both"] < rule.min_n)
    return released(
        waves, rule, thin=few, counts=_WAVE_COUNTS, estimates=("estimate", "low", "high", "d_pre"),
        texts=("singular",), keys=(*CELL, "reason"),
    )  # fmt: skip


def release_maintenance(table: pd.DataFrame, rule: DisclosureRule) -> pd.DataFrame:
    """Who kept a gain, in rounded counts; thin rows hidden whole."""
    return released(
        table, rule, thin=few_people(table, rule), counts=_MAINTENANCE_COUNTS,
        estimates=_MAINTENANCE_ESTIMATES, texts=("retained_method", "held"),
        keys=(*CELL, "reason"),
    )  # fmt: skip
