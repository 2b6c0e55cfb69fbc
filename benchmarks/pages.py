"""Every page with twelve sites and many people: server time of a rerun.

The pages run through app.py as in the tests, so this is the time of the script, without a browser.
The first run of a page works out what it needs; the median of the reruns is what a click costs.
The people are copies of the sample programme under other codes.
"""

from __future__ import annotations

import json
import os
import statistics
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.measuring import Bar, Measured, PageTaken, Step, Way, Work, in_a_process

if TYPE_CHECKING:
    from evaluation.model import Dataset
    from evaluation.store.repository import Store

APP = Path(__file__).resolve().parents[1] / "app.py"
SITE = "luton"
RERUNS = 7
NEW_SESSION = "a new session's first page"
BARS_RERUN = {5_000: 0.15, 100_000: 0.4}
BAR_NEW_SESSION = 1.5


def copies(dataset: Dataset, times: int) -> Dataset:
    """The same people again and again under other codes; sites stay the twelve they are."""
    import pandas as pd

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


def fill(store: Store, people: int, folder: Path) -> int:
    """Store at least so many people; how many there are."""
    from evaluation.ingest.pipeline import read_files
    from evaluation.model import ImportReport
    from sample_data.generate import write_programme
    from sample_data.training import DEFINITION, write_training

    paths = [*write_programme(folder / "sample"), *write_training(folder / "sample" / "training")]
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


def _fill(people: int, folder: Path) -> None:
    from evaluation.store.repository import Store

    if not _database(people, folder).exists():
        fill(Store(f"sqlite:///{_database(people, folder)}"), people, folder)


def _database(people: int, folder: Path) -> Path:
    return folder / f"pages-{people}.db"


def _all_pages(people: int, folder: Path) -> Work:
    from evaluation.config import DATABASE_VARIABLE

    os.environ[DATABASE_VARIABLE] = f"sqlite:///{_database(people, folder)}"

    def work() -> None:
        found = list(timed_pages(SITE))
        _times(people, folder).write_text(json.dumps(found))

    return work


def _times(people: int, folder: Path) -> Path:
    return folder / f"pages-{people}.json"


def timed_pages(site: str) -> Iterator[tuple[str, float, float]]:
    """Each page: seconds of its first run and the median of its reruns; then a new session."""
    import streamlit as st
    from streamlit.testing.v1 import AppTest

    from pages.shell.navigation import SCREENS

    st.set_option("client.showErrorDetails", "full")

    def opened() -> tuple[AppTest, float]:
        app = AppTest.from_file(str(APP), default_timeout=1200)
        app.query_params["site"] = site
        begun = time.perf_counter()
        app.run()
        return app, time.perf_counter() - begun

    for screen in SCREENS:
        app, _ = opened()
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
    warm = [opened()[1] for _ in range(RERUNS)]
    yield NEW_SESSION, warm[0], statistics.median(warm)


def measure(step: Step, sizes: Sequence[int], folder: Path, measured: Measured) -> None:
    """Add what every page took with so many people."""
    for people in sizes:
        in_a_process("pages", step.name, "", people, folder)
        told = in_a_process("pages", step.name, "ours", people, folder)
        for title, first, rerun in json.loads(_times(people, folder).read_text()):
            page = PageTaken(title, people, first, rerun, told["gigabytes"])
            measured.pages.append(page)


STEPS = (
    Step(
        "pages", "every page, run again as after a click", "people", (5_000, 100_000), (500,),
        ways=(Way("ours", _all_pages, once=True),),
        bars=tuple(Bar(at_most=bar, size=size) for size, bar in BARS_RERUN.items()),
        write=_fill,
    ),
)  # fmt: skip
