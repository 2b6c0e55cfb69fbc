"""The synthetic programme of the reference numbers, read the way a site's file is."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pandas as pd

from evaluation.config import parse_settings
from evaluation.ingest.pipeline import read_files
from evaluation.programme import Results, analyse

REFERENCE = Path(__file__).resolve().parents[3] / "evaluation" / "reference"
WAVES = {"baseline": "pre", "end": "post", "3m": "fu3", "6m": "fu6"}
# As bad an order as can be: the largest first site last, and case that sorts before capitals.
NEW_NAMES = {f"S{n:02}": f"Town {chr(ord('Z') - n)}" for n in range(1, 13)}


@cache
def people() -> pd.DataFrame:
    """One row for each person, as the reference has it."""
    return pd.read_csv(REFERENCE / "lfo_synth.csv")


@cache
def programme(*, renamed: bool = False) -> Results:
    """Its results by the whole way; ``renamed`` gives every site another name."""
    known = people()
    site = known["site"].map(NEW_NAMES) if renamed else known["site"]
    parts = [
        pd.DataFrame(
            {
                "site": site,
                "participant": known["person"],
                "couple": known["couple"],
                "wave": wave,
                "das_32_total": known[f"rq_{name}"],
            }
        )
        for wave, name in WAVES.items()
    ]
    table = pd.concat(parts).dropna(subset=["das_32_total"])
    return run(table.to_csv(index=False))


def run(text: str, *, rules: str = "") -> Results:
    """The results of a CSV file."""
    report = read_files([("a.csv", text.encode())])
    assert not report.blocked, report.problems
    return analyse(report.dataset, parse_settings(rules))
