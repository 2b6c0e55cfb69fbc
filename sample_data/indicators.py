"""Invented indicators: what three of the sites count beside their questionnaires.

They have random numbers of their own: the rest of the programme is what it is without them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from evaluation.ingest.columns.canonical import INDICATOR_SHEET_COLUMNS

_SHARE_KNOWN = 0.92  # of the values of those who answered at that time
_STREAM = 40_000  # far from the numbers of the sites' own random numbers

# From the number of units to a value for each, before and after.
Draw = Callable[[int, np.random.Generator], tuple[np.ndarray, np.ndarray]]


@dataclass(frozen=True, slots=True)
class InventedIndicator:
    """One indicator of a site: whose it is, and how its values are drawn."""

    name: str
    draw: Draw
    of: str = "participant"  # or child, or couple: who shares one value


def _yes_no(start: float, *, gained: float, lost: float) -> Draw:
    """Yes at first for a share ``start``; later some gain it and some lose it."""

    def draw(size: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        before = rng.random(size) < start
        change = rng.random(size)
        after = np.where(before, change >= lost, change < gained)
        words = np.array(["no", "yes"], dtype=object)
        return words[before.astype(int)], words[after.astype(int)]

    return draw


def _counts(mean: float, *, ratio: float) -> Draw:
    """Events that a few have again and again, and later ``ratio`` times as many of them."""

    def draw(size: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        tendency = rng.gamma(0.7, mean / 0.7, size)
        before, after = rng.poisson(tendency), rng.poisson(ratio * tendency)
        return before.astype(float), after.astype(float)

    return draw


def _percentages(mean: float, *, gain: float) -> Draw:
    """School attendance of each child in per cent, to one decimal."""

    def draw(size: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        level = rng.normal(mean, 6.0, size)
        before, after = (level + rng.normal(shift, 2.5, size) for shift in (0.0, gain))
        return np.round(np.clip(before, 40, 100), 1), np.round(np.clip(after, 40, 100), 1)

    return draw


INDICATORS: Mapping[str, tuple[InventedIndicator, ...]] = {
    "Croydon": (
        InventedIndicator("job", _yes_no(0.48, gained=0.18, lost=0.06)),
        InventedIndicator("settled housing", _yes_no(0.70, gained=0.25, lost=0.05), of="couple"),
    ),
    "Dorset": (
        InventedIndicator("school attendance", _percentages(90.0, gain=1.5), of="child"),
        InventedIndicator("fixed-term exclusions", _counts(0.5, ratio=0.6), of="child"),
    ),
    "Lambeth": (
        InventedIndicator("child protection plan", _yes_no(0.7, gained=0.0, lost=0.3)),
        InventedIndicator("incidents", _counts(2.5, ratio=0.5)),
    ),
}


def make_indicators(site: str, questionnaires: pd.DataFrame, *, seed: int) -> pd.DataFrame | None:
    """The sheet ``indicators`` of a site, of those who answered; ``None`` where it counts nothing.

    Values are known at the start and at the end, as far as the person answered then.
    """
    planned = INDICATORS.get(site, ())
    if not planned:
        return None
    rng = np.random.default_rng([seed, _STREAM + list(INDICATORS).index(site)])
    frames = [_rows(indicator, questionnaires, rng) for indicator in planned]
    return pd.concat(frames, ignore_index=True)[list(INDICATOR_SHEET_COLUMNS)]


def _rows(
    indicator: InventedIndicator, questionnaires: pd.DataFrame, rng: np.random.Generator
) -> pd.DataFrame:
    own = questionnaires[questionnaires["wave"].isin(["baseline", "end"])]
    if indicator.of == "child":
        own = own[own["child"] != ""]
        # One parent is asked about each child.
        own = own[own["participant"] == own.groupby("child")["participant"].transform("first")]
    else:
        own = own.assign(child="")
    asked = own[["site", "participant", "couple", "child", "wave"]].drop_duplicates()
    alone = asked["couple"] == ""
    shared = {"couple": asked["couple"].where(~alone, asked["participant"])}
    units, _ = pd.factorize(shared.get(indicator.of, asked[indicator.of]))
    before, after = indicator.draw(int(units.max()) + 1, rng)
    values = np.where(asked["wave"] == "baseline", before[units], after[units])
    known = rng.random(len(asked)) < _SHARE_KNOWN
    return asked.assign(indicator=indicator.name, value=values)[known]
