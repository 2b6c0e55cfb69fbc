"""One number everywhere: what is released of a site is the same in every file, chart and table.

And what is hidden is in none of them. Three of the sites are large enough; Lambeth is not.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from html.parser import HTMLParser
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from evaluation.config import Settings
from evaluation.disclosure import release_attrition, release_evidence
from evaluation.ingest.pipeline import read_files
from evaluation.programme import Results, analyse
from evaluation.report import charts, result_tables
from evaluation.report.document_html import story_html
from evaluation.report.export import Export, csv_package, prepare_export, workbook_bytes
from evaluation.report.story import Story, build_story
from evaluation.report.story.model import Picture, TableBlock, blocks_of
from evaluation.tables.evidence import evidence_table
from pages.shell.tables import changes

SITE, SMALL = "Essex", "Lambeth"
SITES = ("blackburn", "essex", "hertfordshire", "lambeth")
CONTRAST, STEP = "baseline_end", "3m"
HIDDEN_STEP = "end"  # one person can still answer, so those lost would follow
WHEN = "3 months after the end"


@dataclass(frozen=True)
class Told:
    """What every place has to say of the site, worked out from the answers alone."""

    n: int
    before: float
    after: float
    improvement: float
    heard_from: int
    due: int


@pytest.fixture(scope="module")
def results(sample_folder: Path) -> Results:
    """Four sites of the sample programme on one questionnaire."""
    paths = sorted(sample_folder.glob("*.xlsx"))
    chosen = [path for path in paths if any(name in path.stem for name in SITES)]
    dataset = read_files([(p.name, p.read_bytes()) for p in chosen], site_required=True).dataset
    answers = {"core_10": dataset.answers["core_10"]}
    return analyse(replace(dataset, answers=answers, reasons=dataset.reasons.iloc[:0]), Settings())


@pytest.fixture(scope="module")
def told(results: Results) -> Told:
    pairs = results.pairs[CONTRAST]
    used = pairs[(pairs["site"] == SITE) & (pairs["excluded"] == "")]
    states = results.states[(results.states["site"] == SITE) & (results.states["wave"] == STEP)]
    came, lost = ((states["state"] == name).sum() for name in ("done", "missed"))
    before, after = used["before"].mean(), used["after"].mean()
    return Told(
        n=nearest_5(len(used)), before=round(before, 1), after=round(after, 1),
        improvement=round(before - after, 1),
        heard_from=nearest_5(came), due=nearest_5(came) + nearest_5(lost),
    )  # fmt: skip


@pytest.fixture(scope="module")
def export(results: Results) -> Export:
    names = ("effects", "reliable_change", "attrition")
    some = [table for table in result_tables.RESULT_TABLES if table.name in names]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(result_tables, "RESULT_TABLES", some)
        return prepare_export(results, disclosure="release")


@pytest.fixture(scope="module")
def of_site(results: Results) -> Story:
    return build_story(results, SITE)


@pytest.fixture(scope="module")
def of_all(results: Results) -> Story:
    return build_story(results)


def nearest_5(n: int) -> int:
    return 5 * int(n / 5 + 0.5)


def sheets_of(export: Export, results: Results) -> Iterator[dict[str, pd.DataFrame]]:
    """The tables as the CSV files have them, then as the workbook has them."""
    with zipfile.ZipFile(io.BytesIO(csv_package(export))) as package:
        yield {name: pd.read_csv(package.open(f"{name}.csv")) for name in ("effects", "attrition")}
    book = openpyxl.load_workbook(io.BytesIO(workbook_bytes(export, results)))
    found = {}
    for name in ("effects", "attrition"):
        rows = list(book[name].iter_rows(values_only=True))
        head = next(at for at, row in enumerate(rows) if row[0] == "site")
        found[name] = pd.DataFrame(rows[head + 1 :], columns=rows[head])
    yield found


def row_of(table: pd.DataFrame, site: str, **place: str) -> pd.Series:
    rows = table[table["site"] == site]
    for name, value in place.items():
        rows = rows[rows[name] == value]
    assert len(rows) == 1
    return rows.iloc[0]


def table_of(story: Story, column: str, words: str) -> list[tuple[str, ...]]:
    """The rows of the one table with this first column and these words in its caption."""
    tables = [block for block in blocks_of(story.sections) if isinstance(block, TableBlock)]
    (found,) = (t for t in tables if t.header[0] == column and words in t.caption)
    return list(found.rows)


def drawn(chart: charts.Chart) -> list[dict]:
    """What a chart sends to the browser, where a tooltip may show it."""
    return [row for rows in chart.spec["datasets"].values() for row in rows]


def pictures(story: Story, title: str) -> list[dict]:
    found = [b for b in blocks_of(story.sections) if isinstance(b, Picture) and title in b.title]
    return [row for picture in found for row in drawn(picture.chart)]


def site_bars(export: Export, results: Results) -> list[dict]:
    """The chart of the sites side by side, as files and pages draw it from what is released."""
    effects = export.tables["effects"]
    rows = effects[(effects["contrast"] == CONTRAST) & (effects["site"] != "ALL")]
    chart = charts.forest_chart(rows, results.instruments["core_10"].scale("total"))
    return [row for row in drawn(chart) if "label" in row]


class Cells(HTMLParser):
    """The rows of every table of a page, as texts."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.rows: list[tuple[str, ...]] = []
        self._row: list[str] | None = None
        self._text: list[str] | None = None
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag == "tr":
            self._row = []
        elif tag in ("td", "th"):
            self._text = []

    def handle_data(self, data: str) -> None:
        if self._text is not None:
            self._text.append(data)

    def handle_endtag(self, tag: str) -> None:
        if tag in ("td", "th") and self._row is not None and self._text is not None:
            self._row.append("".join(self._text).strip())
            self._text = None
        elif tag == "tr" and self._row is not None:
            self.rows.append(tuple(self._row))
            self._row = None


# --- what is told ------------------------------------------------------------------------------


def test_the_files_hold_the_rounded_numbers(export, results, told) -> None:
    for sheets in sheets_of(export, results):
        effect = row_of(sheets["effects"], SITE, contrast=CONTRAST)
        assert (effect["n"], effect["mean_before"], effect["mean_after"]) == (
            told.n, told.before, told.after,
        )  # fmt: skip
        assert effect["improvement"] == told.improvement
        step = row_of(sheets["attrition"], SITE, step=STEP, unit="person")
        assert step["done"] == told.heard_from
        assert step["done"] + step["missed"] == told.due
        assert step["rate"] == pytest.approx(told.heard_from / told.due)


def test_the_report_of_the_site_says_the_same_in_tables_and_web_page(of_site, told) -> None:
    change = ("Start to end", str(told.n), f"{told.before}", f"{told.after}")
    share = f"{100 * told.heard_from / told.due:.0f} in 100"
    html = Cells(story_html(of_site)).rows
    for rows in (table_of(of_site, "From when to when", "from when"), html):
        (row,) = (r for r in rows if r[0] == "Start to end")
        assert row[:5] == (*change, f"+{told.improvement}")
    for rows in (table_of(of_site, "Step", "each step"), html):
        (row,) = (r for r in rows if r[0] == f"Answered {WHEN}")
        assert row[1] == str(told.heard_from)
        assert row[5].startswith(share)


def test_its_charts_hold_the_same_and_no_more_digits(of_site, told) -> None:
    (row,) = (
        r for r in pictures(of_site, "before and after") if r["label"].startswith("Start to e")
    )
    assert row["label"] == f"Start to end|n = {told.n}"
    assert (row["before"], row["after"]) == (told.before, told.after)
    (row,) = (r for r in pictures(of_site, "heard from") if "3 months" in r["label"])
    assert row["text"] == f"{told.heard_from} of {told.due}"
    assert row["share"] == pytest.approx(100 * told.heard_from / told.due)


def test_beside_the_other_sites_it_is_the_same(export, results, of_all, told) -> None:
    (bar,) = (row for row in site_bars(export, results) if row["label"].startswith(SITE))
    assert told.improvement in bar.values()
    assert f"n = {told.n}" in bar["label"]
    shares = {row[0]: row for row in table_of(of_all, "Site", "Share heard from")}
    assert f"{100 * told.heard_from / told.due:.0f}% of {told.due}" in shares[SITE]


def test_the_page_of_the_site_agrees_where_both_are_rounded(results, told) -> None:
    """A site sees its own numbers as they are; rounded they are those that left."""
    effects = results.effects[results.effects["contrast"] == CONTRAST]
    own = effects[effects["site"] == SITE]
    (row,) = changes(own, results.instruments).to_dict("records")
    assert nearest_5(int(row["Number"])) == told.n
    assert (row["Before"], row["After"]) == (f"{told.before}", f"{told.after}")
    assert row["Change (+ is better)"] == f"+{told.improvement}"
    scale = results.instruments["core_10"].scale("total")
    (line,) = drawn(charts.before_after_chart(own, scale))
    assert (round(line["before"], 1), round(line["after"], 1)) == (told.before, told.after)
    assert line["label"].endswith(f"n = {row['Number']}")


# --- what is hidden ----------------------------------------------------------------------------


def test_the_small_site_has_no_number_anywhere(export, results, of_all) -> None:
    for sheets in sheets_of(export, results):
        effect = row_of(sheets["effects"], SMALL, contrast=CONTRAST)
        numbers = ["n", "n_couples", "mean_before", "mean_after", "improvement", "share_improved"]
        assert effect[numbers].isna().all()
        assert effect["reason"] == "SUPPRESSED"
        # Nor may it follow from all sites together.
        together = row_of(sheets["effects"], "ALL", contrast=CONTRAST)
        assert together[numbers[2:]].isna().all()
        steps = sheets["attrition"]
        assert steps[(steps["site"] == SMALL) & (steps["step"] == STEP)]["rate"].isna().all()
    shares = {row[0]: row[1:] for row in table_of(of_all, "Site", "Share heard from")}
    assert set(shares[SMALL]) == {"hidden"}
    own = [row for row in Cells(story_html(of_all)).rows if row[0] == SMALL]
    assert own and all(set(row[1:]) <= {"few", "hidden"} for row in own)
    bars = [row for row in site_bars(export, results) if row["label"].startswith(SMALL)]
    assert not any(isinstance(value, float) for row in bars for value in row.values())


def test_a_hidden_step_is_in_no_table_and_no_chart(export, results, of_site) -> None:
    for sheets in sheets_of(export, results):
        step = row_of(sheets["attrition"], SITE, step=HIDDEN_STEP, unit="person")
        assert step[["missed", "window_open", "not_yet_due", "rate"]].isna().all()
    html = Cells(story_html(of_site)).rows
    for rows in (table_of(of_site, "Step", "each step"), html):
        (row,) = (r for r in rows if r[0] == "Answered at the end of support")
        assert row[2:] == ("hidden",) * 4
    labels = [row["label"] for row in pictures(of_site, "heard from")]
    assert labels and not any("end of support" in label.replace("|", " ") for label in labels)


def test_the_evidence_card_says_who_came_back_where_attrition_does(results: Results) -> None:
    rates = release_attrition(results.attrition, Settings().disclosure)
    rates = rates[rates["unit"] == "person"].set_index(["site", "step"])["rate"]
    card = release_evidence(
        evidence_table(results), results.attrition, results.effects, Settings().disclosure
    )
    rows = card[(card["aspect"] == "retention") & (card["contrast"] != "baseline_mid")]
    steps = rows["contrast"].str.removeprefix("baseline_")
    shown = dict(zip(zip(rows["site"], steps, strict=True), rows["value"], strict=True))
    assert shown[SITE, STEP] is not None and shown[SITE, HIDDEN_STEP] is None
    for place, value in shown.items():
        assert value is None or value == rates[place]
