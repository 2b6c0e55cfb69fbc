"""A programme of which one site typed PHQ-9 answers the wrong way round: 3 for 0, 2 for 1."""

from __future__ import annotations

from functools import cache

from evaluation.config import Settings
from evaluation.ingest.pipeline import read_files
from evaluation.programme import Results, analyse

MOOD, ANXIETY, WELLBEING = "phq9.total", "gad7.total", "wemwbs.total"
MOOD_LABEL = "Low mood (PHQ-9 total)"
N = 40


def answers_csv(site: str, *, turned: bool, n: int = N, second: bool = True) -> bytes:
    """People of a site who all improve, some more than others, on every questionnaire alike.

    ``turned``: every answer to PHQ-9 is 3 minus what the form says. Without ``second`` there is
    only one other questionnaire, so nobody can tell which of the two is the wrong one.
    """
    phq9 = [f"phq9_{item}" for item in range(1, 10)]
    others = ["wemwbs_total", "gad7_total"] if second else ["wemwbs_total"]
    lines = [",".join(["site,participant,couple,wave", *others, *phq9])]
    for person in range(n):
        start, gain = person % 7, person * 3 % 10
        for wave, better in (("baseline", start), ("end", start + 6 + gain)):
            low = 26 - better  # the sum of the nine answers
            items = [low // 9 + (place < low % 9) for place in range(9)]
            shown = [3 - item for item in items] if turned else items
            scores = [30 + better, max(0, 21 - better)][: len(others)]
            cells = [site, f"P{person}", f"C{person // 2}", wave, *scores, *shown]
            lines.append(",".join(map(str, cells)))
    return "\n".join(lines).encode()


@cache
def results(*, turned: tuple[str, ...] = ("Luton",), sites: tuple[str, ...] = ()) -> Results:
    """Their results: Hull, Leeds and Luton, of which ``turned`` typed it the wrong way round."""
    names = sites or ("Hull", "Leeds", "Luton")
    files = [(f"{name}.csv", answers_csv(name, turned=name in turned)) for name in names]
    report = read_files(files)
    assert not report.blocked, report.problems
    return analyse(report.dataset, Settings())
