"""Whatever leaves the program: no text in it acts, and nothing hides in it."""

from __future__ import annotations

import datetime as dt
import io
import logging
from collections.abc import Iterator

import openpyxl
import pandas as pd
import pytest
import xlsxwriter

from evaluation.config import parse_settings
from evaluation.ingest.columns.mapping_file import how_it_was_read
from evaluation.ingest.pipeline import read_files
from evaluation.ingest.templates.template import LISTS_SHEET, write_template
from evaluation.model import ALL_SITES
from evaluation.programme import Results, analyse
from evaluation.report import result_tables
from evaluation.report.annotated import annotate
from evaluation.report.document_html import story_html
from evaluation.report.document_word import story_word
from evaluation.report.export import csv_package, prepare_export, workbook_bytes
from evaluation.report.research import archive
from evaluation.report.story import build_story
from evaluation.report.tables import csv_bytes, neutralise, tidy
from evaluation.report.worklist import worklist_csv, worklist_xlsx
from evaluation.store.repository import Store
from evaluation.tables.due import due_list, latest_modes
from instruments.registry import get
from pages.shell.widgets import problems_csv
from tests.evaluation.report.hostile_upload import (
    ACTIVE,
    FORMULA_FILE,
    MARKERS,
    PAYLOADS,
    TOLD_TO_THE_UPLOADER,
    UNSEEN,
    hostile_report,
    hostile_results,
    marked_workbook,
)
from tests.evaluation.report.opened_files import (
    PROGRAM,
    csv_rows,
    leading_out,
    live_cells,
    people_named,
    sheet_names,
    stowaways,
    unpacked,
)

QUICK = {
    "scores", "effects", "reliable_change", "attrition", "indicators", "pairs",
}  # fmt: skip
DAY = dt.date(2017, 6, 20)


@pytest.fixture(scope="module", autouse=True)
def few_tables() -> Iterator[None]:
    """The tables that take long hold the same texts as the others."""
    patch = pytest.MonkeyPatch()
    kept = tuple(known for known in result_tables.RESULT_TABLES if known.name in QUICK)
    patch.setattr(result_tables, "RESULT_TABLES", kept)
    yield
    patch.undo()


def files_of(results: Results, report, sites: list[str]) -> dict[str, bytes]:  # type: ignore[no-untyped-def]
    """Every file that can leave, by a name that tells its kind."""
    due = due_list(
        results.states, results.people, results.participants, today=DAY,
        modes=latest_modes(report.dataset.records),
    )  # fmt: skip
    template = io.BytesIO()
    write_template(template, [get("phq9")], sites=sites)
    story = build_story(results, ALL_SITES)
    full, released = (
        prepare_export(results, disclosure=d, report=r)
        for d, r in (("off", report), ("release", None))
    )  # type: ignore[arg-type]
    return {
        "tables.zip": csv_package(full),
        "released.zip": csv_package(released),
        "results.xlsx": workbook_bytes(full, results),
        "released.xlsx": workbook_bytes(released, results),
        "research.zip": archive.zipped(archive.research_files(results, disclosure="off")),
        "due.csv": worklist_csv(due),
        "due.xlsx": worklist_xlsx(due, day=DAY, data_lock=results.data_lock),
        "to_correct.csv": problems_csv(report.problems),
        "to_correct.xlsx": annotate(report),
        "questionnaires.xlsx": template.getvalue(),
        "report.html": story_html(story).encode(),
        "report.docx": story_word(story),
        "mapping.yaml": how_it_was_read(report)[0].encode(),
    }


@pytest.fixture(scope="module")
def hostile_files(few_tables) -> dict[str, bytes]:
    return files_of(hostile_results(), hostile_report(), list(PAYLOADS))


def every(files: dict[str, bytes], *endings: str) -> list[tuple[str, bytes]]:
    return [
        (path, data)
        for name, content in files.items()
        for path, data in unpacked(name, content)
        if path.endswith(endings)
    ]


def acts(text: str) -> bool:
    """Whether the first sign that anybody sees is one that a spreadsheet program acts on."""
    return text[:1] in tuple(ACTIVE) or text.strip(UNSEEN)[:1] in tuple(ACTIVE)


def is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


# --- formulas -----------------------------------------------------------------------------------


def test_the_texts_are_the_ones_to_fear() -> None:
    assert len(PAYLOADS) >= 40
    assert len(hostile_report().dataset.records) > 150
    people = hostile_report().dataset.participants
    for name in ("participant", "couple", "referral_route"):
        assert sum(map(acts, set(people[name]))) >= 20, name
    assert len(set(people["site"])) == 5


def test_no_cell_of_any_text_file_acts(hostile_files) -> None:
    found = every(hostile_files, ".csv")
    assert len(found) > 25
    n_escaped = 0
    for name, data in found:
        header, *rows = csv_rows(data)
        for row in [header, *rows]:
            assert len(row) == len(header), (name, row)
            for cell in row:
                n_escaped += cell.startswith("'")
                assert not acts(cell) or is_number(cell), (name, cell)
    assert n_escaped > 500


def test_text_stands_in_quotation_marks_so_that_no_program_splits_it() -> None:
    texts = pd.DataFrame({"a": ["x\r=1+1", "y;=1+1;z", "", None], "value": [1.5, -2.0, None, 3.0]})
    assert csv_bytes(texts) == b'a,value\n"x\r=1+1",1.5\n"y;=1+1;z",-2.0\n,\n,3.0\n'
    one = pd.DataFrame({"a": ["x", None, 'say "so"']})
    assert csv_bytes(one) == b'a\n"x"\n""\n"say ""so"""\n'
    assert csv_bytes(one.head(0)) == b"a\n"
    assert csv_bytes(pd.DataFrame({'=1,"1"': [1]})) == b'"\'=1,""1""""\n1\n'.replace(
        b'""""', b'"""'
    )


def test_no_workbook_holds_a_formula_or_a_link_out_of_it(hostile_files) -> None:
    found = every(hostile_files, ".xlsx")
    assert len(found) >= 6
    for name, data in found:
        assert live_cells(data) == [], name
        book = openpyxl.load_workbook(io.BytesIO(data))
        kinds = {cell.data_type for sheet in book for row in sheet.iter_rows() for cell in row}
        assert "f" not in kinds, name
        links = [link.target for sheet in book for link in getattr(sheet, "_hyperlinks", [])]
        assert not any(links), name


def test_tables_of_workbooks_are_escaped_as_in_text_files(hostile_files) -> None:
    for name in ("results.xlsx", "released.xlsx", "due.xlsx"):
        for sheet in openpyxl.load_workbook(io.BytesIO(hostile_files[name])):
            texts = [c.value for row in sheet.iter_rows() for c in row if c.data_type == "s"]
            assert not [text for text in texts if acts(text)], (name, sheet.title)


def test_what_is_read_back_is_what_was_there(hostile_files) -> None:
    people = hostile_report().dataset.participants
    there = set(map(tuple, people[["site", "participant", "couple", "referral_route"]].astype(str)
                    .itertuples(index=False)))  # fmt: skip
    (table,) = [d for p, d in every(hostile_files, ".csv") if p.endswith("/participants.csv")]
    header, *rows = csv_rows(table)
    places = [header.index(n) for n in ("site", "participant", "couple", "referral_route")]
    back = {tuple(row[i].removeprefix("'") if acts(row[i][1:].lstrip("'")) else row[i]
                  for i in places) for row in rows}  # fmt: skip
    assert back == there
    sheet = openpyxl.load_workbook(io.BytesIO(hostile_files["results.xlsx"]))["scores"]
    head, *lines = sheet.iter_rows(values_only=True)
    place = head.index("participant")
    assert {str(line[place]) for line in lines} == {
        f"'{code}" if acts(code.lstrip("'")) else code for code in people["participant"]
    }


def typed_workbook(lines: list[list[str]]) -> bytes:
    """A workbook into which somebody has copied these texts."""
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True})
    sheet = book.add_worksheet()
    for place, line in enumerate(lines):
        for column, cell in enumerate(line):
            sheet.write_string(place, column, cell)
    book.close()
    return buffer.getvalue()


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_our_own_mark_is_taken_off_when_a_file_comes_back(kind: str) -> None:
    codes = [*(f"{text} 7" for text in PAYLOADS), "P2"]
    table = pd.DataFrame(
        {"participant": codes, "wave": "baseline", "phq9_total": 7, "site": "Luton"}
    )
    plain = [code.replace("\0", "") for code in codes]
    if kind == "csv":
        data = csv_bytes(table).replace(b"\0", b"")
    else:
        clean = tidy(table).map(lambda cell: str(cell).replace("\0", ""))
        data = typed_workbook([list(table), *clean.to_numpy().tolist()])
    (back,) = read_files([(f"a.{kind}", data)]).uploads
    cells = back.sheets[0].columns[0].cells()[1:]
    # A workbook's own format keeps one kind of line end.
    assert [str(c).replace("\r\n", "\n") for c in cells] == [
        code.replace("\r\n", "\n") for code in plain
    ]


def test_numbers_below_nought_stay_numbers(hostile_files) -> None:
    effects = hostile_results()
    table = result_tables.made_tables(effects, released=False)["effects"]
    below = table["raw_change"].dropna()
    below = below[below < 0]
    assert len(below) > 3
    data = next(d for p, d in every(hostile_files, ".csv") if p == "tables.zip/effects.csv")
    header, *rows = csv_rows(data)
    place = header.index("raw_change")
    written = [float(row[place]) for row in rows if row[place]]
    assert [value for value in written if value < 0] == below.tolist()
    sheet = openpyxl.load_workbook(io.BytesIO(hostile_files["results.xlsx"]))["effects"]
    column = [row[place] for row in sheet.iter_rows(min_row=2)]
    assert {cell.data_type for cell in column if cell.value is not None} == {"n"}
    mixed = tidy(pd.DataFrame({"a": pd.Series([-1.5, "-1.5", "=1", None], dtype=object)}))
    assert mixed["a"].tolist()[:3] == [-1.5, "'-1.5", "'=1"]


def test_escaping_can_always_be_undone_and_touches_nothing_else() -> None:
    for text in PAYLOADS:
        marked = neutralise(text)
        assert not acts(marked)
        assert (
            marked in (text, f"'{text}") and neutralise(marked) == f"'{marked}"
        ) or marked == text
    for text in ("Luton", "7a", "St Mary's", "'tis", "a-b", "5=5", "(none)", "", "1 - often"):
        assert neutralise(text) == text


def test_pages_and_documents_show_texts_as_texts(hostile_files) -> None:
    page = hostile_files["report.html"].decode()
    assert "<script>alert" not in page
    assert leading_out(hostile_files["report.docx"]) == []


# --- what hides in files ------------------------------------------------------------------------


@pytest.fixture(scope="module")
def marked(few_tables) -> tuple[dict[str, bytes], bytes, str]:
    """Every file made of an upload full of markers, the store's bytes, and all that was logged."""
    log = io.StringIO()
    handler = logging.StreamHandler(log)
    loggers = {logging.getLogger(): logging.DEBUG, logging.getLogger("sqlalchemy"): logging.INFO}
    levels = {logger: logger.level for logger in loggers}
    logging.getLogger().addHandler(handler)
    for logger, level in loggers.items():
        logger.setLevel(level)
    try:
        report = read_files([("a.xlsx", marked_workbook())])
        results = analyse(report.dataset, parse_settings(""))
        files = files_of(results, report, ["Luton"])
        store = Store("sqlite://")
        text, key = how_it_was_read(report)
        store.commit(report, mapping_text=text, mapping_key=key, by="somebody")
        with store._engine.connect() as connection:
            raw = connection.connection.dbapi_connection
            held = "\n".join(raw.iterdump())  # type: ignore[union-attr]
    finally:
        logging.getLogger().removeHandler(handler)
        for logger, level in levels.items():
            logger.setLevel(level)
    return files, held.encode(), log.getvalue()


def markers_in(data: bytes) -> set[str]:
    found = data.lower()
    return {place for place, marker in MARKERS.items() if marker.lower().encode() in found}


def test_the_markers_are_in_the_upload() -> None:
    everything = b"".join(data for _, data in unpacked("a.xlsx", marked_workbook()))
    assert markers_in(everything) == set(MARKERS)


RESULTS = ("tables.zip", "released.zip", "results.xlsx", "released.xlsx", "research.zip",
           "due.csv", "due.xlsx", "questionnaires.xlsx", "report.html", "report.docx")  # fmt: skip


@pytest.mark.parametrize("name", RESULTS)
def test_nothing_that_was_left_behind_is_in_any_result(name: str, marked) -> None:
    for path, data in unpacked(name, marked[0][name]):
        assert markers_in(data) == set(), path


def test_the_list_for_the_uploader_names_columns_and_sheets_and_repeats_no_cell(marked) -> None:
    assert markers_in(marked[0]["to_correct.csv"]) == TOLD_TO_THE_UPLOADER


def test_the_marked_workbook_brings_back_what_was_seen_and_nothing_else(marked) -> None:
    found = set()
    for _, data in unpacked("to_correct.xlsx", marked[0]["to_correct.xlsx"]):
        found |= markers_in(data)
    seen = {"a column that is not known", "beside the table"}
    assert found <= TOLD_TO_THE_UPLOADER | seen


def test_nothing_that_was_left_behind_is_in_the_store_or_in_a_log(marked) -> None:
    _, held, logged = marked
    assert b"LUT-003" in held  # codes are there: what was dumped is the store
    assert markers_in(held) == set()
    # Every statement was logged, and neither what was left behind nor anybody's code is in it.
    assert "INSERT INTO" in logged
    assert markers_in(logged.encode()) == set() and "LUT-003" not in logged


def test_files_name_nobody_and_hide_nothing(hostile_files, marked) -> None:
    found = [*every(hostile_files, ".xlsx", ".docx"), *every(marked[0], ".xlsx", ".docx")]
    assert len(found) >= 14
    for name, data in found:
        assert people_named(data) <= {PROGRAM}, name
        assert stowaways(data, comments=name.startswith("to_correct")) == [], name
        if name.endswith(".xlsx"):
            hidden = {sheet for sheet, state in sheet_names(data).items() if state != "visible"}
            # A blank template keeps its drop-down lists aside; it holds no data.
            allowed = {LISTS_SHEET} if name.startswith("questionnaires") else set()
            assert hidden <= allowed, name


def test_no_file_name_in_a_package_leads_out_of_it(hostile_files) -> None:
    for name, _ in every(hostile_files, ""):
        inner = name.partition("/")[2]
        assert ".." not in inner.split("/") and "\\" not in inner and ":" not in inner
        assert inner.isprintable()


def test_a_file_with_a_formula_for_a_name_is_only_a_name(hostile_files) -> None:
    header, *rows = csv_rows(hostile_files["to_correct.csv"])
    assert {row[header.index("file")] for row in rows} == {f"'{FORMULA_FILE}"}
