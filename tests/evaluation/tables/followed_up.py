"""A small programme with dates: who answered when, who is late and who still has time."""

from __future__ import annotations

import datetime as dt

from evaluation.config import parse_settings
from evaluation.ingest.pipeline import read_files
from evaluation.model import Dataset
from evaluation.programme import Results, analyse

LOCK = dt.date(2018, 1, 31)
LONG_AGO, LATELY = "2017-03-01", "2018-01-15"  # ends of support: every wave past, none due
DAYS = {"baseline": "2017-01-01", "end": "2017-03-01", "3m": "2017-06-01", "6m": "2017-09-01"}
# participant: couple, role, end of support, PHQ-9 by wave
People = dict[str, tuple[str, str, str, dict[str, float]]]


def dataset(people: People, *, site: str = "Luton", measure: str = "phq9_total") -> Dataset:
    """The dataset of one site's people."""
    lines = [f"site,participant,couple,role,wave,completed_on,{measure}"]
    service = ["site,participant,couple,took_up,started_on,ended_on"]
    for name, (couple, role, ended, scores) in people.items():
        service.append(f"{site},{name},{couple},yes,2017-01-01,{ended}")
        for wave, score in scores.items():
            day = min(DAYS[wave], LOCK.isoformat())
            lines.append(f"{site},{name},{couple},{role},{wave},{day},{score}")
    files = [("answers.csv", lines), ("service_use.csv", service)]
    report = read_files([(name, "\n".join(text).encode()) for name, text in files])
    assert not report.blocked, report.problems
    return report.dataset


def results(people: People, *, rules: str = "", **names: str) -> Results:
    """Their results at the data lock."""
    return analyse(dataset(people, **names), parse_settings(rules), data_lock=LOCK)


def singles(
    n: int, *, back: int, ended: str = LONG_AGO, start: float = 15, later: float = 8
) -> People:
    """People without a partner, of whom the first ``back`` answered at the end."""
    made: People = {}
    for number in range(n):
        scores = {"baseline": start + number % 5}
        if number < back:
            scores["end"] = later + number % 3
        made[f"P{number:03}"] = ("", "mother", ended, scores)
    return made
