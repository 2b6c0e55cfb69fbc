"""What an intruder works out of the released tables of made-up programmes.

For each of 500 small programmes everything countable that is released is put together: rounding
intervals, parts and totals, sites and all sites, the same people in several tables, averages of
whole-number scores. Printed are the hidden counts of which one value alone is possible (must be
none), those of which two are, and the averages from which an exact number of people follows.

    python -m benchmarks.disclosure [--programmes 500] [--first 0] [--all]
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter

import pandas as pd

from evaluation.disclosure import check_released
from evaluation.report.result_tables import RESULT_TABLES
from tests.evaluation.disclosure_attack import COUNTS, attack, numbers_that_fit
from tests.evaluation.random_programmes import random_results, settings

# These take a second for each programme; with --all they are attacked too.
SLOW = ("sensitivity", "waves", "subgroups", "differential_attrition", "reporter_gap")
Tables = dict[str, pd.DataFrame]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--programmes", type=int, default=500)
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--all", action="store_true", help="the slow tables too")
    options = parser.parse_args()
    names = [name for name in COUNTS if options.all or name not in SLOW]
    found: Counter[str] = Counter()
    releasing = 0.0
    for seed in range(options.first, options.first + options.programmes):
        exact, released, seconds = tables_of(seed, names)
        releasing += seconds
        found.update(one_programme(exact, released))
    for name, count in found.items():
        sys.stdout.write(f"{name}: {count}\n")
    each = 1000 * releasing / options.programmes
    sys.stdout.write(f"releasing: {each:.0f} ms for each programme\n")
    failed = found["one value"] or found["one number of people"] or found["objections"]
    return 1 if failed else 0


def tables_of(seed: int, names: list[str]) -> tuple[Tables, Tables, float]:
    """The exact and the released tables, and how long releasing them took."""
    results = random_results(seed)
    known = [table for table in RESULT_TABLES if table.name in names and table.release]
    exact = {table.name: table.make(results, None) for table in known}
    change = exact["reliable_change"]
    exact["reliable_change"] = change[change["method"] == "JT"].reset_index(drop=True)
    start = time.perf_counter()
    released = {
        table.name: table.release(exact[table.name], results)
        for table in known
        if table.release and len(exact[table.name])
    }
    return exact, released, time.perf_counter() - start


def one_programme(exact: Tables, released: Tables) -> Counter[str]:
    """How many of each kind of finding."""
    rule = settings().disclosure
    found = attack(exact, released, rule)
    fitting = numbers_that_fit(released["effects"], rule)
    return Counter(
        {
            "hidden counts": found.hidden,
            "one value": len(found.determined),
            "two values": len(found.two_values),
            "six or seven": len(found.six_or_seven),
            "nothing fits": len(found.contradictions),
            "rows with averages": len(fitting),
            "one number of people": sum(len(numbers) == 1 for numbers in fitting.values()),
            "two numbers of people": sum(len(numbers) == 2 for numbers in fitting.values()),
            "objections": len(check_released(released, rule)),
        }
    )


if __name__ == "__main__":
    sys.exit(main())
