"""From nothing to the first page, beside an app that only imports the same large libraries."""

from __future__ import annotations

import os
from pathlib import Path

from benchmarks.measuring import FLOOR, ROOT, Bar, Step, Way, Work

BARE = """
import altair, pandas, sqlalchemy, streamlit as st

st.title("Nothing")
"""


def _first_page(script: Path) -> Work:
    def work() -> None:
        from streamlit.testing.v1 import AppTest

        app = AppTest.from_file(str(script), default_timeout=600).run()
        if app.exception:
            raise RuntimeError(app.exception[0].value)

    return work


def _ours(n: int, folder: Path) -> Work:
    def work() -> None:
        from evaluation.config import DATABASE_VARIABLE

        os.environ[DATABASE_VARIABLE] = f"sqlite:///{folder / 'start.db'}"
        _first_page(ROOT / "app.py")()

    return work


def _bare(n: int, folder: Path) -> Work:
    script = folder / "bare.py"
    script.write_text(BARE)
    return _first_page(script)


STEPS = (
    Step(
        "start", "the process started, the first page of an empty store shown", "people",
        (0,), (0,),
        ways=(
            Way("ours", _ours, whole_process=True),
            Way("an app that imports the same libraries", _bare, FLOOR, whole_process=True),
        ),
        bars=(Bar("an app that imports the same libraries", at_most=1.5),),
    ),
)  # fmt: skip
