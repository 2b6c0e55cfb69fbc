"""Which survey tool wrote a sheet, and which columns are its own."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from evaluation.ingest.files.cells import Cell, Column, Sheet, Upload
from evaluation.ingest.sheets.sources import SOURCE_NAMES, SOURCES, find_source, tool_columns
from tests.evaluation.ingest.typed_sheets import EXPORTS, SCORES, load, needs_exports


def source_of(
    *rows: Sequence[Cell], kind: str = "xlsx", file: str = "f.xlsx", sheet: str = "S"
) -> str:
    width = max(map(len, rows), default=0)
    full = [[*row, *[None] * (width - len(row))] for row in rows]
    one = Sheet(sheet, tuple(Column.of(cells) for cells in zip(*full, strict=True)))
    return find_source(Upload(file, kind, (one,)), one)[0]


FORMS = ["ID", "Start time", "Completion time", "Email", "Name", "Your code"]


@pytest.mark.parametrize(
    ("rows", "source"),
    [
        ([["participant", "wave", "phq9_1"], ["L1", "end", 1.0]], "template"),
        ([["Sent by Jo"], ["Participant ", " WAVE", "phq9_1"], ["L1", "end", 1.0]], "template"),
        ([FORMS, [2.0, None, None, "anonymous", None, "L1"]], "microsoft_forms"),
        ([["Id", *FORMS[1:]], [2.0]], "microsoft_forms"),
        ([["Timestamp", "Your code", "Feeling down"], ["01/02/2024 10:00:00", "L1", "No"]],
         "google_forms"),
        ([["Respondent ID", "Collector ID", "Start Date", "Mood"], [None, None, None, "Response"],
          [1.0, 2.0, "x", "y"]], "surveymonkey"),
        ([["RespondentID", "Mood"], [None, "Response"], [1.0, "y"]], "surveymonkey"),
        ([["RespondentID", "Mood"], [1.0, "Response"]], "hand_typed"),
        ([["StartDate", "EndDate", "Status", "ResponseId", "RecordedDate", "Q1"],
          ["Start Date", "End Date", "Response Type", "Response ID", "Recorded Date", "Mood"]],
         "qualtrics"),
        ([["V1", "V2", "V3", "V4", "V5", "Q1"],
          ["ResponseID", "ResponseSet", "Name", "Status", "StartDate", "Mood"]], "qualtrics"),
        ([["study_id", "redcap_event_name", "phq9_1"], [1.0, "baseline_arm_1", 2.0]], "redcap"),
        ([["record_id", "q1", "form_1_complete"], [1.0, 2.0, 2.0]], "redcap"),
        ([["Record ID", "Event Name", "Mood", "Complete?"], [1.0, "Baseline", "y", "z"]], "redcap"),
        ([["V1", "V2", "V3", "V4", "V5.1", "V5.2"], [1.0, 2.0, 1.0, 0.0, 1.0, 1.0]], "codes"),
        ([["Case", "Q1", "Q2", "Q3.1", "Q3.2", "Q4a"], [1.0, 2.0, 1.0, 0.0, 1.0, 1.0]], "codes"),
        ([["Client ID", "Wave", "Q1", "Q2", "Q3", "Q4", "Q5", "Total"], ["a", "b"]], "hand_typed"),
        ([["Client ID", "Date", "Start time", "Mood"], ["a", "b", "c", "d"]], "hand_typed"),
        ([["Code", "Timestamp", "Mood"], ["a", "b", "c"]], "hand_typed"),
        ([["record_id", "mood"], [1.0, 2.0]], "hand_typed"),
        ([], "hand_typed"),
    ],
)  # fmt: skip
def test_each_source_is_known_by_its_traces(rows: list[list[Cell]], source: str) -> None:
    assert source_of(*rows) == source


def test_an_spss_file_is_one_whatever_it_holds() -> None:
    assert source_of(["participant", "wave"], [None, None], kind="sav") == "spss"


def test_the_templates_other_sheets_need_no_wave() -> None:
    header = ["participant", "referred_on"]
    assert source_of(header, sheet="Service_use") == "template"
    assert source_of(header, sheet="indicators ") == "template"
    assert source_of(header, kind="csv", file="Luton service use.csv", sheet="") == "template"
    assert source_of(header, sheet="people") == "hand_typed"


def test_every_source_has_a_name() -> None:
    assert set(SOURCE_NAMES) == set(SOURCES)
    assert all(SOURCE_NAMES.values())


@needs_exports
@pytest.mark.parametrize(
    ("path", "source"),
    [
        (EXPORTS / "SYNTHETIC_msforms_phq9.xlsx", "microsoft_forms"),
        (EXPORTS / "SYNTHETIC_couples_one_row_two_headers.xlsx", "hand_typed"),
        (EXPORTS / "SYNTHETIC_sheet_per_wave.xlsx", "hand_typed"),
        (EXPORTS / "surveymonkey_steak_2header.csv", "surveymonkey"),
        (EXPORTS / "qualtrics_3header_sample.csv", "qualtrics"),
        (EXPORTS / "qualtrics_legacy_2header_bom.csv", "qualtrics"),
        (EXPORTS / "redcap_arms.csv", "redcap"),
        (EXPORTS / "redcap_data_access_groups.csv", "redcap"),
        (EXPORTS / "redcap_longitudinal_events.csv", "redcap"),
        (EXPORTS / "redcap_problematic_values.csv", "redcap"),
        (EXPORTS / "redcap_repeating_instruments.csv", "redcap"),
        (EXPORTS / "redcap_survey.csv", "redcap"),
        (SCORES / "couples_acitelli_pairwise_148.csv", "hand_typed"),
        (SCORES / "hads_oncology_n201.csv", "hand_typed"),
        (SCORES / "phq9_isixhosa_minimised.csv", "hand_typed"),
    ],
    ids=lambda value: value.name if isinstance(value, Path) else value,
)
def test_real_files_are_recognised(path: Path, source: str) -> None:
    upload = load(path)
    assert {find_source(upload, sheet)[0] for sheet in upload.sheets} == {source}


def test_the_response_number_of_microsoft_forms_is_nobodys_code() -> None:
    headers = [*FORMS, "Last modified time", "Points - Your\u00a0code", "Feedback - Your code",
               "Total points", "Name2", "Name"]  # fmt: skip
    assert tool_columns("microsoft_forms", headers) == {
        0: "", 1: "", 2: "completed_on", 3: "", 4: "", 6: "", 7: "", 8: "", 9: "",
    }  # fmt: skip


def test_google_forms_keeps_a_later_column_called_score() -> None:
    headers = ["Timestamp", "Email Address", "Score", "Your code", "Mood [Score]", "Score"]
    assert tool_columns("google_forms", headers) == {0: "completed_on", 1: "", 2: "", 4: ""}


def test_surveymonkey_and_qualtrics_end_dates_are_the_day_of_completion() -> None:
    monkey = ["Respondent ID", "Collector ID", "Start Date", "End Date", "IP Address", "First Name",
              "Mood"]  # fmt: skip
    assert tool_columns("surveymonkey", monkey) == {
        0: "", 1: "", 2: "", 3: "completed_on", 4: "", 5: "",
    }  # fmt: skip
    names = ["StartDate", "EndDate", "Status", "Duration (in seconds)", "ResponseId", "Q1"]
    assert tool_columns("qualtrics", names) == {0: "", 1: "completed_on", 2: "", 3: "", 4: ""}


def test_redcap_says_who_when_and_where() -> None:
    headers = ["record_id", "redcap_event_name", "redcap_data_access_group", "phq_timestamp",
               "phq9_1", "phq_complete", "redcap_survey_identifier"]  # fmt: skip
    assert tool_columns("redcap", headers) == {
        0: "participant", 1: "wave", 2: "site", 3: "completed_on", 5: "", 6: "",
    }  # fmt: skip


def test_several_timestamps_of_redcap_give_a_row_no_date() -> None:
    found = tool_columns("redcap", ["record_id", "phq_timestamp", "gad_timestamp"])
    assert found == {0: "participant", 1: "", 2: ""}


def test_hand_made_sheets_have_no_columns_of_a_tool() -> None:
    for source in ("template", "hand_typed", "codes", "spss"):
        assert tool_columns(source, ["ID", "Email", "Timestamp", "record_id"]) == {}


def test_an_unknown_source_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="source='excel'"):
        tool_columns("excel", [])
