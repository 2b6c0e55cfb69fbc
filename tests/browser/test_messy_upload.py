"""Spreadsheets as sites have them, imported in a real browser by answering what is asked."""

from __future__ import annotations

import io
import re
from pathlib import Path

import openpyxl
import pytest
from playwright.sync_api import Page, expect

from tests.browser.looking import settle

EXPORTS = Path(__file__).resolve().parents[2] / ".." / "shared" / "real_data" / "exports"
# Each file, a site of its own, and what the page says once it is stored.
FILES = {
    "SYNTHETIC_couples_one_row_two_headers.xlsx": ("Croydon", "96 questionnaires new"),
    "SYNTHETIC_msforms_phq9.xlsx": ("Luton", "24 questionnaires new"),
    "SYNTHETIC_sheet_per_wave.xlsx": ("Dorset", "57 questionnaires new"),
    "SYNTHETIC_wide_suffix_cp1252_semicolon.csv": ("Lambeth", "120 questionnaires new"),
}


def choose_site(page: Page, server: str, name: str) -> None:
    page.goto(f"{server}/upload")
    page.get_by_label("Which site is it from?").click()
    page.get_by_role("option", name=name, exact=True).click()
    settle(page)


@pytest.mark.skipif(not EXPORTS.is_dir(), reason="the public spreadsheets are not here")
def test_four_messy_files_are_stored_by_answering_what_is_asked(page: Page, server: str) -> None:
    for name, (site, stored) in FILES.items():
        choose_site(page, server, site)
        page.set_input_files("input[type=file]", str(EXPORTS / name))
        expect(page.get_by_text("only you can answer")).to_be_visible()
        page.get_by_role("button", name="Use these answers").click()
        page.get_by_role("button", name="Store the rows that can be used").click()
        expect(page.get_by_text(stored)).to_be_visible()


def test_a_mistake_is_marked_corrected_and_the_upload_taken_back(
    page: Page, server: str, tmp_path: Path
) -> None:
    messy = tmp_path / "croydon.xlsx"
    messy.write_bytes(workbook([3, 1, 4]))
    choose_site(page, server, "Croydon")
    page.set_input_files("input[type=file]", str(messy))
    page.get_by_role("button", name="Use these answers").click()
    expect(page.get_by_text("'4' is not an answer to PHQ-9 item 3")).to_be_visible()
    with page.expect_download() as caught:
        page.get_by_role("button", name="Download the spreadsheet with these cells marked").click()
    marked = tmp_path / "marked.xlsx"
    caught.value.save_as(marked)
    sheet = openpyxl.load_workbook(marked)["Croydon parents"]
    assert sheet["E5"].value == 4
    assert "not an answer" in sheet["E5"].comment.text

    page.get_by_role("button", name="Store the rows that can be used").click()
    expect(page.get_by_text("as import 1")).to_be_visible()
    take_back(page, server)


def test_an_evaluator_corrects_the_marked_copy_confirms_and_takes_it_back(
    page: Page, server: str, tmp_path: Path
) -> None:
    messy = tmp_path / "croydon.xlsx"
    messy.write_bytes(workbook([3, 1, 4]))
    choose_site(page, server, "Croydon")
    page.set_input_files("input[type=file]", str(messy))
    page.get_by_role("button", name="Use these answers").click()
    with page.expect_download() as caught:
        page.get_by_role("button", name="Download the spreadsheet with these cells marked").click()
    book = openpyxl.load_workbook(io.BytesIO(Path(caught.value.path()).read_bytes()))
    book["Croydon parents"]["E5"].value = 2
    corrected = tmp_path / "corrected.xlsx"
    book.save(corrected)

    choose_site(page, server, "Croydon")
    page.set_input_files("input[type=file]", str(corrected))
    page.get_by_role("button", name="Use these answers").click()
    settle(page)
    expect(page.get_by_text("is not an answer to PHQ-9")).to_have_count(0)
    expect(page.get_by_text("Nothing has been stored yet.")).to_be_visible()
    page.get_by_role("button", name=re.compile("^Store")).click()
    expect(page.get_by_text("2 questionnaires new")).to_be_visible()
    page.goto(f"{server}/site?site=croydon")
    expect(page.get_by_role("heading", level=2, name=re.compile("^Croydon"))).to_be_visible()

    take_back(page, server)
    page.goto(f"{server}/site?site=croydon")
    expect(page.get_by_text("There are no data yet.")).to_be_visible()


def take_back(page: Page, server: str) -> None:
    """Undo the first import."""
    page.goto(f"{server}/upload")
    page.get_by_text("Earlier uploads", exact=True).click()
    page.wait_for_timeout(1000)  # a list that opens while the section still unfolds closes again
    page.get_by_role("combobox", name="Take an upload back").click()
    page.get_by_role("option", name="1", exact=True).click()
    page.get_by_role("button", name="Take import 1 back").click()
    expect(page.get_by_text("Import 1 was taken back")).to_be_visible()


def workbook(answers: list[int]) -> bytes:
    """A sheet with a title, labels of its own, and one answer that cannot be."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "Croydon parents"
    sheet.append(["Croydon pilot - updated by JB"])
    sheet.append([])
    sheet.append(["Client ID", "Timepoint", *[f"PHQ9.{number}" for number in range(1, 10)]])
    sheet.append(["C-1", "T1", *[1] * 9])
    sheet.append(["C-1", "T2", *answers, *[0] * 6])
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()
