"""A generated programme, written in each layout and source style, comes back cell by cell."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from evaluation.ingest.columns.choices import Question
from evaluation.ingest.pipeline import read_files
from evaluation.model import ImportReport
from tests.evaluation.ingest import written_layouts as layouts
from tests.evaluation.ingest.written_layouts import FORMS_WORDS, canonical, named
from tests.evaluation.ingest.written_programme import (
    DAS,
    ITEMS,
    PARTS,
    WAVES,
    Form,
    Page,
    Slot,
    Typist,
    Written,
    as_couples,
    came_back,
    facts,
    on_one_day,
    programme,
    settle,
    shuffled,
    text_file,
    without,
    workbook,
)

few = settings(max_examples=2)
seeds = st.integers(0, 10_000)
SITES = ("Luton", "Newcastle upon Tyne")
SUFFIXES = {"baseline": "pre", "end": "post", "3m": "3m", "6m": "6m"}
NUMBERS = {"baseline": "T1", "end": "T2", "3m": "T3", "6m": "T4"}
HEADS: dict[str, Callable[[str, str], str]] = {
    "ending in _pre": lambda name, wave: f"{name}_{SUFFIXES[wave]}",
    "ending in T1": lambda name, wave: f"{name} {NUMBERS[wave]}",
    "ending in _T1": lambda name, wave: f"{name}_{NUMBERS[wave]}",
    "beginning with pre_": lambda name, wave: f"{SUFFIXES[wave]}_{name}",
    "ending in _baseline": lambda name, wave: f"{name}_{wave}",
}
SHEETS = {"baseline": "Baseline", "end": "End of support ", "3m": "3m FU", "6m": "6 months"}
# What somebody types now and then, and what nobody who answered could have meant.
TYPOS = (4, 33, "11", "2.5", -4, "22")


def messy(seed: int, **words: object) -> Typist:
    """Everything at once: words, digits of any width, blanks, five kinds of dates, 999."""
    return Typist(Random(seed), "mixed", "mixed", blank=999, **words)  # type: ignore[arg-type]


def items_only(forms: Sequence[Form]) -> tuple[Form, ...]:
    kept = [{p: v for p, v in form.answers.items() if p in ITEMS} for form in forms]
    return tuple(
        replace(form, answers=own or {"phq9_1": 1}) for form, own in zip(forms, kept, strict=True)
    )


def nothing_lost(report: ImportReport) -> None:
    for file in report.files:
        assert file.cells.read == file.cells.used + file.cells.refused + file.cells.left_out
    assert not report.blocked
    codes = {p.code for p in report.problems if p.severity in ("refuse_row", "drop_cell")}
    assert not codes


def check(written: Written, forms: Sequence[Form], **options: object) -> list[Question]:
    """The file holds these forms and nothing else; returns what had to be asked."""
    report, asked = settle(written.file, **options)  # type: ignore[arg-type]
    assert came_back(report.dataset) == facts(forms)
    nothing_lost(report)
    return asked


def untidy(page: Page, random: Random) -> Page:
    """Titles above, blank rows between, averages and a key below, columns nobody asked for."""
    width = len(page.header[-1])
    odd = [*page.header[-1], "Worker's initials?", "Room"]
    body = []
    for row in page.body:
        body.append([*row, None, random.choice(("Blue room", "2", None))])
        if random.random() < 0.05:
            body.append([None] * (width + 2))
    return replace(
        page,
        header=[*page.header[:-1], odd],
        body=body,
        above=[["Westshire pilot - PHQ-9 and DAS - updated 12/5/24"], []],
        below=[[], ["Average", *[None] * (width - 3), 1.25, 1.5],
               ["Key: 0 = not at all, 3 = nearly every day"]],
    )  # fmt: skip


# --- layouts ----------------------------------------------------------------------------------


@few
@given(seed=seeds, by=st.sampled_from(["openpyxl", "xlsxwriter"]), n_waves=st.integers(2, 4))
def test_the_canonical_spreadsheet(seed: int, by: str, n_waves: int) -> None:
    forms = programme(seed, waves=WAVES[:n_waves], sites=SITES)
    tidy = workbook([layouts.long(forms)], Typist(Random(seed)), by=by)
    assert check(tidy, forms) == []
    (page,) = shuffled([layouts.long(forms)], Random(seed))
    asked = check(workbook([page], messy(seed), by=by), forms)
    assert {question.key for question in asked} == {"reading|999"}


@few
@given(seed=seeds, by=st.sampled_from(["openpyxl", "xlsxwriter"]))
def test_a_sheet_typed_by_hand(seed: int, by: str) -> None:
    forms = programme(seed, sites=SITES)
    (page,) = shuffled([layouts.long(forms, named)], Random(seed))
    page = untidy(page, Random(seed))
    check(workbook([page], messy(seed, words=FORMS_WORDS), by=by), forms)


@pytest.mark.parametrize("name", [canonical, named])
@pytest.mark.parametrize("head", HEADS)
def test_a_set_of_columns_for_each_point_in_time(head: str, name: Callable[[str], str]) -> None:
    seed = len(head) + len(name.__name__)
    forms = programme(seed, waves=WAVES[: 2 + seed % 3], sites=SITES)
    (page,) = shuffled([layouts.wide(forms, HEADS[head], name)], Random(seed))
    if name is named:
        page = untidy(page, Random(seed))
    asked = check(workbook([page], messy(seed, words=FORMS_WORDS if name is named else {})), forms)
    if "T1" not in head:
        assert not [question for question in asked if question.kind == "wave"]


def test_what_a_number_of_a_point_in_time_means_only_a_person_knows() -> None:
    forms = programme(5, waves=("baseline", "mid", "12m"))
    truth = {"t1": "baseline", "t2": "mid", "t3": "6m"}
    forms = tuple(replace(f, wave="6m") if f.wave == "12m" else f for f in forms)
    marks = {"baseline": "T1", "mid": "T2", "6m": "T3"}
    page = layouts.wide(forms, lambda name, wave: f"{name}_{marks[wave]}")
    written = workbook([page], Typist(Random(5)))
    silent = read_files([written.file])
    assert silent.dataset.records.empty, "nothing is read while nobody has said"
    check(written, forms, knows=lambda question: truth.get(question.subject[-1], ""))


@few
@given(seed=seeds, name=st.sampled_from([canonical, named]))
@example(seed=1109, name=named)  # a fifth of one sheet's DAS totals are 999
def test_a_sheet_for_each_point_in_time(seed: int, name: Callable[[str], str]) -> None:
    forms = programme(seed, waves=WAVES, sites=SITES)
    pages = shuffled(layouts.sheet_per_wave(forms, SHEETS, name), Random(seed))
    words = {} if name is canonical else FORMS_WORDS
    check(workbook(pages, messy(seed, words=words)), forms)


@few
@given(seed=seeds, name=st.sampled_from([canonical, named]))
def test_both_partners_under_merged_headers(seed: int, name: Callable[[str], str]) -> None:
    forms = on_one_day(as_couples(programme(seed)))
    page = layouts.couple_rows(forms, ("couple", "wave", "completed_on"), ("role", *PARTS), name)
    words = {} if name is canonical else FORMS_WORDS
    written = workbook(shuffled([page], Random(seed)), messy(seed, words=words))
    check(written, forms, site="Luton")


@pytest.mark.parametrize("marks", [("_A", "_B"), (" A", " B"), (" (partner 1)", " (partner 2)")])
def test_both_partners_told_apart_by_the_end_of_a_header(marks: tuple[str, str]) -> None:
    forms = as_couples(programme(3))
    own = ("role", "completed_on", *PARTS)
    page = layouts.couple_rows(forms, ("couple", "wave"), own, marks=marks)
    check(workbook(shuffled([page], Random(3)), messy(3)), forms, site="Luton")


def test_partners_called_mum_and_dad_have_their_roles_from_the_headers() -> None:
    forms = on_one_day(as_couples(programme(4), by_role=True))
    shared = ("couple", "wave", "completed_on")
    page = layouts.couple_rows(forms, shared, PARTS, named, marks=(" (Mum)", " (Dad)"))
    check(workbook([page], messy(4, words=FORMS_WORDS)), forms, site="Luton")


@pytest.mark.parametrize("layout", ["long", "wide", "sheet_per_wave", "couple"])
def test_our_own_blank_workbooks_are_read_without_any_question(layout: str) -> None:
    waves = ("baseline", "mid", "end", "3m", "12m")
    forms = programme(8, waves=waves[:3] if layout in ("long", "couple") else waves)
    if layout == "couple":
        forms = on_one_day(as_couples(forms))
    forms = items_only(forms)
    written = layouts.filled_template(forms, Typist(Random(8), dates="real"), layout, waves)
    assert check(written, forms) == []
    notes = [p.code for p in read_files([written.file]).problems]
    assert not {"read_columns_as", "unknown_column"} & set(notes)


def test_a_wave_of_our_own_in_a_header_is_that_wave_and_after_pre_it_is_the_end() -> None:
    forms = programme(11, waves=("baseline", "end", "post"))
    page = layouts.wide(forms, HEADS["ending in _baseline"])
    assert check(workbook([page], Typist(Random(11))), forms) == []
    forms = tuple(form for form in forms if form.wave != "post")
    page = layouts.wide(forms, HEADS["ending in _pre"])
    assert check(workbook([page], Typist(Random(11))), forms) == []


@few
@given(seed=seeds)
def test_scores_alone(seed: int) -> None:
    parts = ("phq9_total", DAS)
    forms = programme(seed, waves=WAVES, sites=SITES, parts=parts)
    typist = Typist(Random(seed), dates="text", words=FORMS_WORDS)
    page = layouts.long(forms, named, parts=parts)
    check(text_file(page, typist, encoding="cp1252", delimiter=";"), forms)
    page = layouts.wide(forms, HEADS["ending in _pre"], parts=parts)
    check(workbook([page], Typist(Random(seed), dates="mixed")), forms)


# --- source styles ----------------------------------------------------------------------------

TOOLS: dict[str, tuple[Callable[[Sequence[Form]], Page], str, dict[str, str]]] = {
    "microsoft_forms": (layouts.microsoft_forms, "real", FORMS_WORDS),
    "google_forms": (layouts.google_forms, "uk", FORMS_WORDS),
    "surveymonkey": (layouts.surveymonkey, "uk", FORMS_WORDS),
    "qualtrics": (layouts.qualtrics, "iso", {w: FORMS_WORDS[w] for w in WAVES}),
    "redcap": (layouts.redcap, "iso", layouts.EVENTS),
}


@pytest.mark.parametrize("tool", TOOLS)
@few
@given(seed=seeds)
def test_what_a_survey_tool_writes(tool: str, seed: int) -> None:
    write, dates, words = TOOLS[tool]
    sites = SITES if tool == "redcap" else ("Luton",)
    forms = programme(seed, waves=WAVES, sites=sites)
    if tool != "redcap":
        forms = items_only(forms)
    page = replace(write(forms), body=Random(seed).sample(write(forms).body, len(forms)))
    typist = Typist(Random(seed), "codes" if tool == "redcap" else "words", dates, words=words)
    excel = tool == "microsoft_forms"
    written = workbook([page], typist) if excel else text_file(page, typist)
    report, _ = settle(written.file, site="" if tool == "redcap" else "Luton")
    assert {table.source for table in report.mapping.tables} == {tool}  # type: ignore[union-attr]
    assert came_back(report.dataset) == facts(forms)
    nothing_lost(report)


def test_an_spss_file_with_its_labels_and_declared_missing_values(tmp_path: Path) -> None:
    forms = programme(6, waves=WAVES)
    written = layouts.spss(forms, tmp_path)
    assert check(written, forms, site="Luton") == []
    report = read_files([written.file], site="Luton")
    given = report.dataset.reasons.query("instrument == 'phq9'")
    missing = sum(item not in form.answers for form in forms for item in ITEMS)
    assert missing > 0
    assert given["reason"].tolist() == ["did not answer"] * missing


def test_a_grid_of_qualtrics_is_known_by_the_statement_behind_its_question() -> None:
    forms = items_only(programme(2))
    page = layouts.qualtrics(forms)
    stem = "Over the last 2 weeks, how often were you bothered by any of these? - "
    first = len(page.header[0]) - len(ITEMS)
    names = [*page.header[0][:first], *(f"Q5_{n}" for n in range(1, 10))]
    texts = [*page.header[1][:first], *(stem + layouts.QUESTIONS[item] for item in ITEMS)]
    page = replace(page, header=[names, texts, page.header[2]])
    typist = Typist(Random(2), "words", words={w: FORMS_WORDS[w] for w in WAVES})
    check(text_file(page, typist), forms, site="Luton")


@few
@given(seed=seeds, encoding=st.sampled_from(["utf-8", "utf-8-sig", "cp1252", "utf-16"]),
       delimiter=st.sampled_from([",", ";", "\t"]))  # fmt: skip
def test_text_files_of_any_encoding_and_separator(seed: int, encoding: str, delimiter: str) -> None:
    forms = programme(seed, sites=("Luton", "Bön-Señor café"))
    page = layouts.wide(forms, HEADS["ending in _pre"])
    typist = Typist(Random(seed), "words", "text")
    check(text_file(page, typist, encoding=encoding, delimiter=delimiter), forms)


# --- mistakes ---------------------------------------------------------------------------------


def spoilt(
    forms: Sequence[Form], random: Random, parts: Sequence[str] = ITEMS
) -> dict[Slot, object]:
    there = [Slot(form, part) for form in forms for part in parts if part in form.answers]
    return {slot: random.choice(TYPOS) for slot in random.sample(there, 5)}


def without_cells(forms: Sequence[Form], cells: Sequence[Slot]) -> tuple[Form, ...]:
    lost = {(slot.form, slot.part) for slot in cells}
    return tuple(
        replace(f, answers={p: v for p, v in f.answers.items() if (f, p) not in lost})
        for f in forms
    )


@pytest.mark.parametrize("layout", ["long", "wide", "sheets", "couple"])
@few
@given(seed=seeds)
def test_a_typing_error_costs_its_own_cell_alone_and_is_found_there(layout: str, seed: int) -> None:
    random = Random(seed)
    forms = programme(seed)
    if layout == "couple":
        forms = on_one_day(as_couples(forms))
    pages = {
        "long": lambda: [layouts.long(forms, named)],
        "wide": lambda: [layouts.wide(forms, HEADS["ending in _pre"], named)],
        "sheets": lambda: layouts.sheet_per_wave(forms, SHEETS, named),
        "couple": lambda: [
            layouts.couple_rows(forms, ("couple", "wave", "completed_on"), ("role", *PARTS), named)
        ],
    }[layout]()
    typos = spoilt(forms, random)
    pages = shuffled(pages, random)
    if layout in ("long", "wide"):
        pages = [untidy(pages[0], random)]
    typist = Typist(random, "mixed", "mixed", words=FORMS_WORDS)
    written = workbook(pages, typist, typos=typos)  # type: ignore[arg-type]
    report, _ = settle(written.file, site="Luton" if layout == "couple" else "")
    found = {(p.sheet, p.cell): p for p in report.problems if p.code == "answer_not_allowed"}
    assert set(found) == {written.places[slot] for slot in typos}
    for slot, value in typos.items():
        assert found[written.places[slot]].value == str(value)
    assert came_back(report.dataset) == facts(without_cells(forms, list(typos)))


def test_dates_whose_order_nothing_proves_are_asked_about_once() -> None:
    forms = tuple(
        replace(form, day=form.day.replace(month=form.day.month, day=1 + form.day.day % 12))
        for form in programme(9)
    )
    written = workbook([layouts.long(forms)], Typist(Random(9), dates="uk"))
    asked = check(written, forms, knows=lambda q: "day" if q.kind == "dates" else "")
    assert [question.kind for question in asked] == ["dates"]


def test_without_site_or_couple_a_layout_says_what_it_can() -> None:
    forms = without(programme(10), "couple", "role")
    page = layouts.wide(forms, HEADS["ending in _pre"], named, person=("participant",))
    check(workbook([page], messy(10, words=FORMS_WORDS)), forms, site="Luton")
