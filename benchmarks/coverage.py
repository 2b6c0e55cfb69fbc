"""How often the intervals of a mean change hold the true one when partners are alike.

Both partners of every couple answer. Their changes have the stated intraclass correlation; the
scores before have one of .5. The plain interval takes everybody as independent; the clustered one
is ours. Right is 0.95.

    python -m benchmarks.coverage [--replications 4000]
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from evaluation.analysis.clusters import clustered_se
from evaluation.analysis.effect import hedges_correction, paired_effect
from evaluation.analysis.intervals import critical_t

Array = NDArray[np.float64]
Draw = Callable[[np.random.Generator, tuple[int, ...]], Array]
COUPLES = (20, 50, 100, 200)
ICCS = (0.4, 0.6)
ICC_BEFORE = 0.5
MEAN_CHANGE, SD_CHANGE = 0.5, 0.8  # in standard deviations of the scores before
SEED = 2017


def normal(rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
    """Standard normal."""
    return rng.standard_normal(shape)


def skewed(rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
    """Exponential, with mean 0 and standard deviation 1: skewness 2."""
    return rng.standard_exponential(shape) - 1


def couples(
    rng: np.random.Generator, draw: Draw, *, runs: int, n_couples: int, icc: float
) -> Array:
    """Values of both partners with standard deviation 1; shape (runs, couples, 2)."""
    shared = draw(rng, (runs, n_couples, 1))
    own = draw(rng, (runs, n_couples, 2))
    return np.sqrt(icc) * shared + np.sqrt(1 - icc) * own


def clustered_errors(influence: Array) -> Array:
    """Standard errors by couple, one for each run: `clustered_se` for many samples at once."""
    totals = influence.sum(axis=2)
    n_couples = totals.shape[1]
    return np.sqrt(n_couples / (n_couples - 1) * (totals**2).sum(axis=1)) / (2 * n_couples)


def share_held(estimate: Array, se: Array, df: int, truth: float) -> float:
    """The share of runs whose t interval holds the truth."""
    return float((np.abs(estimate - truth) <= critical_t(df) * se).mean())


def measure(draw: Draw, *, runs: int, n_couples: int, icc: float) -> tuple[float, float, float]:
    """Coverage of the plain and the clustered interval of the mean, and of that of g_pre."""
    rng = np.random.default_rng([SEED, n_couples, round(100 * icc), draw is skewed])
    size = {"runs": runs, "n_couples": n_couples}
    before = couples(rng, draw, **size, icc=ICC_BEFORE)
    change = MEAN_CHANGE + SD_CHANGE * couples(rng, draw, **size, icc=icc)
    n = 2 * n_couples
    mean = change.mean(axis=(1, 2), keepdims=True)
    clustered = clustered_errors(change - mean)
    plain = change.std(axis=(1, 2), ddof=1) / np.sqrt(n)
    sd = before.std(axis=(1, 2), ddof=1, keepdims=True)
    start = ((before - before.mean(axis=(1, 2), keepdims=True)) / sd) ** 2 * n / (n - 1) - 1
    d = mean / sd
    g_se = clustered_errors((change - mean) / sd - d / 2 * start)
    g = hedges_correction(n - 1) * d.ravel()
    _check_against_ours(before[0], change[0], clustered[0], g[0], g_se[0])
    average = mean.ravel()
    return (
        share_held(average, plain, n - 1, MEAN_CHANGE),
        share_held(average, clustered, n_couples - 1, MEAN_CHANGE),
        share_held(g, g_se, n_couples - 1, MEAN_CHANGE),
    )


def _check_against_ours(before: Array, change: Array, se: float, g: float, g_se: float) -> None:
    """The first run by the functions that the product uses."""
    cluster = np.repeat(np.arange(len(before)), 2)
    ours = paired_effect(before.ravel(), (before + change).ravel(), cluster, better="higher")
    reach = float(critical_t(len(before) - 1)) * g_se
    same = np.allclose(
        [clustered_se((change - change.mean()).ravel(), cluster), ours.g_pre, ours.g_pre_high],
        [se, g, g + reach],
    )
    if not same:
        raise ValueError("benchmark: its intervals are not those of paired_effect")


def main() -> int:
    """Print one line for each kind of scores, likeness of partners and number of couples."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--replications", type=int, default=4000)
    runs = parser.parse_args().replications
    sys.stdout.write(f"{runs} replications, Monte Carlo error {np.sqrt(0.95 * 0.05 / runs):.4f}\n")
    sys.stdout.write(
        f"{'scores':<8}{'ICC':>5}{'couples':>9}{'plain t':>9}{'by couple':>11}{'g_pre':>8}\n"
    )
    for name, draw in (("normal", normal), ("skewed", skewed)):
        for icc in ICCS:
            for n_couples in COUPLES:
                plain, clustered, g = measure(draw, runs=runs, n_couples=n_couples, icc=icc)
                sys.stdout.write(
                    f"{name:<8}{icc:>5}{n_couples:>9}{plain:>9.3f}{clustered:>11.3f}{g:>8.3f}\n"
                )
    return 0


if __name__ == "__main__":
    sys.exit(main())
