"""Every page with the sample programme and with many copies of it: server time of a rerun.

The pages run through app.py as in the tests, so this is the time of the script, without a browser.
The first run of a page works out what it needs; the median of the reruns is what a click costs.

    python -m benchmarks.pages [--people 5000] [--site luton]
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd

from evaluation.config import DATABASE_VARIABLE
from evaluation.ingest.pipeline import read_files
from evaluation.model import Dataset, ImportReport
from evaluation.store.repository import Store
from sample_data.generate import write_programme
from sample_data.training import DEFINITION, write_training

APP = Path(__file__).resolve().parents[1] / "app.py"
RERUNS = 7


def copies(dataset: Dataset, times: int) -> Dataset:
    """The same people again and again under other codes; sites stay the twelve they are."""

    def renamed(table: pd.DataFrame, number: int) -> pd.DataFrame:
        changed = table.copy()
        for name in ("participant", "couple", "child"):
            if name in changed:
                known = changed[name].astype(object)
                changed[name] = known.where(known == "", known.astype(str) + f"-{number}")
        return changed

    step = int(dataset.records.index.max()) + 1

    def stacked(table: pd.DataFrame) -> pd.DataFrame:
        return pd.concat([renamed(table, n) for n in range(times)], ignore_index=True)

    def moved(table: pd.DataFrame) -> pd.DataFrame:
        return pd.concat([table.set_axis(table.index + step * n) for n in range(times)])

    reasons = [
        dataset.reasons.assign(record=dataset.reasons["record"] + step * n) for n in range(times)
    ]
    records = [renamed(dataset.records, n) for n in range(times)]
    return replace(
        dataset,
        participants=stacked(dataset.participants),
        records=pd.concat(
            [table.set_axis(table.index + step * n) for n, table in enumerate(records)]
        ),
        answers={name: moved(table) for name, table in dataset.answers.items()},
        supplied={name: moved(table) for name, table in dataset.supplied.items()},
        service_use=stacked(dataset.service_use),
        indicators=stacked(dataset.indicators),
        reasons=pd.concat(reasons, ignore_index=True),
    )


def fill(store: Store, people: int) -> int:
    """Store at least so many people; how many there are."""
    with TemporaryDirectory() as folder:
        paths = [*write_programme(Path(folder)), *write_training(Path(folder) / "training")]
        files = [(path.name, path.read_bytes()) for path in paths if path.suffix == ".xlsx"]
    store.save_definition(DEFINITION.read_bytes())
    report = read_files(
        files,
        known_sites=store.known_sites(),
        extra_instruments=store.local_questionnaires(),
        site_required=True,
    )
    times = max(1, -(-people // len(report.dataset.participants)))
    made = copies(report.dataset, times)
    store.commit(ImportReport(report.files, (), made))
    return len(made.participants)


def timed_pages(site: str) -> Iterator[tuple[str, float, float]]:
    """Each page: seconds of its first run and the median of its reruns."""
    import streamlit as st
    from streamlit.testing.v1 import AppTest

    from pages.shell.navigation import SCREENS

    st.set_option("client.showErrorDetails", "full")
    for screen in SCREENS:
        app = AppTest.from_file(str(APP), default_timeout=600)
        app.query_params["site"] = site
        app.run()
        begun = time.perf_counter()
        app.switch_page(f"pages/views/{screen.file}.py").run()
        first = time.perf_counter() - begun
        if app.exception:
            raise RuntimeError(f"{screen.file}: {app.exception[0].value}")
        again = []
        for _ in range(RERUNS):
            begun = time.perf_counter()
            app.run()
            again.append(time.perf_counter() - begun)
        yield screen.title, first, statistics.median(again)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--people", type=int, default=5000)
    parser.add_argument("--site", default="luton")
    options = parser.parse_args()
    with TemporaryDirectory() as folder:
        os.environ[DATABASE_VARIABLE] = f"sqlite:///{Path(folder) / 'pages.db'}"
        begun = time.perf_counter()
        n = fill(Store(os.environ[DATABASE_VARIABLE]), options.people)
        sys.stdout.write(f"{n} people stored in {time.perf_counter() - begun:.1f} s\n")
        sys.stdout.write(f"{'page':32} {'first':>8} {'rerun':>8}\n")
        for title, first, rerun in timed_pages(options.site):
            sys.stdout.write(f"{title:32} {first:7.2f}s {1000 * rerun:6.0f}ms\n")
            sys.stdout.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
