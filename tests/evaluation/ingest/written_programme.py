"""One invented programme, written as real sites and survey tools would write it.

The programme is the truth: forms that people filled in. A layout lays them out as pages of slots, a
typist types each slot as somebody might, and a writer makes a file of it. Every slot knows its cell
in the end, so that a test can spoil one and say where the import has to find it.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any

import openpyxl
import pandas as pd
import xlsxwriter
from openpyxl.utils import get_column_letter

from evaluation.ingest.columns.choices import Mapping as Choices
from evaluation.ingest.columns.choices import Question, answered
from evaluation.ingest.files.cells import Cell
from evaluation.ingest.pipeline import read_files
from evaluation.model import Dataset, ImportReport

WAVES = ("baseline", "end", "3m", "6m")
ITEMS = tuple(f"phq9_{n}" for n in range(1, 10))
DAS = "das_32_total"
PARTS = (*ITEMS, DAS)
LABELS = ("Not at all", "Several days", "More than half the days", "Nearly every day")

Key = tuple[str, str, str]  # site, participant, wave
Facts = dict[Key, dict[str, object]]


@dataclass(frozen=True, eq=False)
class Form:
    """What one person said at one time; ``answers`` has no entry for what was left blank."""

    site: str
    participant: str
    couple: str
    role: str
    wave: str
    day: dt.date
    answers: Mapping[str, int]


@dataclass(frozen=True)
class Slot:
    """One thing that one form says, wherever it is written."""

    form: Form
    part: str

    @property
    def value(self) -> object:
        if self.part == "completed_on":
            return self.form.day
        if self.part in ("site", "participant", "couple", "role", "wave"):
            return getattr(self.form, self.part)
        return self.form.answers.get(self.part)


Row = list["Slot | Cell"]


@dataclass(frozen=True)
class Page:
    """One sheet on its way: rows above the header, header rows, rows of slots, rows below."""

    name: str
    header: list[list[Cell]]
    body: list[Row]
    above: list[list[Cell]] = field(default_factory=list)
    below: list[list[Cell]] = field(default_factory=list)
    groups: tuple[tuple[int, int], ...] = ()  # first and last column under one merged header


@dataclass(frozen=True)
class Written:
    """A file, its cells as typed, and where each slot stands: (sheet, cell)."""

    name: str
    data: bytes
    sheets: dict[str, list[list[Cell]]]
    places: dict[Slot, tuple[str, str]]

    @property
    def file(self) -> tuple[str, bytes]:
        return self.name, self.data


# --- the programme ---------------------------------------------------------------------------


def programme(
    seed: int, *, waves: Sequence[str] = WAVES[:3], couples: int = 6, singles: int = 5,
    sites: Sequence[str] = ("Luton",), parts: Sequence[str] = PARTS,
) -> tuple[Form, ...]:  # fmt: skip
    """Forms of invented people with real gaps: not every answer, not everybody every time."""
    random = Random(seed)
    people = [(f"C{n:02}", role) for n in range(1, couples + 1) for role in ("mother", "father")]
    people += [("", random.choice(("mother", "father"))) for _ in range(singles)]
    place = {couple: random.choice(list(sites)) for couple, _ in people if couple}
    begins: dict[str, dt.date] = {}
    forms = []
    for number, (couple, role) in enumerate(people, start=1):
        site = place.get(couple) or random.choice(list(sites))
        begin = dt.date(2023, 1, 9) + dt.timedelta(days=random.randrange(300))
        begin = begins.setdefault(couple or f"{number}", begin)
        for position, wave in enumerate(waves):
            if position and random.random() < 0.25:
                continue
            day = begin + dt.timedelta(days=100 * position + random.randrange(20))
            said = {p: _said(random, p) for p in parts if random.random() > 0.07}
            said = said or {parts[0]: 1}
            forms.append(Form(site, f"WL-{number:03}", couple, role, wave, day, said))
    return tuple(forms)


def _said(random: Random, part: str) -> int:
    low, high = (0, 3) if part in ITEMS else {DAS: (40, 150), "phq9_total": (0, 27)}[part]
    return random.randint(low, high)


def as_couples(forms: Sequence[Form], *, by_role: bool = False) -> tuple[Form, ...]:
    """The same people, known only as the partners A and B of a couple; some come alone.

    With ``by_role`` mothers are A and fathers B, else whoever comes first is A.
    """
    seen: dict[str, list[str]] = {}
    found = []
    for form in forms:
        code = form.couple or f"S{form.participant[-2:]}"
        partners = seen.setdefault(code, [])
        if form.participant not in partners:
            partners.append(form.participant)
        partner = "AB"[partners.index(form.participant)]
        if by_role:
            partner = "A" if form.role == "mother" else "B"
        found.append(replace(form, couple=code, participant=f"{code}-{partner}"))
    return tuple(found)


def on_one_day(forms: Sequence[Form]) -> tuple[Form, ...]:
    """The same forms, both partners' on the day of the first."""
    days: dict[tuple[str, str], dt.date] = {}
    return tuple(replace(f, day=days.setdefault((f.couple, f.wave), f.day)) for f in forms)


def without(forms: Sequence[Form], *names: str) -> tuple[Form, ...]:
    """The same forms, without something that a layout cannot say."""
    blank: dict[str, Any] = dict.fromkeys(names, "")
    return tuple(replace(form, **blank) for form in forms)


def facts(forms: Sequence[Form]) -> Facts:
    """What has to come back."""
    return {
        (f.site, f.participant, f.wave): {
            "completed_on": f.day, "couple": f.couple, "role": f.role,
            **{part: float(value) for part, value in f.answers.items()},
        }
        for f in forms
    }  # fmt: skip


def came_back(dataset: Dataset) -> Facts:
    """What the import made of a file, in the same words."""
    about = dataset.participants.set_index(["site", "participant"])
    found: Facts = {}
    keys: dict[int, Key] = {}
    for number, row in dataset.records.iterrows():
        key = (row["site"], row["participant"], row["wave"])
        assert key not in found, f"two records for {key}"
        person = about.loc[key[:2]]
        day = None if pd.isna(row["completed_on"]) else row["completed_on"].date()
        found[key] = {"completed_on": day, "couple": person["couple"], "role": person["role"]}
        keys[int(number)] = key
    for tables in (dataset.answers, dataset.supplied):
        for instrument, table in tables.items():
            for part in table.columns:
                for number, value in table[part].dropna().items():
                    found[keys[number]][f"{instrument}_{part}"] = value
    return found


# --- reading, with the questions answered -----------------------------------------------------


def settle(
    *files: tuple[str, bytes], knows: Callable[[Question], str] | None = None, **options: Any
) -> tuple[ImportReport, list[Question]]:
    """The report once every question is answered, by whoever knows or as proposed; and them."""
    report = read_files(list(files), **options)
    asked: list[Question] = []
    for _ in range(6):
        if not report.questions:
            return report, asked
        mapping = report.mapping or Choices()
        for question in report.questions:
            value = (knows(question) if knows else "") or question.proposal
            assert value, f"nobody can answer: {question}"
            mapping = answered(mapping, question, value)
        asked += report.questions
        report = read_files(list(files), **options | {"mapping": mapping})
    raise AssertionError(f"always another question: {report.questions}")


# --- typing -----------------------------------------------------------------------------------


@dataclass
class Typist:
    """Types what a slot says.

    ``answers``: ``codes``, ``words`` or ``mixed``; ``dates``: ``iso``, ``real``, ``uk`` or
    ``mixed``. ``blank`` stands in half of the cells of answers that were not given. ``words`` say
    how waves and roles are called here.
    """

    random: Random
    answers: str = "codes"
    dates: str = "iso"
    blank: Cell = None
    words: Mapping[str, str] = field(default_factory=dict)

    def __call__(self, slot: Slot) -> Cell:
        value = slot.value
        if value is None:
            return self.blank if self.random.random() < 0.5 else None
        if slot.part == "completed_on":
            return self._date(slot.form.day)
        if isinstance(value, int):
            return self._answer(slot.part, value)
        word = self.words.get(str(value), str(value))
        spaced = self.answers == "mixed" and self.random.random() < 0.2
        return f" {word} " if spaced else word or None

    def _answer(self, part: str, code: int) -> Cell:
        if part not in ITEMS:
            return code if self.answers != "mixed" else self.random.choice((code, f" {code}"))
        label = LABELS[code]
        if self.answers == "codes":
            return code
        if self.answers == "words":
            return label
        wide = "０１２３"[code]
        return self.random.choice(
            (code, float(code), str(code), f" {code} ", wide, label, label.upper(), f"{label}.",
             label.lower().replace(" ", "\xa0"), f"{code} - {label.lower()}", f"{code}={label}",
             f"{label} ({code})", f"  {label}\xa0")
        )  # fmt: skip

    def _date(self, day: dt.date) -> Cell:
        real = dt.datetime(day.year, day.month, day.day)
        nth = {1: "st", 2: "nd", 3: "rd", 21: "st", 22: "nd", 23: "rd", 31: "st"}.get(day.day, "th")
        uk = f"{day.day}/{day.month}/{day:%y}"
        written = f"{day.day}{nth} {day:%B %Y}"
        serial = (day - dt.date(1899, 12, 30)).days
        choices: dict[str, tuple[Cell, ...]] = {
            "iso": (day.isoformat(),), "real": (real,), "uk": (uk,),
            "text": (day.isoformat(), uk, written, f"{day:%d.%m.%Y}"),
            "mixed": (day.isoformat(), real, uk, written, float(serial), f"{day:%d.%m.%Y}"),
        }  # fmt: skip
        return self.random.choice(choices[self.dates])


def shuffled(pages: Sequence[Page], random: Random) -> list[Page]:
    """The same pages in another order of sheets, rows and columns; groups of columns stay whole."""
    found = []
    for page in pages:
        width = max([*map(len, page.header), *map(len, page.body)])
        order: list[int] = []
        edges = page.groups or ((0, width - 1),)
        for first, last in edges:
            inside = list(range(first, last + 1))
            random.shuffle(inside)
            order += inside
        body = list(page.body)
        random.shuffle(body)
        lowest = [[_at(page.header[-1], c) for c in order]]
        found.append(
            replace(page, header=page.header[:-1] + lowest,
                    body=[[_at(row, c) for c in order] for row in body])
        )  # fmt: skip
    random.shuffle(found)
    return found


def _at(row: Sequence[Any], column: int) -> Any:
    return row[column] if column < len(row) else None


def typed(
    pages: Sequence[Page], typist: Callable[[Slot], Cell], typos: Mapping[Slot, Cell] | None = None
) -> tuple[dict[str, list[list[Cell]]], dict[Slot, tuple[str, str]]]:
    """Every page as rows of cells, and where each slot ended up."""
    sheets: dict[str, list[list[Cell]]] = {}
    places: dict[Slot, tuple[str, str]] = {}
    for page in pages:
        rows = [list(row) for row in (*page.above, *page.header)]
        for row in page.body:
            cells: list[Cell] = []
            for column, what in enumerate(row):
                if isinstance(what, Slot):
                    places[what] = (page.name, f"{get_column_letter(column + 1)}{len(rows) + 1}")
                    spoilt = typos or {}
                    cells.append(spoilt[what] if what in spoilt else typist(what))
                else:
                    cells.append(what)
            rows.append(cells)
        sheets[page.name] = rows + [list(row) for row in page.below]
    return sheets, places


# --- writing ----------------------------------------------------------------------------------


def workbook(
    pages: Sequence[Page], typist: Callable[[Slot], Cell], *, by: str = "openpyxl",
    typos: Mapping[Slot, Cell] | None = None, name: str = "site.xlsx",
) -> Written:  # fmt: skip
    """The pages as a workbook, written by either library."""
    sheets, places = typed(pages, typist, typos)
    save = _by_openpyxl if by == "openpyxl" else _by_xlsxwriter
    return Written(name, save(sheets, {page.name: page for page in pages}), sheets, places)


def _by_openpyxl(sheets: Mapping[str, list[list[Cell]]], pages: Mapping[str, Page]) -> bytes:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
        for first, last in pages[name].groups:
            top = len(pages[name].above) + 1
            if first < last and sheet.cell(top, first + 1).value is not None:
                sheet.merge_cells(start_row=top, end_row=top, start_column=first + 1,
                                  end_column=last + 1)  # fmt: skip
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def _by_xlsxwriter(sheets: Mapping[str, list[list[Cell]]], pages: Mapping[str, Page]) -> bytes:
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True})
    dates = book.add_format({"num_format": "dd/mm/yyyy"})
    for name, rows in sheets.items():
        sheet = book.add_worksheet(name)
        for r, row in enumerate(rows):
            for c, cell in enumerate(row):
                if isinstance(cell, dt.datetime):
                    sheet.write_datetime(r, c, cell, dates)
                elif isinstance(cell, str):
                    sheet.write_string(r, c, cell)
                elif cell is not None:
                    sheet.write(r, c, cell)
    book.close()
    return buffer.getvalue()


def text_file(
    page: Page, typist: Callable[[Slot], Cell], *, encoding: str = "utf-8", delimiter: str = ",",
    typos: Mapping[Slot, Cell] | None = None, name: str = "site.csv",
) -> Written:  # fmt: skip
    """The page as a text file; its sheet has no name."""
    sheets, places = typed([replace(page, name="")], typist, typos)
    buffer = io.StringIO()
    csv.writer(buffer, delimiter=delimiter).writerows(sheets[""])
    return Written(name, buffer.getvalue().encode(encoding), sheets, places)
