"""Many people at once: a real server, and visitors who click through it over websockets.

    python -m benchmarks.visitors --visitors 20 --seconds 60

Every visitor looks at a site of their own and goes from page to page with a short pause. Told are
the times from a click to the end of the page's script, the server's peak memory, pages that failed,
and pages that showed another site than the one asked for.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import websockets
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from benchmarks.pages import fill
from evaluation.access import REPORT_SITE, SEE_SITE
from evaluation.config import DATABASE_VARIABLE
from evaluation.store.repository import Site, Store
from pages.shell.failures import FAULT
from pages.shell.navigation import SCREENS, SITE

ROOT = Path(__file__).resolve().parents[1]
# Pages about one site, and pages that are the same for everybody.
PAGES = [s.url_path for s in SCREENS if s.shows_data]
ABOUT_A_SITE = [s.url_path for s in SCREENS if s.opens_to & {SEE_SITE, REPORT_SITE}]
SHOWS_ITS_NAME = next(s.url_path for s in SCREENS if s.file == SITE)


@dataclass(slots=True)
class Seen:
    """What all visitors saw: seconds of each click, by page, and what went wrong."""

    seconds: list[tuple[str, float]] = field(default_factory=list)
    wrong: Counter[str] = field(default_factory=Counter)


async def visit(address: str, site: Site, seen: Seen, until: float, rng: random.Random) -> None:
    """One person: a click, a pause of one to three seconds, the next click."""
    url = f"ws://{address}/_stcore/stream"
    kept: dict[str, bytes] = {}
    async with websockets.connect(
        url, subprotocols=["streamlit"], max_size=None, origin=f"http://{address}"
    ) as line:
        first = True
        while first or time.monotonic() < until:
            page = rng.choice(PAGES)
            start = time.perf_counter()
            said = await _click(line, page, site.id, kept)
            # The first click of a visit also opens the page for the first time.
            seen.seconds.append(("first click" if first else page, time.perf_counter() - start))
            _check(said, page, site, seen)
            first = False
            await asyncio.sleep(rng.uniform(1, 3))


async def _click(line, page: str, site: str, kept: dict[str, bytes]) -> bytes:  # type: ignore[no-untyped-def]
    """Ask for a page and wait for its end; everything that came, as one text."""
    ask = BackMsg()
    ask.rerun_script.page_name = page
    ask.rerun_script.query_string = f"site={site}" if page in ABOUT_A_SITE else ""
    await line.send(ask.SerializeToString())
    parts = []
    while True:
        data = await asyncio.wait_for(line.recv(), 120)
        message = ForwardMsg.FromString(data)
        kind = message.WhichOneof("type")
        if kind == "ref_hash":
            data = kept.get(message.ref_hash, b"")
        elif message.hash:
            kept[message.hash] = data
        parts.append(data)
        if kind == "script_finished":
            return b"".join(parts)


def _check(said: bytes, page: str, site: Site, seen: Seen) -> None:
    if FAULT.encode() in said:
        seen.wrong["pages that failed"] += 1
    if page == SHOWS_ITS_NAME and f"{site.name}:".encode() not in said.replace(b"\\", b""):
        seen.wrong["pages without the site asked for"] += 1


@contextmanager
def serving(database: str) -> Iterator[tuple[str, int]]:
    """A server as the README starts it; its address and its process."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    address = f"127.0.0.1:{port}"
    command = [sys.executable, "-m", "streamlit", "run", "pages/shell/asgi.py"]
    server = subprocess.Popen(
        [*command, "--server.port", str(port)],
        cwd=ROOT, env=os.environ | {DATABASE_VARIABLE: database},
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        _wait_for(f"http://{address}/_stcore/health")
        yield address, server.pid
    finally:
        server.terminate()
        server.wait(20)


def _wait_for(url: str) -> None:
    for _ in range(120):
        try:
            with urllib.request.urlopen(url, timeout=1):
                return
        except OSError:
            time.sleep(0.25)
    raise RuntimeError("the server did not start within 30 seconds")


def peak_memory(process: int) -> float:
    """The most memory that a process has held, in gigabytes; NaN where the system does not say."""
    status = Path(f"/proc/{process}/status")
    if not status.exists():
        return float("nan")
    line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) / 1e6


async def _open_everything(address: str, sites: tuple[Site, ...]) -> None:
    """Every page of every site once, as the first visitors of a day do."""
    url = f"ws://{address}/_stcore/stream"
    async with websockets.connect(
        url, subprotocols=["streamlit"], max_size=None, origin=f"http://{address}"
    ) as line:
        kept: dict[str, bytes] = {}
        for page in PAGES:
            for site in sites if page in ABOUT_A_SITE else sites[:1]:
                await _click(line, page, site.id, kept)


async def _everybody(
    address: str, sites: tuple[Site, ...], visitors: int, seconds: float, seed: int
) -> Seen:
    seen, until = Seen(), time.monotonic() + seconds
    people = (
        visit(address, sites[number % len(sites)], seen, until, random.Random(seed + number))
        for number in range(visitors)
    )
    await asyncio.gather(*people)
    return seen


def told(seen: Seen, *, visitors: int, memory: float) -> Iterator[str]:
    """What was measured, in lines."""
    first = np.array([value for page, value in seen.seconds if page == "first click"])
    later = np.array([value for page, value in seen.seconds if page != "first click"])
    yield f"{visitors} visitors, {len(first) + len(later)} clicks"
    for name, values in (("first click of a visit", first), ("every other click", later)):
        if len(values):
            half, most = np.quantile(values, [0.5, 0.95])
            yield (
                f"{name}: median {half:.2f} s, 95 % within {most:.2f} s, all within "
                f"{values.max():.2f} s"
            )
    for page in sorted({page for page, _ in seen.seconds} - {"first click"}):
        values = [value for name, value in seen.seconds if name == page]
        yield f"  {page or 'overview':20} {len(values):4} clicks, median {np.median(values):.2f} s"
    yield f"server's peak memory: {memory:.2f} GB"
    yield f"what went wrong: {dict(seen.wrong) or 'nothing'}"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--visitors", type=int, default=20)
    parser.add_argument("--people", type=int, default=5000, help="people in the store")
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        database = f"sqlite:///{Path(folder) / 'visitors.db'}"
        store = Store(database)
        people = fill(store, options.people, Path(folder))
        sys.stdout.write(f"{people:,} people in the store\n")
        sites = store.sites()
        with serving(database) as (address, process):
            # What is worked out once for each state of the store is worked out before.
            asyncio.run(_open_everything(address, sites))
            seen = asyncio.run(
                _everybody(address, sites, options.visitors, options.seconds, options.seed)
            )
            memory = peak_memory(process)
            for line in told(seen, visitors=options.visitors, memory=memory):
                sys.stdout.write(line + "\n")
    return 1 if seen.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
