"""The SDQ added value score."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from instruments.added_value import SD, added_value
from instruments.registry import all_instruments
from instruments.scoring import score
from instruments.sdq import SDQ_ADDED_VALUE

EXPECTED = (
    Path(__file__).resolve().parents[3]
    / "shared"
    / "reference"
    / "expected"
    / "sdq_added_value.csv"
)


@pytest.mark.skipif(not EXPECTED.is_file(), reason="the numbers from R are not here")
def test_agrees_with_r() -> None:
    expected = pd.read_csv(EXPECTED)
    found = added_value(
        total_before=expected["t1_total"],
        impact_before=expected["t1_impact"],
        emotional_before=expected["t1_emot"],
        total_after=expected["t2_total"],
    )
    np.testing.assert_allclose(found, expected["added_value"], rtol=0, atol=1e-12)
    np.testing.assert_allclose(found / SD.value, expected["effect_size"], rtol=0, atol=1e-12)


def test_its_range_is_what_the_four_scores_can_reach() -> None:
    low, high = SDQ_ADDED_VALUE.scale("total").score_range
    worst = added_value(total_before=0, impact_before=0, emotional_before=0, total_after=40)
    # Emotional problems are a quarter of the total: 2.3 + 32 + 2 - 3 with all of them.
    best = added_value(total_before=40, impact_before=10, emotional_before=10, total_after=0)
    assert (low, high) == pytest.approx((float(worst), float(best)))


def test_all_four_are_needed() -> None:
    full = {
        "total_before": 20.0,
        "impact_before": 4.0,
        "emotional_before": 6.0,
        "total_after": 15.0,
    }
    for name in full:
        assert np.isnan(added_value(**(full | {name: np.nan})))
    assert added_value(**full) == pytest.approx(2.3)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("total_before", 41),
        ("impact_before", 11),
        ("emotional_before", -1),
        ("total_after", 40.5),
    ],
)
def test_refuses_scores_out_of_range(name: str, value: float) -> None:
    full = {"total_before": 20, "impact_before": 4, "emotional_before": 6, "total_after": 15}
    with pytest.raises(ValueError, match=rf"{name}={value:g}: allowed"):
        added_value(**(full | {name: value}))


def test_a_spreadsheet_does_not_name_it_and_no_items_make_it() -> None:
    assert SDQ_ADDED_VALUE.id not in {instrument.id for instrument in all_instruments()}
    assert SDQ_ADDED_VALUE.items == ()
    table = score(SDQ_ADDED_VALUE, pd.DataFrame(index=[0]))
    assert table.loc[0, ["status", "reason"]].tolist() == ["not_scored", "supplied_only"]


def test_its_warning_is_part_of_the_definition() -> None:
    notes = " ".join(SDQ_ADDED_VALUE.notes)
    for words in ("sought help", "never one child", "about 6 months later", "Not for teachers"):
        assert words in notes
