"""service_use.csv: who took support up, how much of it was used, how it ended, what people thought.

Practitioners are in none of it. A blank is not known and never 0.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from evaluation.analysis.intervals import wilson_interval
from evaluation.analysis.pairing import cluster_labels
from evaluation.analysis.people import PERSON
from evaluation.analysis.service_use import (
    Figure,
    clustered_mean,
    clustered_ratio,
    clustered_share,
    clustered_total,
    ended_state,
    offered_sessions,
    sessions_contradict,
)
from evaluation.model import ALL_SITES
from evaluation.tables.groups import ordered
from instruments.definition import Better

if TYPE_CHECKING:
    from evaluation.programme import Results

SERVICE_FIGURE_COLUMNS = (
    "site", "measure", "kind", "unit", "better", "n", "n_couples", "n_unknown", "numerator",
    "denominator", "value", "low", "high", "reason",
)  # fmt: skip
ENDINGS = ("planned", "dropped_out", "separated", "safeguarding", "withdrew_consent")
NOT_RECORDED = "NOT_RECORDED"
TAKE_UP_UNKNOWN = "TAKE_UP_UNKNOWN"
CONTRADICT = "SESSIONS_CONTRADICT"
ADDED_UP = "OFFERED_ADDED_UP"
Kind = Literal["count", "share", "total", "ratio", "mean", "change"]
# Whose blank counts as not known: everybody referred, those not known to have declined, those
# among them who were offered sessions, those whose support has ended.
Asked = Literal["referred", "support", "offered", "ended"]


@dataclass(frozen=True, slots=True)
class Measure:
    """One row of the table: what it is made of, and which way is better.

    ``column`` holds 1 and 0 for a count or a share, else an amount; NaN is not known. ``whole`` is
    what a ratio is of.
    """

    name: str
    kind: Kind
    unit: str
    better: Better
    column: str
    asked: Asked = "support"
    whole: str = ""


_PEOPLE, _SHARE = "people", "share of people"
_OF_SESSIONS, _OF_HOURS = "share of sessions offered", "share of hours offered"
_POINTS = "points from 0 to 10"
_SESSIONS_OFFERED = "sessions_offered"
MEASURES = (
    Measure("referrals", "count", _PEOPLE, "neither", "referred", "referred"),
    Measure("take_up", "share", "share of people referred", "higher", "took_up", "referred"),
    Measure("sessions_offered", "total", "sessions", "neither", _SESSIONS_OFFERED),
    Measure("sessions_attended", "total", "sessions", "neither", "sessions_attended"),
    Measure("sessions_cancelled", "total", "sessions", "neither", "sessions_cancelled"),
    Measure("sessions_dna", "total", "sessions", "neither", "sessions_dna"),
    Measure("attended_share", "ratio", _OF_SESSIONS, "higher", "sessions_attended",
            whole=_SESSIONS_OFFERED),
    Measure("cancelled_rate", "ratio", _OF_SESSIONS, "lower", "sessions_cancelled",
            whole=_SESSIONS_OFFERED),
    Measure("dna_rate", "ratio", _OF_SESSIONS, "lower", "sessions_dna", whole=_SESSIONS_OFFERED),
    Measure("sessions_per_person", "mean", "sessions", "neither", "attended_in_support"),
    Measure("fewer_than_half", "share", _SHARE, "lower", "fewer_than_half", "offered"),
    Measure("sessions_contradict", "count", _PEOPLE, "lower", "contradicts"),
    Measure("hours_offered", "total", "hours", "neither", "hours_offered"),
    Measure("hours_used", "total", "hours", "neither", "hours_used"),
    Measure("hours_used_share", "ratio", _OF_HOURS, "higher", "hours_used", whole="hours_offered"),
    Measure("ending_planned", "share", _SHARE, "higher", "ending_planned", "ended"),
    Measure("ending_dropped_out", "share", _SHARE, "lower", "ending_dropped_out", "ended"),
    Measure("ending_separated", "share", _SHARE, "neither", "ending_separated", "ended"),
    Measure("ending_safeguarding", "share", _SHARE, "neither", "ending_safeguarding", "ended"),
    Measure("ending_withdrew_consent", "share", _SHARE, "neither", "ending_withdrew_consent",
            "ended"),
    Measure("ending_unknown", "count", _PEOPLE, "neither", "ending_unknown"),
    Measure("not_ended", "count", _PEOPLE, "neither", "not_ended"),
    Measure("satisfied", "mean", _POINTS, "higher", "satisfied"),
    Measure("met_expectations", "mean", _POINTS, "higher", "met_expectations"),
    Measure("would_recommend_yes", "share", _SHARE, "higher", "recommend_yes"),
    Measure("would_recommend_unsure", "share", _SHARE, "neither", "recommend_unsure"),
    Measure("would_recommend_no", "share", _SHARE, "lower", "recommend_no"),
    Measure("worker_rating_before", "mean", _POINTS, "higher", "rated_before"),
    Measure("worker_rating_after", "mean", _POINTS, "higher", "rated_after"),
    Measure("worker_rating_change", "change", _POINTS, "higher", "rated_change"),
)  # fmt: skip
# Averages over everybody with a value in the column.
AVERAGES = tuple(measure for measure in MEASURES if measure.kind in ("mean", "change"))
TOTALS = tuple(measure for measure in MEASURES if measure.kind == "total")


def service_use_table(results: Results, *, only: Collection[str] | None = None) -> pd.DataFrame:
    """Every figure of the sites in ``only``, or of all sites and ``ALL``; SERVICE_FIGURE_COLUMNS.

    Sites without a row of service use have none here. ``n`` people from ``n_couples`` couples are
    behind a figure; ``n_unknown`` more belong to it and nobody noted it. ``take_up`` is the rate
    and the interval of attrition.csv; every other interval is clustered by couple. Both worker's
    ratings are those of people rated twice. Reasons beside those of
    :class:`evaluation.analysis.service_use.Figure`: ``NOT_RECORDED``, ``TAKE_UP_UNKNOWN``,
    ``SESSIONS_CONTRADICT`` (some parts exceed what was offered; counted as given) and
    ``OFFERED_ADDED_UP`` (for some the sessions offered are attended + cancelled + missed).
    """
    people = people_in_service(results)
    rows = [
        row | {"site": site}
        for site, chosen in _by_site(people, only)
        for row in _rows(chosen, level=results.settings.level)
    ]
    table = ordered(rows, SERVICE_FIGURE_COLUMNS)
    return table.astype({"n": int, "n_couples": int, "n_unknown": int}) if len(table) else table


def people_in_service(results: Results) -> pd.DataFrame:
    """Everybody referred up to the data lock, with a column for each measure and their couple."""
    lock = pd.Timestamp(results.data_lock)
    people = results.people[results.people["referred"] & ~(results.people["referred_on"] > lock)]
    own = [name for name in results.service_use.columns if name not in people.columns]
    used = results.service_use[[*PERSON, *own]].astype(dict.fromkeys(PERSON, object))
    table = people.merge(used, on=PERSON, how="left", validate="one_to_one")
    names = table[["site", "participant", "couple"]].astype(object)
    table["cluster"] = pd.factorize(cluster_labels(names))[0]
    # Support that began after the lock is not known of yet.
    took_up = table["took_up"].astype("boolean").mask((table["started_on"] > lock).to_numpy(bool))
    state = ended_state(took_up, table["ended_on"], table["ending"], data_lock=results.data_lock)
    table["declined"] = ~took_up.fillna(True).to_numpy(bool)
    table["referred"] = 1.0
    table["took_up"] = took_up.astype("Float64").to_numpy(float, na_value=np.nan)
    return _with_endings(_with_opinions(_with_sessions(table)), state)


def _with_sessions(table: pd.DataFrame) -> pd.DataFrame:
    names = ["sessions_offered", "sessions_attended", "sessions_cancelled", "sessions_dna"]
    numbers = {name: table[name].to_numpy(float) for name in names}
    offered = offered_sessions(*numbers.values())
    attended, numbers["sessions_offered"] = numbers["sessions_attended"], offered
    known = ~np.isnan(attended) & (offered > 0)
    hours = [table[name].to_numpy(float) for name in ("hours_offered", "hours_used")]
    return table.assign(
        **numbers,
        added_up=table["sessions_offered"].isna() & ~np.isnan(offered),
        contradicts=sessions_contradict(*numbers.values()).astype(float),
        hours_contradict=hours[1] > hours[0],
        attended_in_support=np.where(table["declined"], np.nan, attended),
        fewer_than_half=np.where(known, 2 * attended < offered, np.nan),
        no_sessions=offered == 0,
    )


def _with_opinions(table: pd.DataFrame) -> pd.DataFrame:
    said = table["would_recommend"].fillna("").astype(str)
    answers = {
        f"recommend_{answer}": (said == answer).astype(float).where(said != "")
        for answer in ("yes", "unsure", "no")
    }
    before, after = (table[f"worker_rating_{when}"].astype(float) for when in ("before", "after"))
    return table.assign(
        **answers,
        rated_before=before.where(after.notna()),
        rated_after=after.where(before.notna()),
        rated_change=after - before,
    )


def _with_endings(table: pd.DataFrame, state: pd.Series) -> pd.DataFrame:
    known = state.astype(str).str.replace(" ", "_")
    named = known.isin(ENDINGS).to_numpy(bool)
    kinds = {f"ending_{ending}": np.where(named, known == ending, np.nan) for ending in ENDINGS}
    return table.assign(
        **kinds,
        ended=(named | (state == "unknown")).to_numpy(bool),
        ending_unknown=(state == "unknown").astype(float),
        not_ended=(state == "not_ended").astype(float),
    )


def _by_site(
    people: pd.DataFrame, only: Collection[str] | None
) -> Iterator[tuple[str, pd.DataFrame]]:
    if only is None and len(people):
        yield ALL_SITES, people
    for site, chosen in people.groupby("site", sort=False):
        if only is None or site in only:
            yield str(site), chosen


def _rows(people: pd.DataFrame, *, level: float) -> Iterator[dict[str, object]]:
    for measure in MEASURES:
        found, n_unknown = _figure(measure, people, level=level)
        reason = found.reason
        if reason == "N0" and n_unknown:
            reason = NOT_RECORDED
        yield {
            "measure": measure.name,
            "kind": measure.kind,
            "unit": measure.unit,
            "better": measure.better,
            "n": found.n,
            "n_couples": found.n_couples,
            "n_unknown": n_unknown,
            "numerator": found.numerator,
            "denominator": found.denominator,
            "value": found.value,
            "low": found.low,
            "high": found.high,
            "reason": ";".join(filter(None, [reason, *_notes(measure, people)])),
        }


def _figure(measure: Measure, people: pd.DataFrame, *, level: float) -> tuple[Figure, int]:
    """The figure, and how many belong to it of whom it is not known."""
    if measure.name == "take_up":
        return _take_up(people, level=level)
    values = people[measure.column].to_numpy(float)
    cluster = people["cluster"].to_numpy(np.intp)
    known = ~np.isnan(values)
    if measure.whole:
        wholes = people[measure.whole].to_numpy(float)
        known &= ~np.isnan(wholes)
        found = clustered_ratio(values[known], wholes[known], cluster[known], level=level)
    elif measure.kind == "count":
        yes = values == 1
        found = Figure(int(yes.sum()), len(np.unique(cluster[yes])), float(yes.sum()))
    elif measure.kind == "share":
        found = clustered_share(values[known] == 1, cluster[known], level=level)
    elif measure.kind == "total":
        found = clustered_total(values[known], cluster[known])
    else:
        found = clustered_mean(values[known], cluster[known], level=level)
    return found, int((~known & _asked(measure.asked, people)).sum())


def _asked(whose: Asked, people: pd.DataFrame) -> np.ndarray:
    in_support = ~people["declined"].to_numpy(bool)
    if whose == "offered":
        return in_support & ~people["no_sessions"].to_numpy(bool)
    if whose == "ended":
        return people["ended"].to_numpy(bool)
    return in_support if whose == "support" else np.ones(len(people), dtype=bool)


def _take_up(people: pd.DataFrame, *, level: float) -> tuple[Figure, int]:
    """Share of all who were referred, as the step in attrition.csv: not known yet is not yet."""
    took_up = people["took_up"].to_numpy(float)
    n, n_couples = len(people), int(people["cluster"].nunique())
    unknown, yes = int(np.isnan(took_up).sum()), float(np.nansum(took_up))
    if unknown == n:
        return Figure(n, n_couples, reason=TAKE_UP_UNKNOWN), unknown
    low, high = wilson_interval(yes, n, level=level)
    return Figure(n, n_couples, yes / n, float(low), float(high), yes, float(n)), unknown


def _notes(measure: Measure, people: pd.DataFrame) -> list[str]:
    """What somebody should know of the figures as they were given."""
    columns = {measure.column, measure.whole}
    uses_offered = _SESSIONS_OFFERED in columns or measure.name == "fewer_than_half"
    of_sessions = uses_offered or measure.unit == "sessions"
    of_hours = columns & {"hours_offered", "hours_used"}
    codes = []
    if (of_sessions and (people["contradicts"] == 1).any()) or (
        of_hours and people["hours_contradict"].any()
    ):
        codes.append(CONTRADICT)
    if uses_offered and people["added_up"].any():
        codes.append(ADDED_UP)
    return codes
