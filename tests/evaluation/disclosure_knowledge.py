"""Whole numbers of which ranges and sums are known, and what is left possible for each.

Numbers that are known to be equal are one. Ranges are narrowed by every sum until nothing changes;
what is still open is found by integer programming, in parts that have nothing to do with each
other.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import coo_matrix, csr_matrix
from scipy.sparse.csgraph import connected_components

Key = Hashable
Range = tuple[float, float]
NOTHING_FITS: Range = (float("inf"), float("-inf"))
# Goals for all that is open at once, before any is looked for by itself, while they find more.
_FRUITLESS = 3
_ROUNDS = 30


class ContradictionError(ValueError):
    """No numbers at all are as they are said to be."""


@dataclass
class Knowledge:
    """What is known of whole numbers: the range of each, and sums of them."""

    low: list[float] = field(default_factory=list)
    high: list[float] = field(default_factory=list)
    place: dict[Key, int] = field(default_factory=dict)
    # Sums of which each is nought (``True``), or nought or less.
    sums: list[tuple[dict[int, float], bool]] = field(default_factory=list)
    same: list[tuple[int, int]] = field(default_factory=list)

    def add(self, key: Key, low: float, high: float) -> None:
        """A number between these two; if it is known already, what is known is put together."""
        if key in self.place:
            self.narrow(key, low, high)
            return
        self.place[key] = len(self.low)
        self.low.append(low)
        self.high.append(high)

    def narrow(self, key: Key, low: float, high: float) -> None:
        at = self.place[key]
        self.low[at], self.high[at] = max(self.low[at], low), min(self.high[at], high)

    def add_up(self, total: Key, parts: Iterable[Key]) -> None:
        """The parts are the total."""
        self.weigh([(1.0, total), *((-1.0, part) for part in parts)])

    def weigh(self, terms: Sequence[tuple[float, Key]], *, exactly: bool = True) -> None:
        """The terms add up to nought, or else to nought or less."""
        known: dict[int, float] = {}
        for sign, key in terms:
            known[self.place[key]] = known.get(self.place[key], 0.0) + sign
        known = {at: sign for at, sign in known.items() if sign}
        if exactly and sorted(known.values()) == [-1.0, 1.0]:
            first, second = known
            self.same.append((first, second))
        elif known:
            self.sums.append((known, exactly))

    def too_narrow(self, targets: Sequence[Key], *, values: int) -> dict[Key, Range]:
        """The targets of which fewer than so many values are possible, with their range.

        `NOTHING_FITS` where nothing at all does.
        """
        found = self.ranges(targets, values=values)
        return {key: span for key, span in found.items() if span[1] - span[0] < values - 1}

    def ranges(self, targets: Sequence[Key], *, values: int) -> dict[Key, Range]:
        """The least and the most that each target can be, as far as there are so many values."""
        found: dict[Key, Range] = {}
        for system in self._systems(targets):
            found |= system.ranges(values)
        return found

    def _systems(self, targets: Sequence[Key]) -> Iterator[_System]:
        """Parts of what is known that have nothing to do with each other."""
        of, low, high = self._merged()
        rows, columns, signs = [], [], []
        for number, (terms, _) in enumerate(self.sums):
            for at, sign in terms.items():
                rows.append(number)
                columns.append(of[at])
                signs.append(sign)
        shape = (len(self.sums), low.size)
        matrix = coo_matrix((signs, (rows, columns)), shape=shape).tocsr()
        matrix.eliminate_zeros()
        exact = np.array([exactly for _, exactly in self.sums], dtype=bool)
        touching = (abs(matrix).T @ abs(matrix)).tocsr()
        _, part = connected_components(touching, directed=False)
        of_row = np.full(len(self.sums), -1)
        filled = np.flatnonzero(np.diff(matrix.indptr))
        of_row[filled] = part[matrix.indices[matrix.indptr[filled]]]
        by_part: dict[int, list[Key]] = {}
        for key in targets:
            by_part.setdefault(int(part[of[self.place[key]]]), []).append(key)
        for number, keys in by_part.items():
            here, mine = np.flatnonzero(part == number), of_row == number
            places = {key: int(np.searchsorted(here, of[self.place[key]])) for key in keys}
            yield _System(matrix[mine][:, here], exact[mine], low[here], high[here], places)

    def _merged(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """The number of each set of equal numbers, and the range that all of them share."""
        n = len(self.low)
        first, second = (
            (list(ends) for ends in zip(*self.same, strict=True)) if self.same else ([], [])
        )
        links = coo_matrix((np.ones(len(first)), (first, second)), shape=(n, n))
        count, of = connected_components(links, directed=False)
        low, high = np.full(count, -np.inf), np.full(count, np.inf)
        np.maximum.at(low, of, self.low)
        np.minimum.at(high, of, self.high)
        return of, low, high


@dataclass
class _System:
    """Whole numbers within bounds of which some sums are known, and those that are sought."""

    sums: csr_matrix
    exact: np.ndarray
    low: np.ndarray
    high: np.ndarray
    places: dict[Key, int]
    # Whether narrowing has found the exact ranges, so that nothing need be looked for.
    settled: bool = False

    def ranges(self, values: int) -> dict[Key, Range]:
        try:
            self._narrow()
            least, most = self._seen(np.unique(list(self.places.values())), values)
        except ContradictionError:
            return dict.fromkeys(self.places, NOTHING_FITS)
        return {key: (float(least[at]), float(most[at])) for key, at in self.places.items()}

    def _narrow(self) -> None:
        """Ranges from one sum at a time, over and over."""
        matrix = self.sums.tocoo()
        row, column, sign = matrix.row, matrix.col, matrix.data
        for _ in range(_ROUNDS):
            ends = sign * self.low[column], sign * self.high[column]
            low, high = np.minimum(*ends), np.maximum(*ends)
            n = self.sums.shape[0]
            others_low = np.bincount(row, low, n)[row] - low
            others_high = np.bincount(row, high, n)[row] - high
            # sign * x is at most minus the others, and where the sum is exact at least as well.
            at_most, at_least = -others_low, np.where(self.exact[row], -others_high, -np.inf)
            upper = np.where(sign > 0, at_most / sign, at_least / sign)
            lower = np.where(sign > 0, at_least / sign, at_most / sign)
            new_low, new_high = self.low.copy(), self.high.copy()
            np.maximum.at(new_low, column, np.ceil(lower - 1e-9))
            np.minimum.at(new_high, column, np.floor(upper + 1e-9))
            if (new_low > new_high).any():
                raise ContradictionError("no numbers fit")
            if (new_low == self.low).all() and (new_high == self.high).all():
                self.settled = self._is_tree()
                return
            self.low, self.high = new_low, new_high

    def _is_tree(self) -> bool:
        """Whether no two numbers share more than one way: then the narrowed ranges are exact.

        Sums of whole numbers by 1 and -1 take every value between their ends.
        """
        n_sums, n_numbers = self.sums.shape
        tree = self.sums.nnz == n_sums + n_numbers - 1
        return bool(tree and (np.abs(self.sums.data) == 1).all())

    def _seen(self, sought: np.ndarray, values: int) -> tuple[np.ndarray, np.ndarray]:
        """The least and most of each number over the solutions that had to be looked for.

        Every solution is a witness for all that are sought, so few need one of their own.
        """
        if self.settled or not self.sums.shape[0]:
            return self.low, self.high
        first = self._best(np.zeros(self.low.size))
        least, most = first.copy(), first.copy()
        rng = np.random.default_rng(1)
        fruitless = 0
        while fruitless < _FRUITLESS:
            more, less = self._open(sought, least, most, values)
            if not more.size and not less.size:
                break
            # Some of what is open for more and the rest for less, all in one.
            goal = np.zeros(self.low.size)
            goal[more] = -rng.random(more.size)
            chosen = less[rng.random(less.size) < np.where(np.isin(less, more), 0.5, 1.0)]
            goal[chosen] = rng.random(chosen.size)
            before = (most - least)[sought].sum()
            point = self._best(goal)
            least, most = np.minimum(least, point), np.maximum(most, point)
            fruitless = 0 if (most - least)[sought].sum() > before else fruitless + 1
        for place in sought:
            for sign in (1.0, -1.0):
                more, less = self._open(np.array([place]), least, most, values)
                if (less if sign > 0 else more).size:
                    goal = np.zeros(self.low.size)
                    goal[place] = sign
                    point = self._best(goal)
                    least, most = np.minimum(least, point), np.maximum(most, point)
        return least, most

    def _open(
        self, sought: np.ndarray, least: np.ndarray, most: np.ndarray, values: int
    ) -> tuple[np.ndarray, np.ndarray]:
        """Of which of these more, and of which less, may still be possible."""
        few = sought[most[sought] - least[sought] < values - 1]
        return few[most[few] < self.high[few]], few[least[few] > self.low[few]]

    def _best(self, goal: np.ndarray) -> np.ndarray:
        """A solution that is best by this goal; the whole numbers are asked for if need be."""
        limits = LinearConstraint(self.sums, np.where(self.exact, 0.0, -np.inf), 0.0)
        bounds = Bounds(self.low, self.high)
        done = milp(goal, constraints=limits, bounds=bounds)
        if done.status == 0 and np.abs(done.x - np.round(done.x)).max() < 1e-6:
            return np.round(done.x)
        whole = np.ones(goal.size)
        # What is done beforehand now and then takes a system for empty that is not.
        for presolve in (True, False):
            done = milp(
                goal, constraints=limits, bounds=bounds, integrality=whole,
                options={"presolve": presolve, "mip_rel_gap": 0.0},
            )  # fmt: skip
            if done.status == 0:
                return np.round(done.x)
        raise ContradictionError(done.message)


def widths(ranges: Mapping[Key, Range]) -> dict[int, int]:
    """How many of these have one possible value, two, and so on; 0 where nothing fits."""
    counted: dict[int, int] = {}
    for low, high in ranges.values():
        values = int(max(high - low + 1, 0)) if np.isfinite(low) else 0
        counted[values] = counted.get(values, 0) + 1
    return dict(sorted(counted.items()))
