"""Mistakes in a file: every one found at once, with its cell; the good rows kept, nothing lost."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest

from evaluation.ingest.pipeline import read_files
from evaluation.ingest.problems import TEMPLATES, sentence
from evaluation.model import ImportReport, Recoding
from tests.evaluation.ingest.test_read import workbook_bytes

ITEMS = [f"phq9_{n}" for n in range(1, 10)]
HEADER = ["participant", "couple", "wave", "completed_on", *ITEMS]
ANSWERS = [0, 1, 2, 3, 0, 1, 2, 3, 0]


def row(participant: object, wave: str = "baseline", day: object = "2017-01-05", **items) -> list:
    answers = list(ANSWERS)
    for name, value in items.items():
        answers[int(name.removeprefix("q")) - 1] = value
    return [participant, "", wave, day, *answers]


def read(rows: list[list], **options) -> ImportReport:
    return read_files([("site.xlsx", workbook_bytes(rows))], **options)


def places(report: ImportReport, *, notes: bool = False) -> list[tuple[str, str]]:
    return [(p.code, p.cell) for p in report.problems if notes or p.severity != "note"]


def test_every_mistake_is_found_at_once_with_its_cell() -> None:
    report = read(
        [
            ["site", *HEADER, "email"],
            ["Luton", *row("P1"), "x"],
            ["Luton", *row("P2", q8=4), "x"],
            ["Luton", *row("P3", day=dt.datetime(2204, 1, 5)), "x"],
            ["Atlantis", *row("P4"), "x"],
            ["Luton", *row(None), "x"],
            ["Luton", *row("P5", wave="basline"), "x"],
            ["Luton", *row("P6"), "x"],
            ["Luton", *row("P6", q1=3), "x"],
            ["Luton", *row("P7", q2="#N/A"), "x"],
            ["Luton", *row("P8", q3="=SUM(1)"), "x"],
        ],
        known_sites={"luton": "Luton"},
    )
    assert places(report) == [
        ("personal_data", "O1"),
        ("answer_not_allowed", "M3"),
        ("date_out_of_range", "E4"),
        ("unknown_site", "A5"),
        ("missing_participant", "B6"),
        ("unknown_wave", "D7"),
        ("duplicate_key", "B8"),
        ("duplicate_key", "B9"),
        ("error_cell", "G10"),
        ("formula_without_value", "H11"),
    ]
    assert list(report.dataset.participants["participant"]) == ["P1", "P2", "P3", "P7", "P8"]
    assert not report.blocked
    assert report.needs_attention


def test_a_refused_cell_is_missing_and_its_row_stays() -> None:
    report = read([["site", *HEADER], ["Luton", *row("P1", q8=4)]])
    answers = report.dataset.answers["phq9"]
    assert np.isnan(answers.loc[0, 8])
    assert answers.loc[0].drop(8).tolist() == [0, 1, 2, 3, 0, 1, 2, 0]


def test_sentences_name_the_place_the_value_and_the_way_out() -> None:
    report = read([["site", *HEADER], ["Luton", *row("P1", q8=4)]])
    assert sentence(report.problems[0]) == (
        "site.xlsx, sheet 'questionnaires', cell M2: '4' is not an answer to PHQ-9 item 8. "
        "Allowed: 0, 1, 2, 3. Correct the cell, or leave it blank if there was no answer."
    )


def test_no_template_is_unused_or_broken() -> None:
    for severity, message, fix in TEMPLATES.values():
        assert severity in {"block_file", "refuse_row", "drop_cell", "ask", "note"}
        assert fix.endswith(".")
        assert message


@pytest.mark.parametrize(
    ("header", "code"),
    [
        (["person", "wave", "phq9_1"], "missing_id_column"),
        (["participant", "phq9_1"], "missing_wave_column"),
        (["participant", "wave", "age_band"], "no_questionnaire"),
        (["participant", "wave", "phq9_1", "PHQ9_1 "], "duplicate_column"),
        (["participant", "participant", "wave", "phq9_1"], "duplicate_column"),
    ],
)
def test_what_blocks_a_whole_file(header: list[str], code: str) -> None:
    report = read([header, ["x"] * len(header)])
    assert report.blocked
    assert code in [p.code for p in report.problems]
    assert report.dataset.records.empty


def test_an_unreadable_file_beside_a_good_one_is_named() -> None:
    good = workbook_bytes([["site", *HEADER], ["Luton", *row("P1")]])
    report = read_files([("good.xlsx", good), ("bad.xlsx", b"%PDF-1.4")])
    assert report.blocked
    assert [(p.file, p.code) for p in report.problems] == [("bad.xlsx", "not_a_spreadsheet")]


def test_personal_details_are_never_repeated() -> None:
    secret = "jo.smith@example.org"
    report = read([["site", *HEADER, "e-mail"], ["Luton", *row(secret), secret]])
    assert [p.code for p in report.problems if p.severity != "note"].count("personal_data") == 2
    for problem in report.problems:
        assert secret not in sentence(problem)
        assert secret not in problem.value
    assert report.dataset.participants.empty


def test_a_file_without_a_header_row_does_not_give_its_first_row_away() -> None:
    report = read([["jo@example.org", "07700 900123", 1], ["al@example.org", "07700 900124", 2]])
    assert {p.code for p in report.problems} == {"missing_id_column", "personal_data"}
    assert "The columns are: '…', '…', '1'." in report.problems[0].message
    assert not any("example.org" in p.message or "900124" in p.message for p in report.problems)


def test_sites_are_one_whatever_their_case_and_are_spelled_as_first_seen() -> None:
    report = read(
        [
            ["site", *HEADER],
            ["Newcastle upon Tyne", *row("P1")],
            ["newcastle  Upon tyne ", *row("P2")],
        ]
    )
    assert set(report.dataset.participants["site"]) == {"Newcastle upon Tyne"}


def test_a_chosen_site_fills_blanks_and_never_overwrites() -> None:
    report = read([["site", *HEADER], ["", *row("P1")], ["Dorset", *row("P2")]], site="Luton")
    assert places(report) == [("site_differs", "A3")]
    assert list(report.dataset.participants["site"]) == ["Luton"]


def test_no_site_at_all_is_unnamed_or_blocked() -> None:
    rows = [HEADER, row("P1")]
    named = read(rows)
    assert list(named.dataset.participants["site"]) == ["unnamed"]
    assert [p.code for p in named.problems] == ["unnamed_site"]
    blocked = read(rows, site_required=True)
    assert [p.code for p in blocked.problems] == ["missing_site"]
    assert blocked.blocked


def test_identical_rows_collapse_and_different_questionnaires_join() -> None:
    header = ["site", "participant", "wave", "phq9_1", "das_32_total"]
    report = read(
        [
            header,
            ["Luton", "P1", "baseline", 1, None],
            ["Luton", "P1", "baseline", None, 100.5],
            ["Luton", "P1", "baseline", 1, None],
        ]
    )
    assert [(p.code, p.cell) for p in report.problems] == [("repeated_row", "B4")]
    assert len(report.dataset.records) == 1
    assert report.dataset.answers["phq9"].loc[0, 1] == 1
    assert report.dataset.supplied["das_32"].loc[0, "total"] == 100.5


def test_a_child_belongs_to_the_childs_questionnaire_only() -> None:
    header = ["site", "participant", "child", "informant", "wave", "phq9_1", "sdq_parent_4_17_1"]
    report = read([header, ["Luton", "P1", "K1", "parent", "baseline", 1, 2]])
    records = report.dataset.records
    by_instrument = {
        name: records.loc[table.index[0], "child"] for name, table in report.dataset.answers.items()
    }
    assert by_instrument == {"phq9": "", "sdq_parent_4_17": "K1"}


def test_numbers_typed_as_text_and_codes_typed_as_numbers() -> None:
    report = read(
        [["site", *HEADER], ["Luton", *row(7.0, q1="２", q2=" 3 ")], ["Luton", *row("007")]]
    )
    assert list(report.dataset.participants["participant"]) == ["7", "007"]
    assert report.dataset.answers["phq9"].loc[0, [1, 2]].tolist() == [2, 3]


def test_notes_below_the_data_are_no_rows() -> None:
    header = ["site", *HEADER, "remarks"]
    report = read([header, ["Luton", *row("P1"), ""], [""] * (len(header) - 1) + ["Key: see form"]])
    assert report.files[0].rows_read == 1


def test_a_session_needs_its_number() -> None:
    header = ["site", "participant", "wave", "session_number", "phq9_1"]
    report = read([header, ["Luton", "P1", "session", 1, 0], ["Luton", "P1", "session", None, 0]])
    assert places(report) == [("missing_session_number", "D3")]


def test_service_use_is_read_from_its_sheet_and_from_a_second_csv() -> None:
    answers = b"site,participant,couple,wave,phq9_1\nLuton,P1,C1,baseline,1\n"
    service = (
        b"site,participant,couple,referred_on,took_up,sessions_offered,ending\n"
        b"Luton,P1,C1,2017-01-01,yes,8,Planned\nLuton,P2,,2017-01-01,maybe,-1,\n"
    )
    report = read_files([("a.csv", answers), ("a_service_use.csv", service)])
    table = report.dataset.service_use.set_index("participant")
    assert table.loc["P1", ["took_up", "sessions_offered", "ending"]].tolist() == [
        True,
        8,
        "planned",
    ]
    assert places(report) == [("value_not_understood", "E3"), ("value_not_understood", "F3")]
    assert list(report.dataset.participants["participant"]) == ["P1", "P2"]


def test_two_couple_codes_for_one_person_are_asked_about() -> None:
    first, second = row("P1"), row("P1", wave="end", day="2017-06-05")
    first[1], second[1] = "C1", "C2"
    report = read([["site", *HEADER], ["Luton", *first], ["Luton", *second]])
    asked = [(p.code, p.severity) for p in report.problems if p.severity != "note"]
    assert asked == [("couple_differs", "ask")]


def test_an_sdq_total_means_total_difficulties() -> None:
    header = ["site", "participant", "child", "wave", "sdq_parent_4_17_total"]
    report = read([header, ["Luton", "P1", "K1", "baseline", 17]])
    assert list(report.dataset.supplied["sdq_parent_4_17"].columns) == ["total_difficulties"]


def test_counts_in_and_out_add_up() -> None:
    report = read([["site", *HEADER], ["Luton", *row("P1")], ["Luton", *row(None)]])
    file = report.files[0]
    assert (file.rows_read, file.rows_accepted, file.records) == (2, 1, 1)


# --- rows and sheets that have to find their site ---------------------------------------------

SERVICE_ROW = b"participant,referred_on,took_up\nP1,2017-01-01,yes\n"


def test_service_use_without_a_site_belongs_to_the_only_site_there_is() -> None:
    answers = b"site,participant,wave,phq9_1\nLuton,P1,baseline,1\n"
    report = read_files([("a.csv", answers), ("service_use.csv", SERVICE_ROW)])
    assert report.dataset.service_use["site"].tolist() == ["Luton"]
    assert report.dataset.participants["site"].tolist() == ["Luton"]
    assert not report.needs_attention


def test_service_use_without_a_site_beside_two_sites_is_refused() -> None:
    answers = b"site,participant,wave,phq9_1\nLuton,P1,baseline,1\nDorset,P1,baseline,1\n"
    report = read_files([("a.csv", answers), ("service_use.csv", SERVICE_ROW)])
    assert places(report) == [("missing_site_in_row", "A2")]
    assert report.dataset.service_use.empty
    assert "" not in set(report.dataset.participants["site"])


def test_no_site_may_be_called_like_all_of_them() -> None:
    report = read([["site", *HEADER], ["All", *row("P1")], ["Luton", *row("P2")]])
    assert places(report) == [("reserved_site", "A2")]


# --- dates and repeats -------------------------------------------------------------------------


def test_two_dates_of_one_wave_stay_with_their_questionnaires() -> None:
    header = ["site", "participant", "wave", "completed_on", "phq9_total", "das_32_total"]
    report = read(
        [
            header,
            ["Luton", "P1", "baseline", "2017-01-10", 10, None],
            ["Luton", "P1", "baseline", "2017-03-10", None, 90],
            ["Luton", "P2", "baseline", "2017-01-10", 10, None],
            ["Luton", "P2", "baseline", None, None, 90],
        ]
    )
    records, supplied = report.dataset.records, report.dataset.supplied
    days = {
        name: records.loc[table.index, "completed_on"].dt.strftime("%m-%d").tolist()
        for name, table in supplied.items()
    }
    assert days == {"phq9": ["01-10", "01-10"], "das_32": ["03-10", "01-10"]}
    assert len(records) == 3


def test_the_same_score_on_two_dates_is_no_repeat() -> None:
    header = ["site", "participant", "wave", "completed_on", "phq9_total"]
    report = read(
        [header, *(["Luton", "P1", "baseline", day, 10] for day in ("2017-01-01", "2017-06-01"))]
    )
    assert places(report) == [("duplicate_key", "B2"), ("duplicate_key", "B3")]


# --- values that are not what they seem --------------------------------------------------------


def test_a_number_too_large_for_any_scale_is_only_not_allowed() -> None:
    header = "site,participant,wave,phq9_1"
    data = f"{header}\nLuton,P1,baseline,{'9' * 400}\n".encode()
    assert places(read_files([("a.csv", data)])) == [("answer_not_allowed", "D2")]


@pytest.mark.parametrize("typed", [-1, 1.5, "first"])
def test_a_wrong_session_number_is_repeated_as_typed(typed: object) -> None:
    header = ["site", "participant", "wave", "session_number", "phq9_1"]
    report = read([header, ["Luton", "P1", "session", typed, 0]])
    assert (report.problems[0].code, report.problems[0].value) == (
        "missing_session_number",
        f"{typed}",
    )


def test_a_blank_wave_is_said_to_be_blank() -> None:
    report = read([["site", *HEADER], ["Luton", *row("P1", wave=None)]])
    assert [p.code for p in report.problems] == ["missing_wave"]


def test_a_code_is_short() -> None:
    report = read([["site", *HEADER], ["Luton", *row("x" * 5000)]])
    assert places(report) == [("code_too_long", "B2")]
    assert len(report.problems[0].value) <= 60


@pytest.mark.parametrize(
    "header",
    ["child name", "client_name", "Participant_Name", "Contact number", "next of kin", "Postcode"],
)
def test_headers_that_name_personal_details(header: str) -> None:
    report = read([["site", *HEADER, header], ["Luton", *row("P1"), "secret"]])
    assert [p.code for p in report.problems] == ["personal_data"]


@pytest.mark.parametrize("header", ["issues_addressed", "renamed", "mobility"])
def test_headers_that_only_sound_like_it(header: str) -> None:
    report = read([["site", *HEADER, header], ["Luton", *row("P1"), "x"]])
    assert [p.code for p in report.problems] == ["unknown_column"]


def test_decisions_on_coding_are_applied_before_the_range_is_checked() -> None:
    header = ["site", "participant", "wave", *ITEMS]
    rows = [header, ["Luton", "P1", "baseline", 1, 2, 3, 4, 1, 2, 3, 4, 1]]
    assert [p.code for p in read(rows).problems] == ["answer_not_allowed"] * 2
    decided = {"phq9": (Recoding("add", (), -1), Recoding("reverse", (1,)))}
    report = read(rows, recodings=decided)
    assert report.problems == ()
    assert report.dataset.answers["phq9"].loc[0].tolist() == [3, 1, 2, 3, 0, 1, 2, 3, 0]
    assert report.typed["phq9"].loc[0].tolist() == [1, 2, 3, 4, 1, 2, 3, 4, 1]
    assert report.decisions == ("phq9: subtract 1, reverse (1)",)


def test_after_a_decision_the_allowed_answers_are_those_to_be_typed() -> None:
    rows = [["site", *HEADER], ["Luton", *row("P1", q1=0)]]
    report = read(rows, recodings={"phq9": (Recoding("add", (1,), -1),)})
    assert "Allowed: 1, 2, 3, 4 (decided: subtract 1 (1))." in report.problems[0].message
