"""What may be released of who was still there, and of all waves together."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from evaluation.config import DisclosureRule
from evaluation.disclosure.audit import (
    Sum,
    also_hidden,
    parts_also_hidden,
    totals_also_hidden,
)
from evaluation.disclosure.bounds import hide_people
from evaluation.disclosure.cells import SUPPRESSED, as_objects, released, thin_cells
from evaluation.disclosure.rounding import CELL, few_people, lopsided, rounded, small

_STATES = ("not_eligible", "not_yet_due", "window_open", "missed", "done")
# A twentieth is as exact as a share of couples gets.
SHARES_OF_COUPLES = 20
_WAITING = ("not_eligible", "not_yet_due", "window_open")
_WAVE_COUNTS = ("n", "n_couples", "n_before", "n_after", "n_both", "n_scores")
_MAINTENANCE_COUNTS = (
    "n", "n_couples", "maintained", "gain_lost", "late_gain", "worse_at_follow_up", "never",
    "lost_and_worse",
)  # fmt: skip
_MAINTENANCE_LIMITS = (("gain", "gain_low", "gain_high"), ("change", "change_low", "change_high"))
_RETAINED = ("retained_share", "retained_low", "retained_high")


def release_attrition(attrition: pd.DataFrame, rule: DisclosureRule) -> pd.DataFrame:
    """Counts of each state rounded; a rate only if neither those counted nor the rest are few.

    How many are not asked, not due yet or have time left is hidden together if any of it is few:
    who came back and who did not is in many tables, and with a nought among the three the rest
    would follow from it. Of couples only the rates are given, to the nearest 5 in 100: people,
    couples, and couples of whom both take part, each rounded, tell too much of each other.
    """
    values = ["n", *_STATES]
    table = as_objects(attrition.copy(), [*values, "rate", "low", "high"])
    counts = rounded(attrition[values], rule)
    follows = _also_hidden(attrition[values], attrition, rule)
    had_rate = attrition["rate"].notna() & (attrition["done"] + attrition["missed"] > 0)
    for name in ("done", "missed"):
        follows[name] |= had_rate & (attrition[name] == 0)
    few_waiting = small(attrition[list(_WAITING)], rule).any(axis=1)
    for name in _WAITING:
        follows[name] |= few_waiting
    # How many are asked, beside all with a first questionnaire, is how many are not.
    follows["n"] |= few_waiting & small(attrition["not_eligible"], rule)
    of_couples = attrition["unit"] != "person"
    counts = counts.mask(follows)
    table[values] = counts.astype(object)
    # Take-up and start are shares of everybody at that step, later ones of those whose time passed.
    of_all = attrition["step"].isin(["took_up", "baseline"])
    due = (counts["done"] + counts["missed"]).mask(of_all, counts["n"])
    exact = (attrition["done"] + attrition["missed"]).mask(of_all, attrition["n"])
    few = lopsided(attrition["done"], exact, rule)
    few |= (exact < rule.min_n) | follows[["done", "missed", "n"]].any(axis=1)
    rate = (counts["done"] / due.where(due > 0)).mask(few)
    rate = rate.mask(of_couples, (SHARES_OF_COUPLES * rate).round() / SHARES_OF_COUPLES)
    table.loc[of_couples, values] = None
    table["rate"] = rate.where(had_rate).astype(object)
    table[["low", "high", "rate_if_open_fail", "rate_if_open_succeed", "cumulative_rate"]] = None
    table.loc[had_rate & few, "reason"] = SUPPRESSED
    return table


def _also_hidden(
    counts: pd.DataFrame, attrition: pd.DataFrame, rule: DisclosureRule
) -> pd.DataFrame:
    """Counts from which a small one would follow: the states of a step, the sites of all.

    First within each site, where no other site decides, then in the row of all sites together.
    """
    exact = counts.apply(pd.to_numeric).astype(float)
    result = pd.DataFrame(False, index=counts.index, columns=counts.columns)
    for _, rows in attrition.reset_index(drop=True).groupby(["unit", "site"], sort=False):
        chosen = exact.iloc[rows.index]
        places = np.arange(chosen.size).reshape(chosen.shape)
        told = np.zeros(chosen.shape, dtype=bool)
        told[:, 0] = True
        hidden = also_hidden(
            chosen.to_numpy().ravel(), _sums(rows, places), rule, told=told.ravel(),
        )  # fmt: skip
        result.iloc[rows.index] = hidden.reshape(chosen.shape)
    table = attrition[["site", "step", "unit"]].join(exact)
    of_all = totals_also_hidden(
        table, list(counts.columns), ["step", "unit"], rule
    )  # fmt: skip
    return result | of_all


def _sums(rows: pd.DataFrame, places: NDArray[np.intp]) -> list[Sum]:
    """Places of totals and parts: in each row, and whom all the later steps are about."""
    first, *states = range(places.shape[1])
    not_asked, *asked = states
    sums: list[Sum] = [(row[first], row[asked].tolist()) for row in places]
    number = {step: i for i, step in enumerate(rows["step"])}
    start = number.get("baseline")
    for step, i in number.items():
        if start is not None and step not in ("referred", "took_up", "baseline"):
            sums.append((places[start, states[-1]], [places[i, first], places[i, not_asked]]))
    return sums


def release_waves(waves: pd.DataFrame, effects: pd.DataFrame, rule: DisclosureRule) -> pd.DataFrame:
    """The likelihood estimates; hidden where few have both waves, however many have one."""
    few = thin_cells(waves, effects, rule) | few_people(waves, rule)
    few |= (waves["n_after"] > 0) & (waves["n_both"] < rule.min_n)
    result = released(
        waves, rule, thin=few, counts=_WAVE_COUNTS, limits=(("estimate", "low", "high"),),
        estimates=("d_pre",),
        texts=("singular",), keys=(*CELL, "reason"),
    )  # fmt: skip
    hide_people(result, effects, rule, ["n_after", "n_both", "n_couples", "n_scores"])
    # Nobody has both: who has the first is then exactly who is not in the effect.
    result.loc[(waves["n_both"] == 0) & (waves["n"] > 0), list(_WAVE_COUNTS)] = None
    return result


def release_maintenance(table: pd.DataFrame, rule: DisclosureRule) -> pd.DataFrame:
    """Who kept a gain, in rounded counts; thin rows hidden whole."""
    result = released(
        table, rule, thin=few_people(table, rule), counts=_MAINTENANCE_COUNTS,
        points=("margin",), limits=_MAINTENANCE_LIMITS, estimates=_RETAINED,
        texts=("retained_method", "held"),
        keys=(*CELL, "reason"),
    )  # fmt: skip
    classes = _MAINTENANCE_COUNTS[2:]
    follows = parts_also_hidden(table, "n", classes, rule)
    for name in classes:
        result.loc[follows[name], name] = None
    return result
