"""lost_vs_kept.csv and missing_at_random.csv: how those we lost differed from those we kept."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from evaluation.analysis.little import little_mcar
from evaluation.analysis.lost_and_kept import (
    lost_or_kept,
    lost_without_dates,
    standardised_differences,
)
from evaluation.analysis.pairing import UNIT, cluster_labels
from evaluation.analysis.practitioners import without_practitioners
from evaluation.model import ALL_SITES, CHARACTERISTIC_COLUMNS, months_of
from evaluation.tables.groups import ordered

if TYPE_CHECKING:
    from evaluation.programme import Results

LOST_COLUMNS = (
    "site", "step", "characteristic", "kind", "kept", "lost", "n_kept", "n_lost", "smd",
    "variance_ratio", "p", "flag", "couples_kept", "couples_lost", "cox_index", "reason",
)  # fmt: skip
MISSING_COLUMNS = (
    "site", "instrument", "scale", "n", "n_couples", "waves", "patterns", "statistic", "df", "p",
    "statistic_unbiased", "p_unbiased", "reason",
)  # fmt: skip
PERSON = ["site", "participant"]
IN_A_COUPLE, SESSIONS = "in_a_couple", "sessions_attended"
UNDATED = "NO_END_DATES"


def score_name(instrument: str, scale: str, wave: str) -> str:
    """A score as a characteristic: ``das_32.total at baseline``."""
    return f"{instrument}.{scale} at {wave}"


def lost_vs_kept_table(results: Results, *, only: Collection[str] | None = None) -> pd.DataFrame:
    """Every characteristic of those we lost and those we kept, at the end and each follow-up.

    A row for each site (and ``ALL``, unless ``only`` names sites), step and characteristic that
    is known of somebody who is kept or lost there; parents only. A score about several children
    of one person is their mean. Scores of the end are compared at follow-ups only. The reason
    ``NO_END_DATES``: no date says when a questionnaire was due, so a missing one counts as lost.
    """
    judged = judged_people(results)
    if judged.empty:
        return ordered([], LOST_COLUMNS)
    values, shares = characteristics(results)
    number = values.index.get_indexer(pd.MultiIndex.from_frame(judged[PERSON]))
    at_end = np.array([str(name).endswith(" at end") for name in values.columns])
    data = values.to_numpy(float)
    tables = []
    for site, step, rows in places(judged, only):
        chosen = judged.iloc[rows]
        here = data[number[rows]]
        asked = ~np.isnan(here).all(axis=0) & ~(at_end & (step == "end"))
        # What nobody here has, such as another site's way of working, tells nothing.
        asked &= ~shares | (np.nan_to_num(here) > 0).any(axis=0)
        found = standardised_differences(
            here[:, asked], chosen["lost"], chosen["cluster"], shares=shares[asked]
        )
        undated = UNDATED if chosen["undated"].any() else ""
        tables.append(
            found.assign(
                site=site,
                step=step,
                characteristic=values.columns[asked],
                kind=np.where(shares[asked], "share", "mean"),
                reason=joined_reasons(found["reason"], undated),
            )
        )
    if not tables:
        return ordered([], LOST_COLUMNS)
    return pd.concat(tables, ignore_index=True)[list(LOST_COLUMNS)]


def joined_reasons(reasons: pd.Series, more: str) -> pd.Series:
    """The same reasons with one more behind each."""
    return reasons.map(lambda reason: ";".join(filter(None, [reason, more]))).astype(object)


def judged_people(results: Results) -> pd.DataFrame:
    """Who is kept or lost at each step: site, participant, step, lost, cluster, undated."""
    states = results.states
    fates = lost_or_kept(states)
    table = states[["site", "participant", "couple"]].astype(object)
    table = table.assign(
        step=states["wave"].astype(object),
        lost=fates.eq("lost"),
        cluster=pd.factorize(cluster_labels(table))[0],
        undated=lost_without_dates(states),
    )
    return table[fates.isin(["kept", "lost"])].reset_index(drop=True)


def places(
    judged: pd.DataFrame, only: Collection[str] | None
) -> Iterator[tuple[str, str, NDArray[np.intp]]]:
    """All together (unless ``only`` names sites) and each site, step by step: their rows."""
    # By time and by name, so that the order of rows in a spreadsheet decides nothing.
    steps, sites = sorted(judged["step"].unique(), key=wave_order), sorted(judged["site"].unique())
    step, site = judged["step"].to_numpy(object), judged["site"].to_numpy(object)
    names = [ALL_SITES, *sites] if only is None else [name for name in sites if name in only]
    for name in names:
        here = np.ones(len(judged), dtype=bool) if name == ALL_SITES else site == name
        for wave in steps:
            rows = np.flatnonzero(here & (step == wave))
            if rows.size:
                yield str(name), str(wave), rows


def characteristics(results: Results) -> tuple[pd.DataFrame, NDArray[np.bool_]]:
    """What is known of every parent, one column each, and which columns are shares.

    The index is site and participant. Shares are 1 or 0; NaN = not known.
    """
    people = results.people[[*PERSON, "couple"]].astype(object)
    index = pd.MultiIndex.from_frame(people[PERSON])
    means = _scores(results, index)
    means[SESSIONS] = sessions_attended(results, index)
    levels = _levels(results, index)
    levels[IN_A_COUPLE] = in_a_couple(people).astype(float)
    means = means.loc[:, means.notna().any()]
    shares = np.repeat([False, True], [means.shape[1], levels.shape[1]])
    return pd.concat([means, levels], axis=1), shares


def _scores(results: Results, index: pd.MultiIndex) -> pd.DataFrame:
    waves = results.waves
    waves = waves[waves["wave"].isin(["baseline", "end"])]
    if waves.empty:
        return pd.DataFrame(index=index)
    keys = ["wave", "instrument", "scale"]
    table = waves.groupby([*PERSON, *keys], sort=False, observed=True)["score"].mean()
    wide = table.unstack(keys).reindex(index)
    # Baselines first, each in the order in which the scales are defined.
    place = scale_order(results)
    wide = wide[sorted(wide.columns, key=lambda name: (name[0] != "baseline", place(*name[1:])))]
    wide.columns = pd.Index(
        [score_name(instrument, scale, wave) for wave, instrument, scale in wide.columns]
    )
    return wide


def scale_order(results: Results) -> Callable[[str, str], tuple[int, int]]:
    """Where a scale stands among the definitions, whatever order a spreadsheet has."""
    places = {
        (name, scale.id): (number, place)
        for number, (name, instrument) in enumerate(sorted(results.instruments.items()))
        for place, scale in enumerate(instrument.scales)
    }
    return lambda instrument, scale: places[(instrument, scale)]


def sessions_attended(results: Results, index: pd.MultiIndex) -> NDArray[np.float64]:
    """Sessions that each person attended; NaN where nobody says."""
    service = results.service_use
    attended = pd.to_numeric(service["sessions_attended"]).astype(float)
    known = pd.Series(
        attended.to_numpy(), index=pd.MultiIndex.from_frame(service[PERSON].astype(object))
    )
    return known[~known.index.duplicated()].reindex(index).to_numpy(float)


def in_a_couple(people: pd.DataFrame) -> NDArray[np.bool_]:
    """Whether somebody else of the site has the same couple code."""
    size = people.groupby(cluster_labels(people))["site"].transform("size")
    return (people["couple"].ne("") & (size > 1)).to_numpy(bool)


def traits(results: Results, index: pd.MultiIndex) -> pd.DataFrame:
    """Role and the optional characteristics of each person as texts; ``""`` where not known."""
    names = ["role", *CHARACTERISTIC_COLUMNS]
    table = results.participants[[*PERSON, *names]].astype(object)
    table = table.drop_duplicates(PERSON).set_index(PERSON).reindex(index)
    return table.fillna("").astype(str).apply(lambda column: column.str.strip())


def _levels(results: Results, index: pd.MultiIndex) -> pd.DataFrame:
    known = traits(results, index)
    columns = {
        f"{name}={level}": (values == level).astype(float).where(values != "")
        for name, values in known.items()
        for level in sorted(set(values) - {""})
    }
    return pd.DataFrame(columns, index=index)


def missing_at_random_table(
    results: Results, *, only: Collection[str] | None = None
) -> pd.DataFrame:
    """Little's test of each scale over its waves: a footnote, and never a licence.

    Whoever has a score at any wave counts; a wave that is not due yet is missing like any other.
    One row for each site and ``ALL``.
    """
    waves = _parents_scores(results)
    rows: list[dict[str, object]] = []
    place = scale_order(results)
    groups = waves.groupby(["instrument", "scale"], sort=False)
    for (instrument, scale), scores in sorted(groups, key=lambda group: place(*group[0])):
        wide = scores.set_index([*UNIT, "cluster", "wave"])["score"].unstack("wave")
        values, site = wide.to_numpy(float), wide.index.get_level_values("site")
        clusters = wide.index.get_level_values("cluster").to_numpy()
        order = np.array([wave_order(str(wave)) for wave in wide.columns])
        values = values[:, np.argsort(order, kind="stable")]
        sites = sorted(scores["site"].unique())
        names = [ALL_SITES, *sites] if only is None else [name for name in sites if name in only]
        for name in names:
            here = np.ones(len(wide), dtype=bool) if name == ALL_SITES else site == name
            found = little_mcar(values[here])
            rows.append(
                {"site": name, "instrument": instrument, "scale": scale}
                | {column: getattr(found, column) for column in MISSING_COLUMNS[6:]}
                | {
                    "n": found.n,
                    "n_couples": np.unique(clusters[here]).size,
                    "waves": int((~np.isnan(values[here])).any(axis=0).sum()),
                }
            )
    return ordered(rows, MISSING_COLUMNS)


def wave_order(wave: str) -> int:
    """Months after the end; before it, the start is first."""
    months = months_of(wave)
    return months if months is not None else -1 if wave == "baseline" else 0


def _parents_scores(results: Results) -> pd.DataFrame:
    mine = without_practitioners(results.waves, results.participants)
    mine = mine.drop_duplicates([*UNIT, "wave"])
    labels = cluster_labels(mine[[*PERSON, "couple"]].astype(object))
    return mine.assign(cluster=pd.factorize(labels)[0])
