"""Every run is the same run: generated examples come in one fixed order, without a time limit."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("repeatable", derandomize=True, deadline=None)
settings.load_profile("repeatable")
