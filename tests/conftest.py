"""Every run is the same run: generated examples come in one fixed order, without a time limit."""

from __future__ import annotations

import gc
import os
import shutil
from pathlib import Path

import pytest

# As the program starts: many small matrices, for which more threads only wait for each other.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from hypothesis import settings

from sample_data.generate import write_programme

settings.register_profile("repeatable", derandomize=True, deadline=None, max_examples=12)
settings.load_profile("repeatable")

# Stores wait for the disk at every commit, and nothing of a test has to survive a power cut.
MEMORY = Path("/dev/shm")
if MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > 2**31:
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(MEMORY))


def pytest_collection_finish() -> None:
    """Ten thousand collected tests stay to the end: not to be looked through again each time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


@pytest.fixture(scope="session")
def sample_folder(tmp_path_factory) -> Path:
    """The workbooks of the sample programme, which tests only read."""
    folder = tmp_path_factory.mktemp("sample")
    write_programme(folder)
    return folder
