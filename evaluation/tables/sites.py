"""sites.csv and site_estimates.csv: the average over sites, and each site beside it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import get_args

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from evaluation.analysis.funnel import FUNNEL_LEVELS, funnel_position, normal_limits
from evaluation.analysis.pooling import (
    Pool,
    PoolMethod,
    pool_sites,
    shrink_sites,
    site_variances,
    usable_sites,
)
from evaluation.model import ALL_SITES, SITE_COLUMNS, SITE_ESTIMATE_COLUMNS

METHODS: tuple[PoolMethod, ...] = get_args(PoolMethod)
G_PRE, POINTS = "g_pre", "points"
_MEASURE = ["instrument", "scale", "contrast"]
Floats = NDArray[np.float64]


def site_tables(
    effects: pd.DataFrame,
    precision: pd.DataFrame,
    *,
    level: float = 0.95,
    pooled: pd.Series | None = None,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The average over sites by four methods, and every site's estimate beside the average.

    ``precision`` holds the exact standard errors of the same rows. ``pooled`` marks the rows of
    effects that may enter (default: all); the others count as dropped. Sites come by size. The
    estimates are drawn towards the REML average, and the funnel is around it.
    """
    whole = effects["subgroup"] == ""
    exact = precision[["sd_change", "improvement_se", "g_pre_se"]]
    table = effects.join(exact)[whole]
    table["pooled"] = True if pooled is None else pooled[whole]
    averages: list[dict[str, object]] = []
    beside: list[pd.DataFrame] = []
    for measure, rows in table.groupby(_MEASURE, sort=False):
        where = dict(zip(_MEASURE, measure, strict=True))
        sites = rows[rows["site"] != ALL_SITES].sort_values(["n", "site"], ascending=[False, True])
        if sites.empty:
            continue
        for unit, y, v in _estimates(sites, deff=_design_effect(rows)):
            pools = {name: pool_sites(y, v, method=name, level=level) for name in METHODS}
            averages += [where | {"unit": unit} | asdict(pool) for pool in pools.values()]
            beside.append(_beside(sites, y, v, pools["REML"], level=level).assign(unit=unit))
    estimates = pd.concat(beside, ignore_index=True) if beside else pd.DataFrame()
    return (
        pd.DataFrame(averages).reindex(columns=list(SITE_COLUMNS)),
        estimates.reindex(columns=list(SITE_ESTIMATE_COLUMNS)),
    )


def _design_effect(rows: pd.DataFrame) -> float:
    """What likeness within couples costs, of all sites together."""
    together = rows[rows["site"] == ALL_SITES].iloc[0]
    return float(together["n"] / together["n_effective"]) if together["n"] else float("nan")


def _estimates(sites: pd.DataFrame, *, deff: float) -> Iterator[tuple[str, Floats, Floats]]:
    """Estimate and sampling variance of each site, in standard deviations and in points."""
    known = {"n": sites["n"], "n_couples": sites["n_couples"], "sd_change": sites["sd_change"]}
    out = ~sites["pooled"].to_numpy(bool)
    v = site_variances(
        se=sites["g_pre_se"],
        sd_before=sites["sd_before"],
        d_pre=sites["d_pre"],
        deff=deff,
        **known,
    )
    yield G_PRE, np.where(out, np.nan, sites["g_pre"].to_numpy(float)), v
    v = site_variances(se=sites["improvement_se"], deff=deff, **known)
    yield POINTS, np.where(out, np.nan, sites["improvement"].to_numpy(float)), v


def _beside(sites: pd.DataFrame, y: Floats, v: Floats, pool: Pool, *, level: float) -> pd.DataFrame:
    used = usable_sites(y, v)
    drawn = shrink_sites(y, v, pool, level=level)
    position = np.full(len(sites), "", dtype=object)
    if pool.k > 1:
        se = np.sqrt(np.where(used, v, np.nan))
        inner, outer = (normal_limits(pool.estimate, se, level=each) for each in FUNNEL_LEVELS)
        position = funnel_position(y, limits_95=inner, limits_998=outer)
    return sites[["site", *_MEASURE, "n", "n_couples"]].assign(
        y=np.where(used, y, np.nan),
        v=np.where(used, v, np.nan),
        shrunken=drawn.shrunken,
        weight=drawn.weight,
        funnel_position=position,
        reason=np.where(used, pool.reason if pool.k == 1 else "", sites["reason"].to_numpy(object)),
    )
