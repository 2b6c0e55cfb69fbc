"""Contradictions in how support was used are told with their rows; nothing is left out."""

from __future__ import annotations

import pytest

from evaluation.ingest.pipeline import read_files
from evaluation.model import ImportReport

ANSWERS = b"participant,wave,phq9_total\n1,baseline,9\n"
HEADER = (
    "participant,referred_on,took_up,started_on,ended_on,sessions_offered,sessions_attended,"
    "sessions_cancelled,sessions_dna,hours_offered,hours_used"
)


def read(*rows: str) -> ImportReport:
    text = "\n".join([HEADER, *rows]).encode()
    return read_files([("answers.csv", ANSWERS), ("service_use.csv", text)], site="Luton")


def notes(report: ImportReport) -> list[str]:
    return [p.message for p in report.problems if p.code == "service_contradiction"]


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("1,,yes,,,6,7,,,,", "more sessions were attended than offered"),
        ("1,,yes,,,6,4,2,1,,", "sessions attended, cancelled and missed are more than those"),
        ("1,,yes,,,,,,,10,12", "more hours were used than offered"),
        ("1,,yes,2017-03-01,2017-02-01,,,,,,", "support ended before it began"),
        ("1,2017-05-01,yes,2017-03-01,,,,,,,", "support began before the referral"),
        ("1,,no,,,6,3,,,,", "support was not taken up, yet sessions were attended"),
    ],
)
def test_a_contradiction_is_told_and_kept(row: str, said: str) -> None:
    report = read(row)
    (note,) = notes(report)
    assert said in note
    assert note.startswith("In row 2")
    assert len(report.dataset.service_use) == 1
    assert not report.needs_attention


def test_what_goes_together_is_left_in_peace() -> None:
    fine = "1,2017-01-01,yes,2017-01-01,2017-01-01,6,4,1,1,10,10"
    assert notes(read(fine)) == []
    assert notes(read("1,,,,,,5,,,,3")) == []


def test_rows_of_one_kind_are_one_note() -> None:
    rows = [f"{number},,yes,,,6,7,,,," for number in range(1, 4)]
    (note,) = notes(read(*rows))
    assert "rows 2, 3 and 4" in note
