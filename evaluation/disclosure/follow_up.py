"""What may be released of who was still there, and of all waves together."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from evaluation.config import DisclosureRule
from evaluation.disclosure.audit import Sum, also_hidden, parts_also_hidden
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
from evaluation.model import ALL_SITES

_STATES = ("not_eligible", "not_yet_due", "window_open", "missed", "done")
_WAVE_COUNTS = ("n", "n_couples", "n_before", "n_after", "n_both", "n_scores")
_MAINTENANCE_COUNTS = (
    "n", "n_couples", "maintained", "gain_lost", "late_gain", "worse_at_follow_up", "never",
    "lost_and_worse",
)  # fmt: skip
_MAINTENANCE_LIMITS = (("gain", "gain_low", "gain_high"), ("change", "change_low", "change_high"))
_RETAINED = ("retained_share", "retained_low", "retained_high")


def release_attrition(attrition: pd.DataFrame, rule: DisclosureRule) -> pd.DataFrame:
    """Counts of each state rounded; a rate only if neither those counted nor the rest are few."""
    values = ["n", *_STATES]
    table = as_objects(attrition.copy(), [*values, "rate", "low", "high"])
    counts = rounded(attrition[values], rule)
    follows = _also_hidden(attrition[values], attrition, rule)
    counts = counts.mask(follows)
    table[values] = counts.astype(object)
    # Take-up and start are shares of everybody at that step, later ones of those whose time passed.
    of_all = attrition["step"].isin(["took_up", "baseline"])
    due = (counts["done"] + counts["missed"]).mask(of_all, counts["n"])
    exact = (attrition["done"] + attrition["missed"]).mask(of_all, attrition["n"])
    few = small(attrition["done"], rule) | small(exact - attrition["done"], rule)
    few |= (exact < rule.min_n) | follows[["done", "missed", "n"]].any(axis=1)
    had_rate = attrition["rate"].notna()
    rate = (counts["done"] / due.where(due > 0)).mask(few)
    table["rate"] = rate.where(had_rate).astype(object)
    table[["low", "high", "rate_if_open_fail", "rate_if_open_succeed", "cumulative_rate"]] = None
    table.loc[had_rate & few, "reason"] = SUPPRESSED
    return table


def _also_hidden(
    counts: pd.DataFrame, attrition: pd.DataFrame, rule: DisclosureRule
) -> pd.DataFrame:
    """Counts from which a small one would follow: the states of a step, the sites of all."""
    exact = counts.apply(pd.to_numeric).astype(float)
    result = pd.DataFrame(False, index=counts.index, columns=counts.columns)
    for _, rows in attrition.reset_index(drop=True).groupby("unit", sort=False):
        chosen = exact.iloc[rows.index]
        places = np.arange(chosen.size).reshape(chosen.shape)
        hidden = also_hidden(chosen.to_numpy().ravel(), _sums(rows, places), rule)
        result.iloc[rows.index] = hidden.reshape(chosen.shape)
    return result


def _sums(rows: pd.DataFrame, places: NDArray[np.intp]) -> list[Sum]:
    """Places of totals and parts: in each row, over the sites, and whom later steps are about."""
    number = {key: i for i, key in enumerate(zip(rows["site"], rows["step"], strict=True))}
    sums: list[Sum] = [(row[0], row[1:].tolist()) for row in places]
    sums += [
        (place, [places[number[site, "baseline"], len(_STATES)]])
        for (site, step), i in number.items()
        if step not in ("referred", "took_up", "baseline") and (site, "baseline") in number
        for place in [places[i, 0]]
    ]
    for (site, step), i in number.items():
        parts = [j for (other, at), j in number.items() if at == step and other != ALL_SITES]
        if site == ALL_SITES and parts:
            sums += [(places[i, c], places[parts, c].tolist()) for c in range(places.shape[1])]
    return sums


def release_waves(waves: pd.DataFrame, effects: pd.DataFrame, rule: DisclosureRule) -> pd.DataFrame:
    """The likelihood estimates; hidden where few have both waves, however many have one."""
    few = thin_cells(waves, effects, rule) | few_people(waves, rule)
    few |= (waves["n_after"] > 0) & (waves["n_both"] < rule.min_n)
    return released(
        waves, rule, thin=few, counts=_WAVE_COUNTS, limits=(("estimate", "low", "high"),),
        estimates=("d_pre",),
        texts=("singular",), keys=(*CELL, "reason"),
    )  # fmt: skip


def release_maintenance(table: pd.DataFrame, rule: DisclosureRule) -> pd.DataFrame:
    """Who kept a gain, in rounded counts; thin rows hidden whole."""
    result = released(
        table, rule, thin=few_people(table, rule), counts=_MAINTENANCE_COUNTS,
        points=("margin",), limits=_MAINTENANCE_LIMITS, estimates=_RETAINED,
        texts=("retained_method", "held"),
        keys=(*CELL, "reason"),
    )  # fmt: skip
    classes = _MAINTENANCE_COUNTS[2:]
    follows = parts_also_hidden(table, "n", classes, rule, least=rule.min_n)
    for name in classes:
        result.loc[follows[name], name] = None
    return result
