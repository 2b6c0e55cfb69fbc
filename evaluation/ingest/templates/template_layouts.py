"""The sheets of a blank workbook, for each way in which a site may keep its answers.

Whatever the layout, a header is a canonical name, alone or with one suffix: the point in time
(``phq9_1_3m``) or the partner (``phq9_1_A``). That is all the import needs to read it back.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from evaluation.ingest.files.limits import MAX_COLUMNS
from evaluation.ingest.templates.template_columns import QUESTIONNAIRE_COLUMNS, answer_columns
from evaluation.model import KEY_COLUMNS, OCCASION_COLUMNS, is_wave
from instruments.definition import Instrument

Layout = Literal["long", "wide", "sheet_per_wave", "couple"]
LAYOUTS: tuple[Layout, ...] = ("long", "wide", "sheet_per_wave", "couple")
LAYOUT_LABELS: dict[Layout, str] = {
    "long": "One row for each person and point in time",
    "wide": "One row for each person, all points in time side by side",
    "sheet_per_wave": "One sheet for each point in time",
    "couple": "One row for each couple and point in time",
}
QUESTIONNAIRES_SHEET = "questionnaires"
DEFAULT_WAVES = ("baseline", "end", "3m", "6m")
PARTNERS = ("A", "B")

# What each partner says for themselves; everything else is said once for the couple.
_OF_ONE_PARTNER = frozenset({"role", "age_band", "gender", "ethnicity_group", "first_time_parent"})
_OF_AN_OCCASION = frozenset({*OCCASION_COLUMNS, "wave", "session_number"})
_COUPLE_MEANING = (
    "The couple's code, unique within the site. Text. Never a name. A person who comes alone has "
    "a code of their own here, and only the columns that end in _A are filled in."
)
_WITH_WAVES = frozenset({"wide", "sheet_per_wave"})


@dataclass(frozen=True, slots=True)
class PlannedColumn:
    """A column's header, and the canonical name whose meaning, format and check it has.

    ``meaning`` stands in for that of the canonical name where the layout gives it another one.
    """

    header: str
    name: str
    meaning: str = ""


@dataclass(frozen=True, slots=True)
class PlannedSheet:
    """One sheet: its columns, and the headers that together say whose row it is and when.

    ``marked`` is the header of the code that turns yellow in a repeated row.
    """

    name: str
    columns: tuple[PlannedColumn, ...]
    key: tuple[str, ...]
    marked: str = "participant"


def plan_sheets(
    layout: str,
    instruments: Sequence[Instrument],
    *,
    optional: Sequence[str] = (),
    waves: Sequence[str] = (),
) -> tuple[PlannedSheet, ...]:
    """The sheets for the answers to these questionnaires; no ``waves`` means the usual four.

    Raises
    ------
    ValueError
        There is no such layout or wave, or a sheet would have more columns than can be read.
    """
    chosen = _checked_waves(layout, tuple(waves))
    answers = answer_columns(instruments)
    if layout == "wide":
        sheets: tuple[PlannedSheet, ...] = (_wide(optional, answers, chosen),)
    elif layout == "sheet_per_wave":
        sheets = tuple(_of_one_wave(wave, optional, answers) for wave in chosen)
    elif layout == "couple":
        sheets = (_couples(optional, answers),)
    else:
        columns = _as_named((*QUESTIONNAIRE_COLUMNS, *optional, *answers))
        sheets = (PlannedSheet(QUESTIONNAIRES_SHEET, columns, KEY_COLUMNS),)
    n_columns = len(sheets[0].columns)
    if n_columns > MAX_COLUMNS:
        raise ValueError(
            f"layout={layout!r}: the sheet would have {n_columns:,} columns and at most "
            f"{MAX_COLUMNS:,} can be read; choose fewer questionnaires or another layout"
        )
    return sheets


def reading_hints(layout: str, sheets: Sequence[PlannedSheet]) -> tuple[str, ...]:
    """How the sheets are to be filled in, one line for each thing to know."""
    return (*_HINTS[layout](sheets), _service_hint(layout))


def _long_hints(sheets: Sequence[PlannedSheet]) -> tuple[str, ...]:
    return (f"Sheet '{sheets[0].name}': one row for each person and each time they answer.",)


def _wide_hints(sheets: Sequence[PlannedSheet]) -> tuple[str, ...]:
    dates = [c.header for c in sheets[0].columns if c.name == "completed_on"]
    return (
        f"Sheet '{sheets[0].name}': one row for each person, however often they answer.",
        f"The end of a column's name says when: {_listed(dates)} are the days of each time.",
        "A time at which the person did not answer stays empty.",
    )


def _wave_hints(sheets: Sequence[PlannedSheet]) -> tuple[str, ...]:
    names = [f"'{sheet.name}'" for sheet in sheets]
    return (
        f"Sheets {_listed(names)}: one row for each person who answered at that time.",
        "The name of the sheet says when: do not rename the sheets.",
    )


def _couple_hints(sheets: Sequence[PlannedSheet]) -> tuple[str, ...]:
    return (
        f"Sheet '{sheets[0].name}': one row for each couple and each time they answer.",
        "Columns that end in _A are about one partner, columns that end in _B about the other. "
        "The same person stays A (or B) at all times.",
        "If the partners answered on different days, put completed_on_A and completed_on_B in "
        "place of completed_on.",
    )


_HINTS: dict[str, Callable[[Sequence[PlannedSheet]], tuple[str, ...]]] = {
    "long": _long_hints, "wide": _wide_hints, "sheet_per_wave": _wave_hints,
    "couple": _couple_hints,
}  # fmt: skip


def _service_hint(layout: str) -> str:
    line = "Sheet 'service_use': one row for each person."
    if layout != "couple":
        return line
    return f"{line} The participant is the couple's code with -A or -B after it, such as C07-A."


def _listed(words: Sequence[str]) -> str:
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def _checked_waves(layout: str, waves: tuple[str, ...]) -> tuple[str, ...]:
    if layout not in LAYOUTS:
        raise ValueError(f"layout={layout!r}: allowed are {', '.join(LAYOUTS)}")
    if waves and layout not in _WITH_WAVES:
        raise ValueError(f"waves={waves}: the layout {layout!r} has a column for them")
    if len(set(waves)) != len(waves):
        raise ValueError(f"waves={waves}: each may be named once")
    wrong = [wave for wave in waves if wave == "session" or not is_wave(wave)]
    if wrong:
        allowed = "baseline, mid, end, post and months such as 3m"
        raise ValueError(f"waves={wrong}: allowed are {allowed}")
    return waves or DEFAULT_WAVES


def _as_named(names: Sequence[str]) -> tuple[PlannedColumn, ...]:
    return tuple(PlannedColumn(name, name) for name in names)


def _with(suffix: str, names: Sequence[str]) -> tuple[PlannedColumn, ...]:
    return tuple(PlannedColumn(f"{name}_{suffix}", name) for name in names)


def _of_the_person(optional: Sequence[str]) -> tuple[str, ...]:
    names = (*QUESTIONNAIRE_COLUMNS, *optional)
    return tuple(name for name in names if name not in _OF_AN_OCCASION)


def _of_the_occasion(optional: Sequence[str]) -> tuple[str, ...]:
    return ("completed_on", *(name for name in optional if name in OCCASION_COLUMNS))


def _wide(optional: Sequence[str], answers: Sequence[str], waves: Sequence[str]) -> PlannedSheet:
    columns = _as_named(_of_the_person(optional))
    for wave in waves:
        columns += _with(wave, (*_of_the_occasion(optional), *answers))
    return PlannedSheet(QUESTIONNAIRES_SHEET, columns, _person_key())


def _of_one_wave(wave: str, optional: Sequence[str], answers: Sequence[str]) -> PlannedSheet:
    names = (*_of_the_person(optional), *_of_the_occasion(optional), *answers)
    return PlannedSheet(wave, _as_named(names), _person_key())


def _person_key() -> tuple[str, ...]:
    return tuple(name for name in KEY_COLUMNS if name not in _OF_AN_OCCASION)


def _couples(optional: Sequence[str], answers: Sequence[str]) -> PlannedSheet:
    """Partner A's columns stand before partner B's, so that one form is typed at a time."""
    named = [name for name in (*QUESTIONNAIRE_COLUMNS, *optional) if name != "participant"]
    shared = _as_named([name for name in named if name not in _OF_ONE_PARTNER])
    columns = tuple(
        replace(column, meaning=_COUPLE_MEANING) if column.name == "couple" else column
        for column in shared
    )
    for partner in PARTNERS:
        own = [name for name in named if name in _OF_ONE_PARTNER]
        columns += _with(partner, (*own, *answers))
    key = tuple("couple" if name == "participant" else name for name in KEY_COLUMNS)
    return PlannedSheet(QUESTIONNAIRES_SHEET, columns, key, marked="couple")
