"""The tables of one run, for the terminal and as Markdown; the costs for the page on scaling."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks import machine
from benchmarks.judging import Verdict, judge
from benchmarks.measuring import FLOOR, INSTEAD, OURS, Measured, Step, exponent_of
from benchmarks.pages import NEW_SESSION

SCALING = "scaling.md"
BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"


@dataclass(frozen=True, slots=True)
class Report:
    """The Markdown text, and whether every bar was kept."""

    text: str
    kept: bool


def report(steps: Sequence[Step], measured: Measured, *, quick: bool) -> Report:
    """Everything that one run has found; in a quick run no bar is judged."""
    verdicts = [] if quick else judge(steps, measured)
    parts = [_machine(), _steps(steps, measured)]
    parts += [_growth(steps, measured)] if len(measured.taken) else []
    parts += [_pages(measured)] if measured.pages else []
    parts += [_bars(verdicts)] if verdicts else []
    parts += ["Not compared here:\n\n" + _list(measured.skipped)] if measured.skipped else []
    return Report("\n\n".join(parts) + "\n", all(v.kept for v in verdicts))


def write(report_: Report, steps: Sequence[Step], measured: Measured, path: Path) -> None:
    """The Markdown file, its plot, and the measured lines of the page on scaling beside it."""
    from benchmarks.picture import draw

    path.parent.mkdir(parents=True, exist_ok=True)
    picture = path.with_suffix(".png")
    text = f"{_HEAD}\n{report_.text}"
    if draw(steps, measured, picture):
        text += f"\n![Seconds by size, for each step and each way]({picture.name})\n"
    path.write_text(text, encoding="utf-8")
    scaling = path.with_name(SCALING)
    if scaling.exists() and measured.pages:
        scaling.write_text(filled(scaling.read_text(encoding="utf-8"), costs(measured)), "utf-8")


def filled(page: str, lines: str) -> str:
    """A page with the lines between its two marks."""
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    if not rest or END not in page:
        raise ValueError(f"page: needs the marks {BEGIN} and {END}")
    return f"{before}{BEGIN}\n{lines}\n{END}{after}"


_HEAD = """# Speed and scale

Written by `python -m benchmarks --out .docs/speed.md`: everything below comes from one run, on
invented data. Every way of doing a step had a process of its own; the ways took turns, and the
best of them counts. Compare the ratios, not the seconds: the seconds are this machine's.
"ours" is the product; the floor is the least that any way of doing it has to do (a bare pass over
the numbers, a bare read or write of the file); what a user would do instead is named.
"""


def _machine() -> str:
    today = dt.datetime.now(dt.UTC).date().isoformat()
    return _list([f"{name}: {value}" for name, value in [("day", today), *machine.facts()]])


def _steps(steps: Sequence[Step], measured: Measured) -> str:
    head = ("step", "size", "seconds", "peak GB", "floor s", "× floor", "instead, s (× ours)")
    rows = []
    for step in steps:
        for t in measured.taken:
            if t.step == step.name and t.kind == OURS:
                floor = measured.seconds(step.name, FLOOR).get(t.size, math.nan)
                size = f"{t.size:,} {step.unit}" if t.size else ""
                rows.append(
                    (
                        step.name, size, _figure(t.seconds), _figure(t.gigabytes),
                        _figure(floor), _figure(t.seconds / floor),
                        _instead(step.name, t.size, t.seconds, measured),
                    )
                )  # fmt: skip
    words = _list([f"**{step.name}**: {step.what}" for step in steps])
    return f"{words}\n\n{_markdown(head, rows)}" if rows else words


def _instead(step: str, size: int, ours: float, measured: Measured) -> str:
    others = [
        t for t in measured.taken if (t.step, t.size, t.kind) == (step, size, INSTEAD)
    ]  # fmt: skip
    told = (f"{t.way}: {_figure(t.seconds)} ({_figure(t.seconds / ours)}×)" for t in others)
    return "; ".join(told)


def _growth(steps: Sequence[Step], measured: Measured) -> str:
    rows = []
    for step in steps:
        ours, floor = (exponent_of(measured, step.name, kind) for kind in (OURS, FLOOR))
        if not math.isnan(ours):
            name = next((way.name for way in step.ways if way.kind == FLOOR), "")
            rows.append((step.name, f"{ours:.2f}", f"{floor:.2f}", name))
    if not rows:
        return "Growth needs at least two sizes."
    head = ("step", "ours", "floor", "the floor is")
    text = "Growth: seconds ~ size to the power of (1 = twice the people, twice the time)."
    return f"{text}\n\n{_markdown(head, rows)}"


def _pages(measured: Measured) -> str:
    sizes = sorted({page.people for page in measured.pages})
    head = ["page", *(f"{people:,}: first s | rerun ms" for people in sizes)]
    by_title: dict[str, list[str]] = {}
    for page in sorted(measured.pages, key=lambda page: page.people):
        cell = f"{page.first:.2f} | {1000 * page.rerun:.0f}".replace("|", "/")
        by_title.setdefault(page.title, []).append(cell)
    head = [text.replace("|", "/") for text in head]
    return "Pages, by people in twelve sites.\n\n" + _markdown(
        head, [(title, *cells) for title, cells in by_title.items()]
    )


def _bars(verdicts: Sequence[Verdict]) -> str:
    rows = [(v.what, _figure(v.value), v.bar, "yes" if v.kept else "NO") for v in verdicts]
    return "Bars.\n\n" + _markdown(("what", "here", "bar", "kept"), rows)


def costs(measured: Measured) -> str:
    """What people and viewers cost, from the pages at the smallest and the largest size."""
    sizes = sorted({page.people for page in measured.pages})
    rows = []
    for people in sizes:
        pages = [p for p in measured.pages if p.people == people]
        reruns = sorted(p.rerun for p in pages if p.title != NEW_SESSION)
        slowest = max(reruns)
        usual = reruns[len(reruns) // 2]
        first = max(p.first for p in pages if p.title != NEW_SESSION)
        rows.append(
            (
                f"{people:,}", f"{max(p.gigabytes for p in pages):.2f}", f"{first:.1f}",
                f"{1000 * usual:.0f}", f"{1000 * slowest:.0f}", f"{1 / usual:.0f}",
            )
        )  # fmt: skip
    head = (
        "people", "memory of one server, GB", "slowest first time after an import, s",
        "usual click, ms", "slowest click, ms", "usual clicks a second, one core",
    )  # fmt: skip
    text = _markdown(head, rows)
    if len(sizes) > 1:
        low, high = (max(p.gigabytes for p in measured.pages if p.people == n) for n in
                     (sizes[0], sizes[-1]))  # fmt: skip
        each = (high - low) * 1e6 / (sizes[-1] - sizes[0])
        text += f"\n\nEvery further person takes {each:.0f} kB of each server's memory."
    return text


# --- plain text -----------------------------------------------------------------------------------


def _figure(value: float) -> str:
    """Three figures that count."""
    if math.isnan(value):
        return ""
    if value >= 100:
        return f"{value:,.0f}"
    digits = 2 - math.floor(math.log10(value)) if value > 0 else 0
    return f"{value:.{max(0, min(digits, 6))}f}"


def _list(lines: Sequence[str]) -> str:
    return "\n".join(f"- {line}" for line in lines)


def _markdown(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
