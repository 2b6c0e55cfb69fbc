"""One view of a table to clean rows: each with its place, its answers as numbers, its refusals."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from evaluation.ingest.columns.choices import Mapping as Choices
from evaluation.ingest.columns.views import PARTNER, View, wave_named
from evaluation.ingest.files.cells import Cell, Column
from evaluation.ingest.meaning.answer_questions import Unresolved, ask_about_options, question_key
from evaluation.ingest.meaning.answer_texts import folded, missing_reason
from evaluation.ingest.meaning.answers import AnswerReader, ScoreReader, answer_parser, score_parser
from evaluation.ingest.meaning.dates import date_order, date_parser
from evaluation.ingest.meaning.personal import personal_kinds
from evaluation.ingest.meaning.values import (
    ColumnReading,
    Missing,
    choice_parser,
    clean_text,
    number_parser,
    parse_yes_no,
    read_column,
    typed_number,
)
from evaluation.ingest.parsed_rows import REASON_NAMES, ParsedRows
from evaluation.ingest.problems import Place, make_problem
from evaluation.ingest.sheets.tables import Table
from evaluation.model import SERVICE_USE_COLUMNS, Problem, Recoding, Recodings
from instruments.definition import Instrument

TEXT_NAMES = (
    "site", "participant", "couple", "role", "child", "informant", "wave", "age_band", "gender",
    "relationship_status", "low_income", "ethnicity_group", "first_time_parent", "referral_route",
    "intervention", "mode", "administered_by_role",
)  # fmt: skip
LOWER_NAMES = frozenset({"role", "informant", "wave"})
ENDINGS = ("planned", "dropped out", "separated", "safeguarding", "withdrew consent")
ROLE_WORDS = {
    "mum": "mother", "mam": "mother", "mom": "mother", "mummy": "mother", "dad": "father",
    "daddy": "father",
}  # fmt: skip
# What people type where there is no code. NA and None may be somebody's code, but not a couple's:
# two singles with "none" are no couple.
NO_CODE = frozenset(
    {"n/a", "-", "--", ".", "?", "unknown", "not known", "not applicable", "missing", "tbc"}
)
NO_COUPLE = NO_CODE | {"na", "none", "nil", "no", "single", "alone"}
MOST_COMPLAINTS = 1_000  # of one kind in one column; the rest is counted

_COUNT = number_parser(low=0, high=float("inf"), whole=True)
_AMOUNT = number_parser(low=0, high=float("inf"))
_RATING = number_parser(low=0, high=10)
SERVICE_PARSERS: dict[str, Callable[[Cell], Any]] = {
    "took_up": parse_yes_no, "ending": choice_parser(ENDINGS),
    "sessions_offered": _COUNT, "sessions_attended": _COUNT, "sessions_cancelled": _COUNT,
    "sessions_dna": _COUNT, "hours_offered": _AMOUNT, "hours_used": _AMOUNT,
    "satisfied": _RATING, "met_expectations": _RATING,
    "would_recommend": choice_parser(("yes", "no", "unsure")),
    "worker_rating_before": _RATING, "worker_rating_after": _RATING,
}  # fmt: skip
DATE_NAMES = frozenset({"referred_on", "started_on", "ended_on"})
NUMBER_NAMES = frozenset(
    {name for name, parse in SERVICE_PARSERS.items() if parse in (_COUNT, _AMOUNT, _RATING)}
)


@dataclass(frozen=True)
class Manner:
    """How the cells of one file are to be read."""

    choices: Choices
    instruments: Mapping[str, Instrument]
    recodings: Recodings
    site: str = ""
    day_first: bool | None = None
    date1904: bool = False


class Reader:
    """Reads the columns of one view and collects what cannot be read."""

    def __init__(self, table: Table, view: View, manner: Manner) -> None:
        self.table = table
        self.view = view
        self.manner = manner
        self.rows = _rows_of(table, view)
        self.row_numbers = table.row_numbers[self.rows]
        self.problems: list[Problem] = []
        self.reasons: list[tuple[int, str, str, str]] = []
        self.dropped: list[tuple[int, int]] = []
        self.answers: list[Unresolved] = []
        self._uncalculated: dict[int, list[int]] = {}
        for row, column in table.formulas_without_value:
            self._uncalculated.setdefault(column, []).append(row)

    def __len__(self) -> int:
        return len(self.rows)

    def place(self, position: int, column: int) -> Place:
        row = int(self.row_numbers[position])
        return Place(self.table.file, self.table.sheet, row, column)

    def column(self, number: int) -> Column:
        column = self.table.columns[number]
        return column if len(self.rows) == len(column) else column.take(self.rows)

    def read(self, number: int, parse: Callable[[Cell], Any], *, blank: Any) -> ColumnReading:
        """A whole column through ``parse``; what is refused is complained of and left blank."""
        reading = read_column(self.column(number), parse, blank=blank)
        self.complain_of(reading, number)
        self._complain_of_formulas(number)
        return reading

    def complain_of(
        self, reading: ColumnReading, number: int, positions: np.ndarray | None = None
    ) -> None:
        listed: dict[str, int] = {}
        name = self.table.header[number]
        for found, refusal in reading.refused():
            position = found if positions is None else int(positions[found])
            self.dropped.append((position, number))
            if refusal.asks:
                continue  # a question may speak for all of them; see `complaints`
            listed[refusal.code] = listed.get(refusal.code, 0) + 1
            if listed[refusal.code] > MOST_COMPLAINTS:
                continue
            cell = self.table.columns[number][int(self.rows[position])]
            value = clean_text(cell) if refusal.code == "date_out_of_range" else cell
            words = {"value": value, "column_name": name, **refusal.words}
            self.problems.append(make_problem(refusal.code, self.place(position, number), **words))
        for n in listed.values():
            self._count_the_rest(number, n)

    def text(self, name: str) -> pd.Series:
        """A column of words, or blanks where there is no such column."""
        number = self.view.names.get(name)
        if number is None:
            return pd.Series([""] * len(self), dtype=object)
        words = self.read(number, clean_text, blank="").objects("")
        absent = {"participant": NO_CODE, "couple": NO_COUPLE}.get(name)
        if absent:
            words = ["" if word.casefold() in absent else word for word in words]
        return pd.Series(words, dtype=object)

    def unless_declared(self, number: int, parse: Callable[[Cell], Any]) -> Callable[[Cell], Any]:
        """The parser for a column, before which comes what its file declares to be missing."""
        declared = {
            cell: Missing(missing_reason(label) or "not known")
            for cell, label in self.table.missing.get(number, {}).items()
            if folded(cell) not in self.manner.choices.readings
        }
        return (lambda cell: declared.get(cell) or parse(cell)) if declared else parse

    def _complain_of_formulas(self, number: int) -> None:
        missing = self._uncalculated.get(number)
        if missing is None:
            return
        positions = np.flatnonzero(np.isin(self.row_numbers, missing)).tolist()
        self.dropped += [(position, number) for position in positions]
        self.problems += [
            make_problem("formula_without_value", self.place(position, number))
            for position in positions[:MOST_COMPLAINTS]
        ]
        self._count_the_rest(number, len(positions))

    def _count_the_rest(self, number: int, n: int) -> None:
        """Say how many more there are of a column's complaints than have been listed."""
        if n > MOST_COMPLAINTS:
            place = Place(self.table.file, self.table.sheet, column=number)
            words = {"value": self.table.header[number], "count": n - MOST_COMPLAINTS}
            self.problems.append(make_problem("more_of_the_same", place, **words))


def _rows_of(table: Table, view: View) -> np.ndarray:
    """The rows of a table that hold anything this view reads."""
    filled = np.zeros(len(table.row_numbers), dtype=bool)
    for number in view.own:
        filled |= table.columns[number].filled
    return np.flatnonzero(filled)


def parse_questionnaires(
    table: Table, view: View, manner: Manner
) -> tuple[ParsedRows, list[Unresolved]]:
    """Every row of a view that holds answers, and its answer columns as they were read."""
    reader = Reader(table, view, manner)
    rows = base_rows(reader)
    for name in TEXT_NAMES:
        if name not in rows:
            rows[name] = reader.text(name)
    rows["wave"] = meant_waves(rows["wave"], view)
    rows["wave_typed"] = rows["wave"]
    for name in LOWER_NAMES:
        rows[name] = rows[name].str.lower()
    if "role" in view.loose:
        rows["role"] = rows["role"].map(lambda word: ROLE_WORDS.get(word, word))
    _name_people(reader, rows)
    rows["session_number"] = _session_numbers(reader, rows["wave"])
    rows["session_typed"] = _typed_sessions(reader)
    rows["completed_on"] = _dates(reader, "completed_on")
    parsed = ParsedRows(rows, refused=np.zeros(len(rows), dtype=bool))
    for instrument_id, items in view.items.items():
        _read_items(reader, parsed, manner.instruments[instrument_id], items)
    for instrument_id, scales in view.supplied.items():
        _read_scores(reader, parsed, manner.instruments[instrument_id], scales)
    return finished(reader, parsed), reader.answers


def parse_service_use(table: Table, view: View, manner: Manner) -> ParsedRows:
    """Every row of a service-use sheet."""
    reader = Reader(table, view, manner)
    rows = base_rows(reader)
    for name in SERVICE_USE_COLUMNS:
        number = view.names.get(name)
        if name in ("site", "participant", "couple"):
            rows[name] = reader.text(name)
        elif name in DATE_NAMES:
            rows[name] = _dates(reader, name)
        elif name in NUMBER_NAMES:
            rows[name] = (
                np.nan
                if number is None
                else reader.read(number, SERVICE_PARSERS[name], blank=np.nan).floats()
            )
        else:
            blank = None if name == "took_up" else ""
            values = (
                [blank] * len(reader)
                if number is None
                else reader.read(number, SERVICE_PARSERS[name], blank=blank).objects(blank)
            )
            rows[name] = pd.Series(values, dtype=object)
    parsed = ParsedRows(rows, refused=np.zeros(len(rows), dtype=bool))
    return finished(reader, parsed)


def finished(reader: Reader, parsed: ParsedRows) -> ParsedRows:
    parsed.problems = reader.problems
    parsed.dropped = reader.dropped
    tidied = sum(column.reading.count_tidied() for column in reader.answers)
    if tidied:
        place = Place(reader.table.file, reader.table.sheet)
        parsed.problems.append(make_problem("cells_tidied", place, count=tidied))
    parsed.reasons = pd.DataFrame(reader.reasons, columns=list(REASON_NAMES))
    _guard_personal_cells(parsed, reader.view)
    return parsed


def base_rows(reader: Reader) -> pd.DataFrame:
    n = len(reader)
    return pd.DataFrame(
        {
            "file": pd.Series([reader.table.file] * n, dtype=object),
            "sheet": pd.Series([reader.table.sheet] * n, dtype=object),
            "row": reader.row_numbers,
            "column": reader.view.person_column or 0,
            "at": reader.rows,
        }
    )


def _name_people(reader: Reader, rows: pd.DataFrame) -> None:
    """Codes of people that a sheet names only as partners of a couple."""
    view = reader.view
    partner = pd.Series([view.partner] * len(rows), dtype=object)
    if PARTNER in view.names:
        partner = reader.text(PARTNER)
        if "role" not in view.names and not partner.str.isdigit().any():
            rows["role"] = partner.str.lower().map(lambda word: ROLE_WORDS.get(word, word))
    if "participant" not in view.names:
        both = (rows["couple"] != "") & (partner != "")
        rows["participant"] = (rows["couple"] + "-" + partner).where(both, "")
        if view.unit == "couple":
            rows["participant"] = rows["couple"]
    elif view.partner and view.shared_code:
        named = rows["participant"] != ""
        if "couple" not in view.names:
            rows["couple"] = rows["participant"]
        rows["participant"] = (rows["participant"] + "-" + partner).where(named, "")
    if view.partner and "role" not in view.names:
        rows["role"] = view.role or f"partner_{view.partner.lower()}"
    if view.unit == "couple":
        rows["couple"] = rows["couple"].where(rows["couple"] != "", rows["participant"])
        rows["role"] = "couple"


def meant_waves(typed: pd.Series, view: View) -> pd.Series:
    """The wave of each row; a label that nobody has explained stays as it was typed."""
    if "wave" not in view.names:
        return pd.Series([view.wave] * len(typed), dtype=object)
    meant = {label: wave_named(label, view.waves) or label for label in typed.unique() if label}
    return typed.map(lambda label: meant.get(label, ""))


def _dates(reader: Reader, name: str) -> pd.Series:
    number = reader.view.names.get(name)
    if number is None:
        return pd.Series(pd.NaT, index=range(len(reader)), dtype="datetime64[us]")
    manner = reader.manner
    proven = date_order([reader.table.columns[number]])
    day_first = proven if isinstance(proven, bool) else manner.day_first
    parse = date_parser(day_first=day_first, date1904=manner.date1904)
    dates = reader.read(number, parse, blank=None).objects(None)
    return pd.to_datetime(pd.Series(dates, dtype=object))


def _read_items(
    reader: Reader, parsed: ParsedRows, instrument: Instrument, items: Mapping[int, int]
) -> None:
    recodings = reader.manner.recodings.get(instrument.id, ())
    groups = _by_decision(recodings, parsed.rows["site"].replace("", reader.manner.site))
    answers: dict[int, np.ndarray] = {}
    for item_number, number in items.items():
        values = np.full(len(reader), np.nan)
        for decided, positions in groups:
            parse = answer_parser(
                instrument,
                instrument.item(item_number),
                recodings=decided,
                words=reader.manner.choices.words.get(instrument.id, {}),
                readings=reader.manner.choices.readings,
            )
            values[positions] = _read_answers(reader, item_number, number, parse, positions)
        reader._complain_of_formulas(number)
        answers[item_number] = values
    parsed.answers[instrument.id] = _float_table(answers, parsed.rows.index)
    parsed.typed[instrument.id] = _float_table(
        {
            item: read_column(
                reader.column(number), reader.unless_declared(number, typed_number), blank=np.nan
            ).floats()
            for item, number in items.items()
        },
        parsed.rows.index,
    )


def _read_scores(
    reader: Reader, parsed: ParsedRows, instrument: Instrument, scales: Mapping[str, int]
) -> None:
    everywhere = np.arange(len(reader))
    scores = {}
    for scale_id, number in scales.items():
        parse = score_parser(
            instrument,
            instrument.scale(scale_id),
            words=reader.manner.choices.words.get(instrument.id, {}),
            readings=reader.manner.choices.readings,
        )
        scores[scale_id] = _read_answers(reader, scale_id, number, parse, everywhere)
        reader._complain_of_formulas(number)
    parsed.supplied[instrument.id] = _float_table(scores, parsed.rows.index)


def _read_answers(
    reader: Reader,
    part: int | str,
    number: int,
    parse: AnswerReader | ScoreReader,
    positions: np.ndarray,
) -> np.ndarray:
    """Answers or scores of some rows, with the reasons of those that are missing."""
    column = reader.column(number)
    some = column if len(positions) == len(column) else column.take(positions)
    reading = read_column(some, reader.unless_declared(number, parse), blank=np.nan)
    if isinstance(parse, AnswerReader):
        ask_about_options(reading)
    reader.complain_of(reading, number, positions)
    instrument_id = parse.instrument.id
    for found, reason in reading.reasons():
        reader.reasons.append((int(positions[found]), instrument_id, str(part), reason))
    table = reader.table
    place = Place(table.file, table.sheet, column=number)
    rows = reader.row_numbers[positions]
    reader.answers.append(Unresolved(parse, reading, table.header[number], place, rows))
    return reading.floats()


def complaints(column: Unresolved, asked: Collection[str]) -> list[Problem]:
    """A problem for each cell that could be explained, unless a question asks for it."""
    found = []
    for position, refusal in column.reading.refused():
        cell = column.reading.column[position]
        if not refusal.asks or question_key(column.reader, folded(cell), refusal) in asked:
            continue
        place = replace(column.place, row=int(column.rows[position]))
        words = {"value": cell, "column_name": column.header, **refusal.words}
        found.append(make_problem(refusal.code, place, **words))
        if len(found) == MOST_COMPLAINTS:
            break
    return found


def _by_decision(
    recodings: Sequence[Recoding], sites: pd.Series
) -> list[tuple[tuple[Recoding, ...], np.ndarray]]:
    """Positions of rows that share the decisions which apply to their site."""
    if not any(recoding.sites for recoding in recodings):
        return [(tuple(recodings), np.arange(len(sites)))]
    chosen = sites.map(lambda name: tuple(r for r in recodings if r.applies_to(name)))
    return [
        (decided, np.flatnonzero([own == decided for own in chosen]))
        for decided in dict.fromkeys(chosen)
    ]


def _float_table(
    columns: Mapping[Any, Sequence[float] | np.ndarray], index: pd.Index
) -> pd.DataFrame:
    return pd.DataFrame(
        {key: np.asarray(values, dtype=float) for key, values in columns.items()}, index=index
    )


def _session_numbers(reader: Reader, waves: pd.Series) -> np.ndarray:
    number = reader.view.names.get("session_number")
    if number is None:
        return np.full(len(waves), np.nan)
    parse = number_parser(low=1, high=999, whole=True)
    numbers = read_column(reader.column(number), parse, blank=np.nan).floats()
    return np.where(waves == "session", numbers, np.nan)


def _typed_sessions(reader: Reader) -> pd.Series:
    """The column of session numbers as typed, for sentences about it."""
    number = reader.view.names.get("session_number")
    if number is None:
        return pd.Series([""] * len(reader), dtype=object)
    words = read_column(reader.column(number), clean_text, blank="").objects("")
    return pd.Series(words, dtype=object)


def _guard_personal_cells(parsed: ParsedRows, view: View) -> None:
    """Cells that look like contact details lose their value; it is never repeated anywhere."""
    guarded = (*TEXT_NAMES, "indicator")
    for name in (n for n in guarded if n in view.names and n in parsed.rows):
        distinct = list(parsed.rows[name].unique())
        kinds = personal_kinds(distinct, codes=name in ("participant", "couple"))
        suspicious = {value for value, kind in kinds.items() if kind}
        if not suspicious:
            continue
        for position in np.flatnonzero(parsed.rows[name].isin(suspicious)):
            place = parsed.place(int(position), view.names[name])
            kind = kinds[parsed.rows[name].iloc[position]]
            parsed.problems.append(
                make_problem("personal_data", place, where="This cell", kind=kind)
            )
            parsed.dropped.append((int(position), view.names[name]))
            if name in ("participant", "indicator"):
                parsed.refused[position] = True
        parsed.rows[name] = parsed.rows[name].where(~parsed.rows[name].isin(suspicious), "")
