"""What the pictures of one site are drawn from: counted, averaged, and without anybody's code.

Rows come from :func:`evaluation.provenance.rows_behind`, so every picture has the people of the
headline it stands under.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from evaluation.analysis.change_inputs import AnyCutoff
from evaluation.analysis.intervals import mean_interval
from evaluation.analysis.pairing import cluster_labels
from evaluation.analysis.practitioners import without_practitioners
from evaluation.analysis.sensitivity import mean_change
from evaluation.model import ALL_SITES, months_of
from instruments.definition import BandSet, Better, Cutoff, Scale

if TYPE_CHECKING:
    from evaluation.programme import Results

NAN = float("nan")
MOST_BINS = 15
FEW_FOR_MEAN, FEW_FOR_INTERVAL = 3, 5
ROLES = ("mother", "father")
CLEARLY_BETTER = ("recovered", "improved")
BIN_COLUMNS = ("low", "high", "n_before", "n_after")
BAND_COLUMNS = ("band", "label", "n_before", "n_after")
POINT_COLUMNS = ("before", "after", "change_class", "n")
WAVE_MEAN_COLUMNS = ("wave", "n", "n_couples", "mean", "low", "high", "reason")
PARTNER_COLUMNS = ("who", "n", "mean_before", "mean_after", "improvement", "low", "high")
_NICE = (1.0, 2.0, 5.0)
_FIRST_WAVES = ("baseline", "mid", "end", "post")


@dataclass(frozen=True, slots=True, eq=False)
class BandMoves:
    """How many people were in each band at both times, and how many moved to another one.

    ``counts``: BAND_COLUMNS from the lowest to the highest scores. The three moves are ``None``
    where neither direction of the scale is better.
    """

    counts: pd.DataFrame
    n: int
    better: int | None
    same: int | None
    worse: int | None


@dataclass(frozen=True, slots=True, eq=False)
class Partners:
    """Couples of which both partners answered both times.

    ``means``: PARTNER_COLUMNS, a row each for mothers, fathers and ``difference`` (mothers minus
    fathers, in points of improvement), of the ``n_named`` couples of a mother and a father; empty
    where there is no such couple. ``both``, ``one`` and ``neither`` count, out of ``n_couples``,
    how many partners clearly got better; ``None`` where that cannot be told.
    """

    n_couples: int
    n_named: int
    means: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=PARTNER_COLUMNS))
    both: int | None = None
    one: int | None = None
    neither: int | None = None


def whole_points(*scores: ArrayLike) -> bool:
    """Whether every score is a whole number of points."""
    values = np.concatenate([np.asarray(part, dtype=float).ravel() for part in scores])
    return bool(np.all(values == np.round(values)))


def boundary_of(cutoff: AnyCutoff, *, whole: bool) -> float | None:
    """Where the line of a cut-off lies so that every score is visibly on one side of it.

    Where scores are whole points, a printed boundary lies half a point beside its own value.

    >>> boundary_of(Cutoff(10, ">=", "", "confirmed"), whole=True)
    9.5
    """
    if cutoff is None or not isinstance(cutoff, Cutoff):
        return cutoff
    if not whole:
        return cutoff.value
    return cutoff.value + (-0.5 if cutoff.comparison in (">=", "<") else 0.5)


def score_bins(before: ArrayLike, after: ArrayLike) -> pd.DataFrame:
    """How many people had which scores, before and after, on the same bins.

    Bins hold ``low <= score < high``; their width is 1, 2 or 5 times a power of ten. Where all
    scores are whole points they begin half a point below a score, so no score lies on an edge.

    Parameters
    ----------
    before, after : array_like, shape (n,)
        Finite scores.

    Returns
    -------
    DataFrame
        BIN_COLUMNS, at most 15 rows, in ascending order; empty for nobody.

    Examples
    --------
    >>> score_bins([1, 1, 3], [0, 1, 2]).to_dict("list")["n_before"]
    [0, 2, 0, 1]
    """
    first, last = np.asarray(before, dtype=float), np.asarray(after, dtype=float)
    both = np.concatenate([first, last])
    if not np.isfinite(both).all():
        raise ValueError("before, after: every score must be a finite number")
    if not both.size:
        return pd.DataFrame(columns=list(BIN_COLUMNS))
    whole = whole_points(both)
    low, high = float(both.min()), float(both.max())
    width = _bin_width(high - low, whole=whole)
    shift = 0.5 if whole else 0.0
    start = math.floor(low / width)
    n_bins = math.floor(high / width) - start + 1
    # Counted in whole bins, so that rounding puts no score into two of them.
    counts = [
        np.bincount(np.floor(scores / width).astype(int) - start, minlength=n_bins)
        for scores in (first, last)
    ]
    lows = (start + np.arange(n_bins)) * width - shift
    columns = (lows, lows + width, *counts)
    return pd.DataFrame(dict(zip(BIN_COLUMNS, columns, strict=True)))


def _bin_width(span: float, *, whole: bool) -> float:
    if span == 0:
        return 1.0
    least = span / (MOST_BINS - 1)
    power = 10.0 ** math.floor(math.log10(least))
    width = next(power * nice for nice in (*_NICE, 10.0) if power * nice >= least * (1 - 1e-9))
    return max(width, 1.0) if whole else width


def chosen_bands(scale: Scale) -> BandSet | None:
    """The published bands to show: the first that are better than unverified, else the first."""
    checked = (bands for bands in scale.bands if bands.evidence != "unverified")
    return next(checked, scale.bands[0] if scale.bands else None)


def band_moves(before: ArrayLike, after: ArrayLike, *, bands: BandSet, better: Better) -> BandMoves:
    """Who was in which published band at both times, and who moved to a better or a worse one.

    A score is in the last band that begins at or below it, unrounded.

    Raises
    ------
    ValueError
        If a score is not finite or lies below the first band.
    """
    first, last = np.asarray(before, dtype=float), np.asarray(after, dtype=float)
    lows = np.array([band.low for band in bands.bands])
    places = [np.searchsorted(lows, scores, side="right") - 1 for scores in (first, last)]
    if not np.isfinite([first, last]).all() or any((place < 0).any() for place in places):
        raise ValueError(f"before, after: every score must lie in a band of {bands.name!r}")
    counts = pd.DataFrame(
        {
            "band": [band.id for band in bands.bands],
            "label": [band.label for band in bands.bands],
            "n_before": np.bincount(places[0], minlength=lows.size),
            "n_after": np.bincount(places[1], minlength=lows.size),
        }
    )
    if better == "neither":
        return BandMoves(counts, first.size, None, None, None)
    steps = (places[1] - places[0]) * (1 if better == "higher" else -1)
    moves = (int((steps > 0).sum()), int((steps == 0).sum()), int((steps < 0).sum()))
    return BandMoves(counts, first.size, *moves)


def score_points(rows: pd.DataFrame) -> pd.DataFrame:
    """Pairs of scores with their class of change and how many people have them, nobody named.

    ``rows``: before, after, change_class of everybody who counts. Ordered by score, so that the
    order tells nothing about who is whose partner.
    """
    keys = list(POINT_COLUMNS[:3])
    counted = rows[keys].value_counts(sort=False).rename("n").reset_index()
    counted[["before", "after"]] = counted[["before", "after"]].astype(float)
    return counted.sort_values(keys, kind="stable", ignore_index=True)[list(POINT_COLUMNS)]


def wave_means(results: Results, *, site: str, instrument: str, scale: str) -> pd.DataFrame:
    """The average at each time, of all parents who answered then, in the order of time.

    Returns
    -------
    DataFrame
        WAVE_MEAN_COLUMNS. From 3 people there is an average, from 5 an interval (by couple);
        ``reason`` otherwise as in :class:`evaluation.analysis.sensitivity.MeanChange`.
    """
    scores = results.waves
    chosen = (scores["instrument"] == instrument) & (scores["scale"] == scale)
    if site != ALL_SITES:
        chosen &= scores["site"] == site
    mine = without_practitioners(scores[chosen], results.participants)
    cluster = cluster_labels(mine[["site", "participant", "couple"]].astype(object))
    rows = []
    for wave in sorted(mine["wave"].unique(), key=_when):
        here = (mine["wave"] == wave).to_numpy(bool)
        found = mean_change(
            mine.loc[here, "score"].to_numpy(float), pd.factorize(cluster[here])[0],
            level=results.settings.level,
        )  # fmt: skip
        enough = found.n >= FEW_FOR_INTERVAL
        rows.append(
            {
                "wave": wave,
                "n": found.n,
                "n_couples": found.n_couples,
                "mean": found.estimate if found.n >= FEW_FOR_MEAN else NAN,
                "low": found.low if enough else NAN,
                "high": found.high if enough else NAN,
                "reason": found.reason if enough else "FEW_FOR_INTERVAL",
            }
        )
    return pd.DataFrame(rows, columns=list(WAVE_MEAN_COLUMNS))


def _when(wave: str) -> tuple[int, str]:
    months = months_of(wave)
    if months is not None:
        return len(_FIRST_WAVES) + months, wave
    known = _FIRST_WAVES.index(wave) if wave in _FIRST_WAVES else len(_FIRST_WAVES)
    return known, wave


def partners(rows: pd.DataFrame, participants: pd.DataFrame, *, level: float = 0.95) -> Partners:
    """Both partners side by side, of the couples of which both answered both times.

    Parameters
    ----------
    rows : DataFrame
        site, participant, couple, before, after, improvement, change_class of everybody who
        counts; one row for each person, so no reports about children.
    participants : DataFrame
        site, participant, role.
    level : float
        Of the intervals. A couple has one mother and one father here, so couples are the units
        and the difference is that within each couple.

    Returns
    -------
    Partners
    """
    keys = ["site", "participant"]
    named = rows[rows["couple"].fillna("").astype(str) != ""]
    roles = participants[[*keys, "role"]].drop_duplicates(keys)
    named = named.merge(roles, on=keys, how="left")
    size = named.groupby(["site", "couple"], sort=False)["participant"].transform("size")
    mine = named[size == 2]
    if mine.empty:
        return Partners(0, 0)
    mine = mine.assign(role=mine["role"].fillna("").astype(str).str.strip().str.casefold())
    couple = mine.groupby(["site", "couple"], sort=False)
    n_couples = couple.ngroups
    counts: Sequence[int | None] = (None, None, None)
    if (mine["change_class"] != "").all():
        better = mine["change_class"].isin(CLEARLY_BETTER)
        per_couple = better.groupby([mine["site"], mine["couple"]], sort=False).sum()
        counts = [int((per_couple == k).sum()) for k in (2, 1, 0)]
    wide = [
        mine[mine["role"] == role].set_index(["site", "couple"])[["before", "after", "improvement"]]
        for role in ROLES
    ]
    wide = [table[~table.index.duplicated(keep=False)] for table in wide]
    shared = wide[0].index.intersection(wide[1].index)
    if not len(shared):
        return Partners(n_couples, 0, both=counts[0], one=counts[1], neither=counts[2])
    mothers, fathers = (table.loc[shared].astype(float) for table in wide)
    gaps = (mothers["improvement"] - fathers["improvement"]).to_numpy()
    means = [
        _partner_row(role, table["improvement"].to_numpy(), level)
        | {"mean_before": table["before"].mean(), "mean_after": table["after"].mean()}
        for role, table in zip(ROLES, (mothers, fathers), strict=True)
    ]
    means.append(_partner_row("difference", gaps, level))
    table = pd.DataFrame(means).reindex(columns=list(PARTNER_COLUMNS))
    return Partners(n_couples, len(shared), table, *counts)


def _partner_row(who: str, values: NDArray[np.float64], level: float) -> dict[str, object]:
    n, low, high = values.size, NAN, NAN
    sd = float(values.std(ddof=1)) if n > 1 else NAN
    if n >= FEW_FOR_INTERVAL and np.isfinite(values).all() and sd > 0:
        ends = mean_interval(mean=values.mean(), sd=sd, n=n, level=level)
        low, high = (float(end) for end in ends)
    return {"who": who, "n": n, "improvement": float(values.mean()), "low": low, "high": high}
