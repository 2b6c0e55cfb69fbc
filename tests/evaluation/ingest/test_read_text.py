"""Text files: every cell as typed, in its own row and column, whatever wrote the file."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pandas as pd
import pytest

from evaluation.ingest.files.cells import Cell, UnreadableFileError
from evaluation.ingest.files.limits import MAX_COLUMNS, MAX_TEXT_LENGTH
from evaluation.ingest.files.read_text import find_encoding, read_text
from evaluation.report.tables import neutralise

REAL = Path(__file__).resolve().parents[3] / ".." / "shared" / "real_data"


def rows_of(data: bytes, **options: str) -> list[list[Cell]]:
    (sheet,) = read_text("a.csv", data, **options).sheets
    return [sheet.row(number) for number in range(1, sheet.n_rows + 1)]


def refusal(data: bytes, **options: str) -> UnreadableFileError:
    with pytest.raises(UnreadableFileError) as caught:
        read_text("a.csv", data, **options)
    assert "'a.csv'" in caught.value.message
    assert caught.value.fix
    return caught.value


def test_the_upload_says_what_it_is() -> None:
    upload = read_text("a.csv", b"participant,wave\nP1,end\n")
    assert (upload.file_name, upload.kind, upload.hidden_sheets) == ("a.csv", "csv", ())
    assert [sheet.name for sheet in upload.sheets] == [""]
    assert upload.notes == ("Read as text in UTF-8, split at commas.",)


# --- cells as typed -------------------------------------------------------------------------


@pytest.mark.parametrize("word", ["None", "NA", "N/A", "null", "nan", "NULL", "#N/A", "-", "TRUE"])
def test_words_that_other_readers_take_for_missing_stay_words(word: str) -> None:
    assert rows_of(f"id,class\nP1,{word}\n".encode())[1] == ["P1", word]


@pytest.mark.parametrize(
    "typed",
    ["007", "9007199254740993", "3292879998", "7a", "1e5", "2,5", "03/04/2024", "Apr-24", "1.0"],
)
def test_numbers_codes_and_dates_stay_the_text_that_was_typed(typed: str) -> None:
    assert rows_of(f"id;x\n{typed};1\n".encode())[1] == [typed, "1"]


@pytest.mark.parametrize("typed", ["１", "٣", "P\u00a01", "P\u200b1", "\u200f4", " 3 "])
def test_unusual_digits_and_blanks_stay_as_typed(typed: str) -> None:
    assert rows_of(f"id,x\n{typed},1\n".encode())[1] == [typed, "1"]


def test_blank_cells_are_blank_and_nothing_else_is() -> None:
    assert rows_of(b'id,a,b,c\nP1,,"", \nP2,0,.,x\n') == [
        ["id", "a", "b", "c"],
        ["P1", None, None, None],
        ["P2", "0", ".", "x"],
    ]


def test_columns_of_the_same_name_keep_their_name() -> None:
    assert rows_of(b"id,a,a\nP1,1,2\n")[0] == ["id", "a", "a"]


@pytest.mark.parametrize(
    "start",
    [
        "=1+1",
        "+44",
        "-9",
        "@x",
        "\tx",
        "\rx",
        "\nx",
        "＝1",
        "  =1",
        "\u00a0=1",
        "\u200b=1",
        "'=1",
        "''-9",
    ],
)
def test_the_mark_that_exports_put_before_formulas_is_taken_off_again(start: str) -> None:
    buffer = io.StringIO()
    assert neutralise(start) == "'" + start
    csv.writer(buffer).writerows([["id", "x"], ["P1", neutralise(start)]])
    assert rows_of(buffer.getvalue().encode())[1] == ["P1", start]


@pytest.mark.parametrize("typed", ["'tis", "'", "''", "'5", "it's =1", "' a", "5'-6'"])
def test_other_apostrophes_stay(typed: str) -> None:
    assert rows_of(f"id,x\nP1,{typed}\n".encode())[1] == ["P1", typed]


def test_a_cell_may_mean_the_same_as_another_that_was_written_differently() -> None:
    (sheet,) = read_text("a.csv", b"x,y\n'-9,1\n-9,1\n").sheets
    assert sheet.columns[0].counts() == {"x": 1, "-9": 2}


# --- rows and columns -----------------------------------------------------------------------


def test_a_comma_at_the_end_of_data_rows_shifts_nothing() -> None:
    assert rows_of(b"id,phq1,phq2\nP1,0,3,\nP2,1,2,\n") == [
        ["id", "phq1", "phq2"],
        ["P1", "0", "3"],
        ["P2", "1", "2"],
    ]


def test_an_empty_column_at_the_end_of_every_row_is_dropped() -> None:
    assert rows_of(b"id,a,\nP1,1,\n") == [["id", "a"], ["P1", "1"]]


def test_short_rows_are_padded_and_long_rows_keep_their_cells() -> None:
    assert rows_of(b"id,a,b\nP1,1\nP2,1,2,3\nP3\n") == [
        ["id", "a", "b", None],
        ["P1", "1", None, None],
        ["P2", "1", "2", "3"],
        ["P3", None, None, None],
    ]


def test_an_empty_column_in_the_middle_stays() -> None:
    assert rows_of(b"id,,a\nP1,,1\n") == [["id", None, "a"], ["P1", None, "1"]]


def test_blank_lines_count_as_rows_except_at_the_end() -> None:
    assert rows_of(b"\nid,a\n\n,\nP1,1\n\n,,\n") == [
        [None, None],
        ["id", "a"],
        [None, None],
        [None, None],
        ["P1", "1"],
    ]


def test_line_breaks_inside_quotation_marks_belong_to_the_cell() -> None:
    data = b'id,"How are\nyou, today?",b\r\nP1,"one\r\ntwo",x\r\nP2,three,y\r\n'
    assert rows_of(data) == [
        ["id", "How are\nyou, today?", "b"],
        ["P1", "one\r\ntwo", "x"],
        ["P2", "three", "y"],
    ]


def test_doubled_quotation_marks_are_one() -> None:
    assert rows_of(b'id,a\nP1,"he said ""no"""\n')[1] == ["P1", 'he said "no"']


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
def test_any_line_end_ends_a_row(end: bytes) -> None:
    assert rows_of(end.join([b"id,a", b"P1,1", b"P2,2"])) == [["id", "a"], ["P1", "1"], ["P2", "2"]]


def test_characters_that_only_some_programs_take_for_line_ends_stay_in_the_cell() -> None:
    text = "id,a\nP1,one\u2028two\u0085three\x0bfour\n"
    assert rows_of(text.encode())[1] == ["P1", "one\u2028two\u0085three\x0bfour"]


def test_rows_beyond_the_first_block_keep_their_place() -> None:
    n = 25_003
    lines = ["id,x"] + [f"P{i},{i % 7}" for i in range(n)]
    lines[20_001] += ",late"
    (sheet,) = read_text("a.csv", "\n".join(lines).encode()).sheets
    assert sheet.n_rows == n + 1
    assert sheet.row(12_346) == ["P12344", str(12_344 % 7), None]
    assert sheet.row(20_002) == ["P20000", str(20_000 % 7), "late"]
    assert sheet.row(n + 1) == [f"P{n - 1}", str((n - 1) % 7), None]
    assert len(sheet.columns[1].values) == 9  # blank, x, 0 to 6


# --- separator ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("separator", "named"),
    [(",", "commas"), (";", "semicolons"), ("\t", "tabs"), ("|", "vertical bars")],
)
def test_the_separator_is_found_and_said(separator: str, named: str) -> None:
    data = f"id{separator}a\nP1{separator}1\n".encode()
    assert rows_of(data) == [["id", "a"], ["P1", "1"]]
    assert read_text("a.csv", data).notes[0].endswith(f"split at {named}.")


@pytest.mark.parametrize(
    ("text", "second"),
    [
        # decimal commas, in one column and in two
        ("id;mean\nP1;2,5\nP2;3,5\nP3;4\n", ["P1", "2,5"]),
        ("id;a;b\nP1;2,5;3,5\nP2;3,5;4,5\n", ["P1", "2,5", "3,5"]),
        # the header itself holds more commas than semicolons
        ("id;How often, if ever, do you, as a couple, talk?\nP1;1\nP2;3\n", ["P1", "1"]),
        # several ticks in one cell, as Microsoft Forms and Google Forms write them
        ("id,ticks\nP1,A;B;C;\nP2,A;\nP3,B;C;\n", ["P1", "A;B;C;"]),
        ('id\tticks\nP1\t"A, B"\nP2\tB\n', ["P1", "A, B"]),
        # separators inside quotation marks do not count
        ('id,"a;b;c;d"\nP1,"1;2;3;4"\n', ["P1", "1;2;3;4"]),
        # a title row that says nothing of the separator, and one with a comma
        ("Results\n\nid;a\nP1;1\nP2;2\n", [None, None]),
        ("Results, all sites\nid;a\nP1;1\nP2;2\n", ["id", "a"]),
        # one column only
        ("id\nP1\n", ["P1"]),
    ],
)
def test_the_separator_is_the_one_that_splits_every_row_alike(
    text: str, second: list[Cell]
) -> None:
    assert rows_of(text.encode())[1] == second


@pytest.mark.parametrize("line", ["sep=;", "SEP=;", '"sep=;"', "sep=; "])
def test_a_line_that_names_the_separator_is_a_blank_row(line: str) -> None:
    assert rows_of(f"{line}\r\nid;a,b\r\nP1;1\r\n".encode()) == [
        [None, None],
        ["id", "a,b"],
        ["P1", "1"],
    ]


def test_a_line_may_name_a_separator_that_is_never_looked_for() -> None:
    data = b"sep=^\nid^a\nP1^1,2;3\n"
    assert rows_of(data)[2] == ["P1", "1,2;3"]
    assert read_text("a.csv", data).notes == ("Read as text in UTF-8, split at the sign ^.",)
    assert rows_of(b"sep=\t\nid\ta\n")[1] == ["id", "a"]


def test_a_column_that_is_called_sep_is_no_such_line() -> None:
    assert rows_of(b"sep=yes,a\n1,2\n")[0] == ["sep=yes", "a"]


# --- encoding -------------------------------------------------------------------------------

ENGLISH = (
    "id,comment,paid\n"
    "P1,I don’t know – it’s “fine” …,£20\n"
    "P2,the parents’ café at 20°,½ hour\n"
    "P3,Zoë’s naïve fiancé said ‘no’,£5\n"
)
NAMES = "id,name\nP1,García\nP2,Müller\nP3,François\nP4,Þórsdóttir\nP5,Ångström\nP6,Niño\n"


@pytest.mark.parametrize("text", [ENGLISH, NAMES.replace("Þ", "T")])
@pytest.mark.parametrize(
    ("encoding", "named"),
    [
        ("utf-8", "UTF-8"),
        ("utf-8-sig", "UTF-8"),
        ("utf-16", "UTF-16"),
        ("cp1252", "Windows-1252"),
        ("mac_roman", "Mac Roman"),
    ],
)
def test_the_encoding_is_found_and_said(text: str, encoding: str, named: str) -> None:
    # Mac Roman has no fraction a half
    text = text.replace("½ hour", "1 hour") if encoding == "mac_roman" else text
    data = text.encode(encoding)
    assert rows_of(data) == list(csv.reader(text.splitlines()))
    assert read_text("a.csv", data).notes == (f"Read as text in {named}, split at commas.",)


def test_utf16_may_be_written_either_way_round() -> None:
    for mark, encoding in ((b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be")):
        data = mark + "id\tname\nP1\tZoë\n".encode(encoding)
        assert rows_of(data) == [["id", "name"], ["P1", "Zoë"]]


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("cp1252", "don’t"),
        ("cp1252", "£20"),
        ("cp1252", "café"),
        ("cp1252", "naïve"),
        ("cp1252", "“well”"),
        ("cp1252", "10 – 20"),
        ("cp1252", "5 or more…"),
        ("cp1252", "Señora O’Brien"),
        ("cp1252", "ANDRÉ"),
        ("mac_roman", "don’t"),
        ("mac_roman", "café"),
        ("mac_roman", "naïve"),
        ("mac_roman", "“well”"),
        ("mac_roman", "10 – 20"),
        ("mac_roman", "García"),
        ("mac_roman", "España"),
        ("mac_roman", "Zoë"),
        ("mac_roman", "für"),
    ],
)
def test_one_odd_word_is_enough_to_tell_windows_from_a_mac(encoding: str, text: str) -> None:
    assert rows_of(f"id,a\nP1,{text}\n".encode(encoding))[1] == ["P1", text]


def test_what_could_be_either_is_read_and_said_to_be_unsure() -> None:
    # Both encodings give two letters after a question mark: no word of any language.
    notes = read_text("a.csv", b"id,Are you a fan?\x8c\xe6\nP1,Yes\n").notes
    assert len(notes) == 2
    assert "choose another encoding" in notes[1]


def test_a_person_may_say_which_encoding_it_is() -> None:
    data = b"id,a\nP1,\x8e\n"
    assert rows_of(data, encoding="mac_roman")[1] == ["P1", "é"]
    assert rows_of(data, encoding="cp1252")[1] == ["P1", "Ž"]
    assert "Mac Roman" in read_text("a.csv", data, encoding="mac_roman").notes[0]
    assert rows_of("id,a\nP1,é\n".encode("utf-16-le"), encoding="utf-16")[1] == ["P1", "é"]


def test_an_encoding_that_cannot_be_is_refused() -> None:
    assert refusal(b"id,a\nP1,\xe9x\n", encoding="utf-8").code == "not_a_spreadsheet"
    assert refusal(b"id,a\nP1,\x81\n", encoding="cp1252").code == "not_a_spreadsheet"
    with pytest.raises(ValueError, match="encoding='latin'"):
        read_text("a.csv", b"a\n", encoding="latin")


def test_one_broken_character_does_not_spoil_the_others() -> None:
    text = "id,name\n" + "P1,Zoë García\n" * 20
    upload = read_text("a.csv", text.encode() + b"P2,caf\xe9\n")
    assert upload.sheets[0].row(2) == ["P1", "Zoë García"]
    assert upload.sheets[0].row(22) == ["P2", "caf\ufffd"]
    assert upload.notes[0].startswith("Read as text in UTF-8")
    assert upload.notes[1].startswith("1 character could not be read")


def test_plain_english_is_beyond_doubt() -> None:
    assert find_encoding(b"id,a\nP1,1\n") == ("utf-8", True)


# --- what cannot be read --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "row"),
    [
        (b'id,a\nP1,1\nP2,"open\nP3,1\n', 3),
        (b'id,a\nP1,"shut" too early\n', 2),
        (b"id,a\n" + b"P1,1\n" * 11_000 + b'P2,"open\n' + b"P3,1\n" * 50_000, 11_002),
    ],
)
def test_a_stray_quotation_mark_is_found_in_its_row(data: bytes, row: int) -> None:
    error = refusal(data)
    assert error.code == "not_a_spreadsheet"
    assert f"row {row:,} " in error.message


@pytest.mark.parametrize(
    "data", [b"", b"\n\n", b" , ,\n,,\n", b"sep=;\n", b'""\n', b"\xef\xbb\xbf"]
)
def test_nothing_but_blanks_is_an_empty_file(data: bytes) -> None:
    assert refusal(data).code == "empty_file"


@pytest.mark.parametrize("data", [b"id,a\nP1,\x00\n", "id,a\n".encode("utf-16-le")])
def test_bytes_that_are_no_text_are_refused(data: bytes) -> None:
    assert refusal(data).code == "not_a_spreadsheet"


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"x" * 50_000_001, "50 MB"),
        (b",".join([b"x"] * (MAX_COLUMNS + 1)), "1,001 columns"),
        (b"x\n" * 200_001, "200,001 rows"),
        (b"x\n" * 2_000_000, "200,000 rows"),
        # one long row would make 199,999 short ones as long
        (b",".join([b"x"] * 900) + b"\n1" * 150_000, "150,001 rows by 900 columns"),
        (b"id,a\nP1," + b"x" * (MAX_TEXT_LENGTH + 1), "32,767 characters"),
    ],
)
def test_too_much_is_refused_with_the_limit(data: bytes, words: str) -> None:
    error = refusal(data)
    assert error.code == "too_large"
    assert words in error.message


def test_the_limits_themselves_are_allowed() -> None:
    assert len(rows_of(b",".join([b"x"] * MAX_COLUMNS))[0]) == MAX_COLUMNS
    assert read_text("a.csv", b"x\n" * 200_000).sheets[0].n_rows == 200_000
    longest = b"x" * MAX_TEXT_LENGTH
    assert rows_of(b"id,a\nP1," + longest)[1][1] == longest.decode()


def test_blank_rows_and_columns_at_the_end_do_not_count_against_the_limits() -> None:
    assert rows_of(b"id,a" + b"," * 5_000 + b"\nP1,1\n") == [["id", "a"], ["P1", "1"]]
    assert rows_of(b"id,a\nP1,1\n" + b",\n" * 300_000) == [["id", "a"], ["P1", "1"]]


def test_no_sentence_repeats_a_cell() -> None:
    error = refusal(b'id,name\nP1,"Jane Doe\n')
    assert "Jane" not in error.message + error.fix


def test_other_readers_of_text_keep_their_own_limit() -> None:
    before = csv.field_size_limit()
    read_text("a.csv", b"id\nP1\n")
    refusal(b'id\n"P1\n')
    assert csv.field_size_limit() == before


# --- real files -----------------------------------------------------------------------------

SCORES = [
    "bdi_beat_the_blues_uk_rct.csv", "couples_acitelli_pairwise_148.csv",
    "das_jacobson1989_prepost.csv", "hads_oncology_n201.csv", "phq9_chiu_n2177.csv",
    "phq9_isixhosa_minimised.csv", "stai_state_28studies_waves.csv",
]  # fmt: skip


def real(name: str) -> bytes:
    path = REAL / name
    if not path.exists():
        pytest.skip(f"the real file {name} is not on this machine")
    return path.read_bytes()


@pytest.mark.parametrize("name", SCORES)
def test_real_score_files_arrive_cell_by_cell(name: str) -> None:
    data = real(f"scores/{name}")
    table = pd.read_csv(io.BytesIO(data), header=None, dtype=str, keep_default_na=False)
    expected = [[cell if cell.strip() else None for cell in row] for row in table.to_numpy()]
    assert rows_of(data) == expected


def test_none_is_a_word_in_a_real_file() -> None:
    (sheet,) = read_text("a.csv", real("scores/phq9_isixhosa_minimised.csv")).sheets
    words = [column.counts() for column in sheet.columns]
    assert any(counts.get("None") == 31 and counts.get("Some") == 16 for counts in words)


@pytest.mark.parametrize(
    ("name", "n_rows", "n_columns"),
    [
        ("surveymonkey_steak_2header.csv", 552, 15),
        ("qualtrics_legacy_2header_bom.csv", 3, 15),
        ("qualtrics_3header_sample.csv", 4, 20),
        ("redcap_longitudinal_events.csv", 19, 125),
        ("redcap_data_access_groups.csv", 4, 17),
        ("SYNTHETIC_wide_suffix_cp1252_semicolon.csv", 41, 29),
    ],
)
def test_real_exports_have_the_rows_and_columns_that_they_show(
    name: str, n_rows: int, n_columns: int
) -> None:
    (sheet,) = read_text(name, real(f"exports/{name}")).sheets
    assert (sheet.n_rows, len(sheet.columns)) == (n_rows, n_columns)


def test_a_real_semicolon_file_of_windows_is_recognised() -> None:
    data = real("exports/SYNTHETIC_wide_suffix_cp1252_semicolon.csv")
    upload = read_text("a.csv", data)
    assert upload.notes == ("Read as text in Windows-1252, split at semicolons.",)
    text = [cell for column in upload.sheets[0].columns for cell in column.values if cell]
    assert not any("\ufffd" in str(cell) for cell in text)


def test_a_byte_order_mark_is_no_part_of_the_first_header() -> None:
    (sheet,) = read_text("a.csv", real("exports/qualtrics_legacy_2header_bom.csv")).sheets
    assert sheet.row(1)[0] == "V1"
    assert sheet.row(2)[0] == "ResponseID"
