"""The published table must be carried over without a slip."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
import yaml

from instruments.registry import get

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "sample_data" / "real"
REFERENCE = ROOT / ".." / "shared" / "reference" / "data" / "pairs_jac_das.csv"


@pytest.fixture(scope="module")
def scores() -> pd.DataFrame:
    table = pd.read_csv(FOLDER / "jacobson_truax_1991.csv")
    return table.pivot(index="participant", columns="wave", values="das_32_total")


def test_thirty_couples_before_and_after(scores):
    assert list(scores.index) == [f"JT-{number:02d}" for number in range(1, 31)]
    assert list(scores.columns) == ["baseline", "end"]
    assert scores.notna().all(axis=None)


def test_means_and_spreads_are_those_of_the_table(scores):
    # Computed in R from the transcription in the package clinicalsignificance (jacobson_1989).
    assert scores["baseline"].mean() == pytest.approx(81.5833333333333, abs=1e-10)
    assert scores["baseline"].std() == pytest.approx(11.8256612655621, abs=1e-10)
    assert scores["end"].mean() == pytest.approx(98.05, abs=1e-10)
    assert (scores["end"] - scores["baseline"]).std() == pytest.approx(16.5674865080797, abs=1e-10)


def test_every_value_agrees_with_the_independent_transcription(scores):
    if not REFERENCE.exists():
        pytest.skip("reference data not here")
    reference = pd.read_csv(REFERENCE).sort_values("id")
    assert scores["baseline"].tolist() == reference["pre"].tolist()
    assert scores["end"].tolist() == reference["post"].tolist()


def test_scores_are_possible_couple_means(scores):
    low, high = get("das_32").scale("total").score_range
    values = scores.to_numpy().ravel()
    assert ((values >= low) & (values <= high)).all()
    assert ((2 * values) % 1 == 0).all()


def test_the_rules_are_those_of_the_reference_results():
    rules = yaml.safe_load((FOLDER / "jacobson_rules.yaml").read_text(encoding="utf-8"))
    assert rules == {
        "measures": {
            "das_32.total": {
                "reliability": 0.88, "sd": "own", "clinical": "own",
                "norm": {"mean": 114.8, "sd": 17.8}, "cutoff": "c",
            }
        }
    }  # fmt: skip
