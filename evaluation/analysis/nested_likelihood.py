"""The restricted likelihood of nested random intercepts, without any large matrix.

Going from the persons up to the sites, a group is fully described by a weight and a mean; going
down again gives the slope of the likelihood in every variance.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evaluation.analysis.later import optimize

Array = NDArray[np.float64]

# Variances are searched as log(1 + variance / residual variance), from 0 up to this.
_LARGEST = float(np.log(1e12))
_STARTS = tuple(float(value) for value in np.log1p([0.1, 1.0, 10.0]))
_STEP_OF_CURVATURE = 1e-5
# The search has ended when another step would gain less than this in -2 log likelihood.
_WORTHLESS_GAIN = 1e-11
_MOST_STEPS = 50
# The likelihood is less exact than its slope: a rise below this share of it is rounding error.
_NO_RISE = 1e-8


@dataclass(frozen=True, slots=True)
class Point:
    """The model at given variance ratios; ``inverse`` is ``(x' (V/variance)^-1 x)^-1``."""

    criterion: float
    coefficients: Array
    variance: float
    inverse: Array
    rungs: tuple[tuple[Array, Array, Array, Array], ...]


@dataclass(frozen=True, slots=True)
class Tree:
    """Everything the likelihood needs of the data, innermost level first.

    ``sizes`` and ``means`` are those of the innermost groups, ``within`` the squares and products
    around these means. ``firsts`` and ``parents`` lead from each level to the one above it.
    """

    sizes: Array
    means: Array
    within: Array
    firsts: tuple[NDArray[np.intp], ...]
    parents: tuple[NDArray[np.intp], ...]
    n_levels: int
    df: int

    @classmethod
    def of(cls, columns: Array, values: Array, codes: list[NDArray[np.intp]]) -> Tree:
        data = np.column_stack([columns, values])
        df = len(values) - columns.shape[1]
        if not codes:
            return cls(np.empty(0), np.empty((0, 0)), data.T @ data, (), (), 0, df)
        # Codes of a level are numbered in the order of the levels above, so one sort serves all.
        order = np.argsort(codes[0], kind="stable")
        data, codes = data[order], [code[order] for code in codes]
        firsts = [np.flatnonzero(np.diff(code, prepend=-1)) for code in codes]
        sizes = np.diff(firsts[0], append=len(data)).astype(float)
        means = np.add.reduceat(data, firsts[0], axis=0) / sizes[:, None]
        apart = data - means[codes[0]]
        parents = tuple(above[first] for above, first in zip(codes[1:], firsts, strict=False))
        steps = tuple(np.flatnonzero(np.diff(parent, prepend=-1)) for parent in parents)
        return cls(sizes, means, apart.T @ apart, steps, parents, len(codes), df)

    def at(self, ratios: Array) -> Point:
        """Walk up from the innermost groups."""
        total, mean, matrix = self.sizes, self.means, self.within.copy()
        weight = total
        log_determinant = 0.0
        rungs = []
        for level, ratio in enumerate(ratios):
            if level:
                first, parent = self.firsts[level - 1], self.parents[level - 1]
                total = np.add.reduceat(weight, first)
                above = np.add.reduceat(weight[:, None] * mean, first, axis=0) / total[:, None]
                apart = mean - above[parent]
                matrix += apart.T @ (weight[:, None] * apart)
                mean = above
            growth = 1 + ratio * total
            weight = total / growth
            log_determinant += float(np.log(growth).sum())
            rungs.append((total, growth, weight, mean))
        if rungs:
            matrix += mean.T @ (weight[:, None] * mean)
        inverse = np.asarray(np.linalg.inv(matrix[:-1, :-1]), dtype=float)
        coefficients = inverse @ matrix[:-1, -1]
        # Written as a square, rounding of the coefficients hardly touches it.
        apart = np.append(-coefficients, 1.0)
        variance = float(apart @ matrix @ apart) / self.df
        sign, of_columns = np.linalg.slogdet(matrix[:-1, :-1])
        usable = variance > 0 and sign > 0
        criterion = (
            self.df * float(np.log(variance)) + log_determinant + float(of_columns)
            if usable
            else float("inf")
        )
        return Point(criterion, coefficients, variance, inverse, tuple(rungs))

    def slope(self, ratios: Array, point: Point) -> Array:
        """Derivative of the criterion in the ratios: walk down from the outermost groups."""
        found = np.zeros(self.n_levels)
        top = point.rungs[-1][0]
        effect, spread = np.zeros((top.size, self.means.shape[1])), np.zeros(top.size)
        for level in range(self.n_levels - 1, -1, -1):
            _, growth, weight, mean = point.rungs[level]
            if level < self.n_levels - 1:
                parent = self.parents[level]
                effect, spread = effect[parent], spread[parent]
            own = weight[:, None] * (mean - effect)
            fixed = own[:, :-1]
            residual = own[:, -1] - fixed @ point.coefficients
            expected = float((weight - weight**2 * spread).sum())
            expected -= float(((fixed @ point.inverse) * fixed).sum())
            found[level] = expected - float(residual @ residual) / point.variance
            effect = effect + ratios[level] * own
            spread = ratios[level] / growth + spread / growth**2
        return found

    def both(self, place: Array) -> tuple[float, Array]:
        """Criterion and slope in ``log(1 + ratio)``."""
        ratios = np.expm1(place)
        point = self.at(ratios)
        if not np.isfinite(point.criterion):
            return point.criterion, np.zeros(self.n_levels)
        return point.criterion, self.slope(ratios, point) * (1 + ratios)


def most_likely_ratios(tree: Tree) -> Array | None:
    """Variance ratios, innermost first, of the largest likelihood; None if none is sure to be."""
    if tree.n_levels == 0:
        return np.empty(0)
    grid = [np.array(start) for start in itertools.product(_STARTS, repeat=tree.n_levels)]
    heights = [tree.at(np.expm1(start)).criterion for start in grid]
    found: list[tuple[float, Array]] = []
    for position in np.argsort(heights, kind="stable")[:2]:
        rough = optimize.minimize(
            tree.both,
            grid[position],
            jac=True,
            method="L-BFGS-B",
            bounds=[(0.0, _LARGEST)] * tree.n_levels,
            options={"ftol": 1e-13, "gtol": 1e-7, "maxiter": 200},
        )
        place = _polish(tree, np.asarray(rough.x, dtype=float))
        if place is not None:
            found.append((tree.at(np.expm1(place)).criterion, place))
    return np.expm1(min(found, key=lambda end: end[0])[1]) if found else None


def _polish(tree: Tree, place: Array) -> Array | None:
    """Newton steps with the ratios kept at 0 or above; None unless they end at an optimum."""
    height, slope = tree.both(place)
    for _ in range(_MOST_STEPS):
        free = ~((place <= 0) & (slope >= 0))
        if not free.any():
            return place
        curvature = _curvature(tree, place)[np.ix_(free, free)]
        if not (np.linalg.eigvalsh(curvature) > 0).all() or (place >= _LARGEST).any():
            return None
        step = np.zeros_like(place)
        step[free] = np.linalg.solve(curvature, slope[free])
        gain = float(slope @ step)
        new = np.maximum(place - step, 0.0)
        if gain <= _WORTHLESS_GAIN:
            return new if (new[free] > 0).all() else _at_the_edge(tree, new)
        for _ in range(_MOST_STEPS):
            new_height, new_slope = tree.both(new)
            if new_height <= height + _NO_RISE * (1 + abs(height)):
                break
            new = (place + new) / 2
        else:
            return None
        place, height, slope = new, new_height, new_slope
    return None


def _at_the_edge(tree: Tree, place: Array) -> Array | None:
    """A place whose zeros are right: the likelihood falls, or is level, away from them."""
    _, slope = tree.both(place)
    return place if (slope[place <= 0] >= -1e-6).all() else None


def _curvature(tree: Tree, place: Array) -> Array:
    """Second derivatives, from differences of the exact slope."""
    rows = []
    for level in range(tree.n_levels):
        step = np.zeros_like(place)
        step[level] = _STEP_OF_CURVATURE * (1 + place[level])
        # At 0 the difference is taken to one side.
        after, before = tree.both(place + step)[1], tree.both(np.maximum(place - step, 0.0))[1]
        width = step[level] + min(step[level], place[level])
        rows.append((after - before) / width)
    matrix = np.array(rows)
    return (matrix + matrix.T) / 2
