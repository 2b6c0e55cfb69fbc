"""Personal details among codes and answers: found by their pattern, never repeated."""

from __future__ import annotations

import csv
import datetime as dt
import random
from pathlib import Path

import pytest

from evaluation.ingest.files.cells import UnreadableFileError
from evaluation.ingest.files.read import read_upload
from evaluation.ingest.meaning.personal import (
    looks_like_name,
    looks_personal,
    personal_header,
    personal_kinds,
)
from evaluation.ingest.pipeline import read_files

EXPORTS = Path(__file__).resolve().parents[3] / ".." / "shared" / "real_data" / "exports"


@pytest.mark.parametrize(
    ("cell", "kind"),
    [
        ("jo@example.org", "an e-mail address"),
        ("write to jo.bloggs+lfo@mail.example.co.uk please", "an e-mail address"),
        ("07700 900123", "a phone number"), ("07700900123", "a phone number"),
        ("+44 7700 900123", "a phone number"), ("+44 (0)20 7946 0958", "a phone number"),
        ("0044 161 496 0123", "a phone number"), ("(020) 7946 0958", "a phone number"),
        ("ring 01632-960-001 after six", "a phone number"), ("07700.900.123", "a phone number"),
        ("07700 900123 or 07700 900124", "a phone number"), ("447700900123", "a phone number"),
        (447700900123.0, "a phone number"), ("943.476.5919", "an NHS number"),
        ("born 3.4.85", "a date of birth"), ("DOB: 03.04.85", "a date of birth"),
        ("SW1A 1AA", "a postcode"), ("sw1a1Aa", "a postcode"), ("M1 1AE", "a postcode"),
        ("gir 0aa", "a postcode"), ("lives near LU3 2QQ now", "a postcode"),
        ("EC1A\u00a01BB", "a postcode"), ("CR2 6XH", "a postcode"),
        ("943 476 5919", "an NHS number"), ("9434765919", "an NHS number"),
        (9434765919, "an NHS number"), (9434765919.0, "an NHS number"),
        ("NHS no 943-476-5919", "an NHS number"),
        ("AB 12 34 56 C", "a National Insurance number"),
        ("ab123456c", "a National Insurance number"),
        ("03/04/1985", "a date of birth"), ("1985-04-03", "a date of birth"),
        ("3 April 1985", "a date of birth"), ("April 3rd, 1985", "a date of birth"),
        ("3.4.1985", "a date of birth"), ("3/4/85", "a date of birth"),
        ("born 3 Apr 85", "a date of birth"), (dt.date(1985, 4, 3), "a date of birth"),
        (dt.datetime(2009, 4, 3, 0, 0), "a date of birth"),
    ],
)  # fmt: skip
def test_each_kind_is_found_and_named(cell: object, kind: str) -> None:
    assert looks_personal(cell) == kind


@pytest.mark.parametrize(
    "cell",
    [
        "", None, 0, 3, 2.5, "WL-001", "WL 001", "AB12", "AB12-C", "Couple A", "Luton", "LUT-C12",
        "0", "12/27", "phq9_1", "mother", "18-24", "25 to 34", "007", "7a", "P-2017-003",
        "3292879998",  # ten digits without the check digit of an NHS number
        "9434765918", "1234567890", "1111111111", "ID9434765919", "A-9434765919",
        "01-02-03", "12-03-07", "1.2.10", "2017-06-30", "30/06/2017", "30 June 2017",
        dt.date(2017, 6, 30), dt.datetime(2017, 6, 30, 9, 0), dt.time(9, 0),
        "943.4765919", "born 3 weeks early", "1.943.476.5919", "446600900123",
        "0 1 2 3 0 1 2 3 0 1", "0,1,2,3,0,1,2,3,0,1", "01.02.2017 10.30", "01-02-2017 10:30",
        "several days", "more than half the days", "1 - not at all", "@home", "me @ work",
        "00000000000", "123456789012345", "QQ123456C", "Q1 2AB", "E 2017", "S1 T2", "0123456789012",
    ],
)  # fmt: skip
def test_codes_answers_and_dates_of_a_programme_are_let_alone(cell: object) -> None:
    assert looks_personal(cell) == ""


def test_only_the_beginning_of_a_long_text_is_searched() -> None:
    assert looks_personal("x " * 200 + "jo@example.org") == "an e-mail address"
    assert looks_personal("x" * 200_000 + " jo@example.org") == ""
    assert looks_personal("0" * 200_000) == ""
    assert looks_personal("a@" * 100_000) == ""


def nhs_number(rng: random.Random) -> str:
    """Nine digits and the check digit: 11 less the weighted sum modulo 11."""
    while True:
        digits = [rng.randrange(10) for _ in range(9)]
        check = 11 - sum(d * w for d, w in zip(digits, range(10, 1, -1), strict=True)) % 11
        if check != 10 and len(set(digits)) > 1:
            text = "".join(map(str, digits)) + str(check % 11)
            return rng.choice([text, f"{text[:3]} {text[3:6]} {text[6:]}"])


def seeded_cells(rng: random.Random) -> list[str]:
    """Two hundred personal details of made-up people, a third of them inside a sentence."""
    areas = ["SW1A", "M1", "LU3", "CR0", "B33", "EC1A", "W1A", "SY16", "NE4", "L8"]

    def postcode() -> str:
        inward = f"{rng.randrange(10)}{rng.choice('ABDEFGHJLNPQRSTUWXYZ')}{rng.choice('ABDEF')}"
        code = rng.choice(areas) + rng.choice([" ", ""]) + inward
        return "".join(rng.choice([m.upper(), m.lower()]) for m in code)

    def phone() -> str:
        line = f"{rng.randrange(1000):03}{rng.randrange(1000):03}"
        return rng.choice(
            [f"07700{line}", f"07700 {line}", f"07700 {line[:3]} {line[3:]}", f"+44 7700 {line}",
             f"+44(0)7700{line}", f"(01632) {line}", f"0161 496 {line[:4]}", f"01632-{line}"]
        )  # fmt: skip

    def born() -> str:
        day = dt.date(1950, 1, 1) + dt.timedelta(days=rng.randrange(18_000))
        form = rng.choice(["%d/%m/%Y", "%Y-%m-%d", "%d.%m.%Y", "%d %B %Y", "%d-%b-%Y", "%d/%m/%y"])
        return day.strftime(form)

    def insurance() -> str:
        pair = rng.choice(["AB", "CE", "JG", "PW", "SR", "YZ"])
        digits = f"{rng.randrange(10**6):06}"
        spaced = f"{pair} {digits[:2]} {digits[2:4]} {digits[4:]} {rng.choice('ABCD')}"
        return rng.choice([spaced, spaced.replace(" ", "")])

    def mail() -> str:
        return f"{rng.choice(['jo', 'a.b', 'x_y'])}{rng.randrange(99)}@{rng.choice('abc')}.org.uk"

    makers = [postcode, phone, born, insurance, mail, lambda: nhs_number(rng)]
    cells = [makers[i % len(makers)]() for i in range(200)]
    return [f"see {cell} please" if i % 3 == 0 else cell for i, cell in enumerate(cells)]


def test_nineteen_of_twenty_seeded_details_are_found() -> None:
    cells = seeded_cells(random.Random(20170630))
    missed = [cell for cell in cells if not looks_personal(cell)]
    assert len(cells) == 200
    assert len(missed) <= 10, missed


def test_hardly_any_answer_or_code_is_taken_for_a_detail() -> None:
    rng = random.Random(20170630)
    sites = ["LUT", "CRO", "WL", "MAN", "B", "NE"]
    words = ["Not at all", "Several days", "More than half the days", "Nearly every day", "DNA",
             "N/A", "Often", "1 - Several days", "prefer not to say", "12*", "?",
             "999"]  # fmt: skip
    cells: list[object] = [rng.randrange(6) for _ in range(300)]
    cells += [rng.choice(words) for _ in range(300)]
    cells += [f"{rng.choice(sites)}{rng.choice(['-', ' ', ''])}{rng.randrange(1000):03}"
              for _ in range(300)]  # fmt: skip
    cells += [f"{rng.choice(sites)}-C{rng.randrange(100)}" for _ in range(100)]
    cells += [dt.date(2016, 1, 1) + dt.timedelta(days=rng.randrange(800)) for _ in range(200)]
    taken = [cell for cell in cells if looks_personal(cell)]
    assert len(taken) <= len(cells) // 100, taken


def test_names_are_two_capitalised_words_and_codes_are_not() -> None:
    for text in ["Jane Smith", "Jean-Luc O'Brien", "Smith, Jane", "Mrs Jane Smith", "Jane A. Smith",
                 "Zo\u00eb McDonald", "Mary Jane Smith"]:  # fmt: skip
        assert looks_like_name(text) == "a name", text
    for text in ["WL 001", "AB12", "Couple A", "Couple Two", "WL-001", "jane", "Jane", "JS", "J S",
                 "Partner Two", "several days", "Not True", "Manchester Pilot", "A B",
                 ""]:  # fmt: skip
        assert looks_like_name(text) == "", text


def test_a_column_of_long_codes_is_no_column_of_nhs_numbers() -> None:
    rng = random.Random(20170630)
    real = [nhs_number(rng) for _ in range(30)]
    assert personal_kinds([*real, "9434765918"]) == dict.fromkeys(real, "an NHS number")
    codes = [3292879000 + n for n in range(550)]
    assert 30 < sum(looks_personal(code) != "" for code in codes) < 70  # one in eleven
    assert personal_kinds(codes) == {}
    assert personal_kinds(["9434765919"]) == {"9434765919": "an NHS number"}


def test_mobile_numbers_that_lost_their_nought_are_found_in_their_column() -> None:
    rng = random.Random(20170630)
    mobiles = [7_000_000_000 + rng.randrange(100_000_000, 600_000_000) for _ in range(30)]
    assert personal_kinds([*mobiles, "none", None, 7]) == dict.fromkeys(mobiles, "a phone number")
    assert personal_kinds([7700900123.0]) == {7700900123.0: "a phone number"}
    # Codes that count up, and codes of which few begin so, are codes.
    assert personal_kinds([7700900000 + n for n in range(40)]) == personal_kinds([])
    others = [1_000_000_007 * n for n in range(1, 9)]
    assert 7_000_000_049 in others
    assert "a phone number" not in personal_kinds(others).values()


def test_names_are_looked_for_among_codes_only() -> None:
    cells = ["Jane Smith", "WL-001", "jo@example.org", None, 7]
    assert personal_kinds(cells) == {"jo@example.org": "an e-mail address"}
    assert personal_kinds(cells, codes=True) == {
        "Jane Smith": "a name",
        "jo@example.org": "an e-mail address",
    }


@pytest.mark.parametrize(
    ("header", "kind"),
    [
        ("Name", "a name"), ("first_name", "a name"), ("Surname", "a name"),
        ("What is your full name?", "a name"), ("RecipientLastName", "a name"),
        ("Child's name", "a name"), ("Next of kin", "a name"),
        ("Email", "an e-mail address"), ("E-mail address", "an e-mail address"),
        ("Email2", "an e-mail address"), ("telephone_1", "a phone number"),
        ("Mobile", "a phone number"),
        ("Contact number", "a phone number"), ("Home tel", "a phone number"),
        ("Postcode", "an address"), ("home_post_code", "an address"), ("Address 1", "an address"),
        ("IPAddress", "an IP address"), ("ip_address", "an IP address"),
        ("DOB", "a date of birth"), ("Date of Birth", "a date of birth"),
        ("child_dob", "a date of birth"), ("Birthday", "a date of birth"),
        ("NHS Number", "an official number"), ("NI number", "an official number"),
        ("LocationLatitude", "a place on the map"),
    ],
)  # fmt: skip
def test_headers_name_personal_details(header: str, kind: str) -> None:
    assert personal_header(header) == kind


@pytest.mark.parametrize(
    "header",
    [
        "site",
        "participant",
        "wave",
        "completed_on",
        "phq9_1",
        "das_32_total",
        "Timestamp",
        "redcap_event_name",
        "Site name",
        "Completion time",
        "Couple ID",
        "NHS region",
        "gender",
        "We address our problems calmly",
        "My partner calls me names",
        "hotel",
        "",
        "Trouble relaxing",
        "referral_route",
        "administered_by_role",
        "age_band",
        "mode",
    ],
)
def test_headers_of_answers_and_codes_name_none(header: str) -> None:
    assert personal_header(header) == ""


@pytest.mark.skipif(not EXPORTS.exists(), reason="the real exports are not here")
def test_a_real_export_with_contact_details() -> None:
    with (EXPORTS / "redcap_survey.csv").open(encoding="utf-8") as file:
        header, *rows = csv.reader(file)
    named = {name for name in header if personal_header(name)}
    assert named == {"dob", "email", "first_name", "last_name", "address", "telephone_1"}
    mails = [row[header.index("email")] for row in rows if row[header.index("email")]]
    assert mails
    assert {looks_personal(mail) for mail in mails} == {"an e-mail address"}


@pytest.mark.skipif(not EXPORTS.exists(), reason="the real exports are not here")
def test_a_real_column_of_respondents_numbers() -> None:
    with (EXPORTS / "surveymonkey_steak_2header.csv").open(encoding="cp1252") as file:
        numbers = [row[0] for row in csv.reader(file)][2:]
    assert len(numbers) == 550
    assert sum(looks_personal(number) != "" for number in numbers) == 49
    assert personal_kinds(numbers) == {}


def share_taken(files: list[Path]) -> tuple[int, int]:
    """How many cells these files hold, and how many of them are taken for personal details."""
    n = taken = 0
    for path in files:
        try:
            upload = read_upload(path.name, path.read_bytes())
        except UnreadableFileError:
            continue
        for sheet in upload.sheets:
            for column in sheet.columns:
                counts = column.counts()
                n += sum(counts.values())
                taken += sum(counts[cell] for cell in personal_kinds(counts))
    return n, taken


@pytest.mark.skipif(not EXPORTS.exists(), reason="the real exports are not here")
def test_of_all_cells_of_real_files_hardly_any_is_taken_for_a_detail() -> None:
    # Contact details and dates of birth that do stand there are among those taken.
    scores = EXPORTS.parent / "scores"
    n, taken = share_taken(sorted([*EXPORTS.iterdir(), *scores.iterdir()]))
    assert n > 100_000
    assert taken <= n // 100, (taken, n)
    n, taken = share_taken(sorted(scores.iterdir()))  # answers and codes only
    assert (n > 100_000, taken) == (True, 0)


def test_no_cell_of_the_sample_programme_is_taken_for_a_detail(sample_folder: Path) -> None:
    n, taken = share_taken(sorted(sample_folder.iterdir()))
    assert (n > 50_000, taken) == (True, 0)


@pytest.mark.parametrize(
    "header", ["Client name", "Full Name", "surname", "Mum's first name", "Worker_name", "NHS no"]
)
def test_a_whole_column_with_such_a_header_is_left_behind_whatever_its_cells(header: str) -> None:
    rows = [["participant", "wave", "phq9_total", header]]
    rows += [[f"P{i}", "baseline", str(i), f"zq{i}"] for i in range(10)]  # no pattern would find it
    data = "\n".join(",".join(row) for row in rows).encode()
    report = read_files([("a.csv", data)], site="Luton")
    (told,) = [p for p in report.problems if p.code == "personal_data"]
    assert told.column == "D"
    kept = [report.dataset.participants.to_csv(), report.dataset.records.to_csv()]
    assert "zq" not in "".join([*kept, *(p.message + p.fix + p.value for p in report.problems)])
