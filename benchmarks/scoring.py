"""Scoring a million questionnaires against the least that any scoring has to do.

The floor is one sum and one count of blanks: ``np.nansum(X, 1)`` and ``np.isnan(X).sum(1)`` on a
C-ordered array. Scores, bands, status and reasons are included in ours.

    python -m benchmarks.scoring [--rows 1000000]
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable

import numpy as np
import pandas as pd

from instruments.registry import get
from instruments.scoring import score

BARS = {"phq9": 3.0, "core_om": 6.0}
SHARE_MISSING = 0.02
REPEATS = 5


def best_of(work: Callable[[], object], repeats: int = REPEATS) -> float:
    """The shortest of several times, in seconds: the one least disturbed by other work."""
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return min(times)


def measure(instrument_id: str, rows: int) -> tuple[float, float]:
    """Seconds for the floor and for our scoring of the same answers."""
    instrument = get(instrument_id)
    rng = np.random.default_rng(2017)
    low = np.array([item.minimum for item in instrument.items])
    high = np.array([item.maximum for item in instrument.items])
    answers = rng.integers(low, high + 1, size=(rows, len(low))).astype(float)
    answers[rng.random(answers.shape) < SHARE_MISSING] = np.nan
    numbers = [item.number for item in instrument.items]
    frame = pd.DataFrame(answers, columns=numbers, copy=False)

    def floor() -> None:
        np.nansum(answers, 1)
        np.isnan(answers).sum(1)

    return best_of(floor), best_of(lambda: score(instrument, frame))


def main() -> int:
    """Print one line for each questionnaire."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    rows = parser.parse_args().rows
    sys.stdout.write(f"{'questionnaire':<14}{'floor s':>9}{'ours s':>9}{'ratio':>8}{'bar':>6}\n")
    for instrument_id, bar in BARS.items():
        floor, ours = measure(instrument_id, rows)
        sys.stdout.write(
            f"{instrument_id:<14}{floor:9.3f}{ours:9.3f}{ours / floor:8.2f}{bar:6.1f}\n"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
