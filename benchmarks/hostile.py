"""Files that harm or deceive, read as uploads are: what each costs, and whether all goes on.

Each crafted file goes through the child process. It must be refused with a sentence or read as it
should, within 5 s and with at most 100 MB more in this process; somebody else's small file is read
again and again meanwhile, and this process reads a good file afterwards. With --flips, good files
with one byte changed are read, and one in ten is mapped and checked as well: nothing but our own
refusals and problems may ever come out.

    python -m benchmarks.hostile [--flips 10000] [--seed 20170630]
"""

from __future__ import annotations

import argparse
import gc
import sys
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from evaluation.ingest.files.cells import UnreadableFileError, Upload
from evaluation.ingest.files.reader import Reader, Readers, read_uploads
from evaluation.ingest.pipeline import read_files
from tests.evaluation.ingest.crafted_files import CRAFTED, Crafted, flips, good_csv, good_rows

BAR_SECONDS = 5.0
BAR_MEGABYTES = 100.0
SEED = 20170630
_STATUS, _CLEAR = Path("/proc/self/status"), Path("/proc/self/clear_refs")
_TICK = 0.005
_SHOWN_EVERY = 1_000
_CHECKED_EVERY = 10


@dataclass
class Cost:
    """What one file took."""

    seconds: float = 0.0
    megabytes: float = float("nan")  # more in this process, at its highest
    pause: float = 0.0  # the longest time for which no other thread of this process could go on
    other: float = 0.0  # the longest that somebody else's small file took meanwhile
    faults: list[str] = field(default_factory=list)


class _Meanwhile:
    """What others notice while a file is read: pauses, and how long their own file takes."""

    def __init__(self, readers: Readers) -> None:
        self.pause = self.other = 0.0
        self._readers = readers
        self._done = threading.Event()
        self._threads = [threading.Thread(target=work) for work in (self._tick, self._read)]

    def __enter__(self) -> _Meanwhile:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        for thread in self._threads:
            thread.join()

    def _tick(self) -> None:
        before = time.perf_counter()
        while not self._done.wait(_TICK):
            now = time.perf_counter()
            self.pause, before = max(self.pause, now - before - _TICK), now

    def _read(self) -> None:
        data = good_csv()
        while not self._done.is_set():
            start = time.perf_counter()
            self._readers.read("other.csv", data)
            self.other = max(self.other, time.perf_counter() - start)
            self._done.wait(0.02)


def _memory(name: str) -> float:
    """Megabytes of this process: VmRSS now, VmHWM at its highest; not a number if unknown."""
    if not _STATUS.exists():
        return float("nan")
    for line in _STATUS.read_text().splitlines():
        if line.startswith(name + ":"):
            return int(line.split()[1]) / 1024
    return float("nan")


def _highest_from_now_on() -> None:
    if _CLEAR.exists():
        _CLEAR.write_text("5")


def _faults(crafted: Crafted, result: Upload | UnreadableFileError) -> list[str]:
    if isinstance(result, UnreadableFileError):
        if result.code != crafted.refused:
            return [f"refused as {result.code}: {result.message}"]
        told = all(text.endswith(".") for text in (result.message, result.fix))
        return [] if told else ["refused without a sentence"]
    if crafted.refused:
        return [f"read, though it should be refused as {crafted.refused}"]
    columns = result.sheets[0].columns
    expected = crafted.cells or []
    found = [column.cells()[: len(want)] for column, want in zip(columns, expected, strict=False)]
    return [] if found == expected else [f"read as {found}"]


def cost(crafted: Crafted, readers: Readers) -> Cost:
    """Read one crafted file beside others, then a good one."""
    data = crafted.make()
    gc.collect()
    found = Cost()
    with _Meanwhile(readers) as meanwhile:
        _highest_from_now_on()
        before = _memory("VmRSS")
        start = time.perf_counter()
        try:
            result: Upload | UnreadableFileError = readers.read(crafted.file_name, data)
        except UnreadableFileError as error:
            result = error
        found.seconds = time.perf_counter() - start
        found.megabytes = _memory("VmHWM") - before
    found.pause, found.other = meanwhile.pause, meanwhile.other
    found.faults = _faults(crafted, result)
    if found.seconds > BAR_SECONDS:
        found.faults.append(f"more than {BAR_SECONDS:g} s")
    if found.megabytes > BAR_MEGABYTES:
        found.faults.append(f"more than {BAR_MEGABYTES:g} MB")
    (good,) = read_uploads([("good.csv", good_csv())])
    if not isinstance(good, Upload) or good.sheets[0].n_rows != len(good_rows()) + 1:
        found.faults.append("a good file was not read afterwards")
    return found


def measure_all() -> int:
    """Print a line for each crafted file; the number of files with a fault."""
    readers = Readers()
    readers.read("warm.csv", good_csv())
    sys.stdout.write(
        f"{'file':<58}{'MB':>6}  {'becomes':<18}{'s':>6}{'+MB':>7}{'pause s':>9}{'other s':>9}\n"
    )
    costs = {}
    for name, crafted in CRAFTED.items():
        found = costs[name] = cost(crafted, readers)
        sys.stdout.write(
            f"{name[:57]:<58}{len(crafted.make()) / 1e6:6.1f}  {crafted.refused or 'read':<18}"
            f"{found.seconds:6.2f}{found.megabytes:7.1f}{found.pause:9.3f}{found.other:9.3f}"
            f"  {'; '.join(found.faults)}\n"
        )
        sys.stdout.flush()
    readers.close()
    wrong = sum(bool(found.faults) for found in costs.values())
    refused = sum(bool(crafted.refused) for crafted in CRAFTED.values())
    sys.stdout.write(
        f"\n{len(costs)} files: {refused} to be refused, {len(costs) - refused} to be read, "
        f"{wrong} not as they should\n"
    )
    for what, values, bar in (
        ("seconds", [found.seconds for found in costs.values()], BAR_SECONDS),
        ("MB more in this process", [found.megabytes for found in costs.values()], BAR_MEGABYTES),
        ("longest pause of this process, seconds", [f.pause for f in costs.values()], None),
        ("longest wait for another's file, seconds", [f.other for f in costs.values()], None),
    ):
        met = "" if bar is None else f"   at most {bar:g}: {'yes' if max(values) <= bar else 'NO'}"
        sys.stdout.write(f"{what:<45}{max(values):8.2f}{met}\n")
    return wrong


def flip_all(n: int, *, seed: int) -> int:
    """Read good files with one byte changed, and check some; the number of faults."""
    reader = Reader()
    reader.read("warm.csv", good_csv())
    first, deaths, faults = reader.pid, 0, 0
    became: Counter[str] = Counter()
    start = time.perf_counter()
    for number, (name, data) in enumerate(flips(n, seed=seed), start=1):
        kind = name.rpartition(".")[2]
        try:
            if number // 2 % _CHECKED_EVERY == 0:
                checked = read_files([(name, data)], site="Luton")
                became[f"{kind}: checked, {'not ' if checked.blocked else ''}usable"] += 1
            reader.read(name, data)
            became[f"{kind}: read"] += 1
        except UnreadableFileError as error:
            became[f"{kind}: {error.code}"] += 1
        except Exception as error:
            faults += 1
            sys.stdout.write(f"flip {number} of {name}: {type(error).__name__}: {error}\n")
        if reader.pid != first:
            deaths, first = deaths + 1, reader.pid
        if number % _SHOWN_EVERY == 0:
            sys.stdout.write(f"{number:,} in {time.perf_counter() - start:.0f} s\n")
            sys.stdout.flush()
    reader.close()
    for what, count in sorted(became.items()):
        sys.stdout.write(f"{what:<45}{count:8,}\n")
    sys.stdout.write(
        f"{n:,} changed bytes: {faults} other exceptions, the child replaced {deaths} times, "
        f"{time.perf_counter() - start:.0f} s\n"
    )
    return faults


def main() -> int:
    """Measure the crafted files, or read the changed ones."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--flips", type=int, default=0, metavar="N", help="change N bytes instead")
    parser.add_argument("--seed", type=int, default=SEED)
    options = parser.parse_args()
    wrong = flip_all(options.flips, seed=options.seed) if options.flips else measure_all()
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
