"""What was measured against what has to be kept to: bars, growth, pages."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from benchmarks.measuring import FLOOR, OURS, Bar, Measured, Step, exponent_of
from benchmarks.pages import BAR_NEW_SESSION, BARS_RERUN, NEW_SESSION


@dataclass(frozen=True, slots=True)
class Verdict:
    """One thing that has a bar: its value, the bar in words, and whether it is kept."""

    what: str
    value: float
    bar: str
    kept: bool


def judge(steps: Sequence[Step], measured: Measured) -> list[Verdict]:
    """Every bar whose two sides were measured at the size it is meant for."""
    found = [v for step in steps for bar in step.bars for v in _judge_bar(step, bar, measured)]
    return [*found, *_judge_growth(steps, measured), *_judge_pages(measured)]


def _judge_bar(step: Step, bar: Bar, measured: Measured) -> Iterator[Verdict]:
    size = bar.size or step.sizes[-1]
    ours = measured.seconds(step.name, OURS).get(size)
    if ours is None:
        return
    at = f"{step.name}, {size:,} {step.unit}" if size else step.name
    if not math.isnan(bar.gigabytes):
        peak = max(t.gigabytes for t in measured.taken if (t.step, t.kind) == (step.name, OURS))
        kept = peak <= bar.gigabytes
        yield Verdict(f"{at}: peak memory in GB", peak, f"≤ {bar.gigabytes:g}", kept)
        return
    other = measured.seconds(step.name, bar.against).get(size)
    if other is None:
        return
    if math.isnan(bar.at_least):
        ratio = ours / other
        what = f"{at}: ours / {bar.against}"
        yield Verdict(what, ratio, f"≤ {bar.at_most:g}", ratio <= bar.at_most)
    else:
        ratio = other / ours
        what = f"{at}: {bar.against} / ours"
        yield Verdict(what, ratio, f"≥ {bar.at_least:g}", ratio >= bar.at_least)


def _judge_growth(steps: Sequence[Step], measured: Measured) -> Iterator[Verdict]:
    for step in steps:
        ours, floor = (exponent_of(measured, step.name, kind) for kind in (OURS, FLOOR))
        if math.isnan(ours) or math.isnan(floor):
            continue
        most = floor + step.slack
        bar = f"≤ {floor:.2f} + {step.slack:g}"
        yield Verdict(f"{step.name}: growth exponent", ours, bar, ours <= most)


def _judge_pages(measured: Measured) -> Iterator[Verdict]:
    for people, bar in BARS_RERUN.items():
        pages = [p for p in measured.pages if p.people == people and p.title != NEW_SESSION]
        if pages:
            slowest = max(pages, key=lambda p: p.rerun)
            what = f"slowest page with {people:,} people ({slowest.title}): rerun in ms"
            kept = slowest.rerun <= bar
            yield Verdict(what, 1000 * slowest.rerun, f"≤ {1000 * bar:g}", kept)
    for page in measured.pages:
        if page.title == NEW_SESSION:
            what = f"new session with {page.people:,} people: first page in s"
            kept = page.first <= BAR_NEW_SESSION
            yield Verdict(what, page.first, f"≤ {BAR_NEW_SESSION:g}", kept)
