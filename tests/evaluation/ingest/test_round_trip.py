"""A generated programme, written in each layout and source style, comes back cell by cell."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluation.ingest.choices import Question
from evaluation.ingest.pipeline import read_files
from evaluation.model import ImportReport
from tests.evaluation.ingest import written_layouts as layouts
from tests.evaluation.ingest.written_programme import (
    DAS,
    ITEMS,
    Form,
    Page,
    Slot,
    Typist,
    Written,
    as_couples,
    came_back,
    facts,
    on_one_day,
    programme,
    settle,
    shuffled,
    text_file,
    without,
    workbook,
)

few = settings(max_examples=4)
seeds = st.integers(0, 10_000)
