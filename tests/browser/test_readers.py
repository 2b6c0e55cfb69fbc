"""A site lead reads, opens and takes along; a researcher takes the whole away and checks it."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

import docx
import openpyxl
import pytest
from playwright.sync_api import Browser, Page, expect

from evaluation.config import DisclosureRule
from pages.shell.navigation import DUE, EXPORT, REPORT, SITE
from tests.browser.conftest import serve, watched
from tests.browser.looking import MAIN, address, go_to, screen_of, settle
from tests.browser.programme import write_one_site

# Both counts of the average and the classes of change must have gone through the release rules.
MEASURE = ("Luton", "phq9", "total", "baseline_end")
MINUS = "\N{MINUS SIGN}"


@pytest.fixture(scope="module")
def luton_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A dashboard with one site: making every file of twelve takes a minute."""
    with serve(write_one_site(tmp_path_factory.mktemp("luton") / "store.db")) as started:
        yield started


@pytest.fixture
def luton(browser: Browser, luton_server: str) -> Iterator[Page]:
    yield from watched(browser, luton_server)


def download(page: Page, name: str | re.Pattern[str]) -> bytes:
    """The file that a button gives."""
    with page.expect_download() as caught:
        page.get_by_role("button", name=name).click()
    return Path(caught.value.path()).read_bytes()


def table_row(page: Page, caption: str, first: str) -> list[str]:
    """One row of a table by what stands in its first column."""
    table = page.get_by_role("table", name=caption)
    row = table.locator("tbody tr").filter(has_text=re.compile(f"^{first}"))
    expect(row).to_have_count(1)
    return row.locator("td").all_inner_texts()


def test_a_lead_opens_a_link_reads_opens_a_part_by_keyboard_and_comes_to_the_report(
    luton: Page, luton_server: str
) -> None:
    luton.goto(address(luton_server, screen_of(SITE)))
    expect(luton.get_by_role("heading", name="Luton: Low mood (PHQ-9 total)")).to_be_visible()
    settle(luton)
    findings = luton.locator(f"{MAIN} li").all_inner_texts()
    assert "got better by 2.0 points on average" in findings[0]
    assert "221 people" in findings[0]

    part = luton.locator("summary", has_text="How scores lay before and after")
    charts = luton.locator("[data-testid=stVegaLiteChart]").count()
    part.focus()
    luton.keyboard.press("Enter")
    expect(luton.locator("[data-testid=stVegaLiteChart]")).to_have_count(charts + 1)
    settle(luton)

    go_to(luton, screen_of(REPORT))
    expect(luton.get_by_role("heading", name="Distance travelled: Luton")).to_be_visible()
    settle(luton)


def test_the_report_is_taken_along_as_word_as_web_page_and_on_paper(
    luton: Page, luton_server: str
) -> None:
    luton.goto(address(luton_server, screen_of(REPORT)))
    expect(luton.get_by_role("heading", name="Distance travelled: Luton")).to_be_visible()
    settle(luton)
    word = docx.Document(io.BytesIO(download(luton, "Download for Word")))
    texts = [paragraph.text for paragraph in word.paragraphs]
    assert "Distance travelled: Luton" in texts
    assert len(word.tables) > 3
    assert len(word.inline_shapes) > 2

    web = download(luton, "Download as a web page").decode()
    assert re.search(r"<h1[^>]*>\s*Distance travelled: Luton", web)
    assert "https://cdn" not in web
    assert "<script src" not in web

    luton.emulate_media(media="print")
    paper = luton.pdf(format="A4")
    assert len(re.findall(rb"/Type\s*/Page\b", paper)) > 1


def test_the_report_shows_released_numbers_and_the_sites_page_its_own(
    luton: Page, luton_server: str
) -> None:
    luton.goto(address(luton_server, screen_of(REPORT)))
    expect(luton.get_by_role("heading", name="Distance travelled: Luton")).to_be_visible()
    settle(luton)
    words = luton.locator(MAIN).inner_text()
    assert "Of 220 people measured both times" in words
    assert "221 people" not in words


def test_a_researcher_makes_the_export_and_finds_the_numbers_of_the_screen_in_it(
    luton: Page, luton_server: str
) -> None:
    luton.goto(address(luton_server, screen_of(REPORT)))
    expect(luton.get_by_role("heading", name="Distance travelled: Luton")).to_be_visible()
    settle(luton)
    row = table_row(luton, "Low mood (PHQ-9 total), from when to when", "Start to end")
    number, before, after, change = row[1:5]

    go_to(luton, screen_of(EXPORT))
    luton.get_by_role("button", name="Make the research export").click()
    ready = re.compile("Download the research export")
    expect(luton.get_by_role("button", name=ready)).to_be_visible(timeout=120_000)
    with zipfile.ZipFile(io.BytesIO(download(luton, ready))) as made:
        names = made.namelist()
        book = openpyxl.load_workbook(io.BytesIO(made.read("results.xlsx")))
    assert {"README.txt", "methods.md", "codebook.csv", "effects.csv"} <= set(names)
    assert not [name for name in names if name.endswith((".sav", "scores.csv"))]
    assert book.sheetnames[0] == "Read me"

    effects = rows_of(book["effects"])
    mine = next(
        each for each in effects
        if (each["site"], each["instrument"], each["scale"], each["contrast"]) == MEASURE
    )  # fmt: skip
    assert str(mine["n"]) == number
    assert f"{mine['mean_before']:.1f}" == before
    assert f"{mine['mean_after']:.1f}" == after
    assert f"{mine['improvement']:+.1f}" == change.replace(MINUS, "-")

    rule = DisclosureRule()
    for each in effects:
        assert not each["n"] or each["n"] % rule.round_to == 0
        if each["improvement"] is not None:
            assert each["n"] >= rule.min_n


def rows_of(sheet: openpyxl.worksheet.worksheet.Worksheet) -> list[dict]:
    """A sheet as rows by the names in its first line."""
    header, *rows = sheet.iter_rows(values_only=True)
    return [dict(zip(header, row, strict=True)) for row in rows]


def test_the_list_of_who_is_due_comes_as_a_workbook(luton: Page, luton_server: str) -> None:
    luton.goto(address(luton_server, screen_of(DUE)))
    expect(luton.get_by_role("heading", name="Can answer now")).to_be_visible()
    settle(luton)
    book = openpyxl.load_workbook(io.BytesIO(download(luton, "Download as a workbook")))
    assert book.sheetnames
