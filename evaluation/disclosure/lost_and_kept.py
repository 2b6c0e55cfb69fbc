"""What may be released of those we lost beside those we kept.

p, variance ratios, degrees of freedom, likelihood ratios and areas under a curve stay inside:
beside a rounded estimate each of them narrows the exact count down.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from evaluation.analysis.lost_and_kept import flags_of
from evaluation.analysis.proportions import newcombe_difference
from evaluation.config import DisclosureRule
from evaluation.disclosure.audit import totals_also_hidden
from evaluation.disclosure.cells import LEAST_RESIDUAL_DF, SUPPRESSED, released
from evaluation.disclosure.one_basis import of_nearly_the_same
from evaluation.disclosure.rounding import (
    RELEASED_DECIMALS,
    few,
    few_people,
    lopsided,
    rounded,
    rounded_points,
)
from evaluation.model import ALL_SITES

# What tells rows of one site apart here, under names that the shared rules know.
_LOST_NAMES = {"step": "contrast", "characteristic": "trait"}
# Odds ratios do not add up, so no site follows from all together: ``site`` is no key there.
_DROPOUT_NAMES = {"site": "pilot", "step": "contrast", "term": "trait"}
_DIFFERENTIAL_NAMES = {"step": "contrast", "by": "trait", "group": "level"}
_DROPOUT_COUNTS = ("n", "n_lost", "n_couples")
_DIFFERENTIAL_COUNTS = ("n", "n_couples", "n_lost", "other_n", "other_couples", "other_lost")


def release_lost_vs_kept(table: pd.DataFrame, rule: DisclosureRule) -> pd.DataFrame:
    """Means where both sides have enough people and couples, shares from rounded counts.

    A characteristic with levels is shown at a site only if no level is small on either side: the
    others would give it away. Standardised differences of shares are made of the rounded shares.
    """
    if table.empty:
        return table
    is_share = table["kind"] == "share"
    counts = {
        side: (table[side].astype(float) * table[f"n_{side}"]).round().where(is_share)
        for side in ("kept", "lost")
    }
    thin = pd.Series(False, index=table.index)
    for side in ("kept", "lost"):
        n, part = table[f"n_{side}"], counts[side]
        thin |= (n < rule.min_n) | (table[f"couples_{side}"] < rule.min_couples)
        thin |= lopsided(part, n, rule)
    thin = _whole(table, thin, ["site", "step", table["characteristic"].str.split("=").str[0]])
    result = _released(
        table, _LOST_NAMES, rule, thin,
        counts=("n_kept", "n_lost", "couples_kept", "couples_lost"),
        estimates=("smd",), texts=("flag",), keys=("kind", "reason"),
    )  # fmt: skip
    counts_of_step = {"n_kept": "couples_kept", "n_lost": "couples_lost"}
    tells = _steps_that_tell(table, [*counts_of_step, *counts_of_step.values()], rule)
    for name in tells:
        result.loc[tells[name], name] = None
    told = result["reason"] != SUPPRESSED
    for side in ("kept", "lost"):
        means = rounded_points(table[side], table[f"n_{side}"], rule)
        result[side] = means.astype(object).where(told & means.notna(), None)
    again = of_nearly_the_same(
        table, ["n_kept", "n_lost"], ("site", "characteristic"), ["kind"], rule,
        shown=told & ~is_share,
    )  # fmt: skip
    result.loc[again, ["kept", "lost"]] = None
    shown = is_share & told
    shares = {
        side: rounded(counts[side], rule) / rounded(table[f"n_{side}"], rule).where(lambda n: n > 0)
        for side in counts
    }
    for side, share in shares.items():
        result.loc[shown, side] = _objects(share.clip(upper=1.0))[shown]
    smd = _smd(shares["lost"].clip(upper=1.0), shares["kept"].clip(upper=1.0))
    smd = smd.mask(table["smd"].isna())
    result.loc[shown, "smd"] = _objects(smd)[shown]
    result.loc[shown, "flag"] = flags_of(smd.round(RELEASED_DECIMALS))[shown]
    return result


def release_dropout(table: pd.DataFrame, rule: DisclosureRule) -> pd.DataFrame:
    """Odds ratios of models of enough lost and kept; no group of which a level is small."""
    if table.empty:
        return table
    thin = few_people(table, rule)
    for part in (table["n_lost"], table["n"] - table["n_lost"]):
        thin |= (table["n"] > 0) & (part < rule.min_n)
    # Each term takes one degree of freedom, and the model one more.
    terms = table.groupby([table["site"], table["step"]])["term"].transform("size")
    thin |= (table["n"] > 0) & (table["n"] - terms - 1 < LEAST_RESIDUAL_DF)
    tells = _steps_that_tell(table, ["n", "n_lost", "n_couples"], rule).any(axis=1)
    thin |= tells
    in_model = table["left_out"].fillna("") == ""
    thin |= in_model & (table["smallest_cell"].astype(float) < rule.hide_below)
    return _released(
        table, _DROPOUT_NAMES, rule, thin, counts=_DROPOUT_COUNTS,
        estimates=("odds_ratio", "low", "high"), texts=("method", "left_out"), keys=("reason",),
    )  # fmt: skip


def release_missing_at_random(table: pd.DataFrame, rule: DisclosureRule) -> pd.DataFrame:
    """Whether the scores alone could tell who was missing: p with two decimals, and how many."""
    return released(
        table, rule, thin=few_people(table, rule), counts=("n", "n_couples"), estimates=("p",),
        texts=("waves",), keys=("site", "instrument", "scale", "reason"),
    )  # fmt: skip


def release_differential_attrition(table: pd.DataFrame, rule: DisclosureRule) -> pd.DataFrame:
    """Shares lost, their difference and its interval, all from rounded counts.

    All groups of a comparison other than that of sites are hidden if one is thin: they add up to
    everybody.
    """
    if table.empty:
        return table
    thin = pd.Series(False, index=table.index)
    for n, couples, lost in (
        ("n", "n_couples", "n_lost"),
        ("other_n", "other_couples", "other_lost"),
    ):
        thin |= few(table[n], rule.min_n) | few(table[couples], rule.min_couples)
        thin |= lopsided(table[lost], table[n], rule)
    thin |= _tells_of_a_site(table, rule)
    # Sites are hidden one by one, as in the cascade: rounded counts of many do not give one away.
    thin |= _whole(table, thin & (table["by"] != "site"), ["site", "step", "by"])
    result = _released(
        table, _DIFFERENTIAL_NAMES, rule, thin, counts=_DIFFERENTIAL_COUNTS,
        shares={"rate": ("n_lost", "n"), "other_rate": ("other_lost", "other_n")},
        keys=("reason",),
    )  # fmt: skip
    parts = result[["n_lost", "n", "other_lost", "other_n"]]
    shown = (result["reason"] != SUPPRESSED) & parts.notna().all(axis=1)
    intervals = [
        _interval(*row) if there else (None, None, None)
        for there, *row in zip(
            shown, *(result[name] for name in ("n_lost", "n", "other_lost", "other_n")),
            strict=True,
        )
    ]  # fmt: skip
    for place, name in enumerate(("difference", "low", "high")):
        result[name] = pd.Series(
            [found[place] for found in intervals], index=result.index, dtype=object
        )
    return result


def _steps_that_tell(table: pd.DataFrame, columns: list[str], rule: DisclosureRule) -> pd.DataFrame:
    """Counts of all sites from which a small one of a site would follow, step by step.

    Not every site has a row for each characteristic, but all are about the same people.
    """
    place = ["site", "step"]
    largest = table.groupby(place, sort=False)[columns].max().reset_index()
    tells = totals_also_hidden(largest, columns, ["step"], rule)
    found = pd.concat([largest[place], tells], axis=1).set_index(place)
    of_row = found.reindex(pd.MultiIndex.from_frame(table[place]))
    return of_row.set_axis(table.index).astype(bool)


def _tells_of_a_site(table: pd.DataFrame, rule: DisclosureRule) -> pd.Series:
    """Rows of all sites, of a step at which they all together would tell of one."""
    of_sites = table[(table["site"] == ALL_SITES) & (table["by"] == "site")]
    columns = ["n", "n_lost", "n_couples"]
    counted = of_sites[["step", "group", *columns]].rename(columns={"group": "site"})
    totals = of_sites.drop_duplicates("step").assign(
        site=ALL_SITES,
        n=lambda rows: rows["n"] + rows["other_n"],
        n_lost=lambda rows: rows["n_lost"] + rows["other_lost"],
        n_couples=lambda rows: rows["n_couples"] + rows["other_couples"],
    )
    both = pd.concat([counted, totals[counted.columns]], ignore_index=True)
    tells = totals_also_hidden(both, columns, ["step"], rule).any(axis=1)
    return (table["site"] == ALL_SITES) & table["step"].isin(both.loc[tells, "step"])


def _interval(
    lost: float, n: float, other_lost: float, other_n: float
) -> tuple[float | None, float | None, float | None]:
    """The difference of two shares of rounded counts and its interval."""
    if not n or not other_n:
        return None, None, None
    found = newcombe_difference(
        done_first=int(min(lost, n)), n_first=int(n),
        done_second=int(min(other_lost, other_n)), n_second=int(other_n),
    )  # fmt: skip
    estimate, low, high = (
        round(value, RELEASED_DECIMALS) + 0.0 for value in (found.estimate, found.low, found.high)
    )
    return estimate, low, high


def _released(
    table: pd.DataFrame, names: dict[str, str], rule: DisclosureRule, thin: pd.Series, *,
    keys: tuple[str, ...], counts: tuple[str, ...] = (), estimates: tuple[str, ...] = (),
    texts: tuple[str, ...] = (), shares: dict[str, tuple[str, str]] | None = None,
) -> pd.DataFrame:  # fmt: skip
    """The shared rule, which tells rows apart by the columns it knows."""
    hidden = thin if "site" in names else thin | _total_of_whole(table, thin, names)
    renamed = table.rename(columns=names)
    result = released(
        renamed, rule, thin=hidden, counts=counts, estimates=estimates,
        texts=texts, shares=shares, keys=(*{"site", *names.values()} & set(renamed.columns), *keys),
    )  # fmt: skip
    return result.rename(columns={short: name for name, short in names.items()})


def _total_of_whole(table: pd.DataFrame, thin: pd.Series, names: dict[str, str]) -> pd.Series:
    """Rows of all together from which the shown sites would leave a single hidden one."""
    total = table["site"] == ALL_SITES
    cell = [table[name] for name in names]
    n_hidden = (thin & ~total).groupby(cell).transform("sum")
    alone = total & (n_hidden == 1)
    if "characteristic" in table:
        trait = table["characteristic"].str.split("=").str[0]
        return _whole(table, alone, ["site", "step", trait])
    if "by" in table:
        return _whole(table, alone, ["site", "step", "by"])
    return alone


def _whole(table: pd.DataFrame, thin: pd.Series, keys: list[str | pd.Series]) -> pd.Series:
    """Every row of a group of rows of which one is thin."""
    groups = [table[key] if isinstance(key, str) else key for key in keys]
    return thin.groupby(groups).transform("any").astype(bool)


def _smd(lost: pd.Series, kept: pd.Series) -> pd.Series:
    spread = (lost * (1 - lost) + kept * (1 - kept)) / 2
    return (lost - kept) / np.sqrt(spread.where(spread > 0))


def _objects(values: pd.Series) -> pd.Series:
    return values.round(RELEASED_DECIMALS).astype(object)
