"""The average over sites: made of the programme's own pairs, and blind to the sites' names."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from evaluation.analysis.effect import hedges_correction
from evaluation.analysis.funnel import BEYOND_95, INSIDE
from evaluation.analysis.pooling import Pool, pool_sites
from evaluation.model import SITE_COLUMNS, SITE_ESTIMATE_COLUMNS
from evaluation.tables.on_demand import site_tables
from tests.evaluation.tables.synthetic_programme import (
    NEW_NAMES,
    REFERENCE,
    people,
    programme,
    run,
)

DEFF = json.loads((REFERENCE / "couples_lfo.json").read_text())["lfo_change_couple"]["deff_kish"]


def by_hand(unit: str) -> pd.DataFrame:
    """Estimate and variance of each site for the start and the end, from the formulas."""
    known = people().dropna(subset=["rq_pre", "rq_post"])
    rows = []
    for site, part in known.groupby("site"):
        a, x = part["rq_pre"].to_numpy(), (part["rq_post"] - part["rq_pre"]).to_numpy()
        n, couples = len(x), part["couple"].nunique()
        sd, d = a.std(ddof=1), x.mean() / a.std(ddof=1)
        if unit == "points":
            y, influence, textbook = x.mean(), x - x.mean(), x.var(ddof=1) / n
        else:
            y = hedges_correction(n - 1) * d
            spread = (a - a.mean()) ** 2 / sd**2 * n / (n - 1) - 1
            influence = (x - x.mean()) / sd - d / 2 * spread
            textbook = x.var(ddof=1) / (sd**2 * (n - 1)) + d**2 / (2 * (n - 1))
        sums = pd.Series(influence).groupby(part["couple"].to_numpy()).sum().to_numpy()
        clustered = couples / (couples - 1) * (sums @ sums) / n**2
        v = clustered if couples >= 8 else textbook * DEFF
        rows.append({"site": site, "n": n, "y": y, "v": v})
    return pd.DataFrame(rows).set_index("site")


@pytest.mark.parametrize("method", ["REML", "DL", "PM", "EE"])
@pytest.mark.parametrize("unit", ["g_pre", "points"])
def test_the_table_is_the_analysis_of_the_same_pairs(unit: str, method: str) -> None:
    sites, _ = site_tables(programme())
    rows = sites[(sites["unit"] == unit) & (sites["method"] == method)]
    row = rows[rows["contrast"] == "baseline_end"].iloc[0]
    known = by_hand(unit)
    expected = pool_sites(known["y"], known["v"], method=method)  # type: ignore[arg-type]
    names = [name for name in Pool.__dataclass_fields__ if name not in ("method", "reason")]
    found = row[names].to_numpy(float)
    wanted = [getattr(expected, name) for name in names]
    assert found == pytest.approx(wanted, rel=1e-6, nan_ok=True)
    assert row["reason"] == ("EQUAL_EFFECTS" if method == "EE" else "")
    # S01 has two persons, so the small-sample correction of g has no value there.
    assert (row["k"], row["k_dropped"]) == ((11, 1) if unit == "g_pre" else (12, 0))


@pytest.mark.parametrize("unit", ["g_pre", "points"])
def test_every_site_stands_beside_the_average_by_size(unit: str) -> None:
    sites, estimates = site_tables(programme())
    rows = estimates[(estimates["unit"] == unit) & (estimates["contrast"] == "baseline_end")]
    rows = rows.set_index("site")
    known = by_hand(unit).loc[rows.index]
    assert rows["n"].tolist() == known["n"].tolist() == sorted(known["n"], reverse=True)
    used = rows["y"].notna()
    for name in ("y", "v"):
        wanted = known.loc[used, name].to_numpy(float)
        assert rows.loc[used, name].to_numpy(float) == pytest.approx(wanted, rel=1e-6)
    assert rows["weight"].sum() == pytest.approx(1)
    pool = sites[(sites["unit"] == unit) & (sites["method"] == "REML")].iloc[0]
    share = pool["tau2"] / (pool["tau2"] + rows["v"])
    shrunken = share * rows["y"] + (1 - share) * pool["estimate"]
    assert rows["shrunken"].to_numpy(float) == pytest.approx(
        shrunken.to_numpy(float), rel=1e-9, nan_ok=True
    )
    z = (rows["y"] - pool["estimate"]).abs() / np.sqrt(rows["v"])
    expected = np.where(z.isna(), "", np.where(z > 1.959964, BEYOND_95, INSIDE))
    assert (z.max() < 3.09) and rows["funnel_position"].tolist() == expected.tolist()
    assert rows.loc[~used, "reason"].tolist() == (["DF1"] if unit == "g_pre" else [])


def test_columns_and_every_contrast() -> None:
    sites, estimates = site_tables(programme())
    assert tuple(sites.columns) == SITE_COLUMNS
    assert tuple(estimates.columns) == SITE_ESTIMATE_COLUMNS
    assert set(sites["contrast"]) == set(programme().effects["contrast"])
    assert (sites["k"] + sites["k_dropped"] == 12).all()


def test_other_names_of_the_sites_change_nothing() -> None:
    sites, estimates = site_tables(programme())
    renamed, beside = site_tables(programme(renamed=True))
    assert_frame_equal(sites, renamed, rtol=1e-9)
    keys = ["contrast", "unit", "site"]
    expected = estimates.assign(site=estimates["site"].map(NEW_NAMES)).sort_values(keys)
    assert_frame_equal(
        beside.sort_values(keys).reset_index(drop=True), expected.reset_index(drop=True), rtol=1e-9
    )


def test_other_names_of_the_sites_leave_the_row_of_all_together() -> None:
    tables = [results.effects for results in (programme(), programme(renamed=True))]
    one, other = (t[t["site"] == "ALL"].reset_index(drop=True) for t in tables)
    assert_frame_equal(one, other, rtol=1e-9)


def test_one_site_is_no_average_and_subgroups_are_no_sites() -> None:
    lines = ["site,participant,role,wave,phq9_total"]
    for n, (role, start, end) in enumerate(
        [("mother", 18, 9), ("father", 12, 10), ("mother", 20, 14), ("practitioner", 9, 1)]
    ):
        lines += [f"Luton,P{n},{role},baseline,{start}", f"Luton,P{n},{role},end,{end}"]
    results = run("\n".join(lines), rules="subgroups: [role]")
    sites, estimates = site_tables(results)
    chosen = sites[(sites["contrast"] == "baseline_end") & (sites["unit"] == "points")]
    assert chosen[["k", "k_dropped"]].to_numpy().tolist() == [[1, 0]] * 4
    assert chosen["estimate"].to_numpy(float) == pytest.approx([17 / 3] * 4)
    assert chosen["se_hk"].isna().all()
    own = estimates[(estimates["contrast"] == "baseline_end") & (estimates["unit"] == "points")]
    assert own[["site", "n", "funnel_position"]].to_numpy().tolist() == [["Luton", 3, ""]]
