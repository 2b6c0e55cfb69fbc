"""Rows side by side: contradictions are asked about, odd things told, ordinary things left alone.

Every table here is typed by hand; what must be found is known before the check runs.
"""

from __future__ import annotations

import time

import numpy as np
import pandas as pd
import pytest

from evaluation.ingest.checking.cross_checks import check_across_rows
from evaluation.ingest.parsed_rows import ParsedRows
from evaluation.ingest.problems import sentence
from evaluation.model import Problem
from instruments.registry import all_instruments

INSTRUMENTS = {instrument.id: instrument for instrument in all_instruments()}
TEXTS = ("couple", "role", "child", "informant", "gender", "age_band")
PHQ = [0, 1, 2, 3, 0, 1, 2, 3, 0]


def occasion(participant: str, wave: str, day: str = "", **others: object) -> dict[str, object]:
    """One row: whose, when, and anything else; with one PHQ-9 answer if it says no more."""
    row: dict[str, object] = {"site": "Luton", "participant": participant, "wave": wave}
    row["completed_on"] = day or None
    if not any(name in INSTRUMENTS for name in others):
        others["phq9"] = [1]
    return row | others


def parse(*rows: dict[str, object]) -> ParsedRows:
    """The rows as one table of one file, its first row in row 2 of the spreadsheet."""
    table = pd.DataFrame(list(rows)).reset_index(drop=True)
    for name in (*TEXTS, "participant", "site"):
        table[name] = table[name].fillna("").astype(object) if name in table else ""
    defaults = {"file": "a.xlsx", "sheet": "questionnaires", "column": 1, "session_number": np.nan}
    for name, value in defaults.items():
        table[name] = table[name].fillna(value) if name in table else value
    table["row"] = range(2, len(table) + 2)
    table["completed_on"] = pd.to_datetime(table["completed_on"])
    names = [name for name in table.columns if name in INSTRUMENTS]
    answers = {}
    for name in names:
        given = [list(a) if isinstance(a, list) else [] for a in table[name]]
        items = [item.number for item in INSTRUMENTS[name].items]
        padded = [a + [np.nan] * (len(items) - len(a)) for a in given]
        answers[name] = pd.DataFrame(padded, columns=items, dtype=float)
    rows_only = table.drop(columns=names)
    return ParsedRows(rows_only, answers=answers, refused=np.zeros(len(table), dtype=bool))


def found(parsed: ParsedRows, **options: object) -> list[Problem]:
    check_across_rows(parsed, INSTRUMENTS, **options)
    return parsed.problems


def codes(*rows: dict[str, object], **options: object) -> list[str]:
    return [problem.code for problem in found(parse(*rows), **options)]


def only(code: str, *rows: dict[str, object], **options: object) -> Problem:
    """The one problem of that code."""
    (problem,) = [p for p in found(parse(*rows), **options) if p.code == code]
    return problem


def test_ordinary_rows_raise_nothing() -> None:
    assert codes(
        occasion("P1", "baseline", "2017-01-05", couple="C1", role="mother", phq9=PHQ),
        occasion("P1", "end", "2017-04-05", couple="C1", role="mother", phq9=PHQ),
        occasion("P1", "3m", "2017-07-05", couple="C1", role="mother", phq9=PHQ),
        occasion("P2", "baseline", "2017-01-05", couple="C1", role="father", phq9=PHQ[::-1][:8]),
    ) == []  # fmt: skip


def test_no_rows_and_only_refused_rows_raise_nothing() -> None:
    parsed = parse(occasion("P1", "end"), occasion("P2", "baseline", site="Dorset"))
    parsed.refused[:] = True
    assert found(parsed) == []
    empty = ParsedRows(parsed.rows.iloc[:0], refused=np.zeros(0, dtype=bool))
    assert found(empty) == []


# --- dates -------------------------------------------------------------------------------------


def test_a_follow_up_before_its_baseline_is_asked_about() -> None:
    problem = only(
        "dates_out_of_order",
        occasion("P1", "baseline", "2017-06-01"),
        occasion("P1", "end", "2017-03-01"),
    )
    assert (problem.severity, problem.row, problem.value) == ("ask", 3, "P1")
    assert problem.message == (
        "Participant 'P1': 'end' (2017-03-01, row 3) is dated before 'baseline' (2017-06-01, "
        "row 2). They are not compared until this is cleared up."
    )


@pytest.mark.parametrize(
    ("earlier", "later"),
    [("baseline", "mid"), ("mid", "end"), ("end", "post"), ("post", "3m"), ("3m", "6m"),
     ("9m", "12m")],
)  # fmt: skip
def test_every_later_wave_counts(earlier: str, later: str) -> None:
    rows = occasion("P1", later, "2017-01-01"), occasion("P1", earlier, "2017-01-02")
    assert "dates_out_of_order" in codes(*rows)
    swapped = occasion("P1", later, "2017-01-02"), occasion("P1", earlier, "2017-01-01")
    assert "dates_out_of_order" not in codes(*swapped)


def test_one_day_a_blank_date_and_another_person_are_no_disorder() -> None:
    assert "dates_out_of_order" not in codes(
        occasion("P1", "baseline", "2017-06-01"),
        occasion("P1", "end", "2017-06-01"),
        occasion("P1", "3m"),
        occasion("P2", "baseline"),
        occasion("P2", "end", "2017-03-01"),
        occasion("P1", "end", "2016-01-01", site="Dorset"),
    )


def test_one_wrong_baseline_is_one_question_that_names_each_pair() -> None:
    problem = only(
        "dates_out_of_order",
        occasion("P1", "baseline", "2018-01-01"),
        occasion("P1", "end", "2017-03-01"),
        occasion("P1", "3m", "2017-06-01"),
    )
    assert "'end' (2017-03-01, row 3) is dated before 'baseline' (2018-01-01, row 2); " in (
        problem.message
    )
    assert "'3m' (2017-06-01, row 4) is dated before 'baseline'" in problem.message


def test_dates_are_compared_within_a_questionnaire() -> None:
    """A second questionnaire may begin after the end of the first."""
    assert "dates_out_of_order" not in codes(
        occasion("P1", "baseline", "2017-01-01", phq9=[1]),
        occasion("P1", "end", "2017-03-01", phq9=[1]),
        occasion("P1", "baseline", "2017-06-01", gad7=[1]),
    )


def test_two_children_of_one_parent_have_dates_of_their_own() -> None:
    first = {"child": "K1", "informant": "parent", "sdq_parent_4_17": [1]}
    second = {"child": "K2", "informant": "parent", "sdq_parent_4_17": [1]}
    assert "dates_out_of_order" not in codes(
        occasion("P1", "end", "2017-03-01", **first),
        occasion("P1", "baseline", "2017-06-01", **second),
    )
    assert "dates_out_of_order" in codes(
        occasion("P1", "end", "2017-03-01", **first),
        occasion("P1", "baseline", "2017-06-01", **first),
    )


def test_session_one_stands_for_a_baseline_only_where_there_is_none() -> None:
    session = occasion("P1", "session", "2017-06-01", session_number=1)
    end = occasion("P1", "end", "2017-03-01")
    assert "session 1" in only("dates_out_of_order", session, end).message
    start = occasion("P1", "baseline", "2017-01-01")
    assert "dates_out_of_order" not in codes(start, session, end)
    assert "dates_out_of_order" not in codes(session | {"session_number": 2}, end)


def test_many_people_with_disordered_dates_are_one_question() -> None:
    def disordered(n: int) -> list[dict[str, object]]:
        return [
            occasion(f"P{i}", wave, day)
            for i in range(n)
            for wave, day in (("baseline", "2017-06-01"), ("end", "2017-03-01"))
        ]

    assert codes(*disordered(10)).count("dates_out_of_order") == 10
    problem = only("dates_out_of_order_often", *disordered(11))
    assert problem.severity == "ask"
    assert problem.message.startswith("11 people have a later questionnaire")
    assert "rows 3, 5, 7, 9, 11, 13, 15, 17, 19, 21 and 1 more" in problem.message


# --- follow-ups out of their time --------------------------------------------------------------


@pytest.mark.parametrize(
    ("days", "told"),
    [(60, "1 too early"), (61, ""), (91, ""), (121, ""), (122, "1 too late")],
)
def test_a_follow_up_outside_its_window_is_told(days: int, told: str) -> None:
    end = pd.Timestamp("2017-03-01")
    parsed = parse(
        occasion("P1", "baseline", "2017-01-01"),
        occasion("P1", "end", f"{end:%Y-%m-%d}"),
        occasion("P1", "3m", f"{end + pd.Timedelta(days=days):%Y-%m-%d}"),
    )
    messages = [p.message for p in found(parsed) if p.code == "outside_window"]
    assert bool(messages) == bool(told)
    if told:
        assert messages == [
            "1 '3m' follow-up lies outside the time meant for it, 61 to 121 days after the end of "
            f"support: {told} (row 4)."
        ]


def test_the_rule_files_window_counts_and_site_and_wave_make_one_note_each() -> None:
    rows = [
        occasion(person, wave, day, site=site)
        for site, person in (("Luton", "P1"), ("Luton", "P2"), ("Dorset", "P3"))
        for wave, day in (("end", "2017-01-01"), ("3m", "2017-03-01"), ("6m", "2017-09-30"))
    ]
    usual = [p for p in found(parse(*rows)) if p.code == "outside_window"]
    assert [p.severity for p in usual] == ["note"] * 4  # 59 and 272 days, two sites
    assert sum("At Luton, 2 '3m' follow-ups lie" in p.message for p in usual) == 1
    ruled = found(parse(*rows), follow_up={"3m": (60, 5), "6m": (300, 30)})
    assert not [p for p in ruled if p.code == "outside_window"]


def test_without_a_known_end_only_too_early_can_be_seen() -> None:
    start = occasion("P1", "baseline", "2017-01-01")
    assert "outside_window" not in codes(start, occasion("P1", "3m", "2017-10-01"))
    assert "outside_window" in codes(start, occasion("P1", "3m", "2017-01-20"))
    assert "outside_window" not in codes(occasion("P1", "3m", "2017-01-20"))


def test_service_use_knows_the_end_better_than_the_last_form() -> None:
    rows = occasion("P1", "end", "2017-02-01"), occasion("P1", "3m", "2017-07-01")
    assert "outside_window" in codes(*rows)  # 150 days
    ended = pd.DataFrame({"site": ["Luton"], "participant": ["P1"]})
    ended["ended_on"] = pd.to_datetime(["2017-04-01"])  # 91 days
    service = ParsedRows(ended, refused=np.zeros(1, dtype=bool))
    assert "outside_window" not in codes(*rows, service=service)
    service.refused[0] = True
    assert "outside_window" in codes(*rows, service=service)


def test_what_is_asked_as_disordered_is_not_told_again_as_too_early() -> None:
    assert "outside_window" not in codes(
        occasion("P1", "end", "2017-06-01"), occasion("P1", "3m", "2017-03-01")
    )


# --- no beginning ------------------------------------------------------------------------------


def test_later_questionnaires_without_a_baseline_are_one_note() -> None:
    problem = only(
        "no_baseline",
        occasion("P1", "end"),
        occasion("P1", "3m"),
        occasion("P2", "end"),
        occasion("P3", "baseline"),
        occasion("P3", "end"),
        occasion("P4", "session", session_number=1),
        occasion("P4", "end"),
    )
    assert (problem.severity, problem.row) == ("note", 2)
    assert problem.message.startswith(
        "2 people have a later questionnaire but no baseline in these files ('end' 2, '3m' 1; "
        "rows 2, 3 and 4)"
    )


def test_an_empty_baseline_is_none_and_an_empty_follow_up_neither() -> None:
    assert "no_baseline" in codes(occasion("P1", "baseline", phq9=[]), occasion("P1", "end"))
    assert "no_baseline" not in codes(occasion("P1", "end", phq9=[]), occasion("P2", "baseline"))


def test_what_was_refused_is_not_said_to_be_absent() -> None:
    parsed = parse(
        occasion("P1", "baseline", couple="C1"),
        occasion("P1", "end", couple="C1"),
        occasion("P2", "baseline", couple="C1"),
    )
    parsed.refused[[0, 2]] = True
    assert found(parsed) == []


def test_a_supplied_score_is_a_baseline() -> None:
    parsed = parse(occasion("P1", "baseline", phq9=[]), occasion("P1", "end"))
    parsed.supplied["das_32"] = pd.DataFrame({"total": [100.0, np.nan]})
    assert "no_baseline" not in [p.code for p in found(parsed)]


# --- one code, two people ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("column", "first", "second"),
    [
        ("gender", "Female", "male"),
        ("gender", "F", "Man"),
        ("role", "mother", "father"),
        ("role", "partner_a", "partner_b"),
        ("role", "mother", "practitioner"),
        ("age_band", "18-24", "45-54"),
        ("age_band", "under 25", "60 and over"),
    ],
)
def test_rows_of_one_code_that_describe_two_people_are_asked_about(
    column: str, first: str, second: str
) -> None:
    problem = only(
        "person_differs",
        occasion("P1", "baseline", **{column: first}),
        occasion("P1", "end", **{column: second}),
    )
    assert (problem.severity, problem.row, problem.value) == ("ask", 2, "P1")
    assert f"'{column}' (rows 2 and 3)" in problem.message
    assert second not in sentence(problem)


@pytest.mark.parametrize(
    ("column", "first", "second"),
    [
        ("gender", "Female", "f"),
        ("gender", "female", ""),
        ("gender", "female", "prefer not to say"),
        ("role", "mother", "partner_a"),
        ("role", "mother", "parent"),
        ("role", "mother", "mum"),
        ("age_band", "25-34", "35-44"),  # a birthday
        ("age_band", "under 25", "25-34"),
        ("age_band", "25-34", "not known"),
    ],
)
def test_what_one_person_may_well_be_called_is_not_asked(
    column: str, first: str, second: str
) -> None:
    assert "person_differs" not in codes(
        occasion("P1", "baseline", **{column: first}),
        occasion("P1", "end", **{column: second}),
    )


def test_one_person_is_one_question_and_many_are_one_too() -> None:
    def contradicting(n: int) -> list[dict[str, object]]:
        return [
            occasion(f"P{i}", wave, gender=gender, role=role)
            for i in range(n)
            for wave, gender, role in (("baseline", "f", "mother"), ("end", "m", "father"))
        ]

    assert "in 'gender' and 'role' (rows" in only("person_differs", *contradicting(1)).message
    assert codes(*contradicting(10)).count("person_differs") == 10
    assert only("people_differ", *contradicting(11)).message.startswith("11 people have rows")


def test_the_same_code_at_another_site_is_somebody_else() -> None:
    rows = (
        occasion("P1", "baseline", gender="f", couple="C1"),
        occasion("P1", "baseline", gender="m", couple="C1", site="Dorset"),
        occasion("P2", "baseline", couple="C1"),
    )
    assert "person_differs" not in codes(*rows)
    problem = only("code_at_several_sites", *rows)
    assert (problem.severity, problem.row) == ("note", 2)
    assert problem.message.startswith(
        "1 code is used at more than one site (Luton and Dorset): 'P1'."
    )


def test_many_shared_codes_are_still_one_note() -> None:
    sites = ("Luton", "Dorset", "Essex", "Croydon", "Lambeth", "Blackpool")
    rows = [occasion(f"P{i}", "baseline", site=site) for site in sites for i in range(12)]
    problem = only("code_at_several_sites", *rows)
    assert problem.message.startswith(
        "12 codes are used at more than one site (Luton, Dorset, Essex, Croydon and 2 other "
        "sites): 'P0', 'P1',"
    )
    assert "'P9' and 2 more" in problem.message


# --- couples -----------------------------------------------------------------------------------


def test_a_couple_of_three_adults_is_asked_about() -> None:
    problem = only(
        "couple_too_large",
        occasion("P1", "baseline", couple="C1"),
        occasion("P2", "baseline", couple="C1"),
        occasion("P1", "end", couple="C1"),
        occasion("P3", "baseline", couple="C1"),
    )
    assert (problem.severity, problem.row, problem.value) == ("ask", 5, "C1")
    assert "The couple code 'C1' is used for 3 adults (rows 2, 3 and 5)." in problem.message


@pytest.mark.parametrize(
    "third",
    [
        {"role": "child"},
        {"role": "practitioner"},
        {"role": "teacher"},
        {"informant": "self"},
        {"couple": "C2"},
        {"couple": ""},
        {"site": "Dorset"},
        {"participant": "P1", "wave": "end"},
    ],
)
def test_who_is_no_third_partner(third: dict[str, object]) -> None:
    rows = [occasion(f"P{i}", "baseline", couple="C1") for i in (1, 2, 3)]
    assert "couple_too_large" in codes(*rows)
    rows[2] |= third
    assert "couple_too_large" not in codes(*rows)


def test_a_column_that_holds_groups_instead_of_couples_is_one_question() -> None:
    rows = [occasion(f"P{i}", "baseline", couple=f"G{i // 3}") for i in range(33)]
    problem = only("couples_too_large", *rows)
    assert problem.severity == "ask"
    assert problem.message.startswith("11 couple codes are used for more than two adults each")


def test_couples_of_which_one_partner_took_part_are_one_note() -> None:
    problem = only(
        "one_partner_only",
        occasion("P1", "baseline", couple="C1"),
        occasion("P1", "end", couple="C1"),
        occasion("P2", "baseline", couple="C2"),
        occasion("P3", "baseline", couple="C3"),
        occasion("P4", "baseline", couple="C3"),
        occasion("P5", "baseline"),
        occasion("W1", "baseline", couple="C4", role="practitioner"),
    )
    assert problem.severity == "note"
    assert problem.message == (
        "2 couples have only one partner in these files ('C1' and 'C2'). That is allowed."
    )


def test_a_row_of_the_couples_mean_is_no_single_partner() -> None:
    assert "one_partner_only" not in codes(occasion("C1", "baseline", couple="C1", role="couple"))


# --- how long it takes --------------------------------------------------------------------------


def test_a_hundred_thousand_rows_take_little_time() -> None:
    """A site has a few thousand; the whole programme over years must not make anybody wait."""
    n = 100_000
    rng = np.random.default_rng(3)
    person = np.arange(n) // 4
    rows = pd.DataFrame(
        {
            "file": "a.csv", "sheet": "", "row": np.arange(n) + 2, "column": 1,
            "site": np.array(["Luton", "Dorset"], dtype=object)[person % 2],
            "participant": [f"P{p}" for p in person], "couple": [f"C{p // 4}" for p in person],
            "role": np.array(["mother", "father"], dtype=object)[(person // 2) % 2],
            "child": "", "informant": "",
            "wave": np.array(["baseline", "end", "3m", "6m"], dtype=object)[np.arange(n) % 4],
            "session_number": np.nan,
            "completed_on": pd.Timestamp("2017-01-01")
            + pd.to_timedelta(100 * (np.arange(n) % 4) + rng.integers(0, 40, n), unit="D"),
            "gender": np.array(["f", "m"], dtype=object)[(person // 2) % 2], "age_band": "25-34",
        }
    )  # fmt: skip
    answers = {
        name: pd.DataFrame(
            rng.integers(0, 4, (n, len(INSTRUMENTS[name].items))).astype(float),
            columns=[item.number for item in INSTRUMENTS[name].items],
        )
        for name in ("phq9", "core_10", "das_7")
    }
    parsed = ParsedRows(rows, answers=answers, refused=np.zeros(n, dtype=bool))
    start = time.perf_counter()
    problems = found(parsed)
    assert time.perf_counter() - start < 5  # about half a second; a slow machine may need more
    assert len(problems) < 20
