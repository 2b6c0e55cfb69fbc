"""The engine: what it accepts, what it returns, and each of its rules."""

from __future__ import annotations

import re
import warnings
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from instruments.definition import Gate, Instrument, Item, Missing, Scale, same_items
from instruments.registry import all_instruments, get
from instruments.scoring import BLOCK_ROWS, REASONS, STATUSES, band_of, score, score_arrays

COLUMNS = ["row", "scale", "score", "n_answered", "n_items", "status", "reason", "band"]
INSTRUMENTS = all_instruments()
SOURCE = {"evidence": "confirmed", "citation": "Nobody (2020)"}


def frame(instrument: Instrument, rows: list[list[float | None]]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=[i.number for i in instrument.items], dtype=float)


def local(*scales: Scale, items: tuple[Item, ...]) -> Instrument:
    return replace(get("phq9"), id="local", items=items, scales=scales, risk_items=())


def test_the_table_it_returns() -> None:
    instrument = get("core_om")
    answers = frame(instrument, [[2.0] * 34, [None] * 34])
    table = score(instrument, answers)
    assert list(table.columns) == COLUMNS
    assert len(table) == 2 * 6
    for name in ("scale", "status", "reason", "band"):
        assert isinstance(table[name].dtype, pd.CategoricalDtype)
        assert not table[name].isna().any()
    assert table["score"].dtype == np.float64
    assert list(table["status"].cat.categories) == list(STATUSES)
    assert list(table["reason"].cat.categories) == list(REASONS)
    assert list(table["row"]) == [0, 1] * 6
    assert set(table["scale"]) == {scale.id for scale in instrument.scales}


@pytest.mark.parametrize(
    "index",
    [
        pd.Index(["b", "b", "a"]),
        pd.Index([10, -3, 10]),
        pd.MultiIndex.from_tuples([("x", 1), ("x", 2), ("y", 1)]),
        pd.to_datetime(["2020-01-01", "2020-01-02", "2020-01-03"]),
    ],
)
def test_any_index_comes_back_as_it_is(index: pd.Index) -> None:
    instrument = get("sdq_parent_4_17")
    k = len(instrument.items)
    answers = frame(instrument, [[1.0] * k, [0.0] * k, [2.0] * k]).set_axis(index)
    table = score(instrument, answers)
    assert list(table["row"]) == list(index) * len(instrument.scales)
    total = table[table["scale"] == "total_difficulties"]
    assert list(total["score"]) == [20, 10, 30]


def test_nobody_gives_an_empty_table_of_the_same_kind() -> None:
    instrument = get("sdq_parent_4_17")
    empty = score(instrument, frame(instrument, []))
    full = score(instrument, frame(instrument, [[1.0] * len(instrument.items)]))
    assert len(empty) == 0
    assert list(empty.columns) == COLUMNS
    kept = ["scale", "score", "n_answered", "n_items", "status", "reason", "band"]
    assert (empty[kept].dtypes == full[kept].dtypes).all()


def test_columns_may_be_text_absent_or_of_other_types() -> None:
    instrument = get("core_10")
    answers = frame(instrument, [[1.0, 3.0, 3.0, *[1.0] * 7]])
    wanted = score(instrument, answers)
    forms = [
        answers.rename(columns=str),
        answers[answers.columns[::-1]],
        answers.astype(int),
        answers.astype("Int8"),
        answers.astype(object),
        answers.astype(np.float32),
        answers.astype({1: "Int64", 2: "float32", 3: int, 4: object}),
    ]
    for form in forms:
        pd.testing.assert_frame_equal(score(instrument, form), wanted)
    absent = score(instrument, answers.drop(columns=10))
    assert absent.loc[0, ["score", "status", "n_answered"]].tolist() == [10, "prorated", 9]
    empty = score(instrument, answers[[]])
    assert empty.loc[0, "reason"] == "no_answers"
    gap = answers.astype("Int8").astype(object)
    gap.loc[0, 10] = pd.NA
    pd.testing.assert_frame_equal(score(instrument, gap), absent)


@pytest.mark.parametrize("column", [0, 10, "10", "total", "phq9_1", 1.5])
def test_refuses_columns_that_are_no_items(column: object) -> None:
    answers = pd.DataFrame([[1.0, 1.0]], columns=[1, column])
    with pytest.raises(ValueError, match=rf"phq9 has no items {column}.*1 to 9"):
        score(get("phq9"), answers)


def test_refuses_one_item_twice() -> None:
    with pytest.raises(ValueError, match="twice"):
        score(get("phq9"), pd.DataFrame([[1.0, 1.0]], columns=[1, "1"]))


@pytest.mark.parametrize("value", [-1, 4, 1.5, 1e9, np.inf, -np.inf])
def test_refuses_values_out_of_range_or_not_whole(value: float) -> None:
    instrument = get("phq9")
    answers = frame(instrument, [[1.0] * 9] * 3 + [[None] * 9])
    answers.loc[2, 7] = value
    with pytest.raises(
        ValueError, match=rf"phq9 item 7 is {re.escape(f'{value:g}')};.*whole numbers 0 to 3"
    ):
        score(instrument, answers)


def test_refuses_a_bad_answer_to_an_item_no_scale_uses() -> None:
    total = Scale("total", "Total", (1,), "sum", (0, 3), "higher", **SOURCE)
    instrument = local(total, items=same_items(2, 0, 3))
    with pytest.raises(ValueError, match="item 2 is 9"):
        score(instrument, pd.DataFrame([[1.0, 9.0]], columns=[1, 2]))


def test_refuses_text_and_wrong_shapes() -> None:
    with pytest.raises(ValueError, match="takes numbers or nothing"):
        score(get("phq9"), pd.DataFrame([["often"]], columns=[1]))
    with pytest.raises(ValueError, match="needs 9 columns"):
        score_arrays(get("phq9"), np.zeros((2, 8)))
    with pytest.raises(ValueError, match="needs 9 columns"):
        score_arrays(get("phq9"), np.zeros(9))


def test_the_answers_handed_in_are_left_alone() -> None:
    instrument = get("core_om")
    answers = frame(instrument, [[2.0] * 33 + [None]])
    before = answers.copy(deep=True)
    score(instrument, answers, prorate=True)
    pd.testing.assert_frame_equal(answers, before)


def test_blocks_make_no_difference() -> None:
    instrument = get("core_om")
    rng = np.random.default_rng(20)
    values = rng.integers(0, 5, (BLOCK_ROWS + 7, 34)).astype(float)
    values[rng.random(values.shape) < 0.03] = np.nan
    whole = score_arrays(instrument, values)
    for rows in (slice(0, 5), slice(BLOCK_ROWS - 3, BLOCK_ROWS + 3), slice(BLOCK_ROWS, None)):
        part = score_arrays(instrument, values[rows])
        np.testing.assert_array_equal(part.score, whole.score[:, rows])
        np.testing.assert_array_equal(part.status, whole.status[:, rows])
        np.testing.assert_array_equal(part.band, whole.band[:, rows])
        np.testing.assert_array_equal(part.n_answered, whole.n_answered[:, rows])


def test_no_warnings_however_empty_the_data() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for instrument in INSTRUMENTS:
            rows = [[None] * len(instrument.items), [1.0] + [None] * (len(instrument.items) - 1)]
            score(instrument, frame(instrument, rows), prorate=True)


def test_rules_mean_percent_and_published_proration() -> None:
    items = same_items(4, 1, 5)
    some = Missing("prorate", 2, citation="Nobody (2020)", evidence="confirmed")
    numbers = (1, 2, 3, 4)
    instrument = local(
        Scale("mean", "M", numbers, "mean", (1, 5), "higher", missing=some, **SOURCE),
        Scale("percent", "P", numbers, "percent", (0, 100), "higher", missing=some, **SOURCE),
        Scale("sum", "S", numbers, "sum", (4, 20), "higher", missing=some, **SOURCE),
        items=items,
    )
    # 5 + 4 + 3 over three answers: mean 4, sum 16, (16 - 4) / 16
    table = score(instrument, frame(instrument, [[5, 4, 3, None], [1, 1, 1, 1], [5, 5, 5, 5]]))
    assert list(table["score"]) == [4, 1, 5, 75, 0, 100, 16, 4, 20]
    assert list(table["status"]) == ["prorated", "complete", "complete"] * 3


def test_own_proration_of_every_rule() -> None:
    items = same_items(5, 1, 5)
    numbers = (1, 2, 3, 4, 5)
    instrument = local(
        Scale("mean", "M", numbers, "mean", (1, 5), "higher", **SOURCE),
        Scale("ten", "T", numbers, "mean_times_ten", (10, 50), "higher", **SOURCE),
        Scale("percent", "P", numbers, "percent", (0, 100), "higher", **SOURCE),
        items=items,
    )
    # 5, 5, 3, 3 lie at 1, 1, 1/2, 1/2; the fifth is put at 3/4, which is 4
    answers = frame(instrument, [[5, 5, 3, 3, None]])
    prorated = score(instrument, answers, prorate=True)
    assert prorated["score"].tolist() == pytest.approx([4, 40, 75])
    assert set(prorated["reason"]) == {"own_proration"}
    assert score(instrument, answers)["score"].isna().all()


def test_own_proration_of_whole_totals_is_exact() -> None:
    rows = [[min(3, max(0, total - 3 * place)) for place in range(8)] for total in range(25)]
    answers = frame(get("phq9"), [[*row, None] for row in rows])
    found = score(get("phq9"), answers, prorate=True)["score"]
    # Eighths are exact in binary, so nothing may be lost.
    assert list(found) == [total * 9 / 8 for total in range(25)]


def test_one_item_may_be_reversed_in_one_scale_and_not_in_another() -> None:
    instrument = local(
        Scale("a", "A", (1, 2), "sum", (0, 6), "higher", reversed_items=(1,), **SOURCE),
        Scale("b", "B", (1, 3), "sum", (0, 6), "higher", **SOURCE),
        Scale("c", "C", (3, 2, 1), "sum", (0, 9), "lower", reversed_items=(3, 2), **SOURCE),
        items=same_items(3, 0, 3),
    )
    table = score(instrument, frame(instrument, [[3, 1, 2]]))
    assert list(table["score"]) == [0 + 1, 3 + 2, 1 + 2 + 3]


def test_a_composite_is_prorated_when_a_part_is_by_our_rule() -> None:
    instrument = local(
        Scale("both", "Both", (), "sum_of_scales", (0, 30), "higher", components=("a", "b"),
              **SOURCE),
        Scale("a", "A", (1, 2, 3, 4, 5), "sum", (0, 15), "higher", **SOURCE),
        Scale("b", "B", (6, 7, 8, 9, 10), "sum", (0, 15), "higher", **SOURCE),
        items=same_items(10, 0, 3),
    )  # fmt: skip
    answers = frame(instrument, [[1] * 9 + [None], [1] * 10, [1] * 8 + [None] * 2])
    table = score(instrument, answers, prorate=True)
    both = table[table["scale"] == "both"]
    assert both["score"].tolist() == pytest.approx([10, 10, np.nan], nan_ok=True)
    assert list(both["status"]) == ["prorated", "complete", "not_scored"]
    assert list(both["reason"]) == ["own_proration", "", "component_not_scored"]
    assert list(both["n_answered"]) == [9, 10, 8]


def test_items_count_what_their_scores_say_also_when_reversed_or_prorated() -> None:
    items = (Item(1, 0, 3, scores=(0, 0, 1, 2)), Item(2, 1, 3, scores=(5, 1, 0)), Item(3, 0, 2))
    instrument = local(
        Scale("plain", "P", (1, 2, 3), "sum", (0, 9), "higher", **SOURCE),
        Scale("turned", "T", (1, 2, 3), "sum", (0, 9), "higher", reversed_items=(1, 2), **SOURCE),
        Scale("percent", "%", (1, 2, 3), "percent", (0, 100), "higher", **SOURCE),
        items=items,
    )
    # 1 + 5 + 2 of at most 9; reversed 2 is 1 and 1 is 3: 0 + 0 + 2
    found = score(instrument, frame(instrument, [[2, 1, 2]]))["score"]
    assert list(found) == pytest.approx([8, 2, 800 / 9])


def test_own_proration_takes_the_place_among_scores_not_among_answers() -> None:
    items = tuple(Item(n, 0, 3, scores=(0, 0, 1, 2)) for n in range(1, 6))
    instrument = local(
        Scale("total", "T", (1, 2, 3, 4, 5), "sum", (0, 10), "higher", **SOURCE), items=items
    )
    # 1, 1, 1, 1 lie in the middle of 0 to 2, so the fifth counts 1
    found = score(instrument, frame(instrument, [[2, 2, 2, 2, None]]), prorate=True)
    assert found.loc[0, ["score", "reason"]].tolist() == [5, "own_proration"]


def test_a_gate_settles_the_score_whatever_else_is_answered() -> None:
    scale = Scale(
        "total", "T", (2, 3), "sum", (0, 6), "lower", gate=Gate(item=1, answer=0, score=0),
        missing=Missing("count_as_zero", 1, citation="Nobody (2020)"), **SOURCE,
    )  # fmt: skip
    instrument = local(scale, items=same_items(3, 0, 3))
    rows = [[0, 3, 3], [0, None, None], [None, 3, 3], [1, 3, 3], [1, None, 2], [1, None, None]]
    table = score(instrument, frame(instrument, rows))
    assert table["score"].tolist() == pytest.approx([0, 0, 6, 6, 2, np.nan], nan_ok=True)
    assert list(table["status"]) == ["complete"] * 4 + ["prorated", "not_scored"]
    assert list(table["reason"]) == [""] * 4 + ["counted_as_zero", "no_answers"]
    assert list(table["n_answered"]) == [2, 0, 2, 2, 1, 0]
    waiting = local(replace(scale, needs="verification"), items=same_items(3, 0, 3))
    assert score(waiting, frame(waiting, [[0, 3, 3]])).loc[0, "reason"] == "verification_needed"


def test_a_grid_needs_two_whole_scores() -> None:
    half = Missing("prorate", 1, citation="Nobody (2020)", evidence="confirmed")
    instrument = local(
        Scale("both", "B", (), "lookup_of_scales", (0, 9), "higher", components=("a", "b"),
              grid=((0.0, 1.0, 2.0), (7.0, 8.0, 9.0)), **SOURCE),
        Scale("a", "A", (1,), "sum", (0, 1), "higher", **SOURCE),
        Scale("b", "B", (2, 3), "sum", (0, 2), "higher", missing=half, **SOURCE),
        items=same_items(3, 0, 1),
    )  # fmt: skip
    table = score(instrument, frame(instrument, [[1, 0, 1], [0, 1, 1], [1, 1, None], [None, 1, 1]]))
    both = table[table["scale"] == "both"]
    assert both["score"].tolist() == pytest.approx([8, 2, np.nan, np.nan], nan_ok=True)
    assert list(both["reason"]) == ["", "", "missing_answers", "component_not_scored"]


def test_a_supplied_scale_is_never_worked_out() -> None:
    instrument = local(
        Scale("given", "G", (), "supplied", (0, 10), "higher", **SOURCE),
        Scale("total", "T", (1,), "sum", (0, 3), "higher", **SOURCE),
        items=same_items(1, 0, 3),
    )
    table = score(instrument, frame(instrument, [[3], [None]]), prorate=True)
    given = table[table["scale"] == "given"]
    assert given["score"].isna().all()
    assert set(given["reason"]) == {"supplied_only"}
    assert set(given["n_items"]) == {0}


def test_bands_are_read_from_the_unrounded_score() -> None:
    scale = get("das_32").scale("total")
    bands = band_of(scale, np.array([0, 97, 97.49, 97.5, 98, 151, np.nan]))
    distressed, fine = "distressed", "non_distressed"
    assert list(bands) == [distressed, distressed, distressed, fine, fine, fine, ""]
    assert list(band_of(get("swemwbs").scale("raw"), np.array([7.0, np.nan]))) == ["", ""]
