"""How anything is measured here: each way of doing a step in a process of its own, best of several.

Other work on the same machine makes everything slower, never quicker, so the shortest time is the
one least disturbed. Ways that are compared take turns.
"""

from __future__ import annotations

import atexit
import json
import math
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal

try:
    import resource
except ImportError:  # Windows does not tell the peak memory
    resource = None  # type: ignore[assignment]

ROOT = Path(__file__).resolve().parents[1]
MOST_REPEATS, ENOUGH_SECONDS = 30, 1.0
TURNS = 3
NAN = float("nan")

Work = Callable[[], object]
Prepare = Callable[[int, Path], Work]
Kind = Literal["ours", "floor", "instead"]
OURS: Final = "ours"
FLOOR: Final = "floor"
INSTEAD: Final = "instead"


@dataclass(frozen=True, slots=True)
class Way:
    """One way to do a step: ours, the least that any has to do, or what a user would do instead.

    ``prepare`` makes what the work needs, which is not timed. ``missing`` says in a sentence what
    is not installed. ``once``: too slow, or too lasting in what it does, to be done again.
    ``most`` is the largest size it is tried with. ``own_clock``: the work returns its seconds.
    ``whole_process``: the start and the end of the process count too.
    """

    name: str
    prepare: Prepare
    kind: Kind = "ours"
    missing: Callable[[], str] = lambda: ""
    once: bool = False
    most: float = math.inf
    own_clock: bool = False
    whole_process: bool = False


@dataclass(frozen=True, slots=True)
class Bar:
    """What a step has to keep to at its largest size, or at ``size``.

    ``at_most``: our seconds in those of ``against``; ``at_least``: how many times quicker we are.
    Without ``against`` they are seconds; ``gigabytes`` is our peak memory.
    """

    against: str = ""
    at_most: float = NAN
    at_least: float = NAN
    gigabytes: float = NAN
    size: int = 0


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the way of the data, at several sizes.

    ``write`` makes files before anything is measured. ``slack`` is what our growth exponent may be
    above that of the floor.
    """

    name: str
    what: str
    unit: str
    sizes: tuple[int, ...]
    quick: tuple[int, ...]
    ways: tuple[Way, ...]
    bars: tuple[Bar, ...] = ()
    slack: float = 0.15
    write: Callable[[int, Path], None] | None = None

    def way(self, kind_or_name: str) -> Way:
        return next(w for w in self.ways if kind_or_name in (w.kind, w.name))


@dataclass(frozen=True, slots=True)
class Taken:
    """What one way of a step took at one size; memory in gigabytes, its input included."""

    step: str
    way: str
    kind: Kind
    size: int
    seconds: float
    gigabytes: float = NAN


@dataclass(frozen=True, slots=True)
class PageTaken:
    """Seconds of a page's first run and of a rerun, and gigabytes of the server that shows all."""

    title: str
    people: int
    first: float
    rerun: float
    gigabytes: float


@dataclass(slots=True)
class Measured:
    """Everything that one run has found, and what could not be compared."""

    taken: list[Taken] = field(default_factory=list)
    pages: list[PageTaken] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)

    def seconds(self, step: str, way: str) -> dict[int, float]:
        """Seconds by size; ``way`` is a name or a kind."""
        rows = [t for t in self.taken if t.step == step and way in (t.way, t.kind)]
        return {t.size: t.seconds for t in rows}


def best_of(work: Work, *, once: bool = False, own_clock: bool = False) -> float:
    """The shortest of several times in seconds: as many as a second has room for."""
    times: list[float] = []
    begun = time.perf_counter()
    while True:
        start = time.perf_counter()
        told = work()
        now = time.perf_counter()
        times.append(float(told) if own_clock else now - start)  # type: ignore[arg-type]
        if once or len(times) >= MOST_REPEATS or now - begun > ENOUGH_SECONDS:
            return min(times)


def growth_exponent(sizes: Sequence[float], seconds: Sequence[float]) -> float:
    """The slope b of log seconds on log size: seconds ~ size ** b. NaN with fewer than two sizes.

    >>> growth_exponent([10, 100, 1000], [1, 4, 16]) == math.log10(4)
    True
    """
    x, y = [math.log(size) for size in sizes], [math.log(value) for value in seconds]
    if len(set(x)) < 2:
        return NAN
    middle, level = sum(x) / len(x), sum(y) / len(y)
    spread = sum((each - middle) ** 2 for each in x)
    return sum((a - middle) * (b - level) for a, b in zip(x, y, strict=True)) / spread


def exponent_of(measured: Measured, step: str, way: str) -> float:
    """The growth of one way; ``way`` is a name or a kind."""
    found = {size: value for size, value in measured.seconds(step, way).items() if size}
    return growth_exponent(list(found), list(found.values()))


# --- one process for each measurement -----------------------------------------------------------


def measure_step(
    module: str, step: Step, sizes: Sequence[int], folder: Path, measured: Measured, *, turns: int
) -> None:
    """Add what every way of the step took at every size; ``module`` is where the step is."""
    ways = []
    for way in step.ways:
        missing = way.missing()
        if missing:
            measured.skipped.append(f"{step.name}, {way.name}: {missing}")
        else:
            ways.append(way)
    for size in sizes:
        if step.write is not None:
            in_a_process(module, step.name, "", size, folder)
        possible = [way for way in ways if size <= way.most]
        found: dict[str, list[dict[str, Any]]] = {way.name: [] for way in possible}
        for turn in range(turns):
            for way in possible:
                if turn == 0 or not way.once:
                    found[way.name].append(in_a_process(module, step.name, way.name, size, folder))
        for way in possible:
            clock = "wall" if way.whole_process else "seconds"
            seconds = min(each[clock] for each in found[way.name])
            peak = max(each["gigabytes"] for each in found[way.name])
            measured.taken.append(Taken(step.name, way.name, way.kind, size, seconds, peak))


def in_a_process(module: str, step: str, way: str, size: int, folder: Path) -> dict[str, Any]:
    """What `run_child` tells of one way of a step; ``wall`` is the life of its process."""
    start = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", __package__, "--child", module, step, way, str(size), str(folder)],
        cwd=ROOT,
        capture_output=True,
        check=False,
    )
    wall = time.perf_counter() - start
    if done.returncode:
        told = done.stderr.decode(errors="replace")[-2000:]
        raise RuntimeError(f"{step}, {way or 'files'}, {size:,}: {told}")
    last = done.stdout.decode().strip().splitlines()[-1]
    return {**json.loads(last), "wall": wall}


def run_child(step: Step, way_name: str, size: int, folder: Path) -> None:
    """Do one thing in this process and print what it took once everything else has ended."""
    taken: dict[str, float] = {}
    # Registered before anything else, this runs last: after the reader of files has ended its own.
    atexit.register(lambda: sys.stdout.write(json.dumps(taken | {"gigabytes": _peak()}) + "\n"))
    if not way_name:
        if step.write is not None:
            step.write(size, folder)
        return
    way = step.way(way_name)
    work = way.prepare(size, folder)
    taken["seconds"] = best_of(work, once=way.once or way.whole_process, own_clock=way.own_clock)


def _peak() -> float:
    """Gigabytes of this process at its highest, or of the largest of its children if that is more.

    The kernel's own figure for a process begins with what its parent had; the file does not.
    """
    if resource is None:
        return NAN
    unit = 1e9 if sys.platform == "darwin" else 1e6
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit
    status = Path("/proc/self/status")
    if status.exists():
        lines = status.read_text().splitlines()
        own = next((int(x.split()[1]) / 1e6 for x in lines if x.startswith("VmHWM")), own)
    return max(own, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / unit)
