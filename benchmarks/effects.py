"""The programme's effects table against two tests for each of its cells.

Ours: scores of every wave to the pairs of five contrasts and every column of effects.csv, for each
site and for all together. The other side: pingouin's paired t-test and Wilcoxon test on the same
pairs of each site and contrast, already paired. Without pingouin only our time is printed.

    python -m benchmarks.effects [--people 200]
"""

from __future__ import annotations

import argparse
import importlib
import sys
import time
import warnings
from collections.abc import Callable

import numpy as np
import pandas as pd

from evaluation.tables.effects import effects_tables
from evaluation.tables.groups import Group, find_groups, paired_contrasts
from instruments.definition import Instrument, Item, Scale

SITES, SCALES = 12, 20
WAVES = ("baseline", "end", "3m", "6m")
BAR = 3.0
REPEATS = 3


def programme(people: int) -> tuple[pd.DataFrame, pd.DataFrame, dict[str, Instrument]]:
    """Scores of couples at four waves, whole numbers as real scores are; the same every time."""
    rng = np.random.default_rng(2017)
    scales = tuple(
        Scale(f"s{n}", f"Scale {n}", (1,), "sum", (0, 100), "higher", "confirmed", "")
        for n in range(SCALES)
    )
    site = np.repeat([f"Site {n}" for n in range(SITES)], people).astype(object)
    number = np.tile(np.arange(people), SITES)
    who = pd.DataFrame(
        {
            "site": site,
            "participant": pd.Series("P" + pd.Series(number).astype(str), dtype=object),
            "couple": pd.Series("C" + pd.Series(number // 2).astype(str), dtype=object),
            "role": "",
        }
    )
    parts = []
    for scale in scales:
        level = rng.normal(50, 10, len(who))
        for later, wave in enumerate(WAVES):
            score = (level + rng.normal(3 * (later > 0), 7, len(who))).round()
            parts.append(who.assign(scale=scale.id, wave=wave, score=score))
    waves = pd.concat(parts, ignore_index=True).assign(
        child="", informant="", instrument="bench", completed_on=pd.NaT, assumed=False
    )
    bench = Instrument(
        "bench", "1", "Bench", "Bench", "", "person", (Item(1, 0, 100),), scales, "", "", "", ""
    )
    return waves.drop(columns="role"), who, {"bench": bench}


def best_of(work: Callable[[], object], repeats: int = REPEATS) -> float:
    """The shortest of several times, in seconds."""
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return min(times)


def the_other_side(groups: list[Group]) -> Callable[[], object] | None:
    """Both tests on every cell of a site; nothing if pingouin is not installed."""
    try:
        pingouin = importlib.import_module("pingouin")
    except ImportError:
        return None
    cells = [group for group in groups if group.site != "ALL"]

    def work() -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            for group in cells:
                pingouin.ttest(group.after, group.before, paired=True)
                pingouin.wilcoxon(group.after, group.before)

    return work


def main() -> int:
    """Print our seconds, theirs, and how many times faster we are."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=200, help="in each site")
    waves, who, instruments = programme(parser.parse_args().people)

    def ours() -> list[Group]:
        groups = find_groups(paired_contrasts(waves, who), who, instruments)
        effects_tables(groups)
        return groups

    groups = ours()
    seconds = best_of(ours)
    sys.stdout.write(f"cells {len(groups)} (all together included)\nours    {seconds:.2f} s\n")
    other = the_other_side(groups)
    if other is None:
        sys.stdout.write("pingouin is not installed\n")
        return 0
    theirs = best_of(other, 1)
    ratio = theirs / seconds
    sys.stdout.write(f"theirs  {theirs:.2f} s\nratio   {ratio:.1f} (bar {BAR:.0f})\n")
    return 0 if ratio >= BAR else 1


if __name__ == "__main__":
    sys.exit(main())
