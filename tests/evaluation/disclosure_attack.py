"""An intruder who has every released table, and works out what was hidden.

Counts are whole numbers that lie in their rounding intervals (a hidden one from 1 to
``hide_below`` - 1), parts add up to their total, sites to all sites together, and the same people
are in several tables. Averages of whole-number scores allow only some numbers of people. What is
left for each hidden count is found by integer programming.

The intruder is helped: an identity that holds in the programme is taken as known, also where a
reader could only guess that it does.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import coo_matrix, csr_matrix
from scipy.sparse.csgraph import connected_components

from evaluation.analysis.effect import hedges_correction
from evaluation.config import DisclosureRule

Tables = Mapping[str, pd.DataFrame]
Key = tuple[str, int, str]
MOST = 100_000.0
# So many people, and a size may be given with one decimal.
FEW = 18
CLASSES = ("recovered", "improved", "unchanged", "deteriorated", "harmed")
COUNTS: dict[str, tuple[str, ...]] = {
    "effects": ("n", "n_couples", "n_excluded"),
    "reliable_change": ("n", *CLASSES, "clinical_at_start"),
    "attrition": ("n", "not_eligible", "not_yet_due", "window_open", "missed", "done"),
    "couples": ("n_couples", "n_both", "both_better", "discordant", "both_worse"),
    "waves": ("n", "n_couples", "n_before", "n_after", "n_both"),
    "maintenance": ("n", "maintained", "gain_lost", "late_gain", "worse_at_follow_up", "never",
                    "lost_and_worse"),
    "robustness": ("n", "n_couples"),
    "subgroups": ("n", "n_couples"),
    "site_estimates": ("n", "n_couples"),
    "payment_by_results": ("n", "eligible", "observed", "withdrawn", "missing", "reached"),
    "lost_vs_kept": ("n_kept", "n_lost", "couples_kept", "couples_lost"),
    "sensitivity": ("n", "n_completers", "n_lost", "n_waiting", "n_not_asked"),
    "differential_attrition": ("n", "n_lost", "other_n", "other_lost"),
    "reporter_gap": ("n_couples", "both", "only_mother", "only_father", "only_one", "neither",
                     "not_judged", "n_gap"),
}  # fmt: skip
# A total and its parts in one row; those of two parts leave the least room.
PARTS: dict[str, tuple[tuple[str, tuple[str, ...]], ...]] = {
    "reliable_change": (("n", CLASSES),),
    "attrition": (("n", ("not_eligible", "not_yet_due", "window_open", "missed", "done")),),
    "couples": (("n_both", ("both_better", "discordant", "both_worse")),),
    "maintenance": (("n", ("maintained", "gain_lost", "late_gain", "worse_at_follow_up", "never",
                           "lost_and_worse")),),
    "payment_by_results": (("eligible", ("observed", "withdrawn", "missing")),),
    "sensitivity": (("n", ("n_completers", "n_lost")),),
    "reporter_gap": (("n_couples", ("both", "only_mother", "only_father", "only_one", "neither",
                                    "not_judged")),),
}  # fmt: skip
_MEASURE = ("site", "instrument", "scale", "contrast")
_POINTS = ("mean_before", "sd_before", "mean_after", "sd_after", "raw_change", "improvement")
# The same people counted in two tables.
SAME = (
    ("effects", "n", "reliable_change", "n"),
    ("effects", "n", "robustness", "n"),
    ("effects", "n", "site_estimates", "n"),
    ("effects", "n", "sensitivity", "n_completers"),
    ("effects", "n", "waves", "n_both"),
    ("effects", "n_excluded", "sensitivity", "n_lost"),
)


@dataclass
class Knowledge:
    """What is known of whole numbers: the range of each, and sums of them that are equal."""

    low: list[float] = field(default_factory=list)
    high: list[float] = field(default_factory=list)
    place: dict[Key, int] = field(default_factory=dict)
    sums: list[dict[int, float]] = field(default_factory=list)

    def add(self, key: Key, low: float, high: float) -> None:
        self.place[key] = len(self.low)
        self.low.append(low)
        self.high.append(high)

    def narrow(self, key: Key, low: float, high: float) -> None:
        at = self.place[key]
        self.low[at], self.high[at] = max(self.low[at], low), min(self.high[at], high)

    def add_up(self, total: Key, parts: Iterable[Key]) -> None:
        known = {self.place[total]: 1.0}
        for part in parts:
            known[self.place[part]] = known.get(self.place[part], 0.0) - 1.0
        self.sums.append(known)

    def too_narrow(self, targets: Sequence[Key], *, values: int) -> dict[Key, tuple[float, float]]:
        """The targets of which fewer than so many values are possible, with their range.

        (inf, -inf) where nothing at all fits. Every solution is a witness for all the targets of
        its system, so that few of them have to be looked for one by one.
        """
        found: dict[Key, tuple[float, float]] = {}
        for system in self._systems(targets):
            found |= system.too_narrow(values)
        return found

    def _systems(self, targets: Sequence[Key]) -> Iterator[_System]:
        """Parts of what is known that have nothing to do with each other."""
        low, high = np.array(self.low), np.array(self.high)
        rows = np.repeat(np.arange(len(self.sums)), [len(s) for s in self.sums])
        columns = np.array([c for s in self.sums for c in s], dtype=int)
        values = np.array([v for s in self.sums for v in s.values()])
        shape = (len(self.sums), low.size)
        matrix = coo_matrix((values, (rows, columns)), shape=shape).tocsr()
        both = (abs(matrix).T @ abs(matrix)).tocsr()
        _, part = connected_components(both, directed=False)
        of_row = np.array([part[next(iter(s))] for s in self.sums], dtype=int)
        by_part: dict[int, list[Key]] = {}
        for key in targets:
            by_part.setdefault(int(part[self.place[key]]), []).append(key)
        for number, keys in by_part.items():
            here = np.flatnonzero(part == number)
            places = {key: int(np.searchsorted(here, self.place[key])) for key in keys}
            yield _System(matrix[of_row == number][:, here], low[here], high[here], places)


@dataclass
class _System:
    """Whole numbers within bounds of which some sums are nought, and those that are sought."""

    sums: csr_matrix
    low: np.ndarray
    high: np.ndarray
    places: dict[Key, int]

    def too_narrow(self, values: int) -> dict[Key, tuple[float, float]]:
        at = np.array(list(self.places.values()))
        goals = np.zeros((4, self.low.size))
        goals[0, at], goals[1, at] = 1.0, -1.0
        goals[2:, at] = np.random.default_rng(1).choice([-1.0, 1.0], (2, at.size))
        seen = [point for goal in goals if (point := self._best(goal)) is not None]
        if not seen:
            return dict.fromkeys(self.places, (float("inf"), float("-inf")))
        least, most = np.min(seen, axis=0), np.max(seen, axis=0)
        found = {}
        for key, place in self.places.items():
            for sign in (1.0, -1.0):
                if most[place] - least[place] >= values - 1:
                    break
                goal = np.zeros(self.low.size)
                goal[place] = sign
                point = self._best(goal)
                if point is None:
                    raise ValueError(f"goal={key}: what could be solved before can be no longer")
                least, most = np.minimum(least, point), np.maximum(most, point)
            if most[place] - least[place] < values - 1:
                found[key] = (float(least[place]), float(most[place]))
        return found

    def _best(self, goal: np.ndarray) -> np.ndarray | None:
        constraints = [LinearConstraint(self.sums, 0.0, 0.0)] if self.sums.shape[0] else []
        bounds = Bounds(self.low, self.high)
        done = milp(goal, constraints=constraints, bounds=bounds, integrality=np.ones(goal.size))
        return np.round(done.x) if done.status == 0 else None


def known_from(
    exact: Tables, released: Tables, rule: DisclosureRule, *, averages: bool = True
) -> tuple[Knowledge, list[Key]]:
    """What the released tables tell, and the counts that they are to keep hidden.

    ``exact`` serves to say which identities hold, and which blank cells are hidden counts.
    """
    known, hidden = Knowledge(), []
    for name in COUNTS:
        if name in released and len(released[name]) == len(exact[name]):
            hidden += _learn_counts(known, name, exact[name], released[name], rule)
    for name in COUNTS:
        if name in released and len(released[name]) == len(exact[name]):
            _learn_sums(known, name, exact[name])
    _learn_same(known, exact)
    if averages:
        for place, fits in numbers_that_fit(released["effects"], rule).items():
            if fits and ("effects", place, "n") in known.place:
                known.narrow(("effects", place, "n"), min(fits), max(fits))
    return known, hidden


def _learn_counts(
    known: Knowledge, name: str, exact: pd.DataFrame, shown: pd.DataFrame, rule: DisclosureRule
) -> list[Key]:
    half = (rule.round_to - 1) // 2
    hidden: list[Key] = []
    columns = [column for column in COUNTS[name] if column in exact]
    numbers = shown[columns].apply(pd.to_numeric).to_numpy(float)
    truth = exact[columns].apply(pd.to_numeric).to_numpy(float)
    for row, (seen, real) in enumerate(zip(numbers, truth, strict=True)):
        whole_row = np.isnan(seen).all()
        for column, value, true in zip(columns, seen, real, strict=True):
            if np.isnan(true):
                continue
            key = (name, row, column)
            if value == 0:
                known.add(key, 0, 0)
            elif not np.isnan(value):
                known.add(key, max(value - half, rule.hide_below), value + half)
            elif whole_row or true == 0 or true >= rule.hide_below:
                known.add(key, 0, MOST)
            else:
                known.add(key, 1, rule.hide_below - 1)
            if np.isnan(value) and 0 < true < rule.hide_below:
                hidden.append(key)
    return hidden


def _learn_sums(known: Knowledge, name: str, exact: pd.DataFrame) -> None:
    """Parts of a row, and the sites of all sites, wherever they do add up."""
    table = exact.reset_index(drop=True)
    for total, parts in PARTS.get(name, ()):
        there = [part for part in parts if part in table]
        adds_up = table[there].fillna(0).astype(float).sum(axis=1) == table[total].astype(float)
        for row in np.flatnonzero(adds_up).tolist():
            keys = [(name, row, part) for part in there if (name, row, part) in known.place]
            known.add_up((name, row, total), keys)
    if "site" not in table:
        return
    counts = [column for column in COUNTS[name] if column in table]
    fixed = [
        column for column in table.columns
        if column not in ("site", "cutoff", "sd_used", "rc_points", "reliability")
        and column in ("subgroup", "instrument", "scale", "contrast", "method", "cutoff_type",
                       "step", "unit", "row", "trait", "level", "reference", "adjusted", "wave",
                       "characteristic", "kind", "by", "group", "outcome")
    ]  # fmt: skip
    groups = table.groupby(fixed, dropna=False, sort=False) if fixed else [((), table)]
    values = table[counts].apply(pd.to_numeric).to_numpy(float)
    is_total = (table["site"] == "ALL").to_numpy(bool)
    for _, rows in groups:
        here = rows.index.to_numpy(int)
        total, sites = here[is_total[here]], here[~is_total[here]]
        if total.size != 1 or not sites.size:
            continue
        holds = values[sites].sum(axis=0) == values[total[0]]
        for column in np.array(counts, dtype=object)[holds]:
            known.add_up(
                (name, int(total[0]), column), [(name, int(i), str(column)) for i in sites]
            )


def _learn_same(known: Knowledge, exact: Tables) -> None:
    first = exact["effects"].reset_index(drop=True)
    first = first[first["subgroup"] == ""]
    cells = first[list(_MEASURE)].itertuples(index=True, name=None)
    rows: dict[tuple, Any] = {cell[1:]: cell[0] for cell in cells}
    for _, column, other, name in SAME:
        if other not in exact:
            continue
        there = exact[other][[*_MEASURE, name]].itertuples(index=False, name=None)
        for i, (*cell, count) in enumerate(there):
            at = rows.get(tuple(cell), -1)
            keys: tuple[Key, Key] = (("effects", at, column), (other, i, name))
            if all(key in known.place for key in keys) and first.loc[at, column] == count:
                known.add_up(keys[0], [keys[1]])
    _learn_same_states(known, exact, rows)


def _learn_same_states(known: Knowledge, exact: Tables, rows: Mapping[tuple, Any]) -> None:
    """Who had done a wave: the base of the next steps, and the people of an effect."""
    if "attrition" not in exact:
        return
    table = exact["attrition"].reset_index(drop=True)
    keys = table[["site", "unit", "step"]].itertuples(index=False, name=None)
    place = {key: at for at, key in enumerate(keys)}
    for (site, unit, step), at in place.items():
        start = place.get((site, unit, "baseline"), -1)
        pairs: list[tuple[Key, Key]] = [(("attrition", at, "n"), ("attrition", start, "done"))]
        if unit == "person":
            for cell, row in rows.items():
                if cell[0] == site and cell[3] == f"baseline_{step}":
                    pairs.append((("attrition", at, "done"), ("effects", row, "n")))
        for first, second in pairs:
            there = first in known.place and second in known.place and first != second
            if there and _value(exact, first) == _value(exact, second):
                known.add_up(first, [second])


def _value(exact: Tables, key: Key) -> float:
    name, row, column = key
    return float(exact[name][column].iloc[row])


# --- averages of whole-number scores --------------------------------------------------------


def numbers_that_fit(effects: pd.DataFrame, rule: DisclosureRule) -> dict[int, list[int]]:
    """For each row with averages the numbers of people that its decimals allow."""
    found = {}
    for row, values in enumerate(effects.to_dict("records")):
        if values["n"] is None or pd.isna(values["n"]) or pd.isna(values["mean_before"]):
            continue
        n, half = int(values["n"]), (rule.round_to - 1) // 2
        candidates = range(max(n - half, rule.min_n), n + half + 1)
        found[row] = [m for m in candidates if fits(values, m)]
    return found


def fits(row: Mapping[str, object], n: int) -> bool:
    """Whether n whole-number scores can have these averages, spreads and this effect."""
    half = 0.5 * 10.0 ** -_decimals(row)
    before = _whole_sums(row["mean_before"], half, n)
    low, high = _within(row["raw_change"], half)
    # Where the row adds up as shown, the second average is the sum of two rounded numbers.
    added = float(row["mean_before"]) + float(row["raw_change"])  # type: ignore[arg-type]
    adds_up = abs(added - float(row["mean_after"])) < 1e-6  # type: ignore[arg-type]
    after = _whole_sums(row["mean_after"], 2 * half if adds_up else half, n)
    changes = (after[None, :] - before[:, None]) / n
    if not ((changes >= low) & (changes <= high)).any():
        return False
    for sums, spread in ((before, row["sd_before"]), (after, row["sd_after"])):
        if not any(_has_squares(int(total), n, _within(spread, half)) for total in sums):
            return False
    return _effect_fits(row, half, n)


def _decimals(row: Mapping[str, object]) -> int:
    """How many decimals the points of a row are given with."""
    shown = [float(row[name]) for name in _POINTS if pd.notna(row[name])]  # type: ignore[arg-type]
    return next(d for d in range(7) if d == 6 or np.allclose(np.round(shown, d), shown, atol=1e-9))


def _within(value: object, half: float) -> tuple[float, float]:
    return float(value) - half - 1e-9, float(value) + half + 1e-9  # type: ignore[arg-type]


def _whole_sums(mean: object, half: float, n: int) -> np.ndarray:
    low, high = _within(mean, half)
    return np.arange(np.ceil(low * n), np.floor(high * n) + 1)


def _has_squares(total: int, n: int, spread: tuple[float, float]) -> bool:
    """Whether squares of whole numbers with this total can have this standard deviation."""
    low, high = (max(s, 0.0) ** 2 * (n - 1) + total**2 / n for s in spread)
    first = int(np.ceil(low - 1e-6))
    first += (first - total) % 2  # a whole number and its square are odd or even together
    return first <= high + 1e-6


def _effect_fits(row: Mapping[str, object], half: float, n: int) -> bool:
    if pd.isna(row["g_pre"]):
        return True
    size = float(row["g_pre"])  # type: ignore[arg-type]
    low, high = _within(
        size, 0.05 if n < FEW and abs(size * 10 - round(size * 10)) < 1e-6 else 0.005
    )
    changes, spreads = _within(row["improvement"], half), _within(row["sd_before"], half)
    factor = float(hedges_correction(n - 1))
    ends = [factor * change / spread for change in changes for spread in spreads if spread > 0]
    return len(ends) < 4 or (min(ends) <= high and max(ends) >= low)


# --- the whole attack -----------------------------------------------------------------------


@dataclass(frozen=True)
class Found:
    """How many counts were hidden, and those of which one or two values are possible.

    ``six_or_seven`` is what rounding to five says of a hidden count where two rounded counts are
    ten apart; no count of five or fewer follows. ``contradictions`` fit nothing.
    """

    hidden: int
    determined: dict[Key, tuple[float, float]]
    two_values: dict[Key, tuple[float, float]]
    six_or_seven: dict[Key, tuple[float, float]]
    contradictions: dict[Key, tuple[float, float]]


def attack(exact: Tables, released: Tables, rule: DisclosureRule) -> Found:
    """Work out every hidden count from all that is released together."""
    known, hidden = known_from(exact, released, rule)
    narrow = known.too_narrow(hidden, values=3)
    six = float(rule.hide_below - 2)
    return Found(
        len(hidden),
        determined={k: r for k, r in narrow.items() if r[0] == r[1]},
        two_values={k: r for k, r in narrow.items() if r[0] < r[1] and r[0] < six},
        six_or_seven={k: r for k, r in narrow.items() if r[0] < r[1] and r[0] >= six},
        contradictions={k: r for k, r in narrow.items() if r[0] > r[1]},
    )
