"""Nothing is lost on the way: every cell is accounted for, every import can be taken back."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from random import Random

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl.utils.cell import coordinate_from_string

from evaluation.ingest.columns.choices import Mapping
from evaluation.ingest.columns.mapping_file import all_saved, how_it_was_read
from evaluation.ingest.files.cells import Cell
from evaluation.ingest.pipeline import read_files
from evaluation.ingest.problems import shown
from evaluation.model import ImportReport
from evaluation.store.repository import Store
from tests.evaluation.ingest import written_layouts as layouts
from tests.evaluation.ingest.test_round_trip import (
    HEADS,
    NUMBERS,
    SHEETS,
    SITES,
    messy,
    spoilt,
    untidy,
)
from tests.evaluation.ingest.typed_sheets import EXPORTS, SCORES, needs_exports
from tests.evaluation.ingest.written_layouts import FORMS_WORDS, named
from tests.evaluation.ingest.written_programme import (
    PARTS,
    WAVES,
    Form,
    Typist,
    Written,
    as_couples,
    came_back,
    on_one_day,
    programme,
    settle,
    shuffled,
    text_file,
    workbook,
)
from tests.evaluation.store.uploads import held

few = settings(max_examples=2)
seeds = st.integers(0, 10_000)
REAL = sorted(
    path
    for folder in (EXPORTS, SCORES)
    if folder.is_dir()
    for path in folder.iterdir()
    if path.suffix in (".xlsx", ".csv") and path.stat().st_size < 100_000
)
KEPT = ("participant", "response", "service_use", "mapping")


# --- every cell is used, refused or left out --------------------------------------------------


def filled(rows: Sequence[Sequence[Cell]]) -> int:
    return sum(cell is not None and str(cell).strip() != "" for row in rows for cell in row)


def cells_of(name: str, data: bytes) -> dict[str, list[list[Cell]]]:
    """The cells of a file by other means than ours; hidden sheets are not read."""
    if name.endswith(".xlsx"):
        book = openpyxl.load_workbook(io.BytesIO(data), data_only=True)
        return {
            sheet.title: [list(row) for row in sheet.iter_rows(values_only=True)]
            for sheet in book.worksheets
            if sheet.sheet_state == "visible"
        }
    for encoding in ("utf-8-sig", "cp1252"):
        try:
            text = data.decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    line = text.partition("\n")[0]
    delimiter = max(",;\t", key=line.count)
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    return {"": [list(line) for line in lines]}


def accounted_for(report: ImportReport, name: str, data: bytes) -> None:
    """Read = used + refused + left out; and every problem shows what stands in its cell."""
    sheets = cells_of(name, data)
    (file,) = report.files
    assert file.cells.read == file.cells.used + file.cells.refused + file.cells.left_out
    assert min(file.cells.used, file.cells.refused, file.cells.left_out) >= 0
    assert file.cells.read == sum(map(filled, sheets.values()))
    for problem in report.problems:
        if problem.code in ("answer_not_allowed", "date_not_understood", "unknown_wave"):
            letters, row = coordinate_from_string(problem.cell)
            column = openpyxl.utils.column_index_from_string(letters)
            cell = sheets[problem.sheet][row - 1][column - 1]
            assert problem.value in (shown(cell), "a long text") or "words" in problem.value


def some_layout(layout: str, forms: Sequence[Form], seed: int) -> Written:
    random = Random(seed)
    if layout == "couple":
        pages = [
            layouts.couple_rows(forms, ("couple", "wave", "completed_on"), ("role", *PARTS), named)
        ]
    elif layout == "wide":
        pages = [layouts.wide(forms, HEADS["ending in _pre"], named)]
    elif layout == "sheets":
        pages = layouts.sheet_per_wave(forms, SHEETS, named)
    else:
        pages = [layouts.long(forms, named)]
    pages = shuffled(pages, random)
    pages = [untidy(page, random) if not page.groups else page for page in pages]
    return workbook(pages, messy(seed, words=FORMS_WORDS), typos=spoilt(forms, random))  # type: ignore[arg-type]


@few
@given(seed=seeds, layout=st.sampled_from(["long", "wide", "sheets", "couple"]),
       answered=st.booleans())  # fmt: skip
def test_no_cell_is_lost_in_any_layout(seed: int, layout: str, answered: bool) -> None:
    forms = programme(seed, sites=SITES if layout != "couple" else ("Luton",))
    forms = on_one_day(as_couples(forms)) if layout == "couple" else forms
    written = some_layout(layout, forms, seed)
    site = "Luton" if layout == "couple" else ""
    if answered:
        report, _ = settle(written.file, site=site)
        assert report.files[0].cells.refused >= 5
    else:
        report = read_files([written.file], site=site)
    accounted_for(report, *written.file)


@few
@given(seed=seeds)
def test_what_is_used_is_what_came_out(seed: int) -> None:
    forms = programme(seed, sites=SITES)
    typos = spoilt(forms, Random(seed))
    (page,) = shuffled([layouts.long(forms)], Random(seed))
    written = text_file(untidy_columns(page), Typist(Random(seed)), typos=typos)  # type: ignore[arg-type]
    report, _ = settle(written.file)
    accounted_for(report, *written.file)
    # Site, code, role, wave and date of each form, the couple's code where there is one, answers.
    about = sum(5 + bool(form.couple) for form in forms)
    answers = sum(len(form.answers) for form in forms)
    (file,) = report.files
    assert file.cells.used == about + answers - len(typos)
    assert file.cells.refused == len(typos)
    assert file.cells.left_out == len(page.header[0]) + 1 + len(forms)


def untidy_columns(page: layouts.Page) -> layouts.Page:
    """One column more that nobody knows."""
    return replace(
        page,
        header=[[*page.header[0], "Room"]],
        body=[[*row, "Blue room"] for row in page.body],
    )


@few
@given(seed=seeds)
def test_a_refused_row_is_refused_cell_by_cell(seed: int) -> None:
    forms = programme(seed)
    random = Random(seed)
    wrong = random.choice(forms)
    typos = {layouts.Slot(wrong, "wave"): "some day"}
    written = text_file(layouts.long(forms), Typist(random), typos=typos)
    report = read_files([written.file])
    assert [(p.code, p.cell) for p in report.problems if p.severity == "refuse_row"] == [
        ("unknown_wave", written.places[layouts.Slot(wrong, "wave")][1])
    ]
    assert report.files[0].cells.refused == 5 + bool(wrong.couple) + len(wrong.answers)
    accounted_for(report, *written.file)


@needs_exports
@pytest.mark.parametrize("path", REAL, ids=lambda path: path.name)
def test_no_cell_of_a_real_file_is_lost(path: Path) -> None:
    data = path.read_bytes()
    report = read_files([(path.name, data)], site="Luton")
    if not report.uploads:
        assert report.blocked
        return
    (file,) = report.files
    assert file.cells.read == file.cells.used + file.cells.refused + file.cells.left_out
    # Formulas without a result and spreadsheet errors are told apart by the readers, not lost.
    accounted_for(report, path.name, data)


# --- importing twice, correcting, taking back -------------------------------------------------


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(f"sqlite:///{tmp_path / 'store.db'}")


def commit(store: Store, report: ImportReport) -> int:
    text, key = how_it_was_read(report)
    return store.commit(report, mapping_text=text, mapping_key=key).import_id


@pytest.mark.parametrize("layout", ["long", "wide", "sheets", "couple"])
def test_importing_twice_is_importing_once(layout: str, store: Store, tmp_path: Path) -> None:
    forms = programme(12)
    forms = on_one_day(as_couples(forms)) if layout == "couple" else forms
    written = some_layout(layout, forms, 12)
    report, _ = settle(written.file, site="Luton")
    commit(store, report)
    once = held(tmp_path / "store.db", KEPT)
    before = came_back(store.load())
    assert before == came_back(report.dataset)
    again = store.preview(report)
    assert (again.new, again.changed) == (0, 0)
    commit(store, report)
    assert held(tmp_path / "store.db", KEPT) == once
    assert came_back(store.load()) == before


def test_a_corrected_file_says_how_many_values_change_and_undo_restores_every_row(
    store: Store, tmp_path: Path
) -> None:
    forms = programme(13)
    page = layouts.wide(forms, HEADS["ending in _pre"], named)
    first, _ = settle(workbook([page], Typist(Random(13), words=FORMS_WORDS)).file, site="Luton")
    commit(store, first)
    before = held(tmp_path / "store.db", KEPT)
    there = [layouts.Slot(f, p) for f in forms for p in PARTS[:9] if p in f.answers]
    corrected = {slot: 3 - int(str(slot.value)) for slot in Random(1).sample(there, 3)}
    written = workbook([page], Typist(Random(13), words=FORMS_WORDS), typos=corrected)
    second, _ = settle(written.file, site="Luton")
    changes = store.preview(second)
    assert (changes.new, changes.changed) == (0, 3)
    import_id = commit(store, second)
    after = came_back(store.load())
    for slot, value in corrected.items():
        assert after["Luton", slot.form.participant, slot.form.wave][slot.part] == value
    store.undo(import_id)
    assert held(tmp_path / "store.db", KEPT) == before
    assert came_back(store.load()) == came_back(first.dataset)


def with_service_use(forms: Sequence[Form], attended: int) -> Written:
    header: list[Cell] = ["participant", "took_up", "started_on", "sessions_attended"]
    codes = dict.fromkeys(form.participant for form in forms)
    body: list[layouts.Row] = [[code, "yes", "2023-01-09", attended] for code in codes]
    pages = [*layouts.sheet_per_wave(forms, SHEETS), layouts.Page("service_use", [header], body)]
    return workbook(pages, Typist(Random(0)))


def test_undo_restores_what_people_used_and_how_files_are_read(
    store: Store, tmp_path: Path
) -> None:
    forms = programme(19)
    commit(store, settle(with_service_use(forms, 6).file, site="Luton")[0])
    before = held(tmp_path / "store.db", KEPT)
    assert len(before["service_use"]) == len({form.participant for form in forms})
    assert all(before.values()), "there is something to lose in every table"
    report, _ = settle(with_service_use(programme(20), 7).file, site="Luton")
    import_id = commit(store, report)
    assert set(store.load().service_use["sessions_attended"]) == {7}
    assert held(tmp_path / "store.db", KEPT) != before
    store.undo(import_id)
    assert held(tmp_path / "store.db", KEPT) == before
    assert set(store.load().service_use["sessions_attended"]) == {6}


def test_undo_of_the_first_import_leaves_nothing(store: Store, tmp_path: Path) -> None:
    empty = held(tmp_path / "store.db", KEPT)
    report, _ = settle(some_layout("sheets", programme(14), 14).file, site="Luton")
    import_id = commit(store, report)
    assert all(held(tmp_path / "store.db", KEPT)[name] for name in ("participant", "response"))
    store.undo(import_id)
    assert held(tmp_path / "store.db", KEPT) == empty


# --- what was said once is not asked again ----------------------------------------------------


def saved(store: Store, site: str = "Luton") -> Mapping:
    return all_saved([mapping.text for mapping in store.saved_mappings(site)])


def site_file(seed: int, head: str = "ending in T1", **changes: object) -> Written:
    page = layouts.wide(programme(seed), HEADS[head], named)
    typist = Typist(Random(seed), "mixed", "text", blank=999, words=FORMS_WORDS)
    return workbook([replace(page, **changes) if changes else page], typist)  # type: ignore[arg-type]


def test_the_next_file_of_the_same_shape_asks_nothing(store: Store) -> None:
    report, asked = settle(site_file(15).file, site="Luton")
    assert {question.kind for question in asked} == {"columns", "wave", "reading"}
    commit(store, report)
    following = read_files([site_file(16).file], site="Luton", mapping=saved(store))
    assert following.questions == ()
    direct, _ = settle(site_file(16).file, site="Luton")
    assert came_back(following.dataset) == came_back(direct.dataset)


def test_a_file_that_has_drifted_asks_about_what_is_new_alone(store: Store) -> None:
    report, _ = settle(site_file(17).file, site="Luton")
    commit(store, report)
    page = layouts.wide(programme(18), HEADS["ending in T1"], named)
    header = list(page.header[0])
    renamed = header.index("DAS total T2")
    header[renamed] = "Dyadic adjustment at the second visit"
    drifted = site_file(
        18, header=[[*header, "Room"]], body=[[*row, "Blue room"] for row in page.body]
    )
    following = read_files([drifted.file], site="Luton", mapping=saved(store))
    codes = {p.code: p for p in following.problems}
    assert codes["mapped_column_gone"].value == "DAS total T2"
    assert "Room" in codes["new_columns"].value
    assert "second visit" in codes["new_columns"].value
    assert {question.kind for question in following.questions} <= {"columns"}
    expected = {
        key: {part: value for part, value in said.items()
              if not (part == "das_32_total" and key[2] == "end")}
        for key, said in came_back(settle(site_file(18).file, site="Luton")[0].dataset).items()
    }  # fmt: skip
    assert came_back(following.dataset) == expected


# --- order and encoding never matter ----------------------------------------------------------


@few
@given(seed=seeds, order=seeds, layout=st.sampled_from(["long", "wide", "sheets", "couple"]))
def test_the_order_of_rows_columns_and_sheets_changes_nothing(
    seed: int, order: int, layout: str
) -> None:
    forms = programme(seed, waves=WAVES)
    forms = on_one_day(as_couples(forms)) if layout == "couple" else forms
    pages = {
        "long": lambda: [layouts.long(forms, named)],
        "wide": lambda: [layouts.wide(forms, lambda n, w: f"{n} {NUMBERS[w]}")],
        "sheets": lambda: layouts.sheet_per_wave(forms, SHEETS, named),
        "couple": lambda: [
            layouts.couple_rows(forms, ("couple", "wave", "completed_on"), ("role", *PARTS), named)
        ],
    }[layout]()
    results = [
        settle(workbook(some, Typist(Random(0), words=FORMS_WORDS)).file, site="Luton")[0]
        for some in (pages, shuffled(pages, Random(order)))
    ]
    facts = [came_back(result.dataset) for result in results]
    assert facts[0] == facts[1]
    assert facts[0]
    codes = [sorted(p.code for p in result.problems) for result in results]
    assert codes[0] == codes[1]


@few
@given(seed=seeds)
def test_the_kind_of_file_changes_nothing(seed: int) -> None:
    page = layouts.long(programme(seed, sites=("Bön-Señor", "Luton")), named)
    typist = Typist(Random(0), words=FORMS_WORDS)
    written = [
        workbook([page], typist, by="openpyxl"),
        workbook([page], typist, by="xlsxwriter"),
        *(
            text_file(page, typist, encoding=encoding, delimiter=delimiter)
            for encoding, delimiter in (("utf-8", ","), ("cp1252", ";"), ("utf-16", "\t"))
        ),
    ]
    facts = [came_back(settle(file.file)[0].dataset) for file in written]
    assert all(found == facts[0] for found in facts)
    assert facts[0]
