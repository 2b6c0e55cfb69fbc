"""SPSS files: codes as codes, with the names and the missing values that their authors gave."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pandas as pd
import pyreadstat
import pytest

from evaluation.ingest.files import read_spss as module
from evaluation.ingest.files.cells import Sheet, UnreadableFileError
from evaluation.ingest.files.read_spss import read_spss
from evaluation.ingest.files.reader import read_uploads

REAL = Path(__file__).resolve().parents[3] / ".." / "shared" / "real_data" / "exports"


def real(name: str) -> bytes:
    path = REAL / name
    if not path.exists():
        pytest.skip(f"the real file {name} is not on this machine")
    return path.read_bytes()


@pytest.fixture
def written(tmp_path: Path):
    """Bytes of an SPSS file of these columns."""

    def write(columns: dict[str, list], **options) -> bytes:
        path = tmp_path / "a.sav"
        pyreadstat.write_sav(pd.DataFrame(columns), path, **options)
        return path.read_bytes()

    return write


def sheet_of(data: bytes) -> Sheet:
    upload = read_spss("a.sav", data)
    assert (upload.file_name, upload.kind) == ("a.sav", "sav")
    (sheet,) = upload.sheets
    return sheet


def cells(sheet: Sheet, column: int) -> list:
    return sheet.columns[column].cells()


def test_names_stand_in_row_1_wording_in_row_2_and_case_1_in_row_3(written) -> None:
    sheet = sheet_of(
        written(
            {"id": ["P1", "P2"], "phq9_1": [0.0, 3.0]},
            column_labels={"phq9_1": "Little interest in things"},
        )
    )
    assert [sheet.row(number) for number in range(1, sheet.n_rows + 1)] == [
        ["id", "phq9_1"],
        [None, "Little interest in things"],
        ["P1", 0.0],
        ["P2", 3.0],
    ]
    assert sheet.name == ""


def test_row_2_is_there_even_if_nothing_is_worded(written) -> None:
    sheet = sheet_of(written({"id": ["P1"], "x": [1.0]}))
    assert [sheet.row(number) for number in (1, 2, 3)] == [["id", "x"], [None, None], ["P1", 1.0]]


def test_codes_stay_codes_and_their_names_come_beside_them(written) -> None:
    sheet = sheet_of(
        written(
            {"often": [0.0, 1.0, None], "sex": ["f", "m", ""]},
            variable_value_labels={
                "often": {0: "Not at all", 1: "Several days", 2: "Never chosen"},
                "sex": {"f": "female", "m": "male"},
            },
        )
    )
    assert cells(sheet, 0) == ["often", None, 0.0, 1.0, None]
    assert sheet.labels[0] == {0.0: "Not at all", 1.0: "Several days", 2.0: "Never chosen"}
    assert cells(sheet, 1) == ["sex", None, "f", "m", None]
    assert sheet.labels[1] == {"f": "female", "m": "male"}
    assert sheet.missing == {}


def test_declared_missing_values_are_reasons_and_only_those_in_use(written) -> None:
    sheet = sheet_of(
        written(
            {"x": [1.0, 99.0, -5.0, None], "y": [7.0, 8.0, 1.0, 1.0], "z": ["a", "zz", "b", ""]},
            missing_ranges={"x": [99, {"lo": -999, "hi": 0}], "y": [7, 8, 9], "z": ["zz"]},
            variable_value_labels={"x": {99: "refused"}, "y": {8: "did not attend", 9: "unused"}},
        )
    )
    assert sheet.missing == {
        0: {99.0: "refused", -5.0: "declared missing in SPSS"},
        1: {7.0: "declared missing in SPSS", 8.0: "did not attend"},
        2: {"zz": "declared missing in SPSS"},
    }
    # they stay in their cells: what they mean is decided later
    assert cells(sheet, 0)[2:] == [1.0, 99.0, -5.0, None]


def test_padding_goes_and_other_blanks_stay(written) -> None:
    sheet = sheet_of(written({"id": ["P1   ", "  P2", "007", "   "]}))
    assert cells(sheet, 0)[2:] == ["P1", "  P2", "007", None]


def test_dates_and_times_are_dates_and_times(written) -> None:
    data = written(
        {
            "day": [dt.date(2024, 4, 3), dt.date(1899, 12, 31), None],
            "moment": pd.to_datetime(["2024-04-03 09:30:15", None, "1999-01-01 00:00:00"]),
            "clock": [dt.time(9, 30), None, dt.time(23, 59, 59)],
        }
    )
    sheet = sheet_of(data)
    assert cells(sheet, 0)[2:] == [dt.date(2024, 4, 3), dt.date(1899, 12, 31), None]
    assert cells(sheet, 1)[2:] == [
        dt.datetime(2024, 4, 3, 9, 30, 15),
        None,
        dt.datetime(1999, 1, 1),
    ]
    assert cells(sheet, 2)[2:] == [dt.time(9, 30), None, dt.time(23, 59, 59)]


@pytest.mark.parametrize("style", ["DATE11", "ADATE10", "EDATE10", "SDATE10", "JDATE7", "MOYR8"])
def test_every_style_of_date_is_a_date(written, style: str) -> None:
    seconds = (dt.datetime(2024, 4, 1) - dt.datetime(1582, 10, 14)).total_seconds()
    sheet = sheet_of(written({"d": [seconds]}, variable_format={"d": style}))
    assert cells(sheet, 0)[2:] == [dt.date(2024, 4, 1)]


def test_a_date_outside_the_calendar_spoils_its_cell_only(written) -> None:
    good = (dt.datetime(2024, 4, 3) - dt.datetime(1582, 10, 14)).total_seconds()
    data = written({"d": [good, 1e15], "x": [1.0, 2.0]}, variable_format={"d": "DATE11"})
    sheet = sheet_of(data)
    assert cells(sheet, 0)[2:] == [dt.date(2024, 4, 3), 1e15]
    assert cells(sheet, 1)[2:] == [1.0, 2.0]


def test_a_time_beyond_a_day_is_a_duration(written) -> None:
    data = written({"t": [3600.0 * 30, -60.0]}, variable_format={"t": "TIME8"})
    assert cells(sheet_of(data), 0)[2:] == [dt.timedelta(hours=30), dt.timedelta(minutes=-1)]


def test_compressed_files_are_read_alike(written) -> None:
    columns = {"id": ["P1", "P2"], "x": [1.0, None]}
    plain, packed = written(columns), written(columns, compress=True)
    assert packed.startswith(b"$FL3")
    assert cells(sheet_of(packed), 0) == cells(sheet_of(plain), 0) == ["id", None, "P1", "P2"]
    assert cells(sheet_of(packed), 1) == ["x", None, 1.0, None]


def test_letters_that_are_not_what_the_file_says_are_read_as_windows_wrote_them(written) -> None:
    data = written({"name": ["Müller", "Ann"]}).replace("ü".encode() + b"ller", b"\xfcller ")
    upload = read_spss("a.sav", data)
    assert upload.sheets[0].columns[0].cells() == ["name", None, "Müller", "Ann"]
    assert "Windows-1252" in upload.notes[0]
    assert read_spss("a.sav", written({"name": ["Müller"]})).notes == ()


def test_a_file_without_cases_has_its_two_header_rows(written) -> None:
    sheet = sheet_of(written({"x": pd.Series([], dtype=float)}))
    assert cells(sheet, 0) == ["x", None]


# --- what cannot be read --------------------------------------------------------------------


def test_damaged_files_are_refused_without_the_librarys_words(written) -> None:
    data = written({"id": ["P1", "P2"], "x": [1.0, 2.0]})
    for damaged in (data[:3], data[:100], data[:300], data[:-4], b"$FL2" + b"\xff" * 400):
        with pytest.raises(UnreadableFileError) as caught:
            read_spss("a.sav", damaged)
        assert caught.value.code == "not_a_spreadsheet"
        assert caught.value.message.startswith("'a.sav' is damaged or is not an SPSS file")


@pytest.mark.parametrize(
    ("limit", "value", "words"),
    [
        ("MAX_TEXT_BYTES", 100, "MB"),
        ("MAX_COLUMNS", 1, "2 variables"),
        ("MAX_ROWS", 2, "2 cases"),
        ("MAX_AREA", 5, "3 cases by 2 variables"),
    ],
)
def test_too_much_is_refused_with_the_limit(
    written, monkeypatch, limit: str, value: int, words: str
) -> None:
    data = written({"x": [1.0, 2.0, 3.0], "y": [1.0, 2.0, 3.0]})
    monkeypatch.setattr(module, limit, value)
    with pytest.raises(UnreadableFileError) as caught:
        read_spss("a.sav", data)
    assert caught.value.code == "too_large"
    assert words in caught.value.message


def test_a_lack_of_memory_is_not_called_damage(written, monkeypatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise MemoryError

    data = written({"x": [1.0]})
    monkeypatch.setattr(pyreadstat, "read_sav", fail)
    with pytest.raises(MemoryError):
        read_spss("a.sav", data)


# --- real files -----------------------------------------------------------------------------


def test_a_real_file_with_every_kind_of_variable() -> None:
    sheet = sheet_of(real("spss_sample.sav"))
    assert sheet.row(1) == ["mychar", "mynum", "mydate", "dtime", "mylabl", "myord", "mytime"]
    assert sheet.row(2) == [
        "character",
        "numeric",
        "date",
        "datetime",
        "labeled",
        "ordinal",
        "time",
    ]
    assert sheet.row(3) == [
        "a", 1.1, dt.date(2018, 5, 6), dt.datetime(2018, 5, 6, 10, 10, 10), 1.0, 1.0,
        dt.time(10, 10, 10),
    ]  # fmt: skip
    assert sheet.row(7)[2:4] == [None, None]
    assert sheet.labels == {
        4: {1.0: "Male", 2.0: "Female"},
        5: {1.0: "low", 2.0: "medium", 3.0: "high"},
    }


def test_declared_missing_values_of_a_real_file() -> None:
    sheet = sheet_of(real("spss_user_missing.sav"))
    assert sheet.missing == {
        1: {-1.0: "declared missing in SPSS", 2500.0: "declared missing in SPSS"},
        4: {-1.0: "undetermined"},
        5: {-1.0: "missing", -3.0: "declared missing in SPSS"},
    }
    assert cells(sheet, 4)[-2:] == [-1.0, None]


def test_a_real_file_with_one_value_declared_missing() -> None:
    sheet = sheet_of(real("spss_labelled_num_na.sav"))
    assert cells(sheet, 0) == ["VAR00002", "Only one value", 1.0, 9.0]
    assert sheet.labels == {0: {1.0: "This is one"}}
    assert sheet.missing == {0: {9.0: "declared missing in SPSS"}}


@pytest.mark.parametrize(
    "name", ["spss_sample.sav", "spss_user_missing.sav", "spss_labelled_num_na.sav"]
)
def test_values_are_those_that_the_library_shows_by_itself(name: str) -> None:
    data = real(name)
    table, _ = pyreadstat.read_sav(REAL / name, user_missing=True)
    sheet = sheet_of(data)
    for number, column in enumerate(table.columns):
        shown = [None if pd.isna(value) or value == "" else value for value in table[column]]
        assert cells(sheet, number)[2:] == shown  # a Timestamp equals the same datetime


def test_the_child_process_reads_spss_too(written) -> None:
    (upload,) = read_uploads([("a.sav", written({"id": ["P1"], "x": [1.0]}))])
    assert not isinstance(upload, UnreadableFileError)
    assert upload.sheets[0].row(3) == ["P1", 1.0]
