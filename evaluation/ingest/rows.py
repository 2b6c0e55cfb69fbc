"""One sheet to clean rows: each row with its place, its answers as numbers, its refusals."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd

from evaluation.ingest.mapping import ColumnMap
from evaluation.ingest.problems import Place, make_problem
from evaluation.ingest.read import Cell, Sheet, is_blank
from evaluation.ingest.values import (
    answer_parser,
    choice_parser,
    clean_text,
    convert,
    looks_personal,
    number_parser,
    parse_date,
    parse_yes_no,
    score_parser,
    typed_number,
)
from evaluation.model import SERVICE_USE_COLUMNS, Problem, Recoding, Recodings
from instruments.definition import Instrument

TEXT_NAMES = (
    "site", "participant", "couple", "role", "child", "informant", "wave", "age_band", "gender",
    "relationship_status", "low_income", "ethnicity_group", "first_time_parent", "referral_route",
    "intervention", "mode", "administered_by_role",
)  # fmt: skip
LOWER_NAMES = frozenset({"role", "informant", "wave"})
ENDINGS = ("planned", "dropped out", "separated", "safeguarding", "withdrew consent")

_COUNT = number_parser(low=0, high=float("inf"), whole=True)
_AMOUNT = number_parser(low=0, high=float("inf"))
_RATING = number_parser(low=0, high=10)
SERVICE_PARSERS: dict[str, Callable[[Cell], Any]] = {
    "referred_on": parse_date, "started_on": parse_date, "ended_on": parse_date,
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


@dataclass
class ParsedRows:
    """Rows of one or more sheets under one numbering.

    ``rows``: file, sheet, row and the columns that were found, all text columns present.
    ``answers`` and ``supplied``: float tables by instrument id, index = position in ``rows``;
    ``typed``: the numbers behind ``answers`` before anything was refused or recoded. ``refused``
    marks rows that cannot be used.
    """

    rows: pd.DataFrame
    answers: dict[str, pd.DataFrame] = field(default_factory=dict)
    supplied: dict[str, pd.DataFrame] = field(default_factory=dict)
    typed: dict[str, pd.DataFrame] = field(default_factory=dict)
    refused: np.ndarray = field(default_factory=lambda: np.zeros(0, dtype=bool))
    problems: list[Problem] = field(default_factory=list)

    def place(self, position: int, column: int | None = None) -> Place:
        """Where a row came from: the given column, else the one of the participant's code."""
        row = self.rows.iloc[position]
        if column is None:
            column = int(row["column"])
        return Place(row["file"], row["sheet"], int(row["row"]), column)


class _Reader:
    """Reads the columns of one sheet and collects what cannot be read."""

    def __init__(self, file_name: str, sheet: Sheet) -> None:
        self.file_name = file_name
        self.sheet = sheet
        self.problems: list[Problem] = []

    def place(self, position: int, column: int) -> Place:
        return Place(self.file_name, self.sheet.name, self.sheet.row_numbers[position], column)

    def complain(self, code: str, position: int, column: int, **words: Any) -> None:
        value = self.sheet.columns[column][position]
        if code == "date_out_of_range":
            value = clean_text(value)
        self.problems.append(
            make_problem(code, self.place(position, column), **{"value": value, **words})
        )

    def read(self, column: int, parse: Callable[[Cell], Any], *, blank: Any) -> list[Any]:
        """A whole column through ``parse``; what is refused is complained of and left blank."""
        name = clean_text(self.sheet.header[column])
        values, refused = convert(self.sheet.columns[column], parse, blank=blank)
        for position, refusal in refused.items():
            self.complain(refusal.code, position, column, **{"column_name": name, **refusal.words})
        self._complain_of_formulas(column)
        return values

    def read_in_groups(
        self, column: int, groups: list[tuple[np.ndarray, Callable[[Cell], Any]]]
    ) -> np.ndarray:
        """A column of answers whose rows are read in different ways."""
        name = clean_text(self.sheet.header[column])
        result = np.full(len(self.sheet.row_numbers), np.nan)
        for positions, parse in groups:
            cells = [self.sheet.columns[column][p] for p in positions]
            values, refused = convert(cells, parse, blank=np.nan)
            result[positions] = values
            for place, refusal in refused.items():
                words = {"column_name": name, **refusal.words}
                self.complain(refusal.code, int(positions[place]), column, **words)
        self._complain_of_formulas(column)
        return result

    def text(self, column: int) -> list[str]:
        return self.read(column, clean_text, blank="")

    def _complain_of_formulas(self, column: int) -> None:
        if not self.sheet.formulas_without_value:
            return
        for position, row in enumerate(self.sheet.row_numbers):
            if (row, column) in self.sheet.formulas_without_value:
                self.complain("formula_without_value", position, column)


def _base_rows(file_name: str, sheet: Sheet, columns: ColumnMap) -> pd.DataFrame:
    """Where each row came from; ``column`` is the one that holds the participant's code."""
    return pd.DataFrame(
        {
            "file": file_name,
            "sheet": sheet.name,
            "row": sheet.row_numbers,
            "column": columns.names["participant"],
        },
        index=range(len(sheet.row_numbers)),
    )


def parse_questionnaires(
    file_name: str,
    sheet: Sheet,
    columns: ColumnMap,
    instruments: dict[str, Instrument],
    recodings: Recodings,
    *,
    site: str = "",
) -> ParsedRows:
    """Every row of a questionnaire sheet; the row rules of each sheet are applied by the caller."""
    reader = _Reader(file_name, sheet)
    rows = _base_rows(file_name, sheet, columns)
    for name in TEXT_NAMES:
        column = columns.names.get(name)
        values = [""] * len(rows) if column is None else reader.text(column)
        rows[name] = [v.casefold() for v in values] if name in LOWER_NAMES else values
        rows[name] = rows[name].astype(object)
    rows["session_number"] = _session_numbers(reader, columns, rows["wave"])
    rows["session_typed"] = _typed_text(reader, columns, "session_number")
    day = columns.names.get("completed_on")
    dates = [None] * len(rows) if day is None else reader.read(day, parse_date, blank=None)
    rows["completed_on"] = pd.to_datetime(pd.Series(dates, dtype=object, index=rows.index))
    parsed = ParsedRows(rows, refused=np.zeros(len(rows), dtype=bool))
    for instrument_id, items in columns.items.items():
        instrument = instruments[instrument_id]
        recode = recodings.get(instrument_id, ())
        groups = _by_decision(recode, rows["site"].where(rows["site"] != "", site))
        parsed.answers[instrument_id] = _float_table(
            {
                number: reader.read_in_groups(
                    column,
                    [
                        (positions, answer_parser(instrument, instrument.item(number), decided))
                        for decided, positions in groups
                    ],
                )
                for number, column in items.items()
            },
            rows.index,
        )
        parsed.typed[instrument_id] = _float_table(
            {n: convert(sheet.columns[c], typed_number, blank=np.nan)[0] for n, c in items.items()},
            rows.index,
        )
    for instrument_id, scales in columns.supplied.items():
        instrument = instruments[instrument_id]
        parsed.supplied[instrument_id] = _float_table(
            {
                scale_id: reader.read(
                    column, score_parser(instrument, instrument.scale(scale_id)), blank=np.nan
                )
                for scale_id, column in scales.items()
            },
            rows.index,
        )
    parsed.problems = reader.problems
    _guard_personal_cells(parsed, columns)
    return parsed


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


def parse_service_use(file_name: str, sheet: Sheet, columns: ColumnMap) -> ParsedRows:
    """Every row of a service-use sheet."""
    reader = _Reader(file_name, sheet)
    rows = _base_rows(file_name, sheet, columns)
    for name in SERVICE_USE_COLUMNS:
        column = columns.names.get(name)
        if name in ("site", "participant", "couple"):
            rows[name] = [""] * len(rows) if column is None else reader.text(column)
            rows[name] = rows[name].astype(object)
        elif name in NUMBER_NAMES:
            values = (
                [] if column is None else reader.read(column, SERVICE_PARSERS[name], blank=np.nan)
            )
            rows[name] = np.array(values or [np.nan] * len(rows), dtype=float)
        else:
            values = (
                [] if column is None else reader.read(column, SERVICE_PARSERS[name], blank=None)
            )
            series = pd.Series(values or [None] * len(rows), index=rows.index, dtype=object)
            if name in DATE_NAMES:
                rows[name] = pd.to_datetime(series)
            else:
                rows[name] = series if name == "took_up" else series.fillna("")
    parsed = ParsedRows(rows, refused=np.zeros(len(rows), dtype=bool), problems=reader.problems)
    _guard_personal_cells(parsed, columns)
    return parsed


def _float_table(
    columns: Mapping[Any, Sequence[float] | np.ndarray], index: pd.Index
) -> pd.DataFrame:
    return pd.DataFrame(
        {key: np.array(values, dtype=float) for key, values in columns.items()}, index=index
    )


def _session_numbers(reader: _Reader, columns: ColumnMap, waves: pd.Series) -> np.ndarray:
    column = columns.names.get("session_number")
    if column is None:
        return np.full(len(waves), np.nan)
    parse = number_parser(low=1, high=999, whole=True)
    values, _ = convert(reader.sheet.columns[column], parse, blank=np.nan)
    numbers = np.array(values, dtype=float)
    return np.where(waves == "session", numbers, np.nan)


def _typed_text(reader: _Reader, columns: ColumnMap, name: str) -> list[str]:
    """A column as typed, for sentences about it."""
    column = columns.names.get(name)
    values = (
        [None] * len(reader.sheet.row_numbers) if column is None else reader.sheet.columns[column]
    )
    return [clean_text(value) for value in values]


def _guard_personal_cells(parsed: ParsedRows, columns: ColumnMap) -> None:
    """Cells that look like contact details lose their value; it is never repeated anywhere."""
    for name in (n for n in TEXT_NAMES if n in columns.names and n in parsed.rows):
        kinds = {value: looks_personal(value) for value in set(parsed.rows[name])}
        suspicious = {value for value, kind in kinds.items() if kind}
        if not suspicious:
            continue
        for position in np.flatnonzero(parsed.rows[name].isin(suspicious)):
            place = parsed.place(int(position), columns.names[name])
            kind = kinds[parsed.rows[name].iloc[position]]
            parsed.problems.append(
                make_problem("personal_data", place, where="This cell", kind=kind)
            )
            if name == "participant":
                parsed.refused[position] = True
        parsed.rows[name] = parsed.rows[name].where(~parsed.rows[name].isin(suspicious), "")


def drop_rows_without_content(parsed: ParsedRows, sheet: Sheet, columns: ColumnMap) -> ParsedRows:
    """Leave out rows that are blank in every column that is known here (notes below the data)."""
    filled = np.zeros(len(parsed.rows), dtype=bool)
    for column in columns.known_columns:
        filled |= np.array([not is_blank(value) for value in sheet.columns[column]], dtype=bool)
    return select_rows(parsed, filled)


def select_rows(parsed: ParsedRows, keep: np.ndarray) -> ParsedRows:
    """The same rows, only those marked in ``keep``, numbered anew."""
    return replace(
        parsed,
        rows=parsed.rows[keep].reset_index(drop=True),
        answers={k: t[keep].reset_index(drop=True) for k, t in parsed.answers.items()},
        supplied={k: t[keep].reset_index(drop=True) for k, t in parsed.supplied.items()},
        typed={k: t[keep].reset_index(drop=True) for k, t in parsed.typed.items()},
        refused=parsed.refused[keep],
    )


def stack(parts: Sequence[ParsedRows]) -> ParsedRows:
    """Rows of several sheets as one table."""
    if len(parts) == 1:
        return parts[0]
    starts = np.cumsum([0] + [len(part.rows) for part in parts])
    total = range(int(starts[-1]))

    def joined(tables: Callable[[ParsedRows], dict[str, pd.DataFrame]]) -> dict[str, pd.DataFrame]:
        ids = dict.fromkeys(key for part in parts for key in tables(part))
        return {
            key: pd.concat(
                [
                    tables(part)[key].set_axis(range(starts[i], starts[i + 1]))
                    for i, part in enumerate(parts)
                    if key in tables(part)
                ]
            ).reindex(total)
            for key in ids
        }

    return ParsedRows(
        rows=pd.concat([part.rows for part in parts], ignore_index=True),
        answers=joined(lambda part: part.answers),
        supplied=joined(lambda part: part.supplied),
        typed=joined(lambda part: part.typed),
        refused=np.concatenate([part.refused for part in parts]),
        problems=[problem for part in parts for problem in part.problems],
    )
