"""payment_by_results.csv: how many reached an outcome, once for each person or couple."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import get_args

import numpy as np
import pandas as pd

from evaluation.analysis.change import ReliableChange
from evaluation.analysis.payment_by_results import Outcome, Unit, count_outcomes
from evaluation.config import Settings
from evaluation.model import ChangeRule
from evaluation.tables.change import Cell, cutoff_in_use, points_in_use
from evaluation.tables.groups import ordered
from instruments.definition import Instrument

# In the order of time: a unit counts at the first at which it qualifies.
WAVES = ("end", "3m", "6m")
# Ways in which support ended that make a later score impossible rather than missing.
WITHDRAWN = ("separated", "safeguarding")
TAKE_UP_ASSUMED = "TAKE_UP_ASSUMED"
_COUNTED = (
    "eligible", "observed", "withdrawn", "missing", "reached", "recovered", "rate", "rate_low",
    "rate_high", "observed_rate", "observed_low", "observed_high", "expected", "net",
    "expected_any", "net_any", "deteriorated", "also_deteriorated",
)  # fmt: skip
PAYMENT_COLUMNS = (
    "site", "instrument", "scale", "unit", "outcome", "n", "n_couples", *_COUNTED,
    *(f"reached_{wave}" for wave in WAVES), "rc_points", "reason",
)  # fmt: skip


def payment_table(
    pairs: Mapping[str, pd.DataFrame],
    people: pd.DataFrame,
    details: Mapping[Cell, ReliableChange],
    instruments: Mapping[str, Instrument],
    settings: Settings,
    *,
    sites: Collection[str] | None = None,
) -> pd.DataFrame:
    """Outcomes of each site on its primary measure: by person and by couple (one partner enough).

    The measure is the one that the rule file names, else the main scale of the questionnaire with
    most scores at both times. ``n`` people in ``n_couples`` couples are observed.
    ``TAKE_UP_ASSUMED``: for some of those counted it is not known whether they took up support.
    """
    if "baseline_end" not in pairs:
        return ordered([], PAYMENT_COLUMNS)
    courses = _courses(pairs, people)
    rows: list[dict[str, object]] = []
    for site, chosen in courses.groupby("site", sort=False):
        if sites is not None and site not in sites:
            continue
        measure = _primary(str(site), chosen, instruments, settings)
        if measure is not None:
            here = (chosen["instrument"] == measure[0]) & (chosen["scale"] == measure[1])
            rows += _rows((str(site), *measure), chosen[here], details, instruments, settings)
    return ordered(rows, PAYMENT_COLUMNS)


def _courses(pairs: Mapping[str, pd.DataFrame], people: pd.DataFrame) -> pd.DataFrame:
    """Every parent with a start score: the later scores, take-up and how support ended."""
    start = pairs["baseline_end"]
    table = start.rename(columns={"after": "end"})
    for wave in WAVES[1:]:
        later = pairs[f"baseline_{wave}"]
        # The pairs of every contrast with the start hold the same units in the same order.
        if not later["before"].equals(start["before"]):
            raise ValueError(f"pairs: baseline_{wave} and baseline_end start with other units")
        table[wave] = later["after"]
    known = people[["site", "participant", "took_up", "ending"]]
    table = table[~table["practitioner"]]
    return table.merge(known, on=["site", "participant"], how="left", validate="m:1")


def _primary(
    site: str, rows: pd.DataFrame, instruments: Mapping[str, Instrument], settings: Settings
) -> tuple[str, str] | None:
    """What the rule file names, if the site uses it; else the main scale with most pairs."""
    named = settings.primary_measure(site)
    pairs = rows["end"].notna().groupby([rows["instrument"], rows["scale"]], sort=False).sum()
    there = pairs.sort_values(ascending=False, kind="stable").index.tolist()
    if named:
        name, _, scale_id = named.partition(".")
        return (name, scale_id) if (name, scale_id) in there else None
    main = [key for key in there if instruments[key[0]].primary_scale == key[1]]
    return main[0] if main else None


def _rows(
    place: tuple[str, str, str],
    chosen: pd.DataFrame,
    details: Mapping[Cell, ReliableChange],
    instruments: Mapping[str, Instrument],
    settings: Settings,
) -> Iterator[dict[str, object]]:
    site, instrument, scale_id = place
    scale = instruments[instrument].scale(scale_id)
    change = details.get((*place, "baseline_end"))
    points = points_in_use(change)
    rule = settings.measures.get(f"{instrument}.{scale_id}", ChangeRule())
    took_up = chosen["took_up"].astype("boolean")
    eligible = took_up.fillna(True).to_numpy(bool)
    observed = chosen[eligible & chosen[list(WAVES)].notna().any(axis=1).to_numpy()]
    assumed = bool(took_up.isna().any())
    for unit in get_args(Unit):
        for outcome in get_args(Outcome):
            found = count_outcomes(
                chosen["before"].to_numpy(float),
                chosen[list(WAVES)].to_numpy(float),
                # A parent may answer for two children and still counts once.
                chosen["cluster" if unit == "couple" else "participant"].to_numpy(object),
                waves=WAVES,
                better=scale.better,
                rc_points=points,
                cutoff=cutoff_in_use(change, scale, rule),
                unit="couple",
                outcome=outcome,
                took_up=eligible,
                withdrawn=chosen["ending"].isin(WITHDRAWN).to_numpy(bool),
                level=settings.level,
            )
            codes = [found.reason, TAKE_UP_ASSUMED if assumed else ""]
            yield {
                "site": site,
                "instrument": instrument,
                "scale": scale_id,
                "unit": unit,
                "outcome": outcome,
                "n": observed["participant"].nunique(),
                "n_couples": observed["cluster"].nunique(),
                **{name: getattr(found, name) for name in _COUNTED},
                **{f"reached_{w}": found.by_wave.get(w, np.nan) for w in WAVES},
                "rc_points": points,
                "reason": ";".join(filter(None, codes)),
            }
