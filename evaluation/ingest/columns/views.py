"""A table of any layout as canonical views of itself.

A wide sheet is several readings of the same rows: one for each point in time, and one for each
partner. Every view keeps the column numbers of the sheet, so that a problem still finds its cell.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from evaluation.ingest.columns.choices import ColumnChoice, TableMapping
from evaluation.ingest.columns.layout_questions import groups
from evaluation.ingest.columns.waves import label_key
from evaluation.ingest.meaning.answer_texts import fold
from evaluation.ingest.meaning.personal import personal_header, personal_kinds
from evaluation.ingest.meaning.values import to_number
from evaluation.ingest.problems import Place, column_letter, make_problem, shown
from evaluation.ingest.sheets.sources import SOURCE_NAMES
from evaluation.ingest.sheets.tables import Table
from evaluation.model import Problem, is_wave
from instruments.definition import Instrument
from instruments.registry import match_column

ROLES = {"mum": "mother", "mother": "mother", "dad": "father", "father": "father",
         "wife": "wife", "husband": "husband"}  # fmt: skip
MOST_CELLS_LOOKED_AT = 2_000  # distinct ones, of a column that is not read
PARTNER = "partner"  # a column that tells which partner of the couple a row is about


@dataclass
class View:
    """Which column holds what; ``items`` and ``supplied`` by questionnaire id.

    ``wave`` is that of every row, where no column says it; ``partner`` likewise. ``own`` are the
    columns that only this view reads; rows that are blank in all of them are not its rows.
    ``loose`` are the names whose column was not called by its canonical name.
    """

    names: dict[str, int] = field(default_factory=dict)
    items: dict[str, dict[int, int]] = field(default_factory=dict)
    supplied: dict[str, dict[str, int]] = field(default_factory=dict)
    wave: str = ""
    partner: str = ""
    role: str = ""  # what the headers call this partner: Mum, Dad
    own: frozenset[int] = frozenset()
    loose: frozenset[str] = frozenset()
    waves: dict[str, str] = field(default_factory=dict)
    unit: str = "person"
    shared_code: bool = True  # one code for both partners, if they share a row

    @property
    def has_answers(self) -> bool:
        return bool(self.items or self.supplied)

    @property
    def person_column(self) -> int | None:
        """The column with the code that a row's problems point to."""
        return self.names.get("participant", self.names.get("couple"))

    @property
    def known_columns(self) -> set[int]:
        """The numbers of all columns that mean something."""
        by_item = {n for items in self.items.values() for n in items.values()}
        by_scale = {n for scales in self.supplied.values() for n in scales.values()}
        return set(self.names.values()) | by_item | by_scale


def wave_named(label: str, waves: dict[str, str]) -> str:
    """The wave that a label stands for in a table, or ``""`` while nobody has said."""
    key = label_key(label)
    if key in waves:
        return waves[key]
    return key if is_wave(key) else ""


def views_of(mapping: TableMapping, instruments: Iterable[Instrument]) -> list[View]:
    """The views of a table: one for each partner and point in time that its columns name."""
    read = [c for c in mapping.columns if c.read_as and c.sure and not c.reason]
    extra = tuple(instruments)
    partners = list(dict.fromkeys(c.partner for c in read if c.partner)) or [""]
    labels = list(dict.fromkeys(c.when for c in read if c.when)) or [""]
    views = []
    for partner in partners:
        for label in labels:
            wave = wave_named(label or mapping.when, mapping.waves)
            if label and not wave:
                continue  # an open question; its columns wait
            # What no label belongs to is said once: at the first point in time.
            unlabelled = label == labels[0]
            chosen = [
                c
                for c in read
                if c.partner in ("", partner)
                and (c.when == label or (not c.when and (unlabelled or not _is_answer(c, extra))))
            ]
            view = _view(chosen, extra, alone=len(partners) * len(labels) == 1)
            view.wave, view.partner = wave, partner
            view.role = _role_of([c.header for c in chosen if partner and c.partner == partner])
            view.waves, view.unit = mapping.waves, mapping.unit
            if view.has_answers or len(partners) * len(labels) == 1:
                views.append(view)
    return views


def _is_answer(choice: ColumnChoice, extra: tuple[Instrument, ...]) -> bool:
    return match_column(choice.read_as, extra=extra) is not None


def _role_of(headers: list[str]) -> str:
    """The role that every header of a partner's columns names, or ``""``."""
    named = [
        {ROLES[word] for word in re.findall(r"[a-z]+", header.casefold()) if word in ROLES}
        for header in headers
    ]
    shared = set.intersection(*named) if named else set()
    return shared.pop() if len(shared) == 1 else ""


def _view(chosen: list[ColumnChoice], extra: tuple[Instrument, ...], *, alone: bool) -> View:
    view = View()
    own = set()
    loose = set()
    for choice in chosen:
        match = match_column(choice.read_as, extra=extra)
        if match is None:
            view.names.setdefault(choice.read_as, choice.column)
            if choice.read_as == "participant" and choice.partner:
                view.shared_code = False
            if choice.how != "exact":
                loose.add(choice.read_as)
            continue
        own.add(choice.column)
        instrument, part = match
        if isinstance(part, int):
            view.items.setdefault(instrument.id, {}).setdefault(part, choice.column)
        else:
            view.supplied.setdefault(instrument.id, {}).setdefault(part, choice.column)
    view.own = frozenset(view.known_columns if alone else own)
    view.loose = frozenset(loose)
    return view


def column_problems(table: Table, mapping: TableMapping) -> list[Problem]:
    """What there is to say about the columns themselves."""
    problems = []
    for choice in mapping.columns:
        place = Place(table.file, table.sheet, table.header_rows[-1], choice.column)
        if choice.reason == "personal":
            problems.append(_personal(table, choice, place))
        elif choice.reason == "duplicate":
            problems.append(make_problem("duplicate_column", place, value=shown(choice.header)))
        elif not choice.read_as and not choice.reason and _holds_anything(table, choice):
            problems.append(_unknown(table, choice, place))
            problems += _personal_cells(table, choice)
    whole = Place(table.file, table.sheet)
    for reason, code in (("source", "tool_columns"), ("partner", "partner_columns"),
                         ("copy", "copied_columns")):  # fmt: skip
        left = [c for c in mapping.columns if c.reason == reason]
        if left:
            tool = SOURCE_NAMES.get(mapping.source, "the survey tool")
            problems.append(make_problem(code, whole, value=_listed(left), tool=tool))
    renamed = [c for c in mapping.columns if c.read_as and c.how in ("name", "text")]
    if renamed:
        problems.append(make_problem("read_columns_as", whole, value="; ".join(groups(renamed))))
    return problems


def _unknown(table: Table, choice: ColumnChoice, place: Place) -> Problem:
    """Words beside a table are remarks; numbers without a header may be answers."""
    if choice.header:
        return make_problem("unknown_column", place, value=shown(choice.header))
    if any(to_number(cell) is not None for cell in table.columns[choice.column].counts()):
        letter = column_letter(choice.column)
        return make_problem("column_without_name", place, letter=letter)
    return make_problem("unknown_column", place, value="(no header)")


def _listed(choices: list[ColumnChoice]) -> str:
    return ", ".join(f"'{shown(c.header)}'" for c in choices)


def _holds_anything(table: Table, choice: ColumnChoice) -> bool:
    return bool(choice.header) or bool(table.columns[choice.column].filled.any())


def _personal_cells(table: Table, choice: ColumnChoice) -> list[Problem]:
    """Contact details in a column that is not read: they should not have left the site.

    Dates say nothing there: most are no dates of birth.
    """
    column = table.columns[choice.column]
    kinds = personal_kinds(list(column.counts())[:MOST_CELLS_LOOKED_AT])
    found = {cell: kind for cell, kind in kinds.items() if kind and kind != "a date of birth"}
    if not found:
        return []
    codes = [code for code, cell in enumerate(column.values) if cell in found]
    rows = np.flatnonzero(np.isin(column.codes, codes))
    place = Place(table.file, table.sheet, int(table.row_numbers[rows[0]]), choice.column)
    where = "This cell" if len(rows) == 1 else f"This cell, like {len(rows) - 1} more below it,"
    kind = next(iter(found.values()))
    return [make_problem("personal_data", place, where=where, kind=kind)]


def _personal(table: Table, choice: ColumnChoice, place: Place) -> Problem:
    """Survey tools write columns for names even where nobody gave one."""
    cells = {fold(str(value)) for value in table.columns[choice.column].counts()}
    if cells <= {"anonymous", "anonym"}:
        return make_problem("unknown_column", place, value=shown(choice.header))
    kind = personal_header(choice.header) or "personal details"
    return make_problem("personal_data", place, where="This column", kind=kind)
