"""Which counts are too small to be shown, and how the others and averages are rounded."""

from __future__ import annotations

import numpy as np
import pandas as pd

from evaluation.config import DisclosureRule

CELL = ("site", "instrument", "scale", "contrast")
MEASURE = ("instrument", "scale", "contrast")
Limits = tuple[str, str, str]
RELEASED_DECIMALS = 2
# An average of whole-number scores with two decimals fits one number of people alone, of those
# that round alike; with one decimal it fits every number from ten.
POINT_DECIMALS = 1
ENOUGH_FOR_TWO_DECIMALS = 200
# A large standardised size holds the small-sample correction, which tells 10 people from 12.
ENOUGH_FOR_A_SIZE = 20


def small(counts: pd.Series | pd.DataFrame, rule: DisclosureRule):  # type: ignore[no-untyped-def]
    """Where a count is too small to be shown (1 up to ``hide_below`` - 1)."""
    return (counts > 0) & (counts < rule.hide_below)


def rounded(counts: pd.Series | pd.DataFrame, rule: DisclosureRule):  # type: ignore[no-untyped-def]
    """Counts to the nearest multiple of ``round_to``, small ones empty."""
    base = rule.round_to
    result = np.floor(counts.astype(float) / base + 0.5) * base
    return result.mask(small(counts, rule))


def few_people(table: pd.DataFrame, rule: DisclosureRule) -> pd.Series:
    """Rows that rest on too few people or couples to be shown; a row of nobody is none."""
    few = (table["n"] < rule.min_n) | (table["n_couples"] < rule.min_couples)
    return few & (table["n"] > 0)


def few(counts: pd.Series, least: int) -> pd.Series:
    return (counts > 0) & (counts < least)


def lopsided(part: pd.Series, whole: pd.Series, rule: DisclosureRule) -> pd.Series:
    """Where few people, or nobody, are in a part or in the rest of the whole.

    A share of 0 % or 100 % tells something of each of them, so it counts as one of few.
    """
    part, whole = part.astype(float), whole.astype(float)
    return (whole > 0) & ((part < rule.hide_below) | (whole - part < rule.hide_below))


def rounded_points(
    values: pd.Series | pd.DataFrame, n: pd.Series, rule: DisclosureRule
) -> pd.Series | pd.DataFrame:
    """Averages, spreads and changes in points: one decimal, two where n is shown as 200 or more.

    ``n`` is the exact number of people behind each row; only its rounded value is used.
    """
    exact = values.astype(float)
    many = rounded(n.astype(float), rule) >= ENOUGH_FOR_TWO_DECIMALS
    return exact.round(POINT_DECIMALS).where(~many, exact.round(RELEASED_DECIMALS))


def rounded_sizes(
    values: pd.Series | pd.DataFrame, n: pd.Series, rule: DisclosureRule
) -> pd.Series | pd.DataFrame:
    """Standardised sizes: two decimals, one where n is shown as less than 20."""
    exact = values.astype(float)
    enough = rounded(n.astype(float), rule) >= ENOUGH_FOR_A_SIZE
    return exact.round(POINT_DECIMALS).where(~enough, exact.round(RELEASED_DECIMALS))


def rounded_limits(
    table: pd.DataFrame, names: Limits, n: pd.Series, rule: DisclosureRule
) -> pd.DataFrame:
    """An estimate in points and its interval, as far from the rounded estimate as it was.

    Rounded by themselves the limits would tell where the estimate lay before it was rounded.
    """
    middle = rounded_points(table[names[0]], n, rule)
    exact = table[list(names)].astype(float)
    reach = exact.sub(exact[names[0]], axis=0)
    shown = rounded_points(reach, n, rule).add(middle, axis=0)
    return shown.round(RELEASED_DECIMALS)


def rounded_share(effects: pd.DataFrame, rule: DisclosureRule) -> pd.Series:
    """The share who improved, from rounded counts; empty where either part is small."""
    n = effects["n"].astype(float)
    better = (effects["share_improved"] * n).round()
    share = rounded(better, rule) / rounded(n, rule)
    return share.mask(lopsided(better, n, rule)).clip(upper=1.0)
