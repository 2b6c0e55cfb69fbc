"""Answers that are the same where two people, or two questions, would hardly agree.

A row may have been copied, or a form filled in without reading. Both can be chance: one note for a
site and questionnaire, nothing asked.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from evaluation.analysis.item_answers import reversed_items
from evaluation.ingest.checking.row_lists import counted, listed_rows
from evaluation.ingest.parsed_rows import ParsedRows
from evaluation.ingest.problems import make_problem
from instruments.definition import Instrument

# Of 200 strangers some 8 share a PHQ-9 pattern by chance: only partners, and rows that stand one
# below the other, are compared on few answers; anybody else needs many.
FEWEST_ANSWERS = 9
FEWEST_ANSWERS_OF_STRANGERS = 20
FEWEST_DIFFERENT = 3
FEWEST_ANSWERS_OF_ONE_FORM = 7
MOST_GROUPS = 8

_OCCASION = ["site", "wave", "session"]


def check_copied_answers(parsed: ParsedRows, instruments: dict[str, Instrument]) -> None:
    """Two people with exactly the same answers at one point in time."""
    several_sites = parsed.rows["site"].nunique() > 1
    for name in (name for name in parsed.answers if name in instruments):
        rows = _comparable(parsed, parsed.answers[name])
        rows = rows[_same(rows)]
        for site, here in rows.groupby("site", sort=False):
            pattern = here.groupby([*_OCCASION, "answers"], sort=False).ngroup()
            few = range(min(int(pattern.max()) + 1, MOST_GROUPS))
            told = [_rows_of_group(parsed, here[pattern == number]) for number in few]
            if pattern.max() >= MOST_GROUPS:
                told.append(f"and {int(pattern.max()) + 1 - MOST_GROUPS} more such groups")
            parsed.problems.append(
                make_problem(
                    "identical_answers", parsed.place(int(here.index[0])),
                    forms=counted(len(here), "form", "forms"),
                    questionnaire=instruments[name].short_name,
                    at=f"At {site}, " if several_sites else "", rows="; ".join(told),
                )
            )  # fmt: skip


def _comparable(parsed: ParsedRows, answers: pd.DataFrame) -> pd.DataFrame:
    """The rows with enough and varied answers; ``answers`` is a number for each pattern."""
    n_answered = answers.notna().sum(axis=1)
    enough = (n_answered >= FEWEST_ANSWERS).to_numpy() & ~parsed.refused
    answers = answers[enough]
    ordered = np.sort(answers.to_numpy(dtype=float), axis=1)  # what is missing comes last
    n_different = 1 + (np.diff(ordered, axis=1) > 0).sum(axis=1)
    answers = answers[n_different >= FEWEST_DIFFERENT]
    columns = ["site", "wave", "session_number", "participant", "couple", "file", "sheet"]
    rows = parsed.rows.loc[answers.index, columns].rename(columns={"session_number": "session"})
    rows["session"] = rows["session"].fillna(0)
    rows["answers"] = pd.util.hash_pandas_object(answers, index=False)
    rows["n_answered"] = n_answered[answers.index]
    return rows.drop_duplicates([*_OCCASION, "answers", "participant"])


def _same(rows: pd.DataFrame) -> np.ndarray:
    """Rows whose pattern is a partner's, a neighbour's, or that of anybody if it is long."""
    pattern = [*_OCCASION, "answers"]
    repeated = rows.duplicated(pattern, keep=False).to_numpy()
    of_partner = rows.duplicated([*pattern, "couple"], keep=False) & (rows["couple"] != "")
    long = rows["n_answered"] >= FEWEST_ANSWERS_OF_STRANGERS
    by_wave = rows.groupby(["file", "sheet", *_OCCASION], sort=False)
    same_above = rows["answers"].eq(by_wave["answers"].shift())
    same_below = same_above.groupby([rows[c] for c in ("file", "sheet", *_OCCASION)]).shift(-1)
    neighbour = same_above | same_below.eq(True)
    return repeated & (of_partner | long | neighbour).to_numpy()


def _rows_of_group(parsed: ParsedRows, theirs: pd.DataFrame) -> str:
    text = listed_rows(parsed, theirs.index)
    partners = len(theirs) == 2 and theirs["couple"].nunique() == 1 and theirs["couple"].all()
    return f"{text} (partners)" if partners else text


def check_same_answer_throughout(parsed: ParsedRows, instruments: dict[str, Instrument]) -> None:
    """Forms with one answer to every question, though some are worded the other way round."""
    several_sites = parsed.rows["site"].nunique() > 1
    for name in (name for name in parsed.answers if name in instruments):
        instrument = instruments[name]
        items, turned = _items_of_both_kinds(instrument)
        table = parsed.answers[name]
        table = table[[item for item in items if item in table.columns]][~parsed.refused]
        straight = (
            (table.notna().sum(axis=1) >= FEWEST_ANSWERS_OF_ONE_FORM)
            & (table.min(axis=1) == table.max(axis=1))
            & table[table.columns.intersection(list(turned))].notna().any(axis=1)
            & table[table.columns.difference(list(turned))].notna().any(axis=1)
        )
        for site, here in parsed.rows.loc[table.index[straight]].groupby("site", sort=False):
            parsed.problems.append(
                make_problem(
                    "same_answer_throughout", parsed.place(int(here.index[0])),
                    forms=counted(
                        len(here),
                        f"{instrument.short_name} form has",
                        f"{instrument.short_name} forms have",
                    ),
                    at=f"At {site}, " if several_sites else "",
                    rows=listed_rows(parsed, here.index),
                )
            )  # fmt: skip


def _items_of_both_kinds(instrument: Instrument) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """The items of the longest scale that reverses some of them but not all, and those reversed."""
    longest: tuple[tuple[int, ...], tuple[int, ...]] = ((), ())
    for scale in instrument.scales:
        items, turned = instrument.item_numbers(scale.id), reversed_items(instrument, scale.id)
        if 0 < len(turned) < len(items) and len(items) > len(longest[0]):
            longest = (items, turned)
    return longest
