"""The invented practitioners: same every time, practitioners only, known before the data lock."""

from __future__ import annotations

import hashlib

import pandas as pd
import pytest

from evaluation.config import Settings
from evaluation.ingest.definitions.local_questionnaires import parse_definitions
from evaluation.ingest.pipeline import read_files
from evaluation.programme import analyse
from evaluation.tables.training import training_table
from sample_data.generate import DEFAULT_SEED
from sample_data.plan import DATA_LOCK
from sample_data.training import DEFINITION, generate_training, write_training


@pytest.fixture(scope="module")
def training() -> pd.DataFrame:
    return pd.concat(generate_training(DEFAULT_SEED).values(), ignore_index=True)


def test_the_same_seed_gives_the_same_tables_and_another_seed_others(training):
    again = pd.concat(generate_training(DEFAULT_SEED).values(), ignore_index=True)
    pd.testing.assert_frame_equal(training, again)
    assert not training.equals(pd.concat(generate_training(1).values(), ignore_index=True))


def test_practitioners_of_two_sites_at_three_times(training):
    assert training["site"].unique().tolist() == ["Luton", "Westminster"]
    assert set(training["role"]) == {"practitioner"} and set(training["couple"]) == {""}
    counts = training.groupby(["site", "wave"])["participant"].nunique()
    # Enough for the released tables, and not everybody every time: 48 and 30 had a place.
    assert counts["Luton"][["baseline", "post"]].between(40, 47).all()
    assert counts["Westminster"][["baseline", "post"]].between(24, 30).all()
    assert counts[:, "4m"].between(10, 25).all()
    assert not training.duplicated(["participant", "wave"]).any()


def test_answers_are_allowed_and_dated_before_the_lock(training):
    answers = training[[c for c in training if c.startswith("practitioner_training_")]]
    assert answers.shape[1] == 6
    assert answers.isin([1, 2, 3, 4, 5]).all(axis=None)
    assert training["completed_on"].notna().all()
    assert training["completed_on"].max() <= pd.Timestamp(DATA_LOCK)


def test_no_practitioner_has_the_code_of_a_family(training, programme):
    families = {code for _, use in programme.values() for code in use["participant"]}
    assert not families & set(training["participant"])


def test_workbooks_are_read_without_a_question_and_every_state_occurs(tmp_path):
    paths = write_training(tmp_path / "new", seed=DEFAULT_SEED)
    assert [path.name for path in paths] == [
        "SYNTHETIC_luton_training.xlsx", "SYNTHETIC_westminster_training.xlsx",
    ]  # fmt: skip
    again = write_training(tmp_path / "again", seed=DEFAULT_SEED)
    for path, other in zip(paths, again, strict=True):
        first, second = (hashlib.sha256(p.read_bytes()).digest() for p in (path, other))
        assert first == second
    own, problems = parse_definitions(
        (tmp_path / "new" / DEFINITION.name).read_bytes(), known_ids=()
    )
    assert not problems
    report = read_files([(p.name, p.read_bytes()) for p in paths], extra_instruments=own)
    assert not report.needs_attention
    assert report.dataset.synthetic
    results = analyse(report.dataset, Settings(), data_lock=DATA_LOCK, extra_instruments=own)
    row = training_table(results).set_index(["site", "step"]).loc[("ALL", "4m")]
    assert (row[["done", "missed", "window_open", "not_yet_due", "not_eligible"]] > 0).all()
    assert results.people.empty
