"""Every step of the way of the data, timed beside what a user would do instead, in one run.

    python -m benchmarks [--quick] [--only STEP ...] [--out FILE.md]

Time, peak memory and growth of each step; the bars it has to keep to are ratios within the run.
Data are invented on the spot. ``--out`` writes the tables as Markdown, with a plot beside them.
"""

from __future__ import annotations

import argparse
import importlib
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.measuring import TURNS, Measured, Step, measure_step, run_child

MODULES = ("importing", "scoring", "effects", "releasing", "starting")
PAGES = "pages"


def main() -> int:
    """Measure, print, and write where asked to; 1 if a bar is missed."""
    options = _options()
    if options.child:
        module, step, way, size, folder = options.child
        found = next(s for s in _steps_of(module) if s.name == step)
        run_child(found, way, int(size), Path(folder))
        return 0
    from benchmarks import table

    measured = Measured()
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.keep or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        steps = _measure(options, folder, measured)
    report = table.report(steps, measured, quick=options.quick)
    sys.stdout.write("\n" + report.text)
    if options.out:
        table.write(report, steps, measured, options.out)
    return 0 if report.kept else 1


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small sizes; bars are not judged")
    parser.add_argument("--only", nargs="+", metavar="STEP", help="these steps alone")
    parser.add_argument("--out", type=Path, metavar="FILE", help="the tables as Markdown")
    parser.add_argument("--keep", type=Path, metavar="DIR", help="use and keep the files there")
    parser.add_argument("--turns", type=int, default=TURNS, help="how often each way is measured")
    parser.add_argument("--child", nargs=5, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.only:
        known = [*(s.name for m in MODULES for s in _steps_of(m)), PAGES]
        unknown = [name for name in options.only if name not in known]
        if unknown:
            parser.error(f"no step '{unknown[0]}'; the steps are {', '.join(known)}")
    return options


def _steps_of(module: str) -> tuple[Step, ...]:
    # One at a time: what another step imports would count in the start of a process.
    found: tuple[Step, ...] = importlib.import_module(f"benchmarks.{module}").STEPS
    return found


def _measure(options: argparse.Namespace, folder: Path, measured: Measured) -> list[Step]:
    steps = []
    for module in (*MODULES, PAGES):
        for step in _steps_of(module):
            name = PAGES if module == PAGES else step.name
            if options.only and name not in options.only:
                continue
            begun = time.perf_counter()
            turns = 1 if options.quick else options.turns
            sizes = step.quick if options.quick else step.sizes
            if module == PAGES:
                importlib.import_module("benchmarks.pages").measure(step, sizes, folder, measured)
            else:
                measure_step(module, step, sizes, folder, measured, turns=turns)
            sys.stderr.write(f"{step.name}: measured in {time.perf_counter() - begun:.0f} s\n")
            steps.append(step)
    return steps


if __name__ == "__main__":
    sys.exit(main())
