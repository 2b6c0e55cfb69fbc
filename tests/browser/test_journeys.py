"""The main journeys in a real browser: upload to result, a bad file, two clicks to a site."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest
from playwright.sync_api import Page, expect

from sample_data.generate import write_awkward, write_programme
from tests.browser.looking import settle


@pytest.fixture(scope="session")
def workbooks(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("sample")
    return {path.stem: path for path in write_programme(folder)}


def test_an_evaluator_uploads_reads_the_site_and_downloads_its_workbook(
    page: Page, server: str, workbooks: dict[str, Path], tmp_path: Path
) -> None:
    page.goto(f"{server}/upload")
    page.set_input_files("input[type=file]", str(workbooks["SYNTHETIC_dorset"]))
    expect(page.get_by_text("What was understood")).to_be_visible()
    expect(page.get_by_text("Nothing has been stored yet.")).to_be_visible()
    page.get_by_role("button", name="Store the rows that can be used").click()
    page.get_by_role("link", name="See the results of Dorset").click()
    expect(page.get_by_role("heading", name="Dorset")).to_be_visible()
    expect(page.get_by_text("made-up data").first).to_be_visible()
    settle(page)
    page.get_by_role("button", name="Prepare the results of Dorset as a file").click()
    expect(page.get_by_text("Look at this before you share it")).to_be_visible(timeout=60_000)
    with page.expect_download() as caught:
        page.get_by_role("button", name="Download the results of Dorset").click()
    target = tmp_path / "results.xlsx"
    caught.value.save_as(target)
    workbook = openpyxl.load_workbook(target)
    assert workbook.sheetnames[0] == "Read me"
    sites = {row[0] for row in workbook["effects"].iter_rows(min_row=2, values_only=True)}
    assert sites == {"Dorset"}


def test_a_pdf_that_calls_itself_a_workbook_gets_one_sentence(
    page: Page, server: str, tmp_path: Path
) -> None:
    bad = tmp_path / "answers.xlsx"
    bad.write_bytes(b"%PDF-1.7 not a workbook at all")
    page.goto(f"{server}/upload")
    page.set_input_files("input[type=file]", str(bad))
    expect(page.get_by_text("is a PDF document, not a spreadsheet")).to_be_visible()
    expect(page.get_by_text("Nothing was stored.")).to_be_visible()
    assert "Traceback" not in page.content()


def test_every_mistake_of_an_awkward_workbook_is_listed_with_its_cell(
    page: Page, server: str, tmp_path: Path
) -> None:
    broken = next(path for path in write_awkward(tmp_path) if "broken" in path.name.lower())
    page.goto(f"{server}/upload")
    page.set_input_files("input[type=file]", str(broken))
    for words in (
        "is not an answer to PHQ-9 item",
        "is not a known point in time",
        "dates must lie between 1990 and today",
    ):
        expect(page.get_by_text(words).first).to_be_visible()


def test_a_lead_reaches_a_site_in_two_clicks(page: Page, server: str) -> None:
    page.goto(server)
    page.get_by_role("button", name="Load the sample programme").click()
    page.get_by_role("link", name="Luton").click(timeout=90_000)
    expect(page.get_by_role("heading", name="Luton")).to_be_visible()
    settle(page)
    assert page.url.endswith("site=luton")


def test_a_link_to_an_unknown_site_shows_no_other_site(
    sample_page: Page, sample_server: str
) -> None:
    sample_page.goto(f"{sample_server}/site?site=atlantis")
    expect(sample_page.get_by_text("There is no site 'atlantis'")).to_be_visible()
    settle(sample_page)
    main = sample_page.locator("[data-testid=stMain]").inner_text()
    assert "Luton" not in main
