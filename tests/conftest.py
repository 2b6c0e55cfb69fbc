"""Every run is the same run: generated examples come in one fixed order, without a time limit."""

from __future__ import annotations

import os

# As the program starts: many small matrices, for which more threads only wait for each other.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from hypothesis import settings

settings.register_profile("repeatable", derandomize=True, deadline=None, max_examples=15)
settings.load_profile("repeatable")
