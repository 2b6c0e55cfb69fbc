"""Scores as SPSS files with their labels; about single people, so never released."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd

from evaluation.model import CHARACTERISTIC_COLUMNS
from evaluation.programme import Results
from evaluation.report.research.column_meanings import meaning_of
from evaluation.report.research.people import participants_table, wide_scores
from evaluation.report.wording import wave_name
from instruments.definition import Instrument

LONGEST_NAME, LONGEST_VARIABLE_LABEL, LONGEST_VALUE_LABEL = 64, 255, 120  # bytes
_STATUSES = {
    "complete": "complete",
    "prorated": "prorated: answers are missing, within a rule",
    "supplied": "supplied: given without answers",
    "not_scored": "not scored",
}
_CODED = ("wave", "instrument", "scale", "status", "reason", "band")
_CODED_PEOPLE = ("role", *CHARACTERISTIC_COLUMNS)


@dataclass
class _SavFile:
    """Columns ready to be written, with what SPSS shows for them."""

    columns: dict[str, pd.Series] = field(default_factory=dict)
    labels: dict[str, str | None] = field(default_factory=dict)
    values: dict[str, dict[int | float, str]] = field(default_factory=dict)

    def add(self, name: str, column: pd.Series, label: str) -> None:
        self.columns[name] = column
        self.labels[name] = _shortened(label, LONGEST_VARIABLE_LABEL)

    def add_coded(
        self, name: str, column: pd.Series, label: str, texts: Mapping[str, str] | None = None
    ) -> None:
        """Texts as numbers from 1 with value labels, since few procedures take texts."""
        typed = column.fillna("").astype(str)
        codes = {text: code for code, text in enumerate(dict.fromkeys(typed[typed != ""]), 1)}
        self.add(name, typed.map(codes).astype(float), label)
        if codes:
            self.values[name] = {
                code: _shortened((texts or {}).get(text, text), LONGEST_VALUE_LABEL)
                for text, code in codes.items()
            }

    def bytes(self, file_label: str) -> bytes:
        # The library loads compiled code that only this file needs.
        import pyreadstat

        with TemporaryDirectory() as folder:
            path = Path(folder) / "scores.sav"
            pyreadstat.write_sav(
                pd.DataFrame(self.columns),
                str(path),
                file_label=_shortened(file_label, 60),
                column_labels=self.labels,
                variable_value_labels=self.values,
                row_compress=True,
            )
            return path.read_bytes()


def long_sav(results: Results, scores: pd.DataFrame, *, sites: Collection[str] | None) -> bytes:
    """scores.sav: a row for each score of ``scores`` (as scores.csv), with who it is of."""
    people = participants_table(results, sites).drop(columns="couple")
    table = scores.merge(people, on=["site", "participant"], how="left").reset_index(drop=True)
    texts = {
        "wave": {wave: f"{wave}: {wave_name(wave)}" for wave in table["wave"].unique()},
        "instrument": _instrument_texts(table["instrument"].unique(), results.instruments),
        "status": _STATUSES,
    }
    file = _SavFile()
    for name in table.columns:
        label = meaning_of("scores", name)
        if name in (*_CODED, *_CODED_PEOPLE):
            file.add_coded(name, table[name], label, texts.get(name))
        elif name == "completed_on":
            file.add(name, _days(table[name]), label)
        elif name in ("score", "session_number", "n_answered", "n_items"):
            file.add(name, table[name].astype(float), label)
        else:
            file.add(name, table[name].fillna("").astype(str), label)
    return file.bytes(_file_label(results))


def wide_sav(results: Results, *, sites: Collection[str] | None) -> bytes:
    """scores_wide.sav: a row for each person, a variable for each scale and wave in use."""
    table = wide_scores(results, sites)
    measured = results.waves[["instrument", "scale", "wave"]].drop_duplicates()
    names = measured["instrument"] + "_" + measured["scale"] + "_" + measured["wave"]
    about = dict(zip(names, measured.itertuples(index=False), strict=True))
    file = _SavFile()
    for name in table.columns:
        if name in _CODED_PEOPLE:
            file.add_coded(name, table[name], meaning_of("participants", name))
        elif name not in about:
            file.add(name, table[name].fillna("").astype(str), meaning_of("participants", name))
        else:
            instrument, scale_id, wave = about[name]
            known = results.instruments[instrument]
            scale = known.scale(scale_id)
            label = (
                f"{known.short_name}, {scale.label}, {wave_name(wave)} "
                f"({scale.score_range[0]:g} to {scale.score_range[1]:g}, better: {scale.better})"
            )
            file.add(variable_name(name, file.columns), table[name].astype(float), label)
    return file.bytes(_file_label(results))


def variable_name(name: str, taken: Collection[str]) -> str:
    """A name that SPSS takes: letters, digits and underscores, short enough, used once.

    Examples
    --------
    >>> variable_name("manchester@1_total_3m", ())
    'manchester_1_total_3m'
    """
    plain = "".join(c if c.isascii() and c.isalnum() else "_" for c in name).rstrip("_")
    plain = plain if plain[:1].isalpha() else f"v_{plain}"
    chosen, number = plain[:LONGEST_NAME], 1
    lower = {other.casefold() for other in taken}
    while chosen.casefold() in lower:
        number += 1
        chosen = f"{plain[: LONGEST_NAME - len(str(number)) - 1]}_{number}"
    return chosen


def _instrument_texts(
    names: Collection[str], instruments: Mapping[str, Instrument]
) -> dict[str, str]:
    return {name: f"{name}: {instruments[name].short_name}" for name in names}


def _days(column: pd.Series) -> pd.Series:
    days = pd.to_datetime(column).astype(object)
    return days.map(lambda day: None if pd.isna(day) else day.date())


def _file_label(results: Results) -> str:
    made_up = "SYNTHETIC. " if results.synthetic else ""
    return f"{made_up}Distance travelled, data up to {results.data_lock.isoformat()}"


def _shortened(text: str, most: int) -> str:
    """At most so many bytes, without half a letter at the end."""
    return text.encode("utf-8")[:most].decode("utf-8", errors="ignore")
