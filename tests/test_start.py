"""What the first page of an empty store loads: no library that it does not need."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from evaluation.config import DATABASE_VARIABLE

ROOT = Path(__file__).resolve().parents[1]
SHOW = """
import sys
from streamlit.testing.v1 import AppTest

app = AppTest.from_file("app.py", default_timeout=60).run()
assert not app.exception, app.exception[0].value
assert "evaluation.config" in sys.modules
print(" ".join(sorted({name.partition(".")[0] for name in sys.modules})))
"""


def test_the_first_page_loads_no_statistics_library(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", SHOW],
        cwd=ROOT,
        env=os.environ | {DATABASE_VARIABLE: f"sqlite:///{tmp_path / 'empty.db'}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    loaded = set(done.stdout.split())
    assert {"streamlit", "pandas", "evaluation"} <= loaded
    assert not loaded & {"scipy", "statsmodels", "openpyxl", "vl_convert", "docx"}


def test_scipy_is_loaded_when_a_function_of_it_is_used() -> None:
    use = (
        "import sys, evaluation.programme\n"
        "from evaluation.analysis.intervals import critical_normal\n"
        "before = 'scipy' in sys.modules\n"
        "print(before, round(critical_normal(0.95), 4), 'scipy' in sys.modules)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", use], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["False", "1.96", "True"]
