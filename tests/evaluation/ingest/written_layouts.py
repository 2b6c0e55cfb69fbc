"""The layouts and source styles in which `written_programme` is written: pages of slots."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import openpyxl
import pandas as pd
import pyreadstat

from evaluation.ingest.files.cells import Cell
from evaluation.ingest.templates.template import write_template
from instruments.registry import get
from tests.evaluation.ingest.written_programme import (
    DAS,
    ITEMS,
    LABELS,
    PARTS,
    Form,
    Page,
    Row,
    Slot,
    Written,
    typed,
)

PERSON = ("site", "participant", "couple", "role")
# What parts are called by somebody who has never seen the template.
HAND_NAMES = {
    "site": "Site", "participant": "Client ID", "couple": "Couple no.", "role": "Mum/Dad",
    "wave": "Time point", "completed_on": "Date completed", DAS: "DAS total",
    "phq9_total": "PHQ-9 total (0-27)",
    **{item: f"PHQ-9 Q{n}" for n, item in enumerate(ITEMS, start=1)},
}  # fmt: skip
QUESTIONS = {f"phq9_{item.number}": item.hint for item in get("phq9").items}


def named(part: str) -> str:
    return HAND_NAMES[part]


def canonical(part: str) -> str:
    return part


def slots(form: Form, parts: Sequence[str]) -> Row:
    return [Slot(form, part) for part in parts]


def long(
    forms: Sequence[Form], name: Callable[[str], str] = canonical, *,
    parts: Sequence[str] = PARTS, person: Sequence[str] = PERSON, sheet: str = "questionnaires",
) -> Page:  # fmt: skip
    """One row for each person and point in time."""
    columns = (*person, "wave", "completed_on", *parts)
    return Page(sheet, [[name(c) for c in columns]], [slots(form, columns) for form in forms])


def wide(
    forms: Sequence[Form], head: Callable[[str, str], str], name: Callable[[str], str] = canonical,
    *, parts: Sequence[str] = PARTS, person: Sequence[str] = PERSON, sheet: str = "Everybody",
) -> Page:  # fmt: skip
    """One row for each person; ``head`` makes a header of a part's name and its wave."""
    waves = list(dict.fromkeys(form.wave for form in forms))
    own = ("completed_on", *parts)
    header: list[Cell] = [name(c) for c in person]
    header += [head(name(part), wave) for wave in waves for part in own]
    people: dict[tuple[str, str], dict[str, Form]] = {}
    for form in forms:
        people.setdefault((form.site, form.participant), {})[form.wave] = form
    body = []
    for said in people.values():
        row = slots(next(iter(said.values())), person)
        for wave in waves:
            row += slots(said[wave], own) if wave in said else [None] * len(own)
        body.append(row)
    return Page(sheet, [header], body)


def sheet_per_wave(
    forms: Sequence[Form], sheets: Mapping[str, str], name: Callable[[str], str] = canonical,
    *, parts: Sequence[str] = PARTS, person: Sequence[str] = PERSON,
) -> list[Page]:  # fmt: skip
    """A sheet for each point in time, which its name alone says."""
    columns = (*person, "completed_on", *parts)
    waves = dict.fromkeys(form.wave for form in forms)
    return [
        Page(sheets[wave], [[name(c) for c in columns]],
             [slots(form, columns) for form in forms if form.wave == wave])
        for wave in waves
    ]  # fmt: skip


def couple_rows(
    forms: Sequence[Form], shared: Sequence[str], own: Sequence[str],
    name: Callable[[str], str] = canonical, *, marks: tuple[str, str] | None = None,
    sheet: str = "Couples",
) -> Page:  # fmt: skip
    """Both partners in one row: under two merged headers, or with ``marks`` behind each name."""
    rows: dict[tuple[str, str], dict[str, Form]] = {}
    for form in forms:
        rows.setdefault((form.couple, form.wave), {})[form.participant[-1]] = form
    body = []
    for partners in rows.values():
        row = slots(next(iter(partners.values())), shared)
        for partner in "AB":
            there = partners.get(partner)
            row += slots(there, own) if there else [None] * len(own)
        body.append(row)
    first, n = len(shared), len(own)
    header: list[Cell] = [name(c) for c in shared]
    if marks:
        header += [name(c) + mark for mark in marks for c in own]
        return Page(sheet, [header], body)
    upper: list[Cell] = [None] * first
    for partner in "AB":
        upper += [f"Partner {partner}", *[None] * (n - 1)]
    header += [name(c) for c in own] * 2
    groups = ((0, first - 1), (first, first + n - 1), (first + n, first + 2 * n - 1))
    return Page(sheet, [upper, header], body, groups=groups)


# --- our own blank workbooks, filled in -------------------------------------------------------


def filled_template(
    forms: Sequence[Form], typist: Callable[[Slot], Cell], layout: str, waves: Sequence[str] = ()
) -> Written:
    """A blank workbook of ours with the forms typed into it."""
    buffer = io.BytesIO()
    options = {"waves": waves} if layout in ("wide", "sheet_per_wave") else {}
    write_template(buffer, [get("phq9"), get("das_32")], layout=layout, **options)
    person = ("site", "couple") if layout == "couple" else PERSON
    if layout == "long":
        pages = [long(forms, parts=ITEMS)]
    elif layout == "wide":
        pages = [wide(forms, lambda name, wave: f"{name}_{wave}", parts=ITEMS)]
    elif layout == "sheet_per_wave":
        pages = sheet_per_wave(forms, {w: w for w in waves}, parts=ITEMS)
    else:
        shared = (*person, "wave", "completed_on")
        pages = [couple_rows(forms, shared, ("role", *ITEMS), marks=("_A", "_B"))]
    sheets, places = typed(pages, typist)
    book = openpyxl.load_workbook(io.BytesIO(buffer.getvalue()))
    moved: dict[tuple[str, str], tuple[str, str]] = {}
    for page in pages:
        sheet = book[page.name if layout == "sheet_per_wave" else "questionnaires"]
        at = {cell.value: cell.column for cell in sheet[1]}
        rows = sheets[page.name]
        for r, row in enumerate(rows[1:], start=2):
            for c, cell in enumerate(row, start=1):
                target = sheet.cell(r, at[rows[0][c - 1]], cell)
                source = openpyxl.utils.get_column_letter(c)
                moved[page.name, f"{source}{r}"] = (sheet.title, target.coordinate)
    out = io.BytesIO()
    book.save(out)
    written = {s.title: [list(r) for r in s.iter_rows(values_only=True)] for s in book.worksheets}
    return Written("filled.xlsx", out.getvalue(), written,
                   {slot: moved[place] for slot, place in places.items()})  # fmt: skip


# --- survey tools -----------------------------------------------------------------------------

FORMS_WORDS = {
    "baseline": "Start of support", "end": "End of support", "3m": "3 months after",
    "6m": "6 months after", "mother": "Mum", "father": "Dad",
}  # fmt: skip


def microsoft_forms(forms: Sequence[Form]) -> Page:
    """Real dates, whole questions, words as answers, and columns of the tool's own."""
    header = ["ID", "Start time", "Completion time", "Email", "Name", "Last modified time",
              "Your code\n(on your card)", "Couple code", "Are you mum or dad?",
              "Which survey is this?", *[f"{QUESTIONS[i]}\xa0" for i in ITEMS],
              "Any comments?"]  # fmt: skip
    body: list[Row] = []
    for number, form in enumerate(forms, start=2):
        row: Row = [number, Slot(form, "completed_on"), Slot(form, "completed_on"), "anonymous",
                    None, None]  # fmt: skip
        row += slots(form, ("participant", "couple", "role", "wave", *ITEMS))
        body.append([*row, "thank you" if number % 5 == 0 else None])
    return Page("Sheet1", [list(header)], body)


def google_forms(forms: Sequence[Form]) -> Page:
    """A timestamp, the questions of a grid in brackets, words as answers."""
    stem = "Over the last 2 weeks, how often have you been bothered by the following?"
    header: list[Cell] = ["Timestamp", "Your code", "Couple code", "Are you mum or dad?",
                          "Which survey is this?",
                          *[f"{stem} [{QUESTIONS[i]}]" for i in ITEMS]]  # fmt: skip
    columns = ("completed_on", "participant", "couple", "role", "wave", *ITEMS)
    return Page("", [header], [slots(form, columns) for form in forms])


def surveymonkey(forms: Sequence[Form]) -> Page:
    """Two header rows: a grid's question stands above its first column only."""
    upper: list[Cell] = ["Respondent ID", "Collector ID", "Start Date", "End Date", "IP Address",
                         "What is your code?", "Couple code", "Are you mum or dad?",
                         "Which survey is this?", "How often were you bothered by these?",
                         *[None] * (len(ITEMS) - 1)]  # fmt: skip
    lower: list[Cell] = [None, None, None, None, None, "Open-Ended Response",
                         "Open-Ended Response", "Response", "Response",
                         *[QUESTIONS[item] for item in ITEMS]]  # fmt: skip
    body: list[Row] = []
    for number, form in enumerate(forms):
        when = Slot(form, "completed_on")
        row: Row = [3237565956 + 7 * number, 9007, when, when, None]
        body.append(row + slots(form, ("participant", "couple", "role", "wave", *ITEMS)))
    return Page("", [upper, lower], body)


def qualtrics(forms: Sequence[Form]) -> Page:
    """Names, the questions below them, the tool's own ids below these."""
    tool = ["StartDate", "EndDate", "Status", "IPAddress", "Progress", "Duration (in seconds)",
            "Finished", "RecordedDate", "ResponseId", "DistributionChannel",
            "UserLanguage"]  # fmt: skip
    own = ("participant", "couple", "role", "wave", *ITEMS)
    texts = ["Your code", "Couple code", "Mum or dad", "Which survey is this?",
             *[QUESTIONS[item] for item in ITEMS]]  # fmt: skip
    names: list[Cell] = [*tool, *own]
    ids: list[Cell] = [f'{{"ImportId":"{name}"}}' for name in names]
    body: list[Row] = []
    for number, form in enumerate(forms):
        when = Slot(form, "completed_on")
        row: Row = [when, when, "IP Address", "", 100, 61, "True", when, f"R_{number:015}",
                    "anonymous", "EN"]  # fmt: skip
        body.append(row + slots(form, own))
    return Page("", [names, [*tool, *texts], ids], body)


def redcap(forms: Sequence[Form]) -> Page:
    """Events are waves, data access groups are sites; the date stands in a field of its own."""
    header: list[Cell] = ["record_id", "redcap_event_name", "redcap_data_access_group",
                          "couple_id", "role", "date_completed", *ITEMS, "phq9_complete", DAS,
                          "das_complete"]  # fmt: skip
    body = []
    for form in forms:
        row = slots(form, ("participant", "wave", "site", "couple", "role", "completed_on", *ITEMS))
        body.append([*row, 2, Slot(form, DAS), 2])
    return Page("", [header], body)


EVENTS = {"baseline": "baseline_arm_1", "end": "end_of_support_arm_1", "3m": "3_month_arm_1",
          "6m": "6_month_arm_1"}  # fmt: skip


def spss(forms: Sequence[Form], folder: Path) -> Written:
    """A .sav file: value labels, 99 and 98 declared missing, labels for the waves."""
    waves = {"baseline": 1, "end": 2, "3m": 3, "6m": 4}
    rows = []
    for form in forms:
        answers = {item: form.answers.get(item, 99) for item in ITEMS}
        row = {"pid": form.participant, "couple": form.couple, "role": form.role,
               "wave": waves[form.wave], "date_completed": form.day, **answers}  # fmt: skip
        rows.append(row | {DAS: form.answers.get(DAS)})
    frame = pd.DataFrame(rows)
    labels: dict[int | float, str] = {**dict(enumerate(LABELS)), 99: "Missing", 98: "Refused"}
    path = folder / "site.sav"
    pyreadstat.write_sav(
        frame, path, column_labels={item: QUESTIONS[item] for item in ITEMS},
        variable_value_labels={**dict.fromkeys(ITEMS, labels),
                               "wave": {1: "Baseline", 2: "End of support", 3: "3 months after",
                                        4: "6 months after"}},
        missing_ranges={item: [98, 99] for item in ITEMS},
    )  # fmt: skip
    cells = [list(frame.columns), *frame.astype(object).values.tolist()]
    return Written("site.sav", path.read_bytes(), {"": cells}, {})
