"""reporter_gap.csv: couples of which both, one or neither answered, and how partners differ."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from evaluation.analysis.lost_and_kept import lost_or_kept
from evaluation.analysis.reporter_gap import (
    count_answers,
    difference_of_means,
    grouped_means,
    which_answered,
)
from evaluation.model import ALL_SITES
from evaluation.tables.groups import ordered
from evaluation.tables.lost_and_kept import scale_order

if TYPE_CHECKING:
    from evaluation.programme import Results

PERSON = ["site", "participant"]
PLACE = ["site", "instrument", "scale"]
# Two partners on one scale; for a child, two reports on one child.
COUPLE = ["site", "couple", "child", "informant", "instrument", "scale"]
START = "baseline"
MOTHER, FATHER = "mother", "father"
# Of no couple it is known who is the mother and who the father.
NO_ROLES = "NO_ROLES"
REPORTER_GAP_COLUMNS = (
    *PLACE, "wave", "n_couples", "both", "only_mother", "only_father", "only_one", "neither",
    "not_judged", "n_gap", "gap_mean", "gap_low", "gap_high", "before_both", "before_one",
    "before_difference", "before_low", "before_high", "gap_before_both", "gap_before_one",
    "reason",
)  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class Couples:
    """Couples of which both partners answered at the start, and what became of them.

    ``places`` are the site, instrument and scale of every score at the start. ``table`` has a row
    for each couple (and child) and scale: mothers are first where ``roles_known``. By wave, from
    the start on: ``scores``, shape (n, 2), NaN = none; ``answers``, places in ANSWERS.
    """

    places: pd.DataFrame
    table: pd.DataFrame
    scores: dict[str, NDArray[np.float64]]
    answers: dict[str, NDArray[np.int8]]

    def gap(self, wave: str) -> NDArray[np.float64]:
        """Mother's minus father's score at a wave; NaN where it is not known."""
        scores = self.scores[wave]
        return np.where(self.table["roles_known"], scores[:, 0] - scores[:, 1], np.nan)

    @property
    def average_at_start(self) -> NDArray[np.float64]:
        return self.scores[START].sum(axis=1) / 2

    def came_back(self, wave: str) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        """Couples of which both partners answered at a wave, and of which one did."""
        answers = self.answers[wave]
        return answers == 0, (answers == 1) | (answers == 2)


def reporter_gap_table(results: Results, *, only: Collection[str] | None = None) -> pd.DataFrame:
    """Two reporters or one, of the couples of which both partners answered at the start.

    Returns
    -------
    DataFrame
        REPORTER_GAP_COLUMNS, one row for each site (and ``ALL``), scale and wave. ``n_couples`` =
        both + only_mother + only_father + only_one + neither + not_judged; ``only_one`` are
        couples of which it is not known who is the mother and who the father. ``gap_*``:
        mother's minus father's score in points as scored, of the ``n_gap`` couples with both at
        this wave. ``before_*``: the
        couple's average score at the start where both and where one came back, and one minus
        both; ``gap_before_*`` the gap at the start of the same couples. Reasons: ``SINGLES`` no
        couple with both at the start, ``NOT_YET_DUE``, ``NO_ROLES``, else of the gap; behind it
        ``FEW_COUPLES`` or ``SE0`` where the start cannot be compared, ``NO_ROLES`` where a gap at
        the start is not known.

    Notes
    -----
    Intervals are clustered by couple. Direction is that of the scale: a gap is no improvement.
    """
    couples = answers_of_couples(results, only=only)
    if couples.places.empty:
        return pd.DataFrame(columns=list(REPORTER_GAP_COLUMNS))
    places = _in_order(couples.places, results)
    level = results.settings.level
    tables = [_of_places(couples, places, level)]
    if only is None:
        everywhere = _in_order(places[PLACE[1:]].drop_duplicates(), results)
        tables.append(_of_places(couples, everywhere.assign(site=ALL_SITES), level))
    table = pd.concat(tables, ignore_index=True)
    unused = results.states[results.states["reason"] == "wave_not_used"]
    skipped = pd.MultiIndex.from_frame(unused[["site", "wave"]].drop_duplicates())
    not_asked = pd.MultiIndex.from_frame(table[["site", "wave"]]).isin(skipped)
    waiting = table["reason"] == "NOT_YET_DUE"
    table["reason"] = table["reason"].mask(waiting & not_asked, "wave_not_used")
    return ordered(table.to_dict("records"), REPORTER_GAP_COLUMNS)


def answers_of_couples(results: Results, *, only: Collection[str] | None = None) -> Couples:
    """Which couples the table is about, of the sites in ``only`` or of all, and what they said."""
    scores = results.waves
    if only is not None:
        scores = scores[scores["site"].isin(list(only))]
    parents = pd.MultiIndex.from_frame(results.states[PERSON].drop_duplicates())
    scores = scores[pd.MultiIndex.from_frame(scores[PERSON]).isin(parents)]
    start = scores[scores["wave"] == START]
    table = _couples(start, results.participants)
    at = {START: table[["score_1", "score_2"]].to_numpy(float)}
    judged = {START: np.ones((len(table), 2), dtype=bool)}
    states = results.states.assign(
        judged=lost_or_kept(results.states).isin(["kept", "lost"]).to_numpy(bool)
    )
    for wave, those in states.groupby("wave", sort=False):
        at[str(wave)] = _scores_at(table, scores[scores["wave"] == wave])
        judged[str(wave)] = _judged(table, those)
    return Couples(
        start[PLACE].drop_duplicates(), table, at, {w: _who(at[w], judged[w]) for w in at}
    )


def _who(scores: NDArray[np.float64], judged: NDArray[np.bool_]) -> NDArray[np.int8]:
    there = np.isfinite(scores)
    return which_answered(
        there[:, 0], there[:, 1], first_judged=judged[:, 0], second_judged=judged[:, 1]
    )


def _in_order(places: pd.DataFrame, results: Results) -> pd.DataFrame:
    """By the definitions, so that the order of rows in a spreadsheet decides nothing."""
    place = scale_order(results)
    names = zip(places["instrument"], places["scale"], strict=True)
    number = pd.Series([place(*name) for name in names], index=places.index, dtype=object)
    return places.loc[number.sort_values(kind="stable").index].reset_index(drop=True)


def _couples(start: pd.DataFrame, participants: pd.DataFrame) -> pd.DataFrame:
    """One row for each couple (and child) with two reporters at the start; mothers come first."""
    named = start[start["couple"].fillna("") != ""]
    roles = participants[[*PERSON, "role"]].drop_duplicates(PERSON)
    named = named.merge(roles, on=PERSON, how="left")
    role = named["role"].astype(object).fillna("").astype(str).str.strip().str.casefold()
    place = role.map({MOTHER: 0, FATHER: 2}).fillna(1)
    named = named.assign(role=role, place=place)
    named = named.sort_values(["place", "participant"], kind="stable").reset_index(drop=True)
    groups = named.groupby(COUPLE, sort=False, dropna=False)
    pairs = named[groups["participant"].transform("size") == 2]
    columns = [*COUPLE, "participant", "role", "score"]
    order = pairs.groupby(COUPLE, sort=False, dropna=False).cumcount()
    first, second = pairs.loc[order == 0, columns], pairs.loc[order == 1, columns]
    both = first.merge(second, on=COUPLE, suffixes=("_1", "_2"))
    known = (both["role_1"] == MOTHER) & (both["role_2"] == FATHER)
    number = both.groupby(["site", "couple"], sort=False).ngroup()
    return both.assign(roles_known=known.to_numpy(bool), number=number.to_numpy())


def _of_places(couples: Couples, places: pd.DataFrame, level: float) -> pd.DataFrame:
    """The rows of every wave for these places; couples of all sites together for ``ALL``."""
    names = PLACE if (places["site"] != ALL_SITES).all() else PLACE[1:]
    index = pd.MultiIndex.from_frame(places[names])
    group = index.get_indexer(pd.MultiIndex.from_frame(couples.table[names]))
    tables = [
        _wave_rows(couples, places, group, wave, level).assign(wave=wave)
        for wave in couples.answers
    ]
    order = np.argsort(np.tile(np.arange(len(places)), len(tables)), kind="stable")
    return pd.concat(tables, ignore_index=True).iloc[order]


def _scores_at(couples: pd.DataFrame, scores: pd.DataFrame) -> np.ndarray:
    keys = ["site", "child", "informant", "instrument", "scale"]
    known = scores.drop_duplicates([*keys, "participant"]).set_index([*keys, "participant"])[
        "score"
    ]
    found = [
        known.reindex(pd.MultiIndex.from_frame(couples[[*keys, f"participant_{side}"]]))
        for side in (1, 2)
    ]
    return np.column_stack([column.to_numpy(float) for column in found])


def _judged(couples: pd.DataFrame, states: pd.DataFrame) -> NDArray[np.bool_]:
    """Whether the time of each partner has passed, from the states of one wave."""
    people = pd.MultiIndex.from_frame(states[PERSON])
    known = pd.Series(states["judged"].to_numpy(bool), index=people)
    sides = [
        known.reindex(pd.MultiIndex.from_frame(couples[["site", f"participant_{side}"]]))
        for side in (1, 2)
    ]
    return np.column_stack([side.fillna(False).to_numpy(bool) for side in sides])


def _wave_rows(
    couples: Couples, places: pd.DataFrame, group: np.ndarray, wave: str, level: float
) -> pd.DataFrame:
    answers = couples.answers[wave]
    roles = couples.table["roles_known"].to_numpy(bool)
    n_groups = len(places)
    all_counts = count_answers(answers, group, n_groups)
    by_role = count_answers(answers[roles], group[roles], n_groups)
    one = all_counts["only_first"] + all_counts["only_second"]
    counts = pd.DataFrame(
        {
            "n_couples": all_counts.sum(axis=1),
            "both": all_counts["both"],
            "only_mother": by_role["only_first"],
            "only_father": by_role["only_second"],
            "only_one": one - by_role["only_first"] - by_role["only_second"],
            "neither": all_counts["neither"],
            "not_judged": all_counts["not_judged"],
        }
    )
    number = couples.table["number"].to_numpy()
    gap = grouped_means(couples.gap(wave), number, group, n_groups, level=level)
    table = pd.concat([places.reset_index(drop=True), counts], axis=1).assign(
        n_gap=gap.n, gap_mean=gap.mean, gap_low=gap.low, gap_high=gap.high,
        **_at_the_start(couples, wave, group, n_groups, level),
    )  # fmt: skip
    return table.assign(reason=_reasons(table, gap.reason))


def _at_the_start(
    couples: Couples, wave: str, group: np.ndarray, n_groups: int, level: float
) -> dict[str, np.ndarray]:
    """How couples began of which both came back, beside those of which one did."""
    average, gap = couples.average_at_start, couples.gap(START)
    number = couples.table["number"].to_numpy()
    both, one = couples.came_back(wave)

    def mean_of(values: np.ndarray, chosen: np.ndarray):  # type: ignore[no-untyped-def]
        picked = np.where(chosen, values, np.nan)
        return grouped_means(picked, number, group, n_groups, level=level)

    of_both, of_one = mean_of(average, both), mean_of(average, one)
    difference, low, high = difference_of_means(of_one, of_both, level=level)
    return {
        "before_both": of_both.mean,
        "before_one": of_one.mean,
        "before_difference": difference,
        "before_low": low,
        "before_high": high,
        "gap_before_both": mean_of(gap, both).mean,
        "gap_before_one": mean_of(gap, one).mean,
    }


def _reasons(table: pd.DataFrame, of_gap: np.ndarray) -> np.ndarray:
    """Why the gap is not there or has no interval, the first that holds; then of the start."""
    nobody = table["n_couples"] == 0
    waiting = ~nobody & (table["not_judged"] == table["n_couples"])
    no_roles = (table["n_gap"] == 0) & (table["both"] > 0)
    reasons = np.select(
        [nobody, waiting, no_roles], ["SINGLES", "NOT_YET_DUE", NO_ROLES], default=of_gap
    )
    # Both of nobody came back although some were due.
    reasons = np.where(reasons == "N0", "NONE_OBSERVED", reasons)
    # The same words for none and for one, so that they tell no count.
    one = table["only_mother"] + table["only_father"] + table["only_one"]
    few = (table["both"] < 2) | (one < 2)
    no_interval = table["before_low"].isna() & ~nobody & ~waiting
    start = np.where(no_interval, np.where(few, "FEW_COUPLES", "SE0"), "")
    unknown = (table["both"] > 0) & table["gap_before_both"].isna()
    unknown |= (one > 0) & table["gap_before_one"].isna()
    gap = np.where(unknown & (reasons != NO_ROLES), NO_ROLES, "")
    codes = zip(reasons, start, gap, strict=True)
    return np.array([";".join(dict.fromkeys(filter(None, row))) for row in codes], dtype=object)
