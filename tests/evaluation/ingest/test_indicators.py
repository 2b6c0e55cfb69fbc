"""The sheet of indicators: read like the others, kinds told, mistakes named with their cells."""

from __future__ import annotations

import io

import openpyxl
import pytest

from evaluation.indicators import indicator_id
from evaluation.ingest.columns.canonical import sheet_kind
from evaluation.ingest.indicator_rows import parse_value
from evaluation.ingest.meaning.values import Missing, Refusal
from evaluation.ingest.pipeline import read_files
from evaluation.ingest.templates.template import write_template, write_workbook
from evaluation.model import INDICATOR_COLUMNS, ImportReport
from instruments.registry import get

HEADER = "site,participant,child,wave,indicator,value"


def read(*lines: str, header: str = HEADER, **options) -> ImportReport:
    data = "\n".join((header, *lines)).encode()
    return read_files([("my_indicators.csv", data)], **options)


def kinds(report: ImportReport) -> dict[str, str]:
    table = report.dataset.indicators
    return dict(zip(table["indicator"], table["kind"], strict=True))


def problems(report: ImportReport) -> list[tuple[str, str]]:
    quiet = ("read_as", "indicators_read_as")
    return [(p.code, p.cell) for p in report.problems if p.code not in quiet]


# --- one value --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cell", "kind", "value"),
    [
        ("yes", "yes_no", 1), ("No ", "yes_no", 0), ("TRUE", "yes_no", 1), ("y", "yes_no", 1),
        (3.0, "count", 3), ("0", "count", 0), (-2, "count", -2), ("1", "count", 1),
        ("92.5%", "number", 92.5), ("92 %", "number", 92), (92.5, "number", 92.5),
        ("92,5", "number", 92.5),
    ],
)  # fmt: skip
def test_what_a_cell_looks_like_by_itself(cell, kind, value):
    found = parse_value(cell)
    assert (found.kind, found.value) == (kind, value)


@pytest.mark.parametrize("cell", ["n/a", "not known", "?", "refused"])
def test_words_for_a_missing_value(cell):
    assert isinstance(parse_value(cell), Missing)


@pytest.mark.parametrize("cell", ["maybe", "twice", "1 or 2", "%", "1,000"])
def test_what_is_neither_a_number_nor_yes_or_no(cell):
    found = parse_value(cell)
    assert isinstance(found, Refusal) and found.code == "value_not_understood"


def test_names_are_one_whatever_their_case_blanks_and_dashes():
    names = ("School attendance", " school_ATTENDANCE", "school-attendance", "School  Attendance")
    assert {indicator_id(name) for name in names} == {"school_attendance"}
    assert indicator_id("?!") == ""


@pytest.mark.parametrize(
    ("file", "sheet", "kind"),
    [
        ("a.xlsx", "Indicators", "indicators"), ("a.xlsx", "Service use", "service_use"),
        ("indicators.xlsx", "Sheet1", "questionnaires"),
        ("Luton indicators.csv", "", "indicators"), ("service_use.csv", "", "service_use"),
        ("luton.csv", "", "questionnaires"),
    ],
)  # fmt: skip
def test_what_a_sheet_is_about(file, sheet, kind):
    assert sheet_kind(file, sheet) == kind


# --- a sheet ----------------------------------------------------------------------------------


def test_kinds_are_decided_for_each_indicator_and_told():
    report = read(
        "Luton,P1,,baseline,Incidents,3", "Luton,P1,,end,incidents,0",
        "Luton,P1,,baseline,job,no", "Luton,P1,,end,job,yes",
        "Luton,P1,K1,baseline,Attendance,90", "Luton,P1,K1,end,attendance,92.5%",
    )  # fmt: skip
    table = report.dataset.indicators
    assert tuple(table.columns) == INDICATOR_COLUMNS
    assert kinds(report) == {"incidents": "count", "job": "yes_no", "attendance": "number"}
    assert table["value"].tolist() == [3, 0, 0, 1, 90, 92.5]
    assert table["child"].tolist() == ["", "", "", "", "K1", "K1"]
    assert report.dataset.participants["participant"].tolist() == ["P1"]
    (told,) = [p for p in report.problems if p.code == "indicators_read_as"]
    assert "yes or no: job; counts: incidents; numbers" in told.message
    assert problems(report) == [] and not report.needs_attention


def test_a_workbook_with_all_three_sheets():
    book = openpyxl.Workbook()
    sheets = {
        "questionnaires": ["site,participant,wave,phq9_total", "Luton,P1,baseline,12"],
        "service_use": ["participant,took_up", "P1,yes"],
        "Indicators": ["participant,wave,indicator,value", "P1,baseline,job,yes", "P2,end,job,no"],
    }
    for name, lines in sheets.items():
        page = book.create_sheet(name)
        for line in lines:
            page.append(line.split(","))
    del book["Sheet"]
    buffer = io.BytesIO()
    book.save(buffer)
    report = read_files([("a.xlsx", buffer.getvalue())])
    assert len(report.dataset.indicators) == 2
    assert report.dataset.indicators["site"].tolist() == ["Luton", "Luton"]
    assert len(report.dataset.service_use) == len(report.dataset.records) == 1
    file = report.files[0]
    assert (file.rows_read, file.rows_accepted) == (4, 4)
    cells = file.cells
    assert cells.read == cells.used + cells.refused + cells.left_out and cells.refused == 0


def test_headers_in_other_words():
    header = "Site name,Client ID,Child code,Time point,Indicator,Value"
    report = read("Luton,P1,K1,baseline,job,yes", header=header)
    assert report.dataset.indicators[["participant", "child", "wave"]].to_numpy().tolist() == [
        ["P1", "K1", "baseline"]
    ]


@pytest.mark.parametrize(
    ("line", "code", "cell"),
    [
        ("Luton,,,end,job,yes", "missing_participant", "B3"),
        ("Luton,P2,,week 7,job,yes", "unknown_wave", "D3"),
        ("Luton,P2,,,job,yes", "missing_wave", "D3"),
        ("Luton,P2,,session,job,yes", "session_of_indicator", "D3"),
        ("Luton,P2,,end,,yes", "missing_indicator", "E3"),
        (f"Luton,P2,,end,{'very ' * 20}long,yes", "indicator_too_long", "E3"),
        ("Luton,P2,,end,job,perhaps", "value_not_understood", "F3"),
        ("Luton,P2,,end,job,#REF!", "error_cell", "F3"),
        ("Luton,P2,,end,ring jane@example.org,yes", "personal_data", "E3"),
        ("Luton,P2,,end,job,07700 900123", "personal_data", "F3"),
        ("Luton,P2,,end,other,-1", "negative_count", "F3"),
    ],
)
def test_a_row_that_cannot_be_used_is_named_with_its_cell(line, code, cell):
    report = read("Luton,P1,,baseline,job,yes", line)
    assert problems(report) == [(code, cell)]
    assert report.dataset.indicators["participant"].tolist() == ["P1"]
    assert report.needs_attention
    cells = report.files[0].cells
    assert cells.read == cells.used + cells.refused + cells.left_out


def test_contact_details_are_never_repeated():
    report = read("Luton,P2,,end,ring jane@example.org,yes", "Luton,P3,,end,job,07700 900123")
    told = " ".join(f"{p.message} {p.value}" for p in report.problems)
    assert "jane" not in told and "07700" not in told


def test_the_same_row_twice_is_kept_once_and_told():
    report = read("Luton,P1,,end,job,yes", "Luton,P1,,end,JOB,Yes", "Luton,P1,K1,end,job,yes")
    assert problems(report) == [("repeated_row", "B3")]
    assert len(report.dataset.indicators) == 2


@pytest.mark.parametrize("values", [("yes", "no"), ("2", "3"), ("1", "yes")])
def test_different_values_for_one_time_are_all_refused(values):
    lines = [f"Luton,P1,,end,job,{value}" for value in values]
    report = read(*lines)
    assert problems(report) == [("duplicate_indicator", "F2"), ("duplicate_indicator", "F3")]
    assert report.dataset.indicators.empty


def test_the_few_that_do_not_go_with_the_others_are_refused():
    report = read(
        *(f"Luton,P{n},,end,incidents,{n}" for n in range(3)), "Luton,P9,,end,incidents,no"
    )
    assert problems(report) == [("mixed_indicator", "F5")]
    assert kinds(report) == {"incidents": "count"}
    report = read("Luton,P1,,end,job,yes", "Luton,P2,,end,job,no", "Luton,P9,,end,job,4")
    assert problems(report) == [("mixed_indicator", "F4")]
    assert kinds(report) == {"job": "yes_no"}


def test_half_and_half_is_nothing():
    report = read("Luton,P1,,end,job,yes", "Luton,P2,,end,job,1")
    assert problems(report) == [("mixed_indicator", "F2"), ("mixed_indicator", "F3")]
    assert report.dataset.indicators.empty


def test_each_site_has_its_own_kind():
    report = read("Luton,P1,,end,contact,yes", "Kent,P1,,end,contact,3")
    assert problems(report) == []
    assert report.dataset.indicators["kind"].tolist() == ["yes_no", "count"]


def test_below_zero_is_possible_for_what_is_no_count():
    report = read("Luton,P1,,end,balance,-1.5", "Luton,P2,,end,balance,2")
    assert problems(report) == []
    assert report.dataset.indicators["value"].tolist() == [-1.5, 2]


@pytest.mark.parametrize(
    ("values", "code"),
    [
        (("0", "1", "1"), "indicator_zero_one"),
        (("0.925", "1", "0.5"), "indicator_shares"),
        (("0.925", "93.5", "88"), "indicator_scales_differ"),
        (("0.5", "2.5", "4"), ""),
        (("1", "2", "0"), ""),
    ],
)
def test_values_that_may_mean_something_else_are_told(values, code):
    report = read(*(f"Luton,P{n},,end,attendance,{v}" for n, v in enumerate(values)))
    assert [found for found, _ in problems(report)] == ([code] if code else [])
    assert len(report.dataset.indicators) == 3


def test_a_value_that_is_not_known_is_no_value_and_told_once():
    report = read("Luton,P1,,end,job,", "Luton,P2,,end,job,n/a", "Luton,P3,,end,job,no")
    assert problems(report) == [("indicator_without_value", "B2")]
    assert report.dataset.indicators["participant"].tolist() == ["P3"]
    assert not report.needs_attention


@pytest.mark.parametrize("missing", ["wave", "indicator", "value"])
def test_a_column_that_cannot_be_done_without(missing):
    header = ",".join(name for name in HEADER.split(",") if name != missing)
    report = read("Luton,P1,,job,yes", header=header)
    assert report.blocked
    assert missing in {p.value for p in report.problems if p.code == "missing_indicator_column"}


def test_an_unknown_site_is_refused():
    report = read("Atlantis,P1,,end,job,yes", known_sites={"luton": "Luton"})
    assert problems(report) == [("unknown_site", "A2")]


def test_leading_zeros_lost_beside_a_questionnaire_are_one_person():
    forms = b"site,participant,wave,phq9_total\nLuton,007,baseline,12"
    counted = b"participant,wave,indicator,value\n7,baseline,job,yes"
    files = [("a.csv", forms), ("indicators.csv", counted)]
    (question,) = read_files(files).questions
    assert question.kind == "codes"


# --- the template -----------------------------------------------------------------------------


def test_the_template_has_the_sheet_when_asked_and_comes_back_without_a_word():
    for asked in (False, True):
        buffer = io.BytesIO()
        write_template(buffer, [get("phq9")], indicators=asked)
        book = openpyxl.load_workbook(io.BytesIO(buffer.getvalue()))
        assert ("indicators" in book.sheetnames) == asked
    assert [cell.value for cell in book["indicators"][1]] == HEADER.split(",")
    book["questionnaires"].append(
        ["Luton", "P1", None, None, None, None, "baseline", None, None, 1]
    )
    for row, line in enumerate(("P1,,baseline,job,yes", "P2,K1,end,attendance,92.5"), start=2):
        for column, text in enumerate(line.split(","), start=2):
            value = float(text) if text == "92.5" else text or None
            book["indicators"].cell(row, column, value)
    filled = io.BytesIO()
    book.save(filled)
    report = read_files([("a.xlsx", filled.getvalue())])
    assert kinds(report) == {"job": "yes_no", "attendance": "number"}
    assert report.dataset.indicators["site"].tolist() == ["Luton", "Luton"]
    assert not report.needs_attention


def test_written_indicators_are_read_as_they_were(tmp_path):
    report = read("Luton,P1,K1,baseline,Attendance,92.5%", "Luton,P1,,end,incidents,3")
    table = report.dataset.indicators
    forms = report.dataset.records.reindex(columns=["site", "participant", "wave"])
    path = tmp_path / "a.xlsx"
    write_workbook(
        path, questionnaires=forms, service_use=None,
        indicators=table.drop(columns="kind"), notice="x",
    )  # fmt: skip
    again = read_files([("a.xlsx", path.read_bytes())]).dataset.indicators
    assert again.to_numpy().tolist() == table.to_numpy().tolist()
