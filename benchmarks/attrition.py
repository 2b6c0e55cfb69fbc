"""Whether the ways to allow for those who are lost find the true mean change, when they should.

Couples (a third of them one person alone) answer at the start, at the end and three months later.
True change from the start to three months is known. In three runs the loss at three months depends
on

    gain so far   how little was gained by the end; scores go together equally over time
    end score     how bad the end score was; scores go together less the further apart
    unseen        the score at three months itself, which nobody sees for those lost

The first two can be put right from what was observed, the last cannot: there only an assumption
about those lost, or the bounds, can hold the truth.

    python -m benchmarks.attrition [--replications 300] [--couples 80]
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from evaluation.analysis.inverse_probability import inverse_probability_mean
from evaluation.analysis.multiple_imputation import impute_scores, number_of_imputations
from evaluation.analysis.sensitivity import DeltaAnalysis, last_score, mean_change
from evaluation.analysis.waves_model import waves_model

Array = NDArray[np.float64]
MEANS = np.array([20.0, 14.0, 12.0])  # lower is better
TRUTH = float(MEANS[0] - MEANS[2])
VARIANCE, COUPLE_SHARE = 41.0, 0.4
EQUAL = np.full((3, 3), 0.6) + 0.4 * np.eye(3)
FADING = np.array([[1.0, 0.6, 0.35], [0.6, 1.0, 0.7], [0.35, 0.7, 1.0]])
LOWEST, HIGHEST = -15.0, 50.0  # wide enough for every score that is drawn
SEED = 2018
Loss = Callable[[Array], Array]


@dataclass(frozen=True, slots=True)
class Run:
    """How scores go together over time, and what the logit of the loss is."""

    name: str
    correlation: Array
    logit: Loss


RUNS = (
    Run("gain so far", EQUAL, lambda y: -0.25 * (y[:, 0] - y[:, 1] - 6)),
    Run("end score", FADING, lambda y: 0.3 * (y[:, 1] - 14)),
    Run("unseen", EQUAL, lambda y: 0.3 * (y[:, 2] - 12)),
)


def draw(rng: np.random.Generator, run: Run, n_couples: int) -> tuple[Array, NDArray[np.intp]]:
    """Scores of everybody, shape (n, 3), and the couples."""
    root = np.linalg.cholesky(VARIANCE * run.correlation)
    shared = rng.standard_normal((n_couples, 1, 3))
    own = rng.standard_normal((n_couples, 2, 3))
    noise = np.sqrt(COUPLE_SHARE) * shared + np.sqrt(1 - COUPLE_SHARE) * own
    y = (MEANS + noise @ root.T).reshape(-1, 3)
    cluster = np.repeat(np.arange(n_couples), 2)
    there = np.ones(2 * n_couples, dtype=bool)
    there[1 : 2 * (n_couples // 3) : 2] = False
    return y[there], cluster[there]


def estimates(
    y: Array, lost: NDArray[np.bool_], cluster: NDArray[np.intp], *, seed: int, shortfall: float
) -> dict[str, tuple[float, float, float]]:
    """Estimate and interval of each method from what was observed."""
    seen = y.copy()
    seen[lost, 2] = np.nan
    change = seen[:, 0] - seen[:, 2]
    drawn = impute_scores(seen, cluster, m=number_of_imputations(float(lost.mean())), seed=seed)
    delta = DeltaAnalysis.of(drawn.scores[:, :, 0] - drawn.scores[:, :, 2], lost, cluster)
    fixed = {
        "bocf": np.zeros(len(y)),
        "locf": y[:, 0] - last_score(seen),
        "worst": y[:, 0] - HIGHEST,
        "best": y[:, 0] - LOWEST,
    }
    found = {
        "completers": mean_change(change, cluster),
        "likelihood": likelihood(seen, cluster),
        "ipw": inverse_probability_mean(change, cluster, y[:, :2]),
        "mi": delta.at(0.0),
        **{name: mean_change(np.where(lost, x, change), cluster) for name, x in fixed.items()},
        "delta": delta.at(shortfall),
    }
    return {name: (value.estimate, value.low, value.high) for name, value in found.items()}


def likelihood(seen: Array, cluster: NDArray[np.intp]):  # type: ignore[no-untyped-def]
    """The model of all waves that waves.csv has."""
    n = len(seen)
    table = pd.DataFrame(
        {
            "participant": np.tile(np.arange(n), 3).astype(str),
            "couple": np.tile(cluster, 3).astype(str),
            "wave": np.repeat(["baseline", "end", "3m"], n),
            "score": seen.T.ravel(),
        }
    )
    waves = [("baseline", "3m"), ("baseline", "end")]
    found, _ = waves_model(table, better="lower", contrasts=waves).contrasts
    return found


def lost_people(rng: np.random.Generator, run: Run, y: Array) -> NDArray[np.bool_]:
    """Who is lost at three months."""
    return rng.random(len(y)) < 1 / (1 + np.exp(-run.logit(y)))


def shortfall_of(run: Run) -> float:
    """How much worse those lost did than others with the same scores so far, in a large sample."""
    rng = np.random.default_rng(SEED)
    y, cluster = draw(rng, run, 4000)
    lost = lost_people(rng, run, y)
    seen = np.where(lost[:, None] & (np.arange(3) == 2), np.nan, y)
    drawn = impute_scores(seen, cluster, m=20, seed=SEED)
    return float((y[lost, 2] - drawn.scores[:, lost, 2].mean(axis=0)).mean())


def measure(run: Run, *, replications: int, n_couples: int) -> Iterator[str]:
    """A line for each method: bias, its Monte Carlo error, and how often the interval holds."""
    shortfall = shortfall_of(run)
    found: dict[str, list[tuple[float, float, float]]] = {}
    shares = []
    for number in range(replications):
        rng = np.random.default_rng([SEED, number])
        y, cluster = draw(rng, run, n_couples)
        lost = lost_people(rng, run, y)
        shares.append(lost.mean())
        row = estimates(y, lost, cluster, seed=number, shortfall=shortfall)
        for name, values in row.items():
            found.setdefault(name, []).append(values)
    yield (
        f"{run.name}: {np.mean(shares):.0%} lost; those lost did {shortfall:.2f} points worse than "
        "others with the same scores so far"
    )
    tables = {name: np.array(values) for name, values in found.items()}
    for name, table in tables.items():
        bias = table[:, 0] - TRUTH
        error = bias.std(ddof=1) / np.sqrt(replications)
        holds = np.mean((table[:, 1] <= TRUTH) & (table[:, 2] >= TRUTH))
        yield f"  {name:<12}{bias.mean():>8.2f}{error:>8.2f}{holds:>8.3f}"
    inside = (tables["worst"][:, 0] <= TRUTH) & (tables["best"][:, 0] >= TRUTH)
    yield f"  the truth lies between worst and best in {inside.mean():.1%}"


def main() -> int:
    """Print the three runs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--replications", type=int, default=300)
    parser.add_argument("--couples", type=int, default=80)
    given = parser.parse_args()
    sys.stdout.write(f"{given.replications} replications; bias, its error, intervals that hold\n")
    for run in RUNS:
        for line in measure(run, replications=given.replications, n_couples=given.couples):
            sys.stdout.write(line + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
