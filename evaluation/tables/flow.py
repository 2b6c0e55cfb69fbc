"""The flow of everybody through the programme: the counts that a flow diagram states."""

from __future__ import annotations

import numpy as np
import pandas as pd

from evaluation.analysis.pairing import cluster_labels
from evaluation.analysis.wave_states import WAVE_NOT_USED
from evaluation.model import ALL_SITES

FIRST_STEPS = ("referred", "took_up", "baseline")
FLOW_COUNTS = (
    "done", "missed", "window_open", "not_yet_due", "left", "not_used", "with_baseline", "also",
)  # fmt: skip
FLOW_COLUMNS = ("site", "unit", "step", *FLOW_COUNTS)


def flow_table(attrition: pd.DataFrame, states: pd.DataFrame) -> pd.DataFrame:
    """What became of everybody at each step, so that no one is lost from the count.

    ``attrition`` (ATTRITION_COLUMNS) and ``states`` of one analysis. FLOW_COLUMNS, a row for each
    row of ``attrition`` of which anything is known. ``left``: have a baseline and are not asked
    any more, since they withdrew consent or left for safeguarding reasons; ``not_used``: their
    site does not ask at this time. ``with_baseline``: whom the later steps are about, and ``also``
    those of them who are not known to have taken up support. At each later step

        done + missed + window_open + not_yet_due + left + not_used = with_baseline.
    """
    place = ["site", "unit"]
    flow = attrition.merge(_with_baseline(states), on=place, how="left")
    flow["with_baseline"] = flow["with_baseline"].fillna(0).astype("Int64")
    later = ~flow["step"].isin(FIRST_STEPS)
    not_asked = (flow["with_baseline"] - flow["n"]).where(later, 0)
    skipped = states.loc[states["reason"] == WAVE_NOT_USED, ["site", "wave"]].drop_duplicates()
    steps = pd.MultiIndex.from_frame(flow[["site", "step"]])
    is_skipped = steps.isin(pd.MultiIndex.from_frame(skipped))
    not_used = not_asked.where(is_skipped, 0)
    total = not_used.groupby([flow["unit"], flow["step"]]).transform("sum")
    flow["not_used"] = not_used.mask(flow["site"] == ALL_SITES, total).astype("Int64")
    flow["left"] = (not_asked - flow["not_used"]).astype("Int64")
    is_start = flow["step"] == "baseline"
    flow["also"] = (flow["with_baseline"] - flow["done"]).where(is_start, 0).astype("Int64")
    # Without a sheet on service use, who was referred and who took up support is not known.
    known = flow[flow["done"].notna()].fillna(dict.fromkeys(FLOW_COUNTS, 0))
    return known[list(FLOW_COLUMNS)].reset_index(drop=True)


def _with_baseline(states: pd.DataFrame) -> pd.DataFrame:
    """How many have a baseline, in each unit: persons, couples with one, couples with two."""
    people = states[states["wave"] == "end"]
    table = pd.DataFrame(
        {
            "site": people["site"].astype(object),
            "has": (people["reason"] != "no_baseline").to_numpy(),
            "cluster": cluster_labels(people[["site", "participant", "couple"]].astype(object)),
        }
    )
    couples = table.groupby("cluster", sort=False).agg(
        site=("site", "first"), any=("has", "any"), all=("has", "all"), size=("has", "size")
    )
    units = {
        "person": table[["site", "has"]],
        "couple": couples[["site"]].assign(has=couples["any"]),
        "couple_both": couples[["site"]].assign(has=couples["all"] & (couples["size"] >= 2)),
    }
    counted = [
        rows.groupby("site")["has"].sum().rename("with_baseline").reset_index().assign(unit=unit)
        for unit, rows in units.items()
    ]
    by_site = pd.concat(counted, ignore_index=True)
    everywhere = by_site.groupby("unit", as_index=False)["with_baseline"].sum()
    both = pd.concat([by_site, everywhere.assign(site=ALL_SITES)], ignore_index=True)
    return both.astype({"with_baseline": np.int64})
