"""What a questionnaire must be like to exist at all."""

from __future__ import annotations

from dataclasses import replace

import pytest

from instruments.definition import (
    Band,
    BandSet,
    Gate,
    Item,
    Missing,
    Norm,
    Scale,
)
from instruments.registry import get


def scale(**changes: object) -> Scale:
    plain = Scale("total", "Total", (1, 2), "sum", (0, 6), "higher", "confirmed", "Nobody (2020)")
    return replace(plain, **changes)


def grid_of(*components: str) -> Scale:
    return scale(
        rule="lookup_of_scales", items=(), components=components, grid=((0.0, 6.0), (1.0, 2.0))
    )


def instrument(*scales: Scale, items: tuple[Item, ...] = (Item(1, 0, 3), Item(2, 0, 3))) -> object:
    return replace(get("phq9"), items=items, scales=scales)


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: Item(1, 3, 3), "minimum must lie below maximum"),
        (lambda: Item(1, 0, 3, ("a", "b")), "one label"),
        (lambda: Item(1, 0, 3, scores=(0, 1)), "one score"),
        (lambda: Item(1, 0, 3, scores=(1, 1, 1, 1)), "one score"),
        (lambda: Missing("strict", 1), "strict"),
        (
            lambda: BandSet("b", (Band("x", "X", 0), Band("y", "Y", 0)), "c", "confirmed"),
            "ascend",
        ),
        (
            lambda: BandSet("b", (Band("x", "X", 0), Band("x", "Y", 1)), "c", "confirmed"),
            "used twice",
        ),
        (lambda: Norm("clinical", "p", 1, 1.0, 0.0, "c", "confirmed"), "above 0"),
        (lambda: scale(items=()), "needs items"),
        (lambda: scale(rule="sum_of_scales"), "needs components"),
        (lambda: scale(rule="supplied"), "takes no items"),
        (lambda: scale(rule="lookup_of_scales", items=(), components=("a", "b")), "a grid go"),
        (lambda: scale(grid=((1.0,),)), "a grid go"),
        (
            lambda: scale(rule="sum_of_scales", components=("a",), gate=Gate(1, 0, 0)),
            "only a scale of items",
        ),
        (lambda: scale(reversed_items=(3,)), "among its items"),
        (lambda: scale(items=(1, 1)), "listed twice"),
        (lambda: scale(rule="lookup"), "needs a table"),
        (
            lambda: scale(rule="lookup", table=((0, 0),), missing=Missing("prorate", 1)),
            "allows no missing",
        ),
        (lambda: scale(score_range=(6, 0)), "must ascend"),
        (
            lambda: scale(bands=(BandSet("b", (Band("x", "X", 1),), "c", "confirmed"),)),
            "miss low scores",
        ),
        (lambda: instrument(), "at least one"),
        (lambda: instrument(scale(), items=(Item(2, 0, 3), Item(1, 0, 3))), "ascending order"),
        (lambda: instrument(scale(), scale()), "used twice"),
        (lambda: instrument(scale(items=(1, 4))), r"no such items: \[4\]"),
        (lambda: instrument(scale(), items=()), "at least one"),
        (lambda: instrument(scale(gate=Gate(3, 0, 0))), "items 1 to 2"),
        (lambda: instrument(scale(gate=Gate(2, 4, 0))), "gate's answer or score"),
        (lambda: instrument(scale(gate=Gate(2, 0, 7))), "gate's answer or score"),
        (
            lambda: instrument(
                scale(missing=Missing("count_as_zero", 1)), items=(Item(1, 1, 4), Item(2, 0, 3))
            ),
            "count as zero",
        ),
        (lambda: instrument(grid_of("a"), scale(id="a")), "two components"),
        (lambda: instrument(grid_of("a", "b"), scale(id="a"), scale(id="b")), "7 rows of 7"),
        (
            lambda: instrument(
                grid_of("a", "b"),
                scale(id="a", items=(1,)),
                scale(id="b", items=(2,)),
                items=(Item(1, 0, 3), Item(2, 1, 4)),
            ),
            "begin at 0",
        ),
        (
            lambda: instrument(scale(rule="sum_of_scales", items=(), components=("x",))),
            "components must be item scales",
        ),
        (
            lambda: instrument(scale(rule="lookup", table=((0, 0.0), (1, 1.0)))),
            "each sum 0 to 6",
        ),
    ],
)
def test_a_questionnaire_that_cannot_be_scored_cannot_be_built(build: object, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        build()  # type: ignore[operator]
