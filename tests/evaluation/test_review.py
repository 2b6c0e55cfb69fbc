"""Before anything is stored: doubts about coding are asked, differing totals are told."""

from __future__ import annotations

import numpy as np
import pytest

from evaluation.config import ScoringRule
from evaluation.ingest.pipeline import read_files
from evaluation.model import Recoding
from evaluation.review import review, with_doubts
from evaluation.scores import effective_instruments

INSTRUMENTS = effective_instruments(ScoringRule())
ITEMS = ",".join(f"phq9_{n}" for n in range(1, 10))


def answers(*, shift: int = 0, turned: tuple[int, ...] = ()) -> bytes:
    """Eighty people's PHQ-9 answers that hang together, perhaps coded in another way."""
    rng = np.random.default_rng(7)
    mood = rng.standard_normal((80, 1)) + rng.standard_normal((80, 9))
    table = np.clip(np.round(mood + 1), 0, 3).astype(int)
    for item in turned:
        table[:, item - 1] = 3 - table[:, item - 1]
    rows = [f"Luton,P{i},baseline," + ",".join(map(str, r + shift)) for i, r in enumerate(table)]
    return "\n".join([f"site,participant,wave,{ITEMS}", *rows]).encode()


def questions(data: bytes, **options) -> list[tuple[str, str]]:
    report = with_doubts(*review(read_files([("a.csv", data)]), INSTRUMENTS, **options))
    return [(p.severity, p.message) for p in report.problems if p.code == "coding"]


def test_answers_as_the_form_expects_raise_no_question() -> None:
    assert questions(answers()) == []


@pytest.mark.parametrize(
    ("data", "words"),
    [(answers(shift=1), "1-4 instead of 0-3"), (answers(turned=(4, 5)), "items 4 and 5")],
)
def test_another_coding_is_asked_about(data: bytes, words: str) -> None:
    (asked,) = questions(data)
    assert asked[0] == "ask"
    assert words in asked[1]


def at(site: str, data: bytes) -> bytes:
    return data.replace(b"Luton,", site.encode() + b",")


def test_one_sites_coding_is_neither_hidden_by_another_nor_put_right_for_it() -> None:
    files = [("luton.csv", answers(shift=1)), ("dorset.csv", at("Dorset", answers()))]
    report = with_doubts(*review(read_files(files), INSTRUMENTS))
    (asked,) = [p for p in report.problems if p.code == "coding"]
    assert asked.message.startswith("PHQ-9 at Luton: ")
    assert "phq9: [subtract 1 (1, 2, 3, 4, 5, 6, 7, 8, 9) at Luton]" in asked.fix
    decided = {"phq9": (Recoding("add", (), -1, ("Luton",)),)}
    read = read_files(files, recodings=decided)
    assert [p.code for p in read.problems if p.severity != "note"] == []
    by_site = read.dataset.answers["phq9"].groupby(read.dataset.records["site"]).mean().mean(axis=1)
    assert by_site["Luton"] == by_site["Dorset"]


def test_sites_that_agree_are_asked_about_together() -> None:
    files = [("a.csv", answers(shift=1)), ("b.csv", at("Dorset", answers(shift=1)))]
    report = with_doubts(*review(read_files(files), INSTRUMENTS))
    (asked,) = [p for p in report.problems if p.code == "coding"]
    assert asked.message.startswith("PHQ-9: ")


def test_what_was_decided_is_not_asked_again() -> None:
    assert questions(answers(shift=1), decided={"phq9": ()}) == []


def test_a_given_total_that_differs_from_its_answers_is_told() -> None:
    header = f"site,participant,wave,{ITEMS},phq9_total"
    rows = [
        "Luton,P1,baseline," + ",".join("1" * 9) + ",20",
        "Luton,P2,end," + ",".join("1" * 9) + ",9",
    ]
    report, _ = review(read_files([("a.csv", "\n".join([header, *rows]).encode())]), INSTRUMENTS)
    (note,) = [p for p in report.problems if p.code == "total_differs"]
    assert (note.row, note.value, note.severity) == (2, "20", "note")
    assert "(9)" in note.message
