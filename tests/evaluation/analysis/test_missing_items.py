"""The missing-item audit against counts made by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.analysis.intervals import wilson_interval
from evaluation.analysis.missing_items import (
    ITEM_COLUMNS,
    SCALE_COLUMNS,
    missing_item_audit,
    proration_audit,
)
from instruments.definition import Gate, Instrument, Missing, Scale, same_items
from instruments.registry import all_instruments, get

pytestmark = pytest.mark.filterwarnings("error")


def table(rows: list[list[float | None]]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=range(1, len(rows[0]) + 1), dtype=float)


def phq9(*missing: tuple[int, ...], answer: float = 1.0) -> pd.DataFrame:
    """One questionnaire for each entry, answered ``answer`` throughout but for these items."""
    answers = pd.DataFrame(answer, index=range(len(missing)), columns=range(1, 10))
    for row, items in enumerate(missing):
        answers.loc[row, list(items)] = np.nan
    return answers


# --- items ---------------------------------------------------------------------------------


def test_items_left_out_are_counted_and_ranked() -> None:
    answers = phq9((), (9,), (9, 8), (9, 8, 1), tuple(range(1, 10)))
    audit = missing_item_audit(get("phq9"), answers).set_index("item")
    assert (audit["n_asked"] == 4).all()
    assert audit["n_missing"].tolist() == [1, 0, 0, 0, 0, 0, 0, 2, 3]
    assert audit["share"].tolist() == [0.25, 0, 0, 0, 0, 0, 0, 0.5, 0.75]
    assert audit["rank"].tolist() == [3, 4, 4, 4, 4, 4, 4, 2, 1]
    assert (audit["reason"] == "").all()
    low, high = wilson_interval(3, 4)
    assert (audit.loc[9, "low"], audit.loc[9, "high"]) == (low, high)


def test_columns_are_as_promised() -> None:
    assert tuple(missing_item_audit(get("phq9"), phq9(())).columns) == ITEM_COLUMNS
    assert tuple(proration_audit(get("phq9"), phq9(())).columns) == SCALE_COLUMNS


def test_an_item_without_a_column_says_so() -> None:
    answers = phq9((), ()).drop(columns=9).rename(columns=str)
    audit = missing_item_audit(get("phq9"), answers).set_index("item")
    assert audit.loc[9, "reason"] == "NO_COLUMN"
    assert (audit.loc[9, "n_missing"], audit.loc[9, "share"]) == (2, 1)


def test_nobody_answered() -> None:
    audit = missing_item_audit(get("phq9"), phq9(tuple(range(1, 10))))
    assert (audit["reason"] == "N0").all()
    assert audit[["share", "low", "high"]].isna().all(axis=None)
    assert (audit["rank"] == 0).all()


def test_a_question_that_a_gate_makes_unnecessary_is_not_left_out() -> None:
    scale = Scale(
        "impact", "Impact", (2, 3), "sum", (0, 6), "lower", "confirmed", "", gate=Gate(1, 0, 0)
    )
    other = Scale("other", "Other", (4,), "sum", (0, 3), "lower", "confirmed", "")
    form = Instrument(
        "form", "1", "Form", "Form", "c", "r", same_items(4, 0, 3), (scale, other), "c", "l",
        "now", "all",
    )  # fmt: skip
    answers = table([[0, None, None, 1], [0, 2, None, None], [1, None, 2, 1], [None, 1, 1, 1]])
    audit = missing_item_audit(form, answers).set_index("item")
    assert audit["n_asked"].tolist() == [4, 3, 2, 4]
    assert audit["n_missing"].tolist() == [1, 1, 0, 1]
    scored = proration_audit(form, answers).set_index("scale").loc["impact"]
    assert (scored["n_complete"], scored["n_not_scored"]) == (3, 1)


@pytest.mark.parametrize("level", [0, 1, 95])
def test_a_level_outside_0_to_1_is_refused(level: float) -> None:
    with pytest.raises(ValueError, match="level"):
        missing_item_audit(get("phq9"), phq9(()), level=level)


# --- scales --------------------------------------------------------------------------------


def test_a_strict_scale_is_scored_with_gaps_only_under_our_own_rule() -> None:
    # A fifth of nine items, rounded down, is one.
    answers = phq9((), (), (9,), (8, 9))
    answers.iloc[0] = 3.0
    answers.iloc[2] = 2.0
    answers.loc[2, 9] = np.nan
    row = proration_audit(get("phq9"), answers).iloc[0]
    assert row["n"] == 4
    counts = ["n_complete", "n_published_rule", "n_own_rule", "n_not_scored"]
    assert row[counts].tolist() == [2, 0, 1, 1]
    assert row["mean_strict"] == (27 + 9) / 2
    assert row["mean_prorated"] == pytest.approx((27 + 9 + 18) / 3, abs=1e-12)
    assert row["mean_difference"] == pytest.approx(0, abs=1e-12)
    assert row["sd_strict"] == pytest.approx(np.std([27, 9], ddof=1), abs=1e-12)
    assert row["sd_difference"] == pytest.approx(9 - np.std([27, 9], ddof=1), abs=1e-12)
    assert row["reason"] == ""


def test_a_published_rule_comes_before_our_own() -> None:
    # The CORE-10 may be prorated with one answer missing.
    answers = pd.DataFrame(2.0, index=range(4), columns=range(1, 11))
    answers.loc[1, 1] = answers.loc[2, [1, 2]] = np.nan
    row = proration_audit(get("core_10"), answers).iloc[0]
    counts = ["n_complete", "n_published_rule", "n_own_rule", "n_not_scored"]
    assert row[counts].tolist() == [2, 1, 0, 1]


def test_too_few_complete_questionnaires_say_why() -> None:
    one = proration_audit(get("phq9"), phq9((), (9,))).iloc[0]
    assert one["reason"] == "N1"
    assert (one["mean_strict"], np.isnan(one["sd_strict"])) == (9, True)
    none = proration_audit(get("phq9"), phq9((8, 9))).iloc[0]
    assert none["reason"] == "N0"
    assert np.isnan([none["mean_strict"], none["mean_difference"]]).all()


def test_a_scale_without_its_key_says_so() -> None:
    answers = pd.DataFrame(1.0, index=range(3), columns=range(1, 36))
    audit = proration_audit(get("enrich_couple_scales_35"), answers)
    assert set(audit["reason"]) == {"key_needed"}
    assert (audit["n_not_scored"] == 3).all()


def test_an_answer_that_is_not_allowed_is_refused() -> None:
    with pytest.raises(ValueError, match="item 1 is 9"):
        proration_audit(get("phq9"), phq9((), answer=9))


@given(st.integers(0, 10_000), st.floats(0, 0.6))
def test_every_questionnaire_is_counted_once(seed: int, gaps: float) -> None:
    rng = np.random.default_rng(seed)
    items = same_items(10, 0, 4)
    whole = tuple(range(1, 11))
    scales = (
        Scale("strict", "S", whole, "sum", (0, 40), "lower", "confirmed", ""),
        Scale(
            "half", "H", whole, "mean", (0, 4), "lower", "confirmed", "",
            missing=Missing("prorate", 5),
        ),
    )  # fmt: skip
    form = Instrument("form", "1", "F", "F", "c", "r", items, scales, "c", "l", "now", "all")
    answers = pd.DataFrame(rng.integers(0, 5, (40, 10)), columns=whole, dtype=float)
    answers = answers.mask(rng.random((40, 10)) < gaps)
    audit = proration_audit(form, answers).set_index("scale")
    n_missing = answers[answers.notna().any(axis=1)].isna().sum(axis=1)
    total = audit[["n_complete", "n_published_rule", "n_own_rule", "n_not_scored"]].sum(axis=1)
    assert (total == audit["n"]).all()
    assert audit.loc["strict", "n_own_rule"] == n_missing.between(1, 2).sum()
    assert audit.loc["half", "n_published_rule"] == n_missing.between(1, 5).sum()
    mixed = answers.sample(frac=1, random_state=1).iloc[:, ::-1]
    again = missing_item_audit(form, mixed)
    pd.testing.assert_frame_equal(again, missing_item_audit(form, answers))


@pytest.mark.parametrize("instrument", all_instruments(), ids=lambda i: i.id)
def test_every_questionnaire_can_be_audited(instrument: Instrument) -> None:
    rng = np.random.default_rng(5)
    columns = {
        item.number: rng.integers(item.minimum, item.maximum + 1, 30) for item in instrument.items
    }
    answers = pd.DataFrame(columns, dtype=float, index=range(30))
    answers = answers.mask(rng.random(answers.shape) < 0.05)
    items, scales = missing_item_audit(instrument, answers), proration_audit(instrument, answers)
    assert list(items["item"]) == [item.number for item in instrument.items]
    assert list(scales["scale"]) == [scale.id for scale in instrument.scales]
    assert (items["n_missing"] <= items["n_asked"]).all()
    assert scales.loc[scales["mean_strict"].isna(), "reason"].ne("").all()
