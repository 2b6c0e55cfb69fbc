"""session_course.csv and stand_ins.csv: questionnaires filled in at every session.

There is no row of all sites together: sessions of different kinds of support do not compare.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from evaluation.analysis.effect import PairedEffect, paired_effect
from evaluation.analysis.pairing import UNIT, cluster_labels
from evaluation.analysis.session_course import (
    SessionChange,
    first_to_last,
    session_means,
    slope_per_session,
)
from evaluation.model import ALL_SITES
from evaluation.tables.groups import ordered
from instruments.definition import Scale

if TYPE_CHECKING:
    from evaluation.programme import Results

SESSION_COURSE_COLUMNS = (
    "site", "instrument", "scale", "group", "row", "session_number", "n", "n_couples", "mean",
    "low", "high", "n_scores", "mean_at_first", "reason",
)  # fmt: skip
STAND_IN_COLUMNS = (
    "site", "instrument", "scale", "contrast", "n", "n_couples", "start_stand_ins",
    "end_stand_ins", "improvement", "low", "high", "n_without", "n_couples_without",
    "improvement_without", "low_without", "high_without", "reason",
)  # fmt: skip
GROUPS = ("all", "completed", "left_early")
_OF_IMPROVEMENT = ("N0", "N1", "NO_DIRECTION", "G1", "SD0", "SE0")
COMPLETED = "planned"  # how support ended for those who stayed as long as was planned


def sites_with_sessions(results: Results) -> list[str]:
    """The sites where a family answered one scale at two sessions or more, by name."""
    return sorted(_at_sessions(results)["site"].unique(), key=str.casefold)


def session_course_table(
    results: Results, only: Collection[str] | None = None, *, measure: str | None = None
) -> pd.DataFrame:
    """session_course.csv, of the sites in ``only`` or of all; of one ``instrument.scale`` or all.

    ``row`` = ``session``: ``mean``, in points of the scale, of those who answered at that session;
    ``first_last``: mean improvement of each person from their first to their last session;
    ``slope``: mean improvement from one session to the next by likelihood. Both improvements are
    positive where things got better. ``group``: ``completed`` = support ended as planned,
    ``left_early`` = it ended otherwise; who is still coming is in ``all`` only.
    """
    table = _at_sessions(results)
    if only is not None:
        table = table[table["site"].isin(only)]
    if measure is not None:
        table = table[_measure_of(table) == measure]
    rows: list[dict[str, object]] = []
    for (site, instrument, scale_id), scores in table.groupby(
        ["site", "instrument", "scale"], sort=False
    ):
        scale = results.instruments[instrument].scale(scale_id)
        place = {"site": site, "instrument": instrument, "scale": scale_id}
        for group, chosen in _by_ending(scores):
            found = _course(chosen, scale, level=results.settings.level)
            rows += [place | {"group": group} | row for row in found]
    return ordered(rows, SESSION_COURSE_COLUMNS).astype({"session_number": "Int64"})


def stand_ins_table(
    results: Results, only: Collection[str] | None = None, *, measure: str | None = None
) -> pd.DataFrame:
    """stand_ins.csv: whose last session stands in for the end, and the effect without them.

    A row for each effect (``ALL`` too, unless ``only`` names sites) in which anybody has a session
    in place of the start or the end. ``*_without`` leaves those with a stood-in end out.
    """
    rows: list[dict[str, object]] = []
    for contrast in results.pairs:
        pairs = _marked(results, contrast)
        pairs = pairs if measure is None else pairs[_measure_of(pairs) == measure]
        for (instrument, scale_id), mine in pairs.groupby(["instrument", "scale"], sort=False):
            if (mine["start_is_session"] | mine["end_is_session"]).any():
                scale = results.instruments[instrument].scale(scale_id)
                place = {"instrument": instrument, "scale": scale_id, "contrast": contrast}
                found = _stand_in_rows(mine, scale, only, level=results.settings.level)
                rows += [place | row for row in found]
    return ordered(rows, STAND_IN_COLUMNS)


def stand_in(results: Results, site: str, measure: str, contrast: str) -> int:
    """For how many people of one effect the last session stands in for the end.

    ``site`` may be ``ALL``; ``measure`` is ``instrument.scale``. 0 where the contrast has no end.
    """
    if contrast not in results.pairs:
        raise ValueError(f"contrast={contrast!r}: allowed are {', '.join(results.pairs)}")
    pairs = _marked(results, contrast)
    chosen = _measure_of(pairs) == measure
    if site != ALL_SITES:
        chosen &= pairs["site"] == site
    return int(pairs.loc[chosen, "end_is_session"].sum())


def _at_sessions(results: Results) -> pd.DataFrame:
    """Families' scores at sessions, of scales that somebody at the site answered twice."""
    scores = results.scores
    asked = (scores["wave"] == "session") & scores["session_number"].notna()
    columns = [*UNIT, "couple", "session_number", "score"]
    table = scores.loc[asked & scores["score"].notna(), columns]
    # Practitioners are not among the people.
    table = table.merge(
        results.people[["site", "participant", "ending"]], on=["site", "participant"]
    )
    per_unit = table.groupby(UNIT, dropna=False)["score"].transform("size")
    repeated = per_unit.groupby([table[name] for name in ("site", "instrument", "scale")])
    return table[repeated.transform("max") > 1]


def _by_ending(scores: pd.DataFrame) -> Iterator[tuple[str, pd.DataFrame]]:
    ended = scores["ending"].astype(object).fillna("").astype(str).str.strip()
    chosen = (np.ones(len(scores), dtype=bool), ended == COMPLETED, ~ended.isin(["", COMPLETED]))
    for group, rows in zip(GROUPS, chosen, strict=True):
        if rows.any():
            yield group, scores[rows]


def _course(scores: pd.DataFrame, scale: Scale, *, level: float) -> list[dict[str, object]]:
    columns = (
        scores.groupby(UNIT, sort=False, dropna=False).ngroup().to_numpy(),
        scores["session_number"].to_numpy(float),
        scores["score"].to_numpy(float),
        pd.factorize(cluster_labels(scores))[0],
    )
    rows: list[dict[str, object]] = [
        {
            "row": "session", "session_number": found.session_number, "n": found.n,
            "n_couples": found.n_couples, "mean": found.mean, "low": found.low,
            "high": found.high, "n_scores": found.n, "mean_at_first": found.mean_at_first,
            "reason": found.reason,
        }
        for found in session_means(*columns, level=level)
    ]  # fmt: skip
    changes: dict[str, SessionChange] = {
        "first_last": first_to_last(*columns, better=scale.better, level=level),
        "slope": slope_per_session(*columns, better=scale.better, level=level),
    }
    for row, found in changes.items():
        rows.append(
            {
                "row": row, "n": found.n, "n_couples": found.n_couples,
                "mean": found.improvement, "low": found.low, "high": found.high,
                "n_scores": found.n_scores, "reason": found.reason,
            }
        )  # fmt: skip
    return rows


def _marked(results: Results, contrast: str) -> pd.DataFrame:
    """The families' pairs in use, with marks where a session stands in for the start or end."""
    pairs = results.pairs[contrast]
    pairs = pairs[(pairs["excluded"] == "") & ~pairs["practitioner"]]
    units = pd.MultiIndex.from_frame(pairs[UNIT])
    assumed = results.waves[results.waves["assumed"]]

    def stands_in(wave: str) -> np.ndarray:
        if wave not in contrast.split("_", 1):
            return np.zeros(len(pairs), dtype=bool)
        found = assumed.loc[assumed["wave"] == wave, UNIT]
        return np.asarray(units.isin(pd.MultiIndex.from_frame(found)))

    return pairs.assign(start_is_session=stands_in("baseline"), end_is_session=stands_in("end"))


def _measure_of(table: pd.DataFrame) -> pd.Series:
    return table["instrument"].astype(str) + "." + table["scale"].astype(str)


def _stand_in_rows(
    everybody: pd.DataFrame, scale: Scale, only: Collection[str] | None, *, level: float
) -> Iterator[dict[str, object]]:
    groups = [(ALL_SITES, everybody)] if only is None else []
    groups += [
        (str(site), pairs)
        for site, pairs in everybody.groupby("site", sort=False)
        if only is None or site in only
    ]
    for site, pairs in groups:
        starts, ends = int(pairs["start_is_session"].sum()), int(pairs["end_is_session"].sum())
        if not starts and not ends:
            continue
        whole = _effect(pairs, scale, level)
        rest = _effect(pairs[~pairs["end_is_session"]], scale, level)
        yield {
            "site": site, "n": whole.n, "n_couples": whole.n_couples, "start_stand_ins": starts,
            "end_stand_ins": ends, "improvement": whole.improvement,
            "low": whole.improvement_low, "high": whole.improvement_high, "n_without": rest.n,
            "n_couples_without": rest.n_couples, "improvement_without": rest.improvement,
            "low_without": rest.improvement_low, "high_without": rest.improvement_high,
            "reason": _reason(rest),
        }  # fmt: skip


def _reason(found: PairedEffect) -> str:
    """Why the mean improvement or its interval is empty; the other reasons are of other columns."""
    if np.isfinite(found.improvement_low):
        return ""
    return ";".join(code for code in found.reason.split(";") if code in _OF_IMPROVEMENT)


def _effect(pairs: pd.DataFrame, scale: Scale, level: float) -> PairedEffect:
    return paired_effect(
        pairs["before"], pairs["after"], pd.factorize(pairs["cluster"])[0], better=scale.better,
        level=level,
    )  # fmt: skip
