"""A small programme with everything that pairing and classes have to cope with."""

from __future__ import annotations

import csv
import io
import random
from functools import cache

from evaluation.config import parse_settings
from evaluation.ingest.pipeline import read_files
from evaluation.programme import Results, analyse

HEADER = (
    "site", "participant", "couple", "role", "wave", "session_number", "completed_on",
    "phq9_total", "das_32_total", "das_32_dyadic_consensus",
    "enrich_ems_15_idealistic_distortion_raw", "swemwbs_total",
)  # fmt: skip
DAYS = {
    "baseline": "2017-01-10", "session": "2017-02-10", "end": "2017-04-10", "3m": "2017-07-10",
    "6m": "2017-10-10",
}  # fmt: skip
MINUS_SITE = "-Kent"  # a spreadsheet would take it for a formula


def person(site, code, couple, role, waves, *, draw, day=None) -> list[tuple]:
    """One person's rows; PHQ-9 and DAS move, the rest is given at the start only."""
    rows = []
    for number, wave in enumerate(waves):
        name, _, session = wave.partition(" ")
        phq9 = max(0, min(27, round(draw.gauss(16 - 3 * number, 5))))
        das = max(0, min(151, round(draw.gauss(92 + 6 * number, 14))))
        consensus = max(0, min(65, round(draw.gauss(40 + 2 * number, 8))))
        date = (day or {}).get(name, DAYS[name])
        rows.append(
            (site, code, couple, role, name, session, date, phq9, das, consensus, 12 + number, 21)
        )
    return rows


def made_rows() -> list[tuple]:
    draw = random.Random(7)
    rows: list[tuple] = []
    courses = (
        ("baseline", "end", "3m", "6m"), ("baseline", "end"), ("baseline",),
        ("session 1", "session 4"), ("baseline", "session 3", "3m"), ("session 1",), ("end", "3m"),
    )  # fmt: skip
    for site, n in (("Luton", 34), (MINUS_SITE, 14), ("Essex", 1)):
        for i in range(n):
            couple = f"C{i // 2}" if i % 5 else ""
            role = "mother" if i % 2 == 0 else "father"
            rows += person(site, f"P{i:03}", couple, role, courses[i * i % 7], draw=draw)
    early = {"end": "2016-12-01"}
    rows += person("Luton", "LATE", "", "mother", ("baseline", "end"), draw=draw, day=early)
    for i in range(3):
        rows += person("Luton", f"W{i}", "", "practitioner", ("baseline", "end"), draw=draw)
    return rows


def service_rows() -> list[tuple]:
    """Support ended on the day of the end questionnaire, for some long before the follow-up."""
    return [
        ("Luton", f"P{i:03}", f"C{i // 2}" if i % 5 else "", "yes", "2017-01-10",
         "2017-04-10" if i % 3 else "2017-01-20")
        for i in range(34)
    ]  # fmt: skip


def text_of(header: tuple, rows: list[tuple]) -> bytes:
    made = io.StringIO()
    csv.writer(made).writerows([header, *rows])
    return made.getvalue().encode()


@cache
def made_programme(rules: str = "") -> Results:
    """Its results under these rules."""
    service = ("site", "participant", "couple", "took_up", "started_on", "ended_on")
    report = read_files(
        [
            ("answers.csv", text_of(HEADER, made_rows())),
            ("service_use.csv", text_of(service, service_rows())),
        ]
    )
    assert not report.blocked, report.problems
    return analyse(report.dataset, parse_settings(rules))
