"""How scores lie at one point in time: people counted in ranges of the scale."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from evaluation.analysis.pairing import cluster_labels
from evaluation.analysis.practitioners import without_practitioners
from instruments.definition import Scale

DISTRIBUTION_COLUMNS = ("low", "high", "whole", "n", "n_couples")
ABOUT_BINS = 10
_STEPS = (1, 2, 2.5, 5, 10)
_PERSON = ["site", "participant"]


def parents_scores(
    waves: pd.DataFrame, participants: pd.DataFrame, *, instrument: str, scale: str, wave: str
) -> pd.DataFrame:
    """The scores of everybody but practitioners on one scale at one point in time."""
    chosen = waves[
        (waves["instrument"] == instrument) & (waves["scale"] == scale) & (waves["wave"] == wave)
    ]
    return without_practitioners(chosen, participants)


def score_distribution(scores: pd.DataFrame, scale: Scale) -> pd.DataFrame:
    """About ten ranges of equal width over the whole scale, and how many people are in each.

    ``low`` belongs to a range and ``high`` does not, save for the last one. ``whole``: every score
    is a whole number, so a range of 0 to 5 holds the scores 0 to 4. ``n_couples``: couples that
    have somebody in the range; a couple may be in two.
    """
    if scores.empty:
        return pd.DataFrame(columns=list(DISTRIBUTION_COLUMNS))
    values = scores["score"].to_numpy(float)
    whole = bool((values == np.round(values)).all())
    edges = _edges(scale, whole=whole)
    place = np.clip(np.searchsorted(edges, values, side="right") - 1, 0, edges.size - 2)
    counted = pd.DataFrame({"place": place, "couple": cluster_labels(scores).to_numpy(object)})
    found = counted.groupby("place")["couple"].agg(["size", "nunique"])
    found = found.reindex(range(edges.size - 1), fill_value=0)
    return pd.DataFrame(
        {
            "low": edges[:-1],
            "high": edges[1:],
            "whole": whole,
            "n": found["size"].to_numpy(int),
            "n_couples": found["nunique"].to_numpy(int),
        }
    )


def _edges(scale: Scale, *, whole: bool) -> np.ndarray:
    """Round numbers from one end of the scale to beyond the other, or to it where it fits."""
    low, high = scale.score_range
    width = _round_width((high - low) / ABOUT_BINS, whole=whole)
    # A scale of whole numbers needs room for its highest score in a range of its own width.
    reach = high - low + (1 if whole else 0)
    n = max(1, math.ceil(reach / width - 1e-9))
    return low + width * np.arange(n + 1)


def _round_width(width: float, *, whole: bool) -> float:
    size = 10.0 ** math.floor(math.log10(width))
    found = next(size * step for step in _STEPS if size * step >= width - 1e-12)
    return float(max(1, math.ceil(found))) if whole else float(found)
