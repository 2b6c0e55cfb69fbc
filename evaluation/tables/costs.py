"""costs.csv: what one person, and one reliably improved person, cost; where a cost is given."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

import pandas as pd

from evaluation.analysis.people import PERSON
from evaluation.analysis.service_use import cost_per_improved
from evaluation.config import site_id
from evaluation.tables.dose import headline_measure
from evaluation.tables.groups import ordered
from evaluation.tables.service_use import people_in_service

if TYPE_CHECKING:
    from evaluation.programme import Results

COST_COLUMNS = (
    "site", "instrument", "scale", "contrast", "cost", "n_took_up", "cost_per_person",
    "n_measured", "n_couples", "reliably_improved", "n_unknown", "cost_per_reliably_improved",
    "low", "high", "cost_if_unmeasured_alike", "reason",
)  # fmt: skip
CONTRAST = "baseline_end"
NAN = float("nan")


def costs_table(results: Results, *, only: Collection[str] | None = None) -> pd.DataFrame:
    """A row for each site whose cost the rule file gives; COST_COLUMNS, in pounds.

    ``cost_per_reliably_improved`` counts only the ``n_measured`` people with a score at the start
    and the end, so it is also the cost if none of the ``n_unknown`` who took up support and were
    not measured improved; ``cost_if_unmeasured_alike`` if they improved at the same rate. ``low``
    and ``high`` come from the Wilson limits of the share who reliably improved.
    """
    known = {*results.people["site"], *results.scores["site"]}
    rows = [
        cost_row(results, site, cost)
        for site in sorted(known, key=str.casefold)
        if (only is None or site in only)
        for cost in [results.settings.cost_of(site)]
        if cost is not None
    ]
    if only is None:
        there = {site_id(site) for site in known}
        rows += [
            {"site": name, "cost": cost, "reason": "NO_DATA"}
            for name, cost in results.settings.costs.items()
            if site_id(name) not in there
        ]
    return ordered(rows, COST_COLUMNS)


def cost_row(results: Results, site: str, cost: float) -> dict[str, object]:
    """What this cost comes to for each person and each reliably improved person of a site."""
    people = people_in_service(results)
    people = people[people["site"] == site]
    took_up = people[people["took_up"] == 1]
    row: dict[str, object] = dict.fromkeys(COST_COLUMNS, NAN) | {
        "site": site, "instrument": "", "scale": "", "contrast": CONTRAST, "cost": cost,
    }  # fmt: skip
    reasons = [] if len(people) else ["no_service_use"]
    if len(people):
        row["n_took_up"] = len(took_up)
        row["cost_per_person"] = cost / len(took_up) if len(took_up) else NAN
        reasons += [] if len(took_up) else ["NONE_TOOK_UP"]
    row |= _improved(results, site, cost, took_up, reasons)
    return row | {"reason": ";".join(reasons)}


def _improved(
    results: Results, site: str, cost: float, took_up: pd.DataFrame, reasons: list[str]
) -> dict[str, object]:
    measure = headline_measure(results, site)
    change = results.reliable_change
    if measure is not None:
        change = change[
            (change["site"] == site) & (change["instrument"] == measure[0])
            & (change["scale"] == measure[1]) & (change["contrast"] == CONTRAST)
            & (change["in_use"] == "yes")
        ]  # fmt: skip
    if measure is None or change.empty:
        reasons.append("NOBODY_MEASURED")
        return {}
    counted = change.iloc[0]
    measured = _measured(results, site, measure)
    keys = pd.MultiIndex.from_frame(measured[PERSON].astype(object))
    unmeasured = ~pd.MultiIndex.from_frame(took_up[PERSON].astype(object)).isin(keys)
    n_unknown = int(unmeasured.sum())
    named: dict[str, object] = {
        "instrument": measure[0], "scale": measure[1], "n_measured": int(counted["n"]),
        "n_couples": int(measured["cluster"].nunique()), "n_unknown": n_unknown,
    }  # fmt: skip
    if pd.isna(counted["improved"]):
        reasons.append(str(counted["reason"]) or "NOBODY_MEASURED")
        return named
    recovered = 0 if pd.isna(counted["recovered"]) else int(counted["recovered"])
    improved = int(counted["improved"]) + recovered
    found = cost_per_improved(
        cost, n_measured=int(counted["n"]), improved=improved,
        n_unmeasured=n_unknown, level=results.settings.level,
    )  # fmt: skip
    reasons += [found.reason] if found.reason else []
    about_child = results.instruments[measure[0]].about_child
    reasons += ["CHILD_REPORTS"] if about_child else []
    return named | {
        "reliably_improved": improved,
        "cost_per_reliably_improved": found.per_improved,
        "low": found.low,
        "high": found.high,
        # Reports about children and people who took up support do not add up.
        "cost_if_unmeasured_alike": NAN if about_child else found.if_alike,
    }


def _measured(results: Results, site: str, measure: tuple[str, str]) -> pd.DataFrame:
    pairs = results.pairs[CONTRAST]
    here = (pairs["site"] == site) & (pairs["instrument"] == measure[0])
    here &= (pairs["scale"] == measure[1]) & (pairs["excluded"] == "") & ~pairs["practitioner"]
    return pairs[here]
