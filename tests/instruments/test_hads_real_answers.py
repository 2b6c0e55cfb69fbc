"""HADS answers of cancer patients, in a file whose items are not in the questionnaire's order."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from instruments.registry import get
from instruments.scoring import score

FILE = (
    Path(__file__).resolve().parents[3]
    / "shared" / "real_data" / "scores" / "hads_oncology_n201.csv"
)  # fmt: skip
pytestmark = pytest.mark.skipif(not FILE.is_file(), reason="the oncology file is not here")

HADS = get("hads")
# Columns of the file that hold the items of each scale.
ANXIETY_COLUMNS = (2, 6, 7, 8, 10, 11, 12)
DEPRESSION_COLUMNS = (1, 3, 4, 5, 9, 13, 14)


@pytest.fixture(scope="module")
def answers() -> pd.DataFrame:
    """The answers under the item numbers of the questionnaire."""
    raw = pd.read_csv(FILE)
    columns = dict(zip(HADS.scale("anxiety").items, ANXIETY_COLUMNS, strict=True))
    columns |= dict(zip(HADS.scale("depression").items, DEPRESSION_COLUMNS, strict=True))
    return pd.DataFrame({number: raw[f"item{column}"] for number, column in columns.items()})


def test_scores_once_the_columns_are_mapped(answers: pd.DataFrame) -> None:
    table = score(HADS, answers).set_index("scale")
    anxiety, depression = table.loc["anxiety"], table.loc["depression"]
    assert len(anxiety) == len(depression) == 201
    assert (table["status"] == "complete").all()
    assert anxiety["score"].mean() == pytest.approx(6.662, abs=5e-4)
    assert depression["score"].mean() == pytest.approx(6.891, abs=5e-4)
    assert (anxiety["score"] >= 11).sum() == (anxiety["band"] == "abnormal").sum() == 29
    assert (depression["score"] >= 11).sum() == (depression["band"] == "abnormal").sum() == 40


def test_the_order_of_the_file_would_give_other_scores(answers: pd.DataFrame) -> None:
    raw = pd.read_csv(FILE)
    unmapped = raw.set_axis(range(1, 15), axis="columns")
    table = score(HADS, unmapped).set_index("scale")
    assert table.loc["anxiety", "score"].mean() != pytest.approx(6.662, abs=5e-3)
    # The total does not care about the order.
    mapped = score(HADS, answers).set_index("scale")
    pd.testing.assert_series_equal(table.loc["total", "score"], mapped.loc["total", "score"])
