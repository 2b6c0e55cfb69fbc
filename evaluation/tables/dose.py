"""dose.csv: improvement on a site's main measure beside the sessions that people attended."""

from __future__ import annotations

from collections.abc import Collection, Iterator
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
    names = [ALL_SITES] if only is None else []
    names += [s for s in dict.fromkeys(results.effects["site"]) if s != ALL_SITES]
    rows = [
        row | {"site": site}
        for site in names
        if only is None or site in only
        for row in _rows(results, site)
    ]
    return ordered(rows, DOSE_COLUMNS)


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


def _rows(results: Results, site: str) -> Iterator[dict[str, object]]:
    measure = headline_measure(results, site)
    if measure is None or results.instruments[measure[0]].scale(measure[1]).better == "neither":
        return
    for contrast in (name for name in _CONTRASTS if name in results.pairs):
        people = _people(results, site, measure, contrast)
        if len(people):
            place = {"instrument": measure[0], "scale": measure[1], "contrast": contrast}
            yield from (row | place for row in _of_contrast(people, results.settings.level))


def _people(results: Results, site: str, measure: tuple[str, str], contrast: str) -> pd.DataFrame:
    """Parents with both scores, how much better they got, and the sessions they attended."""
    pairs = results.pairs[contrast]
    here = (pairs["instrument"] == measure[0]) & (pairs["scale"] == measure[1])
    here &= (pairs["excluded"] == "") & ~pairs["practitioner"]
    if site != ALL_SITES:
        here &= pairs["site"] == site
    sessions = results.service_use[[*PERSON, "sessions_attended"]]
    people = (
        pairs[here]
        .astype(dict.fromkeys(PERSON, object))
        .merge(
            sessions.astype(dict.fromkeys(PERSON, object)), on=PERSON, how="left", validate="m:1"
        )
    )
    better = results.instruments[measure[0]].scale(measure[1]).better
    change = people["after"] - people["before"]
    return people.assign(improvement=change if better == "higher" else -change)


def _of_contrast(people: pd.DataFrame, level: float) -> Iterator[dict[str, object]]:
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
