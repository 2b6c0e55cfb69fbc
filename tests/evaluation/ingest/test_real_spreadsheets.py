"""Spreadsheets as sites send them: read rightly, asked about, or refused with a sentence."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Sequence
from pathlib import Path

import pandas as pd
import pyreadstat
import pytest
from openpyxl import Workbook

from evaluation.ingest.columns.choices import Mapping
from evaluation.ingest.columns.mapping_file import mapping_text, parse_mapping, proposed, with_open
from evaluation.ingest.pipeline import read_files
from evaluation.ingest.problems import Place, make_problem
from evaluation.ingest.sentences import lines
from evaluation.model import ImportReport

SHARED = Path(__file__).resolve().parents[3] / ".." / "shared" / "real_data"
REAL = sorted([*SHARED.glob("exports/*"), *SHARED.glob("scores/*.csv")])
# What becomes of each real file: read with questions or notes only, or the code of its refusal.
REFUSED = {
    "excel_cell_zoo.xlsx": "missing_id_column",
    "excel_dirty_data.xlsx": "missing_id_column",
    "excel_empty_sheet.xlsx": "empty_file",
    "excel_error_cells.xlsx": "missing_id_column",
    "excel_header_not_first.xlsx": "missing_id_column",
    "excel_hidden_sheets.xlsx": "missing_id_column",
    "excel_merged.xlsx": "missing_id_column",
    "excel_multi_header_formatting.xlsx": "no_questionnaire",
    "excel_notes_above_below.xlsx": "missing_id_column",
    "excel_password.xlsx": "password",
    "excel_table_object.xlsx": "missing_id_column",
    "qualtrics_3header_sample.csv": "missing_id_column",
    "qualtrics_legacy_2header_bom.csv": "missing_id_column",
    "redcap_arms.csv": "no_questionnaire",
    "redcap_data_access_groups.csv": "no_questionnaire",
    "redcap_longitudinal_events.csv": "no_questionnaire",
    "redcap_problematic_values.csv": "no_questionnaire",
    "redcap_repeating_instruments.csv": "no_questionnaire",
    "redcap_survey.csv": "no_questionnaire",
    "spss_labelled_num_na.sav": "missing_id_column",
    "spss_sample.sav": "missing_id_column",
    "spss_user_missing.sav": "missing_id_column",
    "surveymonkey_steak_2header.csv": "missing_id_column",
    "bdi_beat_the_blues_uk_rct.csv": "missing_id_column",
    "couples_acitelli_pairwise_148.csv": "no_questionnaire",
    "hads_oncology_n201.csv": "missing_id_column",
    "stai_state_28studies_waves.csv": "no_questionnaire",
}
# Records once every question is answered as proposed; the point in time of two files is unknown.
READ = {
    "SYNTHETIC_couples_one_row_two_headers.xlsx": 72,
    "SYNTHETIC_msforms_phq9.xlsx": 24,
    "SYNTHETIC_sheet_per_wave.xlsx": 57,
    "SYNTHETIC_wide_suffix_cp1252_semicolon.csv": 120,
    "das_jacobson1989_prepost.csv": 60,
    "phq9_chiu_n2177.csv": 0,
    "phq9_isixhosa_minimised.csv": 0,
}
ITEMS = [f"phq9_{number}" for number in range(1, 10)]
HEADER = ["participant", "wave", *ITEMS]
ANSWERS = [0, 1, 2, 3, 0, 1, 2, 3, 0]


def given(path: Path) -> tuple[str, bytes]:
    return path.name, path.read_bytes()


def answered(*files: tuple[str, bytes]) -> ImportReport:
    """The files once more, with the mapping file that was saved of the first reading."""
    first = read_files(files, site="S")
    assert first.mapping is not None
    saved = mapping_text(with_open(proposed(first.mapping, first.questions), first.questions))
    return read_files(files, site="S", mapping=parse_mapping(saved))


def text(rows: Sequence[Sequence[object]], name: str = "a.csv") -> tuple[str, bytes]:
    page = io.StringIO()
    csv.writer(page).writerows(rows)
    return name, page.getvalue().encode()


def book(
    sheets: dict[str, Sequence[Sequence[object]]], name: str = "a.xlsx", **merged: str
) -> tuple[str, bytes]:
    workbook = Workbook()
    workbook.remove(workbook.active)
    for title, rows in sheets.items():
        sheet = workbook.create_sheet(title)
        for row in rows:
            sheet.append(row)
        for area in merged.values():
            sheet.merge_cells(area)
    page = io.BytesIO()
    workbook.save(page)
    return name, page.getvalue()


def codes(report: ImportReport) -> list[str]:
    return [problem.code for problem in report.problems]


def items(report: ImportReport, participant: str, wave: str) -> list[float]:
    records = report.dataset.records
    one = records[(records["participant"] == participant) & (records["wave"] == wave)]
    assert len(one) == 1
    return report.dataset.answers["phq9"].loc[one.index[0]].tolist()


# --- real files ---------------------------------------------------------------------------------


@pytest.mark.skipif(not REAL, reason="../shared/real_data is not here")
@pytest.mark.parametrize("path", REAL, ids=lambda path: path.name)
def test_every_real_file_is_read_or_refused_with_a_sentence(path: Path) -> None:
    report = read_files([given(path)], site="S")
    blocking = {p.code for p in report.problems if p.severity == "block_file"}
    for problem in report.problems:
        assert problem.message.endswith((".", "?", ")")), problem.message
        assert problem.fix.endswith("."), problem.fix
    if path.name in READ:
        assert not blocking
        assert len(answered(given(path)).dataset.records) == READ[path.name]
    elif path.name in REFUSED:
        assert blocking == {REFUSED[path.name]}
    else:
        assert blocking, "a file that is new here needs its expectation in this test"


def synthetic(name: str) -> ImportReport:
    path = SHARED / "exports" / name
    if not path.exists():
        pytest.skip("../shared/real_data is not here")
    return answered(given(path))


def test_couples_in_one_row_with_two_headers() -> None:
    report = synthetic("SYNTHETIC_couples_one_row_two_headers.xlsx")
    assert {p.severity for p in report.problems} == {"note"}
    # Counted in the sheet: PHQ 4 and 10 (12* is 12), DAS 18 and 18 before, 8 and 7 after.
    assert int(report.dataset.supplied["phq9"].notna().sum().sum()) == 14
    assert int(report.dataset.supplied["das_32"].notna().sum().sum()) == 51
    assert set(report.dataset.records["wave"]) == {"baseline", "end"}
    # The average row is no couple; 7a stays what it is.
    couples = sorted(set(report.dataset.participants["couple"]))
    assert (len(couples), "7a" in couples) == (18, True)


def test_microsoft_forms_with_codes_in_three_spellings() -> None:
    report = synthetic("SYNTHETIC_msforms_phq9.xlsx")
    # Row 3: not at all, not at all, more than half, nearly every (3), several, not, nearly.
    assert items(report, "WL001", "baseline") == [0, 0, 2, 3, 3, 3, 1, 0, 3]
    twice = {p.row for p in report.problems if p.code == "duplicate_key"}
    assert twice == {8, 9, 10, 11, 30, 31}
    assert len(report.dataset.records) == 30 - 6


def test_a_sheet_for_each_wave() -> None:
    report = synthetic("SYNTHETIC_sheet_per_wave.xlsx")
    # 25, 21 and 17 rows, in each sheet two of client 11.
    assert report.dataset.records["wave"].value_counts().to_dict() == {
        "baseline": 23, "end": 19, "3m": 15,
    }  # fmt: skip
    assert items(report, "1", "3m") == [3, 3, 2, 3, 3, 1, 0, 3, 2]
    assert [p.cell for p in report.problems if p.code == "answer_not_allowed"] == ["F10"] * 3
    in_order = list(dict.fromkeys(p.sheet for p in report.problems))
    assert in_order[:3] == ["Baseline", "End of support ", "3m FU"]


def test_waves_as_suffixes_in_a_windows_file() -> None:
    report = synthetic("SYNTHETIC_wide_suffix_cp1252_semicolon.csv")
    assert {p.severity for p in report.problems} == {"note"}
    nan = float("nan")
    # ID 1: 1;0;0;2;;999;2;2;0 before, 0;1;3;0;;3;999;999;2 after.
    assert items(report, "1", "baseline") == pytest.approx(
        [1, 0, 0, 2, nan, nan, 2, 2, 0], nan_ok=True
    )
    assert items(report, "1", "end") == pytest.approx(
        [0, 1, 3, 0, nan, 3, nan, nan, 2], nan_ok=True
    )
    assert set(report.dataset.reasons["reason"]) == {"not known"}
    assert len(report.dataset.reasons) == 179  # as many cells hold 999


# --- files together -----------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_one_file_for_each_wave_with_the_same_headers(kind: str) -> None:
    page = [["participant", *ITEMS], ["P1", *ANSWERS], ["P2", *ANSWERS[::-1]]]
    files = [
        text(page, f"{name}.csv") if kind == "csv" else book({"Sheet1": page}, f"{name}.xlsx")
        for name in ("Luton baseline", "Luton end")
    ]
    first = read_files(files, site="S")
    assert [(q.file, q.proposal) for q in first.questions] == [
        (files[0][0], "baseline"), (files[1][0], "end"),
    ]  # fmt: skip
    assert "duplicate_key" not in codes(first)
    report = answered(*files)
    assert not report.needs_attention
    assert sorted(report.dataset.records["wave"]) == ["baseline", "baseline", "end", "end"]


def test_what_was_said_of_a_baseline_file_holds_for_no_end_file() -> None:
    page = [["participant", *ITEMS], ["P1", *ANSWERS]]
    first = read_files([text(page, "spring baseline.csv")], site="S")
    assert first.mapping is not None
    mapping = parse_mapping(mapping_text(proposed(first.mapping, first.questions)))
    later = read_files([text(page, "summer end.csv")], site="S", mapping=mapping)
    assert [(q.kind, q.proposal) for q in later.questions] == [("wave", "end")]
    assert later.dataset.records.empty


def test_one_label_means_two_things_in_two_files() -> None:
    def page(first: str, second: str) -> Sequence[Sequence[object]]:
        return [
            ["Client ID", "Timepoint", *ITEMS],
            ["P1", first, *ANSWERS],
            ["P1", second, *ANSWERS],
        ]

    files = [text(page("T1", "T2"), "one.csv"), text(page("T1", "T3"), "two.csv")]
    keys = [question.key for question in read_files(files, site="S").questions]
    assert len(keys) == len(set(keys)) == 4


def test_tables_below_one_another_are_asked_about_one_by_one() -> None:
    table = [["Client", *ITEMS], *([f"P{n}", *ANSWERS] for n in range(6))]
    sheet = [["Baseline"], *table, [], [], ["End of support"], *table]
    report = read_files([book({"Data": sheet})], site="S")
    assert [(q.kind, q.cell) for q in report.questions] == [("wave", "A2"), ("wave", "A12")]


# --- what must not pass in silence --------------------------------------------------------------


def test_codes_that_lost_their_zeros_are_asked_about() -> None:
    page = [HEADER, ["007", "baseline", *ANSWERS], ["7", "end", *ANSWERS]]
    assert [q.kind for q in read_files([text(page)], site="S").questions] == ["codes"]
    assert list(answered(text(page)).dataset.participants["participant"]) == ["007"]


def test_dates_and_rounded_numbers_are_no_codes() -> None:
    rows = [
        HEADER,
        [dt.datetime(2024, 2, 1), "baseline", *ANSWERS],
        [2**53 + 1, "baseline", *ANSWERS],
        ["9007199254740993", "baseline", *ANSWERS],
    ]
    report = read_files([book({"Data": rows})], site="S")
    told = [(p.code, p.cell) for p in report.problems if p.severity == "refuse_row"]
    assert told == [("code_is_date", "A2"), ("code_rounded", "A3")]
    assert not any("2024-02" in p.message + p.value for p in report.problems)
    assert list(report.dataset.participants["participant"]) == ["9007199254740993"]


def test_numbers_without_a_header_are_asked_about_and_remarks_are_not() -> None:
    header = [*HEADER[:6], "", *HEADER[7:], "", ""]
    page = [header, ["P1", "baseline", *ANSWERS, "rang twice", ""]]
    report = read_files([text(page)], site="S")
    found = [(p.code, p.severity, p.column) for p in report.problems if p.column]
    assert found == [("column_without_name", "ask", "G"), ("unknown_column", "note", "L")]
    lacking = [p.message for p in report.problems if p.code == "incomplete_questionnaire"]
    assert len(lacking) == 1 and "question 5" in lacking[0]


def test_rows_without_any_answer_are_told() -> None:
    blank = [""] * 9
    some = [
        HEADER,
        ["P1", "baseline", *ANSWERS],
        ["P1", "end", *blank],
        ["P2", "end", "N/A", *blank[1:]],
    ]
    report = read_files([text(some)], site="S")
    told = [p for p in report.problems if p.code == "rows_without_answers"]
    assert [(p.severity, p.row) for p in told] == [("note", 3)]
    none = [HEADER, ["P1", "baseline", *blank], ["P1", "end", *blank]]
    assert read_files([text(none)], site="S").blocked


def test_merged_cells_among_the_data_are_told() -> None:
    rows = [HEADER, ["P1", "baseline", *ANSWERS], ["", "end", *ANSWERS]]
    report = read_files([book({"Data": rows}, area="A2:A3")], site="S")
    assert {"merged_cells", "missing_participant"} <= set(codes(report))
    in_header = read_files([book({"Data": [HEADER, *rows[1:2]]})], site="S")
    assert "merged_cells" not in codes(in_header)


def test_a_long_option_that_recurs_is_asked_about_and_a_remark_is_not() -> None:
    option = "An mehr als der Hälfte der Tage"
    remark = "she said that it all began again in March"
    rows = [["Client ID", "Timepoint", *ITEMS]]
    rows += [[f"P{n}", "baseline", option, remark if n else 0, *ANSWERS[2:]] for n in (0, 1, 2)]
    report = read_files([text(rows)], site="S")
    assert [q.subject for q in report.questions] == [("phq9", option.casefold())]
    assert not any("March" in p.message for p in report.problems)
    assert report.mapping is not None
    saved = mapping_text(with_open(report.mapping, report.questions))
    assert f"{option.casefold()}: ask" in saved
    assert parse_mapping(saved).words == {"phq9": {}}
    said = saved.replace(f"{option.casefold()}: ask", f"{option.casefold()}: 2")
    again = read_files([text(rows)], site="S", mapping=parse_mapping(said))
    assert again.dataset.answers["phq9"][1].tolist() == [2, 2, 2]


@pytest.mark.parametrize("shift", [0, 1])
def test_spss_labels_that_contradict_the_coding_are_asked_about(shift: int, tmp_path: Path) -> None:
    words = ["Not at all", "Several days", "More than half the days", "Nearly every day"]
    labels = {code + shift: word for code, word in enumerate(words)}
    typed = [[f"P{n}", "baseline", *([shift, shift + 1, shift + 2] * 3)] for n in range(4)]
    path = tmp_path / "a.sav"
    frame = pd.DataFrame(typed, columns=HEADER)
    pyreadstat.write_sav(frame, path, variable_value_labels=dict.fromkeys(ITEMS, labels))
    report = read_files([given(path)], site="S")
    assert len(report.questions) == (3 if shift else 0)
    last = answered(given(path))
    assert last.dataset.answers["phq9"].loc[0].tolist() == [0, 1, 2] * 3


# --- lines for a screen -------------------------------------------------------------------------


def test_many_problems_of_one_kind_are_cut_short_and_counted() -> None:
    place = [Place("a.csv", "", row, 2) for row in range(2, 12)]
    wrong = [
        make_problem("answer_not_allowed", p, value=9, an_answer="an answer", allowed="0, 1")
        for p in place
    ]
    question = make_problem("question_wave", Place("a.csv"), value="Which?")
    told = [line for line, _ in lines([question, *wrong])]
    assert len(told) == 1 + 5 + 1
    assert told[-1] == (
        "a.csv: 5 more like the last: C7, C8, C9, C10, C11. 'check --json' lists every one."
    )
    assert len(lines(wrong[:6])) == 6  # one more than that is no list


def scores_of(text: str, **options) -> dict[tuple[str, str], float]:
    """PHQ-9 totals by person and wave, of a csv file."""
    dataset = read_files([("a.csv", text.encode())], site="Luton", **options).dataset
    totals = dataset.supplied["phq9"]["total"]
    keys = dataset.records.loc[totals.index, ["participant", "wave"]]
    return dict(zip(map(tuple, keys.to_numpy()), totals, strict=True))


def test_a_mother_is_the_same_partner_whatever_a_file_calls_her() -> None:
    husband = "Couple ID,Time,Husband PHQ9 total,Wife PHQ9 total\nC1,pre,3,5\n"
    dad = "Couple ID,Time,Dad PHQ9 total,Mum PHQ9 total\nC1,end,2,4\n"
    first = scores_of(husband, mapping=confirmed(husband))
    later = scores_of(dad, mapping=confirmed(dad))
    assert first == {("C1-B", "baseline"): 3, ("C1-A", "baseline"): 5}
    assert later == {("C1-B", "end"): 2, ("C1-A", "end"): 4}


def confirmed(text: str) -> Mapping:
    """What a person says who confirms every proposal about a csv file."""
    report = read_files([("a.csv", text.encode())], site="Luton")
    return proposed(report.mapping or Mapping(), report.questions)


def test_letters_of_questions_are_no_partners() -> None:
    letters = "abcdefghi"
    text = f"ID,Time,{','.join(f'PHQ9 {x}' for x in letters)}\nA1,pre,{','.join('1' * 9)}\n"
    report = read_files([("a.csv", text.encode())], site="Luton", mapping=confirmed(text))
    assert report.dataset.supplied == {}


def test_questions_numbered_on_from_another_questionnaire_are_not_read() -> None:
    items = [f"GAD7 Q{n}" for n in range(1, 8)] + [f"PHQ9 Q{n}" for n in range(8, 17)]
    text = f"ID,Time,{','.join(items)}\nA1,baseline,{','.join('1' * 16)}\n"
    dataset = read_files([("a.csv", text.encode())], site="Luton").dataset
    assert "phq9" not in dataset.answers
    assert len(dataset.answers["gad7"].columns) == 7


def test_dates_are_read_as_their_own_file_and_column_prove() -> None:
    american = (
        "participant,wave,completed_on,phq9_total\nA,baseline,05/14/2024,3\n"
        "B,baseline,05/04/2024,4\n"
    )
    said = Mapping(day_first=True)
    records = read_files([("a.csv", american.encode())], site="Luton", mapping=said).dataset.records
    assert [f"{day:%Y-%m-%d}" for day in records["completed_on"]] == ["2024-05-14", "2024-05-04"]


def test_a_word_for_no_code_is_no_code() -> None:
    text = (
        "participant,couple,wave,phq9_total\nP1,N/A,baseline,3\nP2,n/a,baseline,4\n"
        "N/A,,baseline,9\nunknown,,end,20\n"
    )
    report = read_files([("a.csv", text.encode())], site="Luton")
    assert report.dataset.participants["couple"].tolist() == ["", ""]
    refused = [p.row for p in report.problems if p.code == "missing_participant"]
    assert refused == [4, 5]


def test_rows_that_look_like_totals_are_named() -> None:
    text = "participant,wave,phq9_total\nA1,baseline,4\nMean,baseline,20\n"
    report = read_files([("a.csv", text.encode())], site="Luton")
    assert [p.value for p in report.problems if p.code == "summary_rows"] == ["3"]


def test_contact_details_in_a_column_that_is_not_read_are_told_of_and_not_repeated() -> None:
    text = (
        "participant,wave,phq9_total,notes\nA,baseline,3,rang\nB,baseline,4,mail jo@example.org\n"
        "C,baseline,4,07700 900123\n"
    )
    report = read_files([("a.csv", text.encode())], site="Luton")
    told = [p for p in report.problems if p.code == "personal_data"]
    assert [(p.cell, p.value) for p in told] == [("D3", "")]
    assert not any("example.org" in p.message or "07700" in p.message for p in report.problems)
    dates = "participant,wave,phq9_total,enrolled\nA,baseline,3,2010-05-01\n"
    report = read_files([("b.csv", dates.encode())], site="Luton")
    assert not any(p.code == "personal_data" for p in report.problems)
