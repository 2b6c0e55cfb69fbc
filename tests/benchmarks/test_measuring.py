"""The arithmetic of the measurements: growth, bars, figures. Nothing here looks at a clock."""

from __future__ import annotations

import math

import pytest

from benchmarks.judging import judge
from benchmarks.measuring import (
    Bar,
    Measured,
    PageTaken,
    Step,
    Taken,
    Way,
    best_of,
    exponent_of,
    growth_exponent,
)
from benchmarks.table import BEGIN, END, costs, filled


def step(*bars: Bar, slack: float = 0.15) -> Step:
    def nothing(size: int, folder: object) -> object:
        return lambda: None

    ways = (Way("ours", nothing), Way("bare", nothing, "floor"), Way("slow", nothing, "instead"))  # type: ignore[arg-type]
    return Step("sum", "a sum", "rows", (10, 1000), (10,), ways, bars, slack)


def run(ours: dict[int, float], bare: dict[int, float], slow: dict[int, float]) -> Measured:
    sides = (("ours", "ours", ours), ("bare", "floor", bare), ("slow", "instead", slow))
    return Measured(
        [
            Taken("sum", way, kind, size, seconds, 0.5)  # type: ignore[arg-type]
            for way, kind, times in sides
            for size, seconds in times.items()
        ]
    )


@pytest.mark.parametrize("power", [0.0, 0.5, 1.0, 2.0])
def test_the_power_of_a_pure_power_law_is_found(power: float) -> None:
    sizes = [1_000, 10_000, 100_000]
    found = growth_exponent(sizes, [0.003 * size**power for size in sizes])
    assert found == pytest.approx(power, abs=1e-12)


def test_the_exponent_is_the_least_squares_slope() -> None:
    # log10: sizes 0, 1, 2 and seconds 0, 1, 1, of which the slope is 1/2.
    assert growth_exponent([1, 10, 100], [1, 10, 10]) == pytest.approx(0.5)


def test_one_size_has_no_growth() -> None:
    assert math.isnan(growth_exponent([10], [1.0]))
    assert math.isnan(growth_exponent([10, 10], [1.0, 2.0]))
    assert math.isnan(exponent_of(Measured(), "sum", "ours"))


def test_slow_work_is_done_once_and_the_clock_of_the_work_counts() -> None:
    told = iter([3.0, 2.0])
    assert best_of(lambda: next(told), once=True, own_clock=True) == 3.0
    assert next(told) == 2.0


def test_the_shortest_time_counts() -> None:
    told = iter([3.0, 2.0, 5.0, *[4.0] * 100])
    assert best_of(lambda: next(told), own_clock=True) == 2.0


def test_bars_are_judged_at_the_largest_size() -> None:
    found = judge(
        [step(Bar("bare", at_most=3), Bar("slow", at_least=10), Bar(gigabytes=0.4))],
        run({10: 1, 1000: 2}, {10: 1, 1000: 1}, {10: 100, 1000: 18}),
    )
    assert [(v.value, v.kept) for v in found[:3]] == [(2, True), (9, False), (0.5, False)]


def test_a_bar_without_its_other_side_is_not_judged() -> None:
    found = judge([step(Bar("slow", at_least=10))], run({10: 1, 1000: 2}, {10: 1, 1000: 1}, {}))
    assert [v.what for v in found] == ["sum: growth exponent"]


def test_growth_is_judged_beside_the_growth_of_the_floor() -> None:
    steep = run({10: 1, 1000: 100}, {10: 1, 1000: 10}, {})  # 1 beside 0.5
    assert [v.kept for v in judge([step(slack=0.4)], steep)] == [False]
    assert [v.kept for v in judge([step(slack=0.6)], steep)] == [True]


def test_the_slowest_page_is_judged() -> None:
    pages = [PageTaken("a", 5_000, 2.0, 0.1, 1.0), PageTaken("b", 5_000, 9.0, 0.2, 1.0)]
    [verdict] = judge([], Measured(pages=pages))
    assert "(b)" in verdict.what
    assert verdict.value == pytest.approx(200)
    assert not verdict.kept


def test_memory_of_each_further_person() -> None:
    pages = [PageTaken("a", 1_000, 1, 0.1, 0.5), PageTaken("a", 101_000, 1, 0.1, 2.5)]
    # 2 GB for 100,000 people
    assert "Every further person takes 20 kB" in costs(Measured(pages=pages))


def test_only_the_measured_lines_of_a_page_are_replaced() -> None:
    page = f"before\n{BEGIN}\nold\n{END}\nafter\n"
    assert filled(page, "new") == f"before\n{BEGIN}\nnew\n{END}\nafter\n"
    with pytest.raises(ValueError, match="marks"):
        filled("no marks", "new")
