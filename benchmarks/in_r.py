"""The same steps by packages of R, where R and they are installed."""

from __future__ import annotations

import functools
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pandas as pd

from benchmarks.measuring import Work

SCRIPT = Path(__file__).with_name("in_r.R")


@functools.cache
def missing_package(package: str) -> str:
    """A sentence if R or the package is not there, else nothing."""
    program = shutil.which("Rscript")
    if program is None:
        return f"R is not installed here, so {package} is not compared."
    asked = f"quit(status = !requireNamespace('{package}', quietly = TRUE))"
    done = subprocess.run([program, "-e", asked], capture_output=True, check=False)
    return "" if done.returncode == 0 else f"R has no package {package} here: not compared."


def why_not(package: str) -> Callable[[], str]:
    """For a way's ``missing``."""
    return lambda: missing_package(package)


def seconds_in_r(package: str, table: pd.DataFrame, path: Path) -> Work:
    """The work that lets R do it and returns R's own seconds, without reading the table."""
    table.to_csv(path, index=False)

    def work() -> float:
        done = subprocess.run(
            ["Rscript", str(SCRIPT), package, str(path)],
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        return float(done.stdout.split()[-1])

    return work
