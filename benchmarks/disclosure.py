"""What an intruder works out of everything that is released of made-up programmes.

Of each of 500 small programmes everything countable that is released is put together: rounding
intervals, parts and totals, sites and all sites, the same people in several tables and on several
pages, averages of whole-number scores. Printed are the hidden counts by how many values are left
possible for each (one must be none), and the averages from which an exact number of people follows.

    python -m benchmarks.disclosure [--programmes 500] [--first 0] [--slow-every 5] [--processes 2]
                                    [--sure]

The tables that take longest to work out are attacked in every fifth programme. With ``--sure`` the
intruder knows also which of several blank parts of one whole is the small one, and which were only
hidden beside it, which nothing shows.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import sys
import time
from collections import Counter
from functools import partial

from evaluation.disclosure import check_released
from tests.evaluation.disclosure_attack import attack
from tests.evaluation.disclosure_averages import numbers_that_fit
from tests.evaluation.disclosure_views import SLOW, exact_tables, other_views, released_tables
from tests.evaluation.random_programmes import random_results

# Counts of findings, and what was found out, in words.
Report = tuple[Counter[str], list[str]]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--programmes", type=int, default=500)
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument(
        "--slow-every", type=int, default=5, help="attack the slow tables in every so many"
    )
    parser.add_argument("--sure", action="store_true", help="know which of several blanks is small")
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    options = parser.parse_args()
    found: Counter[str] = Counter()
    started = time.perf_counter()
    seeds = range(options.first, options.first + options.programmes)
    one = partial(one_programme, slow_every=options.slow_every, sure=options.sure)
    with multiprocessing.get_context("spawn").Pool(options.processes) as pool:
        for counted, lines in pool.imap_unordered(one, seeds):
            found.update(counted)
            for line in lines:
                sys.stdout.write(f"{line}\n")
                sys.stdout.flush()
    for name in sorted(found):
        sys.stdout.write(f"{name}: {found[name]}\n")
    each = (time.perf_counter() - started) / options.programmes
    sys.stdout.write(f"{each:.1f} s for each programme\n")
    failed = (
        found["values possible: 1"], found["values possible: 0"], found["numbers of people: 1"],
        found["objections"],
    )  # fmt: skip
    return 1 if any(failed) else 0


def one_programme(seed: int, *, slow_every: int = 1, sure: bool = False) -> Report:
    """How many of each kind of finding, and which counts were worked out."""
    results = random_results(seed)
    rule = results.settings.disclosure
    exact = exact_tables(results, without=() if seed % slow_every == 0 else SLOW)
    released = released_tables(exact, results)
    found = attack(exact, released, rule, beside=other_views(exact, results), sure=sure)
    lines = [f"seed {seed}: {key} {span}" for key, span in found.determined.items()]
    lines += [f"seed {seed}: nothing fits {key}" for key in found.contradictions]
    fitting = numbers_that_fit(released["effects"], rule)
    counted = Counter({"hidden counts": found.hidden, "rows with averages": len(fitting)})
    counted |= Counter({f"values possible: {n}": count for n, count in found.widths.items()})
    counted["two values, one to five people"] += len(found.two_values)
    objections = check_released(without_flow(released), rule)
    counted["objections"] += len(objections)
    lines += [f"seed {seed}: {objection}" for objection in objections]
    for row, numbers in fitting.items():
        if len(numbers) < 3:
            counted[f"numbers of people: {len(numbers)}"] += 1
        if len(numbers) < 2:
            lines.append(f"seed {seed}: row {row} of effects is of {numbers}")
    return counted, lines


def without_flow(released: dict) -> dict:
    """What is exported; the flow diagram is on the screen alone."""
    return {name: table for name, table in released.items() if name != "flow"}


if __name__ == "__main__":
    sys.exit(main())
