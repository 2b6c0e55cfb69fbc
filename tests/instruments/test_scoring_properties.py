"""What must hold for any answers to any questionnaire."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from math import floor

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from instruments.configure import configure
from instruments.definition import Instrument, Scale
from instruments.registry import all_instruments
from instruments.scoring import score

INSTRUMENTS = all_instruments()
NEEDS = {i.id: {scale.needs for scale in i.scales} for i in INSTRUMENTS}
# As built in, and as a rule file opens those that wait for something.
EVERY_WAY = [
    *(pytest.param(i, id=i.id) for i in INSTRUMENTS),
    *(
        pytest.param(configure(i, keyed="key" in NEEDS[i.id], verified=True), id=f"{i.id}-opened")
        for i in INSTRUMENTS
        if NEEDS[i.id] & {"key", "verification"}
    ),
]
PROPERTY = settings(deadline=None, derandomize=True, max_examples=5)


def frame(instrument: Instrument, rows: list[list[float | None]]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=[i.number for i in instrument.items], dtype=float)


def filled_in(data: st.DataObject, instrument: Instrument, *, gaps: bool = True) -> pd.DataFrame:
    """Answers of up to four people, of whom each left out a few, or all."""
    answers = st.tuples(*(st.integers(i.minimum, i.maximum) for i in instrument.items))
    rows = [list(row) for row in data.draw(st.lists(answers, min_size=1, max_size=4))]
    places = st.sets(st.sampled_from(range(len(instrument.items))), max_size=5)
    for row in rows if gaps else ():
        for place in data.draw(places | st.just(set(range(len(row))))):
            row[place] = None
    return frame(instrument, rows)


def plain_score(instrument: Instrument, scale: Scale, person: dict[int, float]) -> Fraction | None:
    """A second, deliberately slow reading of the rules, in exact fractions."""
    if scale.needs or scale.rule == "supplied":
        return None
    if scale.components:
        parts = [plain_score(instrument, instrument.scale(c), person) for c in scale.components]
        if None in parts:
            return None
        if scale.rule == "lookup_of_scales":
            return Fraction(str(scale.grid[int(parts[0])][int(parts[1])]))
        return sum(parts, Fraction(0))
    if scale.gate and person[scale.gate.item] == scale.gate.answer:
        return Fraction(scale.gate.score)
    keyed = []
    for number in scale.items:
        item, answer = instrument.item(number), person[number]
        if not np.isnan(answer):
            turned = item.minimum + item.maximum - int(answer)
            used = turned if number in scale.reversed_items else int(answer)
            keyed.append(item.scores[used - item.minimum] if item.scores else used)
    n_missing = len(scale.items) - len(keyed)
    if not keyed or n_missing > scale.missing.max_missing:
        return None
    if scale.missing.method == "count_as_zero":
        return Fraction(sum(keyed))
    mean = Fraction(sum(keyed), len(keyed))
    if scale.rule in ("mean", "mean_times_ten"):
        return mean * (10 if scale.rule == "mean_times_ten" else 1)
    total = len(scale.items) * mean
    if n_missing and scale.missing.rounding == "half_up":
        total = Fraction(floor(total + Fraction(1, 2)))
    return Fraction(str(dict(scale.table)[total])) if scale.rule == "lookup" else total


@pytest.mark.parametrize("instrument", EVERY_WAY)
@PROPERTY
@given(data=st.data())
def test_agrees_with_a_plain_reading_of_the_rules(
    instrument: Instrument, data: st.DataObject
) -> None:
    answers = filled_in(data, instrument)
    scored = score(instrument, answers).set_index(["row", "scale"])
    for row, person in answers.iterrows():
        for scale in instrument.scales:
            wanted = plain_score(instrument, scale, person.to_dict())
            found = scored.loc[(row, scale.id)]
            if wanted is None:
                assert np.isnan(found["score"])
                assert found["status"] == "not_scored"
                assert found["reason"] != ""
                assert found["band"] == ""
            else:
                assert found["score"] == pytest.approx(float(wanted), rel=1e-14)
                assert found["status"] in ("complete", "prorated")
                assert found["reason"] in ("", "counted_as_zero")
                assert (found["band"] != "") == bool(scale.bands)


@pytest.mark.parametrize("instrument", EVERY_WAY)
@PROPERTY
@given(data=st.data(), prorate=st.booleans())
def test_scores_lie_within_the_range(
    instrument: Instrument, data: st.DataObject, prorate: bool
) -> None:
    answers = filled_in(data, instrument)
    scored = score(instrument, answers, prorate=prorate)
    for scale in instrument.scales:
        found = scored.loc[scored["scale"] == scale.id, "score"].dropna()
        assert found.between(*scale.score_range).all()


@pytest.mark.parametrize("instrument", EVERY_WAY)
@PROPERTY
@given(data=st.data())
def test_moves_with_each_item_in_its_direction(instrument: Instrument, data: st.DataObject) -> None:
    answers = filled_in(data, instrument, gaps=False)
    item = data.draw(st.sampled_from(instrument.items))
    raised = answers.copy()
    raised[item.number] = item.maximum
    change = score(instrument, raised)["score"] - score(instrument, answers)["score"]
    scales = np.repeat([scale.id for scale in instrument.scales], len(answers))
    for scale in instrument.scales:
        parts = [instrument.scale(c) for c in scale.components] or [scale]
        falls = any(item.number in part.reversed_items for part in parts)
        # The one grid there is runs against its components: utility falls as symptoms rise.
        falls ^= scale.rule == "lookup_of_scales"
        moved = change[scales == scale.id].dropna()
        assert ((moved <= 0) if falls else (moved >= 0)).all()
        gate = (scale.gate.item,) if scale.gate else ()
        if item.number not in (*instrument.item_numbers(scale.id), *gate):
            assert (moved == 0).all()


@pytest.mark.parametrize("instrument", EVERY_WAY)
@PROPERTY
@given(data=st.data())
def test_reversing_twice_changes_nothing(instrument: Instrument, data: st.DataObject) -> None:
    answers = filled_in(data, instrument)
    turned = answers.copy()
    gates = {scale.gate.item for scale in instrument.scales if scale.gate}
    for item in (item for item in instrument.items if item.number not in gates):
        turned[item.number] = item.minimum + item.maximum - turned[item.number]
    swapped = replace(
        instrument,
        scales=tuple(
            replace(s, reversed_items=tuple(n for n in s.items if n not in s.reversed_items))
            for s in instrument.scales
        ),
    )
    pd.testing.assert_frame_equal(score(swapped, turned), score(instrument, answers))


@pytest.mark.parametrize("instrument", EVERY_WAY)
@PROPERTY
@given(data=st.data(), random=st.randoms(use_true_random=False))
def test_order_of_rows_and_columns_and_the_index_change_nothing(
    instrument: Instrument, data: st.DataObject, random: object
) -> None:
    answers = filled_in(data, instrument)
    labelled = answers.set_axis([f"person {i}" for i in answers.index], axis="index")
    rows, columns = list(labelled.index), list(labelled.columns)
    random.shuffle(rows)  # type: ignore[attr-defined]
    random.shuffle(columns)  # type: ignore[attr-defined]
    mixed = score(instrument, labelled.loc[rows, columns]).set_index(["scale", "row"])
    ordered = score(instrument, labelled).set_index(["scale", "row"])
    pd.testing.assert_frame_equal(mixed.loc[ordered.index], ordered)
    np.testing.assert_array_equal(ordered["score"], score(instrument, answers)["score"])
