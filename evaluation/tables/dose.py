"""dose.csv: improvement on a site's main measure beside the sessions that people attended."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from evaluation.analysis.dose import dose_bands, dose_slope
from evaluation.analysis.people import PERSON
from evaluation.model import ALL_SITES
from evaluation.tables.groups import ordered

if TYPE_CHECKING:
    from evaluation.programme import Results

DOSE_COLUMNS = (
    "site", "instrument", "scale", "contrast", "row", "n", "n_couples", "n_unknown", "estimate",
    "low", "high", "reason",
)  # fmt: skip
SLOPE = "slope"
_CONTRASTS = ("baseline_end", "baseline_3m", "baseline_6m")


def dose_table(results: Results, *, only: Collection[str] | None = None) -> pd.DataFrame:
    """Slope and thirds for the sites in ``only``, or for all sites and ``ALL``; DOSE_COLUMNS.

    On the measure of :func:`headline_measure`. ``row`` is ``slope`` (points for each further
    session, positive = more sessions go with more improvement) or a band of sessions attended
    (average improvement in points). ``n_unknown`` have both scores, but nobody noted how many
    sessions they attended.
    """
    rows = [
        row | found.place
        for found in attended_and_improved(results, only=only)
        for row in _rows(found.people, results.settings.level)
    ]
    return ordered(rows, DOSE_COLUMNS)


@dataclass(frozen=True, slots=True, eq=False)
class Attended:
    """Parents of one place with both scores on its main measure, for one contrast.

    ``place`` has site, instrument, scale and contrast; ``people`` are pairs with ``improvement``
    (positive = better) and ``sessions_attended``, NaN where nobody noted it.
    """

    place: dict[str, str]
    people: pd.DataFrame


def attended_and_improved(
    results: Results, *, only: Collection[str] | None = None
) -> Iterator[Attended]:
    """Whoever a row of the table may be about: the sites in ``only``, or all sites and ``ALL``."""
    names = [ALL_SITES] if only is None else []
    names += [s for s in dict.fromkeys(results.effects["site"]) if s != ALL_SITES]
    measures = {
        site: measure
        for site in names
        if (only is None or site in only) and (measure := _judged_measure(results, site))
    }
    for contrast in (name for name in _CONTRASTS if name in results.pairs):
        everybody = _people(results, contrast, set(measures.values()))
        for site, (instrument, scale_id) in measures.items():
            here = (everybody["instrument"] == instrument) & (everybody["scale"] == scale_id)
            if site != ALL_SITES:
                here &= everybody["site"] == site
            if here.any():
                place = {"site": site, "instrument": instrument, "scale": scale_id}
                yield Attended(place | {"contrast": contrast}, everybody[here])


def headline_measure(results: Results, site: str) -> tuple[str, str] | None:
    """Questionnaire and scale that speak for a site, or for ``ALL``.

    What the rule file names, else the main scale of the questionnaire with most pairs; scales
    that may not be a headline do not count.
    """
    effects = results.effects
    effects = effects[(effects["site"] == site) & (effects["subgroup"] == "")]
    most = effects.groupby(["instrument", "scale"], sort=False)["n"].max()
    there = list(most.sort_values(ascending=False, kind="stable").index)
    named = results.settings.primary_measure("*" if site == ALL_SITES else site)
    if tuple(named.split(".", 1)) in there:
        name, _, scale_id = named.partition(".")
        return name, scale_id
    fit = [key for key in there if results.instruments[key[0]].scale(key[1]).may_be_headline]
    if not fit:
        return None
    instrument = str(fit[0][0])
    main = (instrument, str(results.instruments[instrument].primary_scale))
    return main if main in fit else (instrument, str(fit[0][1]))


def _judged_measure(results: Results, site: str) -> tuple[str, str] | None:
    """The measure that speaks for a site, if one end of it is better."""
    measure = headline_measure(results, site)
    if measure is None or results.instruments[measure[0]].scale(measure[1]).better == "neither":
        return None
    return measure


def _people(results: Results, contrast: str, measures: set[tuple[str, str]]) -> pd.DataFrame:
    """Parents with both scores, how much better they got, and the sessions they attended."""
    pairs = results.pairs[contrast]
    here = pd.MultiIndex.from_frame(pairs[["instrument", "scale"]]).isin(list(measures))
    here &= ((pairs["excluded"] == "") & ~pairs["practitioner"]).to_numpy(bool)
    sessions = results.service_use[[*PERSON, "sessions_attended"]]
    people = (
        pairs[here]
        .astype(dict.fromkeys(PERSON, object))
        .merge(
            sessions.astype(dict.fromkeys(PERSON, object)), on=PERSON, how="left", validate="m:1"
        )
    )
    sign = {
        (name, scale_id): 1.0
        if results.instruments[name].scale(scale_id).better == "higher"
        else -1.0
        for name, scale_id in measures
    }
    of_each = [sign[key] for key in zip(people["instrument"], people["scale"], strict=True)]
    change = people["after"] - people["before"]
    return people.assign(improvement=change * np.array(of_each, dtype=float))


def _rows(people: pd.DataFrame, level: float) -> Iterator[dict[str, object]]:
    attended = people["sessions_attended"].to_numpy(float)
    known = ~np.isnan(attended)
    n_unknown = int((~known).sum())
    x = attended[known]
    y = people["improvement"].to_numpy(float)[known]
    cluster = pd.factorize(people["cluster"].to_numpy(object)[known], sort=True)[0]
    line = dose_slope(x, y, cluster, level=level)
    yield {
        "row": SLOPE, "n": line.n, "n_couples": line.n_couples, "n_unknown": n_unknown,
        "estimate": line.slope, "low": line.low, "high": line.high,
        "reason": "SESSIONS_UNKNOWN" if line.n == 0 else line.reason,
    }  # fmt: skip
    for band in dose_bands(x, y, cluster, level=level):
        found = band.figure
        yield {
            "row": band.label, "n": found.n, "n_couples": found.n_couples, "n_unknown": 0,
            "estimate": found.value, "low": found.low, "high": found.high, "reason": found.reason,
        }  # fmt: skip
