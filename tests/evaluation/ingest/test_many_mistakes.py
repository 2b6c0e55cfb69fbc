"""Files in which one mistake is made thousands of times: every row is told of, or counted."""

from __future__ import annotations

import io
from collections import Counter
from typing import Any

import openpyxl
import pandas as pd

from evaluation.ingest.pipeline import read_files
from evaluation.model import ImportReport
from evaluation.review import MOST_SITES_JUDGED, review
from instruments.registry import get

N = 1_200
HEADER = ["site", "participant", "couple", "wave", *[f"phq9_{i}" for i in range(1, 10)]]


def person(number: int, *, site: str = "North", wave: str = "baseline") -> list[Any]:
    answers = [(number // 4**place + place) % 4 for place in range(9)]
    return [site, f"P{number:05}", f"C{number:05}", wave, *answers]


def read(rows: list[list[Any]], **options: Any) -> ImportReport:
    text = "\n".join(",".join(map(str, row)) for row in [HEADER, *rows])
    return read_files([("site.csv", text.encode())], **options)


def codes(report: ImportReport) -> Counter[str]:
    return Counter(problem.code for problem in report.problems)


def test_rows_pasted_twice_count_once() -> None:
    rows = [person(number) for number in range(N)]
    report = read(rows + rows)
    assert codes(report)["repeated_row"] == N
    repeated = next(p for p in report.problems if p.code == "repeated_row" and p.row == N + 2)
    assert "P00000" in repeated.message and "row 2" in repeated.message
    assert len(report.dataset.records) == N
    assert int(report.dataset.answers["phq9"].notna().sum().sum()) == 9 * N


def test_rows_entered_twice_with_other_answers_are_all_refused() -> None:
    rows = [person(number) for number in range(N)]
    other = [[*row[:-1], (int(row[-1]) + 1) % 4] for row in rows]
    report = read([*rows, *other, person(N)])
    assert codes(report)["duplicate_key"] == 2 * N
    assert report.dataset.records["participant"].tolist() == [f"P{N:05}"]


def test_same_and_other_answers_are_told_apart_row_by_row() -> None:
    same, other = person(1), person(2)
    report = read([same, other, same, [*other[:-1], (int(other[-1]) + 1) % 4]])
    told: dict[str, list[int | None]] = {p.code: [] for p in report.problems}
    for problem in report.problems:
        told[problem.code].append(problem.row)
    assert told["repeated_row"] == [4]
    assert told["duplicate_key"] == [3, 5]


def test_each_person_in_two_couples_is_told_at_the_row_that_differs() -> None:
    rows = []
    for number in range(N):
        row = person(number, wave="end")
        rows += [person(number), [*row[:2], f"X{number}", *row[3:]]]
    found = [p.row for p in read(rows).problems if p.code == "couple_differs"]
    assert found == list(range(3, 2 * N + 2, 2))


def test_unknown_sites_are_told_row_by_row_with_the_nearest_name() -> None:
    rows = [person(number, site="Nroth" if number % 2 else "North") for number in range(N)]
    report = read(rows, known_sites={"north": "North", "south": "South"})
    found = [p for p in report.problems if p.code == "unknown_site"]
    assert [p.row for p in found] == list(range(3, N + 2, 2))
    assert all("'Nroth'" in p.message and "'North'" in p.message + p.fix for p in found)
    assert len(report.dataset.records) == N // 2


def test_a_column_of_sites_that_holds_something_else_is_one_question() -> None:
    report = read([person(number, site=f"something {number}") for number in range(N)])
    assert codes(report) == {"read_as": 1, "too_many_sites": 1}
    assert "1,200 different sites" in report.problems[-1].message


def test_more_sites_than_a_programme_has_are_judged_together() -> None:
    sites = MOST_SITES_JUDGED + 1
    rows = [person(n, site=f"Place {n % sites}") for n in range(sites * 60)]
    for row in rows:
        row[4:] = [int(answer) + 1 for answer in row[4:]]
    _, doubts = review(read(rows), {"phq9": get("phq9")})
    assert [(doubt.kind, doubt.sites) for doubt in doubts] == [("shifted_coding", ())]


def test_formulas_without_a_result_are_listed_to_a_thousand_and_counted() -> None:
    workbook = openpyxl.Workbook()
    sheet = workbook.active
    assert sheet is not None
    sheet.append(HEADER)
    for number in range(N):
        row = person(number)
        row[4] = "=1+1"
        sheet.append(row)
    stream = io.BytesIO()
    workbook.save(stream)
    report = read_files([("site.xlsx", stream.getvalue())])
    assert codes(report)["formula_without_value"] == 1_000
    rest = [p for p in report.problems if p.code == "more_of_the_same"]
    assert [(p.value, p.column) for p in rest] == [("phq9_1", "E")]
    assert f"{N - 1_000} more" in rest[0].message
    expected = pd.Series(8, report.dataset.answers["phq9"].index)
    assert report.dataset.answers["phq9"].notna().sum(axis=1).equals(expected)
